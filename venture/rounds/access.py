"""Who plans a round, moves it on, and approves a move of its money."""

from venture.people.models import Person
from venture.roles import Role
from venture.rounds.models import MoveState, ThemeMove

PLANNERS = (Role.OFFICER, Role.ADMINISTRATOR)
"""Those who make rounds, set them up, open, close and finish them, and propose moves of money."""


def may_plan(person: Person) -> bool:
    """Whether the person makes and runs rounds."""
    return person.holds(*PLANNERS)


def may_approve(person: Person, move: ThemeMove) -> bool:
    """Whether the person may approve this move: an approver who is not the one who proposed it."""
    return (
        move.state is MoveState.PROPOSED and person.holds(Role.APPROVER) and person.id != move.proposed_by_id
    )
