"""Who sees what of a review: an expert the applications assigned, staff all but those they are tied to."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists
from sqlalchemy.orm import aliased

from venture.applications.access import visible
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.people.models import Person
from venture.review.models import Panelist, Seat, Sheet
from venture.rounds.models import Phase

REVIEWED = tuple(
    state
    for state in State
    if state
    not in {
        State.DRAFT,
        State.SUBMITTED,
        State.RETURNED,
        State.ELIGIBLE,
        State.INELIGIBLE,
        State.WITHDRAWN,
    }
)
"""The states of an application whose review has begun, to the end of its life."""


def untied(person: Person, application: Any = Application.id) -> ColumnElement[bool]:
    """The condition that the application (an id column) is not hidden from the person by a tie."""
    return ~exists().where(Barred.application_id == application, Barred.person_id.in_(person.eyes))


def seen(person: Person) -> Select[Application]:
    """The applications of which the person may see sheets and scores; never those of an own organization.

    Of a blind review they are shown without who applied (`queries.is_blind`).
    """
    own = person.organization_ids | (person.viewer.organization_ids if person.viewer else set())
    return visible(person, unnamed=True).where(
        Application.state.in_(REVIEWED), Application.organization_id.not_in(own)
    )


def assigned(person: Person, phase: Phase = Phase.PAPERS) -> Select[Application, Panelist, Sheet]:
    """For an expert: the applications to score, with the seat on the panel and the own sheet of the phase, if begun."""
    reader = aliased(Reader)  # `visible` asks for readers too and would be taken to mean this very row
    return (
        seen(person)
        .add_columns(Panelist, Sheet)
        .join(Panelist, and_(Panelist.round_id == Application.round_id, Panelist.person_id == person.id))
        .join(reader, and_(reader.application_id == Application.id, reader.person_id == person.id))
        .outerjoin(
            Sheet,
            and_(
                Sheet.application_id == Application.id,
                Sheet.panelist_id == Panelist.id,
                Sheet.phase == phase,
            ),
        )
        .where(Panelist.state != Seat.DECLINED)
    )


def may_score(person: Person, application: Application) -> bool:
    """Whether the application is assigned to the expert, asked afresh (under the application's lock)."""
    found = db.session.execute(assigned(person).where(Application.id == application.id)).first()
    return found is not None


def may_see(person: Person, application: Application) -> bool:
    """Whether a tie does not hide the application from this member of the staff."""
    return db.session.scalar(seen(person).where(Application.id == application.id)) is not None
