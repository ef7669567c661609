"""Signed-in browsers: begun, seen, proved anew, ended; and what was posted too late, kept until its writer is back."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from venture.db import Base, choice, db
from venture.words import N_, Word

HALF_LASTS = timedelta(minutes=15)
KEPT_LASTS = timedelta(hours=24)
KEPT_MOST = 20


class Reach(Word):
    """How far a browser has come in: all the way, or up to a second factor that is still to be shown or set up."""

    FULL = "full", N_("Signed in")
    CODE = "code", N_("Waits for the code")
    SET_UP = "set_up", N_("Waits for an authenticator to be set up")


class SignIn(Base):
    """One browser of one person; the cookie holds the token, the row its hash, so that it can be ended at once."""

    __tablename__ = "sign_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(index=True)
    reach: Mapped[Reach] = mapped_column(choice(Reach))
    browser: Mapped[str] = mapped_column(default="")
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    viewing_id: Mapped[int | None]  # through whose eyes the pages are read, if not one's own


class Kept(Base):
    """A post that could not be taken when it came: for the same person in the same browser, for nobody else."""

    __tablename__ = "kept"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    browser_hash: Mapped[str]
    address: Mapped[str]
    page: Mapped[str]
    fields: Mapped[list[Any]]
    made_at: Mapped[datetime]
    __table_args__ = (Index("ix_kept_whose", "person_id", "browser_hash"),)


@dataclass(frozen=True)
class Presence:
    """A signed-in browser as one request finds it (values, not the row: they outlive the transaction)."""

    id: int
    person_id: int
    reach: Reach
    begun_at: datetime
    seen_at: datetime
    proved_at: datetime
    viewing_id: int | None

    def ends_at(self, idle: timedelta, whole: timedelta) -> datetime:
        """When it ends by itself, if the person does nothing more."""
        return min(self.seen_at + idle, self.begun_at + whole)

    def is_proved(self, at: datetime, lasts: timedelta) -> bool:
        """Whether the person has shown password or code within the time that a proof lasts."""
        return at < self.proved_at + lasts


def fingerprint(token: str) -> str:
    """What the database keeps of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(person_id: int, *, at: datetime, reach: Reach = Reach.FULL, browser: str = "") -> str:
    """Let a browser in; the answer is the token for its cookie."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            token_hash=fingerprint(token),
            person_id=person_id,
            reach=reach,
            browser=browser[:200],
            begun_at=at,
            seen_at=at,
            proved_at=at,
            ended_at=None,
            viewing_id=None,
        )
    )
    return token


def presence(token: str) -> Presence | None:
    """The sign-in behind a cookie's token, unless it was ended. One statement."""
    columns = (
        SignIn.id,
        SignIn.person_id,
        SignIn.reach,
        SignIn.begun_at,
        SignIn.seen_at,
        SignIn.proved_at,
        SignIn.viewing_id,
    )
    found = db.session.execute(
        select(*columns).where(SignIn.token_hash == fingerprint(token), SignIn.ended_at.is_(None))
    ).first()
    return Presence(*found) if found else None


def half(token: str, at: datetime) -> Presence | None:
    """A sign-in that still waits for its second factor; for a quarter of an hour only."""
    found = presence(token)
    waits = found is not None and found.reach is not Reach.FULL and at < found.begun_at + HALF_LASTS
    return found if waits else None


def seen(id: int, at: datetime) -> None:
    """Note that the person is there."""
    db.session.execute(update(SignIn).where(SignIn.id == id, SignIn.seen_at < at).values(seen_at=at))


def prove(id: int, at: datetime) -> None:
    """Note that the person has shown anew who they are."""
    db.session.execute(update(SignIn).where(SignIn.id == id).values(proved_at=at))


def view(id: int, other_id: int | None) -> None:
    """Read the pages of this sign-in through another's eyes from now on; None: through one's own again."""
    db.session.execute(update(SignIn).where(SignIn.id == id).values(viewing_id=other_id))


def end(person_id: int, *, at: datetime, only: int | None = None, but: int | None = None) -> int:
    """End the sign-ins of a person at once: all of them, `only` one, or all `but` one; how many there were."""
    statement = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if only is not None:
        statement = statement.where(SignIn.id == only)
    if but is not None:
        statement = statement.where(SignIn.id != but)
    result = db.session.execute(
        statement.values(ended_at=at), execution_options={"synchronize_session": False}
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result


def living(person_id: int, *, at: datetime, idle: timedelta, whole: timedelta) -> Sequence[SignIn]:
    """The browsers in which the person is signed in now, last seen first."""
    return db.session.scalars(
        select(SignIn)
        .where(
            SignIn.person_id == person_id,
            SignIn.reach == Reach.FULL,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > at - idle,
            SignIn.begun_at > at - whole,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id)
    ).all()


def keep(
    *,
    person_id: int,
    browser: str,
    address: str,
    page: str,
    fields: Iterable[tuple[str, str]],
    at: datetime,
) -> Kept:
    """Keep what was posted; what is older than a day, or than a person's last twenty, goes."""
    last = (
        select(Kept.id)
        .where(Kept.person_id == person_id)
        .order_by(Kept.id.desc())
        .limit(1)
        .offset(KEPT_MOST - 2)
    )
    db.session.execute(
        delete(Kept).where(
            (Kept.made_at <= at - KEPT_LASTS)
            | ((Kept.person_id == person_id) & (Kept.id < last.scalar_subquery()))
        )
    )
    row = Kept(
        person_id=person_id,
        browser_hash=fingerprint(browser),
        address=address,
        page=page,
        fields=[list(field) for field in fields],
        made_at=at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def kept(*, person_id: int, browser: str, at: datetime) -> Sequence[Kept]:
    """What is kept for this person in this browser, newest first."""
    return db.session.scalars(
        select(Kept)
        .where(
            Kept.person_id == person_id,
            Kept.browser_hash == fingerprint(browser),
            Kept.made_at > at - KEPT_LASTS,
        )
        .order_by(Kept.id.desc())
    ).all()


def drop(id: int, *, person_id: int, browser: str) -> None:
    """Forget one kept post of this person in this browser."""
    db.session.execute(
        delete(Kept).where(
            Kept.id == id, Kept.person_id == person_id, Kept.browser_hash == fingerprint(browser)
        )
    )
