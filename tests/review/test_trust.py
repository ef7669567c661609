"""The page that says how far the marks can be trusted: for final themes, for officers, without what a tie hides."""

from typing import Any

import make
import numpy as np
import pytest
from client import save

from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.db import db
from venture.people.models import Person
from venture.review import queries, reliability
from venture.roles import Role
from venture.rounds.models import Aggregation, Round, Theme, ThemeCriterion

MARKS = [[9000, 8800, 9100], [8000, 7900, 8300], [6100, 5900, 6200], [5000, 4800, 5300]]


def reviewed(officer: Person, marks: list[list[int]] = MARKS, *, size: int = 3) -> Round:
    criteria = [ThemeCriterion(code="all", name="综合", max=10000, step=1, position=0)]
    theme = Theme(code="general", name="综合服务", earmark=60000000, ceiling=60000000, criteria=criteria)
    round: Round = make.round_(
        officer, themes=[theme], quorum=2, aggregation=Aggregation.MEAN, panel_size=size, pass_line=6000
    )
    panel = make.panel(round, size)
    for row in marks:
        application = make.application(round, theme=theme, by=officer, state=State.IN_REVIEW)
        for seat in panel:
            make.reader(application, seat.person)
        for seat, mark in zip(panel, row, strict=True):
            make.sheet(application, seat, [mark])
    save()
    return round


def test_figures_are_those_of_the_handed_in_totals(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    (found,) = queries.trust(reviewed(officer), officer)
    marks = np.array(MARKS)
    assert (found.one, found.mean) == (
        reliability.correlations(marks).random,
        reliability.correlations(marks).random_mean,
    )
    assert found.alpha == reliability.alpha(marks) and found.whole == 4
    assert found.alpha_interval.low <= found.alpha <= found.alpha_interval.high
    assert [habit.marked for _, _, habit in found.habits] == [4, 4, 4]
    severities = [habit.severity for _, _, habit in found.habits]
    assert severities[1] < severities[0] < severities[2] and sum(severities) == pytest.approx(0)
    near = {line.application_id for line, _ in found.near}
    third = next(line for line in found.ranking.lines if line.shown == 6067)
    assert near == {third.application_id}, "61, 59 and 62 points about a line of 60"
    assert queries.trust(found.ranking.theme.round, officer)[0].near == found.near, (
        "the same figures each time"
    )


def test_the_line_may_be_the_end_of_so_many_best(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = reviewed(officer, [[9000, 7000, 8000], [8000, 8000, 8000], [5000, 5000, 5000]])
    (found,) = queries.trust(round, officer, places=1)
    assert {line.shown for line, _ in found.near} == {8000} and len(found.near) == 2
    assert queries.trust(round, officer)[0].near == []


def test_a_theme_that_is_not_final_or_too_small_is_left_out(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = reviewed(officer, MARKS[:1])
    assert queries.trust(round, officer) == []
    make.application(round, theme=round.themes[0], by=officer, state=State.IN_REVIEW)
    save()
    assert queries.trust(round, officer) == []
    assert "ICC" not in enter(officer).get("/rounds/2018/ranking/trust").page.words


def test_what_a_tie_hides_is_not_in_it(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = reviewed(officer)
    hidden = queries.ranking(round)[0].lines[0]
    db.session.add(Barred(application_id=hidden.application_id, person_id=officer.id))
    save()
    (found,) = queries.trust(round, officer)
    assert [habit.marked for _, _, habit in found.habits] == [3, 3, 3]
    assert hidden.title not in {line.title for line in found.ranking.lines}


def test_the_page(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    reviewed(officer)
    browser = enter(officer)
    words = browser.get("/rounds/2018/ranking/trust").page.words
    assert "ICC(2,1)" in words and "Krippendorff α" in words and "60.67" in words
    assert browser.get("/rounds/2018/ranking/trust?places=x").status_code == 200
    assert browser.get(f"/rounds/2018/ranking/trust?places={10**30}").status_code == 200
    assert enter(make.person(Role.EXPERT)).get("/rounds/2018/ranking/trust").status_code == 403
