"""The path of a request: signing in, the marks, refusals, error pages."""

import re
from typing import Any

import make
import pytest
from client import Browser, save
from flask import Flask

from venture import web
from venture.people import actions
from venture.roles import Role


def test_sign_in_and_out(app: Any, browser: Browser) -> None:
    person = make.person(
        Role.OFFICER, email="officer@example.invalid", password_hash=actions.hash_of("correct horse")
    )
    save()
    assert browser.post("/sign-in", {"login": person.email, "password": "wrong"}).status_code == 422
    assert browser.post("/sign-in", {"login": person.email, "password": "correct horse"}).status_code == 303
    browser.get("/sign-in")
    assert browser.post("/sign-out").status_code == 303
    browser.get("/sign-in")
    assert browser.post("/sign-out").headers["Location"].startswith("/sign-in")


def test_a_post_without_its_token_changes_nothing(app: Any, browser: Browser) -> None:
    browser.get("/sign-in")
    browser.token = "wrong"
    assert browser.post("/sign-in", {"login": "x", "password": "y"}).status_code == 400


def test_a_view_without_a_rule_stops_the_start(app: Any) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/x", view_func=lambda: "x", endpoint="x")
    with pytest.raises(RuntimeError, match="does not say who may use it"):
        web.seal(bare)


def test_unknown_addresses_answer_404(app: Any, browser: Browser) -> None:
    assert browser.get("/nothing/here").status_code == 404


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil", "https:evil", "/%09/evil", "javascript:alert(1)", "http://a@evil", ""],
)
def test_foreign_targets_lead_home(app: Any, target: str) -> None:
    with app.test_request_context():
        assert web.safe_next(target) == "/"
        assert web.safe_next("/applications/7?page=2") == "/applications/7?page=2"


def test_assets_whose_name_carries_a_hash_are_kept_for_good(browser: Any) -> None:
    page = browser.get("/").get_data(as_text=True)
    found = re.search(r'href="(/static/dist/[^"]+\.css)"', page)
    assert found is not None
    with browser.client.get(found[1]) as asset:
        assert "immutable" in asset.headers["Cache-Control"]
    assert browser.get("/").headers["Cache-Control"] == "no-store"
