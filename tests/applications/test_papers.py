"""The papers of an application: what one file and all of them may weigh, replaced ones, files that come in pieces."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import make
import pytest
import time_machine
import typed
from client import save
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from venture import chunks, clock, create_app, files
from venture.applications import actions, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Reader
from venture.db import db
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2126, 5, 31, 9, 0, 0, tzinfo=UTC)  # never while these tests run
MB = 1 << 20
ENGLISH = {"headers": {"Accept-Language": "en"}}

PDF = b"%PDF-1.7 invented" + bytes(range(256)) * 9000
"""Six pieces of 400,000 bytes: what the test client sends without a file of its own."""


@pytest.fixture
def scene(app: Any) -> Any:
    """A round that asks for two papers and takes five files of together 10 MB; one draft without papers."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES, files_most=5, files_mb=10)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        draft = make.application(round, organization_=body, by=anna)

    Scene.round.papers[0].limit_mb = 4
    db.session.flush()
    return Scene


def staged(number: int, size: int = 1000, name: str = "") -> Staged:
    return Staged(f"{number:064x}", name or f"虚构{number}.pdf", "application/pdf", size)


def attach(scene: Any, number: int, size: int = 1000, place: int = 0, **more: Any) -> Any:
    given = {"kind": scene.round.papers[place], "staged": staged(number, size), "at": OPENS, "by": scene.anna}
    return actions.attach(application=scene.draft, **(given | more))


def refused(scene: Any, *given: Any, **more: Any) -> tuple[str, Any]:
    with pytest.raises(Refused) as caught:
        attach(scene, *given, **more)
    blocker = caught.value.blockers[0]
    return blocker.code.partition(".")[2], blocker.facts


def test_a_file_may_weigh_what_its_kind_allows(scene: Any) -> None:
    attach(scene, 1, 4 * MB)
    assert refused(scene, 2, 4 * MB + 1)[0] == "file_too_large"
    attach(scene, 2, 4 * MB + 1, place=1)  # another kind, with the usual 20 MB


def test_exactly_the_quota_is_kept(scene: Any) -> None:
    """D07: count and bytes of the whole application; what is taken out makes room, up to a point."""
    for number in range(5):
        attach(scene, number, 2 * MB, place=number % 2)
    assert refused(scene, 5, 1)[0] == "files_full"
    actions.detach(application=scene.draft, attachment=scene.draft.attachments[0], by=scene.anna, at=OPENS)
    code, facts = refused(scene, 5, 2 * MB + 1)
    assert (code, facts["left"]) == ("files_heavy", 2 * MB)
    attach(scene, 5, 2 * MB)
    assert len(queries.live_files(scene.draft)) == 5
    for number in range(6, 100):
        try:
            attach(scene, number, 2 * MB, place=1, replaces=queries.live_files(scene.draft)[-1])
        except Refused as full:
            assert full.blockers[0].code in {
                "applications.replaced_too_often",
                "applications.replaced_already",
            }
            break
    assert sum(each.file.size for each in scene.draft.attachments) <= 5 * 10 * MB


