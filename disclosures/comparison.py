"""Two versions side by side, their differences marked word by word.

Paragraphs, table rows and cells are aligned first, then compared in Chinese words (jieba), so that
a changed figure or name stands out and not the half of a word.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from html import escape
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from .models import Attachment, Revision

#: Beyond this many characters a paragraph is compared by sentences.
LONG = 5000
#: Paragraphs less alike than this are one taken out and one put in.
ALIKE = 0.35

Row = tuple[str, tuple[str, ...]]  # tag, and the text of a paragraph or of each cell


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
        list(_blocks(before.body, after.body)),
        list(_fields(before, after)),
        list(_files(before, after, with_evidence=with_evidence)),
    )


# Text ---------------------------------------------------------------------------------------------


class _Rows(HTMLParser):
    """A sanitised text as rows: each paragraph one, each table row one with its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._cells: list[str] | None = None
        self._tag, self._text, self._in_cell = "p", "", False
        self.feed(html)
        self.close()
        self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._finish()
            self._cells = []
        elif tag in {"td", "th"}:
            self._in_cell, self._text = True, ""
        elif tag in {"p", "h2", "h3", "h4", "li", "blockquote", "caption"} and not self._in_cell:
            self._finish()
            self._tag = tag
        elif tag == "br":
            self._text += " "
        elif tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cells is not None:
            self._cells.append(_squeezed(self._text))
            self._in_cell, self._text = False, ""
        elif tag == "tr" and self._cells is not None:
            self.rows.append(("tr", tuple(self._cells)))
            self._cells, self._text = None, ""
        elif tag == "a" and self._href:
            # Where a link leads is part of what is read.
            self._text += f"[{self._href}]"
        elif tag in {"p", "h2", "h3", "h4", "li", "blockquote", "caption"} and not self._in_cell:
            self._finish()

    def handle_data(self, data: str) -> None:
        self._text += data

    def _finish(self) -> None:
        if text := _squeezed(self._text):
            self.rows.append((self._tag, (text,)))
        self._tag, self._text = "p", ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _blocks(before: str, after: str) -> Iterator[Block]:
    old, new = _Rows(before).rows, _Rows(after).rows
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield from _unchanged(old[a:b], is_first=a == 0, is_last=b == len(old))
        else:
            for left, right in _paired(old[a:b], new[c:d]):
                yield _changed(left, right)


def _unchanged(rows: Sequence[Row], *, is_first: bool, is_last: bool) -> Iterator[Block]:
    """One row of context towards each change; the rest is counted."""
    head = [] if is_first else list(rows[:1])
    tail = [] if is_last else list(rows[len(head) :][-1:])
    skipped = len(rows) - len(head) - len(tail)
    for row in head:
        yield Block("equal", _plain(row), _plain(row))
    if skipped:
        yield Block("equal", skipped=skipped)
    for row in tail:
        yield Block("equal", _plain(row), _plain(row))


def _paired(old: list[Row], new: list[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows that are alike side by side, in order; the others alone."""
    start = 0
    for row in old:
        match = next(
            (place for place in range(start, len(new)) if _likeness(row, new[place]) >= ALIKE), None
        )
        if match is None:
            yield row, None
            continue
        for alone in new[start:match]:
            yield None, alone
        yield row, new[match]
        start = match + 1
    for alone in new[start:]:
        yield None, alone


def _likeness(one: Row, other: Row) -> float:
    if one[0] != other[0]:
        return 0
    matcher = SequenceMatcher(None, " ".join(one[1])[:LONG], " ".join(other[1])[:LONG], False)
    return matcher.quick_ratio() if matcher.real_quick_ratio() >= ALIKE else 0


def _changed(old: Row | None, new: Row | None) -> Block:
    if old is None and new is not None:
        return Block("added", SafeString(""), _whole(new, "ins"))
    if new is None and old is not None:
        return Block("removed", _whole(old, "del"), SafeString(""))
    assert old is not None
    assert new is not None
    pairs = [marked(left or "", right or "") for left, right in zip_longest(old[1], new[1])]
    before = _row(old[0], [left for left, _right in pairs][: len(old[1])])
    return Block("changed", before, _row(new[0], [right for _left, right in pairs][: len(new[1])]))


def _plain(row: Row) -> SafeString:
    return _row(row[0], [escape(cell) for cell in row[1]])


def _whole(row: Row, tag: str) -> SafeString:
    return _row(row[0], [f"<{tag}>{escape(cell)}</{tag}>" for cell in row[1]])


def _row(tag: str, cells: Sequence[str]) -> SafeString:
    """Headings stay visibly so without upsetting the outline of the page that shows them."""
    if tag == "tr":
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        return mark_safe(f"<table><tbody><tr>{row}</tr></tbody></table>")
    return mark_safe(f'<p class="was-{tag}">{cells[0]}</p>')


# Words --------------------------------------------------------------------------------------------


@cache
def _segmenter() -> Any:
    # The dictionary takes most of a second to load; only who compares waits for it.
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba


def _words(text: str) -> list[str]:
    if len(text) > LONG:
        return [part for sentence in text.split("。") for part in (sentence, "。")][:-1]
    return list(_segmenter().cut(text))


def marked(before: str, after: str) -> tuple[SafeString, SafeString]:
    """Both texts, escaped, with <del> and <ins> around the words that differ."""
    if before == after:
        return mark_safe(escape(before)), mark_safe(escape(after))
    old, new = _words(before), _words(after)
    left: list[str] = []
    right: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        taken, put = escape("".join(old[a:b])), escape("".join(new[c:d]))
        if kind == "equal":
            left.append(taken)
            right.append(put)
        else:
            left.append(f"<del>{taken}</del>" if taken else "")
            right.append(f"<ins>{put}</ins>" if put else "")
    return mark_safe("".join(left)), mark_safe("".join(right))


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
