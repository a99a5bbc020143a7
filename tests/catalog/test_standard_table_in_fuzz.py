"""Random standard tables, written as counties write them and then damaged.

A table is made from a known model. Undamaged it is read without a problem and every cell right,
however it is written. Damaged it never crashes the reader, and every row is either read as the file
now shows it or reported.
"""

import io
from dataclasses import dataclass, field
from random import Random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from openpyxl import Workbook

from catalog.choices import Audience, Channel, Method, Tier
from catalog.standard_table.files import StandardTableFile
from tests.catalog.test_standard_table_in import leaves, make_catalog

FAST = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same tables in each run; more of them where a rule was changed
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
BROKEN = object()

FIRST = ["政策文件", "灾后救助", "款物管理", "备灾管理"]
SECOND = ["法律法规", "救助审定", "捐赠款物", "预警信息", "年度计划", "项目实施"]
THIRD = ["申请条件", "办理程序", "结果公示", "监督电话"]
ITEMS = ["文件名称", "救助对象", "资金来源及规模", "实施期限", "位置和范围", "办理流程"]
BASES = [
    "《中华人民共和国政府信息公开条例》（国令第711号）",
    "《自然灾害救助条例》第二十一条",
    "《慈善法》",
]
LIMITS = ["自该信息形成或者变更之日起20个工作日内", "公示期不少于7日", "即时公开", "每月10日前"]
UNITS = ["县应急管理局", "县财政局", "各乡镇人民政府"]
GROUPS = ["受灾困难群众", "申请农户", "被征收人"]
CHANNELS = [Channel.WEBSITE, Channel.SOCIAL_MEDIA, Channel.ON_SITE, Channel.NOTICE_BOARD]
WORDS = {
    Channel.WEBSITE: ["政府网站", "政府门户网站"],
    Channel.SOCIAL_MEDIA: ["两微一端", "一微一端"],
    Channel.ON_SITE: ["入户/现场", "入户⁄现场", "入户现场"],
    Channel.NOTICE_BOARD: ["公示栏", "社区/企事业单位/村公示栏（电子屏）", "村公示栏"],
}

HEADINGS = {
    "number": ["序号", "编号"],
    "level_1": ["一级事项", "公开事项（一级）", "一级公开事项"],
    "level_2": ["二级事项", "二级公开事项"],
    "level_3": ["三级事项"],
    "content": ["公开内容（要素）", "公开内容", "公开内容(要素)及要求", "公開內容"],
    "legal_basis": ["公开依据", "依据", "法律依据"],
    "time_limit": ["公开时限", "时限"],
    "units": ["公开主体", "公开责任主体"],
    "channels": ["公开渠道和载体", "公开渠道", "公开载体"],
    "public": ["全社会"],
    "group": ["特定群体", "特定群众"],
    "proactive": ["主动", "主动公开"],
    "on_request": ["依申请", "依申请公开"],
    "county": ["县级", "区级", "旗级", "县"],
    "township": ["乡级", "镇级", "乡镇级"],
    "village": ["村级", "嘎查级"],
    "below": ["乡、村级", "乡(镇)村级"],
    "remark": ["备注"],
    "office": ["责任股室", "责任科室"],
}
OVER = {
    "level_1": "公开事项", "level_2": "公开事项", "level_3": "公开事项", "public": "公开对象",
    "group": "公开对象", "proactive": "公开方式", "on_request": "公开方式", "county": "公开层级",
    "township": "公开层级", "village": "公开层级", "below": "公开层级",
}  # fmt: skip
LEVELS = ("level_1", "level_2", "level_3")
TEXTS = ("content", "legal_basis", "time_limit", "units", "channels")
TICKS = ("public", "proactive", "on_request", "county", "township", "village", "below")
YES = ["√", "✓", "✔", "v", "V", "是", "1", "●", "■", "R", "√ "]
NO = ["", "", "", "×", "否", "0", "□", "—", "-", "/"]


