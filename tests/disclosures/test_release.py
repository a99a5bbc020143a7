"""Going live at a time, together, and being told of what waits."""

import io
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException
from unittest import mock

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from disclosures import workflow
from disclosures.choices import EntryKind, ReviewLevel, RevisionState
from disclosures.models import Disclosure, LedgerEntry, Revision
from disclosures.workflow import release
from tests.disclosures.test_concurrency import at_once
from tests.factories import (
    make_disclosure,
    make_draft,
    make_duty,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    publish,
)

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)  # 12:00 in China


def publish_due():
    out = io.StringIO()
    call_command("publish_due", stdout=out)
    return out.getvalue().strip()


class ScheduledTest(TestCase):
    def scheduled(self, **kwargs):
        with time_machine.travel(NOON, tick=False):
            return publish(make_draft(publish_at=NOON + timedelta(hours=2), **kwargs))

    def test_it_goes_live_at_its_time_and_not_before(self):
        revision = self.scheduled()
        self.assertTrue(revision.awaits_release)
        with time_machine.travel(NOON + timedelta(minutes=119), tick=False):
            self.assertEqual(publish_due(), "公开0件")
            self.assertFalse(Disclosure.objects.visible().exists())
        with time_machine.travel(NOON + timedelta(minutes=121), tick=False):
            self.assertEqual(publish_due(), "公开1件")
            self.assertEqual(publish_due(), "公开0件")
        disclosure = Disclosure.objects.visible().get()
        self.assertEqual(disclosure.published_at, NOON + timedelta(minutes=121))
        published = LedgerEntry.objects.filter(kind=EntryKind.PUBLICATION)
        self.assertEqual(published.count(), 1)

    def test_a_missed_run_is_caught_up_and_told(self):
        self.scheduled()
        with time_machine.travel(NOON + timedelta(days=1), tick=False):
            told = self.client.get("/healthz").json()
            self.assertEqual((told["status"], told["releases"]["overdue"]), ("degraded", 1))
            self.assertIsNone(told["releases"]["last_run"])
            self.assertEqual(publish_due(), "公开1件,其中1件晚于计划")
            told = self.client.get("/healthz").json()
            self.assertEqual((told["status"], told["releases"]["overdue"]), ("ok", 0))
            self.assertIsNotNone(told["releases"]["last_run"])

    def test_one_that_cannot_be_released_keeps_no_other_waiting(self):
        broken, fine = self.scheduled(title="坏的"), self.scheduled(title="好的")
        real = release.release_if_due

        def failing(revision, *, by):
            if revision.pk == broken.pk:
                raise ValueError("broken")
            return real(revision, by=by)

        with (
            time_machine.travel(NOON + timedelta(hours=3), tick=False),
            mock.patch.object(release, "release_if_due", failing),
            self.assertLogs("disclosures.workflow.release", "ERROR"),
        ):
            self.assertEqual(publish_due(), "公开1件,其中1件晚于计划")
            self.assertEqual(self.client.get("/healthz").json()["releases"]["overdue"], 1)
        self.assertEqual(Disclosure.objects.visible().get().live_revision, fine)

    def test_signed_after_its_time_it_goes_live_at_once(self):
        with time_machine.travel(NOON, tick=False):
            revision = make_revision(publish_at=NOON + timedelta(hours=1), approvals=3)
        leader = make_signers(revision.disclosure.unit)[4]
        with time_machine.travel(NOON + timedelta(hours=2), tick=False):
            workflow.sign_off(revision, by=leader)
        self.assertTrue(Disclosure.objects.visible().exists())

    def test_nothing_else_is_begun_while_it_waits_and_the_office_can_stop_it(self):
        revision = self.scheduled()
        clerk, _, _, office, leader = make_signers(revision.disclosure.unit)
        with self.assertRaisesMessage(workflow.WorkflowError, "尚未办结"):
            workflow.revise(revision.disclosure, by=clerk)
        with self.assertRaises(PermissionDenied):
            workflow.cancel_release(revision, by=leader, reason="有误")
        with self.assertRaisesMessage(workflow.WorkflowError, "写明取消的原因"):
            workflow.cancel_release(revision, by=office, reason=" ")
        workflow.cancel_release(revision, by=office, reason="数据有误")
        with time_machine.travel(NOON + timedelta(days=1), tick=False):
            self.assertEqual(publish_due(), "公开0件")
        self.assertEqual(workflow.revise(revision.disclosure, by=clerk).title, revision.title)


