"""The list computed by the round's rule, and the decisions made of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.budget.allocation import Bid, Outcome, allocate, excesses
from venture.budget.models import (
    Award,
    AwardState,
    Decision,
    DecisionLine,
    DecisionState,
)
from venture.db import db
from venture.people.models import Person
from venture.refusal import Blocker
from venture.review import queries as review
from venture.rounds.models import Round, RoundState, Theme

OPEN = (State.IN_REVIEW, State.NOT_SHORTLISTED)
"""The states from which an application can be proposed."""
ON_THE_WAY = (State.PROPOSED, State.ON_NOTICE)
"""Decided but not yet awarded: their sums are spoken for."""


def round_of(year: int) -> Round | None:
    """The round of a year with its themes. Two statements."""
    return db.session.scalar(select(Round).where(Round.year == year).options(selectinload(Round.themes)))


@dataclass(frozen=True)
class Row:
    """One application as the rule sees it: score in hundredths as displayed, amounts in fen."""

    application: Application
    theme: Theme
    rank: int | None
    score: int | None
    asked: int
    recommended: int
    computed: int
    outcome: Outcome
    short: int


@dataclass(frozen=True)
class Room:
    """What a theme's earmark has been spoken for before this list, and what the list leaves (fen)."""

    theme: Theme
    taken: int
    proposed: int

    @property
    def left(self) -> int:
        return self.theme.earmark - self.taken - self.proposed


@dataclass(frozen=True)
class Proposal:
    """The list computed by the round's rule; `waiting` are themes whose ranking is not final, and why.

    `draws` are groups of applications (ids) of one rank of which the money reaches only some.
    """

    rows: list[Row]
    rooms: list[Room]
    draws: list[tuple[int, ...]]
    waiting: list[tuple[Theme, list[Blocker]]]
    rules: dict[str, Any]


def proposal(round: Round) -> Proposal:
    """The proposed list: down the final rankings under earmarks, the round's total and its limits.

    It is empty once the round is finished.
    """
    rankings = [] if round.state is RoundState.FINISHED else review.ranking(round)
    waiting = [(each.theme, each.blockers) for each in rankings if not each.final and _open(each.lines)]
    ready = [each for each in rankings if each.final]
    lines = sorted(
        ((each.theme, line) for each in ready for line in _open(each.lines)),
        key=lambda pair: (-(pair[1].score or 0), pair[0].position, pair[0].id, pair[1].rank or 0),
    )
    lines.sort(key=lambda pair: pair[1].rank is None)
    taken, held = spoken_for(round)
    ceilings = {theme.code: theme.earmark for theme in round.themes}
    total = round.total
    earlier: list[Bid[int]] = []
    each_has: Counter[int] = Counter()
    for theme_id, organization_id, amount, counts in held:
        code = next(theme.code for theme in round.themes if theme.id == theme_id)
        each_has[organization_id] += counts
        if counts and each_has[organization_id] <= round.awards_each:
            earlier.append(
                Bid(-len(earlier) - 1, code, str(organization_id), amount, round.pass_line, -len(earlier))
            )
        else:
            ceilings[code] -= amount
            total -= amount
    bids = [
        Bid(line.application_id, theme.code, str(line.organization_id), line.asked, line.score, line.rank)
        for theme, line in lines
    ]
    allocation = allocate(
        earlier + bids,
        ceilings,
        total=total,
        rule=round.fit_rule.value,
        pass_line=round.pass_line,
        per_organization=round.awards_each,
    )
    decided = {decision.id: decision for decision in allocation.decisions}
    applications = _applications([line.application_id for _, line in lines])
    rows = [
        Row(
            application=applications[line.application_id],
            theme=theme,
            rank=line.rank,
            score=line.shown,
            asked=line.asked,
            recommended=line.asked,
            computed=decided[line.application_id].amount,
            outcome=decided[line.application_id].outcome,
            short=decided[line.application_id].short,
        )
        for theme, line in lines
    ]
    rows.sort(key=lambda row: (row.theme.position, row.theme.id, row.rank is None, row.rank or 0))
    new: Counter[int] = Counter()
    for row in rows:
        new[row.theme.id] += row.computed
    return Proposal(
        rows,
        [Room(theme, taken[theme.id], new[theme.id]) for theme in round.themes],
        allocation.draws,
        waiting,
        rules_of(round) | {"aggregation": {each.theme.name: each.aggregation.value for each in ready}},
    )


def _open(lines: Sequence[review.Line]) -> list[review.Line]:
    return [line for line in lines if line.state in OPEN]


