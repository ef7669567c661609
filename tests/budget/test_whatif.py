"""Trial calculations: the optimum is the optimum, keeps every limit to the fen, and the rule never beats it."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any
from urllib.parse import urlencode

import make
import pytest
from budget import scene
from client import save
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from venture import trail
from venture.applications.models import Barred
from venture.budget import queries
from venture.budget.allocation import Bid
from venture.budget.models import Decision
from venture.budget.whatif import Objective, Terms, best, by_rule, steps, worth
from venture.db import db
from venture.roles import Role

T1, T2 = "T1", "T2"


def bid(name: str, amount: int, score: int, *, theme: str = T1, body: str = "", field: str = "") -> Bid[str]:
    return Bid(name, theme, body or name, amount, score, 1, field)


def chosen(bids: list[Bid[str]], terms: Terms, objective: Objective = Objective.SCORE) -> list[str]:
    found = best(bids, terms, objective)
    assert found is not None and found.proven
    return [one.id for one, amount in zip(bids, found.amounts, strict=True) if amount]


def test_the_best_is_not_what_the_rule_takes_first() -> None:
    """V21's list: by rank 60, 50, 30, 10 of 100. «Skip» funds three; 50, 30 and 10 score more only without the 60."""
    bids = [bid("60", 60, 9000), bid("50", 50, 8900), bid("30", 30, 8800), bid("10", 10, 8700)]
    terms = Terms({T1: 100}, "stop", 6000)
    assert [one.id for one in by_rule(bids, terms).decisions if one.amount] == ["60"]
    assert chosen(bids, terms) == ["60", "30", "10"]
    assert chosen(bids, replace(terms, ceilings={T1: 90})) == ["50", "30", "10"]
    assert chosen(bids, terms, Objective.MONEY) == ["60", "30", "10"]
    assert worth(bids, [60, 0, 30, 10], Objective.SCORE) == 265
    assert worth(bids, [30, 0, 0, 0], Objective.COUNT) == Fraction(1, 2), "a part counts for its part"
    assert worth(bids, [60, 0, 0, 0], Objective.MONEY) == Fraction(60, 100) * 90


def test_pass_line_limits_and_floors_bind_the_best_too() -> None:
    bids = [
        bid("a", 40, 9000, body="x", field="old"),
        bid("b", 40, 8900, body="x", field="old"),
        bid("c", 40, 7000, field="youth"),
        bid("d", 40, 5000),
        bid("e", 40, 6500, theme=T2),
    ]
    terms = Terms({T1: 120, T2: 40}, "skip", 6000)
    assert chosen(bids, terms) == ["a", "b", "c", "e"]
    assert chosen(bids, replace(terms, per_organization=1)) == ["a", "c", "e"]
    assert chosen(bids, replace(terms, per_field=1)) == ["a", "c", "e"]
    assert chosen(bids, replace(terms, field_amount=79)) == ["a", "c", "e"]
    assert chosen(bids, replace(terms, floors={T2: 40})) == ["a", "b", "c", "e"]
    assert best(bids, replace(terms, floors={T2: 41}), Objective.SCORE) is None
    assert best(bids, replace(terms, pass_line=6600, floors={T2: 1}), Objective.SCORE) is None
    none_at_all = best([], terms, Objective.COUNT)
    assert none_at_all is not None and none_at_all.amounts == []


def test_a_fen_too_much_is_too_much() -> None:
    """V23: 200,000.00 fits the theme, 200,000.01 does not, however HiGHS rounds."""
    parts = [8_045_302, 6_824_013, 5_130_685]
    bids = [bid(str(n), amount, 9000) for n, amount in enumerate(parts)]
    assert chosen(bids, Terms({T1: 20_000_000}, "skip", 0)) == ["0", "1", "2"]
    assert len(chosen(bids, Terms({T1: 19_999_999}, "skip", 0))) == 2
    large = [bid(str(n), amount * 100_000, 9000) for n, amount in enumerate(parts)]
    assert len(chosen(large, Terms({T1: 20_000_000 * 100_000}, "skip", 0))) == 3
    assert len(chosen(large, Terms({T1: 20_000_000 * 100_000 - 1}, "skip", 0))) == 2


