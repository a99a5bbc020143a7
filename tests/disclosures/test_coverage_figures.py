"""The states in SQL and every sum of them against a slow computation, on rows dealt at random."""

import importlib
from datetime import date, datetime, time, timedelta

import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.choices import LimitKind, Period
from catalog.models import Matter, Obligation
from disclosures import coverage
from disclosures.coverage import timeliness
from disclosures.models import (
    Disclosure,
    Explanation,
    OfflineDisclosure,
    Review,
    Revision,
)
from tests.factories import (
    make_domain,
    make_inner_matter,
    make_matter,
    make_signers,
    make_township,
    make_unit,
    make_village,
)

from . import slow_coverage

guards = importlib.import_module("disclosures.migrations.0007_obligations")

MATTERS = 8
#: Days before the one looked at: many within the last weeks, some years back.
AGES = st.one_of(st.integers(0, 12), st.integers(0, 100), st.integers(0, 900))
TIMES = st.sampled_from([time(0, 0), time(0, 0, 1), time(9, 30), time(23, 59, 59, 999999)])
PLACES = st.integers(0, 10_000)

DAYS = st.fixed_dictionaries(
    {"limit_kind": st.sampled_from(["working_days", "calendar_days", "realtime"])}
)
LONG_TERM = st.fixed_dictionaries(
    {
        "limit_kind": st.just(LimitKind.LONG_TERM),
        "review_months": st.sampled_from([None, 1, 3, 6, 12, 25]),
    }
)
PERIODIC = st.fixed_dictionaries(
    {
        "limit_kind": st.just(LimitKind.PERIODIC),
        "period": st.sampled_from(Period.values),
        "due_month": st.sampled_from([None, 1, 2, 3, 6, 12]),
        "due_day": st.sampled_from([None, 1, 10, 15, 28, 31]),
    }
)
#: Half of them periodic, which has the most to go wrong.
LIMITS = st.one_of(DAYS, LONG_TERM, PERIODIC, PERIODIC)
STATES = [
    ("draft", ""),
    ("in_review", ""),
    ("approved", ""),
    ("returned", ""),
    ("draft", "withdrawal"),
]


@st.composite
def todays(draw):
    """Any day, and more often those at which cycles open, fall due or nearly do."""
    day = draw(st.dates(date(2023, 1, 1), date(2028, 12, 31)))
    if draw(st.booleans()):
        day = day.replace(day=draw(st.sampled_from([1, 2, 5, 9, 10, 11, 15, 16, 24, 28])))
    return day


DISCLOSED = st.fixed_dictionaries(
    {
        "place": PLACES,
        "age": AGES,
        "at": TIMES,
        "of_village": st.booleans(),
        "corrected": st.one_of(st.none(), st.integers(0, 30), AGES),
        "due_in": st.one_of(st.none(), st.integers(-2, 2)),
        "is_withdrawn": st.sampled_from([False, False, False, True]),
        "reviews": st.lists(AGES, max_size=2),
    }
)
DRAFTED = st.fixed_dictionaries(
    {
        "place": PLACES,
        "due_in": st.one_of(st.integers(-3, 12), st.integers(-200, 200)),
        "of_village": st.booleans(),
        "state": st.sampled_from(STATES),
    }
)
SHOWN = st.fixed_dictionaries(
    {
        "place": PLACES,
        "age": st.one_of(AGES, st.integers(-5, 5)),
        "lasts": st.one_of(st.none(), st.integers(0, 400)),
        "state": st.sampled_from(["signed", "signed", "pending", "ended"]),
    }
)
EXPLAINED = st.fixed_dictionaries(
    {
        "place": PLACES,
        "valid_for": st.one_of(st.integers(-2, 2), st.integers(-100, 360)),
        "state": st.sampled_from(["signed", "signed", "pending", "ended"]),
    }
)
WORLDS = st.fixed_dictionaries(
    {
        "today": todays(),
        "limits": st.lists(LIMITS, min_size=MATTERS, max_size=MATTERS),
        "listed": st.lists(
            st.one_of(st.none(), st.integers(-20, 500)), min_size=MATTERS, max_size=MATTERS
        ),
        "disclosed": st.lists(DISCLOSED, min_size=6, max_size=25),
        "drafted": st.lists(DRAFTED, max_size=6),
        "shown": st.lists(SHOWN, max_size=8),
        "explained": st.lists(EXPLAINED, max_size=8),
    }
)


def remove_guards():
    """They are about how rows come to be; here rows are dealt. A rollback brings them back."""

    class Editor:
        connection = connection

        @staticmethod
        def execute(statement):
            with connection.cursor() as cursor:
                cursor.execute(statement)

    guards.remove(None, Editor)


class FiguresTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        office, townships = make_unit(), [make_township() for _ in range(2)]
        cls.clerk, cls.signer = make_signers(office)[:2]
        villages = [make_village(township) for township in (*townships, townships[0])]
        assert villages
        domains = [make_domain(), make_domain()]
        owners = [
            [office],
            [office, *townships],
            townships,
        ]
        matters = []
        for number in range(MATTERS):
            parent = domains[number % 2]
            if number == 4:
                parent = make_inner_matter(parent)
            text = {"responsible_text": "村(居)民委员会"} if number % 3 == 1 else {}
            category = ["result", "decision", "service"][number % 3]
            matters.append(make_matter(parent, units=owners[number % 3], category=category, **text))
        both = matters[5]
        Matter.objects.filter(pk=both.pk).update(
            responsible_text=f"{both.responsible_text}、村(居)民委员会"
        )
        Obligation.objects.resync()
        cls.matters = [matter.pk for matter in matters]
        make_matter(domains[0], units=[office], method="on_request")
        retired = make_matter(domains[0], units=[office])
        Matter.objects.filter(pk=retired.pk).update(retired_on=date(2024, 1, 1))
        remove_guards()

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(WORLDS)
    def test_each_state_and_each_sum_is_that_of_the_slow_computation(self, world):
        Dealer(self, world).deal()
        today = world["today"]
        slow = slow_coverage.World(today).all()
        owed = coverage.with_standing(Obligation.objects.owed(), today)
        found = {one.pk: coverage.Standing(one.standing) for one in owed}
        self.assertEqual(set(found), set(slow))
        for pk, standing in found.items():
            expected = slow[pk]
            self.assertEqual(
                (standing.state, standing.is_covered),
                (expected.state, expected.is_covered),
                describe(expected),
            )
        self.compare_days(owed, slow, today)
        self.compare_sums(slow, today)
        self.compare_timeliness(today)

    def compare_days(self, owed, slow, today):
        rows = coverage.rows([(one.pk, one.standing) for one in owed.order_by("pk")], today)
        for row, expected in zip(rows, (slow[pk] for pk in sorted(slow)), strict=True):
            self.assertEqual(row.due_on, expected.due_on, describe(expected))
            self.assertEqual(row.disclosures, len(expected.texts))
            if row.state != "published":
                self.assertTrue(row.words)

    def compare_sums(self, slow, today):
        keys = ("domain", "matter__category", "publisher")
        cells = list(coverage.tally(Obligation.objects.owed(), *keys, today=today))
        for places, key in [
            ((0, 1), lambda one: (one.matter.domain_code, one.matter.category)),
            ((0,), lambda one: one.matter.domain_code),
            ((2,), lambda one: one.publisher_id),
            ((), lambda one: ()),
        ]:
            sums = coverage.rolled_up(cells, *places)
            expected = slow_coverage.rolled_up(slow, key)
            self.assertEqual(
                {
                    name: {figure: getattr(counts, figure) for figure in expected[name]}
                    for name, counts in sums.items()
                },
                expected,
            )

    def compare_timeliness(self, today):
        zone = timezone.get_default_timezone()
        with time_machine.travel(datetime.combine(today, time(12), tzinfo=zone), tick=False):
            found = Disclosure.objects.visible()
            months = timeliness.by_month(found, 24)
            units = timeliness.by_unit(found)
            whole = timeliness.timeliness(found)
        slow = slow_coverage.Timeliness(today)
        self.assertEqual([(day.year, day.month) for day, _ in months], slow.months(24))
        self.assertEqual([tuple(kept) for _, kept in months], slow.by_month(24))
        self.assertEqual({unit: tuple(kept) for unit, kept in units.items()}, slow.by_unit())
        self.assertEqual((*whole, whole.percent), slow.whole())


def describe(expected):
    one = expected.obligation
    limit = {name: getattr(one.matter, name) for name in (*Matter.LIMIT_FIELDS, "listed_on")}
    return f"{one}: {limit}, pending {expected.pending}, explained {expected.is_explained}"


