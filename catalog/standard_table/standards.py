"""The disclosure standard of a row: its texts, ticks and boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..choices import Audience, Method, Tier
from . import boxes, cells
from .cells import UnclearError
from .columns import Columns
from .decisions import Decisions
from .entries import Entry
from .meanings import Meaning
from .names import UnitNames

#: Cells whose text may stand for several rows, merged or left empty.
_TEXTS = (
    Meaning.CONTENT,
    Meaning.LEGAL_BASIS,
    Meaning.TIME_LIMIT,
    Meaning.UNITS,
    Meaning.CHANNELS,
)
_TIER_COLUMNS = {
    Meaning.COUNTY: Tier.COUNTY,
    Meaning.TOWNSHIP: Tier.TOWNSHIP,
    Meaning.VILLAGE: Tier.VILLAGE,
}


class StandardReader:
    """Reads the standards of one table, row after row; ``texts`` are those of the row above."""

    def __init__(self, columns: Columns, decisions: Decisions, units: UnitNames) -> None:
        self.columns = columns
        self.decisions = decisions
        self.units = units
        self.texts: dict[Meaning, str] = {}
        #: Columns that the row above left empty, so that its text is itself one from further up.
        self.filled: set[Meaning] = set()

    def forget(self) -> None:
        """The next row leans on none above it."""
        self.texts, self.filled = {}, set()

    def read(self, entry: Entry, *, is_same_branch: bool) -> None:
        """Put what the row says into ``entry``; an empty text is the one above in its branch."""
        self._read_texts(entry, is_same_branch)
        self._read_audience(entry)
        self._read_method(entry)
        self._read_tiers(entry)
        self._read_words(entry, Meaning.CATEGORY, self._put_category, is_required=False)

    # Texts --------------------------------------------------------------------------------

    def _read_texts(self, entry: Entry, is_same_branch: bool) -> None:
        readers: dict[Meaning, Callable[[Entry, str], Any]] = {
            Meaning.CONTENT: lambda _, text: cells.items_of(text),
            Meaning.LEGAL_BASIS: lambda _, text: cells.items_of(text),
            Meaning.TIME_LIMIT: lambda _, text: cells.compact(text),
            Meaning.UNITS: self._units,
            Meaning.CHANNELS: self._channels,
        }
        texts = {meaning: self.columns.text(entry.row, meaning) for meaning in self.columns.index}
        for meaning in _TEXTS:
            if meaning not in self.columns:
                continue
            column = self.columns[meaning]
            texts[meaning] = text = self._text(entry, meaning, is_same_branch)
            if cells.is_none(text):
                entry.refuse(column, f"{meaning.label}为空,末级事项必须填写")
                continue
            if why := _why_no_text(meaning, text):
                entry.refuse(column, why)
                continue
            entry.sources[meaning.value] = column
            try:
                entry.values[meaning.value] = readers[meaning](entry, text)
            except UnclearError as error:
                entry.refuse(column, str(error))
        self.texts = texts

    def _text(self, entry: Entry, meaning: Meaning, is_same_branch: bool) -> str:
        """What the cell says, or the one above where it says 同上 or is left empty."""
        text, above = self.columns.text(entry.row, meaning), self.texts.get(meaning, "")
        column = self.columns[meaning]
        if cells.is_ditto(text):
            entry.leans = True
            if meaning in self.filled:
                entry.note(column, "写着“同上”,上一行这一格却是空的,按更上面的填")
            return above
        self.filled.discard(meaning)
        if not text and above and is_same_branch:
            entry.leans = True
            self.filled.add(meaning)
            entry.note(column, f"{meaning.label}为空,按上一行填")
            return above
        return text

    def _units(self, entry: Entry, text: str) -> str:
        found, unknown = self.units.split(text, self.decisions.units)
        if unknown:
            names = "、".join(unknown)
            raise UnclearError(f"公开单位中没有“{names}”,请在列对应一步选择它是哪个单位")
        return "、".join(found)

    def _channels(self, entry: Entry, text: str) -> list[str]:
        reading = boxes.channels(text, self.decisions.signs, self.decisions.channels)
        for note in reading.notes:
            entry.note(self.columns[Meaning.CHANNELS], note)
        if not reading.chosen:
            raise UnclearError("没有选用任何公开渠道")
        return reading.chosen

    # Ticks --------------------------------------------------------------------------------

    def _ticked(
        self, entry: Entry, meaning: Meaning, read: Callable[[str], Any] = cells.ticked
    ) -> Any:
        """A cell of ticks read; ``None`` where that isn't possible or there is no such column."""
        if meaning not in self.columns:
            return None
        try:
            return read(self._written(entry, meaning))
        except UnclearError as error:
            entry.refuse(self.columns[meaning], str(error))
            return None

    def _written(self, entry: Entry, meaning: Meaning) -> str:
        text = self.columns.text(entry.row, meaning)
        if cells.is_ditto(text):
            entry.leans = True
            return self.columns.above(entry.row, meaning)
        return text

    def _one_of(self, entry: Entry, ticks: dict[Meaning, Any], what: str) -> Meaning | None:
        """The one ticked column among several; otherwise the row is refused."""
        columns = [self.columns[meaning] for meaning in ticks]
        if not columns or entry.is_refused_at(columns):
            return None
        chosen = [meaning for meaning, tick in ticks.items() if tick]
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            entry.refuse(columns[-1], f"{what}标了两项,目录中一个事项只能有一项,请留下一项")
        else:
            entry.refuse(columns[0], f"{what}没有标记")
        return None

    def _read_audience(self, entry: Entry) -> None:
        if Meaning.AUDIENCE in self.columns:
            self._read_words(entry, Meaning.AUDIENCE, self._put_audience)
            return
        ticks: dict[Meaning, Any] = {}
        if Meaning.PUBLIC in self.columns:
            ticks[Meaning.PUBLIC] = self._ticked(entry, Meaning.PUBLIC)
        group = self._ticked(entry, Meaning.SPECIFIC, cells.named_group)
        if Meaning.SPECIFIC in self.columns:
            ticks[Meaning.SPECIFIC] = bool(group and group[0])
        chosen = self._one_of(entry, ticks, "公开对象")
        if chosen is None:
            return
        entry.sources["audience"] = entry.sources["audience_detail"] = self.columns[chosen]
        if chosen == Meaning.PUBLIC:
            entry.values |= {"audience": Audience.PUBLIC, "audience_detail": ""}
            return
        entry.values["audience"] = Audience.SPECIFIC
        if group[1]:
            entry.values["audience_detail"] = group[1]

    def _put_audience(self, entry: Entry, text: str) -> None:
        """In words, the group behind 特定群体 or in a column beside it."""
        group = self._ticked(entry, Meaning.SPECIFIC, cells.named_group)
        kind, detail = cells.audience(text)
        beside = group[1] if group else ""
        if beside and (detail or kind == Audience.PUBLIC):
            entry.refuse(
                self.columns[Meaning.SPECIFIC], f"公开对象一列写的是“{text}”,这里又有“{beside}”"
            )
        entry.values["audience"] = kind
        if detail or beside or kind == Audience.PUBLIC:
            entry.values["audience_detail"] = detail or beside
        entry.sources["audience"] = self.columns[Meaning.AUDIENCE]
        entry.sources["audience_detail"] = self.columns.index.get(
            Meaning.SPECIFIC, self.columns[Meaning.AUDIENCE]
        )

    def _read_method(self, entry: Entry) -> None:
        self._read_words(entry, Meaning.METHOD, self._put_method)
        ticks: dict[Meaning, Any] = {
            meaning: self._ticked(entry, meaning)
            for meaning in (Meaning.PROACTIVE, Meaning.ON_REQUEST)
            if meaning in self.columns
        }
        if chosen := self._one_of(entry, ticks, "公开方式"):
            is_proactive = chosen == Meaning.PROACTIVE
            entry.values["method"] = Method.PROACTIVE if is_proactive else Method.ON_REQUEST
            entry.sources["method"] = self.columns[chosen]

    def _put_method(self, entry: Entry, text: str) -> None:
        entry.values["method"] = cells.method(text)
        entry.sources["method"] = self.columns[Meaning.METHOD]

    def _read_tiers(self, entry: Entry) -> None:
        """Ticks by tier under ``tier_ticks``, those of 乡、村级 together under ``below_county``."""
        self._read_words(entry, Meaning.TIERS, self._put_tiers)
        ticks: dict[str, bool] = {
            tier.value: self._ticked(entry, meaning)
            for meaning, tier in _TIER_COLUMNS.items()
            if meaning in self.columns
        }
        below = self._ticked(entry, Meaning.BELOW_COUNTY, _below_county)
        columns = [
            self.columns[meaning]
            for meaning in (*_TIER_COLUMNS, Meaning.BELOW_COUNTY)
            if meaning in self.columns
        ]
        if not columns or entry.is_refused_at(columns):
            return
        if not any(ticks.values()) and not below:
            entry.refuse(columns[0], "公开层级没有标记")
            return
        entry.values["tier_ticks"] = ticks
        if below is not None:
            entry.values["below_county"] = below
        entry.sources["tiers"] = columns[0]

    def _put_tiers(self, entry: Entry, text: str) -> None:
        chosen = cells.tiers(text)
        entry.values["tier_ticks"] = {tier.value: tier in chosen for tier in Tier}
        entry.sources["tiers"] = self.columns[Meaning.TIERS]

    # Words --------------------------------------------------------------------------------

    def _put_category(self, entry: Entry, text: str) -> None:
        entry.values["categories"] = boxes.categories(text)
        entry.sources["category"] = self.columns[Meaning.CATEGORY]

    def _read_words(
        self,
        entry: Entry,
        meaning: Meaning,
        put: Callable[[Entry, str], None],
        *,
        is_required: bool = True,
    ) -> None:
        """A choice written in words in one column."""
        if meaning not in self.columns:
            return
        text = self._written(entry, meaning)
        if cells.is_none(text):
            if is_required:
                entry.refuse(self.columns[meaning], f"{meaning.label}为空")
            return
        try:
            put(entry, text)
        except UnclearError as error:
            entry.refuse(self.columns[meaning], str(error))


def _why_no_text(meaning: Meaning, text: str) -> str:
    """Why words can't be what the column holds: they point elsewhere, or are a date or signs."""
    if cells.is_reference(text):
        return f"“{text}”指的是别的格,请写出内容;与上一行相同的写“同上”"
    is_list = meaning in {Meaning.CONTENT, Meaning.LEGAL_BASIS}
    if is_list and not any("一" <= sign <= "鿿" for sign in text):
        return f"“{text}”不像{meaning.label},请改成文字"
    return ""


def _below_county(text: str) -> list[str]:
    """乡、村级 in one column: a tick means both, words say which."""
    try:
        return cells.tiers(text)
    except UnclearError:
        chosen, words = cells.tick(text)
        if words:
            return cells.tiers(words)
        return [Tier.TOWNSHIP, Tier.VILLAGE] if chosen else []
