"""What the database refuses by itself, whatever the way of writing."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import TestCase
from django.utils import timezone

from catalog.choices import Category
from disclosures.choices import ReviewLevel, RevisionState, Verdict
from disclosures.models import Attachment, Disclosure, IndexSerial, Revision, Signoff
from tests.conftest import guards
from tests.factories import (
    make_correction,
    make_disclosure,
    make_draft,
    make_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
    make_withdrawn,
)


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


class GuardCase(TestCase):
    def refused(self, message, attack, *args, **kwargs):
        """``attack`` ends in an IntegrityError that carries ``message``."""
        with self.assertRaisesMessage(IntegrityError, message), transaction.atomic():
            attack(*args, **kwargs)

    def refused_sql(self, message, statement, *params):
        self.refused(message, sql, statement, *params)


class SignatureTest(GuardCase):
    def setUp(self):
        self.disclosure = make_disclosure()
        self.signoff = Signoff.objects.get(level=ReviewLevel.SECTION)

    def test_a_signature_is_never_changed(self):
        message = "审签记录不能修改"
        self.signoff.remark = "改过"
        self.refused(message, self.signoff.save)
        self.refused(message, Signoff.objects.update, remark="改过")
        self.refused(message, Signoff.objects.filter(pk=self.signoff.pk).update, level=F("level"))
        self.refused_sql(message, "UPDATE disclosures_signoff SET signer_name = '某人'")
        self.refused(
            "",
            Signoff.objects.bulk_create,
            [self.signoff],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["remark"],
        )

    def test_a_signature_is_never_deleted(self):
        message = "审签记录不能删除"
        self.refused(message, self.signoff.delete)
        self.refused(message, Signoff.objects.all().delete)
        self.refused_sql(message, "DELETE FROM disclosures_signoff")

    @pytest.mark.sqlite  # REPLACE is its own
    def test_a_signature_is_never_replaced(self):
        waiting = make_revision()
        self.refused_sql(
            "审签记录不能删除",
            "INSERT OR REPLACE INTO disclosures_signoff (id, revision_id, level, signer_id,"
            " signer_name, verdict, remark, signed_at, content_digest, digest_algorithm,"
            " round, principal_name, overrides)"
            " SELECT %s, %s, 2, signer_id, signer_name, verdict, remark, signed_at, %s,"
            " digest_algorithm, 1, '', '' FROM disclosures_signoff WHERE id = %s",
            self.signoff.pk,
            waiting.pk,
            waiting.content_digest,
            self.signoff.pk,
        )

    @pytest.mark.postgresql  # SQLite has no TRUNCATE
    def test_the_table_of_signatures_is_never_emptied(self):
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # a transaction with checks pending can't truncate
        self.refused_sql("审签记录不能删除", "TRUNCATE disclosures_signoff")
        for table in ("revision", "disclosure", "attachment", "indexserial"):
            with self.subTest(table):
                self.refused_sql("不能删除", f"TRUNCATE disclosures_{table} CASCADE")

    def test_flushing_the_database_is_refused(self):
        if connection.vendor == "postgresql":
            sql("SET CONSTRAINTS ALL IMMEDIATE")
        with self.assertRaises(CommandError) as caught, transaction.atomic():
            call_command("flush", interactive=False, verbosity=0)
        self.assertIn("不能删除", str(caught.exception.__cause__))
        self.assertEqual(Signoff.objects.count(), 5)

    def test_people_and_units_in_the_record_are_kept(self):
        for row in (self.signoff.signer, self.signoff.unit, self.disclosure.matter):
            with self.subTest(row), self.assertRaises(IntegrityError), transaction.atomic():
                row.delete()


class ForgedSignatureTest(GuardCase):
    MESSAGE = "签字的环节、人员或内容与待签版本不符"

    def forge(self, revision, level, signer, **fields):
        defaults = {
            "verdict": Verdict.APPROVED,
            "signer_name": "某人",
            "signed_at": timezone.now(),
            "content_digest": revision.content_digest,
            "digest_algorithm": revision.digest_algorithm,
        }
        return Signoff.objects.create(
            revision=revision, level=level, signer=signer, **defaults | fields
        )

    def test_only_the_awaited_level_is_signed(self):
        revision = make_revision()
        signers = make_signers(revision.disclosure.unit)
        for level in (3, 4, 5):
            with self.subTest(level=level):
                self.refused(self.MESSAGE, self.forge, revision, level, signers[level - 1])

    def test_only_the_submitted_content_is_signed(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        self.refused(self.MESSAGE, self.forge, revision, 2, section, content_digest="f" * 64)

    def test_the_drafter_signs_the_first_level_and_no_other(self):
        revision = make_revision()
        self.refused("", self.forge, revision, 2, revision.drafter)

    def test_one_person_signs_one_level(self):
        revision = make_revision(approvals=1)
        section = make_signers(revision.disclosure.unit)[1]
        self.refused("", self.forge, revision, 3, section)

    def test_drafts_and_closed_revisions_take_no_signature(self):
        for revision in (
            make_revision(submitted=False),
            make_returned(),
            make_disclosure().live_revision,
        ):
            stranger = make_user()
            with self.subTest(revision.state):
                self.refused("", self.forge, revision, 2, stranger)

    def test_a_return_has_its_reason(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        self.refused("", self.forge, revision, 2, section, verdict=Verdict.RETURNED, remark="")

    def test_levels_are_one_to_five(self):
        revision = make_revision()
        for level in (0, 6):
            with self.subTest(level=level):
                self.refused("", self.forge, revision, level, make_user())


class PublicationTest(GuardCase):
    MESSAGE = "公开信息须经五级审签才能发布"

    def go_live(self, revision, **fields):
        defaults = {
            "live_revision": revision,
            "index_number": "X/2020-00001",
            "published_at": timezone.now(),
        }
        Disclosure.objects.filter(pk=revision.disclosure_id).update(**defaults | fields)

    def test_four_signatures_are_not_enough(self):
        for revision in (
            make_revision(submitted=False),
            *(make_revision(approvals=count) for count in range(4)),
            make_returned(approvals=3),
        ):
            with self.subTest(str(revision.state), level=revision.level):
                self.refused(self.MESSAGE, self.go_live, revision)
                self.refused_sql(
                    self.MESSAGE,
                    "UPDATE disclosures_disclosure SET live_revision_id = %s, index_number = 'X',"
                    " published_at = %s WHERE id = %s",
                    revision.pk,
                    timezone.now(),
                    revision.disclosure_id,
                )

    def test_saving_the_model_is_no_way_around(self):
        revision = make_revision(approvals=3)
        disclosure = revision.disclosure
        disclosure.live_revision = revision
        disclosure.index_number, disclosure.published_at = "X/2020-00001", timezone.now()
        self.refused(self.MESSAGE, disclosure.save)

    def test_another_disclosures_signatures_do_not_count(self):
        signed = make_disclosure().live_revision
        victim = make_draft().disclosure
        self.refused(
            self.MESSAGE,
            Disclosure.objects.filter(pk=victim.pk).update,
            live_revision=signed,
            index_number="X/2020-00001",
            published_at=timezone.now(),
        )

    def test_nothing_is_born_public(self):
        disclosure = make_disclosure()
        matter = make_matter()
        self.refused(
            self.MESSAGE,
            Disclosure.objects.bulk_create,
            [
                Disclosure(
                    matter=matter,
                    unit=disclosure.unit,
                    category=Category.RESULT,
                    live_revision=make_revision(approvals=3),
                    index_number="X/2020-00001",
                    published_at=timezone.now(),
                    created_at=timezone.now(),
                )
            ],
        )

    def test_a_live_text_is_not_taken_away_without_a_record(self):
        disclosure = make_disclosure()
        self.refused(
            "",  # two guards refuse it; which answers first is the database's choice
            Disclosure.objects.filter(pk=disclosure.pk).update,
            live_revision=None,
            index_number=None,
            published_at=None,
        )

    def test_an_unsigned_correction_does_not_go_live(self):
        disclosure = make_disclosure()
        correction = make_correction(disclosure)
        self.refused(
            self.MESSAGE,
            Disclosure.objects.filter(pk=disclosure.pk).update,
            live_revision=correction,
        )

    def test_number_and_time_come_with_the_live_text_only(self):
        revision = make_draft()
        for fields in (
            {"index_number": "X/2020-00001"},
            {"published_at": timezone.now()},
            {"index_number": "X/2020-00001", "published_at": timezone.now()},
        ):
            with self.subTest(fields=list(fields)):
                self.refused(
                    "", Disclosure.objects.filter(pk=revision.disclosure_id).update, **fields
                )


class PermanenceTest(GuardCase):
    MESSAGE = "索引号和发布时间一经产生不能修改"

    def test_index_number_publication_and_due_day_stay(self):
        disclosure = make_disclosure()
        row = Disclosure.objects.filter(pk=disclosure.pk)
        self.refused(self.MESSAGE, row.update, index_number="X/2020-00001")
        self.refused(self.MESSAGE, row.update, published_at=F("published_at") - timedelta(days=9))
        self.refused(self.MESSAGE, row.update, due_on=date(2030, 1, 1))
        disclosure.index_number = "X/2020-00001"
        self.refused(self.MESSAGE, disclosure.save)
        self.refused_sql(self.MESSAGE, "UPDATE disclosures_disclosure SET index_number = 'X'")

    def test_a_revisions_time_of_publication_stays(self):
        message = "公开时间由系统写入,不能修改"
        revision = make_disclosure().live_revision
        self.refused(message, Revision.objects.filter(pk=revision.pk).update, published_at=None)
        waiting = make_revision()
        self.refused(
            message, Revision.objects.filter(pk=waiting.pk).update, published_at=timezone.now()
        )

    def test_two_disclosures_never_share_a_number(self):
        first = make_disclosure()
        second = make_draft().disclosure
        second.index_number = first.index_number
        self.refused("", second.save)

    def test_serials_only_rise(self):
        make_disclosure()
        for fields in ({"last": 0}, {"last": F("last")}, {"year": 1999, "last": 99}):
            with self.subTest(fields=fields):
                self.refused("索引号流水只能递增", IndexSerial.objects.update, **fields)
        self.refused("索引号流水不能删除", IndexSerial.objects.all().delete)

    def test_what_was_published_is_not_deleted(self):
        for disclosure in (make_disclosure(), make_withdrawn()):
            self.refused(
                "已提交审签的信息不能删除",
                sql,
                "DELETE FROM disclosures_disclosure WHERE id = %s",
                disclosure.pk,
            )
            with self.assertRaises(IntegrityError), transaction.atomic():
                disclosure.delete()

    def test_a_withdrawal_is_not_undone(self):
        message = "撤下记录不能修改"
        row = Disclosure.objects.filter(pk=make_withdrawn().pk)
        self.refused(
            "只有未获同意的紧急撤下可以恢复公开",
            row.update,
            withdrawn_at=None,
            withdrawal_reason="",
        )
        self.refused(message, row.update, withdrawal_reason="别的原因")
        self.refused(message, row.update, withdrawn_by=make_user())

    def test_only_what_is_published_is_withdrawn(self):
        row = Disclosure.objects.filter(pk=make_draft().disclosure_id)
        self.refused("", row.update, withdrawn_at=timezone.now(), withdrawal_reason="有误")

    def test_a_withdrawal_has_its_reason(self):
        row = Disclosure.objects.filter(pk=make_disclosure().pk)
        self.refused("", row.update, withdrawn_at=timezone.now())


class FrozenTextTest(GuardCase):
    def test_no_field_of_a_submitted_text_changes(self):
        changes = {
            "title": "改",
            "body": "<p>改</p>",
            "summary": "改",
            "document_number": "改〔2020〕1号",
            "formed_on": date(2001, 1, 1),
            "issued_on": date(2001, 1, 1),
            "effective_on": date(2001, 1, 1),
            "expires_on": date(2001, 1, 1),
            "event_on": date(2001, 1, 1),
            "validity": "expired",
            "genre": "notice",
            "subject": "land",
            "keywords": "改",
            "source": "改",
            "shown_where": "改",
            "shown_from": date(2001, 1, 1),
            "shown_until": date(2001, 1, 1),
            "change_note": "改",
            "number": 9,
            "drafter": make_user(),
            "disclosure": make_draft().disclosure,
            "due_on": date(2001, 1, 1),
            "submitted_at": timezone.now() - timedelta(days=9),
            "content_digest": "f" * 64,
            "digest_algorithm": "md5",
        }
        self.assertLessEqual(set(Revision.CONTENT_FIELDS), changes.keys())
        revisions = [make_revision(), make_returned(), make_disclosure().live_revision]
        for revision in revisions:
            for name, value in changes.items():
                with self.subTest(state=revision.state, field=name):
                    self.refused(
                        "已提交的版本不能修改",
                        Revision.objects.filter(pk=revision.pk).update,
                        **{name: value},
                    )

    def test_saving_a_submitted_revision_with_another_text_is_refused(self):
        revision = make_revision()
        revision.body = "<p>改</p>"
        self.refused("已提交的版本不能修改", revision.save)

    def test_a_submitted_revision_is_not_deleted(self):
        for revision in (make_revision(), make_returned(), make_disclosure().live_revision):
            with self.subTest(revision.state):
                self.refused_sql(
                    "已提交的版本不能删除",
                    "DELETE FROM disclosures_revision WHERE id = %s",
                    revision.pk,
                )

    def test_a_draft_may_still_be_deleted_with_its_files(self):
        revision = make_revision(submitted=False, files=["甲.pdf"])
        revision.disclosure.delete()
        self.assertFalse(Disclosure.objects.exists() or Attachment.objects.exists())

    def test_the_files_of_a_submitted_revision_stay_as_they_are(self):
        for make in (
            make_revision,
            make_returned,
            lambda **kw: make_disclosure(**kw).live_revision,
        ):
            revision = make(files=["甲.pdf"])
            attachment = revision.attachments.get()
            with self.subTest(revision.state):
                self.refused("附件不能修改", Attachment.objects.update, name="乙.pdf")
                self.refused("附件不能删除", attachment.delete)
                attachment.pk = None
                attachment._state.adding = True
                self.refused("附件不能增加", attachment.save)

    def test_a_file_cannot_be_moved_into_or_out_of_a_submitted_revision(self):
        frozen = make_revision(files=["甲.pdf"])
        draft = make_revision(submitted=False, files=["乙.pdf"])
        self.refused("附件不能修改", frozen.attachments.update, revision=draft)
        self.refused("附件不能修改", draft.attachments.update, revision=frozen)

    def test_the_place_of_what_was_submitted_stays(self):
        disclosure = make_revision().disclosure
        changes = {
            "matter": make_matter(),
            "unit": make_unit(),
            "category": Category.RESPONSE,
            "interprets": make_disclosure(),
        }
        for name, value in changes.items():
            with self.subTest(name):
                self.refused(
                    "已提交审签的信息不能改换",
                    Disclosure.objects.filter(pk=disclosure.pk).update,
                    **{name: value},
                )


class StepTest(GuardCase):
    MESSAGE = "版本状态只能随签字改变"

    def test_no_state_changes_without_its_signature(self):
        states = [
            (state, level)
            for state in RevisionState
            for level in ([*ReviewLevel] if state == RevisionState.IN_REVIEW else [None])
        ]
        lawful = {(RevisionState.DRAFT, None): (RevisionState.IN_REVIEW, 1)}
        made = {
            (RevisionState.DRAFT, None): make_revision(submitted=False),
            (RevisionState.RETURNED, None): make_returned(),
            (RevisionState.APPROVED, None): make_disclosure().live_revision,
        } | {
            (RevisionState.IN_REVIEW, level): make_revision(approvals=level - 2)
            for level in list(ReviewLevel)[1:]
        }
        for before, revision in made.items():
            for after in states:
                if after in (before, lawful.get(before)):
                    continue
                with self.subTest(before=before, after=after):
                    self.refused(
                        self.MESSAGE,
                        Revision.objects.filter(pk=revision.pk).update,
                        state=after[0],
                        level=after[1],
                        content_digest=revision.content_digest or "f" * 64,
                    )

    def test_a_review_has_a_level_and_nothing_else_has(self):
        for revision, level in (
            (make_revision(), None),
            (make_draft(), 1),
            (make_draft(), 5),
            (make_returned(), 2),
        ):
            with self.subTest(state=revision.state, level=level):
                self.refused("", Revision.objects.filter(pk=revision.pk).update, level=level)

    def test_a_submission_has_a_digest(self):
        self.refused(
            "", Revision.objects.filter(pk=make_draft().pk).update, state="in_review", level=1
        )

    def test_a_revision_begins_as_a_draft(self):
        disclosure = make_disclosure()
        for state, level in (("in_review", 5), ("approved", None), ("returned", None)):
            with self.subTest(state):
                self.refused(
                    "新版本只能从起草开始",
                    Revision.objects.create,
                    disclosure=disclosure,
                    number=2,
                    title="绕过",
                    state=state,
                    level=level,
                    formed_on=date(2020, 1, 1),
                    drafter=disclosure.live_revision.drafter,
                    content_digest="f" * 64,
                    created_at=timezone.now(),
                    updated_at=timezone.now(),
                )

    def test_one_revision_is_open_and_numbers_do_not_repeat(self):
        disclosure = make_disclosure()
        draft = make_correction(disclosure)
        draft.pk, draft._state.adding = None, True
        for number in (2, 3):
            draft.number = number
            with self.subTest(number=number):
                self.refused("", draft.save)

    def test_each_guard_bears_its_own_name(self):
        names = [name for name, *_rest in guards.GUARDS]
        self.assertEqual(len(names), len(set(names)))

    def test_every_word_that_signers_read_is_frozen(self):
        content = {Revision._meta.get_field(name).column for name in Revision.CONTENT_FIELDS}
        self.assertEqual(content - set(guards.FROZEN), set())
