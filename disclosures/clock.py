"""The portal's clock. Publication and signature times come from here and from no form.

A forged publication date is a veto item of the national inspection (国办秘函〔2019〕19号), so the
clock can be moved only to write the history of a demonstration site.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)


def now() -> datetime:
    """The current time, aware."""
    return _moved_to.get() or timezone.now()


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Let ``now()`` answer ``moment`` (aware) inside the block; demonstration sites only."""
    if not settings.DEMO:
        raise ImproperlyConfigured("只有演示站点(DEMO=1)可以拨动时钟")
    token = _moved_to.set(moment)
    try:
        yield
    finally:
        _moved_to.reset(token)
