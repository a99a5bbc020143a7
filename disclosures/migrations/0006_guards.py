"""Triggers that hold the invariants of a disclosure against every way of writing.

The workflow is the only code that takes a step; these triggers refuse what tries to go around
it, the table owner's ordinary session included. Each refusal names its rule. One rule is one
condition, written once for both databases in terms of OLD and NEW. They take the place of those
in ``0002_guards``, which knew one round of five signatures and no ledger.
"""

from django.db import migrations, models

FROZEN = (
    "disclosure_id",
    "number",
    "kind",
    "title",
    "body",
    "summary",
    "document_number",
    "formed_on",
    "issued_on",
    "effective_on",
    "expires_on",
    "validity",
    "genre",
    "subject",
    "keywords",
    "source",
    "shown_where",
    "shown_from",
    "shown_until",
    "change_kind",
    "change_note",
    "replacement_id",
    "publish_at",
    "is_emergency",
    "canonical_form",
    "drafter_id",
    "submitted_at",
    "due_on",
    "content_digest",
    "digest_algorithm",
)
PLACE = ("matter_id", "unit_id", "category", "interprets_id")

DISCLOSURE = "disclosures_disclosure"
REVISION = "disclosures_revision"
ATTACHMENT = "disclosures_attachment"
SIGNOFF = "disclosures_signoff"
SERIAL = "disclosures_indexserial"
LEDGER = "disclosures_ledgerentry"
HANDOVER = "disclosures_handover"
OVERRIDE = "disclosures_override"

#: What a change of validity has in common with the live text.
CARRIED = (
    "title",
    "body",
    "summary",
    "document_number",
    "formed_on",
    "issued_on",
    "effective_on",
    "expires_on",
    "genre",
    "subject",
    "keywords",
    "source",
    "shown_where",
    "shown_from",
    "shown_until",
)


def changed(*columns):
    return "(" + " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns) + ")"


def standing(revision, digest, level=None):
    """How many levels of a revision carry an approval that no later return has undone."""
    at_level = f" AND s.level = {level}" if level else ""
    return (
        f"(SELECT count(DISTINCT s.level) FROM {SIGNOFF} s WHERE s.revision_id = {revision}"
        f" AND s.verdict = 'approved' AND s.content_digest = {digest}{at_level}"
        f" AND NOT EXISTS (SELECT 1 FROM {SIGNOFF} t WHERE t.revision_id = s.revision_id"
        " AND t.verdict = 'returned' AND t.id > s.id AND t.returned_to <= s.level))"
    )


def needed(row):
    return f"(CASE WHEN {row}.kind = 'text' THEN 5 ELSE 3 END)"


def returned(level):
    """Whether the level awaited sent the revision back to ``level`` in this round."""
    return (
        f"EXISTS (SELECT 1 FROM {SIGNOFF} s WHERE s.revision_id = OLD.id"
        " AND s.verdict = 'returned' AND s.round = OLD.round AND s.level = OLD.level"
        f" AND s.content_digest = OLD.content_digest AND s.returned_to = {level})"
    )


def same_files(one, other):
    return (
        f"NOT EXISTS (SELECT 1 FROM {ATTACHMENT} a WHERE a.revision_id = {one}"
        f" AND NOT EXISTS (SELECT 1 FROM {ATTACHMENT} b WHERE b.revision_id = {other}"
        " AND b.name = a.name AND b.digest = a.digest AND b.is_evidence = a.is_evidence))"
    )


#: A change of validity publishes no text that five people haven't signed.
SAME_AS_LIVE = (
    f"EXISTS (SELECT 1 FROM {DISCLOSURE} d JOIN {REVISION} l ON l.id = d.live_revision_id"
    " WHERE d.id = NEW.disclosure_id AND "
    + " AND ".join(f"NOT (l.{name} IS DISTINCT FROM NEW.{name})" for name in CARRIED)
    + f" AND {same_files('l.id', 'NEW.id')} AND {same_files('NEW.id', 'l.id')})"
)

#: The withdrawal a disclosure names is signed by its three, or a takedown that they have yet to.
WITHDRAWAL_HOLDS = f"""EXISTS (
    SELECT 1 FROM {REVISION} w WHERE w.id = NEW.withdrawal_id AND w.disclosure_id = NEW.id
    AND w.kind = 'withdrawal' AND w.change_note = NEW.withdrawal_reason AND (
        (w.state = 'approved' AND {standing("w.id", "w.content_digest")} = 3)
        OR (w.state = 'in_review' AND w.is_emergency
            AND {standing("w.id", "w.content_digest", "1")} = 1)))"""


