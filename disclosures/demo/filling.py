"""Fills the braces of a recipe: dates, names, numbers, choices, and totals of its tables.

``{D+30}`` a date, ``{W+8}`` a working day, ``{Y-1}`` a year, ``{LM}`` ``{LQ}`` ``{LP}`` the
month, quarter and period last ended; ``{k=n 10 20}`` a number kept under a name (``:=`` keeps it
unprinted), ``{k+j}`` ``{k*0.6}`` arithmetic, ``{pct k j}`` a percentage, ``{rows 1}`` and
``{total 1 3}`` of a table; ``{<2021 A|B}`` A before that year and B from then on, ``{?k A|B}``
the k-th, ``{A|B}`` either. The innermost go first.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from catalog import workdays

from . import names

Value = str | int | float
_INNERMOST = re.compile(r"\{([^{}]*)\}")
_ASSIGNMENT = re.compile(r"([a-z]\w*)(:?=)(.+)", re.DOTALL)
_ARITHMETIC = re.compile(r"([a-z]\w*|[\d.]+)([-+*/])([a-z]\w*|[\d.]+)")
_DATE = re.compile(r"([DIW])([-+]\d+)?")
_YEAR = re.compile(r"Y([-+]\d+)?")
_CASE = re.compile(r"\?(\w+) (.*)", re.DOTALL)
_ERA = re.compile(r"<(\d{4}) ([^|]*)\|(.*)", re.DOTALL)


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def number(value: Value) -> str:
    """Plain digits: no trailing zeros, at most four decimals."""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def periods(day: date) -> dict[str, Value]:
    """What a report of that day would cover: the month and quarter last ended, the year so far."""
    month_end = day.replace(day=1) - timedelta(days=1)
    quarter = (day.month - 1) // 3
    year = day.year if quarter else day.year - 1
    term_year, term = (
        (day.year, "春季") if 2 <= day.month <= 7 else (day.year - (day.month < 2), "秋季")
    )
    return {
        "MON": day.month,
        "LM": f"{month_end.year}年{month_end.month}月",
        "LQ": f"{year}年第{'四一二三'[quarter]}季度",
        "LP": f"{year}年{('度', '第一季度', '上半年', '前三季度')[quarter]}",
        "HALF": f"{day.year}年{'上半年' if day.month <= 6 else '下半年'}",
        "TERM": f"{term_year}年{term}",
    }


def as_number(text: str) -> Value:
    """A chosen number as a number, so that it can be reckoned with."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    return float(text) if "." in text else int(text)


@dataclass
class Setting:
    """Who writes and about what; plain values, so that texts need no database."""

    unit_code: str
    unit: str
    phone: str
    complaint_phone: str
    address: str
    matter: str
    domain_code: str
    domain: str
    basis: list[str]
    townships: list[str]
    villages: dict[str, list[str]]
    guide: dict[str, str] = field(default_factory=dict)


