"""The roles people hold: given and taken, handed over from a day, held for an absent person, ended with the account."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from venture import clock, sessions, trail
from venture.db import db, locked
from venture.people import access
from venture.people.actions.signing import forgive
from venture.people.models import Community, Grant, Organization, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role


def give(
    *,
    person: Person,
    role: Role,
    organization: Organization | None = None,
    community: Community | None = None,
    until_on: date | None = None,
    bounded: bool = False,
    by: Person,
    at: datetime,
) -> Grant:
    """Give a role, which ends with `until_on`, if given; `bounded`: for assigned projects only (audit firms).

    Raises Refused: people.role_not_yours, people.organization_needed, people.community_needed,
    people.bounded_role, people.last_day_needed, people.has_role, people.earlier_day.
    """
    if found := bound_blockers(role, until_on, bounded):
        raise Refused.all(found)
    if role is Role.APPLICANT and organization is None:
        raise Refused("people.organization_needed", "organization")
    if role is Role.CLERK and community is None:
        raise Refused("people.community_needed", "community")
    if not access.may_invite(by, role, organization):
        raise Refused("people.role_not_yours", "role", role=role)
    if until_on is not None:
        _not_earlier(until_on, at, "until_on")
    return add(person, role, organization, community, until_on=until_on, bounded=bounded, by=by, at=at)


def bound_blockers(role: Role, until_on: date | None, bounded: bool) -> list[Blocker]:
    """What keeps a role from being given for some projects only: it is the auditor's, and ends with a day."""
    found = []
    if bounded and role is not Role.AUDITOR:
        found.append(Blocker("people.bounded_role", "bounded"))
    if bounded and until_on is None:
        found.append(Blocker("people.last_day_needed", "until_on"))
    return found


def add(
    person: Person,
    role: Role,
    organization: Organization | None,
    community: Community | None,
    *,
    from_on: date | None = None,
    until_on: date | None = None,
    stands_for: Person | None = None,
    bounded: bool = False,
    by: Person,
    at: datetime,
) -> Grant:
    """Add a grant, without asking who may give it; every sign-in of the person ends. Raises Refused people.has_role."""
    locked(person)
    bound_to, kept_for = (
        organization if role is Role.APPLICANT else None,
        community if role is Role.CLERK else None,
    )
    grant = Grant(
        role=role,
        organization=bound_to,
        community=kept_for,
        from_on=from_on,
        until_on=until_on,
        stands_for=stands_for,
        bounded=bounded,
        given_at=at,
        given_by_id=by.id,
    )
    held = _held(person, (role, bound_to.id if bound_to else None, kept_for.id if kept_for else None))
    if held is not None and not _is_over(held, at):
        raise Refused("people.has_role", "role", name=person.name, role=role)
    if held is not None:
        remove(held)
    person.grants.append(grant)
    sessions.end(person.id, at=at)
    db.session.flush()
    trail.say(
        by,
        "people.give_role",
        person,
        role=role,
        organization=bound_to,
        community=kept_for,
        from_on=from_on,
        until_on=until_on,
        stands_for=stands_for,
        bounded=bounded,
    )
    return grant


def take(*, grant: Grant, by: Person, at: datetime) -> None:
    """Take a role away; every sign-in of the person ends.

    Raises Refused: people.role_not_yours, people.last_administrator.
    """
    _administrator(by, grant.role)
    person = grant.person
    if grant.role is Role.ADMINISTRATOR:
        _not_the_last(person, at)
    trail.say(
        by,
        "people.take_role",
        person,
        role=grant.role,
        organization=grant.organization,
        community=grant.community,
    )
    remove(grant)
    sessions.end(person.id, at=at)


