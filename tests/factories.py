"""Builders of rows. They reach a state by calling the workflow, as staff do.

Each fills in whatever a test doesn't care about. ``make_signers(unit)`` gives the same five people
each time it is asked, so a test may publish first and ask who signed later.

    revision = make_draft(title="关于…的公示")      a draft, with a unit and a matter of its own
    revision = make_revision(approvals=3)           submitted, three more signatures given
    disclosure = make_disclosure(body="<p>…</p>")   published
    correction = make_correction(disclosure)        an open second draft
    explanation = make_explanation(state="signed")  why a matter is empty
"""

from datetime import timedelta
from io import BytesIO

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.utils import timezone
from openpyxl import Workbook

from catalog.choices import (
    Audience,
    Category,
    Channel,
    Handling,
    LimitKind,
    Method,
    NegativeCategory,
    Tier,
    UnitKind,
)
from catalog.models import (
    AccountabilityStep,
    AccountabilityTable,
    Matter,
    NegativeListEntry,
    Obligation,
    StandardTableImport,
    Unit,
)
from dingyuan_portal import roles
from dingyuan_portal.models import AccountTerm
from disclosures import workflow
from disclosures.choices import (
    Carrier,
    ChangeKind,
    ExplanationReason,
    ReviewLevel,
    RevisionState,
    StatementState,
)
from disclosures.models import AnnualReport, Duty
from disclosures.packs import Selection
from services.choices import Applicant, ItemType
from services.models import Service

from . import samples

PASSWORD = "a-password-for-tests"


# The catalog ----------------------------------------------------------------------------------


def make_unit(**fields):
    """A county department that publishes under its own name."""
    number = Unit.objects.count() + 1
    defaults = {
        "code": f"U{number:04d}",
        "name": f"定远县第{number}局",
        "short_name": f"县第{number}局",
        "kind": UnitKind.DEPARTMENT,
        "address": "定远县行政中心",
        "phone": "0550-0901000",
        "complaint_phone": "0550-0901999",
    }
    return _clean(Unit(**defaults | fields))


def make_township(**fields):
    number = Unit.objects.townships().count() + 1
    defaults = {
        "code": f"T{number:04d}",
        "name": f"第{number}镇人民政府",
        "short_name": f"第{number}镇",
        "kind": UnitKind.TOWNSHIP,
        "division_code": f"341125{number:03d}",
    }
    return make_unit(**defaults | fields)


def make_village(township=None, **fields):
    township = township or make_township()
    number = Unit.objects.villages().count() + 1
    code = f"{township.division_code}{200 + number}"
    defaults = {"code": code, "division_code": code, "name": f"第{number}村", "short_name": ""}
    fields = defaults | fields
    fields["short_name"] = fields["short_name"] or fields["name"]
    village = _clean(Unit(kind=UnitKind.VILLAGE, parent=township, **fields))
    Obligation.objects.resync()
    return village


def make_domain(**fields):
    """A matter at level 0."""
    code = fields.pop("code", "") or _next_code(None)
    return _clean(Matter(**{"code": code, "name": f"领域{code}", "position": int(code)} | fields))


#: A complete disclosure standard, as a leaf carries it.
STANDARD = {
    "category": Category.RESULT,
    "content": "对象;结果",
    "legal_basis": "《中华人民共和国政府信息公开条例》(国令第711号)",
    "time_limit": "信息形成之日起20个工作日内",
    "limit_kind": LimitKind.WORKING_DAYS,
    "limit_days": 20,
    "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
    "audience": Audience.PUBLIC,
    "method": Method.PROACTIVE,
    "tiers": [Tier.COUNTY],
}


def make_matter(parent=None, *, units=None, **fields):
    """A leaf with its whole standard, owed by ``units`` (or one made for it)."""
    parent = parent or Matter.objects.domains().first() or make_domain()
    units = [make_unit()] if units is None else list(units)
    code = fields.pop("code", "") or _next_code(parent)
    defaults = {
        "code": code,
        "name": f"事项{code}",
        "parent": parent,
        "position": int(code.rpartition("-")[2]) * 10,
        "responsible_text": "、".join(unit.short_name for unit in units),
    }
    matter = _clean(Matter(**defaults | STANDARD | fields))
    matter.responsible_units.set(units)
    Obligation.objects.resync()
    return matter


