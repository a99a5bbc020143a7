"""A draft to write, a text to sign, a version to look up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from js_asset import Media, Script

from catalog.choices import Category

from .. import comparison, workflow
from ..checks import label_of
from ..choices import ReviewLevel, RevisionKind, RevisionState, Severity, Validity, Verdict
from ..forms import RevisionForm
from ..models import Attachment, Duty, Look, Revision
from .files import FilesMixin
from .filters import DomainFilter, DueFilter, WaitingFilter
from .paper import PaperMixin
from .stepping import Stepped
from .steps import STEPS, sign, submit


class UploadInline(admin.StackedInline):
    """New files. Those already there are listed above the form, each with its own button."""

    model = Attachment
    extra = 2
    fields = ("file", "is_evidence")
    verbose_name_plural = "增加附件"

    def get_queryset(self, request):
        return super().get_queryset(request).none()

    def has_add_permission(self, request, obj):
        return obj is None or workflow.may_edit(obj, request.user)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return True


def _person(request: HttpRequest) -> Any:
    """Whoever is signed in; the admin lets nobody else come this far."""
    return request.user


@admin.register(Revision)
class RevisionAdmin(FilesMixin, PaperMixin, Stepped, admin.ModelAdmin):
    """A draft to write, a text to sign, a version to look up."""

    form = RevisionForm
    steps = STEPS
    list_display = ("title", "unit", "matter", "category", "progress", "due", "updated")
    list_filter = (
        WaitingFilter,
        "state",
        "level",
        DueFilter,
        DomainFilter,
        "disclosure__category",
        ("disclosure__unit", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("title", "document_number", "disclosure__index_number")
    search_help_text = "按标题、发文字号或索引号查找"
    list_per_page = 30
    actions = ("sign_off_selected", "bundle_selected")
    change_form_template = "admin/disclosures/revision/change_form.html"

    class Media:
        css: ClassVar = {"all": ("css/desk.css", "css/comparison.css")}
        js: ClassVar = (Script("js/desk.js", type="module"),)

    # Who may what

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .readable_by(request.user)
            .select_related("disclosure__unit", "disclosure__matter", "drafter")
        )

    def has_add_permission(self, request):
        duties = Duty.objects.of(request.user).filter(level=ReviewLevel.SUBMITTER)
        return super().has_add_permission(request) and duties.exists()

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or workflow.may_edit(obj, request.user))

    def has_delete_permission(self, request, obj=None):
        # A draft is thrown away with its own button, which calls the workflow.
        return False

    def has_sign_off_permission(self, request):
        return Duty.objects.of(request.user).exclude(level=ReviewLevel.SUBMITTER).exists()

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        message = "您打不开这份稿件:它不存在,或者属于别的单位"
        self.message_user(request, message, messages.WARNING)
        return redirect("admin:disclosures_revision_changelist")

    # The list

    @admin.display(description="单位", ordering="disclosure__unit")
    def unit(self, revision):
        return revision.disclosure.unit.short_name

    @admin.display(description="公开事项", ordering="disclosure__matter__code")
    def matter(self, revision):
        return revision.disclosure.matter.name

    @admin.display(description="类别", ordering="disclosure__category")
    def category(self, revision):
        return revision.disclosure.get_category_display()

    @admin.display(description="进度", ordering="state")
    def progress(self, revision):
        if revision.state == RevisionState.IN_REVIEW:
            label = f"待{revision.get_level_display()}签字"
        elif revision.awaits_release:
            label = "待发布"
        elif revision.kind == RevisionKind.WITHDRAWAL and revision.state == RevisionState.APPROVED:
            label = "撤下已生效"
        elif revision.state == RevisionState.APPROVED and revision.disclosure.is_withdrawn:
            label = "已撤下"
        elif revision.state == RevisionState.APPROVED:
            is_live = revision.disclosure.live_revision_id == revision.pk
            label = "公开中" if is_live else "曾公开"
        else:
            label = revision.get_state_display()
        return format_html('<span class="state state-{}">{}</span>', revision.state, label)

    @admin.display(description="应公开日期", ordering="due_on")
    def due(self, revision):
        if revision.due_on is None:
            return "—"
        day = f"{revision.due_on:%Y-%m-%d}"
        if revision.is_overdue:
            return format_html('{} <span class="late">已逾期</span>', day)
        if revision.disclosure.is_late and revision.published_at:
            return format_html('{} <span class="late">逾期公开</span>', day)
        return day

    @admin.display(description="更新时间", ordering="updated_at")
    def updated(self, revision):
        return f"{timezone.localtime(revision.updated_at):%Y-%m-%d %H:%M}"

    @admin.action(description="同意所选稿件", permissions=["sign_off"])
    def sign_off_selected(self, request: HttpRequest, queryset: QuerySet[Revision]) -> None:
        for revision in queryset.order_by("pk"):
            try:
                message = sign(revision, request.user, {})
            except (workflow.WorkflowError, PermissionDenied) as error:
                self.message_user(request, f"“{revision.title}”没有签:{error}", messages.ERROR)
            else:
                self.message_user(request, f"“{revision.title}”:{message}", messages.SUCCESS)

    @admin.action(description="把所选草稿同步发布(同时公开)", permissions=["add"])
    def bundle_selected(self, request: HttpRequest, queryset: QuerySet[Revision]) -> None:
        revisions = list(queryset.order_by("pk"))
        try:
            bundle = workflow.bundle_together(
                revisions, by=_person(request), name=revisions[0].title
            )
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(
                request, f"{len(revisions)}件稿件将与“{bundle}”同时公开", messages.SUCCESS
            )

    # The page

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.user = request.user
        return form

    def get_fieldsets(self, request, obj=None):
        if obj is not None and not self.has_change_permission(request, obj):
            return self._read_only_fieldsets(obj)
        place = [] if obj else [("归属", {"fields": ("unit", "matter", "village", "interprets")})]
        correction = (("change_kind", "change_note"),) if obj and obj.number > 1 else ()
        return [
            *place,
            ("内容", {"fields": (*correction, "title", "body", "summary", "seen_at")}),
            (
                "公文信息",
                {
                    "fields": (
                        ("formed_on", "issued_on"),
                        "document_number",
                        ("genre", "subject"),
                        "keywords",
                        "source",
                        "validity",
                        ("effective_on", "expires_on"),
                        "event_on",
                    )
                },
            ),
            ("公开时间", {"fields": ("publish_at",)}),
            (
                "线下公开",
                {
                    "fields": ("shown_where", ("shown_from", "shown_until")),
                    "description": "只向特定群体公开、不上网站的事项填写;"
                    "公示栏照片在下面附件中上传,并勾选“存档证据”。",
                },
            ),
        ]

    @staticmethod
    def _read_only_fieldsets(revision: Revision) -> list[Any]:
        names = ["shown_body" if name == "body" else name for name in Revision.CONTENT_FIELDS]
        shown = [
            name
            for name in ("change_kind", "change_note", *names, "publish_at")
            if name == "shown_body" or getattr(revision, name)
        ]
        return [("内容", {"fields": shown})]

    def get_inlines(self, request, obj):
        editable = obj is None or self.has_change_permission(request, obj)
        return [UploadInline] if editable else []

    def get_readonly_fields(self, request, obj=None):
        if obj is not None and not self.has_change_permission(request, obj):
            return (
                "shown_body",
                *Revision.CONTENT_FIELDS,
                "change_kind",
                "change_note",
                "publish_at",
            )
        return ()

    @admin.display(description="正文")
    def shown_body(self, revision: Revision) -> SafeString:
        # Sanitised when it was stored; see ``richtext``.
        return format_html('<div class="prose">{}</div>', mark_safe(revision.body or "—"))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        extra = extra_context or {}
        if object_id and (revision := self.get_object(request, object_id)):
            extra |= self._desk(request, revision)
            if request.method == "GET":
                self._remember_look(request, revision)
        extra |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        try:
            return super().changeform_view(request, object_id, form_url, extra)
        except workflow.WorkflowError as error:  # submitted by a colleague a moment ago
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:disclosures_revision_change", object_id)

    @staticmethod
    def _remember_look(request: HttpRequest, revision: Revision) -> None:
        Look.objects.update_or_create(
            revision=revision, person=_person(request), defaults={"seen_at": timezone.now()}
        )

    def _desk(self, request: HttpRequest, revision: Revision) -> dict[str, Any]:
        """Progress, history and exactly the steps that this person may take now."""
        user = _person(request)
        disclosure = revision.disclosure
        unsigned = not disclosure.revisions.exclude(state=RevisionState.DRAFT).exists()
        live = disclosure.live_revision
        is_newest = revision == disclosure.revisions.order_by("-number").first()
        return {
            "revision": revision,
            "disclosure": disclosure,
            "seals": seals(revision),
            "attachments": list(revision.attachments.all()),
            "may_read_originals": self.has_original_permission(request),
            "companions": _companions(revision),
            "earlier": list(
                disclosure.revisions.exclude(pk=revision.pk)
                .prefetch_related("signoffs")
                .order_by("-number")
            ),
            "comparisons": _comparisons(revision, user),
            "screening": _screened(revision),
            "back_to": [level for level in revision.route if level < (revision.level or 0)],
            "may_sign": workflow.may_sign(revision, user),
            "may_edit": workflow.may_edit(revision, user),
            "may_revise": is_newest and workflow.may_revise(disclosure, user),
            "may_withdraw": live == revision and workflow.may_propose_withdrawal(disclosure, user),
            "may_take_down": revision.is_live and workflow.may_take_down(user),
            "may_restore": workflow.may_restore(disclosure, user),
            "may_change_validity": revision.is_live
            and workflow.may_change_validity(disclosure, user),
            "validities": [choice for choice in Validity.choices if choice[0] != revision.validity],
            "may_cancel_release": workflow.may_cancel_release(revision, user),
            "may_override": revision.state in {RevisionState.DRAFT, RevisionState.IN_REVIEW}
            and workflow.may_override(user),
            "may_recategorise": revision.is_draft and unsigned and workflow.may_recategorise(user),
            "categories": Category.choices,
        }

    def render_change_form(self, request, context, *args, **kwargs):
        # The editor's import map is the one inline script that the policy lets through.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving

    def save_model(self, request, obj, form, change):
        if change:
            workflow.save_draft(obj, by=request.user)
        else:
            place = form.cleaned_data
            workflow.draft(
                place["matter"],
                place["unit"],
                by=request.user,
                village=place["village"],
                interprets=place["interprets"],
                revision=obj,
            )

    def save_formset(self, request, form, formset, change):
        formset.save(commit=False)
        for attachment in formset.new_objects:
            workflow.attach(
                form.instance,
                attachment.file.file,
                by=request.user,
                is_evidence=attachment.is_evidence,
            )

    def response_add(self, request, obj, post_url_continue=None):
        return self._after_save(request, obj)

    def response_change(self, request, obj):
        return self._after_save(request, obj)

    def _after_save(self, request: HttpRequest, revision: Revision) -> HttpResponse:
        if "_submit" in request.POST:
            self.take(request, revision, submit)
        else:
            self.message_user(request, "草稿已保存", messages.SUCCESS)
        return redirect("admin:disclosures_revision_change", revision.pk)

    # Steps

    def get_urls(self):
        own = [
            self.step_url("revise", self.revise_view),
            self.step_url("discard", self.discard_view),
        ]
        return [*own, *super().get_urls()]

    def revise_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = self.readable(request, pk)
        if revision is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, pk)
        try:
            revision = workflow.revise(revision.disclosure, by=_person(request))
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, "已按原文开出新的一版,改好后再提交", messages.SUCCESS)
        return redirect("admin:disclosures_revision_change", revision.pk)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = self.readable(request, pk)
        if revision is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, pk)
        try:
            workflow.discard(revision, by=_person(request))
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:disclosures_revision_change", pk)
        self.message_user(request, f"草稿“{revision.title}”已删除", messages.SUCCESS)
        return redirect("admin:index")


def seals(revision: Revision) -> list[dict[str, Any]]:
    """The steps of the route in order: signed, awaited, or still to come.

    A signature that a later return has undone is no longer shown as given.
    """
    given = revision.signoffs.select_related("unit")
    signed = {signoff.level: signoff for signoff in given.standing()}
    if revision.state == RevisionState.RETURNED:
        signed |= {signoff.level: signoff for signoff in given.filter(returned_to=1)}
    return [
        {
            "level": level,
            "label": level.label,
            "signoff": signed.get(level),
            "is_return": level in signed and signed[level].verdict == Verdict.RETURNED,
            "is_awaited": revision.level == level,
        }
        for level in revision.route
    ]


def _companions(revision: Revision) -> list[Revision]:
    """The other members of the bundle, each in its newest version."""
    if revision.bundle_id is None:
        return []
    newest: dict[int, Revision] = {}
    for member in Revision.objects.filter(bundle=revision.bundle_id).order_by("number"):
        newest[member.disclosure_id] = member
    newest.pop(revision.disclosure_id, None)
    return list(newest.values())


def _comparisons(revision: Revision, user: Any) -> list[tuple[str, str, Any]]:
    """(heading, name of the other version, comparison): with what is live, and since my look."""
    disclosure = revision.disclosure
    shown = []
    live = disclosure.live_revision
    if live is not None and live.number < revision.number:
        shown.append(("与现在公开的相比", f"现在公开的第{live.number}版", live))
    seen = (
        disclosure.revisions.filter(number__lt=revision.number, looks__person=user)
        .order_by("-number")
        .first()
    )
    if seen is None and not shown:
        seen = disclosure.revisions.filter(number__lt=revision.number).order_by("-number").first()
    if seen is not None and seen != live:
        shown.append(("与我上次看的相比", f"第{seen.number}版", seen))
    return [(title, name, comparison.compare(other, revision)) for title, name, other in shown]


def _screened(revision: Revision) -> dict[str, Any] | None:
    """The newest screening with its findings: open ones first, and what was done about others."""
    screening = revision.screenings.first()
    if screening is None:
        return None
    passed = {override.fingerprint: override for override in revision.disclosure.overrides.all()}
    findings = [
        {
            "finding": finding,
            "label": label_of(finding.rule),
            "override": passed.get(finding.fingerprint),
            "is_blocking": finding.severity == Severity.BLOCKING,
        }
        for finding in screening.findings.all()
    ]
    findings.sort(key=lambda row: (not row["is_blocking"], row["override"] is not None))
    blocking = sum(1 for row in findings if row["is_blocking"] and row["override"] is None)
    return {"screening": screening, "findings": findings, "blocking": blocking}