def hand_over(
    *,
    person: Person,
    grants: Sequence[Grant],
    to: Person,
    from_on: date,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    """Give roles of one person to another from a day on; the one before keeps them until the day before.

    Raises Refused: people.role_not_yours, people.nothing_chosen, people.same_successor, people.earlier_day.
    """
    if not grants:
        raise Refused("people.nothing_chosen", "grant")
    _administrator(by, grants[0].role)
    if to.id == person.id:
        raise Refused("people.same_successor", "to", name=to.name)
    _not_earlier(from_on, at, "from_on")
    for each in sorted((person, to), key=lambda one: one.id):
        locked(each)
    trail.say(
        by,
        "people.hand_over",
        person,
        to=to,
        roles=[each.role for each in grants],
        from_on=from_on,
        reason=reason,
    )
    for grant in grants:
        _pass_on(grant, to, from_on, by=by, at=at)
    sessions.end(person.id, at=at)
    sessions.end(to.id, at=at)


def _pass_on(grant: Grant, to: Person, from_on: date, *, by: Person, at: datetime) -> None:
    held, later = _held(to, grant.scope), from_on > clock.beijing_day(at)
    if held is None or _is_over(held, at):
        begins, ends = from_on if later else None, grant.until_on
        scope = grant.role, grant.organization, grant.community
        add(to, *scope, from_on=begins, until_on=ends, bounded=grant.bounded, by=by, at=at)
    else:
        held.until_on, held.stands_for_id = grant.until_on, None
        if held.from_on is not None:
            held.from_on = min(held.from_on, from_on)
    if later:
        grant.until_on = min(grant.until_on or date.max, from_on - timedelta(days=1))
    else:
        remove(grant)


def stand_in(
    *, person: Person, deputy: Person, from_on: date, until_on: date, reason: str, by: Person, at: datetime
) -> list[Grant]:
    """Let a deputy act for an absent person for some days, in their own name: all roles but those of an expert.

    Raises Refused: people.role_not_yours, people.same_successor, people.days_order, people.earlier_day,
    people.nothing_to_stand_in.
    """
    _administrator(by, Role.ADMINISTRATOR)
    if deputy.id == person.id:
        raise Refused("people.same_successor", "deputy", name=person.name)
    if until_on < from_on:
        raise Refused("people.days_order", "until_on", from_on=from_on, to_on=until_on)
    _not_earlier(from_on, at, "from_on")
    made = []
    for grant in person.grants:
        begins, ends = max(from_on, grant.from_on or from_on), min(until_on, grant.until_on or until_on)
        own = grant.stands_for_id is None and grant.role is not Role.EXPERT and begins <= ends
        held = _held(deputy, grant.scope)
        if own and (held is None or _is_over(held, at)):
            made.append(
                add(
                    deputy,
                    grant.role,
                    grant.organization,
                    grant.community,
                    from_on=begins,
                    until_on=ends,
                    stands_for=person,
                    bounded=grant.bounded,
                    by=by,
                    at=at,
                )
            )
    if not made:
        raise Refused("people.nothing_to_stand_in", "deputy", name=person.name, deputy=deputy.name)
    trail.say(by, "people.stand_in", person, deputy=deputy, from_on=from_on, until_on=until_on, reason=reason)
    return made


def deactivate(*, person: Person, reason: str, by: Person, at: datetime) -> None:
    """Shut a person out at once; what they did stays.

    Raises Refused: people.yourself, people.last_administrator.
    """
    if person.id == by.id:
        raise Refused("people.yourself")
    if person.holds(Role.ADMINISTRATOR):
        _not_the_last(person, at)
    person.active = False
    sessions.end(person.id, at=at)
    trail.say(by, "people.deactivate", person, reason=reason)


def reactivate(*, person: Person, by: Person, at: datetime) -> None:
    """Let a person sign in again, with the roles they held; a pause after wrong passwords ends too."""
    person.active = True
    forgive(person)
    trail.say(by, "people.reactivate", person)


def _administrator(by: Person, role: Role) -> None:
    if not by.holds(Role.ADMINISTRATOR):
        raise Refused("people.role_not_yours", "role", role=role)


def _held(person: Person, scope: tuple[Role, int | None, int | None]) -> Grant | None:
    return next((grant for grant in person.grants if grant.scope == scope), None)


def _is_over(grant: Grant, at: datetime) -> bool:
    return grant.until_on is not None and grant.until_on < clock.beijing_day(at)


def remove(grant: Grant) -> None:
    """Delete a grant, without asking who may take it, or saying so."""
    grant.person.grants.remove(grant)
    db.session.delete(grant)
    db.session.flush()


def _not_earlier(day: date, at: datetime, field: str) -> None:
    if day < clock.beijing_day(at):
        raise Refused("people.earlier_day", field, day=day)


def _not_the_last(person: Person, at: datetime) -> None:
    """Somebody else must be administrator today, and not only for some days."""
    others = db.session.scalars(
        select(Person.id)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Grant.role == Role.ADMINISTRATOR,
            Grant.until_on.is_(None),
            access.holding(clock.beijing_day(at)),
            Person.active,
            Person.id != person.id,
        )
        .with_for_update()
    ).first()
    if others is None:
        raise Refused("people.last_administrator", name=person.name)
