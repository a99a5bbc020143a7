"""In words: why nothing is there and until when, the day it is due, or the rule that holds."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from catalog import limits
from catalog.choices import LimitFrom, LimitKind

from ..choices import Carrier, ExplanationReason, ObligationState

#: As a column gives it, or as JSON does.
Day = date | str | None


class Owed(limits.Limited, Protocol):
    review_months: int | None
    disclosures: int
    pending_due_on: date | None
    #: The columns ``SHOWN`` of the last showing off line, ``REASON`` of the reason in force.
    shown: dict[str, Any] | None
    reason: dict[str, Any] | None


SHOWN = ("carrier", "place", "shown_from", "shown_until")
REASON = {
    **{name: name for name in ("reason", "detail", "expected_on", "valid_until")},
    "code": "negative_entry__code",
    "name": "negative_entry__name",
}


def of(row: Owed, state: ObligationState, due_on: date | None) -> str:
    """What a reader is told of an obligation; never nothing where nothing is published."""
    if state == ObligationState.EXPLAINED and row.reason is not None:
        return why(**row.reason)
    offline = where(**row.shown) if row.shown and not row.disclosures else ""
    if due_on is None:
        return offline if state == ObligationState.PUBLISHED else f"尚未公开。{rule(row)}"
    return offline + _until(row, state, due_on)


def why(
    *, reason: str, detail: str, expected_on: Day, valid_until: Day, code: str | None, name: str
) -> str:
    """The reason that a unit gave, and how long it stands."""
    text = f"{ExplanationReason(reason).label}：{detail.rstrip('。')}。"
    if code:
        text += f"负面清单{code}：{name}。"
    if expected_on:
        text += f"预计{day(expected_on)}公开。"
    return f"{text}说明有效期至{day(valid_until)}。"


def where(*, carrier: str, place: str, shown_from: Day, shown_until: Day) -> str:
    """The last showing off line: how, where, in which time."""
    until = f"至{day(shown_until)}" if shown_until else "起"
    return f"线下公开：{Carrier(carrier).label}，{place}，{day(shown_from)}{until}。"


def _until(row: Owed, state: ObligationState, due_on: date) -> str:
    is_review = row.limit_kind == LimitKind.LONG_TERM and due_on != row.pending_due_on
    text = f"应于{day(due_on)}前{'复核' if is_review else '公开'}"
    if state == ObligationState.OVERDUE:
        return f"{text}，已逾期。"
    if state == ObligationState.PUBLISHED and not is_review:
        return f"下一次{text}。"
    return f"{text}。"


def day(when: Day) -> str:
    if not isinstance(when, date):
        when = date.fromisoformat(str(when))
    return f"{when.year}年{when.month}月{when.day}日"


def rule(matter: Owed) -> str:
    """When a matter has to be disclosed, where no day is known: the portal can't see what formed.

    The words of ``limits.due_on``: the shortest of the limits that hold.
    """
    if matter.limit_kind == LimitKind.LONG_TERM:
        months = matter.review_months or limits.REVIEW_MONTHS
        return f"应当长期公开，至少每{months}个月复核一次。"
    text = f"信息形成后，应在{_shortest(matter)}内公开"
    if not matter.limit_days:
        return f"{text}。"
    unit = _unit(matter.limit_kind)
    if matter.limit_from == LimitFrom.EVENT:
        return f"{text}，并且不晚于举行或开始前{matter.limit_days}{unit}。"
    if matter.limit_from == LimitFrom.NOTICE:
        return f"{text}，公示期不少于{matter.limit_days}{unit}。"
    return f"{text}。"


def _shortest(matter: Owed) -> str:
    """Working days are compared as days of a calendar week, as which they pass."""
    found = [(limits.STATUTORY_DAYS, LimitKind.WORKING_DAYS.value)]
    found += [(each.days, each.kind.value) for each in limits.SHORTER if each.fits(matter)]
    if matter.limit_days and matter.limit_from not in {LimitFrom.EVENT, LimitFrom.NOTICE}:
        found.append((matter.limit_days, matter.limit_kind))
    days, kind = min(found, key=_length)
    return f"{days}{_unit(kind)}"


def _length(limit: tuple[int, str]) -> float:
    days, kind = limit
    return days * 7 / 5 if kind == LimitKind.WORKING_DAYS else days


def _unit(kind: str) -> str:
    return "个工作日" if kind == LimitKind.WORKING_DAYS else "日"
