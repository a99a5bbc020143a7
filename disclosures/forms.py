from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms import HiddenInput
from django.utils import timezone

from catalog.choices import Category, LimitFrom
from catalog.forms import FilterForm, PlainChoiceField, WordsField, domain_choices, unit_choices
from catalog.models import Matter, Unit

from .choices import ReviewLevel
from .coverage import timeliness
from .files import MAX_BYTES
from .models import Disclosure, Duty, Explanation, OfflineDisclosure, Revision
from .models.statement import LONGEST_EXPLANATION
from .packs import MOST_NUMBERS, Selection
from .richtext import MAX_CHARS, sanitize

#: The pilot began in 2017; nothing in the portal is older.
FIRST_YEAR = 2017

TIMELINESS = [("on_time", "按时公开"), ("late", "逾期公开")]

#: So many months are told apart; the last twelve have a name of their own.
MONTHS = 24
RECENT = "recent"


class DisclosureFilter(FilterForm):
    q = WordsField(placeholder="标题、文号或正文中的词")
    domain = PlainChoiceField(label="试点领域")
    category = PlainChoiceField(label="公开类别", choices=Category.choices)
    unit = PlainChoiceField(label="发布机构")
    year = PlainChoiceField(label="发布年份")
    timeliness = PlainChoiceField(label="是否按时", choices=TIMELINESS)
    month = PlainChoiceField(label="发布月份")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # Chosen through the tabs above the form, which keeps it.
        self.fields["category"].widget = HiddenInput()
        self.fields["domain"].offer(domain_choices())
        self.fields["unit"].offer(unit_choices())
        self.fields["year"].offer(_year_choices())
        # Links of the coverage pages lead to the disclosures of a month; the form keeps it.
        self.fields["month"].widget = HiddenInput()
        self.fields["month"].offer(_month_choices())


class WithdrawalFilter(FilterForm):
    unit = PlainChoiceField(label="发布机构")
    year = PlainChoiceField(label="撤下年份")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["unit"].offer(unit_choices())
        self.fields["year"].offer(_year_choices())


class AnnualReportFilter(FilterForm):
    year = PlainChoiceField(label="年度")
    unit = PlainChoiceField(label="报告单位")

    def __init__(self, *args: Any, years: list[int]) -> None:
        super().__init__(*args)
        self.fields["year"].offer([(str(year), f"{year}年") for year in years])
        self.fields["unit"].offer(unit_choices())


def _month_choices() -> list[tuple[str, str]]:
    months = [(f"{day:%Y-%m}", f"{day.year}年{day.month}月") for day in timeliness.months(MONTHS)]
    return [(RECENT, f"近{timeliness.RECENT_MONTHS}个月"), *months]


def _year_choices() -> list[tuple[str, str]]:
    years = range(timezone.localdate().year, FIRST_YEAR - 1, -1)
    return [(str(year), f"{year}年") for year in years]


