"""Points and grades: half up on exact fractions, the printed points decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.delivery import grading
from venture.delivery.grading import MOST, Grade, Scheme


def test_the_sheet_has_a_hundred_points() -> None:
    assert sum(MOST.values()) == 10000


@pytest.mark.parametrize(
    ("score", "letters", "usual", "strict"),
    [
        (8500, "a", "excellent", "good"),
        (8499, "b", "good", "good"),
        (7500, "b", "good", "passed"),
        (7499, "b", "passed", "passed"),
        (9000, "a", "excellent", "excellent"),
        (6000, "b", "passed", "passed"),
        (5999, "c", "failed", "failed"),
        (10400, "a", "excellent", "excellent"),
    ],
)
def test_grades_begin_where_the_scheme_says(score: int, letters: str, usual: str, strict: str) -> None:
    for scheme, grade in ((Scheme.LETTERS, letters), (Scheme.USUAL, usual), (Scheme.STRICT, strict)):
        assert grading.grade(score, scheme, 6000) is Grade(grade)


def test_the_mean_is_rounded_once_and_then_graded() -> None:
    assert grading.result([8499, 8500], Scheme.USUAL, 6000) == (8500, Grade.EXCELLENT, True)
    assert grading.result([5999, 5999, 6000], Scheme.USUAL, 6000) == (5999, Grade.FAILED, False)
    with pytest.raises(ValueError, match="no sheet"):
        grading.result([], Scheme.USUAL, 6000)


def test_penalties_take_no_more_than_there_is() -> None:
    marks = dict.fromkeys(MOST, 100)
    assert grading.total(marks, 0, 900) == 0
    assert grading.total(marks, 200, 100) == 600


@given(
    st.lists(st.integers(0, 10500), min_size=1, max_size=9), st.sampled_from(Scheme), st.integers(100, 7500)
)
def test_more_points_never_make_a_worse_grade(totals: list[int], scheme: Scheme, line: int) -> None:
    made = grading.result(totals, scheme, line)
    better = grading.result([each + 1 for each in totals], scheme, line)
    order = list(Grade)
    assert order.index(better.grade) <= order.index(made.grade)
    assert made.passed == (made.score >= line) and better.passed >= made.passed
    assert min(totals) <= made.score <= max(totals)
