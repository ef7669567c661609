"""Briefings: day and place in the call, who came for staff only, the sheet to sign on A4."""

from datetime import UTC, datetime
from typing import Any

import make
import pytest
from client import save
from rounds.test_call import called, publish
from sqlalchemy import select
from test_documents import needs_fonts

from venture import clock
from venture.db import db
from venture.refusal import Refused
from venture.roles import STAFF, Role
from venture.rounds import actions, queries
from venture.rounds.defaults import SignedIn
from venture.rounds.models import Briefing, Round
from venture.trail import Event

HELD = datetime(2018, 5, 8, 6, 30, tzinfo=UTC)


def held(round: Round, by: Any) -> Briefing:
    return actions.hold_briefing(
        round=round, begins_at=HELD, place="虚构路1号三楼", note="请带笔", by=by, at=clock.now()
    )


def test_day_and_place_are_printed_in_the_call_and_who_came_is_not(app: Any, browser: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer, published=False)
    briefing = held(round_, officer)
    lines = [SignedIn("虚构来人", "海门虚构中心", "13800000001"), SignedIn("虚构第二人")]
    actions.save_attendance(briefing=briefing, lines=lines, by=officer, at=clock.now())
    publish(round_, officer)
    save()
    page = browser.get("/calls/2018").get_data(as_text=True)
    assert "2018年5月8日14:30，虚构路1号三楼。请带笔。" in page
    assert "虚构来人" not in page
    assert not any(
        "虚构来人" in event.difference or "13800000001" in event.difference
        for event in db.session.scalars(select(Event))
    )


def test_a_list_is_typed_and_changed(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    called(officer, published=False)
    save()
    inside = enter(officer)
    typed = {"begins_at": "2018-05-08 14:30", "place": " ", "note": ""}
    refused = inside.post("/rounds/2018/briefings", typed)
    assert refused.status_code == 422 and "2018-05-08 14:30" in refused.get_data(as_text=True)
    assert inside.post("/rounds/2018/briefings", {**typed, "place": "三楼"}).status_code == 303
    (briefing,) = db.session.scalars(select(Briefing)).all()
    where = f"/briefings/{briefing.id}"
    rows = {
        "rows-0-name": "虚构甲",
        "rows-0-organization": "虚构中心",
        "rows-1-name": "",
        "rows-1-organization": "无名",
        "rows-2-name": "虚构乙",
    }
    assert inside.post(f"{where}/attendance", rows).status_code == 303
    found = queries.briefing(briefing.id)
    assert found is not None
    assert [(row.name, row.organization) for row in found.attendances] == [
        ("虚构甲", "虚构中心"),
        ("虚构乙", ""),
    ]
    db.session.rollback()
    changed = {"begins_at": "2018-05-09 09:00:00", "place": "二楼", "note": ""}
    assert "二楼" in inside.post(where, changed, follow=True).page.words
    assert inside.get("/briefings/999999").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_who_came_is_for_staff(app: Any, enter: Any, browser: Any, role: Role) -> None:
    officer = make.person(Role.OFFICER)
    briefing = held(called(officer, published=False), officer)
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside, hosts = enter(person), {Role.OPERATOR, Role.OFFICER, Role.ADMINISTRATOR}
    for address in ("/rounds/2018/briefings", f"/briefings/{briefing.id}"):
        assert inside.get(address).status_code == (200 if role in STAFF else 403)
        assert browser.get(address).status_code == 303
    answer = inside.post(f"/briefings/{briefing.id}/attendance", {})
    assert answer.status_code == (303 if role in hosts else 403)
    if role not in hosts:
        with pytest.raises(Refused, match="not_host"):
            actions.save_attendance(briefing=briefing, lines=[], by=person, at=clock.now())


@needs_fonts
def test_the_sheet_to_sign_is_printed(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    briefing = held(called(officer, published=False), officer)
    actions.save_attendance(
        briefing=briefing, lines=[SignedIn("#甲 *虚构*", "$中心$", "0513-1")] * 30, by=officer, at=clock.now()
    )
    save()
    printed = enter(officer).get(f"/briefings/{briefing.id}/print")
    assert printed.mimetype == "application/pdf" and printed.data.startswith(b"%PDF-")


def test_a_briefing_asks_the_same_whatever_came(app: Any, enter: Any, statements: list[str]) -> None:
    officer = make.person(Role.OFFICER)
    briefing = held(called(officer, published=False), officer)
    save()
    inside = enter(officer)
    counts = []
    for size in (1, 30):
        lines = [SignedIn(f"虚构{number}") for number in range(size)]
        actions.save_attendance(briefing=briefing, lines=lines, by=officer, at=clock.now())
        save()
        statements.clear()
        inside.get(f"/briefings/{briefing.id}")
        counts.append(len(statements))
    assert counts == [4, 4]
