"""Which files go into a pack, under which names, and how many there are of everything.

The page that asks, the archive and its workbook all count here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

from ..models import Attachment, Revision, Signoff
from ..querysets import DisclosureQuerySet, RevisionQuerySet

CHUNK = 500

PUBLIC, ORIGINALS, EVIDENCE = "附件", "附件原件", "存档证据"

#: What is counted, by the name it is stored under.
FIGURES = {
    "disclosures": "公开信息",
    "withdrawn": "其中已撤下",
    "versions": "公开过的版本",
    "signoffs": "签字",
    "files": "附件(含原件和存档证据)",
    "missing": "其中存放处缺失、不能装入",
    "bytes": "附件总字节数",
}

#: What the storage answers for a file that isn't there or has no fitting name.
UNREADABLE = (OSError, ValueError, SuspiciousFileOperation)

#: Bytes of a name that every file system takes, with room for " (99)".
_MOST_BYTES = 200
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
#: Names that Windows keeps for devices.
_DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class Planned(NamedTuple):
    """A stored file, and where in the archive it goes; ``size`` is ``None`` if it isn't there."""

    attachment: int
    kind: str
    index_number: str
    version: int
    name: str
    path: str
    stored: str
    size: int | None
    algorithm: str
    digest: str
    removed: str


def versions(chosen: DisclosureQuerySet) -> RevisionQuerySet:
    """The texts of ``chosen`` that the public has read."""
    return Revision.objects.ever_live().filter(disclosure__in=chosen)


def files(chosen: DisclosureQuerySet) -> Iterator[Planned]:
    """Every file of every version that was public: the public copy, and the sealed original."""
    rows = (
        Attachment.objects.filter(revision__in=versions(chosen).order_by())
        .order_by("revision__disclosure__index_number", "revision__number", "position", "pk")
        .values(
            "pk",
            "revision__disclosure__index_number",
            "revision__number",
            *("name", "file", "is_evidence", "removed"),
            *("digest", "digest_algorithm", "original", "original_digest"),
        )
        .iterator(CHUNK)
    )
    for _version, attachments in groupby(rows, lambda row: (row[_NUMBER], row[_VERSION])):
        taken: set[str] = set()
        for row in attachments:
            yield _planned(row, EVIDENCE if row["is_evidence"] else PUBLIC, taken)
            if row["original"]:
                yield _planned(row, ORIGINALS, taken)


_NUMBER, _VERSION = "revision__disclosure__index_number", "revision__number"


def _planned(row: dict[str, Any], kind: str, taken: set[str]) -> Planned:
    is_original = kind == ORIGINALS
    stored = row["original"] if is_original else row["file"]
    folder = f"{kind}/{slug_of(row[_NUMBER])}/第{row[_VERSION]}版"
    return Planned(
        attachment=row["pk"],
        kind=kind,
        index_number=row[_NUMBER],
        version=row[_VERSION],
        name=row["name"],
        path=_free(f"{folder}/{harmless(row['name'])}", taken),
        stored=stored,
        size=_size(stored),
        algorithm=row["digest_algorithm"],
        digest=row["original_digest"] if is_original else row["digest"],
        removed=row["removed"],
    )


def slug_of(index_number: str) -> str:
    return index_number.replace("/", "-")


def harmless(name: str) -> str:
    """``name`` as every system stores it, and none takes for a path, a device or another kind."""
    name = unicodedata.normalize("NFC", name)
    visible = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    name = _FORBIDDEN.sub("_", visible).strip(" .") or "未命名"
    if _DEVICE.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        stem, extension = name, ""
    room = _MOST_BYTES - len(extension) - 1
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{stem}.{extension}" if extension else stem


def _free(path: str, taken: set[str]) -> str:
    """``path``, or with a number behind the name where one like it is there already."""
    stem, dot, extension = path.rpartition(".")
    if "/" in extension:
        stem, dot, extension = path, "", ""
    number, free = 1, path
    while free.lower() in taken:
        number += 1
        free = f"{stem} ({number}){dot}{extension}"
    taken.add(free.lower())
    return free


def _size(stored: str) -> int | None:
    try:
        return default_storage.size(stored)
    except UNREADABLE:
        return None


def figures(chosen: DisclosureQuerySet) -> dict[str, int]:
    """What a pack of ``chosen`` will hold, in five statements; sizes the storage tells."""
    counted = {
        "disclosures": chosen.count(),
        "withdrawn": chosen.filter(withdrawn_at__isnull=False).count(),
        "versions": versions(chosen).count(),
        "signoffs": Signoff.objects.filter(revision__disclosure__in=chosen).count(),
        "files": 0,
        "missing": 0,
        "bytes": 0,
    }
    for planned in files(chosen):
        count_file(counted, planned.size)
    return counted


def count_file(counted: dict[str, int], size: int | None) -> None:
    if size is None:
        counted["missing"] += 1
    else:
        counted["files"] += 1
        counted["bytes"] += size
