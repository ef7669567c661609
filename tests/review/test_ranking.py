"""The ranking as the database gives it: what counts, what is missing, ties and draws, one theme one rule."""

from datetime import date
from fractions import Fraction
from itertools import permutations
from typing import Any

import client
import make
import pytest
from review.field import NOW, Field, weighted, whole

from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.refusal import Refused
from venture.review import actions, queries
from venture.rounds.models import Aggregation, Rounding, ThemeCriterion


def notes(line: queries.Line) -> set[str]:
    return {note.code for note in line.notes}


def test_a_draft_sheet_does_not_count_and_the_score_is_provisional(app: Any) -> None:
    """G6.1"""
    field = Field(weighted(), aggregation=Aggregation.MEAN)
    field.add([9000, 8000, 7000], [8500, 7500, 8000], [1000, 1000, 1000], draft=(2,))
    ranking = field.ranking()
    line = ranking.lines[0]
    assert (line.shown, line.counted, line.expected, line.absent) == (8075, 2, 3, {3: "missing"})
    assert notes(line) == {"review.sheets_missing", "review.below_quorum"}
    assert [one.code for one in ranking.blockers] == ["review.theme_sheets_missing"] and not ranking.final


def test_an_abstention_is_refused_by_name(app: Any) -> None:
    """G6.2, V3 b: 丙 gives 88, 76 and nothing for the budget, which this round does not allow."""
    field = Field(weighted(), aggregation=Aggregation.MEAN)
    application = field.add([9000, 8000, 7000], [8500, 7500, 8000])
    filled = actions.Filled({"need": 8800, "plan": 7600, "budget": None})
    with pytest.raises(Refused) as refused:
        actions.hand_in(application=application, filled=filled, seen=0, by=field.panel[2].person, at=NOW)
    assert [(one.code, one.field) for one in refused.value.blockers] == [("review.no_mark", "mark_budget")]


def test_a_trimmed_mean_from_five_sheets_and_the_mean_without(app: Any) -> None:
    """G6.3"""
    field = Field(whole(), size=5)
    field.add(*([points * 100] for points in (95, 88, 86, 84, 60)))
    assert (field.ranking().lines[0].shown, field.ranking().final) == (8600, True)
    instead = field.ranking(instead={field.theme.id: Aggregation.MEAN})
    assert (instead.lines[0].shown, instead.final) == (8260, True)


def test_with_four_experts_trimming_is_not_applied_and_the_theme_waits(app: Any) -> None:
    """G6.3, second half"""
    field = Field(whole(), size=4)
    field.add(*([points * 100] for points in (80, 85, 90, 70)))
    ranking = field.ranking()
    assert (ranking.lines[0].shown, ranking.lines[0].trimmed) == (8125, False)
    assert notes(ranking.lines[0]) == {"review.not_trimmed"}
    assert [(one.code, one.facts) for one in ranking.blockers] == [
        ("review.theme_not_trimmed", {"applications": 1, "trim_from": 5})
    ]


def test_equal_as_printed_is_not_equal(app: Any) -> None:
    """G6.4: 265.00 / 3 and 353.32 / 4 both print 88.33; the first is more."""
    field = Field(whole(), size=4, aggregation=Aggregation.MEAN)
    less = field.add([8833], [8833], [8833], [8833])
    more = field.add([8833], [8833], [8834])
    lines = field.ranking().lines
    assert [(line.application_id, line.rank, line.shown, line.tied) for line in lines] == [
        (more.id, 1, 8833, ()),
        (less.id, 2, 8833, ()),
    ]
    assert lines[0].score == Fraction(26500, 3)


def test_four_digit_totals_sort_as_numbers(app: Any) -> None:
    """G6.5"""
    field = Field(whole(150000), size=1, aggregation=Aggregation.MEAN)
    field.add([99900])
    field.add([125000])
    assert [line.shown for line in field.ranking().lines] == [125000, 99900]


