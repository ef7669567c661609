"""Rounds: copied whole, opened only when complete, corrected with both values kept; money stays counted."""

from datetime import date, timedelta
from typing import Any

import make
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from venture import trail
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds import actions, defaults, queries
from venture.rounds.defaults import CriterionLine, FieldLine, GoalLine, PlanLine, SetAsideLine, SourceLine
from venture.rounds.models import (
    Condition,
    Leftover,
    MoneyKind,
    MoveState,
    Round,
    RoundState,
    SetAsideKind,
    ThemeMove,
)

NOW = make.NOON
SPAN = {"opens_at": NOW + timedelta(days=1), "closes_at": NOW + timedelta(days=21)}


@pytest.fixture
def officer(app: Any) -> Person:
    return make.person(Role.OFFICER, name="虚构经办")


@pytest.fixture
def approver(app: Any) -> Person:
    return make.person(Role.APPROVER, name="虚构负责")


def new_round(officer: Person, total: int = 60_000_000) -> Round:
    made = actions.create(
        year=2019, ordinal=4, name="2019年第四届公益创投", total=total, by=officer, at=NOW, **SPAN
    )
    actions.save_sources(
        round=made,
        lines=[SourceLine("虚构〔2019〕1号", MoneyKind.LOTTERY, 2019, total)],
        by=officer,
        at=NOW,
    )
    return made


def codes(refusal: Any) -> list[str]:
    return [blocker.code for blocker in refusal.value.blockers]


def facts(refusal: Any) -> dict[str, Any]:
    return dict(refusal.value.blockers[0].facts)


def test_a_round_from_scratch_has_the_usual_settings_and_can_be_opened(officer: Person) -> None:
    made = new_round(officer)
    assert [(theme.earmark, theme.ceiling) for theme in made.themes] == [
        (20_000_000, 5_000_000),
        (40_000_000, 5_000_000),
    ]
    assert [queries.sheet_points(theme) for theme in made.themes] == [10000, 10000]
    assert [part.weight for part in made.plan] == [50, 30, 20]
    assert (made.panel_size, made.notice_days, made.pass_line, made.months) == (5, 5, 6000, 9)
    assert queries.obstacles(made, NOW) == []
    actions.open_round(round=made, by=officer, at=NOW)
    assert made.state is RoundState.OPEN


def test_a_total_that_does_not_divide_loses_no_fen(officer: Person) -> None:
    made = new_round(officer, 10_000_001)
    assert sum(theme.earmark for theme in made.themes) == made.allotted == 10_000_001


def test_opening_names_everything_that_is_missing(officer: Person) -> None:
    made = actions.create(
        year=2019,
        ordinal=4,
        name="缺项",
        total=60_000_000,
        opens_at=NOW - timedelta(days=9),
        closes_at=NOW,
        by=officer,
        at=NOW,
    )
    actions.save_plan(round=made, lines=[], by=officer, at=NOW)
    actions.save_fields(round=made, lines=[], by=officer, at=NOW)
    general = made.themes[1]
    actions.save_theme(
        theme=general,
        name=general.name,
        earmark=39_000_000,
        ceiling=5_000_000,
        consultation=False,
        by=officer,
        at=NOW,
    )
    actions.save_sheet(theme=general, lines=[CriterionLine("", "需求", 9000)], by=officer, at=NOW)
    actions.save_sheet(theme=made.themes[0], lines=[], by=officer, at=NOW)
    with pytest.raises(Refused) as refused:
        actions.open_round(round=made, by=officer, at=NOW)
    assert codes(refused) == [
        "rounds.earmarks_below_total",
        "rounds.no_criteria",
        "rounds.sheet_sum",
        "rounds.sources_short",
        "rounds.no_plan",
        "rounds.no_fields",
        "rounds.window_past",
    ]
    assert made.state is RoundState.PLANNED
    assert [blocker.code for blocker in queries.obstacles(made, NOW)] == codes(refused)


