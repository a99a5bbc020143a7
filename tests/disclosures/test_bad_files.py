"""Bad uploads: each ends in words that say what is wrong and what to do, and leaves nothing."""

import io
import socket
import socketserver
import struct
import threading
import zipfile
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import TestCase, override_settings
from django.urls import reverse

from disclosures import files
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
    assert "去掉密码" in refusal("锁.docx", samples.ole_file("EncryptedPackage"))


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


def test_an_archive_of_very_many_files():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(files.MAX_MEMBERS + 1):
            archive.writestr(str(number), "")
    assert "5001个文件" in refusal("多.zip", stream.getvalue())


class DeskTest(TestCase):
    def setUp(self):
        self.unit = make_unit()
        self.matter = make_matter(units=[self.unit])
        self.client.force_login(make_signers(self.unit)[0])

    def post(self, **fields):
        data = {
            "unit": self.unit.pk,
            "matter": self.matter.pk,
            "title": "分配结果",
            "body": "<p>现将分配结果予以公示。</p>",
            "formed_on": "2026-03-02",
            "validity": "valid",
            "genre": "other",
            "subject": "general",
            "attachments-TOTAL_FORMS": "1",
            "attachments-INITIAL_FORMS": "0",
        }
        return self.client.post(reverse("admin:disclosures_revision_add"), data | fields)

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

    def test_a_body_beyond_all_limits_gets_a_page_in_chinese(self):
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
            response = self.post(body="长" * 1000)
        self.assertEqual(response.status_code, 400)
        self.assertContains(response, "<h1>", status_code=400)


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_of_an_upload(live_server, client):
    clerk = make_signers(make_unit())[0]
    client.force_login(clerk)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    address = urlsplit(live_server.url)
    head = (
        f"POST {reverse('admin:disclosures_revision_add')} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}\r\nContent-Length: 5000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="attachments-0-file"; filename="a.pdf"\r\n\r\n'
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as line:
        line.sendall(head.encode() + b"%PDF-" + bytes(100_000))
    # The line is dead; the site answers the next one, and nothing was stored.
    assert client.get(reverse("admin:index")).status_code == 200
    assert not Attachment.objects.exists()
    assert not Revision.objects.exists()


class Clamd(socketserver.BaseRequestHandler):
    """Speaks as much of clamd's INSTREAM as an upload needs."""

    def handle(self):
        self.request.recv(len(b"nINSTREAM\n"))
        content = b""
        while size := struct.unpack("!L", self.request.recv(4, socket.MSG_WAITALL))[0]:
            content += self.request.recv(size, socket.MSG_WAITALL)
        found = b"stream: Eicar-Test FOUND\n" if b"EICAR" in content else b"stream: OK\n"
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

    def test_a_scanner_that_does_not_answer_stops_nobody(self):
        with (
            override_settings(CLAMAV_SOCKET="127.0.0.1:1"),
            self.assertLogs("disclosures.antivirus", "ERROR"),
        ):
            attachment = make_attachment(make_draft(), "甲.mp3", samples.mp3())
        self.assertEqual(attachment.get_scan_display(), "扫描失败")
