"""What every public template may use."""

from __future__ import annotations

import re
from functools import cache
from html import escape  # Django's own asks first whether the text is lazy, five times as dear
from itertools import count
from typing import Any, NamedTuple

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.template.context import Context
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from ..printed import items

register = template.Library()


@register.simple_tag
@cache
def fixed_url(name: str) -> str:
    """``{% url %}`` for the pages that every header and footer names, looked up once."""
    return reverse(name)


class PageLink(NamedTuple):
    number: int | None  # None for the gap between far pages
    query: str
    is_current: bool


@register.simple_tag(takes_context=True)
def page_links(context: Context, page: Page) -> list[PageLink]:
    """The numbered pages around ``page``, each with a query string that keeps the filters."""
    params: QueryDict = context["request"].GET.copy()
    links = []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        if not isinstance(number, int):
            links.append(PageLink(None, "", False))
            continue
        params["page"] = str(number)
        links.append(PageLink(number, f"?{params.urlencode()}", number == page.number))
    return links


@register.filter
def highlight(text: str, words: list[str]) -> SafeString:
    """``text``, escaped, with each of ``words`` marked."""
    wanted = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    if not wanted:
        return conditional_escape(text)
    parts = re.split(f"({wanted})", str(text), flags=re.IGNORECASE)
    # split() puts the matches at the odd places.
    marked = (
        f"<mark>{escape(part)}</mark>" if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return mark_safe("".join(marked))


#: Issuing office and date as the last lines of an official text (GB/T 9704-2012, 7.3.5).
_SIGNATURE = re.compile(
    r"<p>([^<。；，：]{4,40})</p>(\s*)<p>(\d{4}年\d{1,2}月\d{1,2}日)</p>(?=\s*$)"
)
#: To whom an official text is addressed, flush left above it (7.3.2).
_ADDRESSEES = re.compile(r"^<p>([^<。；]{2,80}[：:])</p>")
#: A table, and its caption where it has one.
_TABLE = re.compile(r"<table[^>]*>(?:<caption>([^<]*)</caption>)?")
_TABLE_BOX = '<div class="table-box" role="region" aria-label="{}，可左右滚动" tabindex="0">{}'


@register.filter
def official_text(html: str) -> SafeString:
    """Sanitised ``html``, set as a document: tables scroll in a box, the signature stands right."""
    html = _SIGNATURE.sub(r'<p class="signed">\1</p>\2<p class="signed">\3</p>', html)
    html = _ADDRESSEES.sub(r'<p class="addressed">\1</p>', html)
    number = count(1)

    def boxed(table: re.Match[str]) -> str:
        # Regions of a page differ by their names.
        place = next(number)
        name = table[1] or ("正文表格" if place == 1 else f"正文表格{place}")
        return _TABLE_BOX.format(name.replace('"', "&quot;"), table[0])

    return mark_safe(_TABLE.sub(boxed, html).replace("</table>", "</table></div>"))


@register.filter(name="items")
def items_of(text: str) -> list[str]:
    return items(text)


@register.filter
def item_at(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag
def matter_tree(root: Any, *, opened: Any = False) -> SafeString:
    """A domain's tree as nested ``<details>``; as text, for a template visit a line is dear."""
    # Matters' addresses differ only in their code: one reverse() does for all.
    address = reverse("catalog:matter", args=["{}"]).replace("%7B%7D", "{}").format
    lines: list[str] = ['<ul class="tree">']

    def draw(branch: Any) -> None:
        if branch.is_leaf:
            lines.append(
                f'<li class="leaf"><a href="{address(branch.code)}">{escape(branch.name)}</a>'
                f'<span class="count num">{_published(branch)}</span></li>'
            )
            return
        lines.append(
            f"<li><details{' open' if opened else ''}><summary><span>{escape(branch.name)}</span>"
            f'<span class="count num">{_sums(branch)}</span></summary><ul>'
        )
        for child in branch.children:
            draw(child)
        lines.append("</ul></details></li>")

    for branch in root.children:
        draw(branch)
    lines.append("</ul>")
    return mark_safe("".join(lines))


def _published(branch: Any) -> str:
    """Of a leaf: how many disclosures, or what is still missing of those who owe it."""
    counts = branch.counts
    if branch.missing:
        return f'<span class="missing">{_open(counts)}</span>'
    if branch.published:
        return f"{branch.published} 条"
    return "线下公开" if counts.covered else "有说明" if counts.explained else "依申请"


def _open(counts: Any) -> str:
    if counts.owed == 1:
        return "逾期" if counts.overdue else "即将到期" if counts.due_soon else "未公开"
    late = f"逾期 {counts.overdue}，" if counts.overdue else ""
    return f"{late}已覆盖 {counts.covered}/{counts.expected}"


def _sums(branch: Any) -> str:
    missing = f'<span class="missing">{branch.missing} 项未公开齐</span>' if branch.missing else ""
    return f"{missing}<span>{branch.leaves} 项</span>"
