"""The columns and signs of the official standard table, for those who write and who read it.

The layout is that of the national guidelines (国办发〔2019〕54号) with a third level of matters and
one column for each tier.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from ..choices import Audience, Channel, Method, Tier

#: Behind a column that says yes; a named group stands after it: “√ 被征收人”.
MARK = "√"
CHOSEN, NOT_CHOSEN = "■", "□"
#: Stands where a matter has no second or third level.
NO_MATTER = "—"


class Column(NamedTuple):
    """A column of the table; ``choice`` is the value that a mark in it stands for."""

    key: str
    #: The heading above, shared with the neighbours; empty where one heading takes both rows.
    group: str
    heading: str
    #: In half-width characters.
    width: float
    choice: str = ""


COLUMNS = (
    Column("number", "", "序号", 6),
    Column("level_1", "公开事项", "一级事项", 13),
    Column("level_2", "公开事项", "二级事项", 15),
    Column("level_3", "公开事项", "三级事项", 16),
    Column("content", "", "公开内容(要素)", 30),
    Column("legal_basis", "", "公开依据", 40),
    Column("time_limit", "", "公开时限", 16),
    Column("responsible_text", "", "公开主体", 15),
    Column("channels", "", "公开渠道和载体", 38),
    Column("audience_public", "公开对象", "全社会", 7, Audience.PUBLIC),
    Column("audience_specific", "公开对象", "特定群体", 11, Audience.SPECIFIC),
    Column("method_proactive", "公开方式", "主动", 7, Method.PROACTIVE),
    Column("method_on_request", "公开方式", "依申请", 7, Method.ON_REQUEST),
    Column("tier_county", "公开层级", "县级", 7, Tier.COUNTY),
    Column("tier_township", "公开层级", "乡级", 7, Tier.TOWNSHIP),
    Column("tier_village", "公开层级", "村级", 7, Tier.VILLAGE),
)

#: The two rows above the table: each heading of the upper with its columns.
HEADINGS: tuple[tuple[str, tuple[Column, ...]], ...] = tuple(
    (group, tuple(columns))
    for (group, _alone), columns in groupby(COLUMNS, key=lambda c: (c.group, c.group or c.key))
)

#: The boxes of 公开渠道和载体, line by line; the longest has a line to itself.
CHANNEL_LINES: tuple[tuple[Channel, ...], ...] = (
    (Channel.WEBSITE, Channel.GAZETTE),
    (Channel.SOCIAL_MEDIA, Channel.PRESS_CONFERENCE),
    (Channel.BROADCAST, Channel.PRINT_MEDIA),
    (Channel.READING_POINT, Channel.SERVICE_CENTER),
    (Channel.CONVENIENCE_STATION, Channel.ON_SITE),
    (Channel.NOTICE_BOARD,),
    (Channel.TARGETED_PUSH, Channel.OTHER),
)


def title_of(domain: str) -> str:
    """The line above the table of a domain."""
    return f"{domain}领域基层政务公开标准目录"
