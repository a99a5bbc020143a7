"""What a file would change in the catalog: new, changed and unchanged matters, and problems.

Matters are known by their path of names. What the file leaves out stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from django.core.exceptions import ValidationError

from ..choices import Audience, Category, Channel, Method, Tier
from ..models import Matter
from .cells import items_of, plain
from .decisions import Decisions
from .entries import Entry
from .meanings import LEVELS
from .names import UnitNames
from .tree import CatalogTree, Change, Kind, Node

_POSITION_STEP = 10
_MAX_NUMBER = 99
_NEAR_NAME = 0.6

LABELS = {
    "category": "公开类别",
    "content": "公开内容(要素)",
    "legal_basis": "公开依据",
    "time_limit": "公开时限",
    "responsible_text": "公开主体",
    "channels": "公开渠道和载体",
    "audience": "公开对象",
    "audience_detail": "特定群体",
    "method": "公开方式",
    "tiers": "公开层级",
}
_CHOICES: dict[str, Any] = {
    "category": Category,
    "channels": Channel,
    "audience": Audience,
    "method": Method,
    "tiers": Tier,
}
#: What a new matter takes from the decisions where the file has no such column.
DEFAULTED = ("category", "channels", "audience", "method", "tiers")


class Changes:
    """The file's matters set against the catalog's."""

    def __init__(self, entries: list[Entry], decisions: Decisions, units: UnitNames) -> None:
        self.entries = entries
        self.decisions = decisions
        self.units = units
        self.catalog = CatalogTree()
        self.roots: dict[str, Node] = {}
        #: Rows that have no place in the tree.
        self.placeless: list[Entry] = []
        for entry in entries:
            self._place(entry)
        for root in self.roots.values():
            self._refuse_leaves_above_others(root)
            self._complete(root)
            self._note_near_names(root)

    # Answers ------------------------------------------------------------------------------

    def nodes(self) -> Iterator[Node]:
        """The file's matters without the domains, in the order of the file."""
        for root in self.roots.values():
            yield from list(root.walk())[1:]

    @property
    def counts(self) -> dict[str, int]:
        """Matters of each kind; rows that have no place in the tree count as problems."""
        kinds = Counter(node.kind for node in self.nodes())
        kinds[Kind.PROBLEM] += sum(entry.has_problems for entry in self.placeless)
        return {kind.value: kinds[kind] for kind in Kind}

    @property
    def has_problems(self) -> bool:
        return any(entry.has_problems for entry in self.entries)

    def missing(self) -> list[Matter]:
        """Leaves of the file's domains that it doesn't name; they stay as they are."""
        known = {node.matter.pk for node in self.nodes()}
        return [
            matter
            for matter in self.catalog.matters.values()
            if matter.domain_code in self.roots
            and matter.content
            and not matter.is_retired
            and matter.pk not in known
        ]

    def shown(self) -> dict[str, str]:
        """By the path of each matter a digest of what happens to it, to see what is different."""
        return {
            node.path: _digest([node.matter.code, node.kind.value, *node.changes])
            for node in self.nodes()
        }

    def fingerprint(self) -> str:
        """Tells whether two readings of a file would do the same."""
        return _digest(sorted(self.shown().items()))

    # The tree -----------------------------------------------------------------------------

    def _place(self, entry: Entry) -> None:
        domain = self.catalog.domains().get(entry.domain)
        if domain is None or not entry.path:
            self.placeless.append(entry)
            return
        node = self.roots.setdefault(entry.domain, Node(domain, 0))
        for name, level in zip(entry.path, LEVELS, strict=False):
            node = self._child(node, name, entry, entry.sources.get(level.value))
        if node.entry:
            where = f"“{node.entry.table.grid.name}”第{node.entry.row + 1}行"
            entry.refuse(None, f"与{where}是同一个事项,请合并或删去一行")
            self.placeless.append(entry)
            return
        node.entry = entry

    def _child(self, parent: Node, name: str, entry: Entry, column: int | None) -> Node:
        key = plain(name)
        if key not in parent._by_name:
            node = Node(self._matter(parent, name, entry, column), parent.level + 1, parent)
            parent._by_name[key] = node
            parent.children.append(node)
        return parent._by_name[key]

    def _matter(self, parent: Node, name: str, entry: Entry, column: int | None) -> Matter:
        found = self.catalog.named(parent.matter, name)
        current = [matter for matter in found if not matter.is_retired]
        if len(current) == 1:
            return current[0]
        if current:
            codes = "、".join(matter.code for matter in current)
            entry.refuse(column, f"目录中有几个同名的“{name}”({codes}),分不清是哪一个")
            return current[0]
        if found:
            entry.refuse(
                column, f"“{name}”({found[0].code})已停用;要恢复请先在公开事项中清空它的停用日期"
            )
            return found[0]
        if parent.matter.content and not parent.is_new:
            entry.refuse(column, f"“{parent.matter.name}”在目录中是末级事项,不能再设下级")
        return Matter(name=name, parent=parent.matter)

    def _refuse_leaves_above_others(self, root: Node) -> None:
        for node in root.walk():
            if not node.entry or not node.level:
                continue
            inner_in_catalog = bool(node.matter.pk and self.catalog.children.get(node.matter.pk))
            column = node.entry.sources.get(LEVELS[node.level - 1].value)
            if node.children:
                node.entry.refuse(column, "文件里它又有下级事项,有下级的事项不单列一行")
            elif inner_in_catalog:
                node.entry.refuse(column, "它在目录中有下级事项,公开标准应写在下级事项上")

    # New and changed matters --------------------------------------------------------------

    def _complete(self, node: Node) -> None:
        if node.level:
            if node.is_new:
                self._number(node)
                self._categorise(node)
            if node.entry:
                self._fill(node, node.entry)
            if node.is_new or node.changes:
                self._check(node)
        for child in node.children:
            self._complete(child)

    def _number(self, node: Node) -> None:
        """Codes and positions go on after those of the siblings, retired ones included."""
        assert node.parent is not None  # domains aren't made here
        parent = node.parent.matter
        siblings = [child.matter for child in node.parent.children if child.matter.code]
        siblings += self.catalog.children.get(parent.pk, []) if parent.pk else []
        last = max((int(sibling.code[-2:]) for sibling in siblings), default=0) + 1
        if last > _MAX_NUMBER and (entry := node.first_entry()):
            entry.refuse(None, f"“{parent.name}”下的编码已用到{_MAX_NUMBER},不能再加事项")
        node.matter.code = f"{parent.code}-{min(last, _MAX_NUMBER):02d}"
        highest = max((sibling.position for sibling in siblings), default=0)
        node.matter.position = highest + _POSITION_STEP

    def _categorise(self, node: Node) -> None:
        """公开类别: the column of 五公开, else the parent's, else what was chosen for the file."""
        assert node.parent is not None
        below = [found.entry.values.get("categories", []) for found in node.walk() if found.entry]
        named = {category for categories in below for category in categories}
        if len(named) == 1 and all(below):
            node.matter.category = named.pop()
        else:
            default = self.decisions.defaults.get("category", "")
            node.matter.category = node.parent.matter.category or default
        if node.entry and len(named) > 1:
            node.entry.refuse(node.entry.sources["category"], "公开类别有几项,新事项只能有一项")

    def _fill(self, node: Node, entry: Entry) -> None:
        matter = node.matter
        values = self._values(matter, entry)
        for name, value in values.items():
            before = getattr(matter, name)
            if not node.is_new and self._same(name, before, value):
                continue
            if not node.is_new:
                node.changes.append(Change(LABELS[name], _words(name, before), _words(name, value)))
            setattr(matter, name, value)
        if node.is_new:
            node.changes = [
                Change(label, "", _words(name, getattr(matter, name)))
                for name, label in LABELS.items()
                if getattr(matter, name)
            ]
        if "time_limit" in values and (
            node.is_new or any(change.label == LABELS["time_limit"] for change in node.changes)
        ):
            self._read_limit(matter, entry)

    def _values(self, matter: Matter, entry: Entry) -> dict[str, Any]:
        """What the row says of each field, with what was decided for the columns it hasn't."""
        is_new = matter.pk is None
        values = {name: entry.values[name] for name in LABELS if name in entry.values}
        if "tier_ticks" in entry.values:
            values["tiers"] = _tiers(entry, [] if is_new else list(matter.tiers or []))
        if categories := entry.values.get("categories"):
            self._take_category(matter, entry, categories, values)
        if values.get("audience") == Audience.SPECIFIC and "audience_detail" not in values:
            values["audience_detail"] = matter.audience_detail
        if is_new:
            for name in DEFAULTED:
                chosen = self.decisions.defaults.get(name)
                if name not in values and name != "category" and chosen:
                    values[name] = chosen
        return values

    def _take_category(
        self, matter: Matter, entry: Entry, categories: list[str], values: dict[str, Any]
    ) -> None:
        if len(categories) == 1:
            values["category"] = categories[0]
        elif matter.pk and matter.category in categories:
            entry.note(entry.sources["category"], "公开类别写了几项,保留目录中现有的一项")
        elif matter.pk:
            entry.refuse(entry.sources["category"], "公开类别写了几项,目录中一个事项只能有一项")

    def _same(self, name: str, before: Any, after: Any) -> bool:
        if name in {"channels", "tiers"}:
            return set(before or []) == set(after)
        if name == "responsible_text":
            return self.units.split(before, {})[0] == self.units.split(after, {})[0]
        if name in {"content", "legal_basis"}:
            return plain(items_of(before)) == plain(after)
        return plain(before) == plain(after)

    def _read_limit(self, matter: Matter, entry: Entry) -> None:
        if not matter.read_limit():
            entry.note(
                entry.sources["time_limit"],
                f"从“{matter.time_limit}”读不出期限,按20个工作日计算(条例第二十六条),导入后请核对",
            )

    def _check(self, node: Node) -> None:
        """What the catalog's own rules say to the matter, told at the row it came from."""
        matter, entry = node.matter, node.first_entry()
        matter.expects_children = bool(node.children)
        if entry is None or entry.has_problems:
            return
        try:
            matter.clean_fields(exclude=["parent"])
            matter.clean()
        except ValidationError as error:
            for name, reasons in error.message_dict.items():
                column = entry.sources.get(name, entry.sources.get(LEVELS[node.level - 1].value))
                label = str(Matter._meta.get_field(name).verbose_name)
                hint = self._hint(node, name)
                entry.refuse(column, f"{label}:{'；'.join(reasons)}{hint}")

    def _hint(self, node: Node, name: str) -> str:
        is_absent = node.entry is None or name not in node.entry.sources
        return ",请在列对应一步为新事项选定" if name in DEFAULTED and is_absent else ""

    def _note_near_names(self, root: Node) -> None:
        """A new name beside one that the file no longer has may be a renaming."""
        for node in root.walk():
            if node.is_new:
                continue
            spoken = {child.matter.pk for child in node.children}
            silent = [
                matter
                for matter in self.catalog.children.get(node.matter.pk, [])
                if matter.pk not in spoken and not matter.is_retired
            ]
            for child in node.children:
                near = child.is_new and next(
                    (matter for matter in silent if _is_near(child.matter.name, matter.name)), None
                )
                if near and (entry := child.first_entry()):
                    entry.note(
                        entry.sources.get(LEVELS[child.level - 1].value),
                        f"目录中有相近的“{near.name}”({near.code}):若是改名,请先在目录中改名再导入,"
                        f"否则“{child.matter.name}”会另建一项",
                    )


def _tiers(entry: Entry, existing: list[str]) -> list[str]:
    """The ticked tiers; a tier without a column stays as it is.

    A tick under 乡、村级 means either or both: where the matter has one of them, it is met.
    """
    chosen = set(existing)
    for tier, is_ticked in entry.values["tier_ticks"].items():
        chosen = chosen | {tier} if is_ticked else chosen - {tier}
    if "below_county" in entry.values:
        lower = {Tier.TOWNSHIP.value, Tier.VILLAGE.value}
        below = {str(tier) for tier in entry.values["below_county"]}
        if not (below == lower and chosen & lower):
            chosen = (chosen - lower) | below
    return [tier.value for tier in Tier if tier.value in chosen]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:32]


def _is_near(name: str, other: str) -> bool:
    matcher = SequenceMatcher(None, name, other, autojunk=False)
    return matcher.quick_ratio() >= _NEAR_NAME and matcher.ratio() >= _NEAR_NAME


def _words(name: str, value: Any) -> str:
    choices = _CHOICES.get(name)
    if choices is None or not value:
        return str(value or "")
    labels = dict(choices.choices)
    if isinstance(value, str):
        return str(labels.get(value, value))
    return "、".join(str(labels[item]) for item in value)
