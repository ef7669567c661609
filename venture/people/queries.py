"""Who somebody is: by sign-in, login or role; organizations as a person may see them; invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from venture import clock, trail
from venture.db import Page, db, paged
from venture.files import File, Scan
from venture.people import access, credit_code
from venture.people.models import (
    Authenticator,
    Community,
    Grant,
    Invitation,
    Merge,
    Organization,
    Paper,
    Person,
    RecoveryCode,
    Reset,
)
from venture.roles import Role
from venture.sessions import fingerprint as fingerprint


class Login(NamedTuple):
    """What signing in needs to know of the holder of a login."""

    id: int
    password_hash: str | None
    active: bool


def login(name: str) -> Login | None:
    """The holder of a login, as it is stored. One statement, for known and unknown ones alike."""
    found = db.session.execute(
        select(Person.id, Person.password_hash, Person.active).where(
            or_(Person.mobile == name, Person.email == name)
        )
    ).first()
    return Login(*found) if found else None


def person_by_id(id: int) -> Person | None:
    """One person with their grants; asked at every request."""
    return db.session.get(Person, id, options=[joinedload(Person.grants)])


def person_by_login(login: str) -> Person | None:
    """The person with this mobile number or e-mail, as typed."""
    name = login.strip().lower()
    return db.session.scalar(select(Person).where(or_(Person.mobile == name, Person.email == name)))


def people_with(*roles: Role) -> Sequence[Person]:
    """Active persons who hold any of the roles today, by name. Two statements."""
    today = clock.beijing_day(clock.now())
    return db.session.scalars(
        select(Person)
        .where(
            Person.active, Person.grants.any(Grant.role.in_(roles) & ~Grant.bounded & access.holding(today))
        )
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


def quarantined(page: int) -> tuple[Page[File], dict[int, str]]:
    """The quarantined files, latest first, and the names of those who sent or released them, by id."""
    found = paged(
        select(File).where(File.scan == Scan.QUARANTINED).order_by(File.scanned_at.desc(), File.id.desc()),
        page,
    )
    ids = {id for file in found.items for id in (file.uploaded_by_id, file.released_by_id)}
    names = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None}))).all()
    return found, {id: name for id, name in names}


def shut_file(id: int) -> File | None:
    """A file that the scanner shut and nobody has released."""
    return db.session.scalar(
        select(File).where(File.id == id, File.scan == Scan.QUARANTINED, File.released_at.is_(None))
    )


def person(id: int) -> Person | None:
    """One person with what their grants are bound to."""
    return db.session.scalar(select(Person).where(Person.id == id).options(*_grants()))


def _grants() -> tuple[ExecutableOption, ...]:
    return (
        selectinload(Person.grants).joinedload(Grant.organization),
        selectinload(Person.grants).joinedload(Grant.community),
        selectinload(Person.grants).joinedload(Grant.stands_for).lazyload(Person.grants),
    )


def members(organization: Organization) -> Sequence[Grant]:
    """The grants by which people act for the organization today, by name."""
    return db.session.scalars(
        select(Grant)
        .join(Grant.person)
        .where(
            Grant.organization_id == organization.id,
            Person.active,
            access.holding(clock.beijing_day(clock.now())),
        )
        .options(contains_eager(Grant.person))
        .order_by(Person.name, Grant.id)
    ).all()


def merged_records(organization: Organization) -> Sequence[Organization]:
    """The other records of the same organization that were merged into this one."""
    return db.session.scalars(
        select(Organization).where(Organization.merged_into_id == organization.id).order_by(Organization.id)
    ).all()


def family(organization: Organization) -> set[int]:
    """The ids of all records of the same organization, its own among them."""
    return {record.id for record in organization.family}


def merge_by_id(id: int) -> Merge | None:
    """One merge, whoever asks."""
    return db.session.get(Merge, id)


def merges_of(organization: Organization) -> Sequence[Merge]:
    """Every merge that the organization's record took part in, the newest first."""
    return db.session.scalars(
        select(Merge)
        .where(or_(Merge.kept_id == organization.id, Merge.merged_id == organization.id))
        .options(
            joinedload(Merge.kept),
            joinedload(Merge.merged),
            joinedload(Merge.by),
            joinedload(Merge.undone_by),
        )
        .order_by(Merge.id.desc())
    ).all()


