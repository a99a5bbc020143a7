"""What proves the ledger: rows, signatures, contents and files, as ``verifier`` asks for them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import digest, verifier
from .archives import Archive
from .choices import RevisionState
from .models import (
    Attachment,
    Disclosure,
    Evidence,
    Explanation,
    LedgerEntry,
    OfflineDisclosure,
    Review,
    Revision,
    Signoff,
    Statement,
)

#: Rows fetched at once; fewer where each holds a whole text.
CHUNK, TEXTS = 1000, 50

_LEDGER_COLUMNS = (
    "number",
    "kind",
    "at",
    "person",
    "disclosure",
    "revision",
    "signoff",
    "record",
    "algorithm",
    "previous_digest",
    "digest",
)

Progress = Callable[[str, int], None]
#: The disclosures that a pack is about; ``None`` for all there are.
Chosen = QuerySet[Disclosure] | None
Described = Callable[[Attachment], dict[str, Any]]


def _local(moment: datetime | None) -> str | None:
    return (
        timezone.localtime(moment, timezone.get_default_timezone()).isoformat() if moment else None
    )


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """As it reads once it was written down: dates are text."""
    plain: dict[str, Any] = json.loads(digest.canonical(record))
    return plain


def ledger_rows(first: int = 1) -> Iterator[dict[str, Any]]:
    entries = LedgerEntry.objects.filter(number__gte=first).order_by("number")
    for row in entries.values(*_LEDGER_COLUMNS).iterator(CHUNK):
        yield row | {"at": _local(row["at"])}


def heads(first: int = 1) -> Iterator[list[Any]]:
    """The last row of each day since the row ``first``, newest first, under its headings."""
    yield ["day", "rows", "number", "algorithm", "digest"]
    days = [day for day in LedgerEntry.objects.days() if day["last"] >= first]
    entries = LedgerEntry.objects.defer("record").in_bulk([day["last"] for day in days])
    for day in days:
        entry = entries[day["last"]]
        yield [day["day"], day["rows"], entry.number, entry.algorithm, entry.digest]


def signoffs(chosen: Chosen = None) -> Iterator[dict[str, Any]]:
    found = Signoff.objects.order_by("pk")
    if chosen is not None:
        found = found.filter(revision__disclosure__in=chosen)
    for signoff in found.iterator(CHUNK):
        yield _plain(signoff.canonical_record())


def contents(
    chosen: Chosen = None, described: Described | None = None, *, with_files: bool = True
) -> Iterator[dict[str, Any]]:
    """Each submitted revision as it reads now, and what ``described`` finds of its files.

    Without ``described``, the digests of the stored files as they are now.
    """
    submitted = (
        Revision.objects.exclude(state=RevisionState.DRAFT)
        .select_related("disclosure__matter", "disclosure__unit", "disclosure__village")
        .prefetch_related("attachments")
        .order_by("pk")
    )
    if chosen is not None:
        submitted = submitted.filter(disclosure__in=chosen)
    described = described or _reader(with_files)
    for revision in submitted.iterator(TEXTS):
        files = sorted(revision.attachments.all(), key=lambda file: (file.position, file.pk))
        yield {
            "revision": revision.pk,
            "disclosure": revision.disclosure_id,
            "kind": revision.kind,
            "drafter": revision.drafter_id,
            "state": revision.state,
            "published_at": _local(revision.published_at),
            "algorithm": revision.digest_algorithm,
            "digest": revision.content_digest,
            "content": digest.canonical(revision.canonical_record()).decode(),
            "files": [described(file) for file in files],
        }


def _reader(with_files: bool) -> Callable[[Attachment | Evidence], dict[str, Any]]:
    # The next version mostly keeps the files of the one before: they needn't be read again.
    digest_of = functools.lru_cache(maxsize=4096)(_digest_of if with_files else _unread)

    def described(attachment: Attachment | Evidence) -> dict[str, Any]:
        algorithm = attachment.digest_algorithm
        path = attachment.file.name or ""
        original = (attachment.original.name or "") if isinstance(attachment, Attachment) else ""
        return {
            "path": path,
            "digest": digest_of(path, algorithm),
            "original_path": original,
            "original_digest": digest_of(original, algorithm),
        }

    return described


def _digest_of(path: str, algorithm: str) -> str:
    """The digest of what the storage holds at ``path``; "" where it holds nothing readable."""
    try:
        with default_storage.open(path) as stored:
            return digest.of_bytes(stored.chunks(), algorithm)
    except (OSError, ValueError, SuspiciousFileOperation):
        return ""


def _unread(_path: str, _algorithm: str) -> None:
    return None


def disclosures(chosen: Chosen = None) -> Iterator[dict[str, Any]]:
    found = Disclosure.objects.all() if chosen is None else chosen
    for disclosure in found.order_by("pk").iterator(CHUNK):
        yield {
            "disclosure": disclosure.pk,
            "index_number": disclosure.index_number,
            "published_at": _local(disclosure.published_at),
            "live_revision": disclosure.live_revision_id,
            "withdrawn_at": _local(disclosure.withdrawn_at),
            "reason": disclosure.withdrawal_reason,
            "replacement": disclosure.replacement_id,
        }


def statements(*, with_files: bool = True) -> Iterator[dict[str, Any]]:
    """What units stated, and their reviews, as they read now."""
    described = _reader(with_files)
    explanations = Explanation.objects.select_related("matter", "unit", "negative_entry")
    for explanation in explanations.order_by("pk").iterator(CHUNK):
        yield _stated(explanation, [])
    records = OfflineDisclosure.objects.select_related("matter", "unit")
    for record in records.prefetch_related("evidence").order_by("pk").iterator(CHUNK):
        yield _stated(record, [described(piece) for piece in record.evidence.all()])
    yield from reviews()


def reviews(chosen: Chosen = None) -> Iterator[dict[str, Any]]:
    found = Review.objects.order_by("pk")
    if chosen is not None:
        found = found.filter(disclosure__in=chosen)
    for review in found.iterator(CHUNK):
        yield {
            "record": _plain(review.canonical_record()),
            "state": "reviewed",
            "signed_by": None,
            "remark": "",
            "files": [],
        }


def _stated(statement: Statement, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "record": _plain(statement.canonical_record()),
        "state": statement.state,
        "signed_by": statement.signed_by_id,
        "remark": statement.remark,
        "files": files,
    }


def verify(
    progress: Progress, *, with_files: bool = True, heads: dict[int, str] | None = None
) -> verifier.Check:
    """Check the whole site; ``progress`` is told what is read and how many so far."""
    check = verifier.Check(heads)
    with snapshot():
        for kind, label, rows in (
            ("ledger", "台账", ledger_rows()),
            ("signoffs", "签字", signoffs()),
            ("contents", "版本与附件", contents(with_files=with_files)),
            ("disclosures", "公开信息", disclosures()),
            ("statements", "说明和线下公开", statements(with_files=with_files)),
        ):
            count = 0
            for count, row in enumerate(rows, start=1):
                check.take(kind, row)
                if count % CHUNK == 0:
                    progress(label, count)
            progress(label, count)
    check.finish()
    return check


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment for all that is read, while people go on signing.

    ``atomic`` begins by locking out the writers of SQLite (its transactions are IMMEDIATE here),
    and on PostgreSQL it sees each commit of others: neither will do.
    """
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def write_bundle(out: IO[bytes]) -> dict[str, Any]:
    """Write the bundle that ``verify.py`` inside it checks offline; returns its manifest."""
    head: dict[str, Any] = {"rows": 0, "head_number": 0, "head": ""}
    with snapshot(), Archive(out) as archive:
        for kind, rows in (
            ("ledger", watched(ledger_rows(), head)),
            ("signoffs", signoffs()),
            ("contents", contents()),
            ("disclosures", disclosures()),
            ("statements", statements()),
        ):
            archive.add_lines(f"{kind}.jsonl", rows)
        archive.add_text("verify.py", program())
        archive.add_text("README.txt", _README)
        manifest = {
            "title": f"{settings.SITE['name']} 公开台账",
            **origin(),
            "exported_at": _local(timezone.now()),
            **head,
            "members": archive.members,
        }
        archive.add_manifest(manifest)
    return manifest


