"""The annual reports of all units, and the rows behind each number of theirs."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db.models import Min
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import ListView, TemplateView

from catalog.choices import UnitKind
from catalog.models import Matter, Unit

from ..annual.figures import FIGURES, Figure, Scope
from ..annual.report import body_name_of, due_on
from ..forms import AnnualReportFilter
from ..models import YEARS, AnnualReport, Disclosure, OfflineDisclosure

#: The county's own report comes first, then those of its departments and of the townships.
_KINDS = list(UnitKind)


class Line(NamedTuple):
    """A report that a unit owes for a year: public, or due on a day."""

    name: str
    year: int
    due_on: date
    report: AnnualReport | None
    is_late: bool


class AnnualReportListView(TemplateView):
    """By year and unit. What is missing is listed too, with the day on which it is due."""

    template_name = "disclosures/annual_report_list.html"

    def get_context_data(self, **kwargs):
        reports = AnnualReport.objects.filter(disclosure__in=Disclosure.objects.visible())
        last = timezone.localdate().year - 1
        first = reports.aggregate(first=Min("year"))["first"] or last
        years = list(range(last, min(first, last) - 1, -1))
        form = AnnualReportFilter(self.request.GET, years=years)
        wanted = form.wanted()
        units = Unit.objects.reporting()
        if "unit" in wanted:
            units = units.filter(code=wanted["unit"])
        shown = [int(wanted["year"])] if "year" in wanted else years
        if "unit" not in wanted:
            shown = shown[:1]
        lines = _lines(list(units), shown, reports)
        return super().get_context_data(
            form=form,
            chips=form.chips(),
            years=years,
            year=shown[0] if len(shown) == 1 else None,
            lines=lines,
            published=sum(line.report is not None for line in lines),
            **kwargs,
        )


def _lines(units: list[Unit], years: list[int], reports: Any) -> list[Line]:
    found = {
        (report.unit_id, report.year): report
        for report in reports.filter(year__in=years).select_related("disclosure__live_revision")
    }
    today = timezone.localdate()
    lines = []
    for year in years:
        for unit in sorted(units, key=lambda unit: (_KINDS.index(UnitKind(unit.kind)), unit.code)):
            scope, report = Scope(unit, year), found.get((unit.pk, year))
            due = due_on(scope)
            name = body_name_of(scope)
            lines.append(Line(name, year, due, report, report is None and today > due))
    return lines


class Row(NamedTuple):
    title: str
    detail: str
    day: date | None
    address: str = ""


class AnnualReportRowsView(ListView):
    """The rows that a figure counts: as many as the figure says."""

    template_name = "disclosures/annual_report_rows.html"
    paginate_by = 50

    def get_queryset(self):
        if self.kwargs["year"] not in YEARS:
            raise Http404("没有这一年度")
        unit = get_object_or_404(Unit.objects.publishers(), code=self.kwargs["code"])
        self.scope = Scope(unit, self.kwargs["year"])
        self.figure: Figure | None = FIGURES.get(self.kwargs["figure"])
        if self.figure is None:
            raise Http404("没有这项统计")
        found = self.figure.rows(self.scope)
        if found.model is Disclosure:
            return found.select_related("unit", "matter", "live_revision").defer(
                "live_revision__body"
            )
        return found.select_related("unit", "matter") if found.model is OfflineDisclosure else found

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            scope=self.scope, figure=self.figure, name=body_name_of(self.scope), **kwargs
        )
        context["rows"] = [_row(found) for found in context["page_obj"].object_list]
        return context


def _row(found: Any) -> Row:
    if isinstance(found, Matter):
        return Row(str(found), found.time_limit, None, found.get_absolute_url())
    if isinstance(found, OfflineDisclosure):
        detail = f"{found.unit.name} {found.get_carrier_display()}:{found.place}"
        return Row(found.title, detail, found.shown_from, found.matter.get_absolute_url())
    revision = found.live_revision
    parts = [found.unit.name, found.matter.name, revision.document_number, found.index_number]
    if found.is_withdrawn:
        parts.append("已撤下")
    return Row(
        revision.title,
        " · ".join(filter(None, parts)),
        timezone.localdate(found.published_at),
        found.get_absolute_url(),
    )
