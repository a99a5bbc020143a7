"""The ledger in public: the head of each day, the chain of a page, and whose file this is."""

import io
import tempfile
from datetime import timedelta
from pathlib import Path

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from disclosures import digest, verifier, workflow
from disclosures.models import Attachment, LedgerEntry
from tests.factories import (
    make_attachment,
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_restricted_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_withdrawn,
    publish,
)
from tests.samples import sample


class HeadsTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        now = timezone.now()
        for days in (40, 39, 0):
            with time_machine.travel(now - timedelta(days=days), tick=False):
                make_disclosure()
        cls.last = LedgerEntry.objects.last()

    def test_each_day_shows_its_last_row_newest_first(self):
        heads = self.client.get("/ledger/").context["heads"]
        numbers = [entry.number for _day, entry in heads]
        self.assertEqual(numbers, [18, 12, 6])
        self.assertEqual([day["rows"] for day, _entry in heads], [6, 6, 6])
        self.assertContains(self.client.get("/ledger/"), self.last.digest)

    def test_a_page_holds_thirty_days(self):
        now = timezone.now()
        for days in range(38, 8, -1):
            with time_machine.travel(now - timedelta(days=days), tick=False):
                make_revision()
        self.assertEqual(len(self.client.get("/ledger/").context["heads"]), 30)
        self.assertEqual(len(self.client.get("/ledger/?page=2").context["heads"]), 3)

    def test_both_ask_as_much_for_many_days_as_for_few(self):
        for address, queries in (("/ledger/", 3), ("/ledger/heads.csv", 2)):
            with self.subTest(address), self.assertNumQueries(queries):
                self.client.get(address)

    def test_the_sheet_to_keep_is_what_the_verifier_reads(self):
        response = self.client.get("/ledger/heads.csv")
        self.assertIn('filename="heads.csv"', response["Content-Disposition"])
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "heads.csv"
            kept.write_bytes(response.content)
            make_disclosure()
            out = io.StringIO()
            call_command("verify_ledger", heads=str(kept), stdout=out, stderr=io.StringIO())
        self.assertIn("与以前抄下的3个摘要值作了对照", out.getvalue())
        self.assertIn("核验通过", out.getvalue())


class EmptyLedgerTest(TestCase):
    def test_it_has_a_page_and_a_sheet(self):
        self.assertContains(self.client.get("/ledger/"), "台账还是空的")
        self.assertEqual(
            self.client.get("/ledger/heads.csv").content.decode().splitlines(),
            ["day,rows,number,algorithm,digest"],
        )


class ChainTest(TestCase):
    def chain(self, address):
        page = self.client.get(address)
        return page, [signoff for _glyphs, signoff in page.context["signatures"]]

    def test_five_steps_with_the_digest_of_each_row(self):
        disclosure = make_disclosure()
        page, signoffs = self.chain(disclosure.get_absolute_url())
        self.assertEqual([signoff.level for signoff in signoffs], [1, 2, 3, 4, 5])
        for entry in LedgerEntry.objects.filter(kind="signoff"):
            self.assertContains(page, entry.digest)
            self.assertContains(page, f"台账第{entry.number}行")
        self.assertContains(page, 'href="/ledger/"')

    def test_names_are_for_staff(self):
        disclosure = make_disclosure()
        signers = make_signers(disclosure.unit)
        page, _ = self.chain(disclosure.get_absolute_url())
        for signer in signers:
            self.assertNotContains(page, signer.first_name)
        self.client.force_login(make_auditor())
        page, _ = self.chain(disclosure.get_absolute_url())
        for signer in signers:
            self.assertContains(page, signer.first_name)

    def test_a_change_of_validity_shows_its_three_and_the_text_its_five(self):
        disclosure = make_disclosure()
        clerk = make_signers(disclosure.unit)[0]
        publish(
            workflow.change_validity(disclosure, by=clerk, validity="repealed", reason="已有新规定")
        )
        _page, signoffs = self.chain(disclosure.get_absolute_url())
        self.assertEqual([signoff.level for signoff in signoffs], [1, 4, 5])
        page, signoffs = self.chain(f"{disclosure.get_absolute_url()}versions/1/")
        self.assertEqual([signoff.level for signoff in signoffs], [1, 2, 3, 4, 5])
        self.assertContains(page, "五级审签")
        page, _ = self.chain(f"{disclosure.get_absolute_url()}versions/2/")
        self.assertContains(page, "三级审签")

    def test_a_signature_that_a_return_has_undone_is_not_shown(self):
        revision = make_revision(approvals=2)
        signers = make_signers(revision.disclosure.unit)
        revision = workflow.send_back(revision, by=signers[3], remark="请再核", to=2)
        publish(revision, signers)
        _page, signoffs = self.chain(revision.disclosure.__class__.objects.get().get_absolute_url())
        self.assertEqual(
            [(signoff.level, signoff.round) for signoff in signoffs],
            [(1, 1), (2, 2), (3, 2), (4, 2), (5, 2)],
        )


