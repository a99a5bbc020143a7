"""The report that a unit gives of a year."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from catalog.models import Unit

from ..annual import entered
from ..choices import RevisionKind, RevisionState
from .disclosure import Disclosure
from .revision import Revision

#: The 条例 is in force since 2008.
YEARS = range(2008, 2101)


class AnnualReport(models.Model):
    """年度报告 of a unit and year (条例第四十九条、第五十条; 国办公开办函〔2021〕30号).

    Computed figures are never stored here: only what people enter is.
    """

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="annual_reports", verbose_name="报告单位"
    )
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(YEARS[0]), MaxValueValidator(YEARS[-1])]
    )
    #: Table → row → column → number, of the cells that the portal has no rows for.
    entered: Any = models.JSONField("填报的数字", default=dict, blank=True)
    #: Part of the report → what it says.
    texts: Any = models.JSONField("各部分文字", default=dict, blank=True)
    disclosure = models.OneToOneField(
        Disclosure,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="annual_report",
        verbose_name="公开信息",
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name="填报人",
    )
    updated_at = models.DateTimeField("更新时间", editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "年度报告"
        default_permissions = ("add", "change", "view", "export")
        ordering: ClassVar = ["-year", "unit"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "year"],
                name="annual_report_once",
                violation_error_message="这个单位这一年度的报告已经在填报",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}{self.year}年政府信息公开工作年度报告"

    def get_absolute_url(self) -> str:
        """The public page; only a published report has one."""
        return self.disclosure.get_absolute_url() if self.disclosure else ""

    def clean(self) -> None:
        try:
            entered.read(self.entered)
        except ValidationError as error:
            raise ValidationError({"entered": error.messages}) from error

    @property
    def is_published(self) -> bool:
        return self.disclosure is not None and self.disclosure.is_visible

    @property
    def is_over(self) -> bool:
        """Taken off the site for good: the next composing opens another disclosure."""
        disclosure = self.disclosure
        return disclosure is None or (disclosure.is_withdrawn and disclosure.is_withdrawal_signed)

    @property
    def open_draft(self) -> Revision | None:
        """The draft that composing writes to."""
        if self.disclosure is None or self.is_over:
            return None
        drafts = self.disclosure.revisions.filter(state=RevisionState.DRAFT)
        return drafts.exclude(kind=RevisionKind.WITHDRAWAL).first()

    @property
    def is_locked(self) -> bool:
        """Being signed or public: what is read there must not change here."""
        return not self.is_over and self.open_draft is None
