"""Plans the demonstration: which documents, by whom, when, and what becomes of each.

All steps of all plans are taken in the order of their times, so that index numbers and signatures
come about as they would have in nine years of work.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container
from datetime import date, datetime, timedelta
from random import Random

from catalog import limits
from catalog.choices import Category, LimitKind, UnitKind
from catalog.models import Matter, Unit
from disclosures.choices import ROUTES, ReviewLevel, RevisionKind

from . import filling, timing, writing
from .county import GUIDE, County, Topic
from .plans import Action, Fate, Plan, Step

SINCE = date(2017, 5, 8)
#: Units whose people are the demonstration accounts; their workbenches should be well filled.
ACCOUNT_UNITS = ("ZJJ", "XZ09")
SMALLEST = 20

_REMARKS = {
    ReviewLevel.SECTION: ["内容与原件核对一致，同意。", "数据已与台账核对，同意上报。", "同意。"],
    ReviewLevel.DEPUTY_LEADER: ["同意公开。", "已审阅，同意。", "同意，请按时限发布。"],
    ReviewLevel.OPENNESS_OFFICE: [
        "保密审查、隐私筛查无问题，同意。",
        "格式规范，要素齐全，同意。",
        "名单已作隐去处理，可以公开。",
    ],
    ReviewLevel.LEADING_GROUP: ["同意发布。", "同意。", "同意，注意收集群众反映。"],
}
#: Of a hundred documents, roughly; an interpretation brings its policy along.
_WEIGHTS = {
    Category.DECISION: 12,
    Category.EXECUTION: 15,
    Category.MANAGEMENT: 15,
    Category.SERVICE: 21,
    Category.RESULT: 20,
    Category.INTERPRETATION: 6,
    Category.RESPONSE: 9,
}
_WITHDRAWALS = {
    Category.RESULT: "公示期满，名单类信息按个人信息保护要求撤下，统计数据可向发布机构查询。",
    Category.DECISION: "文中引用的上级文件已经调整，为避免误导群众予以撤下，修订后重新公布。",
}


def write_story(county: County, count: int, seed: int, now: datetime) -> list[Plan]:
    """``count`` plans with their documents. The same arguments give the same story."""
    author = _Author(county, count, Random(f"{seed}-{count}"), now)
    author.plan()
    writing.write_documents(author.plans, county, seed)
    return author.plans


class _Author:
    def __init__(self, county: County, count: int, rng: Random, now: datetime) -> None:
        self.county, self.count, self.rng, self.now = county, count, rng, now
        self.plans: list[Plan] = []
        self.decks: dict[object, list[Topic]] = {}
        self.titles: set[str] = set()
        self.cells: dict[tuple[str, str], list[Topic]] = defaultdict(list)
        for topic in county.topics:
            if county.writers(topic):
                self.cells[topic.cell].append(topic)

    # Planning ---------------------------------------------------------------------------------

    def plan(self) -> None:
        share = self.count / 420
        pending = [(Fate.WAITING, level) for level in list(ReviewLevel)[1:]] * max(
            1, round(12 * share)
        )
        pending += [(Fate.RETURNED, ReviewLevel.SECTION)] * max(1, round(8 * share))
        pending += [(Fate.DRAFT, ReviewLevel.SUBMITTER)] * max(1, round(10 * share))
        fates = [Fate.LATE] * max(1, round(16 * share)) + [Fate.CORRECTED] * max(
            1, round(18 * share)
        )
        fates += [Fate.RETURNED_ONCE] * max(1, round(24 * share)) + [Fate.WITHDRAWN] * max(
            1, round(2 * share)
        )
        self._plan_restricted(max(1, round(12 * share)))
        self._plan_pending(pending)
        self._plan_cells(self.count - len(fates))
        while len(self.plans) < self.count:
            fate = fates[-1] if fates else Fate.PUBLISHED
            if self._plan_published(self._cell(fate), fate) and fates:
                fates.pop()
        self.plans = self.plans[: self.count]

    def _plan_cells(self, limit: int) -> None:
        """One visible disclosure in each cell, interpretations first: they bring their policies."""
        categories = sorted(Category, key=lambda category: category != Category.INTERPRETATION)
        for category in categories:
            brings = 2 if category == Category.INTERPRETATION else 1
            for domain in sorted(self.county.domains):
                filled = any(
                    plan.topic.cell == (domain, category) and plan.fate.is_visible
                    for plan in self.plans
                )
                if not filled and len(self.plans) + brings <= limit:
                    self._plan_published((domain, category), Fate.PUBLISHED)

    def _plan_published(self, cell: tuple[str, str], fate: Fate) -> bool:
        """Whether the cell had a document for that fate: one without a limit is never late."""
        for _ in range(20):
            topic = self._deal(cell)
            if topic.recipe.explains:
                if self._plan_pair(topic):
                    return True
                continue
            formed_on = self._day(topic.recipe.years, topic.recipe.months)
            plan = formed_on and self._published(topic, fate, formed_on)
            if plan:
                self._add(plan)
                return True
        return False

    def _plan_pair(self, topic: Topic) -> bool:
        """A policy, and its interpretation within the next three working days."""
        source = self.county.policy_for(topic.recipe)
        years = topic.recipe.years, source.recipe.years
        span = max(first for first, _ in years), min(last for _, last in years)
        months = [month for month in source.recipe.months if month in topic.recipe.months]
        formed_on = self._day(span, months)
        policy = formed_on and self._published(source, Fate.PUBLISHED, formed_on)
        if not policy:
            return False
        written = timing.later(policy.published_at, self.rng.randint(20, 150))
        plan = Plan(0, topic, self._writer(topic), Fate.PUBLISHED, written.date(), policy=policy)
        plan.steps = self._signatures(written, len(ReviewLevel), (15, 160))
        if plan.steps[-1].at > self.now or self._is_told(plan):
            return False
        self._add(policy)
        self._add(plan)
        return True

    def _plan_restricted(self, count: int) -> None:
        topics = [
            topic
            for topics in self.cells.values()
            for topic in topics
            if topic.matter.is_restricted
        ]
        for _ in range(count):
            while True:
                topic = self._deal("restricted", topics)
                formed_on = self._day(topic.recipe.years, topic.recipe.months)
                plan = formed_on and self._published(topic, Fate.PUBLISHED, formed_on)
                if plan:
                    self._add(plan)
                    break

    def _plan_pending(self, pending: list[tuple[Fate, ReviewLevel]]) -> None:
        """What is under way today, mostly in the units of the demonstration accounts.

        One in nine is overdue, beginning with a signature; each kind is there for the first unit.
        """
        kinds = set()
        for index, kind in enumerate(pending):
            wanted = self.rng.choices((*ACCOUNT_UNITS, ""), (45, 18, 37))[0]
            wanted = wanted if kind in kinds else ACCOUNT_UNITS[0]
            kinds.add(kind)
            plan = None
            while plan is None:
                topic, unit = self._account_topic(wanted)
                plan = self._pending(topic, unit, *kind, is_overdue=index % 9 == 3)
            self._add(plan)

    def _account_topic(self, wanted: str) -> tuple[Topic, Unit]:
        """A topic for the unit of that code, or for any unit."""
        topics = [
            topic
            for cell in sorted(self.cells)
            for topic in self.cells[cell]
            if not topic.recipe.explains
            and not topic.matter.is_restricted
            and (not wanted or any(unit.code == wanted for unit in self.county.writers(topic)))
        ]
        topic = self._deal(f"pending {wanted}", topics, guides_per_text=0.5)
        return topic, self.county.units[wanted] if wanted else self._writer(topic)

    def _is_told(self, plan: Plan) -> bool:
        """Whether the same document of the same period is there already."""
        return _fixed_title(plan) in self.titles

    def _pending(
        self, topic: Topic, unit: Unit, fate: Fate, level: ReviewLevel, *, is_overdue: bool
    ) -> Plan | None:
        matter, today = topic.matter, self.now.date()
        offset = (
            -self.rng.randint(2, 18)
            if is_overdue
            else self.rng.choice((1, 2, 3, 4, 5, 7, 9, 11, 13))
        )
        formed_on = min(
            timing.formed_for(matter, timing.workday(today, offset)),
            timing.workday(today, -self.rng.randint(2, 6)),
        )
        if not is_overdue and limits.due_on(matter, formed_on) < today:
            return None
        recipe = topic.recipe
        if (
            formed_on.month not in recipe.months
            or not recipe.years[0] <= formed_on.year <= recipe.years[1]
        ):
            return None
        start = timing.morning(max(formed_on, timing.workday(today, -7)), self.rng)
        plan = Plan(0, topic, unit, fate, formed_on)
        plan.steps = self._unfinished(fate, level, start)
        return plan if plan.steps[-1].at < self.now and not self._is_told(plan) else None

    def _unfinished(self, fate: Fate, level: ReviewLevel, start: datetime) -> list[Step]:
        if fate == Fate.DRAFT:
            return [Step(start, Action.DRAFT)]
        last = level - 1 if fate == Fate.WAITING else self.rng.randint(1, 3)
        steps = self._signatures(start, last, (20, 380))
        if fate == Fate.RETURNED:
            at = timing.later(steps[-1].at, self.rng.randint(30, 300))
            steps.append(Step(at, Action.SEND_BACK, ReviewLevel(last + 1)))
        return steps

    def _published(self, topic: Topic, fate: Fate, formed_on: date) -> Plan | None:
        """A plan that ends with the fifth signature, in or after its time as the fate says."""
        matter = topic.matter
        due = limits.due_on(matter, formed_on)
        plan = Plan(0, topic, self._writer(topic), fate, formed_on)
        days = self._working_days(matter)
        # A public notice with a term of days begins on the day it is dated.
        wait = (
            0
            if days <= 3 or matter.limit_kind == LimitKind.CALENDAR_DAYS
            else self.rng.randint(0, days // 4)
        )
        start = timing.morning(timing.workday(formed_on, wait), self.rng)
        if fate == Fate.LATE:
            start = timing.morning(timing.workday(due, self.rng.randint(1, 9)), self.rng)
        longest = days * timing.DAY // (18 if fate == Fate.RETURNED_ONCE else 9)
        pace = (10, 100) if wait == 0 else (10, max(40, min(600, longest)))
        plan.steps = self._life(fate, start, pace, Category(matter.category))
        if plan.steps[-1].at > self.now or self._is_told(plan):
            return None
        is_late = plan.published_at.date() > due
        return plan if is_late == (fate == Fate.LATE) else None

    def _life(
        self, fate: Fate, start: datetime, pace: tuple[int, int], category: Category
    ) -> list[Step]:
        if fate == Fate.RETURNED_ONCE:
            steps = self._signatures(start, self.rng.randint(1, 4), pace)
            at = timing.later(steps[-1].at, self.rng.randint(*pace))
            steps.append(Step(at, Action.SEND_BACK, ReviewLevel(steps[-1].level + 1)))
            again = timing.later(at, self.rng.randint(*pace))
            return steps + self._signatures(again, len(ReviewLevel), pace, Action.REVISE)
        steps = self._signatures(start, len(ReviewLevel), pace)
        if fate == Fate.CORRECTED:
            again = timing.later(steps[-1].at, timing.DAY * self.rng.randint(2, 30))
            steps += self._signatures(again, len(ReviewLevel), pace, Action.REVISE)
        if fate == Fate.WITHDRAWN:
            at = timing.later(steps[-1].at, timing.DAY * self.rng.randint(20, 120))
            steps.append(Step(at, Action.WITHDRAW, ReviewLevel.SUBMITTER, _WITHDRAWALS[category]))
            for level in ROUTES[RevisionKind.WITHDRAWAL][1:]:
                at = timing.later(at, self.rng.randint(*pace))
                steps.append(Step(at, Action.SIGN, level, "同意撤下。"))
        return steps

    def _signatures(
        self, start: datetime, last: int, pace: tuple[int, int], opening: Action = Action.DRAFT
    ) -> list[Step]:
        """Writing, submitting and the signatures up to level ``last``."""
        at = timing.later(start, self.rng.randint(12, 60))
        steps = [Step(start, opening), Step(at, Action.SUBMIT)]
        for level in list(ReviewLevel)[1:last]:
            at = timing.later(at, self.rng.randint(*pace))
            remark = self.rng.choice(_REMARKS[level]) if self.rng.random() < 0.3 else ""
            steps.append(Step(at, Action.SIGN, level, remark))
        return steps

    # Choosing ---------------------------------------------------------------------------------

    def _cell(self, fate: Fate) -> tuple[str, str]:
        category = self.rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if fate == Fate.WITHDRAWN:
            told = sum(plan.fate == Fate.WITHDRAWN for plan in self.plans)
            category = list(_WITHDRAWALS)[told % len(_WITHDRAWALS)]
        # An interpretation comes with its policy, both published in time.
        if category == Category.INTERPRETATION and (
            fate != Fate.PUBLISHED or len(self.plans) + 2 > self.count
        ):
            category = Category.RESULT
        return self.rng.choice(sorted(self.county.domains)), category

    def _deal(
        self, deck: object, topics: list[Topic] | None = None, guides_per_text: float = 2
    ) -> Topic:
        """Topics come round in a shuffled order; guides, of which there are many, in proportion."""
        cards = self.decks.setdefault(deck, [])
        if not cards:
            topics = topics or self.cells[deck]  # type: ignore[index]
            written = [topic for topic in topics if topic.recipe.codes != (GUIDE,)]
            guides = [topic for topic in topics if topic.recipe.codes == (GUIDE,)]
            cards += written + self.rng.sample(
                guides, k=min(len(guides), round(guides_per_text * len(written)))
            )
            self.rng.shuffle(cards)
        return cards.pop()

    def _writer(self, topic: Topic) -> Unit:
        return self.rng.choice(self.county.writers(topic))

    def _day(self, years: tuple[int, int], months: Container[int]) -> date | None:
        """A working day in season, recent ones more often."""
        span = (self.now.date() - SINCE).days
        for _ in range(200):
            day = SINCE + timedelta(days=int(span * self.rng.random() ** 0.62))
            day = timing.workday(day)
            if day.month in months and years[0] <= day.year <= years[1]:
                return day
        return None

    @staticmethod
    def _working_days(matter: Matter) -> int:
        """How many working days the matter's limit leaves, as a planner would guess."""
        if matter.limit_days is None:
            return 5
        return (
            matter.limit_days
            if matter.limit_kind == LimitKind.WORKING_DAYS
            else matter.limit_days * 5 // 7
        )

    def _add(self, plan: Plan) -> None:
        plan.number = len(self.plans) + 1
        self.titles |= {_fixed_title(plan)} - {""}
        self.plans.append(plan)


def _fixed_title(plan: Plan) -> str:
    """The title where matter, unit and date decide it; empty if it leaves something to chance."""
    known = {"Y": plan.formed_on.year, "M": plan.matter.name, **filling.periods(plan.formed_on)}
    if plan.unit.kind == UnitKind.TOWNSHIP:
        known["T"] = plan.unit.short_name
    title = re.sub(r"\{<\d{4} [^{}]*\}", "", plan.topic.recipe.title)
    for name, value in known.items():
        title = title.replace(f"{{{name}}}", str(value))
    return "" if "{" in title else title
