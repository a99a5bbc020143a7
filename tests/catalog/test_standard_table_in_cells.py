"""Single cells of standard tables, in the ways that counties write them."""

from django.test import SimpleTestCase, TestCase

from catalog.choices import Audience, Category, Channel, Method, Tier
from catalog.models import Unit
from catalog.querysets import TOWNSHIP_GROUPS
from catalog.standard_table import boxes, cells
from catalog.standard_table.cells import UnclearError
from catalog.standard_table.meanings import Meaning, meaning_of
from catalog.standard_table.names import UnitNames, domain_in
from tests.factories import make_unit


class Ticks(SimpleTestCase):
    def test_signs_that_say_yes(self):
        for text in ("√", "✓", "✔", "☑", "v", "V", "Ｖ", "是", "1", "●", "■", "R", " √\n", "(√)"):
            with self.subTest(text):
                self.assertEqual(cells.tick(text), (True, ""))

    def test_signs_that_say_no(self):
        for text in ("", " ", "×", "X", "x", "✗", "否", "0", "□", "☐", "—", "-", "/", "无", "£"):
            with self.subTest(text):
                self.assertEqual(cells.tick(text), (False, ""))

    def test_the_words_behind_a_tick(self):
        for text, words in [
            ("√面向村集体成员", "面向村集体成员"),
            ("√ 被征收人", "被征收人"),
            ("√（申请人）", "申请人"),
            ("v申请农户", "申请农户"),
        ]:
            with self.subTest(text):
                self.assertEqual(cells.tick(text), (True, words))

    def test_what_concerns_nobody_is_no_group(self):
        for text in ("不涉及", "不适用"):
            with self.subTest(text):
                self.assertEqual(cells.named_group(text), (False, ""))
        for text in ("不公开", "暂无", "√不涉及"):
            with self.subTest(text), self.assertRaises(UnclearError):
                cells.named_group(text)

    def test_anything_else_is_unclear(self):
        for text in ("?", "○", "〇", "☒", "①", "2", "待定", "视情况"):
            with self.subTest(text), self.assertRaises(UnclearError):
                cells.tick(text)

    def test_words_have_no_place_behind_a_plain_tick(self):
        with self.assertRaisesMessage(UnclearError, "没有地方存"):
            cells.ticked("√仅限本村")

    def test_a_group_may_stand_without_a_tick(self):
        self.assertEqual(cells.named_group("申请人"), (True, "申请人"))
        self.assertEqual(cells.named_group("√"), (True, ""))
        self.assertEqual(cells.named_group("—"), (False, ""))
        for text in ("全社会", "√或×", "√全社会", "?"):
            with self.subTest(text), self.assertRaises(UnclearError):
                cells.named_group(text)


class Words(SimpleTestCase):
    def test_choices_in_words(self):
        self.assertEqual(cells.audience("全社会"), (Audience.PUBLIC, ""))
        self.assertEqual(cells.audience("特定群体：被征收人"), (Audience.SPECIFIC, "被征收人"))
        self.assertEqual(cells.method("依申请公开"), Method.ON_REQUEST)
        self.assertEqual(cells.tiers("县级、乡镇级"), [Tier.COUNTY, Tier.TOWNSHIP])
        self.assertEqual(boxes.categories("□决策 ■执行"), [Category.EXECUTION])
        self.assertEqual(
            boxes.categories("决策公开、结果公开"), [Category.DECISION, Category.RESULT]
        )
        for read, text in [
            (cells.method, "全文发布"),
            (cells.tiers, "省级"),
            (cells.audience, "党员"),
            (boxes.categories, "重点公开"),
        ]:
            with self.subTest(text), self.assertRaises(UnclearError):
                read(text)


