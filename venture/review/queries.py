"""The panel and its ties, an expert's desk, the grid of paper sheets, and the ranking, each loaded whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isqrt
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload, selectinload

from venture import trail
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.people.models import Community, Grant, Organization, Person
from venture.refusal import Blocker
from venture.review import access, conflicts, scoring
from venture.review.conflicts import Ground
from venture.review.models import Draw, Mark, Panelist, RuleChange, Seat, Sheet, SheetState, Tie
from venture.roles import Role
from venture.rounds import queries as rounds
from venture.rounds.models import Aggregation, Round, Theme, ThemeCriterion
from venture.trail import Correction, Event

_SENT = tuple(state for state in State if state not in {State.DRAFT, State.RETURNED, State.WITHDRAWN})


# --- the panel ---


@dataclass(frozen=True)
class Seated:
    """One expert of the panel and how far the sheets are: to score, handed in, keyed in, removed."""

    panelist: Panelist
    assigned: int
    handed_in: int
    keyed: int
    removed: int
    sheets: int


def panel(round: Round) -> list[Seated]:
    """The experts of a round by number. Three statements."""
    assigned: Counter[int] = Counter(
        dict(
            db.session.execute(
                select(Reader.person_id, func.count())
                .join(Application, Application.id == Reader.application_id)
                .where(Application.round_id == round.id, Application.state.in_(access.REVIEWED))
                .group_by(Reader.person_id)
            ).all()
        )
    )
    states: Counter[tuple[int, SheetState]] = Counter()
    for panelist_id, state, count in db.session.execute(
        select(Sheet.panelist_id, Sheet.state, func.count())
        .join(Panelist)
        .where(Panelist.round_id == round.id)
        .group_by(Sheet.panelist_id, Sheet.state)
    ):
        states[panelist_id, state] = count
    return [
        Seated(
            panelist=each,
            assigned=assigned[each.person_id],
            handed_in=states[each.id, SheetState.HANDED_IN],
            keyed=states[each.id, SheetState.KEYED],
            removed=states[each.id, SheetState.REMOVED],
            sheets=sum(states[each.id, state] for state in SheetState),
        )
        for each in _panelists(round)
    ]


def _panelists(round: Round) -> Sequence[Panelist]:
    return db.session.scalars(
        select(Panelist)
        .where(Panelist.round_id == round.id, Panelist.state != Seat.DECLINED)
        .options(joinedload(Panelist.person))
        .order_by(Panelist.number)
    ).all()


def panelist(round: Round, number: int) -> Panelist | None:
    """The expert with this number on the round's panel."""
    return next((each for each in _panelists(round) if each.number == number), None)


def candidates(round: Round) -> Sequence[Person]:
    """Experts who are not on the round's panel, by name."""
    return db.session.scalars(
        select(Person)
        .where(
            Person.active,
            Person.id.in_(select(Grant.person_id).where(Grant.role == Role.EXPERT)),
            Person.id.not_in(select(Panelist.person_id).where(Panelist.round_id == round.id)),
        )
        .order_by(Person.name, Person.id)
    ).all()


def tieable(round: Round) -> list[Person]:
    """Those whom a tie may concern: the panel by number, then the staff by name."""
    seated = [each.person for each in _panelists(round)]
    staff = db.session.scalars(
        select(Person)
        .where(
            Person.active,
            Person.id.in_(
                select(Grant.person_id).where(
                    Grant.role.in_((Role.OPERATOR, Role.OFFICER, Role.APPROVER, Role.FINANCE))
                )
            ),
        )
        .order_by(Person.name, Person.id)
    )
    known = {person.id for person in seated}
    return seated + [person for person in staff if person.id not in known]


def applications_of(round: Round, person: Person) -> Sequence[Application]:
    """The round's sent applications that the person is not tied to, by number."""
    return db.session.scalars(
        select(Application)
        .where(
            Application.round_id == round.id,
            Application.state.in_(_SENT),
            access.untied(person),
        )
        .options(joinedload(Application.organization))
        .order_by(Application.number, Application.id)
    ).all()


