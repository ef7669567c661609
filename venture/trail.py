"""The record of who did what: append-only, hash-chained, written in the transaction of the act itself.

`say` buffers; `append` (called once, just before the commit) takes the head row's lock last in lock order, so that
the chain cannot fork and does not hold up other writers for longer than the commit.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from venture import clock
from venture.db import Base, db, to_json

DOMAIN = b"venture-trail-1\n"


class Event(Base):
    """One act: who, when, what it was called, on which row, and the difference it made (canonical JSON)."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    person_name: Mapped[str]
    did: Mapped[str]
    kind: Mapped[str]
    object_id: Mapped[int | None]
    difference: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (Index("ix_event_object", "kind", "object_id"),)

    @property
    def facts(self) -> dict[str, Any]:
        """The difference, as it was said."""
        return dict(json.loads(self.difference))


class Head(Base):
    """The chain's end: how many events there are and the hash of the last."""

    __tablename__ = "trail_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    hash: Mapped[str]
    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Correction(Base):
    """更正: one field of one row set right by somebody entitled, with the reason; both values are kept."""

    __tablename__ = "correction"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int]
    person_name: Mapped[str]
    kind: Mapped[str]
    object_id: Mapped[int]
    field: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_correction_object", "kind", "object_id"),
    )


def plain(value: Any) -> Any:
    """A value as the record keeps it: moments in ISO UTC, words by their stored value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, Base):
        return f"{value.__tablename__} {value.id}"  # type: ignore[attr-defined]  # every table has an id
    return value


def say(who: Any, did: str, what: Base | None = None, /, **difference: Any) -> None:
    """Note that `who` (a person, or None for the system) did the act `did` on the row `what`.

    `difference` holds the facts of the act (old and new values, reasons, amounts in fen); never secrets.
    """
    db.session.info.setdefault("trail", []).append((clock.now(), who, did, what, plain(difference)))


def append(session: Session) -> None:
    """Write the buffered events to the chain's end; called once, just before the commit."""
    session.flush()
    said = session.info.pop("trail", [])
    if not said:
        return
    head = session.scalars(
        select(Head).where(Head.id == 1).with_for_update().execution_options(populate_existing=True)
    ).one()
    for at, who, did, what, difference in said:
        event = Event(
            id=head.count + 1,
            at=at,
            person_id=who.id if who else None,
            person_name=who.name if who else "",
            did=did,
            kind=what.__tablename__ if what is not None else "",
            object_id=what.id if what is not None else None,
            difference=to_json(difference),
            previous=head.hash,
            hash="",
        )
        event.hash = digest(event)
        head.count, head.hash = event.id, event.hash
        session.add(event)
    session.flush()


def forget(session: Session) -> None:
    """Drop what was said in a transaction that is rolled back."""
    session.info.pop("trail", None)


def digest(event: Event) -> str:
    """The event's hash: SHA-256 over the domain, the previous hash and every field, as canonical JSON."""
    fields = [event.id, event.at.isoformat(), event.person_id, event.person_name, event.did, event.kind]
    body = to_json([*fields, event.object_id, event.difference, event.previous])
    return hashlib.sha256(DOMAIN + body.encode()).hexdigest()


def verify(session: Session) -> str | None:
    """None when the chain holds; otherwise where it first breaks, in plain words."""
    previous, count = "", 0
    for event in session.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        count += 1
        if event.id != count:
            return f"event {count} is missing"
        if event.previous != previous or digest(event) != event.hash:
            return f"event {event.id} was changed"
        previous = event.hash
    head = session.get_one(Head, 1)
    if (head.count, head.hash) != (count, previous):
        return f"the chain ends at event {count}, but {head.count} were written"
    return None


def correct(row: Base, *, field: str, value: Any, reason: str, by: Any, at: datetime) -> Correction:
    """Set a field right: the row takes `value`, the correction keeps both values, the reason and the person."""
    old = getattr(row, field)
    setattr(row, field, value)
    kept = Correction(
        at=at,
        person_id=by.id,
        person_name=by.name,
        kind=row.__tablename__,
        object_id=row.id,  # type: ignore[attr-defined]  # every table has an id
        field=field,
        old=_text(old),
        new=_text(value),
        reason=reason,
    )
    db.session.add(kept)
    say(by, "correct", row, field=field, old=old, new=value, reason=reason)
    return kept


def _text(value: Any) -> str:
    kept = plain(value)
    return "" if kept is None else str(kept)


def corrections_of(rows: Iterable[Base]) -> dict[int, list[Correction]]:
    """The corrections of rows of one table, by row id, oldest first. One statement."""
    listed = list(rows)
    found: dict[int, list[Correction]] = {row.id: [] for row in listed}  # type: ignore[attr-defined]
    if listed:
        for kept in db.session.scalars(
            select(Correction)
            .where(Correction.kind == listed[0].__tablename__, Correction.object_id.in_(found))
            .order_by(Correction.id)
        ):
            found[kept.object_id].append(kept)
    return found


def history(row: Base) -> Sequence[Event]:
    """What was done on one row, newest first."""
    return db.session.scalars(
        select(Event)
        .where(Event.kind == row.__tablename__, Event.object_id == row.id)  # type: ignore[attr-defined]
        .order_by(Event.id.desc())
        .limit(200)
    ).all()
