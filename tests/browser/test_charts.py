"""The charts as Chromium sets them: legible on a phone, each text inside its box."""

import pytest

pytestmark = pytest.mark.browser

CHARTS = ("/downloads/disclosure-chart/", "/downloads/pilot-chart/")

#: Texts smaller than 14 px, and texts that leave the box in which their middle stands.
LOOK = """() => {
  const svg = document.querySelector("svg.chart");
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const boxes = [...svg.querySelectorAll(".chart-box")].map((box) => box.getBoundingClientRect());
  const wrong = [];
  let inside = 0;
  for (const text of svg.querySelectorAll("text")) {
    const size = parseFloat(getComputedStyle(text).fontSize) * scale;
    if (size < 14) wrong.push(`${text.textContent}: ${size} px`);
    const place = text.getBoundingClientRect();
    const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
    const home = boxes.find((b) => b.left < x && x < b.right && b.top < y && y < b.bottom);
    if (!home) continue;
    inside += 1;
    if (place.left < home.left || place.right > home.right) wrong.push(text.textContent);
    if (place.top < home.top - 1 || place.bottom > home.bottom + 1) wrong.push(text.textContent);
  }
  return {wrong, inside, boxes: boxes.length, wide: document.documentElement.scrollWidth};
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", CHARTS)
def test_every_text_is_legible_and_stands_in_its_box(open_page, width, address):
    page = open_page(width)
    page.goto(address)
    seen = page.evaluate(LOOK)
    assert seen["wrong"] == []
    assert seen["inside"] >= 2 * seen["boxes"] > 10
    assert seen["wide"] <= width
    assert page.locator("ol li").count() > 9
