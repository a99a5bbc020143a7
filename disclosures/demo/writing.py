"""Writes the documents of the planned story."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

from . import documents
from .county import County
from .documents import Document
from .plans import Action, Fate, Plan


def write_documents(plans: list[Plan], county: County, seed: int) -> None:
    """Give each plan its document, in the order of dates: document numbers rise with them."""
    titles: set[str] = set()
    numbers = _Numbers()
    for plan in sorted(plans, key=lambda plan: (plan.formed_on, bool(plan.policy), plan.number)):
        plan.document = _document(plan, county, seed, titles, numbers)
        titles.add(plan.document.title)
        if plan.fate in {Fate.CORRECTED, Fate.RETURNED_ONCE, Fate.RETURNED}:
            _add_flaw(plan, plan.document, Random(f"{seed}-{plan.number}-flaw"))


def _document(
    plan: Plan, county: County, seed: int, titles: set[str], numbers: _Numbers
) -> Document:
    """The plan's document under a title no other one has."""
    for attempt in range(12):
        rng = Random(f"{seed}-{plan.number}-{attempt}")
        document = documents.compose(
            plan.topic.recipe,
            county.setting(plan.matter, plan.unit),
            rng,
            plan.formed_on,
            plan.formed_on,
            numbers.propose,
            plan.policy.final if plan.policy else None,
        )
        if document.title not in titles:
            break
    while document.title in titles:
        document.title += "（补充）"
    numbers.keep(document.document_number)
    return document


def _add_flaw(plan: Plan, document: Document, rng: Random) -> None:
    """What the first version got wrong, with the words that send it back or correct it."""
    found = documents.flawed(document, rng)
    remark, plan.change_note = "请对照原件核对数据后重新提交。", "按审核意见核对并完善有关内容。"
    if found:
        plan.first_version, remark, plan.change_note = found
    for step in plan.steps:
        if step.action == Action.SEND_BACK:
            step.remark = remark


class _Numbers:
    """Document numbers of each agency and year, rising through the year."""

    def __init__(self) -> None:
        self.used: Counter[tuple[str, str]] = Counter()

    def propose(self, agency: str, day: date) -> str:
        expected = day.timetuple().tm_yday * (1 + sum(map(ord, agency)) % 3) // 7
        return f"{agency}〔{day.year}〕{max(self.used[agency, str(day.year)] + 1, expected)}号"

    def keep(self, number: str) -> None:
        if number:
            agency, _, rest = number.partition("〔")
            year, _, serial = rest.partition("〕")
            self.used[agency, year] = int(serial.removesuffix("号"))
