"""What the desk reads across the stages: the rows of the official sheets, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from venture import clock, trail
from venture.applications import queries as applications
from venture.applications.lifecycle import MOVES, State
from venture.applications.models import Application
from venture.budget import queries as budget
from venture.budget.models import (
    Account,
    AccountChange,
    Award,
    AwardState,
    Batch,
    ChangeState,
    Decision,
    DecisionLine,
    DecisionState,
    Entry,
    Instalment,
    Notice,
    Operation,
    Payment,
    PaymentState,
    Refund,
)
from venture.db import db, sum_of, to_json
from venture.delivery import queries as delivery
from venture.desk.models import OwnSheet
from venture.desk.whereabouts import Facts, Whereabouts
from venture.desk.whereabouts import whereabouts as whereabouts_of
from venture.people.models import Person
from venture.rounds.models import Round, Theme


def awards(round: Round) -> Sequence[Award]:
    """The live awards of a round, by theme and rank, with all that the award sheet prints."""
    return (
        db.session.scalars(
            select(Award)
            .join(Award.theme)
            .join(Award.line)
            .join(Award.application)
            .options(
                joinedload(Award.theme),
                joinedload(Award.line),
                joinedload(Award.application).joinedload(Application.organization),
                joinedload(Award.application).joinedload(Application.field),
                joinedload(Award.application).selectinload(Application.communities),
            )
            .where(Theme.round_id == round.id, Award.state == AwardState.LIVE)
            .order_by(Theme.position, Theme.id, DecisionLine.rank, Award.project_no)
        )
        .unique()
        .all()
    )


def whereabouts(application: Application, at: datetime) -> Whereabouts:
    """Where an application is, for its own people. Four statements at most.

    A list that is being decided is asked of the round, not of the application: before the notice the answer is the same
    for whoever will be on it and whoever will not.
    """
    state = applications.shown_state(application)
    known: dict[str, Any] = {}
    if state is State.IN_REVIEW:
        known["review_at"] = trail.last_at(application, ["applications.start_review"])
        known["list_at"] = db.session.scalar(
            select(func.max(Decision.proposed_at)).where(
                Decision.round_id == application.round_id,
                Decision.state.in_((DecisionState.PROPOSED, DecisionState.APPROVED)),
                ~exists().where(Notice.decision_id == Decision.id),
            )
        )
    elif state in (State.ON_NOTICE, State.NOT_SHORTLISTED):
        days = select(Notice.starts_on, Notice.ends_on).join(
            DecisionLine, DecisionLine.decision_id == Notice.decision_id
        )
        newest = days.where(DecisionLine.application_id == application.id).order_by(Notice.id.desc()).limit(1)
        known["notice"] = (row := db.session.execute(newest).one_or_none()) and (row[0], row[1])
    else:
        moves = [f"applications.{move.name}" for move in MOVES if move.to is state]
        known["moved_at"] = trail.last_at(application, moves)
        known |= _of_award(application)
    return whereabouts_of(
        Facts(
            state=application.state,
            published=state is State.NOT_SHORTLISTED,
            passed_over=application.passed_on is not None,
            now=at,
            limit=applications.limit_of(application),
            begun_at=application.created_at,
            sent_at=application.submitted_at,
            returned_on=application.returned_on,
            decided_at=application.decided_at,
            **known,
        )
    )


def _of_award(application: Application) -> dict[str, Any]:
    award = budget.award_of(application)
    if award is None:
        return {}
    found: dict[str, Any] = {"awarded_at": award.awarded_at, "signed_on": award.signed_on}
    if award.cancelled_at is not None:
        found["moved_at"] = award.cancelled_at
    for each in award.instalments:
        if each.met_on and each.due_on and all(one.state is not PaymentState.PAID for one in each.payments):
            return found | {"due": (each.met_on, each.due_on)}
    return found


def notice_lines(round: Round) -> tuple[Notice | None, Sequence[DecisionLine]]:
    """The newest notice of a round and its funded lines in the order of the list."""
    notice = db.session.scalar(
        select(Notice)
        .join(Notice.decision)
        .where(Decision.round_id == round.id)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if notice is None:
        return None, []
    lines = db.session.scalars(
        select(DecisionLine)
        .join(DecisionLine.theme)
        .options(
            joinedload(DecisionLine.theme),
            joinedload(DecisionLine.application).joinedload(Application.organization),
            joinedload(DecisionLine.application).selectinload(Application.communities),
        )
        .where(DecisionLine.decision_id == notice.decision_id, DecisionLine.decided > 0)
        .order_by(Theme.position, Theme.id, DecisionLine.position)
    )
    return notice, lines.unique().all()


@dataclass(frozen=True)
class Disbursed:
    """One row of the disbursement sheet; `before` is what the award had been paid up to and with this payment (fen)."""

    payment: Payment
    award: Award
    before: int

    @property
    def left(self) -> int:
        """What of the award is still to be paid after it: nothing of one that is cancelled, nor what was cut (fen)."""
        if self.award.state is AwardState.CANCELLED:
            return 0
        return sum(part.payable for part in self.award.instalments) - self.before


def disbursements(round: Round, batch: int | None = None) -> list[Disbursed]:
    """The payments of a round (or of its batch with that number) that were not sent back, in printing order."""
    rows = (
        db.session.scalars(
            select(Payment)
            .join(Payment.batch)
            .join(Payment.instalment)
            .join(Instalment.award)
            .options(
                joinedload(Payment.batch),
                joinedload(Payment.instalment)
                .joinedload(Instalment.award)
                .options(
                    joinedload(Award.application).joinedload(Application.organization),
                    joinedload(Award.application).joinedload(Application.round).selectinload(Round.plan),
                    selectinload(Award.instalments),
                ),
            )
            .where(Batch.round_id == round.id, Payment.state != PaymentState.RETURNED)
            .order_by(Award.project_no, Instalment.number, Payment.id)
        )
        .unique()
        .all()
    )
    so_far: dict[int, int] = {}
    listed = []
    for payment in rows:
        award = payment.instalment.award
        so_far[award.id] = so_far.get(award.id, 0) + payment.amount
        if batch is None or payment.batch.number == batch:
            listed.append(Disbursed(payment, award, so_far[award.id]))
    return sorted(listed, key=lambda row: (row.payment.batch.number, row.award.project_no, row.payment.id))


def booked_on(kind: str, at: datetime, paid_on: date | None) -> date:
    """The day of an operation of the ledger: a payment's own day where it was paid, else when it was entered."""
    return paid_on if kind == "paid" and paid_on is not None else clock.beijing_day(at)