class Boxes(SimpleTestCase):
    def channels(self, text, **decided):
        return boxes.channels(text, {"□": False} | decided.get("signs", {}), {}).chosen

    def test_ticked_boxes_count_whatever_stands_between(self):
        wanted = [Channel.WEBSITE, Channel.ON_SITE, Channel.NOTICE_BOARD]
        for text in (
            "■政府网站 □政府公报\n■入户/现场 ■公示栏",
            "■政府网站□政府公报■入户/现场■公示栏",
            "☑政府网站;☐政府公报;☑入户现场;☑村公示栏",
            "R政府网站 £政府公报 R入户⁄现场 R村居/企事业单位公示栏",
            "√政府网站 口政府公报 √入户、现场 √社区/企事业单位/村公示栏（电子屏）",
            "■政府 网站　□政府公报 ■入户／现场 ■社区/企事业单位/\n村公示栏(电子屏)",
            "政府网站、入户、公示栏",
            "1.政府网站 2.现场 3.公示栏",
            "【■】政府网站 ■入户/现场 ■公示栏".replace("【", "[").replace("】", "]"),
        ):
            with self.subTest(text):
                self.assertEqual(self.channels(text), wanted)

    def test_channels_of_a_domain_are_others_and_said(self):
        reading = boxes.channels("■征地信息公开平台 ■政府网站", {}, {})
        self.assertEqual(reading.chosen, [Channel.WEBSITE, Channel.OTHER])
        self.assertIn("征地信息公开平台", reading.notes[0])

    def test_a_choice_written_behind_a_name_is_not_taken_for_a_list(self):
        for text in (
            "政府网站(√) 政府公报( )",
            "政府网站（是）\n政府公报（否）",
            "政府网站:是 政府公报:否",
            "政府网站:县政府门户、公示栏",
        ):
            with self.subTest(text), self.assertRaises(UnclearError):
                boxes.channels(text, {}, {})
        self.assertEqual(
            boxes.channels("政府网站(县政府门户)、其他:村公示栏", {}, {}).chosen,
            [Channel.WEBSITE, Channel.OTHER],
        )

    def test_doubtful_signs_wait_for_a_decision(self):
        for sign in "t◆▲○☒":
            with self.subTest(sign):
                text = f"{sign}政府网站 ■公示栏"
                self.assertEqual(boxes.doubtful_signs(text), {sign})
                with self.assertRaisesMessage(UnclearError, "请在列对应一步选定"):
                    self.channels(text)
                self.assertIn(Channel.WEBSITE, self.channels(text, signs={sign: True}))
                self.assertNotIn(Channel.WEBSITE, self.channels(text, signs={sign: False}))

    def test_an_open_box_may_mean_optional(self):
        text = "■政府网站 □公示栏"
        both = self.channels(text, signs={"□": True})
        self.assertEqual(both, [Channel.WEBSITE, Channel.NOTICE_BOARD])

    def test_what_is_not_known_is_named(self):
        for text, words in [
            ("■政府网站 ■飞鸽传书", "飞鸽传书"),
            ("■政府网站群", "群"),
            ("■政府网站 公示栏", "前面没有方框"),
        ]:
            with self.subTest(text), self.assertRaisesMessage(UnclearError, words):
                self.channels(text)


class Lists(SimpleTestCase):
    def test_parts_however_they_are_set_off(self):
        for text in (
            "申请条件；申请材料；办理流程",
            "申请条件;申请材料;办理流程。",
            "申请条件\n申请材料\n办理流程",
            "1.申请条件；2.申请材料；3.办理流程",
            "（1）申请条件\n（2）申请材料\n（3）办理流程",
            "①申请条件②申请材料③办理流程".replace("②", "\n②").replace("③", "\n③"),
            "●申请条件 ●申请材料 ●办理流程",
            "申请条件；\n申请\n材料；\n办理流程",
        ):
            with self.subTest(text):
                self.assertEqual(cells.items_of(text), "申请条件;申请材料;办理流程")

    def test_numbers_that_belong_to_the_words_stay(self):
        for text in ("2021年计划;2022年计划", "1.5万元以上项目", "公开3次;公开5次"):
            with self.subTest(text):
                self.assertEqual(cells.items_of(text), text)

    def test_a_line_that_breaks_within_brackets_goes_on(self):
        self.assertEqual(
            cells.items_of("《中华人民共和国政府信息\n公开条例》\n《慈善法》"),
            "《中华人民共和国政府信息公开条例》;《慈善法》",
        )

    def test_names_lose_numbers_in_brackets_and_before_a_year(self):
        for text, name in [
            ("⑴政策文件", "政策文件"),
            ("一.政策文件", "政策文件"),
            ("二．政策文件", "政策文件"),
            ("1、2024年计划", "2024年计划"),
            ("2024年计划", "2024年计划"),
            ("一事一议", "一事一议"),
        ]:
            with self.subTest(text):
                self.assertEqual(cells.name_of(text), name)

    def test_texts_that_point_to_another_cell(self):
        for text in ("同上一行", "同上项", "“同上”"):
            with self.subTest(text):
                self.assertTrue(cells.is_ditto(text))
        for text in ("见上", "详见上栏", "如上", "同第1项", "同序号1", "同上;另加文号"):
            with self.subTest(text):
                self.assertTrue(cells.is_reference(text))
        for text in ("同级财政补助", "见证材料", "如期完工证明", "上级文件", "同步公开"):
            with self.subTest(text):
                self.assertFalse(cells.is_reference(text))

    def test_names_lose_their_numbers_and_nothing_else(self):
        for text, name in [
            ("1.1 征地管理政策", "征地管理政策"),
            ("2.3.1征地批准文件", "征地批准文件"),
            ("（十三）保障性住房", "保障性住房"),
            ("一、政策文件", "政策文件"),
            ("3、资金\n补助标准", "资金补助标准"),
            ("12345热线", "12345热线"),
            ("2021年度计划", "2021年度计划"),
            ("1.5万元以上工程", "1.5万元以上工程"),
            ("一级事项", "一级事项"),
        ]:
            with self.subTest(text):
                self.assertEqual(cells.name_of(text), name)


