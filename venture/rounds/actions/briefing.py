"""说明会: a briefing of the round, and who signed in at it."""

from collections.abc import Sequence
from datetime import datetime

from venture import trail
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import access
from venture.rounds.defaults import SignedIn
from venture.rounds.models import Attendance, Briefing, Round


def hold_briefing(
    *, round: Round, begins_at: datetime, place: str, note: str, by: Person, at: datetime
) -> Briefing:
    """Enter a briefing; the call prints those that are entered before it is published.

    Raises Refused: rounds.not_host, rounds.text_needed.
    """
    _host(by)
    if not place.strip():
        raise Refused("rounds.text_needed", "place")
    briefing = Briefing(round=round, begins_at=begins_at, place=place.strip(), note=note.strip())
    db.session.add(briefing)
    db.session.flush()
    trail.say(
        by, "rounds.hold_briefing", briefing, begins_at=begins_at, place=briefing.place, note=briefing.note
    )
    return briefing


def change_briefing(
    *, briefing: Briefing, begins_at: datetime, place: str, note: str, by: Person, at: datetime
) -> None:
    """Give a briefing another time, place or note; the trail keeps both. Raises Refused as `hold_briefing`."""
    _host(by)
    locked(briefing)
    if not place.strip():
        raise Refused("rounds.text_needed", "place")
    new = {"begins_at": begins_at, "place": place.strip(), "note": note.strip()}
    changed = {
        name: [getattr(briefing, name), value]
        for name, value in new.items()
        if getattr(briefing, name) != value
    }
    for name, value in new.items():
        setattr(briefing, name, value)
    db.session.flush()
    if changed:
        trail.say(by, "rounds.change_briefing", briefing, **changed)


def save_attendance(*, briefing: Briefing, lines: Sequence[SignedIn], by: Person, at: datetime) -> None:
    """Set a briefing's sign-in list; the trail says how many, not who. Raises Refused: rounds.not_host."""
    _host(by)
    locked(briefing)
    before = len(briefing.attendances)
    briefing.attendances = [
        Attendance(**line._asdict(), position=position) for position, line in enumerate(lines)
    ]
    db.session.flush()
    trail.say(by, "rounds.save_attendance", briefing, count=[before, len(lines)])


def _host(by: Person) -> None:
    if not by.holds(*access.HOSTS):
        raise Refused("rounds.not_host")
