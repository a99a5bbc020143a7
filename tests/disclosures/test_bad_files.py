"""Bad uploads: each ends in words that say what is wrong and what to do, and leaves nothing."""

import io
import os
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from unittest import mock
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import TestCase, override_settings
from django.urls import reverse, reverse_lazy

from disclosures import antivirus, files
from disclosures.choices import ScanStatus
from disclosures.models import Attachment, Revision
from tests import samples
from tests.factories import make_attachment, make_draft, make_matter, make_signers, make_unit


def refusal(name, content):
    with pytest.raises(ValidationError) as caught:
        files.validate_upload(samples.upload(name, content))
    return caught.value.messages[0]


def pdf_of(pages, **encryption):
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(10, 10))
    stream = io.BytesIO()
    document.save(stream, **encryption)
    return stream.getvalue()


def test_a_corrupt_word_document():
    whole = samples.docx_file()
    assert "已损坏" in refusal("坏.docx", whole[: len(whole) // 2])
    broken = samples.archive(**{"word/document.xml": "<w:document"})
    assert "已损坏" in refusal("坏.docx", broken)


def test_a_locked_pdf_and_a_locked_office_file():
    locked = pdf_of(1, encryption=pikepdf.Encryption(owner="甲", user="乙"))
    assert "去掉密码" in refusal("锁.pdf", locked)
    for name in ("锁.docx", "锁.xlsx", "锁.pptx", "锁.doc", "锁.et"):
        assert "去掉密码" in refusal(name, samples.ole_file("EncryptedPackage"))


def test_a_pdf_of_ten_thousand_pages():
    assert "有10000页,超过2000页" in refusal("长.pdf", pdf_of(10_000))


def test_an_archive_that_unpacks_to_gigabytes():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("零.txt", bytes(60 * 1024 * 1024))
    assert "解压后有60 MB" in refusal("炸弹.zip", stream.getvalue())
    content = bytearray(samples.archive(**{"甲.txt": "甲"}))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
    assert "解压后有4096 MB" in refusal("炸弹.zip", bytes(content))


def zipped(*members):
    """An archive of ``(name, content)``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def test_an_archive_of_very_many_files():
    names = [(str(number), "") for number in range(files.MAX_MEMBERS + 1)]
    assert "5001个文件" in refusal("多.zip", zipped(*names))


def test_a_directory_longer_than_any_real_one_is_not_read():
    content = zipped(*((f"{number:0>900}", "") for number in range(files.MAX_MEMBERS)))
    with mock.patch.object(zipfile, "ZipFile", side_effect=AssertionError("read it")):
        assert "超过5000个" in refusal("多.zip", content)


def test_a_bomb_spread_over_archives_inside_an_archive():
    quarter = zipped(("零.txt", bytes(20 * 1024 * 1024)))
    files.validate_upload(
        samples.upload("二.zip", zipped(("甲.zip", quarter), ("乙.zip", quarter)))
    )
    four = zipped(*((f"{number}.zip", quarter) for number in range(4)))
    assert "不能接收" in refusal("四.zip", four)


def test_an_archive_within_an_archive_within_an_archive():
    inner = zipped(("甲.txt", "甲"))
    files.validate_upload(samples.upload("一层.zip", zipped(("乙.zip", inner))))
    assert "只留一层" in refusal("两层.zip", zipped(("丙.ZIP", zipped(("乙.zip", inner)))))


def test_word_documents_that_hold_one_another_without_end():
    content = samples.docx_file()
    for _ in range(files.MAX_LEVELS + 1):
        content = zipped(("word/document.xml", "<w/>"), ("word/embeddings/a.docx", content))
    assert "只留一层" in refusal("套.docx", content)


def test_an_archive_with_a_password():
    content = bytearray(zipped(("甲.txt", "甲")))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert "去掉密码" in refusal("锁.zip", bytes(content))


def test_a_damaged_archive_inside_an_archive_is_named():
    inner = samples.docx_file()
    content = bytearray(samples.archive(**{"内.docx": inner}))  # stored, not packed
    content[content.index(inner) + 60] ^= 0xFF
    assert "“内.docx”已损坏" in refusal("外.zip", bytes(content))


def test_a_directory_that_lies_about_the_size_unpacks_no_more_than_it_says():
    content = bytearray(zipped(("word/document.xml", b"<w>" + b" " * 30_000_000 + b"</w>")))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 1000)
    assert "已损坏" in refusal("谎.docx", bytes(content))


def test_a_small_file_that_parses_to_very_much_takes_little_memory():
    # 40 MB of elements in 40 KB: as a tree they would take more than a gigabyte.
    content = zipped(("word/document.xml", b"<w>" + b"<a/>" * 10_000_000 + b"</w>"))
    code = (
        "import resource, sys, django; django.setup()\n"
        "from django.core.files.uploadedfile import SimpleUploadedFile\n"
        "from disclosures import files\n"
        "upload = SimpleUploadedFile('a.docx', sys.stdin.buffer.read())\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "files.validate_upload(upload)\n"
        "sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))"
    )
    environ = os.environ | {
        "TESTING": "1",
        "DJANGO_SETTINGS_MODULE": "dingyuan_portal.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], input=content, env=environ, capture_output=True, check=True
    )
    assert int(done.stdout) < 100 * 1024, "KB more than before"


ADD = reverse_lazy("admin:disclosures_revision_add")


def fields_of_a_draft(unit, matter):
    return {
        "unit": unit.pk,
        "matter": matter.pk,
        "title": "分配结果",
        "body": "<p>现将分配结果予以公示。</p>",
        "formed_on": "2026-03-02",
        "validity": "valid",
        "genre": "other",
        "subject": "general",
        "attachments-TOTAL_FORMS": "1",
        "attachments-INITIAL_FORMS": "0",
    }


def half_a_form(fields, content):
    """A multipart body that ends in the middle of a file; its boundary is ``x``."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        '--x\r\nContent-Disposition: form-data; name="attachments-0-file"; filename="a.pdf"\r\n\r\n'
    )
    return "".join(parts).encode() + content


class DeskTest(TestCase):
    def setUp(self):
        self.unit = make_unit()
        self.matter = make_matter(units=[self.unit])
        self.client.force_login(make_signers(self.unit)[0])

    def post(self, **fields):
        return self.client.post(ADD, fields_of_a_draft(self.unit, self.matter) | fields)

    def test_a_form_that_breaks_off_in_a_small_or_a_large_file_stores_nothing(self):
        fields = fields_of_a_draft(self.unit, self.matter)
        for length in (1_000_000, 9_000_000):  # held in memory, and on the disk
            with self.subTest(length), tempfile.TemporaryDirectory() as folder:
                body = half_a_form(fields, samples.pdf() + bytes(200_000))
                sent = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(length)}
                sent["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
                with override_settings(FILE_UPLOAD_TEMP_DIR=folder):
                    response = self.client.generic("POST", ADD, **sent)
                self.assertEqual(response.status_code, 400)
                self.assertFalse(Revision.objects.exists())
                self.assertEqual(os.listdir(folder), [])

    def test_the_same_form_sent_whole_is_stored(self):
        self.post(**{"attachments-0-file": samples.upload("a.pdf")})
        self.assertEqual(Attachment.objects.get().name, "a.pdf")

    def test_a_file_name_of_three_hundred_characters(self):
        upload = samples.upload("长" * 300 + ".pdf")
        response = self.post(**{"attachments-0-file": upload})
        self.assertContains(response, "文件名")
        self.assertContains(response, "现将分配结果予以公示")
        self.assertFalse(Attachment.objects.exists())

    def test_a_table_of_five_megabytes_pasted_from_word(self):
        cell = '<td style="mso-border-alt:solid windowtext .5pt"><p class="MsoNormal">补助</p></td>'
        body = f"<table>{'<tr>' + cell * 6 + '</tr>'}</table>" * (
            5 * 1024 * 1024 // (6 * len(cell))
        )
        response = self.post(body=body)
        self.assertContains(response, "作为附件上传")
        self.assertContains(response, 'value="分配结果"')
        self.assertFalse(Revision.objects.exists())

    def test_a_paste_that_is_mostly_looks_is_stored_without_them(self):
        looks = "mso-border-alt:solid windowtext .5pt;" * 40
        cell = f'<td style="{looks}"><p class="MsoNormal">补助</p></td>'
        body = f"<table><tbody><tr>{cell * 3500}</tr></tbody></table>"
        self.assertGreater(len(body), 5_000_000)
        self.post(body=body)
        stored = Revision.objects.get().body
        self.assertEqual((stored.count("补助"), "mso" in stored), (3500, False))

    def test_a_body_beyond_all_limits_gets_a_page_in_chinese(self):
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
            response = self.post(body="长" * 1000)
        self.assertEqual(response.status_code, 400)
        self.assertContains(response, "<h1>", status_code=400)


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_of_an_upload(live_server, client, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    unit = make_unit()
    client.force_login(make_signers(unit)[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    address, token = urlsplit(live_server.url), "t" * 32
    head = (
        f"POST {ADD} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={token}\r\n"
        f"X-CSRFToken: {token}\r\nContent-Length: 5000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    body = half_a_form(fields_of_a_draft(unit, make_matter(units=[unit])), samples.pdf())
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        line.sendall(head.encode() + body + bytes(1_000_000))
        line.shutdown(socket.SHUT_WR)  # nothing more will come
        answer = line.makefile("rb").read()  # the site has done with it
    assert answer.split()[1] == b"400"
    assert not Revision.objects.exists()
    assert not Attachment.objects.exists()
    assert list(tmp_path.iterdir()) == []
    assert client.get(reverse("admin:index")).status_code == 200


class Clamd(socketserver.BaseRequestHandler):
    """Speaks as much of clamd's INSTREAM as an upload needs."""

    clean = b"stream: OK\n"

    def handle(self):
        self.request.recv(len(b"nINSTREAM\n"))
        content = b""
        while size := struct.unpack("!L", self.request.recv(4, socket.MSG_WAITALL))[0]:
            content += self.request.recv(size, socket.MSG_WAITALL)
        found = b"stream: Eicar-Test FOUND\n" if b"EICAR" in content else self.clean
        self.request.sendall(found)


class AntivirusTest(TestCase):
    def setUp(self):
        server = socketserver.TCPServer(("127.0.0.1", 0), Clamd)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.address = "{}:{}".format(*server.server_address)

    def test_a_virus_is_refused_and_a_clean_file_says_so(self):
        draft = make_draft()
        with override_settings(CLAMAV_SOCKET=self.address):
            attachment = make_attachment(draft, "甲.mp3", samples.mp3())
            self.assertEqual(attachment.get_scan_display(), "未发现病毒")
            with self.assertRaisesMessage(ValidationError, "带有病毒(Eicar-Test)"):
                make_attachment(draft, "乙.mp3", samples.mp3() + b"EICAR")
        self.assertEqual(draft.attachments.count(), 1)

    def test_a_scanner_behind_a_socket_of_the_machine_is_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/clamd.ctl"
            server = socketserver.UnixStreamServer(path, Clamd)
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with override_settings(CLAMAV_SOCKET=path):
                stream = io.BytesIO(b"xEICARx" + bytes(5000))
                self.assertEqual(antivirus.scan(stream), (ScanStatus.INFECTED, "Eicar-Test"))
                self.assertEqual(stream.tell(), 0)

    def test_an_answer_that_is_no_verdict_is_a_failed_scan(self):
        for answer in (b"", b"INSTREAM size limit exceeded. ERROR\n", b"stream: broken ERROR\n"):
            with (
                self.subTest(answer),
                mock.patch.object(Clamd, "clean", answer),
                mock.patch.object(antivirus, "_log"),
                override_settings(CLAMAV_SOCKET=self.address),
            ):
                status = antivirus.scan(io.BytesIO(b"x"))
                self.assertEqual(status, (ScanStatus.FAILED, ""))

    def test_a_scanner_that_does_not_answer_stops_nobody(self):
        with (
            override_settings(CLAMAV_SOCKET="127.0.0.1:1"),
            self.assertLogs("disclosures.antivirus", "ERROR"),
        ):
            attachment = make_attachment(make_draft(), "甲.mp3", samples.mp3())
        self.assertEqual(attachment.get_scan_display(), "扫描失败")
