"""Many published disclosures in a short time, for benchmarks only.

Rows are written in bulk and not through the workflow, but past the same guards: drafts go in
with their digests, then level by level the signatures and the step that they allow, each with its
row of the ledger. ``verify_ledger`` passes it as it passes what people signed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice, zip_longest
from random import Random
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from catalog.models import Matter, Unit
from disclosures import digest, ledger
from disclosures.choices import EntryKind, ReviewLevel, RevisionState, Verdict
from disclosures.demo import people
from disclosures.models import Attachment, Disclosure, IndexSerial, LedgerEntry, Revision, Signoff
from disclosures.workflow import release

BATCH = 500
PARAGRAPHS = 8
FIRST_DAY = date(2017, 5, 8)


def publish_many(count: int, *, seed: int = 1, file_bytes: int = 0) -> int:
    """Publish until there are ``count`` disclosures, each with a file of that size; how many."""
    if not (settings.DEMO or settings.TESTING):
        raise ImproperlyConfigured("只有演示和测试环境可以成批写入公开信息")
    missing = count - Disclosure.objects.count()
    random = Random(seed)
    drafts = _drafts(random)
    staff = _Staff()
    for start in range(0, missing, BATCH):
        with transaction.atomic():
            _publish(list(islice(drafts, min(BATCH, missing - start))), staff, file_bytes)
    return max(missing, 0)


class _Staff:
    """The five signers of each unit, fetched once."""

    def __init__(self) -> None:
        self.county = people.county_staff()
        self.units: dict[int, dict] = {}

    def of(self, unit: Unit) -> dict:
        if unit.pk not in self.units:
            self.units[unit.pk] = {**self.county, **people.staff_for(unit)}
        return self.units[unit.pk]


def _drafts(random: Random) -> Iterator[Revision]:
    """Unsaved first revisions under every leaf and unit in turn, endlessly."""
    leaves = Matter.objects.leaves().current().prefetch_related("responsible_units").as_tree()
    places = [(matter, unit) for matter in leaves for unit in matter.responsible_units.all()]
    random.shuffle(places)
    days = (timezone.localdate() - FIRST_DAY).days - 40
    number = 0
    while True:
        for matter, unit in places:
            number += 1
            formed_on = FIRST_DAY + timedelta(days=random.randrange(days))
            yield _draft(matter, unit, formed_on, number)


def _draft(matter: Matter, unit: Unit, formed_on: date, number: int) -> Revision:
    disclosure = Disclosure(
        matter=matter, unit=unit, category=matter.category, created_at=_at(formed_on, 9)
    )
    sentence = f"根据{matter.legal_basis},现将{unit}{matter.name}的有关情况予以公示,接受社会监督。"
    revision = Revision(
        disclosure=disclosure,
        title=f"{unit}关于{matter.name}的公示(第{number}号)",
        body=f"<p>{sentence * 3}</p>" * PARAGRAPHS,
        summary=f"{unit}公布{matter.name}。"[:100],
        formed_on=formed_on,
        shown_where="村务公开栏" if matter.is_restricted else "",
        shown_from=formed_on if matter.is_restricted else None,
        created_at=_at(formed_on, 9),
        updated_at=_at(formed_on, 9),
        submitted_at=_at(formed_on, 10),
        digest_algorithm=digest.ALGORITHM,
    )
    revision.due_on = revision._due_on()
    return revision


def _publish(revisions: list[Revision], staff: _Staff, file_bytes: int) -> None:
    disclosures = [revision.disclosure for revision in revisions]
    Disclosure.objects.bulk_create(disclosures)
    for revision in revisions:
        revision.disclosure_id = revision.disclosure.pk
        revision.drafter = staff.of(revision.disclosure.unit)[ReviewLevel.SUBMITTER]
    files = [_file(revision, file_bytes) for revision in revisions if file_bytes]
    for revision, file in zip_longest(revisions, files):
        revision.content_digest = digest.of_record(_record_of(revision, file))
    Revision.objects.bulk_create(revisions)
    for revision, file in zip(revisions, files, strict=False):
        file.revision_id = revision.pk
    Attachment.objects.bulk_create(files)
    _sign(revisions, staff)
    _put_live(revisions)


def _file(revision: Revision, size: int) -> Attachment:
    """A file of chance bytes: nothing makes them smaller."""
    content = os.urandom(size)
    name = f"附件{revision.title[-12:]}.pdf"
    stored = default_storage.save(f"attachments/{uuid.uuid4().hex}.pdf", ContentFile(content))
    return Attachment(
        revision=revision,
        file=stored,
        name=name,
        size=size,
        content_type="application/pdf",
        digest=digest.of_bytes([content]),
        digest_algorithm=digest.ALGORITHM,
    )


def _record_of(revision: Revision, file: Attachment | None) -> dict:
    """``Revision.canonical_record()`` without asking for rows that aren't stored yet."""
    disclosure = revision.disclosure
    return {
        "matter": disclosure.matter.code,
        "unit": disclosure.unit.code,
        "category": disclosure.category,
        "interprets": None,
        "number": revision.number,
        "change_note": revision.change_note,
        **{name: getattr(revision, name) for name in Revision.CONTENT_FIELDS},
        "attachments": [_described(file)] if file else [],
        "form": revision.canonical_form,
        "kind": revision.kind,
        "change_kind": revision.change_kind,
        "replacement": None,
        "publish_at": None,
        "is_emergency": False,
        "village": None,
    }


