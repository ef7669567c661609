"""People come and go: roles with a first and a last day, stand-ins, handing over, new legal representatives."""

from datetime import date, timedelta
from typing import Any

import make
import pytest
import time_machine
from client import save
from people import scene
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from venture import clock, trail
from venture.db import db
from venture.people import access, actions, queries
from venture.people.models import Grant, Person
from venture.refusal import Refused
from venture.roles import Role

DAY = timedelta(days=1)


def today() -> date:
    return clock.beijing_day(clock.now())


def by(role: Role = Role.ADMINISTRATOR) -> dict[str, Any]:
    """Who acts, and when."""
    return {"by": make.person(role), "at": clock.now()}


def roles_on(person: Person, day: date) -> set[Role]:
    """What the person holds on a day."""
    with time_machine.travel(clock.start_of_day(day) + timedelta(hours=9), tick=False):
        return set(person.roles)


# --- roles for a time ---


def test_an_auditor_holds_the_role_until_the_last_day_and_no_longer(app: Any, enter: Any) -> None:
    administrator, auditor = make.person(Role.ADMINISTRATOR), make.person()
    save()
    browser = enter(administrator)
    sent = {"role": "auditor", "until_on": (today() - DAY).isoformat()}
    assert browser.post(f"/people/{auditor.id}/roles", sent).status_code == 422
    sent["until_on"] = (today() + 2 * DAY).isoformat()
    assert browser.post(f"/people/{auditor.id}/roles", sent | {"confirmed": "1"}).status_code == 303
    inside = enter(auditor)
    for days, status in ((0, 200), (2, 200), (3, 403)):
        with time_machine.travel(clock.now() + days * DAY, tick=False):
            assert inside.get("/organizations").status_code == status, days
    again = sent | {"until_on": ""}
    assert browser.post(f"/people/{auditor.id}/roles", again).status_code == 422, "still held"
    with time_machine.travel(clock.now() + 4 * DAY, tick=False):
        assert browser.post(f"/people/{auditor.id}/roles", again | {"confirmed": "1"}).status_code == 303, (
            "over, so given anew"
        )
        assert inside.get("/organizations").status_code == 303, "a given role ends every sign-in"


def test_an_invitation_may_carry_the_last_day(app: Any) -> None:
    given = {"name": "客", "address": "audit@example.invalid", "role": Role.AUDITOR}
    made, _token = actions.invite(until_on=today() + DAY, **given, **by())
    new = {"name": "客", "mobile": None, "email": "audit@example.invalid", "password_hash": scene.HASH}
    person = actions.accept(invitation=made, at=clock.now(), **new).person
    assert roles_on(person, today() + DAY) == {Role.AUDITOR} and roles_on(person, today() + 2 * DAY) == set()
    with pytest.raises(Refused, match="earlier_day"):
        actions.invite(until_on=today() - DAY, **given, **by())


def test_the_rule_of_days_is_the_same_in_python_and_in_selects(app: Any) -> None:
    person, days = make.person(), [None, *(today() + place * DAY for place in (-2, -1, 0, 1, 2))]
    for place, (begins, ends) in enumerate((a, b) for a in days for b in days):
        if not (begins and ends and ends < begins):
            organization = make.organization()
            grant = Grant(role=Role.APPLICANT, organization=organization, given_at=make.NOON)
            grant.from_on, grant.until_on, grant.person = begins, ends, person
            db.session.add(grant)
        assert place < 40
    db.session.flush()
    found = set(db.session.scalars(select(Grant.id).where(access.holding(today()))))
    assert found == {grant.id for grant in person.grants if grant.holds_on(today())}
    assert 0 < len(found) < len(person.grants)
    assert person.organization_ids == {grant.organization_id for grant in person.live_grants}
    assert queries.people_with(Role.APPLICANT) == [person]


def test_whoever_gets_a_role_later_that_needs_an_authenticator_sets_it_up_at_once(app: Any) -> None:
    absent, deputy = make.person(Role.APPROVER), scene.member()
    actions.stand_in(
        person=absent, deputy=deputy, from_on=today() + DAY, until_on=today() + 3 * DAY, reason="出差", **by()
    )
    save()
    from client import Browser

    assert scene.sign_in(Browser(app), deputy.email).headers["Location"] == "/sign-in/set-up"


