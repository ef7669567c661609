"""支出: record lines of spending, set them right, strike them out; 预算调整: move money between heads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from venture import files, trail
from venture.applications.models import Category, CostTable
from venture.budget.actions.ledger import tell
from venture.budget.models import Award
from venture.db import claim, db, locked
from venture.delivery import access, queries
from venture.delivery import heads as ideas
from venture.delivery.actions import opening
from venture.delivery.actions.opening import opened, refuse
from venture.delivery.models import BudgetHead, Spending, Transfer, TransferState
from venture.delivery.queries import Line
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role


def spend(
    *,
    award: Award,
    key: str,
    lines: Sequence[Line],
    scans: Sequence[Staged | None] = (),
    by: Person,
    at: datetime,
) -> list[Spending]:
    """Record lines of spending: all of them or, when one is refused, none. The same key is the same lines.

    What goes beyond a head's budget is taken and shown; what goes beyond a cap of the round or beyond the grant is
    not: it is the organization's own money, and recorded as such. `scans` are the lines' receipts, in their order.
    Raises Refused: those of `opening.opened`, delivery.no_lines, those of `queries.line_blockers`.
    """
    known = db.session.scalars(
        select(Spending)
        .where(Spending.award_id == award.id, Spending.key.in_([f"{key}-{n}" for n in range(len(lines))]))
        .order_by(Spending.id)
    ).all()
    if known:
        return list(known)
    opened(award, by=by, at=at)
    if not lines:
        raise Refused("delivery.no_lines")
    rows = opening.heads(award, by=by)
    refuse([blocker for found in queries.line_blockers(award, lines, at) for blocker in found])
    made = []
    for place, line in enumerate(lines):
        scan = scans[place] if place < len(scans) else None
        row = Spending(
            award=award,
            key=f"{key}-{place}",
            **line._asdict(),
            amount=line.amount,
            scan=files.keep(scan, by=by, at=at) if scan else None,
            recorded_at=at,
            recorded_by=by,
        )
        db.session.add(row)
        _book(opening.head(rows, award, line.table, line.category), row.amount)
        made.append(row)
    db.session.flush()
    trail.say(
        by,
        "delivery.spend",
        award,
        spending={row.id: row.amount for row in made},
        total=sum(row.amount for row in made),
    )
    return made


def _book(head: BudgetHead, amount: int) -> None:
    """Raise (or lower) what is spent under a head, within its cap: one conditional update."""
    limit = BudgetHead.cap if head.cap is not None else None
    if not claim(head, BudgetHead.spent, amount, limit=limit):  # type: ignore[arg-type]  # the cap is there
        raise Refused("delivery.over_cap_now", category=head.category, cap=head.cap)


def _standing(spending: Spending, *, by: Person, at: datetime) -> None:
    opened(spending.award, by=by, at=at)
    locked(spending)
    if spending.struck_at is not None:
        raise Refused("delivery.struck")


def correct_spending(*, spending: Spending, line: Line, reason: str, by: Person, at: datetime) -> None:
    """更正: set a line of spending right; both values of each field and the reason are kept, the sums follow.

    Raises Refused: those of `spend` about the line, delivery.struck, delivery.reason_needed, delivery.nothing_changed.
    """
    _standing(spending, by=by, at=at)
    award = spending.award
    rows = opening.heads(award, by=by)
    found = [] if reason.strip() else [Blocker("delivery.reason_needed", "reason")]
    new: dict[str, Any] = {**line._asdict(), "amount": line.amount}
    new["activity_id"] = (activity := new.pop("activity")) and activity.id
    changed = {name: value for name, value in new.items() if value != getattr(spending, name)}
    if not changed:
        found.append(Blocker("delivery.nothing_changed"))
    found += queries.line_blockers(award, [line], at, instead=spending)[0]
    refuse(found)
    _book(opening.head(rows, award, spending.table, spending.category), -spending.amount)
    with db.session.no_autoflush:  # price, quantity and amount hold only together
        for name, value in changed.items():
            trail.correct(spending, field=name, value=value, reason=reason.strip(), by=by, at=at)
    db.session.flush()
    db.session.expire(spending, ["activity"])
    _book(opening.head(rows, award, spending.table, spending.category), spending.amount)


def strike_spending(*, spending: Spending, reason: str, by: Person, at: datetime) -> None:
    """Strike a line out, with the reason: it stays readable and counts nowhere.

    Raises Refused: those of `opening.opened`, delivery.struck, delivery.reason_needed.
    """
    _standing(spending, by=by, at=at)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    rows = opening.heads(spending.award, by=by)
    _book(opening.head(rows, spending.award, spending.table, spending.category), -spending.amount)
    spending.struck_at, spending.struck_by, spending.strike_reason = at, by, reason.strip()
    trail.say(by, "delivery.strike_spending", spending, amount=spending.amount, reason=reason.strip())


# --- moves between heads ---


def move(
    *,
    award: Award,
    key: str,
    table: CostTable,
    source: Category,
    target: Category,
    amount: int,
    reason: str,
    by: Person,
    at: datetime,
) -> Transfer:
    """Move budget from one head to another. In force at once where the round leaves it free, else it waits for staff.

    The same key is the same move. Raises Refused: delivery.not_yours, delivery.not_running (state),
    delivery.reason_needed, those of `queries.move_blockers`.
    """
    known = db.session.scalar(select(Transfer).where(Transfer.key == key, Transfer.award_id == award.id))
    if known is not None:
        return known
    opened(award, by=by, at=at)
    if not queries.runs(award):
        raise Refused("delivery.not_running", state=award.application.state)
    rows = opening.heads(award, by=by)
    found = queries.move_blockers(award, table, source, target, amount)
    if not reason.strip():
        found.append(Blocker("delivery.reason_needed", "reason"))
    refuse(found)
    here, there = opening.head(rows, award, table, source), opening.head(rows, award, table, target)
    listed = queries.heads_of(award)
    free = ideas.is_free(
        queries.head_of(listed, award, table, source),
        queries.head_of(listed, award, table, target),
        amount,
        award.theme.round.transfer_percent,
    )
    made = Transfer(
        award=award,
        key=key,
        table=table,
        source=source,
        target=target,
        amount=amount,
        before=[here.budget, there.budget],
        reason=reason.strip(),
        free=free,
        state=TransferState.APPROVED if free else TransferState.PROPOSED,
        proposed_at=at,
        proposed_by=by,
    )
    db.session.add(made)
    if free:
        here.moved, there.moved = here.moved - amount, there.moved + amount
    db.session.flush()
    trail.say(
        by,
        "delivery.move",
        made,
        source=[source, made.before[0], made.before[0] - amount],
        target=[target, made.before[1], made.before[1] + amount],
        free=free,
        reason=made.reason,
    )
    return made


def decide_move(*, transfer: Transfer, approve: bool, decision: str, by: Person, at: datetime) -> None:
    """Approve a move between heads, which is in force from then, or refuse it with the reason.

    Raises Refused: delivery.not_your_role, budget.barred, delivery.own_project, delivery.decided (state),
    delivery.reason_needed, delivery.not_running, those of `queries.move_blockers`.
    """
    award = transfer.award
    refuse(access.role_blockers(by, award, Role.OFFICER, Role.APPROVER))
    locked(award)
    locked(award.application)
    locked(transfer)
    if transfer.state is not TransferState.PROPOSED:
        raise Refused("delivery.decided", state=transfer.state)
    if not approve and not decision.strip():
        raise Refused("delivery.reason_needed", "decision")
    place = transfer.table, transfer.source, transfer.target
    if approve:
        if not queries.runs(award):
            raise Refused("delivery.not_running", state=award.application.state)
        rows = opening.heads(award, by=by)
        refuse(queries.move_blockers(award, *place, transfer.amount))
        here, there = (opening.head(rows, award, transfer.table, each) for each in place[1:])
        here.moved, there.moved = here.moved - transfer.amount, there.moved + transfer.amount
    transfer.state = TransferState.APPROVED if approve else TransferState.REFUSED
    transfer.decided_at, transfer.decided_by, transfer.decision = at, by, decision.strip()
    db.session.flush()
    trail.say(by, "delivery.decide_move", transfer, approved=approve, decision=transfer.decision)
    tell(
        award,
        "delivery.move_decided",
        title=award.application.title,
        amount=transfer.amount,
        approved=approve,
        decision=transfer.decision,
    )


def withdraw_move(*, transfer: Transfer, by: Person, at: datetime) -> None:
    """Take a move back that nobody has decided yet. Raises Refused: delivery.not_yours, delivery.decided (state)."""
    refuse(access.own_blockers(by, transfer.award))
    locked(transfer)
    if transfer.state is not TransferState.PROPOSED:
        raise Refused("delivery.decided", state=transfer.state)
    transfer.state = TransferState.WITHDRAWN
    trail.say(by, "delivery.withdraw_move", transfer, amount=transfer.amount)
