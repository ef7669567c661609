"""The panel day: writing down what its minutes say, and drawing the running order."""

from collections.abc import Sequence
from datetime import date, datetime

from venture import clock, files, trail
from venture.db import db, locked
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import queries, running
from venture.review.actions import standings
from venture.review.models import PanelDay, RunningOrder
from venture.rounds.models import Phase, Round


def save_day(
    *,
    round: Round,
    held_on: date,
    hours: str,
    place: str,
    chair: str,
    recorder: str,
    present: Sequence[int],
    observers: str,
    remarks: str,
    seen: int,
    by: Person,
    at: datetime,
) -> PanelDay:
    """Write the panel day down. `present` are the numbers of the experts who came; `seen` is the revision that the form
    was made from, 0 for none; who came decides from whom sheets for the presentations are awaited. Raises Refused
    review.day_changed when somebody else saved it meanwhile.
    """
    locked(round)
    day = queries.panel_day(round)
    if (day.revision if day else 0) != seen:
        raise Refused("review.day_changed")
    seats = {one.panelist.number: one.panelist.id for one in queries.panel(round)}
    values = {
        "held_on": held_on,
        "hours": hours,
        "place": place,
        "chair": chair,
        "recorder": recorder,
        "present": [seats[number] for number in sorted(present) if number in seats],
        "observers": observers,
        "remarks": remarks,
    }
    before = {name: getattr(day, name) for name in values} if day else {}
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if day is not None and not changed:
        return day
    if day is None:
        day = PanelDay(round_id=round.id, revision=0, saved_at=at, saved_by_id=by.id)
        db.session.add(day)
    for name, value in values.items():
        setattr(day, name, value)
    day.revision, day.saved_at, day.saved_by_id = day.revision + 1, at, by.id
    db.session.flush()
    if "present" in changed and Phase.PRESENTATION in round.phases:
        standings.reckon_all([each.id for each in queries.presenting(round)])
    trail.say(
        by,
        "review.save_day",
        round,
        **{name: (before.get(name), value) for name, value in changed.items()},
    )
    return day


def draw_running_order(*, round: Round, seed: int, reason: str, by: Person, at: datetime) -> RunningOrder:
    """Draw the order in which the projects in review are presented; what was drawn before stays on record.

    `seed` is chance's own, never chosen by a person: whoever could choose it could try until the order pleased.
    Raises Refused: review.nothing_presented, review.no_reason for a second draw without its reason.
    """
    before = _drawn_before(round, reason)
    by_number = {each.number or "": each.id for each in queries.presenting(round)}
    if not by_number:
        raise Refused("review.nothing_presented")
    drawn = RunningOrder(
        round_id=round.id,
        number=len(before) + 1,
        seed=seed,
        order=[by_number[number] for number in running.order(by_number, seed)],
        reason=reason.strip(),
        made_at=at,
        made_by=by,
    )
    db.session.add(drawn)
    db.session.flush()
    trail.say(
        by,
        "review.draw_running_order",
        drawn,
        round=round,
        number=drawn.number,
        seed=seed,
        applications=len(drawn.order),
        reason=drawn.reason,
    )
    return drawn


def _drawn_before(round: Round, reason: str) -> Sequence[RunningOrder]:
    """The draws so far, the round being locked; another one needs its reason."""
    locked(round)
    before = queries.running_orders(round)
    if before and not reason.strip():
        raise Refused("review.no_reason", "reason")
    return before


def record_running_order(
    *,
    round: Round,
    order: Sequence[int],
    drawn_on: date,
    drawn_by: str,
    witness: str,
    scan: Staged | None,
    reason: str,
    by: Person,
    at: datetime,
) -> RunningOrder:
    """Record the running order as it was drawn by hand: the applications (ids) in review, the first drawn first.

    Raises Refused: review.no_reason for a second draw without its reason, review.no_witness, review.no_drawer,
    review.signed_later, review.nothing_presented, review.draw_order (not each project of the round once).
    """
    before = _drawn_before(round, reason)
    if not witness.strip():
        raise Refused("review.no_witness", "witness")
    if not drawn_by.strip():
        raise Refused("review.no_drawer", "drawn_by")
    if drawn_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "drawn_on")
    presented = queries.presenting(round)
    if not presented:
        raise Refused("review.nothing_presented")
    if sorted(order) != sorted(each.id for each in presented):
        raise Refused("review.draw_order", "order")
    drawn = RunningOrder(
        round_id=round.id,
        number=len(before) + 1,
        order=list(order),
        drawn_on=drawn_on,
        drawn_by=drawn_by.strip(),
        witness=witness.strip(),
        scan=files.keep(scan, by=by, at=at) if scan else None,
        reason=reason.strip(),
        made_at=at,
        made_by=by,
    )
    db.session.add(drawn)
    db.session.flush()
    trail.say(
        by,
        "review.record_running_order",
        drawn,
        round=round,
        number=drawn.number,
        drawn_on=drawn_on,
        drawn_by=drawn.drawn_by,
        witness=drawn.witness,
        scan=drawn.scan_id,
        applications=len(drawn.order),
        reason=drawn.reason,
    )
    return drawn
