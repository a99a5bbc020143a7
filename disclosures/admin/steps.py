"""The steps of a revision as buttons: what a form hands over, and what the person is told."""

from __future__ import annotations

from typing import Any

from .. import workflow
from ..choices import ReviewLevel, RevisionState, Validity
from ..models import Disclosure, Finding, Revision
from .stepping import Step


def submit(revision: Revision, user: Any, _data: Any) -> str:
    try:
        workflow.submit(revision, by=user)
    except workflow.ScreeningError:
        # The refusal undid everything; keep what was found for the clerk to work through.
        workflow.screen(revision)
        raise
    return "已提交审签,您的签字是第一级;内容从现在起冻结"


def sign(revision: Revision, user: Any, data: Any) -> str:
    try:
        revision = workflow.sign_off(revision, by=user, remark=data.get("remark", ""))
    except workflow.ScreeningError:
        workflow.screen(revision)
        raise
    if revision.state != RevisionState.APPROVED:
        return f"已签字,转到“{revision.get_level_display()}”"
    if revision.awaits_release:
        return "签字齐全;等计划的时间或同步发布的其他稿件,到时自动公开"
    if not revision.is_text and revision.disclosure.is_withdrawn:
        return "签字齐全,信息已撤下"
    return f"签字齐全,信息已公开,索引号 {revision.disclosure.index_number}"


def send_back(revision: Revision, user: Any, data: Any) -> str:
    to = data.get("to") or ReviewLevel.SUBMITTER
    if str(to) not in map(str, ReviewLevel.values):
        raise workflow.WorkflowError("请选择退回到哪个环节")
    level = ReviewLevel(int(to))
    workflow.send_back(revision, by=user, remark=data.get("remark", ""), to=level)
    return f"已退回“{level.label}”"


def recategorise(revision: Revision, user: Any, data: Any) -> str:
    disclosure = workflow.recategorise(revision, by=user, category=data.get("category", ""))
    return f"公开类别已改为“{disclosure.get_category_display()}”"


def _named(number: str) -> Disclosure | None:
    """The replacement that a form names by its index number."""
    number = number.strip()
    found = Disclosure.objects.visible().filter(index_number=number).first()
    if number and found is None:
        raise workflow.WorkflowError(f"没有索引号为“{number}”的公开信息,请核对后再提交")
    return found


def withdraw(revision: Revision, user: Any, data: Any) -> str:
    workflow.propose_withdrawal(
        revision.disclosure,
        by=user,
        reason=data.get("reason", ""),
        replacement=_named(data.get("replacement", "")),
    )
    return "已提出撤下,政务公开办和领导小组签字后生效"


def take_down(revision: Revision, user: Any, data: Any) -> str:
    workflow.take_down(
        revision.disclosure,
        by=user,
        reason=data.get("reason", ""),
        replacement=_named(data.get("replacement", "")),
    )
    return "已紧急撤下;还需另一位政务公开办人员和领导小组补签"


def restore(revision: Revision, user: Any, data: Any) -> str:
    workflow.restore(revision.disclosure, by=user, reason=data.get("reason", ""))
    return "已恢复公开"


def change_validity(revision: Revision, user: Any, data: Any) -> str:
    if data.get("validity") not in Validity.values:
        raise workflow.WorkflowError("请选择有效性")
    workflow.change_validity(
        revision.disclosure,
        by=user,
        validity=Validity(data["validity"]),
        reason=data.get("reason", ""),
        replacement=_named(data.get("replacement", "")),
    )
    return "已提出变更有效性,政务公开办和领导小组签字后生效"


def cancel_release(revision: Revision, user: Any, data: Any) -> str:
    workflow.cancel_release(revision, by=user, reason=data.get("reason", ""))
    return "已取消待发布;信息提交人可以据此修改后重新提交"


def unbundle(revision: Revision, user: Any, _data: Any) -> str:
    workflow.unbundle(revision, by=user)
    return "已移出同步发布"


def screen(revision: Revision, user: Any, _data: Any) -> str:
    screening = workflow.screen_draft(revision, by=user)
    blocking = len(workflow.open_findings(screening))
    return f"筛查完成:必须处理{blocking}处,共发现{screening.findings.count()}处"


def _finding(revision: Revision, data: Any) -> Finding:
    number = data.get("finding", "")
    found = Finding.objects.filter(screening__revision=revision, pk=number or 0).first()
    if found is None:
        raise workflow.WorkflowError("这一处筛查结果已更新,请刷新页面后再看")
    return found


def mask(revision: Revision, user: Any, data: Any) -> str:
    revision = workflow.mask(_finding(revision, data), by=user)
    workflow.screen(revision)
    return "已在文字中隐去,请核对后保存或提交"


def override(revision: Revision, user: Any, data: Any) -> str:
    workflow.override(_finding(revision, data), by=user, reason=data.get("reason", ""))
    return "已放行,理由会留在政务公开办的签字上"


#: The last part of the step's address → the step.
STEPS: dict[str, Step] = {
    "submit": submit,
    "sign": sign,
    "return": send_back,
    "recategorise": recategorise,
    "withdraw": withdraw,
    "takedown": take_down,
    "restore": restore,
    "validity": change_validity,
    "cancel-release": cancel_release,
    "unbundle": unbundle,
    "screen": screen,
    "mask": mask,
    "override": override,
}
