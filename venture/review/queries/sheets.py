"""Score sheets from the staff's side: the grid of paper sheets, all sheets of an application, their history."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from venture import trail
from venture.applications.lifecycle import State
from venture.applications.models import Application, Reader
from venture.db import db
from venture.people.models import Paper, Person
from venture.review import access, exchange, scoring
from venture.review.models import Mark, Panelist, Sheet, SheetState
from venture.review.queries.blind import title_of
from venture.review.queries.scores import criteria_of
from venture.rounds import queries as rounds
from venture.rounds.models import Phase, Round, Theme, ThemeCriterion
from venture.trail import Correction, Event


@dataclass(frozen=True)
class GridTheme:
    """One theme's part of an expert's grid: its score sheet and the applications with their sheets so far."""

    theme: Theme
    phase: Phase
    rows: list[tuple[Application, Sheet | None]]

    @property
    def criteria(self) -> list[ThemeCriterion]:
        return self.theme.sheet(self.phase)


def grid(seat: Panelist, person: Person, phase: Phase = Phase.PAPERS) -> list[GridTheme]:
    """The applications assigned to the expert that this clerk may see, by theme and number; none where the round has

    no such phase.
    """
    sheets = {
        sheet.application_id: sheet
        for sheet in db.session.scalars(
            select(Sheet)
            .where(Sheet.panelist_id == seat.id, Sheet.phase == phase)
            .options(selectinload(Sheet.marks).joinedload(Mark.criterion), joinedload(Sheet.paper))
        )
    }
    applications = db.session.scalars(
        access.seen(person)
        .where(
            Application.round_id == seat.round_id,
            Application.id.in_(select(Reader.application_id).where(Reader.person_id == seat.person_id)),
        )
        .options(joinedload(Application.organization))
        .order_by(Application.number, Application.id)
    ).all()
    round = rounds.by_id(seat.round_id)
    assert round is not None
    return [
        GridTheme(theme, phase, rows)
        for theme in round.themes
        if phase in round.phases
        and (rows := [(each, sheets.get(each.id)) for each in applications if each.theme_id == theme.id])
    ]


def asked_sheets(
    round: Round, seats: Sequence[Panelist], person: Person, *, open_only: bool = False
) -> list[exchange.Asked]:
    """What a workbook of these experts' sheets asks, by expert, phase and theme; `open_only` leaves out what takes no

    marks.
    """
    return [
        exchange.Asked(
            expert=seat.number,
            name=seat.person.name,
            theme=part.theme.code,
            phase=phase.value,
            criteria={one.code: f"{one.name}（{_points(one.max)}）" for one in part.criteria},
            rows=rows,
        )
        for seat in seats
        for phase in round.phases
        for part in grid(seat, person, phase)
        if (
            rows := {
                application.number or "": title_of(application)
                for application, sheet in part.rows
                if not open_only or keyable(application, sheet)
            }
        )
    ]


def _points(hundredths: int) -> str:
    return scoring.points(hundredths).rstrip("0").rstrip(".")


def keyed(seat: Panelist, person: Person) -> Sequence[Sheet]:
    """The expert's sheets keyed in from paper that wait for somebody's check."""
    return db.session.scalars(
        select(Sheet)
        .join(Sheet.application)
        .where(
            Sheet.panelist_id == seat.id,
            Sheet.state == SheetState.KEYED,
            access.untied(person, Sheet.application_id),
        )
        .options(
            joinedload(Sheet.application).joinedload(Application.theme),
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper).joinedload(Paper.scan),
        )
        .order_by(Sheet.phase, Application.number, Sheet.id)
    ).all()


def sheets_of(application: Application) -> Sequence[Sheet]:
    """All sheets of one application, removed ones too, by phase and the experts' numbers."""
    return db.session.scalars(
        select(Sheet)
        .join(Sheet.panelist)
        .where(Sheet.application_id == application.id)
        .options(
            joinedload(Sheet.panelist).joinedload(Panelist.person),
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper).joinedload(Paper.scan),
        )
        .order_by(Sheet.phase, Panelist.number)
    ).all()


