"""Makes the attachments of a document: small, real and the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from random import Random

import docx
import xlsxwriter
from docx.oxml.ns import qn
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

from .documents import Block, Document
from .tables import Table

_EPOCH = datetime(2017, 5, 1)  # noqa: DTZ001 - the writers want naive times
_FONT = "STSong-Light"


def make_files(document: Document, rng: Random) -> list[tuple[str, bytes]]:
    """Name and content of each attachment the document asks for."""
    made = []
    for kind in document.files:
        if kind == "photo":
            made.append(("公示栏张贴照片.jpg", notice_board_photo(document.formed_on, rng)))
        elif kind == "xlsx" and document.tables:
            made.append(
                (f"{_file_name(document.tables[0].caption)}.xlsx", spreadsheet(document.tables))
            )
        elif kind in _WRITERS:
            made.append((f"{_file_name(document.title)}.{kind}", _WRITERS[kind](document)))
    return made


def spreadsheet(tables: list[Table]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": tables[0].caption, "created": _EPOCH})
    title = book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"})
    head = book.add_format(
        {"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#eef2f7"}
    )
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    for number, table in enumerate(tables, start=1):
        sheet = book.add_worksheet(f"表{number}")
        last = len(table.headers) - 1
        if last:
            sheet.merge_range(0, 0, 0, last, table.caption, title)
        sheet.set_row(0, 30)
        sheet.write_row(1, 0, table.headers, head)
        for at, header in enumerate(table.headers):
            widest = max([len(header), *(len(str(row[at])) for row in table.rows)])
            sheet.set_column(at, at, min(max(10, 2 * widest), 46))
        for at, row in enumerate(table.rows, start=2):
            sheet.write_row(at, 0, row, cell)
        _write_totals(sheet, table, cell)
        sheet.freeze_panes(2, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    book.close()
    return stream.getvalue()


def word_document(document: Document) -> bytes:
    word = docx.Document()
    style = word.styles["Normal"]
    style.font.name = "FangSong"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    properties = word.core_properties
    properties.title, properties.author, properties.comments = document.title, "", ""
    properties.created = properties.modified = _EPOCH
    word.add_heading(document.title, level=1)
    if document.document_number:
        word.add_paragraph(document.document_number)
    for block in document.blocks:
        _add_to_word(word, block)
    stream = io.BytesIO()
    word.save(stream)
    return _with_fixed_times(stream.getvalue())


def portable_document(document: Document) -> bytes:
    styles = _pdf_styles()
    story: list[Flowable] = [Paragraph(document.title, styles["title"])]
    if document.document_number:
        story.append(Paragraph(document.document_number, styles["number"]))
    for block in document.blocks:
        if block.table:
            story += [
                Spacer(1, 6),
                Paragraph(block.table.caption, styles["number"]),
                _pdf_table(block.table),
            ]
        else:
            mark = "• " if block.kind in {"li", "ol"} else ""
            story.append(
                Paragraph(
                    mark + block.text, styles["head" if block.kind in {"h2", "h3"} else "text"]
                )
            )
    stream = io.BytesIO()
    SimpleDocTemplate(stream, pagesize=A4, title=document.title, author="", invariant=1).build(
        story
    )
    return stream.getvalue()


def notice_board_photo(day: date, rng: Random) -> bytes:
    """A drawn notice board with posted sheets and the camera's date, as kept for evidence."""
    wall = rng.choice([(206, 198, 184), (188, 194, 196), (214, 205, 190)])
    picture = Image.new("RGB", (800, 600), wall)
    draw = ImageDraw.Draw(picture)
    for y in range(0, 600, 40):
        draw.line([(0, y), (800, y)], fill=tuple(channel - 10 for channel in wall), width=2)
    draw.rectangle([60, 70, 740, 520], fill=(96, 64, 40))
    draw.rectangle([78, 88, 722, 502], fill=(228, 224, 212))
    draw.rectangle([78, 88, 722, 128], fill=(176, 36, 30))
    for left in (110, 320, 530):
        _draw_sheet(draw, left + rng.randint(-8, 8), 150 + rng.randint(-6, 10), rng)
    stamp = f"{day:%Y-%m-%d} {rng.randint(8, 16):02d}:{rng.randint(0, 59):02d}"
    draw.text((590, 570), stamp, fill=(255, 140, 0), font_size=18)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=70)
    return stream.getvalue()


