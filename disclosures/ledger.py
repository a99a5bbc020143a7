"""公开台账: every act of the site in one chain.

A row's ``record`` is canonical text (see ``digest``) that holds the act, who did it, when and from
where, what it was about, and the digest of the row before; its own digest is that of the record.
Whoever wrote down one digest can prove any later change of a row before it. Rows are added in the
transaction of the act, one after another: PostgreSQL queues the writers at an advisory lock that
ends with the transaction, SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from . import clock, digest, origin
from .choices import EntryKind
from .models import Disclosure, LedgerEntry, Revision, Signoff

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: Any number will do that no other code of the portal locks.
_QUEUE = 3_411_25


def append(
    kind: EntryKind,
    details: dict[str, Any],
    *,
    by: User | None,
    disclosure: Disclosure | None = None,
    revision: Revision | None = None,
    signoff: Signoff | None = None,
) -> LedgerEntry:
    """Add the row of an act; ``by`` is ``None`` when the portal acts by itself.

    Take every other lock of the transaction before: this one is always the last.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "a ledger row belongs to the act's transaction"
        )
    _queue()
    last = LedgerEntry.objects.order_by("-number").defer("record").first()
    entry = entry_after(
        last,
        kind,
        details,
        at=clock.now(),
        by=by,
        disclosure=disclosure or (revision.disclosure if revision else None),
        revision=revision,
        signoff=signoff,
    )
    entry.save(force_insert=True)
    return entry


def entry_after(
    last: LedgerEntry | None,
    kind: EntryKind,
    details: dict[str, Any],
    *,
    at: datetime,
    by: User | None,
    disclosure: Disclosure | None = None,
    revision: Revision | None = None,
    signoff: Signoff | None = None,
) -> LedgerEntry:
    """The row that follows ``last``, not yet stored."""
    number, previous = (last.number + 1, last.digest) if last else (1, "")
    record = digest.canonical(
        {
            "number": number,
            "kind": kind,
            "at": timezone.localtime(at),
            "person": by and by.pk,
            "person_name": name_of(by) if by else "",
            "client_address": origin.client_address(),
            "disclosure": disclosure and disclosure.pk,
            "revision": revision and revision.pk,
            "previous": previous,
            "details": details,
        }
    )
    return LedgerEntry(
        number=number,
        kind=kind,
        at=at,
        person=by,
        disclosure=disclosure,
        revision=revision,
        signoff=signoff,
        record=record.decode(),
        algorithm=digest.ALGORITHM,
        previous_digest=previous,
        digest=digest.of_bytes([record]),
    )


def name_of(person: User) -> str:
    """The name as it is now, kept beside the account for the day it changes."""
    return person.get_full_name() or person.get_username()


def _queue() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_QUEUE])
