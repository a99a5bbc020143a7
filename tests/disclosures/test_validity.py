from datetime import date

import time_machine
from django.test import TestCase

from tests.factories import make_disclosure


class ValidityTest(TestCase):
    def page(self, day):
        with time_machine.travel(day):
            return self.client.get(self.disclosure.get_absolute_url())

    def test_a_document_says_it_has_expired_from_the_day_after_its_term(self):
        with time_machine.travel(date(2026, 1, 5)):
            self.disclosure = make_disclosure(expires_on=date(2026, 6, 30))
        self.assertNotContains(self.page(date(2026, 6, 30)), "已失效")
        self.assertContains(self.page(date(2026, 7, 2)), "已失效")

    def test_one_without_a_term_stays_valid(self):
        self.disclosure = make_disclosure()
        self.assertNotContains(self.page(date(2099, 1, 1)), "已失效")
