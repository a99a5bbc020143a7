"""A standard table on its way through the admin: upload, columns, changes, result."""

import io
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from catalog.choices import Category, Channel, ImportState
from catalog.models import Matter, Obligation, StandardTableImport, Unit
from dingyuan_portal import roles
from disclosures.choices import EntryKind
from disclosures.models import LedgerEntry
from tests.catalog.standard_tables.build import FOLDER, workbook
from tests.catalog.standard_tables.expected import CASES
from tests.catalog.standard_tables.tables import FULIANG, ZHENGDI
from tests.catalog.test_standard_table_in import make_catalog
from tests.factories import (
    make_auditor,
    make_inner_matter,
    make_matter,
    make_signers,
    make_unit,
    make_user,
)


def url(step="", *args):
    name = "admin:catalog_matter_table_import" + (f"_{step}" if step else "")
    return reverse(name, args=args)


def standing():
    return list(Matter.objects.order_by("pk").values())


def upload_of(content, name):
    return ContentFile(content, name=name)


def as_file(rows, name="目录.xlsx"):
    stream = io.BytesIO()
    workbook([("Sheet1", rows)]).save(stream)
    return upload_of(stream.getvalue(), name)


def changed(rows, line, column, text):
    """``rows`` with another text in one cell; lines and columns count from 1, as people count."""
    copy = [list(row) for row in rows]
    copy[line - 1][column - 1] = text
    return copy


