"""A place to measure in: a fresh SQLite database that goes with the block, and the tests' builders to fill it."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS.parent)]


@contextmanager
def made() -> Iterator[Any]:
    """An app with an empty, migrated database, in its context."""
    from flask_migrate import upgrade

    from venture import config, create_app
    from venture.db import db

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            config.Settings(
                data=Path(folder),
                database_url=f"sqlite:///{folder}/venture.db",
                secret="a secret that is long enough for tests only",
                base_url="http://localhost",
            )
        )
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()
