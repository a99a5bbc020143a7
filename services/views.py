from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from catalog.choices import UnitKind

from .forms import ServiceFilter
from .models import Service
from .rows import rows

#: Filters that name a column and want its value as it stands.
_PLAIN = {
    "item_type": "item_type",
    "reach": "reach",
    "life_event": "life_event",
    "unit": "unit__code",
}


class ServiceListView(ListView):
    template_name = "services/service_list.html"
    context_object_name = "services"
    paginate_by = 20

    def get_queryset(self):
        self.form = ServiceFilter(self.request.GET)
        services = Service.objects.current().order_by("-is_featured", "code")
        return services.filter(_conditions(self.form.wanted()))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(form=self.form, chips=self.form.chips(), **kwargs)
        context["rows"] = rows(context["page_obj"].object_list)
        return context


def _conditions(wanted: dict[str, Any]) -> Q:
    found = Q()
    for word in wanted.get("q", "").split():
        found &= Q(name__icontains=word) | Q(code__iexact=word)
    for name, lookup in _PLAIN.items():
        if name in wanted:
            found &= Q(**{lookup: wanted[name]})
    if "applicant" in wanted:
        found &= Q(applicants__contains=wanted["applicant"])
    if "domain" in wanted:
        found &= Q(matter__code__startswith=wanted["domain"])
    if visits := wanted.get("visits"):
        found &= {"0": Q(visits=0), "1": Q(visits__lte=1), "2": Q(visits__gte=2)}[visits]
    return found


class ServiceDetailView(DetailView):
    """A guide with its ten elements; a retired one keeps its page and says so."""

    queryset = Service.objects.select_related("unit", "matter")
    template_name = "services/service_detail.html"
    slug_field = slug_url_kwarg = "code"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            domain=self.object.matter and self.object.matter.get_root(),
            is_utility=self.object.unit.kind == UnitKind.PUBLIC_UTILITY,
            **kwargs,
        )


@require_safe
def qr(request: HttpRequest, code: str) -> HttpResponse:
    """The guide's own QR code (一事一码): its full address, to print and to scan."""
    service = get_object_or_404(Service.objects.only("code"), code=code)
    address = request.build_absolute_uri(service.get_absolute_url())
    drawn = BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=4, xmldecl=False, light="#fff")
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
