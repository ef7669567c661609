"""A page of the ranking from the standings: what is on it is read, and no more of the round than that."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, union_all

from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.db import Page, db
from venture.people.models import Person
from venture.review import access, scoring
from venture.review.models import Draw, Standing
from venture.review.queries.frozen import Frozen, frozen_in
from venture.review.queries.ranks import (
    Facts,
    Heading,
    Lack,
    Line,
    details,
    draw_of,
    drawn_in,
    facts_of,
    hidden_from,
    line_of,
    scores_in,
    theme_blockers,
)
from venture.review.queries.scores import rule_changes, rules_of
from venture.review.queries.seats import panelists
from venture.rounds.models import Phase, Round

SIZE = 50
"""Lines of a theme on one page."""


@dataclass(frozen=True)
class ThemePage(Heading):
    """One page of a theme's ranking, the best first; ranks are those of the whole theme.

    `below` is the first application of the theme that misses the pass line, where it is on this page; `tied`
    says whether the theme has applications that only a draw can order, drawn already or not.
    """

    part: Page[Line]
    below: int | None
    tied: bool
    frozen: Frozen | None


@dataclass
class _Total:
    """What is counted of a theme: all its lines, those shown and those of them that pass, and what is lacking."""

    lacks: dict[Phase, Lack]
    lines: int = 0
    shown: int = 0
    passing: int = 0


def board(round: Round, person: Person, *, page: int = 1) -> list[ThemePage]:
    """A page of each theme's ranking, as `ranking` would give it, without what a tie hides from the person.

    Seventeen statements at any size and any number of themes, two more with a presentation or a bonus.
    """
    ids = [theme.id for theme in round.themes]
    if not ids:
        return []
    approved, pending = rule_changes(ids)
    rules = {
        theme.id: rules_of(round, approved[theme.id].aggregation if theme.id in approved else None)
        for theme in round.themes
    }
    experts = [each.number for each in panelists(round)]
    hidden = hidden_from(round, person)
    totals = _totals(round, rules, hidden)
    waiting = _waiting(round)
    numbers = {each: min(max(1, page), max(1, -(-totals[each].shown // SIZE))) for each in ids}
    listed = _listed(round, numbers, hidden)
    drawn = drawn_in(ids)
    places = _placed(round, listed, numbers, hidden, drawn)
    lines = _lines(round, places, rules, experts)
    tied, frozen = _tied(round, ids), frozen_in(ids)
    found = []
    for theme in round.themes:
        total, rule, start = totals[theme.id], rules[theme.id], (numbers[theme.id] - 1) * SIZE
        part = Page(lines[theme.id], numbers[theme.id], SIZE, total.shown)
        crossing = part.items[total.passing - start :][:1] if total.passing >= start else []
        found.append(
            ThemePage(
                theme=theme,
                rules=rule,
                pass_line=round.pass_line,
                change=approved.get(theme.id),
                pending=pending.get(theme.id),
                experts=experts,
                blockers=theme_blockers(
                    rule,
                    lines=total.lines,
                    waiting=waiting.get(theme.id, 0),
                    lacks=total.lacks,
                ),
                part=part,
                below=next((line.application_id for line in crossing if line.score is not None), None),
                tied=theme.id in tied,
                frozen=frozen.get(theme.id),
            )
        )
    return found


def _waiting(round: Round) -> dict[int | None, int]:
    """How many eligible applications of each theme have not gone to the experts yet."""
    counted = db.session.execute(
        select(Application.theme_id, func.count())
        .where(Application.round_id == round.id, Application.state == State.ELIGIBLE)
        .group_by(Application.theme_id)
    )
    return {theme: number for theme, number in counted}


def _reviewed(round: Round) -> ColumnElement[bool]:
    """The condition that a standing counts: its application has not been withdrawn."""
    gone = select(Application.id).where(
        Application.round_id == round.id, Application.state.in_(set(State) - set(access.REVIEWED))
    )
    return Standing.application_id.not_in(gone)


def _shown(hidden: set[int]) -> ColumnElement[bool]:
    return Standing.application_id.not_in(hidden) if hidden else true()


def _totals(round: Round, rules: Mapping[int, scoring.Rules], hidden: set[int]) -> Mapping[int, _Total]:
    """Counted in three statements, each over an index where there is no presentation."""
    found = {theme: _Total({phase: Lack() for phase in round.phases}) for theme in rules}
    of = [Standing.theme_id.in_(rules), _reviewed(round)]
    sheets = [Standing.theme_id, Standing.counted, Standing.expected]
    if Phase.PRESENTATION in round.phases:
        sheets += [Standing.presented, Standing.awaited]
    for theme, *counts, number in db.session.execute(
        select(*sheets, func.count()).where(*of).group_by(*sheets)
    ):
        total = found[theme]
        total.lines += number
        total.shown += number
        for place, lack in enumerate(total.lacks.values()):
            lack.note(rules[theme], counts[2 * place], counts[2 * place + 1], number)
    passing = Standing.key >= scoring.pass_key(round.pass_line, two=Phase.PRESENTATION in round.phases)
    for theme, number in db.session.execute(_counted(*of, passing, _shown(hidden))):
        found[theme].passing = number
    for theme, number in db.session.execute(_counted(*of, Standing.application_id.in_(hidden))):
        found[theme].shown -= number
    return found


def _counted(*which: ColumnElement[bool]) -> Select[int, int]:
    return select(Standing.theme_id, func.count()).where(*which).group_by(Standing.theme_id)


_COLUMNS = (
    Standing.theme_id,
    Standing.application_id,
    Standing.key,
    Standing.counted,
    Standing.expected,
    Standing.awaited,
    Standing.numerator,
    Standing.denominator,
)


def _listed(round: Round, numbers: Mapping[int, int], hidden: set[int]) -> list[Any]:
    """The rows of each theme's page, recorded draws left aside."""
    parts = [
        select(*_COLUMNS)
        .where(Standing.theme_id == theme, _reviewed(round), _shown(hidden))
        .order_by(Standing.key.desc(), Standing.application_id)
        .limit(SIZE)
        .offset((number - 1) * SIZE)
        .subquery()
        for theme, number in numbers.items()
    ]
    return list(db.session.execute(union_all(*(select(part) for part in parts))))


