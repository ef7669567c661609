"""拨款: instalments requested (经办), checked (审核), released (负责人), recorded as paid.

The reservation counts against the award at once; what is sent back frees it. Each act takes a whole batch
with exceptions by row: `back` holds the rows to send back with their reasons, rows in neither list wait.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult

from venture import clock, trail
from venture.budget import access, queries
from venture.budget.actions.ledger import book, locked_rows, refuse, tell
from venture.budget.actions.sourcing import draw, give_back
from venture.budget.models import Account, Award, AwardState, Batch, Instalment, Payment, PaymentState
from venture.db import db, locked
from venture.files import Staged
from venture.people import actions as people
from venture.people.models import Organization, Paper, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Round, Source


def request(
    *,
    round: Round,
    instalments: Sequence[Instalment],
    key: str,
    source: Source | None = None,
    by: Person,
    at: datetime,
) -> Batch:
    """Request instalments as one batch, to the accounts as they stand now; the same key once.

    Each draws on `source`, or on the round's source that expires first and still has enough.
    Raises Refused: budget.not_your_role, budget.barred, budget.nothing_chosen, budget.key_used (the key was
    sent with other rows), those of `queries.request_blockers`, budget.over_award (left, excess), and those of
    `sourcing.draw`.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    if not instalments:
        raise Refused("budget.nothing_chosen")
    locked(round)
    ids = {each.id for each in instalments}
    known = db.session.scalar(select(Batch).where(Batch.key == key))
    if known is not None:
        if {each.instalment_id for each in known.payments} != ids:
            raise Refused("budget.key_used", batch=known.number)
        return known
    awards = {award.id: award for award in locked_rows(Award, [each.award_id for each in instalments])}
    locked_rows(Organization, [award.application.organization_id for award in awards.values()])
    locked_rows(Instalment, ids)
    rows = queries.with_papers(ids)
    refuse(
        access.tie_blockers(by, [row.award.application for row in rows])
        + [blocker for row in rows for blocker in queries.request_blockers(row.award, row)]
    )
    number = db.session.scalar(select(func.max(Batch.number)).where(Batch.round_id == round.id)) or 0
    batch = Batch(round=round, number=number + 1, key=key, made_at=at, made_by=by)
    db.session.add(batch)
    for row in sorted(rows, key=lambda row: (row.award.project_no, row.number)):
        _reserve(row.award, row)
        body = row.award.application.organization
        payment = Payment(
            batch=batch,
            instalment=row,
            amount=row.payable,
            account_name=body.account_name,
            bank=body.bank,
            account_no=body.account_no,
            requested_at=at,
            requested_by=by,
        )
        db.session.add(payment)
        db.session.flush()
        _move(payment, "request", Account.COMMITTED, Account.PENDING, by=by, at=at)
    draw(round, batch.payments, source=source, at=at)
    trail.say(
        by,
        "budget.request",
        batch,
        number=batch.number,
        total=queries.total_of(batch),
        sources={payment.id: payment.source_id for payment in batch.payments},
        payments={payment.id: payment.amount for payment in batch.payments},
    )
    return batch


def _reserve(award: Award, instalment: Instalment) -> None:
    """Raise what is pending where it still fits: one conditional update, exact under any writers."""
    done = db.session.execute(
        update(Award)
        .where(
            Award.id == award.id,
            Award.state == AwardState.LIVE,
            Award.paid + Award.pending + Award.freed + instalment.payable <= Award.entitled,
        )
        .values(pending=Award.pending + instalment.payable),
        execution_options={"synchronize_session": False},
    )
    db.session.refresh(award, ["pending", "paid", "freed", "state"])
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise Refused(
            "budget.over_award",
            f"take-{instalment.id}",
            project=award.application.title,
            left=award.unpaid,
            excess=instalment.payable - award.unpaid,
        )


def _move(
    payment: Payment,
    kind: str,
    source: Account,
    target: Account,
    *,
    by: Person,
    at: datetime,
    note: str = "",
) -> None:
    book(
        kind,
        key=f"{kind}-{payment.id}",
        source=source,
        target=target,
        amount=payment.amount,
        award=payment.instalment.award,
        payment=payment,
        by=by,
        at=at,
        note=note,
    )


def _lock(payments: Sequence[Payment]) -> None:
    """Awards first, then payments, ids rising; all read afresh, with the accounts that are compared."""
    awards = locked_rows(Award, [each.instalment.award_id for each in payments])
    locked_rows(Organization, [award.application.organization_id for award in awards])
    locked_rows(Payment, [each.id for each in payments])


def step_blockers(payments: Sequence[Payment], step: PaymentState) -> list[Blocker]:
    """Why these payments cannot go on from `step`: not there, cancelled, or the account has changed."""
    found = []
    for each in payments:
        award = each.instalment.award
        facts = {
            "project": award.application.title,
            "instalment": each.instalment.name,
            "state": each.state,
        }
        if each.state is not step:
            found.append(Blocker("budget.not_at_step", f"act-{each.id}", {**facts, "step": step}))
        if award.state is not AwardState.LIVE:
            found.append(Blocker("budget.award_cancelled", f"act-{each.id}", facts))
        if award.stopped and step is not PaymentState.RELEASED:  # what is released may be on its way already
            found.append(
                Blocker("budget.payments_stopped", f"act-{each.id}", {**facts, "reason": award.stopped})
            )
        if queries.account_changed(each):
            found.append(Blocker("budget.account_changed", f"act-{each.id}", facts))
    return found


