"""Taking off, and declaring invalid: signed by drafter, openness office and leading group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from .. import ledger
from ..choices import EntryKind, ReviewLevel, RevisionKind, RevisionState, Validity, Verdict
from ..models import Disclosure, Revision
from . import release
from .common import (
    WorkflowError,
    fitting,
    held_duty,
    locked_disclosure,
    move,
    record,
    require,
    seal,
)
from .drafting import copy_of
from .rights import (
    is_openness_office,
    may_change_validity,
    may_draft,
    may_propose_withdrawal,
    may_restore,
)
from .signing import duty_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def propose_withdrawal(
    disclosure: Disclosure, *, by: User, reason: str, replacement: Disclosure | None = None
) -> Revision:
    """Ask for a disclosure to be taken off, with the reason that the public will read.

    It stays public until the openness office and the leading group have signed.
    """
    disclosure = locked_disclosure(disclosure)
    require(may_draft(by, disclosure.unit), f"您不是{disclosure.unit}的信息提交人,不能提出撤下")
    if not may_propose_withdrawal(disclosure, by):
        raise WorkflowError("这条信息不在公开中,或者撤下正在审签,不能再提出撤下")
    revision = _proposed(disclosure, RevisionKind.WITHDRAWAL, by, reason, replacement)
    duty, handover = duty_for(revision, ReviewLevel.SUBMITTER, by)
    seal(revision, by)
    record(revision, Verdict.APPROVED, by=by, duty=duty, handover=handover)
    return move(revision, RevisionState.IN_REVIEW, revision.next_level)


@transaction.atomic
def take_down(
    disclosure: Disclosure, *, by: User, reason: str, replacement: Disclosure | None = None
) -> Revision:
    """Take a disclosure off at once, as a leak demands; the two signatures follow.

    The openness office acts in the drafter's stead, so whoever acted doesn't sign again.
    """
    disclosure = locked_disclosure(disclosure)
    require(is_openness_office(by), "只有政务公开办可以紧急撤下公开信息")
    if not disclosure.is_visible:
        raise WorkflowError("这条信息不在公开中,不能撤下")
    for pending in disclosure.revisions.withdrawals().filter(state=RevisionState.IN_REVIEW):
        raise WorkflowError(f"“{pending.title}”的撤下正在审签,请直接签字")
    revision = _proposed(
        disclosure, RevisionKind.WITHDRAWAL, by, reason, replacement, is_emergency=True
    )
    duty, handover = held_duty(revision, ReviewLevel.OPENNESS_OFFICE, by)
    seal(revision, by)
    record(revision, Verdict.APPROVED, by=by, duty=duty, handover=handover, remark="紧急撤下")
    move(revision, RevisionState.IN_REVIEW, revision.next_level)
    release.record_withdrawal(disclosure, revision, by=by, kind=EntryKind.TAKEDOWN)
    return revision


@transaction.atomic
def restore(disclosure: Disclosure, *, by: User, reason: str) -> Disclosure:
    """Make public again what a takedown hid, once the signers have refused the takedown."""
    disclosure = locked_disclosure(disclosure)
    require(is_openness_office(by), "只有政务公开办可以恢复公开")
    if not may_restore(disclosure, by):
        raise WorkflowError("只有未获同意的紧急撤下可以恢复公开")
    if not reason.strip():
        raise WorkflowError("请写明恢复公开的原因")
    disclosure.withdrawn_at = disclosure.withdrawn_by = disclosure.withdrawal = None
    disclosure.replacement, disclosure.withdrawal_reason = None, ""
    disclosure.save()
    details = {"reason": fitting(Revision, "change_note", reason)}
    ledger.append(EntryKind.RESTORATION, details, by=by, disclosure=disclosure)
    return disclosure


@transaction.atomic
def change_validity(
    disclosure: Disclosure,
    *,
    by: User,
    validity: Validity,
    reason: str,
    replacement: Disclosure | None = None,
) -> Revision:
    """Ask for a disclosure to be marked as repealed, expired or valid again; its text stays."""
    disclosure = locked_disclosure(disclosure)
    require(may_draft(by, disclosure.unit), f"您不是{disclosure.unit}的信息提交人,不能变更有效性")
    if not may_change_validity(disclosure, by):
        raise WorkflowError("这条信息不在公开中,或者有一个版本尚未办结,办结后才能变更有效性")
    if validity not in Validity.values or validity == disclosure.live_revision.validity:  # type: ignore[union-attr]
        raise WorkflowError("请选择与现在不同的有效性")
    revision = _proposed(
        disclosure, RevisionKind.VALIDITY, by, reason, replacement, validity=Validity(validity)
    )
    duty, handover = duty_for(revision, ReviewLevel.SUBMITTER, by)
    seal(revision, by)
    record(revision, Verdict.APPROVED, by=by, duty=duty, handover=handover)
    return move(revision, RevisionState.IN_REVIEW, revision.next_level)


def _proposed(
    disclosure: Disclosure,
    kind: RevisionKind,
    by: User,
    reason: str,
    replacement: Disclosure | None,
    **fields: object,
) -> Revision:
    """The revision to be signed: what is live, and what is to become of it."""
    if not reason.strip():
        raise WorkflowError("请写明原因,它会显示给公众")
    if replacement is not None and (replacement == disclosure or not replacement.is_visible):
        raise WorkflowError("替代信息须是另一条公开中的信息")
    live = disclosure.live_revision
    if live is None:
        raise WorkflowError("这条信息还没有公开")
    live.disclosure = disclosure
    return copy_of(
        live,
        by=by,
        kind=kind,
        change_note=fitting(Revision, "change_note", reason),
        replacement=replacement,
        **fields,
    )
