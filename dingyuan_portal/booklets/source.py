"""What the booklets are made from, each table read once however many booklets ask for it."""

from __future__ import annotations

from functools import cached_property

from catalog.models import AccountabilityStep, Matter, NegativeListEntry


class Source:
    """The catalog as it is now. One lives as long as a request."""

    @cached_property
    def nodes(self) -> list[Matter]:
        """Domains and matters in force, in reading order, with all that stands above them."""
        nodes = list(Matter.objects.as_tree().defer("updated_at", "is_public_service"))
        wanted: set[int | None] = set()
        for node in reversed(nodes):
            if not node.is_retired or node.pk in wanted:
                wanted |= {node.pk, node.parent_id}
        return [node for node in nodes if node.pk in wanted]

    @cached_property
    def domains(self) -> list[Matter]:
        return [node for node in self.nodes if node.is_domain]

    @cached_property
    def leaves(self) -> list[Matter]:
        """The matters that carry a standard."""
        return [node for node in self.nodes if node.content and not node.is_retired]

    def matters_of(self, domain: Matter) -> list[Matter]:
        return [node for node in self.nodes if node.tree_id == domain.tree_id and node.parent_id]

    @cached_property
    def steps(self) -> list[AccountabilityStep]:
        """Every step with its table, table by table."""
        steps = AccountabilityStep.objects.select_related("table")
        return list(steps.order_by("table__number", "number"))

    @cached_property
    def entries(self) -> list[NegativeListEntry]:
        entries = NegativeListEntry.objects.prefetch_related("domains")
        return list(entries.order_by("code"))
