"""未公开说明 and 线下公开记录: entered for obligations, then signed, returned or ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm, AdminForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import CharField, TextInput
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from catalog.exchange import Exports
from catalog.models import Obligation

from .. import workflow
from ..choices import ReviewLevel
from ..downloads import serve
from ..forms import ExplanationForm, OfflineForm
from ..models import Duty, Evidence, Explanation, OfflineDisclosure
from ..resources import ExplanationResource, OfflineResource
from .filters import DomainFilter, PublisherFilter, StatementFilter
from .stepping import Stepped

#: How many of the chosen matters the form names before it folds the rest away.
NAMED = 8


def sign(statement: Any, user: Any, _data: Any) -> str:
    workflow.sign_statement(statement, by=user)
    return "已签字,从现在起向公众显示"


def send_back(statement: Any, user: Any, data: Any) -> str:
    remark = data.get("remark", "")
    workflow.return_statement(statement, by=user, remark=remark)
    return f"已退回:{remark.strip()}"


def end(statement: Any, user: Any, data: Any) -> str:
    reason = data.get("reason", "")
    workflow.end_statement(statement, by=user, reason=reason)
    return f"已终止:{reason.strip()}"


class RemarkActionForm(ActionForm):
    remark = CharField(
        label="意见",
        required=False,
        max_length=300,
        widget=TextInput(attrs={"placeholder": "退回时必填", "size": 24}),
    )


class StatementAdmin(Stepped, Exports, admin.ModelAdmin):
    """What both kinds share. Entered on a page of its own; a row is looked at and decided."""

    steps: ClassVar = {"sign": sign, "return": send_back, "end": end}
    action_form = RemarkActionForm
    actions = ("sign_selected", "return_selected")
    change_form_template = "admin/disclosures/statement/change_form.html"
    list_select_related = ("matter", "unit", "entered_by")
    list_per_page = 50
    search_fields: ClassVar[tuple[str, ...]] = (
        "matter__name",
        "matter__code",
        "unit__name",
        "unit__short_name",
    )
    search_help_text = "按事项名称、编码或单位查找"
    entry_form: Any = None
    entry_help = ""
    #: Each kind of statement calls its own step of the workflow; what is told when it took it.
    enter: Callable[[Any, list[Obligation], dict[str, Any]], str]

    class Media:
        css: ClassVar = {"all": ("css/desk.css",)}

    # Who may what

    def get_queryset(self, request):
        return super().get_queryset(request).readable_by(request.user)

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request):
        clerk = Duty.objects.of(request.user).filter(level=ReviewLevel.SUBMITTER)
        return super().has_add_permission(request) and clerk.exists()

    def has_change_permission(self, request, obj=None):
        return False  # what was stated stands; the steps are no change of it

    def has_delete_permission(self, request, obj=None):
        return False

    def has_decide_permission(self, request):
        return super().has_change_permission(request) and workflow.may_override(request.user)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        message = "您打不开这份记录:它不存在,或者属于别的单位"
        self.message_user(request, message, messages.WARNING)
        return redirect(f"admin:{self._place}_changelist")

    # The list

    @admin.display(description="公开事项", ordering="matter__code")
    def subject(self, statement):
        return statement.matter.name

    @admin.display(description="公开主体", ordering="unit__code")
    def owner(self, statement):
        return statement.unit.short_name or statement.unit.name

    @admin.display(description="状态", ordering="state")
    def standing(self, statement):
        return format_html(
            '<span class="state state-{}">{}</span>',
            _LOOKS[statement.state],
            statement.get_state_display(),
        )

    @admin.display(description="填报人", ordering="entered_by__first_name")
    def who(self, statement):
        return statement.entered_by.get_full_name() or statement.entered_by.get_username()

    @admin.display(description="填报时间", ordering="entered_at")
    def when(self, statement):
        return f"{timezone.localtime(statement.entered_at):%Y-%m-%d %H:%M}"

    @admin.action(description="签字(所选)", permissions=["decide"])
    def sign_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, workflow.sign_statements, "已签字{}件")

    @admin.action(description="退回(所选,须写意见)", permissions=["decide"])
    def return_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        remark = request.POST.get("remark", "")
        self._decide(request, queryset, workflow.return_statements, "已退回{}件", remark=remark)

    def _decide(
        self, request: HttpRequest, queryset: QuerySet, step: Any, told: str, **data: str
    ) -> None:
        """All of the selection or none."""
        try:
            done = step(list(queryset), by=request.user, **data)
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, f"一件也没有办理:{error}", messages.ERROR)
        else:
            self.message_user(request, told.format(len(done)), messages.SUCCESS)

    # The page of one

    def get_form(self, request, obj=None, change=False, **kwargs):
        # What stands there is no longer to be filled in.
        kwargs["help_texts"] = dict.fromkeys(self.fields, "")
        return super().get_form(request, obj, change, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        extra = extra_context or {}
        if object_id and (statement := self.get_object(request, object_id)):
            extra |= {
                "statement": statement,
                "obligation": statement.obligation,
                "enter": reverse(f"admin:{self._place}_add"),
                "evidence": list(statement.evidence.all()) if self._has_evidence else [],
                "look": _LOOKS[statement.state],
                "steps": {
                    name: reverse(f"admin:{self._place}_{name}", args=[statement.pk])
                    for name in self.steps
                },
                "may_decide": workflow.may_decide(statement, request.user),
                "may_end": workflow.may_end(statement, request.user),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    @property
    def _has_evidence(self) -> bool:
        return self.model is OfflineDisclosure

    # Entering

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.POST.get("obligations") or request.GET.get("obligations", "")
        keys = [int(key) for key in asked.split(",") if key.isdecimal()]
        return self.entry(request, Obligation.objects.owed().filter(pk__in=keys))

    def entry(self, request: HttpRequest, obligations: QuerySet[Obligation]) -> HttpResponse:
        """The form for ``obligations``; the list's action opens it, its own POST enters it."""
        chosen = list(obligations.select_related("matter", "unit", "publisher").order_by("pk"))
        refusal = self.refusal(chosen)
        for publisher in {row.publisher for row in chosen}:
            if not workflow.may_draft(request.user, publisher):  # type: ignore[arg-type]
                refusal = f"您不是{publisher}的信息提交人,不能为它填报"
        if refusal:
            self.message_user(request, refusal, messages.ERROR)
            return redirect("admin:catalog_obligation_changelist")
        data = (request.POST, request.FILES) if "_enter" in request.POST else ()
        form = self.entry_form(*data)
        if data and form.is_valid() and self._entered(request, chosen, form):
            filters = QueryDict(request.POST.get("filters", "")).urlencode()
            address = reverse("admin:catalog_obligation_changelist")
            return redirect(f"{address}?{filters}" if filters else address)
        return self._entry_page(request, chosen, form)

    def refusal(self, chosen: list[Obligation]) -> str:
        """Why nothing can be entered for this selection, if so."""
        if not chosen:
            return "请先在“应公开事项”中勾选事项,再填写"
        if len(chosen) > workflow.MOST:
            return f"一次最多办理{workflow.MOST}个事项,现在选了{len(chosen)}个,请分几次办理"
        return ""

    def _entered(self, request: HttpRequest, chosen: list[Obligation], form: Any) -> bool:
        """Whether the workflow took it; what it refuses stands above the form."""
        try:
            told = self.enter(request.user, chosen, form.cleaned_data)
        except ValidationError as error:
            self._tell(form, error)
        except (workflow.WorkflowError, PermissionDenied) as error:
            form.add_error(None, str(error))
        else:
            self.message_user(request, told, messages.SUCCESS)
            return True
        return False

    @staticmethod
    def _tell(form: Any, error: ValidationError) -> None:
        """Each reason at its field, as far as the form has it."""
        if not hasattr(error, "error_dict"):  # one of the files
            form.add_error("evidence", error)
            return
        for name, reasons in error.message_dict.items():
            form.add_error(name if name in form.fields else None, reasons)

    def _entry_page(
        self, request: HttpRequest, chosen: list[Obligation], form: Any
    ) -> TemplateResponse:
        name = str(self.opts.verbose_name)
        filters = request.POST.get("filters", request.GET.urlencode())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"填写{name}" if self.model is Explanation else f"登记{name}",
            "media": self.media,
            "form": form,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),
            "entry_help": self.entry_help,
            "named": chosen[:NAMED],
            "more": chosen[NAMED:],
            "number": len(chosen),
            "obligations": ",".join(str(row.pk) for row in chosen),
            "filters": "" if "obligations" in filters else filters,
            "address": reverse(f"admin:{self._place}_add"),
        }
        return TemplateResponse(request, "admin/disclosures/statement/entry.html", context)


