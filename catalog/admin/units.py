from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.forms import CheckboxSelectMultiple

from ..exchange import Imports
from ..models import Matter, Obligation, Unit
from ..resources import UnitResource, VillageResource
from .common import Kept


class UnitKindFilter(admin.SimpleListFilter):
    """Publishers and villages are two lists in one table."""

    title, parameter_name = "发布机构或村(居)", "publisher"

    def lookups(self, request, model_admin):
        return [("yes", "发布机构"), ("no", "村(居)民委员会")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.publishers()
        return queryset.villages() if self.value() == "no" else queryset


@admin.register(Unit)
class UnitAdmin(Kept, Imports, admin.ModelAdmin):
    resource_classes: ClassVar = [UnitResource, VillageResource]
    list_display = ("name", "code", "short_name", "kind", "parent", "phone")
    list_select_related = ("parent",)
    list_filter = (UnitKindFilter, "kind", "pilot_domains")
    search_fields = ("code", "name", "short_name", "division_code")
    search_help_text = "按单位编码、名称或区划代码查找"
    fieldsets = (
        (None, {"fields": ("code", "name", "short_name", "kind", "parent")}),
        ("联系方式(对外公开)", {"fields": ("address", "phone", "complaint_phone")}),
        ("试点与代码", {"fields": ("pilot_domains", "division_code", "credit_code")}),
    )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        Matter.relink_units()
        Obligation.objects.resync()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Unit.objects.publishers()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "pilot_domains":
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)