class Headings(SimpleTestCase):
    def test_words_above_columns_in_all_their_forms(self):
        for text, meaning in [
            ("公开内容\n（要素）", Meaning.CONTENT),
            ("公 开 时 限", Meaning.TIME_LIMIT),
            ("公開主體", Meaning.UNITS),
            ("据依开公", Meaning.LEGAL_BASIS),
            ("特定群众", Meaning.SPECIFIC),
            ("乡（镇）、村级", Meaning.BELOW_COUNTY),
            ("“五公开”", Meaning.CATEGORY),
            ("公开渠道和载体", Meaning.CHANNELS),
            ("咨询及监督电话", Meaning.IGNORED),
            ("领导签字", None),
        ]:
            with self.subTest(text):
                self.assertEqual(meaning_of(text), meaning)


class Names(TestCase):
    @classmethod
    def setUpTestData(cls):
        for name in (
            "住房和城乡建设局",
            "人力资源和社会保障局",
            "教育体育局",
            "发展和改革委员会",
            "卫生健康委员会",
            "公共资源交易中心",
            "公共资源交易监督管理局",
        ):
            make_unit(name=f"定远县{name}", short_name=f"县{name}")
        cls.names = UnitNames(Unit.objects.directory())

    def test_units_by_full_name_short_name_and_without_the_county(self):
        for name in ("定远县教育体育局", "县教育体育局", "教育体育局", "县教育 体育局"):
            with self.subTest(name):
                self.assertEqual(self.names.split(name, {}), (["县教育体育局"], []))

    def test_groups_by_their_name(self):
        for name in sorted(TOWNSHIP_GROUPS):
            self.assertEqual(self.names.find(name), name)
        self.assertEqual(self.names.find("各乡（镇）人民政府"), "各乡镇人民政府")

    def test_several_in_one_cell(self):
        for text in (
            "县教育体育局、各乡镇人民政府",
            "教育体育局\n各乡镇人民政府",
            "县教育\n体育局，各乡镇人民政府",
            "教育体育局和各乡镇人民政府",
        ):
            with self.subTest(text):
                self.assertEqual(
                    self.names.split(text, {}), (["县教育体育局", "各乡镇人民政府"], [])
                )

    def test_abbreviations_are_offered_and_not_taken(self):
        for short, full in [
            ("住建局", "县住房和城乡建设局"),
            ("县人社局", "县人力资源和社会保障局"),
            ("教体局", "县教育体育局"),
            ("发改委", "县发展和改革委员会"),
            ("县卫健委", "县卫生健康委员会"),
        ]:
            with self.subTest(short):
                self.assertEqual(self.names.split(short, {}), ([], [short]))
                self.assertEqual(self.names.near(short)[0], full)

    def test_a_choice_by_hand_is_kept_to(self):
        chosen = {"住建局": "县住房和城乡建设局"}
        self.assertEqual(self.names.split("住建局", chosen), (["县住房和城乡建设局"], []))

    def test_domains_by_the_names_of_the_national_guides(self):
        domains = {"扶贫救灾": "01", "征地补偿": "03", "拆迁安置": "04", "义务教育": "06"}
        for text, code in [
            ("（七）义务教育领域基层政务公开标准目录", "06"),
            ("救灾领域", "01"),
            ("农村集体土地征收", "03"),
            ("国有土地上房屋征收与补偿领域", "04"),
            ("食品药品监管领域", ""),
            ("义务教育、征地补偿", ""),
        ]:
            with self.subTest(text):
                self.assertEqual(domain_in(text, domains), code)
