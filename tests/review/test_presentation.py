"""The presentation as a second phase: its own sheets, who is awaited, the formula, what else says it."""

import io
import json
import re
from datetime import date
from typing import Any

import make
import openpyxl
import pytest
from client import save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review.field import NOW, Field, whole
from review.test_board import pages
from review.test_views import Review, bare
from review.test_workbook import upload
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from venture.applications.models import Application
from venture.db import db
from venture.desk import reports
from venture.refusal import Refused
from venture.review import actions, exchange, printing, queries, versions, wording
from venture.review.actions import Filled
from venture.review.conflicts import Ground
from venture.review.models import Objected, Sheet, SheetState, Standing
from venture.review.queries import board as boards
from venture.roles import Role
from venture.rounds.models import Aggregation, Dropping, Phase, Rounding, ThemeCriterion

PAPERS, SPOKEN = Phase.PAPERS, Phase.PRESENTATION


def spoken_sheet() -> list[ThemeCriterion]:
    return [
        ThemeCriterion(code="speech", name="汇报", max=6000, step=50, phase=SPOKEN, position=0),
        ThemeCriterion(code="answers", name="回答提问", max=4000, step=50, phase=SPOKEN, position=1),
    ]


def bonus() -> ThemeCriterion:
    return ThemeCriterion(code="match", name="配套资金", max=300, step=50, bonus=True, position=9)


class Two(Field):
    """A theme of one mark for the papers and two for the presentation, which weighs 20 percent."""

    def __init__(self, size: int = 2, extra: tuple[ThemeCriterion, ...] = (), **more: Any) -> None:
        settings_ = {"presentation_weight": 20, "aggregation": Aggregation.MEAN} | more
        super().__init__([*whole(), *extra, *spoken_sheet()], size, **settings_)

    def present(self, application: Application, *sheets: list[int]) -> None:
        for place, values in enumerate(sheets):
            make.sheet(application, self.panel[place], values, phase=SPOKEN)


# --- the score, the standing, the ranking ---


def test_the_total_is_made_of_both_and_missing_is_said(app: Any) -> None:
    field = Two()
    both = field.add([8000], [8500])
    silent = field.add([9000], [9500])
    field.present(both, [6000, 3000], [6000, 3500])
    found = field.ranking()
    line, other = found.lines
    assert (line.application_id, line.shown, line.papers, line.presentation) == (both.id, 8450, 8250, 9250)
    assert line.spoken == {1: 9000, 2: 9500} and line.rank == 1
    assert (other.application_id, other.shown, other.papers, other.rank) == (silent.id, None, 9250, None)
    assert [one.code for one in other.notes] == [
        "review.not_presented",
        "review.presentation_missing",
        "review.presentation_quorum",
    ]
    assert [(one.code, one.facts) for one in found.blockers] == [
        ("review.theme_presentations_missing", {"applications": 1, "sheets": 2})
    ]
    standing = db.session.get_one(Standing, both.id)
    assert (standing.counted, standing.expected, standing.presented, standing.awaited) == (2, 2, 2, 2)


RULES = st.fixed_dictionaries(
    {
        "aggregation": st.sampled_from(Aggregation),
        "dropping": st.sampled_from(Dropping),
        "rounding": st.sampled_from(Rounding),
        "presentation_weight": st.sampled_from([0, 1, 33, 49]),
    }
)
MARKED = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 6))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(MARKED, max_size=4), min_size=1, max_size=6), RULES, st.booleans(), st.data())
def test_pages_ranking_and_standings_agree(
    app: Any, sheets: list[Any], rules: Any, extra: bool, data: Any
) -> None:
    try:
        field = Two(4, (bonus(),) if extra else (), trim_from=3, pass_line=5000, **rules)
        for given_ in sheets:
            made = field.add(*[[3000 * p + 33] + [50 * b] * extra for p, _, b in given_])
            heard = data.draw(st.integers(0, len(given_)))
            field.present(made, *[[1950 * s, 1000 * s] for _, s, _ in given_[:heard]])
        boards.SIZE = data.draw(st.integers(1, 4))
        ranked = field.ranking().lines
        assert pages(field) == ranked
        scores = queries.scores_of([db.session.get_one(Application, line.application_id) for line in ranked])
        assert [line.score for line in ranked] == [scores[line.application_id].value for line in ranked]
        assert list(queries.broken_standings()) == []
        assert queries.board(field.round, field.officer)[0].blockers == field.ranking().blockers
    finally:
        boards.SIZE = 50
        db.session.rollback()


