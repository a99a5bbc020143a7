"""Files as grids: what of a sheet is kept, and what must not hurt."""

import io
import zipfile
from datetime import date

from django.test import SimpleTestCase
from docx import Document
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font, PatternFill

from catalog.exchange import UnreadableFileError
from catalog.standard_table import grids
from catalog.standard_table.entries import Entry
from catalog.standard_table.grids import Grid
from catalog.standard_table.marking import marked
from catalog.standard_table.reading import read
from catalog.standard_table.recognition import Table as StandardTable


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class Sheets(SimpleTestCase):
    def grid(self, fill):
        book = Workbook()
        fill(book.active)
        return read(saved(book), "表.xlsx")[0]

    def test_rows_that_are_only_formatted_cost_nothing(self):
        def fill(sheet):
            sheet["A1"] = "序号"
            for row in range(2, 3000):
                for column in range(1, 17):
                    sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFFFFF")
            sheet.cell(1_048_576, 16_384).font = Font(bold=True)

        self.assertEqual(self.grid(fill).rows, {0: {0: "序号"}})

    def test_a_merge_over_whole_columns_is_cut_to_what_is_there(self):
        def fill(sheet):
            sheet["A1"], sheet["B3"] = "标题", "内容"
            sheet.merge_cells("A1:XFD1")
            sheet.merge_cells("A4:A1048576")

        grid = self.grid(fill)
        self.assertEqual(grid.merges, [(0, 0, 0, 1)])
        self.assertEqual(grid.text(0, 1), "标题")
        self.assertEqual(grid.own_text(0, 1), "")

    def test_numbers_days_and_formulas_as_the_cell_shows_them(self):
        def fill(sheet):
            sheet["A1"], sheet["B1"], sheet["C1"] = 20, 1.5, date(2026, 11, 23)
            sheet["D1"] = 505
            sheet["D1"].number_format = "0000"
            sheet["E1"], sheet["F1"], sheet["G1"] = "=1+1", True, "'=危险"

        self.assertEqual(
            self.grid(fill).rows[0],
            {
                0: "20",
                1: "1.5",
                2: "2026-11-23",
                3: "0505",
                4: "#公式没有结果",
                5: "是",
                6: "=危险",
            },
        )

    def test_symbol_fonts_are_read_as_what_they_draw(self):
        def fill(sheet):
            sheet["A1"] = "P"
            sheet["A1"].font = Font(name="Wingdings 2")
            box = InlineFont(rFont="Wingdings 2")
            sheet["B1"] = CellRichText(
                TextBlock(box, "R"), "政府网站", TextBlock(box, "\xa3"), "公报"
            )
            sheet["C1"] = "R政府网站"

        self.assertEqual(self.grid(fill).rows[0], {0: "√", 1: "☑政府网站□公报", 2: "R政府网站"})

    def test_hidden_sheets_and_rows_are_known_as_such(self):
        book = Workbook()
        book.active["A1"] = "看得见"
        book.active["A2"] = "看不见"
        book.active.row_dimensions[2].hidden = True
        hidden = book.create_sheet("选项")
        hidden["A1"], hidden.sheet_state = "选项", "hidden"
        shown, other = read(saved(book), "表.xlsx")
        self.assertEqual((shown.is_hidden, shown.hidden_rows), (False, {1}))
        self.assertTrue(other.is_hidden)

    def test_a_sheet_that_is_no_table_of_matters_is_refused_in_words(self):
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for _ in range(grids.MAX_ROWS + 1):
            sheet.append(["字"])
        with self.assertRaisesMessage(UnreadableFileError, "超过了20000行"):
            read(saved(book), "表.xlsx")

    def test_what_unpacks_to_too_much_is_refused(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(31):
                archive.writestr(f"xl/{number}.xml", b"\x00" * 10 * 1024 * 1024)
        with self.assertRaisesMessage(UnreadableFileError, "解压后过大"):
            read(stream.getvalue(), "表.xlsx")

    def test_a_file_with_entities_is_not_followed(self):
        book = saved(Workbook())
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    content = (
                        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><worksheet xmlns='
                        b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                        b'<row r="1"><c r="A1" t="str"><v>&e;x</v></c></row></sheetData>'
                        b"</worksheet>"
                    )
                new.writestr(name, content)
        try:
            grid = read(stream.getvalue(), "表.xlsx")[0]
        except UnreadableFileError:
            return
        self.assertEqual(grid.rows, {0: {0: "x"}})


class OpenSheets(SimpleTestCase):
    def test_repeated_cells_and_rows_are_spread_out(self):
        book = OpenDocumentSpreadsheet()
        table = Table(name="目录")
        row = TableRow(numberrowsrepeated=2)
        for text, times in [("甲", 2), ("", 1000), ("乙", 1)]:
            cell = TableCell(numbercolumnsrepeated=times) if times > 1 else TableCell()
            if text:
                cell.addElement(P(text=text))
            row.addElement(cell)
            if times == 1000:
                break
        table.addElement(row)
        empty = TableRow(numberrowsrepeated=1_048_574)
        empty.addElement(TableCell(numbercolumnsrepeated=1024))
        table.addElement(empty)
        book.spreadsheet.addElement(table)
        (grid,) = read(saved(book), "表.ods")
        self.assertEqual(grid.rows, {0: {0: "甲", 1: "甲"}, 1: {0: "甲", 1: "甲"}})


class Documents(SimpleTestCase):
    def test_tables_and_the_paragraphs_between_them_stand_in_order(self):
        document = Document()
        document.add_paragraph("标题")
        table = document.add_table(2, 3)
        table.cell(0, 0).merge(table.cell(1, 0)).text = "合并"
        table.cell(0, 1).merge(table.cell(0, 2)).text = "横"
        table.cell(1, 2).text = "末"
        document.add_paragraph("注:说明")
        (grid,) = read(saved(document), "表.docx")
        self.assertEqual(
            grid.rows, {0: {0: "标题"}, 1: {0: "合并", 1: "横"}, 2: {2: "末"}, 3: {0: "注:说明"}}
        )
        self.assertEqual(set(grid.merges), {(1, 0, 2, 0), (1, 1, 1, 2)})


class Marked(SimpleTestCase):
    def test_names_and_signs_that_a_workbook_cannot_hold_do_not_stop_it(self):
        grid = Grid("一/二:三" * 10)
        grid.put(0, 0, "坏\x01字")
        grid.put(1, 0, "=HYPERLINK(1)")
        entry = Entry(StandardTable(0, grid, 0, 0, []), 1)
        entry.refuse(0, "看不懂“\x02”")
        book = load_workbook(io.BytesIO(marked(b"", "目录.ods", [grid], [entry])))
        sheet = book.worksheets[1]
        self.assertEqual([sheet["A1"].value, sheet["A2"].value], ["坏字", "'=HYPERLINK(1)"])
        self.assertEqual(sheet["A2"].comment.text, "看不懂“”")
