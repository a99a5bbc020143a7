"""Reads the recipes in ``texts/``: a head of ``key: value`` lines, an empty line, the body.

A recipe begins with ``== CODE [CODE …]``, the leaf matters it serves. Body lines begin with ``# ``
(heading), ``## `` (subheading), ``- `` (bullet), ``1) `` (numbered item), ``| `` (a table, see
``tables.py``) or are plain paragraphs. What stands in braces is filled in by ``filling.py``.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Recipe:
    codes: tuple[str, ...]
    title: str
    body: tuple[str, ...]
    head: dict[str, str] = field(compare=False, default_factory=dict)

    @property
    def key(self) -> str:
        """Names the recipe in seeds and counters: its first matter and the bare title."""
        return f"{self.codes[0]} {self.title}"

    @property
    def months(self) -> range | list[int]:
        """The months such a document is written in; a span may run over the turn of the year."""
        if "months" not in self.head:
            return range(1, 13)
        first, _, last = self.head["months"].partition("-")
        start, end = int(first), int(last or first)
        if start <= end:
            return range(start, end + 1)
        return [*range(start, 13), *range(1, end + 1)]

    @property
    def years(self) -> tuple[int, int]:
        first, _, last = self.head.get("years", "2017-2099").partition("-")
        return int(first), int(last or first)

    @property
    def files(self) -> list[str]:
        return self.head.get("files", "").split()

    @property
    def explains(self) -> str:
        """The matter whose document this one interprets; empty for all but interpretations."""
        return self.head.get("explains", "")


def parse(text: str) -> list[Recipe]:
    recipes = []
    for chunk in ("\n" + text).split("\n== ")[1:]:
        head_lines, _, body = chunk.partition("\n\n")
        first, *pairs = head_lines.splitlines()
        head = {}
        for pair in pairs:
            key, _, value = pair.partition(":")
            head[key.strip()] = value.strip()
        lines = tuple(line.strip() for line in body.splitlines() if line.strip())
        recipes.append(Recipe(tuple(first.split()), head.pop("title"), lines, head))
    return recipes


@cache
def all_recipes() -> tuple[Recipe, ...]:
    files = sorted(TEXTS.glob("*.txt"))
    return tuple(recipe for file in files for recipe in parse(file.read_text(encoding="utf-8")))
