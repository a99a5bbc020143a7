"""Takes the steps of the planned story through the workflow, at their times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from catalog.choices import LimitFrom
from catalog.models import Unit
from disclosures import clock, workflow
from disclosures.choices import ChangeKind, ReviewLevel, Validity
from disclosures.models import Disclosure, Revision

from . import people
from .documents import Document
from .files import make_files
from .plans import Action, Plan, Step
from .statements import Act

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.storage import Storage


class Stage:
    """Who plays whom, and what has been written so far."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.county = people.county_staff()
        self.staff: dict[int, Mapping[ReviewLevel, User]] = {}
        self.revisions: dict[Plan, Revision] = {}
        self.stored: list[tuple[Storage, str]] = []

    def play(self, plans: list[Plan], acts: Sequence[Act] = ()) -> Iterator[datetime]:
        """Take every step of every plan, and ``acts``, in the order of time; yields the times."""
        steps = [
            Act(step.at, partial(self._take, plan=plan, step=step))
            for plan in plans
            for step in plan.steps
        ]
        for act in sorted([*steps, *acts], key=attrgetter("at")):
            with clock.moved_to(act.at):
                act.take(self)
            yield act.at

    @staticmethod
    def _take(stage: Stage, *, plan: Plan, step: Step) -> None:
        _STEPS[step.action](stage, plan, step)

    def clerk_of(self, unit: Unit) -> User:
        return self._staff_of(unit)[ReviewLevel.SUBMITTER]

    @property
    def office(self) -> User:
        return self.county[ReviewLevel.OPENNESS_OFFICE]

    def keep(self, files: Iterable[Any]) -> None:
        """Remember stored files, for ``discard_files``."""
        self.stored += [(stored.storage, str(stored.name)) for stored in files if stored]

    def discard_files(self) -> None:
        """Remove the stored files of a run that was rolled back."""
        for storage, name in self.stored:
            storage.delete(name)

    def _people(self, plan: Plan) -> Mapping[ReviewLevel, User]:
        return self._staff_of(plan.unit)

    def _staff_of(self, unit: Unit) -> Mapping[ReviewLevel, User]:
        if unit.pk not in self.staff:
            self.staff[unit.pk] = {**self.county, **people.staff_for(unit)}
        return self.staff[unit.pk]

    def _draft(self, plan: Plan, step: Step) -> None:
        document = plan.first_version or plan.final
        clerk = self._people(plan)[ReviewLevel.SUBMITTER]
        policy = self.revisions[plan.policy].disclosure if plan.policy else None
        revision = workflow.draft(
            plan.matter, plan.unit, by=clerk, interprets=policy, **_content(plan, document)
        )
        for name, content in make_files(plan.final, Random(f"{self.seed}-{plan.number}")):
            attachment = workflow.attach(
                revision,
                ContentFile(content, name=name),
                by=clerk,
                is_evidence=name.endswith(".jpg"),
            )
            self.keep((attachment.file, attachment.original))
        self.revisions[plan] = revision

    def _submit(self, plan: Plan, step: Step) -> None:
        clerk = self._people(plan)[ReviewLevel.SUBMITTER]
        self.revisions[plan] = workflow.submit(self.revisions[plan], by=clerk)

    def _sign(self, plan: Plan, step: Step) -> None:
        signer = self._people(plan)[step.level]
        self.revisions[plan] = workflow.sign_off(
            self.revisions[plan], by=signer, remark=step.remark
        )

    def _send_back(self, plan: Plan, step: Step) -> None:
        signer = self._people(plan)[step.level]
        self.revisions[plan] = workflow.send_back(
            self.revisions[plan], by=signer, remark=step.remark
        )

    def _revise(self, plan: Plan, step: Step) -> None:
        clerk = self._people(plan)[ReviewLevel.SUBMITTER]
        revision = workflow.revise(self.revisions[plan].disclosure, by=clerk)
        for name, value in _content(plan, plan.final).items():
            setattr(revision, name, value)
        if revision.disclosure.live_revision_id:
            revision.change_note = plan.change_note
            revision.change_kind = ChangeKind.SUBSTANCE
        self.revisions[plan] = workflow.save_draft(revision, by=clerk)

    def _withdraw(self, plan: Plan, step: Step) -> None:
        """The clerk asks for it; the office and the leading group sign in later steps."""
        disclosure: Disclosure = self.revisions[plan].disclosure
        self.revisions[plan] = workflow.propose_withdrawal(
            disclosure, by=self._people(plan)[ReviewLevel.SUBMITTER], reason=step.remark
        )


_STEPS: dict[Action, Callable[[Stage, Plan, Step], None]] = {
    Action.DRAFT: Stage._draft,
    Action.SUBMIT: Stage._submit,
    Action.SIGN: Stage._sign,
    Action.SEND_BACK: Stage._send_back,
    Action.REVISE: Stage._revise,
    Action.WITHDRAW: Stage._withdraw,
}


def _content(plan: Plan, document: Document) -> dict[str, Any]:
    """The document as the content fields of a revision."""
    expired = document.expires_on is not None and document.expires_on < clock.now().date()
    content: dict[str, Any] = {
        "title": document.title,
        "body": document.body,
        "summary": document.summary,
        "document_number": document.document_number,
        "formed_on": document.formed_on,
        "issued_on": document.issued_on,
        "effective_on": document.effective_on,
        "expires_on": document.expires_on,
        "validity": Validity.EXPIRED if expired else Validity.VALID,
        "genre": document.genre,
        "subject": document.subject,
        "keywords": document.keywords,
    }
    if plan.matter.limit_from == LimitFrom.EVENT:
        content["event_on"] = document.formed_on + timedelta(days=60)
    if plan.matter.is_restricted:
        content |= {
            "shown_where": f"{plan.unit.address}政务公开栏",
            "shown_from": document.formed_on,
            "shown_until": document.shown_until,
        }
    return content
