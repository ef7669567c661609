"""What the money's pages read: the computed list, decisions, notices, awards, payments, the ledger."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from venture import clock, money, trail, workdays
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.budget import access
from venture.budget.allocation import Bid, Outcome, allocate, excesses
from venture.budget.instalments import Due, due
from venture.budget.models import (
    Account,
    Award,
    AwardState,
    Batch,
    Decision,
    DecisionLine,
    DecisionState,
    Entry,
    Instalment,
    Notice,
    Objection,
    Operation,
    Payment,
    PaymentState,
)
from venture.db import db
from venture.people.models import Grant, Organization, Person
from venture.refusal import Blocker
from venture.review import queries as review
from venture.rounds.models import Condition, Round, Theme

OPEN = (State.IN_REVIEW, State.NOT_SHORTLISTED)
"""The states from which an application can be proposed."""
ON_THE_WAY = (State.PROPOSED, State.ON_NOTICE)
"""Decided but not yet awarded: their sums are spoken for."""
UNDERWAY = (PaymentState.REQUESTED, PaymentState.CHECKED, PaymentState.RELEASED)


def round_of(year: int) -> Round | None:
    """The round of a year with its themes. Two statements."""
    return db.session.scalar(select(Round).where(Round.year == year).options(selectinload(Round.themes)))


# --- the computed list and decisions ---


@dataclass(frozen=True)
class Row:
    """One application as the rule sees it: score in hundredths as displayed, amounts in fen."""

    application: Application
    theme: Theme
    rank: int | None
    score: int | None
    asked: int
    recommended: int
    computed: int
    outcome: Outcome
    short: int


@dataclass(frozen=True)
class Room:
    """What a theme's earmark has been spoken for before this list, and what the list leaves (fen)."""

    theme: Theme
    taken: int
    proposed: int

    @property
    def left(self) -> int:
        return self.theme.earmark - self.taken - self.proposed


@dataclass(frozen=True)
class Proposal:
    """The list computed by the round's rule; `waiting` are themes whose ranking is not final, and why.

    `draws` are groups of applications (ids) of one rank of which the money reaches only some.
    """

    rows: list[Row]
    rooms: list[Room]
    draws: list[tuple[int, ...]]
    waiting: list[tuple[Theme, list[Blocker]]]
    rules: dict[str, Any]


def proposal(round: Round) -> Proposal:
    """The proposed list: down the final rankings under earmarks, the round's total and its limits."""
    rankings = review.ranking(round)
    waiting = [(each.theme, each.blockers) for each in rankings if not each.final and _open(each.lines)]
    ready = [each for each in rankings if each.final]
    lines = sorted(
        ((each.theme, line) for each in ready for line in _open(each.lines)),
        key=lambda pair: (-(pair[1].score or 0), pair[0].position, pair[0].id, pair[1].rank or 0),
    )
    lines.sort(key=lambda pair: pair[1].rank is None)
    taken, held = spoken_for(round)
    ceilings = {theme.code: theme.earmark for theme in round.themes}
    total = round.total
    earlier: list[Bid[int]] = []
    each_has: Counter[int] = Counter()
    for theme_id, organization_id, amount, counts in held:
        code = next(theme.code for theme in round.themes if theme.id == theme_id)
        each_has[organization_id] += counts
        if counts and each_has[organization_id] <= round.awards_each:
            earlier.append(
                Bid(-len(earlier) - 1, code, str(organization_id), amount, round.pass_line, -len(earlier))
            )
        else:
            ceilings[code] -= amount
            total -= amount
    bids = [
        Bid(line.application_id, theme.code, str(line.organization_id), line.asked, line.score, line.rank)
        for theme, line in lines
    ]
    allocation = allocate(
        earlier + bids,
        ceilings,
        total=total,
        rule=round.fit_rule.value,
        pass_line=round.pass_line,
        per_organization=round.awards_each,
    )
    decided = {decision.id: decision for decision in allocation.decisions}
    applications = _applications([line.application_id for _, line in lines])
    rows = [
        Row(
            application=applications[line.application_id],
            theme=theme,
            rank=line.rank,
            score=line.shown,
            asked=line.asked,
            recommended=line.asked,
            computed=decided[line.application_id].amount,
            outcome=decided[line.application_id].outcome,
            short=decided[line.application_id].short,
        )
        for theme, line in lines
    ]
    rows.sort(key=lambda row: (row.theme.position, row.theme.id, row.rank is None, row.rank or 0))
    new: Counter[int] = Counter()
    for row in rows:
        new[row.theme.id] += row.computed
    return Proposal(
        rows,
        [Room(theme, taken[theme.id], new[theme.id]) for theme in round.themes],
        allocation.draws,
        waiting,
        rules_of(round),
    )


