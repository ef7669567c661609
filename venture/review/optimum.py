"""The best choice of pairs: the worst served proposal first, then the total, by linear programs (HiGHS).

Decision 12 says how and why: prices found by some rounds of bidding make HiGHS fast; pairs, like the rows that lift
the worst served proposals, come in only where they can matter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-9
"""How far HiGHS may miss a row; fits are scaled to 1."""
NEAR = 1e-7
"""What counts as reached, as integral, as no gain."""
LIFT = 1e5
"""What the worst served proposal weighs against the total while its bound is looked for."""
ROUNDS = 8
"""How often pairs come in under one floor before the bound is taken as it stands."""
WIDE = 60_000
"""Up to so many pairs a program holds all of them; above, the most promising ones."""
FREE, MORE = 1_500, 6_000
"""So many pairs an integer program decides, what the relaxed one decides clearly stays; and so many at most."""
PROOF = 2_500
"""Up to so many pairs that are still open the best total is proven."""
BIDS = 80
"""Rounds of bidding before HiGHS begins."""
NODES = 200
"""An integer program ends after so many nodes with what it has: a limit of time would not be repeatable."""
HALVINGS = 4
"""How often the gap between a worst that was reached and one that was not is halved."""


class Row(NamedTuple):
    """A condition beside places and loads: how many of these pairs (proposal, expert) are chosen."""

    pairs: Sequence[tuple[int, int]]
    low: int
    high: int


@dataclass(frozen=True)
class Program:
    """`fit` of proposals × experts (NaN: never); `served` is what each proposal has already.

    Each proposal gets exactly `needs` experts, each expert from `floors` to `ceilings` proposals.
    """

    fit: Floats
    needs: Sequence[int]
    floors: Sequence[int]
    ceilings: Sequence[int]
    rows: Sequence[Row]
    served: Floats


class Found(NamedTuple):
    """The chosen pairs; what worst and total cannot exceed; whether both were reached."""

    chosen: Mask
    worst_bound: float
    total_bound: float
    best: bool


def best(program: Program, start: Mask, tell: Callable[[str], None]) -> Found | None:
    """The best choice; None where `rows` leave none. `start` is any choice that minds all but the rows.

    `total_bound` is meant for choices that serve the worst proposal as well as the one found.
    """
    market = _Market(program)
    relaxed = _Relaxed(market, start)
    if not relaxed.settled():
        return None
    tell("The largest total is known.")
    held, most = relaxed.integer()
    if held is None:
        held, most = relaxed.integer(MORE)
    if held is None:
        return None
    bound = market.top_of_the_worst
    if market.worst(held) < bound - NEAR:
        bound, floor = relaxed.lifted()
        tell("What the worst proposal can get at most is known.")
        held, most, bound = _raised(market, relaxed, held, floor, bound, tell)
    total = market.total(held)
    close = 10 * NEAR * max(1.0, abs(most))
    most = max(most, total) if most > total + close else total
    reached = most == total and market.worst(held) >= bound - NEAR
    return Found(market.table(held), bound * market.scale, most * market.scale, reached)


def _raised(
    market: "_Market", relaxed: "_Relaxed", held: Ints, top: float, bound: float, tell: Callable[[str], None]
) -> tuple[Ints, float, float]:
    """A choice that serves the worst proposal as well as was found possible; what total and worst cannot exceed."""

    def reached(floor: float, free: int = FREE) -> tuple[Ints | None, float]:
        relaxed.hold(floor, held)
        found, most = relaxed.integer(free, held)
        said = "reached" if found is not None else "not reached"
        tell(f"{floor * market.scale:.6g} for the worst proposal: {said}.")
        return found, most

    held = _traded(market, held)
    low, high = market.worst(held), top
    for free in (FREE, MORE) if low < high else ():
        found, most = reached(top, free)
        if found is not None:
            return found, most, bound
    if len(market.fit) <= FREE:
        held, bound = relaxed.highest(held, bound)
        low = high = market.worst(held)
    for _ in range(HALVINGS):
        if low >= high - NEAR:
            break
        found, _ = reached((low + high) / 2)
        if found is None:
            high = (low + high) / 2
        else:
            held = _traded(market, found)
            low = market.worst(held)
    found, most = reached(low)
    return (held if found is None or market.total(found) < market.total(held) else found), most, bound


def _traded(market: "_Market", held: Ints) -> Ints:
    """The choice after every trade that lifts the worst proposal: an expert for one with room, or for another's."""
    if market.rows:
        return held
    fit = np.full(market.shape, -np.inf)
    fit[market.proposal, market.expert] = market.fit
    chosen = market.table(held)
    rows, experts = market.proposal[held], market.expert[held]
    sums, loads = market.sums(held, np.ones(len(held))), chosen.sum(axis=0)
    while True:
        low = int(sums.argmin())
        best = float(sums[low]) + NEAR
        trade: tuple[int, int, int | None] | None = None
        for at in np.flatnonzero(rows == low).tolist():
            given = experts[at]
            taking = np.where(chosen[low], -np.inf, sums[low] - fit[low, given] + fit[low])
            if loads[given] > market.floors[given]:
                taker = int(np.where(loads < market.ceilings, taking, -np.inf).argmax())
                if loads[taker] < market.ceilings[taker] and taking[taker] > best:
                    best, trade = float(taking[taker]), (at, taker, None)
            giving = np.where(
                chosen[rows, given], -np.inf, sums[rows] + fit[rows, given] - fit[rows, experts]
            )
            both = np.minimum(giving, taking[experts])
            other = int(both.argmax())
            if both[other] > best:
                best, trade = float(both[other]), (at, int(experts[other]), other)
        if trade is None:
            return market.numbers[rows, experts]
        place, taker, partner = trade
        moves = [(place, taker)] if partner is None else [(place, taker), (partner, int(experts[place]))]
        for place, expert in moves:
            row, left = rows[place], experts[place]
            chosen[row, left], chosen[row, expert] = False, True
            loads[left] -= 1
            loads[expert] += 1
            sums[row] += fit[row, expert] - fit[row, left]
            experts[place] = expert


