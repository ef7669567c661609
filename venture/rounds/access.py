"""Who plans a round, moves it on, approves a move of its money, and proposes needs for it."""

from venture.people.models import Community, Person
from venture.roles import Role
from venture.rounds.models import MoveState, ThemeMove

PLANNERS = (Role.OFFICER, Role.ADMINISTRATOR)
"""Those who make rounds, set them up, open, close and finish them, and propose moves of money."""
HOSTS = (Role.OPERATOR, Role.OFFICER, Role.ADMINISTRATOR)
"""Those who enter briefings and who came to them."""


def may_plan(person: Person) -> bool:
    """Whether the person makes and runs rounds."""
    return person.holds(*PLANNERS)


def may_approve(person: Person, move: ThemeMove) -> bool:
    """Whether the person may approve this move: an approver who is not the one who proposed it."""
    return (
        move.state is MoveState.PROPOSED and person.holds(Role.APPROVER) and person.id != move.proposed_by_id
    )


def may_propose(person: Person, community: Community) -> bool:
    """Whether the person proposes needs of this community: its clerk, or an officer on its behalf."""
    return person.holds(Role.OFFICER) or (person.holds(Role.CLERK) and community.id in person.community_ids)
