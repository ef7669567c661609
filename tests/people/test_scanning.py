"""The virus scanner: a clamd of our own that speaks INSTREAM, and what becomes of the files it judges."""

import contextlib
import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
import time_machine
from click.testing import CliRunner
from client import save
from flask_migrate import downgrade, upgrade
from postgres import ROLE, owner_of
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from venture import chunks, cli, clock, config, create_app, downloads, files, outbox, scanner
from venture.db import db, grants
from venture.files import File, Scan
from venture.people import actions
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role
from venture.trail import Event

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF = b"%PDF-1.4\n"
Answer = Callable[[bytes], bytes]


def honest(content: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


def _take(line: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = line.recv(size - len(got))
        assert more, "the line ended before its time"
        got += more
    return got


def _heard(line: socket.socket) -> bytes:
    """The content of one INSTREAM, checked sign by sign."""
    assert _take(line, 10) == b"zINSTREAM\0"
    content = b""
    while size := struct.unpack("!I", _take(line, 4))[0]:
        content += _take(line, size)
    return content


@contextlib.contextmanager
def clamd(at: Path | None = None, answer: Answer = honest) -> Iterator[str]:
    """A scanner that answers each stream in turn; gives where it listens."""
    if at:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(at))
        server.listen()
    else:
        server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _address = server.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                line.sendall(answer(_heard(line)))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(at) if at else f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def content(folder: Path, said: bytes) -> Path:
    path = folder / "content"
    path.write_bytes(said)
    return path


def test_both_kinds_of_address_and_content_of_many_chunks(tmp_path: Path) -> None:
    large = content(tmp_path, b"0" * (3 * scanner.CHUNK + 1) + EICAR)
    with clamd(tmp_path / "s") as at:
        assert scanner.ask(large, at=at) == scanner.Verdict(False, "Eicar-Test-Signature")
    with clamd() as at:
        assert scanner.ask(content(tmp_path, PDF), at=at) == scanner.Verdict(True, "OK")


def test_no_scanner_is_no_verdict(tmp_path: Path) -> None:
    with clamd() as gone:
        pass
    for at in (gone, str(tmp_path / "nowhere")):
        with pytest.raises(scanner.NoAnswer):
            scanner.ask(content(tmp_path, PDF), at=at)


def test_a_slow_scanner_is_left_in_time(tmp_path: Path) -> None:
    let_go = threading.Event()

    def slow(_content: bytes) -> bytes:
        let_go.wait(30)
        return b"stream: OK\0"

    with clamd(answer=slow) as at:
        begun = time.monotonic()
        with pytest.raises(scanner.NoAnswer, match="timed out"):
            scanner.ask(content(tmp_path, PDF), at=at, within=0.3)
        assert time.monotonic() - begun < 10
        let_go.set()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0",
        b"stream: OK",
        b"OK\0",
        b"stream: OK\nstream: X FOUND",
        b"stream: \0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xff\xfe\x00",
        b"x" * 9000,
    ],
)
def test_garbage_is_no_verdict(tmp_path: Path, said: bytes) -> None:
    with clamd(answer=lambda _content: said) as at, pytest.raises(scanner.NoAnswer):
        scanner.ask(content(tmp_path, PDF), at=at)


