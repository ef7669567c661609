"""财务审计与结项: the audit's result with what it cut per line, and the project's money settled once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from venture import clock, files, outbox, trail
from venture.applications import actions as applications
from venture.applications.models import Category
from venture.budget import access as budget_access
from venture.budget import actions as budget
from venture.budget.actions.ledger import locked_rows, refuse, tell
from venture.budget.models import Award, AwardState
from venture.db import db, locked
from venture.delivery import access, queries
from venture.delivery.models import Audit, AuditLine, Closure
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Condition, Theme


class Accepted(NamedTuple):
    """One line of the audit: as budgeted, claimed and accepted (fen), and why it was cut."""

    head: Category
    label: str
    budgeted: int
    claimed: int
    accepted: int
    reason: str = ""


def enter_audit(
    *,
    award: Award,
    firm: str,
    report_no: str,
    reported_on: date,
    lines: Sequence[Accepted],
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> Audit:
    """Enter the audit's result, by an officer or the assigned auditor; what was entered before is replaced unchecked.

    The accepted cost is the sum of its lines. Raises Refused: delivery.not_auditor, budget.barred,
    delivery.not_under_way, delivery.audit_checked, delivery.text_missing (name), delivery.no_lines,
    delivery.over_claimed (line), delivery.cut_reason (line), delivery.audit_in_future (day).
    """
    _may_audit(award, by)
    locked_rows(Award, [award.id])
    facts = {"project": award.application.title}
    if award.state is not AwardState.LIVE or award.application.state not in queries.RUNS:
        raise Refused("delivery.not_under_way", **facts, state=award.application.state)
    audit = queries.standing(award).audit
    if audit is not None and audit.checked_at is not None:
        raise Refused("delivery.audit_checked", **facts)
    refuse(_audit_blockers(firm, report_no, reported_on, lines, at))
    before = None if audit is None else {"accepted": audit.accepted, "report_no": audit.report_no}
    if audit is None:
        audit = Audit(award=award, firm="", report_no="", reported_on=reported_on, entered_at=at)
    audit.firm, audit.report_no, audit.reported_on = firm.strip(), report_no.strip(), reported_on
    audit.entered_at, audit.entered_by, audit.returned = at, by, ""
    if scan is not None:
        audit.scan = files.keep(scan, by=by, at=at)
    audit.lines.clear()
    db.session.add(audit)
    db.session.flush()
    audit.lines += [
        AuditLine(
            position=place,
            head=line.head,
            label=line.label.strip(),
            budgeted=line.budgeted,
            claimed=line.claimed,
            accepted=line.accepted,
            reason=line.reason.strip(),
        )
        for place, line in enumerate(lines, start=1)
    ]
    db.session.flush()
    trail.say(
        by,
        "delivery.enter_audit",
        award,
        before=before,
        report_no=audit.report_no,
        claimed=audit.claimed,
        accepted=audit.accepted,
        lines=[[line.label, line.claimed, line.accepted, line.reason] for line in audit.lines],
    )
    return audit


def _may_audit(award: Award, by: Person) -> None:
    refuse(
        ([] if access.may_audit(by, award) else [Blocker("delivery.not_auditor")])
        + budget_access.tie_blockers(by, [award.application])
    )


def _audit_blockers(
    firm: str, report_no: str, reported_on: date, lines: Sequence[Accepted], at: datetime
) -> list[Blocker]:
    found = [
        Blocker("delivery.text_missing", name, {"name": name})
        for name, text in (("firm", firm), ("report_no", report_no))
        if not text.strip()
    ]
    if reported_on > clock.beijing_day(at):
        found.append(Blocker("delivery.audit_in_future", "reported_on", {"day": reported_on}))
    if not lines:
        found.append(Blocker("delivery.no_lines"))
    for place, line in enumerate(lines):
        facts = {"line": line.label, "claimed": line.claimed, "accepted": line.accepted}
        if not 0 <= line.accepted <= line.claimed:
            found.append(Blocker("delivery.over_claimed", f"accepted-{place}", facts))
        elif line.accepted < line.claimed and not line.reason.strip():
            found.append(Blocker("delivery.cut_reason", f"reason-{place}", facts))
    return found


def check_audit(*, audit: Audit, by: Person, at: datetime) -> Audit:
    """审核: confirm that the entry says what the audit's report says, as another person than entered it.

    Raises Refused: delivery.not_auditor, delivery.entered_by_you, budget.barred, delivery.audit_checked,
    delivery.audit_returned.
    """
    _check(audit, by)
    if audit.returned:
        raise Refused("delivery.audit_returned", reason=audit.returned)
    audit.checked_at, audit.checked_by = at, by
    db.session.flush()
    trail.say(by, "delivery.check_audit", audit.award, accepted=audit.accepted)
    return audit


def return_audit(*, audit: Audit, reason: str, by: Person, at: datetime) -> Audit:
    """Send the entry back to be entered anew, with the reason. Raises Refused as `check_audit`, and
    delivery.reason_needed.
    """
    _check(audit, by)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    audit.returned = reason.strip()
    db.session.flush()
    trail.say(by, "delivery.return_audit", audit.award, reason=audit.returned)
    return audit


def _check(audit: Audit, by: Person) -> None:
    locked_rows(Award, [audit.award_id])
    locked(audit)
    refuse(access.check_blockers(by, audit) + budget_access.tie_blockers(by, [audit.award.application]))
    if audit.checked_at is not None:
        raise Refused("delivery.audit_checked", project=audit.award.application.title)


def reopen_audit(*, audit: Audit, reason: str, by: Person, at: datetime) -> Audit:
    """更正: a checked audit was entered wrong; before the closure it can be entered anew, both readable.

    Raises Refused: budget.not_your_role, budget.barred, delivery.reason_needed, delivery.audit_unchecked,
    delivery.closed.
    """
    award = audit.award
    refuse(
        budget_access.role_blockers(by, Role.OFFICER) + budget_access.tie_blockers(by, [award.application])
    )
    locked_rows(Award, [award.id])
    locked(audit)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if audit.checked_at is None:
        raise Refused("delivery.audit_unchecked", project=award.application.title)
    if (closure := queries.standing(award).closure) is not None:
        raise Refused("delivery.closed", project=award.application.title, at=closure.closed_at)
    audit.checked_by, audit.returned = None, reason.strip()
    trail.correct(audit, field="checked_at", value=None, reason=reason.strip(), by=by, at=at)
    db.session.flush()
    return audit


def close(
    *, awards: Sequence[Award], return_by: date | None = None, by: Person, at: datetime
) -> list[Closure]:
    """结项: settle each project's money and end it: all of them or, when one is refused, none.

    What is still paid stays with the last instalment, due from today; what was paid too much is claimed back until
    `return_by`; what is neither returns to its theme. Raises Refused: budget.not_your_role, budget.barred,
    budget.nothing_chosen, budget.day_needed, what `Standing.missing` lists, and those of `budget.settle`.
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER))
    if not awards:
        raise Refused("budget.nothing_chosen")
    locked_rows(Theme, [award.theme_id for award in awards])
    locked_rows(Award, [award.id for award in awards])
    refuse(budget_access.tie_blockers(by, [award.application for award in awards]))
    found = [queries.standing(award) for award in awards]
    refuse([blocker for each in found for blocker in each.missing])
    return [_close(each, return_by, by=by, at=at) for each in found]


