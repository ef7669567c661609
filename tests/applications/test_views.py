"""The applicant's pages and the officer's list, through a browser without JavaScript."""

import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import make
import pytest
import time_machine
import typed
from client import Browser, save
from sqlalchemy import func, select

from venture import outbox
from venture.applications import queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader, Version
from venture.db import db
from venture.roles import Role

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC)  # 17:00:00
DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")

    save()
    return Scene


class Controls(HTMLParser):
    """What a browser would send for the form with this address, as it stands on the page."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.select, self.text = action, False, "", ""
        self.found: dict[str, Any] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = given["action"] == self.action
        if not self.inside:
            return
        if tag == "select":
            self.select = given["name"]
            self.found[self.select] = ""
        elif tag == "option" and "selected" in given:
            self.found[self.select] = given["value"]
        elif tag == "textarea":
            self.text = given["name"]
            self.found[self.text] = ""
        elif tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self.found.setdefault(given["name"], []).append(given["value"])
        elif tag == "input" and given.get("type") != "file":
            self.found[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.found[self.text] = self.found[self.text].removeprefix("\n")
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.text:
            self.found[self.text] += data


def hidden(response: Any, action: str) -> dict[str, Any]:
    """The fields of the form with this address as the page holds them, without the token."""
    found = Controls(response.get_data(as_text=True), action).found
    return {key: value for key, value in found.items() if key != "csrf_token"}


def whole(scene: Any, **more: Any) -> Application:
    draft = typed.draft(scene.round, scene.body, by=scene.anna, **more)
    save()
    return draft


def press(browser: Browser, id: int, fields: dict[str, str] | None = None) -> Any:
    """Open the last page and press its button; the fields may be those of a page opened before."""
    address = f"/applications/{id}/submit"
    fields = fields or hidden(browser.get(address), address)
    return browser.post(address, fields)


# --- G1 ---


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_deadline_to_the_second_in_the_bureaus_zone(
    scene: Any, enter: Any, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    draft = whole(scene)
    address = f"/applications/{draft.id}/submit"
    with time_machine.travel(datetime(2026, 5, 1, 0, 59, 59, tzinfo=UTC), tick=False):
        browser = enter(scene.anna)
        page = browser.get(address, **ENGLISH).page
        assert "2026-05-01 09:00:00" in page.words and address not in [each["action"] for each in page.forms]
        refused = browser.post(address, {"key": "early", "version": str(draft.revision)}, **ENGLISH)
        assert refused.status_code == 422 and "2026-05-01 09:00:00" in refused.page.words
    with time_machine.travel(datetime(2026, 5, 31, 8, 50, tzinfo=UTC), tick=False):
        opened = hidden(browser.get(address), address)
    with time_machine.travel(datetime(2026, 5, 31, 9, 0, 1, tzinfo=UTC), tick=False):
        for fields in (opened, {"key": "direct", "version": opened["version"]}):
            late = browser.post(address, fields, **ENGLISH)
            assert late.status_code == 422
            assert "The closing time was 2026-05-31 17:00:00 (Beijing time)" in late.page.words
        assert browser.get(f"/applications/{draft.id}").status_code == 200
        db.session.rollback()
        assert db.session.get_one(Application, draft.id).state is State.DRAFT
        assert queries.sheet(draft)["summary"] == "虚构概述"
    with time_machine.travel(datetime(2026, 5, 31, 8, 59, 59, tzinfo=UTC), tick=False):
        browser = enter(scene.anna)
        assert browser.post(address, opened).headers["Location"] == f"/applications/{draft.id}/receipt"
        receipt = browser.get(f"/applications/{draft.id}/receipt", **ENGLISH).page.words
    assert "2026-001" in receipt and "2026-05-31 16:59:59 Beijing time (UTC+8)" in receipt
    monkeypatch.undo()
    time.tzset()


# --- G2 ---


def test_one_press_one_record(scene: Any, enter: Any) -> None:
    draft = whole(scene)
    address = f"/applications/{draft.id}/submit"
    with time_machine.travel(DURING, tick=False):
        browser = enter(scene.anna)
        fields = hidden(browser.get(address), address)
        answers = [press(browser, draft.id, fields) for _twice in range(2)]
        receipts = [browser.get(each.headers["Location"]).page.words for each in answers]
        receipts.append(browser.get(f"/applications/{draft.id}/receipt").page.words)
        press(browser, draft.id)  # back, and sent again
        receipts.append(browser.get(f"/applications/{draft.id}/receipt").page.words)
        assert len(set(receipts)) == 1
        assert "2026-001" in browser.get("/applications").page.words
    assert db.session.scalar(select(func.count()).select_from(Version)) == 1
    assert db.session.scalar(select(func.count()).select_from(outbox.Message)) == 1
    board = enter(scene.officer).get("/rounds/2026/applications", **ENGLISH).page.words
    assert "Sum of 1 applications 40,000.00" in board


# --- G3 and saving ---


def test_two_people_one_form(scene: Any, enter: Any) -> None:
    draft = whole(scene, asked="50,000.00")
    anna, bert = enter(scene.anna), enter(scene.bert)
    address = f"/applications/{draft.id}/parts/basics"
    opened = [hidden(browser.get(address), address) for browser in (anna, bert)]
    assert bert.post(address, opened[1] | {"asked": "60,000.00"}).status_code == 303
    assert anna.post(address, opened[0] | {"title": "乙稿" * 10}).status_code == 303
    page = anna.get(address)
    assert hidden(page, address)["asked"] == "60,000.00" and hidden(page, address)["title"] == "乙稿" * 10
    told = anna.post(address, opened[0] | {"asked": "55,000.00", "demanded_by": "虚构街道"}, **ENGLISH)
    assert told.status_code == 409
    assert "虚构乙" in told.page.words and "60,000.00" in told.page.words
    kept = hidden(told, address)
    assert (kept["asked"], kept["demanded_by"], kept["title"]) == ("55,000.00", "虚构街道", "乙稿" * 10)
    assert anna.post(address, kept).status_code == 303
    assert hidden(anna.get(address), address)["asked"] == "55,000.00"


def test_saving_keeps_what_cannot_be_read_and_says_where(scene: Any, enter: Any) -> None:
    draft, browser = whole(scene), enter(scene.anna)
    address = f"/applications/{draft.id}/parts/basics"
    fields = hidden(browser.get(address), address)
    assert browser.post(address, fields | {"asked": "abc", "starts_on": "明天"}).status_code == 303
    page = browser.get(address, **ENGLISH)
    assert hidden(page, address)["asked"] == "abc" and hidden(page, address)["starts_on"] == "明天"
    assert "«abc» is not an amount" in page.page.words
    overview = browser.get(f"/applications/{draft.id}", **ENGLISH)
    assert f"/applications/{draft.id}/parts/basics#asked" in overview.get_data(as_text=True)


def test_rows_are_edited_without_javascript(scene: Any, enter: Any) -> None:
    draft, browser = whole(scene), enter(scene.anna)
    address = f"/applications/{draft.id}/parts/money"
    fields = hidden(browser.get(address), address)
    assert fields["costs_grant-4-content"] == "" and "costs_grant-5-content" not in fields
    row = {"category": "tax", "content": "税费", "unit_price": "１,000", "quantity": "1.5"}
    fields |= {f"costs_grant-3-{key}": value for key, value in row.items()}
    fields |= {
        f"costs_grant-0-{key}": "" for key in ("category", "content", "unit_price", "quantity", "unit")
    }
    answer = browser.post(address, fields | {"more": "costs_grant"})
    assert answer.headers["Location"] == f"{address}#costs_grant"
    db.session.rollback()
    lines = [(line.content, line.amount) for line in db.session.get_one(Application, draft.id).granted_lines]
    assert lines == [("办公", 400000), ("税费", 150000)]
    page = browser.get(address, **ENGLISH)
    assert "sum to 5,500.00 yuan, but 40,000.00 yuan are applied for" in page.page.words
    assert hidden(page, address)["costs_grant-1-quantity"] == "1.5"


@pytest.mark.parametrize(
    "code", ["organization", "basics", "plan", "money", "team", "papers", "pledge", "theme"]
)
def test_every_part_opens_and_saves_as_it_stands(scene: Any, enter: Any, code: str) -> None:
    draft, browser = whole(scene, **typed.THEME), enter(scene.anna)
    address = f"/applications/{draft.id}/parts/{code}"
    before = queries.sheet(draft)
    page = browser.get(address)
    assert page.status_code == 200
    if code != "papers":
        assert browser.post(address, hidden(page, address)).status_code == 303
    db.session.rollback()
    again = db.session.get_one(Application, draft.id)
    db.session.refresh(again)
    assert queries.sheet(again) == before


def test_autosave_answers_with_time_and_version_or_says_who_was_first(scene: Any, enter: Any) -> None:
    draft = whole(scene)
    anna, bert = enter(scene.anna), enter(scene.bert)
    address = f"/applications/{draft.id}/parts/plan/autosave"
    seen = str(draft.revision)
    sent = {"version": seen, "changed": ["goals-2-text", "goal"], "goals-2-text": "新目标", "goal": "总目标"}
    answer = anna.post(address, sent)
    assert answer.status_code == 200
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer.json["saved_at"])
    assert answer.json["version"] == int(seen) + 1
    db.session.rollback()
    db.session.refresh(draft)
    assert [row["text"] for row in queries.sheet(draft)["goals"]] == ["开展活动", "", "新目标"]  # type: ignore[call-overload,index,union-attr]
    clash = bert.post(address, {"version": seen, "changed": "goal", "goal": "别的目标"}, **ENGLISH)
    assert clash.status_code == 409 and "虚构甲" in clash.json["message"]
    assert "both texts are shown" in clash.json["message"] and "below" not in clash.json["message"]
    merged = bert.post(address, {"version": seen, "changed": "need", "need": "另一段"})
    assert merged.status_code == 200
    assert bert.post(address.replace("plan", "nothing"), sent).status_code == 404


@time_machine.travel(DURING, tick=False)
def test_both_texts_and_the_history_are_in_words_not_codes(scene: Any, enter: Any) -> None:
    draft = whole(scene)
    code, name = next((each.code, each.name) for each in scene.round.fields if each.code != "old")
    anna, bert = enter(scene.anna), enter(scene.bert)
    pages = {code: f"/applications/{draft.id}/parts/{code}" for code in ("basics", "money")}
    opened = {code: hidden(anna.get(address), address) for code, address in pages.items()}
    for browser, field, category in ((bert, code, "volunteer"), (anna, "", "staff")):
        answers = [
            browser.post(pages["basics"], opened["basics"] | {"field": field}, **ENGLISH),
            browser.post(pages["money"], opened["money"] | {"costs_grant-0-category": category}, **ENGLISH),
        ]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert name in answers[0].page.words.partition("Both texts")[2].partition("What shall stand below")[0]
    assert "volunteer ·" not in answers[1].page.words and "staff ·" not in answers[1].page.words
    assert press(anna, draft.id).status_code == 303
    history = enter(scene.officer).get(f"/applications/{draft.id}", **ENGLISH).page.words
    history = history.partition("History")[2]
    assert name in history and code not in history and "volunteer ·" not in history


def test_a_page_that_saved_itself_still_knows_what_it_has_not_seen(scene: Any, enter: Any) -> None:
    draft = whole(scene)
    anna, bert = enter(scene.anna), enter(scene.bert)
    address = f"/applications/{draft.id}/parts/plan"
    opened = hidden(anna.get(address), address)

    def autosave(browser: Any, page: dict[str, str], field: str, text: str) -> Any:
        sent = {"version": page["version"], "base": page["base"], "changed": field, field: text}
        return browser.post(f"{address}/autosave", sent, **ENGLISH)

    shown = hidden(bert.get(address), address)
    assert autosave(bert, shown, "need", "乙的需求").status_code == 200
    saved = autosave(anna, opened, "goal", "甲的目标").json
    opened["version"], known = str(saved["version"]), json.loads(opened["base"]) | saved["base"]
    opened |= {"base": json.dumps(known), "goal": "甲的目标"}
    clash = autosave(anna, opened, "need", "甲的需求")
    assert clash.status_code == 409 and "虚构乙" in clash.json["message"]
    assert anna.post(address, opened).status_code == 303
    now = hidden(anna.get(address), address)
    assert (now["need"], now["goal"]) == ("乙的需求", "甲的目标")
    assert autosave(anna, opened, "goal", "甲又改了").status_code == 200
    assert autosave(bert, shown | {"base": '{"title": "x", "need": 7}'}, "title", "新").status_code == 200


def test_begin_twice_is_one_draft_and_the_task_list_counts(scene: Any, enter: Any) -> None:
    fields = {"round": str(scene.round.id), "organization": str(scene.body.id), "theme": ""}
    with time_machine.travel(DURING, tick=False):
        browser = enter(scene.anna)
        first = browser.post("/applications/new", fields)
        assert browser.post("/applications/new", fields).headers["Location"] == first.headers["Location"]
        assert browser.post("/applications/new", fields | {"organization": "999"}).status_code == 422
        page = browser.get(first.headers["Location"], **ENGLISH).page
        assert browser.get("/applications").page.words.count(scene.body.name) == 1
    assert "Not yet begun" in page.words and "2026-05-31 17:00:00" in page.words


def test_files_come_in_are_listed_and_go_out(scene: Any, enter: Any) -> None:
    with time_machine.travel(DURING, tick=False):
        draft, browser = whole(scene), enter(scene.anna)
        address = f"/applications/{draft.id}/papers/pledge"
        pdf = (io.BytesIO(b"%PDF-1.7 invented"), "承诺书(扫描).pdf")
        assert browser.post(address, {"file": pdf}, content_type="multipart/form-data").status_code == 303
        page = browser.get(f"/applications/{draft.id}/parts/papers", **ENGLISH).page
        assert "承诺书(扫描).pdf" in page.words and "not scanned" in page.words
        assert browser.post(address, {}, **ENGLISH).status_code == 422
        db.session.rollback()
        db.session.refresh(draft)
        added = queries.live_files(draft)[-1]
        with browser.get(f"/applications/{draft.id}/files/{added.id}") as got:
            assert (
                got.get_data() == b"%PDF-1.7 invented" and "attachment" in got.headers["Content-Disposition"]
            )
        stranger = enter(make.person(Role.APPLICANT, organization=make.organization()))
        save()
        assert stranger.get(f"/applications/{draft.id}/files/{added.id}").status_code == 404
        assert browser.post(f"/applications/{draft.id}/files/{added.id}/out").status_code == 303
        papers = f"/applications/{draft.id}/parts/papers"
        browser.get(papers)  # says that it has been taken out
        assert "扫描" not in browser.get(papers).page.words


def test_withdrawing_asks_first(scene: Any, enter: Any) -> None:
    draft, browser = whole(scene), enter(scene.anna)
    address = f"/applications/{draft.id}/withdraw"
    assert browser.post(address).status_code == 200
    db.session.rollback()
    assert db.session.get_one(Application, draft.id).state is State.DRAFT
    assert browser.post(address, {"confirmed": "1"}).status_code == 303
    db.session.rollback()
    db.session.refresh(draft)
    assert draft.state is State.WITHDRAWN
    assert browser.get(f"/applications/{draft.id}").status_code == 200
    part = f"/applications/{draft.id}/parts/basics"
    assert browser.post(part, {"title": "x", "version": "1"}).status_code == 422


# --- who sees what ---


def test_what_is_not_yours_is_as_if_it_did_not_exist(scene: Any, enter: Any) -> None:
    draft = whole(scene)
    other = make.organization()
    browser = enter(make.person(Role.APPLICANT, organization=other))
    save()
    for address in ("", "/submit", "/receipt", "/parts/basics", "/versions/1"):
        assert browser.get(f"/applications/{draft.id}{address}").status_code == 404
    seen = [browser.get(f"/applications/{id}").get_data(as_text=True) for id in (draft.id, 999999)]
    same = [
        re.sub(r'value="[^"]*"|data-left="[^"]*"|datetime="[^"]*"|\d\d:\d\d:\d\d', "", each) for each in seen
    ]
    assert same[0] == same[1]
    for address in ("/submit", "/withdraw", "/parts/basics", "/parts/basics/autosave", "/papers/pledge"):
        assert browser.post(f"/applications/{draft.id}{address}", {"title": "x"}).status_code == 404
    assert enter(scene.officer).get(f"/applications/{draft.id}").status_code == 404


def test_staff_and_readers_read_and_whom_a_tie_bars_does_not(scene: Any, enter: Any) -> None:
    sent = typed.sent(_open_2018(scene), scene.body, by=scene.anna)
    expert = make.person(Role.EXPERT)
    barred = make.person(Role.OFFICER)
    db.session.add(Reader(application_id=sent.id, person_id=expert.id))
    db.session.add(Barred(application_id=sent.id, person_id=barred.id))
    save()
    page = enter(scene.officer).get(f"/applications/{sent.id}").page
    assert "13800000001" in page.words and "虚构概述" in page.words and "40,000.00" in page.words
    assert enter(scene.officer).get(f"/applications/{sent.id}/versions/1").status_code == 200
    shown = enter(expert).get(f"/applications/{sent.id}").page.words
    assert "虚构概述" in shown and "13800000001" not in shown
    assert "13800000001" not in enter(expert).get(f"/applications/{sent.id}/versions/1").page.words
    assert enter(barred).get(f"/applications/{sent.id}").status_code == 404
    assert sent.number not in enter(barred).get("/rounds/2018/applications").page.words
    assert enter(expert).get("/rounds/2018/applications").status_code == 403
    assert enter(scene.officer).get("/applications/new").status_code == 403


def _open_2018(scene: Any) -> Any:
    return make.round_(scene.officer, 2018)


# --- the officer's list ---


def test_the_list_filters_sorts_sums_and_costs_the_same_at_any_length(
    scene: Any, enter: Any, statements: list[str]
) -> None:
    round = _open_2018(scene)
    for asked in (4000000, 3000000):
        make.application(round, by=scene.anna, state=State.SUBMITTED, asked=asked)
    save()
    browser = enter(scene.officer)
    browser.get("/rounds/2018/applications")
    statements.clear()
    page = browser.get("/rounds/2018/applications?sort=-asked", **ENGLISH).page
    few = len(statements)
    assert "Sum of 2 applications 70,000.00" in page.words
    assert page.words.index("40,000.00") < page.words.index("30,000.00")
    for _more in range(60):
        make.application(round, by=scene.anna, state=State.ELIGIBLE, theme=round.themes[1], asked=100)
    save()
    statements.clear()
    page = browser.get("/rounds/2018/applications?sort=nonsense", **ENGLISH).page
    assert len(statements) == few
    assert "Sum of 62 applications 70,060.00" in page.words
    narrowed = browser.get("/rounds/2018/applications?theme=general&state=eligible&page=2", **ENGLISH).page
    assert "Sum of 60 applications 60.00" in narrowed.words
    assert "No application fits" in browser.get("/rounds/2018/applications?words=%25", **ENGLISH).page.words


def test_my_list_costs_the_same_at_any_length(scene: Any, enter: Any, statements: list[str]) -> None:
    make.application(scene.round, organization_=scene.body, by=scene.anna)
    save()
    browser = enter(scene.anna)
    browser.get("/applications")
    statements.clear()
    browser.get("/applications")
    few = len(statements)
    for _more in range(40):
        make.application(scene.round, organization_=scene.body, by=scene.anna)
    save()
    statements.clear()
    browser.get("/applications")
    assert len(statements) == few


# --- paper ---


def test_an_officer_enters_a_paper_application_and_both_are_named(scene: Any, enter: Any) -> None:
    with time_machine.travel(DURING, tick=False):
        browser = enter(scene.officer)
        assert browser.get("/rounds/2026/applications/enter").status_code == 200
        chosen = f"/rounds/2026/applications/enter?organization={scene.body.id}"
        assert "虚构甲" in browser.get(chosen).page.words
        fields = {"organization": str(scene.body.id), "signer": str(scene.anna.id)}
        begun = browser.post("/rounds/2026/applications/enter", fields).headers["Location"]
        db.session.rollback()
        draft = db.session.scalars(select(Application)).one()
        typed.fill(draft, by=scene.officer)
        save()
        assert "虚构甲" in browser.get(begun).page.words
        assert press(browser, draft.id).status_code == 303
        receipt = browser.get(f"/applications/{draft.id}/receipt").page.words
    assert "虚构甲" in receipt and scene.officer.name in receipt
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    save()
    browser = enter(scene.officer)
    refused = browser.post("/rounds/2026/applications/enter", fields | {"signer": str(stranger.id)})
    assert refused.status_code == 422
