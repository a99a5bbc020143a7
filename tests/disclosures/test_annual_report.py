"""The annual report from its first number to the five signatures, and what page and files say."""

import io
import re
from datetime import date
from decimal import Decimal
from unittest import mock

import docx
import openpyxl
import pypdf
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html as parser

from catalog import typesetting
from catalog.choices import Category, Period, UnitKind
from disclosures import workflow
from disclosures.annual import sheet
from disclosures.annual.report import fill, title_of
from disclosures.annual.tables import AMOUNT, COMPUTED, GRIDS, Place, totals
from disclosures.choices import ChangeKind, Genre, RevisionState
from disclosures.models import AnnualReport, LedgerEntry
from tests.factories import (
    make_annual_report,
    make_auditor,
    make_disclosure,
    make_matter,
    make_restricted_matter,
    make_signers,
    make_unit,
    publish,
    withdraw,
)
from tests.marks import needs_fonts

YEAR = 2025
JANUARY = timezone.make_aware(timezone.datetime(YEAR + 1, 1, 20, 10))
ISSUED, REPEALED, VALID = COMPUTED

#: Numbers of table 1 that have to be entered, none like another.
TABLE_1 = {
    Place("table1", "rules", "issued"): 0,
    Place("table1", "rules", "repealed"): 0,
    Place("table1", "rules", "valid"): 0,
    Place("table1", "permits", "decisions"): 1201,
    Place("table1", "penalties", "decisions"): 347,
    Place("table1", "coercion", "decisions"): 29,
    AMOUNT: Decimal("1234.50"),
}
TABLE_2 = {
    Place("table2", "received", "person"): 61,
    Place("table2", "received", "legal"): 7,
    Place("table2", "carried_in", "person"): 4,
    Place("table2", "granted", "person"): 31,
    Place("table2", "withheld_6", "person"): 19,
    Place("table2", "closed_3", "person"): 13,
    Place("table2", "declined_1", "legal"): 5,
    Place("table2", "carried_out", "person"): 2,
    Place("table2", "carried_out", "legal"): 2,
}
TABLE_3 = {
    Place("table3", "review", "upheld"): 8,
    Place("table3", "direct", "corrected"): 3,
    Place("table3", "after_review", "pending"): 6,
}
TEXTS = {
    "management": "修订制度2项。",
    "platform": "改版网站。",
    "supervision": "组织考核1次。",
    "problems": "公开不够及时。\n已经建立提醒。",
    "other": "本年度未收取信息处理费。",
}


def make_report(unit, *, filled=True, year=YEAR):
    report = make_annual_report(unit, year)
    if filled:
        clerk = make_signers(unit)[0]
        for table, numbers in (("table1", TABLE_1), ("table2", TABLE_2), ("table3", TABLE_3)):
            report = workflow.enter_numbers(report, table, numbers, {}, by=clerk)
        report = workflow.write_texts(report, TEXTS, by=clerk)
    return report


def fresh(report):
    return AnnualReport.objects.get(pk=report.pk)


class ReportCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(name="定远县教育体育局")
        cls.matter = make_matter(units=[cls.unit], name="年度工作", period=Period.YEARLY)
        cls.rules = make_matter(
            units=[cls.unit], name="部门规范性文件", category=Category.DECISION, listed_on=None
        )
        cls.clerk, *cls.others = make_signers(cls.unit)

    def setUp(self):
        traveller = time_machine.travel(JANUARY, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)

    def compose(self, report):
        return workflow.compose_report(fresh(report), by=self.clerk, matter=self.matter)

    def normative(self, number="定教体〔2025〕1号", moment=None):
        with time_machine.travel(moment or JANUARY.replace(year=YEAR, month=5), tick=False):
            return make_disclosure(
                unit=self.unit,
                matter=self.rules,
                document_number=number,
                genre=Genre.NOTICE,
                formed_on=date(YEAR, 5, 10),
            )


