"""The fixed tables of the annual report: their wording, their shape, and what must add up."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from disclosures.annual import entered, tables
from disclosures.annual.tables import GRIDS, Place, totals


def at(row, column="person"):
    return Place("table2", row, column)


class FormTests(SimpleTestCase):
    def test_the_tables_fill_their_rectangle_without_gap_or_overlap(self):
        for grid in GRIDS.values():
            with self.subTest(grid.key):
                filled = [
                    (top + down, left + along)
                    for top, left, cell in grid.laid_out()
                    for down in range(cell.rowspan)
                    for along in range(cell.colspan)
                ]
                whole = {(y, x) for y in range(len(grid.rows)) for x in range(len(grid.widths))}
                self.assertEqual(len(filled), len(set(filled)))
                self.assertEqual(set(filled), whole)

    def test_table_1_reports_on_article_20(self):
        words = [cell.text for row in GRIDS["table1"].rows for cell in row if cell.text]
        self.assertEqual(
            words,
            [
                "第二十条第（一）项", "信息内容", "本年制发件数", "本年废止件数", "现行有效件数",
                "规章", "行政规范性文件",
                "第二十条第（五）项", "信息内容", "本年处理决定数量", "行政许可",
                "第二十条第（六）项", "信息内容", "本年处理决定数量", "行政处罚", "行政强制",
                "第二十条第（八）项", "信息内容", "本年收费金额（单位：万元）", "行政事业性收费",
            ],
        )  # fmt: skip

    def test_table_2_has_seven_columns_and_the_rows_of_2021(self):
        rows = {}
        for _top, _left, cell in GRIDS["table2"].laid_out():
            if cell.place:
                rows.setdefault(cell.place.row, []).append(cell.place.column)
        # 一, 二; (一) to (七) with their cases; 四.
        self.assertEqual(len(rows), 2 + (1 + 1 + 8 + 3 + 5 + 3 + 1) + 1)
        self.assertTrue(all(len(columns) == 7 for columns in rows.values()))
        for wording in (
            "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
            "3.危及“三安全一稳定”",
            "8.属于行政查询事项",
            "3.补正后申请内容仍不明确",
            "5.要求行政机关确认或重新出具已获取信息",
            "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
            "四、结转下年度继续办理",
        ):
            self.assertIn(wording, [cell.text for row in GRIDS["table2"].rows for cell in row])

    def test_table_3_has_fifteen_numbers(self):
        self.assertEqual(len(list(GRIDS["table3"].places)), 15)


class SumTests(SimpleTestCase):
    def test_totals_add_up_columns_and_rows(self):
        numbers = {
            at("granted"): 2,
            at("withheld_3"): 3,
            at("closed_3", "legal"): 4,
            at("received"): 5,
            Place("table3", "review", "upheld"): 1,
            Place("table3", "review", "pending"): 6,
        }
        sums = totals(numbers)
        self.assertEqual(sums[at("handled")], 5)
        self.assertEqual(sums[at("handled", "legal")], 4)
        self.assertEqual(sums[at("handled", "total")], 9)
        self.assertEqual(sums[at("granted", "total")], 2)
        self.assertEqual(sums[at("received", "total")], 5)
        self.assertEqual(sums[Place("table3", "review", "total")], 7)
        self.assertEqual(sums[Place("table3", "direct", "total")], 0)

    def test_received_and_carried_in_equal_handled_and_carried_out_in_each_column(self):
        for column, label in tables.APPLICANTS:
            with self.subTest(column):
                balanced = {
                    at("received", column): 5,
                    at("carried_in", column): 1,
                    at("granted", column): 4,
                    at("carried_out", column): 2,
                }
                self.assertEqual(tables.problems(balanced), [])
                for row in ("received", "carried_in", "granted", "carried_out", "declined_2"):
                    wrong = {**balanced, at(row, column): balanced.get(at(row, column), 0) + 1}
                    (problem,) = tables.problems(wrong)
                    self.assertEqual(problem.place.column, column)
                    self.assertIn(f"“{label}”一列不平", problem.message)
                    self.assertIn("相差1", problem.message)

    def test_the_message_names_every_number(self):
        (problem,) = tables.problems({at("received"): 5, at("carried_in"): 1, at("partly"): 4})
        self.assertEqual(
            problem.message,
            "表2“自然人”一列不平:第一项5 + 第二项1 = 6,第三项(七)总计4 + 第四项0 = 4,相差2,请核对",
        )

    def test_carried_in_equals_what_last_year_carried_out(self):
        numbers = {at("carried_in", "company"): 3, at("granted", "company"): 3}
        last_year = {at("carried_out", "company"): 2}
        (problem,) = tables.problems(numbers, last_year)
        self.assertEqual(problem.place, at("carried_in", "company"))
        self.assertIn("填3", problem.message)
        self.assertIn("是2", problem.message)
        self.assertEqual(tables.problems(numbers, {at("carried_out", "company"): 3}), [])
        self.assertEqual(tables.problems(numbers, None), [])


class EnteredTests(SimpleTestCase):
    def test_what_is_stored_comes_back(self):
        numbers = {at("received"): 3, tables.AMOUNT: Decimal("12.30"), tables.COMPUTED[0]: 7}
        reasons = {tables.COMPUTED[0]: "两件没有在网站公开"}
        stored = entered.as_json(numbers, reasons)
        self.assertEqual(stored["table1"]["fees"]["amount"], "12.30")
        self.assertEqual(entered.read(stored), (numbers, reasons))

    def test_no_other_shape_is_taken(self):
        for stored in (
            [],
            {"table4": {"received": {"person": 1}}},
            {"table2": {"received": {"total": 1}}},
            {"table2": {"handled": {"person": 1}}},
            {"table2": {"received": {"person": -1}}},
            {"table2": {"received": {"person": 1.5}}},
            {"table2": {"received": {"person": True}}},
            {"table2": {"received": {"person": "1"}}},
            {"table2": {"received": 1}},
            {"table1": {"fees": {"amount": 12}}},
            {"table1": {"fees": {"amount": "12.3"}}},
            {"table1": {"normative": {"issued": 3}}},
            {"reasons": {"normative": {"issued": "没有数字"}}},
            {"reasons": {"permits": {"decisions": "不是统计的数"}}},
        ):
            with self.subTest(stored), self.assertRaises(ValidationError):
                entered.read(stored)

    def test_typed_numbers_are_whole_and_amounts_have_two_decimals(self):
        self.assertEqual(entered.typed(at("received"), " １２ "), 12)
        self.assertIsNone(entered.typed(at("received"), ""))
        self.assertEqual(entered.typed(tables.AMOUNT, "12.3"), Decimal("12.30"))
        for place, text in (
            (at("received"), "-1"),
            (at("received"), "1.5"),
            (at("received"), "三"),
            (tables.AMOUNT, "12.345"),
            (tables.AMOUNT, "-3"),
        ):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, f"填了“{text}”"):
                entered.typed(place, text)
