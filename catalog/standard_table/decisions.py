"""What a person decides about a file before it is read into matters, and how it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from .meanings import Meaning

#: In place of a domain: the table isn't imported.
SKIPPED = "skip"


@dataclass
class Decisions:
    """Columns and domain by table, and what words and signs mean in the whole file."""

    columns: dict[str, dict[int, Meaning]] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    #: Sign of a box → whether it means chosen; signs that nobody decided about are left out.
    signs: dict[str, bool] = field(default_factory=dict)
    #: Words of the file → the catalog's name of a unit.
    units: dict[str, str] = field(default_factory=dict)
    #: Words of the file → a channel.
    channels: dict[str, str] = field(default_factory=dict)
    #: Field → value for new matters where the file has no such column.
    defaults: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": {
                key: {str(index): meaning.value for index, meaning in columns.items()}
                for key, columns in self.columns.items()
            },
            "domains": self.domains,
            "signs": self.signs,
            "units": self.units,
            "channels": self.channels,
            "defaults": self.defaults,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        columns = {
            key: {int(index): Meaning(meaning) for index, meaning in chosen.items()}
            for key, chosen in data.get("columns", {}).items()
        }
        rest = ("domains", "signs", "units", "channels", "defaults")
        return cls(columns=columns, **{name: data.get(name, {}) for name in rest})
