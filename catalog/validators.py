"""Checks of single values that several apps share."""

import re

from django.core.exceptions import ValidationError

#: Landlines with area code, 400 numbers and the short hotlines; standards ask for the area code.
_PHONE = re.compile(
    r"0\d{2,3}-\d{7,8}(-\d{1,5})?|400-?\d{3}-?\d{4}|1[0-9]{2,4}|9[56]\d{3,4}|1[3-9]\d{9}",
    re.ASCII,  # not the wide digits of a Chinese keyboard
)

_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def validate_phone(value: str) -> None:
    if not _PHONE.fullmatch(value):
        raise ValidationError("电话号码形如 0550-1234567(带区号)、400 号码或 12345 一类短号")


def validate_credit_code(value: str) -> None:
    """Check digit of a unified social credit code, GB 32100-2015."""
    if not _CREDIT_CODE.fullmatch(value):
        raise ValidationError("统一社会信用代码为18位数字和大写字母(不含 I O S V Z)")
    total = sum(
        _CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(value[:17])
    )
    if _CREDIT_ALPHABET[(31 - total % 31) % 31] != value[17]:
        raise ValidationError("统一社会信用代码的校验位不对,请核对有无错字")
