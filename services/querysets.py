from __future__ import annotations

from typing import Self

from django.db import models


class ServiceQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Services that can be applied for; ``Service.is_retired`` for one."""
        return self.filter(retired_on__isnull=True)

    def at_most_one_visit(self) -> Self:
        return self.filter(visits__lte=1)

    def linked(self) -> Self:
        """The pilot services: each hangs on one matter of the catalog and has its QR code."""
        return self.filter(matter__isnull=False)
