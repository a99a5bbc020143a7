"""What the portal counts for the annual report: each number is that of the rows it leads to."""

import re
from datetime import date, datetime

import time_machine
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.choices import Category, UnitKind
from disclosures import workflow
from disclosures.annual.figures import FIGURES, Scope, counted, percentage
from disclosures.choices import Genre, StatementState, Validity
from tests.factories import (
    make_disclosure,
    make_domain,
    make_inner_matter,
    make_matter,
    make_offline,
    make_restricted_matter,
    make_signers,
    make_unit,
    publish,
    withdraw,
)

YEAR = 2025


def day(month, number, year=YEAR):
    return datetime(year, month, number, 10, tzinfo=timezone.get_default_timezone())


def published_on(moment, **kwargs):
    """A disclosure that the five signed at ``moment``."""
    with time_machine.travel(moment, tick=False):
        kwargs.setdefault("formed_on", moment.date())
        return make_disclosure(**kwargs)


def change_validity(disclosure, moment, validity):
    with time_machine.travel(moment, tick=False):
        clerk = make_signers(disclosure.unit)[0]
        publish(workflow.change_validity(disclosure, by=clerk, validity=validity, reason="清理"))


class FigureTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_domain()
        cls.unit = make_unit()
        cls.matter = make_matter(units=[cls.unit], listed_on=None)
        cls.rules = make_matter(
            units=[cls.unit], name="部门规范性文件", category=Category.DECISION, listed_on=None
        )
        cls.scope = Scope(cls.unit, YEAR)

    def count(self, key):
        return FIGURES[key].count(self.scope)

    def normative(self, moment, number, **kwargs):
        place = {"unit": self.unit, "matter": self.rules, "document_number": number}
        return published_on(moment, **{"genre": Genre.NOTICE, **place, **kwargs})

    def test_what_is_counted_belongs_to_the_unit_and_the_year(self):
        mine = {"unit": self.unit, "matter": self.matter}
        published_on(day(1, 1), **mine)
        published_on(day(12, 31), **mine)
        published_on(day(1, 1, YEAR + 1), **mine)
        published_on(day(12, 31, YEAR - 1), **mine)
        published_on(day(6, 1))
        self.assertEqual(self.count("published"), 2)
        self.assertEqual(self.count("category-result"), 2)
        self.assertEqual(self.count("category-decision"), 0)

    def test_a_year_ends_at_midnight_in_beijing(self):
        mine = {"unit": self.unit, "matter": self.matter}
        zone = timezone.get_default_timezone()
        published_on(datetime(YEAR, 12, 31, 23, 59, 59, tzinfo=zone), **mine)
        published_on(datetime(YEAR + 1, 1, 1, 0, 0, 1, tzinfo=zone), **mine)
        self.assertEqual(self.count("published"), 1)

    def test_the_government_office_reports_for_the_whole_county(self):
        office = make_unit(code="ZFB", kind=UnitKind.GOVERNMENT_OFFICE)
        published_on(day(3, 1), unit=self.unit, matter=self.matter)
        published_on(day(3, 1))
        self.assertEqual(FIGURES["published"].count(Scope(office, YEAR)), 2)
        self.assertEqual(self.count("published"), 1)

    def test_a_normative_document_has_a_number_and_a_matter_of_that_name(self):
        self.normative(day(3, 1), "定教体〔2025〕1号")
        self.normative(day(3, 2), "")
        self.normative(day(3, 3), "定教体〔2025〕2号", source="省教育厅")
        self.normative(day(3, 4), "定教体〔2025〕3号", genre=Genre.LETTER)
        self.normative(day(3, 5), "定教体〔2025〕4号", matter=self.matter)
        parent = make_inner_matter(name="规范性文件")
        below = make_matter(parent, units=[self.unit])
        self.normative(day(3, 6), "定教体〔2025〕5号", matter=below)
        numbers = {
            disclosure.live_revision.document_number
            for disclosure in FIGURES["normative-issued"].rows(self.scope)
        }
        self.assertEqual(numbers, {"定教体〔2025〕1号", "定教体〔2025〕5号"})

    def test_a_document_counts_in_the_year_it_was_issued(self):
        self.normative(day(1, 5), "定教体〔2024〕9号", issued_on=date(YEAR - 1, 12, 30))
        self.normative(day(1, 5, YEAR + 1), "定教体〔2025〕9号", issued_on=date(YEAR, 12, 30))
        self.assertEqual(self.count("normative-issued"), 1)
        self.assertEqual(self.count("normative-valid"), 2)

    def test_repealed_and_expired_documents_are_no_longer_valid(self):
        standing = self.normative(day(2, 1), "定教体〔2025〕1号")
        repealed = self.normative(day(2, 2), "定教体〔2025〕2号")
        expired = self.normative(day(2, 3), "定教体〔2025〕3号")
        self.normative(day(2, 4), "定教体〔2025〕4号", expires_on=date(YEAR, 12, 30))
        ending = self.normative(day(2, 5), "定教体〔2025〕5号", expires_on=date(YEAR, 12, 31))
        change_validity(repealed, day(9, 1), Validity.REPEALED)
        change_validity(expired, day(9, 1), Validity.EXPIRED)
        change_validity(standing, day(2, 1, YEAR + 1), Validity.REPEALED)
        self.assertEqual(self.count("normative-issued"), 5)
        self.assertEqual(list(FIGURES["normative-repealed"].rows(self.scope)), [repealed])
        # What was repealed only after the year was valid at its end, and so is its last day.
        self.assertEqual(list(FIGURES["normative-valid"].rows(self.scope)), [ending, standing])
        following = Scope(self.unit, YEAR + 1)
        self.assertEqual(list(FIGURES["normative-repealed"].rows(following)), [standing])
        self.assertEqual(FIGURES["normative-valid"].count(following), 0)

    def test_timeliness_withdrawals_and_places(self):
        mine = {"unit": self.unit, "matter": self.matter}
        published_on(day(3, 3), formed_on=date(YEAR, 3, 1), **mine)
        published_on(day(6, 3), formed_on=date(YEAR, 3, 1), **mine)
        gone = published_on(day(7, 1), **mine)
        with time_machine.travel(day(8, 1), tick=False):
            withdraw(gone)
        closed = make_restricted_matter(units=[self.unit])
        with time_machine.travel(day(9, 1), tick=False):
            make_disclosure(unit=self.unit, matter=closed, formed_on=date(YEAR, 9, 1))
        self.assertEqual(self.count("on-time"), 3)
        self.assertEqual(self.count("late"), 1)
        self.assertEqual(self.count("with-limit"), 4)
        self.assertEqual(self.count("withdrawn"), 1)
        self.assertEqual(self.count("website"), 3)
        self.assertEqual(self.count("groups"), 1)

    def test_offline_records_count_once_they_are_signed(self):
        place = {"unit": self.unit, "matter": self.matter}
        may = {"shown_from": date(YEAR, 5, 1), "shown_until": None}
        make_offline(**place, **may)
        self.assertEqual(self.count("offline"), 0)
        make_offline(**place, **may, state=StatementState.SIGNED)
        make_offline(state=StatementState.SIGNED, **may)
        earlier = {"shown_from": date(YEAR - 1, 12, 31), "shown_until": None}
        make_offline(**place, **earlier, state=StatementState.SIGNED)
        self.assertEqual(self.count("offline"), 1)

    def test_coverage_is_that_of_the_end_of_the_year(self):
        make_matter(units=[self.unit], listed_on=date(YEAR + 1, 2, 1))
        published_on(day(5, 1), unit=self.unit, matter=self.matter)
        published_on(day(1, 5, YEAR + 1), unit=self.unit, matter=self.rules)
        self.assertEqual(self.count("owed"), 2)
        self.assertEqual(list(FIGURES["covered"].rows(self.scope)), [self.matter])

    def test_a_percentage_is_never_rounded_up_to_all(self):
        self.assertEqual(percentage(2999, 3000), "99.9%")
        self.assertEqual(percentage(3, 3), "100.0%")
        self.assertEqual(percentage(0, 0), "—")

    def test_every_number_is_that_of_the_rows_it_leads_to(self):
        self.normative(day(2, 1), "定教体〔2025〕1号")
        repealed = self.normative(day(2, 2), "定教体〔2025〕2号")
        change_validity(repealed, day(9, 1), Validity.REPEALED)
        for month in range(1, 13):
            published_on(day(month, 3), unit=self.unit, matter=self.matter)
        numbers = counted(self.scope)
        self.assertEqual(numbers["published"], 14)
        for key, figure in FIGURES.items():
            with self.subTest(key):
                html = self.client.get(figure.address(self.scope)).content.decode()
                shown = re.search(r'<ol class="[^"]*annual-rows">(.*?)</ol>', html, re.S)
                rows = shown.group(1).count("<li>") if shown else 0
                self.assertEqual(rows, numbers[key])
                self.assertIn(f'现在共 <b class="num">{numbers[key]}</b>', html)
                self.assertIn(figure.rule, html)

    def test_a_page_of_rows_asks_no_more_with_more_rows(self):
        def queries(figure):
            with CaptureQueriesContext(connection) as asked:
                self.client.get(FIGURES[figure].address(self.scope))
            return len(asked)

        published_on(day(2, 1), unit=self.unit, matter=self.matter)
        before = {key: queries(key) for key in FIGURES}
        for month in (3, 4, 5):
            published_on(day(month, 1), unit=self.unit, matter=self.matter)
            self.normative(day(month, 2), f"定教体〔2025〕{month}号")
        for key in FIGURES:
            with self.subTest(key):
                self.assertLessEqual(queries(key), max(before[key], 5))

    def test_unknown_figures_years_and_units_are_not_found(self):
        for address in (
            f"/annual-reports/{YEAR}/{self.unit.code}/nothing/",
            f"/annual-reports/1999/{self.unit.code}/published/",
            f"/annual-reports/{YEAR}/NONE/published/",
        ):
            self.assertEqual(self.client.get(address).status_code, 404, address)
