"""How long the ledger of a big site takes to verify, and how much memory.

    TESTING=1 python benchmarks/ledger.py [--disclosures 10000]

Makes a scratch SQLite database with genuine digests, without the workflow (whose 50,000 steps would
take an hour), and runs what ``manage.py verify_ledger`` runs.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
_scratch = tempfile.TemporaryDirectory()
os.environ.setdefault("TESTING", "1")
os.environ["DATABASE_URL"] = f"sqlite:///{_scratch.name}/ledger.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dingyuan_portal.settings")

import django

django.setup()

from importlib import import_module

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from disclosures import digest, evidence, ledger
from disclosures.choices import EntryKind, ReviewLevel, RevisionState, Verdict
from disclosures.models import Disclosure, LedgerEntry, Revision, Signoff
from tests.factories import make_matter, make_signers, make_unit

guards = import_module("disclosures.migrations.0006_guards")


@transaction.atomic
def fill(count):
    """``count`` published disclosures: five signatures and a publication each."""
    unit = make_unit()
    matter = make_matter(units=[unit])
    people = make_signers(unit)
    now = timezone.now()
    entries, previous, number = [], "", 0

    def entry(kind, details, **links):
        nonlocal previous, number
        number += 1
        record = digest.canonical(
            {
                "number": number,
                "kind": kind,
                "at": timezone.localtime(now),
                "person": None,
                "person_name": "",
                "client_address": None,
                "disclosure": links["disclosure_id"],
                "revision": links["revision_id"],
                "previous": previous,
                "details": details,
            }
        )
        made = LedgerEntry(
            number=number,
            kind=kind,
            at=now,
            record=record.decode(),
            algorithm=digest.ALGORITHM,
            previous_digest=previous,
            digest=digest.of_bytes([record]),
            **links,
        )
        previous = made.digest
        entries.append(made)

    for place in range(count):
        disclosure = Disclosure.objects.create(
            matter=matter, unit=unit, category=matter.category, created_at=now
        )
        revision = Revision(
            disclosure=disclosure,
            title=f"关于公布第{place}批分配结果的公示",
            body=f"<p>第{place}批分配结果予以公示。</p>" * 20,
            formed_on=date(2026, 3, 2) + timedelta(days=place % 200),
            drafter=people[0],
            created_at=now,
            updated_at=now,
        )
        revision.save()
        revision.state, revision.published_at = RevisionState.APPROVED, now
        revision.digest_algorithm = digest.ALGORITHM
        revision.content_digest = digest.of_record(revision.canonical_record())
        revision.submitted_at = now
        revision.save()
        links = {"disclosure_id": disclosure.pk, "revision_id": revision.pk}
        for level in ReviewLevel:
            signoff = Signoff.objects.create(
                revision=revision,
                level=level,
                signer=people[level - 1],
                signer_name=ledger.name_of(people[level - 1]),
                verdict=Verdict.APPROVED,
                signed_at=now,
                content_digest=revision.content_digest,
                digest_algorithm=revision.digest_algorithm,
            )
            entry(EntryKind.SIGNOFF, signoff.canonical_record(), signoff_id=signoff.pk, **links)
        disclosure.index_number = f"{unit.code}/2026-{place + 1:05d}"
        disclosure.published_at, disclosure.live_revision = now, revision
        disclosure.save()
        details = {
            "number": 1,
            "kind": "text",
            "index_number": disclosure.index_number,
            "published_at": timezone.localtime(now),
            "first_published_at": timezone.localtime(now),
            "content_digest": revision.content_digest,
            "digest_algorithm": revision.digest_algorithm,
            "bundle": None,
        }
        entry(EntryKind.PUBLICATION, details, **links)
    LedgerEntry.objects.bulk_create(entries, batch_size=500)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--disclosures", type=int, default=10_000)
    count = parser.parse_args().disclosures
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        guards.remove(None, editor)
    started = time.perf_counter()
    fill(count)
    print(f"{count} disclosures made in {time.perf_counter() - started:.0f} s")
    pid = os.fork()  # a process of its own, so that its peak memory is that of verifying
    if pid == 0:
        connection.close()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        check = evidence.verify(lambda label, rows: None)
        taken = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"verify_ledger: {check.rows} rows, {len(check.problems)} problems, {taken:.1f} s, "
            f"peak memory {after // 1024} MB ({before // 1024} MB before)"
        )
        os._exit(0 if not check.problems else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