# --- stand-ins ---


def test_a_stand_in_acts_for_some_days_as_another_person(app: Any, enter: Any) -> None:
    administrator, absent, deputy = make.person(Role.ADMINISTRATOR), make.person(Role.APPROVER), make.person()
    officer = make.person(Role.OFFICER)
    sent_in = make.application(make.round_(officer), by=officer, state=make.State.SUBMITTED)
    save()
    browser = enter(administrator)
    sent = {
        "deputy": str(deputy.id),
        "from_on": (today() + DAY).isoformat(),
        "until_on": (today() + 2 * DAY).isoformat(),
        "reason": "年休假，AB岗",
    }
    assert browser.post(f"/people/{absent.id}/stand-in", sent | {"until_on": "2018-01-01"}).status_code == 422
    shown = browser.post(f"/people/{absent.id}/stand-in", sent)
    assert shown.status_code == 200 and sent_in.title in shown.page.words, "what the deputy will see"
    assert roles_on(db.session.get_one(Person, deputy.id), today() + DAY) == set()
    assert browser.post(f"/people/{absent.id}/stand-in", sent | {"confirmed": "1"}).status_code == 303
    db.session.expire_all()
    held = [roles_on(deputy, today() + place * DAY) for place in range(4)]
    assert held == [set(), {Role.APPROVER}, {Role.APPROVER}, set()]
    assert roles_on(absent, today() + DAY) == {Role.APPROVER}
    assert absent.name in browser.get(f"/people/{deputy.id}").page.words
    assert browser.post(f"/people/{absent.id}/stand-in", sent).status_code == 422, (
        "nothing more to stand in for"
    )
    with time_machine.travel(clock.now() + DAY, tick=False):
        assert enter(deputy).get("/rounds").status_code == 200


def test_a_stand_in_checks_the_paper_of_another_but_never_their_own(app: Any) -> None:
    officer, deputy = make.person(Role.OFFICER), make.person()
    actions.stand_in(person=officer, deputy=deputy, from_on=today(), until_on=today(), reason="病假", **by())
    paper = actions.enter_paper(signer=officer, signed_on=today(), by=deputy, at=clock.now())
    with pytest.raises(Refused, match="same_person"):
        actions.check_paper(paper=paper, by=deputy, at=clock.now())
    actions.check_paper(paper=paper, by=officer, at=clock.now())
    save()
    with pytest.raises(IntegrityError, match="ck_paper_two_people"):
        db.session.execute(text("UPDATE paper SET checked_by_id = entered_by_id"))
    db.session.rollback()


def test_nobody_stands_in_for_an_expert_for_themselves_or_for_a_stand_in(app: Any) -> None:
    expert, officer, deputy, third = (
        make.person(Role.EXPERT),
        make.person(Role.OFFICER),
        make.person(),
        make.person(),
    )
    term = {"from_on": today(), "until_on": today() + DAY, "reason": "假"}
    with pytest.raises(Refused, match="nothing_to_stand_in"):
        actions.stand_in(person=expert, deputy=deputy, **term, **by())
    with pytest.raises(Refused, match="same_successor"):
        actions.stand_in(person=officer, deputy=officer, **term, **by())
    with pytest.raises(Refused, match="role_not_yours"):
        actions.stand_in(person=officer, deputy=deputy, **term, **by(Role.OFFICER))
    assert len(actions.stand_in(person=officer, deputy=deputy, **term, **by())) == 1
    with pytest.raises(Refused, match="nothing_to_stand_in"):
        actions.stand_in(person=deputy, deputy=third, **term, **by())


# --- handing over ---


