"""``manage.py demo_disclosures``: a believable, lawful history for a demonstration site."""

import io
import re
import tempfile
from collections import Counter
from datetime import timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path
from unittest import mock

import docx
import openpyxl
import pypdf
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog import workdays
from catalog.choices import Category, UnitKind
from catalog.models import Matter
from dingyuan_portal.models import AccountTerm
from disclosures import evidence, workflow
from disclosures.annual.report import fill
from disclosures.choices import ReviewLevel, RevisionState, Verdict
from disclosures.demo import documents, recipes
from disclosures.demo.county import GUIDE, County
from disclosures.demo.filling import chinese_date
from disclosures.demo.stage import Stage
from disclosures.demo.statements import plan_statements
from disclosures.demo.story import write_story
from disclosures.models import (
    AnnualReport,
    Attachment,
    Disclosure,
    Evidence,
    Explanation,
    OfflineDisclosure,
    Revision,
    Signoff,
)

COUNT = 96

# 《政务公开门户必须满足的公开标准》§8.3; no right-hand boundary, so that longer numbers are caught.
IDENTITY_NUMBER = re.compile(
    r"(?<![0-9])[1-8]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[0-9Xx]"
)
MOBILE_NUMBER = re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
LONG_NUMBER = re.compile(r"\d{12,}")
PEOPLE = re.compile(r"户主|被征收人|申请人|承租人|领取人|权利人|安置户|考生")


def leaks(text):
    return [
        found[0]
        for rule in (IDENTITY_NUMBER, MOBILE_NUMBER, LONG_NUMBER)
        if (found := rule.search(text))
    ]


def attachment_text(attachment):
    content = io.BytesIO(attachment.file.read())
    if attachment.extension == "xlsx":
        book = openpyxl.load_workbook(content)
        return " | ".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    if attachment.extension == "docx":
        word = docx.Document(content)
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        return " | ".join([paragraph.text for paragraph in word.paragraphs] + cells)
    if attachment.extension == "pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(content).pages)
    return ""


