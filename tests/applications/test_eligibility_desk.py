"""The eligibility desk: a whole list in one act with its exceptions, evidence, corrections, nobody's own."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import flask
import make
import pytest
import typed
from client import save
from sqlalchemy import select

from venture import outbox, trail
from venture.applications import actions, queries
from venture.applications.actions import Ruling, Ticked
from venture.applications.eligibility import Result
from venture.applications.lifecycle import NotFrom, State
from venture.applications.models import Application
from venture.db import db
from venture.outbox import Delivery, Message
from venture.people import actions as people
from venture.people.models import TrackRecord
from venture.refusal import Refused
from venture.review.actions import standings
from venture.roles import Role
from venture.rounds.models import EligibilityRule
from venture.workdays import CompleteYear, Workday

ENGLISH = {"headers": {"Accept-Language": "en"}}
DESK = "/rounds/2018/eligibility"
RULES = [
    EligibilityRule(code="legal_person", text="依法登记的社会组织"),
    EligibilityRule(code="rating", parameter=2, text="评估等级2A以上"),
    EligibilityRule(code="charter", text="符合章程"),
]


@pytest.fixture
def scene(app: Any) -> Any:
    """Three applications: all fine but for the charter, which only a person can judge; the last has no rating."""

    officer = make.person(Role.OFFICER)
    rules = [EligibilityRule(code=each.code, parameter=each.parameter, text=each.text) for each in RULES]
    round = make.round_(officer, rules=rules)
    bodies = [make.organization(), make.organization(), make.organization(rating=None, rated_in=None)]
    people = [make.person(Role.APPLICANT, organization=body) for body in bodies]
    rows = [
        typed.sent(round, body, by=person, title=f"项目{place}")
        for place, (body, person) in enumerate(zip(bodies, people, strict=True))
    ]
    operator = make.person(Role.OPERATOR)
    save()
    return SimpleNamespace(
        officer=officer, operator=operator, round=round, bodies=bodies, people=people, rows=rows
    )


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [blocker.code.partition(".")[2] for blocker in refused.value.blockers]


def ticks(*rows: Application, result: Result = Result.PASS) -> list[Ticked]:
    return [Ticked(row, "charter", result, "章程第三条") for row in rows]


def decide(scene: Any, *rulings: Ruling, ticked: Any = (), by: Any = None) -> dict[str, int]:
    return actions.decide(
        round=scene.round, rulings=rulings, ticked=ticked, by=by or scene.officer, at=make.NOON
    )


def test_the_whole_list_at_once_with_its_exceptions(scene: Any) -> None:
    one, two, three = scene.rows
    counts = decide(
        scene,
        Ruling(one, "pass", 1),
        Ruling(two, "send_back", 1, reason="缺年检结论", days=3),
        Ruling(three, "fail", 1, rule="rating", reason="未参加评估"),
        ticked=ticks(one),
    )
    save()
    assert counts == {"pass": 1, "fail": 1, "send_back": 1}
    assert [row.state for row in scene.rows] == [State.ELIGIBLE, State.RETURNED, State.INELIGIBLE]
    assert two.correct_by_on == date(2018, 5, 23)
    assert three.decision_reason == "评估等级2A以上\n未参加评估"
    held = [each for each in outbox.unsent() if each.state is Delivery.HELD]
    assert [each.kind for each in held] == [
        "applications.eligible",
        "applications.returned",
        "applications.ineligible",
    ]


def test_nothing_is_done_unless_every_row_can_be(scene: Any) -> None:
    one, two, three = scene.rows
    with pytest.raises(Refused) as refused:
        decide(
            scene,
            Ruling(one, "pass", 1),
            Ruling(two, "send_back", 1, reason="", days=3),
            Ruling(three, "pass", 2),
        )
    assert codes(refused) == ["rule_unclear", "no_reason", "sent_again"]
    with pytest.raises(Refused) as refused:
        decide(
            scene,
            Ruling(one, "fail", 1, reason="x"),
            Ruling(two, "send_back", 1, reason="x", days=0),
            Ruling(three, "pass", 1),
            ticked=ticks(three),
        )
    assert codes(refused) == ["no_rule", "no_term", "rule_broken"]
    assert {row.state for row in scene.rows} == {State.SUBMITTED}
    with pytest.raises(Refused) as refused:
        decide(scene)
    assert codes(refused) == ["nothing_decided"]


@pytest.mark.parametrize("tie", ["employer", "grant"])
def test_nobody_judges_their_own_organization(scene: Any, tie: str) -> None:
    one, two, _three = scene.rows
    if tie == "employer":
        judge = make.person(Role.OFFICER, employer_code=scene.bodies[0].credit_code)
    else:
        judge = make.person(Role.OFFICER, Role.APPLICANT, organization=scene.bodies[0])
    save()
    with pytest.raises(Refused) as refused:
        decide(scene, Ruling(one, "pass", 1), Ruling(two, "pass", 1), ticked=ticks(two), by=judge)
    assert codes(refused) == ["own_organization"]
    assert refused.value.blockers[0].facts["number"] == one.number
    with pytest.raises(Refused):
        actions.check(ticked=ticks(one), by=judge, at=make.NOON)


def test_who_entered_it_from_paper_does_not_judge_it(scene: Any) -> None:
    body = make.organization()
    signer = make.person(Role.APPLICANT, organization=body)
    paper = actions.start(
        round=scene.round, organization=body, theme=None, by=scene.officer, at=make.NOON, signed_by=signer
    )
    typed.fill(paper, by=scene.officer)
    given = {"key": "paper", "seen": paper.revision, "at": make.NOON}
    actions.submit(application=paper, by=signer, entered_by=scene.officer, **given)
    with pytest.raises(Refused) as refused:
        decide(scene, Ruling(paper, "pass", 1), by=scene.officer)
    assert codes(refused) == ["own_entry"]
    decide(scene, Ruling(paper, "pass", 1), ticked=[], by=_with_tick(scene, paper))
    assert paper.state is State.ELIGIBLE


def _with_tick(scene: Any, row: Application) -> Any:
    """Another officer, once the charter has been looked at."""
    colleague = make.person(Role.OFFICER)
    actions.check(ticked=ticks(row), by=colleague, at=make.NOON)
    return colleague


def test_operators_prepare_and_do_not_decide(scene: Any) -> None:
    actions.check(ticked=ticks(*scene.rows), by=scene.operator, at=make.NOON)
    with pytest.raises(Refused) as refused:
        decide(scene, Ruling(scene.rows[0], "pass", 1), by=scene.operator)
    assert codes(refused) == ["not_your_role"]


def test_a_finding_needs_its_evidence_and_can_be_changed(scene: Any) -> None:
    row = scene.rows[0]
    with pytest.raises(Refused) as refused:
        actions.check(ticked=[Ticked(row, "charter", Result.PASS, " ")], by=scene.officer, at=make.NOON)
    assert codes(refused) == ["no_evidence"]
    assert actions.check(ticked=ticks(row), by=scene.operator, at=make.NOON) == 1
    assert actions.check(ticked=ticks(row), by=scene.operator, at=make.NOON) == 0
    actions.check(ticked=ticks(row, result=Result.FAIL), by=scene.officer, at=make.NOON)
    save()
    assert [each.did for each in trail.history(row)][:2] == ["applications.check", "applications.check"]
    with pytest.raises(Refused) as refused:
        decide(scene, Ruling(row, "pass", 1))
    assert codes(refused) == ["rule_broken"]


def test_what_was_sent_back_is_completed_within_its_term(scene: Any) -> None:
    row, by = scene.rows[1], scene.people[1]
    decide(scene, Ruling(row, "send_back", 1, reason="缺年检结论", days=1))
    late = queries.limit_of(row)
    assert late.isoformat() == "2018-05-21T16:00:00+00:00"
    with pytest.raises(Refused) as refused:
        actions.submit(application=row, by=by, key="late", seen=row.revision, at=late)
    assert codes(refused) == ["correction_over"]
    second = actions.submit(application=row, by=by, key="again", seen=row.revision, at=make.NOON)
    assert (second.number, row.state, row.correct_by_on) == (2, State.SUBMITTED, None)


def test_what_was_not_completed_is_found_ineligible_once_its_term_is_over(scene: Any, enter: Any) -> None:
    row = scene.rows[1]
    decide(scene, Ruling(row, "send_back", 1, reason="缺年检结论", days=1))
    late = queries.limit_of(row)
    ruling = Ruling(row, "fail", 1, rule="rating", reason="逾期未补正")
    given = {"round": scene.round, "rulings": [ruling], "by": scene.officer}
    with pytest.raises(Refused) as refused:
        actions.decide(**given, at=late - timedelta(microseconds=1))
    assert codes(refused) == ["term_running"]
    assert row.state is State.RETURNED
    save()
    page = enter(scene.officer).get("/rounds/2018/eligibility").get_data(as_text=True)
    assert f'name="outcome-{row.id}"' in page
    assert f'name="days-{row.id}"' not in page
    row = typed.reload(row, scene.officer)
    ruling = Ruling(row, "fail", 1, rule="rating", reason="逾期未补正")
    assert actions.decide(**given | {"rulings": [ruling]}, at=late)["fail"] == 1
    assert (row.state, row.decision_reason) == (State.INELIGIBLE, "评估等级2A以上\n逾期未补正")
    save()


def test_more_time_is_given_with_a_reason_and_both_days_kept(scene: Any, enter: Any) -> None:
    row, by = scene.rows[1], scene.people[1]
    address = f"/applications/{row.id}/term"
    officer = enter(scene.officer)
    assert officer.get(address).status_code == 404
    decide(scene, Ruling(row, "send_back", 1, reason="缺年检结论", days=1))
    save()
    assert officer.get(address).status_code == 200
    for sent in (
        {"last": "2099-01-04"},
        {"last": "2018-05-20", "reason": "太早"},
        {"last": "明天", "reason": "x"},
    ):
        assert officer.post(address, sent).status_code == 422
    assert officer.post(address, {"last": "2099-01-04", "reason": "停电"}).status_code == 303
    row = typed.reload(row, scene.officer)
    db.session.refresh(row)
    (kept,) = queries.corrections(row)
    assert (kept.field, kept.old, kept.new, kept.reason) == (
        "correct_by_on",
        "2018-05-21",
        "2099-01-04",
        "停电",
    )
    told = [each.state for each in db.session.scalars(select(Message)) if each.kind.endswith("returned")]
    assert told == [Delivery.WITHDRAWN, Delivery.HELD]
    assert actions.submit(application=row, by=by, key="more", seen=row.revision).number == 2


def test_a_result_is_set_right_with_both_values_and_its_message_withdrawn(scene: Any) -> None:
    row = scene.rows[0]
    decide(scene, Ruling(row, "pass", 1), ticked=ticks(row))
    with pytest.raises(Refused) as refused:
        actions.set_right(application=row, to="ineligible", reason="", by=scene.officer, at=make.NOON)
    assert codes(refused) == ["no_reason_given"]
    actions.set_right(
        application=row,
        to="ineligible",
        rule="charter",
        reason="看错了章程",
        by=scene.officer,
        at=make.NOON,
    )
    save()
    (kept,) = queries.corrections(row)
    assert (kept.old, kept.new, kept.reason) == ("eligible", "ineligible", "看错了章程")
    told = {
        each.kind: each.state
        for each in db.session.scalars(select(Message).where(Message.kind != "applications.receipt"))
    }
    assert told == {
        "applications.eligible": Delivery.WITHDRAWN,
        "applications.ineligible": Delivery.HELD,
    }
    actions.set_right(application=row, to="submitted", reason="重查", by=scene.officer, at=make.NOON)
    assert (row.state, row.decided_at, row.decision_reason) == (State.SUBMITTED, None, "")
    assert all(each.kind == "applications.receipt" for each in outbox.unsent())


def test_a_result_that_the_review_rests_on_is_not_set_right_here(scene: Any) -> None:
    row = scene.rows[0]
    decide(scene, Ruling(row, "pass", 1), ticked=ticks(row))
    actions.move(application=row, name="start_review", by=scene.officer)
    with pytest.raises(Refused) as refused:
        actions.set_right(application=row, to="ineligible", reason="x", by=scene.officer, at=make.NOON)
    assert codes(refused) == ["not_from_row"]
    with pytest.raises(NotFrom):
        actions.move(application=row, name="find_eligible", by=scene.officer)


@pytest.mark.parametrize(
    ("move", "unfinished", "broken_off"), [("close", "pass", "pass"), ("terminate", "pass", "fail")]
)
def test_the_end_of_a_project_is_remembered_in_later_rounds(
    scene: Any, move: str, unfinished: str, broken_off: str
) -> None:
    rules = [EligibilityRule(code=code, text=code) for code in ("unfinished_project", "broken_off")]
    later = make.round_(scene.officer, 2019, rules=rules)
    body, by = scene.bodies[0], scene.people[0]
    old, new = scene.rows[0], make.application(later, organization_=body, by=by, state=State.SUBMITTED)
    body.records.append(TrackRecord(year=2018, title=old.title, amount=4000000))
    old.state = State.RUNNING
    standings.reckon_all([old.id])
    save()
    assert [found.result.value for found in queries.findings_of(new, make.NOON)] == ["fail", "pass"]
    actions.move(application=old, name=move, by=scene.officer)
    save()
    found = queries.findings_of(new, make.NOON)
    assert [each.result.value for each in found] == [unfinished, broken_off]


# --- the work list ---


def test_the_work_list_is_by_age_and_by_reason(scene: Any) -> None:
    one, two, _three = scene.rows
    two.versions[-1].submitted_at = make.NOON - timedelta(days=4)
    later = make.NOON + timedelta(days=3)
    rows = queries.desk(scene.round, scene.officer, later)
    assert [(row.application.title, row.waited) for row in rows] == [("项目1", 7), ("项目0", 3), ("项目2", 3)]
    decide(
        scene, Ruling(two, "send_back", 1, reason="缺页", days=1), Ruling(one, "pass", 1), ticked=ticks(one)
    )
    rows = queries.desk(scene.round, scene.officer, later)
    assert [(row.application.title, row.waited, row.to_decide) for row in rows] == [
        ("项目1", 3, True),
        ("项目2", 3, True),
        ("项目0", 0, False),
    ]
    assert {
        reason: [row.application.title for row in rows if row.waits_for(reason)]
        for reason in ("decide", "clear", "returned", "overdue", "alike", "rating", "charter", "legal_person")
    } == {
        "decide": ["项目1", "项目2"],
        "clear": [],
        "returned": [],
        "overdue": ["项目1"],
        "alike": [],
        "rating": ["项目2"],
        "charter": ["项目1", "项目2"],
        "legal_person": [],
    }
    (waiting,) = [
        row for row in queries.desk(scene.round, scene.officer, make.NOON) if row.waits_for("returned")
    ]
    assert waiting.application is two and not waiting.to_decide


def test_the_page_narrows_to_a_reason_and_decides_only_what_it_shows(scene: Any, enter: Any) -> None:
    browser = enter(scene.officer)
    page = browser.get(f"{DESK}?reason=rating", **ENGLISH).page
    assert "项目2" in page.words and "项目0" not in page.words
    assert "评估等级2A以上 1" in page.words and "Waits longest" in page.words
    one, _two, three = scene.rows
    posted = next(form for form in page.forms if form["action"] == DESK and form["method"] == "post")[
        "fields"
    ]
    assert f"outcome-{three.id}" in posted and f"outcome-{one.id}" not in posted
    assert (
        "No application waits for this reason" in browser.get(f"{DESK}?reason=overdue", **ENGLISH).page.words
    )
    assert browser.get(f"{DESK}?reason=%00x", **ENGLISH).status_code == 200


def test_the_preview_names_what_is_left_over_and_why(scene: Any, enter: Any) -> None:
    one = scene.rows[0]
    posted = {
        f"outcome-{one.id}": "send_back",
        f"reason-{one.id}": "缺盖章",
        f"days-{one.id}": "3",
        **{f"version-{row.id}": "1" for row in scene.rows},
    }
    words = enter(scene.officer).post(DESK, posted, **ENGLISH).page.words
    left = words.partition("Left over: not decided now")[2]
    assert "项目0" not in left and "项目1" in left and "项目2" in left
    assert left.count("To be verified : 符合章程") == 2 or left.count("To be verified: 符合章程") == 2
    assert "评估等级2A以上" in left and "no rating" in left


def test_a_rule_that_somebody_verified_counts_as_fulfilled(scene: Any, enter: Any) -> None:
    actions.check(ticked=ticks(scene.rows[0]), by=scene.operator, at=make.NOON)
    save()
    words = enter(scene.officer).get(DESK, **ENGLISH).page.words
    assert (words.count("3 of 3 rules fulfilled"), words.count("2 of 3 rules fulfilled")) == (1, 1)


def test_a_letter_goes_to_nobody_who_has_left(scene: Any) -> None:
    gone, stays = scene.people[0], make.person(Role.APPLICANT, organization=scene.bodies[0])
    over = make.person(Role.APPLICANT, organization=scene.bodies[0])
    over.grants[0].until_on = date(2018, 1, 1)
    people.leave(organization=scene.bodies[0], by=gone, at=make.NOON)
    save()
    rulings = [Ruling(row, "send_back", 1, reason="缺页", days=3) for row in scene.rows[:2]]
    decide(scene, *rulings)
    told = db.session.scalars(select(Message).where(Message.kind == "applications.returned")).all()
    assert [each.person_id for each in told] == [stays.id, scene.people[1].id]


def test_a_term_into_a_year_without_a_calendar_is_provisional(scene: Any, enter: Any) -> None:
    """Chinese New Year's Day 2027 lies in a year whose holidays nobody has published."""
    row, by = scene.rows[1], scene.people[1]
    at = datetime(2026, 12, 30, 4, tzinfo=UTC)
    ruling = Ruling(row, "send_back", 1, reason="缺页", days=3)
    actions.decide(round=scene.round, rulings=[ruling], by=scene.officer, at=at)
    save()
    assert queries.correction_of(row) == queries.Correction(date(2027, 1, 4), provisional=True)
    told = db.session.scalars(select(Message).where(Message.kind == "applications.returned")).one()
    assert told.facts["provisional"] is True
    said = "Provisional: the holidays of that year are not published yet."
    for person, address in (
        (scene.officer, DESK),
        (scene.officer, f"/applications/{row.id}"),
        (scene.officer, f"/applications/{row.id}/term"),
        (by, f"/applications/{row.id}"),
    ):
        assert said in enter(person).get(address, **ENGLISH).page.words
    db.session.add_all(
        [Workday(day=date(2027, 1, 1), works=False), Workday(day=date(2027, 1, 4), works=False)]
    )
    db.session.add(CompleteYear(year=2027))
    save()
    row = typed.reload(row, scene.officer)
    assert queries.correction_of(row) == queries.Correction(date(2027, 1, 4), known=date(2027, 1, 6))
    page = enter(scene.officer).get(DESK, **ENGLISH).page.words
    assert said not in page and "would end on 2027-01-06" in page
    last = date(2099, 1, 5)
    actions.extend(application=row, last=last, reason="放假", by=scene.officer, at=at)
    save()
    assert queries.correction_of(row) == queries.Correction(last)
    assert row.correct_by_on == last


