"""The sign-off form of a revision, for the paper file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from catalog.typesetting import TypesettingError

from ..paper import sign_off_form

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin
else:
    Base = object


class PaperMixin(Base):
    """``RevisionAdmin`` answers ``<pk>/form/`` with the form, to whoever may read the revision."""

    # The page's own way to the revisions that a person may read, and out for everybody else.
    readable: Any
    _get_obj_does_not_exist_redirect: Any

    def get_urls(self):
        form = path(
            "<int:pk>/form/",
            self.admin_site.admin_view(require_safe(self.form_view)),
            name="disclosures_revision_form",
        )
        return [form, *super().get_urls()]

    def form_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        revision = self.readable(request, pk)
        if revision is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, pk)
        try:
            page = sign_off_form(revision, base_url=request.build_absolute_uri("/"))
        except TypesettingError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:disclosures_revision_change", pk)
        place = revision.disclosure.slug or f"稿件{revision.disclosure_id}"
        name = f"审核表-{place}-第{revision.number}版.pdf"
        response = HttpResponse(page, content_type="application/pdf")
        response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
        # A sandbox would keep browsers from opening their PDF reader.
        response["Content-Security-Policy"] = (
            "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
        )
        response["Cache-Control"] = "private, no-store"
        return response
