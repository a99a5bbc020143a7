"""The standard table as the national guidelines print it, in a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import IO, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ..models import MAX_LEVEL
from ..workbooks import FONT, TALLEST, height_of, legible
from .layout import COLUMNS, HEADINGS, title_of
from .rows import Domain, Head, Row, by_domain, cells, merges

#: Excel's numbers of the paper sizes.
PAPERS = {"a3": 8, "a4": 9}
DEFAULT_PAPER = "a3"

WIDTH = len(COLUMNS)
_WIDTHS = [column.width for column in COLUMNS]
_PLACE = {column.key: place for place, column in enumerate(COLUMNS)}
_LEVELS = [_PLACE[f"level_{level}"] for level in range(1, MAX_LEVEL + 1)]
#: Columns of prose, set from the left; the others hold a mark or a name, set in the middle.
_PROSE = {_PLACE[key] for key in ("content", "legal_basis", "channels")}
#: Merged over many rows, whose names stand at the top: in the middle a page's end would cut them.
_MERGED = set(_LEVELS[:-1])

#: A text too long for any row is set smaller.
SIZES = (10, 9, 8, 7, 6, 5, 4)


def write_workbook(
    out: IO[bytes], rows: Iterable[Row], head: Head, paper: str = DEFAULT_PAPER
) -> None:
    """Write a cover and one sheet for each domain of ``rows`` to ``out``."""
    domains = by_domain(rows)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        book.set_properties({"title": "基层政务公开标准目录", "company": head.organisation})
        styles = _Styles(book)
        names = _sheet_names(domains)
        _write_cover(book.add_worksheet("封面"), styles, domains, names, head)
        for domain, name in zip(domains, names, strict=True):
            sheet = book.add_worksheet(name)
            first = _write_head(sheet, styles, domain, head)
            _write_rows(sheet, styles, domain, first)
            _set_up_print(sheet, head, paper, first)


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.title = book.add_format({**FONT, "font_size": 16, "bold": True, **_MIDDLE})
        self.label = book.add_format(
            {**FONT, "font_color": "#B3271E", **_MIDDLE, "text_wrap": True}
        )
        self.heading = book.add_format({**_CELL, **_MIDDLE, "bold": True, "bg_color": "#E8EFF7"})
        self.empty = book.add_format({"border": 1})
        self.note = book.add_format({**FONT, "text_wrap": True, "valign": "top"})
        self.name = book.add_format({**FONT, "bold": True, "valign": "top"})
        self.link = book.add_format({**_CELL, **_MIDDLE, "font_color": "#12447A", "underline": 1})
        self.figure = book.add_format({**_CELL, **_MIDDLE, "num_format": "0"})
        self.sum = book.add_format({**_CELL, **_MIDDLE, "num_format": "0", "bold": True})
        self._of_cells: dict[tuple[int, int], Format] = {}

    def of_cell(self, place: int, size: int) -> Format:
        """That of a column's cells; a text too long for any row is set smaller."""
        kind = 0 if place in _PROSE else 1 if place in _MERGED else 2
        known = self._of_cells.get((kind, size))
        if known is None:
            aligned = ({"valign": "vcenter", "indent": 1}, {**_MIDDLE, "valign": "top"}, _MIDDLE)[
                kind
            ]
            known = self.book.add_format({**_CELL, **aligned, "font_size": size})
            self._of_cells[kind, size] = known
        return known


_MIDDLE = {"align": "center", "valign": "vcenter"}
_CELL = {**FONT, "border": 1, "text_wrap": True}


def _sheet_names(domains: Iterable[Domain]) -> list[str]:
    """The domains' names without what Excel forbids, each of them once."""
    names: list[str] = []
    for domain in domains:
        name = re.sub(r"[\[\]:*?/\\']", " ", legible(domain.name)).strip()[:28]
        names.append(name if name and name not in {*names, "封面"} else f"{name}{domain.code}")
    return names


# The cover ------------------------------------------------------------------------------------

_COVER_WIDTHS = (8, 26, 14, 14, 14, 14)
_COUNTS = ("序号", "试点领域", "一级事项", "二级事项", "三级事项", "公开标准(行)")
_SIGNS = (
    "一个试点领域一张表，序号在每张表内从1开始。",
    "“√”表示适用；“特定群体”一栏在“√”后写明是谁。",
    "公开渠道和载体列出全部13种，■为选用，□为未选用。",
    "“—”表示这一事项不再细分到这一级。",
)


def _write_cover(
    sheet: Worksheet, styles: _Styles, domains: Sequence[Domain], names: list[str], head: Head
) -> None:
    last = len(_COVER_WIDTHS) - 1
    for place, width in enumerate(_COVER_WIDTHS):
        sheet.set_column(place, place, width)
    _merged(sheet, (0, 0, 0, last), "基层政务公开标准目录", styles.title)
    sheet.set_row(0, 42)
    row = 1
    if head.demo_label:
        _merged(sheet, (row, 0, row, last), head.demo_label, styles.label)
        sheet.set_row(row, 24)
        row += 1
    for name, text in head.lines:
        sheet.merge_range(row, 0, row, 1, "", styles.name)
        sheet.write_string(row, 0, name, styles.name)
        _merged(sheet, (row, 2, row, last), text, styles.note)
        sheet.set_row(row, height_of(legible(text), sum(_COVER_WIDTHS[2:])))
        row += 1
    row = _write_counts(sheet, styles, domains, names, row + 1)
    for line in _SIGNS:
        row += 1
        _merged(sheet, (row, 0, row, last), line, styles.note)
    _set_up_page(sheet, head, PAPERS["a4"])


