"""清单.xlsx: what the pack holds, for people to read and to count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from catalog.models import Matter
from catalog.workbooks import Column, Table

from ..choices import EntryKind, ReviewLevel, RevisionKind
from ..models import Disclosure, LedgerEntry, Revision, Signoff, ViewCount
from ..querysets import DisclosureQuerySet
from .plan import FIGURES, Planned, versions

CHUNK = 100

DEMO_NOTE = "演示站点:内容和人员均为示范,不是定远县的政府信息"


class Packed(NamedTuple):
    """A planned file as it was written; ``size`` is ``None`` if it could not be."""

    planned: Planned
    path: str
    size: int | None
    sha256: str
    #: By the algorithm that signed it.
    digest: str
    problem: str


class Told(NamedTuple):
    """What the first sheet tells of the pack itself."""

    label: str
    by: str
    at: datetime
    head: str
    counted: dict[str, int]


def tables(chosen: DisclosureQuerySet, packed: list[Packed], told: Told) -> Iterator[Table]:
    notes = [DEMO_NOTE] if settings.SITE["is_demo"] else []
    yield Table("说明", _TOLD, _about(told), notes)
    yield Table("公开信息", [column for column, _ in _DISCLOSURES], _disclosures(chosen), notes)
    yield Table("签字", [column for column, _ in _SIGNOFFS], _signoffs(chosen), notes)
    yield Table("撤下", _WITHDRAWALS, _withdrawals(chosen), notes)
    yield Table("附件", [column for column, _ in _FILES], _files(packed), notes)


# What was asked and counted

_TOLD = [Column("项目", 28), Column("内容", 80)]


def _about(told: Told) -> Iterator[tuple[str, Any]]:
    yield "网站", f"{settings.SITE['name']} {settings.SITE['domain']}".strip()
    yield "范围", told.label
    yield "申请人", told.by
    yield "数据截至", told.at
    yield "台账末行摘要值", told.head
    for name, label in FIGURES.items():
        yield label, told.counted[name]
    yield "与签字时不符的附件", told.counted["altered"]
    since = ViewCount.objects.since()
    yield (
        "浏览次数",
        f"自{since:%Y-%m-%d}起计,不含工作人员和程序的访问" if since else "尚无记录",
    )
    yield "五级签字", "“公开信息”表所列为最近公开的正文版本的签字;各版本、各轮次的签字见“签字”表"
    yield "时间", "均为北京时间"


# Disclosures

Cells = list[tuple[Column, Callable[[Any], Any]]]


def _disclosures(chosen: DisclosureQuerySet) -> Iterator[list[Any]]:
    signoffs = Signoff.objects.standing().order_by("level", "pk")
    found = (
        chosen.with_views()
        .select_related("unit", "matter", "live_revision", "withdrawal", "replacement")
        .defer("live_revision__body", "withdrawal__body", "matter__content")
        .prefetch_related(
            Prefetch(
                "revisions",
                versions(chosen)
                .defer("body")
                .order_by("number")
                .prefetch_related(Prefetch("signoffs", signoffs, to_attr="standing")),
                to_attr="public_versions",
            )
        )
    )
    domains = dict(Matter.objects.domains().order_by().values_list("code", "name"))
    for disclosure in found.order_by("index_number").iterator(CHUNK):
        disclosure.domain_name = domains[disclosure.matter.domain_code]  # type: ignore[attr-defined]
        yield [cell(disclosure) for _, cell in _DISCLOSURES]


def _text(disclosure: Any) -> Revision:
    """The newest version whose text was signed: the others repeat it."""
    return [each for each in disclosure.public_versions if each.kind == RevisionKind.TEXT][-1]


def _signed(level: ReviewLevel) -> Callable[[Any], str]:
    def cell(disclosure: Any) -> str:
        signatures: Iterable[Any] = _text(disclosure).standing  # type: ignore[attr-defined]
        return ";".join(
            f"{each.shown_name} {_minute(each.signed_at)}"
            for each in signatures
            if each.level == level
        )

    return cell


def _minute(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _timeliness(disclosure: Any) -> str:
    return {True: "逾期", False: "按时", None: ""}[disclosure.is_late]


def _days_late(disclosure: Any) -> Any:
    if not disclosure.is_late:
        return ""
    return (timezone.localdate(disclosure.published_at) - disclosure.due_on).days


def _taken_off(disclosure: Any) -> str:
    if disclosure.withdrawn_at is None:
        return ""
    kind = "紧急撤下" if disclosure.withdrawal and disclosure.withdrawal.is_emergency else "撤下"
    return kind if disclosure.is_withdrawal_signed else f"{kind}(待补签)"


def _address(disclosure: Any) -> str:
    domain = settings.SITE["domain"]
    return f"https://{domain}{disclosure.get_absolute_url()}" if domain else ""


_DISCLOSURES: Cells = [
    (Column("索引号", 22), lambda each: each.index_number),
    (Column("标题", 50), lambda each: each.live_revision.title),
    (Column("发布机构", 24), lambda each: each.unit.name),
    (Column("试点领域", 16), lambda each: each.domain_name),
    (Column("事项编码", 12), lambda each: each.matter.code),
    (Column("公开事项", 24), lambda each: each.matter.name),
    (Column("公开类别", 10), lambda each: each.get_category_display()),
    (Column("公开范围", 12), lambda each: "特定群体" if each.is_restricted else "全社会"),
    (Column("发文字号", 22), lambda each: each.live_revision.document_number),
    (Column("形成日期", 12), lambda each: each.live_revision.formed_on),
    (Column("应公开日期", 12), lambda each: each.due_on),
    (Column("首次发布时间", 18), lambda each: each.published_at),
    (Column("是否按时", 10), _timeliness),
    (Column("逾期天数", 10), _days_late),
    (Column("有效性", 10), lambda each: each.live_revision.current_validity.label),
    (Column("有效期至", 12), lambda each: each.live_revision.expires_on),
    (Column("公开过的版本数", 10), lambda each: len(each.public_versions)),
    (Column("现行版本号", 10), lambda each: each.live_revision.number),
    (Column("现行版本公开时间", 18), lambda each: each.live_revision.published_at),
    (Column("现行版本摘要算法", 10), lambda each: each.live_revision.digest_algorithm),
    (Column("现行版本摘要值", 34), lambda each: each.live_revision.content_digest),
    (Column("正文版本号", 10), lambda each: _text(each).number),
    *((Column(level.label, 24), _signed(level)) for level in ReviewLevel),
    (Column("正文版本摘要值", 34), lambda each: _text(each).content_digest),
    (Column("浏览次数", 10), lambda each: each.views),
    (Column("撤下情况", 12), _taken_off),
    (Column("撤下时间", 18), lambda each: each.withdrawn_at),
    (Column("撤下原因", 40), lambda each: each.withdrawal_reason),
    (Column("替代信息", 22), lambda each: each.replacement and each.replacement.index_number),
    (Column("网址", 40), _address),
]


# Signatures


def _recorded(signoff: Any, name: str) -> Any:
    """Of the row of the ledger; where somebody took it away, that is what the pack has to show."""
    return getattr(getattr(signoff, "entry", None), name, "(台账中没有)")


_SIGNOFFS: Cells = [
    (Column("索引号", 22), lambda each: each.revision.disclosure.index_number),
    (Column("标题", 50), lambda each: each.revision.title),
    (Column("版本号", 8), lambda each: each.revision.number),
    (Column("版本类型", 10), lambda each: each.revision.get_kind_display()),
    (Column("轮次", 6), lambda each: each.round),
    (Column("环节", 14), lambda each: each.get_level_display()),
    (Column("签字人", 12), lambda each: each.signer_name),
    (Column("委托人", 12), lambda each: each.principal_name),
    (Column("岗位所在单位", 24), lambda each: each.unit and each.unit.name),
    (Column("意见", 8), lambda each: each.get_verdict_display()),
    (Column("退回到", 14), lambda each: each.get_returned_to_display()),
    (Column("说明", 40), lambda each: each.remark),
    (Column("放行的筛查结果", 30), lambda each: each.overrides),
    (Column("签字时间", 18), lambda each: each.signed_at),
    (Column("摘要算法", 10), lambda each: each.digest_algorithm),
    (Column("内容摘要值", 34), lambda each: each.content_digest),
    (Column("台账序号", 10), lambda each: _recorded(each, "number")),
    (Column("台账摘要值", 34), lambda each: _recorded(each, "digest")),
]


def _signoffs(chosen: DisclosureQuerySet) -> Iterator[list[Any]]:
    found = (
        Signoff.objects.filter(revision__disclosure__in=chosen)
        .select_related("revision__disclosure", "unit", "entry")
        .defer("revision__body", "entry__record")
        .order_by("revision__disclosure__index_number", "revision__number", "pk")
    )
    for signoff in found.iterator(CHUNK):
        yield [cell(signoff) for _, cell in _SIGNOFFS]


# Withdrawals, as the ledger tells of them

_WITHDRAWALS = [
    Column("台账序号", 10),
    Column("时间", 18),
    Column("事项", 10),
    Column("索引号", 22),
    Column("标题", 50),
    Column("经手人", 12),
    Column("撤下时间", 18),
    Column("原因", 40),
    Column("替代信息", 22),
]
_ACTS = (EntryKind.WITHDRAWAL, EntryKind.TAKEDOWN, EntryKind.RESTORATION)


def _withdrawals(chosen: DisclosureQuerySet) -> Iterator[list[Any]]:
    found = (
        LedgerEntry.objects.filter(kind__in=_ACTS, disclosure__in=chosen)
        .select_related("disclosure__live_revision")
        .defer("disclosure__live_revision__body")
        .order_by("number")
    )
    for entry in found.iterator(CHUNK):
        record = json.loads(entry.record)
        details = record["details"]
        replacement = details.get("replacement")
        yield [
            entry.number,
            entry.at,
            entry.get_kind_display(),
            entry.disclosure.index_number,  # type: ignore[union-attr]
            entry.disclosure.live_revision.title,  # type: ignore[union-attr]
            record["person_name"] or "系统",
            _minute(_moment(details.get("withdrawn_at"))),
            details["reason"],
            _number_of(replacement) if replacement else "",
        ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _number_of(disclosure: int) -> str:
    return str(Disclosure.objects.values_list("index_number", flat=True).get(pk=disclosure))


# Files

_FILES: Cells = [
    (Column("索引号", 22), lambda each: each.planned.index_number),
    (Column("版本号", 8), lambda each: each.planned.version),
    (Column("类别", 12), lambda each: each.planned.kind),
    (Column("文件名", 40), lambda each: each.planned.name),
    (Column("大小(字节)", 12), lambda each: each.size),
    (Column("核对", 24), lambda each: each.problem or "与签字时相符"),
    (Column("签字的摘要算法", 10), lambda each: each.planned.algorithm),
    (Column("签字的摘要值", 34), lambda each: each.planned.digest),
    (Column("包内文件的 SHA-256", 34), lambda each: each.sha256),
    (Column("包内位置", 70), lambda each: each.path),
    (Column("公开前清除的文件属性", 24), lambda each: each.planned.removed),
]


def _files(packed: list[Packed]) -> Iterator[list[Any]]:
    for each in packed:
        yield [cell(each) for _, cell in _FILES]
