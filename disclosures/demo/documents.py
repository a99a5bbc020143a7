"""Composes one official document from a recipe: text, tables, metadata."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from html import escape
from random import Random
from typing import Literal

from disclosures.choices import Genre, Subject

from .filling import Filler, Setting, Value, chinese_date
from .recipes import Recipe
from .tables import Table, make_table

#: 机关代字 of the units whose documents carry a number.
AGENCIES = {
    "ZFB": "定政办", "FGW": "定发改", "JTJ": "定教体", "MZJ": "定民", "CZJ": "定财",
    "RSJ": "定人社", "ZRJ": "定自然资规", "ZJJ": "定建", "SWJ": "定水", "NYJ": "定农",
    "WJW": "定卫健", "YJJ": "定应急", "SJB": "定审", "SCJ": "定市监", "FPJ": "定扶办",
    "YBJ": "定医保", "CGJ": "定城管", "GGJ": "定公管", "GGZ": "定公交易", "ZSB": "定征办",
    "FGZ": "定房管", "ZDB": "定重点",
}  # fmt: skip

_DOMAIN_SUBJECTS = {
    "01": Subject.CIVIL_AFFAIRS,
    "02": Subject.CONSTRUCTION,
    "03": Subject.LAND,
    "04": Subject.CONSTRUCTION,
    "05": Subject.CONSTRUCTION,
    "06": Subject.EDUCATION,
    "07": Subject.ECONOMY,
    "08": Subject.CONSTRUCTION,
}
_UNIT_SUBJECTS = {
    "CZJ": Subject.FINANCE,
    "SJB": Subject.FINANCE,
    "NYJ": Subject.AGRICULTURE,
    "SWJ": Subject.AGRICULTURE,
    "RSJ": Subject.LABOUR,
    "WJW": Subject.HEALTH,
    "YBJ": Subject.HEALTH,
    "ZRJ": Subject.LAND,
}

#: “根据《…》(…)、《…》的规定，”: says nothing in a summary.
_CITATION = re.compile(r"(根据|依据|按照)(《[^》]*》(\([^()]*\))?、?)+[^，。《》]{0,14}，")

Kind = Literal["h2", "h3", "p", "li", "ol", "table"]


@dataclass(frozen=True)
class Block:
    kind: Kind
    text: str = ""
    table: Table | None = None


@dataclass
class Document:
    title: str
    blocks: list[Block]
    document_number: str
    formed_on: date
    issued_on: date
    effective_on: date | None
    expires_on: date | None
    genre: str
    subject: str
    keywords: str
    files: list[str]
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def shown_until(self) -> date:
        """Lists stay on a notice board for seven days."""
        return self.formed_on + timedelta(days=7)

    @property
    def tables(self) -> list[Table]:
        return [block.table for block in self.blocks if block.table]

    @property
    def body(self) -> str:
        return to_html(self.blocks)

    @property
    def summary(self) -> str:
        """The first sentences of the first telling paragraph, at most 100 characters."""
        paragraphs = [
            block.text for block in self.blocks if block.kind == "p" and len(block.text) > 24
        ]
        text = _CITATION.sub("", (paragraphs or [self.title])[0]).lstrip("，")
        if len(text) <= 98:
            return text
        cut = max(text.rfind(mark, 0, 98) for mark in "。；")
        if cut < 30:
            cut = text.rfind("，", 0, 97)
        return text[:cut].rstrip("，；。") + "。" if cut > 10 else text[:96] + "……"


def compose(
    recipe: Recipe,
    setting: Setting,
    rng: Random,
    formed_on: date,
    issued_on: date,
    numbered: Callable[[str, date], str],
    policy: Document | None = None,
) -> Document:
    """``numbered`` numbers a document of an agency; ``policy`` is what this one interprets."""
    filler = Filler(rng, setting, formed_on, issued_on)
    if policy:
        filler.values |= _quoted(policy)
    filler.fill(recipe.head.get("let", ""))
    title = _tidy(filler.fill(recipe.title))
    lines = [
        (line, make_table(filler.fill(line), filler) if line.startswith("| ") else None)
        for line in recipe.body
    ]
    filler.tables = [table for _, table in lines if table]
    blocks = [block for line, table in lines for block in _blocks(line, table, filler)]
    number = recipe.head.get("number", "")
    if number:
        number = numbered(agency_of(setting) if number == "own" else number, issued_on)
    effective_on, expires_on = _term(recipe, issued_on)
    document = Document(
        title=title,
        blocks=blocks,
        document_number=number,
        formed_on=formed_on,
        issued_on=issued_on,
        effective_on=effective_on,
        expires_on=expires_on,
        genre=Genre(recipe.head.get("genre", "other")),
        subject=_UNIT_SUBJECTS.get(setting.unit_code, _DOMAIN_SUBJECTS[setting.domain_code]),
        keywords=_keywords(recipe, setting),
        files=recipe.files,
        values=filler.values,
    )
    document.blocks = _with_attachment_list(document) + [
        Block("p", recipe.head.get("sign", setting.unit)),
        Block("p", chinese_date(issued_on)),
    ]
    return document


def agency_of(setting: Setting) -> str:
    if setting.unit_code.startswith("XZ"):
        town = setting.unit.removeprefix("定远县")
        return f"{town[0]}政" if town[0] != "定" else "定城政"
    return AGENCIES[setting.unit_code]


def to_html(blocks: list[Block]) -> str:
    """Clean HTML; neighbouring list items share one list."""
    parts: list[str] = []
    for index, block in enumerate(blocks):
        before = blocks[index - 1].kind if index else ""
        after = blocks[index + 1].kind if index + 1 < len(blocks) else ""
        if block.table:
            parts.append(_table_html(block.table))
        elif block.kind in {"li", "ol"}:
            tag = "ul" if block.kind == "li" else "ol"
            opening = f"<{tag}>" if before != block.kind else ""
            closing = f"</{tag}>" if after != block.kind else ""
            parts.append(f"{opening}<li><p>{escape(block.text)}</p></li>{closing}")
        else:
            parts.append(f"<{block.kind}>{escape(block.text)}</{block.kind}>")
    return "".join(parts)


def flawed(document: Document, rng: Random) -> tuple[Document, str, str] | None:
    """With one mistake in it, the remark that sends it back and the note that corrects it."""
    flaws = [_wrong_total, _missing_item, _wrong_phone]
    rng.shuffle(flaws)
    for flaw in flaws:
        found = flaw(document, rng)
        if found:
            blocks, remark, note = found
            return replace(document, blocks=blocks), remark, note
    return None


def _quoted(policy: Document) -> dict[str, Value]:
    """What an interpretation takes over: the policy's figures and how it is cited."""
    own = {
        name: value
        for name, value in policy.values.items()
        if name.islower() and name not in _PLACE_VALUES
    }
    title = policy.title
    if title.startswith("关于印发《"):
        title = title[len("关于印发《") : title.rindex("》")]
    return own | {
        "policytitle": title,
        "policynumber": policy.document_number or policy.title,
        "policydate": chinese_date(policy.issued_on),
    }


