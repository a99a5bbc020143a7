"""Charts drawn on the server: where bars and points of an inline SVG stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 30


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    #: The part of it that counts, from the bottom.
    part_y: float
    part_height: float


class Tick(NamedTuple):
    place: float
    label: str


class Chart(NamedTuple):
    bars: list[Bar]
    #: Lines between points that follow one another; a month without a share ends one.
    lines: list[str]
    points: list[tuple[float, float]]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def bars(labels: Sequence[str], wholes: Sequence[int], parts: Sequence[int]) -> Chart:
    """A bar for each label: the whole, and the part of it in front."""
    top = _round_up(max(wholes, default=0))
    step = _step(labels)
    width = round(step * 0.64, 1)
    drawn = []
    for place, (whole, part) in enumerate(zip(wholes, parts, strict=True)):
        x = round(LEFT + step * place + (step - width) / 2, 1)
        heights = [round((HEIGHT - TOP - BOTTOM) * number / top, 1) for number in (whole, part)]
        tops = [round(HEIGHT - BOTTOM - height, 1) for height in heights]
        drawn.append(Bar(x, tops[0], width, heights[0], tops[1], heights[1]))
    ticks = [Tick(_y(number, top), str(number)) for number in (0, top // 2, top)]
    return Chart(drawn, [], [], _x_ticks(labels), ticks)


def line(labels: Sequence[str], shares: Sequence[float | None]) -> Chart:
    """A line of percentages, broken where there is none."""
    step = _step(labels)
    runs: list[list[tuple[float, float]]] = [[]]
    for place, share in enumerate(shares):
        if share is None:
            runs.append([])
        else:
            runs[-1].append((round(LEFT + step * (place + 0.5), 1), _y(share, 100)))
    ticks = [Tick(_y(number, 100), f"{number}%") for number in (0, 50, 100)]
    lines = [" ".join(f"{x},{y}" for x, y in run) for run in runs if run]
    return Chart([], lines, [point for run in runs for point in run], _x_ticks(labels), ticks)


def _step(labels: Sequence[str]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(labels), 1)


def _y(number: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / top, 1)


def _x_ticks(labels: Sequence[str]) -> list[Tick]:
    """Every third label, counted from the last, as a phone has room for."""
    step = _step(labels)
    last = len(labels) - 1
    return [
        Tick(round(LEFT + step * (place + 0.5), 1), label)
        for place, label in enumerate(labels)
        if (last - place) % 3 == 0
    ]


def _round_up(number: int) -> int:
    """The next of 10, 20, 40, 60 … or 100, 200, 400 … that is no less."""
    unit = 10
    while unit * 10 < number:
        unit *= 10
    whole = -(-number // unit) or 1
    return (whole + whole % 2 * (whole > 1)) * unit
