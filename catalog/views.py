"""Pages of the catalog that need nothing but the catalog."""

from __future__ import annotations

from django.db.models import Q
from django.views.generic import ListView

from .forms import NegativeListFilter
from .models import AccountabilityTable, NegativeListEntry


class NegativeListView(ListView):
    """The whole negative list on one page, grouped by reason."""

    template_name = "catalog/negative_list.html"
    context_object_name = "entries"

    def get_queryset(self):
        self.form = NegativeListFilter(self.request.GET)
        entries = NegativeListEntry.objects.prefetch_related("domains").order_by("code")
        if domain := self.form.wanted().get("domain"):
            entries = entries.filter(
                Q(applies_to_all=True)
                | Q(pk__in=NegativeListEntry.objects.filter(domains__code=domain))
            )
        return entries

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=self.form, chosen=self.form.wanted(), **kwargs)


class AccountabilityView(ListView):
    queryset = AccountabilityTable.objects.prefetch_related("steps").order_by("number")
    template_name = "catalog/accountability.html"
    context_object_name = "tables"
