"""More time than the closing gives: for all, for one organization, or for single papers of one application."""

from collections.abc import Sequence
from datetime import datetime

from venture import clock, outbox, trail
from venture.applications import access, queries
from venture.applications.actions import step
from venture.applications.models import Application, LateAdmission, LatePaper
from venture.db import db, locked
from venture.people.models import Organization, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import actions as rounds
from venture.rounds.models import PaperKind, Round, RoundState


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
    applications.no_time_now, applications.time_not_later; without an organization as
    `rounds.actions.move_closing`.
    """
    locked(round)
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if not reason.strip():
        raise Refused("applications.no_reason_for_time", "reason")
    if organization is None:
        rounds.move_closing(round=round, closes_at=until, reason=reason, by=by, at=at)
    else:
        _admit(round, organization, until, reason.strip(), by, at)
    for person in queries.recipients(round, organization):
        outbox.post(
            "applications.more_time",
            to=person,
            about=round,
            round=round.name,
            organization=organization.name if organization else "",
            until=clock.limit_text(until),
            reason=reason.strip(),
        )


def may_admit_papers(application: Application, at: datetime) -> bool:
    """Whether late papers are of use to the application: sent, still running, and closed for its own people."""
    return application.state not in queries.ENDED and not queries.papers_open(application, at)


def admit_papers(
    *,
    application: Application,
    kinds: Sequence[PaperKind],
    until: datetime,
    reason: str,
    by: Person,
    at: datetime,
) -> list[LatePaper]:
    """Let an application that was sent hand in these kinds of paper until a moment after the closing.

    What was sent stays as it is; each such paper is marked late, with its moment. The people of the organization are
    told by messages that wait in the outbox. Raises Refused: applications.not_your_role, applications.own_body_time,
    applications.no_reason_for_time, applications.no_kinds, applications.no_late_papers (state),
    applications.papers_open (limit), applications.papers_not_later (limit).
    """
    step.lock(application)
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if access.is_own(by, application.organization):
        raise Refused("applications.own_body_time", "", name=application.organization.name)
    if not reason.strip():
        raise Refused("applications.no_reason_for_time", "reason")
    if not kinds or any(kind.round_id != application.round_id for kind in kinds):
        raise Refused("applications.no_kinds", "kinds")
    if application.state in queries.ENDED:
        raise Refused("applications.no_late_papers", "", state=application.state)
    if queries.papers_open(application, at):
        raise Refused("applications.papers_open", "", limit=queries.limit_of(application))
    later = queries.later_papers(application, at, state=application.state)
    if due := [each.last for each in later if each.kind in kinds and each.last and not each.over]:
        raise Refused("applications.papers_open", "kinds", limit=clock.end_of_day(max(due)))
    given = {kind.id: queries.late_paper(application, kind, at) for kind in kinds}
    latest = max([at, *(row.until_at for row in given.values() if row is not None)])
    if until <= latest:
        raise Refused("applications.papers_not_later", "until", limit=latest)
    made = [
        LatePaper(
            application_id=application.id, kind=kind, until_at=until, reason=reason.strip(), at=at, by=by
        )
        for kind in kinds
    ]
    application.late_papers.extend(made)
    names = [kind.name for kind in kinds]
    trail.say(by, "applications.admit_papers", application, kinds=names, until=until, reason=reason.strip())
    for person in queries.recipients(application.round, application.organization):
        outbox.post(
            "applications.late_papers",
            to=person,
            about=application,
            number=application.number,
            title=application.title,
            kinds=names,
            until=clock.limit_text(until),
            reason=reason.strip(),
        )
    db.session.flush()
    return made


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
