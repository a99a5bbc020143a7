"""The desk of clerks and signers: who sees what, and every way around the workflow that fails."""

import io
import re

import openpyxl
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.choices import Category
from dingyuan_portal import roles
from disclosures import workflow
from disclosures.admin.steps import STEPS
from disclosures.choices import EntryKind, ReviewLevel, RevisionState
from disclosures.files import MAX_BYTES
from disclosures.models import Attachment, Disclosure, LedgerEntry, Revision, Signoff
from tests import samples
from tests.factories import (
    make_attachment,
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_duty,
    make_matter,
    make_restricted_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_village,
    make_withdrawn,
)

LIST = reverse("admin:disclosures_revision_changelist")
ADD = reverse("admin:disclosures_revision_add")


def page(revision):
    return reverse("admin:disclosures_revision_change", args=[revision.pk])


def step(name, revision):
    return reverse(f"admin:disclosures_revision_{name.replace('-', '_')}", args=[revision.pk])


def file_page(attachment):
    return reverse("admin:disclosures_revision_file", args=[attachment.pk])


class DeskCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()
        cls.matter = make_matter(units=[cls.unit])
        cls.signers = make_signers(cls.unit)
        cls.clerk, cls.section, cls.deputy, cls.office, cls.leader = cls.signers
        cls.other_unit = make_unit()
        cls.stranger = make_signers(cls.other_unit)[0]
        cls.auditor = make_auditor()
        cls.root = make_user("root", is_superuser=True)

    def sign_in(self, person):
        self.client.force_login(person)

    def take(self, name, revision, by, **data):
        """Press a button; the messages that the person then reads."""
        self.sign_in(by)
        response = self.client.post(step(name, revision), data, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    def state(self, revision):
        return Revision.objects.values_list("state", "level").get(pk=revision.pk)

    def form(self, **changes):
        """What the form of a draft sends."""
        return {
            "unit": self.unit.pk,
            "matter": self.matter.pk,
            "title": "关于分配结果的公示",
            "body": "<p>现予公示。</p>",
            "formed_on": timezone.localdate().isoformat(),
            "validity": "valid",
            "genre": "other",
            "subject": "general",
            "attachments-TOTAL_FORMS": "0",
            "attachments-INITIAL_FORMS": "0",
        } | changes

    def attached(self, upload, **changes):
        return self.form(**{"attachments-TOTAL_FORMS": "1", "attachments-0-file": upload} | changes)


class WhoSeesWhat(DeskCase):
    def test_the_page_of_a_draft(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        self.assertEqual(self.client.get(page(draft)).status_code, 302)
        for person, status in [
            (self.clerk, 200),
            (self.section, 200),
            (self.office, 200),
            (self.leader, 200),
            (self.auditor, 200),
            (self.root, 200),
            (self.stranger, 302),
        ]:
            with self.subTest(person=person.username):
                self.sign_in(person)
                self.assertEqual(self.client.get(page(draft)).status_code, status)

    def test_a_citizen_with_an_account_is_no_staff(self):
        self.sign_in(make_user(is_staff=False, role=roles.AUDITOR))
        self.assertEqual(self.client.get(LIST).status_code, 302)

    def test_another_units_draft_is_refused_with_a_reason(self):
        draft = make_draft(unit=self.unit, matter=self.matter, title="别的单位看不到的标题")
        self.sign_in(self.stranger)
        for address in (page(draft), LIST):
            response = self.client.get(address, follow=True)
            self.assertNotContains(response, draft.title)
        response = self.client.get(page(draft), follow=True)
        self.assertContains(response, "属于别的单位")

    def test_no_step_reaches_another_units_draft(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        for name in (*STEPS, "revise", "discard"):
            with self.subTest(name):
                words = self.take(name, draft, self.stranger, remark="x", reason="x")
                self.assertIn("属于别的单位", words)
        self.assertEqual(self.state(draft), (RevisionState.DRAFT, None))

    def test_another_units_file_is_not_handed_out(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        attachment = make_attachment(draft)
        make_draft(unit=self.other_unit)
        for person, status in [
            (None, 302),
            (self.stranger, 404),
            (self.clerk, 200),
            (self.auditor, 200),
        ]:
            with self.subTest(person=person):
                self.client.logout()
                if person:
                    self.sign_in(person)
                self.assertEqual(self.client.get(file_page(attachment)).status_code, status)

    def test_a_clerk_is_offered_the_own_units_current_leaves_only(self):
        theirs = make_matter(units=[self.other_unit])
        retired = make_matter(units=[self.unit], retired_on=timezone.localdate())
        self.sign_in(self.clerk)
        form = self.client.get(ADD).context["adminform"].form
        self.assertEqual(list(form.fields["unit"].queryset), [self.unit])
        offered = set(form.fields["matter"].queryset)
        self.assertIn(self.matter, offered)
        self.assertFalse({theirs, retired, self.matter.parent} & offered)

    def test_a_village_is_asked_for_where_the_unit_has_villages(self):
        village = make_village()
        for clerk, asked in [(self.clerk, False), (make_signers(village.parent)[0], True)]:
            with self.subTest(clerk=clerk.username):
                self.sign_in(clerk)
                field = self.client.get(ADD).context["adminform"].form["village"]
                self.assertEqual(not field.is_hidden, asked)

    def test_only_clerks_may_begin_a_draft(self):
        for person, status in [
            (self.clerk, 200),
            (self.section, 403),
            (self.office, 403),
            (self.auditor, 403),
            (self.root, 403),
        ]:
            with self.subTest(person=person.username):
                self.sign_in(person)
                self.assertEqual(self.client.get(ADD).status_code, status)
                if status == 403:
                    self.assertEqual(self.client.post(ADD, self.form()).status_code, 403)
        self.assertFalse(Disclosure.objects.exists())

    def test_buttons_are_exactly_the_steps_open_to_the_person(self):
        steps = (*STEPS, "revise", "discard")

        def buttons(revision, person):
            self.sign_in(person)
            html = self.client.get(page(revision)).content.decode()
            return {name for name in steps if step(name, revision) in html} | {
                name for name in ("_save", "_submit") if f'name="{name}"' in html
            }

        draft = make_draft(unit=self.unit, matter=self.matter)
        waiting = make_revision(unit=self.unit, matter=self.matter, approvals=0)
        returned = make_returned(unit=self.unit, matter=self.matter)
        live = make_disclosure(unit=self.unit, matter=self.matter).live_revision
        gone = make_withdrawn(unit=self.unit, matter=self.matter).live_revision
        for revision, person, expected in [
            (draft, self.clerk, {"_save", "_submit", "discard", "screen"}),
            (draft, self.section, set()),
            (draft, self.office, {"recategorise"}),
            (draft, self.root, set()),
            (waiting, self.clerk, set()),
            (waiting, self.section, {"sign", "return"}),
            (waiting, self.deputy, set()),
            (waiting, self.auditor, set()),
            (waiting, self.root, set()),
            (returned, self.clerk, {"revise"}),
            (returned, self.section, set()),
            (live, self.clerk, {"revise", "withdraw", "validity"}),
            (live, self.office, {"takedown"}),
            (live, self.auditor, set()),
            (live, self.root, set()),
            (gone, self.clerk, set()),
            (gone, self.office, set()),
        ]:
            with self.subTest(state=revision.state, person=person.username):
                self.assertEqual(buttons(revision, person), expected)


class Drafting(DeskCase):
    def setUp(self):
        self.sign_in(self.clerk)

    def assert_refused(self, response, words, field=None):
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, words)
        form = response.context["adminform"].form
        if field:
            self.assertIn(words, str(form.errors[field]))
        self.assertEqual(form["title"].value(), "关于分配结果的公示")

    def test_a_clerk_saves_a_draft_and_it_is_the_workflows(self):
        response = self.client.post(ADD, self.form())
        revision = Revision.objects.get()
        self.assertRedirects(response, page(revision))
        self.assertEqual(
            (revision.state, revision.drafter, revision.disclosure.category),
            (RevisionState.DRAFT, self.clerk, self.matter.category),
        )
        self.assertIsNotNone(revision.due_on)

    def test_saving_and_submitting_gives_the_first_signature(self):
        self.client.post(ADD, self.form(_submit="1"))
        revision = Revision.objects.get()
        self.assertEqual(self.state(revision), (RevisionState.IN_REVIEW, ReviewLevel.SECTION))
        self.assertEqual(Signoff.objects.get().signer, self.clerk)

    def test_state_level_and_time_are_no_ones_to_post(self):
        self.client.post(
            ADD,
            self.form(
                state="approved",
                level="5",
                published_at="2017-01-01 00:00",
                drafter=self.root.pk,
                index_number="U0001/2017-00001",
                number="9",
                category=Category.DECISION,
            ),
        )
        revision = Revision.objects.get()
        self.assertEqual(self.state(revision), (RevisionState.DRAFT, None))
        self.assertEqual((revision.published_at, revision.number), (None, 1))
        self.assertEqual(revision.drafter, self.clerk)
        self.assertEqual(revision.disclosure.category, self.matter.category)
        self.assertIsNone(revision.disclosure.index_number)

    def test_another_units_matter_is_refused(self):
        theirs = make_matter(units=[self.other_unit])
        response = self.client.post(ADD, self.form(matter=theirs.pk))
        self.assertIn("matter", response.context["adminform"].form.errors)
        response = self.client.post(ADD, self.form(unit=self.other_unit.pk))
        self.assertIn("unit", response.context["adminform"].form.errors)
        self.assertFalse(Disclosure.objects.exists())

    def test_what_is_missing_is_said_at_its_field(self):
        self.assert_refused(self.client.post(ADD, self.form(body="")), "请填写正文", "body")
        restricted = make_restricted_matter(units=[self.unit])
        response = self.client.post(ADD, self.form(matter=restricted.pk))
        self.assert_refused(response, "请写明在何处、何时公开", "shown_where")
        self.assertFalse(Disclosure.objects.exists())

    def test_only_an_interpretation_interprets(self):
        policy = make_disclosure(unit=self.unit, matter=self.matter)
        response = self.client.post(ADD, self.form(interprets=policy.index_number))
        self.assert_refused(response, "只有政策解读可以填写解读的文件")
        matter = make_matter(units=[self.unit], category=Category.INTERPRETATION)
        self.client.post(ADD, self.form(matter=matter.pk, interprets=policy.index_number))
        self.assertEqual(policy.interpretations.count(), 1)

    def test_scripts_in_the_text_are_dropped(self):
        self.client.post(ADD, self.form(body='<p onclick="x()">好<script>alert(1)</script></p>'))
        self.assertEqual(Revision.objects.get().body, "<p>好</p>")

    def test_the_second_of_two_clerks_is_told_and_may_insist(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        seen = draft.updated_at.isoformat()
        draft.summary = "同事写的"
        workflow.save_draft(draft, by=self.clerk)
        mine = self.form(seen_at=seen, summary="我写的")
        response = self.client.post(page(draft), mine)
        self.assert_refused(response, "有人保存过新的内容")
        self.assertContains(response, "现在保存着的与您填写的不同")
        self.assertContains(response, "我写的")
        draft.refresh_from_db()
        self.assertEqual(draft.summary, "同事写的")
        again = response.context["adminform"].form["seen_at"].value()
        self.client.post(page(draft), mine | {"seen_at": again})
        draft.refresh_from_db()
        self.assertEqual(draft.summary, "我写的")

    def test_a_submitted_revision_takes_no_more_changes(self):
        for revision in (
            make_revision(unit=self.unit, matter=self.matter),
            make_disclosure(unit=self.unit, matter=self.matter).live_revision,
            make_returned(unit=self.unit, matter=self.matter),
        ):
            for person in (self.clerk, self.section, self.office, self.root):
                with self.subTest(state=revision.state, person=person.username):
                    self.sign_in(person)
                    response = self.client.post(page(revision), self.form(title="偷改的标题"))
                    self.assertEqual(response.status_code, 403)
                    revision.refresh_from_db()
                    self.assertNotEqual(revision.title, "偷改的标题")

    def test_nobody_deletes_through_the_admin(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        live = make_disclosure(unit=self.unit, matter=self.matter)
        self.root.user_permissions.set(Permission.objects.all())
        self.sign_in(self.root)
        for name, row in [
            ("revision", draft),
            ("revision", live.live_revision),
            ("disclosure", live),
            ("signoff", Signoff.objects.first()),
        ]:
            with self.subTest(name):
                address = reverse(f"admin:disclosures_{name}_delete", args=[row.pk])
                self.assertEqual(self.client.post(address, {"post": "yes"}).status_code, 403)
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())

    def test_a_clerk_throws_the_own_draft_away(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        self.take("discard", draft, self.section)
        self.assertTrue(Revision.objects.exists())
        self.take("discard", draft, self.clerk)
        self.assertFalse(Disclosure.objects.exists())


class Uploads(DeskCase):
    def setUp(self):
        self.sign_in(self.clerk)

    def test_a_file_is_kept_under_its_name_and_can_be_taken_off(self):
        upload = samples.upload("分配表.xlsx")
        self.client.post(ADD, self.attached(upload, **{"attachments-0-is_evidence": "on"}))
        attachment = Attachment.objects.get()
        self.assertEqual((attachment.name, attachment.is_evidence), ("分配表.xlsx", True))
        self.assertContains(self.client.get(page(attachment.revision)), "分配表.xlsx")
        self.client.post(reverse("admin:disclosures_revision_remove_file", args=[attachment.pk]))
        self.assertFalse(Attachment.objects.exists())

    def test_what_is_not_what_it_says_is_refused_at_the_field_and_costs_no_text(self):
        large = samples.upload("大.pdf", samples.pdf() + b"\0" * (60 * 1024 * 1024 - 1))
        self.assertGreater(large.size, MAX_BYTES)
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for upload, words in [
            (samples.upload("安装.exe", b"MZ" + b"\0" * 100), "只接受"),
            (samples.upload("改名.pdf", b"MZ" + b"\0" * 100), "内容不是 .pdf"),
            (samples.upload("图.svg", svg), "只接受"),
            (samples.upload("图.png", svg), "内容不是 .png"),
            (samples.upload("空.pdf", b" "), "内容不是 .pdf"),
            (large, "50 MB"),
        ]:
            with self.subTest(upload.name):
                response = self.client.post(ADD, self.attached(upload))
                self.assertEqual(response.status_code, 200)
                formset = response.context["inline_admin_formsets"][0].formset
                self.assertIn(words, str(formset.errors[0]["file"]))
                self.assertContains(response, words)
                self.assertContains(response, "现予公示。")
                self.assertFalse(Disclosure.objects.exists())

    def test_the_files_of_a_submitted_revision_stay(self):
        revision = make_revision(unit=self.unit, matter=self.matter, files=["附件.pdf"])
        attachment = revision.attachments.get()
        address = reverse("admin:disclosures_revision_remove_file", args=[attachment.pk])
        for person in (self.clerk, self.office, self.root):
            with self.subTest(person=person.username):
                self.sign_in(person)
                self.client.post(address)
                upload = samples.upload("新.pdf")
                self.assertEqual(
                    self.client.post(page(revision), self.attached(upload)).status_code, 403
                )
                self.assertEqual(revision.attachments.count(), 1)


class Signing(DeskCase):
    def test_four_signatures_publish_nothing_whoever_presses(self):
        revision = make_revision(unit=self.unit, matter=self.matter, approvals=3)
        for person in (*self.signers[:4], self.auditor, self.root, self.stranger):
            with self.subTest(person=person.username):
                words = self.take("sign", revision, person)
                self.assertRegex(words, "签过|没有.*岗位授权|属于别的单位")
                self.assertEqual(
                    self.state(revision), (RevisionState.IN_REVIEW, ReviewLevel.LEADING_GROUP)
                )
        self.assertFalse(Disclosure.objects.visible().exists())
        self.assertIn("信息已公开", self.take("sign", revision, self.leader))
        self.assertTrue(Disclosure.objects.visible().exists())

    def test_five_people_sign_in_turn_and_each_is_shown(self):
        revision = make_draft(unit=self.unit, matter=self.matter)
        self.take("submit", revision, self.clerk)
        for person in self.signers[1:]:
            self.take("sign", revision, person, remark=f"{person.username}同意")
        self.sign_in(self.auditor)
        html = self.client.get(page(revision)).content.decode()
        self.assertEqual(len(re.findall("is-signed", html)), 5)
        for person in self.signers[1:]:
            self.assertIn(f"{person.username}同意", html)
        self.assertIn(Disclosure.objects.get().index_number, html)

    def test_one_person_signs_one_level_only(self):
        make_duty(self.section, ReviewLevel.DEPUTY_LEADER, self.unit)
        revision = make_revision(unit=self.unit, matter=self.matter)
        self.take("sign", revision, self.section)
        words = self.take("sign", revision, self.section)
        self.assertIn("同一人不能签两个环节", words)
        self.assertEqual(revision.signoffs.count(), 2)

    def test_no_level_can_be_asked_for(self):
        revision = make_revision(unit=self.unit, matter=self.matter)
        words = self.take("sign", revision, self.leader, level="5")
        self.assertIn("没有", words)
        self.assertEqual(revision.signoffs.count(), 1)

    def test_a_link_signs_nothing(self):
        revision = make_revision(unit=self.unit, matter=self.matter)
        self.sign_in(self.section)
        self.assertEqual(self.client.get(step("sign", revision)).status_code, 405)
        self.assertEqual(revision.signoffs.count(), 1)

    def test_a_return_needs_its_reason_and_leads_to_the_next_version(self):
        revision = make_revision(unit=self.unit, matter=self.matter)
        self.assertIn("必须写明原因", self.take("return", revision, self.section, remark=" "))
        self.take("return", revision, self.section, remark="请补充依据")
        self.assertEqual(self.state(revision), (RevisionState.RETURNED, None))
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(page(revision)), "请补充依据")
        self.take("revise", revision, self.clerk)
        second = Revision.objects.get(number=2)
        self.assertEqual((second.state, second.body), (RevisionState.DRAFT, revision.body))
        self.assertContains(self.client.get(page(second)), "请补充依据")

    def test_a_correction_needs_its_note_before_it_is_submitted(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        correction = make_correction(disclosure, change_note="")
        self.assertIn("修改说明", self.take("submit", correction, self.clerk))
        self.assertEqual(self.state(correction), (RevisionState.DRAFT, None))

    def test_the_clerk_asks_for_a_withdrawal_and_two_sign_it(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        live = disclosure.live_revision
        for person, reason, words in [
            (self.office, "有误", "您不是"),
            (self.root, "有误", "您不是"),
            (self.clerk, "", "请写明原因"),
        ]:
            with self.subTest(person=person.username):
                self.assertIn(words, self.take("withdraw", live, person, reason=reason))
        self.take("withdraw", live, self.clerk, reason="面积有误")
        self.assertTrue(Disclosure.objects.visible().exists())
        withdrawal = disclosure.revisions.withdrawals().get()
        for person in make_signers(self.unit)[3:]:
            self.take("sign", withdrawal, person)
        disclosure.refresh_from_db()
        self.assertEqual(disclosure.withdrawal_reason, "面积有误")
        self.assertTrue(disclosure.is_withdrawal_signed)

    def test_the_openness_office_takes_down_at_once(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        live = disclosure.live_revision
        self.assertIn("只有政务公开办", self.take("takedown", live, self.clerk, reason="泄露"))
        self.take("takedown", live, self.office, reason="泄露身份证号")
        disclosure.refresh_from_db()
        self.assertFalse(disclosure.is_visible)
        self.assertFalse(disclosure.is_withdrawal_signed)
        # Whoever acted doesn't sign again.
        withdrawal = disclosure.revisions.withdrawals().get()
        self.assertIn("同一人不能签", self.take("sign", withdrawal, self.office))

    def test_the_office_puts_a_draft_into_another_category(self):
        draft = make_draft(unit=self.unit, matter=self.matter)
        self.take("recategorise", draft, self.clerk, category=Category.DECISION)
        self.assertEqual(Disclosure.objects.get().category, self.matter.category)
        self.take("recategorise", draft, self.office, category=Category.DECISION)
        self.assertEqual(Disclosure.objects.get().category, Category.DECISION)
        self.take("recategorise", draft, self.office, category="nonsense")
        self.assertEqual(Disclosure.objects.get().category, Category.DECISION)

    def test_approving_several_at_once_signs_each_or_says_why_not(self):
        mine = make_revision(unit=self.unit, matter=self.matter, title="轮到我的")
        later = make_revision(unit=self.unit, matter=self.matter, title="还没轮到的", approvals=1)
        self.sign_in(self.section)
        response = self.client.post(
            LIST,
            {"action": "sign_off_selected", "_selected_action": [mine.pk, later.pk]},
            follow=True,
        )
        words = [str(message) for message in response.context["messages"]]
        self.assertTrue(any("轮到我的" in word and "已签字" in word for word in words), words)
        self.assertTrue(any("还没轮到的" in word and "没有签" in word for word in words), words)
        self.assertEqual((mine.signoffs.count(), later.signoffs.count()), (2, 2))


def another_workbook():
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "另一份"
    book.save(stream)
    return stream.getvalue()


class Changes(DeskCase):
    def comparisons(self, revision, person=None):
        self.sign_in(person or self.section)
        shown = self.client.get(page(revision)).context["comparisons"]
        return {title: compared for title, _name, compared in shown}

    def test_a_signer_reads_what_a_correction_changes(self):
        disclosure = make_disclosure(
            unit=self.unit,
            matter=self.matter,
            body="<p>共补助10户。</p><table><tr><td>甲村</td><td>3</td></tr></table><p>特此公示。</p>",
            files=["旧表.xlsx", "分配表.xlsx"],
        )
        correction = make_correction(
            disclosure,
            title="更正后的标题",
            body="<p>共补助12户。</p><table><tr><td>甲村</td><td>5</td></tr></table><p>特此公示。</p>",
        )
        for attachment in correction.attachments.all():
            workflow.detach(attachment, by=self.clerk)
        make_attachment(correction, "新表.xlsx")
        make_attachment(correction, "分配表.xlsx", another_workbook())
        submitted = workflow.submit(correction, by=self.clerk)
        compared = self.comparisons(submitted)["与现在公开的相比"]
        self.assertEqual([field.heading for field in compared.fields], ["标题"])
        changed = [block for block in compared.blocks if block.kind == "changed"]
        self.assertIn("共补助<del>10</del>户", changed[0].before)
        self.assertIn("共补助<ins>12</ins>户", changed[0].after)
        self.assertIn("<td>甲村</td><td><ins>5</ins></td>", changed[1].after)
        files = {
            (file.label, getattr(file.before, "name", ""), getattr(file.after, "name", ""))
            for file in compared.files
        }
        self.assertEqual(
            files,
            {
                ("去掉", "旧表.xlsx", ""),
                ("增加", "", "新表.xlsx"),
                ("替换", "分配表.xlsx", "分配表.xlsx"),
            },
        )

    def test_what_changed_since_my_own_last_look(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        correction = make_correction(disclosure, body="<p>第一次更正。</p>")
        first = workflow.submit(correction, by=self.clerk)
        self.comparisons(first)
        workflow.send_back(first, by=self.section, remark="还要改")
        again = workflow.revise(disclosure, by=self.clerk)
        again.body = "<p>第二次更正。</p>"
        again = workflow.submit(workflow.save_draft(again, by=self.clerk), by=self.clerk)
        mine = self.comparisons(again)["与我上次看的相比"]
        self.assertIn("<del>第一次</del>", mine.blocks[0].before)
        # Somebody who never looked is shown what is live only.
        self.assertNotIn("与我上次看的相比", self.comparisons(again, self.deputy))

    def test_a_text_reopened_after_a_return_is_compared_with_what_was_returned(self):
        returned = make_returned(unit=self.unit, matter=self.matter)
        again = workflow.revise(returned.disclosure, by=self.clerk)
        self.assertEqual(self.comparisons(again)["与我上次看的相比"].count, 0)
        self.assertEqual(self.comparisons(returned), {})

    def test_markup_in_a_changed_text_stays_text(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        correction = make_correction(disclosure, body="<p>&lt;b onclick=x&gt;粗&lt;/b&gt;</p>")
        self.sign_in(self.section)
        self.assertNotContains(self.client.get(page(correction)), "<b onclick")


class Lists(DeskCase):
    def titles(self, **query):
        response = self.client.get(LIST, query)
        self.assertEqual(response.status_code, 200)
        return {revision.title for revision in response.context["cl"].result_list}

    def test_a_signer_finds_what_waits_for_that_signature(self):
        make_revision(unit=self.unit, matter=self.matter, title="等科室")
        make_revision(unit=self.unit, matter=self.matter, title="等分管", approvals=1)
        for person, expected in [
            (self.section, {"等科室"}),
            (self.deputy, {"等分管"}),
            (self.office, set()),
        ]:
            with self.subTest(person=person.username):
                self.sign_in(person)
                self.assertEqual(self.titles(mine="sign"), expected)

    def test_filters_and_search(self):
        late = make_disclosure(unit=self.unit, matter=self.matter, title="公开的")
        make_draft(
            unit=self.unit,
            matter=self.matter,
            title="草稿",
            document_number="定政办〔2026〕7号",
        )
        self.sign_in(self.auditor)
        for query, expected in [
            ({"state__exact": "draft"}, {"草稿"}),
            ({"domain": self.matter.domain_code}, {"草稿", "公开的"}),
            ({"domain": "99"}, set()),
            ({"due": "on_time"}, {"公开的"}),
            ({"due": "late"}, set()),
            ({"q": "〔2026〕7号"}, {"草稿"}),
            ({"q": late.index_number}, {"公开的"}),
        ]:
            with self.subTest(query):
                self.assertEqual(self.titles(**query), expected)

    def test_its_queries_do_not_grow_with_the_rows(self):
        self.sign_in(self.auditor)
        make_disclosure(unit=self.unit, matter=self.matter)
        with CaptureQueriesContext(connection) as few:
            self.client.get(LIST)
        for _ in range(5):
            make_revision(unit=self.unit, matter=self.matter)
        with self.assertNumQueries(len(few)):
            self.client.get(LIST)

    def test_every_list_and_record_opens_and_changes_nothing(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter)
        for name, row in [("disclosure", disclosure), ("signoff", Signoff.objects.first())]:
            for person in (self.auditor, self.root):
                with self.subTest(name=name, person=person.username):
                    self.sign_in(person)
                    listed = reverse(f"admin:disclosures_{name}_changelist")
                    self.assertEqual(self.client.get(listed).status_code, 200)
                    address = reverse(f"admin:disclosures_{name}_change", args=[row.pk])
                    self.assertEqual(self.client.get(address).status_code, 200)
                    self.assertEqual(self.client.post(address, {}).status_code, 403)
                    added = reverse(f"admin:disclosures_{name}_add")
                    self.assertEqual(self.client.get(added).status_code, 403)

    def test_an_auditor_takes_the_records_home_and_a_clerk_does_not(self):
        disclosure = make_disclosure(unit=self.unit, matter=self.matter, title="=SUM(A1)")
        for name, rows in [("disclosure", 1), ("signoff", 5)]:
            with self.subTest(name):
                address = reverse(f"admin:disclosures_{name}_export")
                self.sign_in(self.clerk)
                self.assertEqual(self.client.post(address, {"format": "0"}).status_code, 403)
                self.sign_in(self.auditor)
                response = self.client.post(address, {"format": "0", "resource": "0"})
                sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
                self.assertEqual(sheet.max_row, rows + 1)
                cells = [cell for row in sheet.iter_rows() for cell in row]
                self.assertNotIn("f", {cell.data_type for cell in cells})
                self.assertIn(disclosure.index_number, [cell.value for cell in cells])

    def test_duties_are_the_system_administrators(self):
        administrator = make_user("sysadmin", role=roles.ADMINISTRATOR)
        address = reverse("admin:disclosures_duty_add")
        data = {"user": self.stranger.pk, "level": 2, "unit": self.unit.pk}
        refused = [(person, 403) for person in (self.clerk, self.auditor, self.office)]
        for person, status in [*refused, (administrator, 302)]:
            with self.subTest(person=person.username):
                self.sign_in(person)
                self.assertEqual(self.client.post(address, data).status_code, status)
        self.assertTrue(LedgerEntry.objects.filter(kind=EntryKind.DUTY, person=administrator))
        self.assertEqual(self.stranger.duties.count(), 2)
