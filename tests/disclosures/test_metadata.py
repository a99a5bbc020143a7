"""The public copy tells nothing of who made it; the original is kept for auditors."""

import io
import shutil
import struct
import subprocess
import zipfile

import docx
import openpyxl
import pikepdf
import pytest
from django.test import TestCase
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from disclosures import digest, metadata
from tests import samples
from tests.factories import make_attachment, make_draft

SECRET = "ZhangSanSecret"
NAMED = "张三丰收"

P = "http://schemas.openxmlformats.org/package/2006"
O = "http://schemas.openxmlformats.org/officeDocument/2006"  # noqa: E741 - as Office abbreviates
MAIN = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def saved(save):
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def with_members(content, members):
    """The archive with members put in, or in place of those it has."""
    return packed(unpacked(content) | members)


def packed(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def word():
    document = docx.Document()
    paragraph = document.add_paragraph('正文一段 w:author="不是作者" displayName="照写"')
    document.add_picture(io.BytesIO(jpeg(orientation=6)))
    document.add_comment(paragraph.runs, "请核对", author=NAMED, initials="ZS")
    paragraph._p.append(
        parse_xml(
            f"<w:ins {nsdecls('w')} w:id='1' w:author='{NAMED}' w:date='2026-03-02T00:00:00Z'>"
            "<w:r><w:t>补充一句</w:t></w:r></w:ins>"
        )
    )
    properties = document.core_properties
    properties.author = properties.last_modified_by = SECRET
    properties.title, properties.language = "分配表", "zh-CN"
    content = saved(document.save)
    people = f"<Company>{NAMED}</Company><Manager>{SECRET}</Manager></Properties>".encode()
    app = unpacked(content)["docProps/app.xml"].replace(b"</Properties>", people)
    return with_members(
        content,
        {
            "docProps/app.xml": app,
            "docProps/custom.xml": f'<Properties xmlns="{O}/custom-properties"><property '
            f'fmtid="x" pid="2" name="科室"><v>{NAMED}</v></property></Properties>',
            "word/embeddings/表.xlsx": excel(),
        },
    )


def excel():
    book = openpyxl.Workbook()
    book.properties.creator = book.properties.lastModifiedBy = SECRET
    sheet = book.worksheets[0]
    sheet["A1"], sheet["B1"] = "author", '单元格 author="照写"'
    sheet["A1"].comment = Comment(f"{NAMED}:\n核对过", NAMED)
    content = saved(book.save)
    workbook = unpacked(content)["xl/workbook.xml"].replace(
        b"<workbookPr",
        f'<fileSharing userName="{SECRET}"/><workbookPr'.encode(),
    )
    return with_members(
        content,
        {
            "xl/workbook.xml": workbook,
            "xl/persons/person.xml": '<personList xmlns="http://schemas.microsoft.com/office/'
            f'spreadsheetml/2018/threadedcomments"><person displayName="{NAMED}" id="{{1}}" '
            f'userId="{SECRET}" providerId="AD"/></personList>',
        },
    )


def slides():
    """A presentation of one slide, as small as Office's own rules allow."""
    types = {"presentation": "presentation.main", "slides/slide1": "slide"}
    types |= {
        "slideLayouts/slideLayout1": "slideLayout",
        "slideMasters/slideMaster1": "slideMaster",
    }
    overrides = "".join(
        f'<Override PartName="/ppt/{part}.xml" ContentType="application/vnd.openxmlformats-'
        f'officedocument.presentationml.{kind}+xml"/>'
        for part, kind in types.items()
    )
    names = f'xmlns:a="{DRAWING}" xmlns:r="{O}/relationships" xmlns:p="{MAIN}"'
    tree = (
        "<p:nvGrpSpPr><p:cNvPr id='1' name=''/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>"
    )
    shape = (
        "<p:sp><p:nvSpPr><p:cNvPr id='2' name='标题'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>"
        "<a:xfrm><a:off x='0' y='0'/><a:ext cx='6000000' cy='900000'/></a:xfrm>"
        "<a:prstGeom prst='rect'><a:avLst/></a:prstGeom></p:spPr>"
        "<p:txBody><a:bodyPr/><a:p><a:r><a:t>Slide text</a:t></a:r></a:p></p:txBody></p:sp>"
    )

    def page(kind, more=""):
        held = shape if kind == "sld" else ""
        return (
            f"<p:{kind} {names}><p:cSld><p:spTree>{tree}{held}</p:spTree></p:cSld>{more}</p:{kind}>"
        )

    def links(*targets):
        inner = "".join(
            f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets, 1)
        )
        return f'<Relationships xmlns="{P}/relationships">{inner}</Relationships>'

    of = f"{O}/relationships"
    colours = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
    colours |= {name: name for name in [*(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink"]}
    shown = "".join(f' {name}="{to}"' for name, to in colours.items())
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{P}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
            f'Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
            "_rels/.rels": links(
                (f"{of}/officeDocument", "ppt/presentation.xml"),
                (f"{P}/relationships/metadata/core-properties", "meta/1.psmdcp"),
                (f"{P}/relationships/metadata/thumbnail", "small.jpeg"),
            ),
            "small.jpeg": jpeg(),
            "meta/1.psmdcp": f'<coreProperties xmlns="{P}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>会议材料</dc:title>'
            f"<dc:creator>{SECRET}</dc:creator></coreProperties>",
            "ppt/presentation.xml": f"<p:presentation {names}><p:sldMasterIdLst><p:sldMasterId "
            'id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" '
            'r:id="rId2"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
            '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": links(
                (f"{of}/slideMaster", "slideMasters/slideMaster1.xml"),
                (f"{of}/slide", "slides/slide1.xml"),
            ),
            "ppt/slides/slide1.xml": page("sld"),
            "ppt/slides/_rels/slide1.xml.rels": links(
                (f"{of}/slideLayout", "../slideLayouts/slideLayout1.xml")
            ),
            "ppt/slideLayouts/slideLayout1.xml": page("sldLayout"),
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": links(
                (f"{of}/slideMaster", "../slideMasters/slideMaster1.xml")
            ),
            "ppt/slideMasters/slideMaster1.xml": page(
                "sldMaster",
                f'<p:clrMap{shown}/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/>'
                "</p:sldLayoutIdLst>",
            ),
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": links(
                (f"{of}/slideLayout", "../slideLayouts/slideLayout1.xml")
            ),
            "ppt/commentAuthors.xml": f"<p:cmAuthorLst {names}><p:cmAuthor id='0' name='{NAMED}' "
            f"initials='{SECRET}' lastIdx='1' clrIdx='0'/></p:cmAuthorLst>",
        }
    )