def _open(lines: Sequence[review.Line]) -> list[review.Line]:
    return [line for line in lines if line.state in OPEN]


def _applications(ids: Sequence[int]) -> dict[int, Application]:
    found = db.session.scalars(
        select(Application)
        .where(Application.id.in_(ids))
        .options(joinedload(Application.organization), joinedload(Application.theme))
    )
    return {application.id: application for application in found}


def rules_of(round: Round) -> dict[str, Any]:
    """The settings by which the list is computed, as the decision keeps and prints them."""
    return {
        "fit_rule": round.fit_rule.value,
        "aggregation": round.aggregation.value,
        "pass_line": round.pass_line,
        "awards_each": round.awards_each,
        "total": round.total,
        "earmarks": {theme.name: theme.earmark for theme in round.themes},
    }


def spoken_for(round: Round) -> tuple[Counter[int], list[tuple[int, int, int, int]]]:
    """What earlier decisions take of each theme, by theme id, and each such sum.

    A sum is (theme id, organization id, fen, 1 if it counts as an award of the organization). Two statements.
    """
    awarded = db.session.execute(
        select(Award.theme_id, Application.organization_id, Award.amount, Award.paid, Award.state)
        .join(Award.application)
        .where(Application.round_id == round.id)
        .order_by(Award.id)
    )
    decided = db.session.execute(
        select(DecisionLine.theme_id, Application.organization_id, DecisionLine.decided)
        .join(DecisionLine.application)
        .join(DecisionLine.decision)
        .where(
            Decision.round_id == round.id,
            Decision.state != DecisionState.WITHDRAWN,
            DecisionLine.decided > 0,
            Application.state.in_(ON_THE_WAY),
        )
        .order_by(DecisionLine.id)
    )
    held = [
        (theme, body, amount if state is AwardState.LIVE else paid, int(state is AwardState.LIVE))
        for theme, body, amount, paid, state in awarded
        if state is AwardState.LIVE or paid
    ] + [(theme, body, amount, 1) for theme, body, amount in decided]
    taken: Counter[int] = Counter()
    for theme_id, _, amount, _ in held:
        taken[theme_id] += amount
    return taken, held


def over(round: Round, awards: Sequence[tuple[Theme, int]], taken: Mapping[int, int]) -> list[Blocker]:
    """Where a list goes beyond a theme's earmark or the round's total, with what was taken before."""
    before = [(theme.code, taken[theme.id]) for theme in round.themes]
    found = excesses(
        before + [(theme.code, amount) for theme, amount in awards],
        {theme.code: theme.earmark for theme in round.themes},
        total=round.total,
    )
    names = {theme.code: theme for theme in round.themes}
    return [
        Blocker(
            blocker.code,
            f"theme-{names[blocker.facts['theme']].id}" if "theme" in blocker.facts else "",
            {
                **blocker.facts,
                **({"theme": names[blocker.facts["theme"]].name} if "theme" in blocker.facts else {}),
            },
        )
        for blocker in found
    ]


