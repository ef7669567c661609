"""Rounds through their pages: each role, every part saved, opened, closed, corrected, money moved with a preview."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select

from venture import clock
from venture.clock import beijing
from venture.db import db
from venture.people.models import Person
from venture.roles import STAFF, Role
from venture.rounds import actions, queries
from venture.rounds.models import Due, Round, RoundState, ThemeMove
from venture.workdays import Workday, calendar

PLANNERS = {Role.OFFICER, Role.ADMINISTRATOR}


def fresh(year: int) -> Round:
    db.session.expire_all()
    found = queries.by_year(year)
    assert found is not None
    return found


def planned(by: Person, **more: Any) -> Round:
    now = clock.now()
    given = {
        "state": RoundState.PLANNED,
        "opens_at": now + timedelta(days=1),
        "closes_at": now + timedelta(days=20),
    }
    return make.round_(by, **given | more)  # type: ignore[no-any-return]  # builders are untyped


OPEN_TO: dict[str, set[Role]] = {
    "/rounds": set(STAFF),
    "/rounds/new": PLANNERS,
    "/rounds/2018": set(STAFF),
    "/rounds/2018/differences": set(STAFF),
    "/rounds/2018/settings": PLANNERS,
    "/rounds/2018/themes/new": PLANNERS,
    "/rounds/2018/themes/1": PLANNERS,
    "/rounds/2018/themes/1/sheet": PLANNERS,
    "/rounds/2018/fields": PLANNERS,
    "/rounds/2018/sources": PLANNERS,
    "/rounds/2018/plan": PLANNERS,
    "/rounds/2018/papers": PLANNERS,
    "/rounds/2018/rules": PLANNERS,
    "/rounds/2018/correct": PLANNERS,
    "/rounds/2018/correct?field=pass_line": PLANNERS,
    "/rounds/2018/moves": set(STAFF),
    "/workdays": PLANNERS,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_page_opens_for_its_roles(app: Any, enter: Any, browser: Any, role: Role) -> None:
    make.round_(make.person(Role.OFFICER))
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside = enter(person)
    for address, open_to in OPEN_TO.items():
        assert browser.get(address).status_code == 303
        assert inside.get(address).status_code == (200 if role in open_to else 403), address


@pytest.mark.unsound("money")  # committed without an award
@pytest.mark.parametrize("state", list(RoundState))
def test_the_page_of_a_round_shows_in_every_state(app: Any, enter: Any, state: RoundState) -> None:
    officer = make.person(Role.OFFICER)
    made = planned(officer, state=state)
    made.themes[0].committed = 8_000_000
    save()
    words = enter(officer).get("/rounds/2018").page.words
    for part in (
        "33 %",
        "67 %",
        "200,000.00",
        "120,000.00",
        "600,000.00",
        "100.00",
        "首期款",
        "虚构〔2018〕1号",
    ):
        assert part in words


def test_a_round_is_copied_and_its_differences_shown(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    old = make.round_(officer)
    old.closes_at = make.NOON + timedelta(seconds=59)
    save()
    browser = enter(officer)
    assert f"{beijing(old.closes_at):2019-%m-%d %H:%M:%S}" in browser.get("/rounds/new").get_data(
        as_text=True
    )
    cover = {
        "source": old.id,
        "year": "2019",
        "ordinal": "4",
        "name": "2019年第四届公益创投",
        "opens_at": "2019-05-01 09:00:00",
        "closes_at": "2019-05-31 17:00:00",
    }
    assert browser.post("/rounds/new", cover | {"year": "2018"}).status_code == 422
    assert browser.post("/rounds/new", cover | {"closes_at": "2019-05-01 09:00:00"}).status_code == 422
    shown = browser.post("/rounds/new", cover, follow=True)
    assert "2019-05-31 17:00:00" in shown.page.words and "2018" in shown.page.words
    made = fresh(2019)
    assert [theme.earmark for theme in made.themes] == [20_000_000, 40_000_000]
    scratch = cover | {"source": "", "year": "2020", "total": "30万", "ordinal": "5"}
    assert browser.post("/rounds/new", scratch).status_code == 303
    assert [theme.earmark for theme in fresh(2020).themes] == [10_000_000, 20_000_000]


def settings_of(round: Round) -> dict[str, Any]:
    """What the settings page would send back unchanged."""
    return {
        "ordinal": round.ordinal,
        "name": round.name,
        "total": round.total // 100,
        "opens_at": f"{beijing(round.opens_at):%Y-%m-%d %H:%M:%S}",
        "closes_at": f"{beijing(round.closes_at):%Y-%m-%d %H:%M:%S}",
        "months": round.months,
        "applications_each": 1,
        "awards_each": 1,
        "grant_share": "",
        "management_cap": 10,
        "staff_cap": "",
        "files_most": 40,
        "files_mb": 200,
        "correction_days": 3,
        "panel_size": 5,
        "quorum": 3,
        "aggregation": "trimmed",
        "trim_from": 5,
        "dropping": "sheet",
        "rounding": "display",
        "blindness": "open",
        "marks_seen": "after_own",
        "marks_seen_spoken": "after_own",
        "presentation_weight": 0,
        "presenting_minutes": 8,
        "answering_minutes": 5,
        "pass_line": 60,
        "bonus_most": 5,
        "fit_rule": "skip",
        "leftover": "pool",
        "notice_days": 5,
        "transfer_percent": 10,
        "record_days": 10,
        "notice_first_day_counts": "y",
    }


def test_settings_are_saved_and_refusals_keep_what_was_typed(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = planned(officer)
    sent = settings_of(made)
    save()
    browser = enter(officer)
    low = browser.post("/rounds/2018/settings", sent | {"total": "599,999.99", "quorum": "6"})
    assert low.status_code == 422 and 'value="599,999.99"' in low.get_data(as_text=True)
    assert "0.01" in low.page.words
    changed = sent | {"total": "700,000", "pass_line": "７５.５", "aggregation": "median"}
    del changed["notice_first_day_counts"]
    assert browser.post("/rounds/2018/settings", changed).status_code == 303
    found = fresh(2018)
    assert (found.total, found.pass_line, found.aggregation.value, found.notice_first_day_counts) == (
        70_000_000,
        7550,
        "median",
        False,
    )


def test_the_wait_for_the_scan_needs_a_scanner(app: Any, enter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = make.person(Role.OFFICER)
    sent = settings_of(planned(officer)) | {"wait_for_scan": "y"}
    save()
    browser = enter(officer)
    without = browser.post("/rounds/2018/settings", sent, headers={"Accept-Language": "en"})
    assert without.status_code == 422 and "VENTURE_CLAMD" in without.page.words
    assert not fresh(2018).wait_for_scan
    monkeypatch.setattr(app, "settings", replace(app.settings, clamd="127.0.0.1:3310"))
    assert browser.post("/rounds/2018/settings", sent).status_code == 303
    assert fresh(2018).wait_for_scan


def test_themes_are_added_changed_and_taken_out(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer)
    save()
    browser = enter(officer)
    new = {"name": "志愿服务", "earmark": "100,000", "ceiling": "30,000"}
    full = browser.post("/rounds/2018/themes/new", new)
    assert full.status_code == 422
    assert "100,000.00" in full.page.words and "600,000.00" in full.page.words
    general = fresh(2018).themes[1]
    lower = {"name": general.name, "earmark": "30万", "ceiling": "50,000"}
    assert browser.post(f"/rounds/2018/themes/{general.id}", lower).status_code == 303
    assert browser.post("/rounds/2018/themes/new", new).status_code == 303
    found = fresh(2018)
    assert [theme.earmark for theme in found.themes] == [20_000_000, 30_000_000, 10_000_000]
    assert found.allotted == 60_000_000
    out = f"/rounds/2018/themes/{found.themes[2].id}/remove"
    assert browser.post(out).status_code == 200 and len(fresh(2018).themes) == 3
    assert browser.post(out, {"confirmed": "1"}).status_code == 303
    assert fresh(2018).allotted == 50_000_000


def rows(*lines: dict[str, Any]) -> dict[str, Any]:
    return {f"rows-{at}-{name}": value for at, line in enumerate(lines) for name, value in line.items()}


@pytest.mark.parametrize(
    ("part", "good", "bad", "seen"),
    [
        ("fields", {"name": "助残", "code": ""}, None, ["助残"]),
        (
            "sources",
            {"document_no": "虚构〔2018〕9号", "kind": "general", "year": "2018", "amount": "60万"},
            {"document_no": "虚构", "kind": "general", "year": "", "amount": "-1"},
            ["虚构〔2018〕9号"],
        ),
        (
            "plan",
            {"name": "一次付清", "weight": "1", "condition": "signed", "due_days": "15"},
            {"name": "零", "weight": "0", "condition": "signed", "due_days": "15"},
            ["一次付清"],
        ),
        ("papers", {"name": "场地证明", "required": "y", "code": ""}, None, ["场地证明"]),
        (
            "papers",
            {"name": "承诺书", "code": "", "due": "closing", "due_days": "5", "coded": "y"},
            {"name": "承诺书", "code": "", "due": "closing", "due_days": "0"},
            ["承诺书"],
        ),
        ("rules", {"text": "在本区开展服务", "parameter": "", "code": ""}, None, ["在本区开展服务"]),
    ],
)
def test_lists_of_rows_are_saved_whole(
    app: Any, enter: Any, part: str, good: Any, bad: Any, seen: list[str]
) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer)
    save()
    browser, at = enter(officer), f"/rounds/2018/{part}"
    blank = {name: "" for name in good if name not in ("required", "coded", "due")}
    if bad:
        assert browser.post(at, rows(bad, blank)).status_code == 422
    assert browser.post(at, rows(good, blank)).status_code == 303
    key = {"sources": "document_no", "rules": "text"}.get(part, "name")
    assert [getattr(row, key) for row in getattr(fresh(2018), part)] == seen
    assert browser.post(at, rows(blank)).status_code == 303
    assert getattr(fresh(2018), part) == []


@pytest.mark.parametrize(
    ("due", "days"), [("closing", "61"), ("closing", ""), ("notice", "0"), ("later", "5"), ("closing", "-1")]
)
def test_a_paper_due_later_has_a_term_of_working_days(app: Any, enter: Any, due: str, days: str) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer)
    save()
    row = {"name": "承诺书", "code": "", "due": due, "due_days": days}
    answer = enter(officer).post("/rounds/2018/papers", rows(row))
    assert answer.status_code == 422
    assert [one["value"] for one in answer.page.fields if one.get("name") == "rows-0-due_days"] == [days]


def test_what_comes_with_the_application_has_no_term(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer)
    save()
    row = {"name": "承诺书", "code": "", "due": "submit", "due_days": "9", "coded": "y"}
    assert enter(officer).post("/rounds/2018/papers", rows(row)).status_code == 303
    paper = fresh(2018).papers[0]
    assert (paper.due, paper.due_days, paper.coded) == (Due.SUBMIT, 0, True)


def test_score_sheets_are_edited_and_the_usual_one_taken(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = planned(officer)
    theme = made.themes[0]
    save()
    browser, at = enter(officer), f"/rounds/2018/themes/{theme.id}/sheet"
    line = {"code": "need", "name": "需求", "max": "60", "step": "0.5", "tie_order": "1", "full": "有数据"}
    other = {"code": "", "name": "方案", "max": "40", "step": "1"}
    assert browser.post(at, rows(line, other | {"step": "0.3"})).status_code == 422
    assert browser.post(at, rows(line, other | {"tie_order": "1"})).status_code == 422
    kept = {row.code: row.id for row in fresh(2018).themes[0].criteria}
    assert browser.post(at, rows(line, other)).status_code == 303
    sheet = fresh(2018).themes[0].criteria
    assert [(row.code, row.max, row.step) for row in sheet] == [("need", 6000, 50), ("c1", 4000, 100)]
    assert sheet[0].id == kept["need"]
    assert browser.post(f"{at}/usual").status_code == 303
    assert queries.sheet_points(fresh(2018).themes[0]) == 10000


def test_rules_that_are_not_used_are_offered(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer)
    save()
    browser = enter(officer)
    assert browser.post("/rounds/2018/rules/rating").status_code == 303
    assert [(row.code, row.parameter) for row in fresh(2018).rules] == [("legal_person", None), ("rating", 2)]
    assert browser.post("/rounds/2018/rules/no-such").status_code == 404


def test_a_round_is_opened_closed_and_finished_with_previews(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = planned(officer)
    made.themes[0].earmark, made.allotted = 10_000_000, 50_000_000
    save()
    browser = enter(officer)
    refused = browser.post("/rounds/2018/open")
    assert refused.status_code == 422 and "100,000.00" in refused.page.words
    made = fresh(2018)
    made.themes[0].earmark, made.allotted = 20_000_000, 60_000_000
    made.opens_at = clock.now() - timedelta(days=1)
    save()
    assert "600,000.00" in browser.post("/rounds/2018/open").page.words
    assert fresh(2018).state is RoundState.PLANNED
    assert browser.post("/rounds/2018/open", {"confirmed": "1"}).status_code == 303
    assert fresh(2018).state is RoundState.OPEN
    assert browser.post("/rounds/2018/close").status_code == 422
    assert browser.post("/rounds/2018/close", {"reason": "名额已满"}).status_code == 200
    sent = {"reason": "名额已满", "confirmed": "1"}
    assert browser.post("/rounds/2018/close", sent).status_code == 303
    page = browser.get("/rounds/2018").page.words
    assert "名额已满" in page and fresh(2018).state is RoundState.CLOSED
    later = beijing(clock.now() + timedelta(days=30))
    again = {"closes_at": f"{later:%Y-%m-%d %H:%M:%S}", "reason": "补报"}
    assert browser.post("/rounds/2018/reopen", again).status_code == 303
    assert browser.post("/rounds/2018/close", sent).status_code == 303
    assert browser.post("/rounds/2018/finish").status_code == 200
    assert browser.post("/rounds/2018/finish", {"confirmed": "1"}).status_code == 303
    assert browser.post("/rounds/2018/resume", {"reason": ""}).status_code == 422
    assert browser.post("/rounds/2018/resume", {"reason": "补记"}).status_code == 303
    assert fresh(2018).state is RoundState.CLOSED


def test_a_correction_never_moves_the_closing(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    planned(officer, state=RoundState.OPEN)
    save()
    browser = enter(officer)
    closing = "/rounds/2018/correct?field=closes_at"
    assert browser.post(closing, {"value": "2030-01-01 17:00:00", "reason": "悄悄"}).status_code == 404
    assert "/rounds/2018/more-time" in browser.get("/rounds/2018/correct").get_data(as_text=True)
    assert browser.post("/rounds/2018/correct?field=total", {"value": "1", "reason": "改"}).status_code == 404
    at = "/rounds/2018/correct?field=pass_line"
    assert browser.post(at, {"value": "60", "reason": "同"}).status_code == 422
    assert browser.post(at, {"value": "65", "reason": ""}).status_code == 422
    words = browser.post(at, {"value": "65", "reason": "局长办公会"}, follow=True).page.words
    assert "60.00" in words and "65.00" in words and "局长办公会" in words


def test_a_closing_by_day_lasts_until_its_24_oclock(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    sent = settings_of(planned(officer)) | {"closes_at": "2030年6月5日"}
    save()
    browser = enter(officer)
    assert browser.post("/rounds/2018/settings", sent).status_code == 303
    found = fresh(2018)
    assert found.closes_at == datetime(2030, 6, 5, 16, 0, 0, tzinfo=UTC)
    assert "2030-06-05 24:00" in browser.get("/rounds/2018").page.words
    assert 'value="2030-06-05"' in browser.get("/rounds/2018/settings").get_data(as_text=True)
    assert browser.post("/rounds/2018/settings", sent | {"closes_at": "2030-06-05"}).status_code == 303
    assert fresh(2018).closes_at == found.closes_at


@pytest.mark.unsound("money")  # committed without an award
def test_a_move_is_proposed_previewed_and_approved_by_another(app: Any, enter: Any) -> None:
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    both = make.person(Role.OFFICER, Role.APPROVER)
    made = make.round_(officer)
    made.themes[0].committed = 14_000_000
    first, second = made.themes[0].id, made.themes[1].id
    save()
    at = "/rounds/2018/moves"
    ask = {"source": first, "target": second, "amount": "60,000.01", "reason": "申报不足"}
    browser = enter(both)
    refused = browser.post(at, ask)
    assert refused.status_code == 422 and "0.01" in refused.page.words
    assert browser.post(at, ask | {"target": first, "amount": "5万"}).status_code == 422
    assert browser.post(at, ask | {"amount": "5万"}).status_code == 303
    move = db.session.scalars(select(ThemeMove)).one().id
    assert browser.post(f"{at}/{move}/approve", {"confirmed": "1"}).status_code == 422
    assert enter(officer).post(f"{at}/{move}/approve", {"confirmed": "1"}).status_code == 403
    other = enter(approver)
    preview = other.post(f"{at}/{move}/approve").page.words
    for part in ("150,000.00 (25.0 %)", "450,000.00 (75.0 %)", "200,000.00 (33.3 %)"):
        assert part in preview
    assert other.post(f"{at}/{move}/approve", {"confirmed": "1"}).status_code == 303
    assert [theme.earmark for theme in fresh(2018).themes] == [15_000_000, 45_000_000]
    assert browser.post(at, ask | {"amount": "11,000"}).status_code == 422
    assert other.get(f"/rounds/2019/moves/{move}/scan").status_code == 404


def test_a_move_is_approved_on_paper_with_its_scan(app: Any, enter: Any) -> None:
    officer, other, approver = (
        make.person(Role.OFFICER),
        make.person(Role.OFFICER),
        make.person(Role.APPROVER, name="虚构局长"),
    )
    made = make.round_(officer)
    move = actions.propose_move(
        source=made.themes[0], target=made.themes[1], amount=100, reason="调整", by=officer, at=make.NOON
    )
    at = f"/rounds/2018/moves/{move.id}"
    save()
    browser = enter(officer)
    scan = (io.BytesIO(b"\x89PNG\r\n\x1a\nscan"), "签字页.png")
    sent = {"signer": approver.id, "signed_on": "2018-05-21", "scan": scan}
    assert browser.post(f"{at}/paper", sent, content_type="multipart/form-data").status_code == 303
    assert browser.post(f"{at}/check", {"confirmed": "1"}).status_code == 422
    words = browser.get("/rounds/2018/moves").page.words
    assert "虚构局长" in words and "签字页.png" in words
    assert enter(other).post(f"{at}/check", {"confirmed": "1"}).status_code == 303
    assert fresh(2018).themes[0].earmark == 20_000_000 - 100
    shown = browser.get(f"{at}/scan")
    assert shown.status_code == 200 and shown.mimetype == "image/png"
    shown.close()


def test_pages_of_rounds_load_in_the_same_statements(app: Any, enter: Any, statements: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = make.round_(officer)
    save()
    browser = enter(officer)
    counts: list[list[int]] = []
    for more in (1, 30):
        me = db.session.get_one(Person, officer.id)
        made = fresh(2018)
        for number in range(more):
            make.round_(me, 2030 + more + number)
            actions.propose_move(
                source=made.themes[0], target=made.themes[1], amount=1, reason="试", by=me, at=make.NOON
            )
            made.themes.append(make.theme(f"x{more}-{number}", "专题", 0, 1))
        save()
        seen = []
        for address in ("/rounds", "/rounds/2018", "/rounds/2018/moves", "/rounds/2018/differences"):
            statements.clear()
            assert browser.get(address).status_code == 200
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1]


def test_days_are_entered_over_the_calendar_and_taken_out(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    save()
    browser = enter(officer)
    assert browser.post("/workdays", {"day": "2027-02-05", "works": "no", "note": "春节"}).status_code == 303
    assert browser.post("/workdays", {"day": "2027-13-05", "works": "no"}).status_code == 422
    day = db.session.scalars(select(Workday)).one().day
    assert not calendar().works(day) and calendar().provisional(day, day)
    assert browser.post("/workdays/years/2027", {"complete": "1"}).status_code == 303
    db.session.expire_all()
    assert not calendar().provisional(day, day)
    assert browser.post(f"/workdays/{day}/remove").status_code == 303
    db.session.expire_all()
    assert calendar().works(day)
    assert browser.post("/workdays/never/remove").status_code == 404


def test_the_next_year_is_missed_from_december_on(app: Any) -> None:
    table = calendar()
    known = max(
        year for year in range(2020, 2060) if not table.provisional(date(year, 1, 1), date(year, 1, 1))
    )
    assert queries.year_to_enter(date(known, 11, 30)) is None
    assert queries.year_to_enter(date(known, 12, 1)) == known + 1
    assert queries.year_to_enter(date(known + 1, 3, 1)) == known + 1
