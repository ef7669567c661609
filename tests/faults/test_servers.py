"""X15 and E12: two servers on one database, one of them with its clock ahead; the same press many times at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from client import save
from faults import scenes
from faults.running import get, post, running
from sqlalchemy import select

from venture import clock
from venture.db import db
from venture.rounds import actions
from venture.rounds.models import Round
from venture.web import Venture

pytestmark = pytest.mark.faults


def test_twenty_equal_presses_on_two_servers_have_one_effect(
    app: Venture, settled: Callable[[], None]
) -> None:
    submit = scenes.drafts(app, 1)[0]
    request = scenes.instalments(app, 1, year=2019)[0]
    with running(app) as one, running(app) as other:
        for press in (submit, request):
            with ThreadPoolExecutor(20) as pool:
                sent = [
                    pool.submit(post, server, press.path, press.visitor, press.fields)
                    for server in [one, other] * 10
                ]
            answers = [each.result() for each in sent]
            assert [answer.status for answer in answers] == [303] * 20
            assert len({answer.location for answer in answers}) == 1
            pages = {get(server, answers[0].location, press.visitor).status for server in (one, other)}
            assert pages == {200}
    settled()
    assert len(scenes.versions_of(submit)) == len(scenes.payments_of(request)) == 1
    assert (scenes.said("applications.submit"), scenes.said("budget.request")) == (1, 1)


def test_a_clock_that_is_ahead_refuses_with_the_reason(app: Venture, settled: Callable[[], None]) -> None:
    """Ten minutes before the closing one server thinks it is over: it says so; at the other the press counts."""
    first, second = scenes.drafts(app, 2, closes_at=clock.now() + timedelta(minutes=10))
    with running(app, workers=1) as right, running(app, workers=1, SECONDS_AHEAD="3600") as ahead:
        assert first.once(right) and first.confirmed
        assert second.once(ahead) and not second.confirmed
        assert second.answers[0].status == 422
        assert "截止" in second.answers[0].text
        assert second.once(right) and second.confirmed
        assert first.once(ahead), "what was confirmed is confirmed, whatever the clock says later"
        assert first.answers[-1].status == 303
    settled()
    assert [len(scenes.versions_of(press)) for press in (first, second)] == [1, 1]


def test_a_clock_that_goes_back_does_not_open_a_closed_round(
    app: Venture, settled: Callable[[], None]
) -> None:
    press = scenes.drafts(app, 1)[0]
    round = db.session.scalars(select(Round)).one()
    actions.close_round(round=round, by=round.created_by, at=clock.now(), reason="提前截止(虚构)")
    save()
    with running(app, workers=1, SECONDS_AHEAD="-3600") as behind:
        assert press.once(behind) and not press.confirmed
        assert press.answers[0].status == 422
    settled()
    assert scenes.versions_of(press) == []
