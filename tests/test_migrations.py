"""The chain of migrations on both engines: it agrees with the models, and goes down and up again to the same schema."""

from dataclasses import replace
from typing import Any

import pytest
from client import save
from flask_migrate import check, downgrade, upgrade
from postgres import ROLE, owner_of
from review.field import Field
from sqlalchemy import inspect, select, text

from venture import create_app
from venture.db import db, grants
from venture.review.models import Standing
from venture.rounds.models import ThemeCriterion
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


def test_standings_of_what_was_reviewed_before_are_reckoned_on_the_way_up(app: Venture) -> None:
    weighed = [ThemeCriterion(code="all", name="综合", max=10000, step=1, weight=70, tie_order=1)]
    field = Field(weighed, size=3, trim_from=3)
    for marks in ([9000, 8000, 7001], [8333, 8000], []):
        field.add(*([mark] for mark in marks))
    save()
    before = [vars(row) for row in db.session.scalars(select(Standing).order_by(Standing.application_id))]
    db.session.remove()
    db.engine.dispose()
    owner = create_app(replace(app.settings, database_url=owner_of(app.settings.database_url)))
    with owner.app_context():
        downgrade(revision="0007")
        upgrade()
        if db.engine.dialect.name == "postgresql":
            for statement in grants(ROLE):
                db.session.execute(text(statement))
            db.session.commit()
        db.session.remove()
        db.engine.dispose()
    after = [vars(row) for row in db.session.scalars(select(Standing).order_by(Standing.application_id))]
    assert [{**one, "_sa_instance_state": None} for one in after] == [
        {**one, "_sa_instance_state": None} for one in before
    ]
    assert len(after) == 3