def _draw_sheet(draw: ImageDraw.ImageDraw, left: int, top: int, rng: Random) -> None:
    draw.rectangle([left + 4, top + 4, left + 164, top + 324], fill=(190, 186, 176))
    draw.rectangle([left, top, left + 160, top + 320], fill=(252, 251, 246))
    draw.rectangle([left + 30, top + 18, left + 130, top + 28], fill=(40, 40, 40))
    for y in range(top + 48, top + 130, 14):
        draw.line([(left + 14, y), (left + rng.randint(110, 146), y)], fill=(90, 90, 90), width=3)
    for y in range(top + 140, top + 261, 20):
        draw.line([(left + 14, y), (left + 146, y)], fill=(60, 60, 60))
    for x in (14, 50, 98, 146):
        draw.line([(left + x, top + 140), (left + x, top + 260)], fill=(60, 60, 60))
    draw.line([(left + 84, top + 290), (left + 146, top + 290)], fill=(90, 90, 90), width=3)


def _write_totals(sheet: xlsxwriter.worksheet.Worksheet, table: Table, cell: object) -> None:
    if not table.totalled:
        return
    last = len(table.rows) + 2
    for at in range(len(table.headers)):
        sheet.write(last, at, table.total(at + 1) if at + 1 in table.totalled else "", cell)
    sheet.write(last, 0, "合计", cell)


def _add_to_word(word: docx.document.Document, block: Block) -> None:
    if block.table:
        lines = [block.table.headers, *block.table.lines()]
        word.add_paragraph(block.table.caption, style="Caption")
        grid = word.add_table(rows=len(lines), cols=len(block.table.headers), style="Table Grid")
        # One look at the cells: row.cells walks the whole table each time.
        for cell, text in zip(grid._cells, (text for line in lines for text in line), strict=True):
            cell.paragraphs[0].add_run(text)
        return
    styles = {"h2": "Heading 2", "h3": "Heading 3", "li": "List Bullet", "ol": "List Bullet"}
    word.add_paragraph(block.text, style=styles.get(block.kind, "Normal"))


def _with_fixed_times(content: bytes) -> bytes:
    """The same archive without the moment of its making."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _EPOCH.timetuple()[:6])
            new.writestr(member, old.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


@cache
def _pdf_styles() -> dict[str, ParagraphStyle]:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    base = ParagraphStyle("base", fontName=_FONT, fontSize=11, leading=18, wordWrap="CJK")
    return {
        "title": ParagraphStyle("title", base, fontSize=17, leading=26, alignment=1, spaceAfter=8),
        "number": ParagraphStyle("number", base, alignment=1, spaceAfter=6),
        "head": ParagraphStyle("head", base, fontSize=12.5, leading=20, spaceBefore=6),
        "text": ParagraphStyle("text", base, firstLineIndent=22),
        "cell": ParagraphStyle("cell", base, fontSize=8.5, leading=12),
    }


def _pdf_table(table: Table) -> PdfTable:
    cell = _pdf_styles()["cell"]
    lines = [[Paragraph(text, cell) for text in line] for line in (table.headers, *table.lines())]
    width = (A4[0] - 144) / len(table.headers)
    return PdfTable(
        lines,
        colWidths=[width] * len(table.headers),
        repeatRows=1,
        style=[
            ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ],
    )


def _file_name(title: str) -> str:
    """A title as a file name that every system takes."""
    return title.translate(str.maketrans('/\\:*?"<>|', "／＼：＊？＂＜＞｜"))[:80]


_WRITERS: dict[str, Callable[[Document], bytes]] = {"docx": word_document, "pdf": portable_document}
