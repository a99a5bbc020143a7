"""What is disclosed: items of government information, their frozen texts and their signatures.

Steps that change a state live in ``workflow``. Triggers in the database (migration ``0002``)
hold the invariants against every other way of writing.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_prose_editor.fields import ProseEditorField

from catalog import workdays
from catalog.choices import Category, LimitKind
from catalog.models import Matter, Unit

from . import digest, files, richtext
from .choices import Genre, ReviewLevel, RevisionState, Subject, Validity, Verdict
from .querysets import DisclosureQuerySet, DutyQuerySet, RevisionQuerySet

#: GB/T 9704-2012: issuing body's sign, year in 〔〕, number without leading zeros; or 令 "第×号".
DOCUMENT_NUMBER = (
    r"^([一-龥]{2,12}〔(19|20)[0-9]{2}〕[1-9][0-9]{0,3}号|[一-龥]{2,20}令?第[1-9][0-9]{0,3}号)$"
)


class Disclosure(models.Model):
    """One item of government information (公开信息); what it says stands in its revisions."""

    matter = models.ForeignKey(
        Matter, models.PROTECT, related_name="disclosures", verbose_name="公开事项"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="disclosures", verbose_name="发布机构"
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
        return {}

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
    def is_restricted(self) -> bool:
        return self.matter.is_restricted

    @property
    def is_late(self) -> bool | None:
        """Published after its due day; ``None`` where none is set or it isn't published."""
        if self.due_on is None or self.published_at is None:
            return None
        return timezone.localdate(self.published_at) > self.due_on


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
    change_note = models.CharField(
        "修改说明", max_length=200, blank=True, help_text="更正已公开的信息时必填,向公众显示"
    )
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

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "稿件与版本"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["-updated_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="revision_number_unique"),
            models.UniqueConstraint(
                fields=["disclosure"],
                condition=Q(state__in=[RevisionState.DRAFT, RevisionState.IN_REVIEW]),
                name="revision_one_open",
                violation_error_message="这条信息已有一个未办结的版本",
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
        if self.formed_on and self.formed_on > today + timedelta(days=1):
            errors["formed_on"] = "形成日期不能晚于今天"
        if self.issued_on and self.issued_on > today + timedelta(days=1):
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
        if not self.body:
            return {"body": "请填写正文"}
        return {}

    def _due_on(self) -> date | None:
        matter = self.disclosure.matter
        if matter.limit_days is None or not self.formed_on:
            return None
        if matter.limit_kind == LimitKind.WORKING_DAYS:
            return workdays.add(self.formed_on, matter.limit_days)
        if matter.limit_kind == LimitKind.CALENDAR_DAYS:
            return self.formed_on + timedelta(days=matter.limit_days)
        return None

    @property
    def is_draft(self) -> bool:
        return self.state == RevisionState.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state in {RevisionState.DRAFT, RevisionState.IN_REVIEW}

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
        return {
            "matter": disclosure.matter.code,
            "unit": disclosure.unit.code,
            "category": disclosure.category,
            "interprets": disclosure.interprets_id,
            "number": self.number,
            "change_note": self.change_note,
            **{name: getattr(self, name) for name in self.CONTENT_FIELDS},
            "attachments": [
                {
                    "name": attachment.name,
                    "size": attachment.size,
                    "is_evidence": attachment.is_evidence,
                    "algorithm": attachment.digest_algorithm,
                    "digest": attachment.digest,
                }
                for attachment in self.attachments.order_by("position", "pk")
            ],
        }


def normalise_document_number(text: str) -> str:
    """``定政办[2018] 12 号`` → ``定政办〔2018〕12号`` (GB/T 9704-2012)."""
    forms = str.maketrans("[]【】()（）０１２３４５６７８９", "〔〕〔〕〔〕〔〕0123456789")
    return "".join(text.translate(forms).split())


class Attachment(models.Model):
    """A file of a revision. ``is_evidence`` files are for staff and auditors only."""

    revision = models.ForeignKey(
        Revision, models.CASCADE, related_name="attachments", verbose_name="版本"
    )
    file = models.FileField("文件", upload_to=files.stored_name, validators=[files.validate_upload])
    name = models.CharField("文件名", max_length=files.MAX_NAME, editable=False)
    size = models.PositiveBigIntegerField("大小(字节)", editable=False)
    content_type = models.CharField("类型", max_length=100, editable=False)
    digest = models.CharField("摘要值", max_length=64, editable=False)
    digest_algorithm = models.CharField("摘要算法", max_length=10, editable=False)
    is_evidence = models.BooleanField(
        "存档证据", default=False, help_text="线下公开的照片等,只供工作人员和审计查看,不对外公开"
    )
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            self.name = self.name or (self.file.name or "").replace("\\", "/").rpartition("/")[2]
            self.size = self.file.size
            self.content_type = files.CONTENT_TYPES[files.extension_of(self.name)]
            self.digest = digest.of_bytes(self.file.chunks())
            self.digest_algorithm = digest.ALGORITHM
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("disclosures:attachment", args=[self.revision.disclosure.slug, self.pk])

    @property
    def extension(self) -> str:
        return files.extension_of(self.name)

    def is_intact(self) -> bool:
        """Whether the stored bytes are still those of the digest. Reads the whole file."""
        try:
            with self.file.open() as stored:
                return digest.of_bytes(stored.chunks(), self.digest_algorithm) == self.digest
        except OSError:
            return False


class Signoff(models.Model):
    """One signature under one revision (五级审核签字). Added, never changed or deleted."""

    revision = models.ForeignKey(
        Revision, models.PROTECT, related_name="signoffs", verbose_name="版本"
    )
    level = models.PositiveSmallIntegerField("环节", choices=ReviewLevel)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signoffs", verbose_name="签字人"
    )
    signer_name = models.CharField("签字人姓名", max_length=60)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name="岗位所在单位"
    )
    verdict = models.CharField("意见", max_length=20, choices=Verdict)
    remark = models.CharField("说明", max_length=500, blank=True)
    signed_at = models.DateTimeField("签字时间")
    content_digest = models.CharField("内容摘要值", max_length=64)
    digest_algorithm = models.CharField("摘要算法", max_length=10)
    previous_digest = models.CharField("上一签字摘要值", max_length=64, blank=True)
    digest = models.CharField("本签字摘要值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审签记录"
        default_permissions = ("add", "change", "delete", "view", "export")
        ordering: ClassVar = ["revision", "level"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "level"], name="signoff_one_per_level"),
            models.UniqueConstraint(
                fields=["revision", "signer"],
                name="signoff_one_level_per_person",
                violation_error_message="同一人在一个版本上只能签一个环节",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVED) | ~Q(remark=""),
                name="signoff_return_has_reason",
                violation_error_message="退回时必须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(level__range=(min(ReviewLevel), max(ReviewLevel))),
                name="signoff_level_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.signer_name} {self.get_verdict_display()}"

    def canonical_record(self) -> dict[str, Any]:
        """What ``digest`` covers: the whole row, and through it the row before."""
        return {
            "revision": self.revision_id,
            "level": self.level,
            "signer": self.signer_id,
            "signer_name": self.signer_name,
            "unit": self.unit_id,
            "verdict": self.verdict,
            "remark": self.remark,
            "signed_at": self.signed_at.astimezone(timezone.get_default_timezone()),
            "content_digest": self.content_digest,
            "digest_algorithm": self.digest_algorithm,
            "previous_digest": self.previous_digest,
        }


class Duty(models.Model):
    """岗位授权: this user signs at this level for this unit, or for every unit."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="duties", verbose_name="人员"
    )
    level = models.PositiveSmallIntegerField("审签环节", choices=ReviewLevel)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name="单位",
        help_text="政务公开办和县级领导小组留空,即全县各单位",
    )

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位授权"
        ordering: ClassVar = ["unit", "level", "user"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "level", "unit"],
                name="duty_unique_in_unit",
                violation_error_message="已有同样的岗位授权",
            ),
            models.UniqueConstraint(
                fields=["user", "level"],
                condition=Q(unit=None),
                name="duty_unique_in_county",
                violation_error_message="已有同样的岗位授权",
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=False)
                | Q(level__in=[ReviewLevel.OPENNESS_OFFICE, ReviewLevel.LEADING_GROUP]),
                name="duty_county_wide_only_above_unit",
                violation_error_message="信息提交人、提交科室、分管领导必须属于一个单位",
            ),
            models.CheckConstraint(
                condition=~Q(level=ReviewLevel.OPENNESS_OFFICE) | Q(unit=None),
                name="duty_openness_office_is_county_wide",
                violation_error_message="政务公开办面向全县,单位留空",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}({self.unit or '全县'})"


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
