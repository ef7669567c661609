"""拟立项名单: the computed list, decided by one person, approved by another, taken back before its notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from venture import clock, files, trail
from venture.applications.lifecycle import State, move
from venture.budget import access, queries
from venture.budget.actions.ledger import locked_rows, refuse
from venture.budget.allocation import places
from venture.budget.models import Decision, DecisionLine, DecisionState
from venture.db import db, locked
from venture.files import Staged
from venture.people import actions as people
from venture.people.models import Paper, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Round, Theme


@dataclass(frozen=True)
class Choice:
    """What a person decides for one application where it differs from the rule: fen, and why."""

    amount: int
    reason: str = ""


def propose(
    *, round: Round, choices: Mapping[int, Choice] | None = None, by: Person, at: datetime
) -> Decision:
    """Save the computed list with exceptions by row (`choices` by application id); the funded move on.

    Raises Refused, with every reason: budget.not_your_role, budget.barred, budget.nothing_ranked,
    budget.draw_needed (projects), budget.not_in_list, budget.over_asked, budget.over_ceiling,
    budget.below_viable (share, least), budget.reason_missing, budget.nothing_funded,
    budget.over_earmark and budget.over_total (cap and excess).
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    locked(round)
    locked_rows(Theme, [theme.id for theme in round.themes])
    proposal = queries.proposal(round)
    refuse(decision_blockers(proposal, round, choices or {}, by))
    decision = _saved(round, proposal, choices or {}, by=by, at=at)
    trail.say(by, "budget.propose", decision, **_said(decision))
    return decision


