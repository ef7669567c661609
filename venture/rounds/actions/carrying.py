"""结转: what a source still has may be spent until a later day; proposed by one, approved by another."""

from datetime import date, datetime

from venture import trail
from venture.clock import beijing_day
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds import access
from venture.rounds.actions.shared import planner
from venture.rounds.models import CarryOver, MoveState, Source


def propose_carry_over(
    *, source: Source, until: date, document_no: str, reason: str, by: Person, at: datetime
) -> CarryOver:
    """Propose that what the source still has may be spent until the end of `until`, by this document.

    Raises Refused: rounds.not_planner, and with every reason: rounds.no_expiry, rounds.nothing_left,
    rounds.carry_waiting, rounds.not_later_day (expires_on), rounds.day_past, rounds.document_needed,
    rounds.reason_needed.
    """
    planner(by)
    locked(source)
    found = [Blocker(code) for code in _stands(source)]
    if source.expires_on is not None and until <= source.expires_on:
        found.append(Blocker("rounds.not_later_day", "until", {"expires_on": source.expires_on}))
    elif until < beijing_day(at):
        found.append(Blocker("rounds.day_past", "until", {"today": beijing_day(at)}))
    if not document_no.strip():
        found.append(Blocker("rounds.document_needed", "document_no"))
    if not reason.strip():
        found.append(Blocker("rounds.reason_needed", "reason", {"closes_at": source.round.closes_at}))
    if found:
        raise Refused.all(found)
    made = CarryOver(
        source=source,
        until=until,
        document_no=document_no.strip(),
        reason=reason.strip(),
        state=MoveState.PROPOSED,
        proposed_by=by,
        proposed_at=at,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "rounds.propose_carry_over", made, source=source.document_no, until=until, reason=reason)
    return made


def _stands(source: Source) -> list[str]:
    waiting = db.session.query(CarryOver.id).filter_by(source_id=source.id, state=MoveState.PROPOSED).first()
    return [
        code
        for code, wrong in (
            ("rounds.no_expiry", source.expires_on is None),
            ("rounds.nothing_left", source.left <= 0),
            ("rounds.carry_waiting", waiting is not None),
        )
        if wrong
    ]


def approve_carry_over(*, carry: CarryOver, by: Person, at: datetime) -> None:
    """Carry the rest over: the source may be drawn on until the later day; both days are kept.

    Raises Refused: rounds.carry_done, people.same_person, rounds.not_approver, rounds.not_later_day,
    rounds.nothing_left.
    """
    locked(carry)
    if carry.state is not MoveState.PROPOSED:
        raise Refused("rounds.carry_done", state=carry.state)
    if by.id == carry.proposed_by_id:
        raise Refused("people.same_person", name=by.name)
    if not by.holds(Role.APPROVER):
        raise Refused("rounds.not_approver", name=by.name)
    source = locked(carry.source)
    if source.left <= 0:
        raise Refused("rounds.nothing_left")
    if source.expires_on is None or carry.until <= source.expires_on:
        raise Refused("rounds.not_later_day", expires_on=source.expires_on)
    carry.state, carry.approved_by, carry.approved_at, carry.left = MoveState.APPROVED, by, at, source.left
    trail.correct(source, field="expires_on", value=carry.until, reason=carry.reason, by=by, at=at)
    db.session.flush()
    trail.say(by, "rounds.approve_carry_over", carry, left=carry.left, until=carry.until)


def withdraw_carry_over(*, carry: CarryOver, by: Person, at: datetime) -> None:
    """Take back or turn down what waits. Raises Refused: rounds.carry_done, rounds.not_planner."""
    locked(carry)
    if carry.state is not MoveState.PROPOSED:
        raise Refused("rounds.carry_done", state=carry.state)
    if not (access.may_plan(by) or by.holds(Role.APPROVER)):
        raise Refused("rounds.not_planner")
    carry.state = MoveState.WITHDRAWN
    trail.say(by, "rounds.withdraw_carry_over", carry, until=carry.until)
