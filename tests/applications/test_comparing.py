"""Near-duplicates as rows and pages: what a comparison keeps, what an officer finds, who sees it, what it never does."""

import random
from types import SimpleNamespace
from typing import Any

import make
import pytest
import typed
from client import Browser, save
from sqlalchemy import select

from venture import trail
from venture.applications import actions, likeness, printing, queries
from venture.applications.actions import Looked
from venture.applications.lifecycle import State
from venture.applications.likeness import Kind, Verdict
from venture.applications.models import Application, Barred, Comparison, Likeness, Reader
from venture.db import db
from venture.people.models import Grant
from venture.refusal import Refused
from venture.roles import Role
from venture.web import Venture

ENGLISH = {"headers": {"Accept-Language": "en"}}
LIST = "/rounds/2018/likeness"


def prose(seed: int, length: int = 150) -> str:
    chance = random.Random(seed)
    return "".join(chr(chance.randrange(0x4E00, 0x5800)) for _sign in range(length))


def costs(seed: int, *contents: str) -> dict[str, Any]:
    """A budget of 40,000 yuan: what is named first takes what the others leave."""
    prices = [1000 + seed * 10 + place for place in range(1, len(contents))]
    rows = [40000 - sum(prices), *prices]
    return {
        "costs_grant": [
            {
                "category": "activity",
                "content": content,
                "unit_price": str(price),
                "quantity": "1",
                "unit": "",
            }
            for content, price in zip(contents, rows, strict=True)
        ],
        "costs_matching": [],
        "fund_own": "",
    }


@pytest.fixture
def scene(app: Venture) -> Any:
    """Last year's proposal; this year the same from another body, one with its own words, one with a copied need."""
    officer = make.person(Role.OFFICER)
    rounds = [make.round_(officer, 2017), make.round_(officer, 2018)]
    bodies = [make.organization() for _each in range(4)]
    people = [make.person(Role.APPLICANT, organization=body) for body in bodies]
    budget = costs(1, "物资", "讲课", "保险")
    given: list[dict[str, Any]] = [
        {"summary": prose(1), "need": prose(2), **budget},
        {"summary": prose(1), "need": prose(2), **budget},
        {"summary": prose(3), "need": prose(4), **costs(2, "物资", "讲课", "保险")},
        {"summary": prose(5, 400), "need": "走访得知：" + prose(4, 90), **costs(3, "场地", "车费")},
    ]
    rows = [
        typed.sent(rounds[min(place, 1)], body, by=person, title=f"项目{place}", **more)
        for place, (body, person, more) in enumerate(zip(bodies, people, given, strict=True))
    ]
    save()
    return SimpleNamespace(officer=officer, rounds=rounds, bodies=bodies, people=people, rows=rows)


def compare(app: Venture, scene: Any, place: int = 1) -> Comparison:
    proposals, among = queries.comparable(scene.rounds[place])
    with app.test_request_context():
        fixed = printing.fixed_words(scene.rounds[place])
    found = likeness.alike(proposals, fixed, among)
    made = actions.compare(
        round=scene.rounds[place], found=found, among=among, by=scene.officer, at=make.NOON
    )
    save()
    return made


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [blocker.code.partition(".")[2] for blocker in refused.value.blockers]


def of(row: Likeness) -> list[str]:
    return [application.title for application in row.applications]


def test_what_a_comparison_finds_within_the_round_and_in_earlier_ones(app: Venture, scene: Any) -> None:
    made = compare(app, scene)
    assert (made.versions, made.pairs, made.fresh, made.left_out) == (3, 2, 2, 0)
    same, copied = queries.pairs(scene.rounds[1], scene.officer).items
    assert (of(same), same.kinds) == (["项目0", "项目1"], [Kind.SAME, Kind.BUDGET])
    assert (same.text, same.budget, same.lines) == (10000, 10000, 3)
    assert (of(copied), copied.kinds, copied.longest) == (["项目2", "项目3"], [Kind.PASSAGES], 90)
    assert [event.facts["pairs"] for event in trail.history(scene.rounds[1])] == [2]
    assert compare(app, scene, 0).pairs == 0


