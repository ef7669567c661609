"""The end of an award's money: settled to the accepted cost, claimed back, received in parts.

What is not spent, and what comes back, returns to the award's own theme and to the source of the payment that it came
from, once. Amounts are fen.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import InstrumentedAttribute

from venture import clock, trail
from venture.budget import access, queries
from venture.budget.actions.ledger import book, locked_rows, refuse, tell
from venture.budget.actions.sourcing import come_back
from venture.budget.instalments import settlement
from venture.budget.models import Account, Award, AwardState, Claim, Entry, Operation, Payment, Refund
from venture.db import claim as raised
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Theme


class Settled(NamedTuple):
    """How an award was settled, in fen: what is still paid with the last instalment, what returned to the theme, and the
    claim for what comes back, if anything does.
    """

    final: int
    freed: int
    claim: Claim | None


def settle(
    *, award: Award, accepted: int, reason: str, due_on: date | None = None, by: Person, at: datetime
) -> Settled:
    """结算: settle an award to the cost that the audit accepted (fen), once.

    final = max(0, min(award, accepted) − paid) stays to be paid, the rest of the award returns to its theme;
    refund = max(0, paid − accepted) is claimed back until `due_on`. `reason` names the audit report. A cancelled award
    is paid nothing more; what it holds above the accepted cost is claimed.

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.below_zero, budget.settled,
    budget.payment_underway (batch), budget.day_needed where something comes back and no day is given.
    """
    _begin(award, reason, by=by)
    if award.settled_at is not None:
        raise Refused("budget.settled", project=award.application.title, accepted=award.accepted)
    if accepted < 0:
        raise Refused("budget.below_zero", "accepted")
    ends = settlement(award.entitled - award.freed, award.paid, accepted)
    if ends.refund > award.claimed and due_on is None:
        raise Refused("budget.day_needed", "due_on")
    freed = _cut(award, ends.final, reason.strip(), by=by, at=at)
    award.accepted, award.settled_at = accepted, at
    db.session.flush()
    made = None
    if due_on is not None and ends.refund > award.claimed:
        made = _claim(
            award,
            ends.refund - award.claimed,
            reason.strip(),
            due_on,
            key=_next(Claim.key, f"settle-{award.id}-"),
            by=by,
            at=at,
        )
    trail.say(
        by,
        "budget.settle",
        award,
        accepted=accepted,
        paid=award.paid,
        final=ends.final,
        freed=freed,
        refund=ends.refund,
        reason=reason.strip(),
    )
    return Settled(ends.final, freed, made)


def unsettle(*, award: Award, reason: str, by: Person, at: datetime) -> Award:
    """更正: an award was settled wrongly. What was cut is payable again, claims on which nothing came are taken back.

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.not_settled,
    budget.payment_underway (batch), budget.paid_since (the last payment was made after it), budget.refund_received,
    budget.over_earmark where the theme has no longer what returned to it.
    """
    theme = _begin(award, reason, by=by)
    settled_at = award.settled_at
    facts = {"project": award.application.title}
    if settled_at is None:
        raise Refused("budget.not_settled", **facts)
    if any(each.recorded_at and each.recorded_at > settled_at for each in queries.paid_payments(award)):
        raise Refused("budget.paid_since", **facts)
    claims = [each for each in queries.claims_of(award) if each.made_at >= settled_at and each.open]
    if any(each.received for each in claims):
        raise Refused("budget.refund_received", **facts)
    for each in claims:
        _withdraw(each, award, reason.strip(), at=at)
    # A cancelled award is paid nothing more, whatever its settlement cut.
    cut = award.instalments if award.state is AwardState.LIVE else []
    back = sum(part.cut for part in cut)
    if not raised(theme, Theme.committed, back, limit=Theme.earmark):
        raise _over(theme, back)
    for part in cut:
        part.cut = 0
    award.freed -= back
    before = award.accepted
    award.accepted, award.settled_at = None, None
    db.session.flush()
    if back:
        _book("uncut", award, Account.EARMARK, Account.COMMITTED, back, reason.strip(), by=by, at=at)
    trail.say(by, "budget.unsettle", award, reason=reason.strip(), accepted=before, restored=back)
    return award


def final_instalment(*, award: Award, amount: int, reason: str, by: Person, at: datetime) -> int:
    """Cut what is still unpaid of an award to `amount` fen: the last instalment first keeps it, the rest returns to the
    theme. The planned amounts stay readable. Returns what was freed (fen).

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.below_zero,
    budget.payment_underway (batch), budget.over_award (left, excess).
    """
    _begin(award, reason, by=by)
    freed = _cut(award, amount, reason.strip(), by=by, at=at)
    trail.say(by, "budget.final_instalment", award, amount=amount, freed=freed, reason=reason.strip())
    return freed


def claim_back(
    *, award: Award, amount: int, reason: str, due_on: date, key: str, by: Person, at: datetime
) -> Claim:
    """追回: claim a sum (fen) back from the organization until a day; the same `key` is the same claim.

    The organization is told, its message is held. Raises Refused: budget.not_your_role, budget.barred,
    budget.reason_needed, budget.below_zero (nothing is claimed), budget.key_used, budget.due_in_past,
    budget.over_paid (left, excess): more than was paid and is not claimed already.
    """
    _begin(award, reason, by=by, underway=True)
    known = db.session.scalar(select(Claim).where(Claim.key == key))
    if known is not None:
        if (known.award_id, known.amount) != (award.id, amount):
            raise Refused("budget.key_used_for", project=known.award.application.title)
        return known
    if due_on < clock.beijing_day(at):
        raise Refused("budget.due_in_past", "due_on", day=due_on)
    return _claim(award, amount, reason.strip(), due_on, key=key, by=by, at=at)


def withdraw_claim(*, claim: Claim, reason: str, by: Person, at: datetime) -> Claim:
    """Take back a claim that was wrong; what came on it already stays booked.

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.claim_closed.
    """
    _begin(claim.award, reason, by=by, underway=True)
    locked(claim)
    if not claim.open:
        raise Refused("budget.claim_closed", project=claim.award.application.title)
    left = claim.open
    _withdraw(claim, claim.award, reason.strip(), at=at)
    trail.say(by, "budget.withdraw_claim", claim, reason=reason.strip(), left=left)
    return claim


def receive_refund(
    *, claim: Claim, amount: int, received_on: date, voucher_no: str, key: str, by: Person, at: datetime
) -> Refund:
    """Record money (fen) that came back on a claim, whole or in part: it returns to its theme and source.

    It is taken off the newest payment first. The same `key` is the same receipt. Raises Refused: budget.not_your_role
    (finance), budget.barred, budget.claimed_by_you, budget.below_zero, budget.voucher_missing, budget.paid_in_future,
    budget.key_used_for, budget.over_claim (left, excess).
    """
    award = claim.award
    refuse(access.role_blockers(by, Role.FINANCE) + access.tie_blockers(by, [award.application]))
    theme = _locked(award)
    locked(claim)
    known = db.session.scalar(select(Refund).where(Refund.key == key))
    if known is not None:
        if (known.claim_id, known.amount) != (claim.id, amount):
            raise Refused("budget.key_used_for", project=award.application.title)
        return known
    facts = {"project": award.application.title, "instalment": ""}
    found = []
    if claim.made_by_id == by.id:
        found.append(Blocker("budget.claimed_by_you", "", {"person": by.name}))
    if amount <= 0:
        found.append(Blocker("budget.below_zero", "amount"))
    if not voucher_no.strip():
        found.append(Blocker("budget.voucher_missing", "voucher_no", facts))
    if received_on > clock.beijing_day(at):
        found.append(Blocker("budget.paid_in_future", "received_on", {**facts, "day": received_on}))
    refuse(found)
    left = claim.open
    if not left or not raised(claim, Claim.received, amount, limit=Claim.amount):
        raise Refused(
            "budget.over_claim", "amount", project=facts["project"], left=left, excess=amount - left
        )
    refund = Refund(
        claim=claim,
        amount=amount,
        received_on=received_on,
        voucher_no=voucher_no.strip(),
        key=key,
        claimed_by_id=claim.made_by_id,
        recorded_at=at,
        recorded_by=by,
    )
    db.session.add(refund)
    standing = queries.held_of(award)
    award.claimed, award.paid, award.freed = award.claimed - amount, award.paid - amount, award.freed + amount
    db.session.flush()
    raised(theme, Theme.committed, -amount)
    rest = amount
    for payment, held in standing:
        part = min(rest, held)
        if part:
            _return(refund, payment, part, f"refund-{refund.id}-{payment.id}", by=by, at=at)
        rest -= part
    trail.say(
        by,
        "budget.receive_refund",
        refund,
        amount=amount,
        received_on=received_on,
        voucher_no=voucher_no.strip(),
    )
    return refund


def undo_refund(*, refund: Refund, reason: str, by: Person, at: datetime) -> Refund:
    """更正: money recorded as received did not come; new entries put it back to be claimed, both stay readable.

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.undone_already,
    budget.claim_closed when its claim was taken back, budget.over_earmark where the theme has spent it,
    budget.source_short where the source has.
    """
    claim, award = refund.claim, refund.claim.award
    refuse(access.role_blockers(by, Role.FINANCE) + access.tie_blockers(by, [award.application]))
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    theme = _locked(award)
    locked(claim)
    locked(refund)
    facts = {"project": award.application.title}
    if refund.undone_at is not None:
        raise Refused("budget.undone_already", **facts)
    if claim.withdrawn_at is not None:
        raise Refused("budget.claim_closed", **facts)
    if not raised(theme, Theme.committed, refund.amount, limit=Theme.earmark):
        raise _over(theme, refund.amount)
    claim.received -= refund.amount
    award.claimed += refund.amount
    award.paid, award.freed = award.paid + refund.amount, award.freed - refund.amount
    refund.undone_at, refund.undone_by, refund.undo_reason = at, by, reason.strip()
    db.session.flush()
    returned = db.session.scalars(
        select(Entry).where(Entry.refund_id == refund.id, Entry.account == Account.PAID).order_by(Entry.id)
    ).all()
    for entry in returned:
        payment = db.session.get_one(Payment, entry.payment_id)
        key = f"unrefund-{refund.id}-{payment.id}"
        _return(refund, payment, entry.amount, key, by=by, at=at, note=reason.strip())
    trail.say(by, "budget.undo_refund", refund, reason=reason.strip(), amount=refund.amount)
    return refund


def _begin(award: Award, reason: str, *, by: Person, underway: bool = False) -> Theme:
    """The guards that these acts share, then the locks: theme, award, instalments. The award's theme."""
    refuse(
        access.role_blockers(by, Role.OFFICER, Role.APPROVER) + access.tie_blockers(by, [award.application])
    )
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    theme = _locked(award)
    if not underway and (waiting := queries.underway_of(award)) is not None:
        raise Refused("budget.payment_underway", project=award.application.title, batch=waiting.batch.number)
    return theme


