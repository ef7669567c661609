"""What pages and reports ask of running projects: their heads, activities, spending, changes; lists of many at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload, selectinload

from venture import money, trail
from venture.applications import parts
from venture.applications.lifecycle import State
from venture.applications.models import Application, Category, CostLine, CostTable
from venture.budget import queries as budget
from venture.budget.models import Award, AwardState
from venture.db import db, sum_of
from venture.delivery import access, heads
from venture.delivery.heads import Head
from venture.delivery.models import (
    Activity,
    ActivityFile,
    BudgetHead,
    Change,
    ChangeKind,
    ChangeState,
    MonthPlan,
    PlanState,
    Spending,
    Taking,
    Transfer,
    TransferState,
    Turnout,
)
from venture.people.models import Organization, Person
from venture.rounds.models import Round, Theme

RUNNING = (State.CONTRACTED, State.RUNNING, State.SUSPENDED, State.MIDTERM)
"""The project is under way: it records, moves money between heads, and asks for changes."""
RECORDING = (*RUNNING, State.FINAL)
"""Records still come in: until the audit begins."""


def records(award: Award) -> bool:
    """Whether the project may still record activities and spending."""
    return award.state is AwardState.LIVE and award.application.state in RECORDING


def runs(award: Award) -> bool:
    """Whether the project may still move money between heads and ask for changes: before its final evaluation."""
    return award.state is AwardState.LIVE and award.application.state in RUNNING


# --- one project ---


def contracted(award: Award) -> dict[tuple[CostTable, Category], int]:
    """The sums of the contracted budget by table and head, in the order of the form: as revised and accepted, else as

    applied for. Two statements at most.
    """
    order = [(table, category) for table in CostTable for category in Category]
    revised = budget.promised([award])[award.id].revised
    if revised is not None:
        sums = dict.fromkeys(order, 0)
        for line in (line for table in CostTable for line in parts.lines(revised, table)):
            sums[line.table, line.category] += line.amount
        return {place: amount for place, amount in sums.items() if amount}
    rows = db.session.execute(
        select(CostLine.table, CostLine.category, sum_of(CostLine.amount))
        .where(CostLine.application_id == award.application_id)
        .group_by(CostLine.table, CostLine.category)
    ).all()
    found = {(table, category): amount for table, category, amount in rows}
    return {place: found[place] for place in order if place in found}


def heads_of(award: Award, month: date | None = None) -> list[Head]:
    """The budget by head as it stands, every head of both tables that has a budget or spending, in the form's order.

    With `month` (any of its days) its spending stands in each head's `month`. Three statements at most.
    """
    kept = {
        (row.table, row.category): row
        for row in db.session.scalars(select(BudgetHead).where(BudgetHead.award_id == award.id))
    }
    of_month = _spent_in(award, month) if month else {}
    if not kept:
        return [
            Head(*place, amount, cap=cap_of(award, *place)) for place, amount in contracted(award).items()
        ]
    return [
        Head(
            table,
            category,
            row.contracted,
            row.moved,
            row.spent,
            row.cap,
            of_month.get((table, category), 0),
        )
        for table in CostTable
        for category in Category
        if (row := kept.get((table, category))) is not None
        and (row.contracted or row.moved or row.spent or of_month.get((table, category)))
    ]


def head_of(listed: Iterable[Head], award: Award, table: CostTable, category: Category) -> Head:
    """One of the heads, or an empty one where nothing was budgeted."""
    found = next((each for each in listed if (each.table, each.category) == (table, category)), None)
    return found or Head(table, category, cap=cap_of(award, table, category))


def cap_of(award: Award, table: CostTable, category: Category) -> int | None:
    """The most that the grant may pay for under a head, in fen; own and other money has no cap."""
    round = award.theme.round
    if table is not CostTable.GRANT:
        return None
    return heads.cap_of(category, award.entitled, management=round.management_cap, staff=round.staff_cap)


def _spent_in(award: Award, month: date) -> dict[tuple[CostTable, Category], int]:
    first, after = month_of(month)
    rows = db.session.execute(
        select(Spending.table, Spending.category, sum_of(Spending.amount))
        .where(
            Spending.award_id == award.id,
            Spending.struck_at.is_(None),
            Spending.spent_on >= first,
            Spending.spent_on < after,
        )
        .group_by(Spending.table, Spending.category)
    )
    return {(table, category): amount for table, category, amount in rows}


def month_of(day: date) -> tuple[date, date]:
    """The first day of the day's month, and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def spent_as_of(award: Award, month: date) -> list[Head]:
    """月度收支表: the heads with the spending of the month and all up to its end. Three statements at most."""
    after = month_of(month)[1]
    rows = db.session.execute(
        select(Spending.table, Spending.category, sum_of(Spending.amount))
        .where(Spending.award_id == award.id, Spending.struck_at.is_(None), Spending.spent_on < after)
        .group_by(Spending.table, Spending.category)
    )
    until = {(table, category): amount for table, category, amount in rows}
    return [
        Head(
            each.table,
            each.category,
            each.contracted,
            each.moved,
            until.get((each.table, each.category), 0),
            each.cap,
            each.month,
        )
        for each in heads_of(award, month)
    ]