@dataclass
class Written:
    """A table as it stands in the file, beside what each of its cells means."""

    columns: list
    first_row: int
    #: Row → column name → what the cell means.
    model: list
    cells: dict
    merges: list = field(default_factory=list)

    def place(self, number, column):
        return self.first_row + number, self.columns.index(column) + 1

    def says_anything(self, number):
        """Whether a row has a cell of its own that stands for something."""
        nothing = {"number", "remark", "office"}
        return any(
            self.cells[self.place(number, column)] != ""
            for column in self.columns
            if column not in nothing
        )

    def save(self):
        book = Workbook()
        sheet = book.active
        sheet.title = "救灾领域"
        for (row, column), text in self.cells.items():
            if text != "":
                sheet.cell(row, column, text)
        for top, left, bottom, right in self.merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()


# The model ----------------------------------------------------------------------------------------


def make_model(random, has_third):
    rows, used = [], set()
    for first in random.sample(FIRST, random.randint(1, 3)):
        for second in random.sample(SECOND, random.randint(1, 3)):
            thirds = [""]
            if has_third and random.random() < 0.6:
                thirds = random.sample(THIRD, random.randint(1, 3))
            for third in thirds:
                if (first, second, third) not in used:
                    used.add((first, second, third))
                    rows.append(make_row(random, first, second, third))
    return rows


def make_row(random, first, second, third):
    is_public, is_proactive = random.random() < 0.6, random.random() < 0.7
    below = random.random() < 0.5
    return {
        "level_1": first,
        "level_2": second,
        "level_3": third,
        "content": random.sample(ITEMS, random.randint(1, 4)),
        "legal_basis": random.sample(BASES, random.randint(1, 2)),
        "time_limit": random.choice(LIMITS),
        "units": random.sample(UNITS, random.randint(1, 2)),
        "channels": set(random.sample(CHANNELS, random.randint(1, 3))),
        "public": is_public,
        "group": "" if is_public else random.choice(GROUPS),
        "proactive": is_proactive,
        "on_request": not is_proactive,
        "county": random.random() < 0.8 or not below,
        "township": below,
        "village": below,
        "below": below,
    }


# Writing it -----------------------------------------------------------------------------------


def spaced(random, text):
    """Line breaks and spaces within a heading, half or full width."""
    if random.random() < 0.3 and len(text) > 2:
        cut = random.randint(1, len(text) - 1)
        text = text[:cut] + random.choice(["\n", " ", "　"]) + text[cut:]
    return text.replace("（", "(").replace("）", ")") if random.random() < 0.3 else text


def listed(random, items):
    style = random.choice(["；", "；\n", ";", "\n", "1", "①", "●"])
    if style == "1":
        return "；\n".join(f"{number}.{item}" for number, item in enumerate(items, 1))
    if style == "①":
        return "\n".join(f"{'①②③④'[number]}{item}" for number, item in enumerate(items))
    if style == "●":
        return " ".join(f"●{item}" for item in items)
    return style.join(items)


def boxed(random, chosen, style):
    if style == "listed":
        return random.choice(["、", "\n", "，"]).join(random.choice(WORDS[c]) for c in chosen)
    on, off = style
    shown = [channel for channel in CHANNELS if channel in chosen or off]
    return random.choice(["", " ", "\n"]).join(
        (on if channel in chosen else off) + random.choice(WORDS[channel]) for channel in shown
    )


def unit_words(random, unit):
    if unit == "各乡镇人民政府":
        return random.choice([unit, "各乡（镇）人民政府"])
    return random.choice([unit, f"定远{unit}", unit.removeprefix("县")])


def written(random, row, column, number):
    """One cell as a county might write it."""
    value = row.get(column)
    if column == "number":
        return random.choice([number, str(number), f"{number:04d}"])
    if column in LEVELS:
        prefix = random.choice(["", "", f"{number}.", "1.1 ", "（一）", "一、"]) if value else ""
        return prefix + value if value else random.choice(["—", "─", "-", "无"])
    if column in {"content", "legal_basis"}:
        return listed(random, value) if column == "content" else "；\n".join(value)
    if column == "units":
        return random.choice(["、", "，", "\n"]).join(unit_words(random, unit) for unit in value)
    if column == "group":
        return random.choice(["√{}", "{}", "✓ {}", "√（{}）"]).format(value) if value else ""
    if column in TICKS:
        return random.choice(YES if value else NO)
    if column in {"remark", "office"}:
        return random.choice(["", "减灾股"])
    return value


