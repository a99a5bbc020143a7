"""核对附件 in a real browser: chosen or dropped, the file stays on the device."""

import hashlib

import pytest
from playwright.sync_api import expect

from tests.factories import make_attachment, make_draft, publish

pytestmark = pytest.mark.browser


def test_a_chosen_file_is_asked_about_by_both_digests(open_page):
    revision = make_draft()
    attachment = make_attachment(revision, "分配表.pdf")
    publish(revision)
    with attachment.file.open() as stored:
        content = stored.read()
    page = open_page(390)
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    page.goto("/verify/")
    page.set_input_files(
        "[name=file]", {"name": "下载.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", name="是本站公开过的文件")).to_be_visible()
    assert {method for method, _url in asked} == {"GET"}
    assert hashlib.sha256(content).hexdigest() in page.url


def test_a_file_may_be_dropped(open_page):
    page = open_page()
    page.goto("/verify/")
    page.evaluate(
        """() => {
            const dropped = new DataTransfer();
            dropped.items.add(new File(["未公开"], "别的.pdf"));
            document.querySelector("[data-verify]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.get_by_role("heading", name="不是本站公开过的文件")).to_be_visible()
