"""Steps of the workflow as buttons: POSTs on the page of a row, each told how it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from .. import workflow

#: Takes the row, the person and the form's data; says what has happened.
Step = Callable[[Any, Any, Any], str]


class Stepped:
    """Put before ``ModelAdmin``: ``steps`` by the last part of their address."""

    steps: ClassVar[dict[str, Step]] = {}

    def get_urls(self) -> list[Any]:
        steps = [self.step_url(name, self._step_view(step)) for name, step in self.steps.items()]
        return [*steps, *super().get_urls()]  # type: ignore[misc]

    def step_url(self, name: str, view: Callable[..., HttpResponse]) -> Any:
        return path(
            f"<int:pk>/{name}/",
            self.admin_site.admin_view(require_POST(view)),
            name=f"{self._place}_{name.replace('-', '_')}",
        )

    @property
    def _place(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _step_view(self, step: Step) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            row = self.readable(request, pk)
            if row is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
            self.take(request, row, step)
            return redirect(f"admin:{self._place}_change", pk)

        return view

    def readable(self, request: HttpRequest, pk: int) -> Any:
        """The row, if the person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_queryset(request).filter(pk=pk).first()

    def take(self, request: HttpRequest, row: Any, step: Step) -> None:
        """Take the step and tell how it went."""
        try:
            message = step(row, request.user, request.POST)
        except (workflow.WorkflowError, PermissionDenied) as error:
            self.message_user(request, str(error), messages.ERROR)
        except ValidationError as error:
            self.message_user(request, ";".join(error.messages), messages.ERROR)
        else:
            self.log_change(request, row, message)
            self.message_user(request, message, messages.SUCCESS)
