"""Take the pictures in `docs/screenshots/` from a demonstration site (`make screenshots`).

Needs a demonstration database (``make run`` makes one) and the system's Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import django
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
PORT = 8899
SITE = f"http://127.0.0.1:{PORT}"
PASSWORD = "dingyuan-demo-2026"
WIDTHS = {390: 844, 1280: 900}
PAUSE_SECONDS = 0.2
#: What matters of these stands below the first screen.
WHOLE = {"history", "comparison", "admin-revision-comparison"}


def public_pages() -> dict[str, str]:
    """Name of the picture → address; the newest disclosure with a table and files is a good one."""
    from catalog.models import Matter
    from disclosures.models import Disclosure

    shown = Disclosure.objects.visible().filter(live_revision__body__contains="<table")
    shown = shown.filter(live_revision__attachments__isnull=False).newest_first()
    disclosure = shown.first() or Disclosure.objects.visible().first()
    corrected = Disclosure.objects.visible().filter(live_revision__number__gte=2)
    corrected = corrected.exclude(live_revision__change_note="").first()
    service = Matter.objects.filter(service__isnull=False).first().service
    return {
        "home": "/",
        "catalog": "/catalog/",
        "domain": "/catalog/02/",
        "matter": disclosure.matter.get_absolute_url(),
        "disclosures": "/disclosures/",
        "disclosure": disclosure.get_absolute_url(),
        "history": corrected.get_absolute_url() + "#versions",
        "comparison": corrected.get_absolute_url() + "compare/",
        "withdrawals": "/withdrawals/",
        "ledger": "/ledger/",
        "verify": "/verify/",
        "services": "/services/",
        "service": service.get_absolute_url(),
        "units": "/units/",
        "unit": "/units/XZ09/",
        "negative-list": "/negative-list/",
        "accountability": "/accountability/",
        "standard-table-page": "/catalog/standard-table/",
        "coverage": "/coverage/",
        "coverage-rows": "/coverage/rows/?state=overdue",
        "coverage-unit": "/coverage/XZ09/",
        "downloads": "/downloads/",
        "disclosure-chart": "/downloads/disclosure-chart/",
        "trace": f"{disclosure.get_absolute_url()}trace/",
        "annual-reports": "/annual-reports/",
        "search": "/search/?q=%E5%8D%B1%E6%88%BF%E6%94%B9%E9%80%A0",
    }


def staff_pages() -> dict[str, tuple[str, str]]:
    """Name of the picture → (account, address)."""
    from disclosures.models import Revision

    waiting = Revision.objects.filter(state="in_review", level=2, disclosure__unit__code="ZJJ")
    revision = waiting.order_by("pk").first()
    pages = {
        "admin-workbench-clerk": ("clerk", "/admin/"),
        "admin-workbench-signer": ("section", "/admin/"),
        "admin-workbench-office": ("office", "/admin/"),
        "admin-ledger": ("auditor", "/admin/disclosures/ledgerentry/"),
        "admin-revision-add": ("clerk", "/admin/disclosures/revision/add/"),
        "admin-revisions": ("clerk", "/admin/disclosures/revision/"),
        "admin-matters": ("office", "/admin/catalog/matter/"),
        "admin-matters-import": ("office", "/admin/catalog/matter/import/"),
        "admin-matters-export": ("auditor", "/admin/catalog/matter/export/"),
        "admin-workbench-auditor": ("auditor", "/admin/"),
        "admin-obligations": ("clerk", "/admin/catalog/obligation/"),
        "admin-table-import": ("office", "/admin/catalog/matter/table-import/"),
        "admin-evidence-pack": ("auditor", "/admin/disclosures/evidencepack/add/"),
    }
    correction = Revision.objects.ever_live().filter(number=2).exclude(change_note="").first()
    if correction:
        address = f"/admin/disclosures/revision/{correction.pk}/change/"
        pages["admin-revision-comparison"] = ("office", address)
    if revision:
        address = f"/admin/disclosures/revision/{revision.pk}/change/"
        pages["admin-revision-sign"] = ("section", address)
    return pages


def shoot(page: Page, name: str, address: str, *, whole: bool) -> None:
    page.goto(SITE + address, wait_until="networkidle")
    width = page.viewport_size["width"]
    page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=whole)
    print(f"  {name}-{width}.png")


def sign_in(browser: Browser, account: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, locale="zh-CN")
    page.goto(f"{SITE}/admin/login/")
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", PASSWORD)
    page.click("[type=submit]")
    return page


def take(browser: Browser) -> None:
    for width, height in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
        for name, address in public_pages().items():
            # A phone's whole page is a ribbon nobody looks at; its first screens tell enough.
            shoot(page, name, address, whole=name in WHOLE or (width > 1000 and name == "home"))
        page.close()
        for name, (account, address) in staff_pages().items():
            page = sign_in(browser, account, width)
            shoot(page, name, address, whole=name in WHOLE)
            page.close()


def wait_until_up(server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            sys.exit("the server did not start")
        try:
            urllib.request.urlopen(f"{SITE}/healthz", timeout=2).close()
        except OSError:
            time.sleep(PAUSE_SECONDS)
        else:
            return
    sys.exit("the server did not answer")


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dingyuan_portal.settings")
    django.setup()
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed")
    FOLDER.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{PORT}"]
    command += ["--log-level", "error", "dingyuan_portal.wsgi"]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            wait_until_up(server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
                take(browser)
                browser.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
