"""What may be attached: told by the content, not by the name."""

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, TestCase

from disclosures import digest, files, workflow
from tests import samples
from tests.factories import make_attachment, make_disclosure, make_revision, make_signers


class AcceptedTest(SimpleTestCase):
    def test_a_real_file_of_every_kind_is_taken(self):
        for extension in files.CONTENT_TYPES:
            with self.subTest(extension):
                files.validate_upload(samples.upload(f"附件.{extension}"))

    def test_the_case_of_the_extension_does_not_matter(self):
        files.validate_upload(samples.upload("公示.PDF", samples.pdf()))
        files.validate_upload(samples.upload("照片.JPG", samples.sample("jpg")))

    def test_the_stream_is_left_at_its_start(self):
        for extension in files.CONTENT_TYPES:
            with self.subTest(extension):
                upload = samples.upload(f"附件.{extension}")
                files.validate_upload(upload)
                self.assertEqual(upload.read(), samples.sample(extension)[: upload.size])

    def test_a_name_of_150_characters_is_taken(self):
        files.validate_upload(samples.upload("长" * 146 + ".pdf"))

    def test_a_file_of_exactly_50_megabytes_is_taken(self):
        files.validate_upload(_sized(samples.upload("大.pdf"), 50 * 1024 * 1024))


class RefusedTest(SimpleTestCase):
    def refused(self, upload, message):
        with self.assertRaises(ValidationError) as caught:
            files.validate_upload(upload)
        self.assertIn(message, caught.exception.messages[0])
        return caught.exception.messages[0]

    def test_a_renamed_program_is_refused_under_every_name(self):
        for extension in files.CONTENT_TYPES:
            with self.subTest(extension):
                message = self.refused(
                    samples.upload(f"公示.{extension}", samples.exe()), "可能改过扩展名"
                )
                self.assertIn(f"公示.{extension}", message)

    def test_a_program_with_a_zip_behind_it_is_refused(self):
        for extension in ("zip", "docx", "xlsx", "pptx", "ofd"):
            with self.subTest(extension):
                both = samples.exe() + samples.sample(extension)
                self.refused(samples.upload(f"公示.{extension}", both), "可能改过扩展名")

    def test_no_kind_passes_for_another(self):
        alike = {"jpg": {"jpeg"}, "jpeg": {"jpg"}, "doc": {"wps"}, "wps": {"doc"}}
        alike |= {"xls": {"et"}, "et": {"xls"}}
        packed = {"docx", "xlsx", "pptx", "ofd", "zip"}
        for claimed in files.CONTENT_TYPES:
            for real in files.CONTENT_TYPES:
                same = claimed == real or real in alike.get(claimed, ())
                if same or (claimed == "zip" and real in packed):  # each of these is a zip
                    continue
                with self.subTest(claimed=claimed, real=real):
                    upload = samples.upload(f"附件.{claimed}", samples.sample(real))
                    self.refused(upload, f"内容不是 .{claimed} 文件")

    def test_other_kinds_are_refused_by_name(self):
        for name in (
            "图.svg",
            "页.html",
            "程序.exe",
            "声音.wav",
            "无扩展名",
            "公示.pdf.js",
            ".pdf.",
        ):
            with self.subTest(name):
                self.refused(SimpleUploadedFile(name, samples.pdf()), "只接受")

    def test_a_drawing_with_a_script_is_refused_whatever_its_name(self):
        self.refused(samples.upload("图.svg", samples.svg()), "只接受")
        self.refused(samples.upload("图.png", samples.svg()), "可能改过扩展名")

    def test_a_60_megabyte_file_is_refused_with_its_size(self):
        upload = _sized(samples.upload("大.pdf"), 60 * 1024 * 1024)
        message = self.refused(upload, "超过50 MB上限")
        self.assertIn("60 MB", message)

    def test_one_byte_more_than_50_megabytes_is_refused(self):
        self.refused(_sized(samples.upload("大.pdf"), 50 * 1024 * 1024 + 1), "超过50 MB上限")

    def test_an_empty_file_is_refused(self):
        self.refused(samples.upload("空.pdf", b""), "空文件")

    def test_a_name_that_is_too_long_is_refused(self):
        self.refused(samples.upload("长" * 147 + ".pdf"), "超过150个字")

    def test_broken_files_are_refused_and_not_an_error(self):
        for extension in files.CONTENT_TYPES:
            whole = samples.sample(extension)
            for name, content in {
                "its first four bytes": whole[:4],
                "zeros": bytes(2048),
                "text": "公示".encode() * 50,
            }.items():
                with self.subTest(extension, content=name):
                    try:
                        files.validate_upload(samples.upload(f"附件.{extension}", content))
                    except ValidationError:
                        continue
                    # Some kinds are told by their first bytes alone.
                    self.assertNotIn(name, {"zeros", "text"})

    def test_a_damaged_compound_file_is_refused_and_not_an_error(self):
        whole = samples.ole_file("WordDocument")
        for place in range(24, 1536, 7):
            damaged = whole[:place] + b"\xff" * 8 + whole[place + 8 :]
            with self.subTest(place=place):
                try:
                    files.validate_upload(samples.upload("附件.doc", damaged))
                except ValidationError as error:
                    self.assertIn("内容不是", error.messages[0])

    def test_a_damaged_zip_is_refused_and_not_an_error(self):
        whole = samples.docx_file()
        start = len(whole) - 120
        for place in range(start, len(whole), 3):
            damaged = whole[:place] + b"\xff" * 4 + whole[place + 4 :]
            with self.subTest(place=place):
                try:
                    files.validate_upload(samples.upload("附件.docx", damaged))
                except ValidationError as error:
                    self.assertRegex(error.messages[0], "内容不是|解压后有|加了密码")