def write(random):
    """A model and the table that a county might have made of it."""
    has_third = random.random() < 0.5
    model = make_model(random, has_third)
    columns = ["number"] if random.random() < 0.85 else []
    columns += LEVELS[: 3 if has_third else 2] + TEXTS + ("public", "group")
    columns += ["proactive", "on_request", "county"]
    columns += ["below"] if random.random() < 0.4 else ["township", "village"]
    columns += random.sample(["remark", "office"], random.randint(0, 2))
    table = Written(columns, 0, model, {})
    write_header(random, table)
    write_rows(random, table)
    if random.random() < 0.5:
        table.cells[table.first_row + len(model) + 1, 1] = "注：■为选用的渠道。"
    return table


def write_header(random, table):
    top = 1
    if random.random() < 0.7:
        table.cells[1, 1] = random.choice(
            ["（二）救灾领域基层政务公开标准目录", "某县救灾领域基层政务公开标准目录"]
        )
        if random.random() < 0.7:
            table.merges.append((1, 1, 1, len(table.columns)))
        top = 2
    headings = [spaced(random, random.choice(HEADINGS[column])) for column in table.columns]
    if random.random() < 0.25:
        for place, heading in enumerate(headings, 1):
            table.cells[top, place] = heading
        table.first_row = top + 1
        return
    is_merged = random.random() < 0.8
    last = ""
    for place, (column, heading) in enumerate(zip(table.columns, headings, strict=True), 1):
        group = OVER.get(column, "")
        table.cells[top + bool(group), place] = heading
        if group and group != last:
            table.cells[top, place] = spaced(random, group)
            width = sum(OVER.get(other) == group for other in table.columns)
            if is_merged and width > 1:
                table.merges.append((top, place, top, place + width - 1))
        elif not group and is_merged:
            table.merges.append((top, place, top + 1, place))
        last = group
    table.first_row = top + 2


def write_rows(random, table):
    boxes = random.choice([("■", "□"), ("☑", "☐"), ("R", "£"), ("■", "口"), ("■", ""), "listed"])
    names, texts = (
        random.choice(["merged", "empty", "repeated"]),
        random.choice(["", "merged", "同上"]),
    )
    for number, row in enumerate(table.model):
        for column in table.columns:
            text = written(random, row, column, number + 1)
            if column == "channels":
                text = boxed(random, sorted(row["channels"], key=CHANNELS.index), boxes)
            table.cells[table.place(number, column)] = text
    shown = [column for column in LEVELS if column in table.columns]
    for depth, column in enumerate(shown[:2]):
        # The lowest name of a row stands in its own cell: merged cells are one matter.
        for start, end in runs(table.model, shown[: depth + 1]):
            if shown[depth + 1 :] or end == start:
                join(table, column, start, end, names)
    for column in TEXTS:
        for start, end in runs(table.model, ["level_1", column]):
            join(table, column, start, end, texts)


def runs(model, columns):
    """First and last of the rows that follow each other with the same values."""
    start = 0
    for number in range(1, len(model) + 1):
        keys = [
            [row[column] for column in columns] if row else None
            for row in (model[start], model[number] if number < len(model) else None)
        ]
        if keys[0] != keys[1]:
            yield start, number - 1
            start = number


def join(table, column, start, end, how):
    if end == start or how in {"", "repeated"}:
        return
    for number in range(start + 1, end + 1):
        table.cells[table.place(number, column)] = "同上" if how == "同上" else ""
    if how == "merged":
        (top, place), (bottom, _) = table.place(start, column), table.place(end, column)
        table.merges.append((top, place, bottom, place))


# Damaging it ----------------------------------------------------------------------------------


def damage(random, table):
    random.choice([spoil_cell, empty_cell, merge_across, merge_down, spoil_heading, drop_cells])(
        random, table
    )


def merged_at(table, row, place):
    return next((m for m in table.merges if m[0] <= row <= m[2] and m[1] <= place <= m[3]), None)


def spoil_cell(random, table):
    """Signs that say nothing in a cell of ticks, boxes or units."""
    number = random.randrange(len(table.model))
    column = random.choice(
        [c for c in table.columns if c in {*TICKS, "units", "channels", "group"}]
    )
    place = table.place(number, column)
    if merged_at(table, *place):
        return
    table.cells[place] = random.choice(
        ["?", "○", "12", "待定", "√或×", "见附件", "#REF!", "☒", "~"]
    )
    value = BROKEN
    if column == "group" and table.cells[place] in {"待定", "见附件"}:
        value = table.cells[place]  # words alone are the group
    set_value(table, number, column, value)


