"""Invitations to a panel: only who accepts gets a seat, with pledge and interests; every way back, every refusal."""

from datetime import date, timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from venture import clock, trail
from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.outbox import Delivery, Message
from venture.people import actions as people
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.conflicts import Ground
from venture.review.defaults import PLEDGE
from venture.review.models import Answer, PanelInvitation, Panelist, PoolState, Tie
from venture.roles import Role

NOW = make.NOON + timedelta(days=20)
LAST = clock.beijing_day(NOW) + timedelta(days=3)


def codes(refused: Any) -> list[str]:
    return [blocker.code.partition(".")[2] for blocker in refused.value.blockers]


class Scene:
    """A round to which two organizations applied, an officer, and experts of the pool; the first is invited."""

    def __init__(self, experts: int = 3) -> None:
        self.officer = make.person(Role.OFFICER, name="虚构经办")
        self.other = make.person(Role.OFFICER, name="虚构另一经办")
        self.round = make.round_(self.officer)
        self.bodies = [make.organization(name=f"虚构中心{n}") for n in "乙甲"]
        self.sent = [
            make.application(
                self.round,
                organization_=body,
                theme=self.round.themes[1],
                by=self.officer,
                state=State.ELIGIBLE,
            )
            for body in self.bodies
        ]
        self.people = [make.person(Role.EXPERT, name=f"虚构专家{n}") for n in range(experts)]
        self.experts = actions.take_in(people=self.people, by=self.officer, at=NOW)
        (self.invitation,) = self.invite(self.people[0])
        save()

    def invite(self, *people: Person, on: date = LAST) -> list[PanelInvitation]:
        return actions.invite(
            round=self.round, people=list(people), answer_by_on=on, pledge=PLEDGE, by=self.officer, at=NOW
        )

    def accept(self, **more: Any) -> Panelist:
        given: dict[str, Any] = {"interests": {}, "by": self.people[0], "at": NOW}
        return actions.accept(invitation=self.invitation, **{**given, **more})

    def seats(self) -> list[int]:
        return [each.panelist.person_id for each in queries.panel(self.round)]


def messages(kind: str) -> list[tuple[str, Delivery]]:
    rows = db.session.scalars(select(Message).where(Message.kind == f"review.{kind}").order_by(Message.id))
    return [(row.name, row.state) for row in rows]


def test_who_accepts_gets_a_seat_and_interests_hide_what_they_concern(app: Any) -> None:
    scene = Scene()
    assert scene.seats() == [] and messages("invited") == [("虚构专家0", Delivery.HELD)]
    seat = scene.accept(interests={scene.bodies[0].id: "去年为其授课"})
    assert messages("invited") == [("虚构专家0", Delivery.WITHDRAWN)], "there is nothing to ask any more"
    assert (seat.number, seat.invitation_id, scene.seats()) == (1, scene.invitation.id, [scene.people[0].id])
    ties = [(tie.application_id, tie.ground, tie.note) for tie in db.session.scalars(select(Tie))]
    assert ties == [(scene.sent[0].id, Ground.DECLARED, "去年为其授课")]
    assert db.session.scalars(select(Barred.application_id)).all() == [scene.sent[0].id]
    begun = actions.begin(round=scene.round, by=scene.officer, at=NOW)
    assert len(begun) == 2
    assert queries.proposal(scene.sent[0].id, scene.people[0]) is None
    assert queries.proposal(scene.sent[1].id, scene.people[0]) is not None
    save()
    (said,) = [event for event in trail.history(scene.invitation) if event.did == "review.accept"]
    assert said.facts == {"pledge": PLEDGE, "interests": [scene.bodies[0].id]}
    assert said.person_id == scene.people[0].id


def test_further_interests_are_declared_after_the_acceptance(app: Any) -> None:
    scene = Scene()
    scene.accept()
    assert [body.id for body in queries.interests(scene.invitation)] == [each.id for each in scene.bodies]
    given: dict[str, Any] = {"invitation": scene.invitation, "by": scene.people[0], "at": NOW}
    with pytest.raises(Refused) as refused:
        actions.declare(interests={scene.bodies[1].id: " "}, **given)
    assert codes(refused) == ["no_interest_note"]
    with pytest.raises(Refused) as refused:
        actions.declare(interests={}, **given)
    assert codes(refused) == ["no_interest"]
    actions.declare(interests={scene.bodies[1].id: "亲属任职", make.organization().id: "与本届无关"}, **given)
    assert queries.declared(scene.invitation) == [scene.bodies[1].name]
    assert queries.interests(scene.invitation) == [scene.bodies[0]]
    with pytest.raises(Refused) as refused:
        actions.declare(interests={scene.bodies[0].id: "虚构"}, **{**given, "by": scene.people[1]})
    assert codes(refused) == ["not_your_invitation"]


