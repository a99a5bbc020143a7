"""Coverage again, one obligation after the other in plain Python: what SQL is compared with.

Written from the rules and not from the code: no cycle, no working day and no percentage is shared
with it but the official calendar itself.
"""

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date, timedelta

from django.utils import timezone

from catalog import workdays
from catalog.models import Obligation
from disclosures.models import Disclosure, Explanation, OfflineDisclosure, Review, Revision

PUBLISHED, DUE_SOON, OVERDUE = "published", "due_soon", "overdue"
EXPLAINED, MISSING = "explained", "missing"


class World:
    """All rows, fetched once, and the day on which they are looked at."""

    def __init__(self, today):
        self.today = today
        self.soon = today
        left = 5
        while left:
            self.soon += timedelta(days=1)
            left -= workdays.is_workday(self.soon)
        self.owed = [
            one
            for one in Obligation.objects.select_related("matter", "unit", "publisher")
            if one.matter.retired_on is None
            and one.matter.method != "on_request"
            and not one.matter.children.exists()
        ]
        self.disclosures = list(Disclosure.objects.select_related("live_revision"))
        self.revisions = list(Revision.objects.all())
        self.shown = [row for row in OfflineDisclosure.objects.all() if row.state == "signed"]
        self.reasons = [row for row in Explanation.objects.all() if row.state == "signed"]
        self.reviews = defaultdict(list)
        for review in Review.objects.all():
            self.reviews[review.disclosure_id].append(local(review.reviewed_at))

    def all(self):
        return {one.pk: Standing(self, one) for one in self.owed}


class Standing:
    """``state``, ``is_covered`` and ``due_on`` of one obligation."""

    def __init__(self, world, obligation):
        self.world, self.obligation, self.matter = world, obligation, obligation.matter
        self.texts = [
            text
            for text in self.of_the_place()
            if text.live_revision is not None and text.withdrawn_at is None
        ]
        drafts = {text.pk for text in self.of_the_place() if text.live_revision is None}
        self.pending = [
            draft.due_on
            for draft in world.revisions
            if draft.disclosure_id in drafts and waits(draft)
        ]
        self.shown = [
            row
            for row in world.shown
            if row.matter_id == obligation.matter_id
            and row.unit_id == obligation.unit_id
            and row.shown_from <= world.today
        ]
        self.is_explained = any(
            row.matter_id == obligation.matter_id
            and row.unit_id == obligation.unit_id
            and row.valid_until >= world.today
            for row in world.reasons
        )
        self.is_late = any(day < world.today for day in self.pending)
        self.is_pressing = any(day <= world.soon for day in self.pending)
        kinds = {"periodic": self.periodic, "long_term": self.long_term}
        state, still_counts, day = kinds.get(self.matter.limit_kind, self.event_bound)()
        if self.is_late:
            state = OVERDUE
        elif self.is_pressing and state != OVERDUE:
            state = DUE_SOON
        self.state = state
        self.is_covered = state == PUBLISHED or (state == DUE_SOON and still_counts)
        self.due_on = min([*self.pending, *([day] if day else [])], default=None)

    def of_the_place(self):
        owing = self.obligation.unit_id
        for text in self.world.disclosures:
            at_home = text.village_id is None or text.village_id == owing
            if (
                text.matter_id == self.obligation.matter_id
                and text.unit_id == self.obligation.publisher_id
                and at_home
            ):
                yield text

    def event_bound(self):
        counts = bool(self.texts or self.shown)
        if counts:
            return PUBLISHED, True, None
        return (EXPLAINED if self.is_explained else MISSING), False, None

    def periodic(self):
        today = self.world.today
        days = [local(text.published_at) for text in self.texts]
        days += [row.shown_from for row in self.shown]
        last, now, following = cycles(self.matter, today)
        listed = self.matter.listed_on or date(1, 1, 1)
        if any(day >= now.opens for day in days):
            return PUBLISHED, True, following.due
        met_last = any(day >= last.opens for day in days)
        asked_now, asked_last = now.due >= listed, last.due >= listed
        if asked_now and now.due < today:
            if self.is_explained:
                return EXPLAINED, False, following.due
            return OVERDUE, False, now.due
        ahead = now.due if asked_now else following.due
        still_counts = met_last or (not asked_last and bool(days))
        is_near = asked_now and now.due <= self.world.soon
        if still_counts:
            return (DUE_SOON if is_near else PUBLISHED), True, ahead
        if self.is_explained:
            return EXPLAINED, False, ahead
        if is_near:
            return DUE_SOON, False, ahead
        if asked_last:
            return OVERDUE, False, last.due
        return MISSING, False, ahead

    def long_term(self):
        today = self.world.today
        hanging = [
            row.shown_from
            for row in self.shown
            if row.shown_until is None or row.shown_until >= today
        ]
        days = list(hanging)
        for text in self.texts:
            days += [local(text.live_revision.published_at), *self.world.reviews[text.pk]]
        if not days:
            return (EXPLAINED if self.is_explained else MISSING), False, None
        due = months_later(max(days), self.matter.review_months or 12)
        if due < today:
            return OVERDUE, False, due
        return (DUE_SOON if due <= self.world.soon else PUBLISHED), True, due


