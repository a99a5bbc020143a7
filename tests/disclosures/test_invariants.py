"""Random people take random steps in random order; what always holds, holds after each step.

``docs``: the invariants are those of the workflow's own promises - five different people, the level
chosen by nobody, one open and one live text, an unbroken ledger.
"""

import hashlib
import json
from itertools import pairwise

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from disclosures import workflow
from disclosures.choices import (
    ROUTES,
    ChangeKind,
    EntryKind,
    ReviewLevel,
    RevisionKind,
    RevisionState,
    Validity,
    Verdict,
)
from disclosures.models import Disclosure, LedgerEntry, Revision, Signoff
from tests.factories import make_duty, make_matter, make_signers, make_unit, make_user

REFUSALS = (workflow.WorkflowError, PermissionDenied, ValidationError)
PEOPLE = st.integers(0, 10)
PICKS = st.integers(0, 7)


class SigningMachine(RuleBasedStateMachine):
    """One unit, eleven people: two for each level and one without any duty."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.unit = make_unit()
        self.matter = make_matter(units=[self.unit])
        self.people = make_signers(self.unit)
        for level in ReviewLevel:
            unit = self.unit if level < ReviewLevel.OPENNESS_OFFICE else None
            self.people.append(make_user(f"second-{level}", level, unit))
        # One person with two duties: allowed to hold them, not to sign twice.
        make_duty(self.people[6], ReviewLevel.DEPUTY_LEADER, self.unit)
        self.people.append(make_user("root", is_superuser=True))
        self.steps = self.taken = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def take(self, step):
        """Try a step. A refusal changes nothing."""
        self.steps += 1
        before = self.fingerprint()
        try:
            with transaction.atomic():
                step()
        except REFUSALS:
            assert self.fingerprint() == before
        else:
            self.taken += 1

    @staticmethod
    def fingerprint():
        return (
            list(Revision.objects.order_by("pk").values_list("pk", "state", "level", "round")),
            Signoff.objects.count(),
            LedgerEntry.objects.count(),
        )

    def revision(self, pick):
        rows = list(Revision.objects.order_by("-pk")[:8])
        return rows[pick % len(rows)]

    def disclosure(self, pick):
        rows = list(Disclosure.objects.order_by("-pk")[:8])
        return rows[pick % len(rows)]

    @rule(who=PEOPLE)
    def draft(self, who):
        by = self.people[who]
        self.take(
            lambda: workflow.draft(
                self.matter,
                self.unit,
                by=by,
                title="关于公布分配结果的公示",
                body="<p>现将分配结果予以公示。</p>",
                formed_on=timezone.localdate(),
            )
        )

    @precondition(lambda self: Revision.objects.exists())
    @rule(who=PEOPLE, pick=PICKS)
    def submit(self, who, pick):
        self.take(lambda: workflow.submit(self.revision(pick), by=self.people[who]))

    @precondition(lambda self: Revision.objects.exists())
    @rule(who=PEOPLE, pick=PICKS)
    def sign_off(self, who, pick):
        self.take(lambda: workflow.sign_off(self.revision(pick), by=self.people[who]))

    @precondition(lambda self: Revision.objects.filter(state=RevisionState.IN_REVIEW).exists())
    @rule(second=st.booleans(), pick=PICKS)
    def sign_as_awaited(self, second, pick):
        """Somebody who may: without help, random people seldom come to the end."""
        rows = list(Revision.objects.filter(state=RevisionState.IN_REVIEW).order_by("pk"))
        revision = rows[pick % len(rows)]
        who = self.people[revision.level - 1 + 5 * second]
        self.take(lambda: workflow.sign_off(revision, by=who))

    @precondition(lambda self: Revision.objects.exists())
    @rule(who=PEOPLE, pick=PICKS, to=st.sampled_from(list(ReviewLevel)))
    def send_back(self, who, pick, to):
        self.take(
            lambda: workflow.send_back(
                self.revision(pick), by=self.people[who], remark="请核对", to=to
            )
        )

    @precondition(lambda self: Disclosure.objects.exists())
    @rule(who=st.sampled_from([0, 5, 1, 10]), pick=PICKS)
    def revise(self, who, pick):
        def step():
            revision = workflow.revise(self.disclosure(pick), by=self.people[who])
            revision.change_note, revision.change_kind = "更正数字", ChangeKind.SUBSTANCE
            workflow.save_draft(revision, by=self.people[who])

        self.take(step)

    @precondition(lambda self: Disclosure.objects.visible().exists())
    @rule(who=st.sampled_from([0, 5, 3, 10]), pick=PICKS)
    def propose_withdrawal(self, who, pick):
        self.take(
            lambda: workflow.propose_withdrawal(
                self.disclosure(pick), by=self.people[who], reason="公示期满"
            )
        )

    @precondition(lambda self: Disclosure.objects.visible().exists())
    @rule(who=st.sampled_from([3, 8, 0, 10]), pick=PICKS)
    def take_down(self, who, pick):
        self.take(
            lambda: workflow.take_down(
                self.disclosure(pick), by=self.people[who], reason="泄露隐私"
            )
        )

    @precondition(lambda self: Disclosure.objects.exists())
    @rule(who=st.sampled_from([3, 8, 0]), pick=PICKS)
    def restore(self, who, pick):
        self.take(
            lambda: workflow.restore(self.disclosure(pick), by=self.people[who], reason="核实无误")
        )

    @precondition(lambda self: Disclosure.objects.visible().exists())
    @rule(who=st.sampled_from([0, 5, 3]), pick=PICKS, validity=st.sampled_from(list(Validity)))
    def change_validity(self, who, pick, validity):
        self.take(
            lambda: workflow.change_validity(
                self.disclosure(pick), by=self.people[who], validity=validity, reason="已有新规定"
            )
        )

    # What always holds ------------------------------------------------------------------------

    @invariant()
    def nothing_is_public_without_its_signatures(self):
        for disclosure in Disclosure.objects.filter(live_revision__isnull=False):
            live = disclosure.live_revision
            signed = list(live.signoffs.standing().order_by("level"))
            assert [signoff.level for signoff in signed] == list(ROUTES[live.kind])
            assert len({signoff.signer_id for signoff in signed}) == len(signed)
            assert {signoff.content_digest for signoff in signed} == {live.content_digest}
            assert live.state == RevisionState.APPROVED
            if live.kind == RevisionKind.VALIDITY:
                texts = disclosure.revisions.filter(kind=RevisionKind.TEXT, body=live.body)
                assert any(text.signoffs.standing().count() == len(ReviewLevel) for text in texts)

    @invariant()
    def one_person_signs_one_level(self):
        for revision in Revision.objects.all():
            levels = {}
            for signoff in revision.signoffs.all():
                levels.setdefault(signoff.signer_id, set()).add(signoff.level)
            assert all(len(signed) == 1 for signed in levels.values())

    @invariant()
    def the_drafter_signs_the_first_level_and_nothing_else(self):
        for signoff in Signoff.objects.select_related("revision"):
            is_drafter = signoff.revision.drafter_id == signoff.signer_id
            assert is_drafter == (signoff.level == ReviewLevel.SUBMITTER)
            assert not signoff.signer.is_superuser

    @invariant()
    def at_most_one_text_is_open_and_the_level_is_of_the_route(self):
        for disclosure in Disclosure.objects.all():
            assert disclosure.revisions.open().count() <= 1
        for revision in Revision.objects.filter(state=RevisionState.IN_REVIEW):
            assert revision.level in revision.route
            before = [level for level in revision.route if level < revision.level]
            standing = revision.signoffs.standing().values_list("level", flat=True)
            assert sorted(standing) == before

    @invariant()
    def returns_have_reasons(self):
        assert not Signoff.objects.filter(verdict=Verdict.RETURNED, remark="").exists()

    @invariant()
    def what_is_withdrawn_or_unsigned_is_not_served(self):
        for disclosure in Disclosure.objects.filter(index_number__isnull=False):
            expected = 410 if disclosure.is_withdrawn else 200
            assert Client().get(disclosure.get_absolute_url()).status_code == expected

    @invariant()
    def the_ledger_is_one_unbroken_chain(self):
        rows = list(LedgerEntry.objects.order_by("number"))
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        for before, after in pairwise(rows):
            assert after.previous_digest == before.digest
        for row in rows:
            assert hashlib.new(row.algorithm, row.record.encode()).hexdigest() == row.digest
        recorded = [
            json.loads(row.record)["details"]["signoff"]
            for row in rows
            if row.kind == EntryKind.SIGNOFF
        ]
        assert recorded == list(Signoff.objects.order_by("pk").values_list("pk", flat=True))


class InvariantsTest(TestCase):
    """2,400 steps: 40 stories of 60."""

    def test_they_hold_after_every_step(self):
        tried = []

        class Counted(SigningMachine):
            def teardown(self):
                tried.append(self.steps)
                super().teardown()

        run_state_machine_as_test(
            Counted,
            settings=settings(
                max_examples=40,
                stateful_step_count=60,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        self.assertGreaterEqual(sum(tried), 2000)
