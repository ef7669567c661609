"""What can be requested, the batches of payments and their four acts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.budget import access
from venture.budget.models import (
    Award,
    AwardState,
    Batch,
    Instalment,
    Payment,
    PaymentState,
)
from venture.budget.queries.award import AWARD, awards, invoice_of, payment_of
from venture.db import db
from venture.people.models import Organization, Paper, Person
from venture.refusal import Blocker
from venture.rounds.models import Round, Theme

UNDERWAY = (PaymentState.REQUESTED, PaymentState.CHECKED, PaymentState.RELEASED)
"""A payment on its way: reserved, neither paid nor sent back."""


@dataclass(frozen=True)
class Payable:
    """An instalment that could be requested, and what stands in the way of it."""

    award: Award
    instalment: Instalment
    blockers: list[Blocker]


def request_blockers(award: Award, instalment: Instalment) -> list[Blocker]:
    """Why an instalment cannot be requested now; the verb refuses with the same."""
    facts = {"project": award.application.title, "instalment": instalment.name}
    found = []
    if award.state is not AwardState.LIVE:
        found.append(Blocker("budget.award_cancelled", f"take-{instalment.id}", facts))
    if award.stopped:
        found.append(
            Blocker("budget.payments_stopped", f"take-{instalment.id}", {**facts, "reason": award.stopped})
        )
    if award.application.state is State.SUSPENDED:
        found.append(Blocker("budget.suspended", f"take-{instalment.id}", facts))
    if instalment.met_on is None:
        found.append(
            Blocker(
                "budget.condition_open", f"take-{instalment.id}", {**facts, "condition": instalment.condition}
            )
        )
    if not instalment.payable:
        found.append(Blocker("budget.nothing_left", f"take-{instalment.id}", facts))
    if (standing := payment_of(instalment)) is not None:
        found.append(
            Blocker("budget.already_requested", f"take-{instalment.id}", {**facts, "state": standing.state})
        )
    if instalment.invoice:
        handed = invoice_of(instalment)
        if handed is None:
            found.append(Blocker("budget.invoice_missing", f"take-{instalment.id}", facts))
        elif handed.amount != instalment.payable:
            wrong = {**facts, "wanted": instalment.payable, "amount": handed.amount}
            found.append(Blocker("budget.invoice_amount", f"take-{instalment.id}", wrong))
    body = award.application.organization
    if not (body.account_name and body.bank and body.account_no):
        found.append(
            Blocker("budget.no_account", f"take-{instalment.id}", {**facts, "organization": body.name})
        )
    return found


def payables(round: Round, person: Person) -> list[Payable]:
    """The instalments of live awards whose condition is met and which were not requested yet."""
    return [
        Payable(award, part, request_blockers(award, part))
        for award in awards(round, person)
        if award.state is AwardState.LIVE
        for part in award.instalments
        if part.met_on is not None and part.payable and payment_of(part) is None
    ]


def requestable(round: Round) -> list[Instalment]:
    """The instalments of a round that nothing keeps from being requested, by project number."""
    rows = db.session.scalars(
        select(Award)
        .join(Award.theme)
        .where(Theme.round_id == round.id, Award.state == AwardState.LIVE)
        .options(*AWARD)
        .order_by(Award.project_no)
    ).all()
    return [part for award in rows for part in award.instalments if not request_blockers(award, part)]


def with_papers(ids: Collection[int]) -> Sequence[Instalment]:
    """The instalments with their payments and invoices, read afresh. Three statements."""
    return db.session.scalars(
        select(Instalment)
        .where(Instalment.id.in_(ids))
        .options(selectinload(Instalment.payments), selectinload(Instalment.invoices))
        .order_by(Instalment.id)
        .execution_options(populate_existing=True)
    ).all()


PAYMENT: tuple[_AbstractLoad, ...] = (
    joinedload(Payment.requested_by),
    joinedload(Payment.checked_by),
    joinedload(Payment.released_by),
    joinedload(Payment.recorded_by),
    joinedload(Payment.paper),
    joinedload(Payment.instalment)
    .joinedload(Instalment.award)
    .options(
        joinedload(Award.application).joinedload(Application.organization),
        joinedload(Award.theme),
    ),
)


def batches(round: Round) -> Sequence[Batch]:
    """The batches of a round, newest first, with their payments. Two statements."""
    return db.session.scalars(
        select(Batch)
        .where(Batch.round_id == round.id)
        .options(selectinload(Batch.payments), joinedload(Batch.made_by))
        .order_by(Batch.number.desc())
    ).all()


def batch(batch_id: int) -> Batch | None:
    """One batch with its payments, their people, awards and organizations."""
    return db.session.scalar(
        select(Batch)
        .where(Batch.id == batch_id)
        .options(
            joinedload(Batch.round),
            joinedload(Batch.made_by),
            selectinload(Batch.payments).options(*PAYMENT),
        )
        .execution_options(populate_existing=True)
    )


def payment(payment_id: int, person: Person) -> Payment | None:
    """One payment with its people and award, if the person may see the award."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    return db.session.scalar(
        select(Payment)
        .join(Payment.instalment)
        .where(Payment.id == payment_id, Instalment.award_id.in_(seen))
        .options(*PAYMENT, joinedload(Payment.batch).joinedload(Batch.round))
    )


