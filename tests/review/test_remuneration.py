"""The tax withheld from a fee: the law's table, its seams, and that nothing is lost or turned around."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.review.remuneration import withheld

FEN = st.integers(0, 100_000_000)


def by_the_table(gross: int) -> Fraction:
    """预扣率表二 in yuan, said once more with fractions."""
    yuan = Fraction(gross, 100)
    if yuan <= 800:
        return Fraction(0)
    taxable = yuan - 800 if yuan <= 4000 else yuan * Fraction(80, 100)
    if taxable <= 20_000:
        return taxable * Fraction(20, 100)
    if taxable <= 50_000:
        return taxable * Fraction(30, 100) - 2_000
    return taxable * Fraction(40, 100) - 7_000


@pytest.mark.parametrize(
    ("gross", "tax"),
    [
        (0, 0),
        (80_000, 0),
        (80_001, 0),
        (80_003, 1),
        (100_000, 4_000),
        (200_000, 24_000),
        (400_000, 64_000),
        (400_001, 64_000),
        (500_000, 80_000),
        (2_500_000, 400_000),
        (2_500_100, 400_024),
        (6_250_000, 1_300_000),
        (6_250_100, 1_300_032),
        (10_000_000, 2_500_000),
    ],
)
def test_the_table_and_its_seams(gross: int, tax: int) -> None:
    assert withheld(gross) == tax


@given(FEN)
def test_to_the_fen_half_up_by_the_table(gross: int) -> None:
    exact = by_the_table(gross) * 100
    assert withheld(gross) == int(exact + Fraction(1, 2))
    assert 0 <= withheld(gross) <= gross


@given(FEN, st.integers(0, 10_000))
def test_who_gets_more_pays_no_less_and_keeps_no_less(gross: int, more: int) -> None:
    assert withheld(gross) <= withheld(gross + more)
    assert gross - withheld(gross) <= gross + more - withheld(gross + more)


def test_less_than_nothing_is_no_fee() -> None:
    with pytest.raises(ValueError, match="negative"):
        withheld(-1)
