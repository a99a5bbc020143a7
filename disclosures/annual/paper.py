"""The report as PDF, set by typst from ``report.typ``; see ``catalog.typesetting``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.typesetting import settable, typeset

from .report import Block, Heading, Table

TEMPLATE = Path(__file__).with_name("report.typ")


def pdf(title: str, blocks: Iterable[Block]) -> bytes:
    """Raises ``TypesettingError`` when the system has no Chinese font."""
    data = {
        "title": title,
        "organisation": settings.SITE["organisation"],
        "is_demo": settings.SITE["is_demo"],
        "blocks": [_block(block) for block in blocks],
    }
    return typeset(TEMPLATE, "report", settable(data))


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "text": block.text}
    if not isinstance(block, Table):
        text = "".join(span.text for span in block.spans)
        return {"kind": block.kind or "paragraph", "text": text}
    cells = [
        [
            {
                "text": block.numbers[cell.place].text if cell.place else cell.text,
                "colspan": cell.colspan,
                "rowspan": cell.rowspan,
                "is_head": cell.scope in {"col", "colgroup"},
            }
            for cell in row
        ]
        for row in block.grid.rows
    ]
    return {
        "kind": "table",
        "caption": block.grid.caption,
        "widths": list(block.grid.widths),
        "heads": block.grid.heads,
        "rows": cells,
    }
