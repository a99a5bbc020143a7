"""Handing a duty over for a time, and taking it back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from .. import clock, ledger
from ..choices import EntryKind
from ..models import Duty, Handover
from .common import WorkflowError, require
from .rights import may_hand_over

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def hand_over(
    duty: Duty, *, to: User, starts_on: date, ends_on: date, reason: str, by: User
) -> Handover:
    """Let ``to`` sign in the holder's stead from ``starts_on`` to ``ends_on``, both included.

    Raises ``ValidationError`` for a period or deputy that can't be.
    """
    duty = Duty.objects.select_for_update().get(pk=duty.pk)
    require(may_hand_over(duty, by), "岗位只能由本人委托,或由政务公开办代为登记")
    if ends_on < timezone.localdate():
        raise WorkflowError("委托的结束日期已过,请核对")
    handover = Handover(
        duty=duty,
        deputy=to,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        recorded_by=by,
        recorded_at=clock.now(),
    )
    handover.full_clean()
    handover.save()
    _write_down(handover, by, is_end=False)
    return handover


@transaction.atomic
def end_handover(handover: Handover, *, by: User) -> Handover:
    """The holder is back before the period is over."""
    handover = Handover.objects.select_for_update().get(pk=handover.pk)
    require(may_hand_over(handover.duty, by), "委托只能由本人或政务公开办终止")
    if handover.ended_at is not None or handover.ends_on < timezone.localdate():
        raise WorkflowError("这项委托已经结束")
    handover.ended_at = clock.now()
    handover.save()
    _write_down(handover, by, is_end=True)
    return handover


@transaction.atomic
def grant(duty: Duty, *, by: User) -> Duty:
    """Store a duty, new or changed; the ledger keeps who gave it."""
    duty.full_clean()
    is_new = duty.pk is None
    duty.save()
    _write_duty(duty, by, "登记" if is_new else "变更")
    return duty


@transaction.atomic
def revoke(duty: Duty, *, by: User) -> None:
    """Remove a duty that nobody has signed with. One that was used gets an end day instead."""
    if duty.signoffs.exists() or duty.handovers.exists():
        raise WorkflowError(f"“{duty}”已有签字或委托记录,不能删除;请把“至”填为离岗日期")
    _write_duty(duty, by, "删除")
    duty.delete()


def _write_duty(duty: Duty, by: User, act: str) -> None:
    details: dict[str, Any] = {
        "act": act,
        "duty": duty.pk,
        "holder": duty.user_id,
        "holder_name": ledger.name_of(duty.user),
        "level": duty.level,
        "unit": duty.unit_id,
        "valid_from": duty.valid_from,
        "valid_until": duty.valid_until,
    }
    ledger.append(EntryKind.DUTY, details, by=by)


def _write_down(handover: Handover, by: User, *, is_end: bool) -> None:
    ledger.append(
        EntryKind.HANDOVER,
        {
            "act": "终止" if is_end else "委托",
            "handover": handover.pk,
            "duty": handover.duty_id,
            "principal": handover.duty.user_id,
            "principal_name": ledger.name_of(handover.duty.user),
            "deputy": handover.deputy_id,
            "deputy_name": ledger.name_of(handover.deputy),
            "starts_on": handover.starts_on,
            "ends_on": handover.ends_on,
            "reason": handover.reason,
        },
        by=by,
    )
