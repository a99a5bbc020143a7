import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory, TestCase, override_settings

from dingyuan_portal.throttle import LIMIT, throttled
from tests.factories import make_auditor


@throttled
def download(_request):
    return HttpResponse("表")


@time_machine.travel("2026-11-25 09:20:00+08:00", tick=False)
class ThrottleTest(TestCase):
    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def ask(self, address="203.0.113.7", user=None):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        request.user = user or AnonymousUser()
        return download(request)

    def exhaust(self, address="203.0.113.7"):
        for _ in range(LIMIT):
            self.assertEqual(self.ask(address).status_code, 200)

    def test_the_last_of_the_share_is_given_and_the_next_refused(self):
        self.exhaust()
        response = self.ask()
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response["Retry-After"], str(40 * 60))
        html = response.content.decode()
        self.assertIn("下载次数太多", html)
        self.assertIn('<b class="num">40</b> 分钟后', html)

    def test_the_next_hour_begins_anew(self):
        self.exhaust()
        with time_machine.travel("2026-11-25 10:00:00+08:00", tick=False):
            self.assertEqual(self.ask().status_code, 200)

    def test_each_address_has_its_own_share(self):
        self.exhaust()
        self.assertEqual(self.ask("203.0.113.8").status_code, 200)

    def test_a_network_of_ipv6_has_one_share(self):
        self.exhaust("2001:db8:1:2::1")
        self.assertEqual(self.ask("2001:db8:1:2:aaaa::1").status_code, 429)
        self.assertEqual(self.ask("2001:db8:1:3::1").status_code, 200)

    def test_a_mapped_address_is_that_of_ipv4(self):
        self.exhaust()
        self.assertEqual(self.ask("::ffff:203.0.113.7").status_code, 429)

    def test_staff_are_not_counted(self):
        self.exhaust()
        self.assertEqual(self.ask(user=make_auditor()).status_code, 200)

    @override_settings(CLIENT_ADDRESS=lambda request: "")
    def test_who_has_no_address_shares_with_all_others_who_have_none(self):
        self.exhaust()
        self.assertEqual(self.ask().status_code, 429)
