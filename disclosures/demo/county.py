"""What the demonstration texts take from the loaded pilot data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from catalog.choices import Category, UnitKind
from catalog.models import Matter, Unit

from .filling import Setting
from .recipes import Recipe, all_recipes

GUIDE = "GUIDE"


@dataclass(frozen=True)
class Topic:
    """A recipe applied to one matter."""

    recipe: Recipe
    matter: Matter

    @property
    def cell(self) -> tuple[str, str]:
        return self.matter.domain_code, self.matter.category


class County:
    """Units, villages, leaf matters and service guides, read once."""

    @cached_property
    def units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in Unit.objects.publishers().order_by("code")}

    @cached_property
    def townships(self) -> list[Unit]:
        return [unit for unit in self.units.values() if unit.kind == UnitKind.TOWNSHIP]

    @cached_property
    def villages(self) -> dict[str, list[str]]:
        """Village names by their township's, without the 委会 of the committee."""
        names: dict[str, list[str]] = {unit.short_name: [] for unit in self.townships}
        for village in Unit.objects.villages().select_related("parent").order_by("code"):
            if village.parent and village.parent.short_name in names:
                name = village.short_name or village.name
                names[village.parent.short_name].append(_bare_village(name))
        return names

    @cached_property
    def matters(self) -> dict[str, Matter]:
        leaves = Matter.objects.leaves().current().as_tree().prefetch_related("responsible_units")
        return {matter.code: matter for matter in leaves}

    @cached_property
    def domains(self) -> dict[str, str]:
        return dict(Matter.objects.domains().values_list("code", "name"))

    @cached_property
    def guides(self) -> dict[str, dict[str, str]]:
        """The service guides of the pilot data by their matter: what a guide's text quotes."""
        path = settings.BASE_DIR / "fixtures" / "services.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["matter_code"]: row for row in csv.DictReader(stream) if row["matter_code"]}

    @cached_property
    def topics(self) -> list[Topic]:
        found = []
        for recipe in all_recipes():
            codes = self._guided if recipe.codes == (GUIDE,) else recipe.codes
            found += [Topic(recipe, self.matters[code]) for code in codes if code in self.matters]
        return found

    @cached_property
    def _guided(self) -> list[str]:
        return [
            code
            for code, matter in self.matters.items()
            if matter.category == Category.SERVICE
            and code in self.guides
            and not matter.is_restricted
        ]

    def writers(self, topic: Topic) -> list[Unit]:
        """The units that may write this document: responsible, and whom the recipe speaks for."""
        responsible = list(topic.matter.responsible_units.all())
        by = topic.recipe.head.get("by", "")
        if by == "town":
            return [unit for unit in responsible if unit.kind == UnitKind.TOWNSHIP]
        return [unit for unit in responsible if not by or unit.code == by]

    def policy_for(self, recipe: Recipe) -> Topic:
        """The document an interpretation explains."""
        return next(
            topic
            for topic in self.topics
            if topic.matter.code == recipe.explains
            and not topic.recipe.explains
            and topic.recipe.codes != (GUIDE,)
        )

    def setting(self, matter: Matter, unit: Unit) -> Setting:
        guide = self._guide_of(matter, unit)
        return Setting(
            unit_code=unit.code,
            unit=unit.name,
            phone=unit.phone,
            complaint_phone=unit.complaint_phone,
            address=unit.address,
            matter=matter.name,
            domain_code=matter.domain_code,
            domain=self.domains[matter.domain_code],
            basis=[basis for basis in matter.legal_basis.split(";") if basis],
            townships=[township.short_name for township in self.townships],
            villages=self.villages,
            guide=guide,
        )

    def _guide_of(self, matter: Matter, unit: Unit) -> dict[str, str]:
        row = self.guides.get(matter.code)
        if row is None:
            return {}
        promised, statutory = row["promised_days"], row["statutory_days"]
        limit = f"法定办结时限{statutory}个工作日，" if statutory else ""
        guide = row | {
            "legal_basis": row["legal_basis"].replace(";", "、"),
            "conditions": row["conditions"].replace(";", "；"),
            "period": "材料齐全的当场办结。"
            if promised == "0"
            else f"{limit}承诺{promised}个工作日内办结。",
        }
        if unit.code != row["unit"]:
            guide |= {
                "address": unit.address,
                "phone": unit.phone,
                "complaint_phone": unit.complaint_phone,
            }
        return guide


def _bare_village(name: str) -> str:
    """丰收村委会 → 丰收村, 三里桥社区 as it is."""
    return name.removesuffix("民委员会").removesuffix("委会")
