"""What an audit firm sees: rounds and single applications assigned to its auditor's grant."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from venture import trail
from venture.applications import queries
from venture.applications.models import Scope
from venture.db import db, locked
from venture.people.models import Grant, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Round


def assign_audit(
    *, grant: Grant, rounds: Sequence[Round], numbers: Sequence[str], reason: str, by: Person, at: datetime
) -> None:
    """Assign to an auditor's grant these rounds and applications (by number), and nothing else from now on.

    Raises Refused: people.role_not_yours, applications.not_bounded, applications.scope_same,
    applications.no_such_number (number, line).
    """
    if not by.holds(Role.ADMINISTRATOR):
        raise Refused("people.role_not_yours", role=Role.AUDITOR)
    locked(grant)
    if not grant.bounded:
        raise Refused("applications.not_bounded")
    found = queries.sent_by_number(numbers)
    missing = [
        Blocker("applications.no_such_number", "numbers", {"number": number, "line": line})
        for line, number in enumerate(numbers, start=1)
        if number not in found
    ]
    if missing:
        raise Refused.all(missing)
    old_rounds, old_single = queries.scope_of(grant)
    before = [round.year for round in old_rounds], [row.number for row in old_single]
    after = sorted(round.year for round in rounds), sorted(set(numbers))
    if before == after:
        raise Refused("applications.scope_same", "numbers")
    db.session.execute(delete(Scope).where(Scope.grant_id == grant.id))
    db.session.add_all(Scope(grant_id=grant.id, round_id=round.id) for round in rounds)
    db.session.add_all(Scope(grant_id=grant.id, application_id=found[number].id) for number in after[1])
    trail.say(
        by,
        "applications.assign_audit",
        grant.person,
        rounds=[before[0], after[0]],
        applications=[before[1], after[1]],
        reason=reason,
    )
