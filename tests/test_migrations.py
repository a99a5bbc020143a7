"""A site that is running keeps what it has when it takes over a new version."""

from importlib import import_module

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TransactionTestCase

#: The last migrations of the version before limits and obligations.
BEFORE = [("catalog", "0001_initial"), ("disclosures", "0006_guards")]


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


def newest():
    return MigrationExecutor(connection).loader.graph.leaf_nodes()


def guards():
    statement = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {name for (name,) in cursor.fetchall()}


class LimitsAndObligationsTest(TransactionTestCase):
    def tearDown(self):
        migrate(newest())
        super().tearDown()

    def test_a_running_site_learns_limits_and_obligations(self):
        installed = guards()
        old = migrate(BEFORE)
        unit, matter = old.get_model("catalog", "Unit"), old.get_model("catalog", "Matter")
        town = unit.objects.create(
            code="T1", name="第一镇人民政府", short_name="第一镇", kind="township"
        )
        village = unit.objects.create(
            code="341125001201", name="第一村", short_name="第一村", kind="village", parent=town
        )
        root = matter.objects.create(code="01", name="领域", level=0, tree_id=1, lft=1, rght=6)
        yearly, villages = (
            matter.objects.create(
                code=f"01-0{number}",
                name=f"事项{number}",
                parent=root,
                level=1,
                tree_id=1,
                lft=2 * number,
                rght=2 * number + 1,
                time_limit=text,
                limit_kind=kind,
                limit_days=days,
                responsible_text=units,
            )
            for number, text, kind, days, units in (
                (1, "每年1月31日前公开上年度情况", "periodic", None, "各乡镇人民政府"),
                (2, "公示期不少于7日", "calendar_days", 7, "村(居)民委员会"),
            )
        )
        new = migrate(newest())
        read = new.get_model("catalog", "Matter").objects.order_by("code")
        self.assertEqual(
            list(read.filter(level=1).values_list("period", "due_month", "due_day", "limit_from")),
            [("yearly", 1, 31, ""), ("", None, None, "notice")],
        )
        self.assertFalse(read.exclude(listed_on=None).exists())
        owed = new.get_model("catalog", "Obligation").objects.order_by("matter__code")
        self.assertEqual(
            list(owed.values_list("matter", "unit", "publisher")),
            [(yearly.pk, town.pk, town.pk), (villages.pk, village.pk, town.pk)],
        )
        self.assertEqual(guards(), installed)
        names = {
            f"guard_{name}"
            for name, *_rest in import_module("disclosures.migrations.0007_obligations").GUARDS
        }
        self.assertLessEqual(names, installed)
