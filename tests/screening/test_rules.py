"""Where a rule begins and ends; the corpus measures, these tests draw the lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosures.management.commands import measure_screening
from disclosures.screening import Passage, Severity, find, mask_html, mask_text
from disclosures.screening.rules import id_checksum, is_credit_code, is_luhn

#: The example of GB 11643-1999.
ID = "11010519491231002X"


def rules(text, **context):
    return [hit.rule for hit in find(Passage("正文", text, **context))]


@pytest.mark.parametrize("form", ["text", "docx", "xlsx", "pdf"])
def test_the_corpus_is_read_with_recall_and_precision(form):
    lines = measure_screening.read_corpus(measure_screening.CORPUS)
    assert sum(1 for line in lines if line.expected) >= 200
    assert sum(1 for line in lines if not line.expected) >= 200
    measured = measure_screening.measure(lines, form)
    assert measured.recall >= 0.98, measured.missed
    assert measured.precision >= 0.95, measured.false_alarms


def test_the_check_character_is_that_of_the_standard():
    assert id_checksum(ID[:17]) == "X"
    assert is_credit_code("11441700007280420Y")
    assert not is_credit_code("11441700007280420A")
    assert is_luhn("79927398713")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.lower(),
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "1101051949\u200b1231002X",
        "G" + ID,
        "证件号" + ID[:17] + "1",  # said to be one, and mistyped
    ],
)
def test_a_citizen_id_is_found_however_it_is_written(text):
    assert rules(text) == ["citizen_id"]


def test_the_digits_of_a_disability_certificate_belong_to_it():
    (hit,) = find(Passage("正文", f"残疾人证号:{ID}44,二代证"))
    assert hit.value == ID + "44"
    assert hit.severity == Severity.BLOCKING


@pytest.mark.parametrize(
    "text",
    [
        "341125202613010012",  # the thirteenth month
        "341125209901010012",  # not born yet
        "991105194912310021",  # no such province
        "11***********002X",
        "项目代码:2019-341125-47-03-012345",
        "统一社会信用代码 91110105MA00000000",
    ],
)
def test_what_only_looks_like_an_id_is_let_pass(text):
    assert rules(text) == []


def test_the_number_of_an_office_is_no_secret_and_a_mobile_of_one_only_a_warning():
    assert rules("咨询电话:0550-4021234") == []
    (hit,) = find(Passage("正文", "举报电话:13855001234"))
    assert (hit.rule, hit.severity) == ("mobile", Severity.WARNING)
    (hit,) = find(Passage("正文", "户主王芳,13855001234"))
    assert (hit.severity, hit.masked) == (Severity.BLOCKING, "138****1234")


def test_a_column_tells_what_its_cells_are():
    row = "姓名 联系电话 王芳 0550-4021234"
    assert rules("0550-4021234", heading="联系电话", nearby=row) == ["landline"]
    assert rules("0550-4021234", heading="办公电话", nearby="单位 办公电话") == []
    assert rules("肢体二级", heading="残疾类别") == ["personal_column"]
    assert rules("—", heading="残疾类别") == []
    assert rules("34120000123456", heading="一卡通账号") == ["bank_card"]


def test_an_address_counts_where_a_person_stands_next_to_it():
    place = "定城镇东大街12号3栋2单元501室"
    assert rules(f"户主王芳,{place}") == ["home_address"]
    assert rules(f"家庭住址:{place}") == ["home_address"]
    assert rules(f"办公地址:{place}") == []
    (hit,) = find(Passage("正文", f"家庭住址:{place}"))
    assert hit.masked == "定城镇***"


def test_a_birthday_keeps_its_year_only():
    (hit,) = find(Passage("正文", "王芳,女,1985年3月2日,初中"))
    assert (hit.rule, hit.masked) == ("birth_date", "1985年")
    assert rules("学校成立于1985年3月2日") == []


def test_an_excerpt_shows_nothing_of_what_was_found():
    (hit,) = find(Passage("正文", f"户主王芳,身份证{ID},低保"))
    assert ID not in hit.excerpt
    assert ID[6:14] not in hit.excerpt
    assert "户主王芳" in hit.excerpt


def test_masking_keeps_the_markup():
    html = (
        '<p class="x">户主<strong>王芳</strong>,身份证<em>110105</em>19491231002X,'
        "手机13855001234</p>"
        "<table><tr><th>姓名</th><th>身份证号</th></tr>"
        f"<tr><td>王芳</td><td>{ID}</td></tr></table><p>A &lt; B &amp; C</p>"
    )
    masked = mask_html(html)
    assert "19491231" not in masked
    assert "138****1234" in masked
    assert masked.count("<td>") == 2
    assert '<p class="x">户主<strong>王芳</strong>' in masked
    assert masked.endswith("<p>A &lt; B &amp; C</p>")
    assert mask_html(masked) == masked


@given(
    st.lists(
        st.sampled_from(
            [
                "户主王芳,",
                ID,
                "13855001234",
                "咨询电话",
                "\u200b",
                " ",
                "1985年3月2日出生",
                "0550-4021234",
                "卡号6228480402564890018",
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_what_is_masked_holds_nothing_more_to_mask(text):
    masked = mask_text(text)
    blocking = [hit for hit in find(Passage("", masked)) if hit.severity == Severity.BLOCKING]
    assert mask_text(masked) == masked, blocking


def test_a_row_of_numbers_that_touch_is_masked_to_the_last():
    assert ID not in mask_text(ID * 9)
