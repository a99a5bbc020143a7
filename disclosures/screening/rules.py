"""The detectors: each looks at a passage and tells where personal data stands.

Numbers are looked for in a normalised copy of the same length as the kept characters (full width
made half width, zero-width characters left out), with a map back to the original places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from .passages import Hit, Passage, Severity

#: Rises with every change of a rule; kept with each finding.
RULES_VERSION = "2026.11.1"

LABELS = {
    "citizen_id": "身份证号",
    "mobile": "手机号",
    "landline": "个人固定电话",
    "bank_card": "银行账号",
    "email": "电子邮箱",
    "home_address": "家庭住址",
    "birth_date": "出生日期",
    "passport": "护照、通行证号",
    "personal_column": "敏感个人信息",
}

Found = tuple[int, int, Severity, str]  # start, end, severity, masked

_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    ord("×"): ord("X"),
    ord("Ⅹ"): ord("X"),
    ord("х"): ord("X"),
    ord("—"): ord("-"),
    ord("–"): ord("-"),
    ord("·"): ord("."),
}


def normalised(text: str) -> tuple[str, list[int]]:
    """The text as the rules read it, and for each of its characters the place in ``text``."""
    places = [place for place, sign in enumerate(text) if ord(sign) not in _ZERO_WIDTH]
    return "".join(text[place].translate(_HALF_WIDTH) for place in places), places


def find(passage: Passage) -> list[Hit]:
    """All hits in ``passage``, in order; overlapping ones give way to the first rule's."""
    text, places = normalised(passage.text)
    hits: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for rule, detect in _DETECTORS.items():
        for start, end, severity, masked in detect(text, passage):
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            first, last = places[start], places[end - 1] + 1
            hits.append(
                Hit(
                    rule,
                    passage.place,
                    first,
                    last,
                    passage.text[first:last],
                    excerpt(passage.text, first, last, masked),
                    severity,
                    masked,
                )
            )
    return sorted(hits, key=lambda hit: hit.start)


def excerpt(text: str, start: int, end: int, masked: str) -> str:
    """What stands around, without what was found. Other digits nearby are starred as well."""
    before, after = text[max(0, start - 12) : start], text[end : end + 6]
    hidden = re.compile(r"\d{4,}")
    before, after = (
        hidden.sub(lambda run: "*" * len(run.group()), side) for side in (before, after)
    )
    return f"{before}{masked}{after}"


def _context(text: str, start: int, passage: Passage, reach: int = 14) -> str:
    return f"{passage.heading} {text[max(0, start - reach) : start]}"


# Citizen ID (GB 11643-1999) -----------------------------------------------------------------------

_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
    *range(61, 66), 71, 81, 82, 83,
}  # fmt: skip
_ID = re.compile(
    r"(?<![\d*])([1-8]\d{5})[ .\-]?((?:18|19|20)\d{2})[ .\-]?((?:0[1-9]|1[0-2]))[ .\-]?"
    r"((?:0[1-9]|[12]\d|3[01]))[ .\-]?(\d{3})[ .\-]?([\dXx])"
)
_ID_15 = re.compile(r"(?<![\d*])[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![\d*])")
_SAYS_ID = re.compile(r"身份证|证件|公民身份|ID", re.IGNORECASE)
_SAYS_CODE = re.compile(r"编号|编码|流水|代码|订单|宗地|文号|批次|单号|条码|运单|合同号|标识码")
_IN_EXCEL = re.compile(r"(?<![\d.])[1-8]\.\d{3,10}E\+1[67](?!\d)")


