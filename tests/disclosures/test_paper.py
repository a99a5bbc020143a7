"""The sign-off form: one page whatever the texts, with all that was signed."""

import io
import re
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from catalog import typesetting
from disclosures import workflow
from disclosures.choices import ReviewLevel, RevisionKind
from disclosures.models import Revision
from disclosures.paper import form as paper_form
from disclosures.paper import sign_off_form
from tests.factories import (
    make_correction,
    make_disclosure,
    make_draft,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    publish,
)
from tests.marks import needs_fonts

SITE = "https://example.gov.cn"


def printed(revision, base_url=SITE):
    """The pages of the form, each as its text without spaces."""
    reader = PdfReader(io.BytesIO(sign_off_form(revision, base_url=base_url)))
    return [re.sub(r"[\s\u200b]", "", page.extract_text()) for page in reader.pages]


def without_spaces(text):
    return "".join(text.split())


@needs_fonts
class FormTest(TestCase):
    def only_page(self, revision, **kwargs):
        pages = printed(revision, **kwargs)
        self.assertEqual(len(pages), 1)
        return pages[0]

    def test_it_names_who_signed_when_and_in_which_row_of_the_ledger(self):
        disclosure = make_disclosure(
            title="关于危房改造的公示", document_number="定政办〔2018〕12号"
        )
        revision = disclosure.live_revision
        text = self.only_page(revision)
        signoffs = list(revision.signoffs.select_related("entry"))
        self.assertEqual(len(signoffs), 5)
        for signoff in signoffs:
            local = timezone.localtime(signoff.signed_at)
            self.assertIn(signoff.get_level_display(), text)
            self.assertIn(without_spaces(signoff.signer_name), text)
            self.assertIn(f"{local:%Y-%m-%d%H:%M:%S}", text)
            self.assertIn(f"第{signoff.entry.number}行{signoff.entry.digest[:12]}", text)
        for words in (
            "政务公开审核表",
            "关于危房改造的公示",
            "定政办〔2018〕12号",
            disclosure.index_number,
            disclosure.unit.name,
            disclosure.matter.name,
            disclosure.get_category_display(),
            revision.content_digest,
            "打印时核对相符",
            f"{SITE}/ledger/",
            "扫码看公开页面",
        ):
            self.assertIn(without_spaces(words), text)
        self.assertNotIn("篇幅所限", text)

    def test_it_stays_one_page_with_the_longest_texts_and_says_what_was_cut(self):
        revision = make_draft(title="很" * 119 + "长")
        signers = make_signers(revision.disclosure.unit)
        revision = workflow.submit(revision, by=signers[0])
        for signer in signers[1:]:
            revision = workflow.sign_off(revision, by=signer, remark="请核对" * 166 + "完毕")
        text = self.only_page(revision)
        self.assertIn("很" * 119 + "长", text)  # a title is set smaller before it is cut
        self.assertNotIn("完毕", text)
        self.assertEqual(text.count("请核对…") + text.count("请核…") + text.count("请…"), 4)
        self.assertIn("带“…”的栏目篇幅所限未印全", text)
        for signoff in revision.signoffs.all():
            self.assertIn(without_spaces(signoff.signer_name), text)

    def test_a_long_run_of_letters_is_broken_at_the_edge_of_its_cell(self):
        reader = PdfReader(io.BytesIO(sign_off_form(make_revision(title="W" * 120))))
        lines = set()

        def look(text, matrix, *_font):
            if "WW" in text.replace("\u200b", ""):
                lines.add(round(matrix[5]))

        reader.pages[0].extract_text(visitor_text=look)
        self.assertGreater(len(lines), 1)

    def test_what_typst_would_read_as_markup_is_printed_as_typed(self):
        title = r'#panic("x") $a^2$ *粗* _斜_ @引用 <标签> \ = 一 // 注 `码` ~ "引"'
        remark = "#set page(width: 1cm)\n[括号] {花括号} 'x' --- ..."
        revision = make_revision(title=title)
        section = make_signers(revision.disclosure.unit)[1]
        revision = workflow.sign_off(revision, by=section, remark=remark)
        text = self.only_page(revision)
        self.assertIn(without_spaces(title), text)
        self.assertIn(without_spaces(remark), text)

    def test_a_deputy_is_named_with_whom_he_stands_in_for(self):
        unit = make_unit()
        section = make_signers(unit)[1]
        deputy = make_user("stand-in", first_name="代签人甲")
        today = timezone.localdate()
        workflow.hand_over(
            section.duties.get(),
            to=deputy,
            starts_on=today,
            ends_on=today + timedelta(days=1),
            reason="出差",
            by=section,
        )
        revision = workflow.sign_off(make_revision(unit=unit), by=deputy)
        self.assertIn(without_spaces(f"代签人甲(代{section.first_name})"), self.only_page(revision))

    def test_a_draft_is_printed_unsigned_and_without_a_code(self):
        text = self.only_page(make_draft())
        self.assertIn("草稿，尚未提交", text)
        self.assertNotIn("同意", text)
        self.assertNotIn("扫码", text)

    def test_a_return_stands_in_its_row_with_the_reason(self):
        text = self.only_page(make_returned(approvals=1, remark="请补充依据"))
        self.assertIn("退回请补充依据", text)

    def test_a_signature_that_was_undone_is_not_shown_as_given(self):
        revision = make_revision(approvals=2)
        signers = make_signers(revision.disclosure.unit)
        revision = workflow.send_back(
            revision, by=signers[3], remark="请科室再核", to=ReviewLevel.SECTION
        )
        text = self.only_page(revision)
        self.assertEqual(text.count("同意"), 1)
        self.assertIn("第2轮审签", text)

    def test_a_withdrawal_skips_two_levels_and_gives_its_reason(self):
        disclosure = make_disclosure()
        clerk, *_, leader = make_signers(disclosure.unit)
        withdrawal = workflow.propose_withdrawal(disclosure, by=clerk, reason="数据有误")
        text = self.only_page(withdrawal)
        self.assertEqual(text.count("本类型不经此环节"), 2)
        self.assertIn("撤下原因数据有误", text)
        self.assertIn("生效时间尚未生效", text)
        signed = publish(withdrawal)
        self.assertEqual(signed.kind, RevisionKind.WITHDRAWAL)
        self.assertNotIn("尚未生效", self.only_page(signed))
        self.assertIn(without_spaces(leader.first_name), self.only_page(signed))

    def test_a_correction_says_of_what_kind_it_is(self):
        correction = make_correction(make_disclosure(), change_note="更正面积")
        text = self.only_page(correction)
        self.assertIn("第2版公开文本（内容修改）", text)
        self.assertIn("修改说明更正面积", text)

    def test_content_that_no_longer_has_its_digest_is_told(self):
        revision = make_revision()
        revision.title = "改过的标题"  # in memory only: triggers guard the row
        self.assertIn("打印时核对不符", self.only_page(revision))

    def test_the_code_leads_to_the_public_page(self):
        disclosure = make_disclosure()
        revision = disclosure.live_revision
        with mock.patch.object(
            paper_form.segno, "make_qr", wraps=paper_form.segno.make_qr
        ) as drawn:
            sign_off_form(revision, base_url=SITE + "/")
            with override_settings(SITE=settings.SITE | {"domain": "zwgk.example.gov.cn"}):
                sign_off_form(revision, base_url="http://10.0.0.1")
        self.assertEqual(
            [call.args[0] for call in drawn.call_args_list],
            [
                f"{SITE}{disclosure.get_absolute_url()}",
                f"https://zwgk.example.gov.cn{disclosure.get_absolute_url()}",
            ],
        )

    def test_a_demonstration_site_says_so(self):
        revision = make_draft()
        with override_settings(SITE=settings.SITE | {"is_demo": True}):
            text = self.only_page(revision)
        self.assertIn("演示站点，本表不作凭证", text)
        with override_settings(SITE=settings.SITE | {"is_demo": False}):
            self.assertNotIn("演示", self.only_page(revision))

    def test_without_a_chinese_font_it_refuses_rather_than_print_boxes(self):
        fonts = mock.Mock(families=lambda: ["DejaVu Sans"])
        with (
            mock.patch.object(typesetting, "_installed", return_value=fonts),
            self.assertRaisesMessage(typesetting.TypesettingError, "fonts-noto-cjk"),
        ):
            sign_off_form(make_draft())


