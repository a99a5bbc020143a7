"""Taking records out of the portal, or bringing a table in, leaves a row of its own."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from django.db import transaction

from .. import evidence, ledger
from ..archives import manifest_digest
from ..choices import EntryKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def export_ledger(out: IO[bytes], *, by: User | None) -> dict[str, Any]:
    """Write the bundle to ``out``, then that it was taken; the manifest.

    The bundle is read in a transaction of its own, as of one moment: nobody who signs meanwhile
    has to wait. Without the row that says so nobody gets the bundle.
    """
    manifest = evidence.write_bundle(out)
    details = {
        "what": "公开台账",
        "rows": manifest["rows"],
        "head": manifest["head"],
        "manifest_sha256": manifest_digest(manifest),
    }
    with transaction.atomic():
        ledger.append(EntryKind.EXPORT, details, by=by)
    return manifest


@transaction.atomic
def record_export(what: str, *, by: User | None, file_format: str, rows: int, filters: str) -> None:
    """Write down an export of a table: what, in which form, how it was filtered, how many rows.

    ``by`` is ``None`` for a visitor of the public site.
    """
    details = {"what": what, "format": file_format, "rows": rows, "filters": filters}
    ledger.append(EntryKind.EXPORT, details, by=by)


@transaction.atomic
def record_import(
    what: str, *, by: User, file_name: str, sha256: str, counts: dict[str, int]
) -> None:
    """Write down that a file was imported: into what, which file, how many rows of each kind."""
    details = {"what": what, "file": file_name, "file_sha256": sha256, "counts": counts}
    ledger.append(EntryKind.IMPORT, details, by=by)
