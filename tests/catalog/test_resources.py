"""Import and export: all rows or none, and every refusal says row, column and reason."""

import io
from datetime import date, datetime

import openpyxl
import tablib
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase
from import_export.formats.base_formats import CSV, JSON, XLSX

from catalog.models import (
    AccountabilityStep,
    AccountabilityTable,
    Matter,
    NegativeListEntry,
    Unit,
)
from catalog.resources import (
    AccountabilityStepResource,
    MatterResource,
    NegativeListResource,
    UnitResource,
    VillageResource,
)
from services.models import Service
from services.resources import ServiceResource
from tests import pilot
from tests.factories import (
    make_accountability_step,
    make_disclosure,
    make_domain,
    make_inner_matter,
    make_matter,
    make_negative_entry,
    make_restricted_matter,
    make_service,
    make_township,
    make_unit,
    make_village,
)


def exported(resource, queryset=None):
    """An export as rows that a test can change: heading → cell."""
    return resource().export(queryset).dict


def load(resource, rows):
    """Import rows as a file would bring them."""
    headers = list(rows[0])
    dataset = tablib.Dataset(*([row[name] for name in headers] for row in rows), headers=headers)
    return resource().import_data(dataset)


def changes(result):
    return result.totals["new"] + result.totals["update"] + result.totals["delete"]


def refusals(result, resource):
    """{(row of the data, heading): reasons} of an import that was refused."""
    found = (
        {("", ""): [str(error.error) for error in result.base_errors]} if result.base_errors else {}
    )
    for row in result.invalid_rows:
        for name, reasons in row.error_dict.items():
            heading = name if name == "__all__" else resource().column_of(name)
            found[row.number, heading] = reasons
    for row in result.error_rows:
        found[row.number, ""] = [str(error.error) for error in row.errors]
    return found


def places():
    rows = Matter.objects.order_by("pk")
    return list(rows.values_list("pk", "tree_id", "lft", "rght", "level", "parent"))


class ResourceCase(TestCase):
    def refused(self, resource, rows, row, heading, reason):
        before = list(resource._meta.model.objects.order_by("pk").values())
        result = load(resource, rows)
        found = refusals(result, resource)
        self.assertIn((row, heading), found)
        self.assertIn(reason, ";".join(found[row, heading]))
        self.assertEqual(list(resource._meta.model.objects.order_by("pk").values()), before)
        return found


