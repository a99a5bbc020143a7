"""Questions about many disclosures, revisions or duties."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from catalog import limits
from catalog.choices import Category, LimitKind, UnitKind
from catalog.models import Matter, Unit

from .choices import (
    PackState,
    ReviewLevel,
    RevisionKind,
    RevisionState,
    Severity,
    StatementState,
    Verdict,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser, AnonymousUser

    Person = AbstractUser | AnonymousUser


#: 三员 (GB/T 22239-2019, 8.1.5): they run the system, so they take no part in what it records.
SEPARATED_ROLES = ("系统管理员", "安全管理员", "审计管理员")

#: Auditors from outside the county, whose accounts end by themselves.
EXTERNAL_AUDITOR = "外部审计"
NEVER_SIGN = (*SEPARATED_ROLES, EXTERNAL_AUDITOR)


def may_hold_duties(person: Person) -> bool:
    """Whether ``person`` may sign at all; administrators, superusers and outsiders never do."""
    return not (person.is_superuser or person.groups.filter(name__in=NEVER_SIGN).exists())


class DutyQuerySet(models.QuerySet):
    def in_force(self) -> Self:
        """Valid today, held by somebody who may sign; ``Duty.is_in_force`` for one."""
        today = timezone.localdate()
        separated = User.objects.filter(Q(is_superuser=True) | Q(groups__name__in=NEVER_SIGN))
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=today),
            Q(valid_until=None) | Q(valid_until__gte=today),
            user__is_active=True,
        ).exclude(user__in=separated)

    def of(self, person: Person) -> Self:
        """The duties ``person`` may sign with today: the own, and those handed over."""
        if not (person.is_active and person.pk and may_hold_duties(person)):
            return self.none()
        handed = person.handovers.in_force().values("duty")  # type: ignore[attr-defined, union-attr]
        return self.in_force().filter(Q(user=person.pk) | Q(pk__in=handed))

    def at(self, level: ReviewLevel, unit: Unit) -> Self:
        """Duties that sign at ``level`` for ``unit``: the unit's own, and the county-wide ones."""
        return self.filter(Q(unit=unit) | Q(unit=None), level=level)


class HandoverQuerySet(models.QuerySet):
    def in_force(self) -> Self:
        today = timezone.localdate()
        return self.filter(
            starts_on__lte=today, ends_on__gte=today, ended_at=None, deputy__is_active=True
        )


class SignoffQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Approvals that no later return has undone."""
        undone = self.model._default_manager.filter(
            revision=OuterRef("revision"),
            verdict=Verdict.RETURNED,
            pk__gt=OuterRef("pk"),
            returned_to__lte=OuterRef("level"),
        )
        return self.filter(~Exists(undone), verdict=Verdict.APPROVED)

    def by(self, person: Person) -> Self:
        """Given by ``person``, or by a deputy in that person's stead."""
        return self.filter(Q(signer=person.pk) | Q(principal=person.pk))


class LedgerQuerySet(models.QuerySet):
    def days(self) -> models.QuerySet[Any, dict[str, Any]]:
        """Day, number of its last row, count of its rows; newest day first."""
        return (
            self.annotate(day=TruncDate("at"))
            .order_by()
            .values("day")
            .annotate(last=models.Max("number"), rows=models.Count("digest"))
            .order_by("-day")
        )


class ViewCountQuerySet(models.QuerySet):
    def total(self) -> int:
        return self.aggregate(views=models.Sum("count"))["views"] or 0

    def since(self) -> date | None:
        """The day from which on views are counted at all."""
        return self.aggregate(day=models.Min("day"))["day"]


class EvidencePackQuerySet(models.QuerySet):
    def running(self, heard_since: datetime) -> Self:
        """Being made by somebody who was heard of; ``EvidencePack.is_running`` for one."""
        return self.filter(
            state__in=[PackState.QUEUED, PackState.BUILDING], beat_at__gte=heard_since
        )


