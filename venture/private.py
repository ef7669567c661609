"""Numbers that no published text may hold: mobile, identity and account numbers, however they are typed.

Credit codes may stand in it, whatever figures they are made of; an office's telephone may, where offices are named.
"""

import re
import unicodedata
from datetime import date

_RUNS = re.compile(
    r"(?<!\d)(?:"
    r"1[3-9]\d(?:[ -]?\d{4}){2}"  # mobile, also in its usual groups
    r"|\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]"  # identity card
    r"|\d{15,19}"  # account, or an identity card of the old kind
    r"|\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?"  # account in groups of four
    r")(?!\d)"
)


_CREDIT_CODE = re.compile(r"(?<![0-9A-Za-z])[159][1-9](?=[0-9A-Z]*[A-WYZ])\d{6}[0-9A-Z]{10}(?![0-9A-Za-z])")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ -]?[2-8](?:\d{6,7}|\d{2,3}[ -]\d{4})(?!\d)")


def number_in(text: str, *, landlines: bool = False) -> bool:
    """Whether the text holds such a number; full-width digits count as digits.

    `landlines`: also a telephone with its area code, for texts in which no office is named.
    """
    plain = _CREDIT_CODE.sub(" ", unicodedata.normalize("NFKC", text))
    return bool(_RUNS.search(plain) or (landlines and _LANDLINE.search(plain)))


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(typed: str) -> str | None:
    """An identity number (18 signs) as it is kept; None where its day of birth or its check sign is wrong.

    GB 11643-1999: the check sign is the (Σ sign × weight mod 11)th of 10X98765432. Regions are not looked up.
    """
    number = "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "").upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return None
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    total = sum(int(sign) * weight for sign, weight in zip(number, _WEIGHTS, strict=False))
    return number if number[17] == "10X98765432"[total % 11] else None
