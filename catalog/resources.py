"""Import and export of the catalog; the fixtures are loaded through the same resources.

A file may head its columns in Chinese, as exports do, or with the field names that
``fixtures/`` uses. An import is all rows or none; every refusal names row, column and reason.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Choices
from import_export import fields
from import_export.instance_loaders import ModelInstanceLoader

from .cells import (
    ChoiceListWidget,
    ChoiceWidget,
    CodeWidget,
    DayWidget,
    FlagWidget,
    NamesWidget,
    TextWidget,
    WholeNumberWidget,
    as_text,
)
from .choices import (
    Audience,
    Category,
    Channel,
    Handling,
    LimitFrom,
    LimitKind,
    Method,
    NegativeCategory,
    Period,
    Tier,
    UnitKind,
)
from .importing import CodeLoader, RowResource
from .models import (
    MAX_LEVEL,
    AccountabilityStep,
    AccountabilityTable,
    Matter,
    NegativeListEntry,
    Obligation,
    Unit,
)
from .printed import unit_names

ALL_DOMAINS = "全部"


class CodedResource(RowResource):
    """What all tables with permanent codes share."""

    required_columns: ClassVar[tuple[str, ...]] = ()

    class Meta:
        import_id_fields: ClassVar = ["code"]
        instance_loader_class = CodeLoader
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def import_data(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs["use_transactions"] = True
        kwargs["rollback_on_validation_errors"] = True
        return super().import_data(dataset, *args, **kwargs)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        names = {name: field.column_name for name, field in self.fields.items()}
        headers = [str(header or "").strip() for header in dataset.headers or []]
        dataset.headers = [names.get(header, header) for header in headers]
        required = [names[name] for name in (*self._meta.import_id_fields, *self.required_columns)]
        if missing := [name for name in required if name not in dataset.headers]:
            raise ValueError(f"文件缺少列:{'、'.join(missing)}")
        if doubled := {name for name in dataset.headers if dataset.headers.count(name) > 1}:
            raise ValueError(f"文件有重复的列:{'、'.join(sorted(doubled))}")
        while len(dataset) and not any(str(cell or "").strip() for cell in dataset[-1]):
            del dataset[-1]  # spreadsheets end in rows that somebody once touched
        self.seen: dict[tuple[str, ...], int] = {}
        self._look_up(dataset)

    def _look_up(self, dataset: Any) -> None:
        """Widgets remember rows; a preview's memory must not serve the import after it."""
        for field in self.fields.values():
            if isinstance(field.widget, NamesWidget):
                field.widget.known = None
            elif isinstance(field.widget, CodeWidget):
                column = field.column_name
                field.widget.look_up(dataset[column] if column in dataset.headers else [])

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        names = list(self._meta.import_id_fields)
        key = tuple(as_text(row.get(self.fields[name].column_name)) for name in names)
        for name, value in zip(names, key, strict=True):
            if not value:
                raise ValidationError({name: "这一列不能为空"})
        first = self.seen.setdefault(key, kwargs["row_number"])
        if first != kwargs["row_number"]:
            # The heading is the file's first row.
            raise ValidationError({names[0]: f"“{'-'.join(key)}”与文件第{first + 1}行重复"})

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        # Relations are read only after the row is saved, too late to name their column.
        for name, field in self.fields.items():
            if isinstance(field.widget, NamesWidget) and field.column_name in row:
                try:
                    field.widget.clean(row[field.column_name])
                except ValueError as error:
                    errors.setdefault(name, []).append(ValidationError(str(error)))
        if errors:
            raise ValidationError(errors)

    def import_field(self, field: Any, instance: Any, row: Any, *args: Any, **kwargs: Any) -> None:
        # A column that the file leaves out leaves the value as it is.
        if field.column_name in row:
            super().import_field(field, instance, row, *args, **kwargs)

    def column_of(self, name: str) -> str:
        """The heading that a person sees for a field of the model."""
        for field in self.fields.values():
            if field.attribute == name:
                return field.column_name
        return self.fields[name].column_name if name in self.fields else name


def text(attribute: str, heading: str) -> fields.Field:
    return fields.Field(attribute, heading, TextWidget())


