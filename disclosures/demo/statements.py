"""What units of the demonstration state about matters they publish nothing under, and reviews.

Planned from the story's plans, played among their steps: one reason for many matters at once, as
clerks do, and signed by the office once a week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils import timezone

from catalog.choices import Category, Handling, LimitKind, NegativeCategory
from catalog.models import Matter, NegativeListEntry, Obligation, Unit
from disclosures import workflow
from disclosures.choices import Carrier, ExplanationReason
from disclosures.models import Explanation, OfflineDisclosure

from . import timing
from .files import notice_board_photo
from .plans import Fate, Plan
from .story import ACCOUNT_UNITS

if TYPE_CHECKING:
    from .stage import Stage

#: Weeks of the past in which statements were entered.
WEEKS = 16
#: Units and villages' townships that explain at all; the others are still empty.
EXPLAINING, TOWNSHIPS = 24, 10
OFFLINE = 24
#: Of a reason at most so many matters, so that the lists stay believable.
MOST = 24


class Reason(NamedTuple):
    reason: ExplanationReason
    detail: str
    #: After how many days the information is expected, if so.
    expected: int = 0


_REASONS = {
    Category.DECISION: Reason(
        ExplanationReason.NOT_FORMED, "今年没有出台新的政策文件，征求意见稿形成后在这里公开。", 120
    ),
    Category.EXECUTION: Reason(
        ExplanationReason.NOT_FORMED, "年度计划正在实施，阶段进展汇总后在这里公开。", 60
    ),
    Category.MANAGEMENT: Reason(
        ExplanationReason.NOT_APPLICABLE, "近一年本单位没有这类管理活动，发生后按时限公开。"
    ),
    Category.SERVICE: Reason(
        ExplanationReason.ELSEWHERE, "申请条件、材料和流程已并入办事指南，请在“办事服务”中查看。"
    ),
    Category.RESULT: Reason(
        ExplanationReason.NOT_FORMED, "本年度的评审、核查尚未结束，结果确定后在这里公开。", 90
    ),
    Category.INTERPRETATION: Reason(
        ExplanationReason.NOT_APPLICABLE, "近一年没有出台需要解读的文件。"
    ),
    Category.RESPONSE: Reason(
        ExplanationReason.NOT_FORMED, "近期没有收到涉及这个事项的集中反映，有回应时在这里公开。"
    ),
}
_OF_VILLAGES = Reason(
    ExplanationReason.NOT_FORMED, "各村本年度这项工作尚未开始，形成信息后由镇政府代为公开。", 75
)
_WITHHELD = "按负面清单不予公开；情况变化、可以公开的，变化之日起20个工作日内公开。"
_VAGUE = "暂时没有。"
_REMARK = "“暂时没有”说明不了原因：请写明没有形成，还是本单位不涉及，预计什么时候公开。"
_NO_PLACE = "照片看不出张贴在哪里，请补拍带村名的全景后重新登记。"


class Act(NamedTuple):
    """A step of the play that belongs to no document."""

    at: datetime
    take: Callable[[Stage], None]


@dataclass
class Statements:
    """Plans the acts; what was entered waits in ``entered`` for the office."""

    plans: list[Plan]
    rng: Random
    now: datetime
    acts: list[Act] = field(default_factory=list)
    entered: list[Any] = field(default_factory=list)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def plan(self) -> list[Act]:
        empty = self._empty()
        self._plan_explanations(empty)
        self._plan_villages(empty)
        self._plan_offline(empty)
        self._plan_reviews()
        for week in range(1, WEEKS):
            friday = self.now - timedelta(days=self.today.weekday() + 3 + 7 * week)
            self._at(timing.morning(timezone.localdate(friday), self.rng), self._sign_all)
        return self.acts

    def _at(self, moment: datetime, take: Callable[[Stage], None]) -> None:
        self.acts.append(Act(moment, take))

    def _moment(self, *, is_recent: bool = False) -> datetime:
        """Some working morning: long enough ago to be signed by now, or in the last days."""
        days = self.rng.randint(1, 3) if is_recent else self.rng.randint(21, 7 * WEEKS)
        day = timing.workday(self.today - timedelta(days=days), -1)
        return timing.later(timing.morning(day, self.rng), self.rng.randint(5, 300))

    def _empty(self) -> dict[Unit, list[Obligation]]:
        """What nobody wrote about, by the unit that publishes, of units that have people."""
        written = {(plan.matter.pk, plan.unit.pk) for plan in self.plans}
        staffed = {plan.unit.pk for plan in self.plans}
        owed = (
            Obligation.objects.owed()
            .filter(Q(publisher__in=staffed) | Q(publisher__code__in=ACCOUNT_UNITS))
            .select_related("matter", "unit", "publisher")
            .order_by("publisher__code", "matter__code", "unit__code")
        )
        found: dict[Unit, list[Obligation]] = defaultdict(list)
        for row in owed:
            if (row.matter_id, row.publisher_id) not in written:
                found[row.publisher].append(row)
        return found

    # Explanations -----------------------------------------------------------------------------

    def _plan_explanations(self, empty: dict[Unit, list[Obligation]]) -> None:
        mine = [unit for unit in empty if unit.code in ACCOUNT_UNITS]
        others = [unit for unit in empty if unit.code not in ACCOUNT_UNITS]
        for unit in mine + self.rng.sample(others, min(EXPLAINING, len(others))):
            groups: dict[str, list[Obligation]] = defaultdict(list)
            for row in empty[unit]:
                if not row.unit.is_village:
                    groups[row.matter.category].append(row)
            # The last two are still with the office, or were sent back.
            order = list(groups.items())
            self.rng.shuffle(order)
            for place, (category, rows) in enumerate(order[:-1] or order):
                is_recent = unit in mine and place < 2
                reason = _REASONS[Category(category)]
                self._explain(unit, rows[:MOST], reason, is_recent=is_recent)
            if unit in mine:
                self._return(unit, order[-1][1][:3])
            self._withhold(unit, groups)

    def _plan_villages(self, empty: dict[Unit, list[Obligation]]) -> None:
        towns = [
            (unit, [row for row in rows if row.unit.is_village]) for unit, rows in empty.items()
        ]
        towns = [(unit, rows) for unit, rows in towns if rows]
        mine = [pair for pair in towns if pair[0].code in ACCOUNT_UNITS]
        others = [pair for pair in towns if pair[0].code not in ACCOUNT_UNITS]
        for unit, rows in mine + self.rng.sample(others, min(TOWNSHIPS, len(others))):
            matters = sorted({row.matter_id for row in rows})
            for number, matter in enumerate(self.rng.sample(matters, min(3, len(matters)))):
                chosen = [row for row in rows if row.matter_id == matter]
                is_recent = unit.code in ACCOUNT_UNITS and number == 0
                self._explain(unit, chosen, _OF_VILLAGES, is_recent=is_recent)

    def _withhold(self, unit: Unit, groups: dict[str, list[Obligation]]) -> None:
        """One matter that the negative list keeps back, where the unit has one left over."""
        for row in (row for rows in groups.values() for row in rows[MOST:]):
            domain = Matter.objects.get(code=row.matter.domain_code)
            entries = NegativeListEntry.objects.filter(
                Q(applies_to_all=True) | Q(domains=domain),
                category=NegativeCategory.PRIVACY,
                handling=Handling.WITHHOLD,
            )
            if chosen := list(entries.order_by("code")):
                listed = Reason(ExplanationReason.NEGATIVE_LIST, _WITHHELD)
                self._explain(unit, [row], listed, entry=self.rng.choice(chosen))
                return

    def _explain(
        self,
        unit: Unit,
        rows: list[Obligation],
        reason: Reason,
        *,
        is_recent: bool = False,
        entry: NegativeListEntry | None = None,
    ) -> None:
        valid_until, expected_on = self.today + timedelta(days=self.rng.randint(30, 240)), None
        if reason.expected:
            days = self.rng.randint(20, reason.expected)
            expected_on = timing.workday(self.today + timedelta(days=days))
            valid_until = max(valid_until, expected_on)
        stated = {
            "reason": reason.reason,
            "detail": reason.detail,
            "negative_entry": entry,
            "expected_on": expected_on,
            "valid_until": valid_until,
        }

        def take(stage: Stage) -> None:
            made = workflow.explain_all(rows, by=stage.clerk_of(unit), **stated)
            if not is_recent:
                self.entered += made

        self._at(self._moment(is_recent=is_recent), take)

    def _return(self, unit: Unit, rows: list[Obligation]) -> None:
        """A reason that says nothing, and what the office makes of it."""
        moment = self._moment(is_recent=True)
        stated = {
            "reason": ExplanationReason.OTHER,
            "detail": _VAGUE,
            "valid_until": self.today + timedelta(days=90),
        }

        def take(stage: Stage) -> None:
            made = workflow.explain_all(rows, by=stage.clerk_of(unit), **stated)
            workflow.return_statements(made, by=stage.office, remark=_REMARK)

        self._at(moment, take)

    def _sign_all(self, stage: Stage) -> None:
        """The office signs what has come in since it last did."""
        for model in (Explanation, OfflineDisclosure):
            waiting = [row for row in self.entered if isinstance(row, model)]
            for start in range(0, len(waiting), workflow.MOST):
                workflow.sign_statements(waiting[start : start + workflow.MOST], by=stage.office)
        self.entered.clear()

    # Off line ---------------------------------------------------------------------------------

    def _plan_offline(self, empty: dict[Unit, list[Obligation]]) -> None:
        """Notices in villages, and what only a named group is told."""
        rows = [
            row
            for each in empty.values()
            for row in each
            if row.unit.is_village or row.matter.is_restricted
        ]
        chosen = self.rng.sample(rows, min(OFFLINE, len(rows)))
        town = [row for row in rows if row.publisher.code in ACCOUNT_UNITS]
        chosen += [row for row in self.rng.sample(town, min(3, len(town))) if row not in chosen]
        for number, row in enumerate(chosen):
            is_mine = row.publisher.code in ACCOUNT_UNITS
            self._show(row, is_recent=is_mine, is_returned=is_mine and number == len(chosen) - 1)

    def _show(self, row: Obligation, *, is_recent: bool, is_returned: bool) -> None:
        moment = self._moment(is_recent=is_recent)
        first = timezone.localdate(moment) - timedelta(days=self.rng.randint(8, 14))
        is_household = row.matter.is_restricted
        village = row.unit.name.removesuffix("民委员会").removesuffix("委会")
        stated: dict[str, Any] = {
            "title": f"{row.matter.name.removesuffix('公示')}公示",
            "carrier": Carrier.HOUSEHOLD if is_household else Carrier.NOTICE_BOARD,
            "place": "逐户送达并签收" if is_household else f"{village}公开栏",
            "shown_from": first,
            "shown_until": first + timedelta(days=7),
            "formed_on": timing.workday(first, -3),
        }
        photo = notice_board_photo(first, self.rng)

        def take(stage: Stage) -> None:
            record = workflow.record_offline(
                row.matter,
                row.unit,
                by=stage.clerk_of(row.publisher),
                files=[ContentFile(photo, name="公示栏照片（演示）.jpg")],
                **stated,
            )
            stage.keep(piece.file for piece in record.evidence.all())
            if is_returned:
                workflow.return_statement(record, by=stage.office, remark=_NO_PLACE)
            elif not is_recent:
                self.entered.append(record)

        self._at(moment, take)

    # Reviews ----------------------------------------------------------------------------------

    def _plan_reviews(self) -> None:
        """Of what is long public, two thirds were looked through in the last months."""
        for plan in self.plans:
            is_long = plan.matter.limit_kind == LimitKind.LONG_TERM
            if not (is_long and plan.fate in {Fate.PUBLISHED, Fate.LATE, Fate.RETURNED_ONCE}):
                continue
            moment = self._moment()
            if plan.published_at > moment or self.rng.random() < 0.33:
                continue
            self._at(moment, self._confirm(plan))

    @staticmethod
    def _confirm(plan: Plan) -> Callable[[Stage], None]:
        def take(stage: Stage) -> None:
            disclosure = stage.revisions[plan].disclosure
            workflow.confirm_current(disclosure, by=stage.clerk_of(plan.unit))

        return take


def plan_statements(plans: list[Plan], seed: int, now: datetime) -> list[Act]:
    """The acts that go with ``plans``; the same arguments give the same ones."""
    return Statements(plans, Random(f"statements-{seed}"), now).plan()
