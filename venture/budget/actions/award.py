"""立项: awards under the earmarks, cancelling them, and the conditions of instalments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from venture import clock, numbering, outbox, trail, workdays
from venture.applications import actions as application_actions
from venture.applications import queries as application_queries
from venture.applications.lifecycle import State, move
from venture.applications.models import Application
from venture.budget import access, queries
from venture.budget.actions.ledger import book, locked_rows, refuse, tell
from venture.budget.actions.payment import send_back
from venture.budget.actions.revising import ask_revision
from venture.budget.instalments import due, schedule
from venture.budget.models import (
    Account,
    Award,
    AwardState,
    DecisionLine,
    Instalment,
    Notice,
    Payment,
    PaymentState,
)
from venture.db import claim, db, locked
from venture.people.models import Person, TrackRecord
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Condition, Round, Theme


def award_blockers(notice: Notice, lines: Sequence[DecisionLine], at: datetime) -> list[Blocker]:
    """Why these lines of the notice cannot be awarded now; the page shows it, the verb refuses with it."""
    found = []
    if at < clock.end_of_day(notice.ends_on):
        found.append(Blocker("budget.notice_running", "", {"ends_on": notice.ends_on}))
    opened = [each for each in notice.objections if each.answered_at is None]
    if any(each.application_id is None for each in opened):
        found.append(Blocker("budget.objection_to_all"))
    against = {each.application_id for each in opened}
    for line in lines:
        facts = {"project": line.application.title, "state": line.application.state}
        if not line.decided or line.decision_id != notice.decision_id:
            found.append(
                Blocker("budget.not_in_list", f"take-{line.id}", {"application": line.application_id})
            )
        elif line.application.state is not State.ON_NOTICE:
            found.append(Blocker("budget.not_on_notice", f"take-{line.id}", facts))
        elif line.application_id in against:
            found.append(Blocker("budget.objection_open", f"take-{line.id}", facts))
    return found


def award(*, notice: Notice, lines: Sequence[DecisionLine], by: Person, at: datetime) -> list[Award]:
    """Award the lines of a notice whose term is over: all of them or, when one is refused, none.

    Each theme's counter is raised by one conditional update, so two officers can never over-commit it.
    Raises Refused: budget.not_your_role, budget.barred, budget.nothing_chosen, the codes of `award_blockers`,
    budget.over_earmark (theme, ceiling, awarded, excess), budget.empty_part.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.APPROVER))
    round = locked(notice.decision.round)
    themes = {theme.id: theme for theme in locked_rows(Theme, [line.theme_id for line in lines])}
    locked_rows(Application, [line.application_id for line in lines])
    db.session.refresh(notice)
    if not lines:
        raise Refused("budget.nothing_chosen")
    refuse(access.tie_blockers(by, [line.application for line in lines]) + award_blockers(notice, lines, at))
    _commit(round, themes, lines)
    prefix = numbering.of_projects(round.year)
    number = db.session.scalar(
        select(func.count()).select_from(Award).where(Award.project_no.startswith(prefix))
    )
    made = []
    for place, line in enumerate(lines, start=(number or 0) + 1):
        made.append(_award(line, themes[line.theme_id], round, f"{prefix}{place:03d}", by=by, at=at))
    return made


def _commit(round: Round, themes: dict[int, Theme], lines: Sequence[DecisionLine]) -> None:
    """Raise each theme's counter by its lines, or refuse with the cap and the excess."""
    refused = []
    for theme_id in sorted(themes):
        theme = themes[theme_id]
        amount = sum(line.decided for line in lines if line.theme_id == theme_id)
        if not claim(theme, Theme.committed, amount, limit=Theme.earmark):
            wanted = theme.committed + amount
            refused.append(
                Blocker(
                    "budget.over_earmark",
                    "",
                    {
                        "theme": theme.name,
                        "ceiling": theme.earmark,
                        "awarded": wanted,
                        "excess": wanted - theme.earmark,
                    },
                )
            )
    refuse(refused)


