"""The catalog in the admin: who may do what, and what an import is refused for."""

import io

import openpyxl
import tablib
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.choices import Audience, Category, Channel, LimitKind, Method, Tier
from catalog.exchange import as_written, plain
from catalog.models import Matter, Unit
from catalog.resources import MatterResource
from dingyuan_portal import roles
from tests import pilot
from tests.factories import (
    make_auditor,
    make_domain,
    make_inner_matter,
    make_matter,
    make_restricted_matter,
    make_service,
    make_signers,
    make_unit,
    make_user,
    make_village,
)

MATTERS = "catalog_matter"


def url(name, *args):
    return reverse(f"admin:{name}", args=args)


def upload(content, name):
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def spreadsheet(rows):
    """Rows as dictionaries in an XLSX file."""
    dataset = tablib.Dataset(headers=list(rows[0]))
    for row in rows:
        dataset.append(list(row.values()))
    return upload(dataset.export("xlsx"), "事项.xlsx")


def standing(model):
    """Every row of the tree, to see whether anything moved."""
    return list(model.objects.order_by("pk").values())


class CatalogAdminCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(short_name="县财政局")
        cls.domain = make_domain(code="01", name="扶贫救灾")
        cls.inner = make_inner_matter(cls.domain, code="01-01")
        cls.leaf = make_matter(cls.inner, code="01-01-01", units=[cls.unit])
        cls.office = make_user("the-office", role=roles.OPENNESS_OFFICE)
        cls.auditor = make_auditor()
        cls.clerk = make_signers(cls.unit)[0]
        cls.root = make_user("root", is_superuser=True)

    def export(self, model=MATTERS, file_format="0", **more):
        return self.client.post(
            url(f"{model}_export"), {"format": file_format, "resource": "0"} | more
        )

    def preview(self, file, model=MATTERS, **more):
        return self.client.post(
            url(f"{model}_import"), {"import_file": file, "resource": "0"} | more
        )

    def confirm(self, preview, model=MATTERS):
        return self.client.post(
            url(f"{model}_process_import"), preview.context["confirm_form"].initial
        )

    def rows(self):
        """The matters as an auditor takes them home."""
        return MatterResource().export().dict


class Permissions(CatalogAdminCase):
    def test_who_may_open_change_import_and_export(self):
        pages = {
            "list": url(f"{MATTERS}_changelist"),
            "add": url(f"{MATTERS}_add"),
            "import": url(f"{MATTERS}_import"),
            "export": url(f"{MATTERS}_export"),
        }
        expected = {
            None: (302, 302, 302, 302),
            self.clerk: (200, 403, 403, 403),
            self.auditor: (200, 403, 403, 200),
            self.office: (200, 200, 200, 200),
            self.root: (200, 200, 200, 200),
        }
        for person, statuses in expected.items():
            if person:
                self.client.force_login(person)
            for (name, address), status in zip(pages.items(), statuses, strict=True):
                with self.subTest(person=person, page=name):
                    self.assertEqual(self.client.get(address).status_code, status)

    def test_an_auditor_looks_at_a_matter_and_saves_nothing(self):
        self.client.force_login(self.auditor)
        address = url(f"{MATTERS}_change", self.leaf.pk)
        self.assertEqual(self.client.get(address).status_code, 200)
        self.assertEqual(self.client.post(address, {"name": "改名"}).status_code, 403)
        self.leaf.refresh_from_db()
        self.assertNotEqual(self.leaf.name, "改名")

    def test_an_auditor_cannot_confirm_an_import_either(self):
        self.client.force_login(self.auditor)
        response = self.client.post(url(f"{MATTERS}_process_import"), {"format": "0"})
        self.assertEqual(response.status_code, 403)

    def test_nobody_deletes_what_carries_a_permanent_code(self):
        service = make_service(unit=self.unit)
        self.root.user_permissions.set(Permission.objects.all())
        self.client.force_login(self.root)
        for name, row in [
            (MATTERS, self.leaf),
            ("catalog_unit", self.unit),
            ("services_service", service),
        ]:
            with self.subTest(name):
                response = self.client.post(url(f"{name}_delete", row.pk), {"post": "yes"})
                self.assertEqual(response.status_code, 403)
                data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
                self.client.post(url(f"{name}_changelist"), data)
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())


