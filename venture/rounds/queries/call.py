"""A round's call: what is published of it, what it would say now and what stands in the way; briefings and topics."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from venture import private
from venture.db import db
from venture.people.models import Community, Person
from venture.refusal import Blocker
from venture.rounds import wording
from venture.rounds.models import Announcement, Briefing, Need, Round, RoundState, Supplement
from venture.rounds.wording import Wording


def announcements(round: Round) -> Sequence[Announcement]:
    """What is published of the round's call, the newest first."""
    return db.session.scalars(
        select(Announcement).where(Announcement.round_id == round.id).order_by(Announcement.number.desc())
    ).all()


def announcement(year: int, number: int) -> Announcement | None:
    """One published announcement, with its round."""
    return db.session.scalar(
        select(Announcement)
        .join(Announcement.round)
        .where(Round.year == year, Announcement.number == number)
        .options(joinedload(Announcement.round))
    )


def called_rounds() -> Sequence[Round]:
    """The rounds whose call is published, newest first."""
    called = select(Announcement.round_id)
    return db.session.scalars(select(Round).where(Round.id.in_(called)).order_by(Round.year.desc())).all()


def next_supplement(round: Round) -> int:
    """The number of the round's next supplement (补充公告): one series for announcements, of which the call is the
    first and no supplement, and for changes of settings and questions.
    """
    of_call = select(func.max(Announcement.number) - 1).where(Announcement.round_id == round.id)
    of_changes = select(func.max(Supplement.number)).where(Supplement.round_id == round.id)
    return max(db.session.scalar(of_call) or 0, db.session.scalar(of_changes) or 0) + 1


def running_calls(at: datetime) -> Sequence[Round]:
    """The rounds whose call is published and not over yet, the first to close first."""
    running = [round for round in called_rounds() if takes_questions(round, at)]
    return sorted(running, key=lambda round: (round.closes_at, round.id))


def takes_questions(round: Round, at: datetime) -> bool:
    """Whether the round, once its call is published, still takes applications, and so questions."""
    return round.state is RoundState.OPEN and at < round.closes_at


def wording_now(round: Round, address: str) -> Wording:
    """What the call would say if it were published now; `address` is the round's public page."""
    return wording.call(round, round.topics, briefings(round), address=address)


def call_obstacles(round: Round, address: str, note: str | None = None) -> list[Blocker]:
    """Why the call, or with one published already a supplement, cannot be published now.

    `note` is what a supplement says; None where it has not been typed yet.
    """
    published = bool(announcements(round))
    found = []
    if round.state not in ((RoundState.OPEN, RoundState.CLOSED) if published else (RoundState.OPEN,)):
        found.append(Blocker("rounds.not_open", "", {"state": round.state}))
    if not round.issuer.strip():
        found.append(Blocker("rounds.no_issuer", "issuer"))
    if not round.contact.strip():
        found.append(Blocker("rounds.no_contact", "contact"))
    now = wording_now(round, address)
    for section in now["sections"]:
        # The page's address is ours; whatever else has such a number in it was typed.
        if private.number_in("\n".join(section["lines"]).replace(address, "")):
            found.append(Blocker("rounds.private_in_call", "", {"heading": section["heading"]}))
    if published and note is not None:
        if not note.strip():
            found.append(Blocker("rounds.note_needed", "note"))
        elif private.number_in(note):
            found.append(Blocker("rounds.private_number", "note"))
    return found


# --- briefings ---


def briefings(round: Round) -> Sequence[Briefing]:
    """The round's briefings in their order, without who came."""
    return db.session.scalars(
        select(Briefing).where(Briefing.round_id == round.id).order_by(Briefing.begins_at, Briefing.id)
    ).all()


def briefing(id: int) -> Briefing | None:
    """One briefing with its sign-in list."""
    return db.session.scalar(
        select(Briefing)
        .where(Briefing.id == id)
        .options(joinedload(Briefing.round), selectinload(Briefing.attendances))
    )


# --- needs and topics ---


def needs(round: Round) -> Sequence[Need]:
    """Every need proposed for the round: topics by number, then the others by community."""
    return db.session.scalars(
        select(Need)
        .join(Need.community)
        .where(Need.round_id == round.id)
        .options(joinedload(Need.community), joinedload(Need.proposed_by))
        .order_by(Need.number.is_(None), Need.number, Community.code, Need.id)
    ).all()


def needs_of(person: Person) -> Sequence[Need]:
    """The needs of the communities whose books the person keeps, newest first."""
    return db.session.scalars(
        select(Need)
        .where(Need.community_id.in_(person.community_ids))
        .options(joinedload(Need.community), joinedload(Need.round))
        .order_by(Need.id.desc())
    ).all()


def need(id: int) -> Need | None:
    """One need with its community and round."""
    return db.session.scalar(
        select(Need).where(Need.id == id).options(joinedload(Need.community), joinedload(Need.round))
    )


def collecting() -> Sequence[Round]:
    """The rounds for which communities may propose needs now."""
    return db.session.scalars(
        select(Round).where(Round.state == RoundState.PLANNED, Round.collects_needs).order_by(Round.year)
    ).all()


def last_topic(round: Round) -> int:
    """The highest number among the round's topics; 0 without any."""
    return db.session.scalar(select(func.max(Need.number)).where(Need.round_id == round.id)) or 0