def passed_over(rows: Sequence[tuple[int, int | None, int, int]]) -> list[bool]:
    """Which lines (theme id, rank, computed, decided) are funded outside the ranking.

    So is a line that the rule gives nothing, and one below a project of its theme that the rule would fund
    and the decision passes over (rank 9 is funded while rank 7 is not).
    """
    skipped: dict[int, int] = {}
    for theme, rank, computed, decided in rows:
        if computed and not decided and rank is not None:
            skipped[theme] = min(rank, skipped.get(theme, rank))
    return [
        decided > 0 and (computed == 0 or (rank is not None and theme in skipped and rank > skipped[theme]))
        for theme, rank, computed, decided in rows
    ]


_LINES = (
    selectinload(Decision.lines).options(
        joinedload(DecisionLine.theme),
        joinedload(DecisionLine.application).options(
            joinedload(Application.organization), selectinload(Application.communities)
        ),
    ),
    joinedload(Decision.round).selectinload(Round.themes),
    joinedload(Decision.proposed_by),
    joinedload(Decision.approved_by),
    joinedload(Decision.withdrawn_by),
    joinedload(Decision.paper),
    joinedload(Decision.scan),
)


def decisions(round: Round) -> Sequence[Decision]:
    """The decisions of a round with their lines, newest first. A constant number of statements."""
    return db.session.scalars(
        select(Decision)
        .where(Decision.round_id == round.id)
        .options(*_LINES)
        .order_by(Decision.number.desc())
    ).all()


def decision(decision_id: int) -> Decision | None:
    """One decision with its lines."""
    return db.session.scalar(select(Decision).where(Decision.id == decision_id).options(*_LINES))


def barred_from(person: Person) -> set[int]:
    """The applications (ids) that are hidden from the person (回避)."""
    return set(db.session.scalars(select(Barred.application_id).where(Barred.person_id == person.id)))


# --- notices and objections ---


def _with_notice(statement: Select[Notice]) -> Select[Notice]:
    return statement.options(
        joinedload(Notice.decision).options(*_LINES),
        selectinload(Notice.objections).joinedload(Objection.application),
    )


def notice(notice_id: int) -> Notice | None:
    """One notice with its decision, lines and objections."""
    return db.session.scalar(_with_notice(select(Notice).where(Notice.id == notice_id)))


def notice_of(decision: Decision) -> Notice | None:
    """The notice of a decision, if it was published."""
    return db.session.scalar(_with_notice(select(Notice).where(Notice.decision_id == decision.id)))


def notices() -> Sequence[Notice]:
    """All notices, newest first, with their rounds. One statement."""
    return db.session.scalars(
        select(Notice)
        .options(joinedload(Notice.decision).joinedload(Decision.round))
        .order_by(Notice.starts_on.desc(), Notice.id.desc())
    ).all()


def notices_of(round: Round) -> Sequence[Notice]:
    """The notices of a round, newest first, whole."""
    return db.session.scalars(
        _with_notice(
            select(Notice)
            .join(Notice.decision)
            .where(Decision.round_id == round.id)
            .order_by(Notice.id.desc())
        )
    ).all()


def cancelled_places(notice: Notice) -> set[int]:
    """The places (序号) of the published list that were cancelled after it came out."""
    funded = [line for line in notice.decision.lines if line.decided]
    return {
        place
        for place, line in enumerate(funded, start=1)
        if line.application.state in {State.CANCELLED, State.TERMINATED, State.WITHDRAWN}
    }


def objection(objection_id: int) -> Objection | None:
    """One objection with its notice."""
    return db.session.scalar(
        select(Objection)
        .where(Objection.id == objection_id)
        .options(joinedload(Objection.notice).options(joinedload(Notice.decision).options(*_LINES)))
    )


def objection_by(receipt: str) -> Objection | None:
    """The objection with this receipt's code."""
    return db.session.scalar(
        select(Objection).where(Objection.receipt == receipt).options(joinedload(Objection.notice))
    )


# --- awards ---

_AWARD: tuple[_AbstractLoad, ...] = (
    joinedload(Award.theme),
    joinedload(Award.line),
    joinedload(Award.application).joinedload(Application.organization),
    selectinload(Award.instalments).selectinload(Instalment.payments),
)