class CycleDays:
    def __init__(self, opens, due):
        self.opens, self.due = opens, due


def cycles(matter, today):
    """The cycle before, the open one and the next."""
    found = sorted(
        (CycleDays(*days) for year in range(today.year - 2, today.year + 3)
         for days in of_year(matter, year)),
        key=lambda cycle: cycle.opens,
    )  # fmt: skip
    now = max(place for place, cycle in enumerate(found) if cycle.opens <= today)
    return found[now - 1 : now + 2]


def of_year(matter, year):
    if matter.period == "yearly":
        yield date(year, 1, 1), capped(year, matter.due_month or 12, matter.due_day)
    elif matter.period == "half_yearly":
        yield date(year, 1, 1), date(year, 6, 30)
        yield date(year, 7, 1), date(year, 12, 31)
    elif matter.period == "term":
        yield date(year, 2, 1), date(year, 7, 31)
        yield date(year, 9, 1), date(year + 1, 1, 31)
    else:
        for month in (1, 4, 7, 10) if matter.period == "quarterly" else range(1, 13):
            yield date(year, month, 1), capped(year, month, matter.due_day)


def capped(year, month, day):
    return date(year, month, min(day or 31, monthrange(year, month)[1]))


def months_later(day, months):
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return capped(year, month, day.day)


def waits(revision):
    """Open, and no withdrawal: what the public waits for once nothing of it is public."""
    signed = revision.state == "approved" and revision.published_at is None
    return revision.kind != "withdrawal" and (revision.state in ("draft", "in_review") or signed)


def local(moment):
    return timezone.localtime(moment).date()


def rolled_up(standings, key):
    """Key of the obligation → states counted, covered, owed, percent with one decimal."""
    groups = defaultdict(list)
    for standing in standings.values():
        groups[key(standing.obligation)].append(standing)
    return {name: figures(members) for name, members in groups.items()}


def figures(members):
    states = Counter(member.state for member in members)
    covered = sum(member.is_covered for member in members)
    expected = len(members) - states[EXPLAINED]
    # Tenths of a percent that are full: 99.96 is no hundred.
    percent = int(covered * 1000 / expected + 1e-9) / 10 if expected else None
    return {
        "owed": len(members),
        "covered": covered,
        "expected": expected,
        "percent": percent,
        **{state: states[state] for state in (PUBLISHED, DUE_SOON, OVERDUE, EXPLAINED, MISSING)},
    }


class Timeliness:
    """Disclosures that are public today and had a due day, by month and unit of publication."""

    def __init__(self, today):
        self.today = today
        self.texts = [
            text
            for text in Disclosure.objects.all()
            if text.live_revision_id and not text.withdrawn_at
        ]

    def months(self, count):
        """Year and month of the last ``count`` months, oldest first."""
        found = []
        year, month = self.today.year, self.today.month
        for _ in range(count):
            found.insert(0, (year, month))
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return found

    def by_month(self, count):
        return [kept(text for text in self.texts if month_of(text) == each)
                for each in self.months(count)]  # fmt: skip

    def by_unit(self):
        units = defaultdict(list)
        for text in self.recent():
            units[text.unit_id].append(text)
        return {unit: kept(texts) for unit, texts in units.items()}

    def whole(self):
        due, on_time = kept(self.recent())
        return due, on_time, int(on_time * 1000 / due + 1e-9) / 10 if due else None

    def recent(self):
        return [text for text in self.texts if month_of(text) >= self.months(12)[0]]


def month_of(text):
    day = local(text.published_at)
    return day.year, day.month


def kept(texts):
    due = [text for text in texts if text.due_on is not None]
    return len(due), sum(local(text.published_at) <= text.due_on for text in due)
