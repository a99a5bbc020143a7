"""Duties: who signs where, and what follows for what one may read and has to do."""

from datetime import date, timedelta

from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from dingyuan_portal import roles
from disclosures import workflow
from disclosures.choices import ReviewLevel
from disclosures.models import Disclosure, Duty, Revision
from tests.factories import (
    make_auditor,
    make_correction,
    make_disclosure,
    make_draft,
    make_duty,
    make_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
)

UNIT_LEVELS = (ReviewLevel.SUBMITTER, ReviewLevel.SECTION, ReviewLevel.DEPUTY_LEADER)


class DutyTest(TestCase):
    def test_the_first_three_levels_belong_to_a_unit(self):
        for level in UNIT_LEVELS:
            with self.subTest(level=level):
                with self.assertRaisesMessage(ValidationError, "必须属于一个单位"):
                    make_duty(make_user(), level)
                with self.assertRaises(IntegrityError), transaction.atomic():
                    Duty.objects.create(user=make_user(), level=level)

    def test_the_openness_office_works_for_the_county(self):
        with self.assertRaisesMessage(ValidationError, "面向全县"):
            make_duty(make_user(), ReviewLevel.OPENNESS_OFFICE, make_unit())

    def test_the_leading_group_is_the_countys_or_a_units(self):
        make_duty(make_user(), ReviewLevel.LEADING_GROUP)
        make_duty(make_user(), ReviewLevel.LEADING_GROUP, make_unit())

    def test_the_same_duty_is_given_once(self):
        unit = make_unit()
        for level, place in ((ReviewLevel.SECTION, unit), (ReviewLevel.OPENNESS_OFFICE, None)):
            user = make_user(level=level, unit=place)
            with self.subTest(level=level):
                with self.assertRaisesMessage(ValidationError, "已有同样的岗位授权"):
                    make_duty(user, level, place)
                with self.assertRaises(IntegrityError), transaction.atomic():
                    Duty.objects.create(user=user, level=level, unit=place)

    def test_the_heads_own_signature_counts_for_the_unit_alone(self):
        here, there = make_unit(), make_unit()
        head = make_user("head", ReviewLevel.LEADING_GROUP, here)
        self.assertTrue(workflow.may_sign(make_revision(unit=here, approvals=3), head))
        self.assertFalse(workflow.may_sign(make_revision(unit=there, approvals=3), head))

    def test_the_units_own_duty_is_recorded_before_a_county_wide_one(self):
        unit = make_unit()
        head = make_user("head", ReviewLevel.LEADING_GROUP)
        make_duty(head, ReviewLevel.LEADING_GROUP, unit)
        revision = workflow.sign_off(make_revision(unit=unit, approvals=3), by=head)
        self.assertEqual(revision.signoffs.get(level=5).unit, unit)

    def test_a_duty_given_or_taken_counts_at_once(self):
        revision = make_revision()
        person = make_user()
        duty = make_duty(person, ReviewLevel.SECTION, revision.disclosure.unit)
        self.assertTrue(workflow.may_sign(revision, person))
        duty.delete()
        self.assertFalse(workflow.may_sign(revision, person))


class ReadableTest(TestCase):
    def test_a_clerk_reads_the_own_unit_only(self):
        mine, theirs = make_draft(), make_disclosure()
        clerk = make_signers(mine.disclosure.unit)[0]
        self.assertEqual(list(Disclosure.objects.readable_by(clerk)), [mine.disclosure])
        self.assertEqual(list(Revision.objects.readable_by(clerk)), [mine])
        self.assertFalse(
            Revision.objects.readable_by(clerk).filter(pk=theirs.live_revision_id).exists()
        )

    def test_whoever_works_for_the_county_reads_all(self):
        disclosure = make_draft().disclosure
        signers = make_signers(disclosure.unit)
        for person in (signers[3], signers[4], make_auditor()):
            with self.subTest(person.username):
                self.assertEqual(list(Disclosure.objects.readable_by(person)), [disclosure])

    def test_without_a_duty_nothing(self):
        make_draft()
        self.assertFalse(Disclosure.objects.readable_by(make_user()).exists())

    def test_two_units_in_one_hand(self):
        first, second, _third = (make_draft() for _ in range(3))
        clerk = make_user("both", ReviewLevel.SUBMITTER, first.disclosure.unit)
        make_duty(clerk, ReviewLevel.SECTION, second.disclosure.unit)
        self.assertEqual(set(Revision.objects.readable_by(clerk)), {first, second})

    def test_a_stranger_at_the_door_reads_nothing(self):
        self.assertFalse(AnonymousUser().has_perm("disclosures.read_every_unit"))


