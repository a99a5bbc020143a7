"""Questions about many units or matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from mptt.managers import TreeManager
from mptt.querysets import TreeQuerySet

from .choices import Audience, Channel, UnitKind

if TYPE_CHECKING:
    from .models import Matter, Unit

#: How the printed catalog names whole groups of publishers. Villages and schools hold no
#: account of their own: townships publish for their villages (条例第二十一条), the education
#: bureau for the schools.
TOWNSHIP_GROUPS = frozenset({"各乡镇人民政府", "村(居)民委员会"})
SCHOOL_GROUPS = frozenset({"各义务教育学校"})
EDUCATION_BUREAU = "县教育体育局"


class UnitQuerySet(models.QuerySet["Unit"]):
    def publishers(self) -> Self:
        """The units that publish under their own name; villages do so through their township."""
        return self.exclude(kind=UnitKind.VILLAGE)

    def townships(self) -> Self:
        return self.filter(kind=UnitKind.TOWNSHIP)

    def villages(self) -> Self:
        return self.filter(kind=UnitKind.VILLAGE)

    def directory(self) -> dict[str, list[Unit]]:
        """Every name the printed catalog may use, with the publishers it stands for."""
        names: dict[str, list[Unit]] = {}
        townships: list[Unit] = []
        for unit in self.publishers():
            names[unit.name] = names[unit.short_name] = [unit]
            if unit.kind == UnitKind.TOWNSHIP:
                townships.append(unit)
        names.update(dict.fromkeys(TOWNSHIP_GROUPS, townships))
        names.update(dict.fromkeys(SCHOOL_GROUPS, names.get(EDUCATION_BUREAU, [])))
        return names


class MatterQuerySet(TreeQuerySet):
    def domains(self) -> Self:
        return self.filter(level=0)

    def current(self) -> Self:
        """Matters that still have to be disclosed; ``Matter.is_retired`` for one."""
        return self.filter(retired_on__isnull=True)

    def leaves(self) -> Self:
        """Matters without children, which carry the disclosure standard."""
        return self.filter(level__gt=0, rght=models.F("lft") + 1)

    def restricted(self) -> Self:
        """Matters kept off the public site; ``Matter.is_restricted`` for one."""
        return self.filter(audience=Audience.SPECIFIC).exclude(channels__contains=Channel.WEBSITE)

    def under(self, matter: Matter) -> Self:
        """``matter`` and everything below it."""
        return self.filter(tree_id=matter.tree_id, lft__gte=matter.lft, rght__lte=matter.rght)

    def of_unit(self, unit: Unit) -> Self:
        return self.filter(responsible_units=unit)

    def as_tree(self) -> Self:
        """In reading order: a matter, its children, its next sibling."""
        return self.order_by("tree_id", "lft")


MatterManager = TreeManager.from_queryset(MatterQuerySet)
