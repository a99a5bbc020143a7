"""What must be disclosed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from mptt.models import MPTTModel, TreeForeignKey
from multiselectfield import MultiSelectField

from .. import limits
from ..choices import Audience, Category, Channel, LimitFrom, LimitKind, Method, Period, Tier
from ..printed import items, unit_names
from ..querysets import MatterManager
from .permissions import PERMISSIONS
from .unit import Unit

MAX_LEVEL = 3


class Matter(MPTTModel):
    """A node of the disclosure catalog: a pilot domain at level 0, matters at levels 1 to 3.

    A leaf carries the disclosure standard, the columns of the national standard table
    (国办发〔2019〕54号). A matter is retired, never deleted.
    """

    #: What ``read_limit`` takes from the words of ``time_limit``.
    LIMIT_FIELDS = limits.Limit._fields

    STANDARD_FIELDS = (
        "content",
        "legal_basis",
        "time_limit",
        "limit_kind",
        "channels",
        "audience",
        "method",
        "tiers",
    )

    code = models.CharField(
        "事项编码",
        max_length=11,
        unique=True,
        validators=[
            RegexValidator(r"^[0-9]{2}(-[0-9]{2}){0,3}$", "事项编码形如 01-02-03,每级两位数字")
        ],
        help_text="一经使用不再更改,也不再分配给别的事项",
    )
    name = models.CharField("事项名称", max_length=60)
    parent = TreeForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级事项",
    )
    position = models.PositiveIntegerField("顺序", default=0, help_text="同级事项按它从小到大排列")
    category = models.CharField("公开类别", max_length=20, choices=Category, blank=True)
    content = models.TextField("公开内容(要素)", blank=True, help_text="各要素用分号隔开")
    legal_basis = models.TextField("公开依据", blank=True, help_text="各项依据用分号隔开")
    time_limit = models.CharField("公开时限", max_length=100, blank=True)
    limit_days = models.PositiveSmallIntegerField(
        "时限天数", null=True, blank=True, help_text="按工作日或自然日计算的时限填写"
    )
    limit_kind = models.CharField("时限种类", max_length=20, choices=LimitKind, blank=True)
    limit_from = models.CharField(
        "天数从何算起",
        max_length=20,
        choices=LimitFrom,
        blank=True,
        help_text="公示期的长短不是公开的时限;这一项和以下各项留空,按“公开时限”的文字识别",
    )
    period = models.CharField("公开周期", max_length=20, choices=Period, blank=True)
    due_month = models.PositiveSmallIntegerField(
        "截止月份", null=True, blank=True, help_text="每年公开一次的填写"
    )
    due_day = models.PositiveSmallIntegerField(
        "截止日", null=True, blank=True, help_text="每年、每季度、每月公开的填写"
    )
    review_months = models.PositiveSmallIntegerField(
        "复核间隔(月)", null=True, blank=True, help_text="长期公开的,至少每隔几个月复核一次"
    )
    listed_on = models.DateField(
        "列入目录日期",
        null=True,
        blank=True,
        default=timezone.localdate,
        help_text="定期公开从这一天以后的周期算起;留空为一直在目录中",
    )
    responsible_text = models.CharField(
        "公开主体",
        max_length=200,
        blank=True,
        help_text="按目录所印填写,多个单位用顿号隔开;“各乡镇人民政府”代表全部乡镇",
    )
    responsible_units = models.ManyToManyField(
        Unit, blank=True, related_name="matters", verbose_name="对应的公开单位"
    )
    channels = MultiSelectField("公开渠道和载体", choices=Channel, max_length=200, blank=True)
    audience = models.CharField("公开对象", max_length=20, choices=Audience, blank=True)
    audience_detail = models.CharField(
        "特定群体", max_length=60, blank=True, help_text="公开对象为特定群体时写明是谁"
    )
    method = models.CharField("公开方式", max_length=20, choices=Method, blank=True)
    tiers = MultiSelectField("公开层级", choices=Tier, max_length=40, blank=True)
    is_public_service = models.BooleanField("公共服务事项", default=False)
    retired_on = models.DateField(
        "停用日期", null=True, blank=True, help_text="停用的事项保留页面和历史,不再新增公开信息"
    )
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = MatterManager()

    class MPTTMeta:
        order_insertion_by: ClassVar = ["position", "code"]

    class Meta:
        verbose_name = verbose_name_plural = "公开事项"
        default_permissions = PERMISSIONS
        ordering: ClassVar = ["tree_id", "lft"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(limit_days__isnull=True) | models.Q(limit_days__gt=0),
                name="matter_limit_days_positive",
                violation_error_message="时限天数须大于0",
            ),
            models.CheckConstraint(
                condition=models.Q(limit_days__isnull=False)
                | ~models.Q(limit_kind__in=[LimitKind.WORKING_DAYS, LimitKind.CALENDAR_DAYS]),
                name="matter_counted_limit_has_days",
                violation_error_message="按工作日或自然日计算的时限必须填写天数",
            ),
            models.CheckConstraint(
                condition=(models.Q(due_month__isnull=True) | models.Q(due_month__range=(1, 12)))
                & (models.Q(due_day__isnull=True) | models.Q(due_day__range=(1, 31))),
                name="matter_due_day_in_calendar",
                violation_error_message="截止月份为1至12,截止日为1至31",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        view = "catalog:matter" if self.parent_id else "catalog:domain"
        return reverse(view, args=[self.code])

    def clean_fields(self, exclude: Any = None) -> None:
        self.complete_limit()
        super().clean_fields(exclude)

    def clean(self) -> None:
        errors: dict[str, str] = {}
        self._clean_place(errors)
        self._clean_standard(errors)
        if errors:
            raise ValidationError(errors)

    def _clean_place(self, errors: dict[str, str]) -> None:
        if self.pk and type(self).objects.filter(pk=self.pk).exclude(code=self.code).exists():
            errors["code"] = "事项编码一经使用不得更改"
        if self.parent is None:
            return
        if not self.category:
            errors["category"] = "一、二、三级事项必须填写公开类别"
        ancestor, depth = self.parent, 1
        while ancestor is not None and depth <= MAX_LEVEL + 1:
            if ancestor.code == self.code:
                errors["parent"] = "上级事项不能是自己或自己的下级"
                return
            ancestor, depth = ancestor.parent, depth + 1
        if depth - 1 > MAX_LEVEL:
            errors["parent"] = "目录最多到三级事项,不能再设下级"
        elif self.parent.content:
            errors["parent"] = f"“{self.parent.name}”已是末级事项并有公开标准,不能再设下级"

    def _clean_standard(self, errors: dict[str, str]) -> None:
        filled = [name for name in self.STANDARD_FIELDS if getattr(self, name)]
        if self.expects_children:
            if filled:
                errors[filled[0]] = "有下级的事项不填公开标准,请填在末级事项上"
            elif self.pk and self.disclosures.exists():  # type: ignore[attr-defined]
                # What is disclosed belongs to leaves: an inner matter would hide it from the tree.
                errors["code"] = "这个事项已有公开信息,不能再设下级;请停用它,另设新的事项"
            return
        if self.is_retired and not filled:
            return  # an inner matter that gave its children away
        for name in self.STANDARD_FIELDS:
            if name not in filled:
                errors[name] = "末级事项必须填写公开标准的这一项"
        if not unit_names(self.responsible_text):
            errors["responsible_text"] = "末级事项必须写明公开主体"
        if bool(self.audience_detail) != (self.audience == Audience.SPECIFIC):
            errors["audience_detail"] = "公开对象为特定群体时写明是谁,为全社会时留空"

    @classmethod
    def blank_limit(cls) -> dict[str, None | str]:
        """The fields that ``complete_limit`` fills, empty."""
        return {name: None if cls._meta.get_field(name).null else "" for name in cls.LIMIT_FIELDS}

    def complete_limit(self) -> None:
        """Fill what is left empty of the limit with what its words say."""
        found = limits.read(self.time_limit)
        if found is None or (self.limit_kind and self.limit_kind != found.limit_kind):
            return
        for name, value in found._asdict().items():
            if getattr(self, name) in (None, ""):
                setattr(self, name, value)

    def read_limit(self) -> bool:
        """Set the limit to what its words say; whether they are understood.

        Words that aren't leave 20 working days, as article 26 of the 条例 does.
        """
        found = limits.read(self.time_limit)
        fallback = limits.Limit(LimitKind.WORKING_DAYS, limits.STATUTORY_DAYS, LimitFrom.FORMATION)
        for name, value in (found or fallback)._asdict().items():
            setattr(self, name, value)
        return found is not None

    @property
    def expects_children(self) -> bool:
        """Whether this is an inner node. An import sets it for nodes whose children follow."""
        if self._expects_children is not None:
            return self._expects_children
        return self.parent_id is None or (self.pk is not None and not self.is_leaf_node())

    @expects_children.setter
    def expects_children(self, value: bool) -> None:
        self._expects_children = value

    _expects_children: bool | None = None

    def set_responsible_units(self, directory: dict[str, list[Unit]]) -> None:
        """Let the relation say what the printed text says; see ``UnitQuerySet.directory``."""
        self.responsible_units.set(
            {unit for name in unit_names(self.responsible_text) for unit in directory.get(name, [])}
        )

    @classmethod
    def relink_units(cls) -> None:
        """Bring every relation to what its text says, after units were added or renamed."""
        directory = Unit.objects.directory()
        linked: dict[int, set[int]] = {}
        pairs = cls.responsible_units.through.objects.values_list("matter_id", "unit_id")
        for matter_id, unit_id in pairs:
            linked.setdefault(matter_id, set()).add(unit_id)
        for matter in cls.objects.exclude(responsible_text="").only("pk", "responsible_text"):
            names = unit_names(matter.responsible_text)
            wanted = {unit.pk for name in names for unit in directory.get(name, [])}
            if wanted != linked.get(matter.pk, set()):
                matter.responsible_units.set(wanted)

    @property
    def is_domain(self) -> bool:
        return self.parent_id is None

    @property
    def domain_code(self) -> str:
        return self.code[:2]

    @property
    def is_retired(self) -> bool:
        return self.retired_on is not None

    @property
    def is_restricted(self) -> bool:
        """Owed to a named group and not through the website: its text stays off the public site."""
        return self.audience == Audience.SPECIFIC and Channel.WEBSITE not in (self.channels or [])

    @property
    def content_items(self) -> list[str]:
        return items(self.content)

    @property
    def legal_basis_items(self) -> list[str]:
        return items(self.legal_basis)
