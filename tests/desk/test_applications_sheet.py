"""申报汇总表: own questions as columns; what was not asked is told from what was not answered."""

from datetime import UTC, datetime
from typing import Any

import make
import pytest
import typed
from client import save
from desk.test_sheets import opened, rows

from venture.applications import actions, queries
from venture.applications.models import Application, Barred
from venture.db import db
from venture.desk import reports
from venture.roles import Role
from venture.rounds.questions import QuestionKind

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(
            officer,
            2026,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        )

    return Scene


def sent(scene: Any, own: dict[str, Any] | None = None, **more: Any) -> Application:
    """A submitted application whose own questions are answered so."""
    body = make.organization()
    anna = make.person(Role.APPLICANT, organization=body)
    draft = typed.draft(scene.round, body, by=anna, **more)
    part = queries.offered(draft, queries.sheet(draft))[-1]
    given = {"application": draft, "part": part, "seen": draft.revision, "base": None}
    actions.save_part(posted=own or {}, by=anna, at=DURING, **given)
    actions.submit(application=draft, by=anna, key=f"key-{draft.id}", seen=draft.revision, at=DURING)
    return draft


def ask(scene: Any) -> None:
    kinds = QuestionKind
    make.question(scene.round, "人数", kinds.NUMBER, required=False)
    make.question(scene.round, "人数", kinds.NUMBER, required=False, theme="consultation")
    make.question(scene.round, "志愿者", kinds.CHOICE, choices=["有", "没有"])
    make.question(scene.round, "类别", kinds.MANY, choices=["老", "少"], after="q3", answer="c1")
    make.question(scene.round, "自筹", kinds.MONEY, required=False)
    make.question(scene.round, "起始", kinds.DAY, required=False)


OWN = ["自设题1:人数", "自设题2:人数", "自设题3:志愿者", "自设题4:类别", "自设题5:自筹", "自设题6:起始"]


def test_not_asked_is_not_the_same_as_not_answered(scene: Any) -> None:
    before = sent(scene)
    ask(scene)
    full = sent(scene, {"q1": "12.5", "q3": "c1", "q4": ["c1", "c2"], "q5": "1,000.10", "q6": "2026-06-01"})
    other = sent(scene, {"q3": "c2", "q2": "3"}, **typed.THEME)
    withdrawn = sent(scene, {"q3": "c2"})
    actions.withdraw(application=withdrawn, by=withdrawn.versions[-1].submitted_by, at=DURING)
    sheet = opened(reports.applications(scene.round, scene.officer)).worksheets[0]
    found = {row["项目编号"]: row for row in rows(sheet) if isinstance(row["序号"], int)}
    assert {number: [row[column] for column in OWN] for number, row in found.items()} == {
        before.number: ["未设此题"] * 6,
        full.number: [12.5, "未设此题", "有", "老、少", 1000.1, datetime(2026, 6, 1)],
        other.number: ["未填", 3, "没有", "未设此题", "未填", "未填"],
    }
    assert [row["序号"] for row in found.values()] == [1, 2, 3]
    assert found[full.number]["申请金额"] == 40_000
    total = next(row for row in rows(sheet) if row["序号"] == "合计")
    assert (total["申请金额"], total[OWN[4]]) == (120_000, None)


def test_whom_a_tie_bars_has_no_row_of_it(scene: Any) -> None:
    hidden, shown = sent(scene), sent(scene)
    db.session.add(Barred(application_id=hidden.id, person_id=scene.officer.id))
    db.session.flush()
    sheet = opened(reports.applications(scene.round, scene.officer)).worksheets[0]
    assert [row["项目编号"] for row in rows(sheet) if isinstance(row["序号"], int)] == [shown.number]


def test_it_costs_the_same_at_any_length_and_is_for_those_who_account(
    scene: Any, enter: Any, statements: list[str]
) -> None:
    ask(scene)
    where = "/rounds/2026/applications.xlsx"

    def count() -> int:
        save()
        browser = enter(scene.officer)
        statements.clear()
        assert browser.get(where).status_code == 200
        return len(statements)

    assert enter(scene.officer).get(where).status_code == 200, "an empty one too"
    sent(scene, {"q3": "c2"})
    few = count()
    for _more in range(4):
        sent(scene, {"q3": "c2"})
    assert count() == few
    assert where in enter(scene.officer).get("/rounds/2026/board").get_data(as_text=True)
    assert enter(make.person(Role.OPERATOR)).get(where).status_code == 403
    assert enter(scene.officer).get("/rounds/2027/applications.xlsx").status_code == 404
