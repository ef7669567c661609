"""The unified social credit code (统一社会信用代码, GB 32100-2015): normal form, checks, kinds of holder."""

import unicodedata
from typing import Any

from venture.words import N_, Word

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 signs of the code, worth 0–30 in this order; I, O, S, V and Z are left out."""

_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOKALIKES = str.maketrans("OIZS", "0125")


class Kind(Word):
    """What kind of body holds the code, by its first two signs (registering authority and class)."""

    ASSOCIATION = "association", N_("Association")
    SERVICE = "service", N_("Social service organization")
    FOUNDATION = "foundation", N_("Foundation")
    CIVIL_OTHER = "civil_other", N_("Other body registered by civil affairs")
    PUBLIC = "public", N_("Public body")
    COMPANY = "company", N_("Company or other business")
    OTHER = "other", N_("Another kind of body")


SOCIAL_ORGANIZATIONS = frozenset({Kind.ASSOCIATION, Kind.SERVICE, Kind.FOUNDATION})
"""The legal persons that may apply: 51 社会团体, 52 社会服务机构, 53 基金会."""

_BY_CLASS = {"51": Kind.ASSOCIATION, "52": Kind.SERVICE, "53": Kind.FOUNDATION}
_BY_AUTHORITY = {"1": Kind.PUBLIC, "5": Kind.CIVIL_OTHER, "9": Kind.COMPANY}

_SAME_PLACE = (
    frozenset(
        {"320625", "320684", "320614"}
    ),  # 海门: county until 1994, town until July 2020, district since
    frozenset({"320602", "320611", "320613"}),  # 崇川: two districts until July 2020, one since
)


def renamed(region: str) -> frozenset[str]:
    """The other region codes of the same place; a credit code keeps the one of its day for ever."""
    return next((codes - {region} for codes in _SAME_PLACE if region in codes), frozenset())


class Malformed(ValueError):
    """A text that is not a credit code; `code` says why, `facts` what the sentence about it needs.

    Codes: credit_code.empty, credit_code.length (found), credit_code.sign (sign, position from 1, offer:
    the code with a look-alike put right, or None), credit_code.region (position), credit_code.check
    (expected).
    """

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def normal(text: str) -> str:
    """The code as it is stored: half-width, without blanks and hyphens, in capitals. Never turns O into 0."""
    half_width = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in half_width if not sign.isspace() and sign not in "-‐‑–—−").upper()


def parse(text: str) -> str:
    """The normal form of a code that passes its check sign. Raises Malformed with the first reason.

    The check sign of the body inside (`body_check`) is a warning only: old bodies carry wrong ones.
    """
    code = normal(text)
    if not code:
        raise Malformed("credit_code.empty")
    if len(code) != 18:
        raise Malformed("credit_code.length", found=len(code))
    for position, sign in enumerate(code, start=1):
        if sign not in ALPHABET:
            raise Malformed("credit_code.sign", sign=sign, position=position, offer=_offer(code))
    for position, sign in enumerate(code[2:8], start=3):
        if not sign.isdigit():
            raise Malformed("credit_code.region", position=position)
    if code[17] != check_sign(code):
        raise Malformed("credit_code.check", expected=check_sign(code))
    return code


def is_valid(text: str) -> bool:
    """Whether `parse` takes the text."""
    try:
        parse(text)
    except Malformed:
        return False
    return True


def check_sign(code: str) -> str:
    """The 18th sign that the first 17 ask for: (31 − Σ value × 3^(i−1)) mod 31."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(code, _WEIGHTS, strict=False))
    return ALPHABET[-total % 31]


def body_check(code: str) -> str | None:
    """The sign expected in place 17, where it is another one (a warning); None if the body's check is right.

    The nine signs from place 9 are the body's own older code with its check: GB 11714, 11 − Σ mod 11.
    """
    total = sum(int(sign, 36) * weight for sign, weight in zip(code[8:16], _BODY_WEIGHTS, strict=True))
    expected = "0123456789X"[-total % 11]
    return None if code[16] == expected else expected


def kind_of(code: str) -> Kind:
    """The kind of body that a code in normal form belongs to."""
    return _BY_CLASS.get(code[:2]) or _BY_AUTHORITY.get(code[:1], Kind.OTHER)


def _offer(code: str) -> str | None:
    mended = code.translate(_LOOKALIKES)
    return mended if mended != code and is_valid(mended) else None
