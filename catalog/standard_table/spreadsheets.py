"""Spreadsheets as grids: .xlsx, .xls and .ods, each read in one pass and without its formatting."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

import xlrd
from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from .grids import MAX_ROWS, Grid, Merge, drawn

#: Stands for a formula whose result the file doesn't hold.
UNCALCULATED = "#公式没有结果"

_PARSER: dict[str, Any] = {"resolve_entities": False, "no_network": True}


def _number(value: float, number_format: str = "") -> str:
    """A number as the cell shows it, for the formats that these tables use."""
    if not float(value).is_integer():
        return f"{value:.10g}"
    text = str(int(value))
    return text.zfill(len(number_format)) if set(number_format) == {"0"} else text


def _day(value: Any) -> str:
    is_day = isinstance(value, datetime) and value.time() == datetime.min.time()
    return value.date().isoformat() if is_day else str(value)


def _elements(source: IO[bytes], *tags: str) -> Iterator[Any]:
    """The elements named ``tags`` one after the other, each forgotten when the next is asked."""
    for _, element in etree.iterparse(source, tag=tags, **_PARSER):
        yield element
        element.clear()
        while element.getprevious() is not None and element.getparent() is not None:
            del element.getparent()[0]


# .xlsx --------------------------------------------------------------------------------------------

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


def read_xlsx(content: bytes) -> list[Grid]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _Workbook(archive).grids()


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.root = etree.fromstring(archive.read("xl/workbook.xml"), etree.XMLParser(**_PARSER))
        self.space = _STRICT if self.root.tag.startswith(_STRICT) else _MAIN
        properties = self.root.find(f"{self.space}workbookPr")
        counts_from_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        self.epoch = CALENDAR_MAC_1904 if counts_from_1904 else CALENDAR_WINDOWS_1900
        self.fonts: list[str] = []
        self.formats: list[str] = []
        self._read_styles()
        self.strings = self._shared_strings()

    def grids(self) -> list[Grid]:
        places = self._places()
        grids = []
        for sheet in self.root.iter(f"{self.space}sheet"):
            place = places.get(next((v for k, v in sheet.items() if k.endswith("}id")), ""), "")
            if place not in self.archive.namelist():
                continue  # a chart, or a sheet that the file names and doesn't hold
            grid = Grid(sheet.get("name", ""), is_hidden=sheet.get("state", "visible") != "visible")
            with self.archive.open(place) as source:
                self._fill(grid, source)
            grids.append(grid)
        return grids

    def _places(self) -> dict[str, str]:
        """Where in the archive each sheet stands, by the relation that the workbook names."""
        rels = etree.fromstring(
            self.archive.read("xl/_rels/workbook.xml.rels"), etree.XMLParser(**_PARSER)
        )
        return {
            rel.get("Id"): rel.get("Target").lstrip("/")
            if rel.get("Target").startswith("/")
            else f"xl/{rel.get('Target')}"
            for rel in rels
            if rel.get("Type", "").endswith("/worksheet")
        }

    def _read_styles(self) -> None:
        """The font and the number format of each cell style."""
        if "xl/styles.xml" not in self.archive.namelist():
            return
        root = etree.fromstring(self.archive.read("xl/styles.xml"), etree.XMLParser(**_PARSER))
        known = dict(BUILTIN_FORMATS)
        for style in root.iter(f"{self.space}numFmt"):
            known[int(style.get("numFmtId"))] = style.get("formatCode", "")
        fonts = [
            next((name.get("val", "") for name in font.iter(f"{self.space}name")), "")
            for font in root.iterfind(f"{self.space}fonts/{self.space}font")
        ]
        for style in root.iterfind(f"{self.space}cellXfs/{self.space}xf"):
            font = int(style.get("fontId", 0))
            self.fonts.append(fonts[font] if font < len(fonts) else "")
            self.formats.append(known.get(int(style.get("numFmtId", 0)), ""))

    def _shared_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self.archive.namelist():
            return []
        with self.archive.open("xl/sharedStrings.xml") as source:
            return [self._rich(item) for item in _elements(source, f"{self.space}si")]

    def _rich(self, item: Any) -> str:
        """The text of a string whose runs may change their font; reading aids left out."""
        parts = [child.text or "" for child in item.iterfind(f"{self.space}t")]
        for run in item.iterfind(f"{self.space}r"):
            font = next((name.get("val") for name in run.iter(f"{self.space}rFont")), None)
            text = "".join(child.text or "" for child in run.iterfind(f"{self.space}t"))
            parts.append(drawn(text, font))
        return _unescaped("".join(parts))

    def _fill(self, grid: Grid, source: IO[bytes]) -> None:
        row = -1
        for element in _elements(source, f"{self.space}row", f"{self.space}mergeCell"):
            if element.tag.endswith("mergeCell"):
                left, top, right, bottom = range_boundaries(element.get("ref"))
                grid.merges.append(Merge(top - 1, left - 1, bottom - 1, right - 1))
                continue
            row = int(element.get("r", row + 2)) - 1
            if element.get("hidden") in {"1", "true"}:
                grid.hidden_rows.add(row)
            column = -1
            for cell in element.iterfind(f"{self.space}c"):
                place = cell.get("r")
                column += 1
                if place:
                    column = column_index_from_string(coordinate_from_string(place)[0]) - 1
                if len(cell):
                    grid.put(row, column, self._text(cell))

    def _text(self, cell: Any) -> str:
        kind, style = cell.get("t", "n"), int(cell.get("s", 0))
        if kind == "inlineStr":
            inline = cell.find(f"{self.space}is")
            return self._drawn(self._rich(inline), style) if inline is not None else ""
        value = cell.findtext(f"{self.space}v") or ""
        if not value:
            return UNCALCULATED if cell.find(f"{self.space}f") is not None else ""
        if kind == "s":
            return self._drawn(self.strings[int(value)], style)
        if kind == "b":
            return "是" if value == "1" else "否"
        if kind == "n":
            return self._shown(float(value), style)
        return self._drawn(_unescaped(value), style)

    def _drawn(self, text: str, style: int) -> str:
        return drawn(text, self.fonts[style]) if style < len(self.fonts) else text

    def _shown(self, value: float, style: int) -> str:
        number_format = self.formats[style] if style < len(self.formats) else ""
        if number_format != "General" and is_date_format(number_format):
            return _day(from_excel(value, self.epoch))
        return _number(value, number_format)


def _unescaped(text: str) -> str:
    """Without the marks that stand for control characters, line ends as one sign."""
    text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


# .xls ---------------------------------------------------------------------------------------------


def read_xls(content: bytes) -> list[Grid]:
    with xlrd.open_workbook(
        file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
    ) as book:
        return [_old_grid(book, sheet) for sheet in book.sheets()]


def _old_grid(book: Any, sheet: Any) -> Grid:
    grid = Grid(sheet.name, is_hidden=sheet.visibility != 0)
    grid.merges = [
        Merge(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells
    ]
    grid.hidden_rows = {row for row, info in sheet.rowinfo_map.items() if info.hidden}
    empty = {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}
    for row in range(sheet.nrows):
        for column, kind in enumerate(sheet.row_types(row)):
            if kind not in empty:
                grid.put(row, column, _old_text(book, sheet, row, column))
    return grid


def _old_text(book: Any, sheet: Any, row: int, column: int) -> str:
    cell = sheet.cell(row, column)
    style = book.xf_list[cell.xf_index]
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return _number(cell.value, book.format_map[style.format_key].format_str)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _day(xlrd.xldate_as_datetime(cell.value, book.datemode))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "是" if cell.value else "否"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    runs = [(0, style.font_index), *sheet.rich_text_runlist_map.get((row, column), [])]
    ends = [start for start, _ in runs[1:]] + [len(cell.value)]
    return "".join(
        drawn(cell.value[start:end], book.font_list[font].name)
        for (start, font), end in zip(runs, ends, strict=True)
    )


# .ods ---------------------------------------------------------------------------------------------

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def read_ods(content: bytes) -> list[Grid]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        source = io.BytesIO(archive.read("content.xml"))
    hidden = _hidden_styles(source)
    source.seek(0)
    grids: list[Grid] = []
    row = 0
    for event, element in etree.iterparse(
        source, events=("start", "end"), tag=(f"{_TABLE}table", f"{_TABLE}table-row"), **_PARSER
    ):
        if element.tag == f"{_TABLE}table":
            if event == "start":
                style = element.get(f"{_TABLE}style-name")
                grids.append(Grid(element.get(f"{_TABLE}name", ""), is_hidden=style in hidden))
                row = 0
        elif event == "end":
            row += _open_row(grids[-1], row, element)
            element.clear()
    return grids


def _hidden_styles(source: IO[bytes]) -> set[str]:
    return {
        style.get(f"{_STYLE}name")
        for style in _elements(source, f"{_STYLE}style")
        for properties in style.iterfind(f"{_STYLE}table-properties")
        if properties.get(f"{_TABLE}display") == "false"
    }


def _open_row(grid: Grid, first: int, element: Any) -> int:
    """Put a row as often as the file repeats it; how many rows that is."""
    repeated = int(element.get(f"{_TABLE}number-rows-repeated", 1))
    texts: list[tuple[int, str]] = []
    spans: list[tuple[int, int, int]] = []
    column = 0
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        times = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        if cell.tag.endswith("}table-cell"):
            text = _open_text(cell)
            texts += [(column + step, text) for step in range(times if text else 0)]
            down = int(cell.get(f"{_TABLE}number-rows-spanned", 1))
            across = int(cell.get(f"{_TABLE}number-columns-spanned", 1))
            spans.append((column, down, across))
        column += times
    if texts:
        for row in range(first, first + min(repeated, MAX_ROWS + 1)):
            for place, text in texts:
                grid.put(row, place, text)
    grid.merges += [
        Merge(first, left, first + down - 1, left + across - 1)
        for left, down, across in spans
        if down > 1 or across > 1
    ]
    if element.get(f"{_TABLE}visibility", "visible") != "visible" and texts:
        grid.hidden_rows |= set(range(first, first + min(repeated, MAX_ROWS)))
    return repeated


def _open_text(cell: Any) -> str:
    lines = [_paragraph(paragraph) for paragraph in cell.iterchildren(f"{_TEXT}p")]
    text = "\n".join(lines).strip()
    if text or cell.get(f"{_OFFICE}value-type") is None:
        return text
    value = cell.get(f"{_OFFICE}value") or cell.get(f"{_OFFICE}string-value") or ""
    return _number(float(value)) if cell.get(f"{_OFFICE}value") else value


def _paragraph(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * int(child.get(f"{_TEXT}c", 1)))
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{_TEXT}tab":
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
