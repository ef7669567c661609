"""X08, X09, X11, X12: no room for the database or for uploads, a sync that fails, a disk that became read-only.

Files may not grow beyond a limit set on the running workers: no privilege is needed for that. A small disk in
memory, where the machine lets us mount one, shows the true «no space left» and the read-only disk as well.
"""

import contextlib
import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import make
import psycopg
import pytest
from client import Browser, save
from faults import scenes
from faults.running import Press, Running, Visitor, get, post, running
from postgres import Server, owner_of

from venture import create_app, files
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role
from venture.web import Venture

pytestmark = pytest.mark.faults
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
REQUIRE_ALL = os.environ.get("VENTURE_REQUIRE_ALL") == "1"
FULL = "目前无法保存"
PDF = b"%PDF-1.4\n" + b"0" * 300_000


def mountable() -> bool:
    """Whether this machine lets us mount a small disk in memory; where all is required, it must."""
    return REQUIRE_ALL or (os.geteuid() == 0 and shutil.which("mount") is not None)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(filler: Path) -> None:
    """Leave no byte on the disk on which `filler` is to lie."""
    with filler.open("wb", buffering=0) as opened, pytest.raises(OSError, match="No space left"):
        while True:
            opened.write(b"0" * 4096)


def limit_files(server: Running, size: int) -> None:
    """From now on the workers can make no file larger than `size` bytes; -1: as large as they like."""
    for worker in server.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def refused_for_want_of_room(press: Press, server: Running) -> None:
    assert not press.once(server)
    answer = press.answers[-1]
    assert answer.status == 503 and FULL in answer.text and answer.headers["Retry-After"] == "600"


@on_sqlite
def test_the_database_cannot_grow(app: Venture, settled: Callable[[], None]) -> None:
    """Clear refusal, reads go on, no corruption; with room again the same press succeeds."""
    presses = scenes.drafts(app, 30)
    path = app.settings.sqlite_path
    assert path is not None
    with running(app, workers=1) as server:
        limit_files(server, path.stat().st_size)
        refused = next((press for press in presses if not press.once(server)), None)
        assert refused is not None, "thirty submissions fitted into no room at all"
        assert FULL in refused.answers[-1].text
        assert get(server, refused.path.replace("/submit", ""), refused.visitor).status == 200
        settled()
        limit_files(server, resource.RLIM_INFINITY)
        for press in presses:
            assert press.confirmed or press.once(server)
    settled()
    assert [len(scenes.versions_of(press)) for press in presses] == [1] * len(presses)


@pytest.mark.skipif(not mountable(), reason="a disk in memory needs root")
@on_sqlite
def test_the_disk_of_the_database_is_full_and_then_read_only(
    app: Venture, settled: Callable[[], None], tmp_path: Path
) -> None:
    presses = scenes.drafts(app, 12)
    db.session.remove()
    db.engine.dispose()
    with small_disk(tmp_path / "small", "8m") as small:
        shutil.copy(tmp_path / "venture.db", small)
        moved = create_app(
            replace(app.settings, data=small, database_url=f"sqlite:///{small / 'venture.db'}")
        )
        with running(moved, workers=1) as server:
            filler = small / "filler"
            fill(filler)
            refused_for_want_of_room(presses[0], server)
            assert get(server, presses[0].path.replace("/submit", ""), presses[0].visitor).status == 200
            filler.unlink()
            assert presses[0].once(server) and presses[0].confirmed
        subprocess.run(["mount", "-o", "remount,ro", small], check=True)
        with running(moved, workers=1) as server:
            refused_for_want_of_room(presses[1], server)
            assert get(server, presses[1].path.replace("/submit", ""), presses[1].visitor).status == 200
        subprocess.run(["mount", "-o", "remount,rw", small], check=True)
        with running(moved, workers=1) as server:
            assert presses[1].once(server) and presses[1].confirmed
        shutil.copy(small / "venture.db", tmp_path)
    settled()
    assert [len(scenes.versions_of(press)) for press in presses[:3]] == [1, 1, 0]


