"""Where an application is and who has it: every state has its answer, and none tells a decision before the notice."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from budget.test_notice import small
from client import save
from hypothesis import given
from hypothesis import strategies as st

from venture import clock, money
from venture.applications.lifecycle import State
from venture.budget import actions as budget
from venture.db import db
from venture.desk import queries
from venture.desk.whereabouts import Facts, Holder, Step, Whereabouts, whereabouts
from venture.roles import Role

ENGLISH = {"headers": {"Accept-Language": "en"}}
NOW = datetime(2018, 6, 25, 2, tzinfo=UTC)
FACTS = Facts(
    state=State.DRAFT,
    published=False,
    passed_over=False,
    now=NOW,
    limit=datetime(2018, 5, 31, 9, tzinfo=UTC),
    begun_at=datetime(2018, 5, 6, 1, tzinfo=UTC),
    sent_at=datetime(2018, 5, 30, 17, tzinfo=UTC),  # the 31st in Beijing
    returned_on=date(2018, 6, 4),
    decided_at=datetime(2018, 6, 6, 2, tzinfo=UTC),
    review_at=datetime(2018, 6, 8, 2, tzinfo=UTC),
    notice=(date(2018, 6, 22), date(2018, 6, 28)),
    awarded_at=datetime(2018, 7, 2, 2, tzinfo=UTC),
    signed_on=date(2018, 9, 20),
    moved_at=datetime(2018, 10, 1, 2, tzinfo=UTC),
)
SOON = NOW + timedelta(hours=3)
LISTED = datetime(2018, 6, 20, 2, tzinfo=UTC)

TABLE = [
    (State.DRAFT, {"limit": SOON}, "draft", Step.SENDING, Holder.YOU, date(2018, 5, 6), SOON),
    (State.DRAFT, {}, "draft_over", Step.SENDING, Holder.NOBODY, date(2018, 5, 31), None),
    (State.SUBMITTED, {"limit": SOON}, "submitted_open", Step.CHECK, Holder.OFFICE, date(2018, 5, 31), SOON),
    (State.SUBMITTED, {}, "submitted", Step.CHECK, Holder.OFFICE, date(2018, 5, 31), None),
    (State.RETURNED, {"limit": SOON}, "returned", Step.CHECK, Holder.YOU, date(2018, 6, 4), SOON),
    (State.RETURNED, {}, "returned_over", Step.CHECK, Holder.OFFICE, date(2018, 5, 31), None),
    (State.ELIGIBLE, {}, "eligible", Step.REVIEW, Holder.OFFICE, date(2018, 6, 6), None),
    (State.INELIGIBLE, {}, "ineligible", Step.CHECK, Holder.NOBODY, date(2018, 6, 6), None),
    (State.IN_REVIEW, {}, "in_review", Step.REVIEW, Holder.EXPERTS, date(2018, 6, 8), None),
    (State.IN_REVIEW, {"list_at": LISTED}, "deciding", Step.DECISION, Holder.BUREAU, date(2018, 6, 20), None),
    (State.SHORTLISTED, {}, "in_review", Step.REVIEW, Holder.EXPERTS, date(2018, 6, 8), None),
    (
        State.NOT_SHORTLISTED,
        {"published": True},
        "not_shortlisted",
        Step.DECISION,
        Holder.NOBODY,
        date(2018, 6, 22),
        None,
    ),
    (
        State.ON_NOTICE,
        {},
        "on_notice",
        Step.NOTICE,
        Holder.PUBLIC,
        date(2018, 6, 22),
        clock.end_of_day(date(2018, 6, 28)),
    ),
    (
        State.ON_NOTICE,
        {"now": clock.end_of_day(date(2018, 6, 28))},
        "notice_over",
        Step.NOTICE,
        Holder.BUREAU,
        date(2018, 6, 29),
        None,
    ),
    (State.AWARDED, {}, "awarded", Step.AGREEMENT, Holder.YOU, date(2018, 7, 2), None),
    (State.CANCELLED, {}, "cancelled", Step.NOTICE, Holder.NOBODY, date(2018, 10, 1), None),
    (State.REVISING, {}, "revising", Step.AGREEMENT, Holder.YOU, date(2018, 10, 1), None),
    (State.CONTRACTED, {}, "contracted", Step.PROJECT, Holder.YOU, date(2018, 9, 20), None),
    (
        State.CONTRACTED,
        {"due": (date(2018, 9, 20), date(2018, 10, 18))},
        "paying",
        Step.PROJECT,
        Holder.FINANCE,
        date(2018, 9, 20),
        clock.end_of_day(date(2018, 10, 18)),
    ),
    (State.RUNNING, {}, "running", Step.PROJECT, Holder.YOU, date(2018, 10, 1), None),
    (State.SUSPENDED, {}, "suspended", Step.PROJECT, Holder.YOU, date(2018, 10, 1), None),
    (State.MIDTERM, {}, "midterm", Step.PROJECT, Holder.OFFICE, date(2018, 10, 1), None),
    (State.FINAL, {}, "final", Step.CLOSING, Holder.OFFICE, date(2018, 10, 1), None),
    (State.AUDITING, {}, "auditing", Step.CLOSING, Holder.OFFICE, date(2018, 10, 1), None),
    (State.CLOSED, {}, "closed", Step.CLOSING, Holder.NOBODY, date(2018, 10, 1), None),
    (State.TERMINATED, {}, "terminated", Step.PROJECT, Holder.NOBODY, date(2018, 10, 1), None),
    (State.WITHDRAWN, {}, "withdrawn", Step.SENDING, Holder.NOBODY, date(2018, 10, 1), None),
]


@pytest.mark.parametrize(("state", "more", "code", "step", "holder", "since", "by"), TABLE)
def test_every_state(
    state: State, more: Any, code: str, step: Step, holder: Holder, since: date, by: datetime | None
) -> None:
    assert whereabouts(replace(FACTS, state=state, **more)) == Whereabouts(code, step, holder, since, by)


def test_the_table_leaves_no_state_out() -> None:
    assert {row[0] for row in TABLE} | {State.PROPOSED} == set(State)


days = st.dates(date(2018, 1, 1), date(2019, 12, 31))
moments = st.datetimes(datetime(2018, 1, 1), datetime(2019, 12, 31), timezones=st.just(UTC))
hidden = (State.IN_REVIEW, State.SHORTLISTED, State.PROPOSED, State.NOT_SHORTLISTED)


@given(st.sampled_from(hidden), st.sampled_from(hidden), st.none() | moments, moments, moments, st.booleans())
def test_before_the_notice_no_answer_depends_on_what_was_decided(
    one: State, other: State, list_at: Any, now: datetime, limit: datetime, passed_over: bool
) -> None:
    """Also for whom an earlier notice passed over and a further list proposes."""
    told = replace(FACTS, list_at=list_at, now=now, limit=limit, passed_over=passed_over)
    assert whereabouts(replace(told, state=one)) == whereabouts(replace(told, state=other))


def own(of: Any) -> dict[str, Any]:
    """Each project's own person."""
    people = {
        name: make.person(Role.APPLICANT, organization=project.organization, name=f"虚构人{name}")
        for name, project in of.projects.items()
    }
    save()
    return people


