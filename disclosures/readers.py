"""Counting how often a disclosure's page is read, without a trace of the reader.

Only what reaches the portal is counted: not what a cache in front of it answers. Programs that say
what they are, and staff, are left out. The number is a lower bound: where the database is busy
writing something else, the reader doesn't wait for it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone

from .models import Disclosure

_log = logging.getLogger(__name__)

#: Milliseconds for which a reader waits for another writer of SQLite.
PATIENCE = 50

#: Search engines, monitors, libraries and command lines, by the names they go by.
_PROGRAM = re.compile(
    r"(?<!cu)bot(\b|[/_-])|crawl|spider|slurp|scrapy|curl|wget|python|java/|go-http|okhttp|axios|"
    r"libwww|httpclient|headless|phantom|lighthouse|monitor|uptime|pingdom|zabbix|nagios|"
    r"facebookexternalhit|preview|validator|archiver|feed",
    re.IGNORECASE,
)


#: PostgreSQL needn't wait for its disk: a view that a power cut takes is no harm.
_STATEMENTS = {
    "sqlite": (
        "INSERT INTO disclosures_viewcount AS known (disclosure_id, day, count) VALUES (%s, %s, 1) "
        "ON CONFLICT (disclosure_id, day) DO UPDATE SET count = known.count + 1"
    ),
    "postgresql": (
        "WITH eager AS (SELECT set_config('synchronous_commit', 'off', true)) "
        "INSERT INTO disclosures_viewcount AS known (disclosure_id, day, count) "
        "SELECT %s, %s, 1 FROM eager "
        "ON CONFLICT (disclosure_id, day) DO UPDATE SET count = known.count + 1"
    ),
}


def is_reader(request: HttpRequest) -> bool:
    """Whether somebody of the public reads the page, as far as the request tells."""
    agent = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return (
        request.method == "GET"
        and bool(agent)
        and not _PROGRAM.search(agent)
        and "prefetch" not in purpose
        and not request.user.is_staff
    )


def count_view(request: HttpRequest, disclosure: Disclosure) -> None:
    """Add one to today's number, in one statement; never fails the page."""
    if not is_reader(request):
        return
    try:
        with _impatient(), connection.cursor() as cursor:
            cursor.execute(_STATEMENTS[connection.vendor], [disclosure.pk, timezone.localdate()])
    except DatabaseError:
        _log.warning("a view of %s was not counted", disclosure, exc_info=True)


@contextmanager
def _impatient() -> Iterator[None]:
    """SQLite has one writer: a reader must not wait for the end of somebody's import."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    usual = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    connection.connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {usual}")