@pytest.mark.skipif(not mountable(), reason="a disk in memory needs root")
@on_postgres
def test_the_disk_of_the_table_is_full(
    app: Venture, settled: Callable[[], None], postgres: Server, tmp_path: Path
) -> None:
    """PostgreSQL keeps the versions on a small disk of their own: it fills up, the rest stays well."""
    presses = scenes.drafts(app, 4)
    db.session.remove()
    db.engine.dispose()
    root = Path(postgres.address.partition("host=")[2]).parent / "small"
    with small_disk(root, "2m") as small:
        shutil.chown(small, postgres.server.system_user)
        with psycopg.connect(owner_of(app.settings.database_url), autocommit=True) as owner:
            owner.execute(f"CREATE TABLESPACE small LOCATION '{small}'")
            owner.execute("ALTER TABLE version SET TABLESPACE small")
        try:
            with running(app, workers=1) as server:
                filler = next(small.glob("PG_*")) / "filler"
                fill(filler)
                refused = next((press for press in presses if not press.once(server)), None)
                assert refused is not None and FULL in refused.answers[-1].text
                assert get(server, refused.path.replace("/submit", ""), refused.visitor).status == 200
                filler.unlink()
                for press in presses:
                    assert press.confirmed or press.once(server)
            settled()
            assert [len(scenes.versions_of(press)) for press in presses] == [1] * len(presses)
        finally:
            db.session.remove()
            db.engine.dispose()
            with psycopg.connect(owner_of(app.settings.database_url), autocommit=True) as owner:
                owner.execute("ALTER TABLE version SET TABLESPACE pg_default")
                owner.execute("DROP TABLESPACE small")


@on_sqlite
def test_no_room_for_an_upload(app: Venture, settled: Callable[[], None]) -> None:
    """Refused before anything is written to the database; no half file under a final name, nor under another."""
    officer = make.person(Role.OFFICER)
    round = scenes.open_round(
        papers=[make.PaperKind(code="certificate", name="登记证书")], created_by=officer
    )
    body = make.organization()
    person = make.person(Role.APPLICANT, organization=body)
    draft = make.application(round, organization_=body, by=person)
    save()
    visitor, address = Visitor.of(app, person), f"/applications/{draft.id}/papers/certificate"
    with running(app, workers=1) as server:
        limit_files(server, 100_000)
        answer = post(server, address, visitor, {}, upload=("file", "证书.pdf", PDF))
        assert answer.status == 503 and FULL in answer.text
        assert not [path for path in app.settings.uploads.rglob("*") if path.is_file()]
        assert len(scenes.attachments()) == 0
        limit_files(server, resource.RLIM_INFINITY)
        answer = post(server, address, visitor, {}, upload=("file", "证书.pdf", PDF))
        assert answer.status == 303
    settled()
    assert len(scenes.attachments()) == 1


@on_sqlite
def test_a_sync_that_fails_is_not_stored(tmp_path: Path, app: Venture, monkeypatch: Any) -> None:
    """X11: what could not be made safe is not taken, and nothing of it stays."""

    def fails(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    browser = Browser(app)
    root = tmp_path / "uploads"
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="Input/output"):
        files.stage(BytesIO(PDF), "a.pdf", root=root, limit=len(PDF))
    assert not [path for path in root.rglob("*") if path.is_file()]
    monkeypatch.undo()
    with pytest.raises(Refused):
        files.stage(BytesIO(PDF), "a.pdf", root=root, limit=10)
    assert browser.get("/").status_code == 200


@pytest.mark.skipif(
    shutil.which("strace") is None and not REQUIRE_ALL, reason="strace makes the database's own sync fail"
)
@on_sqlite
def test_the_databases_own_sync_fails(app: Venture, settled: Callable[[], None], tmp_path: Path) -> None:
    """X11: the statement errs, the transaction is rolled back, the press is told; the next one succeeds."""
    press = scenes.drafts(app, 1)[0]
    with running(app, workers=1, threads=1) as server:
        get(server, press.path, press.visitor)
        tracing = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync"]
        tracing += ["-e", "inject=fsync,fdatasync:error=EIO", "-p", str(server.workers()[0])]
        with subprocess.Popen(tracing) as tracer:
            for _ in range(100):
                status = Path(f"/proc/{server.workers()[0]}/status").read_text()
                if f"TracerPid:\t{tracer.pid}" in status:
                    break
            refused_for_want_of_room(press, server)
            tracer.terminate()
        settled()
        assert scenes.versions_of(press) == []
        assert press.once(server) and press.confirmed
    settled()
    assert len(scenes.versions_of(press)) == 1
