"""How long importing the service guides takes, against a bare ``bulk_create`` of the same rows.

``make bench-imports`` runs it on a scratch database that is made beside the one named and dropped
afterwards. All runs are measured in turn, round after round, and the median of each counts. An
import is what the admin's confirmation does: every row validated, all rows or none.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_TIMES = 8

#: label → one run, in seconds; the first is the bare ``bulk_create``
Runs = dict[str, Callable[[], float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--database", help="URL of a PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with _scratch_database(options.database):
        runs = _service_runs()
        found: dict[str, list[float]] = {label: [] for label in runs}
        for run in runs.values():
            run()  # what is done once a process isn't measured
        for _ in range(options.rounds):
            for label, run in runs.items():
                found[label].append(run())
    return _report({label: statistics.median(seconds) for label, seconds in found.items()})


@contextmanager
def _scratch_database(url: str | None) -> Iterator[None]:
    sys.path.insert(0, str(ROOT))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "dingyuan_portal.settings", "TESTING": "1"}
    os.environ["DATABASE_URL"] = url or ""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with open(os.devnull, "w") as silence:
            call_command("load_pilot", strict=True, stdout=silence)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _service_runs() -> Runs:
    from django.db import transaction

    from services.models import Service

    rows = list(Service.objects.all())
    with (ROOT / "fixtures" / "services.csv").open(encoding="utf-8-sig", newline="") as stream:
        headers, *cells = csv.reader(stream)
    name = headers.index("name")
    changed = [[*row[:name], row[name][:-1] + "改", *row[name + 1 :]] for row in cells]

    def bare() -> float:
        Service.objects.all().delete()
        for row in rows:
            row.pk, row._state.adding = None, True
        start = time.perf_counter()
        with transaction.atomic():
            Service.objects.bulk_create(rows)
        return time.perf_counter() - start

    def new() -> float:
        Service.objects.all().delete()
        return _imported(headers, cells, "new")

    return {
        f"bulk_create {len(rows)} 行": bare,
        "导入,全部新增": new,
        "导入,全部未变": lambda: _imported(headers, cells, "skip"),
        "导入,全部修改": lambda: _imported(headers, changed, "update"),
    }


def _imported(headers: list[str], cells: list[list[str]], kind: str) -> float:
    import tablib

    from services.resources import ServiceResource

    dataset: Any = tablib.Dataset(*cells, headers=headers)
    start = time.perf_counter()
    result = ServiceResource().import_data(dataset, dry_run=False)
    seconds = time.perf_counter() - start
    if result.totals[kind] != len(cells):
        raise SystemExit(f"导入的结果不是 {len(cells)} 行 {kind}:{dict(result.totals)}")
    return seconds


def _report(medians: dict[str, float]) -> int:
    bare, *imports = medians.items()
    print(f"{bare[0]}:{bare[1] * 1000:.0f} 毫秒")
    missed = 0
    for label, seconds in imports:
        times = seconds / bare[1]
        missed += times > MOST_TIMES
        print(f"{label}:{seconds * 1000:.0f} 毫秒,{times:.1f} 倍(要求不超过 {MOST_TIMES} 倍)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
