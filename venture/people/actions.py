"""Sign-in and out, invitations, organizations and communities: the verbs on people."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select

from venture import clock, files, trail
from venture.db import db, locked
from venture.files import File, Staged
from venture.people import access, credit_code
from venture.people.models import (
    AnnualReport,
    Ban,
    Community,
    Grant,
    Invitation,
    Listing,
    ListKind,
    Organization,
    Paper,
    Person,
    SignIn,
    YearlyResult,
)
from venture.people.queries import fingerprint, person_by_login
from venture.refusal import Blocker, Refused
from venture.roles import Role

TRIES, PAUSE = 5, timedelta(minutes=15)
INVITATION_LASTS = timedelta(days=14)
MOBILE, EMAIL = re.compile(r"1[3-9][0-9]{9}"), re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
PROFILE = (
    "name",
    "registrar",
    "registered_on",
    "supervising_unit",
    "address",
    "postcode",
    "introduction",
    "rating",
    "rated_in",
    "legal_representative",
    "representative_position",
    "representative_phone",
    "representative_email",
)
"""What `save_organization` may change; the credit code and the account have verbs of their own."""
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())


def hash_of(password: str) -> str:
    """The argon2 hash of a password; slow on purpose, so call it before the transaction."""
    return _hasher.hash(password)


def password_fits(login: str, password: str) -> bool:
    """Whether the password is the login's; as slow for an unknown login. Ask it outside the write lock."""
    person = person_by_login(login)
    try:
        return _hasher.verify((person and person.password_hash) or _NOBODY, password) and person is not None
    except VerificationError:
        return False


def sign_in(*, login: str, fits: bool, at: datetime) -> tuple[Person, str] | None:
    """Begin a sign-in when the password was right; the answer is the person and the new token.

    None for wrong, unknown, inactive or paused accounts alike; five wrong tries pause one for 15 minutes.
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


# --- invitations ---


def normal_login(typed: str) -> str:
    """A mobile number or e-mail as it is stored: half-width, without blanks, in small letters."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).lower()


def invite(
    *,
    name: str,
    address: str,
    role: Role,
    organization: Organization | None = None,
    community: Community | None = None,
    by: Person,
    at: datetime,
) -> tuple[Invitation, str]:
    """Make a link that lets one person in with a role, once, for 14 days; gives the row and the secret token.

    Raises Refused: people.address, people.organization_needed, people.community_needed,
    people.role_not_yours.
    """
    address = normal_login(address)
    wrong = []
    if not (MOBILE.fullmatch(address) or EMAIL.fullmatch(address)):
        wrong.append(Blocker("people.address", "address"))
    if role is Role.APPLICANT and organization is None:
        wrong.append(Blocker("people.organization_needed", "organization"))
    if role is Role.CLERK and community is None:
        wrong.append(Blocker("people.community_needed", "community"))
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
    at: datetime,
) -> tuple[Person, str]:
    """Use an invitation as a new person, who is then signed in; gives the person and the sign-in's token.

    Raises Refused: people.invitation_used, people.invitation_expired, people.no_login, people.mobile,
    people.email, people.login_taken.
    """
    _usable(invitation, at)
    mobile, email = normal_login(mobile or "") or None, normal_login(email or "") or None
    wrong = []
    if not mobile and not email:
        wrong.append(Blocker("people.no_login", "mobile"))
    if mobile and not MOBILE.fullmatch(mobile):
        wrong.append(Blocker("people.mobile", "mobile"))
    if email and not EMAIL.fullmatch(email):
        wrong.append(Blocker("people.email", "email"))
    for field, login in (("mobile", mobile), ("email", email)):
        if login and person_by_login(login) is not None:
            wrong.append(Blocker("people.login_taken", field, {"login": login}))
    if wrong:
        raise Refused.all(wrong)
    person = Person(name=name.strip(), mobile=mobile, email=email, password_hash=password_hash, created_at=at)
    db.session.add(person)
    db.session.flush()
    _use(invitation, person, at)
    return person, begin(person, at=at)


