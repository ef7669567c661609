"""Instalments sum to the award; the settlement pays or takes back, never both."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture import money
from venture.budget import instalments
from venture.budget.instalments import EmptyPart, schedule, settlement
from venture.clock import Calendar


@pytest.mark.parametrize(
    ("award", "weights", "parts"),
    [
        ("100,000.05", (50, 30, 20), "50,000.03 30,000.02 20,000.00"),
        ("88,888.89", (40, 30, 30), "35,555.56 26,666.67 26,666.66"),
        ("100,000.00", (1, 1, 1), "33,333.33 33,333.33 33,333.34"),
        ("40,000", (50, 30, 20), "20,000.00 12,000.00 8,000.00"),
        ("40,000", (50, 40, 10), "20,000.00 16,000.00 4,000.00"),
        ("33,333.33", (50, 40, 10), "16,666.67 13,333.33 3,333.33"),
        ("60,606.07", (40, 30, 30), "24,242.43 18,181.82 18,181.82"),
        ("1.00", (33, 33, 34), "0.33 0.33 0.34"),
    ],
)
def test_parts_of_an_award(award: str, weights: tuple[int, ...], parts: str) -> None:
    assert " ".join(map(money.text, schedule(money.parse(award), weights))) == parts


@pytest.mark.parametrize(
    ("fen", "weights", "number"), [(1, (50, 30, 20), 2), (2, (1, 1, 1, 1), 4), (3, (1, 1, 0), 3)]
)
def test_a_part_of_nothing_is_refused(fen: int, weights: tuple[int, ...], number: int) -> None:
    with pytest.raises(EmptyPart) as refusal:
        schedule(fen, weights)
    (blocker,) = refusal.value.blockers
    assert (blocker.code, blocker.facts["number"]) == ("budget.empty_part", number)


@given(st.integers(1, money.MAX_FEN), st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_parts_are_positive_and_sum_to_the_award_or_the_plan_is_refused(
    award: int, weights: list[int]
) -> None:
    try:
        parts = schedule(award, weights)
    except EmptyPart:
        assert award < sum(weights) * len(weights)
        return
    assert sum(parts) == award
    assert min(parts) > 0


def test_a_plan_in_percent_makes_100_and_parts_need_not() -> None:
    (blocker,) = instalments.plan_blockers((50, 30, 10), percent=True)
    assert (blocker.code, blocker.facts) == ("budget.plan_sum", {"sum": 90})
    assert instalments.plan_blockers((50, 30, 10, 10), percent=True) == []
    assert instalments.plan_blockers((1, 1, 1), percent=False) == []
    assert [b.field for b in instalments.plan_blockers((50, 0, 50), percent=True)] == ["weight-2"]
    assert [b.code for b in instalments.plan_blockers((), percent=True)] == ["budget.no_parts"]


@pytest.mark.parametrize(
    ("accepted", "final", "refund"),
    [(3_850_000, 650_000, 0), (4_100_000, 800_000, 0), (3_000_000, 0, 200_000)],
)
def test_settlement(accepted: int, final: int, refund: int) -> None:
    assert settlement(4_000_000, 3_200_000, accepted) == (final, refund)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 2 * 10**9))
def test_in_the_end_the_cost_is_paid_up_to_the_award(award: int, paid: int, accepted: int) -> None:
    paid = min(paid, award)
    final, refund = settlement(award, paid, accepted)
    assert paid + final - refund == min(award, accepted)
    assert not (final and refund)


@pytest.mark.parametrize(("met", "due"), [("2018-09-20", "2018-10-17"), ("2018-12-20", "2019-01-11")])
def test_fifteen_working_days_after_signing(met: str, due: str) -> None:
    assert instalments.due(date.fromisoformat(met), 15, Calendar()) == (date.fromisoformat(due), False)


def test_a_due_day_in_a_year_without_published_holidays_is_provisional() -> None:
    assert instalments.due(date(2030, 12, 27), 15, Calendar()).provisional
    assert instalments.due(date(2030, 12, 27), 0, Calendar()) == (date(2030, 12, 27), False)
