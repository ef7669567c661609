"""The pages of the review: who gets in, what experts see of each other, the grid, ways back through forms."""

import re
from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.db import db
from venture.people.models import Person
from venture.review import actions, queries
from venture.review.actions import Filled
from venture.review.conflicts import Ground
from venture.review.models import Sheet, SheetState, Tie
from venture.roles import Role
from venture.rounds.models import Aggregation, Theme, ThemeCriterion

NOW = make.NOON + timedelta(days=20)
CODES = [code for code, *_ in make.CRITERIA + make.LAST[False]]
GOOD = dict(zip(CODES, ("15", "20", "12", "12", "12", "4", "4"), strict=True))
MARKS = {code: int(mark) * 100 for code, mark in GOOD.items()}


class Review:
    """A review that has begun: applications of the general theme, experts, one person of each role of the staff."""

    def __init__(self, applications: int = 3, size: int = 2, **more: Any) -> None:
        self.staff = {
            role: make.person(role, name=f"虚构{role.value}")
            for role in (Role.OFFICER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE)
        }
        self.officer = self.staff[Role.OFFICER]
        self.round = make.round_(self.officer, quorum=2, **more)
        self.experts: list[Person] = [make.person(Role.EXPERT, name=f"虚构专家{n}") for n in range(size)]
        self.applications: list[Application] = [
            make.application(
                self.round,
                theme=self.round.themes[1],
                by=self.officer,
                state=State.ELIGIBLE,
                title=f"虚构项目甲{n}",
            )
            for n in range(applications)
        ]
        actions.seat(round=self.round, people=self.experts, by=self.officer, at=NOW)
        actions.begin(round=self.round, by=self.officer, at=NOW)
        save()
        self.ids = [application.id for application in self.applications]

    def hand_in(self, expert: int, place: int = 0, **marks: int) -> int:
        sheet = actions.hand_in(
            application=db.session.get_one(Application, self.ids[place]),
            filled=Filled({**MARKS, **marks}, dict.fromkeys(CODES, "虚构依据")),
            seen=0,
            by=self.experts[expert],
            at=NOW,
        )
        save()
        return sheet.id


def fields(**marks: str) -> dict[str, str]:
    return {"version": "0", **{f"mark_{code}": mark for code, mark in {**GOOD, **marks}.items()}}


def bare(page: Any) -> str:
    """The page without what differs from request to request or names its own address."""
    text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", page.get_data(as_text=True))
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*(\+00:00)?|data-left=\"\d+\"", "", text)
    return re.sub(r"/review/\d+", "/review/0", text)


def test_the_expert_scores_from_the_desk_to_the_receipt(app: Any, enter: Any) -> None:
    review = Review()
    browser = enter(review.experts[0])
    assert "0/3" in (words := browser.get("/review").page.words) or "3" in words
    page = browser.get(f"/review/{review.ids[0]}")
    assert "虚构概述" in page.page.words and 'rel="next"' in page.get_data(as_text=True)
    assert 'rel="prev"' not in page.get_data(as_text=True)
    answer = browser.post(
        f"/review/{review.ids[0]}", {"version": "0", "mark_need": "17.5", "comment": "评语"}
    )
    assert answer.status_code == 303
    page = browser.get(f"/review/{review.ids[0]}")
    assert 'value="17.5"' in page.get_data(as_text=True) and "评语" in page.page.words
    answer = browser.post(f"/review/{review.ids[0]}/hand-in", {**fields(need=""), "version": "1"})
    assert answer.status_code == 422 and "需求真实性与针对性" in answer.page.words
    assert 'href="#mark_need"' in answer.get_data(as_text=True)
    answer = browser.post(f"/review/{review.ids[0]}/hand-in", {**fields(), "version": "1"}, follow=True)
    assert "79.00" in answer.page.words and review.applications[1].title in answer.page.words
    page = browser.get(f"/review/{review.ids[0]}")
    assert 'name="mark_need"' not in page.get_data(as_text=True) and "79.00" in page.page.words


