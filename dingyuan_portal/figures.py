"""The portal's counts: each is one aggregate query, however many rows there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, F, Q
from django.db.models.functions import Substr
from django.utils import timezone

from catalog.choices import Category
from catalog.models import Matter, Obligation
from disclosures import coverage
from disclosures.coverage import percent
from disclosures.models import Disclosure, LedgerEntry
from services.models import Service

HEAT_STEPS = 4
KEPT_SECONDS = 60


class Cell(NamedTuple):
    category: str
    label: str
    matters: int
    disclosures: int
    heat: int


class Row(NamedTuple):
    code: str
    name: str
    #: Leaves; ``below`` counts the inner matters too.
    matters: int
    below: int
    disclosures: int
    cells: list[Cell]


def matrix() -> list[Row]:
    """Domains × categories: current leaf matters and what is published under them."""
    below, matters = Counter[str](), Counter[tuple[str, str]]()
    for domain, category, rows, leaves in _by_cell(
        Matter.objects.current().filter(level__gt=0), "code"
    ).annotate(leaves=Count("pk", filter=Q(rght=F("lft") + 1))):
        below[domain] += rows
        matters[domain, category] = leaves
    published = Counter(
        {
            (domain, category): rows
            for domain, category, rows in _by_cell(Disclosure.objects.visible(), "matter__code")
        }
    )
    most = max(published.values(), default=0)
    matrix = []
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
        matrix.append(
            Row(
                code,
                name,
                sum(cell.matters for cell in cells),
                below[code],
                sum(cell.disclosures for cell in cells),
                cells,
            )
        )
    return matrix


def _by_cell(rows: Any, code: str) -> Any:
    """Domain, category and the number of rows that have both."""
    return (
        rows.order_by()
        .annotate(domain=Substr(code, 1, 2))
        .values_list("domain", "category")
        .annotate(rows=Count("pk"))
    )


def _heat(number: int, most: int) -> int:
    """0 for none, else 1 to 4 by the share of the fullest cell."""
    return min(HEAT_STEPS, 1 + number * HEAT_STEPS // (most + 1)) if number else 0


def timeliness() -> coverage.Timely:
    """How many disclosures of the last twelve months had a due day, and how many kept it."""
    return coverage.timeliness.timeliness(Disclosure.objects.visible())


def county() -> coverage.Counts:
    """How it stands with all that is owed."""
    return _kept("county", Obligation.objects.owed).get((), coverage.Counts())


def of_matters(domain: Matter) -> dict[int, coverage.Counts]:
    """Matter → how it stands with what is owed under it."""
    return _kept(f"matters:{domain.pk}", lambda: Obligation.objects.owed().under(domain), "matter")


def _kept(name: str, owed: Callable[[], Any], *keys: str) -> dict[Any, coverage.Counts]:
    """Pages that everybody opens count once a minute, and anew after each row of the ledger.

    What is published, withdrawn, explained or reviewed shows at once; the coverage pages
    themselves keep nothing.
    """
    head = LedgerEntry.objects.order_by("-number").values_list("digest", flat=True).first()
    key = f"coverage:{name}:{timezone.localdate()}:{head}"
    counted = cache.get(key)
    if counted is None:
        rolled = coverage.rolled_up(coverage.tally(owed(), *keys), *range(len(keys)))
        # Plain dicts: a cache takes its values apart and puts them together at each reading.
        counted = {place: counts.by_standing for place, counts in rolled.items()}
        cache.set(key, counted, KEPT_SECONDS)
    return {place: coverage.Counts(by_standing) for place, by_standing in counted.items()}


def services() -> dict[str, int]:
    counts = Service.objects.current().aggregate(
        total=Count("pk"), one_visit=Count("pk", filter=Q(visits__lte=1))
    )
    return {**counts, "percent": percent(counts["one_visit"], counts["total"])}
