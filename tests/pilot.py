"""The pilot's data in a test, loaded once a session and copied after that.

``setUpTestData`` of a class that wants it calls ``pilot.load()``. The first call runs the command;
the next ones put the same rows back, which takes half a second.
"""

import io
from functools import cache

from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet

from catalog.models import (
    AccountabilityStep,
    AccountabilityTable,
    Matter,
    NegativeListEntry,
    Obligation,
    Unit,
)
from services.models import Service

_MODELS = (
    Unit,
    Matter,
    Unit.pilot_domains.through,
    Matter.responsible_units.through,
    Obligation,
    Service,
    NegativeListEntry,
    NegativeListEntry.domains.through,
    AccountabilityTable,
    AccountabilityStep,
)


def load():
    if not _rows():
        call_command("load_pilot", strict=True, stdout=io.StringIO())
        _rows().extend((model, list(model._base_manager.order_by("pk"))) for model in _MODELS)
        return
    for model, rows in _rows():
        # A plain queryset: the rows bring their place in the tree with them.
        QuerySet(model).bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(_NoStyle(), _MODELS):
            cursor.execute(statement)


@cache
def _rows():
    return []


class _NoStyle:
    def __getattr__(self, _name):
        return str
