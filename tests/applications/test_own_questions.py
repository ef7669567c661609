"""A round's own questions in the application: asked, kept, frozen with their text, read and printed."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from applications.test_views import hidden
from client import save

from venture import web
from venture.applications import actions, parts, printing, queries
from venture.applications.models import Application
from venture.applications.parts import Kind
from venture.db import db
from venture.files import Staged
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.questions import QuestionKind

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
ENGLISH = {"headers": {"Accept-Language": "en"}}
WRITTEN = "50% <b>志愿者</b>名单"
"""What an officer may well write, and no template may take for a format or for HTML."""


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(
            officer,
            2026,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        )
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")

    kinds = QuestionKind
    make.question(Scene.round, "是否有志愿者", kinds.CHOICE, choices=["有", "没有"])
    make.question(Scene.round, "人数", kinds.NUMBER, least=100, most=5000, after="q1", answer="c1")
    make.question(Scene.round, "人数", kinds.NUMBER, required=False)
    make.question(Scene.round, WRITTEN, kinds.FILE, hint="100% 真实 <i>")
    make.question(Scene.round, "议事经验", kinds.LONG, limit=10, theme="consultation")
    make.question(Scene.round, "开始日期", kinds.DAY, required=False)
    save()
    return Scene


def own(draft: Application) -> Any:
    return next(part for part in queries.offered(draft, queries.sheet(draft)) if part.code == "own")


def put(draft: Application, by: Any, at: datetime = DURING, **fields: Any) -> None:
    given = {"application": draft, "part": own(draft), "seen": draft.revision, "base": None}
    actions.save_part(posted=fields, by=by, at=at, **given)


def attach(draft: Application, by: Any, code: str = "q4", sign: str = "a") -> None:
    row = next(each for each in draft.round.questions if each.code == code)
    staged = Staged(sign * 64, f"名单{sign}.pdf", "application/pdf", 2000)
    actions.attach(application=draft, kind=row, staged=staged, by=by, at=DURING)


def afresh(draft: Application, person: Any) -> Application:
    db.session.expire_all()
    return typed.reload(draft, person)


def told(draft: Application) -> list[tuple[str, str]]:
    """The obstacles of the own questions, as (code, field)."""
    found = queries.obstacles(draft, DURING)
    return [(each.code, each.field) for each in found if each.facts.get("part") == "own"]


def test_they_are_a_part_of_their_own_and_stand_in_the_way_like_other_fields(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    assert [field.key for field in own(draft).fields] == ["q1", "q2", "q3", "q4", "q6"]
    assert told(draft) == [("applications.missing", "q1"), ("applications.missing", "q4")]
    put(draft, scene.anna, q1="c1", q2="51", q6="明天")
    attach(draft, scene.anna)
    assert told(draft) == [("applications.out_of_range", "q2"), ("applications.unreadable", "q6")]
    put(draft, scene.anna, q1="c2", q6="2026年6月1日")
    assert told(draft) == [], "with «no» nobody asks how many, whatever is still typed there"
    assert queries.sheet(draft)["q2"] == "51" and queries.sheet(draft)["q6"] == "2026-06-01"
    typed.fill(draft, by=scene.anna, **typed.THEME)
    assert told(draft) == [("applications.missing", "q5")]
    put(draft, scene.anna, q5="一二三四五六七八九十一")
    assert told(draft) == [("applications.too_long", "q5")]


def answered(scene: Any, **more: Any) -> Application:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    put(draft, scene.anna, **{"q1": "c1", "q2": "12", "q3": "7"} | more)
    attach(draft, scene.anna)
    return draft


def send(draft: Application, by: Any, key: str = "k") -> Any:
    return actions.submit(application=draft, by=by, key=key, seen=draft.revision, at=DURING)


def test_a_version_keeps_the_questions_as_they_read_when_it_was_sent(scene: Any) -> None:
    draft = answered(scene)
    version = send(draft, scene.anna)
    kept = json.loads(version.content)
    assert [(each["code"], each["title"], each["asked"]) for each in kept["questions"]] == [
        ("q1", "是否有志愿者", True),
        ("q2", "人数", True),
        ("q3", "人数", True),
        ("q4", WRITTEN, True),
        ("q5", "议事经验", False),
        ("q6", "开始日期", True),
    ]
    assert {key: kept["form"].get(key) for key in ("q1", "q2", "q3", "q4", "q5", "q6")} == {
        "q1": "c1",
        "q2": "12",
        "q3": "7",
        "q4": ["名单a.pdf"],
        "q5": None,
        "q6": "",
    }
    assert [(each["kind"], each["name"]) for each in kept["files"]][-1] == (WRITTEN, "名单a.pdf")
    scene.round.questions[0].title = "后来的问法"
    db.session.flush()
    sent, now = (
        {
            answer.field.key: answer.field.label
            for part, answers in shown
            if part.code == "own"
            for answer in answers
        }
        for shown in (
            queries.document(draft, contacts=True),
            queries.document(draft, form=queries.sheet(draft), contacts=True),
        )
    )
    assert (sent["q1"], now["q1"]) == ("是否有志愿者", "后来的问法")
    assert sent.keys() == {"q1", "q2", "q3", "q4", "q6"}


def test_what_is_not_asked_is_not_sent_and_not_lost(scene: Any) -> None:
    draft = answered(scene)
    put(draft, scene.anna, q1="c2")
    kept = json.loads(send(draft, scene.anna).content)
    assert "q2" not in kept["form"]
    assert [each["asked"] for each in kept["questions"]] == [True, False, True, True, False, True]
    assert queries.sheet(draft)["q2"] == "12"
    put(draft, scene.anna, q1="c1")
    again = json.loads(send(draft, scene.anna, "again").content)
    assert again["form"]["q2"] == "12"


def test_a_version_from_before_there_were_questions_was_asked_none(scene: Any) -> None:
    old = make.application(scene.round, by=scene.anna, state=make.State.SUBMITTED, organization_=scene.body)
    assert [part.code for part, _answers in queries.document(old, contacts=True)][-1] != "own"


def test_the_history_of_the_draft_knows_them_and_puts_them_back(scene: Any) -> None:
    draft = answered(scene)
    put(draft, scene.bert, DURING + timedelta(minutes=20), q1="c2", q3="8")
    earlier = next(each for each in queries.snapshots(draft) if each.saved_by_id == scene.anna.id)
    given = {"application": draft, "part": own(draft), "snapshot": earlier, "seen": draft.revision}
    actions.restore_part(by=scene.bert, at=DURING + timedelta(minutes=21), **given)
    sheet = queries.sheet(draft)
    assert (sheet["q1"], sheet["q3"], sheet["q4"]) == ("c1", "7", ["名单a.pdf"])


def test_a_file_answers_one_question_and_is_no_paper(scene: Any) -> None:
    draft = answered(scene)
    attach(draft, scene.anna)
    attach(draft, scene.anna, sign="b")
    assert queries.sheet(draft)["q4"] == ["名单a.pdf", "名单b.pdf"], "the same file twice is one"
    with pytest.raises(Refused) as refused:
        actions.attach(
            application=draft, kind=scene.round.questions[3], staged=None, by=scene.anna, at=DURING
        )
    assert [(each.code, each.field) for each in refused.value.blockers] == [("applications.no_file", "q4")]
    before = draft.revision
    put(draft, scene.anna, q4=["anything typed here"])
    assert draft.revision == before, "a file comes by attaching it"
    assert queries.sheet(draft)["q4"] == ["名单a.pdf", "名单b.pdf"]
    send(draft, scene.anna)
    actions.detach(application=draft, attachment=queries.live_files(draft)[-1], by=scene.anna, at=DURING)
    assert queries.sheet(draft)["q4"] == ["名单a.pdf"]
    assert queries.sheet(draft, pending=False)["q4"] == ["名单a.pdf", "名单b.pdf"], "what was sent stands"


def test_they_are_printed_as_they_were_written(app: Any, scene: Any) -> None:
    draft = answered(scene)
    version = send(draft, scene.anna)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = queries.document(draft, queries.content(version), contacts=True)
        made = printing.paper(draft, version, shown, {}, lambda row: None, "")
        part = made["parts"][-1]
        assert part["label"] == web.said(parts.OWN.label)
    assert [tuple(each) for each in part["answers"]] == [
        ("是否有志愿者", "有"),
        ("人数", "12"),
        ("人数", "7"),
        (WRITTEN, "名单a.pdf"),
        ("开始日期", "—"),
    ]
    assert parts.length(queries.sheet(draft), own(draft).fields) == parts.length(queries.sheet(draft))


def test_a_form_with_files_without_javascript(scene: Any, enter: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    save()
    where = f"/applications/{draft.id}/parts/own"
    with time_machine.travel(DURING, tick=False):
        browser = enter(scene.anna)
        page = browser.get(where, **ENGLISH)
        html = page.get_data(as_text=True)
        assert "Only if «是否有志愿者» is answered «有». From 1 to 50" in page.page.words
        assert WRITTEN in page.page.words and "100% 真实 <i>" in page.page.words and "<b>" not in html
        sent = hidden(page, where) | {"q1": "c1", "q2": "abc", "q3": "3"}
        file = (io.BytesIO(b"%PDF-1.4 x"), "名单.pdf")
        assert browser.post(where, sent | {"q4": file}).status_code == 303
        page = browser.get(where, **ENGLISH)
        assert "«abc» is not a number" in page.page.words and "名单.pdf" in page.page.words
        kept = queries.live_files(afresh(draft, scene.anna))
        out = next(each for each in kept if each.question_id)
        again = hidden(page, where) | {"q2": "60", "out": str(out.id)}
        assert browser.post(where, again).status_code == 303
        page = browser.get(where, **ENGLISH)
        assert "人数: 60 does not lie between 1 and 50." in page.page.words
        overview = browser.get(f"/applications/{draft.id}", **ENGLISH).page.words
        assert "Questions of this round" in overview and f"{WRITTEN}: not filled in yet." in overview
    found = queries.sheet(afresh(draft, scene.anna))
    assert (found["q1"], found["q2"], found["q3"], found["q4"]) == ("c1", "60", "3", [])


def test_autosave_and_two_people(scene: Any, enter: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    save()
    where = f"/applications/{draft.id}/parts/own"
    with time_machine.travel(DURING, tick=False):
        browser, other = enter(scene.anna), enter(scene.bert)
        seen = {"version": draft.revision, "changed": ["q1", "q4"], "q1": "c2", "q4": "no"}
        browser.get(where)
        assert browser.post(f"{where}/autosave", seen).get_json()["version"] == draft.revision + 1
        other.get(where, **ENGLISH)
        clash = other.post(where, {"version": draft.revision, "q1": "c1", "base": "{}"}, **ENGLISH)
        assert clash.status_code == 409
        assert "What shall stand: 是否有志愿者" in clash.page.words
    assert queries.sheet(afresh(draft, scene.anna))["q1"] == "c2"


def test_pages_with_them_read_well(scene: Any, enter: Any) -> None:
    draft = answered(scene)
    send(draft, scene.anna)
    put(draft, scene.anna, DURING + timedelta(minutes=20), q3="9")
    save()
    with time_machine.travel(DURING, tick=False):
        browser, officer = enter(scene.anna), enter(scene.officer)
        for who in (browser, officer):
            version = who.get(f"/applications/{draft.id}/versions/1", **ENGLISH)
            assert WRITTEN in version.page.words and "是否有志愿者 有" in version.page.words
        assert WRITTEN in officer.get(f"/applications/{draft.id}", **ENGLISH).page.words
        last = queries.snapshots(draft)[1].revision
        page = browser.get(f"/applications/{draft.id}/drafts/{last}", **ENGLISH).page.words
        assert "人数" in page and "79" in page.replace(" ", "")
        listed = browser.get(f"/applications/{draft.id}/drafts", **ENGLISH).page.words
        assert "人数" in listed
        assert browser.get(f"/applications/{draft.id}/versions/1/print").mimetype == "application/pdf"


def test_every_kind_of_question_is_a_kind_of_field() -> None:
    assert set(parts._KINDS) == set(QuestionKind)
    assert Kind.FILE in parts._KINDS.values()