@pytest.mark.postgresql
class TwiceAtOnceTest(TransactionTestCase):
    def test_two_runs_at_once_publish_once(self):
        with time_machine.travel(NOON, tick=False):
            for _ in range(5):
                publish(make_draft(publish_at=NOON + timedelta(hours=2)))
        runs = at_once([workflow.publish_due] * 2)
        self.assertEqual(sum(run.released for run in runs), 5)
        published = LedgerEntry.objects.filter(kind=EntryKind.PUBLICATION)
        self.assertEqual(published.count(), 5)


class BundleTest(TestCase):
    def setUp(self):
        self.unit = make_unit()
        self.signers = make_signers(self.unit)
        self.policy = make_draft(unit=self.unit, title="办法")
        self.table = make_draft(unit=self.unit, title="附表")
        self.bundle = workflow.bundle_together(
            [self.policy, self.table], by=self.signers[0], name="办法及附表"
        )
        for revision in (self.policy, self.table):
            revision.refresh_from_db()

    def test_all_or_none_go_live(self):
        policy = publish(self.policy)
        self.assertTrue(policy.awaits_release)
        self.assertFalse(Disclosure.objects.visible().exists())
        publish(self.table)
        self.assertEqual(Disclosure.objects.visible().count(), 2)
        times = set(Disclosure.objects.values_list("published_at__minute", flat=True))
        self.assertEqual(len(times), 1)

    def test_a_member_sent_back_keeps_the_others_waiting_until_it_is_signed_again(self):
        publish(self.policy)
        table = workflow.submit(self.table, by=self.signers[0])
        workflow.send_back(table, by=self.signers[1], remark="表头有误")
        self.assertFalse(Disclosure.objects.visible().exists())
        again = workflow.revise(table.disclosure, by=self.signers[0])
        self.assertEqual(again.bundle, self.bundle)
        publish(again)
        self.assertEqual(Disclosure.objects.visible().count(), 2)

    def test_only_drafts_of_one_unit_go_together(self):
        other = make_draft()
        with self.assertRaisesMessage(workflow.WorkflowError, "同一单位"):
            workflow.bundle_together([self.policy, other], by=self.signers[0], name="x")
        with self.assertRaisesMessage(workflow.WorkflowError, "至少要两件"):
            workflow.bundle_together([self.policy], by=self.signers[0], name="x")
        alone = workflow.unbundle(self.table, by=self.signers[0])
        publish(self.policy)
        self.assertEqual(Disclosure.objects.visible().count(), 1)
        self.assertIsNone(alone.bundle)


class HandoverTest(TestCase):
    def setUp(self):
        self.unit = make_unit()
        self.clerk, self.section, *_, self.office, self.leader = make_signers(self.unit)
        self.duty = self.section.duties.get()
        self.deputy = make_user("stand-in", first_name="代签人")

    def hand_over(self, days=3, by=None, to=None):
        today = timezone.localdate()
        return workflow.hand_over(
            self.duty,
            to=to or self.deputy,
            starts_on=today,
            ends_on=today + timedelta(days=days),
            reason="出差",
            by=by or self.section,
        )

    def test_both_names_stand_on_the_signature_and_the_mandate_in_the_ledger(self):
        handover = self.hand_over()
        revision = workflow.sign_off(make_revision(unit=self.unit), by=self.deputy)
        signoff = revision.signoffs.get(level=ReviewLevel.SECTION)
        self.assertEqual(signoff.shown_name, f"代签人(代{self.section.first_name})")
        self.assertEqual((signoff.principal, signoff.handover), (self.section, handover))
        entry = LedgerEntry.objects.get(kind=EntryKind.HANDOVER)
        self.assertIn("出差", entry.record)

    def test_outside_its_days_or_ended_it_signs_nothing(self):
        handover = self.hand_over(days=1)
        revision = make_revision(unit=self.unit)
        with (
            time_machine.travel(timezone.now() + timedelta(days=3)),
            self.assertRaises(PermissionDenied),
        ):
            workflow.sign_off(revision, by=self.deputy)
        workflow.end_handover(handover, by=self.section)
        with self.assertRaises(PermissionDenied):
            workflow.sign_off(revision, by=self.deputy)

    def test_neither_the_principal_nor_the_deputy_signs_another_level(self):
        make_duty(self.section, ReviewLevel.DEPUTY_LEADER, self.unit)
        self.hand_over()
        revision = workflow.sign_off(make_revision(unit=self.unit), by=self.deputy)
        with self.assertRaisesMessage(PermissionDenied, "同一人不能签两个环节"):
            workflow.sign_off(revision, by=self.section)

    def test_the_drafter_does_not_sign_as_a_deputy(self):
        self.hand_over(to=self.clerk)
        with self.assertRaisesMessage(PermissionDenied, "同一人不能签两个环节"):
            workflow.sign_off(make_revision(unit=self.unit), by=self.clerk)

    def test_only_the_holder_or_the_office_hands_over(self):
        self.hand_over(by=self.office)
        with self.assertRaises(PermissionDenied):
            self.hand_over(by=self.clerk)

    def test_an_expired_duty_signs_nothing(self):
        self.duty.valid_until = timezone.localdate() - timedelta(days=1)
        self.duty.save()
        revision = make_revision(unit=self.unit)
        with self.assertRaises(PermissionDenied):
            workflow.sign_off(revision, by=self.section)
        self.assertFalse(Revision.objects.awaiting(self.section).exists())


