"""The three tables of the annual report as the state prints them, and what must add up in them.

国办公开办函〔2021〕30号. Totals are computed, so nobody can enter one that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

TITLE = "{year}年政府信息公开工作年度报告"

#: The six parts, in their fixed order.
PARTS = (
    "总体情况",
    "主动公开政府信息情况",
    "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况",
    "存在的主要问题及改进情况",
    "其他需要报告的事项",
)
NUMERALS = "一二三四五六"


class Place(NamedTuple):
    """Where a number stands: table, row, column."""

    table: str
    row: str
    column: str


class Cell(NamedTuple):
    """A cell as it is printed. ``place`` is that of its number; a heading has a ``scope``."""

    text: str = ""
    colspan: int = 1
    rowspan: int = 1
    scope: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class Grid:
    """A table of the form: its first ``heads`` rows are repeated on each page."""

    key: str
    caption: str
    part: int
    widths: tuple[float, ...]
    heads: int
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def places(self) -> Iterator[Place]:
        return (cell.place for row in self.rows for cell in row if cell.place)

    def laid_out(self) -> Iterator[tuple[int, int, Cell]]:
        """Each cell with the row and the column where it begins, past those that span into it."""
        taken: set[tuple[int, int]] = set()
        for top, row in enumerate(self.rows):
            left = 0
            for cell in row:
                while (top, left) in taken:
                    left += 1
                taken |= {
                    (top + down, left + along)
                    for down in range(cell.rowspan)
                    for along in range(cell.colspan)
                }
                yield top, left, cell


class Named(NamedTuple):
    key: str
    label: str


class Section(NamedTuple):
    """Rows of table 1 that report on one item of article 20."""

    title: str
    columns: tuple[Named, ...]
    rows: tuple[Named, ...]


_DECISIONS = (Named("decisions", "本年处理决定数量"),)

ARTICLE_20 = (
    Section(
        "第二十条第（一）项",
        (
            Named("issued", "本年制发件数"),
            Named("repealed", "本年废止件数"),
            Named("valid", "现行有效件数"),
        ),
        (Named("rules", "规章"), Named("normative", "行政规范性文件")),
    ),
    Section("第二十条第（五）项", _DECISIONS, (Named("permits", "行政许可"),)),
    Section(
        "第二十条第（六）项",
        _DECISIONS,
        (Named("penalties", "行政处罚"), Named("coercion", "行政强制")),
    ),
    Section(
        "第二十条第（八）项",
        (Named("amount", "本年收费金额（单位：万元）"),),
        (Named("fees", "行政事业性收费"),),
    ),
)

#: The one cell of the form that is money and not a count.
AMOUNT = Place("table1", "fees", "amount")

TOTAL = Named("total", "总计")
APPLICANTS = (
    Named("person", "自然人"),
    Named("company", "商业企业"),
    Named("research", "科研机构"),
    Named("welfare", "社会公益组织"),
    Named("legal", "法律服务机构"),
    Named("other", "其他"),
)

RECEIVED = Named("received", "一、本年新收政府信息公开申请数量")
CARRIED_IN = Named("carried_in", "二、上年结转政府信息公开申请数量")
HANDLED = Named("handled", "（七）总计")
CARRIED_OUT = Named("carried_out", "四、结转下年度继续办理")
OUTCOMES_TITLE = "三、本年度办理结果"
SUM_RULE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


class Outcome(NamedTuple):
    """How requests were answered; with ``cases`` those are counted and it is only their heading."""

    key: str
    label: str
    cases: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Named, ...]:
        if not self.cases:
            return (Named(self.key, self.label),)
        return tuple(Named(f"{self.key}_{at}", case) for at, case in enumerate(self.cases, 1))


OUTCOMES = (
    Outcome("granted", "（一）予以公开"),
    Outcome("partly", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
    Outcome(
        "withheld",
        "（三）不予公开",
        (
            "1.属于国家秘密",
            "2.其他法律行政法规禁止公开",
            "3.危及“三安全一稳定”",
            "4.保护第三方合法权益",
            "5.属于三类内部事务信息",
            "6.属于四类过程性信息",
            "7.属于行政执法案卷",
            "8.属于行政查询事项",
        ),
    ),
    Outcome(
        "unavailable",
        "（四）无法提供",
        (
            "1.本机关不掌握相关政府信息",
            "2.没有现成信息需要另行制作",
            "3.补正后申请内容仍不明确",
        ),
    ),
    Outcome(
        "declined",
        "（五）不予处理",
        (
            "1.信访举报投诉类申请",
            "2.重复申请",
            "3.要求提供公开出版物",
            "4.无正当理由大量反复申请",
            "5.要求行政机关确认或重新出具已获取信息",
        ),
    ),
    Outcome(
        "closed",
        "（六）其他处理",
        (
            "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
            "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
            "3.其他",
        ),
    ),
)
#: The rows that (七) adds up: each request answered is counted in exactly one.
ANSWERS = tuple(row for outcome in OUTCOMES for row in outcome.rows)

RESULTS = (
    Named("upheld", "结果维持"),
    Named("corrected", "结果纠正"),
    Named("other", "其他结果"),
    Named("pending", "尚未审结"),
)
PROCEEDINGS = (
    Named("review", "行政复议"),
    Named("direct", "未经复议直接起诉"),
    Named("after_review", "复议后起诉"),
)


def _table_1() -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for section in ARTICLE_20:
        span = 3 // len(section.columns)
        rows.append((Cell(section.title, colspan=4, scope="colgroup"),))
        heads = (Cell(column.label, span, scope="col") for column in section.columns)
        rows.append((Cell("信息内容", scope="col"), *heads))
        for row in section.rows:
            numbers = (
                Cell(colspan=span, place=Place("table1", row.key, column.key))
                for column in section.columns
            )
            rows.append((Cell(row.label, scope="row"), *numbers))
    return Grid("table1", "主动公开政府信息情况统计表", 2, (3, 2, 2, 2), 0, tuple(rows))


def _numbers_2(row: Named) -> tuple[Cell, ...]:
    return tuple(
        Cell(place=Place("table2", row.key, column.key)) for column in (*APPLICANTS, TOTAL)
    )


def _table_2() -> Grid:
    person, *organisations = APPLICANTS
    rows: list[tuple[Cell, ...]] = [
        (Cell(SUM_RULE, 3, 3), Cell("申请人情况", len(APPLICANTS) + 1, scope="colgroup")),
        (
            Cell(person.label, rowspan=2, scope="col"),
            Cell("法人或其他组织", len(organisations), scope="colgroup"),
            Cell(TOTAL.label, rowspan=2, scope="col"),
        ),
        tuple(Cell(column.label, scope="col") for column in organisations),
        (Cell(RECEIVED.label, 3, scope="row"), *_numbers_2(RECEIVED)),
        (Cell(CARRIED_IN.label, 3, scope="row"), *_numbers_2(CARRIED_IN)),
    ]
    before: tuple[Cell, ...] = (Cell(OUTCOMES_TITLE, 1, len(ANSWERS) + 1, scope="rowgroup"),)
    for outcome in OUTCOMES:
        if outcome.cases:
            before += (Cell(outcome.label, 1, len(outcome.cases), scope="rowgroup"),)
        for row in outcome.rows:
            label = Cell(row.label, 1 if outcome.cases else 2, scope="row")
            rows.append((*before, label, *_numbers_2(row)))
            before = ()
    rows.append((Cell(HANDLED.label, 2, scope="row"), *_numbers_2(HANDLED)))
    rows.append((Cell(CARRIED_OUT.label, 3, scope="row"), *_numbers_2(CARRIED_OUT)))
    widths = (1.1, 1.6, 4.4, *(1.15,) * 7)
    return Grid("table2", "收到和处理政府信息公开申请情况统计表", 3, widths, 3, tuple(rows))


def _table_3() -> Grid:
    results = (*RESULTS, TOTAL)
    review, *lawsuits = PROCEEDINGS
    first = (
        Cell(review.label, len(results), scope="colgroup"),
        Cell("行政诉讼", len(results) * len(lawsuits), scope="colgroup"),
    )
    second = (
        *(Cell(result.label, rowspan=2, scope="col") for result in results),
        *(Cell(lawsuit.label, len(results), scope="colgroup") for lawsuit in lawsuits),
    )
    third = tuple(Cell(result.label, scope="col") for _ in lawsuits for result in results)
    numbers = tuple(
        Cell(place=Place("table3", proceeding.key, result.key))
        for proceeding in PROCEEDINGS
        for result in results
    )
    rows = (first, second, third, numbers)
    return Grid("table3", "政府信息公开行政复议、行政诉讼情况统计表", 4, (1,) * 15, 3, rows)


GRIDS = {grid.key: grid for grid in (_table_1(), _table_2(), _table_3())}


def is_total(place: Place) -> bool:
    """Whether the number is the sum of others and so never entered."""
    return TOTAL.key == place.column or (place.table, place.row) == ("table2", HANDLED.key)


#: Numbers that the portal has rows for. What is entered there corrects what was counted.
COMPUTED = tuple(Place("table1", "normative", key) for key in ("issued", "repealed", "valid"))

#: Every place that a person may fill.
ENTRIES = frozenset(
    place for grid in GRIDS.values() for place in grid.places if not is_total(place)
)

Numbers = Mapping[Place, int | Decimal]


def parts_of(total: Place) -> list[Place]:
    """What a total adds up: numbers that are entered, or totals that stand before it."""
    if total.column != TOTAL.key:
        return [Place(total.table, row.key, total.column) for row in ANSWERS]
    columns = APPLICANTS if total.table == "table2" else RESULTS
    return [Place(total.table, total.row, column.key) for column in columns]


def totals(numbers: Numbers) -> dict[Place, int]:
    """The sums of tables 2 and 3; what isn't filled counts nothing."""
    at = dict(numbers)
    found = [place for grid in GRIDS.values() for place in grid.places if is_total(place)]
    # The sums of columns first: the last of them adds up the others.
    for total in sorted(found, key=lambda place: place.column == TOTAL.key):
        at[total] = sum(int(at.get(part, 0)) for part in parts_of(total))
    return {total: int(at[total]) for total in found}