def test_what_enters_and_leaves_when_money_moves() -> None:
    bids = [
        bid("a", 60, 9000),
        bid("b", 50, 8900),
        bid("c", 50, 8800, theme=T2),
        bid("d", 40, 8700, theme=T2),
    ]
    found = steps(
        bids,
        Terms({T1: 60, T2: 90}, "stop", 0),
        Objective.COUNT,
        source=T2,
        target=T1,
        by=25,
        times=4,
    )
    assert [(one.amount, one.enters, one.leaves, one.funded, one.money) for one in found] == [
        (-50, [], ["a"], 2, 90),
        (-25, [], ["a"], 2, 90),
        (0, [], [], 3, 150),
        (25, [], ["d"], 2, 110),
        (50, ["b"], ["c", "d"], 2, 110),
        (75, ["b"], ["c", "d"], 2, 110),
    ], "where an earmark would be below zero there is no step"


def test_an_odd_field() -> None:
    alike = [bid(str(n), 10, 8000) for n in range(40)]
    assert len(chosen(alike, Terms({T1: 205}, "skip", 0))) == 20
    nothing = best(alike, Terms({T1: 0}, "skip", 0), Objective.SCORE)
    assert nothing is not None and sum(nothing.amounts) == 0
    whale = [bid("whale", 10**12, 9900), bid("small", 10, 6000)]
    assert chosen(whale, Terms({T1: 100}, "skip", 0)) == ["small"]


rows = st.lists(
    st.tuples(
        st.sampled_from([T1, T2]),
        st.sampled_from("xyz"),
        st.integers(1, 60),
        st.integers(0, 10_000),
        st.sampled_from(["", "old", "youth"]),
    ),
    max_size=7,
).map(
    lambda found: [
        Bid(place, theme, body, amount, score, place, field)
        for place, (theme, body, amount, score, field) in enumerate(sorted(found, key=lambda row: -row[3]))
    ]
)
terms_of_all = st.builds(
    Terms,
    ceilings=st.fixed_dictionaries({T1: st.integers(0, 100), T2: st.integers(0, 100)}),
    rule=st.sampled_from(["skip", "stop"]),
    pass_line=st.sampled_from([0, 5000]),
    per_organization=st.none() | st.integers(1, 2),
    per_field=st.none() | st.integers(1, 2),
    field_amount=st.none() | st.integers(0, 80),
)


def keeps(bids: list[Bid[int]], amounts: tuple[int, ...] | list[int], terms: Terms) -> bool:
    """The limits said once more, plainly."""
    given_to = [(one, amount) for one, amount in zip(bids, amounts, strict=True) if amount]
    money: dict[str, Counter[str]] = {"theme": Counter(), "field": Counter()}
    for one, amount in given_to:
        money["theme"][one.theme] += amount
        money["field"][one.field] += amount
    bodies = Counter(one.organization for one, _ in given_to)
    fields = Counter(one.field for one, _ in given_to if one.field)
    return (
        all((one.score or 0) >= terms.pass_line for one, _ in given_to)
        and all(money["theme"][theme] <= most for theme, most in terms.ceilings.items())
        and all(terms.per_organization is None or n <= terms.per_organization for n in bodies.values())
        and all(terms.per_field is None or n <= terms.per_field for n in fields.values())
        and all(
            terms.field_amount is None or n <= terms.field_amount
            for name, n in money["field"].items()
            if name
        )
    )


@settings(deadline=None, max_examples=60)
@given(rows, terms_of_all, st.sampled_from(list(Objective)))
def test_it_is_the_best_of_all_choices(bids: list[Bid[int]], terms: Terms, objective: Objective) -> None:
    found = best(bids, terms, objective)
    assert found is not None and found.proven and keeps(bids, found.amounts, terms)
    every = product(*((0, one.amount) for one in bids))
    top = max(worth(bids, amounts, objective) for amounts in every if keeps(bids, amounts, terms))
    assert abs(found.value - top) <= Fraction(1, 10**6)