def awards(round: Round, person: Person) -> Sequence[Award]:
    """The awards of a round that the person may see, by theme and project number, with their instalments."""
    return db.session.scalars(
        access.visible(person)
        .join(Award.theme)
        .where(Theme.round_id == round.id)
        .options(*_AWARD)
        .order_by(Theme.position, Theme.id, Award.project_no)
    ).all()


def award(award_id: int, person: Person) -> Award | None:
    """One award with all its money, if the person may see it."""
    return db.session.scalar(
        access.visible(person)
        .where(Award.id == award_id)
        .options(
            *_AWARD,
            joinedload(Award.theme).joinedload(Theme.round),
            joinedload(Award.line).joinedload(DecisionLine.decision),
            selectinload(Award.instalments)
            .selectinload(Instalment.payments)
            .options(joinedload(Payment.batch)),
        )
    )


def award_of(application: Application) -> Award | None:
    """The award of an application, if there is one."""
    return db.session.scalar(select(Award).where(Award.application_id == application.id).options(*_AWARD))


def due_of(instalment: Instalment) -> Due | None:
    """When the instalment is due, and whether that may still shift; None while its condition is not met."""
    if instalment.met_on is None:
        return None
    return due(instalment.met_on, instalment.due_days, workdays.calendar())


def dues(awards: Sequence[Award]) -> dict[int, Due]:
    """The due days of all met instalments by instalment id. Two statements."""
    calendar = workdays.calendar()
    return {
        part.id: due(part.met_on, part.due_days, calendar)
        for award in awards
        for part in award.instalments
        if part.met_on is not None
    }


def payment_of(instalment: Instalment) -> Payment | None:
    """The payment of the instalment that stands (requested to paid), not those sent back."""
    return next((each for each in instalment.payments if each.state is not PaymentState.RETURNED), None)


def unsigned(round: Round, person: Person) -> list[Award]:
    """The awards that wait for their agreement."""
    return [
        award
        for award in awards(round, person)
        if award.state is AwardState.LIVE and award.agreement_no is None
    ]


def conditional(round: Round, person: Person, condition: Condition) -> list[tuple[Award, Instalment]]:
    """The instalments of live awards under this condition, met or not."""
    return [
        (award, part)
        for award in awards(round, person)
        if award.state is AwardState.LIVE
        for part in award.instalments
        if part.condition is condition
    ]


# --- payments ---


@dataclass(frozen=True)
class Payable:
    """An instalment that could be requested, and what stands in the way of it."""

    award: Award
    instalment: Instalment
    blockers: list[Blocker]


def request_blockers(award: Award, instalment: Instalment) -> list[Blocker]:
    """Why an instalment cannot be requested now; the verb refuses with the same."""
    facts = {"project": award.application.title, "instalment": instalment.name}
    found = []
    if award.state is not AwardState.LIVE:
        found.append(Blocker("budget.award_cancelled", f"take-{instalment.id}", facts))
    if instalment.met_on is None:
        found.append(
            Blocker(
                "budget.condition_open", f"take-{instalment.id}", {**facts, "condition": instalment.condition}
            )
        )
    if (standing := payment_of(instalment)) is not None:
        found.append(
            Blocker("budget.already_requested", f"take-{instalment.id}", {**facts, "state": standing.state})
        )
    body = award.application.organization
    if not (body.account_name and body.bank and body.account_no):
        found.append(
            Blocker("budget.no_account", f"take-{instalment.id}", {**facts, "organization": body.name})
        )
    return found


def payables(round: Round, person: Person) -> list[Payable]:
    """The instalments of live awards whose condition is met and which were not requested yet."""
    return [
        Payable(award, part, request_blockers(award, part))
        for award in awards(round, person)
        if award.state is AwardState.LIVE
        for part in award.instalments
        if part.met_on is not None and payment_of(part) is None
    ]


def requestable(round: Round) -> list[Instalment]:
    """The instalments of a round that nothing keeps from being requested, by project number."""
    rows = db.session.scalars(
        select(Award)
        .join(Award.theme)
        .where(Theme.round_id == round.id, Award.state == AwardState.LIVE)
        .options(*_AWARD)
        .order_by(Award.project_no)
    ).all()
    return [part for award in rows for part in award.instalments if not request_blockers(award, part)]


