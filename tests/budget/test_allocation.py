"""Allocation: the earmark holds, the rule is kept, and no fen is invented."""

import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.budget.allocation import Allocation, Bid, Held, Outcome, allocate, excesses, places

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
    cut = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0, viable=60)
    assert [(one.amount, one.outcome.value) for one in cut.decisions] == [
        (70, "funded"),
        (30, "partly_funded"),
        (0, "over_earmark"),
    ]
    assert cut.draws == []
    uncut = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0, viable=61)
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
    st.none() | st.integers(1, 100),
)
def test_no_limit_is_ever_passed_and_nothing_is_lost(
    bids: list[Bid[int]], ceilings: dict[str, int], total: int, rule: str, viable: int | None
) -> None:
    result = allocate(bids, ceilings, total=total, rule=rule, pass_line=50, per_organization=2, viable=viable)
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


def in_field(name: str, amount: int, field: str, **more: Any) -> Bid[str]:
    return replace(bid(name, amount, **more), field=field)


def test_a_service_field_has_its_number_of_awards_and_its_share() -> None:
    bids = [
        in_field("a", 30, "old", rank=1),
        in_field("b", 30, "old", rank=2),
        in_field("c", 30, "old", rank=3),
        in_field("d", 30, "", rank=4),
        in_field("e", 30, "youth", rank=5, theme=T2),
    ]
    two = allocate(bids, {T1: 100, T2: 100}, total=200, rule="stop", pass_line=0, per_field=2)
    assert outcomes(two) == {
        "a": "funded",
        "b": "funded",
        "c": "field_limit",
        "d": "funded",
        "e": "funded",
    }, "a limit passes over and never stops the list; who names no field has none"
    share = allocate(bids, {T1: 100, T2: 100}, total=200, rule="stop", pass_line=0, field_amount=59)
    assert outcomes(share)["b"] == "field_limit" and share.decisions[1].short == 1
    cut = allocate(
        bids[:2], {T1: 100, T2: 0}, total=100, rule="stop", pass_line=0, field_amount=59, viable=90
    )
    assert [one.amount for one in cut.decisions] == [30, 29]


def test_what_was_granted_before_counts() -> None:
    held = [Held(T1, "x", "old", 40), Held(T1, "y", "old", 20, counts=False)]
    bids = [
        in_field("a", 41, "", rank=1),
        in_field("b", 40, "", rank=2, body="x"),
        in_field("c", 40, "old", rank=3),
        in_field("d", 20, "", rank=4, body="y"),
    ]
    limits: dict[str, Any] = {"per_organization": 1, "per_field": 1}
    result = allocate(bids, {T1: 100}, total=100, rule="skip", pass_line=0, held=held, **limits)
    assert outcomes(result) == {
        "a": "over_earmark",
        "b": "organization_limit",
        "c": "field_limit",
        "d": "funded",
    }
    assert result.left == {T1: 20}


def test_equals_at_the_edge_of_a_limit_ask_for_a_draw() -> None:
    bids = [in_field("a", 10, "old", rank=1, body="x"), in_field("b", 10, "old", rank=1, body="x")]
    plenty: dict[str, Any] = {"total": 100, "rule": "skip", "pass_line": 0}
    assert allocate(bids, {T1: 100}, per_field=1, **plenty).draws == [("a", "b")]
    assert allocate(bids, {T1: 100}, per_organization=1, **plenty).draws == [("a", "b")]
    assert allocate(bids, {T1: 100}, **plenty).draws == []


def test_a_partial_award_is_made_from_its_share_on_to_the_fen() -> None:
    bids = [bid("a", 70, rank=1), bid("b", 1000, rank=2)]
    for room, got in ((499, 0), (500, 500), (999, 999)):
        result = allocate(bids, {T1: 70 + room}, total=2000, rule="skip", pass_line=0, viable=50)
        assert result.decisions[1].amount == got
    nothing = allocate(bids, {T1: 70}, total=2000, rule="skip", pass_line=0, viable=1)
    assert nothing.decisions[1].outcome is Outcome.OVER_EARMARK, "nothing left is no award"


@pytest.mark.parametrize("rule", ["skip", "stop"])
def test_equal_scores_an_empty_budget_and_one_project_over_everything(rule: str) -> None:
    alike = [bid(str(n), 10) for n in range(5)]
    result = allocate(alike, {T1: 30}, total=30, rule=rule, pass_line=0)
    assert [one.amount for one in result.decisions] == [10, 10, 10, 0, 0]
    assert result.draws == [("0", "1", "2", "3", "4")], "who of the five gets it, nobody has decided"
    empty = allocate(alike, {T1: 0}, total=0, rule=rule, pass_line=0)
    assert (sum(one.amount for one in empty.decisions), empty.draws) == (0, [])
    whale = [bid("whale", 31, rank=1), bid("small", 10, rank=2)]
    result = allocate(whale, {T1: 30}, total=30, rule=rule, pass_line=0)
    assert [one.amount for one in result.decisions] == [0, 10 if rule == "skip" else 0]
    assert allocate([], {T1: 30}, total=30, rule=rule, pass_line=0).decisions == []


