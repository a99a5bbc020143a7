"""取证包 in a real browser: chosen, counted, followed by the page itself, taken home."""

from unittest import mock

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosures import verifier, workflow
from disclosures.models import EvidencePack
from disclosures.workflow import packs as making
from tests.factories import make_auditor, make_disclosure

pytestmark = pytest.mark.browser


def test_the_page_follows_the_making_by_itself(open_page, tmp_path):
    disclosure = make_disclosure(files=["分配表.xlsx"])
    page = open_page(390, make_auditor())
    page.goto("/admin/disclosures/evidencepack/add/")
    page.get_by_label("索引号").fill(disclosure.index_number)
    page.get_by_role("button", name="统计").click()
    expect(page.get_by_role("row", name="公开信息")).to_contain_text("1")
    with mock.patch.object(making, "_start"):
        page.get_by_role("button", name="生成取证包").click()
        status = page.get_by_role("status")
        expect(status).to_have_text("等待生成")
    pack = EvidencePack.objects.filter(state="queued")
    pack.update(state="building", stage="正在装入附件", done=3, total=8, beat_at=timezone.now())
    expect(status).to_have_text("正在装入附件，3 / 8")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 3)
    EvidencePack.objects.update(state="queued")
    workflow.build_pack(EvidencePack.objects.get().pk)
    with page.expect_download() as taken:
        page.get_by_role("button", name="下载").click()
    taken.value.save_as(tmp_path / "pack.zip")
    assert verifier.verify_bundle(str(tmp_path / "pack.zip")).problems == []


def test_without_script_a_link_does_the_same(open_page, chromium, site):
    auditor = make_auditor()
    make_disclosure()
    page = open_page(1280, auditor)
    with mock.patch.object(making, "_start"):
        page.goto(f"/admin/disclosures/evidencepack/add/?since={timezone.localdate():%Y-%m-%d}")
        page.get_by_role("button", name="生成取证包").click()
        expect(page.get_by_role("link", name="刷新")).to_be_visible()
    page.route("**/status/", lambda route: route.abort())
    workflow.build_pack(EvidencePack.objects.get().pk)
    page.get_by_role("link", name="刷新").click()
    expect(page.get_by_role("button", name="下载")).to_be_visible()
