"""A page of the ranking is made from the standings; the whole ranking, made from every mark, says what is on it."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review.field import NOW, Field

from venture.applications.models import Barred
from venture.db import db
from venture.review import queries
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
