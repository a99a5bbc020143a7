"""A table's cells asked by what their column means, as somebody decided it."""

from __future__ import annotations

from collections.abc import Mapping

from . import cells
from .meanings import Meaning
from .recognition import Table


class Columns:
    """The columns in use; those that nobody could name, or that are named twice, are told."""

    def __init__(self, table: Table, decided: Mapping[int, Meaning]) -> None:
        self.table = table
        self.grid = table.grid
        self.index: dict[Meaning, int] = {}
        self.unknown: list[int] = []
        self.doubled: list[int] = []
        for column in table.columns:
            meaning = decided.get(column.index, column.meaning)
            if meaning == Meaning.UNKNOWN:
                self.unknown.append(column.index)
            elif meaning in self.index:
                self.doubled.append(column.index)
            elif meaning != Meaning.IGNORED:
                self.index[meaning] = column.index

    def __contains__(self, meaning: object) -> bool:
        return meaning in self.index

    def __getitem__(self, meaning: Meaning) -> int:
        return self.index[meaning]

    def own(self, row: int, meaning: Meaning) -> str:
        return self.grid.own_text(row, self.index[meaning])

    def text(self, row: int, meaning: Meaning) -> str:
        """What the column shows in the row; a cell merged from the left shows nothing here."""
        if meaning not in self.index:
            return ""
        column = self.index[meaning]
        merge = self.grid.merge_at(row, column)
        if merge and (merge.left != column or merge.top <= self.table.bottom < row):
            return ""
        return self.grid.text(row, column)

    def is_merged_from_left(self, row: int, meaning: Meaning) -> bool:
        merge = self.grid.merge_at(row, self.index[meaning])
        return merge is not None and merge.left != self.index[meaning]

    def is_merged_from_above(self, row: int, meaning: Meaning) -> bool:
        if meaning not in self.index:
            return False
        merge = self.grid.merge_at(row, self.index[meaning])
        return merge is not None and self.table.bottom < merge.top < row

    def above(self, row: int, meaning: Meaning) -> str:
        """What the nearest row above says that doesn't say 同上 itself."""
        for line in reversed(self.table.rows[: self.table.rows.index(row)]):
            text = self.text(line, meaning)
            if not cells.is_ditto(text):
                return text
        return ""
