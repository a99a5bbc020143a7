"""A matter's page never leaves a blank: a signed reason, an off-line record, or the due day."""

from datetime import timedelta

import time_machine
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.choices import LimitKind, Period
from disclosures import workflow
from disclosures.choices import Carrier, ExplanationReason, StatementState
from tests.factories import (
    make_disclosure,
    make_draft,
    make_explanation,
    make_matter,
    make_negative_entry,
    make_offline,
    make_signers,
    make_township,
    make_unit,
    make_village,
)

SIGNED = StatementState.SIGNED


class UnpublishedTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit, cls.second = make_unit(short_name="县甲局"), make_unit(short_name="县乙局")
        cls.matter = make_matter(units=[cls.unit, cls.second])

    def get(self, matter=None):
        return self.client.get((matter or self.matter).get_absolute_url())

    def groups(self, matter=None):
        """What is said → the units it is said of."""
        found = self.get(matter).context["unpublished"].groups
        return {
            (group.label, group.words): [
                (place.unit.short_name, place.villages) for place in group.places
            ]
            for group in found
        }

    def test_without_a_reason_the_rule_stands_in_words(self):
        rule = ("尚未公开", "信息形成后，应在20个工作日内公开。")
        self.assertEqual(self.groups(), {rule: [("县甲局", []), ("县乙局", [])]})
        self.assertContains(self.get(), rule[1])

    def test_who_has_published_is_not_named(self):
        make_disclosure(matter=self.matter, unit=self.unit)
        self.assertEqual(list(self.groups().values()), [[("县乙局", [])]])
        make_disclosure(matter=self.matter, unit=self.second)
        self.assertEqual(self.groups(), {})
        self.assertNotContains(self.get(), "未公开和逾期的")

    def test_a_signed_reason_is_shown_with_its_days_and_a_pending_one_is_not(self):
        expected = timezone.localdate() + timedelta(days=40)
        until = timezone.localdate() + timedelta(days=80)
        explanation = make_explanation(
            matter=self.matter,
            unit=self.unit,
            detail="评审还没有结束",
            expected_on=expected,
            valid_until=until,
        )
        self.assertNotContains(self.get(), "评审还没有结束")
        workflow.sign_statement(explanation, by=make_signers()[3])
        self.assertEqual(self.groups()["尚未形成", "评审还没有结束"], [("县甲局", [])])
        page = self.get()
        for day in (expected, until):
            self.assertContains(page, f"{day.year}年{day.month}月{day.day}日")

    def test_a_reason_that_has_run_out_or_was_ended_is_not_shown(self):
        make_explanation(
            matter=self.matter, unit=self.unit, detail="已终止的", state=StatementState.ENDED
        )
        make_explanation(
            matter=self.matter, unit=self.second, detail="退回的", state=StatementState.RETURNED
        )
        page = self.get()
        self.assertNotContains(page, "已终止的")
        self.assertNotContains(page, "退回的")

    def test_a_new_reason_is_not_shown_before_it_is_signed(self):
        place = {"matter": self.matter, "unit": self.unit}
        make_explanation(detail="去年的原因", state=SIGNED, **place)
        successor = make_explanation(detail="今年的原因", **place)
        page = self.get()
        self.assertContains(page, "去年的原因")
        self.assertNotContains(page, "今年的原因")
        workflow.sign_statement(successor, by=make_signers()[3])
        page = self.get()
        self.assertContains(page, "今年的原因")
        self.assertNotContains(page, "去年的原因")

    def test_the_entry_of_the_negative_list_is_linked(self):
        entry = make_negative_entry()
        make_explanation(
            matter=self.matter,
            unit=self.unit,
            reason=ExplanationReason.NEGATIVE_LIST,
            negative_entry=entry,
            state=SIGNED,
        )
        self.assertContains(self.get(), f'href="/negative-list/#{entry.code}"')

    def test_a_periodic_matter_says_when_this_one_is_due(self):
        matter = make_matter(
            units=[self.unit],
            limit_kind=LimitKind.PERIODIC,
            limit_days=None,
            period=Period.YEARLY,
            due_month=12,
            due_day=31,
        )
        year = timezone.localdate().year
        self.assertContains(self.get(matter), f"应于{year}年12月31日前公开")

    def test_a_long_public_text_that_nobody_reviewed_is_told_as_that(self):
        matter = make_matter(
            units=[self.unit], limit_kind=LimitKind.LONG_TERM, limit_days=None, review_months=1
        )
        make_disclosure(matter=matter, unit=self.unit)
        self.assertEqual(self.groups(matter), {})
        with time_machine.travel(timezone.now() + timedelta(days=60)):
            ((label, words),) = self.groups(matter)
        self.assertEqual(label, "逾期未复核")
        self.assertIn("至少每1个月复核一次", words)

    def test_a_text_that_is_late_beside_another_is_told_as_that(self):
        late = timezone.localdate() - timedelta(days=90)
        make_draft(matter=self.matter, unit=self.unit, formed_on=late)
        self.assertIn("逾期未公开", [label for label, _words in self.groups()])
        make_disclosure(matter=self.matter, unit=self.unit)
        self.assertIn("另有信息逾期未公开", [label for label, _words in self.groups()])

    def test_an_off_line_record_shows_what_where_and_when_and_no_evidence(self):
        first = timezone.localdate() - timedelta(days=9)
        record = make_offline(
            matter=self.matter,
            unit=self.unit,
            title="分配方案公示",
            carrier=Carrier.HOUSEHOLD,
            place="郭集村东庄组",
            shown_from=first,
            files=["现场照片.jpg"],
        )
        self.assertNotContains(self.get(), "分配方案公示")
        workflow.sign_statement(record, by=make_signers()[3])
        page = self.get()
        for words in ("分配方案公示", "入户", "郭集村东庄组", f"{first.month}月{first.day}日"):
            self.assertContains(page, words)
        self.assertNotContains(page, "现场照片")
        self.assertNotContains(page, record.evidence.get().file.name)
        # What was shown off line was disclosed.
        self.assertEqual(list(self.groups().values()), [[("县乙局", [])]])

    def test_villages_stand_under_their_township_and_a_reason_gathers_them(self):
        towns = [make_township(), make_township()]
        villages = [make_village(town) for town in towns for _ in range(3)]
        matter = make_matter(units=towns, responsible_text="村(居)民委员会")
        for village in villages[:4]:
            make_explanation(matter=matter, unit=village, detail="尚未开始", state=SIGNED)
        found = self.groups(matter)
        names = [village.short_name for village in villages]
        self.assertEqual(
            found["尚未形成", "尚未开始"],
            [(towns[0].short_name, names[:3]), (towns[1].short_name, names[3:4])],
        )
        self.assertEqual(len(found), 2)

    def test_a_village_that_was_published_for_is_not_missing(self):
        town = make_township()
        first, second = make_village(town), make_village(town)
        matter = make_matter(units=[town], responsible_text="村(居)民委员会")
        disclosure = make_disclosure(matter=matter, unit=town, village=first)
        ((places,),) = (self.groups(matter).values(),)
        self.assertEqual(places, [(town.short_name, [second.short_name])])
        self.assertContains(self.client.get(disclosure.get_absolute_url()), first.name)
        self.assertContains(self.get(matter), f"{town.name}（{first.name}）")

    def test_a_matter_out_of_use_owes_nothing_any_more(self):
        matter = make_matter(units=[self.unit], retired_on=timezone.localdate())
        page = self.get(matter)
        self.assertIsNone(page.context["unpublished"])
        self.assertContains(page, "已停用")

    def test_more_villages_are_no_more_queries(self):
        town = make_township()
        make_village(town)
        matter = make_matter(units=[town], responsible_text="村(居)民委员会")
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.get(matter)
            counts.append(len(queries))
            for _ in range(5):
                village = make_village(town)
                make_offline(matter=matter, unit=village, state=SIGNED)
                make_explanation(matter=matter, unit=village, state=SIGNED)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)
