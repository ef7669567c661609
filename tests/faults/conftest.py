"""Faults strike on both engines in turn, whatever engine the rest of the run stands on."""

from collections.abc import Callable

import pytest

from venture import invariants
from venture.db import db
from venture.web import Venture


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    """Both, unless the test names one."""
    return str(request.param)


@pytest.fixture
def settled(app: Venture) -> Callable[[], None]:
    """settled(): after the fault all invariants hold, files and trail too; the session lets go and reads afresh."""

    def check() -> None:
        db.session.rollback()
        db.session.expire_all()
        assert invariants.broken(app.settings, hashes=True) == []
        db.session.rollback()  # an open reader would hold every commit on SQLite

    return check


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for the full length (`make faults`)."""
    return bool(request.config.getoption("long"))