def make_inner_matter(parent=None, **fields):
    """A matter whose children carry the standard."""
    parent = parent or Matter.objects.domains().first() or make_domain()
    code = fields.pop("code", "") or _next_code(parent)
    defaults = {
        "code": code,
        "name": f"事项{code}",
        "parent": parent,
        "position": int(code.rpartition("-")[2]) * 10,
        "category": Category.RESULT,
    }
    matter = Matter(**defaults | fields)
    matter.expects_children = True
    return _clean(matter)


def make_restricted_matter(**fields):
    """Owed to a named group and not through the website: its text stays off the public site."""
    defaults = {
        "audience": Audience.SPECIFIC,
        "audience_detail": "被征收人",
        "channels": [Channel.ON_SITE, Channel.NOTICE_BOARD],
    }
    return make_matter(**defaults | fields)


def make_negative_entry(**fields):
    number = NegativeListEntry.objects.count() + 1
    defaults = {
        "code": f"FM-01-{number:02d}",
        "category": NegativeCategory.PRIVACY,
        "name": f"负面清单条目{number}",
        "description": "涉及个人隐私的内容",
        "legal_basis": "《中华人民共和国政府信息公开条例》第十五条",
        "handling": Handling.MASK,
        "applies_to_all": True,
    }
    return _clean(NegativeListEntry(**defaults | fields))


def make_accountability_step(table=None, **fields):
    number = AccountabilityTable.objects.count() + 1
    table = table or AccountabilityTable.objects.create(number=number, name=f"责任追溯表{number}")
    defaults = {
        "number": table.steps.count() + 1,
        "stage": "信息提交",
        "duty": "按时提交",
        "responsible_role": "信息提交人",
        "deadline": "20个工作日内",
        "fault": "逾期未提交",
        "consequence": "责令改正",
        "legal_basis": "《中华人民共和国政府信息公开条例》第五十三条",
    }
    return _clean(AccountabilityStep(table=table, **defaults | fields))


def make_table_import(by, **fields):
    """A standard table that was uploaded, with a header and one row."""
    book = Workbook()
    book.active.append(["序号", "一级事项", "二级事项", "公开内容", "公开依据", "公开时限"])
    book.active.append([1, "政策文件", "规范性文件", "文件名称;文号", "条例", "及时公开"])
    content = BytesIO()
    book.save(content)
    upload = StandardTableImport(name="目录.xlsx", digest="0" * 64, uploaded_by=by, **fields)
    upload.file.save("目录.xlsx", ContentFile(content.getvalue()), save=False)
    return _clean(upload)


def make_service(**fields):
    number = Service.objects.count() + 1
    defaults = {
        "code": f"DY-TEST-{number:04d}",
        "name": f"政务服务事项{number}",
        "item_type": ItemType.PUBLIC_SERVICE,
        "applicants": [Applicant.PERSON],
        "legal_basis": "《公共租赁住房管理办法》",
        "process": "申请 → 受理 → 办结",
        "conditions": "具有本县户籍",
        "materials": "身份证(原件1份)",
        "statutory_days": 20,
        "promised_days": 10,
        "result": "通知书",
        "address": "定远县政务服务中心",
        "phone": "0550-0901000",
        "complaint_phone": "0550-0901999",
        "visits": 1,
    }
    unit = fields.pop("unit", None) or make_unit()
    return _clean(Service(unit=unit, **defaults | fields))


# People ---------------------------------------------------------------------------------------


def make_user(username="", level=None, unit=None, *, role="", **fields):
    """A member of staff who can sign in with ``PASSWORD``; with ``level``, holder of that duty.

    ``role`` is the name of a group, one of those in ``dingyuan_portal.roles``.
    """
    users = get_user_model().objects
    username = username or f"user-{users.count() + 1}"
    defaults = {"first_name": username, "is_staff": True}
    user = users.create_user(username, password=PASSWORD, **defaults | fields)
    if level:
        make_duty(user, level, unit)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_duty(user, level, unit=None):
    return _clean(Duty(user=user, level=level, unit=unit))


