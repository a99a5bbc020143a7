"""What the portal counts for an annual report. Each figure is the number of rows it lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from catalog.choices import Category, UnitKind
from catalog.models import Matter, Obligation, Unit

from ..choices import Genre, Validity
from ..coverage.tally import percent
from ..models import Disclosure, OfflineDisclosure, Revision
from ..querysets import DisclosureQuerySet
from .tables import COMPUTED, Place

#: Kinds of document that lay down no rules for others.
_INTERNAL_GENRES = (
    Genre.COMMUNIQUE,
    Genre.BULLETIN,
    Genre.REPORT,
    Genre.REQUEST,
    Genre.REPLY,
    Genre.MOTION,
    Genre.LETTER,
    Genre.MINUTES,
)
NORMATIVE = "规范性文件"


@dataclass(frozen=True)
class Scope:
    """Whose report, of which year. The government office reports for the whole county."""

    unit: Unit
    year: int

    @property
    def is_county(self) -> bool:
        return self.unit.kind == UnitKind.GOVERNMENT_OFFICE

    @property
    def first(self) -> date:
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        return date(self.year, 12, 31)

    @cached_property
    def end(self) -> datetime:
        """The moment at which the year is over."""
        following = self.last + timedelta(days=1)
        return datetime(following.year, 1, 1, tzinfo=timezone.get_default_timezone())

    @property
    def disclosures(self) -> DisclosureQuerySet:
        """All that ever had a public page, newest first."""
        found = Disclosure.objects.published().newest_first()
        return found if self.is_county else found.of_unit(self.unit)

    @property
    def published(self) -> DisclosureQuerySet:
        return self.disclosures.filter(published_at__year=self.year)

    @property
    def offline(self) -> QuerySet[OfflineDisclosure]:
        found = OfflineDisclosure.objects.signed().filter(shown_from__year=self.year)
        if not self.is_county:
            owed = Obligation.objects.filter(unit=OuterRef("unit"), matter=OuterRef("matter"))
            found = found.filter(Exists(owed.of_publisher(self.unit)))
        return found.order_by("-shown_from", "-pk")

    @property
    def owed(self) -> QuerySet[Matter]:
        """The leaf matters that had to be disclosed at the end of the year."""
        duties = Obligation.objects.owed().filter(matter=OuterRef("pk"))
        if not self.is_county:
            duties = duties.of_publisher(self.unit)
        listed = Q(listed_on=None) | Q(listed_on__lte=self.last)
        return Matter.objects.as_tree().filter(listed, Exists(duties))


def normative(scope: Scope) -> DisclosureQuerySet:
    """The normative documents of a unit; ``NORMATIVE_RULE`` says the same to readers."""
    named = Q()
    for path in ("matter", "matter__parent", "matter__parent__parent"):
        named |= Q(**{f"{path}__name__contains": NORMATIVE})
    return (
        scope.disclosures.visible()
        .filter(named, live_revision__source="")
        .exclude(live_revision__document_number="")
        .exclude(live_revision__genre__in=_INTERNAL_GENRES)
        .exclude(category=Category.INTERPRETATION)
        .annotate(formed=Coalesce("live_revision__issued_on", "live_revision__formed_on"))
    )


NORMATIVE_RULE = (
    "在名称带有“规范性文件”的公开事项（含其下级事项）下公开、没有撤下、有发文字号、不是转载、"
    "不是政策解读，体裁不是公报、通报、报告、请示、批复、议案、函、纪要的文件"
)


def _issued(scope: Scope) -> DisclosureQuerySet:
    return normative(scope).filter(formed__year=scope.year)


def _repealed(scope: Scope) -> DisclosureQuerySet:
    """Those that a text repealed in the year, and no earlier one."""
    repeals = (
        Revision.objects.ever_live()
        .filter(disclosure=OuterRef("pk"), validity=Validity.REPEALED)
        .order_by("published_at", "pk")
    )
    first = Subquery(repeals.values("published_at")[:1])
    return normative(scope).annotate(repealed=first).filter(repealed__year=scope.year)


def _valid(scope: Scope) -> DisclosureQuerySet:
    """Issued by the end of the year, and then neither repealed nor expired."""
    texts = Revision.objects.ever_live().filter(disclosure=OuterRef("pk"))
    by_then = texts.filter(published_at__lt=scope.end).order_by("-number")

    # What was formed in the year and published after it stands as first published.
    stood = Coalesce(
        Subquery(by_then.values("validity")[:1]),
        Subquery(texts.order_by("number").values("validity")[:1]),
    )
    return (
        normative(scope)
        .annotate(stood=stood, ran_out=Subquery(by_then.values("expires_on")[:1]))
        .filter(Q(ran_out=None) | Q(ran_out__gte=scope.last), stood=Validity.VALID)
        .filter(formed__lte=scope.last)
    )


def _of_category(scope: Scope, category: str) -> DisclosureQuerySet:
    return scope.published.filter(category=category)


def _on_site(scope: Scope) -> DisclosureQuerySet:
    return scope.published.exclude(matter__in=Matter.objects.restricted())


def _for_groups(scope: Scope) -> DisclosureQuerySet:
    return scope.published.filter(matter__in=Matter.objects.restricted())


def _withdrawn(scope: Scope) -> DisclosureQuerySet:
    return scope.disclosures.filter(withdrawn_at__year=scope.year)


def _with_limit(scope: Scope) -> DisclosureQuerySet:
    return scope.published.filter(due_on__isnull=False)


def _covered(scope: Scope) -> QuerySet[Matter]:
    standing = scope.disclosures.order_by().filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gte=scope.end),
        matter=OuterRef("pk"),
        published_at__lt=scope.end,
    )
    return scope.owed.filter(Exists(standing))


def _penalties(scope: Scope) -> DisclosureQuerySet:
    return _of_category(scope, Category.RESULT).filter(matter__name__contains="处罚")


@dataclass(frozen=True)
class Figure:
    """A number and the rows it counts. ``label`` is its name in the report's sentences."""

    key: str
    label: str
    rule: str
    rows: Callable[[Scope], QuerySet[Any]]
    unit: str = "条"

    def count(self, scope: Scope) -> int:
        return self.rows(scope).order_by().count()

    def address(self, scope: Scope) -> str:
        """The public page that lists the rows."""
        return reverse("annual_report_rows", args=[scope.year, scope.unit.code, self.key])


