"""How far marks can be trusted: agreement of the experts, each one's severity, and what another panel might decide.

Marks are proposals × experts, NaN where there is none. The measures are those of Shrout and Fleiss (1979) and of
Krippendorff (2011); nan stands for «cannot be said»: nothing to compare, or all marks alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Correlations(NamedTuple):
    """The six intraclass correlations: of one expert's mark, and of the mean of all (`…_mean`).

    `one_way`: other experts on every proposal; `random`: the same experts, drawn from many, agreeing in the
    figure itself; `fixed`: just these experts, agreeing in the order only. `proposals` were marked by all.
    """

    one_way: float
    random: float
    fixed: float
    one_way_mean: float
    random_mean: float
    fixed_mean: float
    proposals: int


def correlations(marks: Floats) -> Correlations:
    """ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k) over the proposals that every expert marked."""
    whole = marks[~np.isnan(marks).any(axis=1)]
    n, k = whole.shape
    if n < 2 or k < 2:
        return Correlations(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n)
    by_row, by_column, middle = whole.mean(axis=1), whole.mean(axis=0), whole.mean()
    rows = k * ((by_row - middle) ** 2).sum() / (n - 1)
    within = ((whole - by_row[:, None]) ** 2).sum() / (n * (k - 1))
    columns = n * ((by_column - middle) ** 2).sum() / (k - 1)
    rest = ((whole - by_row[:, None] - by_column + middle) ** 2).sum() / ((n - 1) * (k - 1))
    between = k * (columns - rest) / n
    return Correlations(
        _ratio(rows - within, rows + (k - 1) * within),
        _ratio(rows - rest, rows + (k - 1) * rest + between),
        _ratio(rows - rest, rows + (k - 1) * rest),
        _ratio(rows - within, rows),
        _ratio(rows - rest, rows + between / k),
        _ratio(rows - rest, rows),
        n,
    )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if abs(whole) > 1e-12 else np.nan


def _ordinal(values: Floats, counts: Floats) -> Floats:
    below = np.cumsum(counts) - counts / 2
    return (below[:, None] - below) ** 2


def _quotient(values: Floats, counts: Floats) -> Floats:
    total = np.abs(values[:, None] + values)
    return np.where(total > 0, (values[:, None] - values) / np.where(total > 0, total, 1.0), 0.0) ** 2


DIFFERENCES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "nominal": lambda values, counts: (values[:, None] != values).astype(float),
    "ordinal": _ordinal,
    "ratio": _quotient,
}
"""Squared differences of all values, by the level of measurement; `counts` says how often each occurs."""


def alpha(marks: Floats, level: str = "interval") -> float:
    """Krippendorff's α: 1 is full agreement, 0 what chance would give; a unit with one mark says nothing."""
    marked = ~np.isnan(marks)
    pairable = marked & (marked.sum(axis=1) > 1)[:, None]
    if level == "interval":
        return _alpha_of_sums(np.where(pairable, marks, 0.0), pairable.sum(axis=1))
    values, place = np.unique(marks[pairable], return_inverse=True)
    if len(values) < 2:
        return np.nan
    units = np.zeros((len(marks), len(values)))
    np.add.at(units, (pairable.nonzero()[0], place), 1.0)
    units = units[units.sum(axis=1) > 0]
    weights = 1.0 / (units.sum(axis=1) - 1.0)
    together = (units * weights[:, None]).T @ units - np.diag(units.T @ weights)
    counts = units.sum(axis=0)
    by_chance = np.outer(counts, counts) - np.diag(counts)
    difference = DIFFERENCES[level](values, counts)
    seen, expected = (together * difference).sum(), (by_chance * difference).sum() / (counts.sum() - 1.0)
    return float(1.0 - seen / expected) if expected > 0 else np.nan


def _alpha_of_sums(marks: Floats, counts: NDArray[np.int64]) -> float:
    """α of the interval level, where squared differences come from sums; `counts` marks of each unit, none is 0."""
    marks, counts = marks[counts > 0], counts[counts > 0]
    total = counts.sum()
    if not total:
        return np.nan
    squares, sums = (marks**2).sum(axis=1), marks.sum(axis=1)
    seen = ((counts * squares - sums**2) / (counts - 1)).sum()
    expected = (total * squares.sum() - sums.sum() ** 2) / (total - 1)
    return float(1.0 - seen / expected) if expected > 1e-9 * total else np.nan


class Interval(NamedTuple):
    """Between which values the figure lies in so many of a hundred redrawings."""

    low: float
    high: float


