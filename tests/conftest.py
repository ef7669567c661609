"""What every test stands on: a database per test (copied from one migrated template), an app, a browser-like client.

`--engine sqlite|postgres|both` chooses the database. After each test that wrote, the named invariants must hold;
a test that breaks them on purpose is marked `unsound` with the names of those it breaks.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
import pytest
from client import Browser
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule

from venture import config, create_app, invariants
from venture.db import db
from venture.web import Venture

pytest_plugins = ["live", "postgres"]
# How long an example takes says how busy the machine is; timings belong to bench/.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
REQUIRE_ALL = os.environ.get("VENTURE_REQUIRE_ALL") == "1"
SHARED = config.ROOT.parent / "shared"


ENGINES = ("sqlite", "postgres")


class Remembered(Rule):
    """An address compiled once a run: most of the time of making an app, which each test has of its own."""

    _known: ClassVar[dict[tuple[str, str, str], dict[str, Any]]] = {}

    def compile(self) -> None:
        key = (self.rule, str(self.endpoint), str(sorted(self.methods or ())))
        if key not in self._known:
            super().compile()
            names = ("arguments", "_parts", "_trace", "_converters", "_build", "_build_unknown")
            self._known[key] = {name: self.__dict__[name] for name in names}
        self.__dict__.update(self._known[key])


Venture.url_rule_class = Remembered
_templates = tempfile.TemporaryDirectory(prefix="templates")
Venture.jinja_options = {**Venture.jinja_options, "bytecode_cache": FileSystemBytecodeCache(_templates.name)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine", choices=[*ENGINES, "both"], default="sqlite", help="the database that tests stand on"
    )
    parser.addoption("--long", action="store_true", help="the faults at their full length")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames and metafunc.config.getoption("engine") == "both":
        metafunc.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The database's kind: sqlite or postgres."""
    return str(getattr(request, "param", None) or request.config.getoption("engine"))


def settings(folder: Path, url: str | None = None, **changes: Any) -> config.Settings:
    return config.Settings(
        data=folder,
        database_url=url or f"sqlite:///{folder / 'venture.db'}",
        secret="a secret that is long enough for tests only",
        base_url="http://localhost",
        **{"password_memory": 1024, **changes},
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
def database_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty, migrated database of this test's own."""
    if engine == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    shutil.copy(request.getfixturevalue("template"), tmp_path / "venture.db")
    return f"sqlite:///{tmp_path / 'venture.db'}"


@pytest.fixture
def app(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Venture]:
    app = create_app(settings(tmp_path, database_url))
    app.testing = False
    unsound = {name for mark in request.node.iter_markers("unsound") for name in mark.args}
    if not app.settings.uploads.exists():
        unsound.add("files")
    writes = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            writes.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        yield app
        db.session.rollback()
        found = invariants.broken(app.settings) if writes else []
        assert [each for each in found if each.partition(":")[0] not in unsound] == []
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
