"""Many people at once, where row locks exist. Each thread has a connection of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TransactionTestCase

from disclosures import evidence, workflow
from disclosures.choices import ReviewLevel, RevisionState
from disclosures.models import Disclosure, IndexSerial, LedgerEntry, Revision, Signoff
from disclosures.workflow import WorkflowError
from tests.factories import (
    make_disclosure,
    make_revision,
    make_signers,
    make_unit,
    make_user,
)


def at_once(steps):
    """Take the steps together, each in its own thread; what each gave or raised."""
    start = threading.Barrier(len(steps))

    def take(step):
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            return step()
        except (WorkflowError, PermissionDenied) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(take, steps))


def winners(results):
    return [result for result in results if not isinstance(result, Exception)]


@pytest.mark.postgresql
class ConcurrencyTest(TransactionTestCase):
    def test_of_two_signers_of_a_level_one_signs(self):
        revision = make_revision()
        unit = revision.disclosure.unit
        people = [make_signers(unit)[1], make_user("second", ReviewLevel.SECTION, unit)]
        results = at_once(
            [lambda by=person: workflow.sign_off(revision, by=by) for person in people]
        )
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(revision.signoffs.count(), 2)
        self.assertEqual(Revision.objects.get().level, ReviewLevel.DEPUTY_LEADER)

    def test_of_ten_signers_of_the_last_level_one_publishes(self):
        revision = make_revision(approvals=3)
        people = [make_user(f"leader-{n}", ReviewLevel.LEADING_GROUP) for n in range(10)]
        results = at_once(
            [lambda by=person: workflow.sign_off(revision, by=by) for person in people]
        )
        self.assertEqual(len(winners(results)), 1)
        for error in results:
            if isinstance(error, Exception):
                self.assertIn("现在是“审签完成”", str(error))
        disclosure = Disclosure.objects.visible().get()
        self.assertEqual(disclosure.live_revision.signoffs.count(), 5)
        self.assertEqual(IndexSerial.objects.get().last, 1)

    def test_of_ten_signers_at_each_level_one_signs_and_the_ledger_has_no_fork(self):
        revision = make_revision()
        unit = revision.disclosure.unit
        for level in list(ReviewLevel)[1:]:
            of_unit = unit if level < ReviewLevel.OPENNESS_OFFICE else None
            people = [make_user(f"signer-{level}-{n}", level, of_unit) for n in range(10)]
            results = at_once(
                [lambda by=person: workflow.sign_off(revision, by=by) for person in people]
            )
            self.assertEqual(len(winners(results)), 1)
        self.assertTrue(Disclosure.objects.visible().exists())
        self.assert_chain_holds()

    def test_ten_disclosures_signed_at_once_make_one_chain(self):
        unit = make_unit()
        section = make_signers(unit)[1]
        revisions = [make_revision(unit=unit) for _ in range(10)]
        results = at_once([lambda row=row: workflow.sign_off(row, by=section) for row in revisions])
        self.assertEqual(len(winners(results)), 10)
        self.assert_chain_holds()

    def assert_chain_holds(self):
        check = evidence.verify(lambda label, count: None)
        self.assertEqual(check.problems, [])
        self.assertEqual(check.rows, LedgerEntry.objects.count())

    def test_one_person_pressing_ten_times_signs_once(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        results = at_once([lambda: workflow.sign_off(revision, by=section)] * 10)
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(Signoff.objects.filter(signer=section).count(), 1)

    def test_signing_and_sending_back_exclude_each_other(self):
        revision = make_revision()
        unit = revision.disclosure.unit
        section, other = make_signers(unit)[1], make_user("second", ReviewLevel.SECTION, unit)
        results = at_once(
            [
                lambda: workflow.sign_off(revision, by=section),
                lambda: workflow.send_back(revision, by=other, remark="有误"),
            ]
        )
        # Whoever comes second finds another state, or another level awaited.
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(revision.signoffs.count(), 2)

    def test_ten_publications_of_a_unit_draw_ten_numbers(self):
        unit = make_unit(code="ZJJ")
        leader = make_signers(unit)[4]
        revisions = [
            make_revision(unit=unit, approvals=3, formed_on=date(2019, 5, 1)) for _ in range(10)
        ]
        results = at_once([lambda row=row: workflow.sign_off(row, by=leader) for row in revisions])
        self.assertEqual(len(winners(results)), 10)
        numbers = Disclosure.objects.values_list("index_number", flat=True)
        self.assertEqual(set(numbers), {f"ZJJ/2019-{n:05d}" for n in range(1, 11)})

    def test_of_two_corrections_one_is_opened(self):
        disclosure = make_disclosure()
        clerk = make_signers(disclosure.unit)[0]
        results = at_once([lambda: workflow.revise(disclosure, by=clerk)] * 2)
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(disclosure.revisions.open().count(), 1)

    def test_a_text_saved_while_it_is_submitted_is_in_the_digest_or_refused(self):
        revision = make_revision(submitted=False)
        clerk, section = make_signers(revision.disclosure.unit)[:2]
        edited = Revision.objects.get(pk=revision.pk)
        edited.title = "最后一刻改的标题"
        at_once(
            [
                lambda: workflow.submit(revision, by=clerk),
                lambda: workflow.save_draft(edited, by=clerk),
            ]
        )
        # Signing recomputes the digest, so it would refuse a text that slipped in behind it.
        workflow.sign_off(Revision.objects.get(), by=section)

    def test_withdrawing_twice_at_once_keeps_one_reason(self):
        disclosure = make_disclosure()
        office = make_signers(disclosure.unit)[3]
        results = at_once(
            [
                lambda reason=reason: workflow.take_down(disclosure, by=office, reason=reason)
                for reason in ("原因一", "原因二")
            ]
        )
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(
            Disclosure.objects.get().withdrawal_reason, winners(results)[0].change_note
        )

    def test_submitting_twice_at_once_freezes_once(self):
        revision = make_revision(submitted=False)
        clerk = make_signers(revision.disclosure.unit)[0]
        results = at_once([lambda: workflow.submit(revision, by=clerk)] * 2)
        self.assertEqual(len(winners(results)), 1)
        self.assertEqual(Revision.objects.get().state, RevisionState.IN_REVIEW)