def _locked(award: Award) -> Theme:
    theme = locked_rows(Theme, [award.theme_id])[0]
    locked_rows(Award, [award.id])
    return theme


def _cut(award: Award, amount: int, reason: str, *, by: Person, at: datetime) -> int:
    """Leave `amount` fen payable, with the last unpaid instalments; free the rest of the award."""
    if amount < 0:
        raise Refused("budget.below_zero", "amount")
    unpaid = award.unpaid
    if amount > unpaid:
        raise Refused(
            "budget.over_award",
            "amount",
            project=award.application.title,
            left=unpaid,
            excess=amount - unpaid,
        )
    freed, kept = unpaid - amount, amount
    for part in reversed(queries.unpaid_parts(award)):
        stays = min(part.payable, kept)
        part.cut, kept = part.amount - stays, kept - stays
    award.freed += freed
    db.session.flush()
    raised(award.theme, Theme.committed, -freed)
    if freed:
        _book("cut", award, Account.COMMITTED, Account.EARMARK, freed, reason, by=by, at=at)
    return freed


def _claim(
    award: Award, amount: int, reason: str, due_on: date, *, key: str, by: Person, at: datetime
) -> Claim:
    """Raise what is claimed where it still fits into what is paid: one conditional update."""
    if amount <= 0:
        raise Refused("budget.below_zero", "amount")
    done = db.session.execute(
        update(Award)
        .where(Award.id == award.id, Award.claimed + amount <= Award.paid)
        .values(claimed=Award.claimed + amount),
        execution_options={"synchronize_session": False},
    )
    db.session.refresh(award, ["claimed", "paid"])
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        left = award.paid - award.claimed
        raise Refused(
            "budget.over_paid", "amount", project=award.application.title, left=left, excess=amount - left
        )
    made = Claim(award=award, amount=amount, reason=reason, due_on=due_on, key=key, made_at=at, made_by=by)
    db.session.add(made)
    db.session.flush()
    tell(award, "budget.claimed", title=award.application.title, amount=amount, due_on=due_on, reason=reason)
    trail.say(by, "budget.claim_back", made, amount=amount, due_on=due_on, reason=reason, award=award)
    return made


