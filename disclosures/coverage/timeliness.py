"""How many disclosures were first published in time, of the last months, by month or by unit."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from catalog import workdays

from ..querysets import DisclosureQuerySet
from .tally import percent

RECENT_MONTHS = 12


class Timely(NamedTuple):
    """Disclosures that had a day by which they were due, and those that kept it."""

    due: int = 0
    on_time: int = 0

    @property
    def percent(self) -> float | None:
        return percent(self.on_time, self.due) if self.due else None


_COUNTS: dict[str, Any] = {
    "due": Count("pk", filter=Q(due_on__isnull=False)),
    "on_time": Count("pk", filter=Q(published_at__date__lte=F("due_on"))),
}


def months(count: int) -> list[date]:
    """The first days of the last ``count`` months, this one the last."""
    first = timezone.localdate().replace(day=1)
    return [workdays.add_months(first, -back) for back in range(count - 1, -1, -1)]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def recent(disclosures: DisclosureQuerySet) -> DisclosureQuerySet:
    """Those first published in the last twelve months, this one with them."""
    return disclosures.filter(published_at__gte=midnight(months(RECENT_MONTHS)[0]))


def of_month(disclosures: DisclosureQuerySet, text: str) -> DisclosureQuerySet:
    """Those first published in the month that ``text`` names: ``2026-11``."""
    first = date.fromisoformat(f"{text}-01")
    return disclosures.filter(
        published_at__gte=midnight(first), published_at__lt=midnight(workdays.add_months(first, 1))
    )


def timeliness(disclosures: DisclosureQuerySet) -> Timely:
    return Timely(**recent(disclosures).order_by().aggregate(**_COUNTS))


def by_month(disclosures: DisclosureQuerySet, count: int) -> list[tuple[date, Timely]]:
    """The last ``count`` months, oldest first; a month without disclosures is one of them."""
    days = months(count)
    found = (
        disclosures.filter(published_at__gte=midnight(days[0]))
        .order_by()
        .annotate(month=TruncMonth("published_at"))
        .values_list("month")
        .annotate(**_COUNTS)
    )
    counted = {timezone.localdate(month): Timely(*counts) for month, *counts in found}
    return [(day, counted.get(day, Timely())) for day in days]


def by_unit(disclosures: DisclosureQuerySet) -> dict[int, Timely]:
    """Publisher → its disclosures of the last twelve months."""
    found = recent(disclosures).order_by().values_list("unit").annotate(**_COUNTS)
    return {unit: Timely(*counts) for unit, *counts in found}
