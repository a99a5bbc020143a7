"""What the pages say of single obligations: since when, until when, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils import timezone

from catalog import limits, workdays
from catalog.choices import LimitKind
from catalog.models import Obligation

from ..choices import ObligationState
from . import wording
from .standing import Places, Standing, soon


class Row(NamedTuple):
    """One obligation as a list shows it."""

    matter_code: str
    matter: str
    category: str
    unit: str
    publisher_code: str
    publisher: str
    standing: Standing
    #: The next day by which something is due, or the missed one; ``None`` where none is known.
    due_on: date | None
    #: Why nothing is there, until when, or by what rule; empty where nothing need be said.
    words: str
    #: How many disclosures count, and the newest of them.
    disclosures: int
    url: str
    title: str

    @property
    def state(self) -> ObligationState:
        return self.standing.state

    @property
    def is_estimated(self) -> bool:
        """Whether the holidays of the due day's year aren't announced yet."""
        return self.due_on is not None and not workdays.is_official(self.due_on.year)


@dataclass(slots=True)
class _Found:
    """An obligation as the database gives it; the last eight columns are the matter's limit."""

    pk: int
    matter_code: str
    name: str
    category: str
    unit_name: str
    publisher_code: str
    publisher_name: str
    disclosures: int
    index_number: str | None
    title: str | None
    shown: dict[str, Any] | None
    reason: dict[str, Any] | None
    pending_due_on: date | None
    published_at: Any
    shown_on: date | None
    refreshed_at: Any
    reviewed_at: Any
    hung_up_on: date | None
    limit_kind: str
    limit_days: int | None
    limit_from: str
    period: str
    due_month: int | None
    due_day: int | None
    review_months: int | None
    listed_on: date | None


_COLUMNS = [column.name for column in fields(_Found)]
_LIMIT = _COLUMNS[-8:]


def rows(standings: Sequence[tuple[int, str]], today: date | None = None) -> list[Row]:
    """The rows of these obligations, given with their standings, in this order; one query."""
    today = today or timezone.localdate()
    obligations = Obligation.objects.filter(pk__in=[pk for pk, _standing in standings]).order_by()
    found = {values[0]: _Found(*values) for values in _annotated(obligations, today)}
    return [_row(found[pk], Standing(standing), today) for pk, standing in standings if pk in found]


def _annotated(obligations: QuerySet[Obligation], today: date) -> Iterable[tuple[Any, ...]]:
    of = Places(today)
    visible = of.visible.order_by("-published_at", "-pk")
    shown, hanging = (each.order_by("-shown_from", "-pk") for each in (of.shown, of.hanging))
    number = of.visible.order_by().values("matter").annotate(number=Count("pk")).values("number")
    refreshed = of.visible.order_by("-live_revision__published_at")
    return obligations.annotate(
        disclosures=Coalesce(Subquery(number, output_field=IntegerField()), 0),
        index_number=_first(visible, "index_number"),
        title=_first(visible, "live_revision__title"),
        shown=_first(shown, JSONObject(**{name: name for name in wording.SHOWN})),
        reason=_first(of.explanations, JSONObject(**wording.REASON)),
        pending_due_on=_first(of.pending.order_by("due_on"), "due_on"),
        published_at=_first(visible, "published_at"),
        shown_on=_first(shown, "shown_from"),
        refreshed_at=_first(refreshed, "live_revision__published_at"),
        reviewed_at=_first(of.reviews.order_by("-reviewed_at"), "reviewed_at"),
        hung_up_on=_first(hanging, "shown_from"),
        matter_code=F("matter__code"),
        name=F("matter__name"),
        category=F("matter__category"),
        unit_name=F("unit__name"),
        publisher_code=F("publisher__code"),
        publisher_name=F("publisher__name"),
        **{name: F(f"matter__{name}") for name in _LIMIT},
    ).values_list(*_COLUMNS)


def _first(rows: QuerySet, column: Any) -> Subquery:
    return Subquery(rows.values(found=F(column) if isinstance(column, str) else column)[:1])


def _row(row: _Found, standing: Standing, today: date) -> Row:
    due_on = _due_on(row, today, is_explained=row.reason is not None)
    number = row.index_number
    return Row(
        row.matter_code,
        row.name,
        row.category,
        row.unit_name,
        row.publisher_code,
        row.publisher_name,
        standing,
        due_on,
        wording.of(row, standing.state, due_on),
        row.disclosures,
        f"{reverse('disclosures:index')}{number.replace('/', '-')}/" if number else "",
        row.title or "",
    )


# The due day ----------------------------------------------------------------------------------


def _due_on(row: _Found, today: date, *, is_explained: bool) -> date | None:
    days = [row.pending_due_on]
    if row.limit_kind == LimitKind.PERIODIC and row.period:
        days.append(_cycle_day(row, today, is_explained=is_explained))
    if row.limit_kind == LimitKind.LONG_TERM:
        days.append(_review_day(row))
    return min((day for day in days if day is not None), default=None)


def _cycle_day(row: _Found, today: date, *, is_explained: bool) -> date:
    """When the periodic matter is due next, or when it was missed."""
    cycle = limits.cycle_of(row, today)
    listed_on = row.listed_on or date.min
    latest = max(_local(row.published_at), row.shown_on or date.min)
    is_settled = latest >= cycle.opens_on or cycle.due_on < listed_on
    if is_settled or (cycle.due_on < today and is_explained):
        return limits.cycle_after(row, cycle).due_on
    missed_last = latest < cycle.last_opened_on and listed_on <= cycle.last_due_on
    if missed_last and not is_explained and cycle.due_on > soon(today):
        return cycle.last_due_on
    return cycle.due_on


def _review_day(row: _Found) -> date | None:
    """When what is long-term has to be looked through."""
    refreshed = max(_local(row.refreshed_at), _local(row.reviewed_at), row.hung_up_on or date.min)
    if refreshed == date.min:
        return None
    return workdays.add_months(refreshed, row.review_months or limits.REVIEW_MONTHS)


def _local(moment: Any) -> date:
    return timezone.localdate(moment) if moment else date.min