_PAYMENT: tuple[_AbstractLoad, ...] = (
    joinedload(Payment.requested_by),
    joinedload(Payment.checked_by),
    joinedload(Payment.released_by),
    joinedload(Payment.recorded_by),
    joinedload(Payment.paper),
    joinedload(Payment.instalment)
    .joinedload(Instalment.award)
    .options(
        joinedload(Award.application).joinedload(Application.organization),
        joinedload(Award.theme),
    ),
)


def batches(round: Round) -> Sequence[Batch]:
    """The batches of a round, newest first, with their payments. Two statements."""
    return db.session.scalars(
        select(Batch)
        .where(Batch.round_id == round.id)
        .options(selectinload(Batch.payments), joinedload(Batch.made_by))
        .order_by(Batch.number.desc())
    ).all()


def batch(batch_id: int) -> Batch | None:
    """One batch with its payments, their people, awards and organizations."""
    return db.session.scalar(
        select(Batch)
        .where(Batch.id == batch_id)
        .options(
            joinedload(Batch.round),
            joinedload(Batch.made_by),
            selectinload(Batch.payments).options(*_PAYMENT),
        )
        .execution_options(populate_existing=True)
    )


def payment(payment_id: int, person: Person) -> Payment | None:
    """One payment with its people and award, if the person may see the award."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    return db.session.scalar(
        select(Payment)
        .join(Payment.instalment)
        .where(Payment.id == payment_id, Instalment.award_id.in_(seen))
        .options(*_PAYMENT, joinedload(Payment.batch).joinedload(Batch.round))
    )


def account_changed(payment: Payment) -> bool:
    """Whether the organization's account is no longer the one that the payment was requested for."""
    body = payment.instalment.award.application.organization
    return (payment.account_name, payment.bank, payment.account_no) != (
        body.account_name,
        body.bank,
        body.account_no,
    )


@dataclass(frozen=True)
class Signature:
    """One of the four acts on a batch: how many of its standing payments have it, by whom and when last."""

    step: PaymentState
    done: int
    of: int
    names: str
    at: datetime | None


def signatures(batch: Batch) -> list[Signature]:
    """经办, 审核, 负责人, 已拨: the four acts of a batch over its payments that were not sent back."""
    standing = [each for each in batch.payments if each.state is not PaymentState.RETURNED]
    steps = (
        (PaymentState.REQUESTED, "requested_by", "requested_at"),
        (PaymentState.CHECKED, "checked_by", "checked_at"),
        (PaymentState.RELEASED, "released_by", "released_at"),
        (PaymentState.PAID, "recorded_by", "recorded_at"),
    )
    found = []
    for step, person, moment in steps:
        signed = [each for each in standing if getattr(each, person) is not None]
        names = "、".join(dict.fromkeys(getattr(each, person).name for each in signed))
        last = max((getattr(each, moment) for each in signed), default=None)
        done = bool(standing) and len(signed) == len(standing)
        found.append(Signature(step, len(signed), len(standing), names, last if done else None))
    return found


def total_of(batch: Batch) -> int:
    """The sum of a batch in fen, without what was sent back."""
    return sum(each.amount for each in batch.payments if each.state is not PaymentState.RETURNED)


# --- the ledger ---


@dataclass(frozen=True)
class Booked:
    """One operation of the ledger (资金台账), with the award's balances after it (fen).

    `amount` is the sum it moved, `source` and `target` the accounts; `paid` and `left` are the award's.
    """

    operation: Operation
    award: Award
    payment: Payment | None
    source: Account
    target: Account
    amount: int
    paid: int
    left: int

    @property
    def day(self) -> date:
        """The day of the payment for what was paid, else that of the booking (Beijing)."""
        if self.target is Account.PAID and self.payment is not None and self.payment.paid_on:
            return self.payment.paid_on
        return clock.beijing_day(self.operation.at)


