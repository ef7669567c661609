"""The treasury's own columns, set once, and its list on the way back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete

from venture import trail
from venture.budget import access
from venture.budget.actions.ledger import refuse
from venture.budget.actions.payment import Voucher, record_paid, take_back
from venture.budget.exchange import Result
from venture.budget.models import Batch, Holds, PaymentState, TreasuryColumn
from venture.db import db
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role


class ColumnLine(NamedTuple):
    """A column of the treasury's list; its place is its place in the list."""

    header: str
    holds: Holds
    text: str = ""


def set_treasury_columns(*, columns: Sequence[ColumnLine], by: Person, at: datetime) -> None:
    """Set the columns of the treasury's list as a whole; they stay until they are set anew.

    Raises Refused: budget.not_your_role, budget.no_columns, budget.column_twice (header): two columns with one
    heading or holding the same, budget.column_needed (holds): project number and amount find a row again.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.FINANCE))
    lines = [line._replace(header=line.header.strip(), text=line.text.strip()) for line in columns]
    lines = [line for line in lines if line.header]
    if not lines:
        raise Refused("budget.no_columns")
    found = []
    for place, line in enumerate(lines):
        before = lines[:place]
        if any(
            line.header == each.header or (line.holds is each.holds and line.holds is not Holds.FIXED)
            for each in before
        ):
            found.append(Blocker("budget.column_twice", f"header-{place + 1}", {"header": line.header}))
    for holds in (Holds.PROJECT_NO, Holds.AMOUNT):
        if holds not in {line.holds for line in lines}:
            found.append(Blocker("budget.column_needed", "", {"holds": holds}))
    refuse(found)
    db.session.execute(delete(TreasuryColumn))
    made = [
        TreasuryColumn(
            position=place,
            header=line.header,
            holds=line.holds,
            text=line.text if line.holds is Holds.FIXED else "",
        )
        for place, line in enumerate(lines, start=1)
    ]
    db.session.add_all(made)
    db.session.flush()
    trail.say(by, "budget.set_treasury_columns", made[0], columns={each.header: each.holds for each in made})


def record_results(*, batch: Batch, results: Sequence[Result], by: Person, at: datetime) -> None:
    """Record what the treasury's list says: paid with voucher and day, bounced with the reason, all or nothing.

    What bounced before it was recorded as paid is sent back, what was recorded already is taken back: either way the
    money is unpaid again and can be requested anew. Raises Refused like `record_paid` and `take_back`.
    """
    refuse(access.role_blockers(by, Role.FINANCE))
    payments = {each.id: each for each in batch.payments}
    recorded = {id for id, each in payments.items() if each.state is PaymentState.PAID}
    late = [each for each in results if each.payment_id in recorded and each.bounced]
    fresh = [each for each in results if each not in late]
    if fresh:
        record_paid(
            vouchers=[
                Voucher(payments[each.payment_id], each.voucher_no, each.paid_on)
                for each in fresh
                if each.paid_on is not None
            ],
            back={each.payment_id: each.bounced for each in fresh if each.bounced},
            by=by,
            at=at,
        )
    for each in late:
        take_back(payment=payments[each.payment_id], reason=each.bounced, by=by, at=at)
