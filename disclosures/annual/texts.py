"""The written parts of the annual report: plain paragraphs in which ``{名称}`` stands for a number.

A sentence that names its numbers can't go stale: whoever reads it gets what the tables say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from .figures import FIGURES, RATES
from .tables import CARRIED_IN, CARRIED_OUT, HANDLED, RECEIVED, TOTAL, Place

LONGEST = 5000


class Written(NamedTuple):
    """A text of part ``part`` under ``title``; ``beginning`` stands there until it is changed."""

    key: str
    part: int
    title: str
    help: str
    beginning: str = ""


_CATEGORIES = "、".join(
    f"{figure.label.removesuffix('数')}{{{figure.label}}}条"
    for key, figure in FIGURES.items()
    if key.startswith("category-")
)

WRITTEN = (
    Written(
        "proactive",
        1,
        "（一）主动公开",
        "公开了多少、公开在哪里、是否按时",
        f"本年度主动公开政府信息{{主动公开总数}}条：{_CATEGORIES}。"
        "其中{网站公开数}条在县政务公开网登载正文，{特定群体公开数}条只向特定群体公开；"
        "另登记线下公开{线下公开数}条。本年度撤下信息{撤下数}条。\n"
        "有公开时限的{有时限数}条中，按时公开{按时公开数}条，逾期公开{逾期公开数}条，"
        "按时公开率{按时公开率}。年底时应主动公开的事项{应公开事项数}项，"
        "其中{已公开事项数}项有公开信息，事项公开率{事项公开率}。",
    ),
    Written(
        "on_request",
        1,
        "（二）依申请公开",
        "收到和办理申请的情况,与表2一致",
        "本年度新收政府信息公开申请{新收申请数}件，上年结转{上年结转数}件；"
        "办理答复{办理申请数}件，结转下年度继续办理{结转下年度数}件。",
    ),
    Written(
        "management", 1, "（三）政府信息管理", "制度、目录、公文公开属性认定、规范性文件清理等"
    ),
    Written(
        "platform", 1, "（四）政府信息公开平台建设", "网站、公示栏、查阅点、政务新媒体的建设和维护"
    ),
    Written(
        "supervision", 1, "（五）监督保障", "工作考核、社会评议、责任追究的结果,机构和培训情况"
    ),
    Written("problems", 5, "", "上一年度问题的整改,本年度存在的主要问题和改进措施"),
    Written("other", 6, "", "收取信息处理费的情况必须写明(没有收取的也要写);其他需要报告的事项"),
)

#: Names of totals of table 2.
_REQUESTS = {
    "新收申请数": RECEIVED,
    "上年结转数": CARRIED_IN,
    "办理申请数": HANDLED,
    "结转下年度数": CARRIED_OUT,
}
TOTALS = {name: Place("table2", row.key, TOTAL.key) for name, row in _REQUESTS.items()}
#: Every name that may stand between braces.
NAMES = frozenset(
    [
        *(figure.label for figure in FIGURES.values()),
        *(rate.label for rate in RATES),
        *TOTALS,
    ]
)
_NAMED = re.compile(r"\{([^{}\n]*)\}")


class Span(NamedTuple):
    text: str
    link: str = ""


def check(stored: Any) -> dict[str, str]:
    """``stored`` if it holds known parts and known names only. Raises ``ValidationError``."""
    known = {written.key for written in WRITTEN}
    if not isinstance(stored, dict) or stored.keys() - known:
        raise ValidationError("各部分文字须按部分存放")
    for key, text in stored.items():
        check_text(title_of(key), text)
    return stored


def check_text(title: str, text: Any) -> None:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValidationError(f"“{title}”最多{LONGEST}个字")
    for name in _NAMED.findall(text):
        if name not in NAMES:
            raise ValidationError(
                f"“{title}”中的“{{{name}}}”不是系统的数字名称;可用的名称列在页面右侧,"
                "不需要代入数字的请不用花括号"
            )


def title_of(key: str) -> str:
    written = next(written for written in WRITTEN if written.key == key)
    return written.title or f"第{'一二三四五六'[written.part - 1]}部分"


def paragraphs(text: str, values: dict[str, Span]) -> Iterator[list[Span]]:
    """The lines of ``text`` with each name replaced by its number."""
    for line in text.splitlines():
        if line.strip():
            # split() puts the names at the odd places.
            yield [
                values[part] if place % 2 else Span(part)
                for place, part in enumerate(_NAMED.split(line.strip()))
                if part
            ]
