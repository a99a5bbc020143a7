"""The page of the official standard table, its files, and what the ledger keeps of them."""

import io
import json

from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from catalog.choices import Category
from dingyuan_portal import roles, throttle
from disclosures.choices import EntryKind
from disclosures.models import LedgerEntry
from tests.factories import (
    make_auditor,
    make_domain,
    make_inner_matter,
    make_matter,
    make_restricted_matter,
    make_signers,
    make_unit,
    make_user,
)
from tests.portal.test_pages import SITE, PageTestCase

PAGE = "/catalog/standard-table/"


class StandardTableCase(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(code="ZRZY", name="定远县自然资源和规划局")
        domain = make_domain(code="01", name="征地补偿")
        group = make_inner_matter(domain, code="01-01", name="征地管理政策")
        make_matter(group, code="01-01-01", name="行政法规", units=[cls.unit])
        make_matter(group, code="01-01-02", name="规章", category=Category.DECISION)
        make_restricted_matter(parent=domain, code="01-02", name="补偿结果")
        make_matter(make_domain(code="02", name="义务教育"), code="02-01", name="招生政策")

    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def exports(self):
        kept = LedgerEntry.objects.filter(kind=EntryKind.EXPORT).order_by("number")
        return [json.loads(entry.record) for entry in kept]

    def details(self):
        return [record["details"] for record in self.exports()]


class PreviewTest(StandardTableCase):
    def test_it_counts_the_rows_and_shows_the_first_sheet(self):
        html = self.page(PAGE)
        self.assertIn('共 <b class="num">4</b> 行', html)
        self.assertIn("<caption>征地补偿领域基层政务公开标准目录</caption>", html)
        self.assertIn("√ 被征收人", html)
        self.assertNotIn("招生政策", html)

    def test_headings_name_their_columns_and_matters_their_rows(self):
        html = self.page(PAGE)
        self.assertIn('<th scope="colgroup" colspan="3">公开事项</th>', html)
        self.assertIn('<th scope="col" rowspan="2">公开依据</th>', html)
        self.assertIn('<th scope="col">三级事项</th>', html)
        self.assertIn('<th scope="row" rowspan="2" class="is-level_1">征地管理政策</th>', html)
        self.assertEqual(html.count(">征地管理政策</th>"), 1)

    def test_the_files_are_filtered_as_the_page_is(self):
        html = self.page(f"{PAGE}?domain=01&category=decision&unit=NONE")
        self.assertIn('共 <b class="num">1</b> 行', html)
        for name in ("xlsx", "xlsx-a4", "ods", "csv", "json"):
            self.assertIn(f'href="{PAGE}{name}/?domain=01&amp;category=decision"', html)

    def test_a_day_that_is_none_is_said_and_not_taken(self):
        html = self.page(f"{PAGE}?since=2026-13-01")
        self.assertIn("应是一个日期", html)
        self.assertIn('共 <b class="num">4</b> 行', html)

    def test_nothing_found_offers_no_files(self):
        html = self.page(f"{PAGE}?category=response")
        self.assertIn("没有符合条件的公开标准", html)
        self.assertNotIn(f"{PAGE}xlsx/", html)

    def test_catalog_domain_and_site_map_lead_here(self):
        self.assertIn(f'href="{PAGE}"', self.page("/catalog/"))
        self.assertIn(f'href="{PAGE}"', self.page("/site-map/"))
        self.assertIn(f'href="{PAGE}?domain=01"', self.page("/catalog/01/"))
        self.assertIn(PAGE, self.client.get("/sitemap.xml").content.decode())


class FileTest(StandardTableCase):
    def test_every_format_comes_under_its_name_and_kind(self):
        kinds = {
            "xlsx": ("spreadsheetml", "xlsx", b"PK"),
            "xlsx-a4": ("spreadsheetml", "xlsx", b"PK"),
            "ods": ("opendocument.spreadsheet", "ods", b"PK"),
            "csv": ("text/csv", "csv", b"\xef\xbb\xbf"),
            "json": ("application/json", "json", b"{"),
        }
        for name, (kind, extension, start) in kinds.items():
            with self.subTest(name):
                response = self.client.get(f"{PAGE}{name}/")
                self.assertEqual(response.status_code, 200)
                self.assertIn(kind, response["Content-Type"])
                self.assertTrue(response["Content-Disposition"].endswith(f".{extension}"))
                self.assertTrue(response["Content-Disposition"].startswith("attachment"))
                self.assertTrue(response.content.startswith(start))
                self.assertIn("no-store", response["Cache-Control"])

    def test_the_paper_is_the_one_that_was_chosen(self):
        for name, size in (("xlsx", "8"), ("xlsx-a4", "9")):
            book = load_workbook(io.BytesIO(self.client.get(f"{PAGE}{name}/").content))
            self.assertEqual(str(book["征地补偿"].page_setup.paperSize), size)

    def test_a_file_holds_what_the_page_counts(self):
        document = self.client.get(f"{PAGE}json/?unit=ZRZY").json()
        self.assertEqual([row["三级事项"] for row in document["事项"]], [""])
        self.assertEqual([row["二级事项"] for row in document["事项"]], ["行政法规"])
        self.assertEqual(document["网址"], "http://testserver/")
        self.assertEqual(document["筛选条件"], "公开主体：定远县自然资源和规划局")

    @override_settings(SITE=SITE | {"is_demo": True})
    def test_a_demonstration_says_so_in_the_file(self):
        self.assertIn("演示数据", self.client.get(f"{PAGE}csv/").content.decode())

    def test_no_other_format_and_no_other_method(self):
        self.assertEqual(self.client.get(f"{PAGE}pdf/").status_code, 404)
        self.assertEqual(self.client.post(f"{PAGE}csv/").status_code, 405)
        self.assertEqual(self.client.head(f"{PAGE}csv/").status_code, 405)
        self.assertEqual(self.exports(), [])

    def test_a_wrong_day_leads_back_to_the_page_that_says_so(self):
        response = self.client.get(f"{PAGE}csv/?since=x&domain=01")
        self.assertRedirects(response, f"{PAGE}?since=x&domain=01")
        self.assertEqual(self.exports(), [])

    def test_more_rows_ask_no_more_queries(self):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.client.get(f"{PAGE}xlsx/")
            return len(captured)

        before = queries()
        for _ in range(5):
            make_matter(make_inner_matter())
        self.assertEqual(queries(), before)


class LedgerTest(StandardTableCase):
    def test_a_visitors_download_is_a_row_without_a_person(self):
        self.client.get(f"{PAGE}csv/?domain=01&tier=county", REMOTE_ADDR="203.0.113.7")
        (record,) = self.exports()
        self.assertIsNone(record["person"])
        self.assertEqual(record["client_address"], "203.0.113.7")
        self.assertEqual(
            record["details"],
            {
                "what": "基层政务公开标准目录",
                "format": "csv",
                "rows": 3,
                "filters": "试点领域：征地补偿；公开层级：县级",
            },
        )

    def test_staff_are_named(self):
        auditor = make_auditor()
        self.client.force_login(auditor)
        self.client.get(f"{PAGE}xlsx/")
        (record,) = self.exports()
        self.assertEqual(record["person"], auditor.pk)
        self.assertEqual((record["details"]["rows"], record["details"]["filters"]), (4, "全部"))

    def test_looking_leaves_no_row(self):
        self.client.get(PAGE)
        self.assertEqual(self.exports(), [])

    def test_the_desk_tells_a_visitor_from_the_portal_itself(self):
        self.client.get(f"{PAGE}csv/")
        self.client.force_login(make_auditor())
        html = self.client.get("/admin/disclosures/ledgerentry/").content.decode()
        self.assertIn("访客", html)
        self.assertIn("基层政务公开标准目录(4行)", html)
        self.assertNotIn("系统</td>", html)


class ShareTest(StandardTableCase):
    def test_who_took_the_share_gets_no_file_and_leaves_no_row(self):
        for _ in range(throttle.LIMIT):
            self.assertEqual(self.client.get(f"{PAGE}csv/").status_code, 200)
        html = self.page(f"{PAGE}csv/", status=429)
        self.assertIn("下载次数太多", html)
        self.assertEqual(len(self.exports()), throttle.LIMIT)
        self.assertEqual(self.client.get(PAGE).status_code, 200)
        self.client.force_login(make_auditor())
        self.assertEqual(self.client.get(f"{PAGE}csv/").status_code, 200)


class DeskTest(StandardTableCase):
    page_of_desk = "/admin/catalog/matter/standard-table/"

    def test_auditors_and_the_office_find_it_at_the_list_of_matters(self):
        for user in (make_auditor(), make_user("office", role=roles.OPENNESS_OFFICE)):
            self.client.force_login(user)
            html = self.client.get("/admin/catalog/matter/").content.decode()
            self.assertIn(f'href="{self.page_of_desk}"', html)
            html = self.client.get(f"{self.page_of_desk}?domain=01").content.decode()
            self.assertIn('符合条件的共<span class="num">3</span>行', html)
            self.assertIn(f'href="{PAGE}xlsx/?domain=01"', html)

    def test_others_neither_see_the_button_nor_get_the_page(self):
        self.client.force_login(make_signers(self.unit)[0])
        self.assertNotIn(
            "standard-table", self.client.get("/admin/catalog/matter/").content.decode()
        )
        self.assertEqual(self.client.get(self.page_of_desk).status_code, 403)

    def test_nothing_found_offers_no_files(self):
        self.client.force_login(make_auditor())
        html = self.client.get(f"{self.page_of_desk}?category=response").content.decode()
        self.assertIn('共<span class="num">0</span>行', html)
        self.assertNotIn(f"{PAGE}xlsx/", html)

    def test_the_page_has_its_address(self):
        self.assertEqual(reverse("admin:catalog_matter_standard_table"), self.page_of_desk)
