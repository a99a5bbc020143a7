"""The rules of the package as one SQL expression over obligations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.utils import timezone

from catalog import limits, workdays
from catalog.choices import LimitKind
from catalog.models import Matter, Obligation

from ..choices import ObligationState
from ..models import Disclosure, Explanation, OfflineDisclosure, Review, Revision

DUE_SOON_WORKDAYS = 5


class Standing(TextChoices):
    """The state, and of what is due soon whether something still counts meanwhile."""

    PUBLISHED = "published"
    DUE_SOON_COVERED = "due_soon_covered"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    EXPLAINED = "explained"
    MISSING = "missing"

    @property
    def state(self) -> ObligationState:
        if self == Standing.DUE_SOON_COVERED:
            return ObligationState.DUE_SOON
        return ObligationState(self.value)

    @property
    def is_covered(self) -> bool:
        return self in {Standing.PUBLISHED, Standing.DUE_SOON_COVERED}


#: State → the standings that it stands for.
STANDINGS: dict[str, list[str]] = {
    state: [standing.value for standing in Standing if standing.state == state]
    for state in ObligationState.values
}
#: The standings that are covered; plain text, as the database gives them.
COVERED = tuple(standing.value for standing in Standing if standing.is_covered)


def with_standing(obligations: QuerySet[Obligation], today: date | None = None) -> Any:
    """``obligations`` with their ``standing``; asks once for the rules that matters have."""
    today = today or timezone.localdate()
    calendar = Calendar(today, _rules())
    return obligations.alias(
        opened_at=calendar.opened(_midnight, DateTimeField()),
        opened_on=calendar.opened(_same, DateField()),
        last_opened_at=calendar.last_opened(_midnight, DateTimeField()),
        last_opened_on=calendar.last_opened(_same, DateField()),
        kept_since_at=calendar.kept_since(today, _midnight, DateTimeField()),
        kept_since_on=calendar.kept_since(today, _same, DateField()),
        rested_since_at=calendar.kept_since(soon(today), _midnight, DateTimeField(), above=True),
        rested_since_on=calendar.kept_since(soon(today), _same, DateField(), above=True),
    ).annotate(standing=_standing(_Conditions(today), calendar))


def standings(
    obligations: QuerySet[Obligation], *columns: str, today: date | None = None
) -> list[tuple[Any, ...]]:
    """Key, standing and ``columns`` of each of ``obligations``, in the order of the catalog."""
    ordered = with_standing(obligations, today).order_by(
        "matter__tree_id", "matter__lft", "unit__code", "pk"
    )
    return list(ordered.values_list("pk", "standing", *columns))


def soon(today: date) -> date:
    """What is due up to this day is due soon."""
    return workdays.add(today, DUE_SOON_WORKDAYS)


def _rules() -> list[tuple[limits.Rule, int | None]]:
    """The few ways in which matters recur, and have to be reviewed."""
    kinds = [LimitKind.PERIODIC, LimitKind.LONG_TERM]
    found = Matter.objects.filter(limit_kind__in=kinds).order_by().distinct()
    columns = ("period", "due_month", "due_day", "review_months")
    return [(limits.Rule(*rule), months) for *rule, months in found.values_list(*columns)]


# The days -------------------------------------------------------------------------------------


class Calendar:
    """The days of the cycles that are open on a day, as conditions and values in SQL."""

    def __init__(self, today: date, rules: list[tuple[limits.Rule, int | None]]) -> None:
        self.today = today
        self.cycles = {rule: limits.cycle_of(rule, today) for rule, _ in rules if rule.period}
        self.months = {months for _rule, months in rules}

    def opened(self, form: Any, field: Any) -> Case:
        return self._by_period(lambda cycle: form(cycle.opens_on), field)

    def last_opened(self, form: Any, field: Any) -> Case:
        return self._by_period(lambda cycle: form(cycle.last_opened_on), field)

    def _by_period(self, value: Any, field: Any) -> Case:
        periods = {rule.period: value(cycle) for rule, cycle in self.cycles.items()}
        cases = [When(matter__period=key, then=Value(day)) for key, day in periods.items()]
        return Case(*cases, default=None, output_field=field)

    def kept_since(self, day: date, form: Any, field: Any, *, above: bool = False) -> Case:
        """From when something must be to be due for review on ``day`` or after it."""
        cases = [
            When(
                matter__review_months=months,
                then=Value(form(_months_before(day, months or 0, above=above))),
            )
            for months in sorted(self.months - {None})  # type: ignore[type-var]
        ]
        default = form(_months_before(day, limits.REVIEW_MONTHS, above=above))
        return Case(*cases, default=Value(default), output_field=field)

    def late(self) -> Q:
        """The open cycle is past its due day."""
        return self._where(lambda cycle: cycle.due_on < self.today, "due_on")

    def near(self) -> Q:
        """The open cycle is due within five working days."""
        last = soon(self.today)
        return self._where(lambda cycle: self.today <= cycle.due_on <= last, "due_on")

    def last_counts(self) -> Q:
        """The cycle before was due when the matter was already listed."""
        return self._where(lambda cycle: True, "last_due_on")

    def _where(self, holds: Any, due: str) -> Q:
        """Matters whose cycle ``holds``, listed by the day it was due."""
        found = Q(pk=None)
        for rule, cycle in self.cycles.items():
            if holds(cycle):
                found |= Q(
                    Q(matter__listed_on=None) | Q(matter__listed_on__lte=getattr(cycle, due)),
                    **{f"matter__{name}": value for name, value in rule._asdict().items()},
                )
        return found


def _months_before(day: date, months: int, *, above: bool) -> date:
    """The first day from which ``months`` lead to ``day``, or ``above`` it, or later."""
    found = workdays.add_months(day, -months) - timedelta(days=3)
    while workdays.add_months(found, months) < day or (
        above and workdays.add_months(found, months) == day
    ):
        found += timedelta(days=1)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def _same(day: date) -> date:
    return day


# The conditions -------------------------------------------------------------------------------


class Places:
    """The rows that belong to an obligation, as subqueries of obligations."""

    def __init__(self, today: date) -> None:
        self.visible = Disclosure.objects.visible().filter(*_of_the_place())
        self.pending = Revision.objects.unpublished().filter(*_of_the_place("disclosure__"))
        self.reviews = Review.objects.filter(
            *_of_the_place("disclosure__"),
            disclosure__live_revision__isnull=False,
            disclosure__withdrawn_at=None,
        )
        owing = {"matter": OuterRef("matter"), "unit": OuterRef("unit")}
        self.shown = OfflineDisclosure.objects.signed().filter(shown_from__lte=today, **owing)
        self.hanging = self.shown.filter(Q(shown_until=None) | Q(shown_until__gte=today))
        self.explanations = Explanation.objects.in_force(today).filter(**owing)


class _Conditions:
    """Whether there is something, each a question that stops at the first row found."""

    def __init__(self, today: date) -> None:
        self.of = of = Places(today)
        self.late_draft = Exists(of.pending.filter(due_on__lt=today))
        self.draft_soon = Exists(of.pending.filter(due_on__lte=soon(today)))
        self.explanation = Exists(of.explanations)
        self.anything = Exists(of.visible) | Exists(of.shown)
        self.in_cycle = self._published_since("opened")
        self.in_last_cycle = self._published_since("last_opened")
        self.something_stands = Exists(of.visible) | Exists(of.hanging)
        self.is_kept = self._kept_since("kept_since")
        self.stays_kept = self._kept_since("rested_since")

    def _published_since(self, mark: str) -> Any:
        at, on = OuterRef(f"{mark}_at"), OuterRef(f"{mark}_on")
        return Exists(self.of.visible.filter(published_at__gte=at)) | Exists(
            self.of.shown.filter(shown_from__gte=on)
        )

    def _kept_since(self, mark: str) -> Any:
        """Published, reviewed or hung up since then."""
        at, on = OuterRef(f"{mark}_at"), OuterRef(f"{mark}_on")
        return (
            Exists(self.of.visible.filter(live_revision__published_at__gte=at))
            | Exists(self.of.reviews.filter(reviewed_at__gte=at))
            | Exists(self.of.hanging.filter(shown_from__gte=on))
        )


def _of_the_place(prefix: str = "") -> Iterable[Q]:
    """Of the obligation's matter and publisher, of its village or of none in particular."""
    yield Q(**{f"{prefix}matter": OuterRef("matter"), f"{prefix}unit": OuterRef("publisher")})
    yield Q(**{f"{prefix}village": None}) | Q(**{f"{prefix}village": OuterRef("unit")})