class MatterForms(CatalogAdminCase):
    def setUp(self):
        self.client.force_login(self.office)

    def standard(self, **changes):
        return {
            "code": "01-01-02",
            "name": "新的事项",
            "parent": self.inner.pk,
            "position": 20,
            "category": Category.RESULT,
            "content": "对象;结果",
            "legal_basis": "《中华人民共和国政府信息公开条例》",
            "responsible_text": "县财政局",
            "time_limit": "20个工作日内",
            "limit_kind": LimitKind.WORKING_DAYS,
            "limit_days": 20,
            "channels": [Channel.WEBSITE],
            "audience": Audience.PUBLIC,
            "method": Method.PROACTIVE,
            "tiers": [Tier.COUNTY],
        } | changes

    def add(self, **changes):
        return self.client.post(url(f"{MATTERS}_add"), self.standard(**changes))

    def assert_refused(self, response, field, words):
        self.assertEqual(response.status_code, 200)
        self.assertIn(words, str(response.context["adminform"].form.errors[field]))

    def test_a_leaf_gets_the_units_that_its_text_names(self):
        self.assertEqual(self.add().status_code, 302)
        matter = Matter.objects.get(code="01-01-02")
        self.assertEqual(list(matter.responsible_units.all()), [self.unit])
        self.assertEqual(matter.parent, self.inner)

    def test_an_unknown_unit_is_refused_at_its_field(self):
        response = self.add(responsible_text="县财政局、县没有局")
        self.assert_refused(response, "responsible_text", "县没有局")
        self.assertFalse(Matter.objects.filter(code="01-01-02").exists())

    def test_a_leaf_without_its_standard_is_refused(self):
        self.assert_refused(self.add(content=""), "content", "末级事项必须填写")

    def test_an_inner_matter_carries_no_standard(self):
        self.assert_refused(self.add(has_children="on"), "content", "有下级的事项不填公开标准")

    def test_an_inner_matter_is_made_before_its_children(self):
        empty = ("content", "legal_basis", "responsible_text", "time_limit", "limit_kind")
        changes = dict.fromkeys((*empty, "limit_days", "audience", "method"), "")
        response = self.add(has_children="on", channels=[], tiers=[], **changes)
        self.assertEqual(response.status_code, 302)
        self.assertTrue(Matter.objects.filter(code="01-01-02", content="").exists())

    def test_a_matter_with_children_cannot_become_a_leaf(self):
        data = self.standard(code="01-01", name="上级", parent=self.domain.pk)
        response = self.client.post(url(f"{MATTERS}_change", self.inner.pk), data)
        self.assert_refused(response, "has_children", "它已有下级事项")

    def test_a_code_is_permanent(self):
        data = self.standard(code="01-01-09", name="改了名")
        response = self.client.post(url(f"{MATTERS}_change", self.leaf.pk), data)
        self.assertEqual(response.status_code, 302)
        self.leaf.refresh_from_db()
        self.assertEqual((self.leaf.code, self.leaf.name), ("01-01-01", "改了名"))

    def test_after_a_move_the_tree_equals_its_own_rebuild(self):
        other = make_inner_matter(self.domain, code="01-02")
        data = self.standard(code="01-01-01", name="搬了家", parent=other.pk, position=5)
        response = self.client.post(url(f"{MATTERS}_change", self.leaf.pk), data)
        self.assertEqual(response.status_code, 302)
        before = standing(Matter)
        Matter.objects.rebuild()
        self.assertEqual(standing(Matter), before)
        self.leaf.refresh_from_db()
        self.assertEqual(self.leaf.get_root().code, "01")
        self.assertEqual(self.leaf.parent, other)

    def test_retiring_keeps_the_row(self):
        self.client.post(
            url(f"{MATTERS}_changelist"),
            {"action": "retire_selected", "_selected_action": [self.leaf.pk]},
        )
        self.leaf.refresh_from_db()
        self.assertEqual(self.leaf.retired_on, timezone.localdate())


