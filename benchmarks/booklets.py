"""How long the booklets of the whole pilot take to make; ``make bench-booklets`` runs it.

Each file is made several times from live data: the data are read and digested (what every download
pays, the median), then pages are set or the workbook is written (paid once a version). typst keeps
what it has set before, so the first time counts, and the median of the others is told beside it.
Looking for the fonts, which each process does once, is told apart.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.pages import load_pilot, prepare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        load_pilot()
        _measure(options.rounds)
    return 0


def _measure(rounds: int) -> None:
    from django.utils import timezone

    from catalog.typesetting import fonts
    from dingyuan_portal.booklets import BOOKLETS, Edition, Source

    (first,), _found = _timed(fonts, 1)
    print(f"查找字体(每个进程一次):{first:.2f} 秒")
    today = timezone.localdate()
    for booklet in BOOKLETS.values():
        readings, edition = _timed(
            lambda booklet=booklet: _read(Edition(booklet, Source())), rounds
        )
        for extension in booklet.extensions:
            (first, *others), content = _timed(
                lambda edition=edition, extension=extension: edition.made(extension, today), rounds
            )
            print(
                f"{booklet.title} {extension.upper()}:读数据 {statistics.median(readings):.2f} 秒,"
                f"编排 {first:.2f} 秒(再次 {statistics.median(others):.2f} 秒),"
                f"{_size(extension, content)}"
            )


def _read(edition: Any) -> Any:
    """The edition with its version, which is reckoned when it is first asked for."""
    edition.version  # noqa: B018
    return edition


def _timed(work: Callable[[], Any], rounds: int) -> tuple[list[float], Any]:
    """The seconds of each round, and what the last one gave."""
    times, result = [], None
    for _round in range(rounds):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return times, result


def _size(extension: str, content: bytes) -> str:
    import io

    from pypdf import PdfReader

    told = f"{len(content) / 1e6:.1f} MB"
    if extension == "pdf":
        told = f"{len(PdfReader(io.BytesIO(content)).pages)} 页,{told}"
    return told


if __name__ == "__main__":
    sys.exit(main())
