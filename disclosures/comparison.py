"""Two versions side by side, their differences marked word by word.

Paragraphs, table rows and cells are aligned first, then compared in Chinese words (jieba), so that
a changed figure or name stands out and not the half of a word.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any, NamedTuple

from django.utils.safestring import SafeString, mark_safe

from .alignment import differences, paired
from .models import Attachment, Revision

#: Beyond this many characters a paragraph is compared by sentences.
LONG = 5000
SENTENCE = re.compile(r"[^。！？；]*[。！？；]|[^。！？；]+")
FIGURES = re.compile(r"[\d.,%]+")
#: This many first characters tell whether two paragraphs are alike.
SAMPLE = 1000
#: Paragraphs less alike than this are one taken out and one put in.
ALIKE = 0.35

SHOWN = {"p", "h2", "h3", "h4", "li", "blockquote", "caption"}
#: A paragraph within one of these is told by it.
AROUND = {"li", "blockquote"}
CELLS = {"td", "th"}
#: Where one piece of text ends and the next begins.
BREAKS = SHOWN | CELLS | {"br", "hr", "ol", "table", "tr", "ul"}


@dataclass(frozen=True)
class Block:
    """A paragraph or table row on either side; ``skipped`` unchanged ones stand for themselves."""

    kind: str
    before: SafeString = SafeString("")
    after: SafeString = SafeString("")
    skipped: int = 0


@dataclass(frozen=True)
class FieldChange:
    heading: str
    before: SafeString
    after: SafeString


@dataclass(frozen=True)
class FileChange:
    """``before`` or ``after`` is missing for a file added or removed."""

    label: str
    before: Attachment | None
    after: Attachment | None


@dataclass(frozen=True)
class Comparison:
    blocks: list[Block]
    fields: list[FieldChange]
    files: list[FileChange]

    @property
    def count(self) -> int:
        changed = sum(1 for block in self.blocks if block.kind != "equal")
        return changed + len(self.fields) + len(self.files)


def compare(before: Revision, after: Revision, *, with_evidence: bool = True) -> Comparison:
    """What ``after`` changes: text, metadata and files. Of files, evidence is for staff only."""
    return Comparison(
        list(text_blocks(before.body, after.body)),
        list(_fields(before, after)),
        list(_files(before, after, with_evidence=with_evidence)),
    )


# Text ---------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A paragraph, or a table row with the text of each cell."""

    tag: str
    cells: tuple[str, ...]

    @property
    def parts(self) -> frozenset[str]:
        """What likeness is measured by: signs, pairs of signs and, in a table, whole cells."""
        text = "".join(self.cells)[:SAMPLE]
        pairs = {text[place : place + 2] for place in range(len(text) - 1)}
        return frozenset({*text, *pairs, *(self.cells if self.tag == "tr" else ())})


