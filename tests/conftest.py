"""What every test stands on: a database per test (copied from one migrated template), an app, a browser-like client."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Browser
from flask_migrate import upgrade
from sqlalchemy import event

from venture import config, create_app, trail
from venture.db import db
from venture.web import Venture

pytest_plugins = ["live"]
REQUIRE_ALL = os.environ.get("VENTURE_REQUIRE_ALL") == "1"
SHARED = config.ROOT.parent / "shared"


def settings(folder: Path, url: str | None = None, **changes: Any) -> config.Settings:
    return config.Settings(
        data=folder,
        database_url=url or f"sqlite:///{folder / 'venture.db'}",
        secret="a secret that is long enough for tests only",
        base_url="http://localhost",
        **changes,
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings(folder))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return folder / "venture.db"


@pytest.fixture
def app(tmp_path: Path, template: Path) -> Iterator[Venture]:
    shutil.copy(template, tmp_path / "venture.db")
    app = create_app(settings(tmp_path))
    app.testing = False
    with app.app_context():
        yield app
        db.session.rollback()
        assert trail.verify(db.session()) is None
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def browser(app: Venture) -> Browser:
    return Browser(app)


@pytest.fixture
def enter(app: Venture) -> Any:
    """enter(person) → a browser signed in as that person."""
    return lambda person: Browser(app).enter(person)


class Counted(list[str]):
    """The SQL statements seen, transaction marks and pragmas left out."""


@pytest.fixture
def statements(app: Venture) -> Iterator[Counted]:
    """Counts the statements sent to the database while the test runs; clear it before the part that matters."""
    seen = Counted()

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
