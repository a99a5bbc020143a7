"""When something has to be public: what the words of 公开时限 demand, and the days they lead to.

Article 26 of the 《政府信息公开条例》 gives 20 working days from the day the information is formed
or changed, "unless laws and regulations provide otherwise". A shorter limit beats it: the one the
standard states, and those that a regulation gives for a kind of information whatever the standard
says. A limit that is no such limit does not: how long a notice has to hang, or how long before a
hearing it has to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from . import workdays
from .choices import Category, LimitFrom, LimitKind, Period

#: 《政府信息公开条例》 article 26, in working days.
STATUTORY_DAYS = 20
#: How often what is long-term is looked through, where the standard says nothing.
REVIEW_MONTHS = 12


class Limit(NamedTuple):
    """公开时限 as a computer reads it; the fields of ``Matter`` of the same names."""

    limit_kind: str
    limit_days: int | None = None
    limit_from: str = ""
    period: str = ""
    due_month: int | None = None
    due_day: int | None = None
    review_months: int | None = None


class Limited(Protocol):
    """A matter, or anything else that has its limit's fields."""

    name: str
    category: str
    limit_kind: str
    limit_days: int | None
    limit_from: str
    period: str
    due_month: int | None
    due_day: int | None


class Shorter(NamedTuple):
    """A limit that a regulation gives for a kind of information, whatever its standard says."""

    names: re.Pattern[str] | None
    categories: frozenset[str]
    days: int
    kind: LimitKind
    source: str

    def fits(self, matter: Limited) -> bool:
        if self.categories and matter.category not in self.categories:
            return False
        return self.names is None or self.names.search(matter.name) is not None


_RESULTS = frozenset({Category.RESULT, Category.MANAGEMENT, Category.EXECUTION})
SHORTER = (
    Shorter(
        re.compile("(许可|处罚)(决定|结果)|许可信息|处罚$"),
        _RESULTS,
        7,
        LimitKind.WORKING_DAYS,
        "国办发〔2018〕118号:行政许可、行政处罚决定7个工作日内",
    ),
    Shorter(
        re.compile("(中标|成交)(结果|公告)|采购合同公(告|开)"),
        _RESULTS,
        2,
        LimitKind.WORKING_DAYS,
        "《政府采购法实施条例》第四十三条、第五十条:2个工作日内",
    ),
    Shorter(
        None,
        frozenset({Category.INTERPRETATION}),
        3,
        LimitKind.WORKING_DAYS,
        "皖政办秘〔2014〕3号:解读材料在文件公开后3个工作日内",
    ),
)


def is_penalty(matter: Limited) -> bool:
    """Whether decisions to punish are shown: for three years at most, then taken off again.

    ``DisclosureQuerySet.notice_over`` asks the same of many.
    """
    return matter.category == Category.RESULT and "处罚" in matter.name


# The words ------------------------------------------------------------------------------------

_NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
             "九": 9, "十": 10, "十五": 15, "二十": 20, "三十": 30}  # fmt: skip
_NUMBER = r"(\d{1,3}|二十|三十|十五|[一二两三四五六七八九十])"
_DAYS = re.compile(_NUMBER + r"\s*个?\s*(工作日|自然日|日|天)")
_HOURS = re.compile(r"(\d{1,3})\s*个?小时")
_YEAR_DAY = re.compile(r"每年(?:度)?(\d{1,2})月(?:(\d{1,2})[日号])?")
_MONTH_DAY = re.compile(r"(?:次月|每月|每季度[^\d]{0,6}|首月)前?(\d{1,2})[日号]")
_MONTHS = re.compile(r"每" + _NUMBER + r"个月(?:内)?(?:至少)?(?:复核|更新|核对|检查)")
_PERIODIC = re.compile(r"每(年|学年|学期|半年|季|月)|按(年度?|季度?|月)|(?<!\d)年度公开")
_LONG_TERM = re.compile("长期|常年|持续公开|动态更新")
_REALTIME = re.compile("实时|即时|及时|随时|适时|同步公开|当日|当天|当场")
_NOTICE = re.compile(
    r"(公示|公告|公开|征求意见|信息披露|告知)[^,,;;。]{0,6}(期|时间|期限)?[^,,;;。]{0,4}(不少于|不得少于|不低于|至少)"
)
_BEFORE = re.compile(r"日之?前|天之?前|前(至少|不少于)?\d|提前|不晚于")
_EVENT = re.compile("举行|召开|听证|开始|活动|开工|施工|实施|影响发生|评审")


