"""Awards with their instalments: who got what, and when the money comes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from venture import clock, money, trail, workdays
from venture.applications import access as seen
from venture.applications.models import Application
from venture.budget import access
from venture.budget.instalments import Due, due
from venture.budget.models import (
    Award,
    AwardState,
    DecisionLine,
    Instalment,
    Invoice,
    Payment,
    PaymentState,
)
from venture.db import db
from venture.people.access import holding
from venture.people.models import Grant, Organization, Person
from venture.rounds.models import Condition, Round, Theme

AWARD: tuple[_AbstractLoad, ...] = (
    joinedload(Award.theme),
    joinedload(Award.line),
    joinedload(Award.application).joinedload(Application.organization),
    selectinload(Award.instalments).options(
        selectinload(Instalment.payments), selectinload(Instalment.invoices)
    ),
)


def awards(round: Round, person: Person) -> Sequence[Award]:
    """The awards of a round that the person may see, by theme and project number, with their instalments."""
    return db.session.scalars(
        access.visible(person)
        .join(Award.theme)
        .where(Theme.round_id == round.id)
        .options(*AWARD)
        .order_by(Theme.position, Theme.id, Award.project_no)
    ).all()


def audited(person: Person, words: str = "") -> Sequence[tuple[Application, Award | None]]:
    """The projects assigned to the person for audit, by number, each with its award; `words` in title, organization or
    number.
    """
    statement = (
        select(Application, Award)
        .join(Application.organization)
        .outerjoin(Award, Award.application_id == Application.id)
        .where(
            Application.id.in_(seen.visible(person).with_only_columns(Application.id)), seen.audited(person)
        )
        .options(joinedload(Application.organization), joinedload(Application.round))
        .order_by(Application.number, Application.id)
    )
    if words := words.strip():
        found = (Application.title, Organization.name, Application.number)
        statement = statement.where(or_(*(column.icontains(words, autoescape=True) for column in found)))
    return [(application, award) for application, award in db.session.execute(statement)]


def award(award_id: int, person: Person) -> Award | None:
    """One award with all its money, if the person may see it."""
    return db.session.scalar(
        access.visible(person)
        .where(Award.id == award_id)
        .options(
            *AWARD,
            joinedload(Award.theme).joinedload(Theme.round),
            joinedload(Award.line).joinedload(DecisionLine.decision),
            selectinload(Award.instalments)
            .selectinload(Instalment.payments)
            .options(joinedload(Payment.batch)),
        )
    )


def award_of(application: Application) -> Award | None:
    """The award of an application, if there is one."""
    return db.session.scalar(select(Award).where(Award.application_id == application.id).options(*AWARD))


def due_of(instalment: Instalment) -> Due | None:
    """When the instalment is due, and whether that may still shift; None while its condition is not met."""
    if instalment.due_from is None:
        return None
    return due(instalment.due_from, instalment.due_days, workdays.calendar())


def dues(awards: Sequence[Award]) -> dict[int, Due]:
    """The due days of all met instalments by instalment id. Two statements."""
    calendar = workdays.calendar()
    return {
        part.id: due(part.due_from, part.due_days, calendar)
        for award in awards
        for part in award.instalments
        if part.due_from is not None
    }


def payment_of(instalment: Instalment) -> Payment | None:
    """The payment of the instalment that stands (requested to paid), not those sent back."""
    return next((each for each in instalment.payments if each.state is not PaymentState.RETURNED), None)


def invoice_of(instalment: Instalment) -> Invoice | None:
    """The receipt or invoice of the instalment that stands, not those taken back."""
    return next((each for each in instalment.invoices if each.withdrawn_at is None), None)


def unsigned(round: Round, person: Person) -> list[Award]:
    """The awards that wait for their agreement."""
    return [
        award
        for award in awards(round, person)
        if award.state is AwardState.LIVE and award.agreement_no is None
    ]


def conditional(round: Round, person: Person, condition: Condition) -> list[tuple[Award, Instalment]]:
    """The instalments of live awards under this condition, met or not."""
    return [
        (award, part)
        for award in awards(round, person)
        if award.state is AwardState.LIVE
        for part in award.instalments
        if part.condition is condition
    ]


def corrections_of(rows: Sequence[Any]) -> dict[int, list[trail.Correction]]:
    """The corrections of awards or payments, by row id. One statement."""
    return trail.corrections_of(rows)


def applicants_of(organization: Organization) -> Sequence[Person]:
    """The people who act for the organization: those who get its messages."""
    return db.session.scalars(
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Grant.organization_id == organization.id,
            Person.active,
            holding(clock.beijing_day(clock.now())),
        )
        .distinct()
        .order_by(Person.id)
    ).all()


def percent_of(award: Award, instalment: Instalment) -> int | None:
    """The instalment's share of the plan in whole percent."""
    return money.percent(instalment.weight, sum(part.weight for part in award.instalments))


def due_days(
    awards: Sequence[tuple[Award, date]], condition: Condition = Condition.SIGNED
) -> dict[int, date | None]:
    """When the first instalment under the condition would be due, were it met on the day; by award id."""
    calendar = workdays.calendar()
    return {
        award.id: next(
            (
                due(on, part.due_days, calendar).day
                for part in award.instalments
                if part.condition is condition
            ),
            None,
        )
        for award, on in awards
    }
