"""What every step does: look at the row as it is now, refuse with a reason, record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db.models import Model

from .. import antivirus, clock, digest, ledger, origin
from ..choices import EntryKind, ReviewLevel, RevisionState, ScanStatus, Verdict
from ..models import Bundle, Disclosure, Duty, Handover, Revision, Signoff

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class WorkflowError(Exception):
    """The step doesn't fit the state of the revision or disclosure."""


def require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)


def fitting(model: type[Model], name: str, text: str) -> str:
    """``text`` without surrounding space; too long a one would end in an error of PostgreSQL's."""
    field: Any = model._meta.get_field(name)
    if field.max_length and len(text.strip()) > field.max_length:
        raise WorkflowError(f"“{field.verbose_name}”最多{field.max_length}个字,请写得简短些")
    return text.strip()


def scanned(upload: File) -> ScanStatus:
    """What the virus scanner says. Raises ``ValidationError`` for an infected file."""
    status, name = antivirus.scan(upload)
    if status == ScanStatus.INFECTED:
        raise ValidationError(f"“{upload.name}”带有病毒({name}),没有保存,请杀毒后重新上传")
    return status


def locked_disclosure(disclosure: Disclosure) -> Disclosure:
    return Disclosure.objects.select_for_update().get(pk=disclosure.pk)


def locked(revision: Revision, expected: RevisionState) -> Revision:
    """The revision as it stands now, its disclosure locked until the transaction ends.

    Of a bundle, the bundle is locked before: whoever completes it locks the other disclosures.
    """
    if revision.bundle_id:
        Bundle.objects.select_for_update().get(pk=revision.bundle_id)
    disclosure = locked_disclosure(revision.disclosure)
    revision = Revision.objects.select_for_update().get(pk=revision.pk)
    revision.disclosure = disclosure
    if revision.state != expected:
        raise WorkflowError(
            f"这份稿件现在是“{revision.get_state_display()}”,"
            f"只有“{expected.label}”时才能这样操作,请刷新页面后再看"
        )
    return revision


def held_duty(revision: Revision, level: ReviewLevel, by: User) -> tuple[Duty, Handover | None]:
    """The duty with which ``by`` signs, and the handover where it is another's.

    The own goes before another's, a unit's before a county-wide one. Raises ``Duty.DoesNotExist``.
    """
    duties = list(Duty.objects.of(by).at(level, revision.disclosure.unit).order_by("pk"))
    if not duties:
        raise Duty.DoesNotExist
    duty = min(duties, key=lambda duty: (duty.user_id != by.pk, duty.unit_id is None))
    if duty.user_id == by.pk:
        return duty, None
    return duty, Handover.objects.in_force().filter(duty=duty, deputy=by).order_by("pk").first()


def record(
    revision: Revision,
    verdict: Verdict,
    *,
    by: User,
    duty: Duty,
    handover: Handover | None = None,
    remark: str = "",
    **fields: Any,
) -> Signoff:
    """Add the signature and its row of the ledger."""
    principal = duty.user if handover else None
    signoff = Signoff.objects.create(
        revision=revision,
        round=revision.round,
        level=revision.level or 0,
        signer=by,
        signer_name=ledger.name_of(by),
        duty=duty,
        unit=duty.unit,
        handover=handover,
        principal=principal,
        principal_name=ledger.name_of(principal) if principal else "",
        verdict=verdict,
        remark=fitting(Signoff, "remark", remark),
        signed_at=clock.now(),
        client_address=origin.client_address(),
        content_digest=revision.content_digest,
        digest_algorithm=revision.digest_algorithm,
        **fields,
    )
    ledger.append(
        EntryKind.SIGNOFF, signoff.canonical_record(), by=by, revision=revision, signoff=signoff
    )
    return signoff


def move(revision: Revision, state: RevisionState, level: ReviewLevel | None = None) -> Revision:
    revision.state, revision.level = state, level
    revision.save()
    return revision


def seal(revision: Revision, by: User) -> None:
    """Freeze the revision with the digest of what it says now."""
    revision.drafter = by
    revision.digest_algorithm = digest.ALGORITHM
    revision.content_digest = digest.of_record(revision.canonical_record())
    revision.submitted_at = revision.updated_at = clock.now()
    move(revision, RevisionState.IN_REVIEW, ReviewLevel.SUBMITTER)


def check_content(revision: Revision) -> None:
    """Raise ``WorkflowError`` if text or files are no longer those that were submitted."""
    if revision.content_digest != digest.of_record(
        revision.canonical_record(), revision.digest_algorithm
    ):
        raise WorkflowError("内容与提交时的摘要值不符,不能签字,请立即报告政务公开办")
    for attachment in revision.attachments.all():
        if not attachment.is_intact():
            raise WorkflowError(f"附件“{attachment}”与提交时不符,不能签字,请立即报告政务公开办")
