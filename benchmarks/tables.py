"""How fast and how lean tables leave the portal; ``make bench-tables`` runs it.

The whole standard table, read from the database and written as workbook, against XlsxWriter
writing the same cells as bare strings: both in turn, round after round, the median counts. Nothing
is remembered from one round to the next. Then 100,000 rows through ``catalog.workbooks``, in a
process of its own whose peak memory is told.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.pages import load_pilot, prepare

MOST_TIMES = 3
LONG, COLUMNS = 100_000, 12
MOST_MEGABYTES = 150
#: The cells of a workbook, sheet by sheet: row, column, text.
Cells = dict[str, list[tuple[int, int, str]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    parser.add_argument("--long", choices=_LONG, help="write the long table, tell the memory")
    options = parser.parse_args()
    if options.long:
        return _tell_memory(options.long)
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        load_pilot()
        missed = _compare(options.rounds)
    missed += [line for kind in _LONG for line in _measure_long(kind)]
    for line in missed:
        print(f"未达到要求:{line}")
    return 1 if missed else 0


# The standard table ---------------------------------------------------------------------------


def _compare(rounds: int) -> list[str]:
    cells = _cells_of(_export())
    runs: dict[str, Callable[[], object]] = {
        "裸写同样的单元格": lambda: _bare(cells),
        "导出标准目录表": _export,
    }
    found: dict[str, list[float]] = {label: [] for label in runs}
    for _ in range(rounds):
        for label, run in runs.items():
            start = time.perf_counter()
            run()
            found[label].append(time.perf_counter() - start)
    bare, export = (statistics.median(seconds) for seconds in found.values())
    print(f"标准目录表 {sum(map(len, cells.values()))} 个单元格,{rounds} 轮的中位数")
    for label, seconds in zip(runs, (bare, export), strict=True):
        print(f"{label}:{seconds * 1000:.0f} 毫秒")
    times = export / bare
    print(f"导出是裸写的 {times:.2f} 倍(要求不到 {MOST_TIMES} 倍)")
    return [f"导出是裸写的 {times:.2f} 倍"] if times >= MOST_TIMES else []


def _export() -> bytes:
    from django.http import QueryDict

    from catalog.forms import StandardTableFilter
    from catalog.standard_table import rows, writing

    writing.fit.cache_clear()
    rows.boxes.cache_clear()
    form = StandardTableFilter(QueryDict(""))
    out = BytesIO()
    head = rows.head_of("https://example.gov.cn/", form.in_words())
    writing.write_workbook(out, rows.read(form.matters()), head)
    return out.getvalue()


def _cells_of(workbook: bytes) -> Cells:
    from openpyxl import load_workbook

    return {
        sheet.title: [
            (cell.row - 1, cell.column - 1, str(cell.value))
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        for sheet in load_workbook(BytesIO(workbook)).worksheets
    }


def _bare(cells: Cells) -> None:
    from xlsxwriter import Workbook

    with Workbook(BytesIO(), {"in_memory": True}) as book:
        for name, texts in cells.items():
            sheet = book.add_worksheet(name)
            for row, column, text in texts:
                sheet.write_string(row, column, text)


# A long table ---------------------------------------------------------------------------------


def _rows() -> Iterator[list[str | int]]:
    for number in range(LONG):
        yield [
            number,
            *(f"第{number}行的第{place}格,公开信息的标题" for place in range(1, COLUMNS)),
        ]


def _write_xlsx() -> None:
    from catalog.workbooks import Column, write_table

    columns = [Column(f"列{place}", 20) for place in range(COLUMNS)]
    with tempfile.TemporaryFile() as out:
        write_table(out, "公开信息", columns, _rows())


def _write_csv() -> None:
    from catalog.workbooks import Column, csv_lines

    columns = [Column(f"列{place}", 20) for place in range(COLUMNS)]
    with tempfile.TemporaryFile() as out:
        out.writelines(csv_lines(columns, _rows()))


_LONG = {"xlsx": _write_xlsx, "csv": _write_csv}


def _tell_memory(kind: str) -> int:
    """Write the table, then print the most that this process has held, in MB."""
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), None)
        _LONG[kind]()
    # Of this program alone; rusage would tell that of the parent too.
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(int(lines["VmHWM"].split()[0]) / 1024)
    return 0


def _measure_long(kind: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.tables", "--long", kind]
    start = time.perf_counter()
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = time.perf_counter() - start, float(told)
    print(
        f"{LONG} 行 × {COLUMNS} 列写成 {kind.upper()}:{seconds:.1f} 秒,内存最多 {megabytes:.0f} MB"
        f"(要求不到 {MOST_MEGABYTES} MB)"
    )
    return [f"{kind.upper()} 用了 {megabytes:.0f} MB"] if megabytes >= MOST_MEGABYTES else []


if __name__ == "__main__":
    sys.exit(main())
