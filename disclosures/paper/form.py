"""政务公开审核表: what was signed, by whom and when, on one A4 page for the paper file.

The page is set by typst from ``sign_off_form.typ``; see ``catalog.typesetting``.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.typesetting import one_line, typeset

from .. import digest
from ..choices import ReviewLevel, RevisionKind, RevisionState, Severity
from ..models import Revision, Screening, Signoff

TEMPLATE = Path(__file__).with_name("sign_off_form.typ")

#: The first characters of a ledger row's digest: enough to find it again and tell it apart.
DIGEST_SHOWN = 12
NAMES_SHOWN = 20
BLANK = "—"
_CHANGE_LABELS: dict[str, str] = {
    RevisionKind.TEXT: "修改说明",
    RevisionKind.VALIDITY: "变更原因",
    RevisionKind.WITHDRAWAL: "撤下原因",
}


def sign_off_form(revision: Revision, *, base_url: str = "") -> bytes:
    """The form of ``revision`` as a PDF of one A4 page, whatever the lengths of its texts.

    ``base_url`` (scheme and host) is where the public finds the site; SITE_DOMAIN goes before it.
    Raises ``TypesettingError`` when the system has no Chinese font.
    """
    domain = settings.SITE["domain"]
    site = f"https://{domain}" if domain else base_url.rstrip("/")
    return typeset(TEMPLATE, "form", _form(revision, site))


def _form(revision: Revision, site: str) -> dict[str, Any]:
    """What stands on the form, as JSON values."""
    return {
        **_facts(revision),
        **_page(revision, site),
        "rows": _rows(revision),
        "screening": _screening(revision),
        "digest": _digest(revision),
    }


def _facts(revision: Revision) -> dict[str, Any]:
    disclosure, matter = revision.disclosure, revision.disclosure.matter
    names = list(revision.attachments.values_list("name", flat=True)[: NAMES_SHOWN + 1])
    count = revision.attachments.count()
    return {
        "title": one_line(revision.title),
        "unit": disclosure.unit.name,
        "matter": f"{matter.code} {matter.name}",
        "category": disclosure.get_category_display(),
        "method": matter.get_method_display() or BLANK,
        "audience": matter.audience_detail or matter.get_audience_display() or BLANK,
        "document_number": revision.document_number or BLANK,
        "formed_on": _day(revision.formed_on),
        "due_on": _day(revision.due_on) if revision.due_on else matter.time_limit or BLANK,
        "version": _version(revision),
        "published_label": "公开时间" if revision.is_text else "生效时间",
        "published": _published(revision),
        "change_label": _CHANGE_LABELS[revision.kind],
        "change_note": _change(revision),
        "attachments": f"{count}个：{one_line('；'.join(names))}" if count else "无",
        "index_number": disclosure.index_number or "公开时产生",
        "state": _state(revision),
    }


def _page(revision: Revision, site: str) -> dict[str, Any]:
    """What stands around the form: the site, and the way to check the paper against it."""
    disclosure = revision.disclosure
    address = f"{site}{disclosure.get_absolute_url()}" if disclosure.index_number else ""
    return {
        "site": settings.SITE["name"],
        "organisation": settings.SITE["organisation"],
        "is_demo": settings.SITE["is_demo"],
        "printed_at": _moment(timezone.now()),
        "ledger_address": f"{site}{reverse('ledger')}",
        "address": address,
        "qr": _qr(address) if site and address else "",
    }


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    # The white border is the template's.
    segno.make_qr(address, error="m").save(
        drawn, kind="svg", border=0, xmldecl=False, svgns=True, nl=False
    )
    return drawn.getvalue().decode()


def _version(revision: Revision) -> str:
    text = f"第{revision.number}版 {revision.get_kind_display()}"
    if revision.is_text and revision.change_kind:
        text += f"（{revision.get_change_kind_display()}）"
    if revision.kind == RevisionKind.VALIDITY:
        text += f"（改为{revision.get_validity_display()}）"
    if revision.is_emergency:
        text += "（紧急）"
    return text if revision.round == 1 else f"{text} 第{revision.round}轮审签"


def _change(revision: Revision) -> str:
    parts = [one_line(revision.change_note)]
    if revision.replacement:
        parts.append(f"替代信息：{revision.replacement.index_number}")
    return "；".join(filter(None, parts)) or BLANK


def _published(revision: Revision) -> str:
    disclosure = revision.disclosure
    if disclosure.withdrawn_at and disclosure.withdrawal_id == revision.pk:
        return _moment(disclosure.withdrawn_at)  # a takedown acts before it is signed
    if revision.published_at:
        return _moment(revision.published_at)
    if revision.publish_at:
        return f"定于{_moment(revision.publish_at)}"
    return "尚未公开" if revision.is_text else "尚未生效"


def _state(revision: Revision) -> str:
    if revision.level is not None:
        return f"待{ReviewLevel(revision.level).label}签字"
    if revision.awaits_release:
        return "签字齐全，待发布"
    if revision.state == RevisionState.DRAFT:
        return "草稿，尚未提交"
    return revision.get_state_display()


def _rows(revision: Revision) -> list[dict[str, Any]]:
    """The five levels in order; one that this kind of revision skips says so."""
    signed = {signoff.level: signoff for signoff in _standing(revision)}
    return [
        _row(level, signed.get(level), is_asked=level in revision.route) for level in ReviewLevel
    ]


def _standing(revision: Revision) -> list[Signoff]:
    """Approvals that stand; of a returned revision also the return that closed it."""
    given: QuerySet[Signoff] = revision.signoffs.select_related("unit", "duty", "entry")
    given = given.defer("entry__record").order_by("pk")
    standing = list(given.standing())  # type: ignore[attr-defined]
    if revision.state == RevisionState.RETURNED:
        standing += given.filter(returned_to=ReviewLevel.SUBMITTER)
    return standing


def _row(level: ReviewLevel, signoff: Signoff | None, *, is_asked: bool) -> dict[str, Any]:
    row = {"level": level.label, "number": level.value, "is_asked": is_asked, "is_signed": False}
    if signoff is None:
        return row
    entry = getattr(signoff, "entry", None)
    return row | {
        "is_signed": True,
        "post": _post(signoff),
        "signer": signoff.shown_name,
        "verdict": signoff.get_verdict_display(),
        "remark": one_line("；".join(filter(None, [signoff.remark, _passed(signoff)]))),
        "day": f"{timezone.localtime(signoff.signed_at):%Y-%m-%d}",
        "time": f"{timezone.localtime(signoff.signed_at):%H:%M:%S}",
        "entry": f"第{entry.number}行" if entry else BLANK,
        "entry_digest": entry.digest[:DIGEST_SHOWN] if entry else "",
    }


def _passed(signoff: Signoff) -> str:
    return f"放行：{signoff.overrides}" if signoff.overrides else ""


def _post(signoff: Signoff) -> str:
    """Whose post it was; the county's own belong to no unit."""
    if signoff.unit:
        return signoff.unit.short_name
    return ReviewLevel(signoff.duty.level).label if signoff.duty else BLANK


