"""Writes the workbooks of this folder: ``python -m tests.catalog.standard_tables.build``.

The old and the open spreadsheets are made by LibreOffice, which has to be installed.
"""

import subprocess
import tempfile
from pathlib import Path

from docx import Document
from docx.enum.section import WD_ORIENT
from openpyxl import Workbook

from .tables import DOCUMENTS, HIDDEN, LEFT, UP, WORKBOOKS

FOLDER = Path(__file__).parent


def spans(rows):
    """Top, left, bottom and right of each cell that takes in others, from the marks in ``rows``."""
    found = {}
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            if text not in {LEFT, UP}:
                continue
            top, left = row, column
            while rows[top][left] == LEFT:
                left -= 1
            while rows[top][left] == UP:
                top -= 1
            while rows[top][left] == LEFT:
                left -= 1
            bottom, right = found.get((top, left), (row, column))
            found[top, left] = max(bottom, row), max(right, column)
    return [(*start, *end) for start, end in found.items()]


def workbook(sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        if name in HIDDEN:
            sheet.sheet_state = "hidden"
        for row, cells in enumerate(rows, 1):
            for column, text in enumerate(cells, 1):
                if text not in {LEFT, UP, None}:
                    sheet.cell(row, column, text)
        for top, left, bottom, right in spans(rows):
            sheet.merge_cells(
                start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
            )
    return book


def document(parts):
    made = Document()
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    for part in parts:
        if isinstance(part, str):
            made.add_paragraph(part)
            continue
        table = made.add_table(len(part), max(map(len, part)), "Table Grid")
        for row, cells in enumerate(part):
            for column, text in enumerate(cells):
                if text and text not in {LEFT, UP}:
                    table.cell(row, column).text = text
        for top, left, bottom, right in spans(part):
            table.cell(top, left).merge(table.cell(bottom, right))
    return made


def main():
    with tempfile.TemporaryDirectory() as scratch:
        for name, sheets in WORKBOOKS.items():
            stem, extension = name.split(".")
            path = FOLDER / name if extension == "xlsx" else Path(scratch) / f"{stem}.xlsx"
            workbook(sheets).save(path)
            if extension != "xlsx":
                command = ["soffice", "--headless", "--convert-to", extension]
                subprocess.run(
                    [*command, "--outdir", str(FOLDER), str(path)], check=True, capture_output=True
                )
    for name, parts in DOCUMENTS.items():
        document(parts).save(FOLDER / name)


if __name__ == "__main__":
    main()
