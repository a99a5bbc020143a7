"""The report as the text of a disclosure: what ``richtext`` keeps, with captions and scopes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .. import richtext
from .report import Block, Heading, Table
from .tables import Cell
from .texts import Span


def html(blocks: Iterable[Block]) -> str:
    return richtext.sanitize("".join(_block(block) for block in blocks))


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Table):
        return _table(block)
    return f"<p>{''.join(_span(span) for span in block.spans)}</p>"


def _span(span: Span) -> str:
    text = escape(span.text)
    return f'<a href="{escape(span.link)}">{text}</a>' if span.link else text


def _table(table: Table) -> str:
    rows = [f"<tr>{''.join(_cell(cell, table) for cell in row)}</tr>" for row in table.grid.rows]
    heads, rest = "".join(rows[: table.grid.heads]), "".join(rows[table.grid.heads :])
    head = f"<thead>{heads}</thead>" if heads else ""
    caption = f"<caption>{escape(table.grid.caption)}</caption>"
    return f"<table>{caption}{head}<tbody>{rest}</tbody></table>"


def _cell(cell: Cell, table: Table) -> str:
    spans = "".join(
        f' {name}="{value}"'
        for name, value in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
        if value > 1
    )
    if cell.place:
        return f"<td{spans}>{_span(table.numbers[cell.place])}</td>"
    if not cell.scope:
        return f"<td{spans}>{escape(cell.text)}</td>"
    return f'<th scope="{cell.scope}"{spans}>{escape(cell.text)}</th>'
