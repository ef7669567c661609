"""Many buttons to press: drafts that nothing stands in the way of, and instalments that can be requested."""

from datetime import date, timedelta
from typing import Any, TypeVar

import make
import typed
from client import save
from faults.running import Press, Visitor
from sqlalchemy import Select, select

from venture import clock, trail
from venture.applications.models import Application, Attachment, CostLine, Fund, Version
from venture.budget.models import Award, Batch, Payment, PaymentState
from venture.db import db
from venture.people.models import Grant, Person
from venture.roles import Role
from venture.rounds.models import Round
from venture.web import Venture

Read = TypeVar("Read")
EACH = 25
"""How many organizations one applicant acts for here."""


def open_round(**more: Any) -> Round:
    """A round that takes applications today."""
    now = clock.now()
    window = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=1)}
    return make.round_(make.person(Role.OFFICER), **{**window, "papers": [], **more})


def _copied(row: Any, **other: Any) -> Any:
    """A new row like this one but for its id and what is given."""
    table = type(row)
    columns = {column.key for column in table.__mapper__.column_attrs} - {"id"}
    return table(**{key: getattr(row, key) for key in columns} | other)


def drafts(app: Venture, count: int, **more: Any) -> list[Press]:
    """The press of «submit» for as many drafts, each of an organization of its own."""
    round = open_round(**more)
    presses: list[Press] = []
    model: Application | None = None
    person, visitor = None, None
    for place in range(count):
        body = make.organization()
        if place % EACH == 0:
            person = make.person(Role.APPLICANT, organization=body)
            if model is None:
                model = typed.draft(round, body, by=person)
            save()
            visitor = Visitor.of(app, person)
        elif person is not None:
            db.session.add(Grant(person=person, role=Role.APPLICANT, given_at=make.NOON, organization=body))
        assert model is not None and person is not None and visitor is not None
        made = model if place == 0 else _draft_like(model, body.id, person)
        presses.append(
            Press(
                f"/applications/{made.id}/submit",
                visitor,
                {"key": f"press-{made.id}", "version": made.revision},
            )
        )
    save()
    return presses


def _draft_like(model: Application, organization_id: int, person: Person) -> Application:
    made = _copied(model, organization_id=organization_id, created_by_id=person.id, saved_by_id=person.id)
    made.communities = list(model.communities)
    db.session.add(made)
    db.session.flush()
    for kind in (CostLine, Fund, Attachment):
        for row in db.session.scalars(select(kind).where(kind.application_id == model.id).order_by(kind.id)):
            db.session.add(_copied(row, application_id=made.id))
    return made


def _read(statement: Select[tuple[Read]]) -> list[Read]:
    """What is found, without holding on to the database: an open reader would hold every commit on SQLite."""
    found = list(db.session.scalars(statement))
    db.session.expunge_all()
    db.session.rollback()
    return found


def versions_of(press: Press) -> list[Version]:
    """The versions that stand under the key of this press."""
    return _read(select(Version).where(Version.key == press.fields["key"]))


def instalments(app: Venture, count: int, year: int = 2018) -> list[Press]:
    """The press of «request the batch» for as many instalments, each a batch of its own."""
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    round = make.round_(officer, year, total=count * 10000000, allotted=count * 10000000)
    round.themes[0].earmark = round.themes[1].earmark = count * 5000000
    presses = []
    for _ in range(count):
        application = make.application(round, by=officer, state=make.State.ON_NOTICE, asked=1000000)
        award = make.award(application, officer=officer, approver=approver, signed_on=date(2018, 9, 20))
        first = award.instalments[0]
        first.met_on, first.due_on = date(2018, 9, 20), date(2018, 10, 15)
        presses.append((first, award))
    save()
    visitor = Visitor.of(app, officer)
    return [
        Press(
            f"/rounds/{round.year}/payments",
            visitor,
            {"key": f"batch-{part.id}", "take": part.id, "confirmed": "1"},
        )
        for part, _award in presses
    ]


def payments_of(press: Press) -> list[Payment]:
    """The payments that stand for the instalment of this press."""
    return _read(
        select(Payment)
        .join(Payment.batch)
        .where(Batch.key == press.fields["key"], Payment.state != PaymentState.RETURNED)
    )


def attachments() -> list[Attachment]:
    """All that is attached to applications."""
    return _read(select(Attachment))


def pending() -> int:
    """All that is reserved by awards, in fen."""
    return sum(each.pending for each in _read(select(Award)))


def said(did: str) -> int:
    """How many events of this name the trail holds."""
    return len(_read(select(trail.Event).where(trail.Event.did == did)))


def scored(count: int, year: int = 2017) -> int:
    """A round of an earlier year in which five experts have marked so many applications; its year."""
    officer = make.person(Role.OFFICER)
    round = make.round_(officer, year)
    panel = make.panel(round, 5)
    for _ in range(count):
        application = make.application(round, by=officer, state=make.State.IN_REVIEW)
        for seat in panel:
            make.sheet(application, seat, 8000)
    save()
    return year
