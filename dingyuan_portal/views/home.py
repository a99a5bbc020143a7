from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError, connection
from django.db.models import Q
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from catalog.choices import Category
from catalog.models import Matter, Unit
from disclosures.models import Disclosure, ReleaseRun, Revision
from disclosures.rows import first_rows
from services.models import Service

from .. import figures
from . import downloads, standard_table

NEWEST = 9
FEATURED = 8
#: Heads of the heat map's columns.
SHORT = {
    Category.DECISION: "决策",
    Category.EXECUTION: "执行",
    Category.MANAGEMENT: "管理",
    Category.SERVICE: "服务",
    Category.RESULT: "结果",
    Category.INTERPRETATION: "解读",
    Category.RESPONSE: "回应",
}
HOT_WORDS = ("公租房", "危房改造", "征地补偿", "学区划分", "停水", "低保")


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        matrix = figures.matrix()
        by_category = zip(*(row.cells for row in matrix), strict=True)
        return super().get_context_data(
            matrix=matrix,
            short_labels=[(label, SHORT[value]) for value, label in Category.choices],
            seven=[
                (cells[0].category, cells[0].label, sum(cell.disclosures for cell in cells))
                for cells in by_category
            ]
            or [(value, label, 0) for value, label in Category.choices],
            matters=sum(row.below for row in matrix),
            disclosures=sum(row.disclosures for row in matrix),
            timeliness=figures.timeliness(),
            services=figures.services(),
            coverage=figures.county(),
            newest=first_rows(
                Disclosure.objects.visible().order_by("-published_at", "-pk")[:NEWEST]
            ),
            featured=_featured(),
            hot_words=HOT_WORDS,
            **kwargs,
        )


def _featured() -> Sequence[Service]:
    """What the office put on the front page; until then one pilot service of each domain."""
    services = (
        Service.objects.current()
        .filter(Q(is_featured=True) | Q(matter__isnull=False))
        .annotate(domain_code=Substr("matter__code", 1, 2))
        .only("code", "name", "promised_days", "visits", "is_featured")
        .order_by("visits", "promised_days", "code")
    )
    found = list(services)
    if chosen := [service for service in found if service.is_featured]:
        return sorted(chosen, key=lambda service: service.code)[:FEATURED]
    of_domains: dict[str, Service] = {}
    for service in found:
        of_domains.setdefault(service.domain_code, service)
    return [service for _domain, service in sorted(of_domains.items())][:FEATURED]


class SiteMapView(TemplateView):
    template_name = "site_map.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            domains=Matter.objects.domains().as_tree(),
            categories=Category.choices,
            units=Unit.objects.publishers().order_by("pk"),
            **kwargs,
        )


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """For the monitor: whether the site can answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"status": "error", "database": "unavailable"}, status=503)
    overdue = Revision.objects.release_missed().count()
    last = ReleaseRun.objects.order_by("-pk").values_list("ran_at", flat=True).first()
    return JsonResponse(
        {
            "status": "degraded" if overdue else "ok",
            "database": "ok",
            "releases": {"overdue": overdue, "last_run": last and timezone.localtime(last)},
        }
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines are welcome to all that is public; the sitemap tells them what there is.

    Not to files whose every download is a row of the ledger.
    """
    sitemap = request.build_absolute_uri(reverse("sitemap"))
    files = [*standard_table.file_addresses(), *downloads.file_addresses()]
    closed = ["/admin/", *files]
    rules = "".join(f"Disallow: {address}\n" for address in closed)
    lines = f"User-agent: *\n{rules}Sitemap: {sitemap}\n"
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")
