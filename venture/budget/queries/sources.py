"""What each source of a round still has, and what must be paid before its last day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select

from venture.budget.models import Account, Award, AwardState, Entry, Instalment, Payment, PaymentState
from venture.budget.queries.award import awards, payment_of
from venture.db import db, sum_of
from venture.people.models import Person
from venture.rounds.models import Round, Source


def by_expiry(sources: Iterable[Source]) -> list[Source]:
    """The sources in the order in which they are to be spent: the first to expire first, those without a day last."""
    return sorted(sources, key=lambda each: (each.expires_on is None, each.expires_on or date.max, each.id))


def drawable(sources: Sequence[Source], amount: int, today: date) -> list[Source]:
    """Of the sources those that may still be spent and have so much left (fen), in the given order."""
    return [
        each
        for each in sources
        if (each.expires_on is None or each.expires_on >= today) and each.left >= amount
    ]


@dataclass(frozen=True)
class SourceBalance:
    """One source: fen paid without what came back, fen on their way, and what is left."""

    source: Source
    paid: int
    pending: int

    @property
    def left(self) -> int:
        return self.source.amount - self.paid - self.pending


def sources(round: Round) -> list[SourceBalance]:
    """The round's sources in the order in which they are to be spent, each with what was drawn. Three statements."""
    found = db.session.scalars(select(Source).where(Source.round_id == round.id)).all()
    sums = {
        row: (int(paid or 0), int(all_ or 0))
        for row, paid, all_ in db.session.execute(
            select(
                Payment.source_id,
                sum_of(case((Payment.state == PaymentState.PAID, Payment.amount), else_=0)),
                sum_of(Payment.amount),
            )
            .where(Payment.state != PaymentState.RETURNED, Payment.source_id.in_([one.id for one in found]))
            .group_by(Payment.source_id)
        )
    }
    came: dict[int | None, int] = {
        row: int(amount)
        for row, amount in db.session.execute(
            select(Payment.source_id, sum_of(Entry.amount))
            .join(Entry, Entry.payment_id == Payment.id)
            .where(
                Entry.refund_id.is_not(None),
                Entry.account == Account.PAID,
                Payment.source_id.in_([one.id for one in found]),
            )
            .group_by(Payment.source_id)
        )
    }
    return [
        SourceBalance(each, paid + came.get(each.id, 0), drawn - paid)
        for each in by_expiry(found)
        for paid, drawn in (sums.get(each.id, (0, 0)),)
    ]


@dataclass(frozen=True)
class Unpaid:
    """An instalment not paid yet, and the source it draws on or would draw on by its turn; None: none has enough."""

    award: Award
    instalment: Instalment
    payment: Payment | None
    source: Source | None


@dataclass(frozen=True)
class CutOff:
    """What must be paid before the last day of one source (None: of none), the first to expire first."""

    balance: SourceBalance | None
    rows: list[Unpaid]

    @property
    def sum(self) -> int:
        """What is still to be paid of it, in fen."""
        return sum(row.instalment.payable for row in self.rows)


def cut_off(round: Round, person: Person, today: date) -> list[CutOff]:
    """What is still unpaid, by the source that pays it: those under way by theirs, the others as their turn comes.

    Whose condition is met first is served first, then by project number. A source past its day serves nobody anew.
    """
    balances = sources(round)
    left = {each.source.id: each.left for each in balances}
    rows = [
        (award, part, payment_of(part))
        for award in awards(round, person)
        if award.state is AwardState.LIVE
        for part in award.instalments
        if part.payable
    ]
    rows = [row for row in rows if row[2] is None or row[2].state is not PaymentState.PAID]
    rows.sort(key=lambda row: (row[1].due_on or date.max, row[0].project_no, row[1].number))
    found: dict[int | None, list[Unpaid]] = {}
    for award, part, payment in rows:
        source = payment.source if payment else None
        if payment is None:
            fit = [
                each.source
                for each in balances
                if left[each.source.id] >= part.payable
                and (each.source.expires_on is None or each.source.expires_on >= today)
            ]
            source = fit[0] if fit else None
            if source is not None:
                left[source.id] -= part.payable
        found.setdefault(source.id if source else None, []).append(Unpaid(award, part, payment, source))
    return [CutOff(each, found.get(each.source.id, [])) for each in balances] + (
        [CutOff(None, found[None])] if None in found else []
    )
