"""The tables of a Word document as one grid; paragraphs between them are rows of one cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from .grids import Grid, Merge, drawn

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: What may stand around a row, a cell or a paragraph without being one.
_WRAPPERS = {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "smartTag", "customXml")}
#: Text that is not part of the document any more, or is drawn twice.
_NOT_READ = {
    f"{_W}moveFrom",
    f"{_W}del",
    f"{_W}instrText",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}


def read_docx(content: bytes) -> list[Grid]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(archive.read("word/document.xml"), parser)
    grid = Grid("文档")
    row = 0
    for block in _inside(root.find(f"{_W}body")):
        if block.tag == f"{_W}tbl":
            row += _put_table(grid, row, block)
        elif block.tag == f"{_W}p":
            grid.put(row, 0, _text(block))
            row += 1
    return [grid]


def _inside(element: Any) -> Iterator[Any]:
    """The children, those of wrappers in place of the wrappers."""
    for child in element:
        if child.tag in _WRAPPERS:
            yield from _inside(child)
        else:
            yield child


def _put_table(grid: Grid, first: int, table: Any) -> int:
    #: Column → where a cell merged downwards began: its row, and the last column of it.
    open_merges: dict[int, tuple[int, int]] = {}
    row = first
    for line in _inside(table):
        if line.tag != f"{_W}tr" or line.find(f"{_W}trPr/{_W}del") is not None:
            continue
        _put_row(grid, row, line, open_merges)
        row += 1
    for left, (top, right) in open_merges.items():
        grid.merges.append(Merge(top, left, row - 1, right))
    return row - first


def _put_row(grid: Grid, row: int, line: Any, open_merges: dict[int, tuple[int, int]]) -> None:
    column = _count(line.find(f"{_W}trPr/{_W}gridBefore"), 0)
    for cell in _inside(line):
        if cell.tag != f"{_W}tc":
            continue
        right = column + _count(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1) - 1
        merge = cell.find(f"{_W}tcPr/{_W}vMerge")
        goes_on = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
        if not (goes_on and column in open_merges):
            if begun := open_merges.pop(column, None):
                grid.merges.append(Merge(begun[0], column, row - 1, begun[1]))
            if merge is not None:
                open_merges[column] = row, right
            elif right > column:
                grid.merges.append(Merge(row, column, row, right))
            paragraphs = [_text(paragraph) for paragraph in cell.iter(f"{_W}p")]
            grid.put(row, column, "\n".join(paragraphs))
        column = right + 1


def _count(element: Any, otherwise: int) -> int:
    return int(element.get(f"{_W}val", otherwise)) if element is not None else otherwise


def _text(element: Any) -> str:
    """What a paragraph or a run shows."""
    parts = []
    for child in element:
        if child.tag == f"{_W}t":
            parts.append(drawn(child.text or "", _font(element)))
        elif child.tag == f"{_W}sym":
            code = int(child.get(f"{_W}char", "0"), 16) & 0xFF
            parts.append(drawn(chr(code), child.get(f"{_W}font")))
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            parts.append("\n")
        elif child.tag in {f"{_W}tab", f"{_W}noBreakHyphen"}:
            parts.append(" " if child.tag.endswith("tab") else "-")
        elif child.tag not in _NOT_READ:
            parts.append(_text(child))
    return "".join(parts)


def _font(run: Any) -> str | None:
    fonts = run.find(f"{_W}rPr/{_W}rFonts")
    return fonts.get(f"{_W}ascii") if fonts is not None else None