class WorkbenchTest(TestCase):
    def test_each_signer_finds_what_waits_for_that_signature(self):
        revisions = {level: make_revision(approvals=level - 2) for level in list(ReviewLevel)[1:]}
        for level, revision in revisions.items():
            signers = make_signers(revision.disclosure.unit)
            with self.subTest(level=level):
                self.assertEqual(list(Revision.objects.awaiting(signers[level - 1])), [revision])
                self.assertFalse(Revision.objects.awaiting(signers[0]).exists())

    def test_what_one_has_signed_no_longer_waits(self):
        revision = make_revision()
        unit = revision.disclosure.unit
        both = make_user("both", ReviewLevel.SECTION, unit)
        make_duty(both, ReviewLevel.DEPUTY_LEADER, unit)
        self.assertTrue(Revision.objects.awaiting(both).exists())
        workflow.sign_off(revision, by=both)
        self.assertFalse(Revision.objects.awaiting(both).exists())

    def test_the_list_and_the_button_agree(self):
        unit = make_unit()
        people = [*make_signers(unit), make_user(), make_auditor()]
        for approvals in range(4):
            make_revision(unit=unit, approvals=approvals)
        make_draft(unit=unit)
        make_returned(unit=unit)
        for person in people:
            with self.subTest(person.username):
                waiting = {row for row in Revision.objects.all() if workflow.may_sign(row, person)}
                self.assertEqual(set(Revision.objects.awaiting(person)), waiting)

    def test_someone_who_left_has_nothing_waiting(self):
        revision = make_revision()
        section = make_signers(revision.disclosure.unit)[1]
        section.is_active = False
        section.save()
        self.assertFalse(Revision.objects.awaiting(section).exists())

    def test_what_was_sent_back_waits_for_its_drafter_until_taken_up(self):
        returned = make_returned()
        clerk, section = make_signers(returned.disclosure.unit)[:2]
        self.assertEqual(list(Revision.objects.returned_to(clerk)), [returned])
        self.assertFalse(Revision.objects.returned_to(section).exists())
        workflow.revise(returned.disclosure, by=clerk)
        self.assertFalse(Revision.objects.returned_to(clerk).exists())

    def test_due_soon_and_overdue_count_what_the_public_waits_for(self):
        today = timezone.localdate()
        matter = make_matter(limit_kind="calendar_days", limit_days=10)
        overdue = make_draft(matter=matter, formed_on=today - timedelta(days=11))
        today_last = make_draft(matter=matter, formed_on=today - timedelta(days=10))
        soon = make_draft(matter=matter, formed_on=today - timedelta(days=9))
        make_draft(matter=matter, formed_on=today)
        published = make_disclosure(matter=matter, formed_on=today - timedelta(days=11))
        make_correction(published)
        self.assertEqual(list(Revision.objects.overdue(today)), [overdue])
        self.assertEqual(
            list(Revision.objects.due_between(today, today + timedelta(days=1))),
            [today_last, soon],
        )
        self.assertEqual(
            [row.is_overdue for row in (overdue, today_last, soon)], [True, False, False]
        )
        self.assertFalse(published.revisions.get(number=2).is_overdue)

    def test_a_returned_revision_of_an_unpublished_disclosure_stays_overdue_in_its_successor(self):
        returned = make_returned(formed_on=date(2020, 1, 2))
        clerk = make_signers(returned.disclosure.unit)[0]
        successor = workflow.revise(returned.disclosure, by=clerk)
        self.assertEqual(list(Revision.objects.overdue(timezone.localdate())), [successor])


class RoleTest(TestCase):
    def test_every_role_is_made_by_the_migration_with_its_permissions(self):
        for name, codenames in roles.ROLES.items():
            granted = Group.objects.get(name=name).permissions.values_list("codename", flat=True)
            with self.subTest(name):
                self.assertEqual(set(granted), codenames)

    def test_no_role_may_delete_what_carries_history(self):
        for name, codenames in roles.ROLES.items():
            deletions = {code for code in codenames if code.startswith("delete_")}
            with self.subTest(name):
                # Words to look for and counts of failed sign-ins are no history.
                harmless = {"delete_attachment", "delete_duty", "delete_term"}
                self.assertLessEqual(deletions, harmless | {"delete_accessattempt"})

    def test_the_auditor_changes_nothing(self):
        # A pack is a copy that the auditor takes home; nothing of the portal changes by it.
        granted = roles.ROLES[roles.AUDITOR] - {"add_evidencepack"}
        verbs = {code.split("_")[0] for code in granted}
        self.assertEqual(verbs, {"view", "export", "read"})
        self.assertEqual(roles.ROLES[roles.EXTERNAL_AUDITOR], roles.ROLES[roles.AUDITOR])

    def test_only_the_openness_office_changes_the_catalog(self):
        for name, codenames in roles.ROLES.items():
            may = {f"{verb}_matter" for verb in ("add", "change", "import")} & codenames
            self.assertEqual(bool(may), name == roles.OPENNESS_OFFICE, name)
