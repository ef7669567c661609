"""How long the pages people wait for take, with 10,000 applications of one round, in milliseconds.

.venv/bin/python bench/pages.py [applications]. The best of many stands beside its bar, the median behind it: on a
machine that does other work the best says what the page costs, the median how busy the machine was.
"""

import contextvars
import statistics
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import _place
import make
import typed
from client import Browser, save
from sqlalchemy import insert

from venture import clock
from venture.applications.models import Application, CostLine, Fund, Reader, Version
from venture.db import db
from venture.desk import reports
from venture.people.models import Organization
from venture.review.actions import standings
from venture.review.models import Mark, Sheet, SheetState
from venture.roles import Role

BARS = {"list": 29, "one application": 9, "own page": 6.5, "ranking": 31, "submit": 14, "export of all": 5000}
EXPERTS = 5


def copies(row: Any, each: Callable[[int], dict[str, Any]], number: int) -> None:
    """Insert `number` rows like this one, but for what `each` says of the n-th."""
    table = type(row)
    columns = {column.key for column in table.__mapper__.column_attrs} - {"id"}
    like = {key: getattr(row, key) for key in columns}
    for start in range(0, number, 1000):
        db.session.execute(insert(table), [like | each(n) for n in range(start, min(start + 1000, number))])


def filled(number: int) -> dict[str, Any]:
    """A round under review with so many applications, each marked by five experts."""
    officer = make.person(Role.OFFICER)
    now = clock.now()
    window = {"opens_at": now - make.timedelta(days=1), "closes_at": now + make.timedelta(days=1)}
    round = make.round_(officer, total=10**13, allotted=10**13, papers=[], **window)
    round.themes[0].earmark = round.themes[1].earmark = 10**12
    panel = make.panel(round, EXPERTS)
    body = make.organization()
    model = make.application(round, organization_=body, by=officer, state=make.State.IN_REVIEW)
    model.answers = {"summary": "虚构概述" * 50, "need": "虚构需求" * 200}
    first = model.id
    db.session.flush()
    codes = count(500_000)
    copies(
        body, lambda n: {"credit_code": make.credit_code(number=next(codes)), "name": f"虚构中心{n}"}, number
    )
    bodies = [row for (row,) in db.session.query(Organization.id).order_by(Organization.id)][1:]
    themes = [theme.id for theme in round.themes]
    copies(
        model,
        lambda n: {
            "organization_id": bodies[n],
            "theme_id": themes[n % 2],
            "number": f"2018-{n + 10:05d}",
            "title": f"虚构项目{n}",
        },
        number,
    )
    ids = [row for (row,) in db.session.query(Application.id).order_by(Application.id) if row != first]
    theme_of = {row: themes[n % 2] for n, row in enumerate(ids)}
    version = db.session.query(Version).first()
    for kind, also in ((version, "key"), (model.costs[0], ""), (model.funds[0], "")):
        copies(
            kind,
            lambda n, also=also: (
                {"application_id": ids[n]}
                | ({"key": f"k{n}", "receipt": f"S{n:06d}", "theme_id": theme_of[ids[n]]} if also else {})
            ),
            number,
        )
    assert {type(model.costs[0]), type(model.funds[0])} == {CostLine, Fund}
    criteria = {theme.id: theme.criteria for theme in round.themes}
    sheet = make.sheet(model, panel[0], 8000)
    copies(
        Reader(application_id=first, person_id=panel[0].person_id),
        lambda n: {"application_id": ids[n // EXPERTS], "person_id": panel[n % EXPERTS].person_id},
        number * EXPERTS,
    )

    def given(n: int) -> int:
        return 5000 + (n // EXPERTS * 7919 + n % EXPERTS * 131) % 4500

    copies(
        sheet,
        lambda n: {
            "application_id": ids[n // EXPERTS],
            "panelist_id": panel[n % EXPERTS].id,
            "total": given(n),
            "state": SheetState.HANDED_IN,
        },
        number * EXPERTS,
    )
    sheets = [row for row in db.session.query(Sheet.id, Sheet.application_id).order_by(Sheet.id)][1:]
    for start in range(0, len(sheets), 2000):
        rows = []
        for place, (sheet_id, application_id) in enumerate(sheets[start : start + 2000], start):
            rest = given(place)
            for criterion in criteria[theme_of[application_id]]:
                value = min(rest, criterion.max)
                rest -= value
                rows.append({"sheet_id": sheet_id, "criterion_id": criterion.id, "value": value, "note": ""})
        db.session.execute(insert(Mark), rows)
    standings.reckon_all(ids)
    person = make.person(Role.APPLICANT, organization=db.session.get(Organization, bodies[0]))
    drafts = []
    for _ in range(40):
        own = make.organization()
        lead = make.person(Role.APPLICANT, organization=own)
        draft = typed.draft(round, own, by=lead)
        drafts.append((draft, lead))
    save()
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()
    return {
        "officer": officer,
        "round": round,
        "some": ids[number // 2],
        "applicant": person,
        "drafts": drafts,
    }


def timed(work: Callable[[], Any], times: int) -> tuple[float, float]:
    """The best and the median of so many runs."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return min(took), statistics.median(took)


def measured(app: Any, number: int) -> None:
    """Print each page's best and median, and its bar."""
    begun = time.perf_counter()
    of = filled(number)
    print(f"{number} applications in {time.perf_counter() - begun:.0f} s", flush=True)
    officer, applicant = Browser(app).enter(of["officer"]), Browser(app).enter(of["applicant"])

    def get(browser: Browser, address: str) -> Callable[[], None]:
        def ask() -> None:
            answer = contextvars.Context().run(browser.client.get, address)  # a request of its own
            assert answer.status_code == 200, (address, answer.status_code)
            sizes[address] = len(answer.get_data())

        ask()
        return ask

    sizes: dict[str, int] = {}
    drafts = iter([(draft, Browser(app).enter(lead)) for draft, lead in of["drafts"]])

    def submit() -> None:
        draft, browser = next(drafts)
        sent = {"csrf_token": browser.token, "key": f"bench-{draft.id}", "version": draft.revision}
        answer = contextvars.Context().run(browser.client.post, f"/applications/{draft.id}/submit", data=sent)
        assert answer.status_code == 303, answer.get_data(as_text=True)

    found = {
        "list": timed(get(officer, "/rounds/2018/applications"), 30),
        "one application": timed(get(officer, f"/applications/{of['some']}"), 50),
        "own page": timed(get(applicant, "/applications"), 50),
        "ranking": timed(get(officer, "/rounds/2018/ranking"), 30),
        "submit": timed(submit, 39),
        "export of all": timed(lambda: reports.scores(of["round"]), 1),
    }
    for name, (best, median) in found.items():
        missed = "" if best <= BARS[name] else "MISSED"
        print(f"{name:16} {best:9.1f} ms   bar {BARS[name]:6} ms   median {median:9.1f} ms   {missed}")
    print({address: f"{size // 1024} KB" for address, size in sizes.items()})


if __name__ == "__main__":
    with _place.made() as app:
        measured(app, int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
