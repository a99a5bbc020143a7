"""Standard tables as counties publish them: what is read of them, cell by cell."""

import io
from datetime import date
from pathlib import Path

from django.test import TestCase
from openpyxl import Workbook
from openpyxl.utils import column_index_from_string

from catalog.models import Matter
from catalog.standard_table import formats, rows
from catalog.standard_table.files import StandardTableFile
from catalog.standard_table.meanings import Meaning
from catalog.standard_table.writing import write_workbook
from tests import pilot
from tests.catalog.standard_tables.expected import CASES
from tests.factories import make_domain, make_unit

FOLDER = Path(__file__).parent / "standard_tables"

DOMAINS = """扶贫救灾 农村危房改造 征地补偿 拆迁安置 保障性住房 义务教育 公共资源交易 市政服务"""
UNITS = """应急管理局 住房和城乡建设局 扶贫开发局 公共资源交易中心 教育体育局 财政局
自然资源和规划局 城市管理行政执法局 房屋征收管理办公室"""


def make_catalog():
    """The pilot's eight domains, empty, and the units that the tables name."""
    for number, name in enumerate(DOMAINS.split(), 1):
        make_domain(code=f"{number:02d}", name=name)
    for name in UNITS.split():
        make_unit(name=f"定远县{name}", short_name=f"县{name}")


def opened(name):
    return StandardTableFile((FOLDER / name).read_bytes(), name)


def decided(file, case):
    """The file's own proposal with what ``case`` decides by hand."""
    decisions = file.proposal()
    decisions.units |= case.units
    decisions.channels |= case.channels
    decisions.signs |= case.signs
    decisions.defaults |= case.defaults
    for columns in decisions.columns.values():
        for letter, meaning in case.columns.items():
            columns[column_index_from_string(letter) - 1] = meaning
    return decisions


def remarks(changes, *, problems=True):
    return [
        (entry.table.grid.name, remark.line, remark.letter, remark.text)
        for entry in changes.entries
        for remark in entry.remarks
        if remark.is_problem == problems
    ]


def leaves(changes):
    """Every row's matter by its domain and names."""
    found = {}
    for node in changes.nodes():
        if node.entry:
            names = []
            above = node
            while above.level:
                names.insert(0, above.matter.name)
                above = above.parent
            found[above.matter.code, *names] = node.matter
    return found


class Tables(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_catalog()

    def test_each_published_table_is_read_as_a_person_reads_it(self):
        for name, case in CASES.items():
            file = opened(name)
            changes = file.changes(decided(file, case))
            with self.subTest(name):
                self.assertEqual(remarks(changes), [])
                found = leaves(changes)
                self.assertEqual(set(found), set(case.matters))
            for path, values in case.matters.items():
                for field, value in (case.common | values).items():
                    with self.subTest(name, path=path, field=field):
                        read = getattr(found[path], field)
                        if isinstance(value, list):
                            read = list(read)
                        self.assertEqual(read, value)

    def test_what_needs_a_decision_is_asked_and_not_guessed(self):
        for name, case in CASES.items():
            if not (case.units or case.signs or case.columns or len(case.defaults) > 1):
                continue
            with self.subTest(name):
                file = opened(name)
                decisions = file.proposal()
                self.assertTrue(file.changes(decisions).has_problems)
                asked = {question.words for question in file.unknown_units(decisions)}
                self.assertEqual(asked, set(case.units))
                signs = {question.words for question in file.signs(decisions)} - {"□"}
                self.assertEqual(signs, set(case.signs))

    def test_every_column_is_named_or_asked_about(self):
        for name in CASES:
            with self.subTest(name):
                for table in opened(name).tables:
                    unknown = [c.letter for c in table.columns if c.meaning == Meaning.UNKNOWN]
                    self.assertEqual(unknown, list(CASES[name].columns))


class WrittenByClerks(TestCase):
    """Habits of people who fill in a table, each in a table of one or two rows."""

    HEADINGS = (
        "序号 一级事项 二级事项 公开内容 公开依据 公开时限 公开主体 公开渠道 "
        "全社会 特定群体 主动 依申请 县级 乡级"
    )
    ROW = "1 政策 法规 文件名称 《条例》 20个工作日 住房和城乡建设局 政府网站 √ — √ — √ —"

    @classmethod
    def setUpTestData(cls):
        make_catalog()

    def read(self, *rows, above=("农村危房改造领域目录",)):
        book = Workbook()
        for line in above:
            book.active.append([line])
        for row in (self.HEADINGS.split(), *rows):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        file = StandardTableFile(stream.getvalue(), "目录.xlsx")
        decisions = file.proposal()
        decisions.defaults = {"category": "decision"}
        return file.changes(decisions)

    def row(self, column=None, text=""):
        cells = self.ROW.split()
        if column is not None:
            cells[column] = text
        return cells

    def problems(self, changes):
        return [(line, letter) for _, line, letter, _ in remarks(changes)]

    def test_the_title_stands_above_the_line_of_who_filled_it_in(self):
        above = ("附件3", "农村危房改造领域目录", "填报单位:住建局", "说明:打√")
        changes = self.read(self.row(), above=above)
        self.assertEqual(remarks(changes), [])
        self.assertEqual(set(leaves(changes)), {("02", "政策", "法规")})

    def test_a_text_that_points_elsewhere_is_a_problem(self):
        for text in ("见上", "同第1项", "同左"):
            with self.subTest(text):
                second = self.row(3, text)
                second[2] = "规章"
                self.assertEqual(self.problems(self.read(self.row(), second)), [(4, "D")])
                self.assertEqual(self.problems(self.read(self.row(2, text))), [(3, "C")])

    def test_a_day_or_a_number_is_no_content_and_no_legal_basis(self):
        for column, letter in [(3, "D"), (4, "E")]:
            for text in (date(2026, 5, 1), 0.5, "……"):
                with self.subTest(letter, text=text):
                    self.assertEqual(
                        self.problems(self.read(self.row(column, text))), [(3, letter)]
                    )


class RoundTrip(TestCase):
    @classmethod
    def setUpTestData(cls):
        pilot.load()

    def test_an_export_of_all_domains_changes_nothing(self):
        found = rows.read(Matter.objects.leaves().as_tree())
        head = rows.head_of("https://example.gov.cn", "")
        for name, write in [("目录.xlsx", write_workbook), ("目录.ods", formats.write_ods)]:
            with self.subTest(name):
                out = io.BytesIO()
                write(out, found, head)
                file = StandardTableFile(out.getvalue(), name)
                changes = file.changes(file.proposal())
                self.assertEqual(remarks(changes), [])
                expected = {"new": 0, "changed": 0, "problem": 0, "unchanged": 1156}
                self.assertEqual(changes.counts, expected)
                self.assertEqual(changes.missing(), [])
                self.assertEqual(remarks(changes, problems=False), [])
