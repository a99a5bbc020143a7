"""The public copy tells nothing of who made it; the original is kept for auditors."""

import io
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from django.test import TestCase
from openpyxl.comments import Comment
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from disclosures import digest, metadata
from tests import samples
from tests.factories import make_attachment, make_draft

SECRET = "ZhangSanSecret"


def word():
    document = docx.Document()
    document.add_paragraph("正文一段")
    document.core_properties.author = document.core_properties.last_modified_by = SECRET
    document.core_properties.title = "分配表"
    return _saved(document.save)


def excel():
    book = openpyxl.Workbook()
    book.properties.creator = book.properties.lastModifiedBy = SECRET
    book.worksheets[0]["A1"] = "单元格"
    book.worksheets[0]["A1"].comment = Comment("核对过", SECRET)
    return _saved(book.save)


def pdf():
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setAuthor(SECRET)
    canvas.setTitle("Table")
    canvas.drawString(100, 700, "page text")
    canvas.save()
    return stream.getvalue()


def jpeg(orientation=1):
    picture = Image.new("RGB", (4, 8), "red")
    exif = Image.Exif()
    exif[0x013B] = SECRET  # Artist
    exif[0x0112] = orientation
    stream = io.BytesIO()
    picture.save(stream, "JPEG", exif=exif, comment=SECRET.encode())
    return stream.getvalue()


def png():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", SECRET)
    stream = io.BytesIO()
    Image.new("RGB", (4, 8), "red").save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


def _saved(save):
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


MAKERS = {"甲.docx": word, "甲.xlsx": excel, "甲.pdf": pdf, "甲.jpg": jpeg, "甲.png": png}


def everything(content):
    """The bytes, and those of the members where it is an archive."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("name", MAKERS)
def test_the_author_is_nowhere_and_a_second_time_changes_nothing(name):
    content = MAKERS[name]()
    assert SECRET.encode() in everything(content)
    stripped = metadata.strip(name, io.BytesIO(content))
    assert stripped.removed
    assert SECRET.encode() not in everything(stripped.content)
    assert metadata.strip(name, io.BytesIO(content)).content == stripped.content
    assert metadata.strip(name, io.BytesIO(stripped.content)).removed == []


def test_what_people_read_stays():
    document = docx.Document(io.BytesIO(stripped("甲.docx")))
    assert document.paragraphs[0].text == "正文一段"
    assert document.core_properties.title == "分配表"
    sheet = openpyxl.load_workbook(io.BytesIO(stripped("甲.xlsx"))).worksheets[0]
    assert (sheet["A1"].value, sheet["A1"].comment.text) == ("单元格", "核对过")
    reader = PdfReader(io.BytesIO(stripped("甲.pdf")))
    assert "page text" in reader.pages[0].extract_text()
    assert reader.metadata.title == "Table"
    with Image.open(io.BytesIO(stripped("甲.jpg"))) as picture:
        assert picture.size == (4, 8)


def stripped(name):
    return metadata.strip(name, io.BytesIO(MAKERS[name]())).content


def test_a_picture_lying_on_its_side_is_turned():
    turned = metadata.strip("甲.jpg", io.BytesIO(jpeg(orientation=6))).content
    with Image.open(io.BytesIO(turned)) as picture:
        assert picture.size == (8, 4)
        assert not picture.getexif()


def test_an_office_program_opens_the_clean_copies():
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    with tempfile.TemporaryDirectory() as folder:
        names = ["甲.docx", "甲.xlsx"]
        for name in names:
            (Path(folder) / name).write_bytes(stripped(name))
        profile = f"-env:UserInstallation=file://{folder}/profile"
        done = subprocess.run(
            [program, profile, "--headless", "--convert-to", "pdf", "--outdir", folder]
            + [str(Path(folder) / name) for name in names],
            capture_output=True,
            check=False,
        )
        made = sorted(path.name for path in Path(folder).glob("*.pdf"))
        assert made, done.stderr
        text = PdfReader(Path(folder) / "甲.pdf").pages[0].extract_text()
        assert "正文一段" in text or "单元格" in text


class SealedTest(TestCase):
    def test_the_public_file_is_the_clean_copy_and_the_original_is_kept(self):
        attachment = make_attachment(make_draft(), "甲.docx", word())
        self.assertNotIn(SECRET.encode(), everything(attachment.file.read()))
        self.assertEqual(attachment.original.read(), word_of(attachment))
        self.assertIn("作者", attachment.removed)
        self.assertTrue(attachment.is_intact())
        self.assertEqual(digest.of_bytes([word_of(attachment)]), attachment.original_digest)
        self.assertRegex(attachment.original.name, r"^originals/[0-9a-f]{2}/[0-9a-f]{32}\.docx$")

    def test_without_a_scanner_the_upload_says_so(self):
        attachment = make_attachment(make_draft(), "甲.mp3", samples.mp3())
        self.assertEqual(attachment.get_scan_display(), "未扫描")
        self.assertEqual((attachment.removed, attachment.original.name or ""), ("", ""))


def word_of(attachment):
    with attachment.original.open("rb") as stream:
        return stream.read()
