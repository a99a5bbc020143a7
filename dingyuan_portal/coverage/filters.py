"""Which obligations are asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from catalog.choices import Category, UnitKind
from catalog.forms import FilterForm, PlainChoiceField, WordsField, domain_choices, unit_choices
from catalog.models import Obligation
from disclosures.choices import ObligationState
from disclosures.coverage import Standing, standings

COVERED = [("yes", "已覆盖"), ("no", "未覆盖"), ("expected", "应覆盖的全部")]


class ObligationFilter(FilterForm):
    q = WordsField(placeholder="事项或单位名称中的词")
    domain = PlainChoiceField(label="试点领域")
    category = PlainChoiceField(label="公开类别", choices=Category.choices)
    unit = PlainChoiceField(label="发布机构")
    kind = PlainChoiceField(label="公开主体类别", choices=UnitKind.choices)
    state = PlainChoiceField(label="状态", choices=ObligationState.choices)
    covered = PlainChoiceField(label="是否计入覆盖", choices=COVERED)
    matter = forms.CharField(label="公开事项", required=False, max_length=11)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["domain"].offer(domain_choices())
        self.fields["unit"].offer(unit_choices())
        # Links from a matter lead here; the form keeps it.
        self.fields["matter"].widget = forms.HiddenInput()

    def obligations(self) -> QuerySet[Obligation]:
        """Those of the places and words asked for, whatever their state."""
        wanted = self.wanted()
        found = Obligation.objects.owed()
        if domain := wanted.get("domain"):
            found = found.filter(matter__code__startswith=f"{domain}-")
        names = {"category": "matter__category", "unit": "publisher__code"}
        names |= {"kind": "unit__kind", "matter": "matter__code"}
        found = found.filter(
            **{path: wanted[name] for name, path in names.items() if name in wanted}
        )
        for word in wanted.get("q", "").split():
            found = found.filter(Q(matter__name__icontains=word) | Q(unit__name__icontains=word))
        return found

    def asks_for(self, standing: Standing) -> bool:
        """Whether an obligation of that standing is wanted."""
        wanted = self.wanted()
        is_explained = standing == Standing.EXPLAINED
        fits = {
            "": True,
            "yes": standing.is_covered,
            "no": not (standing.is_covered or is_explained),
            "expected": not is_explained,
        }
        in_state = wanted.get("state", standing.state) == standing.state
        return in_state and fits[wanted.get("covered", "")]

    def standings(self) -> list[tuple[int, str]]:
        """Key and standing of each obligation asked for, in the order of the catalog."""
        found = standings(self.obligations())
        return [(pk, standing) for pk, standing in found if self.asks_for(Standing(standing))]