def ledger(round: Round, person: Person) -> list[Booked]:
    """Every operation on the round's awards that the person may see, as booked. Five statements."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    rows = (
        db.session.scalars(
            select(Operation)
            .join(Operation.entries)
            .join(Theme, Theme.id == Entry.theme_id)
            .where(Theme.round_id == round.id, Entry.award_id.in_(seen))
            .options(contains_eager(Operation.entries), joinedload(Operation.by))
            .order_by(Operation.id, Entry.id)
        )
        .unique()
        .all()
    )
    awards = {
        award.id: award
        for award in db.session.scalars(
            select(Award)
            .join(Award.theme)
            .where(Theme.round_id == round.id)
            .options(
                joinedload(Award.application).joinedload(Application.organization), joinedload(Award.theme)
            )
        )
    }
    payments = {
        payment.id: payment
        for payment in db.session.scalars(
            select(Payment)
            .join(Payment.batch)
            .where(Batch.round_id == round.id)
            .options(joinedload(Payment.instalment), joinedload(Payment.batch))
        )
    }
    paid: Counter[int] = Counter()
    granted: Counter[int] = Counter()
    booked = []
    for operation in rows:
        source = next(entry for entry in operation.entries if entry.amount < 0)
        target = next(entry for entry in operation.entries if entry.amount > 0)
        award_id = target.award_id or 0
        for entry in operation.entries:
            if entry.account is Account.PAID:
                paid[award_id] += entry.amount
            if entry.account is Account.EARMARK:
                granted[award_id] -= entry.amount
        booked.append(
            Booked(
                operation,
                awards[award_id],
                payments.get(target.payment_id or 0),
                source.account,
                target.account,
                target.amount,
                paid[award_id],
                granted[award_id] - paid[award_id],
            )
        )
    return booked


@dataclass(frozen=True)
class Balance:
    """A theme's money by the ledger alone (fen): left, committed but not requested, under way, paid."""

    theme: Theme
    left: int
    committed: int
    pending: int
    paid: int


def balances(round: Round) -> list[Balance]:
    """The balances of the round's themes, derived from the entries. Two statements."""
    sums = _account_sums(Entry.theme_id)
    return [
        Balance(
            theme,
            theme.earmark + sums[theme.id, Account.EARMARK],
            sums[theme.id, Account.COMMITTED],
            sums[theme.id, Account.PENDING],
            sums[theme.id, Account.PAID],
        )
        for theme in db.session.scalars(
            select(Theme).where(Theme.round_id == round.id).order_by(Theme.position, Theme.id)
        )
    ]


def _account_sums(key: Any) -> dict[tuple[int, Account], int]:
    found: dict[tuple[int, Account], int] = defaultdict(int)
    for row_id, account, amount in db.session.execute(
        select(key, Entry.account, func.sum(Entry.amount))
        .where(key.is_not(None))
        .group_by(key, Entry.account)
    ):
        found[row_id, account] = int(amount)
    return found


# --- the invariants ---


def broken_invariants() -> list[str]:
    """Each promise about money that the database does not keep, in plain words; empty when all hold.

    Nine statements. Sums are compared in the database's integers, so nothing is lost in between.
    """
    return [
        *_broken_themes(),
        *_broken_awards(),
        *_broken_operations(),
        *_broken_payments(),
        *_broken_rounds(),
    ]


def _broken_themes() -> list[str]:
    ledger = _account_sums(Entry.theme_id)
    live: dict[int, int] = dict(
        db.session.execute(
            select(
                Award.theme_id,
                func.sum(case((Award.state == AwardState.LIVE, Award.amount), else_=Award.paid)),
            ).group_by(Award.theme_id)
        )
        .tuples()
        .all()
    )
    found = []
    for theme in db.session.scalars(select(Theme).order_by(Theme.id)):
        granted = int(live.get(theme.id) or 0)
        booked = sum(ledger[theme.id, account] for account in Account if account is not Account.EARMARK)
        if theme.committed != granted:
            found.append(f"theme {theme.id}: committed {theme.committed}, its awards {granted} fen")
        if theme.committed != booked:
            found.append(f"theme {theme.id}: committed {theme.committed}, its ledger {booked} fen")
        if theme.committed > theme.earmark:
            found.append(f"theme {theme.id}: committed {theme.committed} of {theme.earmark} fen")
    return found


