"""The form for the paper archive: one page, five rows, whatever people have written."""

import io

from django.test import TestCase
from django.urls import reverse
from pypdf import PdfReader

from disclosures import workflow
from tests.factories import make_disclosure, make_draft, make_signers, make_unit


class SignOffFormTest(TestCase):
    def form(self, revision):
        self.client.force_login(make_signers(revision.disclosure.unit)[0])
        response = self.client.get(reverse("admin:disclosures_revision_form", args=[revision.pk]))
        self.assertEqual(response["Content-Type"], "application/pdf")
        return PdfReader(io.BytesIO(response.content))

    def text(self, reader):
        self.assertEqual(len(reader.pages), 1)
        return "".join(reader.pages[0].extract_text().split())

    def test_one_page_with_all_five_and_what_they_signed(self):
        disclosure = make_disclosure(title="关于公布分配结果的公示")
        live = disclosure.live_revision
        text = self.text(self.form(live))
        for words in ("政务公开审核表", live.title, disclosure.index_number, live.content_digest):
            self.assertIn(words, text)
        for signoff in live.signoffs.all():
            self.assertIn(signoff.signer_name, text)
            self.assertIn(signoff.get_level_display(), text)

    def test_long_remarks_and_signs_of_markup_stay_on_the_page_as_they_are(self):
        unit = make_unit()
        signers = make_signers(unit)
        title = ("#strong[粗] $x$ *星* @甲 _下_ \\ “引号”" + "长" * 120)[:120]
        revision = workflow.submit(make_draft(unit=unit, title=title), by=signers[0])
        for signer in signers[1:]:
            revision = workflow.sign_off(revision, by=signer, remark="意见很长。" * 100)
        text = self.text(self.form(revision))
        self.assertIn("#strong[粗]$x$*星*@甲", text)
        self.assertIn("意见很长。意见很长。", text)
        self.assertIn("…", text)

    def test_a_draft_has_a_form_with_empty_rows(self):
        text = self.text(self.form(make_draft()))
        self.assertIn("尚未提交", text)
        self.assertIn("领导小组", text)
