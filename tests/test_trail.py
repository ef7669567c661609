"""X25: a byte changed, a row deleted, a tail cut, a chain rebuilt; each is reported with its place."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import make
import pytest
from click.testing import CliRunner
from client import save
from postgres import owner_of
from sqlalchemy import Connection, create_engine, text

from venture import cli, clock, invariants, trail
from venture.db import append_only, db
from venture.web import Venture


@contextmanager
def owner(app: Venture) -> Iterator[Connection]:
    """Somebody who owns the database and can take its triggers away."""
    db.session.remove()
    url = owner_of(app.settings.database_url).replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        kind = connection.dialect.name
        for statement in append_only("event", kind):
            if statement.startswith("CREATE TRIGGER"):
                place = " ON event" if kind == "postgresql" else ""
                connection.exec_driver_sql(f"DROP TRIGGER {statement.split()[2]}{place}")
        yield connection
        for statement in append_only("event", kind):
            if statement.startswith("CREATE TRIGGER"):
                connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def told(app: Venture) -> Venture:
    """Ten acts of one person, and a checkpoint after the sixth."""
    person = make.person()
    for number in range(1, 11):
        trail.say(person, "test.act", person, number=number)
        save()
        if number == 6:
            made = trail.checkpoint(db.session(), key=app.settings.trail_key, at=clock.now())
            trail.keep_checkpoint(made, app.settings.checkpoints)
    return app


def wrong(app: Venture, proof: str = "") -> str:
    """The one wrong place, as `venture trail verify` names it."""
    db.session.remove()
    seen = [trail.read_proof(proof, key=app.settings.trail_key)] if proof else []
    return " ".join(invariants.broken_trail(app.settings, seen))


def rebuild(connection: Connection, first: int, last: int) -> None:
    """Make the chain anew from an event on, as somebody would who knows how it is made, up to the new end."""
    connection.execute(text("DELETE FROM event WHERE id > :last"), {"last": last})
    previous = connection.scalar(text("SELECT hash FROM event WHERE id = :id"), {"id": first - 1}) or ""
    for id in range(first, last + 1):
        row: Any = connection.execute(trail.Event.__table__.select().where(trail.Event.id == id)).one()
        event = trail.Event(**{**row._mapping, "previous": previous, "person_name": "虚构他人"})
        previous = trail.digest(event)
        connection.execute(
            trail.Event.__table__.update()
            .where(trail.Event.id == id)
            .values(person_name="虚构他人", previous=event.previous, hash=previous)
        )
    connection.execute(
        text("UPDATE trail_head SET count = :last, hash = :hash"), {"last": last, "hash": previous}
    )


@pytest.mark.unsound("trail")
@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        ("UPDATE event SET person_name = 'x' WHERE id = 4", "event 4 was changed"),
        ("UPDATE event SET difference = replace(difference, '7', '8') WHERE id = 7", "event 7 was changed"),
        ("DELETE FROM event WHERE id = 5", "event 5 is missing"),
        (
            "DELETE FROM event WHERE id > 8",
            "event 9 is missing: the chain ends at event 8, but 10 were written",
        ),
        (
            "UPDATE trail_head SET count = 9",
            "the chain ends at event 10, but its end was recorded as event 9",
        ),
    ],
)
def test_what_the_chain_itself_shows(told: Venture, tamper: str, named: str) -> None:
    assert wrong(told) == ""
    with owner(told) as connection:
        connection.exec_driver_sql(tamper)
    assert wrong(told) == named


@pytest.mark.unsound("trail")
@pytest.mark.parametrize(
    ("first", "last", "named"),
    [
        (5, 4, "event 5 is missing: the chain was cut after event 4, but the checkpoint of {at} saw 6"),
        (
            3,
            10,
            "the chain was rebuilt from event 1 or later: event 6 is not the one that the checkpoint of {at} saw",
        ),
    ],
)
def test_what_only_the_checkpoint_shows(told: Venture, first: int, last: int, named: str) -> None:
    at = trail.checkpoints(told.settings.checkpoints, key=told.settings.trail_key)[0].at
    with owner(told) as connection:
        rebuild(connection, first, last)
    assert trail.verify(db.session()) is None, "the chain itself is whole again"
    assert wrong(told) == named.format(at=at)


@pytest.mark.unsound("trail")
def test_paper_shows_what_was_rebuilt_after_the_last_checkpoint(told: Venture) -> None:
    proof = trail.foot(db.session(), key=told.settings.trail_key)
    assert proof.startswith("留痕 10·")
    assert wrong(told, proof) == ""
    with owner(told) as connection:
        rebuild(connection, 9, 10)
    assert wrong(told) == ""
    place = "the chain was rebuilt from event 7 or later: event 10 is not the one that the printed sheet saw"
    assert wrong(told, proof) == place
    with owner(told) as connection:
        rebuild(connection, 9, 8)
    assert (
        wrong(told, proof)
        == "event 9 is missing: the chain was cut after event 8, but the printed sheet saw 10"
    )


def test_a_proof_is_read_as_people_type_it_and_cannot_be_made_up(told: Venture) -> None:
    key = told.settings.trail_key
    proof = trail.foot(db.session(), key=key)
    for typed in (
        proof.upper(),
        proof.replace("·", " · "),
        proof.replace("·", "・"),
        proof.removeprefix("留痕 "),
    ):
        assert trail.read_proof(typed, key=key).count == 10
    for other in (proof.replace("留痕 10", "留痕 11"), proof[:-1] + ("0" if proof[-1] != "0" else "1")):
        with pytest.raises(trail.NotSigned, match="mistyped, or not printed"):
            trail.read_proof(other, key=key)
    with pytest.raises(trail.NotSigned, match="no proof"):
        trail.read_proof("留痕 10", key=key)


def test_a_checkpoint_that_was_changed_is_no_witness(told: Venture) -> None:
    path = told.settings.checkpoints
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "count": 5}))
    assert wrong(told).startswith("checkpoints.jsonl, line 1: the checkpoint of")
    path.write_text("nonsense")
    assert wrong(told).startswith("checkpoints.jsonl, line 1:")
    other = replace(told.settings, given_trail_key="k" * 40)
    path.write_text(json.dumps(said))
    assert "not signed with this key" in invariants.broken_trail(other)[0]


def test_an_empty_chain_can_be_witnessed_too(app: Venture) -> None:
    made = trail.checkpoint(db.session(), key=app.settings.trail_key, at=clock.now())
    proof = trail.foot(db.session(), key=app.settings.trail_key)
    assert (
        trail.verify(db.session(), [made.witness, trail.read_proof(proof, key=app.settings.trail_key)])
        is None
    )


@pytest.mark.unsound("trail")
def test_the_commands(told: Venture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = _commands(told, monkeypatch)
    assert run("trail", "verify") == (0, "The trail is whole: 10 events, as 1 outside it have seen them.\n")
    code, proof = run("trail", "checkpoint")
    assert code == 0 and proof.startswith("留痕 10·")
    elsewhere = tmp_path / "copy.jsonl"
    elsewhere.write_text(told.settings.checkpoints.read_text())
    assert run("trail", "verify", "--proof", proof)[0] == 0
    assert run("trail", "verify", "--proof", "留痕")[0] == 1
    assert run("check") == (0, "All invariants hold and the trail is whole.\n")
    with owner(told) as connection:
        rebuild(connection, 8, 10)
    code, said = run("trail", "verify", "--checkpoints", str(elsewhere))
    assert code == 1 and "rebuilt from event 7 or later: event 10" in said
    assert run("trail", "verify", "--proof", proof)[0] == 1
    code, said = run("trail", "checkpoint")
    assert code == 1 and "rebuilt" in said, "a chain that is not whole is not signed"
    code, said = run("check")
    assert code == 1 and said.startswith("trail: the chain was rebuilt")


def _commands(app: Venture, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """venture … on the app's place, as from a shell: exit code and what was said."""
    monkeypatch.setenv("VENTURE_DATA", str(app.settings.data))
    monkeypatch.setenv("DATABASE_URL", app.settings.database_url)
    db.session.remove()

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.main, words)
        db.session.remove()
        return result.exit_code, result.output

    return run
