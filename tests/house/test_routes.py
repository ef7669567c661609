"""Every route of the demonstration answers each role with 200, 3xx, 403 or 404, and each page is open to somebody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Browser
from live import copied, demo_settings
from sqlalchemy import select

from venture import create_app
from venture.applications.models import Application
from venture.budget.models import Award, Batch, Notice, Objection, Payment
from venture.db import db
from venture.deliberation.models import Matter, Outcome, Use
from venture.demo.content import CARDS
from venture.impact.models import Support
from venture.people.models import Community, Organization
from venture.rounds.models import Round, Theme
from venture.web import Venture


@pytest.fixture(scope="module")
def told(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venture]:
    app = create_app(demo_settings(copied(loaded, tmp_path_factory.mktemp("routes"))))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


KINDS: dict[str, Any] = {
    "applications": Application,
    "awards": Award,
    "batches": Batch,
    "communities": Community,
    "matters": Matter,
    "notices": Notice,
    "objections": Objection,
    "organizations": Organization,
    "outcomes": Outcome,
    "payments": Payment,
    "review": Application,
    "supports": Support,
    "themes": Theme,
    "uses": Use,
}


def _ids(model: Any) -> list[int]:
    ids = list(db.session.scalars(select(model.id).order_by(model.id)))
    return sorted({*ids[:2], *ids[len(ids) // 2 : len(ids) // 2 + 1], *ids[-2:]})


def test_every_page_answers_each_role(told: Venture) -> None:
    pages: dict[str, list[str]] = {}
    years = list(db.session.scalars(select(Round.year)))
    with told.test_request_context():
        for rule in told.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
                continue
            addresses = {rule.rule}
            for name in rule.arguments:
                head = rule.rule.strip("/").split("/")[0]
                values: list[Any] = {
                    "year": years,
                    "code": ["1", "basics", "money"],
                    "name": ["award", "disbursement", "notice", "scores", "ledger"],
                    "token": ["not-a-token"],
                    "part": ["basics", "themes", "plan"],
                }.get(name, _ids(KINDS[head]) if head in KINDS else [1, 2])
                addresses = {
                    address.replace(found, str(value))
                    for address in addresses
                    for found in [
                        part for part in address.split("/") if f"{name}>" in part or f"<{name}" in part
                    ]
                    for value in values
                } or addresses
            pages[rule.endpoint] = sorted(addresses)
    answered: dict[str, set[int]] = {endpoint: set() for endpoint in pages}
    for key in [None, *(card[1] for card in CARDS)]:
        browser = Browser(told)
        if key:
            browser.post(f"/enter/{key}")
        for endpoint, addresses in pages.items():
            for address in addresses:
                status = browser.get(address).status_code
                assert status in {200, 302, 303, 403, 404, 409, 422}, (key, address, status)
                answered[endpoint].add(status)
    never = sorted(endpoint for endpoint, seen in answered.items() if 200 not in seen)
    assert not [endpoint for endpoint in never if endpoint not in BY_TOKEN], never


BY_TOKEN = {"people.invitation", "impact.confirm"}
"""Pages that only the holder of a one-time link sees; their own tests walk them."""


def test_the_same_page_is_absent_for_strangers(told: Venture) -> None:
    """What another organization owns and what does not exist answer the same, to the byte."""
    browser = Browser(told)
    browser.post("/enter/applicant")
    theirs = db.session.scalars(select(Application.id)).all()
    missing = browser.get(f"/applications/{max(theirs) + 1000}")
    hidden = [
        response for id in theirs if (response := browser.get(f"/applications/{id}")).status_code == 404
    ]
    assert hidden
    for response in hidden:
        assert _without_time(response) == _without_time(missing)


def _without_time(response: Any) -> str:
    import re

    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d+:]*", "", response.get_data(as_text=True))
    return re.sub(r'(name="(?:csrf_token|next)" value=")[^"]*', r"\1", text)
