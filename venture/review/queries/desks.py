"""An expert's own proposals, round by round, and the others' totals once all own sheets are handed in."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select, true
from sqlalchemy.orm import joinedload

from venture.applications.models import Application
from venture.db import db
from venture.people.models import Person
from venture.review import access, versions
from venture.review.models import Jotting, Panelist, Seat, Sheet, SheetState
from venture.review.queries.day import turns
from venture.review.queries.frozen import frozen_in
from venture.review.queries.seats import panelists
from venture.rounds import queries as rounds
from venture.rounds.models import MarksSeen, Phase, Round, Theme, ThemeCriterion


@dataclass(frozen=True)
class Assignment:
    """One application an expert scores, and the own sheet so far."""

    application: Application
    panelist: Panelist
    sheet: Sheet | None
    frozen: bool | None = None  # whether the theme's ranking is; None before its first version
    ready: bool = True  # a presentation is marked only once the own sheet for the papers is handed in

    @property
    def done(self) -> bool:
        return self.sheet is not None and self.sheet.state is SheetState.HANDED_IN

    @property
    def open(self) -> bool:
        """Whether the expert may write now: own draft (or none), and the application takes marks."""
        draft = self.sheet is None or self.sheet.state is SheetState.DRAFT
        return draft and self.ready and versions.takes_marks(self.application.state, self.frozen)


@dataclass(frozen=True)
class Desk:
    """An expert's work in one phase of a round, in the order of the applications' numbers, presentations by turn."""

    round: Round
    rows: list[Assignment]
    phase: Phase = Phase.PAPERS

    @property
    def done(self) -> int:
        return sum(row.done for row in self.rows)

    @property
    def next(self) -> Assignment | None:
        """The first application whose sheet still waits for the expert."""
        return next((row for row in self.rows if row.open), None)

    @property
    def spread(self) -> list[tuple[str, list[int], int]]:
        """How the expert uses the scale: by theme the totals of the own sheets, drafts too, and their mean; in
        hundredths of a percent of full marks.
        """
        found: dict[Theme, list[int]] = defaultdict(list)
        for row in self.rows:
            if row.application.theme and row.sheet and row.sheet.total is not None:
                whole = rounds.sheet_points(row.application.theme)
                found[row.application.theme].append(row.sheet.total * 10000 // whole)
        return [(theme.name, shares, sum(shares) // len(shares)) for theme, shares in found.items()]

    @property
    def finished(self) -> bool:
        """Whether every own sheet is handed in: only then are others' marks shown."""
        return bool(self.rows) and self.done == len(self.rows)

    @property
    def marks_seen(self) -> MarksSeen:
        """When the others' marks of this phase are shown."""
        spoken = self.phase is Phase.PRESENTATION
        return self.round.marks_seen_spoken if spoken else self.round.marks_seen


def desks(person: Person, phase: Phase = Phase.PAPERS) -> list[Desk]:
    """The expert's rounds that have the phase, the newest first. Two statements, four for presentations."""
    found: dict[int, Desk] = {}
    spoken = phase is Phase.PRESENTATION
    rows = db.session.execute(
        access.assigned(person, phase)
        .join(Round, Round.id == Application.round_id)
        .where(Round.presentation_weight > 0 if spoken else true())
        .options(
            joinedload(Application.round), joinedload(Application.theme), joinedload(Application.organization)
        )
        .order_by(Round.year.desc(), Application.number, Application.id)
    ).all()
    frozen = frozen_in({application.theme_id for application, *_ in rows if application.theme_id})
    ready = _read(person) if spoken and rows else set()
    for application, seat, sheet in rows:
        newest = frozen.get(application.theme_id or 0)
        desk = found.setdefault(application.round_id, Desk(application.round, [], phase))
        desk.rows.append(
            Assignment(
                application,
                seat,
                sheet,
                newest.holds if newest else None,
                not spoken or application.id in ready,
            )
        )
    if spoken and found:
        places = turns(found)
        for desk in found.values():
            desk.rows.sort(key=lambda row: places.get(row.application.id, len(places) + 1))
    return list(found.values())


