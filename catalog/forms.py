"""Filters of the public lists: GET forms in which every field may stay empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from django import forms
from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .models import Matter, Unit


class PlainSelect(forms.Widget):
    """A ``<select>`` drawn without a template for each option: one filter holds 94 units."""

    choices: Sequence[tuple[str, str]] = ()

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == value else ""}>'
            f"{escape(label)}</option>"
            for key, label in [("", "全部"), *self.choices]
        )
        element = escape((attrs or {}).get("id", f"id_{name}"))
        return mark_safe(f'<select name="{escape(name)}" id="{element}">{options}</select>')


class PlainChoiceField(forms.Field):
    """One of ``choices`` or nothing; ``ChoiceField`` copies its choices three times a page."""

    widget = PlainSelect

    def __init__(self, *, label: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(label=label, required=False)
        self.offer(choices)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = super().__deepcopy__(memo)
        copied.offer(self.choices)
        return copied

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        self.choices = self.widget.choices = choices

    def clean(self, value: Any) -> str:
        return value if value in dict(self.choices) else ""

    def label_of(self, value: str) -> str:
        return dict(self.choices)[value]


class WordsField(forms.CharField):
    def __init__(self, *, placeholder: str) -> None:
        widget = forms.TextInput(attrs={"type": "search", "placeholder": placeholder})
        super().__init__(label="关键词", required=False, max_length=60, widget=widget)


class Chip(NamedTuple):
    """One filter in force, and the query string of the list without it."""

    label: str
    value: str
    query: str


class FilterForm(forms.Form):
    """Values that aren't offered count as not given: an old link still finds its list."""

    fields: dict[str, Any]

    def __init__(self, data: QueryDict) -> None:
        self.query = data
        super().__init__(data)

    def wanted(self) -> dict[str, Any]:
        """The filters in force, by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self) -> list[Chip]:
        chips = []
        for name, value in self.wanted().items():
            field = self.fields[name]
            label = field.label_of(value) if isinstance(field, PlainChoiceField) else str(value)
            rest = self.query.copy()
            rest.pop(name, None)
            rest.pop("page", None)
            chips.append(Chip(str(field.label), label, f"?{rest.urlencode()}"))
        return chips


def domain_choices() -> list[tuple[str, str]]:
    return list(Matter.objects.domains().as_tree().values_list("code", "name"))


def unit_choices() -> list[tuple[str, str]]:
    return list(Unit.objects.publishers().order_by("pk").values_list("code", "name"))


class NegativeListFilter(FilterForm):
    domain = PlainChoiceField(label="适用领域")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["domain"].offer(domain_choices())
