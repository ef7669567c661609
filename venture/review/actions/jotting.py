"""An expert's notes for themselves."""

from datetime import datetime

from venture import trail
from venture.applications.models import Application
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import access, queries
from venture.review.actions.sheets import QUIET
from venture.review.models import Jotting


def jot(*, application: Application, text: str, by: Person, at: datetime) -> Jotting:
    """Keep what the expert noted on the proposal, at any time, also when the sheet is handed in; the last one counts.

    The trail says that something was noted, not what. Raises Refused review.not_yours.
    """
    locked(application)
    seat = queries.seat_for(application, by)
    if seat is None or not access.may_score(by, application):
        raise Refused("review.not_yours")
    row = queries.jotting(application, by)
    if row is not None and row.text == text.strip():
        return row
    spoken = row is None or at - row.saved_at >= QUIET
    if row is None:
        row = Jotting(application_id=application.id, panelist_id=seat.id)
        db.session.add(row)
    row.text, row.saved_at = text.strip(), at
    db.session.flush()
    if spoken:
        trail.say(by, "review.jot", row)
    return row
