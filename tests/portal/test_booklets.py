"""四册一图一表: every matter, entry and step stands once; versions follow the data."""

import io
import re
from functools import cache
from unittest import mock

import openpyxl
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from catalog import typesetting
from catalog.choices import Category
from catalog.models import AccountabilityStep, AccountabilityTable, Matter, NegativeListEntry
from dingyuan_portal import booklets
from dingyuan_portal.booklets import BOOKLETS, Edition, Source
from dingyuan_portal.booklets import editions as making
from disclosures.choices import ROUTES, ReviewLevel, RevisionKind
from disclosures.models import LedgerEntry
from tests import pilot
from tests.factories import (
    make_accountability_step,
    make_inner_matter,
    make_matter,
    make_negative_entry,
    make_unit,
    make_user,
)
from tests.marks import needs_fonts

DEMONSTRATION = settings.SITE | {"is_demo": True}
SLUGS = list(BOOKLETS)


def read(pdf):
    """The text of each page, as it is set."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def pages_of(pdf):
    """The text of each page, without spaces."""
    return [without_spaces(text) for text in read(pdf)]


def without_spaces(text):
    return re.sub(r"[\s\u200b]", "", text)


def edition(slug):
    return Edition(BOOKLETS[slug], Source())


def times(code, text):
    """How often ``code`` stands in ``text``, not counting longer codes that begin with it."""
    return len(re.findall(rf"(?<![\d-]){re.escape(code)}(?![\d-])", text))


@needs_fonts
class PrintedPilotTests(TestCase):
    """All booklets of the pilot's data, each set once for the whole class."""

    @classmethod
    def setUpTestData(cls):
        pilot.load()

    @staticmethod
    @cache
    def as_set(slug):
        return read(booklets.made(edition(slug), "pdf")[0])

    def pages(self, slug):
        return [without_spaces(text) for text in self.as_set(slug)]

    def body(self, slug):
        return self.pages(slug)[2:]

    def test_every_matter_stands_once_with_its_code_name_category_and_units(self):
        text, as_set = "".join(self.pages("matters")), "\n".join(self.as_set("matters"))
        found = {1: 0, 2: 0, 3: 0}
        for matter in Matter.objects.filter(level__gt=0):
            self.assertEqual(times(matter.code, as_set), 1, matter)
            row = f"{matter.code}{matter.name}{matter.get_category_display()}"
            self.assertIn(without_spaces(f"{row}{matter.responsible_text}"), text)
            found[matter.level] += 1
        self.assertEqual(found, {1: 193, 2: 446, 3: 517})

    def test_the_cover_counts_what_the_body_holds(self):
        cover = self.pages("matters")[0]
        for fact in ("8试点领域", "193一级事项", "446二级事项", "517三级事项"):
            self.assertIn(fact, cover)

    def test_every_standard_stands_once(self):
        text, as_set = "".join(self.body("standards")), "\n".join(self.as_set("standards"))
        leaves = Matter.objects.leaves()
        self.assertEqual(len(leaves), 728)
        for leaf in leaves:
            self.assertEqual(times(leaf.code, as_set), 1, leaf)
            self.assertIn(without_spaces(leaf.name), text)
            for element in leaf.content_items:
                self.assertIn(without_spaces(element), text)

    def test_every_negative_entry_stands_once(self):
        text = "".join(self.body("negative-list"))
        entries = NegativeListEntry.objects.all()
        self.assertEqual(len(entries), 59)
        for entry in entries:
            self.assertEqual(times(entry.code, text), 1, entry)
            for words in (entry.name, entry.description, *entry.legal_basis_items):
                self.assertIn(without_spaces(f"{entry.code}{entry.name}"), text)
                self.assertIn(without_spaces(words), text)

    def test_the_twelve_tables_have_all_their_steps(self):
        self.assertEqual(AccountabilityTable.objects.count(), 12)
        steps = list(AccountabilityStep.objects.select_related("table"))
        self.assertEqual(len(steps), 81)
        chapters = self.chapters("accountability")
        self.assertEqual(len(chapters), 12)
        for step in steps:
            text = chapters[step.table.name]
            row = f"{step.number}{step.stage}{step.duty}{step.responsible_role}{step.deadline}"
            row += f"{step.fault}{step.consequence}"
            self.assertEqual(text.count(without_spaces(row)), 1, step)

    def test_each_category_has_its_steps_and_its_limits(self):
        chapters = self.chapters("routes")
        for category in Category:
            text = chapters[category.label]
            steps = AccountabilityStep.objects.filter(table__name__startswith=category.label)
            self.assertGreater(len(steps), 5)
            for step in steps:
                row = f"{step.number}{step.stage}{step.duty}{step.responsible_role}{step.deadline}"
                self.assertEqual(text.count(without_spaces(row)), 1, step)
            for level in ReviewLevel:
                self.assertIn(level.label, text)
            limits = Matter.objects.leaves().filter(category=category)
            for limit in limits.order_by().values_list("time_limit", flat=True).distinct():
                number = limits.filter(time_limit=limit).count()
                self.assertIn(without_spaces(f"{limit}{number}"), text)

    def chapters(self, slug):
        """Title → text of the pages from its beginning to the next chapter's."""
        found, title = {}, ""
        titles = [chapter["title"] for chapter in edition(slug).content.chapters]
        for page in self.body(slug):
            begins = [
                name for name in titles if re.search(rf"[一二三四五六七八九十]、{name}", page)
            ]
            self.assertLessEqual(len(begins), 1)
            title = begins[0] if begins else title
            found[title] = found.get(title, "") + page
        return found

    def test_contents_tell_the_page_where_each_chapter_starts(self):
        for slug in SLUGS:
            contents, body = self.pages(slug)[1], self.body(slug)
            told = re.findall(r"([一二三四五六七八九十]+、[^.]+?)\.{3,}(\d+)", contents)
            titles = [chapter["title"] for chapter in edition(slug).content.chapters]
            self.assertEqual([heading.partition("、")[2] for heading, _page in told], titles)
            for heading, page in told:
                with self.subTest(slug, heading=heading):
                    starts = [place for place, text in enumerate(body, 1) if heading in text]
                    self.assertEqual(starts, [int(page)])

    def test_pages_are_numbered_through_and_named_at_their_head(self):
        for slug in SLUGS:
            for place, text in enumerate(self.body(slug), 1):
                with self.subTest(slug, page=place):
                    self.assertEqual(re.findall(r"—(\d+)—", text), [str(place)])
                    self.assertTrue(text.startswith(f"定远县{BOOKLETS[slug].title}"))
            for front in self.pages(slug)[:2]:
                self.assertNotRegex(front, r"—\d+—")

    def test_the_cover_says_what_it_is_of_when_and_in_which_version(self):
        day = timezone.localdate()
        for slug, booklet in BOOKLETS.items():
            cover = self.pages(slug)[0]
            for words in (
                "定远县",
                booklet.title,
                settings.SITE["organisation"],
                f"{day.year}年{day.month}月{day.day}日",
                edition(slug).version,
            ):
                self.assertIn(without_spaces(words), cover)
            self.assertNotIn("示范", cover)

    def test_the_workbook_of_matters_has_them_all_with_their_place(self):
        sheet = workbook("matters").active
        rows = [row for row in sheet.iter_rows(values_only=True) if row[1]][1:]
        self.assertEqual(len(rows), 193 + 446 + 517)
        by_code = {row[1]: row for row in rows}
        for matter in Matter.objects.filter(level__gt=0).select_related("parent__parent__parent"):
            path = [each.name for each in above(matter)]
            expected = [*path[1:], "", "", ""][:3]
            row = by_code[matter.code]
            self.assertEqual([cell or "" for cell in row[2:5]], expected)
            self.assertEqual(row[0], path[0])
            self.assertEqual(row[6], matter.responsible_text)

    def test_the_other_workbooks_have_all_their_rows(self):
        for slug, count in (("negative-list", 59), ("accountability", 81)):
            sheet = workbook(slug).active
            rows = [row for row in sheet.iter_rows(values_only=True) if row[1]][1:]
            self.assertEqual(len(rows), count)
            self.assertEqual(sheet.page_setup.orientation, "landscape")
            self.assertTrue(sheet.print_title_rows)


