"""The closed lists of a disclosure: states, signatures and the official metadata."""

from django.db.models import IntegerChoices, TextChoices


class RevisionState(TextChoices):
    DRAFT = "draft", "起草中"
    IN_REVIEW = "in_review", "审签中"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "审签完成"


class RevisionKind(TextChoices):
    """What the signatures under a revision bring about."""

    TEXT = "text", "公开文本"
    VALIDITY = "validity", "效力变更"
    WITHDRAWAL = "withdrawal", "撤下"


class ChangeKind(TextChoices):
    """How a correction differs from the text that it replaces; readers are told."""

    MINOR = "minor", "文字更正"
    SUBSTANCE = "substance", "内容修改"


class ReviewLevel(IntegerChoices):
    """The five signatures, in the order in which they are given."""

    SUBMITTER = 1, "信息提交人"
    SECTION = 2, "提交科室"
    DEPUTY_LEADER = 3, "分管领导"
    OPENNESS_OFFICE = 4, "政务公开办"
    LEADING_GROUP = 5, "领导小组"


#: The levels that sign each kind of revision, in order. A change of validity and a withdrawal
#: publish no text of their own, so the section and the deputy leader are not asked again.
ROUTES: dict[str, tuple[ReviewLevel, ...]] = {
    RevisionKind.TEXT: tuple(ReviewLevel),
    RevisionKind.VALIDITY: (
        ReviewLevel.SUBMITTER,
        ReviewLevel.OPENNESS_OFFICE,
        ReviewLevel.LEADING_GROUP,
    ),
    RevisionKind.WITHDRAWAL: (
        ReviewLevel.SUBMITTER,
        ReviewLevel.OPENNESS_OFFICE,
        ReviewLevel.LEADING_GROUP,
    ),
}


def earlier_levels(route: tuple[ReviewLevel, ...], level: ReviewLevel) -> tuple[ReviewLevel, ...]:
    """Where ``level`` may send a revision back to: its drafter, or a level that signed before."""
    return tuple(earlier for earlier in route if earlier < level)


class EntryKind(TextChoices):
    """What a row of the ledger records."""

    SIGNOFF = "signoff", "签字"
    PUBLICATION = "publication", "公开"
    WITHDRAWAL = "withdrawal", "撤下"
    TAKEDOWN = "takedown", "紧急撤下"
    RESTORATION = "restoration", "恢复公开"
    CANCELLATION = "cancellation", "取消待发布"
    OVERRIDE = "override", "筛查放行"
    DUTY = "duty", "岗位授权"
    HANDOVER = "handover", "岗位委托"
    EXPORT = "export", "导出"
    IMPORT = "import", "导入"
    EXPLANATION = "explanation", "未公开说明"
    OFFLINE = "offline", "线下公开"
    REVIEW = "review", "复核"


class ScreeningStage(TextChoices):
    BEFORE_SUBMISSION = "before_submission", "提交前"
    BEFORE_OFFICE = "before_office", "公开办签字前"


class Severity(TextChoices):
    BLOCKING = "blocking", "必须处理"
    WARNING = "warning", "提示"


class TermKind(TextChoices):
    MISSPELT = "misspelt", "错别字"
    SENSITIVE = "sensitive", "敏感词"


class Verdict(TextChoices):
    APPROVED = "approved", "同意"
    RETURNED = "returned", "退回"


class Validity(TextChoices):
    VALID = "valid", "有效"
    EXPIRED = "expired", "失效"
    REPEALED = "repealed", "废止"


class Genre(TextChoices):
    """体裁分类: the 15 kinds of official document, and what is none of them.

    《党政机关公文处理工作条例》 article 8.
    """

    RESOLUTION = "resolution", "决议"
    DECISION = "decision", "决定"
    ORDER = "order", "命令(令)"
    COMMUNIQUE = "communique", "公报"
    PROCLAMATION = "proclamation", "公告"
    CIRCULAR = "circular", "通告"
    OPINION = "opinion", "意见"
    NOTICE = "notice", "通知"
    BULLETIN = "bulletin", "通报"
    REPORT = "report", "报告"
    REQUEST = "request", "请示"
    REPLY = "reply", "批复"
    MOTION = "motion", "议案"
    LETTER = "letter", "函"
    MINUTES = "minutes", "纪要"
    OTHER = "other", "其他"


class Subject(TextChoices):
    """主题分类: the 22 subject classes of government information."""

    STATE_COUNCIL = "state_council", "国务院组织机构"
    GENERAL = "general", "综合政务"
    ECONOMY = "economy", "国民经济管理、国有资产监管"
    FINANCE = "finance", "财政、金融、审计"
    LAND = "land", "国土资源、能源"
    AGRICULTURE = "agriculture", "农业、林业、水利"
    INDUSTRY = "industry", "工业、交通"
    TRADE = "trade", "商贸、海关、旅游"
    MARKET = "market", "市场监管、安全生产监管"
    CONSTRUCTION = "construction", "城乡建设、环境保护"
    EDUCATION = "education", "科技、教育"
    CULTURE = "culture", "文化、广电、新闻出版"
    HEALTH = "health", "卫生、体育"
    POPULATION = "population", "人口与计划生育、妇女儿童工作"
    LABOUR = "labour", "劳动、人事、监察"
    SECURITY = "security", "公安、安全、司法"
    CIVIL_AFFAIRS = "civil_affairs", "民政、扶贫、救灾"
    ETHNIC = "ethnic", "民族、宗教"
    FOREIGN = "foreign", "对外事务"
    OVERSEAS = "overseas", "港澳台侨工作"
    DEFENCE = "defence", "国防"
    OTHER = "other", "其他"


class ScanStatus(TextChoices):
    """What the virus scanner said of an upload."""

    NOT_SCANNED = "not_scanned", "未扫描"
    CLEAN = "clean", "未发现病毒"
    INFECTED = "infected", "发现病毒"
    FAILED = "failed", "扫描失败"


class StatementState(TextChoices):
    """A statement of a unit counts once the openness office has signed it."""

    PENDING = "pending", "待公开办签字"
    SIGNED = "signed", "已签字"
    RETURNED = "returned", "已退回"
    ENDED = "ended", "已终止"


class ExplanationReason(TextChoices):
    """Why nothing is disclosed under a matter; shown to the public."""

    NOT_FORMED = "not_formed", "尚未形成"
    NOT_APPLICABLE = "not_applicable", "不涉及"
    NEGATIVE_LIST = "negative_list", "列入负面清单"
    ELSEWHERE = "elsewhere", "已并入其他信息公开"
    OTHER = "other", "其他原因"


class Carrier(TextChoices):
    """How something was disclosed off line."""

    NOTICE_BOARD = "notice_board", "公示栏"
    HOUSEHOLD = "household", "入户"
    MEETING = "meeting", "会议"
    BROADCAST = "broadcast", "广播"
    READING_POINT = "reading_point", "查阅点"
    OTHER = "other", "其他"


class ObligationState(TextChoices):
    """How it stands with what is owed, on one day."""

    PUBLISHED = "published", "已公开"
    DUE_SOON = "due_soon", "即将到期"
    OVERDUE = "overdue", "逾期"
    EXPLAINED = "explained", "未公开(有说明)"
    MISSING = "missing", "未公开"


class PackState(TextChoices):
    """How far the making of an evidence pack is."""

    QUEUED = "queued", "等待生成"
    BUILDING = "building", "正在生成"
    READY = "ready", "可以下载"
    FAILED = "failed", "生成失败"
