"""The last minute: applicants open their page and submit until past the closing; each gets a receipt or the reason."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from client import save
from faults import scenes
from faults.running import Press, Running, get, running
from sqlalchemy import select

from venture import clock
from venture.db import db
from venture.rounds.models import Round
from venture.web import Venture

pytestmark = pytest.mark.faults


def test_the_last_minute(
    app: Venture,
    settled: Callable[[], None],
    long: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """`--long`: 200 applicants within a minute, a fifth of them too late; in every run 20 within five seconds."""
    number, window = (200, 60.0) if long else (20, 5.0)
    presses = scenes.drafts(app, number, closes_at=clock.now() + timedelta(hours=1))
    chance = random.Random(number)
    with running(app) as server, ThreadPoolExecutor(40) as pool:
        began = time.monotonic()
        if long:
            closing = clock.now() + timedelta(seconds=window * 0.8)
            db.session.scalars(select(Round)).one().closes_at = closing  # as if it had been set so in advance
            save()
        moments = [chance.uniform(0, window) for _ in presses]

        def come(press: Press, after: float, server: Running) -> float:
            time.sleep(max(0.0, began + after - time.monotonic()))
            assert get(server, press.path, press.visitor).status == 200
            pressed = time.monotonic()
            press.until_answered(server)
            return time.monotonic() - pressed

        took = sorted(pool.map(lambda each: come(*each, server), zip(presses, moments, strict=True)))
    settled()
    late = [press for press in presses if not press.confirmed]
    for press in presses:
        assert [answer.status for answer in press.answers][-1] in {303, 422}
        assert len(scenes.versions_of(press)) == (1 if press.confirmed else 0)
    assert all("截止" in press.answers[-1].text for press in late)
    assert 0 < len(late) < number / 2 if long else not late
    told_to_wait = sum(answer.status == 503 for press in presses for answer in press.answers)
    record_property("confirmed", len(presses) - len(late))
    record_property("too late", len(late))
    record_property("told to try again", told_to_wait)
    record_property(
        "ms",
        f"{took[len(took) // 2] * 1000:.0f} median, {took[int(len(took) * 0.95)] * 1000:.0f} of 95 %, "
        f"{took[-1] * 1000:.0f} slowest",
    )
