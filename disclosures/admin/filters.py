"""Questions beside the lists."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F, Q
from django.utils import timezone

from catalog import workdays
from catalog.choices import LimitKind
from catalog.models import Matter, Unit

from ..choices import ObligationState, RevisionState
from ..coverage import STANDINGS
from ..models import MISSED_AFTER, Disclosure, Explanation, Revision
from ..workbench import DUE_SOON_WORKDAYS


class DomainFilter(admin.SimpleListFilter):
    title = "试点领域"
    parameter_name = "domain"

    def lookups(self, request, model_admin):
        return Matter.objects.domains().as_tree().values_list("code", "name")

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        prefix = "disclosure__" if queryset.model is Revision else ""
        return queryset.filter(**{f"{prefix}matter__code__startswith": self.value()})


class PublisherFilter(admin.SimpleListFilter):
    """By who publishes: a township stands for its villages, of which there are hundreds."""

    title = "公开单位"
    parameter_name = "publisher"

    def lookups(self, request, model_admin):
        stated = model_admin.get_queryset(request).order_by()
        villages = Unit.objects.villages()
        direct = Q(pk__in=stated.exclude(unit__in=villages).values("unit"))
        through = Q(pk__in=villages.filter(pk__in=stated.values("unit")).values("parent"))
        found = Unit.objects.filter(direct | through).order_by("code")
        return [(str(pk), name) for pk, name in found.values_list("pk", "short_name")]

    def queryset(self, request, queryset):
        number = self.value() or ""
        if not number.isdecimal():
            return queryset
        village = Q(unit__in=Unit.objects.villages().filter(parent=number))
        return queryset.filter(Q(unit=number) | village)


class DueFilter(admin.SimpleListFilter):
    title = "公开时限"
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [
            ("soon", f"{DUE_SOON_WORKDAYS}个工作日内到期"),
            ("overdue", "已逾期未公开"),
            ("on_time", "按时公开"),
            ("late", "逾期公开"),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "soon":
            return queryset.due_between(today, workdays.add(today, DUE_SOON_WORKDAYS))
        if self.value() == "overdue":
            return queryset.overdue(today)
        if self.value() == "on_time":
            return queryset.filter(disclosure__in=Disclosure.objects.on_time())
        if self.value() == "late":
            return queryset.filter(disclosure__in=Disclosure.objects.late())
        return queryset


class WaitingFilter(admin.SimpleListFilter):
    title = "与我有关"
    parameter_name = "mine"

    def lookups(self, request, model_admin):
        return [
            ("sign", "等我签字"),
            ("returned", "退回给我"),
            ("drafts", "我的草稿"),
            ("release", "待发布"),
            ("takedown", "紧急撤下待补签"),
            ("released_late", "晚于计划时间公开"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "sign":
            return queryset.awaiting(request.user)
        if self.value() == "returned":
            return queryset.returned_to(request.user)
        if self.value() == "drafts":
            return queryset.filter(state=RevisionState.DRAFT, drafter=request.user)
        if self.value() == "release":
            return queryset.awaiting_release()
        if self.value() == "takedown":
            return queryset.unsigned_takedowns()
        if self.value() == "released_late":
            return queryset.filter(published_at__gt=F("publish_at") + MISSED_AFTER)
        return queryset


class PublishedFilter(admin.SimpleListFilter):
    title = "公开状态"
    parameter_name = "published"

    def lookups(self, request, model_admin):
        return [("visible", "公开中"), ("withdrawn", "已撤下"), ("unpublished", "尚未公开")]

    def queryset(self, request, queryset):
        if self.value() == "visible":
            return queryset.visible()
        if self.value() == "withdrawn":
            return queryset.filter(withdrawn_at__isnull=False)
        if self.value() == "unpublished":
            return queryset.filter(index_number=None)
        return queryset


class TimelinessFilter(admin.SimpleListFilter):
    title = "是否按时"
    parameter_name = "timeliness"

    def lookups(self, request, model_admin):
        return [("on_time", "按时公开"), ("late", "逾期公开")]

    def queryset(self, request, queryset):
        if self.value() == "on_time":
            return queryset.on_time()
        return queryset.late() if self.value() == "late" else queryset


class StatementFilter(admin.SimpleListFilter):
    title = "与我有关"
    parameter_name = "mine"

    def lookups(self, request, model_admin):
        return [("sign", "等我签字"), ("returned", "退回给我"), ("soon", "快到期的说明")]

    def queryset(self, request, queryset):
        if self.value() == "sign":
            return queryset.awaiting(request.user)
        if self.value() == "returned":
            return queryset.returned_to(request.user)
        if self.value() == "soon" and queryset.model is Explanation:
            today = timezone.localdate()
            return queryset.running_out(today, workdays.add(today, DUE_SOON_WORKDAYS))
        return queryset


class ReviewFilter(admin.SimpleListFilter):
    title = "公开之后"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [
            ("soon", f"长期公开,{DUE_SOON_WORKDAYS}个工作日内须复核"),
            ("over", "处罚公示期满,须撤下"),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "soon":
            return queryset.review_due(workdays.add(today, DUE_SOON_WORKDAYS))
        return queryset.notice_over(today) if self.value() == "over" else queryset


class StandingFilter(admin.SimpleListFilter):
    """Of rows annotated by ``ObligationAdmin``."""

    title = "公开情况"
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [*ObligationState.choices, ("offline", "线下已公开"), ("waiting", "说明待签字")]

    def queryset(self, request, queryset):
        if self.value() == "offline":
            return queryset.filter(is_shown=True)
        if self.value() == "waiting":
            return queryset.filter(is_waiting=True)
        standings = STANDINGS.get(self.value() or "")
        return queryset.filter(standing__in=standings) if standings else queryset


class LimitFilter(admin.SimpleListFilter):
    title = "公开时限"
    parameter_name = "limit"

    def lookups(self, request, model_admin):
        return LimitKind.choices

    def queryset(self, request, queryset):
        return queryset.filter(matter__limit_kind=self.value()) if self.value() else queryset
