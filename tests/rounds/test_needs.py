"""Needs before the call, and the topics chosen from them: who proposes, how they are numbered, what stays."""

from typing import Any

import make
import pytest
from client import save
from rounds.test_call import called, codes, publish

from venture import clock
from venture.applications import actions as applications
from venture.applications import parts
from venture.applications import queries as application_queries
from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.people.models import Community, Person
from venture.refusal import Refused
from venture.roles import STAFF, Role
from venture.rounds import actions, queries
from venture.rounds.models import Need, NeedState, Round, RoundState


def planned(by: Person, **more: Any) -> Round:
    given = {"state": RoundState.PLANNED, "collects_needs": True}
    return called(by, published=False, **given | more)


def proposed(round: Round, community: Community, by: Person, problem: str = "晒场夜里看不见") -> Need:
    return actions.propose_need(
        round=round,
        community=community,
        problem=problem,
        concerns="三组老人",
        wish="装灯",
        by=by,
        at=clock.now(),
    )


def choose(round: Round, by: Person, *choices: actions.Choice) -> None:
    actions.choose_topics(round=round, choices=choices, by=by, at=clock.now())


@pytest.fixture
def scene(app: Any) -> dict[str, Any]:
    """A planned round that collects needs, a clerk of one village, and an officer."""
    officer, village = make.person(Role.OFFICER), make.community()
    return {
        "officer": officer,
        "round": planned(officer),
        "village": village,
        "clerk": make.person(Role.CLERK, community=village),
    }


def test_a_clerk_speaks_for_the_own_community_and_an_officer_for_any(scene: dict[str, Any]) -> None:
    other = make.community()
    mine = proposed(scene["round"], scene["village"], scene["clerk"])
    assert proposed(scene["round"], scene["village"], scene["clerk"]) is mine
    proposed(scene["round"], other, scene["officer"])
    with pytest.raises(Refused, match="not_your_community"):
        proposed(scene["round"], other, scene["clerk"])
    with pytest.raises(Refused) as refused:
        proposed(scene["round"], scene["village"], scene["clerk"], "请打13800138000")
    assert codes(refused) == ["rounds.private_number"]
    for change in ({"collects_needs": False}, {"state": RoundState.OPEN, "collects_needs": True}):
        for name, value in change.items():
            setattr(scene["round"], name, value)
        with pytest.raises(Refused, match="no_needs_now"):
            proposed(scene["round"], scene["village"], scene["clerk"], "别的")


def test_topics_are_chosen_anew_while_planned_and_stay_once_open(scene: dict[str, Any]) -> None:
    round_, officer = scene["round"], scene["officer"]
    first, second, third = (
        proposed(round_, scene["village"], scene["clerk"], f"问题{number}") for number in range(3)
    )
    choose(round_, officer, actions.Choice(first, True), actions.Choice(second, False, "已有安排"))
    assert [first.number, second.state, third.state] == [1, NeedState.PASSED_OVER, NeedState.PROPOSED]
    choose(
        round_,
        officer,
        actions.Choice(first, False),
        actions.Choice(second, True),
        actions.Choice(third, True),
    )
    assert [first.number, second.number, third.number] == [None, 1, 2]
    round_.state = RoundState.OPEN
    with pytest.raises(Refused) as refused:
        choose(round_, officer, actions.Choice(second, False), actions.Choice(third, True))
    assert codes(refused) == ["rounds.topic_stays"]
    choose(
        round_,
        officer,
        actions.Choice(first, True),
        actions.Choice(second, True),
        actions.Choice(third, True),
    )
    assert [each.problem for each in round_.topics] == ["问题1", "问题2", "问题0"]
    round_.state = RoundState.CLOSED
    with pytest.raises(Refused, match="no_topics_now"):
        choose(round_, officer, actions.Choice(first, True))


def test_topics_stand_in_the_call_and_further_ones_in_a_supplement(scene: dict[str, Any]) -> None:
    round_, officer = scene["round"], scene["officer"]
    first, second = (proposed(round_, scene["village"], scene["clerk"], f"问题{number}") for number in (1, 2))
    choose(round_, officer, actions.Choice(first, True))
    round_.state = RoundState.OPEN
    call = publish(round_, officer)
    assert "选题1" in str(call.content) and "问题2" not in str(call.content)
    choose(round_, officer, actions.Choice(first, True), actions.Choice(second, True))
    assert [row[0] for row in publish(round_, officer, note="增加一个选题。").changes] == ["选题"]


def test_a_round_whose_applications_must_answer_a_topic_needs_one(scene: dict[str, Any]) -> None:
    round_ = scene["round"]
    round_.topic_required = True
    need = proposed(round_, scene["village"], scene["clerk"])
    with pytest.raises(Refused) as refused:
        actions.open_round(round=round_, by=scene["officer"], at=clock.now())
    assert codes(refused) == ["rounds.no_topics"]
    choose(round_, scene["officer"], actions.Choice(need, True))
    actions.open_round(round=round_, by=scene["officer"], at=clock.now())


