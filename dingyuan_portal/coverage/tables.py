"""The tables of the coverage pages, for files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from catalog.choices import Category
from catalog.models import Matter
from catalog.workbooks import Column
from disclosures import coverage
from disclosures.choices import ObligationState
from disclosures.coverage import Counts, Timely, timeliness
from disclosures.models import Disclosure

from .filters import ObligationFilter
from .lines import calendar_note, league, matrix, matters, trend

DEMONSTRATION = "演示数据：出自演示站点，事项和信息均为示范内容，不是定远县的公开情况"


class Table(NamedTuple):
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    notes: tuple[str, ...]


_FIGURES = (
    Column("应公开", 9),
    Column("应覆盖", 9),
    Column("已覆盖", 9),
    Column("覆盖率(%)", 10, "0.0"),
    Column("已公开", 9),
    Column("即将到期", 9),
    Column("逾期", 9),
    Column("未公开(有说明)", 14),
    Column("未公开", 9),
)
_TIMELY = (
    Column("近12个月有应公开日期的信息", 14),
    Column("其中按时公开", 14),
    Column("按时公开率(%)", 12, "0.0"),
)


def _figures(counts: Counts) -> tuple[Any, ...]:
    return (
        counts.owed,
        counts.expected,
        counts.covered,
        _number(counts.percent),
        *(counts.of(state) for state in ObligationState.values),
    )


def _timely(timely: Timely) -> tuple[Any, ...]:
    return timely.due, timely.on_time, _number(timely.percent)


def _number(share: float | None) -> float | str:
    return "" if share is None else share


def matrix_table(form: ObligationFilter) -> Table:
    cells = list(coverage.tally(form.obligations(), "domain", "matter__category"))
    lines, total = matrix(cells)
    columns = (Column("试点领域", 16), Column("公开类别", 12), *_FIGURES)
    labels = dict(Category.choices)
    rows = [
        (line.name, labels.get(category, "合计"), *_figures(counts))
        for line in [*lines, total]
        for category, counts in [*line.cells, ("", line.counts)]
        if counts.owed or line is total
    ]
    return Table("公开覆盖情况(领域和类别)", columns, rows, _notes(form))


def unit_table(form: ObligationFilter, sort: str, group: str) -> Table:
    cells = list(coverage.tally(form.obligations(), "publisher"))
    lines = league(
        coverage.rolled_up(cells, 0),
        timeliness.by_unit(_disclosures(form)),
        sort=sort,
        group=group,
    )
    columns = (Column("单位编码", 12), Column("单位", 26), *_FIGURES, *_TIMELY)
    rows = [(line.code, line.name, *_figures(line.counts), *_timely(line.timely)) for line in lines]
    return Table("公开覆盖情况(单位)", columns, rows, _notes(form))


def _disclosures(form: ObligationFilter) -> Any:
    found = Disclosure.objects.visible()
    domain = form.wanted().get("domain")
    return found.filter(matter__code__startswith=f"{domain}-") if domain else found


def matter_table(form: ObligationFilter) -> Table:
    """The matters of the chosen domain, or of all."""
    cells = list(coverage.tally(form.obligations(), "matter"))
    wanted = form.wanted().get("domain")
    domains = Matter.objects.domains().as_tree().filter(Q(code=wanted) if wanted else Q())
    columns = (Column("事项编码", 12), Column("公开事项", 36), *_FIGURES)
    rows = [
        (line.code, line.name, *_figures(line.counts))
        for domain in domains
        for line in matters(domain, cells)
    ]
    return Table("公开覆盖情况(事项)", columns, rows, _notes(form))


def trend_table() -> Table:
    rows = [(f"{day:%Y-%m}", *_timely(timely)) for day, timely in trend()]
    columns = (
        Column("月份", 10),
        Column("公开(条)", 10),
        Column("其中按时公开", 14),
        Column("按时公开率(%)", 12, "0.0"),
    )
    return Table("按月公开情况", columns, rows, _notes())


_ROW_COLUMNS = (
    Column("事项编码", 12),
    Column("公开事项", 30),
    Column("公开类别", 10),
    Column("公开主体", 22),
    Column("发布机构", 22),
    Column("状态", 14),
    Column("是否计入已覆盖", 12),
    Column("应公开日期", 12),
    Column("说明", 50),
    Column("公开信息(条)", 10),
    Column("最近一条", 36),
    Column("网址", 30),
)
_CHUNK = 500


def row_table(form: ObligationFilter, root: str) -> Table:
    """Each obligation asked for; ``root`` is the address of the site."""
    found = form.standings()
    return Table("应公开事项清单", _ROW_COLUMNS, _rows(found, root), _notes(form))


def _rows(found: Sequence[tuple[int, str]], root: str) -> Iterator[Sequence[Any]]:
    labels = dict(Category.choices)
    for start in range(0, len(found), _CHUNK):
        for row in coverage.rows(found[start : start + _CHUNK]):
            yield (
                row.matter_code,
                row.matter,
                labels.get(row.category, ""),
                row.unit,
                row.publisher,
                row.state.label,
                "是" if row.standing.is_covered else "否",
                row.due_on.isoformat() if row.due_on else "",
                row.words,
                row.disclosures,
                row.title,
                root.rstrip("/") + row.url if row.url else "",
            )


def _notes(form: ObligationFilter | None = None) -> tuple[str, ...]:
    """When it was counted, of what, and by which days."""
    now = timezone.localtime()
    filters = "；".join(f"{chip.label}：{chip.value}" for chip in form.chips()) if form else ""
    found = [f"截至{now:%Y-%m-%d %H:%M}。{f'条件：{filters}。' if filters else ''}"]
    if settings.SITE["is_demo"]:
        found.append(DEMONSTRATION)
    found.append("覆盖率＝已覆盖÷应覆盖；应覆盖＝应公开－未公开(有说明)。")
    if note := calendar_note([now.year, now.year + 1]):
        found.append(note)
    return tuple(found)
