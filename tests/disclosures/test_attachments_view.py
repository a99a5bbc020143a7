"""Who may fetch a file, and how it is handed out."""

from urllib.parse import quote

from django.test import TestCase

from catalog.choices import Category
from tests.factories import (
    make_attachment,
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_matter,
    make_restricted_matter,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_withdrawn,
    publish,
)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


class WhoMayFetchTests(TestCase):
    def test_a_live_file_is_everyones(self):
        disclosure = make_disclosure(files=["公示.pdf"])
        attachment = disclosure.live_revision.attachments.get()
        response = self.client.get(attachment.get_absolute_url())
        self.assertEqual(response.status_code, 200)
        with attachment.file.open("rb") as stored:
            self.assertEqual(body(response), stored.read())

    def test_before_the_fifth_signature_a_file_is_nobodys(self):
        revision = make_revision(files=["公示.pdf"], approvals=3)
        attachment = revision.attachments.get()
        for slug in ["", "x", "ZFB-2026-00001", f"{revision.disclosure.unit.code}-2026-00001"]:
            with self.subTest(slug):
                url = f"/disclosures/{slug}/files/{attachment.pk}/"
                self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_file_of_an_open_correction_is_not_public_under_the_live_address(self):
        disclosure = make_disclosure(files=["旧.pdf"])
        correction = make_correction(disclosure)
        added = make_attachment(correction, "新.pdf")
        url = f"{disclosure.get_absolute_url()}files/{added.pk}/"
        self.assertEqual(self.client.get(url).status_code, 404)
        publish(correction)
        self.assertEqual(self.client.get(url).status_code, 200)

    def test_a_file_of_a_replaced_version_is_no_longer_public(self):
        disclosure = make_disclosure(files=["旧.pdf"])
        old = disclosure.live_revision.attachments.get()
        publish(make_correction(disclosure))
        self.assertEqual(self.client.get(old.get_absolute_url()).status_code, 404)

    def test_withdrawing_takes_the_file_along(self):
        withdrawn = make_withdrawn(files=["公示.pdf"])
        attachment = withdrawn.live_revision.attachments.get()
        self.assertEqual(self.client.get(attachment.get_absolute_url()).status_code, 404)

    def test_evidence_is_for_staff_and_auditors(self):
        draft = make_draft()
        photo = make_attachment(draft, "照片.jpg", is_evidence=True)
        publish(draft)
        photo.refresh_from_db()
        self.assertEqual(self.client.get(photo.get_absolute_url()).status_code, 404)
        self.client.force_login(make_auditor())
        self.assertEqual(self.client.get(photo.get_absolute_url()).status_code, 200)

    def test_a_restricted_file_is_for_staff_who_may_read_the_unit(self):
        unit = make_unit()
        disclosure = make_disclosure(
            matter=make_restricted_matter(units=[unit]), files=["分户.xlsx"]
        )
        url = disclosure.live_revision.attachments.get().get_absolute_url()
        self.assertEqual(self.client.get(url).status_code, 404)
        stranger = make_signers(make_unit())[0]
        for person, status in [
            (make_user(is_staff=False), 404),
            (stranger, 404),
            (make_signers(unit)[0], 200),
            (make_auditor(), 200),
        ]:
            with self.subTest(person=person):
                self.client.force_login(person)
                self.assertEqual(self.client.get(url).status_code, status)

    def test_the_address_must_name_the_files_own_disclosure(self):
        unit = make_unit()
        matter = make_matter(units=[unit], category=Category.RESULT)
        disclosure = make_disclosure(matter=matter, files=["公示.pdf"])
        other = make_disclosure(matter=matter)
        attachment = disclosure.live_revision.attachments.get()
        url = f"{other.get_absolute_url()}files/{attachment.pk}/"
        self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_file_lost_from_the_disk_is_a_404(self):
        attachment = make_disclosure(files=["公示.pdf"]).live_revision.attachments.get()
        attachment.file.storage.delete(attachment.file.name)
        self.assertEqual(self.client.get(attachment.get_absolute_url()).status_code, 404)


class HowItIsHandedOutTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        disclosure = make_disclosure(files=["汇总 表.xlsx", "公示.pdf", "现场.mp4", "图.png"])
        cls.files = {file.extension: file for file in disclosure.live_revision.attachments.all()}

    def get(self, extension, **headers):
        return self.client.get(self.files[extension].get_absolute_url(), headers=headers)

    def test_a_spreadsheet_is_downloaded_under_its_own_name(self):
        response = self.get("xlsx")
        disposition = response["Content-Disposition"]
        self.assertEqual(disposition, f"attachment; filename*=utf-8''{quote('汇总 表.xlsx')}")

    def test_what_a_browser_can_show_is_shown_without_script(self):
        for extension in ["pdf", "mp4", "png"]:
            with self.subTest(extension):
                response = self.get(extension)
                self.assertTrue(response["Content-Disposition"].startswith("inline"))
                policy = response["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("script", policy)

    def test_nothing_is_sniffed_or_kept(self):
        for extension in self.files:
            with self.subTest(extension):
                response = self.get(extension)
                self.assertEqual(response["X-Content-Type-Options"], "nosniff")
                self.assertIn("no-cache", response["Cache-Control"])
                self.assertEqual(response["Accept-Ranges"], "bytes")

    def test_parts_are_handed_out_as_asked(self):
        whole = body(self.get("mp4"))
        size = len(whole)
        for asked, first, last in [
            ("bytes=0-3", 0, 3),
            ("bytes=2-", 2, size - 1),
            ("bytes=-2", size - 2, size - 1),
            (f"bytes=1-{size + 99}", 1, size - 1),
            (f"bytes=-{size + 99}", 0, size - 1),
        ]:
            with self.subTest(asked):
                response = self.get("mp4", Range=asked)
                self.assertEqual(response.status_code, 206)
                self.assertEqual(response["Content-Range"], f"bytes {first}-{last}/{size}")
                self.assertEqual(response["Content-Length"], str(last - first + 1))
                self.assertEqual(body(response), whole[first : last + 1])

    def test_a_part_beyond_the_end_is_416(self):
        size = self.files["mp4"].size
        for asked in [f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"]:
            with self.subTest(asked):
                response = self.get("mp4", Range=asked)
                self.assertEqual(response.status_code, 416)
                self.assertEqual(response["Content-Range"], f"bytes */{size}")

    def test_what_is_no_range_gets_the_whole_file(self):
        for asked in ["bytes=5-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"]:
            with self.subTest(asked):
                response = self.get("mp4", Range=asked)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(len(body(response)), self.files["mp4"].size)

    def test_only_reading_is_allowed(self):
        url = self.files["pdf"].get_absolute_url()
        self.assertEqual(self.client.post(url).status_code, 405)
        self.assertEqual(self.client.head(url).status_code, 200)