def choice(attribute: str, heading: str, choices: type[Choices]) -> fields.Field:
    return fields.Field(attribute, heading, ChoiceWidget(choices))


class UnitResource(CodedResource):
    """The publishing units; ``parent`` by code, a parent before its subordinates."""

    code = text("code", "单位编码")
    name = text("name", "单位全称")
    short_name = text("short_name", "简称")
    kind = choice("kind", "类别", UnitKind)
    parent = fields.Field("parent", "上级单位编码", CodeWidget(Unit, cached=False))
    address = text("address", "办公地址")
    phone = text("phone", "办公电话")
    complaint_phone = text("complaint_phone", "监督投诉电话")
    pilot_domains = fields.Field("pilot_domains", "试点领域", NamesWidget(), m2m_add=False)
    division_code = text("division_code", "行政区划代码")
    credit_code = text("credit_code", "统一社会信用代码")

    required_columns = ("name", "short_name", "kind")

    class Meta(CodedResource.Meta):
        model = Unit
        fields: ClassVar = [
            "code",
            "name",
            "short_name",
            "kind",
            "parent",
            "address",
            "phone",
            "complaint_phone",
            "pilot_domains",
            "division_code",
            "credit_code",
        ]

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        if result.totals["new"] or result.totals["update"]:
            Matter.relink_units()
            Obligation.objects.resync()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("parent").prefetch_related("pilot_domains")


