"""Who may sign, and what was signed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Unit

from ..choices import ReviewLevel, Verdict
from ..querysets import DutyQuerySet
from .revision import Revision


class Signoff(models.Model):
    """One signature under one revision (五级审核签字). Added, never changed or deleted."""

    revision = models.ForeignKey(
        Revision, models.PROTECT, related_name="signoffs", verbose_name="版本"
    )
    level = models.PositiveSmallIntegerField("环节", choices=ReviewLevel)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signoffs", verbose_name="签字人"
    )
    signer_name = models.CharField("签字人姓名", max_length=60)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name="岗位所在单位"
    )
    verdict = models.CharField("意见", max_length=20, choices=Verdict)
    remark = models.CharField("说明", max_length=500, blank=True)
    signed_at = models.DateTimeField("签字时间")
    content_digest = models.CharField("内容摘要值", max_length=64)
    digest_algorithm = models.CharField("摘要算法", max_length=10)
    previous_digest = models.CharField("上一签字摘要值", max_length=64, blank=True)
    digest = models.CharField("本签字摘要值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审签记录"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["revision", "level"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "level"], name="signoff_one_per_level"),
            models.UniqueConstraint(
                fields=["revision", "signer"],
                name="signoff_one_level_per_person",
                violation_error_message="同一人在一个版本上只能签一个环节",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVED) | ~Q(remark=""),
                name="signoff_return_has_reason",
                violation_error_message="退回时必须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(level__range=(min(ReviewLevel), max(ReviewLevel))),
                name="signoff_level_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.signer_name} {self.get_verdict_display()}"

    def canonical_record(self) -> dict[str, Any]:
        """What ``digest`` covers: the whole row, and through it the row before."""
        return {
            "revision": self.revision_id,
            "level": self.level,
            "signer": self.signer_id,
            "signer_name": self.signer_name,
            "unit": self.unit_id,
            "verdict": self.verdict,
            "remark": self.remark,
            "signed_at": self.signed_at.astimezone(timezone.get_default_timezone()),
            "content_digest": self.content_digest,
            "digest_algorithm": self.digest_algorithm,
            "previous_digest": self.previous_digest,
        }


class Duty(models.Model):
    """岗位授权: this user signs at this level for this unit, or for every unit."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="duties", verbose_name="人员"
    )
    level = models.PositiveSmallIntegerField("审签环节", choices=ReviewLevel)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name="单位",
        help_text="政务公开办和县级领导小组留空,即全县各单位",
    )

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位授权"
        ordering: ClassVar = ["unit", "level", "user"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "level", "unit"],
                name="duty_unique_in_unit",
                violation_error_message="已有同样的岗位授权",
            ),
            models.UniqueConstraint(
                fields=["user", "level"],
                condition=Q(unit=None),
                name="duty_unique_in_county",
                violation_error_message="已有同样的岗位授权",
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=False)
                | Q(level__in=[ReviewLevel.OPENNESS_OFFICE, ReviewLevel.LEADING_GROUP]),
                name="duty_county_wide_only_above_unit",
                violation_error_message="信息提交人、提交科室、分管领导必须属于一个单位",
            ),
            models.CheckConstraint(
                condition=~Q(level=ReviewLevel.OPENNESS_OFFICE) | Q(unit=None),
                name="duty_openness_office_is_county_wide",
                violation_error_message="政务公开办面向全县,单位留空",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}({self.unit or '全县'})"
