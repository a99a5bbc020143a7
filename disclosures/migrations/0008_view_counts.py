"""Views of disclosures by day; the figures of an evidence pack."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0007_obligations"),
    ]

    operations = [
        migrations.AddField(
            model_name="evidencepack",
            name="figures",
            field=models.JSONField(default=dict, editable=False, verbose_name="统计"),
        ),
        migrations.CreateModel(
            name="ViewCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="浏览次数")),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="view_counts",
                        to="disclosures.disclosure",
                        verbose_name="公开信息",
                    ),
                ),
            ],
            options={
                "verbose_name": "浏览次数",
                "verbose_name_plural": "浏览次数",
                "ordering": ["disclosure", "day"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("disclosure", "day"), name="view_count_once_a_day"
                    )
                ],
            },
        ),
    ]
