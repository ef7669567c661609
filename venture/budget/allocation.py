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
    FIELD_LIMIT = "field_limit", N_("The service field has its awards or its share already")
    NOT_RANKED = "not_ranked", N_("Without a rank")


@dataclass(frozen=True)
class Bid(Generic[Id]):
    """One project asking for money: `amount` in fen (recommended, else requested), `score` in hundredths.

    `rank` None means that its score is not final; equal ranks are ties that nothing has decided yet. `field` is
    the service field, empty for none, which no limit concerns.
    """

    id: Id
    theme: str
    organization: str
    amount: int
    score: Fraction | int | None
    rank: int | None
    field: str = ""


class Held(NamedTuple):
    """What was granted before: fen of a theme, and whether it still counts as an award of body and field."""

    theme: str
    organization: str
    field: str
    amount: int
    counts: bool = True


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
    per_field: int | None = None,
    field_amount: int | None = None,
    viable: int | None = None,
    held: Iterable[Held] = (),
) -> Allocation[Id]:
    """Fund the bids in the given order, the best first, after what is `held` already.

    A theme's money stays in its theme. `rule`: «skip» passes over what does not fit the money, «stop» ends the
    theme's list there; a limit only passes over. `pass_line` is in hundredths. `per_organization` and `per_field`
    are numbers of awards, `field_amount` the most money (fen) of one service field. With `viable` a project that
    does not fit gets what is left, if that is at least so many percent of what it asked for; without it nobody is
    cut.
    """
    if rule not in ("skip", "stop"):
        raise ValueError(f"no such rule: {rule}")
    left, left_in_all = dict(ceilings), total
    stopped: set[str] = set()
    awards: Counter[str] = Counter()
    of_field: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for each in held:
        left[each.theme] -= each.amount
        left_in_all -= each.amount
        spent[each.field] += each.amount
        awards[each.organization] += each.counts
        of_field[each.field] += each.counts
    decisions: list[Decision[Id]] = []
    for bid in bids:
        in_theme = left[bid.theme]
        by_money = min(in_theme, left_in_all)
        room = by_money
        if bid.field and field_amount is not None:
            room = min(room, field_amount - spent[bid.field])
        if bid.rank is None or bid.score is None:
            decision = Decision(bid.id, 0, Outcome.NOT_RANKED)
        elif bid.score < pass_line:
            decision = Decision(bid.id, 0, Outcome.BELOW_PASS_LINE)
        elif bid.theme in stopped:
            decision = Decision(bid.id, 0, Outcome.STOPPED)
        elif per_organization is not None and awards[bid.organization] >= per_organization:
            decision = Decision(bid.id, 0, Outcome.ORGANIZATION_LIMIT)
        elif bid.field and per_field is not None and of_field[bid.field] >= per_field:
            decision = Decision(bid.id, 0, Outcome.FIELD_LIMIT)
        elif bid.amount <= room:
            decision = Decision(bid.id, bid.amount, Outcome.FUNDED)
        elif viable is not None and room > 0 and 100 * room >= viable * bid.amount:
            decision = Decision(bid.id, room, Outcome.PARTLY_FUNDED, bid.amount - room)
        elif bid.amount > in_theme:
            decision = Decision(bid.id, 0, Outcome.OVER_EARMARK, bid.amount - room)
        elif bid.amount > left_in_all:
            decision = Decision(bid.id, 0, Outcome.OVER_TOTAL, bid.amount - room)
        else:
            decision = Decision(bid.id, 0, Outcome.FIELD_LIMIT, bid.amount - room)
        if rule == "stop" and decision.short and bid.amount > by_money:
            stopped.add(bid.theme)
        if decision.amount:
            left[bid.theme] -= decision.amount
            left_in_all -= decision.amount
            spent[bid.field] += decision.amount
            awards[bid.organization] += 1
            of_field[bid.field] += 1
        decisions.append(decision)
    return Allocation(decisions, left, _draws(bids, decisions))


WAITS = frozenset(
    {
        Outcome.OVER_EARMARK,
        Outcome.OVER_TOTAL,
        Outcome.STOPPED,
        Outcome.ORGANIZATION_LIMIT,
        Outcome.FIELD_LIMIT,
    }
)
"""Why a project that passed gets nothing now, and may yet be called up."""


def places(rows: Iterable[tuple[str, int | None, Outcome, int, int]]) -> list[int | None]:
    """Each row's place on its theme's waiting list; rows are (theme, rank, outcome, computed, decided), ranks rising.

    There wait those whom the rule leaves out for money or a limit, in the order of rank; whom people pass over
    with a reason, or fund all the same, does not wait.
    """
    last: Counter[str] = Counter()
    found: list[int | None] = []
    for theme, rank, outcome, computed, decided in rows:
        waits = rank is not None and outcome in WAITS and not computed and not decided
        last[theme] += waits
        found.append(last[theme] if waits else None)
    return found


_BY_MONEY = frozenset({Outcome.PARTLY_FUNDED, Outcome.OVER_EARMARK, Outcome.OVER_TOTAL, Outcome.STOPPED})


def _draws(bids: Sequence[Bid[Id]], decisions: Sequence[Decision[Id]]) -> list[tuple[Id, ...]]:
    groups: dict[tuple[str, int], list[tuple[Bid[Id], Decision[Id]]]] = {}
    for bid, decision in zip(bids, decisions, strict=True):
        if bid.rank is not None:
            groups.setdefault((bid.theme, bid.rank), []).append((bid, decision))
    return [
        tuple(decision.id for _, decision in group)
        for group in groups.values()
        if len(group) > 1 and _undecided(group)
    ]


def _undecided(group: Sequence[tuple[Bid[Id], Decision[Id]]]) -> bool:
    """Whether money or a limit reached some of these equals and not others."""
    funded = [bid for bid, decision in group if decision.amount]
    bodies, fields = {bid.organization for bid in funded}, {bid.field for bid in funded}
    return bool(funded) and any(
        decision.outcome in _BY_MONEY
        or (decision.outcome is Outcome.ORGANIZATION_LIMIT and bid.organization in bodies)
        or (decision.outcome is Outcome.FIELD_LIMIT and bid.field in fields)
        for bid, decision in group
    )


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
