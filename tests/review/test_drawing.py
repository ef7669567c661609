"""The random draw of experts: the same for everybody, whatever the list's order; its conditions hold or it says why."""

import hashlib
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.refusal import Refused
from venture.review.drawing import (
    Candidate,
    Conditions,
    digest,
    draw,
    ordered,
    shortfalls,
    substitute,
    text_of,
)

pools = st.lists(
    st.builds(
        Candidate,
        number=st.integers(1, 99),
        name=st.just("虚构"),
        employer=st.sampled_from(["", "甲", "乙", "丙"]),
        finance=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.number,
)
conditions = st.builds(
    Conditions, places=st.integers(1, 5), finance=st.integers(0, 4), per_employer=st.integers(0, 3)
)
seeds = st.text(max_size=12)


def meets(chosen: Any, rule: Conditions) -> bool:
    """What was promised, said once more in the plainest way."""
    employers = [one.employer for one in chosen if one.employer]
    return (
        len(chosen) == rule.places
        and sum(one.finance for one in chosen) >= rule.finance
        and (not rule.per_employer or all(employers.count(one) <= rule.per_employer for one in employers))
    )


@given(pools, conditions, seeds, st.randoms())
def test_the_conditions_hold_or_no_selection_at_all_meets_them(
    pool: list[Candidate], rule: Conditions, seed: str, chance: Any
) -> None:
    possible = any(meets(some, rule) for some in combinations(pool, rule.places))
    assert (shortfalls(pool, rule) == []) == possible
    if not possible:
        with pytest.raises(Refused):
            draw(pool, rule, seed)
        return
    drawn = draw(pool, rule, seed)
    by_number = {one.number: one for one in pool}
    assert meets([by_number[number] for number in drawn.chosen], rule)
    assert sorted(drawn.order) == sorted(by_number)
    assert sorted(drawn.chosen + drawn.substitutes) == sorted(by_number)
    assert list(drawn.chosen) == [number for number in drawn.order if number in drawn.chosen]
    shuffled = pool[:]
    chance.shuffle(shuffled)
    assert draw(shuffled, rule, seed) == drawn and digest(shuffled) == digest(pool)


@given(pools, conditions, seeds)
def test_nobody_is_passed_over_who_could_have_been_taken(
    pool: list[Candidate], rule: Conditions, seed: str
) -> None:
    """Of all selections that meet the conditions it is the one that chance puts first."""
    if shortfalls(pool, rule):
        return
    drawn = draw(pool, rule, seed)
    place = {number: at for at, number in enumerate(drawn.order)}
    best = min(
        sorted(place[one.number] for one in some)
        for some in combinations(pool, rule.places)
        if meets(some, rule)
    )
    assert [place[number] for number in drawn.chosen] == best


@given(pools, conditions, seeds, st.data())
def test_a_substitute_keeps_the_conditions_within_reach(
    pool: list[Candidate], rule: Conditions, seed: str, data: Any
) -> None:
    if shortfalls(pool, rule):
        return
    drawn, order = draw(pool, rule, seed), ordered(pool, seed)
    gone = data.draw(st.sets(st.sampled_from(drawn.chosen), min_size=1))
    held = set(drawn.chosen) - gone
    found = substitute(order, rule, held=held, gone=gone)
    left = [one for one in pool if one.number not in gone]
    kept = {one for one in left if one.number in held}
    reachable = [
        one
        for one in order
        if one in left
        and one not in kept
        and any(meets(some, rule) and kept | {one} <= set(some) for some in combinations(left, rule.places))
    ]
    assert found == (reachable[0] if reachable else None)


def test_a_draw_done_by_hand() -> None:
    """As the record tells it: hash «seed|number», sort, take along the order."""
    pool = [Candidate(number, f"虚构{number}") for number in range(1, 7)]
    by_hand = sorted(range(1, 7), key=lambda n: hashlib.sha256(f"2018-06-01|{n}".encode()).hexdigest())
    drawn = draw(pool, Conditions(3), "2018-06-01")
    assert list(drawn.order) == by_hand == [1, 5, 2, 6, 4, 3]
    assert drawn.chosen == (1, 5, 2) and drawn.substitutes == (6, 4, 3)


def test_another_seed_is_another_order() -> None:
    pool = [Candidate(number) for number in range(1, 21)]
    assert len({draw(pool, Conditions(5), str(seed)).order for seed in range(50)}) == 50


def test_each_is_taken_about_as_often() -> None:
    pool = [Candidate(number) for number in range(1, 11)]
    taken = [number for seed in range(2000) for number in draw(pool, Conditions(3), str(seed)).chosen]
    counts = [taken.count(number) for number in range(1, 11)]
    assert sum(counts) == 6000 and all(520 <= count <= 680 for count in counts)


def test_the_list_as_text() -> None:
    pool = [Candidate(12, "乙", finance=True), Candidate(3, "甲", "5132")]
    assert text_of(pool) == "3\t甲\t5132\t-\n12\t乙\t\tfinance\n"
    assert digest(pool) == hashlib.sha256(text_of(pool).encode()).hexdigest()


@pytest.mark.parametrize(
    ("pool", "rule", "facts"),
    [
        ([Candidate(1)], Conditions(2), [("draw_few", {"needs": 2, "has": 1})]),
        (
            [Candidate(1, employer="甲"), Candidate(2, employer="甲")],
            Conditions(2, per_employer=1),
            [("draw_few_employer", {"needs": 2, "has": 1, "limit": 1})],
        ),
        ([Candidate(1), Candidate(2)], Conditions(2, 1), [("draw_finance", {"needs": 1, "has": 0})]),
        (
            [Candidate(1, "", "甲", True), Candidate(2, "", "甲", True), Candidate(3)],
            Conditions(2, 2, 1),
            [("draw_finance_employer", {"needs": 2, "has": 1, "limit": 1})],
        ),
        (
            [Candidate(1, finance=True), Candidate(2, finance=True)],
            Conditions(1, 2),
            [("draw_more_finance", {"finance": 2, "places": 1})],
        ),
    ],
)
def test_why_there_is_no_draw(pool: list[Candidate], rule: Conditions, facts: Any) -> None:
    said = [(one.code.removeprefix("review."), one.facts) for one in shortfalls(pool, rule)]
    assert said == facts
