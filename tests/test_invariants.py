"""Each named invariant bites: rows are set wrong past the product, and the check names them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import make
import pytest
from client import save
from postgres import owner_of
from sqlalchemy import Connection, create_engine, select

from venture import invariants, trail
from venture.applications.models import Application, Version
from venture.db import db
from venture.files import File, path_of
from venture.people.models import TrackRecord
from venture.review.conflicts import Ground
from venture.review.models import Tie
from venture.roles import Role
from venture.web import Venture


@contextmanager
def past_the_product(app: Venture) -> Iterator[Connection]:
    """Write as the owner of the database does, with nobody to ask."""
    db.session.remove()
    engine = create_engine(
        owner_of(app.settings.database_url).replace("postgresql://", "postgresql+psycopg://")
    )
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def found(app: Venture) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return invariants.broken(app.settings, hashes=True)


@pytest.fixture
def scene(app: Venture) -> dict[str, int]:
    """An award of an application with a sheet handed in; ids by kind."""
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    round = make.round_(officer)
    application = make.application(round, by=officer, state=make.State.ON_NOTICE)
    panelist = make.panel(round, 1)[0]
    sheet = make.sheet(application, panelist, 8000)
    award = make.award(application, officer=officer, approver=approver)
    save()
    assert found(app) == []
    return {
        "officer": officer.id,
        "round": round.id,
        "theme": award.theme_id,
        "other": round.themes[1].id,
        "application": application.id,
        "sheet": sheet.id,
        "panelist": panelist.id,
        "expert": panelist.person_id,
        "award": award.id,
    }


@pytest.mark.unsound("money", "earmarks", "deadlines", "themes", "sheets", "record")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE theme SET committed = 0 WHERE id = {theme}", "money: theme {theme}: committed 0"),
        ("UPDATE award SET paid = 5 WHERE id = {award}", "money: award {award}: paid 5"),
        ("UPDATE round SET allotted = 1 WHERE id = {round}", "earmarks: round {round}: allotted 1"),
        (
            "UPDATE version SET submitted_at = '2018-06-01 00:00:00' WHERE application_id = {application}",
            "deadlines: version 1: sent at 2018-06-01",
        ),
        (
            "UPDATE version SET theme_id = {other} WHERE application_id = {application}",
            "themes: award {award}: under theme {theme}, its application under theme {other}",
        ),
        (
            "UPDATE panelist SET state = 'declined' WHERE id = {panelist}",
            "sheets: sheet {sheet}: its expert has not accepted the seat (declined)",
        ),
        (
            "UPDATE award SET state = 'cancelled', cancel_reason = 'x' WHERE id = {award}",
            "record: award {award}: cancelled without an event",
        ),
    ],
)
def test_a_row_set_wrong_is_named(app: Venture, scene: dict[str, int], statement: str, named: str) -> None:
    with past_the_product(app) as connection:
        connection.exec_driver_sql(statement.format(**scene))
    assert [line for line in found(app) if line.startswith(named.format(**scene))], found(app)


@pytest.mark.unsound("sheets")
def test_a_tie_that_was_overlooked_is_named(app: Venture, scene: dict[str, int]) -> None:
    tie = {"application_id": scene["application"], "person_id": scene["expert"], "made_at": make.NOON}
    db.session.add(Tie(**tie, ground=Ground.EMPLOYER))
    save()
    assert [line for line in found(app) if "is tied to the application" in line]


@pytest.mark.unsound("record")
def test_acts_without_an_event_are_named(app: Venture) -> None:
    """An award, and a sheet handed in, of which the trail knows nothing; and an event whose row is gone."""
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    round = make.round_(officer)
    application = make.application(round, by=officer, state=make.State.ON_NOTICE)
    sheet = make.sheet(application, make.panel(round, 1)[0], 8000)
    award = make.award(application, officer=officer, approver=approver)
    trail.forget(db.session())
    trail.say(officer, "budget.request", round, payments={"77": 1})
    save()
    assert found(app) == [
        f"record: award {award.id}: made without an event",
        f"record: batch {round.id}: in the trail but not there",
        "record: payment 77: in the trail but not there",
        f"record: sheet {sheet.id}: handed in without an event",
    ]


def test_a_version_completed_in_the_term_given_is_in_time(app: Venture) -> None:
    """Sent back after the closing with a last day: what comes by that day is in time, what comes later is not."""
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    application = make.application(round, by=officer, state=make.State.SUBMITTED)
    trail.say(
        officer, "applications.send_back", application, last_day=round.closes_at.date() + timedelta(days=3)
    )
    save()
    version = db.session.scalars(select(Version)).one()
    version.submitted_at = round.closes_at + timedelta(days=2)
    save()
    assert found(app) == []
    version.submitted_at = round.closes_at + timedelta(days=9)
    db.session.flush()
    assert [line.partition(":")[0] for line in invariants.broken(app.settings)] == ["deadlines"]


@pytest.mark.unsound("files")
def test_files_are_there_with_their_content(app: Venture) -> None:
    content, person = b"%PDF-1.4 invented", make.person()
    sha256 = hashlib.sha256(content).hexdigest()
    kept = File(
        sha256=sha256,
        name="a.pdf",
        type="application/pdf",
        size=len(content),
        uploaded_by_id=person.id,
        uploaded_at=make.NOON,
    )
    db.session.add(kept)
    save()
    assert found(app) == [f"files: file {kept.id}: {sha256} is missing"]
    path = path_of(app.settings.uploads, sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert found(app) == []
    path.write_bytes(content[:-1] + b"X")
    assert invariants.broken(app.settings) == [], "sizes agree; only the content does not"
    assert found(app) == [f"files: file {kept.id}: {sha256} has another content"]
    path.write_bytes(content + b"X")
    assert found(app) == [f"files: file {kept.id}: {sha256} has {len(content) + 1} bytes of {len(content)}"]


@pytest.mark.unsound("track")
def test_a_record_that_contradicts_its_project_is_named(app: Venture, scene: dict[str, int]) -> None:
    application = db.session.get_one(Application, scene["application"])
    record = TrackRecord(
        organization_id=application.organization_id,
        year=application.round.year,
        title=application.title,
        amount=1,
        closed=True,
    )
    db.session.add(record)
    save()
    assert [line for line in found(app) if line.startswith(f"track: track record {record.id} ")]
    record.closed = False
    save()
    assert found(app) == []