def pdf():
    """Author in /Info and XMP; a photograph with its place; a note; an outline and a form field."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setAuthor(SECRET)
    canvas.setTitle("Table")
    canvas.drawString(100, 700, "page text")
    canvas.bookmarkPage("here")
    canvas.addOutlineEntry("Chapter", "here")
    canvas.acroForm.textfield(name="applicant", x=10, y=10)
    canvas.save()
    with pikepdf.open(io.BytesIO(stream.getvalue())) as document:
        document.Root.Lang = "zh-CN"
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            xmp["dc:creator"] = [NAMED]
        photograph = document.make_stream(
            jpeg(),
            {
                "/Type": pikepdf.Name.XObject,
                "/Subtype": pikepdf.Name.Image,
                "/Width": 4,
                "/Height": 8,
                "/BitsPerComponent": 8,
                "/ColorSpace": pikepdf.Name.DeviceRGB,
                "/Filter": pikepdf.Name.DCTDecode,
                "/Metadata": document.make_stream(f"<x>{SECRET}</x>".encode()),
            },
        )
        page = document.pages[0]
        page.obj.Resources.XObject = pikepdf.Dictionary(Photo=photograph)
        page.obj.PieceInfo = pikepdf.Dictionary(Editor=pikepdf.Dictionary(Private=SECRET))
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9],
            Contents="请核对", T=NAMED,
        )  # fmt: skip
        page.obj.Annots.append(note)
        return saved(document.save)


def jpeg(orientation=1):
    """A photograph that tells who took it, where, with what, and carries another one behind it."""
    exif = Image.Exif()
    exif[0x013B], exif[0x0110], exif[0x0112] = SECRET, "手机".encode(), orientation
    exif[0x8825] = {1: "N", 2: (32.0, 31.0, 0.0), 3: "E", 4: (117.0, 40.0, 0.0)}
    content = saved(
        lambda stream: Image.new("RGB", (4, 8), "red").save(
            stream, "JPEG", exif=exif, comment=NAMED.encode(), icc_profile=b"a colour profile"
        )
    )
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x>" + NAMED.encode()
    iptc = b"Photoshop 3.0\0" + SECRET.encode()
    segments = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
        for marker, data in ((0xE1, xmp), (0xED, iptc))
    )
    return content.replace(b"\xff\xdb", segments + b"\xff\xdb", 1) + content


def png():
    info = PngInfo()
    info.add_text("Author", SECRET)
    info.add_itxt("Comment", NAMED)
    info.add_text("Software", SECRET, zip=True)
    exif = Image.Exif()
    exif[0x013B] = SECRET
    content = saved(
        lambda stream: Image.new("RGB", (4, 8), "red").save(stream, "PNG", pnginfo=info, exif=exif)
    )
    return content + SECRET.encode()


def archive():
    """With a name as Windows packs it, and an archive inside."""
    inner = packed({"表.xlsx": excel()})
    content = packed({"aabb.docx": word(), "cc.zip": inner, "说明.txt": "请看附件"})
    return content.replace(b"aabb.docx", "甲乙".encode("gbk") + b".docx")


MAKERS = {
    "甲.docx": word,
    "甲.xlsx": excel,
    "甲.pptx": slides,
    "甲.pdf": pdf,
    "甲.jpg": jpeg,
    "甲.png": png,
    "甲.zip": archive,
}


def everything(content):
    """The bytes, those of all members inside, and of a PDF's streams."""
    if content.startswith(b"PK"):
        return content + b"".join(map(everything, unpacked(content).values()))
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as document:
            streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
            content += b"".join(stream.read_raw_bytes() for stream in streams)
            content += b"".join(repr(thing).encode() for thing in document.objects)
    return content


