"""X04 to X07, X16, X17: the database stopped, restarted, locked, cut off in mid-commit, or in a deadlock."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from faults import scenes
from faults.proxy import wire_to
from faults.running import get, press_all, running
from postgres import Server, owner_of
from sqlalchemy import create_engine

from venture import create_app
from venture.web import Venture

pytestmark = pytest.mark.faults
only = pytest.mark.parametrize(
    "engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@only
@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_the_server_stopped_and_started_again(
    app: Venture, settled: Callable[[], None], postgres: Server, how: str
) -> None:
    """Those who press meanwhile are told to try again; when it is back the product is, without a restart."""
    presses = scenes.drafts(app, 30)

    def stop(over: threading.Event) -> None:
        over.wait(0.5)
        postgres.stop(how)
        time.sleep(1.5)
        postgres.start()

    with running(app) as server:
        press_all(presses, server, meanwhile=stop)
        told = [answer for press in presses for answer in press.answers if answer.status == 503]
        assert told and {answer.headers["Retry-After"] for answer in told} <= {"5", "30"}
        assert all("请" in answer.text and "Traceback" not in answer.text for answer in told)
        settled()
        for press in presses:
            assert press.confirmed and len(scenes.versions_of(press)) == 1
        assert get(server, "/").status == 200


@only
@pytest.mark.parametrize("cut", ["before", "after"])
def test_the_wire_cut_in_mid_commit(app: Venture, settled: Callable[[], None], cut: str) -> None:
    """Nobody knows whether it was saved: the page says so, and the same key gives the one receipt."""
    presses = scenes.drafts(app, 2)
    with wire_to(app.settings.database_url) as (wire, address):
        beyond = create_app(replace(app.settings, database_url=address))
        with running(beyond, workers=1) as server:
            assert presses[0].once(server)  # the way is there
            press = presses[1]
            wire.cut = cut
            assert not press.once(server)
            assert wire.cuts == 1
            assert press.answers[0].status == 503 and "尚不能确定" in press.answers[0].text
            settled()
            assert len(scenes.versions_of(press)) == (1 if cut == "after" else 0)
            assert press.once(server) and press.confirmed
    settled()
    assert len(scenes.versions_of(press)) == 1
    assert scenes.said("applications.submit") == 2


def test_a_lock_that_is_held_is_waited_for_and_then_said(app: Venture, settled: Callable[[], None]) -> None:
    """X16: the wait is bounded (10 s on SQLite, 5 s on PostgreSQL), nothing is lost, reading goes on."""
    press = scenes.drafts(app, 1)[0]
    url = app.settings.database_url.replace("postgresql://", "postgresql+psycopg://")
    with running(app, workers=1) as server:
        other = create_engine(url)
        with other.begin() as connection:
            connection.exec_driver_sql("UPDATE round SET name = name")
            began = time.monotonic()
            assert not press.once(server)
            assert time.monotonic() - began < 16
            assert "此刻保存的人太多" in press.answers[0].text
            assert press.answers[0].headers["Retry-After"] == "5"
            assert (
                f'value="{press.fields["key"]}"' in press.answers[0].text
            )  # «send again» sends the same key
            assert get(server, press.path.replace("/submit", ""), press.visitor).status == 200
        other.dispose()
        assert press.once(server) and press.confirmed
    settled()
    assert len(scenes.versions_of(press)) == 1


@only
def test_a_deadlock_is_run_again_unseen(app: Venture, settled: Callable[[], None]) -> None:
    """The press holds the round and waits for the trail's end; somebody else holds that and wants the round."""
    press = scenes.drafts(app, 1)[0]
    with running(app, workers=1) as server:
        pressing = threading.Thread(target=press.once, args=(server,))
        with psycopg.connect(owner_of(app.settings.database_url)) as other:
            other.execute("SELECT * FROM trail_head FOR UPDATE")
            pressing.start()
            _until_one_waits(app)
            other.execute("SELECT * FROM round FOR UPDATE")
        pressing.join(60)
    settled()
    assert press.confirmed and [answer.status for answer in press.answers] == [303]
    assert len(scenes.versions_of(press)) == 1
    assert scenes.said("applications.submit") == 1


def _until_one_waits(app: Venture) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(owner_of(app.settings.database_url), autocommit=True) as watching:
        for _ in range(600):
            found: Any = watching.execute(waiting).fetchone()
            if found[0]:
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")
