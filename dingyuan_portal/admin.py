"""Accounts of staff: the system administrator opens and closes them, and grants roles."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

# Imported whole: it registers Django's own, which are replaced here.
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

admin.site.unregister([User, Group])


@admin.register(User)
class StaffAdmin(auth_admin.UserAdmin):
    """An account is closed, not deleted: signatures name it. Nobody raises their own rights."""

    list_display = ("username", "name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "按用户名、姓名或邮箱查找"
    filter_horizontal = ()
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "usable_password", "password1", "password2")}),
    )
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

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

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
        return "、".join(str(duty) for duty in duties) or "没有。由政务公开办在“岗位授权”中登记"

    @admin.display(description="姓名", ordering="first_name")
    def name(self, user: User) -> str:
        return user.get_full_name() or "—"

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
