"""Cells of named boxes, ticked or not: 公开渠道和载体, and the 五公开 of some counties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..choices import Category, Channel
from .cells import UnclearError, plain

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


#: Yes and no behind a name: in brackets or after a colon, never a sign of the box.
_ANSWER = re.compile(r"\([√✓✔☑×✗vVxX是否有无]?\)|[√✓✔☑×✗vVxX是否有无]")


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
        if answered := [box.words for box in boxes if _ANSWER.fullmatch(box.rest)]:
            raise UnclearError(f"“{'、'.join(answered)}”选没选写在后面,请改为在名称前写■或□")
        for box in boxes:
            if box.value != Channel.OTHER and _CHANNEL_PATTERN.search(box.rest):
                raise UnclearError(
                    f"“{box.words}”后面的“{box.rest}”看不出是说明还是另一个渠道,请在名称前写■或□"
                )
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
