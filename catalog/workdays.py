"""Chinese working days, public holidays and make-up days counted.

The State Council announces each year's holidays and make-up days in the autumn before. For a
year that ``chinese_calendar`` does not know yet, Monday to Friday count as working days;
``is_official`` tells a caller that wants to say so.
"""

from calendar import monthrange
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

_YEARS = {day.year for day in holidays} | {day.year for day in workdays}


def is_official(year: int) -> bool:
    """Whether the year's official holiday calendar is known."""
    return year in _YEARS


def is_workday(day: date) -> bool:
    if is_official(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def add(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``: the clock starts the day after (条例第26条)."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def subtract(day: date, count: int) -> date:
    """The last day with ``count`` whole working days between it and ``day`` (听证7个工作日前)."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_workday(day)
    return day


def days_in(month: int, year: int = 2024) -> int:
    """Days of a month; of February 29 unless the year says otherwise."""
    return monthrange(year, month)[1]


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, days_in(month + 1, year)))


def between(start: date, end: date) -> int:
    """Working days after ``start`` up to and with ``end``; negative when ``end`` comes first."""
    if end < start:
        return -between(end, start)
    span = range(1, (end - start).days + 1)
    return sum(is_workday(start + timedelta(days=offset)) for offset in span)
