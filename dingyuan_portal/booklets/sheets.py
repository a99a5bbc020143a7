"""The booklets as workbooks: the rows of the printed tables, to sort and to filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.workbooks import Column

from .contents import LEVELS, Content

Rows = Iterator[list[Any]]


MATTERS = (
    Column("试点领域", 12),
    Column("编码", 13),
    *(Column(level, 24) for level in LEVELS),
    Column("公开类别", 10),
    Column("公开主体", 36),
)


def matters(content: Content) -> Rows:
    """A matter's name stands in the column of its level, below the names above it."""
    for chapter in content.chapters:
        path = ["", "", ""]
        for level, code, name, category, units in chapter["rows"]:
            path[level - 1 :] = [name, *[""] * (len(LEVELS) - level)]
            yield [chapter["title"], code, *path, category, units]


NEGATIVE_LIST = (
    Column("类别", 14),
    Column("编码", 11),
    Column("名称", 22),
    Column("具体情形", 40),
    Column("依据", 38),
    Column("处理方式", 16),
    Column("适用领域", 18),
)


def negative_list(content: Content) -> Rows:
    for chapter in content.chapters:
        for code, name, description, basis, handling, domains in chapter["rows"]:
            yield [
                chapter["title"], code, name, description, "\n".join(basis), handling, domains
            ]  # fmt: skip


ACCOUNTABILITY = (
    Column("表号", 5),
    Column("表名", 14),
    Column("序号", 5),
    Column("环节", 12),
    Column("责任内容", 26),
    Column("责任人", 16),
    Column("时限要求", 15),
    Column("追责情形", 24),
    Column("追责方式", 24),
    Column("依据", 30),
)


def accountability(content: Content) -> Rows:
    for chapter in content.chapters:
        for *row, basis in chapter["rows"]:
            yield [chapter["number"], chapter["title"], *row, "\n".join(basis)]
