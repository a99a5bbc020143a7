"""Asking for a pack, watching it being made, taking it home; and what is kept how long."""

import errno
import io
import json
import os
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from disclosures import background, verifier, workflow
from disclosures.models import EvidencePack, LedgerEntry
from disclosures.packs import Selection
from disclosures.workflow import WorkflowError
from disclosures.workflow import packs as making
from tests.factories import (
    make_auditor,
    make_disclosure,
    make_domain,
    make_draft,
    make_external_auditor,
    make_matter,
    make_pack,
    make_revision,
    make_signers,
    make_unit,
    make_withdrawn,
)

ADD = "/admin/disclosures/evidencepack/add/"


def page_of(pack, name="change"):
    return reverse(f"admin:disclosures_evidencepack_{name}", args=[pack.pk])


class PagesCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit(code="ZJJ", name="县住建局")
        cls.domain = make_domain(code="01", name="保障性住房")
        cls.matter = make_matter(cls.domain, units=[cls.unit])
        here = {"unit": cls.unit, "matter": cls.matter}
        cls.disclosure = make_disclosure(files=["表.pdf"], **here)
        cls.withdrawn = make_withdrawn(**here)
        cls.auditor = make_auditor()

    def setUp(self):
        self.client.force_login(self.auditor)

    def ask(self, **data):
        """Press the button that makes it, as a browser does, and let the work be done."""
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(ADD, data | {"make": "1"})


