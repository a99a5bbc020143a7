"""Who wrote a file, on which machine and where: taken out of the copy that the public gets.

Names of clerks, telephones' positions and paths of machines have leaked this way. The text, the
title and the language stay. The same input always gives the same output.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

import pikepdf
from PIL import Image, ImageOps

from .files import extension_of


class UnreadableError(ValueError):
    """The file is damaged or locked; carries a message for the person who uploads it."""


@dataclass(frozen=True)
class Stripped:
    """The clean copy, or ``None`` when there was nothing to take out; and what was, in words."""

    content: bytes | None = None
    removed: list[str] = field(default_factory=list)


def strip(name: str, stream: IO[bytes]) -> Stripped:
    """The file without its authors' metadata. Raises ``UnreadableError``."""
    extension = extension_of(name)
    cleaner = _CLEANERS.get(extension)
    if cleaner is None:
        return Stripped()
    stream.seek(0)
    content = stream.read()
    stream.seek(0)
    try:
        cleaned, removed = cleaner(content)
    except pikepdf.PasswordError as error:
        raise UnreadableError(f"“{name}”加了密码,请去掉密码后再上传") from error
    except Exception as error:  # a damaged file trips its reader in any way it likes
        raise UnreadableError(f"“{name}”已损坏,读不出内容,请用原软件另存后上传") from error
    return Stripped(cleaned, removed) if removed else Stripped()


# PDF ----------------------------------------------------------------------------------------------

_PDF_KEYS = {
    "/Author": "作者",
    "/Creator": "制作软件",
    "/Producer": "转换软件",
    "/Company": "单位",
    "/Manager": "经理",
    "/SourceModified": "修改时间",
    "/CreationDate": "创建时间",
    "/ModDate": "修改时间",
    "/Subject": "主题",
    "/Keywords": "关键词",
}


def _pdf(content: bytes) -> tuple[bytes, list[str]]:
    removed: list[str] = []
    with pikepdf.open(io.BytesIO(content)) as document:
        for key in list(document.docinfo.keys()):
            if key != "/Title":
                del document.docinfo[key]
                removed.append(_PDF_KEYS.get(str(key), str(key).lstrip("/")))
        for holder in [document.Root, *(page.obj for page in document.pages)]:
            for key, label in (("/Metadata", "XMP"), ("/PieceInfo", "编辑软件数据")):
                if key in holder:
                    del holder[key]
                    removed.append(label)
        out = io.BytesIO()
        # Saved anew, so that what an incremental save left behind is gone as well.
        document.save(out, deterministic_id=True)
    return out.getvalue(), _once(removed)


# Word, Excel, PowerPoint --------------------------------------------------------------------------

_PROPERTY = {
    "creator": "作者",
    "lastModifiedBy": "最后修改者",
    "Company": "单位",
    "Manager": "经理",
    "keywords": "关键词",
    "description": "备注",
    "lastPrinted": "打印时间",
    "revision": "修订次数",
    "Application": "软件",
    "AppVersion": "软件版本",
    "Template": "模板",
    "TotalTime": "编辑时长",
    "HyperlinkBase": "链接基址",
}
_AUTHOR = re.compile(rb'((?:w:|w15:|w16:)?(?:author|initials|userId|displayName)=")([^"]+)(")')
_XLSX_AUTHOR = re.compile(rb"(<author>)([^<]+)(</author>)")


def _office(content: bytes) -> tuple[bytes, list[str]]:
    removed: list[str] = []

    def clean(name: str, data: bytes) -> bytes:
        if name in {"docProps/core.xml", "docProps/app.xml"}:
            return _properties(data, removed)
        if name == "docProps/custom.xml":
            cleaned = re.sub(rb"<property\b.*?</property>", b"", data, flags=re.DOTALL)
            removed.extend(["自定义属性"] if cleaned != data else [])
            return cleaned
        if name.endswith(".xml") and b"uthor" in data:
            return _authors(name, data, removed)
        return data

    return _rezipped(content, clean), _once(removed)


def _properties(data: bytes, removed: list[str]) -> bytes:
    for tag, label in _PROPERTY.items():
        pattern = re.compile(
            rb"(<(?:\w+:)?%s(?:\s[^>]*)?>)([^<]+)(</)" % tag.encode(), flags=re.DOTALL
        )
        if pattern.search(data):
            data = re.sub(
                rb"<(?:\w+:)?%s(?:\s[^>]*)?>[^<]*</(?:\w+:)?%s>" % (tag.encode(), tag.encode()),
                b"",
                data,
            )
            removed.append(label)
    return data


def _authors(name: str, data: bytes, removed: list[str]) -> bytes:
    """Who commented and who changed: the change stays, the name goes."""

    def anonymous(match: re.Match[bytes]) -> bytes:
        if match[2] != _NOBODY:
            removed.append("批注和修订的作者")
        return match[1] + _NOBODY + match[3]

    data = _AUTHOR.sub(anonymous, data)
    return _XLSX_AUTHOR.sub(anonymous, data) if "comments" in name else data


_NOBODY = "作者".encode()


def _rezipped(content: bytes, clean: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for member in before.infolist():
            entry = zipfile.ZipInfo(member.filename, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = member.compress_type
            after.writestr(entry, clean(member.filename, before.read(member)))
    return out.getvalue()


# Pictures -----------------------------------------------------------------------------------------

_JPEG_SEGMENTS = {0xE1: "拍摄信息(EXIF、XMP)", 0xED: "图片说明(IPTC)", 0xFE: "备注"}
_ORIENTATION = 0x0112


def _jpeg(content: bytes) -> tuple[bytes, list[str]]:
    with Image.open(io.BytesIO(content)) as picture:
        turned = picture.getexif().get(_ORIENTATION, 1) != 1
        if turned:
            # Without the note that tells which side is up, the picture itself has to turn.
            upright = io.BytesIO()
            ImageOps.exif_transpose(picture).save(upright, "JPEG", quality=95, exif=b"")
            return _jpeg_cut(upright.getvalue())[0], ["拍摄信息(EXIF、XMP)"]
    return _jpeg_cut(content)


def _jpeg_cut(content: bytes) -> tuple[bytes, list[str]]:
    """The pixels as they are, without the segments that tell of camera, place and people."""
    out, removed, place = [content[:2]], [], 2
    while place + 4 <= len(content) and content[place] == 0xFF and content[place + 1] != 0xDA:
        marker = content[place + 1]
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker in _JPEG_SEGMENTS:
            removed.append(_JPEG_SEGMENTS[marker])
        else:
            out.append(content[place:end])
        place = end
    return b"".join([*out, content[place:]]), _once(removed)


_PNG_CHUNKS = {
    b"tEXt": "文字说明",
    b"zTXt": "文字说明",
    b"iTXt": "文字说明",
    b"eXIf": "拍摄信息(EXIF、XMP)",
    b"tIME": "修改时间",
}


def _png(content: bytes) -> tuple[bytes, list[str]]:
    out, removed, place = [content[:8]], [], 8
    while place + 8 <= len(content):
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        kind = content[place + 4 : place + 8]
        if kind in _PNG_CHUNKS:
            removed.append(_PNG_CHUNKS[kind])
        else:
            out.append(content[place:end])
        place = end
    return b"".join(out), _once(removed)


def _once(labels: list[str]) -> list[str]:
    return list(dict.fromkeys(labels))


_CLEANERS: dict[str, Callable[[bytes], tuple[bytes, list[str]]]] = {
    "pdf": _pdf,
    "docx": _office,
    "xlsx": _office,
    "pptx": _office,
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "png": _png,
}
