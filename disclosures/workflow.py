"""Every step that changes the state of a disclosure. No other module assigns states or levels.

A step is atomic, locks its disclosure first, checks state and right, records, then moves. It
raises ``WorkflowError`` when the step doesn't fit the state and ``PermissionDenied`` when the
actor may not take it; both carry a message for the person who tried. Triggers in the database
(migration ``0002``) hold the same rules against anything that goes around this module.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Model

from catalog.models import Matter, Unit

from . import clock, digest
from .choices import ReviewLevel, RevisionState, Verdict
from .models import Attachment, Disclosure, Duty, IndexSerial, Revision, Signoff

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LAST_LEVEL = max(ReviewLevel)


class WorkflowError(Exception):
    """The step doesn't fit the state of the revision or disclosure."""


# Drafting -------------------------------------------------------------------------------------


@transaction.atomic
def draft(
    matter: Matter,
    unit: Unit,
    *,
    by: User,
    category: str = "",
    interprets: Disclosure | None = None,
    revision: Revision | None = None,
    **content: Any,
) -> Revision:
    """Open a disclosure of ``unit`` under the leaf ``matter`` with its first revision.

    ``content`` are the ``Revision.CONTENT_FIELDS``; a form hands over its unsaved ``revision``
    instead. Raises ``ValidationError`` for bad content.
    """
    if unknown := content.keys() - set(Revision.CONTENT_FIELDS):
        raise TypeError(f"not content of a revision: {', '.join(sorted(unknown))}")
    _require(may_draft(by, unit), f"您不是{unit}的信息提交人,不能为它起草公开信息")
    now = clock.now()
    disclosure = Disclosure(
        matter=matter,
        unit=unit,
        category=category or matter.category,
        interprets=interprets,
        created_at=now,
    )
    if disclosure.category != matter.category:
        _require(may_recategorise(by), "只有政务公开办可以把信息放到事项以外的类别")
    disclosure.full_clean()
    disclosure.save()
    revision = revision or Revision(**content)
    revision.disclosure, revision.drafter = disclosure, by
    return save_draft(revision, by=by)


@transaction.atomic
def save_draft(revision: Revision, *, by: User) -> Revision:
    """Store an open draft, new or changed. Raises ``ValidationError`` for bad content."""
    _require(may_edit(revision, by), "您不能修改这份稿件")
    if revision.pk:
        _locked(revision, RevisionState.DRAFT)
    revision.updated_at = clock.now()
    revision.created_at = revision.created_at or revision.updated_at
    revision.full_clean()
    revision.save()
    return revision


@transaction.atomic
def attach(revision: Revision, upload: File, *, by: User, is_evidence: bool = False) -> Attachment:
    """Add a file to an open draft. Raises ``ValidationError`` for a file we don't take."""
    _require(may_edit(revision, by), "您不能修改这份稿件的附件")
    _locked(revision, RevisionState.DRAFT)
    attachment = Attachment(
        revision=revision,
        file=upload,
        is_evidence=is_evidence,
        position=revision.attachments.count() + 1,
    )
    attachment.full_clean()
    attachment.save()
    return attachment


@transaction.atomic
def detach(attachment: Attachment, *, by: User) -> None:
    """Take a file out of an open draft; it goes from the disk once no revision refers to it."""
    revision = attachment.revision
    _require(may_edit(revision, by), "您不能修改这份稿件的附件")
    _locked(revision, RevisionState.DRAFT)
    _remove_files([attachment])
    attachment.delete()


@transaction.atomic
def discard(revision: Revision, *, by: User) -> None:
    """Throw an open draft away, and its disclosure with it when nothing else was written."""
    _require(may_edit(revision, by), "您不能删除这份稿件")
    revision = _locked(revision, RevisionState.DRAFT)
    disclosure = revision.disclosure
    is_last = not disclosure.revisions.exclude(pk=revision.pk).exists()
    if is_last and disclosure.interpretations.exists():
        raise WorkflowError("有政策解读指向这条信息,请先改动或删除解读")
    _remove_files(list(revision.attachments.all()))
    revision.delete()
    if is_last:
        disclosure.delete()