def test_zero_is_a_score_and_no_sheet_is_none(app: Any) -> None:
    """V1"""
    field = Field(whole(500), aggregation=Aggregation.MEAN)
    nothing = field.add()
    zero = field.add([0], [0], [0])
    best = field.add([100], [0], [0])
    lines = field.ranking().lines
    assert [(line.application_id, line.rank, line.shown) for line in lines] == [
        (best.id, 1, 33),
        (zero.id, 2, 0),
        (nothing.id, None, None),
    ]
    assert lines[1].counted == 3 and "review.no_score" in notes(lines[2])


def test_the_order_of_sheets_does_not_matter(app: Any) -> None:
    """V2"""
    field = Field(whole(2000), aggregation=Aggregation.MEAN)
    for order in permutations(([1000], [500], [1500])):
        field.add(*order)
    assert {line.shown for line in field.ranking().lines} == {1000}


def test_a_missing_mark_is_absent(app: Any) -> None:
    """V3 a: nine experts, the sixth absent, one highest and one lowest dropped."""
    field = Field(whole(1000), size=9)
    marks = [700, 725, 725, 750, 750, None, 775, 800, 675]
    application = field.add()
    for seat, mark in zip(field.panel, marks, strict=True):
        if mark is not None:
            make.sheet(application, seat, [mark])
    assert field.ranking().lines[0].shown == 738


@pytest.mark.parametrize("backwards", [False, True])
def test_ties_share_a_rank_whatever_was_stored_first(app: Any, backwards: bool) -> None:
    """V6"""
    field = Field(whole(), size=1, aggregation=Aggregation.MEAN)
    totals = [8800, 8650, 8650, 8000]
    for total in reversed(totals) if backwards else totals:
        field.add([total])
    ranking = field.ranking()
    assert [line.rank for line in ranking.lines] == [1, 2, 2, 4]
    assert ranking.final and len(ranking.draws) == 1
    assert "review.tied_rank" in notes(ranking.lines[1])


def test_ties_go_by_criteria_then_by_the_lower_request(app: Any) -> None:
    criteria = [
        ThemeCriterion(code="effect", name="成效", max=5000, tie_order=1, position=0),
        ThemeCriterion(code="need", name="需求", max=5000, tie_order=2, position=1),
    ]
    field = Field(criteria, size=1, aggregation=Aggregation.MEAN)
    dear = field.add([3000, 4000], asked=5000000)
    cheap = field.add([3000, 4000], asked=4000000)
    effective = field.add([4000, 3000], asked=5000000)
    lines = field.ranking().lines
    assert [line.application_id for line in lines] == [effective.id, cheap.id, dear.id]
    assert [line.rank for line in lines] == [1, 2, 3]


def test_a_recorded_draw_decides_between_those_it_names(app: Any) -> None:
    field = Field(whole(), size=1, aggregation=Aggregation.MEAN)
    one, two, three = (field.add([8000]) for _ in range(3))
    group = [one.id, two.id, three.id]
    given = {
        "theme": field.theme,
        "group": group,
        "drawn_on": date(2018, 6, 5),
        "witness": "虚构监督员",
        "reason": "三个项目同分",
        "by": field.officer,
        "at": NOW,
    }
    with pytest.raises(Refused) as refused:
        actions.record_draw(**{**given, "order": [one.id, two.id, two.id]})
    assert refused.value.blockers[0].code == "review.draw_order"
    with pytest.raises(Refused) as refused:
        actions.record_draw(**{**given, "group": [one.id, two.id], "order": [one.id, two.id]})
    assert refused.value.blockers[0].code == "review.not_tied"
    actions.record_draw(**given, order=[three.id, one.id, two.id])
    ranking = field.ranking()
    assert [(line.application_id, line.rank) for line in ranking.lines] == [
        (three.id, 1),
        (one.id, 2),
        (two.id, 3),
    ]
    assert ranking.draws == [] and notes(ranking.lines[0]) == {"review.drawn"}
    four = field.add([8000])
    assert [line.rank for line in field.ranking().lines] == [1, 1, 1, 1], "the draw did not name the fourth"
    assert queries.drawable(field.theme) == [tuple(sorted((*group, four.id)))]


