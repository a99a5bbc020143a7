"""How often a disclosure was read: numbers, nothing about who read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ..querysets import ViewCountQuerySet
from .disclosure import Disclosure


class ViewCount(models.Model):
    """浏览次数 of a disclosure on one day. Says nothing of readers: no addresses, no cookies."""

    disclosure = models.ForeignKey(
        Disclosure, models.CASCADE, related_name="view_counts", verbose_name="公开信息"
    )
    day = models.DateField("日期")
    count = models.PositiveIntegerField("浏览次数", default=0)

    objects = ViewCountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "浏览次数"
        default_permissions = ()
        ordering: ClassVar = ["disclosure", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "day"], name="view_count_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.disclosure} {self.day:%Y-%m-%d} {self.count}次"