class StatementQuerySet(models.QuerySet):
    def pending(self) -> Self:
        """Waits for the openness office's signature."""
        return self.filter(state=StatementState.PENDING)

    def signed(self) -> Self:
        return self.filter(state=StatementState.SIGNED)

    def readable_by(self, person: Person) -> Self:
        """``DisclosureQuerySet.readable_by`` for statements; a township's are its villages' too."""
        if reads_every_unit(person):
            return self
        own = own_units(person)
        return self.filter(Q(unit__in=own) | Q(unit__kind=UnitKind.VILLAGE, unit__parent__in=own))

    def awaiting(self, person: Person) -> Self:
        """Pending, and ``person`` may decide: of the openness office, and entered it not."""
        if not _duties(person).filter(level=ReviewLevel.OPENNESS_OFFICE).exists():
            return self.none()
        return self.pending().exclude(entered_by=person.pk).order_by("entered_at", "pk")

    def returned_to(self, person: Person) -> Self:
        """Sent back to ``person``, and nothing stated anew since."""
        newer = self.model._default_manager.filter(
            matter=OuterRef("matter"), unit=OuterRef("unit"), pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(newer), state=StatementState.RETURNED, entered_by=person.pk)


class ExplanationQuerySet(StatementQuerySet):
    def in_force(self, today: date | None = None) -> Self:
        """Signed and not run out; ``Explanation.is_in_force`` for one."""
        return self.signed().filter(valid_until__gte=today or timezone.localdate())

    def running_out(self, first: date, last: date) -> Self:
        """In force, and to be stated anew between the two days."""
        return self.signed().filter(valid_until__range=(first, last)).order_by("valid_until", "pk")


class OfflineDisclosureQuerySet(StatementQuerySet):
    pass


class FindingQuerySet(models.QuerySet):
    def blocking(self) -> Self:
        return self.filter(severity=Severity.BLOCKING)


class DisclosureQuerySet(models.QuerySet):
    def visible(self) -> Self:
        """Disclosures the public may read; ``Disclosure.is_visible`` for one."""
        return self.filter(live_revision__isnull=False, withdrawn_at__isnull=True)

    def published(self) -> Self:
        """Disclosures with a public page: the visible ones and those withdrawn later."""
        return self.filter(index_number__isnull=False)

    def listed(self) -> Self:
        """``visible()``, newest first, with what a row of a public list shows."""
        return (
            self.visible()
            .select_related("matter", "unit", "live_revision")
            .defer("live_revision__body", *_HEAVY_MATTER_FIELDS)
            .newest_first()
        )

    def with_views(self) -> Self:
        """With ``views``: how often the page was read since views are counted."""
        counts: Any = self.model._meta.get_field("view_counts").related_model
        of_each = (
            counts.objects.order_by()
            .filter(disclosure=OuterRef("pk"))
            .values("disclosure")
            .values(views=models.Sum("count"))
        )
        return self.annotate(views=Coalesce(models.Subquery(of_each), 0))

    def newest_first(self) -> Self:
        return self.order_by(F("published_at").desc(nulls_first=True), "-pk")

    def under(self, matter: Matter) -> Self:
        return self.filter(
            matter__tree_id=matter.tree_id,
            matter__lft__gte=matter.lft,
            matter__rght__lte=matter.rght,
        )

    def of_unit(self, unit: Unit) -> Self:
        return self.filter(unit=unit)

    def with_words(self, text: str) -> Self:
        """Every word of ``text`` stands in the title, the body or the document number.

        The body of a restricted disclosure is not searched: a hit would give its text away.
        """
        found = self
        for word in text.split():
            found = found.filter(
                Q(live_revision__title__icontains=word)
                | Q(live_revision__document_number__icontains=word)
                | Q(
                    live_revision__body__icontains=word,
                    matter__in=Matter.objects.exclude(pk__in=Matter.objects.restricted()),
                )
            )
        return found

    def late(self) -> Self:
        """First published after the day it was due; ``Disclosure.is_late`` for one."""
        return self.filter(published_at__date__gt=F("due_on"))

    def on_time(self) -> Self:
        return self.filter(published_at__date__lte=F("due_on"))

    def review_due(self, day: date) -> Self:
        """Long public, and a review is due by ``day``; ``Disclosure.review_due_on`` for one."""
        long_term = Matter.objects.filter(
            limit_kind=LimitKind.LONG_TERM, review_months__isnull=False
        )
        reviews: Any = self.model._meta.get_field("reviews").related_model
        due = Q(pk=None)
        for months in set(long_term.order_by().values_list("review_months", flat=True)):
            since = limits.reviewed_until(day, months)
            reviewed = reviews.objects.filter(
                disclosure=OuterRef("pk"), reviewed_at__date__gt=since
            )
            due |= Q(
                ~Exists(reviewed),
                matter__review_months=months,
                live_revision__published_at__date__lte=since,
            )
        return self.visible().filter(due, matter__limit_kind=LimitKind.LONG_TERM)

    def notice_over(self, today: date) -> Self:
        """Penalties that have been shown as long as they may be: they are to be taken off."""
        return self.visible().filter(
            matter__category=Category.RESULT,
            matter__name__contains="处罚",
            live_revision__expires_on__lt=today,
        )

    def readable_by(self, person: Person) -> Self:
        """What a member of staff may open in the admin: the own units', or all."""
        if reads_every_unit(person):
            return self
        return self.filter(unit__in=own_units(person))


