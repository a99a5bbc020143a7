"""The tables of the coverage pages as files; who took one, and what, is a row of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from catalog.workbooks import CSV_TYPE, XLSX_TYPE, Column, csv_lines, write_table
from disclosures import workflow

from ..coverage import tables
from ..coverage.filters import ObligationFilter
from ..throttle import throttled
from .coverage import chosen_order

TYPES = {"xlsx": XLSX_TYPE, "csv": CSV_TYPE}
TABLES = ("matrix", "units", "matters", "trend", "rows")


@require_GET
@never_cache
@throttled
@transaction.atomic
def table_file(request: HttpRequest, table: str, file_format: str) -> HttpResponse:
    if table not in TABLES or file_format not in TYPES:
        raise Http404("没有这个文件")
    made = _table(request, table)
    rows = list(made.rows)
    workflow.record_export(
        made.title,
        by=request.user if request.user.is_authenticated else None,
        file_format=file_format,
        rows=len(rows),
        filters=request.GET.urlencode(),
    )
    if file_format == "xlsx":
        out = BytesIO()
        write_table(out, made.title, made.columns, rows, made.notes)
        content = out.getvalue()
    else:
        content = b"".join(csv_lines(*_labelled(made.columns, rows)))
    name = f"{made.title}-{timezone.localdate():%Y%m%d}.{file_format}"
    return HttpResponse(
        content,
        content_type=TYPES[file_format],
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _labelled(
    columns: Sequence[Column], rows: list[Sequence[Any]]
) -> tuple[Sequence[Column], Iterable[Sequence[Any]]]:
    """A CSV has no room above its table: demonstration data says in every row what it is."""
    if not settings.SITE["is_demo"]:
        return columns, rows
    return (*columns, Column("演示数据")), ((*row, tables.DEMONSTRATION) for row in rows)


def _table(request: HttpRequest, table: str) -> tables.Table:
    if table == "trend":
        return tables.trend_table()
    # The league's kinds of units are no kinds of those that owe: they have a filter of their own.
    sort, group = chosen_order(request)
    query = request.GET.copy()
    if group:
        del query["kind"]
    form = ObligationFilter(query)
    if table == "matrix":
        return tables.matrix_table(form)
    if table == "units":
        return tables.unit_table(form, sort, group)
    if table == "matters":
        return tables.matter_table(form)
    return tables.row_table(form, request.build_absolute_uri("/"))
