"""What a unit states about a matter where the site shows no text of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from catalog.models import Matter, NegativeListEntry, Obligation, Unit

from .. import digest, files
from ..choices import Carrier, ExplanationReason, StatementState
from ..querysets import ExplanationQuerySet, OfflineDisclosureQuerySet

#: 条例第十八条: what isn't disclosed is looked at again; no reason stands longer.
LONGEST_EXPLANATION = timedelta(days=365)


class Statement(models.Model):
    """Entered by the unit's clerk, counted once the openness office has signed it."""

    #: What only this kind of statement says, and which of it is free text.
    STATED: ClassVar[tuple[str, ...]] = ()
    TEXTS: ClassVar[tuple[str, ...]] = ()

    matter = models.ForeignKey(
        Matter, models.PROTECT, related_name="%(class)ss", verbose_name="公开事项"
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="%(class)ss",
        verbose_name="公开主体",
        help_text="村级事项是村(居)民委员会",
    )
    state = models.CharField(
        "状态",
        max_length=20,
        choices=StatementState,
        default=StatementState.PENDING,
        editable=False,
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name="填报人",
    )
    entered_at = models.DateTimeField("填报时间", editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="公开办签字人",
    )
    signed_at = models.DateTimeField("签字时间", null=True, editable=False)
    ended_at = models.DateTimeField("终止时间", null=True, editable=False)
    remark = models.CharField("公开办意见", max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "view", "export")
        ordering: ClassVar = ["-entered_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.unit} {self.matter.name}"

    def clean(self) -> None:
        if self.matter_id and self.unit_id and self.publisher is None:
            raise ValidationError(
                {"matter": f"“{self.matter.name}”不是{self.unit}应公开的事项,不需要说明"}
            )

    @property
    def obligation(self) -> Obligation | None:
        """What is stated about, as long as the catalog has it."""
        owed = self.matter.obligations.select_related("publisher").filter(unit=self.unit_id)
        return owed.order_by().first()

    @property
    def publisher(self) -> Unit | None:
        """The unit whose clerk speaks for ``unit`` under this matter."""
        obligation = self.obligation
        return obligation.publisher if obligation else None

    @property
    def is_pending(self) -> bool:
        return self.state == StatementState.PENDING

    @property
    def reference(self) -> str:
        """How the ledger names the statement."""
        return f"{self._meta.model_name}:{self.pk}"

    def canonical_record(self) -> dict[str, Any]:
        """What the ledger keeps of a statement: all that was entered."""
        return {
            "statement": self.reference,
            "matter": self.matter.code,
            "unit": self.unit.code,
            "entered_by": self.entered_by_id,
            "entered_at": self.entered_at.astimezone(timezone.get_default_timezone()),
            **{name: getattr(self, name) for name in self.STATED},
        }


class Explanation(Statement):
    """未公开说明: why nothing is disclosed, or when it will be."""

    STATED = ("reason", "detail", "expected_on", "valid_until")
    TEXTS = ("detail",)

    reason = models.CharField("原因", max_length=20, choices=ExplanationReason)
    detail = models.CharField(
        "说明", max_length=200, help_text="公众看得到,写明没有公开什么、为什么、什么情况下会公开"
    )
    negative_entry = models.ForeignKey(
        NegativeListEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="负面清单条目",
        help_text="原因是列入负面清单的必须填写",
    )
    expected_on = models.DateField(
        "预计公开日期", null=True, blank=True, help_text="预计会形成的填写,显示给公众"
    )
    valid_until = models.DateField(
        "有效期至", help_text="含当天,最长一年;到期后须重新说明(条例第十八条)"
    )

    objects = ExplanationQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = verbose_name_plural = "未公开说明"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["matter", "unit", "state"],
                condition=Q(state__in=[StatementState.PENDING, StatementState.SIGNED]),
                name="explanation_one_of_a_state",
                violation_error_message="这个事项已有一份说明在等公开办签字",
            ),
            models.CheckConstraint(
                condition=Q(reason=ExplanationReason.NEGATIVE_LIST, negative_entry__isnull=False)
                | (~Q(reason=ExplanationReason.NEGATIVE_LIST) & Q(negative_entry=None)),
                name="explanation_names_negative_entry",
                violation_error_message="原因是列入负面清单的,写明是哪一条;其他原因不填",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["matter", "unit", "valid_until"],
                condition=Q(state=StatementState.SIGNED),
                name="explanation_signed",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:matter", args=[self.matter.code])

    def clean(self) -> None:
        super().clean()
        today = timezone.localdate()
        errors = {}
        if self.is_pending and self.valid_until and self.valid_until < today:
            errors["valid_until"] = "有效期不能早于今天"
        elif self.valid_until and self.valid_until > today + LONGEST_EXPLANATION:
            errors["valid_until"] = "有效期最长一年"
        if self.is_pending and self.expected_on and self.expected_on < today:
            errors["expected_on"] = "预计公开日期不能早于今天"
        if errors:
            raise ValidationError(errors)

    def canonical_record(self) -> dict[str, Any]:
        entry = self.negative_entry
        return super().canonical_record() | {"negative_entry": entry and entry.code}

    @property
    def summary(self) -> str:
        return f"{self.get_reason_display()},有效期至{self.valid_until}"

    @property
    def is_in_force(self) -> bool:
        """``ExplanationQuerySet.in_force`` for one."""
        return self.state == StatementState.SIGNED and self.valid_until >= timezone.localdate()


class OfflineDisclosure(Statement):
    """线下公开记录: something was shown at a place for a time, with evidence."""

    STATED = ("title", "carrier", "place", "shown_from", "shown_until", "formed_on")
    TEXTS = ("title", "place")

    title = models.CharField("公开内容", max_length=120, help_text="公开了什么,写全称")
    carrier = models.CharField("公开形式", max_length=20, choices=Carrier)
    place = models.CharField("地点", max_length=100, help_text="写到村(居)、楼栋或会场")
    shown_from = models.DateField("公开起")
    shown_until = models.DateField("公开止", null=True, blank=True, help_text="长期张贴的留空")
    formed_on = models.DateField(
        "形成日期", null=True, blank=True, help_text="信息形成的日期,用来判断是否按时"
    )

    objects = OfflineDisclosureQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = verbose_name_plural = "线下公开记录"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(shown_until=None) | Q(shown_until__gte=F("shown_from")),
                name="offline_period_in_order",
                violation_error_message="公开的结束日期不能早于开始日期",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["matter", "unit", "-shown_from"],
                condition=Q(state=StatementState.SIGNED),
                name="offline_signed",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self.shown_from and self.shown_from > timezone.localdate():
            errors["shown_from"] = "还没有公开的不能登记"
        if self.shown_from and self.formed_on and self.formed_on > self.shown_from:
            errors["formed_on"] = "形成日期不能晚于公开的日期"
        if errors:
            raise ValidationError(errors)

    @property
    def summary(self) -> str:
        return f"{self.get_carrier_display()} {self.title}"

    def canonical_record(self) -> dict[str, Any]:
        """With the digest of each file that proves it."""
        files = [file.canonical_record() for file in self.evidence.all()]  # type: ignore[attr-defined]
        return super().canonical_record() | {"evidence": files}


class Evidence(models.Model):
    """A photo or a receipt that shows an off-line disclosure; for staff and auditors only."""

    offline_disclosure = models.ForeignKey(
        OfflineDisclosure, models.CASCADE, related_name="evidence", verbose_name="线下公开记录"
    )
    file = models.FileField(
        "文件", upload_to=files.stored_name, max_length=200, validators=[files.validate_upload]
    )
    name = models.CharField("文件名", max_length=files.MAX_NAME, editable=False)
    size = models.PositiveBigIntegerField("大小(字节)", editable=False)
    content_type = models.CharField("类型", max_length=100, editable=False)
    digest = models.CharField("摘要值", max_length=64, editable=False)
    digest_algorithm = models.CharField("摘要算法", max_length=10, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "公开凭证"
        default_permissions = ()
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            described = files.described(self.file)
            self.name = self.name or described.name
            self.size, self.content_type = described.size, described.content_type
            self.digest = digest.of_bytes(self.file.chunks())
            self.digest_algorithm = digest.ALGORITHM
        super().save(*args, **kwargs)

    def canonical_record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "size": self.size,
            "algorithm": self.digest_algorithm,
            "digest": self.digest,
        }


class Review(models.Model):
    """复核: somebody of the unit looked whether what is long public is still right."""

    disclosure = models.ForeignKey(
        "Disclosure", models.PROTECT, related_name="reviews", verbose_name="公开信息"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="复核人"
    )
    reviewed_at = models.DateTimeField("复核时间")

    class Meta:
        verbose_name = verbose_name_plural = "复核记录"
        default_permissions = ("view",)
        ordering: ClassVar = ["-reviewed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.disclosure} {timezone.localtime(self.reviewed_at):%Y-%m-%d}"

    @property
    def reference(self) -> str:
        return f"review:{self.pk}"

    def canonical_record(self) -> dict[str, Any]:
        """What the ledger keeps of a review: who looked when."""
        return {
            "statement": self.reference,
            "disclosure": self.disclosure_id,
            "reviewed_by": self.reviewed_by_id,
            "reviewed_at": self.reviewed_at.astimezone(timezone.get_default_timezone()),
        }
