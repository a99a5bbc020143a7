from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Count
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import DetailView, ListView

from catalog.choices import UnitKind
from catalog.models import Matter, Unit
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
        matters = _count_by(Matter.objects.current().leaves(), "responsible_units")
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


def _count_by(rows, key: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(key).annotate(number=Count("pk")))


class OwedMatter(NamedTuple):
    code: str
    name: str
    url: str
    published: int


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
        disclosures = Disclosure.objects.of_unit(unit)
        services = Service.objects.current().filter(unit=unit).order_by("-is_featured", "code")
        published = dict(
            disclosures.visible().order_by().values_list("matter").annotate(number=Count("pk"))
        )
        matters = self._matters(published)
        return super().get_context_data(
            domains=matters,
            matter_count=sum(len(rows) for _domain, rows in matters),
            missing=sum(not matter.published for _domain, rows in matters for matter in rows),
            disclosures=rows(disclosures.visible().order_by("-published_at", "-pk")[:NEWEST]),
            disclosure_count=sum(published.values()),
            services=services.select_related("unit")[:SERVICES],
            service_count=services.count(),
            villages=Unit.objects.villages().filter(parent=unit).order_by("code"),
            **kwargs,
        )

    def _matters(self, published: dict[int, int]) -> list[tuple[str, list[OwedMatter]]]:
        """The unit's leaf matters by domain, each with the unit's own disclosures under it."""
        names = dict(Matter.objects.domains().values_list("code", "name"))
        owed = (
            Matter.objects.current()
            .leaves()
            .of_unit(self.object)
            .as_tree()
            .values_list("pk", "code", "name")
        )
        # Up to 300 rows whose addresses differ only in their code: one reverse() does for all.
        address = reverse("catalog:matter", args=["{}"]).replace("%7B%7D", "{}").format
        matters = [
            OwedMatter(code, name, address(code), published.get(pk, 0)) for pk, code, name in owed
        ]
        return [
            (names[code], list(members))
            for code, members in groupby(matters, key=lambda matter: matter.code[:2])
        ]
