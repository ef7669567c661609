"""The ledger as the booked operations tell it; balances are derived from it alone."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from venture import clock
from venture.applications.models import Application
from venture.budget import access
from venture.budget.models import (
    Account,
    Award,
    Batch,
    Entry,
    Operation,
    Payment,
)
from venture.db import db, sum_of
from venture.people.models import Person
from venture.rounds.models import Round, Theme


@dataclass(frozen=True)
class Booked:
    """One operation of the ledger (资金台账), with the award's balances after it (fen).

    `amount` is the sum it moved, `source` and `target` the accounts; `paid` and `left` are the award's.
    """

    operation: Operation
    award: Award
    payment: Payment | None
    source: Account
    target: Account
    amount: int
    paid: int
    left: int

    @property
    def day(self) -> date:
        """The day of the payment for what was paid, else that of the booking (Beijing)."""
        if self.target is Account.PAID and self.payment is not None and self.payment.paid_on:
            return self.payment.paid_on
        return clock.beijing_day(self.operation.at)


def ledger(round: Round, person: Person) -> list[Booked]:
    """Every operation on the round's awards that the person may see, as booked. Five statements."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    rows = (
        db.session.scalars(
            select(Operation)
            .join(Operation.entries)
            .join(Theme, Theme.id == Entry.theme_id)
            .where(Theme.round_id == round.id, Entry.award_id.in_(seen))
            .options(contains_eager(Operation.entries), joinedload(Operation.by))
            .order_by(Operation.id, Entry.id)
        )
        .unique()
        .all()
    )
    awards = {
        award.id: award
        for award in db.session.scalars(
            select(Award)
            .join(Award.theme)
            .where(Theme.round_id == round.id)
            .options(
                joinedload(Award.application).joinedload(Application.organization), joinedload(Award.theme)
            )
        )
    }
    payments = {
        payment.id: payment
        for payment in db.session.scalars(
            select(Payment)
            .join(Payment.batch)
            .where(Batch.round_id == round.id)
            .options(joinedload(Payment.instalment), joinedload(Payment.batch))
        )
    }
    paid: Counter[int] = Counter()
    granted: Counter[int] = Counter()
    booked = []
    for operation in rows:
        source = next(entry for entry in operation.entries if entry.amount < 0)
        target = next(entry for entry in operation.entries if entry.amount > 0)
        award_id = target.award_id or 0
        for entry in operation.entries:
            if entry.account is Account.PAID:
                paid[award_id] += entry.amount
            if entry.account is Account.EARMARK:
                granted[award_id] -= entry.amount
        booked.append(
            Booked(
                operation,
                awards[award_id],
                payments.get(target.payment_id or 0),
                source.account,
                target.account,
                target.amount,
                paid[award_id],
                granted[award_id] - paid[award_id],
            )
        )
    return booked


@dataclass(frozen=True)
class Balance:
    """A theme's money by the ledger alone (fen): left, committed but not requested, under way, paid."""

    theme: Theme
    left: int
    committed: int
    pending: int
    paid: int


def balances(round: Round) -> list[Balance]:
    """The balances of the round's themes, derived from the entries. Two statements."""
    sums = account_sums(Entry.theme_id)
    return [
        Balance(
            theme,
            theme.earmark + sums[theme.id, Account.EARMARK],
            sums[theme.id, Account.COMMITTED],
            sums[theme.id, Account.PENDING],
            sums[theme.id, Account.PAID],
        )
        for theme in db.session.scalars(
            select(Theme).where(Theme.round_id == round.id).order_by(Theme.position, Theme.id)
        )
    ]


def account_sums(key: Any) -> dict[tuple[int, Account], int]:
    """The sums of the entries by theme or award (`key`: that column) and account. One statement."""
    found: dict[tuple[int, Account], int] = defaultdict(int)
    for row_id, account, amount in db.session.execute(
        select(key, Entry.account, sum_of(Entry.amount)).where(key.is_not(None)).group_by(key, Entry.account)
    ):
        found[row_id, account] = amount
    return found
