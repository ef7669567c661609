"""Questions about the call: nobody reads who asked, one answer for all, every way of settling and back."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from people import scene
from rounds.test_call import called, codes
from sqlalchemy import select

from venture import clock, outbox
from venture.applications import actions as applications
from venture.db import db
from venture.outbox import Delivery, Message
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import STAFF, Role
from venture.rounds import actions, queries
from venture.rounds.models import Channel, Question, QuestionState, Round

TEXT = "一个单位能不能报两个项目？"


def asked(
    round: Round, by: Person, text: str = TEXT, channel: Channel = Channel.PAGE, key: str = ""
) -> Question:
    return actions.ask(
        round=round, text=text, channel=channel, key=key or f"{by.id}-{text}", by=by, at=clock.now()
    )


def answered(
    question: Question, by: Person, answer: str = "不能，限报一个。", wording: str = TEXT
) -> Question:
    return applications.answer_question(
        question=question, wording=wording, answer=answer, by=by, at=clock.now()
    )


def messages(kind: str) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id)))


@pytest.fixture
def people(app: Any) -> dict[str, Any]:
    """An officer with a called round, and who asks from a body of their own, without a draft."""
    officer = make.person(Role.OFFICER)
    body = make.organization(name="海门虚构提问中心")
    asker = make.person(Role.APPLICANT, name="虚构提问人", organization=body)
    return {"officer": officer, "round": called(officer), "asker": asker}


def test_nobody_reads_who_asked(people: Any, enter: Any, browser: Any) -> None:
    question = asked(people["round"], people["asker"])
    save()
    other = enter(make.person(Role.APPLICANT, organization=make.organization()))
    readers = {"public": browser, "another applicant": other, "officer": enter(people["officer"])}

    def seen(address: str) -> None:
        for who, reader in readers.items():
            page = reader.get(address)
            shown = page.get_data(as_text=True)
            assert "虚构提问人" not in shown and "虚构提问中心" not in shown, (who, address)

    seen("/calls/2018")
    assert TEXT not in browser.get("/calls/2018").page.words
    answered(question, people["officer"])
    save()
    for address in ("/calls/2018", "/rounds/2018/questions", f"/rounds/2018/questions/{question.id}"):
        seen(address)
    page = browser.get("/calls/2018").page.words
    assert f"1. {TEXT} 不能，限报一个。" in page


def test_who_looks_through_anothers_eyes_does_not_learn_what_they_asked(people: Any, enter: Any) -> None:
    asked(people["round"], people["asker"])
    save()
    assert TEXT in enter(people["asker"]).get("/calls/2018").page.words
    officer = enter(people["officer"])
    begun = officer.post("/view-as", {"other": people["asker"].id, "reason": "电话咨询"})
    assert begun.status_code == 303
    page = officer.get("/calls/2018").page.words
    assert "虚构提问人" in page and TEXT not in page


@pytest.mark.parametrize("name", ["虚构提问人", "海门虚构提问中心"])
def test_an_answer_that_names_who_asked_is_refused(people: Any, name: str) -> None:
    question = asked(people["round"], people["asker"], f"{name}能不能报两个？")
    for given in ({"wording": f"{name}能不能报？"}, {"answer": f"{name}不能。"}):
        with pytest.raises(Refused) as refused:
            answered(question, people["officer"], **given)
        assert codes(refused) == ["rounds.names_asker"]
    answered(question, people["officer"], wording="本单位能不能报两个？")
    assert question.text == f"{name}能不能报两个？"


@pytest.mark.parametrize(
    "number", ["13800138000", "138 0013 8000", "32068419900101003X", "6222021111001234560"]
)
def test_private_numbers_are_published_in_no_question_and_no_answer(people: Any, number: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(people["round"], people["asker"], f"请回电{number}")
    assert codes(refused) == ["rounds.private_number"]
    question = asked(people["round"], people["asker"])
    for given in ({"wording": f"请回电{number}"}, {"answer": f"请打{number}"}):
        with pytest.raises(Refused) as refused:
            answered(question, people["officer"], **given)
        assert codes(refused) == ["rounds.private_number"]


def test_those_who_are_writing_are_told_by_one_message_that_waits(people: Any) -> None:
    round_, officer = people["round"], people["officer"]
    writer = make.person(Role.APPLICANT, organization=make.organization())
    make.application(
        round_,
        organization_=db.session.get_one(make.Organization, writer.grants[0].organization_id),
        by=writer,
    )
    answered(asked(round_, people["asker"]), officer)
    told = messages("applications.answered")
    assert {each.person_id for each in told} == {writer.id, people["asker"].id}
    assert {each.state for each in told} == {Delivery.HELD}
    by_phone = asked(round_, officer, "电话里问的？", Channel.PHONE)
    answered(by_phone, officer, wording="电话里问的？")
    told = {each.person_id: each.facts["numbers"] for each in messages("applications.answered")}
    assert told == {writer.id: [1, 2], people["asker"].id: [1]}
    outbox.release(messages("applications.answered"), by=officer, at=clock.now())
    applications.correct_answer(question=by_phone, answer="改了。", reason="写错", by=officer, at=clock.now())
    assert [
        each.facts["numbers"] for each in messages("applications.answered") if each.state is Delivery.HELD
    ] == [[2]]


def test_every_way_of_settling_and_the_way_back(people: Any) -> None:
    round_, officer, at = people["round"], people["officer"], clock.now()
    first, second, third = (asked(round_, people["asker"], f"问题{number}？") for number in range(3))
    with pytest.raises(Refused, match="not_answered"):
        actions.merge(question=second, into=first, by=officer, at=at)
    answered(first, officer, wording="问题0？")
    actions.merge(question=second, into=first, by=officer, at=at)
    actions.decline(question=third, reason="与本届无关。", by=officer, at=at)
    assert [each.state for each in queries.questions(round_)] == [
        QuestionState.ANSWERED,
        QuestionState.MERGED,
        QuestionState.DECLINED,
    ]
    (merged,) = messages("rounds.question_merged")
    (declined,) = messages("rounds.question_declined")
    assert (merged.facts["number"], declined.facts["reason"]) == (1, "与本届无关。")
    for settled in (first, second, third):
        with pytest.raises(Refused, match="question_done"):
            answered(settled, officer)
    for settled in (second, third):
        actions.take_up_again(question=settled, reason="看错了", by=officer, at=at)
        assert settled.state is QuestionState.WAITING
    assert merged.state is declined.state is Delivery.WITHDRAWN
    assert answered(third, officer, wording="问题2？").number == 2
    for role in set(Role) - {Role.OFFICER}:
        here = {"organization": make.organization(), "community": make.community()}
        with pytest.raises(Refused, match="not_officer"):
            answered(second, make.person(role, **here))


def test_one_press_one_question_and_not_too_many(people: Any) -> None:
    first = asked(people["round"], people["asker"], key="one")
    assert asked(people["round"], people["asker"], "别的？", key="one") is first
    for number in range(1, 20):
        asked(people["round"], people["asker"], f"问题{number}？")
    with pytest.raises(Refused, match="too_many_waiting"):
        asked(people["round"], people["asker"], "再问？")
    with pytest.raises(Refused, match="not_officer"):
        asked(people["round"], people["asker"], "假装电话？", Channel.PHONE)


def test_questions_are_taken_from_the_call_to_the_closing(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    silent = called(officer, published=False)
    over = called(officer, year=2019)
    over.closes_at = clock.now() - timedelta(seconds=1)
    for round_ in (silent, over):
        with pytest.raises(Refused, match="no_questions_now"):
            asked(round_, officer)


def test_from_question_to_answer_through_the_pages(people: Any, enter: Any, browser: Any) -> None:
    save()
    assert browser.get("/calls/2018/questions/new").status_code == 303
    asker, officer = enter(people["asker"]), enter(people["officer"])
    key = {"key": "k1"}
    refused = asker.post("/calls/2018/questions", {"text": "请打13800138000", **key})
    assert refused.status_code == 422 and "请打13800138000" in refused.get_data(as_text=True)
    page = asker.post("/calls/2018/questions", {"text": TEXT, **key}, follow=True).page.words
    assert TEXT in page
    assert TEXT not in browser.get("/calls/2018").page.words
    typed = {"channel": "wechat", "text": "群里问：材料要几份？", "key": "k2"}
    assert "群里问：材料要几份？" in officer.post("/rounds/2018/questions", typed, follow=True).page.words
    assert "/rounds/2018/questions" in officer.get("/").get_data(as_text=True)
    first, second = sorted(queries.questions(people["round"]), key=lambda each: each.id)
    where = f"/rounds/2018/questions/{first.id}"
    missing = officer.post(f"{where}/answer", {"wording": TEXT, "answer": " "})
    assert missing.status_code == 422 and TEXT in missing.page.words
    assert officer.post(f"{where}/answer", {"wording": TEXT, "answer": "不能。"}).status_code == 303
    assert officer.post(f"/rounds/2018/questions/{second.id}/merge", {"into": first.id}).status_code == 303
    fixed = {"answer": "不能，含作为依托单位。", "reason": "补全"}
    assert officer.post(f"{where}/correct", fixed).status_code == 303
    page = browser.get("/calls/2018").page.words
    for part in (TEXT, "不能。", "不能，含作为依托单位。", "补全"):
        assert part in page
    assert "群里问" not in page
    again = officer.post(f"/rounds/2018/questions/{second.id}/again", {"reason": "另有所问"}, follow=True)
    assert again.status_code == 200
    declined = officer.post(
        f"/rounds/2018/questions/{second.id}/decline", {"reason": "已在公告里"}, follow=True
    )
    assert "已在公告里" in declined.page.words
    for address in ("", f"/{first.id}"):
        assert officer.get(f"/rounds/2019/questions{address}").status_code == 404
    waiting = officer.get("/outbox", **scene.ENGLISH).page.words
    assert "new answers to questions about the call" in waiting


@pytest.mark.parametrize("role", list(Role))
def test_who_settles_questions(people: Any, enter: Any, role: Role) -> None:
    question = asked(people["round"], people["asker"])
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside = enter(person)
    assert inside.get("/calls/2018/questions/new").status_code == 200
    assert inside.get("/rounds/2018/questions").status_code == (200 if role in STAFF else 403)
    settles = role is Role.OFFICER
    for verb in ("", "/answer", "/merge", "/decline", "/again", "/correct"):
        where = f"/rounds/2018/questions/{question.id}{verb}"
        answer = inside.post(where, {}) if verb else inside.get(where)
        assert answer.status_code in ({200, 422} if settles else {403}), verb


def test_the_public_page_asks_the_same_whatever_was_asked(
    people: Any, browser: Any, enter: Any, statements: list[str]
) -> None:
    staff, counts = enter(people["officer"]), []
    for number in range(1, 12):
        question = asked(people["round"], people["officer"], f"问题{number}？")
        answered(question, people["officer"], wording=f"问题{number}？")
        if number in (1, 11):
            save()
            for who, address in ((browser, "/calls/2018"), (staff, "/rounds/2018/questions")):
                statements.clear()
                assert f"问题{number}？" in who.get(address).get_data(as_text=True)
                counts.append(len(statements))
    assert counts == [13, 13, 13, 13]
