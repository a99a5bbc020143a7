"""Uploaded files: which kinds we take, told by their content and not by their name alone."""

from __future__ import annotations

import shutil
import struct
import tempfile
import uuid
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple

import filetype
import olefile
import pikepdf
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParserError
from lxml import etree

if TYPE_CHECKING:
    from .models import Attachment

MAX_BYTES = 50 * 1024 * 1024
MAX_NAME = 150
MAX_PAGES = 2000
#: What an archive, or an Office file, may unpack to; far denser than any text is a bomb.
MAX_UNPACKED = 500 * 1024 * 1024
SUSPICIOUS = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_MEMBERS = 5000
#: An archive may hold one more, not a third within that; Office files hold one another too.
MAX_NESTED = 1
MAX_LEVELS = 4
#: What of an archive's directory is read at most; 5000 long names need a quarter of it.
MAX_DIRECTORY = 4 * 1024 * 1024

#: Extension → content type sent to the reader.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "ofd": "application/ofd",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}


class WholeUploadHandler(FileUploadHandler):
    """Refuses a form whose file broke off with the connection.

    Django leaves such a file out and hands over the rest of the form, which would then be stored as
    if nobody had attached anything. Stands behind the other handlers: they tidy up before it.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers before this one give the file."""

    def upload_interrupted(self) -> None:
        raise MultiPartParserError("the connection was lost in the middle of a file")


class Described(NamedTuple):
    """What is kept of an upload beside its bytes."""

    name: str
    size: int
    content_type: str


def described(upload: File) -> Described:
    name = (upload.name or "").replace("\\", "/").rpartition("/")[2]
    return Described(name, upload.size, CONTENT_TYPES[extension_of(name)])


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def stored_name(_attachment: Attachment, filename: str) -> str:
    """A path of our own choosing; the uploader's name is kept in the database only."""
    token = uuid.uuid4().hex
    return f"attachments/{token[:2]}/{token}.{extension_of(filename)}"


def sealed_name(filename: str) -> str:
    """Where the original of a file lies whose public copy was cleaned."""
    token = uuid.uuid4().hex
    return f"originals/{token[:2]}/{token}.{extension_of(filename)}"


def validate_upload(upload: File) -> None:
    """Refuse what is too large, of no allowed type, or not what its name says.

    Raises ``ValidationError`` with a message for the person who uploads.
    """
    name = upload.name or ""
    extension = extension_of(name)
    if len(name) > MAX_NAME:
        raise ValidationError(f"文件名超过{MAX_NAME}个字,请改短后再上传")
    if extension not in CONTENT_TYPES:
        allowed = "、".join(sorted(CONTENT_TYPES))
        raise ValidationError(f"不能上传“{name}”:只接受 {allowed} 格式的文件")
    if not upload.size:
        raise ValidationError(f"“{name}”是空文件,请检查后重新上传")
    if upload.size > MAX_BYTES:
        size = upload.size / 1024 / 1024
        raise ValidationError(f"“{name}”有{size:.0f} MB,超过50 MB上限,请压缩或拆分后再上传")
    upload.seek(0)
    _refuse_dangerous(name, extension, upload)
    upload.seek(0)
    try:
        matches = _matches_content(upload, extension)
    except Exception:  # a damaged file trips its reader in any way it likes
        matches = False
    upload.seek(0)
    if not matches:
        raise ValidationError(
            f"“{name}”的内容不是 .{extension} 文件,可能改过扩展名或已损坏,请用原软件另存后上传"
        )


def _refuse_dangerous(name: str, extension: str, upload: IO[bytes]) -> None:
    """What would fill the memory of whoever opens it, or what nobody can check."""
    if olefile.isOleFile(upload) and _is_locked_office(upload):
        raise ValidationError(f"“{name}”加了密码,请去掉密码后再上传")
    upload.seek(0)
    if extension == "pdf":
        _check_pdf(name, upload)
    elif extension in _ZIP_MEMBERS:
        _ArchiveCheck(name).run(upload)


def _is_locked_office(upload: IO[bytes]) -> bool:
    """A password puts the whole zip of a modern Office file into one stream ([MS-OFFCRYPTO])."""
    try:
        return _holds_ole_stream(upload, ("EncryptedPackage",))
    except Exception:  # told by the check of the content, in its own words
        return False


def _check_pdf(name: str, upload: IO[bytes]) -> None:
    try:
        with pikepdf.open(upload) as document:  # type: ignore[arg-type]
            pages = len(document.pages)
    except pikepdf.PasswordError as error:
        raise ValidationError(f"“{name}”加了密码,请去掉密码后再上传") from error
    except Exception:  # told by the check of the content, in its own words
        return
    if pages > MAX_PAGES:
        raise ValidationError(f"“{name}”有{pages}页,超过{MAX_PAGES}页上限,请拆分后再上传")


