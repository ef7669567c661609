"""Money: what is read, what is refused, figures and capitals, and splits that lose nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture import money

sums = st.integers(0, money.MAX_FEN)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1000", 100_000),
        ("１０００", 100_000),
        ("1,000.00", 100_000),
        ("12,000.50", 1_200_050),
        ("１２，０００．５０", 1_200_050),
        ("12 000.5", 1_200_050),
        (" ¥ 12,000.50 元 ", 1_200_050),
        ("￥20", 2_000),
        ("人民币 20 元", 2_000),
        ("20万", 20_000_000),
        ("2万元", 2_000_000),
        ("２万元", 2_000_000),
        ("1.5万", 1_500_000),
        ("0.000001万", 1),
        ("12。50", 1_250),
        ("0", 0),
        ("007.10", 710),
        ("999,999,999,999.99", money.MAX_FEN),
    ],
)
def test_what_people_type_is_read_to_the_fen(typed: str, fen: int) -> None:
    assert money.parse(typed) == fen


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "money.empty"),
        (" \u3000", "money.empty"),
        ("0.005", "money.decimals"),
        ("0.001", "money.decimals"),
        ("1.000", "money.decimals"),
        ("0.0000001万", "money.decimals"),
        ("1e18", "money.not_a_number"),
        ("1,00", "money.not_a_number"),
        ("1,0000", "money.not_a_number"),
        ("1,000 000", "money.not_a_number"),
        ("12.", "money.not_a_number"),
        ("10²", "money.not_a_number"),
        ("٣", "money.not_a_number"),
        ("nan", "money.not_a_number"),
        ("=1+1", "money.not_a_number"),
        ("1000000000000", "money.too_large"),
        ("9" * 5000, "money.too_large"),
        ("-1", "money.negative"),
        ("−1.00", "money.negative"),
    ],
)
def test_what_is_no_sum_is_refused_with_the_reason(typed: str, code: str) -> None:
    with pytest.raises(money.Malformed) as refusal:
        money.parse(typed)
    assert refusal.value.code == code


def test_the_least_sum_is_the_callers() -> None:
    assert money.parse("−1.00", least=-100) == -100
    with pytest.raises(money.Malformed, match=r"money\.too_small"):
        money.parse("0.00", least=1)


def test_figures_group_by_three_with_a_true_minus() -> None:
    assert [money.text(fen) for fen in (0, 5, 1_200_050, -5, -125_030)] == [
        "0.00",
        "0.05",
        "12,000.50",
        "−0.05",
        "−1,250.30",
    ]


@given(st.integers(-money.MAX_FEN, money.MAX_FEN))
def test_what_is_printed_is_read_back(fen: int) -> None:
    assert money.parse(money.text(fen), least=-money.MAX_FEN) == fen


def test_headings_in_ten_thousands() -> None:
    assert [
        money.yuan_wan(fen) for fen in (60_000_000, 33_500_000, 33_333_33, 1_800_000_000, 0, -2_000_000)
    ] == [
        "60",
        "33.5",
        "3.33",
        "1,800",
        "0",
        "−2",
    ]


CAPITALS = {
    "0": "零元整",
    "0.05": "伍分",
    "0.50": "伍角整",
    "1.00": "壹元整",
    "10.00": "壹拾元整",
    "16.40": "壹拾陆元肆角整",
    "105.00": "壹佰零伍元整",
    "1,409.50": "壹仟肆佰零玖元伍角整",
    "6,007.14": "陆仟零柒元壹角肆分",
    "10,005.06": "壹万零伍元零陆分",
    "16,409.02": "壹万陆仟肆佰零玖元零贰分",
    "20,000": "贰万元整",
    "32,000": "叁万贰仟元整",
    "100,000": "壹拾万元整",
    "100,000.10": "壹拾万元壹角整",
    "107,000.53": "壹拾万柒仟元伍角叁分",
    "200,000": "贰拾万元整",
    "200,005": "贰拾万零伍元整",
    "606,060.61": "陆拾万陆仟零陆拾元陆角壹分",
    "1,010,101.01": "壹佰零壹万零壹佰零壹元零壹分",
    "2,420,645": "贰佰肆拾贰万零陆佰肆拾伍元整",
    "10,000,000": "壹仟万元整",
    "100,000,001": "壹亿零壹元整",
    "900,006,290.95": "玖亿零陆仟贰佰玖拾元玖角伍分",
    "−1,250.30": "负壹仟贰佰伍拾元叁角整",
}


@pytest.mark.parametrize(("figures", "words"), CAPITALS.items())
def test_capitals_as_on_payment_papers(figures: str, words: str) -> None:
    assert money.capitals(money.parse(figures, least=-money.MAX_FEN)) == words


def read_capitals(words: str) -> int:
    """Fen from capitals, by the plain meaning of the signs: the way back, written without the way there."""
    units = {"拾": 10, "佰": 100, "仟": 1000}
    sum_, group, digit, fen = 0, 0, 0, 0
    for sign in words:
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
        elif sign in units:
            group, digit = group + digit * units[sign], 0
        elif sign in "亿万元":
            sum_, group, digit = sum_ + (group + digit) * {"亿": 10**8, "万": 10**4, "元": 1}[sign], 0, 0
        elif sign in "角分":
            fen, digit = fen + digit * {"角": 10, "分": 1}[sign], 0
    return 100 * sum_ + fen


@given(sums)
def test_capitals_say_the_sum_and_never_stutter(fen: int) -> None:
    words = money.capitals(fen)
    assert read_capitals(words) == fen
    assert "零零" not in words
    assert words.endswith("分") == bool(fen % 10)


@given(sums, st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_parts_sum_to_the_whole_and_none_but_the_last_is_off_by_half_a_fen(
    amount: int, weights: list[int]
) -> None:
    parts = money.split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts[:-1], weights, strict=False):
        assert abs(2 * (part * sum(weights) - amount * weight)) <= sum(weights)


def test_a_split_needs_weights() -> None:
    for amount, weights in ((1, []), (1, [0, 0]), (1, [2, -1]), (-1, [1])):
        with pytest.raises(ValueError, match="split needs"):
            money.split(amount, weights)


def test_rates_come_from_counts() -> None:
    assert [money.percent_tenths(part, 293) for part in (286, 288, 282)] == [
        Decimal("97.6"),
        Decimal("98.3"),
        Decimal("96.2"),
    ]
    assert money.percent(20_000_000, 60_000_000) == 33
    assert money.percent(1, 200) == 1
    assert money.percent(0, 0) is None
    assert money.percent_tenths(1, 0) is None