@dataclass
class Filler:
    rng: Random
    setting: Setting
    formed_on: date
    issued_on: date
    values: dict[str, Value] = field(default_factory=dict)
    tables: list = field(default_factory=list)

    def __post_init__(self) -> None:
        setting = self.setting
        own = setting.unit.removeprefix("定远县").removesuffix("人民政府")
        town = own if own in setting.townships else self.rng.choice(setting.townships)
        villages = self.rng.sample(setting.villages[town], k=min(3, len(setting.villages[town])))
        self.values = (
            {
                "T": town,
                "V": villages[0],
                "V2": villages[-1],
                "U": setting.unit,
                "S": setting.unit.removeprefix("定远"),
                "M": setting.matter,
                "domain": setting.domain,
                "tel": setting.phone,
                "jd": setting.complaint_phone,
                "addr": setting.address,
                "basis": self._basis(),
            }
            | periods(self.formed_on)
            | self.values
        )

    def fill(self, text: str) -> str:
        while match := _INNERMOST.search(text):
            text = text[: match.start()] + self._evaluate(match[1]) + text[match.end() :]
        return text

    def _basis(self) -> str:
        """The matter's legal basis as of the day: nothing newer than the document."""
        year = self.formed_on.year
        later = {
            "国令第711号": 2019,
            "国令第713号": 2019,
            "国令第716号": 2019,
            "主席令第32号": 2020,
            "第45号": 2019,
        }

        def known(basis: str) -> bool:
            years = [int(found) for found in re.findall(r"〔(\d{4})〕", basis)]
            years += [since for mark, since in later.items() if mark in basis]
            return all(since <= year for since in years)

        known_bases = [basis for basis in self.setting.basis if known(basis)]
        return "、".join(known_bases[:2]) or "《中华人民共和国政府信息公开条例》"

    def _evaluate(self, expression: str) -> str:
        if match := _ASSIGNMENT.fullmatch(expression):
            value = self._value(match[3])
            self.values[match[1]] = value
            return "" if match[2] == ":=" else number(value)
        return number(self._value(expression))

    def _value(self, expression: str) -> Value:
        if expression in self.values:
            return self.values[expression]
        for pattern, read in (
            (_DATE, self._date),
            (_YEAR, self._year),
            (_ERA, self._era),
            (_CASE, self._case),
            (_ARITHMETIC, self._arithmetic),
        ):
            if match := pattern.fullmatch(expression):
                return read(match)
        word, _, rest = expression.partition(" ")
        if word in _WORDS:
            return _WORDS[word](self, rest.split())
        if "|" in expression:
            return as_number(self.rng.choice(expression.split("|")))
        raise ValueError(f"Unknown expression {expression!r}")

    def _date(self, match: re.Match[str]) -> str:
        offset = int(match[2] or 0)
        if match[1] == "W":
            return chinese_date(workdays.add(self.formed_on, offset))
        start = self.formed_on if match[1] == "D" else self.issued_on
        return chinese_date(start + timedelta(days=offset))

    def _year(self, match: re.Match[str]) -> int:
        return self.formed_on.year + int(match[1] or 0)

    def _era(self, match: re.Match[str]) -> str:
        return match[2] if self.formed_on.year < int(match[1]) else match[3]

    def _case(self, match: re.Match[str]) -> str:
        return match[2].split("|")[int(self.values[match[1]]) - 1]

    def _arithmetic(self, match: re.Match[str]) -> Value:
        left, right = (self._operand(match[side]) for side in (1, 3))
        result = {
            "+": left + right,
            "-": left - right,
            "*": left * right,
            "/": left / (right or 1),
        }[match[2]]
        return int(result) if result == int(result) else round(result, 2)

    def _operand(self, word: str) -> float:
        return float(self.values.get(word, word))

    def integer(self, words: list[str]) -> int:
        low, high, *step = (int(self._operand(word)) for word in words)
        return self.rng.randrange(low, high + 1, step[0] if step else 1)

    def decimal(self, words: list[str]) -> float:
        low, high = (self._operand(word) for word in words[:2])
        return round(self.rng.uniform(low, high), int(words[2]) if len(words) > 2 else 2)


def _total(filler: Filler, words: list[str]) -> Value:
    return filler.tables[int(words[0]) - 1].total(int(words[1]))


def _percentage(filler: Filler, words: list[str]) -> str:
    part, whole = (filler._operand(word) for word in words)
    return f"{number(round(100 * part / whole, 1))}%"


_WORDS: dict[str, Callable[[Filler, list[str]], Value]] = {
    "n": Filler.integer,
    "d": Filler.decimal,
    "pct": _percentage,
    "rows": lambda filler, words: len(filler.tables[int(words[0]) - 1].rows),
    "total": _total,
    "cell": lambda filler, words: filler.tables[int(words[0]) - 1].rows[int(words[1]) - 1][
        int(words[2]) - 1
    ],
    "town": lambda filler, words: filler.rng.choice(filler.setting.townships),
    "village": lambda filler, words: filler.rng.choice(
        filler.setting.villages[str(filler.values["T"])]
    ),
    "person": lambda filler, words: names.person(filler.rng),
    "masked": lambda filler, words: names.masked(filler.rng),
    "company": lambda filler, words: names.company(filler.rng, words[0]),
    "guide": lambda filler, words: filler.setting.guide[words[0]],
}
