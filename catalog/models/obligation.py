"""Who owes what: the pairs that coverage counts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ..querysets import ObligationManager
from .matter import Matter
from .unit import Unit


class Obligation(models.Model):
    """应公开: ``unit`` owes the leaf ``matter``; ``publisher`` discloses it.

    The two are the same but for a village, which discloses through its township (条例第二十一条).
    The rows follow from what 公开主体 prints; ``Obligation.objects.resync`` keeps them so.
    """

    matter = models.ForeignKey(
        Matter, models.CASCADE, related_name="obligations", verbose_name="公开事项"
    )
    unit = models.ForeignKey(
        Unit, models.CASCADE, related_name="obligations", verbose_name="公开主体"
    )
    publisher = models.ForeignKey(
        Unit, models.CASCADE, related_name="published_obligations", verbose_name="发布机构"
    )

    objects = ObligationManager()

    class Meta:
        verbose_name = verbose_name_plural = "应公开事项"
        default_permissions = ("view", "export")
        ordering: ClassVar = ["matter", "unit"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matter", "unit"], name="obligation_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["publisher", "matter"], name="obligation_by_publisher")
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.matter}"
