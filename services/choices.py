"""The closed lists of a service guide (GB/T 39046-2020, annex A, in the county's words)."""

from django.db.models import TextChoices


class ItemType(TextChoices):
    PERMIT = "permit", "行政许可"
    CONFIRMATION = "confirmation", "行政确认"
    BENEFIT = "benefit", "行政给付"
    LEVY = "levy", "行政征收"
    REWARD = "reward", "行政奖励"
    RULING = "ruling", "行政裁决"
    OTHER_POWER = "other_power", "其他权力"
    PUBLIC_SERVICE = "public_service", "公共服务"


class Applicant(TextChoices):
    PERSON = "person", "自然人"
    ORGANISATION = "organisation", "法人"


class Reach(TextChoices):
    """How far an applicant has to travel."""

    COUNTY = "county", "县级"
    TOWNSHIP = "township", "不出乡镇"
    VILLAGE = "village", "不出村"


class ServiceList(TextChoices):
    """The county's five published lists that a service may stand on."""

    POWER = "power", "权力清单"
    DUTY = "duty", "责任清单"
    BUSINESS_FEE = "business_fee", "涉企收费清单"
    INTERMEDIARY = "intermediary", "中介服务清单"
    PUBLIC_SERVICE = "public_service", "公共服务清单"


class LifeEvent(TextChoices):
    BIRTH = "birth", "出生"
    REGISTRATION = "registration", "户籍身份"
    SCHOOL = "school", "上学"
    WORK = "work", "就业"
    MARRIAGE = "marriage", "婚育"
    HOUSING = "housing", "住房"
    TRAVEL = "travel", "出行"
    HEALTH = "health", "医疗"
    SOCIAL_INSURANCE = "social_insurance", "社会保障"
    ASSISTANCE = "assistance", "救助"
    DISABILITY = "disability", "残疾"
    VETERANS = "veterans", "退役"
    ELDERLY = "elderly", "养老"
    UTILITIES = "utilities", "公用事业"
    FARMING = "farming", "三农"
    BUSINESS = "business", "创业经营"
    CONSTRUCTION = "construction", "工程建设"
    ENVIRONMENT = "environment", "环境安全"
    TAX = "tax", "税费"
    LAW = "law", "法律"
    CULTURE = "culture", "文体"
    OTHER = "other", "其他"
