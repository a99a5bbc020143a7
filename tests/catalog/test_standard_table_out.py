"""The official standard table as it leaves the portal, opened with another program's eyes."""

import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
from datetime import date, datetime
from pathlib import Path
from unittest import skipUnless
from zoneinfo import ZoneInfo

import pypdf
from django.http import QueryDict
from django.test import SimpleTestCase, TestCase, override_settings
from odf import opendocument, table, teletype
from openpyxl import load_workbook

from catalog.choices import Category, Channel, Method, Tier
from catalog.exchange import as_written
from catalog.forms import StandardTableFilter
from catalog.models import Matter
from catalog.standard_table import formats, rows, writing
from catalog.standard_table.layout import COLUMNS
from tests import pilot
from tests.factories import (
    make_domain,
    make_inner_matter,
    make_matter,
    make_restricted_matter,
    make_unit,
)

HEAD = rows.Head("定远县人民政府办公室", "定远县政务公开", "https://example.gov.cn/",
                 date(2026, 11, 25), "全部", False)  # fmt: skip
PLACE = {column.key: place for place, column in enumerate(COLUMNS, 1)}


def found(query=""):
    return rows.read(StandardTableFilter(QueryDict(query)).matters())


def book(query="", head=HEAD, paper="a3"):
    out = io.BytesIO()
    writing.write_workbook(out, found(query), head, paper)
    return load_workbook(out)


def body(sheet, key):
    """What stands in a column under the two rows of headings."""
    cells = sheet.iter_rows(min_row=4, min_col=PLACE[key], max_col=PLACE[key], values_only=True)
    return [cell for (cell,) in cells]


def areas(sheet):
    return {str(area) for area in sheet.merged_cells.ranges}


class LayoutTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.domain = make_domain(code="01", name="征地补偿")
        cls.first = make_inner_matter(cls.domain, code="01-01", name="征地管理政策")
        cls.second = make_inner_matter(cls.first, code="01-01-01", name="法规与规章")
        make_matter(cls.second, code="01-01-01-01", name="行政法规", content="名称;文号;正文")
        make_matter(
            cls.second,
            code="01-01-01-02",
            name="规章",
            channels=[Channel.WEBSITE, Channel.NOTICE_BOARD, Channel.OTHER],
            tiers=[Tier.COUNTY, Tier.VILLAGE],
            method=Method.ON_REQUEST,
        )
        make_matter(cls.first, code="01-01-02", name="规范性文件")
        make_restricted_matter(
            parent=cls.domain, code="01-02", name="补偿结果", audience_detail="被征收人"
        )
        cls.other = make_domain(code="02", name="义务教育")
        make_matter(cls.other, code="02-01", name="招生政策", category=Category.DECISION)

    def test_a_cover_and_one_sheet_for_each_domain(self):
        self.assertEqual(book().sheetnames, ["封面", "征地补偿", "义务教育"])

    def test_the_title_spans_the_table(self):
        sheet = book()["征地补偿"]
        self.assertEqual(sheet["A1"].value, "征地补偿领域基层政务公开标准目录")
        self.assertIn("A1:P1", areas(sheet))

    def test_the_headings_are_merged_as_the_guidelines_draw_them(self):
        sheet = book()["征地补偿"]
        upper = {
            "A2:A3": "序号",
            "B2:D2": "公开事项",
            "E2:E3": "公开内容(要素)",
            "F2:F3": "公开依据",
            "G2:G3": "公开时限",
            "H2:H3": "公开主体",
            "I2:I3": "公开渠道和载体",
            "J2:K2": "公开对象",
            "L2:M2": "公开方式",
            "N2:P2": "公开层级",
        }
        self.assertLessEqual(set(upper), areas(sheet))
        for area, words in upper.items():
            self.assertEqual(sheet[area.partition(":")[0]].value, words)
        lower = {
            "B3": "一级事项", "C3": "二级事项", "D3": "三级事项", "J3": "全社会", "K3": "特定群体",
            "L3": "主动", "M3": "依申请", "N3": "县级", "O3": "乡级", "P3": "村级",
        }  # fmt: skip
        self.assertEqual({place: sheet[place].value for place in lower}, lower)

    def test_a_matter_above_several_rows_is_written_once(self):
        sheet = book()["征地补偿"]
        inside = {area for area in areas(sheet) if int(re.search(r"\d+", area)[0]) > 3}
        self.assertEqual(inside, {"B4:B6", "C4:C5"})
        self.assertEqual(body(sheet, "level_1"), ["征地管理政策", None, None, "补偿结果"])
        self.assertEqual(body(sheet, "level_2"), ["法规与规章", None, "规范性文件", "—"])
        self.assertEqual(body(sheet, "level_3"), ["行政法规", "规章", "—", "—"])

    def test_matters_of_one_name_are_not_one_matter(self):
        for code in ("01-03", "01-04"):
            parent = make_inner_matter(self.domain, code=code, name="同名事项")
            make_matter(parent)
        sheet = book()["征地补偿"]
        self.assertEqual(body(sheet, "level_1")[-2:], ["同名事项", "同名事项"])

    def test_each_sheet_is_numbered_from_one(self):
        self.assertEqual(body(book()["征地补偿"], "number"), [1, 2, 3, 4])
        self.assertEqual(body(book()["义务教育"], "number"), [1])

    def test_elements_stand_on_lines_of_their_own(self):
        cell = book()["征地补偿"].cell(4, PLACE["content"])
        self.assertEqual(cell.value, "名称\n文号\n正文")
        self.assertTrue(cell.alignment.wrap_text)

    def test_marks_say_to_whom_how_and_at_which_level(self):
        sheet = book()["征地补偿"]
        marks = {column.key: body(sheet, column.key)[1:] for column in COLUMNS if column.choice}
        self.assertEqual(
            marks,
            {
                "audience_public": ["√", "√", None],
                "audience_specific": [None, None, "√ 被征收人"],
                "method_proactive": [None, "√", "√"],
                "method_on_request": ["√", None, None],
                "tier_county": ["√", "√", "√"],
                "tier_township": [None, None, None],
                "tier_village": ["√", None, None],
            },
        )

    def test_all_thirteen_boxes_stand_in_the_fixed_order_two_a_line(self):
        lines = book()["征地补偿"].cell(5, PLACE["channels"]).value.split("\n")
        self.assertEqual(
            [line.split() for line in lines],
            [
                ["■政府网站", "□政府公报"],
                ["□两微一端", "□发布会/听证会"],
                ["□广播电视", "□纸质媒体"],
                ["□公开查阅点", "□政务服务中心"],
                ["□便民服务站", "□入户/现场"],
                ["■社区/企事业单位/村公示栏(电子屏)"],
                ["□精准推送", "■其他"],
            ],
        )

    def test_it_prints_on_a3_one_page_wide_with_headings_on_each_page(self):
        for paper, size in (("a3", "8"), ("a4", "9")):
            sheet = book(paper=paper)["征地补偿"]
            setup = sheet.page_setup
            self.assertEqual((setup.orientation, str(setup.paperSize)), ("landscape", size))
            self.assertEqual((setup.fitToWidth or 1, setup.fitToHeight), (1, 0))
            self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
            self.assertEqual(sheet.print_title_rows, "$2:$3")
            self.assertIn("&P", sheet.oddFooter.center.text)
            self.assertIn("&N", sheet.oddFooter.center.text)
            self.assertIn("2026-11-25", sheet.oddFooter.left.text)

    def test_the_headings_stay_in_sight(self):
        self.assertEqual(book()["征地补偿"].freeze_panes, "A4")

    def test_every_cell_is_set_in_a_chinese_font(self):
        for sheet in book().worksheets:
            fonts = {c.font.name for row in sheet.iter_rows() for c in row if c.value is not None}
            self.assertEqual(fonts, {"宋体"})

    def test_the_cover_counts_the_matters_of_each_level(self):
        cover = book()["封面"]
        lines = [[cell for cell in row if cell is not None] for row in cover.values]
        self.assertIn(["征地补偿", 2, 2, 2, 4], [line[1:] for line in lines])
        self.assertIn(["义务教育", 1, 0, 0, 1], [line[1:] for line in lines])
        self.assertIn(["合计", 3, 2, 2, 5], lines)

    def test_the_cover_says_where_it_comes_from(self):
        text = "\n".join(str(cell) for row in book()["封面"].values for cell in row if cell)
        for words in ("定远县人民政府办公室", "https://example.gov.cn/", "2026-11-25", "全部"):
            self.assertIn(words, text)
        self.assertNotIn("演示", text)

    def test_demonstration_data_is_labelled_on_every_sheet(self):
        for sheet in book(head=HEAD._replace(is_demo=True)).worksheets:
            top = [cell for row in sheet.iter_rows(max_row=2, values_only=True) for cell in row]
            self.assertTrue(any("演示数据" in str(cell) for cell in top), sheet.title)
            self.assertIn("演示数据", sheet.oddFooter.left.text)
        self.assertEqual(sheet.freeze_panes, "A5")

    def test_what_is_retired_or_has_no_standard_is_no_row(self):
        Matter.objects.filter(code="01-02").update(retired_on=date(2026, 1, 1))
        make_inner_matter(self.domain, code="01-09", name="还没有下级")
        names = [row.names for row in found("domain=01")]
        self.assertEqual(len(names), 3)


class FilterTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(code="ZRZY")
        cls.domain = make_domain(code="01", name="征地补偿")
        cls.group = make_inner_matter(cls.domain, code="01-01")
        cls.one = make_matter(cls.group, code="01-01-01", category=Category.DECISION)
        cls.two = make_matter(cls.group, code="01-01-02", units=[cls.unit])
        cls.three = make_matter(cls.domain, code="01-02", tiers=[Tier.TOWNSHIP, Tier.VILLAGE])
        cls.four = make_matter(make_domain(code="02"), code="02-01", units=[cls.unit])
        stamp = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
        Matter.objects.update(updated_at=stamp)

    def touch(self, matter, *moment):
        stamp = datetime(*moment, tzinfo=ZoneInfo("Asia/Shanghai"))
        Matter.objects.filter(pk=matter.pk).update(updated_at=stamp)

    def codes(self, query):
        return [row.standard["code"] for row in found(query)]

    def test_each_filter_leaves_its_rows(self):
        for query, codes in (
            ("", ["01-01-01", "01-01-02", "01-02", "02-01"]),
            ("domain=02", ["02-01"]),
            ("category=decision", ["01-01-01"]),
            ("unit=ZRZY", ["01-01-02", "02-01"]),
            ("unit=ZRZY&domain=01", ["01-01-02"]),
            ("tier=village", ["01-02"]),
            ("tier=county&domain=01", ["01-01-01", "01-01-02"]),
            ("domain=99", ["01-01-01", "01-01-02", "01-02", "02-01"]),
            ("category=response", []),
        ):
            with self.subTest(query):
                self.assertEqual(self.codes(query), codes)

    def test_a_day_counts_from_its_first_minute_here(self):
        self.touch(self.one, 2026, 6, 1, 0, 0)
        self.touch(self.two, 2026, 5, 31, 23, 59)
        self.assertEqual(self.codes("since=2026-06-01"), ["01-01-01"])

    def test_who_renames_a_matter_changes_the_rows_below(self):
        self.touch(self.group, 2026, 6, 1, 9)
        self.assertEqual(self.codes("since=2026-06-01"), ["01-01-01", "01-01-02"])
        self.touch(self.domain, 2026, 6, 1, 9)
        self.assertEqual(self.codes("since=2026-06-01"), ["01-01-01", "01-01-02", "01-02"])

    def test_numbers_and_merges_are_those_of_the_rows_that_are_left(self):
        sheet = book("category=result")["征地补偿"]
        self.assertEqual(body(sheet, "number"), [1, 2])
        self.assertFalse([area for area in areas(sheet) if area.startswith("B4")])
        self.assertEqual(body(sheet, "level_1"), [self.group.name, self.three.name])

    def test_the_filter_is_told_in_words(self):
        form = StandardTableFilter(QueryDict("domain=01&tier=county&since=2026-06-01"))
        self.assertEqual(
            form.in_words(), "试点领域：征地补偿；公开层级：县级；自此日起有变动：2026-06-01"
        )
        self.assertEqual(StandardTableFilter(QueryDict("domain=99")).in_words(), "全部")

    def test_a_book_without_rows_is_a_cover(self):
        self.assertEqual(book("category=response").sheetnames, ["封面"])

    def test_the_table_is_read_in_one_query(self):
        form = StandardTableFilter(QueryDict(""))
        with self.assertNumQueries(1):
            rows.read(form.matters())


