"""Who owes what follows from what the catalog prints."""

from django.test import TestCase

from catalog.models import Obligation, Unit
from tests.factories import make_matter, make_township, make_unit, make_village


def owed(matter):
    rows = Obligation.objects.filter(matter=matter).order_by("unit__code")
    return [(row.unit, row.publisher) for row in rows.select_related("unit", "publisher")]


class ObligationTest(TestCase):
    def test_a_unit_that_is_named_owes_it_itself(self):
        unit = make_unit()
        self.assertEqual(owed(make_matter(units=[unit])), [(unit, unit)])

    def test_each_township_owes_what_all_of_them_owe(self):
        first, second = make_township(), make_township()
        matter = make_matter(units=[first, second], responsible_text="各乡镇人民政府")
        self.assertEqual(owed(matter), [(first, first), (second, second)])

    def test_a_village_owes_and_its_township_publishes(self):
        village = make_village()
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        self.assertEqual(owed(matter), [(village, village.parent)])

    def test_a_village_that_is_added_owes_what_villages_owe(self):
        first = make_village()
        matter = make_matter(units=[first.parent], responsible_text="村(居)民委员会")
        second = make_village(first.parent)
        self.assertEqual([unit for unit, _ in owed(matter)], [first, second])

    def test_what_is_answered_on_request_is_not_owed_unasked(self):
        make_matter(method="on_request")
        proactive = make_matter()
        self.assertEqual([row.matter for row in Obligation.objects.owed()], [proactive])

    def test_a_village_that_moves_is_published_for_by_its_new_township(self):
        village, other = make_village(), make_township()
        matter = make_matter(units=[village.parent], responsible_text="村(居)民委员会")
        Unit.objects.filter(pk=village.pk).update(parent=other)
        Obligation.objects.resync()
        self.assertEqual(owed(matter), [(village, other)])

    def test_a_second_time_nothing_is_written(self):
        make_matter(), make_village()
        with self.assertNumQueries(4):
            Obligation.objects.resync()
