"""What staff enter on the way of a standard table: the file, and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from ..choices import Audience, Category, Channel, Method, Tier
from ..exchange import MAX_BYTES, UnreadableFileError
from .changes import DEFAULTED, LABELS
from .decisions import SKIPPED, Decisions
from .files import Question, StandardTableFile
from .meanings import Meaning
from .reading import READERS
from .recognition import Column, Table

_YES, _NO = "yes", "no"


class StandardTableUploadForm(forms.Form):
    """Takes the file apart while it is checked; ``table`` is what was read."""

    file = forms.FileField(
        label="标准目录文件",
        help_text="Excel(.xlsx、.xls)、.ods 表格或 Word(.docx)中的表格,不超过20 MB",
        error_messages={"empty": "文件是空的,请重新选择"},
    )
    table: StandardTableFile

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accepted = ",".join(f".{extension}" for extension in READERS)
        self.fields["file"].widget.attrs["accept"] = accepted

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError("文件超过20 MB,请拆分后再导入")
        try:
            self.table = StandardTableFile(upload.read(), upload.name)
        except UnreadableFileError as error:
            raise forms.ValidationError(str(error)) from error
        if not self.table.tables:
            raise forms.ValidationError(
                "没有找到标准目录的表头:要有一行写着“一级事项、公开内容、公开依据、公开时限”等列名"
            )
        upload.seek(0)
        return upload


class MappingForm(forms.Form):
    """Every table's domain and columns, and the words and signs that the catalog doesn't know."""

    def __init__(
        self, table: StandardTableFile, decisions: Decisions, data: Any | None = None
    ) -> None:
        super().__init__(data, label_suffix="")
        self.table = table
        self.decisions = decisions
        self.units = table.unknown_units(decisions)
        self.channels = table.unknown_channels(decisions)
        self.signs = table.signs(decisions)
        for found in table.tables:
            self._add_table(found)
        for number, question in enumerate(self.signs):
            self._add_sign(number, question)
        for number, question in enumerate(self.units):
            self._add_unit(number, question)
        for number, question in enumerate(self.channels):
            self._add_channel(number, question)
        self._add_defaults(table.missing_fields(decisions))

    # Fields -------------------------------------------------------------------------------

    def _choose(self, name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, required=False, initial=chosen
        )

    def _add_table(self, table: Table) -> None:
        domains = [(code, name) for name, code in self.table.domains.items()]
        has_column = table.column(Meaning.DOMAIN) is not None
        first = ("", "按“领域”一列" if has_column else "请选择领域")
        self._choose(
            f"domain-{table.key}",
            "所属领域",
            [first, *domains, (SKIPPED, "不导入这张表")],
            self.decisions.domains.get(table.key, ""),
        )
        chosen = self.decisions.columns.get(table.key, {})
        for column in table.columns:
            self._choose(
                f"column-{table.key}-{column.index}",
                f"“{column.label}”一列",
                list(Meaning.choices),
                chosen.get(column.index, column.meaning),
            )

    def _add_sign(self, number: int, question: Question) -> None:
        meaning = {True: _YES, False: _NO}.get(self.decisions.signs.get(question.words), "")  # type: ignore[arg-type]
        no = "表示不选用"
        yes = "表示可选,也算选用" if question.words == "□" else "表示选用"
        choices = [("", "请选择"), (_NO, no), (_YES, yes)]
        self._choose(f"sign-{number}", f"“{question.words}”({question.cells}格)", choices, meaning)

    def _add_unit(self, number: int, question: Question) -> None:
        others = [name for name in self.table.units.choices if name not in question.near]
        near = [(name, f"{name}(相近)") for name in question.near]
        choices = [("", "请选择"), *near, *((name, name) for name in others)]
        chosen = self.decisions.units.get(question.words, "")
        self._choose(f"unit-{number}", f"“{question.words}”({question.cells}行)", choices, chosen)

    def _add_channel(self, number: int, question: Question) -> None:
        choices = [("", "请选择"), *Channel.choices]
        chosen = self.decisions.channels.get(question.words, "")
        self._choose(
            f"channel-{number}", f"“{question.words}”({question.cells}格)", choices, chosen
        )

    def _add_defaults(self, missing: set[str]) -> None:
        for name, choices in _DEFAULT_CHOICES.items():
            chosen = self.decisions.defaults.get(name)
            if name not in missing:
                continue
            if name in _SEVERAL:
                self.fields[f"default-{name}"] = forms.MultipleChoiceField(
                    label=LABELS[name],
                    choices=choices,
                    required=False,
                    initial=chosen,
                    widget=forms.CheckboxSelectMultiple,
                )
            else:
                self._choose(
                    f"default-{name}", LABELS[name], [("", "请选择"), *choices], chosen or ""
                )

    # For the page -------------------------------------------------------------------------

    def tables(self) -> Iterator[tuple[Table, Any, list[tuple[Column, Any]], bool]]:
        """Each table with the fields of its domain and of its columns, and if it is to be shown.

        Of several tables, those whose every column was recognised need only be opened by whoever
        wants to look again.
        """
        for table in self.table.tables:
            columns = [
                (column, self[f"column-{table.key}-{column.index}"]) for column in table.columns
            ]
            is_open = len(self.table.tables) == 1 or any(
                field.errors or column.meaning == Meaning.UNKNOWN for column, field in columns
            )
            yield table, self[f"domain-{table.key}"], columns, is_open

    def questions(self, kind: str) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith(f"{kind}-")]

    def sign_questions(self) -> list[Any]:
        return self.questions("sign")

    def unit_questions(self) -> list[Any]:
        return self.questions("unit")

    def channel_questions(self) -> list[Any]:
        return self.questions("channel")

    def default_questions(self) -> list[Any]:
        return self.questions("default")

    # Answers ------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for table in self.table.tables:
            domain = data.get(f"domain-{table.key}")
            if domain == SKIPPED:
                continue
            meanings = self._meanings(table, data)
            used = [meaning for meaning in meanings.values() if meaning in _ONCE]
            for index, meaning in meanings.items():
                name = f"column-{table.key}-{index}"
                if meaning in _ONCE and used.count(meaning) > 1:
                    self.add_error(name, f"有几列都选了“{meaning.label}”,只能有一列")
            if not domain and Meaning.DOMAIN not in meanings.values():
                self.add_error(f"domain-{table.key}", "请选择这张表属于哪个领域,或选“不导入这张表”")
            if Meaning.LEVEL_1 not in meanings.values():
                self.add_error(f"domain-{table.key}", "没有一列对应“一级事项”,请在下面选定")
        return data

    def _meanings(self, table: Table, data: dict[str, Any]) -> dict[int, Meaning]:
        return {
            column.index: Meaning(data.get(f"column-{table.key}-{column.index}") or "unknown")
            for column in table.columns
        }

    def decided(self) -> Decisions:
        """What was chosen, beside what was chosen before for words that aren't asked any more."""
        data = self.cleaned_data
        before = self.decisions

        def answers(kind: str, questions: list[Question]) -> dict[str, str]:
            given = {q.words: data.get(f"{kind}-{i}", "") for i, q in enumerate(questions)}
            return {words: answer for words, answer in given.items() if answer}

        asked = {question.words for question in self.signs}
        signs = {sign: means for sign, means in before.signs.items() if sign not in asked}
        signs |= {sign: answer == _YES for sign, answer in answers("sign", self.signs).items()}
        return Decisions(
            columns={table.key: self._meanings(table, data) for table in self.table.tables},
            domains={table.key: data[f"domain-{table.key}"] for table in self.table.tables},
            signs=signs,
            units=answers("unit", self.units),
            channels=answers("channel", self.channels),
            defaults={
                name: chosen for name in DEFAULTED if (chosen := data.get(f"default-{name}"))
            },
        )


_ONCE = frozenset(Meaning) - {Meaning.UNKNOWN, Meaning.IGNORED}
_SEVERAL = frozenset({"channels", "tiers"})
_DEFAULT_CHOICES: dict[str, list[Any]] = {
    "category": Category.choices,
    "channels": Channel.choices,
    # A named group can't be chosen for all matters at once.
    "audience": [(Audience.PUBLIC.value, Audience.PUBLIC.label)],
    "method": Method.choices,
    "tiers": Tier.choices,
}
