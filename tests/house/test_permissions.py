"""The table of permissions is current, and every address keeps to it: each method, each role, and nobody."""

import contextvars
import re
from collections.abc import Callable
from typing import Any

import make
from client import Browser, save
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from venture import permissions
from venture.config import ROOT
from venture.roles import STAFF, Role
from venture.web import Venture

LINE = re.compile(r"\| `(.+?)` \| (GET|POST) \| (\S+) \| (.+?)(?: \(\*proof\*\))? \|")
NOBODY = None
ALSO_BY_ROW = {
    "people.edit_organization",
    "people.save_organization",
    "people.edit_account",
    "people.change_account",
    "people.representative",
    "people.change_representative",
}
"""Open by the mark to whoever is signed in; 403 to those who may see the organization but not change it."""
ENDS_THE_SESSION = {"people.sign_out", "people.end_sign_ins", "people.change_password"}


def admitted(words: str) -> set[Role | None]:
    """Whom the words of the last column let in."""
    if words == "everybody":
        return {NOBODY, *Role}
    if words == "signed in":
        return set(Role)
    named: set[Role | None] = set()
    for word in words.split(", "):
        named |= set(STAFF) if word == "staff" else {Role(word)}
    return named


def address(rule: Rule) -> str:
    """An address of this rule, leading to the first row where there is one."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        elif isinstance(converter, IntegerConverter):
            values[name] = 2018 if name == "year" else 1
        else:
            values[name] = "general" if name == "code" else "2018-05-20" if name == "day" else "word"
    built = rule.build(values)
    assert built is not None, rule
    return built[1]


def test_the_document_is_current(app: Venture) -> None:
    written = (ROOT / "docs" / "permissions.md").read_text()
    assert written == permissions.document(app), "run: venture permissions"


def test_every_address_keeps_to_the_document(app: Venture) -> None:
    lines = LINE.findall((ROOT / "docs" / "permissions.md").read_text())
    table = {(endpoint, method): admitted(words) for _address, method, endpoint, words in lines}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert {endpoint for endpoint, _method in table} == {rule.endpoint for rule in rules}
    make.person(name="虚构旁人")
    make.round_(make.person(Role.OFFICER))
    here = {"organization": make.organization(), "community": make.community()}
    people = {role: make.person(role, **here) for role in Role}
    save()
    wrong: list[str] = []
    for role in (NOBODY, *Role):
        browser = Browser(app)
        if role:
            browser.enter(people[role])
        else:
            browser.get("/sign-in")
        for rule in rules:
            where = address(rule)
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            may = role in table[rule.endpoint, method]
            head = ["HEAD"] if method == "GET" and role in {NOBODY, Role.CLERK} else []
            for sent in [*head, method]:
                status, onward = answer(browser, sent, where)
                if not fits(role, may, status, onward) and not (
                    status == 403 and role and rule.endpoint in ALSO_BY_ROW
                ):
                    wrong.append(f"{role} {sent} {rule.rule}: {status} {onward}")
            if rule.endpoint in ENDS_THE_SESSION and role:
                browser.enter(people[role])
        assert browser.get("/me").status_code == (200 if role else 303), role
    assert not wrong, "\n".join(wrong)


def answer(browser: Browser, method: str, where: str) -> tuple[int, str]:
    call: Callable[..., Any] = browser.client.open
    data = {"csrf_token": browser.token} if method == "POST" else None
    response = contextvars.Context().run(call, where, method=method, data=data)
    assert method != "HEAD" or not response.data
    return response.status_code, response.headers.get("Location", "")


def fits(role: Role | None, may: bool, status: int, onward: str) -> bool:
    """Whether the answer is that of the door (not let in) or of what stands behind it (let in)."""
    if may:
        return status < 500 and status not in {401, 403, 405}
    if role is NOBODY:
        return status == 303 and onward.startswith("/sign-in")
    return status == 403


def test_other_methods_tell_nothing(app: Venture, browser: Browser) -> None:
    """OPTIONS names the methods; what an address does not have is 405, whoever asks; neither runs a view."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        where = address(rule)
        options = contextvars.Context().run(browser.client.options, where)
        assert options.status_code == 200 and not options.data, rule
        known = {one.strip() for one in options.headers["Allow"].split(",")}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - known:
            got = contextvars.Context().run(
                browser.client.open, where, method=method, data={"csrf_token": browser.token}
            )
            assert got.status_code in {400, 405}, (rule, method, got.status_code)