def _write_counts(
    sheet: Worksheet, styles: _Styles, domains: Sequence[Domain], names: list[str], row: int
) -> int:
    """Write how many matters each sheet names; the row below."""
    for place, heading in enumerate(_COUNTS):
        sheet.write_string(row, place, heading, styles.heading)
    counted = []
    for number, (domain, name) in enumerate(zip(domains, names, strict=True), 1):
        row += 1
        counts = [domain.count(level) for level in range(1, MAX_LEVEL + 1)] + [len(domain.rows)]
        sheet.write_number(row, 0, number, styles.figure)
        sheet.write_url(row, 1, f"internal:'{name}'!A1", styles.link, legible(domain.name))
        for place, count in enumerate(counts, 2):
            sheet.write_number(row, place, count, styles.figure)
        counted.append(counts)
    row += 1
    _merged(sheet, (row, 0, row, 1), "合计", styles.sum)
    for place in range(MAX_LEVEL + 1):
        sheet.write_number(row, place + 2, sum(c[place] for c in counted), styles.sum)
    return row + 1


# A sheet --------------------------------------------------------------------------------------


def _write_head(sheet: Worksheet, styles: _Styles, domain: Domain, head: Head) -> int:
    """Write title and headings; the first row of the table's body."""
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
    _merged(sheet, (0, 0, 0, WIDTH - 1), title_of(domain.name), styles.title)
    sheet.set_row(0, 36)
    row = 1
    if head.demo_label:
        _merged(sheet, (row, 0, row, WIDTH - 1), head.demo_label, styles.label)
        row += 1
    place = 0
    for group, columns in HEADINGS:
        if group:
            _merged(sheet, (row, place, row, place + len(columns) - 1), group, styles.heading)
        for column in columns:
            if group:
                sheet.write_string(row + 1, place, column.heading, styles.heading)
            else:
                _merged(sheet, (row, place, row + 1, place), column.heading, styles.heading)
            place += 1
    sheet.set_row(row, 20)
    sheet.set_row(row + 1, 20)
    sheet.freeze_panes(row + 2, 0)
    return row + 2


def _write_rows(sheet: Worksheet, styles: _Styles, domain: Domain, first: int) -> None:
    usual = [styles.of_cell(place, SIZES[0]) for place in range(WIDTH)]
    spans = _spans(domain)
    for number, row in enumerate(domain.rows):
        line = first + number
        fitted = list(map(fit, cells(row, number + 1), _WIDTHS))
        sheet.set_row(line, max([cell.height for cell in fitted]))
        sheet.write_number(line, 0, number + 1, usual[0])
        for place, (text, size, _height) in enumerate(fitted[1:], 1):
            style = usual[place] if size == SIZES[0] else styles.of_cell(place, size)
            if place in _MERGED and (span := spans.get((number, place), 1)) != 1:
                if span:
                    _merged(sheet, (line, place, line + span - 1, place), text, style)
            elif text:
                sheet.write_string(line, place, text, style)
    # One rule frames what is empty: two of five cells, a third of the time if each were written.
    last = first + len(domain.rows) - 1
    sheet.conditional_format(first, 1, last, WIDTH - 1, {"type": "blanks", "format": styles.empty})


def _spans(domain: Domain) -> dict[tuple[int, int], int]:
    """How many rows the cells of merged matters take, by row and column; 0 for those inside."""
    spans: dict[tuple[int, int], int] = {}
    for start, end, level in merges(domain.rows):
        place = _LEVELS[level - 1]
        spans |= {(row, place): 0 for row in range(start + 1, end + 1)}
        spans[start, place] = end - start + 1
    return spans


def _merged(sheet: Worksheet, area: tuple[int, int, int, int], text: str, style: Format) -> None:
    """``merge_range`` would take a text that begins with = for a formula."""
    if area[:2] != area[2:]:
        sheet.merge_range(*area, "", style)
    sheet.write_string(area[0], area[1], legible(text), style)


# Heights --------------------------------------------------------------------------------------


class Fitted(NamedTuple):
    """A text as a cell can hold it: its size of type, and the height that its row needs then."""

    text: str
    size: int
    height: float


@lru_cache(maxsize=4096)
def fit(text: str, width: float) -> Fitted:
    """Set ``text`` in the largest size of type in which a row can hold it."""
    text = legible(text)
    for size in SIZES:
        height = height_of(text, width, size)
        if height <= TALLEST:
            return Fitted(text, size, height)
    return Fitted(text, SIZES[-1], TALLEST)


# Print ----------------------------------------------------------------------------------------


def _set_up_print(sheet: Worksheet, head: Head, paper: str, first: int) -> None:
    _set_up_page(sheet, head, PAPERS[paper])
    sheet.repeat_rows(first - 2, first - 1)


def _set_up_page(sheet: Worksheet, head: Head, paper: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    day = f"{head.day:%Y-%m-%d}"
    label = _in_footer(head.demo_label.partition("：")[0])
    sheet.set_footer(f"&L导出日期 {day} {label}&C第 &P 页，共 &N 页&R{_in_footer(head.address)}")


def _in_footer(text: str) -> str:
    return text.replace("&", "&&")