def test_the_same_again_adds_nothing_and_a_new_version_only_its_pairs(app: Venture, scene: Any) -> None:
    compare(app, scene)
    assert queries.not_compared(scene.rounds[1], queries.last_comparison(scene.rounds[1])) == 0
    assert compare(app, scene).fresh == 0
    row, by = scene.rows[3], scene.people[3]
    old = queries.pairs(scene.rounds[1], scene.officer).items[1]
    typed.fill(row, by=by, title="项目3", **costs(3, "场地", "车费"), summary=prose(9), need=prose(4))
    actions.submit(application=row, by=by, key="again", seen=row.revision, at=make.NOON)
    save()
    assert queries.not_compared(scene.rounds[1], queries.last_comparison(scene.rounds[1])) == 1
    assert [of(each) for each in queries.pairs(scene.rounds[1], scene.officer).items] == [["项目0", "项目1"]]
    assert queries.newer(old)
    made = compare(app, scene)
    assert (made.pairs, made.fresh) == (2, 1)
    assert [each.longest for each in queries.pairs(scene.rounds[1], scene.officer).items] == [150, 150]


def test_what_was_withdrawn_is_not_compared(app: Venture, scene: Any) -> None:
    actions.withdraw(application=scene.rows[1], by=scene.people[1], at=make.NOON)
    assert compare(app, scene).pairs == 1
    assert queries.alike_by_application(scene.rounds[1], scene.officer) == {
        scene.rows[2].id: (1, 1),
        scene.rows[3].id: (1, 1),
    }


def test_finding_a_copy_refuses_nothing(app: Venture, scene: Any) -> None:
    compare(app, scene)
    before = [(row.id, row.state, row.revision, row.decision_reason) for row in scene.rows]
    for pair in queries.pairs(scene.rounds[1], scene.officer).items:
        judge(scene, pair, Verdict.COPIED)
    save()
    rows = db.session.scalars(select(Application).order_by(Application.id)).all()
    assert [(row.id, row.state, row.revision, row.decision_reason) for row in rows] == before


def judge(scene: Any, pair: Likeness, verdict: Verdict, reason: str = "逐段核对", **more: Any) -> int:
    given = {"looked": [Looked(pair, pair.seen)], "verdict": verdict, "reason": reason, "by": scene.officer}
    return actions.judge_pairs(**{**given, "at": make.NOON, **more})


def test_what_was_found_on_looking_is_kept_with_what_was_found_before(app: Venture, scene: Any) -> None:
    compare(app, scene)
    pair = queries.pairs(scene.rounds[1], scene.officer).items[0]
    judge(scene, pair, Verdict.COPIED)
    judge(scene, pair, Verdict.EXPLAINED, "两家机构合并，续报")
    save()
    assert (pair.verdict, pair.reason, pair.judged_by) == (
        Verdict.EXPLAINED,
        "两家机构合并，续报",
        scene.officer,
    )
    kept = trail.corrections_of([pair])[pair.id]
    assert [(each.field, each.old, each.new) for each in kept] == [
        ("verdict", "copied", "explained"),
        ("reason", "逐段核对", "两家机构合并，续报"),
    ]
    said = [event.did for event in trail.history(pair)]
    assert said.count("applications.judge_pair") == 2 and said.count("correct") == 2


def test_who_may_not_judge_and_what_is_missing(app: Venture, scene: Any) -> None:
    compare(app, scene)
    pair, other = queries.pairs(scene.rounds[1], scene.officer).items
    for more, code in (
        ({"by": make.person(Role.OPERATOR)}, "not_your_role"),
        ({"looked": []}, "no_pair"),
        ({"reason": " "}, "no_reason_for_verdict"),
        ({"by": make.person(Role.OFFICER, employer_code=scene.bodies[0].credit_code)}, "own_pair"),
        ({"looked": [Looked(pair, "before"), Looked(other, "")]}, "pair_changed"),
    ):
        with pytest.raises(Refused) as refused:
            judge(scene, pair, Verdict.LOOKED, **more)
        assert codes(refused) == [code]
    assert pair.verdict is None and other.verdict is None
    with pytest.raises(Refused) as refused:
        actions.compare(
            round=scene.rounds[1],
            found=likeness.Found([], 0),
            among=set(),
            by=scene.officer,
            at=make.NOON,
        )
    assert codes(refused) == ["nothing_to_compare"]


