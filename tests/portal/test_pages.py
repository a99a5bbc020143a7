"""What everyone may read: each page of the public site, full and empty."""

import json
import re
from datetime import timedelta

from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from lxml import html as parser

from catalog.choices import Category, UnitKind
from disclosures import workflow
from tests.factories import (
    make_accountability_step,
    make_correction,
    make_disclosure,
    make_domain,
    make_draft,
    make_inner_matter,
    make_matter,
    make_negative_entry,
    make_restricted_matter,
    make_service,
    make_signers,
    make_township,
    make_unit,
    make_user,
    make_village,
    make_withdrawn,
    publish,
)

LISTS = [
    "home",
    "catalog:index",
    "catalog:standard_table",
    "disclosures:index",
    "services:index",
    "units:index",
    "negative_list",
    "accountability",
    "search",
    "site_map",
    "accessibility",
]

SITE = {
    "name": "定远县政务公开",
    "organisation": "定远县人民政府办公室",
    "contact": "",
    "domain": "",
    "id_code": "",
    "icp": "",
    "police": "",
    "is_demo": False,
}


class PageTestCase(TestCase):
    def page(self, url, status=200):
        """The page as text, after the checks that hold for every page."""
        response = self.client.get(url)
        self.assertEqual(response.status_code, status, url)
        html = response.content.decode()
        self.assertEqual(len(re.findall(r"<h1[ >]", html)), 1, f"{url} has one h1")
        self.assertIn('<html lang="zh-CN">', html)
        self.assertNotIn("None", re.sub(r"<[^>]*>", "", html), url)
        self.assertNotRegex(html, r'content="(null|None|)"', url)
        self.assertNotRegex(html, r'\sstyle="|<style|\son[a-z]+="', f"{url} bends the policy")
        self.assertNotRegex(html, r"<script(?![^>]* src=)", f"{url} has an inline script")
        return html

    def matter_page(self, matter):
        return self.page(reverse("catalog:matter", args=[matter.code]))


class EmptySiteTests(PageTestCase):
    def test_every_list_answers_before_anything_is_loaded(self):
        for name in LISTS:
            with self.subTest(name):
                self.page(reverse(name))

    def test_an_empty_list_says_what_would_stand_there(self):
        for name, words in [
            ("home", "各单位新发布的信息会列在这里"),
            ("disclosures:index", "各单位公开的信息会列在这里"),
            ("services:index", "全县的政务服务事项会列在这里"),
            ("units:index", "以自己名义公开信息的单位会按类别列在这里"),
            ("negative_list", "会按类别列在这里"),
            ("accountability", "责任追溯表会列在这里"),
            ("catalog:standard_table", "公开标准会按国家统一的表式列在这里"),
        ]:
            with self.subTest(name):
                self.assertIn(words, self.page(reverse(name)))

    def test_unknown_addresses_are_404_in_the_sites_own_design(self):
        for url in [
            "/nothing/",
            "/catalog/99/",
            "/catalog/matter/99-01/",
            "/disclosures/nonsense/",
            "/disclosures/ZFB-2026-99999/",
            "/disclosures/ZFB-2026-99999/files/1/",
            "/services/DY-NONE-0001/",
            "/services/DY-NONE-0001/qr.svg",
            "/units/NONE/",
        ]:
            with self.subTest(url):
                self.assertIn("没有这个页面", self.page(url, 404))

    def test_the_error_page_needs_neither_database_nor_request(self):
        from django.template.loader import render_to_string

        with self.assertNumQueries(0):
            html = render_to_string("500.html")
        self.assertIn("网站出错了", html)

    def test_healthz_is_short_and_never_cached(self):
        response = self.client.get("/healthz")
        self.assertEqual(
            json.loads(response.content),
            {
                "status": "ok",
                "database": "ok",
                "releases": {"overdue": 0, "last_run": None},
            },
        )
        self.assertIn("no-store", response["Cache-Control"])


