"""Accounts of people from outside end by themselves, and nothing has to run for it."""

from datetime import date, datetime, time, timedelta

import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from dingyuan_portal import roles
from dingyuan_portal.backends import TermBackend
from dingyuan_portal.models import AccountTerm
from disclosures.choices import EntryKind
from disclosures.models import LedgerEntry
from tests.factories import (
    PASSWORD,
    make_auditor,
    make_duty,
    make_external_auditor,
    make_unit,
    make_user,
)

INDEX = reverse("admin:index")
LOGIN = reverse("admin:login")
ENDED = "现已到期"


class EndTest(TestCase):
    def setUp(self):
        self.outsider = make_external_auditor(days=30)
        self.last_day = timezone.localdate() + timedelta(days=30)

    def sign_in(self, password=PASSWORD):
        return self.client.post(LOGIN, {"username": "outsider", "password": password})

    def on(self, day, hour, minute=59):
        """The county's time, eight hours ahead of UTC."""
        moment = timezone.make_aware(datetime.combine(day, time(hour, minute)))
        return time_machine.travel(moment, tick=False)

    def test_the_last_day_counts_to_its_last_minute(self):
        with self.on(self.last_day, 23):
            self.assertEqual(self.sign_in().status_code, 302)
            self.assertEqual(self.client.get(INDEX).status_code, 200)

    def test_afterwards_signing_in_is_refused_in_words(self):
        with self.on(self.last_day + timedelta(days=1), 0):
            response = self.sign_in()
            self.assertContains(response, f"有效期到{self.last_day}为止,{ENDED}")
            self.assertContains(response, "请联系系统管理员延长")
            self.assertRedirects(self.client.get(INDEX), f"{LOGIN}?next={INDEX}")

    def test_who_does_not_know_the_password_learns_nothing(self):
        with self.on(self.last_day + timedelta(days=1), 0):
            for username, password in [("outsider", "wrong"), ("nobody", PASSWORD)]:
                data = {"username": username, "password": password}
                response = self.client.post(LOGIN, data)
                self.assertContains(response, "errornote")
                self.assertNotContains(response, ENDED)

    def test_a_session_that_runs_ends_at_midnight(self):
        with self.on(self.last_day, 23):
            self.sign_in()
            self.assertEqual(self.client.get(INDEX).status_code, 200)
        # Within the half hour of an idle session.
        midnight = self.last_day + timedelta(days=1)
        with self.on(midnight, 0, 5):
            self.assertRedirects(self.client.get(INDEX), f"{LOGIN}?next={INDEX}")

    def test_without_a_term_an_outsiders_account_never_begins(self):
        AccountTerm.objects.all().delete()
        self.assertContains(self.sign_in(), "errornote")
        self.client.force_login(self.outsider)
        self.assertEqual(self.client.get(INDEX).status_code, 302)

    def test_staff_without_a_term_stay(self):
        self.client.force_login(make_auditor())
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            self.assertEqual(self.client.get(INDEX).status_code, 200)

    def test_a_closed_account_is_closed_within_its_term_too(self):
        self.client.force_login(self.outsider)
        self.outsider.is_active = False
        self.outsider.save()
        self.assertEqual(self.client.get(INDEX).status_code, 302)

    def test_the_workbench_says_until_when_and_what_to_do_near_the_end(self):
        for days, said, unsaid in [
            (30, "您的账号有效至", "请联系系统管理员"),
            (15, "您的账号有效至", "请联系系统管理员"),
            (14, "还有 14 天到期", "今天到期"),
            (0, "今天到期", "还有"),
        ]:
            ends_on = timezone.localdate() + timedelta(days=days)
            AccountTerm.objects.update(ends_on=ends_on)
            self.client.force_login(self.outsider)
            with self.subTest(days):
                response = self.client.get(INDEX)
                self.assertContains(response, f"有效至 {ends_on}")
                self.assertContains(response, said)
                self.assertNotContains(response, unsaid)
        self.client.force_login(make_auditor())
        self.assertNotContains(self.client.get(INDEX), "您的账号有效至")

    def test_the_term_costs_no_query_of_its_own(self):
        with self.assertNumQueries(1):
            term = TermBackend().get_user(self.outsider.pk).account_term
        self.assertEqual(term.days_left, 30)


class LongestTest(TestCase):
    def refused(self, ends_on):
        term = AccountTerm(user=make_user(), organisation="某事务所", ends_on=ends_on)
        with self.assertRaises(ValidationError) as caught:
            term.full_clean()
        self.assertEqual(set(caught.exception.error_dict), {"ends_on"})

    def test_a_term_is_a_year_at_most_and_not_over_already(self):
        with time_machine.travel("2027-11-24T12:00:00+08:00"):
            self.refused(date(2028, 11, 25))
            self.refused(date(2027, 11, 23))
            for ends_on in (date(2028, 11, 24), date(2027, 11, 24)):
                AccountTerm(user=make_user(), organisation="某所", ends_on=ends_on).full_clean()
        with time_machine.travel("2028-02-29T12:00:00+08:00"):
            self.refused(date(2029, 3, 1))
            AccountTerm(
                user=make_user(), organisation="某所", ends_on=date(2029, 2, 28)
            ).full_clean()


class GrantTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.administrator = make_user("administrator", role=roles.ADMINISTRATOR)
        cls.person = make_user("outsider")
        cls.role = Group.objects.get(name=roles.EXTERNAL_AUDITOR)
        cls.later = timezone.localdate() + timedelta(days=90)

    def setUp(self):
        self.client.force_login(self.administrator)

    def save(self, person=None, *, groups=None, organisation="某会计师事务所", ends_on="", **more):
        person = person or self.person
        term = AccountTerm.objects.filter(user=person).first()
        prefix = "account_term-"
        data = {
            "username": person.username,
            "is_active": "on",
            "is_staff": "on",
            "groups": [self.role.pk] if groups is None else [group.pk for group in groups],
            f"{prefix}TOTAL_FORMS": 1,
            f"{prefix}INITIAL_FORMS": 1 if term else 0,
            f"{prefix}0-id": term.pk if term else "",
            f"{prefix}0-user": person.pk,
            f"{prefix}0-organisation": organisation,
            f"{prefix}0-ends_on": ends_on,
        } | more
        address = reverse("admin:auth_user_change", args=[person.pk])
        return self.client.post(address, data)

    def assert_refused(self, response, words):
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, words)

    def test_an_outsider_gets_role_and_term_together(self):
        self.assertEqual(self.save(ends_on=self.later).status_code, 302)
        term = AccountTerm.objects.get(user=self.person)
        self.assertEqual((term.organisation, term.ends_on), ("某会计师事务所", self.later))
        self.assertIn(self.role, self.person.groups.all())

    def test_the_role_without_a_term_is_refused(self):
        self.assert_refused(self.save(organisation=""), "必须填写所在机构和有效期")
        self.assertFalse(self.person.groups.exists())

    def test_a_term_for_anybody_else_is_refused(self):
        for groups in ([], [Group.objects.get(name=roles.AUDITOR)]):
            with self.subTest(groups):
                self.assert_refused(
                    self.save(groups=groups, ends_on=self.later), "只用于“外部审计”"
                )
        self.assertFalse(AccountTerm.objects.exists())

    def test_an_outsider_takes_no_other_part(self):
        for name in (roles.STAFF, roles.OPENNESS_OFFICE, *roles.SEPARATED_ROLES):
            groups = [self.role, Group.objects.get(name=name)]
            with self.subTest(name):
                self.assertEqual(self.save(groups=groups, ends_on=self.later).status_code, 200)
        make_duty(self.person, 2, make_unit())
        self.assert_refused(self.save(ends_on=self.later), "请先终止岗位授权")

    def test_an_outsider_never_signs(self):
        with self.assertRaisesMessage(ValidationError, "外部审计不能担任审签岗位"):
            make_duty(make_external_auditor("second"), 2, make_unit())

    def test_the_account_of_an_outsider_is_not_turned_to_other_use(self):
        self.save(ends_on=self.later)
        auditors = Group.objects.get(name=roles.AUDITOR)
        response = self.save(groups=[auditors], ends_on=self.later)
        self.assert_refused(response, "不能改作他用")
        self.assertEqual(list(self.person.groups.all()), [self.role])

    def test_prolonging_and_ending_are_in_the_log_and_in_the_ledger(self):
        yesterday = timezone.localdate() - timedelta(days=1)
        longer = self.later + timedelta(days=30)
        for ends_on in (self.later, longer, yesterday):
            with self.subTest(ends_on):
                self.assertEqual(self.save(ends_on=ends_on).status_code, 302)
                logged = LogEntry.objects.first()
                self.assertEqual(
                    (logged.user, logged.object_id), (self.administrator, str(self.person.pk))
                )
                self.assertIn(str(ends_on), logged.get_change_message())
                entry = LedgerEntry.objects.filter(kind=EntryKind.DUTY).last()
                self.assertEqual(entry.person, self.administrator)
                self.assertIn(str(ends_on), entry.record)

    def test_a_save_that_leaves_the_term_writes_no_row(self):
        self.save(ends_on=self.later)
        self.save(ends_on=self.later, first_name="褚立新")
        self.assertEqual(LedgerEntry.objects.count(), 1)

    def test_more_than_a_year_is_refused(self):
        self.assert_refused(self.save(ends_on=self.later + timedelta(days=300)), "最长一年")

    def test_the_list_shows_the_end_and_what_is_over(self):
        self.save(ends_on=self.later)
        address = reverse("admin:auth_user_changelist")
        self.assertContains(self.client.get(address), str(self.later))
        self.assertNotContains(self.client.get(address), "已到期")
        AccountTerm.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
        self.assertContains(self.client.get(address), "已到期")

    def test_nobody_else_prolongs(self):
        outsider = make_external_auditor("second")
        before = AccountTerm.objects.get(user=outsider).ends_on
        for role in (roles.OPENNESS_OFFICE, roles.SECURITY, roles.AUDIT_ADMINISTRATOR):
            self.client.force_login(make_user(role=role))
            self.save(outsider, ends_on=self.later)
        self.client.force_login(outsider)
        self.save(outsider, ends_on=self.later)
        self.assertEqual(AccountTerm.objects.get(user=outsider).ends_on, before)
