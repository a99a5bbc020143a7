"""How long importing the service guides takes, against a bare ``bulk_create`` of the same rows,
and how long staff wait for the preview of a standard table.

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
MOST_PREVIEW_SECONDS = 3
PREVIEW_ROWS = 1156

#: label → one run, in seconds; the first is the bare ``bulk_create``
Runs = dict[str, Callable[[], float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--database", help="URL of a PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with _scratch_database(options.database):
        missed = _report(_medians(_service_runs(), options.rounds))
        with _preview_runs() as runs:
            missed += _report_previews(_medians(runs, options.rounds))
    return 1 if missed else 0


def _medians(runs: Runs, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {label: [] for label in runs}
    for run in runs.values():
        run()  # what is done once a process isn't measured
    for _ in range(rounds):
        for label, run in runs.items():
            found[label].append(run())
    return {label: statistics.median(seconds) for label, seconds in found.items()}


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
    return missed


# The standard table -------------------------------------------------------------------------------


@contextmanager
def _preview_runs() -> Iterator[Runs]:
    """The page of the third step as the browser gets it: file read, set against the catalog."""
    import tempfile

    from django.contrib.auth import get_user_model
    from django.test import Client, override_settings

    with (
        tempfile.TemporaryDirectory() as media,
        override_settings(MEDIA_ROOT=media, ALLOWED_HOSTS=["testserver"]),
    ):
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("benchmark"))
        yield {
            "预览标准目录,全部未变": _preview(client, _exported(), "unchanged", 1156),
            f"预览标准目录,{PREVIEW_ROWS} 行全部新增": _preview(client, _invented(), "new", 1185),
        }


def _preview(client: Any, content: bytes, kind: str, matters: int) -> Callable[[], float]:
    from django.core.files.base import ContentFile
    from django.urls import reverse

    from catalog.models import StandardTableImport

    name = "admin:catalog_matter_table_import"
    client.post(reverse(name), {"file": ContentFile(content, name="目录.xlsx")})
    upload = StandardTableImport.objects.latest("pk")
    upload.mapping["defaults"] = {"category": "service"}
    upload.save()
    address = reverse(f"{name}_preview", args=[upload.pk])

    def run() -> float:
        start = time.perf_counter()
        page = client.get(address, {"show": "all"})
        seconds = time.perf_counter() - start
        found = {found.value: count for found, _, count in page.context_data["counts"]}
        if found[kind] != matters:
            raise SystemExit(f"预览的结果不是 {matters} 项 {kind}:{found}")
        return seconds

    return run


def _exported() -> bytes:
    from io import BytesIO

    from catalog.models import Matter
    from catalog.standard_table import rows
    from catalog.standard_table.writing import write_workbook

    out = BytesIO()
    write_workbook(out, rows.read(Matter.objects.leaves().as_tree()), rows.head_of("", ""))
    return out.getvalue()


def _invented() -> bytes:
    """As many new matters as the catalog has, 40 under each of the first level."""
    from io import BytesIO

    from openpyxl import Workbook

    from catalog.models import Matter
    from catalog.standard_table import rows
    from catalog.standard_table.layout import COLUMNS

    leaves = rows.read(Matter.objects.leaves().as_tree())
    book = Workbook()
    sheet = book.active
    sheet.title = leaves[0].domain
    sheet.append([column.heading for column in COLUMNS])
    for number in range(PREVIEW_ROWS):
        number_cell, _, _, _, *standard = rows.cells(leaves[number % len(leaves)], number + 1)
        names = f"新的一级事项{number // 40}", f"新的二级事项{number}", "—"
        sheet.append([number_cell, *names, *standard])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _report_previews(medians: dict[str, float]) -> int:
    for label, seconds in medians.items():
        print(f"{label}:{seconds:.2f} 秒(要求不超过 {MOST_PREVIEW_SECONDS} 秒)")
    return sum(seconds > MOST_PREVIEW_SECONDS for seconds in medians.values())


if __name__ == "__main__":
    sys.exit(main())