# --- the pages ---


def test_the_desk_previews_and_then_decides(scene: Any, enter: Any) -> None:
    one, two, three = scene.rows
    browser = enter(scene.officer)
    page = browser.get(DESK, **ENGLISH).page
    fields = next(
        form["fields"] for form in page.forms if form["action"] == DESK and form["method"] == "post"
    )
    assert fields[f"version-{one.id}"] == "1"
    posted = {
        "all-charter-result": "pass",
        "all-charter-evidence": "章程复印件",
        f"open-{one.id}-charter": "1",
        f"open-{two.id}-charter": "1",
        f"open-{three.id}-charter": "1",
        f"check-{three.id}-charter-result": "fail",
        f"check-{three.id}-charter-evidence": "章程无此内容",
        f"outcome-{one.id}": "pass",
        f"outcome-{two.id}": "send_back",
        f"reason-{two.id}": "缺盖章",
        f"days-{two.id}": "3",
        f"outcome-{three.id}": "fail",
        f"rule-{three.id}": "charter",
        f"reason-{three.id}": "超出章程",
        **{f"version-{row.id}": "1" for row in scene.rows},
    }
    preview = browser.post(DESK, posted, **ENGLISH)
    assert preview.status_code == 200
    assert "1 eligible, 1 not eligible, 1 sent back" in preview.page.words
    assert "缺盖章" in preview.page.words and "项目2" in preview.page.words
    db.session.rollback()
    assert {row.state for row in db.session.scalars(select(Application))} == {State.SUBMITTED}
    again = next(form["fields"] for form in preview.page.forms if "confirmed" in form["fields"])
    assert browser.post(DESK, {k: v for k, v in again.items() if k != "csrf_token"}).status_code == 303
    db.session.rollback()
    rows = db.session.scalars(select(Application).order_by(Application.id)).all()
    for row in rows:
        db.session.refresh(row)
    assert [row.state for row in rows] == [State.ELIGIBLE, State.RETURNED, State.INELIGIBLE]
    assert [each.evidence for row in rows for each in row.checks] == [
        "章程复印件",
        "章程复印件",
        "章程无此内容",
    ]
    told = browser.get(DESK, **ENGLISH).page.words
    assert "Still to decide 0" in told and "缺盖章" in told
    shown = enter(scene.people[1]).get(f"/applications/{two.id}", **ENGLISH).page.words
    assert "asks you to complete" in shown and "缺盖章" in shown


