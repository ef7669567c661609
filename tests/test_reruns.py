"""What the dispatch does when the database is in trouble: run again, or say plainly whether to try again."""

import contextvars
import errno
import sqlite3
from typing import Any

import flask
import make
import psycopg
import pytest
from client import Browser, save
from postgres import owner_of
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from venture import trail, web
from venture.db import Trouble, db, grants, trouble
from venture.roles import Role, Rule
from venture.trail import Event
from venture.web import Venture

DEADLOCK = OperationalError("UPDATE", {}, psycopg.errors.DeadlockDetected("deadlock detected"))
SERIAL = OperationalError("COMMIT", {}, psycopg.errors.SerializationFailure("could not serialize"))


class Presser:
    """One POST whose first runs end in the given errors; `runs` counts how often its view was called."""

    def __init__(self, browser: Browser, rule: Rule) -> None:
        self.browser, self.rule, self.runs = browser, rule, 0
        self.waiting: list[Exception] = []

    def __call__(self, *errors: Exception, fields: dict[str, str] | None = None) -> Any:
        self.waiting, self.runs = list(errors), 0
        sent = {"csrf_token": self.browser.token, **(fields or {})}
        db.session.rollback()
        return contextvars.Context().run(self.browser.client.post, "/outbox/release", data=sent)

    def view(self) -> Any:
        self.runs += 1
        trail.say(web.me(), "test.press", web.me(), run=self.runs)
        flask.flash(f"run {self.runs}")
        if self.waiting:
            raise self.waiting.pop(0)
        return web.see("desk.messages")


@pytest.fixture
def press(app: Venture) -> Presser:
    officer = make.person(Role.OFFICER)
    save()
    browser = Browser(app).enter(officer)
    browser.get("/")
    pressed = Presser(browser, app.view_functions["desk.release"].rule)

    def view() -> Any:
        return pressed.view()

    view.rule = pressed.rule
    app.view_functions["desk.release"] = view
    return pressed


def said() -> list[int]:
    """The runs that the trail knows of."""
    db.session.rollback()
    return [
        event.facts["run"] for event in db.session.scalars(select(Event).where(Event.did == "test.press"))
    ]


@pytest.mark.parametrize("failures", [1, 4])
def test_a_clash_is_run_again_with_one_effect(press: Presser, failures: int) -> None:
    answer = press(*[DEADLOCK, SERIAL, DEADLOCK, SERIAL][:failures])
    assert (answer.status_code, press.runs) == (303, failures + 1)
    assert said() == [failures + 1]
    with press.browser.client.session_transaction() as session:
        assert [text for _kind, text in session["_flashes"]] == [f"run {failures + 1}"]


def test_after_five_runs_it_is_said(press: Presser) -> None:
    answer = press(*[DEADLOCK] * 9, fields={"subject": "虚构标题"})
    assert (answer.status_code, press.runs, answer.headers["Retry-After"]) == (503, web.RUNS, "5")
    page = answer.get_data(as_text=True)
    assert "此刻保存的人太多" in page and "没有任何更改" in page
    assert 'name="subject" value="虚构标题"' in page and page.count("虚构标题") == 2
    assert said() == []


@pytest.mark.parametrize(
    ("error", "title", "seconds"),
    [
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), "此刻保存的人太多", "5"),
        (
            psycopg.errors.QueryCanceled("canceling statement due to statement timeout"),
            "此刻保存的人太多",
            "5",
        ),
        (psycopg.errors.AdminShutdown("terminating connection"), "目前连不上数据库", "30"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "目前连不上数据库", "30"),
        (psycopg.errors.DiskFull("could not extend file"), "目前无法保存", "600"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "目前无法保存", "600"),
    ],
)
def test_other_trouble_is_said_at_once(press: Presser, error: Exception, title: str, seconds: str) -> None:
    answer = press(OperationalError("UPDATE", {}, error))
    assert (answer.status_code, press.runs, answer.headers["Retry-After"]) == (503, 1, seconds)
    assert title in answer.get_data(as_text=True)
    assert said() == []


def test_full_disk_and_no_connection_are_said_too(press: Presser) -> None:
    assert press(OSError(errno.ENOSPC, "No space left on device")).headers["Retry-After"] == "600"
    assert press(NoConnectionFree("QueuePool limit reached")).headers["Retry-After"] == "5"


def test_a_mistake_of_ours_stays_a_mistake(press: Presser) -> None:
    for mistake in (
        OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: x")),
        OperationalError("SELECT", {}, psycopg.errors.UndefinedTable("relation x does not exist")),
        OSError(errno.ENOENT, "No such file"),
        ValueError("ours"),
    ):
        answer = press(mistake)
        assert answer.status_code == 500 and press.runs == 1


def test_each_error_of_sqlite_is_known_by_its_code(tmp_path: Any) -> None:
    path = tmp_path / "small.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (x)")
    other = sqlite3.connect(path, isolation_level=None, timeout=0)
    connection.execute("BEGIN IMMEDIATE")
    for statement, expected in (("INSERT INTO t VALUES (1)", Trouble.BUSY), ("SELECT * FROM missing", None)):
        with pytest.raises(sqlite3.OperationalError) as error:
            other.execute(statement)
        assert trouble(OperationalError(statement, {}, error.value)) is expected
    connection.execute("COMMIT")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError) as error:
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert trouble(OperationalError("INSERT", {}, error.value)) is Trouble.FULL
    connection.close()
    other.close()
    with pytest.raises(sqlite3.OperationalError) as error:
        sqlite3.connect(tmp_path / "absent" / "x.db")
    assert trouble(OperationalError("", {}, error.value)) is Trouble.DOWN


APPENDED = ("event", "correction", "entry", "operation")


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", APPENDED)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_only_appended_is_refused_by_grant(app: Venture, table: str, verb: str) -> None:
    with (
        db.engine.connect() as connection,
        pytest.raises(Exception, match=r"permission denied|must be owner"),
    ):
        connection.exec_driver_sql(verb.format(table))


@pytest.mark.parametrize("table", APPENDED)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_only_appended_is_refused_by_trigger(app: Venture, table: str, verb: str) -> None:
    """Even to the owner; on SQLite to everybody. A row must be there for a trigger of rows to speak."""
    person = make.person(Role.OFFICER)
    make.award(
        make.application(make.round_(person), by=person, state=make.State.ON_NOTICE),
        officer=person,
        approver=make.person(Role.APPROVER),
    )
    trail.correct(person, field="name", value="虚构新名", reason="虚构理由", by=person, at=make.NOON)
    save()
    engine = create_engine(
        owner_of(app.settings.database_url).replace("postgresql://", "postgresql+psycopg://")
    )
    with engine.connect() as connection, pytest.raises(Exception, match=f"{table} is append-only"):
        connection.exec_driver_sql(verb.format(table))
    engine.dispose()


def test_grants_name_any_role() -> None:
    assert grants('a"b')[0].endswith('TO "a""b"')
