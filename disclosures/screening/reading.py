"""Texts and files as passages. What can't be read is reported, never passed over in silence."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import IO, Any

from lxml import etree
from openpyxl.utils import get_column_letter

from .passages import Passage, Unread
from .rules import columns

MAX_PAGES = 2000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_DEPTH = 3
MAX_CELLS = 500_000

Read = Iterator[Passage | Unread]


# HTML ---------------------------------------------------------------------------------------------

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "li", "blockquote", "caption", "td", "th", "br", "div"}


class _Nodes(HTMLParser):
    """Text nodes with their place in the source, gathered into paragraphs and cells."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.html = html
        self.lines = [0]
        for match in re.finditer("\n", html):
            self.lines.append(match.end())
        self.blocks: list[dict[str, Any]] = []
        self.tables = self.row = self.column = self.paragraph = 0
        self._open: dict[str, Any] | None = None
        self.feed(html)
        self.close()
        self._finish()

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _finish(self) -> None:
        if self._open and self._open["nodes"]:
            self.blocks.append(self._open)
        self._open = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self.tables, self.row = self.tables + 1, 0
        elif tag == "tr":
            self.row, self.column = self.row + 1, 0
        if tag in _BLOCKS:
            self._finish()
        if tag in {"td", "th"}:
            self.column += 1
            self._open = {"cell": (self.tables, self.row, self.column), "nodes": []}
        elif tag in _BLOCKS and self.row and self.blocks and tag != "br":
            self._open = {"cell": (self.tables, self.row, self.column), "nodes": []}

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._finish()
        if tag == "table":
            self.row = 0

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def _add(self, raw: str) -> None:
        if not raw.strip() and self._open is None:
            return
        if self._open is None:
            cell = (self.tables, self.row, self.column) if self.row else None
            self.paragraph += 0 if cell else 1
            self._open = {"cell": cell, "nodes": [], "number": self.paragraph}
        start = self._at()
        self._open["nodes"].append((start, start + len(raw), unescape(raw)))


def _html_passages(html: str, where: str) -> list[tuple[dict[str, Any], Passage]]:
    blocks = _Nodes(html).blocks
    texts = ["".join(node[2] for node in block["nodes"]) for block in blocks]
    headings: dict[tuple[int, int], str] = {}
    rows: dict[tuple[int, int], str] = {}
    for block, text in zip(blocks, texts, strict=True):
        if block["cell"]:
            table, row, column = block["cell"]
            if row == 1:
                headings.setdefault((table, column), text.strip())
            rows[table, row] = f"{rows.get((table, row), '')} {text.strip()}"
    passages = []
    number = 0
    for block, text in zip(blocks, texts, strict=True):
        if block["cell"]:
            table, row, column = block["cell"]
            place = f"{where}第{table}张表第{row}行第{column}列"
            heading = headings.get((table, column), "") if row > 1 else ""
            nearby = f"{rows.get((table, 1), '')} {rows[table, row]}"
            passages.append((block, Passage(place, text, heading, nearby)))
        else:
            number += 1
            passages.append((block, Passage(f"{where}第{number}段", text)))
    return passages


def read_html(html: str, where: str = "正文") -> Iterator[Passage]:
    for _block, passage in _html_passages(html, where):
        yield passage


def read_html_nodes(html: str) -> Iterator[tuple[int, int, Passage, int]]:
    """Each text node: its place in ``html``, its passage, and where in that passage it begins."""
    for block, passage in _html_passages(html, ""):
        offset = 0
        for start, end, text in block["nodes"]:
            yield start, end, passage, offset
            offset += len(text)


# Files --------------------------------------------------------------------------------------------


def read_file(name: str, stream: IO[bytes], depth: int = 0) -> Read:
    """The passages of a file, its name among them, and what of it couldn't be read."""
    yield Passage("文件名", name)
    extension = name.rpartition(".")[2].lower()
    reader = _READERS.get(extension)
    if reader is None:
        yield Unread(name, _WHY_NOT.get(extension, "这种文件不能自动检查,请人工核对"))
        return
    stream.seek(0)
    try:
        if reader is _read_zip:
            yield from _read_zip(stream, depth)
        else:
            yield from reader(stream)
    except _TooLargeError as error:
        yield Unread(name, str(error))
    except Exception:  # a damaged file trips its reader in any way it likes
        yield Unread(name, "文件已损坏或加密,读不出内容,请人工核对")