class _ArchiveCheck:
    """One upload's archive and those inside it, against limits that they share.

    The directory is asked first. It may lie, but ``zipfile`` reads no more of a member than its
    directory says, so what is unpacked stays within what was counted. Archives inside are unpacked
    to disk, once they are within the limits.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.members = self.packed = self.unpacked = 0

    def run(self, stream: IO[bytes], *, zips: int = 0, level: int = 0) -> None:
        """Raises ``ValidationError`` for what we don't take; a damaged archive is not our word."""
        if _directory_bytes(stream) > MAX_DIRECTORY:
            raise ValidationError(f"“{self.name}”里的文件超过{MAX_MEMBERS}个,请拆分后再上传")
        try:
            archive = zipfile.ZipFile(stream)
        except Exception:  # told by the check of the content, in its own words
            return
        with archive:
            members = archive.infolist()
            self._count(members)
            if any(member.flag_bits & 1 for member in members):
                raise ValidationError(f"“{self.name}”加了密码,请去掉密码后再上传")
            for member in members:
                if _kind_inside(member) in _ZIP_MEMBERS:
                    inside = zips + (_kind_inside(member) == "zip")
                    self._enter(archive, member, zips=inside, level=level + 1)

    def _count(self, members: list[zipfile.ZipInfo]) -> None:
        self.members += len(members)
        self.packed += sum(member.compress_size for member in members)
        self.unpacked += sum(member.file_size for member in members)
        if self.members > MAX_MEMBERS:
            raise ValidationError(
                f"“{self.name}”里有{self.members}个文件,超过{MAX_MEMBERS}个,请拆分后再上传"
            )
        is_dense = self.unpacked > SUSPICIOUS and self.unpacked > MAX_RATIO * self.packed
        if self.unpacked > MAX_UNPACKED or is_dense:
            size = self.unpacked / 1024 / 1024
            raise ValidationError(
                f"“{self.name}”解压后有{size:.0f} MB,不能接收,请拆分或改用其他格式"
            )

    def _enter(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, zips: int, level: int
    ) -> None:
        if zips > MAX_NESTED or level > MAX_LEVELS:
            raise ValidationError(
                f"“{self.name}”里的压缩包又套着压缩包,请解开后重新打包,只留一层再上传"
            )
        with tempfile.TemporaryFile() as inner:
            try:
                with archive.open(member) as packed:
                    shutil.copyfileobj(packed, inner)
            except Exception as error:
                raise ValidationError(
                    f"“{self.name}”里的“{member.filename}”已损坏,请重新打包后再上传"
                ) from error
            inner.seek(0)
            self.run(inner, zips=zips, level=level)


def _kind_inside(member: zipfile.ZipInfo) -> str:
    return extension_of(PurePosixPath(member.filename).name)


def _directory_bytes(stream: IO[bytes]) -> int:
    """How long an archive says its directory is, in bytes; 0 where it doesn't say so credibly.

    The end record (APPNOTE 4.3.16) stands last, before a comment of 64 KB at most.
    """
    length = stream.seek(0, 2)
    stream.seek(max(0, length - 65_557))
    tail = stream.read()
    stream.seek(0)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + 16 > len(tail):
        return 0
    told = int(struct.unpack_from("<I", tail, place + 12)[0])
    larger = tail.rfind(b"PK\x06\x06", 0, place)
    if told == 0xFFFFFFFF and larger >= 0:  # zip64 tells it in a record before (APPNOTE 4.3.14)
        told = int(struct.unpack_from("<Q", tail, larger + 40)[0])
    return told if told < length else 0  # longer than the whole file: a damaged one


def _matches_content(stream: IO[bytes], extension: str) -> bool:
    if extension in _OLE_STREAMS and olefile.isOleFile(stream):
        return _holds_ole_stream(stream, _OLE_STREAMS[extension])
    stream.seek(0)
    if extension in _ZIP_MEMBERS:
        return _holds_zip_member(stream, _ZIP_MEMBERS[extension])
    kind = filetype.guess(stream)
    return kind is not None and kind.extension == {"jpeg": "jpg"}.get(extension, extension)


#: The stream that an old binary Office file, or the WPS file of the same make, must hold.
_OLE_STREAMS = {
    "doc": ("WordDocument",),
    "wps": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "et": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}

_ZIP_MEMBERS: dict[str, Callable[[set[str]], bool]] = {
    "docx": lambda names: "word/document.xml" in names,
    "xlsx": lambda names: "xl/workbook.xml" in names,
    "pptx": lambda names: "ppt/presentation.xml" in names,
    "ofd": lambda names: "OFD.xml" in names,
    "zip": lambda _names: True,
}


def _holds_ole_stream(stream: IO[bytes], wanted: tuple[str, ...]) -> bool:
    stream.seek(0)
    with olefile.OleFileIO(stream) as document:
        return any(document.exists(name) for name in wanted)


def _holds_zip_member(stream: IO[bytes], accepts: Callable[[set[str]], bool]) -> bool:
    # A program may carry an archive behind it, and zipfile would find that.
    if stream.read(2) != b"PK":
        return False
    with zipfile.ZipFile(stream) as archive:
        names = set(archive.namelist())
        if not accepts(names):
            return False
        return all(_is_whole(archive, part) for part in names & _MAIN_PARTS)


#: The parts without which an Office program opens nothing.
_MAIN_PARTS = {"word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"}


class _Nothing:
    """Takes what the parser reads and keeps none of it: a text can grow to fifty times its size."""

    def close(self) -> None:
        return None


def _is_whole(archive: zipfile.ZipFile, part: str) -> bool:
    """Raises ``XMLSyntaxError`` or ``BadZipFile`` for a damaged part."""
    parser = etree.XMLParser(
        target=_Nothing(), resolve_entities=False, no_network=True, huge_tree=True
    )
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            parser.feed(chunk)
    parser.close()
    return True