@dataclass(frozen=True)
class Booked:
    """One line of the money ledger (资金台账): what was due, paid, returned; paid so far and left of the award (fen)."""

    day: date
    voucher: str
    project_no: str
    subject: str
    instalment: str
    due: int | None
    paid: int | None
    returned: int | None
    so_far: int
    left: int
    handler: str


def ledger(round: Round) -> list[Booked]:
    """The paid and returned sums of a round from the ledger's entries, in the order they were written."""
    rows = db.session.execute(
        select(Entry, Operation, Payment, Instalment, Award, Refund)
        .join(Entry.operation)
        .join(Award, Award.id == Entry.award_id)
        .join(Theme, Theme.id == Entry.theme_id)
        .outerjoin(Payment, Payment.id == Entry.payment_id)
        .outerjoin(Instalment, Instalment.id == Payment.instalment_id)
        .outerjoin(Refund, Refund.id == Entry.refund_id)
        .options(joinedload(Operation.by), joinedload(Award.application))
        .where(Theme.round_id == round.id, Entry.account == Account.PAID)
        .order_by(Entry.id)
    ).all()
    so_far: dict[int, int] = {}
    freed: dict[int, int] = {}
    booked = []
    for entry, operation, payment, instalment, award, refund in rows:
        so_far[award.id] = so_far.get(award.id, 0) + entry.amount
        if refund is not None:  # what was paid back is the theme's again, not the award's
            freed[award.id] = freed.get(award.id, 0) - entry.amount
        made = payment if entry.amount > 0 and refund is None else None
        booked.append(
            Booked(
                day=_came(refund, entry)
                or booked_on(operation.kind, operation.at, payment.paid_on if payment else None),
                voucher=refund.voucher_no if refund else (payment and payment.voucher_no) or "",
                project_no=award.project_no,
                subject=award.application.title,
                instalment=instalment.name if instalment else "",
                due=instalment.payable if instalment and made else None,
                paid=entry.amount if entry.amount > 0 else None,
                returned=-entry.amount if entry.amount < 0 else None,
                so_far=so_far[award.id],
                left=award.entitled - freed.get(award.id, 0) - so_far[award.id],
                handler=operation.by.name,
            )
        )
    return booked


def _came(refund: Refund | None, entry: Entry) -> date | None:
    """The day on which paid back money came; that it did not after all has the day of its booking."""
    return refund.received_on if refund is not None and entry.amount < 0 else None


