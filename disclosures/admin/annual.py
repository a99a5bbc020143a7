"""The annual report's desk: its tables as the state prints them, its texts, and the way out."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe
from js_asset import Script

from catalog.choices import Period
from catalog.models import Matter, Unit
from catalog.typesetting import TypesettingError
from catalog.workbooks import XLSX_TYPE

from .. import workflow
from ..annual import body, sheet, texts
from ..annual.entry import TableEntry, mark_of
from ..annual.figures import FIGURES, Scope
from ..annual.report import blocks, due_on, fill, title_of
from ..annual.tables import GRIDS, NUMERALS, PARTS
from ..choices import ReviewLevel, RevisionState
from ..models import AnnualReport, Duty, Revision
from ..querysets import reads_every_unit

#: The entry pages, by the last part of their address.
ENTRIES = {
    **{key: f"{NUMERALS[grid.part - 1]}、{PARTS[grid.part - 1]}" for key, grid in GRIDS.items()},
    "texts": "文字部分(一、五、六)",
}


class TextsForm(forms.Form):
    """The written parts, one field each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for written in texts.WRITTEN:
            self.fields[written.key] = forms.CharField(
                label=written.title or f"{NUMERALS[written.part - 1]}、{PARTS[written.part - 1]}",
                help_text=written.help,
                required=False,
                max_length=texts.LONGEST,
                widget=forms.Textarea(attrs={"rows": 6 if written.beginning else 4}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for key, text in list(cleaned.items()):
            try:
                texts.check_text(texts.title_of(key), text)
            except ValidationError as error:
                self.add_error(key, error)
        return cleaned


@admin.register(AnnualReport)
class AnnualReportAdmin(admin.ModelAdmin):
    """One for each unit and year. Entering and composing are steps with pages of their own."""

    list_display = ("title", "unit", "year", "due", "progress", "updated_by", "updated_at")
    list_filter = ("year", ("unit", admin.RelatedOnlyFieldListFilter))
    search_fields = ("unit__name", "unit__short_name")
    search_help_text = "按单位查找"
    list_select_related = ("unit", "updated_by", "disclosure")
    list_per_page = 30
    actions = None
    fields = ("unit", "year")
    change_form_template = "admin/disclosures/annualreport/change_form.html"

    class Media:
        css: ClassVar = {"all": ("css/desk.css", "css/annual-desk.css")}
        js: ClassVar = (Script("js/annual.js", type="module"),)

    # Who may what

    def get_queryset(self, request):
        newest = Revision.objects.filter(disclosure=OuterRef("disclosure")).order_by("-number")
        found = super().get_queryset(request).annotate(newest=Subquery(newest.values("state")[:1]))
        if reads_every_unit(request.user):
            return found
        return found.filter(unit__in=Duty.objects.of(request.user).values("unit"))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and self._units(request).exists()

    def has_change_permission(self, request, obj=None):
        # A report is changed on its entry pages, through the workflow.
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @staticmethod
    def _units(request: HttpRequest) -> Any:
        """The units whose report this person may fill in."""
        units = Unit.objects.reporting()
        user: Any = request.user
        if workflow.may_override(user):
            return units
        return units.filter(duties__in=Duty.objects.of(user).filter(level=ReviewLevel.SUBMITTER))

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        message = "您打不开这份年报:它不存在,或者属于别的单位"
        self.message_user(request, message, messages.WARNING)
        return redirect("admin:disclosures_annualreport_changelist")

    # The list

    @admin.display(description="报告", ordering="-year")
    def title(self, report):
        return title_of(report)

    @admin.display(description="应公布日期")
    def due(self, report):
        return f"{due_on(Scope(report.unit, report.year)):%Y-%m-%d}"

    @admin.display(description="进度")
    def progress(self, report):
        label = _progress(report)
        return format_html('<span class="state state-{}">{}</span>', report.newest or "", label)

    # Beginning one

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "unit":
            kwargs["queryset"] = self._units(request).distinct()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        workflow.open_report(obj, by=request.user)

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, f"“{title_of(obj)}”已开始填报", messages.SUCCESS)
        return redirect("admin:disclosures_annualreport_change", obj.pk)

    # The desk

    def change_view(self, request, object_id, form_url="", extra_context=None):
        report = self.get_object(request, object_id)
        if report is None or not self.has_view_permission(request, report):
            return super().change_view(request, object_id, form_url, extra_context)
        extra = {"title": title_of(report), **_desk(report, _person(request))}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def get_urls(self):
        def at(route: str, view: Any, name: str) -> Any:
            return path(
                f"<int:pk>/{route}/",
                self.admin_site.admin_view(view),
                name=f"disclosures_annualreport_{name}",
            )

        return [
            at("entry/<slug:part>", self.entry_view, "entry"),
            at("preview", require_safe(self.preview_view), "preview"),
            at("compose", require_POST(self.compose_view), "compose"),
            at("revise", require_POST(self.revise_view), "revise"),
            at("workbook", require_POST(self.workbook_view), "workbook"),
            at("upload", require_POST(self.upload_view), "upload"),
            *super().get_urls(),
        ]

    def _readable(self, request: HttpRequest, pk: int) -> AnnualReport:
        """The report, for whoever may read it; nobody else learns whether it is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = self.get_queryset(request).filter(pk=pk).first()
        if report is None:
            raise Http404("您打不开这份年报:它不存在,或者属于别的单位")
        return report

    def _page(self, request: HttpRequest, report: AnnualReport, **context: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "report": report,
            "name": title_of(report),
            "media": self.media,
            **context,
        }

    def _done(self, request: HttpRequest, report: AnnualReport, message: str) -> HttpResponse:
        self.log_change(request, report, message)
        self.message_user(request, message, messages.SUCCESS)
        return redirect("admin:disclosures_annualreport_change", report.pk)

    def _refused(self, request: HttpRequest, pk: int, error: Exception) -> HttpResponse:
        for message in getattr(error, "messages", None) or [str(error)]:
            self.message_user(request, message, messages.ERROR)
        return redirect("admin:disclosures_annualreport_change", pk)

    # Entering

    def entry_view(self, request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
        report = self._readable(request, pk)
        if part not in ENTRIES:
            raise Http404("年报没有这一部分")
        may_enter = workflow.may_enter(report, _person(request))
        if request.method == "POST" and not may_enter:
            raise PermissionDenied
        view = self._texts_view if part == "texts" else self._table_view
        try:
            return view(request, report, part, may_enter)
        except (workflow.WorkflowError, ValidationError) as error:
            return self._refused(request, pk, error)

    def _table_view(
        self, request: HttpRequest, report: AnnualReport, part: str, may_enter: bool
    ) -> HttpResponseBase:
        data = request.POST if request.method == "POST" else None
        entry = TableEntry(fill(report), GRIDS[part], data)
        is_late = self._was_changed(request, report, part)
        if data is not None and entry.is_valid() and not is_late:
            workflow.enter_numbers(report, part, entry.numbers, entry.reasons, by=_person(request))
            return self._done(request, report, f"“{ENTRIES[part]}”已保存")
        context = self._page(
            request,
            report,
            title=ENTRIES[part],
            entry=entry,
            may_enter=may_enter,
            seen=mark_of(report, part),
        )
        return TemplateResponse(request, "admin/disclosures/annualreport/table.html", context)

    def _was_changed(self, request: HttpRequest, report: AnnualReport, part: str) -> bool:
        """Two clerks on one page: the second to save is told, and keeps what was typed."""
        seen = request.POST.get("seen", "")
        if not seen or seen == mark_of(report, part):
            return False
        self.message_user(
            request,
            "没有保存:您打开这一页之后,有人保存过这一部分。您刚才填写的仍在下面,没有丢失。"
            "请在另一个窗口打开这一页核对,确认以您的为准时再次点保存",
            messages.WARNING,
        )
        return True

    def _texts_view(
        self, request: HttpRequest, report: AnnualReport, part: str, may_enter: bool
    ) -> HttpResponseBase:
        form = TextsForm(request.POST if request.method == "POST" else None, initial=report.texts)
        is_late = self._was_changed(request, report, part)
        if form.is_bound and form.is_valid() and not is_late:
            workflow.write_texts(report, form.cleaned_data, by=_person(request))
            return self._done(request, report, f"“{ENTRIES[part]}”已保存")
        filled = fill(report)
        context = self._page(
            request,
            report,
            title=ENTRIES[part],
            form=form,
            names=filled.named.items(),
            may_enter=may_enter,
            seen=mark_of(report, part),
        )
        return TemplateResponse(request, "admin/disclosures/annualreport/texts.html", context)

    # Out and in

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """As the public will read it."""
        report = self._readable(request, pk)
        issued_on = timezone.localdate()
        # Sanitised where it is composed.
        text = mark_safe(body.html(blocks(fill(report), issued_on=issued_on)))
        context = self._page(request, report, title="预览", text=text)
        return TemplateResponse(request, "admin/disclosures/annualreport/preview.html", context)

    def compose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self._readable(request, pk)
        matter = Matter.objects.filter(code=request.POST.get("matter", "")).first()
        try:
            revision = workflow.compose_report(report, by=_person(request), matter=matter)
        except (workflow.WorkflowError, ValidationError, TypesettingError) as error:
            return self._refused(request, pk, error)
        self.log_change(request, report, "已生成公开信息草稿")
        message = "已按现在的数字和文字生成草稿,附件为DOCX和PDF;核对后提交审签"
        self.message_user(request, message, messages.SUCCESS)
        return redirect("admin:disclosures_revision_change", revision.pk)

    def revise_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self._readable(request, pk)
        try:
            workflow.revise_report(report, by=_person(request))
        except workflow.WorkflowError as error:
            return self._refused(request, pk, error)
        return self._done(request, report, "已开出新的一版:改好数字和文字后重新生成草稿")

    def workbook_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self._readable(request, pk)
        if not request.user.has_perm("disclosures.export_annualreport"):
            raise PermissionDenied
        content = sheet.workbook(fill(report))
        title = title_of(report)
        self.admin_site.record_export(
            request, what=f"年度报告 {title}", file_format="xlsx", rows=len(GRIDS)
        )
        response = HttpResponse(content, content_type=XLSX_TYPE)
        name = f"{title}-统计表.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response

    def upload_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = self._readable(request, pk)
        if not workflow.may_enter(report, _person(request)):
            raise PermissionDenied
        upload = request.FILES.get("workbook")
        try:
            if upload is None:
                raise ValidationError("请先选择填好的模板")
            count = self._take(report, sheet.read(upload), _person(request))
        except (workflow.WorkflowError, ValidationError) as error:
            return self._refused(request, pk, error)
        return self._done(request, report, f"已从“{upload.name}”导入{count}个数")

    @staticmethod
    @transaction.atomic
    def _take(report: AnnualReport, tables: dict[str, Any], user: Any) -> int:
        """All three tables or none; corrections of computed numbers stay as they are."""
        for table, numbers in tables.items():
            workflow.enter_numbers(report, table, numbers, None, by=user)
        return sum(len(numbers) for numbers in tables.values())


def _person(request: HttpRequest) -> Any:
    """Whoever is signed in; the admin lets nobody else come this far."""
    return request.user


def _progress(report: AnnualReport) -> str:
    if report.disclosure is None:
        return "填报中"
    if report.newest == RevisionState.APPROVED:  # type: ignore[attr-defined]
        if report.disclosure.is_withdrawn:
            return "已撤下"
        return "已公布" if report.disclosure.is_visible else "待发布"
    labels = {
        RevisionState.DRAFT: "草稿已生成",
        RevisionState.IN_REVIEW: "审签中",
        RevisionState.RETURNED: "已退回",
    }
    return labels[RevisionState(report.newest)]  # type: ignore[attr-defined]


def _desk(report: AnnualReport, user: Any) -> dict[str, Any]:
    """How far the report is, and exactly the steps that this person may take now."""
    filled = fill(report)
    disclosure = report.disclosure
    newest = disclosure.revisions.order_by("-number").first() if disclosure else None
    may_compose = workflow.may_compose(report, user)
    return {
        "report": report,
        "scope": filled.scope,
        "due_on": due_on(filled.scope),
        "progress": _progress(report),
        "newest": newest,
        "is_stale": newest is not None and not report.is_over and workflow.is_stale(filled, newest),
        "entries": list(ENTRIES.items()),
        "missing": filled.missing,
        "problems": [problem.message for problem in filled.problems],
        "figures": [(figure, filled.named[figure.label]) for figure in FIGURES.values()],
        "may_enter": workflow.may_enter(report, user),
        "may_compose": may_compose,
        "matters": _grouped(report) if may_compose and report.is_over else None,
        "may_revise": report.is_locked
        and disclosure is not None
        and workflow.may_revise(disclosure, user),
        "may_export": user.has_perm("disclosures.export_annualreport"),
    }


def _grouped(report: AnnualReport) -> list[tuple[str, list[Matter]]]:
    """The unit's matters, those that are published once a year before the others."""
    groups: dict[str, list[Matter]] = {"每年公开一次的事项": [], "其他事项": []}
    for matter in workflow.fitting_matters(report):
        is_yearly = matter.period == Period.YEARLY or "年度" in matter.name
        groups["每年公开一次的事项" if is_yearly else "其他事项"].append(matter)
    return [(name, matters) for name, matters in groups.items() if matters]
