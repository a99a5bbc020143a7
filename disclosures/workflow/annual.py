"""The annual report: entering, composing it into a draft, and opening its correction."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from catalog.choices import LimitFrom, Method
from catalog.models import Matter, Unit
from catalog.querysets import MatterQuerySet

from .. import clock
from ..annual import body, entered, paper, texts, word
from ..annual.report import Filled, blocks, fill, summary_of, title_of
from ..annual.tables import COMPUTED, Place
from ..choices import Genre, Subject
from ..models import AnnualReport, Revision
from .common import WorkflowError, require
from .drafting import attach, detach, draft, revise, save_draft
from .rights import is_openness_office, may_draft

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEYWORDS = "政府信息公开;年度报告"


def may_report(user: User, unit: Unit) -> bool:
    """The unit's own clerks, and the openness office for every unit."""
    return may_draft(user, unit) or is_openness_office(user)


def may_enter(report: AnnualReport, user: User) -> bool:
    return not report.is_locked and may_report(user, report.unit)


def may_compose(report: AnnualReport, user: User) -> bool:
    """Composing drafts a disclosure, so it is for those who may."""
    return not report.is_locked and may_draft(user, report.unit)


@transaction.atomic
def open_report(report: AnnualReport, *, by: User) -> AnnualReport:
    """Begin the report of a unit and year, its sentences ready to be changed."""
    require(may_report(by, report.unit), f"您不能填报{report.unit}的年度报告")
    report.texts = {written.key: written.beginning for written in texts.WRITTEN}
    return _stored(report, by)


@transaction.atomic
def enter_numbers(
    report: AnnualReport,
    table: str,
    numbers: Mapping[Place, int | Decimal],
    reasons: Mapping[Place, str] | None,
    *,
    by: User,
) -> AnnualReport:
    """Put ``numbers`` in place of what was entered in ``table``; refuse what doesn't add up.

    Without ``reasons`` the corrections of what the portal counts stay as they are.
    """
    report = _locked(report, by)
    known = entered.read(report.entered)
    kept = {
        place: value
        for place, value in known.numbers.items()
        if place.table != table or (reasons is None and place in COMPUTED)
    }
    report.entered = entered.as_json(
        {**kept, **numbers}, known.reasons if table != "table1" or reasons is None else reasons
    )
    filled = fill(report)
    if table == "table2" and (found := filled.problems):
        raise WorkflowError(";".join(problem.message for problem in found))
    return _stored(report, by)


@transaction.atomic
def write_texts(report: AnnualReport, written: Mapping[str, str], *, by: User) -> AnnualReport:
    """Change the texts of the parts. Raises ``ValidationError`` for a name that isn't known."""
    report = _locked(report, by)
    report.texts = texts.check({**report.texts, **written})
    return _stored(report, by)


def fitting_matters(report: AnnualReport) -> MatterQuerySet:
    """Where the unit may publish its report: its leaf matters that everybody may read about."""
    return (
        Matter.objects.leaves()
        .current()
        .filter(responsible_units=report.unit, method=Method.PROACTIVE)
        .exclude(limit_from=LimitFrom.EVENT)
        .exclude(pk__in=Matter.objects.restricted())
        .as_tree()
    )


@transaction.atomic
def compose_report(report: AnnualReport, *, by: User, matter: Matter | None = None) -> Revision:
    """Write the report into its draft, with DOCX and PDF made of the same numbers.

    The first time a disclosure is opened under ``matter``; after that the open draft is written
    anew. Raises ``TypesettingError`` when the system has no Chinese font.
    """
    report = _locked(report, by)
    filled = fill(report)
    _require_complete(filled)
    today = timezone.localdate(clock.now())
    content: dict[str, Any] = {
        "title": title_of(report),
        "body": body.html(blocks(filled, issued_on=today)),
        "summary": summary_of(report, filled),
        "formed_on": today,
        "issued_on": today,
    }
    revision = report.open_draft
    if revision is None:
        revision = _first_draft(report, matter, content, by)
    else:
        for name, value in content.items():
            setattr(revision, name, value)
        revision = save_draft(revision, by=by)
    _replace_files(revision, filled, by)
    return revision


def revise_report(report: AnnualReport, *, by: User) -> Revision:
    """Open the next revision of what is public or was sent back; the report can be changed then."""
    if report.disclosure is None:
        raise WorkflowError("这份年报还没有生成公开信息,不需要更正")
    return revise(report.disclosure, by=by)


def is_stale(filled: Filled, revision: Revision) -> bool:
    """Whether ``revision`` says anything else than the report does now."""
    issued_on = revision.issued_on or revision.formed_on
    attached = {file.name for file in revision.attachments.all()}
    return (
        revision.title != title_of(filled.report)
        or revision.body != body.html(blocks(filled, issued_on=issued_on))
        or not attached.issuperset(_file_names(filled.report))
    )


def _locked(report: AnnualReport, by: User) -> AnnualReport:
    report = AnnualReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    require(may_report(by, report.unit), f"您不能填报{report.unit}的年度报告")
    if report.is_locked:
        raise WorkflowError(
            "这份年报正在审签或已经公布,不能修改;请在退回或公布之后开出新的一版,再修改和重新生成"
        )
    return report


def _stored(report: AnnualReport, by: User) -> AnnualReport:
    report.updated_by, report.updated_at = by, clock.now()
    report.full_clean()
    report.save()
    return report


def _require_complete(filled: Filled) -> None:
    if timezone.localdate(clock.now()) <= filled.scope.last:
        raise WorkflowError(f"{filled.scope.year}年还没有结束,年度报告在12月31日之后才能生成")
    if filled.missing:
        raise WorkflowError(f"还没有填写:{'、'.join(filled.missing)}")
    if found := filled.problems:
        raise WorkflowError(";".join(problem.message for problem in found))


def _first_draft(
    report: AnnualReport, matter: Matter | None, content: dict[str, Any], by: User
) -> Revision:
    if matter is None or not fitting_matters(report).filter(pk=matter.pk).exists():
        raise WorkflowError("请选择年报公开在本单位的哪个事项下")
    revision = draft(
        matter,
        report.unit,
        by=by,
        genre=Genre.REPORT,
        subject=Subject.GENERAL,
        keywords=KEYWORDS,
        **content,
    )
    report.disclosure = revision.disclosure
    _stored(report, by)
    return revision


def _replace_files(revision: Revision, filled: Filled, by: User) -> None:
    """The files of an earlier composing go; what the clerk has attached beside them stays."""
    issued_on = revision.issued_on or revision.formed_on
    written = list(blocks(filled, issued_on=issued_on, in_file=True))
    made = (word.docx(revision.title, written), paper.pdf(revision.title, written))
    names = _file_names(filled.report)
    for attachment in revision.attachments.filter(name__in=names):
        detach(attachment, by=by)
    for name, content in zip(names, made, strict=True):
        try:
            attach(revision, ContentFile(content, name=name), by=by)
        except ValidationError as error:
            raise WorkflowError(f"“{name}”没有附上:{';'.join(error.messages)}") from error


def _file_names(report: AnnualReport) -> tuple[str, str]:
    title = title_of(report)
    return f"{title}.docx", f"{title}.pdf"
