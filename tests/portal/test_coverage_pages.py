"""Coverage in public: every number leads to so many rows, and files say what pages say."""

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from html import unescape

import time_machine
from django.core.cache import cache
from django.test import TestCase, override_settings
from django.utils import timezone
from openpyxl import load_workbook

from catalog.choices import Category, LimitKind, Period
from disclosures.choices import EntryKind, ExplanationReason, StatementState
from disclosures.models import Explanation, LedgerEntry, OfflineDisclosure
from tests.factories import (
    make_auditor,
    make_disclosure,
    make_domain,
    make_draft,
    make_matter,
    make_signers,
    make_township,
    make_unit,
    make_user,
    make_village,
    withdraw,
)

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.get_default_timezone())
ROWS = "/coverage/rows/"


def state(model, matter, unit, **fields):
    """A statement that the openness office has signed."""
    clerk, signer = make_user(), make_user()
    made = model.objects.create(
        matter=matter, unit=unit, entered_by=clerk, entered_at=timezone.now(), **fields
    )
    made.state, made.signed_by, made.signed_at = StatementState.SIGNED, signer, timezone.now()
    made.save()
    return made


def explain(matter, unit, **fields):
    defaults = {
        "reason": ExplanationReason.NOT_FORMED,
        "detail": "今年没有安排项目",
        "valid_until": date(2026, 12, 31),
    }
    return state(Explanation, matter, unit, **defaults | fields)


def show(matter, unit, **fields):
    defaults = {
        "title": "低保名单",
        "carrier": "notice_board",
        "place": "靠山村村部",
        "shown_from": date(2026, 11, 2),
    }
    return state(OfflineDisclosure, matter, unit, **defaults | fields)


@time_machine.travel(NOW, tick=False)
class CoverageTestCase(TestCase):
    """One of each state: a department, a township with two villages, a second domain."""

    @classmethod
    def setUpTestData(cls):
        with time_machine.travel(NOW, tick=False):
            cls.build()

    @classmethod
    def build(cls):
        cls.first, cls.second = make_domain(name="扶贫救灾"), make_domain(name="市政服务")
        cls.office = make_unit(name="县民政局")
        cls.township = make_township(name="炉桥镇人民政府")
        cls.villages = [make_village(cls.township, name=name) for name in ("靠山村", "谢圩村")]
        cls.published = make_matter(cls.first, units=[cls.office], name="救助结果")
        cls.late = make_matter(cls.first, units=[cls.office], name="救助标准")
        cls.soon = make_matter(cls.first, units=[cls.office], name="救助流程")
        cls.explained = make_matter(cls.second, units=[cls.office, cls.township], name="道路计划")
        cls.village = make_matter(
            cls.second,
            units=[cls.township],
            responsible_text="村(居)民委员会",
            name="低保公示",
            category=Category.DECISION,
        )
        cls.yearly = make_matter(
            cls.second,
            units=[cls.township],
            name="年度预算",
            time_limit="每年1月31日前",
            limit_kind=LimitKind.PERIODIC,
            limit_days=None,
            period=Period.YEARLY,
            due_month=1,
            due_day=31,
            listed_on=date(2020, 1, 1),
        )
        cls.disclosure = make_disclosure(
            matter=cls.published, unit=cls.office, title="第三季度救助结果"
        )
        late_on = NOW.date() - timedelta(days=60)
        cls.draft = make_draft(
            matter=cls.late, unit=cls.office, formed_on=late_on, title="绝密草稿"
        )
        make_draft(matter=cls.soon, unit=cls.office, formed_on=date(2026, 10, 30))
        explain(cls.explained, cls.office)
        show(cls.village, cls.villages[0])

    def setUp(self):
        cache.clear()

    def get(self, address):
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return response

    def html(self, address):
        return unescape(self.get(address).content.decode())

    def count(self, address):
        return self.get(address).context["page_obj"].paginator.count


