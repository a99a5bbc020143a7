"""The closed lists of the catalog. Labels are the words of the printed tables."""

from django.db.models import TextChoices


class Category(TextChoices):
    """The "5+2" categories: five of the 五公开, and 解读 and 回应 beside them."""

    DECISION = "decision", "决策公开"
    EXECUTION = "execution", "执行公开"
    MANAGEMENT = "management", "管理公开"
    SERVICE = "service", "服务公开"
    RESULT = "result", "结果公开"
    INTERPRETATION = "interpretation", "政策解读"
    RESPONSE = "response", "回应关切"


class UnitKind(TextChoices):
    GOVERNMENT_OFFICE = "government_office", "县政府办公室"
    DEPARTMENT = "department", "县直单位"
    PARK = "park", "园区管委会"
    PUBLIC_UTILITY = "public_utility", "公共企事业单位"
    TOWNSHIP = "township", "乡镇人民政府"
    VILLAGE = "village", "村(居)民委员会"


class LimitKind(TextChoices):
    """How the clock of a disclosure standard runs; only the first two count days."""

    WORKING_DAYS = "working_days", "工作日"
    CALENDAR_DAYS = "calendar_days", "自然日"
    PERIODIC = "periodic", "定期"
    REALTIME = "realtime", "实时"
    LONG_TERM = "long_term", "长期"

    @property
    def counts_days(self) -> bool:
        return self in {LimitKind.WORKING_DAYS, LimitKind.CALENDAR_DAYS}


class LimitFrom(TextChoices):
    """From what the days of a limit count, or that they are the length of a notice."""

    FORMATION = "formation", "自信息形成起"
    EVENT = "event", "在事项发生前"
    NOTICE = "notice", "公示期不少于"


class Period(TextChoices):
    """How often what is periodic is due."""

    YEARLY = "yearly", "每年"
    HALF_YEARLY = "half_yearly", "每半年"
    TERM = "term", "每学期"
    QUARTERLY = "quarterly", "每季度"
    MONTHLY = "monthly", "每月"


class Audience(TextChoices):
    PUBLIC = "public", "全社会"
    SPECIFIC = "specific", "特定群体"


class Method(TextChoices):
    PROACTIVE = "proactive", "主动"
    ON_REQUEST = "on_request", "依申请"


class Tier(TextChoices):
    COUNTY = "county", "县级"
    TOWNSHIP = "township", "乡级"
    VILLAGE = "village", "村级"


class Channel(TextChoices):
    """The 13 boxes of the national standard table, in its printed order."""

    WEBSITE = "website", "政府网站"
    GAZETTE = "gazette", "政府公报"
    SOCIAL_MEDIA = "social_media", "两微一端"
    PRESS_CONFERENCE = "press_conference", "发布会/听证会"
    BROADCAST = "broadcast", "广播电视"
    PRINT_MEDIA = "print_media", "纸质媒体"
    READING_POINT = "reading_point", "公开查阅点"
    SERVICE_CENTER = "service_center", "政务服务中心"
    CONVENIENCE_STATION = "convenience_station", "便民服务站"
    ON_SITE = "on_site", "入户/现场"
    NOTICE_BOARD = "notice_board", "社区/企事业单位/村公示栏(电子屏)"
    TARGETED_PUSH = "targeted_push", "精准推送"
    OTHER = "other", "其他"


class NegativeCategory(TextChoices):
    """Why something may stay undisclosed: 《政府信息公开条例》 articles 14 to 16."""

    STATE_SECRET = "state_secret", "国家秘密"
    LAW = "law", "法律法规禁止"
    STABILITY = "stability", "三安全一稳定"
    TRADE_SECRET = "trade_secret", "商业秘密"
    PRIVACY = "privacy", "个人隐私"
    WORK_SECRET = "work_secret", "工作秘密"
    INTERNAL = "internal", "内部事务信息"
    PROCESS = "process", "过程性信息"
    CASE_FILE = "case_file", "行政执法案卷"


class Handling(TextChoices):
    WITHHOLD = "withhold", "不予公开"
    CONSULT = "consult", "征求第三方意见后决定"
    MASK = "mask", "遮蔽后公开"
    PARTIAL = "partial", "依申请可部分公开"


class ImportState(TextChoices):
    """How far a standard table has come on its way into the catalog."""

    UPLOADED = "uploaded", "待对应列"
    MAPPED = "mapped", "待核对"
    IMPORTED = "imported", "已导入"
