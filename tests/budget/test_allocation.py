"""Allocation: the earmark holds, the rule is kept, and no fen is invented."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.budget.allocation import Allocation, Bid, allocate, excesses

T1, T2 = "T1", "T2"
CEILINGS = {T1: 20_000_000, T2: 40_000_000}
TOTAL = 60_000_000


def bid(
    name: str, amount: int, *, theme: str = T1, score: int = 8000, rank: int | None = 1, body: str = ""
) -> Bid[str]:
    return Bid(name, theme, body or name, amount, score, rank)


def outcomes(allocation: Allocation[str]) -> dict[str, str]:
    return {decision.id: decision.outcome.value for decision in allocation.decisions}


def test_the_earmark_case() -> None:
    bids = [
        bid("A1", 8_000_000, score=9120, rank=1),
        bid("A3", 6_000_000, score=8800, rank=2),
        bid("A2", 7_000_000, score=8800, rank=3),
        bid("A4", 5_000_000, score=7499, rank=4),
        bid("B1", 20_000_000, theme=T2, score=9500, rank=1),
        bid("B2", 15_000_000, theme=T2, score=9000, rank=2),
        bid("B3", 10_000_000, theme=T2, score=8600, rank=3),
    ]
    result = allocate(bids, CEILINGS, total=TOTAL, rule="skip", pass_line=7500)
    assert outcomes(result) == {
        "A1": "funded",
        "A3": "funded",
        "A2": "over_earmark",
        "A4": "below_pass_line",
        "B1": "funded",
        "B2": "funded",
        "B3": "over_earmark",
    }
    assert result.left == {T1: 6_000_000, T2: 5_000_000}
    assert [decision.short for decision in result.decisions if decision.short] == [1_000_000, 5_000_000]


def test_awards_over_the_earmark_are_refused_although_the_round_has_room() -> None:
    a1, a2, a3 = (T1, 8_000_000), (T1, 7_000_000), (T1, 6_000_000)
    (blocker,) = excesses([a1, a2, a3], CEILINGS, total=TOTAL)
    assert blocker.code == "budget.over_earmark"
    assert blocker.facts == {"theme": T1, "ceiling": 20_000_000, "awarded": 21_000_000, "excess": 1_000_000}
    assert excesses([a1, a3], CEILINGS, total=TOTAL) == []
    second = [(T2, 20_000_000), (T2, 15_000_000), (T2, 10_000_000)]
    assert [b.facts["excess"] for b in excesses([a1, a3, *second], CEILINGS, total=TOTAL)] == [5_000_000]


def test_an_exact_fit_leaves_nothing() -> None:
    fit = [8_045_302, 6_824_013, 5_130_685]
    assert excesses([(T1, amount) for amount in fit], CEILINGS, total=TOTAL) == []
    bids = [bid(str(rank), amount, rank=rank) for rank, amount in enumerate(fit, start=1)]
    result = allocate(bids, CEILINGS, total=TOTAL, rule="skip", pass_line=0)
    assert result.left[T1] == 0
    assert set(outcomes(result).values()) == {"funded"}


def test_skip_or_stop() -> None:
    costs = [60, 50, 30, 10]
    bids = [bid(str(cost), cost, rank=rank) for rank, cost in enumerate(costs, start=1)]
    skip = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0)
    stop = allocate(bids, {T1: 100}, total=100, rule="stop", pass_line=0)
    assert [decision.amount for decision in skip.decisions] == [60, 0, 30, 10]
    assert outcomes(stop) == {"60": "funded", "50": "over_earmark", "30": "stopped", "10": "stopped"}
    assert stop.left == {T1: 40}


def test_what_a_theme_does_not_use_stays_in_it_and_is_told() -> None:
    bids = [bid("a", 15_000_000), bid("b", 45_000_000, theme=T2)]
    result = allocate(bids, CEILINGS, total=TOTAL, rule="skip", pass_line=0)
    assert result.left == {T1: 5_000_000, T2: 40_000_000}


@pytest.mark.parametrize(("asked", "outcome"), [(20_000_000, "funded"), (20_000_001, "over_earmark")])
def test_the_ceiling_itself_is_allowed(asked: int, outcome: str) -> None:
    result = allocate([bid("a", asked)], CEILINGS, total=TOTAL, rule="skip", pass_line=0)
    assert outcomes(result) == {"a": outcome}


def test_a_third_in_percent_is_not_the_amount() -> None:
    third = {T1: 33 * TOTAL // 100}
    assert third == {T1: 19_800_000}
    assert excesses([(T1, 20_000_000)], third, total=TOTAL)[0].facts["excess"] == 200_000


def test_one_award_for_each_body() -> None:
    bids = [
        bid("a", 10, body="x"),
        bid("b", 10, body="x"),
        bid("c", 10, theme=T2, body="x"),
        bid("d", 10, body="y"),
    ]
    result = allocate(bids, {T1: 15, T2: 15}, total=30, rule="stop", pass_line=0, per_organization=1)
    assert outcomes(result) == {
        "a": "funded",
        "b": "organization_limit",
        "c": "organization_limit",
        "d": "over_earmark",
    }


def test_the_round_itself_is_a_limit() -> None:
    result = allocate(
        [bid("a", 15), bid("b", 15, theme=T2)], {T1: 20, T2: 20}, total=25, rule="skip", pass_line=0
    )
    assert outcomes(result) == {"a": "funded", "b": "over_total"}
    assert [b.code for b in excesses([(T1, 15), (T2, 15)], {T1: 20, T2: 20}, total=25)] == [
        "budget.over_total"
    ]


def test_parts_are_paid_only_where_the_round_allows_them() -> None:
    bids = [bid("a", 70, rank=1), bid("b", 50, rank=2), bid("c", 5, rank=3)]
    cut = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0, minimum=30)
    assert [(one.amount, one.outcome.value) for one in cut.decisions] == [
        (70, "funded"),
        (30, "partly_funded"),
        (0, "over_earmark"),
    ]
    assert cut.draws == []
    uncut = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0, minimum=31)
    assert [one.amount for one in uncut.decisions] == [70, 0, 5]


def test_a_project_without_a_final_score_is_not_ranked() -> None:
    unscored: Bid[str] = Bid("b", T1, "b", 1, None, 1)
    result = allocate([bid("a", 1, rank=None), unscored], CEILINGS, total=TOTAL, rule="skip", pass_line=0)
    assert set(outcomes(result).values()) == {"not_ranked"}


def test_money_for_one_of_two_equals_asks_for_a_draw() -> None:
    bids = [bid("a", 60, rank=1), bid("b", 40, rank=2), bid("c", 40, rank=2), bid("d", 40, theme=T2, rank=2)]
    tied = allocate(bids, {T1: 100, T2: 100}, total=200, rule="skip", pass_line=0)
    assert tied.draws == [("b", "c")]
    enough = allocate(bids, {T1: 140, T2: 100}, total=240, rule="skip", pass_line=0)
    assert enough.draws == []


def test_the_pass_line_is_exact() -> None:
    near: Bid[str] = Bid("a", T1, "a", 1, Fraction(74_996, 10), 1)
    assert outcomes(allocate([near], CEILINGS, total=TOTAL, rule="skip", pass_line=7500)) == {
        "a": "below_pass_line"
    }


def test_a_score_on_the_pass_line_passes() -> None:
    result = allocate([bid("a", 1, score=7500)], CEILINGS, total=TOTAL, rule="skip", pass_line=7500)
    assert outcomes(result) == {"a": "funded"}


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such rule"):
        allocate([bid("a", 1)], CEILINGS, total=TOTAL, rule="best", pass_line=0)


def test_twenty_thousand_projects_in_a_moment() -> None:
    bids = [Bid(n, (T1, T2)[n % 2], str(n % 900), 100_000 + n, 10_000 - n % 5000, n) for n in range(20_000)]
    started = time.perf_counter()
    result = allocate(bids, CEILINGS, total=TOTAL, rule="skip", pass_line=6000, per_organization=2)
    assert time.perf_counter() - started < 20
    assert len(result.decisions) == 20_000


bids_of_two_themes = st.lists(
    st.builds(
        lambda theme, body, amount, score: (theme, body, amount, score),
        st.sampled_from([T1, T2]),
        st.sampled_from("xyz"),
        st.integers(1, 60),
        st.integers(0, 100),
    ),
    max_size=15,
).map(
    lambda rows: [
        Bid(number, theme, body, amount, score, number)
        for number, (theme, body, amount, score) in enumerate(sorted(rows, key=lambda row: -row[3]))
    ]
)
ceilings_of_two = st.fixed_dictionaries({T1: st.integers(0, 100), T2: st.integers(0, 100)})


@given(
    bids_of_two_themes,
    ceilings_of_two,
    st.integers(0, 200),
    st.sampled_from(["skip", "stop"]),
    st.none() | st.integers(1, 20),
)
def test_no_limit_is_ever_passed_and_nothing_is_lost(
    bids: list[Bid[int]], ceilings: dict[str, int], total: int, rule: str, minimum: int | None
) -> None:
    result = allocate(
        bids, ceilings, total=total, rule=rule, pass_line=50, per_organization=2, minimum=minimum
    )
    awards = [(one.theme, decision.amount) for one, decision in zip(bids, result.decisions, strict=True)]
    assert excesses(awards, ceilings, total=total) == []
    for theme, ceiling in ceilings.items():
        assert result.left[theme] == ceiling - sum(amount for where, amount in awards if where == theme)
    for one, decision in zip(bids, result.decisions, strict=True):
        assert 0 <= decision.amount <= one.amount
        assert not (decision.amount and (one.score or 0) < 50)
        assert (decision.outcome.value == "funded") == (decision.amount == one.amount)
    funded = [one.organization for one, d in zip(bids, result.decisions, strict=True) if d.amount]
    assert all(funded.count(body) <= 2 for body in funded)


@given(bids_of_two_themes, ceilings_of_two)
def test_skip_funds_whatever_stop_funds(bids: list[Bid[int]], ceilings: dict[str, int]) -> None:
    funded = [
        {d.id for d in allocate(bids, ceilings, total=200, rule=rule, pass_line=50).decisions if d.amount}
        for rule in ("skip", "stop")
    ]
    assert funded[0] >= funded[1]


@given(bids_of_two_themes, ceilings_of_two)
def test_names_decide_nothing(bids: list[Bid[int]], ceilings: dict[str, int]) -> None:
    def amounts(rows: list[Bid[int]]) -> list[int]:
        return [d.amount for d in allocate(rows, ceilings, total=150, rule="skip", pass_line=50).decisions]

    renamed = [Bid(-one.id, one.theme, one.organization, one.amount, one.score, one.rank) for one in bids]
    assert amounts(renamed) == amounts(bids)


@given(bids_of_two_themes, ceilings_of_two)
def test_one_theme_never_feels_the_other(bids: list[Bid[int]], ceilings: dict[str, int]) -> None:
    both = allocate(bids, ceilings, total=200, rule="skip", pass_line=50)
    alone = allocate([one for one in bids if one.theme == T1], ceilings, total=200, rule="skip", pass_line=50)
    assert [d for one, d in zip(bids, both.decisions, strict=True) if one.theme == T1] == alone.decisions
