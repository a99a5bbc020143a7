"""How fast the public pages are, against a view that does nothing; ``make bench`` runs it.

A scratch site with the pilot's data is served by gunicorn with two workers, first with 420, then
with 10,000 disclosures. Each page is asked for in several short rounds, all pages in turn, and the
median round counts, so that a noisy moment doesn't decide. Says which pages miss the demands: at
most 8 queries for the domain page and the lists, at least 1/12 of the empty view's rate.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SIZES = (420, 10_000)
MOST_QUERIES = 8
LEAST_SHARE = 1 / 12
LONGEST_LOAD = 20


class Page(NamedTuple):
    label: str
    address: str
    is_measured: bool  # whether the demands hold for it


class Result(NamedTuple):
    page: Page
    rate: float
    queries: int


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        missed = []
        seconds = load_pilot()
        print(f"load_pilot 用时 {seconds:.1f} 秒(要求不超过 {LONGEST_LOAD} 秒)")
        if seconds > LONGEST_LOAD:
            missed.append(f"load_pilot 用时 {seconds:.1f} 秒")
        for size in options.sizes:
            fill(size)
            pages = _pages()
            with _serving():
                rates = _rates(pages, options.rounds, options.seconds)
            results = [Result(page, rates[page], _queries(page)) for page in pages]
            _print_table(size, results)
            missed += _missed(size, results)
    for line in missed:
        print(f"未达到要求:{line}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one round of one page")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    return parser.parse_args()


def prepare(folder: Path, database: str | None) -> None:
    """Point this process and the servers it starts to a scratch site."""
    sys.path.insert(0, str(ROOT))
    os.environ.pop("TESTING", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "DATABASE_URL": database or f"sqlite:///{folder}/db.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "SECRET_KEY": "a key for a site that lives for minutes",
        "DEMO": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",  # about static files that a demonstration doesn't collect
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def load_pilot() -> float:
    from django.core.management import call_command

    start = time.perf_counter()
    with open(os.devnull, "w") as silence:
        call_command("load_pilot", strict=True, stdout=silence)
    return time.perf_counter() - start


def fill(size: int, file_bytes: int = 0) -> None:
    from django.db import connection

    from benchmarks.bulk import publish_many

    start = time.perf_counter()
    made = publish_many(size, file_bytes=file_bytes)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    print(f"\n写入 {made} 条已公开的信息,用时 {time.perf_counter() - start:.1f} 秒")


def _pages() -> list[Page]:
    from disclosures.models import Disclosure
    from services.models import Service

    disclosure = Disclosure.objects.visible().exclude(matter__audience="specific").earliest("pk")
    service = Service.objects.linked().earliest("pk")
    return [
        Page("空视图", "/nothing/", False),
        Page("领域页", "/catalog/01/", True),
        Page("公开信息", disclosure.get_absolute_url(), False),
        Page("公开信息列表", "/disclosures/", True),
        Page("办事指南", service.get_absolute_url(), False),
        Page("办事指南列表", "/services/", True),
        Page("搜索", "/search/?q=%E5%85%AC%E7%A7%9F%E6%88%BF", False),
        Page("首页", "/", False),
    ]


# Serving and asking ---------------------------------------------------------------------------


@contextmanager
def _serving() -> Iterator[None]:
    global PORT
    PORT = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"{HOST}:{PORT}",
         "--log-level", "warning", "dingyuan_portal.wsgi"],
        cwd=ROOT,
    )  # fmt: skip
    try:
        _wait_for_server(server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait_for_server(server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _ask("/nothing/")
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn 没有启动")


def _ask(address: str) -> None:
    """One request on a bare socket: a client that does little leaves the processors to Django."""
    with socket.create_connection((HOST, PORT), timeout=30) as connection:
        connection.sendall(
            f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        )
        head = connection.recv(65536)
        while connection.recv(65536):
            pass
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{address} 的回答不是 200:{head[:60]!r}")


def _rates(pages: list[Page], rounds: int, seconds: float) -> dict[Page, float]:
    """Requests per second of each page: the median of its rounds."""
    for page in pages:
        for _ in range(10):
            _ask(page.address)
    found: dict[Page, list[float]] = {page: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            found[page].append(_rate(lambda page=page: _ask(page.address), seconds))
    return {page: statistics.median(rates) for page, rates in found.items()}


def _rate(ask: Callable[[], None], seconds: float, clients: int = 4) -> float:
    counts = [0] * clients
    start = time.perf_counter()
    deadline = start + seconds

    def keep_asking(number: int) -> None:
        while time.perf_counter() < deadline:
            ask()
            counts[number] += 1

    threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def _queries(page: Page) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        response = Client(headers={"host": HOST}).get(page.address)
    assert response.status_code == 200, page.address
    connection.close()
    return len(queries)


# Reporting ------------------------------------------------------------------------------------


def _print_table(size: int, results: list[Result]) -> None:
    empty = results[0].rate
    print(f"\n{size} 条公开信息,gunicorn 2 个进程,每页 4 个客户端")
    print(f"{'次/秒':>10} {'占空视图':>8} {'查询数':>6}   页面")
    for page, rate, queries in results:
        share = f"1/{empty / rate:.1f}"
        print(f"{rate:>10.0f} {share:>10} {queries:>7}   {page.label} {page.address}")


def _missed(size: int, results: list[Result]) -> list[str]:
    empty = results[0].rate
    missed = []
    for page, rate, queries in results:
        if page.is_measured and queries > MOST_QUERIES:
            missed.append(f"{size} 条时{page.label}用了 {queries} 次查询,最多 {MOST_QUERIES} 次")
        if page.is_measured and rate < empty * LEAST_SHARE:
            missed.append(f"{size} 条时{page.label}只有空视图的 1/{empty / rate:.1f}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
