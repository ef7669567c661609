"""The pages of reports, evaluation and closure: one whole end of a project through the browser, and who sees what."""

import hashlib
import re
import zipfile
from io import BytesIO
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from client import Browser, save
from delivery import ending
from sqlalchemy import event, select

from venture.applications import queries as applications
from venture.applications.lifecycle import State
from venture.db import db, to_json
from venture.delivery import queries
from venture.delivery.grading import Phase
from venture.delivery.models import Closure, EvaluationSheet, Report
from venture.roles import Role
from venture.trail import Event
from venture.web import Venture

MARKS = {"progress": "26", "inputs": "9", "finance": "22", "effect": "21", "records": "8"}


def at(moment: Any) -> Any:
    return time_machine.travel(moment, tick=False)


def confirmed(browser: Browser, address: str, sent: dict[str, Any]) -> Any:
    """Post, read the preview, confirm."""
    page = browser.post(address, sent)
    assert page.status_code == 200, page.page.words
    assert 'name="confirmed"' in page.get_data(as_text=True)
    done = browser.post(address, {**sent, "confirmed": "1"})
    assert done.status_code == 303, done.page.words
    return done


def through(app: Venture, of: ending.Ending, phase: Phase) -> None:
    """From the report to the confirmed result of one phase, by the pages alone."""
    cast, award = of.cast, of.award.id
    own, officer = Browser(app).enter(of.applicant), Browser(app).enter(cast.officer)
    address = f"/projects/{award}/reports/{phase}"
    fields = own.get(address).page.forms[-1]["fields"]
    page = own.post(address, {**fields, "hand_in": "1"})
    assert page.status_code == 422
    sent = {**fields, "done": "做了活动", "effect": "老人满意", "hand_in": "1"}
    assert own.post(address, sent).status_code == 303
    report = db.session.scalars(select(Report).where(Report.phase == phase)).one().id
    listed = f"/rounds/2018/reports?phase={phase}"
    assert of.award.application.title in officer.get(listed).page.words
    confirmed(officer, f"/rounds/2018/reports/{phase}", {f"act-{report}": "do"})
    expert = cast.experts[0].person
    confirmed(
        officer,
        f"/rounds/2018/evaluations/{phase}/assign",
        {"take": str(award), "person": str(expert.id)},
    )
    marker = Browser(app).enter(expert)
    assert of.award.application.title in marker.get("/evaluation-sheets").page.words
    sheet = db.session.scalars(select(EvaluationSheet).order_by(EvaluationSheet.id.desc())).first()
    assert sheet is not None
    place = f"/evaluation-sheets/{sheet.id}"
    assert "做了活动" in marker.get(place).page.words
    page = marker.post(place, {**MARKS, "effect": "26", "remark": "", "bonus_reason": ""})
    assert page.status_code == 422 and 'value="22"' in page.get_data(as_text=True)
    sent = {**MARKS, "penalty-0": "1", "why-0": "迟交", "remark": "", "bonus_reason": "", "hand_in": "1"}
    assert marker.post(place, sent).status_code == 303
    evaluation = sheet.evaluation_id
    confirmed(officer, f"/rounds/2018/evaluations/{phase}/propose", {"result": str(evaluation)})
    approver = Browser(app).enter(cast.approver)
    confirmed(
        approver,
        f"/rounds/2018/evaluations/{phase}/confirm",
        {f"act-{evaluation}": "do", "document_no": "虚构评字1号"},
    )
    words = own.get(f"/evaluations/{evaluation}").page.words
    assert "85.00" in words and expert.name not in words
    assert expert.name in officer.get(f"/evaluations/{evaluation}").page.words


def test_a_project_from_its_report_to_its_closure(app: Venture) -> None:
    of = ending.ending()
    with at(ending.MIDDLE):
        through(app, of, Phase.MIDTERM)
    scene.paid(of.cast, [of.award], 2, "second")
    with at(ending.LATER):
        through(app, of, Phase.FINAL)
        officer, auditor = Browser(app).enter(of.cast.officer), Browser(app).enter(of.cast.auditor)
        project = f"/projects/{of.award.id}"
        page = officer.get("/rounds/2018/closing")
        assert page.status_code == 200 and 'name="take"' not in page.get_data(as_text=True)
        sent = {
            "firm": "虚构事务所",
            "report_no": "虚构审字1号",
            "reported_on": "2019-05-05",
            "claimed-0": "40,000.00",
            "accepted-0": "30,000.00",
            "reason-0": "",
        }
        assert officer.post(f"{project}/audit", sent).status_code == 422
        assert officer.post(f"{project}/audit", {**sent, "reason-0": "无发票"}).status_code == 303
        assert "无发票" in auditor.get(f"{project}/closing").page.words
        assert auditor.post(f"{project}/audit/check", {}).status_code == 303
        closing = "/rounds/2018/closing"
        take = {"take": str(of.award.id)}
        assert officer.post(closing, take).status_code == 422, "money comes back: by when?"
        confirmed(officer, closing, {**take, "return_by": "2019-06-30"})
        closure = db.session.scalars(select(Closure)).one()
        assert (closure.to_pay, closure.to_return) == (0, 200_000)
        own = Browser(app).enter(of.applicant)
        assert "2,000.00" in own.get(f"{project}/closing").page.words
        approver = Browser(app).enter(of.cast.approver)
        assert approver.post(f"{project}/closing/reopen", {"reason": "更正"}).status_code == 303
    db.session.expire_all()
    assert of.award.application.state is State.AUDITING


