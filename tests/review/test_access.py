"""Who sees which application in review: the select and the predicate say the same for everybody."""

from datetime import timedelta
from typing import Any

import make
from sqlalchemy import select

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.review import access
from venture.roles import Role

NOW = make.NOON + timedelta(days=20)


def test_select_and_predicate_agree_for_everybody(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    panel = make.panel(round, 2)
    outsider = make.person(Role.EXPERT)
    barred = make.person(Role.OFFICER)
    applications = [
        make.application(round, by=officer, state=state)
        for state in (State.DRAFT, State.ELIGIBLE, State.IN_REVIEW, State.PROPOSED, State.WITHDRAWN)
    ]
    applicant = make.person(Role.APPLICANT, organization=applications[2].organization)
    for application in applications:
        for person in (panel[0].person, outsider):
            db.session.add(Reader(application_id=application.id, person_id=person.id))
        db.session.add(Barred(application_id=application.id, person_id=barred.id))
    db.session.add(Barred(application_id=applications[3].id, person_id=panel[0].person_id))
    db.session.flush()
    in_review, proposed = applications[2], applications[3]
    may_score = {panel[0].person: {in_review}, panel[1].person: set(), outsider: set(), officer: set()}
    may_see = {officer: {in_review, proposed}, barred: set(), panel[0].person: {in_review}}
    for person, expected in may_score.items():
        listed = {row[0] for row in db.session.execute(access.assigned(person))}
        asked = {each for each in applications if access.may_score(person, each)}
        assert listed == asked == expected
    for person, expected in may_see.items():
        listed = set(db.session.scalars(access.seen(person)))
        asked = {each for each in applications if access.may_see(person, each)}
        assert listed == asked == expected
    both = make.person(Role.APPLICANT, Role.OFFICER, organization=applications[2].organization)
    assert not access.may_see(both, in_review) and access.may_see(both, proposed)
    assert not access.may_see(applicant, in_review) and not access.may_score(applicant, in_review)
    free = select(Application.id).where(access.untied(barred))
    assert db.session.scalars(free).all() == []
