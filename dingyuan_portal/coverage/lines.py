"""Domains, units, matters and months with their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from catalog import workdays
from catalog.choices import Category, UnitKind
from catalog.models import Matter, Unit
from disclosures import coverage
from disclosures.coverage import Counts, Row, Timely, timeliness
from disclosures.forms import MONTHS
from disclosures.models import Disclosure

HEAT_STEPS = 4
SORTS = {
    "coverage": "覆盖率从高到低",
    "overdue": "逾期从多到少",
    "timeliness": "按时公开率从高到低",
}
GROUPS: dict[str, tuple[str, set[str]]] = {
    "departments": ("部门和单位", set(UnitKind.values) - {UnitKind.TOWNSHIP, UnitKind.VILLAGE}),
    "townships": ("乡镇", {UnitKind.TOWNSHIP}),
}


class Line(NamedTuple):
    """One domain, unit or matter with its figures; ``cells`` are those of its categories."""

    code: str
    name: str
    counts: Counts
    cells: tuple[tuple[str, Counts], ...] = ()
    timely: Timely = Timely()


def matrix(cells: Sequence[tuple[Any, ...]]) -> tuple[list[Line], Line]:
    """Domains × categories and their sums, of a tally by domain and category first."""
    of_cell = coverage.rolled_up(cells, 0, 1)
    of_domain = coverage.rolled_up(cells, 0)
    domains = Matter.objects.domains().as_tree().values_list("code", "name")
    lines = [
        Line(code, name, of_domain.get(code, Counts()), _by_category(of_cell, code))
        for code, name in domains
    ]
    sums = coverage.rolled_up(cells, 1)
    total = coverage.rolled_up(cells).get((), Counts())
    return lines, Line(
        "", "合计", total, tuple((value, sums.get(value, Counts())) for value in Category.values)
    )


def _by_category(of_cell: dict[Any, Counts], code: str) -> tuple[tuple[str, Counts], ...]:
    return tuple((value, of_cell.get((code, value), Counts())) for value in Category.values)


def heat(counts: Counts) -> int:
    """0 where nothing is covered, 1 to 4 by the share that is."""
    if not counts.expected or not counts.covered:
        return 0
    return max(1, counts.covered * HEAT_STEPS // counts.expected)


def league(
    of_publisher: dict[int, Counts], of_unit: dict[int, Timely], *, sort: str, group: str
) -> list[Line]:
    """The units that owe something, with ``sort`` deciding who comes first."""
    units = Unit.objects.publishers().order_by("code").values_list("pk", "code", "name", "kind")
    kinds = GROUPS[group][1] if group in GROUPS else None
    lines = [
        Line(code, name, of_publisher[pk], timely=of_unit.get(pk, Timely()))
        for pk, code, name, kind in units
        if pk in of_publisher and (kinds is None or kind in kinds)
    ]
    return sorted(lines, key=_PLACES.get(sort, _PLACES["coverage"]))


def _share(value: float | None) -> float:
    """Shares sort from high to low, after them the units that have none."""
    return 1 if value is None else -value


_PLACES: dict[str, Any] = {
    "coverage": lambda line: (_share(line.counts.percent), -line.counts.expected),
    "overdue": lambda line: (-line.counts.overdue, _share(line.counts.percent)),
    "timeliness": lambda line: (_share(line.timely.percent), -line.timely.due),
}


def matters(domain: Matter, cells: Sequence[tuple[Any, ...]]) -> list[Line]:
    """The leaves of a domain in reading order, of a tally by matter first."""
    counts = coverage.rolled_up(cells, 0)
    leaves = Matter.objects.current().leaves().under(domain).as_tree()
    return [
        Line(code, name, counts[pk])
        for pk, code, name in leaves.values_list("pk", "code", "name")
        if pk in counts
    ]


def trend() -> list[tuple[date, Timely]]:
    return timeliness.by_month(Disclosure.objects.visible(), MONTHS)


def calendar_note(years: Iterable[int]) -> str:
    """Which years' working days are counted without the State Council's holidays."""
    unknown = [f"{year}年" for year in sorted(set(years)) if not workdays.is_official(year)]
    if not unknown:
        return ""
    return f"{'、'.join(unknown)}的放假安排尚未公布，工作日暂按周一至周五计算。"


def years_of(rows: Iterable[Row]) -> list[int]:
    return [row.due_on.year for row in rows if row.due_on is not None]