def _award(
    line: DecisionLine, theme: Theme, round: Round, project_no: str, *, by: Person, at: datetime
) -> Award:
    application = line.application
    parts = schedule(line.decided, [part.weight for part in round.plan])
    award = Award(
        application=application,
        line=line,
        theme=theme,
        project_no=project_no,
        requested=line.asked,
        recommended=line.recommended,
        amount=line.decided,
        awarded_at=at,
        instalments=[
            Instalment(
                number=part.number,
                name=part.name,
                weight=part.weight,
                amount=amount,
                condition=part.condition,
                due_days=part.due_days,
                invoice=part.invoice,
            )
            for part, amount in zip(round.plan, parts, strict=True)
        ],
    )
    db.session.add(award)
    application.state = move("award", application.state)
    application.organization.account_fixed = True
    db.session.add(
        TrackRecord(
            organization_id=application.organization_id,
            year=round.year,
            title=application.title,
            amount=award.amount,
        )
    )
    db.session.flush()
    book(
        "award",
        key=f"award-{line.id}",
        source=Account.EARMARK,
        target=Account.COMMITTED,
        amount=award.amount,
        award=award,
        by=by,
        at=at,
    )
    tell(award, "budget.awarded", title=application.title, project_no=project_no, amount=award.amount)
    trail.say(by, "budget.award", award, project_no=project_no, amount=award.amount, application=application)
    if round.asks_revision:
        ask_revision(award=award, by=by, at=at)
    return award


def cancel(*, award: Award, reason: str, by: Person, at: datetime) -> Award:
    """Cancel an award: only what was not paid returns to its theme; requests under way are sent back.

    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.award_cancelled,
    budget.released_payment (batch) while money may already be on its way.
    """
    refuse(access.role_blockers(by, Role.APPROVER) + access.tie_blockers(by, [award.application]))
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    locked(award.application.round)
    theme = locked_rows(Theme, [award.theme_id])[0]
    locked_rows(Award, [award.id])
    if award.state is not AwardState.LIVE:
        raise Refused("budget.award_cancelled", project=award.application.title, instalment="")
    payments = _payments_of(award)
    if released := [each for each in payments if each.state is PaymentState.RELEASED]:
        raise Refused(
            "budget.released_payment", project=award.application.title, batch=released[0].batch.number
        )
    waiting = {each.id: reason.strip() for each in payments if each.state in queries.UNDERWAY}
    if waiting:
        send_back(payments=[each for each in payments if each.id in waiting], reasons=waiting, by=by, at=at)
        db.session.refresh(award)
    free = award.unpaid
    award.freed += free
    db.session.flush()
    claim(theme, Theme.committed, -free)
    if free:
        book(
            "cancel",
            key=f"cancel-{award.id}",
            source=Account.COMMITTED,
            target=Account.EARMARK,
            amount=free,
            award=award,
            by=by,
            at=at,
            note=reason.strip(),
        )
    award.state, award.cancel_reason, award.cancelled_at = AwardState.CANCELLED, reason.strip(), at
    application = locked(award.application)
    application.state = move(
        "cancel" if application.state in (State.AWARDED, State.REVISING) else "terminate", application.state
    )
    _unrecord(award)
    outbox.withdraw(about=award)
    db.session.flush()
    trail.say(by, "budget.cancel_award", award, reason=reason.strip(), freed=free, paid=award.paid)
    return award


def lower(*, award: Award, amount: int, reason: str, by: Person, at: datetime) -> Award:
    """Contract less than was approved: the rest returns to the theme, the instalments are reckoned anew.

    Only before the agreement is signed and while no payment was asked for; what was approved stays on record.
    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.award_cancelled,
    budget.signed_already, budget.not_lower (entitled), budget.revision_sent, budget.empty_part.
    """
    refuse(access.role_blockers(by, Role.APPROVER) + access.tie_blockers(by, [award.application]))
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    locked(award.application.round)
    theme = locked_rows(Theme, [award.theme_id])[0]
    locked_rows(Award, [award.id])
    facts = {"project": award.application.title, "number": award.agreement_no, "instalment": ""}
    if award.state is not AwardState.LIVE:
        raise Refused("budget.award_cancelled", **facts)
    if award.agreement_no is not None:
        raise Refused("budget.signed_already", **facts)
    if not 0 < amount < award.entitled:
        raise Refused("budget.not_lower", "amount", entitled=award.entitled)
    revision = queries.revision_of(award)
    if revision is not None and not revision.writable:
        raise Refused("budget.revision_sent", project=award.application.title)
    shares = schedule(amount, [part.weight for part in award.instalments])
    was, freed = award.entitled, award.entitled - amount
    claim(theme, Theme.committed, -freed)
    book(
        "lower",
        key=f"lower-{award.id}-{was}-{amount}",
        source=Account.COMMITTED,
        target=Account.EARMARK,
        amount=freed,
        award=award,
        by=by,
        at=at,
        note=reason.strip(),
    )
    award.contracted = amount
    for part, share in zip(award.instalments, shares, strict=True):
        part.amount = share
    record = application_queries.record_of(award.application)
    if record is not None:
        record.amount = amount
    db.session.flush()
    trail.say(by, "budget.lower", award, before=was, after=amount, reason=reason.strip())
    return award


