"""The people of an organization: one leaves it; the bureau lets somebody else take it over."""

from collections.abc import Sequence
from datetime import datetime

from venture import outbox, sessions, trail
from venture.db import db, locked
from venture.people import access, queries
from venture.people.actions.invitations import invite
from venture.people.actions.roles import remove
from venture.people.models import Grant, Invitation, Organization, Person
from venture.refusal import Refused
from venture.roles import Role


def leave(*, organization: Organization, by: Person, at: datetime) -> None:
    """Act for the organization no longer; what was written stays with it, and every sign-in of the person ends.

    Raises Refused: people.not_yours, people.last_of_organization (name).
    """
    locked(organization)
    grant = next((each for each in by.grants if each.organization_id == organization.id), None)
    if grant is None:
        raise Refused("people.not_yours", name=organization.name)
    if all(each.person_id == by.id for each in queries.members(organization)):
        raise Refused("people.last_of_organization", "", name=organization.name)
    trail.say(by, "people.leave", organization)
    remove(grant)
    sessions.end(by.id, at=at)


def take_over(
    *,
    organization: Organization,
    name: str,
    address: str,
    leavers: Sequence[Grant],
    reason: str,
    by: Person,
    at: datetime,
) -> tuple[Invitation, str]:
    """Let a new person act for an organization, instead of those whose grants are named, who are told.

    For when nobody is left who could invite: the reason says by which paper the organization asked for it. Gives the
    invitation and its secret token, as `invite`, and raises what it raises. Raises Refused: people.not_judge,
    people.own_organization, people.no_take_over_reason, people.nothing_chosen.
    """
    locked(organization)
    if not access.may_judge(by):
        raise Refused("people.not_judge")
    if organization.id in by.organization_ids:
        raise Refused("people.own_organization", "", name=organization.name)
    if not reason.strip():
        raise Refused("people.no_take_over_reason", "reason")
    if any(grant.organization_id != organization.id for grant in leavers):
        raise Refused("people.nothing_chosen", "leavers")
    given = {"name": name, "address": address, "role": Role.APPLICANT, "organization": organization}
    made, token = invite(**given, by=by, at=at)  # type: ignore[arg-type]  # one table of arguments, each of its type
    gone = [grant.person for grant in leavers]
    trail.say(
        by,
        "people.take_over",
        organization,
        to=name.strip(),
        gone=[each.name for each in gone],
        reason=reason,
    )
    for grant, person in zip(leavers, gone, strict=True):
        remove(grant)
        sessions.end(person.id, at=at)
        outbox.post(
            "people.taken_over", to=person, about=organization, organization=organization.name, reason=reason
        )
    db.session.flush()
    return made, token