@needs_fonts
class FormViewTest(TestCase):
    def setUp(self):
        self.revision = make_disclosure().live_revision
        self.address = reverse("admin:disclosures_revision_form", args=[self.revision.pk])

    def test_the_desk_links_to_the_form(self):
        self.client.force_login(make_signers(self.revision.disclosure.unit)[0])
        desk = self.client.get(
            reverse("admin:disclosures_revision_change", args=[self.revision.pk])
        )
        self.assertContains(desk, f'href="{self.address}"')
        response = self.client.get(self.address)
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertIn("no-store", response["Cache-Control"])
        self.assertEqual(len(PdfReader(io.BytesIO(response.content)).pages), 1)

    def test_another_unit_gets_nothing(self):
        self.client.force_login(make_signers(make_unit())[0])
        response = self.client.get(self.address)
        self.assertRedirects(response, reverse("admin:disclosures_revision_changelist"))

    def test_a_missing_font_is_told_at_the_desk(self):
        self.client.force_login(make_signers(self.revision.disclosure.unit)[0])
        fonts = mock.Mock(families=list)
        with mock.patch.object(typesetting, "_installed", return_value=fonts):
            response = self.client.get(self.address, follow=True)
        self.assertContains(response, "服务器上没有中文字体")

    def test_it_asks_no_more_with_more_attachments(self):
        few = make_disclosure(files=["一.pdf"]).live_revision
        many = make_disclosure(files=[f"{number}.pdf" for number in range(6)]).live_revision
        counts = []
        for revision in (few, many):
            revision = Revision.objects.select_related(
                "disclosure__unit", "disclosure__matter", "replacement"
            ).get(pk=revision.pk)
            with self.assertNumQueries(8):
                sign_off_form(revision)
            counts.append(revision.attachments.count())
        self.assertEqual(counts, [1, 6])