def test_earmarks_never_exceed_the_total(officer: Person) -> None:
    made = new_round(officer)
    with pytest.raises(Refused) as refused:
        actions.add_theme(round=made, name="新专题", earmark=1, ceiling=100, by=officer, at=NOW)
    assert codes(refused) == ["rounds.over_total"]
    assert facts(refused) == {"total": 60_000_000, "allotted": 60_000_001, "excess": 1}
    theme = made.themes[0]
    actions.save_theme(
        theme=theme,
        name=theme.name,
        earmark=15_000_000,
        ceiling=5_000_000,
        consultation=True,
        by=officer,
        at=NOW,
    )
    assert made.allotted == 55_000_000
    actions.add_theme(round=made, name="新专题", earmark=5_000_000, ceiling=100, by=officer, at=NOW)
    assert (made.allotted, made.themes[-1].code) == (60_000_000, "t1")
    actions.remove_theme(theme=made.themes[-1], by=officer, at=NOW)
    assert (made.allotted, len(made.themes)) == (55_000_000, 2)
    with pytest.raises(Refused) as lowered:
        actions.save_settings(round=made, values={"total": 50_000_000}, by=officer, at=NOW)
    assert facts(lowered)["excess"] == 5_000_000


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE round SET allotted = total + 1", "ck_round_allotted"),
        ("UPDATE round SET total = allotted - 1", "ck_round_allotted"),
        ("UPDATE round SET closes_at = opens_at", "ck_round_window"),
        ("UPDATE round SET quorum = panel_size + 1", "ck_round_panel"),
        ("UPDATE theme SET committed = earmark + 1", "ck_theme_committed"),
        ("UPDATE theme SET ceiling = 0", "ck_theme_ceiling"),
        ("UPDATE criterion SET step = 0", "ck_criterion_positive"),
        ("UPDATE plan_part SET weight = 0", "ck_plan_part_positive"),
        ("UPDATE source SET amount = 0", "ck_source_amount"),
        ("UPDATE theme_move SET approved_by_id = proposed_by_id", "ck_theme_move_two_people"),
        ("UPDATE theme_move SET state = 'approved'", "ck_theme_move_approved"),
        ("UPDATE theme_move SET target_id = source_id", "ck_theme_move_two_themes"),
        ("UPDATE theme_move SET amount = 0", "ck_theme_move_amount"),
        ("UPDATE theme_move SET reason = ''", "ck_theme_move_reason"),
    ],
)
def test_the_database_keeps_each_promise_too(officer: Person, statement: str, constraint: str) -> None:
    made = new_round(officer)
    actions.propose_move(
        source=made.themes[0], target=made.themes[1], amount=1, reason="试", by=officer, at=NOW
    )
    with pytest.raises(IntegrityError, match=constraint):
        db.session.execute(text(statement))
    db.session.rollback()
    trail.forget(db.session())


def test_a_copy_has_every_setting_and_says_what_differs(officer: Person) -> None:
    old = make.round_(officer)
    old.staff_cap, old.themes[0].criteria[0].full = 30, "有数据"
    new = actions.copy_from(
        source=old,
        year=2019,
        ordinal=4,
        name=old.name,
        opens_at=old.opens_at,
        closes_at=old.closes_at,
        by=officer,
        at=NOW,
    )
    assert (new.copied_from_id, new.state, new.sources) == (old.id, RoundState.PLANNED, [])
    assert new.allotted == new.total == 60_000_000
    assert all(theme.committed == 0 for theme in new.themes)
    assert [found.label for found in queries.differences(new, old)] == ["Year", "Ordinal of the round"]
    last = queries.last_before(new)
    assert last is not None and last.id == old.id

    actions.save_plan(
        round=new,
        lines=[PlanLine("首期款", 50, Condition.SIGNED), PlanLine("尾款", 50, Condition.CLOSING)],
        by=officer,
        at=NOW,
    )
    actions.save_fields(
        round=new, lines=[FieldLine("youth", "青少年"), FieldLine("", "志愿服务")], by=officer, at=NOW
    )
    actions.save_settings(round=new, values={"pass_line": 7000}, by=officer, at=NOW)
    found = {
        (row.label, row.group): (row.old, row.new)
        for row in queries.differences(new, old)
        if row.label not in ("Year", "Ordinal of the round")
    }
    assert found[("Pass line", "")] == (6000, 7000)
    assert found[("Share of the instalment", "尾款")] == (20, None) or found[
        ("Share of the instalment", "尾款")
    ] == (30, 50)
    assert [row.new for row in queries.differences(new, old) if row.label == "Service field"] == [
        "志愿服务",
        None,
        None,
        None,
        None,
    ]