def call_up(*, round: Round, theme: Theme, reason: str, by: Person, at: datetime) -> Decision:
    """Call up from a theme's waiting list, in its order, whom the money reaches that has become free.

    This makes a further list of those who wait, which another person approves like the first.
    Raises Refused: budget.not_your_role, budget.barred, budget.reason_needed, budget.nobody_waits (theme),
    budget.nobody_called (theme, left), budget.draw_needed.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    locked(round)
    locked_rows(Theme, [each.id for each in round.themes])
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    proposal = queries.proposal(round, called=theme)
    if not proposal.rows:
        raise Refused("budget.nobody_waits", theme=theme.name)
    if not any(row.computed for row in proposal.rows):
        room = next(room for room in proposal.rooms if room.theme.id == theme.id)
        raise Refused("budget.nobody_called", theme=theme.name, left=room.left)
    refuse(decision_blockers(proposal, round, {}, by))
    decision = _saved(round, proposal, {}, by=by, at=at)
    decision.called_up = reason.strip()
    db.session.flush()
    trail.say(by, "budget.call_up", decision, theme=theme, reason=reason.strip(), **_said(decision))
    return decision


def _saved(
    round: Round, proposal: queries.Proposal, choices: Mapping[int, Choice], *, by: Person, at: datetime
) -> Decision:
    """Freeze the list with what was decided; the funded move on, who is left out takes a place on the waiting list.

    What each theme is awarded below its earmark is frozen with the rules, in fen by the theme's name.
    """
    number = db.session.scalar(select(func.max(Decision.number)).where(Decision.round_id == round.id)) or 0
    chosen = _chosen(proposal, choices)
    below = {room.theme.name: room.theme.earmark - room.taken for room in proposal.rooms}
    for row, choice in zip(proposal.rows, chosen, strict=True):
        below[row.theme.name] -= choice.amount
    decision = Decision(
        round=round,
        number=number + 1,
        state=DecisionState.PROPOSED,
        rules=proposal.rules | {"below": below},
        proposed_at=at,
        proposed_by=by,
    )
    marked = queries.passed_over(
        [
            (row.theme.id, row.rank, row.computed, choice.amount)
            for row, choice in zip(proposal.rows, chosen, strict=True)
        ]
    )
    waiting = places(
        (row.theme.code, row.rank, row.outcome, row.computed, choice.amount)
        for row, choice in zip(proposal.rows, chosen, strict=True)
    )
    locked_rows(type(proposal.rows[0].application), [row.application.id for row in proposal.rows])
    for position, (row, choice) in enumerate(zip(proposal.rows, chosen, strict=True)):
        decision.lines.append(
            DecisionLine(
                application=row.application,
                theme=row.theme,
                position=position + 1,
                rank=row.rank,
                score=row.score,
                asked=row.asked,
                recommended=row.recommended,
                computed=row.computed,
                outcome=row.outcome.value,
                decided=choice.amount,
                reason=choice.reason,
                outside=marked[position],
                waiting=waiting[position] if round.waiting_list else None,
            )
        )
        if choice.amount:
            row.application.state = move("propose", row.application.state)
    db.session.add(decision)
    db.session.flush()
    return decision


def _said(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "lines": {line.application_id: line.decided for line in decision.lines},
        "reasons": {line.application_id: line.reason for line in decision.lines if line.reason},
    }


def decision_blockers(
    proposal: queries.Proposal, round: Round, choices: Mapping[int, Choice], by: Person
) -> list[Blocker]:
    """Everything that stands in the way of this list; the page shows it, the verb refuses with it."""
    found = access.tie_blockers(by, [row.application for row in proposal.rows])
    if not proposal.rows:
        return [*found, Blocker("budget.nothing_ranked")]
    rows = {row.application.id: row for row in proposal.rows}
    for group in proposal.draws:
        found.append(
            Blocker("budget.draw_needed", "", {"projects": [rows[each].application.title for each in group]})
        )
    found += [
        Blocker("budget.not_in_list", "", {"application": each}) for each in choices if each not in rows
    ]
    chosen = _chosen(proposal, choices)
    for row, choice in zip(proposal.rows, chosen, strict=True):
        field, title = f"decided-{row.application.id}", row.application.title
        if choice.amount > row.asked:
            found.append(
                Blocker(
                    "budget.over_asked",
                    field,
                    {
                        "project": title,
                        "asked": row.asked,
                        "amount": choice.amount,
                        "excess": choice.amount - row.asked,
                    },
                )
            )
        elif choice.amount > row.theme.ceiling:
            found.append(
                Blocker(
                    "budget.over_ceiling",
                    field,
                    {
                        "project": title,
                        "ceiling": row.theme.ceiling,
                        "excess": choice.amount - row.theme.ceiling,
                    },
                )
            )
        elif choice.amount and 100 * choice.amount < (round.viable_share or 0) * row.asked:
            share, least = round.viable_share or 0, -(-(round.viable_share or 0) * row.asked // 100)
            facts = {"project": title, "share": share, "least": least, "amount": choice.amount}
            found.append(Blocker("budget.below_viable", field, facts))
        if choice.amount != row.computed and not choice.reason:
            found.append(
                Blocker(
                    "budget.reason_missing",
                    f"reason-{row.application.id}",
                    {"project": title, "computed": row.computed, "amount": choice.amount},
                )
            )
    if not any(choice.amount for choice in chosen):
        found.append(Blocker("budget.nothing_funded"))
    taken = {room.theme.id: room.taken for room in proposal.rooms}
    return found + queries.over(
        round,
        [(row.theme, choice.amount) for row, choice in zip(proposal.rows, chosen, strict=True)],
        taken,
    )


def _chosen(proposal: queries.Proposal, choices: Mapping[int, Choice]) -> list[Choice]:
    return [choices.get(row.application.id, Choice(row.computed)) for row in proposal.rows]


def approve(
    *,
    decision: Decision,
    held_on: date,
    minutes_no: str,
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> Decision:
    """Approve the list as another person than its proposer, naming the meeting: day, minutes number, scan.

    Raises Refused: budget.not_proposed, budget.own_proposal, budget.not_your_role, budget.barred,
    budget.minutes_missing, budget.meeting_in_future.
    """
    _meeting(decision, held_on=held_on, minutes_no=minutes_no, scan=scan, approver=by, by=by, at=at)
    decision.paper = None
    _approved(decision, by=by, at=at)
    trail.say(by, "budget.approve", decision, held_on=held_on, minutes_no=decision.minutes_no)
    return decision


def enter_approval(
    *,
    decision: Decision,
    signer: Person,
    signed_on: date,
    held_on: date,
    minutes_no: str,
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> Paper:
    """Record that the approver signed the list on paper; it counts once another person has checked the entry.

    Raises Refused as `approve` does, about the signer.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.OPERATOR, Role.APPROVER))
    _meeting(decision, held_on=held_on, minutes_no=minutes_no, scan=scan, approver=signer, by=by, at=at)
    decision.paper = people.enter_paper(signer=signer, signed_on=signed_on, scan=decision.scan, by=by, at=at)
    trail.say(by, "budget.enter_approval", decision, signer=signer, held_on=held_on, minutes_no=minutes_no)
    return decision.paper


