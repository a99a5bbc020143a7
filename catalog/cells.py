"""One cell of a spreadsheet, read and written: words, numbers, choices, codes, names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Choices
from import_export import widgets

from .models import Matter
from .printed import items

NUL = "\x00"  # PostgreSQL neither keeps nor looks for it


def as_text(value: Any) -> str:
    """A cell's words; a whole number stays without the point that a spreadsheet gives it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if value is not None else ""


def _stripped(value: Any) -> str:
    return str(value or "").strip()


class TextWidget(widgets.CharWidget):
    """Cells are text; numbers that a spreadsheet made of them are read back as written."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = as_text(value)
        if NUL in text:
            raise ValueError("这一格含有不能保存的控制字符,请删去后重新填写")
        return text


class WholeNumberWidget(widgets.IntegerWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if self.is_empty(value):
            return None
        try:
            number = Decimal(str(value).strip())
            if number == number.to_integral_value():
                return int(number)
        except (ValueError, ArithmeticError):
            pass
        raise ValueError(f"“{value}”不是整数")


class ChoiceWidget(widgets.Widget):
    """Printed label in the file, value in the database."""

    def __init__(self, choices: type[Choices]) -> None:
        super().__init__()
        self.values = {str(label): value for value, label in choices.choices}
        self.labels = {value: str(label) for value, label in choices.choices}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return ""
        if text in self.labels:
            return text
        try:
            return self.values[text]
        except KeyError:
            raise ValueError(f"没有“{text}”这一项,可填:{'、'.join(self.values)}") from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.labels.get(value, "")


class ChoiceListWidget(ChoiceWidget):
    """Several labels in one cell."""

    def __init__(self, choices: type[Choices], separator: str = ";") -> None:
        super().__init__(choices)
        self.separator = separator

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[Any]:
        chosen = {
            super(ChoiceListWidget, self).clean(part)
            for part in items(str(value or ""), self.separator)
        }
        return [value for value in self.labels if value in chosen]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        chosen = set(value or [])
        return self.separator.join(label for value, label in self.labels.items() if value in chosen)


class FlagWidget(widgets.BooleanWidget):
    TRUE_VALUES: ClassVar = ["1", 1, True, "是", "√", "true", "True", "TRUE"]
    FALSE_VALUES: ClassVar = ["0", 0, False, "否", "false", "False", "FALSE"]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        value = value.strip() if isinstance(value, str) else value
        if value in self.NULL_VALUES:
            return False
        if value not in self.TRUE_VALUES and value not in self.FALSE_VALUES:
            raise ValueError(f"“{value}”应填 1(是)或 0(否)")
        return value in self.TRUE_VALUES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "1" if value else "0"


class DayWidget(widgets.DateWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, datetime):  # how a spreadsheet keeps a day
            return value.date()
        try:
            return super().clean(value.strip() if isinstance(value, str) else value, row, **kwargs)
        except (ValueError, TypeError):
            raise ValueError(f"“{value}”不是日期,应形如 2026-11-23") from None


class CodeWidget(widgets.ForeignKeyWidget):
    """A row of another table by its code, remembered for the length of one import."""

    def __init__(self, model: type[models.Model], field: str = "code", *, cached: bool = True):
        super().__init__(model, field)
        self.cached = cached
        self.known: dict[str, Any] = {}

    def look_up(self, values: Iterable[Any]) -> None:
        """Forget what was known, and read the rows that a column names at once."""
        self.known = {}
        if self.cached:
            texts = {text for value in values if NUL not in (text := _stripped(value))}
            named = {f"{self.field}__in": texts}
            for row in self.get_queryset(None, None).filter(**named):
                self.known.setdefault(getattr(row, self.field), row)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = _stripped(value)
        if not text:
            return None
        if text not in self.known:
            rows = self.get_queryset(text, row)
            found = None if NUL in text else rows.filter(**{self.field: text}).first()
            if found is None:
                name = self.model._meta.verbose_name
                raise ValueError(f"没有编码为“{text}”的{name},请先导入它或改正编码")
            if not self.cached:
                return found
            self.known[text] = found
        return self.known[text]


class NamesWidget(widgets.ManyToManyWidget):
    """Domains by name in one cell."""

    def __init__(self) -> None:
        super().__init__(Matter, separator=";", field="name")
        self.known: dict[str, Matter] | None = None

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[Matter]:
        if self.known is None:
            self.known = {matter.name: matter for matter in Matter.objects.domains()}
        names = items(str(value or ""))
        if unknown := [name for name in names if name not in self.known]:
            raise ValueError(f"没有试点领域“{'、'.join(unknown)}”")
        return [self.known[name] for name in names]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        return ";".join(matter.name for matter in sorted(value.all(), key=lambda row: row.code))