def test_an_answer_is_given_once_in_time_and_by_the_person_asked(app: Any) -> None:
    scene = Scene()
    last = clock.end_of_day(LAST)
    for more, code in (
        ({"by": scene.people[1]}, "not_your_invitation"),
        ({"at": last}, "answer_late"),
    ):
        with pytest.raises(Refused) as refused:
            scene.accept(**more)
        assert codes(refused) == [code]
    with pytest.raises(Refused) as refused:
        actions.decline(invitation=scene.invitation, reason=" ", by=scene.people[0], at=NOW)
    assert codes(refused) == ["no_reason"] and scene.seats() == []
    scene.accept(at=last - timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        actions.decline(invitation=scene.invitation, reason="虚构", by=scene.people[0], at=NOW)
    assert codes(refused) == ["answered_already"]


def test_whoever_was_blocked_meanwhile_does_not_get_the_seat(app: Any) -> None:
    scene = Scene()
    actions.set_state(
        expert=scene.experts[0], state=PoolState.BLOCKED, reason="虚构", by=scene.officer, at=NOW
    )
    with pytest.raises(Refused) as refused:
        scene.accept()
    assert codes(refused) == ["not_invitable"] and scene.seats() == []


def test_a_substitute_comes_once_in_the_place_of_who_declined_or_did_not_answer(app: Any) -> None:
    scene = Scene(4)
    (late,) = scene.invite(scene.people[1])
    given: dict[str, Any] = {"answer_by_on": LAST + timedelta(days=9), "by": scene.officer}
    with pytest.raises(Refused) as refused:
        actions.replace(invitation=scene.invitation, person=scene.people[2], at=NOW, **given)
    assert codes(refused) == ["not_replaceable"]
    actions.decline(invitation=scene.invitation, reason="出差", by=scene.people[0], at=NOW)
    first = actions.replace(invitation=scene.invitation, person=scene.people[2], at=NOW, **given)
    assert first.replaces is scene.invitation and first.state is Answer.INVITED
    with pytest.raises(Refused) as refused:
        actions.replace(invitation=scene.invitation, person=scene.people[3], at=NOW, **given)
    assert codes(refused) == ["replaced_already"]
    over = clock.end_of_day(LAST)
    second = actions.replace(invitation=late, person=scene.people[3], at=over, **given)
    assert (late.state, second.replaces_id) == (Answer.LAPSED, late.id)
    assert messages("invited")[1] == ("虚构专家1", Delivery.WITHDRAWN)
    with pytest.raises(Refused) as refused:
        scene.invite(scene.people[3])
    assert codes(refused) == ["not_invitable"]
    scene.invite(scene.people[0])


def test_a_withdrawn_invitation_takes_its_message_back_or_tells_of_it(app: Any) -> None:
    scene = Scene()
    (told,) = scene.invite(scene.people[1])
    row = db.session.scalars(select(Message).where(Message.name == "虚构专家1")).one()
    row.state = Delivery.SENT
    for invitation in (scene.invitation, told):
        with pytest.raises(Refused) as refused:
            actions.withdraw(invitation=invitation, reason="", by=scene.officer, at=NOW)
        assert codes(refused) == ["no_reason"]
        actions.withdraw(invitation=invitation, reason="另行组织", by=scene.officer, at=NOW)
    assert messages("invited") == [("虚构专家0", Delivery.WITHDRAWN), ("虚构专家1", Delivery.SENT)]
    assert messages("uninvited") == [("虚构专家1", Delivery.HELD)]
    with pytest.raises(Refused) as refused:
        scene.accept()
    assert codes(refused) == ["answered_already"]


def test_an_answer_on_paper_is_entered_by_an_officer_and_checked_by_another(app: Any) -> None:
    scene = Scene()
    given: dict[str, Any] = {"signed_on": clock.beijing_day(NOW), "scan": None, "by": scene.officer}
    late = {**given, "at": clock.end_of_day(LAST) + timedelta(days=1)}
    actions.answer_on_paper(invitation=scene.invitation, accepted=True, reason="", **late)
    assert scene.seats() == [scene.people[0].id]
    paper = scene.invitation.paper
    assert paper is not None and (paper.signer, paper.entered_by) == (scene.people[0], scene.officer)
    with pytest.raises(Refused):
        people.check_paper(paper=paper, by=scene.officer, at=NOW)
    people.check_paper(paper=paper, by=scene.other, at=NOW)
    (second,) = scene.invite(scene.people[1])
    with pytest.raises(Refused) as refused:
        actions.answer_on_paper(invitation=second, accepted=False, reason=" ", at=NOW, **given)
    assert codes(refused) == ["no_reason"]
    own = {**given, "by": scene.people[1], "at": NOW}
    with pytest.raises(Refused) as refused:
        actions.answer_on_paper(invitation=second, accepted=True, reason="", **own)
    assert codes(refused) == ["own_answer"]
    actions.answer_on_paper(invitation=second, accepted=False, reason="来电婉拒", at=NOW, **given)
    assert second.state is Answer.DECLINED and len(scene.seats()) == 1
    assert {state for _name, state in messages("invited")} == {Delivery.WITHDRAWN}


def test_a_seat_by_paper_answers_the_open_invitation_and_makes_one_where_none_was(app: Any) -> None:
    scene = Scene()
    seats = actions.seat(round=scene.round, people=scene.people[:2], by=scene.officer, at=NOW)
    assert seats[0].invitation_id == scene.invitation.id
    assert messages("invited") == [("虚构专家0", Delivery.WITHDRAWN)]
    save()
    assert [event.did for event in trail.history(scene.invitation)] == [
        "review.accept_on_paper",
        "review.invite",
    ]
    rows = queries.invitations(scene.round)
    assert [(row.person, row.state, row.paper is not None) for row in rows] == [
        (scene.people[0], Answer.ACCEPTED, True),
        (scene.people[1], Answer.ACCEPTED, True),
    ]
    with pytest.raises(Refused) as refused:
        actions.seat(round=scene.round, people=[scene.people[2]], by=scene.people[2], at=NOW)
    assert codes(refused) == ["own_answer"]
    with pytest.raises(Refused):
        actions.unseat(panelist=seats[1], reason="  ", by=scene.officer, at=NOW)
    actions.unseat(panelist=seats[1], reason="误加", by=scene.officer, at=NOW)
    assert (rows[1].state, rows[1].reason) == (Answer.WITHDRAWN, "误加")
    assert scene.people[1] in queries.candidates(scene.round)


def test_the_database_keeps_one_live_invitation_and_the_reason(app: Any) -> None:
    scene = Scene()
    kept = {
        name: getattr(scene.invitation, name)
        for name in ("round_id", "person_id", "answer_by_on", "pledge", "invited_at", "invited_by_id")
    }
    for more, constraint in (
        ({}, "uq_panel_invitation_live|panel_invitation.round_id"),
        ({"state": Answer.WITHDRAWN}, "ck_panel_invitation_reason"),
        ({"state": Answer.DECLINED, "reason": "虚构"}, "ck_panel_invitation_answered"),
        ({"person_id": scene.people[1].id, "pledge": ""}, "ck_panel_invitation_pledge"),
    ):
        db.session.add(PanelInvitation(**{**kept, **more}))
        with pytest.raises(IntegrityError, match=constraint):
            db.session.flush()
        db.session.rollback()


# --- pages ---


def test_the_officer_invites_and_the_expert_answers(app: Any, enter: Any) -> None:
    scene = Scene()
    year = scene.round.year
    officer, expert = enter(scene.officer), enter(scene.people[1])
    last = (clock.beijing_day(clock.now()) + timedelta(days=5)).isoformat()
    sent = {"people": str(scene.people[1].id), "answer_by_on": last, "pledge": "虚构承诺"}
    assert officer.post(f"/rounds/{year}/invitations", {**sent, "people": ""}).status_code == 422
    asked = officer.post(f"/rounds/{year}/invitations", {**sent, "answer_by_on": "2018-01-01"})
    assert asked.status_code == 422 and "虚构承诺" in asked.get_data(as_text=True)
    preview = officer.post(f"/rounds/{year}/invitations", sent)
    assert preview.status_code == 200 and "虚构专家1" in preview.page.words
    assert f"2({scene.sent[0].number}、{scene.sent[1].number})" in preview.page.words
    assert len(queries.invitations(scene.round)) == 1
    officer.post(f"/rounds/{year}/invitations", {**sent, "confirmed": "1"})
    id = db.session.scalars(
        select(PanelInvitation.id).where(PanelInvitation.person_id == scene.people[1].id)
    ).one()
    assert "/review/invitations/" in expert.get("/review").get_data(as_text=True)
    page = expert.get(f"/review/invitations/{id}")
    assert "虚构承诺" in page.page.words and "虚构中心甲" in page.page.words
    answer = {"interests": str(scene.bodies[1].id)}
    refused = expert.post(f"/review/invitations/{id}/accept", {**answer, "agreed": "1"})
    assert refused.status_code == 422 and "虚构中心甲" in refused.page.words
    note = {f"note_{scene.bodies[1].id}": "担任过顾问"}
    assert expert.post(f"/review/invitations/{id}/accept", {**answer, **note}).status_code == 422
    assert scene.seats() == []
    done = expert.post(f"/review/invitations/{id}/accept", {**note, "agreed": "1"}, follow=True)
    assert "虚构中心甲" in done.page.words and scene.seats() == [scene.people[1].id]
    assert queries.declared(db.session.get_one(PanelInvitation, id)) == ["虚构中心甲"]
    assert enter(scene.people[2]).get(f"/review/invitations/{id}").status_code == 404
    listed = officer.get(f"/rounds/{year}/invitations").page.words
    assert "虚构专家1" in listed and "虚构专家0" in listed


def test_declined_on_screen_replaced_and_checked_through_the_pages(app: Any, enter: Any) -> None:
    scene = Scene()
    year, id = scene.round.year, scene.invitation.id
    scene.invitation.answer_by_on = clock.beijing_day(clock.now())
    save()
    officer, expert = enter(scene.officer), enter(scene.people[0])
    assert expert.post(f"/review/invitations/{id}/decline", {"reason": ""}).status_code == 422
    done = expert.post(f"/review/invitations/{id}/decline", {"reason": "出差在外"}, follow=True)
    assert "出差在外" in done.page.words
    last = (clock.beijing_day(clock.now()) + timedelta(days=5)).isoformat()
    sent = {"person": str(scene.people[1].id), "answer_by_on": last}
    assert "出差在外" in officer.get(f"/rounds/{year}/invitations/{id}/replace").page.words
    assert (
        officer.post(f"/rounds/{year}/invitations/{id}/replace", {**sent, "person": "0"}).status_code == 422
    )
    assert officer.post(f"/rounds/{year}/invitations/{id}/replace", sent).status_code == 303
    (substitute,) = db.session.scalars(select(PanelInvitation).where(PanelInvitation.replaces_id == id))
    address = f"/rounds/{year}/invitations/{substitute.id}"
    assert officer.get(f"{address}/answer").status_code == 200
    early = {"answer": "accepted", "signed_on": last}
    assert officer.post(f"{address}/answer", early).status_code == 422
    today = {"answer": "accepted", "signed_on": clock.beijing_day(clock.now()).isoformat()}
    assert officer.post(f"{address}/answer", today).status_code == 303
    assert officer.post(f"{address}/check").status_code == 422
    assert enter(scene.other).post(f"{address}/check").status_code == 303
    assert "虚构另一经办" in officer.get(f"/rounds/{year}/invitations").page.words
    (seat,) = [each.panelist for each in queries.panel(scene.round)]
    where = f"/rounds/{year}/panel/{seat.number}/remove"
    assert "虚构专家1" in officer.get(where).page.words
    assert officer.post(where, {"reason": ""}).status_code == 422
    assert officer.post(where, {"reason": "误加"}).status_code == 303 and scene.seats() == []
    (third,) = scene.invite(scene.people[2])
    save()
    address = f"/rounds/{year}/invitations/{third.id}/withdraw"
    assert officer.get(address).status_code == 200
    assert officer.post(address, {"reason": " "}).status_code == 422
    assert officer.post(address, {"reason": "另行组织"}).status_code == 303


def test_the_list_takes_as_many_statements_at_one_invitation_as_at_many(app: Any, statements: Any) -> None:
    scene = Scene(12)
    counts = []
    for people_ in ([], scene.people[1:]):
        if people_:
            scene.invite(*people_)
        save()
        db.session.expire_all()
        statements.clear()
        rows = queries.invitations(scene.round)
        assert all(row.person.name and row.invited_by.name and row.round.name for row in rows)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3
