"""Who must disclose."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from ..choices import UnitKind
from ..querysets import UnitQuerySet
from ..validators import validate_credit_code, validate_phone
from .permissions import PERMISSIONS

if TYPE_CHECKING:
    from .matter import Matter


class Unit(models.Model):
    """A body that must disclose (公开主体), or a village that does so through its township."""

    code = models.CharField(
        "单位编码",
        max_length=18,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Z]+$", "单位编码只用大写字母和数字")],
        help_text="一经使用不再更改,出现在网址和索引号中",
    )
    name = models.CharField("单位全称", max_length=60)
    short_name = models.CharField("简称", max_length=40, help_text="目录“公开主体”一栏所印的名称")
    kind = models.CharField("类别", max_length=20, choices=UnitKind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级单位",
    )
    address = models.CharField("办公地址", max_length=100, blank=True)
    phone = models.CharField("办公电话", max_length=30, blank=True, validators=[validate_phone])
    complaint_phone = models.CharField(
        "监督投诉电话", max_length=30, blank=True, validators=[validate_phone]
    )
    pilot_domains: models.ManyToManyField[Matter, Matter] = models.ManyToManyField(
        "Matter",
        blank=True,
        limit_choices_to={"level": 0},
        related_name="pilot_units",
        verbose_name="试点领域",
    )
    division_code = models.CharField(
        "行政区划代码",
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{6}([0-9]{3}){0,2}$", "行政区划代码为6、9或12位数字")],
    )
    credit_code = models.CharField(
        "统一社会信用代码",
        max_length=18,
        blank=True,
        validators=[validate_credit_code],
        help_text="填写后,新发布信息的索引号以它开头;未填写的用单位编码",
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开单位"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"],
                condition=~models.Q(kind=UnitKind.VILLAGE),
                name="unit_publisher_name_unique",
                violation_error_message="已有同名的公开单位",
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~models.Q(credit_code=""),
                name="unit_credit_code_unique",
                violation_error_message="该统一社会信用代码已属于另一单位",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        if self.is_village and self.parent:
            return self.parent.get_absolute_url()
        return reverse("units:unit", args=[self.code])

    def clean(self) -> None:
        errors = {}
        if self.is_village:
            if self.parent is None or self.parent.kind not in {UnitKind.TOWNSHIP, UnitKind.PARK}:
                errors["parent"] = "村(居)民委员会的上级须是乡镇人民政府或园区管委会"
        else:
            errors = {
                field: "公开单位必须填写这一项"
                for field in ("address", "phone", "complaint_phone")
                if not getattr(self, field)
            }
            if self.phone and self.phone == self.complaint_phone:
                errors["complaint_phone"] = "监督投诉电话不得与办公电话相同"
        if self.pk and self._stands_above_itself():
            errors["parent"] = "上级单位不能是自己或自己的下级"
        if errors:
            raise ValidationError(errors)

    def _stands_above_itself(self) -> bool:
        above, seen = self.parent_id, set[int]()
        while above is not None and above not in seen:
            if above == self.pk:
                return True
            seen.add(above)
            above = Unit.objects.values_list("parent", flat=True).get(pk=above)
        return False

    @property
    def is_village(self) -> bool:
        return self.kind == UnitKind.VILLAGE

    @property
    def index_prefix(self) -> str:
        """First part of the unit's index numbers."""
        return self.credit_code or self.code
