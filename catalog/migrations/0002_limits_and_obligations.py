import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from catalog.limits import read
from catalog.printed import unit_names

VILLAGES = "村(居)民委员会"
TOWNSHIPS = "各乡镇人民政府"
SCHOOLS, EDUCATION_BUREAU = "各义务教育学校", "县教育体育局"


def read_limits(apps, _schema_editor):
    """Fill the new fields from the words; what stands in the catalog has always stood there."""
    matters = apps.get_model("catalog", "Matter").objects
    matters.update(listed_on=None)
    for text, kind in set(matters.order_by().values_list("time_limit", "limit_kind")):
        limit = read(text)
        if limit is not None and limit.limit_kind == kind:
            rest = limit._asdict()
            del rest["limit_kind"], rest["limit_days"]
            matters.filter(time_limit=text, limit_kind=kind).update(**rest)


def derive_obligations(apps, _schema_editor):
    units = list(apps.get_model("catalog", "Unit").objects.all())
    names = {}
    for unit in units:
        if unit.kind != "village":
            names[unit.name] = names[unit.short_name] = [unit]
    names[TOWNSHIPS] = [unit for unit in units if unit.kind == "township"]
    names[SCHOOLS] = names.get(EDUCATION_BUREAU, [])
    names[VILLAGES] = [unit for unit in units if unit.kind == "village" and unit.parent_id]
    obligation = apps.get_model("catalog", "Obligation")
    leaves = apps.get_model("catalog", "Matter").objects.filter(
        rght=models.F("lft") + 1, level__gt=0
    )
    owed = {
        (matter, unit.pk): unit.parent_id if unit.kind == "village" else unit.pk
        for matter, text in leaves.values_list("pk", "responsible_text")
        for name in unit_names(text)
        for unit in names.get(name, [])
    }
    obligation.objects.bulk_create(
        [
            obligation(matter_id=matter, unit_id=unit, publisher_id=publisher)
            for (matter, unit), publisher in owed.items()
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Obligation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "应公开事项",
                "verbose_name_plural": "应公开事项",
                "ordering": ["matter", "unit"],
                "default_permissions": ("view", "export"),
            },
        ),
        migrations.AddField(
            model_name="matter",
            name="due_day",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="每年、每季度、每月公开的填写",
                null=True,
                verbose_name="截止日",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="due_month",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="每年公开一次的填写", null=True, verbose_name="截止月份"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="limit_from",
            field=models.CharField(
                blank=True,
                choices=[
                    ("formation", "自信息形成起"),
                    ("event", "在事项发生前"),
                    ("notice", "公示期不少于"),
                ],
                help_text="公示期的长短不是公开的时限;这一项和以下各项留空,按“公开时限”的文字识别",
                max_length=20,
                verbose_name="天数从何算起",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="listed_on",
            field=models.DateField(
                blank=True,
                default=django.utils.timezone.localdate,
                help_text="定期公开从这一天以后的周期算起;留空为一直在目录中",
                null=True,
                verbose_name="列入目录日期",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="period",
            field=models.CharField(
                blank=True,
                choices=[
                    ("yearly", "每年"),
                    ("half_yearly", "每半年"),
                    ("term", "每学期"),
                    ("quarterly", "每季度"),
                    ("monthly", "每月"),
                ],
                max_length=20,
                verbose_name="公开周期",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="review_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="长期公开的,至少每隔几个月复核一次",
                null=True,
                verbose_name="复核间隔(月)",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_month__isnull", True), ("due_month__range", (1, 12)), _connector="OR"
                    ),
                    models.Q(
                        ("due_day__isnull", True), ("due_day__range", (1, 31)), _connector="OR"
                    ),
                ),
                name="matter_due_day_in_calendar",
                violation_error_message="截止月份为1至12,截止日为1至31",
            ),
        ),
        migrations.AddField(
            model_name="obligation",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="obligations",
                to="catalog.matter",
                verbose_name="公开事项",
            ),
        ),
        migrations.AddField(
            model_name="obligation",
            name="publisher",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="published_obligations",
                to="catalog.unit",
                verbose_name="发布机构",
            ),
        ),
        migrations.AddField(
            model_name="obligation",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="obligations",
                to="catalog.unit",
                verbose_name="公开主体",
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(fields=["publisher", "matter"], name="obligation_by_publisher"),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.UniqueConstraint(fields=("matter", "unit"), name="obligation_once"),
        ),
        migrations.RunPython(read_limits, migrations.RunPython.noop),
        migrations.RunPython(derive_obligations, migrations.RunPython.noop),
    ]
