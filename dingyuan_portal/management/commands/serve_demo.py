"""Set up a demonstration site where there is none yet, then serve it. ``make run`` calls this."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import AccountabilityStep, Matter
from disclosures.models import Disclosure
from services.models import Service

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "准备演示站点(仅首次)并在本机提供服务"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("只有演示站点可以这样启动,请用 make run 或设置 DEMO=1")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                raise CommandError(f"端口 {port} 已被占用,请换一个:make run PORT={port + 1}")
        self._set_up()
        self.stdout.write(
            self.style.SUCCESS(f"\n定远县政务公开(演示数据)  http://{HOST}:{port}/")
            + f"\n管理后台                  http://{HOST}:{port}/admin/\n按 Ctrl+C 停止\n"
        )
        self.stdout.flush()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        # gunicorn keeps serving static files with DEBUG off, which runserver doesn't.
        gunicorn = ["-m", "gunicorn", "--workers", "2", "--bind", f"{HOST}:{port}"]
        quiet = ["--log-level", "warning", "dingyuan_portal.wsgi"]
        os.execv(sys.executable, [sys.executable, *gunicorn, *quiet])  # noqa: S606

    def _set_up(self) -> None:
        """Each step is all or nothing, so what is there tells which steps are still to do."""
        self._say("[数据库] 迁移 …")
        call_command("migrate", verbosity=0)
        if not all(model.objects.exists() for model in (Matter, Service, AccountabilityStep)):
            self._say("[数据] 导入试点目录、办事指南、负面清单、责任追溯表 …")
            call_command("load_pilot", strict=True)
        call_command("demo_accounts")
        if not Disclosure.objects.exists():
            call_command("demo_disclosures", count=420, seed=1)

    def _say(self, line: str) -> None:
        """At once: the commands called next write to the same terminal themselves."""
        self.stdout.write(line)
        self.stdout.flush()
