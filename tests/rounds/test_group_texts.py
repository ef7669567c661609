"""«Copy into the WeChat group»: plain text with the public address, for staff, without anybody's name or number."""

import html
import re
from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from rounds.test_call import called, publish

from venture import clock
from venture.applications import queries as applications
from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.private import number_in
from venture.roles import Role
from venture.rounds import actions


def box(browser: Any, address: str) -> str:
    """The one text on the page that is made for the group."""
    page = browser.get(address).get_data(as_text=True)
    (found,) = re.findall(r'<textarea[^>]*id="group-[^>]*readonly[^>]*>\n(.*?)</textarea>', page, re.S)
    return html.unescape(found)


def test_each_announcement_has_its_text_for_the_group(app: Any, enter: Any, browser: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer)
    publish(round_, officer, note="附件二更换。")
    later = round_.closes_at + timedelta(days=2)
    actions.move_closing(round=round_, closes_at=later, reason="网页中断", by=officer, at=clock.now())
    save()
    inside, public = enter(officer), "http://localhost/calls/2018"
    shown = f"{clock.beijing(later):%Y-%m-%d %H:%M:%S}"
    for address, parts in {
        "/calls/2018": (round_.name, shown, public),
        "/calls/2018/1": (round_.name, shown, public),
        "/calls/2018/2": (round_.name, "附件二更换。", f"{public}/2"),
        "/rounds/2018": (round_.name, shown, public),
    }.items():
        text = box(inside, address)
        for part in parts:
            assert part in text, (address, part)
        assert "<" not in text and not number_in(text.replace("http://localhost", ""))
        if not address.startswith("/rounds"):
            assert "group-" not in browser.get(address).get_data(as_text=True)


def test_those_with_unfinished_drafts_are_listed_for_staff_and_named_in_no_text(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer)
    bodies = [make.organization(name=f"海门虚构起草中心{number}") for number in range(3)]
    for body in bodies:
        make.application(round_, organization_=body, by=make.person())
    sent = make.organization(name="海门虚构已交中心")
    for state in (State.DRAFT, State.SUBMITTED):
        make.application(round_, organization_=sent, by=make.person(), state=state)
    tied = make.application(
        round_, organization_=make.organization(name="海门虚构回避中心"), by=make.person()
    )
    db.session.add(Barred(application_id=tied.id, person_id=officer.id))
    save()
    assert [row.name for row in applications.unfinished(round_, officer)] == [body.name for body in bodies]
    inside = enter(officer)
    text = box(inside, "/rounds/2018/unfinished")
    assert "3" in text and "http://localhost/applications" in text and "虚构起草中心" not in text
    page = inside.get("/rounds/2018/unfinished").page.words
    assert "海门虚构起草中心0" in page and "回避中心" not in page and "虚构项目" not in page


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_who_is_writing(app: Any, enter: Any, role: Role) -> None:
    called(make.person(Role.OFFICER))
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    seen = 200 if role in {Role.OFFICER, Role.OPERATOR} else 403
    assert enter(person).get("/rounds/2018/unfinished").status_code == seen


def test_the_list_of_the_unfinished_asks_the_same_whatever_its_length(
    app: Any, enter: Any, statements: list[str]
) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer)
    inside, counts = enter(officer), []
    for size in (1, 12):
        for _ in range(size):
            make.application(round_, by=make.person())
        save()
        statements.clear()
        inside.get("/rounds/2018/unfinished")
        counts.append(len(statements))
    assert counts == [12, 12]