def test_two_at_once_keep_the_quota(scene: Any, app: Any) -> None:
    """D07: the last place is taken by one of two that press in the same moment."""
    for number in range(4):
        attach(scene, number, place=number % 2)
    save()
    draft, anna, kind = scene.draft.id, scene.anna.id, scene.round.papers[0].id
    said: list[str] = []

    def press(number: int) -> None:
        other = create_app(app.settings)
        with other.app_context():
            application = db.session.get_one(Application, draft)
            by = db.session.get_one(Person, anna)
            paper = next(each for each in application.round.papers if each.id == kind)
            db.session.rollback()
            try:
                actions.attach(application=application, kind=paper, staged=staged(number), by=by, at=OPENS)
                save()
                said.append("kept")
            except Refused as full:
                said.append(full.blockers[0].code)
                db.session.rollback()
            db.session.remove()
            db.engine.dispose()

    threads = [Thread(target=press, args=(number,)) for number in (10, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["applications.files_full", "kept"]
    db.session.expire_all()
    assert len(queries.live_files(scene.draft)) == 5


def test_a_replaced_paper_stays_on_record(scene: Any) -> None:
    first = attach(scene, 1)
    second = attach(scene, 2, replaces=first)
    assert queries.live_files(scene.draft) == [second] and first.removed_at == OPENS
    assert refused(scene, 3, replaces=first)[0] == "replaced_already"
    assert refused(scene, 3, place=1, replaces=second)[0] == "replaced_already"


def sent(scene: Any) -> Application:
    """The scene's application whole and submitted."""
    draft = typed.fill(scene.draft, by=scene.anna)
    actions.submit(application=draft, by=scene.anna, key="sent", seen=draft.revision, at=OPENS)
    return draft


@pytest.mark.unsound("files")
def test_replaced_papers_are_listed_for_staff_and_closed_to_readers(scene: Any, enter: Any, app: Any) -> None:
    application = sent(scene)
    first = queries.live_files(application)[0]
    new = files.stage(io.BytesIO(PDF), "新证书.pdf", root=app.settings.uploads, limit=1 << 25)
    second = attach(scene, 0, staged=new, replaces=first)
    actions.submit(application=application, by=scene.anna, key="again", seen=application.revision, at=OPENS)
    reader = make.person(Role.EXPERT)
    db.session.add(Reader(application_id=application.id, person_id=reader.id))
    save()
    home = f"/applications/{application.id}"
    page = enter(scene.officer).get(home, **ENGLISH).page.words
    assert "Files taken out or replaced" in page and first.file.name in page and scene.anna.name in page
    browser = enter(reader)
    assert "replaced" not in browser.get(home, **ENGLISH).page.words
    assert browser.get(f"{home}/files/{first.id}").status_code == 404
    with browser.get(f"{home}/files/{second.id}") as opened:
        assert opened.status_code == 200 and opened.get_data() == PDF


def test_what_waits_for_the_scan_is_taken_and_marked(scene: Any, enter: Any, statements: Any) -> None:
    scene.round.wait_for_scan = True
    application = sent(scene)
    assert application.state is State.SUBMITTED and queries.waits_for_scan(application)
    save()
    board, home = f"/rounds/{scene.round.year}/applications", f"/applications/{application.id}"
    desk = f"/rounds/{scene.round.year}/eligibility"
    staff, own = enter(scene.officer), enter(scene.anna)
    for address in (board, home, desk):
        assert "for the virus scan" in staff.get(address, **ENGLISH).page.words.lower().replace(
            "waiting ", ""
        )
    assert "still wait for the virus scan" in own.get(f"{home}/receipt", **ENGLISH).page.words
    for each in db.session.scalars(select(files.File)):
        each.scan, each.scanned_at = files.Scan.CLEAN, OPENS
    save()
    for address in (board, home, desk):
        assert "for the virus scan" not in staff.get(address, **ENGLISH).page.words


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Sending:
    """What the page's script does: announce a file, send pieces from where the server is."""

    def __init__(self, scene: Any, browser: Any, content: bytes = PDF, **more: Any) -> None:
        self.browser, self.content, self.more = browser, content, more
        self.address = f"/applications/{scene.draft.id}/papers/{scene.round.papers[0].code}"
        browser.get(f"/applications/{scene.draft.id}/parts/papers")

    def post(self, way: str, **fields: Any) -> Any:
        answer = self.browser.post(f"{self.address}/{way}", {**fields, **self.more}, **ENGLISH)
        return answer.status_code, answer.get_json(silent=True)

    def begin(self, **changed: Any) -> Any:
        told = {"name": "登记证书.pdf", "size": len(self.content), "sha256": digest(self.content), **changed}
        code, answer = self.post("begin", **told)
        if code == 200:
            self.coming = answer.get("coming")
        return code, answer

    def piece(self, at: int, length: int = 400_000, **changed: Any) -> Any:
        part = changed.pop("part", self.content[at : at + length])
        fields = {"coming": self.coming, "at": at, "sha256": digest(part), **changed}
        return self.post("piece", **fields, piece=(io.BytesIO(part), "blob"))


def kept(app: Any) -> list[str]:
    """Every file under the folder of uploads, by its path."""
    root = app.settings.uploads
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())


def test_a_file_comes_in_pieces_and_goes_on_where_it_was(scene: Any, enter: Any, app: Any) -> None:
    save()
    sending = Sending(scene, enter(scene.anna))
    assert sending.begin()[1]["have"] == 0
    assert sending.piece(0) == (200, {"have": 400_000})
    assert sending.piece(0) == (200, {"have": 400_000})  # sent twice: the server says where it is
    assert sending.piece(400_000, part=b"x", sha256=digest(b"y")) == (200, {"have": 400_000})  # came in wrong
    assert sending.piece(900_000) == (200, {"have": 400_000})
    assert [each.split("/")[0] for each in kept(app)] == [".pieces"]
    again = Sending(scene, enter(scene.anna))  # another page, or the same after a break
    at = again.begin()[1]["have"]
    assert at == 400_000
    while at is not None:
        at = again.piece(at)[1].get("have")
    db.session.rollback()
    (attached,) = queries.live_files(scene.draft)
    assert (attached.file.name, attached.file.sha256) == ("登记证书.pdf", digest(PDF))
    assert kept(app) == [f"{digest(PDF)[:2]}/{digest(PDF)}"]
    assert again.begin() == (200, {"done": True})  # the answer was lost: nothing is sent twice
    with sending.browser.get(f"/applications/{scene.draft.id}/files/{attached.id}") as got:
        assert got.get_data() == PDF


@pytest.mark.parametrize(
    ("content", "told", "code"),
    [
        (PDF, {"size": 20 << 20}, "4 MB"),
        (b"<html>" + PDF, {}, "of a kind that is not taken"),
        (PDF, {"sha256": digest(b"other")}, "did not come in as it is"),
        (b"", {}, "is empty"),
        (b"\0\0\0\x24ftypheic" + PDF, {"name": "IMG_1.HEIC"}, "the iPhone's own format"),
    ],
)
def test_a_piece_that_is_refused_leaves_nothing(
    scene: Any, enter: Any, app: Any, content: bytes, told: dict[str, Any], code: str
) -> None:
    save()
    sending = Sending(scene, enter(scene.anna), content)
    status, answer = sending.begin(**told)
    at = 0
    while status == 200 and at is not None:
        status, answer = sending.piece(at)
        at = answer.get("have")
    assert status == 422 and code in answer["message"], answer
    db.session.rollback()
    assert queries.live_files(scene.draft) == [] and (not app.settings.uploads.exists() or kept(app) == [])


def test_a_piece_needs_its_own_announcement(scene: Any, enter: Any, app: Any) -> None:
    other = make.person(Role.APPLICANT, organization=scene.body)
    foreign = make.person(Role.APPLICANT, organization=make.organization())
    save()
    sending, second = Sending(scene, enter(scene.anna)), Sending(scene, enter(other))
    sending.begin()
    second.begin()
    assert sending.piece(0, coming=second.coming)[0] == 400
    assert sending.piece(0, coming=sending.coming[:-2])[0] == 400
    sending.address = sending.address.replace("certificate", "pledge")
    assert sending.piece(0)[0] == 400
    stranger = Sending(scene, enter(scene.anna))
    stranger.browser = enter(foreign)
    assert stranger.begin()[0] == 404
    assert kept(app) == []


def test_what_is_not_gone_on_with_is_dropped(scene: Any, enter: Any, app: Any) -> None:
    save()
    sending = Sending(scene, enter(scene.anna))
    for number in range(chunks.OPEN + 5):
        sending.begin(sha256=digest(str(number).encode()))
        sending.piece(0, 1000)
    assert len(kept(app)) == chunks.OPEN
    with time_machine.travel(clock.now() + timedelta(seconds=chunks.LASTS + 60)):
        Sending(scene, enter(scene.anna)).begin()
        assert kept(app) == []


@given(
    st.binary(min_size=1, max_size=300),
    st.lists(st.tuples(st.integers(0, 320), st.integers(1, 90)), max_size=40),
)
def test_whatever_comes_only_the_whole_file_is_ever_kept(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, sent: list[tuple[int, int]]
) -> None:
    """Pieces in any order, again, from any place: what stands is a beginning of the file, or the file."""
    root = tmp_path_factory.mktemp("pieces")
    content = b"%PDF-" + body
    coming = chunks.Coming(1, "x/", "x.pdf", len(content), digest(content))
    for at, length in [*sent, *((None, 70) for _ in range(6))]:
        begins = chunks.begin(coming, root=root) if at is None else at
        try:
            found = chunks.add(coming, content[begins : begins + length], at=begins, root=root)
        except chunks.Elsewhere as other:
            found = other.have
        if isinstance(found, files.Staged):
            assert files.path_of(root, found.sha256).read_bytes() == content
            assert len([each for each in root.rglob("*") if each.is_file()]) == 1
            return
        here = b"".join(each.read_bytes() for each in root.rglob("*") if each.is_file())
        assert content.startswith(here) and len(here) == found


def test_the_disk_keeps_room_for_the_database(tmp_path: Path) -> None:
    """D07: uploads in general stop before the disk is full."""
    with pytest.raises(Refused, match="no_room"):
        files.stage(io.BytesIO(PDF), "x.pdf", root=tmp_path, limit=1 << 30, reserve=1 << 60)
    coming = chunks.Coming(1, "x/", "x.pdf", len(PDF), digest(PDF))
    with pytest.raises(Refused, match="no_room"):
        chunks.add(coming, PDF[:10], at=0, root=tmp_path, reserve=1 << 60)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
