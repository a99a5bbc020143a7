"""Explaining, recording and deciding in the admin, as the people of a unit and the office do."""

from datetime import timedelta

import time_machine
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.choices import LimitKind
from catalog.models import Obligation
from disclosures import reminders, workflow
from disclosures.choices import StatementState
from disclosures.models import Disclosure, Explanation, LedgerEntry, OfflineDisclosure
from tests import samples
from tests.factories import (
    make_auditor,
    make_disclosure,
    make_explanation,
    make_matter,
    make_offline,
    make_signers,
    make_unit,
    make_user,
    make_village,
)

OWED = reverse("admin:catalog_obligation_changelist")
EXPLAIN = reverse("admin:disclosures_explanation_add")
RECORD = reverse("admin:disclosures_offlinedisclosure_add")
EXPLANATIONS = reverse("admin:disclosures_explanation_changelist")


class StatementAdminCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()
        cls.matters = [make_matter(units=[cls.unit]) for _ in range(3)]
        cls.clerk, _section, _deputy, cls.office, _leader = make_signers(cls.unit)
        cls.other = make_matter()
        cls.stranger = make_signers(cls.other.responsible_units.get())[0]
        cls.owed = list(Obligation.objects.filter(unit=cls.unit).order_by("pk"))

    def get(self, person, address):
        self.client.force_login(person)
        return self.client.get(address)

    def post(self, person, address, **data):
        self.client.force_login(person)
        return self.client.post(address, data, follow=True)

    def stated(self, *owed, **fields):
        return {
            "_enter": "",
            "obligations": ",".join(str(row.pk) for row in owed),
            "reason": "not_formed",
            "detail": "方案还没有制定",
            "valid_until": timezone.localdate() + timedelta(days=30),
        } | fields


class OwedListTest(StatementAdminCase):
    def names(self, person, query=""):
        page = self.get(person, OWED + query)
        return {row.matter.name for row in page.context["cl"].result_list}

    def test_a_clerk_sees_the_own_unit_and_auditors_all(self):
        own = {matter.name for matter in self.matters}
        self.assertEqual(self.names(self.clerk), own)
        for person in (self.office, make_auditor()):
            self.assertEqual(self.names(person), own | {self.other.name})

    def test_a_township_sees_its_villages(self):
        village = make_village()
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        self.assertEqual(self.names(make_signers(village.parent)[0]), {matter.name})

    def test_it_is_filtered_by_what_is_there(self):
        published, explained, waiting = self.matters
        make_disclosure(matter=published, unit=self.unit)
        make_explanation(matter=explained, unit=self.unit, state=StatementState.SIGNED)
        make_explanation(matter=waiting, unit=self.unit)
        offline = make_matter(units=[self.unit])
        make_offline(matter=offline, unit=self.unit, state=StatementState.SIGNED)
        for standing, expected in [
            ("published", {published.name, offline.name}),
            ("explained", {explained.name}),
            ("waiting", {waiting.name}),
            ("offline", {offline.name}),
            ("missing", {waiting.name}),
            ("overdue", set()),
        ]:
            with self.subTest(standing):
                found = self.names(self.clerk, f"?standing={standing}")
                self.assertEqual(found, expected)

    def test_it_is_filtered_by_limit_and_unit_and_searched(self):
        limited = make_matter(units=[self.unit], limit_kind=LimitKind.REALTIME, limit_days=None)
        self.assertEqual(self.names(self.clerk, "?limit=realtime"), {limited.name})
        self.assertEqual(self.names(self.clerk, f"?q={limited.code}"), {limited.name})
        chosen = f"?publisher__id__exact={self.other.responsible_units.get().pk}"
        self.assertEqual(self.names(self.office, chosen), {self.other.name})

    def test_rows_do_not_change_the_number_of_queries(self):
        self.client.force_login(self.clerk)
        self.client.get(OWED)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.client.get(OWED)
            counts.append(len(queries))
            for _ in range(4):
                make_matter(units=[self.unit])
        self.assertEqual(counts[0], counts[1])

    def test_an_export_says_what_is_there_and_is_written_down(self):
        make_disclosure(matter=self.matters[0], unit=self.unit)
        auditor = make_auditor()
        address = reverse("admin:catalog_obligation_export")
        page = self.post(auditor, address, format="1", resource="0")
        text = page.content.decode("utf-8-sig")
        self.assertIn(f"{self.matters[0].name},", text)
        self.assertEqual(text.count(",已公开,否,否"), 1)
        self.assertEqual(text.count(",未公开,否,否"), 3)
        self.assertEqual(LedgerEntry.objects.last().kind, "export")


