"""``manage.py send_reminders``: once a day, what waits for whom. For cron, in the morning."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from disclosures import reminders


class Command(BaseCommand):
    help = "给有待签、退回、到期事项的人发提醒邮件,每人每天最多一封"

    def add_arguments(self, parser: CommandParser) -> None:
        domain = settings.SITE["domain"]
        parser.add_argument(
            "--base-url",
            default=f"https://{domain}" if domain else "",
            help="邮件中链接的网站地址,默认取 SITE_DOMAIN",
        )

    def handle(self, *args: Any, base_url: str, **options: Any) -> None:
        if not base_url:
            raise CommandError("不知道网站地址:请设置 SITE_DOMAIN,或用 --base-url 指定")
        sent = without = failed = 0
        for person in reminders.people():
            if not person.email:
                without += 1
                continue
            try:
                sent += reminders.send(person, timezone.localdate(), base_url.rstrip("/"))
            except (SMTPException, OSError) as error:
                failed += 1
                self.stderr.write(f"{person.get_username()} 的提醒没有发出:{error}")
        self.stdout.write(f"发出{sent}封,没有邮箱的{without}人,失败{failed}封")
        if failed:
            raise CommandError("有提醒没有发出,再次运行时重发", returncode=1)
