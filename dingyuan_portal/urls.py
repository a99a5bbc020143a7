from django.contrib import admin
from django.contrib.sitemaps import views as sitemap_views
from django.urls import include, path
from django.views.generic import TemplateView

from catalog.views import AccountabilityView, NegativeListView
from disclosures.feeds import DisclosuresFeed
from disclosures.views import (
    AnnualReportListView,
    AnnualReportRowsView,
    LedgerView,
    VerifyView,
    WithdrawalListView,
    ledger_heads,
)

from .sitemaps import sitemaps
from .views import catalog, coverage, coverage_files, downloads, home, search, standard_table, units

catalog_patterns = [
    path("", catalog.CatalogView.as_view(), name="index"),
    path("standard-table/", standard_table.StandardTableView.as_view(), name="standard_table"),
    path(
        "standard-table/<str:file_format>/",
        standard_table.standard_table_file,
        name="standard_table_file",
    ),
    path("<str:code>/", catalog.DomainView.as_view(), name="domain"),
    path("matter/<str:code>/", catalog.MatterView.as_view(), name="matter"),
]

unit_patterns = [
    path("", units.UnitListView.as_view(), name="index"),
    path("<str:code>/", units.UnitView.as_view(), name="unit"),
]

download_patterns = [
    path("", downloads.DownloadsView.as_view(), name="index"),
    path("<slug:slug>.pdf", downloads.pdf, name="pdf"),
    path("<slug:slug>.xlsx", downloads.xlsx, name="xlsx"),
    path("<slug:slug>.svg", downloads.svg, name="svg"),
    path("<slug:slug>/", downloads.ChartView.as_view(), name="chart"),
]

coverage_patterns = [
    path("", coverage.CoverageView.as_view(), name="index"),
    path("rows/", coverage.RowsView.as_view(), name="rows"),
    path("domains/<str:code>/", coverage.DomainCoverageView.as_view(), name="domain"),
    path("files/<slug:table>.<slug:file_format>", coverage_files.table_file, name="file"),
    path("<str:code>/", coverage.UnitCoverageView.as_view(), name="unit"),
]

feed_patterns = [path("disclosures/", DisclosuresFeed(), name="disclosures")]

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("catalog/", include((catalog_patterns, "catalog"))),
    path("disclosures/", include("disclosures.urls")),
    path("services/", include("services.urls")),
    path("units/", include((unit_patterns, "units"))),
    path("negative-list/", NegativeListView.as_view(), name="negative_list"),
    path("accountability/", AccountabilityView.as_view(), name="accountability"),
    path("coverage/", include((coverage_patterns, "coverage"))),
    path("downloads/", include((download_patterns, "downloads"))),
    path("annual-reports/", AnnualReportListView.as_view(), name="annual_reports"),
    path(
        "annual-reports/<int:year>/<str:code>/<slug:figure>/",
        AnnualReportRowsView.as_view(),
        name="annual_report_rows",
    ),
    path("withdrawals/", WithdrawalListView.as_view(), name="withdrawals"),
    path("ledger/", LedgerView.as_view(), name="ledger"),
    path("ledger/heads.csv", ledger_heads, name="ledger_heads"),
    path("verify/", VerifyView.as_view(), name="verify"),
    path("search/", search.SearchView.as_view(), name="search"),
    path("site-map/", home.SiteMapView.as_view(), name="site_map"),
    path(
        "accessibility/",
        TemplateView.as_view(template_name="accessibility.html"),
        name="accessibility",
    ),
    path("sitemap.xml", sitemap_views.sitemap, {"sitemaps": sitemaps}, name="sitemap"),
    path("feeds/", include((feed_patterns, "feeds"))),
    path("robots.txt", home.robots, name="robots"),
    path("healthz", home.healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
