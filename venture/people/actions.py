"""Sign-in and out, invitations, organizations and communities: the verbs on people."""

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select

from venture import trail
from venture.db import db, locked
from venture.people.models import Person, SignIn
from venture.people.queries import fingerprint, person_by_login
from venture.refusal import Refused

TRIES, PAUSE = 5, timedelta(minutes=15)
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())


def hash_of(password: str) -> str:
    """The argon2 hash of a password; slow on purpose, so call it before the transaction."""
    return _hasher.hash(password)


def password_fits(login: str, password: str) -> bool:
    """Whether the password is the login's; takes as long for an unknown login. To be asked outside the write lock."""
    person = person_by_login(login)
    try:
        return _hasher.verify((person and person.password_hash) or _NOBODY, password) and person is not None
    except VerificationError:
        return False


def sign_in(*, login: str, fits: bool, at: datetime) -> tuple[Person, str] | None:
    """Begin a sign-in when the password was right; the answer is the person and the new token.

    None for wrong, unknown, inactive or paused accounts alike; five wrong tries pause an account for 15 minutes.
    """
    person = person_by_login(login)
    if person is None or not person.active:
        return None
    locked(person)
    if person.locked_until and person.locked_until > at:
        return None
    if not fits:
        person.failures += 1
        if person.failures >= TRIES:
            person.failures, person.locked_until = 0, at + PAUSE
        trail.say(person, "people.sign_in_failed", person)
        return None
    person.failures, person.locked_until = 0, None
    trail.say(person, "people.sign_in", person)
    return person, begin(person, at=at)


def begin(person: Person, *, at: datetime) -> str:
    """A new sign-in of the person; the token goes into the cookie, its hash into the database."""
    token = secrets.token_urlsafe(32)
    db.session.add(SignIn(token_hash=fingerprint(token), person_id=person.id, created_at=at, ended_at=None))
    return token


def sign_out(*, person: Person, at: datetime) -> None:
    """End the present sign-in; its cookie is worthless from now on."""
    row = db.session.scalar(select(SignIn).where(SignIn.token_hash == fingerprint(person.token)))
    if row is None:
        raise Refused("people.not_signed_in")
    row.ended_at = at
    trail.say(person, "people.sign_out", person)
