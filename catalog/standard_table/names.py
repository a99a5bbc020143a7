"""Names of units and domains as counties print them, and the catalog's own that come near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ..querysets import SCHOOL_GROUPS, TOWNSHIP_GROUPS
from .cells import plain

if TYPE_CHECKING:
    from ..models import Unit

COUNTY = "定远县"
_OFFERED, _NEAR = 4, 0.45
_GROUPS = TOWNSHIP_GROUPS | SCHOOL_GROUPS


def _key(name: str) -> str:
    """A name without brackets, and without the county that a county's own list leaves out."""
    name = re.sub(r"[()\[\]“”\"]", "", plain(name))
    for prefix in (f"中共{COUNTY}", COUNTY, "本县", "县"):
        if name.startswith(prefix) and len(name) > len(prefix) + 1:
            return name.removeprefix(prefix)
    return name


class UnitNames:
    """The directory of publishers, asked with names from elsewhere."""

    def __init__(self, directory: Mapping[str, list[Unit]]) -> None:
        self.printed: dict[str, str] = {}
        doubtful: set[str] = set()
        for name, units in directory.items():
            shown = name if name in _GROUPS or not units else units[0].short_name
            self.printed[plain(name)] = shown
            if self.printed.setdefault(_key(name), shown) != shown:
                doubtful.add(_key(name))
        for key in doubtful - {plain(name) for name in directory}:
            del self.printed[key]
        self.choices = list(dict.fromkeys(self.printed.values()))

    def find(self, name: str) -> str:
        """The printed name of the unit or group that a name means, or nothing."""
        return self.printed.get(plain(name)) or self.printed.get(_key(name), "")

    def near(self, name: str) -> list[str]:
        """Printed names that come near, the nearest first."""
        key = _key(name)
        scores = {shown: _nearness(key, _key(shown)) for shown in self.choices}
        found = sorted(scores, key=lambda shown: -scores[shown])[:_OFFERED]
        return [shown for shown in found if scores[shown] >= _NEAR]

    def split(self, text: str, chosen: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """The units of a cell by their printed names, and the words that name none.

        ``chosen`` holds the printed names that a person chose for words.
        """
        best: tuple[list[str], list[str]] | None = None
        for words in _splittings(text):
            found = [chosen.get(word) or self.find(word) for word in words]
            unknown = [word for word, name in zip(words, found, strict=True) if not name]
            if not unknown:
                return list(dict.fromkeys(found)), []
            if best is None or len(unknown) < len(best[1]):
                best = [name for name in found if name], unknown
        return best or ([], [])


def _splittings(text: str) -> Iterable[list[str]]:
    """The ways to read a cell: breaks within a name, or between names; 和 as a last resort."""
    unbroken = re.sub(r"\s+", "", text)
    yield _parts("[、,，;；]", unbroken)
    yield _parts(r"[、,，;；\n]", text)
    yield _parts(r"[、,，;；\s/／]", text)
    yield _parts(r"[、,，;；/／]|及|以及|和|与", unbroken)


def _parts(separator: str, text: str) -> list[str]:
    return [plain(part) for part in re.split(separator, text) if part and plain(part)]


def _nearness(name: str, known: str) -> float:
    """1 for the same; abbreviations such as 住建局 count as near: their signs stand in order."""
    rest = iter(known)
    if len(name) > 1 and all(sign in rest for sign in name):
        return 0.7 + 0.3 * len(name) / len(known)
    return SequenceMatcher(None, name, known, autojunk=False).ratio()


# Domains ------------------------------------------------------------------------------------------

#: What the national guides and other counties call the pilot's domains.
_ALIASES = {
    "扶贫": "扶贫救灾",
    "救灾": "扶贫救灾",
    "衔接推进乡村振兴": "扶贫救灾",
    "脱贫攻坚": "扶贫救灾",
    "农村集体土地征收": "征地补偿",
    "土地征收": "征地补偿",
    "国有土地上房屋征收与补偿": "拆迁安置",
    "国有土地上房屋征收": "拆迁安置",
    "公共资源配置": "公共资源交易",
    "危房改造": "农村危房改造",
    "住房保障": "保障性住房",
}


def domain_in(text: str, domains: Mapping[str, str]) -> str:
    """The code of the domain that a title, a sheet's name or a cell speaks of, or nothing.

    ``domains`` maps names to codes. Two domains in one text are none.
    """
    words = plain(text)
    found = {code for name, code in domains.items() if plain(name) in words}
    if not found:
        spoken = [alias for alias in _ALIASES if alias in words and _ALIASES[alias] in domains]
        found = {domains[_ALIASES[alias]] for alias in spoken}
    return found.pop() if len(found) == 1 else ""