class ExplainTest(StatementAdminCase):
    def test_one_reason_for_a_selection(self):
        chosen = [row.pk for row in self.owed]
        data = {"action": "explain_selected", "_selected_action": chosen}
        page = self.post(self.clerk, f"{OWED}?standing=missing", **data)
        self.assertContains(page, self.matters[0].name)
        self.assertContains(page, 'value="standing=missing"')
        done = self.post(self.clerk, EXPLAIN, **self.stated(*self.owed, filters="standing=missing"))
        self.assertContains(done, "已为3个事项填报未公开说明")
        self.assertEqual(done.redirect_chain[-1][0], f"{OWED}?standing=missing")
        self.assertEqual(Explanation.objects.pending().count(), 3)

    def test_what_is_wrong_stands_at_its_field_and_nothing_is_entered(self):
        for fields, message in [
            ({"valid_until": ""}, "这个字段是必填项"),
            ({"valid_until": timezone.localdate() + timedelta(days=500)}, "最长一年"),
            ({"reason": "negative_list"}, "写明是哪一条"),
            ({"detail": "找王芳,电话13855001234"}, "手机号"),
        ]:
            with self.subTest(fields):
                page = self.post(self.clerk, EXPLAIN, **self.stated(*self.owed, **fields))
                self.assertContains(page, message)
                self.assertContains(page, self.matters[0].name)
        self.assertFalse(Explanation.objects.exists())

    def test_another_units_matters_are_not_explained(self):
        page = self.post(self.stranger, EXPLAIN, **self.stated(self.owed[0]))
        self.assertContains(page, "您不是")
        self.assertFalse(Explanation.objects.exists())

    def test_without_a_choice_the_list_is_shown(self):
        page = self.get(self.clerk, EXPLAIN)
        self.assertRedirects(page, OWED)


class RecordTest(StatementAdminCase):
    def shown(self, **fields):
        return {
            "_enter": "",
            "obligations": str(self.owed[0].pk),
            "title": "分配方案公示",
            "carrier": "notice_board",
            "place": "郭集村公开栏",
            "shown_from": timezone.localdate(),
            "evidence": [samples.upload("公示栏.jpg"), samples.upload("签收表.pdf")],
        } | fields

    def test_a_record_with_two_files(self):
        page = self.get(self.clerk, f"{RECORD}?obligations={self.owed[0].pk}")
        self.assertContains(page, self.matters[0].name)
        done = self.post(self.clerk, RECORD, **self.shown())
        self.assertContains(done, "已登记")
        record = OfflineDisclosure.objects.get()
        self.assertEqual(record.evidence.count(), 2)

    def test_a_bad_file_or_none_is_refused_at_its_field(self):
        for files, message in [([], "请上传凭证"), ([samples.upload("x.jpg", b"MZ")], "x.jpg")]:
            with self.subTest(message):
                page = self.post(self.clerk, RECORD, **self.shown(evidence=files))
                self.assertContains(page, message)
        self.assertFalse(OfflineDisclosure.objects.exists())

    def test_evidence_is_for_staff_who_may_read_the_unit(self):
        record = make_offline(matter=self.matters[0], unit=self.unit, state=StatementState.SIGNED)
        piece = record.evidence.get()
        address = reverse("admin:disclosures_offlinedisclosure_evidence", args=[piece.pk])
        response = self.get(self.office, address)
        self.assertEqual(b"".join(response.streaming_content), piece.file.read())
        self.assertEqual(self.get(self.stranger, address).status_code, 404)
        self.client.logout()
        self.assertEqual(self.client.get(address).status_code, 302)


