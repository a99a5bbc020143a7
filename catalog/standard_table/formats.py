"""The standard table as flat files for programs: one row a leaf, plain words in every column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from django.db.models import Choices
from django.utils import timezone
from odf import style, table, teletype
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet
from odf.text import P

from ..choices import Audience, Category, Channel, LimitKind, Method, Tier
from ..exchange import plain
from ..workbooks import Column, csv_lines, legible
from .rows import Head, Row

COLUMNS = (
    Column("试点领域", 14),
    Column("事项编码", 12),
    Column("一级事项", 20),
    Column("二级事项", 24),
    Column("三级事项", 24),
    Column("公开类别", 10),
    Column("公开内容(要素)", 40),
    Column("公开依据", 50),
    Column("公开时限", 26),
    Column("时限天数", 9),
    Column("时限种类", 10),
    Column("公开主体", 24),
    Column("公开渠道和载体", 40),
    Column("公开对象", 10),
    Column("特定群体", 16),
    Column("公开方式", 10),
    Column("公开层级", 16),
    Column("最近变动", 12),
)
_HEADINGS = [column.heading for column in COLUMNS]
#: A table has no place for a note but a column of its own.
_NOTE = Column("说明", 40)


def flat(row: Row) -> list[str]:
    """The row as ``COLUMNS`` name its cells."""
    standard = row.standard
    days = standard["limit_days"]
    return [
        row.domain,
        standard["code"],
        *row.names,
        *_labels(Category, [standard["category"]]),
        standard["content"],
        standard["legal_basis"],
        standard["time_limit"],
        "" if days is None else str(days),
        *_labels(LimitKind, [standard["limit_kind"]]),
        standard["responsible_text"],
        ";".join(_labels(Channel, standard["channels"])),
        *_labels(Audience, [standard["audience"]]),
        standard["audience_detail"],
        *_labels(Method, [standard["method"]]),
        ";".join(_labels(Tier, standard["tiers"])),
        timezone.localtime(standard["updated_at"]).date().isoformat(),
    ]


_NAMES: dict[type[Choices], dict[Any, str]] = {
    choices: {value: str(label) for value, label in choices.choices}
    for choices in (Audience, Category, Channel, LimitKind, Method, Tier)
}


def _labels(choices: type[Choices], values: Iterable[str] | None) -> list[str]:
    return [_NAMES[choices].get(value, "") for value in values or []]


def write_csv(out: IO[bytes], rows: Iterable[Row], head: Head) -> None:
    out.writelines(csv_lines(*_noted(rows, head)))


def _noted(rows: Iterable[Row], head: Head) -> tuple[Sequence[Column], Iterator[list[str]]]:
    """Columns and cells; demonstration data says in every row what it is."""
    label = head.demo_label
    if not label:
        return COLUMNS, map(flat, rows)
    return (*COLUMNS, _NOTE), ([*flat(row), label] for row in rows)


def write_json(out: IO[bytes], rows: Sequence[Row], head: Head) -> None:
    document = {
        "名称": "基层政务公开标准目录",
        **dict(head.lines),
        "演示数据": head.is_demo,
        "行数": len(rows),
        "事项": [dict(zip(_HEADINGS, flat(row), strict=True)) for row in rows],
    }
    out.write(json.dumps(document, ensure_ascii=False, indent=1).encode())


# ODS ------------------------------------------------------------------------------------------


def write_ods(out: IO[bytes], rows: Iterable[Row], head: Head) -> None:
    """The table on the first sheet; what it is, on the second."""
    columns, body = _noted(rows, head)
    book = OpenDocumentSpreadsheet()
    cell, heading = _cell_styles(book)
    sheet = table.Table(name="标准目录")
    for place, column in enumerate(columns):
        sheet.addElement(table.TableColumn(stylename=_width(book, place, column.width)))
    top = table.TableHeaderRows()
    top.addElement(_row([column.heading for column in columns], heading))
    sheet.addElement(top)
    for texts in body:
        sheet.addElement(_row(texts, cell))
    book.spreadsheet.addElement(sheet)
    book.spreadsheet.addElement(_about(book, head, cell))
    book.write(out)


def _about(book: Any, head: Head, cell: Element) -> Element:
    sheet = table.Table(name="说明")
    for place, width in ((len(COLUMNS) + 1, 14), (len(COLUMNS) + 2, 60)):
        sheet.addElement(table.TableColumn(stylename=_width(book, place, width)))
    label = [("演示数据", head.demo_label)] if head.is_demo else []
    for name, text in [("名称", "基层政务公开标准目录"), *label, *head.lines]:
        sheet.addElement(_row([name, text], cell))
    return sheet


def _cell_styles(book: Any) -> tuple[Element, Element]:
    """Those of the body and of the headings."""
    styles = []
    for name, weight in (("cell", "normal"), ("heading", "bold")):
        made = style.Style(name=name, family="table-cell")
        made.addElement(style.TableCellProperties(wrapoption="wrap", verticalalign="top"))
        made.addElement(style.TextProperties(fontweight=weight, fontweightasian=weight))
        book.automaticstyles.addElement(made)
        styles.append(made)
    return styles[0], styles[1]


def _width(book: Any, place: int, width: float) -> Element:
    made = style.Style(name=f"column{place}", family="table-column")
    made.addElement(style.TableColumnProperties(columnwidth=f"{width * 2:.0f}mm"))
    book.automaticstyles.addElement(made)
    return made


def _row(texts: Iterable[str], cell: Element) -> Element:
    row = table.TableRow()
    for text in texts:
        made = table.TableCell(valuetype="string", stylename=cell)
        for line in plain(legible(text)).split("\n"):
            paragraph = P()
            teletype.addTextToElement(paragraph, line)
            made.addElement(paragraph)
        row.addElement(made)
    return row