def read(text: str) -> Limit | None:
    """The limit that ``text`` states, ``None`` where its words aren't understood.

    >>> read("信息形成或变更之日起20个工作日内").limit_days
    20
    """
    text = _tidy(text)
    return _periodic(text) or _counted(text) or _open_ended(text)


def _tidy(text: str) -> str:
    wide = str.maketrans("０１２３４５６７８９（）：；，", "0123456789():;,")
    return re.sub(r"\s+", "", text.translate(wide))


def _number(text: str) -> int:
    return _NUMERALS[text] if text in _NUMERALS else int(text)


def _periodic(text: str) -> Limit | None:
    if not re.search(
        r"每(年|学年|学期|半年|季|月|\S{1,2}个月)|按(年度?|季度?|月)|(?<!\d)年度公开", text
    ):
        return None
    if _MONTHS.search(text) or _LONG_TERM.search(text):
        return None
    if re.search("每学期", text):
        return Limit(LimitKind.PERIODIC, period=Period.TERM)
    if re.search("每半年|半年度", text):
        return Limit(LimitKind.PERIODIC, period=Period.HALF_YEARLY)
    if re.search("每季|按季", text):
        return Limit(LimitKind.PERIODIC, period=Period.QUARTERLY, due_day=_day(text) or 15)
    if re.search(r"每月|按月", text):
        return Limit(LimitKind.PERIODIC, period=Period.MONTHLY, due_day=_day(text) or 10)
    month, day = _yearly(text)
    return Limit(LimitKind.PERIODIC, period=Period.YEARLY, due_month=month, due_day=day)


def _day(text: str) -> int | None:
    found = _MONTH_DAY.search(text)
    return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None


def _yearly(text: str) -> tuple[int, int]:
    """The month and the day of the year by which it is due; the year's last where none is said.

    Enrolment begins in July, the flood season of the Huai in May.
    """
    if found := _YEAR_DAY.search(text):
        month = int(found[1])
        if 1 <= month <= 12:
            return month, min(int(found[2] or 31), workdays.days_in(month))
    if "汛期" in text:
        return 4, 30
    if "招生" in text:
        return (5, 31) if re.search("1个月|一个月", text) else (6, 30)
    return 12, 31


def _counted(text: str) -> Limit | None:
    found = _DAYS.search(text)
    if found is None:
        return _hours(text)
    days = _number(found[1])
    kind = LimitKind.WORKING_DAYS if found[2] == "工作日" else LimitKind.CALENDAR_DAYS
    if days <= 0:
        return None
    return Limit(kind, days, _start(text))


def _start(text: str) -> LimitFrom:
    """From what the days count; a deadline goes before the length of the notice after it."""
    if re.search("日内|天内|工作日内", text) and not re.match(r"[^,,]*不(得)?少于", text):
        return LimitFrom.FORMATION
    if _NOTICE.search(text):
        return LimitFrom.NOTICE
    if _BEFORE.search(text) and _EVENT.search(text):
        return LimitFrom.EVENT
    return LimitFrom.FORMATION