def test_only_staff_see_pairs_and_nobody_from_whom_one_of_the_two_is_hidden(
    app: Venture, scene: Any, enter: Any
) -> None:
    compare(app, scene)
    pair = queries.pairs(scene.rounds[1], scene.officer).items[0]
    address = f"/likeness/{pair.id}"
    expert, barred = make.person(Role.EXPERT), make.person(Role.OFFICER)
    for row in pair.applications:
        db.session.add(Reader(application_id=row.id, person_id=expert.id))
    db.session.add(Barred(application_id=pair.applications[0].id, person_id=barred.id))
    save()
    for person in (expert, scene.people[0], scene.people[1]):
        assert enter(person).get(address).status_code == enter(person).get(LIST).status_code == 403
    tied = enter(barred)
    assert tied.get(address).status_code == 404
    assert "项目0" not in tied.get(LIST).page.words and "项目2" in tied.get(LIST).page.words
    sent = {"pair": pair.id, f"seen-{pair.id}": "", "verdict": "looked", "reason": "看过"}
    assert tied.post(f"{LIST}/verdicts", sent, **ENGLISH).status_code == 422
    auditor = enter(make.person(Role.AUDITOR))
    assert auditor.get(address).status_code == auditor.get(LIST).status_code == 200
    assert auditor.post(address, sent).status_code == 403


def test_the_applicant_learns_nothing_of_it(app: Venture, scene: Any, enter: Any) -> None:
    compare(app, scene)
    judge(scene, queries.pairs(scene.rounds[1], scene.officer).items[0], Verdict.COPIED, "抄袭二字")
    save()
    browser = enter(scene.people[1])
    for address in (f"/applications/{scene.rows[1].id}", "/applications"):
        page = browser.get(address, **ENGLISH).page.words
        assert "抄袭" not in page and "duplicate" not in page and "项目0" not in page


# --- the pages ---


def marks(browser: Browser, address: str) -> list[str]:
    html = browser.get(address, **ENGLISH).get_data(as_text=True)
    return [part.partition("</mark>")[0] for part in html.split('<mark class="copied">')[1:]]


def test_from_comparing_to_what_was_found(app: Venture, scene: Any, enter: Any) -> None:
    browser = enter(scene.officer)
    page = browser.get(LIST, **ENGLISH).page.words
    assert "Nothing has been compared yet" in page and "3 submitted versions have not been compared" in page
    assert browser.post(LIST).status_code == 303
    page = browser.get(LIST, **ENGLISH).page
    assert "The same proposal, The same budget" in page.words and "Nobody looked yet" in page.words
    assert page.words.index("项目0 · 项目1") < page.words.index("项目2 · 项目3")
    first, second = db.session.scalars(select(Likeness.id).order_by(Likeness.text.desc()))
    shown = marks(browser, f"/likeness/{second}")
    assert len(shown) == 2 and all(prose(4, 90) in each for each in shown)
    assert 'id="one-1"' in shown[0] and 'href="#two-1"' in shown[0] and "copied passage" in shown[0]
    assert browser.get(f"/likeness/{first}", **ENGLISH).page.words.count("same words and figures") == 6
    sent = {"verdict": "explained", "reason": "同一机构续报", f"seen-{first}": "", f"seen-{second}": ""}
    sent |= {"pair": [str(first), str(second)]}
    preview = browser.post(f"{LIST}/verdicts", sent, **ENGLISH)
    assert preview.status_code == 200 and "Record this for 2 pairs?" in preview.page.words
    db.session.rollback()
    assert db.session.scalars(select(Likeness.verdict)).all() == [None, None]
    assert browser.post(f"{LIST}/verdicts", {**sent, "confirmed": "1"}).status_code == 303
    assert db.session.scalars(select(Likeness.verdict)).all() == [Verdict.EXPLAINED] * 2
    page = browser.get(f"{LIST}?verdict=open", **ENGLISH).page.words
    assert "No pair is alike" in page
    page = browser.get(f"{LIST}?verdict=explained&whose=other", **ENGLISH).page.words
    assert "项目0 · 项目1" in page and "同一机构续报" in page
    assert "No pair is alike" in browser.get(f"{LIST}?whose=same", **ENGLISH).page.words
    number = scene.rows[3].number
    page = browser.get(f"{LIST}?number={number}", **ENGLISH).page.words
    assert "项目2 · 项目3" in page and "项目0 · 项目1" not in page
    desk = browser.get("/rounds/2018/eligibility", **ENGLISH).get_data(as_text=True)
    assert f"/rounds/2018/likeness?number={number}" in desk


