"""``manage.py load_pilot``: the whole pilot or nothing, and the same again."""

import csv
import io
import re
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TestCase

from catalog.choices import Category
from catalog.models import (
    AccountabilityStep,
    AccountabilityTable,
    Matter,
    NegativeListEntry,
    Unit,
)
from dingyuan_portal.management.commands.load_pilot import PILOT_COUNTS
from services.models import Service
from tests import pilot

FIXTURES = settings.BASE_DIR / "fixtures"
MODELS = Unit, Matter, Service, NegativeListEntry, AccountabilityTable, AccountabilityStep


def counts():
    return {model.__name__: model.objects.count() for model in MODELS}


class LoadedPilotTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        pilot.load()

    def test_the_counts_are_those_of_the_countys_report(self):
        for count, rows in {
            8: Matter.objects.filter(level=0),
            193: Matter.objects.filter(level=1),
            446: Matter.objects.filter(level=2),
            517: Matter.objects.filter(level=3),
            94: Unit.objects.publishers(),
            22: Unit.objects.townships(),
            258: Unit.objects.villages(),
            1578: Service.objects.all(),
            196: Service.objects.filter(matter__is_public_service=True),
            169: Service.objects.filter(reach="township"),
            72: Service.objects.filter(reach="village"),
            1515: Service.objects.filter(visits__lte=1),
            12: AccountabilityTable.objects.all(),
        }.items():
            with self.subTest(rows.model.__name__, count=count):
                self.assertEqual(rows.count(), count)
        self.assertGreater(NegativeListEntry.objects.count(), 0)

    def test_a_second_run_changes_nothing_and_ends_with_the_table(self):
        before = {model: list(model.objects.order_by("pk").values()) for model in MODELS}
        output = io.StringIO()
        call_command("load_pilot", strict=True, stdout=output)
        self.assertIn("导入完成,0 处变化", output.getvalue())
        for label, count, _rows in PILOT_COUNTS:
            self.assertRegex(output.getvalue(), rf"(?m)^ +{count}  {re.escape(label)}$")
        for model, rows in before.items():
            self.assertEqual(list(model.objects.order_by("pk").values()), rows)

    def test_the_tree_equals_its_own_rebuild(self):
        def places():
            return list(Matter.objects.order_by("pk").values_list("pk", "tree_id", "lft", "rght"))

        before = places()
        Matter.objects.rebuild()
        self.assertEqual(places(), before)
        codes = [matter.code for matter in Matter.objects.as_tree()]
        self.assertEqual(codes, sorted(codes))

    def test_every_row_passes_its_own_validation(self):
        for model in (Unit, Matter, NegativeListEntry, AccountabilityStep):
            for row in model.objects.all():
                row.full_clean(validate_unique=False, validate_constraints=False)
        for service in Service.objects.select_related("unit", "matter"):
            service.full_clean(validate_unique=False, validate_constraints=False)

    def test_every_leaf_is_owed_by_someone(self):
        leaves = Matter.objects.leaves()
        self.assertEqual(leaves.count(), 728)
        self.assertFalse(leaves.filter(responsible_units=None).exists())

    def test_the_townships_stand_for_themselves_one_by_one(self):
        townships = set(Unit.objects.townships())
        for matter in Matter.objects.leaves().filter(responsible_text__contains="各乡镇人民政府"):
            self.assertLessEqual(townships, set(matter.responsible_units.all()))

    def test_every_domain_has_matters_of_each_category(self):
        for domain in Matter.objects.domains():
            found = set(Matter.objects.under(domain).leaves().values_list("category", flat=True))
            self.assertLessEqual(found, set(Category))


