"""How it stands with what is owed: the state of every obligation on a day, from live rows.

An obligation is a matter, the unit that owes it and the unit that publishes it. ``standing``
turns the rules below into one SQL expression, ``tally`` counts it in one grouped query, ``facts``
says it of single rows in days and words. There is nothing to refresh: what is published, drafted,
signed or reviewed counts from the next query on.

What counts
    A visible disclosure of the matter by the publisher, of the owing village or of no village in
    particular. A signed off-line record of the matter and the owing unit from ``shown_from`` on;
    for what is long-term only while it hangs, for the others it stays: what was shown was
    disclosed.

What is pending
    Open drafts of something never published, of the same place. Each has a day by which it is
    due, and the public waits for it: past that day the obligation is overdue, whatever else is
    published; within five working days of it it is due soon.

Event-bound and real-time
    Published when anything counts. Nothing says whether there was an event that left no trace.

Periodic
    A cycle is met by a *first* publication, or a showing off line, after the cycle opened: to
    correct last year's text is to publish nothing for this year. Not met after its due day:
    overdue; within five working days of it: due soon; before that it depends on whether the cycle
    before was met, late or not. Cycles due before the matter was listed ask for nothing. Without
    a period that is known it is held to what holds for an event.

Long-term
    Current for ``review_months`` from the latest publication (of a correction too), review, or
    hanging up of what counts; then overdue, five working days before that due soon.

Explained
    An explanation in force settles what would be missing and a periodic cycle that was missed. It
    settles neither a draft that is due nor a long-term text that nobody reviewed.

Covered is what is published, and what is due soon while the last one still counts. The coverage
is the covered share of what is owed and not explained.
"""

from . import timeliness
from .facts import Row, rows
from .standing import STANDINGS, Standing, standings, with_standing
from .tally import Counts, percent, rolled_up, tally
from .timeliness import Timely

__all__ = [
    "STANDINGS",
    "Counts",
    "Row",
    "Standing",
    "Timely",
    "percent",
    "rolled_up",
    "rows",
    "standings",
    "tally",
    "timeliness",
    "with_standing",
]
