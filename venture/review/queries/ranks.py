"""The ranking of a round, theme by theme, loaded as plain columns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isqrt
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, union_all
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.db import db, sum_of
from venture.people.models import Organization, Person
from venture.refusal import Blocker
from venture.review import access, scoring
from venture.review.models import Draw, Mark, Panelist, RuleChange, Sheet, SheetState, Standing, Tie
from venture.review.queries.scores import criteria_of, joined, rule_changes, rules_of, tie_order
from venture.review.queries.seats import panelists
from venture.rounds import queries as rounds
from venture.rounds.models import Aggregation, Phase, Round, Theme, ThemeCriterion


@dataclass(frozen=True, slots=True)
class Line:
    """One application in its theme's ranking.

    `totals` are the handed-in sheets' totals (hundredths) by the experts' numbers, `absent` says of the other
    experts «tied», «removed» or «missing»; `spoken` are the totals for the presentation. `score` is exact
    (hundredths, a Fraction), `shown` as printed, `spread` the standard deviation of the totals; `papers`,
    `presentation` and `bonus` are what it is made of, as printed, the last two None where there are none.
    `rank` is None without a score; `tied` lists those with which it shares the rank to the end (a draw must
    decide). `notes` are codes with facts: what `scoring.waits` finds, review.below_pass_line, review.tied_rank
    (numbers), review.drawn (day, witness), review.sheet_removed (experts). `asked` in fen.
    """

    application_id: int
    number: str
    title: str
    organization_id: int
    organization: str
    state: State
    asked: int
    totals: Mapping[int, int]
    absent: Mapping[int, str]
    score: Fraction | None
    shown: int | None
    spread: int | None
    counted: int
    expected: int
    trimmed: bool
    passes: bool
    rank: int | None
    tied: tuple[int, ...]
    notes: tuple[Blocker, ...]
    spoken: Mapping[int, int]
    papers: int | None
    presentation: int | None
    bonus: int | None
    awaited: int


@dataclass(frozen=True)
class Heading:
    """What stands over a theme's ranking: one rule for the whole theme, and what keeps it from being final.

    `final` is False while anything of `blockers` stands in the way: review.theme_empty,
    review.theme_not_begun (applications), review.theme_sheets_missing (applications, sheets),
    review.theme_below_quorum (applications, quorum), review.theme_not_trimmed (applications, trim_from), and the same
    three of the presentation.
    """

    theme: Theme
    rules: scoring.Rules
    pass_line: int
    change: RuleChange | None
    pending: RuleChange | None
    experts: list[int]
    blockers: list[Blocker]

    @property
    def final(self) -> bool:
        return not self.blockers

    @property
    def whole(self) -> int:
        """The most points that a sheet of the theme can give, in hundredths."""
        return rounds.sheet_points(self.theme)

    @property
    def weight(self) -> int:
        """What the presentation weighs, in percent; 0 where there is none."""
        return self.theme.round.presentation_weight

    @property
    def has_bonus(self) -> bool:
        """Whether the theme's sheet has bonus items."""
        return any(one.bonus for one in self.theme.sheet())

    @property
    def aggregation(self) -> Aggregation:
        return Aggregation(self.rules.aggregation)


@dataclass(frozen=True)
class ThemeRanking(Heading):
    """A theme's ranking, the best first.

    Ties to the end don't keep it from being final: they matter where the money reaches only some of them,
    which the allocation finds; `draws` holds the groups.
    """

    lines: list[Line] = field(default_factory=list)
    draws: list[tuple[int, ...]] = field(default_factory=list)


@dataclass
class Facts:
    """What a round's ranking is made from: by application id, then by the experts' numbers; totals by phase first."""

    totals: dict[Phase, dict[int, dict[int, int]]]
    removed: dict[int, set[int]]
    tied: dict[int, set[int]]