class MatterList(CatalogAdminCase):
    def setUp(self):
        self.client.force_login(self.office)

    def codes(self, **query):
        response = self.client.get(url(f"{MATTERS}_changelist"), query)
        self.assertEqual(response.status_code, 200)
        return [matter.code for matter in response.context["cl"].result_list]

    def test_the_list_stands_in_reading_order_and_is_indented(self):
        make_matter(make_domain(code="02"), code="02-01", units=[self.unit])
        self.assertEqual(self.codes(), ["01", "01-01", "01-01-01", "02", "02-01"])
        self.assertContains(self.client.get(url(f"{MATTERS}_changelist")), "tree tree-2")

    def test_filters_and_search_narrow_it(self):
        other = make_restricted_matter(
            parent=make_domain(code="02"), code="02-01", name="分户补偿", category=Category.SERVICE
        )
        other.retired_on = timezone.localdate()
        other.save()
        for query, codes in [
            ({"domain": "01"}, ["01", "01-01", "01-01-01"]),
            ({"level": "leaf"}, ["01-01-01", "02-01"]),
            ({"level": "1"}, ["01-01", "02-01"]),
            ({"category__exact": Category.SERVICE}, ["02-01"]),
            ({"unit": self.unit.code}, ["01-01-01"]),
            ({"retired": "yes"}, ["02-01"]),
            ({"retired": "no", "level": "leaf"}, ["01-01-01"]),
            ({"q": "分户"}, ["02-01"]),
            ({"q": "01-01-"}, ["01-01-01"]),
            ({"level": "9"}, ["01", "01-01", "01-01-01", "02", "02-01"]),
        ]:
            with self.subTest(query):
                self.assertEqual(self.codes(**query), codes)

    def test_its_queries_do_not_grow_with_the_rows(self):
        with CaptureQueriesContext(connection) as few:
            self.codes()
        for number in range(2, 12):
            make_matter(self.inner, code=f"01-01-{number:02d}", units=[self.unit])
        with self.assertNumQueries(len(few)):
            self.codes()


class Imports(CatalogAdminCase):
    def setUp(self):
        self.client.force_login(self.office)

    def assert_refused(self, rows, number, heading, words):
        before = standing(Matter)
        response = self.preview(spreadsheet(rows))
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("confirm_form", response.context)
        found = [(r.row, r.heading, r.reason) for r in response.context["refusals"]]
        self.assertTrue(
            any(row == number and name == heading and words in why for row, name, why in found),
            found,
        )
        self.assertContains(response, heading)
        self.assertEqual(standing(Matter), before)

    def test_a_refusal_names_row_column_and_reason(self):
        parent, unit, category = "上级事项编码", "公开主体", "公开类别"
        for heading, value, words in [
            (parent, "99", "99"),
            (parent, "01-01-01", "自己"),
            (unit, "县没有局", "县没有局"),
            (category, "没有这一类", "没有这一类"),
            ("公开渠道和载体", "政府网站;飞鸽", "飞鸽"),
            ("时限天数", "二十", "二十"),
            ("公开内容(要素)", "", "末级事项必须填写"),
            ("停用日期", "明天", "明天"),
        ]:
            with self.subTest(heading=heading, value=value):
                rows = self.rows()
                rows[2][heading] = value
                self.assert_refused(rows, 4, heading, words)

    def test_a_code_twice_is_refused(self):
        rows = self.rows()
        self.assert_refused([*rows, rows[2]], 5, "事项编码", "重复")

    def test_a_ring_of_parents_is_refused(self):
        second = make_inner_matter(self.inner, code="01-01-02")
        make_matter(second, code="01-01-02-01", units=[self.unit])
        rows = self.rows()
        inner = next(number for number, row in enumerate(rows) if row["事项编码"] == "01-01")
        rows[inner]["上级事项编码"] = "01-01-02"
        self.assert_refused(rows, inner + 2, "上级事项编码", "自己")

    def test_one_bad_row_keeps_the_good_ones_out(self):
        rows = self.rows()
        rows[1]["事项名称"] = "改得对"
        rows[2]["公开主体"] = "县没有局"
        self.assert_refused(rows, 4, "公开主体", "县没有局")

    def test_a_preview_changes_nothing_and_confirming_does(self):
        rows = self.rows()
        rows[2]["事项名称"] = "改过的名称"
        before = standing(Matter)
        preview = self.preview(spreadsheet(rows))
        self.assertEqual(standing(Matter), before)
        self.assertContains(preview, "<ins>")
        self.assertEqual(preview.context["counts"], {"new": 0, "update": 1, "skip": 2})
        self.assertRedirects(self.confirm(preview), url(f"{MATTERS}_changelist"))
        self.leaf.refresh_from_db()
        self.assertEqual(self.leaf.name, "改过的名称")

    def test_what_changed_since_the_preview_stops_all_rows(self):
        rows = self.rows()
        rows[1]["事项名称"] = "改得对"
        preview = self.preview(spreadsheet(rows))
        self.unit.short_name = self.unit.name = "改名以后的局"
        self.unit.save()
        before = standing(Matter)
        response = self.confirm(preview)
        self.assertContains(response, "没有导入")
        self.assertEqual(standing(Matter), before)

    def test_a_file_that_is_gone_is_said_and_not_a_server_error(self):
        preview = self.preview(spreadsheet(self.rows()))
        self.confirm(preview)
        response = self.client.post(
            url(f"{MATTERS}_process_import"), preview.context["confirm_form"].initial, follow=True
        )
        self.assertContains(response, "请重新上传")

    def test_a_confirmation_reads_only_what_was_uploaded(self):
        preview = self.preview(spreadsheet(self.rows()))
        data = preview.context["confirm_form"].initial | {"import_file_name": "/etc/passwd"}
        response = self.client.post(url(f"{MATTERS}_process_import"), data, follow=True)
        self.assertContains(response, "请重新上传")

    def test_files_that_cannot_be_read_get_a_message_at_the_field(self):
        gbk = "事项编码,事项名称\n01,扶贫救灾\n".encode("gbk")
        book = openpyxl.Workbook()
        stream = io.BytesIO()
        book.save(stream)
        for name, content, words in [
            ("乱.xlsx", b"\x00garbage", "不是能读的 XLSX"),
            ("假.xlsx", b"PK\x03\x04" + b"\x00" * 40, "不是能读的 XLSX"),
            ("空.xlsx", stream.getvalue(), ""),
            ("编码.csv", gbk, "UTF-8"),
            ("坏.json", b"{not json", "JSON"),
            ("形状.json", b'{"a": 1}', "列表"),
            ("旧.xls", b"\xd0\xcf\x11\xe0", "只接受 XLSX、CSV、JSON"),
            ("网页.html", b"<table></table>", "只接受 XLSX、CSV、JSON"),
            ("没有内容.csv", b"", ""),
        ]:
            with self.subTest(name):
                response = self.preview(upload(content, name))
                self.assertEqual(response.status_code, 200)
                errors = response.context["form"].errors["import_file"]
                self.assertIn(words, " ".join(errors))
                self.assertNotIn("confirm_form", response.context)

    def test_a_missing_column_is_named(self):
        response = self.preview(spreadsheet([{"事项编码": "01"}]))
        self.assertIn("事项名称", response.context["refusals"][0].reason)

    def test_villages_have_a_sheet_of_their_own(self):
        make_village()
        response = self.export("catalog_unit", resource="1")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        self.assertEqual(sheet.max_row, 1 + Unit.objects.villages().count())