def accept_as(*, invitation: Invitation, by: Person, at: datetime) -> None:
    """Use an invitation with one's present account. Raises Refused as `accept`, and people.has_role."""
    _usable(invitation, at)
    _use(invitation, by, at)


def _usable(invitation: Invitation, at: datetime) -> None:
    locked(invitation)
    if invitation.used_at is not None:
        raise Refused("people.invitation_used", used_at=invitation.used_at)
    if invitation.expires_at <= at:
        raise Refused("people.invitation_expired", expires_at=invitation.expires_at)


def _use(invitation: Invitation, person: Person, at: datetime) -> None:
    _grant(
        person,
        invitation.role,
        invitation.organization,
        invitation.community,
        by=invitation.made_by,
        at=at,
    )
    invitation.used_at, invitation.used_by_id = at, person.id
    trail.say(person, "people.accept", invitation, role=invitation.role)


# --- roles ---


def give(
    *,
    person: Person,
    role: Role,
    organization: Organization | None = None,
    community: Community | None = None,
    by: Person,
    at: datetime,
) -> Grant:
    """Give a role.

    Raises Refused: people.role_not_yours, people.organization_needed, people.community_needed,
    people.has_role.
    """
    if role is Role.APPLICANT and organization is None:
        raise Refused("people.organization_needed", "organization")
    if role is Role.CLERK and community is None:
        raise Refused("people.community_needed", "community")
    if not access.may_invite(by, role, organization):
        raise Refused("people.role_not_yours", "role", role=role)
    return _grant(person, role, organization, community, by=by, at=at)


def _grant(
    person: Person,
    role: Role,
    organization: Organization | None,
    community: Community | None,
    *,
    by: Person,
    at: datetime,
) -> Grant:
    bound_to = organization if role is Role.APPLICANT else None
    kept_for = community if role is Role.CLERK else None
    locked(person)
    for held in person.grants:
        if (held.role, held.organization_id, held.community_id) == (
            role,
            bound_to.id if bound_to else None,
            kept_for.id if kept_for else None,
        ):
            raise Refused("people.has_role", "role", name=person.name, role=role)
    grant = Grant(role=role, organization=bound_to, community=kept_for, given_at=at, given_by_id=by.id)
    person.grants.append(grant)
    db.session.flush()
    trail.say(by, "people.give_role", person, role=role, organization=bound_to, community=kept_for)
    return grant


def take(*, grant: Grant, by: Person, at: datetime) -> None:
    """Take a role away. Raises Refused: people.role_not_yours, people.last_administrator."""
    if not by.holds(Role.ADMINISTRATOR):
        raise Refused("people.role_not_yours", "role", role=grant.role)
    if grant.role is Role.ADMINISTRATOR:
        _not_the_last(grant.person)
    trail.say(
        by,
        "people.take_role",
        grant.person,
        role=grant.role,
        organization=grant.organization,
        community=grant.community,
    )
    grant.person.grants.remove(grant)
    db.session.delete(grant)


def deactivate(*, person: Person, reason: str, by: Person, at: datetime) -> None:
    """Shut a person out at once; what they did stays.

    Raises Refused: people.yourself, people.last_administrator.
    """
    if person.id == by.id:
        raise Refused("people.yourself")
    if person.holds(Role.ADMINISTRATOR):
        _not_the_last(person)
    person.active = False
    trail.say(by, "people.deactivate", person, reason=reason)


def reactivate(*, person: Person, by: Person, at: datetime) -> None:
    """Let a person in again, with the roles they held; a pause after wrong passwords ends too."""
    person.active, person.failures, person.locked_until = True, 0, None
    trail.say(by, "people.reactivate", person)


def _not_the_last(person: Person) -> None:
    others = db.session.scalars(
        select(Person.id)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.role == Role.ADMINISTRATOR, Person.active, Person.id != person.id)
        .with_for_update()
    ).first()
    if others is None:
        raise Refused("people.last_administrator", name=person.name)


