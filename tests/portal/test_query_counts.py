"""However many rows there are, a page asks the database the same few questions."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from catalog.choices import Category
from catalog.models import Obligation
from disclosures.choices import StatementState
from disclosures.models import Attachment
from tests.factories import (
    make_accountability_step,
    make_annual_report,
    make_correction,
    make_disclosure,
    make_domain,
    make_explanation,
    make_inner_matter,
    make_matter,
    make_negative_entry,
    make_offline,
    make_service,
    make_township,
    make_unit,
    make_village,
    make_withdrawn,
    publish,
    withdraw,
)

#: The issue's bound for lists and the domain page; the others keep to it too but for the home
#: page, which brings everything together, and for files, which write to the ledger.
BOUND = 8
HOME_BOUND = 10
#: A file is written down in the ledger, whose writers PostgreSQL queues by one question more.
FILE_BOUND = 13

PAGES = [
    "/catalog/",
    "/catalog/01/",
    "/catalog/01/?category=result",
    "/catalog/matter/01-01/",
    "/catalog/matter/01-02/",
    "/catalog/standard-table/",
    "/catalog/standard-table/?domain=01&category=result&unit=ZFB&tier=county&since=2020-01-01",
    "/disclosures/",
    "/disclosures/?domain=01&category=result&unit=ZFB&q=公示",
    "/services/",
    "/services/?domain=01&q=申请",
    "/units/",
    "/units/ZFB/",
    "/coverage/",
    "/coverage/?sort=overdue&kind=departments",
    "/coverage/rows/",
    "/coverage/rows/?domain=01&unit=ZFB&state=published&q=事项",
    "/coverage/domains/01/",
    "/coverage/ZFB/",
    "/coverage/files/matrix.csv",
    "/coverage/files/units.xlsx",
    "/coverage/files/matters.csv",
    "/coverage/files/trend.csv",
    "/coverage/files/rows.csv",
    "/negative-list/",
    "/accountability/",
    "/downloads/",
    "/downloads/disclosure-chart/",
    "/search/?q=公示",
    "/withdrawals/",
    "/annual-reports/",
    "/annual-reports/?unit=ZFB",
    "/annual-reports/2025/ZFB/published/",
    "/withdrawals/?unit=ZFB",
    "/ledger/",
    "/site-map/",
    "/ledger/",
    "/verify/",
    f"/verify/?digest={'0' * 64}",
    "/sitemap.xml",
    "/feeds/disclosures/",
]


def bound_of(url):
    if "/files/" in url:
        return FILE_BOUND
    return HOME_BOUND if url == "/" else BOUND


class QueryCountTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        # Django asks SQLite once whether it knows JSON.
        assert connection.features.supports_json_field
        cls.unit = make_unit(code="ZFB")
        cls.domain = make_domain(code="01", name="扶贫救灾")
        cls.township = make_township()
        cls.leaf = make_matter(cls.domain, units=[cls.unit], code="01-01")
        cls.of_villages = make_matter(
            cls.domain,
            units=[cls.township],
            code="01-02",
            responsible_text="村(居)民委员会",
        )
        cls.policy = make_disclosure(matter=cls.leaf, title="第一个公示")
        cls.add(1)

    @classmethod
    def add(cls, times):
        """One more of everything a page may list."""
        for _ in range(times):
            parent = make_inner_matter(cls.domain)
            matter = make_matter(parent, units=[cls.unit, cls.township], is_public_service=True)
            make_disclosure(matter=matter, unit=cls.unit, title="一个公示", files=["表.xlsx"])
            make_disclosure(matter=cls.leaf, unit=cls.unit, title="又一个公示")
            reading = make_matter(
                parent, units=[cls.unit], category=Category.INTERPRETATION, name="解读"
            )
            make_disclosure(matter=reading, unit=cls.unit, interprets=cls.policy)
            publish(make_correction(cls.policy))
            make_withdrawn(unit=cls.unit, matter=matter, title="撤下的公示")
            replaced = make_disclosure(matter=cls.leaf, unit=cls.unit)
            withdraw(replaced, replacement=cls.policy)
            make_service(unit=cls.unit, matter=matter, name="公示申请")
            reported = make_disclosure(matter=cls.leaf, unit=cls.unit, title="年度报告")
            year = 2025 - cls.unit.annual_reports.count()
            make_annual_report(cls.unit, year, disclosure=reported)
            village = make_village(cls.township)
            make_explanation(matter=matter, unit=cls.township, state=StatementState.SIGNED)
            for owed in Obligation.objects.filter(matter=cls.of_villages, unit=village):
                make_explanation(matter=owed.matter, unit=village, state=StatementState.SIGNED)
                make_offline(matter=owed.matter, unit=village, state=StatementState.SIGNED)
            make_negative_entry(applies_to_all=False).domains.add(cls.domain)
            make_accountability_step()

    def count(self, url):
        # As a reader's browser asks: a disclosure's page then counts the view, by one statement.
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(url, headers={"user-agent": "Mozilla/5.0 Firefox/128.0"})
        self.assertEqual(response.status_code, 200, url)
        return len(queries)

    def test_pages_ask_no_more_with_more_rows(self):
        digest = Attachment.objects.first().digest
        policy = self.policy.get_absolute_url()
        pages = [f"/verify/?digest={digest}", f"{policy}compare/", f"{policy}trace/"]
        pages += [*PAGES, "/", self.policy.get_absolute_url(), self.township.get_absolute_url()]
        before = {url: self.count(url) for url in pages}
        self.add(5)
        for url in pages:
            with self.subTest(url):
                self.assertEqual(self.count(url), before[url])
                self.assertLessEqual(before[url], bound_of(url))