def application_of(application_id: int, person: Person) -> Application | None:
    """One application of which this member of the staff may see sheets and scores."""
    return db.session.scalar(access.seen(person).where(Application.id == application_id))


def sent_application(round: Round, application_id: int, person: Person) -> Application | None:
    """One of the applications to which a tie may be declared."""
    return next((each for each in applications_of(round, person) if each.id == application_id), None)


# --- ties ---


def ties(round: Round, person: Person) -> Sequence[Tie]:
    """The recorded ties of a round that the person is not party to, by application and expert."""
    return db.session.scalars(
        select(Tie)
        .join(Tie.application)
        .where(
            Application.round_id == round.id,
            Tie.person_id != person.id,
            access.untied(person, Tie.application_id),
        )
        .options(joinedload(Tie.application).joinedload(Application.organization), joinedload(Tie.person))
        .order_by(Application.number, Tie.person_id, Tie.id)
    ).all()


def tie(tie_id: int, person: Person) -> Tie | None:
    """One recorded tie that the person is not party to."""
    return db.session.scalar(
        select(Tie).where(
            Tie.id == tie_id, Tie.person_id != person.id, access.untied(person, Tie.application_id)
        )
    )


@dataclass(frozen=True)
class Found:
    """A tie that the rules see and that is not on record yet."""

    person: Person
    application: Application
    ground: Ground


def found_ties(round: Round, people: Iterable[Person] | None = None) -> list[Found]:
    """Ties between the panel (or `people`) and the round's applications that are not on record in any way.

    By codes and names (`conflicts.grounds`), never by addresses. Six statements.
    """
    listed = [each.person for each in _panelists(round)] if people is None else list(people)
    applications = db.session.scalars(
        select(Application)
        .where(Application.round_id == round.id, Application.state.in_(_SENT))
        .options(joinedload(Application.organization), selectinload(Application.communities))
        .order_by(Application.number, Application.id)
    ).all()
    known = {
        (one.application_id, one.person_id, one.ground)
        for one in db.session.execute(
            select(Tie.application_id, Tie.person_id, Tie.ground)
            .join(Application, Application.id == Tie.application_id)
            .where(Application.round_id == round.id)
        )
    }
    facts = _facts(listed)
    return [
        Found(person, application, ground)
        for application in applications
        for person in listed
        for ground in conflicts.grounds(facts[person.id], _application_facts(application))
        if (application.id, person.id, ground) not in known
    ]


def _facts(people: Sequence[Person]) -> dict[int, conflicts.Person]:
    """What is known of these persons' organizations and communities. One statement."""
    bodies, places = defaultdict(set), defaultdict(set)
    for person_id, code, place in db.session.execute(
        select(Grant.person_id, Organization.credit_code, Community.code)
        .outerjoin(Organization, Organization.id == Grant.organization_id)
        .outerjoin(Community, Community.id == Grant.community_id)
        .where(Grant.person_id.in_([person.id for person in people]))
    ):
        bodies[person_id].add(code or "")
        places[person_id].add(place or "")
    return {
        person.id: conflicts.Person(
            name=person.name,
            employer=person.employer_code,
            member_of=frozenset(bodies[person.id] - {""}),
            communities=frozenset(places[person.id] - {""}),
        )
        for person in people
    }


def _application_facts(application: Application) -> conflicts.Application:
    members = application.answers.get("team")
    names = (
        [row.get("name", "") for row in members if isinstance(row, dict)] if isinstance(members, list) else []
    )
    return conflicts.Application(
        organization=application.organization.credit_code,
        representative=application.organization.legal_representative,
        team=frozenset({str(name) for name in [*names, application.answers.get("lead_name", "")]} - {""}),
        communities=frozenset(community.code for community in application.communities),
    )


@dataclass(frozen=True)
class Coverage:
    """An application to be scored, the experts who are free to, and those tied to it (by number)."""

    application: Application
    free: list[int]
    tied: list[int]


