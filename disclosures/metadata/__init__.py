"""Who wrote a file, on which machine and where: taken out of the copy that the public gets.

Names of clerks, telephones' positions and paths of machines have leaked this way. The text, the
title and the language stay. The same input always gives the same output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

import pikepdf

from ..files import MAX_NESTED, extension_of
from . import archives, office, pdf, pictures


class UnreadableError(ValueError):
    """The file is damaged or locked; carries a message for the person who uploads it."""


@dataclass(frozen=True)
class Stripped:
    """The clean copy, or ``None`` when there was nothing to take out; and what was, in words."""

    content: bytes | None = None
    removed: list[str] = field(default_factory=list)


def strip(name: str, stream: IO[bytes]) -> Stripped:
    """The file without its authors' metadata. Raises ``UnreadableError``."""
    if extension_of(name) not in HANDLED:
        return Stripped()
    stream.seek(0)
    content = stream.read()
    stream.seek(0)
    cleaned, removed = _clean(name, content)
    return Stripped(cleaned, list(dict.fromkeys(removed))) if removed else Stripped()


def _clean(name: str, content: bytes, zips: int = 0) -> tuple[bytes, list[str]]:
    """The content without metadata, and labels of what was taken out, some more than once."""
    extension = extension_of(name)
    cleaner = _CLEANERS.get(extension)

    def inside(member: str, data: bytes) -> tuple[bytes, list[str]]:
        return _clean(member, data, zips + (extension == "zip"))

    try:
        if cleaner is not None:
            return cleaner(content)
        if extension in _OFFICE:
            return office.clean(content, inside)
        if extension == "zip" and zips <= MAX_NESTED:
            return archives.clean(content, inside, HANDLED)
    except UnreadableError:
        raise
    except (pikepdf.PasswordError, archives.LockedError) as error:
        raise UnreadableError(f"“{name}”加了密码,请去掉密码后再上传") from error
    except Exception as error:  # a damaged file trips its reader in any way it likes
        raise UnreadableError(f"“{name}”已损坏,读不出内容,请用原软件另存后上传") from error
    return content, []


_CLEANERS: dict[str, Callable[[bytes], tuple[bytes, list[str]]]] = {
    "pdf": pdf.clean,
    "jpg": pictures.clean,
    "jpeg": pictures.clean,
    "png": pictures.clean,
}
_OFFICE = {"docx", "xlsx", "pptx"}

#: Extensions of what is cleaned; all else stays as it is.
HANDLED = frozenset({*_CLEANERS, *_OFFICE, "zip"})