def counted(round: Round, person: Person) -> Sequence[Sheet]:
    """The round's sheets that count, of what the person may see, by expert, phase and project. Two statements."""
    seen = access.seen(person).with_only_columns(Application.id).order_by(None)
    return db.session.scalars(
        select(Sheet)
        .join(Sheet.panelist)
        .join(Sheet.application)
        .where(
            Panelist.round_id == round.id, Sheet.state == SheetState.HANDED_IN, Sheet.application_id.in_(seen)
        )
        .options(
            contains_eager(Sheet.panelist).joinedload(Panelist.person),
            contains_eager(Sheet.application).options(
                joinedload(Application.theme), joinedload(Application.organization)
            ),
            selectinload(Sheet.marks).joinedload(Mark.criterion),
        )
        .order_by(Panelist.number, Sheet.phase, Application.theme_id, Application.number, Sheet.id)
    ).all()


def keyable(application: Application, sheet: Sheet | None) -> bool:
    """Whether a paper sheet may (still) be keyed in for the application, its theme's ranking not being frozen."""
    waits = sheet is None or sheet.state in (SheetState.DRAFT, SheetState.KEYED)
    return waits and application.state is State.IN_REVIEW


def changeable(sheet: Sheet, open: bool) -> bool:
    """Whether a sheet that counts may be reopened or corrected; `open` is whether the application takes marks."""
    return sheet.state is SheetState.HANDED_IN and open


def events_of(sheets: Sequence[Sheet]) -> Sequence[Event]:
    """What was done on these sheets, newest first, plain saves left out. One statement."""
    return db.session.scalars(
        select(Event)
        .where(
            Event.kind == Sheet.__tablename__,
            Event.object_id.in_([sheet.id for sheet in sheets]),
            Event.did != "review.save",
        )
        .order_by(Event.id.desc())
    ).all()


def comments_of(application: Application) -> list[str]:
    """What the experts wrote on the whole in the sheets that count, in an order that says nothing of theirs."""
    written = db.session.scalars(
        select(Sheet.comment).where(
            Sheet.application_id == application.id, Sheet.state == SheetState.HANDED_IN, Sheet.comment != ""
        )
    ).all()
    return sorted(written, key=lambda text: hashlib.sha256(f"{application.id} {text}".encode()).digest())


def corrections_of(sheets: Sequence[Sheet]) -> list[tuple[Sheet, Mark, Correction]]:
    """The corrections of these sheets' marks, oldest first. One statement."""
    marks = {mark.id: (sheet, mark) for sheet in sheets for mark in sheet.marks}
    found = trail.corrections_of([mark for _, mark in marks.values()])
    kept = sorted((one for each in found.values() for one in each), key=lambda one: one.id)
    return [(*marks[one.object_id], one) for one in kept]


def sheet(sheet_id: int, person: Person) -> Sheet | None:
    """One sheet of an application that this member of the staff may see."""
    return db.session.scalar(
        select(Sheet)
        .where(Sheet.id == sheet_id, access.untied(person, Sheet.application_id))
        .options(
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper).joinedload(Paper.scan),
            joinedload(Sheet.panelist).joinedload(Panelist.person),
        )
    )


def sheet_of(application: Application, person: Person, phase: Phase = Phase.PAPERS) -> Sheet | None:
    """The person's sheet for a phase of the application, whatever its state."""
    return next((sheet for sheet in sheets_by(application, person) if sheet.phase is phase), None)


def sheets_by(application: Application, person: Person) -> Sequence[Sheet]:
    """The person's sheets for the application, whatever their state, the one for the papers first."""
    return db.session.scalars(
        select(Sheet)
        .join(Panelist)
        .where(Sheet.application_id == application.id, Panelist.person_id == person.id)
        .order_by(Sheet.phase)
    ).all()


def marks_of(sheet: Sheet) -> dict[str, int]:
    """A sheet's marks (hundredths) by the criteria's codes; a criterion without a mark is absent."""
    return {mark.criterion.code: mark.value for mark in sheet.marks}


def subtotals_of(sheet: Sheet) -> dict[str, int]:
    """A sheet's weighted marks as printed (hundredths), the same figure on every page and sheet."""
    marks = marks_of(sheet)
    return {
        one.code: scoring.shown(scoring.subtotal(marks[one.code], one))
        for one in criteria_of(sheet.criteria)
        if one.code in marks
    }


def notes_of(sheet: Sheet) -> dict[str, str]:
    """A sheet's sentences by the criteria's codes, those that still lack their mark included."""
    marked = {mark.criterion.code: mark.note for mark in sheet.marks if mark.note}
    return {**sheet.loose_notes, **marked}
