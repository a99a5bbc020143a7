"""责任追溯 of a disclosure: each step with its office, its working days and its limit."""

import io
import re
from contextlib import contextmanager
from datetime import date, datetime
from unittest import mock

import openpyxl
import time_machine
from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from catalog import typesetting
from catalog.choices import LimitKind
from disclosures import timing, workflow
from disclosures.choices import ReviewLevel
from disclosures.models import Disclosure, LedgerEntry
from disclosures.trace import trace
from tests.factories import (
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_matter,
    make_restricted_matter,
    make_signers,
    make_unit,
    make_user,
    make_withdrawn,
    publish,
    withdraw,
)
from tests.marks import needs_fonts


@contextmanager
def on(day, hour=10):
    """In Dingyuan, at that hour of that day of March 2026, a month without holidays."""
    with time_machine.travel(f"2026-03-{day:02d}T{hour:02d}:00:00+08:00", tick=False):
        yield


def steps(disclosure, *, whole=False):
    return [
        [(step.name, step.verdict, step.days, step.is_within) for step in passage.steps]
        for passage in trace(disclosure, whole=whole).passages
    ]


def sign(revision, *days):
    """Submitted on the first of ``days``, signed by the next person on each of the others."""
    signers = make_signers(revision.disclosure.unit)
    with on(days[0]):
        revision = workflow.submit(revision, by=signers[0])
    for place, day in enumerate(days[1:], start=1):
        with on(day, 10 + place):
            revision = workflow.sign_off(revision, by=signers[place])
    return revision