# --- organizations ---


def register(*, code: str, name: str, by: Person, at: datetime) -> Organization:
    """Enter an organization under its credit code.

    Raises Refused: people.credit_code_… as `credit_code.parse`, people.code_taken (name),
    people.not_register.
    """
    if not by.holds(*access.REGISTER):
        raise Refused("people.not_register")
    try:
        parsed = credit_code.parse(code)
    except credit_code.Malformed as wrong:
        raise Refused(
            f"people.{wrong.code.replace('.', '_')}", "code", typed=credit_code.normal(code), **wrong.facts
        ) from wrong
    holder = db.session.scalar(
        select(Organization).where(Organization.credit_code == parsed, Organization.merged_into_id.is_(None))
    )
    if holder is not None:
        raise Refused("people.code_taken", "code", code=parsed, name=holder.name, id=holder.id)
    made = Organization(credit_code=parsed, name=name.strip(), created_at=at)
    db.session.add(made)
    db.session.flush()
    trail.say(by, "people.register", made, credit_code=parsed, name=made.name)
    return made


def save_organization(
    *, organization: Organization, values: Mapping[str, Any], by: Person, at: datetime
) -> None:
    """Set fields of the profile (`PROFILE`); the trail keeps what changed.

    Raises Refused: people.not_yours, people.rating_year, people.postcode.
    """
    _editable(organization, by)
    if unknown := set(values) - set(PROFILE):
        raise ValueError(f"not in the profile: {unknown}")
    locked(organization)
    wrong = []
    new = {name: getattr(organization, name) for name in PROFILE} | dict(values)
    if (new["rating"] is None) != (new["rated_in"] is None):
        wrong.append(Blocker("people.rating_year", "rated_in"))
    if new["postcode"] and not re.fullmatch(r"[0-9]{6}", new["postcode"]):
        wrong.append(Blocker("people.postcode", "postcode"))
    if not new["name"].strip():
        wrong.append(Blocker("people.name", "name"))
    if wrong:
        raise Refused.all(wrong)
    changed = _set(organization, values)
    if changed:
        trail.say(by, "people.save_organization", organization, **changed)


def change_account(
    *, organization: Organization, account_name: str, bank: str, account_no: str, by: Person, at: datetime
) -> None:
    """Set the payee account; the trail keeps the old and the new one.

    Payments already approved keep the account they were approved for. Raises Refused: people.not_yours,
    people.account_no, people.account_incomplete.
    """
    _editable(organization, by)
    number = "".join(unicodedata.normalize("NFKC", account_no).split()).replace("-", "")
    if not re.fullmatch(r"[0-9]{6,32}", number):
        raise Refused("people.account_no", "account_no")
    if not account_name.strip() or not bank.strip():
        raise Refused("people.account_incomplete", "account_name" if not account_name.strip() else "bank")
    locked(organization)
    changed = _set(
        organization, {"account_name": account_name.strip(), "bank": bank.strip(), "account_no": number}
    )
    if changed:
        trail.say(by, "people.change_account", organization, **changed)


def report_year(
    *, organization: Organization, year: int, result: YearlyResult, by: Person, at: datetime
) -> None:
    """Set the conclusion of one year's report. Raises Refused: people.not_yours, people.report_year."""
    _editable(organization, by)
    if not 1990 <= year < clock.beijing_day(at).year:
        raise Refused("people.report_year", "year", year=year)
    row = next((report for report in organization.reports if report.year == year), None)
    old = row.result if row else None
    if row is None:
        organization.reports.append(AnnualReport(year=year, result=result))
    else:
        row.result = result
    if old is not result:
        trail.say(by, "people.report_year", organization, year=year, result=[old, result])


def look_up_lists(*, organization: Organization, on: date, by: Person, at: datetime) -> None:
    """Note the day on which the national lists were looked up.

    Raises Refused: people.not_register, people.later_day.
    """
    _keeps_register(by)
    _not_later(on, at, "on")
    trail.say(by, "people.look_up_lists", organization, on=[organization.lists_checked_on, on])
    organization.lists_checked_on = on


