"""An expert's evening by keyboard alone: the next proposal, figure keys, the draft kept, notes, a lost network."""

from pathlib import Path
from typing import Any

import make
import pytest
from client import Browser, save
from live import copied, served
from review.test_views import Review
from sqlalchemy import select

from venture.db import db
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.models import Jotting, Panelist
from venture.roles import Role
from venture.trail import Event

ENGLISH = {"headers": {"Accept-Language": "en"}}


def test_a_note_is_kept_for_the_expert_alone(app: Any) -> None:
    review = Review(2)
    expert, application = review.experts[0], review.applications[0]
    address = f"/review/{application.id}"
    browser = Browser(app).enter(expert)
    assert browser.post(f"{address}/note", {"own_note": "先问志愿者从哪来"}).status_code == 303
    kept = browser.post(f"{address}/note/autosave", {"changed": "own_note", "own_note": "先问志愿者"})
    assert kept.status_code == 200 and set(kept.get_json()) == {"saved_at", "version"}
    assert "先问志愿者" in browser.get(address).get_data(as_text=True)
    long = browser.post(f"{address}/note", {"own_note": "长" * 2001}, **ENGLISH)
    assert "长" * 2001 in long.get_data(as_text=True)
    said = db.session.scalars(select(Event).where(Event.did == "review.jot")).all()
    assert len(said) == 1 and "志愿者" not in said[0].difference
    viewed = Browser(app).enter(review.officer)
    assert viewed.post("/view-as", {"other": str(expert.id), "reason": "核对"}).status_code == 303
    assert "先问志愿者" not in viewed.get(address).get_data(as_text=True)
    other = Browser(app).enter(review.experts[1])
    assert "先问志愿者" not in other.get(address).get_data(as_text=True)


def test_a_note_of_another_or_of_a_tied_proposal_is_refused(app: Any) -> None:
    review = Review(1)
    with pytest.raises(Refused) as no:
        actions.jot(
            application=review.applications[0], text="虚构", by=make.person(Role.EXPERT), at=make.NOON
        )
    assert no.value.blockers[0].code == "review.not_yours"
    save()


def test_a_note_goes_with_the_seat(app: Any) -> None:
    review = Review(1)
    expert = review.experts[0]
    actions.jot(application=review.applications[0], text="虚构", by=expert, at=make.NOON)
    seat = db.session.scalars(select(Panelist).where(Panelist.person_id == expert.id)).one()
    actions.unseat(panelist=seat, reason="虚构", by=review.officer, at=make.NOON)
    assert db.session.scalars(select(Jotting)).all() == []
    save()


def test_my_totals_stand_on_the_scale_of_full_marks(app: Any) -> None:
    review = Review(3)
    expert = review.experts[0]
    seat = db.session.scalars(select(Panelist).where(Panelist.person_id == expert.id)).one()
    theme = review.round.themes[1]
    for application, share in zip(review.applications, (5, 8), strict=False):
        make.sheet(application, seat, [one.max * share // 10 for one in theme.criteria])
    (desk,) = queries.desks(expert)
    assert desk.spread == [(theme.name, [5000, 8000], 6500)]
    save()
    page = Browser(app).enter(expert).get("/review", **ENGLISH)
    assert "How you use the scale" in page.page.words and "65.00" in page.page.words


@pytest.mark.browser
def test_an_evening_by_keyboard_alone(loaded: Path, tmp_path: Path, chromium: Any) -> None:
    with served(copied(loaded, tmp_path / "desk")) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
        page = context.new_page()
        page.goto(f"{address}/")
        with page.expect_navigation():
            page.locator("form[action='/enter/expert1'] button").first.click()
        page.goto(f"{address}/review")
        keys = page.keyboard
        link = page.locator("main header a.btn-primary, main a.btn-primary").first
        link.focus()
        keys.press("Enter")
        page.wait_for_url("**/review/*")
        panes = page.locator(".panes > *")
        left, right = panes.nth(0).bounding_box(), panes.nth(1).bounding_box()
        assert left["x"] + left["width"] <= right["x"] + 1, "side by side"
        boxes = page.locator("[data-mark]")
        for _ in range(boxes.count()):
            boxes.nth(_).evaluate(
                "box => { box.value = ''; box.dispatchEvent(new Event('input', {bubbles: true})) }"
            )
        page.locator("body").evaluate("() => document.activeElement.blur()")
        with page.expect_response("**/autosave"):
            keys.type("12")
        assert boxes.first.input_value() == "12", "a figure key goes to the first mark that is missing"
        assert page.locator("[data-total]").inner_text() == "12.00"
        context.set_offline(True)
        keys.press("Enter")
        keys.type("11")
        keys.press("Enter")
        page.wait_for_selector(".is-offline")
        context.set_offline(False)
        with page.expect_response(lambda each: "autosave" in each.url and each.status == 200):
            page.evaluate("() => window.dispatchEvent(new Event('online'))")
        page.reload()
        assert [boxes.nth(place).input_value() for place in (0, 1)] == ["12", "11"]
        page.set_viewport_size({"width": 360, "height": 740})
        first, second = panes.nth(0).bounding_box(), panes.nth(1).bounding_box()
        assert first["y"] + first["height"] <= second["y"] + 1, "one under the other"
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        context.close()
