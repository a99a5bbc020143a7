"""The public pages of disclosures, and what keeps them honest: ledger, verification, traces."""

from .pages import (
    ComparisonView,
    DisclosureDetailView,
    DisclosureListView,
    LedgerView,
    RevisionDetailView,
    VerifyView,
    WithdrawalListView,
    attachment,
    ledger_heads,
)

__all__ = [
    "ComparisonView",
    "DisclosureDetailView",
    "DisclosureListView",
    "LedgerView",
    "RevisionDetailView",
    "VerifyView",
    "WithdrawalListView",
    "attachment",
    "ledger_heads",
]
