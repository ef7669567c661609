"""Booking: a movement of money is one operation of two entries that sum to zero; locks in one order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from venture import outbox
from venture.budget import queries
from venture.budget.models import Account, Award, Entry, Operation, Payment, Refund
from venture.db import Base, db
from venture.people.models import Person
from venture.refusal import Blocker, Refused

Row = TypeVar("Row", bound=Base)


def book(
    kind: str,
    *,
    key: str,
    source: Account,
    target: Account,
    amount: int,
    award: Award,
    payment: Payment | None = None,
    refund: Refund | None = None,
    by: Person,
    at: datetime,
    note: str = "",
) -> Operation:
    """Move `amount` fen of one award from an account to another; a repeat collides by its `key`."""
    more: dict[str, Any] = {"theme_id": award.theme_id, "award_id": award.id}
    if payment is not None:
        more["payment_id"] = payment.id
    if refund is not None:
        more["refund_id"] = refund.id
    operation = Operation(key=key, kind=kind, at=at, by_id=by.id, note=note)
    operation.entries = [
        Entry(account=source, amount=-amount, **more),
        Entry(account=target, amount=amount, **more),
    ]
    db.session.add(operation)
    db.session.flush()
    return operation


def locked_rows(model: type[Row], ids: Iterable[int]) -> Sequence[Row]:
    """The rows locked until the transaction ends and read afresh, ids rising. One statement."""
    key: Any = model.id  # type: ignore[attr-defined]  # every table has an id
    db.session.flush()
    return db.session.scalars(
        select(model)
        .where(key.in_(set(ids)))
        .order_by(key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def refuse(blockers: Sequence[Blocker]) -> None:
    """Raise them as one refusal, if there are any."""
    if blockers:
        raise Refused.all(blockers)


def tell(award: Award, kind: str, **facts: Any) -> None:
    """Put a message about the award into the outbox, held, for everyone who acts for its organization."""
    for person in queries.applicants_of(award.application.organization):
        outbox.post(kind, to=person, about=award, **facts)
