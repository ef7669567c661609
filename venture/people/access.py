"""Who may see, change and give what among persons and organizations."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from venture.people.models import Grant, Organization, Person
from venture.roles import STAFF, Role, Sight

INVITED_BY_OFFICERS = frozenset({Role.APPLICANT, Role.EXPERT, Role.CLERK})
REGISTER = (Role.OPERATOR, Role.OFFICER, Role.ADMINISTRATOR)
"""Those who keep the register of organizations."""
JUDGES = (Role.OFFICER, Role.ADMINISTRATOR)
"""Those who enter and lift bans."""


def holding(day: date) -> ColumnElement[bool]:
    """The grants that hold on this day of Beijing, for selects over them; the rule of `Grant.holds_on`."""
    return and_(
        or_(Grant.from_on.is_(None), Grant.from_on <= day),
        or_(Grant.until_on.is_(None), Grant.until_on >= day),
    )


def roles_given_by(person: Person) -> list[Role]:
    """The roles that the person may invite others to, in the order of the list of roles."""
    if person.holds(Role.ADMINISTRATOR):
        return list(Role)
    allowed = INVITED_BY_OFFICERS if person.holds(Role.OFFICER) else frozenset()
    if person.holds(Role.APPLICANT):
        allowed = allowed | {Role.APPLICANT}
    return [role for role in Role if role in allowed]


def may_invite(person: Person, role: Role, organization: Organization | None) -> bool:
    """Whether the person may invite to this role; an organization's own people only to their organization."""
    if role not in roles_given_by(person):
        return False
    if person.holds(Role.ADMINISTRATOR, Role.OFFICER):
        return True
    return organization is not None and organization.id in person.organization_ids


def may_read_code_to(person: Person, other: Person) -> bool:
    """Whether the person may read a one-time code out to another: never to oneself, officers to outsiders only."""
    if person.id == other.id:
        return False
    if person.holds(Role.ADMINISTRATOR):
        return True
    return person.holds(Role.OFFICER) and {grant.role for grant in other.grants} <= INVITED_BY_OFFICERS


VIEWED = frozenset({Role.APPLICANT, Role.EXPERT})
"""Through whose eyes an officer may read."""


def may_view_as(person: Person, other: Person) -> bool:
    """Whether the person may read the pages as the other sees them: officers, as outsiders who hold no other role."""
    held = {grant.role for grant in other.grants}
    outsider = other.active and bool(other.roles) and held <= VIEWED
    return outsider and person.id != other.id and person.holds(Role.OFFICER)


def visible(person: Person) -> Select[Organization]:
    """The organizations that the person may see: staff all, its own people theirs, others none."""
    if person.holds(*STAFF):
        return select(Organization)
    own = person.organization_ids
    return select(Organization).where(Organization.id.in_(own) if own else false())


def may_see(person: Person, organization: Organization) -> bool:
    """The same rule for one organization."""
    return person.holds(*STAFF) or organization.id in person.organization_ids


def may_edit(person: Person, organization: Organization) -> bool:
    """Its own people and those who keep the register."""
    return person.holds(*REGISTER) or organization.id in person.organization_ids


def account_sight(organization: Organization) -> Sight:
    """Who sees the whole account number; everybody else sees its last four signs."""
    return Sight(roles=frozenset({Role.OFFICER, Role.FINANCE}), organizations=frozenset({organization.id}))


def may_see_account(person: Person, organization: Organization) -> bool:
    """Whether the person sees the whole account number."""
    return account_sight(organization).admits(person)


def may_judge(person: Person) -> bool:
    """Who enters and lifts bans."""
    return person.holds(*JUDGES)