@pytest.mark.parametrize("given", ["clamd", "host:", ":3310", "host:http", "run/clamd.sock"])
def test_an_address_that_is_none_stops_the_start(
    given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VENTURE_DATA", str(tmp_path))
    monkeypatch.setenv("VENTURE_CLAMD", given)
    with pytest.raises(config.BadSetting, match="VENTURE_CLAMD"):
        config.from_environment()


# --- files ---


def kept(app: Any, said: bytes, name: str) -> File:
    by = make.person(Role.OFFICER)
    staged = files.stage(io.BytesIO(said), name, root=app.settings.uploads, limit=10_000)
    return files.keep(staged, by=by, at=make.NOON)


def run_scan(app: Any, monkeypatch: pytest.MonkeyPatch, at: str, *options: str) -> tuple[int, str]:
    app.settings = replace(app.settings, clamd=at)
    monkeypatch.setattr(cli, "create_app", lambda: app)
    done = CliRunner().invoke(cli.main, ["scan", *options])
    return done.exit_code, done.output


def states() -> dict[str, Scan]:
    return {file.name: file.scan for file in db.session.scalars(select(File))}


def test_the_command_judges_every_file_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = kept(app, PDF + EICAR, "坏.pdf"), kept(app, PDF, "好.pdf")
    again = kept(app, PDF + EICAR, "又坏.pdf")
    senders = {bad.uploaded_by_id, again.uploaded_by_id}
    ids = {bad.id, again.id, good.id}
    save()
    with clamd() as gone:
        pass
    code, said = run_scan(app, monkeypatch, gone)
    assert code == 1 and "0 clean, 0 quarantined, 2 without an answer." in said
    assert set(states().values()) == {Scan.NOT_SCANNED}
    db.session.rollback()
    with clamd() as at:
        assert run_scan(app, monkeypatch, at) == (0, "1 clean, 2 quarantined, 0 without an answer.\n")
        assert run_scan(app, monkeypatch, at) == (0, "0 clean, 0 quarantined, 0 without an answer.\n")
    db.session.expire_all()
    assert states() == {"坏.pdf": Scan.QUARANTINED, "好.pdf": Scan.CLEAN, "又坏.pdf": Scan.QUARANTINED}
    told = db.session.scalars(select(outbox.Message).where(outbox.Message.kind == "people.quarantined")).all()
    assert {message.person_id for message in told} == senders and len(told) == 2
    assert {message.state for message in told} == {outbox.Delivery.RELEASED}
    noted = db.session.scalars(select(Event).where(Event.did == "files.scan")).all()
    assert {event.object_id for event in noted} == ids and len(noted) == 3


def test_without_a_scanner_the_command_says_so(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run_scan(app, monkeypatch, "")
    assert code == 1 and "VENTURE_CLAMD" in said


def test_a_quarantined_file_opens_for_nobody_and_is_listed(app: Any, enter: Any) -> None:
    administrator, officer = make.person(Role.ADMINISTRATOR), make.person(Role.OFFICER)
    file = kept(app, PDF + EICAR, "坏.pdf")
    with app.test_request_context():
        before = downloads.send(file)
        before.close()
    found = scanner.Verdict(False, "Eicar-Test-Signature")
    assert actions.note_scan(sha256=file.sha256, verdict=found, at=make.NOON) == [file]
    assert actions.note_scan(sha256=file.sha256, verdict=scanner.Verdict(True, "OK"), at=make.NOON) == []
    with app.test_request_context():
        after = downloads.send(file, inline=True)
    assert (before.status_code, after.status_code) == (200, 403)
    assert "坏.pdf" in after.get_data(as_text=True) and EICAR not in after.get_data()
    save()
    browser = enter(administrator)
    assert browser.get("/people/quarantined").status_code == 200
    words = browser.get("/people/quarantined").get_data(as_text=True)
    assert "坏.pdf" in words and "Eicar-Test-Signature" in words and officer.name not in words
    assert enter(make.person(Role.OPERATOR)).get("/people/quarantined").status_code == 403


def test_the_list_is_empty_at_first(enter: Any) -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    save()
    page = enter(administrator).get("/people/quarantined").get_data(as_text=True)
    assert page.count("<tr>") == 0 and "<h1" in page


def test_an_officer_releases_a_false_alarm_with_a_reason(app: Any, enter: Any) -> None:
    file = kept(app, PDF + EICAR, "误报.pdf")
    twin = kept(app, PDF + EICAR, "误报副本.pdf")
    verdict = scanner.Verdict(False, "Eicar-Test-Signature")
    actions.note_scan(sha256=file.sha256, verdict=verdict, at=make.NOON)
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    sender = db.session.get_one(Person, file.uploaded_by_id)
    for by, reason, code in (
        (approver, "误报", "people.not_officer"),
        (officer, "  ", "people.no_release_reason"),
        (sender, "误报", "people.own_file"),
    ):
        with pytest.raises(Refused, match=code):
            actions.release_file(file=file, reason=reason, by=by, at=make.NOON)
    save()
    address = f"/people/quarantined/{file.id}"
    browser = enter(officer)
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"reason": ""}).status_code == 422
    assert browser.post(address, {"reason": "厂商确认误报（虚构）"}).status_code == 303
    assert browser.get(address).status_code == 404
    assert "厂商确认误报（虚构）" in browser.get("/people/quarantined").page.words
    db.session.expire_all()
    assert [each.is_shut for each in (file, twin)] == [False, False]
    assert (file.scan, file.released_by_id) == (Scan.QUARANTINED, officer.id)
    with app.test_request_context(), downloads.send(file) as opened:
        assert opened.status_code == 200
    noted = db.session.scalars(select(Event).where(Event.did == "files.release")).all()
    assert {event.object_id for event in noted} == {file.id, twin.id}
    with pytest.raises(Refused, match="not_quarantined"):
        actions.release_file(file=file, reason="再次", by=officer, at=make.NOON)


