"""Questions about many disclosures, revisions or duties."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from catalog.models import Matter, Unit

from .choices import ReviewLevel, RevisionState, Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser, AnonymousUser

    Person = AbstractUser | AnonymousUser


class DutyQuerySet(models.QuerySet):
    def of(self, person: Person) -> Self:
        return self.filter(user=person.pk, user__is_active=True)

    def at(self, level: ReviewLevel, unit: Unit) -> Self:
        """Duties that sign at ``level`` for ``unit``: the unit's own, and the county-wide ones."""
        return self.filter(Q(unit=unit) | Q(unit=None), level=level)


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

    def readable_by(self, person: Person) -> Self:
        """What a member of staff may open in the admin: the own units', or all."""
        if reads_every_unit(person):
            return self
        return self.filter(unit__in=_own_units(person))


_HEAVY_MATTER_FIELDS = tuple(
    f"matter__{name}" for name in ("content", "legal_basis", "responsible_text", "time_limit")
)


class RevisionQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(state__in=[RevisionState.DRAFT, RevisionState.IN_REVIEW])

    def readable_by(self, person: Person) -> Self:
        """``DisclosureQuerySet.readable_by`` for the revisions."""
        if reads_every_unit(person):
            return self
        return self.filter(disclosure__unit__in=_own_units(person))

    def awaiting(self, person: Person) -> Self:
        """In review, at a level that ``person`` signs, and not yet signed by ``person``."""
        from_duties = Q(pk=None)
        for level, unit_id in _duties(person).values_list("level", "unit"):
            at_level = Q(level=level)
            from_duties |= at_level if unit_id is None else at_level & Q(disclosure__unit=unit_id)
        return (
            self.filter(from_duties, state=RevisionState.IN_REVIEW)
            .exclude(signoffs__signer=person.pk)
            .order_by("submitted_at", "pk")
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

    def fully_signed(self) -> Self:
        """Revisions with an approving signature at each of the five levels."""
        approvals = models.Count("signoffs", filter=Q(signoffs__verdict=Verdict.APPROVED))
        return self.annotate(approvals=approvals).filter(approvals=len(ReviewLevel))


def reads_every_unit(person: Person) -> bool:
    """Whoever works for the whole county: openness office, leading group, auditors."""
    return (
        person.has_perm("disclosures.read_every_unit") or _duties(person).filter(unit=None).exists()
    )


def _duties(person: Person) -> DutyQuerySet:
    duties = person.duties  # type: ignore[union-attr]
    return duties.all() if person.is_active else duties.none()


def _own_units(person: Person) -> models.QuerySet:
    return _duties(person).values("unit")
