"""Lots drawn by hand: who, when, before whom, with the signed list; the newest draw counts, by hand or not."""

import io
from datetime import timedelta
from typing import Any

import make
import pytest
from client import Browser, save
from review.test_day import NOW, Review
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from test_pictures import png

from venture import clock
from venture.db import db
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.models import RunningOrder, Tie
from venture.roles import Role

ADDRESS, HOME = "/rounds/2018/panel-day/lots", "/rounds/2018/panel-day"
ENGLISH = {"headers": {"Accept-Language": "en"}}


def given(review: Review, **more: Any) -> dict[str, Any]:
    return {
        "round": review.round,
        "order": sorted(review.ids, reverse=True),
        "drawn_on": clock.beijing_day(NOW),
        "drawn_by": "虚构项目负责人",
        "witness": "虚构纪检员",
        "scan": None,
        "reason": "",
        "by": review.officer,
        "at": NOW,
        **more,
    }


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"witness": " "}, "review.no_witness"),
        ({"drawn_by": ""}, "review.no_drawer"),
        ({"order": []}, "review.draw_order"),
        ({"drawn_on": clock.beijing_day(NOW) + timedelta(days=1)}, "review.signed_later"),
    ],
)
def test_what_lots_lack(app: Any, wrong: dict[str, Any], code: str) -> None:
    review = Review(3)
    with pytest.raises(Refused) as no:
        actions.record_running_order(**given(review, **wrong))
    assert [each.code for each in no.value.blockers] == [code]
    db.session.rollback()


def test_the_newest_draw_counts_whichever_way_it_was_made(app: Any) -> None:
    review = Review(3)
    actions.draw_running_order(round=review.round, seed=5, reason="", by=review.officer, at=NOW)
    with pytest.raises(Refused):
        actions.record_running_order(**given(review))
    actions.record_running_order(**given(review, reason="虚构：现场重抽"))
    running = queries.running_order(review.round, review.officer)
    assert [slot.application.id for slot in running.slots] == sorted(review.ids, reverse=True)
    assert running.order is not None and (running.order.seed, running.order.number) == (None, 2)
    save()


def test_a_draw_is_by_the_machine_or_by_hand_and_never_neither(app: Any) -> None:
    review = Review(2)
    made = dict(round_id=review.round.id, number=1, order=review.ids, made_at=NOW, made_by=review.officer)
    for wrong in ({}, {"seed": 1, "witness": "甲"}, {"drawn_on": clock.beijing_day(NOW), "drawn_by": "甲"}):
        with pytest.raises(IntegrityError, match="by_hand"), db.session.begin_nested():
            db.session.add(RunningOrder(**made, **wrong))
            db.session.flush()
    db.session.rollback()


def test_lots_are_entered_on_their_page_with_the_scan(app: Any) -> None:
    review = Review(2)
    save()
    browser = Browser(app).enter(review.officer)
    page = browser.get(ADDRESS, **ENGLISH).page.words
    assert "Lots drawn by hand" in page
    day = clock.beijing_day(NOW).isoformat()
    sent: dict[str, Any] = {"drawn_on": day, "drawn_by": "虚构甲", "witness": "虚构乙"}
    first, second = review.ids
    twice = browser.post(ADDRESS, {**sent, f"place_{first}": "1", f"place_{second}": "1"})
    assert twice.status_code == 422
    scan = (io.BytesIO(png()), "签字.png")
    places = {f"place_{first}": "2", f"place_{second}": "1"}
    assert browser.post(ADDRESS, {**sent, **places, "scan": scan}).status_code == 303
    order = db.session.scalars(select(RunningOrder)).one()
    assert (order.order, order.drawn_by, order.witness) == ([second, first], "虚构甲", "虚构乙")
    home = browser.get(HOME, **ENGLISH).page.words
    assert "by hand on" in home and "before 虚构乙" in home
    assert browser.get(f"{ADDRESS}/1/scan").get_data() == png()
    assert browser.get(f"{ADDRESS}/2/scan").status_code == 404


def test_who_may_not_see_a_project_neither_enters_lots_nor_opens_their_scan(app: Any) -> None:
    review = Review(2)
    officer = make.person(Role.OFFICER)
    actions.declare_tie(
        application=review.applications[0],
        person=officer,
        ground=next(iter(Tie.ground.type.enum_class)),
        note="虚构",
        by=review.officer,
        at=NOW,
    )
    actions.record_running_order(**given(review))
    save()
    browser = Browser(app).enter(officer)
    assert browser.get(ADDRESS).status_code == browser.get(f"{ADDRESS}/1/scan").status_code == 404
    assert ADDRESS not in browser.get(HOME).get_data(as_text=True)


def test_lots_are_never_changed(app: Any) -> None:
    review = Review(2)
    order = actions.record_running_order(**given(review))
    save()
    with pytest.raises(Exception, match=r"append|denied"):
        db.session.execute(text("UPDATE running_order SET witness = '别人' WHERE id = :id"), {"id": order.id})
    db.session.rollback()
