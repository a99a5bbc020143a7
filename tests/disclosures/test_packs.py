"""An evidence pack holds what was asked for, counts as the screen does, and proves itself."""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
from django.core.files.base import ContentFile
from django.test import TestCase
from django.utils import timezone

from disclosures import digest, verifier, workflow
from disclosures.choices import EntryKind, StatementState
from disclosures.models import LedgerEntry, Signoff, ViewCount
from disclosures.packs import FIGURES, Selection, figures
from disclosures.packs.plan import harmless
from tests.factories import (
    make_attachment,
    make_auditor,
    make_correction,
    make_disclosure,
    make_domain,
    make_draft,
    make_explanation,
    make_matter,
    make_offline,
    make_pack,
    make_restricted_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_withdrawn,
    publish,
)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def seal_original(attachment, content=b"as it was uploaded"):
    attachment.original.save("原件.xlsx", ContentFile(content), save=False)
    attachment.original_digest = digest.of_bytes([content])
    attachment.save()


class PackCase(TestCase):
    """A unit with one disclosure of every fate, and another unit in between."""

    @classmethod
    def setUpTestData(cls):
        cls.unit, cls.other = make_unit(code="ZJJ", name="县住建局"), make_unit(code="JYJ")
        cls.domain = make_domain(code="01", name="保障性住房")
        cls.matter = make_matter(cls.domain, units=[cls.unit, cls.other])
        here = {"unit": cls.unit, "matter": cls.matter}
        make_disclosure(unit=cls.other, matter=cls.matter, title="更早的别的单位")

        revision = make_draft(title="附件齐全<一>", **here)
        cls.file = make_attachment(revision, "分配表.xlsx")
        seal_original(cls.file)
        make_attachment(revision, "分配表.XLSX")
        cls.photo = make_attachment(revision, "公示栏.jpg", is_evidence=True)
        cls.filed = publish(revision).disclosure

        cls.corrected = make_disclosure(title="更正过的", files=["表.pdf"], **here)
        publish(make_correction(cls.corrected, body="<p>更正后的<strong>文字</strong></p>"))
        signers = make_signers(cls.unit)
        cls.corrected.refresh_from_db()
        validity = workflow.change_validity(
            cls.corrected, by=signers[0], validity="repealed", reason="已有新规定"
        )
        publish(validity)
        cls.corrected.refresh_from_db()

        cls.withdrawn = make_withdrawn(title="撤下的", **here)
        cls.taken = make_disclosure(title="紧急撤下又恢复的", **here)
        takedown = workflow.take_down(cls.taken, by=signers[3], reason="疑似泄露")
        refusal = workflow.sign_off(takedown, by=make_user("office-2", 4))
        workflow.send_back(refusal, by=signers[4], remark="没有泄露")
        cls.taken.refresh_from_db()
        workflow.restore(cls.taken, by=signers[3], reason="核实没有泄露")

        resubmitted = workflow.send_back(
            make_revision(title="退回过的", approvals=2, **here),
            by=signers[3],
            remark="请科室再核",
            to=2,
        )
        cls.resubmitted = publish(resubmitted).disclosure
        make_returned(title="没有公开的", approvals=1, **here)

        bundled = [make_draft(title=f"同步{number}", **here) for number in (1, 2)]
        workflow.bundle_together(bundled, by=signers[0], name="同步")
        for each in bundled:
            each.refresh_from_db()
            publish(each)

        restricted = make_restricted_matter(parent=cls.domain, units=[cls.unit])
        cls.restricted = make_disclosure(
            title="特定群体", unit=cls.unit, matter=restricted, files=["名单.pdf"]
        )
        make_disclosure(unit=cls.other, matter=cls.matter, title="更晚的别的单位")
        cls.filed.refresh_from_db()
        workflow.confirm_current(cls.filed, by=signers[0])
        make_explanation(unit=cls.unit, matter=cls.matter, state=StatementState.SIGNED)
        make_offline(unit=cls.unit, matter=cls.matter)
        ViewCount.objects.create(disclosure=cls.filed, day="2026-01-05", count=7)
        cls.auditor = make_auditor()

    def pack(self, **chosen):
        return make_pack(by=self.auditor, **chosen or {"unit": "ZJJ"})

    def members(self, pack):
        with zipfile.ZipFile(pack.file.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def verified(self, path, *options):
        """What the program inside the pack says, run by itself: status and words."""
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(path) as archive:
                archive.extract("verify.py", folder)
            done = subprocess.run(
                [sys.executable, "-I", str(Path(folder) / "verify.py"), str(path), *options],
                capture_output=True,
                check=False,
                env={"PYTHONIOENCODING": "utf-8"},
            )
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def sheets(self, members):
        book = openpyxl.load_workbook(io.BytesIO(members["清单.xlsx"]))
        return {
            sheet.title: [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        }

    def table(self, members, title):
        """The rows of a sheet under its headings, which stand in the second line."""
        _title, headings, *rows = self.sheets(members)[title]
        return [dict(zip(headings, row, strict=True)) for row in rows]


class ContentsTest(PackCase):
    def test_it_passes_its_own_program(self):
        pack = self.pack()
        status, words = self.verified(pack.file.path)
        self.assertEqual((status, words.splitlines()[-1]), (0, "核验通过"), words)

    def test_screen_manifest_and_workbook_count_the_same(self):
        for chosen in (
            {"unit": "ZJJ"},
            {"domain": "01"},
            {"disclosures": (self.filed.index_number,)},
        ):
            with self.subTest(chosen):
                on_screen = figures(Selection(**chosen).chosen())
                pack = self.pack(**chosen)
                members = self.members(pack)
                manifest = json.loads(members["manifest.json"])
                self.assertEqual(manifest["counts"], on_screen | {"altered": 0})
                self.assertEqual(pack.figures, manifest["counts"])
                self.assertEqual(pack.disclosures, on_screen["disclosures"])
                told = dict(self.sheets(members)["说明"][2:])
                for name, label in FIGURES.items():
                    self.assertEqual(told[label] or 0, on_screen[name], label)
                rows = self.table(members, "公开信息")
                self.assertEqual(len(rows), on_screen["disclosures"])
                self.assertEqual(sum(bool(row["撤下时间"]) for row in rows), on_screen["withdrawn"])
                self.assertEqual(sum(row["公开过的版本数"] for row in rows), on_screen["versions"])
                self.assertEqual(len(self.table(members, "签字")), on_screen["signoffs"])
                files = self.table(members, "附件")
                self.assertEqual(len(files), on_screen["files"])
                self.assertEqual(sum(row["大小(字节)"] for row in files), on_screen["bytes"])

    def test_what_is_counted(self):
        signoffs = Signoff.objects.filter(revision__disclosure__unit=self.unit)
        files = self.stored_files()
        self.assertEqual(
            figures(Selection(unit="ZJJ").chosen()),
            {
                "disclosures": 8,
                "withdrawn": 1,
                # One each, and of the corrected one the correction and the change of validity.
                "versions": 10,
                "signoffs": signoffs.exclude(revision__title="没有公开的").count(),
                "files": len(files),
                "missing": 0,
                "bytes": sum(Path(file.path).stat().st_size for file in files),
            },
        )

    def stored_files(self):
        """Three files in one version; one file in three; the list of names; all originals."""
        attachments = [
            attachment
            for disclosure in (self.filed, self.corrected, self.restricted)
            for revision in disclosure.revisions.all()
            for attachment in revision.attachments.all()
        ]
        self.assertEqual(len(attachments), 7)
        originals = [each.original for each in attachments if each.original]
        return [each.file for each in attachments] + originals

    def test_the_columns_that_auditors_ask_for(self):
        rows = {row["索引号"]: row for row in self.table(self.members(self.pack()), "公开信息")}
        filed = rows[self.filed.index_number]
        self.assertEqual(filed["标题"], "附件齐全<一>")
        self.assertEqual(filed["浏览次数"], 7)
        self.assertEqual(filed["是否按时"], "按时")
        self.assertRegex(filed["首次发布时间"], r"^\d{4}-\d\d-\d\d \d\d:\d\d$")
        self.assertRegex(filed["信息提交人"], r"^clerk-ZJJ \d{4}-\d\d-\d\d \d\d:\d\d$")
        self.assertRegex(filed["领导小组"], r"^leader \d{4}")
        self.assertEqual(filed["现行版本摘要值"], self.filed.live_revision.content_digest)
        corrected = rows[self.corrected.index_number]
        self.assertEqual((corrected["有效性"], corrected["现行版本号"]), ("废止", 3))
        # A change of validity has three signatures; the five are those of the text.
        self.assertEqual(corrected["正文版本号"], 2)
        self.assertIn("section-ZJJ", corrected["提交科室"])
        withdrawn = rows[self.withdrawn.index_number]
        self.assertEqual((withdrawn["撤下情况"], withdrawn["撤下原因"]), ("撤下", "信息有误"))
        self.assertEqual(rows[self.restricted.index_number]["公开范围"], "特定群体")

    def test_a_late_publication_says_by_how_many_days(self):
        formed_on = timezone.localdate() - timedelta(days=60)
        late = make_disclosure(unit=self.unit, matter=self.matter, formed_on=formed_on)
        rows = {row["索引号"]: row for row in self.table(self.members(self.pack()), "公开信息")}
        self.assertEqual(rows[late.index_number]["是否按时"], "逾期")
        due_on = date.fromisoformat(rows[late.index_number]["应公开日期"])
        days = (timezone.localdate() - due_on).days
        self.assertGreater(days, 0)
        self.assertEqual(rows[late.index_number]["逾期天数"], days)

    def test_every_round_and_every_withdrawal_is_told(self):
        members = self.members(self.pack())
        rounds = [
            (row["轮次"], row["环节"], row["意见"], row["退回到"], row["说明"])
            for row in self.table(members, "签字")
            if row["标题"] == "退回过的"
        ]
        self.assertIn((1, "政务公开办", "退回", "提交科室", "请科室再核"), rounds)
        self.assertEqual([each[0] for each in rounds], [1, 1, 1, 1, 2, 2, 2, 2])
        self.assertEqual(
            [(row["事项"], row["标题"], row["原因"]) for row in self.table(members, "撤下")],
            [
                ("撤下", "撤下的", "信息有误"),
                ("紧急撤下", "紧急撤下又恢复的", "疑似泄露"),
                ("恢复公开", "紧急撤下又恢复的", "核实没有泄露"),
            ],
        )

    def test_files_lie_where_the_list_says_and_are_what_was_signed(self):
        members = self.members(self.pack())
        rows = self.table(members, "附件")
        place = f"{self.filed.slug}/第1版"
        paths = {row["包内位置"] for row in rows if row["索引号"] == self.filed.index_number}
        self.assertLessEqual(
            {
                f"附件/{place}/分配表.xlsx",
                f"附件/{place}/分配表 (2).XLSX",
                f"附件原件/{place}/分配表.xlsx",
                f"存档证据/{place}/公示栏.jpg",
            },
            paths,
        )
        for row in rows:
            content = members[row["包内位置"]]
            self.assertEqual(digest.of_bytes([content]), row["签字的摘要值"])
            self.assertEqual(sha256(content), row["包内文件的 SHA-256"])
            self.assertEqual(row["核对"], "与签字时相符")
        corrected = [row for row in rows if row["索引号"] == self.corrected.index_number]
        self.assertEqual({row["版本号"] for row in corrected}, {1, 2, 3})

    def test_texts_of_all_public_versions_without_script(self):
        members = self.members(self.pack())
        page = members[f"正文/{self.corrected.slug}.html"].decode()
        self.assertIn("<p>更正后的<strong>文字</strong></p>", page)
        self.assertIn("<p>现将分配结果予以公示。</p>", page)
        self.assertNotIn("<script", page)
        self.assertIn("附件齐全&lt;一&gt;", members[f"正文/{self.filed.slug}.html"].decode())

    def test_the_ledger_is_cut_before_its_own_row_and_tells_nothing_of_the_beginning(self):
        pack = self.pack()
        members = self.members(pack)
        rows = [json.loads(line) for line in members["台账/ledger.jsonl"].splitlines()]
        chosen = Selection(unit="ZJJ").chosen()
        concerned = LedgerEntry.objects.filter(disclosure__in=chosen).order_by("number")
        self.assertEqual(rows[0]["number"], concerned.first().number)
        self.assertGreater(rows[0]["number"], 1)
        own = LedgerEntry.objects.last()
        self.assertEqual((own.kind, rows[-1]["number"]), (EntryKind.EXPORT, own.number - 1))
        details = json.loads(own.record)["details"]
        self.assertEqual(details["manifest_sha256"], sha256(members["manifest.json"]))
        self.assertEqual(details["sha256"], pack.sha256)
        self.assertEqual(details["rows"], 8)
        told = [json.loads(line)["signoff"] for line in members["台账/signoffs.jsonl"].splitlines()]
        signoffs = Signoff.objects.filter(revision__disclosure__in=chosen).order_by("pk")
        self.assertEqual(told, list(signoffs.values_list("pk", flat=True)))

    def test_the_manifest_names_every_member(self):
        members = self.members(self.pack())
        manifest = json.loads(members.pop("manifest.json"))
        self.assertEqual(set(manifest["members"]), set(members))
        for name, content in members.items():
            told = manifest["members"][name]
            self.assertEqual((told["size"], told["sha256"]), (len(content), sha256(content)))
        self.assertEqual(manifest["filters"], {"unit": "ZJJ"})
        self.assertEqual(manifest["requested_by"], "auditor")

    def test_a_missing_and_an_altered_file_are_told_and_stop_nothing(self):
        Path(self.photo.file.path).rename(f"{self.photo.file.path}~")
        self.addCleanup(Path(f"{self.photo.file.path}~").rename, self.photo.file.path)
        stored = Path(self.file.file.path)
        content = stored.read_bytes()
        self.addCleanup(stored.write_bytes, content)
        stored.write_bytes(b"!" + content[1:])
        self.assertEqual(figures(Selection(unit="ZJJ").chosen())["missing"], 1)
        pack = self.pack()
        self.assertEqual((pack.figures["missing"], pack.figures["altered"]), (1, 1))
        members = self.members(pack)
        manifest = json.loads(members["manifest.json"])
        self.assertEqual(
            [(each["name"], each["problem"]) for each in manifest["problems"]],
            [("分配表.xlsx", "与签字时不符"), ("公示栏.jpg", "存放处缺失或不能读取")],
        )
        rows = self.table(members, "附件")
        checked = {row["核对"] for row in rows}
        self.assertEqual(checked, {"与签字时相符", "与签字时不符", "存放处缺失或不能读取"})
        status, words = self.verified(pack.file.path)
        self.assertEqual(status, 1)
        self.assertIn("附件“公示栏.jpg”不在", words)
        self.assertIn("附件“分配表.xlsx”与签字时不符", words)
        self.assertIn("发现2处问题", words)


class NamesTest(TestCase):
    def test_no_name_is_a_path_a_device_or_too_long(self):
        for name, expected in (
            ("../../etc/passwd.pdf", "_.._etc_passwd.pdf"),
            ("..\\..\\boot.pdf", "_.._boot.pdf"),
            ("CON.pdf", "_CON.pdf"),
            ("a:b?c*.pdf", "a_b_c_.pdf"),
            ("收入\u202efdp.exe.pdf", "收入fdp.exe.pdf"),
            ("行\n尾 .pdf", "行尾.pdf"),
            ("...", "未命名"),
            ("名单.pdf", "名单.pdf"),
        ):
            with self.subTest(name):
                self.assertEqual(harmless(name), expected)
        self.assertLessEqual(len(harmless("长" * 150 + ".pdf").encode()), 205)
        self.assertTrue(harmless("长" * 150 + ".pdf").endswith(".pdf"))


class TamperingTest(PackCase):
    """Every kind of member, changed on its way."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.made = make_pack(by=cls.auditor, unit="ZJJ")

    def refused(self, change, words, *, repaired=False):
        status, found = self.repacked(change, repaired)
        self.assertEqual(status, 1, found)
        self.assertIn(words, found)

    def repacked(self, change, repaired):
        """``change`` the members; with ``repaired``, the manifest is made to agree afterwards."""
        members = self.members(self.made)
        change(members)
        if repaired:
            manifest = json.loads(members["manifest.json"])
            for name, told in manifest["members"].items():
                told["sha256"] = sha256(members[name])
                told["size"] = len(members[name])
            members["manifest.json"] = json.dumps(manifest).encode()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "取证包.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in members.items():
                    archive.writestr(name, content)
            return self.verified(path)

    def changed(self, name, old, new):
        def change(members):
            self.assertIn(old, members[name])
            members[name] = members[name].replace(old, new, 1)

        return change

    def test_repacked_without_change_it_passes(self):
        for repaired in (False, True):
            status, words = self.repacked(lambda members: None, repaired)
            self.assertEqual(status, 0, words)

    def test_a_file(self):
        for kind, name in (
            ("附件", "分配表.xlsx"),
            ("附件原件", "分配表.xlsx"),
            ("存档证据", "公示栏.jpg"),
        ):
            path = f"{kind}/{self.filed.slug}/第1版/{name}"

            def spoil(members, path=path):
                members[path] = members[path][:-1] + bytes([members[path][-1] ^ 1])

            with self.subTest(path):
                self.refused(spoil, f"包中文件 {path} 与清单不符")
                label = "附件原件" if kind == "附件原件" else "附件"
                self.refused(spoil, f"的{label}“{name}”与签字时不符", repaired=True)

    def test_a_file_taken_out(self):
        path = f"存档证据/{self.filed.slug}/第1版/公示栏.jpg"
        self.refused(lambda members: members.pop(path), f"包中缺少清单所列的文件 {path}")

    def test_a_file_put_in(self):
        self.refused(
            lambda members: members.update({"附件/另.pdf": b"x"}), "包中文件 附件/另.pdf 不在清单中"
        )

    def test_a_text(self):
        path = f"正文/{self.corrected.slug}.html"
        change = self.changed(path, "更正后的".encode(), "改过以后的".encode())
        self.refused(change, f"包中文件 {path} 与清单不符")
        self.refused(change, f"包中文件 {path} 没有照登", repaired=True)

    def test_a_signature(self):
        change = self.changed("台账/signoffs.jsonl", "请科室再核".encode(), "请科室再看".encode())
        self.refused(change, "包中文件 台账/signoffs.jsonl 与清单不符")
        self.refused(change, "与台账中的记录不一致,已被改动", repaired=True)

    def test_a_signature_cut_out(self):
        def cut(members):
            name = "台账/signoffs.jsonl"
            members[name] = members[name].split(b"\n", 1)[1]

        self.refused(cut, "包中文件 台账/signoffs.jsonl 与清单不符")
        self.refused(cut, "已不在,但台账中有记录", repaired=True)

    def test_a_content(self):
        change = self.changed("台账/contents.jsonl", "更正后的".encode(), "改过以后的".encode())
        self.refused(change, "包中文件 台账/contents.jsonl 与清单不符")
        self.refused(change, "的文字或公文信息与签字时不符", repaired=True)

    def test_a_review(self):
        change = self.changed("台账/statements.jsonl", b"T", b"T1")
        self.refused(change, "包中文件 台账/statements.jsonl 与清单不符")
        self.refused(change, "与台账中填报的不一致,已被改动", repaired=True)

    def test_a_withdrawal(self):
        change = self.changed("台账/disclosures.jsonl", "信息有误".encode(), "信息过时".encode())
        self.refused(change, "包中文件 台账/disclosures.jsonl 与清单不符")
        self.refused(
            change, f"公开信息{self.withdrawn.index_number}的撤下情况与台账不符", repaired=True
        )

    def test_a_row_of_the_ledger(self):
        change = self.changed("台账/ledger.jsonl", "请科室再核".encode(), "请科室再看".encode())
        self.refused(change, "包中文件 台账/ledger.jsonl 与清单不符")
        self.refused(change, "的内容与摘要值不符,已被改动", repaired=True)

    def test_a_row_about_another_disclosure(self):
        other = json.loads(LedgerEntry.objects.filter(disclosure__unit=self.other).last().record)[
            "details"
        ]["index_number"]
        self.refused(
            self.changed("台账/ledger.jsonl", other.encode(), b"JYJ/2026-99999"),
            "的内容与摘要值不符,已被改动",
            repaired=True,
        )

    def test_a_row_cut_from_beginning_middle_or_end(self):
        for place in (0, 20, -1):

            def cut(members, place=place):
                lines = members["台账/ledger.jsonl"].splitlines(keepends=True)
                del lines[place]
                members["台账/ledger.jsonl"] = b"".join(lines)

            with self.subTest(place):
                self.refused(cut, "包中文件 台账/ledger.jsonl 与清单不符")

    def test_a_count(self):
        manifest = json.loads(self.members(self.made)["manifest.json"])
        for name, label in verifier.COUNTED.items():
            told = manifest["counts"][name]

            def lie(members, name=name):
                lying = json.loads(members["manifest.json"])
                lying["counts"][name] += 1
                members["manifest.json"] = json.dumps(lying).encode()

            with self.subTest(name):
                self.refused(lie, f"清单 manifest.json 所说的{label}{told + 1}不是包中的{told}")

    def test_the_workbook_the_heads_the_program_and_the_readme(self):
        for name in ("清单.xlsx", "台账/heads.csv", "README.txt"):
            with self.subTest(name):
                self.refused(
                    lambda members, name=name: members.update({name: members[name] + b" "}),
                    f"包中文件 {name} 与清单不符",
                )

    def test_a_disclosure_left_out(self):
        def leave_out(members):
            for name in ("disclosures", "contents"):
                path = f"台账/{name}.jsonl"
                members[path] = members[path].split(b"\n", 1)[1]

        self.refused(leave_out, "包中文件 台账/disclosures.jsonl 与清单不符")
        self.refused(leave_out, "在台账中没有记录", repaired=True)


class HeadsTest(PackCase):
    def test_a_head_written_down_before_is_compared(self):
        pack = self.pack()
        head = LedgerEntry.objects.get(number=LedgerEntry.objects.last().number - 1)
        with tempfile.TemporaryDirectory() as folder:
            heads = Path(folder) / "heads.csv"
            # Later days, too: the pack knows nothing of them.
            heads.write_text(f"number,digest\n{head.number},{head.digest}\n999999,{'0' * 64}\n")
            status, words = self.verified(pack.file.path, "--heads", str(heads))
            self.assertEqual(status, 0, words)
            self.assertIn("与以前抄下的1个摘要值作了对照", words)
            heads.write_text(f"number,digest\n{head.number},{'0' * 64}\n")
            status, words = self.verified(pack.file.path, "--heads", str(heads))
            self.assertEqual(status, 1)
            self.assertIn(f"台账第{head.number}行的摘要值不是以前抄下的", words)
            heads.write_text(f"number,digest\n999999,{'0' * 64}\n")
            status, words = self.verified(pack.file.path, "--heads", str(heads))
            self.assertEqual(status, 1)
            self.assertIn("无从对照", words)

    def test_the_row_before_the_part_is_compared_too(self):
        pack = self.pack()
        first = json.loads(self.members(pack)["manifest.json"])["first_number"]
        with tempfile.TemporaryDirectory() as folder:
            heads = Path(folder) / "heads.csv"
            heads.write_text(f"number,digest\n{first - 1},{'0' * 64}\n")
            status, words = self.verified(pack.file.path, "--heads", str(heads))
        self.assertEqual(status, 1)
        self.assertIn(f"台账第{first - 1}行的摘要值不是以前抄下的", words)
