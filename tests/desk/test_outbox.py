"""The outbox: all that is held is chosen at first; one press chooses none of it."""

from typing import Any

import make
from client import Browser, save

from venture import outbox
from venture.roles import Role


def test_all_is_chosen_or_none(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    for _ in range(2):
        outbox.post("review.reopened", to=make.person(Role.EXPERT), about=round, title="虚构项目")
    save()
    browser = Browser(app).enter(officer)
    page = browser.get("/outbox").get_data(as_text=True)
    assert (page.count('name="message"'), page.count(" checked")) == (2, 2)
    assert 'href="/outbox?none=1"' in page
    page = browser.get("/outbox?none=1").get_data(as_text=True)
    assert (page.count('name="message"'), page.count(" checked")) == (2, 0)
