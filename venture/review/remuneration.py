"""劳务报酬: the income tax that is withheld from one payment to an expert, in fen.

Source: 国家税务总局公告 2018 年第 61 号《个人所得税扣缴申报管理办法（试行）》第八条 and its 预扣率表二 (residents).
Income up to 4,000 yuan is reduced by 800 yuan, above by 20 %; of what is left 20 % up to 20,000 yuan, 30 % less 2,000
yuan up to 50,000, 40 % less 7,000 yuan above.
"""

from venture.money import half_up

FREE = 80_000
FLAT_UP_TO = 400_000
STEPS = ((2_000_000, 20, 0), (5_000_000, 30, 200_000), (None, 40, 700_000))
"""Taxable income up to so many fen, the rate in percent, the quick deduction in fen."""


def withheld(gross: int) -> int:
    """The tax withheld from one payment of `gross` fen, to the fen half up. Raises ValueError for less than nothing."""
    if gross < 0:
        raise ValueError("a fee is not negative")
    if gross <= FREE:
        return 0
    # Hundredths of a fen, so that 80 % of a fen is a whole number.
    taxable = (gross - FREE) * 100 if gross <= FLAT_UP_TO else gross * 80
    rate, quick = next((rate, quick) for most, rate, quick in STEPS if most is None or taxable <= most * 100)
    return half_up(taxable * rate - quick * 10_000, 10_000)
