"""Signing in, and the accounts that the system administrator keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet

from disclosures.querysets import NEVER_SIGN

from . import roles
from .models import AccountTerm

#: 三员互不兼任: whoever runs the system takes no part in its business, nor in another's part.
_BUSINESS = (roles.STAFF, roles.OPENNESS_OFFICE)


class SignInForm(AdminAuthenticationForm):
    def get_invalid_login_error(self) -> ValidationError:
        """Whoever knows the password is told that the account has ended; nobody else is."""
        name, password = (self.cleaned_data.get(key, "") for key in ("username", "password"))
        term = AccountTerm.objects.filter(user__username=name).select_related("user").first()
        if term and term.has_ended and term.user.is_active and term.user.check_password(password):
            return ValidationError(
                f"这个账号的有效期到{term.ends_on:%Y-%m-%d}为止,现已到期。"
                "需要继续使用的,请联系系统管理员延长",
                code="ended",
            )
        return super().get_invalid_login_error()


class StaffForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        labels: ClassVar = {"groups": "角色"}
        help_texts: ClassVar = {"groups": "角色决定能看什么、做什么;签字还须在“岗位授权”中登记"}

    def clean_groups(self) -> Any:
        groups = self.cleaned_data["groups"]
        names = {group.name for group in groups}
        held = names & set(NEVER_SIGN)
        if len(held) > 1:
            raise ValidationError(f"{'、'.join(sorted(held))}不能由同一人兼任,请只选一个")
        if held and (names & set(_BUSINESS) or self.instance.duties.in_force().exists()):
            raise ValidationError(
                f"{held.pop()}不能同时提交、审签公开信息;请先终止岗位授权,或另设账号"
            )
        if hasattr(self.instance, "account_term") and roles.EXTERNAL_AUDITOR not in names:
            raise ValidationError("外部审计的账号不能改作他用,请另设账号")
        return groups


class AccountTermFormSet(BaseInlineFormSet):
    """An outsider's account has a term, and nobody else's has."""

    def clean(self) -> None:
        super().clean()
        form = self.forms[0] if self.forms else None
        is_filled = form is not None and (form.instance.pk or form.has_changed())
        if self._is_outsider() and not is_filled:
            raise ValidationError("外部审计的账号必须填写所在机构和有效期")
        if is_filled and not self._is_outsider():
            raise ValidationError("账号期限只用于“外部审计”;其他人员离岗时取消“有效”")

    def _is_outsider(self) -> bool:
        """Told by the form around: the roles are stored after this has been checked."""
        role = Group.objects.get(name=roles.EXTERNAL_AUDITOR)
        return str(role.pk) in self.data.getlist("groups")
