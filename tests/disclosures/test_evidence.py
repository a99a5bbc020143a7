"""Whoever changes a byte is found out: by the portal, and offline by the bundle's own program."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from hypothesis import given
from hypothesis import strategies as st

from disclosures import digest, evidence, verifier, workflow
from disclosures.models import LedgerEntry, Revision, Signoff
from tests.conftest import guards
from tests.factories import (
    make_attachment,
    make_correction,
    make_disclosure,
    make_draft,
    make_duty,
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
        cls.attachment = make_attachment(revision, "分配表.xlsx")
        cls.attachment.original.save("原件.xlsx", ContentFile(b"as it was uploaded"), save=False)
        cls.attachment.original_digest = digest.of_bytes([b"as it was uploaded"])
        cls.attachment.save()
        cls.disclosure = publish(revision).disclosure
        cls.disclosure.refresh_from_db()
        cls.corrected = make_disclosure()
        publish(make_correction(cls.corrected))
        cls.returned = make_returned(approvals=2)
        cls.withdrawn = make_withdrawn()
        signers = make_signers(cls.corrected.unit)
        cls.corrected.refresh_from_db()
        publish(
            workflow.change_validity(
                cls.corrected, by=signers[0], validity="repealed", reason="已有新规定"
            )
        )

    def verified(self, **options):
        """What ``verify_ledger`` says, or its error."""
        out = io.StringIO()
        try:
            call_command("verify_ledger", stdout=out, stderr=io.StringIO(), **options)
        except CommandError as error:
            self.assertEqual(error.returncode, 1)
            return out.getvalue() + str(error)
        return out.getvalue()

    def verified_offline(self, folder, *options, meanwhile=None):
        """What the program inside an exported bundle says, run by itself: status and words."""
        bundle = Path(folder) / "台账.zip"
        with bundle.open("wb") as out:
            workflow.export_ledger(out, by=None)
        with zipfile.ZipFile(bundle) as archive:
            archive.extract("verify.py", folder)
        if meanwhile:
            meanwhile(bundle)
        done = subprocess.run(
            [sys.executable, "-I", str(Path(folder) / "verify.py"), str(bundle), *options],
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
                manifest_text = archive.read("manifest.json")
            self.assertEqual(manifest["rows"], len(rows))
            self.assertEqual(manifest["rows"], head.number)
            self.assertEqual(
                record["details"]["manifest_sha256"], hashlib.sha256(manifest_text).hexdigest()
            )

    def test_an_export_that_fails_leaves_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out.zip"
            with (
                mock.patch("disclosures.ledger.append", side_effect=RuntimeError),
                self.assertRaises(RuntimeError),
            ):
                call_command("export_ledger", str(path), stdout=io.StringIO())
            self.assertFalse(path.exists())

    def test_two_bundles_of_one_state_differ_in_the_manifest_alone(self):
        bundles = [io.BytesIO(), io.BytesIO()]
        for bundle in bundles:
            evidence.write_bundle(bundle)
        one, other = (zipfile.ZipFile(bundle) for bundle in bundles)
        for name in one.namelist():
            if name != "manifest.json":
                self.assertEqual(one.read(name), other.read(name), name)

    def test_skipping_the_files_opens_none(self):
        Path(self.attachment.file.path).rename(self.attachment.file.path + "~")
        self.addCleanup(
            Path(self.attachment.file.path + "~").rename, Path(self.attachment.file.path)
        )
        self.assertIn("核验通过", self.verified(skip_files=True))
        self.assertIn("附件“分配表.xlsx”不在", self.verified())

    def test_a_copy_of_the_store_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "附件"
            shutil.copytree(settings.MEDIA_ROOT, store)
            status, words = self.verified_offline(folder, "--files", str(store))
            self.assertEqual(status, 0, words)
            (store / self.attachment.file.name).write_bytes(b"another")
            status, words = self.verified_offline(folder, "--files", str(store))
            self.assertEqual(status, 1)
            self.assertIn("附件“分配表.xlsx”与签字时不符", words)


class OutsideATransactionTest(TransactionTestCase):
    """As the commands run: the snapshot begins and ends its own transaction."""

    def test_people_go_on_after_a_verification_and_an_export(self):
        make_disclosure()
        for _ in range(2):
            self.assertEqual(evidence.verify(lambda label, count: None).problems, [])
            workflow.export_ledger(io.BytesIO(), by=None)
        make_disclosure()
        self.assertEqual(evidence.verify(lambda label, count: None).problems, [])

    def test_an_error_on_the_way_leaves_no_transaction_open(self):
        make_disclosure()

        def fail(label, count):
            raise RuntimeError

        with self.assertRaises(RuntimeError):
            evidence.verify(fail)
        make_disclosure()
        self.assertFalse(connection.in_atomic_block)


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

    def test_a_signature_put_in(self):
        signoff = Signoff.objects.order_by("pk").last()
        with without_guards():
            signoff.pk = None
            signoff.round = 9
            signoff.save(force_insert=True)
        self.assert_found(f"签字{signoff.pk}在台账中没有记录")

    def test_a_record_of_the_ledger(self):
        row = LedgerEntry.objects.get(number=4)
        self.tamper(
            "UPDATE disclosures_ledgerentry SET record = %s WHERE number = 4",
            row.record.replace("approved", "approvee"),
        )
        self.assert_found("台账第4行的内容与摘要值不符")
        self.assert_found("台账从第4行起对不上")

    def test_a_record_together_with_its_digest(self):
        row = LedgerEntry.objects.get(number=4)
        record = row.record.replace('"person_name":"', '"person_name":"X')
        self.tamper(
            "UPDATE disclosures_ledgerentry SET record = %s, digest = %s WHERE number = 4",
            record,
            digest.of_bytes([record.encode()]),
        )
        self.assert_found("台账从第5行起对不上")

    def test_each_byte_of_a_record(self):
        """Wherever the byte stands, in a key or in the digits: found, and nothing falls over."""
        rows = list(evidence.ledger_rows())
        rest = {
            "signoffs": list(evidence.signoffs()),
            "contents": list(evidence.contents()),
            "disclosures": list(evidence.disclosures()),
        }
        for number in (0, 5):
            record = rows[number]["record"]
            for place in range(len(record)):
                changed = record[:place] + chr(ord(record[place]) ^ 1) + record[place + 1 :]
                tampered = [*rows]
                tampered[number] = rows[number] | {"record": changed}
                check = verifier.Check()
                for kind, each in {"ledger": tampered, **rest}.items():
                    for row in each:
                        check.take(kind, row)
                check.finish()
                self.assertEqual(check.first_break, number + 1, changed)

    def test_each_column_beside_the_record(self):
        other = LedgerEntry.objects.get(number=20)
        for column, value in (
            ("kind", "'duty'"),
            ("at", "'2020-01-01 00:00:00+00:00'"),
            ("person_id", "NULL"),
            ("disclosure_id", str(other.disclosure_id)),
            ("revision_id", str(other.revision_id)),
            ("signoff_id", "NULL"),
        ):
            with self.subTest(column), transaction.atomic():
                self.tamper(
                    f"UPDATE disclosures_ledgerentry SET {column} = {value} WHERE number = 3"
                )
                self.assert_found("台账第3行的各栏与记录不一致")
                transaction.set_rollback(True)

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

    def test_a_deleted_last_row_that_nothing_else_tells_of(self):
        """Only a head that somebody noted proves it."""
        duty = make_duty(make_signers(self.corrected.unit)[1], 1, self.corrected.unit)
        workflow.revoke(duty, by=make_signers(self.corrected.unit)[0])
        last = LedgerEntry.objects.last()
        with tempfile.TemporaryDirectory() as folder:
            heads = Path(folder) / "heads.csv"
            heads.write_text(
                "day,rows,number,algorithm,digest\n"
                f"2026-01-01,1,{last.number},{last.algorithm},{last.digest}\n",
                encoding="utf-8-sig",
            )
            options = ("--heads", str(heads))
            self.assertIn("核验通过", self.verified(heads=str(heads)))
            self.assertEqual(self.verified_offline(folder, *options)[0], 0)
            self.tamper("DELETE FROM disclosures_ledgerentry WHERE number >= %s", last.number)
            wanted = f"没有以前抄下摘要值的第{last.number}行"
            self.assertIn("核验通过", self.verified())
            self.assertIn(wanted, self.verified(heads=str(heads)))

    def test_a_ledger_written_anew(self):
        """Every digest right again, from a changed row on: it isn't what was noted."""
        noted = LedgerEntry.objects.get(number=8)
        with without_guards():
            previous = ""
            for row in LedgerEntry.objects.order_by("number"):
                record = json.loads(row.record) | {"previous": previous}
                if row.number == 2:
                    record["client_address"] = "10.0.0.1"
                text = digest.canonical(record)
                sql(
                    "UPDATE disclosures_ledgerentry SET record = %s, previous_digest = %s,"
                    " digest = %s WHERE number = %s",
                    text.decode(),
                    previous,
                    previous := digest.of_bytes([text]),
                    row.number,
                )
        self.assertIn("核验通过", self.verified())
        with tempfile.TemporaryDirectory() as folder:
            heads = Path(folder) / "heads.csv"
            heads.write_text(f"number,digest\n8,{noted.digest}\n", encoding="utf-8")
            self.assertIn("台账第8行的摘要值不是以前抄下的", self.verified(heads=str(heads)))
            status, words = self.verified_offline(folder, "--heads", str(heads))
            self.assertEqual(status, 1)
            self.assertIn("台账第8行的摘要值不是以前抄下的", words)

    def test_the_time_of_publication(self):
        for table, row, words in (
            ("disclosure", self.disclosure.pk, "的索引号、发布时间或公开版本与台账不符"),
            ("revision", self.disclosure.live_revision_id, "的公开时间与台账不符"),
        ):
            with self.subTest(table), transaction.atomic():
                self.tamper(
                    f"UPDATE disclosures_{table} SET published_at = '2020-01-01 00:00:00+00:00'"
                    " WHERE id = %s",
                    row,
                )
                self.assert_found(words)
                transaction.set_rollback(True)

    def test_a_returned_version_passed_off_as_public(self):
        self.tamper(
            "UPDATE disclosures_revision SET state = 'approved',"
            " published_at = '2026-01-01 00:00:00+00:00' WHERE id = %s",
            self.returned.pk,
        )
        self.assert_found(f"版本{self.returned.pk}的状态与台账中的签字不符")
        self.assert_found(f"版本{self.returned.pk}的公开时间与台账不符")

    def test_a_version_moved_to_another_disclosure(self):
        first = self.corrected.revisions.get(number=1)
        self.tamper(
            "UPDATE disclosures_revision SET disclosure_id = %s, number = 77 WHERE id = %s",
            self.disclosure.pk,
            first.pk,
        )
        self.assert_found(f"版本{first.pk}的起草人或所属公开信息与台账不符")

    def test_another_drafter(self):
        live = self.disclosure.live_revision
        section = make_signers(self.disclosure.unit)[1]
        self.tamper(
            "UPDATE disclosures_revision SET drafter_id = %s WHERE id = %s", section.pk, live.pk
        )
        self.assert_found(f"版本{live.pk}的起草人或所属公开信息与台账不符")

    def test_the_replacement_that_a_withdrawn_page_names(self):
        self.tamper(
            "UPDATE disclosures_disclosure SET replacement_id = %s WHERE id = %s",
            self.disclosure.pk,
            self.withdrawn.pk,
        )
        self.assert_found(f"公开信息{self.withdrawn.index_number}的撤下情况与台账不符")

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
        for stored, words in (
            (self.attachment.file, "的附件“分配表.xlsx”与签字时不符"),
            (self.attachment.original, "的附件原件“分配表.xlsx”与签字时不符"),
        ):
            with self.subTest(words):
                path = Path(stored.path)
                content = path.read_bytes()
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
                try:
                    self.assert_found(words)
                finally:
                    path.write_bytes(content)

    def test_a_file_exchanged_together_with_its_row(self):
        content = b"another"
        other = default_storage.save("attachments/other.xlsx", ContentFile(content))
        self.addCleanup(default_storage.delete, other)
        self.tamper(
            "UPDATE disclosures_attachment SET file = %s, digest = %s WHERE id = %s",
            other,
            digest.of_bytes([content]),
            self.attachment.pk,
        )
        self.assert_found("的文字或公文信息与签字时不符")

    def test_an_attachment_added(self):
        with without_guards():
            self.attachment.pk = None
            self.attachment.revision = self.corrected.live_revision
            self.attachment.save(force_insert=True)
        self.assert_found(
            f"版本{self.corrected.live_revision_id}的文字或公文信息与签字时不符,已被改动"
        )

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


