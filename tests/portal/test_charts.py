"""The charts follow the workflow, and nothing on them overlaps."""

import re
import unicodedata
from unittest import mock
from xml.etree import ElementTree as ET

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from dingyuan_portal.charts import disclosure, pilot
from disclosures import timing
from disclosures.choices import ROUTES, ReviewLevel, RevisionKind, Verdict, earlier_levels

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = {"disclosure-chart": disclosure, "pilot-chart": pilot}
WITHOUT_SECTION = tuple(level for level in ReviewLevel if level != ReviewLevel.SECTION)


def parsed(chart):
    """The file that is downloaded, and what is on it."""
    root = ET.fromstring(chart.draw(classes=False, note="演示站点的示范数据"))  # noqa: S314
    boxes = [
        {name: float(box.get(name)) for name in ("x", "y", "width", "height")}
        for box in root.iter(f"{SVG}rect")
        if box.get("x")
    ]
    return root, boxes, list(root.iter(f"{SVG}text"))


def set_width(text):
    """Measured apart from the drawing: a square for all but Latin letters and digits."""
    size = float(text.get("font-size"))
    return sum(
        size if unicodedata.east_asian_width(letter) in "FWA" else size * 0.62
        for letter in text.text
    )


def span(text):
    """Left and right end of a text."""
    width, x = set_width(text), float(text.get("x"))
    return (x - width / 2, x + width / 2) if text.get("text-anchor") == "middle" else (x, x + width)


class DrawingTests(SimpleTestCase):
    def test_no_two_boxes_overlap_and_all_stand_on_the_sheet(self):
        for chart in CHARTS.values():
            root, boxes, _texts = parsed(chart)
            _x, _y, width, height = map(float, root.get("viewBox").split())
            self.assertGreater(len(boxes), 5)
            for upper, lower in zip(boxes, boxes[1:], strict=False):
                self.assertLess(upper["y"] + upper["height"], lower["y"])
            for box in boxes:
                self.assertGreaterEqual(box["x"], 0)
                self.assertLessEqual(box["x"] + box["width"], width)
                self.assertLessEqual(box["y"] + box["height"], height)

    def test_every_text_of_a_box_stands_inside_it(self):
        for chart in CHARTS.values():
            _root, boxes, texts = parsed(chart)
            for box in boxes:
                bottom = box["y"] + box["height"]
                inside = [text for text in texts if box["y"] < float(text.get("y")) < bottom]
                inside = [text for text in inside if box["x"] < float(text.get("x")) < 292]
                self.assertGreaterEqual(len(inside), 2)
                for text in inside:
                    left, right = span(text)
                    self.assertGreaterEqual(left, box["x"], text.text)
                    self.assertLessEqual(right, box["x"] + box["width"], text.text)
                    self.assertGreaterEqual(
                        float(text.get("y")) - float(text.get("font-size")), box["y"]
                    )

    def test_no_text_is_cut_at_the_edge_of_the_sheet(self):
        for chart in CHARTS.values():
            root, _boxes, texts = parsed(chart)
            _x, _y, width, height = map(float, root.get("viewBox").split())
            for text in texts:
                left, right = span(text)
                self.assertGreaterEqual(left, 0, text.text)
                self.assertLessEqual(right, width, text.text)
                self.assertLess(float(text.get("y")), height)

    def test_no_two_texts_overlap(self):
        for chart in CHARTS.values():
            _root, _boxes, texts = parsed(chart)
            places = [(*span(text), float(text.get("y")), text) for text in texts]
            for number, (left, right, y, text) in enumerate(places):
                for other_left, other_right, other_y, other in places[number + 1 :]:
                    if abs(y - other_y) < 12:
                        apart = right <= other_left or other_right <= left
                        self.assertTrue(apart, f"{text.text} {other.text}")

    def test_each_chart_has_a_name_and_a_description(self):
        for chart in CHARTS.values():
            root, _boxes, _texts = parsed(chart)
            self.assertEqual(root.get("role"), "img")
            named = root.get("aria-labelledby").split()
            told = {child.get("id"): child.text for child in root if child.get("id")}
            self.assertEqual([told[name] for name in named], [chart.NAME, chart.DESCRIPTION])

    def test_a_page_gets_classes_and_no_colours(self):
        for chart in CHARTS.values():
            drawn = chart.draw(classes=True)
            self.assertNotRegex(drawn, r'(style|fill|stroke|font-family)="')
            self.assertIn('class="chart-title"', drawn)

    def test_a_name_with_marks_of_xml_is_drawn_as_it_is(self):
        stages = (pilot.Stage("<b>&", '"引"', "成果"), *pilot.STAGES[1:])
        with mock.patch.object(pilot, "STAGES", stages):
            _root, _boxes, texts = parsed(pilot)
        self.assertIn("1　<b>&", [text.text for text in texts])