@transaction.atomic
def recategorise(revision: Revision, *, by: User, category: str) -> Disclosure:
    """Put a draft into another category than its matter's, before anybody has signed it."""
    _require(may_recategorise(by), "只有政务公开办可以把信息放到事项以外的类别")
    disclosure = _locked(revision, RevisionState.DRAFT).disclosure
    if disclosure.revisions.exclude(state=RevisionState.DRAFT).exists():
        raise WorkflowError("已提交过审签的信息不能改换类别,请撤下或另行起草")
    disclosure.category = category
    disclosure.full_clean()
    disclosure.save()
    return disclosure


@transaction.atomic
def revise(disclosure: Disclosure, *, by: User) -> Revision:
    """Open the next revision from the newest text: after a return, or to correct what is live."""
    disclosure = _locked_disclosure(disclosure)
    _require(may_draft(by, disclosure.unit), f"您不是{disclosure.unit}的信息提交人,不能修改")
    if disclosure.is_withdrawn:
        raise WorkflowError("这条信息已撤下,请另行起草")
    latest = disclosure.revisions.order_by("-number").first()
    if latest is None or latest.is_open:
        raise WorkflowError("这条信息有一个版本尚未办结,办结后才能再修改")
    now = clock.now()
    revision = Revision.objects.create(
        disclosure=disclosure,
        number=latest.number + 1,
        drafter=by,
        created_at=now,
        updated_at=now,
        change_note=latest.change_note if latest.state == RevisionState.RETURNED else "",
        **{name: getattr(latest, name) for name in Revision.CONTENT_FIELDS},
    )
    for attachment in latest.attachments.all():
        # The same stored file serves both revisions: stored files are never rewritten.
        attachment.pk, attachment._state.adding = None, True
        attachment.revision = revision
        attachment.save()
    return revision


# Signing --------------------------------------------------------------------------------------


@transaction.atomic
def submit(revision: Revision, *, by: User) -> Revision:
    """Freeze the text, seal it with its digest and give signature 1."""
    revision = _locked(revision, RevisionState.DRAFT)
    duty = _duty_for(revision, ReviewLevel.SUBMITTER, by)
    _check_ready(revision)
    revision.drafter = by
    revision.digest_algorithm = digest.ALGORITHM
    revision.content_digest = digest.of_record(revision.canonical_record())
    revision.submitted_at = revision.updated_at = clock.now()
    _move(revision, RevisionState.IN_REVIEW, ReviewLevel.SUBMITTER)
    _record(revision, Verdict.APPROVED, by, duty, "")
    return _move(revision, RevisionState.IN_REVIEW, ReviewLevel.SECTION)


@transaction.atomic
def sign_off(revision: Revision, *, by: User, remark: str = "") -> Revision:
    """Approve at the level awaited; the last approval puts the revision live."""
    revision = _locked(revision, RevisionState.IN_REVIEW)
    level = _awaited(revision)
    duty = _duty_for(revision, level, by)
    if revision.disclosure.is_withdrawn:
        raise WorkflowError("这条信息已撤下,它的修改稿不能再签,请退回")
    _check_content(revision)
    _record(revision, Verdict.APPROVED, by, duty, remark)
    if level < LAST_LEVEL:
        return _move(revision, RevisionState.IN_REVIEW, ReviewLevel(level + 1))
    _move(revision, RevisionState.APPROVED)
    return _put_live(revision)