def make_auditor(username="auditor"):
    return make_user(username, role=roles.AUDITOR)


def make_external_auditor(username="outsider", *, days=30):
    """An auditor from outside the county, whose account lasts ``days`` more days after today."""
    user = make_user(username, role=roles.EXTERNAL_AUDITOR)
    ends_on = timezone.localdate() + timedelta(days=days)
    AccountTerm.objects.create(user=user, organisation="某会计师事务所", ends_on=ends_on)
    return user


def make_signers(unit=None):
    """The five who sign for ``unit``, in order. Asked again, the same five."""
    unit = unit or make_unit()
    people = {
        ReviewLevel.SUBMITTER: (f"clerk-{unit.code}", unit, roles.STAFF),
        ReviewLevel.SECTION: (f"section-{unit.code}", unit, roles.STAFF),
        ReviewLevel.DEPUTY_LEADER: (f"deputy-{unit.code}", unit, roles.STAFF),
        ReviewLevel.OPENNESS_OFFICE: ("office", None, roles.OPENNESS_OFFICE),
        ReviewLevel.LEADING_GROUP: ("leader", None, roles.STAFF),
    }
    return [_signer(level, *person) for level, person in people.items()]


def _signer(level, username, unit, role):
    known = get_user_model().objects.filter(username=username).first()
    return known or make_user(username, level, unit, role=role)


# Disclosures ----------------------------------------------------------------------------------


def make_draft(
    *, matter=None, unit=None, clerk=None, village=None, category="", interprets=None, **content
):
    """The first revision of a new disclosure, not yet submitted."""
    if matter is None:
        matter = make_matter(units=[unit] if unit else None)
    unit = unit or matter.responsible_units.first()
    defaults = {
        "title": "关于公布分配结果的公示",
        "body": "<p>现将分配结果予以公示。</p>",
        "formed_on": timezone.localdate() - timedelta(days=3),
    }
    if matter.is_restricted:
        defaults |= {"shown_where": "村务公开栏", "shown_from": timezone.localdate()}
    return workflow.draft(
        matter,
        unit,
        by=clerk or make_signers(unit)[0],
        village=village,
        category=category,
        interprets=interprets,
        **defaults | content,
    )


def make_revision(*, submitted=True, approvals=0, files=(), **kwargs):
    """A revision in review with ``approvals`` signatures after the submitter's own.

    Takes what ``make_draft`` takes; ``files`` are names of attachments to make.
    """
    revision = make_draft(**kwargs)
    for name in files:
        make_attachment(revision, name)
    if not submitted:
        return revision
    signers = make_signers(revision.disclosure.unit)
    revision = workflow.submit(revision, by=signers[0])
    for signer in signers[1 : 1 + approvals]:
        revision = workflow.sign_off(revision, by=signer)
    return revision


def make_attachment(revision, name="附件.pdf", content=None, *, is_evidence=False):
    clerk = make_signers(revision.disclosure.unit)[0]
    upload = samples.upload(name, content)
    return workflow.attach(revision, upload, by=clerk, is_evidence=is_evidence)


def publish(revision, signers=None):
    """Give the signatures that are still missing; the revision as it went live."""
    signers = signers or make_signers(revision.disclosure.unit)
    if revision.state == RevisionState.DRAFT:
        revision = workflow.submit(revision, by=signers[0])
    while revision.state == RevisionState.IN_REVIEW:
        revision = workflow.sign_off(revision, by=signers[revision.level - 1])
    return revision


def make_disclosure(**kwargs):
    """A published disclosure; takes what ``make_revision`` takes."""
    revision = publish(make_revision(submitted=False, **kwargs))
    revision.disclosure.refresh_from_db()
    return revision.disclosure


def make_returned(*, approvals=0, remark="请补充依据", **kwargs):
    """A revision sent back by the next signer after ``approvals`` signatures."""
    revision = make_revision(approvals=approvals, **kwargs)
    signer = make_signers(revision.disclosure.unit)[revision.level - 1]
    return workflow.send_back(revision, by=signer, remark=remark)


