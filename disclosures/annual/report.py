"""An annual report with everything in it, and the blocks that page, DOCX and PDF are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.conf import settings

from ..models import AnnualReport
from . import entered, tables, texts
from .figures import FIGURES, OF_PLACE, RATES, Scope, counted, percentage
from .tables import GRIDS, NUMERALS, PARTS, Grid, Place, Problem, name_of
from .texts import WRITTEN, Span

BASIS = (
    "本报告依据《中华人民共和国政府信息公开条例》和《中华人民共和国政府信息公开工作年度报告格式》"
    "（国办公开办函〔2021〕30号）编制，所列数据的统计期限为{year}年1月1日至12月31日。"
)
COUNTY_NOTE = "由网站统计的数为全县各公开单位的合计。"
DEMO_NOTE = "演示站点的示范内容：数字和文字均不是真实情况，不作凭证。"


class Heading(NamedTuple):
    level: int
    text: str


class Paragraph(NamedTuple):
    """``kind``: nothing for running text, ``note`` below a table, ``signature`` at the end."""

    spans: list[Span]
    kind: str = ""


class Table(NamedTuple):
    grid: Grid
    #: The numbers as printed; a computed one leads to its rows.
    numbers: dict[Place, Span]


Block = Heading | Paragraph | Table


@dataclass(frozen=True)
class Filled:
    """A report with what the portal counts for it, counted once."""

    report: AnnualReport
    scope: Scope
    entered: entered.Entered
    counts: dict[str, int]
    #: Last year's numbers, where the portal has them.
    previous: tables.Numbers | None

    @cached_property
    def numbers(self) -> dict[Place, int | Decimal]:
        """Every number of the tables; one of table 1 may be missing still."""
        counts = {place: self.counts[figure.key] for place, figure in OF_PLACE.items()}
        blank = {place: 0 for place in tables.ENTRIES if place.table != "table1"}
        numbers = {**blank, **counts, **self.entered.numbers}
        return {**numbers, **tables.totals(numbers)}

    @property
    def problems(self) -> list[Problem]:
        return tables.problems(self.numbers, self.previous)

    @property
    def missing(self) -> list[str]:
        """What has to be filled in before the report can be composed."""
        numbers = [name_of(place) for place in GRIDS["table1"].places if place not in self.numbers]
        blank = [
            texts.title_of(written.key)
            for written in WRITTEN
            if not self.report.texts.get(written.key, "").strip()
        ]
        return numbers + blank

    @cached_property
    def named(self) -> dict[str, Span]:
        """What each name in the sentences stands for."""
        spans = {
            figure.label: Span(str(self.counts[key]), figure.address(self.scope))
            for key, figure in FIGURES.items()
        }
        for rate in RATES:
            part, whole = self.counts[rate.part.key], self.counts[rate.whole.key]
            spans[rate.label] = Span(percentage(part, whole), rate.part.address(self.scope))
        for name, place in texts.TOTALS.items():
            spans[name] = Span(printed(self.numbers[place]))
        return spans

    def span(self, place: Place) -> Span:
        if place not in self.numbers:
            return Span("")
        figure = OF_PLACE.get(place)
        is_counted = figure is not None and place not in self.entered.numbers
        link = figure.address(self.scope) if figure and is_counted else ""
        return Span(printed(self.numbers[place]), link)


def fill(report: AnnualReport) -> Filled:
    scope = Scope(report.unit, report.year)
    last = AnnualReport.objects.filter(unit=report.unit_id, year=report.year - 1).first()
    previous = entered.read(last.entered).numbers if last and "table2" in last.entered else None
    return Filled(report, scope, entered.read(report.entered), counted(scope), previous)


def printed(number: int | Decimal) -> str:
    return f"{number:.2f}" if isinstance(number, Decimal) else str(number)


def body_name_of(scope: Scope) -> str:
    """Who reports: the government office does so for the county's government."""
    return scope.unit.name.removesuffix("办公室") if scope.is_county else scope.unit.name


def title_of(report: AnnualReport) -> str:
    return body_name_of(Scope(report.unit, report.year)) + tables.TITLE.format(year=report.year)


def summary_of(report: AnnualReport, filled: Filled) -> str:
    """At most 100 characters, as lists show it."""
    received = filled.named["新收申请数"].text
    text = (
        f"{report.year}年主动公开政府信息{filled.counts['published']}条，"
        f"新收政府信息公开申请{received}件；含总体情况、各项统计表和改进情况。"
    )
    return text[:100]


def due_on(scope: Scope) -> date:
    """条例第四十九条、第五十条: departments by 31 January, the county by 31 March."""
    return date(scope.year + 1, 3, 31) if scope.is_county else date(scope.year + 1, 1, 31)


def blocks(filled: Filled, *, issued_on: date, in_file: bool = False) -> Iterator[Block]:
    """The whole report; ``in_file`` says itself that it is a demonstration's, as the site does."""
    report = filled.report
    if in_file and settings.SITE["is_demo"]:
        yield Paragraph([Span(DEMO_NOTE)], kind="note")
    basis = BASIS.format(year=report.year) + (COUNTY_NOTE if filled.scope.is_county else "")
    yield Paragraph([Span(basis)])
    grids = {grid.part: grid for grid in GRIDS.values()}
    for part, name in enumerate(PARTS, 1):
        yield Heading(2, f"{NUMERALS[part - 1]}、{name}")
        if part in grids:
            grid = grids[part]
            yield Table(grid, {place: filled.span(place) for place in grid.places})
            yield from _notes(grid, filled)
        for written in WRITTEN:
            if written.part == part:
                if written.title:
                    yield Heading(3, written.title)
                for spans in texts.paragraphs(report.texts.get(written.key, ""), filled.named):
                    yield Paragraph(spans)
    day = f"{issued_on.year}年{issued_on.month}月{issued_on.day}日"
    yield Paragraph([Span(body_name_of(filled.scope))], kind="signature")
    yield Paragraph([Span(day)], kind="signature")


def _notes(grid: Grid, filled: Filled) -> Iterator[Paragraph]:
    """By which rule a number was counted, and why another stands in its place."""
    if grid.key != "table1":
        return
    figures = list(OF_PLACE.values())
    rule = figures[0].rule.partition("。")[0]
    yield Paragraph([Span(f"说明：行政规范性文件的件数由网站统计，计入{rule}。")], kind="note")
    for place, figure in OF_PLACE.items():
        if place in filled.entered.reasons:
            counted_here = Span(str(filled.counts[figure.key]), figure.address(filled.scope))
            yield Paragraph(
                [
                    Span(f"{name_of(place)}网站统计为"),
                    counted_here,
                    Span(
                        f"件，更正为{printed(filled.numbers[place])}件，"
                        f"理由：{filled.entered.reasons[place]}"
                    ),
                ],
                kind="note",
            )
