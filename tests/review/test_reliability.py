"""Reliability: the published tables to their last digit, and what must hold for any marks."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from venture.review.reliability import alpha, correlations, crossings, habits, interval


def published(name: str) -> NDArray[np.float64]:
    """The marks of a published table, NaN for an empty cell."""
    path = Path(__file__).parents[3] / "shared" / "oracles" / name
    if not path.is_file():
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail(f"the published table is not at {path}")
        pytest.skip("the published tables are not beside the repository")
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    return np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])


def test_the_six_correlations_of_shrout_and_fleiss() -> None:
    found = correlations(published("shrout-fleiss-1979.csv"))
    assert [f"{figure:.2f}" for figure in found[:6]] == ["0.17", "0.29", "0.71", "0.44", "0.62", "0.91"]
    assert found.proposals == 6


@pytest.mark.parametrize(
    ("level", "figure"),
    [("nominal", "0.743"), ("ordinal", "0.815"), ("interval", "0.849"), ("ratio", "0.797")],
)
def test_the_four_alphas_of_krippendorff(level: str, figure: str) -> None:
    assert f"{alpha(published('krippendorff-2011.csv'), level):.3f}" == figure


def test_a_proposal_that_one_expert_missed_is_left_out_of_the_correlations() -> None:
    marks = np.array([[80.0, 70], [60, 55], [90, 85], [np.nan, 20]])
    assert correlations(marks) == correlations(marks[:3])


@pytest.mark.parametrize("marks", [np.full((3, 3), 80.0), np.array([[80.0], [70]]), np.full((3, 2), np.nan)])
def test_what_cannot_be_said_is_nan(marks: NDArray[np.float64]) -> None:
    assert np.isnan(correlations(marks).random)
    assert np.isnan(alpha(marks))
    assert np.isnan(interval(alpha, marks, seed=1, draws=20)).all()


def test_the_interval_holds_the_figure_and_repeats_itself() -> None:
    order = np.random.default_rng(5)
    marks = order.normal(80, 6, (40, 1)) + order.normal(0, 3, (40, 5))
    first = interval(lambda some: correlations(some).random, marks, seed=7, draws=300)
    assert first.low < correlations(marks).random < first.high
    assert interval(lambda some: correlations(some).random, marks, seed=7, draws=300) == first
    assert interval(lambda some: correlations(some).random, marks, seed=8, draws=300) != first


def test_a_severe_expert_is_seen_although_the_panels_differ() -> None:
    order = np.random.default_rng(2)
    truth = order.normal(80, 5, (60, 1))
    bias = np.array([4.0, 0.0, -4.0, 1.0, -1.0])
    marks = truth + bias + order.normal(0, 1, (60, 5))
    marks[order.random(marks.shape) < 0.3] = np.nan
    found = habits(marks)
    assert [round(habit.severity) for habit in found] == [4, 0, -4, 1, -1]
    assert all(abs(habit.expected) < abs(habit.severity) for habit in found)
    assert all(habit.expected == pytest.approx(habit.severity, abs=0.2) for habit in found)


def test_differences_that_chance_explains_are_drawn_to_nothing() -> None:
    found = habits(np.array([[80.0, 70], [70, 80], [60, 50], [50, 60.5]]))
    assert found[1].severity > 0 and found[1].expected == 0


def test_an_expert_without_marks_has_no_habit() -> None:
    marks = np.array([[80.0, 70, np.nan], [60, 55, np.nan], [90, 81, np.nan]])
    assert habits(marks)[2].marked == 0
    assert np.isnan(habits(marks)[2].severity)
    assert habits(marks)[:2] == habits(marks[:, :2])


def test_only_those_near_the_line_may_change_sides() -> None:
    marks = np.array([[95.0, 96, 94, 97, 95], [80, 70, 78, 72, 76], [50, 52, 48, 55, 51]])
    high, middle, low = crossings(marks, line=75, seed=1)
    assert (high, low) == (0, 0) and 0.2 < middle < 0.6
    assert crossings(marks, places=1, seed=1).tolist() == [0, 0, 0]
    assert crossings(marks, line=75, seed=1).tolist() == [high, middle, low]


def test_the_side_is_asked_for_in_one_way() -> None:
    with pytest.raises(ValueError, match="either"):
        crossings(np.ones((2, 2)), seed=1)


TABLES = st.integers(2, 6).flatmap(
    lambda wide: st.lists(
        st.lists(
            st.one_of(st.integers(0, 10).map(float), st.just(float("nan"))), min_size=wide, max_size=wide
        ),
        min_size=2,
        max_size=8,
    )
)


@given(TABLES)
def test_no_figure_depends_on_the_order(rows: list[list[float]]) -> None:
    marks = np.array(rows)
    turned = marks[::-1, ::-1]
    for level in ("nominal", "ordinal", "interval", "ratio"):
        assert alpha(marks, level) == pytest.approx(alpha(turned, level), nan_ok=True)
        assert np.isnan(alpha(marks, level)) or alpha(marks, level) <= 1 + 1e-12
    assert correlations(marks) == pytest.approx(correlations(turned), nan_ok=True)
