from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from mptt.admin import MPTTModelAdmin

from .exchange import Imports
from .forms import MatterForm
from .models import AccountabilityStep, AccountabilityTable, Matter, NegativeListEntry, Unit
from .resources import (
    AccountabilityStepResource,
    MatterResource,
    NegativeListResource,
    UnitResource,
    VillageResource,
)


class Kept:
    """Put before ``ModelAdmin``: rows are retired, never deleted, and keep their code."""

    permanent: ClassVar[tuple[str, ...]] = ("code",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))  # type: ignore[misc]
        return fields + self.permanent if obj else fields


class InUseFilter(admin.SimpleListFilter):
    """Shows what is in use unless asked for the rest, on lists of rows that retire."""

    title, parameter_name = "是否停用", "retired"

    def lookups(self, request, model_admin):
        return [("no", "现行"), ("yes", "已停用")]

    def queryset(self, request, queryset):
        if self.value() in {"yes", "no"}:
            return queryset.filter(retired_on__isnull=self.value() == "no")
        return queryset


@admin.action(description="停用所选(保留页面和历史)", permissions=["change"])
def retire_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> None:
    rows = [row for row in queryset if not row.is_retired]
    for row in rows:
        row.retired_on = timezone.localdate()
        row.save(update_fields=["retired_on", "updated_at"])
        model_admin.log_change(request, row, "停用")
    message = f"已停用{len(rows)}项。要恢复,请打开该项清空“停用日期”"
    model_admin.message_user(request, message, messages.SUCCESS)


def domain_lookups() -> list[tuple[str, str]]:
    return list(Matter.objects.domains().as_tree().values_list("code", "name"))


class DomainFilter(admin.SimpleListFilter):
    title, parameter_name = "试点领域", "domain"
    field = ""

    def lookups(self, request, model_admin):
        return domain_lookups()

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(**{f"{self.field}code__startswith": self.value()[:2]})


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
class MatterAdmin(Kept, Imports, MPTTModelAdmin):
    form = MatterForm
    # mptt's own list indents with inline styles, which the security policy refuses.
    change_list_template = "admin/change_list.html"
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
                    ("limit_kind", "limit_days"),
                    "channels",
                    ("audience", "audience_detail"),
                    "method",
                    "tiers",
                ),
            },
        ),
        ("其他", {"fields": ("is_public_service", "retired_on")}),
    )

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

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Unit.objects.publishers()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "pilot_domains":
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)


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
