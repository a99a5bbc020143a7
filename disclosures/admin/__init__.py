"""The clerk's and the signer's desk. Every change of state is a POST that calls the workflow."""

from .absence import DutyAdmin, HandoverAdmin
from .ledger import LedgerEntryAdmin
from .records import DisclosureAdmin, SignoffAdmin, TermAdmin
from .revisions import RevisionAdmin

__all__ = [
    "DisclosureAdmin",
    "DutyAdmin",
    "HandoverAdmin",
    "LedgerEntryAdmin",
    "RevisionAdmin",
    "SignoffAdmin",
    "TermAdmin",
]
