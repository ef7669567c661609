"""More time than the closing gives: who has it, until when, and whom a new closing concerns."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from venture import clock
from venture.applications import access
from venture.applications.lifecycle import State
from venture.applications.models import Application, LateAdmission
from venture.db import db
from venture.people.access import holding
from venture.people.models import Grant, Organization, Person
from venture.rounds.models import Round


def admissions(round: Round) -> Sequence[LateAdmission]:
    """Every late admission of the round, in the order given."""
    return db.session.scalars(
        select(LateAdmission)
        .where(LateAdmission.round_id == round.id)
        .options(joinedload(LateAdmission.organization), joinedload(LateAdmission.by))
        .order_by(LateAdmission.id)
    ).all()


def closing_for(round: Round, organization: Organization) -> datetime:
    """When the round closes for this organization."""
    later = db.session.scalar(
        select(func.max(LateAdmission.until_at)).where(
            LateAdmission.round_id == round.id, LateAdmission.organization_id == organization.id
        )
    )
    return max(round.closes_at, later) if later else round.closes_at


def concerned(round: Round, organization: Organization | None) -> Sequence[Application]:
    """Drafts and sent applications that a later closing keeps open: of one organization, or of all."""
    chosen = select(Application).where(
        Application.round_id == round.id, Application.state.in_((State.DRAFT, State.SUBMITTED))
    )
    if organization is not None:
        chosen = chosen.where(Application.organization_id == organization.id)
    ordered = chosen.order_by(Application.organization_id, Application.id)
    return db.session.scalars(ordered.options(joinedload(Application.organization))).all()


def recipients(round: Round, organization: Organization | None) -> Sequence[Person]:
    """Whom to tell of a later closing: the people of the organization, or of all that have begun something."""
    if organization is not None:
        return _acting_for(select(Organization.id).where(Organization.id == organization.id))
    states = (State.DRAFT, State.SUBMITTED)
    return _acting_for(_bodies(round, states))


def drafters(round: Round) -> Sequence[Person]:
    """Whom to tell of a supplement: the people of all whose application is still in their hands."""
    return _acting_for(_bodies(round, access.EDITABLE))


def _bodies(round: Round, states: Collection[State]) -> Select[int]:
    return select(Application.organization_id).where(
        Application.round_id == round.id, Application.state.in_(states)
    )


def _acting_for(bodies: Select[int]) -> Sequence[Person]:
    now = holding(clock.beijing_day(clock.now()))
    return db.session.scalars(
        select(Person)
        .where(Person.active, Person.grants.any(Grant.organization_id.in_(bodies) & now))
        .order_by(Person.id)
    ).all()
