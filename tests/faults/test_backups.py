"""X22: a backup taken while people submit and upload restores to a consistent place."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import make
import pytest
from client import save
from faults import scenes
from faults.running import Visitor, post, press_all, running
from postgres import owner_of

from venture import backup, clock
from venture.roles import Role
from venture.web import Venture

pytestmark = pytest.mark.faults


def test_a_backup_during_writes_passes_its_drill(
    app: Venture, settled: Callable[[], None], tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    place = app.settings
    if engine == "postgres":
        programs = request.getfixturevalue("postgres").programs()
        place = replace(place, database_url=owner_of(place.database_url), pg_bin=programs)
    presses = scenes.drafts(app, 30)
    body = make.organization()
    person = make.person(Role.APPLICANT, organization=body)
    round = scenes.open_round(year=2019, papers=[make.PaperKind(code="certificate", name="登记证书")])
    draft = make.application(round, organization_=body, by=person)
    save()
    address, visitor = f"/applications/{draft.id}/papers/certificate", Visitor.of(app, person)
    taken: list[backup.Manifest] = []
    with running(app) as server, ThreadPoolExecutor(1) as pool:

        def upload(over: threading.Event) -> None:
            for number in range(40):
                content = b"%PDF-1.4\n" + str(number).encode() * 9000
                post(server, address, visitor, {}, upload=("file", f"{number}.pdf", content))

        def back_up() -> None:
            with app.app_context():
                for number in range(3):
                    while sum(len(press.answers) for press in presses) < 10 * number:
                        time.sleep(0.01)
                    taken.append(backup.write(tmp_path / f"b{number}", place, at=clock.now()))

        backing_up = pool.submit(back_up)
        press_all(presses, server, hands=2, meanwhile=upload)
        backing_up.result()
    settled()
    assert all(press.confirmed for press in presses)
    counts = [(made.counts["version"], made.counts["file"]) for made in taken]
    assert counts[0] != counts[-1], "nothing was written meanwhile"
    for number in range(3):
        report = backup.drill(tmp_path / f"b{number}", place)
        assert report.wrong == 0, "\n".join(report.lines)
