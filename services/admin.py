from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from catalog.admin import DomainFilter, InUseFilter, Kept, retire_selected
from catalog.exchange import Imports
from catalog.models import Matter, Unit

from .models import Service
from .resources import ServiceResource


class PilotDomainFilter(DomainFilter):
    field = "matter__"


@admin.register(Service)
class ServiceAdmin(Kept, Imports, admin.ModelAdmin):
    resource_classes: ClassVar = [ServiceResource]
    list_display = ("name", "code", "unit", "item_type", "promised_days", "visits", "reach")
    list_select_related = ("unit",)
    list_filter = (
        "item_type",
        "life_event",
        PilotDomainFilter,
        "reach",
        "visits",
        "is_featured",
        InUseFilter,
        ("unit", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("code", "name", "unit__name")
    search_help_text = "按事项编码、名称或实施单位查找"
    actions = (retire_selected,)
    fieldsets = (
        (None, {"fields": ("code", "name", "unit", ("item_type", "life_event"), "applicants")}),
        ("怎么办", {"fields": ("conditions", "materials", "process", "result", "legal_basis")}),
        (
            "时限与收费",
            {"fields": (("statutory_days", "promised_days"), ("fee", "fee_basis"))},
        ),
        (
            "到哪里办",
            {"fields": ("address", ("phone", "complaint_phone"), ("visits", "reach"), "lists")},
        ),
        ("公开与停用", {"fields": ("matter", "is_featured", "retired_on")}),
    )

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.publishers()
        elif db_field.name == "matter":
            kwargs["queryset"] = Matter.objects.leaves().filter(is_public_service=True).as_tree()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_export_queryset(self, request: Any) -> Any:
        return super().get_export_queryset(request).order_by("code")