def ranking(
    round: Round,
    person: Person | None = None,
    *,
    instead: Mapping[int, Aggregation] | None = None,
    before_draws: bool = False,
) -> list[ThemeRanking]:
    """The ranking of each theme of the round, in the themes' order; ranks are those of the whole theme.

    With `person` the lines that a tie hides from that person are left out of what is returned. `instead` (by
    theme id) shows what another rule would make of it, `before_draws` leaves recorded draws aside. Twelve
    statements at any size.
    """
    themes = db.session.scalars(
        select(Theme)
        .where(Theme.round_id == round.id)
        .options(selectinload(Theme.criteria))
        .order_by(Theme.position, Theme.id)
    ).all()
    approved, pending = rule_changes([theme.id for theme in themes])
    experts = [each.number for each in panelists(round)]
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in details(
        Application.round_id == round.id, Application.state.in_((*access.REVIEWED, State.ELIGIBLE))
    ):
        rows[row.theme_id].append(row)
    facts, expected = facts_of(round), _expected(round)
    drawn = drawn_in([] if before_draws else [theme.id for theme in themes])
    hidden = hidden_from(round, person)
    rules: dict[int, scoring.Rules] = {}
    for theme in themes:
        change = approved.get(theme.id)
        aggregation = (instead or {}).get(theme.id) or (change.aggregation if change else None)
        rules[theme.id] = rules_of(round, aggregation)
    scores = scores_in(round, themes, rows, facts, expected, rules)
    found = []
    for theme in themes:
        reviewed = [row for row in rows[theme.id] if row.state is not State.ELIGIBLE]
        lines = _lines(
            theme, reviewed, facts, scores, rules[theme.id], round.pass_line, experts, drawn[theme.id]
        )
        groups = dict.fromkeys(
            tuple(sorted((line.application_id, *line.tied))) for line in lines if line.tied
        )
        found.append(
            ThemeRanking(
                theme=theme,
                rules=rules[theme.id],
                pass_line=round.pass_line,
                change=approved.get(theme.id),
                pending=pending.get(theme.id),
                experts=experts,
                lines=[line for line in lines if line.application_id not in hidden],
                blockers=_blockers_of(
                    lines, rules[theme.id], round.phases, waiting=len(rows[theme.id]) - len(reviewed)
                ),
                draws=list(groups),
            )
        )
    return found


def details(*among: ColumnElement[bool]) -> Iterable[Any]:
    """What a line says of its application, as plain columns, by number. One statement."""
    return db.session.execute(
        select(
            Application.id,
            Application.theme_id,
            Application.number,
            Application.title,
            Application.organization_id,
            Organization.name.label("organization"),
            Application.state,
            Application.asked,
        )
        .join(Organization, Organization.id == Application.organization_id)
        .where(*among)
        .order_by(Application.number, Application.id)
    )


def drawable(theme: Theme) -> list[tuple[int, ...]]:
    """The groups of applications (ids) of the theme that only a draw can order, drawn already or not."""
    found = ranking(theme.round, before_draws=True)
    return next(one.draws for one in found if one.theme.id == theme.id)


def names_of(theme: Theme, person: Person) -> dict[int, str]:
    """Number and title of the theme's applications that the person may see, by id."""
    return {
        application.id: f"{application.number} {application.title}"
        for application in db.session.scalars(access.seen(person).where(Application.theme_id == theme.id))
    }


def draws(theme: Theme) -> Sequence[Draw]:
    """The draws on record for the theme, the newest first."""
    return db.session.scalars(
        select(Draw)
        .where(Draw.theme_id == theme.id)
        .options(joinedload(Draw.made_by))
        .order_by(Draw.id.desc())
    ).all()


def facts_of(round: Round, ids: Sequence[int] | None = None) -> Facts:
    """Totals and ties of a round, or of some of its applications, as plain columns. Two statements."""

    def among(column: Any) -> ColumnElement[bool]:
        return true() if ids is None else column.in_(ids)

    facts = Facts({phase: {} for phase in Phase}, defaultdict(set), defaultdict(set))
    seated = Panelist.round_id == round.id
    for application_id, number, phase, state, total in db.session.execute(
        select(Sheet.application_id, Panelist.number, Sheet.phase, Sheet.state, Sheet.total)
        .join(Panelist)
        .where(
            seated,
            Sheet.state.in_((SheetState.HANDED_IN, SheetState.REMOVED)),
            among(Sheet.application_id),
        )
    ):
        if state is SheetState.REMOVED:
            facts.removed[application_id].add(number)
        else:
            facts.totals[phase].setdefault(application_id, {})[number] = total or 0
    for application_id, number in db.session.execute(
        select(Tie.application_id, Panelist.number)
        .join(Panelist, Panelist.person_id == Tie.person_id)
        .join(Application, Application.id == Tie.application_id)
        .where(
            seated,
            Application.round_id == round.id,
            Tie.dismissed_at.is_(None),
            among(Tie.application_id),
        )
    ):
        facts.tied[application_id].add(number)
    return facts


