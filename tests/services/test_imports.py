"""Service guides are written all at once, and still row by row in what is told of them."""

from unittest import mock

import tablib
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dingyuan_portal import roles
from services.models import Service
from services.resources import ServiceResource
from tests import pilot, samples
from tests.factories import make_matter, make_service, make_unit, make_user

NAME, MATTER, UNIT = "事项名称", "公开事项编码", "实施单位编码"


def exported():
    """{code of the service: its row in a file}"""
    return {row["事项编码"]: row for row in ServiceResource().export().dict}


def file_of(rows):
    headers = list(rows[0])
    return tablib.Dataset(*(list(row.values()) for row in rows), headers=headers)


def load(rows, **kwargs):
    return ServiceResource().import_data(file_of(list(rows)), **kwargs)


def refused(result):
    return {row.number: row.error_dict for row in result.invalid_rows}


def totals(result):
    return {kind: number for kind, number in result.totals.items() if number}


def stored():
    return list(Service.objects.order_by("pk").values())


class PilotImport(TestCase):
    @classmethod
    def setUpTestData(cls):
        pilot.load()

    def test_an_error_in_row_900_leaves_nothing_written(self):
        rows = list(exported().values())
        for row in rows:
            row[NAME] += "改"
        new = rows[5] | {"事项编码": "NEW-1", MATTER: ""}
        rows[899]["咨询电话"] = "12"
        before = stored()
        result = load([new, *rows])
        self.assertEqual(set(refused(result)), {901})
        self.assertEqual(stored(), before)

    def test_new_changed_and_unchanged_rows_are_counted_apart(self):
        rows = exported()
        codes = list(rows)
        gone = Service.objects.filter(code__in=codes[:100])
        gone.delete()
        for code in codes[100:300]:
            rows[code][NAME] += "改"
        result = load(rows.values())
        self.assertEqual(totals(result), {"new": 100, "update": 200, "skip": 1278})
        self.assertEqual(Service.objects.filter(name__endswith="改").count(), 200)
        self.assertEqual(exported(), rows)


class LinkImport(TestCase):
    """One matter, one guide: whoever holds it when the whole file is in."""

    def setUp(self):
        self.matters = [make_matter(is_public_service=True) for _ in range(2)]
        self.first, self.second = (make_service(matter=matter) for matter in self.matters)
        self.free = make_service()
        self.rows = exported()

    def load(self, **matters):
        """Import with the links of ``matters``: attribute of the test → index of a matter."""
        for name, place in matters.items():
            code = self.matters[place].code if place is not None else ""
            self.rows[getattr(self, name).code][MATTER] = code
        return load(self.rows.values())

    def links(self):
        for service in (self.first, self.second, self.free):
            service.refresh_from_db()
        return [service.matter for service in (self.first, self.second, self.free)]

    def test_a_service_moves_to_another_matter(self):
        other = make_matter(is_public_service=True)
        self.matters.append(other)
        self.assertEqual(totals(self.load(first=2)), {"update": 1, "skip": 2})
        self.assertEqual(self.links(), [other, self.matters[1], None])

    def test_two_services_change_places(self):
        self.assertEqual(totals(self.load(first=1, second=0)), {"update": 2, "skip": 1})
        self.assertEqual(self.links(), [self.matters[1], self.matters[0], None])

    def test_a_link_is_taken_in_a_row_before_the_one_that_lets_it_go(self):
        self.assertEqual(totals(self.load(first=1, second=None)), {"update": 2, "skip": 1})
        self.assertEqual(self.links(), [self.matters[1], None, None])

    def test_a_new_service_takes_what_another_lets_go(self):
        self.rows["NEW"] = self.rows[self.free.code] | {
            "事项编码": "NEW", MATTER: self.matters[0].code,
        }  # fmt: skip
        self.assertEqual(totals(self.load(first=None)), {"new": 1, "update": 1, "skip": 2})
        self.assertEqual(Service.objects.get(matter=self.matters[0]).code, "NEW")

    def test_a_matter_that_another_service_keeps_is_refused_at_its_row(self):
        before = stored()
        for rows in (self.rows, {self.free.code: self.rows[self.free.code]}):
            self.rows = rows
            number = list(rows).index(self.free.code) + 1
            found = refused(self.load(free=1))
            self.assertEqual(set(found), {number})
            self.assertIn("已存在", "".join(found[number]["matter"]))
        self.assertEqual(stored(), before)

    def test_two_rows_that_take_one_matter_are_refused_at_the_second(self):
        found = refused(self.load(first=None, second=0, free=0))
        self.assertEqual({row: list(told) for row, told in found.items()}, {3: ["matter"]})

    def test_a_file_without_the_column_leaves_the_links(self):
        before = self.links()
        for row in self.rows.values():
            del row[MATTER]
            row[NAME] += "改"
        self.assertEqual(totals(load(self.rows.values())), {"update": 3})
        self.assertEqual(self.links(), before)


