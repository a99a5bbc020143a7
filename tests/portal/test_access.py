"""Who gets what from every address of the portal: one table, rows for all of the URL configuration.

Columns, left to right:

    A anonymous                  O openness office (政务公开办)
    X clerk of another unit      L leading group (领导小组)
    C clerk                      U auditor
    S section                    Y system administrator (系统管理员)
    D deputy leader              Z security administrator (安全管理员)
    E external auditor           W audit administrator (审计管理员)

An external auditor gets what an auditor gets, so a row has eleven letters, and a twelfth only
where the two should ever differ.

What a GET is answered with:

    o  the page (200)            n  not found (404)
    l  the sign-in page          g  withdrawn (410)
    r  another redirect          m  wrong method (405): a step, taken by POST only
    f  forbidden (403)
"""

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import TestCase
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from catalog.choices import ImportState
from dingyuan_portal import roles
from disclosures import workflow
from disclosures.admin.steps import STEPS
from disclosures.models import (
    Disclosure,
    Evidence,
    Explanation,
    Finding,
    LedgerEntry,
    OfflineDisclosure,
    Override,
    Review,
    Revision,
    Screening,
    Signoff,
    Term,
)
from tests import samples
from tests.factories import (
    make_accountability_step,
    make_annual_report,
    make_attachment,
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_duty,
    make_explanation,
    make_external_auditor,
    make_matter,
    make_negative_entry,
    make_offline,
    make_pack,
    make_returned,
    make_revision,
    make_service,
    make_signers,
    make_table_import,
    make_unit,
    make_user,
    make_withdrawn,
)
from tests.marks import needs_fonts

ROLES = ["A", "X", "C", "S", "D", "O", "L", "U", "Y", "Z", "W", "E"]

PUBLIC = "ooooooooooo"
STAFF = "loooooooooo"
NOBODY = "lffffffffff"
STEP = "lmmmmmmmmmm"
MOVED = "lrrrrrrrrrr"

