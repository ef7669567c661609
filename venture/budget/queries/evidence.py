"""Invoices, changed accounts, and who waits since when for which money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, select
from sqlalchemy.orm import joinedload

from venture import clock, workdays
from venture.applications.models import Application
from venture.budget import access
from venture.budget.instalments import Due, due
from venture.budget.models import (
    AccountChange,
    Award,
    AwardState,
    Batch,
    ChangeState,
    Instalment,
    Invoice,
    Payment,
    PaymentState,
)
from venture.budget.queries.award import awards, invoice_of, payment_of
from venture.budget.queries.payment import PAYMENT, UNDERWAY
from venture.db import db
from venture.people import access as people
from venture.people.models import Organization, Person
from venture.rounds.models import Round
from venture.words import N_, Word


def invoice_with(organization: Organization, number: str) -> Invoice | None:
    """The organization's invoice of this number that stands, if there is one."""
    return db.session.scalar(
        select(Invoice).where(
            Invoice.organization_id == organization.id,
            Invoice.number == number,
            Invoice.withdrawn_at.is_(None),
        )
    )


def instalment(instalment_id: int, person: Person) -> Instalment | None:
    """One instalment, if the person may see its award."""
    return db.session.scalar(
        select(Instalment).where(Instalment.id == instalment_id, Instalment.award_id.in_(_awards(person)))
    )


def invoice(invoice_id: int, person: Person) -> Invoice | None:
    """One invoice, if the person may see its award."""
    return db.session.scalar(
        select(Invoice)
        .join(Invoice.instalment)
        .where(Invoice.id == invoice_id, Instalment.award_id.in_(_awards(person)))
    )


def _awards(person: Person) -> Select[int]:
    return access.visible(person).with_only_columns(Award.id).order_by(None)


CHANGE = (
    joinedload(AccountChange.organization),
    joinedload(AccountChange.asked_by),
    joinedload(AccountChange.decided_by),
    joinedload(AccountChange.proof),
)


def account_changes(person: Person) -> Sequence[AccountChange]:
    """The changed accounts that the person may see, those that wait first, then the newest. One statement."""
    seen = people.visible(person).with_only_columns(Organization.id)
    return db.session.scalars(
        select(AccountChange)
        .where(AccountChange.organization_id.in_(seen))
        .options(*CHANGE)
        .order_by(case((AccountChange.state == ChangeState.ASKED, 0), else_=1), AccountChange.id.desc())
    ).all()


def account_change(change_id: int, person: Person) -> AccountChange | None:
    """One changed account, if the person may see its organization."""
    seen = people.visible(person).with_only_columns(Organization.id)
    return db.session.scalar(
        select(AccountChange)
        .where(AccountChange.id == change_id, AccountChange.organization_id.in_(seen))
        .options(*CHANGE)
    )


def open_change(organization: Organization) -> AccountChange | None:
    """The changed account of the organization that waits for approval, if there is one."""
    return db.session.scalar(
        select(AccountChange).where(
            AccountChange.organization_id == organization.id, AccountChange.state == ChangeState.ASKED
        )
    )


def waiting_for(bodies: Sequence[Organization]) -> Sequence[Payment]:
    """The payments to these organizations that are on their way, as they stand in the database. One statement."""
    return db.session.scalars(
        select(Payment)
        .join(Payment.instalment)
        .join(Instalment.award)
        .join(Award.application)
        .where(Application.organization_id.in_([body.id for body in bodies]), Payment.state.in_(UNDERWAY))
        .options(*PAYMENT, joinedload(Payment.batch).joinedload(Batch.round))
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ).all()


def projects_of(organization: Organization) -> Sequence[Application]:
    """The organization's applications that were awarded."""
    return db.session.scalars(
        select(Application)
        .join(Award, Award.application_id == Application.id)
        .where(Application.organization_id == organization.id)
        .order_by(Application.id)
    ).all()


class Turn(Word):
    """What an instalment waits for; `OURS` says where it is the bureau's turn."""

    CONDITION = "condition", N_("The condition")
    INVOICE = "invoice", N_("The receipt or invoice")
    ACCOUNT = "account", N_("The account")
    REQUEST = "request", N_("The request by the officer")
    CHECK = "check", N_("The check by finance")
    RELEASE = "release", N_("The release by the approver")
    RECORD = "record", N_("The payment by finance")
    PAID = "paid", N_("Paid")
    NOTHING = "nothing", N_("Nothing more is paid")


OURS = (Turn.REQUEST, Turn.CHECK, Turn.RELEASE, Turn.RECORD)
_STEPS = {
    PaymentState.REQUESTED: (Turn.CHECK, "requested_at"),
    PaymentState.CHECKED: (Turn.RELEASE, "checked_at"),
    PaymentState.RELEASED: (Turn.RECORD, "released_at"),
    PaymentState.PAID: (Turn.PAID, "recorded_at"),
}


@dataclass(frozen=True)
class Standing:
    """Where an instalment is: what it waits for and since which day, until when it is to be paid, how many days late.

    There is no due day while its condition is open, or while the organization has to hand something in.
    """

    award: Award
    part: Instalment
    payment: Payment | None
    turn: Turn
    since: date
    due: Due | None
    late: int

    @property
    def ours(self) -> bool:
        """Whether it is the bureau's turn."""
        return self.turn in OURS


def standing(award: Award, part: Instalment, today: date, calendar: clock.Calendar) -> Standing:
    """Where one instalment of an award, loaded with its payments and invoices, is."""
    payment, turn, since = payment_of(part), Turn.CONDITION, award.signed_on
    if payment is not None:
        turn, moment = _STEPS[payment.state]
        since = clock.beijing_day(getattr(payment, moment))
    elif award.state is not AwardState.LIVE or not part.payable:
        turn = Turn.NOTHING
    elif part.met_on is not None:
        turn, since = _missing(award, part), part.due_from
    due_on = None
    if part.due_from is not None and turn in (*OURS, Turn.PAID):
        due_on = due(part.due_from, part.due_days, calendar)
    late = (today - due_on.day).days if due_on is not None and turn in OURS else 0
    since = since or clock.beijing_day(award.awarded_at)
    return Standing(award, part, payment, turn, since, due_on, max(0, late))


def _missing(award: Award, part: Instalment) -> Turn:
    body = award.application.organization
    handed = invoice_of(part)
    if part.invoice and (handed is None or handed.amount != part.payable):
        return Turn.INVOICE
    return Turn.REQUEST if body.account_name and body.bank and body.account_no else Turn.ACCOUNT


def standings(awards: Sequence[Award]) -> list[Standing]:
    """Where each instalment of these awards is, in their order. Two statements for the calendar."""
    today, calendar = clock.beijing_day(clock.now()), workdays.calendar()
    return [standing(award, part, today, calendar) for award in awards for part in award.instalments]


def waits(round: Round, person: Person) -> list[Standing]:
    """Every instalment of the round that waits for somebody, the latest first, then by due day and since when."""
    rows = [row for row in standings(awards(round, person)) if row.turn not in (Turn.PAID, Turn.NOTHING)]
    return sorted(
        rows,
        key=lambda row: (
            -row.late,
            row.due.day if row.due else date.max,
            row.turn is Turn.CONDITION,
            row.since,
            row.award.project_no,
            row.part.number,
        ),
    )