_MARKS: dict[str, Kind] = {"# ": "h2", "## ": "h3", "- ": "li"}
_PLACE_VALUES = {"domain", "tel", "jd", "addr", "basis"}


def _blocks(line: str, table: Table | None, filler: Filler) -> list[Block]:
    if table:
        return [Block("table", table=table)]
    if line == "{guide steps}":
        return [Block("ol", step) for step in filler.setting.guide["process"].split(" → ")]
    for mark, kind in _MARKS.items():
        if line.startswith(mark):
            return [Block(kind, _tidy(filler.fill(line.removeprefix(mark))))]
    text = _tidy(filler.fill(line))
    numbered = re.match(r"\d+\) ", text)
    return [Block("ol", text[numbered.end() :])] if numbered else [Block("p", text)]


def _tidy(text: str) -> str:
    """Full-width brackets and the right name of a community's committee."""
    text = text.replace("社区村民委员会", "社区居民委员会").replace("村村民委员会", "村民委员会")
    return re.sub(r"\(([一二三四五六七八九十])\)", r"（\1）", text).replace("。。", "。")


def _keywords(recipe: Recipe, setting: Setting) -> str:
    words = [*recipe.head.get("keys", "").split(","), setting.matter]
    return ";".join(dict.fromkeys(word for word in words if word))[:100]


