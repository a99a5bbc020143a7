"""责任追溯: who answered for each step of a disclosure, when, and whether within the limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog import workdays

from . import timing
from .choices import EntryKind, ReviewLevel, RevisionKind, RevisionState
from .ledger import name_of
from .models import Disclosure, LedgerEntry, Revision, Signoff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Acts that are no signature, with the office that takes them.
_ACTS = {
    EntryKind.TAKEDOWN: "政务公开办",
    EntryKind.RESTORATION: "政务公开办",
    EntryKind.CANCELLATION: "政务公开办",
}
#: What the last signature brings about.
_OUTCOMES: dict[str, str] = {
    RevisionKind.TEXT: "公开",
    RevisionKind.VALIDITY: "变更效力",
    RevisionKind.WITHDRAWAL: "撤下",
}


@dataclass(frozen=True)
class Step:
    """One act: ``days`` working days from ``begun_on``, of the ``allowed`` ones where there are."""

    name: str
    office: str
    begun_on: date
    #: ``None`` while it is still waited for.
    done_at: datetime | None = None
    verdict: str = ""
    person: str = ""
    remark: str = ""
    allowed: int | None = None
    #: Of the first publication, the day on which the law wants it.
    due_on: date | None = None
    entry: int | None = None

    @property
    def days(self) -> int:
        end = timezone.localdate(self.done_at) if self.done_at else timezone.localdate()
        return max(workdays.between(self.begun_on, end), 0)

    @property
    def is_within(self) -> bool | None:
        """``None`` where no limit is set, or it is still waited for and not yet late."""
        if self.due_on and self.done_at:
            return timezone.localdate(self.done_at) <= self.due_on
        if self.allowed is None:
            return None
        if self.days > self.allowed:
            return False
        return True if self.done_at else None

    @property
    def result(self) -> str:
        return {True: "按时", False: "超时", None: ""}[self.is_within]

    @property
    def limit(self) -> str:
        if self.due_on:
            return f"{self.due_on.isoformat()}前"
        return "" if self.allowed is None else timing.shown(self.allowed)

    @property
    def taken(self) -> str:
        return timing.shown(self.days)


@dataclass
class Passage:
    """The way of one revision through the signatures."""

    revision: Revision
    heading: str
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class Trace:
    disclosure: Disclosure
    passages: list[Passage]
    #: The matter's limit, shared out among the levels.
    limit: int

    @property
    def formed_on(self) -> date:
        """As the version said that was published first."""
        revisions = [passage.revision for passage in self.passages]
        published = self.disclosure.published_at
        first = (revision for revision in revisions if revision.published_at == published)
        return next(first, revisions[0]).formed_on

    @property
    def days(self) -> int:
        """Working days from the day the information was formed to its publication."""
        published = timezone.localdate(self.disclosure.published_at)
        return max(workdays.between(self.formed_on, published), 0)

    @property
    def in_words(self) -> str:
        """The whole, from formation to publication, against the day on which it was due."""
        disclosure = self.disclosure
        published = _shown(timezone.localdate(disclosure.published_at))
        said = f"{_shown(self.formed_on)}形成，{published}公开，用了{self.days}个工作日"
        if disclosure.due_on:
            verdict = "逾期公开" if disclosure.is_late else "按时公开"
            said += f"；应于{_shown(disclosure.due_on)}前公开，{verdict}"
        return said

    @property
    def guessed_years(self) -> list[int]:
        """Years whose holidays aren't announced, so that Monday to Friday were counted."""
        days = [day for passage in self.passages for step in passage.steps for day in _ends(step)]
        return sorted({day.year for day in days if not workdays.is_official(day.year)})


