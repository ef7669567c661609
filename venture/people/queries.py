"""Who somebody is: by sign-in, login or role; organizations as a person may see them; invitations."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import false, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from venture.db import Page, db, paged
from venture.people import access, credit_code
from venture.people.models import Community, Grant, Invitation, Organization, Person, SignIn
from venture.roles import Role


def fingerprint(token: str) -> str:
    """What the database keeps of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def person_of_token(token: str) -> Person | None:
    """The person behind a cookie's token while that sign-in lives. Two statements (grants come along)."""
    found = db.session.scalar(
        select(SignIn)
        .options(joinedload(SignIn.person))
        .where(SignIn.token_hash == fingerprint(token), SignIn.ended_at.is_(None))
    )
    if found is None or not found.person.active:
        return None
    found.person.token = token
    return found.person


def person_by_login(login: str) -> Person | None:
    """The person with this mobile number or e-mail, as typed."""
    name = login.strip().lower()
    return db.session.scalar(select(Person).where(or_(Person.mobile == name, Person.email == name)))


def people_with(*roles: Role) -> Sequence[Person]:
    """Active persons who hold any of the roles, by name. Two statements."""
    return db.session.scalars(
        select(Person)
        .where(Person.active, Person.grants.any(Grant.role.in_(roles)))
        .order_by(Person.name, Person.id)
    ).all()


def people(page: int, words: str = "") -> Page[Person]:
    """Everybody with an account or a role, by name, with their grants; `words` in name, mobile or e-mail."""
    statement = select(Person).order_by(Person.name, Person.id)
    if words:
        statement = statement.where(
            or_(
                Person.name.icontains(words.strip(), autoescape=True),
                Person.mobile.icontains(words.strip(), autoescape=True),
                Person.email.icontains(words.strip(), autoescape=True),
            )
        )
    return paged(statement.options(*_grants()), page)


def person(id: int) -> Person | None:
    """One person with what their grants are bound to."""
    return db.session.scalar(select(Person).where(Person.id == id).options(*_grants()))


def _grants() -> tuple[ExecutableOption, ...]:
    return (
        selectinload(Person.grants).joinedload(Grant.organization),
        selectinload(Person.grants).joinedload(Grant.community),
    )


def organizations_of(person: Person) -> Sequence[Organization]:
    """The organizations that the person acts for, by name."""
    return db.session.scalars(
        select(Organization)
        .where(Organization.id.in_(person.organization_ids))
        .order_by(Organization.name, Organization.id)
    ).all()


def organizations(person: Person, page: int, words: str = "") -> Page[Organization]:
    """The organizations that the person may see, by name; `words` in the name or at the code's beginning."""
    statement = access.visible(person).order_by(Organization.name, Organization.id)
    if words:
        code = credit_code.normal(words)
        statement = statement.where(
            or_(
                Organization.name.icontains(words.strip(), autoescape=True),
                Organization.credit_code.startswith(code, autoescape=True) if code else false(),
            )
        )
    return paged(statement, page)


def organization(id: int, person: Person) -> Organization | None:
    """One organization with all that is known of it, if the person may see it."""
    return db.session.scalar(
        access.visible(person)
        .where(Organization.id == id)
        .options(
            selectinload(Organization.reports),
            selectinload(Organization.listings),
            selectinload(Organization.bans),
            selectinload(Organization.records),
        )
    )


def organization_by_id(id: int | None) -> Organization | None:
    """One organization, whoever asks; none for no id."""
    return db.session.get(Organization, id) if id else None


def community_by_id(id: int | None) -> Community | None:
    """One community; none for no id."""
    return db.session.get(Community, id) if id else None


def every_organization() -> Sequence[Organization]:
    """All organizations by name, for a choice among them."""
    return db.session.scalars(select(Organization).order_by(Organization.name, Organization.id)).all()


def communities() -> Sequence[Community]:
    """All communities by town and name, for a choice among them."""
    return db.session.scalars(select(Community).order_by(Community.town, Community.name, Community.id)).all()


def invitations(person: Person, page: int) -> Page[Invitation]:
    """Invitations, newest first: all for officers and administrators, else those to one's organizations."""
    statement = (
        select(Invitation)
        .options(
            joinedload(Invitation.organization),
            joinedload(Invitation.community),
            joinedload(Invitation.made_by),
        )
        .order_by(Invitation.made_at.desc(), Invitation.id.desc())
    )
    if not person.holds(Role.OFFICER, Role.ADMINISTRATOR):
        own = person.organization_ids
        statement = statement.where(Invitation.organization_id.in_(own) if own else false())
    return paged(statement, page)


def invitation(id: int, person: Person) -> Invitation | None:
    """One invitation that the person may see in the list."""
    found = db.session.get(Invitation, id)
    if found is None or person.holds(Role.OFFICER, Role.ADMINISTRATOR):
        return found
    return found if found.organization_id in person.organization_ids else None


def invitation_of_token(token: str) -> Invitation | None:
    """The invitation behind a link, used or not."""
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.token_hash == fingerprint(token))
        .options(
            joinedload(Invitation.organization),
            joinedload(Invitation.community),
            joinedload(Invitation.made_by),
        )
    )
