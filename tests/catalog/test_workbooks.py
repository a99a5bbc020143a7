import csv
import io
from datetime import date, datetime
from unittest import mock
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from openpyxl import load_workbook

from catalog import workbooks
from catalog.workbooks import Column, Table, csv_lines, write_table, write_tables

COLUMNS = [Column("编码", 8), Column("名称", 30), Column("率", 8, "0.0%")]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def written(rows, columns=COLUMNS, title="覆盖情况", notes=()):
    """The workbook as it is read back, and how many rows its writer counted."""
    out = io.BytesIO()
    count = write_table(out, title, columns, rows, notes)
    return load_workbook(out), count


def read(rows, columns=COLUMNS):
    text = b"".join(csv_lines(columns, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


class XlsxTest(SimpleTestCase):
    def test_title_and_notes_stand_above_a_heading_that_stays_in_sight(self):
        book, count = written([["01", "甲", 0.5]], notes=["截至2026年11月25日"])
        sheet = book.worksheets[0]
        self.assertEqual(count, 1)
        self.assertEqual([sheet["A1"].value, sheet["A2"].value], ["覆盖情况", "截至2026年11月25日"])
        self.assertEqual([cell.value for cell in sheet[3]], ["编码", "名称", "率"])
        self.assertTrue(sheet["A3"].font.b)
        self.assertEqual(sheet.freeze_panes, "A4")
        self.assertEqual(sheet.auto_filter.ref, "A3:C4")
        self.assertEqual(sheet.print_title_rows, "$3:$3")
        self.assertEqual(sheet.column_dimensions["B"].width // 1, 30)

    def test_several_tables_each_have_their_sheets(self):
        out = io.BytesIO()
        tables = [
            Table("信息", COLUMNS, [["01", "甲", 0.5]], ["截至今天"]),
            Table("附件", COLUMNS[:1], [["02"], ["03"]]),
        ]
        with mock.patch.object(workbooks, "MOST_ROWS", 4):
            self.assertEqual(write_tables(out, "清单", tables), 3)
        book = load_workbook(out)
        self.assertEqual(book.sheetnames, ["信息", "附件"])
        self.assertEqual(
            [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book],
            [["信息", "截至今天", "编码", "01"], ["附件", "编码", "02", "03"]],
        )

    def test_numbers_stay_numbers_and_codes_keep_their_zeros(self):
        sheet = written([["0012", 3, 0.125]])[0].worksheets[0]
        self.assertEqual([cell.value for cell in sheet[3]], ["0012", 3, 0.125])
        self.assertEqual(sheet["C3"].number_format, "0.0%")

    def test_days_and_answers_are_written_one_way(self):
        moment = datetime(2026, 11, 25, 1, 5, tzinfo=ZoneInfo("UTC"))
        sheet = written([[date(2026, 1, 2), moment, True], [None, False, ""]])[0].worksheets[0]
        self.assertEqual([c.value for c in sheet[3]], ["2026-01-02", "2026-11-25 09:05", "是"])
        self.assertEqual(sheet["B4"].value, "否")

    def test_nothing_runs_as_a_formula(self):
        sheet = written([[text, "甲", 1] for text in FORMULAS])[0].worksheets[0]
        for row in sheet.iter_rows(min_row=3, max_col=1):
            self.assertEqual(row[0].data_type, "s", row[0].value)

    def test_a_row_is_as_high_as_its_longest_text(self):
        rows = [
            ["01", "短", 1],
            ["02", "一" * 60, 1],
            ["03", "甲\n乙\n丙", 1],
            ["04", "字" * 9999, 1],
        ]
        heights = [written(rows)[0].worksheets[0].row_dimensions[row].height for row in range(3, 7)]
        short, long, lines, longest = heights
        self.assertIsNone(short)  # as every program sets a single line
        self.assertGreaterEqual(long, 120 / 30 * 14)
        self.assertGreaterEqual(lines, 3 * 14)
        self.assertAlmostEqual(longest, 409, delta=1)  # the highest that Excel has

    def test_what_no_program_can_read_is_left_out(self):
        sheet = written([["a\x00b\x1f", "第一行\r\n第二行", "\ud800\ufffe"]])[0].worksheets[0]
        self.assertEqual([sheet["A3"].value, sheet["B3"].value], ["ab", "第一行\n第二行"])
        self.assertFalse(sheet["C3"].value)

    def test_a_cell_too_long_for_excel_says_that_it_was_cut(self):
        sheet = written([["", "长" * 40_000, 1]])[0].worksheets[0]
        self.assertLessEqual(len(sheet["B3"].value), 32_767)
        self.assertTrue(sheet["B3"].value.endswith("以下略)"))

    def test_what_is_too_long_for_a_sheet_goes_on_in_the_next(self):
        with mock.patch.object(workbooks, "MOST_ROWS", 5):
            for rows, sizes in ((3, [3]), (4, [3, 1]), (6, [3, 3]), (0, [0])):
                with self.subTest(rows=rows):
                    book, count = written([[str(n), "甲", n] for n in range(rows)])
                    self.assertEqual(count, rows)
                    self.assertEqual([sheet.max_row - 2 for sheet in book.worksheets], sizes)
                    numbers = [
                        row[0]
                        for sheet in book.worksheets
                        for row in sheet.iter_rows(min_row=3, values_only=True)
                    ]
                    self.assertEqual(numbers, [str(n) for n in range(rows)])
                    self.assertEqual({sheet["A2"].value for sheet in book.worksheets}, {"编码"})

    def test_any_title_makes_a_name_that_excel_allows(self):
        book, _ = written([], title="[各单位]公开/覆盖:情况?*" + "长" * 40)
        self.assertLessEqual(len(book.sheetnames[0]), 31)
        self.assertNotRegex(book.sheetnames[0], r"[\[\]:*?/\\]")


class CsvTest(SimpleTestCase):
    def test_excel_is_told_the_encoding_once(self):
        parts = list(csv_lines(COLUMNS, [[str(n), "甲", 1] for n in range(1000)]))
        self.assertTrue(parts[0].startswith(b"\xef\xbb\xbf"))
        self.assertEqual(b"".join(parts).count(b"\xef\xbb\xbf"), 1)
        self.assertGreater(len(parts), 1)

    def test_rows_come_back_as_they_were(self):
        rows = [["01", "甲,“乙”\n丙", "0.5"]]
        self.assertEqual(read(rows), [["编码", "名称", "率"], *rows])

    def test_nothing_runs_as_a_formula(self):
        for cell, *_ in read([[text, "", ""] for text in FORMULAS])[1:]:
            self.assertTrue(cell.startswith("'"), cell)

    def test_an_empty_table_has_its_headings(self):
        self.assertEqual(read([]), [["编码", "名称", "率"]])
