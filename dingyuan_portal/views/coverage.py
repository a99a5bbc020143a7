"""Coverage, lateness and what is owed: figures that lead to their rows, and both as files."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import DetailView, TemplateView

from catalog.choices import Category, UnitKind
from catalog.models import Matter, Obligation, Unit
from disclosures import coverage
from disclosures.choices import ObligationState
from disclosures.coverage import Counts, Standing, Timely, timeliness
from disclosures.forms import RECENT
from disclosures.models import Disclosure

from ..coverage import lines, plots
from ..coverage.filters import ObligationFilter

PER_PAGE = 30
#: Rows of each state that a unit's page shows before it leads to the rest.
SHOWN = 8
#: In the order in which they press.
PRESSING = (
    ObligationState.OVERDUE,
    ObligationState.DUE_SOON,
    ObligationState.MISSING,
    ObligationState.EXPLAINED,
)


class Number(NamedTuple):
    """A figure and the address of the rows that it counts; none for nothing."""

    label: str
    value: int
    url: str
    state: str = ""


class Shown(NamedTuple):
    """A line of figures as a page shows it."""

    code: str
    name: str
    url: str
    counts: Counts
    timely: Timely
    numbers: list[Number]
    #: Category, its counts, the address of their rows.
    cells: list[tuple[str, Counts, str]]


def rows_url(**filters: str) -> str:
    chosen = {name: value for name, value in filters.items() if value}
    address = reverse("coverage:rows")
    return f"{address}?{urlencode(chosen)}" if chosen else address


def numbers(counts: Counts, **filters: str) -> list[Number]:
    """Every figure of ``counts`` with the filter that gives exactly so many rows."""
    found = [
        ("应公开", counts.owed, {}, ""),
        ("已覆盖", counts.covered, {"covered": "yes"}, ""),
        *(
            (state.label, counts.of(state), {"state": state.value}, state.value)
            for state in ObligationState
        ),
    ]
    return [
        Number(label, value, rows_url(**filters, **more) if value else "", state)
        for label, value, more, state in found
    ]


def shown(line: lines.Line, url: str = "", **filters: str) -> Shown:
    cells = [
        (category, counts, rows_url(**filters, category=category, covered="expected"))
        for category, counts in line.cells
    ]
    found = numbers(line.counts, **filters)
    return Shown(line.code, line.name, url, line.counts, line.timely, found, cells)


def matrix_of(cells: list[tuple[Any, ...]], **filters: str) -> list[Shown]:
    """Domains × categories of a tally, the sums last; only domains where something is owed."""
    found, total = lines.matrix(cells)
    shown_lines = [
        shown(line, rows_url(**filters, domain=line.code), **filters, domain=line.code)
        for line in found
        if line.counts.owed
    ]
    return [*shown_lines, shown(total, rows_url(**filters), **filters)]


def timely_url(kept: str = "", **filters: str) -> str:
    chosen = {"month": RECENT, "timeliness": kept, **filters}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{reverse('disclosures:index')}?{query}"


class CoverageView(TemplateView):
    """The whole county: figures, heat map, league of units, trend; six queries."""

    template_name = "coverage/index.html"

    def get_context_data(self, **kwargs):
        sort, group = chosen_order(self.request)
        cells = list(
            coverage.tally(Obligation.objects.owed(), "domain", "matter__category", "publisher")
        )
        total = coverage.rolled_up(cells).get((), Counts())
        months = lines.trend()
        recent = [timely for _day, timely in months[-timeliness.RECENT_MONTHS :]]
        of_unit = timeliness.by_unit(Disclosure.objects.visible())
        league = lines.league(coverage.rolled_up(cells, 2), of_unit, sort=sort, group=group)
        return super().get_context_data(
            now=timezone.localtime(),
            counts=total,
            numbers=numbers(total),
            timely=Timely(sum(each.due for each in recent), sum(each.on_time for each in recent)),
            timely_urls=(timely_url(), timely_url("on_time")),
            matrix=matrix_of(cells),
            categories=Category.choices,
            league=[shown_unit(line) for line in league],
            sorts=links(self.request, "sort", lines.SORTS, sort),
            groups=links(
                self.request,
                "kind",
                {"": "全部单位", **{key: label for key, (label, _) in lines.GROUPS.items()}},
                group,
            ),
            query=self.request.GET.urlencode(),
            note=lines.calendar_note([timezone.localdate().year]),
            **trend_context(months),
            **kwargs,
        )


def chosen_order(request: HttpRequest) -> tuple[str, str]:
    sort, group = request.GET.get("sort", ""), request.GET.get("kind", "")
    return sort if sort in lines.SORTS else "coverage", group if group in lines.GROUPS else ""


def links(
    request: HttpRequest, name: str, labels: dict[str, str], current: str
) -> list[tuple[str, str, bool]]:
    """Choices as links that keep the others: label, address, whether it is chosen."""
    found = []
    for value, label in labels.items():
        query = request.GET.copy()
        query[name] = value
        found.append((label, f"?{query.urlencode()}", value == current))
    return found


def shown_unit(line: lines.Line, **filters: str) -> Shown:
    url = reverse("coverage:unit", args=[line.code])
    return shown(line, url, **filters, unit=line.code)


def trend_context(months: list[tuple[Any, Timely]]) -> dict[str, Any]:
    labels = [f"{day:%y-%m}" for day, _timely in months]
    index = reverse("disclosures:index")
    return {
        "months": [(day, timely, f"{index}?month={day:%Y-%m}") for day, timely in months],
        "bars": plots.bars(
            labels,
            [timely.due for _day, timely in months],
            [timely.on_time for _day, timely in months],
        ),
        "line": plots.line(labels, [timely.percent for _day, timely in months]),
    }


class RowsView(TemplateView):
    """The obligations behind a number; five queries."""

    template_name = "coverage/rows.html"

    def get_context_data(self, **kwargs):
        form = ObligationFilter(self.request.GET)
        standings = form.standings()
        page = Paginator(standings, PER_PAGE).get_page(self.request.GET.get("page"))
        rows = coverage.rows(list(page.object_list))
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(
            form=form,
            chips=form.chips(),
            page_obj=page,
            rows=rows,
            states=states_of(standings, query),
            query=query.urlencode(),
            now=timezone.localtime(),
            note=lines.calendar_note(lines.years_of(rows)),
            labels=dict(Category.choices),
            **kwargs,
        )


def states_of(standings: list[tuple[int, str]], query: QueryDict) -> list[Number]:
    """How many of the rows are in each state, with the address of just those."""
    counts = Counts()
    for _pk, standing in standings:
        counts.add(standing, 1)
    found = []
    for state in ObligationState:
        narrowed = query.copy()
        narrowed["state"] = state.value
        if number := counts.of(state):
            found.append(Number(state.label, number, f"?{narrowed.urlencode()}", state.value))
    return found


class UnitCoverageView(DetailView):
    """A publisher's own page, with what its villages owe."""

    queryset = Unit.objects.all()
    slug_field = slug_url_kwarg = "code"
    template_name = "coverage/unit.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if self.object.is_village:
            return redirect("coverage:unit", self.object.parent.code, permanent=True)
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        unit = self.object
        columns = ("matter__code", "matter__category", "unit__kind")
        owed = coverage.standings(Obligation.objects.owed().of_publisher(unit), *columns)
        cells = [
            (code[:2], category, kind == UnitKind.VILLAGE, standing, 1)
            for _pk, standing, code, category, kind in owed
        ]
        total = coverage.rolled_up(cells).get((), Counts())
        villages = coverage.rolled_up(cells, 2).get(True, Counts())
        sections = self._sections([(pk, standing) for pk, standing, *_place in owed])
        rows = [row for section in sections for row in section["rows"]]
        return super().get_context_data(
            now=timezone.localtime(),
            counts=total,
            numbers=numbers(total, unit=unit.code),
            villages=villages,
            villages_url=rows_url(unit=unit.code, kind=UnitKind.VILLAGE),
            timely=timeliness.timeliness(Disclosure.objects.visible().of_unit(unit)),
            timely_urls=(timely_url(unit=unit.code), timely_url("on_time", unit=unit.code)),
            matrix=matrix_of(cells, unit=unit.code),
            categories=Category.choices,
            sections=sections,
            note=lines.calendar_note(lines.years_of(rows)),
            query=urlencode({"unit": unit.code}),
            labels=dict(Category.choices),
            **kwargs,
        )

    def _sections(self, owed: list[tuple[int, str]]) -> list[dict[str, Any]]:
        """What presses: the first rows of each state, fetched at once."""
        of_state = {
            state: [one for one in owed if Standing(one[1]).state == state] for state in PRESSING
        }
        rows = coverage.rows([one for some in of_state.values() for one in some[:SHOWN]])
        return [
            {
                "state": state,
                "count": len(some),
                "rows": [row for row in rows if row.state == state],
                "url": rows_url(unit=self.object.code, state=state.value),
            }
            for state, some in of_state.items()
            if some
        ]


