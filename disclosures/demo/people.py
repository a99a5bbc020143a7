"""The invented people who write and sign: three for each unit, two for the county."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from catalog.models import Unit
from disclosures.choices import ReviewLevel
from disclosures.models import Duty
from disclosures.querysets import EXTERNAL_AUDITOR, SEPARATED_ROLES

from . import names

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SIGNERS = "提交与审签"
OPENNESS_OFFICE = "政务公开办"
AUDITORS = "审计"
ADMINISTRATORS, SECURITY, AUDIT = SEPARATED_ROLES


@dataclass(frozen=True)
class Account:
    """A demonstration log-in with a name of its own and something to try."""

    username: str
    name: str
    group: str
    role: str
    to_try: str
    level: ReviewLevel | None = None
    unit_code: str = ""


_BUREAU = "县住房和城乡建设局"
ACCOUNTS = (
    Account(
        "clerk", "陶晓燕", SIGNERS, f"{_BUREAU}信息提交人",
        "起草公开信息、提交审签、修改被退回的稿件", ReviewLevel.SUBMITTER, "ZJJ",
    ),
    Account(
        "section", "方正好", SIGNERS, f"{_BUREAU}提交科室负责人",
        "在工作台签字或写明原因退回", ReviewLevel.SECTION, "ZJJ",
    ),
    Account(
        "deputy", "凌国庆", SIGNERS, f"{_BUREAU}分管领导",
        "审阅并签第三个环节", ReviewLevel.DEPUTY_LEADER, "ZJJ",
    ),
    Account(
        "office", "杭慧敏", OPENNESS_OFFICE, "县政务公开办",
        "签第四个环节、撤下信息、维护目录和单位", ReviewLevel.OPENNESS_OFFICE,
    ),
    Account(
        "office2", "杭立群", OPENNESS_OFFICE, "县政务公开办（另一人）",
        "为紧急撤下补签、在同事不在时签第四个环节", ReviewLevel.OPENNESS_OFFICE,
    ),
    Account(
        "leader", "穆长江", SIGNERS, "县政务公开领导小组",
        "签第五个环节，签后信息立即公开", ReviewLevel.LEADING_GROUP,
    ),
    Account(
        "clerk2", "柏月红", SIGNERS, "连江镇信息提交人",
        "只看得到本镇的稿件，打不开别的单位的", ReviewLevel.SUBMITTER, "XZ09",
    ),
    Account(
        "auditor", "褚立新", AUDITORS, "审计和第三方测评",
        "查看审签记录、导出目录表格，不能改动",
    ),
    Account(
        "outsider", "祝明远", EXTERNAL_AUDITOR, "外部审计",
        "与审计相同，账号到期自动停用；工作台写着到哪一天",
    ),
    Account("admin", "管如海", ADMINISTRATORS, "系统管理员", "维护人员和岗位授权，不能签字"),
    Account("security", "安志远", SECURITY, "安全管理员", "查看登录记录、解除锁定，不能签字"),
    Account("auditadmin", "严景明", AUDIT, "审计管理员", "查看台账、登录和操作记录，不能改动"),
)  # fmt: skip

_PREFIXES = {
    ReviewLevel.SUBMITTER: "clerk",
    ReviewLevel.SECTION: "section",
    ReviewLevel.DEPUTY_LEADER: "deputy",
}


def staff_for(unit: Unit) -> Mapping[ReviewLevel, User]:
    """Clerk, head of section and deputy leader of the unit, made where missing."""
    return {level: _unit_member(unit, level) for level in _PREFIXES}


def county_staff() -> Mapping[ReviewLevel, User]:
    """The openness office and the leading group, who sign for every unit; of each the first."""
    staff: dict[ReviewLevel, User] = {}
    for account in ACCOUNTS:
        if account.level and not account.unit_code and account.level not in staff:
            staff[account.level] = open_account(account)
    return staff


def open_account(account: Account) -> User:
    """The account's user with group and duty; a new one can't sign in before it gets a password."""
    user, _ = _user(account.username, account.name, account.group)
    if account.level:
        unit = Unit.objects.get(code=account.unit_code) if account.unit_code else None
        Duty.objects.get_or_create(user=user, level=account.level, unit=unit)
    return user


def _unit_member(unit: Unit, level: ReviewLevel) -> User:
    for account in ACCOUNTS:
        if (account.unit_code, account.level) == (unit.code, level):
            return open_account(account)
    username = f"{_PREFIXES[level]}-{unit.code.lower()}"
    user, created = _user(username, names.person(Random(username)), SIGNERS)
    if created:
        Duty.objects.create(user=user, level=level, unit=unit)
    return user


def _user(username: str, name: str, group: str) -> tuple[User, bool]:
    users = get_user_model()
    # A Chinese name is one word; Django would join its two fields with a space between.
    user, created = users.objects.get_or_create(
        username=username, defaults={"first_name": name, "is_staff": True}
    )
    if created:
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user, created
