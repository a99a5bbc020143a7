"""A zip written member by member; what it holds is digested on the way in."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from typing import IO, Any, Self

from . import digest

MANIFEST = "manifest.json"


class Archive:
    """Takes streams, so a member of any size passes; ``members`` is for the manifest."""

    def __init__(self, out: IO[bytes]) -> None:
        self.members: dict[str, dict[str, Any]] = {}
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def add(self, name: str, chunks: Iterable[bytes], *, is_packed: bool = False) -> dict[str, Any]:
        """Write a member; ``is_packed`` is what deflating makes no smaller."""
        seen, size = hashlib.sha256(), 0
        with self._zip.open(_member(name, is_packed), "w", force_zip64=True) as stream:
            for chunk in chunks:
                seen.update(chunk)
                size += len(chunk)
                stream.write(chunk)
        told = {"rows": None, "size": size, "sha256": seen.hexdigest()}
        self.members[name] = told
        return told

    def add_text(self, name: str, text: str) -> None:
        self.add(name, [text.encode()])

    def add_lines(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        """Write ``rows`` as canonical lines of JSON; how many there were."""
        count = 0

        def lines() -> Iterable[bytes]:
            nonlocal count
            for count, row in enumerate(rows, start=1):  # noqa: B007 - told afterwards
                yield digest.canonical(row) + b"\n"

        told = self.add(name, lines())
        told["rows"] = count
        return count

    def add_manifest(self, manifest: dict[str, Any]) -> None:
        """The last member, which tells of all others."""
        self._zip.writestr(_member(MANIFEST), manifest_text(manifest))


def manifest_text(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, ensure_ascii=False, indent=1)


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Vouches for the whole archive: the manifest holds the digest of each member."""
    return hashlib.sha256(manifest_text(manifest).encode()).hexdigest()


def _member(name: str, is_packed: bool = False) -> zipfile.ZipInfo:
    """Without the clock: only the manifest says when, so equal rows make equal members."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