def _screening(revision: Revision) -> str:
    if not revision.is_text:
        return "不公开新的内容，无须筛查"
    screening = revision.screenings.first()
    if screening is None:
        return "尚未筛查"
    when = f"{screening.get_stage_display()}，{_moment(screening.ran_at)}"
    return f"{_conclusion(screening)}（{when}，规则版本{screening.rules_version}）"


def _conclusion(screening: Screening) -> str:
    hints = screening.findings.filter(severity=Severity.WARNING).count()
    blocking = screening.findings.blocking()
    must = blocking.count()
    passed = screening.revision.disclosure.overrides.values("fingerprint")
    let_pass = blocking.filter(fingerprint__in=passed).count()
    parts = [
        f"必须处理{must}处" if must else "没有必须处理的",
        f"其中政务公开办放行{let_pass}处" if let_pass else "",
        f"提示{hints}处" if hints else "",
    ]
    return "，".join(filter(None, parts)) if must or hints else "没有发现问题"


def _digest(revision: Revision) -> dict[str, str]:
    """The digest that was signed, and whether what is stored still has it."""
    if not revision.content_digest:
        return {"value": "尚未提交，内容仍可修改", "note": ""}
    stored = digest.of_record(revision.canonical_record(), revision.digest_algorithm)
    is_same = stored == revision.content_digest
    return {
        "value": f"{revision.digest_algorithm.upper()} {revision.content_digest}",
        "note": "打印时核对相符" if is_same else "打印时核对不符，请立即报告政务公开办",
    }


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else BLANK


def _moment(moment: Any) -> str:
    local = timezone.localtime(moment)
    return f"{_day(local)} {local:%H:%M}"
