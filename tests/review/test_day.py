"""The panel day: the running order by draw, what is written down of the meeting, what is printed."""

import random
import subprocess
from pathlib import Path
from typing import Any

import make
import pytest
from budget import racing
from client import save
from hypothesis import given
from hypothesis import strategies as st
from review.test_views import NOW, Review
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.config import Settings
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import actions, queries, running
from venture.review.models import PanelDay, RunningOrder
from venture.roles import Role
from venture.rounds.models import Round
from venture.trail import Event

HOME = "/rounds/2018/panel-day"
ENGLISH = {"Accept-Language": "en"}
needs_fonts = pytest.mark.skipif(
    not (Settings.fonts / "NotoSerifCJK-Regular.ttc").is_file(), reason="no fonts-noto-cjk"
)
_numbers = st.lists(st.from_regex(r"[A-Z]{1,3}-[0-9]{1,4}", fullmatch=True), unique=True, max_size=40)


# --- the draw ---


@given(numbers=_numbers, seed=st.integers(0, 10**9), shuffle=st.randoms())
def test_the_order_of_entry_never_changes_a_draw(
    numbers: list[str], seed: int, shuffle: random.Random
) -> None:
    drawn = running.order(numbers, seed)
    mixed = list(numbers)
    shuffle.shuffle(mixed)
    assert running.order(mixed, seed) == drawn and sorted(drawn) == sorted(numbers)


@given(numbers=_numbers.filter(lambda found: len(found) > 1), seed=st.integers(0, 10**9))
def test_who_else_is_drawn_never_turns_two_around(numbers: list[str], seed: int) -> None:
    drawn = running.order(numbers, seed)
    assert running.order(numbers[:-1], seed) == [each for each in drawn if each != numbers[-1]]


def test_a_draw_can_be_done_again_by_hand() -> None:
    """The lots as `printf '%s' '7:A-1' | sha256sum` gives them."""
    lots = {
        number: subprocess.run(["sha256sum"], input=f"7:{number}".encode(), capture_output=True).stdout
        for number in ("A-1", "A-2", "A-3", "A-4")
    }
    assert running.order(lots, 7) == sorted(lots, key=lambda number: lots[number])


def test_each_project_comes_first_about_equally_often() -> None:
    firsts = [running.order(["a", "b", "c", "d"], seed)[0] for seed in range(4000)]
    assert all(880 < firsts.count(one) < 1120 for one in "abcd")


def draw(review: Review, seed: int, reason: str = "") -> RunningOrder:
    return actions.draw_running_order(round=review.round, seed=seed, reason=reason, by=review.officer, at=NOW)


def refused(verb: Any, *given: Any, **more: Any) -> list[str]:
    with pytest.raises(Refused) as no:
        verb(*given, **more)
    return [each.code for each in no.value.blockers]


def test_a_second_draw_needs_its_reason_and_the_first_stays(app: Any) -> None:
    review = Review(6)
    first = draw(review, 5)
    assert refused(draw, review, 6, " ") == ["review.no_reason"]
    second = draw(review, 6, "虚构：一项补正后入评")
    assert [each.id for each in queries.running_orders(review.round)] == [second.id, first.id]
    assert (first.number, second.number, sorted(first.order)) == (1, 2, sorted(review.ids))
    numbers = {each.id: each.number for each in review.applications}
    assert [numbers[key] for key in second.order] == running.order(numbers.values(), 6)
    save()


