"""The uploaded table given back with its problems marked in their cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..exchange import plain
from ..workbooks import legible
from .entries import Entry, Remark
from .grids import Grid

_PROBLEM = PatternFill("solid", fgColor="F8CBAD")
_NOTE = PatternFill("solid", fgColor="FFF2CC")
_LINE = Side(style="thin", color="999999")
_AUTHOR = "政务公开门户"
_LIST = "问题清单"
_HEADINGS = ["工作表", "行", "列", "性质", "说明"]
#: A workbook that unpacks to more is written anew from its words.
_MOST_UNPACKED = 60 * 1024 * 1024


def marked(content: bytes, name: str, grids: list[Grid], entries: list[Entry]) -> bytes:
    """An XLSX of the file with a fill and a comment in each cell that something is said about.

    A spreadsheet of another kind, and a document, comes back as the same cells without its looks.
    """
    book = _original(content) if name.lower().endswith(".xlsx") else None
    if book is None:
        book = _rebuilt(grids)
        sheets = dict(enumerate(book.worksheets))
    else:
        names = set(book.sheetnames)
        sheets = {place: book[grid.name] for place, grid in enumerate(grids) if grid.name in names}
    remarks = [(entry, remark) for entry in entries for remark in entry.remarks]
    for entry, remark in remarks:
        _mark(sheets[entry.table.sheet], entry, remark)
    _add_list(book, remarks)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _original(content: bytes) -> Workbook | None:
    """The uploaded workbook without marks of an earlier round, if it can be written again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED:
            return None
    try:
        book = load_workbook(io.BytesIO(content))
    except Exception:  # what the reader passes over may be more than openpyxl takes
        return None
    if _LIST in book.sheetnames and book[_LIST]["A1"].value == _HEADINGS[0]:
        del book[_LIST]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment and cell.comment.author == _AUTHOR:
                    cell.comment, cell.fill = None, PatternFill()
    return book


def _rebuilt(grids: list[Grid]) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    for grid in grids:
        sheet = book.create_sheet(re.sub(r"[\\*?:/\[\]]", "_", legible(grid.name))[:31])
        if grid.is_hidden:
            sheet.sheet_state = "hidden"
        for row, cells in grid.rows.items():
            for column, text in cells.items():
                cell = sheet.cell(row + 1, column + 1, plain(legible(text)))
                cell.alignment = Alignment(wrap_text=True, vertical="center")
                cell.border = Border(_LINE, _LINE, _LINE, _LINE)
        for top, left, bottom, right in grid.merges:
            sheet.merge_cells(
                start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
            )
        for column in range(grid.width):
            sheet.column_dimensions[get_column_letter(column + 1)].width = 18
    return book


def _mark(sheet: Worksheet, entry: Entry, remark: Remark) -> None:
    cell = _anchor(sheet, remark.row + 1, _column_of(entry, remark) + 1)
    if remark.is_problem or cell.fill.fgColor.rgb != _PROBLEM.fgColor.rgb:
        cell.fill = _PROBLEM if remark.is_problem else _NOTE
    said = cell.comment.text if cell.comment else ""
    text = legible(f"{said}\n{remark.text}".strip())
    cell.comment = Comment(text, _AUTHOR, width=320, height=120)


def _column_of(entry: Entry, remark: Remark) -> int:
    """A remark about a whole row stands at the row's first cell of the table."""
    if remark.column is not None:
        return remark.column
    own = entry.table.grid.rows.get(remark.row)
    return min(own) if own else entry.table.columns[0].index


def _anchor(sheet: Worksheet, row: int, column: int) -> Any:
    """The cell, or the first one of the merged cells that it is covered by."""
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for merge in sheet.merged_cells.ranges:
            if cell.coordinate in merge:
                return sheet.cell(merge.min_row, merge.min_col)
    return cell


def _add_list(book: Workbook, remarks: Iterable[tuple[Entry, Remark]]) -> None:
    """All remarks in one sheet, in front; a workbook may have one of that name already."""
    sheet = book.create_sheet(_LIST, 0)
    sheet.append(_HEADINGS)
    for entry, remark in remarks:
        place = get_column_letter(_column_of(entry, remark) + 1)
        kind = "问题" if remark.is_problem else "提示"
        name, text = plain(legible(entry.table.grid.name)), plain(legible(remark.text))
        sheet.append([name, remark.line, place, kind, text])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDE", (20, 8, 8, 8, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2, min_col=5, max_col=5):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    book.active = 0
