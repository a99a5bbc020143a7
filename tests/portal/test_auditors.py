"""An auditor reads everything and changes nothing; one from outside until the account ends."""

from datetime import timedelta

from django.apps import apps
from django.contrib import admin
from django.forms import model_to_dict
from django.test import TestCase
from django.urls import resolve, reverse
from django.utils import timezone

from dingyuan_portal.models import AccountTerm
from disclosures import workflow
from disclosures.choices import EntryKind
from disclosures.models import LedgerEntry
from services.resources import ServiceResource
from tests import samples
from tests.factories import make_attachment, make_draft, make_external_auditor, make_unit
from tests.marks import needs_fonts
from tests.portal import test_access

#: What signing in and out leaves behind, and a person's own password.
OWN = {"admin:login", "admin:logout", "admin:password_change"}
TRACES = {"sessions.session", "axes.accesslog", "axes.accessattempt", "axes.accessfailurelog"}


def fingerprint():
    """Every row of every table; of the ledger what isn't the record of an export."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower in TRACES or not model._meta.managed:
            continue
        rows = model._base_manager.order_by("pk")
        if model is LedgerEntry:
            rows = rows.exclude(kind=EntryKind.EXPORT)
        found[model._meta.label] = list(rows.values_list())
    return found


class AuditorCase(TestCase):
    """The rows, people and addresses of the table of all URLs."""

    setUpTestData = classmethod(test_access.AccessTest.setUpTestData.__func__)
    address = test_access.AccessTest.address
    admin_address = test_access.AccessTest.admin_address

    def auditors(self):
        return [("U", self.people["U"]), ("E", self.people["E"])]


class ChangesNothing(AuditorCase):
    def content(self, row):
        """What a form of the row would send, with every text changed."""
        data = {"reason": "理由", "remark": "意见", "validity": "repealed", "category": "decision"}
        for name, value in model_to_dict(row).items() if row is not None else ():
            if isinstance(value, list):
                data[name] = [getattr(item, "pk", item) for item in value]
            elif value is not None and not hasattr(value, "open"):
                data[name] = f"{value}改" if isinstance(value, str) else value
        return data | {"_save": "保存", "post": "yes"}

    def row_at(self, address):
        """The row that an address of the admin names by its key."""
        match = resolve(address)
        model = getattr(getattr(match.func, "model_admin", None), "model", None)
        key = match.kwargs.get("object_id") or match.kwargs.get("pk")
        return model._base_manager.filter(pk=key).first() if model and key else None

    def posts(self):
        """(address, what is sent there) for the whole table, and each action of each list."""
        table = ServiceResource().export()
        for name in test_access.PAGES:
            address = self.address(name)
            if name in OWN:
                continue
            yield address, self.content(self.row_at(address))
            if name.endswith("_import"):
                upload = samples.upload("表.csv", table.export("csv").encode("utf-8-sig"))
                yield address, {"import_file": upload, "resource": "0", "format": ""}
        for model, model_admin in admin.site._registry.items():
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            keys = list(model._base_manager.values_list("pk", flat=True)[:2])
            names = [action if isinstance(action, str) else action.__name__
                     for action in model_admin.actions or ()]  # fmt: skip
            for action in [*names, "delete_selected"]:
                yield address, {"action": action, "_selected_action": keys, "post": "yes"}

    def test_no_post_of_an_auditor_changes_anything(self):
        for role, person in self.auditors():
            self.client.force_login(person)
            before = fingerprint()
            for address, data in self.posts():
                with self.subTest(role=role, address=address, action=data.get("action")):
                    response = self.client.post(address, data)
                    self.assertIn(response.status_code, (200, 302, 403, 404, 405, 410))
            after = fingerprint()
            for label, rows in before.items():
                self.assertEqual(after[label], rows, f"{role} {label}")

    def test_the_same_posts_of_others_do_change_something(self):
        """Or the test above would prove nothing."""
        changed = set()
        planned = {role: list(self.posts()) for role in ("C", "S", "O", "Y")}
        for role, posts in planned.items():
            self.client.force_login(self.people[role])
            before = fingerprint()
            for address, data in posts:
                self.client.post(address, data)
            after = fingerprint()
            changed |= {label for label in before if after[label] != before[label]}
        self.assertLessEqual(
            {"disclosures.Revision", "disclosures.Signoff", "disclosures.LedgerEntry",
             "services.Service", "admin.LogEntry"},
            changed,
        )  # fmt: skip


class ReadsEverything(AuditorCase):
    def opened(self, name, *args):
        response = self.client.get(reverse(name, args=args))
        self.assertEqual(response.status_code, 200, name)
        return response

    @needs_fonts
    def test_drafts_findings_evidence_and_the_form(self):
        unit = make_unit()
        draft = make_draft(unit=unit, body="<p>户主王芳,手机13855001234。</p>")
        photo = make_attachment(draft, "公示栏.jpg", is_evidence=True)
        workflow.screen(draft)
        for _, person in self.auditors():
            self.client.force_login(person)
            page = self.opened("admin:disclosures_revision_change", draft.pk)
            self.assertContains(page, "户主王芳")
            self.assertContains(page, "1处必须处理")
            self.assertContains(page, "公示栏.jpg")
            self.opened("admin:disclosures_revision_file", photo.pk)
            form = self.opened("admin:disclosures_revision_form", draft.pk)
            self.assertEqual(form["Content-Type"], "application/pdf")

    def test_every_list_and_every_row_of_the_business(self):
        for _, person in self.auditors():
            self.client.force_login(person)
            for model in admin.site._registry:
                place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
                if model._meta.app_label not in {"catalog", "services", "disclosures"}:
                    continue
                self.opened(f"{place}_changelist")
                for row in model._base_manager.all()[:3]:
                    self.opened(f"{place}_change", row.pk)

    def test_the_sealed_original_and_that_it_was_taken(self):
        for _, person in self.auditors():
            self.client.force_login(person)
            page = self.opened("admin:disclosures_revision_change", self.draft.pk)
            address = reverse("admin:disclosures_revision_original", args=[self.draft_file.pk])
            self.assertContains(page, address)
            response = self.client.get(address)
            with self.draft_file.original.open("rb") as original:
                self.assertEqual(b"".join(response.streaming_content), original.read())
            self.assertIn("attachment", response["Content-Disposition"])
            entry = LedgerEntry.objects.last()
            self.assertEqual((entry.kind, entry.person), (EntryKind.EXPORT, person))
            self.assertIn("附件原件", entry.record)

    def test_a_clerk_is_not_led_to_the_original(self):
        self.client.force_login(self.people["C"])
        address = reverse("admin:disclosures_revision_original", args=[self.draft_file.pk])
        page = self.opened("admin:disclosures_revision_change", self.draft.pk)
        self.assertNotContains(page, address)

    def test_a_file_without_original_is_not_found(self):
        plain = make_attachment(self.draft, "录音.mp3")
        self.client.force_login(self.people["U"])
        address = reverse("admin:disclosures_revision_original", args=[plain.pk])
        self.assertEqual(self.client.get(address).status_code, 404)


class Ended(AuditorCase):
    @needs_fonts
    def test_an_account_that_has_ended_gets_what_a_stranger_gets(self):
        outsider = make_external_auditor("ended", days=0)
        self.client.force_login(outsider)
        self.assertEqual(self.client.get(reverse("admin:index")).status_code, 200)
        yesterday = timezone.localdate() - timedelta(days=1)
        AccountTerm.objects.filter(user=outsider).update(ends_on=yesterday)
        letter = test_access.AccessTest.letter
        for name, row in test_access.PAGES.items():
            with self.subTest(name):
                self.client.force_login(outsider)
                self.assertEqual(letter(self, self.address(name)), row[0])