def _close(found: queries.Standing, return_by: date | None, *, by: Person, at: datetime) -> Closure:
    award, settled, today = found.award, found.settlement, clock.beijing_day(at)
    assert found.audit is not None and settled is not None, "nothing is missing"
    if settled.refund and (return_by is None or return_by < today):
        raise Refused("budget.day_needed", "return_by")
    note = f"{found.audit.firm} {found.audit.report_no}"
    closure = Closure(
        award=award,
        amount=award.entitled - award.freed,
        paid=award.paid,
        accepted_cost=found.audit.accepted,
        to_pay=settled.final,
        to_return=settled.refund,
        return_by=return_by if settled.refund else None,
        closed_at=at,
        closed_by=by,
    )
    db.session.add(closure)
    db.session.flush()
    budget.settle(
        award=award, accepted=found.audit.accepted, reason=note, due_on=closure.return_by, by=by, at=at
    )
    if settled.final:
        for condition in (Condition.AUDIT, Condition.CLOSING):
            budget.meet_condition(award=award, condition=condition, on=today, note=note, by=by, at=at)
    trail.say(
        by,
        "delivery.close",
        award,
        accepted_cost=closure.accepted_cost,
        to_pay=closure.to_pay,
        to_return=closure.to_return,
    )
    application = locked(award.application)
    applications.move(application=application, name="close", by=by)
    tell(
        award,
        "delivery.closed",
        title=application.title,
        accepted_cost=closure.accepted_cost,
        to_pay=closure.to_pay,
        to_return=closure.to_return,
        return_by=closure.return_by,
    )
    return closure


def export_archive(*, award: Award, by: Person, at: datetime) -> None:
    """归档: note that somebody takes a project's whole file out, private papers with it.

    Raises Refused: budget.not_your_role, budget.barred.
    """
    refuse(
        budget_access.role_blockers(by, *access.ARCHIVES)
        + budget_access.tie_blockers(by, [award.application])
    )
    trail.say(by, "delivery.export_archive", award)


def reopen_closure(*, closure: Closure, reason: str, by: Person, at: datetime) -> Closure:
    """更正: a project was closed on wrong figures; before anything was paid or came back on it, its audit opens again.

    The closure stays on record. Raises Refused: budget.not_your_role, budget.barred, delivery.reason_needed,
    delivery.reopened, and those of `budget.unsettle`.
    """
    award = closure.award
    refuse(
        budget_access.role_blockers(by, Role.APPROVER) + budget_access.tie_blockers(by, [award.application])
    )
    locked_rows(Theme, [award.theme_id])
    locked_rows(Award, [award.id])
    locked(closure)
    facts = {"project": award.application.title}
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if closure.reopened_at is not None:
        raise Refused("delivery.reopened", **facts)
    budget.unsettle(award=award, reason=reason, by=by, at=at)
    closure.reopened_at, closure.reopened_by, closure.reopen_reason = at, by, reason.strip()
    application = locked(award.application)
    applications.move(application=application, name="reopen", by=by, reason=reason.strip())
    outbox.withdraw(about=award, kind="delivery.closed")
    db.session.flush()
    trail.say(by, "delivery.reopen_closure", award, reason=reason.strip())
    return closure
