"""评分表: what each expert gave, to be signed; one row a review; hidden whole from who is tied."""

from datetime import timedelta
from typing import Any

import make
from client import Browser, save
from desk.test_sheets import opened, rows
from review.test_views import MARKS, Review

from venture.applications.models import Application
from venture.db import db
from venture.desk import reports
from venture.review import actions
from venture.review.conflicts import Ground
from venture.roles import Role


def test_each_expert_signs_what_they_gave_and_every_review_is_a_row(app: Any, statements: list[str]) -> None:
    of = Review(2, 2)
    of.hand_in(0, 0)
    of.hand_in(0, 1)
    of.hand_in(1, 0)
    save()
    db.session.refresh(of.officer)
    db.session.refresh(of.round)
    statements.clear()
    book = opened(reports.sheets(of.round, of.officer))
    cost = len(statements)
    theme = of.round.themes[1].name
    assert book.sheetnames == [f"专家1 {theme} 材料评审", f"专家2 {theme} 材料评审", "逐条"]
    first, last = book.worksheets[0], book.worksheets[-1]
    numbers = [db.session.get_one(Application, id).number for id in of.ids]
    total = sum(MARKS.values()) / 100
    mine = [row for row in rows(first) if isinstance(row["序号"], int)]
    assert [(row["项目编号"], row["合计"]) for row in mine] == [(number, total) for number in numbers]
    words = [cell.value for line in first.iter_rows() for cell in line if isinstance(cell.value, str)]
    assert any("虚构专家0" in word for word in words) and any("签名" in word for word in words)
    every = [row for row in rows(last) if isinstance(row["序号"], int)]
    assert [(row["专家"], row["项目编号"], row["合计"]) for row in every] == [
        ("专家1", numbers[0], total),
        ("专家1", numbers[1], total),
        ("专家2", numbers[0], total),
    ]
    of.hand_in(1, 1)
    save()
    db.session.refresh(of.officer)
    db.session.refresh(of.round)
    statements.clear()
    reports.sheets(of.round, of.officer)
    assert len(statements) == cost


def test_a_tie_hides_the_reviews_and_only_readers_of_sheets_take_them_out(app: Any) -> None:
    of = Review(2, 2)
    of.hand_in(0, 0)
    of.hand_in(0, 1)
    colleague = make.person(Role.OFFICER)
    row = db.session.get_one(Application, of.ids[0])
    given = {"ground": Ground.ADVISER, "note": "虚构", "by": of.officer, "at": make.NOON + timedelta(days=9)}
    actions.declare_tie(application=row, person=colleague, **given)
    expert = of.experts[0]
    save()
    last = opened(reports.sheets(of.round, colleague)).worksheets[-1]
    assert [line["项目名称"] for line in rows(last) if isinstance(line["序号"], int)] == ["虚构项目甲1"]
    assert Browser(app).enter(of.officer).get("/rounds/2018/score-sheets.xlsx").status_code == 200
    assert Browser(app).enter(expert).get("/rounds/2018/score-sheets.xlsx").status_code == 403