def _withdraw(claim: Claim, award: Award, reason: str, *, at: datetime) -> None:
    award.claimed -= claim.open
    claim.withdrawn_at, claim.withdraw_reason = at, reason
    db.session.flush()


def _book(
    kind: str,
    award: Award,
    source: Account,
    target: Account,
    amount: int,
    note: str,
    *,
    by: Person,
    at: datetime,
) -> None:
    """Book an operation that an award may see more than once."""
    book(
        kind,
        key=_next(Operation.key, f"{kind}-{award.id}-"),
        source=source,
        target=target,
        amount=amount,
        award=award,
        by=by,
        at=at,
        note=note,
    )


def _return(
    refund: Refund, payment: Payment, amount: int, key: str, *, by: Person, at: datetime, note: str = ""
) -> None:
    """Book what of a payment came back (above zero) or, below zero, what came back and did not after all; its source

    may be drawn on for it again, or no longer.
    """
    come_back(payment, amount)
    kind = "refund" if amount > 0 else "unrefund"
    source, target = (Account.PAID, Account.EARMARK) if kind == "refund" else (Account.EARMARK, Account.PAID)
    book(
        kind,
        key=key,
        source=source,
        target=target,
        amount=abs(amount),
        award=refund.claim.award,
        payment=payment,
        refund=refund,
        by=by,
        at=at,
        note=note or refund.claim.reason,
    )


def _next(column: InstrumentedAttribute[str], start: str) -> str:
    """The next key of an act that an award may see more than once: the keys with this start are counted."""
    known = db.session.scalar(select(func.count()).where(column.startswith(start, autoescape=True)))
    return f"{start}{(known or 0) + 1}"


def _over(theme: Theme, amount: int) -> Refused:
    wanted = theme.committed + amount
    return Refused(
        "budget.over_earmark",
        theme=theme.name,
        ceiling=theme.earmark,
        awarded=wanted,
        excess=wanted - theme.earmark,
    )
