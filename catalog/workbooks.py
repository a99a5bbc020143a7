"""Long tables as files, written row by row: the memory they take doesn't grow with the rows."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from .exchange import plain, shown

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"

#: Sheet rows and characters of a cell, as Excel limits them.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
_CUT = "……(本格超过32767字,以下略)"

#: Rows of a CSV that are handed on at once.
_BATCH = 200
#: What XML can't hold: control characters, halves of characters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERS = (int, float, Decimal)

FONT_SIZE = 10
FONT = {"font_name": "宋体", "font_size": FONT_SIZE}

# Programs don't fit a row to a merged or printed cell, so its height is computed, with room for
# the fonts that stand in for 宋体 where there is none and set their lines wider.
TALLEST = 409.0
#: The height of a line, in sizes of type; points above and below the lines of a cell.
_LINE, _PADDING = 1.46, 4
#: Half-width characters of the usual size that go into one unit of a column's width.
_PER_UNIT = 1.05
#: Of a half-width character, Latin letters and digits take more where 宋体 is missing.
_ASCII = 1.15
#: Left empty at the end of a line, because no line begins with a comma, and at the edges.
_RAGGED = 3.5


class Column(NamedTuple):
    """``number_format`` is Excel's, for columns of numbers: ``0.0%``."""

    heading: str
    #: In half-width characters.
    width: float = 14
    number_format: str = ""


def legible(value: Any) -> str:
    """A cell as text that every program can read."""
    text = _ILLEGAL.sub("", value if isinstance(value, str) else shown(value))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(_CUT)] + _CUT


class Table(NamedTuple):
    """One table of a workbook; what ``notes`` say stands above it, under the title."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    notes: Sequence[str] = ()


def write_table(
    out: IO[bytes] | str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[str] = (),
) -> int:
    """Write ``rows`` to ``out`` as XLSX, with ``title`` and ``notes`` above; how many there were.

    Numbers stay numbers; everything else is text, and none of it runs as a formula. What is too
    long for a sheet goes on in the next.
    """
    return write_tables(out, title, [Table(title, columns, rows, notes)])


def write_tables(out: IO[bytes] | str, title: str, tables: Iterable[Table]) -> int:
    """Write ``tables`` one after another, each as ``write_table`` does; how many rows in all."""
    with Workbook(out, {"constant_memory": True}) as book:
        book.set_properties({"title": title})
        return sum(_write(book, table) for table in tables)


def _write(book: Workbook, told: Table) -> int:
    table = _Table(book, told.title, told.columns, told.notes)
    rest, written = iter(told.rows), 0
    while True:
        count = table.add_sheet(rest)
        written += count
        following = next(rest, None) if count == table.room else None
        if following is None:
            return written
        rest = chain([following], rest)


class _Table:
    """The sheets of one table: the same columns and formats in each."""

    def __init__(
        self, book: Workbook, title: str, columns: Sequence[Column], notes: Sequence[str]
    ) -> None:
        self.book, self.columns, self.lines = book, columns, (title, *notes)
        self.room = MOST_ROWS - len(self.lines) - 1
        self.sheets = 0
        text = {**FONT, "valign": "top", "text_wrap": True, "border": 1}
        self.heading = book.add_format({**text, "bold": True, "bg_color": "#E8EFF7"})
        self.title = book.add_format({**FONT, "bold": True, "font_size": 14})
        self.note = book.add_format(FONT)
        patterns = dict.fromkeys(column.number_format for column in columns)
        formats = {
            pattern: book.add_format({**text, "num_format": pattern or "General"})
            for pattern in patterns
        }
        self.formats = [formats[column.number_format] for column in columns]

    def add_sheet(self, rows: Iterator[Sequence[Any]]) -> int:
        """Write as many of ``rows`` as a sheet holds."""
        first = len(self.lines)
        sheet = self.book.add_worksheet(self._name())
        _set_up(sheet, first, self.columns)
        for place, line in enumerate(self.lines):
            sheet.write_string(place, 0, legible(line), self.note if place else self.title)
        for place, column in enumerate(self.columns):
            sheet.write_string(first, place, legible(column.heading), self.heading)
        number = first
        for number, row in enumerate(islice(rows, self.room), first + 1):
            self._write(sheet, number, row)
        sheet.autofilter(first, 0, number, len(self.columns) - 1)
        return number - first

    def _write(self, sheet: Worksheet, number: int, row: Sequence[Any]) -> None:
        if height := self._height(row):
            sheet.set_row(number, height)
        for place, (value, style) in enumerate(zip(row, self.formats, strict=True)):
            if _is_text(value):
                sheet.write_string(number, place, legible(value), style)
            else:
                sheet.write_number(number, place, value, style)
        # The row before is written by now, but XlsxWriter would remember its height for ever.
        for heights in (sheet.row_info, sheet.row_sizes):
            heights.pop(number - 1, None)

    def _height(self, row: Sequence[Any]) -> float | None:
        """That of the longest text; not every program fits a row to its text by itself."""
        pairs = zip(row, self.columns, strict=True)
        heights = [
            height_of(shown(value), column.width) for value, column in pairs if _is_text(value)
        ]
        height = max(heights, default=0)
        return min(height, TALLEST) if height > height_of("", 1) else None

    def _name(self) -> str:
        """The title without what Excel allows in no name of a sheet; the second has a number."""
        self.sheets += 1
        suffix = f"({self.sheets})" if self.sheets > 1 else ""
        name = re.sub(r"[\[\]:*?/\\']", " ", legible(self.lines[0])).strip() or "数据"
        return name[: 31 - len(suffix)] + suffix


def _is_text(value: Any) -> bool:
    return not isinstance(value, _NUMBERS) or isinstance(value, bool)


def height_of(text: str, width: float, size: int = FONT_SIZE) -> float:
    """Points that a row needs for ``text`` in a column of ``width``, set in ``size``."""
    room = max(width * _PER_UNIT * FONT_SIZE / size - _RAGGED, 2)
    return sum([_lines(line, room) for line in text.split("\n")]) * size * _LINE + _PADDING


def _lines(text: str, room: float) -> int:
    """How many lines of ``room`` half-width characters it takes; what isn't ASCII counts as two."""
    if len(text) * 2 <= room:
        return 1
    narrow = len(text.encode("ascii", "ignore"))
    return math.ceil(((len(text) - narrow) * 2 + narrow * _ASCII) / room)


def _set_up(sheet: Worksheet, heading: int, columns: Sequence[Column]) -> None:
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(heading + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The table as CSV, in parts; the mark at its beginning tells Excel the encoding."""
    lines = chain([[column.heading for column in columns]], rows)
    mark = "\ufeff"
    while batch := list(islice(lines, _BATCH)):
        text = StringIO()
        writer = csv.writer(text)
        writer.writerows([plain(_ILLEGAL.sub("", shown(cell))) for cell in row] for row in batch)
        yield (mark + text.getvalue()).encode()
        mark = ""