def _read(person: Person) -> set[int]:
    """The applications (ids) whose papers the person has marked: handed in, or keyed in from paper."""
    return set(
        db.session.scalars(
            select(Sheet.application_id)
            .join(Panelist)
            .where(
                Panelist.person_id == person.id,
                Sheet.phase == Phase.PAPERS,
                Sheet.state.in_((SheetState.HANDED_IN, SheetState.KEYED)),
            )
        )
    )


def has_read(application: Application, person: Person) -> bool:
    """Whether the person has marked the application's papers: only then its presentation is theirs to mark."""
    return application.id in _read(person)


@dataclass(frozen=True)
class Proposal:
    """One assignment on its page: its place among the expert's own, the neighbours, and the score sheet."""

    desk: Desk
    place: int

    @property
    def assignment(self) -> Assignment:
        return self.desk.rows[self.place]

    @property
    def application(self) -> Application:
        return self.assignment.application

    @property
    def criteria(self) -> list[ThemeCriterion]:
        assert self.application.theme is not None
        return self.application.theme.sheet(self.desk.phase)

    @property
    def whole(self) -> int:
        """The most points that the sheet can give, in hundredths."""
        assert self.application.theme is not None
        return rounds.sheet_points(self.application.theme, self.desk.phase)

    @property
    def before(self) -> Application | None:
        return self.desk.rows[self.place - 1].application if self.place else None

    @property
    def after(self) -> Application | None:
        return self.desk.rows[self.place + 1].application if self.place + 1 < len(self.desk.rows) else None


def proposal(application_id: int, person: Person, phase: Phase = Phase.PAPERS) -> Proposal | None:
    """The expert's assignment; None for one that is tied, not assigned or does not exist, all alike."""
    for desk in desks(person, phase):
        for place, row in enumerate(desk.rows):
            if row.application.id == application_id:
                return Proposal(desk, place)
    return None


def next_of(round: Round, person: Person, phase: Phase = Phase.PAPERS) -> Application | None:
    """The first of the expert's applications in the round whose sheet of the phase still waits."""
    found = next((desk.next for desk in desks(person, phase) if desk.round.id == round.id), None)
    return found.application if found else None


@dataclass(frozen=True)
class Totals:
    """What the panel gave to one application: totals (hundredths) by the experts' numbers."""

    application: Application
    totals: dict[int, int]


def others(desk: Desk) -> tuple[list[int], list[Totals]] | None:
    """The panel's totals of the expert's own applications; None until all own sheets are handed in, or where the round
    never shows them.
    """
    if not desk.finished or desk.marks_seen is MarksSeen.NEVER:
        return None
    numbers = [each.number for each in panelists(desk.round)]
    totals: dict[int, dict[int, int]] = defaultdict(dict)
    for application_id, number, total in db.session.execute(
        select(Sheet.application_id, Panelist.number, Sheet.total)
        .join(Panelist)
        .where(
            Sheet.application_id.in_([row.application.id for row in desk.rows]),
            Sheet.phase == desk.phase,
            Sheet.state == SheetState.HANDED_IN,
        )
    ):
        totals[application_id][number] = total or 0
    return numbers, [Totals(row.application, totals[row.application.id]) for row in desk.rows]


def seat_for(application: Application, person: Person) -> Panelist | None:
    """The person's seat on the panel of the application's round."""
    return db.session.scalar(
        select(Panelist).where(
            Panelist.round_id == application.round_id,
            Panelist.person_id == person.id,
            Panelist.state != Seat.DECLINED,
        )
    )


def jotting(application: Application, person: Person) -> Jotting | None:
    """What the person noted on the application for themselves."""
    return db.session.scalar(
        select(Jotting)
        .join(Panelist, Panelist.id == Jotting.panelist_id)
        .where(Jotting.application_id == application.id, Panelist.person_id == person.id)
    )