class RoundTripTest(TestCase):
    """What is exported imports back with 0 changes, in each format, of the whole pilot."""

    RESOURCES = (
        UnitResource,
        MatterResource,
        ServiceResource,
        NegativeListResource,
        AccountabilityStepResource,
    )

    @classmethod
    def setUpTestData(cls):
        pilot.load()
        Matter.objects.filter(code="01-01-01").update(retired_on=date(2020, 1, 2))
        Service.objects.filter(pk=Service.objects.first().pk).update(retired_on=date(2020, 1, 2))

    def test_export_and_import_change_nothing(self):
        for resource in self.RESOURCES:
            dataset = resource().export()
            self.assertEqual(len(dataset), resource._meta.model.objects.count())
            for file_format in (XLSX(), CSV(), JSON()):
                with self.subTest(resource.__name__, format=file_format.get_title()):
                    content = file_format.export_data(dataset)
                    result = resource().import_data(file_format.create_dataset(content))
                    self.assertEqual(refusals(result, resource), {})
                    self.assertEqual(changes(result), 0)
                    self.assertEqual(result.totals["skip"], len(dataset))

    def test_villages_too(self):
        villages = Unit.objects.villages().select_related("parent")
        dataset = VillageResource().export(villages)
        self.assertEqual(len(dataset), 258)
        result = VillageResource().import_data(dataset)
        self.assertEqual((refusals(result, VillageResource), changes(result)), ({}, 0))

    def test_an_export_takes_a_few_queries_for_every_hundred_rows(self):
        for resource in self.RESOURCES:
            with self.subTest(resource.__name__), CaptureQueriesContext(connection) as queries:
                rows = len(resource().export())
            self.assertLessEqual(len(queries), 3 + 2 * (rows // 100 + 1))

    def test_headings_are_chinese_and_the_same_file_is_read_by_field_names(self):
        dataset = NegativeListResource().export()
        self.assertEqual(dataset.headers[:3], ["条目编码", "类别", "名称"])
        dataset.headers = NegativeListResource._meta.fields
        result = NegativeListResource().import_data(dataset)
        self.assertEqual((refusals(result, NegativeListResource), changes(result)), ({}, 0))


class FormTest(ResourceCase):
    """What any file may look like."""

    def test_a_file_without_a_needed_column_is_refused(self):
        make_unit()
        rows = [{"单位编码": "A", "单位全称": "某局"}]
        self.refused(UnitResource, rows, "", "", "文件缺少列:简称、类别")

    def test_a_column_twice_is_refused(self):
        headers = ["code", "单位编码", "name", "short_name", "kind"]
        result = UnitResource().import_data(
            tablib.Dataset(["A", "A", "某局", "局", "县直单位"], headers=headers)
        )
        self.assertIn("重复的列:单位编码", str(result.base_errors[0].error))

    def test_headings_may_have_space_around_them(self):
        rows = [{f" {name} ": value for name, value in row.items()} for row in self.units()]
        self.assertEqual(changes(load(UnitResource, rows)), 0)

    def test_cells_may_have_space_around_them(self):
        rows = [{name: f" {value} " for name, value in row.items()} for row in self.units()]
        self.assertEqual(changes(load(UnitResource, rows)), 0)

    def test_empty_rows_at_the_end_are_no_rows(self):
        rows = self.units()
        rows += [dict.fromkeys(rows[0]), dict.fromkeys(rows[0], " ")]
        result = load(UnitResource, rows)
        self.assertEqual((refusals(result, UnitResource), changes(result)), ({}, 0))

    def test_a_code_twice_is_refused_with_the_row_it_repeats(self):
        rows = self.units()
        rows.append(dict(rows[0]))
        self.refused(UnitResource, rows, 3, "单位编码", "与文件第2行重复")

    def test_a_row_without_its_code_is_refused(self):
        rows = self.units()
        rows[1]["单位编码"] = None
        self.refused(UnitResource, rows, 2, "单位编码", "不能为空")

    def test_a_column_left_out_leaves_its_values(self):
        rows = self.units()
        for row in rows:
            del row["办公地址"]
            row["单位全称"] += "改"
        self.assertEqual(changes(load(UnitResource, rows)), 2)
        self.assertEqual(set(Unit.objects.values_list("address", flat=True)), {"定远县行政中心"})

    def test_one_wrong_row_keeps_out_all_the_right_ones(self):
        rows = self.units()
        rows[0]["单位全称"] = "改了名的局"
        rows[1]["类别"] = "没有的类别"
        found = self.refused(
            UnitResource, rows, 2, "类别", "没有“没有的类别”这一项,可填:县政府办公室"
        )
        self.assertEqual(set(found), {(2, "类别")})

    def test_every_wrong_row_and_column_is_named_at_once(self):
        rows = self.units()
        rows[0] |= {"办公电话": "12", "类别": "无"}
        rows[1] |= {"上级单位编码": "NONE"}
        found = refusals(load(UnitResource, rows), UnitResource)
        self.assertEqual(set(found), {(1, "办公电话"), (1, "类别"), (2, "上级单位编码")})

    def test_numbers_and_days_that_a_spreadsheet_made_are_read_as_meant(self):
        matter = make_matter(limit_days=20)
        book = openpyxl.Workbook()
        row = exported(MatterResource, Matter.objects.filter(pk=matter.pk))[0]
        row |= {
            "时限天数": 7.0,
            "级次": 1.0,
            "停用日期": datetime.fromisoformat("2020-01-02T00:00"),
            "公共服务事项": 1.0,
        }
        book.active.append(list(row))
        book.active.append(list(row.values()))
        stream = io.BytesIO()
        book.save(stream)
        result = MatterResource().import_data(XLSX().create_dataset(stream.getvalue()))
        self.assertEqual(refusals(result, MatterResource), {})
        matter.refresh_from_db()
        self.assertEqual(
            (matter.limit_days, matter.retired_on, matter.is_public_service),
            (7, date(2020, 1, 2), True),
        )

    def test_a_formula_is_exported_as_words(self):
        make_unit(address='=HYPERLINK("http://x.example")')
        content = XLSX().export_data(UnitResource().export())
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        for row in sheet.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f")

    def units(self):
        if not Unit.objects.exists():
            make_unit(), make_unit()
        return exported(UnitResource)


class UnitImportTest(ResourceCase):
    def test_a_unit_is_made_with_parent_and_domains(self):
        office, domain = make_unit(), make_domain()
        row = exported(UnitResource)[0]
        row |= {
            "单位编码": "NEW",
            "单位全称": "新设局",
            "简称": "新局",
            "上级单位编码": office.code,
            "试点领域": domain.name,
        }
        self.assertEqual(changes(load(UnitResource, [row])), 1)
        unit = Unit.objects.get(code="NEW")
        self.assertEqual((unit.parent, list(unit.pilot_domains.all())), (office, [domain]))

    def test_a_parent_may_come_earlier_in_the_same_file(self):
        make_unit()
        row = exported(UnitResource)[0]
        first = row | {"单位编码": "A", "单位全称": "甲局", "简称": "甲"}
        second = row | {"单位编码": "B", "单位全称": "乙局", "简称": "乙", "上级单位编码": "A"}
        self.assertEqual(changes(load(UnitResource, [first, second])), 2)
        self.refused(
            UnitResource,
            [second | {"单位编码": "C", "单位全称": "丙局", "上级单位编码": "D"}],
            1,
            "上级单位编码",
            "没有编码为“D”的公开单位",
        )

    def test_a_circle_of_units_is_refused(self):
        first, second = make_unit(), make_unit()
        rows = exported(UnitResource)
        rows[0]["上级单位编码"], rows[1]["上级单位编码"] = second.code, first.code
        self.refused(UnitResource, rows, 2, "上级单位编码", "自己的下级")

    def test_an_unknown_domain_is_refused(self):
        make_unit()
        rows = exported(UnitResource)
        rows[0]["试点领域"] = "没有的领域"
        self.refused(UnitResource, rows, 1, "试点领域", "没有试点领域“没有的领域”")

    def test_a_village_comes_under_its_township(self):
        township = make_township()
        rows = [{"行政区划代码": "341125001201", "村(社区)名称": "王桥村",
                 "所属乡镇区划代码": township.division_code}]  # fmt: skip
        self.assertEqual(changes(load(VillageResource, rows)), 1)
        village = Unit.objects.villages().get()
        self.assertEqual((village.parent, village.short_name), (township, "王桥村"))
        rows[0]["所属乡镇区划代码"] = "999999999"
        self.refused(VillageResource, rows, 1, "所属乡镇区划代码", "没有编码为")

    def test_a_village_file_does_not_touch_publishers(self):
        unit, township = make_unit(code="341125001"), make_township()
        rows = [{"行政区划代码": unit.code, "村(社区)名称": "王桥村",
                 "所属乡镇区划代码": township.division_code}]  # fmt: skip
        result = load(VillageResource, rows)
        self.assertTrue(result.has_errors() or result.has_validation_errors())
        unit.refresh_from_db()
        self.assertEqual(unit.kind, "department")

    def test_state_columns_are_not_read(self):
        make_village()
        row = exported(UnitResource, Unit.objects.townships())[0]
        self.assertEqual(changes(load(UnitResource, [row | {"id": "999", "disclosures": "1"}])), 0)


class MatterImportTest(ResourceCase):
    def setUp(self):
        self.domain, self.other = make_domain(), make_domain()
        self.inner = make_inner_matter(self.domain)
        self.leaf = make_matter(self.inner)
        self.second = make_matter(self.inner)
        self.rows = {row["事项编码"]: row for row in exported(MatterResource)}

    def load(self, *codes):
        return load(MatterResource, [self.rows[code] for code in codes or self.rows])

    def refused_rows(self, codes, row, heading, reason):
        before = places()
        found = self.refused(
            MatterResource, [self.rows[code] for code in codes], row, heading, reason
        )
        self.assertEqual(places(), before)
        return found

    def assert_tree_is_whole(self):
        before = places()
        Matter.objects.rebuild()
        self.assertEqual(places(), before)

    def test_a_file_without_the_parent_column_is_read_by_its_codes(self):
        for row in self.rows.values():
            del row["上级事项编码"], row["级次"]
        self.assertEqual(changes(self.load()), 0)
        new = self.rows[self.leaf.code] | {"事项编码": "01-01-09", "事项名称": "新事项"}
        self.rows["01-01-09"] = new
        self.assertEqual(changes(self.load()), 1)
        made = Matter.objects.get(code="01-01-09")
        self.assertEqual((made.parent, made.level), (self.inner, 2))
        self.assert_tree_is_whole()

    def test_a_branch_moves_with_all_below_it(self):
        self.rows[self.inner.code]["上级事项编码"] = self.other.code
        self.assertEqual(changes(self.load(self.inner.code)), 1)
        self.assertEqual(Matter.objects.get(pk=self.leaf.pk).get_root(), self.other)
        self.assert_tree_is_whole()

    def test_a_moved_branch_stays_where_a_file_with_parents_says(self):
        self.rows[self.inner.code]["上级事项编码"] = self.other.code
        self.load(self.inner.code)
        again = MatterResource().import_data(MatterResource().export())
        self.assertEqual((refusals(again, MatterResource), changes(again)), ({}, 0))

    def test_siblings_follow_their_position(self):
        self.rows[self.leaf.code]["顺序"] = 99
        self.load(self.leaf.code)
        children = Matter.objects.get(pk=self.inner.pk).get_children()
        self.assertEqual(list(children), [self.second, self.leaf])
        self.assert_tree_is_whole()

    def test_circles_are_refused(self):
        self.rows[self.inner.code]["上级事项编码"] = self.inner.code
        self.refused_rows([self.inner.code], 1, "上级事项编码", "不能是自己或自己的下级")
        sibling = make_inner_matter(self.domain)
        make_matter(sibling)
        rows = {row["事项编码"]: row for row in exported(MatterResource)}
        rows[self.inner.code]["上级事项编码"] = sibling.code
        rows[sibling.code]["上级事项编码"] = self.inner.code
        for row in rows.values():
            row["级次"] = ""
        self.rows = rows
        self.refused_rows(
            [self.inner.code, sibling.code], 2, "上级事项编码", "不能是自己或自己的下级"
        )

    def test_an_unknown_parent_is_refused_and_only_that_is_said(self):
        self.rows[self.leaf.code]["上级事项编码"] = "09"
        found = self.refused_rows([self.leaf.code], 1, "上级事项编码", "没有编码为“09”的公开事项")
        self.assertEqual(set(found), {(1, "上级事项编码")})

    def test_a_parent_precedes_its_children(self):
        rows = self.rows
        rows["02-05"] = rows[self.inner.code] | {"事项编码": "02-05", "上级事项编码": "02"}
        rows["02-05-01"] = rows[self.leaf.code] | {
            "事项编码": "02-05-01",
            "上级事项编码": "02-05",
        }
        self.refused_rows(["02-05-01", "02-05"], 1, "上级事项编码", "请先导入它")
        self.assertEqual(changes(self.load("02-05", "02-05-01")), 2)
        self.assert_tree_is_whole()

    def test_unknown_units_are_refused(self):
        self.rows[self.leaf.code]["公开主体"] = "县财政局、没有的局"
        self.refused_rows([self.leaf.code], 1, "公开主体", "公开单位中没有“县财政局、没有的局”")

    def test_unknown_choices_are_refused(self):
        for heading in (
            "公开类别",
            "时限种类",
            "公开渠道和载体",
            "公开对象",
            "公开方式",
            "公开层级",
        ):
            original = self.rows[self.leaf.code][heading]
            self.rows[self.leaf.code][heading] = "没有的值"
            with self.subTest(heading):
                self.refused_rows([self.leaf.code], 1, heading, "没有“没有的值”这一项,可填:")
            self.rows[self.leaf.code][heading] = original

    def test_numbers_days_and_flags_are_checked(self):
        for heading, value, reason in (
            ("时限天数", "二十", "“二十”不是整数"),
            ("时限天数", 1.5, "“1.5”不是整数"),
            ("时限天数", "nan", "不是整数"),
            ("时限天数", -1, "0"),
            ("时限天数", 0, "时限天数须大于0"),
            ("停用日期", "去年", "“去年”不是日期"),
            ("公共服务事项", "也许", "应填 1(是)或 0(否)"),
            ("级次", "1", "按上级事项这是2级,文件写的是1级"),
            ("事项名称", "", ""),
            ("事项名称", "长" * 61, "60"),
        ):
            original = self.rows[self.leaf.code][heading]
            self.rows[self.leaf.code][heading] = value
            with self.subTest(heading, value=value):
                result = self.load(self.leaf.code)
                found = refusals(result, MatterResource)
                reasons = ";".join(sum(found.values(), []))
                self.assertIn(reason, reasons)
                self.assertTrue(found)
                self.assertLessEqual({row for row, _ in found}, {1})
            self.rows[self.leaf.code][heading] = original

    def test_counted_days_are_read_from_the_words_or_asked_for(self):
        leaf = self.rows[self.leaf.code]
        leaf["时限天数"] = ""
        self.assertEqual(refusals(self.load(self.leaf.code), MatterResource), {})
        leaf["公开时限"] = "按上级规定"
        found = refusals(self.load(self.leaf.code), MatterResource)
        self.assertIn("必须填写天数", str(found))

    def test_a_leaf_without_its_standard_is_refused(self):
        self.rows[self.leaf.code]["公开依据"] = ""
        self.refused_rows([self.leaf.code], 1, "公开依据", "末级事项必须填写公开标准的这一项")

    def test_a_leaf_that_gets_children_gives_its_standard_to_them(self):
        standard = self.rows[self.leaf.code]
        child = standard | {"事项编码": "01-01-01-01", "上级事项编码": "01-01-01", "级次": "3"}
        self.rows["01-01-01-01"] = child
        self.refused_rows(["01-01-01-01"], 1, "上级事项编码", "已是末级事项并有公开标准")
        emptied = [
            MatterResource.fields[name].column_name
            for name in ("limit_days", *Matter.STANDARD_FIELDS)
        ]
        self.rows[self.leaf.code] = standard | dict.fromkeys(emptied, "")
        self.assertEqual(changes(self.load(self.leaf.code, "01-01-01-01")), 2)
        self.assertFalse(Matter.objects.get(pk=self.leaf.pk).is_leaf_node())
        self.assert_tree_is_whole()

    def test_an_inner_matter_that_loses_its_children_needs_the_standard(self):
        for code in (self.leaf.code, self.second.code):
            self.rows[code] |= {"上级事项编码": self.other.code, "级次": "1"}
        codes = [self.leaf.code, self.second.code]
        self.refused_rows(codes, "", "", f"这些事项没有下级,却缺少公开标准:{self.inner.code}")
        self.rows[self.inner.code]["停用日期"] = "2020-01-02"
        result = self.load(self.inner.code, *codes)
        self.assertEqual(refusals(result, MatterResource), {})
        self.assert_tree_is_whole()

    def test_a_branch_is_not_moved_below_the_third_level(self):
        deep = make_inner_matter(make_inner_matter(self.other))
        make_matter(deep)
        self.rows = {row["事项编码"]: row for row in exported(MatterResource)}
        self.rows[self.inner.code] |= {"上级事项编码": deep.code, "级次": "3"}
        self.refused_rows([self.inner.code], "", "", "移动后这些事项超过了三级")

    def test_a_retired_matter_keeps_its_disclosures_and_can_be_imported_again(self):
        disclosure = make_disclosure(matter=self.leaf)
        self.rows[self.leaf.code]["停用日期"] = "2020-01-02"
        self.assertEqual(changes(self.load(self.leaf.code)), 1)
        self.assertEqual(changes(self.load(self.leaf.code)), 0)
        disclosure.refresh_from_db()
        self.assertTrue(disclosure.matter.is_retired)
        self.assertTrue(disclosure.is_visible)

    def test_a_restricted_matter_comes_back_with_its_group(self):
        matter = make_restricted_matter(parent=self.inner)
        row = exported(MatterResource, Matter.objects.filter(pk=matter.pk))[0]
        self.assertEqual(changes(load(MatterResource, [row])), 0)
        row["公开对象"], row["特定群体"] = "特定群体:安置户", ""
        self.assertEqual(changes(load(MatterResource, [row])), 1)
        matter.refresh_from_db()
        self.assertEqual(matter.audience_detail, "安置户")

    def test_nothing_is_deleted_by_leaving_it_out(self):
        self.load(self.domain.code)
        self.assertEqual(Matter.objects.count(), 5)


class RandomMovesTest(PropertyTestCase):
    """Whatever a file moves where: it is refused whole, or the tree equals its own rebuild."""

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def test_any_moves_leave_the_tree_equal_to_its_rebuild(self, data):
        domains = [make_domain(), make_domain()]
        inner = [make_inner_matter(domain) for domain in domains for _ in range(2)]
        units = [make_unit()]
        for parent in inner:
            make_matter(parent, units=units)
        inner.append(make_inner_matter(inner[0]))
        make_matter(inner[-1], units=units)
        rows = {row["事项编码"]: row for row in exported(MatterResource)}
        movable = [code for code in rows if "-" in code]
        targets = [matter.code for matter in domains + inner]
        moved = data.draw(st.lists(st.sampled_from(movable), min_size=1, unique=True))
        for code in moved:
            rows[code]["上级事项编码"] = data.draw(st.sampled_from(targets))
            rows[code]["级次"] = ""
            rows[code]["顺序"] = data.draw(st.integers(0, 3))
        before = places()
        result = load(MatterResource, [rows[code] for code in data.draw(st.permutations(moved))])
        if result.has_errors() or result.has_validation_errors():
            self.assertEqual(places(), before)
        else:
            for code in moved:
                self.assertEqual(
                    Matter.objects.get(code=code).parent.code, rows[code]["上级事项编码"]
                )
        after = places()
        Matter.objects.rebuild()
        self.assertEqual(places(), after)
        self.assertEqual(Matter.objects.domains().count(), 2)
        self.assertLessEqual(max(level for *_, level, _ in after), 3)


class NegativeListImportTest(ResourceCase):
    def test_all_domains_or_some_of_them(self):
        domains = [make_domain(), make_domain()]
        entry = make_negative_entry()
        rows = exported(NegativeListResource)
        self.assertEqual(rows[0]["适用领域"], "全部")
        rows[0]["适用领域"] = ";".join(domain.name for domain in domains)
        self.assertEqual(changes(load(NegativeListResource, rows)), 1)
        entry.refresh_from_db()
        self.assertEqual((entry.applies_to_all, entry.domains.count()), (False, 2))
        rows[0]["适用领域"] = "全部"
        self.assertEqual(changes(load(NegativeListResource, rows)), 1)
        entry.refresh_from_db()
        self.assertEqual((entry.applies_to_all, entry.domains.count()), (True, 0))

    def test_refusals(self):
        make_negative_entry()
        for heading, value, reason in (
            ("适用领域", "", "请写明适用领域"),
            ("适用领域", "没有的领域", "没有试点领域"),
            ("类别", "没有", "可填:国家秘密"),
            ("处理方式", "没有", "可填:不予公开"),
            ("条目编码", "1", "条目编码形如 FM-01-02"),
        ):
            rows = exported(NegativeListResource)
            rows[0][heading] = value
            with self.subTest(heading, value=value):
                self.refused(NegativeListResource, rows, 1, heading, reason)
        self.assertEqual(NegativeListEntry.objects.count(), 1)


class AccountabilityImportTest(ResourceCase):
    def setUp(self):
        step = make_accountability_step()
        make_accountability_step(step.table)
        self.rows = exported(AccountabilityStepResource)

    def test_a_renamed_table_is_a_change(self):
        for row in self.rows:
            row["表名"] = "新表名"
        self.assertGreater(changes(load(AccountabilityStepResource, self.rows)), 0)
        self.assertEqual(AccountabilityTable.objects.get().name, "新表名")
        self.assertEqual(changes(load(AccountabilityStepResource, self.rows)), 0)

    def test_a_new_table_comes_with_its_first_step(self):
        row = self.rows[0] | {"表号": 9.0, "表名": "第九张表", "序号": 1.0}
        self.assertEqual(changes(load(AccountabilityStepResource, [row])), 1)
        self.assertEqual(AccountabilityTable.objects.get(number=9).steps.count(), 1)

    def test_one_table_has_one_name(self):
        self.rows[1]["表名"] = "另一名称"
        self.refused(AccountabilityStepResource, self.rows, 2, "表名", "同一张表须用同一名称")
        self.assertEqual(AccountabilityTable.objects.get().name, "责任追溯表1")

    def test_refusals(self):
        for heading, value, reason in (
            ("表号", "一", "“一”不是整数"),
            ("序号", "一", "“一”不是整数"),
            ("序号", "", "不能为空"),
            ("表号", -1, "应大于0"),
            ("表名", "", "不能为空"),
            ("表名", "长" * 61, "60"),
            ("环节", "", ""),
        ):
            original = self.rows[0][heading]
            self.rows[0][heading] = value
            with self.subTest(heading, value=value):
                self.refused(AccountabilityStepResource, self.rows, 1, heading, reason)
            self.rows[0][heading] = original
        self.assertEqual(AccountabilityStep.objects.count(), 2)

    def test_a_step_named_twice_in_two_ways_of_writing_is_found(self):
        rows = [self.rows[0], self.rows[0] | {"表号": 1.0, "序号": 1.0}]
        self.refused(AccountabilityStepResource, rows, 2, "表号", "与文件第2行重复")


class ServiceImportTest(ResourceCase):
    def test_refusals(self):
        linked = make_service(matter=make_matter(is_public_service=True))
        make_service()
        plain = make_matter()
        for heading, value, reason in (
            ("实施单位编码", "NONE", "没有编码为“NONE”的公开单位"),
            ("事项类型", "没有", "可填:行政许可"),
            ("服务对象", "自然人、外星人", "没有“外星人”"),
            ("承诺时限(工作日)", 21, "承诺时限不得长于法定时限"),
            ("承诺时限(工作日)", "", ""),
            ("收费标准", "10元", "收费的事项必须写明收费依据"),
            ("咨询电话", "1", "电话号码形如"),
            ("投诉举报电话", "0550-0901000", "不得与咨询电话相同"),
            ("公开事项编码", "09-09", "没有编码为“09-09”的公开事项"),
            ("公开事项编码", plain.code, "不是公共服务事项"),
            ("公开事项编码", linked.matter.code, ""),
            ("到办事现场次数", -1, ""),
        ):
            rows = exported(ServiceResource)
            rows[1][heading] = value
            with self.subTest(heading, value=value):
                result = load(ServiceResource, rows)
                found = refusals(result, ServiceResource)
                self.assertEqual({row for row, _ in found}, {2}, found)
                self.assertIn(reason, ";".join(sum(found.values(), [])))
        self.assertEqual(Service.objects.count(), 2)