def above(matter):
    path = [matter]
    while path[0].parent:
        path.insert(0, path[0].parent)
    return path


def workbook(slug):
    return openpyxl.load_workbook(io.BytesIO(booklets.made(edition(slug), "xlsx")[0]))


@needs_fonts
class PrintTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.matter = make_matter(name="分配结果")
        make_negative_entry()
        make_accountability_step()

    def text(self, slug="matters"):
        return "".join(pages_of(edition(slug).made("pdf", timezone.localdate())))

    def test_what_typst_would_read_as_markup_is_printed_as_typed(self):
        name = r'#panic("x") $a$ *粗* _斜_ <签> @引 \ "引" //注'
        self.matter.name = name
        self.matter.save()
        for slug in ("matters", "standards"):
            self.assertIn(without_spaces(name), self.text(slug))

    def test_a_demonstration_says_so_on_its_cover_and_in_its_workbook(self):
        with override_settings(SITE=DEMONSTRATION):
            for slug in SLUGS:
                cover = pages_of(edition(slug).made("pdf", timezone.localdate()))[0]
                self.assertIn("示范数据，不是正式文本", cover)
            sheet = workbook("matters").active
        self.assertIn(
            "示范数据", " ".join(str(row[0]) for row in sheet.iter_rows(values_only=True))
        )

    def test_a_retired_matter_is_left_out(self):
        self.matter.retired_on = timezone.localdate()
        self.matter.save()
        self.assertNotIn(self.matter.name, self.text())

    def test_what_stands_above_a_matter_in_force_stays_with_it(self):
        inner = make_inner_matter(name="停用的上级", retired_on=timezone.localdate())
        leaf = make_matter(inner, name="现行的下级")
        make_matter(inner, name="停用的下级", retired_on=timezone.localdate())
        for slug in ("matters", "standards"):
            text = self.text(slug)
            self.assertIn(inner.name, text)
            self.assertIn(leaf.name, text)
            self.assertNotIn("停用的下级", text)

    def test_a_changed_route_changes_the_booklet(self):
        self.assertIn("3分管领导", self.text("routes"))
        without = tuple(level for level in ReviewLevel if level != ReviewLevel.DEPUTY_LEADER)
        with mock.patch.dict(ROUTES, {RevisionKind.TEXT: without}):
            changed = self.text("routes")
        self.assertIn("3政务公开办", changed)
        self.assertNotIn("分管领导", changed)

    def test_an_empty_catalog_makes_booklets_too(self):
        AccountabilityStep.objects.all().delete()
        NegativeListEntry.objects.all().delete()
        self.matter.delete()
        Matter.objects.all().delete()
        for slug in SLUGS:
            self.assertIn(BOOKLETS[slug].title, self.text(slug))