def check(
    *,
    payments: Sequence[Payment],
    back: Mapping[int, str] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """审核: confirm requested payments, as another person than the one who requested them.

    Raises Refused: budget.not_your_role, budget.requested_by_you, budget.barred, budget.nothing_chosen, those
    of `step_blockers`, and budget.reason_needed for a row sent back without one.
    """
    _begin(payments, back or {}, by=by, at=at)
    refuse(access.check_blockers(by, payments) + step_blockers(payments, PaymentState.REQUESTED))
    for each in payments:
        each.state, each.checked_by, each.checked_at = PaymentState.CHECKED, by, at
    db.session.flush()
    if payments:
        trail.say(by, "budget.check", payments[0].batch, payments=[each.id for each in payments])


def release(
    *,
    payments: Sequence[Payment],
    back: Mapping[int, str] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """负责人: release checked payments, as a third person.

    Raises Refused like `check`, and budget.checked_by_you.
    """
    _begin(payments, back or {}, by=by, at=at)
    refuse(access.release_blockers(by, payments) + step_blockers(payments, PaymentState.CHECKED))
    _released(payments, by=by, at=at, paper=None)
    if payments:
        trail.say(by, "budget.release", payments[0].batch, payments=[each.id for each in payments])


def enter_release(
    *,
    payments: Sequence[Payment],
    signer: Person,
    signed_on: date,
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> Paper:
    """Record a release signed on paper by the approver; it counts once another person checked the entry.

    Raises Refused as `release` does, about the signer.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.FINANCE))
    if not payments:
        raise Refused("budget.nothing_chosen")
    _lock(payments)
    refuse(
        access.release_blockers(signer, payments)
        + access.tie_blockers(signer, [each.instalment.award.application for each in payments])
        + step_blockers(payments, PaymentState.CHECKED)
    )
    paper = people.enter_paper(
        signer=signer,
        signed_on=signed_on,
        scan=scan,
        by=by,
        at=at,
    )
    for each in payments:
        each.paper = paper
    db.session.flush()
    trail.say(
        by,
        "budget.enter_release",
        payments[0].batch,
        signer=signer,
        payments=[each.id for each in payments],
    )
    return paper


def check_release(*, batch: Batch, paper: Paper, by: Person, at: datetime) -> Batch:
    """Confirm that the paper says what was entered; the payments on it are then released by its signer.

    Raises Refused: budget.not_your_role, budget.no_paper, people.same_person and those of `step_blockers`.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.FINANCE, Role.APPROVER))
    payments = [
        each for each in batch.payments if each.paper_id == paper.id and each.state is PaymentState.CHECKED
    ]
    if not payments:
        raise Refused("budget.no_paper")
    _lock(payments)
    refuse(access.release_blockers(paper.signer, payments) + step_blockers(payments, PaymentState.CHECKED))
    people.check_paper(paper=paper, by=by, at=at)
    _released(payments, by=paper.signer, at=at, paper=paper)
    trail.say(by, "budget.check_release", batch, signer=paper.signer, payments=[each.id for each in payments])
    return batch


def _released(payments: Sequence[Payment], *, by: Person, at: datetime, paper: Paper | None) -> None:
    for each in payments:
        each.state, each.released_by, each.released_at = PaymentState.RELEASED, by, at
        each.paper = paper
    db.session.flush()


class Voucher(NamedTuple):
    """That one payment was made: the voucher's number and the day."""

    payment: Payment
    number: str
    paid_on: date


def record_paid(
    *,
    vouchers: Sequence[Voucher],
    back: Mapping[int, str] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """Record released payments as paid, each with voucher number and day: pending becomes paid.

    Raises Refused like `check`, and budget.voucher_missing, budget.paid_in_future.
    """
    refuse(access.role_blockers(by, Role.FINANCE))
    payments = [each.payment for each in vouchers]
    _begin(payments, back or {}, by=by, at=at)
    found = step_blockers(payments, PaymentState.RELEASED)
    for each in vouchers:
        part = each.payment.instalment
        facts = {"project": part.award.application.title, "instalment": part.name}
        if not each.number.strip():
            found.append(Blocker("budget.voucher_missing", f"voucher-{each.payment.id}", facts))
        if each.paid_on > clock.beijing_day(at):
            found.append(
                Blocker("budget.paid_in_future", f"day-{each.payment.id}", {**facts, "day": each.paid_on})
            )
    refuse(found)
    for payment, number, paid_on in vouchers:
        award = payment.instalment.award
        award.pending, award.paid = award.pending - payment.amount, award.paid + payment.amount
        payment.state, payment.recorded_by, payment.recorded_at = PaymentState.PAID, by, at
        payment.voucher_no, payment.paid_on = number.strip(), paid_on
        db.session.flush()
        _move(payment, "paid", Account.PENDING, Account.PAID, by=by, at=at)
        tell(
            award,
            "budget.paid",
            title=award.application.title,
            instalment=payment.instalment.name,
            amount=payment.amount,
            paid_on=paid_on,
        )
    if payments:
        trail.say(
            by,
            "budget.record_paid",
            payments[0].batch,
            payments={each.id: [each.voucher_no, each.paid_on] for each in payments},
        )


def _begin(payments: Sequence[Payment], back: Mapping[int, str], *, by: Person, at: datetime) -> None:
    """Lock what the act concerns, and send back the rows that are excepted with a reason."""
    sent = [row for row in (db.session.get(Payment, each) for each in back) if row is not None]
    if not payments and not sent:
        raise Refused("budget.nothing_chosen")
    _lock([*payments, *sent])
    refuse(access.tie_blockers(by, [each.instalment.award.application for each in payments]))
    if sent:
        send_back(payments=sent, reasons=back, by=by, at=at)


def send_back(*, payments: Sequence[Payment], reasons: Mapping[int, str], by: Person, at: datetime) -> None:
    """Send payments back before they are paid, each with its reason: what was reserved is free again.

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.not_underway.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.FINANCE, Role.APPROVER))
    _lock(payments)
    found = []
    for each in payments:
        facts = {"project": each.instalment.award.application.title, "state": each.state}
        if each.state not in queries.UNDERWAY:
            found.append(Blocker("budget.not_underway", f"act-{each.id}", facts))
        if not reasons.get(each.id, "").strip():
            found.append(Blocker("budget.reason_needed", f"reason-{each.id}", facts))
    refuse(found)
    give_back(payments)
    for each in payments:
        reason, award = reasons[each.id].strip(), each.instalment.award
        before = each.state
        each.state, each.returned_reason = PaymentState.RETURNED, reason
        award.pending -= each.amount
        db.session.flush()
        _move(each, "send_back", Account.PENDING, Account.COMMITTED, by=by, at=at, note=reason)
        trail.say(by, "budget.send_back", each, before=before, reason=reason, amount=each.amount)


def correct_voucher(
    *, payment: Payment, voucher_no: str, paid_on: date, reason: str, by: Person, at: datetime
) -> None:
    """更正: set a voucher number or the day of a payment right; both values stay readable.

    Raises Refused: budget.not_your_role, budget.not_paid, budget.reason_needed, budget.nothing_changed,
    budget.voucher_missing, budget.paid_in_future.
    """
    refuse(access.role_blockers(by, Role.FINANCE))
    locked(payment)
    if payment.state is not PaymentState.PAID:
        raise Refused("budget.not_paid", state=payment.state)
    number = voucher_no.strip()
    facts = {
        "project": payment.instalment.award.application.title,
        "instalment": payment.instalment.name,
    }
    found = []
    if not reason.strip():
        found.append(Blocker("budget.reason_needed", "reason"))
    if not number:
        found.append(Blocker("budget.voucher_missing", "voucher_no", facts))
    if paid_on > clock.beijing_day(at):
        found.append(Blocker("budget.paid_in_future", "paid_on", {**facts, "day": paid_on}))
    if (number, paid_on) == (payment.voucher_no, payment.paid_on):
        found.append(Blocker("budget.nothing_changed"))
    refuse(found)
    if number != payment.voucher_no:
        trail.correct(payment, field="voucher_no", value=number, reason=reason.strip(), by=by, at=at)
    if paid_on != payment.paid_on:
        trail.correct(payment, field="paid_on", value=paid_on, reason=reason.strip(), by=by, at=at)


def take_back(*, payment: Payment, reason: str, by: Person, at: datetime) -> None:
    """退票: money recorded as paid did not arrive; new entries make it unpaid, to be requested anew.

    Raises Refused: budget.not_your_role, budget.not_paid, budget.reason_needed, budget.award_cancelled,
    budget.claimed when part of it is claimed back or came back already.
    """
    refuse(access.role_blockers(by, Role.FINANCE))
    _lock([payment])
    award = payment.instalment.award
    if payment.state is not PaymentState.PAID:
        raise Refused("budget.not_paid", state=payment.state)
    if award.state is not AwardState.LIVE:
        raise Refused(
            "budget.award_cancelled",
            project=award.application.title,
            instalment=payment.instalment.name,
        )
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    if award.paid - award.claimed < payment.amount or queries.held(payment) < payment.amount:
        raise Refused("budget.claimed", project=award.application.title)
    give_back([payment])
    payment.state, payment.returned_reason = PaymentState.RETURNED, reason.strip()
    award.paid -= payment.amount
    db.session.flush()
    _move(payment, "take_back", Account.PAID, Account.COMMITTED, by=by, at=at, note=reason.strip())
    trail.say(by, "budget.take_back", payment, reason=reason.strip(), amount=payment.amount)