def pages(enter: Any, person: Any, project: Any) -> list[str]:
    """What the project's own people can read of it, without what is only theirs."""
    home = f"/applications/{project.id}"
    browser, found = enter(person), []
    for address in ("/applications", home, f"{home}/parts/papers", f"{home}/receipt", f"{home}/versions/1"):
        text = browser.get(address).text
        for mine in (
            project.title,
            project.number,
            project.organization.name,
            project.organization.credit_code,
            project.versions[0].receipt,
            person.name,
            money.text(project.asked),
            *(each.name for each in project.communities),
        ):
            text = text.replace(mine, "·")
        text = re.sub(r'(name="csrf_token" value=|name="key" value=|data-person=)"[^"]*"', r"\1", text)
        text = re.sub(r"/(applications|organizations|people)/\d+", r"/\1/·", text)
        found.append(text)
    return found


def test_before_the_notice_the_pages_of_the_funded_and_of_the_others_are_the_same(
    app: Any, enter: Any
) -> None:
    of = small()
    people = own(of)
    before = {}
    with time_machine.travel(scene.PROPOSED_AT + timedelta(hours=1), tick=False):
        before["in review"] = {name: pages(enter, people[name], each) for name, each in of.projects.items()}
    decision = scene.approved(of)
    assert [each.state for each in of.projects.values()].count(State.PROPOSED) in (1, 2)
    with time_machine.travel(scene.PROPOSED_AT + timedelta(hours=1), tick=False):
        before["approved"] = {name: pages(enter, people[name], each) for name, each in of.projects.items()}
    for shown in before.values():
        first = next(iter(shown.values()))
        for each in shown.values():
            for mine, other in zip(first, each, strict=True):
                assert mine.splitlines() == other.splitlines()
    budget.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)
    save()
    with time_machine.travel(scene.PUBLISHED_AT, tick=False):
        after = {name: pages(enter, people[name], each) for name, each in of.projects.items()}
    assert after["1"] != after["3"]  # the notice tells


def test_a_further_list_tells_nothing_to_whom_the_first_notice_passed_over(app: Any, enter: Any) -> None:
    of = small()
    people = own(of)
    scene.noticed(of)
    project = of.projects["3"]
    assert (project.state, project.passed_on) == (State.NOT_SHORTLISTED, date(2018, 6, 22))
    with time_machine.travel(scene.AWARDED_AT, tick=False):
        told = pages(enter, people["3"], project)
        for state in (State.PROPOSED, State.IN_REVIEW):
            project.state = state
            save()
            assert pages(enter, people["3"], project) == told


def test_the_page_says_it_in_words_and_costs_few_statements(
    app: Any, enter: Any, statements: list[str]
) -> None:
    of = small(contact="民政局社会组织科 0513-80000000（虚构）")
    people = own(of)
    scene.signed(of)
    project = of.projects["1"]
    with time_machine.travel(scene.SIGNED_AT, tick=False):
        words = enter(people["1"]).get(f"/applications/{project.id}", **ENGLISH).page.words
        assert "Whose turn it is Finance of the civil-affairs bureau" in words
        assert "By when" in words and "2018-10-" in words and "0513-80000000" in words
        assert project.round.closes_at and project.admissions == []  # read by the page anyway
        statements.clear()
        place = queries.whereabouts(project, clock.now())
    assert (place.code, len(statements)) == ("paying", 5)
    for person in (of.officer, of.approver, of.finance):
        assert person.name not in words


def test_a_begun_review_says_since_when(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round = make.round_(officer)
    sent = make.application(round, by=officer, state=State.IN_REVIEW)
    db.session.flush()
    assert queries.whereabouts(sent, NOW) == Whereabouts("in_review", Step.REVIEW, Holder.EXPERTS)