def test_papers_of_the_end_are_pdf_and_word(app: Venture) -> None:
    of = ending.ending()
    with at(ending.MIDDLE):
        made = ending.evaluated(of)
        browser = Browser(app).enter(of.applicant)
        report = queries.report_of(of.award, Phase.MIDTERM)
        assert report is not None
        for address, begins in (
            (f"/reports/{report.id}/versions/1/print", b"%PDF"),
            (f"/reports/{report.id}/versions/1/word", b"PK"),
            (f"/evaluations/{made.id}/letter", b"%PDF"),
        ):
            answer = browser.get(address)
            assert answer.status_code == 200 and answer.get_data().startswith(begins), address
        officer = Browser(app).enter(of.cast.officer)
        answer = officer.get("/rounds/2018/evaluations/midterm/letters")
        assert answer.get_data().startswith(b"%PDF")
        assert officer.get("/rounds/2018/evaluations/final/letters").status_code == 303


def test_what_is_not_yours_is_as_if_it_did_not_exist(app: Venture) -> None:
    of = ending.ending(2)
    with at(ending.MIDDLE):
        made = ending.marked(of)
        other = Browser(app).enter(of.applicants[1])
        award, sheet = of.award.id, made.sheets[0].id
        report = queries.report_of(of.award, Phase.MIDTERM)
        assert report is not None
        for address in (
            f"/projects/{award}/reports/midterm",
            f"/projects/{award}/closing",
            f"/reports/{report.id}/versions/1/print",
            f"/evaluations/{made.id}",
            f"/projects/{award}/reports/other",
            f"/projects/{award}/audit",
        ):
            assert other.get(address).status_code == 404, address
        own = Browser(app).enter(of.applicant)
        assert own.get(f"/evaluations/{made.id}").status_code == 404, "not confirmed yet"
        assert own.get(f"/projects/{award}/audit").status_code == 404
        stranger = Browser(app).enter(of.cast.experts[1].person)
        assert stranger.get(f"/evaluation-sheets/{sheet}").status_code == 404
        assert Browser(app).enter(of.cast.officer).get(f"/evaluation-sheets/{sheet}").status_code == 404


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    ("address", "statements"),
    [("/rounds/2018/reports", 15), ("/rounds/2018/evaluations", 20), ("/rounds/2018/closing", 14)],
)
def test_a_list_asks_as_often_for_one_project_as_for_many(
    app: Venture, address: str, statements: int, count: int
) -> None:
    of = ending.ending(count)
    with at(ending.MIDDLE):
        for place in range(count):
            ending.evaluated(of, place)
        browser, seen = Browser(app).enter(of.cast.operator), list[str]()
        browser.get(address)

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith("PRAGMA"):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        assert browser.get(address).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == statements


def test_the_settings_of_the_round_are_kept(app: Venture) -> None:
    of = ending.ending(paid=False)
    officer = Browser(app).enter(of.cast.officer)
    page = officer.get("/rounds/2018/closing-rules")
    fields = page.page.forms[-1]["fields"]
    sent = {**fields, "scheme": "letters", "midterm_due_on": "2018-12-10", "pass_line": "65"}
    assert officer.post("/rounds/2018/closing-rules", {**sent, "final_days": "-1"}).status_code == 422
    assert officer.post("/rounds/2018/closing-rules", sent).status_code == 303
    rule = queries.rules(of.cast.round)
    assert (rule.scheme, rule.pass_line) == ("letters", 6500)


def test_late_reports_are_named_and_reminded(app: Venture) -> None:
    of = ending.ending(2)
    officer = Browser(app).enter(of.cast.officer)
    page = officer.get("/rounds/2018/reports")
    assert page.status_code == 200
    assert officer.post("/rounds/2018/reports/midterm/remind", {}).status_code == 303
    messages = officer.get("/outbox").page.words
    assert len(re.findall(of.award.application.title, messages)) >= 1
    assert make.person(Role.OPERATOR) is not None
    save()


def test_the_whole_file_reads_without_the_product(app: Venture) -> None:
    of = ending.ending()
    application = of.award.application
    frozen = {"form": applications.sheet(application), "communities": [], "files": [], "questions": []}
    application.versions[0].content = to_json(frozen)
    save()
    with at(ending.MIDDLE):
        ending.evaluated(of)
    scene.paid(of.cast, [of.award], 2, "second")
    with at(ending.LATER):
        ending.evaluated(of, 0, Phase.FINAL, ending.LATER)
        ending.audited(of, 3_850_000)
        address = f"/projects/{of.award.id}/archive"
        assert Browser(app).enter(of.applicant).post(address, {}).status_code == 403
        answer = Browser(app).enter(of.cast.officer).post(address, {})
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    whole = zipfile.ZipFile(BytesIO(answer.get_data()))
    assert whole.testzip() is None
    names = whole.namelist()
    contents = whole.read(names[-1]).decode("utf-8-sig")
    listed = dict(re.findall(r"^([0-9a-f]{64})  \d+  (.+?)\r?$", contents, re.MULTILINE))
    assert {name: digest for digest, name in listed.items()} == {
        name: hashlib.sha256(whole.read(name)).hexdigest() for name in names[:-1]
    }
    assert [name[:2] for name in names[:-1]] == sorted(name[:2] for name in names[:-1])
    assert {name[:2] for name in names[:-1]} == {"01", "02", "03", "04"}
    assert sum(name.endswith(".pdf") for name in names) == 6
    told = db.session.scalars(select(Event).where(Event.did == "delivery.export_archive")).one()
    assert told.person_name == of.cast.officer.name