def account_changed(payment: Payment) -> bool:
    """Whether the organization's account is no longer the one that the payment was requested for."""
    body = payment.instalment.award.application.organization
    return (payment.account_name, payment.bank, payment.account_no) != (
        body.account_name,
        body.bank,
        body.account_no,
    )


@dataclass(frozen=True)
class Signature:
    """One of the four acts on a batch: how many of its standing payments have it, by whom and when last."""

    step: PaymentState
    done: int
    of: int
    names: str
    at: datetime | None


def signatures(batch: Batch) -> list[Signature]:
    """经办, 审核, 负责人, 已拨: the four acts of a batch over its payments that were not sent back."""
    standing = [each for each in batch.payments if each.state is not PaymentState.RETURNED]
    steps = (
        (PaymentState.REQUESTED, "requested_by", "requested_at"),
        (PaymentState.CHECKED, "checked_by", "checked_at"),
        (PaymentState.RELEASED, "released_by", "released_at"),
        (PaymentState.PAID, "recorded_by", "recorded_at"),
    )
    found = []
    for step, person, moment in steps:
        signed = [each for each in standing if getattr(each, person) is not None]
        names = "、".join(dict.fromkeys(getattr(each, person).name for each in signed))
        last = max((getattr(each, moment) for each in signed), default=None)
        done = bool(standing) and len(signed) == len(standing)
        found.append(Signature(step, len(signed), len(standing), names, last if done else None))
    return found


def total_of(batch: Batch) -> int:
    """The sum of a batch in fen, without what was sent back."""
    return sum(each.amount for each in batch.payments if each.state is not PaymentState.RETURNED)


def chosen_instalments(round: Round, person: Person, ids: set[int]) -> list[tuple[Award, Instalment]]:
    """The instalments with these ids among the round's awards that the person may see."""
    return [(award, part) for award in awards(round, person) for part in award.instalments if part.id in ids]


def step_of(batch: Batch) -> PaymentState:
    """The step of a batch that the next act starts from: the earliest of its payments; paid when all are done."""
    states = {payment.state for payment in batch.payments}
    return next((step for step in UNDERWAY if step in states), PaymentState.PAID)


def papers_to_check(batch: Batch) -> list[Paper]:
    """The releases entered from paper that another person has still to check."""
    waiting = [
        payment.paper
        for payment in batch.payments
        if payment.state is PaymentState.CHECKED and payment.paper is not None
    ]
    return list(dict.fromkeys(paper for paper in waiting if paper.checked_by_id is None))


def projects_under_way(bodies: Sequence[Organization]) -> list[str]:
    """The numbers of the projects of these organizations of which a payment is under way. One statement."""
    return list(
        db.session.scalars(
            select(Award.project_no)
            .join(Award.application)
            .join(Instalment, Instalment.award_id == Award.id)
            .join(Payment, Payment.instalment_id == Instalment.id)
            .where(
                Application.organization_id.in_([body.id for body in bodies]),
                Payment.state.in_(UNDERWAY),
            )
            .distinct()
            .order_by(Award.project_no)
        )
    )