class NumbersTests(CoverageTestCase):
    def test_the_county_is_counted_by_state(self):
        counts = self.get("/coverage/").context["counts"]
        states = ("published", "due_soon", "overdue", "explained", "missing")
        found = {name: getattr(counts, name) for name in ("owed", "covered", *states)}
        # Late: the draft and last January's budget. Missing: the road plan of the township and
        # the second village.
        self.assertEqual(
            found,
            {
                "owed": 8,
                "covered": 2,
                "published": 2,
                "due_soon": 1,
                "overdue": 2,
                "explained": 1,
                "missing": 2,
            },
        )
        self.assertEqual(counts.percent, 28.5)

    def test_each_number_leads_to_exactly_so_many_rows(self):
        context = self.get("/coverage/").context
        lines = [*context["matrix"], *context["league"]]
        for address in (f"/coverage/{self.township.code}/", "/coverage/domains/02/"):
            inner = self.get(address).context
            lines += inner.get("matrix", []) + inner.get("matters", []) + inner.get("league", [])
        checked = 0
        for number in [*context["numbers"], *(each for line in lines for each in line.numbers)]:
            if number.value:
                self.assertEqual(self.count(number.url), number.value, number)
                checked += 1
        for line in lines:
            for _category, counts, address in line.cells:
                if counts.expected:
                    self.assertEqual(self.count(address), counts.expected, address)
                    covered = address.replace("covered=expected", "covered=yes")
                    self.assertEqual(self.count(covered), counts.covered, address)
                    checked += 1
        self.assertGreater(checked, 60)

    def test_every_link_of_a_number_in_the_pages_has_rows(self):
        for address in ("/coverage/", "/coverage/domains/01/", f"/coverage/{self.office.code}/"):
            links = re.findall(rf'href="({ROWS}\?[^"]*)"[^>]*>(?:<b>)?(\d+)<', self.html(address))
            self.assertTrue(links)
            for link, number in links:
                self.assertEqual(self.count(link), int(number), link)

    def test_the_numbers_of_disclosures_lead_to_their_list(self):
        old = datetime(2025, 9, 3, 9, 0, tzinfo=NOW.tzinfo)
        with time_machine.travel(old, tick=False):
            make_disclosure(matter=self.late, unit=self.office, formed_on=date(2025, 5, 6))
        context = self.get("/coverage/").context
        self.assertEqual((context["timely"].due, context["timely"].on_time), (1, 1))
        for address, number in zip(context["timely_urls"], (1, 1), strict=True):
            self.assertEqual(self.count(address), number)
        months = {f"{day:%Y-%m}": (timely, url) for day, timely, url in context["months"]}
        self.assertEqual(len(months), 24)
        timely, url = months["2025-09"]
        self.assertEqual((timely.due, timely.on_time), (1, 0))
        self.assertEqual(self.count(url), 1)
        self.assertEqual(self.count(f"{url}&timeliness=on_time"), 0)
        self.assertEqual(months["2026-10"][0].due, 0)

    def test_units_are_sorted_as_asked_and_chosen_by_kind(self):
        def names(query):
            return [line.name for line in self.get(f"/coverage/{query}").context["league"]]

        self.assertEqual(names("?sort=coverage"), ["县民政局", "炉桥镇人民政府"])
        self.assertEqual(names("?sort=overdue"), ["县民政局", "炉桥镇人民政府"])
        self.assertEqual(names("?kind=townships"), ["炉桥镇人民政府"])
        self.assertEqual(names("?kind=departments&sort=timeliness"), ["县民政局"])
        make_disclosure(matter=self.yearly, unit=self.township, formed_on=date(2026, 11, 20))
        make_disclosure(matter=self.explained, unit=self.township)
        self.assertEqual(names("?sort=coverage")[0], "炉桥镇人民政府")

    def test_a_withdrawal_counts_at_once_and_on_the_front_page_too(self):
        def share(address):
            return re.search(r"([\d.]+)<small>%</small>", self.html(address))[1]

        self.assertEqual((share("/"), share("/coverage/")), ("28.5", "28.5"))
        withdraw(self.disclosure)
        self.assertEqual((share("/"), share("/coverage/")), ("14.2", "14.2"))

    def test_a_hundred_is_only_what_is_whole(self):
        for matter in (self.late, self.soon):
            self.assertNotIn("100%", self.html(f"/coverage/rows/?matter={matter.code}"))
        self.assertIn("33.3%", self.html("/coverage/domains/01/"))

    def test_clerks_see_their_unit_on_the_workbench_and_auditors_the_county(self):
        for person, expected in [
            (make_signers(self.office)[0], [("县民政局", [1, 1, 1, 1, 0])]),
            (make_signers(self.township)[0], [("炉桥镇人民政府", [1, 0, 1, 0, 2])]),
            (make_auditor(), [("全县", [2, 1, 2, 1, 2])]),
            (make_user(), []),
        ]:
            self.client.force_login(person)
            owed = self.client.get("/admin/").context["owed"]
            found = [(name, [figure.value for figure in figures]) for name, figures in owed]
            self.assertEqual(found, expected)
            for _name, figures in owed:
                for figure in figures:
                    self.assertEqual(self.count(figure.address), figure.value)


