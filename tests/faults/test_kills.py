"""X01 to X03, X27, X28: workers killed while people submit and request money; a shutdown under load."""

import http.client
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import make
import pytest
from client import save
from faults import scenes
from faults.running import Visitor, killing, post, press_all, running
from sqlalchemy import create_engine

from venture import clock, files
from venture.db import db
from venture.roles import Role
from venture.web import Venture

pytestmark = pytest.mark.faults


def test_no_confirmed_submission_is_lost_when_workers_are_killed(
    app: Venture, settled: Callable[[], None], long: bool, record_property: Callable[[str, object], None]
) -> None:
    presses = scenes.drafts(app, 10_000 if long else 40)
    with running(app) as server:
        press_all(presses, server, meanwhile=killing(server, presses, seed=1))
        settled()
        record_property("kills", server.kills)
        record_property("confirmed", sum(press.confirmed for press in presses))
        record_property("cut off", sum(press.broken for press in presses))
        record_property("lost", sum(press.confirmed and not scenes.versions_of(press) for press in presses))
        assert [press.answers for press in presses if not press.confirmed] == []
        kept = {press.path: scenes.versions_of(press) for press in presses}
        assert [len(found) for found in kept.values()] == [1] * len(presses)
        receipts = {path: found[0].receipt for path, found in kept.items()}
        # Whoever got no answer presses again: the same key is the same version and the same receipt.
        for press in presses:
            press.until_answered(server)
        settled()
        assert {press.path: scenes.versions_of(press)[0].receipt for press in presses} == receipts
        assert {press.receipt for press in presses} == {
            press.path.replace("/submit", "/receipt") for press in presses
        }
        assert scenes.said("applications.submit") == len(presses)
        assert sum(press.broken for press in presses), "no request was cut off: nothing was tried"


def test_no_confirmed_request_is_lost_when_workers_are_killed(
    app: Venture, settled: Callable[[], None], long: bool, record_property: Callable[[str, object], None]
) -> None:
    presses = scenes.instalments(app, 200 if long else 20)
    with running(app) as server:
        press_all(presses, server, meanwhile=killing(server, presses, seed=2))
        for press in presses:
            press.until_answered(server)
    settled()
    assert all(press.confirmed for press in presses)
    assert [len(scenes.payments_of(press)) for press in presses] == [1] * len(presses)
    assert len({press.receipt for press in presses}) == len(presses)
    assert all(
        len({answer.location for answer in press.answers if answer.status != 503}) == 1 for press in presses
    )
    assert scenes.pending() == sum(
        payment.amount for press in presses for payment in scenes.payments_of(press)
    )


def test_an_upload_cut_off_before_its_commit_leaves_a_file_that_is_swept(
    app: Venture, settled: Callable[[], None]
) -> None:
    """X02: the content is safe on the disk, its row is not: nothing refers to it until the sweep takes it away."""
    round = scenes.open_round(papers=[make.PaperKind(code="certificate", name="登记证书")])
    body = make.organization()
    person = make.person(Role.APPLICANT, organization=body)
    draft = make.application(round, organization_=body, by=person)
    save()
    visitor, address = Visitor.of(app, person), f"/applications/{draft.id}/papers/certificate"
    root, url = app.settings.uploads, app.settings.database_url
    db.session.rollback()

    def upload(text: bytes) -> int:
        return post(server, address, visitor, {}, upload=("file", "证书.pdf", b"%PDF-1.4\n" + text)).status

    def contents() -> set[str]:
        return {path.name for path in root.rglob("*") if path.is_file()}

    with running(app, workers=1) as server, ThreadPoolExecutor(1) as pool:
        other = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with other.begin() as holds:
            holds.exec_driver_sql("UPDATE application SET title = title")
            cut = pool.submit(upload, b"one")
            while not any(name[0] != "." for name in contents()):
                time.sleep(0.01)
            server.kill_worker(random.Random(1))
            with pytest.raises((OSError, http.client.HTTPException)):
                cut.result()
        other.dispose()
        settled()
        left = contents()
        assert len(left) == 1 and scenes.attachments() == []
        assert upload(b"two") == 303
    settled()
    assert files.sweep(root, before=clock.now() - timedelta(days=2)) == []
    assert files.sweep(root, before=clock.now() + timedelta(minutes=1)) == list(left)
    settled()
    assert [each.file_id for each in scenes.attachments()] and len(contents()) == 1


def test_a_shutdown_under_load_finishes_what_it_took(app: Venture, settled: Callable[[], None]) -> None:
    presses = scenes.drafts(app, 40)
    with running(app) as server, ThreadPoolExecutor(4) as pool:
        pressing = [pool.submit(press.once, server) for press in presses]
        pressing[5].result()
        took = server.stop()
        for each in pressing:
            each.result()
    settled()
    assert took < 30
    for press in presses:
        assert len(scenes.versions_of(press)) == (1 if press.confirmed else 0)
    assert {press.confirmed for press in presses} == {True, False}, [press.answers for press in presses]
