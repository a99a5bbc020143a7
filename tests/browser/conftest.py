"""Chromium as people have it: the system's own, headless, with the site on a live server."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.factories import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Without these, Chromium asks its maker's servers at each start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread, where the tests ask the database themselves.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db, settings, live_server):
    """Address of the live server; cookies go over plain http there."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    return live_server.url


@pytest.fixture
def open_page(chromium, site):
    """``open_page(width)`` → a page of its own, signed in when a user is named.

    A page that breaks the Content-Security-Policy or a script fails the test at its end.
    """
    contexts, complaints = [], []

    def listen(message):
        if message.type == "error" and "favicon" not in message.text:
            complaints.append(message.text)

    def open_one(width=1280, user=None):
        context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": 900}, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if user is not None:
            page.goto("/admin/login/")
            page.fill("[name=username]", user.username)
            page.fill("[name=password]", PASSWORD)
            page.click("[type=submit]")
        return page

    open_one.complaints = complaints
    yield open_one
    for context in contexts:
        context.close()
    policy = [text for text in complaints if "Content Security Policy" in text]
    assert policy == []