def coverage(round: Round, state: State = State.ELIGIBLE) -> list[Coverage]:
    """Who can score what among the round's applications in this state, ties not yet on record included."""
    seated = _panelists(round)
    numbers = {each.person_id: each.number for each in seated}
    tied: dict[int, set[int]] = defaultdict(set)
    for application_id, person_id in db.session.execute(
        select(Tie.application_id, Tie.person_id)
        .join(Application, Application.id == Tie.application_id)
        .where(Application.round_id == round.id, Tie.dismissed_at.is_(None))
    ):
        tied[application_id].add(person_id)
    for one in found_ties(round, [each.person for each in seated]):
        tied[one.application.id].add(one.person.id)
    return [
        Coverage(
            application,
            [each.number for each in seated if each.person_id not in tied[application.id]],
            sorted(numbers[person_id] for person_id in tied[application.id] if person_id in numbers),
        )
        for application in db.session.scalars(
            select(Application)
            .where(Application.round_id == round.id, Application.state == state)
            .options(joinedload(Application.organization), joinedload(Application.theme))
            .order_by(Application.number, Application.id)
        )
    ]


# --- an expert's desk ---


@dataclass(frozen=True)
class Assignment:
    """One application an expert scores, and the own sheet so far."""

    application: Application
    panelist: Panelist
    sheet: Sheet | None

    @property
    def done(self) -> bool:
        return self.sheet is not None and self.sheet.state is SheetState.HANDED_IN

    @property
    def open(self) -> bool:
        """Whether the expert may still write: own draft (or none), and the application is in review."""
        draft = self.sheet is None or self.sheet.state is SheetState.DRAFT
        return draft and self.application.state is State.IN_REVIEW


@dataclass(frozen=True)
class Desk:
    """An expert's work in one round, in the order of the applications' numbers."""

    round: Round
    rows: list[Assignment]

    @property
    def done(self) -> int:
        return sum(row.done for row in self.rows)

    @property
    def next(self) -> Assignment | None:
        """The first application whose sheet still waits for the expert."""
        return next((row for row in self.rows if row.open), None)

    @property
    def finished(self) -> bool:
        """Whether every own sheet is handed in: only then are others' marks shown."""
        return bool(self.rows) and self.done == len(self.rows)


def desks(person: Person) -> list[Desk]:
    """The expert's rounds, the newest first. One statement."""
    found: dict[int, Desk] = {}
    for application, seat, sheet in db.session.execute(
        access.assigned(person)
        .join(Round, Round.id == Application.round_id)
        .options(
            joinedload(Application.round), joinedload(Application.theme), joinedload(Application.organization)
        )
        .order_by(Round.year.desc(), Application.number, Application.id)
    ):
        desk = found.setdefault(application.round_id, Desk(application.round, []))
        desk.rows.append(Assignment(application, seat, sheet))
    return list(found.values())


@dataclass(frozen=True)
class Proposal:
    """One assignment on its page: its place among the expert's own, the neighbours, and the score sheet."""

    desk: Desk
    place: int

    @property
    def assignment(self) -> Assignment:
        return self.desk.rows[self.place]

    @property
    def application(self) -> Application:
        return self.assignment.application

    @property
    def criteria(self) -> list[ThemeCriterion]:
        assert self.application.theme is not None
        return self.application.theme.criteria

    @property
    def before(self) -> Application | None:
        return self.desk.rows[self.place - 1].application if self.place else None

    @property
    def after(self) -> Application | None:
        return self.desk.rows[self.place + 1].application if self.place + 1 < len(self.desk.rows) else None


def proposal(application_id: int, person: Person) -> Proposal | None:
    """The expert's assignment; None for one that is tied, not assigned or does not exist, all alike."""
    for desk in desks(person):
        for place, row in enumerate(desk.rows):
            if row.application.id == application_id:
                return Proposal(desk, place)
    return None


def next_of(round: Round, person: Person) -> Application | None:
    """The first of the expert's applications in the round whose sheet still waits."""
    found = next((desk.next for desk in desks(person) if desk.round.id == round.id), None)
    return found.application if found else None