class FurnitureTests(PageTestCase):
    @override_settings(SITE=SITE)
    def test_numbers_that_are_not_configured_are_left_out(self):
        html = self.page("/")
        for word in ["SiteIDCode", "SiteDomain", "网站标识码", "备案", "演示"]:
            self.assertNotIn(word, html)

    @override_settings(
        SITE=SITE
        | {"id_code": "3411250001", "domain": "www.dingyuan.gov.cn", "icp": "皖ICP备00000000号"}
    )
    def test_configured_numbers_stand_in_head_and_footer(self):
        html = self.page("/")
        self.assertIn('<meta name="SiteIDCode" content="3411250001">', html)
        self.assertIn('<meta name="SiteDomain" content="www.dingyuan.gov.cn">', html)
        self.assertIn("皖ICP备00000000号", html)

    @override_settings(SITE=SITE | {"is_demo": True})
    def test_a_demonstration_site_says_so(self):
        html = self.page("/")
        self.assertIn("演示站点", html)
        self.assertIn("不是定远县的正式目录", html)

    def test_columns_name_themselves(self):
        make_domain(code="01", name="扶贫救灾")
        for url in ["/catalog/", "/catalog/01/", "/disclosures/", "/services/", "/units/"]:
            with self.subTest(url):
                html = self.page(url)
                for tag in ["ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"]:
                    self.assertIn(f'<meta name="{tag}" content="', html)


class CatalogPageTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.domain = make_domain(code="01", name="扶贫救灾")
        cls.inner = make_inner_matter(cls.domain, code="01-01", name="救助资金")
        cls.leaf = make_matter(cls.inner, code="01-01-01", name="资金发放结果")
        cls.bare = make_matter(
            cls.domain, code="01-02", name="征求意见", category=Category.DECISION
        )
        cls.disclosure = make_disclosure(matter=cls.leaf, title="救助资金发放公示")

    def test_the_matrix_counts_leaf_matters_and_disclosures(self):
        html = self.page("/catalog/")
        self.assertIn('href="/catalog/01/?category=result"', html)
        self.assertRegex(html, r"<b>1</b> 条</span><small>1 项")

    def test_the_domain_page_shows_the_tree_and_what_is_missing(self):
        html = self.page("/catalog/01/")
        self.assertIn("<summary><span>救助资金</span>", html)
        self.assertIn('<a href="/catalog/matter/01-01-01/">资金发放结果</a>', html)
        self.assertIn("救助资金发放公示", html)
        self.assertIn("未公开", html)
        self.assertRegex(html, r'公开覆盖率 <b class="num">50%</b>')

    def test_a_category_keeps_its_own_matters_only(self):
        html = self.page("/catalog/01/?category=decision")
        self.assertIn("征求意见", html)
        self.assertNotIn("资金发放结果", html)

    def test_the_missing_alone_can_be_asked_for(self):
        html = self.page("/catalog/01/?missing=1")
        self.assertIn("征求意见", html)
        self.assertNotIn("资金发放结果", html)

    def test_an_unknown_category_shows_the_whole_domain(self):
        self.assertIn("资金发放结果", self.page("/catalog/01/?category=nonsense"))

    def test_a_leaf_shows_its_whole_standard(self):
        html = self.matter_page(self.leaf)
        for label in [
            "公开内容（要素）",
            "公开依据",
            "公开时限",
            "公开主体",
            "公开渠道和载体",
            "公开对象",
            "公开方式",
            "公开层级",
        ]:
            self.assertIn(f'<th scope="row">{label}</th>', html)
        self.assertEqual(html.count("（采用）") + html.count("（不采用）"), 13)
        self.assertEqual(html.count("（采用）"), 2)
        self.assertIn("救助资金发放公示", html)

    def test_a_matter_answered_on_request_says_whom_to_ask(self):
        matter = make_matter(method="on_request", responsible_text="县住建局")
        self.assertIn("可以向县住建局提出申请", self.matter_page(matter))

    def test_an_inner_matter_lists_the_matters_below_it(self):
        html = self.matter_page(self.inner)
        self.assertIn("下级事项", html)
        self.assertIn("资金发放结果", html)
        self.assertNotIn("公开标准</h2>", html)

    def test_a_domain_asked_for_as_a_matter_is_sent_to_its_own_page(self):
        response = self.client.get("/catalog/matter/01/")
        self.assertRedirects(response, "/catalog/01/", status_code=301)

    def test_a_retired_matter_keeps_its_page_and_leaves_the_tree(self):
        self.leaf.retired_on = timezone.localdate()
        self.leaf.save()
        html = self.matter_page(self.leaf)
        self.assertIn("停用", html)
        self.assertIn("救助资金发放公示", html)
        self.assertNotIn("资金发放结果", self.page("/catalog/01/"))

    def test_a_matter_shows_its_service_and_its_code(self):
        self.leaf.is_public_service = True
        self.leaf.save()
        service = make_service(name="救助申请", matter=self.leaf)
        html = self.matter_page(self.leaf)
        self.assertIn("救助申请", html)
        self.assertIn(f"/services/{service.code}/qr.svg", html)

    def test_the_negative_list_filters_by_domain(self):
        other = make_domain(code="02", name="农村危房改造")
        make_negative_entry(name="全部适用的")
        entry = make_negative_entry(name="只适用危房的", applies_to_all=False)
        entry.domains.add(other)
        self.assertIn("只适用危房的", self.page("/negative-list/"))
        html = self.page("/negative-list/?domain=01")
        self.assertIn("全部适用的", html)
        self.assertNotIn("只适用危房的", html)

    def test_the_accountability_tables_show_their_steps(self):
        make_accountability_step(stage="预公开征求意见")
        self.assertIn("预公开征求意见", self.page("/accountability/"))


class DisclosurePageTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(code="ZFB", name="定远县人民政府办公室")
        cls.matter = make_matter(units=[cls.unit], name="资金发放结果")
        cls.disclosure = make_disclosure(
            matter=cls.matter,
            title="关于<b>发放</b>的公示",
            body="<p>正文里的话。</p><table><tbody><tr><td>表</td></tr></tbody></table>",
            document_number="定政办〔2026〕1号",
        )
        cls.url = cls.disclosure.get_absolute_url()

    def test_the_page_shows_metadata_text_and_five_seals(self):
        html = self.page(self.url)
        self.assertIn("关于&lt;b&gt;发放&lt;/b&gt;的公示</h1>", html)
        self.assertIn("<p>正文里的话。</p>", html)
        self.assertIn("定政办〔2026〕1号", html)
        self.assertIn(self.disclosure.index_number, html)
        self.assertEqual(html.count('<span class="seal"'), 5)
        self.assertLess(html.index("<dt>索引号"), html.index("<dt>发布日期"))
        self.assertLess(html.index("<dt>发布日期"), html.index("<dt>发布机构"))

    def test_tables_scroll_in_a_box_that_takes_the_focus(self):
        self.assertRegex(self.page(self.url), r'role="region"[^>]*tabindex="0"><table')

    def test_several_tables_are_told_apart_by_their_captions_or_numbers(self):
        body = (
            '<table><caption>表一" lang="xx</caption><tbody><tr><td>1</td></tr></tbody>'
            "</table><table><tbody><tr><td>2</td></tr></tbody></table>"
        )
        html = self.page(make_disclosure(unit=self.unit, body=body).get_absolute_url())
        tree = parser.fromstring(html)
        boxes = tree.xpath('//div[@class="table-box"]')
        self.assertEqual(
            [box.get("aria-label") for box in boxes],
            ['表一" lang="xx，可左右滚动', "正文表格2，可左右滚动"],
        )
        self.assertEqual([box.get("lang") for box in boxes], [None, None])

    def test_article_tags_agree_with_the_page(self):
        html = self.page(self.url)
        published = timezone.localtime(self.disclosure.published_at)
        self.assertIn(f'<meta name="PubDate" content="{published:%Y-%m-%d %H:%M}">', html)
        self.assertIn(
            '<meta name="ArticleTitle" content="关于&lt;b&gt;发放&lt;/b&gt;的公示">', html
        )
        self.assertIn('<meta name="ContentSource" content="定远县人民政府办公室">', html)

    def test_names_of_signers_are_for_staff_only(self):
        name = make_signers(self.unit)[0].get_full_name()
        self.assertNotIn(name, self.page(self.url))
        self.client.force_login(make_user(is_staff=False))
        self.assertNotIn(name, self.page(self.url))
        self.client.force_login(make_user())
        self.assertIn(name, self.page(self.url))

    def test_an_unpublished_disclosure_has_no_page(self):
        make_draft(matter=self.matter, title="还没有公开的稿件")
        self.assertNotIn("还没有公开的稿件", self.page("/disclosures/"))
        self.assertNotIn("还没有公开的稿件", self.page("/search/?q=稿件"))

    def test_a_correction_shows_what_changed_and_keeps_the_earlier_text(self):
        publish(make_correction(self.disclosure, title="更正后的公示", change_note="更正发放面积"))
        html = self.page(self.url)
        self.assertIn("更正后的公示</h1>", html)
        self.assertIn("更正发放面积", html)
        earlier = self.page(f"{self.url}versions/1/")
        self.assertIn("公开的版本取代", earlier)
        self.assertIn("关于&lt;b&gt;发放", earlier)

    def test_a_version_that_was_never_live_has_no_page(self):
        make_correction(self.disclosure, title="尚未签完的更正")
        self.page(f"{self.url}versions/2/", 404)
        self.assertNotIn("尚未签完的更正", self.page(self.url))

    def test_an_interpretation_and_its_policy_link_to_each_other(self):
        interpretation = make_disclosure(
            matter=make_matter(units=[self.unit], category=Category.INTERPRETATION),
            interprets=self.disclosure,
            title="一图读懂",
        )
        self.assertIn("一图读懂", self.page(self.url))
        self.assertIn(self.url, self.page(interpretation.get_absolute_url()))

    def test_a_withdrawn_one_says_what_when_and_why(self):
        withdrawn = make_withdrawn(
            matter=self.matter, title="撤下的公示", body="<p>不再公开</p>", reason="公示期满"
        )
        html = self.page(withdrawn.get_absolute_url(), 410)
        self.assertIn("公示期满", html)
        self.assertIn("撤下的公示", html)
        self.assertNotIn("不再公开", html)
        self.page(f"{withdrawn.get_absolute_url()}versions/1/", 410)
        self.assertNotIn("撤下的公示", self.page("/disclosures/"))

    def test_a_withdrawn_one_points_at_its_replacement(self):
        old = make_disclosure(matter=self.matter)
        office = make_signers(self.unit)[3]
        workflow.take_down(old, by=office, reason="内容有误", replacement=self.disclosure)
        self.assertIn(self.url, self.page(old.get_absolute_url(), 410))

    def test_a_restricted_one_never_shows_its_text(self):
        restricted = make_disclosure(
            matter=make_restricted_matter(units=[self.unit]),
            title="分户补偿结果",
            body="<p>某户补偿三万元</p>",
            summary="某户三万元",
            keywords="补偿五万元",
            shown_where="齐岗村公示栏",
        )
        publish(make_correction(restricted, body="<p>某户补偿四万元</p>"))
        url = restricted.get_absolute_url()
        html = self.page(url)
        self.assertIn("分户补偿结果", html)
        self.assertIn("齐岗村公示栏", html)
        for address in [url, "/", "/disclosures/", "/search/?q=分户补偿", "/feeds/disclosures/"]:
            with self.subTest(address):
                text = self.client.get(address).content.decode()
                self.assertNotIn("万元", text)
        self.page(f"{url}versions/1/", 404)
        self.assertNotIn("分户补偿", self.page("/search/?q=补偿四万"))


class DisclosureListTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(code="ZFB")
        one, two = make_domain(code="01", name="扶贫救灾"), make_domain(code="02", name="危房改造")
        decision = make_matter(one, units=[cls.unit], category=Category.DECISION)
        result = make_matter(two)
        make_disclosure(matter=decision, title="甲方案")
        make_disclosure(
            matter=result, title="乙结果", formed_on=timezone.localdate() - timedelta(days=90)
        )

    def shown(self, query):
        html = self.page(f"/disclosures/?{query}")
        return {title for title in ("甲方案", "乙结果") if title in html}

    def test_filters_narrow_the_list(self):
        year = timezone.localdate().year
        for query, expected in [
            ("", {"甲方案", "乙结果"}),
            ("domain=01", {"甲方案"}),
            ("category=result", {"乙结果"}),
            ("unit=ZFB", {"甲方案"}),
            (f"year={year}", {"甲方案", "乙结果"}),
            ("year=2017", set()),
            ("q=甲", {"甲方案"}),
            ("timeliness=late", {"乙结果"}),
            ("timeliness=on_time", {"甲方案"}),
            ("domain=02&category=decision", set()),
        ]:
            with self.subTest(query):
                self.assertEqual(self.shown(query), expected)

    def test_values_that_are_not_offered_count_as_not_given(self):
        self.assertEqual(self.shown("domain=99&year=abc"), {"甲方案", "乙结果"})

    def test_each_filter_can_be_removed_by_itself(self):
        html = self.page("/disclosures/?domain=01&category=decision")
        self.assertIn('href="?category=decision"', html)
        self.assertIn('href="?domain=01"', html)

    def test_an_empty_result_helps_on(self):
        self.assertIn("没有符合条件的信息", self.page("/disclosures/?q=没有的词"))

    def test_twenty_stand_on_a_page(self):
        for _ in range(20):
            make_disclosure(matter=self.unit.matters.first(), title="又一条")
        self.assertEqual(self.page("/disclosures/").count('class="title"'), 20)
        self.assertEqual(self.page("/disclosures/?page=2").count('class="title"'), 2)


class ServicePageTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        domain = make_domain(code="05", name="保障性住房")
        matter = make_matter(domain, is_public_service=True)
        cls.service = make_service(
            name="公租房申请",
            matter=matter,
            materials="身份证(原件1份);户口簿(复印件1份)",
            process="申请 → 受理 → 办结",
            visits=0,
            promised_days=0,
            reach="village",
        )
        make_service(name="企业备案", applicants=["organisation"], item_type="permit", visits=2)

    def shown(self, query):
        html = self.page(f"/services/?{query}")
        return {name for name in ("公租房申请", "企业备案") if f">{name}</a>" in html}

    def test_filters_narrow_the_list(self):
        for query, expected in [
            ("", {"公租房申请", "企业备案"}),
            (f"unit={self.service.unit.code}", {"公租房申请"}),
            ("item_type=permit", {"企业备案"}),
            ("applicant=person", {"公租房申请"}),
            ("domain=05", {"公租房申请"}),
            ("visits=0", {"公租房申请"}),
            ("visits=1", {"公租房申请"}),
            ("visits=2", {"企业备案"}),
            ("reach=village", {"公租房申请"}),
            ("q=备案", {"企业备案"}),
        ]:
            with self.subTest(query):
                self.assertEqual(self.shown(query), expected)

    def test_the_guide_shows_the_ten_elements(self):
        html = self.page(self.service.get_absolute_url())
        for words in [
            "公租房申请</h1>",
            "《公共租赁住房管理办法》",
            "<li>申请</li><li>受理</li><li>办结</li>",
            "具有本县户籍",
            "<li>户口簿(复印件1份)</li>",
            "不收费",
            "当场办结",
            "通知书",
            "定远县政务服务中心",
            "0550-0901000",
            "0550-0901999",
        ]:
            self.assertIn(words, html)

    def test_the_code_is_drawn_without_styles(self):
        response = self.client.get(f"{self.service.get_absolute_url()}qr.svg")
        self.assertEqual(response["Content-Type"], "image/svg+xml")
        self.assertTrue(response.content.startswith(b"<svg"))
        self.assertNotIn(b"style", response.content)

    def test_a_retired_service_leaves_the_list_and_keeps_its_page(self):
        self.service.retired_on = timezone.localdate()
        self.service.save()
        self.assertEqual(self.shown(""), {"企业备案"})
        self.assertIn("停止办理", self.page(self.service.get_absolute_url()))