class BrokenFilesTest(TestCase):
    """Each test breaks one file of a small copy; nothing of any file may stay."""

    KEEP = {"services.csv": 40, "villages.csv": 20}

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for path in FIXTURES.glob("*.csv"):
            shutil.copyfile(path, self.folder / path.name)
        for name, count in self.KEEP.items():
            rows = self.read(name)
            self.write(name, rows[:count])
        matters = self.read("matters.csv")
        linked = {row["matter_code"] for row in self.read("services.csv")} - {""}
        domains = {row["code"] for row in matters if row["level"] == "0"}
        kept = [
            row
            for row in matters
            if row["code"] in domains
            or row["code"].startswith(("01-01", *linked))
            or any(code.startswith(row["code"]) for code in linked)
        ]
        self.write("matters.csv", kept)

    def read(self, name):
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def write(self, name, rows):
        with (self.folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def change(self, name, number, **cells):
        rows = self.read(name)
        rows[number] |= cells
        self.write(name, rows)

    def load(self, **options):
        output = io.StringIO()
        call_command("load_pilot", folder=self.folder, stdout=output, **{"strict": False} | options)
        return output.getvalue()

    def assert_refused(self, *messages, **options):
        with self.assertRaises(CommandError) as caught:
            self.load(**options)
        for message in messages:
            self.assertIn(message, str(caught.exception))
        self.assertEqual(set(counts().values()), {0})

    def test_the_small_copy_loads_and_says_what_differs_from_the_report(self):
        output = self.load()
        self.assertRegex(output, r"40  政务服务事项  ← 试点报告为 1578")
        self.assertEqual(Service.objects.count(), 40)
        self.assertIn("导入完成,0 处变化", self.load())

    def test_strict_refuses_other_counts(self):
        self.assert_refused(
            "数量与试点报告不符,未导入任何数据", "政务服务事项 40(应为 1578)", strict=True
        )

    def test_a_mistake_in_the_last_file_undoes_all_the_others(self):
        self.change("accountability_steps.csv", 5, stage="")
        self.assert_refused("accountability_steps.csv 有误,未导入任何数据", "第7行“环节”:")

    def test_each_refusal_names_file_row_column_and_reason(self):
        for name, number, cells, message in (
            ("units.csv", 3, {"kind": "没有"}, "第5行“类别”:没有“没有”这一项"),
            ("units.csv", 3, {"parent": "NO"}, "第5行“上级单位编码”:没有编码为“NO”的公开单位"),
            ("units.csv", 3, {"pilot_domains": "无"}, "第5行“试点领域”:没有试点领域“无”"),
            ("villages.csv", 0, {"township_code": "1"}, "第2行“所属乡镇区划代码”:没有编码为“1”"),
            (
                "matters.csv",
                3,
                {"responsible_unit": "某局"},
                "第5行“公开主体”:公开单位中没有“某局”",
            ),
            ("matters.csv", 3, {"level": "1"}, "第5行“级次”:按上级事项这是"),
            ("matters.csv", 3, {"code": "01-01"}, "第5行“事项编码”:“01-01”与文件第"),
            ("services.csv", 1, {"unit": "NO"}, "第3行“实施单位编码”:没有编码为“NO”的公开单位"),
            ("services.csv", 1, {"promised_days": "99"}, "承诺时限不得长于法定时限"),
            ("services.csv", 1, {"phone": "1"}, "第3行“咨询电话”:电话号码形如"),
            ("negative_list.csv", 0, {"domains": "无"}, "第2行“适用领域”:没有试点领域“无”"),
            ("negative_list.csv", 0, {"handling": "无"}, "第2行“处理方式”:没有“无”这一项"),
            ("accountability_steps.csv", 0, {"step_no": "一"}, "第2行“序号”:“一”不是整数"),
        ):
            original = (self.folder / name).read_bytes()
            with self.subTest(name, cells=cells):
                self.change(name, number, **cells)
                self.assert_refused(f"{name} 有误", message)
            (self.folder / name).write_bytes(original)

    def test_files_that_are_no_tables_are_refused(self):
        for content, message in (
            (None, "找不到"),
            (b"", "units.csv 是空文件"),
            ("单位编码,单位全称\n".encode("gb18030"), "不是 UTF-8 编码"),
            (b"code,name\nA\n", "第2行的列数与表头不同"),
            (b"code,name\nA,B\n", "文件缺少列:简称、类别"),
        ):
            path = self.folder / "units.csv"
            with self.subTest(message):
                path.unlink(missing_ok=True)
                if content is not None:
                    path.write_bytes(content)
                self.assert_refused(message)

    def test_a_long_list_of_mistakes_is_cut_and_counted(self):
        rows = self.read("units.csv")
        self.write("units.csv", [row | {"kind": "没有"} for row in rows])
        with self.assertRaises(CommandError) as caught:
            self.load()
        message = str(caught.exception)
        self.assertEqual(len(re.findall(r"(?m)^  第\d+行“", message)), 20)
        self.assertGreaterEqual(int(re.search(r"… 共 (\d+) 处", message)[1]), len(rows))