def answering(round: Round, by: Person, topic: str) -> Any:
    """A draft of the person's organization that names this topic."""
    body = by.grants[0].organization
    application = make.application(round, organization_=body, by=by)
    applications.save_part(
        application=application,
        part=parts.BASICS,
        posted={"topic": topic},
        seen=application.revision,
        base=None,
        by=by,
        at=clock.now(),
    )
    return application


@pytest.mark.parametrize(
    ("required", "topic", "missing"),
    [(False, "", False), (True, "", True), (True, "1", False), (True, "9", True)],
)
def test_an_application_answers_one_topic(
    scene: dict[str, Any], required: bool, topic: str, missing: bool
) -> None:
    round_ = scene["round"]
    need = proposed(round_, scene["village"], scene["clerk"])
    choose(round_, scene["officer"], actions.Choice(need, True))
    round_.state, round_.topic_required = RoundState.OPEN, required
    application = answering(round_, make.person(Role.APPLICANT, organization=make.organization()), topic)
    assert application.topic is (need if topic == "1" else None)
    found = application_queries.obstacles(application, clock.now())
    assert any(each.field == "topic" for each in found) is missing


def test_only_sent_applications_that_one_sees_are_counted(
    scene: dict[str, Any], enter: Any, browser: Any
) -> None:
    round_, officer = scene["round"], scene["officer"]
    need = proposed(round_, scene["village"], scene["clerk"])
    choose(round_, officer, actions.Choice(need, True))
    round_.state = RoundState.OPEN
    publish(round_, officer)
    for state in (State.DRAFT, State.SUBMITTED, State.SUBMITTED):
        make.application(round_, by=make.person(), state=state, topic=need)
    assert application_queries.topic_counts(round_, officer) == {need.id: 2}
    tied = make.application(round_, by=make.person(), state=State.SUBMITTED, topic=need)
    db.session.add(Barred(application_id=tied.id, person_id=officer.id))
    save()
    assert application_queries.topic_counts(round_, officer) == {need.id: 2}
    assert "2" in enter(officer).get("/rounds/2018/needs").page.words
    assert "已提交" not in browser.get("/calls/2018").page.words


def test_from_a_clerks_need_to_a_topic_through_the_pages(scene: dict[str, Any], enter: Any) -> None:
    save()
    clerk, officer = enter(scene["clerk"]), enter(scene["officer"])
    typed = {
        "community": scene["village"].id,
        "problem": "晒场夜里看不见",
        "concerns": "三组老人",
        "wish": "",
    }
    missing = clerk.post("/rounds/2018/needs/new", typed)
    assert missing.status_code == 422 and "晒场夜里看不见" in missing.page.words
    assert (
        "晒场夜里看不见"
        in clerk.post("/rounds/2018/needs/new", {**typed, "wish": "装灯"}, follow=True).page.words
    )
    (need,) = queries.needs(scene["round"])
    changed = {**typed, "wish": "装灯，定好谁来管"}
    assert clerk.post(f"/needs/{need.id}", changed).status_code == 303
    assert clerk.get("/rounds/2018/needs").status_code == 403
    preview = officer.post("/rounds/2018/needs", {"need": need.id})
    assert preview.status_code == 200 and scene["round"].topics == []
    done = officer.post("/rounds/2018/needs", {"need": need.id, "confirmed": "1"}, follow=True)
    assert "装灯，定好谁来管" in done.page.words
    assert [topic.number for topic in scene["round"].topics] == [1]
    assert clerk.post(f"/needs/{need.id}", typed).status_code == 422
    stranger = enter(make.person(Role.CLERK, community=make.community()))
    save()
    assert stranger.get(f"/needs/{need.id}").status_code == stranger.get("/needs/999999").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_and_chooses_needs(scene: dict[str, Any], enter: Any, role: Role) -> None:
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside = enter(person)
    proposes = role in {Role.CLERK, Role.OFFICER}
    for address in ("/needs", "/rounds/2018/needs/new"):
        assert inside.get(address).status_code == (200 if proposes else 403), address
    assert inside.get("/rounds/2018/needs").status_code == (200 if role in STAFF else 403)
    chooses = role in {Role.OFFICER, Role.ADMINISTRATOR}
    assert inside.post("/rounds/2018/needs", {}).status_code == (200 if chooses else 403)


def test_the_list_of_needs_asks_the_same_whatever_its_length(
    scene: dict[str, Any], enter: Any, statements: list[str]
) -> None:
    proposed(scene["round"], scene["village"], scene["clerk"])
    save()
    staff, clerk = enter(scene["officer"]), enter(scene["clerk"])
    counts = []
    for rest in ((), range(12)):
        for number in rest:
            proposed(scene["round"], make.community(), scene["officer"], f"问题{number}")
            proposed(scene["round"], scene["village"], scene["clerk"], f"问题{number}")
        save()
        for reader, address in ((staff, "/rounds/2018/needs"), (clerk, "/needs")):
            statements.clear()
            reader.get(address)
            counts.append(len(statements))
    assert counts == [13, 4, 13, 4]
