"""What a column of a standard table holds, told by the words above it as counties write them."""

from __future__ import annotations

import re
import unicodedata

from django.db.models import TextChoices


class Meaning(TextChoices):
    """The values are the keys of ``layout.COLUMNS`` where the official table has the column."""

    UNKNOWN = "unknown", "没有认出,请选择"
    IGNORED = "ignored", "不导入"
    NUMBER = "number", "序号"
    DOMAIN = "domain", "领域"
    LEVEL_1 = "level_1", "一级事项"
    LEVEL_2 = "level_2", "二级事项"
    LEVEL_3 = "level_3", "三级事项"
    CONTENT = "content", "公开内容(要素)"
    LEGAL_BASIS = "legal_basis", "公开依据"
    TIME_LIMIT = "time_limit", "公开时限"
    UNITS = "responsible_text", "公开主体"
    CHANNELS = "channels", "公开渠道和载体"
    PUBLIC = "audience_public", "公开对象:全社会(打√)"
    SPECIFIC = "audience_specific", "公开对象:特定群体(打√或写明)"
    AUDIENCE = "audience", "公开对象(文字)"
    PROACTIVE = "method_proactive", "公开方式:主动(打√)"
    ON_REQUEST = "method_on_request", "公开方式:依申请(打√)"
    METHOD = "method", "公开方式或公开属性(文字)"
    COUNTY = "tier_county", "公开层级:县级(打√)"
    TOWNSHIP = "tier_township", "公开层级:乡级(打√)"
    VILLAGE = "tier_village", "公开层级:村级(打√)"
    BELOW_COUNTY = "tier_below_county", "公开层级:乡、村级合一(打√)"
    TIERS = "tiers", "公开层级(文字)"
    CATEGORY = "category", "公开类别(五公开)"


LEVELS = (Meaning.LEVEL_1, Meaning.LEVEL_2, Meaning.LEVEL_3)

#: Headings that stand over several columns; alone over one column they say what it holds.
GROUPS: dict[str, tuple[Meaning, ...]] = {
    "公开事项": LEVELS,
    "公开事项名称": LEVELS,
    "事项名称": LEVELS,
    "事项": LEVELS,
    "公开对象": (Meaning.AUDIENCE,),
    "公开范围": (Meaning.AUDIENCE,),
    "公开方式": (Meaning.METHOD,),
    "公开层级": (Meaning.TIERS,),
    "层级": (Meaning.TIERS,),
}

_WORDS: dict[Meaning, str] = {
    Meaning.NUMBER: "序号 编号 序列 序列号 顺序号 事项编号 事项编码 事项代码 编码",
    Meaning.DOMAIN: "领域 试点领域 公开领域 领域名称 公开领域编码 所属领域 领域编码 重点领域",
    Meaning.CONTENT: "公开内容 公开内容要素 公开内容要素及要求 公开内容及要求 公开要素 内容要素 "
    "要素 公开内容要求 公开内容和要素 公开内容与要素 公开的内容",
    Meaning.LEGAL_BASIS: "公开依据 依据 法律依据 公开法律依据 政策依据 公开的依据 法定依据 "
    "公开依据文件 依据名称",
    Meaning.TIME_LIMIT: "公开时限 时限 公开时间 公开时效 公开期限 公开时限要求 时限要求",
    Meaning.UNITS: "公开主体 公开责任主体 责任主体 公开单位 发布主体 公开机构 公开主体单位",
    Meaning.CHANNELS: "公开渠道和载体 公开渠道及载体 公开渠道与载体 公开渠道载体 公开渠道 公开载体 "
    "渠道和载体 公开平台 公开载体和渠道 公开途径",
    Meaning.PUBLIC: "全社会 社会公众 面向社会 全社会公开 向全社会",
    Meaning.SPECIFIC: "特定群体 特定群众 特定人群 特定对象 特定群体请写明 特定群众请写明",
    Meaning.PROACTIVE: "主动 主动公开",
    Meaning.ON_REQUEST: "依申请 依申请公开 依申请方式",
    Meaning.METHOD: "公开属性 公开方式属性",
    Meaning.COUNTY: "县 县级 区级 区县级 县区级 县市区级 旗级 县区 旗县级 旗县区级 区 县市级",
    Meaning.TOWNSHIP: "乡 乡级 镇级 乡镇级 乡镇 镇 街道级 镇街级 乡镇街道级 乡镇街道 苏木镇级 镇街",
    Meaning.VILLAGE: "村 村级 村居级 村居 社区级 村社区级 嘎查级 村社级 村社区",
    Meaning.BELOW_COUNTY: "乡村级 乡镇村级 镇村级 乡镇村 乡村 乡级村级 镇级村级 乡镇村居级 "
    "街道社区级 "
    "乡镇级村级 苏木镇嘎查村级 街社级 镇街村居级 乡镇街道村社区级",
    Meaning.CATEGORY: "五公开 五公开分类 五公开类别 公开类别 五公开属性 五公开事项 五公开类型",
    Meaning.IGNORED: "备注 说明 责任股室 责任科室 责任部门科室 承办科室 承办股室 责任处室 内设机构 "
    "咨询电话 咨询及监督电话 监督电话 监督举报电话 咨询监督电话 联系电话 公开格式 "
    "条款内容 依据效力 "
    "依据效力位阶 效力位阶 事项类别 对应职责 网址 链接 链接地址 公开网址 栏目网址 "
    "栏目链接 公开链接 "
    "有效期 责任人 联系人 投诉电话 完成时限 更新频率 时限天数 时限种类 最近变动",
}

