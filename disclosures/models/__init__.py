"""What is disclosed: items of government information, their frozen texts and their signatures.

Steps that change a state live in ``workflow``. Triggers in the database hold the invariants
against every other way of writing (migrations ``0006_guards`` and ``0007_obligations``).
"""

from .annual import YEARS, AnnualReport
from .attachment import Attachment
from .disclosure import Disclosure, IndexSerial
from .ledger import LedgerEntry
from .pack import KEPT, SILENCE, EvidencePack
from .reading import ViewCount
from .release import MISSED_AFTER, Bundle, ReleaseRun, Reminder
from .revision import Revision, normalise_document_number
from .screening import Finding, Override, Screening, Term
from .signing import Duty, Handover, Look, Signoff
from .statement import Evidence, Explanation, OfflineDisclosure, Review, Statement

__all__ = [
    "YEARS",
    "KEPT",
    "MISSED_AFTER",
    "SILENCE",
    "AnnualReport",
    "Attachment",
    "Bundle",
    "Disclosure",
    "Duty",
    "Evidence",
    "EvidencePack",
    "Explanation",
    "Finding",
    "Handover",
    "IndexSerial",
    "LedgerEntry",
    "Look",
    "OfflineDisclosure",
    "Override",
    "ReleaseRun",
    "Reminder",
    "Review",
    "Revision",
    "Screening",
    "Signoff",
    "Statement",
    "Term",
    "ViewCount",
    "normalise_document_number",
]
