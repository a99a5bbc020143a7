"""JPEG and PNG: the segments and chunks that tell of people, cameras and places are cut out.

Nothing is compressed anew, except for a picture that lies on its side.
"""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from collections.abc import Iterator

from PIL import Image, ImageOps

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_ORIENTATION = 0x0112
_EXIF = b"Exif\0\0"
#: EXIF tags: artist, copyright and Windows' author; position; maker and model; program.
_TAGS = {
    0x013B: "作者",
    0x8298: "作者",
    0x9C9D: "作者",
    0x8825: "拍摄地点",
    0x010F: "设备",
    0x0110: "设备",
    0x0131: "软件",
}
#: Ends the compressed pixels: any marker but stuffing and restarts (ITU-T T.81, B.1.1.2).
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", flags=re.DOTALL)


def is_picture(content: bytes) -> bool:
    return content.startswith((_JPEG, _PNG))


def clean(content: bytes, *, turn: bool = True) -> tuple[bytes, list[str]]:
    """Raises ``ValueError``, or what Pillow raises, for a damaged picture.

    Without ``turn`` the note that tells which side is up stays, and nothing else of the notes.
    """
    if not is_picture(content):
        raise ValueError("neither JPEG nor PNG")
    cut = cut_jpeg if content.startswith(_JPEG) else _cut_png
    upright = _orientation(content)
    if upright == 1:
        return cut(content)
    if turn:
        # One too large for memory keeps its note instead.
        with contextlib.suppress(Image.DecompressionBombError):
            return cut(_turned(content))[0], cut(content)[1]
    return cut(content, keep=_note(upright))


def _orientation(content: bytes) -> int:
    """How the camera was held: 1 is upright, up to 8 (EXIF 2.3, 4.6.4 A)."""
    if content.startswith(_JPEG):
        parts = (part[10:] for _, part, _ in _segments(content) if part[4:10] == _EXIF)
    else:
        parts = (part[8:-4] for kind, part, _ in _chunks(content) if kind == b"eXIf")
    told = _exif(next(parts, b"")).get(_ORIENTATION)
    return told if isinstance(told, int) and 2 <= told <= 8 else 1


def _exif(data: bytes) -> Image.Exif:
    """The tags; none where they can't be read."""
    tags = Image.Exif()
    try:
        tags.load(data)
        tags.get(0)
    except Exception:  # damaged notes are removed all the same
        return Image.Exif()
    return tags


def _note(upright: int) -> bytes:
    tags = Image.Exif()
    tags[_ORIENTATION] = upright
    return tags.tobytes().removeprefix(_EXIF)


def _turned(content: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        kind, profile = picture.format, picture.info.get("icc_profile")
        upright = ImageOps.exif_transpose(picture)
        upright.info.pop("exif", None)
        quality = {"quality": 95} if kind == "JPEG" else {}
        upright.save(out, kind, icc_profile=profile, **quality)
    return out.getvalue()


def _exif_labels(data: bytes) -> list[str]:
    return [_TAGS[tag] for tag in _exif(data) if tag in _TAGS] or ["拍摄信息"]


# JPEG ---------------------------------------------------------------------------------------------


def cut_jpeg(content: bytes, *, keep: bytes = b"") -> tuple[bytes, list[str]]:
    """The pixels as they are. Raises ``ValueError`` for a damaged or truncated picture."""
    note = keep and b"\xff\xe1" + (len(keep) + 8).to_bytes(2, "big") + _EXIF + keep
    out, removed, end = [content[:2], note], [], 2
    for marker, part, end in _segments(content):  # noqa: B007 - the last end counts
        labels = _segment_labels(marker, part)
        if not labels:
            out.append(part)
        elif part != note:
            removed += labels
    if end < len(content):
        removed.append("图片后附的数据")
    return b"".join(out), removed


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Each segment with its marker and its end, the pixels with the header of their scan."""
    place = 2 if content.startswith(_JPEG) else len(content)
    while match := _MARKER.match(content, place):
        marker, start = match[1][0], match.end()
        end = start
        if marker not in (0x01, 0xD9):
            end = start + int.from_bytes(content[start : start + 2], "big")
        if marker == 0xDA:
            following = _MARKER.search(content, end)
            end = following.start() if following else len(content)
        if end > len(content):
            break
        yield marker, content[start - 2 : end], end
        if marker == 0xD9:
            return
        place = end
    raise ValueError("the picture is damaged or has no end")


def _segment_labels(marker: int, part: bytes) -> list[str]:
    """What a segment tells; nothing where it belongs to the picture."""
    data = part[4:]
    if marker == 0xE1 and data.startswith(_EXIF):
        return _exif_labels(data[6:])
    if marker == 0xE1 and data.startswith(b"http://ns.adobe.com/"):
        return ["XMP"]
    if marker == 0xED:
        return ["图片说明"]
    if marker == 0xFE:
        return ["备注"]
    needed = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
    if 0xE0 <= marker <= 0xEF and not (marker in needed and data.startswith(needed[marker])):
        return ["其他数据"]
    return []


# PNG ----------------------------------------------------------------------------------------------


def _cut_png(content: bytes, *, keep: bytes = b"") -> tuple[bytes, list[str]]:
    out, removed, end = [content[:8]], [], 8
    for kind, part, end in _chunks(content):  # noqa: B007 - the last end counts
        labels = _chunk_labels(kind, part[8:-4])
        note = _chunk(b"eXIf", keep) if keep and kind == b"eXIf" else b""
        out.append(note if labels else part)
        if part != note:
            removed += labels
    if end < len(content):
        removed.append("图片后附的数据")
    return b"".join(out), removed


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Each chunk with its type and its end, up to the picture's end (PNG, 5.3)."""
    place = 8
    while place + 12 <= len(content):
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        part = content[place:end]
        if _chunk(part[4:8], part[8:-4]) != part:
            break
        yield part[4:8], part, end
        if part[4:8] == b"IEND":
            return
        place = end
    raise ValueError("the picture is damaged or has no end")


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + check


def _chunk_labels(kind: bytes, data: bytes) -> list[str]:
    if kind in {b"tEXt", b"zTXt", b"iTXt"}:
        keyword = data.partition(b"\0")[0].lower()
        known = {b"author": "作者", b"software": "软件", b"xml:com.adobe.xmp": "XMP"}
        return [known.get(keyword, "文字说明")]
    if kind == b"eXIf":
        return _exif_labels(data)
    return ["修改时间"] if kind == b"tIME" else []
