"""How long the whole matrix of coverage takes; ``make bench-coverage`` runs it.

A scratch site with the pilot's data, 10,000 published disclosures and some thousand drafts,
explanations, off-line records and reviews. The matrix is domains × categories × publishers ×
states, counted anew each time; the median of some rounds counts, the first, in which the
database warms up, does not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks.pages import fill, load_pilot, prepare

SIZE = 10_000
LONGEST = 0.3
ROUNDS = 15
STATEMENTS = 1500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dingyuan-bench-") as folder:
        prepare(Path(folder), options.database)
        load_pilot()
        fill(options.size)
        state_much(STATEMENTS)
        return report()


def state_much(count: int) -> None:
    """``count`` drafts, explanations, off-line records and reviews each, spread at random."""
    from django.db import connection
    from django.utils import timezone

    from benchmarks.bulk import _drafts, _Staff
    from catalog.models import Obligation
    from disclosures.choices import Carrier, ExplanationReason, ReviewLevel, StatementState
    from disclosures.models import Disclosure, Explanation, OfflineDisclosure, Review, Revision

    random, staff, now = Random(2), _Staff(), timezone.now()
    today = timezone.localdate()
    clerk = next(iter(staff.county.values()))
    signer = list(staff.county.values())[-1]
    drafts = _drafts(random)
    revisions = [next(drafts) for _ in range(count)]
    Disclosure.objects.bulk_create([revision.disclosure for revision in revisions])
    for revision in revisions:
        revision.disclosure_id = revision.disclosure.pk
        revision.drafter = staff.of(revision.disclosure.unit)[ReviewLevel.SUBMITTER]
        revision.submitted_at, revision.digest_algorithm = None, ""
        revision.formed_on = today - timedelta(days=random.randrange(30))
        revision.due_on = revision._due_on()
    Revision.objects.bulk_create(revisions)
    owed = random.sample(list(Obligation.objects.owed()), 2 * count)
    common = {"entered_by": clerk, "entered_at": now}
    Explanation.objects.bulk_create(
        Explanation(
            matter_id=each.matter_id, unit_id=each.unit_id, reason=ExplanationReason.NOT_FORMED,
            detail="今年没有形成", valid_until=today + timedelta(days=random.randrange(-50, 200)),
            **common,
        )
        for each in owed[:count]
    )  # fmt: skip
    OfflineDisclosure.objects.bulk_create(
        OfflineDisclosure(
            matter_id=each.matter_id, unit_id=each.unit_id, title="公示", carrier=Carrier.MEETING,
            place="会场", shown_from=today - timedelta(days=random.randrange(500)), **common,
        )
        for each in owed[count:]
    )  # fmt: skip
    for model in (Explanation, OfflineDisclosure):
        model.objects.update(state=StatementState.SIGNED, signed_by=signer, signed_at=now)
    visible = random.sample(list(Disclosure.objects.visible().values_list("pk", flat=True)), count)
    Review.objects.bulk_create(
        Review(
            disclosure_id=pk,
            reviewed_by=clerk,
            reviewed_at=now - timedelta(days=random.randrange(500)),
        )
        for pk in visible
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def report() -> int:
    from catalog.models import Obligation
    from disclosures import coverage

    def matrix() -> int:
        keys = ("domain", "matter__category", "publisher")
        return sum(cell[-1] for cell in coverage.tally(Obligation.objects.owed(), *keys))

    seconds, owed = _median(matrix)
    needed, most = seconds * 1000, LONGEST * 1000
    print(f"{owed} 项应公开,整个矩阵用时 {needed:.0f} 毫秒(要求不超过 {most:.0f} 毫秒)")
    return int(seconds > LONGEST)


def _median(measured: Callable[[], int]) -> tuple[float, int]:
    found = 0
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        found = measured()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]), found


if __name__ == "__main__":
    sys.exit(main())
