"""Rows of recognised tables as matters with their standards.

What a cell says is read or becomes a problem of that row and column; what was filled in from the
row above is said as a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from . import cells
from .columns import Columns
from .decisions import SKIPPED, Decisions
from .entries import Entry, Remark
from .meanings import LEVELS, Meaning
from .names import UnitNames, domain_in
from .recognition import Table
from .standards import StandardReader


def entries_of(
    tables: list[Table], decisions: Decisions, units: UnitNames, domains: Mapping[str, str]
) -> list[Entry]:
    """The matters of all tables that are imported, and what is wrong with the tables themselves."""
    return [
        entry
        for table in tables
        if decisions.domains.get(table.key) != SKIPPED
        for entry in _TableReader(table, decisions, units, domains).entries()
    ]


class _TableReader:
    """One table, read downwards: rows lean on the rows above them."""

    def __init__(
        self, table: Table, decisions: Decisions, units: UnitNames, domains: Mapping[str, str]
    ) -> None:
        self.table = table
        self.grid = table.grid
        self.domains = domains
        self.columns = Columns(table, decisions.columns.get(table.key, {}))
        self.levels = [level for level in LEVELS if level in self.columns]
        self.standards = StandardReader(self.columns, decisions, units)
        self.last: Entry | None = None
        #: Something may be missing above the next row: a row is empty, or a name was refused.
        self.is_doubtful = False
        self.last_domain = decisions.domains.get(table.key, "")

    def entries(self) -> Iterator[Entry]:
        if self.columns.unknown or self.columns.doubled:
            yield self._about_columns()
        stray = set(self.table.stray)
        before = self.table.bottom
        for row in sorted({*self.table.rows, *stray}):
            between = range(before + 1, row)
            if any(line not in self.grid.rows for line in between):
                self.is_doubtful = True
            before = row
            if entry := self._stray(row) if row in stray else self._entry(row):
                yield entry

    def _stray(self, row: int) -> Entry:
        """A line that may head the rows below it: they can't lean on those above any more."""
        self.last = None
        self.standards.forget()
        entry = Entry(self.table, row)
        entry.refuse(
            None, "这一行只有一格文字,看不出是事项、标题还是说明;说明请移到表格下方并写“注:”"
        )
        return entry

    def _about_columns(self) -> Entry:
        entry = Entry(self.table, self.table.bottom)
        for index in self.columns.unknown:
            entry.refuse(index, "没有认出这一列是什么,请在列对应一步选择;不需要的选“不导入”")
        for index in self.columns.doubled:
            entry.refuse(index, "有两列对应同一项,请在列对应一步改正")
        return entry

    def _entry(self, row: int) -> Entry | None:
        used = [meaning for meaning in self.columns.index if meaning != Meaning.NUMBER]
        if not any(self.columns.own(row, meaning) for meaning in used):
            self.is_doubtful = True
            return None
        if self.last and self._goes_on(row, self.last):
            return self._continued(row, self.last)
        entry = Entry(self.table, row)
        self._refuse_broken_cells(entry)
        self._read_domain(entry)
        self._read_path(entry)
        is_same_branch = bool(entry.path) and self._path_above(entry)[:1] == entry.path[:1]
        self.standards.read(entry, is_same_branch=is_same_branch)
        # What leans on a row that leans over a gap is as doubtful.
        is_doubtful = self.is_doubtful and entry.leans
        if is_doubtful:
            entry.note(None, "上面有空行或有问题的行,这一行沿用了那之前的内容,请核对")
        names = [self.columns[level] for level in self.levels]
        self.last, self.is_doubtful = entry, is_doubtful or entry.is_refused_at(names)
        return entry

    def _refuse_broken_cells(self, entry: Entry) -> None:
        names = {self.columns[level] for level in self.levels}
        for meaning, column in self.columns.index.items():
            if meaning == Meaning.NUMBER:
                continue
            merge = self.grid.merge_at(entry.row, column)
            if merge and merge.left != column and not {merge.left, column} <= names:
                entry.refuse(column, "这一格与左边的格合并了,分不清内容属于哪一列")
            if self.columns.text(entry.row, meaning).startswith("#"):
                entry.refuse(column, "这一格是没有结果的公式或错误值,请改成文字")

    # Matters that take several rows ----------------------------------------------------------

    def _goes_on(self, row: int, last: Entry) -> bool:
        """Whether the row's matter is the one above: the lowest name is merged over both."""
        named = [level for level in self.levels if self.columns.text(row, level)]
        is_named_anew = any(self.columns.own(row, level) for level in named)
        if not (named and last.path) or is_named_anew or len(last.path) > len(named):
            return False
        return self.columns.is_merged_from_above(row, named[-1])

    def _continued(self, row: int, last: Entry) -> Entry | None:
        """Lists go on in the row; anything else that it holds of its own can't be placed."""
        number = self.columns.text(row, Meaning.NUMBER)
        if number and not self.columns.is_merged_from_above(row, Meaning.NUMBER):
            self.is_doubtful = True
            entry = Entry(self.table, row)
            entry.refuse(
                None, f"事项名称与第{last.row + 1}行合并,序号却不同,分不清是一个事项还是两个"
            )
            return entry
        texts = self.standards.texts
        for meaning, column in self.columns.index.items():
            own = self.columns.own(row, meaning)
            if not own or meaning == Meaning.NUMBER:
                continue
            if meaning in {Meaning.CONTENT, Meaning.LEGAL_BASIS} and meaning.value in last.values:
                texts[meaning] = f"{texts[meaning]}\n{own}"
                last.values[meaning.value] = cells.items_of(texts[meaning])
                last.note(column, f"第{row + 1}行并入这一事项")
            elif cells.plain(own) != cells.plain(texts.get(meaning, "")):
                text = f"事项名称与第{last.row + 1}行合并,这一格却与它不同"
                last.remarks.append(Remark(row, column, text))
        return None

    # Names -----------------------------------------------------------------------------------

    def _read_domain(self, entry: Entry) -> None:
        text = self.columns.text(entry.row, Meaning.DOMAIN)
        if text and not cells.is_ditto(text):
            self.last_domain = domain_in(text, self.domains)
            if not self.last_domain:
                entry.refuse(self.columns[Meaning.DOMAIN], f"目录中没有领域“{text}”")
        entry.domain = self.last_domain
        if not entry.domain and not text:
            entry.refuse(None, "没有认出这张表属于哪个领域,请在列对应一步选择")

    def _path_above(self, entry: Entry) -> tuple[str, ...]:
        return self.last.path if self.last and self.last.domain == entry.domain else ()

    def _read_path(self, entry: Entry) -> None:
        """Empty names are those of the row above, as long as that can be told."""
        if not self.levels:
            entry.refuse(None, "没有事项名称一列,请在列对应一步选定一级事项")
            return
        above = self._path_above(entry)
        names: list[str] = []
        for depth, level in enumerate(self.levels):
            is_same = tuple(names) == above[:depth]
            text = self._name(entry, depth, above[depth] if is_same and above[depth:] else "")
            if not text:
                break
            name = cells.name_of(text)
            if cells.is_reference(name) or not any("一" <= sign <= "鿿" for sign in name):
                entry.refuse(self.columns[level], f"“{text}”不像事项名称")
                break
            names.append(name)
            entry.sources[level.value] = self.columns[level]
        entry.path = tuple(names)
        if not names and not entry.has_problems:
            entry.refuse(self.columns[self.levels[0]], "这一行没有事项名称")

    def _name(self, entry: Entry, depth: int, above: str) -> str:
        """The name at a level; nothing where the matter has no such level, or none can be told.

        ``above`` is the name in the row above, if the levels so far are the same.
        """
        level = self.levels[depth]
        text = self.columns.text(entry.row, level)
        if cells.is_ditto(text):
            entry.leans = True
            return above
        if text:
            return "" if cells.is_none(text) else text
        lower = [self.columns.text(entry.row, level) for level in self.levels[depth + 1 :]]
        has_lower = any(not cells.is_none(name) for name in lower)
        goes_across = self.columns.is_merged_from_left(entry.row, level)
        if goes_across:
            above = ""  # a name over several levels has none below it
        if above and (has_lower or not depth):
            entry.leans = True
            return above
        if has_lower or above or not depth:
            entry.refuse(self.columns[level], _why_no_name(depth, has_lower))
        elif level == Meaning.LEVEL_2 and not goes_across:
            entry.note(self.columns[level], "二级事项为空,按没有二级事项读入;有的请补上")
        return ""


def _why_no_name(depth: int, has_lower: bool) -> str:
    level = ("一级", "二级", "三级")[depth]
    if not depth:
        return "一级事项为空,上面也没有可沿用的名称"
    if has_lower:
        return f"{level}事项为空,下一级却有名称"
    return f"{level}事项为空,分不清是与上一行相同还是没有{level}事项;没有的请写“—”"