Expected = Mapping[int, Mapping[Phase, int]]
"""How many sheets of each phase an application (id) is to have."""


def _expected(round: Round) -> dict[int, dict[Phase, int]]:
    """What is expected of each application of the round, as its standing says. One statement."""
    rows = db.session.execute(
        select(Standing.application_id, Standing.expected, Standing.awaited)
        .join(Theme, Theme.id == Standing.theme_id)
        .where(Theme.round_id == round.id)
    )
    return {
        application_id: {Phase.PAPERS: expected, Phase.PRESENTATION: awaited}
        for application_id, expected, awaited in rows
    }


def scores_in(
    round: Round,
    themes: Sequence[Theme],
    rows: Mapping[int, Sequence[Any]],
    facts: Facts,
    expected: Expected,
    rules: Mapping[int, scoring.Rules],
    ids: Sequence[int] | None = None,
) -> dict[int, scoring.Score]:
    """The scores of the rows of each theme (id), joined of the round's phases. Two statements.

    With `ids` only sheets of these applications are read.
    """
    among = true() if ids is None else Sheet.application_id.in_(ids)
    sheets = [(theme, phase) for theme in themes for phase in round.phases]
    plain = [each for each in sheets if _plain(each[0].sheet(each[1]), rules[each[0].id])]
    parts: dict[tuple[int, Phase], scoring.Score] = {}
    for theme, phase in plain:
        whole = [scoring.Criterion("sheet", sum(one.max for one in theme.sheet(phase)))]
        for row in rows[theme.id]:
            totals = facts.totals[phase].get(row.id, {}).values()
            parts[row.id, phase] = scoring.panel_score(
                [{"sheet": total} for total in totals],
                whole,
                rules[theme.id],
                expected=expected.get(row.id, {}).get(phase, 0),
            )
    parts = _deciding(themes, parts, among)
    parts |= _by_marks([each for each in sheets if each not in plain], rows, expected, rules, among)
    return {
        row.id: joined({phase: parts[row.id, phase] for phase in round.phases}, round, rules[theme.id])
        for theme in themes
        for row in rows[theme.id]
    }


def _plain(lines: Sequence[ThemeCriterion], rules: scoring.Rules) -> bool:
    """Whether a sheet's stored total is its exact value, and all that the theme's rule asks of it: then it counts as
    one mark out of the whole.
    """
    return rules.dropping == "sheet" and all(one.weight == 100 and not one.bonus for one in lines)


