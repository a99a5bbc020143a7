"""Evidence packs: asked for, made in the background, fetched, deleted."""

from __future__ import annotations

import errno
import hashlib
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.utils import timezone

from .. import background, clock, ledger
from ..archives import manifest_digest
from ..choices import EntryKind, PackState
from ..models import KEPT, SILENCE, EvidencePack
from ..packs import Selection, figures, write_pack
from .common import WorkflowError, require
from .rights import may_make_packs

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_log = logging.getLogger(__name__)

FOLDER = "packs"
#: Seconds between two reports of progress.
BEAT = 1.0
#: A file that no pack names is what a process left that was killed.
_ABANDONED = timedelta(days=1)


class _TakenOverError(Exception):
    """Somebody started the pack anew, since this process was too long silent."""


@transaction.atomic
def request_pack(selection: Selection, *, by: User) -> EvidencePack:
    """Ask for a pack; its making starts once that is stored."""
    require(may_make_packs(by), "只有政务公开办和审计人员可以生成取证包")
    _refuse_second(by)
    counted = figures(selection.chosen())
    if not counted["disclosures"]:
        raise WorkflowError("没有符合条件的公开信息,请放宽条件")
    pack = EvidencePack.objects.create(
        title=selection.label(),
        filters=selection.filters(),
        figures=counted,
        requested_by=by,
        requested_at=clock.now(),
        beat_at=timezone.now(),
    )
    transaction.on_commit(partial(_start, pack))
    return pack


@transaction.atomic
def restart_pack(pack: EvidencePack, *, by: User) -> EvidencePack:
    """Begin again what failed or broke off."""
    require(may_make_packs(by) and pack.requested_by_id == by.pk, "只有申请人可以重新生成")
    _refuse_second(by)
    pack = EvidencePack.objects.select_for_update().get(pk=pack.pk)
    if not pack.may_start_anew:
        raise WorkflowError("这个取证包正在生成或已经生成,不用重新开始")
    pack.state, pack.error, pack.stage = PackState.QUEUED, "", ""
    pack.done = pack.total = 0
    pack.beat_at = timezone.now()
    pack.save()
    transaction.on_commit(partial(_start, pack))
    return pack


def _refuse_second(by: User) -> None:
    """One at a time: a lock on the person holds off the second of two clicks."""
    get_user_model().objects.select_for_update().get(pk=by.pk)
    running = EvidencePack.objects.running(timezone.now() - SILENCE)
    for pack in running.filter(requested_by=by):
        raise WorkflowError(f"您的取证包“{pack}”正在生成,完成以后才能再生成一个")


def _start(pack: EvidencePack) -> None:
    try:
        background.run("build_evidence_pack", str(pack.pk))
    except Exception:
        _log.exception("pack %s was not made", pack.pk)
        # One that began says by itself what went wrong.
        EvidencePack.objects.filter(pk=pack.pk, state=PackState.QUEUED).update(
            state=PackState.FAILED, error="服务器不能启动生成程序,请告知网站管理员"
        )


def build_pack(pk: int) -> None:
    """Make the pack, unless another process does. Raises what went wrong, once it is stored."""
    clean_packs()
    beat_at = timezone.now()
    waiting = EvidencePack.objects.filter(pk=pk, state=PackState.QUEUED)
    if not waiting.update(state=PackState.BUILDING, stage="正在统计", beat_at=beat_at):
        return
    pack = EvidencePack.objects.select_related("requested_by").get(pk=pk)
    with _Beat(pack) as beat:
        try:
            _build(pack, beat)
        except _TakenOverError:
            return
        except Exception as error:
            beat.mine().update(state=PackState.FAILED, error=_reason(error))
            raise


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "服务器磁盘空间不足,请告知网站管理员清理后重新生成"
    if isinstance(error, OSError):
        return f"服务器读写文件出错({error.strerror or type(error).__name__}),请告知网站管理员"
    if isinstance(error, MemoryError):
        return "服务器内存不足,请缩小范围,或告知网站管理员"
    return f"生成时出错({type(error).__name__}),请重新生成;仍不行的告知网站管理员查看日志"


