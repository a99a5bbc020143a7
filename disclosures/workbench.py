"""What waits for one person: the rows of the admin's front page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, F
from django.urls import reverse
from django.utils import timezone

from catalog import workdays
from catalog.models import Obligation, Unit

from . import coverage
from .choices import ObligationState, ReviewLevel, RevisionState
from .coverage.standing import DUE_SOON_WORKDAYS
from .models import MISSED_AFTER, Disclosure, Duty, Explanation, OfflineDisclosure, Revision
from .querysets import (
    DisclosureQuerySet,
    RevisionQuerySet,
    StatementQuerySet,
    own_units,
    reads_every_unit,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN = 8


class Line(NamedTuple):
    """A row that is no revision."""

    address: str
    title: str
    facts: str


@dataclass(frozen=True)
class Section:
    title: str
    empty: str
    count: int
    rows: list[Revision]
    more: str
    lines: Sequence[Line] = ()

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows) + len(self.lines)


@dataclass(frozen=True)
class Figure:
    label: str
    value: int
    address: str = ""
    is_late: bool = False


def county() -> list[Figure]:
    """What the openness office watches over all units; three queries."""
    today = timezone.localdate()
    waiting = dict(
        Revision.objects.filter(state=RevisionState.IN_REVIEW)
        .order_by()
        .values_list("level")
        .annotate(rows=Count("pk"))
    )
    revisions = reverse("admin:disclosures_revision_changelist")
    overdue = Revision.objects.overdue(today).count()
    published = Disclosure.objects.filter(
        published_at__date__gte=today.replace(day=1), published_at__date__lte=today
    )
    return [
        *(
            Figure(
                f"待{level.label}签字",
                waiting.get(level, 0),
                f"{revisions}?state__exact={RevisionState.IN_REVIEW}&level__exact={level}",
            )
            for level in ReviewLevel
            if level != ReviewLevel.SUBMITTER
        ),
        Figure("逾期未公开的稿件", overdue, f"{revisions}?due=overdue", is_late=bool(overdue)),
        Figure("本月新公开", published.count()),
    ]


def owed(user: User) -> list[tuple[str, list[Figure]]]:
    """How it stands with what the own units owe, or the county to those who read every unit.

    The figures of the public coverage pages, to which they lead; at most four queries.
    """
    if reads_every_unit(user):
        counts = coverage.rolled_up(coverage.tally(Obligation.objects.owed())).get(())
        return [("全县", _states(counts))] if counts else []
    units = Unit.objects.filter(pk__in=own_units(user)).order_by("code")
    names = {pk: (code, name) for pk, code, name in units.values_list("pk", "code", "name")}
    due = Obligation.objects.owed().filter(publisher__in=names)
    found = coverage.rolled_up(coverage.tally(due, "publisher"), 0)
    return [
        (name, _states(found[pk], unit=code)) for pk, (code, name) in names.items() if pk in found
    ]


def _states(counts: coverage.Counts, **filters: str) -> list[Figure]:
    address = reverse("coverage:rows")
    return [
        Figure(
            state.label,
            counts.of(state),
            f"{address}?{urlencode({**filters, 'state': state.value})}",
            is_late=state == ObligationState.OVERDUE and bool(counts.of(state)),
        )
        for state in ObligationState
    ]


def sections(user: User) -> list[Section]:
    """In the order in which they press; three queries a section, whatever the number of rows.

    Who holds no duty, as auditors, signs and drafts nothing and is not told so three times.
    """
    today = timezone.localdate()
    readable = Revision.objects.readable_by(user)
    soon = workdays.add(today, DUE_SOON_WORKDAYS)
    drafts = readable.filter(state=RevisionState.DRAFT, drafter=user).order_by("-updated_at", "-pk")
    office = []
    if reads_every_unit(user):
        late = readable.filter(
            publish_at__isnull=False,
            published_at__gt=F("publish_at") + MISSED_AFTER,
            published_at__gte=timezone.now() - timedelta(days=7),
        )
        office = [
            _section(
                "紧急撤下待补签",
                "没有待补签的紧急撤下。",
                readable.unsigned_takedowns(),
                mine="takedown",
            ),
            _section("晚于计划时间公开", "近七天没有晚发布的信息。", late, mine="released_late"),
        ]
    own = []
    if Duty.objects.of(user).exists():
        own = [
            _section("等我签字", "没有等您签字的稿件。", readable.awaiting(user), mine="sign"),
            _section(
                "退回给我",
                "没有退回给您的稿件。",
                readable.returned_to(user).order_by("-submitted_at", "-pk"),
                mine="returned",
            ),
            _section("我的草稿", "没有未提交的草稿。", drafts, mine="drafts"),
        ]
    return [
        *own,
        _section(
            "待发布",
            "没有等待定时或同步发布的信息。",
            readable.awaiting_release().order_by("publish_at", "pk"),
            mine="release",
        ),
        *office,
        _section(
            f"{DUE_SOON_WORKDAYS}个工作日内到期",
            "没有即将到期的信息。",
            readable.due_between(today, soon),
            due="soon",
        ),
        _section("已逾期", "没有逾期未公开的信息。", readable.overdue(today), due="overdue"),
        *_beside(user, today, soon),
    ]


def _beside(user: User, today: date, soon: date) -> list[Section]:
    """What waits about matters without a text, and texts long public; only what there is."""
    sections = []
    for model in (Explanation, OfflineDisclosure):
        name, readable = model._meta.verbose_name, model._default_manager.readable_by(user)
        sections += [
            _stated(f"待公开办签字的{name}", readable.awaiting(user), mine="sign"),
            _stated(f"退回给我的{name}", readable.returned_to(user), mine="returned"),
        ]
    public = Disclosure.objects.readable_by(user)
    running_out = Explanation.objects.readable_by(user).running_out(today, soon)
    sections += [
        _stated(f"{DUE_SOON_WORKDAYS}个工作日内到期的说明", running_out, mine="soon"),
        _published("长期公开的信息须复核", public.review_due(soon), review="soon"),
        _published("处罚公示期满须撤下", public.notice_over(today), review="over"),
    ]
    return [section for section in sections if section.count]


def _stated(title: str, rows: StatementQuerySet, **listed: str) -> Section:
    place = f"admin:disclosures_{rows.model._meta.model_name}"
    lines = [
        Line(
            reverse(f"{place}_change", args=[row.pk]),
            row.matter.name,
            f"{row.unit} · {row.summary} · {timezone.localdate(row.entered_at)} 填报",
        )
        for row in rows.select_related("matter", "unit")[:SHOWN]
    ]
    more = f"{reverse(f'{place}_changelist')}?{urlencode(listed)}"
    return Section(title, "", rows.count(), [], more, lines)


def _published(title: str, rows: DisclosureQuerySet, **listed: str) -> Section:
    shown = rows.select_related("unit", "matter", "live_revision")
    lines = [
        Line(
            reverse("admin:disclosures_disclosure_change", args=[row.pk]),
            row.live_revision.title,
            f"{row.unit.short_name} · {row.matter.name} · "
            f"{timezone.localdate(row.live_revision.published_at)} 公开",
        )
        for row in shown.order_by("live_revision__published_at", "pk")[:SHOWN]
    ]
    more = f"{reverse('admin:disclosures_disclosure_changelist')}?{urlencode(listed)}"
    return Section(title, "", rows.count(), [], more, lines)


def _section(title: str, empty: str, rows: RevisionQuerySet, **listed: str) -> Section:
    shown = rows.select_related("disclosure__unit", "disclosure__matter")[:SHOWN]
    more = f"{reverse('admin:disclosures_revision_changelist')}?{urlencode(listed)}"
    return Section(title, empty, rows.count(), list(shown), more)
