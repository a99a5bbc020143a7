"""One cell of a standard table, read: ticks, boxes, lists, names with their numbers.

What can't be read raises ``UnclearError``: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata

from ..choices import Audience, Method, Tier


class UnclearError(ValueError):
    """What a cell says can't be told; the message is for the person who uploaded the file."""


def plain(text: str) -> str:
    """Half width, without spaces and line breaks: how texts are compared."""
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/").replace("∕", "/")
    return re.sub(r"\s+", "", text)


def compact(text: str) -> str:
    """Without the spaces and line breaks that only set a cell; those between words stay."""
    return re.sub(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])", "", text.strip())


NONE_SIGNS = frozenset({"", "-", "--", "—", "——", "–", "―", "─", "──", "━", "/", "\\", "无", "ー"})
DITTO = frozenset(
    {
        "同上",
        "同前",
        "同上行",
        "同上一行",
        "同上项",
        "同上一项",
        "(同上)",
        "“同上”",
        "″",
        "〃",
        "同上。",
    }
)
_REFERENCE = re.compile(r"[“(]?(?:详?见|同|如)(?:上|前|左|右|序号|第?\d).{0,8}")


def is_none(text: str) -> bool:
    return plain(text) in NONE_SIGNS


def is_ditto(text: str) -> bool:
    return plain(text) in DITTO


def is_reference(text: str) -> bool:
    """Whether a text only points to another cell, and which one a person has to say."""
    return bool(_REFERENCE.fullmatch(plain(text)))


# Ticks --------------------------------------------------------------------------------------------

_YES_SIGNS = "√✓✔☑■●🗸🗹◼⬛"
_YES = frozenset({*_YES_SIGNS, "v", "V", "是", "1", "R", "P", "Y", "y", "有", "(√)", "[√]", "✅"})
_NO_SIGNS = "×✗✘❌□☐▢◻"
_NO_WORDS = frozenset({"x", "X", "否", "0", "£", "N", "n", "口", "空", "不涉及", "不适用"})
_NO = frozenset({*_NO_SIGNS, *_NO_WORDS, *NONE_SIGNS})


def tick(text: str) -> tuple[bool, str]:
    """Whether a cell says yes, and the words behind its sign."""
    sign = re.sub(r"\s+", "", text)
    if unicodedata.normalize("NFKC", sign) in _NO or sign in _NO:
        return False, ""
    if sign in _YES or (plain(text) in _YES and not re.search("[①-⑳]", sign)):
        return True, ""
    found = re.match(rf"[(\[（]?[{_YES_SIGNS}][)\]）]?|[vVRP](?=[一-鿿])", sign)
    if found:
        return True, sign[found.end() :].strip(":：,，、()（）")
    raise UnclearError(f"“{text}”看不出是选还是不选,请用“√”表示选,留空表示不选")


def ticked(text: str) -> bool:
    """A tick without words."""
    chosen, words = tick(text)
    if words:
        raise UnclearError(f"“√”后面的“{words}”没有地方存,请移到备注列或删去")
    return chosen


_EVERYBODY = frozenset({"全社会", "社会", "社会公众", "公众", "面向社会", "向全社会公开"})
_NOBODY = frozenset({"不涉及", "不适用", "不公开", "不予公开", "没有", "暂无"})


def named_group(text: str) -> tuple[bool, str]:
    """The cell of 特定群体: a tick, a tick with the group, or the group alone."""
    try:
        chosen, words = tick(text)
    except UnclearError:
        chosen, words = True, compact(text)
        if not words or not _is_group(words):
            raise
    if words and not _is_group(words):
        raise UnclearError(f"“{text}”看不出是哪个特定群体")
    return chosen, words


def _is_group(words: str) -> bool:
    """Whether words name people: no signs among them, not everybody and not nobody."""
    has_signs = re.search(f"[{_YES_SIGNS}{_NO_SIGNS}]", words)
    is_named = plain(words) not in _EVERYBODY | _NOBODY
    return len(re.findall("[一-鿿]", words)) > 1 and not has_signs and is_named


# Words --------------------------------------------------------------------------------------------


def audience(text: str) -> tuple[str, str]:
    """全社会, or the named group behind 特定群体."""
    words = plain(text)
    if words in _EVERYBODY:
        return Audience.PUBLIC, ""
    if found := re.fullmatch(r"特定(?:群体|群众|人群|对象)[::(](.+?)\)?", words):
        return Audience.SPECIFIC, found[1]
    if words in {"特定群体", "特定群众", "特定人群", "特定对象"}:
        return Audience.SPECIFIC, ""
    raise UnclearError(f"“{text}”不是“全社会”,也没有写成“特定群体:某某”")


