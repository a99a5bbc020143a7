"""四册一图一表: the booklets as files, the charts as pages and files."""

from __future__ import annotations

import hashlib
from datetime import date
from types import ModuleType
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.dateformat import format as date_format
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_safe
from django.views.generic import TemplateView

from catalog.typesetting import TypesettingError
from catalog.workbooks import XLSX_TYPE
from disclosures import workflow

from .. import booklets
from ..booklets import BOOKLETS, Booklet, Edition, Source
from ..charts import CHARTS
from ..throttle import throttled

#: Where a booklet can be read on the site itself.
PAGES = {
    "matters": "catalog:index",
    "standards": "catalog:standard_table",
    "negative-list": "negative_list",
    "accountability": "accountability",
}


class File(NamedTuple):
    label: str
    address: str
    size: int | None  # of what was made already


class Listed(NamedTuple):
    edition: Edition
    day: date
    files: list[File]
    page: str


class DownloadsView(TemplateView):
    template_name = "downloads/index.html"

    def get_context_data(self, **kwargs):
        source = Source()
        return super().get_context_data(
            booklets=[_listed(Edition(booklet, source)) for booklet in BOOKLETS.values()],
            charts=[
                (slug, chart.NAME, chart.DESCRIPTION, _version(chart))
                for slug, chart in CHARTS.items()
            ],
            **kwargs,
        )


def _listed(edition: Edition) -> Listed:
    booklet, sizes = edition.booklet, booklets.sizes(edition)
    files = [
        File(extension.upper(), address, sizes.get(extension))
        for extension, address in _addresses(booklet).items()
    ]
    page = PAGES.get(booklet.slug, "")
    return Listed(edition, booklets.day_of(edition), files, page and reverse(page))


def _addresses(booklet: Booklet) -> dict[str, str]:
    """Extension → address; the standards' workbook is the official standard table."""
    addresses = {
        extension: reverse(f"downloads:{extension}", args=[booklet.slug])
        for extension in booklet.extensions
    }
    if booklet.slug == "standards":
        addresses["xlsx"] = reverse("catalog:standard_table_file", args=["xlsx"])
    return addresses


def file_addresses() -> list[str]:
    """Those of the workbooks: each download of one is a row of the ledger."""
    return [
        reverse("downloads:xlsx", args=[booklet.slug])
        for booklet in BOOKLETS.values()
        if booklet.sheet
    ]


@require_safe
def pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A booklet to print; set only if this version wasn't set before."""
    edition = _edition(slug, "pdf")
    etag = f'"{booklets.tag(edition)}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    try:
        content, day = booklets.made(edition, "pdf")
    except TypesettingError as error:
        context = {
            "what": f"《{edition.booklet.title}》",
            "error": error,
            "address": _addresses(edition.booklet).get("xlsx"),
        }
        return render(request, "503.html", context, status=503)
    response = HttpResponse(content, content_type="application/pdf")
    name = edition.file_name("pdf", day)
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    # A sandbox would keep browsers from opening their PDF reader.
    response["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
    )
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
@throttled
def xlsx(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A booklet as a workbook; the ledger records who took it."""
    edition = _edition(slug, "xlsx")
    content, day = booklets.made(edition, "xlsx")
    workflow.record_export(
        edition.booklet.title,
        by=request.user if request.user.is_authenticated else None,
        file_format="xlsx",
        rows=edition.rows,
        filters=f"版本号 {edition.version}",
    )
    response = HttpResponse(content, content_type=XLSX_TYPE)
    name = edition.file_name("xlsx", day)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _edition(slug: str, extension: str) -> Edition:
    booklet = BOOKLETS.get(slug)
    if booklet is None or extension not in booklet.extensions:
        raise Http404("没有这一册")
    return Edition(booklet, Source())


class ChartView(TemplateView):
    template_name = "downloads/chart.html"

    def get_context_data(self, **kwargs):
        chart = _chart(self.kwargs["slug"])
        return super().get_context_data(
            name=chart.NAME,
            description=chart.DESCRIPTION,
            # Drawn by ElementTree, which escapes every text.
            svg=mark_safe(chart.draw(classes=True)),
            in_words=chart.in_words(),
            version=_version(chart),
            **kwargs,
        )


@require_safe
def svg(_request: HttpRequest, slug: str) -> HttpResponse:
    """A chart to keep, with colours of its own."""
    chart = _chart(slug)
    today = date_format(timezone.localdate(), "Y年n月j日")
    notes = [
        f"{booklets.COUNTY}{chart.NAME}，{settings.SITE['organisation']}",
        f"{today}，版本号 {_version(chart)}",
    ]
    if settings.SITE["is_demo"]:
        notes.append("出自演示站点的示范数据，不是正式文本")
    drawn = chart.draw(classes=False, note="\n".join(notes))
    drawn = f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}'
    response = HttpResponse(drawn, content_type="image/svg+xml")
    name = f"{booklets.COUNTY}{chart.NAME}.svg"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _version(chart: ModuleType) -> str:
    """The digest of what is drawn, so that a changed workflow is a new version."""
    return hashlib.sha256(chart.draw(classes=False).encode()).hexdigest()[:10]


def _chart(slug: str) -> ModuleType:
    if slug not in CHARTS:
        raise Http404("没有这张图")
    return CHARTS[slug]
