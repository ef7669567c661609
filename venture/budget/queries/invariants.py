"""The promises about money, each compared with its source."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, exists, func, select

from venture.budget.models import (
    Account,
    Award,
    AwardState,
    Claim,
    Decision,
    Entry,
    Instalment,
    Notice,
    Objection,
    Operation,
    Payment,
    PaymentState,
    Refund,
    RevisedVersion,
    Revision,
    RevisionState,
)
from venture.budget.queries.ledger import account_sums
from venture.db import db, sum_of
from venture.review.models import Objected
from venture.rounds import queries as rounds
from venture.rounds.models import Round, Source, Theme


def broken_invariants() -> list[str]:
    """Each promise about money that the database does not keep, in plain words; empty when all hold.

    A constant number of statements. Sums are compared in the database's integers, so nothing is lost in between.
    """
    return [
        *_broken_themes(),
        *_broken_awards(),
        *_broken_operations(),
        *_broken_payments(),
        *_broken_claims(),
        *_broken_rounds(),
        *_broken_objections(),
        *_broken_sources(),
        *_broken_revisions(),
    ]


def _broken_objections() -> list[str]:
    """Each objection's receipt is known to the review of its round."""
    known = exists().where(Objected.receipt == Objection.receipt, Objected.round_id == Decision.round_id)
    of_round = select(Objection.id).join(Objection.notice).join(Notice.decision).where(~known)
    return [
        f"objection {id}: its receipt is unknown to the review"
        for id in db.session.scalars(of_round.order_by(Objection.id))
    ]


def _afresh(statement: Select[Any]) -> Sequence[Any]:
    """The rows as they stand in the database, whatever the session remembers."""
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _broken_themes() -> list[str]:
    ledger = account_sums(Entry.theme_id)
    live: dict[int, int] = dict(
        db.session.execute(
            select(Award.theme_id, sum_of(Award.entitled - Award.freed)).group_by(Award.theme_id)
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
    cuts = dict(
        db.session.execute(
            select(Instalment.award_id, sum_of(Instalment.cut)).group_by(Instalment.award_id)
        ).all()
    )
    open_claims, refunds = _claims_and_refunds()
    for award in _afresh(select(Award).order_by(Award.id)):
        sums[award.id, "paid"] -= refunds[award.id]
        kept = {
            "claimed": (award.claimed, open_claims[award.id], "claims"),
            "freed": (award.freed, -ledger[award.id, Account.EARMARK] - award.entitled, "ledger"),
        }
        found += [
            f"award {award.id}: {name} {counter}, its {source} {abs(told)} fen"
            for name, (counter, told, source) in kept.items()
            if counter != abs(told)
        ]
        returned = int(cuts.get(award.id) or 0) + refunds[award.id]
        if award.freed < returned or (award.state is AwardState.LIVE and award.freed != returned):
            found.append(f"award {award.id}: freed {award.freed}, cut and paid back {returned} fen")
        for name, account in (("paid", Account.PAID), ("pending", Account.PENDING)):
            counter = getattr(award, name)
            if counter != sums[award.id, name]:
                found.append(f"award {award.id}: {name} {counter}, its payments {sums[award.id, name]} fen")
            if counter != ledger[award.id, account]:
                found.append(
                    f"award {award.id}: {name} {counter}, its ledger {ledger[award.id, account]} fen"
                )
        if ledger[award.id, Account.COMMITTED] != award.unpaid:
            found.append(
                f"award {award.id}: unpaid {award.unpaid}, its ledger {ledger[award.id, Account.COMMITTED]} fen"
            )
        if award.paid + award.pending > award.entitled:
            found.append(f"award {award.id}: paid and pending exceed {award.entitled} fen")
        if int(parts.get(award.id) or 0) != award.entitled:
            found.append(f"award {award.id}: instalments {parts.get(award.id)} of {award.entitled} fen")
    return found


def _claims_and_refunds() -> tuple[dict[int, int], dict[int, int]]:
    """What is still open of claims, and what came back on them and stands, by award (fen)."""
    still: dict[int, int] = defaultdict(int)
    came: dict[int, int] = defaultdict(int)
    for row, amount in db.session.execute(
        select(Claim.award_id, sum_of(Claim.amount - Claim.received))
        .where(Claim.withdrawn_at.is_(None))
        .group_by(Claim.award_id)
    ):
        still[row] = amount
    for row, amount in db.session.execute(
        select(Claim.award_id, sum_of(Refund.amount))
        .join(Refund.claim)
        .where(Refund.undone_at.is_(None))
        .group_by(Claim.award_id)
    ):
        came[row] = amount
    return still, came


def _broken_claims() -> list[str]:
    rows = db.session.execute(
        select(Claim, sum_of(case((Refund.undone_at.is_(None), Refund.amount), else_=0)))
        .outerjoin(Claim.refunds)
        .group_by(Claim.id)
        .order_by(Claim.id)
        .execution_options(populate_existing=True)
    )
    found = [
        f"claim {claim.id}: received {claim.received}, its receipts {came} fen"
        for claim, came in rows
        if claim.received != came
    ]
    forged = db.session.scalars(
        select(Refund.id)
        .join(Refund.claim)
        .where(Refund.claimed_by_id != Claim.made_by_id)
        .order_by(Refund.id)
    )
    return found + [f"refund {row}: does not name who claimed it" for row in forged]


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


def _broken_sources() -> list[str]:
    """Each source is drawn on by its payments without what came back of them, within its amount; a round's sources

    cover grants and set-asides.
    """
    came = dict(
        db.session.execute(
            select(Payment.source_id, sum_of(Entry.amount))
            .join(Entry, Entry.payment_id == Payment.id)
            .where(Entry.refund_id.is_not(None), Entry.account == Account.PAID)
            .group_by(Payment.source_id)
        ).all()
    )
    rows = db.session.execute(
        select(Source.id, Source.amount, Source.drawn, sum_of(Payment.amount))
        .outerjoin(Payment, (Payment.source_id == Source.id) & (Payment.state != PaymentState.RETURNED))
        .group_by(Source.id, Source.amount, Source.drawn)
        .order_by(Source.id)
    )
    found = [
        f"source {row}: drawn {drawn} of {amount} fen, its payments {held}"
        for row, amount, drawn, payments in rows
        for held in [int(payments or 0) + int(came.get(row, 0))]
        if drawn != held or drawn > amount
    ]
    return found + [
        f"round {row}: sources {money} fen, grants {total} and set aside {beside}"
        for row, money, total, beside in rounds.uncovered()
    ]


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
