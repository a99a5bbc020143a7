"""How the coverage pages show states and shares."""

from __future__ import annotations

from django import template

from disclosures.choices import ObligationState
from disclosures.coverage import Counts

from ..coverage import lines

register = template.Library()

_TAGS = {
    ObligationState.PUBLISHED: "ok",
    ObligationState.DUE_SOON: "warn",
    ObligationState.OVERDUE: "red",
    ObligationState.EXPLAINED: "line",
    ObligationState.MISSING: "missing",
}


@register.filter
def heat(counts: Counts) -> int:
    return lines.heat(counts)


@register.filter
def tag(state: ObligationState) -> str:
    """The class of a state's tag; its words say the same."""
    return _TAGS[state]
