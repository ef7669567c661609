"""Who scores what when the loads are shared: what the experts wish, and the assignment that follows from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Reader
from venture.db import db
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import access, assignment
from venture.review.models import Panelist, Preference, Seat, Sharing, Sheet, SheetState, Wish
from venture.review.queries.seats import Coverage, coverage, panelists
from venture.rounds.models import Phase, Round

FITS = {Wish.WANTS: 2.0, Wish.CAN: 1.0, Wish.CANNOT: np.nan}


@dataclass(frozen=True)
class Rule:
    """How work is shared: experts per proposal, proposals per expert from `least` to `most`, and the seed."""

    places: int
    most: int
    least: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Share:
    """The proposals of one expert."""

    panelist: Panelist
    applications: list[Application]
    wanted: int


@dataclass(frozen=True)
class Shared:
    """An assignment of a round: by expert, what it is worth in all and to the worst served proposal.

    A proposal is served by its experts: 2 for each who wants it, 1 for each who can.
    """

    shares: list[Share]
    total: int
    worst: int
    best: bool

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """The ids of application and person."""
        return {(each.id, one.panelist.person_id) for one in self.shares for each in one.applications}


def sharing(round: Round) -> Sharing | None:
    """The last sharing of the round; None where everyone scores everything they may. One statement."""
    return db.session.scalar(
        select(Sharing).where(Sharing.round_id == round.id).order_by(Sharing.id.desc()).limit(1)
    )


def wishes(round: Round) -> dict[tuple[int, int], Wish]:
    """What the panel said, by application and panelist. One statement."""
    rows = db.session.execute(
        select(Preference.application_id, Preference.panelist_id, Preference.wish)
        .join(Panelist)
        .where(Panelist.round_id == round.id)
    )
    return {(application, panelist): wish for application, panelist, wish in rows}


def shared(round: Round, rule: Rule, by: Person) -> Shared:
    """Share the eligible proposals and those in review: sheets begun stay with their expert, all else may move.

    The same seed and wishes give the same result. Raises Refused with every reason why it cannot be done, in names:
    of proposals those that `by` may see, of others none (""). Codes as `assignment.shortages`.
    """
    seated = panelists(round)
    rows = [row for state in (State.ELIGIBLE, State.IN_REVIEW) for row in coverage(round, state)]
    rows.sort(key=lambda row: (row.application.number or "", row.application.id))
    task = _task(round, rule, seated, rows)
    try:
        found = assignment.assign(task, seed=rule.seed)
    except Refused as refused:
        visible = set(
            db.session.scalars(
                select(Application.id).where(Application.round_id == round.id, access.untied(by))
            )
        )
        names = [row.application.number or "" if row.application.id in visible else "" for row in rows]
        raise Refused.all([_named(one, names, seated) for one in refused.blockers]) from None
    given: dict[int, list[int]] = {column: [] for column in range(len(seated))}
    for place, column in found.pairs:
        given[column].append(place)
    return Shared(
        [
            Share(
                panelist,
                sorted(
                    (rows[place].application for place in given[column]), key=lambda one: one.number or ""
                ),
                sum(task.fit[place, column] == FITS[Wish.WANTS] for place in given[column]),
            )
            for column, panelist in enumerate(seated)
        ],
        _whole(found.total),
        _whole(found.worst),
        found.best,
    )


def _whole(value: float) -> int:
    """A sum of wishes, which are whole numbers, as one."""
    return int(value + 0.5)


def _task(round: Round, rule: Rule, seated: Sequence[Panelist], rows: Sequence[Coverage]) -> assignment.Task:
    begun = {
        (one, who)
        for one, who in db.session.execute(
            select(Sheet.application_id, Sheet.panelist_id)
            .join(Panelist)
            .where(
                Panelist.round_id == round.id,
                Sheet.phase == Phase.PAPERS,
                Sheet.state != SheetState.REMOVED,
            )
        )
    }
    said = wishes(round)
    fit = np.full((len(rows), len(seated)), np.nan)
    kept = set()
    for place, row in enumerate(rows):
        free = set(row.free)
        for column, panelist in enumerate(seated):
            pair = row.application.id, panelist.id
            if panelist.number not in free:
                continue
            fit[place, column] = FITS[said.get(pair, Wish.CAN)]
            if pair in begun:
                kept.add((place, column))
                fit[place, column] = np.nan_to_num(fit[place, column], nan=1.0)
    held = Counter(place for place, _ in kept)
    return assignment.Task(
        fit,
        [max(rule.places, held[place]) for place in range(len(rows))],  # a substitute may have come on top
        rule.most,
        rule.least,
        themes=[row.application.theme.name if row.application.theme else "" for row in rows],
        kept=frozenset(kept),
        even=True,
    )


def _named(blocker: Blocker, names: Sequence[str], seated: Sequence[Panelist]) -> Blocker:
    facts = dict(blocker.facts)
    if "proposal" in facts:
        facts["proposal"] = names[facts["proposal"]]
    if "proposals" in facts:
        facts["proposals"] = [names[place] for place in facts["proposals"] if names[place]]
    if "expert" in facts:
        facts["expert"] = seated[facts["expert"]].person.name
    if "experts" in facts:
        facts["experts"] = [seated[place].person.name for place in facts["experts"]]
    return Blocker(blocker.code, "places", facts)


@dataclass(frozen=True)
class Asked:
    """What an expert is asked before the review: the proposals by title and theme, and what was said so far."""

    panelist: Panelist
    applications: Sequence[Application]
    said: dict[int, Wish]


def asked(person: Person, year: int) -> Asked | None:
    """The eligible proposals of a round on whose panel the person sits, never those a tie hides or would hide.

    None for anybody else.
    """
    panelist = db.session.scalar(
        select(Panelist)
        .join(Panelist.round)
        .where(Round.year == year, Panelist.person_id == person.id, Panelist.state != Seat.DECLINED)
        .options(joinedload(Panelist.round))
    )
    if panelist is None:
        return None
    own = person.organization_ids | (person.viewer.organization_ids if person.viewer else set())
    hidden = set(
        db.session.scalars(
            select(Application.id).where(
                Application.round_id == panelist.round_id,
                ~access.untied(person) | Application.organization_id.in_(own),
            )
        )
    )
    return Asked(
        panelist,
        [
            row.application
            for row in coverage(panelist.round)
            if panelist.number in row.free and row.application.id not in hidden
        ],
        {one: wish for (one, seat), wish in wishes(panelist.round).items() if seat == panelist.id},
    )


def seats_asked(person: Person) -> Sequence[Panelist]:
    """The seats of the person in rounds where eligible proposals wait for the review. One statement."""
    waits = select(Application.id).where(
        Application.round_id == Panelist.round_id, Application.state == State.ELIGIBLE
    )
    return db.session.scalars(
        select(Panelist)
        .where(Panelist.person_id == person.id, Panelist.state != Seat.DECLINED, waits.exists())
        .options(joinedload(Panelist.round))
        .order_by(Panelist.id)
    ).all()


@dataclass(frozen=True)
class Missing:
    """A proposal in review, who of its experts has not handed in, who is tied, and who could take it over."""

    application: Application
    waiting: list[Panelist]
    tied: list[Panelist]
    free: list[Panelist]


def missing(round: Round, person: Person) -> list[Missing]:
    """Where sheets are still missing or ties took an expert out, and the free substitutes, fewest proposals first.

    Of the proposals that `person` may see. A constant number of statements.
    """
    seated = panelists(round)
    rows = coverage(round, State.IN_REVIEW)
    visible = set(db.session.scalars(access.seen(person).with_only_columns(Application.id)))
    ids = [row.application.id for row in rows]
    reads = {
        (one, who)
        for one, who in db.session.execute(
            select(Reader.application_id, Reader.person_id).where(Reader.application_id.in_(ids))
        )
    }
    done = {
        (one, who)
        for one, who in db.session.execute(
            select(Sheet.application_id, Sheet.panelist_id).where(
                Sheet.application_id.in_(ids),
                Sheet.phase == Phase.PAPERS,
                Sheet.state == SheetState.HANDED_IN,
            )
        )
    }
    loads = Counter(person_id for _, person_id in reads)
    found = []
    for row in rows:
        one = row.application.id
        assigned = [each for each in seated if (one, each.person_id) in reads]
        waiting = [each for each in assigned if (one, each.id) not in done]
        tied = [each for each in seated if each.number in row.tied]
        free = [each for each in seated if each.number in row.free and each not in assigned]
        if one in visible and (waiting or tied):
            free.sort(key=lambda each: (loads[each.person_id], each.number))
            found.append(Missing(row.application, waiting, tied, free))
    return found