class ServiceImport(TestCase):
    def setUp(self):
        self.service = make_service(unit=make_unit())
        self.rows = exported()
        self.row = self.rows[self.service.code]

    def test_the_number_of_queries_does_not_grow_with_the_rows(self):
        def queries(rows):
            with CaptureQueriesContext(connection) as found:
                self.assertEqual(totals(load(rows)), {"new": len(rows) - 1, "update": 1})
            return len(found)

        def named(prefix, rows):
            units = [make_unit() for _ in range(rows)]
            return [
                self.row | {"事项编码": f"{prefix}-{unit.code}", UNIT: unit.code} for unit in units
            ]

        few = queries([self.row | {NAME: "甲"}, *named("A", 2)])
        self.assertEqual(queries([self.row | {NAME: "乙"}, *named("B", 25)]), few)

    def test_every_wrong_column_of_a_row_is_named_at_once(self):
        self.row |= {
            UNIT: "NONE",
            MATTER: make_matter().code,
            NAME: "长" * 81,
            "收费标准": "10元",
            "承诺时限(工作日)": 21,
            "咨询电话": "0550-0901999",
        }
        found = refused(load([self.row]))
        self.assertEqual(
            set(found[1]),
            {"unit", "matter", "name", "fee_basis", "promised_days", "complaint_phone"},
        )

    def test_a_character_that_cannot_be_stored_is_refused_at_its_cell(self):
        for heading, field, words in [
            (NAME, "name", "控制字符"),
            (UNIT, "unit", "没有编码为"),
            ("事项编码", "code", "控制字符"),
        ]:
            with self.subTest(heading):
                result = load([self.row | {heading: "A\x00"}])
                told = [str(error) for row in result.error_rows for error in row.errors]
                self.assertIn(words, "".join(refused(result).get(1, {}).get(field, told)))

    def test_what_only_the_database_knows_refuses_the_file_in_words(self):
        self.row["承诺时限(工作日)"] = 21
        before = stored()
        with mock.patch.object(Service, "clean", lambda self: None):
            result = load([self.row])
        told = [str(error.error) for error in result.base_errors]
        self.assertEqual(told, ["承诺时限不得长于法定时限"])
        self.assertEqual(stored(), before)

    def test_only_what_changed_is_stamped_anew(self):
        other = make_service()
        rows = exported()
        rows[other.code][NAME] += "改"
        load(rows.values())
        before = {row.pk: row.updated_at for row in (self.service, other)}
        after = dict(Service.objects.values_list("pk", "updated_at"))
        self.assertEqual(after[self.service.pk], before[self.service.pk])
        self.assertGreater(after[other.pk], before[other.pk])

    def test_the_preview_tells_what_changes_and_the_confirmation_is_logged(self):
        self.client.force_login(make_user(role=roles.OPENNESS_OFFICE))
        rows = [self.row | {NAME: "改了名的事项"}, self.row | {"事项编码": "NEW"}]
        content = file_of(rows).export("csv").encode("utf-8-sig")
        before = stored()
        preview = self.client.post(
            reverse("admin:services_service_import"),
            {"import_file": samples.upload("办事指南.csv", content), "resource": "0"},
        )
        self.assertEqual(stored(), before)
        self.assertEqual(preview.context["counts"], {"new": 1, "update": 1, "skip": 0})
        changed = preview.context["changed_rows"][0]
        self.assertEqual([change.heading for change in changed.changes], [NAME])
        self.client.post(
            reverse("admin:services_service_process_import"),
            preview.context["confirm_form"].initial,
        )
        logged = LogEntry.objects.values_list("action_flag", "object_id")
        new = Service.objects.get(code="NEW")
        self.assertEqual(set(logged), {(CHANGE, str(self.service.pk)), (ADDITION, str(new.pk))})