@dataclass(frozen=True)
class Totals:
    """What the panel gave to one application: totals (hundredths) by the experts' numbers."""

    application: Application
    totals: dict[int, int]


def others(desk: Desk) -> tuple[list[int], list[Totals]] | None:
    """The panel's totals of the expert's own applications; None until all own sheets are handed in."""
    if not desk.finished:
        return None
    numbers = [each.number for each in _panelists(desk.round)]
    totals: dict[int, dict[int, int]] = defaultdict(dict)
    for application_id, number, total in db.session.execute(
        select(Sheet.application_id, Panelist.number, Sheet.total)
        .join(Panelist)
        .where(
            Sheet.application_id.in_([row.application.id for row in desk.rows]),
            Sheet.state == SheetState.HANDED_IN,
        )
    ):
        totals[application_id][number] = total or 0
    return numbers, [Totals(row.application, totals[row.application.id]) for row in desk.rows]


# --- sheets from the staff's side ---


@dataclass(frozen=True)
class GridTheme:
    """One theme's part of an expert's grid: its score sheet and the applications with their sheets so far."""

    theme: Theme
    rows: list[tuple[Application, Sheet | None]]


def grid(seat: Panelist, person: Person) -> list[GridTheme]:
    """The applications assigned to the expert that this clerk may see, by theme and number."""
    sheets = {
        sheet.application_id: sheet
        for sheet in db.session.scalars(
            select(Sheet)
            .where(Sheet.panelist_id == seat.id)
            .options(selectinload(Sheet.marks).joinedload(Mark.criterion), joinedload(Sheet.paper))
        )
    }
    applications = db.session.scalars(
        access.seen(person)
        .where(
            Application.round_id == seat.round_id,
            Application.id.in_(select(Reader.application_id).where(Reader.person_id == seat.person_id)),
        )
        .options(joinedload(Application.organization))
        .order_by(Application.number, Application.id)
    ).all()
    round = rounds.by_id(seat.round_id)
    assert round is not None
    return [
        GridTheme(theme, rows)
        for theme in round.themes
        if (rows := [(each, sheets.get(each.id)) for each in applications if each.theme_id == theme.id])
    ]


def keyed(seat: Panelist, person: Person) -> Sequence[Sheet]:
    """The expert's sheets keyed in from paper that wait for somebody's check."""
    return db.session.scalars(
        select(Sheet)
        .join(Sheet.application)
        .where(
            Sheet.panelist_id == seat.id,
            Sheet.state == SheetState.KEYED,
            access.untied(person, Sheet.application_id),
        )
        .options(
            joinedload(Sheet.application).joinedload(Application.theme),
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper),
        )
        .order_by(Application.number, Sheet.id)
    ).all()


def sheets_of(application: Application) -> Sequence[Sheet]:
    """All sheets of one application, removed ones too, by the experts' numbers."""
    return db.session.scalars(
        select(Sheet)
        .join(Sheet.panelist)
        .where(Sheet.application_id == application.id)
        .options(
            joinedload(Sheet.panelist).joinedload(Panelist.person),
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper),
        )
        .order_by(Panelist.number)
    ).all()


def keyable(application: Application, sheet: Sheet | None) -> bool:
    """Whether a paper sheet may (still) be keyed in for the application."""
    waits = sheet is None or sheet.state in (SheetState.DRAFT, SheetState.KEYED)
    return waits and application.state is State.IN_REVIEW


def changeable(sheet: Sheet) -> bool:
    """Whether a sheet that counts may be reopened or corrected: nothing has been decided on it yet."""
    return sheet.state is SheetState.HANDED_IN and sheet.application.state is State.IN_REVIEW


def events_of(sheets: Sequence[Sheet]) -> Sequence[Event]:
    """What was done on these sheets, newest first, plain saves left out. One statement."""
    return db.session.scalars(
        select(Event)
        .where(
            Event.kind == Sheet.__tablename__,
            Event.object_id.in_([sheet.id for sheet in sheets]),
            Event.did != "review.save",
        )
        .order_by(Event.id.desc())
    ).all()


