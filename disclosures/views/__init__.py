"""The public pages of disclosures, and what keeps them honest: ledger, verification, traces."""

from .annual import AnnualReportListView, AnnualReportRowsView
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
from .trace import TraceView, trace_file

__all__ = [
    "AnnualReportListView",
    "AnnualReportRowsView",
    "ComparisonView",
    "DisclosureDetailView",
    "DisclosureListView",
    "LedgerView",
    "RevisionDetailView",
    "TraceView",
    "VerifyView",
    "WithdrawalListView",
    "attachment",
    "ledger_heads",
    "trace_file",
]
