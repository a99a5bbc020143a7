"""Who may sign, and what was signed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalog.models import Unit

from ..choices import ReviewLevel, Verdict
from ..querysets import DutyQuerySet, HandoverQuerySet, SignoffQuerySet, may_hold_duties
from .revision import Revision


class Duty(models.Model):
    """岗位授权: this user signs at this level for this unit, or for every unit, in this period."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="duties", verbose_name="人员"
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
    valid_from = models.DateField(
        "自", null=True, blank=True, help_text="从这一天起可以签字;留空为即日起"
    )
    valid_until = models.DateField(
        "至", null=True, blank=True, help_text="到这一天为止(含当天);离岗的填离岗日期,不要删除"
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
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="duty_period_in_order",
                violation_error_message="岗位授权的结束日期不能早于开始日期",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}({self.unit or '全县'})"

    def clean(self) -> None:
        if self.user_id and not may_hold_duties(self.user):
            raise ValidationError(
                {"user": "系统管理员、安全管理员、审计管理员和外部审计不能担任审签岗位"}
            )

    def is_in_force(self) -> bool:
        """``DutyQuerySet.in_force`` for one."""
        today = timezone.localdate()
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_until is None or today <= self.valid_until
        )


class Handover(models.Model):
    """岗位委托: for a period somebody else signs in this duty's stead."""

    duty = models.ForeignKey(
        Duty, models.PROTECT, related_name="handovers", verbose_name="委托的岗位"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers", verbose_name="受托人"
    )
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", help_text="含当天")
    reason = models.CharField("事由", max_length=200, help_text="如 出差、休假、学习,写明批准人")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name="登记人",
    )
    recorded_at = models.DateTimeField("登记时间", editable=False)
    ended_at = models.DateTimeField("提前终止", null=True, blank=True, editable=False)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位委托"
        ordering: ClassVar = ["-starts_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="handover_period_in_order",
                violation_error_message="委托的结束日期不能早于开始日期",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty}委托 {self.starts_on:%Y-%m-%d} 至 {self.ends_on:%Y-%m-%d}"

    def clean(self) -> None:
        if not (self.duty_id and self.deputy_id):
            return
        if self.deputy_id == self.duty.user_id:
            raise ValidationError({"deputy": "不能委托给本人"})
        if not self.deputy.is_active or not may_hold_duties(self.deputy):
            raise ValidationError({"deputy": "受托人须是在岗的业务人员,三员和外部审计不能代签"})


class Signoff(models.Model):
    """One signature under one revision (五级审核签字). Added, never changed or deleted."""

    revision = models.ForeignKey(
        Revision, models.PROTECT, related_name="signoffs", verbose_name="版本"
    )
    round = models.PositiveSmallIntegerField("轮次", default=1)
    level = models.PositiveSmallIntegerField("环节", choices=ReviewLevel)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signoffs", verbose_name="签字人"
    )
    signer_name = models.CharField("签字人姓名", max_length=60)
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, related_name="signoffs", verbose_name="岗位"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name="岗位所在单位"
    )
    handover = models.ForeignKey(
        Handover, models.PROTECT, null=True, related_name="signoffs", verbose_name="岗位委托"
    )
    principal = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="委托人",
    )
    principal_name = models.CharField("委托人姓名", max_length=60, blank=True)
    verdict = models.CharField("意见", max_length=20, choices=Verdict)
    remark = models.CharField("说明", max_length=500, blank=True)
    returned_to = models.PositiveSmallIntegerField("退回到", choices=ReviewLevel, null=True)
    overrides = models.TextField("放行的筛查结果", blank=True)
    signed_at = models.DateTimeField("签字时间")
    client_address = models.GenericIPAddressField("客户端地址", null=True)
    content_digest = models.CharField("内容摘要值", max_length=64)
    digest_algorithm = models.CharField("摘要算法", max_length=10)

    objects = SignoffQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审签记录"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["revision", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["revision", "round", "level"], name="signoff_one_per_level"
            ),
            models.UniqueConstraint(
                fields=["revision", "round", "signer"],
                name="signoff_one_level_per_person",
                violation_error_message="同一人在一个版本上只能签一个环节",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVED, returned_to=None)
                | (Q(verdict=Verdict.RETURNED, returned_to__lt=F("level")) & ~Q(remark="")),
                name="signoff_return_has_reason",
                violation_error_message="退回时必须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(level__range=(min(ReviewLevel), max(ReviewLevel))),
                name="signoff_level_known",
            ),
            models.CheckConstraint(
                condition=Q(handover=None, principal=None, principal_name="")
                | (Q(handover__isnull=False, principal__isnull=False) & ~Q(principal_name="")),
                name="signoff_handover_names_principal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.shown_name} {self.get_verdict_display()}"

    @property
    def shown_name(self) -> str:
        """Both names where somebody signed in another's stead."""
        if self.principal_name:
            return f"{self.signer_name}(代{self.principal_name})"
        return self.signer_name

    def canonical_record(self) -> dict[str, Any]:
        """What the ledger keeps of a signature: the whole row."""
        return {
            "signoff": self.pk,
            "revision": self.revision_id,
            "round": self.round,
            "level": self.level,
            "signer": self.signer_id,
            "signer_name": self.signer_name,
            "duty": self.duty_id,
            "unit": self.unit_id,
            "handover": self.handover_id,
            "principal": self.principal_id,
            "principal_name": self.principal_name,
            "verdict": self.verdict,
            "remark": self.remark,
            "returned_to": self.returned_to,
            "overrides": self.overrides,
            "signed_at": self.signed_at.astimezone(timezone.get_default_timezone()),
            "client_address": self.client_address,
            "content_digest": self.content_digest,
            "digest_algorithm": self.digest_algorithm,
        }


class Look(models.Model):
    """When a person last read a revision, so that the next one can show what is new to them."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="looks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="looks")
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "阅看记录"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "person"], name="look_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.seen_at:%Y-%m-%d %H:%M}"