_HEAVY_MATTER_FIELDS = tuple(
    f"matter__{name}" for name in ("content", "legal_basis", "responsible_text", "time_limit")
)


class RevisionQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Texts on their way to the public; ``Revision.is_open`` for one."""
        return self.filter(
            Q(state__in=[RevisionState.DRAFT, RevisionState.IN_REVIEW])
            | Q(state=RevisionState.APPROVED, published_at=None)
        ).exclude(kind=RevisionKind.WITHDRAWAL)

    def withdrawals(self) -> Self:
        return self.filter(kind=RevisionKind.WITHDRAWAL)

    def ever_live(self) -> Self:
        """The texts that the public has read, or reads now."""
        return self.filter(state=RevisionState.APPROVED, published_at__isnull=False).exclude(
            kind=RevisionKind.WITHDRAWAL
        )

    def awaiting_release(self) -> Self:
        """Fully signed and not yet public; ``Revision.awaits_release`` for one."""
        return self.filter(state=RevisionState.APPROVED, published_at=None)

    def release_missed(self) -> Self:
        """Should have gone live a while ago: ``publish_due`` doesn't run.

        A bundle that waits for a signature isn't late, only unfinished.
        """
        newer = self.model._default_manager.filter(
            disclosure=OuterRef("disclosure"), number__gt=OuterRef("number")
        )
        unfinished = (
            self.model._default_manager.filter(bundle=OuterRef("bundle"))
            .exclude(state=RevisionState.APPROVED)
            .filter(~Exists(newer))
        )
        return self.awaiting_release().filter(
            ~Exists(unfinished),
            publish_at__lt=timezone.now() - timedelta(minutes=15),
            disclosure__withdrawn_at=None,
        )

    def unsigned_takedowns(self) -> Self:
        """Taken off at once; the signatures have still to follow."""
        return self.withdrawals().filter(is_emergency=True, state=RevisionState.IN_REVIEW)

    def readable_by(self, person: Person) -> Self:
        """``DisclosureQuerySet.readable_by`` for the revisions."""
        if reads_every_unit(person):
            return self
        return self.filter(disclosure__unit__in=own_units(person))

    def awaiting(self, person: Person) -> Self:
        """In review, at a level that ``person`` signs, and not yet signed by ``person``."""
        from_duties = Q(pk=None)
        for level, unit_id in _duties(person).values_list("level", "unit"):
            at_level = Q(level=level)
            from_duties |= at_level if unit_id is None else at_level & Q(disclosure__unit=unit_id)
        signoffs: Any = self.model._meta.get_field("signoffs").related_model
        elsewhere = (
            signoffs.objects.by(person)
            .filter(revision=OuterRef("pk"))
            .exclude(level=OuterRef("level"))
        )
        return self.filter(from_duties, ~Exists(elsewhere), state=RevisionState.IN_REVIEW).order_by(
            "submitted_at", "pk"
        )

    def returned_to(self, person: Person) -> Self:
        """Sent back to ``person`` and not taken up again in a newer revision."""
        newer = self.model._default_manager.filter(
            disclosure=OuterRef("disclosure"), number__gt=OuterRef("number")
        )
        return self.filter(~Exists(newer), state=RevisionState.RETURNED, drafter=person.pk)

    def unpublished(self) -> Self:
        """Open first revisions: disclosures the public is still waiting for."""
        return self.open().filter(disclosure__live_revision__isnull=True)

    def due_between(self, first: date, last: date) -> Self:
        return self.unpublished().filter(due_on__range=(first, last)).order_by("due_on", "pk")

    def overdue(self, today: date) -> Self:
        return self.unpublished().filter(due_on__lt=today).order_by("due_on", "pk")


def reads_every_unit(person: Person) -> bool:
    """Whoever works for the whole county: openness office, leading group, auditors."""
    return (
        person.has_perm("disclosures.read_every_unit") or _duties(person).filter(unit=None).exists()
    )


def _duties(person: Person) -> DutyQuerySet:
    duties = person.duties.model._default_manager  # type: ignore[union-attr]
    return duties.of(person)


def own_units(person: Person) -> models.QuerySet:
    return _duties(person).values("unit")
