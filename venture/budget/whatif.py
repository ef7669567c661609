"""Trial calculations beside the list: the exact optimum of a stated objective, what the rule costs against it, what
enters or leaves when an earmark moves. Nothing here decides anything.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

import highspy
import numpy as np
from numpy.typing import NDArray

from venture.budget.allocation import Allocation, Bid, allocate
from venture.words import N_, Word

Id = TypeVar("Id")

NODES = 500
"""The search ends after so many nodes with what it has: a limit of time would not be repeatable."""


class Objective(Word):
    """What the best choice is to make as large as it can be; a partial award counts for its part."""

    SCORE = "score", N_("Total score of the funded projects")
    COUNT = "count", N_("Number of funded projects")
    MONEY = "money", N_("Money, each yuan weighted by the score of its project")


@dataclass(frozen=True)
class Terms:
    """Under what one calculates: fen by theme, in all the sum of them; rule and limits as `allocate` takes them.

    `floors` is what a theme gets at least (fen); only the best choice minds it, the rule does not.
    """

    ceilings: Mapping[str, int]
    rule: str
    pass_line: int
    per_organization: int | None = None
    per_field: int | None = None
    field_amount: int | None = None
    viable: int | None = None
    floors: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The money of all themes, in fen."""
        return sum(self.ceilings.values())

    def moved(self, source: str, target: str, amount: int) -> "Terms":
        """The same, with `amount` fen moved from a theme to another; below zero the other way."""
        after = {**self.ceilings}
        after[source] -= amount
        after[target] += amount
        return replace(self, ceilings=after)


def by_rule(bids: Sequence[Bid[Id]], terms: Terms) -> Allocation[Id]:
    """What the rule makes of the bids, the best first."""
    return allocate(
        bids,
        terms.ceilings,
        total=terms.total,
        rule=terms.rule,
        pass_line=terms.pass_line,
        per_organization=terms.per_organization,
        per_field=terms.per_field,
        field_amount=terms.field_amount,
        viable=terms.viable,
    )


def worth(bids: Sequence[Bid[Id]], amounts: Sequence[int], objective: Objective) -> Fraction:
    """The objective of these amounts (fen, in the order of the bids): points, projects, or yuan times points."""
    return sum(
        (
            _value(bid, objective) * Fraction(amount, bid.amount)
            for bid, amount in zip(bids, amounts, strict=True)
            if amount
        ),
        Fraction(0),
    )


def _value(bid: Bid[Id], objective: Objective) -> Fraction:
    if objective is Objective.COUNT:
        return Fraction(1)
    points = Fraction(bid.score or 0, 100)
    return points if objective is Objective.SCORE else points * Fraction(bid.amount, 100)


class Best(NamedTuple):
    """The best choice found: fen in the order of the bids, its objective, and what no choice exceeds.

    `proven` says that nothing is better; else the search ended early, and `bound` says by how much one might be.
    """

    amounts: list[int]
    value: Fraction
    bound: Fraction
    proven: bool


def best(bids: Sequence[Bid[Id]], terms: Terms, objective: Objective) -> Best | None:
    """The choice that makes the objective largest, under all ceilings, floors and limits; None if floors forbid any.

    Who passes may be chosen whatever the rank. Sums are checked in whole fen: HiGHS calculates in binary fractions,
    so a choice that exceeds a sum by a hair is forbidden and the search goes on.
    """
    runners = [at for at, bid in enumerate(bids) if _runs(bid, terms)]
    most: Counter[str] = Counter()
    for at in runners:
        most[bids[at].theme] += bids[at].amount
    if any(floor > most[theme] for theme, floor in terms.floors.items()):
        return None
    amounts, exact = [0] * len(bids), True
    if not runners:
        return Best(amounts, Fraction(0), Fraction(0), True)
    model, ahead = _model([bids[at] for at in runners], terms, objective)
    while True:
        model.run()
        if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        solution = model.getSolution().col_value
        taken = [place for place in range(len(runners)) if solution[ahead + place] > 0.5]
        amounts = [0] * len(bids)
        for place in taken:
            bid = bids[runners[place]]
            amounts[runners[place]] = round(solution[place]) if ahead else bid.amount
        if _fits([(bids[runners[place]], amounts[runners[place]]) for place in taken], terms):
            proven = exact and model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            value = worth(bids, amounts, objective)
            bound = value if proven else max(value, Fraction(model.getInfo().mip_dual_bound))
            return Best(amounts, value, bound, proven)
        exact = not ahead  # of partial awards these very ones might still be cut otherwise
        columns = np.array(taken, dtype=np.int32) + ahead
        model.addRow(-highspy.kHighsInf, len(taken) - 1, len(taken), columns, np.ones(len(taken)))


def _runs(bid: Bid[Id], terms: Terms) -> bool:
    return bid.rank is not None and bid.score is not None and bid.score >= terms.pass_line and bid.amount > 0


def _fits(chosen: Sequence[tuple[Bid[Id], int]], terms: Terms) -> bool:
    of_theme: Counter[str] = Counter()
    of_field: Counter[str] = Counter()
    for bid, amount in chosen:
        of_theme[bid.theme] += amount
        of_field[bid.field] += amount
    return (
        of_theme.total() <= terms.total
        and all(of_theme[theme] <= ceiling for theme, ceiling in terms.ceilings.items())
        and all(of_theme[theme] >= floor for theme, floor in terms.floors.items())
        and all(
            terms.field_amount is None or amount <= terms.field_amount
            for name, amount in of_field.items()
            if name
        )
    )


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its constructor prints."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # highspy leaves it untyped


