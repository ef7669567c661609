"""A round that wants presentations, or bonus items: its score sheets, what stands in the way, the call, next year."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from rounds.test_rounds_actions import NOW, SPAN, new_round
from rounds.test_rounds_pages import planned, settings_of

from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import actions, defaults, queries, wording
from venture.rounds.defaults import CriterionLine
from venture.rounds.models import MarksSeen, Phase, Round, ThemeCriterion

SPOKEN = Phase.PRESENTATION


def presenting(officer: Person, **values: Any) -> Round:
    made = new_round(officer)
    actions.save_settings(round=made, values={"presentation_weight": 20} | values, by=officer, at=NOW)
    return made


def obstacles(round: Round) -> list[str]:
    found = queries.obstacles(round, NOW)
    return [one.code for one in found if one.field == "sheets"]


def test_each_theme_gets_the_usual_sheet_and_next_year_both(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = new_round(officer)
    assert [theme.sheet(SPOKEN) for theme in made.themes] == [[], []] and made.phases == (Phase.PAPERS,)
    with pytest.raises(Refused) as refused:
        actions.save_settings(round=made, values={"presentation_weight": 50}, by=officer, at=NOW)
    assert [one.code for one in refused.value.blockers] == ["rounds.presentation_over"]
    actions.save_settings(
        round=made, values={"presentation_weight": 20, "presenting_minutes": 6}, by=officer, at=NOW
    )
    assert [[row.code for row in theme.sheet(SPOKEN)] for theme in made.themes] == [
        ["speech", "answers", "grasp"]
    ] * 2
    assert [queries.sheet_points(theme, SPOKEN) for theme in made.themes] == [10_000] * 2
    assert obstacles(made) == []
    general = made.themes[1]
    actions.save_sheet(
        theme=general, phase=SPOKEN, lines=[CriterionLine("", "现场表现", 9000)], by=officer, at=NOW
    )
    assert obstacles(made) == ["rounds.presentation_sum"] and len(general.sheet()) == 7
    actions.save_sheet(theme=general, phase=SPOKEN, lines=[], by=officer, at=NOW)
    assert obstacles(made) == ["rounds.no_presentation_criteria"]
    actions.take_usual_sheet(theme=general, phase=SPOKEN, by=officer, at=NOW)
    later = {name: moment + timedelta(days=365) for name, moment in SPAN.items()}
    copied = actions.copy_from(
        source=made, year=2020, ordinal=5, name="2020年第五届公益创投", by=officer, at=NOW, **later
    )
    assert (copied.presentation_weight, copied.presenting_minutes) == (20, 6)
    assert [len(theme.sheet(SPOKEN)) for theme in copied.themes] == [3, 3]


def test_a_line_of_one_phase_never_takes_the_code_of_the_other(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    theme = presenting(officer).themes[1]
    actions.save_sheet(
        theme=theme, phase=SPOKEN, lines=[CriterionLine("need", "现场表现", 10_000)], by=officer, at=NOW
    )
    (row,) = theme.sheet(SPOKEN)
    assert row.code != "need" and theme.sheet()[0].code == "need"


def test_a_bonus_stands_outside_the_hundred_and_under_the_cap(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = new_round(officer)
    theme = made.themes[1]
    usual = defaults.SHEETS[False]
    actions.save_sheet(
        theme=theme, lines=[*usual, CriterionLine("", "配套资金", 500, bonus=True)], by=officer, at=NOW
    )
    assert (queries.sheet_points(theme), queries.bonus_points(theme), obstacles(made)) == (10_000, 500, [])
    assert "加分项在百分制以外单独计列，由专家组按同一规则评定，每个专题合计不超过5分。" in said(made)
    actions.save_settings(round=made, values={"bonus_most": 400}, by=officer, at=NOW)
    assert obstacles(made) == ["rounds.bonus_over"]
    with pytest.raises(Refused) as refused:
        lines = [*usual, CriterionLine("", "配套资金", 500, tie_order=3, bonus=True)]
        actions.save_sheet(theme=theme, lines=lines, by=officer, at=NOW)
    assert [one.code for one in refused.value.blockers] == ["rounds.bonus_tie"]


def said(round: Round) -> list[str]:
    call = wording.call(round, [], [], address="http://localhost")
    return next(each["lines"] for each in call["sections"] if each["heading"] == "评审和公示")


def test_the_call_prints_formula_and_minutes(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = presenting(officer, presenting_minutes=6)
    assert (
        "评审分材料评审和现场答辩两个环节，各为百分制。每个项目汇报不超过6分钟，答辩不超过5分钟。"
        "总分＝材料评审得分×80%＋现场答辩得分×20%。"
    ) in said(made)


@pytest.mark.parametrize(
    "papers, spoken, where",
    [
        (MarksSeen.NEVER, MarksSeen.NEVER, "评审中"),
        (MarksSeen.NEVER, MarksSeen.AFTER_OWN, "材料评审中"),
        (MarksSeen.AFTER_OWN, MarksSeen.NEVER, "现场答辩中"),
        (MarksSeen.AFTER_OWN, MarksSeen.AFTER_OWN, ""),
    ],
)
def test_the_call_says_in_which_phase_marks_stay_hidden(
    app: Any, papers: MarksSeen, spoken: MarksSeen, where: str
) -> None:
    made = presenting(make.person(Role.OFFICER), marks_seen=papers, marks_seen_spoken=spoken)
    wanted = [f"专家独立评分，{where}不向专家显示其他专家的打分。"] if where else []
    assert [line for line in said(made) if line.startswith("专家独立评分")] == wanted


def test_the_sheet_of_a_presentation_is_set_on_its_own_page(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = planned(officer)
    theme, sent = made.themes[1], settings_of(made)
    save()
    browser = enter(officer)
    wrong = browser.post("/rounds/2018/settings", sent | {"presentation_weight": "50"})
    assert wrong.status_code == 422 and 'value="50"' in wrong.get_data(as_text=True)
    assert browser.post("/rounds/2018/settings", sent | {"presentation_weight": "30"}).status_code == 303
    address = f"/rounds/2018/themes/{theme.id}/presentation"
    assert "汇报清楚，重点突出" in browser.get(address).get_data(as_text=True)
    row = {"rows-0-code": "", "rows-0-name": "现场表现", "rows-0-max": "100", "rows-0-step": "1"}
    done = browser.post(address, row)
    assert done.status_code == 303 and done.location.endswith(address)
    db.session.expire_all()
    kept = db.session.get_one(type(theme), theme.id)
    assert [(one.name, one.max, one.phase) for one in kept.sheet(SPOKEN)] == [("现场表现", 10_000, SPOKEN)]
    assert len(kept.sheet()) == 7
    assert browser.post(f"{address}/usual").status_code == 303
    bonus = {
        f"rows-0-{name}": value
        for name, value in {"code": "need", "name": "需求", "max": "5", "step": "1", "bonus": "y"}.items()
    }
    assert browser.post(f"/rounds/2018/themes/{theme.id}/sheet", bonus).status_code == 303
    db.session.expire_all()
    assert isinstance(kept.sheet()[0], ThemeCriterion) and kept.sheet()[0].bonus
    assert "100.00" in browser.get("/rounds/2018").page.words