def add_listing(
    *,
    organization: Organization,
    kind: ListKind,
    from_on: date,
    to_on: date | None,
    source: str,
    by: Person,
    at: datetime,
) -> Listing:
    """Enter a stay on a list, or an offence with its day.

    Raises Refused: people.not_register, people.days_order.
    """
    _keeps_register(by)
    _in_order(from_on, to_on)
    row = Listing(kind=kind, from_on=from_on, to_on=to_on, source=source.strip())
    organization.listings.append(row)
    db.session.flush()
    trail.say(by, "people.add_listing", organization, kind=kind, from_on=from_on, to_on=to_on, source=source)
    return row


def end_listing(*, listing: Listing, to_on: date, reason: str, by: Person, at: datetime) -> None:
    """Set the day a stay on a list ended; both values are kept. Raises Refused: people.not_register,
    people.days_order."""
    _keeps_register(by)
    _in_order(listing.from_on, to_on)
    trail.correct(listing, field="to_on", value=to_on, reason=reason, by=by, at=at)


def add_ban(
    *, organization: Organization, from_on: date, to_on: date, reason: str, by: Person, at: datetime
) -> Ban:
    """Bar an organization from applying. Raises Refused: people.not_judge, people.days_order."""
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    _in_order(from_on, to_on)
    row = Ban(from_on=from_on, to_on=to_on, reason=reason.strip())
    organization.bans.append(row)
    db.session.flush()
    trail.say(by, "people.add_ban", organization, from_on=from_on, to_on=to_on, reason=reason)
    return row


def lift_ban(*, ban: Ban, to_on: date, reason: str, by: Person, at: datetime) -> None:
    """Let a ban end on another day; both are kept. Raises Refused: people.not_judge, people.days_order."""
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    _in_order(ban.from_on, to_on)
    trail.correct(ban, field="to_on", value=to_on, reason=reason, by=by, at=at)


def _editable(organization: Organization, by: Person) -> None:
    if not access.may_edit(by, organization):
        raise Refused("people.not_yours", name=organization.name)


def _keeps_register(by: Person) -> None:
    if not by.holds(*access.REGISTER):
        raise Refused("people.not_register")


def _in_order(from_on: date, to_on: date | None) -> None:
    if to_on is not None and to_on < from_on:
        raise Refused("people.days_order", "to_on", from_on=from_on, to_on=to_on)


def _not_later(day: date, at: datetime, field: str) -> None:
    if day > clock.beijing_day(at):
        raise Refused("people.later_day", field, day=day)


def _set(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs; the answer holds old and new value of each change."""
    changed = {
        name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    return changed


# --- acts signed on paper ---


def enter_paper(
    *, signer: Person, signed_on: date, scan: Staged | File | None = None, by: Person, at: datetime
) -> Paper:
    """Record that an act was signed on paper; another person must check the entry (`check_paper`).

    Raises Refused: people.later_day when it is dated after today.
    """
    _not_later(signed_on, at, "signed_on")
    paper = Paper(
        signer=signer,
        signed_on=signed_on,
        scan=files.keep(scan, by=by, at=at) if isinstance(scan, Staged) else scan,
        entered_by=by,
        entered_at=at,
    )
    db.session.add(paper)
    db.session.flush()
    trail.say(by, "people.enter_paper", paper, signer=signer, signed_on=signed_on, scan=paper.scan_id)
    return paper


def check_paper(*, paper: Paper, by: Person, at: datetime) -> None:
    """Confirm that an entry says what the paper says.

    Raises Refused: people.same_person, people.paper_checked.
    """
    locked(paper)
    if paper.entered_by_id == by.id:
        raise Refused("people.same_person", name=by.name)
    if paper.checked_by_id is not None:
        raise Refused("people.paper_checked", at=paper.checked_at)
    paper.checked_by, paper.checked_at = by, at
    trail.say(by, "people.check_paper", paper)
