from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Subquery
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import DetailView, ListView

from catalog.choices import UnitKind
from catalog.models import Matter, Obligation, Unit
from disclosures import coverage
from disclosures.choices import ObligationState
from disclosures.coverage import Counts
from disclosures.models import Disclosure
from disclosures.rows import rows
from services.models import Service

NEWEST = 10
SERVICES = 12


class UnitListView(ListView):
    """The 94 publishing units by kind, each with what it owes, publishes and offers."""

    template_name = "units/unit_list.html"

    def get_queryset(self):
        return Unit.objects.publishers().order_by("pk")

    def get_context_data(self, **kwargs):
        # As on the unit's own page: with what it discloses for its villages, without answers.
        matters = _count_by(Obligation.objects.owed(), "publisher", of="matter")
        disclosures = _count_by(Disclosure.objects.visible(), "unit")
        services = _count_by(Service.objects.current(), "unit")
        units = list(self.object_list)
        for unit in units:
            counts = [
                (matters.get(unit.pk), "项事项"),
                (disclosures.get(unit.pk), "条信息"),
                (services.get(unit.pk), "项办事"),
            ]
            unit.facts = " · ".join(f"{number} {noun}" for number, noun in counts if number)
        order = {kind: place for place, kind in enumerate(UnitKind.values)}
        units.sort(key=lambda unit: (order[unit.kind], unit.pk))
        groups = [
            (kind, UnitKind(kind).label, list(members))
            for kind, members in groupby(units, key=attrgetter("kind"))
        ]
        return super().get_context_data(groups=groups, total=len(units), **kwargs)


def _count_by(rows, key: str, of: str = "pk") -> dict[int, int]:
    return dict(rows.order_by().values_list(key).annotate(number=Count(of, distinct=True)))


class OwedMatter(NamedTuple):
    name: str
    url: str
    #: How it stands with what the unit owes itself, at most one, and with what its villages owe.
    own: Counts
    villages: Counts

    @property
    def state(self) -> ObligationState | None:
        """The unit's own; ``None`` where only its villages owe the matter."""
        return next((state for state in ObligationState if self.own.of(state)), None)


class UnitView(DetailView):
    """What a unit owes, what it offers, how to reach it."""

    queryset = Unit.objects.select_related("parent")
    slug_field = slug_url_kwarg = "code"
    template_name = "units/unit.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if self.object.is_village:
            return redirect(self.object, permanent=True)
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        unit = self.object
        disclosures = Disclosure.objects.of_unit(unit).visible()
        services = Service.objects.current().filter(unit=unit).order_by("-is_featured", "code")
        owed = self._owed()
        domains = _matters(owed)
        return super().get_context_data(
            domains=domains,
            matter_count=sum(len(rows) for _domain, rows in domains),
            coverage=coverage.rolled_up((standing, 1) for standing, *_place in owed).get(
                (), Counts()
            ),
            disclosures=rows(disclosures.order_by("-published_at", "-pk")[:NEWEST]),
            disclosure_count=disclosures.count(),
            services=services.select_related("unit")[:SERVICES],
            service_count=services.count(),
            villages=Unit.objects.villages().filter(parent=unit).order_by("code"),
            **kwargs,
        )

    def _owed(self) -> list[tuple[Any, ...]]:
        """Standing, matter, its domain and whether a village owes it, of all that is owed."""
        domains = Matter.objects.domains().filter(tree_id=OuterRef("matter__tree_id"))
        owed = (
            Obligation.objects.owed()
            .of_publisher(self.object)
            .annotate(domain=Subquery(domains.values("name")[:1]))
        )
        columns = ("domain", "matter__code", "matter__name", "unit__kind")
        return [row[1:] for row in coverage.standings(owed, *columns)]


def _matters(owed: list[tuple[Any, ...]]) -> list[tuple[str, list[OwedMatter]]]:
    """The unit's matters by domain, each with its state, those of its villages summed up."""
    # Up to 300 rows whose addresses differ only in their code: one reverse() does for all.
    address = reverse("catalog:matter", args=["{}"]).replace("%7B%7D", "{}").format
    matters: dict[str, OwedMatter] = {}
    domains: dict[str, list[OwedMatter]] = {}
    for standing, domain, code, name, kind in owed:
        if code not in matters:
            matters[code] = OwedMatter(name, address(code), Counts(), Counts())
            domains.setdefault(domain, []).append(matters[code])
        counts = matters[code].villages if kind == UnitKind.VILLAGE else matters[code].own
        counts.add(standing, 1)
    return list(domains.items())
