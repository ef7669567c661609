"""The people of an organization: leaving it, and a take-over when nobody is left who could invite."""

from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select

from venture import outbox
from venture.db import db
from venture.people import actions, queries
from venture.people.models import Grant, Invitation
from venture.refusal import Refused
from venture.roles import Role
from venture.trail import Event

ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")

    return Scene


def names(scene: Any) -> list[str]:
    return [grant.person.name for grant in queries.members(scene.body)]


def refusal(act: Any, **given: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(at=make.NOON, **given)
    return refused.value.blockers[0].code


def test_one_leaves_and_the_last_one_does_not(scene: Any) -> None:
    other = make.person(Role.APPLICANT, organization=make.organization())
    assert refusal(actions.leave, organization=scene.body, by=other) == "people.not_yours"
    actions.leave(organization=scene.body, by=scene.bert, at=make.NOON)
    assert names(scene) == ["虚构甲"] and scene.bert.organization_ids == set()
    assert refusal(actions.leave, organization=scene.body, by=scene.anna) == "people.last_of_organization"
    assert names(scene) == ["虚构甲"]


def test_leaving_is_confirmed_and_ends_the_sign_in(scene: Any, enter: Any) -> None:
    save()
    browser, home = enter(scene.bert), f"/organizations/{scene.body.id}"
    assert "Leave the organization" in browser.get(home, **ENGLISH).page.words
    assert browser.post(f"{home}/leave", {}).status_code == 200
    assert len(names(scene)) == 2
    assert browser.post(f"{home}/leave", {"confirmed": "1"}).status_code == 303
    assert browser.get(home).status_code == 303  # signed out
    db.session.expire_all()
    assert names(scene) == ["虚构甲"]
    last = enter(scene.anna).post(f"{home}/leave", {"confirmed": "1"}, **ENGLISH)
    assert last.status_code == 422 and "the last one" in last.page.words


def given(scene: Any, **more: Any) -> dict[str, Any]:
    return {
        "organization": scene.body,
        "name": "虚构丙",
        "address": "new@example.invalid",
        "leavers": [],
        "reason": "2018年5月公函，加盖公章（虚构）",
        "by": scene.officer,
        **more,
    }


def test_a_take_over_ends_the_old_and_invites_the_new(scene: Any) -> None:
    own = make.person(Role.OFFICER, Role.APPLICANT, organization=scene.body)
    foreign = make.person(Role.APPLICANT, organization=make.organization())
    for change, code in (
        ({"by": make.person(Role.OPERATOR)}, "people.not_judge"),
        ({"by": own}, "people.own_organization"),
        ({"reason": " "}, "people.no_take_over_reason"),
        ({"leavers": foreign.grants}, "people.nothing_chosen"),
        ({"address": "nothing"}, "people.address"),
    ):
        assert refusal(actions.take_over, **given(scene, **change)) == code
    assert db.session.scalars(select(Invitation)).all() == []
    leavers = [*scene.anna.grants, *scene.bert.grants]
    made, token = actions.take_over(at=make.NOON, **given(scene, leavers=leavers))
    assert token and (made.role, made.organization) == (Role.APPLICANT, scene.body)
    assert names(scene) == [own.name]
    told = db.session.scalars(select(outbox.Message).where(outbox.Message.kind == "people.taken_over")).all()
    assert {message.person_id for message in told} == {scene.anna.id, scene.bert.id}
    save()
    event = db.session.scalars(select(Event).where(Event.did == "people.take_over")).one()
    assert event.facts["gone"] == ["虚构甲", "虚构乙"]


def test_the_page_of_a_take_over(scene: Any, enter: Any) -> None:
    save()
    browser, address = enter(scene.officer), f"/organizations/{scene.body.id}/take-over"
    assert browser.get(address).status_code == 200
    form = {"name": "虚构丙", "address": "new@example.invalid", "leavers": [str(scene.anna.grants[0].id)]}
    assert browser.post(address, form).status_code == 422
    assert (
        browser.post(address, form | {"reason": "公函（虚构）"}).headers["Location"] == "/invitations/issued"
    )
    assert browser.get("/invitations/issued").status_code == 200
    assert db.session.scalars(
        select(Grant.person_id).where(Grant.organization_id == scene.body.id)
    ).all() == [scene.bert.id]