def test_roles_go_over_from_a_day_and_what_was_held_is_listed(app: Any, enter: Any) -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    organization = make.organization()
    going = make.person(Role.OFFICER, Role.APPLICANT, organization=organization)
    coming = make.person(name="虚构接任")
    actions.invite(name="虚构待用", address="x@example.invalid", role=Role.EXPERT, by=going, at=clock.now())
    actions.enter_paper(signer=administrator, signed_on=today(), by=going, at=clock.now())
    save()
    browser, inside = enter(administrator), enter(coming)
    page = browser.get(f"/people/{going.id}/hand-over").page.words
    assert organization.name in page and "虚构待用" in page and administrator.name in page
    first = today() + 2 * DAY
    sent = {
        "grant": [str(grant.id) for grant in going.grants],
        "to": str(coming.id),
        "from_on": first.isoformat(),
        "reason": "调离",
    }
    assert browser.post(f"/people/{going.id}/hand-over", sent | {"grant": []}).status_code == 422
    assert browser.post(f"/people/{going.id}/hand-over", sent).status_code == 200, "the page before the act"
    assert browser.post(f"/people/{going.id}/hand-over", sent | {"confirmed": "1"}).status_code == 303
    assert inside.get("/me").status_code == 303
    db.session.expire_all()
    both = {Role.OFFICER, Role.APPLICANT}
    assert [(roles_on(going, day), roles_on(coming, day)) for day in (first - DAY, first)] == [
        (both, set()),
        (set(), both),
    ]
    assert db.session.scalars(select(trail.Event).where(trail.Event.did == "people.hand_over")).one()


def test_handing_over_today_extends_what_the_successor_has_for_a_time(app: Any) -> None:
    going, coming = make.person(Role.OFFICER, Role.FINANCE), make.person()
    actions.stand_in(
        person=going, deputy=coming, from_on=today(), until_on=today() + DAY, reason="假", **by()
    )
    given = {"person": going, "to": coming, "from_on": today(), "reason": "退休"}
    actions.hand_over(grants=list(going.grants), **given, **by())
    assert going.grants == [] and roles_on(coming, today() + 99 * DAY) == {Role.OFFICER, Role.FINANCE}
    assert all(grant.stands_for_id is None for grant in coming.grants)
    for wrong, change in (("same_successor", {"to": going}), ("earlier_day", {"from_on": today() - DAY})):
        with pytest.raises(Refused, match=wrong):
            actions.hand_over(grants=list(coming.grants), **given | change, **by())
    with pytest.raises(Refused, match="nothing_chosen"):
        actions.hand_over(grants=[], **given, **by())


def test_an_administrator_for_a_time_is_not_the_one_who_must_stay(app: Any) -> None:
    last, deputy = make.person(Role.ADMINISTRATOR), make.person()
    given = {"by": last, "at": clock.now()}
    actions.stand_in(
        person=last, deputy=deputy, from_on=today(), until_on=today() + DAY, reason="假", **given
    )
    with pytest.raises(Refused, match="last_administrator"):
        actions.take(grant=last.grants[0], **given)


def test_pages_of_what_somebody_holds_load_in_the_same_statements(
    app: Any, enter: Any, statements: Any
) -> None:
    administrator, person = make.person(Role.ADMINISTRATOR), make.person()
    counts = []
    for more in (1, 30):
        for _row in range(more):
            actions.give(person=person, role=Role.APPLICANT, organization=make.organization(), **by())
            actions.invite(
                name="客", address="x@example.invalid", role=Role.EXPERT, by=administrator, at=clock.now()
            )
        save()
        seen = []
        for who, address in (
            (administrator, f"/people/{person.id}/hand-over"),
            (administrator, f"/people/{administrator.id}/hand-over"),
            (administrator, f"/people/{person.id}"),
            (person, "/me"),
        ):
            browser = enter(who)
            statements.clear()
            assert browser.get(address).status_code == 200
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1]


# --- a new legal representative ---


def test_a_new_legal_representative_leaves_the_one_before_on_record(app: Any, enter: Any) -> None:
    organization = make.organization(legal_representative="虚构前任")
    own = make.person(Role.APPLICANT, organization=organization)
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    save()
    browser, address = enter(own), f"/organizations/{organization.id}/representative"
    sent = {"name": "虚构新任", "position": "理事长", "from_on": today().isoformat(), "reason": "换届"}
    late = (today() + DAY).isoformat()
    assert browser.post(address, sent | {"from_on": late}).status_code == 422
    assert browser.post(address, sent).status_code == 303
    words = browser.get(address, **scene.ENGLISH).page.words
    assert "虚构前任" in words and "虚构新任" in words and today().isoformat() in words
    assert enter(stranger).get(address).status_code == 404
    db.session.rollback()
    (told,) = queries.representatives(organization)
    assert (told.before, told.after, told.from_on) == ("虚构前任", "虚构新任", today())
