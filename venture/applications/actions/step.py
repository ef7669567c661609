"""One step of an application's life, its lock, and whether it is still the applicant's to change."""

from typing import Any

from venture import trail
from venture.applications import access, lifecycle, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused


def move(*, application: Application, name: str, by: Person | None, **difference: Any) -> State:
    """Take one step of the life cycle and say so in the trail; the answer is the new state.

    The step's name is that of `lifecycle.MOVES`; whoever calls has locked the row and knows that `by` may.
    Raises lifecycle.NotFrom.
    """
    before = application.state
    application.state = lifecycle.move(name, before)
    trail.say(by, f"applications.{name}", application, before=before, after=application.state, **difference)
    return application.state


def lock(application: Application) -> None:
    """Lock the row, and read afresh what hangs on it and decides."""
    locked(application)
    db.session.expire(
        application, ["versions", "attachments", "costs", "funds", "communities", "checks", "admissions"]
    )


def in_hand(application: Application, by: Person) -> None:
    """Refuse unless the application is the person's to write in, and still in the applicant's hands."""
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state not in access.EDITABLE:
        raise Refused("applications.frozen", "", state=queries.shown_state(application))
