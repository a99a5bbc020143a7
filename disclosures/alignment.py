"""What two sequences have in common, in time that stays small for any text.

``difflib`` alone takes minutes where few values recur often: a table of 是 and 否, a form of dots.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeVar

#: Steps difflib may need at worst for one stretch; a longer one is first cut at its landmarks.
STEPS = 1_000_000
#: Likenesses looked at for one stretch of changed items; in a longer one, place decides.
PAIRS = 4000
#: How often a stretch is cut at landmarks before what is left counts as different.
DEPTH = 20

T = TypeVar("T")
Run = tuple[int, int, int]  # start in old, start in new, length


def differences(
    old: Sequence[Hashable], new: Sequence[Hashable]
) -> Iterator[tuple[bool, int, int, int, int]]:
    """(is equal, start and end in old, start and end in new), covering both without a gap."""
    a = c = 0
    for start, place, size in [*_common(old, new), (len(old), len(new), 0)]:
        if (start, place) != (a, c):
            yield False, a, start, c, place
        if size:
            yield True, start, start + size, place, place + size
        a, c = start + size, place + size


def paired(
    old: Sequence[T],
    new: Sequence[T],
    likeness: Callable[[T, T], float],
    rough: Callable[[T], Hashable],
) -> Iterator[tuple[T | None, T | None]]:
    """Both in order, items that are alike side by side. A ``likeness`` of 0 is never a pair.

    Many items are first laid beside those with the same ``rough`` value.
    """
    if len(old) * len(new) <= PAIRS:
        yield from _best_pairs(old, new, likeness)
        return
    for is_equal, a, b, c, d in differences([rough(x) for x in old], [rough(x) for x in new]):
        if is_equal or (b - a) * (d - c) > PAIRS:
            yield from _by_place(old[a:b], new[c:d], likeness)
        else:
            yield from _best_pairs(old[a:b], new[c:d], likeness)


def _by_place(
    old: Sequence[T], new: Sequence[T], likeness: Callable[[T, T], float]
) -> Iterator[tuple[T | None, T | None]]:
    for left, right in zip_longest(old, new):
        if left is None or right is None or likeness(left, right):
            yield left, right
        else:
            yield left, None
            yield None, right


def _best_pairs(
    old: Sequence[T], new: Sequence[T], likeness: Callable[[T, T], float]
) -> Iterator[tuple[T | None, T | None]]:
    """The pairs whose likenesses make the greatest sum, as edit distance is computed."""
    alike = [[likeness(left, right) for right in new] for left in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            pair = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1
    yield from ((left, None) for left in old[i:])
    yield from ((None, right) for right in new[j:])


def _common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Run]:
    """Equal stretches, in order. Cut at landmarks until difflib can afford what is between."""
    found: list[Run] = []
    waiting = [(0, len(old), 0, len(new), 0)]
    while waiting:
        a, b, c, d, depth = waiting.pop()
        head = _alike(old[a:b], new[c:d])
        found.append((a, c, head))
        a, c = a + head, c + head
        tail = _alike(old[a:b][::-1], new[c:d][::-1])
        b, d = b - tail, d - tail
        found.append((b, d, tail))
        left, right = old[a:b], new[c:d]
        if _is_affordable(left, right):
            matcher = SequenceMatcher(None, left, right, autojunk=False)
            found += [(a + i, c + j, n) for i, j, n in matcher.get_matching_blocks()]
        elif depth < DEPTH and (marks := _landmarks(left, right)):
            found += [(a + i, c + j, 1) for i, j in marks]
            starts = [(0, 0), *((i + 1, j + 1) for i, j in marks)]
            ends = [*marks, (len(left), len(right))]
            waiting += [
                (a + i, a + k, c + j, c + m, depth + 1)
                for (i, j), (k, m) in zip(starts, ends, strict=True)
            ]
    return _joined(sorted(run for run in found if run[2]))


def _joined(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for a, c, size in runs:
        if joined and joined[-1][0] + joined[-1][2] == a and joined[-1][1] + joined[-1][2] == c:
            first, place, length = joined.pop()
            a, c, size = first, place, length + size
        joined.append((a, c, size))
    return joined


def _alike(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    """How many first items are the same."""
    count = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        count += 1
    return count


def _is_affordable(old: Sequence[Hashable], new: Sequence[Hashable]) -> bool:
    there = Counter(new)
    one_pass = len(old) + sum(count * there[item] for item, count in Counter(old).items())
    return one_pass * min(len(old), len(new)) <= STEPS


def _landmarks(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of the items that stand once on either side, the longest series in the same order."""
    once = {item for item, count in Counter(old).items() if count == 1}
    places = {item: place for place, item in enumerate(new) if item in once}
    twice = {item for item, count in Counter(new).items() if count > 1}
    pairs = [
        (i, places[item]) for i, item in enumerate(old) if item in places and item not in twice
    ]
    # Patience sorting: ``ends`` holds the last place of the best series of each length.
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for number, (_i, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else None)
        ends[length : length + 1] = [j]
        last[length : length + 1] = [number]
    series: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        series.append(pairs[at])
        at = before[at]
    return series[::-1]