def test_nothing_is_drawn_before_the_review(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    verb = actions.draw_running_order
    assert refused(verb, round=round, seed=1, reason="", by=officer, at=NOW) == ["review.nothing_presented"]


def test_a_draw_is_never_changed(app: Any) -> None:
    review = Review(2)
    draw(review, 5)
    save()
    for statement in (update(RunningOrder).values(seed=6), text("DELETE FROM running_order")):
        with pytest.raises(DBAPIError):
            db.session.execute(statement)
        db.session.rollback()


@pytest.mark.unsound("running orders")
def test_a_draw_that_its_seed_does_not_give_is_found(app: Any) -> None:
    review = Review(5)
    order = running.order([each.number for each in review.applications], 5)
    ids = {each.number: each.id for each in review.applications}
    wrong = [ids[number] for number in reversed(order)]
    db.session.add(
        RunningOrder(
            round_id=review.round.id, number=1, seed=5, order=wrong, made_at=NOW, made_by=review.officer
        )
    )
    db.session.flush()
    assert len(list(queries.broken_running_orders())) == 1


def test_the_draw_through_the_page_counts_at_once_and_shows_every_draw(app: Any, enter: Any) -> None:
    review = Review(4)
    operator = enter(review.staff[Role.OPERATOR])
    assert operator.get(HOME).status_code == 200
    sure = operator.post(f"{HOME}/draw", {"reason": ""})
    assert sure.status_code == 200 and db.session.scalars(select(RunningOrder)).all() == []
    assert operator.post(f"{HOME}/draw", {"reason": "", "confirmed": "1"}).status_code == 303
    db.session.rollback()
    drawn = db.session.scalars(select(RunningOrder)).one()
    page = operator.get(HOME).page.words
    places = [page.index(db.session.get_one(Application, key).number or "") for key in drawn.order]
    assert places == sorted(places) and str(drawn.seed) in page
    assert operator.post(f"{HOME}/draw", {"reason": "", "confirmed": "1"}).status_code == 422
    again = operator.post(f"{HOME}/draw", {"reason": "虚构理由：退回后重抽", "confirmed": "1"})
    assert again.status_code == 303
    page = operator.get(HOME).page.words
    assert "虚构理由：退回后重抽" in page and str(drawn.seed) in page
    said = db.session.scalars(select(Event.difference).where(Event.did == "review.draw_running_order")).all()
    assert len(said) == 2 and "虚构理由" in said[1]


def test_a_tie_hides_its_place_and_what_came_later_waits_for_one(app: Any, enter: Any) -> None:
    review = Review(3)
    draw(review, 5)
    late = make.application(
        review.round, theme=review.round.themes[1], by=review.officer, state=State.IN_REVIEW, title="后来项目"
    )
    operator = review.staff[Role.OPERATOR]
    db.session.add(Barred(application_id=review.ids[0], person_id=operator.id))
    save()
    found = queries.running_order(review.round, operator)
    assert [slot.application.id for slot in found.left] == [late.id]
    assert sorted(slot.application.id for slot in found.drawn) == sorted(review.ids[1:])
    page = enter(operator).get(HOME)
    assert "虚构项目甲0" not in page.page.words and "后来项目" in page.page.words


def test_an_expert_finds_the_turn_beside_each_project(app: Any, enter: Any) -> None:
    review = Review(3)
    draw(review, 5)
    drawn = draw(review, 9, "虚构理由")
    save()
    page = enter(review.experts[0]).get("/review", headers=ENGLISH).page.words
    for place, key in enumerate(drawn.order, start=1):
        application = db.session.get_one(Application, key)
        own = page[page.index(application.title) :]
        assert own.partition("presented as number ")[2].startswith(f"{place} ")


def drawn_by(round_id: int, person_id: int, seed: int) -> str:
    """What a racer does."""
    round, person = db.session.get_one(Round, round_id), db.session.get_one(Person, person_id)
    actions.draw_running_order(round=round, seed=seed, reason="", by=person, at=NOW)
    return "drawn"


@pytest.mark.parametrize("both", ["sqlite", "postgres"], indirect=True)
def test_of_two_draws_at_once_one_counts_and_the_other_wants_a_reason(both: Any) -> None:
    review = Review(3)
    runs = [[(review.round.id, review.officer.id, seed)] for seed in (1, 2)]
    assert racing.race(both, drawn_by, runs) == ["drawn", "review.no_reason"]
    assert db.session.scalars(select(RunningOrder.number)).all() == [1]


# --- the meeting ---

TYPED = {
    "version": "0",
    "held_on": "2018-06-08",
    "hours": "09:00—16:30",
    "place": "虚构楼三楼会议室",
    "chair": "虚构主持",
    "recorder": "虚构记录",
    "present": ["1", "2"],
    "observers": "虚构监督 派驻纪检组",
    "remarks": "虚构说明",
}


def test_the_meeting_is_written_down_and_two_windows_do_not_overwrite_each_other(
    app: Any, enter: Any
) -> None:
    review = Review(1, size=3)
    operator = enter(review.staff[Role.OPERATOR])
    operator.get(HOME)
    assert operator.post(HOME, TYPED).status_code == 303
    day = db.session.get_one(PanelDay, review.round.id)
    seats = {one.panelist.id: one.panelist.number for one in queries.panel(review.round)}
    assert (day.place, day.revision, [seats[key] for key in day.present]) == ("虚构楼三楼会议室", 1, [1, 2])
    page = operator.get(HOME).get_data(as_text=True)
    assert page.count('name="present"') == 3 and page.count(" checked") >= 2
    stale = operator.post(HOME, {**TYPED, "place": "别处"})
    assert stale.status_code == 422 and 'value="别处"' in stale.get_data(as_text=True)
    assert operator.post(HOME, {**TYPED, "version": "1", "place": "别处"}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(PanelDay, review.round.id).place == "别处"
    empty = operator.post(HOME, {**TYPED, "version": "2", "place": ""})
    assert empty.status_code == 422 and "虚构监督" in empty.get_data(as_text=True)
    last = db.session.scalars(
        select(Event.difference).where(Event.did == "review.save_day").order_by(Event.id.desc())
    ).first()
    assert last is not None and "虚构楼三楼会议室" in last and "别处" in last


def test_an_observer_sees_the_day_and_changes_nothing(app: Any, enter: Any) -> None:
    """The auditor's role is the observer's: every page of the panel day, and no act on any."""
    review = Review(2)
    draw(review, 5)
    save()
    operator = enter(review.staff[Role.OPERATOR])
    operator.get(HOME)
    operator.post(HOME, TYPED)
    observer = enter(review.staff[Role.AUDITOR])
    page = observer.get(HOME)
    assert page.status_code == 200 and "虚构楼三楼会议室" in page.page.words
    assert not [form for form in page.page.forms if form["action"].startswith("/rounds/")]
    for address in ("/rounds/2018/panel", "/rounds/2018/ranking"):
        assert observer.get(address).status_code == 200
    for address in (HOME, f"{HOME}/draw", "/rounds/2018/sheets/import", "/rounds/2018/sheets/1"):
        assert observer.post(address, {**TYPED, "version": "1", "confirmed": "1"}).status_code == 403
    assert len(db.session.scalars(select(RunningOrder)).all()) == 1


# --- on paper ---


def words_of(answer: Any, folder: Path) -> list[str]:
    """The text of each page of a PDF."""
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    path = folder / "made.pdf"
    path.write_bytes(answer.get_data())
    found = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout
    return found.decode().split("\f")[:-1]


@needs_fonts
def test_the_pack_has_order_sign_in_summaries_and_each_experts_sheets(
    app: Any, enter: Any, tmp_path: Path
) -> None:
    review = Review(3, size=2)
    drawn = draw(review, 5)
    save()
    operator = enter(review.staff[Role.OPERATOR])
    operator.get(HOME)
    operator.post(HOME, TYPED)
    pages = words_of(operator.get(f"{HOME}/pack.pdf", headers=ENGLISH), tmp_path)
    numbers = [db.session.get_one(Application, key).number or "" for key in drawn.order]
    places = [pages[0].index(number) for number in numbers]
    assert places == sorted(places) and "虚构楼三楼会议室" in pages[0]
    assert len(pages) == 3 + 3 + 2
    assert [numbers[place] in pages[3 + place] for place in range(3)] == [True] * 3
    assert "虚构专家 0" in pages[6] and "虚构专家 1" in pages[7]
    assert all("Page 1 of 1" in page for page in pages)
    assert all(number in pages[6] for number in numbers)


def test_the_same_statements_for_few_projects_and_many(app: Any, enter: Any, statements: Any) -> None:
    review = Review(1)
    browser = enter(review.staff[Role.OPERATOR])
    statements.clear()
    assert browser.get(HOME).status_code == 200
    few = len(statements)
    for _ in range(20):
        make.application(review.round, theme=review.round.themes[1], by=review.officer, state=State.IN_REVIEW)
    save()
    statements.clear()
    assert browser.get(HOME).status_code == 200
    assert len(statements) == few
