"""What the lists of permanent rows share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ..models import Matter


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
