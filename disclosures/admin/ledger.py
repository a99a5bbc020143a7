"""公开台账, for auditors: to read, and to take home with what proves it."""

from __future__ import annotations

import json
import tempfile
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from .. import workflow
from ..choices import EntryKind
from ..models import LedgerEntry
from .records import ReadOnlyMixin


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("number", "kind", "when", "who", "subject", "short_digest")
    list_display_links = ("number",)
    list_filter = ("kind",)
    date_hierarchy = "at"
    search_fields = ("disclosure__index_number", "person__first_name", "person__username")
    search_help_text = "按索引号或人员查找"
    list_select_related = ("person", "disclosure", "revision")
    list_per_page = 50
    ordering = ("-number",)
    fields = ("number", "kind", "when", "who", "subject", "shown_record", "algorithm", "digest")
    change_list_template = "admin/disclosures/ledgerentry/change_list.html"

    class Media:
        css: ClassVar = {"all": ("css/desk.css",)}

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("disclosures.export_ledgerentry")

    def changelist_view(self, request, extra_context=None):
        extra = {"may_export_ledger": self.has_export_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | extra)

    @admin.display(description="时间", ordering="at")
    def when(self, entry):
        return f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="人员")
    def who(self, entry):
        record = json.loads(entry.record)
        return (
            record["person_name"]
            or (entry.person and entry.person.get_full_name())
            # What a command takes out comes from no address.
            or ("访客" if entry.kind == EntryKind.EXPORT and record["client_address"] else "系统")
        )

    @admin.display(description="关于")
    def subject(self, entry):
        # The draft may have been thrown away since: the ledger outlives it.
        if entry.revision_id and entry.revision is not None:
            return str(entry.revision)
        if entry.kind == EntryKind.EXPORT:
            details = json.loads(entry.record)["details"]
            return f"{details['what']}({details['rows']}行)"
        return str(entry.disclosure) if entry.disclosure_id and entry.disclosure else "—"

    @admin.display(description="摘要值")
    def short_digest(self, entry):
        return format_html('<code title="{0}">{1}…</code>', entry.digest, entry.digest[:12])

    @admin.display(description="记录")
    def shown_record(self, entry):
        text = json.dumps(json.loads(entry.record), ensure_ascii=False, indent=2)
        return format_html('<pre class="record">{}</pre>', text)

    def get_urls(self):
        export = path(
            "bundle/",
            self.admin_site.admin_view(require_POST(self.bundle_view)),
            name="disclosures_ledgerentry_bundle",
        )
        return [export, *super().get_urls()]

    def bundle_view(self, request: HttpRequest) -> Any:
        """The whole ledger with contents, digests and the program that verifies them."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        out = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
        workflow.export_ledger(out, by=request.user)  # type: ignore[arg-type]
        out.seek(0)
        name = f"公开台账-{timezone.localdate():%Y%m%d}.zip"
        return FileResponse(out, as_attachment=True, filename=name)