def _applications(ids: Sequence[int]) -> dict[int, Application]:
    found = db.session.scalars(
        select(Application)
        .where(Application.id.in_(ids))
        .options(joinedload(Application.organization), joinedload(Application.theme))
    )
    return {application.id: application for application in found}


def rules_of(round: Round) -> dict[str, Any]:
    """The round's settings by which the list is computed, as the decision keeps and prints them."""
    return {
        "fit_rule": round.fit_rule.value,
        "pass_line": round.pass_line,
        "awards_each": round.awards_each,
        "total": round.total,
        "earmarks": {theme.name: theme.earmark for theme in round.themes},
    }


def spoken_for(round: Round) -> tuple[Counter[int], list[tuple[int, int, int, int]]]:
    """What earlier decisions take of each theme, by theme id, and each such sum.

    A sum is (theme id, organization id, fen, 1 if it counts as an award of the organization). Two statements.
    """
    awarded = db.session.execute(
        select(Award.theme_id, Application.organization_id, Award.entitled, Award.paid, Award.state)
        .join(Award.application)
        .where(Application.round_id == round.id)
        .order_by(Award.id)
    )
    decided = db.session.execute(
        select(DecisionLine.theme_id, Application.organization_id, DecisionLine.decided)
        .join(DecisionLine.application)
        .join(DecisionLine.decision)
        .where(
            Decision.round_id == round.id,
            Decision.state != DecisionState.WITHDRAWN,
            DecisionLine.decided > 0,
            Application.state.in_(ON_THE_WAY),
        )
        .order_by(DecisionLine.id)
    )
    held = [
        (theme, body, amount if state is AwardState.LIVE else paid, int(state is AwardState.LIVE))
        for theme, body, amount, paid, state in awarded
        if state is AwardState.LIVE or paid
    ] + [(theme, body, amount, 1) for theme, body, amount in decided]
    taken: Counter[int] = Counter()
    for theme_id, _, amount, _ in held:
        taken[theme_id] += amount
    return taken, held


def over(round: Round, awards: Sequence[tuple[Theme, int]], taken: Mapping[int, int]) -> list[Blocker]:
    """Where a list goes beyond a theme's earmark or the round's total, with what was taken before."""
    before = [(theme.code, taken[theme.id]) for theme in round.themes]
    found = excesses(
        before + [(theme.code, amount) for theme, amount in awards],
        {theme.code: theme.earmark for theme in round.themes},
        total=round.total,
    )
    names = {theme.code: theme for theme in round.themes}
    return [
        Blocker(
            blocker.code,
            f"theme-{names[blocker.facts['theme']].id}" if "theme" in blocker.facts else "",
            {
                **blocker.facts,
                **({"theme": names[blocker.facts["theme"]].name} if "theme" in blocker.facts else {}),
            },
        )
        for blocker in found
    ]


def passed_over(rows: Sequence[tuple[int, int | None, int, int]]) -> list[bool]:
    """Which lines (theme id, rank, computed, decided) are funded outside the ranking.

    So is a line that the rule gives nothing, and one below a project of its theme that the rule would fund
    and the decision passes over (rank 9 is funded while rank 7 is not).
    """
    skipped: dict[int, int] = {}
    for theme, rank, computed, decided in rows:
        if computed and not decided and rank is not None:
            skipped[theme] = min(rank, skipped.get(theme, rank))
    return [
        decided > 0 and (computed == 0 or (rank is not None and theme in skipped and rank > skipped[theme]))
        for theme, rank, computed, decided in rows
    ]


LINES = (
    selectinload(Decision.lines).options(
        joinedload(DecisionLine.theme),
        joinedload(DecisionLine.application).options(
            joinedload(Application.organization), selectinload(Application.communities)
        ),
    ),
    joinedload(Decision.round).selectinload(Round.themes),
    joinedload(Decision.proposed_by),
    joinedload(Decision.approved_by),
    joinedload(Decision.withdrawn_by),
    joinedload(Decision.paper),
    joinedload(Decision.scan),
)


def decisions(round: Round) -> Sequence[Decision]:
    """The decisions of a round with their lines, newest first. A constant number of statements."""
    return db.session.scalars(
        select(Decision).where(Decision.round_id == round.id).options(*LINES).order_by(Decision.number.desc())
    ).all()


def decision(decision_id: int) -> Decision | None:
    """One decision with its lines."""
    return db.session.scalar(select(Decision).where(Decision.id == decision_id).options(*LINES))


def barred_from(person: Person) -> set[int]:
    """The applications (ids) that are hidden from the person (回避)."""
    return set(db.session.scalars(select(Barred.application_id).where(Barred.person_id == person.id)))