def test_a_mark_that_is_no_number_keeps_everything_typed(app: Any, enter: Any) -> None:
    review = Review(1)
    browser = enter(review.experts[0])
    browser.get("/review")
    answer = browser.post(f"/review/{review.ids[0]}", fields(need="很好", team="11"))
    assert answer.status_code == 422
    assert 'value="很好"' in answer.get_data(as_text=True) and 'value="11"' in answer.get_data(as_text=True)


def test_a_second_hand_in_from_an_old_tab_changes_nothing(app: Any, enter: Any) -> None:
    review = Review(1)
    browser = enter(review.experts[0])
    for expected, marks in ((303, {}), (303, {}), (422, {"need": "18"})):
        for version in ("0", "1"):
            answer = browser.post(f"/review/{review.ids[0]}/hand-in", {**fields(**marks), "version": version})
            assert answer.status_code == expected
    assert [sheet.total for sheet in db.session.scalars(select(Sheet))] == [7900]
    later = {**fields(need="18"), "version": "1"}
    assert browser.post(f"/review/{review.ids[0]}", later).status_code == 422
    assert [sheet.total for sheet in db.session.scalars(select(Sheet))] == [7900]


def test_two_windows_are_told_of_each_other_and_saving_again_decides(app: Any, enter: Any) -> None:
    review = Review(1)
    browser = enter(review.experts[0])
    address = f"/review/{review.ids[0]}"
    base = browser.get(address).page.forms
    held = next(form["fields"] for form in base if "mark_need" in form["fields"])
    assert browser.post(address, {**held, "mark_need": "16"}).status_code == 303
    clash = browser.post(address, {**held, "mark_need": "17"})
    assert (
        clash.status_code == 422
        and "16.00" in clash.page.words
        and 'value="17"' in clash.get_data(as_text=True)
    )
    again = next(form["fields"] for form in clash.page.forms if "mark_need" in form["fields"])
    assert again["version"] == "1"
    assert browser.post(address, again).status_code == 303
    assert queries.marks_of(db.session.scalars(select(Sheet)).one()) == {"need": 1700}


def test_autosave_keeps_the_changed_fields_and_says_the_version(app: Any, enter: Any) -> None:
    review = Review(1)
    browser = enter(review.experts[0])
    browser.get("/review")
    address = f"/review/{review.ids[0]}/autosave"
    first = browser.post(address, {"version": "0", "changed": ["mark_need"], "mark_need": "１７。５"})
    assert (first.status_code, first.json["version"]) == (200, 1)
    second = browser.post(address, {"version": "1", "changed": ["note_team"], "note_team": "有资质"})
    assert (second.status_code, second.json["version"]) == (200, 2)
    sheet = db.session.scalars(select(Sheet)).one()
    assert queries.marks_of(sheet) == {"need": 1750} and queries.notes_of(sheet) == {"team": "有资质"}
    assert (
        browser.post(address, {"version": "1", "changed": ["mark_need"], "mark_need": "3"}).status_code == 409
    )
    assert (
        browser.post(address, {"version": "2", "changed": ["mark_need"], "mark_need": "x"}).status_code == 422
    )


def test_nobody_sees_others_marks_before_all_own_sheets_are_in(app: Any, enter: Any) -> None:
    """V11: nothing of A's marks, not even their number, on any page of B."""
    review = Review(2)
    before = [bare(enter(review.experts[1]).get(address)) for address in _pages(review)]
    for place in range(2):
        review.hand_in(0, place, need=1650)
    browser = enter(review.experts[1])
    assert [bare(browser.get(address)) for address in _pages(review)] == before
    review.hand_in(1, 0)
    pages = [browser.get(address).page.words for address in _pages(review)]
    assert not any("80.50" in words for words in pages)
    review.hand_in(1, 1)
    assert "80.50" in browser.get("/review").page.words
    assert "80.50" in browser.get(f"/review/{review.ids[0]}").page.words
    actions.reopen(
        sheet=db.session.scalars(select(Sheet).where(Sheet.application_id == review.ids[1])).all()[1],
        reason="漏项",
        by=review.staff[Role.APPROVER],
        at=NOW,
    )
    save()
    assert "80.50" not in browser.get("/review").page.words