class EnteringTests(ReportCase):
    def test_clerks_of_the_unit_and_the_openness_office_enter_and_nobody_else(self):
        report = make_report(self.unit, filled=False)
        stranger = make_signers(make_unit())[0]
        _section, _deputy, office, _leader = self.others
        for person, may in (
            (self.clerk, True),
            (office, True),
            (self.others[0], False),
            (stranger, False),
            (make_auditor(), False),
        ):
            with self.subTest(person.username):
                self.assertEqual(workflow.may_enter(report, person), may)
                if may:
                    workflow.enter_numbers(report, "table3", TABLE_3, {}, by=person)
                else:
                    with self.assertRaises(PermissionDenied):
                        workflow.enter_numbers(report, "table3", TABLE_3, {}, by=person)

    def test_a_table_that_does_not_add_up_is_refused_whole(self):
        report = make_report(self.unit)
        wrong = {**TABLE_2, Place("table2", "received", "person"): 60}
        with self.assertRaisesRegex(workflow.WorkflowError, "“自然人”一列不平.*相差1"):
            workflow.enter_numbers(report, "table2", wrong, {}, by=self.clerk)
        self.assertEqual(
            fill(fresh(report)).entered.numbers.items() & TABLE_2.items(), TABLE_2.items()
        )

    def test_carried_in_is_checked_against_last_years_report(self):
        make_report(self.unit, year=YEAR - 1)  # carries out 2 and 2, and says it carried in 4
        report = make_report(self.unit, filled=False)
        with self.assertRaisesRegex(workflow.WorkflowError, "填4,.*是2,两者应当相等"):
            workflow.enter_numbers(report, "table2", TABLE_2, {}, by=self.clerk)
        right = {
            Place("table2", "carried_in", "person"): 2,
            Place("table2", "carried_in", "legal"): 2,
            Place("table2", "granted", "person"): 2,
            Place("table2", "granted", "legal"): 2,
        }
        workflow.enter_numbers(report, "table2", right, {}, by=self.clerk)

    @needs_fonts
    def test_a_correction_of_a_count_needs_its_reason_and_shows_both(self):
        self.normative()
        report = make_report(self.unit)
        with self.assertRaisesRegex(ValidationError, "数字和理由要一起填写"):
            workflow.enter_numbers(report, "table1", {**TABLE_1, ISSUED: 5}, {}, by=self.clerk)
        reason = "四件只在公报上公布"
        workflow.enter_numbers(
            report, "table1", {**TABLE_1, ISSUED: 5}, {ISSUED: reason}, by=self.clerk
        )
        body = self.compose(report).body
        self.assertIn(f"件，更正为5件，理由：{reason}", body)
        self.assertRegex(body, r"网站统计为<a [^>]*>1</a>件")

    def test_texts_take_only_names_that_stand_for_numbers(self):
        report = make_report(self.unit)
        with self.assertRaisesRegex(ValidationError, "{主动公开量}”不是系统的数字名称"):
            workflow.write_texts(report, {"proactive": "共{主动公开量}条"}, by=self.clerk)
        with self.assertRaises(ValidationError):
            workflow.write_texts(report, {"preface": "没有这一部分"}, by=self.clerk)

    def test_stored_numbers_of_another_shape_are_refused(self):
        report = make_report(self.unit, filled=False)
        report.entered = {"table2": {"received": {"total": 3}}}
        with self.assertRaises(ValidationError):
            report.full_clean()