class StorageTest(TestCase):
    def test_the_stored_name_is_ours_and_the_readers_name_the_uploaders(self):
        attachment = make_attachment(make_revision(submitted=False), "分配结果 第1批.pdf")
        self.assertRegex(attachment.file.name, r"^attachments/[0-9a-f]{2}/[0-9a-f]{32}\.pdf$")
        self.assertEqual(attachment.name, "分配结果 第1批.pdf")
        self.assertEqual(str(attachment), attachment.name)

    def test_no_path_comes_in_with_the_name(self):
        for name in ("../../settings.pdf", "C:\\桌面\\公示.pdf", "/etc/公示.pdf"):
            attachment = make_attachment(make_revision(submitted=False), name, samples.pdf())
            with self.subTest(name):
                self.assertNotRegex(attachment.name, r"[/\\]")
                self.assertTrue(attachment.file.name.startswith("attachments/"))

    def test_size_kind_and_digest_are_those_of_the_bytes(self):
        content = samples.mp3()  # nothing of it is taken out
        attachment = make_attachment(make_revision(submitted=False), "甲.mp3", content)
        self.assertEqual(attachment.size, len(content))
        self.assertEqual(attachment.content_type, "audio/mpeg")
        self.assertEqual(attachment.digest, digest.of_bytes([content]))
        self.assertEqual(attachment.file.read(), content)

    def test_a_refused_file_leaves_nothing(self):
        revision = make_revision(submitted=False)
        with self.assertRaises(ValidationError):
            make_attachment(revision, "甲.pdf", samples.exe())
        self.assertFalse(revision.attachments.exists())

    def test_a_file_altered_on_the_disk_is_not_signed(self):
        revision = make_revision(files=["甲.pdf"])
        stored = revision.attachments.get().file
        with open(stored.path, "r+b") as stream:
            stream.write(b"%PDF-9")
        section = make_signers(revision.disclosure.unit)[1]
        with self.assertRaisesMessage(workflow.WorkflowError, "附件“甲.pdf”与提交时不符"):
            workflow.sign_off(revision, by=section)

    def test_a_file_gone_from_the_disk_is_not_signed(self):
        revision = make_revision(files=["甲.pdf"])
        stored = revision.attachments.get().file
        stored.storage.delete(stored.name)
        section = make_signers(revision.disclosure.unit)[1]
        with self.assertRaisesMessage(workflow.WorkflowError, "附件“甲.pdf”与提交时不符"):
            workflow.sign_off(revision, by=section)

    def test_evidence_is_kept_with_the_rest_and_marked(self):
        revision = make_revision(submitted=False)
        make_attachment(revision, "公示栏.jpg", is_evidence=True)
        make_attachment(revision, "甲.pdf")
        self.assertEqual(
            list(revision.attachments.values_list("name", "is_evidence")),
            [("公示栏.jpg", True), ("甲.pdf", False)],
        )

    def test_a_published_attachment_is_reached_through_its_disclosure(self):
        disclosure = make_disclosure(files=["甲.pdf"])
        attachment = disclosure.live_revision.attachments.get()
        self.assertEqual(
            attachment.get_absolute_url(), f"/disclosures/{disclosure.slug}/files/{attachment.pk}/"
        )


def _sized(upload, size):
    """``upload`` as if it had ``size`` bytes."""
    upload.size = size
    return upload
