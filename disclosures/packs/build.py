"""Writing the archive: every part by streams, so that no size of it needs memory."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Min
from django.utils import timezone

from catalog.workbooks import write_tables

from .. import clock, evidence
from ..archives import Archive
from ..models import Attachment, LedgerEntry
from ..querysets import DisclosureQuerySet
from . import plan, sheets, texts
from .plan import Planned
from .selection import Selection
from .sheets import Packed, Told

#: Told the stage, how much is done and how much there is.
Progress = Callable[[str, int, int], None]

LEDGER, WORKBOOK = "台账", "清单.xlsx"
BLOCK = 256 * 1024

MISSING = "存放处缺失或不能读取"
ALTERED = "与签字时不符"


def write_pack(
    out: IO[bytes], selection: Selection, *, number: int, by: str, progress: Progress
) -> dict[str, Any]:
    """Write the pack as of one moment; returns its manifest."""
    with evidence.snapshot(), Archive(out) as archive:
        builder = _Builder(archive, selection, progress)
        builder.write_files()
        builder.write_texts()
        builder.write_ledger()
        builder.write_workbook(by)
        return builder.write_manifest(number, by)


class _Builder:
    """Writes part after part, and counts what it wrote."""

    def __init__(self, archive: Archive, selection: Selection, progress: Progress) -> None:
        self.archive, self.selection = archive, selection
        self.chosen, self.at = selection.chosen(), clock.now()
        self.first, self.previous = _beginning(self.chosen)
        self.head: dict[str, Any] = {"rows": 0, "head_number": 0, "head": self.previous}
        expected = plan.figures(self.chosen)
        self.counted = expected | {"files": 0, "missing": 0, "bytes": 0, "altered": 0}
        self.packed: list[Packed] = []
        #: Attachment → what the ledger's verifier is told of its files.
        self.described: dict[int, dict[str, Any]] = {}
        self._progress, self._done, self._total = progress, 0, self._steps(expected)

    def _steps(self, expected: dict[str, int]) -> int:
        """Files, pages, rows of the ledger and of the workbook."""
        rows = LedgerEntry.objects.filter(number__gte=self.first).count()
        files = expected["files"] + expected["missing"]
        return rows + files + expected["disclosures"] * 2 + expected["signoffs"]

    def _step(self, stage: str, steps: int = 1) -> None:
        self._done = min(self._done + steps, self._total)
        self._progress(stage, self._done, self._total)

    def _watched(self, stage: str, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            yield row
            self._step(stage)

    def write_files(self) -> None:
        for planned in self._watched("正在装入附件", plan.files(self.chosen)):
            packed = self._pack(planned)
            self.packed.append(packed)
            plan.count_file(self.counted, packed.size)
            self.counted["altered"] += packed.problem == ALTERED
            told = self.described.setdefault(planned.attachment, dict(_NOT_PACKED))
            path, key = _KEYS[planned.kind == plan.ORIGINALS]
            told |= {path: packed.path, key: packed.digest}

    def _pack(self, planned: Planned) -> Packed:
        """The file in the archive. A missing or altered one doesn't stop the others."""
        try:
            stored = default_storage.open(planned.stored)
        except plan.UNREADABLE:
            return Packed(planned, path="", size=None, sha256="", digest="", problem=MISSING)
        seen, broken = hashlib.new(planned.algorithm), False

        def blocks() -> Iterator[bytes]:
            nonlocal broken
            try:
                while block := stored.read(BLOCK):
                    seen.update(block)
                    self._step("正在装入附件", 0)
                    yield block
            except OSError:
                broken = True

        with stored:
            member = self.archive.add(planned.path, blocks(), is_packed=True)
        is_altered = broken or (planned.digest not in ("", seen.hexdigest()))
        return Packed(
            planned,
            path=planned.path,
            size=member["size"],
            sha256=member["sha256"],
            digest=seen.hexdigest(),
            problem=ALTERED if is_altered else "",
        )

    def write_texts(self) -> None:
        for path, page in self._watched("正在装入正文", texts.pages(self.chosen)):
            self.archive.add_text(path, page)

    def write_ledger(self) -> None:
        rows = evidence.watched(evidence.ledger_rows(self.first), self.head)
        for kind, lines in (
            ("ledger", self._watched("正在装入台账", rows)),
            ("signoffs", evidence.signoffs(self.chosen)),
            ("contents", evidence.contents(self.chosen, self._describe)),
            ("disclosures", evidence.disclosures(self.chosen)),
            ("statements", evidence.reviews(self.chosen)),
        ):
            self.archive.add_lines(f"{LEDGER}/{kind}.jsonl", lines)
        heads = io.StringIO()
        csv.writer(heads).writerows(evidence.heads(self.first))
        self.archive.add_text(f"{LEDGER}/heads.csv", heads.getvalue())

    def _describe(self, attachment: Attachment) -> dict[str, Any]:
        return self.described.get(attachment.pk, _NOT_PACKED)

    def write_workbook(self, by: str) -> None:
        told = Told(self.selection.label(), by, self.at, self.head["head"], self.counted)
        tables = (
            table._replace(rows=self._watched("正在填写清单", table.rows))
            if table.title in ("公开信息", "签字")
            else table
            for table in sheets.tables(self.chosen, self.packed, told)
        )
        with tempfile.TemporaryFile() as book:
            write_tables(book, "取证包清单", tables)
            book.seek(0)
            self.archive.add(WORKBOOK, iter(lambda: book.read(BLOCK), b""), is_packed=True)

    def write_manifest(self, number: int, by: str) -> dict[str, Any]:
        self.archive.add_text("verify.py", evidence.program())
        self.archive.add_text("README.txt", readme())
        manifest = {
            "kind": "pack",
            "title": f"{settings.SITE['name']} 取证包",
            **evidence.origin(),
            "number": number,
            "label": self.selection.label(),
            "filters": self.selection.filters(),
            "requested_by": by,
            "as_of": timezone.localtime(self.at).isoformat(timespec="seconds"),
            "counts": self.counted,
            "first_number": self.first,
            "previous": self.previous,
            **self.head,
            "problems": [
                {
                    "index_number": each.planned.index_number,
                    "version": each.planned.version,
                    "kind": each.planned.kind,
                    "name": each.planned.name,
                    "path": each.path,
                    "problem": each.problem,
                }
                for each in self.packed
                if each.problem
            ],
            "members": self.archive.members,
        }
        self.archive.add_manifest(manifest)
        return manifest


