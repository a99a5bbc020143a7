"""Invented names: officials in full, citizens masked as the privacy rules demand."""

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁"
    "魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹"
)
_GIVEN = (
    "建国", "志强", "德宝", "家兵", "永胜", "长江", "学军", "传金", "道平", "正好",
    "维明", "士东", "怀玉", "国庆", "先锋", "海波", "文斌", "立新", "宏伟", "俊峰",
    "晓燕", "桂兰", "秀梅", "丽华", "月红", "玉萍", "春霞", "婷婷", "雪梅", "慧敏",
    "永芳", "素珍", "红霞", "晓雨", "云", "静", "磊", "勇", "军", "涛",
    "敏", "强", "斌", "辉", "刚", "从银", "启发", "培林", "业成", "广才",
    "成龙", "兆祥", "仁贵", "世友", "明珠", "子涵", "文静", "思远", "浩然", "守田",
    "保山", "长春", "庆丰", "应龙", "如海",
)  # fmt: skip
_PLACES = (
    "池渚", "岱峰", "淮皖", "曲阳", "洛涧", "藕香", "皖东", "凤阳山", "泉坞", "濠源",
    "江淮丰", "仁寿山", "阳城", "东兴", "瑞昌", "华筑", "鼎润", "嘉禾", "恒越", "正泽",
)  # fmt: skip
_TRADES = {
    "build": ["建设工程有限公司", "建筑安装有限公司", "市政工程有限公司", "建设集团有限公司"],
    "design": ["建筑设计院有限公司", "规划设计有限公司"],
    "supervise": ["工程监理有限公司", "项目管理有限公司"],
    "check": ["工程检测有限公司", "房屋安全鉴定有限公司"],
    "value": ["房地产土地资产评估有限公司", "资产评估事务所"],
    "trade": ["商贸有限公司", "科技发展有限公司", "办公设备有限公司"],
    "food": ["农产品配送有限公司", "食品有限公司", "粮油有限公司"],
    "farm": ["生态农业有限公司", "种植专业合作社", "家庭农场", "养殖专业合作社"],
    "clean": ["环境服务有限公司", "环卫工程有限公司"],
    "property": ["物业服务有限公司", "物业管理有限公司"],
    "haul": ["渣土运输有限公司", "运输有限公司"],
    "agent": ["工程咨询有限公司", "招标代理有限公司"],
    "school": ["培训学校有限公司", "教育培训中心"],
    "factory": ["服饰有限公司", "电子有限公司", "工艺品有限公司", "玩具有限公司"],
    "gas": ["燃气有限公司"],
}


def person(rng: Random) -> str:
    """The full name of somebody in office: a team member, an expert, a person in charge."""
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def masked(rng: Random) -> str:
    """A citizen: the surname and 某 for each further character."""
    return rng.choice(_SURNAMES) + "某" * len(rng.choice(_GIVEN))


def masked_id(rng: Random) -> str:
    """An identity number with only the first two and the last three digits left."""
    return f"34{'*' * 13}{rng.randrange(1000):03d}"


def masked_mobile(rng: Random) -> str:
    head = rng.choice(("138", "139", "150", "152", "177", "180", "189"))
    return f"{head}****{rng.randrange(10_000):04d}"


def company(rng: Random, trade: str) -> str:
    seat = "定远县" if trade == "farm" else rng.choice(("安徽", "安徽", "滁州", "定远县"))
    return seat + rng.choice(_PLACES) + rng.choice(_TRADES[trade])