#: name of the URL → what each role gets; "@…" behind a name tells another object of the same URL.
PAGES = {
    "home": PUBLIC,
    "catalog:index": PUBLIC,
    "catalog:domain": PUBLIC,
    "catalog:matter": PUBLIC,
    "catalog:standard_table": PUBLIC,
    "catalog:standard_table_file": PUBLIC,
    "disclosures:index": PUBLIC,
    "disclosures:disclosure": PUBLIC,
    "disclosures:disclosure@withdrawn": "ggggggggggg",
    "disclosures:disclosure@unpublished": "nnnnnnnnnnn",
    "disclosures:revision": PUBLIC,
    "disclosures:revision@draft": "nnnnnnnnnnn",
    "disclosures:revision@withdrawn": "ggggggggggg",
    "disclosures:comparison": PUBLIC,
    "disclosures:comparison@withdrawn": "ggggggggggg",
    "disclosures:trace": PUBLIC,
    "disclosures:trace@withdrawn": "ggggggggggg",
    "disclosures:trace_file": "nnoooooonno",
    "disclosures:attachment": PUBLIC,
    "disclosures:attachment@draft": "nnoooooonno",
    "services:index": PUBLIC,
    "services:service": PUBLIC,
    "services:qr": PUBLIC,
    "units:index": PUBLIC,
    "units:unit": PUBLIC,
    "coverage:index": PUBLIC,
    "coverage:rows": PUBLIC,
    "coverage:domain": PUBLIC,
    "coverage:unit": PUBLIC,
    "coverage:file": PUBLIC,
    "negative_list": PUBLIC,
    "accountability": PUBLIC,
    "downloads:index": PUBLIC,
    "downloads:pdf": PUBLIC,
    "downloads:xlsx": PUBLIC,
    "downloads:svg": PUBLIC,
    "downloads:chart": PUBLIC,
    "annual_reports": PUBLIC,
    "annual_report_rows": PUBLIC,
    "withdrawals": PUBLIC,
    "ledger": PUBLIC,
    "ledger_heads": PUBLIC,
    "verify": PUBLIC,
    "search": PUBLIC,
    "site_map": PUBLIC,
    "accessibility": PUBLIC,
    "sitemap": PUBLIC,
    "feeds:disclosures": PUBLIC,
    "robots": PUBLIC,
    "healthz": PUBLIC,
    "admin:index": STAFF,
    "admin:login": "orrrrrrrrrr",
    "admin:logout": "rmmmmmmmmmm",
    "admin:password_change": STAFF,
    "admin:password_change_done": STAFF,
    "admin:autocomplete": NOBODY,
    "admin:jsi18n": STAFF,
    "admin:view_on_site": MOVED,
    "admin:app_list": "loooooooono",
    "admin:nothing": "lnnnnnnnnnn",
    # A draft of the unit: its own people, and those who read every unit. (A history looks for the
    # object before the permission, so who may see neither is sent away and not forbidden.)
    "admin:disclosures_revision_changelist": "loooooooffo",
    "admin:disclosures_revision_add": "looffffffff",
    "admin:disclosures_revision_change": "lrooooooffo",
    "admin:disclosures_revision_history": "lroooooorro",
    "admin:disclosures_revision_delete": NOBODY,
    "admin:disclosures_revision_object": MOVED,
    "admin:disclosures_revision_file": "lnooooooffo",
    "admin:disclosures_revision_original": "lffffffoffo",
    "admin:disclosures_revision_remove_file": STEP,
    "admin:disclosures_revision_form": "lrooooooffo",
    "admin:disclosures_disclosure_changelist": "loooooooffo",
    "admin:disclosures_disclosure_add": NOBODY,
    "admin:disclosures_disclosure_change": "lrooooooffo",
    "admin:disclosures_disclosure_history": "lroooooorro",
    "admin:disclosures_disclosure_delete": NOBODY,
    "admin:disclosures_disclosure_object": MOVED,
    "admin:disclosures_disclosure_export": "lffffofoffo",
    "admin:disclosures_signoff_changelist": "loooooooffo",
    "admin:disclosures_signoff_add": NOBODY,
    "admin:disclosures_signoff_change": "lrooooooffo",
    "admin:disclosures_signoff_history": "lroooooorro",
    "admin:disclosures_signoff_delete": NOBODY,
    "admin:disclosures_signoff_object": MOVED,
    "admin:disclosures_signoff_export": "lffffofoffo",
    # What is owed, and what is stated about it: entered by clerks, who choose matters first.
    "admin:catalog_obligation_changelist": "loooooooffo",
    "admin:catalog_obligation_add": NOBODY,
    "admin:catalog_obligation_change": "lrooooooffo",
    "admin:catalog_obligation_history": "lroooooorro",
    "admin:catalog_obligation_delete": NOBODY,
    "admin:catalog_obligation_object": MOVED,
    "admin:catalog_obligation_export": "lffffofoffo",
    "admin:disclosures_offlinedisclosure_evidence": "lnooooooffo",
    "admin:disclosures_disclosure_confirm": STEP,
    # An annual report: the clerks of the unit fill it in, the openness office all of them.
    "admin:disclosures_annualreport_changelist": "looooooofff",
    "admin:disclosures_annualreport_add": "looffofffff",
    "admin:disclosures_annualreport_change": "lroooooofff",
    "admin:disclosures_annualreport_history": "lroooooorrf",
    "admin:disclosures_annualreport_delete": NOBODY,
    "admin:disclosures_annualreport_object": MOVED,
    "admin:disclosures_annualreport_entry": "lnoooooofff",
    "admin:disclosures_annualreport_preview": "lnoooooofff",
    "admin:disclosures_annualreport_compose": STEP,
    "admin:disclosures_annualreport_revise": STEP,
    "admin:disclosures_annualreport_workbook": STEP,
    "admin:disclosures_annualreport_upload": STEP,
    # Duties are the system administrator's; a handover concerns its two parties.
    "admin:disclosures_duty_changelist": "lffffofoofo",
    "admin:disclosures_duty_add": "lfffffffoff",
    "admin:disclosures_duty_change": "lffffofoofo",
    "admin:disclosures_duty_history": "lffffofoofo",
    "admin:disclosures_duty_delete": "lfffffffoff",
    "admin:disclosures_duty_object": MOVED,
    "admin:disclosures_handover_changelist": "loooooooofo",
    "admin:disclosures_handover_add": "looooooffff",
    "admin:disclosures_handover_change": "lrroooroofo",
    "admin:disclosures_handover_history": "lrrooorooro",
    "admin:disclosures_handover_delete": NOBODY,
    "admin:disclosures_handover_object": MOVED,
    "admin:disclosures_handover_end": STEP,
    "admin:disclosures_term_changelist": "lffffofofff",
    "admin:disclosures_term_add": "lffffofffff",
    "admin:disclosures_term_change": "lffffofofff",
    "admin:disclosures_term_history": "lffffofofff",
    "admin:disclosures_term_delete": "lffffofffff",
    "admin:disclosures_term_object": MOVED,
    "admin:disclosures_term_export": "lffffofffff",
    "admin:disclosures_term_import": "lffffofffff",
    "admin:disclosures_term_process_import": STEP,
    "admin:disclosures_ledgerentry_changelist": "lffffofoffo",
    "admin:disclosures_ledgerentry_add": NOBODY,
    "admin:disclosures_ledgerentry_change": "lffffofoffo",
    "admin:disclosures_ledgerentry_history": "lffffofoffo",
    "admin:disclosures_ledgerentry_delete": NOBODY,
    "admin:disclosures_ledgerentry_object": MOVED,
    "admin:disclosures_ledgerentry_bundle": STEP,
    # Evidence packs: those who read every unit and take records home.
    "admin:disclosures_evidencepack_changelist": "lffffofoffo",
    "admin:disclosures_evidencepack_add": "lffffofoffo",
    "admin:disclosures_evidencepack_change": "lffffofoffo",
    "admin:disclosures_evidencepack_history": "lffffofoffo",
    "admin:disclosures_evidencepack_delete": NOBODY,
    "admin:disclosures_evidencepack_object": MOVED,
    "admin:disclosures_evidencepack_status": "lffffofoffo",
    "admin:disclosures_evidencepack_download": STEP,
    "admin:disclosures_evidencepack_restart": STEP,
    # Accounts, sign-ins, the record of both.
    "admin:auth_user_changelist": "lffffoffooo",
    "admin:auth_user_add": "lfffffffoff",
    "admin:auth_user_change": "lffffoffooo",
    "admin:auth_user_history": "lffffoffooo",
    "admin:auth_user_delete": NOBODY,
    "admin:auth_user_object": MOVED,
    "admin:auth_user_password_change": "lfffffffoff",
    "admin:auth_group_changelist": "lfffffffooo",
    "admin:auth_group_add": NOBODY,
    "admin:auth_group_change": "lfffffffooo",
    "admin:auth_group_history": "lfffffffooo",
    "admin:auth_group_delete": NOBODY,
    "admin:auth_group_object": MOVED,
    "admin:catalog_matter_standard_table": "lffffofofff",
    "admin:admin_logentry_changelist": "lfffffffffo",
    "admin:admin_logentry_add": NOBODY,
    "admin:admin_logentry_change": "lfffffffffo",
    "admin:admin_logentry_history": "lfffffffffo",
    "admin:admin_logentry_delete": NOBODY,
    "admin:admin_logentry_object": MOVED,
}
for name in STEPS | {"revise": None, "discard": None}:
    PAGES[f"admin:disclosures_revision_{name.replace('-', '_')}"] = STEP
