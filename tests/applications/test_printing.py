"""申报书 as PDF: who gets it, of which version, and what a machine without fonts says."""

import dataclasses
import os
from datetime import date
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import flask
import make
import pytest
import typed
from client import Browser, save

from venture import documents, files, outbox
from venture.applications import actions, printing, queries
from venture.applications.lifecycle import State
from venture.applications.models import Reader
from venture.config import Settings
from venture.db import db
from venture.roles import Role

needs_fonts = pytest.mark.skipif(
    not (Settings.fonts / "NotoSerifCJK-Regular.ttc").is_file()
    and os.environ.get("VENTURE_REQUIRE_ALL") != "1",
    reason="no fonts-noto-cjk",
)


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        stranger = make.person(Role.APPLICANT, organization=make.organization(), name="虚构乙")
        sent = make.application(round, by=anna, organization_=body, state=State.SUBMITTED)
        draft = make.application(round, by=anna, organization_=body, title="草稿 #x 项目")

    save()
    return Scene


def paper(application: Any, version: Any) -> dict[str, Any]:
    names = {each.code: each.name for each in application.communities}
    shown = queries.document(application, form=queries.sheet(application), contacts=True)
    return printing.paper(application, version, shown, names, lambda row: 4000000, "2026-05-20 12:00:00")


def test_the_foot_names_number_version_and_receipt(app: Any, scene: Any) -> None:
    version = scene.sent.versions[0]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = paper(scene.sent, version)
    assert made["code"] == f"{scene.sent.number} · Version 1 · {version.receipt}"
    assert made["watermark"] == ""
    assert made["qr"] == documents.qr(f"{scene.sent.number}/1/{version.receipt}")


def test_a_draft_says_so_and_has_no_code(app: Any, scene: Any) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = paper(scene.draft, None)
    assert (made["watermark"], made["code"], made["qr"]) == ("Draft", "Draft, not submitted", "")
    answers = [tuple(row) for part in made["parts"] for row in part["answers"]]
    assert ("Project title", "草稿 #x 项目") in answers
    assert ("Amount applied for", "40,000.00 yuan") in answers
    costs = next(each for part in made["parts"] for each in part["tables"] if each["heads"][-1] == "Amount")
    assert costs["rows"] == [["Activity costs", "活动物资", "40,000.00", "1", "项", "40,000.00"]]


def test_the_pledge_stands_alone_with_the_versions_code(app: Any, scene: Any) -> None:
    version = scene.sent.versions[0]
    shown = queries.document(scene.sent, form=queries.sheet(scene.sent), contacts=True)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = printing.pledge(scene.sent, version, shown, "2026-05-20 12:00:00")
        whole = paper(scene.sent, version)
    assert (made["code"], made["qr"]) == (whole["code"], whole["qr"])
    assert [part["label"] for part in made["parts"]] == ["Pledge"]
    assert len(made["sign"]) == 3 and whole["sign"] == []
    assert made["facts"][-1] == ("Amount applied for", "40,000.00 yuan")


@needs_fonts
def test_its_people_and_staff_get_the_pdf_and_others_nothing(app: Any, scene: Any) -> None:
    sent, draft = f"/applications/{scene.sent.id}/versions/1/print", f"/applications/{scene.draft.id}/print"
    pledge = f"/applications/{scene.sent.id}/versions/1/pledge"
    anna, officer, stranger = (
        Browser(app).enter(each) for each in (scene.anna, scene.officer, scene.stranger)
    )
    for browser, address in ((anna, sent), (officer, sent), (anna, draft), (anna, pledge)):
        answer = browser.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
    assert officer.get(draft).status_code == 404
    for address in (sent, draft, pledge, f"/applications/{scene.sent.id}/versions/2/print"):
        assert stranger.get(address).status_code == 404


def test_without_fonts_the_page_says_what_to_install(app: Any, scene: Any, tmp_path: Path) -> None:
    app.settings = dataclasses.replace(app.settings, fonts=tmp_path)
    english = {"headers": {"Accept-Language": "en"}}
    answer = Browser(app).enter(scene.anna).get(f"/applications/{scene.draft.id}/print", **english)
    assert answer.status_code == 409
    assert "fonts-noto-cjk" in answer.page.words