class AdminTest(TestCase):
    CHANGELIST = "/admin/disclosures/ledgerentry/"

    def setUp(self):
        self.disclosure = make_disclosure()
        self.auditor = make_auditor()
        self.client.force_login(self.auditor)

    def test_an_auditor_takes_home_what_verifies_itself(self):
        head = LedgerEntry.objects.last()
        response = self.client.post(f"{self.CHANGELIST}bundle/")
        self.assertIn(".zip", response["Content-Disposition"])
        with tempfile.TemporaryDirectory() as folder:
            bundle = Path(folder) / "台账.zip"
            bundle.write_bytes(b"".join(response.streaming_content))
            check = verifier.verify_bundle(str(bundle))
        self.assertEqual((check.problems, check.head), ([], head.digest))
        taken = LedgerEntry.objects.last()
        self.assertEqual((taken.kind, taken.person), ("export", self.auditor))

    def test_reading_alone_doesnt_take_it_home(self):
        self.client.force_login(make_signers(self.disclosure.unit)[3])
        self.assertNotContains(self.client.get(self.CHANGELIST), "导出核验包")
        before = LedgerEntry.objects.count()
        self.assertEqual(self.client.post(f"{self.CHANGELIST}bundle/").status_code, 403)
        self.assertEqual(LedgerEntry.objects.count(), before)

    def test_a_row_is_found_by_its_index_number_and_shown_whole(self):
        make_disclosure()
        page = self.client.get(self.CHANGELIST, {"q": self.disclosure.index_number})
        self.assertEqual({row.disclosure for row in page.context["cl"].queryset}, {self.disclosure})
        first = LedgerEntry.objects.first()
        page = self.client.get(f"{self.CHANGELIST}{first.pk}/change/")
        self.assertContains(page, first.digest)
        self.assertContains(page, self.disclosure.live_revision.content_digest)

    def test_nobody_changes_a_row(self):
        self.client.force_login(make_user(is_superuser=True))
        for address in ("add/", "1/delete/"):
            self.assertEqual(self.client.post(f"{self.CHANGELIST}{address}").status_code, 403)
        self.assertEqual(self.client.post(f"{self.CHANGELIST}1/change/").status_code, 403)

    def test_the_list_asks_the_same_few_queries_for_many_rows(self):
        self.client.get(self.CHANGELIST)
        with CaptureQueriesContext(connection) as before:
            self.client.get(self.CHANGELIST)
        make_disclosure()
        make_disclosure()
        with self.assertNumQueries(len(before)):
            self.client.get(self.CHANGELIST)


