"""Obligations met, explained or overdue; evidence packs, annual reports; the guards anew.

The guards of ``0006_guards`` learn the new signed columns, and statements get guards of their own.
"""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import disclosures.files

before = import_module("disclosures.migrations.0006_guards")

EXPLANATION = "disclosures_explanation"
OFFLINE = "disclosures_offlinedisclosure"
EVIDENCE = "disclosures_evidence"
REVIEW = "disclosures_review"

STATED = {
    EXPLANATION: ("reason", "detail", "negative_entry_id", "expected_on", "valid_until"),
    OFFLINE: ("title", "carrier", "place", "shown_from", "shown_until", "formed_on"),
}


FROZEN = (*before.FROZEN, "event_on")
PLACE = (*before.PLACE, "village_id")
LEARNED = (
    (before.changed(*before.FROZEN), before.changed(*FROZEN)),
    (before.changed(*before.PLACE), before.changed(*PLACE)),
    (
        before.SAME_AS_LIVE,
        before.SAME_AS_LIVE.replace(
            " AND NOT EXISTS",
            " AND NOT (l.event_on IS DISTINCT FROM NEW.event_on) AND NOT EXISTS",
            1,
        ),
    ),
)


def taken_on(condition):
    """A condition of ``0006_guards``, asking about the new columns as well."""
    for known, learned in LEARNED:
        condition = condition.replace(known, learned)
    return condition


def statement_guards(name, table, label):
    """What a unit stated is never rewritten: it is signed or returned once, and ended once."""
    fixed = ("matter_id", "unit_id", "entered_by_id", "entered_at", *STATED[table])
    decided = ("signed_by_id", "signed_at", "remark")
    return (
        (f"{name}_insert", table, "INSERT", "NEW.state <> 'pending'", f"{label}须经公开办签字"),
        (
            f"{name}_update",
            table,
            "UPDATE",
            f"""{before.changed(*fixed)}
            OR (OLD.state <> 'pending' AND {before.changed(*decided)})
            OR (OLD.state <> NEW.state AND NOT (
                (OLD.state = 'pending' AND NEW.state = 'signed' AND NEW.signed_by_id IS NOT NULL
                    AND NEW.signed_by_id <> NEW.entered_by_id)
                OR (OLD.state = 'pending' AND NEW.state = 'returned' AND NEW.remark <> '')
                OR (OLD.state IN ('pending', 'signed') AND NEW.state = 'ended')))""",
            f"{label}只能签字、退回或终止,不能修改",
        ),
        (f"{name}_delete", table, "DELETE", "TRUE", f"{label}不能删除"),
    )


def evidence_rule(row):
    return f"(SELECT state FROM {OFFLINE} o WHERE o.id = {row}.offline_disclosure_id) <> 'pending'"


GUARDS = (
    *(
        (name, table, event, taken_on(condition), message)
        for name, table, event, condition, message in before.GUARDS
    ),
    *statement_guards("explanation", EXPLANATION, "未公开说明"),
    *statement_guards("offline", OFFLINE, "线下公开记录"),
    ("evidence_insert", EVIDENCE, "INSERT", evidence_rule("NEW"), "已签字的记录不能增加凭证"),
    ("evidence_update", EVIDENCE, "UPDATE", "TRUE", "公开凭证不能修改"),
    ("evidence_delete", EVIDENCE, "DELETE", evidence_rule("OLD"), "已签字的记录不能删除凭证"),
    ("review_update", REVIEW, "UPDATE", "TRUE", "复核记录不能修改"),
    ("review_delete", REVIEW, "DELETE", "TRUE", "复核记录不能删除"),
)


