"""Who is funded: down the ranking, under each theme's ceiling and the round's total, in whole fen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from venture.refusal import Blocker
from venture.words import N_, Word

Id = TypeVar("Id")


class Outcome(Word):
    """What the rule made of one project."""

    FUNDED = "funded", N_("Funded")
    PARTLY_FUNDED = "partly_funded", N_("Funded in part")
    BELOW_PASS_LINE = "below_pass_line", N_("Below the pass line")
    OVER_EARMARK = "over_earmark", N_("More than the theme has left")
    STOPPED = "stopped", N_("After the list was stopped")
    OVER_TOTAL = "over_total", N_("More than the round has left")
    ORGANIZATION_LIMIT = "organization_limit", N_("The organization has its award already")
    NOT_RANKED = "not_ranked", N_("Without a rank")


@dataclass(frozen=True)
class Bid(Generic[Id]):
    """One project asking for money: `amount` in fen (recommended, else requested), `score` in hundredths.

    `rank` None means that its score is not final; equal ranks are ties that nothing has decided yet.
    """

    id: Id
    theme: str
    organization: str
    amount: int
    score: Fraction | int | None
    rank: int | None


@dataclass(frozen=True)
class Decision(Generic[Id]):
    """What one bid gets, in fen, and why; `short` is what was lacking where the money did not reach."""

    id: Id
    amount: int
    outcome: Outcome
    short: int = 0


class Allocation(NamedTuple, Generic[Id]):
    """A decision a bid in the given order, what each theme has left (fen), and the ties that need a draw.

    `draws` holds groups of one rank where the money reached some and not others: nothing may be announced
    before a recorded draw or another tie-break has put them in order.
    """

    decisions: list[Decision[Id]]
    left: dict[str, int]
    draws: list[tuple[Id, ...]]


def allocate(
    bids: Sequence[Bid[Id]],
    ceilings: Mapping[str, int],
    *,
    total: int,
    rule: str,
    pass_line: int,
    per_organization: int | None = None,
    minimum: int | None = None,
) -> Allocation[Id]:
    """Fund the bids in the given order, the best first.

    A theme's money stays in its theme. `rule`: «skip» passes over what does not fit, «stop» ends the theme's
    list there. `pass_line` is in hundredths, `per_organization` the number of awards one body may get. With
    `minimum` (fen) a project that does not fit gets what is left, if that is at least so much; without it
    nobody is cut.
    """
    if rule not in ("skip", "stop"):
        raise ValueError(f"no such rule: {rule}")
    left, left_in_all = dict(ceilings), total
    stopped: set[str] = set()
    awards: Counter[str] = Counter()
    decisions: list[Decision[Id]] = []
    for bid in bids:
        in_theme = left[bid.theme]
        room = min(in_theme, left_in_all)
        if bid.rank is None or bid.score is None:
            decision = Decision(bid.id, 0, Outcome.NOT_RANKED)
        elif bid.score < pass_line:
            decision = Decision(bid.id, 0, Outcome.BELOW_PASS_LINE)
        elif bid.theme in stopped:
            decision = Decision(bid.id, 0, Outcome.STOPPED)
        elif per_organization is not None and awards[bid.organization] >= per_organization:
            decision = Decision(bid.id, 0, Outcome.ORGANIZATION_LIMIT)
        elif bid.amount <= room:
            decision = Decision(bid.id, bid.amount, Outcome.FUNDED)
        elif minimum is not None and room >= max(minimum, 1):
            decision = Decision(bid.id, room, Outcome.PARTLY_FUNDED, bid.amount - room)
        else:
            lacks = Outcome.OVER_EARMARK if bid.amount > in_theme else Outcome.OVER_TOTAL
            decision = Decision(bid.id, 0, lacks, bid.amount - room)
        if decision.short and rule == "stop":
            stopped.add(bid.theme)
        if decision.amount:
            left[bid.theme] -= decision.amount
            left_in_all -= decision.amount
            awards[bid.organization] += 1
        decisions.append(decision)
    return Allocation(decisions, left, _draws(bids, decisions))


_BY_MONEY = frozenset({Outcome.PARTLY_FUNDED, Outcome.OVER_EARMARK, Outcome.OVER_TOTAL, Outcome.STOPPED})


def _draws(bids: Sequence[Bid[Id]], decisions: Sequence[Decision[Id]]) -> list[tuple[Id, ...]]:
    groups: dict[tuple[str, int], list[Decision[Id]]] = {}
    for bid, decision in zip(bids, decisions, strict=True):
        if bid.rank is not None:
            groups.setdefault((bid.theme, bid.rank), []).append(decision)
    return [
        tuple(decision.id for decision in group)
        for group in groups.values()
        if len(group) > 1
        and any(one.amount for one in group)
        and any(one.outcome in _BY_MONEY for one in group)
    ]


def excesses(awards: Iterable[tuple[str, int]], ceilings: Mapping[str, int], *, total: int) -> list[Blocker]:
    """Where awards (theme, fen) go beyond a theme's ceiling or the round's total; empty when they fit.

    Codes: budget.over_earmark (theme, ceiling, awarded, excess), budget.over_total (total, awarded, excess).
    A theme is held to its own ceiling even if the round has room.
    """
    sums: Counter[str] = Counter()
    for theme, amount in awards:
        sums[theme] += amount
    found = [
        Blocker(
            "budget.over_earmark",
            "",
            {
                "theme": theme,
                "ceiling": ceilings[theme],
                "awarded": sums[theme],
                "excess": sums[theme] - ceilings[theme],
            },
        )
        for theme in ceilings
        if sums[theme] > ceilings[theme]
    ]
    awarded = sum(sums.values())
    if awarded > total:
        found.append(
            Blocker("budget.over_total", "", {"total": total, "awarded": awarded, "excess": awarded - total})
        )
    return found