def test_two_officers_and_one_pair(app: Venture, scene: Any, enter: Any) -> None:
    compare(app, scene)
    pair = queries.pairs(scene.rounds[1], scene.officer).items[0]
    colleague = make.person(Role.OFFICER, name="同事")
    save()
    address, field = f"/likeness/{pair.id}", f"seen-{pair.id}"
    first, second = enter(scene.officer), enter(colleague)
    opened = second.get(address).page
    seen = next(form["fields"] for form in opened.forms if form["action"] == address)[field]
    assert first.post(address, {"verdict": "explained", "reason": "续报", field: seen}).status_code == 303
    sent = {"verdict": "copied", "reason": "我打的字还在", field: seen}
    refused = second.post(address, sent, **ENGLISH)
    assert refused.status_code == 422 and "after you opened the page" in refused.page.words
    assert "我打的字还在" in refused.get_data(as_text=True) and "续报" in refused.page.words
    now = next(form["fields"] for form in refused.page.forms if form["action"] == address)[field]
    assert second.post(address, {**sent, field: now}).status_code == 303
    page = first.get(address, **ENGLISH).page.words
    assert "Explained → Copied" in page and "同事" in page


@pytest.mark.parametrize(
    "sent", [{}, {"verdict": "x", "reason": "y"}, {"pair": "9" * 30, "verdict": "looked", "reason": "y"}]
)
def test_odd_posts_are_answered(scene: Any, enter: Any, sent: dict[str, str]) -> None:
    browser = enter(scene.officer)
    assert browser.post(f"{LIST}/verdicts", sent).status_code == 422
    assert browser.post("/rounds/1999/likeness").status_code == 404
    assert browser.get("/likeness/999").status_code == 404


def test_an_officer_who_acts_for_one_of_them_sees_and_does_not_judge(
    app: Venture, scene: Any, enter: Any
) -> None:
    compare(app, scene)
    pair = queries.pairs(scene.rounds[1], scene.officer).items[0]
    torn = make.person(Role.OFFICER)
    torn.grants.append(Grant(role=Role.APPLICANT, organization=scene.bodies[1], given_at=make.NOON))
    save()
    page = enter(torn).get(f"/likeness/{pair.id}", **ENGLISH).page
    assert "a colleague has to judge" in page.words
    assert [form for form in page.forms if form["action"] == f"/likeness/{pair.id}"] == []


def test_the_list_costs_the_same_at_any_length(
    app: Venture, scene: Any, enter: Any, statements: list[str]
) -> None:
    compare(app, scene)
    browser = enter(scene.officer)
    browser.get(LIST)
    statements.clear()
    browser.get(LIST)
    few = len(statements)
    versions = []
    for _more in range(12):
        row = make.application(
            scene.rounds[1], by=scene.people[0], state=State.SUBMITTED, organization_=make.organization()
        )
        versions.append(row.versions[0].id)
    zero = {"text": 9000, "passages": 1, "longest": 50, "budget": 0, "lines": 0, "found_at": make.NOON}
    db.session.add_all(
        Likeness(first_id=first, second_id=second, **zero)
        for place, first in enumerate(versions)
        for second in versions[place + 1 :]
    )
    save()
    statements.clear()
    assert browser.get(LIST).status_code == 200
    assert len(statements) == few
    assert queries.pairs(scene.rounds[1], scene.officer, page=2).total == 68
