"""The public list of what was withdrawn."""

from datetime import UTC, datetime

import time_machine
from django.test import TestCase
from django.utils import timezone

from disclosures import workflow
from tests.factories import (
    make_disclosure,
    make_domain,
    make_matter,
    make_signers,
    make_unit,
    make_withdrawn,
    withdraw,
)


class WithdrawalListTest(TestCase):
    def setUp(self):
        self.units = [make_unit(code="ZFB"), make_unit(code="ZJJ")]
        self.matter = make_matter(make_domain(), units=self.units)

    def place(self, number=0):
        return {"matter": self.matter, "unit": self.units[number]}

    def page(self, query=""):
        response = self.client.get(f"/withdrawals/{query}")
        self.assertEqual(response.status_code, 200)
        return response

    def titles(self, query=""):
        listed = self.page(query).context["disclosures"]
        return [disclosure.live_revision.title for disclosure in listed]

    def test_each_is_listed_with_its_number_unit_reason_and_replacement(self):
        successor = make_disclosure(**self.place(), title="接替的公示")
        gone = make_disclosure(**self.place(), title="撤下的公示")
        gone = withdraw(gone, reason="公示期满", replacement=successor)
        page = self.page()
        day = timezone.localtime(gone.withdrawn_at)
        for words in (
            "撤下的公示",
            gone.index_number,
            self.units[0].name,
            f"{day.year}年{day.month}月{day.day}日",
            "公示期满",
            successor.get_absolute_url(),
            "接替的公示",
        ):
            self.assertContains(page, words)
        self.assertNotContains(page, "待补签")

    def test_what_is_public_is_not_listed(self):
        make_disclosure(**self.place())
        self.assertContains(self.page(), "还没有撤下过信息")

    def test_a_takedown_is_marked_until_it_is_signed(self):
        disclosure = make_disclosure(**self.place())
        office, leader = make_signers(self.units[0])[3:]
        workflow.take_down(disclosure, by=office, reason="泄露个人信息")
        self.assertContains(self.page(), "紧急撤下，待补签")

    def test_a_replacement_that_was_withdrawn_too_is_not_linked(self):
        successor = make_disclosure(**self.place())
        withdraw(make_disclosure(**self.place()), replacement=successor)
        self.assertContains(self.page(), "替代信息：")
        withdraw(successor)
        self.assertNotContains(self.page(), "替代信息：")

    def test_it_is_narrowed_by_unit_and_by_the_year_of_withdrawal_in_china(self):
        # 31 December 18:00 in London is 2026 already in Dingyuan.
        with time_machine.travel(datetime(2025, 12, 31, 18, 0, tzinfo=UTC), tick=False):
            make_withdrawn(**self.place(0), title="元旦撤下")
        with time_machine.travel(datetime(2025, 12, 31, 15, 0, tzinfo=UTC), tick=False):
            make_withdrawn(**self.place(1), title="除夕撤下")
        with time_machine.travel(datetime(2026, 6, 1, 4, 0, tzinfo=UTC), tick=False):
            self.assertEqual(self.titles(), ["元旦撤下", "除夕撤下"])
            self.assertEqual(self.titles("?year=2026"), ["元旦撤下"])
            self.assertEqual(self.titles("?year=2025"), ["除夕撤下"])
            self.assertEqual(self.titles("?unit=ZJJ"), ["除夕撤下"])
            self.assertContains(self.page("?unit=ZJJ&year=2026"), "没有符合条件的信息")
            # What isn't offered counts as not asked.
            self.assertEqual(len(self.titles("?unit=XXX&year=abc")), 2)

    def test_twenty_stand_on_a_page_newest_first(self):
        for number in range(21):
            make_withdrawn(**self.place(), title=f"第{number}件")
        self.assertEqual(self.titles(), [f"第{number}件" for number in range(20, 0, -1)])
        self.assertEqual(self.titles("?page=2"), ["第0件"])

    def test_footer_site_map_and_sitemap_lead_to_it_and_the_feed_has_none(self):
        make_withdrawn(**self.place(), title="撤下的公示")
        for address in ("/", "/site-map/"):
            self.assertContains(self.client.get(address), 'href="/withdrawals/"')
        self.assertContains(self.client.get("/sitemap.xml"), "/withdrawals/</loc>")
        self.assertNotContains(self.client.get("/feeds/disclosures/"), "撤下的公示")


class GoneTest(TestCase):
    def setUp(self):
        self.disclosure = make_disclosure(title="某文件")
        self.signers = make_signers(self.disclosure.unit)

    def gone(self):
        response = self.client.get(self.disclosure.get_absolute_url())
        self.assertEqual(response.status_code, 410)
        return response.content.decode()

    def test_it_tells_who_approved(self):
        withdraw(self.disclosure, reason="公示期满")
        html = self.gone()
        self.assertIn("政务公开办、领导小组签字", html)
        self.assertIn('href="/withdrawals/"', html)

    def test_a_takedown_is_said_to_lack_signatures_until_it_has_them(self):
        workflow.take_down(self.disclosure, by=self.signers[3], reason="泄露个人信息")
        html = self.gone()
        self.assertIn("紧急撤下", html)
        self.assertIn("尚未补签", html)
        self.assertNotIn("政务公开办、领导小组签字", html)
