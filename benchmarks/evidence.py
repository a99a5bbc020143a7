"""The memory that an evidence pack takes; ``make bench-evidence`` runs it.

A scratch site is filled with disclosures, each with a file. The pack of all of them is made by
``build_evidence_pack`` in a process of its own, as in service, and then proved by the program
inside it; the peak memory of both is told. What a reader's view costs a page is told too.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from benchmarks.ledger import measured
from benchmarks.pages import ROOT, fill, load_pilot, prepare

MOST_MEGABYTES = 200
VIEWS = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000)
    parser.add_argument("--file-bytes", type=int, default=300_000)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        load_pilot()
        fill(options.size, options.file_bytes)
        return _measure(Path(folder))


def _measure(folder: Path) -> int:
    from disclosures.models import EvidencePack

    pack = _requested()
    runs = [measured("build_evidence_pack", [str(ROOT / "manage.py"), "build_evidence_pack", pack])]
    made = EvidencePack.objects.get(pk=pack)
    if not made.is_available:
        print(f"没有生成:{made.error}")
        return 1
    with zipfile.ZipFile(made.file.path) as archive:
        archive.extract("verify.py", folder)
    runs.append(measured("verify.py(离线)", ["-I", str(folder / "verify.py"), made.file.path]))
    print(f"取证包:{made.figures},文件 {made.size / 1e6:.1f} MB")
    for each in runs:
        print(f"{each.label}:{each.seconds:.1f} 秒,内存最多 {each.megabytes:.0f} MB")
    print(f"浏览次数加一:{_views() * 1000:.2f} 毫秒(中位数)")
    missed = [f"{each.label} 退出码 {each.status}" for each in runs if each.status]
    if runs[0].megabytes > MOST_MEGABYTES:
        missed.append(f"内存超过 {MOST_MEGABYTES} MB")
    for line in missed:
        print(f"未达到要求:{line}")
    return 1 if missed else 0


def _requested() -> str:
    """The pack of everything, waiting to be made."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from benchmarks.bulk import FIRST_DAY
    from disclosures.models import EvidencePack
    from disclosures.packs import Selection

    selection = Selection(since=FIRST_DAY)
    now = timezone.now()
    pack = EvidencePack.objects.create(
        title=selection.label(),
        filters=selection.filters(),
        requested_by=get_user_model().objects.first(),
        requested_at=now,
        beat_at=now,
    )
    return str(pack.pk)


def _views() -> float:
    """Seconds that counting one view takes."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    from disclosures.models import Disclosure
    from disclosures.readers import count_view

    request = RequestFactory().get("/", headers={"user-agent": "Mozilla/5.0 Firefox/128.0"})
    request.user = AnonymousUser()
    disclosures = list(Disclosure.objects.published()[:50])
    taken = []
    for number in range(VIEWS):
        start = time.perf_counter()
        count_view(request, disclosures[number % len(disclosures)])
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