def _pages(review: Review) -> list[str]:
    return ["/review", *(f"/review/{key}" for key in review.ids)]


def test_the_order_of_an_experts_list_does_not_depend_on_scores(app: Any, enter: Any) -> None:
    review = Review(3)
    browser = enter(review.experts[1])
    before = re.findall(r'href="/review/(\d+)"', browser.get("/review").get_data(as_text=True))
    review.hand_in(0, 2)
    assert re.findall(r'href="/review/(\d+)"', browser.get("/review").get_data(as_text=True)) == before


def test_what_a_tie_hides_is_as_if_it_did_not_exist(app: Any, enter: Any) -> None:
    review = Review(2)
    browser = enter(review.experts[0])
    assert browser.get(f"/review/{review.ids[0]}").status_code == 200
    actions.declare_tie(
        application=review.applications[0],
        person=review.experts[0],
        ground=Ground.ADVISER,
        note="曾任顾问",
        by=review.officer,
        at=NOW,
    )
    save()
    hidden, missing = browser.get(f"/review/{review.ids[0]}"), browser.get("/review/999999")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert bare(hidden) == bare(missing)
    for address in ("", "/hand-in", "/autosave", "/tie"):
        assert browser.post(f"/review/{review.ids[0]}{address}", fields()).status_code == 404
    assert browser.get(f"/applications/{review.ids[0]}").status_code == 404
    assert review.applications[0].title not in browser.get("/review").page.words
    assert db.session.scalars(select(Sheet)).all() == []


def test_an_expert_declares_a_tie_and_loses_sight_at_once(app: Any, enter: Any) -> None:
    review = Review(1)
    browser = enter(review.experts[0])
    browser.get(f"/review/{review.ids[0]}")
    assert browser.post(f"/review/{review.ids[0]}/tie", {"reason": ""}).status_code == 422
    page = browser.post(f"/review/{review.ids[0]}/tie", {"reason": "亲属在该机构"})
    assert page.status_code == 200 and db.session.scalars(select(Tie)).all() == []
    answer = browser.post(f"/review/{review.ids[0]}/tie", {"reason": "亲属在该机构", "confirmed": "1"})
    assert answer.status_code == 303
    assert browser.get(f"/review/{review.ids[0]}").status_code == 404
    tie = db.session.scalars(select(Tie)).one()
    assert (tie.ground, tie.note, tie.made_by_id) == (Ground.DECLARED, "亲属在该机构", review.experts[0].id)


