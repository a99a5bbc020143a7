"""What is screened, piece by piece, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass

from ..choices import Severity

__all__ = ["Hit", "Passage", "Severity", "Unread"]


@dataclass(frozen=True)
class Passage:
    """A paragraph, a line or a cell. ``heading`` is that of its column, ``nearby`` its row."""

    place: str
    text: str
    heading: str = ""
    nearby: str = ""


@dataclass(frozen=True)
class Hit:
    """``text[start:end]`` of the passage is ``value``; ``masked`` may take its place."""

    rule: str
    place: str
    start: int
    end: int
    value: str
    excerpt: str
    severity: Severity
    masked: str


@dataclass(frozen=True)
class Unread:
    """A file, or a part of one, that no rule could look into; somebody has to."""

    place: str
    reason: str
