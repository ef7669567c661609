"""The README's five minutes in the demonstration, step by step, in a real browser."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from journeys.hand import Hand
from journeys.sheets import sum_of
from live import copied, served

from venture import clock

pytestmark = pytest.mark.browser

Enter = Callable[[str], Hand]


@pytest.fixture(scope="module")
def folder(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(loaded, tmp_path_factory.mktemp("five-minutes"))


@pytest.fixture(scope="module")
def demonstration(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture
def enter(demonstration: str, chromium: Any) -> Iterator[Enter]:
    """enter(key) → a browser that has pressed this role's card."""
    hands: list[Hand] = []

    def opened(key: str) -> Hand:
        hands.append(Hand(chromium, demonstration))
        return hands[-1].enter(key)

    yield opened
    for hand in hands:
        hand.close()


def theme_of_2018(officer: Hand) -> None:
    """From the desk to the consultation theme of 2018."""
    officer.follow('nav.tabs a[href="/rounds/2018/board"]')
    officer.follow('main table a[href^="/themes/"]')


def test_the_theme_says_what_became_of_its_earmark(enter: Enter) -> None:
    """1: the bar adds up to the fen; under it matters, outcomes, uses and what is resolved."""
    officer = enter("officer")
    theme_of_2018(officer)
    bar = officer.page.locator(".budget").first
    earmark = officer.fen(bar.locator(".budget-total").inner_text())
    parts = [officer.fen(text) for text in bar.locator(".budget-parts dd").all_inner_texts()]
    assert earmark == 20_000_000 == sum(parts) and len(parts) == 3
    rungs = officer.page.locator("#ladder tbody tr")
    figures = [officer.numbers(rungs.nth(place).locator("td.num").inner_text())[0] for place in range(3, 7)]
    matters, outcomes, uses, resolved = figures
    assert matters >= outcomes >= resolved > 0 and uses > 0
    officer.follow(rungs.nth(3).locator("a"))
    assert officer.page.locator("main table tbody tr").count() == min(matters, 50)


def test_ten_thousand_too_much_is_refused(enter: Enter) -> None:
    """2: the theme's earmark is spent; 10,000 yuan more are refused with the earmark and the excess."""
    officer = enter("officer")
    home = f"/rounds/{clock.beijing_day(datetime.now(UTC)).year - 1}/decision"
    officer.go(home)
    left = officer.page.locator('#computed tr[id^="theme-"]').first.locator("td.num").last.inner_text()
    assert officer.fen(left) == 0
    row = officer.page.locator('#computed tr:has([name^="decided-"])').first
    amount = row.locator('[name^="decided-"]').get_attribute("name")
    reason = amount.replace("decided-", "reason-")
    officer.send(home, {amount: "10,000", reason: "评审会一致同意（虚构）"}, refused=True)
    said = officer.page.locator(".error-summary").inner_text()
    assert "200,000.00" in said and "10,000.00" in said
    assert officer.page.locator(f'[name="{amount}"]').input_value() == "10,000"


def test_the_award_sheet_agrees_with_the_ledger(enter: Enter, tmp_path: Path) -> None:
    """3: 合计, 大写 and ledger are one sum."""
    officer = enter("officer")
    officer.follow('nav.tabs a[href="/rounds/2018/board"]')
    sheet = officer.download('a[href="/rounds/2018/sheets/award.xlsx"]', tmp_path)
    officer.go("/rounds/2018/ledger")
    foot = officer.page.locator("main table").first.locator("tfoot td.num").all_inner_texts()
    left, committed, pending, paid = (officer.fen(text) for text in foot)
    assert sum_of(sheet, "核定金额") == committed + pending + paid == 60_000_000 - left


def test_one_yuan_leads_to_the_photo_and_back(enter: Enter) -> None:
    """4: ledger → payment → project → matter → outcome → photo, and back to the payment."""
    officer = enter("officer")
    officer.go("/rounds/2018/ledger")
    paid = officer.page.locator("tbody tr").filter(has_text="邻里议事会陪伴计划")
    officer.follow(paid.locator('a[href^="/payments/"]').first)
    payment = officer.path
    officer.follow('nav.crumbs a[href^="/awards/"]')
    officer.follow(f'a[href="{officer.path}/supports"]')
    officer.follow('main table a[href^="/supports/"]')
    officer.follow('dl.summary a[href^="/matters/"]')
    matter = officer.path
    assert officer.page.locator("#outcomes h3").count()
    picture = officer.page.locator("#outcomes img").first
    picture.scroll_into_view_if_needed()
    officer.loaded(picture)
    officer.follow(f'a[href="{matter}/money"]')
    officer.follow(f'main a[href="{payment}"]')


def test_a_voucher_is_corrected_and_both_values_stay(enter: Enter) -> None:
    """5: finance corrects a voucher number; the payment shows old and new, who and why."""
    finance = enter("finance")
    finance.go("/rounds/2018/ledger")
    finance.follow('main a[href^="/payments/"]')
    payment = finance.path
    finance.follow(f'a[href="{payment}/correct"]')
    old = finance.page.locator("[name=voucher_no]").input_value()
    finance.send(f"{payment}/correct", {"voucher_no": "记18080999", "reason": "凭证号录入有误（虚构）"})
    assert finance.path == payment
    assert finance.page.locator("del", has_text=old).count()
    assert finance.page.locator("ins", has_text="记18080999").count()
    assert "凭证号录入有误（虚构）" in finance.text
    finance.go("/rounds/2018/ledger")
    assert "记18080999" in finance.text and old not in finance.text


def test_an_answer_survives_the_network(enter: Enter, folder: Path) -> None:
    """6: the network is lost in the middle of an answer; typed on, reconnected, reloaded: all of it is there."""
    hand = enter("applicant")
    returned = hand.page.locator("main tr, main li").filter(has_text="·新一年")
    hand.follow(returned.locator('a[href^="/applications/"]').first)
    home = hand.path
    hand.follow(f'a[href="{home}/parts/plan"]')
    box, line = hand.page.locator("#need"), hand.page.locator("[data-saved]")
    begun = box.input_value()
    box.focus()
    hand.page.keyboard.press("Control+End")
    with hand.page.expect_response(lambda answer: answer.url.endswith("/autosave")) as answer:
        hand.page.keyboard.type("，其中 31 户")
    assert answer.value.ok
    hand.context.set_offline(True)
    hand.page.keyboard.type("提到晒场夜里看不见，")
    offline = hand.page.locator("[data-saved].is-offline")
    offline.wait_for()
    hand.page.keyboard.type("12 户愿意出工。")
    whole = f"{begun}，其中 31 户提到晒场夜里看不见，12 户愿意出工。"
    assert box.input_value() == whole and stored(folder, home) == f"{begun}，其中 31 户"
    with hand.page.expect_response(lambda answer: answer.url.endswith("/autosave")) as answer:
        hand.context.set_offline(False)
    assert answer.value.ok
    offline.wait_for(state="detached")
    assert line.inner_text()
    hand.page.reload()
    assert hand.page.locator("#need").input_value() == whole
    assert stored(folder, home) == whole


def stored(folder: Path, application: str) -> str:
    """The analysis of the need as the database holds it."""
    with sqlite3.connect(f"file:{folder / 'venture.db'}?mode=ro", uri=True) as database:
        query = "SELECT answers ->> '$._pending.need' FROM application WHERE id = ?"
        return str(database.execute(query, [int(application.rsplit("/", 1)[1])]).fetchone()[0])
