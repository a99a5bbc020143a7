"""The files of a revision."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from .. import digest, files
from ..choices import ScanStatus
from .revision import Revision


class Attachment(models.Model):
    """A file of a revision. ``is_evidence`` files are for staff and auditors only."""

    revision = models.ForeignKey(
        Revision, models.CASCADE, related_name="attachments", verbose_name="版本"
    )
    # Longer than a path: until it is stored under a name of ours it has the uploader's.
    file = models.FileField(
        "文件", upload_to=files.stored_name, max_length=200, validators=[files.validate_upload]
    )
    name = models.CharField("文件名", max_length=files.MAX_NAME, editable=False)
    size = models.PositiveBigIntegerField("大小(字节)", editable=False)
    content_type = models.CharField("类型", max_length=100, editable=False)
    digest = models.CharField("摘要值", max_length=64, editable=False)
    digest_algorithm = models.CharField("摘要算法", max_length=10, editable=False)
    original = models.FileField("原件", null=True, blank=True, editable=False)
    original_digest = models.CharField("原件摘要值", max_length=64, blank=True, editable=False)
    removed = models.CharField("已清除的文件属性", max_length=200, blank=True, editable=False)
    scan = models.CharField(
        "病毒扫描",
        max_length=20,
        choices=ScanStatus,
        default=ScanStatus.NOT_SCANNED,
        editable=False,
    )
    is_evidence = models.BooleanField(
        "存档证据", default=False, help_text="线下公开的照片等,只供工作人员和审计查看,不对外公开"
    )
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            described = files.described(self.file)
            self.name = self.name or described.name
            self.size, self.content_type = described.size, described.content_type
            self.digest = digest.of_bytes(self.file.chunks())
            self.digest_algorithm = digest.ALGORITHM
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("disclosures:attachment", args=[self.revision.disclosure.slug, self.pk])

    @property
    def extension(self) -> str:
        return files.extension_of(self.name)

    def is_intact(self) -> bool:
        """Whether the stored bytes are still those of the digest. Reads the whole file."""
        try:
            with self.file.open() as stored:
                return digest.of_bytes(stored.chunks(), self.digest_algorithm) == self.digest
        except OSError:
            return False
