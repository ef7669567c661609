"""Two records of one organization made one, field by field, and taken apart again; nothing else is rewritten."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from venture import sessions, trail
from venture.db import db, locked
from venture.people import access, queries
from venture.people.actions.organizations import PROFILE
from venture.people.actions.roles import add, remove
from venture.people.models import Grant, Merge, Organization, Person
from venture.refusal import Refused
from venture.roles import Role

MERGED = (*PROFILE, "account_name", "bank", "account_no")
"""The fields that are chosen one by one; the credit code is that of the record that stays."""


def merge(
    *,
    kept: Organization,
    merged: Organization,
    taken: Collection[str],
    reason: str,
    by: Person,
    at: datetime,
) -> Merge:
    """Let `merged` be another name of `kept`, which takes these fields (of `MERGED`) from it.

    Whoever acts for one acts for both from then on. Whether money is under way is asked by the caller
    (`budget.actions.merge_organizations`). Raises Refused: people.not_judge, people.own_organization,
    people.merge_same, people.merged_already (name), people.merge_others (name), people.no_merge_reason.
    """
    for each in sorted((kept, merged), key=lambda one: one.id):
        locked(each)
    _may(by, kept, merged)
    if kept.id == merged.id:
        raise Refused("people.merge_same", "other")
    for each in (kept, merged):
        if each.merged_into_id is not None:
            raise Refused("people.merged_already", "other", name=each.name)
    if queries.merged_records(merged):
        raise Refused("people.merge_others", "other", name=merged.name)
    if not reason.strip():
        raise Refused("people.no_merge_reason", "reason")
    if unknown := set(taken) - set(MERGED):
        raise ValueError(f"not fields that can be taken: {unknown}")
    changes = {
        name: [trail.plain(getattr(kept, name)), trail.plain(getattr(merged, name))]
        for name in MERGED
        if name in taken and getattr(kept, name) != getattr(merged, name)
    }
    for name in changes:
        setattr(kept, name, getattr(merged, name))
    merged.merged_into_id = kept.id
    given = [*_join(kept, merged, by, at), *_join(merged, kept, by, at)]
    made = Merge(
        kept=kept,
        merged=merged,
        taken=changes,
        grants=[grant.id for grant in given],
        reason=reason.strip(),
        at=at,
        by=by,
        undone_at=None,
        undone_by=None,
        undone_reason="",
    )
    db.session.add(made)
    db.session.flush()
    said = {"merged": merged, "merged_code": merged.credit_code, "reason": made.reason}
    trail.say(by, "people.merge", kept, **said, taken=changes)
    return made


def unmerge(*, merge: Merge, reason: str, by: Person, at: datetime) -> list[str]:
    """Take the two records apart: fields taken go back, but for those changed since, which are named in the answer.

    Raises Refused: people.not_judge, people.own_organization, people.unmerged_already, people.no_merge_reason,
    people.code_taken (name).
    """
    kept, merged = merge.kept, merge.merged
    for each in sorted((kept, merged), key=lambda one: one.id):
        locked(each)
    locked(merge)
    _may(by, kept, merged)
    if merge.undone_at is not None:
        raise Refused("people.unmerged_already")
    if not reason.strip():
        raise Refused("people.no_merge_reason", "reason")
    holder = db.session.scalar(
        select(Organization).where(
            Organization.credit_code == merged.credit_code, Organization.merged_into_id.is_(None)
        )
    )
    if holder is not None:
        raise Refused("people.code_taken", "", code=merged.credit_code, name=holder.name, id=holder.id)
    stay = [name for name, (_, after) in merge.taken.items() if trail.plain(getattr(kept, name)) != after]
    for name, (before, _) in merge.taken.items():
        if name not in stay:
            setattr(kept, name, _value(name, before))
    merged.merged_into_id = None
    for grant in db.session.scalars(select(Grant).where(Grant.id.in_(merge.grants))):
        person = grant.person
        remove(grant)
        sessions.end(person.id, at=at)
    merge.undone_at, merge.undone_by, merge.undone_reason = at, by, reason.strip()
    db.session.flush()
    trail.say(by, "people.unmerge", kept, merged=merged, reason=reason.strip(), stay=stay)
    return stay


def _may(by: Person, *bodies: Organization) -> None:
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    for body in bodies:
        if body.id in by.organization_ids:
            raise Refused("people.own_organization", "", name=body.name)


def _join(one: Organization, other: Organization, by: Person, at: datetime) -> list[Grant]:
    """Let those who act for `one` act for `other` too; the grants that it took."""
    made = []
    for grant in queries.members(one):
        if other.id not in grant.person.organization_ids:
            first, last = grant.from_on, grant.until_on
            made.append(
                add(grant.person, Role.APPLICANT, other, None, from_on=first, until_on=last, by=by, at=at)
            )
    return made


def _value(name: str, plain: Any) -> Any:
    """A field's value as it was before it went through the record."""
    kind = Organization.__table__.columns[name].type.python_type
    return kind.fromisoformat(plain) if plain is not None and hasattr(kind, "fromisoformat") else plain