def make_correction(
    disclosure, *, change_note="更正面积", change_kind=ChangeKind.SUBSTANCE, **content
):
    """An open second draft of a published disclosure."""
    clerk = make_signers(disclosure.unit)[0]
    revision = workflow.revise(disclosure, by=clerk)
    content |= {"change_note": change_note, "change_kind": change_kind}
    for name, value in content.items():
        setattr(revision, name, value)
    return workflow.save_draft(revision, by=clerk)


def make_withdrawn(*, reason="信息有误", **kwargs):
    disclosure = make_disclosure(**kwargs)
    return withdraw(disclosure, reason=reason)


def withdraw(disclosure, *, reason="信息有误", replacement=None):
    """Proposed by the clerk and signed by the two others; the disclosure as it is then."""
    signers = make_signers(disclosure.unit)
    revision = workflow.propose_withdrawal(
        disclosure, by=signers[0], reason=reason, replacement=replacement
    )
    return publish(revision, signers).disclosure


# Statements -------------------------------------------------------------------------------------


def make_explanation(*, matter=None, unit=None, state=StatementState.PENDING, **stated):
    """Why nothing is disclosed, entered by the clerk; ``state`` is reached by the office's step."""
    matter = matter or make_matter(units=[unit] if unit else None)
    unit = unit or matter.responsible_units.first()
    defaults = {
        "reason": ExplanationReason.NOT_FORMED,
        "detail": "今年的分配方案还没有制定,制定后公开",
        "valid_until": timezone.localdate() + timedelta(days=180),
    }
    explanation = workflow.explain(matter, unit, by=_clerk_of(unit), **defaults | stated)
    return _decided(explanation, state)


def make_offline(*, matter=None, unit=None, state=StatementState.PENDING, files=(), **stated):
    """Something shown at a notice board, with a photo that proves it."""
    matter = matter or make_matter(units=[unit] if unit else None)
    unit = unit or matter.responsible_units.first()
    defaults = {
        "title": "低保对象公示",
        "carrier": Carrier.NOTICE_BOARD,
        "place": "郭集村村务公开栏",
        "shown_from": timezone.localdate() - timedelta(days=7),
        "shown_until": timezone.localdate(),
    }
    record = workflow.record_offline(
        matter,
        unit,
        by=_clerk_of(unit),
        files=[samples.upload(name) for name in files or ("公示栏.jpg",)],
        **defaults | stated,
    )
    return _decided(record, state)


def _clerk_of(unit):
    return make_signers(unit.parent if unit.is_village else unit)[0]


def _decided(statement, state):
    office = _signer(ReviewLevel.OPENNESS_OFFICE, "office", None, roles.OPENNESS_OFFICE)
    if state == StatementState.SIGNED:
        return workflow.sign_statement(statement, by=office)
    if state == StatementState.RETURNED:
        return workflow.return_statement(statement, by=office, remark="请写明依据")
    if state == StatementState.ENDED:
        return workflow.end_statement(statement, by=office, reason="填错了事项")
    return statement


def make_pack(*, by=None, made=True, **chosen):
    """An evidence pack of what ``chosen`` says, as ``Selection`` takes it; ``made``: finished."""
    pack = workflow.request_pack(Selection(**chosen), by=by or make_auditor("pack-auditor"))
    if made:
        workflow.build_pack(pack.pk)
        pack.refresh_from_db()
    return pack


# Annual reports -------------------------------------------------------------------------------


def make_annual_report(unit, year=2025, **fields):
    """A report that the unit's clerk has begun; with ``disclosure``, one that was composed."""
    clerk = make_signers(unit)[0]
    report = AnnualReport(unit=unit, year=year, updated_by=clerk, updated_at=timezone.now())
    for name, value in fields.items():
        setattr(report, name, value)
    return workflow.open_report(report, by=clerk)


# Inside ---------------------------------------------------------------------------------------


def _clean(row):
    row.full_clean()
    row.save()
    return row


def _next_code(parent):
    siblings = Matter.objects.filter(parent=parent).values_list("code", flat=True)
    last = max((int(code.rpartition("-")[2]) for code in siblings), default=0)
    return f"{parent.code}-{last + 1:02d}" if parent else f"{last + 1:02d}"