def test_the_desk_keeps_what_was_typed_when_a_row_is_at_fault(scene: Any, enter: Any) -> None:
    one = scene.rows[0]
    browser = enter(scene.officer)
    posted = {f"outcome-{one.id}": "send_back", f"days-{one.id}": "9", f"version-{one.id}": "1"}
    refused = browser.post(DESK, posted, **ENGLISH)
    assert refused.status_code == 422 and f"{one.number}: say why" in refused.page.words
    fields = next(
        form["fields"] for form in refused.page.forms if form["action"] == DESK and form["method"] == "post"
    )
    assert fields[f"days-{one.id}"] == "9"


def test_roles_at_the_desk(scene: Any, enter: Any) -> None:
    auditor, expert = make.person(Role.AUDITOR), make.person(Role.EXPERT)
    save()
    assert enter(auditor).get(DESK).status_code == 200
    assert enter(expert).get(DESK).status_code == 403
    assert enter(auditor).post(f"{DESK}/checks").status_code == 403
    operator = enter(scene.operator)
    one = scene.rows[0]
    posted = {f"check-{one.id}-charter-result": "pass", f"check-{one.id}-charter-evidence": "章程"}
    assert operator.post(f"{DESK}/checks", posted).status_code == 303
    assert operator.post(DESK, {f"outcome-{one.id}": "pass"}).status_code == 403


