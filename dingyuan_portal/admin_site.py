"""The staff's side of the portal: Django's admin with the workbench as its front page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from disclosures import workbench, workflow
from disclosures.choices import ReviewLevel
from disclosures.models import Duty

from .forms import SignInForm


class PortalAdminSite(admin.AdminSite):
    site_header = "定远县政务公开管理后台"
    site_title = "定远县政务公开"
    index_title = "工作台"
    site_url = "/"
    enable_nav_sidebar = False
    login_form = SignInForm

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        duties = Duty.objects.of(request.user).filter(level=ReviewLevel.SUBMITTER)
        watches = workflow.may_take_down(request.user)  # type: ignore[arg-type]
        extra = {
            "sections": workbench.sections(request.user),  # type: ignore[arg-type]
            "may_draft": duties.exists(),
            "term": getattr(request.user, "account_term", None),
            "county": workbench.county() if watches else [],
            "owed": workbench.owed(request.user),  # type: ignore[arg-type]
        }
        return super().index(request, (extra_context or {}) | extra)

    def record_export(
        self, request: HttpRequest, *, what: str, file_format: str, rows: int
    ) -> None:
        """Every spreadsheet that leaves the admin is a row of the ledger."""
        workflow.record_export(
            what,
            by=request.user,  # type: ignore[arg-type]
            file_format=file_format,
            rows=rows,
            filters=request.META.get("QUERY_STRING", ""),
        )

    def record_import(
        self,
        request: HttpRequest,
        *,
        what: str,
        file_name: str,
        sha256: str,
        counts: dict[str, int],
    ) -> None:
        """A table that came into the catalog is a row of the ledger, as one that leaves it."""
        workflow.record_import(
            what,
            by=request.user,  # type: ignore[arg-type]
            file_name=file_name,
            sha256=sha256,
            counts=counts,
        )
