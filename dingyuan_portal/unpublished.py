"""What a matter's page says of the units whose information isn't there: never a blank.

For a matter of 22 townships or 258 villages the units are gathered by what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Exists
from django.utils import timezone

from catalog import limits
from catalog.choices import LimitKind
from catalog.models import Matter, Obligation, Unit
from disclosures.choices import ObligationState
from disclosures.coverage import Standing, with_standing
from disclosures.coverage.standing import Places
from disclosures.coverage.wording import day, rule
from disclosures.models import Explanation, OfflineDisclosure

#: Of the off-line records the newest; a village's notice board may have one each month for years.
NEWEST = 50

_LABELS = {
    ObligationState.OVERDUE: "逾期未公开",
    ObligationState.DUE_SOON: "即将到期",
    ObligationState.MISSING: "尚未公开",
}


class Place(NamedTuple):
    """A publisher, and of its villages those that are meant; none where it is meant itself."""

    unit: Unit
    villages: list[str]
    explanation: Explanation | None


@dataclass
class Group:
    """Units of which the same is said: a signed reason, or the day and the rule that hold."""

    label: str
    words: str
    rank: int
    is_late: bool = False
    places: list[Place] = field(default_factory=list)
    count: int = 0

    def add(self, obligation: Obligation, explanation: Explanation | None) -> None:
        self.count += 1
        publisher = obligation.publisher
        last = self.places[-1] if self.places else None
        if last is None or last.unit != publisher or _days(last.explanation) != _days(explanation):
            last = Place(publisher, [], explanation)
            self.places.append(last)
        if obligation.unit_id != obligation.publisher_id:
            last.villages.append(obligation.unit.short_name)

    @property
    def explanation(self) -> Explanation | None:
        """The reason that all of them gave; its days are the first's."""
        return self.places[0].explanation

    @property
    def is_of_one_day(self) -> bool:
        """Whether the days of the reason are the same for all."""
        return len({_days(place.explanation) for place in self.places}) == 1


def _days(explanation: Explanation | None) -> tuple[date | None, date] | None:
    return (explanation.expected_on, explanation.valid_until) if explanation else None


class Unpublished(NamedTuple):
    """Three queries and the one that coverage asks for the rules of matters."""

    units: list[Unit]
    groups: list[Group]
    shown: list[OfflineDisclosure]

    @property
    def number(self) -> int:
        return sum(group.count for group in self.groups)


def of(matter: Matter) -> Unpublished:
    """What is said of ``matter``, a leaf in use."""
    today = timezone.localdate()
    obligations = list(
        with_standing(Obligation.objects.owed().filter(matter=matter), today)
        .annotate(has_text=Exists(Places(today).visible))
        .select_related("unit", "publisher")
        .order_by("publisher", "unit__code")
    )
    reasons = {
        explanation.unit_id: explanation
        for explanation in Explanation.objects.in_force(today)
        .filter(matter=matter)
        .select_related("negative_entry")
    }
    shown = (
        OfflineDisclosure.objects.signed()
        .filter(matter=matter)
        .select_related("unit")
        .order_by("-shown_from", "-pk")[:NEWEST]
    )
    publishers = {obligation.publisher: None for obligation in obligations}
    return Unpublished(list(publishers), _grouped(matter, obligations, reasons, today), list(shown))


def _grouped(
    matter: Matter,
    obligations: Iterable[Obligation],
    reasons: dict[int, Explanation],
    today: date,
) -> list[Group]:
    """Late ones first, then those with a reason, then the rest."""
    groups: dict[object, Group] = {}
    for obligation in obligations:
        standing = Standing(obligation.standing)  # type: ignore[attr-defined]
        if standing.is_covered:
            continue
        reason = reasons.get(obligation.unit_id)
        key: object
        if standing.state == ObligationState.EXPLAINED and reason is not None:
            key = (reason.reason, reason.detail, reason.negative_entry_id)
            group = Group(reason.get_reason_display(), reason.detail, 1)
        else:
            reason = None
            is_late = standing.state == ObligationState.OVERDUE
            has_text: bool = obligation.has_text  # type: ignore[attr-defined]
            label = _label(matter, standing.state, has_text=has_text)
            group = Group(label, _words(matter, today), 0 if is_late else 2, is_late=is_late)
            key = label
        groups.setdefault(key, group).add(obligation, reason)
    return sorted(groups.values(), key=attrgetter("rank"))


def _label(matter: Matter, state: ObligationState, *, has_text: bool) -> str:
    """A text that is there may be one that nobody reviewed, or another may be due beside it."""
    if has_text and matter.limit_kind == LimitKind.LONG_TERM:
        return "逾期未复核" if state == ObligationState.OVERDUE else "待复核"
    if has_text and matter.limit_kind != LimitKind.PERIODIC:
        return "另有信息逾期未公开" if state == ObligationState.OVERDUE else "另有信息即将到期"
    return _LABELS[state]


def _words(matter: Matter, today: date) -> str:
    """By when it is due, and the rule."""
    if matter.limit_kind != LimitKind.PERIODIC:
        return rule(matter)
    due_on = limits.cycle_of(matter, today).due_on
    return f"{matter.get_period_display()}公开一次，本期应于{day(due_on)}前公开。"
