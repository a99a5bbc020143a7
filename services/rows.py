"""What a list shows of each service, as plain dicts: instances would be most of the page's cost."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from .choices import ItemType, Reach
from .models import Service

_COLUMNS = ("code", "name", "unit__name", "item_type", "visits", "promised_days", "reach")


def rows(services: QuerySet[Service]) -> list[dict[str, Any]]:
    index = reverse("services:index")
    types, reaches = dict(ItemType.choices), dict(Reach.choices)
    return [
        {
            "url": f"{index}{code}/",
            "name": name,
            "unit": unit,
            "item_type": types.get(item_type, ""),
            "visits": visits,
            "days": days,
            "near": "" if reach == Reach.COUNTY else reaches.get(reach, ""),
        }
        for code, name, unit, item_type, visits, days, reach in services.values_list(*_COLUMNS)
    ]
