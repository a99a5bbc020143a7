"""``manage.py export_ledger out.zip``: the ledger with all that proves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosures import workflow


class Command(BaseCommand):
    help = "导出公开台账核验包;包内的 verify.py 可在任何电脑上离线核验"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", help="写到哪个文件,如 ledger.zip;已有的文件不覆盖")

    def handle(self, *args: Any, path: str, **options: Any) -> None:
        try:
            with Path(path).open("xb") as out:
                manifest = self._export(out, Path(path))
        except FileExistsError as error:
            raise CommandError(f"{path} 已存在,请换一个文件名") from error
        except OSError as error:
            raise CommandError(f"不能写 {path}:{error.strerror}") from error
        self.stdout.write(f"台账共{manifest['rows']}行,末行摘要值 {manifest['head']}")
        self.stdout.write(self.style.SUCCESS(f"已写到 {path};核验:python verify.py {path}"))

    def _export(self, out: Any, path: Path) -> dict[str, Any]:
        try:
            return workflow.export_ledger(out, by=None)
        except BaseException:
            # Half a bundle, or one that the ledger knows nothing of, isn't left behind.
            path.unlink()
            raise