def tells(content):
    """Which of the two names are anywhere, in any coding that these files use."""
    whole = everything(content)
    codings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    return {name for name in (SECRET, NAMED) for coding in codings if name.encode(coding) in whole}


def stripped(name, content=None):
    return metadata.strip(name, io.BytesIO(content or MAKERS[name]()))


@pytest.mark.parametrize("name", MAKERS)
def test_nobody_is_named_anywhere_and_a_second_time_changes_nothing(name):
    content = MAKERS[name]()
    assert tells(content) == ({SECRET, NAMED})
    once = stripped(name, content)
    assert tells(once.content) == set()
    assert stripped(name, content).content == once.content
    assert stripped(name, once.content) == metadata.Stripped(None, [])


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("甲.docx", {"作者", "最后修改者", "单位", "经理", "自定义属性", "缩略图", "拍摄地点"}),
        ("甲.xlsx", {"作者", "最后修改者", "批注和修订的作者"}),
        ("甲.pptx", {"作者", "批注和修订的作者", "缩略图"}),
        ("甲.pdf", {"作者", "软件", "XMP", "编辑软件数据", "批注作者", "拍摄地点"}),
        ("甲.jpg", {"作者", "设备", "拍摄地点", "XMP", "图片说明", "备注", "图片后附的数据"}),
        ("甲.png", {"作者", "软件", "文字说明", "图片后附的数据"}),
        ("甲.zip", {"作者", "单位", "批注和修订的作者"}),
    ],
)
def test_people_are_told_what_was_taken_out(name, labels):
    removed = stripped(name).removed
    assert labels <= set(removed)
    assert len(removed) == len(set(removed))


