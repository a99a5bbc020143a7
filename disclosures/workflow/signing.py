"""Signing: submitting, approving, sending back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from ..choices import (
    ReviewLevel,
    RevisionKind,
    RevisionState,
    ScreeningStage,
    Verdict,
    earlier_levels,
)
from ..models import Duty, Handover, Revision
from . import release, screening
from .common import (
    WorkflowError,
    check_content,
    held_duty,
    locked,
    move,
    record,
    require,
    seal,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def submit(revision: Revision, *, by: User) -> Revision:
    """Freeze the text, seal it with its digest and give signature 1."""
    revision = locked(revision, RevisionState.DRAFT)
    duty, handover = duty_for(revision, ReviewLevel.SUBMITTER, by)
    _check_ready(revision)
    screening.require_clear(revision, ScreeningStage.BEFORE_SUBMISSION)
    seal(revision, by)
    record(revision, Verdict.APPROVED, by=by, duty=duty, handover=handover)
    return move(revision, RevisionState.IN_REVIEW, revision.next_level)


@transaction.atomic
def sign_off(revision: Revision, *, by: User, remark: str = "") -> Revision:
    """Approve at the level awaited; the last approval puts the revision live, or on its way."""
    revision = locked(revision, RevisionState.IN_REVIEW)
    level = ReviewLevel(revision.level or 0)
    duty, handover = duty_for(revision, level, by)
    if revision.disclosure.is_withdrawn and revision.kind != RevisionKind.WITHDRAWAL:
        raise WorkflowError("这条信息已撤下,它的修改稿不能再签,请退回")
    check_content(revision)
    overrides = ""
    if level == ReviewLevel.OPENNESS_OFFICE:
        overrides = screening.require_clear(revision, ScreeningStage.BEFORE_OFFICE)
    record(
        revision,
        Verdict.APPROVED,
        by=by,
        duty=duty,
        handover=handover,
        remark=remark,
        overrides=overrides,
    )
    following = revision.next_level
    if following is not None:
        return move(revision, RevisionState.IN_REVIEW, following)
    move(revision, RevisionState.APPROVED)
    return release.release_if_due(revision, by=by)


@transaction.atomic
def send_back(
    revision: Revision,
    *,
    by: User,
    remark: str,
    to: ReviewLevel = ReviewLevel.SUBMITTER,
) -> Revision:
    """Return the revision with the reason: to its drafter, or to an earlier level of its route.

    Back at the drafter it is closed and stays on record; the next version starts from it. Back at
    a level, the signatures from there on have to be given again, on the same text.
    """
    revision = locked(revision, RevisionState.IN_REVIEW)
    level = ReviewLevel(revision.level or 0)
    duty, handover = duty_for(revision, level, by)
    if not remark.strip():
        raise WorkflowError("退回时必须写明原因")
    if to not in earlier_levels(revision.route, level):
        raise WorkflowError("只能退回给信息提交人或前面的环节,请重新选择")
    record(
        revision,
        Verdict.RETURNED,
        by=by,
        duty=duty,
        handover=handover,
        remark=remark,
        returned_to=to,
    )
    if to == ReviewLevel.SUBMITTER:
        return move(revision, RevisionState.RETURNED)
    revision.round += 1
    return move(revision, RevisionState.IN_REVIEW, to)


def duty_for(revision: Revision, level: ReviewLevel, by: User) -> tuple[Duty, Handover | None]:
    """The duty with which ``by`` signs at ``level``. Raises ``PermissionDenied``."""
    signed = revision.signoffs.by(by).exclude(level=level).first()
    if signed is not None:
        require(
            False,
            f"您已在“{signed.get_level_display()}”环节签过这一版,同一人不能签两个环节",
        )
    try:
        duty, handover = held_duty(revision, level, by)
    except Duty.DoesNotExist as error:
        raise PermissionDenied(
            f"现在等待“{level.label}”签字,您没有{revision.disclosure.unit}这一环节的岗位授权"
        ) from error
    if handover and revision.signoffs.by(duty.user).exclude(level=level).exists():
        raise PermissionDenied("委托您代签的人已在别的环节签过这一版,不能再由您代签")
    return duty, handover


def _check_ready(revision: Revision) -> None:
    """Raise ``WorkflowError`` naming all that still keeps the draft from being submitted."""
    try:
        revision.disclosure.full_clean()
        revision.full_clean()
    except ValidationError as error:
        raise WorkflowError("还不能提交:" + ";".join(error.messages)) from error
    if revision.disclosure.live_revision_id:
        if not revision.change_note.strip():
            raise WorkflowError("更正已公开的信息,请先填写“修改说明”,它会显示给公众")
        if not revision.change_kind:
            raise WorkflowError("更正已公开的信息,请先选择“修改性质”:文字更正或内容修改")