for model in ("explanation", "offlinedisclosure"):
    PAGES |= {
        f"admin:disclosures_{model}_changelist": "loooooooffo",
        f"admin:disclosures_{model}_add": "lrrffffffff",
        f"admin:disclosures_{model}_change": "lrooooooffo",
        f"admin:disclosures_{model}_history": "lroooooorro",
        f"admin:disclosures_{model}_delete": NOBODY,
        f"admin:disclosures_{model}_object": MOVED,
        f"admin:disclosures_{model}_export": "lffffofoffo",
        f"admin:disclosures_{model}_sign": STEP,
        f"admin:disclosures_{model}_return": STEP,
        f"admin:disclosures_{model}_end": STEP,
    }
for model in ("accessattempt", "accesslog", "accessfailurelog"):
    PAGES |= {
        f"admin:axes_{model}_changelist": "lffffffffoo",
        f"admin:axes_{model}_add": NOBODY,
        f"admin:axes_{model}_change": "lffffffffoo",
        f"admin:axes_{model}_history": "lffffffffoo",
        f"admin:axes_{model}_delete": NOBODY,
        f"admin:axes_{model}_object": MOVED,
    }
#: The catalog: staff and auditors look, the openness office keeps it. Units the system
#: administrator looks up as well, to grant duties in them.
for model in (
    "catalog_unit",
    "catalog_matter",
    "catalog_negativelistentry",
    "catalog_accountabilitytable",
    "catalog_accountabilitystep",
    "services_service",
):
    seen = "looooooo" + ("off" if model == "catalog_unit" else "fff")
    PAGES |= {
        f"admin:{model}_changelist": seen,
        f"admin:{model}_add": "lffffofffff",
        f"admin:{model}_change": seen,
        f"admin:{model}_history": seen,
        f"admin:{model}_delete": NOBODY,
        f"admin:{model}_object": MOVED,
    }
    if model != "catalog_accountabilitytable":
        PAGES |= {
            f"admin:{model}_export": "lffffofofff",
            f"admin:{model}_import": "lffffofffff",
            f"admin:{model}_process_import": STEP,
        }

