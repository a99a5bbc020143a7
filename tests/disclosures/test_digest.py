"""Digests say the same whenever and wherever a row is read again."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import time_machine
from django.core.exceptions import PermissionDenied
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone as django_timezone

from disclosures import clock, digest, workflow
from disclosures.models import LedgerEntry, Revision, Signoff
from tests.factories import (
    make_attachment,
    make_correction,
    make_disclosure,
    make_draft,
    make_returned,
    make_revision,
    make_signers,
    make_user,
    make_withdrawn,
    publish,
)


class CanonicalTest(SimpleTestCase):
    def test_the_digest_is_sm3(self):
        # The example of GB/T 32905-2016, annex A.1.
        self.assertEqual(
            digest.of_bytes([b"abc"], "sm3"),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        )

    def test_bytes_may_come_in_pieces(self):
        self.assertEqual(digest.of_bytes([b"a", b"bc"]), digest.of_bytes([b"abc"]))

    def test_a_record_has_one_form(self):
        record = {"b": date(2020, 1, 2), "a": None, "名": ["公示", 1, True]}
        form = '{"a":null,"b":"2020-01-02","名":["公示",1,true]}'
        self.assertEqual(digest.canonical(record).decode(), form)
        self.assertEqual(digest.canonical(dict(reversed(record.items()))).decode(), form)
        self.assertEqual(
            digest.of_record(record, "sha256"), hashlib.sha256(form.encode()).hexdigest()
        )

    def test_what_has_no_form_is_an_error(self):
        with self.assertRaises(TypeError):
            digest.canonical({"a": {1, 2}})


class ContentDigestTest(TestCase):
    def digest_of(self, revision):
        revision = Revision.objects.get(pk=revision.pk)
        return digest.of_record(revision.canonical_record(), revision.digest_algorithm or "sm3")

    def test_it_can_be_computed_again_from_the_rows(self):
        for revision in (
            make_revision(files=["甲.pdf", "乙.png"]),
            make_returned(),
            make_disclosure(summary="概述", issued_on=date(2020, 1, 1)).live_revision,
        ):
            with self.subTest(revision.state):
                self.assertEqual(self.digest_of(revision), revision.content_digest)
                self.assertEqual(len(revision.content_digest), 64)

    def test_every_content_field_changes_it(self):
        revision = make_draft()
        before = self.digest_of(revision)
        changes = {
            "title": "另一标题",
            "body": "<p>另一正文</p>",
            "summary": "概述",
            "document_number": "定政〔2020〕1号",
            "formed_on": date(2020, 1, 1),
            "issued_on": date(2020, 1, 1),
            "effective_on": date(2020, 1, 1),
            "expires_on": date(2020, 1, 1),
            "event_on": date(2020, 1, 1),
            "validity": "expired",
            "genre": "notice",
            "subject": "land",
            "keywords": "词",
            "source": "来源",
            "shown_where": "公示栏",
            "shown_from": date(2020, 1, 1),
            "shown_until": date(2020, 1, 1),
            "change_note": "说明",
        }
        self.assertEqual(set(changes), {*Revision.CONTENT_FIELDS, "change_note"})
        for name, value in changes.items():
            original = getattr(revision, name)
            with self.subTest(name):
                Revision.objects.filter(pk=revision.pk).update(**{name: value})
                self.assertNotEqual(self.digest_of(revision), before)
            Revision.objects.filter(pk=revision.pk).update(**{name: original})
        self.assertEqual(self.digest_of(revision), before)

    def test_an_attachment_changes_it(self):
        revision = make_draft()
        before = self.digest_of(revision)
        make_attachment(revision, "甲.pdf")
        with_file = self.digest_of(revision)
        self.assertNotEqual(with_file, before)
        revision.attachments.update(is_evidence=True)
        self.assertNotEqual(self.digest_of(revision), with_file)

    def test_the_place_changes_it(self):
        revision = make_draft()
        before = self.digest_of(revision)
        type(revision.disclosure).objects.update(category="response")
        self.assertNotEqual(self.digest_of(revision), before)

    def test_a_draft_has_none(self):
        revision = make_draft()
        self.assertEqual((revision.content_digest, revision.digest_algorithm), ("", ""))


class LedgerTest(TestCase):
    def rows(self):
        return list(LedgerEntry.objects.order_by("number"))

    def assert_chained(self):
        rows = self.rows()
        self.assertEqual([row.number for row in rows], list(range(1, len(rows) + 1)))
        self.assertEqual(rows[0].previous_digest, "")
        for before, after in pairwise(rows):
            self.assertEqual(after.previous_digest, before.digest)
        for row in rows:
            self.assertEqual(digest.of_bytes([row.record.encode()], row.algorithm), row.digest)
            self.assertEqual(json.loads(row.record)["previous"], row.previous_digest)

    def test_every_act_of_the_site_is_one_chain(self):
        returned = make_returned(approvals=2)
        signers = make_signers(returned.disclosure.unit)
        publish(workflow.revise(returned.disclosure, by=signers[0]))
        returned.disclosure.refresh_from_db()
        publish(make_correction(returned.disclosure))
        make_withdrawn()
        self.assert_chained()
        kinds = [row.kind for row in self.rows()]
        self.assertEqual(kinds.count("signoff"), 4 + 5 + 5 + 5 + 3)
        self.assertEqual(kinds.count("publication"), 3)
        self.assertEqual(kinds.count("withdrawal"), 1)

    def test_a_row_of_a_signature_holds_the_whole_signature(self):
        make_disclosure()
        for signoff in Signoff.objects.select_related("entry"):
            record = json.loads(signoff.entry.record)
            described = json.loads(digest.canonical(signoff.canonical_record()))
            self.assertEqual(record["details"], described)
            self.assertEqual(record["person"], signoff.signer_id)

    def test_an_act_that_fails_leaves_no_row(self):
        revision = make_revision()
        before = len(self.rows())
        with self.assertRaises(PermissionDenied):
            workflow.sign_off(revision, by=make_user())
        self.assertEqual(len(self.rows()), before)

    @override_settings(DEMO=True)
    def test_every_kind_of_moment_reads_back_as_the_same_text(self):
        moments = {
            "microseconds": datetime(2026, 3, 5, 1, 2, 3, 4, tzinfo=UTC),
            "no fraction": datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC),
            "another zone": datetime(2026, 3, 5, 9, 2, 3, 500000, timezone(timedelta(hours=-7))),
            "over midnight": datetime(2025, 12, 31, 16, 0, 0, 1, tzinfo=UTC),
        }
        for name, moment in moments.items():
            with self.subTest(name), clock.moved_to(moment):
                signoff = make_revision().signoffs.select_related("entry").get()
                self.assertEqual(signoff.signed_at, moment)
                self.assertEqual(
                    json.loads(signoff.entry.record)["details"],
                    json.loads(digest.canonical(signoff.canonical_record())),
                )

    @time_machine.travel("2026-03-05T16:02:03.000004+00:00", tick=False)
    def test_the_canonical_time_is_chinese_whatever_the_readers_zone(self):
        signoff = make_revision().signoffs.get()
        with django_timezone.override(timezone(timedelta(hours=-5))):
            record = json.loads(digest.canonical(signoff.canonical_record()))
        self.assertEqual(record["signed_at"], "2026-03-06T00:02:03.000004+08:00")

    def test_the_record_covers_the_whole_signature(self):
        signoff = make_disclosure().live_revision.signoffs.first()
        columns = {field.name for field in Signoff._meta.fields} - {"id"}
        self.assertEqual(set(signoff.canonical_record()), columns | {"signoff"})