class _Rows(HTMLParser):
    """A sanitised text as rows: each paragraph one, each table row one with its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[Row] = []
        #: Which cells of a row are headings; apart from the rows, as they don't make them differ.
        self.headings: list[tuple[bool, ...]] = []
        self._cells: list[tuple[str, bool]] = []
        self._around: list[str] = []
        self._tag, self._text, self._href = "p", "", ""
        self._in_cell, self._nested = False, 0
        self.feed(html)
        self.close()
        self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href") or ""
        elif self._in_cell:
            self._nested += tag == "table"
            self._text += " " * (tag in BREAKS)
        elif tag in CELLS:
            self._in_cell, self._text = True, ""
        elif tag in BREAKS - {"br"}:
            self._finish()
            if tag in AROUND:
                self._around.append(tag)
            self._tag = self._around[-1] if tag == "p" and self._around else tag
        elif tag == "br":
            self._text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            # Where a link leads is part of what is read.
            self._text += f"[{self._href}]" if self._href else ""
            self._href = ""
        elif self._in_cell:
            self._end_in_cell(tag)
        elif tag == "tr":
            self._finish_row()
        elif tag in BREAKS:
            self._finish()
            if tag in self._around[-1:]:
                self._around.pop()
            self._tag = self._around[-1] if self._around else "p"

    def handle_data(self, data: str) -> None:
        self._text += data

    def _end_in_cell(self, tag: str) -> None:
        if tag in CELLS and not self._nested:
            self._cells.append((_squeezed(self._text), tag == "th"))
            self._in_cell, self._text = False, ""
        else:
            self._nested -= tag == "table"
            self._text += " " * (tag in BREAKS)

    def _finish_row(self) -> None:
        if self._cells:
            texts, headings = zip(*self._cells, strict=True)
            self.rows.append(Row("tr", texts))
            self.headings.append(headings)
        self._cells, self._text = [], ""

    def _finish(self) -> None:
        if text := _squeezed(self._text):
            self.rows.append(Row(self._tag if self._tag in SHOWN else "p", (text,)))
            self.headings.append((False,))
        self._text = ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True)
class _Side:
    """A row with what is needed to show it and to find its like."""

    row: Row
    headings: tuple[bool, ...]
    parts: frozenset[str]

    def shown(self, cells: Sequence[str]) -> SafeString:
        return _row(self.row.tag, cells, self.headings)

    def plain(self) -> SafeString:
        return self.shown([escape(cell) for cell in self.row.cells])

    def whole(self, tag: str) -> SafeString:
        return self.shown([_wrapped(escape(cell), tag) for cell in self.row.cells])


def text_blocks(before: str, after: str) -> Iterator[Block]:
    """The paragraphs and table rows of two sanitised texts beside each other, in order."""
    old, new = _Rows(before), _Rows(after)
    for is_equal, a, b, c, d in differences(old.rows, new.rows):
        if is_equal:
            yield from _unchanged(
                list(zip(_sides(old, a, b), _sides(new, c, d), strict=True)),
                is_first=a == c == 0,
                is_last=b == len(old.rows) and d == len(new.rows),
            )
        else:
            for left, right in paired(
                _sides(old, a, b), _sides(new, c, d), _likeness, _without_figures
            ):
                yield _changed(left, right)


def _sides(text: _Rows, start: int, end: int) -> list[_Side]:
    rows, headings = text.rows[start:end], text.headings[start:end]
    return [_Side(row, head, row.parts) for row, head in zip(rows, headings, strict=True)]


def _unchanged(
    rows: Sequence[tuple[_Side, _Side]], *, is_first: bool, is_last: bool
) -> Iterator[Block]:
    """One row of context towards each change; the rest is counted."""
    head = [] if is_first else list(rows[:1])
    tail = [] if is_last else list(rows[len(head) :][-1:])
    skipped = len(rows) - len(head) - len(tail)
    for left, right in head:
        yield Block("equal", left.plain(), right.plain())
    if skipped:
        yield Block("equal", skipped=skipped)
    for left, right in tail:
        yield Block("equal", left.plain(), right.plain())


def _likeness(one: _Side, other: _Side) -> float:
    """Between 0, for what no reader would take for the same place, and 1."""
    if one.row.tag != other.row.tag or not (one.parts or other.parts):
        return 0
    shared = 2 * len(one.parts & other.parts) / (len(one.parts) + len(other.parts))
    return shared if shared >= ALIKE else 0


def _without_figures(side: _Side) -> tuple[str, ...]:
    """In a long list whose amounts all changed, the names still tell which row is which."""
    return tuple(FIGURES.sub("", cell) for cell in side.row.cells)


def _changed(old: _Side | None, new: _Side | None) -> Block:
    if old is None:
        assert new is not None
        return Block("added", SafeString(""), new.whole("ins"))
    if new is None:
        return Block("removed", old.whole("del"), SafeString(""))
    left: list[str] = []
    right: list[str] = []
    for one, other in _cell_pairs(old.row.cells, new.row.cells):
        before, after = marked(one or "", other or "")
        left += [] if one is None else [before]
        right += [] if other is None else [after]
    return Block("changed", old.shown(left), new.shown(right))


def _cell_pairs(
    old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[tuple[str | None, str | None]]:
    """Column beside column; where one came or went, equal cells say which."""
    if len(old) == len(new):
        yield from zip(old, new, strict=True)
        return
    for _is_equal, a, b, c, d in differences(old, new):
        yield from zip_longest(old[a:b], new[c:d])


def _row(tag: str, cells: Sequence[str], headings: Sequence[bool]) -> SafeString:
    """Headings stay visibly so without upsetting the outline of the page that shows them."""
    if tag == "tr":
        row = "".join(
            f"<th>{cell}</th>" if is_heading else f"<td>{cell}</td>"
            for cell, is_heading in zip(cells, headings, strict=True)
        )
        return mark_safe(f"<table><tbody><tr>{row}</tr></tbody></table>")
    return mark_safe(f'<p class="was-{tag}">{cells[0]}</p>')


# Words --------------------------------------------------------------------------------------------


@cache
def _segmenter() -> Any:
    # The dictionary takes most of a second to load; only who compares waits for it.
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba


def marked(before: str, after: str) -> tuple[SafeString, SafeString]:
    """Both texts, escaped, with <del> and <ins> around the words that differ."""
    if before == after:
        return mark_safe(escape(before)), mark_safe(escape(after))
    # Both sides in the same measure: words never equal sentences.
    cut = SENTENCE.findall if max(len(before), len(after)) > LONG else _segmenter().lcut
    old, new = cut(before), cut(after)
    left: list[str] = []
    right: list[str] = []
    for is_equal, a, b, c, d in differences(old, new):
        taken, put = escape("".join(old[a:b])), escape("".join(new[c:d]))
        left.append(taken if is_equal else _wrapped(taken, "del"))
        right.append(put if is_equal else _wrapped(put, "ins"))
    return mark_safe("".join(left)), mark_safe("".join(right))


def _wrapped(text: str, tag: str) -> str:
    return f"<{tag}>{text}</{tag}>" if text else ""


# Metadata, files ----------------------------------------------------------------------------------


def _fields(before: Revision, after: Revision) -> Iterator[FieldChange]:
    for name in Revision.CONTENT_FIELDS:
        old, new = _shown(before, name), _shown(after, name)
        if name != "body" and old != new:
            field: Any = Revision._meta.get_field(name)
            yield FieldChange(str(field.verbose_name), *marked(old, new))


def _shown(revision: Revision, name: str) -> str:
    display = getattr(revision, f"get_{name}_display", None)
    value = display() if display else getattr(revision, name)
    return "" if value is None else str(value)


def _files(before: Revision, after: Revision, *, with_evidence: bool) -> Iterator[FileChange]:
    old = _attachments(before, with_evidence=with_evidence)
    new = _attachments(after, with_evidence=with_evidence)
    same = {_identity(file) for file in old} & {_identity(file) for file in new}
    added = [file for file in new if _identity(file) not in same]
    for file in old:
        if _identity(file) in same:
            continue
        successor = next((other for other in added if other.name == file.name), None)
        if successor is not None:
            added.remove(successor)
        yield FileChange("替换" if successor else "去掉", file, successor)
    for file in added:
        yield FileChange("增加", None, file)


def _identity(file: Attachment) -> tuple[str, str, bool]:
    return file.name, file.digest, file.is_evidence


def _attachments(revision: Revision, *, with_evidence: bool) -> list[Attachment]:
    files = revision.attachments.order_by("position", "pk")
    return [file for file in files if with_evidence or not file.is_evidence]
