"""The second factor: setting an authenticator up, its recovery codes, taking it away."""

from datetime import datetime

from sqlalchemy import delete

from venture import clock, outbox, sessions, trail
from venture.db import db, locked
from venture.people import proofs, queries
from venture.people.actions.signing import Entered, let_in
from venture.people.models import Authenticator, Person, RecoveryCode
from venture.refusal import Refused
from venture.sessions import Presence, fingerprint


def offer_seed(*, person: Person, secret: str, at: datetime) -> None:
    """Make a seed that waits for its first code; a seed in force stays until then."""
    device = queries.authenticator(person) or Authenticator(person_id=person.id, seed=None, confirmed_at=None)
    device.next_seed = proofs.seal(secret, proofs.new_seed())
    db.session.add(device)
    trail.say(person, "people.offer_seed", person)


def confirm_seed(*, person: Person, typed: str, secret: str, at: datetime) -> list[str]:
    """Put the waiting seed in force by its first code; gives ten fresh recovery codes.

    Raises Refused: people.no_seed, people.code_wrong.
    """
    device = queries.authenticator(person)
    seed = proofs.unseal(secret, locked(device).next_seed) if device else None
    if device is None or seed is None:
        raise Refused("people.no_seed")
    counter = proofs.counter_of(seed, typed, at=at, after=0)
    if counter is None:
        raise Refused("people.code_wrong", "proof")
    device.seed, device.next_seed = device.next_seed, None
    device.counter, device.confirmed_at = counter, at
    trail.say(person, "people.confirm_authenticator", person)
    return _fresh_codes(person)


def set_up(
    *, waiting: Presence, typed: str, secret: str, address: str = "", browser: str = "", at: datetime
) -> tuple[Entered, list[str]]:
    """Finish signing in by setting the authenticator up; gives who has come in, and the recovery codes.

    Raises Refused as `confirm_seed`.
    """
    person = locked(db.session.get_one(Person, waiting.person_id))
    codes = confirm_seed(person=person, typed=typed, secret=secret, at=at)
    sessions.end(person.id, at=at, only=waiting.id)
    return let_in(person, second=True, address=address, browser=browser, at=at), codes


def new_recovery_codes(*, person: Person, at: datetime) -> list[str]:
    """Ten fresh recovery codes; the old ones no longer work. Raises Refused people.no_authenticator."""
    device = queries.authenticator(person)
    if device is None or device.seed is None:
        raise Refused("people.no_authenticator")
    trail.say(person, "people.new_recovery_codes", person)
    return _fresh_codes(person)


def _fresh_codes(person: Person) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = proofs.recovery_codes()
    db.session.add_all(
        RecoveryCode(person_id=person.id, code_hash=fingerprint(proofs.code_signs(code)), used_at=None)
        for code in codes
    )
    return codes


def give_up_authenticator(*, person: Person, at: datetime) -> None:
    """Do without an authenticator from now on. Raises Refused people.authenticator_needed by role."""
    if person.needs_second_factor:
        raise Refused("people.authenticator_needed")
    _remove(person)
    trail.say(person, "people.give_up_authenticator", person)


def take_authenticator(*, person: Person, reason: str, by: Person, at: datetime) -> None:
    """Free somebody from an authenticator they have lost; every sign-in ends, and they are told.

    Raises Refused people.your_authenticator: one's own goes another way.
    """
    if person.id == by.id:
        raise Refused("people.your_authenticator")
    _remove(person)
    sessions.end(person.id, at=at)
    trail.say(by, "people.take_authenticator", person, reason=reason)
    outbox.post(
        "people.authenticator_taken",
        to=person,
        about=person,
        held=False,
        by=by.name,
        at=clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S"),
    )


def _remove(person: Person) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    db.session.execute(delete(Authenticator).where(Authenticator.person_id == person.id))