@needs_fonts
class ComposingTests(ReportCase):
    def test_nothing_is_composed_before_the_year_is_over_and_all_is_filled(self):
        report = make_report(self.unit, filled=False)
        with self.assertRaisesRegex(workflow.WorkflowError, "还没有填写.*行政许可.*第六部分"):
            self.compose(report)
        report = make_report(self.unit, year=YEAR + 1)
        with self.assertRaisesRegex(workflow.WorkflowError, "2026年还没有结束"):
            self.compose(report)

    def test_only_a_matter_of_the_unit_that_everybody_may_read_is_taken(self):
        report = make_report(self.unit)
        closed = make_restricted_matter(units=[self.unit])
        elsewhere = make_matter(units=[make_unit()])
        for matter in (None, closed, elsewhere):
            with self.assertRaisesRegex(workflow.WorkflowError, "请选择年报公开在"):
                workflow.compose_report(report, by=self.clerk, matter=matter)
        self.assertEqual(list(workflow.fitting_matters(report)), [self.matter, self.rules])

    def test_the_draft_is_a_report_with_its_metadata_and_two_files(self):
        revision = self.compose(make_report(self.unit))
        self.assertEqual(revision.title, "定远县教育体育局2025年政府信息公开工作年度报告")
        self.assertEqual(revision.genre, Genre.REPORT)
        self.assertEqual(revision.formed_on, date(YEAR + 1, 1, 20))
        self.assertLessEqual(len(revision.summary), 100)
        self.assertEqual(
            [file.name for file in revision.attachments.all()],
            [f"{revision.title}.docx", f"{revision.title}.pdf"],
        )
        headings = parser.fromstring(f"<div>{revision.body}</div>").xpath("//h2/text()")
        self.assertEqual(
            headings,
            [
                "一、总体情况",
                "二、主动公开政府信息情况",
                "三、收到和处理政府信息公开申请情况",
                "四、政府信息公开行政复议、行政诉讼情况",
                "五、存在的主要问题及改进情况",
                "六、其他需要报告的事项",
            ],
        )

    def test_the_county_reports_through_its_government_office(self):
        office = make_unit(name="定远县人民政府办公室", kind=UnitKind.GOVERNMENT_OFFICE)
        report = make_report(office)
        self.assertEqual(title_of(report), "定远县人民政府2025年政府信息公开工作年度报告")

    def test_page_docx_and_pdf_show_the_same_numbers(self):
        self.normative()
        report = make_report(self.unit)
        revision = self.compose(report)
        numbers = {**TABLE_1, **TABLE_2, **TABLE_3, ISSUED: 1, REPEALED: 0, VALID: 1}
        numbers |= totals(numbers)
        expected = {
            key: [
                f"{numbers.get(place, 0):.2f}" if place == AMOUNT else str(numbers.get(place, 0))
                for place in grid.places
            ]
            for key, grid in GRIDS.items()
        }
        self.assertEqual(numbers[Place("table2", "handled", "total")], 68)
        self.assertEqual(numbers_of_page(revision.body), list(expected.values()))
        word, pdf = (read(file) for file in revision.attachments.all())
        self.assertEqual(numbers_of_docx(word), list(expected.values()))
        printed = iter(numbers_of_pdf(pdf))
        for grid in GRIDS.values():
            for number in expected[grid.key]:
                self.assertTrue(number in printed, f"{grid.caption}: {number}")

    def test_tables_of_the_page_have_captions_and_scopes(self):
        page = parser.fromstring(f"<div>{self.compose(make_report(self.unit)).body}</div>")
        self.assertEqual(
            page.xpath("//table/caption/text()"), [grid.caption for grid in GRIDS.values()]
        )
        self.assertEqual(page.xpath("//th[not(@scope)]"), [])
        self.assertEqual(len(page.xpath("//table[2]/thead/tr")), 3)

    def test_sentences_take_the_numbers_and_lead_to_the_rows(self):
        self.normative()
        page = parser.fromstring(f"<div>{self.compose(make_report(self.unit)).body}</div>")
        text = page.text_content()
        self.assertIn("本年度主动公开政府信息1条", text)
        self.assertIn("新收政府信息公开申请68件，上年结转4件；办理答复68件，结转下年度", text)
        self.assertNotIn("{", text)
        address = f"/annual-reports/{YEAR}/{self.unit.code}/published/"
        self.assertEqual(page.xpath(f'//a[@href="{address}"]/text()'), ["1"])

    def test_docx_has_headings_repeated_rows_and_official_fonts(self):
        document = docx.Document(
            io.BytesIO(read(self.compose(make_report(self.unit)).attachments.first()))
        )
        styles = {paragraph.text: paragraph.style.name for paragraph in document.paragraphs}
        self.assertEqual(styles["三、收到和处理政府信息公开申请情况"], "Heading 1")
        self.assertEqual(styles["（五）监督保障"], "Heading 2")
        repeated = document.tables[1]._tbl.xpath(".//w:trPr/w:tblHeader")
        self.assertEqual(len(repeated), 3)
        fonts = document.styles["Normal"].element.xpath(".//w:rFonts/@w:eastAsia")
        self.assertEqual(fonts, ["仿宋_GB2312"])

    def test_a_demonstration_says_so_in_the_files(self):
        site = {"organisation": "", "is_demo": True}
        with self.settings(SITE=site):
            word, pdf = (
                read(file) for file in self.compose(make_report(self.unit)).attachments.all()
            )
        text = "".join(part.text for part in docx.Document(io.BytesIO(word)).paragraphs)
        self.assertIn("演示站点", text)
        self.assertIn("演示站点", text_of_pdf(pdf))

    def test_without_a_chinese_font_nothing_is_drafted(self):
        report = make_report(self.unit)
        missing = typesetting.TypesettingError("服务器上没有中文字体")
        with (
            mock.patch.object(typesetting, "fonts", side_effect=missing),
            self.assertRaises(typesetting.TypesettingError),
        ):
            self.compose(report)
        self.assertIsNone(fresh(report).disclosure)

    def test_a_draft_goes_stale_and_is_composed_anew(self):
        report = make_report(self.unit)
        first = self.compose(report)
        self.assertFalse(workflow.is_stale(fill(fresh(report)), first))
        numbers = {**TABLE_1, Place("table1", "permits", "decisions"): 1202}
        workflow.enter_numbers(fresh(report), "table1", numbers, {}, by=self.clerk)
        self.assertTrue(workflow.is_stale(fill(fresh(report)), first))
        again = self.compose(report)
        self.assertEqual(again.pk, first.pk)
        self.assertIn("1202", again.body)
        self.assertFalse(workflow.is_stale(fill(fresh(report)), again))
        self.assertEqual(again.attachments.count(), 2)
        self.assertIn("1202", sum(numbers_of_docx(read(again.attachments.first())), []))

    def test_a_draft_goes_stale_with_the_rows_that_it_counted(self):
        report = make_report(self.unit)
        revision = self.compose(report)
        self.normative()
        self.assertTrue(workflow.is_stale(fill(fresh(report)), revision))

    def test_a_file_that_was_taken_off_makes_the_draft_stale(self):
        report = make_report(self.unit)
        revision = self.compose(report)
        workflow.detach(revision.attachments.first(), by=self.clerk)
        self.assertTrue(workflow.is_stale(fill(fresh(report)), revision))