def _by_marks(
    sheets: Sequence[tuple[Theme, Phase]],
    rows: Mapping[int, Sequence[Any]],
    expected: Expected,
    rules: Mapping[int, scoring.Rules],
    among: ColumnElement[bool],
) -> dict[tuple[int, Phase], scoring.Score]:
    """The scores that need every mark. One statement."""
    codes = {one.id: one.code for theme, phase in sheets for one in theme.sheet(phase)}
    marks: dict[tuple[int, Phase], dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for application_id, phase, sheet_id, criterion_id, value in db.session.execute(
        select(Sheet.application_id, Sheet.phase, Mark.sheet_id, Mark.criterion_id, Mark.value)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .where(Mark.criterion_id.in_(codes), Sheet.state == SheetState.HANDED_IN, among)
    ):
        marks[application_id, phase][sheet_id][codes[criterion_id]] = value
    return {
        (row.id, phase): scoring.panel_score(
            list(marks[row.id, phase].values()),
            criteria_of(theme.sheet(phase)),
            rules[theme.id],
            expected=expected.get(row.id, {}).get(phase, 0),
        )
        for theme, phase in sheets
        for row in rows[theme.id]
    }


def _deciding(
    themes: Sequence[Theme], scores: Mapping[tuple[int, Phase], scoring.Score], among: ColumnElement[bool]
) -> dict[tuple[int, Phase], scoring.Score]:
    """The scores by totals again, with the means of the criteria that decide ties. One statement."""
    codes = {one.id: one.code for theme in themes for one in theme.sheet() if one.tie_order}
    means: dict[int, dict[str, Fraction]] = defaultdict(dict)
    for application_id, criterion_id, total, count in db.session.execute(
        select(Sheet.application_id, Mark.criterion_id, sum_of(Mark.value), func.count())
        .join(Mark, Mark.sheet_id == Sheet.id)
        .where(Mark.criterion_id.in_(codes), Sheet.state == SheetState.HANDED_IN, among)
        .group_by(Sheet.application_id, Mark.criterion_id)
    ):
        means[application_id][codes[criterion_id]] = Fraction(total, count)
    return {key: score._replace(criteria=means[key[0]]) for key, score in scores.items()}


def hidden_from(round: Round, person: Person | None) -> set[int]:
    """The applications of the round whose scores the person must not see: tied, or of an own organization."""
    if person is None:
        return set()
    of_round = select(Application.id).where(Application.round_id == round.id)
    ways = [
        of_round.join(Barred, Barred.application_id == Application.id).where(Barred.person_id == person.id)
    ]
    if person.organization_ids:
        ways.append(of_round.where(Application.organization_id.in_(person.organization_ids)))
    return set(db.session.scalars(union_all(*ways)))


def drawn_in(theme_ids: Sequence[int]) -> dict[int, list[Draw]]:
    """The recorded draws of each theme, the newest first."""
    found = defaultdict(list)
    for draw in db.session.scalars(select(Draw).where(Draw.theme_id.in_(theme_ids)).order_by(Draw.id.desc())):
        found[draw.theme_id].append(draw)
    return found


def _lines(
    theme: Theme,
    rows: Sequence[Any],
    facts: Facts,
    scores: Mapping[int, scoring.Score],
    rules: scoring.Rules,
    pass_line: int,
    experts: Sequence[int],
    draws: Sequence[Draw],
) -> list[Line]:
    """The theme's lines from best to last."""
    order = tie_order(theme)
    entries = [
        scoring.Entry(row.id, scores[row.id].value, scores[row.id].criteria, row.asked or 0) for row in rows
    ]
    places = scoring.ranking(entries, order, lower_request=True)
    lots = lots_of(places, draws)
    if lots:
        entries = [replace(entry, draw=lots[entry.id][0]) if entry.id in lots else entry for entry in entries]
        places = scoring.ranking(entries, order, lower_request=True)
    by_id = {row.id: row for row in rows}
    numbers = {row.id: row.number for row in rows}
    return [
        line_of(
            by_id[place.id],
            scores[place.id],
            place,
            facts,
            rules=rules,
            pass_line=pass_line,
            experts=experts,
            numbers=numbers,
            draw=lots[place.id][1] if place.id in lots else None,
        )
        for place in places
    ]


def line_of(
    row: Any,
    score: scoring.Score,
    place: scoring.Place[int],
    facts: Facts,
    *,
    rules: scoring.Rules,
    pass_line: int,
    experts: Sequence[int],
    numbers: Mapping[int, str],
    draw: Draw | None,
) -> Line:
    """One application's line; `numbers` are those of the applications tied with it, by id."""
    totals = facts.totals[Phase.PAPERS].get(row.id, {})
    spoken = score.presentation.value if score.presentation else None
    notes = scoring.waits(score, rules)
    if score.value is not None and not scoring.passes(score.value, pass_line):
        notes.append(Blocker("review.below_pass_line", "", {"pass_line": pass_line}))
    if place.tied:
        notes.append(Blocker("review.tied_rank", "", {"numbers": [numbers[other] for other in place.tied]}))
    elif draw is not None:
        notes.append(Blocker("review.drawn", "", {"day": draw.drawn_on, "witness": draw.witness}))
    if facts.removed[row.id]:
        notes.append(Blocker("review.sheet_removed", "", {"experts": sorted(facts.removed[row.id])}))
    return Line(
        application_id=row.id,
        number=row.number,
        title=row.title,
        organization_id=row.organization_id,
        organization=row.organization,
        state=row.state,
        asked=row.asked or 0,
        totals=totals,
        absent={number: _absence(number, row.id, facts) for number in experts if number not in totals},
        score=score.value,
        shown=_shown(score.value),
        spread=deviation(list(totals.values())),
        counted=score.counted,
        expected=score.expected,
        trimmed=score.trimmed,
        passes=scoring.passes(score.value, pass_line),
        rank=place.rank,
        tied=place.tied,
        notes=tuple(notes),
        spoken=facts.totals[Phase.PRESENTATION].get(row.id, {}),
        papers=_shown(score.papers),
        presentation=_shown(spoken),
        bonus=_shown(score.bonus),
        awaited=score.presentation.expected if score.presentation else 0,
    )


def _shown(value: Fraction | None) -> int | None:
    return None if value is None else scoring.shown(value)


def lots_of(places: Sequence[scoring.Place[int]], draws: Sequence[Draw]) -> dict[int, tuple[int, Draw]]:
    """For applications tied to the end: their places in the draw that orders them."""
    found = {}
    for place in places:
        draw = draw_of([place.id, *place.tied], draws) if place.tied else None
        if draw is not None:
            found[place.id] = (draw.order.index(place.id), draw)
    return found


def draw_of(group: Sequence[int], draws: Sequence[Draw]) -> Draw | None:
    """The draw that orders a group of tied applications (ids): the newest of `draws` that names the whole group."""
    return next((draw for draw in draws if set(group) <= set(draw.order)), None)


def _absence(number: int, application_id: int, facts: Facts) -> str:
    if number in facts.removed[application_id]:
        return "removed"
    return "tied" if number in facts.tied[application_id] else "missing"


def _blockers_of(
    lines: Sequence[Line], rules: scoring.Rules, phases: Sequence[Phase], *, waiting: int
) -> list[Blocker]:
    lacks = {phase: Lack() for phase in phases}
    for line in lines:
        lacks[Phase.PAPERS].note(rules, line.counted, line.expected)
        if Phase.PRESENTATION in lacks:
            lacks[Phase.PRESENTATION].note(rules, len(line.spoken), line.awaited)
    return theme_blockers(rules, lines=len(lines), waiting=waiting, lacks=lacks)


@dataclass
class Lack:
    """What a phase of a theme's review still lacks: `missing` counts applications and the sheets they lack; `few` have
    fewer experts than the quorum, `short` fewer than trimming needs.
    """

    missing: tuple[int, int] = (0, 0)
    few: int = 0
    short: int = 0

    def note(self, rules: scoring.Rules, counted: int, expected: int, applications: int = 1) -> None:
        """Count so many applications with these sheets."""
        if counted < expected:
            lacking, sheets = self.missing
            self.missing = (lacking + applications, sheets + applications * (expected - counted))
        if expected < rules.quorum:
            self.few += applications
        elif expected < rules.trim_from:
            self.short += applications


_LACKS = {
    Phase.PAPERS: ("review.theme_sheets_missing", "review.theme_below_quorum", "review.theme_not_trimmed"),
    Phase.PRESENTATION: (
        "review.theme_presentations_missing",
        "review.theme_presentation_quorum",
        "review.theme_presentation_untrimmed",
    ),
}


def theme_blockers(
    rules: scoring.Rules, *, lines: int, waiting: int, lacks: Mapping[Phase, Lack]
) -> list[Blocker]:
    """Why the theme's ranking is not final; `waiting` eligible applications are not in review yet."""
    if not lines and not waiting:
        return [Blocker("review.theme_empty")]
    found = []
    if waiting:
        found.append(Blocker("review.theme_not_begun", "", {"applications": waiting}))
    for phase, lack in lacks.items():
        missing, few, short = _LACKS[phase]
        if lack.missing[0]:
            facts = {"applications": lack.missing[0], "sheets": lack.missing[1]}
            found.append(Blocker(missing, "", facts))
        if lack.few:
            found.append(Blocker(few, "", {"applications": lack.few, "quorum": rules.quorum}))
        if lack.short and rules.aggregation == "trimmed":
            found.append(Blocker(short, "", {"applications": lack.short, "trim_from": rules.trim_from}))
    return found


def deviation(totals: Sequence[int]) -> int | None:
    """The standard deviation (n - 1) of totals in hundredths, half up; None for fewer than two."""
    n = len(totals)
    if n < 2:
        return None
    squares = n * sum(total * total for total in totals) - sum(totals) ** 2
    return (isqrt(4 * squares // (n * (n - 1))) + 1) // 2