class _Market:
    """The pairs that may be, their fits scaled to 1, and what each expert's time would cost."""

    def __init__(self, program: Program) -> None:
        usable = ~np.isnan(program.fit)
        self.shape = program.fit.shape
        self.scale = float(np.abs(program.fit[usable]).max(initial=0.0)) or 1.0
        self.proposal, self.expert = usable.nonzero()
        self.fit: Floats = program.fit[usable] / self.scale
        self.served: Floats = program.served / self.scale
        self.needs = np.array(program.needs)
        self.floors, self.ceilings = np.array(program.floors), np.array(program.ceilings)
        self.rows = program.rows
        numbers = np.full(self.shape, -1, dtype=np.intp)
        numbers[usable] = np.arange(len(self.fit))
        self.row_of = np.array([at for at, row in enumerate(self.rows) for _ in row.pairs], dtype=int)
        self.row_pair = np.array([numbers[pair] for row in self.rows for pair in row.pairs], dtype=int)
        # Each proposal's pairs in one line, filled up with a pair beyond the last.
        counts = usable.sum(axis=1)
        self.lines = np.full((self.shape[0], max(1, *counts)), len(self.fit), dtype=np.intp)
        self.lines[np.arange(self.lines.shape[1]) < counts[:, None]] = np.arange(len(self.fit))
        self.numbers = numbers
        tops, worth = self._tops(self.fit, int(self.needs.max()))
        tops_count = np.arange(tops.shape[1]) < self.needs[:, None]
        self.top_of_the_worst = float((np.where(tops_count, worth, 0.0).sum(axis=1) + self.served).min())
        # Where many fits are alike, a little unlikeness keeps the proposals from wanting the same experts.
        self.spread = max(float(self.fit.std()) if len(self.fit) else 0.0, NEAR)
        self.liking = self.fit + np.random.default_rng(0).random(len(self.fit)) * self.spread / 20
        self.prices, self.gains = self._bid()
        self.reduced: Floats = self.fit - self.prices[self.expert] - self.gains[self.proposal]

    def _tops(self, worth: Floats, width: int) -> tuple[Ints, Floats]:
        """Each proposal's pairs of most worth, the best first, and their worth."""
        lines = np.append(worth, -np.inf)[self.lines]
        width = min(width, lines.shape[1])
        places = np.argpartition(-lines, width - 1, axis=1)[:, :width]
        values = np.take_along_axis(lines, places, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        places = np.take_along_axis(places, order, axis=1)
        return np.take_along_axis(self.lines, places, axis=1), np.take_along_axis(values, order, axis=1)

    def _bid(self) -> tuple[Floats, Floats]:
        """Prices of experts at which the proposals' own choices nearly meet the loads; and each one's gain.

        Any prices are right for what follows, good ones make it short.
        """
        prices = np.zeros(self.shape[1])
        pace, fair = self.spread, max(1.0, self.needs.sum() / self.shape[1])
        needs = int(self.needs.max())
        worth, experts = np.zeros((self.shape[0], 1)), np.append(self.expert, 0)
        for _ in range(BIDS):
            tops, worth = self._tops(self.liking - prices[self.expert], needs + 1)
            taken = experts[tops[:, :needs]][np.arange(min(needs, tops.shape[1])) < self.needs[:, None]]
            loads = np.bincount(taken, minlength=len(prices))
            over, under = loads - self.ceilings, loads - self.floors
            push = np.where(
                over > 0,
                over,
                np.where(
                    under < 0,
                    under,
                    np.where(prices > 0, np.maximum(over, -1e9), np.where(prices < 0, under, 0)),
                ),
            )
            moved = prices + pace * push / fair
            settled = ((prices > 0) & (moved < 0) & (under >= 0)) | ((prices < 0) & (moved > 0) & (over <= 0))
            prices = np.where(settled, 0.0, moved)
            pace *= 0.94
        tops, worth = self._tops(self.liking - prices[self.expert], needs + 1)
        last = np.clip(self.needs - 1, 0, worth.shape[1] - 1)
        after = np.clip(self.needs, 0, worth.shape[1] - 1)
        at = np.arange(len(worth))
        chosen_last, next_best = worth[at, last], worth[at, after]
        next_best = np.where(np.isinf(next_best), chosen_last, next_best)
        return prices, np.where(np.isinf(chosen_last), 0.0, (chosen_last + next_best) / 2)

    def promising(self, start: Mask) -> Ints:
        """The pairs to begin with: all, or those near to being chosen and those of `start`."""
        if len(self.fit) <= WIDE or self.rows:
            return np.arange(len(self.fit))
        tops, _ = self._tops(self.reduced + self.liking - self.fit, int(self.needs.max()) + 6)
        chosen = np.union1d(tops, self.numbers[start])
        return chosen[chosen < len(self.fit)]

    def sums(self, pairs: Ints, parts: Floats) -> Floats:
        """How well each proposal is served by these parts of pairs."""
        weights = self.fit[pairs] * parts
        return np.bincount(self.proposal[pairs], weights, self.shape[0]) + self.served

    def worst(self, pairs: Ints) -> float:
        """How well the worst proposal is served by these pairs."""
        return float(self.sums(pairs, np.ones(len(pairs))).min())

    def total(self, pairs: Ints) -> float:
        """What these pairs are worth, with what was there before."""
        return float(self.fit[pairs].sum() + self.served.sum())

    def table(self, pairs: Ints) -> Mask:
        """These pairs as a table of truth values."""
        chosen = np.zeros(self.shape, dtype=bool)
        chosen[self.proposal[pairs], self.expert[pairs]] = True
        return chosen


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its constructor prints."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # highspy leaves it untyped


class _Relaxed:
    """The program with parts of pairs allowed, kept at its optimum while pairs and rows come in.

    Rows of the model: proposals, experts, the program's own rows, the lifted proposals. Columns: the experts'
    loads, the floor under the worst, the pairs inside.
    """

    def __init__(self, market: _Market, start: Mask) -> None:
        self.market = market
        self.inside = market.promising(start)
        self.row_of_lifted = np.full(market.shape[0], -1)
        self.lifted_ones = np.zeros(0, dtype=int)
        self.floor: float | None = None
        count = len(self.inside)
        self.model = self._model(np.zeros(count), np.ones(count))

    @property
    def _ahead(self) -> int:
        """Columns before those of pairs."""
        return int(self.market.shape[1]) + 1

    def _model(self, low: Floats, high: Floats) -> highspy.Highs:
        market, count, (proposals, experts) = self.market, len(self.inside), self.market.shape
        columns, rows, values = self._entries(self.inside)
        loads, lifted = np.arange(experts), self.row_of_lifted[self.lifted_ones]
        columns = np.r_[loads, np.full(len(lifted), experts), self._ahead + columns]
        rows = np.r_[proposals + loads, lifted, rows]
        values = np.r_[np.full(experts + len(lifted), -1.0), values]
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = (
            self._ahead + count,
            proposals + experts + len(market.rows) + len(lifted),
        )
        program.sense_ = highspy.ObjSense.kMaximize
        # The same total as that of the fits, but said with prices: what is at its bound is so from the start.
        program.offset_ = float(market.gains @ market.needs)
        program.col_cost_ = np.r_[market.prices, 0.0, market.reduced[self.inside]]
        floor = self.floor or 0.0
        program.col_lower_ = np.r_[market.floors, floor, low]
        program.col_upper_ = np.r_[market.ceilings, floor, high]
        own = [row.low for row in market.rows], [row.high for row in market.rows]
        from_below = -market.served[self.lifted_ones]
        program.row_lower_ = np.r_[market.needs, np.zeros(experts), own[0], from_below]
        program.row_upper_ = np.r_[market.needs, np.zeros(experts), own[1], np.full(len(lifted), np.inf)]
        starts, order = _grouped(columns, self._ahead + count)
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = starts
        program.a_matrix_.index_, program.a_matrix_.value_ = rows[order].astype(np.int32), values[order]
        model = _Quiet()  # type: ignore[no-untyped-call]  # highspy leaves it untyped
        for option, value in (
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "off"),
            ("primal_feasibility_tolerance", TOLERANCE),
        ):
            model.setOptionValue(option, value)
        model.passModel(program)
        return model

    def _entries(self, pairs: Ints) -> tuple[Ints, Ints, Floats]:
        """The pairs' entries in the model: which of them, row, value."""
        market, proposals = self.market, self.market.shape[0]
        each = np.arange(len(pairs))
        place = np.full(len(market.fit), -1)
        place[pairs] = each
        own = place[market.row_pair] >= 0
        lifted = self.row_of_lifted[market.proposal[pairs]]
        up = lifted >= 0
        columns = np.r_[each, each, place[market.row_pair][own], each[up]]
        first = proposals + market.shape[1]
        rows = np.r_[
            market.proposal[pairs], proposals + market.expert[pairs], first + market.row_of[own], lifted[up]
        ]
        values = np.r_[np.ones(2 * len(pairs) + int(own.sum())), market.fit[pairs][up]]
        return columns, rows, values

    def settled(self) -> bool:
        """Bring in pairs and rows that matter until the optimum stands; False where there is none.

        Under a floor that takes long with many pairs: then `beyond` is what those outside could add.
        """
        rounds = 0
        while True:
            if not _solved(self.model):
                return False
            solution = self.model.getSolution()
            found = np.array(solution.col_value)
            self.parts: Floats = found[self._ahead :]
            self.spare = self._spare(np.array(solution.row_dual))
            outside = np.ones(len(self.spare), dtype=bool)
            outside[self.inside] = False
            fresh = np.flatnonzero(outside & (self.spare > NEAR))
            self.beyond = float(self.spare[fresh].sum())
            small = len(self.spare) <= WIDE
            if len(fresh) and (small or self.floor is None or rounds < ROUNDS):
                self._let_in(fresh)
                rounds += 1
            elif not self._lift(self.market.sums(self.inside, self.parts), float(found[self._ahead - 1])):
                return True

    def _spare(self, duals: Floats) -> Floats:
        """What one more of each pair, also of those outside, would add to the optimum."""
        market, (proposals, experts) = self.market, self.market.shape
        spare: Floats = market.reduced - duals[market.proposal] - duals[proposals + market.expert]
        own = duals[proposals + experts :]
        if len(market.row_pair):
            spare -= np.bincount(market.row_pair, own[market.row_of], len(spare))
        if len(self.lifted_ones):
            weights = np.zeros(proposals)
            weights[self.lifted_ones] = duals[self.row_of_lifted[self.lifted_ones]]
            spare -= weights[market.proposal] * market.fit
        return spare

    def _let_in(self, pairs: Ints) -> None:
        columns, rows, values = self._entries(pairs)
        starts, order = _grouped(columns, len(pairs))
        self.model.addCols(
            len(pairs),
            self.market.reduced[pairs],
            np.zeros(len(pairs)),
            np.ones(len(pairs)),
            len(order),
            starts[:-1],
            rows[order].astype(np.int32),
            values[order],
        )
        self.inside = np.r_[self.inside, pairs]

    def _lift(self, sums: Floats, floor: float) -> bool:
        """Put a row under each proposal that is served below the floor and has none; whether there was any."""
        if self.floor is None:
            return False
        low = np.flatnonzero((sums < floor - NEAR) & (self.row_of_lifted < 0))
        if not len(low):
            return False
        market = self.market
        first = sum(market.shape) + len(market.rows) + len(self.lifted_ones)
        self.row_of_lifted[low] = first + np.arange(len(low))
        self.lifted_ones = np.r_[self.lifted_ones, low]
        held = np.flatnonzero(self.row_of_lifted[market.proposal[self.inside]] >= first)
        rows = np.r_[np.arange(len(low)), self.row_of_lifted[market.proposal[self.inside[held]]] - first]
        columns = np.r_[np.full(len(low), self._ahead - 1), self._ahead + held]
        values = np.r_[np.full(len(low), -1.0), market.fit[self.inside[held]]]
        starts, order = _grouped(rows, len(low))
        above = np.full(len(low), np.inf)
        below = -market.served[low]
        self.model.addRows(
            len(low), below, above, len(order), starts[:-1], columns[order].astype(np.int32), values[order]
        )
        return True

    def lifted(self) -> tuple[float, float]:
        """What the worst served proposal cannot exceed, and what it gets here, in parts of pairs."""
        market, at = self.market, self._ahead - 1
        lowest = -float(market.needs.max()) - 1.0 + min(0.0, float(market.served.min()))
        self.floor = market.top_of_the_worst
        self.model.changeColBounds(at, lowest, self.floor)
        self.model.changeColCost(at, LIFT)
        self.settled()
        worst = float(self.model.getSolution().col_value[at])
        # Each of n proposals gets at least the worst, so n more of it are in the total.
        bound = (LIFT * worst + self.total()) / (LIFT + market.shape[0])
        return min(bound if self.beyond else worst, market.top_of_the_worst), worst

    def hold(self, floor: float, held: Ints) -> None:
        """The best total while the worst served proposal gets at least `floor`; the pairs `held` come in."""
        self._let_in(np.setdiff1d(held, self.inside))
        self.floor = floor - NEAR / 10
        self.model.changeColCost(self._ahead - 1, 0.0)
        self.model.changeColBounds(self._ahead - 1, self.floor, self.floor)
        if not self.settled():
            raise ArithmeticError(f"HiGHS finds nothing under the floor {floor}")

    def total(self) -> float:
        """What no total exceeds, by parts of pairs."""
        market = self.market
        return float(market.fit[self.inside] @ self.parts + market.served.sum()) + self.beyond

    def integer(self, free: int = FREE, held: Ints | None = None) -> tuple[Ints | None, float]:
        """The best whole pairs under the floor, None where none was found; and what no total exceeds.

        The search goes on around the optimum in parts, and around `held`.
        """
        whole, most = np.round(self.parts), self.total()
        if np.abs(self.parts - whole).max() < 10 * NEAR:
            return self.inside[whole > 0], most
        near = np.abs(self.spare[self.inside])
        nearest = np.zeros(len(near), dtype=bool)
        nearest[np.argsort(near, kind="stable")[:free]] = True
        if held is not None:
            nearest |= np.isin(self.inside, held) != (np.round(self.parts) > 0)
        chosen, _ = self._decided(np.flatnonzero(nearest), held)
        if chosen is None:
            return None, most
        # A pair whose change would cost more than is still open stays as the relaxed program has it.
        open_still = np.abs(self.spare) <= most - self.market.total(chosen) + NEAR
        if np.count_nonzero(open_still) > PROOF:
            return chosen, most
        outside = open_still.copy()
        outside[self.inside] = False
        if outside.any():
            self._let_in(np.flatnonzero(outside))
            self.settled()
        better, bound = self._decided(np.flatnonzero(open_still[self.inside]), chosen)
        return chosen if better is None else better, min(most, bound)

    def highest(self, held: Ints, bound: float) -> tuple[Ints, float]:
        """The whole pairs that serve the worst proposal best, and what it cannot exceed; for small programs."""
        market, at = self.market, self._ahead - 1
        while True:
            model = self._whole(np.arange(len(self.inside)), held)
            model.changeColBounds(at, market.worst(held), bound)
            model.changeColCost(at, LIFT)
            model.run()
            chosen = self._chosen(model)
            if chosen is None:
                return held, bound
            held = max(held, chosen, key=market.worst)
            if not self._lift(
                market.sums(chosen, np.ones(len(chosen))), float(model.getSolution().col_value[at])
            ):
                proven = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
                return held, market.worst(held) if proven else bound

    def _decided(self, free: Ints, begun: Ints | None) -> tuple[Ints | None, float]:
        """Whole pairs, of which those at the places `free` are decided anew, from `begun` on; a bound on their total."""
        while True:
            model = self._whole(free, begun)
            model.run()
            chosen = self._chosen(model)
            if chosen is None:
                return None, np.inf
            if not self._lift(self.market.sums(chosen, np.ones(len(chosen))), self.floor or 0.0):
                return chosen, float(model.getInfo().mip_dual_bound + self.market.served.sum())

    def _whole(self, free: Ints, begun: Ints | None) -> highspy.Highs:
        """The integer program in which the pairs at the places `free` are open."""
        fixed = np.ones(len(self.inside), dtype=bool)
        fixed[free] = False
        low, high = np.zeros(len(fixed)), np.ones(len(fixed))
        low[fixed] = high[fixed] = np.round(self.parts[fixed])
        model = self._model(low, high)
        first = self._ahead + np.arange(len(fixed), dtype=np.int32)
        kinds = np.full(len(first), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        model.changeColsIntegrality(len(first), first, kinds)
        for option, value in (
            ("presolve", "on"),
            ("mip_max_nodes", NODES),
            ("mip_rel_gap", 1e-8),
            ("mip_feasibility_tolerance", TOLERANCE),
        ):
            model.setOptionValue(option, value)
        if begun is not None:
            loads = np.bincount(self.market.expert[begun], minlength=self.market.shape[1])
            start = highspy.HighsSolution()
            start.col_value = np.r_[loads, self.floor or 0.0, np.isin(self.inside, begun)].tolist()
            model.setSolution(start)
        return model

    def _chosen(self, model: highspy.Highs) -> Ints | None:
        """The pairs of an integer program that has run; None where it found nothing."""
        if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return self.inside[np.array(model.getSolution().col_value)[self._ahead :] > 0.5]


def _grouped(keys: Ints, count: int) -> tuple[NDArray[np.int32], Ints]:
    """Where each key's entries start when they stand in order, and that order."""
    starts = np.r_[0, np.cumsum(np.bincount(keys, minlength=count))].astype(np.int32)
    return starts, np.argsort(keys, kind="stable")


def _solved(model: highspy.Highs) -> bool:
    """Whether the model has an optimum; raises ArithmeticError where HiGHS cannot tell."""
    model.run()
    if model.getModelStatus() not in _SURE:
        # A long way of small steps may have lost its footing: once more from the beginning.
        model.clearSolver()
        model.run()
    status = model.getModelStatus()
    if status not in _SURE:
        raise ArithmeticError(f"HiGHS ended with «{model.modelStatusToString(status)}»")
    return status == highspy.HighsModelStatus.kOptimal


_SURE = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
