"""What every record of a running project begins with: its lock, whether it runs, and its heads of the budget."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from venture import trail
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.applications.models import Category, CostTable
from venture.budget.models import Award
from venture.db import db, locked
from venture.delivery import access, queries
from venture.delivery.models import BudgetHead
from venture.people.models import Person
from venture.refusal import Blocker, Refused


def refuse(blockers: Sequence[Blocker]) -> None:
    """Raise them as one refusal, if there are any."""
    if blockers:
        raise Refused.all(blockers)


def opened(award: Award, *, by: Person, at: datetime) -> None:
    """Lock the project for a record of its own people; the first record begins a project whose agreement is signed.

    Raises Refused: delivery.not_yours, delivery.not_recording (state).
    """
    refuse(access.own_blockers(by, award))
    locked(award)
    application = locked(award.application)
    if not queries.records(award):
        raise Refused("delivery.not_recording", state=application.state)
    if application.state is State.CONTRACTED:
        applications.move(application=application, name="begin", by=by)


def heads(award: Award, *, by: Person) -> dict[tuple[CostTable, Category], BudgetHead]:
    """The project's heads, made from the contracted budget when the first is asked for; the award is locked."""
    rows = db.session.scalars(
        select(BudgetHead)
        .where(BudgetHead.award_id == award.id)
        .order_by(BudgetHead.id)
        .execution_options(populate_existing=True)
    ).all()
    if rows:
        return {(row.table, row.category): row for row in rows}
    lines = queries.contracted(award)
    made = {place: _head(award, *place, amount) for place, amount in lines.items()}
    trail.say(by, "delivery.open_budget", award, **{f"{t}-{c}": amount for (t, c), amount in lines.items()})
    return made


def head(
    rows: dict[tuple[CostTable, Category], BudgetHead], award: Award, table: CostTable, category: Category
) -> BudgetHead:
    """One of the heads; where nothing was budgeted it is made with nothing."""
    if (table, category) not in rows:
        rows[table, category] = _head(award, table, category, 0)
    return rows[table, category]


def _head(award: Award, table: CostTable, category: Category, contracted: int) -> BudgetHead:
    made = BudgetHead(
        award_id=award.id,
        table=table,
        category=category,
        contracted=contracted,
        cap=queries.cap_of(award, table, category),
    )
    db.session.add(made)
    db.session.flush()
    return made
