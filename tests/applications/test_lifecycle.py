"""The life of an application: the table of moves is whole, and says no in words."""

import pytest

from venture.applications import lifecycle
from venture.applications.lifecycle import MOVES, NotFrom, State
from venture.roles import Role

ROAD = [
    "submit",
    "find_eligible",
    "start_review",
    "propose",
    "give_notice",
    "award",
    "sign",
    "begin",
    "evaluate_midterm",
    "go_on",
    "evaluate_end",
    "audit",
    "close",
]
UNUSED = {State.SHORTLISTED}


def test_the_road_from_draft_to_closure() -> None:
    state = State.DRAFT
    seen = []
    for name in ROAD:
        state = lifecycle.move(name, state)
        seen.append(state.value)
    assert seen == [
        "submitted",
        "eligible",
        "in_review",
        "proposed",
        "on_notice",
        "awarded",
        "contracted",
        "running",
        "midterm",
        "running",
        "final",
        "auditing",
        "closed",
    ]


@pytest.mark.parametrize("name", [move.name for move in MOVES])
@pytest.mark.parametrize("state", State)
def test_each_move_starts_from_its_states_and_no_other(name: str, state: State) -> None:
    (row,) = [move for move in MOVES if move.name == name]
    if state in row.start:
        assert lifecycle.move(name, state) is row.to
    else:
        with pytest.raises(NotFrom) as refusal:
            lifecycle.move(name, state)
        (blocker,) = refusal.value.blockers
        assert blocker.code == "applications.not_from"
        assert blocker.facts == {"move": name, "state": state, "starts": [s for s in State if s in row.start]}


def test_a_move_that_is_not_in_the_table_is_a_mistake_in_the_code() -> None:
    with pytest.raises(KeyError):
        lifecycle.move("teleport", State.DRAFT)


def test_every_state_in_use_is_reached_from_a_draft() -> None:
    reached = {State.DRAFT}
    while more := {move.to for move in MOVES if move.start & reached} - reached:
        reached |= more
    assert set(State) - reached == UNUSED


def test_each_move_is_made_by_roles_that_exist() -> None:
    assert {role for move in MOVES for role in move.who} <= {role.value for role in Role}
    assert all(move.who and move.start for move in MOVES)


def test_buttons_by_role() -> None:
    assert [move.name for move in lifecycle.moves_from(State.DRAFT, Role.APPLICANT)] == ["submit", "withdraw"]
    assert [move.name for move in lifecycle.moves_from(State.SUBMITTED, Role.OPERATOR)] == ["send_back"]
    assert lifecycle.moves_from(State.PROPOSED, Role.EXPERT) == []


def test_the_applicant_may_withdraw_until_the_notice() -> None:
    left = {
        state
        for state in State
        if any(m.name == "withdraw" for m in lifecycle.moves_from(state, "applicant"))
    }
    assert left == {
        State.DRAFT,
        State.SUBMITTED,
        State.RETURNED,
        State.ELIGIBLE,
        State.IN_REVIEW,
        State.NOT_SHORTLISTED,
        State.PROPOSED,
    }


def test_no_state_between_review_and_notice_can_be_told_apart_by_the_applicant() -> None:
    hidden = [State.IN_REVIEW, State.SHORTLISTED, State.NOT_SHORTLISTED, State.PROPOSED]
    assert {lifecycle.applicant_view(state) for state in hidden} == {State.IN_REVIEW}
    assert {state for state in State if lifecycle.applicant_view(state) is not state} == set(hidden[1:])


def test_after_the_notice_all_but_a_proposal_is_shown() -> None:
    changed = [state for state in State if lifecycle.applicant_view(state, published=True) is not state]
    assert changed == [State.PROPOSED]


def test_the_diagram_draws_the_table() -> None:
    drawn = lifecycle.diagram()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> draft\n    draft --> submitted: submit\n")
    assert drawn.count(": ") == sum(len(move.start) for move in MOVES)
    assert drawn.endswith("    cancelled --> [*]\n    terminated --> [*]\n    withdrawn --> [*]\n")


def test_a_state_is_the_text_it_is_stored_as() -> None:
    assert (str(State.IN_REVIEW), f"{State.IN_REVIEW}", State("in_review").label) == ("in_review",) * 2 + (
        "In review",
    )
