"""Where the tables of a sheet stand, and what each of their columns seems to hold.

A proposal for a person to correct: nothing is imported from a column that nobody could name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from .grids import Grid
from .meanings import (
    GROUPS,
    NEVER_OURS,
    Meaning,
    group_of,
    heading_key,
    is_above_county,
    is_heading,
    meaning_of,
)

#: A row with fewer known headings is no header.
_MIN_HEADINGS = 3
_MAX_TITLE_ROWS = 8
_MAX_HEADING = 40
SAMPLES = 3

_TEXTS = (Meaning.CONTENT, Meaning.LEGAL_BASIS, Meaning.TIME_LIMIT, Meaning.UNITS, Meaning.CHANNELS)

#: How a line below a table, or between two of its parts, begins that is no matter.
_NOTE = re.compile(
    r"[（(]?\s*(注|备\s*注|说明|填表|填报|制表|审核|联系|附件|附注|标注|[★※*■□●〇○◆▲“\"]"
    r"|[第共].{1,5}页|\d+\s*/\s*\d+$)"
)
_TITLE = re.compile(r"(领域|目录|标准|清单|一览表)")
_SERIAL = re.compile(r"[\d.\-—、()（）\s]+")


@dataclass
class Column:
    """A column as it stands in the file; ``headings`` from the top one down."""

    index: int
    headings: tuple[str, ...]
    meaning: Meaning
    samples: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return " / ".join(self.headings) or "(没有表头)"

    @property
    def letter(self) -> str:
        return get_column_letter(self.index + 1)


@dataclass
class Table:
    """One table of a sheet: its header, its rows and the words around it."""

    sheet: int
    grid: Grid
    top: int
    bottom: int
    columns: list[Column]
    titles: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: Lines inside the table that are neither a matter nor a note.
    stray: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names the table within its file."""
        first = self.rows[0] if self.rows else self.bottom
        return f"{self.sheet}-{first}"

    @property
    def is_standard(self) -> bool:
        """Whether it has what a list of counts under the same names hasn't."""
        return any(column.meaning in _TEXTS for column in self.columns)

    @property
    def first_line(self) -> int:
        return self.top + 1

    @property
    def last_line(self) -> int:
        return self.rows[-1] + 1

    @property
    def hidden_count(self) -> int:
        return sum(row in self.grid.hidden_rows for row in self.rows)

    @property
    def headings(self) -> list[tuple[str, ...]]:
        return [tuple(map(heading_key, column.headings)) for column in self.columns]

    def column(self, meaning: Meaning) -> Column | None:
        return next((column for column in self.columns if column.meaning == meaning), None)


def tables_of(grids: list[Grid]) -> list[Table]:
    return [table for number, grid in enumerate(grids) for table in _tables_in(number, grid)]


def _tables_in(sheet: int, grid: Grid) -> list[Table]:
    tables: list[Table] = []
    lines: list[int] = []  # above the next header, or below the last row
    current: Table | None = None
    numbers = iter(list(grid.rows))
    skip_to = -1
    for row in numbers:
        if row <= skip_to:
            continue
        if _begins_header(grid, row) and (found := _header(sheet, grid, row)).is_standard:
            skip_to = found.bottom
            titles = _titles(grid, lines, is_first=current is None)
            if current and found.headings == current.headings and not titles:
                _give_up(current, lines)
                lines = []  # the header again, on the next page
                continue
            if current:
                _give_up(current, lines[: len(lines) - len(titles)])
            found.titles = [_words(grid, line) for line in titles]
            current, lines = found, []
            tables.append(found)
        elif current is None or _is_line(grid, row, current):
            lines.append(row)
        else:
            current = _part_of(current, lines, tables)
            lines = []
            current.rows.append(row)
    if current:
        _give_up(current, lines)
    tables = [table for table in tables if table.rows]
    for table in tables:
        _collect_samples(table)
        _doubt_text_columns(table)
    return tables


# Headers ------------------------------------------------------------------------------------------


def _begins_header(grid: Grid, row: int) -> bool:
    words = {
        heading_key(text)
        for text in grid.rows[row].values()
        if len(text) <= _MAX_HEADING and is_heading(text) and meaning_of(text) != Meaning.IGNORED
    }
    return len(words) >= _MIN_HEADINGS


def _header(sheet: int, grid: Grid, top: int) -> Table:
    bottom = max(
        (merge.bottom for column in grid.rows[top] if (merge := grid.merge_at(top, column))),
        default=top,
    )
    while _goes_on(grid, top, bottom + 1):
        bottom += 1
    columns = [
        Column(index, headings, Meaning.UNKNOWN)
        for index, headings in enumerate(_headings(grid, top, bottom))
    ]
    _propose(columns)
    return Table(sheet, grid, top, bottom, columns)


def _goes_on(grid: Grid, top: int, row: int) -> bool:
    """Whether a row below the first of a header belongs to it: sub-headings or column numbers."""
    texts = list(grid.rows.get(row, {}).values())
    if not texts:
        return False
    known = sum(is_heading(text) for text in texts)
    if known and known * 2 >= len(texts) and row - top < 4:
        return True
    numbers = [re.sub(r"\D", "", text) for text in texts]
    return len(texts) >= 4 and numbers == [str(number) for number in range(1, len(texts) + 1)]