#: Reading a standard table into the catalog, step by step.
PAGES |= {
    f"admin:catalog_matter_table_import{step}": "lffffofffff"
    for step in ("", "_columns", "_preview", "_marked", "_result")
}


def whole(row):
    """A row of the table with the external auditor's letter, which follows the auditor's."""
    return row if len(row) == len(ROLES) else row + row[ROLES.index("U")]


def routes(patterns=None, namespace="", before=""):
    """Name and pattern of every URL; those the admin leaves nameless are named after the model."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(pattern, URLPattern):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from routes(pattern.url_patterns, inner, before + str(pattern.pattern))
        elif pattern.name:
            yield namespace + pattern.name
        elif "object_id" in str(pattern.pattern):
            yield f"admin:{before.removeprefix('admin/').strip('/').replace('/', '_')}_object"
        else:
            yield "admin:nothing"


class AccessTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        unit = make_unit()
        matter = make_matter(units=[unit])
        clerk, section, deputy, office, leader = make_signers(unit)
        stranger = make_signers(make_unit())[0]
        cls.people = {
            "A": None, "X": stranger, "C": clerk, "S": section, "D": deputy, "O": office,
            "L": leader, "U": make_auditor(),
            "Y": make_user("sysadmin", role=roles.ADMINISTRATOR),
            "Z": make_user("security", role=roles.SECURITY),
            "W": make_user("audit", role=roles.AUDIT_ADMINISTRATOR),
            "E": make_external_auditor(),
        }  # fmt: skip
        place = {"unit": unit, "matter": matter}
        cls.draft = make_draft(**place)
        cls.draft_file = make_attachment(cls.draft)
        cls.live = make_disclosure(files=["附件.pdf"], **place)
        cls.live_file = cls.live.live_revision.attachments.get()
        cls.correction = make_correction(cls.live)
        cls.correction_file = make_attachment(cls.correction, "更正.pdf")
        cls.withdrawn = make_withdrawn(**place)
        today = timezone.localdate()
        cls.handover = workflow.hand_over(
            section.duties.get(),
            to=deputy,
            starts_on=today,
            ends_on=today,
            reason="出差",
            by=section,
        )
        cls.unused_duty = make_duty(make_user("newcomer"), 2, unit)
        Term.objects.create(text="错子", kind="misspelt")
        AccessAttempt.objects.create(username="x", failures_since_start=1)
        AccessLog.objects.create(username="x")
        AccessFailureLog.objects.create(username="x")
        LogEntry.objects.create(
            user=clerk, action_flag=1, content_type=ContentType.objects.get_for_model(Term)
        )
        cls.report = make_annual_report(unit)
        cls.service = make_service(unit=unit)
        cls.negative = make_negative_entry()
        cls.step = make_accountability_step()
        cls.upload = make_table_import(office)
        cls.imported = make_table_import(office, state=ImportState.IMPORTED)
        cls.explanation = make_explanation(**place)
        cls.record = make_offline(**place)
        cls.pack = make_pack(by=cls.people["U"], made=False, unit=unit.code)

    def address(self, name):
        name, _, which = name.partition("@")
        if name == "admin:nothing":
            return "/admin/nothing/here"
        if name == "admin:app_list":
            return reverse(name, args=["disclosures"])
        if name == "admin:view_on_site":
            kind = ContentType.objects.get_for_model(Disclosure)
            return reverse(name, args=[kind.pk, self.live.pk])
        if name.startswith("admin:"):
            return self.admin_address(name)
        disclosure = self.withdrawn if which == "withdrawn" else self.live
        slug = disclosure.slug
        arguments = {
            "catalog:domain": [self.live.matter.domain_code],
            "catalog:matter": [self.live.matter.code],
            "catalog:standard_table_file": ["csv"],
            "annual_report_rows": [2025, self.live.unit.code, "published"],
            "disclosures:disclosure": ["U9999-2026-00001" if which == "unpublished" else slug],
            "disclosures:revision": [slug, self.correction.number if which == "draft" else 1],
            "disclosures:comparison": [slug],
            "disclosures:trace": [slug],
            "disclosures:trace_file": [slug, "xlsx"],
            "disclosures:attachment": [
                slug, self.correction_file.pk if which == "draft" else self.live_file.pk
            ],
            "services:service": [self.service.code],
            "services:qr": [self.service.code],
            "units:unit": [self.live.unit.code],
            "coverage:domain": [self.live.matter.domain_code],
            "coverage:unit": [self.live.unit.code],
            "coverage:file": ["matrix", "csv"],
            "downloads:pdf": ["negative-list"],
            "downloads:xlsx": ["negative-list"],
            "downloads:svg": ["pilot-chart"],
            "downloads:chart": ["pilot-chart"],
        }  # fmt: skip
        return reverse(name, args=arguments.get(name))

    def admin_address(self, name):
        objects = {
            "disclosures_revision_file": self.draft_file,
            "disclosures_revision_original": self.draft_file,
            "disclosures_revision_remove_file": self.draft_file,
            "disclosures_revision": self.draft,
            "disclosures_disclosure": self.live,
            "disclosures_signoff": Signoff.objects.filter(revision__disclosure=self.live).first(),
            "disclosures_duty": self.unused_duty,
            "disclosures_handover": self.handover,
            "disclosures_annualreport": self.report,
            "disclosures_term": Term.objects.get(),
            "disclosures_evidencepack": self.pack,
            "disclosures_ledgerentry": LedgerEntry.objects.first(),
            "auth_user": self.people["X"],
            "auth_group": self.people["X"].groups.get(),
            "axes_accessattempt": AccessAttempt.objects.get(),
            "axes_accesslog": AccessLog.objects.filter(username="x").get(),
            "axes_accessfailurelog": AccessFailureLog.objects.get(),
            "admin_logentry": LogEntry.objects.first(),
            "disclosures_explanation": self.explanation,
            "disclosures_offlinedisclosure": self.record,
            "disclosures_offlinedisclosure_evidence": self.record.evidence.get(),
            "catalog_obligation": self.live.matter.obligations.get(),
            "catalog_matter": self.live.matter,
            "catalog_matter_table_import": self.upload,
            "catalog_matter_table_import_result": self.imported,
            "catalog_unit": self.live.unit,
            "catalog_negativelistentry": self.negative,
            "catalog_accountabilitytable": self.step.table,
            "catalog_accountabilitystep": self.step,
            "services_service": self.service,
        }
        if name == "admin:disclosures_annualreport_entry":
            return reverse(name, args=[self.report.pk, "table1"])
        plain = name.removeprefix("admin:")
        whole = (
            "changelist",
            "_add",
            "export",
            "import",
            "_bundle",
            "_standard_table",
            "index",
            "login",
            "logout",
        )
        if plain.endswith(("_object",)):
            model = plain.removesuffix("_object")
            change = reverse(f"admin:{model}_change", args=[objects[model].pk])
            return change.removesuffix("change/")
        if plain.endswith(whole) or plain.startswith(("password_change", "autocomplete", "jsi18n")):
            return reverse(name)
        model = max((key for key in objects if plain.startswith(key)), key=len)
        return reverse(name, args=[objects[model].pk])

    def letter(self, address):
        response = self.client.get(address)
        if response.status_code in (301, 302):
            return "l" if "/admin/login/" in response["Location"] else "r"
        letters = {200: "o", 403: "f", 404: "n", 405: "m", 410: "g"}
        return letters.get(response.status_code, str(response.status_code))

    def test_every_url_has_its_row_and_every_row_its_url(self):
        described = {name.partition("@")[0] for name in PAGES}
        self.assertEqual(described, set(routes()))
        for name, row in PAGES.items():
            self.assertEqual(len(whole(row)), len(ROLES), name)

    @needs_fonts
    def test_each_role_gets_what_the_table_says(self):
        wrong = []
        for place, (role, person) in enumerate(self.people.items()):
            self.client.logout()
            if person:
                self.client.force_login(person)
            for name, row in PAGES.items():
                got = self.letter(self.address(name))
                expected = whole(row)[place]
                if got != expected:
                    wrong.append(f"{name} {role}: {got} 而不是 {expected}")
        self.assertEqual(wrong, [])


#: step → (state of the revision it is tried on, who may take it)
MAY = {
    "submit": ("draft", "C"),
    "sign": ("waiting", "S"),
    "return": ("waiting", "S"),
    "recategorise": ("draft", "O"),
    "withdraw": ("live", "C"),
    "takedown": ("live", "O"),
    "restore": ("refused", "O"),
    "validity": ("live", "C"),
    "cancel-release": ("scheduled", "O"),
    "unbundle": ("bundled", "C"),
    "screen": ("draft", "C"),
    "mask": ("flagged", "C"),
    "override": ("flagged", "O"),
    "revise": ("returned", "C"),
    "discard": ("draft", "C"),
}


class StepsTest(TestCase):
    """A step taken by whoever may; for everybody else nothing changes."""

    @classmethod
    def setUpTestData(cls):
        AccessTest.setUpTestData.__func__(cls)

    def revision(self, state):
        place = {"unit": self.live.unit, "matter": self.live.matter}
        signers = make_signers(self.live.unit)
        if state == "draft":
            return self.draft
        if state == "waiting":
            # Nobody stands in for the section here.
            workflow.end_handover(self.handover, by=signers[1])
            return make_revision(**place)
        if state == "live":
            return make_disclosure(**place).live_revision
        if state == "returned":
            return make_returned(**place)
        if state == "scheduled":
            later = timezone.now() + timezone.timedelta(days=1)
            revision = make_revision(approvals=3, publish_at=later, **place)
            return workflow.sign_off(revision, by=signers[4])
        if state == "refused":
            taken = make_disclosure(**place)
            withdrawal = workflow.take_down(taken, by=signers[3], reason="泄露")
            return workflow.send_back(
                workflow.sign_off(withdrawal, by=make_user("office-2", 4)),
                by=signers[4],
                remark="没有泄露",
            )
        if state == "bundled":
            drafts = [make_draft(**place), make_draft(**place)]
            workflow.bundle_together(drafts, by=signers[0], name="同步")
            return Revision.objects.get(pk=drafts[0].pk)
        flagged = make_draft(body="<p>户主王芳,手机13855001234。</p>", **place)
        workflow.screen(flagged)
        return flagged

    def data(self, revision):
        finding = Finding.objects.blocking().filter(screening__revision=revision).first()
        return {
            "reason": "理由",
            "remark": "意见",
            "validity": "repealed",
            "category": "decision",
            "finding": finding.pk if finding else "",
        }

    @staticmethod
    def fingerprint():
        return [
            list(Revision.objects.order_by("pk").values("pk", "state", "level", "body", "bundle")),
            list(Disclosure.objects.order_by("pk").values("pk", "category", "withdrawn_at")),
            LedgerEntry.objects.count(),
            Override.objects.count(),
            Screening.objects.count(),
        ]

    def test_every_step_is_in_the_table(self):
        self.assertEqual(set(MAY), {*STEPS, "revise", "discard"})

    def test_only_those_who_may_change_anything(self):
        for name, (state, allowed) in MAY.items():
            with transaction.atomic():
                revision = self.revision(state)
                address = reverse(
                    f"admin:disclosures_revision_{name.replace('-', '_')}", args=[revision.pk]
                )
                data = self.data(revision)
                for role, person in self.people.items():
                    with self.subTest(step=name, role=role), transaction.atomic():
                        self.client.logout()
                        if person:
                            self.client.force_login(person)
                        before = self.fingerprint()
                        response = self.client.post(address, data)
                        self.assertIn(response.status_code, (302, 403))
                        changed = self.fingerprint() != before
                        self.assertEqual(changed, role in allowed)
                        transaction.set_rollback(True)
                transaction.set_rollback(True)


class StatementStepsTest(TestCase):
    """The same for what is stated where no text is, and for reviews."""

    @classmethod
    def setUpTestData(cls):
        AccessTest.setUpTestData.__func__(cls)
        cls.obligation = cls.live.matter.obligations.get()

    def steps(self):
        """(address, data, who may)"""
        stated = {"obligations": str(self.obligation.pk), "_enter": ""}
        today = timezone.localdate()
        reason = {"reason": "not_applicable", "detail": "本单位不涉及", "valid_until": today}
        shown = {"title": "公示", "carrier": "meeting", "place": "村部", "shown_from": today}
        photo = samples.upload("会场.jpg")
        yield "admin:disclosures_disclosure_confirm", self.live, {}, "C"
        # The explanation that waits stands in the way of another one for the same matter.
        yield "admin:disclosures_explanation_add", None, stated | reason, ""
        yield (
            "admin:disclosures_offlinedisclosure_add",
            None,
            (stated | shown | {"evidence": photo}),
            "C",
        )
        for row in (self.explanation, self.record):
            place = f"admin:disclosures_{row._meta.model_name}"
            yield f"{place}_sign", row, {}, "O"
            yield f"{place}_return", row, {"remark": "依据不明"}, "O"
            yield f"{place}_end", row, {"reason": "填错了"}, "CO"
            chosen = {"_selected_action": row.pk, "remark": "依据不明"}
            for action in ("sign_selected", "return_selected"):
                yield f"{place}_changelist", None, chosen | {"action": action}, "O"

    @staticmethod
    def fingerprint():
        return [
            list(Explanation.objects.order_by("pk").values("pk", "state", "remark")),
            list(OfflineDisclosure.objects.order_by("pk").values("pk", "state", "remark")),
            Review.objects.count(),
            Evidence.objects.count(),
            LedgerEntry.objects.count(),
        ]

    def test_only_those_who_may_change_anything(self):
        for name, row, data, allowed in self.steps():
            address = reverse(name, args=[row.pk] if row else [])
            for role, person in self.people.items():
                with self.subTest(step=name, role=role), transaction.atomic():
                    self.client.logout()
                    if person:
                        self.client.force_login(person)
                    before = self.fingerprint()
                    if upload := data.get("evidence"):
                        upload.seek(0)
                    response = self.client.post(address, data)
                    self.assertIn(response.status_code, (200, 302, 403))
                    self.assertEqual(self.fingerprint() != before, role in allowed)
                    transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_draft_is_found_on_no_side_path(client):
    secret = "绝密标题甲乙丙"
    make_draft(title=secret)
    make_revision(title=secret, approvals=2)
    live = make_disclosure()
    make_correction(live, title=secret)
    make_returned(title=secret)
    for address in (
        "/",
        f"/search/?q={secret}",
        f"/disclosures/?q={secret}",
        "/feeds/disclosures/",
        "/sitemap.xml",
        "/withdrawals/",
        "/ledger/",
        live.get_absolute_url(),
        live.matter.get_absolute_url(),
        live.unit.get_absolute_url(),
        f"{live.get_absolute_url()}compare/",
    ):
        html = client.get(address).content.decode()
        # A search repeats what was typed; it shows no row.
        assert html.count(secret) == html.count(f'value="{secret}"') or "没有" in html, address
