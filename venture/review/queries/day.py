"""The panel day of a round: its facts, the running order and its draws, and what is printed for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Version
from venture.db import db
from venture.people.models import Person
from venture.refusal import Blocker
from venture.review import access, running
from venture.review.models import PanelDay, RunningOrder
from venture.review.queries.ranks import hidden_from
from venture.rounds.models import Round


def panel_day(round: Round) -> PanelDay | None:
    """The round's panel day, once somebody has written it down."""
    return db.session.get(PanelDay, round.id)


def running_orders(round: Round) -> Sequence[RunningOrder]:
    """The draws of the round's running order, the newest first: only that one counts."""
    return db.session.scalars(
        select(RunningOrder)
        .where(RunningOrder.round_id == round.id)
        .options(joinedload(RunningOrder.made_by), joinedload(RunningOrder.scan))
        .order_by(RunningOrder.number.desc())
    ).all()


def turns(round_ids: Iterable[int]) -> dict[int, int]:
    """The place of each application (id) in its round's running order that counts. One statement."""
    newest: dict[int, list[int]] = {}
    for round_id, order in db.session.execute(
        select(RunningOrder.round_id, RunningOrder.order)
        .where(RunningOrder.round_id.in_(list(round_ids)))
        .order_by(RunningOrder.number)
    ):
        newest[round_id] = order
    return {key: place for order in newest.values() for place, key in enumerate(order, start=1)}


def presenting(round: Round) -> Sequence[Application]:
    """The applications that are presented on the panel day, whoever asks: all that are in review."""
    return db.session.scalars(
        select(Application)
        .where(Application.round_id == round.id, Application.state == State.IN_REVIEW)
        .order_by(Application.number, Application.id)
    ).all()


@dataclass(frozen=True)
class Slot:
    """One project of the running order; `place` counts from 1, 0 for one that was not drawn."""

    place: int
    application: Application


@dataclass(frozen=True)
class Running:
    """The running order as one person may see it: the draw that counts, the drawn, and those still without a place."""

    order: RunningOrder | None
    drawn: list[Slot]
    left: list[Slot]

    @property
    def slots(self) -> list[Slot]:
        return [*self.drawn, *self.left]

    @property
    def places(self) -> dict[int, int]:
        """The place of each application (id), those without one after all others."""
        return {slot.application.id: place for place, slot in enumerate(self.slots, start=1)}


def running_order(round: Round, person: Person) -> Running:
    """The running order that counts, without what a tie hides from the person. Two statements."""
    order = next(iter(running_orders(round)), None)
    seen = {
        each.id: each
        for each in db.session.scalars(
            access.seen(person)
            .where(Application.round_id == round.id)
            .options(joinedload(Application.organization), joinedload(Application.theme))
            .order_by(Application.number, Application.id)
        )
    }
    places = {key: place for place, key in enumerate(order.order if order else (), start=1)}
    return Running(
        order=order,
        drawn=[Slot(place, seen[key]) for key, place in places.items() if key in seen],
        left=[
            Slot(0, each) for key, each in seen.items() if key not in places and each.state is State.IN_REVIEW
        ],
    )


def minutes_blockers(round: Round, person: Person) -> list[Blocker]:
    """Why this person cannot write the minutes: review.no_day, review.minutes_hidden (a tie hides a project of theirs,
    and minutes name them all).
    """
    found = [] if panel_day(round) else [Blocker("review.no_day")]
    if hidden_from(round, person):
        found.append(Blocker("review.minutes_hidden"))
    return found


def newest_versions(applications: Sequence[Application]) -> dict[int, Version]:
    """The version that counts of each application, by its id. One statement."""
    return {
        version.application_id: version
        for version in db.session.scalars(
            select(Version)
            .where(Version.application_id.in_([each.id for each in applications]))
            .order_by(Version.application_id, Version.number)
        )
    }


def broken_running_orders() -> Iterator[str]:
    """Each draw of a running order is what its seed draws of the numbers of its projects; draws are numbered from 1."""
    numbers: dict[int, str] = {
        key: number or "" for key, number in db.session.execute(select(Application.id, Application.number))
    }
    counted: dict[int, int] = {}
    for each in db.session.scalars(select(RunningOrder).order_by(RunningOrder.round_id, RunningOrder.number)):
        counted[each.round_id] = counted.get(each.round_id, 0) + 1
        listed = [numbers.get(key, "") for key in each.order]
        if each.seed is not None and listed != running.order(listed, each.seed):
            yield f"running order {each.id}: not what the seed {each.seed} draws"
        if each.number != counted[each.round_id]:
            yield f"running order {each.id}: number {each.number}, though {counted[each.round_id] - 1} came before"