class SafetyTest(TestCase):
    """What would run as a formula, or break a file, is text everywhere."""

    @classmethod
    def setUpTestData(cls):
        cls.domain = make_domain(code="01", name="=1+1/危险")
        parent = make_inner_matter(cls.domain, code="01-01", name='=HYPERLINK("x")')
        fields = {"content": "=1+1;@SUM(A1)", "legal_basis": "+1", "time_limit": "-1"}
        for code in ("01-01-01", "01-01-02"):
            cls.matter = make_matter(parent, code=code, name="@事项", **fields)

    def test_no_cell_of_the_workbook_is_a_formula(self):
        workbook = book()
        kinds = {c.data_type for s in workbook.worksheets for r in s.iter_rows() for c in r}
        self.assertNotIn("f", kinds)
        sheet = workbook.worksheets[1]
        self.assertEqual(sheet["B4"].value, '=HYPERLINK("x")')
        self.assertEqual(sheet["E4"].value, "=1+1\n@SUM(A1)")
        self.assertNotRegex(sheet.title, r"[\[\]:*?/\\]")

    def test_csv_and_ods_bring_it_back_through_the_importers_reading(self):
        for read in (read_csv, read_ods):
            headings, first, *_ = read(found(), HEAD)
            row = dict(zip(headings, first, strict=True))
            self.assertEqual(row["公开内容(要素)"], "'=1+1;@SUM(A1)")
            self.assertEqual(as_written(row["公开依据"]), "+1")
            self.assertEqual(as_written(row["一级事项"]), '=HYPERLINK("x")')

    def test_control_characters_are_left_out(self):
        Matter.objects.filter(pk=self.matter.pk).update(content="甲\x0b乙")
        self.assertEqual(body(book().worksheets[1], "content")[1], "甲乙")
        self.assertIn("甲乙", str(read_ods(found(), HEAD)))


def read_csv(found_rows, head):
    out = io.BytesIO()
    formats.write_csv(out, found_rows, head)
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


def read_ods(found_rows, head, sheet=0):
    out = io.BytesIO()
    formats.write_ods(out, found_rows, head)
    opened = opendocument.load(io.BytesIO(out.getvalue()))
    lines = opened.spreadsheet.getElementsByType(table.Table)[sheet].getElementsByType(
        table.TableRow
    )
    return [
        ["\n".join(map(teletype.extractText, cell.childNodes)) for cell in line.childNodes]
        for line in lines
    ]


class FlatTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        domain = make_domain(code="01", name="征地补偿")
        parent = make_inner_matter(domain, code="01-01", name="征地管理政策")
        cls.matter = make_restricted_matter(
            parent=parent,
            code="01-01-01",
            name="补偿结果",
            tiers=[Tier.COUNTY, Tier.TOWNSHIP],
            category=Category.RESULT,
        )

    def expected(self):
        return {
            "试点领域": "征地补偿",
            "事项编码": "01-01-01",
            "一级事项": "征地管理政策",
            "二级事项": "补偿结果",
            "三级事项": "",
            "公开类别": "结果公开",
            "公开内容(要素)": self.matter.content,
            "公开依据": self.matter.legal_basis,
            "公开时限": self.matter.time_limit,
            "时限天数": "20",
            "时限种类": "工作日",
            "公开主体": self.matter.responsible_text,
            "公开渠道和载体": "入户/现场;社区/企事业单位/村公示栏(电子屏)",
            "公开对象": "特定群体",
            "特定群体": "被征收人",
            "公开方式": "主动",
            "公开层级": "县级;乡级",
            "最近变动": self.matter.updated_at.astimezone(ZoneInfo("Asia/Shanghai"))
            .date()
            .isoformat(),
        }

    def test_csv_has_one_row_a_leaf_and_the_mark_for_excel(self):
        out = io.BytesIO()
        formats.write_csv(out, found(), HEAD)
        self.assertTrue(out.getvalue().startswith(b"\xef\xbb\xbf"))
        headings, row = read_csv(found(), HEAD)
        self.assertEqual(dict(zip(headings, row, strict=True)), self.expected())

    def test_ods_has_the_same_row_and_says_what_it_is(self):
        headings, row = read_ods(found(), HEAD)
        self.assertEqual(dict(zip(headings, row, strict=True)), self.expected())
        about = dict(read_ods(found(), HEAD, sheet=1))
        self.assertEqual(about["网址"], "https://example.gov.cn/")
        self.assertNotIn("演示数据", about)

    def test_json_has_a_head_and_the_same_row(self):
        out = io.BytesIO()
        formats.write_json(out, found(), HEAD._replace(filters="试点领域：征地补偿"))
        document = json.loads(out.getvalue())
        self.assertEqual(document.pop("事项"), [self.expected()])
        self.assertEqual(document["网站"], "定远县政务公开")
        self.assertEqual(document["导出日期"], "2026-11-25")
        self.assertEqual(document["筛选条件"], "试点领域：征地补偿")
        self.assertIs(document["演示数据"], False)
        self.assertEqual(document["行数"], 1)

    def test_demonstration_data_is_labelled_in_each(self):
        demo = HEAD._replace(is_demo=True)
        for read in (read_csv, read_ods):
            headings, row = read(found(), demo)
            self.assertEqual(headings[-1], "说明")
            self.assertIn("演示数据", row[-1])
        self.assertIn("演示数据", dict(read_ods(found(), demo, sheet=1)))
        out = io.BytesIO()
        formats.write_json(out, found(), demo)
        self.assertIs(json.loads(out.getvalue())["演示数据"], True)

    @override_settings(SITE={"organisation": "甲", "name": "乙", "is_demo": True})
    def test_the_head_is_that_of_the_site(self):
        head = rows.head_of("https://example.gov.cn/", "全部")
        self.assertEqual((head.organisation, head.site, head.is_demo), ("甲", "乙", True))