@transaction.atomic
def send_back(revision: Revision, *, by: User, remark: str) -> Revision:
    """Return the revision to its drafter with the reason. It is closed and stays on record."""
    revision = _locked(revision, RevisionState.IN_REVIEW)
    duty = _duty_for(revision, _awaited(revision), by)
    if not remark.strip():
        raise WorkflowError("退回时必须写明原因")
    _record(revision, Verdict.RETURNED, by, duty, remark)
    return _move(revision, RevisionState.RETURNED)


@transaction.atomic
def withdraw(
    disclosure: Disclosure, *, by: User, reason: str, replacement: Disclosure | None = None
) -> Disclosure:
    """Take a disclosure off the public site; its page says what was withdrawn, when and why."""
    disclosure = _locked_disclosure(disclosure)
    _require(may_withdraw(by), "只有政务公开办可以撤下公开信息")
    if not disclosure.is_visible:
        raise WorkflowError("这条信息不在公开中,不能撤下")
    if not reason.strip():
        raise WorkflowError("请写明撤下原因,它会显示在原网页上")
    if replacement is not None and (replacement == disclosure or not replacement.is_visible):
        raise WorkflowError("替代信息须是另一条公开中的信息")
    disclosure.withdrawn_at = clock.now()
    disclosure.withdrawn_by = by
    disclosure.withdrawal_reason = _fitting(Disclosure, "withdrawal_reason", reason)
    disclosure.replacement = replacement
    disclosure.save()
    return disclosure


# Rights ---------------------------------------------------------------------------------------


def may_draft(user: User, unit: Unit) -> bool:
    return Duty.objects.of(user).at(ReviewLevel.SUBMITTER, unit).exists()


def may_edit(revision: Revision, user: User) -> bool:
    """The clerks of the unit may work on its drafts."""
    return revision.is_draft and may_draft(user, revision.disclosure.unit)


def may_submit(revision: Revision, user: User) -> bool:
    return may_edit(revision, user)


def may_sign(revision: Revision, user: User) -> bool:
    """Whether ``sign_off`` and ``send_back`` are this user's to take now."""
    if revision.state != RevisionState.IN_REVIEW:
        return False
    return (
        _held_duty(revision, _awaited(revision), user) is not None
        and not revision.signoffs.filter(signer=user).exists()
    )


def may_revise(disclosure: Disclosure, user: User) -> bool:
    return (
        not disclosure.is_withdrawn
        and may_draft(user, disclosure.unit)
        and not disclosure.revisions.open().exists()
    )


def may_withdraw(user: User) -> bool:
    return _is_openness_office(user)


def may_recategorise(user: User) -> bool:
    return _is_openness_office(user)


def _is_openness_office(user: User) -> bool:
    return Duty.objects.of(user).filter(level=ReviewLevel.OPENNESS_OFFICE).exists()


# Inside a step --------------------------------------------------------------------------------


def _require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)


def _remove_files(attachments: list[Attachment]) -> None:
    """Delete the stored files after the commit, but for those that other revisions share."""
    gone = [attachment.pk for attachment in attachments]
    shared = Attachment.objects.exclude(pk__in=gone).values_list("file", flat=True)
    for attachment in attachments:
        storage, name = attachment.file.storage, attachment.file.name or ""
        if not shared.filter(file=name).exists():
            transaction.on_commit(partial(storage.delete, name))


def _fitting(model: type[Model], name: str, text: str) -> str:
    """``text`` without surrounding space; too long a one would end in an error of PostgreSQL's."""
    field: Any = model._meta.get_field(name)
    if field.max_length and len(text.strip()) > field.max_length:
        raise WorkflowError(f"“{field.verbose_name}”最多{field.max_length}个字,请写得简短些")
    return text.strip()


def _locked_disclosure(disclosure: Disclosure) -> Disclosure:
    return Disclosure.objects.select_for_update().get(pk=disclosure.pk)


