"""Filters of the public lists, in which every field may stay empty, and the form of a matter."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from mptt.forms import MPTTAdminForm

from .choices import Category, Tier
from .models import MAX_LEVEL, Matter, Unit
from .printed import unit_names
from .querysets import MatterQuerySet


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

    def address_query(self) -> str:
        """The filters in force as the query of an address, without what isn't offered."""
        return urlencode(self.wanted())

    def in_words(self) -> str:
        """The filters in force as a file or the ledger tells them."""
        return "；".join(f"{chip.label}：{chip.value}" for chip in self.chips()) or "全部"


def domain_choices() -> list[tuple[str, str]]:
    return list(Matter.objects.domains().as_tree().values_list("code", "name"))


def unit_choices() -> list[tuple[str, str]]:
    return list(Unit.objects.publishers().order_by("pk").values_list("code", "name"))


class NegativeListFilter(FilterForm):
    domain = PlainChoiceField(label="适用领域")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["domain"].offer(domain_choices())


class StandardTableFilter(FilterForm):
    domain = PlainChoiceField(label="试点领域")
    category = PlainChoiceField(label="公开类别", choices=Category.choices)
    unit = PlainChoiceField(label="公开主体")
    tier = PlainChoiceField(label="公开层级", choices=Tier.choices)
    since = forms.DateField(
        label="自此日起有变动",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "“自此日起有变动”应是一个日期,形如 2026-11-25"},
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["domain"].offer(domain_choices())
        self.fields["unit"].offer(unit_choices())

    def matters(self) -> MatterQuerySet:
        """The rows that the filters leave, in reading order."""
        wanted = self.wanted()
        matters = Matter.objects.standards()
        if domain := wanted.get("domain"):
            matters = matters.filter(code__startswith=f"{domain}-")
        if category := wanted.get("category"):
            matters = matters.filter(category=category)
        if unit := wanted.get("unit"):
            matters = matters.filter(responsible_units__code=unit)
        if tier := wanted.get("tier"):
            matters = matters.of_tier(tier)
        if since := wanted.get("since"):
            matters = matters.changed_since(since)
        return matters.as_tree()


class MatterForm(MPTTAdminForm):
    """The admin's form for a matter; who is responsible follows from what is printed."""

    has_children = forms.BooleanField(
        label="下设下级事项(本身不填公开标准)",
        required=False,
        help_text="试点领域和还要细分的事项勾选;勾选后公开标准填在它的下级上",
    )

    class Meta:
        model = Matter
        exclude = ("responsible_units",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance.pk is not None
        self.initial["has_children"] = known and self.instance.expects_children
        if "parent" in self.fields:
            parent: Any = self.fields["parent"]
            parent.queryset = parent.queryset.filter(level__lt=MAX_LEVEL, content="").as_tree()

    def clean_responsible_text(self) -> str:
        text = str(self.cleaned_data["responsible_text"])
        self.directory = Unit.objects.directory()
        if unknown := [name for name in unit_names(text) if name not in self.directory]:
            names = "、".join(unknown)
            raise forms.ValidationError(f"公开单位中没有“{names}”,请核对名称或先登记该单位")
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        has_children = bool(data.get("has_children")) or data.get("parent") is None
        if self.instance.pk and not self.instance.is_leaf_node() and not has_children:
            self.add_error("has_children", "它已有下级事项,不能改为末级事项")
            has_children = True
        if "time_limit" in self.changed_data and not set(Matter.LIMIT_FIELDS) & set(
            self.changed_data
        ):
            # Other words, another limit: ``Matter.complete_limit`` reads it from them.
            data |= Matter.blank_limit()
        # Read by ``Matter.clean``, which runs after this.
        self.instance.expects_children = has_children
        return data
