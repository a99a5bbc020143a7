"""Why a matter is empty, what was shown off line, and that a long public text still holds."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Obligation
from disclosures import evidence, workflow
from disclosures.choices import (
    Carrier,
    EntryKind,
    ExplanationReason,
    ReviewLevel,
    StatementState,
)
from disclosures.models import Evidence, Explanation, LedgerEntry, OfflineDisclosure, Review
from disclosures.workflow import WorkflowError
from tests import samples
from tests.disclosures.test_concurrency import at_once, winners
from tests.factories import (
    make_disclosure,
    make_domain,
    make_draft,
    make_explanation,
    make_matter,
    make_negative_entry,
    make_offline,
    make_signers,
    make_township,
    make_unit,
    make_user,
    make_village,
    make_withdrawn,
)

TODAY = timezone.localdate


def stated(**fields):
    return {
        "reason": ExplanationReason.NOT_FORMED,
        "detail": "方案还没有制定,制定后公开",
        "valid_until": TODAY() + timedelta(days=90),
    } | fields


def shown(**fields):
    return {
        "title": "低保对象公示",
        "carrier": Carrier.NOTICE_BOARD,
        "place": "郭集村公开栏",
        "shown_from": TODAY(),
    } | fields


class StatementCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()
        cls.matter = make_matter(units=[cls.unit])
        cls.clerk, cls.section, _deputy, cls.office, cls.leader = make_signers(cls.unit)
        cls.second = make_user("office-2", ReviewLevel.OPENNESS_OFFICE)

    def refused(self, error, message, step, *args, **kwargs):
        """The step is refused with ``message``, and nothing is left of it."""
        rows = LedgerEntry.objects.count()
        states = list(Explanation.objects.order_by("pk").values_list("pk", "state"))
        with self.assertRaisesMessage(error, message), transaction.atomic():
            step(*args, **kwargs)
        self.assertEqual(LedgerEntry.objects.count(), rows)
        now = list(Explanation.objects.order_by("pk").values_list("pk", "state"))
        self.assertEqual(now, states)


class ExplanationTest(StatementCase):
    def explain(self, **fields):
        by = fields.pop("by", self.clerk)
        return workflow.explain(self.matter, self.unit, by=by, **stated(**fields))

    def test_an_explanation_counts_once_the_office_has_signed_it(self):
        explanation = self.explain()
        self.assertFalse(Explanation.objects.in_force().exists())
        signed = workflow.sign_statement(explanation, by=self.office)
        self.assertTrue(signed.is_in_force)
        self.assertEqual(Explanation.objects.in_force().get(), explanation)
        self.assertEqual(signed.signed_by, self.office)

    def test_only_the_units_clerk_enters_it(self):
        stranger = make_signers(make_unit())[0]
        for person in (stranger, self.section, self.office, self.leader):
            with self.subTest(person.username):
                self.refused(PermissionDenied, "您不是", self.explain, by=person)

    def test_only_the_office_signs_and_returns(self):
        explanation = self.explain()
        for person in (self.clerk, self.section, self.leader):
            with self.subTest(person.username):
                self.refused(
                    PermissionDenied,
                    "只有政务公开办",
                    workflow.sign_statement,
                    explanation,
                    by=person,
                )
                self.refused(
                    PermissionDenied,
                    "只有政务公开办",
                    workflow.return_statement,
                    explanation,
                    by=person,
                    remark="不行",
                )

    def test_who_entered_it_does_not_sign_it(self):
        both = make_user("both", ReviewLevel.OPENNESS_OFFICE)
        both.duties.create(level=ReviewLevel.SUBMITTER, unit=self.unit)
        explanation = self.explain(by=both)
        self.refused(
            PermissionDenied, "您自己填报的", workflow.sign_statement, explanation, by=both
        )
        self.assertEqual(
            workflow.sign_statement(explanation, by=self.office).state, StatementState.SIGNED
        )

    def test_each_step_fits_some_states_only(self):
        steps = {
            "sign": lambda row: workflow.sign_statement(row, by=self.office),
            "return": lambda row: workflow.return_statement(row, by=self.office, remark="依据不明"),
            "end": lambda row: workflow.end_statement(row, by=self.clerk, reason="已公开"),
        }
        fits = {
            StatementState.PENDING: {"sign", "return", "end"},
            StatementState.SIGNED: {"end"},
            StatementState.RETURNED: set(),
            StatementState.ENDED: set(),
        }
        for make in (make_explanation, make_offline):
            for state, allowed in fits.items():
                for name, step in steps.items():
                    tried = self.subTest(make=make.__name__, state=state, step=name)
                    with tried, transaction.atomic():
                        row = make(matter=self.matter, unit=self.unit, state=state)
                        if name in allowed:
                            self.assertNotEqual(step(row).state, state)
                        else:
                            self.refused(WorkflowError, "不能再这样办理", step, row)
                        transaction.set_rollback(True)

    def test_a_return_needs_a_reason_and_a_new_one_may_follow(self):
        explanation = self.explain()
        self.refused(
            WorkflowError,
            "退回的原因",
            workflow.return_statement,
            explanation,
            by=self.office,
            remark=" ",
        )
        workflow.return_statement(explanation, by=self.office, remark="请写明依据")
        explanation.refresh_from_db()
        self.assertEqual(explanation.remark, "请写明依据")
        self.assertEqual(self.explain().state, StatementState.PENDING)

    def test_one_waits_for_a_signature_at_a_time(self):
        self.explain()
        self.refused(WorkflowError, "已有一份说明在等公开办签字", self.explain)

    def test_a_signed_one_ends_the_one_it_replaces(self):
        first = workflow.sign_statement(self.explain(), by=self.office)
        second = workflow.sign_statement(self.explain(detail="改为年底公开"), by=self.office)
        first.refresh_from_db()
        self.assertEqual(first.state, StatementState.ENDED)
        self.assertIsNotNone(first.ended_at)
        self.assertEqual(Explanation.objects.in_force().get(), second)
        acts = [row["act"] for row in ledgered()]
        self.assertEqual(acts, ["填报", "签字", "填报", "终止", "签字"])

    def test_clerk_and_office_end_it_with_a_reason_and_no_stranger_does(self):
        stranger = make_signers(make_unit())[0]
        explanation = self.explain()
        self.refused(
            PermissionDenied,
            "可以终止",
            workflow.end_statement,
            explanation,
            by=stranger,
            reason="误填",
        )
        self.refused(
            WorkflowError,
            "终止的原因",
            workflow.end_statement,
            explanation,
            by=self.clerk,
            reason="",
        )
        workflow.end_statement(explanation, by=self.clerk, reason="误填")
        other = workflow.sign_statement(self.explain(), by=self.office)
        workflow.end_statement(other, by=self.second, reason="已公开")
        self.assertEqual(Explanation.objects.filter(state=StatementState.ENDED).count(), 2)

    def test_one_that_has_run_out_is_not_in_force_and_not_signed_any_more(self):
        explanation = self.explain(valid_until=TODAY())
        late = timezone.now() + timedelta(days=2)
        with time_machine.travel(late):
            self.refused(
                WorkflowError, "有效期已过", workflow.sign_statement, explanation, by=self.office
            )
        workflow.sign_statement(explanation, by=self.office)
        self.assertTrue(Explanation.objects.in_force().exists())
        self.assertFalse(Explanation.objects.in_force(late.date()).exists())

    def test_what_cannot_be_is_refused_with_its_reason(self):
        entry = make_negative_entry()
        for fields, message in [
            ({"valid_until": TODAY() - timedelta(days=1)}, "不能早于今天"),
            ({"valid_until": TODAY() + timedelta(days=400)}, "最长一年"),
            ({"expected_on": TODAY() - timedelta(days=1)}, "不能早于今天"),
            ({"reason": ExplanationReason.NEGATIVE_LIST}, "写明是哪一条"),
            ({"negative_entry": entry}, "写明是哪一条"),
            ({"detail": ""}, "此字段不能为空"),
            ({"detail": "长" * 201}, "200"),
        ]:
            with self.subTest(fields):
                self.refused(ValidationError, message, self.explain, **fields)

    def test_the_entry_of_the_negative_list_applies_to_the_domain(self):
        entry = make_negative_entry(applies_to_all=False)
        entry.domains.add(make_domain())
        listed = {"reason": ExplanationReason.NEGATIVE_LIST, "negative_entry": entry}
        self.refused(WorkflowError, "不适用于", self.explain, **listed)
        entry.domains.add(self.matter.get_root())
        self.assertEqual(self.explain(**listed).negative_entry, entry)

    def test_personal_data_is_refused_and_named(self):
        for text, label in [
            ("联系人王某,手机13855001234", "手机号"),
            ("申请人身份证341125198001010014", "身份证号"),
        ]:
            with self.subTest(text):
                self.refused(workflow.ScreeningError, label, self.explain, detail=text)
                self.assertNotIn("13855001234", self.told(detail=text))

    def told(self, **fields):
        try:
            self.explain(**fields)
        except workflow.ScreeningError as error:
            return str(error)

    def test_what_is_not_owed_is_not_explained(self):
        other = make_matter()
        on_request = make_matter(units=[self.unit], method="on_request")
        for matter, message in [(other, "不是"), (on_request, "依申请")]:
            with self.subTest(matter=matter.name):
                self.refused(
                    WorkflowError,
                    message,
                    workflow.explain,
                    matter,
                    self.unit,
                    by=self.clerk,
                    **stated(),
                )

    def test_the_township_speaks_for_its_villages(self):
        village = make_village()
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        explanation = make_explanation(matter=matter, unit=village)
        self.assertEqual(explanation.publisher, village.parent)
        self.assertEqual(explanation.entered_by, make_signers(village.parent)[0])


class ManyAtOnceTest(StatementCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.township = make_township()
        cls.villages = [make_village(cls.township) for _ in range(4)]
        cls.of_villages = make_matter(units=[cls.township], responsible_text="村(居)民委员会")
        cls.town_clerk = make_signers(cls.township)[0]

    def owed(self):
        return list(Obligation.objects.filter(publisher=self.township))

    def test_one_reason_for_a_selection_is_one_row_of_the_ledger(self):
        made = workflow.explain_all(self.owed(), by=self.town_clerk, **stated())
        self.assertEqual({row.unit for row in made}, set(self.villages))
        workflow.sign_statements(made, by=self.office)
        self.assertEqual(Explanation.objects.in_force().count(), 4)
        rows = ledgered()
        self.assertEqual([row["act"] for row in rows], ["填报", "签字"])
        for row in rows:
            units = {told["record"]["unit"] for told in row["statements"]}
            self.assertEqual(units, {village.code for village in self.villages})

    def test_all_or_none_are_entered(self):
        workflow.explain(self.of_villages, self.villages[2], by=self.town_clerk, **stated())
        self.refused(
            WorkflowError,
            str(self.villages[2]),
            workflow.explain_all,
            self.owed(),
            by=self.town_clerk,
            **stated(),
        )

    def test_another_units_matter_among_them_is_refused(self):
        mine = Obligation.objects.get(matter=self.matter)
        self.refused(
            PermissionDenied,
            str(self.unit),
            workflow.explain_all,
            [*self.owed(), mine],
            by=self.town_clerk,
            **stated(),
        )

    def test_all_or_none_are_signed_and_returned(self):
        made = workflow.explain_all(self.owed(), by=self.town_clerk, **stated())
        workflow.sign_statement(made[1], by=self.office)
        self.refused(WorkflowError, "已签字", workflow.sign_statements, made, by=self.office)
        rest = [made[0], *made[2:]]
        workflow.return_statements(rest, by=self.office, remark="请分别说明")
        self.assertEqual(Explanation.objects.filter(remark="请分别说明").count(), 3)

    def test_the_number_of_queries_does_not_grow_with_the_selection(self):
        first, *others = self.owed()
        counts = []
        for owed in ([first], others):
            with CaptureQueriesContext(connection) as queries:
                made = workflow.explain_all(owed, by=self.town_clerk, **stated())
                workflow.sign_statements(made, by=self.office)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])

    def test_nothing_chosen_is_said(self):
        self.refused(
            WorkflowError, "勾选", workflow.explain_all, [], by=self.town_clerk, **stated()
        )
        self.refused(WorkflowError, "勾选", workflow.sign_statements, [], by=self.office)


class OfflineTest(StatementCase):
    def record(self, files=None, **fields):
        files = [samples.upload("公示栏.jpg")] if files is None else files
        by = fields.pop("by", self.clerk)
        return workflow.record_offline(
            self.matter, self.unit, by=by, files=files, **shown(**fields)
        )

    def test_a_record_keeps_its_evidence_and_the_ledger_its_digest(self):
        record = self.record([samples.upload("公示栏.jpg"), samples.upload("签收表.pdf")])
        pieces = list(record.evidence.all())
        self.assertEqual([piece.name for piece in pieces], ["公示栏.jpg", "签收表.pdf"])
        (row,) = ledgered()
        told = row["statements"][0]["record"]["evidence"]
        self.assertEqual([piece["digest"] for piece in told], [piece.digest for piece in pieces])

    def test_without_evidence_it_is_refused(self):
        self.refused(WorkflowError, "请上传凭证", self.record, [])

    def test_a_file_that_is_not_what_it_says_is_refused(self):
        fake = SimpleUploadedFile("公示栏.jpg", b"MZ not a picture")
        self.refused(ValidationError, "公示栏.jpg", self.record, [samples.upload("好.jpg"), fake])
        self.assertFalse(OfflineDisclosure.objects.exists())

    def test_what_cannot_be_is_refused_with_its_reason(self):
        tomorrow = TODAY() + timedelta(days=1)
        for fields, message in [
            ({"shown_from": tomorrow}, "还没有公开"),
            ({"shown_until": TODAY() - timedelta(days=1)}, "不能早于开始日期"),
            ({"formed_on": tomorrow}, "不能晚于公开的日期"),
            ({"place": ""}, "此字段不能为空"),
        ]:
            with self.subTest(fields):
                self.refused(ValidationError, message, self.record, **fields)

    def test_personal_data_in_the_place_is_refused(self):
        self.refused(
            workflow.ScreeningError, "地点", self.record, place="王芳家门口,电话13855001234"
        )

    def test_the_office_signs_it(self):
        record = workflow.sign_statement(self.record(), by=self.office)
        self.assertEqual(OfflineDisclosure.objects.signed().get(), record)


class ReviewTest(StatementCase):
    def setUp(self):
        self.disclosure = make_disclosure(matter=self.matter, unit=self.unit)

    def test_the_units_clerk_confirms_what_is_public(self):
        review = workflow.confirm_current(self.disclosure, by=self.clerk)
        self.assertEqual(list(self.disclosure.reviews.all()), [review])
        row = ledgered()[-1]
        self.assertEqual(row["content_digest"], self.disclosure.live_revision.content_digest)

    def test_others_do_not(self):
        for person in (self.section, self.office, make_signers(make_unit())[0]):
            with self.subTest(person.username):
                self.refused(
                    PermissionDenied,
                    "不能复核",
                    workflow.confirm_current,
                    self.disclosure,
                    by=person,
                )

    def test_only_what_is_public(self):
        place = {"matter": self.matter, "unit": self.unit}
        for disclosure in (make_draft(**place).disclosure, make_withdrawn(**place)):
            self.refused(
                WorkflowError, "不在公开中", workflow.confirm_current, disclosure, by=self.clerk
            )

    def test_once_a_day(self):
        workflow.confirm_current(self.disclosure, by=self.clerk)
        self.refused(
            WorkflowError, "今天已经", workflow.confirm_current, self.disclosure, by=self.clerk
        )


class GuardTest(StatementCase):
    """What the database refuses by itself, whatever the way of writing."""

    def refused_by_database(self, statement, *params):
        with self.assertRaises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)

    def test_a_signed_statement_cannot_be_written_in(self):
        make_explanation(matter=self.matter, unit=self.unit)
        pending = Explanation.objects.get()
        copy = Explanation(
            matter=pending.matter,
            unit=pending.unit,
            entered_by=self.clerk,
            entered_at=timezone.now(),
            state=StatementState.SIGNED,
            signed_by=self.office,
            signed_at=timezone.now(),
            **stated(),
        )
        with self.assertRaisesMessage(IntegrityError, "须经公开办签字"), transaction.atomic():
            copy.save()

    def test_nothing_stated_is_rewritten_or_deleted(self):
        explanation = make_explanation(matter=self.matter, unit=self.unit)
        record = make_offline(matter=self.matter, unit=self.unit)
        for table, column, row in [
            ("disclosures_explanation", "detail", explanation),
            ("disclosures_offlinedisclosure", "place", record),
        ]:
            with self.subTest(table):
                self.refused_by_database(f"UPDATE {table} SET {column} = 'x'")
                self.refused_by_database(f"DELETE FROM {table} WHERE id = %s", row.pk)

    def test_nobody_signs_for_themselves_and_no_return_is_without_remark(self):
        explanation = make_explanation(matter=self.matter, unit=self.unit)
        self.refused_by_database(
            "UPDATE disclosures_explanation SET state = 'signed', signed_by_id = %s",
            explanation.entered_by_id,
        )
        self.refused_by_database("UPDATE disclosures_explanation SET state = 'signed'")
        self.refused_by_database("UPDATE disclosures_explanation SET state = 'returned'")

    def test_a_decision_stands(self):
        for state in (StatementState.SIGNED, StatementState.RETURNED, StatementState.ENDED):
            with self.subTest(state), transaction.atomic():
                make_explanation(matter=self.matter, unit=self.unit, state=state)
                self.refused_by_database("UPDATE disclosures_explanation SET state = 'pending'")
                self.refused_by_database("UPDATE disclosures_explanation SET remark = 'x'")
                transaction.set_rollback(True)

    def test_evidence_of_a_signed_record_stays(self):
        record = make_offline(matter=self.matter, unit=self.unit, state=StatementState.SIGNED)
        self.refused_by_database("UPDATE disclosures_evidence SET digest = 'x'")
        self.refused_by_database("DELETE FROM disclosures_evidence")
        with self.assertRaisesMessage(IntegrityError, "不能增加凭证"), transaction.atomic():
            Evidence.objects.create(offline_disclosure=record, file=samples.upload("另.jpg"))

    def test_a_review_stays(self):
        workflow.confirm_current(make_disclosure(matter=self.matter, unit=self.unit), by=self.clerk)
        self.refused_by_database("DELETE FROM disclosures_review")
        self.refused_by_database(
            "UPDATE disclosures_review SET reviewed_by_id = %s", self.office.pk
        )
        self.assertTrue(Review.objects.exists())


@pytest.mark.postgresql
class AtOnceTest(TransactionTestCase):
    def test_of_two_signers_of_a_statement_one_signs(self):
        explanation = make_explanation()
        people = [make_user(f"office-{n}", ReviewLevel.OPENNESS_OFFICE) for n in range(2)]
        results = at_once(
            [lambda by=person: workflow.sign_statement(explanation, by=by) for person in people]
        )
        self.assertEqual(len(winners(results)), 1)
        (refusal,) = (result for result in results if isinstance(result, Exception))
        self.assertIn("现在是“已签字”", str(refusal))
        self.assertEqual(LedgerEntry.objects.filter(kind=EntryKind.EXPLANATION).count(), 2)

    def test_of_two_clerks_who_explain_the_same_one_is_told(self):
        matter = make_matter()
        unit = matter.responsible_units.get()
        people = [make_user(f"clerk-{n}", ReviewLevel.SUBMITTER, unit) for n in range(2)]
        results = at_once(
            [
                lambda by=person: workflow.explain(matter, unit, by=by, **stated())
                for person in people
            ]
        )
        self.assertEqual(len(winners(results)), 1)
        (refusal,) = (result for result in results if isinstance(result, Exception))
        self.assertIn("已有一份说明", str(refusal))
        self.assertEqual(evidence.verify(lambda label, count: None).problems, [])


def ledgered():
    """The details of the rows about statements and reviews, in order."""
    kinds = [EntryKind.EXPLANATION, EntryKind.OFFLINE, EntryKind.REVIEW]
    rows = LedgerEntry.objects.filter(kind__in=kinds)
    return [json.loads(row.record)["details"] for row in rows]
