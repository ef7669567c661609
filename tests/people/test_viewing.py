"""An officer reads as an applicant or expert sees: reading only, in the record, never past a tie or a higher role."""

import contextvars
import re
from typing import Any

import make
import pytest
from client import Browser, save
from house.test_permissions import address
from people import scene
from sqlalchemy import select

from venture import clock, sessions, trail
from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.people import access, actions
from venture.people.models import Person
from venture.roles import Role
from venture.web import Venture

WHY = "来电询问回执在哪里"


class Cast:
    """An officer who will look, an applicant with a draft and a sent application, an expert who reads the sent one."""

    def __init__(self, app: Venture) -> None:
        self.officer, self.body = make.person(Role.OFFICER), make.organization()
        self.round = make.round_(self.officer)
        self.applicant = make.person(Role.APPLICANT, organization=self.body)
        given: dict[str, Any] = {"organization_": self.body, "by": self.applicant}
        self.draft = make.application(self.round, **given)
        self.sent = make.application(self.round, state=State.IN_REVIEW, **given)
        self.expert = make.person(Role.EXPERT)
        make.reader(self.sent, self.expert)
        save()
        self.browser = Browser(app).enter(self.officer)

    def look(self, other: Person, reason: str = WHY) -> Any:
        self.browser.get("/view-as")
        return self.browser.post("/view-as", {"other": other.id, "reason": reason})


@pytest.fixture
def cast(app: Venture) -> Cast:
    return Cast(app)


def same(answer: Any) -> str:
    """A page without the clock in its foot."""
    return re.sub(r"<time.*?</time>|data-left=\"\d+\"", "", answer.get_data(as_text=True))


def told() -> list[tuple[str, int | None, int | None, Any]]:
    found = db.session.scalars(select(trail.Event).where(trail.Event.did.like("people.%_view")))
    return [(each.did, each.person_id, each.object_id, each.facts.get("reason")) for each in found]


def test_pages_are_read_as_the_other_sees_them_until_the_end(cast: Cast) -> None:
    assert cast.browser.get(f"/applications/{cast.draft.id}").status_code == 404
    assert cast.look(cast.applicant).status_code == 303
    page = cast.browser.get(f"/applications/{cast.draft.id}", **scene.ENGLISH)
    assert page.status_code == 200 and cast.applicant.name in page.page.words
    assert f"you read the pages as {cast.applicant.name} sees them" in page.page.words
    assert cast.browser.get("/rounds").status_code == 403, "what the other may not, the officer may not now"
    assert cast.browser.post("/view-as/end").status_code == 303
    assert cast.browser.get(f"/applications/{cast.draft.id}").status_code == 404
    assert cast.browser.get("/rounds").status_code == 200
    assert told() == [
        ("people.begin_view", cast.officer.id, cast.applicant.id, WHY),
        ("people.end_view", cast.officer.id, cast.applicant.id, None),
    ]


def test_nothing_can_be_sent_through_anothers_eyes(cast: Cast, app: Venture) -> None:
    """Every act of the map is refused, also the public ones; nothing is written, and the other stays who they are."""
    cast.look(cast.applicant)
    events = len(db.session.scalars(select(trail.Event.id)).all())
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()) and rule.endpoint != "people.end_view":
            answer = cast.browser.post(address(rule), {"typed": "虚构"}, **scene.ENGLISH)
            assert answer.status_code == 409, rule
            assert "reading through another's eyes" in answer.page.words, rule
    db.session.rollback()
    assert len(db.session.scalars(select(trail.Event.id)).all()) == events
    assert cast.browser.get("/applications").status_code == 200, "still looking"


def test_ones_own_affairs_stay_ones_own(cast: Cast, app: Venture) -> None:
    cast.look(cast.applicant)
    closed = {"/me", "/me/password", "/me/authenticator", "/prove", "/kept", "/invitations/issued"}
    personal = {
        address(rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and app.view_functions[rule.endpoint].rule.personal
    }
    assert personal == closed
    for where in closed:
        assert cast.browser.get(where).status_code == 409, where


def test_what_a_tie_hides_from_the_officer_stays_hidden(cast: Cast) -> None:
    where = f"/applications/{cast.sent.id}"
    cast.look(cast.expert)
    assert cast.browser.get(where).status_code == 200
    db.session.add(Barred(application_id=cast.sent.id, person_id=cast.officer.id))
    db.session.commit()
    barred = cast.browser.get(where)
    missing = cast.browser.get("/applications/999999")
    assert barred.status_code == missing.status_code == 404
    assert same(barred) == same(missing)
    cast.browser.post("/view-as/end")
    cast.look(cast.applicant)
    assert cast.browser.get(where).status_code == 404
    assert cast.sent.title not in cast.browser.get("/applications").page.words


@pytest.mark.parametrize("role", [each for each in Role if each not in access.VIEWED])
def test_never_as_somebody_with_a_higher_role(cast: Cast, role: Role) -> None:
    both = make.person(Role.EXPERT, role, community=make.community())
    save()
    assert cast.look(both).status_code == 422 and told() == []
    assert not access.may_view_as(cast.officer, both)


def test_a_view_ends_with_the_right_to_it_and_with_the_session(cast: Cast, app: Venture) -> None:
    cast.look(cast.applicant)
    administrator = make.person(Role.ADMINISTRATOR)
    applicant = db.session.get_one(Person, cast.applicant.id)
    actions.give(person=applicant, role=Role.OFFICER, by=administrator, at=clock.now())
    save()
    page = cast.browser.get("/rounds", **scene.ENGLISH)
    assert page.status_code == 200 and "you read the pages as" not in page.page.words
    elsewhere = Browser(app).enter(cast.officer)
    assert elsewhere.get("/rounds").status_code == 200, "another sign-in of the officer looks with own eyes"
    sessions.end(cast.officer.id, at=clock.now())
    save()
    assert cast.browser.get("/rounds").status_code == 303


def test_only_officers_and_only_with_a_reason(cast: Cast, app: Venture) -> None:
    assert cast.look(cast.applicant, "  ").status_code == 422 and told() == []
    for role in (Role.APPROVER, Role.EXPERT):
        other = Browser(app).enter(make.person(role))
        assert other.post("/view-as", {"other": cast.applicant.id, "reason": WHY}).status_code == 403


def test_reading_through_anothers_eyes_writes_nothing(cast: Cast, statements: Any, app: Venture) -> None:
    cast.look(cast.expert)
    statements.clear()
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            contextvars.Context().run(cast.browser.client.get, address(rule))
    written = [each for each in statements if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
