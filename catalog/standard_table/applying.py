"""Writing a previewed file into the catalog: all of it, or nothing."""

from __future__ import annotations

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from ..models import Matter, Obligation
from .decisions import Decisions
from .files import StandardTableFile
from .tree import Kind, Node


class RefusedError(Exception):
    """The catalog refuses a matter that the preview let pass; nothing was written."""


class OutdatedError(Exception):
    """The file would not do any more what the preview showed; nothing was written."""


class Applied(NamedTuple):
    new: list[Matter]
    changed: list[Matter]
    #: Matters of each ``Kind``, as the preview counted them.
    counts: dict[str, int]


@transaction.atomic
def apply(file: StandardTableFile, decisions: Decisions, fingerprint: str) -> Applied:
    """Do what the preview with ``fingerprint`` showed."""
    # Imports queue behind each other here; what the one before wrote is seen by the next.
    list(Matter.objects.select_for_update().filter(level=0).order_by("pk"))
    changes = file.changes(decisions)
    if changes.has_problems or changes.fingerprint() != fingerprint:
        raise OutdatedError
    counts = changes.counts
    new, changed = (
        [node for node in changes.nodes() if node.kind == kind] for kind in (Kind.NEW, Kind.CHANGED)
    )
    with Matter.objects.disable_mptt_updates():
        for node in (*new, *changed):
            _write(node, file)
    if new or changed:
        Matter.objects.rebuild()
        Obligation.objects.resync()
    return Applied([node.matter for node in new], [node.matter for node in changed], counts)


def _write(node: Node, file: StandardTableFile) -> None:
    matter = node.matter
    if node.parent is not None:
        matter.parent = node.parent.matter  # its key is known once it is saved
    try:
        matter.full_clean()
    except ValidationError as error:
        reasons = "；".join(reason for reasons in error.message_dict.values() for reason in reasons)
        raise RefusedError(f"“{matter}”:{reasons}") from error
    matter.save()
    if matter.responsible_text:
        matter.set_responsible_units(file.directory)