class VillageResource(CodedResource):
    """Villages and communities; their township by its division code."""

    code = text("code", "行政区划代码")
    name = text("name", "村(社区)名称")
    township_code = fields.Field(
        "parent", "所属乡镇区划代码", CodeWidget(Unit, field="division_code")
    )

    required_columns = ("name", "township_code")

    class Meta(CodedResource.Meta):
        model = Unit
        fields: ClassVar = ["code", "name", "township_code"]

    def get_queryset(self) -> Any:
        return super().get_queryset().villages().select_related("parent")

    def after_init_instance(self, instance: Unit, new: bool, row: Any, **kwargs: Any) -> None:
        instance.kind = UnitKind.VILLAGE

    def import_instance(self, instance: Unit, row: Any, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        instance.short_name = instance.name
        instance.division_code = instance.code

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        if result.totals["new"] or result.totals["update"]:
            Obligation.objects.resync()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.villages().select_related("parent")


class MatterResource(CodedResource):
    """The catalog tree. Rows name their parent by code; a parent precedes its children.

    A file without the parent column is read by the codes: ``01-02-03`` lies under ``01-02``.
    """

    code = text("code", "事项编码")
    parent = fields.Field("parent", "上级事项编码", CodeWidget(Matter, cached=False))
    level = fields.Field("level", "级次", WholeNumberWidget(), readonly=True)
    name = text("name", "事项名称")
    category = choice("category", "公开类别", Category)
    content = text("content", "公开内容(要素)")
    legal_basis = text("legal_basis", "公开依据")
    time_limit = text("time_limit", "公开时限")
    limit_days = fields.Field("limit_days", "时限天数", WholeNumberWidget())
    limit_kind = choice("limit_kind", "时限种类", LimitKind)
    limit_from = choice("limit_from", "天数从何算起", LimitFrom)
    period = choice("period", "公开周期", Period)
    due_month = fields.Field("due_month", "截止月份", WholeNumberWidget())
    due_day = fields.Field("due_day", "截止日", WholeNumberWidget())
    review_months = fields.Field("review_months", "复核间隔(月)", WholeNumberWidget())
    responsible_unit = text("responsible_text", "公开主体")
    channels = fields.Field("channels", "公开渠道和载体", ChoiceListWidget(Channel))
    audience = fields.Field("audience", "公开对象", ChoiceWidget(Audience))
    audience_detail = text("audience_detail", "特定群体")
    method = choice("method", "公开方式", Method)
    tiers = fields.Field("tiers", "公开层级", ChoiceListWidget(Tier))
    is_public_service = fields.Field("is_public_service", "公共服务事项", FlagWidget())
    position = fields.Field("position", "顺序", WholeNumberWidget())
    listed_on = fields.Field("listed_on", "列入目录日期", DayWidget())
    retired_on = fields.Field("retired_on", "停用日期", DayWidget())

    required_columns = ("name",)

    class Meta(CodedResource.Meta):
        model = Matter
        fields: ClassVar = [
            "code",
            "parent",
            "level",
            "name",
            "category",
            "content",
            "legal_basis",
            "time_limit",
            "limit_days",
            "limit_kind",
            "limit_from",
            "period",
            "due_month",
            "due_day",
            "review_months",
            "responsible_unit",
            "channels",
            "audience",
            "audience_detail",
            "method",
            "tiers",
            "is_public_service",
            "position",
            "listed_on",
            "retired_on",
        ]

    def import_data(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        with Matter.objects.disable_mptt_updates():
            return super().import_data(dataset, *args, **kwargs)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        heading = self.fields["parent"].column_name
        codes = [as_text(code) for code in dataset[self.fields["code"].column_name]]
        if heading not in dataset.headers:
            dataset.append_col([code.rpartition("-")[0] for code in codes], header=heading)
        self.directory = Unit.objects.directory()
        parents = dict(Matter.objects.values_list("code", "parent__code"))
        parents |= zip(codes, map(as_text, dataset[heading]), strict=True)
        self.inner_codes = set(parents.values())
        self.depths: dict[str, int] = {}

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        heading, detail = (
            self.fields[name].column_name for name in ("audience", "audience_detail")
        )
        # 特定群体:被征收人 — the printed tables write the group behind its box.
        audience, colon, group = str(row.get(heading) or "").partition(":")
        if colon:
            row[heading], row[detail] = audience, group.strip()

    def after_init_instance(self, instance: Matter, new: bool, row: Any, **kwargs: Any) -> None:
        code = str(row[self.fields["code"].column_name] or "").strip()
        instance.expects_children = code in self.inner_codes or "-" not in code
        if new:
            last = code.rpartition("-")[2]
            instance.position = int(last) * 10 if last.isdecimal() else 0

    def import_instance(self, instance: Matter, row: dict[str, Any], **kwargs: Any) -> None:
        errors: dict[str, Any] = {}
        words = instance.time_limit
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if instance.time_limit != words:
            self._read_limit_anew(instance, row)
        unknown = [
            name for name in unit_names(instance.responsible_text) if name not in self.directory
        ]
        if unknown:
            errors.setdefault("responsible_text", []).append(
                ValidationError(f"公开单位中没有“{'、'.join(unknown)}”,请核对名称或先登记该单位")
            )
        level = as_text(row.get(self.fields["level"].column_name))
        depth = self.depths.get(instance.parent.code, -1) + 1 if instance.parent else 0
        if instance.parent and instance.parent.code not in self.depths:
            depth = len(instance.parent.get_ancestors(include_self=True))
        self.depths[instance.code] = depth
        if level and level != str(depth) and "parent" not in errors:
            errors.setdefault("level", []).append(
                ValidationError(f"按上级事项这是{depth}级,文件写的是{level}级")
            )
        if errors:
            raise ValidationError(errors)

    def _read_limit_anew(self, instance: Matter, row: dict[str, Any]) -> None:
        """Other words, another limit: only what the file itself says of it stays."""
        for name, blank in Matter.blank_limit().items():
            if self.fields[name].column_name not in row:
                setattr(instance, name, blank)
        instance.complete_limit()

    def after_save_instance(self, instance: Matter, row: Any, **kwargs: Any) -> None:
        instance.set_responsible_units(self.directory)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        if not result.totals["new"] and not result.totals["update"]:
            return
        Matter.objects.rebuild()
        Obligation.objects.resync()
        bare = Matter.objects.leaves().current().filter(content="", level__gt=0)
        if bare:
            codes = "、".join(bare.values_list("code", flat=True)[:10])
            raise ValueError(f"这些事项没有下级,却缺少公开标准:{codes}")
        if deep := Matter.objects.filter(level__gt=MAX_LEVEL):
            codes = "、".join(deep.values_list("code", flat=True)[:10])
            raise ValueError(f"目录最多到三级事项,移动后这些事项超过了三级:{codes}")

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("parent").as_tree()


class NegativeListResource(CodedResource):
    code = text("code", "条目编码")
    category = choice("category", "类别", NegativeCategory)
    name = text("name", "名称")
    description = text("description", "具体情形")
    legal_basis = text("legal_basis", "依据")
    handling = choice("handling", "处理方式", Handling)
    domains = fields.Field("domains", "适用领域", NamesWidget(), m2m_add=False)

    required_columns = ("category", "name", "description", "legal_basis", "handling", "domains")

    class Meta(CodedResource.Meta):
        model = NegativeListEntry
        fields: ClassVar = [
            "code",
            "category",
            "name",
            "description",
            "legal_basis",
            "handling",
            "domains",
        ]

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        heading = self.fields["domains"].column_name
        value = str(row.get(heading) or "").strip()
        if not value:
            raise ValidationError({"domains": f"请写明适用领域,全部领域写“{ALL_DOMAINS}”"})
        self.applies_to_all = value == ALL_DOMAINS
        if self.applies_to_all:
            row[heading] = ""

    def import_instance(self, instance: NegativeListEntry, row: Any, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        instance.applies_to_all = self.applies_to_all

    def skip_row(self, instance: Any, original: Any, *args: Any, **kwargs: Any) -> bool:
        unchanged = super().skip_row(instance, original, *args, **kwargs)
        return unchanged and instance.applies_to_all == original.applies_to_all

    def dehydrate_domains(self, entry: NegativeListEntry) -> str:
        if entry.applies_to_all:
            return ALL_DOMAINS
        return self.fields["domains"].widget.render(entry.domains)

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.prefetch_related("domains")


class AccountabilityStepResource(CodedResource):
    """One step a row; the table is made or renamed as the row says."""

    table_no = fields.Field("table__number", "表号", WholeNumberWidget())
    table_name = fields.Field("table__name", "表名", TextWidget(), readonly=True)
    step_no = fields.Field("number", "序号", WholeNumberWidget())
    stage = text("stage", "环节")
    duty = text("duty", "责任内容")
    responsible_role = text("responsible_role", "责任人")
    deadline = text("deadline", "时限要求")
    fault = text("fault", "追责情形")
    consequence = text("consequence", "追责方式")
    legal_basis = text("legal_basis", "依据")

    required_columns = ("table_name", "stage", "duty", "responsible_role", "deadline")

    class Meta(CodedResource.Meta):
        model = AccountabilityStep
        instance_loader_class = ModelInstanceLoader  # the other knows keys of one field only
        import_id_fields: ClassVar = ["table_no", "step_no"]
        fields: ClassVar = [
            "table_no",
            "table_name",
            "step_no",
            "stage",
            "duty",
            "responsible_role",
            "deadline",
            "fault",
            "consequence",
            "legal_basis",
        ]

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        self.table_names: dict[int, str] = {}

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        number, name = (row[self.fields[key].column_name] for key in ("table_no", "table_name"))
        for key in self._meta.import_id_fields:
            try:
                value = self.fields[key].widget.clean(row[self.fields[key].column_name])
            except ValueError as error:
                raise ValidationError({key: str(error)}) from error
            if value <= 0:
                raise ValidationError({key: f"“{value}”应大于0"})
        number, name = int(as_text(number)), as_text(name)
        if not name:
            raise ValidationError({"table_name": "这一列不能为空"})
        if self.table_names.setdefault(number, name) != name:
            message = f"表{number}在上文叫“{self.table_names[number]}”,同一张表须用同一名称"
            raise ValidationError({"table_name": message})
        known = AccountabilityTable.objects.filter(number=number, name=name).first()
        self.is_renamed = known is None
        self.table = known or self._named(number, name)

    def _named(self, number: int, name: str) -> AccountabilityTable:
        try:
            AccountabilityTable(number=number, name=name).clean_fields()
        except ValidationError as error:
            raise ValidationError({"table_name": error.messages}) from error
        table, _ = AccountabilityTable.objects.update_or_create(
            number=number, defaults={"name": name}
        )
        return table

    def skip_row(self, *args: Any, **kwargs: Any) -> bool:
        return super().skip_row(*args, **kwargs) and not self.is_renamed

    def import_field(self, field: Any, instance: Any, row: Any, *args: Any, **kwargs: Any) -> None:
        if field.attribute == "table__number":
            instance.table = self.table
        else:
            super().import_field(field, instance, row, *args, **kwargs)

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("table").order_by("table__number", "number")
