"""Signing in and out, proving anew who one is, setting a new password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update

from venture import clock, outbox, sessions, trail
from venture.db import db, locked
from venture.people import access, proofs, queries
from venture.people.models import FailedTry, Person, RecoveryCode, Reset, ResetWay
from venture.people.proofs import normal_login
from venture.refusal import Refused
from venture.sessions import Presence, Reach, fingerprint

TRIES, TRIES_FROM_ONE_ADDRESS, PAUSE = 5, 20, timedelta(minutes=15)
ASKED, RESET_LASTS = 3, timedelta(minutes=30)
"""How often one login may ask for a new password within `PAUSE`, and how long the leave lasts."""


@dataclass(frozen=True)
class Entered:
    """Somebody who has come in, or up to the second factor: the person, the cookie's token, how far."""

    person: Person
    token: str
    reach: Reach


class Recipient(NamedTuple):
    """An address that belongs to nobody we know."""

    address: str
    id: int | None = None
    name: str = ""


def _who(login: str) -> tuple[str, int | None]:
    """Under which name tries and resets of a login are counted; and whose it is, if anybody's."""
    holder = queries.login(normal_login(login))
    if holder is None or not holder.active:
        return f"login {fingerprint(normal_login(login))}", None
    return f"person {holder.id}", holder.id


# --- tries ---


def paused_until(who: str, address: str, at: datetime) -> datetime | None:
    """Until when no more tries are taken: after five wrong ones for one login, or twenty from one network address."""
    for column, given, most in (
        (FailedTry.who, who, TRIES),
        (FailedTry.address, address, TRIES_FROM_ONE_ADDRESS),
    ):
        times = db.session.scalars(
            select(FailedTry.at)
            .where(column == given, FailedTry.at > at - PAUSE)
            .order_by(FailedTry.at.desc())
            .limit(most)
        ).all()
        if len(times) == most:
            return times[0] + PAUSE
    return None


def _not_paused(who: str, address: str, at: datetime) -> None:
    if until := paused_until(who, address, at):
        raise Refused("people.paused", until=until)


def _failed(did: str, who: str, address: str, at: datetime) -> None:
    """Count a wrong password or code; the same statements whether the login is known or not."""
    db.session.execute(delete(FailedTry).where(FailedTry.at < at - timedelta(days=1)))
    db.session.add(FailedTry(who=who, address=address, at=at))
    trail.say(None, did, None, who=who, address=address)


def forgive(person: Person) -> None:
    """Forget the wrong tries for a person."""
    db.session.execute(delete(FailedTry).where(FailedTry.who == f"person {person.id}"))


# --- in and out ---


def password_fits(login: str, password: str) -> bool:
    """Whether the password is the login's; as slow for an unknown login. Ask it outside the write lock."""
    holder = queries.login(normal_login(login))
    fits = proofs.fits(holder.password_hash if holder else None, password)
    return fits and holder is not None and holder.active


def sign_in(*, login: str, fits: bool, address: str = "", browser: str = "", at: datetime) -> Entered | None:
    """Let somebody in whose password was right, up to the second factor where there is one.

    None for wrong, unknown and inactive alike. Raises Refused people.paused (until).
    """
    who, id = _who(login)
    _not_paused(who, address, at)
    if id is None or not fits:
        _failed("people.sign_in_failed", who, address, at)
        return None
    return let_in(locked(db.session.get_one(Person, id)), address=address, browser=browser, at=at)


def let_in(
    person: Person, *, second: bool = False, address: str = "", browser: str = "", at: datetime
) -> Entered:
    """The next step into the house for somebody known: all the way, or up to the authenticator's code or set-up.

    `second`: the second factor has been shown already.
    """
    device = queries.authenticator(person)
    if device is not None and device.seed and not second:
        reach = Reach.CODE
    elif person.needs_second_factor and not (device and device.seed):
        reach = Reach.SET_UP
    else:
        reach = Reach.FULL
        forgive(person)
        trail.say(person, "people.sign_in", person, address=address)
    return Entered(person, sessions.begin(person.id, at=at, reach=reach, browser=browser), reach)


