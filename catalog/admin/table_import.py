"""Standard tables on their way into the catalog: upload, columns, changes, result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from ..choices import ImportState
from ..exchange import UnreadableFileError
from ..models import StandardTableImport
from ..standard_table.applying import OutdatedError, RefusedError, apply
from ..standard_table.changes import Changes
from ..standard_table.decisions import Decisions
from ..standard_table.files import StandardTableFile
from ..standard_table.forms import MappingForm, StandardTableUploadForm
from ..standard_table.marking import marked
from ..standard_table.tree import Change, Kind, Node
from ..workbooks import XLSX_TYPE

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Base = ModelAdmin
else:
    _Base = object

URL = "catalog_matter_table_import"
_TEMPLATES = "admin/catalog/table_import"
#: What the preview may be narrowed to; the rest of each branch leads to it.
_FILTERS = {
    "changes": ("有变化的", {Kind.NEW, Kind.CHANGED, Kind.PROBLEM}),
    Kind.NEW.value: ("新增", {Kind.NEW}),
    Kind.CHANGED.value: ("修改", {Kind.CHANGED}),
    Kind.PROBLEM.value: ("有问题", {Kind.PROBLEM}),
    Kind.UNCHANGED.value: ("未变", {Kind.UNCHANGED}),
    "all": ("全部", set(Kind)),
}


@dataclass
class Line:
    """A node of the tree as a line of the preview."""

    node: Node
    #: Not as the preview showed it before.
    is_different: bool

    @property
    def row(self) -> int | None:
        return self.node.entry.row + 1 if self.node.entry else None

    @property
    def changes(self) -> list[Change]:
        """What would be written; nothing of a row that is refused."""
        return [] if self.node.kind == Kind.PROBLEM else self.node.changes

    @property
    def sheet(self) -> str:
        return self.node.entry.table.grid.name if self.node.entry else ""


def _for_importers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(self: Any, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        return view(self, request, **kwargs)

    return guarded


class TableImports(_Base):
    """Put before the ``ModelAdmin`` of matters: reads the official table in four steps."""

    def get_urls(self) -> list[URLPattern]:
        steps = [
            ("", self.upload_view, URL),
            ("<int:pk>/columns/", self.columns_view, f"{URL}_columns"),
            ("<int:pk>/preview/", self.preview_view, f"{URL}_preview"),
            ("<int:pk>/marked/", self.marked_view, f"{URL}_marked"),
            ("<int:pk>/result/", self.result_view, f"{URL}_result"),
        ]
        own = [
            path(f"table-import/{route}", self.admin_site.admin_view(view), name=name)
            for route, view, name in steps
        ]
        return own + super().get_urls()

    # Upload -------------------------------------------------------------------------------

    @_for_importers
    def upload_view(self, request: HttpRequest) -> HttpResponse:
        form = StandardTableUploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload = self._keep(request, form)
            return _to(f"{URL}_columns", upload)
        unfinished = StandardTableImport.objects.unfinished().select_related("uploaded_by")
        return self._page(
            request, "upload", "导入标准目录表", 1, form=form, unfinished=unfinished[:10]
        )

    @transaction.atomic
    def _keep(self, request: HttpRequest, form: StandardTableUploadForm) -> StandardTableImport:
        StandardTableImport.objects.remove_stale()
        file = form.cleaned_data["file"]
        upload = StandardTableImport(
            name=file.name[-150:],
            digest=hashlib.sha256(file.read()).hexdigest(),
            uploaded_by=request.user,  # type: ignore[misc]
            mapping=form.table.proposal().as_json(),
        )
        file.seek(0)
        upload.file.save(file.name, file, save=False)
        upload.save()
        return upload

    # Columns ------------------------------------------------------------------------------

    @_for_importers
    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload, table = self._open(request, pk)
        if table is None:
            return _to(URL)
        decisions = Decisions.from_json(upload.mapping)
        form = MappingForm(table, decisions, request.POST or None)
        if request.method == "POST" and form.is_valid():
            upload.mapping = form.decided().as_json()
            upload.state, upload.preview = ImportState.MAPPED, {}
            upload.save(update_fields=["mapping", "state", "preview"])
            return _to(f"{URL}_preview", upload)
        return self._page(request, "columns", "核对列的含义", 2, form=form, upload=upload)

    # Changes ------------------------------------------------------------------------------

    @_for_importers
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload, table = self._open(request, pk)
        if table is None:
            return _to(URL)
        decisions = Decisions.from_json(upload.mapping)
        if request.method == "POST":
            try:
                self._import(request, upload, table, decisions)
            except OutdatedError:
                text = (
                    "预览之后目录有了变化,没有导入。"
                    "下面是重新核对的结果,标了“与刚才不同”的请再看一遍"
                )
                messages.warning(request, text)
            except RefusedError as error:
                messages.error(request, f"没有导入:{error}")
            else:
                return _to(f"{URL}_result", upload)
        return self._preview(request, upload, table.changes(decisions))

    def _preview(
        self, request: HttpRequest, upload: StandardTableImport, changes: Changes
    ) -> HttpResponse:
        shown = changes.shown()
        different = {path for path in shown if upload.preview.get(path) != shown[path]}
        if not upload.preview or request.method != "POST":
            different = set()
        upload.preview, upload.counts = shown, changes.counts
        upload.save(update_fields=["preview", "counts"])
        has_problems = changes.has_problems
        wanted = request.GET.get("show", "")
        if wanted not in _FILTERS:
            wanted = Kind.PROBLEM.value if has_problems else "changes"
        about_table = [
            entry
            for entry in changes.placeless
            if any(remark.is_problem for remark in entry.remarks)
        ]
        return self._page(
            request,
            "preview",
            "核对变化",
            3,
            upload=upload,
            roots=_branches(changes, _FILTERS[wanted][1], different),
            counts=[(kind, kind.label, changes.counts[kind.value]) for kind in Kind],
            filters=[(name, label) for name, (label, _) in _FILTERS.items()],
            wanted=wanted,
            has_problems=has_problems,
            has_notes=any(entry.remarks for entry in changes.entries),
            placeless=about_table,
            missing=changes.missing(),
            fingerprint=changes.fingerprint(),
            has_work=bool(changes.counts["new"] or changes.counts["changed"]),
        )

    @transaction.atomic
    def _import(
        self,
        request: HttpRequest,
        upload: StandardTableImport,
        table: StandardTableFile,
        decisions: Decisions,
    ) -> None:
        """Matters, the log of the admin and the ledger's row: all of it or nothing."""
        done = apply(table, decisions, request.POST.get("fingerprint", ""))
        for flag, matters in ((ADDITION, done.new), (CHANGE, done.changed)):
            if matters:
                message = f"从标准目录“{upload.name}”导入"
                LogEntry.objects.log_actions(request.user.pk, matters, flag, message)  # type: ignore[arg-type]
        upload.state, upload.finished_at = ImportState.IMPORTED, timezone.now()
        upload.counts = done.counts
        upload.save(update_fields=["state", "finished_at", "counts"])
        self.admin_site.record_import(
            request,
            what="公开事项(标准目录)",
            file_name=upload.name,
            sha256=upload.digest,
            counts=done.counts,
        )

    @_for_importers
    def marked_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload, table = self._open(request, pk)
        if table is None:
            return _to(URL)
        changes = table.changes(Decisions.from_json(upload.mapping))
        content = marked(upload.content(), upload.name, table.grids, changes.entries)
        name = quote(f"{upload.name.rpartition('.')[0]}-问题.xlsx")
        return HttpResponse(
            content,
            content_type=XLSX_TYPE,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    # Result -------------------------------------------------------------------------------

    @_for_importers
    def result_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload = get_object_or_404(
            StandardTableImport.objects.select_related("uploaded_by"),
            pk=pk,
            state=ImportState.IMPORTED,
        )
        counts = [(kind, kind.label, upload.counts.get(kind.value, 0)) for kind in Kind]
        return self._page(request, "result", "导入完成", 4, upload=upload, counts=counts)

    # ---------------------------------------------------------------------------------------

    def _open(
        self, request: HttpRequest, pk: int
    ) -> tuple[StandardTableImport, StandardTableFile | None]:
        """An unfinished upload and what it holds; without that, why not is said."""
        upload = get_object_or_404(StandardTableImport, pk=pk)
        if upload.is_finished:
            messages.info(request, f"“{upload.name}”已经导入过了;要再导入请重新上传")
            return upload, None
        try:
            return upload, StandardTableFile(upload.content(), upload.name)
        except (OSError, UnreadableFileError):
            messages.error(request, "上传过的文件已不在,请重新上传")
            return upload, None

    def _page(
        self, request: HttpRequest, name: str, title: str, step: int, **context: Any
    ) -> HttpResponse:
        steps = ["上传文件", "对应列", "核对变化", "完成"]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "step": step,
            "steps": list(enumerate(steps, 1)),
            **context,
        }
        return TemplateResponse(request, f"{_TEMPLATES}/{name}.html", context)


def _to(name: str, upload: StandardTableImport | None = None) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"admin:{name}", args=[upload.pk] if upload else []))


def _branches(
    changes: Changes, wanted: set[Kind], different: set[str]
) -> list[tuple[Node, list[Line]]]:
    """The lines of each domain: what is wanted, with the names that lead to it."""
    branches = []
    for root in changes.roots.values():
        lines = [
            Line(node, node.path in different)
            for node in list(root.walk())[1:]
            if node.path in different or any(below.kind in wanted for below in node.walk())
        ]
        if lines:
            branches.append((root, lines))
    return branches