class SendBackTest(TestCase):
    def test_back_to_an_earlier_level_its_signatures_are_given_again(self):
        revision = make_revision(approvals=3)
        signers = make_signers(revision.disclosure.unit)
        back = workflow.send_back(
            revision, by=signers[4], remark="请科室再核", to=ReviewLevel.SECTION
        )
        self.assertEqual((back.state, back.level), (RevisionState.IN_REVIEW, ReviewLevel.SECTION))
        standing = back.signoffs.standing().values_list("level", flat=True)
        self.assertEqual(list(standing), [ReviewLevel.SUBMITTER])
        self.assertEqual(list(Revision.objects.awaiting(signers[1])), [back])
        live = publish(back)
        self.assertTrue(live.is_live)
        self.assertEqual(live.signoffs.count(), 4 + 1 + 4)

    def test_only_an_earlier_level_can_be_named(self):
        revision = make_revision(approvals=1)
        deputy = make_signers(revision.disclosure.unit)[2]
        for level in (ReviewLevel.DEPUTY_LEADER, ReviewLevel.LEADING_GROUP):
            with self.assertRaisesMessage(workflow.WorkflowError, "只能退回给"):
                workflow.send_back(revision, by=deputy, remark="x", to=level)


class ValidityTest(TestCase):
    def test_repealed_by_three_signatures_the_text_stays(self):
        disclosure, successor = make_disclosure(), make_disclosure()
        signers = make_signers(disclosure.unit)
        change = workflow.change_validity(
            disclosure,
            by=signers[0],
            validity="repealed",
            reason="已有新办法",
            replacement=successor,
        )
        self.assertEqual(change.level, ReviewLevel.OPENNESS_OFFICE)
        publish(change, signers)
        disclosure.refresh_from_db()
        self.assertEqual(disclosure.live_revision.validity, "repealed")
        self.assertEqual(disclosure.live_revision.signoffs.count(), 3)
        page = self.client.get(disclosure.get_absolute_url())
        self.assertContains(page, "废止")


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
class ReminderTest(TestCase):
    def send(self):
        out = io.StringIO()
        call_command("send_reminders", base_url="https://example.gov.cn", stdout=out)
        return out.getvalue().strip()

    def test_counts_and_links_go_out_once_a_day_and_no_title(self):
        revision = make_returned(title="尚未公开的标题")
        signers = make_signers(revision.disclosure.unit)
        make_revision(unit=revision.disclosure.unit, title="等科室看的标题")
        for person in signers[:2]:
            person.email = f"{person.username}@example.org"
            person.save()
        self.assertEqual(self.send(), "发出2封,没有邮箱的3人,失败0封")
        self.assertEqual(self.send(), "发出0封,没有邮箱的3人,失败0封")
        bodies = {message.to[0]: message.body for message in mail.outbox}
        self.assertIn("退回给我 1 件", bodies[signers[0].email])
        self.assertIn("等我签字 1 件", bodies[signers[1].email])
        self.assertIn("https://example.gov.cn/admin/", bodies[signers[1].email])
        for message in mail.outbox:
            self.assertNotIn("标题", message.subject + message.body)

    def test_a_mailbox_that_fails_is_tried_again(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        section.email = "section@example.org"
        section.save()
        with (
            mock.patch("django.core.mail.EmailMessage.send", side_effect=SMTPException("满了")),
            self.assertRaisesMessage(CommandError, "再次运行时重发"),
        ):
            call_command(
                "send_reminders",
                base_url="https://x.gov.cn",
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
        self.assertEqual(self.send(), "发出1封,没有邮箱的4人,失败0封")

    def test_without_an_address_of_the_site_nothing_is_sent(self):
        with self.assertRaisesMessage(CommandError, "SITE_DOMAIN"):
            call_command("send_reminders", base_url="")
