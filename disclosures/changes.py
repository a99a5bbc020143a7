"""What a new version changes, for the people who sign it and would not read it all twice."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.html import strip_tags

from .models import Revision

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|tr|caption|blockquote)>|<br\s*/?>|<hr\s*/?>")
_CELL_END = re.compile(r"</t[dh]>")


class Change(NamedTuple):
    """One field, or one passage of the text; either side may be empty."""

    heading: str
    before: str
    after: str


def since(before: Revision, after: Revision) -> list[Change]:
    """The changed fields, the changed passages of the text, files added and taken off."""
    fields = [name for name in Revision.CONTENT_FIELDS if name != "body"]
    changed = [
        Change(_heading(name), _shown(before, name), _shown(after, name))
        for name in fields
        if getattr(before, name) != getattr(after, name)
    ]
    return [*changed, *_passages(before.body, after.body), *_files(before, after)]


def _heading(name: str) -> str:
    field: Any = Revision._meta.get_field(name)
    return str(field.verbose_name)


def _shown(revision: Revision, name: str) -> str:
    display = getattr(revision, f"get_{name}_display", None)
    value = display() if display else getattr(revision, name)
    return "" if value is None else str(value)


def _passages(before: str, after: str) -> Iterator[Change]:
    old, new = _lines(before), _lines(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Change(_heading("body"), "\n".join(old[a:b]), "\n".join(new[c:d]))


def _lines(html: str) -> list[str]:
    """The text as it is read, a paragraph or a table row a line."""
    text = strip_tags(_BLOCK_END.sub("\n", _CELL_END.sub(" ", html)))
    return [line for raw in unescape(text).splitlines() if (line := " ".join(raw.split()))]


def _files(before: Revision, after: Revision) -> Iterator[Change]:
    old, new = _names(before), _names(after)
    for key, name in old.items():
        if key not in new:
            yield Change("附件", name, "")
    for key, name in new.items():
        if key not in old:
            yield Change("附件", "", name)


def _names(revision: Revision) -> dict[tuple[str, str, bool], str]:
    return {
        (attachment.digest, attachment.name, attachment.is_evidence): attachment.name
        for attachment in revision.attachments.all()
    }