def test_the_text_of_a_word_document_stays_with_its_changes_and_comments():
    document = docx.Document(io.BytesIO(stripped("甲.docx").content))
    assert document.paragraphs[0].text == '正文一段 w:author="不是作者" displayName="照写"'
    assert "补充一句" in etree.tostring(document.element, encoding="unicode")
    assert [comment.text for comment in document.comments] == ["请核对"]
    properties = document.core_properties
    assert (properties.title, properties.language) == ("分配表", "zh-CN")
    assert (properties.author, properties.last_modified_by) == ("", "")


def test_the_cells_and_comments_of_a_workbook_stay():
    sheet = openpyxl.load_workbook(io.BytesIO(stripped("甲.xlsx").content)).worksheets[0]
    assert (sheet["A1"].value, sheet["B1"].value) == ("author", '单元格 author="照写"')
    assert sheet["A1"].comment.text == "作者:\n核对过"


def test_tables_of_a_workbook_keep_their_names():
    table = f'<table xmlns="{MAIN}" id="1" name="t" displayName="作者表" author="{SECRET}"/>'
    content = stripped("甲.xlsx", packed({"xl/tables/table1.xml": table})).content
    assert b'displayName="\xe4\xbd\x9c\xe8\x80\x85\xe8\xa1\xa8"' in unpacked(content).popitem()[1]


def test_where_a_file_lay_on_the_clerks_machine_is_not_told():
    book = packed(
        {
            "xl/workbook.xml": "<workbook><Choice><absPath url='C:\\ZhangSanSecret\\'/></Choice>"
            "</workbook>",
            "word/_rels/settings.xml.rels": f'<Relationships xmlns="{P}/relationships">'
            f'<Relationship Id="rId1" Type="{O}/relationships/attachedTemplate" '
            f'Target="file:///C:/{SECRET}/a.dotm" TargetMode="External"/></Relationships>',
        }
    )
    done = stripped("甲.xlsx", book)
    assert tells(done.content) == set()
    assert done.removed == ["文件路径", "模板"]


def test_text_title_language_outline_and_form_of_a_pdf_stay():
    reader = PdfReader(io.BytesIO(stripped("甲.pdf").content))
    assert "page text" in reader.pages[0].extract_text()
    assert reader.metadata.title == "Table"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert [entry.title for entry in reader.outline] == ["Chapter"]
    assert list(reader.get_fields()) == ["applicant"]
    notes = [note.get_object() for note in reader.pages[0]["/Annots"]]
    assert "请核对" in [note.get("/Contents") for note in notes]


def test_a_title_that_only_the_xmp_of_a_pdf_tells_is_kept():
    document = pikepdf.new()
    document.add_blank_page()
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"] = "分配结果公示"
    reader = PdfReader(io.BytesIO(stripped("甲.pdf", saved(document.save)).content))
    assert reader.metadata.title == "分配结果公示"


def with_orphan(content):
    """The PDF with an object in it that nothing refers to, as an incremental save leaves it.

    ISO 32000-1, 7.5.6: the old state, the new objects, a table of these, where the table begins.
    """
    with pikepdf.open(io.BytesIO(content)) as document:
        number, root = len(document.objects) + 1, document.Root.objgen[0]
    before = int(content[content.rindex(b"startxref") :].split()[1])
    added = f"{number} 0 obj\n<</Author({SECRET})>>\nendobj\n"
    table = (
        f"xref\n{number} 1\n{len(content):010} 00000 n \n"
        f"trailer\n<</Size {number + 1}/Prev {before}/Root {root} 0 R>>\n"
        f"startxref\n{len(content) + len(added)}\n%%EOF\n"
    )
    return content + (added + table).encode()


def test_what_an_earlier_state_of_a_pdf_told_is_gone():
    content = with_orphan(stripped("甲.pdf", samples.pdf()).content)
    assert tells(content) == {SECRET}
    done = stripped("甲.pdf", content)
    assert (done.removed, tells(done.content)) == (["历史版本"], set())


def test_an_object_of_a_pdf_that_nothing_refers_to_is_gone():
    content = with_orphan(stripped("甲.pdf", samples.pdf()).content)
    first = content.index(b"startxref")  # only readers that begin at the end look for these
    content = content[:first] + b"startXref" + content[first + 9 :]
    done = stripped("甲.pdf", content)
    assert (done.removed, tells(done.content)) == (["弃用的内容"], set())


