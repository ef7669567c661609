"""What payments need beside their condition: invoices handed in, and a changed account with a second approval."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from venture import clock, files, outbox, trail, workdays
from venture.budget import access, queries
from venture.budget.actions.ledger import locked_rows, refuse, tell
from venture.budget.actions.payment import send_back
from venture.budget.instalments import due
from venture.budget.models import (
    AccountChange,
    Award,
    AwardState,
    ChangeState,
    Instalment,
    Invoice,
    InvoiceKind,
)
from venture.db import db, locked
from venture.files import Staged
from venture.people import actions as people
from venture.people.models import Organization, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role


def hand_in_invoice(
    *,
    instalment: Instalment,
    kind: InvoiceKind,
    number: str,
    issued_on: date,
    amount: int,
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> Invoice:
    """收据/发票: hand in the receipt or invoice for an instalment, of its very amount (fen).

    The instalment's working days count from this day when its condition was met before. Raises Refused:
    budget.not_your_project, budget.award_cancelled, budget.already_requested, budget.invoice_there,
    budget.invoice_number, budget.invoice_used (project), budget.invoice_amount (wanted, amount),
    budget.invoice_in_future.
    """
    award = instalment.award
    refuse(access.hand_in_blockers(by, award) + access.tie_blockers(by, [award.application]))
    body = locked_rows(Organization, [award.application.organization_id])[0]
    part = locked_rows(Instalment, [instalment.id])[0]
    db.session.refresh(part, ["payments", "invoices"])
    facts = {"project": award.application.title, "instalment": part.name}
    number = number.strip()
    found = []
    if award.state is not AwardState.LIVE:
        found.append(Blocker("budget.award_cancelled", "", facts))
    if (standing := queries.payment_of(part)) is not None:
        found.append(Blocker("budget.already_requested", "", {**facts, "state": standing.state}))
    if (there := queries.invoice_of(part)) is not None:
        found.append(Blocker("budget.invoice_there", "", {**facts, "number": there.number}))
    if not number:
        found.append(Blocker("budget.invoice_number", "number", facts))
    elif (used := queries.invoice_with(body, number)) is not None:
        found.append(
            Blocker(
                "budget.invoice_used",
                "number",
                {
                    "number": number,
                    "project": used.instalment.award.application.title,
                    "instalment": used.instalment.name,
                },
            )
        )
    if amount != part.payable:
        found.append(
            Blocker("budget.invoice_amount", "amount", {**facts, "wanted": part.payable, "amount": amount})
        )
    if issued_on > clock.beijing_day(at):
        found.append(Blocker("budget.invoice_in_future", "issued_on", {"day": issued_on}))
    refuse(found)
    made = Invoice(
        instalment=part,
        organization=body,
        kind=kind,
        number=number,
        issued_on=issued_on,
        amount=amount,
        scan=files.keep(scan, by=by, at=at) if scan is not None else None,
        handed_at=at,
        handed_by=by,
    )
    db.session.add(made)
    if part.met_on is not None:
        part.due_from = max(part.met_on, clock.beijing_day(at))
        part.due_on = due(part.due_from, part.due_days, workdays.calendar()).day
    db.session.flush()
    trail.say(by, "budget.hand_in_invoice", made, kind=kind, number=number, amount=amount, award=award)
    return made


def withdraw_invoice(*, invoice: Invoice, reason: str, by: Person, at: datetime) -> Invoice:
    """Take a wrong receipt or invoice back; it stays readable, its number is free again.

    Raises Refused: budget.not_your_project, budget.reason_needed, budget.invoice_gone, budget.already_requested.
    """
    part = invoice.instalment
    refuse(access.hand_in_blockers(by, part.award) + access.tie_blockers(by, [part.award.application]))
    locked_rows(Instalment, [part.id])
    locked(invoice)
    db.session.refresh(part, ["payments"])
    facts = {"project": part.award.application.title, "instalment": part.name}
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    if invoice.withdrawn_at is not None:
        raise Refused("budget.invoice_gone", **facts)
    if (standing := queries.payment_of(part)) is not None:
        raise Refused("budget.already_requested", **facts, state=standing.state)
    invoice.withdrawn_at, invoice.withdraw_reason = at, reason.strip()
    db.session.flush()
    trail.say(by, "budget.withdraw_invoice", invoice, number=invoice.number, reason=reason.strip())
    return invoice


def ask_account_change(
    *,
    organization: Organization,
    account_name: str,
    bank: str,
    account_no: str,
    reason: str,
    proof: Staged | None,
    by: Person,
    at: datetime,
) -> AccountChange:
    """账户变更: ask that later payments go to another account, with the bank's proof; another person approves it.

    Raises Refused: budget.not_its_people, budget.account_free while no money is awarded to it,
    budget.reason_needed, budget.proof_missing, budget.nothing_changed, budget.change_open, and those of
    `people.account_of`.
    """
    refuse(access.account_blockers(by, organization))
    account = people.account_of(account_name=account_name, bank=bank, account_no=account_no)
    locked(organization)
    found = []
    if not (organization.account_fixed and organization.account_no):
        found.append(Blocker("budget.account_free", "", {"organization": organization.name}))
    if not reason.strip():
        found.append(Blocker("budget.reason_needed", "reason"))
    if proof is None:
        found.append(Blocker("budget.proof_missing", "scan"))
    old = {name: getattr(organization, name) for name in account}
    if account == old:
        found.append(Blocker("budget.nothing_changed"))
    if queries.open_change(organization) is not None:
        found.append(Blocker("budget.change_open", "", {"organization": organization.name}))
    refuse(found)
    assert proof is not None
    change = AccountChange(
        organization=organization,
        **account,
        old_name=old["account_name"],
        old_bank=old["bank"],
        old_no=old["account_no"],
        reason=reason.strip(),
        proof=files.keep(proof, by=by, at=at),
        asked_at=at,
        asked_by=by,
    )
    db.session.add(change)
    db.session.flush()
    trail.say(by, "budget.ask_account_change", change, organization=organization, reason=reason.strip())
    return change


def approve_account_change(*, change: AccountChange, by: Person, at: datetime) -> list[int]:
    """Approve a changed account as another person: it counts for later payments, what waits is sent back.

    What is requested, checked or released but not paid was meant for the old account: it returns to the award with the
    reason, those who asked for it and the organization are told, and it is requested anew. Returns the ids of these
    payments. Raises Refused: budget.not_your_role (finance), budget.barred, budget.change_closed,
    budget.asked_by_you.
    """
    refuse(
        access.role_blockers(by, Role.FINANCE)
        + access.tie_blockers(by, queries.projects_of(change.organization))
    )
    _lock_change(change)
    if change.asked_by_id == by.id:
        raise Refused("budget.asked_by_you", person=by.name)
    projects = [each.id for each in queries.projects_of(change.organization)]
    locked_rows(Award, db.session.scalars(select(Award.id).where(Award.application_id.in_(projects))))
    locked(change.organization)  # before what waits is read: a request locks the same rows in this order
    waiting = queries.waiting_for([change.organization])
    reason = f"账户变更：{change.reason}"
    if waiting:
        send_back(payments=waiting, reasons={each.id: reason for each in waiting}, by=by, at=at)
    change.state, change.decided_by, change.decided_at = ChangeState.APPROVED, by, at
    account = {name: getattr(change, name) for name in ("account_name", "bank", "account_no")}
    people.replace_account(organization=change.organization, account=account, by=by)
    db.session.flush()
    for each in waiting:
        facts: dict[str, Any] = {
            "title": each.instalment.award.application.title,
            "instalment": each.instalment.name,
            "amount": each.amount,
            "batch": each.batch.number,
            "reason": reason,
        }
        outbox.post("budget.voided", to=each.requested_by, about=each, **facts)
        tell(each.instalment.award, "budget.voided", **facts)
    trail.say(
        by,
        "budget.approve_account_change",
        change,
        organization=change.organization,
        payments=[each.id for each in waiting],
    )
    return [each.id for each in waiting]


def drop_account_change(*, change: AccountChange, answer: str, by: Person, at: datetime) -> AccountChange:
    """Turn a changed account down, or take it back, with the reason: the account stays as it is.

    Raises Refused: budget.not_its_people, budget.reason_needed, budget.change_closed.
    """
    if not by.holds(Role.FINANCE):
        refuse(access.account_blockers(by, change.organization))
    if not answer.strip():
        raise Refused("budget.reason_needed", "reason")
    _lock_change(change)
    change.state, change.decided_by, change.decided_at = ChangeState.DROPPED, by, at
    change.answer = answer.strip()
    db.session.flush()
    trail.say(by, "budget.drop_account_change", change, reason=answer.strip())
    return change


def _lock_change(change: AccountChange) -> None:
    locked(change)
    if change.state is not ChangeState.ASKED:
        raise Refused("budget.change_closed", state=change.state)
