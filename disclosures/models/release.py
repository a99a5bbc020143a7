"""When what is signed goes live: together with others, or at a planned time."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from catalog.models import Unit

#: A release this long after its time counts as missed and is reported.
MISSED_AFTER = timedelta(minutes=15)


class Bundle(models.Model):
    """同步发布: revisions that go live together or not at all (policy, interpretation, table)."""

    name = models.CharField("名称", max_length=120)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="bundles", verbose_name="单位", editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="建立人",
        editable=False,
    )
    created_at = models.DateTimeField("建立时间", editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "同步发布"
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ReleaseRun(models.Model):
    """One run of ``publish_due``: the monitor asks when the last one was."""

    ran_at = models.DateTimeField("运行时间")
    released = models.PositiveIntegerField("公开件数")
    late = models.PositiveIntegerField("其中晚于计划的件数")

    class Meta:
        verbose_name = verbose_name_plural = "定时公开记录"
        default_permissions = ("view",)
        ordering: ClassVar = ["-ran_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M} 公开{self.released}件"


class Reminder(models.Model):
    """A reminder sent: nobody gets a second one on the same day."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders")
    day = models.DateField("日期")

    class Meta:
        verbose_name = verbose_name_plural = "提醒邮件"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "day"], name="reminder_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.day:%Y-%m-%d}"
