"""A page of the ranking is made from the standings; the whole ranking, made from every mark, says what is on it."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review.field import NOW, Field, whole

from venture.applications.models import Barred
from venture.db import db
from venture.review import queries, scoring
from venture.review.models import Draw
from venture.review.queries import board as boards
from venture.rounds.models import Aggregation, Dropping, Rounding, ThemeCriterion


def pages(field: Field, person: Any = None) -> list[queries.Line]:
    """The lines of all pages, one after the other."""
    person, found, number = person or field.officer, [], 1
    while True:
        page = queries.board(field.round, person, page=number)[0]
        found += page.part.items
        if number >= page.part.pages:
            return found
        number += 1


def tying() -> list[ThemeCriterion]:
    """A score sheet whose criteria decide ties, the second one first."""
    return [
        ThemeCriterion(code="need", name="需求", max=3000, step=1, weight=70, tie_order=2, position=0),
        ThemeCriterion(code="plan", name="方案", max=2000, step=1, weight=100, tie_order=1, position=1),
    ]


SHEETS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6)
RULES = st.fixed_dictionaries(
    {
        "aggregation": st.sampled_from(Aggregation),
        "dropping": st.sampled_from(Dropping),
        "rounding": st.sampled_from(Rounding),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SHEETS, min_size=1, max_size=9), RULES, st.data())
def test_the_pages_say_what_the_marks_say(app: Any, sheets: list[Any], rules: Any, data: Any) -> None:
    """SQL's order is the order of the exact fractions: ranks, ties, draws, the pass line, what a tie hides."""
    try:
        field = Field(tying(), size=6, trim_from=4, pass_line=700, **rules)
        bars = data.draw(st.sets(st.integers(0, len(sheets) - 1), max_size=2))
        for place, given_ in enumerate(sheets):
            marks = [[700 * need + 33 * plan, 300 * plan] for need, plan in given_]
            made = field.add(*marks, asked=100000 * data.draw(st.integers(1, 2)))
            if place in bars:
                db.session.add(Barred(application_id=made.id, person_id=field.officer.id))
        for group in queries.drawable(field.theme):
            if data.draw(st.booleans()):
                more = data.draw(st.permutations(group))
                facts = {
                    "drawn_on": date(2018, 6, 1),
                    "witness": "虚构公证员",
                    "reason": "并列",
                    "made_at": NOW,
                }
                db.session.add(Draw(theme_id=field.theme.id, order=more, made_by=field.officer, **facts))
        db.session.flush()
        boards.SIZE = data.draw(st.integers(1, 4))
        ranking = field.ranking(field.officer)
        assert pages(field) == ranking.lines
        head = queries.board(field.round, field.officer)[0]
        assert (head.blockers, head.part.total) == (ranking.blockers, len(ranking.lines))
        assert head.tied == bool(queries.drawable(field.theme))
        missed = [line.application_id for line in ranking.lines if line.score is not None and not line.passes]
        shown = [
            page.below
            for number in range(1, head.part.pages + 1)
            if (page := queries.board(field.round, field.officer, page=number)[0]).below
        ]
        assert shown == missed[:1]
        assert list(queries.broken_standings()) == []
    finally:
        boards.SIZE = 50
        db.session.rollback()


def test_a_page_takes_as_many_statements_at_one_line_as_at_many(app: Any, statements: Any) -> None:
    field = Field(whole(), aggregation=Aggregation.MEAN)
    field.add([9000], [9000], [9000])
    db.session.flush()
    counts = []
    for _ in range(2):
        db.session.expire_all()
        round = field.round
        _ = [theme.criteria for theme in round.themes], field.officer.grants
        statements.clear()
        queries.board(round, field.officer)
        counts.append(len(statements))
        for place in range(12):
            field.add([8000 - place // 2], [8000], [8000])
        db.session.flush()
    assert counts == [17, 17]
    db.session.rollback()


MARKS = st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=4), min_size=1, max_size=6)
MEAN = scoring.Rules(aggregation="mean", quorum=1)
WHOLE = [scoring.Criterion("all", 100, 1)]


def ranked(panels: list[list[int]]) -> dict[int, int | None]:
    scores = [scoring.panel_score([{"all": mark} for mark in marks], WHOLE, MEAN).value for marks in panels]
    places = scoring.ranking([scoring.Entry(number, score) for number, score in enumerate(scores)])
    return {place.id: place.rank for place in places}


@given(MARKS, st.data())
def test_raising_a_mark_never_lowers_a_rank_under_the_mean(panels: list[list[int]], data: Any) -> None:
    which = data.draw(st.integers(0, len(panels) - 1))
    place = data.draw(st.integers(0, len(panels[which]) - 1))
    before = ranked(panels)[which]
    panels[which][place] += data.draw(st.integers(0, 100 - panels[which][place]))
    after = ranked(panels)[which]
    assert before is not None and after is not None and after <= before


@given(MARKS, st.randoms(use_true_random=False))
def test_no_result_depends_on_the_order_of_what_goes_in(panels: list[list[int]], random: Any) -> None:
    before = ranked(panels)
    shuffled = [random.sample(marks, len(marks)) for marks in panels]
    order = random.sample(range(len(panels)), len(panels))
    again = ranked([shuffled[number] for number in order])
    assert {number: again[place] for place, number in enumerate(order)} == before


FRACTIONS = st.fractions(min_value=0, max_value=10**9, max_denominator=10**6)
SCORES = st.tuples(FRACTIONS, st.none() | FRACTIONS, st.integers(0, 10**15))


@given(SCORES, SCORES)
def test_keys_order_as_the_exact_fractions_do(one: Any, other: Any) -> None:
    def key(given_: Any) -> str:
        value, mean, asked = given_
        means = {} if mean is None else {"need": mean}
        return scoring.order_key(scoring.Score(value, 1, 1, False, means), ["need"], asked)

    def exact(given_: Any) -> Any:
        value, mean, asked = given_
        return value, -1 if mean is None else mean, -asked

    assert (key(one) > key(other)) == (exact(one) > exact(other))
    assert (key(one) == key(other)) == (exact(one) == exact(other))
    line = int(other[0])
    assert (key(one) >= scoring.pass_key(line)) == scoring.passes(one[0], line)
