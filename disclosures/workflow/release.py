"""Going live: at the last signature, together with a bundle, or at the planned time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Unit

from .. import clock, ledger
from ..choices import EntryKind, RevisionKind, RevisionState
from ..models import MISSED_AFTER, Disclosure, IndexSerial, ReleaseRun, Revision
from .common import WorkflowError, fitting, locked, locked_disclosure, move, require
from .rights import may_cancel_release

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_log = logging.getLogger(__name__)


def release_if_due(revision: Revision, *, by: User | None) -> Revision:
    """Publish what is fully signed, unless its time or its bundle is still to wait for."""
    if revision.kind == RevisionKind.WITHDRAWAL:
        return _take_off(revision, by)
    members = _bundled(revision)
    if any(member.state != RevisionState.APPROVED for member in members):
        return revision
    now = clock.now()
    if any(member.publish_at and member.publish_at > now for member in members):
        return revision
    for member in members:
        if member.awaits_release:
            _put_live(member, by)
    return next(member for member in members if member.pk == revision.pk)


def _bundled(revision: Revision) -> list[Revision]:
    """The revision and those it goes live with, their disclosures locked in one order.

    Of each disclosure its newest version in the bundle; a returned one keeps the others waiting.
    """
    if revision.bundle_id is None:
        return [revision]
    newest: dict[int, Revision] = {}
    for member in Revision.objects.filter(bundle=revision.bundle_id).order_by(
        "disclosure_id", "number"
    ):
        newest[member.disclosure_id] = member
    newest[revision.disclosure_id] = revision
    for place, member in newest.items():
        if place != revision.disclosure_id:
            member.disclosure = locked_disclosure(member.disclosure)
    return list(newest.values())


def publish_due() -> ReleaseRun:
    """Publish all that is fully signed and due. Safe to run twice at once, or late.

    Each release is a transaction of its own: the ledger's lock is never held while another
    disclosure is locked, and one that fails keeps no other from going live.
    """
    now = clock.now()
    released = late = 0
    due = Revision.objects.awaiting_release().filter(publish_at__lte=now).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        try:
            revision = _released(pk)
        except Exception:
            _log.exception("revision %s is due and could not be released", pk)
            continue
        if revision is not None and revision.published_at and revision.publish_at:
            released += 1
            late += revision.published_at > revision.publish_at + MISSED_AFTER
    return ReleaseRun.objects.create(ran_at=now, released=released, late=late)


@transaction.atomic
def _released(pk: int) -> Revision | None:
    """The revision if it went live now; ``None`` if another run or a withdrawal came before."""
    revision = Revision.objects.select_related("disclosure").get(pk=pk)
    try:
        revision = locked(revision, RevisionState.APPROVED)
    except WorkflowError:
        return None
    if not revision.awaits_release or revision.disclosure.is_withdrawn:
        return None
    revision = release_if_due(revision, by=None)
    return None if revision.awaits_release else revision


@transaction.atomic
def cancel_release(revision: Revision, *, by: User, reason: str) -> Revision:
    """Stop what is signed but not yet public; its drafter starts again from the text."""
    revision = locked(revision, RevisionState.APPROVED)
    require(may_cancel_release(revision, by), "只有政务公开办可以取消待发布的信息")
    if not reason.strip():
        raise WorkflowError("请写明取消的原因")
    revision = move(revision, RevisionState.RETURNED)
    details = {"reason": fitting(Revision, "change_note", reason)}
    ledger.append(EntryKind.CANCELLATION, details, by=by, revision=revision)
    return revision


def _put_live(revision: Revision, by: User | None) -> Revision:
    """Publish in the signer's transaction; the first time with an index number of its own."""
    disclosure = revision.disclosure
    now = clock.now()
    revision.published_at = now
    revision.save()
    if disclosure.index_number is None:
        disclosure.index_number = _draw_index_number(disclosure.unit, revision)
        disclosure.published_at = now
        disclosure.due_on = revision.due_on
    disclosure.live_revision = revision
    disclosure.save()
    details = publication_details(revision)
    ledger.append(EntryKind.PUBLICATION, details, by=by, revision=revision)
    return revision


def publication_details(revision: Revision) -> dict[str, Any]:
    """What the ledger keeps of a publication."""
    disclosure = revision.disclosure
    return {
        "number": revision.number,
        "kind": revision.kind,
        "index_number": disclosure.index_number,
        "published_at": timezone.localtime(revision.published_at),
        "first_published_at": timezone.localtime(disclosure.published_at),
        "content_digest": revision.content_digest,
        "digest_algorithm": revision.digest_algorithm,
        "bundle": revision.bundle_id,
    }


def _take_off(revision: Revision, by: User | None) -> Revision:
    disclosure = revision.disclosure
    revision.published_at = clock.now()
    revision.save()
    record_withdrawal(disclosure, revision, by=by, kind=EntryKind.WITHDRAWAL)
    return revision


def record_withdrawal(
    disclosure: Disclosure, withdrawal: Revision, *, by: User | None, kind: EntryKind
) -> None:
    """Set the disclosure's page to gone, and write it down. A takedown's first time stays."""
    disclosure.withdrawal = withdrawal
    if disclosure.withdrawn_at is None:
        disclosure.withdrawn_at = clock.now()
        disclosure.withdrawn_by = by
    disclosure.withdrawal_reason = withdrawal.change_note
    disclosure.replacement = withdrawal.replacement
    disclosure.save()
    details = {
        "index_number": disclosure.index_number,
        "withdrawn_at": timezone.localtime(disclosure.withdrawn_at),
        "reason": disclosure.withdrawal_reason,
        "replacement": disclosure.replacement_id,
    }
    ledger.append(kind, details, by=by, revision=withdrawal)


def _draw_index_number(unit: Unit, revision: Revision) -> str:
    """Prefix of the unit / year of formation - serial, drawn under a lock, never given again."""
    year = revision.formed_on.year
    IndexSerial.objects.get_or_create(prefix=unit.index_prefix, year=year)
    serial = IndexSerial.objects.select_for_update().get(prefix=unit.index_prefix, year=year)
    serial.last += 1
    serial.save()
    return f"{serial.prefix}/{year}-{serial.last:05d}"
