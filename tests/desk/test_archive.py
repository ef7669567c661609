"""A round's whole file reads without the product: numbered folders, every hash in the list, the export on record."""

import hashlib
import re
import zipfile
from io import BytesIO
from typing import Any

from budget import scene
from client import Browser, save
from sqlalchemy import select
from test_documents import needs_fonts

from venture.applications.models import Barred
from venture.db import db
from venture.trail import Event
from venture.web import Venture


def whole(app: Venture, of: scene.Cast, person: Any) -> zipfile.ZipFile:
    answer = Browser(app).enter(person).post(f"/rounds/{of.round.year}/archive", {})
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    return zipfile.ZipFile(BytesIO(answer.get_data()))


@needs_fonts
def test_the_whole_file_of_a_round_reads_without_the_product(app: Venture) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.signed(of)
    packed = whole(app, of, of.officer)
    assert packed.testzip() is None
    names = packed.namelist()
    said = packed.read(names[-1]).decode("utf-8-sig")
    listed = dict(re.findall(r"^([0-9a-f]{64})  \d+  (.+?)\r?$", said, re.MULTILINE))
    assert {name: digest for digest, name in listed.items()} == {
        name: hashlib.sha256(packed.read(name)).hexdigest() for name in names[:-1]
    }
    assert [name[:2] for name in names[:-1]] == sorted(name[:2] for name in names[:-1])
    assert {name[:2] for name in names[:-1]} == {"01", "04", "05", "06", "07"}
    (plan,) = [name for name in names if name.startswith("01")]
    assert "600,000.00" in packed.read(plan).decode("utf-8-sig")
    (decision,) = [name for name in names if name.startswith("04")]
    assert "虚构纪要〔2018〕6号" in packed.read(decision).decode("utf-8-sig")
    told = db.session.scalars(select(Event).where(Event.did == "desk.export_round")).one()
    assert told.person_name == of.officer.name
    assert Browser(app).enter(of.finance).post(f"/rounds/{of.round.year}/archive", {}).status_code == 403


@needs_fonts
def test_who_is_tied_to_a_project_does_not_take_its_decision_out(app: Venture) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.noticed(of)
    db.session.add(Barred(application_id=of.projects["1"].id, person_id=of.auditor.id))
    save()
    names = whole(app, of, of.auditor).namelist()
    assert not [name for name in names if name.startswith("04")]
    assert [name for name in whole(app, of, of.officer).namelist() if name.startswith("04")]
