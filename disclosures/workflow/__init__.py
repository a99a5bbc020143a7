"""Every step that changes the state of a disclosure or a statement.

No other module assigns states or levels. A step is atomic, locks its row first, checks state and
right, records, then moves. It raises ``WorkflowError`` when the step doesn't fit the state and
``PermissionDenied`` when the actor may not take it; both carry a message for the person who tried.
Locks are taken in one order: bundle, disclosure, index serial, ledger; of statements: obligation,
statement, ledger. Triggers in the database hold the same rules against anything that goes around
this package.
"""

from .absence import end_handover, grant, hand_over, revoke
from .common import WorkflowError
from .drafting import (
    attach,
    bundle_together,
    detach,
    discard,
    draft,
    recategorise,
    revise,
    save_draft,
    unbundle,
)
from .exports import export_ledger, record_export, record_import
from .packs import build_pack, clean_packs, request_pack, restart_pack, take_pack
from .release import cancel_release, publish_due
from .rights import (
    may_cancel_release,
    may_change_validity,
    may_confirm,
    may_decide,
    may_draft,
    may_edit,
    may_end,
    may_hand_over,
    may_make_packs,
    may_override,
    may_propose_withdrawal,
    may_recategorise,
    may_restore,
    may_revise,
    may_sign,
    may_submit,
    may_take_down,
)
from .screening import ScreeningError, mask, open_findings, override, screen, screen_draft
from .signing import send_back, sign_off, submit
from .statements import (
    MOST,
    confirm_current,
    end_statement,
    explain,
    explain_all,
    record_offline,
    return_statement,
    return_statements,
    sign_statement,
    sign_statements,
)
from .withdrawal import change_validity, propose_withdrawal, restore, take_down

__all__ = [
    "MOST",
    "ScreeningError",
    "WorkflowError",
    "attach",
    "build_pack",
    "bundle_together",
    "cancel_release",
    "change_validity",
    "confirm_current",
    "clean_packs",
    "detach",
    "discard",
    "draft",
    "end_handover",
    "end_statement",
    "explain",
    "explain_all",
    "export_ledger",
    "grant",
    "hand_over",
    "mask",
    "may_cancel_release",
    "may_change_validity",
    "may_confirm",
    "may_decide",
    "may_draft",
    "may_edit",
    "may_end",
    "may_hand_over",
    "may_make_packs",
    "may_override",
    "may_propose_withdrawal",
    "may_recategorise",
    "may_restore",
    "may_revise",
    "may_sign",
    "may_submit",
    "may_take_down",
    "open_findings",
    "override",
    "propose_withdrawal",
    "publish_due",
    "recategorise",
    "record_export",
    "record_import",
    "record_offline",
    "request_pack",
    "restart_pack",
    "restore",
    "return_statement",
    "return_statements",
    "revise",
    "revoke",
    "save_draft",
    "screen",
    "screen_draft",
    "send_back",
    "sign_off",
    "sign_statement",
    "sign_statements",
    "submit",
    "take_down",
    "take_pack",
    "unbundle",
]