def test_only_those_who_came_are_awaited(app: Any) -> None:
    field = Two(size=3)
    made = field.add([8000], [8000], [8000])
    field.round.quorum = 2
    field.present(made, [6000, 3000], [6000, 3000])
    assert [one.code for one in field.ranking().blockers] == ["review.theme_presentations_missing"]
    texts = dict.fromkeys(("hours", "chair", "recorder", "observers", "remarks"), "")
    actions.save_day(
        round=field.round,
        held_on=date(2018, 6, 1),
        place="虚构会议室",
        present=[1, 2],
        seen=0,
        by=field.officer,
        at=NOW,
        **texts,
    )
    assert field.ranking().blockers == [] and field.ranking().lines[0].awaited == 2
    actions.save_day(
        round=field.round,
        held_on=date(2018, 6, 1),
        place="虚构会议室",
        present=[1, 2, 3],
        seen=1,
        by=field.officer,
        at=NOW,
        **texts,
    )
    assert field.ranking().lines[0].awaited == 3


def test_a_round_without_a_presentation_ignores_its_lines(app: Any) -> None:
    field = Two(presentation_weight=0)
    field.add([8000], [8500])
    (line,) = field.ranking().lines
    assert (line.shown, line.papers, line.presentation, field.ranking().final) == (8250, 8250, None, True)
    assert queries.grid(field.panel[0], field.officer, SPOKEN) == []


@pytest.mark.parametrize("weight", [-1, 50])
def test_the_database_keeps_the_weight_below_the_papers(app: Any, weight: int) -> None:
    field = Two()
    with pytest.raises(IntegrityError, match="ck_round_presentation_weight"):
        db.session.execute(update(type(field.round)).values(presentation_weight=weight))


@pytest.mark.parametrize("more", [{"phase": SPOKEN}, {"tie_order": 1}, {"weight": 50}])
def test_the_database_keeps_a_bonus_outside(app: Any, more: dict[str, Any]) -> None:
    field = Two(extra=(bonus(),))
    mine = ThemeCriterion.theme_id == field.theme.id, ThemeCriterion.bonus
    with pytest.raises(IntegrityError, match="ck_criterion_bonus"):
        db.session.execute(update(ThemeCriterion).where(*mine).values(**more))


def test_two_sheets_of_one_phase_are_one_too_many(app: Any) -> None:
    field = Two()
    made = field.add([8000])
    with pytest.raises(IntegrityError, match=r"uq_sheet|UNIQUE"):
        make.sheet(made, field.panel[0], [8000])


# --- the verbs ---


SPEECH = Filled({"speech": 5000, "answers": 3500})


def hand_in(field: Two, application: Application, filled: Filled = SPEECH, **more: Any) -> Sheet:
    given_ = {"phase": SPOKEN, "seen": 0, "by": field.panel[0].person, "at": NOW} | more
    return actions.hand_in(application=application, filled=filled, **given_)


def refused(act: Any, *given_: Any, **more: Any) -> list[str]:
    with pytest.raises(Refused) as found:
        act(*given_, **more)
    return [one.code for one in found.value.blockers]


def test_a_presentation_is_marked_after_the_own_papers(app: Any) -> None:
    field = Two()
    made = field.add([8000], [8000], draft=(0,))
    assert refused(hand_in, field, made) == ["review.papers_first"]
    actions.hand_in(application=made, filled=Filled({"all": 8000}), seen=1, by=field.panel[0].person, at=NOW)
    sheet = hand_in(field, made)
    assert (sheet.phase, sheet.total, sheet.state) == (SPOKEN, 8500, SheetState.HANDED_IN)
    assert queries.sheet_of(made, field.panel[0].person).total == 8000  # type: ignore[union-attr]
    assert refused(hand_in, field, made, Filled({"speech": 6000, "answers": 3500})) == ["review.handed_in"]
    assert refused(hand_in, Two(presentation_weight=0, year=2019), made) == ["review.not_yours"]


def test_no_presentation_no_sheet_for_it(app: Any) -> None:
    field = Two(presentation_weight=0)
    made = field.add([8000], [8000])
    assert refused(hand_in, field, made) == ["review.no_presentation"]


