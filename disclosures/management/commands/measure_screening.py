"""``manage.py measure_screening``: recall and precision of the privacy rules on a corpus."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import docx
import openpyxl
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from disclosures import screening

CORPUS = settings.BASE_DIR / "tests" / "screening" / "corpus.csv"
MIN_RECALL, MIN_PRECISION = 0.98, 0.95
_FONT = "STSong-Light"


class Line(NamedTuple):
    text: str
    expected: frozenset[str]


class Measured(NamedTuple):
    recall: float
    precision: float
    missed: list[Line]
    false_alarms: list[Line]


def read_corpus(path: Path) -> list[Line]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Line(row["text"], frozenset(row["expected"].split())) for row in csv.DictReader(stream)
        ]


def measure(lines: list[Line], form: str) -> Measured:
    """A line with personal data counts as found when every rule expected finds something."""
    found = list(_FORMS[form](lines))
    missed = [line for line, rules in zip(lines, found, strict=True) if line.expected - rules]
    alarms = [line for line, rules in zip(lines, found, strict=True) if rules and not line.expected]
    positives = sum(1 for line in lines if line.expected)
    right = positives - len(missed)
    return Measured(
        right / positives, right / (right + len(alarms)) if right else 0, missed, alarms
    )


def _of_text(lines: list[Line]) -> Iterator[set[str]]:
    for line in lines:
        yield {hit.rule for hit in screening.find(screening.Passage("正文", line.text))}


def _of_docx(lines: list[Line]) -> Iterator[set[str]]:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line.text)
    yield from _of_file("语料.docx", document.save, lines, lambda number: f"正文第{number}段")


def _of_xlsx(lines: list[Line]) -> Iterator[set[str]]:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "语料"
    for line in lines:
        sheet.append([line.text])
    yield from _of_file(
        "语料.xlsx", book.save, lines, lambda number: f"工作表“语料”单元格A{number}"
    )


def _of_pdf(lines: list[Line]) -> Iterator[set[str]]:
    """A page a line: pages are all that a PDF tells apart for sure."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))

    def save(stream: io.BytesIO) -> None:
        canvas = Canvas(stream)
        for line in lines:
            canvas.setFont(_FONT, 9)
            canvas.drawString(40, 700, line.text)
            canvas.showPage()
        canvas.save()

    yield from _of_file("语料.pdf", save, lines, lambda number: f"第{number}页")


def _of_file(
    name: str, save: Callable[[Any], Any], lines: list[Line], place: Callable[[int], str]
) -> Iterator[set[str]]:
    stream = io.BytesIO()
    save(stream)
    rules: dict[str, set[str]] = {}
    for passage in screening.read_file(name, stream):
        if isinstance(passage, screening.Unread):
            raise CommandError(f"{passage.place}:{passage.reason}")
        rules.setdefault(passage.place, set()).update(hit.rule for hit in screening.find(passage))
    for number in range(1, len(lines) + 1):
        yield rules.get(place(number), set())


_FORMS: dict[str, Callable[[list[Line]], Iterator[set[str]]]] = {
    "text": _of_text,
    "docx": _of_docx,
    "xlsx": _of_xlsx,
    "pdf": _of_pdf,
}


class Command(BaseCommand):
    help = "在标注过的语料上测量隐私筛查的查全率和查准率;低于0.98、0.95时退出码为1"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus", nargs="?", type=Path, default=CORPUS)
        parser.add_argument("--formats", nargs="+", choices=list(_FORMS), default=list(_FORMS))

    def handle(self, *args: Any, corpus: Path, formats: list[str], **options: Any) -> None:
        lines = read_corpus(corpus)
        positives = sum(1 for line in lines if line.expected)
        self.stdout.write(
            f"规则版本 {screening.RULES_VERSION};含个人信息的{positives}行,"
            f"不含的{len(lines) - positives}行"
        )
        failed = False
        for form in formats:
            measured = measure(lines, form)
            self.stdout.write(
                f"{form:>5}  查全率 {measured.recall:.3f}  查准率 {measured.precision:.3f}"
            )
            for label, wrong in (("漏报", measured.missed), ("误报", measured.false_alarms)):
                for line in wrong:
                    self.stdout.write(f"       {label}:{line.text}")
            failed |= measured.recall < MIN_RECALL or measured.precision < MIN_PRECISION
        if failed:
            raise CommandError("没有达到查全率0.98、查准率0.95", returncode=1)
