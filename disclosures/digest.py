"""The content digest: a fingerprint of exactly what a signer approves.

Canonical form of a revision: one JSON object, UTF-8, keys sorted, no insignificant white space,
non-ASCII characters written as themselves; dates as ``YYYY-MM-DD``, absent values as ``null``.
It holds the disclosure's place (matter, unit, category, interpreted disclosure), every content
field of the revision and, per attachment in order, its name, size, kind and the digest of its
bytes. Since form 2 it also holds its own number as ``form``, the kind of revision and of change,
the replacement, the planned time and, per attachment, the digest of the sealed original. The
digest is the lower-case hexadecimal SM3 (GB/T 32905-2016) of that text, or SHA-256 where the
interpreter's OpenSSL lacks SM3; the algorithm's name is stored beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

#: What the portal has ever used; a digest stored names its own.
ALGORITHMS = tuple(name for name in ("sm3", "sha256") if name in hashlib.algorithms_available)
ALGORITHM = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"


def of_bytes(chunks: Iterable[bytes], algorithm: str = ALGORITHM) -> str:
    digest = hashlib.new(algorithm)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def of_record(record: dict[str, Any], algorithm: str = ALGORITHM) -> str:
    return of_bytes([canonical(record)], algorithm)


def canonical(record: dict[str, Any]) -> bytes:
    """The canonical form described above. Raises ``TypeError`` for a value it has no form for."""
    return json.dumps(
        record, default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")