class _TooLargeError(Exception):
    pass


_OLD = "旧版二进制格式,不能自动检查,请另存为新格式或人工核对"
_PICTURE = "图片,不能自动检查文字,请人工核对"
_WHY_NOT = {
    **dict.fromkeys(("doc", "xls", "ppt", "wps", "et"), _OLD),
    **dict.fromkeys(("jpg", "jpeg", "png"), _PICTURE),
    **dict.fromkeys(("mp3", "mp4"), "音视频,不能自动检查,请人工核对"),
    "ofd": "OFD 版式文件,不能自动检查,请人工核对",
}


def _checked_zip(stream: IO[bytes]) -> zipfile.ZipFile:
    """Raises ``_TooLargeError`` for what would fill the memory; told by the directory alone."""
    archive = zipfile.ZipFile(stream)
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise _TooLargeError("压缩内容过大或文件过多,没有检查,请拆分后上传")
    return archive


def _read_zip(stream: IO[bytes], depth: int) -> Read:
    if depth >= MAX_DEPTH:
        raise _TooLargeError("压缩包套了太多层,没有检查,请拆开后上传")
    with _checked_zip(stream) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            name = _member_name(member)
            if member.flag_bits & 1:
                yield Unread(f"压缩包内“{name}”", "加密,读不出内容,请去掉密码后上传")
                continue
            content = io.BytesIO(archive.open(member).read(MAX_UNPACKED))
            for found in read_file(name, content, depth + 1):
                place = f"压缩包内“{name}” › {found.place}"
                if isinstance(found, Unread):
                    yield Unread(f"压缩包内“{name}”", found.reason)
                else:
                    yield Passage(place, found.text, found.heading, found.nearby)


