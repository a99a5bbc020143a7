"""应公开事项: what each unit owes, and what is there; where clerks explain what isn't."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from catalog.exchange import Exports
from catalog.models import Obligation

from ..choices import ObligationState, ReviewLevel
from ..coverage import Standing, with_standing
from ..models import Disclosure, Duty, Explanation, OfflineDisclosure
from ..querysets import own_units, reads_every_unit
from ..resources import ObligationResource
from .filters import DomainFilter, LimitFilter, StandingFilter
from .records import ReadOnlyMixin

#: State → the look of the revisions' states that means as much.
_LOOKS = {
    ObligationState.PUBLISHED: "approved",
    ObligationState.DUE_SOON: "in_review",
    ObligationState.OVERDUE: "returned",
    ObligationState.EXPLAINED: "in_review",
    ObligationState.MISSING: "draft",
}


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyMixin, Exports, admin.ModelAdmin):
    """A clerk sees the own units' rows and their villages', auditors and the office all."""

    resource_classes: ClassVar = [ObligationResource]
    list_display = ("subject", "owner", "category", "limit", "standing", "record")
    list_display_links = ("subject",)
    list_filter = (
        StandingFilter,
        DomainFilter,
        "matter__category",
        LimitFilter,
        ("publisher", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("matter__name", "matter__code", "unit__name", "unit__short_name")
    search_help_text = "按事项名称、编码或单位查找"
    list_select_related = ("matter", "unit", "publisher")
    list_per_page = 50
    ordering = ("matter__code", "unit__code")
    actions = ("explain_selected",)
    fields = (
        "public_page",
        "owner",
        "publisher",
        "category",
        "limit",
        "standing",
        "disclosures",
        "explanations",
        "offline_records",
    )

    class Media:
        css: ClassVar = {"all": ("css/desk.css",)}

    def get_queryset(self, request):
        stated = {"matter": OuterRef("matter"), "unit": OuterRef("unit")}
        rows = with_standing(super().get_queryset(request).owed()).annotate(
            is_waiting=Exists(Explanation.objects.pending().filter(**stated)),
            is_shown=Exists(OfflineDisclosure.objects.signed().filter(**stated)),
        )
        if reads_every_unit(request.user):
            return rows
        return rows.filter(publisher__in=own_units(request.user))

    def has_explain_permission(self, request):
        clerk = Duty.objects.of(request.user).filter(level=ReviewLevel.SUBMITTER)
        return request.user.has_perm("disclosures.add_explanation") and clerk.exists()

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return shown if self.has_explain_permission(request) else shown[:-1]

    @admin.action(description="填写未公开说明…", permissions=["explain"])
    def explain_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        explanations = self.admin_site.get_model_admin(Explanation)
        return explanations.entry(request, Obligation.objects.filter(pk__in=queryset.values("pk")))

    # A row

    @admin.display(description="公开事项", ordering="matter__code")
    def subject(self, row):
        return format_html("{} <small>{}</small>", row.matter.name, row.matter.code)

    @admin.display(description="公开主体", ordering="unit__code")
    def owner(self, row):
        if row.unit_id == row.publisher_id:
            return row.unit.short_name
        return f"{row.unit.name}({row.publisher.short_name}代为公开)"

    @admin.display(description="类别", ordering="matter__category")
    def category(self, row):
        return row.matter.get_category_display()

    @admin.display(description="公开时限", ordering="matter__limit_kind")
    def limit(self, row):
        return row.matter.time_limit

    @admin.display(description="公开情况")
    def standing(self, row):
        state = Standing(row.standing).state
        told = [(_LOOKS[state], state.label)]
        if row.is_shown:
            told.append(("approved", "线下已公开"))
        if row.is_waiting:
            told.append(("draft", "说明待签字"))
        return format_html_join(" ", '<span class="state state-{}">{}</span>', told)

    @admin.display(description="线下公开")
    def record(self, row):
        address = reverse("admin:disclosures_offlinedisclosure_add")
        return format_html('<a href="{}?obligations={}">登记线下公开</a>', address, row.pk)

    # The page of one

    @admin.display(description="公开页面")
    def public_page(self, row):
        return format_html('<a href="{}">{}</a>', row.matter.get_absolute_url(), row.matter)

    @admin.display(description="网站公开的信息")
    def disclosures(self, row):
        found = (
            Disclosure.objects.visible()
            .filter(matter=row.matter, unit=row.publisher)
            .filter(Q(village=None) | Q(village=row.unit))
            .select_related("live_revision")
        )
        return _links((each.get_absolute_url(), each.live_revision.title) for each in found[:20])

    @admin.display(description="未公开说明")
    def explanations(self, row):
        return _statements(Explanation, row)

    @admin.display(description="线下公开记录")
    def offline_records(self, row):
        return _statements(OfflineDisclosure, row)


def _statements(model, row):
    """Links to what was stated about the obligation, newest first."""
    found = model.objects.filter(matter=row.matter, unit=row.unit)[:20]
    address = f"admin:disclosures_{model._meta.model_name}_change"
    return _links(
        (
            reverse(address, args=[each.pk]),
            f"{each.entered_at:%Y-%m-%d} {each.get_state_display()} "
            f"{each.detail if model is Explanation else each.title}",
        )
        for each in found
    )


def _links(rows):
    return format_html_join("", '<p><a href="{}">{}</a></p>', rows) or "没有"