def id_checksum(digits: str) -> str:
    """The eighteenth character that belongs to seventeen digits."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return "10X98765432"[total % 11]


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)) <= date.today()  # noqa: DTZ011 - any zone does
    except ValueError:
        return False


def _citizen_ids(text: str, passage: Passage) -> Iterator[Found]:
    for match in _ID.finditer(text):
        area, year, month, day, serial, check = match.groups()
        if int(area[:2]) not in _PROVINCES or not _is_day(year, month, day):
            continue
        number = f"{area}{year}{month}{day}{serial}{check}".upper()
        follows = re.match(r"\d*", text[match.end() :])
        tail = follows.group() if follows else ""
        if text[match.end() : match.end() + 1] == "*":
            continue
        if not _is_meant(number, tail, _context(text, match.start(), passage)):
            continue
        end = match.end() + (len(tail) if len(tail) <= 2 else 0)
        yield match.start(), end, Severity.BLOCKING, _starred(text[match.start() : end], 2, 3)
    for match in _ID_15.finditer(text):
        if _SAYS_ID.search(_context(text, match.start(), passage)):
            yield *match.span(), Severity.BLOCKING, _starred(match.group(), 2, 3)
    for match in _IN_EXCEL.finditer(text):
        yield *match.span(), Severity.BLOCKING, "*" * 18


def _is_meant(number: str, tail: str, context: str) -> bool:
    """Whether eighteen characters of the right form are an ID; ``tail`` are digits behind them.

    A wrong check character may be a slip of the pen, so it is let pass only where the number is
    said to be another, or is one. Behind the eighteen may stand the two digits of a disability
    certificate.
    """
    if _SAYS_ID.search(context):
        return True
    if id_checksum(number[:17]) != number[17]:
        return not (tail or _SAYS_CODE.search(context) or is_credit_code(number))
    return not tail or re.fullmatch(r"[1-7][1-4]B?\d?", tail) is not None


_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_credit_code(code: str) -> bool:
    """Whether ``code`` is a unified social credit code (GB 32100-2015)."""
    if len(code) != 18 or code[0] not in "159" or any(sign not in _CREDIT_SIGNS for sign in code):
        return False
    weight, total = 1, 0
    for sign in code[:17]:
        total += _CREDIT_SIGNS.index(sign) * weight
        weight = weight * 3 % 31
    return _CREDIT_SIGNS[(31 - total % 31) % 31] == code[17]


def _starred(value: str, first: int, last: int) -> str:
    """Digits and letters between the first and the last few as stars; separators go."""
    signs = re.sub(r"[ .\-]", "", value)
    return signs[:first] + "*" * (len(signs) - first - last) + (signs[-last:] if last else "")


# Telephones ---------------------------------------------------------------------------------------

_MOBILE = re.compile(
    r"(?<![\d*])(?:\+?86|0086)?[ \-]?(1(?:3\d|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9]))"
    r"[ .\-]?(\d{4})[ .\-]?(\d{4})(?![\d*])"
)
_OFFICE = re.compile(r"咨询|举报|监督|值班|办公|投诉|热线|服务电话|受理|客服|报修|抢修|应急")
_LANDLINE = re.compile(r"(?<![\d*])0\d{2,3}[ \-]?\d{7,8}(?![\d*])")
_PERSONAL_PHONE = re.compile(r"家庭电话|住宅电话|宅电|家庭座机|家里电话|本人电话|家中电话|住户电话")
_PHONE_COLUMN = re.compile(r"电话|联系方式|手机")
_PERSON_IN_ROW = re.compile(r"姓名|户主|申请人|承租人|被征收人|村民|学生|家长|监护人")


def _mobiles(text: str, passage: Passage) -> Iterator[Found]:
    for match in _MOBILE.finditer(text):
        context = _context(text, match.start(), passage)
        if _SAYS_CODE.search(context) and not re.search(r"电话|手机|联系", context):
            continue
        is_office = _OFFICE.search(context) and not _PERSONAL_PHONE.search(context)
        severity = Severity.WARNING if is_office else Severity.BLOCKING
        yield *match.span(), severity, f"{match[1]}****{match[3]}"


def _landlines(text: str, passage: Passage) -> Iterator[Found]:
    in_list = _PHONE_COLUMN.search(passage.heading) and _PERSON_IN_ROW.search(passage.nearby)
    for match in _LANDLINE.finditer(text):
        context = _context(text, match.start(), passage)
        if _PERSONAL_PHONE.search(context) or (in_list and not _OFFICE.search(context)):
            yield *match.span(), Severity.BLOCKING, _starred(match.group(), 4, 2)


# Bank accounts ------------------------------------------------------------------------------------

_ACCOUNT = re.compile(
    r"(?<![\d*.])(?:\d{4}([ \-])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{12,23})(?![\d*])"
)
_SAYS_BANK = re.compile(r"卡号|账号|帐号|账户|帐户|一卡通|存折|银行卡|开户|代发|社保卡|收款")
_CARD_PREFIX = re.compile(r"62|60|9558|4\d{15}$|5[1-5]\d{14}$|3[47]\d{13}$|35\d{14}$")
_UNIT_ACCOUNT = re.compile(
    r"(?:户名|开户名称|收款单位|收款人|账户名称|专户)[::]?\s*[一-龥()]{0,30}"
    r"(?:中心|公司|局|政府|医院|学校|小学|中学|财政|委员会|办公室|专户|银行)"
)


def is_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _bank_cards(text: str, passage: Passage) -> Iterator[Found]:
    for match in _ACCOUNT.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        context = _context(text, match.start(), passage)
        if _UNIT_ACCOUNT.search(f"{passage.nearby} {text}"):
            continue
        says_bank = _SAYS_BANK.search(context)
        is_card = 13 <= len(digits) <= 19 and is_luhn(digits) and _CARD_PREFIX.match(digits)
        if says_bank or (is_card and not _SAYS_CODE.search(context)):
            yield *match.span(), Severity.BLOCKING, "*" * (len(digits) - 4) + digits[-4:]


# Mail, documents ----------------------------------------------------------------------------------

_EMAIL = re.compile(r"[A-Za-z0-9][\w.+\-]*@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}", re.ASCII)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EGDSPH][A-Z0-9]?\d{7,8}|[CW]\d{8})(?![A-Za-z0-9])")


def _emails(text: str, passage: Passage) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        name, _, domain = match.group().rpartition("@")
        if domain.lower().endswith("gov.cn"):
            continue
        is_office = _OFFICE.search(_context(text, match.start(), passage))
        severity = Severity.WARNING if is_office else Severity.BLOCKING
        yield *match.span(), severity, f"{name[0]}***@{domain}"


def _passports(text: str, passage: Passage) -> Iterator[Found]:
    for match in _PASSPORT.finditer(text):
        if re.search(r"护照|通行证", _context(text, match.start(), passage)):
            yield *match.span(), Severity.BLOCKING, _starred(match.group(), 1, 2)


# Addresses and birthdays, where a person stands next to them --------------------------------------

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔"
    "向汤凌穆杭管"
)
_NAME = re.compile(rf"(?<![一-龥])[{_SURNAMES}][一-龥]{{1,2}}(?![一-龥])")
_NAMED = re.compile(
    r"(?:姓名|户主|申请人|承租人|被征收人|当事人|受助人|救助对象|村民|居民|学生|联系人|家长|业主|户名)"
    rf"[为是::]?\s*[{_SURNAMES}][一-龥]{{1,2}}"
)
_AREA = r"(?:镇|乡|街道|社区|居委会|村|路|街|巷|道|小区|花园|家园|新村|苑|庄|郢|圩|大道|公寓)"
_ADDRESS = re.compile(
    rf"(?:[一-龥]{{2,6}}[省市县区])*[一-龥]{{1,8}}{_AREA}[一-龥]{{0,8}}?(?<!第)\s*"
    r"(?:[0-9A-Za-z一二三四五六七八九十\-]+\s*(?:号楼|号|栋|幢|单元|室|组|村民组|户|层|楼)"
    r"[一-龥]{0,2}?\s*)+(?:[0-9]{2,4}室?)?"
)
_SAYS_HOME = re.compile(
    r"家庭住址|家庭地址|现住址|住址|户籍地|户籍所在|居住地|家住|现住|住在|住所地|通讯地址|住(?![房宅建户院])"
)
_SAYS_OFFICE_PLACE = re.compile(
    r"办公地址|办公地点|办理地点|地点|受理地址|单位地址|注册地址|窗口|坐落|项目位置|工程地点|位于|公示地点"
)


def _has_person(text: str, start: int, passage: Passage, reach: int = 30) -> bool:
    around = text[max(0, start - reach) : start]
    return bool(
        _NAMED.search(around)
        or _NAME.search(f" {around} ")
        or _PERSON_IN_ROW.search(passage.nearby)
    )


def _home_addresses(text: str, passage: Passage) -> Iterator[Found]:
    for match in _ADDRESS.finditer(text):
        before = text[max(0, match.start() - 10) : match.start()]
        near = f"{passage.heading} {before}{match.group()[:6]}"
        says_home = _SAYS_HOME.search(near)
        if _SAYS_OFFICE_PLACE.search(near) and not says_home:
            continue
        if says_home or _has_person(text, match.start(), passage):
            town = re.match(r".*?(?:镇|乡|街道)", match.group())
            yield *match.span(), Severity.BLOCKING, (town.group() if town else "") + "***"


_DAY = re.compile(
    r"(?<![\d*])((?:19|20)\d{2})(?:年\s?(?:0?[1-9]|1[0-2])月(?:\s?(?:0?[1-9]|[12]\d|3[01])[日号])?"
    r"|[\-./](?:0?[1-9]|1[0-2])[\-./](?:0?[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"(?![\d*])"
)
_SAYS_BIRTH = re.compile(r"出生|生日|生于")
_PERSON_AND_SEX = re.compile(rf"[{_SURNAMES}][一-龥]{{1,2}}[,,、;\s(]+(?:男|女)[,,、;\s]+$")


def _birth_dates(text: str, passage: Passage) -> Iterator[Found]:
    for match in _DAY.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        after = text[match.end() : match.end() + 4]
        says = _SAYS_BIRTH.search(f"{passage.heading} {before[-8:]}") or re.match(
            r"\s?(?:出生|生)(?![产活效态])", after
        )
        if says or _PERSON_AND_SEX.search(before):
            yield *match.span(), Severity.BLOCKING, f"{match[1]}年"


# Columns that no public list needs ----------------------------------------------------------------

_SENSITIVE = re.compile(
    r"残疾类别|残疾等级|致贫原因|健康状况|病种|病情|疾病|患病|婚姻状况|民族|宗教|监护人|怀孕|孕检|计生|学籍号"
)
_EMPTY = re.compile(r"[\s*—\-无/\\]*|[*＊]+")
_TOLD = re.compile(
    r"(?:残疾类别|残疾等级|致贫原因|健康状况|病种|所患疾病|患病情况|婚姻状况)[::]\s*([一-龥0-9A-Za-z]{2,12})"
)


def _personal_columns(text: str, passage: Passage) -> Iterator[Found]:
    if (
        passage.heading
        and _SENSITIVE.search(passage.heading)
        and text != passage.heading
        and not _EMPTY.fullmatch(text)
    ):
        yield 0, len(text), Severity.BLOCKING, "***"
        return
    for match in _TOLD.finditer(text):
        if not _EMPTY.fullmatch(match[1]):
            yield *match.span(1), Severity.BLOCKING, "***"


_DETECTORS: dict[str, Callable[[str, Passage], Iterator[Found]]] = {
    "citizen_id": _citizen_ids,
    "bank_card": _bank_cards,
    "mobile": _mobiles,
    "landline": _landlines,
    "email": _emails,
    "passport": _passports,
    "birth_date": _birth_dates,
    "home_address": _home_addresses,
    "personal_column": _personal_columns,
}


def columns(rows: list[list[str]]) -> list[str]:
    """The headings of a table: the first of its upper rows that has two cells; a title has one."""
    return next((row for row in rows[:3] if sum(1 for cell in row if cell) >= 2), [])
