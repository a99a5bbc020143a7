"""What the words of 公开时限 demand, and the days they lead to."""

from datetime import date

from django.test import SimpleTestCase

from catalog import limits, workdays
from catalog.choices import Category, LimitFrom, LimitKind, Period
from catalog.models import Matter

WORKING, CALENDAR = LimitKind.WORKING_DAYS, LimitKind.CALENDAR_DAYS
FORMATION, EVENT, NOTICE = LimitFrom.FORMATION, LimitFrom.EVENT, LimitFrom.NOTICE


def matter(text, **fields):
    found = Matter(name="事项", category=Category.DECISION, time_limit=text, **fields)
    found.read_limit()
    return found


class WordsTest(SimpleTestCase):
    """The ways in which published tables of counties write their limits."""

    def test_days_that_count_from_the_formation(self):
        for text, days, kind in (
            ("信息形成或变更之日起20个工作日内", 20, WORKING),
            ("自该信息形成(变更)之日起 20 个工作日内予以公开", 20, WORKING),
            ("信息形成之日起２０个工作日内", 20, WORKING),
            ("二十个工作日内", 20, WORKING),
            ("自收到评标报告之日起3日内公示，公示期不少于3日", 3, CALENDAR),
            ("本级财政部门批复后20日内", 20, CALENDAR),
            ("作出行政决定之日起7个工作日内", 7, WORKING),
        ):
            with self.subTest(text):
                found = limits.read(text)
                self.assertEqual(found[:3], (kind, days, FORMATION))

    def test_the_length_of_a_notice_is_no_deadline(self):
        for text, days, kind in (
            ("公示期不少于7日", 7, CALENDAR),
            ("公示时间不少于5个工作日", 5, WORKING),
            ("公开征求意见期限不少于30日", 30, CALENDAR),
        ):
            with self.subTest(text):
                self.assertEqual(limits.read(text)[:3], (kind, days, NOTICE))

    def test_days_that_count_back_from_an_event(self):
        for text, days, kind in (
            ("举行听证会7个工作日前", 7, WORKING),
            ("听证会举行15日前公告", 15, CALENDAR),
            ("招标拍卖挂牌活动开始前至少20日", 20, CALENDAR),
            ("开工、施工影响发生前10日", 10, CALENDAR),
        ):
            with self.subTest(text):
                self.assertEqual(limits.read(text)[:3], (kind, days, EVENT))

    def test_periods(self):
        for text, period, month, day in (
            ("每年1月31日前公开上年度情况", Period.YEARLY, 1, 31),
            ("每年汛期来临前公布", Period.YEARLY, 4, 30),
            ("每年12月31日前公开", Period.YEARLY, 12, 31),
            ("每季度结束后次月15日前公开", Period.QUARTERLY, None, 15),
            ("每季度前10日内集中公布上季度情况", Period.QUARTERLY, None, 10),
            ("每月10日前公开上月情况", Period.MONTHLY, None, 10),
            ("每半年公开一次", Period.HALF_YEARLY, None, None),
            ("每学期公开一次", Period.TERM, None, None),
        ):
            with self.subTest(text):
                found = limits.read(text)
                self.assertEqual(found.limit_kind, LimitKind.PERIODIC)
                self.assertEqual(
                    (found.period, found.due_month, found.due_day), (period, month, day)
                )

    def test_open_ended_words(self):
        self.assertEqual(limits.read("长期公示").review_months, 12)
        self.assertEqual(limits.read("常年公开，每6个月复核一次").review_months, 6)
        self.assertEqual(limits.read("及时公开"), limits.Limit(LimitKind.REALTIME))
        self.assertEqual(limits.read("即时").limit_days, 1)
        self.assertEqual(limits.read("信息形成后24小时内公开").limit_days, 1)

    def test_words_that_say_nothing_are_not_guessed_at(self):
        for text in ("", "—", "按上级规定执行", "详见附件", "0个工作日内"):
            with self.subTest(text):
                self.assertIsNone(limits.read(text))

    def test_a_matter_whose_words_say_nothing_falls_back_to_article_26(self):
        found = Matter(time_limit="按上级规定执行")
        self.assertFalse(found.read_limit())
        self.assertEqual((found.limit_kind, found.limit_days), (WORKING, 20))


