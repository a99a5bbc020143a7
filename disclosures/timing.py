"""How long each level may take, so that the five together keep the limit of the matter.

The law knows one limit for the whole: 20 working days from the day the information was formed
(条例第二十六条). How it is shared out is this county's own rule, written for demonstration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.choices import LimitKind

from .choices import ReviewLevel

if TYPE_CHECKING:
    from catalog.models import Matter

STATUTORY = 20
RULE = "五级审签内控时限（示范）"

#: Working days of a matter with the statutory limit; two are left for what goes wrong.
ALLOWANCES: dict[ReviewLevel, int] = {
    ReviewLevel.SUBMITTER: 5,
    ReviewLevel.SECTION: 3,
    ReviewLevel.DEPUTY_LEADER: 3,
    ReviewLevel.OPENNESS_OFFICE: 4,
    ReviewLevel.LEADING_GROUP: 3,
}


def allowance(level: ReviewLevel, limit: int = STATUTORY) -> int:
    """Working days that ``level`` may take under a limit of so many; 0 is the same day."""
    return ALLOWANCES[level] * min(limit, STATUTORY) // STATUTORY


def working_days(matter: Matter) -> int:
    """The limit of ``matter`` in working days; where it counts none, the statutory one."""
    if matter.limit_days is None:
        return STATUTORY
    if matter.limit_kind == LimitKind.CALENDAR_DAYS:
        return min(matter.limit_days * 5 // 7, STATUTORY)
    if matter.limit_kind == LimitKind.WORKING_DAYS:
        return min(matter.limit_days, STATUTORY)
    return STATUTORY


def shown(days: int) -> str:
    return f"{days}个工作日" if days else "当日"
