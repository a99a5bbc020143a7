"""What each booklet says, as JSON values: the same for print and for a workbook."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any, NamedTuple

from catalog.choices import Audience, Category, Channel, Method, Tier
from catalog.models import AccountabilityStep, Matter, NegativeListEntry
from disclosures import timing
from disclosures.choices import ROUTES, RevisionKind

from ..charts import disclosure as chart
from .source import Source

LEVELS = ("一级事项", "二级事项", "三级事项")


class Content(NamedTuple):
    """The counts for the cover, the chapters, and the charts (SVG) that stand in them."""

    facts: list[tuple[int, str]]
    chapters: list[dict[str, Any]]
    charts: tuple[str, ...] = ()


def matters(source: Source) -> Content:
    """政务公开事项目录: the tree of each domain, one row a matter."""
    chapters = [
        {
            "title": domain.name,
            "note": f"本领域有{_in_words(_levels(below))}。牵头单位：{domain.responsible_text}。",
            "rows": [
                [
                    node.level,
                    node.code,
                    node.name,
                    node.get_category_display(),
                    node.responsible_text,
                ]
                for node in below
            ],
        }
        for domain, below in _domains(source)
    ]
    return Content([(len(chapters), "试点领域"), *_levels(source.nodes)], chapters)


def standards(source: Source) -> Content:
    """政务公开标准: what is disclosed under each leaf, how and by when."""
    chapters = []
    for domain, below in _domains(source):
        leaves = [node for node in source.leaves if node.tree_id == domain.tree_id]
        chapters.append(
            {
                "title": domain.name,
                "note": f"本领域有公开标准{len(leaves)}项。",
                "groups": _groups(below),
            }
        )
    return Content(
        [
            (len(chapters), "试点领域"),
            (len(source.leaves), "项公开标准"),
            (len(Category), "类公开"),
        ],
        chapters,
    )


def _groups(below: list[Matter]) -> list[dict[str, Any]]:
    """The standards of a domain under their matters of the first level."""
    groups: list[dict[str, Any]] = []
    above = ""
    for node in below:
        if node.level == 1:
            groups.append({"title": node.name, "rows": []})
        if node.level <= 2:
            above = ""
        if node.content:
            groups[-1]["rows"].append(_standard(node, above))
        elif node.level == 2:
            above = node.name
    return [group for group in groups if group["rows"]]


def _standard(node: Matter, above: str) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": node.name,
        "above": above,
        "category": node.get_category_display(),
        "content": node.content_items,
        "legal_basis": node.legal_basis_items,
        "time_limit": node.time_limit,
        "units": node.responsible_text,
        "channels": [label for value, label in Channel.choices if value in node.channels],
        "is_public": node.audience == Audience.PUBLIC,
        "audience": node.audience_detail,
        "is_proactive": node.method == Method.PROACTIVE,
        "tiers": [tier in node.tiers for tier in Tier],
    }


def routes(source: Source) -> Content:
    """政务公开流程: how what is disclosed is signed, and the steps of each category."""
    chapters = [_signing(), *(_category(source, category) for category in Category)]
    facts = [(len(Category), "类公开"), (len(ROUTES[RevisionKind.TEXT]), "级审签")]
    return Content(facts, chapters, chart.draw_apart())


def _signing() -> dict[str, Any]:
    """What all categories have in common."""
    return {
        "title": "审签与公开",
        "lanes": [{"heading": heading, "steps": steps} for heading, steps in chart.in_words()],
        "rule": f"各级审签时间为“{timing.RULE}”，以法定{timing.STATUTORY}个工作日计；"
        "事项的公开时限更短的，各级按比例缩短。",
    }


def _category(source: Source, category: Category) -> dict[str, Any]:
    leaves = [node for node in source.leaves if node.category == category]
    limits = Counter(node.time_limit for node in leaves)
    steps = [step for step in source.steps if step.table.name.startswith(category.label)]
    return {
        "title": category.label,
        "scope": _scope(source, category, leaves),
        "table": f"表{steps[0].table.number}《{steps[0].table.name}》" if steps else "",
        "steps": [
            [step.number, step.stage, step.duty, step.responsible_role, step.deadline]
            for step in steps
        ],
        "signatures": [
            [level.label, chart.ACTS[level], timing.shown(timing.allowance(level))]
            for level in ROUTES[RevisionKind.TEXT]
        ],
        "limits": sorted(limits.items(), key=lambda limit: (-limit[1], limit[0])),
    }


def _scope(source: Source, category: Category, leaves: list[Matter]) -> str:
    """How many matters are of ``category``, and in which domains."""
    if not leaves:
        return f"{category.label}没有现行的公开事项。"
    counts = Counter(node.tree_id for node in leaves)
    of_domains = [
        (counts[domain.tree_id], domain.name) for domain in source.domains if counts[domain.tree_id]
    ]
    return f"{category.label}有公开事项{len(leaves)}项：{_in_words(of_domains)}。"


def negative_list(source: Source) -> Content:
    """政务公开负面清单, reason by reason."""
    chapters = []
    for label, group in groupby(source.entries, key=NegativeListEntry.get_category_display):
        entries = list(group)
        chapters.append(
            {
                "title": label,
                "note": f"本类{len(entries)}条。",
                "rows": [_entry(entry) for entry in entries],
            }
        )
    return Content([(len(chapters), "类情形"), (len(source.entries), "条目")], chapters)


def _entry(entry: NegativeListEntry) -> list[Any]:
    domains = sorted(entry.domains.all(), key=lambda domain: domain.code)
    return [
        entry.code,
        entry.name,
        entry.description,
        entry.legal_basis_items,
        entry.get_handling_display(),
        "全部领域" if entry.applies_to_all else "、".join(domain.name for domain in domains),
    ]


def accountability(source: Source) -> Content:
    """责任追溯表: who answers for which step."""
    tables = groupby(source.steps, key=lambda step: (step.table.number, step.table.name))
    chapters = [
        {"title": name, "number": number, "rows": [_answerable(step) for step in steps]}
        for (number, name), steps in tables
    ]
    return Content([(len(chapters), "责任追溯表"), (len(source.steps), "个环节")], chapters)


def _answerable(step: AccountabilityStep) -> list[Any]:
    return [
        step.number,
        step.stage,
        step.duty,
        step.responsible_role,
        step.deadline,
        step.fault,
        step.consequence,
        step.legal_basis_items,
    ]


def _domains(source: Source) -> list[tuple[Matter, list[Matter]]]:
    """The domains that have matters, with them."""
    pairs = [(domain, source.matters_of(domain)) for domain in source.domains]
    return [(domain, below) for domain, below in pairs if below]


def _levels(nodes: list[Matter]) -> list[tuple[int, str]]:
    counts = Counter(node.level for node in nodes)
    return [(counts[level], name) for level, name in enumerate(LEVELS, start=1)]


def _in_words(facts: list[tuple[int, str]]) -> str:
    return "、".join(f"{label}{number}项" for number, label in facts)