@pytest.mark.parametrize("linearize", [False, True])
def test_a_pdf_that_names_nobody_is_left_as_it_is(linearize):
    document = pikepdf.open(io.BytesIO(stripped("甲.pdf", samples.pdf()).content))
    content = saved(lambda stream: document.save(stream, linearize=linearize))
    assert stripped("甲.pdf", content) == metadata.Stripped(None, [])


def test_a_photograph_is_not_compressed_anew_and_keeps_its_colours():
    before, after = jpeg(), stripped("甲.jpg").content
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert old.tobytes() == new.tobytes()
        assert new.info["icc_profile"] == b"a colour profile"
    scan = after.index(b"\xff\xda")
    assert after[scan:] in before


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_lying_on_its_side_is_turned(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(lambda stream: Image.new("RGB", (4, 8)).save(stream, kind, exif=exif))
    done = stripped({"JPEG": "甲.jpg", "PNG": "甲.png"}[kind], content)
    with Image.open(io.BytesIO(done.content)) as picture:
        assert picture.size == (8, 4)
        assert not picture.getexif()
    assert done.removed == ["拍摄信息"]


def test_a_picture_in_a_document_stays_as_it_lies():
    media = unpacked(stripped("甲.docx").content)["word/media/image1.jpg"]
    with Image.open(io.BytesIO(media)) as picture:
        assert picture.size == (4, 8)
        assert dict(picture.getexif()) == {0x0112: 6}


def test_members_of_an_archive_keep_their_names_order_and_content():
    done = unpacked(stripped("甲.zip").content)
    assert list(done) == ["甲乙.docx", "cc.zip", "说明.txt"]
    assert done["说明.txt"].decode() == "请看附件"
    assert docx.Document(io.BytesIO(done["甲乙.docx"])).core_properties.title == "分配表"


def test_other_kinds_are_left_as_they_are():
    for extension in ("doc", "xls", "ppt", "wps", "et", "ofd", "mp3", "mp4"):
        content = samples.sample(extension)
        assert stripped(f"甲.{extension}", content) == metadata.Stripped(None, [])


@pytest.mark.parametrize("name", MAKERS)
def test_a_truncated_file_is_refused_in_words(name):
    content = MAKERS[name]()
    if name == "甲.jpg":  # without the one behind it
        content = content[: content.index(b"\xff\xd9")]
    if name == "甲.pdf":  # a reader mends much: nothing is left to mend
        content = content[:40]
    with pytest.raises(metadata.UnreadableError, match=f"“{name}”已损坏"):
        stripped(name, content[: len(content) * 2 // 3])


def test_a_locked_file_is_refused_in_words():
    document = pikepdf.new()
    document.add_blank_page()
    locked = saved(
        lambda stream: document.save(stream, encryption=pikepdf.Encryption(owner="甲", user="乙"))
    )
    with pytest.raises(metadata.UnreadableError, match="去掉密码"):
        stripped("甲.pdf", locked)
    with pytest.raises(metadata.UnreadableError, match="“内.pdf”加了密码"):
        stripped("外.zip", packed({"内.pdf": locked}))
    content = bytearray(packed({"甲.txt": "甲"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(metadata.UnreadableError, match="去掉密码"):
        stripped("甲.zip", bytes(content))


def test_an_office_program_opens_the_clean_copies(tmp_path):
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    # One folder each: all become a PDF of the same name. The PDF itself goes through Draw.
    for name, words in {
        "甲.docx": "正文一段",
        "甲.xlsx": "单元格",
        "甲.pptx": "Slide text",
        "甲.pdf": "page text",
    }.items():
        source = tmp_path / name
        source.write_bytes(stripped(name).content)
        out = tmp_path / source.suffix[1:]
        done = subprocess.run(
            [program, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
            + ["--convert-to", "pdf", "--outdir", str(out), str(source)],
            capture_output=True,
            check=False,
            timeout=120,
        )
        made = out / "甲.pdf"
        assert made.exists(), (name, done.stdout, done.stderr)
        assert words in PdfReader(made).pages[0].extract_text(), name


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