def corrections_of(sheets: Sequence[Sheet]) -> list[tuple[Sheet, Mark, Correction]]:
    """The corrections of these sheets' marks, oldest first. One statement."""
    marks = {mark.id: (sheet, mark) for sheet in sheets for mark in sheet.marks}
    found = trail.corrections_of([mark for _, mark in marks.values()])
    kept = sorted((one for each in found.values() for one in each), key=lambda one: one.id)
    return [(*marks[one.object_id], one) for one in kept]


def sheet(sheet_id: int, person: Person) -> Sheet | None:
    """One sheet of an application that this member of the staff may see."""
    return db.session.scalar(
        select(Sheet)
        .where(Sheet.id == sheet_id, access.untied(person, Sheet.application_id))
        .options(
            selectinload(Sheet.marks).joinedload(Mark.criterion),
            joinedload(Sheet.paper),
            joinedload(Sheet.panelist).joinedload(Panelist.person),
        )
    )


# --- scores ---


def criteria_of(theme: Theme) -> list[scoring.Criterion]:
    """The theme's score sheet as scoring reads it."""
    return [scoring.Criterion(one.code, one.max, one.step, one.weight) for one in theme.criteria]


def rules_of(round: Round, aggregation: Aggregation | None = None) -> scoring.Rules:
    """The round's rule, or with another aggregation where a theme has an approved change."""
    return scoring.Rules(
        aggregation=(aggregation or round.aggregation).value,
        trim_from=round.trim_from,
        dropping=round.dropping.value,
        rounding=round.rounding.value,
        quorum=round.quorum,
    )


def marks_of(sheet: Sheet) -> dict[str, int]:
    """A sheet's marks (hundredths) by the criteria's codes; a criterion without a mark is absent."""
    return {mark.criterion.code: mark.value for mark in sheet.marks}


def notes_of(sheet: Sheet) -> dict[str, str]:
    """A sheet's sentences by the criteria's codes, those that still lack their mark included."""
    marked = {mark.criterion.code: mark.note for mark in sheet.marks if mark.note}
    return {**sheet.loose_notes, **marked}


def score_of(
    application: Application, changed: Mapping[int, Mapping[str, int] | None] | None = None
) -> scoring.Score:
    """The score of one application as it stands, or with sheets (by id) changed or left out (None)."""
    assert application.theme is not None
    sheets: dict[int, Mapping[str, int] | None] = defaultdict(dict)
    for sheet_id, code, value in db.session.execute(
        select(Sheet.id, ThemeCriterion.code, Mark.value)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .join(ThemeCriterion, ThemeCriterion.id == Mark.criterion_id)
        .where(Sheet.application_id == application.id, Sheet.state == SheetState.HANDED_IN)
    ):
        sheets[sheet_id][code] = value  # type: ignore[index]  # only dicts until here
    sheets.update(changed or {})
    change = change_of(application.theme)
    return scoring.panel_score(
        [marks for marks in sheets.values() if marks is not None],
        criteria_of(application.theme),
        rules_of(application.round, change.aggregation if change else None),
    )


def printed(value: Fraction | int | None) -> str:
    """Hundredths as points with two decimals, half up; nothing for a missing value."""
    return "" if value is None else scoring.points(scoring.shown(value))


def without_sheet_of(application: Application, person: Person) -> tuple[scoring.Score, scoring.Score] | None:
    """The score as it stands and without this person's sheet; None when no sheet of theirs counts."""
    sheet_id = db.session.scalar(
        select(Sheet.id)
        .join(Panelist)
        .where(
            Sheet.application_id == application.id,
            Panelist.person_id == person.id,
            Sheet.state == SheetState.HANDED_IN,
        )
    )
    if sheet_id is None:
        return None
    return score_of(application), score_of(application, {sheet_id: None})


def change_of(theme: Theme) -> RuleChange | None:
    """The theme's last approved change of its rule."""
    return _changes([theme.id])[0].get(theme.id)


