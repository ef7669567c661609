"""Marks and grades of the midterm and the final evaluation: points from sheets, the grade by the round's scheme.

Points are whole hundredths, as everywhere. The sheet has five items of 100 points in all; a bonus and penalties are
shown apart from them, so that a total may exceed 100 (as in Suzhou's rounds).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from venture import money
from venture.words import N_, Word


class Phase(Word):
    """When a project reports and is evaluated: in the middle, and at the end."""

    MIDTERM = "midterm", N_("Midterm")
    FINAL = "final", N_("At the end")


class Item(Word):
    """The items of the sheet (实施进度、投入、财务、成效、档案)."""

    PROGRESS = "progress", N_("Progress of the work")
    INPUTS = "inputs", N_("People and means put in")
    FINANCE = "finance", N_("Finance")
    EFFECT = "effect", N_("Effect")
    RECORDS = "records", N_("Files and records")


MOST: Mapping[Item, int] = {
    Item.PROGRESS: 3000,
    Item.INPUTS: 1000,
    Item.FINANCE: 2500,
    Item.EFFECT: 2500,
    Item.RECORDS: 1000,
}
"""The most points of each item, hundredths; 100.00 in all."""


class Grade(Word):
    """What a result is called, best first in each scheme; the last of a scheme has failed."""

    A = "a", "A"
    B = "b", "B"
    C = "c", "C"
    EXCELLENT = "excellent", N_("Excellent")
    GOOD = "good", N_("Good")
    PASSED = "passed", N_("Passed")
    FAILED = "failed", N_("Failed")


class Scheme(Word):
    """Which grades a round gives; the lowest passing grade begins at the round's pass line."""

    LETTERS = "letters", N_("A from 85, B, C below the pass line")
    STRICT = "strict", N_("Excellent from 90, good from 80, passed, failed below the pass line")
    USUAL = "usual", N_("Excellent from 85, good from 75, passed, failed below the pass line")


_BOUNDS: Mapping[Scheme, Sequence[tuple[Grade, int | None]]] = {
    Scheme.LETTERS: ((Grade.A, 8500), (Grade.B, None), (Grade.C, 0)),
    Scheme.STRICT: (
        (Grade.EXCELLENT, 9000),
        (Grade.GOOD, 8000),
        (Grade.PASSED, None),
        (Grade.FAILED, 0),
    ),
    Scheme.USUAL: (
        (Grade.EXCELLENT, 8500),
        (Grade.GOOD, 7500),
        (Grade.PASSED, None),
        (Grade.FAILED, 0),
    ),
}
"""Where each grade begins, hundredths; None: at the pass line."""


class Result(NamedTuple):
    """What a project got: points in hundredths as printed, its grade, whether it has passed."""

    score: int
    grade: Grade
    passed: bool


def total(marks: Mapping[Item, int], bonus: int, penalty: int) -> int:
    """The total of one sheet: its items and bonus less its penalties, never below nothing."""
    return max(0, sum(marks.values()) + bonus - penalty)


def result(totals: Sequence[int], scheme: Scheme, pass_line: int) -> Result:
    """The mean of the sheets' totals, half up to a hundredth, and its grade: the printed points decide.

    Raises ValueError without a sheet: what is missing is never taken for nothing.
    """
    if not totals:
        raise ValueError("no sheet is handed in")
    score = money.half_up(sum(totals), len(totals))
    return Result(score, grade(score, scheme, pass_line), score >= pass_line)


def grade(score: int, scheme: Scheme, pass_line: int) -> Grade:
    """The grade of so many points: 85.00 is an A, 84.99 a B; whoever is below the pass line has the last grade."""
    if score < pass_line:
        return _BOUNDS[scheme][-1][0]
    return next(
        each for each, begins in _BOUNDS[scheme] if score >= (pass_line if begins is None else begins)
    )
