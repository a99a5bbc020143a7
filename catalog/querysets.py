"""Questions about many units or matters."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone
from mptt.managers import TreeManager
from mptt.querysets import TreeQuerySet

from .choices import Audience, Channel, Method, UnitKind
from .printed import unit_names

if TYPE_CHECKING:
    from .models import Matter, Obligation, Unit  # noqa: F401 - named in quotes below

#: How the printed catalog names whole groups of publishers. Villages and schools hold no
#: account of their own: townships publish for their villages (条例第二十一条), the education
#: bureau for the schools.
TOWNSHIPS, VILLAGES = "各乡镇人民政府", "村(居)民委员会"
TOWNSHIP_GROUPS = frozenset({TOWNSHIPS, VILLAGES})
SCHOOL_GROUPS = frozenset({"各义务教育学校"})
EDUCATION_BUREAU = "县教育体育局"


class UnitQuerySet(models.QuerySet["Unit"]):
    def publishers(self) -> Self:
        """The units that publish under their own name; villages do so through their township."""
        return self.exclude(kind=UnitKind.VILLAGE)

    def reporting(self) -> Self:
        """Administrative organs, which owe an annual report (条例第四十九条)."""
        return self.publishers().exclude(kind=UnitKind.PUBLIC_UTILITY)

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

    def of_tier(self, tier: str) -> Self:
        """Matters that are disclosed at ``tier``; no tier's name is part of another's."""
        return self.filter(tiers__contains=tier)

    def changed_since(self, day: date) -> Self:
        """Matters that were changed on ``day`` or later, or moved by a change above them."""
        start = timezone.make_aware(datetime.combine(day, time.min))
        above = ("", "parent__", "parent__parent__", "parent__parent__parent__")
        changes = (models.Q(**{f"{path}updated_at__gte": start}) for path in above)
        return self.filter(reduce(or_, changes))

    def standards(self) -> Self:
        """The current leaves with their disclosure standard: the rows of the standard table."""
        return self.current().leaves().exclude(content="")

    def as_tree(self) -> Self:
        """In reading order: a matter, its children, its next sibling."""
        return self.order_by("tree_id", "lft")


MatterManager = TreeManager.from_queryset(MatterQuerySet)


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def owed(self) -> Self:
        """What has to be disclosed unasked: current leaves; answers to requests are no duty."""
        return self.filter(
            matter__retired_on__isnull=True,
            matter__level__gt=0,
            matter__rght=models.F("matter__lft") + 1,
        ).exclude(matter__method=Method.ON_REQUEST)

    def of_publisher(self, unit: Unit) -> Self:
        """What ``unit`` has to disclose, its own and its villages' matters."""
        return self.filter(publisher=unit)

    def under(self, matter: Matter) -> Self:
        return self.filter(
            matter__tree_id=matter.tree_id,
            matter__lft__gte=matter.lft,
            matter__rght__lte=matter.rght,
        )


class ObligationManager(models.Manager.from_queryset(ObligationQuerySet)):  # type: ignore[misc]
    def resync(self) -> None:
        """Bring the rows to what 公开主体 prints; after matters, units or villages changed.

        Four queries and those that write what differs.
        """
        matters: type[Matter] = self.model._meta.get_field("matter").related_model
        units: type[Unit] = self.model._meta.get_field("unit").related_model
        directory = units.objects.directory()
        villages = list(units.objects.villages().exclude(parent=None))
        wanted: dict[tuple[int, int], int | None] = {}
        leaves = matters.objects.leaves().exclude(responsible_text="")
        for matter, text in leaves.order_by().values_list("pk", "responsible_text"):
            for name in unit_names(text):
                owing = villages if name == VILLAGES else directory.get(name, [])
                for unit in owing:
                    publisher = unit.parent_id if unit.is_village else unit.pk
                    wanted[matter, unit.pk] = publisher
        found = {
            (matter, unit): (publisher, pk)
            for pk, matter, unit, publisher in self.order_by().values_list(
                "pk", "matter", "unit", "publisher"
            )
        }
        gone = [pk for key, (publisher, pk) in found.items() if wanted.get(key) != publisher]
        kept = {key for key, (publisher, _pk) in found.items() if wanted.get(key) == publisher}
        for start in range(0, len(gone), 500):
            self.filter(pk__in=gone[start : start + 500]).delete()
        self.bulk_create(
            [
                self.model(matter_id=matter, unit_id=unit, publisher_id=publisher)
                for (matter, unit), publisher in wanted.items()
                if (matter, unit) not in kept
            ],
            batch_size=1000,
        )
