"""Who sees an application: the select and the predicate agree, and both hide what must be hidden."""

import random
from typing import Any

import make
import pytest

from venture.applications import access, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.people.models import Person
from venture.roles import STAFF, Role


def both(person: Person, application: Application) -> bool:
    """The answer, given twice alike."""
    listed = db.session.scalar(access.visible(person).where(Application.id == application.id)) is not None
    assert access.may_see(person, application) == listed
    return listed


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer)
        body = make.organization()
        applicant = make.person(Role.APPLICANT, organization=body)
        draft = make.application(round, organization_=body, by=applicant)
        sent = make.application(round, organization_=body, by=applicant, state=State.SUBMITTED)

    return Scene


@pytest.mark.parametrize("role", STAFF)
def test_staff_see_what_was_sent_and_no_drafts(scene: Any, role: Role) -> None:
    person = make.person(role)
    assert both(person, scene.sent) and not both(person, scene.draft)


def test_applicants_see_their_own(scene: Any) -> None:
    other = make.person(Role.APPLICANT, organization=make.organization())
    assert both(scene.applicant, scene.draft) and both(scene.applicant, scene.sent)
    assert not both(other, scene.draft) and not both(other, scene.sent)


def test_readers_see_what_was_sent_and_nobody_else(scene: Any) -> None:
    expert, clerk = make.person(Role.EXPERT), make.person(Role.CLERK, community=make.community())
    assert not both(expert, scene.sent) and not both(clerk, scene.sent)
    for row in (scene.sent, scene.draft):
        db.session.add(Reader(application_id=row.id, person_id=expert.id))
    assert both(expert, scene.sent) and not both(expert, scene.draft)


@pytest.mark.parametrize("who", ["officer", "applicant", "expert"])
def test_whom_a_tie_bars_sees_nothing(scene: Any, who: str) -> None:
    expert = make.person(Role.EXPERT)
    db.session.add(Reader(application_id=scene.sent.id, person_id=expert.id))
    person = {"officer": scene.officer, "applicant": scene.applicant, "expert": expert}[who]
    assert both(person, scene.sent)
    db.session.add(Barred(application_id=scene.sent.id, person_id=person.id))
    assert not both(person, scene.sent)
    assert queries.one(scene.sent.id, person) is None


def test_a_draft_from_paper_is_seen_by_who_enters_it(scene: Any) -> None:
    colleague = make.person(Role.OFFICER)
    paper = make.application(
        scene.round, organization_=scene.body, by=scene.officer, signed_by_id=scene.applicant.id
    )
    assert both(scene.officer, paper) and both(scene.applicant, paper) and not both(colleague, paper)
    assert access.may_edit(scene.officer, paper) and not access.may_edit(scene.officer, scene.sent)


@pytest.mark.parametrize("seed", range(6))
def test_select_and_predicate_agree_everywhere(scene: Any, seed: int) -> None:
    """Any mix of roles, organizations, readers, ties and states."""
    chance = random.Random(seed)
    bodies = [scene.body, make.organization()]
    town = make.community()
    people = []
    for _ in range(8):
        roles = set(chance.sample(list(Role), chance.randint(0, 3)))
        people.append(make.person(*roles, organization=chance.choice(bodies), community=town))
    rows = [
        make.application(
            scene.round,
            organization_=chance.choice(bodies),
            by=(by := chance.choice(people)),
            state=chance.choice(list(State)),
            signed_by_id=chance.choice([None, *(each.id for each in people if each is not by)]),
        )
        for _ in range(12)
    ]
    for table in (Reader, Barred):
        pairs = {(chance.choice(rows).id, chance.choice(people).id) for _ in range(15)}
        db.session.add_all(table(application_id=row, person_id=who) for row, who in pairs)
    db.session.flush()
    seen = {(person.id, row.id) for person in people for row in rows if both(person, row)}
    for person in people:
        listed = {row.id for row in db.session.scalars(access.visible(person))}
        assert {(person.id, id) for id in listed & {row.id for row in rows}} == {
            pair for pair in seen if pair[0] == person.id
        }


def test_an_organization_finds_its_own_without_reading_the_whole_table(scene: Any, engine: str) -> None:
    if engine != "sqlite":
        pytest.skip("the plan is SQLite's")
    asked = access.visible(scene.applicant).compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = [step for *_, step in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {asked}"))]
    assert [step for step in plan if step.startswith("SCAN application")] == []
