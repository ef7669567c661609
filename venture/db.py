"""The database: base class, column types, one transaction a request, locks and exact counters.

SQLite takes its write lock at BEGIN (else the driver loses updates without a word) and reads in query-only
transactions; PostgreSQL takes row locks. Both get the same schema with the same constraint names.
"""

import errno
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar

import psycopg
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    String,
    Text,
    TypeDecorator,
    cast,
    event,
    func,
    select,
    update,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, registry
from sqlalchemy.schema import CreateTable

from venture import config

Row = TypeVar("Row", bound="Base")
Item = TypeVar("Item")

reading: ContextVar[bool] = ContextVar("reading", default=False)
"""True while the present work only reads (set by `web` for GET); a transaction begun so cannot write."""


class Moment(TypeDecorator[datetime]):
    """A moment, always aware, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table: constraint names by convention, so that a broken one can be said in words."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            int: BigInteger(),
            str: Text(),
            datetime: Moment(),
            date: Date(),
            bool: Boolean(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
        },
    )


def choice(words: type[Enum], name: str = "") -> EnumType:
    """A column type for a Word enum: its values as text, kept by a constraint named after the enum, or by `name` where
    a table has two of it."""
    return EnumType(
        words,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=name or words.__name__.lower(),
        values_callable=lambda enum: [member.value for member in enum],
    )


@compiles(CreateTable, "sqlite")
def _strict(element: CreateTable, compiler: Any, **kw: Any) -> str:
    made = str(compiler.visit_create_table(element, **kw)).rstrip()
    return made + ("\n\n" if made.endswith("STRICT") else " STRICT\n\n")  # a reflected table says so itself


for _kinds, _stored in (
    ((String, Text, DateTime, Date, JSON, EnumType), "TEXT"),
    ((Boolean, BigInteger), "INTEGER"),
):
    for _kind in _kinds:
        compiles(_kind, "sqlite")(lambda element, compiler, stored=_stored, **kw: stored)


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True, "expire_on_commit": False})


def to_json(value: Any) -> str:
    """JSON for columns: Chinese stays readable, keys in one order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def engine_options(url: str) -> dict[str, Any]:
    """How connections are made: waits are bounded on both engines."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 10, "check_same_thread": False}, "json_serializer": to_json}
    limits = "-c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
    return {
        "connect_args": {"options": f"{limits} -c timezone=UTC"},
        "pool_pre_ping": True,
        "pool_size": 4,
        "json_serializer": to_json,
    }


@event.listens_for(Engine, "connect")
def _connect(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the driver's own BEGIN comes too late and loses updates
    wal = sqlite3.sqlite_version_info >= (3, 51, 3)
    for pragma in (
        f"journal_mode={'WAL' if wal else 'DELETE'}",
        f"synchronous={'FULL' if wal else 'EXTRA'}",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA foreign_keys").fetchone()[0] != 1:
        raise RuntimeError("SQLite does not keep foreign keys here")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    only_reads = reading.get()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
    elif only_reads:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


@contextmanager
def read_only() -> Iterator[None]:
    """Work inside reads only; the transaction it began is ended before writing goes on."""
    token = reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        reading.reset(token)


def locked(row: Row) -> Row:
    """Lock the row until the transaction ends and read it afresh."""
    db.session.flush()  # else the refresh would drop what was set but not yet sent
    # Only the row itself: PostgreSQL cannot lock what an outer join brings along.
    db.session.refresh(row, with_for_update={"of": type(row)})
    return row


def sum_of(column: Any) -> ColumnElement[int]:
    """The sum of an integer column, 0 for no row, as an integer: PostgreSQL adds BIGINT up to NUMERIC."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def out_of_range(error: DBAPIError) -> bool:
    """Whether a number was asked for that no row can have; SQLite's driver raises OverflowError instead."""
    return isinstance(error.orig, psycopg.errors.NumericValueOutOfRange)


