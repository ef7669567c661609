"""公告: the call published as it stands, frozen; and supplements to it."""

import hashlib
from datetime import datetime

from venture import trail
from venture.clock import beijing_day
from venture.db import db, locked, to_json
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import queries, wording
from venture.rounds.actions.shared import planner
from venture.rounds.models import Announcement, Round


def publish_call(
    *, round: Round, address: str, document_no: str, note: str, by: Person, at: datetime
) -> Announcement:
    """Publish the call as the settings stand, or, once there is one, a supplement that says what changes and why.

    `address` is the round's public page, which the call names. Raises Refused: rounds.not_planner and the list of
    `queries.call_obstacles`.
    """
    planner(by)
    locked(round)
    if found := queries.call_obstacles(round, address, note):
        raise Refused.all(found)
    before = queries.announcements(round)
    content = queries.wording_now(round, address)
    made = Announcement(
        round=round,
        number=queries.next_supplement(round) + 1 if before else 1,
        document_no=document_no.strip(),
        note=note.strip() if before else "",
        content=dict(content),
        changes=[list(row) for row in wording.changes(before[0].content, content)] if before else [],  # type: ignore[arg-type]  # JSON of a Wording
        published_on=beijing_day(at),
        published_at=at,
        published_by_id=by.id,
    )
    made.sha256 = digest(made)
    db.session.add(made)
    db.session.flush()
    trail.say(by, "rounds.publish_call", made, number=made.number, year=round.year, sha256=made.sha256)
    return made


def digest(announcement: Announcement) -> str:
    """SHA-256 (hex) of the canonical JSON of all that an announcement shows."""
    shown = {
        "number": announcement.number,
        "document_no": announcement.document_no,
        "note": announcement.note,
        "content": announcement.content,
        "changes": announcement.changes,
        "published_on": announcement.published_on.isoformat(),
    }
    return hashlib.sha256(to_json(shown).encode()).hexdigest()
