"""What is disclosed: items of government information, their frozen texts and their signatures.

Steps that change a state live in ``workflow``. Triggers in the database hold the invariants
against every other way of writing (migration ``0006_guards``).
"""

from .attachment import Attachment
from .disclosure import Disclosure, IndexSerial
from .ledger import LedgerEntry
from .release import MISSED_AFTER, Bundle, ReleaseRun, Reminder
from .revision import Revision, normalise_document_number
from .screening import Finding, Override, Screening, Term
from .signing import Duty, Handover, Look, Signoff

__all__ = [
    "MISSED_AFTER",
    "Attachment",
    "Bundle",
    "Disclosure",
    "Duty",
    "Finding",
    "Handover",
    "IndexSerial",
    "LedgerEntry",
    "Look",
    "Override",
    "ReleaseRun",
    "Reminder",
    "Revision",
    "Screening",
    "Signoff",
    "Term",
    "normalise_document_number",
]
