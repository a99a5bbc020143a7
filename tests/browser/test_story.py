"""The whole story in a real browser: written, signed by five, sent back once, public."""

import re

import pytest
from playwright.sync_api import expect

from disclosures.models import Attachment, Disclosure, Revision
from tests.factories import make_matter, make_signers, make_unit
from tests.samples import sample

pytestmark = pytest.mark.browser

TITLE = "关于2026年农村危房改造补助资金分配结果的公示"


def write_draft(page, matter):
    page.goto("/admin/disclosures/revision/add/")
    page.select_option("[name=matter]", str(matter.pk))
    page.fill("[name=title]", TITLE)
    editor = page.locator(".tiptap")
    editor.click()
    page.keyboard.type("现将补助资金分配结果予以公示。")
    page.fill("[name=formed_on]", "2026-11-02")
    page.fill("[name=document_number]", "定建[2026]12号")
    page.set_input_files(
        "[name=attachments-0-file]",
        {"name": "分配表.xlsx", "mimeType": "application/octet-stream", "buffer": sample("xlsx")},
    )


def sign(page, revision):
    page.goto(f"/admin/disclosures/revision/{revision.pk}/change/")
    page.get_by_role("button", name="同意").click()
    expect(page.locator(".messagelist")).to_contain_text(re.compile("已签字|签字齐全"))


def test_a_disclosure_goes_from_the_clerk_through_five_people_to_the_public(open_page):
    unit = make_unit()
    matter = make_matter(units=[unit])
    clerk, section, deputy, office, leader = make_signers(unit)
    public = open_page(390)

    desk = open_page(user=clerk)
    write_draft(desk, matter)
    desk.get_by_role("button", name="保存并提交审签").click()
    expect(desk.locator(".messagelist")).to_contain_text("已提交审签")

    first = Revision.objects.get()
    refusing = open_page(user=section)
    refusing.goto("/admin/")
    refusing.get_by_role("link", name=TITLE).first.click()
    refusing.get_by_label("意见").fill("请补充咨询电话")
    refusing.get_by_role("button", name="退回").click()
    expect(refusing.locator(".messagelist")).to_contain_text("已退回")

    desk.goto("/admin/")
    expect(desk.get_by_role("region", name="退回给我")).to_contain_text(TITLE)
    desk.goto(f"/admin/disclosures/revision/{first.pk}/change/")
    expect(desk.locator(".steps")).to_contain_text("请补充咨询电话")
    desk.get_by_role("button", name="据此修改").click()
    desk.locator(".tiptap").click()
    desk.keyboard.press("Control+End")
    desk.keyboard.type("咨询电话:0550-0901000。")
    desk.get_by_role("button", name="保存并提交审签").click()
    expect(desk.locator(".messagelist")).to_contain_text("已提交审签")

    second = Revision.objects.get(number=2)
    attachment = Attachment.objects.get(revision=second)
    for signer in (section, deputy, office):
        sign(open_page(user=signer), second)
    assert not Disclosure.objects.visible().exists()
    guessed = f"/disclosures/{unit.code}-2026-00001/"
    assert public.goto(guessed).status == 404
    assert public.goto(f"{guessed}files/{attachment.pk}/").status == 404

    last = open_page(user=leader)
    sign(last, second)
    disclosure = Disclosure.objects.get()
    assert disclosure.index_number == f"{unit.code}/2026-00001"
    assert public.goto(guessed).status == 200
    expect(public.get_by_role("heading", level=1)).to_have_text(TITLE)
    text = public.locator("main")
    expect(text).to_contain_text(disclosure.index_number)
    expect(text).to_contain_text("定建〔2026〕12号")
    expect(text).to_contain_text("咨询电话:0550-0901000。")
    with public.expect_download() as download:
        public.get_by_role("link", name="分配表").first.click()
    assert download.value.suggested_filename == "分配表.xlsx"
    assert download.value.path().read_bytes() == sample_of(attachment)


def sample_of(attachment):
    with attachment.file.open("rb") as stream:
        return stream.read()


def test_a_refused_file_costs_the_clerk_no_text(open_page):
    unit = make_unit()
    matter = make_matter(units=[unit])
    desk = open_page(user=make_signers(unit)[0])
    write_draft(desk, matter)
    desk.set_input_files(
        "[name=attachments-1-file]",
        {"name": "图纸.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" * 64},
    )
    desk.get_by_role("button", name="保存草稿").click()
    expect(desk.locator("#content")).to_contain_text("内容不是 .pdf 文件")
    expect(desk.locator("[name=title]")).to_have_value(TITLE)
    expect(desk.locator(".tiptap")).to_contain_text("现将补助资金分配结果予以公示。")
    assert not Disclosure.objects.exists()


def test_a_table_written_in_the_editor_reaches_the_public_page(open_page):
    unit = make_unit()
    matter = make_matter(units=[unit])
    desk = open_page(user=make_signers(unit)[0])
    write_draft(desk, matter)
    desk.locator(".prose-menubar__button", has_text=re.compile("grid|table")).first.click()
    desk.locator("dialog.prose-editor-dialog [type=submit]").click()
    desk.get_by_role("button", name="保存草稿").click()
    expect(desk.locator(".messagelist")).to_contain_text("草稿已保存")
    assert "<table" in Revision.objects.get().body