def _term(recipe: Recipe, issued_on: date) -> tuple[date | None, date | None]:
    """From when and until when the document is in force, as its last article says."""
    text = "\n".join(recipe.body)
    if "有效期至{Y}年12月31日" in text:
        return issued_on, date(issued_on.year, 12, 31)
    found = re.search(r"自\{I\+(\d+)\}起施行", text)
    if not found:
        return (issued_on, None) if recipe.head.get("number") else (None, None)
    effective_on = issued_on + timedelta(days=int(found[1]))
    if "有效期5年" not in text:
        return effective_on, None
    return effective_on, effective_on.replace(
        year=effective_on.year + 5, day=min(effective_on.day, 28)
    )


def _with_attachment_list(document: Document) -> list[Block]:
    """A document with a spreadsheet names it before the signature, as official documents do."""
    if "xlsx" not in document.files or not document.tables:
        return document.blocks
    return [*document.blocks, Block("p", f"附件：{document.tables[0].caption}")]


def _table_html(table: Table) -> str:
    heads = "".join(f"<th>{escape(header)}</th>" for header in table.headers)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in table.lines()
    )
    # As the editor writes it: its tables have no caption, so the name stands in bold above.
    name = f"<p><strong>{escape(table.caption)}</strong></p>"
    return f"{name}<table><tbody><tr>{heads}</tr>{rows}</tbody></table>"


_TOTAL_REMARKS = (
    "表中第{row}行“{header}”与原始台账不一致，应为{right}，合计数也请一并核对。",
    "表内数据请再核：第{row}行“{header}”应为{right}，改后重新提交。",
)
_ITEM_REMARKS = (
    "“{heading}”一节漏了最后一项，请对照原件补齐后重新提交。",
    "与纸质原件比对，“{heading}”少一条，请补充完整。",
    "“{heading}”内容不全，群众看了还要再打电话问，请补齐。",
)
_PHONE_REMARKS = (
    "公布的电话与单位对外公布的号码不一致，请核实更正。",
    "试拨了文中电话不是我单位的，请改正后再报。",
)

Flaw = tuple[list[Block], str, str]


def _wrong_total(document: Document, rng: Random) -> Flaw | None:
    for index, block in enumerate(document.blocks):
        table = block.table
        if table and table.totalled and len(table.rows) > 2:
            column = table.totalled[0] - 1
            rows = [list(row) for row in table.rows]
            row = rng.randrange(len(rows))
            right = rows[row][column]
            if not isinstance(right, int) or right < 2:
                continue
            rows[row][column] = right - 1
            blocks = list(document.blocks)
            blocks[index] = replace(block, table=replace(table, rows=rows))
            header = table.headers[column]
            return (
                blocks,
                rng.choice(_TOTAL_REMARKS).format(row=row + 1, header=header, right=right),
                f"更正表中第{row + 1}行“{header}”及合计数，其他内容不变。",
            )
    return None


def _missing_item(document: Document, rng: Random) -> Flaw | None:
    heading, found = "正文", []
    for index, block in enumerate(document.blocks):
        if block.kind in {"h2", "h3"}:
            heading = block.text
        before = document.blocks[index - 1].kind if index else ""
        after = document.blocks[index + 1].kind if index + 1 < len(document.blocks) else ""
        if block.kind in {"li", "ol"} and before == block.kind and after != block.kind:
            found.append((index, heading))
    if not found:
        return None
    index, heading = rng.choice(found)
    blocks = [block for at, block in enumerate(document.blocks) if at != index]
    return (
        blocks,
        rng.choice(_ITEM_REMARKS).format(heading=heading),
        f"补充“{heading}”部分最后一项内容。",
    )


def _wrong_phone(document: Document, rng: Random) -> Flaw | None:
    for index, block in enumerate(document.blocks):
        found = re.search(r"0550-0(\d{6})", block.text)
        if found:
            wrong = f"0550-0{int(found[1]) // 10 * 10 + (int(found[1]) + 7) % 10:06d}"
            blocks = list(document.blocks)
            blocks[index] = replace(block, text=block.text.replace(found[0], wrong))
            return (
                blocks,
                rng.choice(_PHONE_REMARKS),
                f"更正联系电话，正确号码为{found[0]}。",
            )
    return None
