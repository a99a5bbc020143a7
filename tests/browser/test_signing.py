"""The whole cycle as four kinds of people live through it: clerk, signer, auditor, citizen."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from disclosures import workflow
from disclosures.choices import ReviewLevel
from disclosures.models import Disclosure, Revision
from tests.factories import (
    make_auditor,
    make_disclosure,
    make_draft,
    make_matter,
    make_signers,
    make_unit,
    make_user,
    publish,
)
from tests.samples import sample

pytestmark = pytest.mark.browser


class County:
    """One unit, its five signers at their desks, a stand-in, an auditor and a citizen's phone."""

    def __init__(self, open_page):
        self.open_page = open_page
        self.unit = make_unit()
        self.matter = make_matter(units=[self.unit])
        self.clerk, self.section, self.deputy, self.office, self.leader = make_signers(self.unit)
        self.desks = {}
        self.citizen = open_page(390)

    def desk(self, person):
        if person.pk not in self.desks:
            self.desks[person.pk] = self.open_page(user=person)
        return self.desks[person.pk]

    def go(self, person, revision):
        page = self.desk(person)
        page.goto(f"/admin/disclosures/revision/{revision.pk}/change/")
        return page

    def sign(self, revision, *people):
        for person in people:
            page = self.go(person, revision)
            page.locator("#remark").press("Alt+s")
            told(page, "已签字|签字齐全")

    def draft(self, **content):
        return make_draft(unit=self.unit, matter=self.matter, **content)


def told(page, words):
    expect(page.locator(".messagelist")).to_contain_text(re.compile(words))


@pytest.fixture
def county(open_page):
    return County(open_page)


def test_personal_data_is_stopped_masked_and_let_pass(county):
    draft = county.draft(
        title="危房改造公示", body="<p>户主王芳,手机13855001234,身份证11010519491231002X。</p>"
    )
    page = county.go(county.clerk, draft)
    page.get_by_role("button", name="保存并提交审签").click()
    told(page, "筛查发现不能公开的内容")
    expect(page.get_by_role("heading", name="筛查:2处必须处理")).to_be_visible()
    expect(page.locator(".desk-screening")).to_contain_text("138****1234")
    expect(page.locator(".desk-screening")).not_to_contain_text("13855001234")
    page.get_by_role("button", name="一键隐去").first.click()
    told(page, "已在文字中隐去")
    office = county.go(county.office, draft)
    office.get_by_label("放行理由").fill("公示期内经本人同意")
    office.get_by_role("button", name="放行").click()
    told(office, "已放行")
    page = county.go(county.clerk, draft)
    page.get_by_role("button", name="保存并提交审签").click()
    told(page, "已提交审签")
    county.sign(Revision.objects.get(), county.section, county.deputy, county.office, county.leader)
    signoff = Revision.objects.get().signoffs.get(level=ReviewLevel.OPENNESS_OFFICE)
    assert "经本人同意" in signoff.overrides


def test_sent_back_to_a_level_and_signed_in_anothers_stead(county):
    revision = workflow.submit(county.draft(title="学区划分公告"), by=county.clerk)
    stand_in = make_user("stand-in", first_name="代签人", role="提交与审签")
    county.sign(revision, county.section)

    page = county.go(county.deputy, revision)
    page.get_by_label("意见").fill("请科室再核一次")
    page.get_by_label("退回到").select_option(label="提交科室")
    page.get_by_role("button", name="退回").click()
    told(page, "已退回“提交科室”")

    page = county.desk(county.section)
    page.goto("/admin/disclosures/handover/add/")
    today = timezone.localdate()
    page.get_by_label("委托的岗位").select_option(index=1)
    page.get_by_label("受托人").select_option(str(stand_in.pk))
    page.locator("[name=starts_on]").fill(f"{today:%Y-%m-%d}")
    page.locator("[name=ends_on]").fill(f"{today + timedelta(days=3):%Y-%m-%d}")
    page.get_by_label("事由").fill("出差,经分管领导同意")
    page.locator("[name=_save]").click()
    expect(page.locator("#result_list")).to_contain_text("代签人")

    page = county.desk(stand_in)
    page.goto("/admin/")
    expect(page.get_by_role("region", name="等我签字")).to_contain_text("学区划分公告")
    county.sign(revision, stand_in, county.deputy, county.office, county.leader)
    disclosure = Disclosure.objects.get()
    auditor = county.open_page(user=make_auditor())
    auditor.goto(f"/admin/disclosures/revision/{revision.pk}/change/")
    expect(auditor.locator(".steps")).to_contain_text(f"代签人(代{county.section.first_name})")
    assert county.citizen.goto(disclosure.get_absolute_url()).status == 200
    expect(county.citizen.get_by_role("heading", name="五级审签")).to_be_visible()
    expect(county.citizen.locator(".chain")).to_contain_text("台账第")
    expect(county.citizen.locator(".chain")).not_to_contain_text("代签人")