@needs_fonts
class PublishingTests(ReportCase):
    def published(self):
        report = make_report(self.unit)
        publish(self.compose(report))
        return fresh(report)

    def test_the_public_reads_it_after_five_signatures(self):
        report = make_report(self.unit)
        revision = self.compose(report)
        self.assertFalse(fresh(report).is_published)
        publish(revision)
        report = fresh(report)
        self.assertTrue(report.is_published)
        page = self.client.get(report.get_absolute_url())
        self.assertContains(page, "行政事业性收费")
        self.assertContains(page, f"{revision.title}.pdf")
        regions = parser.fromstring(page.content.decode()).xpath(
            '//div[@class="table-box"]/@aria-label'
        )
        captions = [grid.caption for grid in GRIDS.values()]
        self.assertEqual(regions, [f"{caption}，可左右滚动" for caption in captions])

    def test_what_is_signed_or_public_is_locked(self):
        report = make_report(self.unit)
        revision = workflow.submit(self.compose(report), by=self.clerk)
        for state in (RevisionState.IN_REVIEW, RevisionState.APPROVED):
            with self.subTest(state):
                self.assertTrue(fresh(report).is_locked)
                with self.assertRaisesRegex(workflow.WorkflowError, "正在审签或已经公布"):
                    workflow.enter_numbers(report, "table3", TABLE_3, {}, by=self.clerk)
                with self.assertRaises(workflow.WorkflowError):
                    workflow.write_texts(report, TEXTS, by=self.clerk)
                with self.assertRaises(workflow.WorkflowError):
                    self.compose(report)
            publish(revision)
            revision.refresh_from_db()

    def test_a_correction_is_the_next_revision_composed_anew(self):
        report = self.published()
        workflow.revise_report(report, by=self.clerk)
        report = fresh(report)
        self.assertFalse(report.is_locked)
        numbers = {**TABLE_1, Place("table1", "permits", "decisions"): 1202}
        workflow.enter_numbers(report, "table1", numbers, {}, by=self.clerk)
        revision = self.compose(report)
        self.assertEqual(revision.number, 2)
        self.assertEqual(revision.disclosure, report.disclosure)
        self.assertNotIn("1202", report.disclosure.live_revision.body)
        revision.change_note, revision.change_kind = "更正许可数", ChangeKind.SUBSTANCE
        publish(workflow.save_draft(revision, by=self.clerk))
        report = fresh(report)
        self.assertIn("1202", report.disclosure.live_revision.body)
        self.assertTrue(report.is_locked)

    def test_a_returned_report_is_taken_up_again(self):
        report = make_report(self.unit)
        revision = workflow.submit(self.compose(report), by=self.clerk)
        workflow.send_back(revision, by=self.others[0], remark="请核对许可数")
        self.assertTrue(fresh(report).is_locked)
        workflow.revise_report(fresh(report), by=self.clerk)
        self.assertEqual(self.compose(report).number, 2)

    def test_after_a_signed_withdrawal_another_disclosure_is_opened(self):
        report = self.published()
        first = withdraw(report.disclosure)
        self.assertFalse(fresh(report).is_locked)
        revision = self.compose(report)
        self.assertNotEqual(revision.disclosure_id, first.pk)
        self.assertEqual(fresh(report).disclosure, revision.disclosure)

    def test_a_draft_thrown_away_leaves_the_numbers(self):
        report = make_report(self.unit)
        workflow.discard(self.compose(report), by=self.clerk)
        report = fresh(report)
        self.assertIsNone(report.disclosure)
        self.assertEqual(fill(report).numbers[AMOUNT], Decimal("1234.50"))

    def test_the_list_shows_what_is_public_and_what_is_due(self):
        office = make_unit(name="定远县人民政府办公室", kind=UnitKind.GOVERNMENT_OFFICE)
        make_unit(name="定远县水厂", kind=UnitKind.PUBLIC_UTILITY)
        make_report(office)  # not yet composed
        report = self.published()
        page = self.client.get(f"{reverse('annual_reports')}?year={YEAR}").content.decode()
        tree = parser.fromstring(page)
        lines = {
            line.xpath('string(span[@class="annual-who"])').strip(): " ".join(
                line.text_content().split()
            )
            for line in tree.xpath('//ul[@class="annual-list"]/li')
        }
        self.assertIn("2026年1月20日公布", lines["定远县教育体育局"])
        self.assertIn("应于2026年3月31日前公布", lines["定远县人民政府"])
        self.assertEqual(next(iter(lines)), "定远县人民政府")
        self.assertNotIn("定远县水厂", lines)
        self.assertTrue(tree.xpath(f'//a[@href="{report.get_absolute_url()}"]'))

    def test_a_missing_report_is_late_after_its_day(self):
        late = make_unit(name="定远县水务局")
        for moment, word in (
            (JANUARY.replace(day=31), "尚未到期"),
            (JANUARY.replace(month=2, day=1), "逾期，本站未登载"),
        ):
            with time_machine.travel(moment, tick=False):
                page = self.client.get(f"{reverse('annual_reports')}?unit={late.code}&year={YEAR}")
            self.assertContains(page, word)
            self.assertContains(page, "2026年1月31日")


