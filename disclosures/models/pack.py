"""What auditors take away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..choices import PackState
from ..querysets import EvidencePackQuerySet

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
