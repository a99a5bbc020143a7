"""What proves the ledger: rows, signatures, contents and files, as ``verifier`` asks for them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import digest, verifier
from .choices import RevisionState
from .models import Attachment, Disclosure, LedgerEntry, Revision, Signoff

CHUNK = 1000

Progress = Callable[[str, int], None]


def _local(moment: datetime | None) -> str | None:
    return (
        timezone.localtime(moment, timezone.get_default_timezone()).isoformat() if moment else None
    )


def ledger_rows() -> Iterator[dict[str, Any]]:
    columns = ("number", "kind", "record", "algorithm", "previous_digest", "digest")
    yield from LedgerEntry.objects.order_by("number").values(*columns).iterator(CHUNK)


def signoffs() -> Iterator[dict[str, Any]]:
    for signoff in Signoff.objects.order_by("pk").iterator(CHUNK):
        yield json.loads(digest.canonical(signoff.canonical_record()))


def contents(*, with_files: bool = True) -> Iterator[dict[str, Any]]:
    """Each submitted revision as it reads now, with the digests of its files as they are now."""
    submitted = (
        Revision.objects.exclude(state=RevisionState.DRAFT)
        .select_related("disclosure__matter", "disclosure__unit")
        .prefetch_related("attachments")
        .order_by("pk")
    )
    for revision in submitted.iterator(CHUNK):
        files = sorted(revision.attachments.all(), key=lambda file: (file.position, file.pk))
        yield {
            "revision": revision.pk,
            "algorithm": revision.digest_algorithm,
            "digest": revision.content_digest,
            "state": revision.state,
            "content": digest.canonical(revision.canonical_record()).decode(),
            "files": [_described(file, with_files=with_files) for file in files],
        }


def _described(attachment: Attachment, *, with_files: bool) -> dict[str, Any]:
    described: dict[str, Any] = {"name": attachment.name, "digest": attachment.digest}
    described["original_digest"] = attachment.original_digest
    if with_files:
        described["digest"] = _digest_of(attachment.file, attachment.digest_algorithm)
        if attachment.original_digest:
            original = _digest_of(attachment.original, attachment.digest_algorithm)
            described["original_digest"] = original
    return described


def _digest_of(stored: Any, algorithm: str) -> str:
    try:
        with stored.open() as stream:
            return digest.of_bytes(stream.chunks(), algorithm)
    except (OSError, ValueError):
        return ""


def disclosures() -> Iterator[dict[str, Any]]:
    for disclosure in Disclosure.objects.order_by("pk").iterator(CHUNK):
        yield {
            "disclosure": disclosure.pk,
            "index_number": disclosure.index_number,
            "published_at": _local(disclosure.published_at),
            "live_revision": disclosure.live_revision_id,
            "withdrawn_at": _local(disclosure.withdrawn_at),
            "reason": disclosure.withdrawal_reason,
        }


def verify(progress: Progress, *, with_files: bool = True) -> verifier.Check:
    """Check the whole site; ``progress`` is told what is read and how many so far."""
    check = verifier.Check()
    with transaction.atomic():
        _snapshot()
        for label, rows, take in (
            ("台账", ledger_rows(), check.ledger_row),
            ("签字", signoffs(), check.signoff),
            ("版本与附件", contents(with_files=with_files), check.content),
            ("公开信息", disclosures(), check.disclosure),
        ):
            count = 0
            for count, row in enumerate(rows, start=1):
                take(row)
                if count % CHUNK == 0:
                    progress(label, count)
            progress(label, count)
    check.finish()
    return check


def _snapshot() -> None:
    """One moment for all that is read: people go on signing meanwhile."""
    connection = transaction.get_connection()
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def write_bundle(out: IO[bytes]) -> dict[str, Any]:
    """Write the bundle that ``verify.py`` inside it checks offline; returns its manifest."""
    members: dict[str, dict[str, Any]] = {}
    head: dict[str, Any] = {"rows": 0, "head": ""}
    with transaction.atomic(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _snapshot()
        for name, rows in (
            ("ledger.jsonl", _watched(ledger_rows(), head)),
            ("signoffs.jsonl", signoffs()),
            ("contents.jsonl", contents()),
            ("disclosures.jsonl", disclosures()),
        ):
            members[name] = _write_lines(archive, name, rows)
        for name, text in (
            ("verify.py", Path(verifier.__file__).read_text(encoding="utf-8")),
            ("README.txt", _README),
        ):
            archive.writestr(name, text)
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            members[name] = {"rows": None, "sha256": sha256}
        manifest = {
            "title": f"{settings.SITE['name']} 公开台账",
            "is_demo": settings.SITE["is_demo"],
            "exported_at": _local(timezone.now()),
            **head,
            "members": members,
        }
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def _watched(rows: Iterator[dict[str, Any]], head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        head["rows"] += 1
        head["head"] = row["digest"]
        yield row


def _write_lines(
    archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]
) -> dict[str, Any]:
    seen, count = hashlib.sha256(), 0
    with archive.open(name, "w") as stream:
        for row in rows:
            count += 1
            line = digest.canonical(row) + b"\n"
            seen.update(line)
            stream.write(line)
    return {"rows": count, "sha256": seen.hexdigest()}


_README = """公开台账核验包

ledger.jsonl       台账,一行一条;record 是签字、公开、撤下等每件事的记录原文,
                   digest 是 record 的摘要值,record 中的 previous 是上一行的摘要值
signoffs.jsonl     导出时数据库中的签字
contents.jsonl     导出时数据库中已提交的每个版本的规范文本,以及附件文件现在的摘要值
disclosures.jsonl  导出时每条公开信息的索引号、发布时间、公开版本和撤下情况
manifest.json      清单:行数、末行摘要值、各文件的 SHA-256
verify.py          核验程序,只需要 Python 3.8 以上,不联网:python verify.py 本包.zip

核验程序只证明包内各部分互相一致。把末行摘要值与网站“公开台账”页上当天的摘要值、
或您以前抄下的摘要值对照,才能证明台账没有被整体重写。
摘要算法是 SM3(GB/T 32905-2016);没有 SM3 的系统用 SHA-256,每行都注明。
"""
