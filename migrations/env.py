"""Runs migrations inside the app: foreign keys off on SQLite while tables are rebuilt, checked at the end."""

from alembic import context
from flask import current_app

from venture.db import Base, Moment

config = context.config
engine = current_app.extensions["migrate"].db.engine
options = current_app.extensions["migrate"].configure_args


def render(kind: str, item: object, autogen: object) -> str | bool:
    """Write our own column type as the plain type it is stored in; migrations need nothing of the app."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Apply migrations in one transaction."""
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render,
            transactional_ddl=True,  # SQLite too: its tables are made and changed inside of our own BEGIN
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                raise RuntimeError(f"foreign keys broken by the migration: {broken[:5]}")
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()
