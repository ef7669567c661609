"""Backups taken while the product runs, and the drill that proves them: database first, then the files it names.

A backup is a folder: `database` (an SQLite file, or a custom dump of PostgreSQL), `files/`, `checkpoints.jsonl`, and
`manifest.json`, written last, with the counts of all tables, the hash of each piece, and the trail's end, signed.
With a key every piece is encrypted (AES-256-GCM in chunks) and its name ends in `.enc`. The keys themselves,
`secret` and `trail.key`, are not in it.
"""

import hashlib
import io
import json
import os
import secrets
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import alembic.command
import psycopg
from alembic.util import CommandError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask_migrate import upgrade
from sqlalchemy import Connection, Select, column, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from venture import create_app, files, invariants, trail
from venture.config import Settings
from venture.db import APPEND_ONLY, Base, db, read_only, to_json
from venture.files import CHUNK, File

MAGIC = b"venture-backup-1\n"
FORMAT = 1


class Refusal(Exception):
    """Why a backup cannot be taken, read or put back, in one sentence."""


@dataclass(frozen=True)
class Piece:
    """One file of a backup: SHA-256 and size in bytes of its plain content."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `missing` are the files that rows name but that were not there or were damaged."""

    format: int
    made_at: str
    engine: str
    schema: str
    counts: dict[str, int]
    checkpoint: dict[str, Any]
    pieces: dict[str, Piece]
    missing: list[str]

    @property
    def said(self) -> str:
        stored = sum(name.startswith("files/") for name in self.pieces)
        size = sum(piece.size for piece in self.pieces.values())
        return (
            f"{self.engine} of {self.made_at}, {sum(self.counts.values())} rows in {len(self.counts)} tables, "
            f"{stored} files, {size} bytes, {self.checkpoint['count']} events"
        )


# --- pieces: copied, hashed, and sealed where there is a key ---


def _cipher(key: str, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"venture-backup-1").derive(key.encode()))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _chunks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """The content in chunks, and whether each is the last; an empty stream is one empty last chunk."""
    held = stream.read(size)
    while following := stream.read(size):
        yield held, False
        held = following
    yield held, True


def _put(folder: Path, name: str, source: BinaryIO, key: str) -> Piece:
    """Write a piece, safe on disk under its name when this returns."""
    target = folder / (f"{name}.enc" if key else name)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    hashed, size, salt = hashlib.sha256(), 0, secrets.token_bytes(16)
    with part.open("wb") as opened:
        if key:
            opened.write(MAGIC + salt)
        for number, (chunk, last) in enumerate(_chunks(source, CHUNK)):
            hashed.update(chunk)
            size += len(chunk)
            sealed = _cipher(key, salt).encrypt(_nonce(number, last), chunk, name.encode()) if key else chunk
            opened.write(sealed)
        opened.flush()
        os.fsync(opened.fileno())
    part.rename(target)
    _sync(target.parent)
    return Piece(hashed.hexdigest(), size)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _get(folder: Path, name: str, target: BinaryIO, key: str) -> Piece:
    """Read a piece back. Raises Refusal when it is not there, or the key is wrong, or its content was changed."""
    sealed, plain = folder / f"{name}.enc", folder / name
    if sealed.exists() and not key:
        raise Refusal(f"{sealed.name} is encrypted: set VENTURE_BACKUP_KEY")
    if not sealed.exists() and not plain.exists():
        raise Refusal(f"the backup lacks {name}")
    hashed, size = hashlib.sha256(), 0
    with (sealed if sealed.exists() else plain).open("rb") as opened:
        encrypted = sealed.exists()
        if encrypted and opened.read(len(MAGIC)) != MAGIC:
            raise Refusal(f"{sealed.name} is not a piece of a backup")
        cipher = _cipher(key, opened.read(16)) if encrypted else None
        for number, (chunk, last) in enumerate(_chunks(opened, CHUNK + 16 if encrypted else CHUNK)):
            try:
                content = cipher.decrypt(_nonce(number, last), chunk, name.encode()) if cipher else chunk
            except InvalidTag:
                raise Refusal(f"{sealed.name} was changed, or VENTURE_BACKUP_KEY is another one") from None
            hashed.update(content)
            size += len(content)
            target.write(content)
    return Piece(hashed.hexdigest(), size)


