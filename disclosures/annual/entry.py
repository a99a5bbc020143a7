"""A table of the report as a form: inputs where the state prints boxes, totals shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from ..models import AnnualReport
from . import entered, tables
from .entered import REASONS
from .figures import BESIDE, OF_PLACE, Figure
from .report import Filled, printed
from .tables import Cell, Grid, Place, name_of


@dataclass
class Slot:
    """A cell of the form: a heading, an input, or a total that adds itself up."""

    cell: Cell
    value: str = ""
    is_total: bool = False
    #: What the portal counts, and its reason when it is corrected; or what it counts beside.
    figure: Figure | None = None
    address: str = ""
    counted: int = 0
    is_computed: bool = False
    reason: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return input_name(self.cell.place) if self.cell.place else ""

    @property
    def parts(self) -> str:
        """The inputs and totals that a total adds up, for the script that adds while one types."""
        if not (self.is_total and self.cell.place):
            return ""
        return " ".join(input_name(part) for part in tables.parts_of(self.cell.place))

    @property
    def label(self) -> str:
        return name_of(self.cell.place) if self.cell.place else ""


def input_name(place: Place) -> str:
    return f"{place.row}.{place.column}"


def reason_name(place: Place) -> str:
    return f"reason.{input_name(place)}"


def mark_of(report: AnnualReport, part: str) -> str:
    """What of the report an entry page shows, as a short mark: another one, another content."""
    numbers = [report.entered.get(part), report.entered.get(REASONS)]
    shown = report.texts if part == "texts" else numbers
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


class TableEntry:
    """What stands in the inputs of one table: stored, or as somebody has just typed it."""

    def __init__(self, filled: Filled, grid: Grid, data: Mapping[str, Any] | None = None) -> None:
        self.filled, self.grid, self.data = filled, grid, data
        self.errors: dict[Place, list[str]] = {}
        self.places = [place for place in grid.places if place in tables.ENTRIES]
        if data is None:
            self.numbers = {
                place: value
                for place, value in filled.entered.numbers.items()
                if place.table == grid.key
            }
            self.reasons = filled.entered.reasons if grid.key == "table1" else {}
        else:
            self.numbers = self._typed(data)
            self.reasons = self._typed_reasons(data)

    def is_valid(self) -> bool:
        """Whether everything typed is a number, and adds up."""
        if not self.errors and self.grid.key == "table2":
            for problem in tables.problems(self.numbers, self.filled.previous):
                self._add(problem.place, problem.message)
        return not self.errors

    @property
    def rows(self) -> Iterator[list[Slot]]:
        self.sums = tables.totals(self.numbers)
        for row in self.grid.rows:
            yield [self._slot(cell) for cell in row]

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Each error and the name of the input that it is about."""
        return [
            (input_name(place), message)
            for place, messages in self.errors.items()
            for message in messages
        ]

    def _add(self, place: Place, message: str) -> None:
        self.errors.setdefault(place, []).append(message)

    def _typed(self, data: Mapping[str, Any]) -> dict[Place, int | Decimal]:
        numbers = {}
        for place in self.places:
            try:
                number = entered.typed(place, data.get(input_name(place), ""))
            except ValidationError as error:
                self._add(place, error.messages[0])
            else:
                if number is not None:
                    numbers[place] = number
        return numbers

    def _typed_reasons(self, data: Mapping[str, Any]) -> dict[Place, str]:
        reasons = {}
        for place in (place for place in self.places if place in OF_PLACE):
            reason = data.get(reason_name(place), "").strip()
            if len(reason) > entered.LONGEST_REASON:
                self._add(place, f"{name_of(place)}:更正的理由最多{entered.LONGEST_REASON}个字")
            elif bool(reason) != (place in self.numbers) and place not in self.errors:
                self._add(place, f"{name_of(place)}:更正系统计算的数,数字和理由要一起填写")
            if reason:
                reasons[place] = reason
        return reasons

    def _slot(self, cell: Cell) -> Slot:
        place = cell.place
        if place is None:
            return Slot(cell)
        if tables.is_total(place):
            return Slot(cell, value=str(self.sums[place]), is_total=True)
        figure = OF_PLACE.get(place) or BESIDE.get(place)
        return Slot(
            cell,
            value=self._shown(place),
            figure=figure,
            address=figure.address(self.filled.scope) if figure else "",
            counted=self.filled.counts[figure.key] if figure else 0,
            is_computed=place in OF_PLACE,
            reason=self._shown_reason(place),
            errors=self.errors.get(place, []),
        )

    def _shown(self, place: Place) -> str:
        if self.data is not None:
            return str(self.data.get(input_name(place), ""))
        return printed(self.numbers[place]) if place in self.numbers else ""

    def _shown_reason(self, place: Place) -> str:
        if self.data is not None:
            return str(self.data.get(reason_name(place), ""))
        return self.reasons.get(place, "")
