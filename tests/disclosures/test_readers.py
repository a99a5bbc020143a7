"""Views are counted: people's, once each, and nothing about the people."""

import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory, TestCase, TransactionTestCase
from django.urls import reverse

from disclosures.models import Disclosure, ViewCount
from disclosures.readers import count_view
from tests.factories import make_auditor, make_disclosure, make_restricted_matter, make_withdrawn

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; 22081212C) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50"
)
PROGRAMS = [
    "",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (Linux; Android) AppleWebKit/537.36 (compatible; Bytespider)",
    "curl/8.5.0",
    "python-requests/2.32",
    "Wget/1.21",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36",
]
BROWSERS = [
    PHONE,
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/126.0 Mobile",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
]


def views():
    return ViewCount.objects.total()


class ViewsTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.disclosure = make_disclosure()

    def read(self, disclosure=None, agent=PHONE, method="get", **headers):
        address = (disclosure or self.disclosure).get_absolute_url()
        return getattr(self.client, method)(address, headers={"user-agent": agent} | headers)

    def test_each_reading_counts_once_and_on_its_day(self):
        for _ in range(3):
            self.read()
        row = ViewCount.objects.get()
        self.assertEqual((row.disclosure, row.count), (self.disclosure, 3))
        self.read(make_disclosure())
        self.assertEqual(ViewCount.objects.count(), 2)
        self.assertEqual(views(), 4)

    def test_browsers_count_and_programs_do_not(self):
        for number, agent in enumerate(BROWSERS, start=1):
            with self.subTest(agent):
                self.read(agent=agent)
                self.assertEqual(views(), number)
        for agent in PROGRAMS:
            with self.subTest(agent):
                self.read(agent=agent)
                self.assertEqual(views(), len(BROWSERS))

    def test_staff_heads_and_prefetches_do_not_count(self):
        self.read(method="head")
        self.read(**{"sec-purpose": "prefetch;prerender"})
        self.client.force_login(make_auditor())
        self.read()
        self.assertEqual(views(), 0)

    def test_a_page_that_is_gone_or_was_never_there_does_not_count(self):
        self.assertEqual(self.read(make_withdrawn()).status_code, 410)
        self.client.get("/disclosures/U9-2026-00001/", headers={"user-agent": PHONE})
        self.assertEqual(views(), 0)
        self.read(make_disclosure(matter=make_restricted_matter()))
        self.assertEqual(views(), 1)

    def test_counting_asks_one_question_and_sets_no_cookie(self):
        self.read()
        with self.assertNumQueries(1):
            request = RequestFactory().get("/", headers={"user-agent": PHONE})
            request.user = AnonymousUser()
            count_view(request, self.disclosure)
        self.assertEqual(self.read().cookies, {})

    def test_the_columns_hold_nothing_of_a_reader(self):
        names = {field.name for field in ViewCount._meta.get_fields()}
        self.assertEqual(names, {"id", "disclosure", "day", "count"})

    def test_auditors_see_the_number_on_the_page_and_in_the_export(self):
        for _ in range(2):
            self.read()
        self.client.force_login(make_auditor())
        page = self.client.get(
            reverse("admin:disclosures_disclosure_change", args=[self.disclosure.pk])
        )
        self.assertContains(page, "2次(近30天2次)")
        unread = make_disclosure()
        found = dict(Disclosure.objects.with_views().values_list("pk", "views"))
        self.assertEqual(found, {self.disclosure.pk: 2, unread.pk: 0})


class BusyTest(TransactionTestCase):
    """Outside a transaction, as pages are answered."""

    @pytest.mark.postgresql  # SQLite in memory has one connection
    def test_many_readers_at_once_are_all_counted(self):
        disclosure = make_disclosure()
        request = RequestFactory().get("/", headers={"user-agent": PHONE})
        request.user = AnonymousUser()

        def read():
            for _ in range(10):
                count_view(request, disclosure)
            connection.close()

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(views(), 40)

    def test_a_page_comes_though_its_view_can_not_be_counted(self):
        disclosure = make_disclosure()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE disclosures_viewcount RENAME TO elsewhere")
        try:
            with self.assertLogs("disclosures.readers", "WARNING"):
                response = self.client.get(
                    disclosure.get_absolute_url(), headers={"user-agent": PHONE}
                )
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE elsewhere RENAME TO disclosures_viewcount")
        self.assertContains(response, disclosure.index_number)