def begin(person: Person, *, at: datetime) -> str:
    """Let a person in without asking (the demonstration's cards, tests); gives the token for the cookie."""
    return sessions.begin(person.id, at=at)


def enter_code(
    *, waiting: Presence, typed: str, secret: str, address: str = "", browser: str = "", at: datetime
) -> Entered | None:
    """Go on with the authenticator's code, or a recovery code; None when it does not fit. A new token is given.

    Raises Refused people.paused (until).
    """
    person = locked(db.session.get_one(Person, waiting.person_id))
    who = f"person {person.id}"
    _not_paused(who, address, at)
    if not code_fits(person, typed, secret=secret, at=at, recovery=True):
        _failed("people.code_failed", who, address, at)
        return None
    sessions.end(person.id, at=at, only=waiting.id)
    return let_in(person, second=True, address=address, browser=browser, at=at)


def code_fits(person: Person, typed: str, *, secret: str, at: datetime, recovery: bool = False) -> bool:
    """Whether this is the authenticator's code of now, or a recovery code; either counts once and is used up."""
    device = queries.authenticator(person)
    if device is None or device.seed is None:
        return False
    locked(device)
    seed = proofs.unseal(secret, device.seed)
    counter = proofs.counter_of(seed, typed, at=at, after=device.counter) if seed else None
    if counter is not None:
        device.counter = counter
        return True
    if not recovery:
        return False
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash == fingerprint(proofs.code_signs(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at),
        execution_options={"synchronize_session": False},
    )
    if used.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
        trail.say(person, "people.use_recovery_code", person)
    return bool(used.rowcount)  # type: ignore[attr-defined]


def prove(
    *,
    person: Person,
    presence: Presence,
    fits: bool,
    typed: str,
    secret: str,
    address: str = "",
    at: datetime,
) -> bool:
    """Show anew who one is, by password (`fits`, found outside the write lock) or the authenticator's code.

    It holds for a while (Settings.proof) in this browser. Raises Refused people.paused (until).
    """
    who = f"person {person.id}"
    _not_paused(who, address, at)
    if not fits and not code_fits(person, typed, secret=secret, at=at):
        _failed("people.proof_failed", who, address, at)
        return False
    sessions.prove(presence.id, at)
    trail.say(person, "people.prove", person)
    return True


def begin_view(*, person: Person, presence: Presence, other: Person, reason: str) -> None:
    """Read the pages as another sees them, in this sign-in, until `end_view` or its end; nothing can be done meanwhile.

    Raises Refused: people.view_not_yours, people.view_reason.
    """
    if not access.may_view_as(person, other):
        raise Refused("people.view_not_yours", "other", name=other.name)
    if not reason.strip():
        raise Refused("people.view_reason", "reason")
    sessions.view(presence.id, other.id)
    trail.say(person, "people.begin_view", other, reason=reason.strip())


def end_view(*, person: Person, presence: Presence, other: Person) -> None:
    """Read with one's own eyes again."""
    sessions.view(presence.id, None)
    trail.say(person, "people.end_view", other)


def sign_out(*, person: Person, presence: Presence, at: datetime) -> None:
    """End the present sign-in; its cookie is worthless from now on."""
    sessions.end(person.id, at=at, only=presence.id)
    trail.say(person, "people.sign_out", person)


def end_sign_ins(*, person: Person, at: datetime, only: int | None = None, but: int | None = None) -> int:
    """End the person's own sign-ins: one, or all but the present one; how many there were."""
    count = sessions.end(person.id, at=at, only=only, but=but)
    if count:
        trail.say(person, "people.end_sign_ins", person, count=count)
    return count


# --- a new password ---


def change_password(*, person: Person, password_hash: str, at: datetime) -> str:
    """Set one's own new password; every sign-in ends, and the token of a new one is given."""
    _set_password(person, password_hash, at)
    return sessions.begin(person.id, at=at)


def _set_password(person: Person, password_hash: str, at: datetime) -> None:
    """All that was given under the old password dies with it."""
    person.password_hash = password_hash
    db.session.execute(
        update(Reset)
        .where(Reset.person_id == person.id, Reset.used_at.is_(None), Reset.expires_at > at)
        .values(expires_at=at),
        execution_options={"synchronize_session": "fetch"},
    )
    sessions.end(person.id, at=at)
    forgive(person)
    trail.say(person, "people.set_password", person)
    if person.email:
        outbox.post(
            "people.password_changed",
            to=person,
            about=person,
            held=False,
            at=clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S"),
        )


