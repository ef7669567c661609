"""Acts signed on paper: entered by one person, checked by another."""

from datetime import date, datetime

from venture import files, trail
from venture.db import db, locked
from venture.files import File, Staged
from venture.people.actions.organizations import not_later
from venture.people.models import Paper, Person
from venture.refusal import Refused


def enter_paper(
    *, signer: Person, signed_on: date, scan: Staged | File | None = None, by: Person, at: datetime
) -> Paper:
    """Record that an act was signed on paper; another person must check the entry (`check_paper`).

    Raises Refused: people.later_day when it is dated after today.
    """
    not_later(signed_on, at, "signed_on")
    paper = Paper(
        signer=signer,
        signed_on=signed_on,
        scan=files.keep(scan, by=by, at=at) if isinstance(scan, Staged) else scan,
        entered_by=by,
        entered_at=at,
    )
    db.session.add(paper)
    db.session.flush()
    trail.say(by, "people.enter_paper", paper, signer=signer, signed_on=signed_on, scan=paper.scan_id)
    return paper


def check_paper(*, paper: Paper, by: Person, at: datetime) -> None:
    """Confirm that an entry says what the paper says.

    Raises Refused: people.same_person, people.paper_checked.
    """
    locked(paper)
    if paper.entered_by_id == by.id:
        raise Refused("people.same_person", name=by.name)
    if paper.checked_by_id is not None:
        raise Refused("people.paper_checked", at=paper.checked_at)
    paper.checked_by, paper.checked_at = by, at
    trail.say(by, "people.check_paper", paper)
