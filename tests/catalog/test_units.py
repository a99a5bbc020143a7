import tablib
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import TestCase

from catalog.choices import UnitKind
from catalog.models import Unit
from catalog.resources import UnitResource
from catalog.validators import validate_credit_code, validate_phone
from tests.factories import make_matter, make_service, make_township, make_unit, make_village


class UnitTest(TestCase):
    def test_villages_are_no_publishers(self):
        unit, township = make_unit(), make_township()
        village = make_village(township)
        self.assertEqual(set(Unit.objects.publishers()), {unit, township})
        self.assertEqual(list(Unit.objects.townships()), [township])
        self.assertEqual(list(Unit.objects.villages()), [village])
        self.assertEqual(list(township.children.all()), [village])

    def test_a_village_is_found_at_its_township(self):
        township = make_township()
        self.assertEqual(make_village(township).get_absolute_url(), f"/units/{township.code}/")

    def test_a_village_belongs_to_a_township_or_a_park(self):
        make_village(make_unit(kind=UnitKind.PARK, division_code="341125999"))
        for parent in (None, make_unit()):
            village = Unit(
                code="1", name="村", short_name="村", kind=UnitKind.VILLAGE, parent=parent
            )
            with self.assertRaisesMessage(ValidationError, "上级须是乡镇人民政府或园区管委会"):
                village.full_clean()

    def test_a_publisher_has_address_and_two_different_phones(self):
        for name in ("address", "phone", "complaint_phone"):
            with self.subTest(name), self.assertRaises(ValidationError) as caught:
                make_unit(**{name: ""})
            self.assertIn(name, caught.exception.error_dict)
        with self.assertRaisesMessage(ValidationError, "不得与办公电话相同"):
            make_unit(phone="0550-0901000", complaint_phone="0550-0901000")

    def test_two_publishers_never_share_a_name_but_villages_may(self):
        unit = make_unit()
        with self.assertRaisesMessage(ValidationError, "已有同名的公开单位"):
            make_unit(name=unit.name)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Unit.objects.create(code="X", name=unit.name, short_name="x", kind=UnitKind.DEPARTMENT)
        for _ in range(2):
            make_village(make_township(), name="王桥村")

    def test_a_credit_code_belongs_to_one_unit(self):
        code = "91350100M000100Y43"
        make_unit(credit_code=code)
        with self.assertRaisesMessage(ValidationError, "已属于另一单位"):
            make_unit(credit_code=code)

    def test_units_do_not_stand_above_themselves(self):
        first, second, third = make_unit(), make_unit(), make_unit()
        second.parent, third.parent = first, second
        second.save()
        third.save()
        for parent in (first, third):
            first.parent = parent
            with self.subTest(parent), self.assertRaises(ValidationError) as caught:
                first.full_clean()
            self.assertIn("parent", caught.exception.error_dict)

    def test_a_unit_that_owes_or_serves_is_kept(self):
        served = make_service().unit
        owing = make_matter().responsible_units.get()
        with self.assertRaises(ProtectedError):
            served.delete()
        township = make_village().parent
        with self.assertRaises(ProtectedError):
            township.delete()
        self.assertTrue(Unit.objects.filter(pk=owing.pk).exists())

    def test_printed_groups_stand_for_each_of_their_units(self):
        bureau = make_unit(short_name="县教育体育局")
        townships = [make_township(), make_township()]
        make_village(townships[0])
        with self.assertNumQueries(1):
            directory = Unit.objects.directory()
        self.assertEqual(directory["各乡镇人民政府"], townships)
        self.assertEqual(directory["村(居)民委员会"], townships)
        self.assertEqual(directory["各义务教育学校"], [bureau])
        self.assertEqual(directory[bureau.name], [bureau])
        self.assertNotIn("第1村", directory)


class ValidatorTest(TestCase):
    def test_phones_people_can_dial(self):
        for phone in ("0550-0901000", "010-12345678", "0550-1234567-801", "12345", "120", "110",
                      "400-123-4567", "4001234567", "13800138000", "96111", "95598"):  # fmt: skip
            with self.subTest(phone):
                validate_phone(phone)

    def test_phones_nobody_can_dial(self):
        wrong = "0901000", "0550 0901000", "0550-123", "0550-0901000\n", "abc", "1", "１２３４５"
        for phone in wrong:
            with self.subTest(phone), self.assertRaises(ValidationError):
                validate_phone(phone)

    def test_credit_codes_are_checked_to_the_last_character(self):
        validate_credit_code("91350100M000100Y43")  # the sample of GB 32100-2015
        for wrong in (
            "91350100M000100Y44",
            "91350100M000100Y4",
            "91350100I000100Y43",
            "91350100M000100y43",
            "91350100M000100Y43\n",
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                validate_credit_code(wrong)


class RelinkTest(TestCase):
    def test_a_new_township_owes_what_every_township_owes(self):
        first = make_township()
        matter = make_matter(units=[first], responsible_text="各乡镇人民政府")
        dataset = UnitResource().export(Unit.objects.filter(pk=first.pk))
        row = dict(zip(dataset.headers, dataset[0], strict=True))
        row |= {"单位编码": "T9999", "单位全称": "新设镇人民政府", "简称": "新设镇"}
        row |= {"行政区划代码": "341125999"}
        new = tablib.Dataset(list(row.values()), headers=list(row))
        result = UnitResource().import_data(new)
        self.assertEqual(result.totals["new"], 1)
        units = set(matter.responsible_units.values_list("code", flat=True))
        self.assertEqual(units, {first.code, "T9999"})
