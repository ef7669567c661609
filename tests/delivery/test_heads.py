"""The rules of heads: amounts, caps, what is free to move; as properties and by example."""

from hypothesis import given
from hypothesis import strategies as st

from venture.applications.parts import Category, CostTable
from venture.delivery import heads
from venture.delivery.heads import Head

GRANT = CostTable.GRANT
fen = st.integers(0, 10**9)


def test_amounts_are_half_up_to_the_fen() -> None:
    assert [
        heads.amount_of(price, quantity) for price, quantity in ((333, 150), (1, 50), (1, 49), (12_000, 300))
    ] == [
        500,
        1,
        0,
        36_000,
    ]


@given(st.integers(1, 10**7), st.integers(1, 10**6))
def test_an_amount_is_what_the_database_keeps_too(price: int, quantity: int) -> None:
    assert heads.amount_of(price, quantity) == (price * quantity + 50) // 100


def test_the_cap_of_the_rule_and_its_excess() -> None:
    """The example of the rule: 4,300.00 of 40,000.00 under 10 % is 300.00 too much."""
    cap = heads.cap_of(Category.MANAGEMENT, 4_000_000, management=10, staff=None)
    assert cap == 400_000
    assert heads.cap_of(Category.STAFF, 4_000_000, management=10, staff=None) is None
    assert heads.beyond(Head(GRANT, Category.MANAGEMENT, spent=400_000, cap=cap), 30_000) == 30_000
    assert heads.beyond(Head(GRANT, Category.MANAGEMENT, spent=370_000, cap=cap), 30_000) == 0
    assert heads.beyond(Head(GRANT, Category.ACTIVITY, spent=10**9), 10**9) == 0


@given(fen, fen, st.lists(st.integers(1, 10**8), max_size=6), st.integers(0, 100))
def test_free_moves_together_never_change_a_head_by_more(
    a: int, b: int, moves: list[int], percent: int
) -> None:
    source, target = Head(GRANT, Category.ACTIVITY, a), Head(GRANT, Category.EXPERT, b)
    for amount in moves:
        if heads.is_free(source, target, amount, percent):
            source = Head(GRANT, Category.ACTIVITY, a, source.moved - amount)
            target = Head(GRANT, Category.EXPERT, b, target.moved + amount)
    assert -source.moved * 100 <= percent * a and target.moved * 100 <= percent * b
    assert source.budget + target.budget == a + b


def test_ten_percent_is_free_and_a_fen_more_is_not() -> None:
    source, target = Head(GRANT, Category.ACTIVITY, 2_800_000), Head(GRANT, Category.EXPERT, 400_000)
    assert heads.is_free(source, target, 40_000, 10)
    assert not heads.is_free(source, target, 40_001, 10)
    assert not heads.is_free(source, Head(GRANT, Category.TAX), 1, 10)
    assert heads.is_free(source, Head(GRANT, Category.EXPERT, 400_000, -40_000), 80_000, 10)


def test_a_table_is_summed_and_its_rate_is_of_the_budget() -> None:
    listed = [
        Head(GRANT, Category.ACTIVITY, 2_800_000, -40_000, 1_380_000, month=80_000),
        Head(GRANT, Category.EXPERT, 400_000, 40_000, 0),
        Head(CostTable.MATCHING, Category.ACTIVITY, 500_000, 0, 600_000),
    ]
    summed = heads.total(listed, GRANT)
    assert (summed.budget, summed.month, summed.spent, summed.left, summed.percent) == (
        3_200_000,
        80_000,
        1_380_000,
        1_820_000,
        43,
    )
    assert (listed[2].left, listed[2].over, listed[2].percent) == (-100_000, 100_000, 120)
    assert Head(GRANT, Category.TAX).percent is None