def test_a_changed_row_stays_the_same_row(officer: Person) -> None:
    made = new_round(officer)
    before = {field.code: field.id for field in made.fields}
    lines = [FieldLine(field.code, f"{field.name}服务") for field in reversed(made.fields)]
    actions.save_fields(round=made, lines=[*lines[1:], FieldLine("", "新领域")], by=officer, at=NOW)
    assert {field.code: field.id for field in made.fields if field.code in before} == {
        code: id for code, id in before.items() if code != lines[0].code
    }
    assert made.fields[-1].code == "f1"


def test_a_score_sheet_must_be_reachable_and_break_ties_in_one_order(officer: Person) -> None:
    made = new_round(officer)
    with pytest.raises(Refused) as refused:
        actions.save_sheet(
            theme=made.themes[0],
            lines=[CriterionLine("", "甲", 1025, 50, tie_order=1), CriterionLine("", "乙", 100, tie_order=1)],
            by=officer,
            at=NOW,
        )
    assert codes(refused) == ["rounds.step_max", "rounds.tie_twice"]


def test_an_open_round_changes_only_by_correction(officer: Person) -> None:
    made = make.round_(officer)
    for verb, given in (
        (actions.save_settings, {"round": made, "values": {"pass_line": 1}}),
        (actions.save_plan, {"round": made, "lines": []}),
        (actions.save_sheet, {"theme": made.themes[0], "lines": []}),
        (actions.remove_theme, {"theme": made.themes[0]}),
    ):
        with pytest.raises(Refused) as refused:
            verb(by=officer, at=NOW, **given)
        assert codes(refused) == ["rounds.not_planned"]
    later = made.closes_at + timedelta(days=3)
    actions.move_closing(round=made, closes_at=later, reason="系统维护", by=officer, at=NOW)
    kept = trail.corrections_of([made])[made.id]
    assert [(row.field, row.reason, row.new) for row in kept] == [
        ("closes_at", "系统维护", later.isoformat())
    ]
    for change, code in (
        ({"field": "closes_at", "value": later, "reason": "悄悄"}, "rounds.not_correctable"),
        ({"field": "pass_line", "value": 7000, "reason": " "}, "rounds.reason_needed"),
        ({"field": "aggregation", "value": "mean", "reason": "改"}, "rounds.not_correctable"),
        ({"field": "pass_line", "value": 6000, "reason": "同"}, "rounds.nothing_changed"),
        ({"field": "quorum", "value": 9, "reason": "多"}, "rounds.quorum_above_panel"),
    ):
        with pytest.raises(Refused) as refused:
            actions.correct(round=made, by=officer, at=NOW, **change)
        assert codes(refused) == [code]


def test_the_closing_only_moves_later_while_the_round_is_open(officer: Person) -> None:
    made = make.round_(officer)
    later = made.closes_at + timedelta(days=3)
    for change, code in (
        ({"closes_at": NOW, "reason": "早"}, "rounds.not_later"),
        ({"closes_at": made.closes_at, "reason": "同"}, "rounds.not_later"),
        ({"closes_at": later, "reason": " "}, "rounds.reason_needed"),
    ):
        with pytest.raises(Refused) as refused:
            actions.move_closing(round=made, by=officer, at=NOW, **change)
        assert codes(refused) == [code]
    actions.close_round(round=made, by=officer, at=NOW, reason="虚构")
    with pytest.raises(Refused) as refused:
        actions.move_closing(round=made, closes_at=later, reason="迟", by=officer, at=NOW)
    assert codes(refused) == ["rounds.not_open"]


