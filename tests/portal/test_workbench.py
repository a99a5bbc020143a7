"""The admin's front page: what waits for the person who signed in, in few queries."""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import workdays
from dingyuan_portal import roles
from tests.factories import (
    PASSWORD,
    make_auditor,
    make_disclosure,
    make_draft,
    make_matter,
    make_returned,
    make_revision,
    make_signers,
    make_unit,
    make_user,
)

INDEX = reverse("admin:index")


class Workbench(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unit = make_unit()
        cls.matter = make_matter(units=[cls.unit])
        cls.clerk, cls.section, cls.deputy, cls.office, cls.leader = make_signers(cls.unit)

    def make(self, builder, **fields):
        return builder(unit=self.unit, matter=self.matter, **fields)

    def titles(self, person):
        """Heading of a section → titles in it."""
        self.client.force_login(person)
        sections = self.client.get(INDEX).context["sections"]
        return {section.title: [row.title for row in section.rows] for section in sections}

    def test_each_person_finds_what_is_theirs_to_do(self):
        today = timezone.localdate()
        self.make(make_draft, title="草稿")
        self.make(make_returned, title="退回的")
        self.make(make_revision, title="等科室")
        self.make(make_revision, title="等分管", approvals=1)
        soon = workdays.add(today, 3)
        formed_on = next(
            day
            for day in (today - timedelta(days=number) for number in range(90))
            if workdays.add(day, self.matter.limit_days) <= soon
        )
        self.make(make_draft, title="快到期", formed_on=formed_on)
        self.make(make_revision, title="已逾期", approvals=2, formed_on=today - timedelta(days=90))
        self.make(make_disclosure, title="公开了", formed_on=today - timedelta(days=90))
        clerk = self.titles(self.clerk)
        self.assertEqual(clerk["等我签字"], [])
        self.assertEqual(clerk["退回给我"], ["退回的"])
        self.assertEqual(set(clerk["我的草稿"]), {"草稿", "快到期"})
        self.assertEqual(clerk["5个工作日内到期"], ["快到期"])
        self.assertEqual(clerk["已逾期"], ["已逾期"])
        for person, expected in [
            (self.section, ["等科室"]),
            (self.deputy, ["等分管"]),
            (self.office, ["已逾期"]),
            (self.leader, []),
        ]:
            with self.subTest(person=person.username):
                found = self.titles(person)
                self.assertEqual(found["等我签字"], expected)
                self.assertEqual(found["我的草稿"], [])

    def test_another_units_clerk_sees_none_of_it(self):
        self.make(
            make_revision, title="已逾期", formed_on=timezone.localdate() - timedelta(days=90)
        )
        stranger = make_signers(make_unit())[0]
        self.assertEqual(
            {title for rows in self.titles(stranger).values() for title in rows}, set()
        )
        self.assertContains(self.client.get(INDEX), "没有等您签字的稿件")

    def test_who_neither_signs_nor_drafts_is_not_told_what_waits_for_them(self):
        own = {"等我签字", "退回给我", "我的草稿"}
        self.assertLessEqual(own, set(self.titles(self.clerk)))
        auditors = set(self.titles(make_auditor()))
        self.assertFalse(own & auditors)
        self.assertIn("已逾期", auditors)

    def test_a_clerk_goes_from_it_to_what_has_neither_text_nor_reason(self):
        missing = f"{reverse('admin:catalog_obligation_changelist')}?standing=missing"
        for person, leads in [(self.clerk, True), (self.section, False)]:
            with self.subTest(person=person.username):
                self.client.force_login(person)
                self.assertEqual(missing in self.client.get(INDEX).content.decode(), leads)

    def test_the_county_is_counted_for_the_openness_office_alone(self):
        self.make(make_revision)
        self.make(make_revision, approvals=3)
        self.make(make_disclosure)
        self.client.force_login(self.office)
        figures = {
            figure.label: figure.value for figure in self.client.get(INDEX).context["county"]
        }
        self.assertEqual(
            figures,
            {
                "待提交科室签字": 1,
                "待分管领导签字": 0,
                "待政务公开办签字": 0,
                "待领导小组签字": 1,
                "逾期未公开的稿件": 0,
                "本月新公开": 1,
            },
        )
        for person in (self.clerk, self.section, make_auditor(), make_user(is_superuser=True)):
            with self.subTest(person=person.username):
                self.client.force_login(person)
                self.assertFalse(self.client.get(INDEX).context["county"])

    def test_its_queries_do_not_grow_with_the_rows(self):
        self.client.force_login(self.office)
        for approvals in range(4):
            self.make(make_revision, approvals=approvals)
        with CaptureQueriesContext(connection) as few:
            self.client.get(INDEX)
        for approvals in range(4):
            for _ in range(4):
                self.make(make_revision, approvals=approvals)
        with self.assertNumQueries(len(few)):
            self.client.get(INDEX)

    def test_visitors_are_asked_to_sign_in(self):
        response = self.client.get(INDEX)
        self.assertRedirects(response, f"{reverse('admin:login')}?next={INDEX}")


class SigningIn(TestCase):
    def attempt(self, password):
        data = {"username": "somebody", "password": password, "next": INDEX}
        return self.client.post(reverse("admin:login"), data)

    def setUp(self):
        self.person = make_user("somebody", role=roles.AUDITOR)

    def test_a_wrong_password_says_so_and_a_right_one_opens_the_workbench(self):
        self.assertContains(self.attempt("wrong"), "errornote")
        self.assertRedirects(self.attempt(PASSWORD), INDEX)

    @override_settings(AXES_ENABLED=True)
    def test_five_wrong_passwords_lock_the_account(self):
        for _ in range(4):
            self.assertEqual(self.attempt("wrong").status_code, 200)
        response = self.attempt("wrong")
        self.assertContains(response, "账号暂时锁定", status_code=429)
        self.assertEqual(self.attempt(PASSWORD).status_code, 429)


class Accounts(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.root = make_user("root", is_superuser=True)
        cls.administrator = make_user("administrator", role=roles.ADMINISTRATOR)
        cls.person = make_user("somebody")

    def change(self, person, **data):
        address = reverse("admin:auth_user_change", args=[person.pk])
        data = {
            "username": person.username,
            "is_active": "on",
            "is_staff": "on",
            "account_term-TOTAL_FORMS": 0,
            "account_term-INITIAL_FORMS": 0,
        } | data
        return self.client.post(address, data)

    def test_an_administrator_grants_roles_but_no_superuser(self):
        self.client.force_login(self.administrator)
        auditors = Group.objects.get(name=roles.AUDITOR)
        self.change(self.person, groups=[auditors.pk], is_superuser="on", user_permissions=["1"])
        self.person.refresh_from_db()
        self.assertEqual(list(self.person.groups.all()), [auditors])
        self.assertFalse(self.person.is_superuser)
        self.assertFalse(self.person.user_permissions.exists())

    def test_nobody_raises_their_own_rights(self):
        self.client.force_login(self.administrator)
        office = Group.objects.get(name=roles.OPENNESS_OFFICE)
        self.change(self.administrator, groups=[office.pk], is_superuser="on")
        self.administrator.refresh_from_db()
        self.assertEqual(
            list(self.administrator.groups.values_list("name", flat=True)), [roles.ADMINISTRATOR]
        )
        self.assertFalse(self.administrator.is_superuser)

    def test_a_superusers_account_and_password_are_out_of_reach(self):
        self.client.force_login(self.administrator)
        self.assertEqual(self.change(self.root, username="taken").status_code, 403)
        address = reverse("admin:auth_user_password_change", args=[self.root.pk])
        data = {"password1": "another-long-password", "password2": "another-long-password"}
        self.assertEqual(self.client.post(address, data).status_code, 403)
        self.root.refresh_from_db()
        self.assertTrue(self.root.check_password(PASSWORD))

    def test_accounts_and_roles_are_never_deleted(self):
        self.client.force_login(self.root)
        for name, row in [("user", self.person), ("group", Group.objects.first())]:
            with self.subTest(name):
                address = reverse(f"admin:auth_{name}_delete", args=[row.pk])
                self.assertEqual(self.client.post(address, {"post": "yes"}).status_code, 403)

    def test_a_new_account_is_one_of_staff(self):
        self.client.force_login(self.administrator)
        page = self.client.get(reverse("admin:auth_user_add"))
        self.assertContains(page, "保存后在下一页勾选角色")
        self.client.post(
            reverse("admin:auth_user_add"),
            {
                "username": "newcomer",
                "first_name": "陶晓燕",
                "password1": "a-long-first-password",
                "password2": "a-long-first-password",
            },
        )
        newcomer = User.objects.get(username="newcomer")
        page = self.client.get(reverse("admin:auth_user_change", args=[newcomer.pk]))
        self.assertEqual(page.context["adminform"].form["groups"].label, "角色")
        self.assertEqual((newcomer.is_staff, newcomer.is_superuser), (True, False))

    def test_clerks_and_auditors_do_not_see_accounts(self):
        address = reverse("admin:auth_user_changelist")
        for role, status in [
            (roles.STAFF, 403),
            (roles.AUDITOR, 403),
            (roles.OPENNESS_OFFICE, 200),
            (roles.ADMINISTRATOR, 200),
        ]:
            with self.subTest(role):
                self.client.force_login(make_user(role=role))
                self.assertEqual(self.client.get(address).status_code, status)