@dataclass(frozen=True)
class _Placed:
    """One line to be shown: its application, its place, and the draw that gave it, if any."""

    row: Any
    place: scoring.Place[int]
    draw: Draw | None = None


def _placed(
    round: Round,
    listed: Sequence[Any],
    numbers: Mapping[int, int],
    hidden: set[int],
    drawn: Mapping[int, Sequence[Draw]],
) -> list[_Placed]:
    """Ranks, ties and draws of the rows listed: their groups are read whole, also what is hidden or on another page."""
    spans: dict[int, tuple[str, str, int]] = {}
    for row in listed:
        if row.key:
            high, _low, number = spans.get(row.theme_id, (row.key, row.key, 0))
            spans[row.theme_id] = (max(high, row.key), row.key, number + 1)
    above, rows = _around(round, spans, hidden)
    found = []
    for theme, (_, _, scored) in spans.items():
        before, shown_before = above.get(theme, (0, 0))
        placed: list[_Placed] = []
        for _, same in groupby(rows[theme], key=lambda row: row.key):
            by_id = {row.application_id: row for row in same}
            group = list(by_id)
            draw = draw_of(group, drawn[theme]) if len(group) > 1 else None
            order = sorted(group, key=draw.order.index) if draw else group
            for number, each in enumerate(order):
                rank = before + (number if draw else 0) + 1
                others = () if draw else tuple(other for other in group if other != each)
                if each not in hidden:
                    placed.append(_Placed(by_id[each], scoring.Place(each, rank, others), draw))
            before += len(group)
        start = (numbers[theme] - 1) * SIZE - shown_before
        found += placed[start : start + scored]
    return found + [_Placed(row, scoring.Place(row.application_id, None)) for row in listed if not row.key]


