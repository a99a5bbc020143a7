"""Checking text and files before signature 1, and again before signature 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..choices import ScreeningStage
from ..models import Revision, Screening

if TYPE_CHECKING:
    pass


def require_clear(revision: Revision, stage: ScreeningStage) -> str:
    return ""


def screen(revision: Revision, stage: ScreeningStage) -> Screening:
    raise NotImplementedError


def override() -> None: ...
def mask() -> None: ...