#: Of the public copy, and of the original: the keys under which the verifier finds it.
_KEYS = (("path", "digest"), ("original_path", "original_digest"))
#: Of versions that the public never read: nobody looked.
_NOT_PACKED = {"path": "", "digest": None, "original_path": "", "original_digest": None}


def _beginning(chosen: DisclosureQuerySet) -> tuple[int, str]:
    """The first row of the ledger about any of ``chosen``, and the digest of the row before."""
    concerned = LedgerEntry.objects.filter(disclosure__in=chosen)
    first = concerned.aggregate(first=Min("number"))["first"] or 1
    before = LedgerEntry.objects.filter(number=first - 1).values_list("digest", flat=True)
    return first, before.first() or ""


def readme() -> str:
    label = f"{sheets.DEMO_NOTE}。\n\n" if settings.SITE["is_demo"] else ""
    return label + _README


_README = """取证包

一、怎样核验
  python verify.py 本包.zip
  只需要 Python 3.8 以上,不联网,不装任何软件包;通过时退出码为0,有问题时为1,并说明
  是哪一个文件、哪一行。
  python verify.py 本包.zip --heads heads.csv
  heads.csv 是从网站“公开台账”页下载的每日摘要值。包内台账的最后几行常晚于已下载的
  heads.csv,过一天再下载一份对照即可。

二、能证明什么
  不带 --heads 时,证明包内各部分互相一致:所选信息的签字、正文、公文信息、附件、公开和
  撤下都与台账相符;台账从涉及所选信息的第一行到生成时的末行,逐行相连,没有缺行。
  带上 --heads,或自己把某一行的摘要值与当时抄下的对照,证明台账后来没有被改写。
  manifest.json 的 SHA-256 记在网站台账“导出”一行中,可以请政务公开办出示核对。

三、不能证明什么
  台账中所选信息以外各行只核对了是否相连,没有核对它们的签字和正文。
  浏览次数、是否按时是生成时由网站数据算出的,台账不记浏览次数。
  没有公开过的版本(被退回的、审签中的)有签字和文字的规范文本,但附件不在包内。
  verify.py 随包而来;不放心时请用网站源代码中的 disclosures/verifier.py。

四、各文件
  清单.xlsx      所选信息、签字、撤下、附件和统计
  正文/          每条信息公开过的各版本文字
  附件/          公开过的各版本附件(公众下载的那一份),按索引号和版本分开
  附件原件/      清除文件属性以前的原件,不对外公开
  存档证据/      线下公开的照片等,不对外公开
  台账/ledger.jsonl       台账,一行一条
  台账/signoffs.jsonl     所选信息的签字
  台账/contents.jsonl     所选信息已提交的每个版本的规范文本、附件及其在包内的位置
  台账/disclosures.jsonl  所选信息的索引号、发布时间、公开版本和撤下情况
  台账/statements.jsonl   所选信息的复核
  台账/heads.csv          这段台账每日末行的摘要值
  manifest.json  范围、时间、统计、末行摘要值,以及每个文件的大小和 SHA-256
  文件名中各种系统不能用的字符已换成下划线,同名的加了序号;原来的文件名见清单。
  附件缺失或与签字时不符的,清单和 manifest.json 中注明,verify.py 也会指出。

本包含有签字人姓名、客户端地址、附件原件和其他稿件的审签记录,请按工作秘密保管。
"""