def recommended(round: Round) -> dict[int, int]:
    """The recommended amounts (fen) of the newest decision that stands, by application id."""
    newest = (
        select(Decision.id)
        .where(Decision.round_id == round.id, Decision.state != DecisionState.WITHDRAWN)
        .order_by(Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return dict(
        db.session.execute(
            select(DecisionLine.application_id, DecisionLine.recommended).where(
                DecisionLine.decision_id == newest
            )
        ).all()
    )


def counts(round: Round) -> dict[State, int]:
    """How many applications of the round stand in each state."""
    return dict(
        db.session.execute(
            select(Application.state, func.count())
            .where(Application.round_id == round.id)
            .group_by(Application.state)
        ).all()
    )


@dataclass(frozen=True)
class Waiting:
    """How much waits at each step of a round's money."""

    decisions: int
    requested: int
    checked: int
    released: int
    due: int
    reports: int
    results: int
    audits: int
    asked: int
    recommended: int
    moves: int


def waiting(round: Round) -> Waiting:
    """Decisions to approve, payments at each step, instalments to request, reports, results and audits to decide, and

    what running projects ask for, for the bureau's desks. Six statements.
    """
    standing = exists().where(Payment.instalment_id == Instalment.id, Payment.state != PaymentState.RETURNED)
    due = db.session.scalar(
        select(func.count())
        .select_from(Instalment)
        .join(Instalment.award)
        .join(Award.theme)
        .where(
            Theme.round_id == round.id,
            Award.state == AwardState.LIVE,
            Award.stopped == "",
            Instalment.met_on.is_not(None),
            Instalment.amount > Instalment.cut,
            ~standing,
        )
    )
    decisions = db.session.scalar(
        select(func.count())
        .select_from(Decision)
        .where(Decision.round_id == round.id, Decision.state == DecisionState.PROPOSED)
    )
    steps = dict(
        db.session.execute(
            select(Payment.state, func.count())
            .join(Payment.batch)
            .where(Batch.round_id == round.id)
            .group_by(Payment.state)
        ).all()
    )
    return Waiting(
        decisions or 0,
        steps.get(PaymentState.REQUESTED, 0),
        steps.get(PaymentState.CHECKED, 0),
        steps.get(PaymentState.RELEASED, 0),
        due or 0,
        *delivery.ends_waiting(round),
        *delivery.requests_waiting(round),
    )


def accounts_waiting() -> int:
    """How many changed accounts wait for their second approval, whatever the round."""
    waits = select(func.count()).where(AccountChange.state == ChangeState.ASKED)
    return db.session.scalar(waits) or 0


def checkpoint(key: bytes, at: datetime) -> str:
    """What the trail's chain is now, signed, as the file of checkpoints keeps it."""
    return to_json(asdict(trail.checkpoint(db.session(), key=key, at=at)))


def open_notices(today: date) -> Sequence[Notice]:
    """The notices that run today, newest first."""
    return db.session.scalars(
        select(Notice)
        .options(joinedload(Notice.decision).joinedload(Decision.round))
        .where(Notice.starts_on <= today, Notice.ends_on >= today)
        .order_by(Notice.id.desc())
    ).all()


def themes(round: Round) -> Sequence[tuple[Theme, int]]:
    """The themes of a round, each with what has been paid from it (fen)."""
    paid = select(sum_of(Award.paid)).where(Award.theme_id == Theme.id).scalar_subquery()
    return db.session.execute(
        select(Theme, paid).where(Theme.round_id == round.id).order_by(Theme.position, Theme.id)
    ).all()


def own_sheets(person: Person) -> Sequence[OwnSheet]:
    """The person's own sheets and those that colleagues share, by name. One statement."""
    return db.session.scalars(
        select(OwnSheet)
        .where(or_(OwnSheet.owner_id == person.id, OwnSheet.shared))
        .options(joinedload(OwnSheet.owner), joinedload(OwnSheet.template))
        .order_by(OwnSheet.name, OwnSheet.id)
    ).all()


def own_sheet(id: int, person: Person) -> OwnSheet | None:
    """One sheet of the person's own, or one that is shared."""
    return db.session.scalar(
        select(OwnSheet)
        .where(OwnSheet.id == id, or_(OwnSheet.owner_id == person.id, OwnSheet.shared))
        .options(joinedload(OwnSheet.owner), joinedload(OwnSheet.template))
    )


def sheet_named(person: Person, name: str) -> OwnSheet | None:
    """The person's own sheet of this name."""
    return db.session.scalar(select(OwnSheet).where(OwnSheet.owner_id == person.id, OwnSheet.name == name))
    """The themes of a round, each with what has been paid from it (fen): the ledger's own balances."""
    return [(balance.theme, balance.paid) for balance in budget.balances(round)]
