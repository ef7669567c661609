"""Money moved between a round's themes: proposed by one, approved by another, also on paper."""

from datetime import date, datetime

from venture import trail
from venture.clock import beijing_day
from venture.db import claim, db, locked
from venture.files import File, Staged
from venture.people import actions as people
from venture.people.models import Paper, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import access
from venture.rounds.actions.shared import planner
from venture.rounds.models import (
    Leftover,
    MoveState,
    RoundState,
    Theme,
    ThemeMove,
)


def propose_move(
    *, source: Theme, target: Theme, amount: int, reason: str, by: Person, at: datetime
) -> ThemeMove:
    """Propose to move part of an earmark (fen) to another theme of the round; another person approves it.

    Raises Refused: rounds.not_planner, rounds.one_theme, rounds.move_amount, rounds.reason_needed,
    rounds.finished, rounds.leftover_lapses once the round is closed, rounds.move_over_free.
    """
    planner(by)
    if source.id == target.id or source.round_id != target.round_id:
        raise Refused("rounds.one_theme", "target")
    if amount <= 0:
        raise Refused("rounds.move_amount", "amount")
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=source.round.closes_at)
    _movable(source, target, amount)
    move = ThemeMove(
        round_id=source.round_id,
        source=source,
        target=target,
        amount=amount,
        reason=reason.strip(),
        state=MoveState.PROPOSED,
        proposed_by=by,
        proposed_at=at,
    )
    db.session.add(move)
    db.session.flush()
    trail.say(by, "rounds.propose_move", move, source=source, target=target, amount=amount, reason=reason)
    return move


def approve_move(*, move: ThemeMove, by: Person, at: datetime, paper: Paper | None = None) -> None:
    """Move the money; `by` is the approver, who never proposed it, on `paper` where they signed one.

    Raises Refused: rounds.move_done, rounds.not_approver, people.same_person, people.paper_unchecked,
    rounds.finished, rounds.move_over_free.
    """
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if by.id == move.proposed_by_id:
        raise Refused("people.same_person", name=by.name)
    if not by.holds(Role.APPROVER):
        raise Refused("rounds.not_approver", name=by.name)
    if paper is not None and paper.checked_by_id is None:
        raise Refused("people.paper_unchecked")
    source, target = move.source, move.target
    for theme in sorted((source, target), key=lambda theme: theme.id):
        locked(theme)
    _movable(source, target, move.amount)
    before = [source.earmark, target.earmark]
    if not (claim(source, Theme.earmark, -move.amount) and claim(target, Theme.earmark, move.amount)):
        raise RuntimeError("a locked theme changed")
    move.state, move.approved_by, move.approved_at, move.paper = MoveState.APPROVED, by, at, paper
    db.session.flush()
    trail.say(
        by,
        "rounds.approve_move",
        move,
        amount=move.amount,
        source=[before[0], source.earmark],
        target=[before[1], target.earmark],
        paper=paper,
    )


def withdraw_move(*, move: ThemeMove, by: Person, at: datetime) -> None:
    """Take back or turn down a waiting move. Raises Refused: rounds.move_done, rounds.not_planner."""
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if not (access.may_plan(by) or access.may_approve(by, move)):
        raise Refused("rounds.not_planner")
    move.state = MoveState.WITHDRAWN
    trail.say(by, "rounds.withdraw_move", move, amount=move.amount)


def enter_move_paper(
    *,
    move: ThemeMove,
    signer: Person,
    signed_on: date,
    scan: Staged | File | None,
    by: Person,
    at: datetime,
) -> Paper:
    """Record that an approver signed the move on paper; it takes effect when another person checks the entry.

    Raises Refused: rounds.not_planner, rounds.move_done, people.same_person, rounds.not_approver.
    """
    planner(by)
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if signer.id == move.proposed_by_id:
        raise Refused("people.same_person", "signer", name=signer.name)
    if not signer.holds(Role.APPROVER):
        raise Refused("rounds.not_approver", "signer", name=signer.name)
    if signed_on < beijing_day(move.proposed_at):
        raise Refused("rounds.signed_before", "signed_on", day=beijing_day(move.proposed_at))
    move.paper = people.enter_paper(signer=signer, signed_on=signed_on, scan=scan, by=by, at=at)
    db.session.flush()
    return move.paper


def check_move_paper(*, move: ThemeMove, by: Person, at: datetime) -> None:
    """Check the paper entry of a move, which then takes effect. Raises Refused: rounds.no_paper and as
    `people.check_paper` and `approve_move`."""
    locked(move)
    if move.paper is None:
        raise Refused("rounds.no_paper")
    people.check_paper(paper=move.paper, by=by, at=at)
    approve_move(move=move, by=move.paper.signer, at=at, paper=move.paper)


def _movable(source: Theme, target: Theme, amount: int) -> None:
    if source.round.state is RoundState.FINISHED:
        raise Refused("rounds.finished")
    if source.round.state is RoundState.CLOSED and source.round.leftover is Leftover.LAPSE:
        raise Refused("rounds.leftover_lapses", theme=source.name)
    free = source.earmark - source.committed
    if amount > free:
        raise Refused(
            "rounds.move_over_free",
            "amount",
            theme=source.name,
            committed=source.committed,
            free=free,
            excess=amount - free,
        )