_ISSUED = "。以成文日期（没有的以形成日期）计入年度"

FIGURES = {
    figure.key: figure
    for figure in (
        Figure("normative-issued", "规范性文件制发数", NORMATIVE_RULE + _ISSUED, _issued, "件"),
        Figure(
            "normative-repealed",
            "规范性文件废止数",
            NORMATIVE_RULE + "。本年度内有效性改为“废止”的，到期失效的不计",
            _repealed,
            "件",
        ),
        Figure(
            "normative-valid",
            "规范性文件有效数",
            NORMATIVE_RULE + "。年底以前成文，到12月31日仍然有效",
            _valid,
            "件",
        ),
        Figure(
            "published",
            "主动公开总数",
            "本年度首次公开的信息，含后来撤下的",
            lambda scope: scope.published,
        ),
        *(
            Figure(
                f"category-{category.value}",
                f"{category.label}数",
                f"本年度首次公开、公开类别为“{category.label}”的信息",
                partial(_of_category, category=category.value),
            )
            for category in Category
        ),
        Figure("website", "网站公开数", "本年度首次公开、正文登载在本网站的信息", _on_site),
        Figure(
            "groups",
            "特定群体公开数",
            "本年度首次公开、只在线下向特定群体公开正文的信息",
            _for_groups,
        ),
        Figure(
            "offline",
            "线下公开数",
            "本年度开始在公示栏、会议、入户等处公开，经政务公开办签字登记的记录",
            lambda scope: scope.offline,
        ),
        Figure("withdrawn", "撤下数", "本年度撤下的信息", _withdrawn),
        Figure("with-limit", "有时限数", "本年度首次公开、算得出应公开日期的信息", _with_limit),
        Figure(
            "on-time",
            "按时公开数",
            "本年度首次公开、不晚于应公开日期的信息",
            lambda scope: scope.published.on_time(),
        ),
        Figure(
            "late",
            "逾期公开数",
            "本年度首次公开、晚于应公开日期的信息",
            lambda scope: scope.published.late(),
        ),
        Figure(
            "owed",
            "应公开事项数",
            "年底时列在公开目录中、应主动公开的末级事项",
            lambda scope: scope.owed,
            "项",
        ),
        Figure(
            "covered",
            "已公开事项数",
            "应公开事项中，年底时有公开信息的",
            _covered,
            "项",
        ),
        Figure(
            "penalties",
            "行政处罚公示数",
            "本年度首次公开、事项名称带有“处罚”的结果公开信息。一条公示可能含多份决定，只供核对",
            _penalties,
        ),
    )
}

#: The cells of table 1 and the figures that fill them.
OF_PLACE: dict[Place, Figure] = {place: FIGURES[f"normative-{place.column}"] for place in COMPUTED}
#: Shown beside a number that has to be entered, to check it by.
BESIDE = {Place("table1", "penalties", "decisions"): FIGURES["penalties"]}


@dataclass(frozen=True)
class Rate:
    """A percentage of two figures, leading to the rows of the first."""

    label: str
    part: Figure
    whole: Figure


RATES = (
    Rate("按时公开率", FIGURES["on-time"], FIGURES["with-limit"]),
    Rate("事项公开率", FIGURES["covered"], FIGURES["owed"]),
)


def percentage(part: int, whole: int) -> str:
    return f"{percent(part, whole)}%" if whole else "—"


def counted(scope: Scope) -> dict[str, int]:
    """Every figure by its key; one query each, whatever the number of rows."""
    return {key: figure.count(scope) for key, figure in FIGURES.items()}
