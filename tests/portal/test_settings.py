"""Settings as an installation sees them: each in a process of its own, with its own environment."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import RequestFactory, SimpleTestCase, TestCase

from dingyuan_portal.settings import _address_behind_proxy as address

ASK = """
import json, sys
from django.conf import settings
found = {}
for name in sys.argv[1:]:
    found[name] = getattr(settings, name)
print(json.dumps(found, default=str))
"""


def settings_with(*names, dotenv="", **environment):
    """The named settings of an installation with this environment and this ``.env``."""
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder) / "dingyuan_portal"
        house.mkdir()
        for name in ("__init__.py", "settings.py"):
            shutil.copy(settings.BASE_DIR / "dingyuan_portal" / name, house)
        (Path(folder) / ".env").write_text(dotenv)
        answer = subprocess.run(
            [sys.executable, "-c", ASK, *names],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "DJANGO_SETTINGS_MODULE": "dingyuan_portal.settings",
                **environment,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(answer.stdout)


class EnvironmentTests(SimpleTestCase):
    def test_nothing_set_is_safe(self):
        names = ["DEBUG", "DEMO", "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE"]
        found = settings_with(*names, "CSRF_COOKIE_SECURE", "SECRET_KEY")
        self.assertFalse(found["DEBUG"] or found["DEMO"])
        self.assertEqual(found["ALLOWED_HOSTS"], [])
        self.assertTrue(found["SECURE_SSL_REDIRECT"])
        self.assertTrue(found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"])
        self.assertTrue(found["SECRET_KEY"].startswith("django-insecure-"))

    def test_a_copied_example_works_as_it_is(self):
        example = (settings.BASE_DIR / ".env.example").read_text()
        found = settings_with(
            "DATABASES", "DEMO", "ALLOWED_HOSTS", "STATIC_MANIFEST", dotenv=example
        )
        self.assertIn("sqlite3", found["DATABASES"]["default"]["ENGINE"])
        self.assertEqual(found["ALLOWED_HOSTS"], ["www.example.gov.cn"])
        self.assertTrue(found["STATIC_MANIFEST"])
        self.assertFalse(found["DEMO"])

    def test_the_example_explains_every_variable_and_no_other(self):
        source = (settings.BASE_DIR / "dingyuan_portal" / "settings.py").read_text()
        example = (settings.BASE_DIR / ".env.example").read_text()
        read = set(re.findall(r'\benv(?:\.\w+)?\("([A-Z_]+)"', source)) - {"TESTING"}
        self.assertEqual(set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)), read)

    def test_demonstration_and_tests_leave_the_installations_database_alone(self):
        dotenv = "DATABASE_URL=postgres://portal:secret@127.0.0.1/county\n"
        cases = [({}, "postgresql"), ({"DEMO": "1"}, "sqlite3"), ({"TESTING": "1"}, "sqlite3")]
        for switch, engine in cases:
            with self.subTest(switch):
                found = settings_with("DATABASES", dotenv=dotenv, **switch)
                self.assertIn(engine, found["DATABASES"]["default"]["ENGINE"])

    def test_a_demonstration_keeps_its_key_to_itself(self):
        found = settings_with("SECRET_KEY", "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", DEMO="1")
        self.assertTrue(found["SECRET_KEY"].startswith("django-insecure-"))
        self.assertEqual(found["ALLOWED_HOSTS"], ["127.0.0.1", "localhost"])
        self.assertFalse(found["SESSION_COOKIE_SECURE"])


class IdleTests(TestCase):
    def test_work_keeps_people_signed_in_and_idleness_does_not(self):
        start = datetime(2026, 9, 1, 8, tzinfo=UTC)
        with time_machine.travel(start, tick=False) as clock:
            self.client.force_login(User.objects.create_superuser("admin"))
            for _ in range(4):
                clock.shift(timedelta(minutes=20))
                self.assertEqual(self.client.get("/admin/").status_code, 200)
            clock.shift(timedelta(minutes=31))
            self.assertRedirects(self.client.get("/admin/"), "/admin/login/?next=/admin/")


class ProxyTests(SimpleTestCase):
    def test_the_proxys_word_counts_and_not_the_clients(self):
        get = RequestFactory().get
        self.assertEqual(address(get("/", REMOTE_ADDR="127.0.0.1")), "127.0.0.1")
        forged = get("/", HTTP_X_FORWARDED_FOR="10.0.0.1, 203.0.113.9", REMOTE_ADDR="127.0.0.1")
        self.assertEqual(address(forged), "203.0.113.9")
