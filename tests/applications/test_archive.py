"""All that an organization ever sent, in one ZIP: every version, every paper once, a list whose hashes are right."""

import hashlib
import io
import os
import re
import zipfile
from typing import Any

import docx
import make
import pytest
import typed
from client import Browser, save

from venture import downloads, files
from venture.applications import actions, parts
from venture.applications.lifecycle import State
from venture.config import Settings
from venture.files import File, Scan
from venture.roles import Role

needs_fonts = pytest.mark.skipif(
    not (Settings.fonts / "NotoSerifCJK-Regular.ttc").is_file()
    and os.environ.get("VENTURE_REQUIRE_ALL") != "1",
    reason="no fonts-noto-cjk",
)
CHINESE = {"headers": {"Accept-Language": "zh"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        stranger = make.person(Role.APPLICANT, organization=make.organization())
        old = typed.sent(make.round_(officer, 2018), body, by=anna, title="旧/项目")
        draft = actions.start(
            round=make.round_(officer, 2019), organization=body, theme=None, by=anna, at=make.NOON
        )

    actions.save_part(
        application=Scene.old,
        part=parts.PLAN,
        posted={"need": "第二版的需求"},
        seen=Scene.old.revision,
        base=None,
        by=Scene.anna,
        at=make.NOON,
    )
    again = {"application": Scene.old, "by": Scene.anna, "key": "second", "at": make.NOON}
    actions.submit(**again, seen=Scene.old.revision)
    save()
    return Scene


def lay(app: Any, file: File, content: bytes) -> None:
    """Put a content on the disk where the file says it lies."""
    file.sha256, file.size = hashlib.sha256(content).hexdigest(), len(content)
    path = files.path_of(app.settings.uploads, file.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def opened(answer: Any) -> zipfile.ZipFile:
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].isascii()
    whole = zipfile.ZipFile(io.BytesIO(answer.data))
    assert whole.testzip() is None
    return whole


@needs_fonts
def test_every_version_and_paper_is_in_it_and_the_list_is_right(app: Any, scene: Any) -> None:
    kept, quarantined = (each.file for each in scene.old.attachments)
    lay(app, kept, b"%PDF-1.7 paper")
    lay(app, quarantined, b"%PDF-1.7 virus")
    quarantined.scan, quarantined.scanned_at = Scan.QUARANTINED, make.NOON
    save()
    browser, address = Browser(app).enter(scene.anna), f"/organizations/{scene.body.id}/applications.zip"
    assert f'href="{address}"' in browser.get("/applications").text
    whole = opened(browser.get(address, **CHINESE))
    folder = f"{scene.old.number} 旧 项目"
    assert whole.namelist() == [
        *(f"{folder}/第 {n} 版/申报书.{kind}" for n in (1, 2) for kind in ("pdf", "docx")),
        f"{folder}/{whole.namelist()[4].split('/')[1]}/01 {scene.old.attachments[0].label} {kept.name}",
        whole.namelist()[-1],
    ]
    contents = whole.read(whole.namelist()[-1]).decode("utf-8-sig")
    for name in whole.namelist()[:-1]:
        content = whole.read(name)
        assert f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {name}" in contents
    for version in scene.old.versions:
        assert version.receipt in contents and version.sha256 in contents
    assert f"02 {scene.old.attachments[1].label} {quarantined.name}" in contents and not any(
        "02 " in name for name in whole.namelist()
    )
    texts = [
        "\n".join(
            cell.text
            for table in docx.Document(io.BytesIO(whole.read(name))).tables
            for row in table.rows
            for cell in row.cells
        )
        for name in whole.namelist()
        if name.endswith(".docx")
    ]
    assert ["第二版的需求" in text for text in texts] == [False, True]


@needs_fonts
def test_a_paper_that_is_gone_from_the_disk_is_named(app: Any, scene: Any) -> None:
    browser = Browser(app).enter(scene.anna)
    answer = browser.get(
        f"/organizations/{scene.body.id}/applications.zip", headers={"Accept-Language": "en"}
    )
    whole = opened(answer)
    contents = whole.read("Contents.txt").decode("utf-8-sig")
    assert contents.count("Not here, missing on our disk") == 2


def test_only_its_own_people_have_it(app: Any, scene: Any) -> None:
    address = f"/organizations/{scene.body.id}/applications.zip"
    stranger = Browser(app).enter(scene.stranger)
    missing = stranger.get("/organizations/99999/applications.zip")
    answer = stranger.get(address)
    assert (answer.status_code, missing.status_code) == (404, 404)
    bare = [
        re.sub(r"\d\d:\d\d:\d\d[.\d]*|data-left=\"\d+\"|/organizations/\d+", "", each.text)
        for each in (answer, missing)
    ]
    assert bare[0] == bare[1]
    assert Browser(app).enter(scene.officer).get(address).status_code == 403
    empty = next(iter(scene.stranger.organization_ids))
    assert stranger.get(f"/organizations/{empty}/applications.zip").status_code == 404
    assert "applications.zip" not in stranger.get("/applications").text


@needs_fonts
def test_what_is_asked_of_the_database_does_not_grow(app: Any, scene: Any, statements: list[str]) -> None:
    browser, counts = Browser(app).enter(scene.anna), []
    for year in (2020, 2021):
        make.application(
            make.round_(scene.officer, year), by=scene.anna, organization_=scene.body, state=State.SUBMITTED
        )
        save()
        statements.clear()
        answer = browser.get(f"/organizations/{scene.body.id}/applications.zip")
        counts.append((len(statements), answer.data.count(b"pdf") > 2))
    assert len(set(counts)) == 1


def test_a_zip_is_sent_while_it_is_made(app: Any) -> None:
    made: list[str] = []

    def content(name: str) -> bytes:
        made.append(name)
        return os.urandom(3 << 20)

    entries = [(name, make.NOON, lambda name=name: content(name)) for name in ("一.bin", "二.bin")]
    with app.test_request_context():
        sent = downloads.packed(entries, "全部.zip").iter_encoded()
        pieces = [next(sent)]
        assert made == ["一.bin"] and len(pieces[0]) > 3 << 20
        pieces += sent
    assert made == ["一.bin", "二.bin"]
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None