class WorkbookTests(ReportCase):
    def test_a_workbook_comes_back_as_it_went(self):
        report = make_report(self.unit)
        upload = SimpleUploadedFile("表.xlsx", sheet.workbook(fill(report)))
        found = sheet.read(upload)
        self.assertEqual(found, {"table1": TABLE_1, "table2": TABLE_2, "table3": TABLE_3})

    def test_the_totals_of_the_workbook_are_right(self):
        report = make_report(self.unit)
        book = openpyxl.load_workbook(io.BytesIO(sheet.workbook(fill(report))), data_only=True)
        last = [cell.value for cell in book["表2"][sheet.TOP + 28]]
        self.assertEqual(last[0], "四、结转下年度继续办理")
        self.assertEqual(last[-1], 4)

    def test_a_changed_form_and_bad_numbers_are_refused(self):
        report = make_report(self.unit)
        content = sheet.workbook(fill(report))
        for spot, value, message in (
            ("A3", "别的表", "表1.*A3应是“第二十条第（一）项”"),
            ("B9", "两件", "表1.*B9.*填了“两件”"),
            ("B9", 1.5, "填了“1.5”"),
            ("B9", -1, "填了“-1”"),
        ):
            with self.subTest(value):
                book = openpyxl.load_workbook(io.BytesIO(content))
                book["表1"][spot] = value
                out = io.BytesIO()
                book.save(out)
                with self.assertRaisesRegex(ValidationError, message):
                    sheet.read(SimpleUploadedFile("表.xlsx", out.getvalue()))
        with self.assertRaisesRegex(ValidationError, "不是能读的"):
            sheet.read(SimpleUploadedFile("表.xlsx", b"PK no workbook"))