def attachment_rule(row):
    return f"(SELECT state FROM {REVISION} r WHERE r.id = {row}.revision_id) <> 'draft'"


#: (name, table, event, condition under which the write is refused, message)
GUARDS = (
    ("signoff_update", SIGNOFF, "UPDATE", "TRUE", "审签记录不能修改"),
    ("signoff_delete", SIGNOFF, "DELETE", "TRUE", "审签记录不能删除"),
    (
        "signoff_insert",
        SIGNOFF,
        "INSERT",
        f"""NOT EXISTS (
            SELECT 1 FROM {REVISION} r WHERE r.id = NEW.revision_id
            AND r.state = 'in_review' AND r.level = NEW.level AND r.round = NEW.round
            AND r.content_digest = NEW.content_digest
            AND (r.drafter_id = NEW.signer_id) = (NEW.level = 1))""",
        "签字的环节、人员或内容与待签版本不符",
    ),
    (
        "signoff_person",
        SIGNOFF,
        "INSERT",
        f"""EXISTS (
            SELECT 1 FROM {SIGNOFF} s WHERE s.revision_id = NEW.revision_id
            AND s.level <> NEW.level AND (
                s.signer_id IN (NEW.signer_id, NEW.principal_id)
                OR s.principal_id IN (NEW.signer_id, NEW.principal_id)))""",
        "同一人在一个版本上只能签一个环节",
    ),
    (
        "revision_insert",
        REVISION,
        "INSERT",
        "NEW.state <> 'draft' OR NEW.published_at IS NOT NULL",
        "新版本只能从起草开始",
    ),
    (
        "revision_frozen",
        REVISION,
        "UPDATE",
        f"OLD.state <> 'draft' AND {changed(*FROZEN)}",
        "已提交的版本不能修改",
    ),
    (
        "revision_step",
        REVISION,
        "UPDATE",
        f"""(OLD.state <> NEW.state OR OLD.level IS DISTINCT FROM NEW.level
            OR OLD.round <> NEW.round) AND NOT (
            (OLD.state = 'draft' AND NEW.state = 'in_review' AND NEW.level = 1
                AND NEW.round = OLD.round
                AND (NEW.kind <> 'validity' OR {SAME_AS_LIVE}))
            OR (OLD.state = 'in_review' AND NEW.state = 'in_review' AND NEW.round = OLD.round
                AND NEW.level = (CASE WHEN NEW.kind <> 'text' AND OLD.level = 1 THEN 4
                                 ELSE OLD.level + 1 END)
                AND {standing("NEW.id", "NEW.content_digest", "OLD.level")} = 1)
            OR (OLD.state = 'in_review' AND NEW.state = 'in_review' AND NEW.level < OLD.level
                AND NEW.level > 1 AND NEW.round = OLD.round + 1 AND {returned("NEW.level")})
            OR (OLD.state = 'in_review' AND NEW.state = 'returned' AND NEW.round = OLD.round
                AND {returned("1")})
            OR (OLD.state = 'in_review' AND OLD.level = 5 AND NEW.state = 'approved'
                AND NEW.round = OLD.round
                AND {standing("NEW.id", "NEW.content_digest")} = {needed("NEW")})
            OR (OLD.state = 'approved' AND OLD.published_at IS NULL AND NEW.state = 'returned'
                AND NEW.round = OLD.round))""",
        "版本状态只能随签字改变",
    ),
    (
        "revision_published",
        REVISION,
        "UPDATE",
        """NEW.published_at IS DISTINCT FROM OLD.published_at
            AND (OLD.published_at IS NOT NULL OR NEW.state <> 'approved'
                OR NEW.published_at < NEW.publish_at)""",
        "公开时间由系统写入,不能修改,也不能早于计划的时间",
    ),
    ("revision_delete", REVISION, "DELETE", "OLD.state <> 'draft'", "已提交的版本不能删除"),
    ("attachment_insert", ATTACHMENT, "INSERT", attachment_rule("NEW"), "已提交版本的附件不能增加"),
    (
        "attachment_update",
        ATTACHMENT,
        "UPDATE",
        f"{attachment_rule('OLD')} OR {attachment_rule('NEW')}",
        "已提交版本的附件不能修改",
    ),
    ("attachment_delete", ATTACHMENT, "DELETE", attachment_rule("OLD"), "已提交版本的附件不能删除"),
    (
        "disclosure_insert",
        DISCLOSURE,
        "INSERT",
        "NEW.live_revision_id IS NOT NULL OR NEW.withdrawn_at IS NOT NULL",
        "公开信息须经五级审签才能发布",
    ),
    (
        "disclosure_live",
        DISCLOSURE,
        "UPDATE",
        f"""OLD.live_revision_id IS DISTINCT FROM NEW.live_revision_id AND NOT EXISTS (
            SELECT 1 FROM {REVISION} r WHERE r.id = NEW.live_revision_id
            AND r.disclosure_id = NEW.id AND r.state = 'approved' AND r.kind <> 'withdrawal'
            AND {standing("r.id", "r.content_digest")} = {needed("r")})""",
        "公开信息须经五级审签才能发布",
    ),
    (
        "disclosure_permanent",
        DISCLOSURE,
        "UPDATE",
        f"OLD.index_number IS NOT NULL AND {changed('index_number', 'published_at', 'due_on')}",
        "索引号和发布时间一经产生不能修改",
    ),
    (
        "disclosure_place",
        DISCLOSURE,
        "UPDATE",
        f"""{changed(*PLACE)} AND EXISTS (
            SELECT 1 FROM {REVISION} r WHERE r.disclosure_id = OLD.id AND r.state <> 'draft')""",
        "已提交审签的信息不能改换事项、单位、类别或解读的文件",
    ),
    (
        "disclosure_withdraw",
        DISCLOSURE,
        "UPDATE",
        f"""OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
            AND NOT {WITHDRAWAL_HOLDS}""",
        "撤下须经提交人、政务公开办、领导小组审签,或由政务公开办紧急撤下",
    ),
    (
        "disclosure_withdrawn",
        DISCLOSURE,
        "UPDATE",
        f"""OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NOT NULL
            AND {changed("withdrawn_at", "withdrawal_reason", "withdrawn_by_id", "withdrawal_id")}
            AND ({changed("withdrawn_at", "withdrawn_by_id")}
                OR NOT (OLD.withdrawal_id IS DISTINCT FROM NEW.withdrawal_id)
                OR NOT {WITHDRAWAL_HOLDS})""",
        "撤下记录不能修改",
    ),
    (
        "disclosure_restored",
        DISCLOSURE,
        "UPDATE",
        f"""OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM {REVISION} w WHERE w.id = OLD.withdrawal_id
            AND w.is_emergency AND w.state = 'returned')""",
        "只有未获同意的紧急撤下可以恢复公开",
    ),
    (
        "disclosure_delete",
        DISCLOSURE,
        "DELETE",
        f"""OLD.index_number IS NOT NULL OR EXISTS (
            SELECT 1 FROM {REVISION} r WHERE r.disclosure_id = OLD.id AND r.state <> 'draft')""",
        "已提交审签的信息不能删除",
    ),
    (
        "serial_update",
        SERIAL,
        "UPDATE",
        f"NEW.last <= OLD.last OR {changed('prefix', 'year')}",
        "索引号流水只能递增",
    ),
    ("serial_delete", SERIAL, "DELETE", "TRUE", "索引号流水不能删除"),
    ("ledger_update", LEDGER, "UPDATE", "TRUE", "公开台账不能修改"),
    ("ledger_delete", LEDGER, "DELETE", "TRUE", "公开台账不能删除"),
    (
        "ledger_insert",
        LEDGER,
        "INSERT",
        f"""NEW.number <> (SELECT coalesce(max(e.number), 0) + 1 FROM {LEDGER} e)
            OR NEW.previous_digest <> coalesce(
                (SELECT e.digest FROM {LEDGER} e WHERE e.number = NEW.number - 1), '')""",
        "公开台账只能接在最后一行之后",
    ),
    (
        "handover_update",
        HANDOVER,
        "UPDATE",
        "OLD.ended_at IS NOT NULL OR "
        + changed("duty_id", "deputy_id", "starts_on", "ends_on", "reason", "recorded_by_id"),
        "岗位委托只能提前终止,不能修改",
    ),
    ("handover_delete", HANDOVER, "DELETE", "TRUE", "岗位委托不能删除"),
    ("override_update", OVERRIDE, "UPDATE", "TRUE", "筛查放行不能修改"),
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
    dependencies = [("disclosures", "0005_carry_over")]
    operations = [
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("returned_to", None), ("verdict", "approved")),
                    models.Q(
                        ("returned_to__lt", models.F("level")),
                        ("verdict", "returned"),
                        models.Q(("remark", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="signoff_return_has_reason",
                violation_error_message="退回时必须写明原因",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
