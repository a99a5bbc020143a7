"""Putting the masked form in the place of what was found. The text itself changes, not its look."""

from __future__ import annotations

from collections.abc import Callable
from html import escape, unescape

from .passages import Hit, Passage, Severity
from .reading import read_html_nodes
from .rules import find

#: Of numbers that touch, each shows only once the one beside it is masked: a round for each.
_ROUNDS = 50


Wanted = Callable[[Hit], bool]


def every_blocking(hit: Hit) -> bool:
    return hit.severity == Severity.BLOCKING


def mask_text(text: str, wanted: Wanted = every_blocking) -> str:
    """``text`` with every blocking value masked, or those of the ``wanted`` hits."""
    for _ in range(_ROUNDS):
        hits = [hit for hit in find(Passage("", text)) if wanted(hit)]
        if not hits:
            break
        for hit in sorted(hits, key=lambda hit: hit.start, reverse=True):
            text = text[: hit.start] + hit.masked + text[hit.end :]
    return text


def mask_html(html: str, wanted: Wanted = every_blocking) -> str:
    """``html`` with the values in its text masked; tags and attributes stay.

    A value that markup cuts in two is found in the paragraph as a whole and masked in its parts.
    """
    for _ in range(_ROUNDS):
        masked = _masked_once(html, wanted)
        if masked == html:
            break
        html = masked
    return html


def _masked_once(html: str, wanted: Wanted) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, passage, offset in read_html_nodes(html):
        raw = unescape(html[start:end])
        within = [
            (max(hit.start, offset) - offset, min(hit.end, offset + len(raw)) - offset, hit)
            for hit in find(passage)
            if wanted(hit) and hit.start < offset + len(raw) and hit.end > offset
        ]
        for first, last, hit in sorted(within, key=lambda part: part[0], reverse=True):
            whole = last - first == hit.end - hit.start
            starts_here = hit.start >= offset
            masked = hit.masked if whole or starts_here else ""
            raw = raw[:first] + masked + raw[last:]
        pieces += [html[done:start], escape(raw, quote=False) if within else html[start:end]]
        done = end
    return "".join([*pieces, html[done:]])
