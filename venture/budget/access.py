"""Who may see an award and its payments, and who may act at each step: maker, checker and approver differ."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Select, false, or_, select

from venture.applications import access as applications
from venture.applications.models import Application, Barred
from venture.budget.models import Award, Decision, Payment
from venture.db import db
from venture.people.models import Organization, Person
from venture.refusal import Blocker
from venture.roles import Role, Sight

PAGES = (Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.AUDITOR, Role.OPERATOR, Role.ADMINISTRATOR)
"""Those who read a round's money; what each may change stands at the verbs."""


def visible(person: Person) -> Select[Award]:
    """The awards that the person may see: staff all, organizations theirs, audit firms those assigned to them, without
    those barred to them.
    """
    seen = applications.visible(person).with_only_columns(Application.id).order_by(None)
    if not person.holds(*PAGES):
        own = person.organization_ids
        ours = Application.organization_id.in_(own) if own else false()
        seen = seen.where(or_(ours, applications.audited(person)))
    return select(Award).where(Award.application_id.in_(seen))


def sight(award: Award) -> Sight:
    """The same rule for one award: those who see its application, but for those who only read it."""
    auditors = applications.auditors(award.application)
    return replace(applications.sight(award.application), roles=frozenset(PAGES), persons=auditors)


def may_see(person: Person, award: Award) -> bool:
    """Whether the person is one of those who see the award."""
    return sight(award).admits(person)


def role_blockers(person: Person, *roles: Role) -> list[Blocker]:
    """Empty when the person holds one of the roles; else budget.not_your_role (roles)."""
    return [] if person.holds(*roles) else [Blocker("budget.not_your_role", "", {"roles": list(roles)})]


def tie_blockers(person: Person, applications: Iterable[Application]) -> list[Blocker]:
    """budget.barred when the person is barred from any of the applications (回避); which one is not said."""
    ids = {application.id for application in applications}
    tied = db.session.scalar(
        select(Barred.id).where(Barred.person_id == person.id, Barred.application_id.in_(ids)).limit(1)
    )
    return [Blocker("budget.barred")] if tied else []


def hand_in_blockers(person: Person, award: Award) -> list[Blocker]:
    """Why this person cannot hand in papers for the award: its organization's people may, and officers, for paper."""
    own = award.application.organization_id in person.organization_ids
    return [] if own or person.holds(Role.OFFICER) else [Blocker("budget.not_your_project")]


def account_blockers(person: Person, organization: Organization) -> list[Blocker]:
    """Why this person cannot ask for another account of the organization: its people may, and officers, for paper."""
    own = organization.id in person.organization_ids
    may = own or person.holds(Role.OFFICER)
    return [] if may else [Blocker("budget.not_its_people", "", {"organization": organization.name})]


def approve_blockers(person: Person, decision: Decision) -> list[Blocker]:
    """Why this person cannot be the approver of the decision, whoever types it in."""
    found = role_blockers(person, Role.APPROVER)
    if person.id == decision.proposed_by_id:
        found.append(Blocker("budget.own_proposal", "", {"person": person.name}))
    return found


def check_blockers(person: Person, payments: Iterable[Payment]) -> list[Blocker]:
    """Why this person cannot check the payments."""
    found = role_blockers(person, Role.FINANCE)
    if any(payment.requested_by_id == person.id for payment in payments):
        found.append(Blocker("budget.requested_by_you", "", {"person": person.name}))
    return found


def release_blockers(person: Person, payments: Iterable[Payment]) -> list[Blocker]:
    """Why this person cannot release the payments, in the system or by signing on paper."""
    found = role_blockers(person, Role.APPROVER)
    listed = list(payments)
    if any(payment.requested_by_id == person.id for payment in listed):
        found.append(Blocker("budget.requested_by_you", "", {"person": person.name}))
    if any(payment.checked_by_id == person.id for payment in listed):
        found.append(Blocker("budget.checked_by_you", "", {"person": person.name}))
    return found


def tied(person: Person, decision: Decision) -> bool:
    """Whether a tie hides any project of the decision from the person: then somebody else works on it."""
    return bool(tie_blockers(person, [line.application for line in decision.lines]))