class WordsTests(CoverageTestCase):
    def words(self, query):
        return [row.words for row in self.get(f"{ROWS}?{query}").context["rows"]]

    def test_what_is_missing_is_told_by_its_rule(self):
        self.assertEqual(
            self.words("state=missing&domain=02&category=result"),
            ["尚未公开。信息形成后，应在20个工作日内公开。"],
        )

    def test_what_is_late_names_the_day_and_not_the_draft(self):
        found = self.words(f"matter={self.late.code}")
        self.assertEqual(len(found), 1)
        self.assertRegex(found[0], r"^应于2026年10月\d+日前公开，已逾期。$")
        self.assertNotIn("绝密草稿", self.html(ROWS))

    def test_a_missed_cycle_names_its_own_day(self):
        self.assertEqual(
            self.words(f"matter={self.yearly.code}"), ["应于2026年1月31日前公开，已逾期。"]
        )

    def test_a_reason_is_given_with_its_end(self):
        self.assertEqual(
            self.words("state=explained"),
            ["尚未形成：今年没有安排项目。说明有效期至2026年12月31日。"],
        )

    def test_what_was_shown_off_line_says_where(self):
        html = self.html(f"{ROWS}?kind=village&state=published")
        self.assertIn("线下公开：公示栏，靠山村村部，2026年11月2日起。", html)
        self.assertIn("靠山村（由炉桥镇人民政府公开）", html)

    def test_no_row_without_a_disclosure_is_left_blank(self):
        for row in self.get(ROWS).context["rows"]:
            self.assertTrue(row.words or row.url, row)

    def test_a_day_in_a_year_without_a_calendar_is_marked(self):
        note = "2027年的放假安排尚未公布"
        self.assertNotIn(note, self.html(ROWS))
        with time_machine.travel(datetime(2026, 12, 20, 9, tzinfo=NOW.tzinfo), tick=False):
            make_draft(matter=self.village, unit=self.township, formed_on=date(2026, 12, 19))
            html = self.html(f"{ROWS}?kind=village")
        self.assertIn(note, html)
        self.assertRegex(html, r"2027-01-\d\d\*")


class FilesTests(CoverageTestCase):
    def book(self, address):
        content = self.get(address).content
        sheet = load_workbook(io.BytesIO(content)).active
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        place = next(number for number, row in enumerate(rows) if row[1] is not None)
        return rows[place], rows[place + 1 :], [row[0] for row in rows[:place]]

    def lines(self, address):
        heading, *rows = csv.reader(io.StringIO(self.get(address).content.decode("utf-8-sig")))
        return heading, rows

    def test_a_matrix_says_the_same_on_the_page_and_in_both_files(self):
        labels = dict(Category.choices)
        page = {
            (line.name, labels[category]): (counts.owed, counts.covered, counts.percent)
            for line in self.get("/coverage/").context["matrix"][:-1]
            for category, counts, _address in line.cells
            if counts.owed
        }
        _heading, rows, _notes = self.book("/coverage/files/matrix.xlsx")
        book = {
            (row[0], row[1]): (row[2], row[4], row[5] if row[5] != "" else None)
            for row in rows
            if "合计" not in row[:2]
        }
        self.assertEqual(book, page)
        _heading, lines = self.lines("/coverage/files/matrix.csv")
        flat = {(line[0], line[1]): (int(line[2]), int(line[4])) for line in lines}
        self.assertEqual({key: flat[key] for key in page}, {k: v[:2] for k, v in page.items()})
        self.assertEqual(flat["合计", "合计"], (8, 2))

    def test_a_league_says_the_same_on_the_page_and_in_the_file(self):
        for query in ("?sort=overdue", "?kind=townships"):
            page = [
                [line.name, *(number.value for number in line.numbers)]
                for line in self.get(f"/coverage/{query}").context["league"]
            ]
            heading, rows = self.lines(f"/coverage/files/units.csv{query}")
            shown = ["应公开", "已覆盖", "已公开", "即将到期", "逾期", "未公开(有说明)", "未公开"]
            columns = [heading.index(name) for name in shown]
            self.assertEqual(
                [[row[1], *(int(row[column]) for column in columns)] for row in rows], page
            )

    def test_the_rows_asked_for_are_the_rows_of_the_file(self):
        for query in ("", "?state=missing", "?unit=T0001&covered=no", "?q=救助"):
            page = self.get(f"{ROWS}{query}").context["rows"]
            heading, rows, notes = self.book(f"/coverage/files/rows.xlsx{query}")
            self.assertEqual(
                heading[:6], ["事项编码", "公开事项", "公开类别", "公开主体", "发布机构", "状态"]
            )
            self.assertEqual(
                [(row[0], row[3], row[5], row[7] or "", row[8] or "") for row in rows],
                [
                    (
                        row.matter_code,
                        row.unit,
                        row.state.label,
                        row.due_on.isoformat() if row.due_on else "",
                        row.words,
                    )
                    for row in page
                ],
            )
            self.assertIn("截至2026-11-25 09:00", notes[1])

    def test_months_and_matters_say_the_same(self):
        months = self.get("/coverage/").context["months"]
        _heading, rows = self.lines("/coverage/files/trend.csv")
        self.assertEqual(
            [row[:3] for row in rows],
            [[f"{day:%Y-%m}", str(kept.due), str(kept.on_time)] for day, kept, _url in months],
        )
        page = self.get("/coverage/domains/01/").context["matters"]
        _heading, rows = self.lines("/coverage/files/matters.csv?domain=01")
        self.assertEqual(
            [(row[1], int(row[2]), int(row[4])) for row in rows],
            [(line.name, line.counts.owed, line.counts.covered) for line in page],
        )

    def test_each_download_is_a_row_of_the_ledger(self):
        before = LedgerEntry.objects.count()
        self.get("/coverage/files/rows.csv?state=missing")
        entry = LedgerEntry.objects.order_by("-number").first()
        self.assertEqual(LedgerEntry.objects.count(), before + 1)
        self.assertEqual(entry.kind, EntryKind.EXPORT)
        details = json.loads(entry.record)["details"]
        self.assertEqual(
            (details["what"], details["format"], details["rows"], details["filters"]),
            ("应公开事项清单", "csv", 2, "state=missing"),
        )

    def test_there_is_no_other_table_and_no_other_form(self):
        for address in ("/coverage/files/secret.csv", "/coverage/files/rows.exe"):
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_visitors_take_no_more_than_their_share(self):
        for _ in range(30):
            self.get("/coverage/files/trend.csv")
        self.assertEqual(self.client.get("/coverage/files/trend.csv").status_code, 429)
        self.client.force_login(make_auditor())
        self.get("/coverage/files/trend.csv")

    def test_demonstration_data_says_so_in_every_file(self):
        site = {"is_demo": True, "name": "演示", "organisation": "", "domain": ""}
        with override_settings(SITE=site):
            _heading, _rows, notes = self.book("/coverage/files/matrix.xlsx")
            heading, rows = self.lines("/coverage/files/matrix.csv")
        self.assertTrue(any("演示数据" in note for note in notes))
        self.assertEqual(heading[-1], "演示数据")
        self.assertTrue(all("示范内容" in row[-1] for row in rows))