def _model(bids: Sequence[Bid[Id]], terms: Terms, objective: Objective) -> tuple[highspy.Highs, int]:
    """The program, and where its columns «has an award» begin.

    Where awards may be partial, columns of money in whole fen come before those; else an award is all that was asked.
    """
    count, partial = len(bids), terms.viable is not None
    ahead = count if partial else 0
    asked = np.array([bid.amount for bid in bids], dtype=float)
    money = np.ones(count) if partial else asked
    model = _Quiet()  # type: ignore[no-untyped-call]  # highspy leaves it untyped
    model.addVars(ahead + count, np.zeros(ahead + count), np.r_[asked[:ahead], np.ones(count)])
    model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    every = np.arange(ahead + count, dtype=np.int32)
    value = np.array([float(_value(bid, objective)) for bid in bids])
    model.changeColsCost(count, every[:count], value / asked if partial else value)
    whole = np.full(len(every), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    model.changeColsIntegrality(len(every), every, whole)

    def row(low: float, high: float, columns: Sequence[int], values: NDArray[np.float64]) -> None:
        model.addRow(low, high, len(columns), np.array(columns, dtype=np.int32), values)

    def number(of: Iterable[list[int]], most: int) -> None:
        """At most so many awards of each group."""
        for group in of:
            if len(group) > most:
                row(0, most, [ahead + at for at in group], np.ones(len(group)))

    themes, fields, bodies = (_groups(bids, by) for by in ("theme", "field", "organization"))
    fields.pop("", None)
    for theme, mine in themes.items():
        row(terms.floors.get(theme, 0), terms.ceilings[theme], mine, money[mine])
    for mine in fields.values() if terms.field_amount is not None else ():
        row(0, terms.field_amount or 0, mine, money[mine])
    if terms.per_field is not None:
        number(fields.values(), terms.per_field)
    if terms.per_organization is not None:
        number(bodies.values(), terms.per_organization)
    for at in range(ahead):
        least = -(-(terms.viable or 0) * bids[at].amount // 100)
        row(-highspy.kHighsInf, 0, [at, ahead + at], np.array([1.0, -asked[at]]))
        row(0, highspy.kHighsInf, [at, ahead + at], np.array([1.0, -float(least)]))
    for option, choice in (
        ("threads", 1),  # as in review.optimum: HiGHS refuses a second number of threads in one process
        ("mip_max_nodes", NODES),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 1e-6),
    ):
        model.setOptionValue(option, choice)
    return model, ahead


def _groups(bids: Sequence[Bid[Id]], by: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, bid in enumerate(bids):
        found.setdefault(getattr(bid, by), []).append(at)
    return found


class Step(NamedTuple, Generic[Id]):
    """What the rule makes of it when `amount` fen move: who enters and who leaves, against nothing moved."""

    amount: int
    terms: Terms
    funded: int
    money: int
    value: Fraction
    enters: list[Id]
    leaves: list[Id]


def steps(
    bids: Sequence[Bid[Id]],
    terms: Terms,
    objective: Objective,
    *,
    source: str,
    target: str,
    by: int,
    times: int = 4,
) -> list[Step[Id]]:
    """The rule's list with up to `times` × `by` fen moved from a theme to another, and as much the other way."""
    still = {one.id for one in by_rule(bids, terms).decisions if one.amount}
    found = []
    for place in range(-times, times + 1):
        after = terms.moved(source, target, place * by)
        if min(after.ceilings[source], after.ceilings[target]) < 0:
            continue
        decisions = by_rule(bids, after).decisions
        now = {one.id for one in decisions if one.amount}
        amounts = [one.amount for one in decisions]
        found.append(
            Step(
                place * by,
                after,
                len(now),
                sum(amounts),
                worth(bids, amounts, objective),
                [bid.id for bid in bids if bid.id in now - still],
                [bid.id for bid in bids if bid.id in still - now],
            )
        )
    return found


@dataclass(frozen=True)
class Outcomes:
    """What one way of choosing gives: fen in the order of the bids, and in all."""

    amounts: Sequence[int]
    value: Fraction

    @property
    def funded(self) -> int:
        """How many get something."""
        return sum(amount > 0 for amount in self.amounts)

    @property
    def money(self) -> int:
        """What they get together, in fen."""
        return sum(self.amounts)


@dataclass(frozen=True)
class Trial(Generic[Id]):
    """The list as the round's settings make it, as the tried ones would, and the best choice under the tried ones.

    `touched` are the places of the bids that get something in any of the three.
    """

    objective: Objective
    now: Outcomes
    tried: Outcomes
    best: Best | None
    touched: list[int]
    steps: list[Step[Id]]

    @property
    def chosen(self) -> Outcomes | None:
        """The best choice as the other two are told."""
        return self.best and Outcomes(self.best.amounts, self.best.value)

    @property
    def cost(self) -> Fraction | None:
        """What the rule costs against the best choice, in the objective's own measure."""
        return None if self.best is None else self.best.value - self.tried.value


def trial(
    bids: Sequence[Bid[Id]],
    now: Terms,
    tried: Terms,
    objective: Objective,
    *,
    source: str = "",
    target: str = "",
    step: int = 0,
) -> Trial[Id]:
    """All that a trial shows; with two themes and a `step` (fen) also what enters and leaves when money moves."""

    def ruled(terms: Terms) -> Outcomes:
        amounts = [one.amount for one in by_rule(bids, terms).decisions]
        return Outcomes(amounts, worth(bids, amounts, objective))

    lists, found = (ruled(now), ruled(tried)), best(bids, tried, objective)
    among = [each.amounts for each in lists] + ([found.amounts] if found else [])
    moves = source and target and source != target and step > 0
    return Trial(
        objective,
        *lists,
        found,
        [at for at in range(len(bids)) if any(amounts[at] for amounts in among)],
        steps(bids, tried, objective, source=source, target=target, by=step) if moves else [],
    )
