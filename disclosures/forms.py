from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms import HiddenInput
from django.utils import timezone

from catalog.choices import Category
from catalog.forms import FilterForm, PlainChoiceField, WordsField, domain_choices, unit_choices
from catalog.models import Matter, Unit

from .choices import ReviewLevel
from .models import Disclosure, Duty, Revision

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
        self.fields["domain"].offer(domain_choices())
        self.fields["unit"].offer(unit_choices())
        self.fields["year"].offer([(str(year), f"{year}年") for year in years])


class RevisionForm(forms.ModelForm):
    """A clerk's draft. A new one says also where in the catalog it belongs."""

    matter = forms.ModelChoiceField(
        Matter.objects.none(), label="公开事项", help_text="只列出本单位负责的末级事项"
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label="发布机构")
    interprets = forms.ModelChoiceField(
        Disclosure.objects.none(),
        label="解读的文件",
        required=False,
        help_text="政策解读填写它所解读的政策文件,发布后两页互相链接",
    )
    #: When this page was opened: somebody may have saved the same draft since.
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    #: The clerk drafting, set by the admin on the class it makes for one request.
    user: Any = None

    class Meta:
        model = Revision
        fields = (*Revision.CONTENT_FIELDS, "change_note")
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
            for name in ("matter", "unit", "interprets"):
                del self.fields[name]
            self.initial["seen_at"] = self.instance.updated_at.isoformat()
        else:
            self._offer_places()

    def _offer_places(self) -> None:
        units = Unit.objects.filter(
            duties__in=Duty.objects.of(self.user).filter(level=ReviewLevel.SUBMITTER)
        )
        matters = Matter.objects.leaves().current().filter(responsible_units__in=units)
        self.fields["unit"].queryset = units
        self.fields["matter"].queryset = matters.distinct()
        self.fields["matter"].choices = _by_domain(matters.distinct().as_tree())
        self.fields["interprets"].queryset = Disclosure.objects.visible()
        if len(units) == 1:
            self.initial.setdefault("unit", units[0].pk)

    def clean_seen_at(self) -> str:
        seen = self.cleaned_data["seen_at"]
        stored = Revision.objects.filter(pk=self.instance.pk).values_list("updated_at", flat=True)
        if self.instance.pk and seen and seen != stored.get().isoformat():
            self.data = self.data.copy()
            self.data[self.add_prefix("seen_at")] = stored.get().isoformat()
            raise forms.ValidationError(
                "您打开这份稿件之后,有人保存过新的内容。您刚才填写的仍在下面,没有丢失;"
                "请在另一个窗口打开这份稿件核对,确认以您的为准时再次点保存"
            )
        return seen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk or not (cleaned.get("matter") and cleaned.get("unit")):
            return cleaned
        # The revision's own check asks where it belongs, which a new one learns here.
        place = Disclosure(
            matter=cleaned["matter"],
            unit=cleaned["unit"],
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
        return cleaned


def _by_domain(matters: Iterable[Matter]) -> list[Any]:
    """Choices of a select, grouped by pilot domain; in two queries."""
    names = dict(Matter.objects.domains().values_list("code", "name"))
    groups: dict[str, list[tuple[int, str]]] = {}
    for matter in matters:
        groups.setdefault(names[matter.domain_code], []).append((matter.pk, str(matter)))
    return [("", "请选择"), *groups.items()]


class MatterChoiceField(forms.ModelChoiceField):
    """Leaves in reading order, under the name of their domain."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Matter.objects.none(), **kwargs)

    def offer(self, matters: Any) -> None:
        self.queryset = matters
        domains = dict(Matter.objects.domains().values_list("code", "name"))
        groups: dict[str, list[tuple[Any, str]]] = {}
        rows = matters.as_tree().values_list("pk", "code", "name", "parent__name")
        for pk, code, name, parent in rows:
            label = f"{code} {name}({parent})"
            groups.setdefault(domains.get(code[:2], ""), []).append((pk, label))
        self.choices = [("", "请选择末级公开事项"), *groups.items()]


class InterpretedField(forms.ModelChoiceField):
    def label_from_instance(self, disclosure: Any) -> str:
        return disclosure.live_revision.title if disclosure.live_revision else str(disclosure)


class RevisionForm(forms.ModelForm):
    """What a clerk writes. Where a disclosure belongs is chosen once, with its first draft.

    ``person`` and ``is_new`` are set by the admin on a subclass made for each request.
    """

    person: ClassVar[Any] = None
    is_new: ClassVar[bool] = False

    matter = MatterChoiceField(
        label="公开事项", help_text="本单位负责的末级事项;公开类别和公开时限随事项而定"
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label="发布机构")
    category = forms.ChoiceField(
        label="公开类别",
        required=False,
        choices=[("", "与公开事项相同"), *Category.choices],
        help_text="只有政务公开办可以改为与事项不同的类别",
    )
    interprets = InterpretedField(
        Disclosure.objects.none(),
        label="解读的文件",
        required=False,
        help_text="政策解读选择它所解读的政策文件,发布后两页互相链接",
    )
    seen_at = forms.CharField(required=False, widget=HiddenInput)

    class Meta:
        model = Revision
        fields = (*Revision.CONTENT_FIELDS, "change_note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_new:
            self._offer_places(self.person)
        else:
            for name in ("matter", "unit", "category", "interprets"):
                self.fields.pop(name, None)
        if "seen_at" in self.fields and self.instance.pk:
            self.initial["seen_at"] = self.instance.updated_at.isoformat()
        for field in self.fields.values():
            if isinstance(field.widget, AdminDateWidget):
                field.widget.attrs["placeholder"] = "年-月-日"

    def _offer_places(self, person: User) -> None:
        fields: dict[str, Any] = self.fields
        duties = Duty.objects.of(person).filter(level=ReviewLevel.SUBMITTER)
        units = Unit.objects.filter(pk__in=duties.values("unit"))
        fields["unit"].queryset = units
        if len(units) == 1:
            fields["unit"].initial, fields["unit"].empty_label = units[0].pk, None
        matters = Matter.objects.leaves().current()
        fields["matter"].offer(matters.filter(responsible_units__in=units).distinct())
        if "interprets" in fields:
            fields["interprets"].queryset = Disclosure.objects.visible().select_related(
                "live_revision"
            )
        if not workflow.may_recategorise(person):
            del fields["category"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.is_new:
            self._clean_place(data)
        elif self.instance.pk:
            self._clean_seen(data)
        return data

    def _clean_place(self, data: dict[str, Any]) -> None:
        matter, unit = data.get("matter"), data.get("unit")
        if matter is None or unit is None:
            return
        disclosure = Disclosure(
            matter=matter,
            unit=unit,
            category=data.get("category") or matter.category,
            interprets=data.get("interprets"),
            created_at=clock.now(),
        )
        try:
            disclosure.full_clean()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                for message in messages:
                    self.add_error(name if name in self.fields else None, message)
        # ``Revision.clean`` asks it what its matter demands of the text.
        self.instance.disclosure = disclosure

    def _clean_seen(self, data: dict[str, Any]) -> None:
        """Two clerks on one draft: the second to save is told, and keeps what was typed."""
        stored = Revision.objects.values_list("updated_at", flat=True).get(pk=self.instance.pk)
        seen = data.get("seen_at") or ""
        if parse_datetime(seen) == stored:
            return
        # Saving once more, having been told, is deliberate.
        self.data = self.data.copy()
        self.data[self.add_prefix("seen_at")] = stored.isoformat()
        when = timezone.localtime(stored)
        raise ValidationError(
            f"您打开以后,这份稿件已在{when:%H:%M}由别的窗口或同事保存过。您的改动还在本页,没有保存。"
            "请另开一页看新的内容;确认要以您的为准,再点一次保存"
        )


class StoredFile(forms.FileInput):
    """A file that is already kept: a link instead of an input."""

    def __init__(self, attachment: Attachment) -> None:
        super().__init__()
        self.attachment = attachment

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return stored_file_link(self.attachment)


def stored_file_link(attachment: Attachment) -> SafeString:
    address = reverse(
        "admin:disclosures_revision_file", args=[attachment.revision_id, attachment.pk]
    )
    return format_html(
        '<span class="stored-file"><a href="{}">{}</a> <small>{} {}</small></span>',
        address,
        attachment.name,
        attachment.extension.upper(),
        filesizeformat(attachment.size),
    )


class AttachmentForm(forms.ModelForm):
    class Meta:
        model = Attachment
        fields = ("file", "is_evidence")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        upload = self.fields.get("file")
        if upload is None:
            return
        if self.instance.pk:
            upload.disabled, upload.widget = True, StoredFile(self.instance)
        else:
            upload.widget = forms.FileInput(attrs={"class": "upload"})
