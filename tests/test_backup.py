"""Backups and the drill: whole, sealed, restored into an empty place only, and every fault named."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import make
import pytest
from client import save
from postgres import Server, owner_of
from sqlalchemy import select

from venture import backup, clock, create_app, files, invariants, trail
from venture.config import Settings
from venture.db import db
from venture.files import File
from venture.roles import Role
from venture.web import Venture

KEY = "k" * 40


@pytest.fixture
def place(app: Venture, request: pytest.FixtureRequest, engine: str) -> Settings:
    """The settings of a place with some work in it: an award, an uploaded file, a checkpoint."""
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    application = make.application(make.round_(officer), by=officer, state=make.State.ON_NOTICE)
    make.award(application, officer=officer, approver=approver)
    for size in (20, files.CHUNK, files.CHUNK * 2 + 7):
        path = app.settings.data / "upload.pdf"
        path.write_bytes(b"%PDF-1.4\n" + size.to_bytes(8, "big") + b"0" * (size - 17))
        with path.open("rb") as opened:
            staged = files.stage(opened, "虚构.pdf", root=app.settings.uploads, limit=1 << 30)
        files.keep(staged, by=officer, at=make.NOON)
    save()
    made = trail.checkpoint(db.session(), key=app.settings.trail_key, at=clock.now())
    trail.keep_checkpoint(made, app.settings.checkpoints)
    if engine == "sqlite":
        return app.settings
    programs = request.getfixturevalue("postgres").programs()
    return replace(app.settings, pg_bin=programs, database_url=owner_of(app.settings.database_url))


def taken(folder: Path, place: Settings) -> backup.Manifest:
    return backup.write(folder, place, at=clock.now())


@pytest.mark.parametrize("key", ["", KEY])
def test_a_backup_passes_its_drill(place: Settings, tmp_path: Path, key: str) -> None:
    place = replace(place, backup_key=key)
    manifest = taken(tmp_path / "b", place)
    assert manifest.counts["award"] == 1 and manifest.counts["file"] == 3 and not manifest.missing
    report = backup.drill(tmp_path / "b", place)
    assert report.wrong == 0, report.lines
    assert report.lines[-1].startswith("The drill passed: 0 min")
    names = {path.name for path in (tmp_path / "b").rglob("*") if path.is_file()}
    assert all(name.endswith(".enc") for name in names) is bool(key)
    assert not {"secret", "trail.key"} & {name.removesuffix(".enc") for name in names}


def test_what_is_sealed_cannot_be_read_or_changed(place: Settings, tmp_path: Path) -> None:
    sealed, folder = replace(place, backup_key=KEY), tmp_path / "b"
    taken(folder, sealed)
    for name in ("database.enc", "manifest.json.enc"):
        assert b"2018" not in (folder / name).read_bytes() and b"SQLite" not in (folder / name).read_bytes()
    with pytest.raises(backup.Refusal, match="set VENTURE_BACKUP_KEY"):
        backup.drill(folder, place)
    with pytest.raises(backup.Refusal, match="another one"):
        backup.drill(folder, replace(place, backup_key="x" * 40))
    largest = max((folder / "files").rglob("*.enc"), key=lambda path: path.stat().st_size)
    whole = largest.read_bytes()
    for changed in (whole[:-1] + b"X", whole[: len(whole) // 2], whole[: 33 + files.CHUNK + 16]):
        largest.write_bytes(changed)
        with pytest.raises(backup.Refusal, match="was changed"):
            backup.drill(folder, sealed)
    other = min((folder / "files").rglob("*.enc"), key=lambda path: path.stat().st_size)
    largest.write_bytes(other.read_bytes())
    with pytest.raises(backup.Refusal, match="was changed"):
        backup.drill(folder, sealed)


def test_a_restore_needs_an_empty_place(place: Settings, tmp_path: Path, engine: str) -> None:
    taken(tmp_path / "b", place)
    with pytest.raises(backup.Refusal, match="is not empty"):
        backup.restore(tmp_path / "b", place)
    with pytest.raises(backup.Refusal, match="is not empty"):
        taken(tmp_path / "b", place)
    with pytest.raises(backup.Refusal, match="holds no finished backup"):
        backup.restore(tmp_path, place)
    with pytest.raises(backup.Refusal, match=r"is there already|not empty"):
        backup.restore(tmp_path / "b", replace(place, data=tmp_path / "other"))
    engines = {"sqlite": "postgresql://x@127.0.0.1:1/x", "postgres": f"sqlite:///{tmp_path / 'x.db'}"}
    with pytest.raises(backup.Refusal, match="this is a backup of"):
        backup.restore(tmp_path / "b", replace(place, data=tmp_path / "c", database_url=engines[engine]))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_restored_place_is_the_same_place(place: Settings, tmp_path: Path) -> None:
    taken(tmp_path / "b", place)
    there = replace(place, data=tmp_path / "r", database_url=f"sqlite:///{tmp_path / 'r' / 'venture.db'}")
    there = replace(there, given_trail_key=place.trail_key.decode())
    (tmp_path / "r").mkdir()
    backup.restore(tmp_path / "b", there)
    db.session.remove()
    with create_app(there).app_context():
        assert invariants.broken(there, hashes=True) == []
        assert len(db.session.scalars(select(File)).all()) == 3
        db.session.remove()
        db.engine.dispose()


@pytest.mark.unsound("files")
def test_a_file_that_is_lost_is_said_and_the_rest_is_saved(place: Settings, tmp_path: Path) -> None:
    lost = db.session.scalars(select(File).order_by(File.id)).first()
    assert lost is not None
    path = files.path_of(place.uploads, lost.sha256)
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(backup.Refusal, match=f"of the uploaded files {lost.sha256} is missing"):
        taken(tmp_path / "b", place)
    report = backup.drill(tmp_path / "b", place)
    assert [line for line in report.lines if line.startswith("FAULT files:")] and report.wrong
    path.write_bytes(content)


def _changed(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, **changes}))


def test_a_drill_names_what_does_not_agree(place: Settings, tmp_path: Path) -> None:
    manifest = taken(tmp_path / "b", place)
    _changed(tmp_path / "b", counts={**manifest.counts, "award": 2})
    report = backup.drill(tmp_path / "b", place)
    assert "FAULT counts: award has 1 rows of 2" in report.lines
    ahead = trail.Checkpoint(manifest.checkpoint["count"] + 1, "0" * 64, "2026-01-01T00:00:00+00:00", "")
    signature = trail._signature(place.trail_key, "checkpoint", ahead.count, ahead.hash, ahead.at)
    said = {"count": ahead.count, "hash": ahead.hash, "at": ahead.at, "signature": signature}
    _changed(tmp_path / "b", counts=manifest.counts, checkpoint=said)
    report = backup.drill(tmp_path / "b", place)
    assert [line for line in report.lines if "the chain was cut after event" in line]


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_where_the_role_may_not_make_a_database_one_is_named(
    place: Settings, app: Venture, tmp_path: Path, postgres: Server
) -> None:
    limited = replace(place, database_url=app.settings.database_url)
    taken(tmp_path / "b", limited)
    with pytest.raises(backup.Refusal, match="name an empty one by --into"):
        backup.drill(tmp_path / "b", limited)
    with pytest.raises(backup.Refusal, match="was not found"):
        taken(tmp_path / "c", replace(limited, pg_bin=tmp_path))
    with pytest.raises(backup.Refusal, match="the database is not empty"):
        backup.drill(tmp_path / "b", limited, into=place.database_url)
    shutil.rmtree(tmp_path / "b")
