"""Writing: drafts, their files, and the next version of what is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction

from catalog.models import Matter, Unit

from .. import clock, digest, metadata
from ..choices import RevisionKind, RevisionState
from ..files import sealed_name
from ..models import Attachment, Bundle, Disclosure, Revision
from .common import WorkflowError, fitting, locked, locked_disclosure, require, scanned
from .rights import may_draft, may_edit, may_recategorise

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def draft(
    matter: Matter,
    unit: Unit,
    *,
    by: User,
    village: Unit | None = None,
    category: str = "",
    interprets: Disclosure | None = None,
    revision: Revision | None = None,
    **content: Any,
) -> Revision:
    """Open a disclosure of ``unit`` under the leaf ``matter`` with its first revision.

    ``village`` is the one of the unit's villages that it is about, where it is about one.

    ``content`` are the ``Revision.CONTENT_FIELDS``; a form hands over its unsaved ``revision``
    instead. Raises ``ValidationError`` for bad content.
    """
    if unknown := content.keys() - {*Revision.CONTENT_FIELDS, "publish_at"}:
        raise TypeError(f"not content of a revision: {', '.join(sorted(unknown))}")
    require(may_draft(by, unit), f"您不是{unit}的信息提交人,不能为它起草公开信息")
    now = clock.now()
    disclosure = Disclosure(
        matter=matter,
        unit=unit,
        village=village,
        category=category or matter.category,
        interprets=interprets,
        created_at=now,
    )
    if disclosure.category != matter.category:
        require(may_recategorise(by), "只有政务公开办可以把信息放到事项以外的类别")
    disclosure.full_clean()
    disclosure.save()
    revision = revision or Revision(**content)
    revision.disclosure, revision.drafter = disclosure, by
    return save_draft(revision, by=by)


@transaction.atomic
def save_draft(revision: Revision, *, by: User) -> Revision:
    """Store an open draft, new or changed. Raises ``ValidationError`` for bad content."""
    require(may_edit(revision, by), "您不能修改这份稿件")
    if revision.pk:
        locked(revision, RevisionState.DRAFT)
    revision.updated_at = clock.now()
    revision.created_at = revision.created_at or revision.updated_at
    revision.full_clean()
    revision.save()
    return revision


@transaction.atomic
def attach(revision: Revision, upload: File, *, by: User, is_evidence: bool = False) -> Attachment:
    """Add a file to an open draft. Raises ``ValidationError`` for a file we don't take."""
    require(may_edit(revision, by), "您不能修改这份稿件的附件")
    locked(revision, RevisionState.DRAFT)
    attachment = Attachment(
        revision=revision,
        file=upload,
        is_evidence=is_evidence,
        position=revision.attachments.count() + 1,
    )
    attachment.full_clean()
    attachment.scan = scanned(upload)
    if not is_evidence:
        _take_metadata_out(attachment, upload)
    attachment.save()
    return attachment


def _take_metadata_out(attachment: Attachment, upload: File) -> None:
    """The public gets a copy without its authors; the original is sealed for auditors."""
    name = (upload.name or "").replace("\\", "/").rpartition("/")[2]
    try:
        stripped = metadata.strip(name, upload)
    except metadata.UnreadableError as error:
        raise ValidationError(str(error)) from error
    if stripped.content is None:
        return
    upload.seek(0)
    attachment.original_digest = digest.of_bytes(upload.chunks())
    attachment.original.save(sealed_name(name), upload, save=False)
    attachment.removed = "、".join(stripped.removed)[:200]
    attachment.file = ContentFile(stripped.content, name=name)  # type: ignore[assignment]


@transaction.atomic
def detach(attachment: Attachment, *, by: User) -> None:
    """Take a file out of an open draft; it goes from the disk once no revision refers to it."""
    revision = attachment.revision
    require(may_edit(revision, by), "您不能修改这份稿件的附件")
    locked(revision, RevisionState.DRAFT)
    _remove_files([attachment])
    attachment.delete()