def _broken_awards() -> list[str]:
    ledger = _account_sums(Entry.award_id)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for award_id, state, amount in db.session.execute(
        select(Instalment.award_id, Payment.state, func.sum(Payment.amount))
        .join(Payment.instalment)
        .where(Payment.state != PaymentState.RETURNED)
        .group_by(Instalment.award_id, Payment.state)
    ):
        sums[award_id, "paid" if state is PaymentState.PAID else "pending"] += int(amount)
    parts = dict(
        db.session.execute(
            select(Instalment.award_id, func.sum(Instalment.amount)).group_by(Instalment.award_id)
        )
        .tuples()
        .all()
    )
    found = []
    for award in db.session.scalars(select(Award).order_by(Award.id)):
        for name, account in (("paid", Account.PAID), ("pending", Account.PENDING)):
            counter = getattr(award, name)
            if counter != sums[award.id, name]:
                found.append(f"award {award.id}: {name} {counter}, its payments {sums[award.id, name]} fen")
            if counter != ledger[award.id, account]:
                found.append(
                    f"award {award.id}: {name} {counter}, its ledger {ledger[award.id, account]} fen"
                )
        unpaid = award.unpaid if award.state is AwardState.LIVE else 0
        if ledger[award.id, Account.COMMITTED] != unpaid:
            found.append(
                f"award {award.id}: unpaid {unpaid}, its ledger {ledger[award.id, Account.COMMITTED]} fen"
            )
        if award.paid + award.pending > award.amount:
            found.append(f"award {award.id}: paid and pending exceed {award.amount} fen")
        if int(parts.get(award.id) or 0) != award.amount:
            found.append(f"award {award.id}: instalments {parts.get(award.id)} of {award.amount} fen")
    return found


def _broken_operations() -> list[str]:
    unbalanced = db.session.execute(
        select(Operation.id, func.coalesce(func.sum(Entry.amount), 0), func.count(Entry.id))
        .outerjoin(Operation.entries)
        .group_by(Operation.id)
        .having((func.coalesce(func.sum(Entry.amount), 0) != 0) | (func.count(Entry.id) < 2))
        .order_by(Operation.id)
    )
    return [f"operation {row}: {lines} entries sum to {amount} fen" for row, amount, lines in unbalanced]


def _broken_payments() -> list[str]:
    found = []
    for payment in db.session.scalars(
        select(Payment).where(Payment.state == PaymentState.PAID).order_by(Payment.id)
    ):
        people = {payment.requested_by_id, payment.checked_by_id, payment.released_by_id} - {None}
        if len(people) < 3:
            found.append(f"payment {payment.id}: only {len(people)} people acted on it")
    return found


def _broken_rounds() -> list[str]:
    rows = db.session.execute(
        select(Round.id, Round.total, func.coalesce(func.sum(Theme.earmark), 0))
        .outerjoin(Round.themes)
        .group_by(Round.id, Round.total)
        .order_by(Round.id)
    )
    return [
        f"round {row}: earmarks {earmarks} of {total} fen"
        for row, total, earmarks in rows
        if earmarks > total
    ]


# --- corrections and people ---


def corrections_of(rows: Sequence[Any]) -> dict[int, list[trail.Correction]]:
    """The corrections of awards or payments, by row id. One statement."""
    return trail.corrections_of(rows)


def applicants_of(organization: Organization) -> Sequence[Person]:
    """The people who act for the organization: those who get its messages."""
    return db.session.scalars(
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.organization_id == organization.id, Person.active)
        .distinct()
        .order_by(Person.id)
    ).all()


def percent_of(award: Award, instalment: Instalment) -> int | None:
    """The instalment's share of the plan in whole percent."""
    return money.percent(instalment.weight, sum(part.weight for part in award.instalments))
