"""Invitations: a link that lets one person in, once, bound to the address it was made for."""

import secrets
from datetime import date, datetime, timedelta

from venture import clock, trail
from venture.db import db, locked
from venture.people import access
from venture.people.actions.roles import add, bound_blockers
from venture.people.actions.signing import Entered, let_in
from venture.people.models import Community, Invitation, Organization, Person
from venture.people.proofs import EMAIL, MOBILE, normal_login
from venture.people.queries import fingerprint, person_by_login
from venture.refusal import Blocker, Refused
from venture.roles import Role

INVITATION_LASTS = timedelta(days=14)


def invite(
    *,
    name: str,
    address: str,
    role: Role,
    organization: Organization | None = None,
    community: Community | None = None,
    until_on: date | None = None,
    bounded: bool = False,
    by: Person,
    at: datetime,
) -> tuple[Invitation, str]:
    """Make a link that lets one person in with a role, once, for 14 days; gives the row and the secret token.

    The role ends with `until_on`, if given. Raises Refused: people.address, people.organization_needed,
    people.community_needed, people.role_not_yours, people.earlier_day, people.bounded_role, people.last_day_needed.
    """
    address = normal_login(address)
    wrong = bound_blockers(role, until_on, bounded)
    if not (MOBILE.fullmatch(address) or EMAIL.fullmatch(address)):
        wrong.append(Blocker("people.address", "address"))
    if role is Role.APPLICANT and organization is None:
        wrong.append(Blocker("people.organization_needed", "organization"))
    if role is Role.CLERK and community is None:
        wrong.append(Blocker("people.community_needed", "community"))
    if until_on is not None and until_on < clock.beijing_day(at):
        wrong.append(Blocker("people.earlier_day", "until_on", {"day": until_on}))
    if not wrong and not access.may_invite(by, role, organization):
        wrong.append(Blocker("people.role_not_yours", "role", {"role": role}))
    if wrong:
        raise Refused.all(wrong)
    token = secrets.token_urlsafe(32)
    made = Invitation(
        token_hash=fingerprint(token),
        name=name.strip(),
        address=address,
        role=role,
        organization=organization if role is Role.APPLICANT else None,
        community=community if role is Role.CLERK else None,
        until_on=until_on,
        bounded=bounded,
        made_by=by,
        made_at=at,
        expires_at=at + INVITATION_LASTS,
        used_at=None,
        used_by_id=None,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "people.invite", made, name=made.name, role=role)
    return made, token


def withdraw_invitation(*, invitation: Invitation, by: Person, at: datetime) -> None:
    """End an unused invitation at once. Raises Refused: people.invitation_used, people.invitation_expired."""
    _usable(invitation, at)
    invitation.expires_at = at
    trail.say(by, "people.withdraw_invitation", invitation, name=invitation.name)


def accept(
    *,
    invitation: Invitation,
    name: str,
    mobile: str | None,
    email: str | None,
    password_hash: str,
    address: str = "",
    browser: str = "",
    at: datetime,
) -> Entered:
    """Use an invitation as a new person, who is then let in, by the address it was made for.

    Raises Refused: people.invitation_used, people.invitation_expired, people.other_address, people.no_login,
    people.mobile, people.email, people.login_taken.
    """
    _usable(invitation, at)
    mobile, email, wrong = _logins(mobile, email)
    if not mobile and not email:
        wrong.insert(0, Blocker("people.no_login", "mobile"))
    if not wrong and invitation.address not in (mobile, email):
        field = "email" if "@" in invitation.address else "mobile"
        wrong.append(Blocker("people.other_address", field, {"address": invitation.address}))
    if wrong:
        raise Refused.all(wrong)
    person = Person(name=name.strip(), mobile=mobile, email=email, password_hash=password_hash, created_at=at)
    db.session.add(person)
    db.session.flush()
    _use(invitation, person, at)
    return let_in(person, address=address, browser=browser, at=at)


def accept_as(
    *, invitation: Invitation, by: Person, address: str = "", browser: str = "", at: datetime
) -> Entered:
    """Use an invitation with one's present account, that has the address it was made for; one is let in anew.

    Raises Refused: people.invitation_used, people.invitation_expired, people.other_account, people.has_role.
    """
    _usable(invitation, at)
    if invitation.address not in (by.mobile, by.email):
        raise Refused("people.other_account", address=invitation.address)
    _use(invitation, by, at)
    return let_in(by, second=True, address=address, browser=browser, at=at)


def enter_person(
    *, name: str, position: str, mobile: str, email: str, role: Role, by: Person, at: datetime
) -> Person:
    """Enter somebody who may act on paper only, with a role; with a login they can set a password when they wish.

    Raises Refused: people.person_name, people.mobile, people.email, people.login_taken, people.role_not_yours.
    """
    kept_mobile, kept_email, wrong = _logins(mobile, email)
    if not name.strip():
        wrong.insert(0, Blocker("people.person_name", "name"))
    if not access.may_invite(by, role, None):
        wrong.append(Blocker("people.role_not_yours", "role", {"role": role}))
    if wrong:
        raise Refused.all(wrong)
    person = Person(
        name=name.strip(), position=position.strip(), mobile=kept_mobile, email=kept_email, created_at=at
    )
    db.session.add(person)
    db.session.flush()
    trail.say(by, "people.enter_person", person, name=person.name, position=person.position)
    add(person, role, None, None, by=by, at=at)
    return person


def _logins(mobile: str | None, email: str | None) -> tuple[str | None, str | None, list[Blocker]]:
    """Both logins as they are stored, and what is wrong with them; an empty one is none."""
    mobile, email = normal_login(mobile or "") or None, normal_login(email or "") or None
    wrong = []
    if mobile and not MOBILE.fullmatch(mobile):
        wrong.append(Blocker("people.mobile", "mobile"))
    if email and not EMAIL.fullmatch(email):
        wrong.append(Blocker("people.email", "email"))
    for field, login in (("mobile", mobile), ("email", email)):
        if login and person_by_login(login) is not None:
            wrong.append(Blocker("people.login_taken", field, {"login": login}))
    return mobile, email, wrong


def _usable(invitation: Invitation, at: datetime) -> None:
    locked(invitation)
    if invitation.used_at is not None:
        raise Refused("people.invitation_used", used_at=invitation.used_at)
    if invitation.expires_at <= at:
        raise Refused("people.invitation_expired", expires_at=invitation.expires_at)


def _use(invitation: Invitation, person: Person, at: datetime) -> None:
    add(
        person,
        invitation.role,
        invitation.organization,
        invitation.community,
        until_on=invitation.until_on,
        bounded=invitation.bounded,
        by=invitation.made_by,
        at=at,
    )
    invitation.used_at, invitation.used_by_id = at, person.id
    trail.say(person, "people.accept", invitation, role=invitation.role)


def note_refused(*, invitation: Invitation, why: str, by: Person | None = None) -> None:
    """Record that somebody tried to use an invitation in vain."""
    trail.say(by, "people.invitation_refused", invitation, why=why)
