"""The front page: what it counts can be opened and counted again."""

from django.test import TestCase
from lxml import html as parser

from catalog.choices import Category
from tests.factories import make_disclosure, make_domain, make_matter


class HomePageTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.domain = make_domain(code="01", name="扶贫救灾")
        matter = make_matter(cls.domain, category=Category.RESULT)
        make_matter(cls.domain, category=Category.DECISION)
        other = make_matter(make_domain(code="02", name="农村危房改造"), category=Category.RESULT)
        for each in (matter, matter, other):
            make_disclosure(matter=each)

    def heat(self):
        """Number → address of the first domain's cells."""
        page = parser.fromstring(self.client.get("/").content)
        cells = page.xpath("//table[contains(@class, 'heat')]/tbody/tr[1]/td/a")
        return {cell.text_content(): cell.get("href") for cell in cells}

    def test_a_number_of_the_heat_map_leads_to_that_many_disclosures(self):
        response = self.client.get(self.heat()["2"])
        self.assertEqual(response.context["page_obj"].paginator.count, 2)

    def test_where_nothing_is_published_it_leads_to_what_should_be(self):
        self.assertEqual(self.heat()["0"], "/catalog/01/?category=decision")

    def test_the_figures_lead_to_what_they_count(self):
        page = parser.fromstring(self.client.get("/").content)
        links = page.xpath("//dl[@class='figures']//a/@href")
        self.assertEqual(links, ["/coverage/", "/disclosures/", "/coverage/#trend", "/services/"])
        trend = self.client.get("/coverage/").content.decode()
        self.assertIn('id="trend"', trend)
