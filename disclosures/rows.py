"""What a public list shows of each disclosure, as plain dicts.

Twenty rows of four model instances each cost more than all the rest of a list page.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.choices import Category

from .models import Disclosure

_COLUMNS = (
    "index_number",
    "live_revision__title",
    "category",
    "unit__name",
    "village__name",
    "matter__name",
    "published_at",
    "due_on",
)


def rows(disclosures: QuerySet[Disclosure]) -> list[dict[str, Any]]:
    """The rows of ``disclosures``: a page of visible ones, newest first."""
    # Sorting and cutting come first, on keys alone; titles are fetched for what is shown.
    chosen = Disclosure.objects.filter(pk__in=disclosures.values("pk"))
    return first_rows(chosen.order_by("-published_at", "-pk"))


def first_rows(disclosures: QuerySet[Disclosure]) -> list[dict[str, Any]]:
    """The same for a few that the database finds in order, without sorting."""
    index = reverse("disclosures:index")
    labels = dict(Category.choices)
    shown = []
    found = disclosures.values_list(*_COLUMNS)
    for number, title, category, unit, village, matter, published_at, due_on in found:
        published_on = timezone.localdate(published_at)
        shown.append(
            {
                "url": f"{index}{number.replace('/', '-')}/",
                "title": title,
                "category": labels.get(category, ""),
                "unit": f"{unit}（{village}）" if village else unit,
                "matter": matter,
                "date": published_on.isoformat(),
                "is_late": due_on is not None and published_on > due_on,
            }
        )
    return shown
