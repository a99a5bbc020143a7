"""The file's matters as a tree, beside the catalog's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import TextChoices

from ..models import Matter
from .cells import plain
from .entries import Entry


class Kind(TextChoices):
    NEW = "new", "新增"
    CHANGED = "changed", "修改"
    UNCHANGED = "unchanged", "未变"
    PROBLEM = "problem", "有问题"


class Change(NamedTuple):
    """One column of a matter; as words, for people."""

    label: str
    before: str
    after: str


@dataclass
class Node:
    """A matter that the file speaks of: a row of it, or a name above rows."""

    matter: Matter
    level: int
    parent: Node | None = None
    entry: Entry | None = None
    children: list[Node] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    _by_name: dict[str, Node] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.matter.pk is None

    @property
    def kind(self) -> Kind:
        if self.entry and self.entry.has_problems:
            return Kind.PROBLEM
        if self.is_new:
            return Kind.NEW
        return Kind.CHANGED if self.changes else Kind.UNCHANGED

    @property
    def path(self) -> str:
        """The names from the domain down."""
        above = f"{self.parent.path} / " if self.parent else ""
        return f"{above}{self.matter.name}"

    def walk(self) -> Iterator[Node]:
        """This node and those below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def first_entry(self) -> Entry | None:
        return next((node.entry for node in self.walk() if node.entry), None)


class CatalogTree:
    """The tree as it stands, in one query; each matter knows its parent without asking again."""

    def __init__(self) -> None:
        self.matters = {matter.pk: matter for matter in Matter.objects.as_tree()}
        self.children: dict[int | None, list[Matter]] = {}
        for matter in self.matters.values():
            if matter.parent_id:
                matter.parent = self.matters[matter.parent_id]
            self.children.setdefault(matter.parent_id, []).append(matter)

    def domains(self) -> dict[str, Matter]:
        return {matter.code: matter for matter in self.children.get(None, [])}

    def named(self, parent: Matter, name: str) -> list[Matter]:
        if parent.pk is None:
            return []
        key = plain(name)
        return [child for child in self.children.get(parent.pk, []) if plain(child.name) == key]