def ask_reset(*, login: str, address: str, at: datetime) -> Reset:
    """Ask for a new password: a link by e-mail for an e-mail, a code by message for a number.

    The same for unknown logins, whose mail says so. Who asks too often gets a leave that is over already.
    """
    name = normal_login(login)
    who, id = _who(login)
    since = at - PAUSE
    asked = db.session.scalar(select(func.count()).where(Reset.who == who, Reset.made_at > since)) or 0
    here = db.session.scalar(select(func.count()).where(Reset.address == address, Reset.made_at > since)) or 0
    too_often = asked >= ASKED or here >= TRIES_FROM_ONE_ADDRESS
    made = Reset(
        person_id=id,
        who=who,
        way=ResetWay.LINK if "@" in name else ResetWay.MESSAGE,
        address=address,
        made_at=at,
        made_by_id=None,
        expires_at=at if too_often else at + RESET_LASTS,
        used_at=None,
    )
    db.session.add(made)
    db.session.flush()
    if made.way is ResetWay.LINK and not too_often:
        kind = "people.reset" if id else "people.no_account"
        outbox.post(kind, to=Recipient(name, id), about=made, held=False, id=made.id)
    trail.say(None, "people.ask_reset", None, who=who, address=address)
    return made


def read_out_code(*, login: str, reason: str, by: Person, at: datetime) -> Reset:
    """Leave for somebody to set a new password with a code that an officer reads out to them.

    `reason` says how the officer knows who it is. Raises Refused: people.no_such_login, people.code_not_yours.
    """
    holder = queries.login(normal_login(login))
    person = queries.person(holder.id) if holder and holder.active else None
    if person is None:
        raise Refused("people.no_such_login", "login", login=normal_login(login))
    if not access.may_read_code_to(by, person):
        raise Refused("people.code_not_yours", "login", name=person.name)
    made = Reset(
        person=person,
        who=f"person {person.id}",
        way=ResetWay.SPOKEN,
        address="",
        made_at=at,
        made_by_id=by.id,
        expires_at=at + RESET_LASTS,
        used_at=None,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "people.read_out_code", person, reason=reason)
    return made


def is_open(reset: Reset | None, at: datetime) -> bool:
    """Whether a new password can still be set with it."""
    return (
        reset is not None
        and reset.used_at is None
        and at < reset.expires_at
        and reset.person is not None
        and reset.person.active
    )


def reset_by_link(*, reset: Reset, password_hash: str, at: datetime) -> None:
    """Set a new password by the link of a mail, once. Raises Refused people.reset_over."""
    if not is_open(locked(reset), at) or reset.way is not ResetWay.LINK:
        raise Refused("people.reset_over")
    _use(reset, password_hash, at)


def reset_by_code(
    *, login: str, code: str, password_hash: str, secret: str, address: str, at: datetime
) -> bool:
    """Set a new password by a one-time code; False when login and code do not fit together or the code is over.

    Raises Refused people.paused (until).
    """
    who, _id = _who(login)
    _not_paused(who, address, at)
    open_ones = db.session.scalars(
        select(Reset)
        .where(Reset.who == who, Reset.way != ResetWay.LINK, Reset.used_at.is_(None), Reset.expires_at > at)
        .order_by(Reset.id.desc())
        .limit(ASKED)
        .with_for_update()
    ).all()
    signs = proofs.code_signs(code)
    fitting = [row for row in open_ones if proofs.same(proofs.one_time_code(secret, row.id), signs)]
    if not fitting or not is_open(fitting[0], at):
        _failed("people.reset_failed", who, address, at)
        return False
    _use(fitting[0], password_hash, at)
    return True


def _use(reset: Reset, password_hash: str, at: datetime) -> None:
    reset.used_at = at
    db.session.flush()
    assert reset.person is not None  # is_open has seen it
    _set_password(locked(reset.person), password_hash, at)
