"""A disclosure, and the index number it draws when it is first published."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from catalog import workdays
from catalog.choices import Category, LimitKind
from catalog.models import Matter, Unit

from ..choices import RevisionState
from ..querysets import DisclosureQuerySet


class Disclosure(models.Model):
    """One item of government information (公开信息); what it says stands in its revisions."""

    matter = models.ForeignKey(
        Matter, models.PROTECT, related_name="disclosures", verbose_name="公开事项"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="disclosures", verbose_name="发布机构"
    )
    village = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="所涉村(居)",
        help_text="村级事项由乡镇代为公开;只涉及一个村(居)的填写,留空为所辖各村(居)",
    )
    category = models.CharField("公开类别", max_length=20, choices=Category)
    interprets = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="interpretations",
        verbose_name="解读的文件",
        help_text="政策解读填写它所解读的政策文件,发布后两页互相链接",
    )
    live_revision = models.OneToOneField(
        "Revision",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="公开中的版本",
    )
    index_number = models.CharField(
        "索引号", max_length=40, unique=True, null=True, blank=True, editable=False
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True, editable=False)
    due_on = models.DateField("应公开日期", null=True, blank=True, editable=False)
    withdrawal = models.ForeignKey(
        "Revision",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="撤下的审签",
    )
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="撤下人",
    )
    withdrawal_reason = models.CharField("撤下原因", max_length=300, blank=True, editable=False)
    replacement = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="替代信息",
    )
    created_at = models.DateTimeField("创建时间", editable=False)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开信息"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["-published_at", "-pk"]
        permissions: ClassVar = [("read_every_unit", "可以查看全部单位的公开信息")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(live_revision=None, index_number=None, published_at=None)
                | Q(
                    live_revision__isnull=False,
                    index_number__isnull=False,
                    published_at__isnull=False,
                ),
                name="disclosure_published_wholly_or_not",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawal_reason="")
                | (
                    Q(withdrawn_at__isnull=False, index_number__isnull=False)
                    & ~Q(withdrawal_reason="")
                ),
                name="disclosure_withdrawal_has_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-published_at", "-id"], name="disclosure_newest"),
            models.Index(fields=["unit", "-published_at"], name="disclosure_by_unit"),
            models.Index(fields=["matter", "category"], name="disclosure_by_matter"),
            models.Index(
                fields=["matter"],
                condition=Q(live_revision__isnull=False, withdrawn_at__isnull=True),
                name="disclosure_visible_by_matter",
            ),
            # What coverage asks of every obligation: is there a text, is one on its way?
            models.Index(
                fields=["matter", "unit", "village", "published_at"],
                condition=Q(live_revision__isnull=False, withdrawn_at__isnull=True),
                name="disclosure_visible_by_place",
            ),
            models.Index(
                fields=["matter", "unit"],
                condition=Q(live_revision__isnull=True),
                name="disclosure_unpublished",
            ),
        ]

    def __str__(self) -> str:
        return self.index_number or f"未发布的公开信息 {self.pk}"

    def get_absolute_url(self) -> str:
        """The public page; only a published disclosure has one."""
        return reverse("disclosures:disclosure", args=[self.slug])

    def clean(self) -> None:
        # What is published keeps its place, though the matter retires or the unit is reorganised.
        errors = {} if self.index_number else self._clean_place()
        if self.interprets_id and self.category != Category.INTERPRETATION:
            errors["interprets"] = "只有政策解读可以填写解读的文件"
        if self.interprets_id and self.interprets_id == self.pk:
            errors["interprets"] = "不能解读自己"
        if errors:
            raise ValidationError(errors)

    def _clean_place(self) -> dict[str, str]:
        if not self.matter_id:
            return {}
        if not self.matter.is_leaf_node() or self.matter.is_domain:
            return {"matter": "请选择末级公开事项"}
        if self.matter.is_retired:
            return {"matter": f"“{self.matter}”已停用,请选择现行的公开事项"}
        responsible = self.matter.responsible_units.filter(pk=self.unit_id)
        if self.unit_id and not responsible.exists():
            printed = self.matter.responsible_text
            return {"unit": f"{self.unit}不是“{self.matter.name}”的公开主体({printed})"}
        if self.village is not None and not self._owes_for_village():
            return {"village": f"{self.village}不由{self.unit}在“{self.matter.name}”下代为公开"}
        return {}

    def _owes_for_village(self) -> bool:
        return self.matter.obligations.filter(unit=self.village_id, publisher=self.unit_id).exists()

    @property
    def slug(self) -> str:
        """The index number as it stands in the page's address."""
        return (self.index_number or "").replace("/", "-")

    @property
    def is_visible(self) -> bool:
        return self.live_revision_id is not None and self.withdrawn_at is None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def is_withdrawal_signed(self) -> bool:
        """Whether the signatures under the withdrawal are complete; a takedown acts before."""
        return self.withdrawal is None or self.withdrawal.state == RevisionState.APPROVED

    @property
    def is_restricted(self) -> bool:
        return self.matter.is_restricted

    @property
    def review_due_on(self) -> date | None:
        """When what is long-term has to be reviewed; ``None`` where it needn't. Asks for reviews.

        To correct the text is to have looked through it.
        """
        months = self.matter.review_months
        if not (self.is_visible and months and self.matter.limit_kind == LimitKind.LONG_TERM):
            return None
        looked_at = [self.live_revision.published_at]  # type: ignore[union-attr]
        looked_at += self.reviews.values_list("reviewed_at", flat=True)[:1]
        latest = max(timezone.localdate(moment) for moment in looked_at if moment)
        return workdays.add_months(latest, months)

    @property
    def is_late(self) -> bool | None:
        """Published after its due day; ``None`` where none is set or it isn't published."""
        if self.due_on is None or self.published_at is None:
            return None
        return timezone.localdate(self.published_at) > self.due_on


class IndexSerial(models.Model):
    """The last index number drawn for a unit's prefix in a year. Serials are never given twice."""

    prefix = models.CharField("机构代码", max_length=18)
    year = models.PositiveSmallIntegerField("形成年份")
    last = models.PositiveIntegerField("已用流水号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "索引号流水"
        ordering: ClassVar = ["prefix", "year"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["prefix", "year"], name="index_serial_unique")
        ]

    def __str__(self) -> str:
        return f"{self.prefix}/{self.year}-{self.last:05d}"