def _shown(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _ends(step: Step) -> tuple[date, date]:
    return step.begun_on, timezone.localdate(step.done_at) if step.done_at else step.begun_on


def trace(disclosure: Disclosure, *, whole: bool) -> Trace:
    """The steps of ``disclosure``: for the public those that led to something public.

    ``whole`` is for those who may read its drafts: with corrections that are under way or came to
    nothing, and the remarks of the signers.
    """
    revisions = list(disclosure.revisions.defer("body").order_by("number"))
    limit = timing.working_days(disclosure.matter)
    signoffs, entries = _signoffs(disclosure), _entries(disclosure)
    passages = []
    for place, revision in enumerate(revisions):
        revision.disclosure = disclosure
        if not whole and not _is_public(revision, revisions[place + 1 :]):
            continue
        passage = Passage(revision, _heading(revision, revisions[:place]))
        given = [signoff for signoff in signoffs if signoff.revision_id == revision.pk]
        begun = _begun(revision, revisions[:place], signoffs, entries)
        passage.steps += _signed(given, begun, limit, whole=whole)
        passage.steps += _outcome(revision, given)
        passage.steps += _pending(revision, given, begun, limit)
        passages.append(passage)
    _place_acts(passages, entries)
    return Trace(disclosure, passages, limit)


def _signoffs(disclosure: Disclosure) -> list[Signoff]:
    given = Signoff.objects.filter(revision__disclosure=disclosure)
    return list(given.select_related("unit", "duty", "entry").defer("entry__record").order_by("pk"))


def _entries(disclosure: Disclosure) -> list[LedgerEntry]:
    entries = LedgerEntry.objects.filter(disclosure=disclosure, kind__in=_ACTS)
    return list(entries.select_related("person").defer("record").order_by("number"))


def _is_public(revision: Revision, later: Sequence[Revision]) -> bool:
    """Whether what became of ``revision`` could be seen: it acted, or one after it did."""
    if revision.published_at or revision.is_emergency:
        return True
    return revision.state == RevisionState.RETURNED and any(
        other.kind == revision.kind and other.published_at for other in later
    )


def _heading(revision: Revision, earlier: Sequence[Revision]) -> str:
    if revision.kind == RevisionKind.VALIDITY:
        return f"变更效力（{revision.get_validity_display()}）"
    if revision.kind == RevisionKind.WITHDRAWAL:
        return "紧急撤下" if revision.is_emergency else "撤下"
    if not any(other.published_at for other in earlier):
        return "首次公开"
    change = revision.get_change_kind_display()
    return f"更正（{change}）" if change else "更正"


def _begun(
    revision: Revision,
    earlier: Sequence[Revision],
    signoffs: Iterable[Signoff],
    entries: Iterable[LedgerEntry],
) -> date:
    """When the drafter's time began: at the return, at the opening, or as the law says."""
    before = next((other for other in reversed(earlier) if other.kind == revision.kind), None)
    if before is not None and before.state == RevisionState.RETURNED:
        moments = [signoff.signed_at for signoff in signoffs if signoff.revision_id == before.pk]
        moments += [entry.at for entry in entries if entry.revision_id == before.pk]
        if moments:
            return timezone.localdate(max(moments))
    return timezone.localdate(revision.created_at) if earlier else revision.formed_on


def _signed(given: list[Signoff], begun: date, limit: int, *, whole: bool) -> list[Step]:
    steps = []
    for signoff in given:
        level = ReviewLevel(signoff.level)
        to = f"给{ReviewLevel(signoff.returned_to).label}" if signoff.returned_to else ""
        steps.append(
            Step(
                name=level.label,
                office=_office(signoff),
                begun_on=begun,
                done_at=signoff.signed_at,
                verdict=signoff.get_verdict_display() + to,
                person=signoff.shown_name,
                remark=signoff.remark if whole else "",
                allowed=timing.allowance(level, limit),
                entry=signoff.entry.number if hasattr(signoff, "entry") else None,
            )
        )
        begun = timezone.localdate(signoff.signed_at)
    return steps


def _office(signoff: Signoff) -> str:
    """Whose post it was; the county's own belong to no unit."""
    if signoff.unit:
        return signoff.unit.short_name
    return ReviewLevel(signoff.duty.level if signoff.duty else signoff.level).label


def _outcome(revision: Revision, given: list[Signoff]) -> list[Step]:
    """Going live, which the portal does by itself."""
    # A takedown acted before; its last signature only confirms it.
    if revision.published_at is None or revision.is_emergency or not given:
        return []
    name, disclosure = _OUTCOMES[revision.kind], revision.disclosure
    is_first = revision.is_text and revision.published_at == disclosure.published_at
    return [
        Step(
            name=name,
            office="网站自动",
            begun_on=timezone.localdate(given[-1].signed_at),
            done_at=revision.published_at,
            verdict=f"定时{name}" if revision.publish_at else name,
            due_on=disclosure.due_on if is_first else None,
        )
    ]


def _pending(revision: Revision, given: list[Signoff], begun: date, limit: int) -> list[Step]:
    """The level that is waited for."""
    if revision.level is None:
        return []
    level = ReviewLevel(revision.level)
    return [
        Step(
            name=level.label,
            office="",
            begun_on=timezone.localdate(given[-1].signed_at) if given else begun,
            verdict="待签",
            allowed=timing.allowance(level, limit),
        )
    ]


def _place_acts(passages: list[Passage], entries: list[LedgerEntry]) -> None:
    """Put each act that is no signature where it happened: after the steps before it."""
    for entry in entries:
        passage = _passage_of(entry, passages)
        if passage is None:
            continue
        act = Step(
            name=entry.get_kind_display(),
            office=_ACTS[EntryKind(entry.kind)],
            begun_on=timezone.localdate(entry.at),
            done_at=entry.at,
            verdict=entry.get_kind_display(),
            person=name_of(entry.person) if entry.person else "",
            entry=entry.number,
        )
        before = [step for step in passage.steps if step.done_at and step.done_at <= entry.at]
        passage.steps.insert(len(before), act)


def _passage_of(entry: LedgerEntry, passages: list[Passage]) -> Passage | None:
    """The revision's own; a restoration, which has none, ends the takedown before it."""
    for passage in reversed(passages):
        revision = passage.revision
        if entry.revision_id == revision.pk:
            return passage
        if entry.revision_id is None and revision.is_emergency and revision.created_at < entry.at:
            return passage
    return None
