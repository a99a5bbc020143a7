"""One cell of a standard table, read: ticks, boxes, lists, names with their numbers.

What can't be read raises ``UnclearError``: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..choices import Audience, Category, Channel, Method, Tier


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
DITTO = frozenset({"同上", "同前", "同上行", "(同上)", "″", "〃", "同上。"})


def is_none(text: str) -> bool:
    return plain(text) in NONE_SIGNS


def is_ditto(text: str) -> bool:
    return plain(text) in DITTO


# Ticks --------------------------------------------------------------------------------------------

_YES_SIGNS = "√✓✔☑■●🗸🗹◼⬛"
_YES = frozenset({*_YES_SIGNS, "v", "V", "是", "1", "R", "P", "Y", "y", "有", "(√)", "[√]", "✅"})
_NO_SIGNS = "×✗✘❌□☐▢◻"
_NO = frozenset({*_NO_SIGNS, "x", "X", "否", "0", "£", "N", "n", "口", "空", *NONE_SIGNS})


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


def named_group(text: str) -> tuple[bool, str]:
    """The cell of 特定群体: a tick, a tick with the group, or the group alone."""
    try:
        return tick(text)
    except UnclearError:
        words = compact(text)
        if len(re.findall("[一-鿿]", words)) < 2 or plain(words) in _EVERYBODY:
            raise
        return True, words


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


# Boxes --------------------------------------------------------------------------------------------

CHOSEN = "■☑√✓✔●🗹◼"
NOT_CHOSEN = "□☐▢◻口£"
#: Letters and signs that one file means so and another otherwise: a person says which.
DOUBTFUL = "t◆◇▲△☒○〇★☆"
#: What symbol fonts leave behind; a sign of a box only directly before a name.
_LETTERS = {"R": True, "£": False, "口": False}

_CHANNEL_WORDS: dict[Channel, str] = {
    Channel.WEBSITE: "政府网站 政府门户网站 门户网站 县政府网站 部门网站 政府信息公开网 "
    "县政府门户网站 "
    "政府门户网 县人民政府网站 区政府网站 市政府网站",
    Channel.GAZETTE: "政府公报 公报",
    Channel.SOCIAL_MEDIA: "两微一端 一微一端 两微 微信公众号 政务新媒体 新媒体 微博微信 "
    "两微一端一抖 微信",
    Channel.PRESS_CONFERENCE: "发布会/听证会 发布会听证会 发布会、听证会 新闻发布会 发布会 听证会 "
    "新闻发布会/听证会",
    Channel.BROADCAST: "广播电视 广播、电视 广播/电视 电视 广播",
    Channel.PRINT_MEDIA: "纸质媒体 报刊 报纸 纸媒 纸质媒介",
    Channel.READING_POINT: "公开查阅点 政府信息公开查阅点 查阅点 信息公开查阅点 政务公开查阅点 "
    "公共查阅点 政府信息查阅点",
    Channel.SERVICE_CENTER: "政务服务中心 行政服务中心 政务大厅 政务服务大厅 办事大厅 便民服务中心 "
    "市民中心 政务中心 县政务服务中心",
    Channel.CONVENIENCE_STATION: "便民服务站 便民服务点 便民站",
    Channel.ON_SITE: "入户/现场 入户现场 入户、现场 入户 现场",
    Channel.NOTICE_BOARD: "社区/企事业单位/村公示栏(电子屏) 社区/企事业单位/村公示栏 "
    "村居/企事业单位公示栏 村公示栏 公示栏 村务公开栏 公开栏 政务公开栏 "
    "社区/企事业单位/村公示栏(电子显示屏) 村居/企事业单位公示栏(电子屏) 社区公示栏 电子屏 "
    "社区/企事业单位公示栏(电子屏) 社区/企事业单位/村居公示栏(电子屏) 公示栏(电子屏) "
    "社区、企事业单位、村公示栏(电子屏) 村(居)公示栏 村(社区)公示栏 村(社区)公示栏(电子屏) "
    "社区企事业单位村公示栏(电子屏) 乡镇公示栏 宣传栏",
    Channel.TARGETED_PUSH: "精准推送",
    Channel.OTHER: "其他 其它",
}
#: Channels of one domain alone, which the national form writes behind 其他.
_OF_A_DOMAIN = [
    "征地信息公开平台",
    "公共资源交易平台",
    "公共资源交易网",
    "公共资源交易中心网站",
    "招标投标公共服务平台",
    "中国政府采购网及地方分网",
    "中国政府采购网",
    "政府采购网",
    "信用中国网站",
    "信用中国",
    "投资项目在线审批监管平台",
    "在线审批监管平台",
    "12345政务服务热线",
    "12345热线",
    "中国土地市场网",
    "政务服务网",
    "管理部门网站",
    "矿业权交易平台",
    "产权交易机构网站",
    "信用网站",
]
_CHANNELS: dict[str, Channel] = {
    word: channel for channel, words in _CHANNEL_WORDS.items() for word in words.split()
} | dict.fromkeys(_OF_A_DOMAIN, Channel.OTHER)

_CATEGORIES = {
    word: category
    for category in Category
    for word in (category.label, category.label.removesuffix("公开"))
} | {
    "解读": Category.INTERPRETATION,
    "回应": Category.RESPONSE,
    "政策解读公开": Category.INTERPRETATION,
}


class Box(NamedTuple):
    """One named box: its sign ("" where there is none), its words, what they stand for."""

    sign: str
    words: str
    value: str | None
    #: What is written behind the name.
    rest: str = ""


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    signs = re.escape(CHOSEN + NOT_CHOSEN + DOUBTFUL + "".join(_LETTERS))
    return re.compile(
        rf"(?P<sign>[\[(]?[{signs}][\])]?)?(?P<name>{'|'.join(map(re.escape, longest_first))})"
        rf"(?P<rest>[_:]+[^{signs}]*|\([^)]*\))?"
    )


_CHANNEL_PATTERN = _pattern(_CHANNELS)
_CATEGORY_PATTERN = _pattern(_CATEGORIES)
_SIGN = re.compile(rf"[{re.escape(CHOSEN + NOT_CHOSEN + DOUBTFUL)}]")
_BETWEEN = re.compile(r"[、,;.。/|+\d)(（）_\-—]*")


def boxes_of(
    text: str, pattern: re.Pattern[str] | None = None, names: Mapping[str, str] | None = None
) -> list[Box]:
    """The boxes of a cell, whatever stands between them; words that aren't known have no value."""
    pattern, names = pattern or _CHANNEL_PATTERN, _CHANNELS if names is None else names
    words = plain(text)
    boxes: list[Box] = []
    end = 0
    for found in pattern.finditer(words):
        boxes += _unknown(words[end : found.start()])
        sign = (found["sign"] or "").strip("[]()")
        rest = (found["rest"] or "").strip("_:.。;,、")
        boxes.append(Box(sign, found["name"], names[found["name"]], rest))
        end = found.end()
    return boxes + _unknown(words[end:])