@settings(deadline=None, max_examples=60)
@given(rows, terms_of_all, st.none() | st.integers(1, 100), st.sampled_from(list(Objective)))
def test_the_rule_is_never_better(
    bids: list[Bid[int]], terms: Terms, viable: int | None, objective: Objective
) -> None:
    terms = replace(terms, viable=viable)
    amounts: list[int] = [one.amount for one in by_rule(bids, terms).decisions]
    found: Any = best(bids, terms, objective)
    assert keeps(bids, found.amounts, terms)
    assert all(
        not amount or amount == one.amount or (viable and 100 * amount >= viable * one.amount)
        for one, amount in zip(bids, found.amounts, strict=True)
    )
    assert worth(bids, amounts, objective) <= found.value + Fraction(1, 10**6)


@pytest.mark.parametrize("viable", [None, 60])
@pytest.mark.parametrize("objective", list(Objective))
def test_a_whole_round_is_proven_or_bounded(objective: Objective, viable: int | None) -> None:
    bids = [
        bid(str(n), 2_000_000 + 7919 * n % 3_000_000, 6000 + 131 * n % 3900, theme=(T1, T2)[n % 2])
        for n in range(300)
    ]
    found = best(bids, Terms({T1: 20_000_000, T2: 40_000_000}, "skip", 6000, viable=viable), objective)
    assert found is not None and found.value <= found.bound <= found.value * Fraction(1005, 1000)
    assert found.proven or objective is Objective.MONEY


def contested() -> scene.Cast:
    of = scene.cast(pass_line=6000)
    for theme in of.round.themes:
        theme.ceiling = 30000000
    for place, (name, theme, asked) in enumerate(
        (
            ("A1", 0, 12000000),
            ("A2", 0, 7000000),
            ("A3", 0, 6000000),
            ("B1", 1, 25000000),
            ("B2", 1, 15000000),
        )
    ):
        scene.project(of, name, theme, asked, 9000 - 100 * place)
    save()
    return of


def test_the_page_tries_and_keeps_nothing(app: Any, enter: Any) -> None:
    of = contested()
    browser = enter(of.officer)
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in (Decision, trail.Event)]
    page = browser.get("/rounds/2018/what-if")
    assert page.status_code == 200
    assert "试算" in page.page.title or "Trial" in page.page.title
    first, second = of.round.themes
    asked = {
        f"amount_{first.id}": "250,000",
        f"amount_{second.id}": "350,000",
        f"least_{second.id}": "400000",
        "pass_line": "60",
        "rule": "stop",
        "objective": "score",
        "source": second.code,
        "target": first.code,
        "step": "50,000",
    }
    none = browser.get("/rounds/2018/what-if?" + urlencode(asked)).page
    assert "40,0000" not in none.words and "120,000.00" in none.words
    more = asked | {f"least_{second.id}": ""}
    tried = browser.get("/rounds/2018/what-if?" + urlencode(more)).page
    assert "虚构项目A3" in tried.words
    for wrong in ({"rule": "best"}, {"step": "0"}, {f"amount_{first.id}": "much"}, {"source": "nowhere"}):
        answer = browser.get("/rounds/2018/what-if?" + urlencode(more | wrong))
        assert answer.status_code in (200, 422)
        assert not [one for one in queries.decisions(of.round)]
    after = [db.session.scalar(select(func.count()).select_from(table)) for table in (Decision, trail.Event)]
    assert after[0] == before[0] == 0


def test_who_is_barred_from_a_project_of_the_round_sees_no_trial(app: Any, enter: Any) -> None:
    of = contested()
    db.session.add(Barred(person_id=of.auditor.id, application_id=of.projects["B2"].id))
    save()
    assert enter(of.auditor).get("/rounds/2018/what-if").status_code == 404
    assert enter(of.approver).get("/rounds/2018/what-if").status_code == 200
    assert (
        enter(make.person(Role.APPLICANT, organization=make.organization()))
        .get("/rounds/2018/what-if")
        .status_code
        == 403
    )


def test_the_trial_with_the_rounds_own_settings_is_the_list(app: Any) -> None:
    of = contested()
    contest = queries.contest(of.round, of.officer)
    assert contest is not None
    listed = {row.application.id: row.computed for row in queries.proposal(of.round).rows}
    tried = by_rule(contest.bids, contest.terms)
    assert {one.id: one.amount for one in tried.decisions} == listed
    scene.awarded(of)
    again = queries.contest(of.round, of.officer)
    assert again is not None and len(again.bids) == 5, "as if nothing were decided yet"
