"""Applicants read what the experts wrote: where the round says so, once its result is published, without names."""

from types import SimpleNamespace
from typing import Any

import make
import pytest
from client import Browser, save

from venture.applications.models import State
from venture.review.models import SheetState
from venture.roles import Role

ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    """Two applications on notice, the first with three sheets of which one still is a draft."""
    officer = make.person(Role.OFFICER)
    round = make.round_(officer, releases_comments=True)
    panel = make.panel(round, 4)
    bodies = [make.organization(), make.organization()]
    people = [make.person(Role.APPLICANT, organization=body) for body in bodies]
    rows = [
        make.application(round, organization_=body, by=person, state=State.ON_NOTICE)
        for body, person in zip(bodies, people, strict=True)
    ]
    for seat, text in zip(panel, ("受益人写得具体。", "预算偏高。", "还没写完", ""), strict=True):
        make.reader(rows[0], seat.person)
        state = SheetState.DRAFT if text == "还没写完" else SheetState.HANDED_IN
        make.sheet(rows[0], seat, 8000, state).comment = text
    save()
    browsers = {key: Browser(app).enter(person) for key, person in zip("ab", people, strict=True)}
    return SimpleNamespace(round=round, rows=rows, panel=panel, officer=officer, **browsers)


def test_those_who_applied_read_them_without_names_or_marks(scene: Any) -> None:
    assert f"/review/{scene.rows[0].id}/comments" in scene.a.get(f"/applications/{scene.rows[0].id}").text
    page = scene.a.get(f"/review/{scene.rows[0].id}/comments").page.words
    assert "受益人写得具体。" in page and "预算偏高。" in page
    assert "还没写完" not in page and "虚构专家" not in page and "80" not in page
    assert "No expert wrote" in scene.b.get(f"/review/{scene.rows[1].id}/comments", **ENGLISH).page.words


def test_their_order_says_nothing_of_the_experts_numbers(scene: Any) -> None:
    address = f"/review/{scene.rows[0].id}/comments"
    before = scene.a.get(address).page.words
    first, second = scene.panel[:2]
    first.number, second.number = 90, 91
    save()
    assert scene.a.get(address).page.words == before


def test_for_others_there_is_nothing(scene: Any, app: Any) -> None:
    address = f"/review/{scene.rows[0].id}/comments"
    other, missing = scene.b.get(address), scene.b.get("/review/99999/comments")
    assert other.status_code == missing.status_code == 404
    assert Browser(app).enter(scene.officer).get(address).status_code == 403


@pytest.mark.parametrize("why", ["not set", "not published"])
def test_before_the_result_and_where_the_round_keeps_them_there_is_nothing(scene: Any, why: str) -> None:
    if why == "not set":
        scene.round.releases_comments = False
    for row in scene.rows if why == "not published" else ():
        row.state = State.PROPOSED
    save()
    assert scene.a.get(f"/review/{scene.rows[0].id}/comments").status_code == 404
    assert "/comments" not in scene.a.get(f"/applications/{scene.rows[0].id}").text


@pytest.mark.parametrize("released", [True, False])
def test_experts_are_told_before_they_write(app: Any, released: bool) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer, releases_comments=released)
    (seat,) = make.panel(round, 1)
    row = make.application(round, by=officer, state=State.IN_REVIEW)
    make.reader(row, seat.person)
    save()
    page = Browser(app).enter(seat.person).get(f"/review/{row.id}", **ENGLISH).page.words
    assert ("without your name" in page) == released