def check_approval(*, decision: Decision, by: Person, at: datetime) -> Decision:
    """Confirm that the paper says what was entered; the list is then approved by its signer.

    Raises Refused: budget.not_proposed, budget.no_paper, people.same_person.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.APPROVER, Role.FINANCE))
    locked(decision)
    if decision.state is not DecisionState.PROPOSED:
        raise Refused("budget.not_proposed", state=decision.state)
    if decision.paper is None:
        raise Refused("budget.no_paper")
    people.check_paper(paper=decision.paper, by=by, at=at)
    _approved(decision, by=decision.paper.signer, at=at)
    trail.say(by, "budget.check_approval", decision, signer=decision.paper.signer)
    return decision


def _meeting(
    decision: Decision,
    *,
    held_on: date,
    minutes_no: str,
    scan: Staged | None,
    approver: Person,
    by: Person,
    at: datetime,
) -> None:
    locked(decision)
    found = access.approve_blockers(approver, decision)
    found += access.tie_blockers(approver, [line.application for line in decision.lines])
    if decision.state is not DecisionState.PROPOSED:
        found.append(Blocker("budget.not_proposed", "", {"state": decision.state}))
    if not minutes_no.strip():
        found.append(Blocker("budget.minutes_missing", "minutes_no"))
    if held_on > clock.beijing_day(at):
        found.append(Blocker("budget.meeting_in_future", "held_on", {"day": held_on}))
    refuse(found)
    decision.held_on, decision.minutes_no = held_on, minutes_no.strip()
    if scan is not None:
        decision.scan = files.keep(scan, by=by, at=at)


def _approved(decision: Decision, *, by: Person, at: datetime) -> None:
    decision.state, decision.approved_by, decision.approved_at = DecisionState.APPROVED, by, at
    db.session.flush()


def withdraw(*, decision: Decision, reason: str, by: Person, at: datetime) -> Decision:
    """Take the list back: its projects return to review, the list stays readable with the reason.

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.notice_out once it was published,
    budget.withdrawn_already.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.APPROVER))
    locked(decision)
    if decision.state is DecisionState.WITHDRAWN:
        raise Refused("budget.withdrawn_already")
    if (out := queries.notice_of(decision)) is not None:
        raise Refused("budget.notice_out", starts_on=out.starts_on)
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    before = decision.state
    decision.state, decision.withdraw_reason = DecisionState.WITHDRAWN, reason.strip()
    decision.withdrawn_by, decision.withdrawn_at = by, at
    locked_rows(type(decision.lines[0].application), [line.application_id for line in decision.lines])
    for line in decision.lines:
        if line.decided and line.application.state is State.PROPOSED:
            line.application.state = move("take_back", line.application.state)
    db.session.flush()
    trail.say(by, "budget.withdraw_decision", decision, before=before, reason=reason.strip())
    return decision