def _around(
    round: Round, spans: Mapping[int, tuple[str, str, int]], hidden: set[int]
) -> tuple[dict[int, tuple[int, int]], dict[int, list[Any]]]:
    """How many stand above each span of keys, all and shown; and every row within it, the best first."""
    if not spans:
        return {}, {}
    reviewed = _reviewed(round)
    higher = [and_(Standing.theme_id == theme, Standing.key > high) for theme, (high, _, _) in spans.items()]
    above: dict[int, tuple[int, int]] = {}
    for theme, number in db.session.execute(_counted(or_(*higher), reviewed)):
        above[theme] = (number, number)
    for theme, number in db.session.execute(
        _counted(or_(*higher), reviewed, Standing.application_id.in_(hidden))
    ):
        above[theme] = (above[theme][0], above[theme][1] - number)
    within = [
        and_(Standing.theme_id == theme, Standing.key.between(low, high))
        for theme, (high, low, _) in spans.items()
    ]
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(
        select(*_COLUMNS)
        .where(or_(*within), reviewed)
        .order_by(Standing.theme_id, Standing.key.desc(), Standing.application_id)
    ):
        rows[row.theme_id].append(row)
    return above, rows


def _lines(
    round: Round, placed: Sequence[_Placed], rules: Mapping[int, scoring.Rules], experts: Sequence[int]
) -> Mapping[int, list[Line]]:
    ids = [each.place.id for each in placed]
    named = {*ids, *(other for each in placed for other in each.place.tied)}
    rows = {row.id: row for row in details(Application.id.in_(named))}
    facts = facts_of(round, ids)
    numbers = {row.id: row.number for row in rows.values()}
    made = _made(round, placed, rows, facts, rules)
    lines: dict[int, list[Line]] = defaultdict(list)
    for each in placed:
        row, rule = each.row, rules[each.row.theme_id]
        value = None if row.numerator is None else Fraction(row.numerator, row.denominator)
        trimmed = scoring.trims(rule, row.counted)
        score = made.get(each.place.id) or scoring.Score(
            value, row.counted, row.expected, trimmed, {}, papers=value
        )
        lines[row.theme_id].append(
            line_of(
                rows[each.place.id],
                score,
                each.place,
                facts,
                rules=rule,
                pass_line=round.pass_line,
                experts=experts,
                numbers=numbers,
                draw=each.draw,
            )
        )
    return lines


def _made(
    round: Round,
    placed: Sequence[_Placed],
    rows: Mapping[int, Any],
    facts: Facts,
    rules: Mapping[int, scoring.Rules],
) -> Mapping[int, scoring.Score]:
    """What the scores are made of, for those shown of themes where there is more than the papers. Two statements."""
    themes = [
        theme
        for theme in round.themes
        if round.presentation_weight or any(one.bonus for one in theme.criteria)
    ]
    if not themes:
        return {}
    of: dict[int, list[Any]] = defaultdict(list)
    for each in placed:
        of[each.row.theme_id].append(rows[each.place.id])
    expected = {
        each.place.id: {Phase.PAPERS: each.row.expected, Phase.PRESENTATION: each.row.awaited}
        for each in placed
    }
    return scores_in(round, themes, of, facts, expected, rules, [*rows])


def _tied(round: Round, ids: Iterable[int]) -> set[int]:
    """The themes in which some stand equal to the end."""

    def equal(theme: int) -> Select[Any]:
        return (
            select(Standing.key)
            .where(Standing.theme_id == theme, Standing.key != "", _reviewed(round))
            .group_by(Standing.key)
            .having(func.count() > 1)
        )

    asked = [(theme, exists(equal(theme))) for theme in ids]
    row = db.session.execute(select(*(found.label(f"theme_{theme}") for theme, found in asked))).one()
    return {theme for (theme, _), found in zip(asked, row, strict=True) if found}