def test_the_waiting_list_is_those_who_passed_in_the_order_of_rank() -> None:
    rows = [
        (T1, 1, Outcome.FUNDED, 10, 10),
        (T1, 2, Outcome.OVER_EARMARK, 0, 0),
        (T1, 3, Outcome.FUNDED, 10, 0),  # people pass it over, with a reason
        (T1, 4, Outcome.ORGANIZATION_LIMIT, 0, 0),
        (T1, 5, Outcome.STOPPED, 0, 10),  # people fund it all the same
        (T1, 6, Outcome.BELOW_PASS_LINE, 0, 0),
        (T2, 1, Outcome.STOPPED, 0, 0),
        (T2, None, Outcome.NOT_RANKED, 0, 0),
    ]
    assert places(rows) == [None, 1, None, 2, None, None, 1, None]


limits_of_all: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "per_organization": st.none() | st.integers(1, 3),
        "per_field": st.none() | st.integers(1, 3),
        "field_amount": st.none() | st.integers(0, 100),
        "viable": st.none() | st.integers(1, 100),
        "rule": st.sampled_from(["skip", "stop"]),
    }
)
fields_of = st.lists(st.sampled_from(["", "old", "youth"]), min_size=15, max_size=15)


def with_fields(bids: list[Bid[int]], fields: list[str]) -> list[Bid[int]]:
    return [replace(each, field=field) for each, field in zip(bids, fields, strict=False)]


@given(bids_of_two_themes, fields_of, ceilings_of_two, limits_of_all)
def test_every_limit_is_kept(
    bids: list[Bid[int]], fields: list[str], ceilings: dict[str, int], limits: dict[str, Any]
) -> None:
    bids = with_fields(bids, fields)
    result = allocate(bids, ceilings, total=150, pass_line=50, **limits)
    given_to = [(one, d.amount) for one, d in zip(bids, result.decisions, strict=True) if d.amount]
    assert excesses([(one.theme, amount) for one, amount in given_to], ceilings, total=150) == []
    for name in ("old", "youth"):
        sums = [amount for one, amount in given_to if one.field == name]
        assert limits["per_field"] is None or len(sums) <= limits["per_field"]
        assert limits["field_amount"] is None or sum(sums) <= limits["field_amount"]
    bodies = Counter(one.organization for one, _ in given_to)
    assert limits["per_organization"] is None or max(bodies.values(), default=0) <= limits["per_organization"]
    for one, amount in given_to:
        assert amount == one.amount or (limits["viable"] and 100 * amount >= limits["viable"] * one.amount)


@given(bids_of_two_themes, fields_of, ceilings_of_two, limits_of_all, st.randoms(use_true_random=False))
def test_the_order_among_equal_projects_decides_nothing(
    bids: list[Bid[int]], fields: list[str], ceilings: dict[str, int], limits: dict[str, Any], chance: Any
) -> None:
    """Projects alike in all but their name: whichever stands first, the same sums go to the same places."""
    alike = [replace(one, id=number) for number, one in enumerate(each for each in bids for _ in range(2))]
    alike = [replace(one, rank=one.id // 2, field=fields[one.id // 2]) for one in alike]
    pairs = [alike[at : at + 2] for at in range(0, len(alike), 2)]
    turned = [one for pair in pairs for one in (pair if chance.random() < 0.5 else pair[::-1])]
    amounts = [
        [d.amount for d in allocate(each, ceilings, total=150, pass_line=50, **limits).decisions]
        for each in (alike, turned)
    ]
    assert amounts[0] == amounts[1]


@given(
    bids_of_two_themes, ceilings_of_two, st.integers(1, 60), st.none() | st.integers(1, 100), st.booleans()
)
def test_under_stop_a_larger_earmark_takes_nothing_from_anybody(
    bids: list[Bid[int]], ceilings: dict[str, int], more: int, viable: int | None, limited: bool
) -> None:
    """Within one theme also under limits; over several only without them, as these are shared."""
    if limited:
        bids = [one for one in bids if one.theme == T1]
    limits: dict[str, Any] = {"per_organization": 1} if limited else {}
    before, after = (
        allocate(bids, sums, total=sum(sums.values()), rule="stop", pass_line=50, viable=viable, **limits)
        for sums in (ceilings, ceilings | {T1: ceilings[T1] + more})
    )
    assert all(new.amount >= old.amount for old, new in zip(before.decisions, after.decisions, strict=True))


@given(bids_of_two_themes, fields_of, ceilings_of_two, limits_of_all)
def test_places_on_the_waiting_list_rise_with_the_rank(
    bids: list[Bid[int]], fields: list[str], ceilings: dict[str, int], limits: dict[str, Any]
) -> None:
    bids = with_fields(bids, fields)
    result = allocate(bids, ceilings, total=150, pass_line=50, **limits)
    rows = sorted(zip(bids, result.decisions, strict=True), key=lambda pair: pair[0].rank or 0)
    found = places((one.theme, one.rank, d.outcome, d.amount, d.amount) for one, d in rows)
    for theme in (T1, T2):
        mine = [place for (one, _), place in zip(rows, found, strict=True) if one.theme == theme and place]
        assert mine == list(range(1, len(mine) + 1))
    for (one, d), place in zip(rows, found, strict=True):
        assert (place is not None) == (not d.amount and (one.score or 0) >= 50)
