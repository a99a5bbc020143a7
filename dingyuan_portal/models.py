"""Accounts that end by themselves: those of people outside the county."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from disclosures.querysets import EXTERNAL_AUDITOR

#: From so many days before the end the workbench says what to do about it.
SOON_DAYS = 14


def in_force(day: date) -> Q:
    """Accounts whose term has not run out on ``day``; without one an outsider's never begins."""
    return Q(account_term__ends_on__gte=day) | (
        Q(account_term=None) & ~Q(groups__name=EXTERNAL_AUDITOR)
    )


class AccountTerm(models.Model):
    """账号期限: the last day on which somebody may sign in. Nothing has to run for it to end."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="account_term",
        verbose_name="账号",
    )
    organisation = models.CharField(
        "所在机构", max_length=60, help_text="例如会计师事务所、测评机构的全称"
    )
    ends_on = models.DateField(
        "有效至",
        help_text="到这一天为止(含当天),到期自动停用;最长一年,可在到期前后延长。"
        "提前终止的填昨天的日期",
    )
    note = models.CharField("备注", max_length=200, blank=True, help_text="例如审计通知书文号")

    class Meta:
        verbose_name = verbose_name_plural = "账号期限"
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return f"{self.organisation},有效至{self.ends_on:%Y-%m-%d}"

    def clean(self) -> None:
        if self.ends_on is None:
            return
        today = timezone.localdate()
        # Compared by parts: a year after 29 February is a day that the calendar hasn't got.
        if (self.ends_on.year, self.ends_on.month, self.ends_on.day) > (
            today.year + 1,
            today.month,
            today.day,
        ):
            raise ValidationError({"ends_on": "账号期限最长一年,到期后再延长"})
        if self.pk is None and self.has_ended:
            raise ValidationError({"ends_on": "这一天已经过去,请填今天或以后的日期"})

    @property
    def days_left(self) -> int:
        """0 on the last day."""
        return (self.ends_on - timezone.localdate()).days

    @property
    def ends_soon(self) -> bool:
        return self.days_left <= SOON_DAYS

    @property
    def has_ended(self) -> bool:
        return self.days_left < 0
