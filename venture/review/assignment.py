"""Who reviews what: the best assignment within all limits, or in words why there is none."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from venture.refusal import Blocker, Refused
from venture.review import matching, optimum

Pair = tuple[int, int]
"""A proposal and an expert, by their places in the matrix."""


@dataclass(frozen=True)
class Cover:
    """Each of `proposals` (None: every one) gets at least `least` of these `experts`; `name` is for people."""

    name: str
    experts: frozenset[int]
    least: int = 1
    proposals: frozenset[int] | None = None


@dataclass(frozen=True)
class Task:
    """What is to be assigned: `fit` is proposals × experts, larger is better, NaN means never.

    `places` experts per proposal; each expert gets from `least` to `most` proposals, and no more than
    `per_organization` of one of the `organizations` (named per proposal). A number stands for everyone.
    `themes`, per proposal, serve the reasons only. `kept` pairs stay whatever comes. With `even` the loads
    are made as equal as the limits and ties allow before anything else is weighed.
    """

    fit: NDArray[np.float64]
    places: int | Sequence[int]
    most: int | Sequence[int]
    least: int | Sequence[int] = 0
    themes: Sequence[str] = ()
    covers: Sequence[Cover] = ()
    organizations: Sequence[str] = ()
    per_organization: int | None = None
    kept: frozenset[Pair] = field(default_factory=frozenset)
    even: bool = False

    def __post_init__(self) -> None:
        proposals, experts = self.fit.shape
        for given, wanted in (
            (self.places, proposals),
            (self.most, experts),
            (self.least, experts),
            (self.themes or proposals, proposals),
            (self.organizations or proposals, proposals),
        ):
            if not isinstance(given, int) and len(given) != wanted:
                raise ValueError(f"{len(given)} values for {wanted}")
        if np.isinf(self.fit).any():
            raise ValueError("a fit is infinite")
        if min((*self._each(self.places, 0), *self._each(self.least, 1), *self._each(self.most, 1), 0)) < 0:
            raise ValueError("a negative number of places")

    def _each(self, given: int | Sequence[int], axis: int) -> list[int]:
        return [given] * self.fit.shape[axis] if isinstance(given, int) else [int(one) for one in given]

    def needs(self) -> list[int]:
        """Experts wanted per proposal."""
        return self._each(self.places, 0)

    def floors(self) -> list[int]:
        """The fewest proposals of each expert."""
        return self._each(self.least, 1)

    def ceilings(self) -> list[int]:
        """The most proposals of each expert."""
        return self._each(self.most, 1)


class Assignment(NamedTuple):
    """The pairs in order; what they are worth, in total and to the worst served proposal; each expert's load.

    `worst_bound` and `total_bound` say what no assignment can exceed (the latter: none that serves the worst
    proposal so well). `best` says that both were reached; else it is the best found.
    """

    pairs: list[Pair]
    total: float
    worst: float
    loads: list[int]
    worst_bound: float
    total_bound: float
    best: bool


def assign(task: Task, *, seed: int = 0, tell: Callable[[str], None] = lambda said: None) -> Assignment:
    """The assignment whose worst served proposal is served best, and among those the one of greatest total.

    A proposal is served by the sum of its experts' fits. Among equals the loads are levelled, and `seed`
    decides: the same seed gives the same pairs. `tell` hears of the progress. Raises Refused with every
    reason of `shortages`, or review.conditions_clash, and then assigns nothing.
    """
    if found := shortages(task):
        raise Refused.all(found)
    order = np.random.default_rng(seed)
    rows, columns = (order.permutation(size) for size in task.fit.shape)
    mixed = _mixed(task, rows, columns)
    limited = _evened(mixed) if task.even else mixed
    tell("All places can be filled.")
    while (result := _solved(limited, tell)) is None:
        # Only covers and organizations can still be in the way: even loads give way to them, step by step.
        wider = replace(
            limited,
            least=[max(low - 1, floor) for low, floor in zip(limited.floors(), mixed.floors(), strict=True)],
            most=[min(high + 1, cap) for high, cap in zip(limited.ceilings(), mixed.ceilings(), strict=True)],
        )
        if (wider.least, wider.most) == (limited.floors(), limited.ceilings()):
            raise Refused.all([_clash(task)])
        limited = wider
    chosen = result.chosen
    _level(limited, chosen)
    pairs = sorted(
        (int(rows[row]), int(columns[column])) for row, column in zip(*chosen.nonzero(), strict=True)
    )
    served = np.where(chosen, mixed.fit, 0.0).sum(axis=1)
    loads = np.zeros(len(columns), dtype=int)
    loads[columns] = chosen.sum(axis=0)
    return Assignment(
        pairs,
        float(served.sum()),
        float(served.min()),
        loads.tolist(),
        result.worst_bound,
        result.total_bound,
        result.best,
    )


def _mixed(task: Task, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Task:
    """The same task with proposals and experts in another order, so that the seed settles what is equal."""
    row_of, column_of = (np.argsort(order).tolist() for order in (rows, columns))
    return replace(
        task,
        fit=task.fit[np.ix_(rows, columns)],
        places=[task.needs()[row] for row in rows],
        most=[task.ceilings()[column] for column in columns],
        least=[task.floors()[column] for column in columns],
        themes=[task.themes[row] for row in rows] if task.themes else (),
        organizations=[task.organizations[row] for row in rows] if task.organizations else (),
        covers=[
            replace(
                cover,
                experts=frozenset(column_of[expert] for expert in cover.experts),
                proposals=None
                if cover.proposals is None
                else frozenset(row_of[one] for one in cover.proposals),
            )
            for cover in task.covers
        ],
        kept=frozenset((row_of[row], column_of[column]) for row, column in task.kept),
    )


# --- what stands in the way ---


def shortages(task: Task) -> list[Blocker]:
    """Why no assignment exists, found by counting alone; empty where nothing speaks against it.

    Proposals and experts are named by their places; needs and offers are counted beside what is kept. Codes:
    review.nothing_to_assign; review.kept_tied (proposal, expert); review.kept_too_many (proposal or expert,
    kept, limit); review.proposal_short (proposal, needs, has); review.places_short and review.theme_short
    (theme) with needs, has; review.group_short (proposals, needs, has): too few only for all together;
    review.floors_exceed (promised, has); review.floor_short (expert, promised, has); review.floors_short
    (experts, promised, has); review.cover_short (cover, needs, has, proposals: those without any).
    """
    if not task.fit.size:
        return [Blocker("review.nothing_to_assign")]
    if found := _kept_wrongly(task):
        return found
    rest = _without_kept(task)
    allowed = matching.masks(~np.isnan(rest.fit))
    wanting = matching.transposed(allowed, rest.fit.shape[1])
    return _counted(rest, allowed, wanting) or _by_flow(rest, allowed, wanting) or _covers_short(task)


def _without_kept(task: Task) -> Task:
    """What is left to assign beside the kept pairs."""
    fit, needs, floors, ceilings = task.fit.copy(), task.needs(), task.floors(), task.ceilings()
    for row, column in task.kept:
        fit[row, column] = np.nan
        needs[row] -= 1
        floors[column] = max(0, floors[column] - 1)
        ceilings[column] -= 1
    return replace(task, fit=fit, places=needs, least=floors, most=ceilings, kept=frozenset())


def _counted(task: Task, allowed: Sequence[int], wanting: Sequence[int]) -> list[Blocker]:
    needs, floors, ceilings = task.needs(), task.floors(), task.ceilings()
    found = [
        Blocker("review.proposal_short", "", {"proposal": row, "needs": need, "has": mask.bit_count()})
        for row, (need, mask) in enumerate(zip(needs, allowed, strict=True))
        if mask.bit_count() < need
    ]
    if sum(needs) > sum(ceilings):
        found.append(Blocker("review.places_short", "", {"needs": sum(needs), "has": sum(ceilings)}))
    for theme, rows in _groups(task.themes).items():
        wanted, has = sum(needs[row] for row in rows), _offered(task, rows, wanting)
        if wanted > has:
            found.append(Blocker("review.theme_short", "", {"theme": theme, "needs": wanted, "has": has}))
    if sum(floors) > sum(needs):
        found.append(Blocker("review.floors_exceed", "", {"promised": sum(floors), "has": sum(needs)}))
    found += [
        Blocker("review.floor_short", "", {"expert": expert, "promised": floor, "has": mask.bit_count()})
        for expert, (floor, mask) in enumerate(zip(floors, wanting, strict=True))
        if mask.bit_count() < floor
    ]
    return found


def _kept_wrongly(task: Task) -> list[Blocker]:
    found = [
        Blocker("review.kept_tied", "", {"proposal": row, "expert": column})
        for row, column in sorted(task.kept)
        if np.isnan(task.fit[row, column])
    ]
    for axis, word, limits in ((0, "proposal", task.needs()), (1, "expert", task.ceilings())):
        for one, kept in sorted(Counter(pair[axis] for pair in task.kept).items()):
            if kept > limits[one]:
                facts = {word: one, "kept": kept, "limit": limits[one]}
                found.append(Blocker("review.kept_too_many", "", facts))
    return found


def _groups(names: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        groups[name].append(row)
    return groups


def _offered(task: Task, rows: Sequence[int], wanting: Sequence[int]) -> int:
    """Places that the experts can give these proposals, minding that no one may take much of one body."""
    if task.per_organization is None or not task.organizations:
        return matching.offered(rows, task.ceilings(), wanting)
    bodies: dict[str, int] = defaultdict(int)
    for row in rows:
        bodies[task.organizations[row]] |= 1 << row
    return sum(
        min(most, sum(min(task.per_organization, (mask & body).bit_count()) for body in bodies.values()))
        for most, mask in zip(task.ceilings(), wanting, strict=True)
    )


def _by_flow(task: Task, allowed: Sequence[int], wanting: Sequence[int]) -> list[Blocker]:
    """The group of proposals, or of experts, that together cannot have what each of them could have alone."""
    needs, floors, ceilings = task.needs(), task.floors(), task.ceilings()
    _, rows = matching.filled(allowed, needs, ceilings)
    if rows:
        has = matching.offered(rows, ceilings, wanting)
        facts = {"proposals": sorted(rows), "needs": sum(needs[row] for row in rows), "has": has}
        return [Blocker("review.group_short", "", facts)]
    _, experts = matching.filled(wanting, floors, needs)
    if experts:
        has = matching.offered(experts, needs, allowed)
        promised = sum(floors[expert] for expert in experts)
        return [
            Blocker("review.floors_short", "", {"experts": sorted(experts), "promised": promised, "has": has})
        ]
    return []


def _covers_short(task: Task) -> list[Blocker]:
    found = []
    usable = ~np.isnan(task.fit)
    for cover in task.covers:
        rows = list(range(len(usable)) if cover.proposals is None else sorted(cover.proposals))
        experts = sorted(cover.experts)
        open_to = usable[np.ix_(rows, experts)]
        ceilings = task.ceilings()
        has = sum(
            min(ceilings[expert], int(count))
            for expert, count in zip(experts, open_to.sum(axis=0), strict=True)
        )
        needs = cover.least * len(rows)
        bare = [row for row, count in zip(rows, open_to.sum(axis=1), strict=True) if count < cover.least]
        if bare or has < needs:
            facts = {"cover": cover.name, "needs": needs, "has": has, "proposals": bare}
            found.append(Blocker("review.cover_short", "", facts))
    return found


def _clash(task: Task) -> Blocker:
    """Which condition, left out alone, would let the rest be met."""
    relaxed = {
        "covers": replace(task, covers=()),
        "per_organization": replace(task, per_organization=None),
        "least": replace(task, least=0),
        "kept": replace(task, kept=frozenset()),
    }
    helps = [
        name
        for name, easier in relaxed.items()
        if not shortages(easier) and _solved(easier, lambda said: None) is not None
    ]
    return Blocker("review.conditions_clash", "", {"without": helps})


# --- the program to solve ---


def _evened(task: Task) -> Task:
    """The task with the narrowest limits that still let every place be filled."""
    floors, ceilings = task.floors(), task.ceilings()
    kept = Counter(column for _, column in task.kept)
    fair, odd = divmod(sum(task.needs()), len(ceilings))

    def limited(floor: int, cap: int) -> Task:
        most = [
            max(min(high, cap), low, kept[one])
            for one, (low, high) in enumerate(zip(floors, ceilings, strict=True))
        ]
        least = [max(low, min(floor, high)) for low, high in zip(floors, most, strict=True)]
        return replace(task, least=least, most=most)

    def may_be(attempt: Task) -> bool:
        rest = _without_kept(attempt)
        allowed = matching.masks(~np.isnan(rest.fit))
        return not _by_flow(rest, allowed, matching.transposed(allowed, rest.fit.shape[1]))

    low, cap = fair + (odd > 0), max(ceilings)
    while low < cap:
        middle = (low + cap) // 2
        low, cap = (low, middle) if may_be(limited(0, middle)) else (middle + 1, cap)
    floor, high = 0, fair
    while floor < high:
        middle = (floor + high + 1) // 2
        floor, high = (middle, high) if may_be(limited(middle, cap)) else (floor, middle - 1)
    return limited(floor, cap)


def _solved(task: Task, tell: Callable[[str], None]) -> optimum.Found | None:
    """The best choice, the kept pairs with it."""
    rest = _without_kept(task)
    kept = np.zeros(task.fit.shape, dtype=bool)
    for pair in task.kept:
        kept[pair] = True
    needs, floors, ceilings = rest.needs(), rest.floors(), rest.ceilings()
    allowed = matching.masks(~np.isnan(rest.fit))
    # Floors first: filling up afterwards takes nothing from an expert (Mendelsohn and Dulmage).
    begun, _ = matching.filled(matching.transposed(allowed, len(ceilings)), floors, needs)
    filled, _ = matching.filled(allowed, needs, ceilings, matching.transposed(begun, len(needs)))
    start = np.zeros(task.fit.shape, dtype=bool)
    for row, mask in enumerate(filled):
        start[row, list(matching.bits(mask))] = True
    served = np.where(kept, task.fit, 0.0).sum(axis=1)
    program = optimum.Program(rest.fit, needs, floors, ceilings, _rows(task, kept), served)
    found = optimum.best(program, start, tell)
    return None if found is None else found._replace(chosen=found.chosen | kept)


def _rows(task: Task, kept: NDArray[np.bool_]) -> list[optimum.Row]:
    """Covers and the limits of organizations as conditions on the pairs that are not kept."""
    open_to = ~np.isnan(task.fit) & ~kept
    rows = []
    for cover in task.covers:
        experts = sorted(cover.experts)
        for proposal in range(len(open_to)) if cover.proposals is None else sorted(cover.proposals):
            pairs = [(proposal, expert) for expert in experts if open_to[proposal, expert]]
            rows.append(optimum.Row(pairs, cover.least - int(kept[proposal, experts].sum()), len(pairs)))
    for proposals in _groups(task.organizations).values() if task.per_organization is not None else ():
        for expert in range(open_to.shape[1]):
            pairs = [(proposal, expert) for proposal in proposals if open_to[proposal, expert]]
            room = (task.per_organization or 0) - int(kept[proposals, expert].sum())
            if len(pairs) > room:
                rows.append(optimum.Row(pairs, 0, room))
    return rows


def _level(task: Task, chosen: NDArray[np.bool_]) -> None:
    """Pass places to less loaded experts of exactly the same fit, in place, while that narrows the loads."""
    loads, floors, ceilings = chosen.sum(axis=0), task.floors(), np.array(task.ceilings())
    body = {row: rows for rows in _groups(task.organizations).values() for row in rows}
    covering = [
        frozenset(at for at, cover in enumerate(task.covers) if one in cover.experts)
        for one in range(len(loads))
    ]

    def may_take(row: int, taker: int, giver: int) -> bool:
        if not covering[giver] <= covering[taker]:
            return False
        limit = task.per_organization
        return limit is None or not body or int(chosen[body[row], taker].sum()) < limit

    moved = True
    while moved:
        moved = False
        for row, giver in zip(*chosen.nonzero(), strict=True):
            if (row, giver) in task.kept or loads[giver] <= max(floors[giver], loads.min() + 1):
                continue
            same = (task.fit[row] == task.fit[row, giver]) & ~chosen[row] & (loads < ceilings)
            takers = np.flatnonzero(same & (loads + 1 < loads[giver]))
            for taker in takers[np.argsort(loads[takers], kind="stable")]:
                if may_take(row, taker, giver):
                    chosen[row, giver], chosen[row, taker] = False, True
                    loads[giver] -= 1
                    loads[taker] += 1
                    moved = True
                    break
