"""The life of an application: its states and the one table of moves between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from venture.refusal import Refused
from venture.words import N_, Word


class State(Word):
    """Where an application stands; some states only occur in rounds that have a shortlist or an audit."""

    DRAFT = "draft", N_("Draft")
    SUBMITTED = "submitted", N_("Submitted")
    RETURNED = "returned", N_("Sent back for changes")
    ELIGIBLE = "eligible", N_("Eligible")
    INELIGIBLE = "ineligible", N_("Not eligible")
    IN_REVIEW = "in_review", N_("In review")
    SHORTLISTED = "shortlisted", N_("Shortlisted")
    NOT_SHORTLISTED = "not_shortlisted", N_("Not shortlisted")
    PROPOSED = "proposed", N_("Proposed for award")
    ON_NOTICE = "on_notice", N_("On public notice")
    AWARDED = "awarded", N_("Awarded")
    CANCELLED = "cancelled", N_("Award cancelled")
    REVISING = "revising", N_("Under revision before contract")
    CONTRACTED = "contracted", N_("Agreement signed")
    RUNNING = "running", N_("Running")
    SUSPENDED = "suspended", N_("Suspended")
    MIDTERM = "midterm", N_("Midterm evaluation")
    FINAL = "final", N_("Final evaluation")
    AUDITING = "auditing", N_("Under audit")
    CLOSED = "closed", N_("Closed")
    TERMINATED = "terminated", N_("Terminated")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


@dataclass(frozen=True)
class Move:
    """One way forward: its name, the states it starts from, where it leads, the roles that may make it."""

    name: str
    start: frozenset[State]
    to: State
    who: frozenset[str]


def _move(name: str, start: Sequence[State], to: State, *who: str) -> Move:
    return Move(name, frozenset(start), to, frozenset(who))


_S = State
MOVES: tuple[Move, ...] = (
    _move("submit", [_S.DRAFT, _S.RETURNED], _S.SUBMITTED, "applicant"),
    _move("resend", [_S.SUBMITTED], _S.SUBMITTED, "applicant"),
    _move("send_back", [_S.SUBMITTED], _S.RETURNED, "operator", "officer"),
    _move("find_eligible", [_S.SUBMITTED], _S.ELIGIBLE, "officer"),
    _move("find_ineligible", [_S.SUBMITTED, _S.RETURNED], _S.INELIGIBLE, "officer"),
    _move("reopen_check", [_S.ELIGIBLE, _S.INELIGIBLE], _S.SUBMITTED, "officer"),
    _move("start_review", [_S.ELIGIBLE], _S.IN_REVIEW, "operator", "officer"),
    _move("pass_over", [_S.IN_REVIEW], _S.NOT_SHORTLISTED, "officer"),
    _move("propose", [_S.IN_REVIEW, _S.NOT_SHORTLISTED], _S.PROPOSED, "officer"),
    _move("take_back", [_S.PROPOSED, _S.NOT_SHORTLISTED], _S.IN_REVIEW, "officer"),
    _move("give_notice", [_S.PROPOSED], _S.ON_NOTICE, "officer", "approver"),
    _move("award", [_S.ON_NOTICE], _S.AWARDED, "approver"),
    _move("revise", [_S.AWARDED], _S.REVISING, "officer"),
    _move("cancel", [_S.ON_NOTICE, _S.AWARDED, _S.REVISING], _S.CANCELLED, "approver"),
    _move("sign", [_S.AWARDED, _S.REVISING], _S.CONTRACTED, "officer"),
    _move("begin", [_S.CONTRACTED], _S.RUNNING, "officer", "applicant"),
    _move("suspend", [_S.CONTRACTED, _S.RUNNING], _S.SUSPENDED, "approver"),
    _move("resume", [_S.SUSPENDED], _S.RUNNING, "approver"),
    _move("evaluate_midterm", [_S.CONTRACTED, _S.RUNNING], _S.MIDTERM, "operator", "officer"),
    _move("go_on", [_S.MIDTERM], _S.RUNNING, "officer", "approver"),
    _move("evaluate_end", [_S.CONTRACTED, _S.RUNNING, _S.MIDTERM], _S.FINAL, "operator", "officer"),
    _move("audit", [_S.FINAL], _S.AUDITING, "officer", "approver"),
    _move("close", [_S.RUNNING, _S.FINAL, _S.AUDITING], _S.CLOSED, "officer"),
    _move("reopen", [_S.CLOSED], _S.AUDITING, "approver"),
    _move(
        "terminate",
        [_S.CONTRACTED, _S.RUNNING, _S.SUSPENDED, _S.MIDTERM, _S.FINAL, _S.AUDITING],
        _S.TERMINATED,
        "approver",
    ),
    _move(
        "withdraw",
        [_S.DRAFT, _S.SUBMITTED, _S.RETURNED, _S.ELIGIBLE, _S.IN_REVIEW, _S.NOT_SHORTLISTED, _S.PROPOSED],
        _S.WITHDRAWN,
        "applicant",
    ),
)
"""Every move there is. `venture.roles` names the roles; whose application it is, `access` says."""

_BY_NAME = {move.name: move for move in MOVES}


class NotFrom(Refused):
    """The move does not start from this state; facts: move, state and the states it does start from."""

    def __init__(self, name: str, state: State) -> None:
        starts = [start for start in State if start in _BY_NAME[name].start]
        super().__init__("applications.not_from", move=name, state=state, starts=starts)


def move(name: str, state: State) -> State:
    """The state that the move leads to. Raises NotFrom, or KeyError for a name that is not in the table."""
    if state not in _BY_NAME[name].start:
        raise NotFrom(name, state)
    return _BY_NAME[name].to


def moves_from(state: State, role: str) -> list[Move]:
    """The moves that a holder of this role may make from here, in the table's order."""
    return [move for move in MOVES if state in move.start and role in move.who]


_UNTIL_PUBLISHED = frozenset({State.SHORTLISTED, State.NOT_SHORTLISTED})


def applicant_view(state: State, *, published: bool = False, passed_over: bool = False) -> State:
    """What the applicant is shown: «in review» until the round's result is `published` by its notice.

    A proposal (拟立项) is never shown, nor is being passed over before the notice: one would tell the other. Whom a
    notice has `passed_over` is shown so until another one lists it, whatever is proposed meanwhile.
    """
    if passed_over and state in (State.IN_REVIEW, State.PROPOSED, *_UNTIL_PUBLISHED):
        return State.NOT_SHORTLISTED
    if state is State.PROPOSED or (state in _UNTIL_PUBLISHED and not published):
        return State.IN_REVIEW
    return state


def diagram() -> str:
    """The table of moves as a Mermaid state diagram for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for each in MOVES:
        lines += [f"    {start} --> {each.to}: {each.name}" for start in State if start in each.start]
    left = {start for each in MOVES for start in each.start}
    reached = [state for state in State if any(each.to is state for each in MOVES)]
    lines += [f"    {state} --> [*]" for state in reached if state not in left]
    return "\n".join(lines) + "\n"
