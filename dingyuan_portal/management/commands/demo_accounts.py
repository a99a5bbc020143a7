"""``manage.py demo_accounts``: the log-ins of a demonstration site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from catalog.models import Unit
from dingyuan_portal.models import AccountTerm
from disclosures.demo.people import ACCOUNTS, Account, open_account
from disclosures.querysets import EXTERNAL_AUDITOR

#: How long the account of the external auditor lasts.
DAYS = 30
PASSWORD = "dingyuan-demo-2026"  # noqa: S105 - public on purpose, and refused outside DEMO


class Command(BaseCommand):
    help = "建立演示账号；只能在演示站点(DEMO=1)运行"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("只有演示站点可以建立演示账号：请设置环境变量 DEMO=1 后再运行")
        self._require_units()
        with transaction.atomic():
            made = sum(self._make(account) for account in ACCOUNTS)
        self.stdout.write(f"演示账号{len(ACCOUNTS)}个，新建{made}个，密码都是 {PASSWORD}")
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.username:<10} {account.role}：{account.to_try}")

    def _require_units(self) -> None:
        wanted = {account.unit_code for account in ACCOUNTS if account.unit_code}
        if Unit.objects.filter(code__in=wanted).count() < len(wanted):
            raise CommandError("还没有单位数据：请先运行 manage.py load_pilot")

    def _make(self, account: Account) -> bool:
        """Whether the account is new, as far as signing in goes."""
        user = open_account(account)
        if account.group == EXTERNAL_AUDITOR:
            # Prolonged at each start, so that a demonstration site can be tried for good.
            ends_on = timezone.localdate() + timedelta(days=DAYS)
            term = {"organisation": "演示会计师事务所", "ends_on": ends_on}
            AccountTerm.objects.update_or_create(user=user, defaults=term)
        if user.has_usable_password():
            return False
        user.set_password(PASSWORD)
        user.save()
        return True