def interval(
    measure: Callable[[Floats], float], marks: Floats, *, seed: int, draws: int = 1000, percent: int = 95
) -> Interval:
    """The bootstrap interval of `measure` over redrawn proposals; the same seed gives the same interval."""
    order = np.random.default_rng(seed)
    found = np.array([measure(marks[order.integers(0, len(marks), len(marks))]) for _ in range(draws)])
    found = found[~np.isnan(found)]
    if not len(found):
        return Interval(np.nan, np.nan)
    low, high = np.percentile(found, [(100 - percent) / 2, (100 + percent) / 2])
    return Interval(float(low), float(high))


@dataclass(frozen=True)
class Habit:
    """One expert's way of marking, in the unit of the marks.

    `severity` is how far above (+) or below (−) the others the marks lie on the same proposals; `expected`
    draws it towards zero by what so few marks can say; `spread` is the standard deviation of the own marks.
    """

    marked: int
    severity: float
    expected: float
    spread: float


def habits(marks: Floats) -> list[Habit]:
    """Each expert's habit, from mark = proposal + expert + chance by least squares, missing marks left out.

    `expected` is the best linear prediction with the variances that these marks show (method of moments):
    where experts differ no more than chance would make them, it is zero for all.
    """
    marked = ~np.isnan(marks)
    filled = np.where(marked, marks, 0.0)
    by_expert, by_proposal = marked.sum(axis=0), marked.sum(axis=1)
    effects, means = np.zeros(marks.shape[1]), np.zeros(marks.shape[0])
    for _ in range(500):
        means = _means((filled - np.where(marked, effects, 0.0)).sum(axis=1), by_proposal)
        moved = _means((filled - np.where(marked, means[:, None], 0.0)).sum(axis=0), by_expert)
        moved = np.where(by_expert > 0, moved - moved[by_expert > 0].mean() if by_expert.any() else 0.0, 0.0)
        done = np.abs(moved - effects).max(initial=0.0) < 1e-10
        effects = moved
        if done:
            break
    active = by_expert > 0
    residuals = np.where(marked, filled - means[:, None] - effects, 0.0)
    freedom = int(marked.sum()) - int((by_proposal > 0).sum()) - int(active.sum()) + 1
    chance = float((residuals**2).sum() / freedom) if freedom > 0 else np.nan
    spread_of_effects = float(effects[active].var(ddof=1)) if active.sum() > 1 else 0.0
    true_spread = (
        max(0.0, spread_of_effects - chance * float((1 / by_expert[active]).mean())) if active.any() else 0.0
    )
    found = []
    for expert, count in enumerate(by_expert):
        own = marks[marked[:, expert], expert]
        weight = _ratio(true_spread, true_spread + chance / count) if count else np.nan
        found.append(
            Habit(
                int(count),
                float(effects[expert]) if count else np.nan,
                float(effects[expert] * weight) if not np.isnan(weight) else np.nan,
                float(own.std(ddof=1)) if count > 1 else np.nan,
            )
        )
    return found


def _means(sums: Floats, counts: NDArray[np.int64]) -> Floats:
    return np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)


def crossings(
    marks: Floats, *, seed: int, line: float | None = None, places: int | None = None, draws: int = 2000
) -> Floats:
    """The chance of each proposal to end on the other side, had the panel been drawn anew from such experts.

    The side is that of the mean against the pass `line`, or among the `places` best. Experts are redrawn with
    replacement, all their marks together; a redrawing without any mark of a proposal does not count for it.
    """
    if (line is None) == (places is None):
        raise ValueError("either a line or a number of places")
    marked = ~np.isnan(marks)
    filled = np.where(marked, marks, 0.0)

    def sides(weights: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        counts = weights @ marked.T
        means = np.divide(weights @ filled.T, counts, out=np.full(counts.shape, -np.inf), where=counts > 0)
        if line is not None:
            return means >= line - 1e-9, counts > 0
        order = np.argsort(np.argsort(-means, axis=1, kind="stable"), axis=1, kind="stable")
        return (order < (places or 0)) & (counts > 0), counts > 0

    experts = marks.shape[1]
    drawn = np.random.default_rng(seed).multinomial(experts, np.full(experts, 1 / experts), size=draws)
    (now,), _ = sides(np.ones((1, experts)))
    then, counted = sides(drawn.astype(float))
    times = counted.sum(axis=0)
    crossed = ((then != now) & counted).sum(axis=0)
    chances: Floats = np.divide(crossed, times, out=np.full(len(marks), np.nan), where=times > 0)
    return chances
