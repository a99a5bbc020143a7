"""Standard tables on their way into the catalog."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from ..choices import ImportState

#: How long an upload that nobody confirms is kept.
KEPT_FOR = timedelta(days=1)


def stored_name(upload: StandardTableImport, name: str) -> str:
    """A name that tells nothing and can't be guessed; the uploaded one is kept in the row."""
    return f"standard-tables/{uuid.uuid4().hex}.{name.rpartition('.')[2].lower()}"


class StandardTableImportQuerySet(models.QuerySet["StandardTableImport"]):
    def unfinished(self) -> Self:
        return self.exclude(state=ImportState.IMPORTED)

    def remove_stale(self) -> None:
        """Forget uploads that nobody confirmed in time, and their files."""
        for upload in self.unfinished().filter(uploaded_at__lt=timezone.now() - KEPT_FOR):
            remove_file = partial(upload.file.storage.delete, str(upload.file.name))
            upload.delete()
            transaction.on_commit(remove_file)


class StandardTableImport(models.Model):
    """An uploaded standard table between its steps; kept as a record once it is imported."""

    file = models.FileField("文件", upload_to=stored_name)
    name = models.CharField("文件名", max_length=150)
    digest = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    state = models.CharField(
        "状态", max_length=20, choices=ImportState, default=ImportState.UPLOADED
    )
    mapping: models.JSONField[Any, Any] = models.JSONField("列对应", default=dict, blank=True)
    #: Path of a matter → digest of what the preview showed of it.
    preview: models.JSONField[Any, Any] = models.JSONField("预览", default=dict, blank=True)
    counts: models.JSONField[Any, Any] = models.JSONField("行数", default=dict, blank=True)
    finished_at = models.DateTimeField("导入时间", null=True, blank=True)

    objects = StandardTableImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "标准目录导入"
        # Whoever may import matters may carry on with any of them.
        default_permissions = ()
        ordering: ClassVar = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name}({timezone.localtime(self.uploaded_at):%Y-%m-%d %H:%M})"

    @property
    def is_finished(self) -> bool:
        return self.state == ImportState.IMPORTED

    def content(self) -> bytes:
        with self.file.open("rb") as stored:
            return bytes(stored.read())