class DecideTest(StatementAdminCase):
    def step(self, name, row):
        return reverse(f"admin:disclosures_explanation_{name}", args=[row.pk])

    def explanation(self, place=0):
        return make_explanation(matter=self.matters[place], unit=self.unit)

    def test_the_office_signs_on_the_page(self):
        row = self.explanation()
        page = reverse("admin:disclosures_explanation_change", args=[row.pk])
        self.assertContains(self.get(self.office, page), "请您签字")
        self.assertNotContains(self.get(self.clerk, page), "请您签字")
        done = self.post(self.office, self.step("sign", row))
        self.assertContains(done, "向公众显示")
        row.refresh_from_db()
        self.assertTrue(row.is_in_force)

    def test_a_return_without_a_reason_is_refused(self):
        row = self.explanation()
        self.assertContains(self.post(self.office, self.step("return", row)), "退回的原因")
        self.post(self.office, self.step("return", row), remark="写明依据")
        row.refresh_from_db()
        self.assertEqual((row.state, row.remark), (StatementState.RETURNED, "写明依据"))

    def test_many_are_decided_at_once_all_or_none(self):
        rows = [self.explanation(place) for place in range(3)]
        chosen = [row.pk for row in rows]
        workflow.sign_statement(rows[1], by=self.office)
        data = {"action": "sign_selected", "_selected_action": chosen}
        self.assertContains(self.post(self.office, EXPLANATIONS, **data), "一件也没有办理")
        data = {"action": "return_selected", "_selected_action": [chosen[0], chosen[2]]}
        self.assertContains(self.post(self.office, EXPLANATIONS, **data), "退回的原因")
        self.post(self.office, EXPLANATIONS, remark="写明依据", **data)
        self.assertEqual(Explanation.objects.filter(remark="写明依据").count(), 2)

    def test_the_clerk_takes_it_back_with_a_reason(self):
        row = self.explanation()
        self.post(self.clerk, self.step("end", row), reason="选错了事项")
        row.refresh_from_db()
        self.assertEqual(row.state, StatementState.ENDED)
        history = reverse("admin:disclosures_explanation_history", args=[row.pk])
        self.assertContains(self.get(self.clerk, history), "选错了事项")

    def test_the_office_is_offered_to_return_what_waits_not_to_take_it_back(self):
        page = reverse("admin:disclosures_explanation_change", args=[self.explanation().pk])
        self.assertContains(self.get(self.clerk, page), "撤回这份填报")
        self.assertNotContains(self.get(self.office, page), "撤回这份填报")

    def test_they_are_filtered_by_publisher_a_township_with_its_villages(self):
        village = make_village()
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        make_explanation(matter=matter, unit=village)
        self.explanation()
        page = self.get(self.office, EXPLANATIONS)
        self.assertContains(page, f"?publisher={village.parent.pk}")
        self.assertNotContains(page, f"?publisher={village.pk}")
        for publisher, unit in [(village.parent, village), (self.unit, self.unit)]:
            with self.subTest(publisher=publisher):
                page = self.get(self.office, f"{EXPLANATIONS}?publisher={publisher.pk}")
                found = page.context["cl"].result_list
                self.assertEqual([row.unit for row in found], [unit])
        page = self.get(self.office, f"{EXPLANATIONS}?publisher=x")
        self.assertEqual(len(page.context["cl"].result_list), 2)

    def test_what_was_entered_is_no_form(self):
        row = self.explanation()
        page = reverse("admin:disclosures_explanation_change", args=[row.pk])
        self.post(self.office, page, detail="改写")
        row.refresh_from_db()
        self.assertNotEqual(row.detail, "改写")


class ExportTest(StatementAdminCase):
    def csv(self, model):
        address = reverse(f"admin:disclosures_{model}_export")
        page = self.post(self.office, address, format="1", resource="0")
        return page.content.decode("utf-8-sig").splitlines()

    def test_both_lists_leave_with_every_column_and_a_row_of_the_ledger(self):
        place = {"matter": self.matters[0], "unit": self.unit}
        make_explanation(detail="没有形成", state=StatementState.RETURNED, **place)
        make_offline(place="郭集村部", state=StatementState.SIGNED, **place)
        for model, words in [
            ("explanation", ["没有形成", "尚未形成", "已退回", "请写明依据"]),
            ("offlinedisclosure", ["郭集村部", "公示栏", "已签字", "公示栏.jpg"]),
        ]:
            with self.subTest(model):
                head, row = self.csv(model)
                self.assertIn("公开事项", head)
                for word in words:
                    self.assertIn(word, row)
                self.assertEqual(LedgerEntry.objects.last().kind, "export")


