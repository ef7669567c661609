"""Money as whole fen: read as people type it, written as figures and in words, split without losing a fen."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

MAX_FEN = 10**14 - 1
"""The largest sum taken in, 999,999,999,999.99 yuan: exact as a number in JavaScript and in a sheet."""

_HALF_WIDTH = {0xFF01 + step: 0x21 + step for step in range(94)} | {
    ord("￥"): "¥",
    ord("。"): ".",
    ord("，"): ",",
    ord("−"): "-",
    ord("–"): "-",
    ord("\u3000"): " ",
    ord("\u00a0"): " ",
    ord("\u2009"): " ",
    ord("\u202f"): " ",
}
_SUM = re.compile(
    r"(?P<sign>[+-]?) ?(?:¥|人民币|RMB|CNY)? ?"
    r"(?P<whole>[0-9]{1,3}(?:(?P<gap>[, ])[0-9]{3})(?:(?P=gap)[0-9]{3})*|[0-9]+)(?:\.(?P<part>[0-9]+))?"
    r" ?(?P<unit>万元|万|元)?"
)


class Malformed(ValueError):
    """A text that is not a sum of money; `code` says why, `facts` what the sentence about it needs.

    Codes: money.empty, money.not_a_number, money.decimals (places: how many are allowed), money.too_large
    (limit, fen), money.negative, money.too_small (least, fen).
    """

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def parse(text: str, *, least: int = 0) -> int:
    """Fen from what a person typed: «12,000.50», «１０００», «¥ 20», «20万», «2万元».

    Finer than a fen is refused, never rounded; commas and blanks must group by three, so that «1,00» is
    not read as a hundred. `least` is the smallest sum taken (fen): 1 refuses zero, a negative one lets
    corrections through. Raises Malformed.
    """
    typed = text.translate(_HALF_WIDTH).strip()
    if not typed:
        raise Malformed("money.empty")
    found = _SUM.fullmatch(typed)
    if found is None:
        raise Malformed("money.not_a_number", text=text)
    whole, part = found["whole"].replace(",", "").replace(" ", "").lstrip("0"), found["part"] or ""
    places = 6 if (found["unit"] or "").startswith("万") else 2
    if len(part) > places:
        raise Malformed("money.decimals", text=text, places=places)
    if len(whole) > 15:
        raise Malformed("money.too_large", limit=MAX_FEN)
    fen = int(whole + part.ljust(places, "0"))
    if fen > MAX_FEN:
        raise Malformed("money.too_large", limit=MAX_FEN)
    if found["sign"] == "-":
        fen = -fen
    if fen < 0 and fen < least:
        raise Malformed("money.negative", least=least)
    if fen < least:
        raise Malformed("money.too_small", least=least)
    return fen


def text(fen: int) -> str:
    """Yuan in figures: 1200050 → «12,000.50», −5 → «−0.05» (a true minus)."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'−' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def yuan_wan(fen: int) -> str:
    """The figure in 万元 for headings that name this unit: up to two decimals, half up, «20», «33.5»."""
    hundredths = half_up(abs(fen), 10_000)
    shown = f"{hundredths // 100:,}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{'−' if fen < 0 and hundredths else ''}{shown}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("亿", "万", "")


def capitals(fen: int) -> str:
    """The sum in capitals (大写), as on payment papers, without the prefix «人民币»: 贰拾万元整.

    One 零 for zeros inside; 整 after 元 or 角, never after 分; a group that ends in zero carries none over
    to a non-zero 仟 or 角. Source: bank rules on filling vouchers, with 整 after 角 as accountants ask.
    Raises ValueError beyond MAX_FEN.
    """
    if abs(fen) > MAX_FEN:
        raise ValueError("too large to be written in capitals")
    yuan, rest = divmod(abs(fen), 100)
    jiao, last = divmod(rest, 10)
    written = _yuan_capitals(yuan)
    if written or not rest:
        written = (written or "零") + "元"
    if jiao:
        written += _DIGITS[jiao] + "角"
    elif last and yuan:
        written += "零"
    written += _DIGITS[last] + "分" if last else "整"
    return ("负" if fen < 0 else "") + written


def _yuan_capitals(yuan: int) -> str:
    written, skipped = "", False
    for power, name in zip((10**8, 10**4, 1), _GROUPS, strict=True):
        group = yuan // power % 10_000
        if group and written and (skipped or group < 1000):
            written += "零"
        if group:
            written += _group_capitals(group) + name
        skipped = not group
    return written


def _group_capitals(group: int) -> str:
    written, skipped = "", False
    for power, name in zip((1000, 100, 10, 1), _PLACES, strict=True):
        digit = group // power % 10
        if digit:
            written += ("零" if skipped and written else "") + _DIGITS[digit] + name
        skipped = not digit
    return written


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two whole numbers as a whole number, halves away from zero; denominator > 0."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts of `amount` (fen) by whole weights: part k = amount × weight ÷ Σ weights, half up; last = rest.

    They sum to `amount` exactly. With only a few fen a part may come out zero and the last even below:
    whoever pays by these parts refuses such a plan (`budget.instalments`). Raises ValueError for no or
    negative weights.
    """
    total = sum(weights)
    if amount < 0 or total <= 0 or min(weights) < 0:
        raise ValueError("split needs an amount ≥ 0 and weights ≥ 0 with a sum above 0")
    parts = [half_up(amount * weight, total) for weight in weights[:-1]]
    return (*parts, amount - sum(parts))


def percent(part: int, whole: int) -> int | None:
    """`part` in percent of `whole`, half up to a whole percent; None when there is no whole."""
    return half_up(100 * part, whole) if whole > 0 else None


def percent_tenths(part: int, whole: int) -> Decimal | None:
    """`part` in percent of `whole`, half up to a tenth: 286 of 293 → 97.6; None when there is no whole."""
    return Decimal(half_up(1000 * part, whole)).scaleb(-1) if whole > 0 else None