@needs_fonts
class VersionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.matter = make_matter(name="分配结果")
        make_negative_entry()
        make_accountability_step()

    def setUp(self):
        for slug in SLUGS:
            folder = f"{booklets.store.FOLDER}/{slug}"
            if default_storage.exists(folder):
                for name in default_storage.listdir(folder)[1]:
                    default_storage.delete(f"{folder}/{name}")

    def files(self, slug):
        return sorted(default_storage.listdir(f"{booklets.store.FOLDER}/{slug}")[1])

    def test_the_same_data_is_set_once(self):
        with mock.patch.object(making, "typeset", wraps=making.typeset) as setting:
            first = self.client.get("/downloads/matters.pdf")
            second = self.client.get("/downloads/matters.pdf")
        self.assertEqual(setting.call_count, 1)
        self.assertEqual(first.content, second.content)
        self.assertEqual(len(self.files("matters")), 1)

    def test_a_changed_matter_is_in_the_next_download_and_the_old_file_is_gone(self):
        self.client.get("/downloads/matters.pdf")
        self.client.get("/downloads/matters.xlsx")
        before, kept = edition("matters").version, self.files("matters")
        self.assertEqual(len(kept), 2)
        self.matter.name = "改了名的事项"
        self.matter.save()
        self.assertNotEqual(edition("matters").version, before)
        text = "".join(pages_of(self.client.get("/downloads/matters.pdf").content))
        self.assertIn("改了名的事项", text)
        self.assertEqual(len(self.files("matters")), 1)
        self.assertFalse({*kept} & {*self.files("matters")})

    def test_only_what_a_booklet_says_makes_a_version(self):
        versions = {slug: edition(slug).version for slug in SLUGS}
        self.matter.content = "别的要素"
        self.matter.save()
        changed = {slug for slug in SLUGS if edition(slug).version != versions[slug]}
        self.assertEqual(changed, {"standards"})
        self.matter.is_public_service = True
        self.matter.save()
        with override_settings(SITE=settings.SITE | {"contact": "0550-0901001"}):
            self.assertEqual(edition("matters").version, versions["matters"])
        with override_settings(SITE=settings.SITE | {"organisation": "另一个办公室"}):
            self.assertNotEqual(edition("matters").version, versions["matters"])

    def test_a_version_keeps_the_day_on_which_it_was_first_made(self):
        self.client.get("/downloads/matters.pdf")
        later = timezone.localdate() + timezone.timedelta(days=9)
        with mock.patch("django.utils.timezone.localdate", return_value=later):
            _content, day = booklets.made(edition("matters"), "xlsx")
            self.assertEqual(booklets.made(edition("negative-list"), "xlsx")[1], later)
        self.assertEqual(day, later - timezone.timedelta(days=9))

    def test_two_who_make_the_same_at_once_leave_one_file(self):
        first = edition("matters")

        def made_by_another(template, name, data):
            with mock.patch.object(making, "typeset", wraps=typesetting.typeset):
                booklets.made(edition("matters"), "pdf")
            return typesetting.typeset(template, name, data)

        with mock.patch.object(making, "typeset", side_effect=made_by_another):
            content, _day = booklets.made(first, "pdf")
        self.assertEqual(content[:4], b"%PDF")
        self.assertEqual(len(self.files("matters")), 1)

    def test_a_file_that_was_not_written_to_its_end_is_made_again(self):
        for extension in ("pdf", "xlsx"):
            whole = self.client.get(f"/downloads/matters.{extension}").content
            [name] = [name for name in self.files("matters") if name.endswith(extension)]
            path = f"{booklets.store.FOLDER}/matters/{name}"
            default_storage.delete(path)
            default_storage.save(path, ContentFile(whole[: len(whole) // 2]))
            again = self.client.get(f"/downloads/matters.{extension}").content
            self.assertEqual(len(again), len(whole))
            self.assertEqual(default_storage.size(path), len(whole))

    def test_a_new_release_makes_its_booklets_anew(self):
        self.client.get("/downloads/matters.pdf")
        with (
            mock.patch.object(booklets.store, "_making", return_value="other"),
            mock.patch.object(making, "typeset", wraps=making.typeset) as setting,
        ):
            self.client.get("/downloads/matters.pdf")
        self.assertEqual(setting.call_count, 1)
        self.assertEqual(len(self.files("matters")), 1)

    def test_a_browser_that_has_the_version_gets_it_not_again(self):
        first = self.client.get("/downloads/matters.pdf")
        again = self.client.get("/downloads/matters.pdf", headers={"If-None-Match": first["ETag"]})
        self.assertEqual(again.status_code, 304)
        self.matter.name = "改了名的事项"
        self.matter.save()
        again = self.client.get("/downloads/matters.pdf", headers={"If-None-Match": first["ETag"]})
        self.assertEqual(again.status_code, 200)

    def test_the_list_tells_version_day_and_size(self):
        content = self.client.get("/downloads/matters.pdf").content
        page = self.client.get("/downloads/").content.decode()
        for slug in SLUGS:
            self.assertIn(edition(slug).version, page)
            self.assertIn(f"/downloads/{slug}.pdf", page)
        self.assertIn(f"{len(content) / 1024:.1f}".rstrip("0"), page.replace("\xa0", " "))

    def test_the_file_is_named_after_booklet_and_day(self):
        response = self.client.get("/downloads/matters.pdf")
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertIn("inline", response["Content-Disposition"])
        self.assertIn(f"{timezone.localdate():%Y-%m-%d}.pdf", response["Content-Disposition"])


class DownloadTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_matter()
        make_negative_entry()
        make_accountability_step()

    def test_without_a_chinese_font_it_says_what_to_do_and_workbooks_still_come(self):
        fonts = mock.Mock(families=lambda: ["DejaVu Sans"])
        make_matter(name="还没有排印过的事项")
        with mock.patch.object(typesetting, "_installed", return_value=fonts):
            response = self.client.get("/downloads/matters.pdf")
            self.assertContains(response, "服务器上没有中文字体", status_code=503)
            self.assertContains(response, "fonts-noto-cjk", status_code=503)
            self.assertContains(response, "/downloads/matters.xlsx", status_code=503)
            self.assertEqual(self.client.get("/downloads/matters.xlsx").status_code, 200)

    def test_a_workbook_taken_out_is_a_row_of_the_ledger(self):
        auditor = make_user("reader")
        for person in (None, auditor):
            if person:
                self.client.force_login(person)
            self.client.get("/downloads/negative-list.xlsx")
            entry = LedgerEntry.objects.order_by("-number").first()
            self.assertEqual(entry.person, person)
            self.assertIn("政务公开负面清单", entry.record)
            self.assertIn(edition("negative-list").version, entry.record)
            self.assertIn('"rows":1', entry.record)

    def test_what_there_is_not_is_not_found(self):
        for address in ("nothing.pdf", "routes.xlsx", "nothing.svg", "nothing/", "matters.svg"):
            self.assertEqual(self.client.get(f"/downloads/{address}").status_code, 404)

    def test_a_cell_that_looks_like_a_formula_stays_text(self):
        make_matter(name="=1+1", units=[make_unit(short_name="@总和")])
        cells = [cell for row in workbook("matters").active.iter_rows() for cell in row]
        found = [cell for cell in cells if cell.value in ("=1+1", "@总和")]
        self.assertEqual([cell.data_type for cell in found], ["s", "s"])

    def test_no_booklet_asks_more_with_more_rows(self):
        counts = []
        for _round in range(2):
            with CaptureQueriesContext(connection) as queries:
                for slug in SLUGS:
                    self.assertTrue(edition(slug).version)
            counts.append(len(queries))
            for _time in range(3):
                parent = make_inner_matter()
                make_matter(parent)
                make_negative_entry(applies_to_all=False).domains.add(parent.get_root())
                make_accountability_step()
        self.assertEqual(counts[0], counts[1])

    def test_a_leaf_of_the_first_level_and_one_below_an_inner_matter_both_stand_there(self):
        shallow = make_matter(name="一级末级")
        deep = make_matter(make_inner_matter(make_inner_matter()), name="三级末级")
        said = str(edition("standards").content.chapters)
        for matter in (shallow, deep):
            self.assertIn(f"'{matter.code}'", said)
        self.assertIn(f"'above': '{deep.parent.name}'", said)