class VerifyForm(forms.Form):
    file = forms.FileField(
        label="下载的附件",
        error_messages={"required": "请先选择要核对的文件", "empty": "这是空文件,请重新选择"},
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError("文件超过50 MB,本站公开的附件没有这么大的")
        return upload


class DigestForm(forms.Form):
    """A digest typed in; or two of one file, with a space between, where a script asks."""

    digest = forms.RegexField(
        r"^\s*[0-9a-fA-F]{64}(\s+[0-9a-fA-F]{64})?\s*$",
        label="摘要值",
        error_messages={
            "required": "请填写摘要值",
            "invalid": "摘要值是64位的数字和字母a到f,请核对后重新填写",
        },
    )

    def clean_digest(self) -> list[str]:
        return str(self.cleaned_data["digest"]).lower().split()


class RevisionForm(forms.ModelForm):
    """A clerk's draft. A new one says also where in the catalog it belongs."""

    matter = forms.ModelChoiceField(
        Matter.objects.none(), label="公开事项", help_text="只列出本单位负责的末级事项"
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label="发布机构")
    village = forms.ModelChoiceField(
        Unit.objects.none(),
        label="所涉村(居)",
        required=False,
        help_text="乡镇代村(居)公开时选择;涉及所辖各村(居)的留空",
    )
    interprets = forms.ModelChoiceField(
        Disclosure.objects.none(),
        label="解读的文件",
        required=False,
        to_field_name="index_number",
        widget=forms.TextInput,
        help_text="政策解读填写它所解读的文件的索引号,如 ZJJ/2026-00012;发布后两页互相链接",
        error_messages={"invalid_choice": "没有这个索引号的公开信息,请到公开页面核对后填写"},
    )
    publish_at = forms.DateTimeField(
        label="定时公开",
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "vTextField"}, format="%Y-%m-%dT%H:%M"
        ),
        help_text="北京时间;留空则签满五级后立即公开。到时尚未签满的,签满后公开",
    )
    #: When this page was opened: somebody may have saved the same draft since.
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    #: The clerk drafting, set by the admin on the class it makes for one request.
    user: Any = None

    class Meta:
        model = Revision
        fields = (*Revision.CONTENT_FIELDS, "change_kind", "change_note", "publish_at")
        widgets: ClassVar = {
            **{
                name: forms.TextInput(attrs={"class": "vLargeTextField"})
                for name in ("title", "change_note", "keywords", "source", "shown_where")
            },
            "summary": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("matter", "unit", "village", "interprets"):
                del self.fields[name]
            self.initial["seen_at"] = self.instance.updated_at.isoformat()
        else:
            self._offer_places()

    def clean_body(self) -> str:
        # Counted as it would be stored: most of what Word puts on the clipboard is looks.
        body = sanitize(str(self.cleaned_data["body"]))
        if len(body) > MAX_CHARS:
            raise ValidationError(
                f"正文有{len(body)}个字符(含表格格式),超过{MAX_CHARS}的上限;"
                "大表格请存成文件作为附件上传,正文写明主要内容"
            )
        return body

    def _offer_places(self) -> None:
        units = Unit.objects.filter(
            duties__in=Duty.objects.of(self.user).filter(level=ReviewLevel.SUBMITTER)
        )
        matters = Matter.objects.leaves().current().filter(responsible_units__in=units)
        self.fields["unit"].queryset = units
        villages = Unit.objects.villages().filter(parent__in=units)
        self.fields["village"].queryset = villages
        if not villages:
            self.fields["village"].widget = forms.HiddenInput()
        self.fields["matter"].queryset = matters.distinct()
        self.fields["matter"].choices = _by_domain(matters.distinct().as_tree())
        self.fields["interprets"].queryset = Disclosure.objects.visible()
        if len(units) == 1:
            self.initial.setdefault("unit", units[0].pk)

    def _clean_seen(self, seen: str) -> None:
        """Two clerks on one draft: the second to save is told, and keeps what was typed."""
        stored = Revision.objects.get(pk=self.instance.pk)
        if not seen or seen == stored.updated_at.isoformat():
            return
        # Saving once more, having been told, is deliberate.
        self.data = self.data.copy()
        self.data[self.add_prefix("seen_at")] = stored.updated_at.isoformat()
        # Not at the field: it is hidden, and so would the message be.
        self.add_error(
            None,
            "您打开这份稿件之后,有人保存过新的内容。您刚才填写的仍在下面,没有丢失。"
            f"现在保存着的与您填写的不同:{self._differences(stored)}。"
            "请在另一个窗口打开这份稿件核对,确认以您的为准时再次点保存",
        )

    def _differences(self, stored: Revision) -> str:
        """What the other one wrote, where it isn't what was typed here; of the text only that."""
        told = []
        for name in (*Revision.CONTENT_FIELDS, "change_kind", "change_note", "publish_at"):
            theirs = getattr(stored, name)
            if name in self.cleaned_data and self.cleaned_data[name] != theirs:
                label = str(self.fields[name].label)
                told.append(label if name == "body" else f"{label}(现为“{theirs or '空'}”)")
        return "、".join(told) or "附件"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk:
            self._clean_seen(cleaned.get("seen_at") or "")
        if self.instance.pk or not (cleaned.get("matter") and cleaned.get("unit")):
            return cleaned
        # The revision's own check asks where it belongs, which a new one learns here.
        place = Disclosure(
            matter=cleaned["matter"],
            unit=cleaned["unit"],
            village=cleaned.get("village"),
            category=cleaned["matter"].category,
            interprets=cleaned.get("interprets"),
        )
        try:
            place.full_clean(exclude=["created_at"])
        except ValidationError as error:
            self.add_error(None, error)
        if place.is_restricted:
            for name in ("shown_where", "shown_from"):
                if not cleaned.get(name):
                    self.add_error(name, "这个事项只向特定群体公开,请写明在何处、何时公开")
        elif "body" in cleaned and not cleaned["body"]:
            self.add_error("body", "请填写正文")
        if place.matter.limit_from == LimitFrom.EVENT and not cleaned.get("event_on"):
            self.add_error(
                "event_on", f"这个事项的公开时限是“{place.matter.time_limit}”,请填写日期"
            )
        return cleaned


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "vDateField"}, format="%Y-%m-%d")


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files chosen in one field, each cleaned as one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(each, initial) for each in files]


