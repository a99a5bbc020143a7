"""公开台账: one row for every act that an audit asks about, chained over the whole site."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..choices import EntryKind
from ..querysets import LedgerQuerySet
from .disclosure import Disclosure
from .revision import Revision
from .signing import Signoff


class LedgerEntry(models.Model):
    """One act. ``record`` is the canonical text whose digest is ``digest``; see ``ledger``.

    Rows are added by ``ledger.append`` and never changed or deleted: triggers see to it, and to
    each row naming the one before it.
    """

    number = models.PositiveBigIntegerField("序号", primary_key=True)
    kind = models.CharField("事项", max_length=20, choices=EntryKind)
    at = models.DateTimeField("时间")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="人员"
    )
    # The ledger outlives a draft that is thrown away, so these are no foreign keys in the database.
    disclosure = models.ForeignKey(
        Disclosure,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="entries",
        verbose_name="公开信息",
    )
    revision = models.ForeignKey(
        Revision,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="entries",
        verbose_name="版本",
    )
    signoff = models.OneToOneField(
        Signoff,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="entry",
        verbose_name="签字",
    )
    record = models.TextField("记录")
    algorithm = models.CharField("摘要算法", max_length=10)
    previous_digest = models.CharField("上一行摘要值", max_length=64, blank=True)
    digest = models.CharField("摘要值", max_length=64)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开台账"
        default_permissions = ("view", "export")
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [models.Index(fields=["at"], name="ledger_by_time")]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
