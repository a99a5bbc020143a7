"""The clerk's and the signer's desk. Every change of state is a POST that calls the workflow."""

from .records import DisclosureAdmin, DutyAdmin, SignoffAdmin
from .revisions import RevisionAdmin

__all__ = ["DisclosureAdmin", "DutyAdmin", "RevisionAdmin", "SignoffAdmin"]