def test_closing_early_needs_a_reason_and_keeps_both_moments(officer: Person) -> None:
    made = make.round_(officer)
    planned = made.closes_at
    with pytest.raises(Refused) as refused:
        actions.close_round(round=made, by=officer, at=NOW)
    assert codes(refused) == ["rounds.reason_needed"]
    actions.close_round(round=made, by=officer, at=NOW, reason="名额已满")
    assert (made.state, made.closes_at, made.closed_at) == (RoundState.CLOSED, NOW, NOW)
    assert trail.corrections_of([made])[made.id][0].old == planned.isoformat()
    with pytest.raises(Refused) as reopened:
        actions.reopen_round(round=made, closes_at=NOW, reason="再收", by=officer, at=NOW)
    assert codes(reopened) == ["rounds.not_later"]
    actions.reopen_round(round=made, closes_at=planned, reason="再收", by=officer, at=NOW)
    assert (made.state, made.closed_at) == (RoundState.OPEN, None)
    actions.close_round(round=made, by=officer, at=planned)
    actions.finish_round(round=made, by=officer, at=planned)
    actions.resume_round(round=made, reason="补记", by=officer, at=planned)
    assert made.state is RoundState.CLOSED


def test_money_moves_between_themes_by_two_people(officer: Person, approver: Person) -> None:
    made = make.round_(officer)
    consultation, general = made.themes
    consultation.committed = 14_000_000
    db.session.flush()
    move = actions.propose_move(
        source=consultation, target=general, amount=5_000_000, reason="申报不足", by=officer, at=NOW
    )
    assert (consultation.earmark, general.earmark) == (20_000_000, 40_000_000)
    with pytest.raises(Refused) as alone:
        actions.approve_move(move=move, by=officer, at=NOW)
    assert codes(alone) == ["people.same_person"]
    with pytest.raises(Refused) as wrong_role:
        actions.approve_move(move=move, by=make.person(Role.FINANCE), at=NOW)
    assert codes(wrong_role) == ["rounds.not_approver"]
    actions.approve_move(move=move, by=approver, at=NOW)
    assert (consultation.earmark, general.earmark) == (15_000_000, 45_000_000)
    assert made.allotted == sum(theme.earmark for theme in made.themes) == 60_000_000
    with pytest.raises(Refused) as again:
        actions.approve_move(move=move, by=approver, at=NOW)
    assert codes(again) == ["rounds.move_done"]
    with pytest.raises(Refused) as too_much:
        actions.propose_move(
            source=consultation, target=general, amount=1_100_000, reason="再调", by=officer, at=NOW
        )
    assert facts(too_much) == {
        "theme": consultation.name,
        "committed": 14_000_000,
        "free": 1_000_000,
        "excess": 100_000,
    }


def test_a_move_is_refused_when_the_money_was_awarded_meanwhile(officer: Person, approver: Person) -> None:
    made = make.round_(officer)
    consultation, general = made.themes
    move = actions.propose_move(
        source=consultation, target=general, amount=5_000_000, reason="申报不足", by=officer, at=NOW
    )
    consultation.committed = 16_000_000
    db.session.flush()
    with pytest.raises(Refused) as refused:
        actions.approve_move(move=move, by=approver, at=NOW)
    assert codes(refused) == ["rounds.move_over_free"]
    assert consultation.earmark == 20_000_000
    actions.withdraw_move(move=move, by=officer, at=NOW)
    assert move.state is MoveState.WITHDRAWN