@transaction.atomic
def discard(revision: Revision, *, by: User) -> None:
    """Throw an open draft away, and its disclosure with it when nothing else was written."""
    require(may_edit(revision, by), "您不能删除这份稿件")
    revision = locked(revision, RevisionState.DRAFT)
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
    require(may_recategorise(by), "只有政务公开办可以把信息放到事项以外的类别")
    disclosure = locked(revision, RevisionState.DRAFT).disclosure
    if disclosure.revisions.exclude(state=RevisionState.DRAFT).exists():
        raise WorkflowError("已提交过审签的信息不能改换类别,请撤下或另行起草")
    disclosure.category = category
    disclosure.full_clean()
    disclosure.save()
    return disclosure


@transaction.atomic
def revise(disclosure: Disclosure, *, by: User) -> Revision:
    """Open the next revision from the newest text: after a return, or to correct what is live."""
    disclosure = locked_disclosure(disclosure)
    require(may_draft(by, disclosure.unit), f"您不是{disclosure.unit}的信息提交人,不能修改")
    if disclosure.is_withdrawn:
        raise WorkflowError("这条信息已撤下,请另行起草")
    latest = disclosure.revisions.exclude(kind=RevisionKind.WITHDRAWAL).latest("number")
    if latest.is_open:
        raise WorkflowError("这条信息有一个版本尚未办结,办结后才能再修改")
    is_returned = latest.state == RevisionState.RETURNED and latest.is_text
    base = latest if is_returned else disclosure.live_revision or latest
    return copy_of(
        base,
        by=by,
        change_note=latest.change_note if is_returned else "",
        change_kind=latest.change_kind if is_returned else "",
        bundle=latest.bundle if is_returned else None,
        publish_at=latest.publish_at if is_returned else None,
    )


def copy_of(base: Revision, *, by: User, **fields: Any) -> Revision:
    """The next revision of the same disclosure, with the text and the files of ``base``."""
    now = clock.now()
    number = base.disclosure.revisions.order_by("-number").values_list("number", flat=True)[0] + 1
    content = {name: getattr(base, name) for name in Revision.CONTENT_FIELDS}
    revision = Revision.objects.create(
        disclosure=base.disclosure,
        number=number,
        drafter=by,
        created_at=now,
        updated_at=now,
        **content | fields,
    )
    for attachment in base.attachments.all():
        # The same stored file serves both revisions: stored files are never rewritten.
        attachment.pk, attachment._state.adding = None, True
        attachment.revision = revision
        attachment.save()
    return revision


@transaction.atomic
def bundle_together(
    revisions: list[Revision], *, by: User, name: str, bundle: Bundle | None = None
) -> Bundle:
    """Let drafts go live together or not at all; ``bundle`` adds to one that is there."""
    if bundle is None and len(revisions) < 2:
        raise WorkflowError("同步发布至少要两件稿件,请在列表中选两件或更多")
    if not name.strip():
        raise WorkflowError("请填写同步发布的名称,如文件的标题")
    units = {revision.disclosure.unit for revision in revisions}
    if len(units) > 1 or (bundle and units != {bundle.unit}):
        raise WorkflowError("只能把同一单位的稿件放在一起同步发布")
    unit = units.pop()
    require(may_draft(by, unit), f"您不是{unit}的信息提交人")
    if bundle is None:
        bundle = Bundle.objects.create(
            name=fitting(Bundle, "name", name), unit=unit, created_by=by, created_at=clock.now()
        )
    for revision in sorted(revisions, key=lambda revision: revision.disclosure_id):
        draft = locked(revision, RevisionState.DRAFT)
        if draft.bundle_id and draft.bundle_id != bundle.pk:
            raise WorkflowError(f"“{draft.title}”已在“{draft.bundle}”中,请先移出")
        draft.bundle = bundle
        draft.save()
    return bundle


@transaction.atomic
def unbundle(revision: Revision, *, by: User) -> Revision:
    """Take a draft out of its bundle; the others no longer wait for it."""
    draft = locked(revision, RevisionState.DRAFT)
    require(may_edit(draft, by), "您不能修改这份稿件")
    draft.bundle = None
    draft.save()
    return draft


def _remove_files(attachments: list[Attachment]) -> None:
    """Delete the stored files after the commit, but for those that other revisions share."""
    gone = [attachment.pk for attachment in attachments]
    kept = Attachment.objects.exclude(pk__in=gone)
    for attachment in attachments:
        for field in ("file", "original"):
            stored = getattr(attachment, field)
            if stored and not kept.filter(**{field: stored.name}).exists():
                transaction.on_commit(partial(stored.storage.delete, stored.name))
