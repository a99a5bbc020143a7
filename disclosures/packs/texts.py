"""The text of a disclosure as a page that any browser shows, years from now and off line."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Prefetch
from django.template.loader import render_to_string

from ..querysets import DisclosureQuerySet
from .plan import versions

#: Each may hold several long texts.
CHUNK = 20


def pages(chosen: DisclosureQuerySet) -> Iterator[tuple[str, str]]:
    """Path and page of each disclosure: all texts that the public has read, newest first."""
    found = chosen.select_related("unit", "matter").prefetch_related(
        Prefetch("revisions", versions(chosen).order_by("-number"), to_attr="public_versions")
    )
    for disclosure in found.order_by("index_number").iterator(CHUNK):
        context = {
            "disclosure": disclosure,
            "versions": disclosure.public_versions,
            "site": settings.SITE,
        }
        page = render_to_string("disclosures/pack_text.html", context)
        yield f"正文/{disclosure.slug}.html", page
