"""How an obligation's state moves with what people do, and with the days."""

from datetime import date, datetime, time
from functools import partial

import time_machine
from django.test import TestCase
from django.utils import timezone

from catalog.choices import Category, LimitFrom, LimitKind, Period
from catalog.models import Obligation
from disclosures import coverage
from disclosures.choices import StatementState
from disclosures.coverage import wording
from disclosures.models import Explanation, OfflineDisclosure, Review
from tests.factories import (
    make_correction,
    make_disclosure,
    make_draft,
    make_matter,
    make_signers,
    make_township,
    make_unit,
    make_user,
    make_village,
    publish,
    withdraw,
)


def on(day):
    """That day at noon, in Dingyuan."""
    zone = timezone.get_default_timezone()
    return time_machine.travel(
        datetime.combine(date.fromisoformat(day), time(12), tzinfo=zone), tick=False
    )


def signed(model, matter, unit, **fields):
    made = model.objects.create(
        matter=matter, unit=unit, entered_by=make_user(), entered_at=timezone.now(), **fields
    )
    made.state, made.signed_by = StatementState.SIGNED, make_user()
    made.save()
    return made


explain = partial(signed, Explanation, reason="not_formed", detail="没有形成")
show = partial(signed, OfflineDisclosure, title="名单", carrier="meeting", place="村部")


class StateTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()

    def matter(self, **fields):
        return make_matter(units=[self.unit], listed_on=fields.pop("listed_on", None), **fields)

    def periodic(self, period, month=None, day=None, **fields):
        return self.matter(
            time_limit="定期", limit_kind=LimitKind.PERIODIC, limit_days=None,
            period=period, due_month=month, due_day=day, **fields,
        )  # fmt: skip

    def row(self, matter, unit=None):
        owed = Obligation.objects.owed().filter(matter=matter, unit=unit or self.unit)
        return coverage.rows(coverage.standings(owed))[0]

    def assert_states(self, matter, expected):
        """Day → state, and due day where one is known."""
        for day, state, *due in expected:
            with self.subTest(day), on(day):
                row = self.row(matter)
                self.assertEqual(row.state, state)
                if due:
                    self.assertEqual(str(row.due_on), due[0])

    def publish(self, matter, day, **fields):
        with on(day):
            formed_on = fields.pop("formed_on", date.fromisoformat(day))
            return make_disclosure(matter=matter, unit=self.unit, formed_on=formed_on, **fields)

    def test_a_draft_becomes_due_soon_then_overdue_and_publication_ends_it(self):
        matter = self.matter()
        with on("2026-03-02"):
            self.assertEqual(self.row(matter).state, "missing")
            draft = make_draft(matter=matter, unit=self.unit, formed_on=date(2026, 3, 2))
        # 20 working days after March 2: March 30.
        self.assert_states(
            matter,
            [
                ("2026-03-20", "missing", "2026-03-30"),
                ("2026-03-23", "due_soon", "2026-03-30"),
                ("2026-03-30", "due_soon", "2026-03-30"),
                ("2026-03-31", "overdue", "2026-03-30"),
            ],
        )
        with on("2026-04-01"):
            publish(draft)
            self.assertEqual(self.row(matter).state, "published")

    def test_a_draft_that_is_late_outweighs_what_is_published(self):
        matter = self.matter()
        self.publish(matter, "2026-01-12")
        with on("2026-03-02"):
            make_draft(matter=matter, unit=self.unit, formed_on=date(2026, 3, 2))
            self.assertEqual(self.row(matter).state, "published")
        with on("2026-03-25"):
            row = self.row(matter)
            self.assertEqual((row.state, row.standing.is_covered), ("due_soon", True))
        with on("2026-04-02"):
            self.assertEqual(self.row(matter).state, "overdue")

    def test_a_withdrawn_disclosure_counts_no_more(self):
        matter = self.matter()
        disclosure = self.publish(matter, "2026-03-02")
        with on("2026-03-03"):
            withdraw(disclosure)
            self.assertEqual(self.row(matter).state, "missing")

    def test_a_year_is_met_by_a_publication_of_that_year(self):
        matter = self.periodic(Period.YEARLY, 3, 31)
        self.publish(matter, "2025-02-10")
        self.assert_states(
            matter,
            [
                ("2025-12-31", "published", "2026-03-31"),
                ("2026-01-01", "published", "2026-03-31"),
                ("2026-03-24", "due_soon", "2026-03-31"),
                ("2026-04-01", "overdue", "2026-03-31"),
                ("2027-01-01", "overdue", "2026-03-31"),
            ],
        )
        self.publish(matter, "2026-05-11")
        self.assert_states(matter, [("2026-05-12", "published", "2027-03-31")])

    def test_a_correction_is_no_new_periods_publication(self):
        matter = self.periodic(Period.YEARLY, 3, 31)
        disclosure = self.publish(matter, "2025-02-10")
        with on("2026-02-02"):
            publish(make_correction(disclosure))
        self.assert_states(matter, [("2026-04-01", "overdue", "2026-03-31")])

    def test_cycles_from_before_it_was_listed_are_not_asked_for(self):
        matter = self.periodic(Period.YEARLY, 1, 31, listed_on=date(2026, 5, 1))
        self.assert_states(
            matter,
            [
                ("2026-06-01", "missing", "2027-01-31"),
                ("2027-01-04", "missing", "2027-01-31"),
                ("2027-01-29", "due_soon", "2027-01-31"),
                ("2027-02-01", "overdue", "2027-01-31"),
            ],
        )

    def test_a_matter_whose_period_nobody_entered_asks_for_no_cycle(self):
        matter = self.periodic("")
        with on("2026-06-01"):
            row = self.row(matter)
            self.assertEqual((row.state, row.due_on), ("missing", None))
            self.assertTrue(row.words)
        self.publish(matter, "2026-06-02")
        self.assert_states(matter, [("2028-06-03", "published")])

    def test_a_missed_cycle_is_settled_by_a_reason_and_a_late_draft_is_not(self):
        matter = self.periodic(Period.QUARTERLY, day=15)
        with on("2026-04-20"):
            self.assertEqual(self.row(matter).state, "overdue")
            explain(matter, self.unit, valid_until=date(2026, 5, 31))
            row = self.row(matter)
            self.assertEqual((row.state, str(row.due_on)), ("explained", "2026-07-15"))
            make_draft(matter=matter, unit=self.unit, formed_on=date(2026, 4, 20))
        with on("2026-05-25"):
            self.assertEqual(self.row(matter).state, "overdue")

    def test_a_reason_runs_out(self):
        matter = self.matter()
        with on("2026-04-20"):
            explain(matter, self.unit, valid_until=date(2026, 5, 31))
        self.assert_states(matter, [("2026-05-31", "explained"), ("2026-06-01", "missing")])

    def test_what_is_long_term_is_looked_through_in_time(self):
        matter = self.matter(
            time_limit="长期公开", limit_kind=LimitKind.LONG_TERM, limit_days=None, review_months=6
        )
        disclosure = self.publish(matter, "2025-08-29")
        self.assert_states(
            matter,
            [
                ("2026-02-10", "published", "2026-02-28"),
                ("2026-02-27", "due_soon", "2026-02-28"),
                ("2026-03-01", "overdue", "2026-02-28"),
            ],
        )
        with on("2026-03-02"):
            Review.objects.create(
                disclosure=disclosure, reviewed_by=make_user(), reviewed_at=timezone.now()
            )
        self.assert_states(matter, [("2026-03-03", "published", "2026-09-02")])

    def test_a_notice_that_ended_was_disclosed_but_stands_no_longer(self):
        shown = {"shown_from": date(2026, 3, 2), "shown_until": date(2026, 3, 9)}
        event = self.matter()
        standing = self.matter(
            time_limit="长期公开", limit_kind=LimitKind.LONG_TERM, limit_days=None, review_months=6
        )
        with on("2026-03-02"):
            for matter in (event, standing):
                show(matter, self.unit, **shown)
        self.assert_states(event, [("2026-03-09", "published"), ("2026-03-10", "published")])
        self.assert_states(standing, [("2026-03-09", "published"), ("2026-03-10", "missing")])

    def test_a_statement_that_nobody_signed_counts_nothing(self):
        matter = self.matter()
        with on("2026-03-02"):
            common = {"matter": matter, "unit": self.unit, "entered_by": make_user()}
            common["entered_at"] = timezone.now()
            Explanation.objects.create(
                reason="not_formed", detail="没有", valid_until=date(2026, 5, 1), **common
            )
            OfflineDisclosure.objects.create(
                title="名单", carrier="meeting", place="村部", shown_from=date(2026, 3, 1), **common
            )
            self.assertEqual(self.row(matter).state, "missing")

    def test_a_villages_own_text_is_its_own_and_one_of_no_village_everybodys(self):
        township = make_township()
        first, second = make_village(township), make_village(township)
        matter = make_matter(units=[township], responsible_text="村(居)民委员会")
        clerk = make_signers(township)[0]
        make_disclosure(matter=matter, unit=township, village=first, clerk=clerk)
        states = [self.row(matter, village).state for village in (first, second)]
        self.assertEqual(states, ["published", "missing"])
        make_disclosure(matter=matter, unit=township, clerk=clerk)
        self.assertEqual(self.row(matter, second).state, "published")


