"""A round's life: opened, closed, taken up again, finished; single settings corrected meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from venture import clock, trail
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import defaults, queries
from venture.rounds.actions.setting import contradictions
from venture.rounds.actions.shared import planner
from venture.rounds.models import (
    OwnQuestion,
    Round,
    RoundState,
    Supplement,
)
from venture.rounds.questions import Change


def open_round(*, round: Round, by: Person, at: datetime) -> None:
    """Open the round for applications. Raises Refused with the list of `queries.obstacles`."""
    planner(by)
    locked(round)
    if found := queries.obstacles(round, at):
        raise Refused.all(found)
    round.state = RoundState.OPEN
    trail.say(by, "rounds.open", round, opens_at=round.opens_at, closes_at=round.closes_at)


def close_round(*, round: Round, by: Person, at: datetime | None = None, reason: str = "") -> None:
    """Close the round: after its last moment, or at once with a reason (the moment is then corrected).

    The moment is read once the round is locked, so that no submission lies between it and the closing.

    Raises Refused: rounds.not_planner, rounds.not_open, rounds.not_begun, rounds.reason_needed.
    """
    planner(by)
    locked(round)
    at = at or clock.now()
    if round.state is not RoundState.OPEN:
        raise Refused("rounds.not_open", state=round.state)
    if at < round.closes_at:
        if at <= round.opens_at:
            raise Refused("rounds.not_begun", opens_at=round.opens_at)
        if not reason.strip():
            raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
        trail.correct(round, field="closes_at", value=at, reason=reason.strip(), by=by, at=at)
    round.state, round.closed_at = RoundState.CLOSED, at
    trail.say(by, "rounds.close", round, closed_at=at, reason=reason)


def reopen_round(*, round: Round, closes_at: datetime, reason: str, by: Person, at: datetime) -> None:
    """Open a closed round again until a later moment, for everybody alike; both moments are kept.

    Raises Refused: rounds.not_planner, rounds.not_closed, rounds.not_later, rounds.reason_needed.
    """
    planner(by)
    locked(round)
    if round.state is not RoundState.CLOSED:
        raise Refused("rounds.not_closed", state=round.state)
    if closes_at <= max(at, round.closes_at):
        raise Refused("rounds.not_later", "closes_at", closes_at=round.closes_at)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    trail.correct(round, field="closes_at", value=closes_at, reason=reason.strip(), by=by, at=at)
    round.state, round.closed_at = RoundState.OPEN, None
    trail.say(by, "rounds.reopen", round, closes_at=closes_at, reason=reason)


def finish_round(*, round: Round, by: Person, at: datetime) -> None:
    """Finish the round. Raises Refused: rounds.not_planner, rounds.not_closed, rounds.move_open."""
    planner(by)
    locked(round)
    if round.state is not RoundState.CLOSED:
        raise Refused("rounds.not_closed", state=round.state)
    if waiting := queries.open_moves(round):
        raise Refused("rounds.move_open", count=waiting)
    round.state = RoundState.FINISHED
    trail.say(by, "rounds.finish", round)


def resume_round(*, round: Round, reason: str, by: Person, at: datetime) -> None:
    """Take a finished round up again. Raises Refused: rounds.not_finished, rounds.reason_needed."""
    planner(by)
    locked(round)
    if round.state is not RoundState.FINISHED:
        raise Refused("rounds.not_finished", state=round.state)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    round.state = RoundState.CLOSED
    trail.say(by, "rounds.resume", round, reason=reason)


def correct(
    *, round: Round, field: str, value: Any, reason: str, by: Person, at: datetime
) -> Supplement | None:
    """Correct one value of a round that is open or closed (see `queries.correctable`), with a reason; both are kept.

    While the round is open this publishes a supplement, which is the answer.
    Raises Refused: rounds.not_planner, rounds.not_correctable, rounds.reason_needed, rounds.nothing_changed,
    rounds.review_begun (what experts see), rounds.only_wider (least), rounds.quorum_above_panel.
    """
    planner(by)
    locked(round)
    found = queries.correctable(round).get(field)
    if found is None:
        raise Refused("rounds.not_correctable", state=round.state)
    if field in defaults.SIGHT and round.reviewed_from is not None:
        raise Refused("rounds.review_begun", "value", at=round.reviewed_from)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    if value == found.value:
        raise Refused("rounds.nothing_changed", "value")
    if found.setting.name in defaults.ONLY_WIDER and value < found.value:
        raise Refused("rounds.only_wider", "value", least=found.value)
    if found.row is round:
        new = {name: getattr(round, name) for name in (*defaults.BASICS, *defaults.RULE_SETTINGS)}
        if wrong := contradictions(round, new | {field: value}):
            raise Refused.all(wrong)
    kept = trail.correct(found.row, field=found.column, value=value, reason=reason.strip(), by=by, at=at)
    if round.state is not RoundState.OPEN:
        return None
    changes = [Change(found.setting.name, kept.old, kept.new)]
    return publish(round=round, changes=changes, title=found.of, reason=reason, by=by, at=at)


def move_closing(*, round: Round, closes_at: datetime, reason: str, by: Person, at: datetime) -> Supplement:
    """Take applications of all until a later moment while the round is open, by a supplement; both moments are kept.

    Whoever calls tells those concerned (`applications.actions.give_time`). Raises Refused: rounds.not_planner,
    rounds.not_open, rounds.reason_needed, rounds.not_later.
    """
    planner(by)
    locked(round)
    if round.state is not RoundState.OPEN:
        raise Refused("rounds.not_open", state=round.state)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    if closes_at <= max(at, round.closes_at):
        raise Refused("rounds.not_later", "until", closes_at=round.closes_at)
    kept = trail.correct(round, field="closes_at", value=closes_at, reason=reason.strip(), by=by, at=at)
    return publish(
        round=round, changes=[Change("closes_at", kept.old, kept.new)], reason=reason, by=by, at=at
    )


def publish(
    *,
    round: Round,
    changes: Sequence[Change],
    reason: str,
    question: OwnQuestion | None = None,
    title: str = "",
    by: Person,
    at: datetime,
) -> Supplement:
    """补充公告: publish what was changed in an open round, under the round's next number, for good.

    Whoever calls has locked the round, and has made the change; `title` is what the question was called that was
    changed, or which of several things was.
    """
    made = Supplement(
        round_id=round.id,
        number=queries.next_supplement(round),
        question=question.code if question else None,
        title=title,
        changes=[list(change) for change in changes],
        reason=reason.strip(),
        at=at,
        by=by,
    )
    db.session.add(made)
    db.session.flush()
    facts = {"question": made.question, "changes": made.changes, "reason": made.reason}
    trail.say(by, "rounds.supplement", round, number=made.number, **facts)
    return made