class DueDayTest(SimpleTestCase):
    #: A Monday; 20 working days later the Qingming holiday hasn't begun.
    FORMED = date(2026, 3, 2)
    ARTICLE_26 = date(2026, 3, 30)

    def due(self, text, event_on=None, **fields):
        return limits.due_on(matter(text, **fields), self.FORMED, event_on)

    def test_the_shorter_limit_beats_the_20_working_days(self):
        self.assertEqual(self.due("信息形成之日起3个工作日内"), date(2026, 3, 5))
        self.assertEqual(self.due("信息形成之日起60日内"), self.ARTICLE_26)

    def test_a_notice_is_due_as_article_26_says(self):
        self.assertEqual(self.due("公示期不少于7日"), self.ARTICLE_26)

    def test_a_hearing_is_announced_whole_working_days_before(self):
        friday = date(2026, 3, 20)
        self.assertEqual(self.due("举行听证会7个工作日前", friday), date(2026, 3, 11))
        self.assertEqual(self.due("举行听证会7个工作日前"), self.ARTICLE_26)

    def test_regulations_shorten_what_the_standard_leaves_long(self):
        text = "信息形成或变更之日起20个工作日内"
        for name, category, due in (
            ("行政处罚决定公开", Category.RESULT, date(2026, 3, 11)),
            ("违法用地处罚决定", Category.RESULT, date(2026, 3, 11)),
            ("质量问题处罚", Category.RESULT, date(2026, 3, 11)),
            ("施工许可信息", Category.MANAGEMENT, date(2026, 3, 11)),
            ("行政处罚裁量基准", Category.MANAGEMENT, self.ARTICLE_26),
            ("卫生许可", Category.SERVICE, self.ARTICLE_26),
            ("中标结果公告", Category.RESULT, date(2026, 3, 4)),
            ("危房改造政策解读", Category.INTERPRETATION, date(2026, 3, 5)),
            ("行政处罚依据", Category.MANAGEMENT, self.ARTICLE_26),
        ):
            with self.subTest(name):
                found = matter(text)
                found.name, found.category = name, category
                self.assertEqual(limits.due_on(found, self.FORMED), due)

    def test_what_is_periodic_is_due_at_the_end_of_its_period(self):
        yearly = matter("每年3月31日前公开本年度安排")
        self.assertEqual(limits.due_on(yearly, date(2026, 3, 20)), date(2026, 3, 31))
        # Formed long before the day: the 20 working days are over first.
        self.assertEqual(limits.due_on(yearly, date(2026, 1, 5)), date(2026, 2, 2))
        # Too late for the period: late against the period, in time against article 26.
        self.assertEqual(limits.due_on(yearly, date(2026, 6, 1)), date(2026, 6, 30))


class CycleTest(SimpleTestCase):
    def cycle(self, text, today):
        return limits.cycle_of(matter(text), today)

    def test_each_period_opens_when_what_it_reports_is_complete(self):
        day = date(2026, 11, 24)
        for text, opens_on, due_on in (
            ("每年1月31日前公开", date(2026, 1, 1), date(2026, 1, 31)),
            ("每季度结束后次月15日前公开", date(2026, 10, 1), date(2026, 10, 15)),
            ("每月10日前公开上月情况", date(2026, 11, 1), date(2026, 11, 10)),
            ("每半年公开一次", date(2026, 7, 1), date(2026, 12, 31)),
            ("每学期公开一次", date(2026, 9, 1), date(2027, 1, 31)),
        ):
            with self.subTest(text):
                self.assertEqual(self.cycle(text, day)[:2], (opens_on, due_on))

    def test_the_period_before_is_told_too(self):
        found = self.cycle("每月10日前公开上月情况", date(2026, 1, 5))
        self.assertEqual(found.last_opened_on, date(2025, 12, 1))
        self.assertEqual(found.last_due_on, date(2025, 12, 10))

    def test_a_term_that_began_last_year_is_still_open(self):
        found = self.cycle("每学期公开一次", date(2026, 1, 20))
        self.assertEqual(found[:2], (date(2025, 9, 1), date(2026, 1, 31)))

    def test_the_end_of_february(self):
        found = self.cycle("每年2月底前公开", date(2026, 2, 3))
        self.assertEqual(found.due_on, date(2026, 2, 28))


class WorkdaysBackTest(SimpleTestCase):
    def test_whole_working_days_lie_between(self):
        # The day before the National Day holiday of 2026.
        self.assertEqual(workdays.subtract(date(2026, 10, 8), 1), date(2026, 9, 30))