def origin() -> dict[str, Any]:
    """Where a bundle comes from, for its manifest."""
    return {"domain": settings.SITE["domain"], "is_demo": settings.SITE["is_demo"]}


def program() -> str:
    """The verifier, as it travels in every bundle."""
    return Path(verifier.__file__).read_text(encoding="utf-8")


def watched(rows: Iterator[dict[str, Any]], head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``rows`` of the ledger, while ``head`` keeps their number and the last one's digest."""
    for row in rows:
        head |= {"rows": head["rows"] + 1, "head_number": row["number"], "head": row["digest"]}
        yield row


_README = """公开台账核验包

一、怎样核验
  python verify.py 本包.zip
  只需要 Python 3.8 以上,不联网,不装任何软件包;通过时退出码为0,有问题时为1。
  python verify.py 本包.zip --files 附件目录
  另有附件存放目录的副本时,由副本重新计算每个附件的摘要值,不采用导出时算的。
  python verify.py 本包.zip --heads heads.csv
  heads.csv 是以前从网站“公开台账”页下载的每日摘要值。

二、能证明什么
  不带 --heads 时,只证明包内各部分互相一致:签字、正文、公文信息、附件、公开和撤下
  都与台账相符,台账逐行相连。
  带上以前保存的 heads.csv,或自己把某一行的摘要值与当时抄下的对照,才能证明那一行
  以前的台账后来没有被改写,末尾也没有被删去。
  verify.py 随包而来;不放心时请用网站源代码中的 disclosures/verifier.py,或按下面
  的格式自己编写。

三、各文件
  ledger.jsonl       台账,一行一条;record 是签字、公开、撤下等每件事的记录原文,
                     digest 是 record 的摘要值,record 中的 previous 是上一行的摘要值
  signoffs.jsonl     导出时数据库中的签字
  contents.jsonl     导出时数据库中已提交的每个版本的规范文本,以及附件文件现在的摘要值
  disclosures.jsonl  导出时每条公开信息的索引号、发布时间、公开版本和撤下情况
  statements.jsonl   导出时数据库中的未公开说明、线下公开记录(及凭证的摘要值)和复核
  manifest.json      清单:行数、末行摘要值、各文件的 SHA-256
  摘要算法是 SM3(GB/T 32905-2016);没有 SM3 的系统用 SHA-256,每行都注明。

本包含有尚未公开的稿件、签字人姓名和客户端地址,请按工作秘密保管。
"""
