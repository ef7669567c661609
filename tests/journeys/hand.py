"""A person at a browser: opens pages, fills in forms by the names of their fields, presses their buttons."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pyotp import TOTP

Given = str | bool | Path | list[str] | Mapping[str, str]
VERB = "button[type=submit]:not([name]):not([formaction])"


class Hand:
    """One person with a browser of their own."""

    def __init__(self, browser: Any, site: str, *, scripts: bool = True) -> None:
        self.context = browser.new_context(
            locale="zh-CN",
            viewport={"width": 1280, "height": 900},
            java_script_enabled=scripts,
        )
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.site, self.scripts = site, scripts
        self.failures: list[str] = []
        self.page.on("pageerror", lambda error: self.failures.append(f"{self.path}: {error}"))

    def close(self) -> None:
        self.context.close()
        assert not self.failures, self.failures

    def move(self, site: str) -> None:
        """Go on at another address of the same site; cookies know no ports, so the person stays signed in."""
        self.site = site

    # --- looking ---

    def go(self, address: str) -> None:
        """Open a page by its address."""
        answer = self.page.goto(self.site + address)
        assert answer.status == 200, f"{address}: {answer.status}\n{self.text[:600]}"

    def follow(self, link: Any) -> None:
        """Press a link, given as a selector or a locator; the next page must stand."""
        link = self.page.locator(link).first if isinstance(link, str) else link
        self.show(link)
        with self.page.expect_navigation() as turned:
            link.click()
        assert turned.value.status == 200, f"{self.page.url}: {turned.value.status}"

    def show(self, element: Any) -> None:
        """Unfold what an element is hidden in."""
        while element.evaluate("one => one.parentElement.closest('details:not([open])') !== null"):
            element.locator("xpath=ancestor::details[not(@open)]/summary").first.click()

    @property
    def text(self) -> str:
        """The page's words with single blanks."""
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def path(self) -> str:
        return str(self.page.url).removeprefix(self.site)

    @property
    def number(self) -> int:
        """The last number in the page's address."""
        return int(re.findall(r"/(\d+)", self.path.split("?")[0])[-1])

    def row(self, words: str) -> Any:
        """The row of a table that says this."""
        return self.page.locator("tbody tr", has_text=words).first

    def cells(self, words: str) -> list[str]:
        """What the row that says this holds, cell by cell."""
        return [" ".join(cell.split()) for cell in self.row(words).locator("th, td").all_inner_texts()]

    def facts(self) -> list[str]:
        """The values of the page's lists of facts, in order."""
        return [" ".join(value.split()) for value in self.page.locator("dl.summary dd").all_inner_texts()]

    def fen(self, text: str) -> int:
        """The amount in a text, in fen."""
        found = re.search(r"[\d,]+\.\d\d", text)
        assert found, f"no amount in {text!r}"
        return int(found[0].replace(",", "").replace(".", ""))

    def numbers(self, text: str) -> list[int]:
        """The whole numbers in a text, a decimal one by what stands before its point."""
        return [int(found.replace(",", "")) for found in re.findall(r"(?<![\d.])[\d,]+", text)]

    def loaded(self, picture: Any) -> int:
        """Wait until a picture is there; its width."""
        self.page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0", arg=picture.element_handle()
        )
        return int(picture.evaluate("image => image.naturalWidth"))

    # --- forms ---

    def fill(self, action: str, values: Mapping[str, Given]) -> Any:
        """Fill in the form that is sent to `action`; the form."""
        form = self.page.locator(f'form[action="{action}"]:not(.filters)').first
        for name, value in values.items():
            self._give(form, name, value)
        return form

    def _give(self, form: Any, name: str, value: Given) -> None:
        fields = form.locator(f'[name="{name}"]:not([type=hidden])')
        kind, folded = fields.evaluate_all(
            "([one]) => one ? [one.type || one.localName, one.closest('details:not([open])') !== null] : ['', false]"
        )
        assert kind, f"{self.path}: no field {name}"
        field = fields.first
        if folded:
            self.show(field)
        if kind == "file":
            field.set_input_files(str(value))
        elif isinstance(value, bool):
            field.set_checked(value)
        elif kind in ("checkbox", "radio"):
            for one in value if isinstance(value, list) else [value]:
                box = form.locator(f'[name="{name}"][value="{one}"]')
                self.show(box)
                box.check()
        elif kind.startswith("select"):
            chosen: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {"value": value}
            field.select_option(**chosen)
        else:
            field.fill(str(value))

    def send(
        self,
        action: str,
        values: Mapping[str, Given] | None = None,
        *,
        press: str = VERB,
        confirm: bool = False,
        refused: bool = False,
    ) -> None:
        """Fill in a form and press its button: done it leads on to a page; `refused` stays and says why.

        With `confirm` the act first shows what it will do, and its verb is pressed there.
        """
        form = self.fill(action, values or {})
        status, led_on = self._press(form.locator(press).first)
        if refused:
            assert status in (409, 422), f"{action} was not refused: {status}"
            return
        assert status == 200, f"{action}: {status}\n{self.wrong()}"
        if confirm:
            assert not led_on, f"{action} showed no preview"
            preview = self.page.locator("form", has=self.page.locator("input[name=confirmed]")).first
            status, led_on = self._press(preview.locator(VERB).first)
            assert status == 200, f"{action}, confirmed: {status}\n{self.wrong()}"
        assert led_on, f"{action} led nowhere\n{self.wrong()}"

    def attach(self, action: str, file: Path) -> None:
        """Choose a file, which a script sends at once and then shows; without scripts a button sends it."""
        if not self.scripts:
            self.send(action, {"file": file})
            return
        with self.page.expect_navigation() as turned:
            self.fill(action, {"file": file})
        assert turned.value.status == 200
        assert file.name in self.text, self.wrong()

    def _press(self, button: Any) -> tuple[int, bool]:
        """Press a button that sends a form: the status of what is shown then, and whether it led on there."""
        self.show(button)
        with self.page.expect_navigation() as turned:
            button.click()
        answer = turned.value
        return answer.status, answer.request.redirected_from is not None

    def wrong(self) -> str:
        """What the page says is wrong, else how it begins."""
        said = self.page.locator(".error-summary, .obstacles, .field-error").all_inner_texts()
        return "\n".join(said) or self.text[:800]

    # --- signing in ---

    def enter(self, key: str) -> "Hand":
        """Enter the demonstration by a role's card."""
        self.go("/")
        self.send(f"/enter/{key}")
        return self

    def sign_in(self, login: str, password: str) -> "Hand":
        self.go("/sign-in")
        self.send("/sign-in", {"login": login, "password": password})
        return self

    def second_factor(self, seed: str, at: datetime) -> str:
        """Set up an authenticator where one is asked for, or type the code that it shows; its seed, if any."""
        if self.path.startswith("/sign-in/set-up"):
            seed = self.page.locator("main code").first.inner_text()
            form = self.fill("/sign-in/set-up", {"proof": TOTP(seed).at(at)})
            status, _ = self._press(form.locator(VERB))
            assert status == 200, self.wrong()
            self.follow("main a.btn-primary")
        elif self.path.startswith("/sign-in/code"):
            self.send("/sign-in/code", {"proof": TOTP(seed).at(at)})
        return seed

    def download(self, link: str, folder: Path) -> Path:
        """Press a link that downloads; where the file was put."""
        with self.page.expect_download() as coming:
            self.page.locator(link).first.click()
        target = folder / str(coming.value.suggested_filename)
        coming.value.save_as(target)
        return target
