"""What is disclosed: items of government information, their frozen texts and their signatures.

Steps that change a state live in ``workflow``. Triggers in the database hold the invariants
against every other way of writing; see ``guards``.
"""

from .attachment import Attachment
from .disclosure import Disclosure, IndexSerial
from .revision import Revision, normalise_document_number
from .signing import Duty, Signoff

__all__ = [
    "Attachment",
    "Disclosure",
    "Duty",
    "IndexSerial",
    "Revision",
    "Signoff",
    "normalise_document_number",
]