def method(text: str) -> str:
    words = plain(text)
    if words in {"主动", "主动公开"}:
        return Method.PROACTIVE
    if words in {"依申请", "依申请公开"}:
        return Method.ON_REQUEST
    raise UnclearError(f"“{text}”不是“主动公开”或“依申请公开”")


_TIERS = {
    "县级": [Tier.COUNTY], "区级": [Tier.COUNTY], "县": [Tier.COUNTY], "县区级": [Tier.COUNTY],
    "乡级": [Tier.TOWNSHIP], "镇级": [Tier.TOWNSHIP], "乡镇级": [Tier.TOWNSHIP],
    "乡镇": [Tier.TOWNSHIP], "乡": [Tier.TOWNSHIP], "乡(镇)级": [Tier.TOWNSHIP],
    "村级": [Tier.VILLAGE], "村": [Tier.VILLAGE], "村居级": [Tier.VILLAGE],
    "乡村级": [Tier.TOWNSHIP, Tier.VILLAGE],
}  # fmt: skip


def tiers(text: str) -> list[str]:
    """县级、乡级、村级 in one cell."""
    chosen: set[str] = set()
    for part in re.split(r"[、,;/\s]+", unicodedata.normalize("NFKC", text).strip()):
        word = part.strip("√■☑")
        if word not in _TIERS:
            raise UnclearError(f"“{part}”不是县级、乡级或村级")
        chosen.update(_TIERS[word])
    return [tier for tier in Tier if tier in chosen]


# Lists and names ----------------------------------------------------------------------------------

_NUMBERED = re.compile(
    r"(?:[(（](\d{1,2}|[一二三四五六七八九十]+)[)）]|(\d{1,2})(?:[、．)）]|\.(?!\d))"
    r"|([①-⑳])|([一二三四五六七八九十]+)、)\s*"
)
_REQUIRED, _OPTIONAL = "●", "〇○"
_OPEN, _CLOSE = "(（《〈[【“〔", ")）》〉]】”〕"


def items_of(text: str) -> str:
    """The parts of a list, whether set off by semicolons, lines, numbers or bullets, with ``;``."""
    text = text.replace("\r", "")
    if _REQUIRED in text:
        parts = _bulleted(text)
    else:
        parts = [part for line in _logical_lines(text) for part in re.split("[;；]", line)]
    tidy = [re.sub(r"\s+", " ", part).strip(" ;；。") for part in parts]
    return ";".join(_without_numbers([part for part in tidy if part]))


def _bulleted(text: str) -> list[str]:
    """●必选 〇可选, as the housing ministry writes; what may be left out says so."""
    parts = re.split(f"([{_REQUIRED}{_OPTIONAL}])", text)
    items = re.split("[;；\n]", parts[0])
    for bullet, words in zip(parts[1::2], parts[2::2], strict=True):
        words = re.sub(r"\s+", "", words).strip(";；。")
        items.append(f"{words}(可选)" if bullet in _OPTIONAL and words else words)
    return items


def _logical_lines(text: str) -> list[str]:
    """Lines as they are meant: one that the cell's width broke goes on in the next."""
    has_marks = bool(re.search("[;；]", text))
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip()
        if not line:
            continue
        is_new = not lines or bool(_NUMBERED.match(line))
        if not is_new and not _is_open(lines[-1]):
            is_new = not has_marks or lines[-1].endswith((";", "；", "。"))
        if is_new:
            lines.append(line)
        else:
            lines[-1] += line
    return lines


def _is_open(line: str) -> bool:
    return sum(sign in _OPEN for sign in line) > sum(sign in _CLOSE for sign in line)


def _without_numbers(items: list[str]) -> list[str]:
    """Items numbered from the first on lose their numbers; the list keeps the order."""
    first = _NUMBERED.match(items[0]) if items else None
    if first is None or first.group().strip("、.．()（） ") not in {"1", "一", "①"}:
        return items
    return [item[found.end() :] if (found := _NUMBERED.match(item)) else item for item in items]


_UNIT = "(?!万|亿|千|百|元|亩|公里|平方|米|吨|倍|年|月|日|个|级|%)"
_NUMBER_OF_NAME = re.compile(
    rf"(?:\d{{1,4}}(?:[.．]\d{{1,3}}){{1,3}}(?:[.．、]\s*|\s+|{_UNIT})|\d{{1,4}}(?:[.．、)）]\s*|\s+{_UNIT})"
    r"|[(（](?:\d{1,3}|[一二三四五六七八九十百]+)[)）]\s*|[一二三四五六七八九十百]+[、.．]\s*"
    r"|[①-⒇]\s*|\d{1,2}、\s*(?=\d{4}年))"
    r"(?=[^\d\s]|\d{4}年)"
)


def name_of(text: str) -> str:
    """A matter's name without the number before it and the breaks within it."""
    name = text.strip()
    if found := _NUMBER_OF_NAME.match(name):
        name = name[found.end() :]
    return compact(name)
