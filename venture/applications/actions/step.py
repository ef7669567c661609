"""One step of an application's life, and its lock."""

from typing import Any

from venture import trail
from venture.applications import lifecycle, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.db import db, locked
from venture.people.models import Person


def move(*, application: Application, name: str, by: Person | None, **difference: Any) -> State:
    """Take one step of the life cycle and say so in the trail; the answer is the new state.

    The step's name is that of `lifecycle.MOVES`; whoever calls has locked the row and knows that `by` may.
    Raises lifecycle.NotFrom.
    """
    before = application.state
    application.state = lifecycle.move(name, before)
    if State.CLOSED in (before, application.state) or application.state is State.TERMINATED:
        record_end(application)
    trail.say(by, f"applications.{name}", application, before=before, after=application.state, **difference)
    return application.state


def record_end(application: Application) -> None:
    """Note on the organization's record what came of the project, for the rules of later rounds."""
    record = queries.record_of(application)
    if record is not None:
        record.closed = application.state is State.CLOSED
        record.broken_off = application.state is State.TERMINATED


def lock(application: Application) -> None:
    """Lock the row, and read afresh what hangs on it and decides."""
    locked(application)
    db.session.expire(
        application,
        ["versions", "attachments", "costs", "funds", "communities", "checks", "admissions", "late_papers"],
    )
