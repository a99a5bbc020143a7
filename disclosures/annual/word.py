"""The report as DOCX: A4, 仿宋 and 黑体 (GB/T 9704-2012), header rows repeated on each page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tc
from docx.shared import Emu, Mm, Pt
from docx.table import _Cell

from .report import Block, Heading, Table
from .tables import Cell, Grid

TITLE_FONT, HEAD_FONT, SUBHEAD_FONT, BODY_FONT = (
    "方正小标宋简体",
    "黑体",
    "楷体_GB2312",
    "仿宋_GB2312",
)
#: Width of the text on A4 between the margins of GB/T 9704-2012.
TEXT_WIDTH = 156
#: Type of a table's cells, by the number of its columns.
_SIZES = {4: Pt(12), 10: Pt(9), 15: Pt(8)}


def docx(title: str, blocks: Iterable[Block]) -> bytes:
    document = Document()
    _set_up(document, title)
    heading = document.add_paragraph(style="Title")
    heading.add_run(title)
    for block in blocks:
        if isinstance(block, Heading):
            document.add_paragraph(block.text, style=f"Heading {block.level - 1}")
        elif isinstance(block, Table):
            _table(document, block)
        else:
            paragraph = document.add_paragraph("".join(span.text for span in block.spans))
            if block.kind == "note":
                _small(paragraph)
            elif block.kind == "signature":
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                paragraph.paragraph_format.right_indent = Pt(32)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_up(document: Any, title: str) -> None:
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.language = "zh-CN"
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    styles = document.styles
    _style(styles["Normal"], BODY_FONT, 16)
    _style(styles["Title"], TITLE_FONT, 22, WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    _style(styles["Heading 1"], HEAD_FONT, 16)
    _style(styles["Heading 2"], SUBHEAD_FONT, 16)
    language = styles.element.xpath("w:docDefaults//w:lang")[0]
    language.set(qn("w:eastAsia"), "zh-CN")
    styles["Title"].paragraph_format.line_spacing = Pt(34)
    styles["Title"].paragraph_format.space_after = Pt(14)
    _page_number(section.footer.paragraphs[0])


def _style(
    style: Any, font: str, size: float, alignment: Any = None, *, indent: bool = True
) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    for name in ("ascii", "hAnsi", "eastAsia"):
        fonts.set(qn(f"w:{name}"), font if name == "eastAsia" else "Times New Roman")
    for line in style.element.findall(f".//{qn('w:pBdr')}"):
        line.getparent().remove(line)
    colour = style.element.rPr.find(qn("w:color"))
    if colour is not None:
        style.element.rPr.remove(colour)
    spacing = style.paragraph_format
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28)
    spacing.space_before = spacing.space_after = Pt(0)
    spacing.first_line_indent = Pt(2 * size) if indent else Pt(0)
    spacing.alignment = alignment


def _small(paragraph: Any) -> None:
    paragraph.paragraph_format.line_spacing = Pt(18)
    paragraph.paragraph_format.first_line_indent = Pt(0)
    for run in paragraph.runs:
        run.font.size = Pt(10.5)


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.first_line_indent = Pt(0)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _table(document: Any, block: Table) -> None:
    grid = block.grid
    caption = document.add_paragraph(grid.caption)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _small(caption)
    caption.paragraph_format.keep_with_next = True
    table = document.add_table(0, len(grid.widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    unit = TEXT_WIDTH / sum(grid.widths)
    widths: list[int] = [Mm(width * unit) for width in grid.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(width)
    # Row by row: python-docx looks through the whole table for each cell that it is asked for.
    spread = _spread(grid)
    for top in range(len(grid.rows)):
        row = OxmlElement("w:tr")
        row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if top < grid.heads:
            row.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for left, begins, cell in spread[top]:
            width = sum(widths[left : left + cell.colspan])
            text = block.numbers[cell.place].text if cell.place else cell.text
            row.append(_tc(table, cell, text if begins == top else "", begins == top, width))
        table._tbl.append(row)
    document.add_paragraph().paragraph_format.line_spacing = Pt(8)


def _spread(grid: Grid) -> list[list[tuple[int, int, Cell]]]:
    """Of each row its cells from the left, those too that began in a row above."""
    rows: list[list[tuple[int, int, Cell]]] = [[] for _ in grid.rows]
    for top, left, cell in grid.laid_out():
        for down in range(cell.rowspan):
            rows[top + down].append((left, top, cell))
    return [sorted(row, key=lambda found: found[0]) for row in rows]


def _tc(table: Any, cell: Cell, text: str, begins: bool, width: int) -> Any:
    tc = CT_Tc.new()
    tc.width = Emu(width)
    tc.grid_span = cell.colspan
    if cell.rowspan > 1:
        tc.vMerge = "restart" if begins else "continue"
    written = _Cell(tc, table)
    written.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = written.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    spacing = paragraph.paragraph_format
    spacing.first_line_indent = Pt(0)
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
    spacing.space_before = spacing.space_after = Pt(1)
    spacing.keep_with_next = True  # each table fits on a page, and reads better whole
    run = paragraph.add_run(text)
    run.font.size = _SIZES[len(table.columns)]
    if cell.scope in {"col", "colgroup"}:
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEAD_FONT)
    return tc