def _headings(grid: Grid, top: int, bottom: int) -> Iterator[tuple[str, ...]]:
    last = ""
    for column in range(grid.width):
        first = grid.text(top, column)
        if group_of(first):
            last = first
        elif first or bottom == top:
            last = ""
        texts = [first or (last if _own_below(grid, top, bottom, column) else "")]
        texts += [grid.text(row, column) for row in range(top + 1, bottom + 1)]
        kept = [
            text for text in dict.fromkeys(texts) if text and not text.strip("()（）").isdigit()
        ]
        yield tuple(re.sub(r"\s+", "", text) for text in kept)


def _own_below(grid: Grid, top: int, bottom: int, column: int) -> bool:
    """Whether a column without a first heading has one below, as under a group not merged."""
    return any(is_heading(grid.own_text(row, column)) for row in range(top + 1, bottom + 1))


def _propose(columns: list[Column]) -> None:
    taken: set[Meaning] = set()
    for column in columns:
        meanings = [meaning_of(text) for text in reversed(column.headings)]
        meaning = next((found for found in meanings if found), None)
        if meaning is not None and (meaning == Meaning.IGNORED or meaning not in taken):
            column.meaning = meaning
            taken.add(meaning)
    _name_groups(columns, taken)
    _name_tiers(columns, taken)


def _name_groups(columns: list[Column], taken: set[Meaning]) -> None:
    """Columns that have only the heading of a group, each the next thing that the group holds."""
    for column in columns:
        group = group_of(column.headings[-1]) if column.headings else ""
        if column.meaning != Meaning.UNKNOWN or not group:
            continue
        free = [meaning for meaning in GROUPS[group] if meaning not in taken]
        if free:
            column.meaning = free[0]
            taken.add(free[0])


def _name_tiers(columns: list[Column], taken: set[Meaning]) -> None:
    for column in columns:
        heading = column.headings[-1] if column.headings else ""
        if heading_key(heading) in NEVER_OURS:
            column.meaning = Meaning.IGNORED
        elif is_above_county(heading):
            column.meaning = Meaning.IGNORED if Meaning.COUNTY in taken else Meaning.COUNTY
            taken.add(Meaning.COUNTY)


# Lines above, between and below -------------------------------------------------------------------


def _is_line(grid: Grid, row: int, table: Table) -> bool:
    """Whether a row is one text across the table instead of a matter."""
    cells = grid.rows[row]
    if len(cells) != 1:
        return False
    ((column, text),) = cells.items()
    if _SERIAL.fullmatch(text):
        return False
    merge = grid.merge_at(row, column)
    if merge and merge.right - merge.left + 1 >= max(3, len(table.columns) * 0.6):
        return True
    if any(
        (other := grid.merge_at(row, place)) and other.top < row
        for place in range(len(table.columns))
    ):
        return False  # the rest of the row is merged with the one above
    return column <= min(found.index for found in table.columns if found.headings)


def _titles(grid: Grid, lines: list[int], *, is_first: bool) -> list[int]:
    """The lines directly above a header that don't belong to the table before, if there is one."""
    titles: list[int] = []
    for line in reversed(lines[-_MAX_TITLE_ROWS:]):
        if _NOTE.match(_words(grid, line)) and titles:
            if is_first:
                continue  # who filled it in, between the title and the header
            break
        titles.insert(0, line)
    while titles and _NOTE.match(_words(grid, titles[0])):
        titles.pop(0)
    return titles


def _words(grid: Grid, row: int) -> str:
    return " ".join(grid.rows[row].values())


def _part_of(table: Table, lines: list[int], tables: list[Table]) -> Table:
    """The table that a row after ``lines`` belongs to: a title begins a new part of it."""
    titles = [line for line in lines if _is_title(_words(table.grid, line))]
    for line in lines:
        if line in titles:
            continue
        if _NOTE.match(_words(table.grid, line)):
            table.notes.append(_words(table.grid, line))
        else:
            table.stray.append(line)
    if not titles:
        return table
    part = Table(
        table.sheet,
        table.grid,
        table.top,
        titles[-1],
        [Column(column.index, column.headings, column.meaning) for column in table.columns],
        titles=[_words(table.grid, line) for line in titles],
    )
    tables.append(part)
    return part


def _is_title(text: str) -> bool:
    return bool(_TITLE.search(text)) and not _NOTE.match(text) and len(text) <= _MAX_HEADING


def _give_up(table: Table, lines: list[int]) -> None:
    """What stands below a table are notes, once one of them says so or a row is left empty."""
    previous = table.rows[-1] if table.rows else table.bottom
    is_note = False
    for line in lines:
        text = _words(table.grid, line)
        is_note = is_note or line > previous + 1 or bool(_NOTE.match(text))
        if is_note:
            table.notes.append(text)
        else:
            table.stray.append(line)
        previous = line


# What the columns hold ----------------------------------------------------------------------------


def _collect_samples(table: Table) -> None:
    for column in table.columns:
        for row in table.rows:
            text = table.grid.own_text(row, column.index)
            if text and text not in column.samples:
                column.samples.append(text)
            if len(column.samples) == SAMPLES:
                break
    table.columns = [column for column in table.columns if column.headings or column.samples]


def _doubt_text_columns(table: Table) -> None:
    """公开方式 may say 主动公开, or 全文发布, which is no method: the words decide."""
    wanted = {
        Meaning.METHOD: re.compile("主动|依申请"),
        Meaning.AUDIENCE: re.compile("社会|特定|公众|群"),
        Meaning.TIERS: re.compile("[县区旗乡镇村]"),
    }
    for column in table.columns:
        pattern = wanted.get(column.meaning)
        if pattern and column.samples and not any(map(pattern.search, column.samples)):
            column.meaning = Meaning.UNKNOWN
