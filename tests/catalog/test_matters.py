"""The catalog tree and the standard its leaves carry."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import TestCase

from catalog.choices import Audience, Channel, LimitKind
from catalog.models import Matter, Unit
from catalog.printed import items, unit_names
from tests.factories import (
    STANDARD,
    make_disclosure,
    make_domain,
    make_inner_matter,
    make_matter,
    make_restricted_matter,
    make_township,
    make_unit,
)


class TreeTest(TestCase):
    def setUp(self):
        self.domain = make_domain()
        self.inner = make_inner_matter(self.domain)
        self.leaf = make_matter(self.inner)
        self.other = make_matter(make_domain())
        for row in (self.domain, self.inner, self.leaf):
            row.refresh_from_db()

    def test_domains_leaves_and_what_is_under_a_matter(self):
        self.assertEqual(set(Matter.objects.domains()), {self.domain, self.other.parent})
        self.assertEqual(set(Matter.objects.leaves()), {self.leaf, self.other})
        self.assertEqual(
            list(Matter.objects.under(self.domain)), [self.domain, self.inner, self.leaf]
        )
        self.assertEqual(list(Matter.objects.under(self.leaf)), [self.leaf])

    def test_a_domain_without_children_is_no_leaf(self):
        self.assertNotIn(make_domain(), Matter.objects.leaves())

    def test_the_tree_reads_in_order_in_one_query(self):
        first = make_matter(self.domain, position=1)
        with self.assertNumQueries(1):
            codes = [matter.code for matter in Matter.objects.as_tree()]
        self.assertEqual(codes, ["01", first.code, "01-01", "01-01-01", "02", "02-01"])

    def test_a_leaf_knows_its_domain_and_page(self):
        self.assertEqual(self.leaf.domain_code, "01")
        self.assertEqual(self.leaf.get_absolute_url(), "/catalog/matter/01-01-01/")
        self.assertEqual(self.domain.get_absolute_url(), "/catalog/01/")

    def test_three_levels_and_no_more(self):
        third = make_inner_matter(make_inner_matter(self.inner))
        with self.assertRaisesMessage(ValidationError, "最多到三级事项"):
            make_matter(third, code="01-01-02-99")

    def test_a_matter_is_not_its_own_ancestor(self):
        for parent in (self.inner, Matter.objects.get(pk=self.leaf.pk)):
            inner = Matter.objects.get(pk=self.inner.pk)
            inner.parent = parent
            with (
                self.subTest(parent),
                self.assertRaisesMessage(ValidationError, "不能是自己或自己的下级"),
            ):
                inner.full_clean()

    def test_a_leaf_with_its_standard_takes_no_children(self):
        with self.assertRaisesMessage(ValidationError, "不能再设下级"):
            make_matter(self.leaf)

    def test_moving_a_branch_keeps_the_tree_whole(self):
        self.inner.parent = self.other.parent
        self.inner.full_clean()
        self.inner.save()
        self.assertEqual(Matter.objects.get(pk=self.leaf.pk).get_root(), self.other.parent)
        before = places()
        Matter.objects.rebuild()
        self.assertEqual(places(), before)

    def test_codes_are_permanent(self):
        self.leaf.code = "01-01-99"
        with self.assertRaisesMessage(ValidationError, "事项编码一经使用不得更改"):
            self.leaf.full_clean()

    def test_codes_have_two_digits_a_level(self):
        for code in ("1", "01-1", "01-01-01-01-01", "01_01", "AA", "０１"):
            with self.subTest(code):
                with self.assertRaises(ValidationError) as caught:
                    Matter(code=code, name="领域").full_clean()
                self.assertIn("code", caught.exception.error_dict)

    def test_a_retired_matter_keeps_page_and_history(self):
        disclosure = make_disclosure(matter=self.leaf)
        self.leaf.retired_on = date(2020, 1, 1)
        self.leaf.full_clean()
        self.leaf.save()
        self.assertNotIn(self.leaf, Matter.objects.current())
        self.assertIn(disclosure, self.leaf.disclosures.visible())
        with self.assertRaises(ProtectedError):
            self.leaf.delete()
        with self.assertRaises(ProtectedError):
            self.domain.delete()


class StandardTest(TestCase):
    def refused(self, field, **fields):
        with self.assertRaises(ValidationError) as caught:
            make_matter(**fields)
        self.assertIn(field, caught.exception.error_dict)

    def test_a_leaf_needs_each_part_of_its_standard(self):
        empty = {"channels": [], "tiers": []}
        for name in Matter.STANDARD_FIELDS:
            with self.subTest(name):
                # Words that say nothing of days: nothing is read from them instead.
                words = {} if name == "time_limit" else {"time_limit": "按上级规定"}
                self.refused(name, **words | {name: empty.get(name, "")})
        self.refused("responsible_text", responsible_text="")
        self.refused("category", category="")

    def test_an_inner_matter_carries_none(self):
        inner = make_inner_matter()
        make_matter(inner)
        inner = Matter.objects.get(pk=inner.pk)
        inner.content = "内容"
        with self.assertRaisesMessage(ValidationError, "有下级的事项不填公开标准"):
            inner.full_clean()

    def test_counted_days_need_their_number_and_it_is_positive(self):
        with self.assertRaisesMessage(ValidationError, "必须填写天数"):
            make_matter(time_limit="按上级规定", limit_days=None)
        with self.assertRaisesMessage(ValidationError, "时限天数须大于0"):
            make_matter(limit_days=0)
        leaf = make_matter()
        for fields in ({"limit_days": None}, {"limit_days": 0}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Matter.objects.filter(pk=leaf.pk).update(**fields)
        make_matter(limit_days=None, limit_kind=LimitKind.REALTIME)

    def test_a_named_group_is_named_and_the_public_is_not(self):
        self.refused("audience_detail", audience=Audience.SPECIFIC)
        self.refused("audience_detail", audience_detail="被征收人")

    def test_restricted_in_python_and_in_sql(self):
        restricted, open_ = make_restricted_matter(), make_matter()
        also_online = make_restricted_matter(channels=[Channel.WEBSITE, Channel.ON_SITE])
        self.assertEqual(list(Matter.objects.restricted()), [restricted])
        self.assertEqual(
            [row.is_restricted for row in (restricted, open_, also_online)], [True, False, False]
        )

    def test_many_values_come_back_as_they_went_in(self):
        leaf = make_matter(channels=list(Channel), tiers=["county", "village"])
        leaf.refresh_from_db()
        self.assertEqual(list(leaf.channels), [channel.value for channel in Channel])
        self.assertEqual(list(leaf.tiers), ["county", "village"])

    def test_responsible_units_follow_the_printed_text(self):
        bureau, townships = make_unit(), [make_township(), make_township()]
        leaf = make_matter(units=[bureau], responsible_text=f"{bureau.short_name}、各乡镇人民政府")
        leaf.set_responsible_units(Unit.objects.directory())
        self.assertEqual(set(leaf.responsible_units.all()), {bureau, *townships})

    def test_the_standard_of_the_factory_is_the_whole_standard(self):
        self.assertEqual(set(Matter.STANDARD_FIELDS) - STANDARD.keys(), set())


class PrintedTest(TestCase):
    def test_lists_in_a_cell(self):
        self.assertEqual(items("对象; 结果;;"), ["对象", "结果"])
        self.assertEqual(items(""), [])
        self.assertEqual(items("申请 → 受理 →", "→"), ["申请", "受理"])
        self.assertEqual(make_matter().content_items, ["对象", "结果"])

    def test_unit_names_in_a_cell(self):
        self.assertEqual(
            unit_names("县财政局、 县民政局,各乡镇人民政府;县医保局"),
            ["县财政局", "县民政局", "各乡镇人民政府", "县医保局"],
        )


def places():
    return list(Matter.objects.order_by("pk").values_list("pk", "tree_id", "lft", "rght", "level"))
