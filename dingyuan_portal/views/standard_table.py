"""The official standard table: a page about it, and its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from typing import IO, Any, NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.generic import TemplateView

from catalog.forms import StandardTableFilter
from catalog.standard_table import formats, layout, preview, writing
from catalog.standard_table.rows import Head, Row, head_of, read
from catalog.workbooks import CSV_TYPE, XLSX_TYPE
from disclosures import workflow

from ..throttle import throttled

NAME = "基层政务公开标准目录"
PREVIEWED = 8


class Format(NamedTuple):
    content_type: str
    extension: str
    write: Callable[[IO[bytes], Sequence[Row], Head], None]


FORMATS = {
    "xlsx": Format(XLSX_TYPE, "xlsx", writing.write_workbook),
    "xlsx-a4": Format(XLSX_TYPE, "xlsx", partial(writing.write_workbook, paper="a4")),
    "ods": Format("application/vnd.oasis.opendocument.spreadsheet", "ods", formats.write_ods),
    "csv": Format(CSV_TYPE, "csv", formats.write_csv),
    "json": Format("application/json; charset=utf-8", "json", formats.write_json),
}


def file_addresses() -> list[str]:
    return [reverse("catalog:standard_table_file", args=[name]) for name in FORMATS]


class StandardTableView(TemplateView):
    """What the table is, what the filters leave of it, and the first rows."""

    template_name = "catalog/standard_table.html"

    def get_context_data(self, **kwargs):
        form = StandardTableFilter(self.request.GET)
        matters = form.matters()
        return super().get_context_data(
            form=form,
            chips=form.chips(),
            query=form.address_query(),
            count=matters.count(),
            head=layout.HEADINGS,
            preview=preview.of(read(matters[:PREVIEWED])),
            **kwargs,
        )


@require_GET
@never_cache
@throttled
def standard_table_file(request: HttpRequest, file_format: str) -> HttpResponse:
    """The table as a file, for anybody; who took it, and what, is a row of the ledger."""
    if file_format not in FORMATS:
        raise Http404("标准目录表没有这种格式")
    form = StandardTableFilter(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('catalog:standard_table')}?{request.GET.urlencode()}")
    with transaction.atomic():
        rows = read(form.matters())
        workflow.record_export(
            NAME,
            by=_person(request),
            file_format=file_format,
            rows=len(rows),
            filters=form.in_words(),
        )
    chosen = FORMATS[file_format]
    head = head_of(request.build_absolute_uri("/"), form.in_words())
    out = BytesIO()
    chosen.write(out, rows, head)
    name = f"{NAME}-{head.day:%Y%m%d}.{chosen.extension}"
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(
        out.getvalue(),
        content_type=chosen.content_type,
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )


def _person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None
