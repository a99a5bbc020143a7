"""Chinese working days, with the State Council's holidays and make-up days."""

from datetime import date, timedelta

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import workdays

DAYS = st.dates(date(2016, 1, 1), date(2029, 12, 31))


class CalendarTest(SimpleTestCase):
    def test_holidays_and_make_up_days_of_the_state_council(self):
        # 国办发明电〔2023〕7号: National Day 2024 is 1 to 7 October; 29 September and
        # 12 October, a Sunday and a Saturday, are worked.
        for day, expected in {
            date(2024, 9, 27): True,
            date(2024, 9, 28): False,
            date(2024, 9, 29): True,
            date(2024, 9, 30): True,
            date(2024, 10, 1): False,
            date(2024, 10, 7): False,
            date(2024, 10, 8): True,
            date(2024, 10, 12): True,
            date(2024, 10, 13): False,
        }.items():
            with self.subTest(day):
                self.assertIs(workdays.is_workday(day), expected)

    def test_a_year_not_announced_yet_counts_monday_to_friday(self):
        year = next(year for year in range(2026, 2100) if not workdays.is_official(year))
        monday = date(year, 5, 31)
        monday -= timedelta(days=monday.weekday())
        week = [workdays.is_workday(monday + timedelta(days=n)) for n in range(7)]
        self.assertEqual(week, [True] * 5 + [False] * 2)

    def test_years_with_a_calendar_are_official(self):
        for year in range(2016, 2027):
            self.assertTrue(workdays.is_official(year), year)
        self.assertFalse(workdays.is_official(1999))


class AddTest(SimpleTestCase):
    def test_the_clock_starts_the_day_after(self):
        self.assertEqual(workdays.add(date(2024, 9, 27), 1), date(2024, 9, 29))
        self.assertEqual(workdays.add(date(2024, 9, 28), 1), date(2024, 9, 29))

    def test_over_a_holiday(self):
        self.assertEqual(workdays.add(date(2024, 9, 30), 1), date(2024, 10, 8))

    def test_over_the_end_of_a_year(self):
        # 2025-01-01 is a holiday; 28 January to 4 February is Spring Festival, with
        # 26 January and 8 February worked.
        self.assertEqual(workdays.add(date(2024, 12, 30), 2), date(2025, 1, 2))
        self.assertEqual(workdays.add(date(2024, 12, 27), 20), date(2025, 1, 26))
        self.assertEqual(workdays.add(date(2025, 1, 24), 4), date(2025, 2, 6))

    def test_into_a_year_not_announced_yet(self):
        year = next(year for year in range(2026, 2100) if not workdays.is_official(year))
        last = date(year - 1, 12, 31)
        due = workdays.add(last, 5)
        self.assertEqual(due.year, year)
        self.assertEqual(workdays.between(last, due), 5)

    def test_no_days_is_the_day_itself(self):
        self.assertEqual(workdays.add(date(2024, 10, 1), 0), date(2024, 10, 1))

    @settings(max_examples=200, deadline=None)
    @given(DAYS, st.integers(1, 60))
    def test_adding_then_counting_gives_the_same_number(self, day, count):
        due = workdays.add(day, count)
        self.assertTrue(workdays.is_workday(due))
        self.assertEqual(workdays.between(day, due), count)
        self.assertEqual(workdays.between(day, due - timedelta(days=1)), count - 1)

    @settings(max_examples=200, deadline=None)
    @given(DAYS, st.integers(1, 30), st.integers(1, 30))
    def test_adding_in_two_steps_is_adding_at_once(self, day, first, second):
        self.assertEqual(
            workdays.add(workdays.add(day, first), second), workdays.add(day, first + second)
        )


class BetweenTest(SimpleTestCase):
    def test_the_first_day_does_not_count_and_the_last_does(self):
        self.assertEqual(workdays.between(date(2024, 9, 27), date(2024, 9, 27)), 0)
        self.assertEqual(workdays.between(date(2024, 9, 27), date(2024, 9, 29)), 1)
        self.assertEqual(workdays.between(date(2024, 9, 30), date(2024, 10, 7)), 0)

    def test_backwards_is_negative(self):
        self.assertEqual(workdays.between(date(2024, 10, 8), date(2024, 9, 27)), -3)

    @settings(max_examples=200, deadline=None)
    @given(DAYS, st.integers(0, 200), st.integers(0, 200))
    def test_the_way_may_be_counted_in_parts(self, first, one_way, the_other):
        second = first + timedelta(days=one_way)
        third = second + timedelta(days=the_other)
        self.assertEqual(
            workdays.between(first, second) + workdays.between(second, third),
            workdays.between(first, third),
        )
        self.assertEqual(workdays.between(first, third), -workdays.between(third, first))
