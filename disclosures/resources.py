"""What auditors take home. Disclosures and signatures are exported, never imported."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.utils import timezone
from import_export import fields, resources

from catalog.resources import CodedResource, choice, text

from .choices import ReviewLevel, Severity, TermKind
from .models import Disclosure, Signoff, Term


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