def _unknown(text: str) -> list[Box]:
    """Words between two known names: each from a box sign, or a mark, to the next."""
    boxes = []
    for part in re.split(rf"(?={_SIGN.pattern})|[、,;]", text):
        if not part or _BETWEEN.fullmatch(part):
            continue
        sign = part[0] if _SIGN.match(part) else ""
        if words := part[len(sign) :].strip("、,;.。/_:"):
            boxes.append(Box(sign, words, None))
        elif sign:
            boxes.append(Box(sign, "", None))
    return boxes


class Reading(NamedTuple):
    """What is chosen in a cell of boxes, and what a person should know about how it was read."""

    chosen: list[str]
    notes: list[str]


def channels(text: str, signs: Mapping[str, bool], names: Mapping[str, str]) -> Reading:
    """The chosen channels of a cell.

    ``signs`` says what the doubtful signs (and □ as 可选) mean in this file, ``names`` which
    channel a person chose for words that aren't known.
    """
    boxes = [_named(box, names) for box in boxes_of(text)]
    if unknown := [box.words or box.sign for box in boxes if box.value is None]:
        raise UnclearError(f"不认识的公开渠道“{'、'.join(unknown)}”")
    chosen = _chosen(boxes, signs)
    notes = [
        f"“{box.words}{box.rest}”记为“其他”"
        for box in chosen
        if box.value == Channel.OTHER and (box.rest or box.words not in {"其他", "其它"})
    ]
    values = {box.value for box in chosen}
    return Reading([channel for channel in Channel if channel in values], notes)


def _named(box: Box, names: Mapping[str, str]) -> Box:
    return box._replace(value=names[box.words]) if box.words in names else box


def _chosen(boxes: list[Box], signs: Mapping[str, bool]) -> list[Box]:
    """The boxes that are ticked; where there isn't a single sign, all that are listed."""
    if not any(box.sign for box in boxes):
        return boxes
    meaning = (
        dict.fromkeys(CHOSEN, True) | dict.fromkeys(NOT_CHOSEN, False) | _LETTERS | dict(signs)
    )
    if bare := [box.words for box in boxes if not box.sign]:
        raise UnclearError(f"“{'、'.join(bare)}”前面没有方框,分不清选没选")
    if open_signs := {box.sign for box in boxes if box.sign not in meaning}:
        raise UnclearError(f"“{'、'.join(sorted(open_signs))}”是选还是不选,请在列对应一步选定")
    return [box for box in boxes if meaning[box.sign]]


def doubtful_signs(text: str) -> set[str]:
    return {box.sign for box in boxes_of(text)} & set(DOUBTFUL)


def unknown_names(text: str) -> set[str]:
    return {box.words for box in boxes_of(text) if box.value is None and box.words}


def categories(text: str) -> list[str]:
    """公开类别: the names alone or in boxes, several where a county ticks several."""
    boxes = boxes_of(text, _CATEGORY_PATTERN, _CATEGORIES)
    if unknown := [box.words or box.sign for box in boxes if box.value is None]:
        raise UnclearError(f"不认识的公开类别“{'、'.join(unknown)}”")
    values = {box.value for box in _chosen(boxes, {})}
    return [category for category in Category if category in values]


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
    r"|[(（](?:\d{1,3}|[一二三四五六七八九十百]+)[)）]\s*|[一二三四五六七八九十百]+、\s*|[①-⑳]\s*)"
    r"(?=[^\d\s])"
)


def name_of(text: str) -> str:
    """A matter's name without the number before it and the breaks within it."""
    name = text.strip()
    if found := _NUMBER_OF_NAME.match(name):
        name = name[found.end() :]
    return compact(name)
