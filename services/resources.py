"""Import and export of service guides."""

from __future__ import annotations

from typing import Any, ClassVar

from import_export import fields

from catalog.bulk import BulkResource
from catalog.cells import ChoiceListWidget, CodeWidget, DayWidget, FlagWidget, WholeNumberWidget
from catalog.models import Matter, Unit
from catalog.resources import choice, text

from .choices import Applicant, ItemType, LifeEvent, Reach, ServiceList
from .models import Service


class ServiceResource(BulkResource):
    code = text("code", "事项编码")
    name = text("name", "事项名称")
    unit = fields.Field("unit", "实施单位编码", CodeWidget(Unit))
    item_type = choice("item_type", "事项类型", ItemType)
    applicant = fields.Field("applicants", "服务对象", ChoiceListWidget(Applicant, "、"))
    legal_basis = text("legal_basis", "办事依据")
    process = text("process", "办事流程")
    conditions = text("conditions", "申报条件")
    materials = text("materials", "申报材料")
    fee = text("fee", "收费标准")
    fee_basis = text("fee_basis", "收费依据")
    statutory_days = fields.Field("statutory_days", "法定时限(工作日)", WholeNumberWidget())
    promised_days = fields.Field("promised_days", "承诺时限(工作日)", WholeNumberWidget())
    result = text("result", "办事结果")
    address = text("address", "办事地址")
    phone = text("phone", "咨询电话")
    complaint_phone = text("complaint_phone", "投诉举报电话")
    visits = fields.Field("visits", "到办事现场次数", WholeNumberWidget())
    reach = choice("reach", "就近办理", Reach)
    lists = fields.Field("lists", "所在清单", ChoiceListWidget(ServiceList))
    life_event = choice("life_event", "办事主题", LifeEvent)
    matter_code = fields.Field("matter", "公开事项编码", CodeWidget(Matter))
    is_featured = fields.Field("is_featured", "首页热门", FlagWidget())
    retired_on = fields.Field("retired_on", "停用日期", DayWidget())

    required_columns = ("name", "unit", "item_type", "promised_days", "visits")
    unique_links = ("matter_code",)

    class Meta(BulkResource.Meta):
        model = Service
        fields: ClassVar = [
            "code",
            "name",
            "unit",
            "item_type",
            "applicant",
            "legal_basis",
            "process",
            "conditions",
            "materials",
            "fee",
            "fee_basis",
            "statutory_days",
            "promised_days",
            "result",
            "address",
            "phone",
            "complaint_phone",
            "visits",
            "reach",
            "lists",
            "life_event",
            "matter_code",
            "is_featured",
            "retired_on",
        ]

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit", "matter")

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("unit", "matter")