@needs_fonts
class DeskTests(ReportCase):
    def address(self, report, *parts):
        return "/".join(["/admin/disclosures/annualreport", str(report.pk), *parts, ""])

    def fields(self, numbers):
        return {f"{place.row}.{place.column}": str(number) for place, number in numbers.items()}

    def test_a_clerk_begins_enters_composes(self):
        self.client.force_login(self.clerk)
        add = reverse("admin:disclosures_annualreport_add")
        self.client.post(add, {"unit": self.unit.pk, "year": YEAR})
        report = AnnualReport.objects.get()
        self.assertIn("{主动公开总数}", report.texts["proactive"])
        for table, numbers in (("table1", TABLE_1), ("table2", TABLE_2), ("table3", TABLE_3)):
            answer = self.client.post(
                self.address(report, "entry", table), self.fields(numbers), follow=True
            )
            self.assertContains(answer, "已保存")
        self.client.post(
            self.address(report, "entry", "texts"), {**report.texts, **TEXTS}, follow=True
        )
        preview = self.client.get(self.address(report, "preview"))
        self.assertContains(preview, "1234.50")
        answer = self.client.post(
            self.address(report, "compose"), {"matter": self.matter.code}, follow=True
        )
        self.assertContains(answer, "已按现在的数字和文字生成草稿")
        self.assertEqual(fresh(report).disclosure.revisions.get().drafter, self.clerk)

    def test_what_does_not_add_up_is_shown_at_its_cell_and_nothing_typed_is_lost(self):
        report = make_report(self.unit)
        self.client.force_login(self.clerk)
        wrong = {**TABLE_2, Place("table2", "received", "company"): 9}
        answer = self.client.post(self.address(report, "entry", "table2"), self.fields(wrong))
        tree = parser.fromstring(answer.content.decode())
        (cell,) = tree.xpath('//td[contains(@class, "is-wrong")]')
        self.assertEqual(cell.xpath("input/@name"), ["carried_out.company"])
        self.assertIn("“商业企业”一列不平", cell.text_content())
        self.assertEqual(tree.xpath('//input[@name="received.company"]/@value'), ["9"])
        self.assertNotIn("company", fresh(report).entered["table2"]["received"])

    def test_the_second_of_two_clerks_is_told_and_keeps_what_was_typed(self):
        report = make_report(self.unit)
        self.client.force_login(self.clerk)
        address = self.address(report, "entry", "table1")
        seen = parser.fromstring(self.client.get(address).content.decode()).xpath(
            '//input[@name="seen"]/@value'
        )
        theirs = {**TABLE_1, Place("table1", "permits", "decisions"): 5}
        workflow.enter_numbers(report, "table1", theirs, {}, by=self.others[2])
        mine = {**self.fields(TABLE_1), "permits.decisions": "6", "seen": seen[0]}
        answer = self.client.post(address, mine)
        self.assertContains(answer, "有人保存过这一部分")
        self.assertContains(answer, 'value="6"')
        self.assertEqual(fresh(report).entered["table1"]["permits"]["decisions"], 5)
        again = parser.fromstring(answer.content.decode()).xpath('//input[@name="seen"]/@value')
        self.client.post(address, {**mine, "seen": again[0]})
        self.assertEqual(fresh(report).entered["table1"]["permits"]["decisions"], 6)

    def test_the_desk_says_that_a_draft_is_stale(self):
        report = make_report(self.unit)
        self.compose(report)
        self.client.force_login(self.clerk)
        self.assertNotContains(self.client.get(self.address(report, "change")), "重新生成草稿。")
        self.normative()
        self.assertContains(self.client.get(self.address(report, "change")), "请重新生成草稿。")

    def test_others_read_what_they_may_and_change_nothing(self):
        report = make_report(self.unit)
        stranger = make_signers(make_unit())[0]
        auditor, section = make_auditor(), self.others[0]
        pages = ["change", "entry/table1", "entry/table2", "entry/texts", "preview"]
        for person, code in ((stranger, {302, 404}), (auditor, {200}), (section, {200})):
            self.client.force_login(person)
            for page in pages:
                with self.subTest(person=person.username, page=page):
                    answer = self.client.get(self.address(report, page))
                    self.assertIn(answer.status_code, code)
                    self.assertNotContains(answer, 'value="保存"', status_code=answer.status_code)
        before = AnnualReport.objects.values().get()
        for person in (stranger, auditor, section):
            self.client.force_login(person)
            self.client.post(self.address(report, "entry", "table1"), {"permits.decisions": "5"})
            self.client.post(self.address(report, "entry", "texts"), TEXTS)
            self.client.post(self.address(report, "compose"), {"matter": self.matter.code})
            self.client.post(self.address(report, "revise"))
            upload = SimpleUploadedFile("表.xlsx", sheet.workbook(fill(report)))
            self.client.post(self.address(report, "upload"), {"workbook": upload})
        self.assertEqual(AnnualReport.objects.values().get(), before)

    def test_a_clerk_begins_no_report_of_another_unit(self):
        other = make_unit()
        self.client.force_login(self.clerk)
        add = reverse("admin:disclosures_annualreport_add")
        self.client.post(add, {"unit": other.pk, "year": YEAR})
        self.assertFalse(AnnualReport.objects.exists())

    def test_the_workbook_is_a_row_of_the_ledger_and_comes_back_through_the_desk(self):
        report = make_report(self.unit)
        self.client.force_login(self.clerk)
        answer = self.client.post(self.address(report, "workbook"))
        entry = LedgerEntry.objects.latest("number")
        self.assertEqual(entry.kind, "export")
        self.assertIn(title_of(report), entry.record)
        empty = make_report(self.unit, filled=False, year=YEAR - 1)
        upload = SimpleUploadedFile("表.xlsx", answer.content)
        answer = self.client.post(self.address(empty, "upload"), {"workbook": upload}, follow=True)
        count = len(TABLE_1) + len(TABLE_2) + len(TABLE_3)
        self.assertContains(answer, f"导入{count}个数")
        self.assertEqual(fresh(empty).entered, fresh(report).entered)

    def test_an_import_is_all_or_nothing(self):
        report = make_report(self.unit, filled=False)
        full = make_report(self.unit, year=YEAR - 2)
        book = openpyxl.load_workbook(io.BytesIO(sheet.workbook(fill(full))))
        book["表2"]["D6"] = 1000  # 一, 自然人
        out = io.BytesIO()
        book.save(out)
        self.client.force_login(self.clerk)
        upload = SimpleUploadedFile("表.xlsx", out.getvalue())
        answer = self.client.post(self.address(report, "upload"), {"workbook": upload}, follow=True)
        self.assertContains(answer, "“自然人”一列不平")
        self.assertEqual(fresh(report).entered, {})

    def test_pages_ask_no_more_with_more_rows(self):
        report = make_report(self.unit)
        self.client.force_login(self.clerk)
        pages = ["", "change", "entry/table1", "entry/table2", "entry/texts", "preview"]

        def queries():
            counts = {}
            for page in pages:
                address = self.address(report, page) if page else "/admin/disclosures/annualreport/"
                with CaptureQueriesContext(connection) as asked:
                    self.assertEqual(self.client.get(address).status_code, 200)
                counts[page] = len(asked)
            return counts

        queries()
        before = queries()
        self.normative()
        self.normative("定教体〔2025〕2号")
        for year in (YEAR - 1, YEAR - 2):
            make_report(self.unit, year=year, filled=False)
        self.assertEqual(queries(), before)


def read(attachment):
    with attachment.file.open() as stored:
        return stored.read()


def numbers_of_page(body):
    tree = parser.fromstring(f"<div>{body}</div>")
    return [
        [cell.text_content() for cell in table.xpath('.//td[not(starts-with(., "（"))]')]
        for table in tree.xpath("//table")
    ]


def numbers_of_docx(content):
    """Cells that aren't headings; a merged one once."""
    words = {cell.text for grid in GRIDS.values() for row in grid.rows for cell in row if cell.text}
    return [
        [
            cell.text
            for row in table.rows
            for cell in {id(cell._tc): cell for cell in row.cells}.values()
            if cell.text not in words
        ]
        for table in docx.Document(io.BytesIO(content)).tables
    ]


def text_of_pdf(content):
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join(page.extract_text() for page in pages)


def numbers_of_pdf(content):
    """In the order in which they are printed; the "1." of a label is none."""
    return re.findall(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])", text_of_pdf(content))
