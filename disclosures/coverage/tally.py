"""Counts of obligations by their state, rolled up from one grouped query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from catalog.models import Obligation

from ..choices import ObligationState
from .standing import COVERED, STANDINGS, with_standing


class Counts:
    """So many obligations of each standing."""

    __slots__ = ("by_standing",)

    def __init__(self, by_standing: dict[str, int] | None = None) -> None:
        self.by_standing = {} if by_standing is None else by_standing

    def add(self, standing: str, number: int) -> None:
        self.by_standing[standing] = self.by_standing.get(standing, 0) + number

    def of(self, state: str) -> int:
        return sum(self.by_standing.get(standing, 0) for standing in STANDINGS[state])

    @property
    def owed(self) -> int:
        return sum(self.by_standing.values())

    @property
    def covered(self) -> int:
        return sum(self.by_standing.get(standing, 0) for standing in COVERED)

    @property
    def published(self) -> int:
        return self.of(ObligationState.PUBLISHED)

    @property
    def due_soon(self) -> int:
        return self.of(ObligationState.DUE_SOON)

    @property
    def overdue(self) -> int:
        return self.of(ObligationState.OVERDUE)

    @property
    def explained(self) -> int:
        return self.of(ObligationState.EXPLAINED)

    @property
    def missing(self) -> int:
        return self.of(ObligationState.MISSING)

    @property
    def expected(self) -> int:
        """What is owed and not explained: the whole of which the coverage is a share."""
        return self.owed - self.by_standing.get(ObligationState.EXPLAINED, 0)

    @property
    def percent(self) -> float | None:
        """The coverage; ``None`` where nothing is expected."""
        return percent(self.covered, self.expected) if self.expected else None


def percent(part: int, whole: int) -> float:
    """One decimal, never rounded up to a hundred that isn't one."""
    return part * 1000 // whole / 10 if whole else 0


def tally(
    obligations: QuerySet[Obligation], *keys: str, today: date | None = None
) -> Iterator[tuple[Any, ...]]:
    """The values of ``keys`` with a standing and the number of obligations that have both.

    ``domain`` is a key as well: the code of the matter's domain.
    """
    return iter(
        with_standing(obligations.annotate(domain=Substr("matter__code", 1, 2)), today)
        .order_by()
        .values_list(*keys, "standing")
        .annotate(number=Count("pk"))
    )


def rolled_up(cells: Iterable[tuple[Any, ...]], *places: int) -> dict[Any, Counts]:
    """The cells of a tally added up by the keys that stand at ``places``."""
    found: dict[Any, Counts] = {}
    for *keys, standing, number in cells:
        key = keys[places[0]] if len(places) == 1 else tuple(keys[place] for place in places)
        if key not in found:
            found[key] = Counts()
        found[key].add(standing, number)
    return found