class UnitPageTests(PageTestCase):
    def test_units_stand_under_their_kind_without_the_villages(self):
        make_unit(name="县教体局", kind=UnitKind.DEPARTMENT)
        township = make_township(name="炉桥镇人民政府")
        make_village(township, name="靠山村")
        html = self.page("/units/")
        self.assertIn("县教体局", html)
        self.assertIn("炉桥镇人民政府", html)
        self.assertNotIn("靠山村", html)

    def test_a_unit_shows_what_it_owes_publishes_and_offers(self):
        unit = make_unit(code="ZFB", phone="0550-0901001")
        matter = make_matter(units=[unit], name="资金发放结果")
        make_matter(units=[unit], name="尚缺的事项")
        make_disclosure(matter=matter, unit=unit, title="发放公示")
        make_service(unit=unit, name="信息公开申请")
        html = self.page("/units/ZFB/")
        for words in [
            "0550-0901001",
            "资金发放结果",
            "发放公示",
            "信息公开申请",
            "覆盖率 <b>50%</b>",
            "未公开 1 项",
        ]:
            self.assertIn(words, html)

    def test_the_list_of_units_counts_what_each_units_own_page_counts(self):
        township = make_township()
        make_matter(units=[township])
        make_matter(units=[township], method="on_request")
        for _each in range(2):
            make_village(township)
        make_matter(units=[township], responsible_text="村(居)民委员会")
        self.assertIn("2 项事项", self.page("/units/"))
        own = self.page(township.get_absolute_url())
        self.assertIn("2 项，所辖村（社区）的逐村计算，共 3 项", own)

    def test_a_township_shows_its_villages_and_a_village_leads_to_it(self):
        township = make_township()
        village = make_village(township, name="靠山村")
        self.assertIn("靠山村", self.page(township.get_absolute_url()))
        response = self.client.get(reverse("units:unit", args=[village.code]))
        self.assertRedirects(response, township.get_absolute_url(), status_code=301)


class SearchTests(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.matter = make_matter(name="公租房配租结果")
        make_disclosure(matter=cls.matter, title="公租房摇号公告", body="<p>摇号地点在礼堂。</p>")
        make_service(name="公租房申请")

    def test_three_kinds_are_found_and_marked(self):
        html = self.page("/search/?q=公租房")
        for words in ["配租结果", "摇号公告", "申请"]:
            self.assertIn(f"<mark>公租房</mark>{words}", html)

    def test_words_of_the_text_are_found_with_the_lines_around_them(self):
        self.assertIn("摇号地点在<mark>礼堂</mark>。", self.page("/search/?q=礼堂"))

    def test_all_words_must_be_there(self):
        self.assertIn("摇号公告", self.page("/search/?q=公租房+礼堂"))
        self.assertIn("没有找到", self.page("/search/?q=公租房+会议室"))

    def test_what_was_typed_is_escaped(self):
        for typed in ['<script>alert("x")</script>', '"><img src=x>', "%", "'; --", "\\", "\x00"]:
            with self.subTest(typed):
                response = self.client.get("/search/", {"q": typed})
                self.assertEqual(response.status_code, 200)
                self.assertNotIn("<script>alert", response.content.decode())
                self.assertNotIn("<img src=x", response.content.decode())

    def test_a_very_long_question_is_cut(self):
        self.page("/search/?q=" + "长" * 500)

    def test_nothing_found_helps_on(self):
        self.assertIn("换一个更短的词", self.page("/search/?q=没有的词"))


class MachineReadableTests(PageTestCase):
    def test_the_sitemap_names_public_pages_only(self):
        disclosure = make_disclosure()
        withdrawn = make_withdrawn(matter=disclosure.matter, unit=disclosure.unit)
        make_draft(matter=disclosure.matter)
        xml = self.client.get("/sitemap.xml").content.decode()
        self.assertIn(disclosure.get_absolute_url(), xml)
        self.assertNotIn(withdrawn.get_absolute_url(), xml)

    def test_the_feed_carries_the_newest(self):
        disclosure = make_disclosure(title="最新的公示", summary="概述一句")
        response = self.client.get("/feeds/disclosures/")
        self.assertEqual(response["Content-Type"], "application/atom+xml; charset=utf-8")
        for words in ["最新的公示", "概述一句", disclosure.get_absolute_url()]:
            self.assertIn(words, response.content.decode())


class RobotsTests(TestCase):
    def test_search_engines_are_led_to_the_sitemap_and_away_from_the_desk(self):
        lines = self.client.get("/robots.txt").content.decode().splitlines()
        self.assertIn("Disallow: /admin/", lines)
        self.assertIn("Disallow: /catalog/standard-table/xlsx/", lines)
        self.assertNotIn("Disallow: /catalog/standard-table/", lines)
        self.assertIn("Sitemap: http://testserver/sitemap.xml", lines)
