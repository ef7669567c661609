"""How far the marks of a round can be trusted: for the officer, once a theme's ranking is final."""

from dataclasses import dataclass

import numpy as np

from venture.people.models import Person
from venture.review import reliability
from venture.review.queries.ranks import Line, ThemeRanking, ranking
from venture.review.queries.seats import panelists
from venture.review.reliability import Floats, Habit, Interval
from venture.rounds.models import Round

NEAR = 0.05
"""A chance to change sides below which a project is not listed."""


@dataclass(frozen=True)
class Trust:
    """What the marks of one theme say about themselves; all marks are sheet totals for the papers, in hundredths.

    `one` and `mean` are ICC(2,1) and ICC(2,k), over the `whole` projects that every expert marked; `alpha` is
    Krippendorff's, for intervals, over all. `habits` by expert (number, name); `near` are the projects that
    might have ended on the other side of the line with another panel, and the chance of it.
    """

    ranking: ThemeRanking
    one: float
    one_interval: Interval
    mean: float
    mean_interval: Interval
    alpha: float
    alpha_interval: Interval
    whole: int
    habits: list[tuple[int, str, Habit]]
    near: list[tuple[Line, float]]


def trust(round: Round, person: Person, *, places: int | None = None) -> list[Trust]:
    """Each final theme with at least two projects and two experts; the same marks give the same figures.

    The line is the pass line or, with `places`, the end of so many best. What a tie hides from the person is
    left out. As many statements as the ranking takes, and one.
    """
    names = {seat.number: seat.person.name for seat in panelists(round)}
    themes = [each for each in ranking(round, person) if each.final]
    marked = [(each, [line for line in each.lines if line.totals]) for each in themes]
    return [
        _trust(each, lines, names, places)
        for each, lines in marked
        if len(lines) > 1 and len(_experts(lines)) > 1
    ]


def _experts(lines: list[Line]) -> list[int]:
    return sorted({number for line in lines for number in line.totals})


def _trust(theme: ThemeRanking, lines: list[Line], names: dict[int, str], places: int | None) -> Trust:
    experts = _experts(lines)
    marks = np.array([[line.totals.get(number, np.nan) for number in experts] for line in lines])
    found, seed = reliability.correlations(marks), theme.theme.id

    def mean(drawn: Floats) -> float:
        return reliability.correlations(drawn).random_mean

    def one(drawn: Floats) -> float:
        return reliability.correlations(drawn).random

    line = None if places else theme.pass_line
    chances = reliability.crossings(marks, seed=seed, line=line, places=places)
    near = [(line, float(chance)) for line, chance in zip(lines, chances, strict=True) if chance >= NEAR]
    return Trust(
        ranking=theme,
        one=found.random,
        one_interval=reliability.interval(one, marks, seed=seed),
        mean=found.random_mean,
        mean_interval=reliability.interval(mean, marks, seed=seed),
        alpha=reliability.alpha(marks),
        alpha_interval=reliability.interval(reliability.alpha, marks, seed=seed),
        whole=found.proposals,
        habits=[
            (number, names[number], habit)
            for number, habit in zip(experts, reliability.habits(marks), strict=True)
        ],
        near=near,
    )