def test_a_tie_takes_both_sheets_out_and_dismissing_it_gives_both_back(app: Any) -> None:
    field = Two()
    made = field.add([8000], [8500])
    field.present(made, [6000, 3000], [6000, 3500])
    expert = field.panel[0].person
    tie = actions.declare_tie(
        application=made, person=expert, ground=Ground.DECLARED, note="虚构", by=field.officer, at=NOW
    )
    assert {each.state for each in queries.sheets_by(made, expert)} == {SheetState.REMOVED}
    (line,) = field.ranking().lines
    assert (line.papers, line.presentation, line.spoken) == (8500, 9500, {2: 9500})
    actions.dismiss_tie(tie=tie, reason="查明无关", by=make.person(Role.OFFICER), at=NOW)
    assert [each.state for each in queries.sheets_by(made, expert)] == [SheetState.DRAFT] * 2


def test_sheets_for_the_presentation_come_from_paper(app: Any) -> None:
    field = Two()
    made = field.add([8000], [8000], draft=(0,))
    rows = {made.id: Filled({"speech": 5000, "answers": None})}
    given_ = {"panelist": field.panel[0], "phase": SPOKEN, "signed_on": date(2018, 6, 1), "scan": None}
    assert refused(actions.key_in, rows=rows, by=field.officer, at=NOW, **given_) == ["review.row_no_mark"]
    rows = {made.id: SPEECH}
    (sheet,) = actions.key_in(rows=rows, by=field.officer, at=NOW, **given_)
    assert (sheet.phase, sheet.state, sheet.total) == (SPOKEN, SheetState.KEYED, 8500)
    assert queries.keyed(field.panel[0], field.officer) == [sheet]
    actions.check(sheets={sheet: sheet.revision}, by=make.person(Role.OFFICER), at=NOW)
    assert field.ranking().lines[0].spoken == {1: 8500}


# --- frozen versions ---


def frozen(**more: Any) -> tuple[Two, Application]:
    field = Two(**more)
    made = field.add([8000], [8500])
    field.present(made, [6000, 3000], [6000, 3500])
    save()
    actions.freeze(theme=field.theme, by=field.officer, at=NOW)
    save()
    return field, made


def test_a_frozen_version_holds_both_phases_and_how_they_are_joined(app: Any) -> None:
    field, _made = frozen()
    said = json.loads(queries.versions_of(field.theme)[0].text)
    assert said["rule"]["presentation_weight"] == 20
    assert [code for code, *_ in said["presentation"]] == ["speech", "answers"]
    (project,) = said["projects"]
    assert project["sheets"] == [[1, [8000], 8000], [2, [8500], 8500]]
    assert project["presented"] == [[1, [6000, 3000], 9000], [2, [6000, 3500], 9500]]
    assert (project["papers"], project["presentation"], project["score"]) == (8250, 9250, "8450")
    assert "bonus" not in project and "bonus" not in said


def test_a_frozen_presentation_is_corrected_by_a_new_version_that_says_so(app: Any) -> None:
    field, made = frozen()
    sheet = queries.sheet_of(made, field.panel[1].person, SPOKEN)
    assert sheet is not None
    db.session.add(Objected(round_id=field.round.id, receipt="AB12"))
    db.session.flush()
    actions.correct_case(
        sheet=sheet,
        marks={"speech": 6000, "answers": 2500},
        ground="AB12",
        reason="计分有误",
        by=make.person(Role.APPROVER),
        at=NOW,
    )
    new, old = queries.versions_of(field.theme)
    found = versions.changes(json.loads(old.text), json.loads(new.text))
    assert [(one.what, one.criterion, one.before, one.after, one.expert) for one in found] == [
        ("mark", "回答提问", 3500, 2500, 2),
        ("presented", "", 9500, 8500, 2),
        ("score", "", 8450, 8350, None),
    ]


@pytest.mark.unsound
def test_a_mark_changed_behind_a_frozen_presentation_is_found(app: Any) -> None:
    field, made = frozen()
    sheet = queries.sheet_of(made, field.panel[1].person, SPOKEN)
    assert sheet is not None and list(queries.broken_versions()) == []
    sheet.marks[0].value = 5000
    db.session.flush()
    (said,) = queries.broken_versions()
    assert f"the sheets of {made.number} changed while it is frozen" in said


# --- pages ---