def _hours(text: str) -> Limit | None:
    """Hours become days: the portal keeps the day of formation, not its hour."""
    hours = [int(found[1]) for found in _HOURS.finditer(text)]
    if not hours:
        return None
    return Limit(LimitKind.REALTIME, max(1, max(hours) // 24), LimitFrom.FORMATION)


def _open_ended(text: str) -> Limit | None:
    if found := _MONTHS.search(text):
        return Limit(LimitKind.LONG_TERM, review_months=_number(found[1]))
    if _LONG_TERM.search(text):
        return Limit(LimitKind.LONG_TERM, review_months=REVIEW_MONTHS)
    if _REALTIME.search(text):
        is_at_once = re.search("实时|即时|随时|当日|当天|当场", text)
        return Limit(LimitKind.REALTIME, 1 if is_at_once else None)
    return None


# The days -------------------------------------------------------------------------------------


def due_on(matter: Limited, formed_on: date, event_on: date | None = None) -> date:
    """The last day on which information formed on ``formed_on`` is public in time.

    ``event_on`` is the day of what it announces, where the limit counts back from that.
    """
    days = [workdays.add(formed_on, STATUTORY_DAYS)]
    days += [_after(formed_on, rule.days, rule.kind) for rule in SHORTER if rule.fits(matter)]
    if matter.limit_days and matter.limit_from == LimitFrom.EVENT:
        if event_on is not None:
            days.append(_before(event_on, matter.limit_days, matter.limit_kind))
    elif matter.limit_days and matter.limit_from != LimitFrom.NOTICE:
        days.append(_after(formed_on, matter.limit_days, matter.limit_kind))
    if matter.limit_kind == LimitKind.PERIODIC and matter.period:
        cycle = cycle_of(matter, formed_on)
        if formed_on <= cycle.due_on:
            days.append(cycle.due_on)
    return min(days)


def _after(day: date, count: int, kind: str) -> date:
    if kind == LimitKind.WORKING_DAYS:
        return workdays.add(day, count)
    return day + timedelta(days=count)


def _before(day: date, count: int, kind: str) -> date:
    if kind == LimitKind.WORKING_DAYS:
        return workdays.subtract(day, count)
    return day - timedelta(days=count)


class Cycle(NamedTuple):
    """The period that is open on a day: publications from ``opens_on`` on count for it."""

    opens_on: date
    due_on: date
    #: The period before: it was to be published between these two days.
    last_opened_on: date
    last_due_on: date


class Rule(NamedTuple):
    """When a periodic matter is due; as ``Matter`` keeps it."""

    period: str
    due_month: int | None
    due_day: int | None


def cycle_of(matter: Limited | Rule, today: date) -> Cycle:
    """The cycle of a periodic matter that is open on ``today``."""
    openings = [
        day
        for year in range(today.year - 2, today.year + 1)
        for day in _openings(matter.period, year)
        if day <= today
    ]
    last, opened = openings[-2:]
    return Cycle(opened, _due(matter, opened), last, _due(matter, last))


def cycle_after(matter: Limited | Rule, cycle: Cycle) -> Cycle:
    """The cycle that opens next."""
    following = cycle
    months = 0
    while following.opens_on == cycle.opens_on:
        months += 1
        year, month = divmod(cycle.opens_on.month - 1 + months, 12)
        following = cycle_of(matter, date(cycle.opens_on.year + year, month + 1, 1))
    return following


def _openings(period: str, year: int) -> Iterable[date]:
    """The first days of a year's cycles: what a cycle reports is complete by then."""
    months = {
        Period.HALF_YEARLY: (1, 7),
        Period.TERM: (2, 9),
        Period.QUARTERLY: (1, 4, 7, 10),
        Period.MONTHLY: range(1, 13),
    }
    return [date(year, month, 1) for month in months.get(Period(period), (1,))]


def _due(matter: Limited | Rule, opened: date) -> date:
    period = matter.period
    if period == Period.HALF_YEARLY:
        return date(opened.year, opened.month + 5, 30 if opened.month == 1 else 31)
    if period == Period.TERM:  # February to July, September to January
        return date(opened.year, 7, 31) if opened.month == 2 else date(opened.year + 1, 1, 31)
    month = opened.month if period in {Period.QUARTERLY, Period.MONTHLY} else matter.due_month or 12
    return date(opened.year, month, min(matter.due_day or 31, workdays.days_in(month, opened.year)))


# Reviews --------------------------------------------------------------------------------------


def reviewed_until(day: date, months: int) -> date:
    """The last day whose review is due by ``day``: what was looked through later is due later."""
    looked_on = workdays.add_months(day, -months)
    while workdays.add_months(looked_on + timedelta(days=1), months) <= day:
        looked_on += timedelta(days=1)
    return looked_on
