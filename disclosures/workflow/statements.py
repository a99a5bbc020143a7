"""What a unit states where the site shows no text of its own, and that a long public text holds.

A statement is entered by the clerk of the unit that publishes, and counts once the openness office
has signed it. Many are entered, signed or returned at once, all or none, with one row of the
ledger that holds each of them whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from catalog.models import Matter, NegativeListEntry, Obligation, Unit

from .. import checks, clock, ledger, screening
from ..choices import EntryKind, Severity, StatementState
from ..models import Disclosure, Evidence, Explanation, OfflineDisclosure, Review, Statement
from .common import WorkflowError, fitting, locked_disclosure, require, scanned
from .rights import is_openness_office, may_confirm, may_draft, may_end
from .screening import ScreeningError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Stated = TypeVar("Stated", bound=Statement)

#: What one act may take at once; a row of the ledger holds them all.
MOST = 1000

_KINDS: dict[type[Statement], EntryKind] = {
    Explanation: EntryKind.EXPLANATION,
    OfflineDisclosure: EntryKind.OFFLINE,
}


def explain(matter: Matter, unit: Unit, *, by: User, **stated: Any) -> Explanation:
    """State why ``unit`` discloses nothing under ``matter``; see ``explain_all``."""
    return explain_all(_obligations(matter, unit), by=by, **stated)[0]


@transaction.atomic
def explain_all(obligations: Iterable[Obligation], *, by: User, **stated: Any) -> list[Explanation]:
    """State one reason for each of ``obligations``: the fields of ``Explanation``.

    Raises ``ValidationError`` for a reason that can't be.
    """
    owed = _owed(obligations, by)
    pairs = {(obligation.matter_id, obligation.unit_id) for obligation in owed}
    for pending in _of_pairs(Explanation.objects.pending(), pairs):
        raise WorkflowError(
            f"“{pending}”已有一份说明在等公开办签字,请先终止那一份,或者不勾选这个事项"
        )
    now = clock.now()
    explanations = [
        Explanation(
            matter=obligation.matter, unit=obligation.unit, entered_by=by, entered_at=now, **stated
        )
        for obligation in owed
    ]
    # They say the same, and that each is owed and none waits is known already.
    explanations[0].full_clean()
    _check_negative_entry(explanations)
    _refuse_personal_data(explanations[:1])
    Explanation.objects.bulk_create(explanations, batch_size=200)
    _write_down("填报", explanations, by)
    return explanations


@transaction.atomic
def record_offline(
    matter: Matter, unit: Unit, *, by: User, files: Sequence[File], **stated: Any
) -> OfflineDisclosure:
    """Record what was shown off line, with the files that prove it; the public never gets those.

    Raises ``ValidationError`` for what can't be, and for a file we don't take.
    """
    _owed(_obligations(matter, unit), by)
    if not files:
        raise WorkflowError("请上传凭证,如公示栏照片、签收表的扫描件")
    record = OfflineDisclosure(
        matter=matter, unit=unit, entered_by=by, entered_at=clock.now(), **stated
    )
    record.full_clean()
    _refuse_personal_data([record])
    pieces = [Evidence(offline_disclosure=record, file=upload) for upload in files]
    for piece, upload in zip(pieces, files, strict=True):
        piece.full_clean(exclude=["offline_disclosure"])
        scanned(upload)
    record.save()
    for piece in pieces:
        piece.offline_disclosure = record
        piece.save()
    _write_down("登记", [record], by)
    return record


def sign_statement(statement: Stated, *, by: User) -> Stated:
    return sign_statements([statement], by=by)[0]


@transaction.atomic
def sign_statements(statements: Sequence[Stated], *, by: User) -> list[Stated]:
    """Let statements of one kind count; an explanation ends the one that it replaces."""
    signed = _undecided(statements, by)
    _refuse_personal_data(signed)
    today = timezone.localdate(clock.now())
    for statement in signed:
        if isinstance(statement, Explanation) and statement.valid_until < today:
            raise WorkflowError(f"“{statement}”的有效期已过,请退回,由填报人重新说明")
    if isinstance(signed[0], Explanation):
        _end_replaced(signed, by)
    _change(signed, state=StatementState.SIGNED, signed_by=by, signed_at=clock.now())
    _write_down("签字", signed, by)
    return signed


def return_statement(statement: Stated, *, by: User, remark: str) -> Stated:
    return return_statements([statement], by=by, remark=remark)[0]


@transaction.atomic
def return_statements(statements: Sequence[Stated], *, by: User, remark: str) -> list[Stated]:
    """Send statements of one kind back with the reason; their unit enters new ones."""
    returned = _undecided(statements, by)
    remark = fitting(type(returned[0]), "remark", remark)
    if not remark:
        raise WorkflowError("请写明退回的原因,填报人要据此修改")
    _change(
        returned,
        state=StatementState.RETURNED,
        signed_by=by,
        signed_at=clock.now(),
        remark=remark,
    )
    _write_down("退回", returned, by, remark=remark)
    return returned


@transaction.atomic
def end_statement(statement: Stated, *, by: User, reason: str) -> Stated:
    """Take back what no longer holds, or was entered in error."""
    (ended,) = _locked([statement], StatementState.PENDING, StatementState.SIGNED)
    require(may_end(ended, by), "只有本单位的信息提交人和政务公开办可以终止")
    reason = fitting(type(ended), "remark", reason)
    if not reason:
        raise WorkflowError("请写明终止的原因,它会留在台账中")
    _change([ended], state=StatementState.ENDED, ended_at=clock.now())
    _write_down("终止", [ended], by, reason=reason)
    return ended


@transaction.atomic
def confirm_current(disclosure: Disclosure, *, by: User) -> Review:
    """复核: somebody of the unit has looked, and what is public is still right."""
    disclosure = locked_disclosure(disclosure)
    require(may_draft(by, disclosure.unit), f"您不是{disclosure.unit}的信息提交人,不能复核")
    if not disclosure.is_visible:
        raise WorkflowError("这条信息不在公开中,不需要复核")
    if not may_confirm(disclosure, by):
        raise WorkflowError("这条信息今天已经复核过了")
    review = Review.objects.create(disclosure=disclosure, reviewed_by=by, reviewed_at=clock.now())
    details = {
        "act": "复核",
        "statements": [{"title": str(review), "record": review.canonical_record()}],
        "revision": disclosure.live_revision_id,
        "content_digest": disclosure.live_revision.content_digest,  # type: ignore[union-attr]
    }
    ledger.append(EntryKind.REVIEW, details, by=by, disclosure=disclosure)
    return review


# Inside ---------------------------------------------------------------------------------------


def _obligations(matter: Matter, unit: Unit) -> list[Obligation]:
    found = list(Obligation.objects.filter(matter=matter, unit=unit))
    if not found:
        raise WorkflowError(f"“{matter.name}”不是{unit}应公开的事项")
    return found


def _owed(obligations: Iterable[Obligation], by: User) -> list[Obligation]:
    """The obligations as they are now, locked: two people state one after the other."""
    keys = {obligation.pk for obligation in obligations}
    if not keys:
        raise WorkflowError("请先在“应公开事项”中勾选事项")
    if len(keys) > MOST:
        raise WorkflowError(f"一次最多办理{MOST}个事项,现在选了{len(keys)}个,请分几次办理")
    found = list(
        Obligation.objects.owed()
        .filter(pk__in=keys)
        .select_related("matter", "unit", "publisher")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if len(found) < len(keys):
        raise WorkflowError(
            "所选事项中有已停用、只依申请公开或不再由这个单位公开的,请刷新页面后重新勾选"
        )
    for publisher in {obligation.publisher for obligation in found}:
        require(may_draft(by, publisher), f"您不是{publisher}的信息提交人,不能为它填报")
    return found


def _of_pairs(explanations: Any, pairs: set[tuple[int, int]]) -> list[Explanation]:
    """Those among ``explanations`` that are about one of the pairs of matter and unit."""
    near = (
        explanations.filter(
            matter__in={matter for matter, _unit in pairs},
            unit__in={unit for _matter, unit in pairs},
        )
        .select_related("matter", "unit", "negative_entry")
        .order_by("pk")
    )
    return [found for found in near if (found.matter_id, found.unit_id) in pairs]


def _check_negative_entry(explanations: list[Explanation]) -> None:
    entry: NegativeListEntry | None = explanations[0].negative_entry
    if entry is None or entry.applies_to_all:
        return
    allowed = set(entry.domains.values_list("code", flat=True))
    for explanation in explanations:
        if explanation.matter.domain_code not in allowed:
            raise WorkflowError(f"负面清单“{entry}”不适用于“{explanation.matter}”所在的领域")


def _refuse_personal_data(statements: Sequence[Statement]) -> None:
    """What the public will read holds no personal data, as the texts of revisions don't."""
    texts = {
        (str(statement._meta.get_field(name).verbose_name), getattr(statement, name))  # type: ignore[union-attr]
        for statement in statements
        for name in statement.TEXTS
    }
    hits = [
        hit
        for place, text in sorted(texts)
        for hit in screening.find(screening.Passage(place, text))
        if hit.severity == Severity.BLOCKING
    ]
    if hits:
        told = ";".join(
            f"“{hit.place}”中有{checks.label_of(hit.rule)}“{hit.excerpt}”" for hit in hits
        )
        raise ScreeningError(f"筛查发现不能公开的内容:{told}。请删去后再提交")


