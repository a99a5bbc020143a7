"""Which steps are a person's to take now. Pages ask before they show a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from catalog.models import Unit

from .. import clock
from ..choices import ReviewLevel, RevisionState, StatementState
from ..models import Disclosure, Duty, Revision, Statement
from ..querysets import reads_every_unit

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def may_draft(user: User, unit: Unit) -> bool:
    return Duty.objects.of(user).at(ReviewLevel.SUBMITTER, unit).exists()


def may_edit(revision: Revision, user: User) -> bool:
    """The clerks of the unit may work on its drafts."""
    return revision.is_draft and revision.is_text and may_draft(user, revision.disclosure.unit)


def may_submit(revision: Revision, user: User) -> bool:
    return may_edit(revision, user)


def has_signed_elsewhere(revision: Revision, level: ReviewLevel, user: User) -> bool:
    """Whether ``user``, or a deputy of ``user``, signed another level of the revision."""
    return revision.signoffs.by(user).exclude(level=level).exists()


def may_sign(revision: Revision, user: User) -> bool:
    """Whether ``sign_off`` and ``send_back`` are this user's to take now."""
    if revision.state != RevisionState.IN_REVIEW:
        return False
    level = ReviewLevel(revision.level or 0)
    holds = Duty.objects.of(user).at(level, revision.disclosure.unit).exists()
    return holds and not has_signed_elsewhere(revision, level, user)


def may_revise(disclosure: Disclosure, user: User) -> bool:
    return (
        not disclosure.is_withdrawn
        and may_draft(user, disclosure.unit)
        and not disclosure.revisions.open().exists()
    )


def may_propose_withdrawal(disclosure: Disclosure, user: User) -> bool:
    """The unit's clerk proposes; after a takedown that was sent back too."""
    pending = disclosure.revisions.withdrawals().filter(state=RevisionState.IN_REVIEW)
    is_settled = disclosure.is_withdrawn and disclosure.is_withdrawal_signed
    return (
        disclosure.live_revision_id is not None
        and not is_settled
        and may_draft(user, disclosure.unit)
        and not pending.exists()
    )


def may_change_validity(disclosure: Disclosure, user: User) -> bool:
    return disclosure.is_visible and may_revise(disclosure, user)


def may_take_down(user: User) -> bool:
    return is_openness_office(user)


def may_restore(disclosure: Disclosure, user: User) -> bool:
    """After a takedown that the signers refused."""
    withdrawal = disclosure.withdrawal
    return (
        disclosure.is_withdrawn
        and withdrawal is not None
        and withdrawal.is_emergency
        and withdrawal.state == RevisionState.RETURNED
        and is_openness_office(user)
    )


def may_cancel_release(revision: Revision, user: User) -> bool:
    return revision.awaits_release and is_openness_office(user)


def may_recategorise(user: User) -> bool:
    return is_openness_office(user)


def may_override(user: User) -> bool:
    return is_openness_office(user)


def may_decide(statement: Statement, user: User) -> bool:
    """Whether ``sign_statements`` and ``return_statements`` are this user's to take now."""
    return statement.is_pending and statement.entered_by_id != user.pk and is_openness_office(user)


def may_end(statement: Statement, user: User) -> bool:
    """The unit's clerk takes it back, or the openness office; before and after the signature."""
    if statement.state not in {StatementState.PENDING, StatementState.SIGNED}:
        return False
    publisher = statement.publisher
    return is_openness_office(user) or (publisher is not None and may_draft(user, publisher))


def may_confirm(disclosure: Disclosure, user: User) -> bool:
    """Whether ``confirm_current`` is this user's to take; once a day is enough."""
    return (
        disclosure.is_visible
        and may_draft(user, disclosure.unit)
        and not disclosure.reviews.filter(
            reviewed_at__date=timezone.localdate(clock.now())
        ).exists()  # type: ignore[attr-defined]
    )


def may_hand_over(duty: Duty, user: User) -> bool:
    """The holder, or the openness office for somebody who is away already."""
    return duty.is_in_force() and (duty.user_id == user.pk or is_openness_office(user))


def may_make_packs(user: User) -> bool:
    """Those who read every unit and may take records home."""
    return user.has_perm("disclosures.add_evidencepack") and reads_every_unit(user)


def is_openness_office(user: User) -> bool:
    return Duty.objects.of(user).filter(level=ReviewLevel.OPENNESS_OFFICE).exists()
