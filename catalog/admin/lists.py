"""The negative list and the tables of accountability."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import Count

from ..exchange import Imports
from ..models import AccountabilityStep, AccountabilityTable, NegativeListEntry
from ..resources import AccountabilityStepResource, NegativeListResource
from .common import Kept


@admin.register(NegativeListEntry)
class NegativeListEntryAdmin(Kept, Imports, admin.ModelAdmin):
    resource_classes: ClassVar = [NegativeListResource]
    list_display = ("code", "name", "category", "handling", "applies_where")
    list_filter = ("category", "handling", "domains")
    search_fields = ("code", "name", "description", "legal_basis")
    search_help_text = "按编码、名称、情形或依据查找"

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("domains")

    @admin.display(description="适用领域")
    def applies_where(self, entry: NegativeListEntry) -> str:
        if entry.applies_to_all:
            return "全部领域"
        return "、".join(domain.name for domain in entry.domains.all())


class AccountabilityStepInline(admin.StackedInline):
    model = AccountabilityStep
    extra = 0
    can_delete = False


@admin.register(AccountabilityTable)
class AccountabilityTableAdmin(Kept, admin.ModelAdmin):
    permanent = ("number",)
    fields = ("number", "name")
    list_display = ("number", "name", "step_count")
    list_display_links = ("name",)
    search_fields = ("name",)
    inlines = (AccountabilityStepInline,)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(step_count=Count("steps"))

    @admin.display(description="环节数")
    def step_count(self, table: AccountabilityTable) -> int:
        return table.step_count


@admin.register(AccountabilityStep)
class AccountabilityStepAdmin(Kept, Imports, admin.ModelAdmin):
    permanent = ("table", "number")
    resource_classes: ClassVar = [AccountabilityStepResource]
    list_display = ("stage", "number", "table", "responsible_role", "deadline")
    list_select_related = ("table",)
    list_filter = ("table",)
    search_fields = ("stage", "duty", "responsible_role")
