"""``manage.py verify_ledger``: does everything still read as it was signed?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosures import evidence, verifier

SHOWN = 50


class Command(BaseCommand):
    help = "由各行和文件重新计算公开台账,报告断链、缺行、改动;有问题时退出码为1"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--skip-files", action="store_true", help="不读附件文件,只核对数据库")
        parser.add_argument(
            "--heads", metavar="文件", help="以前从“公开台账”页下载的 heads.csv,与现在的台账对照"
        )

    def handle(self, *args: Any, skip_files: bool, heads: str | None, **options: Any) -> None:
        noted = self._noted(heads) if heads else {}
        check = evidence.verify(self._progress, with_files=not skip_files, heads=noted)
        for problem in check.problems[:SHOWN]:
            self.stdout.write(f"✗ {problem}")
        if len(check.problems) > SHOWN:
            self.stdout.write(f"  还有{len(check.problems) - SHOWN}处,未列出")
        self.stdout.write(check.summary())
        if noted:
            self.stdout.write(f"与以前抄下的{len(noted)}个摘要值作了对照")
        if check.problems:
            raise CommandError(f"核验未通过,发现{len(check.problems)}处问题", returncode=1)
        self.stdout.write(self.style.SUCCESS("核验通过"))

    def _noted(self, path: str) -> dict[int, str]:
        try:
            return verifier.read_heads(path)
        except (OSError, TypeError, ValueError) as error:
            raise CommandError(f"读不了 {path}:{error}") from error

    def _progress(self, label: str, count: int) -> None:
        self.stderr.write(f"  {label} {count} 行", ending="\r" if self.stderr.isatty() else "\n")