def test_a_move_signed_on_paper_counts_once_another_checked_it(officer: Person, approver: Person) -> None:
    made = make.round_(officer)
    other = make.person(Role.OFFICER)
    move = actions.propose_move(
        source=made.themes[0], target=made.themes[1], amount=100, reason="调整", by=officer, at=NOW
    )
    day = NOW.date()
    with pytest.raises(Refused) as not_approver:
        actions.enter_move_paper(move=move, signer=other, signed_on=day, scan=None, by=officer, at=NOW)
    assert codes(not_approver) == ["rounds.not_approver"]
    paper = actions.enter_move_paper(move=move, signer=approver, signed_on=day, scan=None, by=officer, at=NOW)
    with pytest.raises(Refused) as unchecked:
        actions.approve_move(move=move, by=approver, at=NOW, paper=paper)
    assert codes(unchecked) == ["people.paper_unchecked"]
    with pytest.raises(Refused) as same:
        actions.check_move_paper(move=move, by=officer, at=NOW)
    assert codes(same) == ["people.same_person"]
    actions.check_move_paper(move=move, by=other, at=NOW)
    found = db.session.get_one(ThemeMove, move.id)
    assert (found.state, found.approved_by_id, found.paper_id) == (
        MoveState.APPROVED,
        approver.id,
        paper.id,
    )
    assert made.themes[0].earmark == 20_000_000 - 100


def test_only_planners_plan(app: Any) -> None:
    for role in Role:
        if role in (Role.OFFICER, Role.ADMINISTRATOR, Role.APPLICANT, Role.CLERK):
            continue
        with pytest.raises(Refused) as refused:
            new_round(make.person(role))
        assert codes(refused) == ["rounds.not_planner"]


def test_the_usual_rules_are_the_ones_that_eligibility_knows(app: Any) -> None:
    from venture.applications import eligibility

    assert {rule.code for rule in defaults.ALL_RULES} == set(eligibility.CODES)
    assert set(defaults.RULES_FROM_START) <= set(eligibility.CODES)


def test_reading_rounds_takes_the_same_statements_for_one_and_for_many(app: Any, statements: Any) -> None:
    officer = make.person(Role.OFFICER)
    make.round_(officer, 2018)
    db.session.commit()
    counts: list[int] = []
    for years in (range(0), range(2019, 2050)):
        for year in years:
            make.round_(db.session.get_one(Person, officer.id), year)
        db.session.commit()
        db.session.expunge_all()
        statements.clear()
        for round in queries.all_rounds():
            assert round.created_by.name and round.themes[0].criteria and round.plan and round.rules
            assert round.fields and round.papers and round.sources and round.questions == []
        counts.append(len(statements))
    assert counts == [9, 9]
    current = queries.current_round()
    assert current is not None and current.year == 2049


def test_sources_cover_the_grants_and_what_is_set_aside_beside_them(officer: Person) -> None:
    made = new_round(officer)
    aside = [
        SetAsideLine(SetAsideKind.OPERATOR, 2_400_000),
        SetAsideLine(SetAsideKind.AUDIT, 600_001, "两家"),
    ]
    actions.save_set_asides(round=made, lines=aside, by=officer, at=NOW)
    assert made.set_aside == 3_000_001 and made.total == 60_000_000, "the total is the grants alone"
    assert queries.shares(made) == {
        theme.id: share for theme, share in zip(made.themes, (33, 67), strict=True)
    }
    (blocker,) = [each for each in queries.obstacles(made, NOW) if each.field == "sources"]
    assert (blocker.code, blocker.facts) == (
        "rounds.sources_short",
        {"total": 60_000_000, "set_aside": 3_000_001, "sources": 60_000_000},
    )
    more = [
        SourceLine("虚构〔2019〕1号", MoneyKind.LOTTERY, 2019, 60_000_000, date(2019, 12, 31)),
        SourceLine("虚构〔2019〕2号", MoneyKind.GENERAL, 2019, 3_000_001),
    ]
    actions.save_sources(round=made, lines=more, by=officer, at=NOW)
    assert not [each for each in queries.obstacles(made, NOW) if each.field == "sources"]