class ExplanationForm(forms.ModelForm):
    """One reason for the matters chosen in the list before."""

    class Meta:
        model = Explanation
        fields = ("reason", "detail", "negative_entry", "expected_on", "valid_until")
        widgets: ClassVar = {
            "detail": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3}),
            "expected_on": DayInput(),
            "valid_until": DayInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("valid_until", timezone.localdate() + LONGEST_EXPLANATION)


class OfflineForm(forms.ModelForm):
    """What was shown where and when, with the files that prove it."""

    evidence = ManyFilesField(
        label="公开凭证",
        help_text="公示栏照片、签收表扫描件等,可以一次选几个;只供工作人员和审计查验,不向公众提供",
        error_messages={"required": "请上传凭证,如公示栏照片、签收表的扫描件"},
    )

    class Meta:
        model = OfflineDisclosure
        fields = ("title", "carrier", "place", "shown_from", "shown_until", "formed_on")
        widgets: ClassVar = {
            "title": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "place": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "shown_from": DayInput(),
            "shown_until": DayInput(),
            "formed_on": DayInput(),
        }


def _by_domain(matters: Iterable[Matter]) -> list[Any]:
    """Choices of a select, grouped by pilot domain; in two queries."""
    names = dict(Matter.objects.domains().values_list("code", "name"))
    groups: dict[str, list[tuple[int, str]]] = {}
    for matter in matters:
        groups.setdefault(names[matter.domain_code], []).append((matter.pk, str(matter)))
    return [("", "请选择"), *groups.items()]


def _day_input() -> forms.DateInput:
    return forms.DateInput({"type": "date", "class": "vTextField"}, format="%Y-%m-%d")


class PackForm(forms.Form):
    """What an evidence pack is to be about. Whatever is filled in holds together."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="发布机构",
        required=False,
        to_field_name="code",
        empty_label="全部",
    )
    domain = forms.ChoiceField(label="试点领域", required=False)
    since = forms.DateField(label="发布日期从", required=False, widget=_day_input())
    until = forms.DateField(label="到(含当天)", required=False, widget=_day_input())
    disclosures = forms.CharField(
        label="索引号",
        required=False,
        widget=forms.Textarea({"rows": 6, "cols": 40}),
        help_text="每行一个,如 ZJJ/2026-00012;可以从表格中整列粘贴",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["unit"].queryset = Unit.objects.publishers()
        self.fields["domain"].choices = [("", "全部"), *domain_choices()]

    def clean_disclosures(self) -> tuple[str, ...]:
        words = unicodedata.normalize("NFKC", self.cleaned_data["disclosures"]).upper()
        # As in a page's address: U0001-2026-00012.
        numbers = (_SLUG.sub(r"\1/\2", word) for word in re.split(r"[\s,;、]+", words))
        listed = tuple(dict.fromkeys(number for number in numbers if number))
        if len(listed) > MOST_NUMBERS:
            raise ValidationError(
                f"一次最多{MOST_NUMBERS}个索引号,现有{len(listed)}个;请分几次,或按单位、领域、日期选取"
            )
        if unknown := Selection(disclosures=listed).unknown():
            shown = "、".join(unknown[:_SHOWN])
            more = f"等{len(unknown)}个" if len(unknown) > _SHOWN else ""
            raise ValidationError(f"没有这些索引号的公开信息:{shown}{more}。请核对或删去")
        return listed

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", "结束日期不能早于开始日期")
        if not self.errors and not any(data.values()):
            raise ValidationError("请至少选择一项:发布机构、试点领域、发布日期或索引号")
        return data

    def selection(self) -> Selection:
        data = self.cleaned_data
        return Selection(
            unit=data["unit"].code if data["unit"] else "",
            domain=data["domain"],
            since=data["since"],
            until=data["until"],
            disclosures=data["disclosures"],
        )


#: Unknown index numbers named in a message.
_SHOWN = 20
_SLUG = re.compile(r"^([0-9A-Z]+)-(\d{4}-\d{5,})$")
