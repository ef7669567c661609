"""Merging two records of one organization, and taking them apart, while no money is on its way to either."""

from collections.abc import Collection
from datetime import datetime

from venture.budget import access, queries
from venture.budget.actions.ledger import refuse
from venture.db import locked
from venture.people import actions as people
from venture.people.models import Merge, Organization, Person
from venture.refusal import Refused
from venture.roles import Role


def merge_organizations(
    *,
    kept: Organization,
    merged: Organization,
    taken: Collection[str],
    reason: str,
    by: Person,
    at: datetime,
) -> Merge:
    """Merge as `people.actions.merge`, unless a payment to either is under way.

    Raises Refused: budget.not_your_role, budget.payments_under_way (projects), people.account_fixed where an account
    would be taken that needs an approval, and what that one raises.
    """
    _still(by, kept, merged)
    if kept.account_fixed and kept.account_no and set(taken) & {"account_name", "bank", "account_no"}:
        raise Refused("people.account_fixed", name=kept.name)
    return people.merge(kept=kept, merged=merged, taken=taken, reason=reason, by=by, at=at)


def unmerge_organizations(*, merge: Merge, reason: str, by: Person, at: datetime) -> list[str]:
    """Take apart as `people.actions.unmerge`, under the same rule."""
    _still(by, merge.kept, merge.merged)
    return people.unmerge(merge=merge, reason=reason, by=by, at=at)


def _still(by: Person, *bodies: Organization) -> None:
    refuse(access.role_blockers(by, Role.OFFICER))
    for body in sorted(bodies, key=lambda one: one.id):
        locked(body)
    if under_way := queries.projects_under_way(bodies):
        raise Refused("budget.payments_under_way", "", projects=under_way)