def tables_of(body):
    """Each table of a text as rows of plain cells, the heads first."""
    for table in re.findall(r"<table>.*?</table>", body, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        yield [
            [
                unescape(re.sub(r"<[^>]+>", "", cell))
                for cell in re.findall(r"<t[hd].*?</t[hd]>", row)
            ]
            for row in rows
        ]


def snapshot():
    return (
        list(Disclosure.objects.order_by("pk").values_list()),
        list(Revision.objects.order_by("pk").values_list()),
        list(Signoff.objects.order_by("pk").values_list()),
        list(Attachment.objects.order_by("pk").values_list()),
    )


@override_settings(DEMO=True)
class DemoDisclosuresTest(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.media = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(override_settings(MEDIA_ROOT=cls.media))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls):
        call_command("load_pilot", stdout=io.StringIO())
        cls.output = io.StringIO()
        call_command("demo_disclosures", count=COUNT, seed=1, stdout=cls.output)

    def test_makes_as_many_as_asked_and_says_so(self):
        self.assertEqual(Disclosure.objects.count(), COUNT)
        self.assertIn(f"已生成演示公开信息{COUNT}条", self.output.getvalue())

    def test_each_cell_of_the_matrix_has_something_to_read(self):
        cells = {
            (disclosure.matter.domain_code, disclosure.category)
            for disclosure in Disclosure.objects.visible().select_related("matter")
        }
        wanted = {
            (domain.code, category) for domain in Matter.objects.domains() for category in Category
        }
        self.assertEqual(wanted - cells, set())

    def test_each_visible_text_has_five_signatures_of_five_people(self):
        for disclosure in Disclosure.objects.visible().select_related("live_revision"):
            signoffs = disclosure.live_revision.signoffs.filter(verdict=Verdict.APPROVED)
            self.assertEqual({signoff.level for signoff in signoffs}, set(ReviewLevel))
            self.assertEqual(len({signoff.signer_id for signoff in signoffs}), len(ReviewLevel))

    def test_something_is_in_every_stage_of_the_work(self):
        waiting = Counter(
            Revision.objects.filter(state=RevisionState.IN_REVIEW).values_list("level", flat=True)
        )
        self.assertEqual(set(waiting), set(ReviewLevel) - {ReviewLevel.SUBMITTER})
        today = timezone.localdate()
        for name, revisions in {
            "draft": Revision.objects.filter(state=RevisionState.DRAFT),
            "returned": Revision.objects.filter(state=RevisionState.RETURNED),
            "overdue": Revision.objects.overdue(today),
            "due soon": Revision.objects.due_between(today, workdays.add(today, 5)),
            "late": Disclosure.objects.late(),
            "on time": Disclosure.objects.on_time(),
            "withdrawn": Disclosure.objects.exclude(withdrawal_reason=""),
        }.items():
            with self.subTest(name):
                self.assertTrue(revisions.exists())

    def test_a_correction_changes_the_text_and_says_what(self):
        corrections = Disclosure.objects.visible().exclude(live_revision__change_note="")
        self.assertTrue(corrections)
        for disclosure in corrections:
            first, second = disclosure.revisions.order_by("number")
            self.assertNotEqual(first.body, second.body)
            self.assertEqual(first.state, RevisionState.APPROVED)
            self.assertLess(disclosure.published_at, second.published_at)

    def test_what_was_sent_back_says_why(self):
        returned = Signoff.objects.filter(verdict=Verdict.RETURNED)
        self.assertTrue(returned)
        for signoff in returned:
            self.assertGreater(len(signoff.remark), 10)

    def test_dates_run_forward_from_formation_to_publication(self):
        for disclosure in Disclosure.objects.published().prefetch_related("revisions"):
            first = disclosure.revisions.order_by("number").first()
            published_on = timezone.localdate(disclosure.published_at)
            self.assertLessEqual(first.formed_on, first.issued_on)
            self.assertLessEqual(first.issued_on, published_on)
            self.assertTrue(workdays.is_workday(published_on), published_on)
            moments = [
                timezone.localtime(signoff.signed_at) for signoff in first.signoffs.order_by("pk")
            ]
            self.assertEqual(moments, sorted(moments))
            self.assertTrue(all(8 <= moment.hour < 18 for moment in moments))
        self.assertFalse(Signoff.objects.filter(signed_at__gt=timezone.now()).exists())

    def test_index_numbers_rise_with_the_time_of_publication(self):
        series = {}
        for disclosure in Disclosure.objects.published().order_by("published_at"):
            series.setdefault(disclosure.index_number[:-6], []).append(disclosure.index_number)
        self.assertGreater(max(map(len, series.values())), 1)
        for numbers in series.values():
            self.assertEqual(numbers, sorted(numbers))

    def test_an_interpretation_follows_its_policy_within_three_working_days(self):
        interpretations = Disclosure.objects.visible().filter(category=Category.INTERPRETATION)
        self.assertTrue(interpretations)
        for disclosure in interpretations.select_related("interprets", "live_revision"):
            policy = disclosure.interprets
            self.assertEqual(policy.category, Category.DECISION)
            self.assertLess(policy.published_at, disclosure.published_at)
            days = workdays.between(
                timezone.localdate(policy.published_at), timezone.localdate(disclosure.published_at)
            )
            self.assertLessEqual(days, 3)
            self.assertIn(policy.live_revision.document_number, disclosure.live_revision.body)

    def test_no_text_or_file_gives_an_identity_or_telephone_number_away(self):
        self.assertTrue(leaks("身份证 34112519900101123X 电话 138 0000 0000"))
        for revision in Revision.objects.all():
            self.assertEqual(leaks(f"{revision.title} {revision.summary} {revision.body}"), [])
        kinds = set()
        for attachment in Attachment.objects.all():
            kinds.add(attachment.extension)
            self.assertEqual(
                leaks(f"{attachment.name} {attachment_text(attachment)}"), [], attachment
            )
        self.assertEqual(kinds, {"xlsx", "docx", "pdf", "jpg"})

    def test_citizens_named_in_tables_are_masked(self):
        named = 0
        for revision in Revision.objects.all():
            for heads, *rows in tables_of(revision.body):
                columns = [at for at, head in enumerate(heads) if PEOPLE.match(head)]
                for row in rows:
                    if row[0] == "合计":
                        continue
                    for at in columns:
                        named += 1
                        self.assertRegex(row[at], r"^.某+$", revision.title)
        self.assertGreater(named, 20)

    def test_tables_add_up(self):
        checked = 0
        finals = Revision.objects.filter(
            pk__in=Disclosure.objects.visible().values("live_revision")
        )
        for revision in finals:
            for _heads, *rows in tables_of(revision.body):
                if rows[-1][0] != "合计":
                    continue
                for at, total in enumerate(rows[-1][1:], start=1):
                    if total:
                        checked += 1
                        parts = sum(float(row[at]) for row in rows[:-1])
                        self.assertAlmostEqual(parts, float(total), 3, revision.title)
        self.assertGreater(checked, 10)

    def test_bodies_are_finished_texts(self):
        for revision in Revision.objects.all():
            self.assertNotRegex(
                revision.body, r"[{}]|示例|测试(数据|内容|信息)|None", revision.title
            )
            self.assertGreater(len(re.sub(r"<[^>]+>", "", revision.body)), 150, revision.title)
            self.assertLessEqual(len(revision.summary), 100)
            self.assertIn(chinese_date(revision.issued_on), revision.body)

    def test_titles_and_document_numbers_are_not_used_twice(self):
        first = Revision.objects.filter(number=1)
        titles = Counter(first.values_list("title", flat=True))
        self.assertEqual([title for title, count in titles.items() if count > 1], [])
        numbers = Counter(
            first.exclude(document_number="").values_list("document_number", flat=True)
        )
        self.assertGreater(len(numbers), 5)
        self.assertEqual(max(numbers.values()), 1)

    def test_what_is_not_for_the_public_site_tells_where_it_was_shown_and_keeps_a_photo(self):
        restricted = Disclosure.objects.published().filter(matter__in=Matter.objects.restricted())
        self.assertTrue(restricted)
        for disclosure in restricted:
            revision = disclosure.live_revision
            self.assertTrue(revision.shown_where)
            self.assertEqual(revision.shown_until - revision.shown_from, timedelta(days=7))
            self.assertTrue(revision.attachments.filter(is_evidence=True, name__endswith=".jpg"))
        evidence = Attachment.objects.filter(is_evidence=True)
        self.assertEqual(
            evidence.exclude(revision__disclosure__matter__in=Matter.objects.restricted()).count(),
            0,
        )

    def test_a_second_run_changes_nothing(self):
        before, output = snapshot(), io.StringIO()
        call_command("demo_disclosures", count=COUNT, seed=1, stdout=output)
        self.assertEqual(snapshot(), before)
        self.assertIn("未作任何改动", output.getvalue())

    def test_the_same_seed_tells_the_same_story(self):
        now = timezone.localtime()
        told = [
            [
                (plan.final.title, plan.final.body, plan.steps)
                for plan in write_story(County(), 24, seed, now)
            ]
            for seed in (3, 3, 4)
        ]
        self.assertEqual(told[0], told[1])
        self.assertNotEqual(told[0], told[2])

    def test_units_explain_what_is_empty_and_show_things_off_line(self):
        explained = Explanation.objects.order_by().values_list("state")
        counts = dict(explained.annotate(number=Count("pk")))
        self.assertGreater(counts["signed"], 300)
        self.assertTrue(counts["pending"] and counts["returned"])
        self.assertFalse(set(counts) - {"signed", "pending", "returned"})
        self.assertTrue(OfflineDisclosure.objects.signed().exists())
        for piece in Evidence.objects.all():
            self.assertIn("演示", piece.name)
            self.assertEqual(Image.open(piece.file).format, "JPEG")
        self.assertEqual(evidence.verify(lambda label, count: None).problems, [])

    def test_nobody_explains_what_somebody_published(self):
        for explanation in Explanation.objects.filter(state="signed").select_related("matter"):
            publisher = explanation.publisher
            found = Disclosure.objects.filter(matter=explanation.matter, unit=publisher)
            self.assertFalse(found.exists(), explanation)

    def test_the_same_seed_states_the_same(self):
        now = timezone.localtime()
        plans = write_story(County(), 24, 3, now)
        times = [[act.at for act in plan_statements(plans, seed, now)] for seed in (3, 3, 4)]
        self.assertEqual(times[0], times[1])
        self.assertNotEqual(times[0], times[2])

    def test_the_smallest_count_shows_every_fate(self):
        plans = write_story(County(), 40, 5, timezone.localtime())
        self.assertEqual(len(plans), 40)
        self.assertEqual(len({plan.fate for plan in plans}), 8)

    def test_an_interrupted_run_leaves_neither_rows_nor_files(self):
        from disclosures.management.commands.demo_disclosures import Command

        plans = write_story(County(), 24, 6, timezone.localtime())
        before, files = snapshot(), set(Path(self.media).rglob("*.*"))
        with (
            mock.patch.object(workflow, "propose_withdrawal", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            Command(stdout=io.StringIO())._play(plans, [], 6)
        self.assertEqual(snapshot(), before)
        self.assertEqual(set(Path(self.media).rglob("*.*")), files)

    def test_the_demonstration_accounts_find_work(self):
        call_command("demo_accounts", stdout=io.StringIO())
        people = {user.username: user for user in Stage(1).county.values()}
        self.assertEqual(set(people), {"office", "leader"})
        for username in ("section", "deputy", "office", "leader"):
            with self.subTest(username):
                user = Signoff.signer.field.related_model.objects.get(username=username)
                self.assertTrue(user.check_password("dingyuan-demo-2026"))
                self.assertTrue(Revision.objects.awaiting(user).exists())
        clerk = Signoff.signer.field.related_model.objects.get(username="clerk")
        self.assertTrue(Revision.objects.returned_to(clerk).exists())

    def test_the_clerk_finds_last_years_report_ready_to_be_composed(self):
        report = AnnualReport.objects.get()
        begun = timezone.localdate(report.updated_at)
        self.assertLess(timezone.localdate() - begun, timedelta(days=367))
        self.assertEqual(report.year, begun.year - 1)
        filled = fill(report)
        self.assertEqual((filled.missing, filled.problems), ([], []))
        self.assertTrue(workflow.fitting_matters(report).exists())

    def test_making_the_accounts_again_keeps_their_changed_passwords(self):
        users = Signoff.signer.field.related_model.objects
        call_command("demo_accounts", stdout=io.StringIO())
        clerk, before = users.get(username="clerk"), users.count()
        clerk.set_password("another-password-2026")
        clerk.save()
        output = io.StringIO()
        call_command("demo_accounts", stdout=output)
        self.assertIn("新建0个", output.getvalue())
        self.assertEqual(users.count(), before)
        self.assertTrue(users.get(username="clerk").check_password("another-password-2026"))
        roles = {
            user.username: set(user.groups.values_list("name", flat=True)) for user in users.all()
        }
        self.assertEqual(roles["auditor"], {"审计"})
        self.assertEqual(roles["office"], {"政务公开办"})
        self.assertEqual(roles["admin"], {"系统管理员"})
        self.assertFalse(users.filter(is_superuser=True).exists())

    def test_the_account_of_the_external_auditor_lasts_as_long_as_the_site_is_tried(self):
        def signs_in():
            data = {"username": "outsider", "password": "dingyuan-demo-2026"}
            return self.client.post(reverse("admin:login"), data).status_code == 302

        call_command("demo_accounts", stdout=io.StringIO())
        AccountTerm.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
        self.assertFalse(signs_in())
        call_command("demo_accounts", stdout=io.StringIO())
        self.assertTrue(signs_in())

    def test_each_recipe_serves_a_leaf_and_a_unit_that_answers_for_it(self):
        county = County()
        served = {(topic.recipe.key, topic.matter.code) for topic in county.topics}
        for recipe in recipes.all_recipes():
            for code in recipe.codes:
                if code != GUIDE:
                    self.assertIn((recipe.key, code), served)
        for topic in county.topics:
            self.assertTrue(county.writers(topic), topic)

    def test_each_recipe_can_be_written_by_each_kind_of_unit(self):
        county = County()
        written = set()
        for topic in county.topics:
            if topic.recipe.explains or topic.recipe.key in written:
                continue
            written.add(topic.recipe.key)
            for unit in {unit.kind: unit for unit in county.writers(topic)}.values():
                document = self._compose(county, topic, unit)
                self.assertNotRegex(document.body + document.title, r"[{}]")
                self.assertNotIn("社区村民委员会", document.body)
        self.assertGreater(len(written), 100)

    def _compose(self, county, topic, unit):
        import random

        day = timezone.localdate().replace(year=min(topic.recipe.years[1], 2024), month=6, day=3)
        return documents.compose(
            topic.recipe,
            county.setting(topic.matter, unit),
            random.Random(7),
            day,
            day,
            lambda agency, day: f"{agency}〔{day.year}〕1号",
        )

    def test_lists_in_one_table_are_of_one_length(self):
        for recipe in recipes.all_recipes():
            for line in recipe.body:
                lists = [
                    column.partition(":list ")[2].count("/")
                    for column in line.split(" | ")
                    if ":list " in column
                ]
                self.assertLessEqual(len(set(lists)), 1, f"{recipe.title}: {line}")

    def test_townships_sign_with_their_own_agency(self):
        county = County()
        agencies = set()
        for unit in county.townships:
            topic = next(topic for topic in county.topics if unit in county.writers(topic))
            agencies.add(documents.agency_of(county.setting(topic.matter, unit)))
        self.assertIn("连政", agencies)
        self.assertEqual(len(county.townships), 22)
        self.assertTrue(all(unit.kind == UnitKind.TOWNSHIP for unit in county.townships))


class RefusalTest(TestCase):
    @override_settings(DEMO=False)
    def test_both_commands_refuse_outside_a_demonstration_site(self):
        for command in ("demo_disclosures", "demo_accounts"):
            with self.subTest(command), self.assertRaisesMessage(CommandError, "DEMO=1"):
                call_command(command, stdout=io.StringIO())
        self.assertFalse(Disclosure.objects.exists())
        self.assertFalse(Signoff.signer.field.related_model.objects.exists())

    @override_settings(DEMO=True)
    def test_both_commands_ask_for_the_pilot_data_first(self):
        for command in ("demo_disclosures", "demo_accounts"):
            with self.subTest(command), self.assertRaisesMessage(CommandError, "load_pilot"):
                call_command(command, stdout=io.StringIO())

    @override_settings(DEMO=True)
    def test_too_small_a_count_is_refused(self):
        with self.assertRaisesMessage(CommandError, "20"):
            call_command("demo_disclosures", count=3, stdout=io.StringIO())


class TimingTest(TestCase):
    def test_minutes_after_the_afternoon_go_on_the_next_working_morning(self):
        from datetime import datetime

        from disclosures.demo import timing

        friday = timezone.make_aware(datetime(2024, 9, 27, 17, 0))  # noqa: DTZ001 - made aware
        # The Sunday before the National Day holiday was a make-up day.
        moments = [timing.later(friday, minutes) for minutes in (0, 29, 31)]
        self.assertEqual([moment.day for moment in moments], [27, 27, 29])
        for earlier, later in pairwise(moments):
            self.assertLess(earlier, later)
