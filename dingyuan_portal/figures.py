"""The portal's counts: each is one aggregate query, however many rows there are."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, F, Q
from django.db.models.functions import Substr
from django.utils import timezone

from catalog.choices import Category
from catalog.models import Matter
from disclosures.models import Disclosure
from services.models import Service

HEAT_STEPS = 4


class Cell(NamedTuple):
    category: str
    label: str
    matters: int
    disclosures: int
    heat: int


class Row(NamedTuple):
    code: str
    name: str
    matters: int
    disclosures: int
    cells: list[Cell]


def matrix() -> list[Row]:
    """Domains × categories: current leaf matters and what is published under them."""
    matters = Counter(_by_cell(Matter.objects.current().leaves(), "code"))
    published = Counter(_by_cell(Disclosure.objects.visible(), "matter__code"))
    most = max(published.values(), default=0)
    rows = []
    for code, name in Matter.objects.domains().current().as_tree().values_list("code", "name"):
        cells = [
            Cell(
                value,
                label,
                matters[code, value],
                published[code, value],
                _heat(published[code, value], most),
            )
            for value, label in Category.choices
        ]
        rows.append(
            Row(
                code,
                name,
                sum(cell.matters for cell in cells),
                sum(cell.disclosures for cell in cells),
                cells,
            )
        )
    return rows


def _by_cell(rows: Any, code: str) -> dict[tuple[str, str], int]:
    counted = (
        rows.order_by()
        .annotate(domain=Substr(code, 1, 2))
        .values_list("domain", "category")
        .annotate(rows=Count("pk"))
    )
    return {(domain, category): number for domain, category, number in counted}


def _heat(number: int, most: int) -> int:
    """0 for none, else 1 to 4 by the share of the fullest cell."""
    return min(HEAT_STEPS, 1 + number * HEAT_STEPS // (most + 1)) if number else 0


def timeliness() -> dict[str, int]:
    """How many disclosures of the last twelve months had a due day, and how many kept it."""
    a_year_ago = timezone.now() - timedelta(days=365)
    counts = (
        Disclosure.objects.visible()
        .filter(published_at__gte=a_year_ago)
        .aggregate(
            due=Count("pk", filter=Q(due_on__isnull=False)),
            on_time=Count("pk", filter=Q(published_at__date__lte=F("due_on"))),
        )
    )
    return {**counts, "percent": percent(counts["on_time"], counts["due"])}


def services() -> dict[str, int]:
    counts = Service.objects.current().aggregate(
        total=Count("pk"), one_visit=Count("pk", filter=Q(visits__lte=1))
    )
    return {**counts, "percent": percent(counts["one_visit"], counts["total"])}


def percent(part: int, whole: int) -> float:
    """One decimal, never rounded up to a hundred that isn't one."""
    return part * 1000 // whole / 10 if whole else 0