def test_the_panel_is_filled_and_the_review_begun_through_pages(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    application = make.application(round, theme=round.themes[1], by=officer, state=State.ELIGIBLE)
    free = make.person(Role.EXPERT, name="虚构专家自由")
    tied = make.person(Role.EXPERT, name="虚构专家任职", employer_code=application.organization.credit_code)
    save()
    browser = enter(officer)
    assert "虚构专家自由" in browser.get("/rounds/2018/panel").page.words
    assert browser.post("/rounds/2018/panel", {}).status_code == 422
    chosen = {"people": [free.id, tied.id]}
    page = browser.post("/rounds/2018/panel", chosen)
    assert page.status_code == 200 and application.number in page.page.words
    assert f"虚构专家自由 1({application.number})" in page.page.words, "what a seat opens"
    assert f"虚构专家任职 0 {application.number}(" in page.page.words, "a tie opens nothing"
    assert browser.post("/rounds/2018/panel", {**chosen, "confirmed": "1"}).status_code == 303
    page = browser.get("/rounds/2018/panel")
    assert "虚构专家任职" in page.page.words and application.title in page.page.words
    page = browser.post("/rounds/2018/panel/begin")
    assert page.status_code == 200 and db.session.get_one(Application, application.id).state is State.ELIGIBLE
    assert browser.post("/rounds/2018/panel/begin", {"confirmed": "1"}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Application, application.id).state is State.IN_REVIEW
    tie = db.session.scalars(select(Tie)).one()
    browser.get(f"/ties/{tie.id}/dismiss")
    assert browser.post(f"/ties/{tie.id}/dismiss", {"reason": ""}).status_code == 422
    assert browser.post(f"/ties/{tie.id}/dismiss", {"reason": "已离职三年"}).status_code == 303
    assert db.session.scalars(select(Barred)).all() == []
    assert browser.get("/rounds/2018/panel/1/remove").status_code == 200
    assert browser.post("/rounds/2018/panel/1/remove").status_code == 422
    assert browser.post("/rounds/2018/panel/1/remove", {"reason": "改聘他人"}).status_code == 303


def test_a_tie_by_hand_shows_what_it_does_to_the_score(app: Any, enter: Any) -> None:
    review = Review(1)
    review.hand_in(0)
    review.hand_in(1, 0, need=1000)
    browser = enter(review.officer)
    browser.get("/rounds/2018/panel")
    sent = {
        "person": review.experts[1].id,
        "application": review.ids[0],
        "ground": "adviser",
        "note": "曾任顾问",
    }
    page = browser.post("/rounds/2018/ties", sent)
    assert "76.50 → 79.00" in page.page.words and db.session.scalars(select(Tie)).all() == []
    assert browser.post("/rounds/2018/ties", {**sent, "confirmed": "1"}).status_code == 303
    page = enter(review.staff[Role.AUDITOR]).get(f"/review/{review.ids[0]}/sheets")
    assert "74.00" in page.page.words and "曾任顾问" in page.page.words and "76.50" in page.page.words


def grid(review: Review, *rows: dict[str, str]) -> dict[str, str]:
    found = {"signed_on": "2018-06-01"}
    for key, row in zip(review.ids, rows, strict=False):
        found |= {f"m-{key}-{code}": mark for code, mark in row.items() if code != "remark"}
        found[f"c-{key}"] = row.get("remark", "")
    return found


def test_paper_is_keyed_by_one_and_checked_by_another_through_pages(app: Any, enter: Any) -> None:
    review = Review(3)
    operator = enter(review.staff[Role.OPERATOR])
    operator.get("/rounds/2018/sheets/1")
    wrong = operator.post("/rounds/2018/sheets/1", grid(review, GOOD, {**GOOD, "design": "26"}))
    assert wrong.status_code == 422 and db.session.scalars(select(Sheet)).all() == []
    assert review.applications[1].title in wrong.page.words and 'value="26"' in wrong.get_data(as_text=True)
    worse = operator.post("/rounds/2018/sheets/1", grid(review, {**GOOD, "need": "abc"}))
    assert worse.status_code == 422 and 'value="abc"' in worse.get_data(as_text=True)
    answer = operator.post(
        "/rounds/2018/sheets/1", grid(review, GOOD, {**GOOD, "need": "20", "remark": "有调查"})
    )
    assert answer.status_code == 303
    sheets = db.session.scalars(select(Sheet).order_by(Sheet.id)).all()
    assert [sheet.state for sheet in sheets] == [SheetState.KEYED, SheetState.KEYED]
    ticks = {"sheets": [f"{sheet.id}:{sheet.revision}" for sheet in sheets]}
    operator.get("/rounds/2018/sheets/1/check")
    assert operator.post("/rounds/2018/sheets/1/check", ticks).status_code == 422
    officer = enter(review.officer)
    page = officer.get("/rounds/2018/sheets/1/check")
    assert "79.00" in page.page.words and "有调查" in page.page.words
    assert officer.post("/rounds/2018/sheets/1/check", {"sheets": ticks["sheets"][:1]}).status_code == 303
    db.session.expire_all()
    states = db.session.scalars(select(Sheet.state).order_by(Sheet.id)).all()
    assert states == [SheetState.HANDED_IN, SheetState.KEYED]

    first = sheets[0].id
    officer.get(f"/review/sheets/{first}/correct")
    right = {**{f"mark_{code}": mark for code, mark in {**GOOD, "need": "17"}.items()}, "reason": "录错"}
    page = officer.post(f"/review/sheets/{first}/correct", right)
    assert page.status_code == 200 and "79.00 → 81.00" in page.page.words
    assert officer.post(f"/review/sheets/{first}/correct", {**right, "confirmed": "1"}).status_code == 303
    page = officer.get(f"/review/{review.ids[0]}/sheets")
    assert "15.00" in page.page.words and "17.00" in page.page.words and "录错" in page.page.words


def test_a_sheet_is_reopened_with_a_reason_by_an_approver(app: Any, enter: Any) -> None:
    review = Review(1)
    sheet = review.hand_in(0)
    approver = enter(review.staff[Role.APPROVER])
    assert "79.00" in approver.get(f"/review/sheets/{sheet}/reopen").page.words
    assert approver.post(f"/review/sheets/{sheet}/reopen", {"reason": " "}).status_code == 422
    assert approver.post(f"/review/sheets/{sheet}/reopen", {"reason": "漏看附件"}).status_code == 303
    page = approver.get(f"/review/{review.ids[0]}/sheets")
    assert "漏看附件" in page.page.words
    assert 'name="mark_need"' in enter(review.experts[0]).get(f"/review/{review.ids[0]}").get_data(
        as_text=True
    )


def test_the_ranking_says_its_rule_and_that_it_waits(app: Any, enter: Any) -> None:
    """V7 through the pages: trimming not applied, the theme waits, the whole rule is changed by two people."""
    review = Review(2, size=4)
    for place in range(2):
        for expert in range(4):
            review.hand_in(expert, place, need=1500 - 100 * place)
    officer = enter(review.officer)
    words = officer.get("/rounds/2018/ranking").page.words
    assert "79.00" in words and "78.00" in words
    address = "/rounds/2018/themes/general/rule"
    assert officer.get(address).status_code == 200
    assert officer.post(address, {"aggregation": "trimmed", "reason": "理由"}).status_code == 422
    assert officer.post(address, {"aggregation": "mean", "reason": "不足五份"}).status_code == 303
    assert not queries.ranking(review.round)[1].final
    assert officer.post(f"{address}/approve", {"confirmed": "1"}).status_code == 403
    approver = enter(review.staff[Role.APPROVER])
    assert "不足五份" in approver.get(address).page.words
    assert approver.post(f"{address}/approve").status_code == 200
    assert approver.post(f"{address}/approve", {"confirmed": "1"}).status_code == 303
    db.session.expire_all()
    assert queries.ranking(review.round)[1].final
    assert officer.get("/rounds/2018/ranking").status_code == 200


def test_weighted_subtotals_are_the_same_on_every_page(app: Any, enter: Any) -> None:
    """G6.6: 90, 80 and 70 weigh 40, 30 and 30 percent: 36.00 + 24.00 + 21.00 = 81.00."""
    officer, expert = make.person(Role.OFFICER), make.person(Role.EXPERT)
    criteria = [
        ThemeCriterion(code=code, name=code, max=10000, weight=weight, position=place)
        for place, (code, weight) in enumerate((("need", 40), ("plan", 30), ("budget", 30)))
    ]
    theme = Theme(code="general", name="综合服务", earmark=60000000, ceiling=60000000, criteria=criteria)
    round = make.round_(officer, themes=[theme], quorum=1, aggregation=Aggregation.MEAN)
    application = make.application(round, theme=theme, by=officer, state=State.ELIGIBLE)
    actions.seat(round=round, people=[expert], by=officer, at=NOW)
    actions.begin(round=round, by=officer, at=NOW)
    marks = {"need": 9000, "plan": 8000, "budget": 7000}
    actions.hand_in(application=application, filled=Filled(marks), seen=0, by=expert, at=NOW)
    save()
    for person, address in (
        (expert, f"/review/{application.id}"),
        (officer, f"/review/{application.id}/sheets"),
    ):
        words = enter(person).get(address).page.words
        assert all(figure in words for figure in ("36.00", "24.00", "21.00", "81.00", "100.00"))
    assert "81.00" in enter(officer).get("/rounds/2018/ranking").page.words
    assert "81.00" in enter(expert).get("/review").page.words


def test_a_draw_is_recorded_through_its_page(app: Any, enter: Any) -> None:
    review = Review(2, aggregation=Aggregation.MEAN)
    for place in range(2):
        for expert in range(2):
            review.hand_in(expert, place)
    officer = enter(review.officer)
    address = "/rounds/2018/themes/general/draw"
    assert officer.get(address).status_code == 200
    first, second = review.ids
    sent = {"group": f"{first},{second}", "drawn_on": "2018-06-05", "witness": "虚构监督", "reason": "同分"}
    wrong = officer.post(address, {**sent, f"place_{first}": "1", f"place_{second}": "1"})
    assert wrong.status_code == 422
    assert officer.post(address, {**sent, f"place_{first}": "2", f"place_{second}": "1"}).status_code == 303
    assert [line.application_id for line in queries.ranking(review.round)[1].lines] == [second, first]
    page = officer.get(address)
    assert "虚构监督" in page.page.words and "虚构监督" in officer.get("/rounds/2018/ranking").page.words


def test_a_barred_officer_does_not_see_the_row(app: Any, enter: Any) -> None:
    review = Review(2)
    review.hand_in(0)
    db.session.add(Barred(application_id=review.ids[0], person_id=review.officer.id))
    save()
    late = make.application(
        review.round,
        theme=review.round.themes[1],
        by=review.officer,
        state=State.ELIGIBLE,
        title="虚构项目乙",
    )
    db.session.add(Barred(application_id=late.id, person_id=review.officer.id))
    save()
    officer = enter(review.officer)
    assert "虚构项目乙" not in officer.get("/rounds/2018/panel").page.words
    assert "虚构项目乙" not in officer.post("/rounds/2018/panel/begin").page.words
    for address in ("/rounds/2018/ranking", "/rounds/2018/sheets/1", "/rounds/2018/panel"):
        words = officer.get(address).page.words
        assert review.applications[0].title not in words
        assert address.endswith("panel") or review.applications[1].title in words
    assert officer.get(f"/review/{review.ids[0]}/sheets").status_code == 404


READS = {Role.OFFICER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE}
KEYS = {Role.OFFICER, Role.OPERATOR}
RIGHTS: list[tuple[str, str, set[Role]]] = [
    ("get", "/rounds/2018/panel", READS),
    ("get", "/rounds/2018/ranking", READS),
    ("get", "/rounds/2018/themes/general/rule", READS),
    ("get", "/rounds/2018/themes/general/draw", READS),
    ("get", "/review/{application}/sheets", READS),
    ("get", "/review/sheets/{sheet}/scan", READS),
    ("get", "/rounds/2018/sheets/1", KEYS),
    ("get", "/rounds/2018/sheets/1/check", KEYS | {Role.APPROVER}),
    ("get", "/review/sheets/{sheet}/reopen", {Role.APPROVER}),
    ("get", "/review/sheets/{sheet}/correct", {Role.OFFICER, Role.APPROVER}),
    ("get", "/review", {Role.EXPERT}),
    ("get", "/review/{application}", {Role.EXPERT}),
    ("post", "/rounds/2018/panel", {Role.OFFICER}),
    ("post", "/rounds/2018/panel/begin", {Role.OFFICER}),
    ("post", "/rounds/2018/panel/1/remove", {Role.OFFICER}),
    ("post", "/rounds/2018/ties", {Role.OFFICER}),
    ("post", "/rounds/2018/ties/found", {Role.OFFICER}),
    ("post", "/rounds/2018/themes/general/rule", {Role.OFFICER}),
    ("post", "/rounds/2018/themes/general/rule/approve", {Role.APPROVER}),
    ("post", "/rounds/2018/themes/general/draw", {Role.OFFICER}),
    ("post", "/rounds/2018/sheets/1", KEYS),
    ("get", "/rounds/2018/sheets/import", KEYS),
    ("post", "/rounds/2018/sheets/import", KEYS),
    ("get", "/rounds/2018/sheets/import/all.xlsx", KEYS),
    ("get", "/rounds/2018/sheets/import/1.xlsx", KEYS),
    ("post", "/rounds/2018/sheets/1/check", KEYS | {Role.APPROVER}),
    ("post", "/review/sheets/{sheet}/reopen", {Role.APPROVER}),
    ("post", "/review/sheets/{sheet}/correct", {Role.OFFICER, Role.APPROVER}),
    ("post", "/review/{application}", {Role.EXPERT}),
    ("post", "/review/{application}/hand-in", {Role.EXPERT}),
    ("post", "/review/{application}/autosave", {Role.EXPERT}),
    ("post", "/review/{application}/tie", {Role.EXPERT}),
]


def test_who_may_use_what(app: Any, enter: Any) -> None:
    review = Review(1)
    sheet = review.hand_in(0)
    people = {**review.staff, Role.EXPERT: review.experts[0]}
    people[Role.APPLICANT] = make.person(Role.APPLICANT, organization=review.applications[0].organization)
    save()
    for role, person in people.items():
        browser = enter(person)
        for method, address, roles in RIGHTS:
            place = address.format(application=review.ids[0], sheet=sheet)
            status = getattr(browser, method)(place).status_code
            assert (status != 403) == (role in roles), f"{role} {method} {address} {status}"
            assert status in {200, 303, 403, 404, 409, 422}, f"{role} {method} {address} {status}"


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("/rounds/2018/panel", Role.OFFICER),
        ("/rounds/2018/ranking", Role.AUDITOR),
        ("/rounds/2018/sheets/1", Role.OPERATOR),
        ("/rounds/2018/sheets/1/check", Role.OFFICER),
        ("/rounds/2018/sheets/import", Role.OPERATOR),
        ("/review", Role.EXPERT),
    ],
)
def test_the_same_statements_for_one_row_and_for_many(
    app: Any, enter: Any, statements: Any, address: str, who: Role
) -> None:
    review = Review(1)
    _fill(review, 0)
    browser = enter(review.experts[0] if who is Role.EXPERT else review.staff[who])
    statements.clear()
    assert browser.get(address).status_code == 200
    few = len(statements)
    for _ in range(30):
        application = make.application(
            review.round, theme=review.round.themes[1], by=review.officer, state=State.ELIGIBLE
        )
        review.ids.append(application.id)
    actions.begin(round=review.round, by=review.officer, at=NOW)
    save()
    for place in range(1, 31):
        _fill(review, place)
    statements.clear()
    assert browser.get(address).status_code == 200
    assert len(statements) == few


def _fill(review: Review, place: int) -> None:
    """A keyed sheet of the first expert, a sheet of the second, and a dismissed tie."""
    application = db.session.get_one(Application, review.ids[place])
    seat = queries.panel(review.round)[0].panelist
    actions.key_in(
        panelist=seat,
        rows={application.id: Filled(MARKS)},
        signed_on=make.NOON.date(),
        scan=None,
        by=review.staff[Role.OPERATOR],
        at=NOW,
    )
    review.hand_in(1, place)
    tie = actions.declare_tie(
        application=application,
        person=review.staff[Role.FINANCE],
        ground=Ground.ADVISER,
        note="曾任顾问",
        by=review.officer,
        at=NOW,
    )
    actions.dismiss_tie(tie=tie, reason="已查", by=review.officer, at=NOW)
    save()
