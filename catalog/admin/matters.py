from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from mptt.admin import MPTTModelAdmin

from ..exchange import Imports
from ..forms import MatterForm, StandardTableFilter
from ..models import Matter, Obligation, Unit
from ..resources import MatterResource
from .common import DomainFilter, InUseFilter, Kept, retire_selected
from .table_import import TableImports


class LevelFilter(admin.SimpleListFilter):
    title, parameter_name = "级次", "level"

    def lookups(self, request, model_admin):
        return [
            ("0", "试点领域"),
            ("1", "一级事项"),
            ("2", "二级事项"),
            ("3", "三级事项"),
            ("leaf", "末级事项"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "leaf":
            return queryset.filter(pk__in=Matter.objects.leaves())
        if self.value() in {"0", "1", "2", "3"}:
            return queryset.filter(level=self.value())
        return queryset


class ResponsibleUnitFilter(admin.SimpleListFilter):
    title, parameter_name = "公开主体", "unit"

    def lookups(self, request, model_admin):
        return list(Unit.objects.publishers().values_list("code", "name"))

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(responsible_units__code=self.value())


@admin.register(Matter)
class MatterAdmin(Kept, TableImports, Imports, MPTTModelAdmin):
    form = MatterForm
    # mptt's own list indents with inline styles, which the security policy refuses.
    change_list_template = "admin/change_list.html"
    import_export_change_list_template = "admin/catalog/matter/change_list.html"
    resource_classes: ClassVar = [MatterResource]
    list_display = ("indented_name", "category", "responsible_text", "time_limit", "in_use")
    list_filter = (DomainFilter, LevelFilter, "category", InUseFilter, ResponsibleUnitFilter)
    list_per_page = 100
    search_fields = ("code", "name")
    search_help_text = "按事项编码或名称查找"
    sortable_by = ()
    actions = (retire_selected,)
    fieldsets = (
        (None, {"fields": ("code", "name", "parent", "position", "category", "has_children")}),
        (
            "公开标准",
            {
                "description": "末级事项填写;有下级的事项留空",
                "fields": (
                    "content",
                    "legal_basis",
                    "responsible_text",
                    "time_limit",
                    ("limit_kind", "limit_days", "limit_from"),
                    ("period", "due_month", "due_day", "review_months"),
                    "channels",
                    ("audience", "audience_detail"),
                    "method",
                    "tiers",
                ),
            },
        ),
        ("其他", {"fields": ("is_public_service", "listed_on", "retired_on")}),
    )

    def get_urls(self):
        page = self.admin_site.admin_view(self.standard_table_view)
        return [
            path("standard-table/", page, name="catalog_matter_standard_table"),
            *super().get_urls(),
        ]

    def standard_table_view(self, request: HttpRequest) -> TemplateResponse:
        """The filters of the official table and its files, which are those of the public site."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = StandardTableFilter(request.GET)
        context = {
            **self.admin_site.each_context(request),
            "title": "导出标准目录表",
            "opts": self.opts,
            "form": form,
            "chips": form.chips(),
            "query": form.address_query(),
            "count": form.matters().count(),
        }
        return TemplateResponse(request, "admin/catalog/matter/standard_table.html", context)

    @admin.display(description="事项")
    def indented_name(self, matter: Matter) -> SafeString:
        return format_html(
            '<span class="tree tree-{}"><code>{}</code> {}</span>',
            matter.level,
            matter.code,
            matter.name,
        )

    @admin.display(description="现行", boolean=True)
    def in_use(self, matter: Matter) -> bool:
        return not matter.is_retired

    def get_search_results(self, request, queryset, search_term):
        found, _ = super().get_search_results(request, queryset, search_term)
        return found.as_tree(), False

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        form.instance.set_responsible_units(form.directory)
        Obligation.objects.resync()
