"""Whoever changes a byte is found out: by the portal, and offline by the bundle's own program."""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import SimpleTestCase, TestCase
from hypothesis import given
from hypothesis import strategies as st

from disclosures import digest, verifier, workflow
from disclosures.models import Attachment, LedgerEntry, Revision, Signoff
from tests.conftest import guards
from tests.factories import (
    make_attachment,
    make_correction,
    make_disclosure,
    make_draft,
    make_returned,
    make_signers,
    make_withdrawn,
    publish,
)


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@contextmanager
def without_guards():
    """As somebody with the database's password could."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql("SET session_replication_role = replica")
        yield
        sql("SET session_replication_role = DEFAULT")
        return
    for name, *_ in guards.GUARDS:
        sql(f"DROP TRIGGER guard_{name}")
    yield
    for statement in guards.sqlite_statements():
        sql(statement)


class EvidenceCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        revision = make_draft(document_number="定建〔2026〕12号")
        make_attachment(revision, "分配表.xlsx")
        cls.disclosure = publish(revision).disclosure
        cls.disclosure.refresh_from_db()
        cls.corrected = make_disclosure()
        publish(make_correction(cls.corrected))
        make_returned(approvals=2)
        make_withdrawn()
        signers = make_signers(cls.corrected.unit)
        cls.corrected.refresh_from_db()
        publish(
            workflow.change_validity(
                cls.corrected, by=signers[0], validity="repealed", reason="已有新规定"
            )
        )

    def verified(self):
        """What ``verify_ledger`` says, or its error."""
        out = io.StringIO()
        try:
            call_command("verify_ledger", stdout=out, stderr=io.StringIO())
        except CommandError as error:
            self.assertEqual(error.returncode, 1)
            return out.getvalue() + str(error)
        return out.getvalue()

    def verified_offline(self, folder):
        """What the program inside an exported bundle says, run by itself: status and words."""
        bundle = Path(folder) / "台账.zip"
        with bundle.open("wb") as out:
            workflow.export_ledger(out, by=None)
        with zipfile.ZipFile(bundle) as archive:
            archive.extract("verify.py", folder)
        done = subprocess.run(
            [sys.executable, "-I", str(Path(folder) / "verify.py"), str(bundle)],
            capture_output=True,
            check=False,
            env={"PYTHONIOENCODING": "utf-8"},
        )
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()


class UntouchedTest(EvidenceCase):
    def test_an_untouched_site_passes_both(self):
        self.assertIn("核验通过", self.verified())
        with tempfile.TemporaryDirectory() as folder:
            status, words = self.verified_offline(folder)
            self.assertEqual(status, 0, words)
            self.assertIn("核验通过", words)

    def test_an_export_is_written_down(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out.zip"
            head = LedgerEntry.objects.last()
            call_command("export_ledger", str(path), stdout=io.StringIO())
            with self.assertRaisesMessage(CommandError, "已存在"):
                call_command("export_ledger", str(path), stdout=io.StringIO())
            record = json.loads(LedgerEntry.objects.last().record)
            self.assertEqual(record["kind"], "export")
            self.assertEqual(record["details"]["head"], head.digest)
            with zipfile.ZipFile(path) as archive:
                manifest = json.loads(archive.read("manifest.json"))
                rows = archive.read("ledger.jsonl").splitlines()
            self.assertEqual(manifest["rows"], len(rows))
            self.assertEqual(manifest["rows"], head.number)


class TamperingTest(EvidenceCase):
    def assert_found(self, words):
        self.assertIn("核验未通过", found := self.verified())
        self.assertIn(words, found)
        with tempfile.TemporaryDirectory() as folder:
            status, found = self.verified_offline(folder)
        self.assertEqual(status, 1)
        self.assertIn(words, found)

    def tamper(self, statement, *params):
        with without_guards():
            sql(statement, *params)

    def test_the_text(self):
        live = self.disclosure.live_revision
        body = live.body.replace("分配", "分派", 1)
        self.tamper("UPDATE disclosures_revision SET body = %s WHERE id = %s", body, live.pk)
        self.assert_found(f"版本{live.pk}的文字或公文信息与签字时不符")

    def test_the_metadata(self):
        live = self.disclosure.live_revision
        self.tamper(
            "UPDATE disclosures_revision SET document_number = '定建〔2026〕13号' WHERE id = %s",
            live.pk,
        )
        self.assert_found(f"版本{live.pk}的文字或公文信息与签字时不符")

    def test_the_text_together_with_its_digest(self):
        live = self.disclosure.live_revision
        live.body = live.body.replace("分配", "分派", 1)
        self.tamper(
            "UPDATE disclosures_revision SET body = %s, content_digest = %s WHERE id = %s",
            live.body,
            digest.of_record(live.canonical_record()),
            live.pk,
        )
        self.assert_found(f"版本{live.pk}记录的摘要值不是签字时的摘要值")

    def test_a_signature(self):
        signoff = Signoff.objects.order_by("pk")[2]
        self.tamper("UPDATE disclosures_signoff SET remark = '甲' WHERE id = %s", signoff.pk)
        self.assert_found(f"签字{signoff.pk}与台账中的记录不一致")

    def test_a_deleted_signature(self):
        signoff = Signoff.objects.order_by("pk")[2]
        self.tamper("DELETE FROM disclosures_signoff WHERE id = %s", signoff.pk)
        self.assert_found(f"签字{signoff.pk}已不在")

    def test_a_record_of_the_ledger(self):
        row = LedgerEntry.objects.get(number=4)
        self.tamper(
            "UPDATE disclosures_ledgerentry SET record = %s WHERE number = 4",
            row.record.replace("approved", "approvee"),
        )
        self.assert_found("台账第4行的内容与摘要值不符")

    def test_the_order(self):
        with without_guards():
            sql("UPDATE disclosures_ledgerentry SET number = 999999 WHERE number = 5")
            sql("UPDATE disclosures_ledgerentry SET number = 5 WHERE number = 6")
            sql("UPDATE disclosures_ledgerentry SET number = 6 WHERE number = 999999")
        self.assert_found("台账第5行与上一行的摘要值不衔接")

    def test_a_deleted_row(self):
        self.tamper("DELETE FROM disclosures_ledgerentry WHERE number = 7")
        self.assert_found("台账缺第7行")

    def test_a_deleted_last_row(self):
        self.tamper(
            "DELETE FROM disclosures_ledgerentry WHERE number = %s", LedgerEntry.objects.count()
        )
        self.assert_found("公开版本与台账不符")

    def test_the_public_number_and_time(self):
        self.tamper(
            "UPDATE disclosures_disclosure SET index_number = 'X/2026-00001' WHERE id = %s",
            self.disclosure.pk,
        )
        self.assert_found("公开信息X/2026-00001的索引号、发布时间或公开版本与台账不符")

    def test_a_withdrawal_undone(self):
        self.tamper(
            "UPDATE disclosures_disclosure SET withdrawn_at = NULL, withdrawal_reason = ''"
            " WHERE withdrawn_at IS NOT NULL"
        )
        self.assert_found("的撤下情况与台账不符")

    def test_a_byte_of_a_file(self):
        attachment = Attachment.objects.get()
        path = Path(attachment.file.path)
        content = path.read_bytes()
        self.addCleanup(path.write_bytes, content)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        self.assert_found("的附件“分配表.xlsx”与签字时不符")

    def test_a_text_put_in_without_signatures(self):
        live = self.disclosure.live_revision
        with without_guards():
            intruder = Revision.objects.create(
                disclosure=self.disclosure,
                number=99,
                title="没有签过的",
                body="<p>没有签过的</p>",
                formed_on=live.formed_on,
                state="approved",
                content_digest="0" * 64,
                digest_algorithm=live.digest_algorithm,
                drafter=live.drafter,
                created_at=live.created_at,
                updated_at=live.updated_at,
                published_at=live.published_at,
            )
        self.assert_found(f"版本{intruder.pk}已提交,但台账中没有它的签字")


class PureSm3Test(SimpleTestCase):
    def test_the_examples_of_the_standard(self):
        # GB/T 32905-2016, annex A.1 and A.2.
        self.assertEqual(
            verifier.sm3(b"abc"),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        )
        self.assertEqual(
            verifier.sm3(b"abcd" * 16),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
        )

    @given(st.binary(max_size=300))
    def test_it_is_what_openssl_computes(self, data):
        self.assertEqual(verifier.sm3(data), digest.of_bytes([data], "sm3"))