class DefinitionTests(SimpleTestCase):
    def signatures(self, lane=0):
        """The signing boxes, as drawn."""
        _root, _boxes, texts = parsed(disclosure)
        drawn = [text.text for text in texts]
        numbered = [text for text in drawn if re.match(r"\d　", text)]
        second = [place for place, text in enumerate(numbered) if text.startswith("1　")][1]
        return numbered[:second] if lane == 0 else numbered[second:]

    def test_the_signatures_are_those_of_the_route(self):
        for lane, kind in enumerate((RevisionKind.TEXT, RevisionKind.WITHDRAWAL)):
            expected = [f"{place}　{level.label}" for place, level in enumerate(ROUTES[kind], 1)]
            self.assertEqual(self.signatures(lane), expected)

    def test_a_changed_route_changes_the_chart_and_its_words(self):
        before = disclosure.draw(classes=True)
        with mock.patch.dict(ROUTES, {RevisionKind.TEXT: WITHOUT_SECTION}):
            self.assertEqual(len(self.signatures()), 4)
            self.assertEqual(self.signatures()[1], "2　分管领导")
            self.assertNotEqual(disclosure.draw(classes=True), before)
            words = " ".join(disclosure.in_words()[0][1])
        self.assertNotIn("提交科室", words)

    def test_kinds_with_routes_of_their_own_are_drawn_apart(self):
        self.assertEqual(
            [lane.heading for lane in disclosure.lanes()], ["公开文本", "效力变更、撤下"]
        )
        short = (ReviewLevel.SUBMITTER, ReviewLevel.LEADING_GROUP)
        with mock.patch.dict(ROUTES, {RevisionKind.WITHDRAWAL: short}):
            headings = [lane.heading for lane in disclosure.lanes()]
        self.assertEqual(headings, ["公开文本", "效力变更", "撤下"])

    def test_ways_back_are_those_that_the_workflow_allows(self):
        for lane, kind in zip(
            disclosure.lanes(), (RevisionKind.TEXT, RevisionKind.VALIDITY), strict=True
        ):
            route = ROUTES[kind]
            allowed = {
                (route.index(level), route.index(earlier))
                for level in route
                for earlier in earlier_levels(route, level)
            }
            self.assertEqual(set(lane.returns), allowed)
        with mock.patch.object(disclosure, "earlier_levels", return_value=()):
            self.assertNotIn(f">{Verdict.RETURNED.label[0]}<", disclosure.draw(classes=True))

    def test_the_time_of_each_level_is_that_of_the_rule(self):
        with mock.patch.dict(timing.ALLOWANCES, {ReviewLevel.SECTION: 7}):
            self.assertIn("时限：7个工作日", disclosure.draw(classes=True))

    def test_the_words_name_every_box(self):
        for chart in CHARTS.values():
            words = " ".join(step for _heading, steps in chart.in_words() for step in steps)
            _root, _boxes, texts = parsed(chart)
            for text in texts:
                if text.get("font-weight") and float(text.get("x")) < 170:
                    self.assertIn(text.text.partition("　")[2] or text.text, words)

    def test_pilot_stages_come_from_one_definition(self):
        stages = (*pilot.STAGES[:4], pilot.Stage("新阶段", "做新的事", "新成果"), *pilot.STAGES[4:])
        with mock.patch.object(pilot, "STAGES", stages):
            self.assertIn("5　新阶段", pilot.draw(classes=True))
            self.assertIn("新阶段：做新的事。成果是新成果。", pilot.in_words()[0][1])


class PageTests(TestCase):
    def test_a_page_has_the_chart_and_the_list_of_its_steps(self):
        for slug, chart in CHARTS.items():
            response = self.client.get(f"/downloads/{slug}/")
            self.assertContains(response, chart.draw(classes=True), html=False)
            for _heading, steps in chart.in_words():
                for step in steps:
                    self.assertContains(response, f"<li>{step}</li>")
            self.assertContains(response, f"/downloads/{slug}.svg")

    def test_the_file_stands_alone(self):
        for slug, chart in CHARTS.items():
            response = self.client.get(f"/downloads/{slug}.svg")
            self.assertEqual(response["Content-Type"], "image/svg+xml")
            root = ET.fromstring(response.content)  # noqa: S314
            self.assertEqual(root.tag, f"{SVG}svg")
            self.assertIn("sans-serif", root.get("font-family"))
            self.assertNotIn("class=", response.content.decode())
            self.assertIn(chart.NAME, "".join(root.itertext()))

    def test_list_page_and_file_name_one_version_and_a_changed_chart_another(self):
        def versions():
            listed = self.client.get("/downloads/").content.decode()
            ours = listed[listed.index('id="pilot-chart"') :]
            pages = [ours, *(self._shown(f"/downloads/pilot-chart{end}") for end in ("/", ".svg"))]
            return {re.search(r"版本号 ?([0-9a-f]{10})", page).group(1) for page in pages}

        before = versions()
        self.assertEqual(len(before), 1)
        stages = (*pilot.STAGES, pilot.STAGES[-1])
        with mock.patch.object(pilot, "STAGES", stages):
            self.assertNotEqual(versions(), before)

    def test_the_file_is_dated(self):
        today = timezone.localdate()
        day = f"{today.year}年{today.month}月{today.day}日"
        self.assertIn(day, self._shown("/downloads/disclosure-chart.svg"))

    def _shown(self, address):
        """The page, or the words of a drawing without the breaks between its lines."""
        content = self.client.get(address).content
        if not address.endswith(".svg"):
            return content.decode()
        return "".join(ET.fromstring(content).itertext())  # noqa: S314

    def test_a_file_of_a_demonstration_says_so(self):
        with override_settings(SITE=settings.SITE | {"is_demo": True}):
            shown = self.client.get("/downloads/pilot-chart.svg").content.decode()
        self.assertIn("示范数据", shown)
        self.assertNotIn("示范数据", self.client.get("/downloads/pilot-chart.svg").content.decode())
