"""Accounts of staff: the system administrator opens and closes them, and grants roles."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry

# Imported whole: it registers Django's own, which are replaced here.
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.html import format_html

from disclosures import ledger
from disclosures.admin.records import ReadOnlyMixin
from disclosures.choices import EntryKind

from .forms import AccountTermFormSet, StaffForm
from .models import AccountTerm

admin.site.unregister([User, Group])


class AccountTermInline(admin.StackedInline):
    """Granted and prolonged with the account; nobody prolongs their own."""

    model = AccountTerm
    formset = AccountTermFormSet
    can_delete = False
    fields = (("organisation", "ends_on"), "note")
    verbose_name = "账号期限(外部审计必填)"

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and obj != request.user

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and obj != request.user


@admin.register(User)
class StaffAdmin(auth_admin.UserAdmin):
    """An account is closed, not deleted: signatures name it. Nobody raises their own rights."""

    form = StaffForm
    list_display = ("username", "name", "roles", "lasts", "is_active", "last_login")
    list_select_related = ("account_term",)
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "按用户名、姓名或邮箱查找"
    filter_horizontal = ()
    add_fieldsets = ((None, {"fields": ("username", "first_name", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "email")}),
        (
            "角色与状态",
            {
                "description": "离岗的人员取消“有效”,不删除账号:审签记录要找得到人。",
                "fields": ("is_active", "is_staff", "groups", "signs"),
            },
        ),
        ("登录", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("signs", "last_login", "date_joined")

    class Media:
        css: ClassVar = {"all": ("css/desk.css",)}

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_inlines(self, request, obj):
        return [AccountTermInline] if obj else []

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.is_superuser:
            return fieldsets
        return [*fieldsets, ("全部权限", {"fields": ("is_superuser",)})]

    def get_readonly_fields(self, request, obj=None):
        fields = tuple(super().get_readonly_fields(request, obj))
        if obj == request.user:
            return (*fields, "is_active", "is_staff", "is_superuser", "groups")
        return fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return allowed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        # An account made here is one for staff; the public has none.
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        for term in (*formset.new_objects, *(term for term, _ in formset.changed_objects)):
            self._write_down(term, request.user)

    @staticmethod
    def _write_down(term: AccountTerm, by: Any) -> None:
        """Who let somebody from outside read everything, and until when."""
        details = {
            "act": "账号期限",
            "holder": term.user_id,
            "holder_name": ledger.name_of(term.user),
            "organisation": term.organisation,
            "valid_until": term.ends_on,
        }
        ledger.append(EntryKind.DUTY, details, by=by)

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "groups":
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "first_name":
            field.label = "姓名"  # one word in Chinese; the other field stays empty
        return field

    @admin.display(description="岗位授权")
    def signs(self, user: Any) -> str:
        duties = user.duties.select_related("unit")
        return "、".join(str(duty) for duty in duties) or "没有。由系统管理员在“岗位授权”中登记"

    @admin.display(description="姓名", ordering="first_name")
    def name(self, user: User) -> str:
        return user.get_full_name() or "—"

    @admin.display(description="有效至", ordering="account_term__ends_on")
    def lasts(self, user: User) -> str:
        term = getattr(user, "account_term", None)
        if term is None:
            return "—"
        if term.has_ended:
            return format_html('{} <span class="late">已到期</span>', f"{term.ends_on:%Y-%m-%d}")
        return f"{term.ends_on:%Y-%m-%d}"

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all()) or "—"


@admin.register(Group)
class RoleAdmin(auth_admin.GroupAdmin):
    """Roles are what ``roles.ROLES`` says; here one looks them up."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AccessAttempt)
class LockAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """Failed sign-ins under way; the security administrator lifts a lock."""

    list_display = ("username", "ip_address", "attempt_time", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = ("username", "ip_address", "user_agent", "attempt_time", "failures_since_start")
    actions = ("unlock",)

    def has_unlock_permission(self, request):
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(description="解除所选账号的锁定", permissions=["unlock"])
    def unlock(self, request, queryset):
        for attempt in queryset:
            reset(ip=attempt.ip_address, username=attempt.username)
            self.log_deletions(request, AccessAttempt.objects.filter(pk=attempt.pk))
        self.message_user(request, "已解除锁定", messages.SUCCESS)


@admin.register(AccessLog)
class SignInAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("username", "ip_address", "attempt_time", "logout_time")
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    fields = ("username", "ip_address", "user_agent", "attempt_time", "logout_time")


@admin.register(AccessFailureLog)
class SignInFailureAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("username", "ip_address", "attempt_time", "locked_out")
    list_filter = ("locked_out",)
    search_fields = ("username", "ip_address")
    fields = ("username", "ip_address", "user_agent", "attempt_time", "locked_out")


@admin.register(LogEntry)
class ActionAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """What was added and changed through the admin, for the audit administrator."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_flag", ("content_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__username", "user__first_name")
    date_hierarchy = "action_time"
    fields = ("action_time", "user", "content_type", "object_repr", "get_change_message")
    readonly_fields = ("get_change_message",)