def _described(file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "size": file.size,
        "is_evidence": False,
        "algorithm": file.digest_algorithm,
        "digest": file.digest,
        "original_digest": "",
    }


def _sign(revisions: list[Revision], staff: _Staff) -> None:
    rows = Revision.objects.filter(pk__in=[revision.pk for revision in revisions])
    rows.update(state=RevisionState.IN_REVIEW, level=ReviewLevel.SUBMITTER)
    for level in ReviewLevel:
        signoffs = [_signoff(revision, level, staff) for revision in revisions]
        Signoff.objects.bulk_create(signoffs)
        _write_down(
            {
                "kind": EntryKind.SIGNOFF,
                "details": signoff.canonical_record(),
                "at": signoff.signed_at,
                "by": signoff.signer,
                "revision": signoff.revision,
                "disclosure": signoff.revision.disclosure,
                "signoff": signoff,
            }
            for signoff in signoffs
        )
        if level < max(ReviewLevel):
            rows.update(level=level + 1)
    rows.update(state=RevisionState.APPROVED, level=None)


def _write_down(acts: Iterator[dict[str, Any]]) -> None:
    """As ``ledger.append`` does, with one statement for all."""
    last = LedgerEntry.objects.order_by("-number").first()
    entries = []
    for act in acts:
        last = ledger.entry_after(last, **act)
        entries.append(last)
    LedgerEntry.objects.bulk_create(entries, batch_size=BATCH)


def _signoff(revision: Revision, level: ReviewLevel, staff: _Staff) -> Signoff:
    unit = revision.disclosure.unit
    signer = staff.of(unit)[level]
    return Signoff(
        revision=revision,
        level=level,
        signer=signer,
        signer_name=signer.get_full_name(),
        unit=unit if level <= ReviewLevel.DEPUTY_LEADER else None,
        verdict=Verdict.APPROVED,
        signed_at=_at(revision.formed_on, 10) + timedelta(days=(level - 1) * 2),
        content_digest=revision.content_digest,
        digest_algorithm=revision.digest_algorithm,
    )


def _put_live(revisions: list[Revision]) -> None:
    serials: dict[tuple[str, int], IndexSerial] = {}
    for revision in revisions:
        disclosure = revision.disclosure
        revision.published_at = _at(revision.formed_on, 10) + timedelta(days=8)
        key = disclosure.unit.index_prefix, revision.formed_on.year
        if key not in serials:
            serials[key], _ = IndexSerial.objects.get_or_create(prefix=key[0], year=key[1])
        serials[key].last += 1
        disclosure.index_number = f"{key[0]}/{key[1]}-{serials[key].last:05d}"
        disclosure.live_revision = revision
        disclosure.published_at = revision.published_at
        disclosure.due_on = revision.due_on
    IndexSerial.objects.bulk_update(serials.values(), ["last"])
    Revision.objects.bulk_update(revisions, ["published_at"], batch_size=100)
    Disclosure.objects.bulk_update(
        [revision.disclosure for revision in revisions],
        ["live_revision", "index_number", "published_at", "due_on"],
        batch_size=100,
    )
    _write_down(
        {
            "kind": EntryKind.PUBLICATION,
            "details": release.publication_details(revision),
            "at": revision.published_at,
            "by": None,
            "revision": revision,
            "disclosure": revision.disclosure,
        }
        for revision in revisions
    )


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_default_timezone())