def _payments_of(award: Award) -> Sequence[Payment]:
    return db.session.scalars(
        select(Payment)
        .join(Payment.instalment)
        .where(Instalment.award_id == award.id)
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ).all()


def _unrecord(award: Award) -> None:
    """The organization's record keeps only what was really paid, and that the project was broken off, if it was."""
    application = award.application
    record = application_queries.record_of(application)
    if record is None:
        return
    if application.state is State.TERMINATED:
        record.amount = award.paid
        application_actions.record_end(application)
    elif award.paid:
        record.amount = award.paid
    else:
        db.session.delete(record)


# --- the conditions of instalments ---


def meet_condition(
    *, award: Award, condition: Condition, on: date, note: str, by: Person, at: datetime
) -> list[Instalment]:
    """Note that the condition of an award's instalments is met, on which day and by what evidence.

    Sets the due day (that day not counted). Those met already stay as they are. Raises Refused:
    budget.award_cancelled, budget.met_in_future, budget.note_missing.
    """
    facts = {"project": award.application.title, "condition": condition}
    if award.state is not AwardState.LIVE:
        raise Refused("budget.award_cancelled", f"take-{award.id}", **facts, instalment="")
    if on > clock.beijing_day(at):
        raise Refused("budget.met_in_future", "on", **facts, day=on)
    if not note.strip():
        raise Refused("budget.note_missing", "note", **facts)
    parts = [part for part in award.instalments if part.condition is condition and part.met_on is None]
    for part in parts:
        set_met(part, on, note.strip())
    if parts:
        trail.say(by, "budget.meet_condition", award, condition=condition, on=on, note=note.strip())
    return parts


def meet_conditions(
    *, awards: Iterable[Award], condition: Condition, on: date, note: str, by: Person, at: datetime
) -> list[Instalment]:
    """Note for many awards at once that a condition is met. Raises Refused as `meet_condition`, and
    budget.not_your_role, budget.nothing_chosen, budget.barred.
    """
    listed = list(awards)
    refuse(access.role_blockers(by, Role.OFFICER))
    if not listed:
        raise Refused("budget.nothing_chosen")
    refuse(access.tie_blockers(by, [award.application for award in listed]))
    locked_rows(Award, [award.id for award in listed])
    return [
        part
        for award in listed
        for part in meet_condition(award=award, condition=condition, on=on, note=note, by=by, at=at)
    ]


def reopen_condition(
    *, award: Award, condition: Condition, reason: str, by: Person, at: datetime
) -> list[Instalment]:
    """更正: a condition was not met after all. What was paid stays paid (the award's page warns of it).

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.not_met,
    budget.payment_underway (batch).
    """
    refuse(access.role_blockers(by, Role.OFFICER) + access.tie_blockers(by, [award.application]))
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    locked_rows(Award, [award.id])
    parts = [part for part in award.instalments if part.condition is condition and part.met_on is not None]
    if not parts:
        raise Refused("budget.not_met", project=award.application.title, condition=condition)
    for payment in _payments_of(award):
        if payment.instalment in parts and payment.state in queries.UNDERWAY:
            raise Refused(
                "budget.payment_underway", project=award.application.title, batch=payment.batch.number
            )
    for part in parts:
        part.due_from, part.due_on, part.met_note = None, None, ""
        trail.correct(part, field="met_on", value=None, reason=reason.strip(), by=by, at=at)
    db.session.flush()
    return parts


def stop_payments(*, award: Award, reason: str, by: Person, at: datetime) -> None:
    """Stop what is not yet released of an award's money, with the reason that every later request is answered with.

    A later stage's verb decides that it must be, and who may; nothing is taken back. A second reason replaces the first,
    which stays in the trail.
    """
    locked(award)
    before, award.stopped = award.stopped, reason.strip()
    db.session.flush()
    trail.say(by, "budget.stop_payments", award, before=before, reason=award.stopped)


def resume_payments(*, award: Award, by: Person, at: datetime) -> None:
    """Let an award's money go on, if it was stopped; whose verb stopped it says so."""
    locked(award)
    if award.stopped:
        before, award.stopped = award.stopped, ""
        db.session.flush()
        trail.say(by, "budget.resume_payments", award, before=before)


def set_met(part: Instalment, on: date, note: str) -> None:
    """The instalment's condition was met on this day; its due day follows."""
    handed = queries.invoice_of(part)
    starts = max(on, clock.beijing_day(handed.handed_at)) if handed else on
    ends = due(starts, part.due_days, workdays.calendar()).day
    part.met_on, part.met_note, part.due_from, part.due_on = on, note, starts, ends
    db.session.flush()
