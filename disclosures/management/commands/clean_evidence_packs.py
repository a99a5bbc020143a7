"""``manage.py clean_evidence_packs``: for a nightly timer; making a pack cleans up as well."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from disclosures import workflow


class Command(BaseCommand):
    help = "删除生成已满7天的取证包文件,以及中断的生成留下的文件"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"删除了{workflow.clean_packs()}个文件")
