"""Lists of applications: one's own, a round's with totals, how many stand in each state."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, joinedload, selectinload

from venture.applications import access
from venture.applications.lifecycle import State
from venture.applications.models import Application, LateAdmission, Version
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
    return access.visible(person).where(
        Application.round_id == round.id, Application.submitted_at.is_not(None)
    )


def last_sent(round: Round, person: Person) -> list[tuple[Application, dict[str, Any]]]:
    """The applications of a round that stand, by number, each with what its last version froze.

    As the person may see them, without those withdrawn. Constant statements.
    """
    other = aliased(Version)
    newest = select(func.max(other.number)).where(other.application_id == Application.id).scalar_subquery()
    statement = (
        sent(round, person)
        .join(Version, and_(Version.application_id == Application.id, Version.number == newest))
        .add_columns(Version.content)
        .where(Application.state != State.WITHDRAWN)
        .order_by(Application.number, Application.id)
        .options(
            joinedload(Application.organization),
            joinedload(Application.theme),
            joinedload(Application.field),
            selectinload(Application.communities),
        )
    )
    return [(row, dict(json.loads(content))) for row, content in db.session.execute(statement)]


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
                Application.organization_id.in_(
                    select(Organization.id).where(Organization.name.icontains(words, autoescape=True))
                ),
                Application.number.icontains(words, autoescape=True),
            )
        )
    count, asked = _totals(statement)
    column = _SORTS.get(sort.removeprefix("-"), Application.number)
    joined = statement.join(Application.organization)
    ordered = joined.order_by(column.desc() if sort.startswith("-") else column, Application.id)
    options = (
        contains_eager(Application.organization),
        joinedload(Application.theme),
        joinedload(Application.field),
    )
    return Board(paged(ordered.options(*options), page, total=count), count, asked)


def _totals(statement: Select[Application]) -> tuple[int, int]:
    inner = statement.with_only_columns(Application.asked).order_by(None).subquery()
    count, asked = db.session.execute(select(func.count(), sum_of(inner.c.asked)).select_from(inner)).one()
    return count, asked


class Unfinished(NamedTuple):
    """An organization with drafts that were not sent: how many, and when one was last saved; not what they say."""

    name: str
    drafts: int
    saved_at: datetime


def unfinished(round: Round, person: Person) -> list[Unfinished]:
    """The organizations that have drafts and have sent nothing in the round, by name. One statement."""
    sending = select(Application.organization_id).where(
        Application.round_id == round.id, Application.state.not_in((State.DRAFT, State.WITHDRAWN))
    )
    rows = db.session.execute(
        select(Organization.name, func.count(), func.max(Application.saved_at))
        .join(Application.organization)
        .where(
            Application.round_id == round.id,
            Application.state == State.DRAFT,
            Application.organization_id.not_in(sending),
            access.unbarred(person),
        )
        .group_by(Organization.id, Organization.name)
        .order_by(Organization.name, Organization.id)
    )
    return [Unfinished(*row) for row in rows]


def topic_counts(round: Round, person: Person) -> dict[int, int]:
    """How many of the sent applications that the person may see answer each topic, by its id. One statement."""
    seen = sent(round, person).subquery()
    rows = db.session.execute(
        select(seen.c.topic_id, func.count()).where(seen.c.topic_id.is_not(None)).group_by(seen.c.topic_id)
    )
    return {topic: count for topic, count in rows}


def lettered(round: Round, person: Person) -> Sequence[Application]:
    """The applications of the round that have a letter (see `has_letter`), by number. One statement."""
    decided = Application.decided_at.is_not(None) & (Application.state != State.WITHDRAWN)
    return db.session.scalars(
        sent(round, person)
        .where(or_(decided, Application.state == State.RETURNED))
        .order_by(Application.number, Application.id)
        .options(joinedload(Application.organization), joinedload(Application.round))
    ).all()


def has_letter(application: Application) -> bool:
    """Whether there is a letter to its organization: of the result, or of what is to be completed."""
    decided = application.decided_at is not None and application.state is not State.WITHDRAWN
    return decided or application.state is State.RETURNED


def of_round_states(round: Round, person: Person) -> dict[State, int]:
    """How many of the round's applications that were sent stand in each state, as the person may see them, in the order
    of life. One statement.
    """
    inner = sent(round, person).subquery()
    rows = db.session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
    counted = {state: number for state, number in rows}
    return {state: counted[state] for state in State if state in counted}
