"""The catalog on the openness office's desk."""

from .common import DomainFilter, InUseFilter, Kept, retire_selected
from .lists import AccountabilityStepAdmin, AccountabilityTableAdmin, NegativeListEntryAdmin
from .matters import MatterAdmin
from .units import UnitAdmin

__all__ = [
    "AccountabilityStepAdmin",
    "AccountabilityTableAdmin",
    "DomainFilter",
    "InUseFilter",
    "Kept",
    "MatterAdmin",
    "NegativeListEntryAdmin",
    "UnitAdmin",
    "retire_selected",
]
