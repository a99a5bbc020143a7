"""Tables of notices. A table line of a recipe is ``| caption | rows | header:rule | …``.

Rows: ``towns`` (all 22), ``towns 6``, ``villages`` (of the document's township), ``villages 5``,
``8``, ``8-12``, ``list`` (as many as its longest list), ``materials`` (those of a service guide).
A header that begins with ``+`` is added up in a last row. A rule makes a cell: ``no``, ``town``,
``village``, ``name``, ``id``, ``mobile``, ``person``, ``company trade``, ``int a b [step]``,
``dec a b digits``, ``pick a/b``, ``list a/b`` (in this order), ``date a b`` (days from the
document's date), ``sum 2 3``, ``diff 2 3``, ``mul 2 0.6``, ``prod 2 3``, ``rate 2 3`` (per cent),
``text …``; columns count from 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from . import names
from .filling import Filler, Value, as_number, chinese_date, number


@dataclass
class Table:
    caption: str
    headers: list[str]
    rows: list[list[Value]]
    totalled: list[int]

    def total(self, column: int) -> Value:
        values = [row[column - 1] for row in self.rows]
        return _tidy(sum(value for value in values if not isinstance(value, str)))

    def lines(self) -> list[list[str]]:
        """The body as text, with the totals as its last row."""
        lines = [[number(cell) for cell in row] for row in self.rows]
        if self.totalled:
            totals = [
                number(self.total(at)) if at in self.totalled else ""
                for at in range(1, len(self.headers) + 1)
            ]
            totals[0] = "合计"
            lines.append(totals)
        return lines


@dataclass
class _Row:
    """What the rules of one row may ask for."""

    index: int
    place: str
    cells: list[Value]
    filler: Filler

    def number(self, column: str) -> float:
        return float(self.cells[int(column) - 1])


def make_table(line: str, filler: Filler) -> Table:
    caption, rows, *columns = (part.strip() for part in line.removeprefix("| ").split(" | "))
    headers, rules = [], []
    for column in columns:
        header, _, rule = column.partition(":")
        headers.append(header)
        rules.append(rule.split(" ", 1) + [""])
    totalled = [at for at, header in enumerate(headers, start=1) if header.startswith("+")]
    table = Table(caption, [header.removeprefix("+") for header in headers], [], totalled)
    for index, place in enumerate(_places(rows, rules, filler)):
        row = _Row(index, place, [""] * len(rules), filler)
        # Reckoned cells last: they may look at columns on either side of them.
        for at in sorted(range(len(rules)), key=lambda at: rules[at][0] in _RECKONED):
            rule, argument, *_ = rules[at]
            row.cells[at] = _RULES[rule](row, argument)
        table.rows.append(row.cells)
    return table


def _places(rows: str, rules: list[list[str]], filler: Filler) -> list[str]:
    """One entry a row; the entry is the place the row speaks of."""
    word, _, count = rows.partition(" ")
    if word in {"towns", "villages"}:
        places = filler.setting.townships
        if word == "villages":
            places = filler.setting.villages[str(filler.values["T"])]
        chosen = set(filler.rng.sample(places, k=min(int(count or len(places)), len(places))))
        if word == "towns" and filler.values["T"] not in chosen:
            chosen = {*sorted(chosen)[1:], str(filler.values["T"])}
        return [place for place in places if place in chosen]
    if word == "materials":
        return filler.setting.guide["materials"].split(";")
    if word == "list":
        length = max(len(argument.split("/")) for rule, argument, *_ in rules if rule == "list")
    else:
        low, _, high = word.partition("-")
        length = filler.rng.randint(int(low), int(high or low))
    own = filler.setting.villages[str(filler.values["T"])]
    return sorted((filler.rng.choice(own) for _ in range(length)), key=own.index)


_RECKONED = {"sum", "diff", "mul", "prod", "rate"}


def _tidy(value: float) -> Value:
    value = round(value, 4)
    return int(value) if value == int(value) else value


def _days(row: _Row, argument: str) -> str:
    low, high = map(int, argument.split())
    return chinese_date(row.filler.formed_on + timedelta(days=row.filler.rng.randint(low, high)))


def _listed(row: _Row, argument: str) -> Value:
    return as_number(argument.split("/")[row.index])


def _pick(row: _Row, argument: str) -> Value:
    return as_number(row.filler.rng.choice(argument.split("/")))


def _sum(row: _Row, argument: str) -> Value:
    return _tidy(sum(row.number(column) for column in argument.split()))


def _difference(row: _Row, argument: str) -> Value:
    first, second = argument.split()
    return _tidy(row.number(first) - row.number(second))


def _multiple(row: _Row, argument: str) -> Value:
    column, factor = argument.split()
    return _tidy(row.number(column) * float(factor))


def _product(row: _Row, argument: str) -> Value:
    first, second = argument.split()
    return _tidy(row.number(first) * row.number(second))


def _rate(row: _Row, argument: str) -> str:
    part, whole = (row.number(column) for column in argument.split())
    return f"{number(round(100 * part / (whole or 1), 1))}%"


_RULES: dict[str, Callable[[_Row, str], Value]] = {
    "no": lambda row, argument: row.index + 1,
    "town": lambda row, argument: row.place,
    "village": lambda row, argument: row.place,
    "anytown": lambda row, argument: row.filler.rng.choice(row.filler.setting.townships),
    "material": lambda row, argument: row.place.partition("(")[0],
    "form": lambda row, argument: row.place.partition("(")[2].rstrip(")") or "原件1份",
    "name": lambda row, argument: names.masked(row.filler.rng),
    "id": lambda row, argument: names.masked_id(row.filler.rng),
    "mobile": lambda row, argument: names.masked_mobile(row.filler.rng),
    "person": lambda row, argument: names.person(row.filler.rng),
    "company": lambda row, argument: names.company(row.filler.rng, argument),
    "int": lambda row, argument: row.filler.integer(argument.split()),
    "dec": lambda row, argument: _tidy(row.filler.decimal(argument.split())),
    "pick": _pick,
    "list": _listed,
    "date": _days,
    "text": lambda row, argument: argument,
    "sum": _sum,
    "diff": _difference,
    "mul": _multiple,
    "prod": _product,
    "rate": _rate,
}
