"""Who sees an application, as a select and as a predicate; who may write in it; who may not judge it."""

from sqlalchemy import ColumnElement, Select, exists, false, literal, or_, select, union_all

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.people.models import Organization, Person
from venture.roles import STAFF, Role, Sight

ENTERS = (Role.OPERATOR, Role.OFFICER)
"""Those who type in paper applications and record checks."""
EDITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED})


def visible(person: Person) -> Select[Application]:
    """The applications that the person may see.

    Staff: all that were sent, and the drafts they enter from paper themselves; applicants: their own
    organizations'; readers: those sent that review let them read. Whom a tie bars sees none of it, whatever their role.
    """
    sent = Application.submitted_at.is_not(None)
    own = person.organization_ids
    ways: list[ColumnElement[bool]] = [Application.organization_id.in_(own) if own else false()]
    if person.holds(*STAFF):
        ways += [sent, (Application.created_by_id == person.id) & Application.signed_by_id.is_not(None)]
    reads = exists().where(Reader.application_id == Application.id, Reader.person_id == person.id)
    barred = exists().where(Barred.application_id == Application.id, Barred.person_id.in_(person.eyes))
    return select(Application).where(or_(*ways, sent & reads), ~barred)


def sight(application: Application) -> Sight:
    """The same rule for one application: who sees it. One statement, two for a draft entered from paper."""
    named: dict[bool, set[int]] = {True: set(), False: set()}
    readers = select(literal(True), Reader.person_id).where(Reader.application_id == application.id)
    barred = select(literal(False), Barred.person_id).where(Barred.application_id == application.id)
    for reads, id in db.session.execute(union_all(readers, barred)):
        named[reads].add(id)
    if application.submitted_at is None:
        named[True] = set()
        if application.signed_by_id is not None:
            writer = db.session.get_one(Person, application.created_by_id)
            named[True] = {writer.id} if writer.holds(*STAFF) else set()
    return Sight(
        roles=frozenset(STAFF) if application.submitted_at is not None else frozenset(),
        organizations=frozenset({application.organization_id}),
        persons=frozenset(named[True]),
        barred=frozenset(named[False]),
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


def may_reach(person: Person, application: Application) -> bool:
    """Who is shown how to reach the people named in it: those who run the round and its own people."""
    return may_edit(person, application) or person.holds(Role.OPERATOR, Role.OFFICER)


def is_own(person: Person, organization: Organization) -> bool:
    """Whether the person works or acts for the organization and so must not judge it."""
    return organization.id in person.organization_ids or (
        bool(person.employer_code) and person.employer_code == organization.credit_code
    )


def entered(person: Person, application: Application) -> bool:
    """Whether the person typed a version of it in from paper: whoever enters does not judge (经办 ≠ 审核)."""
    return any(version.entered_by_id == person.id for version in application.versions)
