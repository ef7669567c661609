"""The record of who did what: append-only, hash-chained, written in the transaction of the act itself.

`say` buffers; `append` (called once, just before the commit) takes the head row's lock last in lock order, so that
the chain cannot fork and does not hold up other writers for longer than the commit. What a chain cannot show by
itself, a cut tail or a rebuilt whole, is shown by what remembers it outside the database: signed checkpoints in a
file, and the proof printed in the foot of each official sheet.
"""

import contextlib
import hashlib
import hmac
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
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


@dataclass(frozen=True)
class Witness:
    """What something outside the database saw: so many events, the last with a hash that begins so."""

    count: int
    hash: str
    name: str


def verify(session: Session, against: Iterable[Witness] = ()) -> str | None:
    """None when the chain holds and agrees with what was seen of it; otherwise its first wrong place, in plain words.

    By itself the chain shows a changed byte and a deleted row; a tail that was cut and a chain that was built anew
    are shown by those it is held `against`.
    """
    seen: dict[int, list[Witness]] = {}
    for witness in against:
        seen.setdefault(witness.count, []).append(witness)
    previous, count, agreed = "", 0, 0
    rows = session.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000))
    with contextlib.closing(rows):
        for event in rows:
            count += 1
            if event.id != count:
                return f"event {count} is missing" if event.id > count else f"event {event.id} was put in"
            if digest(event) != event.hash:
                return f"event {event.id} was changed"
            if event.previous != previous:
                return f"event {event.id} does not follow on event {count - 1}: one of the two was changed"
            for witness in seen.pop(count, []):
                if not event.hash.startswith(witness.hash):
                    other = f"event {count} is not the one that {witness.name} saw"
                    return f"the chain was rebuilt from event {agreed + 1} or later: {other}"
                agreed = count
            previous = event.hash
    head = session.scalars(select(Head).execution_options(populate_existing=True)).one_or_none()
    if head is None:
        return "the row of the chain's end is missing"
    if head.count > count:
        return f"event {count + 1} is missing: the chain ends at event {count}, but {head.count} were written"
    cut = next((witness for place in sorted(seen) if place for witness in seen[place]), None)
    if cut is not None:
        return f"event {count + 1} is missing: the chain was cut after event {count}, but {cut.name} saw {cut.count}"
    if (head.count, head.hash) != (count, previous):
        return f"the chain ends at event {count}, but its end was recorded as event {head.count}"
    return None


# --- what remembers the chain outside the database ---


@dataclass(frozen=True)
class Checkpoint:
    """The chain's length and the hash of its last event at a moment, signed."""

    count: int
    hash: str
    at: str
    signature: str

    @property
    def witness(self) -> Witness:
        return Witness(self.count, self.hash, f"the checkpoint of {self.at}")


class NotSigned(ValueError):
    """A checkpoint or a printed proof that was not made with this key, or was changed since."""


def _end(session: Session) -> Head:
    return session.scalars(select(Head).execution_options(populate_existing=True)).one()


def _signature(key: bytes, kind: str, *said: Any) -> str:
    return hmac.new(key, f"venture-{kind}-1\n{to_json(said)}".encode(), hashlib.sha256).hexdigest()


def checkpoint(session: Session, *, key: bytes, at: datetime) -> Checkpoint:
    """What the chain is now, signed with a key that the database does not hold."""
    head, moment = _end(session), at.isoformat()
    signature = _signature(key, "checkpoint", head.count, head.hash, moment)
    return Checkpoint(head.count, head.hash, moment, signature)


def keep_checkpoint(made: Checkpoint, path: Path) -> None:
    """Append a checkpoint to the file, safe on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as opened:
        opened.write(to_json(dict(zip(Checkpoint.__annotations__, astuple(made), strict=True))) + "\n")
        opened.flush()
        os.fsync(opened.fileno())


def checkpoint_of(said: Any, *, key: bytes) -> Checkpoint:
    """A checkpoint as it was written down. Raises NotSigned."""
    try:
        found = Checkpoint(**said)
    except TypeError:
        raise NotSigned("this is no checkpoint") from None
    signature = _signature(key, "checkpoint", found.count, found.hash, found.at)
    if not hmac.compare_digest(signature, found.signature):
        raise NotSigned(f"the checkpoint of {found.at} was not signed with this key")
    return found


def checkpoints(path: Path, *, key: bytes) -> list[Checkpoint]:
    """The checkpoints in the file, oldest first; none when there is no file. Raises NotSigned with the line."""
    found = []
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], start=1):
        try:
            found.append(checkpoint_of(json.loads(line), key=key))
        except ValueError as wrong:
            raise NotSigned(f"{path.name}, line {number}: {wrong}") from None
    return found


_PROOF = re.compile(r"(\d{1,18})\s*·\s*((?:[0-9a-f]{4}-){3}[0-9a-f]{4})\s*·\s*([0-9a-f]{8})")


def foot(session: Session, *, key: bytes) -> str:
    """The proof for the foot of an official sheet: «留痕 12345·9f3a-77c1-20bd-5e10·c0ffee12».

    Number and first 16 signs of the hash of the last event, and 8 signs of a signature over both: whoever
    rebuilds the chain cannot make what is on paper agree with it, whoever forges paper cannot sign it.
    """
    head = _end(session)
    start = head.hash.ljust(16, "0")[:16]
    groups = "-".join(start[place : place + 4] for place in range(0, 16, 4))
    return f"留痕 {head.count}·{groups}·{_signature(key, 'proof', head.count, start)[:8]}"


def read_proof(text: str, *, key: bytes) -> Witness:
    """What a printed proof saw, as typed from paper. Raises NotSigned when it is none, or mistyped, or forged."""
    found = _PROOF.search(unicodedata.normalize("NFKC", text).lower().replace("・", "·").replace("•", "·"))
    if found is None:
        raise NotSigned("this is no proof: it reads like «留痕 12345·9f3a-77c1-20bd-5e10·c0ffee12»")
    count, start = int(found[1]), found[2].replace("-", "")
    if not hmac.compare_digest(_signature(key, "proof", count, start)[:8], found[3]):
        raise NotSigned("this proof was mistyped, or not printed by this system")
    return Witness(count, start if count else "", "the printed sheet")


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


def last_at(row: Base, did: Iterable[str]) -> datetime | None:
    """When one of these acts was last done on a row. One statement."""
    of_row = (Event.kind == row.__tablename__, Event.object_id == row.id, Event.did.in_(did))  # type: ignore[attr-defined]
    last = select(Event.at).where(*of_row).order_by(Event.id.desc()).limit(1)
    return db.session.scalars(last).one_or_none()


def history(row: Base) -> Sequence[Event]:
    """What was done on one row, newest first."""
    return db.session.scalars(
        select(Event)
        .where(Event.kind == row.__tablename__, Event.object_id == row.id)  # type: ignore[attr-defined]
        .order_by(Event.id.desc())
        .limit(200)
    ).all()