class HeightTest(SimpleTestCase):
    def height(self, text, width=20):
        return writing.fit(text, width).height

    def test_a_row_grows_with_its_lines_and_its_text(self):
        one = self.height("短")
        self.assertGreater(self.height("短\n短"), one * 1.5)
        self.assertGreater(self.height("长" * 60), one * 4)
        self.assertGreater(self.height("长" * 60), self.height("长" * 60, 40))

    def test_latin_letters_take_less_room_than_chinese_ones(self):
        self.assertLess(self.height("a" * 60), self.height("长" * 60))

    def test_what_no_row_of_excel_can_hold_is_set_smaller(self):
        _text, size, height = writing.fit("长" * 900, 28)
        self.assertLess(size, 10)
        self.assertLessEqual(height, 409)


@skipUnless(shutil.which("soffice"), "LibreOffice is not installed")
class PrintTest(TestCase):
    """The whole pilot catalog and some hard cases, opened and printed by LibreOffice."""

    @classmethod
    def setUpTestData(cls):
        pilot.load()
        domain = Matter.objects.get(code="01")
        group = make_inner_matter(domain, name="名称很长的一级事项" * 6)
        for fields in (
            {"content": ";".join(f"要素{n}的名称和说明" for n in range(40)) + ";最后的要素"},
            {"legal_basis": "《关于依法公开的规定》(国令第711号)第二十条、" * 20 + "末尾的依据"},
            {"legal_basis": "https://example.gov.cn/openness/2026/11/25/" * 12 + "网址的末尾"},
            {"time_limit": "信息形成之日起20个工作日内,重大舆情5小时内" * 4 + "末尾的时限"},
            {"name": "名称也很长的二级事项" * 6},
        ):
            make_matter(group, **fields)

    def test_every_row_is_as_high_as_its_texts_ask_for(self):
        with tempfile.TemporaryDirectory() as folder:
            made = written(folder)
            free = converted(made, "fods")
            text = free.read_text()
            # Heights from a program that LibreOffice doesn't know are computed anew.
            text = re.sub("<meta:generator>[^<]*", "<meta:generator>other", text)
            text = re.sub('style:row-height="[^"]*"', "", text)
            text = re.sub('table:number-rows-spanned="[^"]*"', "", text)
            text = text.replace(
                'style:use-optimal-row-height="false"', 'style:use-optimal-row-height="true"'
            )
            free = Path(folder, "free.fods")
            free.write_text(text)
            given, needed = load_workbook(made), load_workbook(converted(free, "xlsx"))
            low = [
                f"{sheet.title} {number}"
                for sheet in given.worksheets[1:]
                for number, row in sheet.row_dimensions.items()
                if number > 3 and row.height < needed[sheet.title].row_dimensions[number].height
            ]
            compared = sum(sheet.max_row - 3 for sheet in needed.worksheets[1:])
        self.assertEqual(low, [])
        self.assertEqual(compared, len(found()))

    def test_every_name_and_ending_is_on_paper(self):
        with tempfile.TemporaryDirectory() as folder:
            pages = pypdf.PdfReader(converted(written(folder), "pdf")).pages
            text = _bare("".join(page.extract_text() for page in pages))
        table_rows = found()
        names = {name for row in table_rows for name in row.names}
        longest = {
            value
            for key in ("content", "legal_basis", "time_limit", "responsible_text")
            for value in sorted({row.standard[key] for row in table_rows}, key=len)[-40:]
        }
        # The table sets elements on lines of their own instead of the semicolons.
        endings = {_bare(value.replace(";", ""))[-6:] for value in longest}
        wanted = {_bare(name) for name in names} | endings | {"√被征收人"}
        self.assertEqual([words for words in sorted(wanted) if words not in text], [])


def written(folder):
    path = Path(folder, "table.xlsx")
    with path.open("wb") as out:
        writing.write_workbook(out, found(), HEAD)
    return path


def converted(path, kind):
    """The file as LibreOffice saves it, in a folder of its own."""
    folder = path.parent / kind
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{path.parent}/profile", "--headless",
         "--convert-to", kind, "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / f"{path.stem}.{kind}"


def _bare(text):
    return re.sub(r"\s", "", text)