def test_the_pass_line_is_asked_of_the_exact_score(app: Any) -> None:
    field = Field(whole(), size=3, aggregation=Aggregation.MEAN, pass_line=7500)
    field.add([7500], [7500], [7499])
    line = field.ranking().lines[0]
    assert (line.shown, line.passes, notes(line)) == (7500, False, {"review.below_pass_line"})


def test_eligible_applications_outside_the_review_keep_the_ranking_open(app: Any) -> None:
    field = Field(whole(), size=1, aggregation=Aggregation.MEAN)
    assert [one.code for one in field.ranking().blockers] == ["review.theme_empty"]
    field.add([8000])
    make.application(field.round, theme=field.theme, by=field.officer, state=State.ELIGIBLE)
    ranking = field.ranking()
    assert len(ranking.lines) == 1
    assert [one.code for one in ranking.blockers] == ["review.theme_not_begun"]


def test_a_barred_person_does_not_see_the_line_but_ranks_stay(app: Any) -> None:
    field = Field(whole(), size=1, aggregation=Aggregation.MEAN)
    hidden, shown = field.add([9000]), field.add([8000])
    db.session.add(Barred(application_id=hidden.id, person_id=field.officer.id))
    db.session.flush()
    lines = field.ranking(field.officer).lines
    assert [(line.application_id, line.rank) for line in lines] == [(shown.id, 2)]
    assert len(field.ranking().lines) == 2


@pytest.mark.parametrize("aggregation", list(Aggregation))
@pytest.mark.parametrize("rounding", list(Rounding))
def test_stored_totals_and_single_marks_give_the_same_scores(
    app: Any, aggregation: Aggregation, rounding: Rounding
) -> None:
    criteria = [ThemeCriterion(code=str(n), name=str(n), max=2000, step=50, position=n) for n in range(3)]
    field = Field(criteria, size=5, aggregation=aggregation, rounding=rounding)
    applications = [
        field.add(*([500 + 50 * ((n * 7 + e * 3 + c) % 30) for c in range(3)] for e in range(5)))
        for n in range(12)
    ]
    lines = {line.application_id: line for line in field.ranking().lines}
    assert {key: line.score for key, line in lines.items()} == {
        application.id: queries.score_of(application).value for application in applications
    }


def test_the_spread_of_the_totals(app: Any) -> None:
    assert queries.deviation([8000, 9000, 10000]) == 1000
    assert queries.deviation([8000, 8001]) == 1
    assert queries.deviation([8000]) is None


def test_the_same_statements_at_any_size(app: Any, statements: list[str]) -> None:
    field = Field(weighted(), size=5)
    for _ in range(3):
        field.add(*([[9000, 8000, 7000]] * 5))
    db.session.expire_all()
    _ = field.round.id, field.officer.id
    statements.clear()
    field.ranking(field.officer)
    few = len(statements)
    for _ in range(57):
        field.add(*([[9000, 8000, 7000]] * 5))
    db.session.expire_all()
    _ = field.round.id, field.officer.id
    statements.clear()
    assert len(field.ranking(field.officer).lines) == 60
    assert len(statements) == few
    assert few <= 14


def test_a_long_ranking_is_shown_by_the_fifty(app: Any, enter: Any) -> None:
    field = Field(whole(), size=3)
    for place in range(51):
        field.add(*[[9000 - place]] * 3, title=f"虚构长名单{place:03d}")
    client.save()
    browser = enter(field.officer)
    first, second = (browser.get(f"/rounds/2018/ranking?page={page}").page.words for page in (1, 2))
    assert "虚构长名单000" in first and "虚构长名单049" in first and "虚构长名单050" not in first
    assert "虚构长名单050" in second and "虚构长名单000" not in second
    assert browser.get("/rounds/2018/ranking?page=9").page.words == second