#: Tiers above the county: of the county's own where no column of the county stands beside them.
_ABOVE_COUNTY = frozenset(
    {"市", "市级", "州级", "盟级", "地市级", "设区市级", "州", "盟", "市本级"}
)
NEVER_OURS = frozenset({"省", "省级", "国家级", "中央", "自治区级", "国家"})

_PLAIN = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}

_LEVEL = re.compile(
    r"(?:公开)?(?:第)?([一二三壹贰叁123])(?:级|层)(?:公开)?"
    r"(?:事项|目录|分类|栏目|指标|标题|名称|类目|类)*"
)
_LEVEL_BEHIND = re.compile(r"(?:公开)?(?:事项|目录)(?:名称)?([一二三123])级")
_LEVEL_DIGITS = {
    digit: number for number, digits in enumerate(("一壹1", "二贰2", "三叁3")) for digit in digits
}

_DROPPED = re.compile(r"[\s()\[\]{}<>〈〉《》【】〔〕“”\"'‘’、,。.:;!?/\\|·*_~\-—–─•]+")

#: Traditional signs of the words above.
_SIMPLIFIED = str.maketrans(
    "開項內據時體載對層級縣鄉鎮會眾請動備註責門區電話號類領編碼強監舉報屬網參與間",
    "开项内据时体载对层级县乡镇会众请动备注责门区电话号类领编码强监举报属网参与间",
)


def heading_key(text: str) -> str:
    """A heading without spaces, line breaks and marks, in half width and simplified signs."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_SIMPLIFIED)


def meaning_of(text: str) -> Meaning | None:
    """What one heading says; ``None`` for a word that isn't known or stands over a group."""
    key = heading_key(text)
    for word in (key, key[::-1]):  # old tables write from right to left
        if word in _PLAIN:
            return _PLAIN[word]
        if found := _LEVEL.fullmatch(word) or _LEVEL_BEHIND.fullmatch(word):
            return LEVELS[_LEVEL_DIGITS[found[1]]]
    return None


def group_of(text: str) -> str:
    """The group that a heading names, or nothing."""
    key = heading_key(text)
    return next((word for word in (key, key[::-1]) if word in GROUPS), "")


def is_above_county(text: str) -> bool:
    return heading_key(text) in _ABOVE_COUNTY


def is_heading(text: str) -> bool:
    """Whether a text is a word that stands above columns."""
    return bool(
        meaning_of(text)
        or group_of(text)
        or is_above_county(text)
        or heading_key(text) in NEVER_OURS
    )
