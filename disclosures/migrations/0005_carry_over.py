"""Bring what was signed before the ledger into it, in the order in which it was done.

A row carried over says so: the ledger vouches for it from this migration on. Revisions submitted
before keep the canonical form in which they were signed.
"""

import json
from datetime import date, datetime
from hashlib import algorithms_available, new

from django.db import migrations
from django.utils import timezone

ALGORITHM = "sm3" if "sm3" in algorithms_available else "sha256"


def canonical(record):
    def plain(value):
        if isinstance(value, datetime | date):
            return value.isoformat()
        raise TypeError(f"no canonical form for {type(value).__name__}")

    return json.dumps(
        record, default=plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()


def local(moment):
    return moment.astimezone(timezone.get_default_timezone())


def signoff_details(signoff):
    return {
        "signoff": signoff.pk,
        "revision": signoff.revision_id,
        "round": signoff.round,
        "level": signoff.level,
        "signer": signoff.signer_id,
        "signer_name": signoff.signer_name,
        "duty": None,
        "unit": signoff.unit_id,
        "handover": None,
        "principal": None,
        "principal_name": "",
        "verdict": signoff.verdict,
        "remark": signoff.remark,
        "returned_to": signoff.returned_to,
        "overrides": "",
        "signed_at": local(signoff.signed_at),
        "client_address": None,
        "content_digest": signoff.content_digest,
        "digest_algorithm": signoff.digest_algorithm,
    }


def acts(apps):
    """(time, order, kind, person, disclosure, revision, signoff, details) of each act so far."""
    for signoff in (
        apps.get_model("disclosures", "Signoff").objects.select_related("revision").order_by("pk")
    ):
        disclosure = signoff.revision.disclosure_id
        yield (
            signoff.signed_at,
            0,
            "signoff",
            (signoff.signer_id, signoff.signer_name),
            disclosure,
            signoff.revision_id,
            signoff.pk,
            signoff_details(signoff),
        )
    revisions = apps.get_model("disclosures", "Revision").objects.select_related("disclosure")
    for revision in revisions.filter(published_at__isnull=False).order_by("pk"):
        disclosure = revision.disclosure
        details = {
            "number": revision.number,
            "kind": revision.kind,
            "index_number": disclosure.index_number,
            "published_at": local(revision.published_at),
            "first_published_at": local(disclosure.published_at),
            "content_digest": revision.content_digest,
            "digest_algorithm": revision.digest_algorithm,
            "bundle": None,
        }
        yield (
            revision.published_at,
            1,
            "publication",
            (None, ""),
            disclosure.pk,
            revision.pk,
            None,
            details,
        )
    disclosures = apps.get_model("disclosures", "Disclosure").objects.filter(
        withdrawn_at__isnull=False
    )
    for disclosure in disclosures.order_by("pk"):
        details = {
            "index_number": disclosure.index_number,
            "withdrawn_at": local(disclosure.withdrawn_at),
            "reason": disclosure.withdrawal_reason,
            "replacement": disclosure.replacement_id,
        }
        person = (disclosure.withdrawn_by_id, "")
        yield (disclosure.withdrawn_at, 2, "withdrawal", person, disclosure.pk, None, None, details)


def carry_over(apps, schema_editor):
    revision = apps.get_model("disclosures", "Revision")
    revision.objects.exclude(state="draft").update(canonical_form=1)
    apps.get_model("disclosures", "Signoff").objects.filter(verdict="returned").update(
        returned_to=1
    )
    entry = apps.get_model("disclosures", "LedgerEntry")
    previous, rows = "", []
    ordered = sorted(acts(apps), key=lambda act: (act[0], act[1], act[6] or act[5] or act[4]))
    for number, (at, _, kind, person, disclosure, revision_id, signoff, details) in enumerate(
        ordered, start=1
    ):
        record = canonical(
            {
                "number": number,
                "kind": kind,
                "at": local(at),
                "person": person[0],
                "person_name": person[1],
                "client_address": None,
                "disclosure": disclosure,
                "revision": revision_id,
                "previous": previous,
                "details": details,
                "carried_over": True,
            }
        )
        digest = new(ALGORITHM, record).hexdigest()
        rows.append(
            entry(
                number=number,
                kind=kind,
                at=at,
                person_id=person[0],
                disclosure_id=disclosure,
                revision_id=revision_id,
                signoff_id=signoff,
                record=record.decode(),
                algorithm=ALGORITHM,
                previous_digest=previous,
                digest=digest,
            )
        )
        previous = digest
    entry.objects.bulk_create(rows, batch_size=1000)


def rename_administrators(apps, schema_editor):
    """The protection scheme (GB/T 22239-2019) tells three administrators apart by these names."""
    apps.get_model("auth", "Group").objects.filter(name="系统管理").update(name="系统管理员")


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0004_signing_records"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(rename_administrators, migrations.RunPython.noop),
    ]