def organizations_of(person: Person) -> Sequence[Organization]:
    """The organizations that the person acts for, by name."""
    return db.session.scalars(
        select(Organization)
        .where(Organization.id.in_(person.organization_ids), Organization.merged_into_id.is_(None))
        .order_by(Organization.name, Organization.id)
    ).all()


def organizations(person: Person, page: int, words: str = "") -> Page[Organization]:
    """The organizations that the person may see, by name; `words` in the name or at the code's beginning."""
    alone = access.visible(person).where(Organization.merged_into_id.is_(None))
    statement = alone.order_by(Organization.name, Organization.id)
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
            joinedload(Organization.merged_into),
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
    return db.session.scalars(
        select(Organization)
        .where(Organization.merged_into_id.is_(None))
        .order_by(Organization.name, Organization.id)
    ).all()


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


# --- ways in ---


def authenticator(person: Person) -> Authenticator | None:
    """The person's authenticator, in force or waiting for its first code."""
    return db.session.scalar(select(Authenticator).where(Authenticator.person_id == person.id))


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes are still unused."""
    counted = select(func.count()).select_from(RecoveryCode)
    return (
        db.session.scalar(counted.where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None)))
        or 0
    )


def reset(id: int | None) -> Reset | None:
    """One leave to set a new password, open or not."""
    return db.session.get(Reset, id) if id else None


def bounded_grant(id: int) -> Grant | None:
    """An auditor's grant for assigned projects, with its holder."""
    return db.session.scalar(
        select(Grant).where(Grant.id == id, Grant.bounded).options(joinedload(Grant.person))
    )


def viewed(person: Person) -> Sequence[Person]:
    """Through whose eyes the person may read, by name."""
    found = db.session.scalars(
        select(Person)
        .where(Person.active, Person.grants.any(Grant.role.in_(access.VIEWED)))
        .order_by(Person.name, Person.id)
        .options(*_grants())
    )
    return [other for other in found if access.may_view_as(person, other)]


# --- what somebody holds ---


@dataclass(frozen=True)
class Holdings:
    """What a person who goes leaves behind, as far as people is concerned; later stages add theirs on the desk."""

    grants: Sequence[Grant]
    stand_ins: Sequence[Grant]
    invitations: Sequence[Invitation]
    papers: Sequence[Paper]


def holdings(person: Person, at: datetime) -> Holdings:
    """Live and coming roles, those who stand in for the person, open invitations, papers whose entry is unchecked."""
    today = clock.beijing_day(at)
    bound = (
        joinedload(Grant.organization),
        joinedload(Grant.community),
        joinedload(Grant.person).lazyload(Person.grants),
    )
    unended = or_(Grant.until_on.is_(None), Grant.until_on >= today)
    return Holdings(
        grants=db.session.scalars(
            select(Grant).where(Grant.person_id == person.id, unended).options(*bound).order_by(Grant.id)
        ).all(),
        stand_ins=db.session.scalars(
            select(Grant).where(Grant.stands_for_id == person.id, unended).options(*bound).order_by(Grant.id)
        ).all(),
        invitations=db.session.scalars(
            select(Invitation)
            .where(
                Invitation.made_by_id == person.id, Invitation.used_at.is_(None), Invitation.expires_at > at
            )
            .order_by(Invitation.id)
        ).all(),
        papers=db.session.scalars(
            select(Paper)
            .where(Paper.entered_by_id == person.id, Paper.checked_by_id.is_(None))
            .options(joinedload(Paper.signer).lazyload(Person.grants))
            .order_by(Paper.id)
        ).all(),
    )


def successors(person: Person) -> Sequence[Person]:
    """Who could take over from the person: everybody active who can sign in, by name."""
    return db.session.scalars(
        select(Person)
        .where(
            Person.active, Person.id != person.id, or_(Person.mobile.is_not(None), Person.email.is_not(None))
        )
        .order_by(Person.name, Person.id)
    ).all()


class Representative(NamedTuple):
    """One change of an organization's legal representative, as the record tells it."""

    at: datetime
    who: str
    before: str
    after: str
    from_on: date | None


def representatives(organization: Organization) -> list[Representative]:
    """The changes of the legal representative, newest first."""
    told = []
    for event in trail.history(organization):
        if changed := event.facts.get("legal_representative"):
            day, (before, after) = event.facts.get("from_on"), changed
            since = date.fromisoformat(day) if day else None
            told.append(Representative(event.at, event.person_name, before, after, since))
    return told