class Exports(CatalogAdminCase):
    def setUp(self):
        self.client.force_login(self.auditor)

    def test_a_formula_leaves_as_text_and_comes_back_unchanged(self):
        for value in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'quoted"):
            with self.subTest(value):
                written = plain(value)
                self.assertFalse(written.startswith(("=", "+", "-", "@", "\t")))
                self.assertEqual(as_written(written), value)

    def test_a_formula_in_a_name_survives_every_format(self):
        Matter.objects.filter(pk=self.leaf.pk).update(name="=HYPERLINK(1)")
        for file_format, extension in enumerate(("xlsx", "csv", "json")):
            with self.subTest(extension):
                self.client.force_login(self.auditor)
                content = self.export(file_format=str(file_format)).content
                if extension == "xlsx":
                    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
                    cells = [cell for row in sheet.iter_rows() for cell in row]
                    self.assertNotIn("f", {cell.data_type for cell in cells})
                self.client.force_login(self.office)
                preview = self.preview(upload(content, f"事项.{extension}"))
                self.assertEqual(preview.context["counts"], {"new": 0, "update": 0, "skip": 3})

    def test_an_export_keeps_the_filters_of_the_list(self):
        address = url(f"{MATTERS}_export") + "?level=leaf"
        content = self.client.post(address, {"format": "1", "resource": "0"}).content
        self.assertEqual(len(tablib.Dataset().load(content.decode("utf-8-sig"), "csv")), 1)


class PilotExport(TestCase):
    @classmethod
    def setUpTestData(cls):
        pilot.load()
        cls.office = make_user("the-office", role=roles.OPENNESS_OFFICE)
        cls.auditor = make_auditor()

    def test_an_auditors_export_imports_back_with_no_change(self):
        self.client.force_login(self.auditor)
        response = self.client.post(url(f"{MATTERS}_export"), {"format": "0", "resource": "0"})
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        levels = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(sum(level != "0" for level in levels), 1156)
        self.client.force_login(self.office)
        preview = self.client.post(
            url(f"{MATTERS}_import"),
            {"import_file": upload(response.content, "matters.xlsx"), "resource": "0"},
        )
        self.assertEqual(preview.context["counts"], {"new": 0, "update": 0, "skip": 1164})