def test_the_correcting_page(scene: Any, enter: Any) -> None:
    row = scene.rows[0]
    browser = enter(scene.officer)
    address = f"/applications/{row.id}/result"
    assert browser.get(address).status_code == 404
    decide(scene, Ruling(row, "pass", 1), ticked=ticks(row))
    save()
    assert "The review has not begun" in browser.get(address, **ENGLISH).page.words
    assert browser.post(address, {"to": "ineligible", "reason": "x"}).status_code == 422
    sent = {"to": "ineligible", "rule": "charter", "reason": "看错了"}
    assert browser.post(address, sent).status_code == 303
    shown = browser.get(f"/applications/{row.id}", **ENGLISH).page.words
    assert "看错了" in shown and "Corrections" in shown


def test_the_desk_costs_the_same_at_any_length(scene: Any, enter: Any, statements: list[str]) -> None:
    browser = enter(scene.officer)
    browser.get(DESK)
    statements.clear()
    browser.get(DESK)
    few = len(statements)
    for _more in range(37):
        body = make.organization()
        person = make.person(Role.APPLICANT, organization=body)
        make.application(scene.round, organization_=body, by=person, state=State.SUBMITTED)
    save()
    statements.clear()
    assert browser.get(DESK).status_code == 200
    assert len(statements) == few


def test_every_message_has_its_words(app: Any, scene: Any) -> None:
    one, two, three = scene.rows
    decide(
        scene,
        Ruling(one, "pass", 1),
        Ruling(two, "send_back", 1, reason="缺年检结论", days=3),
        Ruling(three, "fail", 1, rule="rating", reason="未参加评估"),
        ticked=ticks(one),
    )
    with app.test_request_context(headers=ENGLISH["headers"]):
        told = [
            flask.render_template(f"mail/{each.kind.replace('.', '/')}.txt", message=each, **each.facts)
            for each in db.session.scalars(select(Message).order_by(Message.id))
        ]
    assert all(text.partition("\n\n")[2].strip() for text in told)
    assert "2018-05-23" in told[4] and "缺年检结论" in told[4] and "未参加评估" in told[5]
    assert "Receipt code:" in told[0] and "2018-05-20 12:00:00 Beijing time (UTC+8)" in told[0]
