"""What an audit asks of a signature: who in whose stead, in which round, from where."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# SQLite rebuilds a table to alter it and drops its triggers: they step aside, and come back
# in ``0006_guards``.
guards = import_module("disclosures.migrations.0002_guards")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("disclosures", "0003_visible_by_matter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(guards.remove, guards.install),
        migrations.CreateModel(
            name="Bundle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="建立时间")),
            ],
            options={
                "verbose_name": "同步发布",
                "verbose_name_plural": "同步发布",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                (
                    "severity",
                    models.CharField(
                        choices=[("blocking", "必须处理"), ("warning", "提示")],
                        max_length=20,
                        verbose_name="程度",
                    ),
                ),
                ("place", models.CharField(max_length=200, verbose_name="位置")),
                ("excerpt", models.CharField(max_length=200, verbose_name="摘录")),
                ("advice", models.CharField(blank=True, max_length=200, verbose_name="处理办法")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="识别码")),
                ("is_maskable", models.BooleanField(default=False, verbose_name="可一键隐去")),
                ("handled", models.CharField(blank=True, max_length=200, verbose_name="处理结果")),
            ],
            options={
                "verbose_name": "筛查结果",
                "verbose_name_plural": "筛查结果",
                "ordering": ["severity", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="自")),
                ("ends_on", models.DateField(help_text="含当天", verbose_name="至")),
                (
                    "reason",
                    models.CharField(
                        help_text="如 出差、休假、学习,写明批准人",
                        max_length=200,
                        verbose_name="事由",
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="提前终止"
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位委托",
                "verbose_name_plural": "岗位委托",
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                (
                    "number",
                    models.PositiveBigIntegerField(
                        primary_key=True, serialize=False, verbose_name="序号"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signoff", "签字"),
                            ("publication", "公开"),
                            ("withdrawal", "撤下"),
                            ("takedown", "紧急撤下"),
                            ("restoration", "恢复公开"),
                            ("cancellation", "取消待发布"),
                            ("override", "筛查放行"),
                            ("duty", "岗位授权"),
                            ("handover", "岗位委托"),
                            ("export", "导出"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("record", models.TextField(verbose_name="记录")),
                ("algorithm", models.CharField(max_length=10, verbose_name="摘要算法")),
                (
                    "previous_digest",
                    models.CharField(blank=True, max_length=64, verbose_name="上一行摘要值"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="摘要值")),
            ],
            options={
                "verbose_name": "公开台账",
                "verbose_name_plural": "公开台账",
                "ordering": ["number"],
                "default_permissions": ("view", "export"),
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "阅看记录",
                "verbose_name_plural": "阅看记录",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, verbose_name="识别码")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("place", models.CharField(max_length=200, verbose_name="位置")),
                ("excerpt", models.CharField(max_length=200, verbose_name="摘录")),
                ("reason", models.CharField(max_length=300, verbose_name="放行理由")),
                ("granted_by_name", models.CharField(max_length=60, verbose_name="放行人姓名")),
                ("granted_at", models.DateTimeField(verbose_name="放行时间")),
            ],
            options={
                "verbose_name": "筛查放行",
                "verbose_name_plural": "筛查放行",
                "ordering": ["pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ReleaseRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ran_at", models.DateTimeField(verbose_name="运行时间")),
                ("released", models.PositiveIntegerField(verbose_name="公开件数")),
                ("late", models.PositiveIntegerField(verbose_name="其中晚于计划的件数")),
            ],
            options={
                "verbose_name": "定时公开记录",
                "verbose_name_plural": "定时公开记录",
                "ordering": ["-ran_at", "-pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
            ],
            options={
                "verbose_name": "提醒邮件",
                "verbose_name_plural": "提醒邮件",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("before_submission", "提交前"),
                            ("before_office", "公开办签字前"),
                        ],
                        max_length=20,
                        verbose_name="时点",
                    ),
                ),
                ("ran_at", models.DateTimeField(verbose_name="筛查时间")),
                ("rules_version", models.CharField(max_length=40, verbose_name="规则版本")),
                ("subject_digest", models.CharField(max_length=64, verbose_name="筛查内容摘要值")),
            ],
            options={
                "verbose_name": "筛查",
                "verbose_name_plural": "筛查",
                "ordering": ["-pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=40, unique=True, verbose_name="词语")),
                (
                    "kind",
                    models.CharField(
                        choices=[("misspelt", "错别字"), ("sensitive", "敏感词")],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                (
                    "suggestion",
                    models.CharField(blank=True, max_length=60, verbose_name="建议写法"),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("blocking", "必须处理"), ("warning", "提示")],
                        default="warning",
                        max_length=20,
                        verbose_name="程度",
                    ),
                ),
            ],
            options={
                "verbose_name": "筛查词表",
                "verbose_name_plural": "筛查词表",
                "ordering": ["text"],
                "default_permissions": ("add", "change", "delete", "view", "import", "export"),
            },
        ),
        migrations.AlterModelOptions(
            name="signoff",
            options={
                "default_permissions": ("add", "change", "delete", "view", "export"),
                "ordering": ["revision", "pk"],
                "verbose_name": "审签记录",
                "verbose_name_plural": "审签记录",
            },
        ),
        migrations.RemoveConstraint(
            model_name="revision",
            name="revision_one_open",
        ),
        migrations.RemoveConstraint(
            model_name="signoff",
            name="signoff_one_per_level",
        ),
        migrations.RemoveConstraint(
            model_name="signoff",
            name="signoff_one_level_per_person",
        ),
        migrations.RemoveConstraint(
            model_name="signoff",
            name="signoff_return_has_reason",
        ),
        migrations.RemoveField(
            model_name="signoff",
            name="digest",
        ),
        migrations.RemoveField(
            model_name="signoff",
            name="previous_digest",
        ),
        migrations.AddField(
            model_name="attachment",
            name="original",
            field=models.FileField(
                blank=True, editable=False, null=True, upload_to="", verbose_name="原件"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="original_digest",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="原件摘要值"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="removed",
            field=models.CharField(
                blank=True, editable=False, max_length=200, verbose_name="已清除的文件属性"
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="scan",
            field=models.CharField(
                choices=[
                    ("not_scanned", "未扫描"),
                    ("clean", "未发现病毒"),
                    ("infected", "发现病毒"),
                    ("failed", "扫描失败"),
                ],
                default="not_scanned",
                editable=False,
                max_length=20,
                verbose_name="病毒扫描",
            ),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="withdrawal",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="disclosures.revision",
                verbose_name="撤下的审签",
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="valid_from",
            field=models.DateField(
                blank=True,
                help_text="从这一天起可以签字;留空为即日起",
                null=True,
                verbose_name="自",
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="valid_until",
            field=models.DateField(
                blank=True,
                help_text="到这一天为止(含当天);离岗的填离岗日期,不要删除",
                null=True,
                verbose_name="至",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="canonical_form",
            field=models.PositiveSmallIntegerField(
                default=2, editable=False, verbose_name="摘要格式"
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="change_kind",
            field=models.CharField(
                blank=True,
                choices=[("minor", "文字更正"), ("substance", "内容修改")],
                help_text="只改错字、标点、格式的选“文字更正”;内容、数字、名单有变动的选“内容修改”",
                max_length=20,
                verbose_name="修改性质",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="is_emergency",
            field=models.BooleanField(default=False, editable=False, verbose_name="紧急撤下"),
        ),
        migrations.AddField(
            model_name="revision",
            name="kind",
            field=models.CharField(
                choices=[("text", "公开文本"), ("validity", "效力变更"), ("withdrawal", "撤下")],
                default="text",
                editable=False,
                max_length=20,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="publish_at",
            field=models.DateTimeField(
                blank=True,
                help_text="北京时间;留空则签满五级后立即公开。到时尚未签满的,签满后公开",
                null=True,
                verbose_name="定时公开",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="replacement",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="disclosures.disclosure",
                verbose_name="替代信息",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="round",
            field=models.PositiveSmallIntegerField(
                default=1, editable=False, verbose_name="审签轮次"
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="client_address",
            field=models.GenericIPAddressField(null=True, verbose_name="客户端地址"),
        ),
        migrations.AddField(
            model_name="signoff",
            name="duty",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signoffs",
                to="disclosures.duty",
                verbose_name="岗位",
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="overrides",
            field=models.TextField(blank=True, verbose_name="放行的筛查结果"),
        ),
        migrations.AddField(
            model_name="signoff",
            name="principal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="委托人",
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="principal_name",
            field=models.CharField(blank=True, max_length=60, verbose_name="委托人姓名"),
        ),
        migrations.AddField(
            model_name="signoff",
            name="returned_to",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "信息提交人"),
                    (2, "提交科室"),
                    (3, "分管领导"),
                    (4, "政务公开办"),
                    (5, "领导小组"),
                ],
                null=True,
                verbose_name="退回到",
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="round",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="轮次"),
        ),
        migrations.AlterField(
            model_name="duty",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duties",
                to=settings.AUTH_USER_MODEL,
                verbose_name="人员",
            ),
        ),
        migrations.AlterField(
            model_name="revision",
            name="change_note",
            field=models.CharField(
                blank=True,
                help_text="更正已公开的信息时必填,向公众显示",
                max_length=300,
                verbose_name="修改说明",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None),
                    ("valid_until", None),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="duty_period_in_order",
                violation_error_message="岗位授权的结束日期不能早于开始日期",
            ),
        ),
        migrations.AddField(
            model_name="bundle",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="建立人",
            ),
        ),
        migrations.AddField(
            model_name="bundle",
            name="unit",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bundles",
                to="catalog.unit",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="bundle",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="disclosures.bundle",
                verbose_name="同步发布",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("published_at", None), ("state", "approved")),
                fields=["publish_at"],
                name="revision_to_release",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("kind", "withdrawal"), _negated=True),
                    models.Q(
                        ("state__in", ["draft", "in_review"]),
                        models.Q(("published_at", None), ("state", "approved")),
                        _connector="OR",
                    ),
                ),
                fields=("disclosure",),
                name="revision_one_open",
                violation_error_message="这条信息已有一个未办结的版本",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "withdrawal"), ("state__in", ["draft", "in_review"])),
                fields=("disclosure",),
                name="revision_one_withdrawal_open",
                violation_error_message="这条信息的撤下正在审签",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="deputy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="handovers",
                to=settings.AUTH_USER_MODEL,
                verbose_name="受托人",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="duty",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="handovers",
                to="disclosures.duty",
                verbose_name="委托的岗位",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="recorded_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="signoff",
            name="handover",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signoffs",
                to="disclosures.handover",
                verbose_name="岗位委托",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(
                fields=("revision", "round", "level"), name="signoff_one_per_level"
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(
                fields=("revision", "round", "signer"),
                name="signoff_one_level_per_person",
                violation_error_message="同一人在一个版本上只能签一个环节",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handover", None), ("principal", None), ("principal_name", "")),
                    models.Q(
                        ("handover__isnull", False),
                        ("principal__isnull", False),
                        models.Q(("principal_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="signoff_handover_names_principal",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="disclosure",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="entries",
                to="disclosures.disclosure",
                verbose_name="公开信息",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="人员",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="revision",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="entries",
                to="disclosures.revision",
                verbose_name="版本",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="signoff",
            field=models.OneToOneField(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="entry",
                to="disclosures.signoff",
                verbose_name="签字",
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="looks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="looks",
                to="disclosures.revision",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="disclosure",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="overrides",
                to="disclosures.disclosure",
                verbose_name="公开信息",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="granted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="放行人",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="screenings",
                to="disclosures.revision",
                verbose_name="版本",
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="screening",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="disclosures.screening",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="handover_period_in_order",
                violation_error_message="委托的结束日期不能早于开始日期",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["at"], name="ledger_by_time"),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(fields=("revision", "person"), name="look_once"),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.UniqueConstraint(
                fields=("disclosure", "fingerprint"), name="override_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("person", "day"), name="reminder_once_a_day"
            ),
        ),
    ]