class TimingTests(SimpleTestCase):
    def test_the_five_keep_every_limit_together(self):
        for limit in range(1, 31):
            total = sum(timing.allowance(level, limit) for level in ReviewLevel)
            self.assertLessEqual(total, min(limit, timing.STATUTORY))

    def test_a_shorter_limit_shortens_each_share(self):
        shares = [timing.allowance(level, 10) for level in ReviewLevel]
        whole = [timing.allowance(level) for level in ReviewLevel]
        self.assertEqual(shares, [days // 2 for days in whole])
        self.assertEqual(timing.shown(timing.allowance(ReviewLevel.SECTION, 2)), "当日")

    def test_calendar_days_are_turned_into_working_days(self):
        matter = mock.Mock(limit_days=14, limit_kind=LimitKind.CALENDAR_DAYS)
        self.assertEqual(timing.working_days(matter), 10)
        matter = mock.Mock(limit_days=60, limit_kind=LimitKind.WORKING_DAYS)
        self.assertEqual(timing.working_days(matter), timing.STATUTORY)
        matter = mock.Mock(limit_days=None, limit_kind=LimitKind.PERIODIC)
        self.assertEqual(timing.working_days(matter), timing.STATUTORY)


class TraceTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()
        cls.matter = make_matter(units=[cls.unit])
        cls.signers = make_signers(cls.unit)

    def draft(self, **content):
        with on(2):
            return make_draft(
                matter=self.matter, unit=self.unit, formed_on=date(2026, 3, 2), **content
            )

    def test_each_step_counts_from_the_one_before_and_weekends_do_not_count(self):
        # 2 March is a Monday; the submitter has 5 days, section and deputy 3, the others 4 and 3.
        revision = sign(self.draft(), 9, 13, 16, 16, 17)
        disclosure = revision.disclosure
        self.assertEqual(
            steps(disclosure),
            [
                [
                    ("信息提交人", "同意", 5, True),
                    ("提交科室", "同意", 4, False),
                    ("分管领导", "同意", 1, True),
                    ("政务公开办", "同意", 0, True),
                    ("领导小组", "同意", 1, True),
                    ("公开", "公开", 0, True),
                ]
            ],
        )
        traced = trace(disclosure, whole=False)
        self.assertEqual(traced.days, 11)
        self.assertEqual(traced.guessed_years, [])

    def test_a_late_publication_is_told_in_its_own_step(self):
        revision = sign(self.draft(), 27, 30, 30, 31, 31)
        self.assertEqual(revision.disclosure.due_on, date(2026, 3, 30))
        [passage] = steps(revision.disclosure)
        self.assertEqual(passage[-1], ("公开", "公开", 0, False))
        self.assertEqual(passage[0], ("信息提交人", "同意", 19, False))

    def test_a_shorter_limit_of_the_matter_leaves_less_to_each(self):
        self.matter.limit_days = 10
        self.matter.save()
        revision = sign(self.draft(), 5, 9, 9, 9, 9)
        [passage] = steps(revision.disclosure)
        self.assertEqual(passage[0], ("信息提交人", "同意", 3, False))
        self.assertEqual(passage[1], ("提交科室", "同意", 2, False))

    def test_a_return_to_a_level_starts_its_time_again(self):
        revision = sign(self.draft(), 3, 4, 5)
        with on(6):
            revision = workflow.send_back(
                revision, by=self.signers[3], remark="请科室再核", to=ReviewLevel.SECTION
            )
        for place, day in ((1, 9), (2, 9), (3, 10), (4, 10)):
            with on(day, 12 + place):
                revision = workflow.sign_off(revision, by=self.signers[place])
        [passage] = steps(revision.disclosure)
        self.assertEqual(
            [step[:3] for step in passage[3:6]],
            [
                ("政务公开办", "退回给提交科室", 1),
                ("提交科室", "同意", 1),
                ("分管领导", "同意", 0),
            ],
        )
        self.assertEqual(len(passage), 9)

    def test_a_return_to_the_drafter_begins_the_next_version_at_the_return(self):
        revision = sign(self.draft(), 3)
        with on(4):
            revision = workflow.send_back(revision, by=self.signers[1], remark="请补充依据")
        with on(4, 15):
            following = workflow.revise(revision.disclosure, by=self.signers[0])
        following = sign(following, 6, 6, 6, 6, 6)
        first, second = steps(following.disclosure)
        self.assertEqual(first[-1][:3], ("提交科室", "退回给信息提交人", 1))
        self.assertEqual(second[0][:3], ("信息提交人", "同意", 2))
        headings = [p.heading for p in trace(following.disclosure, whole=False).passages]
        self.assertEqual(headings, ["首次公开", "首次公开"])

    def test_after_a_release_was_cancelled_the_time_begins_there(self):
        planned = datetime(2026, 3, 20, 9, tzinfo=timezone.get_default_timezone())
        revision = sign(self.draft(publish_at=planned), 3, 3, 3, 3, 3)
        with on(10):
            workflow.cancel_release(revision, by=self.signers[3], reason="尚不宜公开")
        with on(11):
            following = workflow.revise(revision.disclosure, by=self.signers[0])
            following.publish_at = None
            following = workflow.save_draft(following, by=self.signers[0])
        following = sign(following, 12, 12, 12, 12, 12)
        first, second = steps(following.disclosure)
        self.assertEqual(first[-1][0], "取消待发布")
        self.assertEqual(second[0][:3], ("信息提交人", "同意", 2))

    def test_a_correction_counts_from_its_opening_and_has_no_due_day(self):
        disclosure = sign(self.draft(), 3, 3, 3, 3, 3).disclosure
        with on(16):
            correction = make_correction(disclosure)
        sign(correction, 18, 18, 18, 18, 19)
        disclosure.refresh_from_db()
        _first, second = steps(disclosure)
        self.assertEqual(second[0], ("信息提交人", "同意", 2, True))
        self.assertEqual(second[-1], ("公开", "公开", 0, None))
        passage = trace(disclosure, whole=False).passages[1]
        self.assertEqual(passage.heading, "更正（内容修改）")

    def test_a_correction_under_way_is_for_those_who_may_read_drafts(self):
        disclosure = sign(self.draft(), 3, 3, 3, 3, 3).disclosure
        with on(16):
            sign(make_correction(disclosure), 16, 17)
        self.assertEqual(len(steps(disclosure)), 1)
        with on(23):
            second = steps(disclosure, whole=True)[1]
        self.assertEqual(second[-1], ("分管领导", "待签", 4, False))

    def test_a_returned_correction_that_led_nowhere_is_not_told_to_the_public(self):
        disclosure = sign(self.draft(), 3, 3, 3, 3, 3).disclosure
        with on(16):
            correction = sign(make_correction(disclosure), 16)
            workflow.send_back(correction, by=self.signers[1], remark="不必更正")
        self.assertEqual(len(steps(disclosure)), 1)
        self.assertEqual(len(steps(disclosure, whole=True)), 2)

    def test_a_withdrawal_has_its_three_signatures(self):
        disclosure = withdraw(sign(self.draft(), 3, 3, 3, 3, 3).disclosure)
        names = [step[:2] for step in steps(disclosure, whole=True)[1]]
        self.assertEqual(
            names,
            [
                ("信息提交人", "同意"),
                ("政务公开办", "同意"),
                ("领导小组", "同意"),
                ("撤下", "撤下"),
            ],
        )

    def test_a_takedown_and_its_restoration_are_both_told(self):
        disclosure = sign(self.draft(), 3, 3, 3, 3, 3).disclosure
        with on(10):
            withdrawal = workflow.take_down(disclosure, by=self.signers[3], reason="泄露")
        with on(10, 15):
            withdrawal = workflow.sign_off(withdrawal, by=make_user("office-2", 4))
        with on(11):
            workflow.send_back(withdrawal, by=self.signers[4], remark="没有泄露")
        with on(12):
            restored = workflow.restore(disclosure, by=self.signers[3], reason="查无泄露")
        for whole in (False, True):
            passage = trace(restored, whole=whole).passages[1]
            self.assertEqual(
                [(step.name, step.office) for step in passage.steps],
                [
                    ("信息提交人", "政务公开办"),
                    ("紧急撤下", "政务公开办"),
                    ("政务公开办", "政务公开办"),
                    ("领导小组", "领导小组"),
                    ("恢复公开", "政务公开办"),
                ],
            )

    def test_years_without_a_calendar_are_named(self):
        disclosure = sign(self.draft(), 3, 3, 3, 3, 3).disclosure
        with mock.patch("catalog.workdays.is_official", return_value=False):
            self.assertEqual(trace(disclosure, whole=False).guessed_years, [2026])


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.disclosure = make_disclosure()
        cls.signers = make_signers(cls.disclosure.unit)
        cls.address = reverse("disclosures:trace", args=[cls.disclosure.slug])

    def test_the_disclosure_leads_to_its_trace(self):
        self.assertContains(self.client.get(self.disclosure.get_absolute_url()), self.address)

    def test_the_desk_leads_to_the_trace(self):
        self.client.force_login(self.signers[0])
        revision = self.disclosure.live_revision_id
        desk = self.client.get(reverse("admin:disclosures_revision_change", args=[revision]))
        self.assertContains(desk, self.address)

    def test_the_public_reads_offices_and_staff_names(self):
        page = self.client.get(self.address)
        self.assertContains(page, self.disclosure.unit.short_name)
        for signer in self.signers:
            self.assertNotContains(page, signer.first_name)
        self.client.force_login(self.signers[0])
        page = self.client.get(self.address)
        for signer in self.signers:
            self.assertContains(page, signer.first_name)

    def test_remarks_and_files_are_for_those_who_may_read_the_unit(self):
        revision = make_correction(self.disclosure)
        revision = workflow.submit(revision, by=self.signers[0])
        workflow.send_back(revision, by=self.signers[1], remark="内部的退回理由")
        publish(workflow.revise(self.disclosure, by=self.signers[0]))
        for person, reads in (
            (None, False),
            (make_signers(make_unit())[0], False),
            (self.signers[1], True),
            (make_auditor(), True),
        ):
            self.client.logout()
            if person:
                self.client.force_login(person)
            page = self.client.get(self.address).content.decode()
            self.assertIn("退回给信息提交人", page)
            self.assertEqual("内部的退回理由" in page, reads, person)
            self.assertEqual("trace.xlsx" in page, reads, person)
            self.assertEqual(
                self.client.get(f"{self.address[:-1]}.xlsx").status_code, 200 if reads else 404
            )

    def test_what_was_withdrawn_is_gone_and_traced_for_those_who_may_read_it(self):
        gone = make_withdrawn(unit=self.disclosure.unit, matter=self.disclosure.matter)
        address = reverse("disclosures:trace", args=[gone.slug])
        page = self.client.get(address)
        self.assertContains(page, "这条信息已撤下", status_code=410)
        self.assertNotContains(page, "责任单位", status_code=410)
        self.client.force_login(make_auditor())
        self.assertContains(self.client.get(gone.get_absolute_url()), address, status_code=410)
        page = self.client.get(address)
        self.assertContains(page, "责任单位", status_code=410)
        self.assertContains(page, self.signers[4].first_name, status_code=410)

    def test_a_restricted_disclosure_has_a_trace_without_its_text(self):
        matter = make_restricted_matter(units=[self.disclosure.unit])
        kept = make_disclosure(matter=matter, unit=self.disclosure.unit, body="<p>补偿明细</p>")
        page = self.client.get(reverse("disclosures:trace", args=[kept.slug]))
        self.assertEqual(page.status_code, 200)
        self.assertNotContains(page, "补偿明细")

    def test_an_unpublished_one_has_no_trace(self):
        self.assertEqual(self.client.get("/disclosures/U9999-2026-00001/trace/").status_code, 404)

    def test_more_versions_ask_no_more(self):
        counts = []
        for _time in range(2):
            for person in (None, make_auditor(f"auditor-{_time}")):
                self.client.logout()
                if person:
                    self.client.force_login(person)
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(self.address)
                counts.append(len(queries))
            for _more in range(3):
                self.disclosure.refresh_from_db()
                publish(make_correction(self.disclosure))
        self.assertEqual(counts[:2], counts[2:])
        self.assertLessEqual(counts[0], 8)


class FileTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.disclosure = make_disclosure(title="关于分配结果的公示")
        cls.signers = make_signers(cls.disclosure.unit)
        cls.address = f"/disclosures/{cls.disclosure.slug}/trace"

    def setUp(self):
        self.auditor = make_auditor()
        self.client.force_login(self.auditor)

    def test_the_workbook_says_what_the_page_says(self):
        response = self.client.get(f"{self.address}.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        rows = [row for row in sheet.iter_rows(values_only=True) if row[2]][1:]
        traced = trace(Disclosure.objects.get(), whole=True).passages[0].steps
        self.assertEqual(
            [(row[2], row[4] or "", row[9], row[11] or "") for row in rows],
            [(step.name, step.person, step.days, step.result) for step in traced],
        )
        self.assertEqual([row[4] for row in rows[:5]], [s.first_name for s in self.signers])
        ledger = [row[12] for row in rows[:5]]
        signed = LedgerEntry.objects.filter(kind="signoff").order_by("number")
        self.assertEqual(ledger, [entry.number for entry in signed])

    def test_a_download_is_a_row_of_the_ledger(self):
        self.client.get(f"{self.address}.xlsx")
        entry = LedgerEntry.objects.order_by("-number").first()
        self.assertEqual(entry.person, self.auditor)
        for words in ("责任追溯", self.disclosure.index_number, '"rows":6', '"xlsx"'):
            self.assertIn(words, entry.record)

    def test_another_kind_of_file_is_not_found(self):
        self.assertEqual(self.client.get(f"{self.address}.csv").status_code, 404)

    def test_a_demonstration_says_so_in_the_file(self):
        with override_settings(SITE=settings.SITE | {"is_demo": True}):
            response = self.client.get(f"{self.address}.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        self.assertIn("示范数据", str([row[0] for row in sheet.iter_rows(values_only=True)]))

    def test_without_a_font_the_pdf_is_refused_with_the_workbook_in_its_place(self):
        fonts = mock.Mock(families=list)
        with mock.patch.object(typesetting, "_installed", return_value=fonts):
            response = self.client.get(f"{self.address}.pdf")
        self.assertContains(response, "fonts-noto-cjk", status_code=503)
        self.assertContains(response, f"{self.address}.xlsx", status_code=503)

    @needs_fonts
    def test_the_pdf_names_every_signer(self):
        response = self.client.get(f"{self.address}.pdf")
        pages = PdfReader(io.BytesIO(response.content)).pages
        text = re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in pages))
        self.assertIn("关于分配结果的公示", text)
        for signer in self.signers:
            self.assertIn("".join(signer.first_name.split()), text)
