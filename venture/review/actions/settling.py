"""What settles a ranking: another rule for a whole theme, and draws."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from venture import clock, files, trail
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.db import db, locked
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import access, queries
from venture.review.actions import standings
from venture.review.models import Draw, RuleChange
from venture.rounds.models import Aggregation, Theme


def propose_rule(
    *, theme: Theme, aggregation: Aggregation, reason: str, by: Person, at: datetime
) -> RuleChange:
    """Propose another rule for the whole theme; it counts when somebody else has approved it.

    Raises Refused: review.no_reason, review.rule_pending, review.same_rule, review.decided.
    """
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    locked(theme)
    if queries.pending_change(theme) is not None:
        raise Refused("review.rule_pending")
    present = queries.change_of(theme)
    if aggregation is (present.aggregation if present else theme.round.aggregation):
        raise Refused("review.same_rule", "aggregation")
    _undecided(theme)
    change = RuleChange(
        theme=theme, aggregation=aggregation, reason=reason.strip(), proposed_at=at, proposed_by=by
    )
    db.session.add(change)
    db.session.flush()
    trail.say(by, "review.propose_rule", change, aggregation=aggregation, reason=change.reason)
    return change


def approve_rule(*, change: RuleChange, by: Person, at: datetime) -> None:
    """Approve the proposed rule; nobody approves their own.

    Raises Refused: review.own_proposal, review.rule_settled, review.decided.
    """
    locked(change)
    if change.proposed_by_id == by.id:
        raise Refused("review.own_proposal")
    if change.approved_at is not None or change.withdrawn_at is not None:
        raise Refused("review.rule_settled")
    _undecided(change.theme)
    change.approved_at, change.approved_by = at, by
    standings.reckon_theme(change.theme)
    trail.say(by, "review.approve_rule", change, aggregation=change.aggregation)


def take_back_rule(*, change: RuleChange, by: Person, at: datetime) -> None:
    """Take back a proposed rule, or decline it. Raises Refused review.rule_settled."""
    locked(change)
    if change.approved_at is not None or change.withdrawn_at is not None:
        raise Refused("review.rule_settled")
    change.withdrawn_at = at
    trail.say(by, "review.take_back_rule", change)


def record_draw(
    *,
    theme: Theme,
    group: Sequence[int],
    order: Sequence[int],
    drawn_on: date,
    witness: str,
    drawn_by: str = "",
    scan: Staged | None = None,
    reason: str,
    by: Person,
    at: datetime,
) -> Draw:
    """Record the order that a draw by hand gave to applications (ids) tied to the end; `drawn_by` is whose hand it was.

    Drawing again is a new record with its own reason; the newest counts. Raises Refused: review.no_reason,
    review.no_witness, review.signed_later, review.not_tied, review.draw_order, review.decided.
    """
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    if not witness.strip():
        raise Refused("review.no_witness", "witness")
    if drawn_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "drawn_on")
    locked(theme)
    _undecided(theme)
    if set(group) not in [set(each) for each in queries.drawable(theme)]:
        raise Refused("review.not_tied")
    if sorted(order) != sorted(group):
        raise Refused("review.draw_order", "order")
    draw = Draw(
        theme_id=theme.id,
        order=list(order),
        drawn_on=drawn_on,
        witness=witness.strip(),
        drawn_by=drawn_by.strip(),
        scan=files.keep(scan, by=by, at=at) if scan else None,
        reason=reason.strip(),
        made_at=at,
        made_by=by,
    )
    db.session.add(draw)
    db.session.flush()
    trail.say(
        by,
        "review.draw",
        draw,
        order=list(order),
        witness=draw.witness,
        scan=draw.scan_id,
        reason=draw.reason,
    )
    return draw


def _undecided(theme: Theme) -> None:
    """Refuse once a list of awards rests on the theme's ranking, or it is frozen."""
    newest = queries.frozen_in([theme.id]).get(theme.id)
    if newest is not None and newest.holds:
        raise Refused("review.frozen", version=newest.version.number, at=newest.version.made_at)
    decided = db.session.scalar(
        select(Application.id)
        .where(
            Application.theme_id == theme.id,
            Application.state.in_(access.REVIEWED),
            Application.state != State.IN_REVIEW,
        )
        .limit(1)
    )
    if decided is not None:
        raise Refused("review.decided")