def granted_spent(award: Award) -> int:
    """What of the grant is spent by the rows that stand, in fen."""
    return (
        db.session.scalar(
            select(sum_of(BudgetHead.spent)).where(
                BudgetHead.award_id == award.id, BudgetHead.table == CostTable.GRANT
            )
        )
        or 0
    )


def activities(award: Award, *, struck: bool = True) -> Sequence[Activity]:
    """The activities of a project, the latest first, with counts and files. Three statements."""
    chosen = select(Activity).where(Activity.award_id == award.id)
    if not struck:
        chosen = chosen.where(Activity.struck_at.is_(None))
    return db.session.scalars(
        chosen.options(
            selectinload(Activity.counts),
            selectinload(Activity.files).joinedload(ActivityFile.file),
            joinedload(Activity.recorded_by),
        ).order_by(Activity.held_on.desc(), Activity.number.desc())
    ).all()


def activity(id: int, person: Person) -> Activity | None:
    """One activity, if the person may see its project."""
    return db.session.scalar(
        select(Activity)
        .where(
            Activity.id == id,
            Activity.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
        .options(selectinload(Activity.counts), selectinload(Activity.files).joinedload(ActivityFile.file))
    )


def attendances(award: Award) -> dict[Taking, int]:
    """人次 by kind, of all activities that stand; persons are never summed over activities: the same come again."""
    rows = db.session.execute(
        select(Turnout.taking, sum_of(Turnout.person_times))
        .join(Turnout.activity)
        .where(Activity.award_id == award.id, Activity.struck_at.is_(None))
        .group_by(Turnout.taking)
    )
    found = {taking: times for taking, times in rows}
    return {taking: found.get(taking, 0) for taking in Taking}


def spending(award: Award, *, struck: bool = True) -> Sequence[Spending]:
    """The lines of spending of a project, the latest first, with the activities they hang on. One statement."""
    chosen = select(Spending).where(Spending.award_id == award.id)
    if not struck:
        chosen = chosen.where(Spending.struck_at.is_(None))
    return db.session.scalars(
        chosen.options(
            joinedload(Spending.activity), joinedload(Spending.scan), joinedload(Spending.recorded_by)
        ).order_by(Spending.spent_on.desc(), Spending.id.desc())
    ).all()


def spending_of(activity: Activity) -> Sequence[Spending]:
    """The lines of spending that hang on an activity and stand."""
    return db.session.scalars(
        select(Spending)
        .where(Spending.activity_id == activity.id, Spending.struck_at.is_(None))
        .order_by(Spending.id)
    ).all()


def one_spending(id: int, person: Person) -> Spending | None:
    """One line of spending, if the person may see its project."""
    return db.session.scalar(
        select(Spending)
        .where(
            Spending.id == id,
            Spending.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
        .options(joinedload(Spending.scan), joinedload(Spending.activity))
    )


def corrections_of(rows: Sequence[Any]) -> dict[int, list[trail.Correction]]:
    """What was set right in records of one kind, by row id, oldest first. One statement."""
    return trail.corrections_of(rows)


def transfers(award: Award) -> Sequence[Transfer]:
    """The moves between heads, the latest first. One statement."""
    return db.session.scalars(
        select(Transfer)
        .where(Transfer.award_id == award.id)
        .options(joinedload(Transfer.proposed_by), joinedload(Transfer.decided_by))
        .order_by(Transfer.id.desc())
    ).all()


def transfer(id: int, person: Person) -> Transfer | None:
    """One move between heads, if the person may see its project."""
    return db.session.scalar(
        select(Transfer).where(
            Transfer.id == id,
            Transfer.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
    )


def changes(award: Award) -> Sequence[Change]:
    """What the organization asked for, the latest first. One statement."""
    return db.session.scalars(
        select(Change)
        .where(Change.award_id == award.id)
        .options(
            joinedload(Change.asked_by), joinedload(Change.recommended_by), joinedload(Change.decided_by)
        )
        .order_by(Change.number.desc())
    ).all()


def change(id: int, person: Person) -> Change | None:
    """One request, if the person may see its project."""
    return db.session.scalar(
        select(Change).where(
            Change.id == id,
            Change.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
    )


def plans(award: Award) -> Sequence[MonthPlan]:
    """The monthly plans of a project, the latest first. One statement."""
    return db.session.scalars(
        select(MonthPlan).where(MonthPlan.award_id == award.id).order_by(MonthPlan.month.desc())
    ).all()


def plan(id: int, person: Person) -> MonthPlan | None:
    """One monthly plan, if the person may see its project."""
    return db.session.scalar(
        select(MonthPlan).where(
            MonthPlan.id == id,
            MonthPlan.award_id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
    )


def ends_on(award: Award) -> date | None:
    """The project's last day: of the last extension that was approved, else as revised or applied for."""
    extended = db.session.scalar(
        select(Change.ends_on)
        .where(
            Change.award_id == award.id,
            Change.kind == ChangeKind.EXTENSION,
            Change.state == ChangeState.APPROVED,
        )
        .order_by(Change.decided_at.desc(), Change.id.desc())
        .limit(1)
    )
    return extended or budget.promised([award])[award.id].ends_on


# --- lists ---


@dataclass(frozen=True)
class Progress:
    """How one project of a list stands: amounts in fen of the grant, activities that stand, what waits for staff."""

    award: Award
    ends_on: date | None
    budget: int
    spent: int
    activities: int
    last_on: date | None
    late: int
    waiting: int

    def quiet_days(self, today: date) -> int | None:
        """Days since the last activity, or since signing when there was none."""
        since = self.last_on or self.award.signed_on
        return (today - since).days if since else None

    @property
    def percent(self) -> int | None:
        """Spent in percent of the grant."""
        return money.percent(self.spent, self.award.entitled)


def of_round(round: Round, person: Person) -> list[Progress]:
    """The round's projects that run or ran, by project number, each with how it stands. Ten statements at most."""
    rows = [award for award in budget.awards(round, person) if award.agreement_no is not None]
    return _progress(sorted(rows, key=lambda award: award.project_no))


def requests_waiting(round: Round) -> tuple[int, int, int]:
    """How many requests of the round's projects wait for a recommendation, how many for a decision, how many moves

    between heads for an approval. Two statements.
    """
    mine = select(Award.id).join(Award.theme).where(Theme.round_id == round.id)
    states = dict(
        db.session.execute(
            select(Change.state, func.count()).where(Change.award_id.in_(mine)).group_by(Change.state)
        ).all()
    )
    moves = db.session.scalar(
        select(func.count()).where(Transfer.award_id.in_(mine), Transfer.state == TransferState.PROPOSED)
    )
    return states.get(ChangeState.ASKED, 0), states.get(ChangeState.RECOMMENDED, 0), moves or 0


def of_person(person: Person) -> list[Progress]:
    """The projects of the person's organizations, the newest first. Ten statements at most."""
    rows = db.session.scalars(
        access.mine(person)
        .where(Award.agreement_no.is_not(None))
        .options(
            joinedload(Award.theme).joinedload(Theme.round),
            joinedload(Award.application).joinedload(Application.organization),
            selectinload(Award.instalments),
        )
        .order_by(Award.signed_on.desc(), Award.id.desc())
    ).all()
    return _progress(rows)


def _progress(awards: Sequence[Award]) -> list[Progress]:
    ids = [award.id for award in awards]
    budgets = dict.fromkeys(ids, 0)
    spent = dict.fromkeys(ids, 0)
    for id, contracted_, spent_ in db.session.execute(
        select(
            BudgetHead.award_id, sum_of(BudgetHead.contracted + BudgetHead.moved), sum_of(BudgetHead.spent)
        )
        .where(BudgetHead.award_id.in_(ids), BudgetHead.table == CostTable.GRANT)
        .group_by(BudgetHead.award_id)
    ):
        budgets[id], spent[id] = contracted_, spent_
    held = {
        id: (count, last, late)
        for id, count, last, late in db.session.execute(
            select(
                Activity.award_id,
                func.count(Activity.id),
                func.max(Activity.held_on),
                sum_of(case((Activity.late, 1), else_=0)),
            )
            .where(Activity.award_id.in_(ids), Activity.struck_at.is_(None))
            .group_by(Activity.award_id)
        )
    }
    waiting: dict[int, int] = defaultdict(int)
    extended: dict[int, date] = {}
    for row in db.session.scalars(
        select(Change).where(Change.award_id.in_(ids)).order_by(Change.decided_at, Change.id)
    ):
        waiting[row.award_id] += row.state in (ChangeState.ASKED, ChangeState.RECOMMENDED)
        if row.kind is ChangeKind.EXTENSION and row.state is ChangeState.APPROVED and row.ends_on:
            extended[row.award_id] = row.ends_on
    for model, state in ((Transfer, TransferState.PROPOSED), (MonthPlan, PlanState.SENT)):
        found = select(model.award_id, func.count()).where(model.award_id.in_(ids), model.state == state)
        for id, count in db.session.execute(found.group_by(model.award_id)):
            waiting[id] += count
    promised = budget.promised(awards)
    return [
        Progress(
            award,
            extended.get(award.id, promised[award.id].ends_on),
            budgets[award.id],
            spent[award.id],
            count,
            last_on,
            late,
            waiting[award.id],
        )
        for award in awards
        for count, last_on, late in [held.get(award.id, (0, None, 0))]
    ]


@dataclass(frozen=True)
class Waiting:
    """What of a round's projects waits for the bureau: moves between heads, requests, monthly plans."""

    transfers: Sequence[Transfer] = field(default_factory=list)
    changes: Sequence[Change] = field(default_factory=list)
    plans: Sequence[MonthPlan] = field(default_factory=list)


def waiting(round: Round, person: Person) -> Waiting:
    """What waits for the bureau in a round, oldest first. Three statements."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    of_round = seen.join(Award.theme).where(Theme.round_id == round.id)
    project = joinedload(Award.application).joinedload(Application.organization)
    return Waiting(
        db.session.scalars(
            select(Transfer)
            .where(Transfer.award_id.in_(of_round), Transfer.state == TransferState.PROPOSED)
            .options(joinedload(Transfer.award).options(project))
            .order_by(Transfer.id)
        ).all(),
        db.session.scalars(
            select(Change)
            .where(
                Change.award_id.in_(of_round),
                Change.state.in_((ChangeState.ASKED, ChangeState.RECOMMENDED)),
            )
            .options(joinedload(Change.award).options(project))
            .order_by(Change.id)
        ).all(),
        db.session.scalars(
            select(MonthPlan)
            .where(MonthPlan.award_id.in_(of_round), MonthPlan.state == PlanState.SENT)
            .options(joinedload(MonthPlan.award).options(project))
            .order_by(MonthPlan.month, MonthPlan.id)
        ).all(),
    )


def preview(round: Round, month: date, person: Person) -> Sequence[MonthPlan]:
    """月度活动预告: the approved plans of a round for the month, by organization. One statement."""
    seen = access.visible(person).with_only_columns(Award.id).order_by(None)
    return db.session.scalars(
        select(MonthPlan)
        .join(MonthPlan.award)
        .join(Award.application)
        .join(Application.organization)
        .where(
            MonthPlan.award_id.in_(seen),
            Application.round_id == round.id,
            MonthPlan.month == month_of(month)[0],
            MonthPlan.state == PlanState.APPROVED,
        )
        .options(
            joinedload(MonthPlan.award).joinedload(Award.application).joinedload(Application.organization)
        )
        .order_by(Organization.name, Award.project_no)
    ).all()


# --- promises ---


def broken_heads() -> Iterator[str]:
    """Each head's counters are the sums of what stands: spending, and moves in force; no grant is overspent."""
    moves: dict[tuple[int, CostTable, Category], int] = defaultdict(int)
    for award, table, source, target, amount in db.session.execute(
        select(Transfer.award_id, Transfer.table, Transfer.source, Transfer.target, Transfer.amount).where(
            Transfer.state == TransferState.APPROVED
        )
    ):
        moves[award, table, source] -= amount
        moves[award, table, target] += amount
    spent = {
        (award, table, category): amount
        for award, table, category, amount in db.session.execute(
            select(Spending.award_id, Spending.table, Spending.category, sum_of(Spending.amount))
            .where(Spending.struck_at.is_(None))
            .group_by(Spending.award_id, Spending.table, Spending.category)
        )
    }
    kept = {
        (row.award_id, row.table, row.category): row
        for row in db.session.scalars(select(BudgetHead).order_by(BudgetHead.id))
    }
    for place in sorted({*kept, *moves, *spent}):
        row = kept.get(place)
        moved, used = (row.moved, row.spent) if row else (0, 0)
        if (moved, used) != (moves.get(place, 0), spent.get(place, 0)):
            yield (
                f"award {place[0]}, {place[1]} {place[2]}: moved {moved}, spent {used} fen, "
                f"its rows say {moves.get(place, 0)} and {spent.get(place, 0)}"
            )
    for id, amount, used in db.session.execute(
        select(Award.id, Award.entitled, sum_of(BudgetHead.spent))
        .join(BudgetHead, BudgetHead.award_id == Award.id)
        .where(BudgetHead.table == CostTable.GRANT)
        .group_by(Award.id, Award.entitled)
        .having(sum_of(BudgetHead.spent) > Award.entitled)
    ):
        yield f"award {id}: {used} fen of the grant are spent, it is {amount}"