class ForgedLedgerTest(SimpleTestCase):
    """A chain whose digests are right, but whose story isn't one that the rules allow."""

    def problems(self, *acts):
        check = verifier.Check()
        previous = ""
        for number, (kind, person, details) in enumerate(acts, start=1):
            record = {
                "number": number,
                "kind": kind,
                "at": "2026-01-01T08:00:00+08:00",
                "person": person,
                "disclosure": 1,
                "revision": details.pop("in", 1),
                "previous": previous,
                "details": details,
            }
            record |= {"carried_over": True} if details.pop("carried_over", False) else {}
            text = verifier.canonical(record)
            row = record | {"record": text, "algorithm": "sm3", "previous_digest": previous}
            row["signoff"] = details.get("signoff")
            row["digest"] = previous = digest.of_bytes([text.encode()], "sm3")
            check.take("ledger", row)
        return "\n".join(check.problems)

    def approved(self, level, person, **details):
        return self.signed(level, person, "approved", **details)

    def signed(self, level, person, verdict, returned_to=None, **details):
        self.last = getattr(self, "last", 0) + 1
        return (
            "signoff",
            person,
            {
                "signoff": self.last,
                "revision": details.get("in", 1),
                "level": level,
                "signer": person,
                "principal": None,
                "verdict": verdict,
                "returned_to": returned_to,
                "digest_algorithm": "sm3",
                "content_digest": "d",
            }
            | details,
        )

    def published(self, kind="text", **details):
        return (
            "publication",
            None,
            {
                "kind": kind,
                "index_number": "U0001/2026-00001",
                "published_at": "2026-01-01T08:00:00+08:00",
                "first_published_at": "2026-01-01T08:00:00+08:00",
                "digest_algorithm": "sm3",
                "content_digest": "d",
            }
            | details,
        )

    def five(self, **details):
        return [self.approved(level, level * 10, **details) for level in range(1, 6)]

    def test_five_different_people_may_publish(self):
        self.assertEqual(self.problems(*self.five(), self.published()), "")

    def test_a_level_is_missing(self):
        acts = self.five()
        del acts[2]
        self.assertIn("缺分管领导", self.problems(*acts, self.published()))

    def test_three_are_not_enough_for_a_text(self):
        acts = [self.approved(level, level) for level in (1, 4, 5)]
        self.assertIn("没有规定的签字", self.problems(*acts, self.published()))
        self.last = 0
        acts = [self.approved(level, level) for level in (1, 4, 5)]
        self.assertEqual(self.problems(*acts, self.published("validity")), "")

    def test_the_drafter_signs_again(self):
        acts = [*self.five()[:4], self.approved(5, 10)]
        self.assertIn("第5行:同一人签了", self.problems(*acts, self.published()))

    def test_somebody_signs_in_the_stead_of_another_signer(self):
        acts = [*self.five()[:4], self.approved(5, 60, principal=20)]
        self.assertIn("第5行:同一人签了", self.problems(*acts, self.published()))

    def test_a_signature_is_undone_by_a_return(self):
        acts = [*self.five()[:4], self.signed(5, 50, "returned", returned_to=3)]
        self.assertIn("缺分管领导、政务公开办、领导小组", self.problems(*acts, self.published()))

    def test_signatures_out_of_order(self):
        one, two, *rest = self.five()
        self.assertIn("签字次序不对", self.problems(two, one, *rest, self.published()))

    def test_another_content_is_published(self):
        acts = [*self.five(), self.published(content_digest="e")]
        self.assertIn("公开的内容不是签字的内容", self.problems(*acts))

    def test_a_closed_version_is_published(self):
        cancelled = ("cancellation", 40, {"reason": "…"})
        acts = [*self.five(), cancelled, self.published()]
        self.assertIn("已退回、取消或生效过", self.problems(*acts))

    def test_the_index_number_changes(self):
        acts = [*self.five(), self.published()]
        again = [*self.five(**{"in": 2})]
        other = self.published(**{"in": 2, "index_number": "U0001/2026-00002"})
        self.assertIn("改换了索引号", self.problems(*acts, *again, other))

    def test_a_withdrawal_that_nobody_signed(self):
        details = {
            "index_number": "U0001/2026-00001",
            "withdrawn_at": "2026-01-02T08:00:00+08:00",
            "reason": "…",
            "replacement": None,
        }
        acts = [*self.five(), self.published()]
        alone = ("withdrawal", 10, details | {"in": None})
        self.assertIn("没有规定的签字", self.problems(*acts, alone))

    def test_nothing_claims_to_be_from_before_the_ledger_later_on(self):
        acts = [*self.five(), self.published()]
        acts.append(("duty", 1, {"in": None, "act": "登记"}))
        acts.append(("duty", 1, {"in": None, "act": "登记", "carried_over": True}))
        self.assertIn("第8行自称是启用台账以前的", self.problems(*acts))


