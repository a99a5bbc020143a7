"""No page breaks a rule of axe-core (WCAG 2.2 AA), on a phone or on a desk."""

from unittest import mock

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from disclosures import workflow
from disclosures.choices import StatementState
from disclosures.models import EvidencePack
from tests.factories import (
    make_accountability_step,
    make_annual_report,
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_explanation,
    make_matter,
    make_negative_entry,
    make_offline,
    make_pack,
    make_revision,
    make_service,
    make_signers,
    make_township,
    make_unit,
    make_village,
    make_withdrawn,
    publish,
)

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDTHS = (390, 1280)


def violations(open_page, page):
    """What axe-core finds; the styles it adds itself are none of the site's complaints."""
    before = len(open_page.complaints)
    found = Axe().run(page, options=RULES).response["violations"]
    del open_page.complaints[before:]
    return [
        f"{page.url} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def public_addresses():
    """One of each kind of page, with something on it."""
    unit = make_unit()
    township = make_township()
    village = make_village(township)
    matter = make_matter(units=[unit, township], is_public_service=True)
    service = make_service(unit=unit, matter=matter, is_featured=True)
    body = (
        "<p>结果如下。</p><table><thead><tr><th>村</th></tr></thead><tr><td>郭集</td></tr></table>"
    )
    empty = make_matter(
        units=[unit, township], responsible_text=f"{unit.short_name}、村(居)民委员会"
    )
    for stating in (unit, village):
        make_explanation(matter=empty, unit=stating, state=StatementState.SIGNED)
        make_offline(matter=empty, unit=stating, state=StatementState.SIGNED)
    disclosure = make_disclosure(matter=matter, unit=unit, body=body, files=["分配表.xlsx"])
    corrected = body.replace("郭集", "张庄")
    publish(make_correction(disclosure, body=corrected, title="更正后的公示"))
    withdrawn = make_withdrawn(matter=matter, unit=unit)
    make_negative_entry()
    make_accountability_step()
    return [
        "/",
        "/catalog/",
        "/catalog/standard-table/",
        matter.get_root().get_absolute_url(),
        matter.get_absolute_url(),
        empty.get_absolute_url(),
        "/disclosures/",
        disclosure.get_absolute_url(),
        withdrawn.get_absolute_url(),
        f"{disclosure.get_absolute_url()}versions/1/",
        f"{disclosure.get_absolute_url()}compare/",
        f"{disclosure.get_absolute_url()}trace/",
        "/annual-reports/",
        f"/annual-reports/{timezone.localdate().year}/{unit.code}/published/",
        "/withdrawals/",
        "/ledger/",
        "/verify/",
        f"/verify/?digest={disclosure.live_revision.attachments.get().digest}",
        "/verify/?digest=xyz",
        "/services/",
        service.get_absolute_url(),
        "/units/",
        unit.get_absolute_url(),
        township.get_absolute_url(),
        "/coverage/",
        "/coverage/rows/",
        f"/coverage/domains/{matter.domain_code}/",
        f"/coverage/{unit.code}/",
        f"/coverage/{township.code}/",
        "/negative-list/",
        "/accountability/",
        "/downloads/",
        "/downloads/disclosure-chart/",
        "/downloads/pilot-chart/",
        "/search/?q=结果",
        "/search/",
        "/site-map/",
        "/accessibility/",
        "/disclosures/?q=没有这样的词",
        "/no-such-page/",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_public_page_has_a_violation(open_page, width):
    page = open_page(width)
    found = []
    for address in public_addresses():
        page.goto(address)
        found += violations(open_page, page)
    assert not found, "\n".join(found)


def pack_addresses(auditor, unit):
    """The pages of evidence packs: asked for, counted, made, being made, failed."""
    made = make_pack(by=auditor, unit=unit.code)
    with mock.patch("disclosures.workflow.packs._start"):
        waiting = make_pack(by=auditor, made=False, unit=unit.code)
        failed = make_pack(by=make_auditor("another"), made=False, unit=unit.code)
    EvidencePack.objects.filter(pk=failed.pk).update(state="failed", error="服务器磁盘空间不足")
    desk = "/admin/disclosures/evidencepack/"
    pages = [f"{desk}{pack.pk}/change/" for pack in (made, waiting, failed)]
    return [desk, f"{desk}add/", f"{desk}add/?unit={unit.code}", f"{desk}add/?unit=X", *pages]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_the_desk_has_a_violation(open_page, width):
    revision = make_revision(files=["分配表.xlsx"])
    unit, matter = revision.disclosure.unit, revision.disclosure.matter
    clerk, section, _deputy, office, _leader = make_signers(unit)
    auditor = make_auditor()
    draft = make_draft(unit=unit, matter=matter, body="<p>户主王芳,手机13855001234。</p>")
    workflow.screen(draft)
    published = make_disclosure(unit=unit, matter=matter)
    correction = make_correction(published, body="<p>现将分配方案予以公示。</p>")
    explanation = make_explanation(unit=unit, matter=matter)
    record = make_offline(unit=unit, matter=matter)
    owed = matter.obligations.get()
    flagged, live, comparing = (
        f"/admin/disclosures/revision/{each.pk}/change/"
        for each in (draft, published.live_revision, correction)
    )
    report = f"/admin/disclosures/annualreport/{make_annual_report(unit).pk}/"
    entries = [f"{report}entry/{part}/" for part in ("table1", "table2", "table3", "texts")]
    page = open_page(width)
    page.goto("/admin/login/")
    found = violations(open_page, page)
    address = f"/admin/disclosures/revision/{revision.pk}/change/"
    for user, addresses in (
        (section, ["/admin/", address, "/admin/disclosures/revision/"]),
        (clerk, ["/admin/", "/admin/disclosures/revision/add/", flagged, live]),
        (clerk, [f"{report}change/", *entries, f"{report}preview/"]),
        (
            clerk,
            [
                "/admin/catalog/obligation/",
                f"/admin/disclosures/explanation/add/?obligations={owed.pk}",
                f"/admin/disclosures/offlinedisclosure/add/?obligations={owed.pk}",
                f"/admin/disclosures/disclosure/{published.pk}/change/",
            ],
        ),
        (office, ["/admin/", comparing, "/admin/disclosures/handover/add/"]),
        (
            office,
            [
                "/admin/disclosures/explanation/",
                f"/admin/disclosures/explanation/{explanation.pk}/change/",
                f"/admin/disclosures/offlinedisclosure/{record.pk}/change/",
            ],
        ),
        (auditor, ["/admin/disclosures/ledgerentry/", "/admin/catalog/matter/standard-table/"]),
        (auditor, pack_addresses(auditor, unit)),
    ):
        page = open_page(width, user)
        for each in addresses:
            page.goto(each)
            found += violations(open_page, page)
    assert not found, "\n".join(found)
