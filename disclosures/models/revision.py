"""One version of a disclosure: what is written, signed and read."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_prose_editor.fields import ProseEditorField

from catalog import limits
from catalog.choices import LimitFrom

from .. import richtext
from ..choices import (
    ROUTES,
    ChangeKind,
    Genre,
    ReviewLevel,
    RevisionKind,
    RevisionState,
    Subject,
    Validity,
)
from ..querysets import RevisionQuerySet
from .disclosure import Disclosure

#: GB/T 9704-2012: issuing body's sign, year in 〔〕, number without leading zeros; or 令 "第×号".
DOCUMENT_NUMBER = (
    r"^([一-龥]{2,12}〔(19|20)[0-9]{2}〕[1-9][0-9]{0,3}号|[一-龥]{2,20}令?第[1-9][0-9]{0,3}号)$"
)


class Revision(models.Model):
    """One version of a disclosure's text, metadata and files; frozen once submitted."""

    #: What signers sign, beside the attachments; copied when a revision is revised.
    CONTENT_FIELDS = (
        "title",
        "body",
        "summary",
        "document_number",
        "formed_on",
        "issued_on",
        "effective_on",
        "expires_on",
        "event_on",
        "validity",
        "genre",
        "subject",
        "keywords",
        "source",
        "shown_where",
        "shown_from",
        "shown_until",
    )

    disclosure = models.ForeignKey(
        Disclosure, models.CASCADE, related_name="revisions", verbose_name="公开信息"
    )
    number = models.PositiveSmallIntegerField("版本号", default=1, editable=False)
    kind = models.CharField(
        "类型",
        max_length=20,
        choices=RevisionKind,
        default=RevisionKind.TEXT,
        editable=False,
    )
    title = models.CharField("标题", max_length=120, help_text="公文标题全称,公众按它查找")
    body = ProseEditorField(
        "正文",
        blank=True,
        config={"extensions": richtext.EXTENSIONS},
        sanitize=richtext.sanitize,
    )
    summary = models.TextField(
        "内容概述",
        blank=True,
        validators=[MaxLengthValidator(100)],
        help_text="不超过100字,显示在列表和搜索结果中",
    )
    document_number = models.CharField(
        "发文字号",
        max_length=40,
        blank=True,
        validators=[
            RegexValidator(
                DOCUMENT_NUMBER, "发文字号形如 定政办〔2018〕12号:年份用〔〕括起,序号前不加“第”和0"
            )
        ],
        help_text="有正式文号的必须填写,形如 定政办〔2018〕12号",
    )
    formed_on = models.DateField("形成日期", help_text="信息形成或变更的日期,公开时限从次日起算")
    issued_on = models.DateField("成文日期", null=True, blank=True, help_text="文件落款的日期")
    effective_on = models.DateField("生效日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    event_on = models.DateField(
        "事项发生日期",
        null=True,
        blank=True,
        help_text="须在听证、招标、施工等之前公开的,填写它举行或开始的日期,公开时限从它倒算",
    )
    validity = models.CharField("有效性", max_length=20, choices=Validity, default=Validity.VALID)
    genre = models.CharField("体裁分类", max_length=20, choices=Genre, default=Genre.OTHER)
    subject = models.CharField("主题分类", max_length=20, choices=Subject, default=Subject.GENERAL)
    keywords = models.CharField("关键词", max_length=100, blank=True, help_text="用分号隔开")
    source = models.CharField(
        "信息来源", max_length=60, blank=True, help_text="转载的写明来源,本单位制作的留空"
    )
    shown_where = models.CharField(
        "线下公开地点", max_length=100, blank=True, help_text="面向特定群体、不上网站的事项必须填写"
    )
    shown_from = models.DateField("线下公开起", null=True, blank=True)
    shown_until = models.DateField("线下公开止", null=True, blank=True)
    change_kind = models.CharField(
        "修改性质",
        max_length=20,
        choices=ChangeKind,
        blank=True,
        help_text="只改错字、标点、格式的选“文字更正”;内容、数字、名单有变动的选“内容修改”",
    )
    change_note = models.CharField(
        "修改说明", max_length=300, blank=True, help_text="更正已公开的信息时必填,向公众显示"
    )
    replacement = models.ForeignKey(
        Disclosure,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="替代信息",
    )
    publish_at = models.DateTimeField(
        "定时公开",
        null=True,
        blank=True,
        help_text="北京时间;留空则签满五级后立即公开。到时尚未签满的,签满后公开",
    )
    bundle = models.ForeignKey(
        "Bundle",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="revisions",
        verbose_name="同步发布",
    )
    is_emergency = models.BooleanField("紧急撤下", default=False, editable=False)
    state = models.CharField(
        "状态",
        max_length=20,
        choices=RevisionState,
        default=RevisionState.DRAFT,
        editable=False,
    )
    level = models.PositiveSmallIntegerField(
        "待签环节", choices=ReviewLevel, null=True, blank=True, editable=False
    )
    round = models.PositiveSmallIntegerField("审签轮次", default=1, editable=False)
    drafter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="revisions",
        verbose_name="信息提交人",
    )
    created_at = models.DateTimeField("创建时间", editable=False)
    updated_at = models.DateTimeField("更新时间", editable=False)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True, editable=False)
    published_at = models.DateTimeField("公开时间", null=True, blank=True, editable=False)
    due_on = models.DateField("应公开日期", null=True, blank=True, editable=False)
    content_digest = models.CharField("内容摘要值", max_length=64, blank=True, editable=False)
    digest_algorithm = models.CharField("摘要算法", max_length=10, blank=True, editable=False)
    #: Which fields ``canonical_record`` covers; what is signed keeps the form it was signed in.
    canonical_form = models.PositiveSmallIntegerField("摘要格式", default=3, editable=False)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "稿件与版本"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["-updated_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="revision_number_unique"),
            models.UniqueConstraint(
                fields=["disclosure"],
                condition=~Q(kind=RevisionKind.WITHDRAWAL)
                & (
                    Q(state__in=[RevisionState.DRAFT, RevisionState.IN_REVIEW])
                    | Q(state=RevisionState.APPROVED, published_at=None)
                ),
                name="revision_one_open",
                violation_error_message="这条信息已有一个未办结的版本",
            ),
            models.UniqueConstraint(
                fields=["disclosure"],
                condition=Q(kind=RevisionKind.WITHDRAWAL)
                & Q(state__in=[RevisionState.DRAFT, RevisionState.IN_REVIEW]),
                name="revision_one_withdrawal_open",
                violation_error_message="这条信息的撤下正在审签",
            ),
            models.CheckConstraint(
                condition=Q(state=RevisionState.IN_REVIEW, level__isnull=False)
                | (~Q(state=RevisionState.IN_REVIEW) & Q(level=None)),
                name="revision_level_only_in_review",
            ),
            models.CheckConstraint(
                condition=Q(state=RevisionState.DRAFT) | ~Q(content_digest=""),
                name="revision_digest_once_submitted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "level"], name="revision_waiting"),
            models.Index(fields=["state", "due_on"], name="revision_due"),
            models.Index(
                fields=["publish_at"],
                condition=Q(state=RevisionState.APPROVED, published_at=None),
                name="revision_to_release",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}(第{self.number}版)"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.state == RevisionState.DRAFT:
            self.body = richtext.sanitize(self.body)
            self.due_on = self._due_on()
        super().save(*args, **kwargs)

    def clean_fields(self, exclude: Any = None) -> None:
        # Before the pattern is checked: clerks type the brackets that their keyboard has.
        self.document_number = normalise_document_number(self.document_number)
        super().clean_fields(exclude)

    def clean(self) -> None:
        errors = {}
        today = timezone.localdate()
        if self.formed_on and self.formed_on > today:
            errors["formed_on"] = "形成日期不能晚于今天"
        if self.issued_on and self.issued_on > today:
            errors["issued_on"] = "成文日期不能晚于今天"
        if self.effective_on and self.expires_on and self.expires_on < self.effective_on:
            errors["expires_on"] = "有效期不能早于生效日期"
        if self.shown_from and self.shown_until and self.shown_until < self.shown_from:
            errors["shown_until"] = "线下公开的结束日期不能早于开始日期"
        # A form checks the first draft together with a disclosure that isn't stored yet.
        if self.disclosure_id or "disclosure" in self._state.fields_cache:
            errors |= self._clean_for(self.disclosure)
        if errors:
            raise ValidationError(errors)

    def _clean_for(self, disclosure: Disclosure) -> dict[str, str]:
        if disclosure.is_restricted:
            return {
                name: "这个事项只向特定群体公开,请写明在何处、何时公开"
                for name in ("shown_where", "shown_from")
                if not getattr(self, name)
            }
        errors = {} if self.body else {"body": "请填写正文"}
        if disclosure.matter.limit_from == LimitFrom.EVENT and not self.event_on:
            errors["event_on"] = f"这个事项的公开时限是“{disclosure.matter.time_limit}”,请填写日期"
        return errors

    def _due_on(self) -> date | None:
        if not self.formed_on:
            return None
        return limits.due_on(self.disclosure.matter, self.formed_on, self.event_on)

    @property
    def is_draft(self) -> bool:
        return self.state == RevisionState.DRAFT

    @property
    def is_open(self) -> bool:
        """Still on its way: being written, signed, or waiting for its time or its bundle."""
        return self.state in {RevisionState.DRAFT, RevisionState.IN_REVIEW} or self.awaits_release

    @property
    def awaits_release(self) -> bool:
        """Fully signed, not yet public."""
        return self.state == RevisionState.APPROVED and self.published_at is None

    @property
    def is_text(self) -> bool:
        return self.kind == RevisionKind.TEXT

    @property
    def route(self) -> tuple[ReviewLevel, ...]:
        """The levels that sign this revision, in order."""
        return ROUTES[self.kind]

    @property
    def next_level(self) -> ReviewLevel | None:
        """Who signs after the level awaited; ``None`` after the last."""
        later = [level for level in self.route if level > (self.level or 0)]
        return later[0] if later else None

    @property
    def current_validity(self) -> Validity:
        """What was signed, until the term that was signed with it has passed."""
        has_ended = self.expires_on is not None and self.expires_on < timezone.localdate()
        if self.validity == Validity.VALID and has_ended:
            return Validity.EXPIRED
        return Validity(self.validity)

    @property
    def is_live(self) -> bool:
        return self.disclosure.live_revision_id == self.pk and self.disclosure.is_visible

    @property
    def is_overdue(self) -> bool:
        """Still unpublished after the day it was due."""
        return (
            self.is_open
            and self.due_on is not None
            and self.disclosure.published_at is None
            and timezone.localdate() > self.due_on
        )

    def canonical_record(self) -> dict[str, Any]:
        """What the content digest covers; see ``digest`` for the canonical form."""
        disclosure = self.disclosure
        attachments = sorted(self.attachments.all(), key=lambda file: (file.position, file.pk))
        record: dict[str, Any] = {
            "matter": disclosure.matter.code,
            "unit": disclosure.unit.code,
            "category": disclosure.category,
            "interprets": disclosure.interprets_id,
            "number": self.number,
            "change_note": self.change_note,
            **{name: getattr(self, name) for name in self._signed_fields},
            "attachments": [
                {
                    "name": attachment.name,
                    "size": attachment.size,
                    "is_evidence": attachment.is_evidence,
                    "algorithm": attachment.digest_algorithm,
                    "digest": attachment.digest,
                }
                for attachment in attachments
            ],
        }
        if self.canonical_form >= 2:
            record |= {
                "form": self.canonical_form,
                "kind": self.kind,
                "change_kind": self.change_kind,
                "replacement": self.replacement_id,
                "publish_at": self.publish_at and timezone.localtime(self.publish_at),
                "is_emergency": self.is_emergency,
            }
            for attachment, described in zip(attachments, record["attachments"], strict=True):
                described["original_digest"] = attachment.original_digest
        if self.canonical_form >= 3:
            record["village"] = disclosure.village and disclosure.village.code
        return record

    @property
    def _signed_fields(self) -> tuple[str, ...]:
        since = {"event_on": 3}
        return tuple(
            name for name in self.CONTENT_FIELDS if self.canonical_form >= since.get(name, 1)
        )


def normalise_document_number(text: str) -> str:
    """``定政办[2018] 12 号`` → ``定政办〔2018〕12号`` (GB/T 9704-2012)."""
    forms = str.maketrans("[]【】()（）０１２３４５６７８９", "〔〕〔〕〔〕〔〕0123456789")
    return "".join(text.translate(forms).split())
