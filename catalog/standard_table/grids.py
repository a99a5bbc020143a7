"""A sheet as a plain grid: texts by row and column, and what is merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..exchange import UnreadableFileError, as_written

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELLS = 400_000

#: What the symbol fonts draw for a letter; a file holds the letter.
_SYMBOLS = {
    "wingdings": {
        "\xfc": "√", "\xfe": "☑", "\xfd": "☒", "\xfb": "×", "n": "■", "o": "□", "\xa8": "□",
        "q": "□", "l": "●", "u": "◆",
    },
    "wingdings 2": {"P": "√", "R": "☑", "Q": "☒", "O": "×", "\xa2": "■", "\xa3": "□"},
}  # fmt: skip


def drawn(text: str, font: str | None) -> str:
    """``text`` as its font draws it, for the fonts that draw ticks and boxes."""
    symbols = _SYMBOLS.get((font or "").strip().lower())
    return "".join(symbols.get(sign, sign) for sign in text) if symbols else text


class Merge(NamedTuple):
    """Cells drawn as one; all four ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Grid:
    """One sheet, or the whole of a document; rows and columns count from 0.

    Only cells that hold something are kept, so a sheet whose formatting runs to the last row costs
    no more than its words.
    """

    name: str
    is_hidden: bool = False
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    cells: int = 0
    _covered: dict[tuple[int, int], Merge] = field(default_factory=dict)

    def put(self, row: int, column: int, text: str) -> None:
        text = str(as_written(text)).strip()
        if not text:
            return
        self.rows.setdefault(row, {})[column] = text
        self.cells += 1
        if self.cells > MAX_CELLS or column >= MAX_COLUMNS or len(self.rows) > MAX_ROWS:
            raise UnreadableFileError(
                f"“{self.name}”超过了{MAX_ROWS}行、{MAX_COLUMNS}列,不像公开标准目录,"
                "请删去多余的内容或拆成几个文件"
            )

    def settle(self) -> None:
        """Once all is put: merges of nothing go, and so do texts that a merge hides."""
        self.rows = {number: self.rows[number] for number in sorted(self.rows)}
        last, width = max(self.rows, default=-1), self.width
        self.merges = [
            Merge(top, left, min(bottom, last), min(right, width - 1))
            for top, left, bottom, right in self.merges
            if top <= last and left < width and (bottom > top or right > left)
        ]
        for merge in self.merges:
            for row in range(merge.top, merge.bottom + 1):
                for column in range(merge.left, merge.right + 1):
                    self._covered[row, column] = merge
                    if (row, column) != (merge.top, merge.left) and row in self.rows:
                        self.rows[row].pop(column, None)
        self.rows = {number: cells for number, cells in self.rows.items() if cells}

    @property
    def width(self) -> int:
        return max((max(cells) for cells in self.rows.values()), default=-1) + 1

    def merge_at(self, row: int, column: int) -> Merge | None:
        return self._covered.get((row, column))

    def own_text(self, row: int, column: int) -> str:
        """What stands in the cell itself; nothing in a cell that a merge covers."""
        return self.rows.get(row, {}).get(column, "")

    def text(self, row: int, column: int) -> str:
        """What a reader sees in the cell: a merged one shows the text of its first."""
        merge = self._covered.get((row, column))
        return self.own_text(merge.top, merge.left) if merge else self.own_text(row, column)
