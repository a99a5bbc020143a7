"""Load ``fixtures/`` through the import resources that the admin uses."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import tablib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from catalog.choices import UnitKind
from catalog.models import AccountabilityStep, AccountabilityTable, Matter, NegativeListEntry, Unit
from catalog.resources import (
    AccountabilityStepResource,
    CodedResource,
    MatterResource,
    NegativeListResource,
    UnitResource,
    VillageResource,
)
from services.choices import Reach
from services.models import Service
from services.resources import ServiceResource

#: What the county's 2019 report on the pilot counts: label, count, the rows counted.
PILOT_COUNTS = (
    ("试点领域", 8, lambda: Matter.objects.filter(level=0)),
    ("一级事项", 193, lambda: Matter.objects.filter(level=1)),
    ("二级事项", 446, lambda: Matter.objects.filter(level=2)),
    ("三级事项", 517, lambda: Matter.objects.filter(level=3)),
    ("公开单位", 94, lambda: Unit.objects.publishers()),
    ("其中乡镇", 22, lambda: Unit.objects.filter(kind=UnitKind.TOWNSHIP)),
    ("村(社区)", 258, lambda: Unit.objects.villages()),
    ("政务服务事项", 1578, lambda: Service.objects.all()),
    ("对应公开事项", 196, lambda: Service.objects.linked()),
    ("不出乡镇", 169, lambda: Service.objects.filter(reach=Reach.TOWNSHIP)),
    ("不出村", 72, lambda: Service.objects.filter(reach=Reach.VILLAGE)),
    ("最多跑一次", 1515, lambda: Service.objects.at_most_one_visit()),
    ("负面清单条目", 59, lambda: NegativeListEntry.objects.all()),
    ("责任追溯表", 12, lambda: AccountabilityTable.objects.all()),
    ("责任追溯环节", 81, lambda: AccountabilityStep.objects.all()),
)

#: Units name domains, domains name units: units go in bare first, their domains after the tree.
STEPS: tuple[tuple[str, str, type[CodedResource], tuple[str, ...]], ...] = (
    ("公开单位", "units.csv", UnitResource, ("pilot_domains",)),
    ("村(社区)", "villages.csv", VillageResource, ()),
    ("公开事项", "matters.csv", MatterResource, ()),
    ("单位的试点领域", "units.csv", UnitResource, ()),
    ("政务服务事项", "services.csv", ServiceResource, ()),
    ("负面清单", "negative_list.csv", NegativeListResource, ()),
    ("责任追溯表", "accountability_steps.csv", AccountabilityStepResource, ()),
)


class Command(BaseCommand):
    help = "导入试点数据:公开单位、事项目录、政务服务、负面清单、责任追溯表(全部成功或全部不变)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="folder", type=Path, default=settings.BASE_DIR / "fixtures"
        )
        parser.add_argument(
            "--strict", action="store_true", help="各项数量与试点报告不符时拒绝导入"
        )

    def handle(self, *args: Any, folder: Path, strict: bool, **options: Any) -> None:
        changes = 0
        with transaction.atomic():
            for step, (label, name, resource, left_out) in enumerate(STEPS, 1):
                self.stdout.write(f"[{step}/{len(STEPS)}] {label} …", ending=" ")
                self.stdout.flush()
                changes += self._load(resource(), folder / name, left_out)
            wrong = self._report()
            if wrong and strict:
                raise CommandError(f"数量与试点报告不符,未导入任何数据:{'、'.join(wrong)}")
        self.stdout.write(self.style.SUCCESS(f"导入完成,{changes} 处变化"))

    def _load(self, resource: CodedResource, path: Path, left_out: tuple[str, ...]) -> int:
        dataset = _read(path, left_out)
        result = resource.import_data(dataset)
        if problems := _problems(resource, result):
            more = f"\n  … 共 {len(problems)} 处" if len(problems) > 20 else ""
            raise CommandError(
                f"{path.name} 有误,未导入任何数据:\n  " + "\n  ".join(problems[:20]) + more
            )
        new, updated = result.totals["new"], result.totals["update"]
        self.stdout.write(f"{result.total_rows} 行,新增 {new},更新 {updated}")
        return new + updated

    def _report(self) -> list[str]:
        wrong = []
        self.stdout.write("")
        for label, expected, rows in PILOT_COUNTS:
            count = rows().count()
            note = "" if count == expected else f"  ← 试点报告为 {expected}"
            self.stdout.write(f"  {count:>6}  {label}{note}")
            if note:
                wrong.append(f"{label} {count}(应为 {expected})")
        return wrong


def _read(path: Path, left_out: tuple[str, ...]) -> tablib.Dataset:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except FileNotFoundError:
        raise CommandError(f"找不到 {path}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path.name} 不是 UTF-8 编码,请另存为 UTF-8 后再导入") from None
    if not rows:
        raise CommandError(f"{path.name} 是空文件")
    if ragged := [number for number, row in enumerate(rows, 1) if len(row) != len(rows[0])]:
        raise CommandError(f"{path.name} 第{ragged[0]}行的列数与表头不同")
    dataset = tablib.Dataset(*rows[1:], headers=rows[0])
    for column in left_out:
        if column in dataset.headers:
            del dataset[column]
    return dataset


def _problems(resource: CodedResource, result: Any) -> list[str]:
    """Every refusal as "row, column: reason"; the header is row 1 of the file."""
    found = [str(error.error) for error in result.base_errors]
    for row in result.invalid_rows:
        for field, reasons in row.error_dict.items():
            column = "" if field == "__all__" else f"“{resource.column_of(field)}”"
            found.append(f"第{row.number + 1}行{column}:{';'.join(reasons)}")
    for row in result.error_rows:
        found += [f"第{row.number + 1}行:{error.error}" for error in row.errors]
    return found
