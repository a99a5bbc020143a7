"""岗位授权 and 岗位委托: who signs where, and in whose stead for a time."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from catalog.models import Unit

from .. import workflow
from ..models import Duty, Handover


def person_label(user: Any) -> str:
    return f"{user.get_full_name()}({user.get_username()})"


def _staff(field: Any) -> Any:
    field.queryset = field.queryset.filter(is_active=True, is_staff=True).order_by("username")
    field.label_from_instance = person_label
    return field


@admin.register(Duty)
class DutyAdmin(admin.ModelAdmin):
    list_display = ("name", "level", "unit", "valid_from", "valid_until", "in_force")
    list_filter = ("level", ("unit", admin.RelatedOnlyFieldListFilter))
    search_fields = ("user__username", "user__first_name", "user__last_name", "unit__name")
    list_select_related = ("user", "unit")
    actions = None

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.publishers()
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return _staff(field) if db_field.name == "user" else field

    @admin.display(description="人员", ordering="user")
    def name(self, duty):
        return duty.user.get_full_name() or duty.user.get_username()

    @admin.display(description="有效", boolean=True)
    def in_force(self, duty):
        return duty.is_in_force()

    def has_delete_permission(self, request, obj=None):
        used = obj is not None and (obj.signoffs.exists() or obj.handovers.exists())
        return super().has_delete_permission(request, obj) and not used

    def save_model(self, request, obj, form, change):
        workflow.grant(obj, by=request.user)

    def delete_model(self, request, obj):
        workflow.revoke(obj, by=request.user)


class HandoverForm(ModelForm):
    """Checked by the model; the workflow stores it."""

    class Meta:
        model = Handover
        fields = ("duty", "deputy", "starts_on", "ends_on", "reason")


@admin.register(Handover)
class HandoverAdmin(admin.ModelAdmin):
    """Recorded once, ended early at most."""

    form = HandoverForm
    list_display = (
        "duty",
        "principal",
        "deputy_name",
        "starts_on",
        "ends_on",
        "reason",
        "standing",
    )
    list_select_related = ("duty__user", "duty__unit", "deputy")
    search_fields = ("duty__user__first_name", "deputy__first_name", "reason")
    actions = None

    def get_queryset(self, request):
        found = super().get_queryset(request)
        user: Any = request.user
        if user.has_perm("disclosures.view_duty"):
            return found
        return found.filter(Q(duty__user=user) | Q(deputy=user))

    def has_add_permission(self, request):
        return self._duties(request).exists()

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @staticmethod
    def _duties(request: HttpRequest) -> Any:
        user: Any = request.user
        in_force = Duty.objects.in_force().select_related("user", "unit")
        return in_force if workflow.may_override(user) else in_force.filter(user=user.pk)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "duty":
            kwargs["queryset"] = self._duties(request)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "duty":
            field.label_from_instance = lambda duty: f"{duty} {duty.user.get_full_name()}"
        return _staff(field) if db_field.name == "deputy" else field

    def save_model(self, request, obj, form, change):
        made = workflow.hand_over(
            obj.duty,
            to=obj.deputy,
            starts_on=obj.starts_on,
            ends_on=obj.ends_on,
            reason=obj.reason,
            by=request.user,
        )
        obj.pk, obj._state.adding = made.pk, False

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (workflow.WorkflowError, ValidationError) as error:
            text = ";".join(getattr(error, "messages", [])) or str(error)
            self.message_user(request, text, messages.ERROR)
            return redirect("admin:disclosures_handover_add")

    @admin.display(description="委托人")
    def principal(self, handover):
        return handover.duty.user.get_full_name()

    @admin.display(description="受托人")
    def deputy_name(self, handover):
        return handover.deputy.get_full_name()

    @admin.display(description="状态")
    def standing(self, handover):
        if handover.ended_at:
            return "已提前终止"
        if not Handover.objects.in_force().filter(pk=handover.pk).exists():
            return "不在期内"
        return format_html(
            '<button type="submit" class="button plain" formmethod="post" formaction="{}/end/">'
            "终止委托</button>",
            handover.pk,
        )

    def get_urls(self):
        end = path(
            "<int:pk>/end/",
            self.admin_site.admin_view(require_POST(self.end_view)),
            name="disclosures_handover_end",
        )
        return [end, *super().get_urls()]

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        handover = self.get_queryset(request).filter(pk=pk).first()
        if handover is None:
            raise PermissionDenied
        try:
            workflow.end_handover(handover, by=request.user)  # type: ignore[arg-type]
        except workflow.WorkflowError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, "委托已终止", messages.SUCCESS)
        return redirect("admin:disclosures_handover_changelist")
