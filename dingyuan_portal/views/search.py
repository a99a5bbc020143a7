"""A first, plain search: words in names, titles and texts."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from catalog.models import Matter
from disclosures.models import Disclosure
from services.models import Service

SHOWN = 10
#: Counting stops here: beyond it a reader adds a word and doesn't leaf through.
COUNTED = 200
MAX_WORDS = 6
MAX_LENGTH = 60
SNIPPET = 90


class Hit(NamedTuple):
    url: str
    title: str
    snippet: str
    facts: list[str]


class Section(NamedTuple):
    key: str
    title: str
    found: int
    hits: list[Hit]
    more: str

    @property
    def shows_more(self) -> bool:
        return self.found > len(self.hits)

    @property
    def is_capped(self) -> bool:
        return self.found >= COUNTED


class SearchView(TemplateView):
    template_name = "search.html"

    def get_context_data(self, **kwargs):
        asked = " ".join(self.request.GET.get("q", "").replace("\x00", "").split())[:MAX_LENGTH]
        words = asked.split()[:MAX_WORDS]
        sections = [_disclosures(words), _services(words), _matters(words)] if words else []
        return super().get_context_data(
            asked=asked,
            words=words,
            sections=sections,
            total=sum(section.found for section in sections),
            is_capped=any(section.is_capped for section in sections),
            **kwargs,
        )


def _first(rows: QuerySet) -> tuple[list[int], int]:
    """Keys of the hits shown and the number of hits, in one pass over the table."""
    keys = list(rows.values_list("pk", flat=True)[:COUNTED])
    return keys[:SHOWN], len(keys)


def _in_order(rows: QuerySet, keys: list[int]) -> list[Any]:
    found = rows.in_bulk(keys) if keys else {}
    return [found[key] for key in keys]


def _disclosures(words: list[str]) -> Section:
    rows = Disclosure.objects.visible().with_words(" ".join(words))
    keys, count = _first(rows.order_by("-published_at", "-pk"))
    shown = Disclosure.objects.visible().select_related("matter", "unit", "live_revision")
    hits = [
        Hit(
            disclosure.get_absolute_url(),
            disclosure.live_revision.title,
            "" if disclosure.is_restricted else snippet(disclosure.live_revision, words),
            [
                disclosure.unit.name,
                disclosure.get_category_display(),
                f"{timezone.localdate(disclosure.published_at):%Y-%m-%d}",
            ],
        )
        for disclosure in _in_order(shown, keys)
    ]
    more = f"{reverse('disclosures:index')}?{urlencode({'q': ' '.join(words)})}"
    return Section("disclosures", "公开信息", count, hits, more)


def _services(words: list[str]) -> Section:
    wanted = Q()
    for word in words:
        wanted &= Q(name__icontains=word)
    keys, count = _first(Service.objects.current().filter(wanted).order_by("code"))
    hits = [
        Hit(
            service.get_absolute_url(),
            service.name,
            "",
            [service.unit.name, service.get_item_type_display(), service.address],
        )
        for service in _in_order(Service.objects.select_related("unit"), keys)
    ]
    more = f"{reverse('services:index')}?{urlencode({'q': ' '.join(words)})}"
    return Section("services", "办事指南", count, hits, more)


def _matters(words: list[str]) -> Section:
    wanted = Q()
    for word in words:
        wanted &= Q(name__icontains=word) | Q(content__icontains=word)
    keys, count = _first(Matter.objects.current().filter(wanted).as_tree())
    hits = [
        Hit(
            matter.get_absolute_url(),
            matter.name,
            "、".join(matter.content.split(";")[:6]),
            [matter.code, matter.get_category_display() or "试点领域"],
        )
        for matter in _in_order(Matter.objects.all(), keys)
    ]
    return Section("matters", "公开事项", count, hits, "")


def snippet(revision: Any, words: list[str]) -> str:
    """A stretch of the text around the first word found, else its summary."""
    # A space for each tag keeps cells and paragraphs apart.
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", revision.body)).split())
    for word in words:
        place = text.lower().find(word.lower())
        if place >= 0:
            start = max(place - SNIPPET // 3, 0)
            cut = text[start : start + SNIPPET]
            return f"{'…' if start else ''}{cut}{'…' if start + SNIPPET < len(text) else ''}"
    return revision.summary or text[:SNIPPET]