class _Branch(NamedTuple):
    condition: Any
    standing: Standing


def _standing(has: _Conditions, calendar: Calendar) -> Case:
    """Branches are tried in order and the costly conditions of the later ones seldom reached."""
    return Case(
        When(has.late_draft, then=Value(Standing.OVERDUE)),
        When(matter__limit_kind=LimitKind.PERIODIC, then=_periodic(has, calendar)),
        When(matter__limit_kind=LimitKind.LONG_TERM, then=_long_term(has)),
        default=_event_bound(has),
        output_field=CharField(),
    )


def _event_bound(has: _Conditions) -> Case:
    return _case(
        _Branch(has.draft_soon & has.anything, Standing.DUE_SOON_COVERED),
        _Branch(has.draft_soon, Standing.DUE_SOON),
        _Branch(has.anything, Standing.PUBLISHED),
        _Branch(has.explanation, Standing.EXPLAINED),
        default=Standing.MISSING,
    )


def _periodic(has: _Conditions, calendar: Calendar) -> Case:
    late, near, last_counts = calendar.late(), calendar.near(), calendar.last_counts()
    still_counts = has.in_last_cycle | (~last_counts & has.anything)
    return _case(
        _Branch(has.in_cycle & has.draft_soon, Standing.DUE_SOON_COVERED),
        _Branch(has.in_cycle, Standing.PUBLISHED),
        _Branch(late & ~has.explanation, Standing.OVERDUE),
        _Branch(late & has.draft_soon, Standing.DUE_SOON),
        _Branch(late, Standing.EXPLAINED),
        _Branch(still_counts & (near | has.draft_soon), Standing.DUE_SOON_COVERED),
        _Branch(still_counts, Standing.PUBLISHED),
        _Branch(has.explanation & ~has.draft_soon, Standing.EXPLAINED),
        _Branch(has.explanation | near, Standing.DUE_SOON),
        _Branch(last_counts, Standing.OVERDUE),
        _Branch(has.draft_soon, Standing.DUE_SOON),
        default=Standing.MISSING,
    )


def _long_term(has: _Conditions) -> Case:
    ends_soon = ~has.stays_kept | has.draft_soon
    return _case(
        _Branch(has.something_stands & ~has.is_kept, Standing.OVERDUE),
        _Branch(has.something_stands & ends_soon, Standing.DUE_SOON_COVERED),
        _Branch(has.something_stands, Standing.PUBLISHED),
        _Branch(has.draft_soon, Standing.DUE_SOON),
        _Branch(has.explanation, Standing.EXPLAINED),
        default=Standing.MISSING,
    )


def _case(*branches: _Branch, default: Standing) -> Case:
    return Case(
        *(When(branch.condition, then=Value(branch.standing)) for branch in branches),
        default=Value(default),
        output_field=CharField(),
    )
