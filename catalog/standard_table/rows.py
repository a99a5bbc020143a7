"""The rows of the standard table: the catalog's leaves with the matters above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from ..choices import Audience, Channel
from ..models import MAX_LEVEL
from ..printed import items
from ..querysets import MatterQuerySet
from .layout import CHANNEL_LINES, CHOSEN, COLUMNS, MARK, NO_MATTER, NOT_CHOSEN

_OWN = (
    "code",
    "category",
    "content",
    "legal_basis",
    "time_limit",
    "limit_days",
    "limit_kind",
    "responsible_text",
    "channels",
    "audience",
    "audience_detail",
    "method",
    "tiers",
    "updated_at",
)
#: The matter itself and those above it.
_CHAIN = ("", "parent__", "parent__parent__", "parent__parent__parent__")
_PLACES = ("level", *(f"{path}{name}" for path in _CHAIN for name in ("pk", "name")))

#: In which column the second box of a line begins, in full-width characters.
_SECOND_BOX = 10
_LABELS = {str(value): str(label) for value, label in Channel.choices}
_MARKS = {column.choice: column.key for column in COLUMNS if column.choice}


class Place(NamedTuple):
    """A matter above a row, or the row's own, by its key and name."""

    pk: int
    name: str


class Row(NamedTuple):
    """A leaf matter; ``places`` are its matters of the levels 1 to 3, as far down as it lies."""

    domain_code: str
    domain: str
    places: tuple[Place, ...]
    standard: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The names of three levels, empty where it lies higher."""
        return [place.name for place in self.places] + [""] * (MAX_LEVEL - len(self.places))


class Domain(NamedTuple):
    """What stands on one sheet."""

    code: str
    name: str
    rows: list[Row]

    def count(self, level: int) -> int:
        """How many different matters of ``level`` the rows name."""
        return len({row.places[level - 1].pk for row in self.rows if len(row.places) >= level})


class Head(NamedTuple):
    """What a file says about itself."""

    organisation: str
    site: str
    address: str
    day: date
    filters: str
    is_demo: bool

    @property
    def demo_label(self) -> str:
        return DEMO_LABEL if self.is_demo else ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Where a file comes from, name by name."""
        return [
            ("编制单位", self.organisation),
            ("网站", self.site),
            ("网址", self.address),
            ("导出日期", self.day.isoformat()),
            ("筛选条件", self.filters),
        ]


DEMO_LABEL = "演示数据：由演示站点导出，事项和标准均为示范内容，不是正式印发的目录"


def head_of(address: str, filters: str) -> Head:
    site = settings.SITE
    day = timezone.localdate()
    return Head(site["organisation"], site["name"], address, day, filters, site["is_demo"])


def read(matters: MatterQuerySet) -> list[Row]:
    """The rows of ``matters`` in their order, in one query."""
    return [_row(values) for values in matters.values_list(*_OWN, *_PLACES)]


def _row(values: Sequence[Any]) -> Row:
    standard = dict(zip(_OWN, values, strict=False))
    level, *chain = values[len(_OWN) :]
    # From the leaf upwards, the domain last.
    pairs = zip(chain[0 : 2 * level + 1 : 2], chain[1 : 2 * level + 2 : 2], strict=True)
    *places, domain = [Place(pk, name) for pk, name in pairs]
    return Row(standard["code"][:2], domain.name, tuple(reversed(places)), standard)


def by_domain(rows: Iterable[Row]) -> list[Domain]:
    groups = groupby(rows, key=lambda row: (row.domain_code, row.domain))
    return [Domain(code, name, list(group)) for (code, name), group in groups]


def merges(rows: Sequence[Row]) -> Iterator[tuple[int, int, int]]:
    """First row, last row and level of each matter that several neighbours lie under.

    A matter without further levels lies under its own name alone.
    """
    for level in range(1, MAX_LEVEL):
        keyed = ((row.places[:level], number) for number, row in enumerate(rows))
        for key, group in groupby(keyed, key=itemgetter(0)):
            numbers = [number for _key, number in group]
            if len(key) == level and len(numbers) > 1:
                yield numbers[0], numbers[-1], level


def cells(row: Row, number: int) -> list[str]:
    """The row as the official table prints it, column by column."""
    standard = row.standard
    texts = {
        "number": str(number),
        "content": "\n".join(items(standard["content"])),
        "legal_basis": "\n".join(items(standard["legal_basis"])),
        "time_limit": standard["time_limit"],
        "responsible_text": standard["responsible_text"],
        "channels": boxes(frozenset(standard["channels"] or ())),
    }
    for level, name in enumerate(row.names, 1):
        texts[f"level_{level}"] = name or NO_MATTER
    for choice in (standard["audience"], standard["method"], *(standard["tiers"] or [])):
        if choice:
            texts[_MARKS[choice]] = MARK
    if standard["audience"] == Audience.SPECIFIC:
        texts[_MARKS[Audience.SPECIFIC]] = f"{MARK} {standard['audience_detail']}".strip()
    return [texts.get(column.key, "") for column in COLUMNS]


@lru_cache(maxsize=1024)
def boxes(chosen: frozenset[str]) -> str:
    """All 13 boxes; the full-width spaces put the second of a line under the one above it."""
    lines = []
    for line in CHANNEL_LINES:
        texts = [f"{CHOSEN if box in chosen else NOT_CHOSEN}{_LABELS[box]}" for box in line]
        lines.append("".join(text.ljust(_SECOND_BOX, "　") for text in texts).rstrip("　"))
    return "\n".join(lines)