class Day(Review):
    """A review with presentations of 20 percent, the usual sheets."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"presentation_weight": 20, "aggregation": Aggregation.MEAN} | more)


@pytest.fixture
def day(app: Any) -> Day:
    made = Day(applications=3)
    actions.draw_running_order(round=made.round, seed=5, reason="", by=made.officer, at=NOW)
    for place in range(3):
        made.hand_in(0, place)
    save()
    return made


ENGLISH = {"Accept-Language": "en"}
SAID = {"mark_speech": "35", "mark_answers": "30", "mark_grasp": "15"}


def test_the_expert_goes_through_the_presentations_by_turn(day: Day, enter: Any) -> None:
    browser = enter(day.experts[0])
    order = queries.running_orders(day.round)[0].order
    first, second = order[:2]
    listed = re.findall(r"/review/(\d+)/presentation", browser.get("/review").get_data(as_text=True))
    assert list(map(int, listed)) == order
    text = browser.get(f"/review/{first}/presentation", headers=ENGLISH).get_data(as_text=True)
    assert 'data-seconds="480"' in text and 'data-seconds="300"' in text
    assert "8 minutes to present, 5 minutes to answer" in text
    done = browser.post(f"/review/{first}/presentation/hand-in", SAID)
    assert done.status_code == 303 and done.location.endswith(f"/review/{second}/presentation")
    saved = browser.post(f"/review/{second}/presentation", {"mark_speech": "35", "version": "0"})
    assert saved.location.endswith(f"/review/{second}/presentation")
    sheets = db.session.scalars(select(Sheet).where(Sheet.phase == SPOKEN).order_by(Sheet.id)).all()
    assert [(each.application_id, each.total) for each in sheets] == [(first, 8000), (second, None)]


def test_before_the_papers_the_page_says_what_comes_first(day: Day, enter: Any) -> None:
    browser = enter(day.experts[1])
    page = browser.get(f"/review/{day.ids[0]}/presentation", headers=ENGLISH)
    assert page.status_code == 200 and "First hand in your sheet for the papers" in page.page.words
    late = browser.post(f"/review/{day.ids[0]}/presentation/hand-in", SAID)
    assert late.status_code == 422
    autosaved = browser.post(
        f"/review/{day.ids[0]}/presentation/autosave",
        {"changed": "mark_speech", "mark_speech": "3", "version": "0"},
    )
    assert autosaved.status_code == 409


def test_a_round_without_one_has_no_such_pages(app: Any, enter: Any) -> None:
    made = Review()
    expert = enter(made.experts[0])
    gone = expert.get(f"/review/{made.ids[0]}/presentation")
    assert gone.status_code == 404
    assert bare(gone) == bare(expert.get("/review/999999/presentation"))
    assert "presentation" not in expert.get("/review").get_data(as_text=True)
    assert enter(made.staff[Role.OPERATOR]).get("/rounds/2018/sheets/1/presentation").status_code == 404


def test_the_grid_takes_all_sheets_of_one_expert(day: Day, enter: Any) -> None:
    browser = enter(day.staff[Role.OPERATOR])
    assert browser.get("/rounds/2018/sheets/2/presentation").status_code == 200
    sent = {"signed_on": "2018-06-01"}
    for id in day.ids:
        sent |= {f"m-{id}-{code[5:]}": mark for code, mark in SAID.items()}
    wrong = browser.post("/rounds/2018/sheets/2/presentation", sent | {f"m-{day.ids[1]}-speech": "41"})
    assert (
        wrong.status_code == 422 and not db.session.scalars(select(Sheet).where(Sheet.phase == SPOKEN)).all()
    )
    done = browser.post("/rounds/2018/sheets/2/presentation", sent)
    assert done.status_code == 303
    checker = enter(day.officer)
    keyed = db.session.scalars(select(Sheet).where(Sheet.phase == SPOKEN)).all()
    assert checker.get("/rounds/2018/sheets/2/check").status_code == 200
    ticked = {"sheets": [f"{each.id}:{each.revision}" for each in keyed]}
    assert checker.post("/rounds/2018/sheets/2/check", ticked).status_code == 303
    assert {each.state for each in keyed} == {SheetState.HANDED_IN}


def test_the_workbook_has_a_sheet_for_each_phase_and_comes_back(day: Day, enter: Any) -> None:
    browser = enter(day.staff[Role.OPERATOR])
    address = "/rounds/2018/sheets/import/all.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address, headers=ENGLISH).data))
    marked = [sheet for sheet in book if "·presentation】" in str(sheet["A1"].value)]
    assert len(marked) == 2 and all("Presentation" in sheet["A1"].value for sheet in marked)
    for column, mark in enumerate(SAID.values(), start=3):
        marked[1].cell(3, column).value = mark
    look = browser.post("/rounds/2018/sheets/import", upload(book), headers=ENGLISH)
    assert look.status_code == 200 and "80.00" in look.page.words and "Presentation" in look.page.words
    assert not db.session.scalars(select(Sheet).where(Sheet.phase == SPOKEN)).all()


def test_a_workbook_row_of_another_phase_is_refused(app: Any) -> None:
    asked = [exchange.Asked(1, "甲", "general", {"speech": "汇报（60）"}, {"A-1": "甲项目"}, "presentation")]
    heads = {"number": ["编号"], "title": ["项目"], "remark": ["备注"]}
    grid = [["", "", "", ""], ["编号", "项目", "汇报（60）", "备注"], ["A-1", "甲项目", "50", ""]]
    for mark, code in (
        ("【评分表·2018·1·general】甲 ▼", "review.workbook_expert"),
        ("【评分表·2018·1·general·banquet】甲 ▼", "review.workbook_expert"),
    ):
        grid[0][0] = mark
        assert refused(exchange.filled, {"一": grid}, asked, 2018, heads) == [code]
    grid[0][0] = asked[0].mark(2018)
    (row,) = exchange.filled({"一": grid}, asked, 2018, heads)
    assert (row.phase, row.marks) == ("presentation", {"speech": 5000})


def test_every_page_of_the_staff_says_how_the_total_is_made(day: Day, enter: Any) -> None:
    for place in range(3):
        day.hand_in(1, place)
    for expert in day.experts:
        for id in day.ids:
            actions.hand_in(
                application=db.session.get_one(Application, id),
                phase=SPOKEN,
                filled=Filled({"speech": 3500, "answers": 3000, "grasp": 1500}),
                seen=0,
                by=expert,
                at=NOW,
            )
    save()
    browser = enter(day.officer)
    ranking = browser.get("/rounds/2018/ranking", headers=ENGLISH).page.words
    assert "papers 80 %, presentation 20 %" in ranking and "79.20" in ranking and "80.00" in ranking
    sheets = browser.get(f"/review/{day.ids[0]}/sheets", headers=ENGLISH).page.words
    assert "Sheets for the presentation by expert" in sheets and "weighs 20 %" in sheets
    for address in (
        "panel",
        "panel-day",
        "ranking/trust",
        "sheets/1",
        "sheets/1/presentation",
        "sheets/import",
    ):
        assert browser.get(f"/rounds/2018/{address}", headers=ENGLISH).status_code == 200, address
    rule = browser.get("/rounds/2018/themes/general/rule", headers=ENGLISH)
    assert "papers 80 %, presentation 20 %" in rule.page.words
    assert browser.get("/rounds/2018/panel-day/pack.pdf").data.startswith(b"%PDF")


def test_the_score_sheet_and_the_minutes_show_both_parts(app: Any) -> None:
    field = Two(extra=(bonus(),))
    made = field.add([8000, 100], [8500, 200])
    field.present(made, [6000, 3000], [6000, 3500])
    save()
    sheet = openpyxl.load_workbook(io.BytesIO(reports.scores(field.round))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    heads = next(row for row in rows if "材料评审得分" in row)
    line = dict(zip(heads, rows[rows.index(heads) + 1], strict=True))
    assert [
        line[name] for name in ("材料评审得分", "答辩专家1", "答辩专家2", "答辩得分", "加分", "总分")
    ] == [
        82.5,
        90,
        95,
        92.5,
        1.5,
        86,
    ]
    assert any("总分=材料评审得分×80%+答辩得分×20%+加分" in str(cell) for row in rows for cell in row)
    result = printing._result(field.ranking(), None, {})
    assert "×80%＋现场答辩得分×20%，另加加分" in result.rule
    assert result.ranked[0][2] == "86.00（材料 82.50，答辩 92.50，加分 1.50）"
    assert isinstance(result, wording.Result)


def test_the_same_statements_for_few_presentations_and_many(app: Any, enter: Any, statements: Any) -> None:
    made = Day(applications=1)
    expert, officer = enter(made.experts[0]), enter(made.officer)
    asked = [
        (expert, "/review"),
        (expert, f"/review/{made.ids[0]}/presentation"),
        (officer, "/rounds/2018/ranking"),
        (officer, "/rounds/2018/panel"),
    ]

    def counted() -> list[int]:
        found = []
        for browser, address in asked:
            statements.clear()
            assert browser.get(address).status_code == 200
            found.append(len(statements))
        return found

    counted()
    few = counted()
    for _ in range(12):
        one = make.application(
            made.round, theme=made.round.themes[1], by=made.officer, state=made.applications[0].state
        )
        for person in made.experts:
            make.reader(one, person)
        for seat in [one.panelist for one in queries.panel(made.round)]:
            make.sheet(one, seat, [4000, 3000, 2000], phase=SPOKEN)
    save()
    assert counted() == few
