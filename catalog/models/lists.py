"""The lists beside the tree: what may not be disclosed, and who answers for which step."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from ..choices import Handling, NegativeCategory
from ..printed import items
from .matter import Matter
from .permissions import PERMISSIONS


class NegativeListEntry(models.Model):
    """What may not, or not wholly, be disclosed (负面清单)."""

    code = models.CharField(
        "条目编码",
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^FM-[0-9]{2}-[0-9]{2}$", "条目编码形如 FM-01-02")],
    )
    category = models.CharField("类别", max_length=20, choices=NegativeCategory)
    name = models.CharField("名称", max_length=60)
    description = models.TextField("具体情形")
    legal_basis = models.TextField("依据", help_text="各项依据用分号隔开,引用到条款")
    handling = models.CharField("处理方式", max_length=20, choices=Handling)
    applies_to_all = models.BooleanField("适用全部领域", default=False)
    domains = models.ManyToManyField(
        Matter,
        blank=True,
        limit_choices_to={"level": 0},
        related_name="negative_entries",
        verbose_name="适用领域",
    )

    class Meta:
        verbose_name = verbose_name_plural = "负面清单条目"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def legal_basis_items(self) -> list[str]:
        return items(self.legal_basis)


class AccountabilityTable(models.Model):
    """One of the tables that trace who answers for which step (责任追溯表)."""

    number = models.PositiveSmallIntegerField("表号", unique=True)
    name = models.CharField("表名", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "责任追溯表"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"表{self.number} {self.name}"


class AccountabilityStep(models.Model):
    table = models.ForeignKey(
        AccountabilityTable, models.CASCADE, related_name="steps", verbose_name="责任追溯表"
    )
    number = models.PositiveSmallIntegerField("序号")
    stage = models.CharField("环节", max_length=40)
    duty = models.TextField("责任内容")
    responsible_role = models.CharField("责任人", max_length=60)
    deadline = models.CharField("时限要求", max_length=60)
    fault = models.TextField("追责情形")
    consequence = models.TextField("追责方式")
    legal_basis = models.TextField("依据")

    class Meta:
        verbose_name = verbose_name_plural = "责任追溯环节"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["table", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["table", "number"],
                name="accountability_step_number_unique",
                violation_error_message="同一张表里已有这个序号",
            )
        ]

    def __str__(self) -> str:
        return f"{self.table_id}-{self.number} {self.stage}"

    @property
    def legal_basis_items(self) -> list[str]:
        return items(self.legal_basis)