def test_goals_are_set_while_planned_then_corrected_and_what_was_reached_is_noted_with_its_ground(
    officer: Person,
) -> None:
    made = new_round(officer)
    lines = [GoalLine("", "直接受益人数", "人", 3000), GoalLine("", "资助项目数", "个", 12)]
    actions.save_goals(round=made, lines=lines, by=officer, at=NOW)
    assert [(goal.code, goal.target, goal.actual) for goal in made.goals] == [
        ("g1", 3000, None),
        ("g2", 12, None),
    ]
    actions.open_round(round=made, by=officer, at=NOW)
    with pytest.raises(Refused) as refused:
        actions.save_goals(round=made, lines=[], by=officer, at=NOW)
    assert codes(refused) == ["rounds.not_planned"]
    said = {"round": made, "reason": "方案调整(虚构)", "by": officer, "at": NOW}
    published = actions.correct(field="goal-g1", value=2500, **said)
    assert published is not None and published.changes == [["goal", "3000", "2500"]]
    with pytest.raises(Refused) as early:
        actions.correct(field="actual-g1", value=2600, **said)
    assert codes(early) == ["rounds.not_correctable"]
    actions.close_round(round=made, by=officer, at=made.closes_at)
    actions.finish_round(round=made, by=officer, at=made.closes_at)
    assert actions.correct(field="actual-g1", value=2600, **said) is None
    assert [(goal.target, goal.actual) for goal in made.goals] == [(2500, 2600), (12, None)]
    kept = [(each.label, each.old, each.new) for each in queries.corrections(made)]
    assert kept == [("What was reached", "", 2600), ("Goal of the round", 3000, 2500)]


def test_a_copied_round_has_its_set_asides_and_goals_and_nothing_reached(officer: Person) -> None:
    made = new_round(officer)
    actions.save_set_asides(round=made, lines=[SetAsideLine(SetAsideKind.OPERATOR, 100)], by=officer, at=NOW)
    actions.save_goals(round=made, lines=[GoalLine("", "资助项目数", "个", 12)], by=officer, at=NOW)
    made.goals[0].actual = 11
    made.leftover, made.viable_share, made.waiting_list = Leftover.LAPSE, 60, True
    copied = actions.copy_from(
        source=made,
        year=2020,
        ordinal=5,
        name="下一届(虚构)",
        opens_at=made.opens_at + timedelta(days=365),
        closes_at=made.closes_at + timedelta(days=365),
        by=officer,
        at=NOW,
    )
    assert [(each.kind, each.amount) for each in copied.set_asides] == [(SetAsideKind.OPERATOR, 100)]
    assert [(each.indicator, each.target, each.actual) for each in copied.goals] == [("资助项目数", 12, None)]
    assert (copied.sources, copied.leftover, copied.viable_share, copied.waiting_list) == (
        [],
        Leftover.LAPSE,
        60,
        True,
    )
    differing = {each.label for each in queries.differences(copied, made)}
    assert not differing & {"Fee of the operator", "Goal of the round", "A waiting list is kept"}


def test_where_the_left_over_lapses_it_is_not_moved_once_the_round_is_closed(
    officer: Person, approver: Person
) -> None:
    made = make.round_(officer)
    consultation, general = made.themes
    made.leftover = Leftover.LAPSE
    given = {
        "source": consultation,
        "target": general,
        "amount": 1,
        "reason": "调剂",
        "by": officer,
        "at": NOW,
    }
    move = actions.propose_move(**given)
    made.state = RoundState.CLOSED
    db.session.flush()
    for act in (
        lambda: actions.propose_move(**given),
        lambda: actions.approve_move(move=move, by=approver, at=NOW),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused) == ["rounds.leftover_lapses"]
    made.leftover = Leftover.POOL
    db.session.flush()
    actions.approve_move(move=move, by=approver, at=NOW)
    assert (consultation.earmark, general.earmark) == (19_999_999, 40_000_001)
