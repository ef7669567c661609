"""The applicant's part with scripts off: the page and the server do all of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade
from journeys.applying import TASKS, fill_in, submit
from journeys.hand import Hand
from journeys.papers import answers
from live import demo_settings, served

from venture import clock, create_app
from venture.cli import tell
from venture.db import db

pytestmark = pytest.mark.browser


def test_applying_without_scripts(chromium: Any, tmp_path: Path) -> None:
    """From the list of tasks through every part, saved half and whole, to the receipt."""
    with create_app(demo_settings(tmp_path)).app_context():
        upgrade()
        tell("call")
        db.session.remove()
        db.engine.dispose()
    with served(tmp_path) as site:
        hand = Hand(chromium, site, scripts=False).enter("applicant")
        withdraw_the_one_sent(hand)
        hand.go("/")
        hand.follow('main a[href="/applications/new"]')
        hand.send("/applications/new")
        home = hand.path
        save_half(hand, home)
        typed = answers(
            title="无脚本的议事会（虚构）",
            theme="consultation",
            field="women",
            communities=["320684101200", "320684101201"],
            asked="38,000.50",
            year=clock.beijing_day(datetime.now(UTC)).year,
        )
        typed["own"] = {"q1": "c1", "q2": "12"}
        fill_in(hand, hand.number, typed, ["certificate", "annual_report"], tmp_path)
        assert hand.page.locator(f"{TASKS}").count() == 9
        assert hand.page.locator(".obstacles").count() == 0, hand.wrong()
        hand.go("/")
        hand.follow(f'main a[href="{home}"]')
        assert submit(hand, hand.number)
        assert "38,000.50" in hand.text
        hand.follow('a[href*="/versions/"]')
        assert "参加的志愿者人数" in hand.text
        assert "无脚本的议事会（虚构）" in hand.text
        hand.close()


def withdraw_the_one_sent(hand: Hand) -> None:
    """The demonstration has sent this organization's application; only one may be in the round."""
    sent = hand.page.locator("main tr, main li").filter(has_text="·新一年")
    hand.follow(sent.locator('a[href^="/applications/"]').first)
    hand.send(f"{hand.path}/withdraw", confirm=True)


def save_half(hand: Hand, home: str) -> None:
    """A part with gaps and an unreadable amount is saved as typed; the list of obstacles says what is wrong."""
    hand.follow(f'{TASKS}[href="{home}/parts/basics"]')
    hand.send(f"{home}/parts/basics", {"title": "半份", "asked": "四万"})
    assert "四万" in hand.page.locator(".obstacles").inner_text()
    hand.follow('.obstacles a[href$="#asked"]')
    assert hand.page.locator("[name=asked]").input_value() == "四万"
    hand.go(home)
