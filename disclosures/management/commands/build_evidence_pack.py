"""``manage.py build_evidence_pack 12``: started by the portal itself when somebody asks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosures import workflow
from disclosures.models import EvidencePack


class Command(BaseCommand):
    help = "生成一个取证包(网站在后台自动运行;也可以手工重做等待生成的)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pk", type=int, help="取证包的编号")

    def handle(self, *args: Any, pk: int, **options: Any) -> None:
        workflow.build_pack(pk)
        pack = EvidencePack.objects.filter(pk=pk).first()
        if pack is None:
            raise CommandError(f"没有编号为{pk}的取证包")
        self.stdout.write(f"{pack}:{pack.get_state_display()}")
