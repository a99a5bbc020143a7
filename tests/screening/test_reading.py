"""Nothing of a file is passed over in silence."""

import io
import struct
import zipfile

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from openpyxl.comments import Comment
from pypdf import PdfReader, PdfWriter

from disclosures.screening import Unread, find, read_file, read_html
from tests.samples import sample

ID = "11010519491231002X"


def saved(document):
    stream = io.BytesIO()
    document.save(stream)
    return stream


def found(name, stream):
    """Place → rules."""
    places = {}
    for passage in read_file(name, stream):
        assert not isinstance(passage, Unread), passage
        for hit in find(passage):
            places.setdefault(passage.place, []).append(hit.rule)
    return places


def unread(name, stream):
    return [passage for passage in read_file(name, stream) if isinstance(passage, Unread)]


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream


def test_every_corner_of_a_workbook():
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "名单"
    sheet.append(["姓名", "身份证号", "补助"])
    sheet.append(["王芳", ID, 2000])
    sheet.row_dimensions[2].hidden = True
    sheet["C2"].comment = Comment("手机13855001234", "经办人")
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    hidden["A1"] = f"户主{ID}"
    assert found("名单.xlsx", saved(book)) == {
        "工作表“名单”单元格B2(隐藏)": ["citizen_id"],
        "工作表“名单”单元格C2批注": ["mobile"],
        "工作表“底稿”(隐藏的工作表)单元格A1": ["citizen_id"],
    }


def test_every_corner_of_a_word_document():
    document = docx.Document()
    document.add_paragraph("名单如下")
    deleted = document.add_paragraph("已删除:")._p
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    deleted.append(
        parse_xml(f'<w:del {namespace} w:id="1"><w:r><w:delText>{ID}</w:delText></w:r></w:del>')
    )
    table = document.add_table(rows=2, cols=2)
    for place, text in {
        (0, 0): "姓名",
        (0, 1): "联系电话",
        (1, 0): "王芳",
        (1, 1): "13855001234",
    }.items():
        table.cell(*place).text = text
    document.sections[0].footer.paragraphs[0].text = "联系王芳 13955005678"
    document.core_properties.comments = f"证件{ID}"
    assert found("名单.docx", saved(document)) == {
        "正文第2段(含修订痕迹)": ["citizen_id"],
        "正文第1张表第2行第2列": ["mobile"],
        "页脚第1段": ["mobile"],
        "文档属性": ["citizen_id"],
    }


def test_a_file_in_an_archive_in_an_archive_and_the_names():
    inner = zipped(**{"名单.csv": f"姓名,证件\n王芳,{ID}\n"}).getvalue()
    outer = zipped(**{"内.zip": inner, f"{ID}.txt": "无"})
    places = found("外.zip", outer)
    assert places == {
        "压缩包内“内.zip” › 压缩包内“名单.csv” › 第2行第2列": ["citizen_id"],
        f"压缩包内“{ID}.txt” › 文件名": ["citizen_id"],
    }


def test_what_cannot_be_read_is_told():
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(sample("pdf"))))
    writer.encrypt("密码")
    locked = io.BytesIO()
    writer.write(locked)
    cases = {
        "加密.pdf": (locked, "加密"),
        "旧.doc": (io.BytesIO(sample("doc")), "旧版"),
        "图.png": (io.BytesIO(sample("png")), "图片"),
        "坏.docx": (io.BytesIO(sample("docx")[:200]), "损坏"),
    }
    for name, (stream, words) in cases.items():
        (reported,) = unread(name, stream)
        assert words in reported.reason, name


def test_a_scanned_page_is_told():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    stream = io.BytesIO()
    writer.write(stream)
    assert "1页没有文字层" in unread("扫描.pdf", stream)[0].reason


def test_an_archive_that_would_fill_the_memory_is_not_opened():
    bomb = zipped(**{"大.txt": b"0" * 1000})
    content = bytearray(bomb.getvalue())
    # The directory of the archive says what it unpacks to: 4 GB.
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
    assert "过大" in unread("炸弹.zip", io.BytesIO(bytes(content)))[0].reason


def test_archives_nested_too_deep_are_told():
    content = zipped(**{"a.txt": "a"}).getvalue()
    for _ in range(4):
        content = zipped(**{"内.zip": content}).getvalue()
    assert any("太多层" in one.reason for one in unread("深.zip", io.BytesIO(content)))


def test_an_entity_in_a_document_is_not_expanded():
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "13855001234">]><w:document xmlns:w="http://schemas.'
        'openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&a;</w:t>'
        "</w:r></w:p></w:body></w:document>"
    )
    stream = zipped(**{"word/document.xml": bomb})
    assert found("实体.docx", stream) == {}


@pytest.mark.parametrize(
    ("html", "places"),
    [
        ("<p>一</p><p>二</p>", ["正文第1段", "正文第2段"]),
        (
            "<p>名单</p><table><tbody><tr><th><p>姓名</p></th></tr>"
            "<tr><td><p>王芳</p></td></tr></tbody></table><p>完</p>",
            ["正文第1段", "正文第1张表第1行第1列", "正文第1张表第2行第1列", "正文第2段"],
        ),
    ],
)
def test_places_in_a_text_are_told_as_people_count(html, places):
    assert [passage.place for passage in read_html(html)] == places
