"""保密审查、隐私筛查: before signature 1, and again before signature 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from .. import checks, clock, digest, ledger
from ..choices import EntryKind, ReviewLevel, RevisionState, ScreeningStage
from ..models import Finding, Override, Revision, Screening
from ..screening import Hit, mask_html, mask_text
from .common import WorkflowError, fitting, locked, require
from .rights import may_edit, may_override

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN = 3


class ScreeningError(WorkflowError):
    """Blocking findings keep the revision from being signed."""


@transaction.atomic
def screen(revision: Revision, stage: ScreeningStage | None = None) -> Screening:
    """Check the revision and keep what is found; the same content under the same rules only once.

    Earlier screenings stay: they tell what was found in a draft, and what was done about it.
    """
    if stage is None:
        is_early = revision.is_draft or (revision.level or 0) < ReviewLevel.OPENNESS_OFFICE
        stage = ScreeningStage.BEFORE_SUBMISSION if is_early else ScreeningStage.BEFORE_OFFICE
    subject = digest.of_record(revision.canonical_record())
    version = checks.rules_version()
    newest = revision.screenings.first()
    if newest and (newest.subject_digest, newest.rules_version, newest.stage) == (
        subject,
        version,
        stage,
    ):
        return newest
    screening = Screening.objects.create(
        revision=revision,
        stage=stage,
        ran_at=clock.now(),
        rules_version=version,
        subject_digest=subject,
    )
    if newest and (newest.subject_digest, newest.rules_version) == (subject, version):
        findings = list(newest.findings.all())
        for finding in findings:
            finding.pk, finding._state.adding, finding.screening = None, True, screening
    else:
        findings = [_stored(screening, found) for found in checks.findings(revision)]
    Finding.objects.bulk_create(findings)
    return screening


def screen_draft(revision: Revision, *, by: User) -> Screening:
    """Screen because somebody asked: whoever only reads a draft leaves nothing in it."""
    require(may_edit(revision, by), "只有本单位的信息提交人可以筛查草稿")
    return screen(revision)


def _stored(screening: Screening, found: checks.Found) -> Finding:
    return Finding(
        screening=screening,
        rule=found.rule,
        severity=found.severity,
        place=found.place[:200],
        excerpt=found.excerpt[:200],
        advice=found.advice[:200],
        fingerprint=found.fingerprint,
        is_maskable=found.is_maskable,
    )


def open_findings(screening: Screening) -> list[Finding]:
    """The blocking findings that nobody has let pass."""
    passed = screening.revision.disclosure.overrides.values("fingerprint")
    return list(screening.findings.blocking().exclude(fingerprint__in=passed))


def require_clear(revision: Revision, stage: ScreeningStage) -> str:
    """Screen, and tell what was let pass, for the signature to keep.

    Raises ``ScreeningError`` for blocking findings that the openness office hasn't let pass.
    """
    if not revision.is_text:
        return ""  # nothing new is published
    screening = screen(revision, stage)
    blocking = open_findings(screening)
    if blocking:
        told = ";".join(
            f"{finding.place}有{checks.label_of(finding.rule)}“{finding.excerpt}”"
            for finding in blocking[:SHOWN]
        )
        more = f",共{len(blocking)}处" if len(blocking) > SHOWN else ""
        raise ScreeningError(
            f"筛查发现不能公开的内容:{told}{more}。请隐去或修改后再提交;"
            "确须公开的,由政务公开办写明理由放行"
        )
    found = {finding.fingerprint for finding in screening.findings.blocking()}
    passed = revision.disclosure.overrides.filter(fingerprint__in=found)
    return "\n".join(
        f"{override.place} {checks.label_of(override.rule)}:{override.reason}"
        f"({override.granted_by_name})"
        for override in passed
    )


@transaction.atomic
def override(finding: Finding, *, by: User, reason: str) -> Override:
    """Let a blocking finding pass in this disclosure, with the reason."""
    require(may_override(by), "只有政务公开办可以放行筛查结果")
    revision = finding.screening.revision
    if revision.state not in {RevisionState.DRAFT, RevisionState.IN_REVIEW}:
        raise WorkflowError("这一版已办结,不能再放行")
    reason = fitting(Override, "reason", reason)
    if not reason:
        raise WorkflowError("请写明放行的理由,它会留在签字上")
    granted, is_new = Override.objects.get_or_create(
        disclosure=revision.disclosure,
        fingerprint=finding.fingerprint,
        defaults={
            "rule": finding.rule,
            "place": finding.place,
            "excerpt": finding.excerpt,
            "reason": reason,
            "granted_by": by,
            "granted_by_name": ledger.name_of(by),
            "granted_at": clock.now(),
        },
    )
    if not is_new:
        raise WorkflowError("这一处已经放行过了")
    finding.handled = fitting(Finding, "handled", f"{ledger.name_of(by)}放行:{reason}"[:200])
    finding.save()
    details = {
        "override": granted.pk,
        "rule": granted.rule,
        "place": granted.place,
        "excerpt": granted.excerpt,
        "fingerprint": granted.fingerprint,
        "reason": granted.reason,
    }
    ledger.append(EntryKind.OVERRIDE, details, by=by, revision=revision)
    return granted


@transaction.atomic
def mask(finding: Finding, *, by: User) -> Revision:
    """Put the masked form of a finding into the draft's text, wherever the value stands."""
    revision = locked(finding.screening.revision, RevisionState.DRAFT)
    require(may_edit(revision, by), "您不能修改这份稿件")
    if not finding.is_maskable:
        raise WorkflowError("这一处不在正文里,请在原文件中隐去后重新上传")

    def is_meant(hit: Hit) -> bool:
        return checks.fingerprint(hit.rule, hit.value) == finding.fingerprint

    before = [getattr(revision, name) for name in _MASKED]
    revision.body = mask_html(revision.body, is_meant)
    for name in _MASKED[1:]:
        setattr(revision, name, mask_text(getattr(revision, name), is_meant))
    if [getattr(revision, name) for name in _MASKED] == before:
        raise WorkflowError("正文里已没有这一处,请重新筛查")
    revision.updated_at = clock.now()
    revision.save()
    finding.handled = f"{ledger.name_of(by)}一键隐去"
    finding.save()
    return revision


_MASKED = ("body", "title", "summary", "keywords", "source", "change_note")