def _member_name(member: zipfile.ZipInfo) -> str:
    """Chinese Windows writes names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _read_text(stream: IO[bytes]) -> Read:
    for number, line in enumerate(_decoded(stream.read()).splitlines(), start=1):
        if line.strip():
            yield Passage(f"第{number}行", line)


def _read_csv(stream: IO[bytes]) -> Read:
    rows = list(csv.reader(io.StringIO(_decoded(stream.read()), newline="")))
    yield from _read_rows(rows, lambda row, column: f"第{row}行第{column}列")


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _read_rows(rows: list[list[str]], place: Callable[[int, int], str]) -> Iterator[Passage]:
    headings = columns(rows)
    title = " ".join(headings)
    for number, row in enumerate(rows, start=1):
        nearby = f"{title} {' '.join(cell for cell in row if cell)}"
        for column, cell in enumerate(row, start=1):
            if cell and cell.strip():
                heading = headings[column - 1] if column <= len(headings) else ""
                is_heading = row is headings
                yield Passage(place(number, column), cell, "" if is_heading else heading, nearby)


# PDF


def _read_pdf(stream: IO[bytes]) -> Read:
    from pypdf import PdfReader

    reader = PdfReader(stream)
    if reader.is_encrypted and not reader.decrypt(""):
        yield Unread("PDF", "加密,读不出内容,请去掉密码后上传")
        return
    for key, value in (reader.metadata or {}).items():
        yield Passage("文档属性", f"{key} {value}")
    empty = 0
    for number, page in enumerate(reader.pages, start=1):
        if number > MAX_PAGES:
            yield Unread(f"第{number}页起", f"超过{MAX_PAGES}页,后面的没有检查,请拆分后上传")
            break
        text = page.extract_text() or ""
        empty += not text.strip()
        for line in text.splitlines():
            if line.strip():
                yield Passage(f"第{number}页", line)
        for annotation in page.get("/Annots") or []:
            note = annotation.get_object().get("/Contents")
            if note:
                yield Passage(f"第{number}页批注", str(note))
    if empty:
        yield Unread("PDF", f"有{empty}页没有文字层(可能是扫描件),请人工核对")


# Word, PowerPoint: the XML itself, so that deletions, comments and hidden text are read as well

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PARTS = {
    "document": "正文",
    "comments": "批注",
    "footnotes": "脚注",
    "endnotes": "尾注",
    "header": "页眉",
    "footer": "页脚",
}


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(content, parser)


def _word_text(node: Any) -> str:
    return "".join(part.text or "" for part in node.iter(f"{_W}t", f"{_W}delText", f"{_A}t"))


def _read_docx(stream: IO[bytes]) -> Read:
    with _checked_zip(stream) as archive:
        for name in archive.namelist():
            match = re.fullmatch(r"word/([a-z]+?)\d*\.xml", name)
            if match and match[1] in _PARTS:
                yield from _word_part(_parsed(archive.read(name)), _PARTS[match[1]])
            elif name.startswith("word/embeddings/"):
                yield Unread(f"嵌入对象 {name.rpartition('/')[2]}", "嵌入的文件没有检查,请人工核对")
        yield from _properties(archive)


def _cells_of(table: str) -> Callable[[int, int], str]:
    return lambda row, column: f"{table}第{row}行第{column}列"


def _word_part(root: Any, where: str) -> Iterator[Passage]:
    number = 0
    for table, element in enumerate(root.iter(f"{_W}tbl"), start=1):
        rows = [
            [_word_text(cell) for cell in row.iter(f"{_W}tc")] for row in element.iter(f"{_W}tr")
        ]
        yield from _read_rows(rows, _cells_of(f"{where}第{table}张表"))
    for paragraph in root.iter(f"{_W}p"):
        if next(paragraph.iterancestors(f"{_W}tc"), None) is not None:
            continue
        text = _word_text(paragraph)
        if text.strip():
            number += 1
            deleted = next(paragraph.iter(f"{_W}delText"), None) is not None
            yield Passage(f"{where}第{number}段{'(含修订痕迹)' if deleted else ''}", text)


def _properties(archive: zipfile.ZipFile) -> Iterator[Passage]:
    for name in archive.namelist():
        if name.startswith("docProps/") and name.endswith(".xml"):
            for node in _parsed(archive.read(name)).iter():
                if node.text and node.text.strip():
                    yield Passage("文档属性", node.text)


def _read_pptx(stream: IO[bytes]) -> Read:
    with _checked_zip(stream) as archive:
        for name in archive.namelist():
            match = re.fullmatch(r"ppt/(slides/slide|notesSlides/notesSlide)(\d+)\.xml", name)
            if match:
                where = "幻灯片" if match[1].startswith("slides") else "备注"
                for paragraph in _parsed(archive.read(name)).iter(f"{_A}p"):
                    text = "".join(run.text or "" for run in paragraph.iter(f"{_A}t"))
                    if text.strip():
                        yield Passage(f"{where}{match[2]}", text)
        yield from _properties(archive)


# Excel


def _read_xlsx(stream: IO[bytes]) -> Read:
    import openpyxl

    with _checked_zip(stream) as archive:
        yield from _properties(archive)
    stream.seek(0)
    book = openpyxl.load_workbook(stream)
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise _TooLargeError("工作表过大,没有检查,请拆分后上传")
        state = "" if sheet.sheet_state == "visible" else "(隐藏的工作表)"
        yield from _sheet(sheet, f"工作表“{sheet.title}”{state}")
    for name, defined in book.defined_names.items():
        yield Passage(f"名称“{name}”", str(defined.attr_text or ""))


def _sheet(sheet: Any, where: str) -> Iterator[Passage]:
    rows = [[_shown(cell.value) for cell in row] for row in sheet.iter_rows()]
    letters = [get_column_letter(number) for number in range(1, sheet.max_column + 1)]

    def place(row: int, column: int) -> str:
        hidden = (
            sheet.row_dimensions[row].hidden or sheet.column_dimensions[letters[column - 1]].hidden
        )
        return f"{where}单元格{letters[column - 1]}{row}{'(隐藏)' if hidden else ''}"

    yield from _read_rows(rows, place)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment:
                yield Passage(f"{where}单元格{cell.coordinate}批注", cell.comment.text)
    for validation in sheet.data_validations.dataValidation:
        yield Passage(f"{where}数据有效性", str(validation.formula1 or ""))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


_READERS: dict[str, Callable[..., Read]] = {
    "pdf": _read_pdf,
    "docx": _read_docx,
    "xlsx": _read_xlsx,
    "pptx": _read_pptx,
    "zip": _read_zip,
    "csv": _read_csv,
    "txt": _read_text,
}
