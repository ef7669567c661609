"""The promises about money, each compared with its source."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, select

from venture.budget.models import (
    Account,
    Award,
    AwardState,
    Entry,
    Instalment,
    Operation,
    Payment,
    PaymentState,
    RevisedVersion,
    Revision,
    RevisionState,
)
from venture.budget.queries.ledger import account_sums
from venture.db import db, sum_of
from venture.rounds.models import Round, Theme


def broken_invariants() -> list[str]:
    """Each promise about money that the database does not keep, in plain words; empty when all hold.

    Ten statements. Sums are compared in the database's integers, so nothing is lost in between.
    """
    return [
        *_broken_themes(),
        *_broken_awards(),
        *_broken_operations(),
        *_broken_payments(),
        *_broken_rounds(),
        *_broken_revisions(),
    ]


def _afresh(statement: Select[Any]) -> Sequence[Any]:
    """The rows as they stand in the database, whatever the session remembers."""
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _broken_themes() -> list[str]:
    ledger = account_sums(Entry.theme_id)
    live: dict[int, int] = dict(
        db.session.execute(
            select(
                Award.theme_id,
                sum_of(case((Award.state == AwardState.LIVE, Award.entitled), else_=Award.paid)),
            ).group_by(Award.theme_id)
        ).all()
    )
    found = []
    for theme in _afresh(select(Theme).order_by(Theme.id)):
        granted = int(live.get(theme.id) or 0)
        booked = sum(ledger[theme.id, account] for account in Account if account is not Account.EARMARK)
        if theme.committed != granted:
            found.append(f"theme {theme.id}: committed {theme.committed}, its awards {granted} fen")
        if theme.committed != booked:
            found.append(f"theme {theme.id}: committed {theme.committed}, its ledger {booked} fen")
        if theme.committed > theme.earmark:
            found.append(f"theme {theme.id}: committed {theme.committed} of {theme.earmark} fen")
    return found


def _broken_awards() -> list[str]:
    ledger = account_sums(Entry.award_id)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for award_id, state, amount in db.session.execute(
        select(Instalment.award_id, Payment.state, sum_of(Payment.amount))
        .join(Payment.instalment)
        .where(Payment.state != PaymentState.RETURNED)
        .group_by(Instalment.award_id, Payment.state)
    ):
        sums[award_id, "paid" if state is PaymentState.PAID else "pending"] += amount
    parts = dict(
        db.session.execute(
            select(Instalment.award_id, sum_of(Instalment.amount)).group_by(Instalment.award_id)
        ).all()
    )
    found = []
    for award in _afresh(select(Award).order_by(Award.id)):
        for name, account in (("paid", Account.PAID), ("pending", Account.PENDING)):
            counter = getattr(award, name)
            if counter != sums[award.id, name]:
                found.append(f"award {award.id}: {name} {counter}, its payments {sums[award.id, name]} fen")
            if counter != ledger[award.id, account]:
                found.append(
                    f"award {award.id}: {name} {counter}, its ledger {ledger[award.id, account]} fen"
                )
        unpaid = award.unpaid if award.state is AwardState.LIVE else 0
        if ledger[award.id, Account.COMMITTED] != unpaid:
            found.append(
                f"award {award.id}: unpaid {unpaid}, its ledger {ledger[award.id, Account.COMMITTED]} fen"
            )
        if award.paid + award.pending > award.entitled:
            found.append(f"award {award.id}: paid and pending exceed {award.entitled} fen")
        if int(parts.get(award.id) or 0) != award.entitled:
            found.append(f"award {award.id}: instalments {parts.get(award.id)} of {award.entitled} fen")
    return found


def _broken_operations() -> list[str]:
    unbalanced = db.session.execute(
        select(Operation.id, sum_of(Entry.amount), func.count(Entry.id))
        .outerjoin(Operation.entries)
        .group_by(Operation.id)
        .having((sum_of(Entry.amount) != 0) | (func.count(Entry.id) < 2))
        .order_by(Operation.id)
    )
    return [f"operation {row}: {lines} entries sum to {amount} fen" for row, amount, lines in unbalanced]


def _broken_payments() -> list[str]:
    found = []
    for payment in db.session.scalars(
        select(Payment).where(Payment.state == PaymentState.PAID).order_by(Payment.id)
    ):
        people = {payment.requested_by_id, payment.checked_by_id, payment.released_by_id} - {None}
        if len(people) < 3:
            found.append(f"payment {payment.id}: only {len(people)} people acted on it")
    return found


def _broken_rounds() -> list[str]:
    rows = db.session.execute(
        select(Round.id, Round.total, sum_of(Theme.earmark))
        .outerjoin(Round.themes)
        .group_by(Round.id, Round.total)
        .order_by(Round.id)
    )
    return [
        f"round {row}: earmarks {earmarks} of {total} fen"
        for row, total, earmarks in rows
        if earmarks > total
    ]


def _broken_revisions() -> list[str]:
    """What was accepted of a revised budget is what was approved, to the fen."""
    newest = (
        select(RevisedVersion.granted)
        .where(RevisedVersion.revision_id == Revision.id)
        .order_by(RevisedVersion.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Revision.award_id, Award.entitled, newest)
        .join(Revision.award)
        .where(Revision.state == RevisionState.ACCEPTED)
        .order_by(Revision.award_id)
    )
    return [
        f"award {row}: a revised budget of {granted} is accepted, {amount} fen are approved"
        for row, amount, granted in rows
        if granted != amount
    ]