class BundleTest(EvidenceCase):
    """The bundle itself was tampered with on its way."""

    def assert_refused(self, change, words):
        def tamper(bundle):
            with zipfile.ZipFile(bundle) as archive:
                members = {name: archive.read(name) for name in archive.namelist()}
            change(members)
            with zipfile.ZipFile(bundle, "w") as archive:
                for name, content in members.items():
                    archive.writestr(name, content)

        with tempfile.TemporaryDirectory() as folder:
            status, found = self.verified_offline(folder, meanwhile=tamper)
        self.assertEqual(status, 1)
        self.assertIn(words, found)

    def test_a_line_is_cut(self):
        def cut(members):
            members["ledger.jsonl"] = members["ledger.jsonl"][:-40]

        self.assert_refused(cut, "ledger.jsonl 与清单不符")

    def test_a_member_is_missing(self):
        self.assert_refused(lambda members: members.pop("signoffs.jsonl"), "读不了这个包")

    def test_a_row_is_nonsense(self):
        def spoil(members):
            members["contents.jsonl"] += b'"?"\n'

        self.assert_refused(spoil, "版本的这一行读不出来")

    def test_it_is_no_bundle(self):
        with tempfile.TemporaryDirectory() as folder:
            status, words = self.verified_offline(
                folder, meanwhile=lambda bundle: bundle.write_bytes(b"PK no")
            )
        self.assertEqual(status, 1)
        self.assertIn("读不了这个包", words)


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

    @given(st.lists(st.binary(max_size=150), max_size=6))
    def test_bytes_may_come_in_pieces(self, pieces):
        hashed = verifier.Sm3()
        for piece in pieces:
            hashed.update(piece)
        self.assertEqual(hashed.hexdigest(), digest.of_bytes(pieces, "sm3"))

    def test_it_stands_in_where_openssl_has_none(self):
        with mock.patch.object(hashlib, "algorithms_available", set()):
            self.assertEqual(verifier.digest_of(b"abc", "sm3"), verifier.sm3(b"abc"))
            self.assertEqual(
                verifier.digest_of_stream(io.BytesIO(b"abc"), "sm3"), verifier.sm3(b"abc")
            )
