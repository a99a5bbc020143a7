"""Asking ClamAV about an upload, where there is one (``CLAMAV_SOCKET``)."""

from __future__ import annotations

import logging
from typing import IO

from clamav_client.scanner import ClamdScanner
from django.conf import settings

from .choices import ScanStatus

_log = logging.getLogger(__name__)


def scan(stream: IO[bytes]) -> tuple[ScanStatus, str]:
    """What the scanner says, and the name of what it found.

    Without a scanner an upload is "not scanned"; a scanner that doesn't answer stops nobody's
    work, and the file says so.
    """
    if not settings.CLAMAV_SOCKET:
        return ScanStatus.NOT_SCANNED, ""
    stream.seek(0)
    try:
        scanner = ClamdScanner({"address": settings.CLAMAV_SOCKET, "timeout": 30})
        state, details = scanner.client.instream(stream)["stream"]  # type: ignore[arg-type]
    except Exception:
        _log.exception("the virus scanner doesn't answer")
        return ScanStatus.FAILED, ""
    finally:
        stream.seek(0)
    if state == "FOUND":
        return ScanStatus.INFECTED, str(details or "")
    return (ScanStatus.CLEAN, "") if state == "OK" else (ScanStatus.FAILED, "")
