from __future__ import annotations

from typing import Any

from catalog.forms import FilterForm, PlainChoiceField, WordsField, domain_choices, unit_choices

from .choices import Applicant, ItemType, LifeEvent, Reach

VISITS = [("0", "零跑腿"), ("1", "最多跑一次"), ("2", "两次及以上")]


class ServiceFilter(FilterForm):
    q = WordsField(placeholder="事项名称，例如：公租房")
    life_event = PlainChoiceField(label="办事主题", choices=LifeEvent.choices)
    unit = PlainChoiceField(label="实施单位")
    domain = PlainChoiceField(label="试点领域")
    applicant = PlainChoiceField(label="服务对象", choices=Applicant.choices)
    item_type = PlainChoiceField(label="事项类型", choices=ItemType.choices)
    visits = PlainChoiceField(label="跑动次数", choices=VISITS)
    reach = PlainChoiceField(label="就近办理", choices=Reach.choices)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["unit"].offer(unit_choices())
        self.fields["domain"].offer(domain_choices())