class Dealer:
    """Puts a world into the database, past workflow and guards, in few statements."""

    def __init__(self, case, world):
        self.case, self.world, self.today = case, world, world["today"]
        self.places = list(Obligation.objects.order_by("pk"))

    def deal(self):
        for pk, limit, listed in zip(
            self.case.matters, self.world["limits"], self.world["listed"], strict=True
        ):
            blank = Matter.blank_limit()
            days = {"limit_days": 20} if limit["limit_kind"].endswith("_days") else {}
            listed_on = None if listed is None else self.ago(listed)
            Matter.objects.filter(pk=pk).update(
                **{**blank, **days, **limit, "listed_on": listed_on}
            )
        self.deal_disclosures()
        self.deal_drafts()
        self.deal_statements()

    def ago(self, days):
        return self.today - timedelta(days=days)

    def at(self, days, moment=time(12)):
        zone = timezone.get_default_timezone()
        return datetime.combine(self.ago(days), moment, tzinfo=zone)

    def disclosure(self, dealt):
        place = self.places[dealt["place"] % len(self.places)]
        is_of_village = dealt["of_village"] and place.unit_id != place.publisher_id
        return Disclosure(
            matter_id=place.matter_id,
            unit_id=place.publisher_id,
            village_id=place.unit_id if is_of_village else None,
            category="result",
            created_at=self.at(1000),
        )

    def revision(self, disclosure, number, **fields):
        defaults = {
            "title": "公示",
            "formed_on": self.ago(100),
            "drafter": self.case.clerk,
            "created_at": self.at(1000),
            "updated_at": self.at(1000),
            "content_digest": "0" * 64,
        }
        return Revision(disclosure=disclosure, number=number, **defaults | fields)

    def deal_disclosures(self):
        dealt = self.world["disclosed"]
        disclosures = [self.disclosure(one) for one in dealt]
        Disclosure.objects.bulk_create(disclosures)
        revisions, live = [], []
        for one, disclosure in zip(dealt, disclosures, strict=True):
            ages = [one["age"]]
            if one["corrected"] is not None and one["corrected"] < one["age"]:
                ages.append(one["corrected"])
            for number, age in enumerate(ages, 1):
                published = {"state": "approved", "published_at": self.at(age, one["at"])}
                revisions.append(self.revision(disclosure, number, **published))
            live.append(revisions[-1])
        Revision.objects.bulk_create(revisions)
        for place, (one, disclosure) in enumerate(zip(dealt, disclosures, strict=True)):
            disclosure.live_revision = live[place]
            disclosure.index_number = f"X/2024-{place:05d}"
            disclosure.published_at = self.at(one["age"], one["at"])
            if one["due_in"] is not None:
                disclosure.due_on = self.ago(one["age"] - one["due_in"])
            if one["is_withdrawn"]:
                disclosure.withdrawn_at = self.at(0)
                disclosure.withdrawal_reason = "有误"
        if disclosures:
            fields = ["live_revision", "index_number", "published_at", "due_on"]
            Disclosure.objects.bulk_update(
                disclosures, [*fields, "withdrawn_at", "withdrawal_reason"]
            )
        Review.objects.bulk_create(
            Review(disclosure=disclosure, reviewed_by=self.case.clerk, reviewed_at=self.at(age))
            for one, disclosure in zip(dealt, disclosures, strict=True)
            for age in one["reviews"]
        )

    def deal_drafts(self):
        dealt = self.world["drafted"]
        disclosures = [self.disclosure(one) for one in dealt]
        Disclosure.objects.bulk_create(disclosures)
        Revision.objects.bulk_create(
            self.revision(
                disclosure,
                1,
                state=one["state"][0],
                kind=one["state"][1] or "text",
                level=1 if one["state"][0] == "in_review" else None,
                due_on=self.ago(-one["due_in"]),
            )
            for one, disclosure in zip(dealt, disclosures, strict=True)
        )

    def deal_statements(self):
        OfflineDisclosure.objects.bulk_create(
            OfflineDisclosure(
                title="公示",
                carrier="meeting",
                place="会场",
                shown_from=self.ago(one["age"]),
                shown_until=(None if one["lasts"] is None else self.ago(one["age"] - one["lasts"])),
                **self.stated(one),
            )
            for one in self.world["shown"]
        )
        # Only one of a place can be signed at a time.
        explained = {
            (one["place"] % len(self.places), one["state"]): one for one in self.world["explained"]
        }
        Explanation.objects.bulk_create(
            Explanation(
                reason="not_formed",
                detail="没有形成",
                valid_until=self.ago(-one["valid_for"]),
                **self.stated(one),
            )
            for one in explained.values()
        )

    def stated(self, one):
        place = self.places[one["place"] % len(self.places)]
        return {
            "matter_id": place.matter_id,
            "unit_id": place.unit_id,
            "state": one["state"],
            "entered_by": self.case.clerk,
            "entered_at": self.at(1000),
        }
