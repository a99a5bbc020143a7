"""取证包: chosen and counted first, then made in the background, watched, and taken home."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe
from js_asset import Media, Script

from catalog.models import Unit

from .. import workflow
from ..forms import PackForm
from ..models import KEPT, Disclosure, EvidencePack
from ..packs import FIGURES, figures
from .filters import DomainFilter

#: The page's own styles and script.
MEDIA = Media(
    css={"all": ("css/desk.css", "css/packs.css")}, js=(Script("js/pack.js", type="module"),)
)


@admin.register(EvidencePack)
class EvidencePackAdmin(admin.ModelAdmin):
    list_display = ("title", "requester", "requested", "standing", "amount")
    list_select_related = ("requested_by",)
    list_filter = ("state",)
    search_fields = ("title", "requested_by__first_name", "requested_by__username")
    search_help_text = "按范围或申请人查找"
    date_hierarchy = "requested_at"
    list_per_page = 30
    actions = None

    class Media:
        css: ClassVar = {"all": ("css/desk.css", "css/packs.css")}

    def has_add_permission(self, request):
        return workflow.may_make_packs(request.user)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    # The list

    @admin.display(description="申请人", ordering="requested_by")
    def requester(self, pack):
        return pack.requested_by.get_full_name() or pack.requested_by.get_username()

    @admin.display(description="申请时间", ordering="requested_at")
    def requested(self, pack):
        return f"{timezone.localtime(pack.requested_at):%Y-%m-%d %H:%M}"

    @admin.display(description="状态", ordering="state")
    def standing(self, pack):
        return format_html('<span class="state state-{}">{}</span>', pack.state, label_of(pack))

    @admin.display(description="公开信息")
    def amount(self, pack):
        return f"{pack.figures.get('disclosures', 0)}条"

    # Asking for one

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._asked(request)
        if request.GET.keys() & PackForm.base_fields.keys():
            return choosing(request, PackForm(request.GET))
        return choosing(request, PackForm(initial=self._as_before(request)))

    @staticmethod
    def _as_before(request: HttpRequest) -> dict[str, Any]:
        """The choice of the pack ``?again=`` names, to be made with today's records."""
        again = request.GET.get("again", "")
        pack = EvidencePack.objects.filter(pk=again).first() if again.isdecimal() else None
        if pack is None:
            return {}
        return pack.filters | {"disclosures": "\n".join(pack.filters.get("disclosures", []))}

    def _asked(self, request: HttpRequest) -> HttpResponseBase:
        form = PackForm(request.POST)
        if not (form.is_valid() and "make" in request.POST):
            return choosing(request, form)
        user: Any = request.user
        try:
            pack = workflow.request_pack(form.selection(), by=user)
        except workflow.WorkflowError as error:
            self.message_user(request, str(error), messages.ERROR)
            return choosing(request, form)
        return redirect("admin:disclosures_evidencepack_change", pack.pk)

    # The page of one

    def change_view(self, request, object_id, form_url="", extra_context=None):
        pack = self.get_object(request, object_id)
        if pack is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, pack):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "取证包",
            "opts": self.opts,
            "media": MEDIA,
            "pack": pack,
            "requester": self.requester(pack),
            "label": label_of(pack),
            "rows": figure_rows(pack.figures),
            "altered": pack.figures.get("altered", 0),
            "kept_days": KEPT.days,
            "may_make": self.has_add_permission(request),
            "is_own": pack.requested_by_id == request.user.pk,
        }
        return TemplateResponse(request, "admin/disclosures/evidencepack/pack.html", context)

    def get_urls(self):
        pages = [
            ("status", require_safe(self.status_view)),
            ("download", require_POST(self.download_view)),
            ("restart", require_POST(self.restart_view)),
        ]
        return [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"disclosures_evidencepack_{name}",
            )
            for name, view in pages
        ] + super().get_urls()

    def _found(self, request: HttpRequest, pk: int) -> EvidencePack:
        pack = self.get_queryset(request).filter(pk=pk).first()
        if pack is None or not self.has_view_permission(request, pack):
            raise PermissionDenied
        return pack

    def status_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What the page's script shows while it waits."""
        pack = self._found(request, pk)
        response = JsonResponse(
            {
                "running": pack.is_running,
                "label": label_of(pack),
                "stage": pack.stage,
                "done": pack.done,
                "total": pack.total,
            }
        )
        response["Cache-Control"] = "private, no-store"
        return response

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        pack = self._found(request, pk)
        try:
            stream = workflow.take_pack(pack, by=request.user)  # type: ignore[arg-type]
        except workflow.WorkflowError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:disclosures_evidencepack_change", pk)
        name = f"取证包{pack.pk}-{timezone.localtime(pack.made_at):%Y%m%d%H%M}.zip"
        response = FileResponse(stream, as_attachment=True, filename=name)
        response["Cache-Control"] = "private, no-store"
        return response

    def restart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            workflow.restart_pack(self._found(request, pk), by=request.user)  # type: ignore[arg-type]
        except workflow.WorkflowError as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect("admin:disclosures_evidencepack_change", pk)


def label_of(pack: EvidencePack) -> str:
    if pack.is_broken_off:
        return "已中断"
    return "文件已删除" if pack.is_deleted else pack.get_state_display()


def figure_rows(counted: dict[str, int]) -> list[tuple[str, str]]:
    """What was counted, in words; the bytes as people say them too."""
    rows = []
    for name, label in FIGURES.items():
        value = counted.get(name, 0)
        told = f"{value:,}"
        rows.append((label, f"{told}({filesizeformat(value)})" if name == "bytes" else told))
    return rows


def choosing(request: HttpRequest, form: PackForm) -> TemplateResponse:
    """The form; and what it chooses, counted, once it is filled in without mistake."""
    counted = None
    if form.is_bound and form.is_valid():
        selection = form.selection()
        counted = figures(selection.chosen())
    context = {
        **admin.site.each_context(request),
        "title": "生成取证包",
        "opts": EvidencePack._meta,
        "media": MEDIA,
        "form": form,
        "counted": counted,
        "rows": figure_rows(counted) if counted else [],
        "label": selection.label() if counted else "",
        "kept_days": KEPT.days,
    }
    return TemplateResponse(request, "admin/disclosures/evidencepack/choosing.html", context)


@admin.action(description="生成取证包", permissions=["make_packs"])
def pack_selected(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[Disclosure]
) -> TemplateResponse | None:
    published = queryset.filter(index_number__isnull=False).order_by("index_number")
    numbers = [number or "" for number in published.values_list("index_number", flat=True)]
    if unpublished := queryset.filter(index_number=None).count():
        text = f"所选的有{unpublished}条尚未公开,不在取证包内"
        model_admin.message_user(request, text, messages.WARNING)
    if not numbers:
        return None
    return choosing(request, PackForm({"disclosures": "\n".join(numbers)}))


_UNIT = "unit__id__exact"


def address_for_list(request: HttpRequest) -> str:
    """Where to make a pack of the list as it is filtered by unit and domain; "" with others."""
    wanted = {name: value for name, value in request.GET.items() if value}
    if set(wanted) - {_UNIT, DomainFilter.parameter_name}:
        return ""
    query = {}
    if DomainFilter.parameter_name in wanted:
        query["domain"] = wanted[DomainFilter.parameter_name]
    number = request.GET.get(_UNIT, "")
    unit = Unit.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    if unit is not None:
        query["unit"] = unit.code
    return f"{reverse('admin:disclosures_evidencepack_add')}?{urlencode(query)}"
