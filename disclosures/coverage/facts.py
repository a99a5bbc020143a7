"""What the pages say of single obligations: since when, until when, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from catalog import limits, workdays
from catalog.choices import LimitKind
from catalog.models import Obligation

from ..choices import ObligationState
from ..models import Disclosure, Explanation, OfflineDisclosure
from . import wording
from .standing import Places, Standing, add_months, soon


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
    matter: int
    unit: int
    standing: str
    matter_code: str
    name: str
    category: str
    unit_name: str
    publisher_code: str
    publisher_name: str
    disclosures: int
    newest: int | None
    shown: int | None
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


def rows(obligations: QuerySet[Obligation], today: date | None = None) -> list[Row]:
    """The rows of ``obligations``, which have their standing, in their order; four queries."""
    today = today or timezone.localdate()
    found = [_Found(*values) for values in _annotated(obligations, today)]
    texts = _titles({row.newest for row in found})
    reasons = _reasons(found, today)
    shows = _shows({row.shown for row in found})
    return [_row(row, today, texts, reasons, shows) for row in found]


def _annotated(obligations: QuerySet[Obligation], today: date) -> Iterable[tuple[Any, ...]]:
    of = Places(today)
    visible = of.visible.order_by("-published_at", "-pk")
    shown, hanging = (each.order_by("-shown_from", "-pk") for each in (of.shown, of.hanging))
    number = of.visible.order_by().values("matter").annotate(number=Count("pk")).values("number")
    return obligations.annotate(
        disclosures=Coalesce(Subquery(number, output_field=IntegerField()), 0),
        newest=_first(visible, "pk"),
        shown=_first(shown, "pk"),
        pending_due_on=_first(of.pending.order_by("due_on"), "due_on"),
        published_at=_first(visible, "published_at"),
        shown_on=_first(shown, "shown_from"),
        refreshed_at=_first(
            of.visible.order_by("-live_revision__published_at"), "live_revision__published_at"
        ),
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


def _first(rows: QuerySet, column: str) -> Subquery:
    return Subquery(rows.values(column)[:1])


def _titles(keys: set[int | None]) -> dict[int, tuple[str, str]]:
    """Address and title of each disclosure."""
    index = reverse("disclosures:index")
    found = Disclosure.objects.filter(pk__in=[key for key in keys if key]).order_by()
    columns = ("pk", "index_number", "live_revision__title")
    return {
        pk: (f"{index}{number.replace('/', '-')}/", title)
        for pk, number, title in found.values_list(*columns)
    }


def _reasons(found: list[_Found], today: date) -> dict[tuple[int, int], Explanation]:
    owing = {(row.matter, row.unit) for row in found}
    reasons = (
        Explanation.objects.in_force(today)
        .filter(matter__in={matter for matter, _ in owing}, unit__in={unit for _, unit in owing})
        .select_related("negative_entry")
        .order_by()
    )
    return {(reason.matter_id, reason.unit_id): reason for reason in reasons}


def _shows(keys: set[int | None]) -> dict[int, OfflineDisclosure]:
    return OfflineDisclosure.objects.in_bulk([key for key in keys if key is not None])


def _row(
    row: _Found,
    today: date,
    texts: dict[int, tuple[str, str]],
    reasons: dict[tuple[int, int], Explanation],
    shows: dict[int, OfflineDisclosure],
) -> Row:
    standing = Standing(row.standing)
    reason = reasons.get((row.matter, row.unit))
    due_on = _due_on(row, today, is_explained=reason is not None)
    url, title = texts[row.newest] if row.newest else ("", "")
    return Row(
        row.matter_code,
        row.name,
        row.category,
        row.unit_name,
        row.publisher_code,
        row.publisher_name,
        standing,
        due_on,
        wording.of(
            row,
            standing.state,
            due_on,
            reason=reason,
            shown=shows.get(row.shown or 0),
        ),
        row.disclosures,
        url,
        title,
    )


# The due day ----------------------------------------------------------------------------------


def _due_on(row: _Found, today: date, *, is_explained: bool) -> date | None:
    days = [row.pending_due_on]
    if row.limit_kind == LimitKind.PERIODIC:
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
    return add_months(refreshed, row.review_months or limits.REVIEW_MONTHS)


def _local(moment: Any) -> date:
    return timezone.localdate(moment) if moment else date.min
