from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from catalog.choices import Category
from catalog.models import Matter, Unit
from disclosures.models import Disclosure
from services.models import Service

from .. import figures

NEWEST = 8
FEATURED = 8
HOT_WORDS = ("公租房", "危房改造", "征地补偿", "学区划分", "停水", "低保")


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        matrix = figures.matrix()
        by_category = zip(*(row.cells for row in matrix), strict=True)
        return super().get_context_data(
            matrix=matrix,
            categories=Category.choices,
            seven=[
                (cells[0].category, cells[0].label, sum(cell.disclosures for cell in cells))
                for cells in by_category
            ]
            or [(value, label, 0) for value, label in Category.choices],
            matters=Matter.objects.current().filter(level__gt=0).count(),
            disclosures=sum(row.disclosures for row in matrix),
            timeliness=figures.timeliness(),
            services=figures.services(),
            newest=Disclosure.objects.listed().order_by("-published_at", "-pk")[:NEWEST],
            featured=_featured(),
            hot_words=HOT_WORDS,
            **kwargs,
        )


def _featured() -> list[Service]:
    services = Service.objects.current().filter(is_featured=True).select_related("unit")
    return list(services.only("code", "name", "promised_days", "visits", "unit__name")[:FEATURED])


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
    return JsonResponse({"status": "ok", "database": "ok"})
