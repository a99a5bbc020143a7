from __future__ import annotations

from typing import Any

from django.forms import HiddenInput
from django.utils import timezone

from catalog.choices import Category
from catalog.forms import FilterForm, PlainChoiceField, WordsField, domain_choices, unit_choices

#: The pilot began in 2017; nothing in the portal is older.
FIRST_YEAR = 2017

TIMELINESS = [("on_time", "按时公开"), ("late", "逾期公开")]


class DisclosureFilter(FilterForm):
    q = WordsField(placeholder="标题、文号或正文中的词")
    domain = PlainChoiceField(label="试点领域")
    category = PlainChoiceField(label="公开类别", choices=Category.choices)
    unit = PlainChoiceField(label="发布机构")
    year = PlainChoiceField(label="发布年份")
    timeliness = PlainChoiceField(label="是否按时", choices=TIMELINESS)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        years = range(timezone.localdate().year, FIRST_YEAR - 1, -1)
        # Chosen through the tabs above the form, which keeps it.
        self.fields["category"].widget = HiddenInput()
        self.fields["domain"].choices = [("", "全部"), *domain_choices()]
        self.fields["unit"].choices = [("", "全部"), *unit_choices()]
        self.fields["year"].choices = [("", "全部"), *((str(year), f"{year}年") for year in years)]
