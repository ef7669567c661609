"""The officer sets a round's own questions, and widens them while people answer; everybody sees what changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from client import save
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from venture import invariants, outbox, trail
from venture.applications import actions, queries
from venture.db import db
from venture.desk.post import words
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import actions as rounds
from venture.rounds import queries as round_queries
from venture.rounds.models import OwnQuestion, Round, RoundState, Supplement
from venture.rounds.questions import Question, QuestionKind

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
ENGLISH = {"headers": {"Accept-Language": "en"}}
YES_NO = (("c1", "有"), ("c2", "没有"))


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(
            officer,
            2026,
            state=RoundState.PLANNED,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        )
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")

    save()
    return Scene


def put(scene: Any, question: Question) -> Question:
    return actions.put_question(round=scene.round, question=question, by=scene.officer, at=DURING)


def titles(scene: Any) -> list[tuple[str, str]]:
    return [(each.code, each.title) for each in queries.own_questions(scene.round)]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


# --- set while planned ---


def test_two_of_one_title_stay_two_wherever_they_move(scene: Any) -> None:
    act = {"round": scene.round, "by": scene.officer, "at": DURING}
    first = put(scene, Question("", QuestionKind.NUMBER, "人数"))
    second = put(scene, Question("", QuestionKind.NUMBER, "人数"))
    third = put(scene, Question("", QuestionKind.TEXT, "地点"))
    assert titles(scene) == [("q1", "人数"), ("q2", "人数"), ("q3", "地点")]
    actions.move_question(code=second.code, up=True, **act)
    actions.move_question(code=second.code, up=True, **act)
    put(scene, replace(first, required=False))
    assert titles(scene) == [("q2", "人数"), ("q1", "人数"), ("q3", "地点")]
    assert [each.required for each in queries.own_questions(scene.round)] == [True, False, True]
    actions.remove_question(code=first.code, **act)
    assert titles(scene) == [("q2", "人数"), ("q3", "地点")]
    with pytest.raises(Refused) as refused:
        actions.move_question(code=first.code, up=True, **act)
    assert codes(refused) == ["rounds.question_gone"]
    assert third.code == "q3"


def test_what_others_depend_on_stays_above_them(scene: Any) -> None:
    act = {"round": scene.round, "by": scene.officer, "at": DURING}
    subject = put(scene, Question("", QuestionKind.CHOICE, "志愿者", choices=YES_NO))
    put(scene, Question("", QuestionKind.TEXT, "怎样招募", after="q1", answer="c1"))
    for verb, given in ((actions.remove_question, {}), (actions.move_question, {"up": False})):
        with pytest.raises(Refused) as refused:
            verb(code="q1", **given, **act)
        assert codes(refused) == ["rounds.condition_order"]
        save()
    with pytest.raises(Refused) as refused:
        put(scene, replace(subject, choices=(("c2", "没有"), ("c3", "不清楚"))))
    assert codes(refused) == ["rounds.condition_choice"]


def test_a_theme_with_a_question_of_its_own_cannot_go(scene: Any) -> None:
    theme = scene.round.themes[0]
    put(scene, Question("", QuestionKind.TEXT, "议题", theme=theme.code))
    with pytest.raises(Refused) as refused:
        rounds.remove_theme(theme=theme, by=scene.officer, at=DURING)
    assert codes(refused) == ["rounds.theme_asked"]
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE own_question SET theme = 'gone'"))


def test_only_planners_and_only_while_planned(scene: Any) -> None:
    with pytest.raises(Refused) as refused:
        actions.put_question(
            round=scene.round, question=Question("", QuestionKind.TEXT, "题"), by=scene.anna, at=DURING
        )
    assert codes(refused) == ["rounds.not_planner"]
    put(scene, Question("", QuestionKind.TEXT, "题"))
    rounds.open_round(round=scene.round, by=scene.officer, at=DURING)
    act = {"round": scene.round, "by": scene.officer, "at": DURING}
    for verb, given in (
        (actions.put_question, {"question": Question("", QuestionKind.TEXT, "再问")}),
        (actions.move_question, {"code": "q1", "up": True}),
        (actions.remove_question, {"code": "q1"}),
    ):
        with pytest.raises(Refused) as refused:
            verb(**given, **act)
        assert codes(refused) == ["rounds.not_planned"]


def test_a_copied_round_asks_the_same_under_the_same_codes(scene: Any) -> None:
    put(scene, Question("", QuestionKind.CHOICE, "志愿者", choices=YES_NO))
    put(scene, Question("", QuestionKind.TEXT, "议题", theme="general", limit=20))
    copied = rounds.copy_from(
        source=scene.round,
        year=2027,
        ordinal=2,
        name="下一届",
        opens_at=DURING,
        closes_at=DURING + timedelta(days=9),
        by=scene.officer,
        at=DURING,
    )
    assert queries.own_questions(copied) == queries.own_questions(scene.round)
    assert [each for each in round_queries.differences(copied, scene.round) if "question" in each.label] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ('"limit"', "0"),
        ("title", "''"),
        ("least", "10, most = 5"),
        ("first_on", "'2026-05-02', last_on = '2026-05-01'"),
        ("after", "'q2'"),
        ("after", "'q2', answer = 'c1', theme = 'general'"),
        ("code", "'q2'"),
        ("kind", "'colour'"),
    ],
)
def test_the_database_keeps_what_a_question_promises(scene: Any, column: str, value: str) -> None:
    put(scene, Question("", QuestionKind.TEXT, "甲"))
    put(scene, Question("", QuestionKind.TEXT, "乙"))
    with pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE own_question SET {column} = {value} WHERE code = 'q1'"))


def test_the_officer_sets_them_on_pages_without_javascript(scene: Any, enter: Any) -> None:
    where = "/rounds/2026/own-questions"
    browser = enter(scene.officer)
    assert "asks nothing beyond" in browser.get(where, **ENGLISH).page.words

    def add(**fields: str) -> Any:
        browser.get(f"{where}/new")
        return browser.post(f"{where}/new", {"required": "y", "condition": "", **fields}, **ENGLISH)

    assert add(kind="choice", title="志愿者", choices="有\n没有").status_code == 303
    assert add(kind="number", title="人数", least="1", most="３０").status_code == 303
    assert add(kind="number", title="人数", condition="q1 c1").status_code == 303
    refused = add(kind="choice", title="50% <b>", choices="一个")
    assert refused.status_code == 422 and "«50% <b>»: give 2 to 20 choices" in refused.page.words
    assert "Write it as an answer would" in add(kind="day", title="日期", least="30").page.words
    assert "Write it as an answer would" in add(kind="money", title="金额", most="很多").page.words
    assert add(kind="colour", title="题").status_code == 422
    assert add(kind="text", title="题", condition="q9 c1").status_code == 422
    assert (
        add(kind="day", title="日期", least="2026年6月1日", condition="theme consultation").status_code == 303
    )
    page = browser.get(where, **ENGLISH)
    assert "only if «志愿者» is answered «有»" in page.page.words
    assert "From 1 to 30" in page.page.words and "Not before 2026-06-01" in page.page.words
    assert "日期" in page.get_data(as_text=True).partition('id="preview"')[2]
    general = browser.get(f"{where}?theme=general").get_data(as_text=True).partition('id="preview"')[2]
    assert "日期" not in general and "志愿者" in general
    assert browser.post(f"{where}/q4/up").status_code == 303
    refused = browser.post(f"{where}/q1/down", **ENGLISH)
    assert refused.status_code == 303, "q2 does not depend on q1"
    refused = browser.post(f"{where}/q1/down", **ENGLISH)
    assert refused.status_code == 303
    refused = browser.post(f"{where}/q1/down", **ENGLISH)
    assert refused.status_code == 422 and "must stand above it" in refused.page.words
    assert "志愿者" in browser.post(f"{where}/q1/remove").page.words
    assert browser.post(f"{where}/q1/remove", {"confirmed": "1"}).status_code == 422
    assert browser.post(f"{where}/q3/remove", {"confirmed": "1"}).status_code == 303
    assert browser.get(f"{where}/q3").status_code == 404
    shown = browser.get(f"{where}/q2", **ENGLISH).get_data(as_text=True)
    assert 'value="30"' in shown
    edited = {"kind": "number", "title": "多少人", "least": "1", "most": "40", "condition": ""}
    assert browser.post(f"{where}/q2", edited).status_code == 303
    db.session.expire_all()
    assert titles(scene) == [("q2", "多少人"), ("q4", "日期"), ("q1", "志愿者")]
    assert "多少人" in browser.get("/rounds/2026").page.words
    assert enter(scene.anna).get(where).status_code == 403
    assert enter(make.person(Role.AUDITOR)).get(where).status_code == 200


# --- supplements while open ---


@pytest.fixture
def opened(scene: Any) -> Any:
    put(scene, Question("", QuestionKind.TEXT, "服务地点", limit=20))
    put(scene, Question("", QuestionKind.NUMBER, "人数", least=100, most=3000))
    put(scene, Question("", QuestionKind.CHOICE, "志愿者", choices=YES_NO))
    rounds.open_round(round=scene.round, by=scene.officer, at=DURING)
    scene.draft = typed.draft(scene.round, scene.body, by=scene.anna)
    save()
    return scene


def amend(scene: Any, code: str, reason: str = "打字错误", **more: Any) -> Supplement:
    old = next(each for each in queries.own_questions(scene.round) if each.code == code)
    return actions.amend_question(
        round=scene.round, question=replace(old, **more), reason=reason, by=scene.officer, at=DURING
    )


def test_a_widening_is_a_numbered_supplement_told_to_all_drafters(opened: Any) -> None:
    outside = make.person(Role.APPLICANT, organization=make.organization())
    first = amend(opened, "q1", limit=40, title="服务的地点")
    second = amend(opened, "q3", choices=(*YES_NO, ("c3", "准备招募")), required=False)
    assert (first.number, first.question, first.title, first.reason) == (1, "q1", "服务地点", "打字错误")
    assert first.changes == [["title", "服务地点", "服务的地点"], ["limit", 20, 40]]
    assert (second.number, second.changes) == (
        2,
        [["required", True, False], ["choices", ["有", "没有"], ["有", "没有", "准备招募"]]],
    )
    messages = db.session.scalars(select(outbox.Message).order_by(outbox.Message.id)).all()
    assert [(each.kind, each.person_id, each.state) for each in messages] == [
        ("applications.supplement", opened.anna.id, outbox.Delivery.HELD)
    ] * 2
    assert outside.id not in {each.person_id for each in messages}
    save()
    said = trail.history(opened.round)[0]
    assert (said.did, said.facts["number"], said.facts["reason"]) == ("rounds.supplement", 2, "打字错误")


@pytest.mark.parametrize(
    ("code", "change", "refusal"),
    [
        ("q1", {"limit": 19}, "rounds.limit_lower"),
        ("q1", {"kind": QuestionKind.LONG}, "rounds.kind_fixed"),
        ("q1", {"theme": "general"}, "rounds.condition_fixed"),
        ("q2", {"most": 2999}, "rounds.range_narrower"),
        ("q2", {"least": 101}, "rounds.range_narrower"),
        ("q3", {"choices": (("c1", "有"), ("c3", "无"))}, "rounds.choice_gone"),
        ("q3", {"choices": (*YES_NO, ("c3", "有"))}, "rounds.choice_twice"),
        ("q1", {"title": " "}, "rounds.no_title"),
        ("q1", {}, "rounds.nothing_changed"),
        ("q1", {"title": "好", "reason": " "}, "rounds.reason_needed"),
    ],
)
def test_what_would_invalidate_an_answer_is_refused(
    opened: Any, code: str, change: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(Refused) as refused:
        amend(opened, code, **change)
    assert codes(refused) == [refusal]
    assert round_queries.supplements(opened.round) == []


def test_optional_never_becomes_required(opened: Any) -> None:
    amend(opened, "q1", required=False)
    with pytest.raises(Refused) as refused:
        amend(opened, "q1", required=True)
    assert codes(refused) == ["rounds.now_required"]


def test_only_while_the_round_is_open(opened: Any) -> None:
    opened.round.state = RoundState.CLOSED
    with pytest.raises(Refused) as refused:
        amend(opened, "q1", limit=40)
    assert codes(refused) == ["rounds.not_open"]
    actions.correct(round=opened.round, field="months", value=10, reason="更正", by=opened.officer, at=DURING)
    assert round_queries.supplements(opened.round) == []


@pytest.mark.parametrize("statement", ["UPDATE supplement SET reason = '别的'", "DELETE FROM supplement"])
def test_a_published_supplement_is_never_changed(opened: Any, statement: str) -> None:
    amend(opened, "q1", limit=40)
    save()
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        db.session.execute(text(statement))


def test_a_number_is_given_once(opened: Any) -> None:
    amend(opened, "q1", limit=40)
    again = {"changes": [], "reason": "再", "at": DURING, "by": opened.officer}
    db.session.add(Supplement(round_id=opened.round.id, number=1, **again))
    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.unsound("supplements")
def test_a_gap_in_the_numbers_is_found(app: Any, opened: Any) -> None:
    amend(opened, "q1", limit=40)
    again = {"changes": [], "reason": "再", "at": DURING, "by": opened.officer}
    db.session.add(Supplement(round_id=opened.round.id, number=3, **again))
    save()
    found = [each for each in invariants.broken(app.settings) if each.startswith("supplements")]
    assert found == [f"supplements: round {opened.round.id}: 2 supplements, the last is number 3"]


def test_applicants_see_a_changed_rule_a_limit_and_a_question(app: Any, opened: Any, enter: Any) -> None:
    own, draft = "/rounds/2026/own-questions", f"/applications/{opened.draft.id}"
    with time_machine.travel(DURING, tick=False):
        officer, anna, public = enter(opened.officer), enter(opened.anna), enter
        assert "supplement" not in anna.get(draft, **ENGLISH).page.words
        officer.get("/rounds/2026/correct?field=correction_days")
        rule = {"value": "5", "reason": "节假日"}
        assert officer.post("/rounds/2026/correct?field=correction_days", rule).status_code == 303
        wording = {"value": "登记不满一年的单位不得申报", "reason": "漏字"}
        address = f"/rounds/2026/correct?field=rule-{opened.round.rules[0].code}"
        assert wording["value"] not in officer.get(address, **ENGLISH).page.words
        assert officer.post(address, wording).status_code == 303
        address = "/rounds/2026/correct?field=files_mb"
        assert officer.post(address, {"value": "100", "reason": "少"}, **ENGLISH).status_code == 422
        assert officer.post(address, {"value": "300", "reason": "不够"}).status_code == 303
        for public_page in (anna.get(draft, **ENGLISH), anna.get("/calls/2026", **ENGLISH)):
            assert wording["value"] in public_page.page.words and "200 → 300" in public_page.page.words
        later = {"organization": "", "until": "2026-06-02 17:00:00", "reason": "系统维护"}
        assert officer.post("/rounds/2026/more-time", later | {"confirmed": "1"}).status_code == 303
        page = officer.get(f"{own}/q1", **ENGLISH)
        assert "Set right or widen" in page.page.words and "Most characters" in page.page.words
        fields = {"title": "服务地点", "hint": "", "required": "y", "limit": "10", "reason": "改"}
        refused = officer.post(f"{own}/q1/amend", fields, **ENGLISH)
        assert refused.status_code == 422
        assert "«服务地点»: answers of up to 20 characters were allowed" in refused.page.words
        fields |= {"limit": "60", "title": "服务的<地点>", "reason": "写不下"}
        preview = officer.post(f"{own}/q1/amend", fields, **ENGLISH).page.words
        assert "Publish supplement 5?" in preview and "People told by message 1" in preview
        assert "Most characters 20 60" in preview
        assert len(anna.get(draft).get_data(as_text=True).split('id="supplement-')) == 5, "not yet"
        assert officer.post(f"{own}/q1/amend", fields | {"confirmed": "1"}).status_code == 303
        for page in (
            anna.get(draft, **ENGLISH),
            anna.get("/calls/2026", **ENGLISH),
            officer.get("/rounds/2026", **ENGLISH),
            officer.get(own, **ENGLISH),
        ):
            read = page.page.words
            assert "Supplement 5: 服务地点" in read and "Reason: 写不下" in read and "服务的<地点>" in read
            assert "Working days to complete what was sent back 3 working days → 5 working days" in read
            assert "2026-05-31 17:00:00 → 2026-06-02 17:00:00" in read
        form = anna.get(f"{draft}/parts/own", **ENGLISH).page.words
        assert "服务的<地点>" in form and "At most 60 characters" in form
    with app.test_request_context(headers={"Accept-Language": "en"}):
        held = db.session.scalars(select(outbox.Message).order_by(outbox.Message.id)).all()
        subject, body = words(held[-1])
    assert subject == "2026年第11届公益创投: supplement 5"
    assert "Title of the question: before 服务地点, now 服务的<地点>" in body and "Reason: 写不下" in body
    assert public


def test_the_public_page_of_the_call(scene: Any, browser: Any) -> None:
    put(scene, Question("", QuestionKind.TEXT, "服务地点", theme="general", limit=20))
    save()
    assert browser.get("/calls/2026").status_code == 404, "a planned round is not public"
    rounds.open_round(round=scene.round, by=scene.officer, at=DURING)
    save()
    page = browser.get("/calls/2026", **ENGLISH).page.words
    assert "服务地点" in page and "only in «综合服务»" in page and "At most 20 characters" in page
    assert scene.officer.name not in page
    assert "/calls/2026" in browser.get("/").get_data(as_text=True)


def test_pages_cost_the_same_at_one_question_and_at_a_dozen(
    scene: Any, enter: Any, statements: list[str]
) -> None:
    put(scene, Question("", QuestionKind.TEXT, "题", limit=500))
    rounds.open_round(round=scene.round, by=scene.officer, at=DURING)
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    amend(scene, "q1", limit=600)
    save()
    pages = ["/calls/2026", f"/applications/{draft.id}", f"/applications/{draft.id}/parts/own"]

    def count() -> list[int]:
        found = []
        with time_machine.travel(DURING, tick=False):
            for who, address in [
                *((scene.anna, page) for page in pages),
                (scene.officer, "/rounds/2026/own-questions"),
            ]:
                browser = enter(who)
                statements.clear()
                assert browser.get(address).status_code == 200
                found.append(len(statements))
        return found

    few = count()
    round = db.session.get_one(Round, scene.round.id)
    for number in range(2, 13):
        make.question(round, f"题{number}", QuestionKind.FILE if number % 2 else QuestionKind.MONEY)
        amend(scene, "q1", limit=600 + number)
    save()
    assert count() == few
    assert len(db.session.scalars(select(OwnQuestion)).all()) == 12
