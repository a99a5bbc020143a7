"""Triggers that hold the invariants of a disclosure against every way of writing.

The workflow is the only code that takes a step; these triggers refuse what tries to go around
it, the table owner's ordinary session included. Each refusal names its rule. One rule is one
condition, written once for both databases in terms of OLD and NEW.
"""

from django.db import migrations

FROZEN = (
    "disclosure_id",
    "number",
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
    "change_note",
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


def changed(*columns):
    return "(" + " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns) + ")"


def signed(revision, digest, verdict, level=None):
    at_level = f" AND s.level = {level}" if level else ""
    return (
        f"(SELECT count(*) FROM {SIGNOFF} s WHERE s.revision_id = {revision}"
        f" AND s.verdict = '{verdict}' AND s.content_digest = {digest}{at_level})"
    )


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
            AND r.state = 'in_review' AND r.level = NEW.level
            AND r.content_digest = NEW.content_digest
            AND (r.drafter_id = NEW.signer_id) = (NEW.level = 1))""",
        "签字的环节、人员或内容与待签版本不符",
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
        f"""(OLD.state <> NEW.state OR OLD.level IS DISTINCT FROM NEW.level) AND NOT (
            (OLD.state = 'draft' AND NEW.state = 'in_review' AND NEW.level = 1)
            OR (OLD.state = 'in_review' AND NEW.state = 'in_review' AND NEW.level = OLD.level + 1
                AND {signed("NEW.id", "NEW.content_digest", "approved", "OLD.level")} = 1)
            OR (OLD.state = 'in_review' AND NEW.state = 'returned'
                AND {signed("NEW.id", "NEW.content_digest", "returned", "OLD.level")} = 1)
            OR (OLD.state = 'in_review' AND OLD.level = 5 AND NEW.state = 'approved'
                AND {signed("NEW.id", "NEW.content_digest", "approved")} = 5))""",
        "版本状态只能随签字改变",
    ),
    (
        "revision_published",
        REVISION,
        "UPDATE",
        """NEW.published_at IS DISTINCT FROM OLD.published_at
            AND (OLD.published_at IS NOT NULL OR NEW.state <> 'approved')""",
        "公开时间由系统写入,不能修改",
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
            AND r.disclosure_id = NEW.id AND r.state = 'approved'
            AND {signed("r.id", "r.content_digest", "approved")} = 5)""",
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
        "disclosure_withdrawn",
        DISCLOSURE,
        "UPDATE",
        f"""OLD.withdrawn_at IS NOT NULL
            AND {changed("withdrawn_at", "withdrawal_reason", "withdrawn_by_id")}""",
        "撤下记录不能修改",
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
    dependencies = [("disclosures", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