class Wizard(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_catalog()
        cls.office = make_user("the-office", role=roles.OPENNESS_OFFICE)
        cls.other = make_user("other-office", role=roles.OPENNESS_OFFICE)

    def setUp(self):
        self.client.force_login(self.office)

    def send(self, file):
        return self.client.post(url(), {"file": file})

    def uploaded(self, file):
        """The row of an upload that was taken."""
        response = self.send(file)
        self.assertEqual(response.status_code, 302, getattr(response, "context", None))
        return StandardTableImport.objects.latest("pk")

    def mapping_data(self, upload):
        """The mapping form as it is offered."""
        form = self.client.get(url("columns", upload.pk)).context["form"]
        return {
            field.html_name: field.initial for field in form if field.initial not in (None, "", [])
        }

    def map_columns(self, upload, **answers):
        data = self.mapping_data(upload)
        form = self.client.get(url("columns", upload.pk)).context["form"]
        for name, field in form.fields.items():
            for words, answer in answers.get("words", {}).items():
                if f"“{words}”" in field.label:
                    data[name] = answer
        data |= {name: value for name, value in answers.items() if name != "words"}
        return self.client.post(url("columns", upload.pk), data)

    def previewed(self, file, **answers):
        upload = self.uploaded(file)
        response = self.map_columns(upload, **answers)
        self.assertRedirects(response, url("preview", upload.pk), fetch_redirect_response=False)
        return upload, self.client.get(url("preview", upload.pk))

    def confirm(self, upload, page):
        data = {"fingerprint": page.context["fingerprint"]}
        return self.client.post(url("preview", upload.pk), data)

    def fuliang(self):
        return self.previewed(
            as_file(FULIANG, "浮梁.xlsx"),
            words={"乡镇人民政府": "各乡镇人民政府"},
            **{"default-category": Category.MANAGEMENT},
        )


class Steps(Wizard):
    def test_a_table_becomes_matters_in_four_steps(self):
        before = standing()
        upload, page = self.fuliang()
        self.assertEqual(page.context["has_problems"], False)
        self.assertContains(page, "确认导入")
        self.assertEqual(standing(), before)
        response = self.confirm(upload, page)
        self.assertRedirects(response, url("result", upload.pk))
        matter = Matter.objects.get(name="冬春救助对象")
        self.assertEqual(matter.code, "01-02-01-01")
        self.assertEqual(matter.parent.parent.name, "灾后救助")
        self.assertEqual(matter.limit_days, 7)
        self.assertIn(Channel.NOTICE_BOARD, matter.channels)

    def test_the_units_and_what_they_owe_follow_the_table(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        matter = Matter.objects.get(name="法律法规")
        unit = Unit.objects.get(short_name="县应急管理局")
        self.assertEqual(list(matter.responsible_units.all()), [unit])
        self.assertTrue(Obligation.objects.filter(matter=matter, unit=unit).exists())

    def test_after_an_import_the_tree_equals_its_own_rebuild(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        before = standing()
        Matter.objects.rebuild()
        self.assertEqual(standing(), before)

    def test_the_same_file_again_changes_nothing(self):
        for name, case in CASES.items():
            if case.units or case.signs or case.columns or len(case.defaults) > 1:
                continue
            with self.subTest(name):
                content = Path(FOLDER, name).read_bytes()
                answers = {"default-category": Category.MANAGEMENT}
                upload, page = self.previewed(upload_of(content, name), **answers)
                self.confirm(upload, page)
                before = standing()
                _, page = self.previewed(upload_of(content, name), **answers)
                counts = {kind.value: count for kind, _, count in page.context["counts"]}
                self.assertEqual((counts["new"], counts["changed"], counts["problem"]), (0, 0, 0))
                self.assertGreater(counts["unchanged"], 0)
                self.assertContains(page, "没有变化")
                self.assertNotContains(page, "确认导入")
                self.assertEqual(standing(), before)

    def test_a_changed_cell_is_shown_before_and_after_and_written(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        rows = changed(FULIANG, 7, 6, "《自然灾害救助条例》第二十二条")
        upload, page = self.previewed(as_file(rows), words={"乡镇人民政府": "各乡镇人民政府"})
        self.assertContains(page, "<del>《自然灾害救助条例》第二十一条</del>")
        self.assertContains(page, "<ins>《自然灾害救助条例》第二十二条</ins>")
        counts = {kind.value: count for kind, _, count in page.context["counts"]}
        self.assertEqual((counts["new"], counts["changed"]), (0, 1))
        self.confirm(upload, page)
        matter = Matter.objects.get(name="冬春救助对象")
        self.assertEqual(matter.legal_basis, "《自然灾害救助条例》第二十二条")

    def test_an_unchanged_limit_keeps_what_was_corrected_by_hand(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        Matter.objects.filter(name="冬春救助对象").update(limit_days=5)
        rows = changed(FULIANG, 7, 6, "《自然灾害救助条例》第二十二条")
        upload, page = self.previewed(as_file(rows), words={"乡镇人民政府": "各乡镇人民政府"})
        self.confirm(upload, page)
        self.assertEqual(Matter.objects.get(name="冬春救助对象").limit_days, 5)

    def test_a_limit_that_nobody_can_read_falls_back_and_is_said(self):
        rows = changed(FULIANG, 7, 7, "看情况")
        upload, page = self.previewed(
            as_file(rows),
            words={"乡镇人民政府": "各乡镇人民政府"},
            **{"default-category": Category.MANAGEMENT},
        )
        self.assertContains(page, "条例第二十六条")
        self.confirm(upload, page)
        self.assertEqual(Matter.objects.get(name="冬春救助对象").limit_days, 20)

    def test_codes_and_positions_go_on_after_those_of_the_siblings(self):
        domain = Matter.objects.get(code="01")
        policy = make_inner_matter(domain, code="01-04", name="救灾政策文件", position=70)
        make_matter(policy, code="01-04-09", name="旧的", position=50, retired_on="2020-01-01")
        upload, page = self.fuliang()
        self.confirm(upload, page)
        laws = Matter.objects.get(name="法律法规")
        self.assertEqual((laws.code, laws.position), ("01-04-10", 60))
        relief = Matter.objects.get(name="灾后救助")
        self.assertEqual((relief.code, relief.position), ("01-05", 80))

    def test_what_the_file_leaves_out_stays_and_is_said(self):
        domain = Matter.objects.get(code="01")
        kept = make_matter(make_inner_matter(domain, code="01-08"), code="01-08-01", name="留着的")
        upload, page = self.fuliang()
        self.assertContains(page, "目录中有1个末级事项文件里没有,保持原样".replace(",", "，"))
        self.confirm(upload, page)
        kept.refresh_from_db()
        self.assertIsNone(kept.retired_on)

    def test_a_name_that_comes_near_an_old_one_is_pointed_out(self):
        domain = Matter.objects.get(code="01")
        policy = make_inner_matter(domain, code="01-01", name="救灾政策文件")
        make_matter(policy, code="01-01-01", name="法律、法规和规章")
        _, page = self.fuliang()
        self.assertContains(page, "目录中有相近的“法律、法规和规章”")

    def test_the_filters_narrow_the_tree(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        rows = changed(FULIANG, 7, 6, "《自然灾害救助条例》第二十二条")
        upload, page = self.previewed(as_file(rows), words={"乡镇人民政府": "各乡镇人民政府"})

        def names(show):
            page = self.client.get(url("preview", upload.pk), {"show": show})
            return [line.node.matter.name for _, lines in page.context["roots"] for line in lines]

        self.assertEqual(names("changes"), ["灾后救助", "救助审定信息", "冬春救助对象"])
        self.assertEqual(names("changed"), names("changes"))
        self.assertEqual(names("new"), [])
        self.assertEqual(len(names("all")), 8)
        self.assertNotIn("冬春救助对象", names("unchanged"))

    def test_log_and_ledger_tell_who_imported_what(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        entry = LedgerEntry.objects.get(kind=EntryKind.IMPORT)
        self.assertEqual(entry.person, self.office)
        for words in ("浮梁.xlsx", upload.digest, '"new":8'):
            self.assertIn(words, entry.record.replace(" ", ""))
        matter = Matter.objects.get(name="法律法规")
        log = LogEntry.objects.get(object_id=str(matter.pk))
        self.assertEqual(log.user, self.office)
        self.assertIn("浮梁.xlsx", log.change_message)

    def test_a_finished_import_is_not_done_again(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)
        before = standing()
        for step in ("columns", "preview", "marked"):
            response = self.client.get(url(step, upload.pk), follow=True)
            self.assertContains(response, "已经导入过了")
        self.confirm(upload, page)
        self.assertEqual(standing(), before)
        self.assertEqual(LedgerEntry.objects.filter(kind=EntryKind.IMPORT).count(), 1)

    def test_a_colleague_may_carry_on(self):
        upload, page = self.fuliang()
        self.client.force_login(self.other)
        self.assertContains(self.client.get(url()), "浮梁.xlsx")
        page = self.client.get(url("preview", upload.pk))
        self.confirm(upload, page)
        self.assertTrue(Matter.objects.filter(name="法律法规").exists())

    def test_a_preview_asks_the_database_as_often_for_many_rows_as_for_few(self):
        upload, page = self.fuliang()
        self.confirm(upload, page)

        def queries(rows):
            upload, _ = self.previewed(as_file(rows), words={"乡镇人民政府": "各乡镇人民政府"})
            with CaptureQueriesContext(connection) as asked:
                self.client.get(url("preview", upload.pk), {"show": "all"})
            return len(asked)

        few = queries([*FULIANG[:4]])
        self.assertEqual(queries(FULIANG), few)


class Refusals(Wizard):
    def problems(self, page):
        return [
            (remark.line, remark.letter, remark.text)
            for entry in (
                [line.node.entry for _, lines in page.context["roots"] for line in lines]
                + page.context["placeless"]
            )
            if entry
            for remark in entry.remarks
            if remark.is_problem
        ]

    def test_one_bad_cell_keeps_the_whole_file_out(self):
        rows = changed(FULIANG, 4, 10, "？")
        upload, page = self.previewed(
            as_file(rows),
            words={"乡镇人民政府": "各乡镇人民政府"},
            **{"default-category": Category.MANAGEMENT},
        )
        ((line, letter, text),) = self.problems(page)
        self.assertEqual((line, letter), (4, "J"))
        self.assertIn("看不出是选还是不选", text)
        self.assertNotContains(page, "确认导入")
        before = standing()
        self.client.post(url("preview", upload.pk), {"fingerprint": page.context["fingerprint"]})
        self.assertEqual(standing(), before)

    def test_nothing_is_written_when_a_late_row_fails(self):
        upload, page = self.fuliang()
        before = standing()
        save, calls = Matter.save, []

        def failing(matter, *args, **kwargs):
            calls.append(matter)
            if len(calls) == 4:
                raise OSError("disk full")
            return save(matter, *args, **kwargs)

        with mock.patch.object(Matter, "save", failing), self.assertRaises(OSError):
            self.confirm(upload, page)
        self.assertEqual(standing(), before)
        self.assertFalse(LedgerEntry.objects.filter(kind=EntryKind.IMPORT).exists())
        upload.refresh_from_db()
        self.assertEqual(upload.state, ImportState.MAPPED)

    def test_a_catalog_changed_meanwhile_is_shown_again_before_anything_is_written(self):
        upload, page = self.fuliang()
        make_matter(Matter.objects.get(code="01"), code="01-01", name="抢先的事项")
        before = standing()
        again = self.confirm(upload, page)
        self.assertContains(again, "与刚才不同")
        self.assertContains(again, "没有导入")
        self.assertEqual(standing(), before)
        self.assertRedirects(self.confirm(upload, again), url("result", upload.pk))
        self.assertEqual(Matter.objects.get(name="救灾政策文件").code, "01-02")

    def test_the_marked_workbook_says_it_in_the_cell(self):
        rows = changed(FULIANG, 4, 10, "？")
        upload, _ = self.previewed(
            as_file(rows),
            words={"乡镇人民政府": "各乡镇人民政府"},
            **{"default-category": Category.MANAGEMENT},
        )
        response = self.client.get(url("marked", upload.pk))
        self.assertIn("attachment", response["Content-Disposition"])
        book = load_workbook(io.BytesIO(response.content))
        cell = book["Sheet1"]["J4"]
        self.assertIn("看不出是选还是不选", cell.comment.text)
        self.assertEqual(cell.fill.fill_type, "solid")
        self.assertIsNone(book["Sheet1"]["J5"].comment)
        self.assertEqual(book["问题清单"]["A2"].value, "Sheet1")
        self.assertEqual(book["Sheet1"]["C4"].value, "法律法规")

    def test_a_marked_workbook_comes_back_corrected(self):
        rows = changed(FULIANG, 4, 10, "？")
        answers = {
            "words": {"乡镇人民政府": "各乡镇人民政府"},
            "default-category": Category.MANAGEMENT,
        }
        upload, _ = self.previewed(as_file(rows), **answers)
        book = load_workbook(io.BytesIO(self.client.get(url("marked", upload.pk)).content))
        book["Sheet1"]["J4"] = "√"
        stream = io.BytesIO()
        book.save(stream)
        upload, page = self.previewed(upload_of(stream.getvalue(), "改好.xlsx"), **answers)
        self.assertFalse(page.context["has_problems"])
        again = load_workbook(io.BytesIO(self.client.get(url("marked", upload.pk)).content))
        self.assertIsNone(again["Sheet1"]["J4"].comment)
        self.assertIsNone(again["Sheet1"]["J4"].fill.fill_type)
        self.assertEqual(again.sheetnames, ["问题清单", "Sheet1"])

    def test_tables_of_other_kinds_come_back_marked_as_xlsx(self):
        for name in ("xilinhaote.xls", "dongyang.docx", "wenquan.ods"):
            with self.subTest(name):
                upload, _ = self.previewed(upload_of(Path(FOLDER, name).read_bytes(), name))
                response = self.client.get(url("marked", upload.pk))
                book = load_workbook(io.BytesIO(response.content))
                comments = [
                    cell.comment.text
                    for row in book.worksheets[1].iter_rows()
                    for cell in row
                    if cell.comment
                ]
                self.assertTrue(comments)
                self.assertTrue(book.worksheets[1].merged_cells.ranges)

    def test_only_what_is_doubtful_of_several_tables_lies_open(self):
        box = '<details class="import-columns-box"'
        alone = self.client.get(url("columns", self.uploaded(as_file(FULIANG)).pk))
        self.assertContains(alone, f"{box} open>", 1)
        twice = [*FULIANG, [], *FULIANG]
        page = self.client.get(url("columns", self.uploaded(as_file(twice)).pk))
        self.assertContains(page, f"{box}>", 2)
        self.assertContains(page, "列都已认出", 2)
        odd = changed(twice, 2, 6, "说不清的一列")
        page = self.client.get(url("columns", self.uploaded(as_file(odd)).pk))
        self.assertContains(page, f"{box} open>", 1)
        self.assertContains(page, f"{box}>", 1)

    def test_units_that_are_not_known_are_offered_what_comes_near(self):
        rows = changed(FULIANG, 4, 8, "应急局")
        upload = self.uploaded(as_file(rows))
        page = self.client.get(url("columns", upload.pk))
        self.assertContains(page, "县应急管理局(相近)")
        response = self.map_columns(
            upload,
            words={"乡镇人民政府": "各乡镇人民政府", "应急局": "县应急管理局"},
            **{"default-category": Category.MANAGEMENT},
        )
        self.assertRedirects(response, url("preview", upload.pk))
        page = self.client.get(url("preview", upload.pk))
        self.assertFalse(page.context["has_problems"])

    def test_a_unit_left_open_is_a_problem_of_its_row(self):
        _, page = self.previewed(as_file(FULIANG), **{"default-category": Category.MANAGEMENT})
        ((line, letter, text),) = self.problems(page)
        self.assertEqual((line, letter), (7, "H"))
        self.assertIn("乡镇人民政府", text)

    def test_two_columns_cannot_mean_the_same(self):
        upload = self.uploaded(as_file(ZHENGDI))
        data = self.mapping_data(upload)
        names = [name for name in data if name.startswith("column-")]
        data[names[3]] = data[names[4]]
        response = self.client.post(url("columns", upload.pk), data)
        self.assertContains(response, "只能有一列")

    def test_a_domain_that_nobody_names_has_to_be_chosen(self):
        rows = [row for row in ZHENGDI if "领域" not in str(row[0])]
        upload = self.uploaded(as_file(rows))
        response = self.map_columns(upload)
        self.assertContains(response, "请选择这张表属于哪个领域")

    def test_a_retired_matter_is_not_revived_in_passing(self):
        domain = Matter.objects.get(code="03")
        make_matter(domain, code="03-01", name="征地管理政策", retired_on="2024-01-01")
        _, page = self.previewed(as_file(ZHENGDI), words={"◆": "yes", "▲": "yes"})
        self.assertIn("已停用", " ".join(text for _, _, text in self.problems(page)))

    def test_a_matter_with_children_takes_no_standard(self):
        domain = Matter.objects.get(code="03")
        make_matter(make_inner_matter(domain, code="03-01", name="征地管理政策"), code="03-01-01")
        _, page = self.previewed(as_file(ZHENGDI), words={"◆": "yes", "▲": "yes"})
        self.assertIn("它在目录中有下级事项", " ".join(text for *_, text in self.problems(page)))

    def test_a_leaf_gets_no_children(self):
        domain = Matter.objects.get(code="03")
        make_matter(domain, code="03-01", name="征地前期准备")
        _, page = self.previewed(as_file(ZHENGDI), words={"◆": "yes", "▲": "yes"})
        self.assertIn("在目录中是末级事项", " ".join(text for *_, text in self.problems(page)))

    def test_a_matter_twice_is_told_by_both_rows(self):
        rows = [*ZHENGDI[:4], [9, *ZHENGDI[3][1:]]]
        _, page = self.previewed(
            as_file(rows),
            words={"◆": "yes", "▲": "yes"},
            **{"default-category": Category.MANAGEMENT},
        )
        self.assertIn(
            "与“Sheet1”第4行是同一个事项", " ".join(text for *_, text in self.problems(page))
        )

    def test_new_matters_without_a_column_ask_for_it(self):
        content = Path(FOLDER, "jiangan.xls").read_bytes()
        _, page = self.previewed(
            upload_of(content, "jiangan.xls"), **{"default-category": Category.SERVICE}
        )
        texts = " ".join(text for *_, text in self.problems(page))
        self.assertIn("公开层级", texts)
        self.assertIn("请在列对应一步为新事项选定", texts)


class Uploads(Wizard):
    def test_files_that_are_not_what_they_say_get_a_message(self):
        xlsx = as_file(FULIANG).read()
        empty = io.BytesIO()
        Workbook().save(empty)
        for name, content, words in [
            ("乱.xlsx", b"\x00garbage", "不是能读的 .xlsx"),
            ("断.xlsx", xlsx[: len(xlsx) // 2], "已损坏或没有传完"),
            ("空.xlsx", empty.getvalue(), "没有任何文字"),
            ("假.xls", xlsx, "内容却是 .xlsx"),
            ("网页.xls", b"<html><table></table></html>", "其实是网页"),
            ("扫描.docx", b"%PDF-1.4", "其实是 PDF"),
            ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "只接受"),
            ("坏.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "."),
            ("目录.csv", b"a,b", "只接受"),
            ("没有.xlsx", b"", "空"),
        ]:
            with self.subTest(name):
                response = self.send(upload_of(content, name))
                self.assertEqual(response.status_code, 200)
                self.assertIn(words, " ".join(response.context["form"].errors["file"]))
        self.assertFalse(StandardTableImport.objects.exists())

    def test_a_sheet_without_a_table_is_told_so(self):
        response = self.send(as_file([["会议通知"], ["时间", "地点"]]))
        self.assertContains(response, "没有找到标准目录的表头")

    def test_uploads_of_yesterday_go_with_their_files(self):
        old = self.uploaded(as_file(FULIANG))
        done, page = self.fuliang()
        self.confirm(done, page)
        StandardTableImport.objects.update(uploaded_at=timezone.now() - timedelta(days=2))
        with self.captureOnCommitCallbacks(execute=True):
            new = self.uploaded(as_file(FULIANG))
        self.assertFalse(StandardTableImport.objects.filter(pk=old.pk).exists())
        self.assertFalse(old.file.storage.exists(old.file.name))
        for kept in (done, new):
            kept.refresh_from_db()
            self.assertTrue(kept.file.storage.exists(kept.file.name))

    def test_a_file_that_is_gone_is_said_and_not_a_server_error(self):
        upload = self.uploaded(as_file(FULIANG))
        upload.file.storage.delete(upload.file.name)
        for step in ("columns", "preview", "marked"):
            with self.subTest(step):
                response = self.client.get(url(step, upload.pk), follow=True)
                self.assertContains(response, "请重新上传")


class Roles(Wizard):
    def test_only_who_may_import_matters_gets_any_of_the_steps(self):
        upload, page = self.fuliang()
        before = standing()
        for person in (make_auditor(), make_signers(make_unit())[0]):
            self.client.force_login(person)
            for step in ("", "columns", "preview", "marked", "result"):
                args = [upload.pk] if step else []
                with self.subTest(person=person, step=step):
                    self.assertEqual(self.client.get(url(step, *args)).status_code, 403)
                    self.assertEqual(self.client.post(url(step, *args)).status_code, 403)
            self.assertEqual(self.confirm(upload, page).status_code, 403)
        self.assertEqual(standing(), before)

    def test_the_button_stands_where_it_may_be_used(self):
        address = reverse("admin:catalog_matter_changelist")
        self.assertContains(self.client.get(address), url())
        self.client.force_login(make_auditor())
        self.assertNotContains(self.client.get(address), url())
