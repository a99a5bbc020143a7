"""What auditors take away, and the report of a year."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from catalog.models import Unit

from ..annual import entered
from ..choices import PackState, RevisionKind, RevisionState
from ..querysets import EvidencePackQuerySet
from .disclosure import Disclosure
from .revision import Revision

#: How long a finished pack is kept, and after how much silence its making counts as broken off.
KEPT, SILENCE = timedelta(days=7), timedelta(minutes=2)


class EvidencePack(models.Model):
    """取证包: records and files of chosen disclosures in one archive, made in the background."""

    title = models.CharField("范围", max_length=200)
    #: What was chosen: ``unit`` and ``domain`` by code, ``since`` and ``until`` as days,
    #: ``disclosures`` as a list of index numbers.
    filters = models.JSONField("条件", default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    requested_at = models.DateTimeField("申请时间")
    state = models.CharField(
        "状态", max_length=20, choices=PackState, default=PackState.QUEUED, editable=False
    )
    stage = models.CharField("正在做", max_length=60, blank=True, editable=False)
    done = models.PositiveIntegerField("已完成", default=0, editable=False)
    total = models.PositiveIntegerField("共", default=0, editable=False)
    beat_at = models.DateTimeField("最近进展", null=True, editable=False)
    error = models.CharField("失败原因", max_length=300, blank=True, editable=False)
    disclosures = models.PositiveIntegerField("公开信息条数", null=True, editable=False)
    #: What was counted: when it was asked for, then what is in the archive; see ``packs.plan``.
    figures = models.JSONField("统计", default=dict, editable=False)
    file = models.FileField("文件", upload_to="packs/", max_length=200, blank=True, editable=False)
    size = models.PositiveBigIntegerField("大小(字节)", null=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    made_at = models.DateTimeField("生成时间", null=True, editable=False)

    objects = EvidencePackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "取证包"
        default_permissions = ("add", "view")
        ordering: ClassVar = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_running(self) -> bool:
        """Waits for its making, or is being made; ``EvidencePackQuerySet.running`` for many."""
        return self.state in {PackState.QUEUED, PackState.BUILDING} and not self.is_broken_off

    @property
    def is_broken_off(self) -> bool:
        """Whoever made it has not been heard of for a while."""
        if self.state not in {PackState.QUEUED, PackState.BUILDING}:
            return False
        return timezone.now() - (self.beat_at or self.requested_at) > SILENCE

    @property
    def may_start_anew(self) -> bool:
        return self.state == PackState.FAILED or self.is_broken_off

    @property
    def is_available(self) -> bool:
        return self.state == PackState.READY and bool(self.file)

    @property
    def is_deleted(self) -> bool:
        """Was finished, and not fetched in time."""
        return self.state == PackState.READY and not self.file

    @property
    def deleted_at(self) -> datetime | None:
        return self.made_at and self.made_at + KEPT


class AnnualReport(models.Model):
    """年度报告 of a unit and year (条例第四十九条、第五十条; 国办公开办函〔2021〕30号).

    Computed figures are never stored here: only what people enter is.
    """

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="annual_reports", verbose_name="报告单位"
    )
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(2008), MaxValueValidator(2100)]
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
