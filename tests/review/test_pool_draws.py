"""Experts drawn for a panel: who can be, what is kept, who comes next, and drawing again."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from venture import clock, invariants
from venture.applications.lifecycle import State
from venture.db import db
from venture.outbox import Delivery, Message
from venture.refusal import Refused
from venture.review import actions, drawing, queries
from venture.review.conflicts import Ground
from venture.review.defaults import PLEDGE, Record
from venture.review.drawing import Conditions
from venture.review.models import (
    Affiliated,
    Answer,
    Competence,
    Expert,
    PanelInvitation,
    PoolDraw,
    PoolState,
    Title,
)
from venture.roles import Role

NOW = make.NOON + timedelta(days=20)
LAST = clock.beijing_day(NOW) + timedelta(days=3)


def codes(refused: Any) -> list[str]:
    return [blocker.code.partition(".")[2] for blocker in refused.value.blockers]


class Scene:
    """A round with one application, an officer, and a pool whose first experts are of finance."""

    def __init__(self, size: int = 8, finance: int = 2) -> None:
        self.officer = make.person(Role.OFFICER, name="虚构经办")
        self.round = make.round_(self.officer)
        self.body = make.organization()
        self.sent = make.application(
            self.round, organization_=self.body, by=self.officer, state=State.SUBMITTED
        )
        people = [make.person(Role.EXPERT, name=f"虚构专家{n}") for n in range(size)]
        self.experts = actions.take_in(people=people, by=self.officer, at=NOW)
        for place, expert in enumerate(self.experts):
            self.know(expert, {Competence.FINANCE if place < finance else Competence.LAW})
        save()

    def know(self, expert: Expert, fields: set[Competence], employer: str = "", **bonds: Any) -> None:
        record = Record(
            Title.NONE,
            "",
            employer,
            "",
            frozenset(fields),
            {Affiliated(kind): one for kind, one in bonds.items()},
        )
        given = {"seen": expert.revision, "by": self.officer, "at": NOW}
        actions.save_expert(expert=expert, record=record, **given)

    def draw(self, places: int = 3, finance: int = 0, per_employer: int = 0, **more: Any) -> PoolDraw:
        given: dict[str, Any] = {
            "conditions": Conditions(places, finance, per_employer),
            "fields": frozenset(),
            "seed": "种子",
            "answer_by_on": LAST,
            "pledge": PLEDGE,
            "by": self.officer,
            "at": NOW,
        }
        return actions.draw_experts(round=self.round, **{**given, **more})

    def eligible(self, *fields: Competence, finance: int = 0) -> list[int]:
        found = queries.drawable_experts(self.round, fields, finance)
        return [self.experts.index(db.session.get_one(Expert, one.number)) for one in found]

    def standing(self) -> list[tuple[int, Answer]]:
        rows = queries.invitations(self.round)
        people = [expert.person_id for expert in self.experts]
        return [(people.index(row.person_id), row.state) for row in rows]


def test_who_can_be_drawn(app: Any) -> None:
    scene = Scene(10)
    blocked, retired, tied, adviser, seated, asked, declined = scene.experts[2:9]
    for expert, state in ((blocked, PoolState.BLOCKED), (retired, PoolState.RETIRED)):
        actions.set_state(expert=expert, state=state, reason="虚构", by=scene.officer, at=NOW)
    actions.declare_tie(
        application=scene.sent,
        person=tied.person,
        ground=Ground.DECLARED,
        note="亲属",
        by=scene.officer,
        at=NOW,
    )
    scene.know(adviser, {Competence.LAW}, adviser=[(scene.body.credit_code, "")])
    actions.seat(round=scene.round, people=[seated.person], by=scene.officer, at=NOW)
    given = {"answer_by_on": LAST, "pledge": PLEDGE, "by": scene.officer, "at": NOW}
    rows = actions.invite(round=scene.round, people=[asked.person, declined.person], **given)
    actions.decline(invitation=rows[1], reason="出差", by=declined.person, at=NOW)
    assert scene.eligible() == [0, 1, 9]
    assert scene.eligible(Competence.LAW) == [9]
    assert scene.eligible(Competence.LAW, finance=1) == [0, 1, 9]
    assert scene.eligible(Competence.HEALTH) == []
    (tie,) = [one for one in queries.ties(scene.round, scene.officer) if one.person is tied.person]
    actions.dismiss_tie(tie=tie, reason="同名", by=scene.officer, at=NOW)
    assert scene.eligible() == [0, 1, 4, 9]


def test_a_draw_keeps_all_that_is_needed_to_draw_again_and_invites(app: Any) -> None:
    scene = Scene()
    made = scene.draw(places=4, finance=1)
    assert made.eligible_sha256 == drawing.digest(made.candidates)
    again = drawing.draw(made.candidates, Conditions(4, 1), "种子")
    assert (list(again.order), list(again.chosen)) == (made.order, made.chosen)
    invited = [(row.draw_id, row.state) for row in queries.invitations(scene.round)]
    assert invited == [(made.id, Answer.INVITED)] * 4
    people = [row.person for row in queries.invitations(scene.round)]
    by_number = queries.experts_by_number(made.chosen)
    assert people == [by_number[number].person for number in made.chosen]
    held = select(Message.state).where(Message.kind == "review.invited")
    assert db.session.scalars(held).all() == [Delivery.HELD] * 4


def test_nothing_is_drawn_where_the_conditions_cannot_hold(app: Any) -> None:
    scene = Scene(3, finance=1)
    employer = make.organization().credit_code
    for expert in scene.experts:
        scene.know(expert, {Competence.FINANCE}, employer)
    with pytest.raises(Refused) as refused:
        scene.draw(places=4, finance=5, per_employer=1)
    assert codes(refused) == ["draw_few", "draw_finance", "draw_more_finance"]
    with pytest.raises(Refused) as refused:
        scene.draw(places=2, finance=2, per_employer=1)
    assert codes(refused) == ["draw_few_employer", "draw_finance_employer"]
    assert queries.pool_draws(scene.round) == [] and queries.invitations(scene.round) == []


def test_who_declines_is_replaced_by_the_next_in_order_with_whom_the_conditions_hold(app: Any) -> None:
    scene = Scene(8, finance=2)
    made = scene.draw(places=3, finance=2)
    rows = queries.invitations(scene.round)
    order = [db.session.get_one(Expert, number) for number in made.order]
    law = next(row for row in rows if scene.standing()[rows.index(row)][0] > 1)
    actions.decline(invitation=law, reason="出差", by=law.person, at=NOW)
    waiting = [expert for expert in order if expert.id not in made.chosen]
    actions.set_state(expert=waiting[0], state=PoolState.BLOCKED, reason="虚构", by=scene.officer, at=NOW)
    given: dict[str, Any] = {"answer_by_on": LAST, "by": scene.officer, "at": NOW}
    with pytest.raises(Refused) as refused:
        actions.replace(invitation=law, person=waiting[2].person, **given)
    assert codes(refused) == ["not_next"]
    first = actions.replace(invitation=law, **given)
    assert (first.person, first.draw_id) == (waiting[1].person, made.id)
    actions.decline(invitation=first, reason="出差", by=first.person, at=NOW)
    assert actions.replace(invitation=first, **given).person is waiting[2].person
    finance = next(row for row in rows if row is not law)
    actions.decline(invitation=finance, reason="出差", by=finance.person, at=NOW)
    with pytest.raises(Refused) as refused:
        actions.replace(invitation=finance, **given)
    assert codes(refused) == ["order_over"]


def test_drawing_again_needs_a_reason_keeps_the_first_and_takes_back_what_nobody_answered(app: Any) -> None:
    scene = Scene()
    first = scene.draw()
    accepted, declined, _open = queries.invitations(scene.round)
    actions.accept(invitation=accepted, interests={}, by=accepted.person, at=NOW)
    actions.decline(invitation=declined, reason="出差", by=declined.person, at=NOW)
    with pytest.raises(Refused) as refused:
        scene.draw(places=2, seed="又一")
    assert codes(refused) == ["redraw_reason"]
    second = scene.draw(places=2, seed="又一", reason="条件有误")
    assert [row.number for row in queries.pool_draws(scene.round)] == [2, 1]
    assert {one.number for one in second.candidates} == set(first.order) - {
        number
        for number in first.order
        if db.session.get_one(Expert, number).person in (accepted.person, declined.person)
    }
    states = [row.state for row in queries.invitations(scene.round)]
    assert states == [
        Answer.ACCEPTED,
        Answer.DECLINED,
        Answer.WITHDRAWN,
        Answer.INVITED,
        Answer.INVITED,
    ]
    with pytest.raises(Refused) as refused:
        actions.replace(invitation=declined, answer_by_on=LAST, by=scene.officer, at=NOW)
    assert codes(refused) == ["draw_over"]


@pytest.mark.unsound("seats")
def test_a_seat_whose_invitation_was_not_accepted_is_told_of(app: Any) -> None:
    scene = Scene(1)
    (seat,) = actions.seat(round=scene.round, people=[scene.experts[0].person], by=scene.officer, at=NOW)
    save()
    assert list(queries.broken_seats()) == []
    db.session.execute(
        update(PanelInvitation).values(state=Answer.WITHDRAWN, reason="虚构").where(PanelInvitation.id > 0)
    )
    db.session.commit()
    assert list(queries.broken_seats()) == [
        f"seat {seat.id}: its invitation is of another round or person, or not accepted (withdrawn)"
    ]


def test_a_draw_cannot_be_changed_and_one_made_up_is_told_of(app: Any) -> None:
    scene = Scene()
    made = scene.draw()
    save()
    assert invariants.PROMISES["draws"]() is not None and list(queries.broken_draws()) == []
    for statement in ("UPDATE pool_draw SET seed = 'x'", "DELETE FROM pool_draw"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(statement))
        db.session.rollback()
    kept = {
        column.key: getattr(made, column.key)
        for column in PoolDraw.__table__.columns
        if column.key not in {"id", "number", "reason"}
    }
    for number, more in ((2, {"chosen": made.order[-3:]}), (3, {"eligible": made.eligible[1:]})):
        db.session.add(PoolDraw(number=number, reason="虚构", **{**kept, **more}))
    db.session.flush()
    wrong = [said.partition(": ")[2] for said in queries.broken_draws()]
    assert wrong == ["drawing again comes to other names", "its list has another check sum"]
    db.session.rollback()


# --- pages ---


def test_drawn_through_the_pages_shown_printed_and_replaced(app: Any, enter: Any) -> None:
    scene = Scene()
    year = scene.round.year
    browser = enter(scene.officer)
    last = (clock.beijing_day(clock.now()) + timedelta(days=5)).isoformat()
    sent = {"places": "3", "finance": "1", "competences": "law", "answer_by_on": last, "pledge": "虚构承诺"}
    assert browser.get(f"/rounds/{year}/draws").status_code == 200
    for more in (
        {"places": "0"},
        {"places": "x"},
        {"places": "9"},
        {"finance": "4"},
        {"competences": "magic"},
    ):
        refused = browser.post(f"/rounds/{year}/draws", {**sent, **more})
        assert refused.status_code == 422 and "虚构承诺" in refused.get_data(as_text=True), more
    preview = browser.post(f"/rounds/{year}/draws", sent)
    candidates = queries.drawable_experts(scene.round, [Competence.LAW], 1)
    assert preview.status_code == 200 and drawing.digest(candidates) in preview.page.words
    assert db.session.scalars(select(PoolDraw)).all() == []
    record = browser.post(f"/rounds/{year}/draws", {**sent, "confirmed": "1"}, follow=True)
    made = db.session.scalars(select(PoolDraw)).one()
    assert made.seed in record.page.words and made.eligible_sha256 in record.page.words
    assert "tag-done" in record.get_data(as_text=True)
    pdf = browser.get(f"/rounds/{year}/draws/1/print")
    assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF")
    assert browser.post(f"/rounds/{year}/draws", {**sent, "confirmed": "1"}).status_code == 422
    again = {**sent, "confirmed": "1", "reason": "条件有误"}
    assert browser.post(f"/rounds/{year}/draws", again).status_code == 303
    assert "条件有误" in browser.get(f"/rounds/{year}/draws").page.words
    assert browser.get(f"/rounds/{year}/draws/3").status_code == 404
    (row, *_rest) = [one for one in queries.invitations(scene.round) if one.state is Answer.INVITED]
    actions.withdraw(invitation=row, reason="虚构", by=scene.officer, at=clock.now())
    following = queries.next_in_order(row, clock.beijing_day(clock.now()))
    assert following is not None
    save()
    where = f"/rounds/{year}/invitations/{row.id}/replace"
    assert following.person.name in browser.get(where).page.words
    done = {"person": str(following.person_id), "answer_by_on": last}
    assert browser.post(where, {**done, "person": str(row.person_id)}).status_code == 422
    assert browser.post(where, done).status_code == 303


def test_who_can_be_drawn_takes_as_many_statements_at_one_expert_as_at_many(
    app: Any, statements: Any
) -> None:
    scene, counts = Scene(1), []
    for size in (0, 12):
        people = [make.person(Role.EXPERT) for _ in range(size)]
        for expert in actions.take_in(people=people, by=scene.officer, at=NOW) if people else []:
            scene.know(expert, {Competence.LAW})
        save()
        db.session.expire_all()
        _ = scene.round.id
        statements.clear()
        queries.drawable_experts(scene.round, (), 0)
        counts.append(len(statements))
    assert counts == [11, 11]