def empty_cell(random, table):
    number, column = random.randrange(len(table.model)), random.choice(table.columns)
    if not merged_at(table, *table.place(number, column)):
        blank(table, number, column)


def blank(table, number, column):
    """Empty a cell; what the file then shows of it."""
    place = table.place(number, column)
    goes_on = table.cells[place] in {"", "同上"} and column in (*LEVELS, *TEXTS)
    table.cells[place] = ""
    if goes_on and column in LEVELS:
        return
    if column in TICKS:
        set_value(table, number, column, False)
    elif column == "group":
        set_value(table, number, column, "")
    elif column in TEXTS:
        set_value(table, number, column, BROKEN)
    elif column in LEVELS:
        set_value(table, number, column, name_left(table, number, column))


def name_left(table, number, column):
    """The name that a row has at a level whose cell is empty: that of the row above, or none."""
    row = table.model[number]
    above = table.model[number - 1] if number else None
    if column == "level_1":
        return above["level_1"] if above else BROKEN
    if column == "level_3":
        return "" if table.cells[table.place(number, "level_2")] else BROKEN
    if row["level_3"] and above and above["level_1"] == row["level_1"]:
        return above["level_2"] or BROKEN
    return BROKEN


def merge_across(random, table):
    number = random.randrange(len(table.model))
    left = random.randrange(len(table.columns) - 1)
    right = min(left + random.randint(1, 3), len(table.columns) - 1)
    row = table.first_row + number
    places = range(left + 1, right + 2)
    if any(merged_at(table, row, place) for place in places):
        return
    table.merges.append((row, left + 1, row, right + 1))
    names = [column for column in table.columns[left : right + 1] if column in LEVELS]
    texts = {table.cells[row, place] for place in places}
    if len(names) == right - left + 1 and texts == {""}:
        pass  # nothing is lost
    elif len(names) == right - left + 1 and table.cells[row, left + 1] not in {"", "同上"}:
        # One name over several levels is that of the highest, which has none below it.
        for column in names[1:]:
            set_value(table, number, column, "")
    else:
        # The first cell is still its own column's; of the others nobody can tell.
        for column in table.columns[left + 1 : right + 1]:
            if column not in {"number", "remark", "office"}:
                if table.cells[table.place(number, column)] in {"", "同上"}:
                    table.model[number] = table.model[number] | {column: BROKEN}
                else:
                    set_value(table, number, column, BROKEN)
    for place in list(places)[1:]:
        table.cells[row, place] = ""


def merge_down(random, table):
    """The cells of two rows made one: both rows now show what the upper one says."""
    if len(table.model) < 2:
        return
    number = random.randrange(len(table.model) - 1)
    column = random.choice(table.columns)
    (top, place), (bottom, _) = table.place(number, column), table.place(number + 1, column)
    if merged_at(table, top, place) or merged_at(table, bottom, place):
        return
    if table.cells[top, place] in {"", "同上"}:
        return
    table.merges.append((top, place, bottom, place))
    table.cells[bottom, place] = ""
    if column in table.model[number]:
        set_value(table, number + 1, column, table.model[number][column])


def spoil_heading(random, table):
    place = random.randrange(len(table.columns))
    rows = [r for r in range(1, table.first_row) if table.cells.get((r, place + 1))]
    if not rows:
        return
    table.cells[rows[-1], place + 1] = random.choice(["甲乙丙", "公开", "？？", "abc"])
    column = table.columns[place]
    if column not in {"number", "remark", "office"}:
        for number in range(len(table.model)):
            set_value(table, number, column, BROKEN)


def drop_cells(random, table):
    """A whole row's cells lost but for one."""
    number = random.randrange(len(table.model))
    row = table.first_row + number
    if any(merged_at(table, row, place + 1) for place in range(len(table.columns))):
        return
    kept = random.choice(table.columns)
    for column in reversed(table.columns):
        if column != kept:
            blank(table, number, column)


