"""More time than the closing gives: G1 f, e, g and h, who is told, what is refused, what the pages say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from client import save
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from venture import invariants, outbox, trail
from venture.applications import actions, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, LateAdmission, Version
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import RoundState

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC)  # 17:00:00
ASKED = CLOSES - timedelta(minutes=20)
HALF_PAST = CLOSES + timedelta(minutes=30)
SIX = CLOSES + timedelta(hours=1)
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    """An open round, and two organizations with a draft each."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES)
        one, two = make.organization(), make.organization()
        anna = make.person(Role.APPLICANT, organization=one, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=two, name="虚构乙")
        first = typed.draft(round, one, by=anna)
        second = typed.draft(round, two, by=bert)

    return Scene


def send(application: Application, by: Any, at: datetime, key: str = "key") -> Version:
    return actions.submit(application=application, by=by, key=key, seen=application.revision, at=at)


def give(scene: Any, organization: Any, until: datetime = SIX, at: datetime = ASKED, **more: Any) -> None:
    given = {"reason": "停电两小时", "by": scene.officer} | more
    actions.give_time(round=scene.round, organization=organization, until=until, at=at, **given)


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return refused.value.blockers[0].code


@pytest.mark.parametrize("state", [RoundState.OPEN, RoundState.CLOSED])
def test_one_organization_sends_later_and_the_other_does_not(scene: Any, state: RoundState) -> None:
    """G1 f, whether or not the officer has closed the round for the others meanwhile."""
    give(scene, scene.two)
    scene.round.state = state
    assert refusal(send, scene.first, scene.anna, HALF_PAST) == "applications.closed"
    assert send(scene.second, scene.bert, HALF_PAST).submitted_at == HALF_PAST
    save()
    said = db.session.scalars(select(trail.Event).where(trail.Event.did == "applications.admit_late")).one()
    assert (said.person_id, said.facts["organization"], said.facts["reason"]) == (
        scene.officer.id,
        scene.two.name,
        "停电两小时",
    )
    assert list(invariants.broken_deadlines()) == []


def test_the_later_moment_itself_is_late(scene: Any) -> None:
    give(scene, scene.two)
    with pytest.raises(Refused) as refused:
        send(scene.second, scene.bert, SIX)
    assert [(each.code, each.facts["closes_at"]) for each in refused.value.blockers] == [
        ("applications.closed", SIX)
    ]
    assert send(scene.second, scene.bert, SIX - timedelta(seconds=1)).number == 1


def test_more_time_for_all_moves_the_closing(scene: Any) -> None:
    give(scene, None)
    assert scene.round.closes_at == SIX
    assert {send(scene.first, scene.anna, HALF_PAST, "a").number} == {1}
    assert refusal(send, scene.second, scene.bert, SIX, "b") == "applications.closed"
    save()
    kept = db.session.scalars(select(trail.Correction)).one()
    assert (kept.field, kept.reason) == ("closes_at", "停电两小时")


def test_a_sent_version_stands_when_the_next_comes_late(scene: Any) -> None:
    """G1 e."""
    sent = send(scene.first, scene.anna, ASKED, "in time")
    part = next(part for part in actions.writing.parts.PARTS if "title" in {f.key for f in part.fields})
    actions.save_part(
        application=scene.first,
        part=part,
        posted={"title": "迟到的名称"},
        seen=scene.first.revision,
        base=None,
        by=scene.anna,
        at=CLOSES,
    )
    late = CLOSES + timedelta(minutes=5)
    assert refusal(send, scene.first, scene.anna, late, "late") == "applications.closed"
    assert (scene.first.state, scene.first.versions) == (State.SUBMITTED, [sent])


def test_an_old_draft_stays_in_its_round(scene: Any) -> None:
    """G1 g: more time in the next round opens nothing in this one."""
    opens = CLOSES + timedelta(hours=16)
    closes = opens + timedelta(days=30)
    following = make.round_(scene.officer, 2027, opens_at=opens, closes_at=closes)
    actions.give_time(
        round=following,
        organization=scene.one,
        until=closes + timedelta(days=1),
        reason="下一届",
        by=scene.officer,
        at=opens,
    )
    assert refusal(send, scene.first, scene.anna, opens) == "applications.closed"
    assert scene.first.round is scene.round


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 30, 16, 0, 1, tzinfo=UTC), False),
    ],
)
def test_a_closing_at_the_end_of_a_day_takes_its_last_second(
    scene: Any, moment: datetime, taken: bool
) -> None:
    """G1 h: until the end of 06-30 in Beijing."""
    give(scene, scene.one, until=datetime(2026, 6, 30, 16, 0, 0, tzinfo=UTC))
    if taken:
        assert send(scene.first, scene.anna, moment).submitted_at == moment
    else:
        assert refusal(send, scene.first, scene.anna, moment) == "applications.closed"