class Problem(NamedTuple):
    """What doesn't add up, and at which number to say so."""

    place: Place
    message: str


def problems(numbers: Numbers, previous: Numbers | None = None) -> list[Problem]:
    """What table 2 violates; ``previous`` are last year's numbers where the portal has them."""
    at = {**numbers, **totals(numbers)}
    found = []
    for column in APPLICANTS:
        received, carried_in, handled, carried_out = (
            int(at.get(Place("table2", row.key, column.key), 0))
            for row in (RECEIVED, CARRIED_IN, HANDLED, CARRIED_OUT)
        )
        place = Place("table2", CARRIED_OUT.key, column.key)
        arrived, settled = received + carried_in, handled + carried_out
        if arrived != settled:
            message = (
                f"表2“{column.label}”一列不平:第一项{received} + 第二项{carried_in} = {arrived},"
                f"第三项(七)总计{handled} + 第四项{carried_out} = {settled},"
                f"相差{abs(arrived - settled)},请核对"
            )
            found.append(Problem(place, message))
        if previous is not None and carried_in != (last := int(previous.get(place, 0))):
            message = (
                f"表2“{column.label}”一列:第二项“上年结转”填{carried_in},"
                f"上一年度年报第四项“结转下年度继续办理”是{last},两者应当相等"
            )
            found.append(Problem(Place("table2", CARRIED_IN.key, column.key), message))
    return found


def _labels() -> Iterator[tuple[Place, tuple[str, str]]]:
    """The row and the column of each number, in words."""
    requests = (RECEIVED, CARRIED_IN, *ANSWERS, HANDLED, CARRIED_OUT)
    blocks = [("table1", section.rows, section.columns) for section in ARTICLE_20]
    blocks.append(("table2", requests, (*APPLICANTS, TOTAL)))
    blocks.append(("table3", PROCEEDINGS, (*RESULTS, TOTAL)))
    for table, rows, columns in blocks:
        for row in rows:
            for column in columns:
                yield Place(table, row.key, column.key), (row.label, column.label)


_LABELS = dict(_labels())


def name_of(place: Place) -> str:
    """The place in words, as in ``表1“行政规范性文件”的“本年制发件数”``."""
    row, column = _LABELS[place]
    return f"表{place.table[-1]}“{row}”的“{column}”"
