"""The files of a revision, for staff; the sealed originals, for auditors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from .. import workflow
from ..downloads import serve
from ..models import Attachment

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin
else:
    Base = object


class FilesMixin(Base):
    """``RevisionAdmin`` hands out files published or not, to whoever may read the revision."""

    def get_urls(self):
        def url(address: str, view: Any, name: str) -> Any:
            return path(
                f"files/<int:pk>/{address}",
                self.admin_site.admin_view(view),
                name=f"disclosures_revision_{name}",
            )

        return [
            url("", self.file_view, "file"),
            url("original/", require_safe(self.original_view), "original"),
            url("remove/", require_POST(self.remove_file_view), "remove_file"),
            *super().get_urls(),
        ]

    def has_original_permission(self, request: HttpRequest) -> bool:
        """Who takes the ledger out may see what it vouches for."""
        return request.user.has_perm("disclosures.export_ledgerentry")

    def _readable_file(self, request: HttpRequest, pk: int) -> Attachment:
        if not self.has_view_permission(request):
            raise PermissionDenied
        readable = self.get_queryset(request).values("pk")
        found = Attachment.objects.filter(pk=pk, revision__in=readable).first()
        if found is None:
            raise Http404("您打不开这个附件:它不存在,或者属于别的单位")
        return found

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return serve(request, self._readable_file(request, pk))

    def original_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What was uploaded, with the properties that the public copy has lost."""
        if not self.has_original_permission(request):
            raise PermissionDenied
        attachment = self._readable_file(request, pk)
        try:
            stream = attachment.original.open("rb")
        except (ValueError, FileNotFoundError) as error:
            raise Http404("这个附件没有封存的原件,或原件不在存放处") from error
        workflow.record_export(
            "附件原件",
            by=request.user,  # type: ignore[arg-type]
            file_format=attachment.extension,
            rows=1,
            filters=f"attachment={attachment.pk}",
        )
        response = FileResponse(stream, as_attachment=True, filename=f"原件-{attachment.name}")
        response["Content-Type"] = "application/octet-stream"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response

    def remove_file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        attachment = self._readable_file(request, pk)
        revision = attachment.revision
        try:
            workflow.detach(attachment, by=request.user)  # type: ignore[arg-type]
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"已去掉附件“{attachment.name}”", messages.SUCCESS)
        return redirect("admin:disclosures_revision_change", revision.pk)
