"""The roles of county staff, as groups. A duty says where somebody signs; a role what they see."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from disclosures.querysets import EXTERNAL_AUDITOR, SEPARATED_ROLES

STAFF, OPENNESS_OFFICE, AUDITOR = "提交与审签", "政务公开办", "审计"
ADMINISTRATOR, SECURITY, AUDIT_ADMINISTRATOR = SEPARATED_ROLES

_CATALOG = (
    "unit",
    "matter",
    "negativelistentry",
    "accountabilitytable",
    "accountabilitystep",
    "service",
)
_RECORDS = ("disclosure", "revision", "signoff")
_DUTIES = ("obligation", "explanation", "offlinedisclosure")
_SIGN_INS = ("accessattempt", "accessfailurelog", "accesslog")


def _grant(actions: str, *models: str) -> set[str]:
    return {f"{action}_{model}" for action in actions.split() for model in models}


#: Role → permission code names. Nobody may delete what carries history.
ROLES: dict[str, set[str]] = {
    STAFF: _grant("view", *_CATALOG, *_RECORDS, *_DUTIES)
    | _grant("add change", "revision")
    | _grant("add", "explanation", "offlinedisclosure")
    | _grant("view add change delete", "attachment")
    | _grant("view add export", "annualreport")
    | _grant("view add", "handover"),
    OPENNESS_OFFICE: _grant("view add change import export", *_CATALOG)
    | _grant("view export", *_RECORDS, *_DUTIES)
    # To change a statement is to sign it, return it or end it.
    | _grant("change", "explanation", "offlinedisclosure")
    | _grant("view", "attachment", "duty", "user", "ledgerentry")
    | _grant("view add", "handover")
    | _grant("view add change delete import export", "term")
    | _grant("view add", "evidencepack")
    | _grant("view add export", "annualreport")
    | {"read_every_unit"},
    AUDITOR: _grant("view export", *_CATALOG, *_RECORDS, *_DUTIES, "ledgerentry", "annualreport")
    | _grant("view", "attachment", "duty", "handover", "term")
    | _grant("view add", "evidencepack")
    | {"read_every_unit"},
    # The three administrators of the protection scheme (GB/T 22239-2019, 8.1.5): accounts and
    # duties; sign-ins and locks; the record of both. None of them signs.
    ADMINISTRATOR: _grant("view add change", "user", "accountterm")
    | _grant("view add change delete", "duty")
    | _grant("view", "group", "handover", "unit"),
    SECURITY: _grant("view", "user", "accountterm", "group", *_SIGN_INS)
    | _grant("delete", "accessattempt"),
    AUDIT_ADMINISTRATOR: _grant("view export", *_RECORDS, *_DUTIES, "ledgerentry")
    | _grant("view", "user", "accountterm", "group", "duty", "handover", "logentry", *_SIGN_INS)
    | _grant("view add", "evidencepack")
    | {"read_every_unit"},
}
ROLES[EXTERNAL_AUDITOR] = ROLES[AUDITOR]


def create_roles(using: str, **kwargs: Any) -> None:
    """Bring the groups to what ``ROLES`` says, after each migration."""
    # Permissions are made by the same signal, app after app: make sure of those granted here.
    for label in (
        "admin",
        "auth",
        "axes",
        "catalog",
        "services",
        "disclosures",
        "dingyuan_portal",
    ):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for name, codenames in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(Permission.objects.using(using).filter(codename__in=codenames))
