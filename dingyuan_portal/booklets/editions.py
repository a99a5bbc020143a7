"""The booklets: what each is called, what it says, how it is made.

A version is the digest of exactly what a booklet says, so the same data has the same version and
is set once; a changed matter has another at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from catalog.typesetting import settable, typeset
from catalog.workbooks import Column, write_table

from . import contents, sheets
from .contents import Content
from .source import Source

TEMPLATES = Path(__file__).with_name("templates")
COUNTY = "定远县"
SERIES = "基层政务公开标准化规范化“四册一图一表”"
DEMONSTRATION = "出自演示站点，所载内容为参照国家标准编写的示范数据，不是定远县的正式文本。"


class Sheet(NamedTuple):
    columns: Sequence[Column]
    rows: Callable[[Content], sheets.Rows]


class Booklet(NamedTuple):
    slug: str
    title: str
    summary: str
    content: Callable[[Source], Content]
    sheet: Sheet | None = None

    @property
    def extensions(self) -> tuple[str, ...]:
        return ("pdf", "xlsx") if self.sheet else ("pdf",)


BOOKLETS = {
    booklet.slug: booklet
    for booklet in (
        Booklet(
            "matters",
            "政务公开事项目录",
            "各试点领域的一、二、三级公开事项，写明编码、公开类别和公开主体。",
            contents.matters,
            Sheet(sheets.MATTERS, sheets.matters),
        ),
        Booklet(
            "standards",
            "政务公开标准",
            "每个末级事项公开什么、依据什么、多久公开、由谁公开、在哪里公开、向谁公开。",
            contents.standards,
        ),
        Booklet(
            "routes",
            "政务公开流程",
            "七类公开各有哪些步骤、由谁负责、用多少时间，以及五级审签、退回、更正和撤下的走向。",
            contents.routes,
        ),
        Booklet(
            "negative-list",
            "政务公开负面清单",
            "依法不公开或不全部公开的，逐条写明情形、依据和处理方式。",
            contents.negative_list,
            Sheet(sheets.NEGATIVE_LIST, sheets.negative_list),
        ),
        Booklet(
            "accountability",
            "政务公开责任追溯表",
            "每个环节由谁负责、什么时候做完、没做到怎么追责。",
            contents.accountability,
            Sheet(sheets.ACCOUNTABILITY, sheets.accountability),
        ),
    )
}


class Edition:
    """A booklet as its data stand now."""

    def __init__(self, booklet: Booklet, source: Source) -> None:
        self.booklet = booklet
        self.content = booklet.content(source)

    @cached_property
    def version(self) -> str:
        said = json.dumps([self._said(), self.content.charts], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:10]

    @property
    def rows(self) -> int:
        """How many rows the workbook has."""
        sheet = self.booklet.sheet
        return sum(1 for _row in sheet.rows(self.content)) if sheet else 0

    def made(self, extension: str, day: date) -> bytes:
        """The file, dated ``day``. Raises ``TypesettingError`` without a Chinese font."""
        return self._workbook(day) if extension == "xlsx" else self._print(day)

    def file_name(self, extension: str, day: date) -> str:
        mark = "（示范）" if settings.SITE["is_demo"] else ""
        return f"{COUNTY}{self.booklet.title}{mark}-{day:%Y-%m-%d}.{extension}"

    def _print(self, day: date) -> bytes:
        data = {
            **settable(self._said()),
            "charts": self.content.charts,
            "day": [day.year, day.month, day.day],
            "date": _shown(day),
            "imprint": self._imprint(day),
        }
        return typeset(TEMPLATES / f"{self.booklet.slug}.typ", "booklet", data)

    def _workbook(self, day: date) -> bytes:
        sheet = self.booklet.sheet
        if sheet is None:
            raise ValueError(f"{self.booklet.slug} has no workbook")
        out = BytesIO()
        notes = [f"{settings.SITE['organisation']}　{self._imprint(day)}"]
        if settings.SITE["is_demo"]:
            notes.append(f"本表{DEMONSTRATION}")
        write_table(
            out, f"{COUNTY}{self.booklet.title}", sheet.columns, sheet.rows(self.content), notes
        )
        return out.getvalue()

    def _imprint(self, day: date) -> str:
        return f"{_shown(day)}编印　版本号 {self.version}"

    def _said(self) -> dict[str, Any]:
        """All that a reader is told but for the day."""
        site = settings.SITE
        return {
            "county": COUNTY,
            "series": COUNTY + SERIES,
            "title": self.booklet.title,
            "site": {key: site[key] for key in ("name", "organisation", "domain", "is_demo")},
            "facts": self.content.facts,
            "chapters": self.content.chapters,
            "notes": _notes(self.booklet),
        }


def _shown(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _notes(booklet: Booklet) -> list[str]:
    notes = [
        booklet.summary,
        f"本册由“{settings.SITE['name']}”网站按现行数据自动编排。版本号是所载内容的摘要值："
        "内容相同，版本号相同；内容有一处变动，版本号就不同。"
        "以网站“四册一图一表”栏目的最新版本为准。",
    ]
    if settings.SITE["is_demo"]:
        notes.append(f"本册{DEMONSTRATION}")
    return notes
