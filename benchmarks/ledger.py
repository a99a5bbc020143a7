"""How long it takes to prove the ledger of 10,000 disclosures; ``make bench-ledger`` runs it.

A scratch site is filled with disclosures whose digests are genuine. ``verify_ledger``, the export
and the bundle's own program each run in a process of their own, whose peak memory is told. While
``verify_ledger`` reads, rows go on being written: the longest wait of a writer is told too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.pages import ROOT, fill, load_pilot, prepare

LONGEST = 60


class Run(NamedTuple):
    label: str
    seconds: float
    megabytes: float
    status: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        load_pilot()
        fill(options.size)
        return _measure(Path(folder))


def _measure(folder: Path) -> int:
    from disclosures.models import Disclosure, LedgerEntry

    bundle = folder / "ledger.zip"
    print(f"公开信息 {Disclosure.objects.count()} 条,台账 {LedgerEntry.objects.count()} 行")
    manage, writer = str(ROOT / "manage.py"), Writer()
    verifying = measured("verify_ledger", [manage, "verify_ledger"], meanwhile=writer)
    runs = [
        verifying,
        measured("export_ledger", [manage, "export_ledger", str(bundle)]),
    ]
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("verify.py", folder)
    runs.append(measured("verify.py(离线)", ["-I", str(folder / "verify.py"), str(bundle)]))
    for run in runs:
        print(f"{run.label}:{run.seconds:.1f} 秒,内存最多 {run.megabytes:.0f} MB")
    print(f"核验包 {bundle.stat().st_size / 1e6:.1f} MB")
    print(f"核验期间写入台账最长等待 {writer.longest:.2f} 秒")
    missed = [f"{run.label} 退出码 {run.status}" for run in runs if run.status]
    if verifying.seconds > LONGEST:
        missed.append(f"{verifying.label} 用时超过 {LONGEST} 秒")
    for line in missed:
        print(f"未达到要求:{line}")
    return 1 if missed else 0


def measured(label: str, arguments: list[str], meanwhile: Callable[[], None] | None = None) -> Run:
    """Run Python with ``arguments``; ``meanwhile`` is done again and again."""
    start, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        if meanwhile:
            meanwhile()
        time.sleep(0.1)
    return Run(label, time.perf_counter() - start, peak, process.returncode)


def _memory(pid: int) -> float:
    """The most the process has held so far, in MB; rusage would tell that of its parent too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmHWM", "0 kB").split()[0]) / 1024


class Writer:
    """Adds a row to the ledger each time it is called, and remembers the longest wait."""

    def __init__(self) -> None:
        self.longest = 0.0

    def __call__(self) -> None:
        from django.db import transaction

        from disclosures import ledger
        from disclosures.choices import EntryKind

        before = time.perf_counter()
        with transaction.atomic():
            ledger.append(EntryKind.EXPORT, {"what": "…", "rows": 0}, by=None)
        self.longest = max(self.longest, time.perf_counter() - before)


if __name__ == "__main__":
    sys.exit(main())
