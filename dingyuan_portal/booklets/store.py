"""Booklets that were made before, kept with the uploads under a folder that no URL leads to.

One version of each booklet is kept: the one of the data as they stand. A version keeps the day on
which it was first made, in every format.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import is_zipfile

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog import typesetting, workbooks

from .editions import Edition

FOLDER = "booklets"


def made(edition: Edition, extension: str) -> tuple[bytes, date]:
    """The file and the day of its version; made only if it isn't kept already."""
    day = day_of(edition)
    path = f"{_folder(edition)}/{_name(edition, day, extension)}"
    try:
        with default_storage.open(path) as file:
            kept = file.read()
    except FileNotFoundError:
        pass
    else:
        if _is_whole(kept):
            return kept, day
        default_storage.delete(path)
    content = edition.made(extension, day)
    # Where another process had the name first this copy gets another one, and goes at once.
    default_storage.save(path, ContentFile(content))
    _drop_others(edition, day)
    return content, day


def _is_whole(content: bytes) -> bool:
    """Whether the file was written to its end: it may be on its way still, or the disk was full."""
    if content.startswith(b"%PDF"):
        return content.rstrip().endswith(b"%%EOF")
    return is_zipfile(BytesIO(content))


def day_of(edition: Edition) -> date:
    """When this version was made: today if nobody has asked for it yet."""
    for name in _kept(edition):
        day, _dash, rest = name.partition("-")
        if rest.startswith(f"{edition.version}-"):
            return date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    return timezone.localdate()


def sizes(edition: Edition) -> dict[str, int]:
    """Extension → bytes, of the files of this version that were made already."""
    day = day_of(edition)
    found = {}
    for extension in edition.booklet.extensions:
        # Not there yet, or dropped this moment for a newer version.
        with suppress(FileNotFoundError):
            path = f"{_folder(edition)}/{_name(edition, day, extension)}"
            found[extension] = default_storage.size(path)
    return found


def tag(edition: Edition) -> str:
    """What the file of a version is known by."""
    return f"{edition.version}-{_making()}"


def _folder(edition: Edition) -> str:
    return f"{FOLDER}/{edition.booklet.slug}"


def _name(edition: Edition, day: date, extension: str) -> str:
    return f"{day:%Y%m%d}-{tag(edition)}.{extension}"


def _kept(edition: Edition) -> list[str]:
    try:
        return sorted(default_storage.listdir(_folder(edition))[1])
    except FileNotFoundError:
        return []


def _drop_others(edition: Edition, day: date) -> None:
    wanted = {_name(edition, day, extension) for extension in edition.booklet.extensions}
    for name in _kept(edition):
        if name not in wanted:
            default_storage.delete(f"{_folder(edition)}/{name}")


@cache
def _making() -> str:
    """A digest of how booklets are made, so that a new release doesn't hand out old pages."""
    seen = hashlib.sha256()
    own = sorted(Path(__file__).parent.rglob("*"))
    for path in (*own, Path(typesetting.__file__), Path(workbooks.__file__)):
        if path.suffix in {".py", ".typ"}:
            seen.update(path.read_bytes())
    return seen.hexdigest()[:6]
