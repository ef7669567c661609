"""Messages to people as rows of the same transaction: held until a person releases them, editable until then.

A row holds the kind and the facts; its words are made when it is shown or sent, unless a person has edited them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from venture import clock
from venture.db import Base, choice, db, locked
from venture.refusal import Refused
from venture.trail import plain, say
from venture.words import N_, Word


class Delivery(Word):
    """How far a message has come."""

    HELD = "held", N_("Held")
    RELEASED = "released", N_("Released for sending")
    SENT = "sent", N_("Sent")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


class Progress(Word):
    """How far a message has come, as people are told."""

    HELD = "held", N_("Held")
    QUEUED = "queued", N_("Waiting to be sent")
    RETRIED = "retried", N_("Not sent yet, tried again by itself")
    REFUSED = "refused", N_("Could not be sent")
    SENT = "sent", N_("Sent")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


LEASE = timedelta(minutes=10)
"""For so long a message belongs to the process that sends it; it may go out twice where that process dies meanwhile."""
PATIENCE = 10
"""After so many tries a message counts as refused."""


class Message(Base):
    """One message for one recipient about one row.

    A released one is tried from `try_at` on; `answer` is what the last try was told. `refused_at`: no more tries.
    """

    __tablename__ = "message"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    person_id: Mapped[int | None]
    name: Mapped[str]
    address: Mapped[str]
    about_kind: Mapped[str]
    about_id: Mapped[int]
    state: Mapped[Delivery] = mapped_column(choice(Delivery), default=Delivery.HELD)
    subject: Mapped[str | None]
    text: Mapped[str | None]
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    try_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("sent_at IS NULL OR state = 'sent'", name="sent_at"),
        CheckConstraint("refused_at IS NULL OR state = 'released'", name="refused_at"),
        Index("ix_message_about", "about_kind", "about_id"),
        Index("ix_message_state", "state", "id"),
    )

    @property
    def progress(self) -> Progress:
        if self.state is not Delivery.RELEASED:
            return Progress(self.state.value)
        if self.refused_at:
            return Progress.REFUSED
        return Progress.RETRIED if self.answer else Progress.QUEUED


def post(kind: str, *, to: Any, about: Base, held: bool = True, **facts: Any) -> Message:
    """Put a message for a person (with .id, .name, .address) into the outbox, held unless it is a plain receipt."""
    db.session.flush()
    message = Message(
        kind=kind,
        facts=plain(facts),
        person_id=to.id,
        name=to.name,
        address=to.address,
        about_kind=about.__tablename__,
        about_id=about.id,  # type: ignore[attr-defined]  # every table has an id
        state=Delivery.HELD if held else Delivery.RELEASED,
        created_at=clock.now(),
    )
    db.session.add(message)
    return message


def withdraw(*, about: Base, kind: str | None = None) -> int:
    """Take back the unsent messages about a row whose act was undone; how many there were."""
    db.session.flush()
    statement = (
        update(Message)
        .where(
            Message.about_kind == about.__tablename__,
            Message.about_id == about.id,  # type: ignore[attr-defined]  # every table has an id
            Message.state.in_((Delivery.HELD, Delivery.RELEASED)),
        )
        .values(state=Delivery.WITHDRAWN)
        .execution_options(synchronize_session="fetch")
    )
    if kind:
        statement = statement.where(Message.kind == kind)
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result


def held(*, about: Base, kind: str) -> Sequence[Message]:
    """The messages of this kind about a row that still wait and that nobody has reworded, locked."""
    db.session.flush()
    return db.session.scalars(
        select(Message)
        .where(
            Message.about_kind == about.__tablename__,
            Message.about_id == about.id,  # type: ignore[attr-defined]  # every table has an id
            Message.kind == kind,
            Message.state == Delivery.HELD,
            Message.text.is_(None),
        )
        .order_by(Message.id)
        .with_for_update()
    ).all()


def one(id: int) -> Message | None:
    """A message that still waits for a person."""
    return db.session.scalar(select(Message).where(Message.id == id, Message.state == Delivery.HELD))


def by_ids(ids: Sequence[int]) -> Sequence[Message]:
    """The held messages with these ids, oldest first."""
    return db.session.scalars(
        select(Message).where(Message.id.in_(ids), Message.state == Delivery.HELD).order_by(Message.id)
    ).all()


def edit(*, message: Message, subject: str, text: str, by: Any) -> None:
    """Put a person's own words into a held message. Raises Refused when it has gone meanwhile."""
    if locked(message).state is not Delivery.HELD:
        raise Refused("outbox.gone")
    say(by, "outbox.edit", message, subject=subject, text=text)
    message.subject, message.text = subject, text


def release(messages: Sequence[Message], *, by: Any, at: datetime) -> None:
    """Let held messages go."""
    for message in messages:
        if locked(message).state is Delivery.HELD:
            say(by, "outbox.release", message, kind=message.kind, to=message.name)
            message.state, message.released_at, message.released_by_id = Delivery.RELEASED, at, by.id


def unsent() -> Sequence[Message]:
    """Messages that still wait for a person or for the post, oldest first."""
    return db.session.scalars(
        select(Message)
        .where(Message.state.in_((Delivery.HELD, Delivery.RELEASED)))
        .order_by(Message.id)
        .limit(500)
    ).all()


# --- sending: who sends takes a message, sends it outside any transaction, and notes how that went ---


def take(at: datetime) -> Message | None:
    """The next released message whose time has come; nobody else gets it before its lease is over."""
    message = db.session.scalar(
        select(Message)
        .where(Message.state == Delivery.RELEASED, Message.refused_at.is_(None))
        .where(or_(Message.try_at.is_(None), Message.try_at <= at))
        .order_by(Message.try_at.is_not(None), Message.try_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if message is not None:
        message.try_at, message.tries = at + LEASE, message.tries + 1
    return message


def note_sent(message: Message, *, at: datetime) -> None:
    """It is out; an undoing meanwhile came too late."""
    if locked(message).state in (Delivery.RELEASED, Delivery.WITHDRAWN):
        message.state, message.sent_at, message.try_at, message.answer = Delivery.SENT, at, None, ""
        message.refused_at = None


def note_failed(message: Message, answer: str, *, for_good: bool, at: datetime) -> None:
    """It could not be sent: tried again after 1, 2, 4 … minutes, at most 6 hours; or never where it is for good."""
    if locked(message).state is not Delivery.RELEASED:
        return
    message.answer = answer[:500]
    if for_good or message.tries >= PATIENCE:
        message.refused_at, message.try_at = at, None
    else:
        message.try_at = at + min(timedelta(hours=6), timedelta(minutes=2 ** (message.tries - 1)))


def resend(messages: Sequence[Message], *, by: Any, at: datetime) -> None:
    """Try refused messages anew."""
    for message in messages:
        if locked(message).refused_at is not None:
            say(by, "outbox.resend", message, kind=message.kind, to=message.name, answer=message.answer)
            message.refused_at, message.try_at, message.tries, message.answer = None, None, 0, ""


def refused(ids: Sequence[int]) -> Sequence[Message]:
    """The messages with these ids that could not be sent, oldest first."""
    return db.session.scalars(
        select(Message).where(Message.id.in_(ids), Message.refused_at.is_not(None)).order_by(Message.id)
    ).all()
