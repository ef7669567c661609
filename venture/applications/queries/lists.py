"""Lists of applications: one's own, a round's with totals, how many stand in each state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from venture.applications import access
from venture.applications.lifecycle import State
from venture.applications.models import Application, LateAdmission
from venture.db import Page, db, paged, sum_of
from venture.people.models import Organization, Person
from venture.rounds.models import Round, RoundState


def mine(person: Person) -> Sequence[Application]:
    """The applications of the person's organizations and those the person enters from paper, newest first."""
    own = or_(
        Application.organization_id.in_(person.organization_ids),
        (Application.created_by_id == person.id) & Application.signed_by_id.is_not(None),
    )
    shown = (
        joinedload(Application.organization),
        joinedload(Application.round),
        selectinload(Application.admissions),
    )
    return db.session.scalars(
        access.visible(person).where(own).options(*shown).order_by(Application.id.desc())
    ).all()


def open_rounds(at: datetime, organizations: Iterable[int]) -> Sequence[Round]:
    """Rounds not over yet for one of these organizations (ids); drafts may be begun before the opening."""
    late = exists().where(
        LateAdmission.round_id == Round.id,
        LateAdmission.organization_id.in_(organizations),
        LateAdmission.until_at > at,
    )
    return db.session.scalars(
        select(Round)
        .where(
            or_(
                and_(Round.state == RoundState.OPEN, Round.closes_at > at),
                and_(Round.state.in_((RoundState.OPEN, RoundState.CLOSED)), late),
            )
        )
        .order_by(Round.closes_at, Round.id)
        .options(selectinload(Round.themes), selectinload(Round.fields))
    ).all()


@dataclass(frozen=True)
class Filter:
    """What a list of applications is narrowed to; `words` in title, organization or number."""

    theme: str = ""
    field: str = ""
    state: str = ""
    words: str = ""


@dataclass(frozen=True)
class Board:
    """One page of a round's applications; count and sum asked (fen) are of all that fit the filter."""

    page: Page[Application]
    count: int
    asked: int


_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "number": Application.number,
    "title": Application.title,
    "organization": Organization.name,
    "asked": Application.asked,
    "state": Application.state,
    "submitted": Application.submitted_at,
}
SORTS = tuple(_SORTS)


def sent(round: Round, person: Person) -> Select[Application]:
    """The applications of a round that were ever sent, as the person may see them."""
    return (
        access.visible(person)
        .join(Application.organization)
        .where(Application.round_id == round.id, Application.submitted_at.is_not(None))
    )


def board(
    round: Round, person: Person, *, narrowed: Filter = Filter(), sort: str = "number", page: int = 1
) -> Board:
    """The applications of a round that were sent, as the person may see them. Constant statements."""
    statement = sent(round, person)
    themes = [theme.id for theme in round.themes if theme.code == narrowed.theme]
    fields = [field.id for field in round.fields if field.code == narrowed.field]
    if narrowed.theme:
        statement = statement.where(Application.theme_id.in_(themes))
    if narrowed.field:
        statement = statement.where(Application.field_id.in_(fields))
    if narrowed.state in set(State):
        statement = statement.where(Application.state == State(narrowed.state))
    if words := narrowed.words.strip():
        statement = statement.where(
            or_(
                Application.title.icontains(words, autoescape=True),
                Organization.name.icontains(words, autoescape=True),
                Application.number.icontains(words, autoescape=True),
            )
        )
    count, asked = _totals(statement)
    column = _SORTS.get(sort.removeprefix("-"), Application.number)
    ordered = statement.order_by(column.desc() if sort.startswith("-") else column, Application.id)
    options = (
        joinedload(Application.organization),
        joinedload(Application.theme),
        joinedload(Application.field),
    )
    return Board(paged(ordered.options(*options), page, total=count), count, asked)


def _totals(statement: Select[Application]) -> tuple[int, int]:
    inner = statement.subquery()
    count, asked = db.session.execute(select(func.count(), sum_of(inner.c.asked)).select_from(inner)).one()
    return count, asked


def of_round_states(round: Round, person: Person) -> dict[State, int]:
    """How many of the round's applications that were sent stand in each state, as the person may see them, in the order
    of life. One statement.
    """
    inner = sent(round, person).subquery()
    rows = db.session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
    counted = {state: number for state, number in rows}
    return {state: counted[state] for state in State if state in counted}
