"""Both engines for the tests of money."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from budget import racing

from venture import trail
from venture.db import db
from venture.web import Venture


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> Iterator[Venture]:
    """The application on an empty database of each engine in turn."""
    if request.param == "sqlite":
        shutil.copy(template, tmp_path / "venture.db")
        url = f"sqlite:///{tmp_path / 'venture.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    app = racing.application(tmp_path, url)
    with app.app_context():
        yield app
        db.session.rollback()
        assert trail.verify(db.session()) is None
        db.session.remove()
        db.engine.dispose()
