"""Which disclosures a pack is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.utils import timezone

from catalog.models import Matter, Unit

from ..models import Disclosure, EvidencePack
from ..querysets import DisclosureQuerySet

#: Index numbers that one list may hold; beyond, a unit, domain or period says it better.
MOST_NUMBERS = 5000


@dataclass(frozen=True)
class Selection:
    """What holds together: published by this unit, in this domain, in this period, of this list."""

    unit: str = ""
    domain: str = ""
    since: date | None = None
    until: date | None = None
    disclosures: tuple[str, ...] = ()

    @classmethod
    def of(cls, pack: EvidencePack) -> Self:
        filters = pack.filters
        return cls(
            unit=filters.get("unit", ""),
            domain=filters.get("domain", ""),
            since=_day(filters.get("since")),
            until=_day(filters.get("until")),
            disclosures=tuple(filters.get("disclosures", ())),
        )

    def filters(self) -> dict[str, Any]:
        """What is chosen, as ``EvidencePack.filters`` and the manifest keep it."""
        chosen = {
            "unit": self.unit,
            "domain": self.domain,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "disclosures": list(self.disclosures),
        }
        return {name: value for name, value in chosen.items() if value}

    def chosen(self) -> DisclosureQuerySet:
        """The disclosures that have, or had, a public page."""
        found = Disclosure.objects.published()
        if self.unit:
            found = found.filter(unit__code=self.unit)
        if self.domain:
            found = found.under(Matter.objects.domains().get(code=self.domain))
        if self.since:
            found = found.filter(published_at__gte=_midnight(self.since))
        if self.until:
            found = found.filter(published_at__lt=_midnight(self.until + timedelta(days=1)))
        if self.disclosures:
            found = found.filter(index_number__in=self.disclosures)
        return found

    def unknown(self) -> list[str]:
        """Index numbers of the list that no disclosure bears."""
        known = set(
            Disclosure.objects.filter(index_number__in=self.disclosures).values_list(
                "index_number", flat=True
            )
        )
        return [number for number in self.disclosures if number not in known]

    def label(self) -> str:
        parts = []
        if self.unit:
            parts.append(Unit.objects.get(code=self.unit).name)
        if self.domain:
            parts.append(Matter.objects.domains().get(code=self.domain).name)
        if self.since or self.until:
            parts.append(self._period())
        if len(self.disclosures) == 1:
            parts.append(self.disclosures[0])
        elif self.disclosures:
            parts.append(f"指定的{len(self.disclosures)}个索引号")
        return ",".join(parts)

    def _period(self) -> str:
        if self.since and self.until:
            return f"{self.since:%Y-%m-%d}至{self.until:%Y-%m-%d}发布"
        if self.since:
            return f"{self.since:%Y-%m-%d}起发布"
        return f"截至{self.until:%Y-%m-%d}发布"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
