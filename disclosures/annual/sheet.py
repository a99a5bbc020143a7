"""The three tables as a workbook, for units that collect their numbers by spreadsheet."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
from django.core.exceptions import ValidationError
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from . import entered, tables
from .figures import OF_PLACE
from .report import Filled, title_of
from .tables import GRIDS, Cell, Grid, Place

#: Title and hint stand above the table.
TOP = 2
HINT = "只填白色的格:0或正整数,收费金额以万元为单位。灰色的总计和网站统计的数不用填,导入时不读。"
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
_FONT = {"font_name": "宋体", "font_size": 10, "border": 1, "text_wrap": True}
_MIDDLE = {"align": "center", "valign": "vcenter"}


def workbook(filled: Filled) -> bytes:
    """The tables with what is entered, laid out as the state prints them."""
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        formats = {
            "head": book.add_format({**_FONT, **_MIDDLE, "bold": True, "bg_color": "#E8EFF7"}),
            "entry": book.add_format({**_FONT, **_MIDDLE, "locked": False}),
            "amount": book.add_format({**_FONT, **_MIDDLE, "locked": False, "num_format": "0.00"}),
            "counted": book.add_format({**_FONT, **_MIDDLE, "bg_color": "#EDEDED"}),
            "title": book.add_format({"font_name": "宋体", "font_size": 14, "bold": True}),
            "hint": book.add_format({"font_name": "宋体", "font_size": 10}),
        }
        for number, grid in enumerate(GRIDS.values(), 1):
            sheet = book.add_worksheet(f"表{number}")
            sheet.write_string(0, 0, f"{title_of(filled.report)} {grid.caption}", formats["title"])
            sheet.write_string(1, 0, HINT, formats["hint"])
            _write_grid(sheet, grid, filled, formats)
            _set_up(sheet, grid)
    return out.getvalue()


def _write_grid(sheet: Worksheet, grid: Grid, filled: Filled, formats: dict[str, Any]) -> None:
    at = {cell.place: (top + TOP, left) for top, left, cell in grid.laid_out() if cell.place}
    for top, left, cell in grid.laid_out():
        first, last = top + TOP, top + TOP + cell.rowspan - 1
        right = left + cell.colspan - 1
        kind = _kind(cell)
        if (first, left) != (last, right):
            sheet.merge_range(first, left, last, right, "", formats[kind])
        if cell.place is None:
            sheet.write_string(first, left, cell.text, formats[kind])
        elif tables.is_total(cell.place):
            formula = "+".join(xl_rowcol_to_cell(*at[part]) for part in tables.parts_of(cell.place))
            value = filled.numbers[cell.place]
            sheet.write_formula(first, left, f"={formula}", formats[kind], value)
        elif (number := _shown(cell.place, filled)) is None:
            sheet.write_blank(first, left, None, formats[kind])
        else:
            sheet.write_number(first, left, number, formats[kind])


def _kind(cell: Cell) -> str:
    if cell.place is None:
        return "head"
    if tables.is_total(cell.place) or cell.place in OF_PLACE:
        return "counted"
    return "amount" if cell.place == tables.AMOUNT else "entry"


def _shown(place: Place, filled: Filled) -> int | Decimal | None:
    numbers = filled.numbers if place in OF_PLACE else filled.entered.numbers
    return numbers.get(place)


def _set_up(sheet: Worksheet, grid: Grid) -> None:
    for place, width in enumerate(grid.widths):
        sheet.set_column(place, place, width * (12 if len(grid.widths) < 5 else 8))
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if grid.heads:
        sheet.repeat_rows(TOP, TOP + grid.heads - 1)


def read(upload: Any) -> dict[str, dict[Place, int | Decimal]]:
    """Table → numbers of a workbook that ``workbook`` made and somebody filled.

    Raises ``ValidationError`` with everything that isn't as it should be.
    """
    book = _opened(upload)
    numbers: dict[str, dict[Place, int | Decimal]] = {}
    errors: list[str] = []
    for number, grid in enumerate(GRIDS.values(), 1):
        name = f"表{number}"
        if name not in book.sheetnames:
            raise ValidationError(f"文件中没有工作表“{name}”,请用从本页下载的模板填写")
        numbers[grid.key] = _read_grid(book[name], grid, errors)
    if errors:
        raise ValidationError(errors)
    return numbers


def _opened(upload: Any) -> Any:
    if upload.size > MAX_BYTES:
        raise ValidationError("文件超过2 MB,不是填好的模板,请重新下载模板填写")
    content = upload.read()
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise ValidationError("文件解压后过大,不是填好的模板")
        return openpyxl.load_workbook(BytesIO(content), data_only=True)
    except ValidationError:
        raise
    except Exception as error:  # openpyxl meets a broken file with whatever comes first
        raise ValidationError(
            "这不是能读的 XLSX 表格,请用从本页下载的模板填写并另存为 .xlsx"
        ) from error


def _read_grid(sheet: Any, grid: Grid, errors: list[str]) -> dict[Place, int | Decimal]:
    numbers = {}
    for top, left, cell in grid.laid_out():
        spot = sheet.cell(row=top + TOP + 1, column=left + 1)
        if cell.place is None:
            if "".join(str(spot.value or "").split()) != "".join(cell.text.split()):
                raise ValidationError(
                    f"工作表“{sheet.title}”的{spot.coordinate}应是“{cell.text}”,"
                    f"现为“{spot.value or ''}”:表样改动过,请用从本页下载的模板填写"
                )
            continue
        if tables.is_total(cell.place) or cell.place in OF_PLACE:
            continue
        try:
            number = entered.typed(cell.place, _text(spot.value))
        except ValidationError as error:
            errors.append(f"工作表“{sheet.title}”{spot.coordinate}:{error.messages[0]}")
        else:
            if number is not None:
                numbers[cell.place] = number
    return numbers


def _text(value: Any) -> str:
    """A cell as somebody would type it: programs store whole numbers as 3.0."""
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
