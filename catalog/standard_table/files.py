"""A standard table as it was uploaded: what it holds, what is asked about it, what it changes."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from ..models import Matter, Unit
from . import boxes, cells
from .changes import Changes
from .decisions import SKIPPED, Decisions
from .interpretation import entries_of
from .meanings import Meaning
from .names import UnitNames, domain_in
from .reading import read
from .recognition import Table, tables_of

_BOX_MEANS_OPTIONAL = re.compile("□.{0,4}可选")


class Question(NamedTuple):
    """Words or a sign of the file that the catalog doesn't know, how often, and what comes near."""

    words: str
    cells: int
    near: list[str]


class StandardTableFile:
    """Reads its content once; answers by decisions may be asked again and again."""

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.grids = read(content, name)
        self.tables = tables_of(self.grids)
        self.domains = dict(Matter.objects.domains().current().values_list("name", "code"))

    @cached_property
    def directory(self) -> dict[str, list[Unit]]:
        return Unit.objects.directory()

    @cached_property
    def units(self) -> UnitNames:
        return UnitNames(self.directory)

    def proposal(self) -> Decisions:
        """What the file itself suggests; a person corrects it."""
        return Decisions(
            columns={
                table.key: {column.index: column.meaning for column in table.columns}
                for table in self.tables
            },
            domains={table.key: self._domain_of(table) for table in self.tables},
            signs={} if self._says_optional() else {"□": False},
        )

    def _domain_of(self, table: Table) -> str:
        if table.grid.is_hidden:
            return SKIPPED
        if table.column(Meaning.DOMAIN):
            return ""
        for text in (*reversed(table.titles), table.grid.name):
            if code := domain_in(text, self.domains):
                return code
        return domain_in(self.name, self.domains) if len(self.tables) == 1 else ""

    def _says_optional(self) -> bool:
        """Whether a note says that □ is 可选, which doesn't tell whether the county uses it."""
        return any(
            _BOX_MEANS_OPTIONAL.search(cells.plain(text))
            for grid in self.grids
            for row in grid.rows.values()
            for text in row.values()
            if "可选" in text
        )

    # Questions ----------------------------------------------------------------------------

    def unknown_units(self, decisions: Decisions) -> list[Question]:
        counted: Counter[str] = Counter()
        for text in self._texts(decisions, Meaning.UNITS):
            counted.update(self.units.split(text, {})[1])
        return [
            Question(words, count, self.units.near(words)) for words, count in counted.most_common()
        ]

    def unknown_channels(self, decisions: Decisions) -> list[Question]:
        counted: Counter[str] = Counter()
        for text in self._texts(decisions, Meaning.CHANNELS):
            counted.update(boxes.unknown_names(text))
        return [Question(words, count, []) for words, count in counted.most_common()]

    def signs(self, decisions: Decisions) -> list[Question]:
        """Signs of boxes whose meaning differs from county to county."""
        counted: Counter[str] = Counter()
        for text in self._texts(decisions, Meaning.CHANNELS):
            counted.update(boxes.doubtful_signs(text))
            counted.update({"□"} & set(text))
        return [Question(sign, count, []) for sign, count in sorted(counted.items())]

    def missing_fields(self, decisions: Decisions) -> set[str]:
        """Fields that some table has no column for; names above rows never have a 公开类别."""
        wanted = {
            "channels": {Meaning.CHANNELS},
            "audience": {Meaning.AUDIENCE, Meaning.PUBLIC, Meaning.SPECIFIC},
            "method": {Meaning.METHOD, Meaning.PROACTIVE, Meaning.ON_REQUEST},
            "tiers": {
                Meaning.TIERS,
                Meaning.COUNTY,
                Meaning.TOWNSHIP,
                Meaning.VILLAGE,
                Meaning.BELOW_COUNTY,
            },
        }
        present = [set(self._columns(decisions, table).values()) for table in self._used(decisions)]
        return {"category"} | {
            name
            for name, meanings in wanted.items()
            if any(not (meanings & columns) for columns in present)
        }

    def _used(self, decisions: Decisions) -> list[Table]:
        return [table for table in self.tables if decisions.domains.get(table.key) != SKIPPED]

    def _columns(self, decisions: Decisions, table: Table) -> dict[int, Meaning]:
        proposed = {column.index: column.meaning for column in table.columns}
        return proposed | decisions.columns.get(table.key, {})

    def _texts(self, decisions: Decisions, wanted: Meaning) -> list[str]:
        return [
            text
            for table in self._used(decisions)
            for index, meaning in self._columns(decisions, table).items()
            if meaning == wanted
            for row in table.rows
            if (text := table.grid.own_text(row, index))
            and not cells.is_none(text)
            and not cells.is_ditto(text)
        ]

    # Answers ------------------------------------------------------------------------------

    def changes(self, decisions: Decisions) -> Changes:
        entries = entries_of(self.tables, decisions, self.units, self.domains)
        return Changes(entries, decisions, self.units)
