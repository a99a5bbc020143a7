"""The annual report of a unit of the demonstration, filled in and ready to be composed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog.models import Unit
from disclosures import clock, workflow
from disclosures.annual.tables import AMOUNT, Place
from disclosures.models import AnnualReport

from .statements import Act
from .story import ACCOUNT_UNITS

if TYPE_CHECKING:
    from .stage import Stage

_TABLE_1: dict[Place, int | Decimal] = {
    **{Place("table1", "rules", column): 0 for column in ("issued", "repealed", "valid")},
    Place("table1", "permits", "decisions"): 412,
    Place("table1", "penalties", "decisions"): 37,
    Place("table1", "coercion", "decisions"): 0,
    AMOUNT: Decimal("186.40"),
}
_TABLE_2: dict[Place, int | Decimal] = {
    Place("table2", "received", "person"): 14,
    Place("table2", "received", "company"): 3,
    Place("table2", "carried_in", "person"): 1,
    Place("table2", "granted", "person"): 7,
    Place("table2", "granted", "company"): 2,
    Place("table2", "partly", "person"): 2,
    Place("table2", "unavailable_1", "person"): 4,
    Place("table2", "declined_1", "person"): 1,
    Place("table2", "carried_out", "person"): 1,
    Place("table2", "carried_out", "company"): 1,
}
_TABLE_3: dict[Place, int | Decimal] = {
    Place("table3", "review", "upheld"): 1,
    Place("table3", "direct", "pending"): 1,
}
_TEXTS = {
    "management": "修订政府信息公开保密审查制度，公文拟制时同步认定公开属性，每季清理规范性文件。",
    "platform": "在县政务公开网更新公开目录，在政务服务中心设政务公开专区，提供查询和打印。",
    "supervision": "政务公开列入各科室年度考核，组织业务培训两次；没有发生责任追究的情形。",
    "problems": "存在的问题：少数事项公开不够及时，政策解读以文字为主。\n"
    "改进措施：按月核对应公开事项，增加图解和问答。",
    "other": "本年度没有收取信息处理费。没有其他需要报告的事项。",
}


def plan_report(now: datetime) -> Act:
    """Last year's report of the unit whose clerk has a demonstration account."""
    begun = now.replace(month=1, day=12, hour=10)
    if begun > now:
        begun = begun.replace(year=now.year - 1)
    return Act(begun, _fill_in)


def _fill_in(stage: Stage) -> None:
    unit = Unit.objects.get(code=ACCOUNT_UNITS[0])
    clerk = stage.clerk_of(unit)
    year = timezone.localdate(clock.now()).year - 1
    report = workflow.open_report(AnnualReport(unit=unit, year=year), by=clerk)
    for table, numbers in (("table1", _TABLE_1), ("table2", _TABLE_2), ("table3", _TABLE_3)):
        workflow.enter_numbers(report, table, numbers, {}, by=clerk)
    workflow.write_texts(report, _TEXTS, by=clerk)
