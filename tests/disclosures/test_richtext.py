"""The sanitiser: structure and tables stay, whatever runs goes."""

from django.test import SimpleTestCase, TestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosures.richtext import sanitize
from tests.factories import make_draft

TABLE = (
    "<table><caption>分配结果</caption><tbody><tr>"
    '<th colspan="2" scope="col">户主</th></tr><tr><td rowspan="2">王某某</td><td>80</td></tr>'
    "<tr><td>90</td></tr></tbody></table>"
)

KEPT = (
    "<p>一、公示时间</p>",
    "<h2>标题</h2><h3>小标题</h3><h4>更小</h4>",
    "<p><strong>重</strong><em>斜</em><u>线</u><s>删</s>m<sup>2</sup>H<sub>2</sub>O</p>",
    "<ul><li><p>一</p></li></ul><ol><li><p>二</p></li></ol>",
    "<blockquote><p>引</p></blockquote><hr>",
    "<p>第一行<br>第二行</p>",
    '<p><a href="https://www.gov.cn/">国务院</a></p>',
    '<p><a href="mailto:office@example.gov.cn">邮箱</a></p>',
    '<p><a href="/disclosures/ZJJ-2019-00001/">原文</a></p>',
    TABLE,
)

#: What goes in, and the words of it that a reader still sees.
DROPPED = {
    "<script>alert(1)</script><p>文</p>": "<p>文</p>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT><p>文</p>": "<p>文</p>",
    "<scr<script>ipt>alert(1)</script><p>文</p>": None,
    "<style>p{display:none}</style><p>文</p>": "<p>文</p>",
    '<p style="color:red" class="x" id="y">文</p>': "<p>文</p>",
    '<p onclick="alert(1)">文</p>': "<p>文</p>",
    "<p ONMOUSEOVER=alert(1)>文</p>": "<p>文</p>",
    '<img src=x onerror="alert(1)"><p>文</p>': "<p>文</p>",
    '<iframe src="https://x.example/"></iframe><p>文</p>': "<p>文</p>",
    '<object data="x.swf"></object><embed src="x.swf"><p>文</p>': "<p>文</p>",
    '<p><a href="javascript:alert(1)">文</a></p>': "<p><a>文</a></p>",
    '<p><a href=" jav&#x09;ascript:alert(1)">文</a></p>': "<p><a>文</a></p>",
    '<p><a href="JaVaScRiPt:alert(1)">文</a></p>': "<p><a>文</a></p>",
    '<p><a href="data:text/html,<script>1</script>">文</a></p>': "<p><a>文</a></p>",
    '<p><a href="vbscript:x">文</a></p>': "<p><a>文</a></p>",
    '<p><a href="https://x.example/" target="_blank" onclick="x()">文</a></p>': (
        '<p><a href="https://x.example/">文</a></p>'
    ),
    "<svg><script>alert(1)</script></svg><p>文</p>": "<p>文</p>",
    "<math><mtext><script>alert(1)</script></mtext></math><p>文</p>": "<p>文</p>",
    '<form action="/x"><input name="a"><button>按</button></form><p>文</p>': None,
    '<meta http-equiv="refresh" content="0;url=x"><p>文</p>': "<p>文</p>",
    '<base href="https://x.example/"><link rel="stylesheet" href="x"><p>文</p>': "<p>文</p>",
    "<!-- 注释 --><p>文</p>": "<p>文</p>",
    "<template><p onclick=x>隐</p></template><p>文</p>": "<p>文</p>",
    '<td onclick="x">文</td>': None,
    '<table background="javascript:x"><tr><td style="x">文</td></tr></table>': None,
    "<p>文": "<p>文</p>",
    "</p></div><p>文</p>": None,
}

FORBIDDEN = (
    "<script", "<style", "<iframe", "<object", "<embed", "<svg", "<math", "<img", "<form", "<input",
    "<button", "<meta", "<link", "<base", "<template", "javascript:", "vbscript:", "data:",
    "style=", "class=", " id=", "onclick", "onerror", "onmouseover", "<!--",
)  # fmt: skip


class SanitizeTest(SimpleTestCase):
    def test_what_the_editor_offers_stays_as_it_is(self):
        for html in KEPT:
            with self.subTest(html):
                self.assertEqual(sanitize(html), html)

    def test_what_runs_or_decorates_goes_and_the_words_stay(self):
        for html, expected in DROPPED.items():
            with self.subTest(html):
                cleaned = sanitize(html)
                if expected is not None:
                    self.assertEqual(cleaned, expected)
                self.assertIn("文", cleaned)
                for part in FORBIDDEN:
                    self.assertNotIn(part, cleaned.lower())

    def test_an_empty_editor_is_an_empty_text(self):
        for html in ("", "  ", "<p></p>", "<p> </p>", "<p><br></p>", "<p></p><p></p>"):
            with self.subTest(html):
                self.assertEqual(sanitize(html), "")

    def test_words_that_look_like_markup_stay_words(self):
        self.assertEqual(
            sanitize("<p>面积 &lt; 90 &amp; 2 &gt; 1</p>"), "<p>面积 &lt; 90 &amp; 2 &gt; 1</p>"
        )

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.sampled_from([*KEPT, *DROPPED, "<", ">", '"', "'", "&", "文", "<p", "<td>", "</"]),
            max_size=8,
        ).map("".join)
    )
    def test_cleaning_twice_changes_nothing_more(self, html):
        once = sanitize(html)
        self.assertEqual(sanitize(once), once)


class StoredTextTest(TestCase):
    def test_a_draft_is_stored_clean(self):
        revision = make_draft(body=f'<p onclick="x">文</p><script>1</script>{TABLE}')
        revision.refresh_from_db()
        self.assertEqual(revision.body, f"<p>文</p>{TABLE}")