def test_a_bundle_goes_live_together_at_its_time(county):
    later = timezone.now() + timedelta(hours=1)
    county.draft(title="补助办法", publish_at=later)
    county.draft(title="补助标准表")
    page = county.desk(county.clerk)
    page.goto("/admin/disclosures/revision/")
    page.locator("#action-toggle").check()
    page.locator("[name=action]").select_option("bundle_selected")
    page.locator("button[name=index]").click()
    told(page, "2件稿件将与“补助办法”同时公开")
    policy = Revision.objects.get(title="补助办法")
    table = Revision.objects.get(title="补助标准表")
    for revision in (policy, table):
        page = county.go(county.clerk, revision)
        page.get_by_role("button", name="保存并提交审签").click()
        told(page, "已提交审签")
        county.sign(revision, county.section, county.deputy, county.office, county.leader)
    county.citizen.goto("/disclosures/")
    expect(county.citizen.locator("main")).not_to_contain_text("补助")
    page = county.desk(county.clerk)
    page.goto("/admin/")
    expect(page.get_by_role("region", name="待发布")).to_contain_text("补助办法")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("disclosures.clock.now", lambda: later + timedelta(minutes=1))
        call_command("publish_due")
    county.citizen.goto("/disclosures/")
    for title in ("补助办法", "补助标准表"):
        expect(county.citizen.locator("main")).to_contain_text(title)


def test_a_correction_is_compared_a_withdrawal_is_told_and_a_file_is_verified(county, tmp_path):
    disclosure = make_disclosure(
        unit=county.unit,
        matter=county.matter,
        title="征地补偿公告",
        body="<p>补偿标准为每亩42000元。</p>",
        files=["标准.xlsx"],
    )
    address = disclosure.get_absolute_url()
    page = county.go(county.clerk, disclosure.live_revision)
    page.get_by_role("button", name="更正").click()
    page.get_by_label("修改性质").select_option(label="文字更正")
    page.get_by_label("修改说明").fill("补偿标准多写了一个零")
    page.locator(".tiptap").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("补偿标准为每亩4200元。")
    page.get_by_role("button", name="保存并提交审签").click()
    told(page, "已提交审签")
    correction = Revision.objects.get(number=2)
    signer = county.go(county.section, correction)
    sides = signer.locator(".comparison-sides")
    expect(sides.locator("del")).to_have_text("42000")
    expect(sides.locator("ins")).to_have_text("4200")
    county.sign(correction, county.section, county.deputy, county.office, county.leader)

    citizen = county.citizen
    citizen.goto(address)
    expect(citizen.locator(".versions")).to_contain_text("文字更正")
    citizen.get_by_role("link", name="对照各版本").click()
    expect(citizen.locator(".comparison-sides ins")).to_contain_text("4200")
    citizen.goto(f"{address}versions/1/")
    expect(citizen.locator("main")).to_contain_text("42000")

    file = tmp_path / "标准.xlsx"
    file.write_bytes(sample_of(disclosure))
    asked = []
    citizen.on("request", lambda request: asked.append((request.method, request.url)))
    citizen.goto("/verify/")
    citizen.get_by_label("选择文件").set_input_files(file)
    citizen.get_by_role("button", name="核对").click()
    expect(citizen.get_by_role("heading", name="是本站公开过的文件")).to_be_visible()
    assert "POST" not in {method for method, _url in asked}
    file.write_bytes(sample_of(disclosure) + b"\0")
    citizen.goto("/verify/")
    citizen.get_by_label("选择文件").set_input_files(file)
    citizen.get_by_role("button", name="核对").click()
    expect(citizen.get_by_role("heading", name="不是本站公开过的文件")).to_be_visible()

    page = county.go(county.clerk, correction)
    page.get_by_text("提出撤下", exact=True).first.click()
    page.get_by_label("撤下原因").fill("公示期满")
    page.get_by_role("button", name="提出撤下").click()
    told(page, "已提出撤下")
    county.sign(Revision.objects.withdrawals().get(), county.office, county.leader)
    assert citizen.goto(address).status == 410
    expect(citizen.locator("main")).to_contain_text("公示期满")
    citizen.goto("/withdrawals/")
    expect(citizen.locator("main")).to_contain_text("征地补偿公告")


def sample_of(disclosure):
    with disclosure.live_revision.attachments.get().file.open("rb") as stream:
        return stream.read()


def test_the_browsers_sm3_is_that_of_openssl(open_page):
    page = open_page()
    page.goto("/verify/")
    for size in (0, 3, 55, 56, 63, 64, 65, 1000):
        content = bytes(range(256)) * 4
        got = page.evaluate(
            """async (bytes) => {
              const { sm3 } = await import("/static/js/digest.js");
              return sm3(new Uint8Array(bytes).buffer);
            }""",
            list(content[:size]),
        )
        assert got == hashlib.new("sm3", content[:size]).hexdigest()


def test_without_a_script_the_file_is_uploaded_and_not_kept(chromium, site, tmp_path):
    disclosure = publish(make_draft_with_file()).disclosure
    file = tmp_path / "表.xlsx"
    file.write_bytes(sample("xlsx"))
    context = chromium.new_context(base_url=site, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/verify/")
    page.get_by_label("选择文件").set_input_files(file)
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("本站公开过的文件")
    assert disclosure.live_revision_id
    context.close()


def make_draft_with_file():
    from tests.factories import make_attachment

    draft = make_draft()
    make_attachment(draft, "表.xlsx")
    return draft