class DomainCoverageView(TemplateView):
    """A domain's own page: its matters and its units; six queries."""

    template_name = "coverage/domain.html"

    def get_context_data(self, **kwargs):
        domains = list(Matter.objects.domains().as_tree())
        domain = next((each for each in domains if each.code == self.kwargs["code"]), None)
        if domain is None:
            raise Http404("没有这个试点领域")
        sort, _group = chosen_order(self.request)
        owed = Obligation.objects.owed().under(domain)
        cells = list(coverage.tally(owed, "matter", "matter__category", "publisher"))
        of_category = coverage.rolled_up(cells, 1)
        total = coverage.rolled_up(cells).get((), Counts())
        # The sum keeps the database on the index by date, as on the domain's page of the catalog.
        disclosures = (
            Disclosure.objects.visible()
            .alias(tree=F("matter__tree_id") + 0)
            .filter(tree=domain.tree_id)
        )
        of_unit = timeliness.by_unit(disclosures)
        league = lines.league(coverage.rolled_up(cells, 2), of_unit, sort=sort, group="")
        whole = lines.Line(
            domain.code,
            domain.name,
            total,
            tuple((value, of_category.get(value, Counts())) for value in Category.values),
        )
        return super().get_context_data(
            domain=domain,
            domains=domains,
            now=timezone.localtime(),
            counts=total,
            numbers=numbers(total, domain=domain.code),
            timely=Timely(
                sum(each.due for each in of_unit.values()),
                sum(each.on_time for each in of_unit.values()),
            ),
            timely_urls=(timely_url(domain=domain.code), timely_url("on_time", domain=domain.code)),
            whole=shown(whole, domain=domain.code),
            categories=dict(Category.choices),
            matters=[
                shown(line, reverse("catalog:matter", args=[line.code]), matter=line.code)
                for line in lines.matters(domain, cells)
            ],
            league=[shown_unit(line, domain=domain.code) for line in league],
            sorts=links(self.request, "sort", lines.SORTS, sort),
            query=urlencode({"domain": domain.code}),
            note=lines.calendar_note([timezone.localdate().year]),
            **kwargs,
        )