#: State → the look of the revisions' states that means as much.
_LOOKS = {"pending": "in_review", "signed": "approved", "returned": "returned", "ended": "draft"}


@admin.register(Explanation)
class ExplanationAdmin(StatementAdmin):
    resource_classes: ClassVar = [ExplanationResource]
    list_display = ("subject", "owner", "reason", "detail", "valid_until", "standing", "when")
    list_filter = (
        StatementFilter,
        "state",
        "reason",
        DomainFilter,
        "matter__category",
        PublisherFilter,
    )
    fields = ("matter", "unit", "reason", "detail", "negative_entry", "expected_on", "valid_until")
    entry_form = ExplanationForm
    entry_help = (
        "所选事项用同一个说明,要么全部填报,要么一个也不填报;公开办签字后显示在这些事项的公开页面上。"
        "说明里不要写个人的姓名、证件号和电话。"
    )

    def enter(self, user, chosen, stated):
        made = workflow.explain_all(chosen, by=user, **stated)
        return f"已为{len(made)}个事项填报未公开说明,等公开办签字"


@admin.register(OfflineDisclosure)
class OfflineDisclosureAdmin(StatementAdmin):
    resource_classes: ClassVar = [OfflineResource]
    list_display = ("title", "subject", "owner", "carrier", "place", "period", "standing", "when")
    list_filter = (
        StatementFilter,
        "state",
        "carrier",
        DomainFilter,
        "matter__category",
        PublisherFilter,
    )
    search_fields = (*StatementAdmin.search_fields, "title", "place")
    search_help_text = "按内容、地点、事项或单位查找"
    fields = ("matter", "unit", "title", "carrier", "place", "period", "formed_on")
    entry_form = OfflineForm
    entry_help = (
        "张贴、入户、开会等已经做了的线下公开在这里登记;公开办核对凭证签字后,"
        "公众在事项页面看到公开了什么、在哪里、什么时候,看不到凭证。"
    )

    @admin.display(description="公开时间", ordering="shown_from")
    def period(self, record):
        until = f"{record.shown_until:%Y-%m-%d}" if record.shown_until else "长期"
        return f"{record.shown_from:%Y-%m-%d} 至 {until}"

    def refusal(self, chosen):
        if len(chosen) > 1:
            return "线下公开逐件登记:凭证各不相同,请点事项后面的“登记线下公开”"
        return super().refusal(chosen)

    def enter(self, user, chosen, stated):
        (owed,) = chosen
        files = stated.pop("evidence")
        workflow.record_offline(owed.matter, owed.unit, by=user, files=files, **stated)
        return f"已登记“{owed.matter.name}”的线下公开,等公开办签字"

    def get_urls(self):
        evidence = path(
            "evidence/<int:pk>/",
            self.admin_site.admin_view(self.evidence_view),
            name="disclosures_offlinedisclosure_evidence",
        )
        return [evidence, *super().get_urls()]

    def evidence_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """A file for staff who may read the unit; the public has no way to it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        readable = self.get_queryset(request).values("pk")
        found = Evidence.objects.filter(pk=pk, offline_disclosure__in=readable).first()
        if found is None:
            raise Http404("您打不开这个凭证:它不存在,或者属于别的单位")
        return serve(request, found)
