"""Office hours: when people of the county's offices write and sign."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from catalog import limits, workdays
from catalog.models import Matter

_MORNING = (time(8, 0), time(12, 0))
_AFTERNOON = (time(14, 30), time(17, 30))
#: Minutes of one working day.
DAY = 420


def formed_for(matter: Matter, due: date) -> date:
    """The latest day of formation that is due on ``due`` or just before."""
    formed_on = due
    while limits.due_on(matter, formed_on) > due:
        formed_on -= timedelta(days=1)
    return formed_on


def workday(day: date, offset: int = 0) -> date:
    """``offset`` working days from ``day``, which itself moves on to a working day first."""
    while not workdays.is_workday(day):
        day += timedelta(days=1)
    step = timedelta(days=1 if offset > 0 else -1)
    for _ in range(abs(offset)):
        day += step
        while not workdays.is_workday(day):
            day += step
    return day


def morning(day: date, rng: Random) -> datetime:
    return _at(workday(day), time(8, rng.randint(10, 59), rng.randint(0, 59)))


def later(moment: datetime, minutes: int) -> datetime:
    """``minutes`` of office time after ``moment``."""
    local = timezone.localtime(moment)
    day, clock = local.date(), local.time()
    while True:
        for opens, closes in (_MORNING, _AFTERNOON):
            start = max(clock, opens)
            if workdays.is_workday(day) and start < closes:
                left = _minutes(closes) - _minutes(start)
                if minutes < left:
                    return _at(day, start) + timedelta(minutes=minutes)
                minutes -= left
        day, clock = day + timedelta(days=1), time(0, 0, local.second)


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def _minutes(clock: time) -> int:
    return 60 * clock.hour + clock.minute