class ChoosingTest(PagesCase):
    def counted(self, response):
        return dict(response.context["rows"])

    def test_everything_is_counted_before_anything_is_made(self):
        for query in ("?unit=ZJJ", "?domain=01", "?since=2017-01-01", "?unit=ZJJ&domain=01"):
            with self.subTest(query):
                counted = self.counted(self.client.get(ADD + query))
                self.assertEqual((counted["公开信息"], counted["其中已撤下"]), ("2", "1"))
        response = self.client.post(ADD, {"disclosures": self.disclosure.index_number})
        self.assertEqual(self.counted(response)["公开信息"], "1")
        self.assertContains(response, "生成取证包</button>")
        self.assertFalse(EvidencePack.objects.exists())

    def test_a_list_is_taken_as_people_paste_it(self):
        pasted = f" {self.disclosure.index_number.lower()},\r\n\r\n{self.withdrawn.slug}\t"
        response = self.client.post(ADD, {"disclosures": pasted + pasted})
        self.assertEqual(self.counted(response)["公开信息"], "2")

    def test_unknown_index_numbers_are_named(self):
        draft = make_revision(unit=self.unit, matter=self.matter)
        self.assertIsNone(draft.disclosure.index_number)
        text = f"{self.disclosure.index_number}\nZJJ/2026-99999\n乱写"
        response = self.client.post(ADD, {"disclosures": text, "make": "1"})
        self.assertContains(response, "没有这些索引号的公开信息:ZJJ/2026-99999、乱写。")
        many = "\n".join(f"X/2026-{number:05d}" for number in range(30))
        self.assertContains(self.client.post(ADD, {"disclosures": many}), "X/2026-00019等30个")
        self.assertFalse(EvidencePack.objects.exists())

    def test_nonsense_is_refused_with_a_reason(self):
        for data, words in (
            ({}, "请至少选择一项"),
            ({"since": "2026-05-02", "until": "2026-05-01"}, "结束日期不能早于开始日期"),
            ({"since": "2026-13-01"}, "输入一个有效的日期"),
            ({"unit": "NOBODY"}, "选择一个有效的选项"),
            ({"since": "2011-01-01", "until": "2011-12-31"}, "没有符合条件的公开信息"),
        ):
            with self.subTest(data):
                self.assertContains(self.client.post(ADD, data | {"make": "1"}), words)
        self.assertFalse(EvidencePack.objects.exists())

    def test_the_period_holds_both_ends(self):
        day = timezone.localdate(self.disclosure.published_at)
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        for since, until, count in (
            (day, day, 2),
            (before, before, 0),
            (after, None, 0),
            (None, before, 0),
            (None, day, 2),
        ):
            with self.subTest((since, until)):
                found = Selection(since=since, until=until).chosen().count()
                self.assertEqual(found, count)

    def test_more_rows_ask_no_more_questions(self):
        def count():
            with CaptureQueriesContext(connection) as queries:
                self.client.get(f"{ADD}?unit=ZJJ")
            return len(queries)

        before = count()
        for _ in range(4):
            make_disclosure(unit=self.unit, matter=self.matter, files=["一.pdf", "二.xlsx"])
        self.assertEqual(count(), before)

    def test_the_list_of_disclosures_leads_here_as_it_is_filtered(self):
        address = reverse("admin:disclosures_disclosure_changelist")
        self.assertContains(self.client.get(f"{address}?domain=01"), f"{ADD}?domain=01")
        response = self.client.get(f"{address}?unit__id__exact={self.unit.pk}&domain=01")
        self.assertContains(response, f"{ADD}?domain=01&amp;unit=ZJJ")
        # What the form can't say, the action over the list does.
        self.assertNotContains(self.client.get(f"{address}?timeliness=late"), ADD)
        self.client.force_login(make_signers(self.unit)[0])
        self.assertNotContains(self.client.get(address), "取证包")

    def test_selected_rows_become_a_list(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        response = self.client.post(
            reverse("admin:disclosures_disclosure_changelist"),
            {
                "action": "pack_selected",
                "_selected_action": [self.disclosure.pk, draft.disclosure_id],
            },
        )
        self.assertContains(response, "所选的有1条尚未公开")
        self.assertEqual(self.counted(response)["公开信息"], "1")
        self.assertContains(response, self.disclosure.index_number)


class MakingTest(PagesCase):
    def test_from_the_button_to_the_file(self):
        response = self.ask(unit="ZJJ", since="2017-01-01")
        pack = EvidencePack.objects.get()
        self.assertRedirects(response, page_of(pack))
        self.assertEqual((pack.state, pack.requested_by), ("ready", self.auditor))
        page = self.client.get(page_of(pack))
        self.assertContains(page, "县住建局,2017-01-01起发布")
        self.assertContains(page, pack.sha256)
        self.assertContains(page, "下载")
        before = LedgerEntry.objects.count()
        download = self.client.post(page_of(pack, "download"))
        self.assertEqual(b"".join(download.streaming_content), Path(pack.file.path).read_bytes())
        self.assertIn("no-store", download["Cache-Control"])
        row = LedgerEntry.objects.get(number=before + 1)
        details = json.loads(row.record)["details"]
        self.assertEqual((row.kind, row.person), ("export", self.auditor))
        self.assertEqual((details["what"], details["sha256"]), ("下载取证包", pack.sha256))

    def test_an_auditor_from_outside_may_and_a_clerk_may_not(self):
        self.client.force_login(make_external_auditor())
        self.ask(unit="ZJJ")
        pack = EvidencePack.objects.get()
        self.assertEqual(self.client.post(page_of(pack, "download")).status_code, 200)
        rows = LedgerEntry.objects.count()
        for person in (*make_signers(self.unit)[:3], make_signers(self.unit)[4]):
            with self.subTest(person):
                self.client.force_login(person)
                self.assertEqual(self.ask(unit="ZJJ").status_code, 403)
                for name in ("change", "status"):
                    self.assertEqual(self.client.get(page_of(pack, name)).status_code, 403)
                for name in ("download", "restart"):
                    self.assertEqual(self.client.post(page_of(pack, name)).status_code, 403)
        self.assertEqual((EvidencePack.objects.count(), LedgerEntry.objects.count()), (1, rows))

    def test_the_file_has_no_address_of_its_own(self):
        pack = make_pack(by=self.auditor, unit="ZJJ")
        self.client.logout()
        for address in (f"/{pack.file.name}", f"/media/{pack.file.name}"):
            self.assertEqual(self.client.get(address).status_code, 404)
        self.assertEqual(Path(pack.file.path).stat().st_mode & 0o007, 0)

    def test_one_at_a_time_for_each_person(self):
        waiting = make_pack(by=self.auditor, made=False, unit="ZJJ")
        self.assertContains(self.ask(unit="ZJJ"), f"您的取证包“{waiting}”正在生成")
        make_pack(by=make_auditor("another"), made=False, unit="ZJJ")
        workflow.build_pack(waiting.pk)
        self.assertEqual(self.ask(unit="ZJJ").status_code, 302)

    def test_the_page_follows_and_works_without_script(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
        EvidencePack.objects.filter(pk=pack.pk).update(
            state="building", stage="正在装入附件", done=3, total=10
        )
        page = self.client.get(page_of(pack))
        self.assertContains(
            page, '<progress class="pack-progress" aria-labelledby="pack-stage" value="3" max="10">'
        )
        self.assertContains(page, f'<a class="button plain" href="{page_of(pack)}">刷新</a>')
        self.assertNotContains(page, "下载（")
        self.assertEqual(
            self.client.get(page_of(pack, "status")).json(),
            {
                "running": True,
                "label": "正在生成",
                "stage": "正在装入附件",
                "done": 3,
                "total": 10,
            },
        )

    def test_what_broke_off_starts_anew_and_nothing_else_does(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
        self.assertRaises(WorkflowError, workflow.restart_pack, pack, by=self.auditor)
        silent = timezone.now() - timedelta(minutes=2, seconds=1)
        EvidencePack.objects.update(state="building", beat_at=silent)
        self.assertContains(self.client.get(page_of(pack)), "已超过 2 分钟没有进展")
        self.assertFalse(self.client.get(page_of(pack, "status")).json()["running"])
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(page_of(pack, "restart"))
        pack.refresh_from_db()
        self.assertEqual(pack.state, "ready")
        self.client.post(page_of(pack, "restart"))
        self.assertEqual(EvidencePack.objects.get().made_at, pack.made_at)

    def test_only_the_person_who_asked_starts_anew(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
        EvidencePack.objects.update(state="failed", error="…")
        self.client.force_login(make_auditor("another"))
        self.assertNotContains(self.client.get(page_of(pack)), "重新生成</button>")
        self.assertEqual(self.client.post(page_of(pack, "restart")).status_code, 403)

    def test_a_failure_says_why_and_leaves_nothing(self):
        full = OSError(errno.ENOSPC, "No space left on device")
        for error, words in (
            (full, "服务器磁盘空间不足"),
            (OSError(errno.EIO, "Input/output error"), "服务器读写文件出错"),
            (MemoryError(), "服务器内存不足"),
            (ValueError("?"), "生成时出错(ValueError)"),
        ):
            with self.subTest(words):
                pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
                rows, files = LedgerEntry.objects.count(), self.stored()
                with (
                    mock.patch.object(making, "write_pack", side_effect=error),
                    self.assertRaises(type(error)),
                ):
                    workflow.build_pack(pack.pk)
                self.assertContains(self.client.get(page_of(pack)), words)
                self.assertEqual((LedgerEntry.objects.count(), self.stored()), (rows, files))

    @staticmethod
    def stored():
        folder = Path(making.default_storage.path(making.FOLDER))
        return sorted(folder.glob("*")) if folder.exists() else []

    def test_without_its_row_of_the_ledger_there_is_no_pack(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
        files = self.stored()
        with (
            mock.patch("disclosures.ledger.append", side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
        ):
            workflow.build_pack(pack.pk)
        pack.refresh_from_db()
        self.assertEqual((pack.state, pack.file.name, self.stored()), ("failed", "", files))

    def test_a_process_that_was_overtaken_gives_way(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")

        def overtaken(*args, progress, **kwargs):
            EvidencePack.objects.update(beat_at=timezone.now() + timedelta(seconds=1))
            with mock.patch.object(making, "BEAT", -1):
                progress("正在装入附件", 1, 2)

        files = self.stored()
        with mock.patch.object(making, "write_pack", side_effect=overtaken):
            workflow.build_pack(pack.pk)
        pack.refresh_from_db()
        self.assertEqual((pack.state, self.stored()), ("building", files))

    def test_a_pack_is_made_by_one_process_only(self):
        pack = make_pack(by=self.auditor, unit="ZJJ")
        with mock.patch.object(making, "write_pack") as written:
            workflow.build_pack(pack.pk)
        written.assert_not_called()

    def test_progress_is_told_once_a_second_at_most(self):
        pack = make_pack(by=self.auditor, made=False, unit="ZJJ")
        EvidencePack.objects.update(state="building")
        pack.refresh_from_db()
        with mock.patch.object(making, "time") as clock:
            clock.monotonic.side_effect = [0, 0.5, 0.9, 1.1, 1.1, 1.5]
            beat = making._Beat(pack)
            with self.assertNumQueries(1):
                for done in range(4):
                    beat("正在装入附件", done, 9)
        pack.refresh_from_db()
        self.assertEqual((pack.done, pack.total), (2, 9))


class KeepingTest(PagesCase):
    def test_after_seven_days_the_file_goes_and_the_record_stays(self):
        pack = make_pack(by=self.auditor, unit="ZJJ")
        path = Path(pack.file.path)
        EvidencePack.objects.update(made_at=timezone.now() - timedelta(days=6, hours=23))
        call_command("clean_evidence_packs", stdout=io.StringIO())
        self.assertTrue(path.exists())
        EvidencePack.objects.update(made_at=timezone.now() - timedelta(days=7, hours=1))
        out = io.StringIO()
        call_command("clean_evidence_packs", stdout=out)
        self.assertIn("删除了1个文件", out.getvalue())
        self.assertFalse(path.exists())
        page = self.client.get(page_of(pack))
        self.assertContains(page, "文件满 7 天，已经删除")
        self.assertContains(page, f"{ADD}?again={pack.pk}")
        rows = LedgerEntry.objects.count()
        self.assertRedirects(self.client.post(page_of(pack, "download")), page_of(pack))
        self.assertEqual(LedgerEntry.objects.count(), rows)

    def test_the_next_making_cleans_up_too(self):
        old = make_pack(by=self.auditor, unit="ZJJ")
        path = Path(old.file.path)
        EvidencePack.objects.update(made_at=timezone.now() - timedelta(days=8))
        make_pack(by=self.auditor, unit="ZJJ")
        self.assertFalse(path.exists())

    def test_what_a_killed_process_left_goes_after_a_day(self):
        made = make_pack(by=self.auditor, unit="ZJJ")
        folder = Path(made.file.path).parent
        old, new = folder / "old.zip", folder / "new.zip"
        for path in (old, new):
            path.write_bytes(b"half")
            self.addCleanup(path.unlink, missing_ok=True)
        long_ago = time.time() - 90_000
        for path in (old, Path(made.file.path)):
            os.utime(path, (long_ago, long_ago))
        call_command("clean_evidence_packs", stdout=io.StringIO())
        self.assertEqual([old.exists(), new.exists()], [False, True])
        self.assertTrue(Path(made.file.path).exists())

    def test_again_fills_in_what_was_chosen(self):
        listed = (self.disclosure.index_number, self.withdrawn.index_number)
        pack = make_pack(by=self.auditor, unit="ZJJ", disclosures=listed)
        page = self.client.get(f"{ADD}?again={pack.pk}")
        self.assertContains(page, "\n".join(listed))
        self.assertContains(page, '<option value="ZJJ" selected>')


class ProcessTest(TransactionTestCase):
    """As it runs by itself: in transactions of its own, progress on another connection."""

    def test_progress_is_seen_by_others_while_the_records_are_read(self):
        make_disclosure(files=["表.pdf"])
        told = []
        write = making._Beat._write

        def watch(beat, **fields):
            write(beat, **fields)
            told.append(fields["stage"])

        with (
            mock.patch.object(making, "BEAT", -1),
            mock.patch.object(making._Beat, "_write", watch),
        ):
            pack = make_pack(since=timezone.localdate())
        self.assertEqual(pack.state, "ready")
        stages = ["正在装入附件", "正在装入正文", "正在装入台账", "正在填写清单"]
        self.assertEqual(list(dict.fromkeys(told)), stages)
        self.assertFalse(connection.in_atomic_block)
        make_disclosure()

    @pytest.mark.postgresql  # SQLite in memory has one connection
    def test_what_is_published_meanwhile_is_not_half_in_it(self):
        make_disclosure(files=["表.pdf"])
        meanwhile = []

        def publish_another(beat, **_fields):
            if not meanwhile:
                meanwhile.append(make_disclosure(files=["又.pdf"]))

        with (
            mock.patch.object(making, "BEAT", -1),
            mock.patch.object(making._Beat, "_write", publish_another),
        ):
            pack = make_pack(since=timezone.localdate())
        self.assertEqual(pack.figures["disclosures"], 1)
        names = zipfile.ZipFile(pack.file.path).namelist()
        self.assertNotIn(f"正文/{meanwhile[0].slug}.html", names)
        self.assertEqual(verifier.verify_bundle(pack.file.path).problems, [])

    def test_a_process_of_its_own_is_started_with_the_same_python(self):
        with (
            override_settings(BACKGROUND_JOBS="process"),
            mock.patch.object(background.subprocess, "Popen") as started,
        ):
            make_disclosure()
            pack = make_pack(made=False, since=timezone.localdate())
        [arguments], options = started.call_args
        self.assertEqual(arguments[2:], ["build_evidence_pack", str(pack.pk)])
        self.assertTrue(options["start_new_session"])
        with (
            override_settings(BACKGROUND_JOBS="process"),
            mock.patch.object(background.subprocess, "Popen", side_effect=OSError),
            self.assertLogs(making.__name__, "ERROR"),
        ):
            other = make_pack(by=make_auditor("another"), made=False, since=timezone.localdate())
        other.refresh_from_db()
        self.assertEqual((other.state, other.error[:7]), ("failed", "服务器不能启动"))

    def test_a_number_that_nobody_has_is_refused(self):
        with self.assertRaisesMessage(CommandError, "没有编号为99的取证包"):
            call_command("build_evidence_pack", "99")
