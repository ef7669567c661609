"""Who would see which projects: the rule of sight asked for a person as they would be, before anything is widened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from venture.applications import access
from venture.applications.models import Application, Scope
from venture.db import db
from venture.people.models import Grant, Person
from venture.roles import Role
from venture.rounds.models import Round

NAMED = 20
"""How many projects a preview names."""


@dataclass(frozen=True)
class Gain:
    """What somebody would see and does not see now: how many projects, and the first of those the asker sees too."""

    count: int
    named: Sequence[Application]


def gain(person: Person, roles: Iterable[tuple[Role, int | None]], by: Person) -> Gain:
    """What the person would gain by roles (each with the id of its organization, if any); `by` asks."""
    later = Person(
        id=person.id,
        grants=[
            Grant(
                id=grant.id,
                role=grant.role,
                organization_id=grant.organization_id,
                from_on=grant.from_on,
                until_on=grant.until_on,
                bounded=grant.bounded,
            )
            for grant in person.grants
        ]
        + [Grant(role=role, organization_id=organization, bounded=False) for role, organization in roles],
    )
    return _gain(access.visible(later), person, by)


def gain_by_scope(
    person: Person, rounds: Iterable[Round], applications: Iterable[Application], by: Person
) -> Gain:
    """What the person would gain if these rounds and applications were assigned for audit; `by` asks."""
    reached = or_(
        Application.round_id.in_([round.id for round in rounds]),
        Application.id.in_([application.id for application in applications]),
    )
    sent = select(Application).where(Application.submitted_at.is_not(None), reached)
    return _gain(sent.where(access.unbarred(person)), person, by)


def _gain(later: Select[Application], person: Person, by: Person) -> Gain:
    now = access.visible(person).with_only_columns(Application.id)
    new = later.where(Application.id.not_in(now))
    count = db.session.scalar(select(func.count()).select_from(new.subquery())) or 0
    seen = access.visible(by).with_only_columns(Application.id)
    named = new.where(Application.id.in_(seen)).order_by(Application.number, Application.id).limit(NAMED)
    return Gain(count, db.session.scalars(named).all())


def scope_of(grant: Grant) -> tuple[Sequence[Round], Sequence[Application]]:
    """The rounds and the single applications that are assigned to a grant. Two statements."""
    rounds = select(Round).join(Scope, Scope.round_id == Round.id).where(Scope.grant_id == grant.id)
    single = select(Application).join(Scope, Scope.application_id == Application.id)
    return (
        db.session.scalars(rounds.order_by(Round.year)).all(),
        db.session.scalars(single.where(Scope.grant_id == grant.id).order_by(Application.number)).all(),
    )


def sent_by_number(numbers: Iterable[str]) -> dict[str, Application]:
    """The applications that were sent, by these numbers, whoever asks."""
    found = db.session.scalars(
        select(Application).where(
            Application.number.in_(list(numbers)), Application.submitted_at.is_not(None)
        )
    )
    return {row.number: row for row in found if row.number is not None}