class RuleTests(TestCase):
    """The words follow the limit and add nothing that nobody knows."""

    def test_each_kind_of_limit_has_its_words(self):
        for fields, expected in [
            ({}, "信息形成后，应在20个工作日内公开。"),
            ({"limit_days": 7}, "信息形成后，应在7个工作日内公开。"),
            ({"limit_days": 60}, "信息形成后，应在20个工作日内公开。"),
            (
                {"limit_kind": LimitKind.CALENDAR_DAYS, "limit_days": 3},
                "信息形成后，应在3日内公开。",
            ),
            ({"category": Category.INTERPRETATION}, "信息形成后，应在3个工作日内公开。"),
            ({"name": "行政处罚决定"}, "信息形成后，应在7个工作日内公开。"),
            (
                {"limit_days": 7, "limit_from": LimitFrom.NOTICE},
                "信息形成后，应在20个工作日内公开，公示期不少于7个工作日。",
            ),
            (
                {"limit_days": 7, "limit_from": LimitFrom.EVENT},
                "信息形成后，应在20个工作日内公开，并且不晚于举行或开始前7个工作日。",
            ),
            (
                {"limit_kind": LimitKind.REALTIME, "limit_days": 1, "time_limit": "实时公开"},
                "信息形成后，应在1日内公开。",
            ),
            (
                {"limit_kind": LimitKind.LONG_TERM, "limit_days": None, "time_limit": "长期公开"},
                "应当长期公开，至少每12个月复核一次。",
            ),
        ]:
            with self.subTest(expected):
                self.assertEqual(wording.rule(make_matter(**fields)), expected)