def _undecided(statements: Sequence[Stated], by: User) -> list[Stated]:
    require(is_openness_office(by), "只有政务公开办可以签字或退回")
    found = _locked(statements, StatementState.PENDING)
    for statement in found:
        require(statement.entered_by_id != by.pk, f"“{statement}”是您自己填报的,须由别人签字")
    return found


def _locked(statements: Sequence[Stated], *expected: StatementState) -> list[Stated]:
    """The statements as they stand now, locked until the transaction ends."""
    if not statements:
        raise WorkflowError("请先勾选要办理的记录")
    if len(statements) > MOST:
        raise WorkflowError(f"一次最多办理{MOST}件,现在选了{len(statements)}件,请分几次办理")
    model = type(statements[0])
    rows = model._default_manager.filter(pk__in=[statement.pk for statement in statements])
    if model is Explanation:
        rows = rows.select_related("negative_entry")
    else:
        rows = rows.prefetch_related("evidence")
    found = list(
        rows.select_related("matter", "unit").select_for_update(of=("self",)).order_by("pk")
    )
    for statement in found:
        if statement.state not in expected:
            raise WorkflowError(
                f"“{statement}”现在是“{statement.get_state_display()}”,"  # type: ignore[attr-defined]
                "不能再这样办理,请刷新页面后再看"
            )
    return found


def _end_replaced(explanations: Sequence[Statement], by: User) -> None:
    pairs = {(explanation.matter_id, explanation.unit_id) for explanation in explanations}
    replaced = _of_pairs(Explanation.objects.signed().select_for_update(of=("self",)), pairs)
    if replaced:
        _change(replaced, state=StatementState.ENDED, ended_at=clock.now())
        _write_down("终止", replaced, by, reason="已由新的说明代替")


def _change(statements: Sequence[Statement], **values: Any) -> None:
    keys = [statement.pk for statement in statements]
    type(statements[0])._default_manager.filter(pk__in=keys).update(**values)
    for statement in statements:
        for name, value in values.items():
            setattr(statement, name, value)


def _write_down(act: str, statements: Sequence[Statement], by: User, **details: str) -> None:
    told = [
        {"title": str(statement), "record": statement.canonical_record()}
        for statement in statements
    ]
    ledger.append(_KINDS[type(statements[0])], {"act": act, "statements": told, **details}, by=by)
