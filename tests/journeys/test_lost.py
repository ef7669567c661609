"""An answer of 2,000 characters outlives the network, the session and the browser; its length is counted alike."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys.hand import Hand
from live import copied, served

from venture.applications.signs import signs

pytestmark = pytest.mark.browser

END = "\n\n以上均为虚构：👨‍👩‍👧🇨🇳。"
ANSWER = "".join(f"第 {place} 户（虚构）说夜里晒场看不见路，愿意出工。\n" for place in range(1, 101))
ANSWER = ANSWER[: 2000 - signs(END)] + END
HALF = len(ANSWER) // 2

HARD = [
    "",
    " ",
    "城乡社区协商",
    "𠮷野家",
    "一行\n二行",
    "一行\r\n二行\r\n",
    "\r\r\n\n",
    "\n\u0301",
    "e\u0301a\u0308\u0323",
    "\u0301开头的组合符",
    "ก็ ที่",
    "葛\U000e0100城区",
    "❤\ufe0f❤",
    "1\ufe0f\u20e3号",
    "👍🏽👍",
    "👨‍👩‍👧👨👩",
    "👩🏽‍⚕️🏳️‍🌈❤️‍🔥",
    "🇨🇳🇨🇳🇨",
    "🇨\n🇳",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "甲\u200d乙甲\u200d😀",
    "\u200b\u200c\u200d\u2060",
    "\ud83d",
    "甲\udc00乙",
    "\ud83d\n\ude00",
    "नमस्ते",
    "각각",
    ANSWER,
]


@pytest.fixture(scope="module")
def folder(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(loaded, tmp_path_factory.mktemp("lost"))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as site:
        yield site


Enter = Callable[..., Hand]


@pytest.fixture
def enter(address: str, chromium: Any) -> Iterator[Enter]:
    """enter() → the applicant's browser at the part «plan» of what was sent back to them."""
    hands: list[Hand] = []

    def opened() -> Hand:
        hand = Hand(chromium, address).enter("applicant")
        hands.append(hand)
        returned = hand.page.locator("main tr, main li").filter(has_text="·新一年")
        hand.follow(returned.locator('a[href^="/applications/"]').first)
        hand.follow(f'a[href="{hand.path}/parts/plan"]')
        return hand

    yield opened
    for hand in hands:
        hand.close()


def insert(page: Any, field: str, text: str) -> None:
    """Put text behind what stands in the field, as a keyboard or an input method does."""
    page.locator(f"#{field}").focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def begin(page: Any, field: str) -> None:
    """Half of the answer, on the server."""
    page.locator(f"#{field}").fill("")
    with page.expect_response(lambda answer: answer.url.endswith("/autosave") and answer.ok):
        insert(page, field, ANSWER[:HALF])
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('venture-kept|'))")


def arrives(page: Any, act: Callable[[], Any]) -> None:
    """The act leads to a save that the server accepts."""
    with page.expect_response(lambda answer: answer.url.endswith("/autosave") and answer.ok):
        act()


def stored(folder: Path, path: str, field: str) -> str:
    """The field as the database holds it."""
    with sqlite3.connect(f"file:{folder / 'venture.db'}?mode=ro", uri=True) as database:
        query = "SELECT answers ->> ('$._pending.' || ?) FROM application WHERE id = ?"
        found = database.execute(query, [field, int(path.split("/")[2])]).fetchone()[0]
    return str(found).replace("\r\n", "\n")


def test_the_answer_has_2000_signs() -> None:
    assert signs(ANSWER) == 2000


def test_the_network_is_lost(enter: Enter, folder: Path) -> None:
    """Typed on without a network, the page closed and opened again later: the whole answer is there."""
    hand = enter()
    begin(hand.page, "need")
    hand.context.set_offline(True)
    insert(hand.page, "need", ANSWER[HALF:])
    hand.page.locator("[data-saved].is-offline").wait_for()
    assert stored(folder, hand.path, "need") == ANSWER[:HALF]
    path = hand.path
    hand.page.close()
    hand.context.set_offline(False)
    hand.page = hand.context.new_page()
    arrives(hand.page, lambda: hand.go(path))
    assert hand.page.locator("#need").input_value() == ANSWER
    assert stored(folder, path, "need") == ANSWER


def test_the_session_is_lost(enter: Enter, folder: Path) -> None:
    """Signed out elsewhere in the middle of it; after signing in again the whole answer is there."""
    hand = enter()
    begin(hand.page, "summary")
    path, other = hand.path, hand.context.new_page()
    other.goto(hand.site)
    other.locator('form[action="/sign-out"] button').first.click()
    other.wait_for_load_state()
    insert(hand.page, "summary", ANSWER[HALF:])
    hand.page.locator("[data-saved].is-clash").wait_for()
    assert hand.page.locator("#summary").input_value() == ANSWER
    assert stored(folder, path, "summary") == ANSWER[:HALF]
    hand.page.close()
    hand.page = other
    hand.enter("applicant")
    arrives(hand.page, lambda: hand.go(path))
    assert hand.page.locator("#summary").input_value() == ANSWER
    assert stored(folder, path, "summary") == ANSWER


def test_the_browser_is_killed(enter: Enter, chromium: Any, folder: Path) -> None:
    """Gone before anything was sent; a new browser on the same device has the whole answer."""
    hand = enter()
    field = "beneficiaries_text"
    begin(hand.page, field)
    hand.context.set_offline(True)
    insert(hand.page, field, ANSWER[HALF:])
    path, device = hand.path, hand.context.storage_state()
    hand.page.close(run_before_unload=False)
    assert stored(folder, path, field) == ANSWER[:HALF]
    context = chromium.new_context(locale="zh-CN", storage_state=device)
    page = context.new_page()
    arrives(page, lambda: page.goto(hand.site + path))
    assert page.locator(f"#{field}").input_value() == ANSWER
    assert stored(folder, path, field) == ANSWER
    context.close()


def test_the_counter_counts_as_the_server_does(enter: Enter) -> None:
    """Line breaks, families, flags, combining marks, halves of surrogate pairs."""
    hand = enter()
    hand.context.set_offline(True)
    shown = hand.page.evaluate(
        """(texts) => texts.map((units) => {
            const box = document.getElementById("need");
            box.value = String.fromCharCode(...units);
            box.dispatchEvent(new Event("input", { bubbles: true }));
            return document.querySelector("[data-counter=need]").textContent;
        })""",
        [units(text) for text in HARD],
    )
    assert [hand.numbers(text)[0] for text in shown] == [signs(text) for text in HARD]


def units(text: str) -> list[int]:
    """The text's code units, as JavaScript holds it."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(raw[place : place + 2], "little") for place in range(0, len(raw), 2)]
