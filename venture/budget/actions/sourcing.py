"""Each payment draws on one source of the round; the source's own row carries how much is drawn on it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from venture.budget import queries
from venture.budget.actions.ledger import locked_rows
from venture.budget.models import Payment
from venture.clock import beijing_day
from venture.db import claim, db
from venture.refusal import Refused
from venture.rounds.models import Round, Source


def draw(round: Round, payments: Sequence[Payment], *, source: Source | None = None, at: datetime) -> None:
    """Let each payment draw on `source`, or on the one that expires first of those that still have enough.

    A round without sources (an imported one) draws on none. One conditional update a payment, exact under any
    writers. Raises Refused: budget.source_short (amount), with `source` also budget.source_over (day) after its
    last day.
    """
    ids = db.session.scalars(select(Source.id).where(Source.round_id == round.id)).all()
    sources = queries.by_expiry(locked_rows(Source, ids))
    today = beijing_day(at)
    if source is not None and source.expires_on is not None and source.expires_on < today:
        raise Refused("budget.source_over", "source", document_no=source.document_no, day=source.expires_on)
    for payment in payments if sources else ():
        offered = [source] if source is not None else queries.drawable(sources, payment.amount, today)
        if not any(claim(each, Source.drawn, payment.amount, limit=Source.amount) for each in offered[:1]):
            raise Refused(
                "budget.source_short",
                "source",
                project=payment.instalment.award.application.title,
                amount=payment.amount,
            )
        payment.source = offered[0]
    db.session.flush()


def give_back(payments: Sequence[Payment]) -> None:
    """What the payments drew is free again in their sources; which these were stays on record."""
    locked_rows(Source, [each.source_id for each in payments if each.source_id is not None])
    for each in payments:
        if each.source is not None and not claim(each.source, Source.drawn, -each.amount):
            raise RuntimeError("a source was drawn on less than its payments")


def come_back(payment: Payment, amount: int) -> None:
    """Fen of a payment that came back may be drawn anew from its source; below zero they did not come after all.

    Raises Refused: budget.source_short (project, amount) where the source has given them out since.
    """
    if payment.source_id is None:
        return
    (source,) = locked_rows(Source, [payment.source_id])
    if not claim(source, Source.drawn, -amount, limit=Source.amount):
        project = payment.instalment.award.application.title
        raise Refused("budget.source_short", "source", project=project, amount=-amount)
