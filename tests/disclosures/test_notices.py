"""How long a notice hangs: as long as its standard says, a penalty no longer than it may."""

from datetime import date, datetime

from django.test import TestCase

from catalog.choices import LimitFrom, LimitKind
from disclosures import checks
from tests.factories import make_draft, make_matter


class NoticeTest(TestCase):
    def told(self, matter, **content):
        revision = make_draft(matter=matter, **content)
        return [found.excerpt for found in checks.findings(revision) if found.place == "有效期至"]

    def test_a_penalty_says_until_when_it_is_shown(self):
        matter = make_matter(name="违法用地处罚决定")
        self.assertEqual(self.told(matter), ["处罚公示没有写明公示到哪一天"])
        self.assertEqual(self.told(matter, expires_on=date(2030, 1, 1)), [])
        self.assertEqual(self.told(make_matter(name="处罚依据", category="management")), [])

    def test_a_notice_that_is_too_short_is_told(self):
        starts = "2026-03-02T09:00:00+08:00"
        for kind, days, until, told in [
            (LimitKind.CALENDAR_DAYS, 7, date(2026, 3, 8), ["公示期只有6天"]),
            (LimitKind.CALENDAR_DAYS, 7, date(2026, 3, 9), []),
            (LimitKind.WORKING_DAYS, 5, date(2026, 3, 8), ["公示期只有4个工作日"]),
            (LimitKind.WORKING_DAYS, 5, date(2026, 3, 9), []),
        ]:
            with self.subTest(kind=kind, until=until):
                matter = make_matter(limit_kind=kind, limit_days=days, limit_from=LimitFrom.NOTICE)
                revision = make_draft(matter=matter, expires_on=until)
                revision.publish_at = datetime.fromisoformat(starts)
                found = [each.excerpt for each in checks.findings(revision)]
                self.assertEqual([text for text in found if "公示期" in text], told)

    def test_a_deadline_asks_for_no_length(self):
        self.assertEqual(self.told(make_matter(limit_days=20), expires_on=date(2030, 1, 1)), [])
