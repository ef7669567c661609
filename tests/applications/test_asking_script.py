"""With scripts, a question that is asked only after a certain choice goes away while it is not made."""

from typing import Any

import pytest
from live import enter

from venture import clock

pytestmark = pytest.mark.browser


def test_a_question_shows_once_its_choice_is_made(chromium: Any, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    enter(page, site, "officer")
    page.goto(f"{site}/rounds/{clock.beijing_day(clock.now()).year}/own-questions")
    assert not page.locator("#q2").is_visible()
    page.select_option("#q1", "c1")
    assert page.locator("#q2").is_visible()
    page.select_option("#q1", "c2")
    assert not page.locator("#q2").is_visible()
    context.close()