def _locked(revision: Revision, expected: RevisionState) -> Revision:
    """The revision as it stands now, its disclosure locked until the transaction ends."""
    disclosure = _locked_disclosure(revision.disclosure)
    revision = Revision.objects.select_for_update().get(pk=revision.pk)
    revision.disclosure = disclosure
    if revision.state != expected:
        raise WorkflowError(
            f"这份稿件现在是“{revision.get_state_display()}”,"
            f"只有“{expected.label}”时才能这样操作,请刷新页面后再看"
        )
    return revision


def _awaited(revision: Revision) -> ReviewLevel:
    return ReviewLevel(revision.level or 0)


def _held_duty(revision: Revision, level: ReviewLevel, by: User) -> Duty | None:
    """A unit's own duty goes before a county-wide one."""
    duties = Duty.objects.of(by).at(level, revision.disclosure.unit)
    return duties.order_by(F("unit").asc(nulls_last=True), "pk").first()


def _duty_for(revision: Revision, level: ReviewLevel, by: User) -> Duty:
    signed = revision.signoffs.filter(signer=by).first()
    if signed is not None:
        _require(
            False,
            f"您已在“{signed.get_level_display()}”环节签过这一版,同一人不能签两个环节",
        )
    duty = _held_duty(revision, level, by)
    if duty is None:
        raise PermissionDenied(
            f"现在等待“{level.label}”签字,您没有{revision.disclosure.unit}这一环节的岗位授权"
        )
    return duty


def _check_ready(revision: Revision) -> None:
    """Raise ``WorkflowError`` naming all that still keeps the draft from being submitted."""
    try:
        revision.disclosure.full_clean()
        revision.full_clean()
    except ValidationError as error:
        raise WorkflowError("还不能提交:" + ";".join(error.messages)) from error
    if revision.disclosure.live_revision_id and not revision.change_note.strip():
        raise WorkflowError("更正已公开的信息,请先填写“修改说明”,它会显示给公众")


def _check_content(revision: Revision) -> None:
    """Raise ``WorkflowError`` if text or files are no longer those that were submitted."""
    if revision.content_digest != digest.of_record(
        revision.canonical_record(), revision.digest_algorithm
    ):
        raise WorkflowError("内容与提交时的摘要值不符,不能签字,请立即报告政务公开办")
    for attachment in revision.attachments.all():
        if not attachment.is_intact():
            raise WorkflowError(f"附件“{attachment}”与提交时不符,不能签字,请立即报告政务公开办")


def _record(revision: Revision, verdict: Verdict, by: User, duty: Duty, remark: str) -> Signoff:
    """Add the signature, chained to the one before it under the same disclosure."""
    before = (
        Signoff.objects.filter(revision__disclosure=revision.disclosure_id).order_by("pk").last()
    )
    signoff = Signoff(
        revision=revision,
        level=duty.level,
        signer=by,
        signer_name=by.get_full_name() or by.get_username(),
        unit=duty.unit,
        verdict=verdict,
        remark=_fitting(Signoff, "remark", remark),
        signed_at=clock.now(),
        content_digest=revision.content_digest,
        digest_algorithm=revision.digest_algorithm,
        previous_digest=before.digest if before else "",
    )
    signoff.digest = digest.of_record(signoff.canonical_record(), signoff.digest_algorithm)
    signoff.save(force_insert=True)
    return signoff


def _move(revision: Revision, state: RevisionState, level: ReviewLevel | None = None) -> Revision:
    revision.state, revision.level = state, level
    revision.save()
    return revision


def _put_live(revision: Revision) -> Revision:
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
    return revision


def _draw_index_number(unit: Unit, revision: Revision) -> str:
    """Prefix of the unit / year of formation - serial, drawn under a lock, never given again."""
    year = revision.formed_on.year
    IndexSerial.objects.get_or_create(prefix=unit.index_prefix, year=year)
    serial = IndexSerial.objects.select_for_update().get(prefix=unit.index_prefix, year=year)
    serial.last += 1
    serial.save()
    return f"{serial.prefix}/{year}-{serial.last:05d}"
