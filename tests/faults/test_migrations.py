"""X24: a migration killed half-way, and a program that stands before another schema than its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import make
import psycopg
import pytest
from client import save
from flask_migrate import downgrade
from postgres import ROLE, owner_of
from sqlalchemy import inspect, select

from venture import create_app, serve
from venture.config import ROOT, BadSetting
from venture.db import db, grants, unready
from venture.people.models import Organization
from venture.web import Venture

pytestmark = pytest.mark.faults

MIGRATE = """
import os, signal, sys
from flask_migrate import upgrade
from sqlalchemy import event
from venture import create_app
from venture.db import db
app, seen, last = create_app(), [], int(sys.argv[1])
with app.app_context():
    @event.listens_for(db.engine, "after_cursor_execute")
    def struck(conn, cursor, statement, *rest):
        seen.append(statement)
        if len(seen) == last:
            os.kill(os.getpid(), signal.SIGKILL)
    @event.listens_for(db.engine, "commit")
    def before_the_end(conn):
        if last == -1:
            os.kill(os.getpid(), signal.SIGKILL)
    upgrade()
print(len(seen))
"""


def migrate(app: Venture, kill_at: int = 0) -> "subprocess.CompletedProcess[str]":
    """Migrate in a process that is killed after so many statements (0: never, -1: before its commit)."""
    environment = os.environ | {
        "VENTURE_DATA": str(app.settings.data),
        "DATABASE_URL": owner_of(app.settings.database_url),
        "VENTURE_SECRET": app.settings.secret,
        "VENTURE_BASE_URL": app.settings.base_url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", MIGRATE, str(kill_at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def tables() -> set[str]:
    found = set(inspect(db.engine).get_table_names())
    db.engine.dispose()
    return found


def give_grants(app: Venture) -> None:
    if app.settings.database_url.startswith("postgresql"):
        with psycopg.connect(owner_of(app.settings.database_url), autocommit=True) as owner:
            for statement in grants(ROLE):
                owner.execute(statement)


def test_a_migration_killed_at_any_step_leaves_the_old_schema_and_can_be_run_again(
    app: Venture, settled: Callable[[], None]
) -> None:
    name = make.organization().name
    save()
    db.session.remove()
    db.engine.dispose()
    with create_app(replace(app.settings, database_url=owner_of(app.settings.database_url))).app_context():
        downgrade(revision="0001")
        db.engine.dispose()
    old = tables()
    for kill_at in (1, 6, 12, 18, 24, 30, -1):
        killed = migrate(app, kill_at)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        assert tables() == old
        with pytest.raises(BadSetting, match="has the schema 0001, this program needs"):
            serve(app.settings)
    done = migrate(app)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) > 30, done.stderr
    assert tables() > old
    give_grants(app)
    assert serve(app.settings).settings == app.settings
    assert db.session.scalars(select(Organization.name)).all() == [name]
    settled()


@pytest.mark.parametrize("schema", ["9999", ""], ids=["newer", "empty"])
def test_another_schema_is_not_served(app: Venture, schema: str) -> None:
    db.session.remove()
    db.engine.dispose()
    with create_app(replace(app.settings, database_url=owner_of(app.settings.database_url))).app_context():
        change = (
            f"UPDATE alembic_version SET version_num = '{schema}'"
            if schema
            else "DELETE FROM alembic_version"
        )
        with db.engine.begin() as connection:
            connection.exec_driver_sql(change)
        db.engine.dispose()
    with pytest.raises(BadSetting, match=schema or "an empty database"):
        serve(app.settings)


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_table_that_the_role_may_not_use_is_said_at_the_start(app: Venture) -> None:
    db.session.remove()
    with psycopg.connect(owner_of(app.settings.database_url), autocommit=True) as owner:
        owner.execute(f"REVOKE SELECT ON version FROM {ROLE}")
    with pytest.raises(BadSetting, match="may not use version: give it what «venture grants» prints"):
        serve(app.settings)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_database_that_is_down_is_waited_for(app: Venture) -> None:
    elsewhere = replace(app.settings, database_url="postgresql://nobody@127.0.0.1:9/nothing")
    assert serve(elsewhere).settings == elsewhere
    assert unready() is None


def test_a_start_waits_for_no_writer(app: Venture) -> None:
    """Somebody saves, or a long act runs, while a server starts: it only reads."""
    make.organization()  # the write lock is held from here on
    began = time.monotonic()
    assert serve(app.settings).settings == app.settings
    assert time.monotonic() - began < 8, "the wait for a lock would take ten seconds"
    save()