class _Beat:
    """Tells the database how far the making is, at most once a second.

    The rows are read in a transaction that sees one moment, so progress is written on a connection
    of its own; inside somebody's transaction, as in tests, on the only one that knows the pack.
    The time of the last beat is also the token of whoever makes the pack.
    """

    def __init__(self, pack: EvidencePack) -> None:
        self.pack, self.last = pack, pack.beat_at
        self._told = time.monotonic()
        self._pool = None if connection.in_atomic_block else ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool:
            self._pool.submit(connections.close_all)
            self._pool.shutdown()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() - self._told < BEAT:
            return
        self._told = time.monotonic()
        write = partial(self._write, stage=stage, done=done, total=total)
        if self._pool:
            self._pool.submit(write).result()
        else:
            write()

    def mine(self) -> Any:
        return EvidencePack.objects.filter(
            pk=self.pack.pk, state=PackState.BUILDING, beat_at=self.last
        )

    def _write(self, **fields: Any) -> None:
        now = timezone.now()
        if not self.mine().update(beat_at=now, **fields):
            raise _TakenOverError
        self.last = now


def _build(pack: EvidencePack, beat: _Beat) -> None:
    name = f"{FOLDER}/{uuid.uuid4().hex}.zip"
    path = Path(default_storage.path(name))
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        with path.open("xb") as out:
            path.chmod(0o640)
            manifest = write_pack(
                out,
                Selection.of(pack),
                number=pack.pk,
                by=ledger.name_of(pack.requested_by),
                progress=beat,
            )
        _finish(pack, beat, name, path, manifest)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _finish(
    pack: EvidencePack, beat: _Beat, name: str, path: Path, manifest: dict[str, Any]
) -> None:
    """Without the row that says so nobody gets the pack; its own ledger ends before that row."""
    counted = manifest["counts"]
    sha256 = _digest_of(path)
    with transaction.atomic():
        found = beat.mine().update(
            state=PackState.READY,
            stage="",
            file=name,
            size=path.stat().st_size,
            sha256=sha256,
            figures=counted,
            disclosures=counted["disclosures"],
            made_at=clock.now(),
        )
        if not found:
            raise _TakenOverError
        details = {
            "what": "取证包",
            "format": "zip",
            "rows": counted["disclosures"],
            "filters": pack.title,
            "pack": pack.pk,
            "head": manifest["head"],
            "manifest_sha256": manifest_digest(manifest),
            "sha256": sha256,
        }
        ledger.append(EntryKind.EXPORT, details, by=pack.requested_by)


def _digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def take_pack(pack: EvidencePack, *, by: User) -> IO[bytes]:
    """The archive, for download; that it was taken is a row of the ledger."""
    require(may_make_packs(by), "只有政务公开办和审计人员可以下载取证包")
    if not pack.is_available:
        raise WorkflowError("文件还没有生成,或已过保留期删除,请重新生成")
    try:
        stream = pack.file.open("rb")
    except OSError as error:
        raise WorkflowError("文件不在存放处,请重新生成") from error
    details = {
        "what": "下载取证包",
        "format": "zip",
        "rows": pack.disclosures,
        "filters": pack.title,
        "pack": pack.pk,
        "sha256": pack.sha256,
    }
    with transaction.atomic():
        ledger.append(EntryKind.EXPORT, details, by=by)
    return stream


def clean_packs(now: datetime | None = None) -> int:
    """Delete the files of packs that were kept long enough, and what killed processes left."""
    now = now or clock.now()
    deleted = 0
    for pack in EvidencePack.objects.filter(made_at__lt=now - KEPT).exclude(file=""):
        pack.file.delete(save=False)
        pack.save(update_fields=["file"])
        deleted += 1
    return deleted + _delete_abandoned()


def _delete_abandoned() -> int:
    folder = Path(default_storage.path(FOLDER))
    if not folder.is_dir():
        return 0
    named = set(EvidencePack.objects.exclude(file="").values_list("file", flat=True))
    before = time.time() - _ABANDONED.total_seconds()
    abandoned = [
        path
        for path in folder.glob("*.zip")
        if f"{FOLDER}/{path.name}" not in named and path.stat().st_mtime < before
    ]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)
