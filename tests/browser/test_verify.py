"""核对附件 in a real browser: the file stays on the device, the digest is the right one."""

import hashlib

import pytest
from playwright.sync_api import expect

from disclosures import digest
from tests.factories import make_attachment, make_draft, publish
from tests.samples import sample

pytestmark = pytest.mark.browser

#: Around the ends of a block, where the padding takes one block or two.
LENGTHS = (0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 1000)


def test_the_page_computes_what_the_portal_stores(open_page):
    page = open_page()
    page.goto("/verify/")
    computed = page.evaluate(
        """async (lengths) => {
            const { sm3 } = await import(document.querySelector(
                'script[src*="verify"]').src.replace("verify.js", "digest.js"));
            const bytes = (length) => Uint8Array.from({ length }, (_, i) => (i * 37) % 256);
            return lengths.map((length) => sm3(bytes(length).buffer));
        }""",
        LENGTHS,
    )
    for length, value in zip(LENGTHS, computed, strict=True):
        content = bytes((i * 37) % 256 for i in range(length))
        assert value == digest.of_bytes([content], "sm3"), length


def test_a_chosen_file_is_looked_up_and_never_sent(open_page):
    content = sample("pdf")
    revision = make_draft()
    make_attachment(revision, "分配表.pdf", content)
    publish(revision)
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


def test_the_form_works_without_script(chromium, site):
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/verify/")
    page.set_input_files(
        "[name=file]", {"name": "别的.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-"}
    )
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", name="不是本站公开过的文件")).to_be_visible()
    expect(page.get_by_text("别的.pdf")).to_be_visible()
    context.close()
