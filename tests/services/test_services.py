from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import TestCase

from services.models import Service
from tests.factories import make_matter, make_service


class ServiceTest(TestCase):
    def refused(self, field, **fields):
        with self.assertRaises(ValidationError) as caught:
            make_service(**fields)
        self.assertIn(field, caught.exception.error_dict)

    def test_the_promise_is_within_the_statutory_limit(self):
        with self.assertRaisesMessage(ValidationError, "承诺时限不得长于法定时限"):
            make_service(statutory_days=5, promised_days=6)
        service = make_service(statutory_days=5, promised_days=5)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Service.objects.filter(pk=service.pk).update(promised_days=6)

    def test_without_a_statutory_limit_any_promise_holds(self):
        self.assertEqual(make_service(statutory_days=None, promised_days=90).promised_days, 90)

    def test_a_fee_has_its_basis(self):
        with self.assertRaisesMessage(ValidationError, "收费的事项必须写明收费依据"):
            make_service(fee="每证10元")
        service = make_service(fee="每证10元", fee_basis="皖价费〔2018〕1号")
        self.assertFalse(service.is_free)
        self.assertTrue(make_service().is_free)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Service.objects.filter(pk=service.pk).update(fee_basis="")

    def test_the_two_rules_say_the_same_in_python_and_in_the_database(self):
        service = make_service()
        for changes in (
            *({"statutory_days": most, "promised_days": days}
              for most in (None, 0, 5) for days in (0, 5, 6)),
            *({"fee": fee, "fee_basis": basis}
              for fee in ("不收费", "10元") for basis in ("", "皖价费〔2018〕1号")),
        ):  # fmt: skip
            service.refresh_from_db()
            for name, value in changes.items():
                setattr(service, name, value)
            holds = service.is_promised_in_time and service.is_fee_founded
            with self.subTest(changes):
                try:
                    with transaction.atomic():
                        Service.objects.filter(pk=service.pk).update(**changes)
                except IntegrityError:
                    self.assertFalse(holds)
                else:
                    self.assertTrue(holds)

    def test_phones_are_checked_and_differ(self):
        self.refused("phone", phone="0901000")
        self.refused("complaint_phone", complaint_phone="0901000")
        self.refused("complaint_phone", complaint_phone="0550-0901000")

    def test_the_ten_elements_are_all_filled(self):
        for name in ("name", "legal_basis", "process", "conditions", "materials", "fee",
                     "result", "address", "phone", "complaint_phone"):  # fmt: skip
            with self.subTest(name):
                self.refused(name, **{name: ""})
        self.refused("promised_days", promised_days=None)
        self.refused("applicants", applicants=[])

    def test_a_service_hangs_on_a_public_service_matter_and_alone(self):
        self.refused("matter", matter=make_matter())
        matter = make_matter(is_public_service=True)
        service = make_service(matter=matter)
        self.assertEqual(matter.service, service)
        self.refused("matter", matter=matter)
        self.assertEqual(list(Service.objects.linked()), [service])

    def test_its_matter_and_unit_are_kept(self):
        service = make_service(matter=make_matter(is_public_service=True))
        for row in (service.matter, service.unit):
            with self.subTest(row), self.assertRaises(ProtectedError):
                row.delete()

    def test_codes_are_capital_letters_digits_and_hyphens(self):
        for code in ("dy-1", "DY 1", "DY/1", ""):
            with self.subTest(code):
                self.refused("code", code=code)
        self.assertEqual(
            make_service(code="DY-ZJJ-0007").get_absolute_url(), "/services/DY-ZJJ-0007/"
        )

    def test_done_at_once_and_one_visit(self):
        at_once, later = make_service(promised_days=0, visits=0), make_service(visits=2)
        self.assertTrue(at_once.is_immediate)
        self.assertFalse(later.is_immediate)
        self.assertEqual(list(Service.objects.at_most_one_visit()), [at_once])

    def test_a_retired_service_is_no_longer_current(self):
        current, retired = make_service(), make_service(retired_on=date(2020, 1, 1))
        self.assertEqual(list(Service.objects.current()), [current])
        self.assertEqual([current.is_retired, retired.is_retired], [False, True])

    def test_lists_of_a_guide_come_apart(self):
        service = make_service(
            process="申请 → 受理 → 办结", materials="身份证;户口簿", conditions="甲;乙;"
        )
        self.assertEqual(service.process_steps, ["申请", "受理", "办结"])
        self.assertEqual(service.material_items, ["身份证", "户口簿"])
        self.assertEqual(service.condition_items, ["甲", "乙"])

    def test_many_values_come_back_as_they_went_in(self):
        service = make_service(applicants=["person", "organisation"], lists=["power", "duty"])
        service.refresh_from_db()
        self.assertEqual(list(service.applicants), ["person", "organisation"])
        self.assertEqual(list(service.lists), ["power", "duty"])
