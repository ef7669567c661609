"""Hidden is absent: for outsiders what is another's answers like what is missing, by every address and every method.

The outsiders are people to whom nothing of the demonstration belongs; every row of it is another's.
"""

import contextvars
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import make
import pytest
from client import Browser, save
from house.test_routes import samples
from live import copied, demo_settings
from sqlalchemy import select
from werkzeug.routing import IntegerConverter, Rule

from venture import clock, create_app, trail
from venture.applications.models import Application
from venture.db import db
from venture.people.models import Grant, Person
from venture.roles import Role
from venture.web import Venture

OUTSIDERS = ("applicant", "expert", "clerk", "audit firm")
OWN = {"people.forget_kept", "people.end_sign_in"}
"""Acts on one's own browsers and kept posts; the tests of sessions try them with another's."""
MISSING = 900_000
QUERIES = (
    {},
    {"sort": "score"},
    {"sort": "-asked"},
    {"state": "awarded"},
    {"theme": "general"},
    {"page": "2"},
)


@pytest.fixture(scope="module")
def told(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venture]:
    app = create_app(demo_settings(copied(loaded, tmp_path_factory.mktemp("hidden"))))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


Pairs = list[tuple[Rule, str, list[str]]]


@pytest.fixture(scope="module")
def pairs(told: Venture) -> Pairs:
    """Every address that takes an id, leading to a row of the demonstration; beside it the same with no such row."""
    listed = list(_pairs(told))
    db.session.rollback()  # the test's own transaction must not hold up those of the requests
    return listed


@pytest.fixture(scope="module")
def outside(told: Venture, pairs: Pairs) -> dict[str, Browser]:
    """A browser of each outsider, made after the pairs were taken: nothing in these is theirs."""
    auditor = make.person(name="虚构外部审计")
    last = clock.beijing_day(clock.now()) + timedelta(days=30)
    auditor.grants.append(Grant(role=Role.AUDITOR, bounded=True, until_on=last, given_at=clock.now()))
    body = make.organization(credit_code=make.credit_code(number=99_999_999))
    people: dict[str, Person] = {
        "applicant": make.person(Role.APPLICANT, organization=body),
        "expert": make.person(Role.EXPERT),
        "clerk": make.person(Role.CLERK, community=make.community(code="320684999999")),
        "audit firm": auditor,
    }
    save()
    return {name: Browser(told).enter(person) for name, person in people.items()}


def _pairs(app: Venture) -> Iterator[tuple[Rule, str, list[str]]]:
    for rule in app.url_map.iter_rules():
        numbers = [
            name
            for name, kind in rule._converters.items()
            if isinstance(kind, IntegerConverter) and name not in {"year", "number"}
        ]
        if (
            rule.endpoint in {"static", *OWN}
            or not numbers
            or app.view_functions[rule.endpoint].rule.everybody
        ):  # type: ignore[attr-defined]
            continue
        for values in samples(rule):
            whole = {name: values.get(name, 1 if name in numbers else "word") for name in rule.arguments}
            if (built := rule.build(whole)) is None:
                continue
            absent = [rule.build({**whole, name: whole[name] + MISSING}) for name in numbers]
            yield rule, built[1], [each[1] for each in absent if each]


def answer(browser: Browser, method: str, address: str) -> tuple[int, str, str]:
    """Status, onward address and page, without moment, token and the page's own address."""
    data = {"csrf_token": browser.token, "typed": "虚构"} if method == "POST" else None
    got = contextvars.Context().run(browser.client.open, address, method=method, data=data)
    text = re.sub(
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d+:]*|data-left=\"\d+\"", "", got.get_data(as_text=True)
    )
    text = re.sub(r'(name="(?:csrf_token|next)" value=")[^"]*', r"\1", text)
    return got.status_code, got.headers.get("Location", ""), text.replace(address, "")


@pytest.mark.parametrize("who", OUTSIDERS)
def test_anothers_and_missing_are_the_same_by_every_method(
    outside: dict[str, Browser], pairs: Pairs, who: str
) -> None:
    browser = outside[who]
    browser.get("/notices")
    events = len(db.session.scalars(select(trail.Event.id)).all())
    wrong, walked = list[str](), 0
    db.session.rollback()
    for rule, theirs, absent in pairs:
        for method in sorted({"GET", "HEAD", "POST"} & (rule.methods or set())):
            got = answer(browser, method, theirs)
            if got[0] not in {403, 404}:
                wrong.append(f"{method} {theirs}: {got[0]} {got[1]}")
            wrong += [
                f"{method} {theirs} differs from {each}"
                for each in absent
                if answer(browser, method, each) != got
            ]
            walked += 1
    assert not wrong, "\n".join(wrong)
    assert walked > 150
    db.session.rollback()
    assert len(db.session.scalars(select(trail.Event.id)).all()) == events, "nothing was done"


@pytest.mark.parametrize("who", OUTSIDERS)
def test_search_sort_filter_and_count_know_nothing_of_anothers(
    told: Venture, outside: dict[str, Browser], who: str
) -> None:
    """Every page that an outsider can open, asked in every way for a title of another's: never there, never counted."""
    browser = outside[who]
    titles = [each for each in db.session.scalars(select(Application.title).distinct()) if each]
    opened = 0
    for rule in told.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        if told.view_functions[rule.endpoint].rule.everybody:  # type: ignore[attr-defined]  # published
            continue
        plain = None
        for asked in (*QUERIES, {"words": titles[0]}, {"words": "不存在的词"}):
            page = browser.get(rule.rule, query_string=asked)
            if page.status_code != 200 or page.mimetype != "text/html":
                continue
            opened += 1
            shown = page.get_data(as_text=True).replace(f'value="{titles[0]}"', "").replace(titles[0], "", 0)
            found = [title for title in titles if title in re.sub(r"<input[^>]*>", "", shown)]
            assert found == [] or (asked.get("words") in found and len(found) == 1), (rule, asked, found[:3])
            rows = shown.count("<tr>")
            plain = rows if plain is None else plain
            assert rows <= plain, "no way of asking shows more"
    assert opened > 5


def test_files_of_another_are_missing(outside: dict[str, Browser], pairs: Pairs) -> None:
    """Attachments, scans and photos go by the row that they belong to, each time."""
    files = [
        (rule, theirs, absent)
        for rule, theirs, absent in pairs
        if rule.endpoint.rpartition(".")[2] in {"file", "scan", "photo", "move_scan", "release_scan"}
    ]
    assert len(files) >= 4
    for browser in outside.values():
        for _rule, theirs, absent in files:
            got = answer(browser, "GET", theirs)
            assert got[0] in {403, 404}
            assert all(answer(browser, "GET", each) == got for each in absent)
