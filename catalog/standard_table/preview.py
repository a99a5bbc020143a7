"""The first rows of the standard table, for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .layout import COLUMNS, title_of
from .rows import Row, cells, merges


class Cell(NamedTuple):
    key: str
    text: str
    rows: int = 1

    @property
    def is_heading(self) -> bool:
        """Names of matters head their rows."""
        return self.key.startswith("level_")


class Preview(NamedTuple):
    title: str
    lines: list[list[Cell]]


def of(rows: Sequence[Row]) -> Preview | None:
    """Those of ``rows`` that stand on one sheet with the first, merged as they are there."""
    if not rows:
        return None
    shown = [row for row in rows if row.domain_code == rows[0].domain_code]
    spans = {(first, f"level_{level}"): last - first + 1 for first, last, level in merges(shown)}
    inside = {
        (row, key) for (first, key), span in spans.items() for row in range(first + 1, first + span)
    }
    lines = [
        [
            Cell(column.key, text, spans.get((place, column.key), 1))
            for column, text in zip(COLUMNS, cells(row, place + 1), strict=True)
            if (place, column.key) not in inside
        ]
        for place, row in enumerate(shown)
    ]
    return Preview(title_of(rows[0].domain), lines)
