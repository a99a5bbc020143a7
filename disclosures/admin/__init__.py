"""The clerk's and the signer's desk. Every change of state is a POST that calls the workflow."""

from .absence import DutyAdmin, HandoverAdmin
from .annual import AnnualReportAdmin
from .ledger import LedgerEntryAdmin
from .obligations import ObligationAdmin
from .packs import EvidencePackAdmin
from .records import DisclosureAdmin, SignoffAdmin, TermAdmin
from .revisions import RevisionAdmin
from .statements import ExplanationAdmin, OfflineDisclosureAdmin

__all__ = [
    "AnnualReportAdmin",
    "DisclosureAdmin",
    "DutyAdmin",
    "EvidencePackAdmin",
    "ExplanationAdmin",
    "HandoverAdmin",
    "LedgerEntryAdmin",
    "ObligationAdmin",
    "OfflineDisclosureAdmin",
    "RevisionAdmin",
    "SignoffAdmin",
    "TermAdmin",
]