def _fetch(folder: Path, name: str, manifest: Manifest, target: Path, key: str) -> None:
    """Read a piece back into a file that has its name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as opened:
        if _get(folder, name, opened, key) != manifest.pieces[name]:
            raise Refusal(f"{name} is not what the manifest says")
        opened.flush()
        os.fsync(opened.fileno())
    part.rename(target)
    _sync(target.parent)


# --- taking one ---


def write(folder: Path, settings: Settings, *, at: datetime) -> Manifest:
    """Back up into an empty folder, in an application context; nothing else need stop for it.

    Raises Refusal for a folder in use or a database that does not come along, and, after the backup is complete
    otherwise, for uploaded files that are missing or damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refusal(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    key = settings.backup_key
    with _snapshot(folder, settings) as (connection, database):
        session = Session(connection)
        counts = _counts(connection)
        schema = str(connection.scalar(select(column("version_num")).select_from(table("alembic_version"))))
        signed = trail.checkpoint(session, key=settings.trail_key, at=at)
        hashes = list(session.scalars(select(File.sha256).distinct().order_by(File.sha256)))
        pieces = {"database": _put(folder, "database", database, key)}
    missing = []
    for sha256 in hashes:
        name, path = f"files/{sha256[:2]}/{sha256}", files.path_of(settings.uploads, sha256)
        if not path.is_file():
            missing.append(f"{sha256} is missing")
            continue
        with path.open("rb") as opened:
            pieces[name] = _put(folder, name, opened, key)
        if pieces[name].sha256 != sha256:
            missing.append(f"{sha256} has another content")
    if settings.checkpoints.exists():
        with settings.checkpoints.open("rb") as opened:
            pieces["checkpoints.jsonl"] = _put(folder, "checkpoints.jsonl", opened, key)
    manifest = Manifest(
        FORMAT, at.isoformat(), connection.dialect.name, schema, counts, asdict(signed), pieces, missing
    )
    _put(folder, "manifest.json", io.BytesIO(to_json(asdict(manifest)).encode()), key)
    if missing:
        raise Refusal(f"the backup is written, but of the uploaded files {'; '.join(missing)}")
    return manifest


def _counts(connection: Connection) -> dict[str, int]:
    return {
        each.name: connection.scalar(select(func.count()).select_from(each)) or 0
        for each in Base.metadata.sorted_tables
    }


@contextmanager
def _snapshot(folder: Path, settings: Settings) -> Iterator[tuple[Connection, BinaryIO]]:
    """The database at one moment: a connection that sees it so, and its content as a stream."""
    path = settings.sqlite_path
    with _sqlite_snapshot(folder, path) if path else _postgres_snapshot(settings) as made:
        yield made


@contextmanager
def _sqlite_snapshot(folder: Path, path: Path) -> Iterator[tuple[Connection, BinaryIO]]:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".copy-") as room:
        copy = Path(room) / "database"
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the mode of the original
            found = target.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            raise Refusal(f"the database is damaged: {found[0][0]}")
        engine = create_engine(f"sqlite:///{copy}")
        with engine.connect() as connection, copy.open("rb") as opened:
            yield connection, opened
        engine.dispose()


@contextmanager
def _postgres_snapshot(settings: Settings) -> Iterator[tuple[Connection, BinaryIO]]:
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        command = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        with _running(settings, "pg_dump", command, stdout=subprocess.PIPE) as dump:
            assert dump.stdout is not None
            yield connection, cast(BinaryIO, dump.stdout)


@contextmanager
def _running(settings: Settings, tool: str, options: Iterable[str], **pipes: Any) -> Iterator[Any]:
    """A tool of PostgreSQL at work on the database; Refusal with its own words when it fails.

    The password goes by the environment, where other users of the machine cannot read it.
    """
    url = make_url(settings.database_url).set(drivername="postgresql")
    environment = {**os.environ, "PGPASSWORD": url.password or "", "PGCONNECT_TIMEOUT": "15"}
    address = _address(url.set(password=None))
    program = str(settings.pg_bin / tool) if settings.pg_bin else tool
    try:
        work = subprocess.Popen(
            [program, f"--dbname={address}", *options], env=environment, stderr=subprocess.PIPE, **pipes
        )
    except FileNotFoundError:
        raise Refusal(f"{program} was not found: install it, or name its folder by VENTURE_PG_BIN") from None
    try:
        yield work
    finally:
        for stream in (work.stdin, work.stdout):
            if stream is not None:
                stream.close()
        assert work.stderr is not None
        said = work.stderr.read().decode(errors="replace").strip()
        work.stderr.close()
        code = work.wait()
    if code:
        raise Refusal(f"{tool}: {said}")


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


# --- putting one back ---


def manifest_of(folder: Path, key: str) -> Manifest:
    """What the backup says it holds. Raises Refusal where it was never finished."""
    if not (folder / "manifest.json").exists() and not (folder / "manifest.json.enc").exists():
        raise Refusal(f"{folder} holds no finished backup")
    buffer = io.BytesIO()
    _get(folder, "manifest.json", buffer, key)
    said = json.loads(buffer.getvalue())
    if said["format"] != FORMAT:
        raise Refusal(f"this backup has the format {said['format']}, which this version does not read")
    return Manifest(**{**said, "pieces": {name: Piece(**piece) for name, piece in said["pieces"].items()}})


def restore(folder: Path, settings: Settings) -> Manifest:
    """Put a backup back into an empty place: files first, the database last, each piece compared with its hash.

    Raises Refusal when the place holds anything, the engines differ, or a piece is missing or changed.
    """
    key = settings.backup_key
    manifest = manifest_of(folder, key)
    engine = make_url(settings.database_url).get_backend_name()
    if engine != manifest.engine:
        raise Refusal(f"this is a backup of {manifest.engine}, but DATABASE_URL names {engine}")
    _refuse_unless_empty(settings)
    for name in manifest.pieces:
        if name.startswith("files/"):
            _fetch(folder, name, manifest, settings.data / name, key)
    if "checkpoints.jsonl" in manifest.pieces:
        _fetch(folder, "checkpoints.jsonl", manifest, settings.checkpoints, key)
    if settings.sqlite_path:
        _fetch(folder, "database", manifest, settings.sqlite_path, key)
    else:
        _restore_postgres(folder, manifest, settings)
    return manifest


