"""In a real browser: the warning, signing in again in another window, and a proof after which an act goes on."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import copied, enter, served

pytestmark = pytest.mark.browser
KEPT = "虚构简介，打到一半时登录已过期。"


@pytest.fixture
def folder(loaded: Path, tmp_path: Path) -> Path:
    return copied(loaded, tmp_path / "data")


@pytest.fixture
def site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("VENTURE_IDLE_STAFF", "5")
    with served(folder) as address:
        yield address


def test_one_signs_in_again_in_another_window_and_goes_on(chromium: Any, site: str) -> None:
    context = chromium.new_context(locale="zh-CN")
    other, page = context.new_page(), context.new_page()
    enter(other, site, "officer")
    page.clock.install()
    page.goto(f"{site}/organizations/1/edit")
    page.locator("[name=introduction]").fill(KEPT)
    notice = page.locator("[data-session]")
    assert notice.is_hidden()
    page.clock.fast_forward(6000)
    notice.locator("[data-when=soon]").wait_for(state="visible")
    assert re.search(r"\d", notice.inner_text())
    notice.locator("button").click()
    other.locator('form[action="/sign-out"] button').click()
    page.clock.fast_forward(6000)
    notice.locator("[data-when=over]").wait_for(state="visible")
    assert page.locator("[name=introduction]").input_value() == KEPT
    enter(other, site, "applicant")
    page.clock.fast_forward(6000)
    notice.locator("[data-when=other]").wait_for(state="visible")
    other.locator('form[action="/sign-out"] button').click()
    enter(other, site, "officer")
    page.clock.fast_forward(6000)
    notice.locator("[data-when=back]").wait_for(state="visible")
    page.locator('form[action="/organizations/1/edit"] button.btn-primary').click()
    page.wait_for_url(f"{site}/organizations/1")
    assert KEPT in page.locator("main").inner_text()
    context.close()


def test_after_a_proof_the_act_goes_on_by_itself(chromium: Any, site: str, folder: Path) -> None:
    page = chromium.new_context(locale="zh-CN").new_page()
    enter(page, site, "officer")
    with sqlite3.connect(folder / "venture.db") as database:
        database.execute("UPDATE sign_in SET proved_at = '2018-01-01 00:00:00.000000'")
        (login,) = database.execute("SELECT email FROM person WHERE email LIKE 'expert1@%'").fetchone()
    page.goto(f"{site}/one-time-code")
    page.locator("[name=login]").fill(login)
    page.locator("[name=reason]").fill("回拨电话核实")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"{site}/prove")
    (code,) = re.findall(r"\b\d{6}\b", page.locator("main").inner_text())
    page.locator("[name=proof]").fill(code)
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"{site}/one-time-code")
    assert re.search(r"\d{4} \d{4}", page.locator("main").inner_text())
    page.context.close()
