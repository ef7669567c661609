"""回避登记表: every tie with its ground and what became of it; nobody reads of their own."""

from datetime import datetime, timedelta
from typing import Any

import make
from client import Browser, save
from desk.test_sheets import opened, rows

from venture import clock
from venture.applications.models import State
from venture.db import db
from venture.desk import reports
from venture.review import actions
from venture.review.conflicts import Ground
from venture.roles import Role


def listed(sheet: Any) -> list[list[Any]]:
    return [list(each.values()) for each in rows(sheet) if isinstance(each["序号"], int)]


def test_the_register_says_ground_and_what_became_of_it(app: Any, statements: list[str]) -> None:
    officer = make.person(Role.OFFICER, name="虚构官员")
    colleague = make.person(Role.OFFICER, name="虚构同事")
    round = make.round_(officer)
    panel = make.panel(round, 3)
    body = make.organization()
    row = make.application(round, organization_=body, by=officer, state=State.IN_REVIEW)
    at = make.NOON + timedelta(days=1)
    for person in (panel[0].person, panel[1].person, colleague):
        given = {"ground": Ground.ADVISER, "note": "虚构说明", "by": officer, "at": at}
        tie = actions.declare_tie(application=row, person=person, **given)
        if person is panel[1].person:
            actions.dismiss_tie(tie=tie, reason="=误记", by=officer, at=at)
    save()
    statements.clear()
    sheet = opened(reports.ties(round, officer)).worksheets[0]
    cost = len(statements)
    found = listed(sheet)
    day = datetime.combine(clock.beijing_day(at), datetime.min.time())
    mine = [row.number, row.title, body.name]
    assert [each[1:4] for each in found] == [mine] * 3
    assert [each[4:10] for each in found] == [
        [name, "曾为申报单位提供咨询", "虚构说明", "虚构官员 登记", day, state]
        for name, state in (("虚构同事", "回避"), ("虚构专家1", "回避"), ("虚构专家2", "已排除"))
    ]
    assert found[2][10:] == ["=误记", "虚构官员", day]
    assert listed(opened(reports.ties(round, colleague)).worksheets[0]) == [], "hidden whole from who is tied"
    for seat in make.panel(make.round_(officer, 2019), 1):
        actions.declare_tie(application=row, person=seat.person, **given)
    save()
    statements.clear()
    reports.ties(round, officer)
    assert len(statements) == cost
    db.session.rollback()
    auditor, expert = (make.person(role) for role in (Role.AUDITOR, Role.EXPERT))
    save()
    assert Browser(app).enter(auditor).get("/rounds/2018/ties.xlsx").status_code == 200
    assert Browser(app).enter(expert).get("/rounds/2018/ties.xlsx").status_code == 403


def test_each_ground_that_a_tie_can_have_has_its_word(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    row = make.application(round, by=officer, state=State.IN_REVIEW)
    seats = make.panel(round, len(Ground))
    for seat, ground in zip(seats, Ground, strict=True):
        given = {"ground": ground, "note": "虚构说明", "by": officer, "at": make.NOON}
        actions.declare_tie(application=row, person=seat.person, **given)
    save()
    found = [each[5] for each in listed(opened(reports.ties(round, officer)).worksheets[0])]
    assert len(set(found)) == len(Ground) and "属于项目的合作或需求单位" in found
