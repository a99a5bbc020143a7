"""What every test stands on: a scratch media root, cheap passwords, a flush that works."""

import importlib
import os
import tempfile

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, override_settings

guards = importlib.import_module("disclosures.migrations.0007_obligations")


def pytest_configure(config):
    if not settings.TESTING:
        raise pytest.UsageError("Run the tests with TESTING=1, as `make test` does.")


def pytest_collection_modifyitems(config, items):
    """`make test` runs on both databases, so a test of one isn't skipped: it is not of this run."""
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    away = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """In CI a test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"CI leaves nothing out: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def scratch_settings():
    """Class-wide set-up of a ``TestCase`` runs before per-test fixtures, so these are session-wide.

    MD5 saves a quarter of a second a password; uploads go where nobody looks.
    """
    with (
        tempfile.TemporaryDirectory() as media,
        override_settings(
            MEDIA_ROOT=media,
            ALLOWED_HOSTS=["testserver", "localhost", "127.0.0.1"],
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def flush_passes_the_guards():
    """Between transactional tests the guards step aside: they refuse to empty their tables."""
    flush = TransactionTestCase._fixture_teardown

    def flush_without_guards(self):
        with connection.schema_editor() as editor:
            guards.remove(None, editor)
        try:
            flush(self)
        finally:
            with connection.schema_editor() as editor:
                guards.install(None, editor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_without_guards)
        yield
