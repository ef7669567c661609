"""The list computed by the round's rule, and the decisions made of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.budget.allocation import Bid, Held, Outcome, allocate, excesses
from venture.budget.models import (
    Award,
    AwardState,
    Decision,
    DecisionLine,
    DecisionState,
)
from venture.budget.whatif import Terms
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
    """The list computed by the round's rule; `undecided` are themes whose ranking is not final, and why.

    `draws` are groups of applications (ids) of one rank of which the money reaches only some.
    """

    rows: list[Row]
    rooms: list[Room]
    draws: list[tuple[int, ...]]
    undecided: list[tuple[Theme, list[Blocker]]]
    rules: dict[str, Any]


def proposal(round: Round, called: Theme | None = None) -> Proposal:
    """The proposed list: down the final rankings under earmarks, the round's total and its limits.

    Who is on a waiting list is left out: `called` lists those of one theme whose list is approved, and nobody else.
    It is empty once the round is finished.
    """
    rankings = [] if round.state is RoundState.FINISHED else review.ranking(round)
    waits = {line.application_id: line for line in waiting(round)}

    def listed(line: review.Line) -> bool:
        waiter = waits.get(line.application_id)
        if called is None:
            return waiter is None
        return (
            waiter is not None
            and waiter.theme_id == called.id
            and waiter.decision.state is DecisionState.APPROVED
        )

    undecided = [(each.theme, each.blockers) for each in rankings if not each.final and _open(each.lines)]
    ready = [each for each in rankings if each.final]
    lines = sorted(
        ((each.theme, line) for each in ready for line in _open(each.lines) if listed(line)),
        key=lambda pair: (-(pair[1].score or 0), pair[0].position, pair[0].id, pair[1].rank or 0),
    )
    lines.sort(key=lambda pair: pair[1].rank is None)
    taken, held = spoken_for(round)
    applications = _applications([line.application_id for _, line in lines])
    allocation = allocate(
        [
            Bid(
                line.application_id,
                theme.code,
                str(line.organization_id),
                line.asked,
                line.score,
                line.rank,
                _field(applications[line.application_id].field_id),
            )
            for theme, line in lines
        ],
        {theme.code: theme.earmark for theme in round.themes},
        total=round.total,
        held=held,
        **rule_of(round),
    )
    decided = {decision.id: decision for decision in allocation.decisions}
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
        undecided,
        rules_of(round) | {"aggregation": {each.theme.name: each.aggregation.value for each in ready}},
    )


@dataclass(frozen=True)
class Entrant:
    """A project as a trial calculation shows it: score in hundredths as displayed."""

    title: str
    organization: str
    theme: str
    rank: int | None
    score: int | None


@dataclass(frozen=True)
class Contest:
    """All ranked projects of a round, as if nothing were decided yet, and the terms of its settings.

    `undecided` are the names of the themes whose ranking is not final: their projects are not in it.
    """

    bids: list[Bid[int]]
    entrants: dict[int, Entrant]
    terms: Terms
    undecided: list[str]


def contest(round: Round, person: Person) -> Contest | None:
    """What a trial calculation works on, as plain values; None for who is barred from any of the projects."""
    rankings = review.ranking(round)
    lines = [(each.theme, line) for each in rankings if each.final for line in each.lines]
    if barred_from(person) & {line.application_id for each in rankings for line in each.lines}:
        return None
    lines.sort(key=lambda pair: (-(pair[1].score or 0), pair[0].position, pair[0].id, pair[1].rank or 0))
    fields = {
        id: _field(field_id)
        for id, field_id in db.session.execute(
            select(Application.id, Application.field_id).where(Application.round_id == round.id)
        )
    }
    return Contest(
        [
            Bid(
                line.application_id,
                theme.code,
                str(line.organization_id),
                line.asked,
                line.score,
                line.rank,
                fields[line.application_id],
            )
            for theme, line in lines
        ],
        {
            line.application_id: Entrant(line.title, line.organization, theme.name, line.rank, line.shown)
            for theme, line in lines
        },
        Terms({theme.code: theme.earmark for theme in round.themes}, **rule_of(round)),
        [each.theme.name for each in rankings if not each.final],
    )


def _field(field_id: int | None) -> str:
    return "" if field_id is None else str(field_id)


def rule_of(round: Round) -> dict[str, Any]:
    """The round's rule and limits as `allocate` takes them."""
    return {
        "rule": round.fit_rule.value,
        "pass_line": round.pass_line,
        "per_organization": round.awards_each,
        "per_field": round.field_awards,
        "field_amount": round.field_amount,
        "viable": round.viable_share,
    }


def waiting(round: Round) -> Sequence[DecisionLine]:
    """Who is on a waiting list of the round and still to be had: by theme and place, from the newest list of each.

    One statement.
    """
    lines = db.session.scalars(
        select(DecisionLine)
        .join(DecisionLine.decision)
        .join(DecisionLine.application)
        .join(DecisionLine.theme)
        .where(
            Decision.round_id == round.id,
            Decision.state != DecisionState.WITHDRAWN,
            DecisionLine.waiting.is_not(None),
            Application.state.in_(OPEN),
        )
        .options(
            contains_eager(DecisionLine.decision),
            contains_eager(DecisionLine.theme),
            contains_eager(DecisionLine.application).joinedload(Application.organization),
        )
        .order_by(Theme.position, Theme.id, Decision.number.desc(), DecisionLine.waiting)
    ).all()
    newest: dict[int, DecisionLine] = {}
    for line in lines:
        newest.setdefault(line.application_id, line)
    return sorted(
        newest.values(), key=lambda line: (line.theme.position, line.theme_id, line.rank or 0, line.id)
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
        "field_awards": round.field_awards,
        "field_share": round.field_share,
        "field_amount": round.field_amount,
        "viable_share": round.viable_share,
        "leftover": round.leftover.value,
        "waiting_list": round.waiting_list,
        "total": round.total,
        "earmarks": {theme.name: theme.earmark for theme in round.themes},
    }


def spoken_for(round: Round) -> tuple[Counter[int], list[Held]]:
    """What earlier decisions take of each theme, by theme id, and each such sum with whom it counts for.

    Two statements.
    """
    facts = (Theme.id, Theme.code, Application.organization_id, Application.field_id)
    awarded = db.session.execute(
        select(*facts, Award.entitled - Award.freed, Award.state)
        .join(Award.application)
        .join(Award.theme)
        .where(Application.round_id == round.id)
        .order_by(Award.id)
    )
    decided = db.session.execute(
        select(*facts, DecisionLine.decided)
        .join(DecisionLine.application)
        .join(DecisionLine.theme)
        .join(DecisionLine.decision)
        .where(
            Decision.round_id == round.id,
            Decision.state != DecisionState.WITHDRAWN,
            DecisionLine.decided > 0,
            Application.state.in_(ON_THE_WAY),
        )
        .order_by(DecisionLine.id)
    )
    sums = [
        (theme_id, Held(code, str(body), _field(field), kept, live))
        for theme_id, code, body, field, kept, state in awarded
        if (live := state is AwardState.LIVE) or kept
    ] + [
        (theme_id, Held(code, str(body), _field(field), amount))
        for theme_id, code, body, field, amount in decided
    ]
    taken: Counter[int] = Counter()
    for theme_id, each in sums:
        taken[theme_id] += each.amount
    return taken, [each for _, each in sums]


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
