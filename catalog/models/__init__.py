"""What must be disclosed, by whom, and what may not be."""

from .lists import AccountabilityStep, AccountabilityTable, NegativeListEntry
from .matter import MAX_LEVEL, Matter
from .obligation import Obligation
from .standard_table import StandardTableImport
from .unit import Unit

__all__ = [
    "MAX_LEVEL",
    "AccountabilityStep",
    "AccountabilityTable",
    "Matter",
    "NegativeListEntry",
    "Obligation",
    "StandardTableImport",
    "Unit",
]
