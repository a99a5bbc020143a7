"""保密审查、隐私筛查: what the automatic check found, and what was done about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..choices import ScreeningStage, Severity, TermKind
from ..querysets import FindingQuerySet
from .disclosure import Disclosure
from .revision import Revision


class Screening(models.Model):
    """One check of a revision's text, metadata and files."""

    revision = models.ForeignKey(
        Revision, models.CASCADE, related_name="screenings", verbose_name="版本"
    )
    stage = models.CharField("时点", max_length=20, choices=ScreeningStage)
    ran_at = models.DateTimeField("筛查时间")
    rules_version = models.CharField("规则版本", max_length=40)
    subject_digest = models.CharField("筛查内容摘要值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "筛查"
        default_permissions = ("view",)
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}筛查 {self.ran_at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """One thing a screening found. The value itself isn't kept, only its masked excerpt."""

    screening = models.ForeignKey(Screening, models.CASCADE, related_name="findings")
    rule = models.CharField("规则", max_length=40)
    severity = models.CharField("程度", max_length=20, choices=Severity)
    place = models.CharField("位置", max_length=200)
    excerpt = models.CharField("摘录", max_length=200)
    advice = models.CharField("处理办法", max_length=200, blank=True)
    #: Tells the same finding again in a later screening; a keyed digest, so it gives nothing away.
    fingerprint = models.CharField("识别码", max_length=64)
    is_maskable = models.BooleanField("可一键隐去", default=False)
    handled = models.CharField("处理结果", max_length=200, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "筛查结果"
        default_permissions = ("view",)
        ordering: ClassVar = ["severity", "pk"]

    def __str__(self) -> str:
        return f"{self.place}:{self.excerpt}"


class Override(models.Model):
    """筛查放行: the openness office let a blocking finding pass, and said why."""

    disclosure = models.ForeignKey(
        Disclosure, models.CASCADE, related_name="overrides", verbose_name="公开信息"
    )
    fingerprint = models.CharField("识别码", max_length=64)
    rule = models.CharField("规则", max_length=40)
    place = models.CharField("位置", max_length=200)
    excerpt = models.CharField("摘录", max_length=200)
    reason = models.CharField("放行理由", max_length=300)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="放行人"
    )
    granted_by_name = models.CharField("放行人姓名", max_length=60)
    granted_at = models.DateTimeField("放行时间")

    class Meta:
        verbose_name = verbose_name_plural = "筛查放行"
        default_permissions = ("view",)
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "fingerprint"], name="override_once")
        ]

    def __str__(self) -> str:
        return f"{self.place}:{self.reason}"


class Term(models.Model):
    """A misspelt or sensitive expression that the openness office watches for."""

    text = models.CharField("词语", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=20, choices=TermKind)
    suggestion = models.CharField("建议写法", max_length=60, blank=True)
    severity = models.CharField("程度", max_length=20, choices=Severity, default=Severity.WARNING)

    class Meta:
        verbose_name = verbose_name_plural = "筛查词表"
        default_permissions = ("add", "change", "delete", "view", "import", "export")
        ordering: ClassVar = ["text"]

    def __str__(self) -> str:
        return self.text
