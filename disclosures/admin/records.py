"""What has been published and signed, for looking up; and who signs where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from catalog.exchange import Exports, Imports

from .. import workflow
from ..models import Disclosure, Revision, Signoff, Term, ViewCount
from ..resources import DisclosureResource, SignoffResource, TermResource
from .filters import DomainFilter, PublishedFilter, ReviewFilter, TimelinessFilter
from .packs import address_for_list, pack_selected
from .stepping import Stepped


class ReadOnlyMixin:
    """Looked at, exported, never changed here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def confirm(disclosure: Disclosure, user: Any, _data: Any) -> str:
    workflow.confirm_current(disclosure, by=user)
    return "已复核:内容仍然有效"


@admin.register(Disclosure)
class DisclosureAdmin(Stepped, ReadOnlyMixin, Exports, admin.ModelAdmin):
    """What has been published, for looking up and for taking home as a spreadsheet or a pack.

    What is long public is confirmed here by the unit's clerk.
    """

    steps: ClassVar = {"confirm": confirm}
    change_form_template = "admin/disclosures/disclosure/change_form.html"
    resource_classes: ClassVar = [DisclosureResource]
    import_export_change_list_template = "admin/disclosures/disclosure/change_list.html"
    actions = (pack_selected,)
    list_display = ("index_number", "title", "unit", "matter", "category", "published", "standing")
    list_filter = (
        PublishedFilter,
        TimelinessFilter,
        ReviewFilter,
        DomainFilter,
        "category",
        ("unit", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("index_number", "live_revision__title", "live_revision__document_number")
    search_help_text = "按索引号、标题或发文字号查找"
    list_select_related = ("unit", "matter", "live_revision")
    list_per_page = 30
    fields = (
        "public_page",
        "unit",
        "village",
        "matter",
        "category",
        "interprets",
        "views",
        "versions",
    )

    class Media:
        css: ClassVar = {"all": ("css/desk.css",)}

    def get_queryset(self, request):
        return super().get_queryset(request).readable_by(request.user)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        extra = extra_context or {}
        if object_id and (disclosure := self.get_object(request, object_id)):
            extra |= {
                "disclosure": disclosure,
                "review_due_on": disclosure.review_due_on,
                "reviews": list(disclosure.reviews.select_related("reviewed_by")[:5]),
                "may_confirm": workflow.may_confirm(disclosure, request.user),
                "today": timezone.localdate(),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    def has_make_packs_permission(self, request: HttpRequest) -> bool:
        return workflow.may_make_packs(request.user)  # type: ignore[arg-type]

    def changelist_view(self, request, extra_context=None):
        may_make = self.has_make_packs_permission(request)
        extra = {"pack_address": address_for_list(request) if may_make else ""}
        return super().changelist_view(request, (extra_context or {}) | extra)

    @admin.display(description="标题", ordering="live_revision__title")
    def title(self, disclosure):
        return disclosure.live_revision.title if disclosure.live_revision else "(尚未公开)"

    @admin.display(description="发布时间", ordering="published_at")
    def published(self, disclosure):
        if disclosure.published_at is None:
            return "—"
        return f"{timezone.localtime(disclosure.published_at):%Y-%m-%d %H:%M}"

    @admin.display(description="情况")
    def standing(self, disclosure):
        if disclosure.is_withdrawn:
            return "已撤下"
        return {True: "逾期公开", False: "按时公开", None: "—"}[disclosure.is_late]

    @admin.display(description="公开页面")
    def public_page(self, disclosure):
        if not disclosure.index_number:
            return "尚未公开"
        return format_html(
            '<a href="{}">{}</a>', disclosure.get_absolute_url(), disclosure.index_number
        )

    @admin.display(description="浏览次数")
    def views(self, disclosure):
        counts = disclosure.view_counts
        month = counts.filter(day__gt=timezone.localdate() - timedelta(days=30))
        since = ViewCount.objects.since()
        if since is None:
            return "尚无记录"
        return f"{counts.total()}次(近30天{month.total()}次),自{since:%Y-%m-%d}起计"

    @admin.display(description="各版本")
    def versions(self, disclosure):
        rows = (
            (
                reverse("admin:disclosures_revision_change", args=[revision.pk]),
                str(revision),
                revision.get_state_display(),
            )
            for revision in disclosure.revisions.order_by("-number")
        )
        return format_html_join("", '<p><a href="{}">{}</a> {}</p>', rows)


@admin.register(Signoff)
class SignoffAdmin(ReadOnlyMixin, Exports, admin.ModelAdmin):
    resource_classes: ClassVar = [SignoffResource]
    list_display = (
        "revision",
        "round",
        "level",
        "shown_name",
        "unit",
        "verdict",
        "remark",
        "signed_at",
    )
    list_filter = ("level", "verdict", ("unit", admin.RelatedOnlyFieldListFilter))
    search_fields = ("signer_name", "revision__title", "revision__disclosure__index_number")
    list_select_related = ("revision", "unit")
    date_hierarchy = "signed_at"
    ordering = ("-signed_at", "-pk")

    @admin.display(description="签字人", ordering="signer_name")
    def shown_name(self, signoff):
        return signoff.shown_name

    def get_queryset(self, request):
        readable = Revision.objects.readable_by(request.user)
        return super().get_queryset(request).filter(revision__in=readable)


@admin.register(Term)
class TermAdmin(Imports, admin.ModelAdmin):
    """The openness office's own list of expressions that a screening looks for."""

    resource_classes: ClassVar = [TermResource]
    list_display = ("text", "kind", "suggestion", "severity")
    list_filter = ("kind", "severity")
    search_fields = ("text", "suggestion")