def set_value(table, number, column, value):
    """What the cell now means, and the rows that said 同上 or left theirs to the one above."""
    if column not in table.columns:
        return
    table.model[number] = table.model[number] | {column: value}
    for below in range(number + 1, len(table.model)):
        text = table.cells[table.place(below, column)]
        merge = merged_at(table, *table.place(below, column))
        leans = text == "同上" or (text == "" and column in (*LEVELS, *TEXTS) and not merge)
        if merge and merge[0] <= table.place(number, column)[0]:
            leans = True
        if not leans:
            return
        table.model[below] = table.model[below] | {column: value}


# Asking ---------------------------------------------------------------------------------------


def expected(row, columns):
    """The fields of a row's matter; ``None`` where the row can't be read without a word of it."""
    values = {column: row[column] for column in columns if column in row}
    if BROKEN in [value for value in values.values() if not isinstance(value, set | list)]:
        return None
    if bool(values["group"]) == values["public"] or values["proactive"] == values["on_request"]:
        return None
    below = values.get("below")
    ticks = (values["county"], values.get("township", below), values.get("village", below))
    if not any(ticks):
        return None
    return {
        "content": ";".join(values["content"]),
        "legal_basis": ";".join(values["legal_basis"]),
        "time_limit": values["time_limit"],
        "responsible_text": "、".join(values["units"]),
        "channels": [channel for channel in Channel if channel in values["channels"]],
        "audience": Audience.PUBLIC if values["public"] else Audience.SPECIFIC,
        "audience_detail": values["group"],
        "method": Method.PROACTIVE if values["proactive"] else Method.ON_REQUEST,
        "tiers": [tier for tier, ticked in zip(Tier, ticks, strict=True) if ticked],
    }


def path_of(row):
    names = [row.get(level) for level in LEVELS]
    if BROKEN in names or (names[2] and not names[1]):
        return None
    return ("01", *[name for name in names if name])


def read(table):
    file = StandardTableFile(table.save(), "table.xlsx")
    decisions = file.proposal()
    for found in file.tables:
        decisions.domains[found.key] = "01"
    decisions.defaults = {"category": "management"}
    return file, file.changes(decisions)


class Fuzz(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_catalog()

    def as_shown(self, matter, values):
        return {
            name: list(getattr(matter, name)) if isinstance(value, list) else getattr(matter, name)
            for name, value in values.items()
        }

    @FAST
    @given(st.integers(0, 2**32))
    def test_however_a_table_is_written_each_cell_is_read_right(self, seed):
        table = write(Random(seed))
        _, changes = read(table)
        problems = [
            (remark.line, remark.letter, remark.text)
            for entry in changes.entries
            for remark in entry.remarks
            if remark.is_problem
        ]
        self.assertEqual(problems, [])
        found = leaves(changes)
        self.assertEqual(set(found), {path_of(row) for row in table.model})
        for row in table.model:
            values = expected(row, table.columns)
            self.assertEqual(self.as_shown(found[path_of(row)], values), values)

    @FAST
    @given(st.integers(0, 2**32), st.integers(1, 4))
    @example(0, 1)
    def test_what_is_damaged_is_read_as_shown_or_reported(self, seed, damages):
        random = Random(seed)
        table = write(random)
        for _ in range(damages):
            damage(random, table)
        file, changes = read(table) if self.is_readable(table) else (None, None)
        if changes is None:
            return
        reported = {remark.row + 1 for entry in changes.entries for remark in entry.remarks}
        if any(entry.row < table.first_row - 1 and entry.has_problems for entry in changes.entries):
            return  # a column isn't known: nothing of this table can be imported
        claimed = {}
        for number, row in enumerate(table.model):
            line = table.first_row + number
            if line in reported:
                continue
            found = [entry for entry in changes.entries if entry.row + 1 == line]
            if not table.says_anything(number):
                self.assertEqual(found, [])
                continue
            values = expected(row, table.columns)
            path = path_of(row)
            self.assertIsNotNone(values, (line, row, table.cells))
            self.assertIsNotNone(path, (line, row))
            self.assertEqual(len(found), 1, (line, row))
            matter = leaves(changes).get(path)
            self.assertIsNotNone(matter, (line, path))
            self.assertEqual(self.as_shown(matter, values), values)
            self.assertNotIn(path, claimed)
            claimed[path] = line

    def is_readable(self, table):
        """Without a header there is no table, and the upload itself is refused."""
        return bool(StandardTableFile(table.save(), "table.xlsx").tables)