@needs_fonts
def test_a_document_that_takes_too_long_ends_alone(
    app: Any, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X20: its process is ended, the page says so, the next document is made."""
    compiled = documents.pdf
    monkeypatch.setattr(documents, "pdf", lambda *given, **more: compiled(*given, **more, limit=0.01))
    browser = Browser(app).enter(scene.anna)
    answer = browser.get(f"/applications/{scene.draft.id}/print")
    assert answer.status_code == 409 and browser.get("/applications").status_code == 200
    monkeypatch.undo()
    with browser.client.get(f"/applications/{scene.draft.id}/print") as whole:
        assert whole.data.startswith(b"%PDF")


def test_nobody_takes_all_the_places_where_documents_are_made(app: Any, scene: Any) -> None:
    """G10: the third at one time is refused with the reason; others are not kept waiting; a place comes back."""
    anna, officer = Browser(app).enter(scene.anna), Browser(app).enter(scene.officer)
    address = f"/applications/{scene.sent.id}/versions/1/print"
    turns = app.settings.data / "turns"
    with documents.turn(turns, scene.anna.id):
        with documents.turn(turns, scene.anna.id):
            refused = anna.get(address, headers={"Accept-Language": "en"})
            assert refused.status_code == 409
            assert "2 documents are being made for you at this moment" in refused.page.words
            with officer.client.get(address) as others:
                assert others.data.startswith(b"%PDF")
        with anna.client.get(address) as again:
            assert again.data.startswith(b"%PDF")


def test_the_word_file_is_of_the_same_record_and_for_the_same_people(app: Any, scene: Any) -> None:
    sent, draft = f"/applications/{scene.sent.id}/versions/1/word", f"/applications/{scene.draft.id}/word"
    anna, officer, stranger = (
        Browser(app).enter(each) for each in (scene.anna, scene.officer, scene.stranger)
    )
    for browser, address in ((anna, sent), (officer, sent), (anna, draft)):
        answer = browser.get(address, headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.mimetype) == (200, files.TYPES["docx"])
        assert answer.headers["Cache-Control"] == "no-store"
        opened = docx.Document(BytesIO(answer.data))
        shown = {row.cells[0].text: row.cells[1].text for table in opened.tables[:3] for row in table.rows}
        assert shown["Organization"] == scene.body.name
        assert address == sent or shown["Amount applied for"] == "40,000.00 yuan"
        version = scene.sent.versions[0]
        code = f"{scene.sent.number} · Version 1 · {version.receipt}"
        head = code if address == sent else "Draft · Draft, not submitted"
        assert opened.sections[0].header.paragraphs[0].text == head
    assert officer.get(draft).status_code == 404
    for address in (sent, draft, f"/applications/{scene.sent.id}/versions/2/word"):
        assert stranger.get(address).status_code == 404


# --- letters of the eligibility check ---

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def judged(app: Any) -> Any:
    """A round with one application found eligible, one not, one sent back, and one that nobody has looked at."""

    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    bodies = [make.organization() for _place in range(4)]
    people = [make.person(Role.APPLICANT, organization=body) for body in bodies]
    rows = [
        typed.sent(round, body, by=person, title=f"项目 #{place}")
        for place, (body, person) in enumerate(zip(bodies, people, strict=True))
    ]
    given = [("pass", {}), ("fail", {"rule": "legal_person", "reason": "代码\n是企业"})]
    given.append(("send_back", {"reason": "缺盖章", "days": 3}))
    rulings = [
        actions.Ruling(row, outcome, 1, **more) for row, (outcome, more) in zip(rows[:3], given, strict=True)
    ]
    actions.decide(round=round, rulings=rulings, by=officer, at=make.NOON)
    save()
    return SimpleNamespace(officer=officer, round=round, bodies=bodies, people=people, rows=rows)


def test_what_the_letters_say(app: Any, judged: Any) -> None:
    found = queries.lettered(judged.round, judged.officer)
    assert list(found) == judged.rows[:3]
    with app.test_request_context(headers=ENGLISH):
        eligible, ineligible, returned = printing.letters(found)["letters"]
    body = judged.bodies[0]
    assert eligible["to"] == f"{body.name}:" and eligible["day"] == "2018年5月20日"
    assert eligible["code"] == f"{judged.rows[0].number} · {body.credit_code}"
    assert "has passed the eligibility check" in eligible["paragraphs"][0]
    assert {each["sign"] for each in (eligible, ineligible, returned)} == {"Civil-affairs bureau (stamp)"}
    judged.round.issuer = "虚构市民政局"
    with app.test_request_context(headers=ENGLISH):
        assert printing.letters(found)["letters"][0]["sign"] == "虚构市民政局 (stamp)"
    assert ineligible["paragraphs"][1:3] == [
        "Rule that is not fulfilled: 依法登记的社会组织",
        "Reason: 代码\n是企业",
    ]
    assert returned["paragraphs"][1:] == [
        "What is missing: 缺盖章",
        "Complete it and submit again by the end of 2018年5月23日 (Beijing time).",
    ]


def test_a_letter_stays_as_the_review_goes_on_and_goes_when_the_result_does(judged: Any) -> None:
    row = judged.rows[0]
    actions.move(application=row, name="start_review", by=judged.officer)
    assert queries.has_letter(row) and row in queries.lettered(judged.round, judged.officer)
    other = judged.rows[1]
    actions.set_right(application=other, to="submitted", reason="重查", by=judged.officer, at=make.NOON)
    assert not queries.has_letter(other) and other not in queries.lettered(judged.round, judged.officer)
    actions.withdraw(application=row, by=judged.people[0], at=make.NOON)
    assert not queries.has_letter(row) and queries.lettered(judged.round, judged.officer) == [judged.rows[2]]
    save()


@needs_fonts
def test_one_letter_and_all_of_a_round_in_one_download(app: Any, judged: Any) -> None:
    expert = make.person(Role.EXPERT)
    db.session.add(Reader(application_id=judged.rows[0].id, person_id=expert.id))
    save()
    address, officer = f"/applications/{judged.rows[0].id}/letter", Browser(app).enter(judged.officer)
    for browser in (officer, Browser(app).enter(judged.people[0])):
        answer = browser.get(address)
        assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    for person in (judged.people[1], expert):
        assert Browser(app).enter(person).get(address).status_code == 404
    assert officer.get(f"/applications/{judged.rows[3].id}/letter").status_code == 404
    every = officer.get("/rounds/2018/letters")
    assert every.data.startswith(b"%PDF-") and len(every.data) > len(answer.data)
    assert Browser(app).enter(judged.people[0]).get("/rounds/2018/letters").status_code == 403


def test_the_pages_lead_to_the_letters(app: Any, judged: Any) -> None:
    desk = Browser(app).enter(judged.officer).get("/rounds/2018/eligibility").get_data(as_text=True)
    assert 'href="/rounds/2018/letters"' in desk and desk.count('/letter"') == 3
    own = Browser(app).enter(judged.people[1]).get(f"/applications/{judged.rows[1].id}")
    assert f'href="/applications/{judged.rows[1].id}/letter"' in own.get_data(as_text=True)
    other = Browser(app).enter(judged.people[3]).get(f"/applications/{judged.rows[3].id}")
    assert "/letter" not in other.get_data(as_text=True)


def test_a_round_without_a_decision_has_no_letters(app: Any, scene: Any) -> None:
    answer = Browser(app).enter(scene.officer).get("/rounds/2026/letters")
    assert answer.headers["Location"].startswith("/rounds/2026/eligibility")


def test_the_messages_say_where_the_letter_lies(app: Any, judged: Any) -> None:
    with app.test_request_context(headers=ENGLISH):
        told = [
            flask.render_template(f"mail/{each.kind.replace('.', '/')}.txt", message=each, **each.facts)
            for each in outbox.unsent()
            if each.kind != "applications.receipt"
        ]
    assert len(told) == 3 and all("The letter lies as PDF" in text for text in told)


@needs_fonts
def test_all_letters_cost_the_same_number_of_statements(app: Any, judged: Any, statements: list[str]) -> None:
    browser = Browser(app).enter(judged.officer)
    browser.get("/rounds/2018/letters")
    statements.clear()
    browser.get("/rounds/2018/letters")
    few = len(statements)
    for _more in range(9):
        made = make.application(
            judged.round, by=judged.people[0], organization_=make.organization(), state=State.RETURNED
        )
        made.returned_on, made.correct_days, made.correct_by_on = date(2018, 5, 20), 3, date(2018, 5, 23)
    save()
    statements.clear()
    assert browser.get("/rounds/2018/letters").mimetype == "application/pdf"
    assert len(statements) == few