def pending_change(theme: Theme) -> RuleChange | None:
    """The theme's proposed change that waits for an approver."""
    return _changes([theme.id])[1].get(theme.id)


def _changes(theme_ids: Sequence[int]) -> tuple[dict[int, RuleChange], dict[int, RuleChange]]:
    """The approved and the pending change of each theme, the last one of each kind."""
    approved: dict[int, RuleChange] = {}
    pending: dict[int, RuleChange] = {}
    for change in db.session.scalars(
        select(RuleChange)
        .where(RuleChange.theme_id.in_(theme_ids), RuleChange.withdrawn_at.is_(None))
        .options(joinedload(RuleChange.proposed_by), joinedload(RuleChange.approved_by))
        .order_by(RuleChange.approved_at, RuleChange.id)
    ):
        (pending if change.approved_at is None else approved)[change.theme_id] = change
    return approved, pending


# --- the ranking ---


@dataclass(frozen=True, slots=True)
class Line:
    """One application in its theme's ranking.

    `totals` are the handed-in sheets' totals (hundredths) by the experts' numbers, `absent` says of the other
    experts «tied», «removed» or «missing». `score` is exact (hundredths, a Fraction), `shown` as printed,
    `spread` the standard deviation of the totals. `rank` is None without a score; `tied` lists those with
    which it shares the rank to the end (a draw must decide). `notes` are codes with facts:
    review.sheets_missing (counted, expected), review.below_quorum, review.not_trimmed (counted, trim_from),
    review.no_score, review.below_pass_line, review.tied_rank (numbers), review.drawn (day, witness),
    review.sheet_removed (experts). `asked` in fen.
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


@dataclass(frozen=True)
class ThemeRanking:
    """A theme's ranking, the best first, by one rule for the whole theme.

    `final` is False while anything of `blockers` stands in the way: review.theme_empty,
    review.theme_not_begun (applications), review.theme_sheets_missing (applications, sheets),
    review.theme_below_quorum (applications, quorum), review.theme_not_trimmed (applications, trim_from).
    Ties to the end don't keep it from being final: they matter where the money reaches only some of them,
    which the allocation finds; `draws` holds the groups.
    """

    theme: Theme
    rules: scoring.Rules
    pass_line: int
    change: RuleChange | None
    pending: RuleChange | None
    experts: list[int]
    lines: list[Line]
    blockers: list[Blocker]
    draws: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def final(self) -> bool:
        return not self.blockers

    @property
    def aggregation(self) -> Aggregation:
        return Aggregation(self.rules.aggregation)


@dataclass
class _Facts:
    """What a round's ranking is made from: by application id, then by the experts' numbers."""

    marks: dict[int, dict[int, dict[str, int]]]
    totals: dict[int, dict[int, int]]
    assigned: dict[int, set[int]]
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
    approved, pending = _changes([theme.id for theme in themes])
    experts = [each.number for each in _panelists(round)]
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(
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
        .where(Application.round_id == round.id, Application.state.in_((*access.REVIEWED, State.ELIGIBLE)))
        .order_by(Application.number, Application.id)
    ):
        rows[row.theme_id].append(row)
    facts = _facts_of(round, themes)
    drawn = _drawn([] if before_draws else [theme.id for theme in themes])
    hidden = _hidden(round, person)
    found = []
    for theme in themes:
        change = approved.get(theme.id)
        aggregation = (instead or {}).get(theme.id) or (change.aggregation if change else None)
        rules = rules_of(round, aggregation)
        reviewed = [row for row in rows[theme.id] if row.state is not State.ELIGIBLE]
        lines = _lines(theme, reviewed, facts, rules, round.pass_line, experts, drawn[theme.id])
        groups = dict.fromkeys(
            tuple(sorted((line.application_id, *line.tied))) for line in lines if line.tied
        )
        found.append(
            ThemeRanking(
                theme=theme,
                rules=rules,
                pass_line=round.pass_line,
                change=change,
                pending=pending.get(theme.id),
                experts=experts,
                lines=[line for line in lines if line.application_id not in hidden],
                blockers=_theme_blockers(lines, rules, waiting=len(rows[theme.id]) - len(reviewed)),
                draws=list(groups),
            )
        )
    return found


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


def _facts_of(round: Round, themes: Sequence[Theme]) -> _Facts:
    """Sheets, marks, assignments and ties of a round as plain columns. Four statements."""
    facts = _Facts({}, {}, defaultdict(set), defaultdict(set), defaultdict(set))
    places: dict[int, dict[str, int]] = {}
    of_round = select(Sheet).join(Panelist).where(Panelist.round_id == round.id)
    for sheet_id, application_id, number, state, total in db.session.execute(
        of_round.with_only_columns(
            Sheet.id, Sheet.application_id, Panelist.number, Sheet.state, Sheet.total
        ).where(Sheet.state.in_((SheetState.HANDED_IN, SheetState.REMOVED)))
    ):
        if state is SheetState.REMOVED:
            facts.removed[application_id].add(number)
        else:
            facts.totals.setdefault(application_id, {})[number] = total or 0
            places[sheet_id] = facts.marks.setdefault(application_id, {}).setdefault(number, {})
    codes = {criterion.id: criterion.code for theme in themes for criterion in theme.criteria}
    for sheet_id, criterion_id, value in db.session.execute(
        select(Mark.sheet_id, Mark.criterion_id, Mark.value)
        .join(Sheet, Sheet.id == Mark.sheet_id)
        .join(Panelist)
        .where(Panelist.round_id == round.id, Sheet.state == SheetState.HANDED_IN)
    ):
        places[sheet_id][codes[criterion_id]] = value
    for application_id, number in db.session.execute(
        select(Reader.application_id, Panelist.number)
        .join(Application, Application.id == Reader.application_id)
        .join(
            Panelist,
            and_(Panelist.person_id == Reader.person_id, Panelist.round_id == Application.round_id),
        )
        .where(Application.round_id == round.id)
    ):
        facts.assigned[application_id].add(number)
    for application_id, number in db.session.execute(
        select(Tie.application_id, Panelist.number)
        .join(Application, Application.id == Tie.application_id)
        .join(Panelist, and_(Panelist.person_id == Tie.person_id, Panelist.round_id == Application.round_id))
        .where(Application.round_id == round.id, Tie.dismissed_at.is_(None))
    ):
        facts.tied[application_id].add(number)
    return facts


def _hidden(round: Round, person: Person | None) -> set[int]:
    """The applications of the round that ties hide from the person."""
    if person is None:
        return set()
    return set(
        db.session.scalars(
            select(Barred.application_id)
            .join(Application, Application.id == Barred.application_id)
            .where(Application.round_id == round.id, Barred.person_id == person.id)
        )
    )


def _drawn(theme_ids: Sequence[int]) -> dict[int, list[Draw]]:
    """The recorded draws of each theme, the newest first."""
    found = defaultdict(list)
    for draw in db.session.scalars(select(Draw).where(Draw.theme_id.in_(theme_ids)).order_by(Draw.id.desc())):
        found[draw.theme_id].append(draw)
    return found


def _lines(
    theme: Theme,
    rows: Sequence[Any],
    facts: _Facts,
    rules: scoring.Rules,
    pass_line: int,
    experts: Sequence[int],
    draws: Sequence[Draw],
) -> list[Line]:
    """The theme's lines from best to last."""
    criteria = criteria_of(theme)
    scores = {
        row.id: scoring.panel_score(
            list(facts.marks.get(row.id, {}).values()),
            criteria,
            rules,
            expected=len(facts.assigned[row.id] | facts.totals.get(row.id, {}).keys()),
        )
        for row in rows
    }
    deciding = sorted((one for one in theme.criteria if one.tie_order), key=lambda one: one.tie_order or 0)
    order = [one.code for one in deciding]
    entries = [
        scoring.Entry(row.id, scores[row.id].value, scores[row.id].criteria, row.asked or 0) for row in rows
    ]
    places = scoring.ranking(entries, order, lower_request=True)
    lots = _lots(places, draws)
    if lots:
        entries = [replace(entry, draw=lots[entry.id][0]) if entry.id in lots else entry for entry in entries]
        places = scoring.ranking(entries, order, lower_request=True)
    by_id = {row.id: row for row in rows}
    numbers = {row.id: row.number for row in rows}
    lines = []
    for place in places:
        row, score = by_id[place.id], scores[place.id]
        totals = facts.totals.get(row.id, {})
        notes = scoring.waits(score, rules)
        if score.value is not None and not scoring.passes(score.value, pass_line):
            notes.append(Blocker("review.below_pass_line", "", {"pass_line": pass_line}))
        if place.tied:
            notes.append(
                Blocker("review.tied_rank", "", {"numbers": [numbers[other] for other in place.tied]})
            )
        elif row.id in lots:
            draw = lots[row.id][1]
            notes.append(Blocker("review.drawn", "", {"day": draw.drawn_on, "witness": draw.witness}))
        if facts.removed[row.id]:
            notes.append(Blocker("review.sheet_removed", "", {"experts": sorted(facts.removed[row.id])}))
        lines.append(
            Line(
                application_id=row.id,
                number=row.number,
                title=row.title,
                organization_id=row.organization_id,
                organization=row.organization,
                state=row.state,
                asked=row.asked or 0,
                totals=totals,
                absent={
                    number: _absence(number, row.id, facts) for number in experts if number not in totals
                },
                score=score.value,
                shown=None if score.value is None else scoring.shown(score.value),
                spread=deviation(list(totals.values())),
                counted=score.counted,
                expected=score.expected,
                trimmed=score.trimmed,
                passes=scoring.passes(score.value, pass_line),
                rank=place.rank,
                tied=place.tied,
                notes=tuple(notes),
            )
        )
    return lines


