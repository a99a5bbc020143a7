"""What the demonstration's story consists of: plans, each a list of dated steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from catalog.models import Matter, Unit
from disclosures.choices import ReviewLevel

from .county import Topic
from .documents import Document


class Fate(StrEnum):
    PUBLISHED = "如期公开"
    LATE = "逾期公开"
    CORRECTED = "公开后更正"
    RETURNED_ONCE = "退回修改后公开"
    WITHDRAWN = "公开后撤下"
    WAITING = "等待签字"
    RETURNED = "已退回待修改"
    DRAFT = "起草中"

    @property
    def is_visible(self) -> bool:
        return self in {Fate.PUBLISHED, Fate.LATE, Fate.CORRECTED, Fate.RETURNED_ONCE}


class Action(StrEnum):
    DRAFT = "draft"
    SUBMIT = "submit"
    SIGN = "sign"
    SEND_BACK = "send_back"
    REVISE = "revise"
    WITHDRAW = "withdraw"


@dataclass
class Step:
    at: datetime
    action: Action
    level: ReviewLevel = ReviewLevel.SUBMITTER
    remark: str = ""


@dataclass(eq=False)
class Plan:
    number: int
    topic: Topic
    unit: Unit
    fate: Fate
    formed_on: date
    steps: list[Step] = field(default_factory=list)
    policy: Plan | None = None
    document: Document | None = None
    #: The first version where it is sent back or corrected, and the note that corrects it.
    first_version: Document | None = None
    change_note: str = ""

    @property
    def matter(self) -> Matter:
        return self.topic.matter

    @property
    def final(self) -> Document:
        """The document as it should be."""
        assert self.document is not None  # written before the play begins
        return self.document

    @property
    def published_at(self) -> datetime:
        """The time of the fifth signature under the first version to get one."""
        return next(step.at for step in self.steps if step.level == ReviewLevel.LEADING_GROUP)
