"""Who sees a running project, who records in it, who decides about it; who evaluates and audits it at its end."""

from sqlalchemy import Select, select

from venture.applications import access as applications
from venture.applications.models import Application
from venture.budget import access as budget
from venture.budget.models import Award
from venture.delivery.models import Audit, Evaluation, EvaluationSheet
from venture.people.models import Person
from venture.refusal import Blocker
from venture.roles import STAFF, Role, Sight

PAGES = budget.PAGES
"""Those of the bureau's side who read running projects."""
RECOMMENDS = (Role.OPERATOR, Role.OFFICER)
"""Those who look at what an organization asks for, and recommend."""
EVALUATORS = (Role.EXPERT, Role.OPERATOR, Role.OFFICER)
"""Those to whom an evaluation can be assigned."""
AUDITS = (Role.OFFICER, Role.AUDITOR)
"""Those of the staff who enter and check audit results; an audit firm does it for what is assigned to it."""
ARCHIVES = (Role.OFFICER, Role.AUDITOR)
"""Those who take a project's whole file out, private papers with it."""

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


# --- evaluation and audit ---


def sheets(person: Person) -> Select[EvaluationSheet]:
    """The sheets assigned to the person, without those of projects from which a tie bars them."""
    return (
        select(EvaluationSheet)
        .join(EvaluationSheet.evaluation)
        .join(Evaluation.award)
        .join(Award.application)
        .where(EvaluationSheet.person_id == person.id, applications.unbarred(person))
    )


def sheet_sight(sheet: EvaluationSheet) -> Sight:
    """Who sees a sheet while it is marked: its evaluator alone."""
    return Sight(persons=frozenset({sheet.person_id}))


def tied(person: Person, application: Application) -> bool:
    """Whether the person works or acts for the organization, and so does not evaluate its project."""
    return applications.is_own(person, application.organization)


def may_audit(person: Person, award: Award) -> bool:
    """Whether the person enters or checks the audit of this project."""
    return person.holds(*AUDITS) or person.id in applications.auditors(award.application)


def check_blockers(person: Person, audit: Audit) -> list[Blocker]:
    """Why this person cannot check the audit's entry."""
    found = [] if may_audit(person, audit.award) else [Blocker("delivery.not_auditor")]
    if audit.entered_by_id == person.id:
        found.append(Blocker("delivery.entered_by_you", "", {"person": person.name}))
    return found