class WhoseFileTest(TestCase):
    """Only what the public could download is found."""

    def setUp(self):
        self.unit = make_unit()
        self.uploaded = sample("pdf") + b"\n% this very file"

    def asked(self, content=None, algorithm=digest.ALGORITHM):
        value = digest.of_bytes([content or self.content], algorithm)
        return self.client.get("/verify/", {"digest": value})

    def draft_with_file(self, *, is_evidence=False, **kwargs):
        revision = make_draft(**kwargs)
        attachment = make_attachment(revision, "分配表.pdf", self.uploaded, is_evidence=is_evidence)
        with attachment.file.open() as stored:
            self.content = stored.read()
        return revision

    def assert_unknown(self, response):
        self.assertContains(response, "不是本站公开过的文件")
        self.assertEqual(response.context["found"], [])

    def test_a_published_file_is_found_with_its_place(self):
        disclosure = publish(self.draft_with_file(unit=self.unit)).disclosure
        page = self.asked()
        self.assertContains(page, "是本站公开过的文件")
        for text in (disclosure.index_number, self.unit.name, "第1版", "当前公开的版本"):
            self.assertContains(page, text)

    def test_another_byte_is_another_file(self):
        publish(self.draft_with_file())
        self.assert_unknown(self.asked(self.content + b"\n"))

    def test_the_sealed_original_is_not_what_was_published(self):
        publish(self.draft_with_file())
        self.assertNotEqual(self.content, self.uploaded)
        self.assert_unknown(self.asked(self.uploaded))

    def test_a_superseded_version_is_called_so(self):
        disclosure = publish(self.draft_with_file()).disclosure
        disclosure.refresh_from_db()
        correction = make_correction(disclosure)
        for attachment in correction.attachments.all():
            workflow.detach(attachment, by=make_signers(disclosure.unit)[0])
        publish(correction)
        self.assertContains(self.asked(), "已被新的版本取代")

    def test_a_withdrawn_one_is_called_so(self):
        make_withdrawn(files=["附件.pdf"])
        stored = Attachment.objects.first()
        page = self.client.get("/verify/", {"digest": stored.digest})
        self.assertContains(page, "这条信息已撤下")

    def test_what_was_never_public_is_not_found(self):
        drafts = {
            "a draft": lambda: self.draft_with_file(),
            "evidence": lambda: publish(self.draft_with_file(is_evidence=True)),
            "restricted": lambda: publish(
                self.draft_with_file(matter=make_restricted_matter(units=[self.unit]))
            ),
            "in review": lambda: workflow.submit(
                (revision := self.draft_with_file()),
                by=make_signers(revision.disclosure.unit)[0],
            ),
        }
        for label, make in drafts.items():
            with self.subTest(label):
                make()
                self.assert_unknown(self.asked())

    def test_a_returned_version_is_not_found(self):
        make_returned(files=["附件.pdf"])
        page = self.client.get("/verify/", {"digest": Attachment.objects.get().digest})
        self.assert_unknown(page)

    def test_without_script_the_file_is_sent_and_not_kept(self):
        publish(self.draft_with_file())
        before = Attachment.objects.count(), LedgerEntry.objects.count()
        upload = SimpleUploadedFile("我的下载.pdf", self.content)
        page = self.client.post("/verify/", {"file": upload})
        self.assertContains(page, "是本站公开过的文件")
        self.assertContains(page, "我的下载.pdf")
        self.assertEqual((Attachment.objects.count(), LedgerEntry.objects.count()), before)

    def test_a_script_may_ask_with_two_digests_of_a_file(self):
        publish(self.draft_with_file())
        both = [digest.of_bytes([self.content], name) for name in ("sm3", "sha256")]
        for order in (both, both[::-1]):
            page = self.client.get("/verify/", {"digest": " ".join(order).upper()})
            self.assertContains(page, "是本站公开过的文件")

    def test_what_is_no_digest_is_refused_with_advice(self):
        for text in ("", "abc", "g" * 64, "a" * 65, "a" * 64 + " b"):
            with self.subTest(text):
                page = self.client.get("/verify/", {"digest": text})
                self.assertContains(page, "摘要值")
                self.assertNotContains(page, "不是本站公开过的文件")
                self.assertTrue(page.context["digest_form"].errors)

    def test_no_file_is_asked_for_again(self):
        self.assertContains(self.client.post("/verify/"), "请先选择要核对的文件")

    def test_the_same_file_in_many_versions_costs_the_same_few_queries(self):
        disclosure = publish(self.draft_with_file()).disclosure
        for expected in (1, 2, 3):
            with self.assertNumQueries(1):
                page = self.asked()
            self.assertEqual(len(page.context["found"]), expected)
            disclosure.refresh_from_db()
            publish(make_correction(disclosure))
