"""What citizens can apply for: service guides with their ten public elements (十公开)."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from multiselectfield import MultiSelectField

from catalog.models import Matter, Unit
from catalog.models.permissions import PERMISSIONS
from catalog.printed import items
from catalog.validators import validate_phone

from .choices import Applicant, ItemType, LifeEvent, Reach, ServiceList
from .querysets import ServiceQuerySet

FREE_OF_CHARGE = "不收费"
PROMISED_TOO_LATE = "承诺时限不得长于法定时限"
FEE_WITHOUT_BASIS = "收费的事项必须写明收费依据"


class Service(models.Model):
    code = models.CharField(
        "事项编码",
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Z-]+$", "事项编码只用大写字母、数字和短横")],
    )
    name = models.CharField("事项名称", max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="services", verbose_name="实施单位")
    item_type = models.CharField("事项类型", max_length=20, choices=ItemType)
    applicants = MultiSelectField("服务对象", choices=Applicant, max_length=40)
    legal_basis = models.TextField("办事依据", help_text="各项依据用分号隔开")
    process = models.TextField("办事流程", help_text="各步骤用“ → ”隔开")
    conditions = models.TextField("申报条件", help_text="各项条件用分号隔开")
    materials = models.TextField("申报材料", help_text="各项材料用分号隔开,写明原件、复印件和份数")
    fee = models.CharField("收费标准", max_length=100, default=FREE_OF_CHARGE)
    fee_basis = models.CharField("收费依据", max_length=200, blank=True)
    statutory_days = models.PositiveSmallIntegerField(
        "法定时限(工作日)", null=True, blank=True, help_text="法律没有规定时限的留空"
    )
    promised_days = models.PositiveSmallIntegerField("承诺时限(工作日)", help_text="即办件填 0")
    result = models.CharField("办事结果", max_length=60)
    address = models.CharField("办事地址", max_length=100)
    phone = models.CharField("咨询电话", max_length=30, validators=[validate_phone])
    complaint_phone = models.CharField("投诉举报电话", max_length=30, validators=[validate_phone])
    visits = models.PositiveSmallIntegerField("到办事现场次数", help_text="0 即零跑腿")
    reach = models.CharField("就近办理", max_length=20, choices=Reach, default=Reach.COUNTY)
    lists = MultiSelectField("所在清单", choices=ServiceList, max_length=100, blank=True)
    life_event = models.CharField(
        "办事主题", max_length=20, choices=LifeEvent, default=LifeEvent.OTHER
    )
    matter = models.OneToOneField(
        Matter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service",
        limit_choices_to={"is_public_service": True},
        verbose_name="对应的公开事项",
        help_text="“一事一码”的公共服务事项填写",
    )
    is_featured = models.BooleanField("首页热门", default=False)
    retired_on = models.DateField("停用日期", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政务服务事项"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(statutory_days__isnull=True)
                | models.Q(promised_days__lte=models.F("statutory_days")),
                name="service_promise_within_statutory",
                violation_error_message=PROMISED_TOO_LATE,
            ),
            models.CheckConstraint(
                condition=models.Q(fee=FREE_OF_CHARGE) | ~models.Q(fee_basis=""),
                name="service_fee_has_basis",
                violation_error_message=FEE_WITHOUT_BASIS,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("services:service", args=[self.code])

    def clean(self) -> None:
        errors = {}
        if self.phone and self.phone == self.complaint_phone:
            errors["complaint_phone"] = "投诉举报电话不得与咨询电话相同"
        if self.matter is not None and not self.matter.is_public_service:
            errors["matter"] = f"“{self.matter}”不是公共服务事项,不能对应办事指南"
        if not self.is_promised_in_time:
            errors["promised_days"] = PROMISED_TOO_LATE
        if not self.is_fee_founded:
            errors["fee_basis"] = FEE_WITHOUT_BASIS
        if errors:
            raise ValidationError(errors)

    @property
    def is_promised_in_time(self) -> bool:
        """``service_promise_within_statutory`` for one."""
        if self.statutory_days is None or self.promised_days is None:
            return True
        return self.promised_days <= self.statutory_days

    @property
    def is_fee_founded(self) -> bool:
        """``service_fee_has_basis`` for one."""
        return self.fee == FREE_OF_CHARGE or self.fee_basis != ""

    @property
    def is_retired(self) -> bool:
        return self.retired_on is not None

    @property
    def is_free(self) -> bool:
        return self.fee == FREE_OF_CHARGE

    @property
    def is_immediate(self) -> bool:
        """即办件: done while the applicant waits."""
        return self.promised_days == 0

    @property
    def process_steps(self) -> list[str]:
        return items(self.process, "→")

    @property
    def condition_items(self) -> list[str]:
        return items(self.conditions)

    @property
    def material_items(self) -> list[str]:
        return items(self.materials)

    @property
    def legal_basis_items(self) -> list[str]:
        return items(self.legal_basis)