def claim(
    row: Base,
    counter: InstrumentedAttribute[int],
    amount: int,
    *,
    limit: InstrumentedAttribute[int] | None = None,
) -> bool:
    """Raise a counter of the row by `amount` (may be negative) only where 0 ≤ counter ≤ limit still holds.

    One conditional UPDATE, exact under any number of writers on both engines. False: it does not fit, nothing
    changed. The column's CHECK is the second wall.
    """
    table = type(row)
    conditions = [table.id == row.id, counter + amount >= 0]  # type: ignore[attr-defined]  # every table has an id
    if limit is not None:
        conditions.append(counter + amount <= limit)
    db.session.flush()
    result = db.session.execute(
        update(table).where(*conditions).values({counter: counter + amount}),
        execution_options={"synchronize_session": False},
    )
    db.session.expire(row, [counter.key])
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, with the total of the whole."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def paged(statement: Select[Item], number: int, size: int = 50, *, total: int | None = None) -> Page[Item]:
    """The given page of an ordered select; out of range is bounded, not an error. Two statements, or one
    where the `total` is known."""
    if total is None:
        total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = min(max(1, number), max(1, -(-total // size)))
    rows = db.session.scalars(statement.limit(size).offset((number - 1) * size)).unique().all()
    return Page(rows, number, size, total)


class Trouble(Enum):
    """What kept the database or the disk from doing its work, by what may be done about it."""

    CLASH = "two transactions were in each other's way; this one was undone and may be run again"
    BUSY = "a lock or an answer did not come in time"
    DOWN = "the database cannot be reached"
    FULL = "nothing can be stored: full, read-only or failing"


_SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_READONLY: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.FULL,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_CANTOPEN: Trouble.DOWN,
}
_POSTGRES = {
    "40001": Trouble.CLASH,  # serialization failure
    "40P01": Trouble.CLASH,  # deadlock
    "55P03": Trouble.BUSY,  # lock_timeout
    "57014": Trouble.BUSY,  # statement_timeout
    "25P03": Trouble.BUSY,  # idle_in_transaction_session_timeout
    "53300": Trouble.BUSY,  # too many connections
    "25006": Trouble.FULL,  # read-only
    "53100": Trouble.FULL,  # disk full
    "58030": Trouble.FULL,  # I/O error
    "57P01": Trouble.DOWN,  # shut down
    "57P02": Trouble.DOWN,  # crashed
    "57P03": Trouble.DOWN,  # starting
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}


def trouble(error: BaseException) -> Trouble | None:
    """Which trouble of database or disk an error is; None for a mistake of the code or of the data."""
    if isinstance(error, NoConnectionFree):
        return Trouble.BUSY
    if isinstance(error, OSError):
        return Trouble.FULL if error.errno in _DISK else None
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF)
    if isinstance(cause, psycopg.Error):
        lost = isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
        unnamed = cause.sqlstate is None or cause.sqlstate.startswith("08")
        return Trouble.DOWN if lost and unnamed else _POSTGRES.get(cause.sqlstate or "")
    return None


def grants(role: str) -> list[str]:
    """The statements that let a PostgreSQL role run the product and no more: append-only tables stay so.

    The role that owns the tables and migrates them is another one.
    """
    name = f'"{role.replace(chr(34), chr(34) * 2)}"'
    kept = [f'"{table}"' for table in APPEND_ONLY]
    return [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE ON {', '.join(kept)} FROM {name}",
        f"REVOKE INSERT, DELETE ON trail_head FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
    ]


def unready() -> str | None:
    """Why this program must not serve on the database, as the operator reads it; None when it may.

    Asked at the start only. A database that cannot be asked now is no reason: pages say so until it is back.
    """
    ours = ScriptDirectory(str(config.ROOT / "migrations")).get_current_head()
    try:
        with read_only(), db.engine.connect() as connection:
            theirs = MigrationContext.configure(connection).get_current_revision()
            if theirs != ours:
                return (
                    f"The database has the schema {theirs or 'of an empty database'}, this program needs {ours}: "
                    "run «venture migrate», or start the program that belongs to the database."
                )
            barred = [
                table
                for table in Base.metadata.tables
                if connection.dialect.name == "postgresql"
                and not connection.scalar(select(func.has_table_privilege(table, "SELECT")))
            ]
    except DBAPIError as error:
        if trouble(error) is None:
            raise
        return None
    return (
        f"The role may not use {', '.join(barred)}: give it what «venture grants» prints." if barred else None
    )


APPEND_ONLY = (
    "event",
    "correction",
    "entry",
    "operation",
    "announcement",
    "supplement",
    "ranking_version",
    "pool_draw",
    "running_order",
    "agreement",
    "agreement_scan",
    "notice_outcome",
    "posting",
    "revised_version",
)
"""The tables in which rows are only ever added: by trigger on both engines, by grant on PostgreSQL."""


def append_only(table: str, dialect: str) -> list[str]:
    """The statements (for a migration) that make the database refuse UPDATE and DELETE on a table."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ]