def test_a_draft_may_be_begun_in_the_time_given(scene: Any) -> None:
    newcomer = make.organization()
    carl = make.person(Role.APPLICANT, organization=newcomer)
    given = {"round": scene.round, "organization": newcomer, "theme": None, "by": carl, "at": HALF_PAST}
    assert refusal(actions.start, **given) == "applications.closed"
    give(scene, newcomer)
    assert queries.open_rounds(HALF_PAST, [newcomer.id]) == [scene.round]
    assert queries.open_rounds(HALF_PAST, [scene.one.id]) == queries.open_rounds(SIX, [newcomer.id]) == []
    assert actions.start(**given).state is State.DRAFT


def test_the_place_is_freed_by_withdrawing_in_the_time_given(scene: Any) -> None:
    give(scene, scene.two)
    send(scene.second, scene.bert, HALF_PAST)
    actions.withdraw(application=scene.second, by=scene.bert, at=HALF_PAST)
    assert list(queries.slots(scene.second)) == []


@pytest.mark.parametrize(("everybody", "told"), [(False, ["虚构乙"]), (True, ["虚构甲", "虚构乙"])])
def test_those_concerned_are_told_and_nobody_else(scene: Any, everybody: bool, told: list[str]) -> None:
    make.person(Role.APPLICANT, organization=make.organization(), name="虚构丙")
    give(scene, None if everybody else scene.two)
    held = db.session.scalars(select(outbox.Message).order_by(outbox.Message.id)).all()
    assert [each.name for each in held] == told
    assert {(each.kind, each.state, each.facts["until"]) for each in held} == {
        ("applications.more_time", outbox.Delivery.HELD, "2026-05-31 18:00:00")
    }


def test_what_is_refused(scene: Any) -> None:
    assert refusal(give, scene, scene.two, by=scene.anna) == "applications.not_your_role"
    assert refusal(give, scene, scene.two, reason=" ") == "applications.no_reason_for_time"
    assert refusal(give, scene, scene.two, until=CLOSES) == "applications.time_not_later"
    assert refusal(give, scene, None, until=CLOSES - timedelta(seconds=1)) == "rounds.not_later"
    assert refusal(give, scene, scene.two, at=SIX) == "applications.time_not_later"
    give(scene, scene.two)
    assert refusal(give, scene, scene.two) == "applications.time_not_later"
    own = make.person(Role.OFFICER, Role.APPLICANT, organization=scene.two)
    assert refusal(give, scene, scene.two, by=own) == "applications.own_body_time"
    scene.round.state = RoundState.FINISHED
    assert refusal(give, scene, scene.one) == "applications.no_time_now"


def test_the_database_keeps_an_admission_ahead_of_its_moment(scene: Any) -> None:
    row = LateAdmission(
        round_id=scene.round.id,
        organization=scene.one,
        until_at=ASKED,
        reason="虚构",
        at=ASKED,
        by=scene.officer,
    )
    db.session.add(row)
    with pytest.raises(IntegrityError, match="late_admission"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.unsound
def test_the_invariant_names_what_came_late_or_before_the_time_was_given(scene: Any) -> None:
    make.application(
        scene.round, by=scene.anna, organization_=scene.one, state=State.SUBMITTED, submitted_at=HALF_PAST
    )
    save()
    assert len(list(invariants.broken_deadlines())) == 1
    give(scene, scene.one, at=HALF_PAST + timedelta(minutes=1))
    save()
    assert len(list(invariants.broken_deadlines())) == 1
    row = db.session.scalars(select(LateAdmission)).one()
    row.at = ASKED
    save()
    assert list(invariants.broken_deadlines()) == []


def test_the_officer_sees_whom_it_concerns_and_the_applicant_sees_the_time(scene: Any, enter: Any) -> None:
    save()
    address = "/rounds/2026/more-time"
    fields = {"organization": str(scene.two.id), "until": "2026-05-31 18:00:00", "reason": "停电两小时"}
    with time_machine.travel(ASKED, tick=False):
        officer = enter(scene.officer)
        assert officer.get(address, **ENGLISH).status_code == 200
        preview = officer.post(address, fields, **ENGLISH).page.words
        assert "2026-05-31 17:00:00" in preview and "2026-05-31 18:00:00" in preview
        assert "Draft" in preview and "所属或对象" not in officer.get(address).page.words
        assert scene.two.name in preview and scene.one.name not in preview
        db.session.rollback()
        assert db.session.scalars(select(LateAdmission)).all() == []
        assert officer.post(address, fields | {"until": "2026-05-31 17:00:00"}).status_code == 422
        assert officer.post(address, fields | {"confirmed": "1"}).status_code == 303
        assert "停电两小时" in officer.get("/rounds/2026", **ENGLISH).page.words
    with time_machine.travel(HALF_PAST, tick=False):
        mine = enter(scene.bert).get(f"/applications/{scene.second.id}", **ENGLISH).page.words
        assert "Your organization may submit until 2026-05-31 18:00:00" in mine and "停电两小时" in mine
        theirs = enter(scene.anna).get(f"/applications/{scene.first.id}", **ENGLISH).page.words
        assert "18:00:00" not in theirs and "停电" not in theirs
