"""责任追溯表 of one disclosure, filled in: a table for each of its versions, on A4 across."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.typesetting import settable, typeset

from ..trace import Passage, Step, Trace

TEMPLATE = Path(__file__).with_name("trace.typ")


def trace_form(traced: Trace, notes: list[str]) -> bytes:
    """The filled table as a PDF. Raises ``TypesettingError`` without a Chinese font."""
    site = settings.SITE
    data = {
        "title": traced.disclosure.live_revision.title,  # type: ignore[union-attr]
        "notes": notes,
        "site": site["name"],
        "organisation": site["organisation"],
        "is_demo": site["is_demo"],
        "printed_at": f"{timezone.localtime():%Y-%m-%d %H:%M}",
        "passages": [_passage(passage) for passage in traced.passages],
    }
    return typeset(TEMPLATE, "trace", settable(data))


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "heading": f"第{passage.revision.number}版　{passage.heading}",
        "rows": [_row(step) for step in passage.steps],
    }


def _row(step: Step) -> list[str]:
    done = f"{timezone.localtime(step.done_at):%Y-%m-%d %H:%M}" if step.done_at else "尚未完成"
    return [
        step.name,
        step.office,
        step.person,
        "；".join(filter(None, [step.verdict, step.remark])),
        step.begun_on.isoformat(),
        done,
        step.taken,
        step.limit,
        step.result,
        f"第{step.entry}行" if step.entry else "",
    ]
