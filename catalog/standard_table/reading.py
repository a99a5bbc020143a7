"""Files that staff upload, as grids; what can't be read is said in words for them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import olefile

from ..exchange import MAX_BYTES, MAX_UNPACKED_BYTES, UnreadableFileError
from .documents import read_docx
from .grids import Grid
from .spreadsheets import read_ods, read_xls, read_xlsx

READERS = {"xlsx": read_xlsx, "xls": read_xls, "ods": read_ods, "docx": read_docx}


def read(content: bytes, name: str) -> list[Grid]:
    """The sheets of a file; ``UnreadableFileError`` says what is wrong with one that isn't read."""
    extension = name.rpartition(".")[2].lower()
    if extension not in READERS:
        raise UnreadableFileError(f"“{name}”不能导入:只接受 .xlsx、.xls、.ods 表格和 .docx 文档")
    if not content:
        raise UnreadableFileError("文件是空的,请重新选择")
    if len(content) > MAX_BYTES:
        raise UnreadableFileError("文件超过20 MB,请拆分后再导入")
    actual = kind_of(content)
    if actual != extension:
        raise UnreadableFileError(_disguise(extension, actual))
    try:
        grids = READERS[extension](content)
    except UnreadableFileError:
        raise
    except Exception as error:  # a broken file is met with whatever comes first
        raise UnreadableFileError(
            f"这个 .{extension} 文件读不出来,可能已损坏,请用办公软件打开后另存一份再上传"
        ) from error
    for grid in grids:
        grid.settle()
    if not any(grid.rows for grid in grids):
        raise UnreadableFileError("文件里没有任何文字,请检查是否选错了文件")
    return grids


def kind_of(content: bytes) -> str:
    """What a file is by its content: a key of ``READERS``, or a word for what it is instead."""
    if content.startswith(b"PK"):
        return _kind_of_archive(content)
    if content.startswith(olefile.MAGIC):
        return _kind_of_container(content)
    if content[:1] == b"\x09" and content[1:2] in {b"\x00", b"\x02", b"\x04", b"\x08"}:
        return "xls"  # the oldest ones stand without a container
    if content.startswith(b"%PDF"):
        return "pdf"
    start = content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return "html" if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")) else "other"


def _kind_of_container(content: bytes) -> str:
    try:
        with olefile.OleFileIO(BytesIO(content)) as container:
            for stream, kind in [
                ("EncryptedPackage", "encrypted"),
                ("Workbook", "xls"),
                ("Book", "xls"),
                ("WordDocument", "doc"),
            ]:
                if container.exists(stream):
                    return kind
    except (OSError, ValueError):
        return "broken"
    return "other"


def _kind_of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(item.file_size for item in members) > MAX_UNPACKED_BYTES:
                raise UnreadableFileError("文件解压后过大,请拆分后再导入")
            if any(item.flag_bits & 1 for item in members):
                return "encrypted"
            names = {item.filename for item in members}
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return "ods"
    except (zipfile.BadZipFile, EOFError, OSError):
        return "broken"
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "docx" if "word/document.xml" in names else "other"


def _disguise(extension: str, actual: str) -> str:
    if actual in READERS:
        return f"扩展名是 .{extension},内容却是 .{actual}:请把扩展名改成 .{actual} 后再上传"
    return {
        "encrypted": "文件设了打开密码,请去掉密码后再上传",
        "html": f"这个 .{extension} 文件其实是网页,请用表格软件打开后另存为 .xlsx 再上传",
        "pdf": f"这个 .{extension} 文件其实是 PDF,请上传原来的表格或 Word 文档",
        "doc": "这是旧版 Word 文档(.doc),请另存为 .docx 再上传",
        "broken": f"这个 .{extension} 文件已损坏或没有传完,请重新保存后再上传",
    }.get(actual, f"这不是能读的 .{extension} 文件,可能已损坏或改过扩展名,请另存后再上传")