class WorkbenchTest(StatementAdminCase):
    def sections(self, person):
        page = self.get(person, reverse("admin:index"))
        return {
            section.title: [line.title for line in section.lines]
            for section in page.context["sections"]
            if section.lines
        }

    def test_each_finds_what_waits(self):
        first, second, third = self.matters
        make_explanation(matter=first, unit=self.unit)
        make_explanation(matter=second, unit=self.unit, state=StatementState.RETURNED)
        make_offline(matter=third, unit=self.unit)
        self.assertEqual(
            self.sections(self.office),
            {"待公开办签字的未公开说明": [first.name], "待公开办签字的线下公开记录": [third.name]},
        )
        self.assertEqual(self.sections(self.clerk), {"退回给我的未公开说明": [second.name]})
        self.assertEqual(self.sections(self.stranger), {})
        # Stated anew, the returned one no longer waits.
        make_explanation(matter=second, unit=self.unit)
        self.assertEqual(self.sections(self.clerk), {})

    def test_a_reason_that_runs_out_is_in_the_reminder(self):
        soon = timezone.localdate() + timedelta(days=1)
        make_explanation(
            matter=self.matters[0], unit=self.unit, state=StatementState.SIGNED, valid_until=soon
        )
        self.assertEqual(
            self.sections(self.clerk), {"5个工作日内到期的说明": [self.matters[0].name]}
        )
        message = reminders.message_for(make_user("c", 1, self.unit, email="c@example.cn"), "")
        self.assertIn("5个工作日内到期的说明 1 件", message.body)


class ReviewTest(StatementAdminCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.long_term = make_matter(
            units=[cls.unit], limit_kind=LimitKind.LONG_TERM, limit_days=None, review_months=1
        )

    def test_what_is_long_public_comes_up_for_review_and_is_confirmed(self):
        disclosure = make_disclosure(matter=self.long_term, unit=self.unit)
        page = reverse("admin:disclosures_disclosure_change", args=[disclosure.pk])
        bench, listed = reverse("admin:index"), reverse("admin:disclosures_disclosure_changelist")
        title = disclosure.live_revision.title
        self.assertNotContains(self.get(self.clerk, bench), "长期公开的信息须复核")
        with time_machine.travel(timezone.now() + timedelta(days=40)):
            self.assertContains(self.get(self.clerk, bench), "长期公开的信息须复核")
            self.assertContains(self.get(self.clerk, f"{listed}?review=soon"), title)
            self.assertContains(self.get(self.clerk, page), "已逾期")
            confirm = reverse("admin:disclosures_disclosure_confirm", args=[disclosure.pk])
            self.assertContains(self.post(self.clerk, confirm), "已复核")
            self.assertNotContains(self.get(self.clerk, page), "复核无误</button>")
            self.assertNotContains(self.get(self.clerk, bench), "长期公开的信息须复核")

    def test_the_question_of_many_is_the_question_of_one(self):
        disclosure = make_disclosure(matter=self.long_term, unit=self.unit)
        due_on = disclosure.review_due_on
        found = Disclosure.objects.review_due
        self.assertFalse(found(due_on - timedelta(days=1)).exists())
        self.assertEqual(found(due_on).get(), disclosure)
        with time_machine.travel(timezone.now() + timedelta(days=10)):
            workflow.confirm_current(disclosure, by=self.clerk)
        later = disclosure.review_due_on
        self.assertGreater(later, due_on)
        self.assertFalse(found(later - timedelta(days=1)).exists())
        self.assertEqual(found(later).get(), disclosure)


class PenaltyTest(StatementAdminCase):
    def test_a_penalty_whose_time_is_over_is_to_be_taken_off(self):
        matter = make_matter(units=[self.unit], name="违法用地处罚决定")
        until = timezone.localdate() + timedelta(days=100)
        penalty = make_disclosure(matter=matter, unit=self.unit, expires_on=until)
        make_disclosure(matter=self.matters[0], unit=self.unit, expires_on=until)
        listed = reverse("admin:disclosures_disclosure_changelist")
        title = "处罚公示期满须撤下"
        self.assertNotContains(self.get(self.clerk, reverse("admin:index")), title)
        with time_machine.travel(timezone.now() + timedelta(days=101)):
            self.assertContains(self.get(self.clerk, reverse("admin:index")), title)
            page = self.get(self.clerk, f"{listed}?review=over")
        self.assertEqual([row.pk for row in page.context["cl"].result_list], [penalty.pk])
