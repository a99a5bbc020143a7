"""Handing out stored files: under their own name, as bytes, in parts where a player asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header

from .models import Attachment, Evidence

CHUNK = 256 * 1024
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")

#: Kinds a browser shows by itself, each with what such a page may do. A sandbox would keep
#: browsers from opening their PDF reader, so a PDF gets a policy that allows it no script.
_INLINE = {
    "application/pdf": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'",
    "image/jpeg": "default-src 'none'; sandbox",
    "image/png": "default-src 'none'; sandbox",
    "audio/mpeg": "default-src 'none'; media-src 'self'; sandbox",
    "video/mp4": "default-src 'none'; media-src 'self'; sandbox",
}


def serve(request: HttpRequest, attachment: Attachment | Evidence) -> HttpResponseBase:
    try:
        stream = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("附件不在存放处，请告知网站管理员") from error
    size = attachment.file.size
    wanted = _wanted(request.headers.get("Range", ""), size)
    if wanted == _UNSATISFIABLE:
        stream.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if wanted is None:
        response: HttpResponseBase = FileResponse(stream)
        response["Content-Length"] = str(size)
    else:
        first, last = wanted
        response = StreamingHttpResponse(_part(stream, first, last), status=206)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(last - first + 1)
    return _labelled(response, attachment)


def _labelled(response: HttpResponseBase, attachment: Attachment | Evidence) -> HttpResponseBase:
    kind = attachment.content_type
    response["Content-Type"] = kind
    disposition = content_disposition_header(kind not in _INLINE, attachment.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Security-Policy"] = _INLINE.get(kind, "default-src 'none'; sandbox")
    response["X-Content-Type-Options"] = "nosniff"
    response["Accept-Ranges"] = "bytes"
    # Withdrawing must take effect at once, so nobody keeps a copy without asking again.
    response["Cache-Control"] = "private, no-cache"
    return response


_UNSATISFIABLE = (-1, -1)


def _wanted(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; ``None`` for the whole file (RFC 9110, 14.2).

    Several ranges at once are answered with the whole file, as the RFC allows.
    """
    match = _RANGE.match(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    start, end = match.groups()
    if start:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
        if end and int(end) < first:
            return None
    else:
        first, last = max(size - int(end), 0), size - 1
    return (first, last) if first <= last and first < size else _UNSATISFIABLE


def _part(stream: IO[bytes], first: int, last: int) -> Iterator[bytes]:
    with stream:
        stream.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
