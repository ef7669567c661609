"""Who sees a running project, who records in it, who decides about it: the organization's own people and the staff."""

from sqlalchemy import Select

from venture.applications.models import Application
from venture.budget import access as budget
from venture.budget.models import Award
from venture.people.models import Person
from venture.refusal import Blocker
from venture.roles import STAFF, Role

PAGES = budget.PAGES
"""Those of the bureau's side who read running projects."""
RECOMMENDS = (Role.OPERATOR, Role.OFFICER)
"""Those who look at what an organization asks for, and recommend."""

visible = budget.visible
"""The projects that the person may see, as a select: those whose award they may see."""
may_see = budget.may_see
"""The same rule for one project."""
sight = budget.sight
"""Who sees a project, for the line «who can see this»."""


def mine(person: Person) -> Select[Award]:
    """The projects of the person's own organizations."""
    own = Application.organization_id.in_(person.organization_ids)
    return visible(person).join(Award.application).where(own)


def is_own(person: Person, award: Award) -> bool:
    """Whether the project is of an organization that the person acts for."""
    return award.application.organization_id in person.organization_ids


def may_open_sign_in(person: Person, award: Award) -> bool:
    """Sign-in sheets name people: staff and the organization's own open them, no audit firm and no reader."""
    return may_see(person, award) and (is_own(person, award) or person.holds(*STAFF))


def own_blockers(person: Person, award: Award) -> list[Blocker]:
    """delivery.not_yours when the person does not act for the project's organization."""
    return [] if is_own(person, award) else [Blocker("delivery.not_yours")]


def role_blockers(person: Person, award: Award, *roles: Role) -> list[Blocker]:
    """Why the person cannot act as one of the bureau's side: no such role, a tie, or it is their own project.

    Codes: delivery.not_your_role (roles), budget.barred, delivery.own_project.
    """
    found = [] if person.holds(*roles) else [Blocker("delivery.not_your_role", "", {"roles": list(roles)})]
    found += budget.tie_blockers(person, [award.application])
    if is_own(person, award):
        found.append(Blocker("delivery.own_project"))
    return found
