"""More time than the closing gives: for all, or for one organization."""

from datetime import datetime

from venture import clock, outbox, trail
from venture.applications import access, queries
from venture.applications.models import LateAdmission
from venture.db import db, locked
from venture.people.models import Organization, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import actions as rounds
from venture.rounds.models import Round, RoundState


def give_time(
    *,
    round: Round,
    organization: Organization | None,
    until: datetime,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    """Take applications until a later moment: of one organization, or, without one, of all while the round is open.

    The people concerned are told by messages that wait in the outbox. Raises Refused:
    applications.not_your_role, applications.own_body_time, applications.no_reason_for_time,
    applications.no_time_now, applications.time_not_later; without an organization what rounds.actions.correct raises.
    """
    locked(round)
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if not reason.strip():
        raise Refused("applications.no_reason_for_time", "reason")
    if organization is None:
        rounds.correct(round=round, field="closes_at", value=until, reason=reason, by=by, at=at)
    else:
        _admit(round, organization, until, reason.strip(), by, at)
    for person in queries.recipients(round, organization):
        outbox.post(
            "applications.more_time",
            to=person,
            about=round,
            round=round.name,
            organization=organization.name if organization else "",
            until=clock.beijing(until).strftime("%Y-%m-%d %H:%M:%S"),
            reason=reason.strip(),
        )


def _admit(
    round: Round, organization: Organization, until: datetime, reason: str, by: Person, at: datetime
) -> None:
    if access.is_own(by, organization):
        raise Refused("applications.own_body_time", "organization", name=organization.name)
    if round.state not in (RoundState.OPEN, RoundState.CLOSED):
        raise Refused("applications.no_time_now", "", state=round.state)
    before = queries.closing_for(round, organization)
    if until <= max(at, before):
        raise Refused("applications.time_not_later", "until", closes_at=before)
    db.session.add(
        LateAdmission(
            round_id=round.id, organization=organization, until_at=until, reason=reason, at=at, by=by
        )
    )
    trail.say(
        by,
        "applications.admit_late",
        round,
        organization=organization.name,
        before=before,
        until=until,
        reason=reason,
    )
    db.session.flush()
