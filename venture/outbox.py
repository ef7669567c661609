"""Messages to people as rows of the same transaction: held until a person releases them, editable until then.

A row holds the kind and the facts; its words are made when it is shown or sent, unless a person has edited them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, select, update
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


class Message(Base):
    """One message for one recipient about one row."""

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
    __table_args__ = (
        Index("ix_message_about", "about_kind", "about_id"),
        Index("ix_message_state", "state", "id"),
    )


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
