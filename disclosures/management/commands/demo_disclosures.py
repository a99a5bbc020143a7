"""``manage.py demo_disclosures``: believable disclosures for a demonstration site."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from disclosures.demo.annual import plan_report
from disclosures.demo.county import County
from disclosures.demo.plans import Plan
from disclosures.demo.stage import Stage
from disclosures.demo.statements import Act, plan_statements
from disclosures.demo.story import SMALLEST, write_story
from disclosures.models import Disclosure, Explanation, OfflineDisclosure, Review


class Command(BaseCommand):
    help = "生成演示用的公开信息，逐条走完起草、五级签字和发布；只能在演示站点(DEMO=1)运行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=420, help="生成多少条，默认420")
        parser.add_argument(
            "--seed", type=int, default=1, help="随机种子，同一种子同一天生成的内容相同"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("只有演示站点可以生成演示公开信息：请设置环境变量 DEMO=1 后再运行")
        if options["count"] < SMALLEST:
            raise CommandError(f"--count 不能少于{SMALLEST}，否则凑不齐各种办理状态")
        existing = Disclosure.objects.count()
        if existing:
            self.stdout.write(f"站点已有公开信息{existing}条，演示公开信息不再生成，未作任何改动。")
            return
        county = County()
        if not county.topics:
            raise CommandError("目录还是空的：请先运行 manage.py load_pilot 载入试点目录和单位")
        self.stdout.write(f"正在编写{options['count']}份公文……")
        # The story ends with yesterday: the same seed tells the same one all day long.
        now = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        plans = write_story(county, options["count"], options["seed"], now)
        acts = [*plan_statements(plans, options["seed"], now), plan_report(now)]
        self._play(plans, acts, options["seed"])
        self._report(plans)

    def _play(self, plans: list[Plan], acts: list[Act], seed: int) -> None:
        """All or nothing: an interrupted run leaves neither rows nor files."""
        total = sum(len(plan.steps) for plan in plans) + len(acts)
        started = reported = time.monotonic()
        with transaction.atomic():
            stage = Stage(seed)
            try:
                for done, day in enumerate(stage.play(plans, acts), start=1):
                    if time.monotonic() - reported > 1.5:
                        reported = time.monotonic()
                        self.stdout.write(
                            f"  起草、签字、发布：第{done}步，共{total}步（办理到{day:%Y年%m月}）"
                        )
                        self.stdout.flush()
            except BaseException:
                stage.discard_files()
                raise
        self.stdout.write(f"  共办理{total}步，用时{time.monotonic() - started:.1f}秒")

    def _report(self, plans: list[Plan]) -> None:
        for fate, number in Counter(plan.fate for plan in plans).most_common():
            self.stdout.write(f"  {fate}：{number}条")
        told = [(Explanation, "未公开说明"), (OfflineDisclosure, "线下公开记录"), (Review, "复核")]
        for model, name in told:
            self.stdout.write(f"  {name}：{model._default_manager.count()}件")
        self.stdout.write(self.style.SUCCESS(f"已生成演示公开信息{len(plans)}条。"))