def sqlite_statements():
    for name, table, event, refused_when, message in GUARDS:
        # SQLite spells the null-safe comparison IS NOT.
        condition = refused_when.replace("IS DISTINCT FROM", "IS NOT")
        yield (
            f"CREATE TRIGGER guard_{name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def postgresql_statements():
    for name, table, event, refused_when, message in GUARDS:
        row = "OLD" if event == "DELETE" else "NEW"
        yield (
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {refused_when} THEN "
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {row}; END $$"
        )
        yield (
            f"CREATE TRIGGER guard_{name} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
        if event == "DELETE":  # TRUNCATE takes the rows past the triggers that look at each
            yield (
                f"CREATE FUNCTION guard_{name}_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
                "END $$"
            )
            yield (
                f"CREATE TRIGGER guard_{name}_all BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION guard_{name}_all()"
            )


def install(_apps, schema_editor):
    statements = {"sqlite": sqlite_statements, "postgresql": postgresql_statements}
    for statement in statements[schema_editor.connection.vendor]():
        schema_editor.execute(statement)


def remove(_apps, schema_editor):
    for name, table, *_rest in GUARDS:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS guard_{name}")
        else:
            for guard in (f"guard_{name}", f"guard_{name}_all"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {guard} ON {table}")
                schema_editor.execute(f"DROP FUNCTION IF EXISTS {guard}()")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_limits_and_obligations"),
        ("disclosures", "0006_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite rebuilds tables here and loses their triggers.
        migrations.RunPython(before.remove, before.install),
        migrations.AddField(
            model_name="disclosure",
            name="village",
            field=models.ForeignKey(
                blank=True,
                help_text="村级事项由乡镇代为公开;只涉及一个村(居)的填写,留空为所辖各村(居)",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.unit",
                verbose_name="所涉村(居)",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="event_on",
            field=models.DateField(
                blank=True,
                help_text="须在听证、招标、施工等之前公开的,填写它举行或开始的日期,公开时限从它倒算",
                null=True,
                verbose_name="事项发生日期",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="file",
            field=models.FileField(
                max_length=200,
                upload_to=disclosures.files.stored_name,
                validators=[disclosures.files.validate_upload],
                verbose_name="文件",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
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
                    ("import", "导入"),
                    ("explanation", "未公开说明"),
                    ("offline", "线下公开"),
                    ("review", "复核"),
                ],
                max_length=20,
                verbose_name="事项",
            ),
        ),
        migrations.AlterField(
            model_name="revision",
            name="canonical_form",
            field=models.PositiveSmallIntegerField(
                default=3, editable=False, verbose_name="摘要格式"
            ),
        ),
        migrations.CreateModel(
            name="EvidencePack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="范围")),
                ("filters", models.JSONField(default=dict, verbose_name="条件")),
                ("requested_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "等待生成"),
                            ("building", "正在生成"),
                            ("ready", "可以下载"),
                            ("failed", "生成失败"),
                        ],
                        default="queued",
                        editable=False,
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True, editable=False, max_length=60, verbose_name="正在做"
                    ),
                ),
                (
                    "done",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="已完成"),
                ),
                (
                    "total",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="共"),
                ),
                (
                    "beat_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="最近进展"),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="失败原因"
                    ),
                ),
                (
                    "disclosures",
                    models.PositiveIntegerField(
                        editable=False, null=True, verbose_name="公开信息条数"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        editable=False,
                        max_length=200,
                        upload_to="packs/",
                        verbose_name="文件",
                    ),
                ),
                (
                    "size",
                    models.PositiveBigIntegerField(
                        editable=False, null=True, verbose_name="大小(字节)"
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="SHA-256"
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="生成时间"),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
            ],
            options={
                "verbose_name": "取证包",
                "verbose_name_plural": "取证包",
                "ordering": ["-requested_at", "-pk"],
                "default_permissions": ("add", "view"),
            },
        ),
        migrations.CreateModel(
            name="OfflineDisclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待公开办签字"),
                            ("signed", "已签字"),
                            ("returned", "已退回"),
                            ("ended", "已终止"),
                        ],
                        default="pending",
                        editable=False,
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(editable=False, verbose_name="填报时间")),
                (
                    "signed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="签字时间"),
                ),
                (
                    "ended_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="终止时间"),
                ),
                (
                    "remark",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="公开办意见"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="公开了什么,写全称", max_length=120, verbose_name="公开内容"
                    ),
                ),
                (
                    "carrier",
                    models.CharField(
                        choices=[
                            ("notice_board", "公示栏"),
                            ("household", "入户"),
                            ("meeting", "会议"),
                            ("broadcast", "广播"),
                            ("reading_point", "查阅点"),
                            ("other", "其他"),
                        ],
                        max_length=20,
                        verbose_name="公开形式",
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        help_text="写到村(居)、楼栋或会场", max_length=100, verbose_name="地点"
                    ),
                ),
                ("shown_from", models.DateField(verbose_name="公开起")),
                (
                    "shown_until",
                    models.DateField(
                        blank=True, help_text="长期张贴的留空", null=True, verbose_name="公开止"
                    ),
                ),
                (
                    "formed_on",
                    models.DateField(
                        blank=True,
                        help_text="信息形成的日期,用来判断是否按时",
                        null=True,
                        verbose_name="形成日期",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填报人",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.matter",
                        verbose_name="公开事项",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公开办签字人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="村级事项是村(居)民委员会",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.unit",
                        verbose_name="公开主体",
                    ),
                ),
            ],
            options={
                "verbose_name": "线下公开记录",
                "verbose_name_plural": "线下公开记录",
                "ordering": ["-entered_at", "-pk"],
                "abstract": False,
                "default_permissions": ("add", "change", "view", "export"),
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        upload_to=disclosures.files.stored_name,
                        validators=[disclosures.files.validate_upload],
                        verbose_name="文件",
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=150, verbose_name="文件名")),
                ("size", models.PositiveBigIntegerField(editable=False, verbose_name="大小(字节)")),
                (
                    "content_type",
                    models.CharField(editable=False, max_length=100, verbose_name="类型"),
                ),
                ("digest", models.CharField(editable=False, max_length=64, verbose_name="摘要值")),
                (
                    "digest_algorithm",
                    models.CharField(editable=False, max_length=10, verbose_name="摘要算法"),
                ),
                (
                    "offline_disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="disclosures.offlinedisclosure",
                        verbose_name="线下公开记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "公开凭证",
                "verbose_name_plural": "公开凭证",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reviewed_at", models.DateTimeField(verbose_name="复核时间")),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="disclosures.disclosure",
                        verbose_name="公开信息",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核人",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核记录",
                "verbose_name_plural": "复核记录",
                "ordering": ["-reviewed_at", "-pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="AnnualReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2008),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                ("entered", models.JSONField(blank=True, default=dict, verbose_name="填报的数字")),
                ("texts", models.JSONField(blank=True, default=dict, verbose_name="各部分文字")),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="更新时间")),
                (
                    "disclosure",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="annual_report",
                        to="disclosures.disclosure",
                        verbose_name="公开信息",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annual_reports",
                        to="catalog.unit",
                        verbose_name="报告单位",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填报人",
                    ),
                ),
            ],
            options={
                "verbose_name": "年度报告",
                "verbose_name_plural": "年度报告",
                "ordering": ["-year", "unit"],
                "default_permissions": ("add", "change", "view", "export"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("unit", "year"),
                        name="annual_report_once",
                        violation_error_message="这个单位这一年度的报告已经在填报",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Explanation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待公开办签字"),
                            ("signed", "已签字"),
                            ("returned", "已退回"),
                            ("ended", "已终止"),
                        ],
                        default="pending",
                        editable=False,
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(editable=False, verbose_name="填报时间")),
                (
                    "signed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="签字时间"),
                ),
                (
                    "ended_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="终止时间"),
                ),
                (
                    "remark",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="公开办意见"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("not_formed", "尚未形成"),
                            ("not_applicable", "不涉及"),
                            ("negative_list", "列入负面清单"),
                            ("elsewhere", "已并入其他信息公开"),
                            ("other", "其他原因"),
                        ],
                        max_length=20,
                        verbose_name="原因",
                    ),
                ),
                (
                    "detail",
                    models.CharField(
                        help_text="公众看得到,写明没有公开什么、为什么、什么情况下会公开",
                        max_length=200,
                        verbose_name="说明",
                    ),
                ),
                (
                    "expected_on",
                    models.DateField(
                        blank=True,
                        help_text="预计会形成的填写,显示给公众",
                        null=True,
                        verbose_name="预计公开日期",
                    ),
                ),
                (
                    "valid_until",
                    models.DateField(
                        help_text="含当天,最长一年;到期后须重新说明(条例第十八条)",
                        verbose_name="有效期至",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填报人",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.matter",
                        verbose_name="公开事项",
                    ),
                ),
                (
                    "negative_entry",
                    models.ForeignKey(
                        blank=True,
                        help_text="原因是列入负面清单的必须填写",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.negativelistentry",
                        verbose_name="负面清单条目",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公开办签字人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="村级事项是村(居)民委员会",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.unit",
                        verbose_name="公开主体",
                    ),
                ),
            ],
            options={
                "verbose_name": "未公开说明",
                "verbose_name_plural": "未公开说明",
                "ordering": ["-entered_at", "-pk"],
                "abstract": False,
                "default_permissions": ("add", "change", "view", "export"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["pending", "signed"])),
                        fields=("matter", "unit", "state"),
                        name="explanation_one_of_a_state",
                        violation_error_message="这个事项已有一份说明在等公开办签字",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("negative_entry__isnull", False), ("reason", "negative_list")
                            ),
                            models.Q(
                                models.Q(("reason", "negative_list"), _negated=True),
                                ("negative_entry", None),
                            ),
                            _connector="OR",
                        ),
                        name="explanation_names_negative_entry",
                        violation_error_message="原因是列入负面清单的,写明是哪一条;其他原因不填",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="offlinedisclosure",
            index=models.Index(
                condition=models.Q(("state", "signed")),
                fields=["matter", "unit", "-shown_from"],
                name="offline_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shown_until", None),
                    ("shown_until__gte", models.F("shown_from")),
                    _connector="OR",
                ),
                name="offline_period_in_order",
                violation_error_message="公开的结束日期不能早于开始日期",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
