"""政务公开审核表: the signatures of a revision on one page A4, for the paper archive."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils import timezone

from ..choices import Verdict
from ..models import Revision, Signoff
from ..workflow import WorkflowError, open_findings

_TEMPLATE = Path(__file__).with_name("sign_off_form.typ")
#: Any of these sets Chinese; without one typst would print boxes.
_FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "SimSun", "FangSong")
#: More than this of a remark would push the form onto a second page.
_LONGEST = 90


def sign_off_form(revision: Revision, *, base_url: str) -> bytes:
    """The form as PDF. Raises ``WorkflowError`` where the machine has no Chinese font."""
    data = _data(revision, base_url) | {"fonts": _fonts()}
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typst.compile(str(_TEMPLATE), sys_inputs=inputs)  # type: ignore[return-value]


@cache
def _fonts() -> list[str]:
    families = {family.casefold() for family in typst.Fonts().families()}
    found = [name for name in _FONTS if name.casefold() in families]
    if not found:
        raise WorkflowError("服务器没有中文字体,不能生成审核表:请系统管理员安装 Noto CJK 字体")
    return found


def _data(revision: Revision, base_url: str) -> dict[str, Any]:
    disclosure = revision.disclosure
    matter = disclosure.matter
    address = base_url + disclosure.get_absolute_url() if disclosure.index_number else ""
    facts = [
        ("发布机构", disclosure.unit.name),
        ("公开事项", _short(str(matter), 40)),
        ("公开类别", disclosure.get_category_display()),
        ("公开对象", matter.get_audience_display()),
        ("发文字号", revision.document_number or "—"),
        ("形成日期", f"{revision.formed_on:%Y-%m-%d}"),
        ("应公开日期", f"{revision.due_on:%Y-%m-%d}" if revision.due_on else "—"),
        ("索引号", disclosure.index_number or "尚未公开"),
        ("版本", f"第{revision.number}版 {revision.get_kind_display()}"),
        ("公开时间", _minute(revision.published_at)),
    ]
    files = [attachment.name for attachment in revision.attachments.all()]
    return {
        "title": revision.title,
        "facts": [facts[place : place + 2] for place in range(0, len(facts), 2)],
        "change_note": _short(revision.change_note, _LONGEST) or "—",
        "attachments": _short("、".join(files), _LONGEST) + f"(共{len(files)}个)"
        if files
        else "无",
        "screening": _screening(revision),
        "rows": _rows(revision),
        "digest": f"{revision.digest_algorithm}:{revision.content_digest}"
        if revision.content_digest
        else "尚未提交",
        "qr": _qr(address),
        "site": settings.SITE["name"],
        "is_demo": settings.SITE["is_demo"],
        "printed_at": _minute(timezone.now()),
        "verify_at": address or f"{base_url}/ledger/",
    }


def _rows(revision: Revision) -> list[dict[str, Any]]:
    given = revision.signoffs.select_related("unit", "entry")
    signed: dict[int, Signoff] = {signoff.level: signoff for signoff in given.standing()}
    signed |= {signoff.level: signoff for signoff in given.filter(returned_to=1)}
    rows = []
    for level in revision.route:
        signoff = signed.get(level)
        rows.append(
            {
                "level": level.label,
                "unit": str(signoff.unit or "全县") if signoff else "",
                "name": signoff.shown_name if signoff else "",
                "verdict": signoff.get_verdict_display() if signoff else "",
                "is_return": bool(signoff and signoff.verdict == Verdict.RETURNED),
                "remark": _short(signoff.remark, _LONGEST) if signoff else "",
                "at": _minute(signoff.signed_at) if signoff else "",
                "entry": f"第{signoff.entry.number}行\n{signoff.entry.digest[:12]}"
                if signoff
                else "",
            }
        )
    return rows


def _screening(revision: Revision) -> str:
    screening = revision.screenings.first()
    if screening is None:
        return "未筛查"
    blocking = len(open_findings(screening))
    passed = revision.disclosure.overrides.count()
    told = f"未处理{blocking}处" if blocking else "没有必须处理的内容"
    return f"{told},放行{passed}处;规则版本 {screening.rules_version}"


def _qr(address: str) -> str:
    if not address:
        return ""
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=0, xmldecl=True)
    return out.getvalue().decode()


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _minute(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "—"
