"""Who may see and keep the matters of which communities."""

from sqlalchemy import Select, false, select

from venture.deliberation.models import Matter
from venture.people.models import Community, Person
from venture.roles import STAFF, Role

READERS = (*STAFF, Role.CLERK)
"""Those for whom the pages of communities and matters are made."""
RECORDERS = (Role.CLERK, Role.OFFICER)
"""Those who keep a matter's record: the community itself, or an officer on its behalf."""
REGISTER = (Role.OFFICER, Role.ADMINISTRATOR)
"""Those who keep the register of communities and the declared totals."""


def visible(person: Person) -> Select[Matter]:
    """The matters that the person may read: staff all, a clerk those of the own communities, others none."""
    if person.holds(*STAFF):
        return select(Matter)
    own = person.community_ids
    return select(Matter).where(Matter.community_id.in_(own) if own else false())


def may_see(person: Person, matter: Matter) -> bool:
    """The same rule for one matter."""
    return person.holds(*STAFF) or matter.community_id in person.community_ids


def visible_communities(person: Person) -> Select[Community]:
    """The communities whose pages the person may open: staff all, a clerk the own ones."""
    if person.holds(*STAFF):
        return select(Community)
    own = person.community_ids
    return select(Community).where(Community.id.in_(own) if own else false())


def may_record(person: Person, community_id: int) -> bool:
    """Who keeps the matters of this community: its clerk, or an officer on its behalf."""
    return person.holds(Role.OFFICER) or community_id in person.community_ids


def may_register(person: Person) -> bool:
    """Who keeps the register of communities and the declared totals."""
    return person.holds(*REGISTER)
