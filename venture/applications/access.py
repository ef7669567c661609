"""Who sees an application, as a select and as a predicate; who may write in it; who may not judge it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, literal, or_, select, true, union_all

from venture import clock
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader, Scope
from venture.db import db
from venture.people.access import holding
from venture.people.models import Grant, Organization, Person
from venture.roles import STAFF, Role, Sight
from venture.rounds.models import Blindness, Round

ENTERS = (Role.OPERATOR, Role.OFFICER)
"""Those who type in paper applications and record checks."""
EDITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED})


def visible(person: Person, *, unnamed: bool = False) -> Select[Application]:
    """The applications that the person may see whole; with `unnamed` also those that they read without being told who
    applied, for pages that do not say it.

    Staff: all that were sent, and the drafts they enter from paper themselves; applicants: their own
    organizations'; readers: those sent that review let them read; audit firms: those sent that are assigned to them.
    Whom a tie bars sees none of it, whatever their role.
    """
    sent = Application.submitted_at.is_not(None)
    ways: list[ColumnElement[bool]] = []
    if person.organization_ids:
        ways.append(Application.organization_id.in_(person.organization_ids))
    if person.holds(*STAFF):
        ways += [sent, (Application.created_by_id == person.id) & Application.signed_by_id.is_not(None)]
    else:
        # Each way finds its rows by an index of its own; one that does not would make SQLite read the whole table.
        read = select(Reader.application_id).where(Reader.person_id == person.id).correlate(None)
        ways.append(sent & Application.id.in_(read) & (true() if unnamed else named()))
        if person.audits:
            ways.append(sent & audited(person))
    return select(Application).where(or_(*ways), unbarred(person))


def named() -> ColumnElement[bool]:
    """The applications whose readers are told who applied: all but those of a blind review until a notice lists them.

    Who is never listed is never told of.
    """
    blind = select(Round.id).where(Round.blindness == Blindness.HIDDEN)
    return Application.listed_on.is_not(None) | Application.round_id.not_in(blind)


def is_named(application: Application) -> bool:
    """The same rule for one application."""
    return application.listed_on is not None or application.round.blindness is Blindness.OPEN


def unbarred(person: Person) -> ColumnElement[bool]:
    """The applications that no tie hides from the person, nor from who reads through their eyes."""
    barred = select(Barred.application_id).where(Barred.person_id.in_(person.eyes)).correlate(None)
    return Application.id.not_in(barred)


def audited(person: Person) -> ColumnElement[bool]:
    """The applications assigned to the person's audit firm, one by one or by round."""
    if not person.audits:
        return false()
    reached = or_(Scope.application_id == Application.id, Scope.round_id == Application.round_id)
    return exists().where(Scope.grant_id.in_(person.audits), reached)


def auditors(application: Application) -> frozenset[int]:
    """The persons (by id) to whom the application is assigned for audit, today. One statement."""
    return frozenset(db.session.scalars(_auditors(application, Grant.person_id)))


def _auditors(application: Application, *columns: Any) -> Select[Any]:
    reached = or_(Scope.application_id == application.id, Scope.round_id == application.round_id)
    return (
        select(*columns)
        .join(Scope, Scope.grant_id == Grant.id)
        .where(reached, Grant.bounded, holding(clock.beijing_day(clock.now())))
    )


def sight(application: Application) -> Sight:
    """The same rule for one application: who sees it. Two statements at most."""
    found: dict[bool, set[int]] = {True: set(), False: set()}
    readers = select(literal(True), Reader.person_id).where(Reader.application_id == application.id)
    barred = select(literal(False), Barred.person_id).where(Barred.application_id == application.id)
    asked = [barred, readers] if is_named(application) else [barred]
    if application.submitted_at is not None:
        asked.append(_auditors(application, literal(True), Grant.person_id))
    for reads, id in db.session.execute(union_all(*asked)):
        found[reads].add(id)
    if application.submitted_at is None:
        found[True] = set()
        if application.signed_by_id is not None:
            writer = db.session.get_one(Person, application.created_by_id)
            found[True] = {writer.id} if writer.holds(*STAFF) else set()
    return Sight(
        roles=frozenset(STAFF) if application.submitted_at is not None else frozenset(),
        organizations=frozenset({application.organization_id}),
        persons=frozenset(found[True]),
        barred=frozenset(found[False]),
    )


def may_see(person: Person, application: Application) -> bool:
    """Whether the person is one of those who see the application."""
    return sight(application).admits(person)


def enters(person: Person, application: Application) -> bool:
    """Whether the person is the one who types this application in from paper."""
    return application.signed_by_id is not None and application.created_by_id == person.id


def may_edit(person: Person, application: Application) -> bool:
    """The organization's own people, and whoever of the staff enters it from paper."""
    return application.organization_id in person.organization_ids or (
        person.holds(*ENTERS) and enters(person, application)
    )


def may_open_all(person: Person, application: Application) -> bool:
    """Who may open what was taken out or not sent yet, too: its own people and the staff."""
    return may_edit(person, application) or person.holds(*STAFF)


def may_reach(person: Person, application: Application) -> bool:
    """Who is shown how to reach the people named in it: those who run the round and its own people."""
    return may_edit(person, application) or person.holds(Role.OPERATOR, Role.OFFICER)


def is_own(person: Person, organization: Organization) -> bool:
    """Whether the person works or acts for the organization and so must not judge it."""
    return organization.id in person.organization_ids or (
        bool(person.employer_code)
        and person.employer_code in {record.credit_code for record in organization.family}
    )


def entered(person: Person, application: Application) -> bool:
    """Whether the person typed a version of it in from paper: whoever enters does not judge (经办 ≠ 审核)."""
    return any(version.entered_by_id == person.id for version in application.versions)
