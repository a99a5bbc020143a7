"""What a comparison shows, and who may see it."""

import io
import re
import time
from html import escape, unescape

import openpyxl
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosures import workflow
from disclosures.alignment import differences
from disclosures.comparison import compare, marked, text_blocks
from disclosures.digest import of_bytes
from tests.factories import (
    make_attachment,
    make_correction,
    make_disclosure,
    make_restricted_matter,
    make_signers,
    publish,
    withdraw,
)

#: Some say the same thing again and again: where an alignment goes wrong or slow.
WORDS = st.sampled_from(["县", "补助", "否", "42", "。", "，", "<b>", "&lt;", "公示"])
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map("".join)
PARAGRAPHS = st.lists(TEXTS, max_size=8)
#: Processor time for the longest texts; what it guards against took minutes.
SECONDS = 8


def paragraphs(texts):
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def table(rows, cell="td"):
    lines = ["".join(f"<{cell}>{escape(text)}</{cell}>" for text in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def workbook(text):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append([text])
    book.save(stream)
    return stream.getvalue()


def text_of(html):
    return unescape(re.sub(r"</?(p|del|ins|table|tbody|tr|td|th)( [^>]*)?>", "", html))


def side(blocks, name, source):
    """The paragraphs a reader of that column gets, those left out taken from ``source``."""
    read = []
    for block in blocks:
        if block.skipped:
            read += source[len(read) : len(read) + block.skipped]
        elif shown := getattr(block, name):
            read.append(text_of(shown))
    return read


class Text(SimpleTestCase):
    def blocks(self, before, after):
        return list(text_blocks(before, after))

    def changed(self, before, after):
        """(before, after) of each block that isn't equal, without the marks of its kind."""
        return [
            (block.before, block.after)
            for block in self.blocks(before, after)
            if block.kind != "equal"
        ]

    @given(PARAGRAPHS, PARAGRAPHS)
    @settings(deadline=None)
    def test_each_column_read_alone_is_the_text_of_its_version(self, old, new):
        blocks = self.blocks(paragraphs(old), paragraphs(new))
        self.assertEqual(side(blocks, "before", old), old)
        self.assertEqual(side(blocks, "after", new), new)
        self.assertEqual(all(block.kind == "equal" for block in blocks), old == new)

    @given(TEXTS, TEXTS)
    @settings(deadline=None)
    def test_without_what_is_marked_both_sides_are_the_same(self, old, new):
        before, after = marked(old, new)
        kept = re.sub(r"<del>.*?</del>", "", before), re.sub(r"<ins>.*?</ins>", "", after)
        self.assertEqual(*kept)
        self.assertEqual((text_of(before), text_of(after)), (old, new))

    @given(st.lists(st.sampled_from("abc"), max_size=40), st.lists(st.sampled_from("abc")))
    def test_differences_cover_both_sequences_and_call_equal_what_is(self, old, new):
        a = c = 0
        for is_equal, start, end, place, stop in differences(old, new):
            self.assertEqual((start, place), (a, c))
            self.assertTrue(end > start or stop > place)
            if is_equal:
                self.assertEqual(old[start:end], new[place:stop])
            a, c = end, stop
        self.assertEqual((a, c), (len(old), len(new)))

    def test_a_whole_word_is_marked_and_not_half_of_it(self):
        self.assertEqual(
            marked("县财政局负责", "县民政局负责"),
            ("县<del>财政局</del>负责", "县<ins>民政局</ins>负责"),
        )

    def test_written_markup_stays_text_on_both_sides(self):
        for text in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt;"):
            for before, after in (("公示", text), (text, "公示"), (text, text + "。")):
                with self.subTest(before=before, after=after):
                    for shown in self.changed(paragraphs([before]), paragraphs([after])):
                        html = "".join(shown)
                        self.assertEqual(
                            set(re.findall(r"<(\w+)", html)) - {"p", "del", "ins"}, set()
                        )

    def test_where_a_link_leads_is_compared(self):
        old, new = (f'<p>见<a href="https://{host}/">公告</a></p>' for host in ("a.cn", "b.cn"))
        ((before, after),) = self.changed(old, new)
        self.assertIn("公告[https://", before)
        self.assertNotEqual(text_of(before), text_of(after))
        self.assertIn("<ins>", after)

    def test_only_the_changed_cell_of_a_table_is_marked(self):
        old, new = table([("甲村", "3"), ("乙村", "4")]), table([("甲村", "5"), ("乙村", "4")])
        ((before, after),) = self.changed(old, new)
        self.assertIn("<td>甲村</td><td><del>3</del></td>", before)
        self.assertIn("<td>甲村</td><td><ins>5</ins></td>", after)

    def test_headings_of_columns_stay_headings(self):
        ((before, after),) = self.changed(
            table([("户主", "金额")], "th"), table([("户主", "补助")], "th")
        )
        self.assertIn("<th>户主</th><th><del>金额</del></th>", before)
        self.assertIn("<th>户主</th><th><ins>补助</ins></th>", after)

    def test_a_new_column_marks_its_own_cell_only(self):
        ((before, after),) = self.changed(table([("甲村", "3")]), table([("甲村", "否", "3")]))
        self.assertNotIn("<del>", before)
        self.assertIn("<td>甲村</td><td><ins>否</ins></td><td>3</td>", after)

    def test_a_row_stands_beside_the_row_of_the_same_person(self):
        for count in (1, 5, 150):
            old = [(f"户主{chr(0x4E00 + n)}{chr(0x5E00 + n)}", str(100 + n)) for n in range(count)]
            new = [("新来的户", "900"), *((name, str(int(sum_) * 3)) for name, sum_ in old)]
            with self.subTest(count):
                kinds = [block.kind for block in self.blocks(table(old), table(new))]
                self.assertEqual(kinds, ["added", *["changed"] * count])

    def test_in_a_long_list_a_renamed_row_keeps_its_place_beside_a_new_one(self):
        old = [(f"户主{chr(0x4E00 + n)}{chr(0x5E00 + n)}", str(100 + n)) for n in range(150)]
        new = [(name, str(int(amount) * 3)) for name, amount in old]
        new[70] = (f"{old[70][0]}（更名）", new[70][1])
        new.insert(70, ("新来的户", "900"))
        blocks = self.blocks(table(old), table(new))
        self.assertEqual(
            [block.kind for block in blocks], ["changed"] * 70 + ["added"] + ["changed"] * 80
        )

    def test_paragraphs_in_one_cell_are_kept_apart(self):
        old = "<table><tr><td><p>甲村</p><p>乙村</p></td></tr></table>"
        self.assertIn("甲村 乙村", self.changed(old, "<p>另一段</p>")[0][0])

    def test_a_table_in_a_cell_loses_no_text(self):
        old = "<table><tr><td>外<table><tr><td>内</td></tr></table>后</td><td>旁</td></tr></table>"
        shown = self.changed(old, "")[0][0]
        self.assertEqual(text_of(shown), "外 内 后旁")

    def test_a_list_item_is_shown_as_one_whatever_stands_in_it(self):
        for item in ("<li>第一项</li>", "<li><p>第一项</p></li>"):
            with self.subTest(item):
                self.assertIn("was-li", self.changed(f"<ul>{item}</ul>", "")[0][0])

    def test_long_stretches_without_a_change_are_counted_with_one_paragraph_of_context(self):
        old = [f"第{number}段" for number in range(20)]
        new = [*old[:10], "插入的文字", *old[10:]]
        blocks = self.blocks(paragraphs(old), paragraphs(new))
        self.assertEqual(
            [(block.kind, block.skipped, text_of(block.after)) for block in blocks],
            [
                ("equal", 9, ""),
                ("equal", 0, "第9段"),
                ("added", 0, "插入的文字"),
                ("equal", 0, "第10段"),
                ("equal", 9, ""),
            ],
        )

    def test_a_paragraph_that_grows_beyond_the_limit_of_words_is_marked_where_it_grew(self):
        old = "".join(f"第{number}户已经核实。" for number in range(480))
        new = old + "".join(f"增补第{number}户。" for number in range(60))
        self.assertLess(len(old), 5000)
        self.assertGreater(len(new), 5000)
        before, after = marked(old, new)
        self.assertNotIn("<del>", before)
        self.assertEqual(after.count("<ins>"), 1)

    def test_long_and_repetitive_texts_take_seconds_at_most(self):
        sentences = [f"第{number}户补助{number * 7}元，已经公示。" for number in range(4000)]
        dull = [("否", "否")] * 4000
        texts = {
            "each paragraph changed": (
                paragraphs(sentences),
                paragraphs([sentence + "特此说明" for sentence in sentences]),
            ),
            "one paragraph, all else": (
                paragraphs(["".join(sentences)]),
                paragraphs(["".join(sentences).replace("已经", "尚未")]),
            ),
            "a form of dots": (paragraphs(["。" * 200_000]), paragraphs(["。" * 190_000 + "甲"])),
            "every other row": (
                table(dull),
                table([("否", "是") if n % 2 else row for n, row in enumerate(dull)]),
            ),
        }
        marked("先读", "词典")
        for name, (old, new) in texts.items():
            with self.subTest(name):
                start = time.process_time()
                self.assertTrue(self.changed(old, new))
                self.assertLess(time.process_time() - start, SECONDS)


class Versions(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.disclosure = make_disclosure(
            title="补助公示", body="<p>共12户。</p>", files=["表.xlsx", "说明.xlsx"]
        )
        cls.first = cls.disclosure.live_revision
        cls.clerk = make_signers(cls.disclosure.unit)[0]

    def test_changed_metadata_is_named_and_untouched_metadata_is_not(self):
        second = make_correction(self.disclosure, title="补助结果公示")
        (field,) = compare(self.first, second).fields
        self.assertEqual((field.heading, field.after), ("标题", "补助<ins>结果</ins>公示"))

    def test_versions_without_a_difference_count_none(self):
        same = make_correction(self.disclosure)
        self.assertEqual(compare(self.first, same).count, 0)

    def test_a_replaced_file_shows_both_digests_and_the_others_are_left_out(self):
        second = make_correction(self.disclosure)
        workflow.detach(second.attachments.get(name="说明.xlsx"), by=self.clerk)
        make_attachment(second, "说明.xlsx", workbook("改过的说明"))
        (change,) = compare(self.first, second).files
        self.assertEqual((change.label, change.before.name), ("替换", "说明.xlsx"))
        self.assertNotEqual(change.before.digest, change.after.digest)
        with change.after.file.open("rb") as stored:
            self.assertEqual(change.after.digest, of_bytes([stored.read()]))

        publish(second)
        response = self.client.get(address(self.disclosure))
        self.assertContains(response, change.before.digest)
        self.assertContains(response, change.after.digest)
        self.assertNotContains(response, "表.xlsx")

    def test_evidence_is_compared_for_staff_and_for_nobody_else(self):
        second = make_correction(self.disclosure)
        make_attachment(second, "公示栏照片.png", is_evidence=True)
        self.assertEqual([file.label for file in compare(self.first, second).files], ["增加"])
        self.assertEqual(compare(self.first, second, with_evidence=False).files, [])
        publish(second)
        self.assertNotContains(self.client.get(address(self.disclosure)), "公示栏照片")


def address(disclosure, **query):
    base = reverse("disclosures:comparison", args=[disclosure.slug])
    return f"{base}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


class PublicPage(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.disclosure = make_disclosure(body="<p>共补助11户。</p>")
        for count in (22, 33):
            publish(make_correction(cls.disclosure, body=f"<p>共补助{count}户。</p>"))
        cls.draft = make_correction(cls.disclosure, body="<p>共补助44户。</p>")

    def status(self, **query):
        return self.client.get(address(self.disclosure, **query)).status_code

    def marks(self, **query):
        html = self.client.get(address(self.disclosure, **query)).content.decode()
        sides = html.partition("comparison-sides")[2]
        return re.findall(r"<(?:del|ins)>(\d+)</", sides)

    def test_the_newest_two_are_compared_unless_others_are_chosen(self):
        self.assertEqual(self.marks(), ["22", "33"])
        self.assertEqual(self.marks(before=1, after=3), ["11", "33"])
        self.assertEqual(self.marks(before=3, after=1), ["33", "11"])

    def test_versions_of_one_day_are_told_apart(self):
        html = self.client.get(address(self.disclosure)).content.decode()
        labels = re.findall(r'<p class="side-label">(第\d版)', html)
        self.assertEqual(labels, ["第2版", "第3版"])
        options = re.findall(r"<option[^>]*>(第\d版)", html)
        self.assertEqual(options, ["第3版", "第2版", "第1版"] * 2)

    def test_a_version_against_itself_has_no_difference(self):
        response = self.client.get(address(self.disclosure, before=2, after=2))
        self.assertContains(response, "完全相同")

    def test_a_version_that_was_never_live_is_not_found(self):
        for number in (self.draft.number, 99, 0, "x", ""):
            for query in ({"before": number}, {"after": number}):
                with self.subTest(query):
                    self.assertEqual(self.status(**query), 404)

    def test_the_draft_is_nowhere_on_the_page(self):
        self.assertNotContains(self.client.get(address(self.disclosure)), "44")

    def test_search_engines_are_asked_to_leave_it(self):
        self.assertContains(self.client.get(address(self.disclosure)), 'content="noindex"')

    def test_each_later_version_leads_to_its_comparison_with_the_one_before(self):
        response = self.client.get(self.disclosure.get_absolute_url())
        for before, after in ((1, 2), (2, 3)):
            link = escape(address(self.disclosure, before=before, after=after))
            self.assertContains(response, f'href="{link}"', count=1)
        self.assertContains(response, "与上一版对照", count=2)

    def test_what_only_some_may_read_is_not_found(self):
        disclosure = make_disclosure(matter=make_restricted_matter())
        publish(make_correction(disclosure))
        self.assertEqual(self.client.get(address(disclosure)).status_code, 404)
        self.assertNotContains(self.client.get(disclosure.get_absolute_url()), "与上一版对照")

    def test_what_was_withdrawn_is_gone(self):
        workflow.discard(self.draft, by=make_signers(self.disclosure.unit)[0])
        withdraw(self.disclosure)
        self.assertEqual(self.status(), 410)
        self.assertEqual(self.status(before=1, after=2), 410)

    def test_what_was_never_published_is_not_found(self):
        response = self.client.get("/disclosures/U9999-2026-00001/compare/")
        self.assertEqual(response.status_code, 404)
