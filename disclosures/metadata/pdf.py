"""PDF (ISO 32000): the information dictionary, XMP, and what editors keep for themselves."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pikepdf

from . import pictures

_INFO = {
    "/Author": "作者",
    "/Creator": "软件",
    "/Producer": "软件",
    "/Company": "单位",
    "/Manager": "经理",
    "/CreationDate": "创建时间",
    "/ModDate": "修改时间",
    "/SourceModified": "修改时间",
    "/Subject": "主题",
    "/Keywords": "关键词",
}
#: Notes and marks, whose ``/T`` names who made them; of a form field it is the field's name.
_MARKUP = {
    *("/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret"),
    *("/Stamp", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"),
    *("/FileAttachment", "/Sound", "/Redact"),
}


def clean(content: bytes) -> tuple[bytes, list[str]]:
    with pikepdf.open(io.BytesIO(content)) as document:
        removed = _information(document)
        for holder in document.objects:
            if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream):
                removed += _holder(holder)
        for page in document.pages:
            notes = page.obj.get("/Annots")
            for note in notes if isinstance(notes, pikepdf.Array) else ():
                removed += _note(note)  # some stand in the page itself
        if _holds_earlier(document, content):
            removed.append("历史版本")
        out = io.BytesIO()
        # Saved anew, so that what nothing refers to any more is gone as well.
        document.save(out, deterministic_id=True)
    cleaned = out.getvalue()
    if not removed and _held_orphans(content, cleaned):
        removed.append("弃用的内容")
    return cleaned, removed


def _information(document: pikepdf.Pdf) -> list[str]:
    """Empties ``/Info`` except for the title, which screen readers announce."""
    if "/Info" not in document.trailer:
        removed = []
    else:
        info = document.trailer["/Info"]
        names = [str(name) for name in info if name != "/Title"]
        for name in names:
            del info[name]
        removed = [_INFO.get(name, "自定义属性") for name in names]
    if "/Metadata" in document.Root and "/Title" not in document.trailer.get("/Info", {}):
        title = None
        with contextlib.suppress(Exception):  # damaged XMP is removed all the same
            title = document.open_metadata().get("dc:title")
        if title:
            document.docinfo["/Title"] = str(title)
    return removed


def _holder(holder: Any) -> list[str]:
    removed = _note(holder)
    if isinstance(holder.get("/Metadata"), pikepdf.Stream):
        del holder["/Metadata"]
        removed.append("XMP")
    if "/PieceInfo" in holder:
        del holder["/PieceInfo"]
        removed.append("编辑软件数据")
    if isinstance(holder, pikepdf.Stream) and _is_jpeg(holder):
        removed += _photograph(holder)
    return removed


def _note(note: Any) -> list[str]:
    if (
        isinstance(note, pikepdf.Dictionary)
        and "/T" in note
        and str(note.get("/Subtype")) in _MARKUP
    ):
        del note["/T"]
        return ["批注作者"]
    return []


def _is_jpeg(holder: pikepdf.Stream) -> bool:
    filters = holder.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    return filters == pikepdf.Name.DCTDecode


def _photograph(holder: pikepdf.Stream) -> list[str]:
    """A JPEG lies in a PDF as it came from the camera. PDF readers don't turn it."""
    try:
        cleaned, removed = pictures.cut_jpeg(holder.read_raw_bytes())
    except ValueError:  # what readers make of a damaged picture stays their business
        return []
    if removed:
        filters: Any = holder["/Filter"]
        parameters: Any = holder.get("/DecodeParms")
        holder.write(cleaned, filter=filters, decode_parms=parameters)
    return removed


def _holds_earlier(document: pikepdf.Pdf, content: bytes) -> bool:
    """Whether earlier states lie in the file, as each incremental save leaves one (7.5.6)."""
    return content.count(b"startxref") > (2 if document.is_linearized else 1)


def _held_orphans(content: bytes, cleaned: bytes) -> bool:
    """Whether there were objects that nothing referred to, and that saving has dropped."""
    with pikepdf.open(io.BytesIO(content)) as before, pikepdf.open(io.BytesIO(cleaned)) as after:
        # The two that speed up the first page, and the one that tells of a password for owners.
        structural = 2 * before.is_linearized + before.is_encrypted
        return _objects(before) - structural > _objects(after)


def _objects(document: pikepdf.Pdf) -> int:
    return sum(
        isinstance(thing, pikepdf.Dictionary | pikepdf.Stream)
        and thing.get("/Type") not in ("/ObjStm", "/XRef")
        for thing in document.objects
    )
