"""What people enter into an annual report: numbers of fixed places, and why one corrects a count.

Stored as JSON: table → row → column → number, and ``reasons`` → row → column → text. Amounts are
text with two decimals, so that no number of them is lost in a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from .tables import AMOUNT, COMPUTED, ENTRIES, Place, name_of

REASONS = "reasons"
MOST = 9_999_999
LONGEST_REASON = 200
_AMOUNT = re.compile(r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$")
_TYPED_AMOUNT = re.compile(r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?$")


class Entered(NamedTuple):
    numbers: dict[Place, int | Decimal]
    reasons: dict[Place, str]


def read(stored: Any) -> Entered:
    """What a report's ``entered`` says. Raises ``ValidationError`` for any other shape."""
    numbers: dict[Place, int | Decimal] = {}
    reasons: dict[Place, str] = {}
    for table, row, column, value in _leaves(stored):
        if table == REASONS:
            reasons[_known(Place("table1", row, column), COMPUTED)] = _reason(value)
        else:
            place = _known(Place(table, row, column), ENTRIES)
            numbers[place] = _number(place, value)
    for place in COMPUTED:
        if (place in numbers) != (place in reasons):
            raise ValidationError(f"{name_of(place)}:更正系统计算的数,数字和理由要一起填写")
    return Entered(numbers, reasons)


def as_json(numbers: Mapping[Place, int | Decimal], reasons: Mapping[Place, str]) -> dict[str, Any]:
    """The reverse of ``read``."""
    stored: dict[str, Any] = {}
    for place, number in numbers.items():
        value = f"{number:.2f}" if place == AMOUNT else int(number)
        stored.setdefault(place.table, {}).setdefault(place.row, {})[place.column] = value
    for place, reason in reasons.items():
        stored.setdefault(REASONS, {}).setdefault(place.row, {})[place.column] = reason
    return stored


def typed(place: Place, text: str) -> int | Decimal | None:
    """A number as somebody typed it; nothing for an empty cell. Raises ``ValidationError``."""
    text = text.strip().translate(str.maketrans("０１２３４５６７８９．", "0123456789."))
    if not text:
        return None
    if place == AMOUNT:
        if not _TYPED_AMOUNT.match(text):
            raise ValidationError(
                f"{name_of(place)}填了“{text}”:请填写以万元为单位的金额,最多两位小数,如 12.30"
            )
        return Decimal(text).quantize(Decimal("0.01"))
    if not re.match(r"^[0-9]{1,7}$", text):
        raise ValidationError(f"{name_of(place)}填了“{text}”:请填写0或正整数")
    return int(text)


def _leaves(stored: Any) -> Iterator[tuple[str, str, str, Any]]:
    for table, rows in _items(stored):
        for row, columns in _items(rows):
            for column, value in _items(columns):
                yield table, row, column, value


def _items(mapping: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(mapping, dict):
        raise ValidationError("填报的数字须按“表、行、列”存放")
    yield from mapping.items()


def _known(place: Place, places: Any) -> Place:
    if place not in places:
        raise ValidationError(f"年报的表格中没有可以填写的“{'、'.join(place)}”")
    return place


def _number(place: Place, value: Any) -> int | Decimal:
    if place == AMOUNT:
        if not (isinstance(value, str) and _AMOUNT.match(value)):
            raise ValidationError(f"{name_of(place)}:金额须写成两位小数,如 12.30")
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValidationError(f"{name_of(place)}:须是0到{MOST}的整数")
    return value


def _reason(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_REASON:
        raise ValidationError(f"更正的理由须写明,最多{LONGEST_REASON}个字")
    return value.strip()
