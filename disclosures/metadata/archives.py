"""Archives: each member cleaned by its kind, names and order kept, dates set to one."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Collection

from ..files import extension_of

#: Cleans a member of a name and a content.
Inside = Callable[[str, bytes], tuple[bytes, list[str]]]


class LockedError(ValueError):
    """A member is encrypted."""


def clean(content: bytes, inside: Inside, handled: Collection[str]) -> tuple[bytes, list[str]]:
    removed: list[str] = []

    def member(name: str, data: bytes) -> bytes:
        cleaned, labels = inside(name, data)
        removed.extend(labels)
        return cleaned

    with opened(content) as archive:
        if archive.comment:
            removed.append("备注")
        cleaned = rewritten(archive, member, lambda name: extension_of(name) in handled)
    return cleaned, removed


def opened(content: bytes) -> zipfile.ZipFile:
    """The archive with readable names: old ones don't tell whether theirs are UTF-8 or GBK."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return zipfile.ZipFile(io.BytesIO(content), metadata_encoding=encoding)
        except UnicodeDecodeError:
            continue
    return zipfile.ZipFile(io.BytesIO(content))


def rewritten(
    archive: zipfile.ZipFile,
    member: Callable[[str, bytes], bytes | None],
    wants: Callable[[str], bool],
) -> bytes:
    """The archive anew; ``member`` gives the content of each that ``wants`` asks for.

    ``None`` leaves a member out. The others are copied without being held in memory.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as after:
        for before in archive.infolist():
            if before.flag_bits & 1:
                raise LockedError(before.filename)
            entry = zipfile.ZipInfo(before.filename, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = before.compress_type
            entry.external_attr = before.external_attr
            entry.create_system = 3  # else the machine's own, and the bytes with it
            if not wants(before.filename):
                entry.file_size = before.file_size
                with archive.open(before) as source, after.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            elif (data := member(before.filename, archive.read(before))) is not None:
                after.writestr(entry, data)
    return out.getvalue()
