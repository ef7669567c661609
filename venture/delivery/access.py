"""Who writes a project's reports, who evaluates it, who enters and checks its audit; makers and checkers differ."""

from sqlalchemy import Select, select

from venture.applications import access as applications
from venture.applications.models import Application
from venture.budget.models import Award
from venture.delivery.models import Audit, Evaluation, EvaluationSheet
from venture.people.models import Person
from venture.refusal import Blocker
from venture.roles import Role, Sight

EVALUATORS = (Role.EXPERT, Role.OPERATOR, Role.OFFICER)
"""Those to whom an evaluation can be assigned."""
AUDITS = (Role.OFFICER, Role.AUDITOR)
"""Those of the staff who enter and check audit results; an audit firm does it for what is assigned to it."""


def own_blockers(person: Person, award: Award) -> list[Blocker]:
    """Empty for the organization's own people; else delivery.not_yours."""
    mine = award.application.organization_id in person.organization_ids
    return [] if mine else [Blocker("delivery.not_yours")]


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
