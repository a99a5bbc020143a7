"""The five signatures, walked forwards, backwards and sideways."""

from datetime import date, timedelta

import time_machine
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.test import TestCase, override_settings
from django.utils import timezone

from catalog.choices import Audience, Category, Channel, LimitFrom, LimitKind
from disclosures import clock, workflow
from disclosures.choices import ReviewLevel, RevisionState, Verdict
from disclosures.models import Attachment, Disclosure, Revision, Signoff
from disclosures.workflow import WorkflowError
from tests.factories import (
    make_attachment,
    make_correction,
    make_disclosure,
    make_draft,
    make_inner_matter,
    make_matter,
    make_restricted_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_village,
    make_withdrawn,
    publish,
)


class FiveSignaturesTest(TestCase):
    def test_nothing_is_public_before_the_last_level(self):
        revision = make_revision(submitted=False)
        signers = make_signers(revision.disclosure.unit)
        self.assertFalse(Disclosure.objects.visible().exists())
        revision = workflow.submit(revision, by=signers[0])
        for signer in signers[1:]:
            self.assertFalse(Disclosure.objects.visible().exists())
            revision = workflow.sign_off(revision, by=signer)
        self.assertTrue(Disclosure.objects.visible().exists())

    def test_five_different_people_sign_in_order(self):
        disclosure = make_disclosure()
        signoffs = disclosure.live_revision.signoffs.order_by("pk")
        self.assertEqual([signoff.level for signoff in signoffs], [1, 2, 3, 4, 5])
        self.assertEqual([signoff.signer for signoff in signoffs], make_signers(disclosure.unit))
        self.assertEqual({signoff.verdict for signoff in signoffs}, {Verdict.APPROVED})

    def test_a_signature_keeps_the_name_the_duty_and_the_remark(self):
        revision = make_revision()
        unit = revision.disclosure.unit
        section = make_signers(unit)[1]
        get_user_model().objects.filter(pk=section.pk).update(first_name="方正好")
        section.refresh_from_db()
        workflow.sign_off(revision, by=section, remark="  已核对  ")
        section.first_name = "改名后"
        section.save()
        signoff = revision.signoffs.get(level=ReviewLevel.SECTION)
        self.assertEqual(
            (signoff.signer_name, signoff.unit, signoff.remark), ("方正好", unit, "已核对")
        )

    def test_a_county_wide_duty_signs_without_a_unit(self):
        disclosure = make_disclosure()
        signoff = disclosure.live_revision.signoffs.get(level=ReviewLevel.OPENNESS_OFFICE)
        self.assertIsNone(signoff.unit)

    def test_nobody_signs_two_levels_of_a_revision(self):
        unit = make_unit()
        clerk = make_signers(unit)[0]
        for level in (ReviewLevel.SECTION, ReviewLevel.DEPUTY_LEADER):
            clerk.duties.create(level=level, unit=unit)
        revision = make_revision(unit=unit)
        with self.assertRaisesMessage(PermissionDenied, "同一人不能签两个环节"):
            workflow.sign_off(revision, by=clerk)
        with self.assertRaisesMessage(PermissionDenied, "同一人不能签两个环节"):
            workflow.send_back(revision, by=clerk, remark="有误")
        self.assertFalse(workflow.may_sign(revision, clerk))

    def test_the_same_press_twice_signs_once(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        workflow.sign_off(revision, by=section)
        with self.assertRaisesMessage(PermissionDenied, "您已在“提交科室”环节签过这一版"):
            workflow.sign_off(revision, by=section)
        self.assertEqual(revision.signoffs.count(), 2)

    def test_whoever_signed_the_first_revision_may_sign_the_next(self):
        disclosure = make_disclosure()
        publish(make_correction(disclosure))
        self.assertEqual(Signoff.objects.count(), 10)

    def test_each_level_wants_its_own_duty(self):
        for awaited in list(ReviewLevel)[1:]:
            revision = make_revision(approvals=awaited - 2)
            signers = make_signers(revision.disclosure.unit)
            for level, signer in zip(ReviewLevel, signers, strict=True):
                with self.subTest(awaited=awaited, signer=level):
                    self.assertEqual(workflow.may_sign(revision, signer), level == awaited)
                    if level > awaited:
                        with self.assertRaisesMessage(
                            PermissionDenied, f"现在等待“{awaited.label}”签字"
                        ):
                            workflow.sign_off(revision, by=signer)

    def test_a_signer_of_another_unit_may_not_sign(self):
        revision = make_revision()
        stranger = make_signers(make_unit())[1]
        with self.assertRaisesMessage(PermissionDenied, "您没有"):
            workflow.sign_off(revision, by=stranger)

    def test_a_superuser_cannot_skip(self):
        revision = make_revision(submitted=False)
        root = make_user("root", is_superuser=True)
        with self.assertRaises(PermissionDenied):
            workflow.submit(revision, by=root)
        revision = workflow.submit(revision, by=make_signers(revision.disclosure.unit)[0])
        with self.assertRaises(PermissionDenied):
            workflow.sign_off(revision, by=root)
        with self.assertRaises(PermissionDenied):
            workflow.send_back(revision, by=root, remark="有误")
        with self.assertRaises(PermissionDenied):
            workflow.take_down(make_disclosure(), by=root, reason="有误")
        self.assertEqual(revision.signoffs.count(), 1)

    def test_someone_who_left_can_no_longer_sign(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        section.is_active = False
        section.save()
        with self.assertRaises(PermissionDenied):
            workflow.sign_off(revision, by=section)

    def test_a_remark_that_does_not_fit_is_refused_with_a_message(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        with self.assertRaisesMessage(WorkflowError, "500"):
            workflow.sign_off(revision, by=section, remark="长" * 501)
        with self.assertRaisesMessage(WorkflowError, "500"):
            workflow.send_back(revision, by=section, remark="长" * 501)
        workflow.sign_off(revision, by=section, remark="长" * 500)

    def test_a_text_changed_behind_the_workflow_cannot_be_signed(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        unit = revision.disclosure.unit
        unit.code = "OTHER"  # the guards freeze the text; its place is checked by the digest
        unit.save()
        with self.assertRaisesMessage(WorkflowError, "摘要值不符"):
            workflow.sign_off(revision, by=section)


class StatesAndStepsTest(TestCase):
    """Each step in each state: the table says which may be taken."""

    ALLOWED = {
        RevisionState.DRAFT: {"save_draft", "attach", "submit"},
        RevisionState.IN_REVIEW: {"sign_off", "send_back"},
        RevisionState.RETURNED: {"revise"},
        RevisionState.APPROVED: {"revise", "take_down"},
    }

    def revision_in(self, state):
        match state:
            case RevisionState.DRAFT:
                return make_revision(submitted=False)
            case RevisionState.IN_REVIEW:
                return make_revision()
            case RevisionState.RETURNED:
                return make_returned()
        return make_disclosure().live_revision

    def take(self, step, revision):
        clerk, section, _, office, _ = make_signers(revision.disclosure.unit)
        match step:
            case "save_draft":
                workflow.save_draft(revision, by=clerk)
            case "attach":
                make_attachment(revision)
            case "submit":
                workflow.submit(revision, by=clerk)
            case "sign_off":
                workflow.sign_off(revision, by=section)
            case "send_back":
                workflow.send_back(revision, by=section, remark="请补充")
            case "revise":
                workflow.revise(revision.disclosure, by=clerk)
            case "take_down":
                workflow.take_down(revision.disclosure, by=office, reason="有误")

    def test_each_step_is_taken_only_in_its_states(self):
        steps = set().union(*self.ALLOWED.values())
        for state, allowed in self.ALLOWED.items():
            for step in sorted(steps):
                with self.subTest(state=state, step=step):
                    revision = self.revision_in(state)
                    if step in allowed:
                        self.take(step, revision)
                        continue
                    signed = Signoff.objects.count()
                    with self.assertRaises((WorkflowError, PermissionDenied)):
                        self.take(step, revision)
                    self.assertEqual(Revision.objects.get(pk=revision.pk).state, state)
                    self.assertEqual(Signoff.objects.count(), signed)

    def test_a_refusal_names_the_state_it_found(self):
        revision = make_revision()
        clerk = make_signers(revision.disclosure.unit)[0]
        with self.assertRaisesMessage(WorkflowError, "现在是“审签中”,只有“起草中”时"):
            workflow.submit(revision, by=clerk)

    def test_the_buttons_agree_with_the_steps(self):
        for state in RevisionState:
            revision = self.revision_in(state)
            clerk, section, _, office, _ = make_signers(revision.disclosure.unit)
            allowed = self.ALLOWED[state]
            with self.subTest(state=state):
                self.assertEqual(workflow.may_edit(revision, clerk), "save_draft" in allowed)
                self.assertEqual(workflow.may_submit(revision, clerk), "submit" in allowed)
                self.assertEqual(workflow.may_sign(revision, section), "sign_off" in allowed)
                self.assertEqual(
                    workflow.may_revise(revision.disclosure, clerk), "revise" in allowed
                )
                self.assertFalse(workflow.may_edit(revision, office))
                self.assertFalse(workflow.may_revise(revision.disclosure, section))

    def test_a_stale_copy_does_not_take_the_step_twice(self):
        revision = make_revision(submitted=False)
        clerk = make_signers(revision.disclosure.unit)[0]
        stale = Revision.objects.get(pk=revision.pk)
        workflow.submit(revision, by=clerk)
        stale.title = "提交以后改的标题"
        with self.assertRaises(WorkflowError):
            workflow.save_draft(stale, by=clerk)
        self.assertNotEqual(Revision.objects.get(pk=revision.pk).title, stale.title)


class DraftingTest(TestCase):
    def test_only_a_clerk_of_the_unit_drafts(self):
        matter = make_matter()
        unit = matter.responsible_units.get()
        signers = make_signers(unit)
        for person in (*signers[1:], make_signers(make_unit())[0]):
            with (
                self.subTest(person.username),
                self.assertRaisesMessage(PermissionDenied, "不是定远县"),
            ):
                make_draft(matter=matter, clerk=person)
        self.assertFalse(Disclosure.objects.exists())

    def test_a_clerk_of_another_unit_may_not_touch_the_draft(self):
        revision = make_revision(submitted=False)
        stranger = make_signers(make_unit())[0]
        for step in (workflow.save_draft, workflow.submit):
            with self.subTest(step.__name__), self.assertRaises(PermissionDenied):
                step(revision, by=stranger)

    def test_a_disclosure_belongs_to_a_current_leaf(self):
        inner = make_inner_matter()
        make_matter(parent=inner)
        inner.refresh_from_db()
        inner.responsible_units.set([make_unit()])
        with self.assertRaisesMessage(ValidationError, "末级公开事项"):
            make_draft(matter=inner)
        retired = make_matter(retired_on=date(2020, 1, 1))
        with self.assertRaisesMessage(ValidationError, "已停用"):
            make_draft(matter=retired)

    def test_a_disclosure_belongs_to_a_responsible_unit(self):
        with self.assertRaisesMessage(ValidationError, "不是“事项01-01”的公开主体"):
            make_draft(matter=make_matter(), unit=make_unit())

    def test_a_matter_that_retires_meanwhile_stops_the_submission(self):
        revision = make_revision(submitted=False)
        matter = revision.disclosure.matter
        matter.retired_on = timezone.localdate()
        matter.save()
        with self.assertRaisesMessage(WorkflowError, "已停用"):
            workflow.submit(revision, by=make_signers(revision.disclosure.unit)[0])

    def test_a_published_text_can_be_corrected_after_its_matter_retired(self):
        disclosure = make_disclosure()
        disclosure.matter.retired_on = timezone.localdate()
        disclosure.matter.save()
        publish(make_correction(disclosure))
        disclosure.refresh_from_db()
        self.assertEqual(disclosure.live_revision.number, 2)

    def test_the_category_is_the_matters(self):
        matter = make_matter(category=Category.EXECUTION)
        self.assertEqual(make_draft(matter=matter).disclosure.category, Category.EXECUTION)

    def test_only_the_openness_office_may_choose_another_category(self):
        matter = make_matter(category=Category.EXECUTION)
        unit = matter.responsible_units.get()
        with self.assertRaisesMessage(PermissionDenied, "只有政务公开办"):
            make_draft(matter=matter, category=Category.RESULT)
        both = make_user("both", ReviewLevel.SUBMITTER, unit)
        both.duties.create(level=ReviewLevel.OPENNESS_OFFICE)
        revision = make_draft(matter=matter, category=Category.RESULT, clerk=both)
        self.assertEqual(revision.disclosure.category, Category.RESULT)

    def test_only_an_interpretation_interprets(self):
        policy = make_disclosure()
        with self.assertRaisesMessage(ValidationError, "只有政策解读"):
            make_draft(interprets=policy)
        matter = make_matter(category=Category.INTERPRETATION)
        revision = make_draft(matter=matter, interprets=policy)
        self.assertEqual(list(policy.interpretations.all()), [revision.disclosure])

    def test_what_keeps_a_draft_from_submission_is_said_in_full(self):
        cases = {
            "请填写正文": {"body": ""},
            "形成日期不能晚于今天": {"formed_on": timezone.localdate() + timedelta(days=1)},
            "发文字号形如": {"document_number": "定政办2018年12号"},
            "有效期不能早于生效日期": {
                "effective_on": date(2020, 5, 1),
                "expires_on": date(2020, 4, 30),
            },
            "100": {"summary": "长" * 101},
        }
        for message, content in cases.items():
            with self.subTest(message), self.assertRaisesMessage(ValidationError, message):
                make_draft(**content)

    def test_a_body_of_nothing_but_script_counts_as_empty(self):
        with self.assertRaisesMessage((ValidationError, WorkflowError), "请填写正文"):
            make_revision(body="<script>alert(1)</script>")

    def test_a_document_number_is_brought_into_its_official_form(self):
        for typed in ("定政办[2018] 12 号", "定政办（２０１８）１２号", "定政办【2018】12号"):
            revision = make_draft(document_number=typed)
            self.assertEqual(revision.document_number, "定政办〔2018〕12号")

    def test_the_second_attachment_comes_after_the_first(self):
        revision = make_revision(files=["甲.pdf", "乙.png"])
        self.assertEqual(
            list(revision.attachments.values_list("name", "position")),
            [("甲.pdf", 1), ("乙.png", 2)],
        )

    def test_due_in_working_days_after_the_day_of_formation(self):
        # 2024-09-27 is a Friday; the weekend's Sunday is a make-up day, 1 to 7 October are off.
        revision = make_draft(matter=make_matter(limit_days=3), formed_on=date(2024, 9, 27))
        self.assertEqual(revision.due_on, date(2024, 10, 8))

    def test_due_in_calendar_days(self):
        matter = make_matter(limit_days=3, limit_kind=LimitKind.CALENDAR_DAYS)
        revision = make_draft(matter=matter, formed_on=date(2024, 12, 30))
        self.assertEqual(revision.due_on, date(2025, 1, 2))

    def test_without_a_shorter_limit_article_26_leaves_20_working_days(self):
        for kind in (LimitKind.LONG_TERM, LimitKind.REALTIME):
            matter = make_matter(limit_days=None, limit_kind=kind)
            revision = make_draft(matter=matter, formed_on=date(2026, 3, 2))
            self.assertEqual(revision.due_on, date(2026, 3, 30))

    def test_what_precedes_an_event_is_due_before_its_day(self):
        matter = make_matter(
            time_limit="举行听证会7个工作日前", limit_days=7, limit_from=LimitFrom.EVENT
        )
        with self.assertRaisesMessage(ValidationError, "请填写日期"):
            make_draft(matter=matter)
        revision = make_draft(matter=matter, formed_on=date(2026, 3, 2), event_on=date(2026, 3, 20))
        self.assertEqual(revision.due_on, date(2026, 3, 11))

    def test_a_township_publishes_for_one_of_its_own_villages(self):
        village = make_village()
        clerk = make_signers(village.parent)[0]
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        revision = make_draft(matter=matter, unit=village.parent, clerk=clerk, village=village)
        self.assertEqual(revision.disclosure.village, village)
        with self.assertRaisesMessage(ValidationError, "代为公开"):
            make_draft(matter=matter, unit=village.parent, clerk=clerk, village=make_village())

    def test_the_due_day_follows_a_changed_day_of_formation(self):
        revision = make_draft(formed_on=date(2024, 9, 27))
        revision.formed_on = date(2024, 8, 1)
        clerk = make_signers(revision.disclosure.unit)[0]
        self.assertEqual(workflow.save_draft(revision, by=clerk).due_on, date(2024, 8, 29))


class ThrowingAwayTest(TestCase):
    def stored(self, attachment):
        return attachment.file.storage.exists(attachment.file.name)

    def test_a_file_taken_out_of_a_draft_goes_from_the_disk(self):
        revision = make_revision(submitted=False, files=["甲.pdf", "乙.png"])
        clerk = make_signers(revision.disclosure.unit)[0]
        first, second = revision.attachments.all()
        with self.captureOnCommitCallbacks(execute=True):
            workflow.detach(first, by=clerk)
        self.assertEqual(list(revision.attachments.all()), [second])
        self.assertEqual([self.stored(first), self.stored(second)], [False, True])

    def test_a_file_that_an_older_revision_shares_stays_on_the_disk(self):
        disclosure = make_disclosure(files=["甲.pdf"])
        clerk = make_signers(disclosure.unit)[0]
        revision = workflow.revise(disclosure, by=clerk)
        with self.captureOnCommitCallbacks(execute=True):
            workflow.detach(revision.attachments.get(), by=clerk)
        self.assertTrue(self.stored(disclosure.live_revision.attachments.get()))

    def test_files_of_a_submitted_revision_are_not_taken_out(self):
        attachment = make_revision(files=["甲.pdf"]).attachments.get()
        clerk = make_signers(attachment.revision.disclosure.unit)[0]
        with self.assertRaises(PermissionDenied):
            workflow.detach(attachment, by=clerk)

    def test_a_first_draft_goes_with_its_disclosure_and_files(self):
        revision = make_revision(submitted=False, files=["甲.pdf"])
        attachment = revision.attachments.get()
        clerk = make_signers(revision.disclosure.unit)[0]
        with self.captureOnCommitCallbacks(execute=True):
            workflow.discard(revision, by=clerk)
        self.assertFalse(Disclosure.objects.exists() or Attachment.objects.exists())
        self.assertFalse(self.stored(attachment))

    def test_a_discarded_correction_leaves_what_is_live(self):
        disclosure = make_disclosure(files=["甲.pdf"])
        clerk = make_signers(disclosure.unit)[0]
        with self.captureOnCommitCallbacks(execute=True):
            workflow.discard(make_correction(disclosure), by=clerk)
        self.assertEqual(disclosure.revisions.get(), disclosure.live_revision)
        self.assertTrue(self.stored(disclosure.live_revision.attachments.get()))
        self.assertTrue(workflow.may_revise(disclosure, clerk))

    def test_only_a_clerk_of_the_unit_throws_a_draft_away(self):
        revision = make_draft()
        for person in (*make_signers(revision.disclosure.unit)[1:], make_signers(make_unit())[0]):
            with self.subTest(person.username), self.assertRaises(PermissionDenied):
                workflow.discard(revision, by=person)

    def test_a_draft_that_somebody_interprets_is_kept(self):
        policy = make_draft()
        make_draft(
            matter=make_matter(category=Category.INTERPRETATION), interprets=policy.disclosure
        )
        clerk = make_signers(policy.disclosure.unit)[0]
        with self.assertRaisesMessage(WorkflowError, "有政策解读指向这条信息"):
            workflow.discard(policy, by=clerk)

    def test_a_draft_changes_category_only_before_anybody_signed(self):
        revision = make_draft()
        _, _, _, office, _ = make_signers(revision.disclosure.unit)
        for person in (revision.drafter, make_user("root", is_superuser=True)):
            with self.subTest(person.username), self.assertRaises(PermissionDenied):
                workflow.recategorise(revision, by=person, category=Category.RESPONSE)
        workflow.recategorise(revision, by=office, category=Category.RESPONSE)
        revision.disclosure.refresh_from_db()
        self.assertEqual(revision.disclosure.category, Category.RESPONSE)
        returned = make_returned()
        again = workflow.revise(returned.disclosure, by=returned.drafter)
        with self.assertRaisesMessage(WorkflowError, "不能改换类别"):
            workflow.recategorise(again, by=office, category=Category.RESPONSE)


class SendBackTest(TestCase):
    def test_a_reason_is_demanded(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        for remark in ("", "  \n"):
            with self.assertRaisesMessage(WorkflowError, "必须写明原因"):
                workflow.send_back(revision, by=section, remark=remark)

    def test_each_level_may_send_back_and_that_closes_the_revision(self):
        for approvals in range(4):
            with self.subTest(approvals=approvals):
                revision = make_returned(approvals=approvals, remark="缺少依据")
                signers = make_signers(revision.disclosure.unit)
                revision = Revision.objects.get(pk=revision.pk)
                self.assertEqual((revision.state, revision.level), (RevisionState.RETURNED, None))
                self.assertEqual(revision.signoffs.order_by("pk").last().remark, "缺少依据")
                for signer in signers:
                    with self.assertRaises((WorkflowError, PermissionDenied)):
                        workflow.sign_off(revision, by=signer)
        self.assertFalse(Disclosure.objects.visible().exists())

    def test_the_next_revision_starts_from_the_text_and_the_files_sent_back(self):
        returned = make_returned(
            files=["甲.pdf", "乙.docx"], title="原标题", body="<p>原文</p>", keywords="公示;住房"
        )
        clerk = make_signers(returned.disclosure.unit)[0]
        revision = workflow.revise(returned.disclosure, by=clerk)
        self.assertEqual(revision.number, 2)
        self.assertEqual(revision.state, RevisionState.DRAFT)
        for name in Revision.CONTENT_FIELDS:
            self.assertEqual(getattr(revision, name), getattr(returned, name), name)
        copies = [
            list(row.attachments.values_list("name", "size", "digest", "file", "position"))
            for row in (returned, revision)
        ]
        self.assertEqual(*copies)
        self.assertEqual(Attachment.objects.count(), 4)

    def test_removing_a_copied_attachment_leaves_the_record_of_the_old_one(self):
        returned = make_returned(files=["甲.pdf"])
        clerk = make_signers(returned.disclosure.unit)[0]
        workflow.revise(returned.disclosure, by=clerk).attachments.get().delete()
        kept = returned.attachments.get()
        self.assertTrue(kept.file.storage.exists(kept.file.name))

    def test_after_a_return_all_five_sign_again(self):
        returned = make_returned(approvals=3)
        signers = make_signers(returned.disclosure.unit)
        revision = workflow.revise(returned.disclosure, by=signers[0])
        publish(revision, signers)
        self.assertEqual(revision.signoffs.count(), 5)
        self.assertEqual(returned.signoffs.count(), 5)

    def test_any_clerk_of_the_unit_may_take_up_what_was_returned(self):
        returned = make_returned()
        colleague = make_user("colleague", ReviewLevel.SUBMITTER, returned.disclosure.unit)
        revision = workflow.revise(returned.disclosure, by=colleague)
        revision = workflow.submit(revision, by=colleague)
        self.assertEqual(revision.drafter, colleague)


class CorrectionTest(TestCase):
    def setUp(self):
        self.disclosure = make_disclosure(body="<p>旧文</p>")
        self.signers = make_signers(self.disclosure.unit)

    def live_body(self):
        return Disclosure.objects.visible().get().live_revision.body

    def test_the_old_text_stays_public_until_the_new_one_is_signed(self):
        revision = make_correction(self.disclosure, body="<p>新文</p>")
        revision = workflow.submit(revision, by=self.signers[0])
        for signer in self.signers[1:]:
            self.assertEqual(self.live_body(), "<p>旧文</p>")
            revision = workflow.sign_off(revision, by=signer)
        self.assertEqual(self.live_body(), "<p>新文</p>")

    def test_a_correction_says_what_it_changes(self):
        revision = make_correction(self.disclosure, change_note=" ")
        with self.assertRaisesMessage(WorkflowError, "修改说明"):
            workflow.submit(revision, by=self.signers[0])

    def test_a_correction_keeps_number_and_first_publication(self):
        before = (self.disclosure.index_number, self.disclosure.published_at)
        publish(make_correction(self.disclosure, formed_on=date(2020, 1, 2)))
        self.disclosure.refresh_from_db()
        self.assertEqual((self.disclosure.index_number, self.disclosure.published_at), before)
        self.assertGreater(self.disclosure.live_revision.published_at, before[1])

    def test_one_revision_is_open_at_a_time(self):
        make_correction(self.disclosure)
        with self.assertRaisesMessage(WorkflowError, "尚未办结"):
            workflow.revise(self.disclosure, by=self.signers[0])

    def test_a_returned_correction_leaves_the_old_text_live_and_keeps_its_note(self):
        revision = workflow.submit(
            make_correction(self.disclosure, body="<p>新文</p>"), by=self.signers[0]
        )
        workflow.send_back(revision, by=self.signers[1], remark="不妥")
        self.assertEqual(self.live_body(), "<p>旧文</p>")
        again = workflow.revise(self.disclosure, by=self.signers[0])
        self.assertEqual((again.body, again.change_note), ("<p>新文</p>", "更正面积"))

    def test_the_place_of_what_was_submitted_stays(self):
        self.disclosure.refresh_from_db()
        workflow.revise(self.disclosure, by=self.signers[0])
        self.assertTrue(Revision.objects.filter(number=2, state=RevisionState.DRAFT).exists())


class WithdrawalTest(TestCase):
    def test_what_is_withdrawn_leaves_the_public_lists_and_keeps_its_reason(self):
        disclosure = make_withdrawn(reason=" 数据有误 ")
        self.assertFalse(Disclosure.objects.visible().exists())
        self.assertEqual(list(Disclosure.objects.published()), [disclosure])
        disclosure.refresh_from_db()
        self.assertEqual(disclosure.withdrawal_reason, "数据有误")
        self.assertEqual(disclosure.withdrawn_by, make_signers(disclosure.unit)[4])
        self.assertFalse(disclosure.is_visible)

    def test_only_the_openness_office_takes_down_at_once(self):
        disclosure = make_disclosure()
        signers = make_signers(disclosure.unit)
        for person in (*signers[:3], signers[4]):
            with self.subTest(person.username), self.assertRaises(PermissionDenied):
                workflow.take_down(disclosure, by=person, reason="有误")

    def test_a_withdrawal_wants_a_reason_that_fits(self):
        disclosure = make_disclosure()
        office = make_signers(disclosure.unit)[3]
        with self.assertRaisesMessage(WorkflowError, "请写明原因"):
            workflow.take_down(disclosure, by=office, reason=" ")
        with self.assertRaisesMessage(WorkflowError, "300"):
            workflow.take_down(disclosure, by=office, reason="长" * 301)

    def test_what_is_withdrawn_is_neither_withdrawn_again_nor_revised(self):
        disclosure = make_withdrawn()
        clerk, _, _, office, _ = make_signers(disclosure.unit)
        with self.assertRaisesMessage(WorkflowError, "不在公开中"):
            workflow.take_down(disclosure, by=office, reason="再撤一次")
        with self.assertRaisesMessage(WorkflowError, "已撤下"):
            workflow.revise(disclosure, by=clerk)

    def test_a_correction_under_review_does_not_bring_back_what_was_withdrawn(self):
        disclosure = make_disclosure()
        signers = make_signers(disclosure.unit)
        revision = workflow.submit(make_correction(disclosure), by=signers[0])
        workflow.take_down(disclosure, by=signers[3], reason="有误")
        with self.assertRaisesMessage(WorkflowError, "已撤下"):
            publish(revision)
        self.assertFalse(Disclosure.objects.visible().exists())

    def test_a_correction_under_review_can_still_be_sent_back_after_a_withdrawal(self):
        disclosure = make_disclosure()
        signers = make_signers(disclosure.unit)
        revision = workflow.submit(make_correction(disclosure), by=signers[0])
        workflow.take_down(disclosure, by=signers[3], reason="有误")
        workflow.send_back(revision, by=signers[1], remark="原信息已撤下")
        self.assertFalse(Revision.objects.open().exists())

    def test_a_replacement_is_another_visible_disclosure(self):
        disclosure, other = make_disclosure(), make_disclosure()
        office = make_signers(disclosure.unit)[3]
        for wrong in (disclosure, make_draft().disclosure, make_withdrawn()):
            with self.assertRaisesMessage(WorkflowError, "替代"):
                workflow.take_down(disclosure, by=office, reason="有误", replacement=wrong)
        workflow.take_down(disclosure, by=office, reason="有误", replacement=other)
        disclosure.refresh_from_db()
        self.assertEqual(disclosure.replacement, other)


class IndexNumberTest(TestCase):
    def test_unit_year_of_formation_and_a_serial_of_five_digits(self):
        unit = make_unit(code="ZJJ")
        first = make_disclosure(unit=unit, formed_on=date(2019, 12, 31))
        second = make_disclosure(unit=unit, formed_on=date(2019, 1, 1))
        self.assertEqual(first.index_number, "ZJJ/2019-00001")
        self.assertEqual(second.index_number, "ZJJ/2019-00002")
        self.assertEqual(first.slug, "ZJJ-2019-00001")

    def test_each_unit_and_year_counts_for_itself(self):
        here, there = make_unit(code="AAA"), make_unit(code="BBB")
        numbers = [
            make_disclosure(unit=unit, formed_on=date(year, 5, 1)).index_number
            for unit in (here, there)
            for year in (2018, 2019)
        ]
        self.assertEqual(
            numbers, ["AAA/2018-00001", "AAA/2019-00001", "BBB/2018-00001", "BBB/2019-00001"]
        )

    def test_the_credit_code_goes_before_the_unit_code(self):
        code = "91350100M000100Y43"  # the sample of GB 32100-2015
        disclosure = make_disclosure(unit=make_unit(credit_code=code), formed_on=date(2020, 3, 4))
        self.assertEqual(disclosure.index_number, f"{code}/2020-00001")

    def test_the_number_is_drawn_at_publication_only(self):
        unit = make_unit(code="ZJJ")
        make_revision(unit=unit, approvals=3, formed_on=date(2019, 5, 1))
        make_returned(unit=unit, formed_on=date(2019, 5, 1))
        disclosure = make_disclosure(unit=unit, formed_on=date(2019, 5, 1))
        self.assertEqual(disclosure.index_number, "ZJJ/2019-00001")

    def test_a_withdrawn_number_is_not_used_again(self):
        unit = make_unit(code="ZJJ")
        gone = make_withdrawn(unit=unit, formed_on=date(2019, 5, 1))
        disclosure = make_disclosure(unit=unit, formed_on=date(2019, 5, 2))
        self.assertEqual(gone.index_number, "ZJJ/2019-00001")
        self.assertEqual(disclosure.index_number, "ZJJ/2019-00002")

    def test_a_published_unit_that_gets_its_credit_code_keeps_old_numbers(self):
        unit = make_unit(code="ZJJ")
        old = make_disclosure(unit=unit, formed_on=date(2019, 5, 1))
        unit.credit_code = "91350100M000100Y43"
        unit.save()
        new = make_disclosure(matter=old.matter, formed_on=date(2019, 5, 1))
        old.refresh_from_db()
        self.assertEqual(old.index_number, "ZJJ/2019-00001")
        self.assertEqual(new.index_number, "91350100M000100Y43/2019-00001")


class PublicationTimeTest(TestCase):
    def test_it_is_the_servers_own_at_the_last_signature(self):
        with time_machine.travel("2026-03-05T01:02:03.000004+00:00", tick=False) as clock_of_server:
            revision = make_revision(approvals=3)
            clock_of_server.shift(timedelta(days=2))
            published = publish(revision)
            for time in (published.published_at, published.disclosure.published_at):
                self.assertEqual(time.isoformat(), "2026-03-07T01:02:03.000004+00:00")

    def test_no_content_of_a_draft_sets_it(self):
        forged = timezone.now() - timedelta(days=300)
        with self.assertRaises(TypeError):
            make_draft(published_at=forged)
        with self.assertRaises(TypeError):
            make_draft(submitted_at=forged)

    def test_the_clock_moves_on_a_demonstration_site_only(self):
        moment = timezone.now() - timedelta(days=300)
        with self.assertRaises(ImproperlyConfigured), clock.moved_to(moment):
            pass
        with override_settings(DEMO=True), clock.moved_to(moment):
            self.assertEqual(clock.now(), moment)
        self.assertGreater(clock.now(), moment)

    def test_on_time_and_late_in_python_as_in_the_database(self):
        # The day is Chinese: 17:00 UTC on the due day is already the next day here.
        cases = {"2024-10-08T15:59:00+00:00": False, "2024-10-08T16:00:00+00:00": True}
        for moment, is_late in cases.items():
            with self.subTest(moment), time_machine.travel(moment):
                disclosure = make_disclosure(
                    matter=make_matter(limit_days=3), formed_on=date(2024, 9, 27)
                )
                self.assertEqual(disclosure.due_on, date(2024, 10, 8))
                self.assertIs(disclosure.is_late, is_late)
                found = Disclosure.objects.filter(pk=disclosure.pk)
                self.assertEqual(found.late().exists(), is_late)
                self.assertEqual(found.on_time().exists(), not is_late)

    def test_before_it_is_public_neither_late_nor_on_time(self):
        disclosure = make_draft().disclosure
        self.assertIsNone(disclosure.is_late)
        self.assertFalse(Disclosure.objects.late().exists())
        self.assertFalse(Disclosure.objects.on_time().exists())


class RestrictedMatterTest(TestCase):
    def test_a_named_group_without_the_website_is_restricted(self):
        for audience, channels, expected in (
            (Audience.SPECIFIC, [Channel.NOTICE_BOARD], True),
            (Audience.SPECIFIC, [Channel.NOTICE_BOARD, Channel.WEBSITE], False),
            (Audience.PUBLIC, [Channel.NOTICE_BOARD], False),
        ):
            with self.subTest(audience=audience, channels=channels):
                matter = make_matter(
                    audience=audience,
                    audience_detail="被征收人" if audience == Audience.SPECIFIC else "",
                    channels=channels,
                )
                self.assertIs(matter.is_restricted, expected)
                restricted = type(matter).objects.restricted().filter(pk=matter.pk)
                self.assertEqual(restricted.exists(), expected)

    def test_its_draft_says_where_and_since_when_it_was_shown(self):
        matter = make_restricted_matter()
        for missing in ({"shown_where": ""}, {"shown_from": None}):
            with (
                self.subTest(missing),
                self.assertRaisesMessage(ValidationError, "请写明在何处、何时公开"),
            ):
                make_draft(matter=matter, **missing)

    def test_it_needs_no_text(self):
        disclosure = make_disclosure(matter=make_restricted_matter(), body="")
        self.assertTrue(disclosure.is_visible)

    def test_searching_its_text_gives_nothing_away(self):
        make_disclosure(matter=make_restricted_matter(), title="分户补偿公示", body="<p>柏某某</p>")
        make_disclosure(title="公开的公示", body="<p>柏某某</p>")
        titles = [
            row.live_revision.title for row in Disclosure.objects.listed().with_words("柏某某")
        ]
        self.assertEqual(titles, ["公开的公示"])
        self.assertEqual(Disclosure.objects.with_words("分户补偿").count(), 1)


class LeafTest(TestCase):
    def test_a_matter_with_disclosures_gets_no_children(self):
        matter = make_disclosure().matter
        for name in matter.STANDARD_FIELDS:
            setattr(matter, name, [] if name in {"channels", "tiers"} else "")
        matter.limit_days = None
        matter.expects_children = True
        with self.assertRaisesMessage(ValidationError, "已有公开信息,不能再设下级"):
            matter.full_clean()
