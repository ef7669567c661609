"""X15 and E12: two servers on one database, one of them with its clock ahead; the same press many times at once."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import make
import pytest
from client import save
from faults import scenes
from faults.running import Running, Visitor, get, post, press_all, running
from sqlalchemy import select

from venture import clock
from venture.db import db
from venture.roles import Role
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


def test_submissions_race_the_closing(app: Venture, settled: Callable[[], None]) -> None:
    """E08: while forty people press the round is closed: each is in with a receipt or refused with the reason."""
    presses = scenes.drafts(app, 40)
    round_id = db.session.scalars(select(Round.id)).one()
    with running(app) as server:

        def close(over: threading.Event) -> None:
            while sum(len(press.answers) for press in presses) < 10 and not over.wait(0.005):
                pass
            with app.app_context():
                closing = db.session.get_one(Round, round_id)
                actions.close_round(round=closing, by=closing.created_by, reason="提前截止（虚构）")
                save()
                db.session.remove()

        db.session.rollback()
        press_all(presses, server, meanwhile=close)
    settled()
    for press in presses:
        kept = scenes.versions_of(press)
        assert len(kept) == (1 if press.confirmed else 0)
        if not press.confirmed:
            assert press.answers[-1].status == 422 and "截止" in press.answers[-1].text
    assert {press.confirmed for press in presses} == {True, False}


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: +3\r\n",
        "X-Folded: a\r\n b\r\nContent-Length: 3\r\n",
        "Bad Name: x\r\nContent-Length: 3\r\n",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_requests_that_could_be_read_in_two_ways_are_refused(app: Venture, head: str) -> None:
    """G04: the server itself answers 400 and hangs up; the same page asked for in one way only is given."""
    with running(app, workers=1) as server:
        for lines, status in ((head, b"400"), ("Content-Length: 3\r\n", b"200")):
            with socket.create_connection(("127.0.0.1", server.port), 10) as wire:
                wire.sendall(f"GET /health HTTP/1.1\r\nHost: localhost\r\n{lines}\r\na=b".encode())
                assert wire.recv(4096).startswith(b"HTTP/1.1 " + status)


def test_long_exports_do_not_hold_submissions(
    app: Venture, settled: Callable[[], None], record_property: Callable[[str, object], None]
) -> None:
    """X18: score sheets are made without a pause by three readers while twenty submit: nobody is told to wait."""
    presses, year = scenes.drafts(app, 20), scenes.scored(60)
    officer = Visitor.of(app, make.person(Role.OFFICER))
    save()
    over, made, took = threading.Event(), list[int](), list[float]()

    def export(server: Running) -> None:
        while not over.is_set():
            made.append(get(server, f"/rounds/{year}/sheets/scores.xlsx", officer).status)

    with running(app) as server, ThreadPoolExecutor(3) as readers:
        reading = [readers.submit(export, server) for _ in range(3)]
        while len(made) < 3:
            time.sleep(0.05)
        for press in presses:
            began = time.monotonic()
            assert press.once(server) and press.confirmed
            took.append(time.monotonic() - began)
        over.set()
        for each in reading:
            each.result()
    record_property("slowest", f"{max(took):.2f} s")
    assert set(made) == {200} and len(made) > 6 and max(took) < 4
    settled()
