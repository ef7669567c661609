"""Assignment: the worst served proposal first, then the total; never a conflict; a reason where there is none."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from venture.refusal import Refused
from venture.review.assignment import Assignment, Cover, Task, assign, shortages

Fit = NDArray[np.float64]


def refused(task: Task) -> list[tuple[str, dict[str, Any]]]:
    with pytest.raises(Refused) as caught:
        assign(task)
    return [(blocker.code, blocker.facts) for blocker in caught.value.blockers]


def holds(task: Task, found: Assignment) -> None:
    """Everything that was promised, counted from the pairs."""
    chosen = np.zeros(task.fit.shape, dtype=bool)
    for pair in found.pairs:
        chosen[pair] = True
    assert len(set(found.pairs)) == len(found.pairs)
    assert not np.isnan(task.fit[chosen]).any()
    assert chosen.sum(axis=1).tolist() == task.needs()
    assert chosen.sum(axis=0).tolist() == found.loads
    for load, floor, most in zip(found.loads, task.floors(), task.ceilings(), strict=True):
        assert floor <= load <= most
    for cover in task.covers:
        for row in range(len(chosen)) if cover.proposals is None else cover.proposals:
            assert chosen[row, sorted(cover.experts)].sum() >= cover.least
    if task.per_organization is not None:
        for body in set(task.organizations):
            rows = [row for row, name in enumerate(task.organizations) if name == body]
            assert chosen[rows].sum(axis=0).max() <= task.per_organization
    assert task.kept <= set(found.pairs)
    served = np.where(chosen, task.fit, 0.0).sum(axis=1)
    assert found.total == pytest.approx(served.sum())
    assert found.worst == pytest.approx(served.min())
    assert found.worst <= found.worst_bound + 1e-6 and found.total <= found.total_bound + 1e-6


def by_trying(task: Task) -> tuple[float, float] | None:
    """The best worst, and the best total with it, by trying every choice."""
    rows = [
        [
            choice
            for choice in combinations(range(task.fit.shape[1]), need)
            if not np.isnan(task.fit[row, list(choice)]).any()
            and {column for at, column in task.kept if at == row} <= set(choice)
            and all(
                len(cover.experts & set(choice)) >= cover.least
                for cover in task.covers
                if cover.proposals is None or row in cover.proposals
            )
        ]
        for row, need in enumerate(task.needs())
    ]
    best = None
    for choices in product(*rows):
        loads = [sum(expert in choice for choice in choices) for expert in range(task.fit.shape[1])]
        if not all(
            low <= load <= high for low, load, high in zip(task.floors(), loads, task.ceilings(), strict=True)
        ):
            continue
        if task.per_organization is not None and any(
            sum(
                expert in choice
                for choice, name in zip(choices, task.organizations, strict=True)
                if name == body
            )
            > task.per_organization
            for body in task.organizations
            for expert in range(task.fit.shape[1])
        ):
            continue
        sums = [float(task.fit[row, list(choice)].sum()) for row, choice in enumerate(choices)]
        worth = (round(min(sums), 9), round(sum(sums), 9))
        best = worth if best is None else max(best, worth)
    return best


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    proposals, experts = draw(st.integers(2, 4)), draw(st.integers(2, 5))
    cell = st.one_of(
        st.just(float("nan")), st.integers(-2, 6).map(float), st.floats(0, 1).map(lambda x: round(x, 3))
    )
    fit = np.array(draw(st.lists(cell, min_size=proposals * experts, max_size=proposals * experts)))
    pairs = st.tuples(st.integers(0, proposals - 1), st.integers(0, experts - 1))
    crew = st.frozensets(st.integers(0, experts - 1), min_size=1)
    covers = st.lists(crew.map(lambda some: Cover("finance", some)), max_size=1)
    return Task(
        fit.reshape(proposals, experts),
        draw(st.integers(1, min(2, experts))),
        draw(st.integers(1, proposals)),
        draw(st.integers(0, 1)),
        covers=draw(covers),
        organizations=draw(st.lists(st.sampled_from("ab"), min_size=proposals, max_size=proposals)),
        per_organization=draw(st.sampled_from([None, None, 1, 2])),
        kept=draw(st.frozensets(pairs, max_size=1)),
    )


@given(tasks())
@settings(deadline=None, max_examples=60)
def test_small_tasks_are_solved_as_by_trying_everything(task: Task) -> None:
    best = by_trying(task)
    if best is None:
        assert refused(task)
        return
    assert shortages(task) == []
    found = assign(task)
    holds(task, found)
    assert found.worst == pytest.approx(best[0], abs=1e-6)
    assert found.total == pytest.approx(best[1], abs=1e-6)
    assert found.best


# --- the cases ---


def apart(cap_of_y: int) -> Task:
    """Two tracks whose experts have nothing in common: X with ten experts, Y with five."""
    fit = np.full((20, 15), np.nan)
    fit[:10, :10] = 0.5
    fit[10:, 10:] = 0.5
    return Task(fit, 2, [4] * 10 + [cap_of_y] * 5, themes=["X"] * 10 + ["Y"] * 10)


def test_every_promised_place_is_filled() -> None:
    found = assign(apart(4))
    assert len(found.pairs) == 40
    assert found.loads == [2] * 10 + [4] * 5


def test_a_theme_that_is_short_is_named_before_anything_is_assigned() -> None:
    assert refused(apart(3)) == [("review.theme_short", {"theme": "Y", "needs": 20, "has": 15})]


def test_where_all_fits_are_equal_the_loads_are_and_the_seed_decides() -> None:
    task = Task(np.zeros((12, 6)), 2, 12)
    first = assign(task, seed=1)
    assert first.loads == [4] * 6
    assert assign(task, seed=1) == first
    assert len({tuple(assign(task, seed=seed).pairs) for seed in range(5)}) > 1
    assert all(assign(task, seed=seed).loads == [4] * 6 for seed in range(5))


def test_ties_are_never_assigned_and_the_loads_stay_even() -> None:
    bing, ding, jia, yi = range(4)
    fit = np.ones((3, 4))
    fit[0, jia] = fit[1, yi] = np.nan
    for seed in range(20):
        found = assign(Task(fit, 2, 3, even=True), seed=seed)
        assert (0, jia) not in found.pairs and (1, yi) not in found.pairs
        assert max(found.loads) - min(found.loads) <= 1
    three = assign(Task(fit, 3, 3))
    assert {expert for proposal, expert in three.pairs if proposal == 0} == {bing, ding, yi}
    fit[0, bing] = np.nan
    assert refused(Task(fit, 3, 3)) == [("review.proposal_short", {"proposal": 0, "needs": 3, "has": 2})]


def test_a_group_that_is_short_only_together_is_named() -> None:
    fit = np.full((5, 4), np.nan)
    fit[:3, :2] = 1
    fit[3:, 2:] = 1
    facts = {"proposals": [0, 1, 2], "needs": 6, "has": 4}
    assert refused(Task(fit, 2, [2, 2, 4, 4])) == [("review.group_short", facts)]


def test_promises_to_experts_that_cannot_be_kept_are_named() -> None:
    fit = np.ones((4, 3))
    fit[:, 0] = np.nan
    assert refused(Task(fit, 1, 4, 1)) == [("review.floor_short", {"expert": 0, "promised": 1, "has": 0})]
    assert refused(Task(np.ones((4, 3)), 1, 4, 2)) == [("review.floors_exceed", {"promised": 6, "has": 4})]
    narrow = np.ones((4, 3))
    narrow[1:, :2] = np.nan
    facts = {"experts": [0, 1], "promised": 2, "has": 1}
    assert refused(Task(narrow, 1, 4, [1, 1, 0])) == [("review.floors_short", facts)]


def test_a_cover_without_anyone_is_named() -> None:
    fit = np.ones((3, 4))
    fit[2, 0] = np.nan
    facts = {"cover": "finance", "needs": 3, "has": 2, "proposals": [2]}
    assert refused(Task(fit, 2, 3, covers=[Cover("finance", frozenset({0}))])) == [
        ("review.cover_short", facts)
    ]


def test_conditions_that_clash_only_together_say_which_one_to_give_up() -> None:
    fit = np.ones((4, 3))
    task = Task(
        fit,
        1,
        4,
        covers=[Cover("finance", frozenset({0}))],
        organizations=["a", "a", "b", "b"],
        per_organization=1,
    )
    assert refused(task) == [("review.conditions_clash", {"without": ["covers", "per_organization"]})]


def test_begun_work_is_kept_and_a_kept_tie_is_refused() -> None:
    fit = np.array([[9.0, 1, 5], [9, 1, 5], [9, 1, 5]])
    kept = frozenset({(0, 1), (2, 0)})
    found = assign(Task(fit, 1, 1, kept=kept))
    assert found.pairs == [(0, 1), (1, 2), (2, 0)]
    assert assign(Task(fit, 1, 1, kept=frozenset(found.pairs))).pairs == found.pairs
    fit[0, 1] = np.nan
    assert refused(Task(fit, 1, 1, kept=kept)) == [("review.kept_tied", {"proposal": 0, "expert": 1})]
    facts = {"expert": 0, "kept": 2, "limit": 1}
    both = frozenset({(0, 0), (1, 0)})
    assert refused(Task(np.ones((3, 3)), 1, 1, kept=both)) == [("review.kept_too_many", facts)]


def test_even_loads_give_way_to_a_cover() -> None:
    task = Task(np.ones((4, 4)), 1, 4, covers=[Cover("finance", frozenset({0}))], even=True)
    assert assign(task).loads == [4, 0, 0, 0]


def test_nothing_to_assign_is_said() -> None:
    assert refused(Task(np.ones((0, 3)), 1, 1)) == [("review.nothing_to_assign", {})]


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": [1, 2]},
        {"themes": ["a"]},
        {"least": -1},
        {"fit": np.array([[np.inf, 1, 1], [1, 1, 1]])},
    ],
)
def test_a_task_that_makes_no_sense_is_not_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Task(**{"fit": np.ones((2, 3)), "places": 1, "most": 2, **wrong})


# --- what must hold for any task ---


def crowd(seed: int, proposals: int = 30, experts: int = 12) -> Fit:
    """Proposals and experts of a few fields; fits as a comparison of texts gives them."""
    order = np.random.default_rng(seed)
    topics = order.dirichlet(np.full(6, 0.3), proposals) @ order.dirichlet(np.full(6, 0.3), experts).T
    return np.round(topics + 0.05 * order.random((proposals, experts)), 4)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_matrix_never_changes_what_is_reached(seed: int) -> None:
    fit, order = crowd(seed), np.random.default_rng(seed)
    first = assign(Task(fit, 3, 9, 6))
    assert first.best
    turned = assign(Task(fit[order.permutation(30)][:, order.permutation(12)], 3, 9, 6), seed=seed)
    assert (turned.worst, turned.total) == pytest.approx((first.worst, first.total))
    holds(Task(fit, 3, 9, 6), first)


@given(st.integers(0, 10_000), st.floats(0, 0.4))
@settings(deadline=None, max_examples=15)
def test_a_tie_is_never_assigned_and_never_helps(seed: int, share: float) -> None:
    fit = crowd(seed, 14, 8)
    free = assign(Task(fit, 2, 5))
    tied = fit.copy()
    tied[np.random.default_rng(seed).random(fit.shape) < share] = np.nan
    task = Task(tied, 2, 5)
    if shortages(task):
        assert refused(task)
        return
    found = assign(task)
    holds(task, found)
    assert found.worst <= free.worst + 1e-6


def test_a_worst_that_no_whole_assignment_reaches_is_approached_and_the_gap_is_said() -> None:
    fit = crowd(4, 80, 40)
    fit[:, :30] *= 0.3
    task = Task(fit, 3, 6, 6)
    found = assign(task)
    holds(task, found)
    assert 0.8 * found.worst_bound < found.worst < found.worst_bound
    assert not found.best
