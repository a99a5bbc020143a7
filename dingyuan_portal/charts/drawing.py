"""Flow charts as SVG: a column of boxes, with ways back beside it.

The column is as wide as a phone's screen, so that no text on it is smaller than 14 px there. On a
page the shapes carry classes, which the stylesheet colours; a file to keep has its own colours.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple
from xml.etree import ElementTree as ET

from catalog.typesetting import SANS

NAMESPACE = "http://www.w3.org/2000/svg"
WIDTH = 340
#: Left and right of the boxes is room for the ways back.
LEFT, RIGHT = 44, 292
TITLE, DETAIL = 16, 14
PADDING = 10
LEADING = 1.45
GAP = 34
#: How a box looks: a step, a signature, or where the way begins and ends.
STEP, SIGN, END = "chart-box", "chart-box chart-sign", "chart-box chart-end"
#: What may not begin a line (GB/T 15834).
_CLOSING = "，。、；：？！）”》〉"

FONTS = ", ".join(("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", *SANS, "sans-serif"))
#: The looks of a file to keep; on a page css/charts.css has the same classes.
LOOKS: dict[str, dict[str, str]] = {
    STEP: {"fill": "#ffffff", "stroke": "#8a96a2", "stroke-width": "1.2"},
    END: {"fill": "#e8eff7", "stroke": "#12447a", "stroke-width": "1.2"},
    SIGN: {"fill": "#fbeceb", "stroke": "#b3271e", "stroke-width": "1.2"},
    "chart-title": {"fill": "#17212b", "font-weight": "700"},
    "chart-detail": {"fill": "#45525f"},
    "chart-label": {"fill": "#45525f"},
    "chart-back-label": {"fill": "#b3271e"},
    "chart-line": {"fill": "none", "stroke": "#45525f", "stroke-width": "1.5"},
    "chart-back": {
        "fill": "none",
        "stroke": "#b3271e",
        "stroke-width": "1.5",
        "stroke-dasharray": "5 3",
    },
    "chart-tip": {"fill": "#45525f"},
    "chart-back-tip": {"fill": "#b3271e"},
    "chart-heading": {"fill": "#17212b", "font-weight": "700"},
}


class Node(NamedTuple):
    """What a box says; ``arrival`` is written beside the arrow that leads to it."""

    title: str
    details: tuple[str, ...] = ()
    look: str = STEP
    arrival: str = ""


class Box(NamedTuple):
    top: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def at(self, share: float) -> float:
        return self.top + self.height * share


class Chart:
    """An SVG that grows downwards. ``root`` gets shapes; ``svg`` gives the text."""

    def __init__(self, title: str, description: str, *, classes: bool) -> None:
        self.classes = classes
        self.bottom = 2.0
        self.root = ET.Element("svg", {"role": "img", "aria-labelledby": "chart-name chart-tells"})
        self.root.set("class" if classes else "xmlns", "chart" if classes else NAMESPACE)
        if not classes:
            self.root.set("font-family", FONTS)
        ET.SubElement(self.root, "title", {"id": "chart-name"}).text = title
        ET.SubElement(self.root, "desc", {"id": "chart-tells"}).text = description
        if not classes:
            ET.SubElement(self.root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})

    def heading(self, text: str) -> None:
        self.bottom += TITLE + 8
        self._text(text, WIDTH / 2, self.bottom - 4, TITLE, "chart-heading", "middle")
        self.bottom += 8

    def column(self, nodes: list[Node]) -> list[Box]:
        """The boxes of ``nodes``, one below the other, each with an arrow to the next."""
        boxes: list[Box] = []
        middle = (LEFT + RIGHT) / 2
        for node in nodes:
            if boxes:
                self._arrow([(middle, self.bottom), (middle, self.bottom + GAP)], back=False)
                place = self.bottom + GAP / 2 + DETAIL / 3
                self._text(node.arrival, middle + 12, place, DETAIL, "chart-label")
                self.bottom += GAP
            boxes.append(self._box(node))
        self.bottom += 10
        return boxes

    def way_back(self, label: str, sources: list[Box], targets: list[Box]) -> None:
        """From each of ``sources`` by a line at the right to each of ``targets``."""
        rail = RIGHT + 22
        for box in sources:
            self._path([(RIGHT, box.at(0.72)), (rail, box.at(0.72))], "chart-back")
        for box in targets:
            self._arrow([(rail, box.at(0.28)), (RIGHT, box.at(0.28))], back=True)
        top = min(box.at(0.28) for box in targets)
        bottom = max(box.at(0.72) for box in sources)
        self._path([(rail, top), (rail, bottom)], "chart-back")
        self._upright(label, rail + 16, (top + bottom) / 2)

    def round_again(self, label: str, source: Box, target: Box) -> None:
        """From ``source`` by a line at the left up to ``target``."""
        rail = LEFT - 20
        points = [(LEFT, source.at(0.5)), (rail, source.at(0.5)), (rail, target.at(0.5))]
        self._arrow([*points, (LEFT, target.at(0.5))], back=True)
        self._upright(label, rail - 13, (source.at(0.5) + target.at(0.5)) / 2)

    def svg(self, note: str = "") -> str:
        """The whole, with the lines of ``note`` below it."""
        room = WIDTH - 2 * PADDING
        for line in (line for each in note.split("\n") for line in wrapped(each, room, DETAIL)):
            self.bottom += DETAIL * LEADING
            self._text(line, WIDTH / 2, self.bottom, DETAIL, "chart-label", "middle")
        self.bottom += 8
        self.root.set("viewBox", f"0 0 {WIDTH} {self.bottom + 2:g}")
        if not self.classes:
            self.root.set("width", str(WIDTH))
            self.root.set("height", f"{self.bottom + 2:g}")
        return ET.tostring(self.root, encoding="unicode")

    def _box(self, node: Node) -> Box:
        room = RIGHT - LEFT - 2 * PADDING
        lines = [(line, TITLE, "chart-title") for line in wrapped(node.title, room, TITLE)]
        for detail in node.details:
            lines += [(line, DETAIL, "chart-detail") for line in wrapped(detail, room, DETAIL)]
        height = 2 * PADDING + sum(size * LEADING for _line, size, _look in lines)
        box = Box(self.bottom, height)
        self._shape(
            "rect",
            node.look,
            x=LEFT,
            y=box.top,
            width=RIGHT - LEFT,
            height=height,
            rx=18 if node.look == END else 6,
        )
        place = box.top + PADDING
        for line, size, look in lines:
            place += size * LEADING
            self._text(line, (LEFT + RIGHT) / 2, place - size * 0.4, size, look, "middle")
        self.bottom = box.bottom
        return box

    def _upright(self, label: str, middle: float, centre: float) -> None:
        """One character below the other."""
        top = centre - len(label) * (DETAIL + 3) / 2
        for place, letter in enumerate(label, start=1):
            below = top + place * (DETAIL + 3) - 4
            self._text(letter, middle, below, DETAIL, "chart-back-label", "middle")

    def _arrow(self, points: list[tuple[float, float]], *, back: bool) -> None:
        """A line that ends in a triangle."""
        (x0, y0), (x1, y1) = points[-2:]
        if x0 == x1:
            tip, end = [(x1 - 5, y1 - 8), (x1 + 5, y1 - 8), (x1, y1)], (x1, y1 - 7)
        else:
            step = 8 if x1 > x0 else -8
            tip, end = [(x1 - step, y1 - 5), (x1 - step, y1 + 5), (x1, y1)], (x1 - step + 1, y1)
        self._path([*points[:-1], end], "chart-back" if back else "chart-line")
        shown = " ".join(f"{x:g},{y:g}" for x, y in tip)
        self._shape("polygon", "chart-back-tip" if back else "chart-tip", points=shown)

    def _path(self, points: list[tuple[float, float]], look: str) -> None:
        shown = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._shape("polyline", look, points=shown)

    def _text(
        self, text: str, x: float, y: float, size: int, look: str, anchor: str = "start"
    ) -> None:
        if text:
            placed = {"x": x, "y": y, "font-size": size, "text-anchor": anchor}
            self._shape("text", look, **placed).text = text

    def _shape(self, tag: str, look: str, **attributes: object) -> ET.Element:
        shown = {
            name: f"{value:g}" if isinstance(value, int | float) else str(value)
            for name, value in attributes.items()
        }
        own = {"class": look} if self.classes else LOOKS[look]
        return ET.SubElement(self.root, tag, shown | own)


def width(text: str, size: float) -> float:
    """How wide ``text`` is set: a Chinese character is a square, a Latin one about 0.6 of it."""
    wide = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in text)
    return size * (wide + 0.6 * (len(text) - wide))


def wrapped(text: str, room: float, size: float) -> list[str]:
    """``text`` in lines that ``room`` holds, none of them beginning with a closing mark."""
    lines: list[str] = []
    line = ""
    for letter in text:
        # A closing mark may stand out over the edge of its line rather than begin the next.
        if width(line + letter, size) > room and letter not in _CLOSING:
            lines.append(line)
            line = ""
        line += letter
    return [*lines, line] if line else lines
