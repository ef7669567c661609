"""The chain of migrations on both engines: it agrees with the models, and goes down and up again to the same schema."""

from dataclasses import replace
from typing import Any

import pytest
from flask_migrate import check, downgrade, upgrade
from postgres import owner_of
from sqlalchemy import inspect, text

from venture import create_app
from venture.db import db
from venture.web import Venture


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def schema() -> dict[str, Any]:
    """Tables with their columns and checks, and the triggers."""
    seen, found = inspect(db.engine), dict[str, Any]()
    for table in seen.get_table_names():
        found[table] = (
            [(column["name"], str(column["type"])) for column in seen.get_columns(table)],
            sorted(str(one["name"]) for one in seen.get_check_constraints(table)),
        )
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT DISTINCT trigger_name FROM information_schema.triggers"
    )
    with db.engine.connect() as connection:
        found["triggers"] = sorted(connection.execute(text(triggers)).scalars())
    return found


def test_down_and_up_again(app: Venture) -> None:
    db.session.remove()
    db.engine.dispose()
    owner = create_app(replace(app.settings, database_url=owner_of(app.settings.database_url)))
    with owner.app_context():
        check()
        before = schema()
        assert len(before["triggers"]) >= 4
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert {name: sorted(map(str, parts)) for name, parts in schema().items()} == {
            name: sorted(map(str, parts)) for name, parts in before.items()
        }
        check()
        db.session.remove()
        db.engine.dispose()