def _lots(places: Sequence[scoring.Place[int]], draws: Sequence[Draw]) -> dict[int, tuple[int, Draw]]:
    """For applications tied to the end: their places in the newest draw that names the whole group."""
    found = {}
    for place in places:
        group = {place.id, *place.tied}
        draw = next((draw for draw in draws if group <= set(draw.order)), None) if place.tied else None
        if draw is not None:
            found[place.id] = (draw.order.index(place.id), draw)
    return found


def _absence(number: int, application_id: int, facts: _Facts) -> str:
    if number in facts.removed[application_id]:
        return "removed"
    return "tied" if number in facts.tied[application_id] else "missing"


def _theme_blockers(lines: Sequence[Line], rules: scoring.Rules, *, waiting: int) -> list[Blocker]:
    """Why the theme's ranking is not final; `waiting` eligible applications are not in review yet."""
    if not lines and not waiting:
        return [Blocker("review.theme_empty")]
    missing = [line.expected - line.counted for line in lines if line.counted < line.expected]
    few = sum(line.expected < rules.quorum for line in lines)
    short = sum(rules.quorum <= line.expected < rules.trim_from for line in lines)
    found = []
    if waiting:
        found.append(Blocker("review.theme_not_begun", "", {"applications": waiting}))
    if missing:
        facts = {"applications": len(missing), "sheets": sum(missing)}
        found.append(Blocker("review.theme_sheets_missing", "", facts))
    if few:
        facts = {"applications": few, "quorum": rules.quorum}
        found.append(Blocker("review.theme_below_quorum", "", facts))
    if short and rules.aggregation == "trimmed":
        facts = {"applications": short, "trim_from": rules.trim_from}
        found.append(Blocker("review.theme_not_trimmed", "", facts))
    return found


def deviation(totals: Sequence[int]) -> int | None:
    """The standard deviation (n - 1) of totals in hundredths, half up; None for fewer than two."""
    n = len(totals)
    if n < 2:
        return None
    squares = n * sum(total * total for total in totals) - sum(totals) ** 2
    return (isqrt(4 * squares // (n * (n - 1))) + 1) // 2