class PagesTests(CoverageTestCase):
    def test_a_unit_shows_what_presses_first(self):
        html = self.html(f"/coverage/{self.office.code}/")
        places = [html.index(f'id="state-{name}"') for name in ("overdue", "due_soon", "explained")]
        self.assertEqual(places, sorted(places))
        self.assertIn("今年没有安排项目", html)

    def test_a_townships_villages_are_told_apart(self):
        html = self.html(f"/coverage/{self.township.code}/")
        self.assertRegex(html, r"<b class=\"num\">2</b> 项</a>是所辖村")
        self.assertEqual(self.count(f"{ROWS}?unit={self.township.code}&kind=village"), 2)
        response = self.client.get(f"/coverage/{self.villages[0].code}/")
        self.assertRedirects(response, f"/coverage/{self.township.code}/", status_code=301)

    def test_unit_and_domain_lead_to_their_coverage_and_say_the_same(self):
        for page, leads_to in [
            (self.office.get_absolute_url(), f"/coverage/{self.office.code}/"),
            ("/catalog/01/", "/coverage/domains/01/"),
        ]:
            html = self.html(page)
            self.assertIn(f'href="{leads_to}"', html)
            share = self.get(leads_to).context["counts"].percent
            self.assertIn(f"{share:g}%", html)

    def test_unknown_units_and_domains_are_not_found(self):
        for address in ("/coverage/NONE/", "/coverage/domains/99/"):
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_an_old_link_with_unknown_filters_finds_everything(self):
        self.assertEqual(self.count(f"{ROWS}?state=nonsense&unit=NONE&domain=77"), 8)


class EmptyTests(TestCase):
    def test_before_anything_is_loaded_the_pages_say_what_would_stand_there(self):
        cache.clear()
        for address, words in [
            ("/coverage/", "应公开事项的单位会列在这里"),
            (ROWS, "各单位应公开的事项会列在这里"),
        ]:
            self.assertContains(self.client.get(address), words)
        unit, domain = make_unit(), make_domain()
        self.assertContains(self.client.get(f"/coverage/{unit.code}/"), "没有列入这个单位的事项")
        self.assertContains(self.client.get(f"/coverage/domains/{domain.code}/"), "会列在这里")
