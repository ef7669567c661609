"""The pool of experts: what is known of each, who may be asked, what the pages show and keep."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from venture import trail
from venture.applications.lifecycle import State
from venture.db import db
from venture.people.models import Grant, Person
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.conflicts import Ground
from venture.review.defaults import Record
from venture.review.models import Affiliated, Affiliation, Competence, Expert, PoolState, Title
from venture.roles import Role

NOW = make.NOON + timedelta(days=20)


def codes(refused: Any) -> list[tuple[str, str]]:
    return [(blocker.code.partition(".")[2], blocker.field) for blocker in refused.value.blockers]


def record(**more: Any) -> Record:
    given: dict[str, Any] = {
        "title": Title.NONE,
        "position": "",
        "employer": "",
        "employer_name": "",
        "competences": frozenset(),
        "bonds": {},
    }
    return Record(**{**given, **more})


def taken_in(*people: Person) -> list[Expert]:
    officer = make.person(Role.OFFICER)
    return actions.take_in(people=list(people) or [make.person(Role.EXPERT)], by=officer, at=NOW)


def test_what_is_known_ties_the_expert_by_every_bond(app: Any) -> None:
    officer, place = make.person(Role.OFFICER), make.community()
    round = make.round_(officer)
    bodies = [make.organization() for _ in range(4)]
    sent = [make.application(round, organization_=body, by=officer, state=State.SUBMITTED) for body in bodies]
    sent[3].communities = [place]
    (expert,) = taken_in()
    known = record(
        title=Title.ASSOCIATE,
        position="虚构讲师",
        employer=bodies[0].name,
        competences=frozenset({Competence.LAW, Competence.FINANCE}),
        bonds={
            Affiliated.OFFICE: [(bodies[1].credit_code.lower(), "监事")],
            Affiliated.ADVISER: [(bodies[2].name, "2017年")],
            Affiliated.SERVES: [(place.name, "")],
        },
    )
    actions.save_expert(expert=expert, record=known, seen=1, by=officer, at=NOW)
    assert expert.competences == [Competence.FINANCE, Competence.LAW]
    assert expert.person.employer_code == bodies[0].credit_code
    found = {(one.application.id, one.ground) for one in queries.found_ties(round, [expert.person])}
    grounds = (Ground.EMPLOYER, Ground.OFFICE, Ground.ADVISER, Ground.COMMUNITY)
    assert found == {(one.id, ground) for one, ground in zip(sent, grounds, strict=True)}


def test_every_change_is_on_record_with_both_values_and_nothing_when_nothing_changed(app: Any) -> None:
    officer, body = make.person(Role.OFFICER), make.organization()
    (expert,) = taken_in()
    first = record(title=Title.SENIOR, bonds={Affiliated.OFFICE: [(body.credit_code, "理事")]})
    actions.save_expert(expert=expert, record=first, seen=1, by=officer, at=NOW)
    actions.save_expert(expert=expert, record=first, seen=2, by=officer, at=NOW)
    second = first._replace(bonds={Affiliated.ADVISER: [(body.credit_code, "")]})
    actions.save_expert(expert=expert, record=second, seen=2, by=officer, at=NOW)
    save()
    said = [event.facts for event in reversed(trail.history(expert)) if event.did == "review.save_expert"]
    assert said == [
        {"title": ["none", "senior"], "office": [[], [f"{body.credit_code} 理事"]]},
        {"office": [[f"{body.credit_code} 理事"], []], "adviser": [[], [body.credit_code]]},
    ]
    assert expert.revision == 3


def test_an_employer_outside_the_register_keeps_the_name_that_was_typed(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    one, two = taken_in(make.person(Role.EXPERT), make.person(Role.EXPERT))
    code = make.credit_code("12")
    known = record(employer=code, employer_name="虚构大学")
    actions.save_expert(expert=one, record=known, seen=1, by=officer, at=NOW)
    actions.save_expert(expert=two, record=record(employer=code), seen=1, by=officer, at=NOW)
    assert queries.names_of_codes([two.person.employer_code, ""]) == {code: "虚构大学"}
    make.organization(credit_code=code, name="登记名称")
    assert queries.names_of_codes([code]) == {code: "登记名称"}
    actions.save_expert(expert=one, record=record(employer_name="虚构大学"), seen=2, by=officer, at=NOW)
    assert (one.person.employer_code, one.employer_name) == ("", "")


def test_a_name_or_code_that_tells_nobody_is_refused_line_by_line(app: Any) -> None:
    twice = make.organization(name="虚构同名中心").name
    make.organization(name=twice)
    (expert,) = taken_in()
    wrong = record(
        employer="没有这个机构",
        bonds={
            Affiliated.OFFICE: [(twice, ""), ("52320684MJ5123455X", "")],
            Affiliated.RESIDENT: [("320684999999", "")],
        },
    )
    with pytest.raises(Refused) as refused:
        actions.save_expert(expert=expert, record=wrong, seen=1, by=make.person(Role.OFFICER), at=NOW)
    assert codes(refused) == [
        ("unknown_body", "employer"),
        ("unknown_body", "office"),
        ("bad_body", "office"),
        ("unknown_community", "resident"),
    ]


def test_two_officers_over_one_expert(app: Any) -> None:
    (expert,) = taken_in()
    first, second = make.person(Role.OFFICER), make.person(Role.OFFICER)
    actions.save_expert(expert=expert, record=record(position="虚构甲"), seen=1, by=first, at=NOW)
    with pytest.raises(Refused) as refused:
        actions.save_expert(expert=expert, record=record(position="虚构乙"), seen=1, by=second, at=NOW)
    assert codes(refused) == [("expert_changed", "")] and expert.person.position == "虚构甲"


def test_blocked_and_retired_experts_are_not_asked_but_keep_their_seats(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    rounds = [make.round_(officer, year) for year in (2018, 2019)]
    blocked, retired, active = taken_in(*(make.person(Role.EXPERT, name=f"虚构{n}") for n in "甲乙丙"))
    actions.seat(round=rounds[0], people=[blocked.person], by=officer, at=NOW)
    for expert, state in ((blocked, PoolState.BLOCKED), (retired, PoolState.RETIRED)):
        actions.set_state(expert=expert, state=state, reason="虚构理由", by=officer, at=NOW)
    assert [each.person for each in queries.invitable(rounds[1])] == [active.person]
    assert queries.candidates(rounds[1]) == [active.person]
    assert [seat.round_id for seat in queries.seats_of(blocked.person)] == [rounds[0].id]
    with pytest.raises(Refused) as refused:
        actions.seat(round=rounds[1], people=[blocked.person, active.person], by=officer, at=NOW)
    assert codes(refused) == [("not_invitable", "people")]
    assert refused.value.blockers[0].facts["names"] == [blocked.person.name]
    actions.set_state(expert=blocked, state=PoolState.ACTIVE, reason="虚构复核", by=officer, at=NOW)
    assert blocked.reason == "" and len(queries.invitable(rounds[1])) == 2
    with pytest.raises(Refused) as refused:
        actions.set_state(expert=active, state=PoolState.BLOCKED, reason=" ", by=officer, at=NOW)
    assert codes(refused) == [("no_reason", "reason")]


def test_the_database_keeps_the_reason_and_the_length_of_codes(app: Any) -> None:
    (expert,) = taken_in()
    save()
    expert.state = PoolState.BLOCKED
    with pytest.raises(IntegrityError, match="ck_expert_reason"):
        db.session.flush()
    db.session.rollback()
    db.session.add(Affiliation(expert_id=expert.id, kind=Affiliated.OFFICE, code="320684999999"))
    with pytest.raises(IntegrityError, match="ck_affiliation_code"):
        db.session.flush()
    db.session.rollback()


# --- pages ---


def test_the_list_takes_as_many_statements_at_one_expert_as_at_many(
    app: Any, enter: Any, statements: Any
) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    counts = []
    for size in (1, 12):
        people = [
            make.person(Role.EXPERT, employer_code=make.organization().credit_code) for _ in range(size)
        ]
        for expert in taken_in(*people):
            known = record(employer=expert.person.employer_code, competences=frozenset(Competence))
            actions.save_expert(expert=expert, record=known, seen=1, by=officer, at=NOW)
        actions.seat(round=round, people=people, by=officer, at=NOW)
        save()
        statements.clear()
        found = queries.pool(1)
        assert all(row.competences and found.years[row.person_id] for row in found.page.items)
        counts.append(len(statements))
    assert counts == [6, 6]


def test_filters_and_words_find_whom_they_say(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    one, two = taken_in(make.person(Role.EXPERT, name="虚构梅"), make.person(Role.EXPERT, name="虚构兰"))
    law = record(title=Title.SENIOR, competences=frozenset({Competence.LAW}), position="虚构律师")
    actions.save_expert(expert=one, record=law, seen=1, by=officer, at=NOW)
    actions.set_state(expert=two, state=PoolState.RETIRED, reason="虚构退出", by=officer, at=NOW)
    save()
    browser = enter(officer)
    asked = {
        "words=%E6%A2%85": {"虚构梅"},
        "words=%E5%BE%8B%E5%B8%88": {"虚构梅"},
        "field=law": {"虚构梅"},
        "field=finance": set(),
        "title=none": {"虚构兰"},
        "state=retired": {"虚构兰"},
        "state=nonsense&page=9": {"虚构梅", "虚构兰"},
    }
    for query, names in asked.items():
        page = browser.get(f"/experts?{query}").page.words
        assert {name for name in ("虚构梅", "虚构兰") if name in page} == names, query


def test_an_expert_is_entered_changed_and_blocked_through_the_pages(app: Any, enter: Any) -> None:
    officer, body = make.person(Role.OFFICER), make.organization()
    save()
    browser = enter(officer)
    sent = {
        "name": "虚构竹",
        "mobile": "13800138000",
        "title": "middle",
        "competences": ["law", "old"],
        "office": f"{body.name}；理事",
        "adviser": "不认识的机构\n",
    }
    answer = browser.post("/experts/new", sent)
    assert answer.status_code == 422 and "不认识的机构" in answer.page.words
    assert db.session.scalars(select(Expert)).all() == []
    answer = browser.post("/experts/new", {**sent, "adviser": f"{body.credit_code} 2017年授课"}, follow=True)
    words = answer.page.words
    assert "虚构竹" in words and f"{body.name} · 理事" in words and f"{body.name} · 2017年授课" in words
    expert = db.session.scalars(select(Expert)).one()
    roles = select(Grant.role).where(Grant.person_id == expert.person_id)
    assert db.session.scalars(roles).all() == [Role.EXPERT]
    held = next(
        form["fields"]
        for form in browser.get(f"/experts/{expert.id}/edit").page.forms
        if "office" in form["fields"]
    )
    form = browser.last.get_data(as_text=True)
    assert f"{body.credit_code}；理事" in form and 'value="13800138000"' not in form
    version = {"version": held["version"], "title": "senior"}
    answer = browser.post(f"/experts/{expert.id}/edit", version, follow=True)
    assert f"{body.name} · 理事" not in answer.page.words.partition("虚构竹")[0]
    again = browser.post(f"/experts/{expert.id}/edit", {**version, "position": "虚构讲师"})
    assert again.status_code == 422 and "虚构讲师" in again.get_data(as_text=True)
    answer = browser.post(
        f"/experts/{expert.id}/state", {"state": "blocked", "reason": "虚构泄密"}, follow=True
    )
    assert "虚构泄密" in answer.page.words
    assert browser.post(f"/experts/{expert.id}/state", {"state": "active"}).status_code == 422


def test_those_with_the_role_are_taken_in_at_once(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    people = [make.person(Role.EXPERT, name=f"虚构{n}") for n in "松柏"]
    save()
    browser = enter(officer)
    assert (
        "虚构松、虚构柏" in browser.get("/experts").page.words or "虚构柏、虚构松" in browser.last.page.words
    )
    answer = browser.post("/experts", {})
    assert answer.status_code == 200 and "虚构松" in answer.page.words
    browser.post("/experts", {"confirmed": "1"})
    assert {one.person_id for one in db.session.scalars(select(Expert))} == {each.id for each in people}
    browser.post("/experts", {"confirmed": "1"})
    assert len(db.session.scalars(select(Expert)).all()) == 2
