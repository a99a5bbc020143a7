"""For search engines: every public page, with the day it last changed where that is known."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from catalog.models import Matter, Unit
from disclosures.models import Disclosure
from services.models import Service

from .charts import CHARTS


class PageSitemap(Sitemap):
    def items(self):
        return [
            "home",
            "catalog:index",
            "catalog:standard_table",
            "disclosures:index",
            "services:index",
            "units:index",
            "negative_list",
            "accountability",
            "downloads:index",
            "annual_reports",
            "withdrawals",
            "ledger",
            "verify",
            "accessibility",
            "site_map",
        ]

    def location(self, item):
        return reverse(item)


class ChartSitemap(Sitemap):
    def items(self):
        return list(CHARTS)

    def location(self, item):
        return reverse("downloads:chart", args=[item])


class MatterSitemap(Sitemap):
    def items(self):
        return Matter.objects.as_tree().only("code", "parent", "updated_at")

    def lastmod(self, item):
        return item.updated_at


class UnitSitemap(Sitemap):
    def items(self):
        return Unit.objects.publishers().order_by("pk")


class ServiceSitemap(Sitemap):
    def items(self):
        return Service.objects.current().order_by("code").only("code", "updated_at")

    def lastmod(self, item):
        return item.updated_at


class DisclosureSitemap(Sitemap):
    def items(self):
        visible = Disclosure.objects.visible().select_related("live_revision")
        return visible.order_by("pk").only("index_number", "live_revision__published_at")

    def lastmod(self, item):
        return item.live_revision.published_at


sitemaps = {
    "pages": PageSitemap,
    "charts": ChartSitemap,
    "matters": MatterSitemap,
    "units": UnitSitemap,
    "services": ServiceSitemap,
    "disclosures": DisclosureSitemap,
}
