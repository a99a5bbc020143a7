"""Standard tables as counties publish them: what is read of them, cell by cell."""

import io
from pathlib import Path

from django.test import TestCase
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
