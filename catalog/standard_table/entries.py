"""A matter as a row of the file gives it, and what has to be said about its cells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from .recognition import Table


class Remark(NamedTuple):
    """Something about a cell (or, without a column, a row) that a person should know."""

    row: int
    column: int | None
    text: str
    is_problem: bool = True

    @property
    def line(self) -> int:
        return self.row + 1

    @property
    def letter(self) -> str:
        return "" if self.column is None else get_column_letter(self.column + 1)


@dataclass
class Entry:
    """One matter as the file gives it: where it stands, its path of names, what the columns say."""

    table: Table
    row: int
    domain: str = ""
    path: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    #: Field → the column that it was read from.
    sources: dict[str, int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    #: Something was taken from the row above: an empty name or text, 同上.
    leans: bool = False

    def refuse(self, column: int | None, text: str) -> None:
        self.remarks.append(Remark(self.row, column, text))

    def note(self, column: int | None, text: str) -> None:
        self.remarks.append(Remark(self.row, column, text, is_problem=False))

    def is_refused_at(self, columns: Collection[int]) -> bool:
        return any(remark.is_problem and remark.column in columns for remark in self.remarks)

    @property
    def has_problems(self) -> bool:
        return any(remark.is_problem for remark in self.remarks)
