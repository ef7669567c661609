"""What was claimed back and what came; what a payee still holds of each payment."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.models import Application
from venture.budget import access
from venture.budget.models import Account, Award, Claim, Entry, Instalment, Payment, PaymentState, Refund
from venture.budget.queries.award import payment_of
from venture.budget.queries.payment import UNDERWAY
from venture.db import db, sum_of
from venture.people.models import Person
from venture.rounds.models import Round, Theme

CLAIM = (
    joinedload(Claim.made_by),
    selectinload(Claim.refunds).options(joinedload(Refund.recorded_by), joinedload(Refund.undone_by)),
    joinedload(Claim.award).options(
        joinedload(Award.application).joinedload(Application.organization), joinedload(Award.theme)
    ),
)


def claims(round: Round, person: Person) -> Sequence[Claim]:
    """The claims of a round that the person may see, those still open first, by their last day. Two statements."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    rows = db.session.scalars(
        select(Claim)
        .join(Claim.award)
        .join(Award.theme)
        .where(Theme.round_id == round.id, Claim.award_id.in_(seen))
        .options(*CLAIM)
        .order_by(Claim.due_on, Claim.id)
    ).all()
    return sorted(rows, key=lambda each: not each.open)


def claims_of(award: Award) -> Sequence[Claim]:
    """The claims on one award, oldest first, as they stand in the database. Two statements."""
    return db.session.scalars(
        select(Claim)
        .where(Claim.award_id == award.id)
        .options(*CLAIM)
        .order_by(Claim.id)
        .execution_options(populate_existing=True)
    ).all()


def claim(claim_id: int, person: Person) -> Claim | None:
    """One claim with what came on it, if the person may see its award."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    return db.session.scalar(
        select(Claim).where(Claim.id == claim_id, Claim.award_id.in_(seen)).options(*CLAIM)
    )


def refund(refund_id: int, person: Person) -> Refund | None:
    """One receipt, if the person may see its award."""
    found = db.session.get(Refund, refund_id)
    return found if found is not None and claim(found.claim_id, person) is not None else None


def held(payment: Payment) -> int:
    """What the organization still holds of one payment by the ledger, in fen."""
    entries = select(sum_of(Entry.amount)).where(
        Entry.payment_id == payment.id, Entry.account == Account.PAID
    )
    return int(db.session.scalar(entries) or 0)


def held_of(award: Award) -> list[tuple[Payment, int]]:
    """What the organization still holds of each payment by the ledger (fen), the newest payment first."""
    held = (
        select(Entry.payment_id, sum_of(Entry.amount).label("held"))
        .where(Entry.award_id == award.id, Entry.account == Account.PAID, Entry.payment_id.is_not(None))
        .group_by(Entry.payment_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Payment, held.c.held)
        .join(held, held.c.payment_id == Payment.id)
        .where(held.c.held > 0)
        .order_by(Payment.paid_on.desc(), Payment.id.desc())
    )
    return [(payment, int(amount)) for payment, amount in rows]


def paid_payments(award: Award) -> Sequence[Payment]:
    """The payments of an award that were made, oldest first."""
    return _payments(award, PaymentState.PAID)


def underway_of(award: Award) -> Payment | None:
    """A payment of the award that is on its way, if there is one."""
    return next(iter(_payments(award, *UNDERWAY)), None)


def _payments(award: Award, *states: PaymentState) -> Sequence[Payment]:
    return db.session.scalars(
        select(Payment)
        .join(Payment.instalment)
        .where(Instalment.award_id == award.id, Payment.state.in_(states))
        .options(joinedload(Payment.batch))
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ).all()


def unpaid_parts(award: Award) -> list[Instalment]:
    """The instalments of an award for which no payment stands, in their order, read afresh."""
    rows = db.session.scalars(
        select(Instalment)
        .where(Instalment.award_id == award.id)
        .options(selectinload(Instalment.payments))
        .order_by(Instalment.number)
        .execution_options(populate_existing=True)
    ).all()
    return [part for part in rows if payment_of(part) is None]
