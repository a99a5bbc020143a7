"""What auditors take home. Disclosures and signatures are exported, never imported."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.utils import timezone
from import_export import fields, resources

from catalog.models import Obligation
from catalog.resources import CodedResource, choice, text

from .choices import ReviewLevel, Severity, TermKind
from .coverage import Standing
from .models import Disclosure, Explanation, OfflineDisclosure, Signoff, Statement, Term


class _Exported(resources.ModelResource):
    def import_data(self, *args: Any, **kwargs: Any) -> Any:
        raise PermissionDenied("公开信息和审签记录不能导入")

    @staticmethod
    def minute(moment: Any) -> str:
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


class DisclosureResource(_Exported):
    index_number = fields.Field("index_number", "索引号")
    title = fields.Field(column_name="标题")
    unit = fields.Field("unit__name", "发布机构")
    matter_code = fields.Field("matter__code", "事项编码")
    matter = fields.Field("matter__name", "公开事项")
    category = fields.Field("get_category_display", "公开类别")
    document_number = fields.Field(column_name="发文字号")
    formed_on = fields.Field(column_name="形成日期")
    due_on = fields.Field("due_on", "应公开日期")
    published_at = fields.Field(column_name="发布时间")
    timeliness = fields.Field(column_name="是否按时")
    validity = fields.Field(column_name="有效性")
    revisions = fields.Field(column_name="公开过的版本数")
    signatures = fields.Field(column_name="五级签字")
    content_digest = fields.Field(column_name="内容摘要值")
    views = fields.Field("views", "浏览次数")
    withdrawn_at = fields.Field(column_name="撤下时间")
    withdrawal_reason = fields.Field("withdrawal_reason", "撤下原因")

    class Meta:
        model = Disclosure
        fields: ClassVar = [
            "index_number",
            "title",
            "unit",
            "matter_code",
            "matter",
            "category",
            "document_number",
            "formed_on",
            "due_on",
            "published_at",
            "timeliness",
            "validity",
            "revisions",
            "signatures",
            "content_digest",
            "views",
            "withdrawn_at",
            "withdrawal_reason",
        ]

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        signoffs = Signoff.objects.order_by("level")
        return (
            queryset.published()
            .with_views()
            .select_related("unit", "matter", "live_revision")
            .prefetch_related("revisions", Prefetch("live_revision__signoffs", signoffs))
        )

    def dehydrate_title(self, disclosure: Disclosure) -> str:
        return disclosure.live_revision.title

    def dehydrate_document_number(self, disclosure: Disclosure) -> str:
        return disclosure.live_revision.document_number

    def dehydrate_formed_on(self, disclosure: Disclosure) -> str:
        return f"{disclosure.live_revision.formed_on:%Y-%m-%d}"

    def dehydrate_published_at(self, disclosure: Disclosure) -> str:
        return self.minute(disclosure.published_at)

    def dehydrate_timeliness(self, disclosure: Disclosure) -> str:
        return {True: "逾期", False: "按时", None: ""}[disclosure.is_late]

    def dehydrate_validity(self, disclosure: Disclosure) -> str:
        return str(disclosure.live_revision.current_validity.label)

    def dehydrate_revisions(self, disclosure: Disclosure) -> int:
        return sum(revision.published_at is not None for revision in disclosure.revisions.all())

    def dehydrate_signatures(self, disclosure: Disclosure) -> str:
        # Of a level signed again after a return, the last signature is the one that stands.
        signoffs: Any = disclosure.live_revision.signoffs.all()  # type: ignore[misc, union-attr]
        standing = {signoff.level: signoff for signoff in signoffs if not signoff.returned_to}
        return ";".join(
            f"{ReviewLevel(level).label} {signoff.shown_name} {self.minute(signoff.signed_at)}"
            for level, signoff in sorted(standing.items())
        )

    def dehydrate_content_digest(self, disclosure: Disclosure) -> str:
        revision = disclosure.live_revision
        return f"{revision.digest_algorithm}:{revision.content_digest}"

    def dehydrate_withdrawn_at(self, disclosure: Disclosure) -> str:
        return self.minute(disclosure.withdrawn_at)


class SignoffResource(_Exported):
    index_number = fields.Field("revision__disclosure__index_number", "索引号")
    title = fields.Field("revision__title", "标题")
    number = fields.Field("revision__number", "版本号")
    round = fields.Field("round", "轮次")
    level = fields.Field("get_level_display", "环节")
    signer_name = fields.Field("signer_name", "签字人")
    principal_name = fields.Field("principal_name", "委托人")
    unit = fields.Field("unit__name", "岗位所在单位")
    verdict = fields.Field("get_verdict_display", "意见")
    remark = fields.Field("remark", "说明")
    signed_at = fields.Field(column_name="签字时间")
    content_digest = fields.Field("content_digest", "内容摘要值")
    entry = fields.Field("entry__number", "台账序号")
    digest = fields.Field("entry__digest", "台账摘要值")

    class Meta:
        model = Signoff
        fields: ClassVar = [
            "index_number",
            "title",
            "number",
            "round",
            "level",
            "signer_name",
            "principal_name",
            "unit",
            "verdict",
            "remark",
            "signed_at",
            "content_digest",
            "entry",
            "digest",
        ]

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("revision__disclosure", "unit", "entry").order_by("pk")

    def dehydrate_signed_at(self, signoff: Signoff) -> str:
        return self.minute(signoff.signed_at)


class _StatementResource(_Exported):
    """The columns that both kinds of statement share."""

    matter_code = fields.Field("matter__code", "事项编码")
    matter = fields.Field("matter__name", "公开事项")
    category = fields.Field("matter__get_category_display", "公开类别")
    unit = fields.Field("unit__name", "公开主体")
    state = fields.Field("get_state_display", "状态")
    entered_by = fields.Field("entered_by__get_full_name", "填报人")
    entered_at = fields.Field(column_name="填报时间")
    signed_by = fields.Field("signed_by__get_full_name", "公开办签字人")
    signed_at = fields.Field(column_name="签字时间")
    remark = fields.Field("remark", "退回原因")
    ended_at = fields.Field(column_name="终止时间")

    PLACE: ClassVar = ["matter_code", "matter", "category", "unit"]
    STEPS: ClassVar = [
        "state",
        "entered_by",
        "entered_at",
        "signed_by",
        "signed_at",
        "remark",
        "ended_at",
    ]

    def dehydrate_entered_at(self, statement: Statement) -> str:
        return self.minute(statement.entered_at)

    def dehydrate_signed_at(self, statement: Statement) -> str:
        return self.minute(statement.signed_at)

    def dehydrate_ended_at(self, statement: Statement) -> str:
        return self.minute(statement.ended_at)


class ExplanationResource(_StatementResource):
    reason = fields.Field("get_reason_display", "原因")
    detail = fields.Field("detail", "说明")
    negative_entry = fields.Field("negative_entry__code", "负面清单条目")
    expected_on = fields.Field("expected_on", "预计公开日期")
    valid_until = fields.Field("valid_until", "有效期至")

    class Meta:
        model = Explanation
        fields: ClassVar = [
            *_StatementResource.PLACE,
            "reason",
            "detail",
            "negative_entry",
            "expected_on",
            "valid_until",
            *_StatementResource.STEPS,
        ]

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        people = ("entered_by", "signed_by")
        return queryset.select_related("matter", "unit", "negative_entry", *people).order_by("pk")


class OfflineResource(_StatementResource):
    title = fields.Field("title", "公开内容")
    carrier = fields.Field("get_carrier_display", "公开形式")
    place = fields.Field("place", "地点")
    shown_from = fields.Field("shown_from", "公开起")
    shown_until = fields.Field("shown_until", "公开止")
    formed_on = fields.Field("formed_on", "形成日期")
    evidence = fields.Field(column_name="凭证")

    class Meta:
        model = OfflineDisclosure
        fields: ClassVar = [
            *_StatementResource.PLACE,
            "title",
            "carrier",
            "place",
            "shown_from",
            "shown_until",
            "formed_on",
            "evidence",
            *_StatementResource.STEPS,
        ]

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        people = ("entered_by", "signed_by")
        found = queryset.select_related("matter", "unit", *people).order_by("pk")
        return found.prefetch_related("evidence")

    def dehydrate_evidence(self, record: OfflineDisclosure) -> str:
        pieces = record.evidence.all()
        return ";".join(f"{piece.name} {piece.digest_algorithm}:{piece.digest}" for piece in pieces)


class ObligationResource(_Exported):
    """应公开事项, as the list of the admin annotates them."""

    matter_code = fields.Field("matter__code", "事项编码")
    matter = fields.Field("matter__name", "公开事项")
    category = fields.Field("matter__get_category_display", "公开类别")
    unit = fields.Field("unit__name", "公开主体")
    publisher = fields.Field("publisher__name", "发布机构")
    time_limit = fields.Field("matter__time_limit", "公开时限")
    state = fields.Field(column_name="公开情况")
    shown = fields.Field(column_name="线下已公开")
    waiting = fields.Field(column_name="说明待签字")

    class Meta:
        model = Obligation
        fields: ClassVar = [
            "matter_code",
            "matter",
            "category",
            "unit",
            "publisher",
            "time_limit",
            "state",
            "shown",
            "waiting",
        ]

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("matter", "unit", "publisher")

    def dehydrate_state(self, row: Any) -> str:
        return str(Standing(row.standing).state.label)

    def dehydrate_shown(self, row: Any) -> str:
        return "是" if row.is_shown else "否"

    def dehydrate_waiting(self, row: Any) -> str:
        return "是" if row.is_waiting else "否"


class TermResource(CodedResource):
    """筛查词表; a row is known by its text."""

    kind = choice("kind", "类别", TermKind)
    suggestion = text("suggestion", "建议写法")
    text = text("text", "词语")
    severity = choice("severity", "程度", Severity)

    required_columns = ("kind",)

    class Meta(CodedResource.Meta):
        model = Term
        import_id_fields: ClassVar = ["text"]
        fields: ClassVar = ["text", "kind", "suggestion", "severity"]
