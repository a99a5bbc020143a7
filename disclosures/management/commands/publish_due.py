"""``manage.py publish_due``: put live what is signed and due. For cron, every minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from disclosures import workflow


class Command(BaseCommand):
    help = "公开已签满且到了计划时间的信息;可以重复运行,漏跑的会补上并报告"

    def handle(self, *args: Any, **options: Any) -> None:
        run = workflow.publish_due()
        late = f",其中{run.late}件晚于计划" if run.late else ""
        self.stdout.write(f"公开{run.released}件{late}")