def test_scanning_again_finds_what_newer_signatures_know(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file, released = kept(app, PDF, "新病毒.pdf"), kept(app, PDF + EICAR, "误报.pdf")
    for each, clean in ((file, True), (released, False)):
        said = scanner.Verdict(clean, "OK" if clean else "Eicar-Test-Signature")
        actions.note_scan(sha256=each.sha256, verdict=said, at=make.NOON)
    actions.release_file(file=released, reason="误报", by=make.person(Role.OFFICER), at=make.NOON)
    save()
    with clamd(
        answer=lambda content: b"stream: New FOUND\0" if EICAR not in content else honest(content)
    ) as at:
        assert run_scan(app, monkeypatch, at) == (0, "0 clean, 0 quarantined, 0 without an answer.\n")
        assert run_scan(app, monkeypatch, at, "--again") == (
            0,
            "0 clean, 1 quarantined, 0 without an answer.\n",
        )
        db.session.expire_all()
        assert file.is_shut and file.scan_said == "New"
        assert not released.is_shut, "what an officer released stays open while the finding is the same"
    db.session.rollback()
    with clamd(answer=lambda content: b"stream: OK\0") as at:
        assert run_scan(app, monkeypatch, at, "--again") == (
            0,
            "2 clean, 0 quarantined, 0 without an answer.\n",
        )
    db.session.expire_all()
    assert states() == {"新病毒.pdf": Scan.CLEAN, "误报.pdf": Scan.CLEAN} and released.released_at is None


def test_tidying_drops_what_is_nobodys_and_nothing_else(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root = app.settings.uploads
    file = kept(app, PDF, "好.pdf")
    path = files.path_of(root, file.sha256)
    stray = files.stage(io.BytesIO(PDF + b"x"), "x.pdf", root=root, limit=100)
    coming = chunks.Coming(1, "x/", "x.pdf", 10, "0" * 64)
    chunks.add(coming, b"abc", at=0, root=root)
    save()
    monkeypatch.setattr(cli, "create_app", lambda: app)
    said = CliRunner().invoke(cli.main, ["tidy"]).output
    assert said == "0 unfinished and 0 refused files dropped.\n", "what may still be gone on with stays"
    with time_machine.travel(clock.now() + timedelta(days=3)):
        said = CliRunner().invoke(cli.main, ["tidy"]).output
    assert said == "1 unfinished and 1 refused files dropped.\n"
    assert path.exists() and not files.path_of(root, stray.sha256).exists()


@pytest.mark.parametrize("wrong", ["scan = 'clean'", "scan = 'doubtful'", "scanned_at = uploaded_at"])
def test_the_database_keeps_state_and_moment_together(app: Any, wrong: str) -> None:
    kept(app, PDF, "好.pdf")
    with pytest.raises(IntegrityError, match="ck_file_scan"):
        db.session.execute(text("UPDATE file SET " + wrong))
    db.session.rollback()


def test_the_migration_goes_down_and_up_and_keeps_the_files(app: Any) -> None:
    kept(app, PDF, "好.pdf")
    save()
    checks = {check["name"] for check in inspect(db.engine).get_check_constraints("file")}
    db.session.remove()
    owner = create_app(replace(app.settings, database_url=owner_of(app.settings.database_url)))
    with owner.app_context():
        downgrade(revision="0001")
        columns = {column["name"] for column in inspect(db.engine).get_columns("file")}
        assert "scanned" in columns and not columns & {"scan", "scanned_at", "scan_said"}
        upgrade()
        if db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                for statement in grants(ROLE):
                    connection.exec_driver_sql(statement)
        db.engine.dispose()
    assert {check["name"] for check in inspect(db.engine).get_check_constraints("file")} == checks
    assert {"ck_file_scan", "ck_file_scanned_at", "ck_file_size", "ck_file_sha256"} <= checks
    assert states() == {"好.pdf": Scan.NOT_SCANNED}