def _refuse_unless_empty(settings: Settings) -> None:
    if settings.uploads.exists() and any(settings.uploads.iterdir()):
        raise Refusal(f"{settings.uploads} is not empty")
    if settings.checkpoints.exists():
        raise Refusal(f"{settings.checkpoints} is there already")
    if settings.sqlite_path and settings.sqlite_path.exists():
        raise Refusal(f"{settings.sqlite_path} is there already")
    if not settings.sqlite_path:
        engine = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            there = inspect(connection).get_table_names()
        engine.dispose()
        if there:
            raise Refusal(f"the database is not empty: it has {len(there)} tables")


def _restore_postgres(folder: Path, manifest: Manifest, settings: Settings) -> None:
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as room:
        dump = Path(room) / "database"
        _fetch(folder, "database", manifest, dump, settings.backup_key)
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dump)]
        with _running(settings, "pg_restore", options, stdout=subprocess.DEVNULL):
            pass


# --- proving one ---


@dataclass(frozen=True)
class Report:
    """What a drill found, line by line; `wrong` how many of the lines are faults."""

    lines: list[str]
    wrong: int


def drill(folder: Path, settings: Settings, *, into: str | None = None) -> Report:
    """Restore elsewhere and check all of it: counts, migrations, triggers, invariants, chain, hashes of files.

    The copy is thrown away. Raises Refusal when it cannot even be restored.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="venture-drill-") as room, _scratch(settings, into) as url:
        data = Path(room)
        there = replace(
            settings,
            data=data,
            database_url=url or f"sqlite:///{data / 'venture.db'}",
            demo=False,
            given_trail_key=settings.trail_key.decode(),
            given_checkpoints=None,
        )
        manifest = restore(folder, there)
        restored = time.monotonic()
        faults = _faults(manifest, there)
        ended = time.monotonic()
    lines = [
        f"Restored {manifest.said} in {_minutes(restored - started)}.",
        *(f"FAULT {fault}" for fault in faults),
        f"Counts, migrations, triggers, invariants, trail and files checked in {_minutes(ended - restored)}.",
        f"{'The drill found faults' if faults else 'The drill passed'}: {_minutes(ended - started)} in all.",
    ]
    return Report(lines, len(faults))


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)} min {seconds % 60:.1f} s"


@contextmanager
def _scratch(settings: Settings, into: str | None) -> Iterator[str | None]:
    """The address of an empty PostgreSQL database for the drill; None for SQLite."""
    if settings.sqlite_path or into:
        yield into
        return
    url = make_url(settings.database_url).set(drivername="postgresql")
    name = f"venture_drill_{secrets.token_hex(4)}"
    with psycopg.connect(_address(url), autocommit=True) as connection:
        try:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except psycopg.errors.InsufficientPrivilege:
            raise Refusal(
                "this role may not make a database for the drill: name an empty one by --into"
            ) from None
        try:
            yield _address(url.set(database=name))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _faults(manifest: Manifest, there: Settings) -> list[str]:
    app = create_app(there)
    with app.app_context():
        with db.engine.connect() as connection:
            counts = _counts(connection)
            triggers = _triggers(connection)
        found = [
            f"counts: {name} has {counts.get(name)} rows of {count}"
            for name, count in manifest.counts.items()
            if counts.get(name) != count
        ]
        found += [f"triggers: {name} is missing" for name in sorted(_guards(manifest.engine) - triggers)]
        upgrade()
        migrations = app.extensions["migrate"].migrate.get_config()
        migrations.stdout = io.StringIO()
        try:
            alembic.command.check(migrations)
        except CommandError as wrong:
            found.append(f"migrations: {wrong}")
        with read_only():
            found += invariants.broken(there, hashes=True)
            signed = trail.checkpoint_of(manifest.checkpoint, key=there.trail_key)
            found += [f"trail: {wrong}" for wrong in invariants.broken_trail(there, [signed.witness])]
        db.session.remove()
        db.engine.dispose()
    return list(dict.fromkeys(found + [f"files: {wrong}" for wrong in manifest.missing]))


def _guards(engine: str) -> set[str]:
    endings = ("no_update", "no_delete") if engine == "sqlite" else ("append_only",)
    return {f"{name}_{ending}" for name in APPEND_ONLY for ending in endings}


def _triggers(connection: Connection) -> set[str]:
    names: Select[Any] = select(column("tgname")).select_from(table("pg_trigger"))
    if connection.dialect.name == "sqlite":
        names = select(column("name")).select_from(table("sqlite_master")).where(column("type") == "trigger")
    return set(connection.scalars(names))
