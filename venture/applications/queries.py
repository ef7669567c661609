"""Applications as a person may see them: one whole, lists with totals, the eligibility desk, obstacles."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from venture import clock, trail, workdays
from venture.applications import access, eligibility, parts
from venture.applications.eligibility import Facts, Finding, PastProject, Result, Rule, Stay
from venture.applications.lifecycle import State, applicant_view
from venture.applications.models import Application, Attachment, Check, FundKind, Slot, Version
from venture.applications.parts import CostTable, Field, Kind, Part, Raw, Terms
from venture.db import Page, db, paged
from venture.people.models import Grant, ListKind, Organization, Person
from venture.refusal import Blocker
from venture.rounds.models import Round, RoundState, Theme
from venture.words import N_


def _whole() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Application.round).selectinload(Round.themes),
        joinedload(Application.round).selectinload(Round.fields),
        joinedload(Application.round).selectinload(Round.papers),
        joinedload(Application.round).selectinload(Round.rules),
        joinedload(Application.organization).selectinload(Organization.reports),
        joinedload(Application.organization).selectinload(Organization.listings),
        joinedload(Application.organization).selectinload(Organization.bans),
        joinedload(Application.organization).selectinload(Organization.records),
        joinedload(Application.theme),
        joinedload(Application.field),
        joinedload(Application.saved_by),
        joinedload(Application.signed_by),
        joinedload(Application.decided_by),
        selectinload(Application.communities),
        selectinload(Application.costs),
        selectinload(Application.funds),
        selectinload(Application.attachments).options(
            joinedload(Attachment.kind), joinedload(Attachment.file)
        ),
        selectinload(Application.versions).options(
            joinedload(Version.submitted_by), joinedload(Version.entered_by)
        ),
        selectinload(Application.checks).joinedload(Check.by),
    )


def one(id: int, person: Person) -> Application | None:
    """One application whole, if the person may see it."""
    return db.session.scalar(access.visible(person).where(Application.id == id).options(*_whole()))


def mine(person: Person) -> Sequence[Application]:
    """The applications of the person's organizations and those the person enters from paper, newest first."""
    own = or_(
        Application.organization_id.in_(person.organization_ids),
        (Application.created_by_id == person.id) & Application.signed_by_id.is_not(None),
    )
    statement = access.visible(person).where(own).options(*_whole())
    return db.session.scalars(statement.order_by(Application.id.desc())).all()


def attachment(id: int, application: Application) -> Attachment | None:
    """One file of the application, also one that was taken out."""
    return next((each for each in application.attachments if each.id == id), None)


def version_of_key(key: str) -> Version | None:
    """The version that this press of the button made, if it already has."""
    return db.session.scalar(
        select(Version).where(Version.key == key).options(joinedload(Version.application))
    )


def signers(organization: Organization) -> Sequence[Person]:
    """Who may have signed for the organization on paper: those who act for it."""
    return db.session.scalars(
        select(Person)
        .where(Person.active, Person.grants.any(Grant.organization_id == organization.id))
        .order_by(Person.name, Person.id)
    ).all()


def latest_of(organization: Organization) -> Application | None:
    """The organization's newest application, from which a new one takes what seldom changes."""
    return db.session.scalar(
        select(Application)
        .where(Application.organization_id == organization.id)
        .order_by(Application.id.desc())
        .limit(1)
    )


def open_rounds(at: datetime) -> Sequence[Round]:
    """Rounds that call for applications and are not over yet; drafts may be begun before the opening."""
    return db.session.scalars(
        select(Round)
        .where(Round.state == RoundState.OPEN, Round.closes_at > at)
        .order_by(Round.closes_at, Round.id)
        .options(selectinload(Round.themes), selectinload(Round.fields))
    ).all()


# --- the form of one application ---


def sheet(application: Application, *, pending: bool = True) -> dict[str, Raw]:
    """The form as it stands, every field as text; with `pending`, also what was typed since it was sent."""
    answers = application.answers
    found: dict[str, Raw] = {}
    for key, field in parts.FIELDS.items():
        given = _COLUMNS[key](application) if key in _COLUMNS else answers.get(key)
        found[key] = parts.normal(field, _shown(field, given))
    found |= {key: raw for key, raw in answers.get("_typed", {}).items() if key in parts.FIELDS}
    if pending:
        found |= {key: raw for key, raw in answers.get("_pending", {}).items() if key in parts.FIELDS}
    return found


def _shown(field: Field, given: Any) -> Raw:
    if field.plural:
        return list(given or [])
    return parts.show(field.kind, given)


def _fund(kind: FundKind) -> Callable[[Application], Any]:
    return lambda application: next((fund.amount for fund in application.funds if fund.kind is kind), None)


def _costs(table: CostTable) -> Callable[[Application], Any]:
    return lambda application: [
        {
            "category": line.category.value,
            "content": line.content,
            "unit_price": parts.show(Kind.MONEY, line.unit_price),
            "quantity": parts.show(Kind.QUANTITY, line.quantity),
            "unit": line.unit,
        }
        for line in application.costs
        if line.table is table
    ]


_COLUMNS: dict[str, Callable[[Application], Any]] = {
    "group_name": lambda application: application.group_name,
    "title": lambda application: application.title,
    "theme": lambda application: application.theme.code if application.theme else "",
    "field": lambda application: application.field.code if application.field else "",
    "starts_on": lambda application: application.starts_on,
    "ends_on": lambda application: application.ends_on,
    "communities": lambda application: [community.code for community in application.communities],
    "asked": lambda application: application.asked,
    "direct": lambda application: application.direct,
    "indirect": lambda application: application.indirect,
    "fund_own": _fund(FundKind.OWN),
    "fund_donated": _fund(FundKind.DONATED),
    "fund_expected": _fund(FundKind.EXPECTED),
    "costs_grant": _costs(CostTable.GRANT),
    "costs_matching": _costs(CostTable.MATCHING),
}
COLUMNS = frozenset(_COLUMNS)
"""The fields that have columns of their own; all others are answers."""


def theme_of(application: Application, form: Mapping[str, Raw]) -> Theme | None:
    """The theme that the form names now (not yet the row's, when the change has not been sent)."""
    return next((theme for theme in application.round.themes if theme.code == form["theme"]), None)


_PROFILE = (
    ("registrar", N_("Registration office")),
    ("registered_on", N_("Day of registration")),
    ("address", N_("Address")),
    ("postcode", N_("Postcode")),
    ("introduction", N_("Introduction of the organization")),
    ("legal_representative", N_("Legal representative")),
    ("representative_phone", N_("Telephone of the legal representative")),
)


def live_files(application: Application) -> list[Attachment]:
    """The files that the application carries now."""
    return [each for each in application.attachments if each.removed_at is None]


def sent_files(application: Application) -> list[Attachment]:
    """The files of the version that was last sent; before the first one, those carried now."""
    if not application.versions:
        return live_files(application)
    named = {entry["attachment"] for entry in content(application.versions[-1]).get("files", [])}
    return [each for each in application.attachments if each.id in named]


def content(version: Version) -> dict[str, Any]:
    """What was frozen, as data."""
    return dict(json.loads(version.content))


def terms(application: Application, form: Mapping[str, Raw]) -> Terms:
    """What the round asks of this form."""
    round, theme = application.round, theme_of(application, form)
    have = {each.kind_id for each in live_files(application)}
    return Terms(
        theme=theme.name if theme else "",
        ceiling=theme.ceiling if theme else None,
        consultation=theme.consultation if theme else False,
        management_cap=round.management_cap,
        staff_cap=round.staff_cap,
        grant_share=round.grant_share,
        themes=[theme.code for theme in round.themes],
        fields=[field.code for field in round.fields],
        papers=[(kind.code, kind.name, kind.id in have) for kind in round.papers if kind.required],
        profile=[(key, label) for key, label in _PROFILE if not getattr(application.organization, key)],
    )


def obstacles(application: Application, at: datetime) -> list[Blocker]:
    """All that stands in the way of submitting at this moment: the very list the verb refuses with."""
    form = sheet(application)
    found = parts.blockers(form, terms(application, form))
    return _of_window(application, at) + _of_slot(application) + found


def limit_of(application: Application) -> datetime:
    """The moment from which nothing is taken: the round's closing, or the end of the term of correction."""
    if application.state is State.RETURNED and application.correct_by_on is not None:
        return clock.end_of_day(application.correct_by_on)
    return application.round.closes_at


def _of_window(application: Application, at: datetime) -> list[Blocker]:
    round, limit = application.round, limit_of(application)
    if application.state is State.RETURNED:
        late = {"by": application.correct_by_on, "at": at}
        return [Blocker("applications.correction_over", "", late)] if at >= limit else []
    if round.state is RoundState.PLANNED or at < round.opens_at:
        return [Blocker("applications.not_open_yet", "", {"opens_at": round.opens_at, "at": at})]
    if round.state is not RoundState.OPEN or at >= round.closes_at:
        return [Blocker("applications.closed", "", {"closes_at": round.closes_at, "at": at})]
    return []


def slots(application: Application) -> Sequence[Slot]:
    """The places that the organization's applications take in the round."""
    return db.session.scalars(
        select(Slot)
        .where(
            Slot.round_id == application.round_id,
            Slot.organization_id == application.organization_id,
        )
        .order_by(Slot.number)
    ).all()


def _of_slot(application: Application) -> list[Blocker]:
    taken = [slot.application_id for slot in slots(application)]
    if application.id in taken or len(taken) < application.round.applications_each:
        return []
    other = db.session.get_one(Application, taken[0])
    facts = {"each": application.round.applications_each, "number": other.number, "title": other.title}
    return [Blocker("applications.slot_taken", "", facts)]


@dataclass(frozen=True)
class Task:
    """One part of the form on the task list: how far it is and what it still lacks."""

    part: Part
    progress: parts.Progress
    blockers: list[Blocker]


def tasks(application: Application, found: Sequence[Blocker]) -> list[Task]:
    """The task list, given the obstacles."""
    form = sheet(application)
    theme = theme_of(application, form)
    have = bool(live_files(application))
    return [
        Task(
            part,
            parts.progress(part, form, found, papers=have),
            [blocker for blocker in found if blocker.facts.get("part") == part.code],
        )
        for part in parts.form(theme.consultation if theme else False)
    ]


@dataclass(frozen=True)
class Answer:
    """One field for reading: text, list of texts, or rows of texts under the field's columns."""

    field: Field
    raw: Raw


def document(
    application: Application, form: Mapping[str, Raw] | None = None, *, contacts: bool
) -> list[tuple[Part, list[Answer]]]:
    """The whole form for reading, by part; `contacts`: with how to reach people. Default: as last sent."""
    form = sheet(application, pending=False) if form is None else form
    theme = theme_of(application, {"theme": "", **form})
    names = {theme.code: theme.name for theme in application.round.themes}
    fields = {field.code: field.name for field in application.round.fields}
    shown: list[tuple[Part, list[Answer]]] = []
    for part in parts.form(theme.consultation if theme else False):
        answers = []
        for field in part.fields:
            raw = form.get(field.key, parts.empty(field))
            if field.contact and not contacts:
                continue
            if field.key == "theme":
                raw = names.get(str(raw), str(raw))
            elif field.key == "field":
                raw = fields.get(str(raw), str(raw))
            answers.append(Answer(field, parts.filled(raw) if field.kind is Kind.TABLE else raw))
        if answers:
            shown.append((part, answers))
    return shown


def history(application: Application) -> Sequence[trail.Event]:
    """What was done on the application, newest first."""
    return trail.history(application)


def corrections(application: Application) -> Sequence[trail.Correction]:
    """What was set right on the application (更正), oldest first."""
    return trail.corrections_of([application])[application.id]


def published(application: Application) -> bool:
    """Whether the round's result has been published: some application of it is past its notice."""
    after = (State.ON_NOTICE, State.AWARDED, State.CONTRACTED, State.RUNNING, State.CLOSED)
    return bool(
        db.session.scalar(
            select(func.count())
            .select_from(Application)
            .where(Application.round_id == application.round_id, Application.state.in_(after))
        )
    )


def shown_state(application: Application) -> State:
    """The state as the applicant is shown it."""
    if application.state is not State.NOT_SHORTLISTED:
        return applicant_view(application.state)
    return applicant_view(application.state, published=published(application))


# --- lists ---


@dataclass(frozen=True)
class Filter:
    """What a list of applications is narrowed to; `words` in title, organization or number."""

    theme: str = ""
    field: str = ""
    state: str = ""
    words: str = ""


@dataclass(frozen=True)
class Board:
    """One page of a round's applications; count and sum asked (fen) are of all that fit the filter."""

    page: Page[Application]
    count: int
    asked: int


_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "number": Application.number,
    "title": Application.title,
    "organization": Organization.name,
    "asked": Application.asked,
    "state": Application.state,
    "submitted": Application.submitted_at,
}
SORTS = tuple(_SORTS)


def _sent(round: Round, person: Person) -> Select[Application]:
    return (
        access.visible(person)
        .join(Application.organization)
        .where(Application.round_id == round.id, Application.submitted_at.is_not(None))
    )


def board(
    round: Round, person: Person, *, narrowed: Filter = Filter(), sort: str = "number", page: int = 1
) -> Board:
    """The applications of a round that were sent, as the person may see them. Constant statements."""
    statement = _sent(round, person)
    themes = [theme.id for theme in round.themes if theme.code == narrowed.theme]
    fields = [field.id for field in round.fields if field.code == narrowed.field]
    if narrowed.theme:
        statement = statement.where(Application.theme_id.in_(themes))
    if narrowed.field:
        statement = statement.where(Application.field_id.in_(fields))
    if narrowed.state in set(State):
        statement = statement.where(Application.state == State(narrowed.state))
    if words := narrowed.words.strip():
        statement = statement.where(
            or_(
                Application.title.icontains(words, autoescape=True),
                Organization.name.icontains(words, autoescape=True),
                Application.number.icontains(words, autoescape=True),
            )
        )
    count, asked = _totals(statement)
    column = _SORTS.get(sort.removeprefix("-"), Application.number)
    ordered = statement.order_by(column.desc() if sort.startswith("-") else column, Application.id)
    options = (
        joinedload(Application.organization),
        joinedload(Application.theme),
        joinedload(Application.field),
    )
    return Board(paged(ordered.options(*options), page), count, asked)


def _totals(statement: Select[Application]) -> tuple[int, int]:
    inner = statement.subquery()
    count, asked = db.session.execute(
        select(func.count(), func.coalesce(func.sum(inner.c.asked), 0)).select_from(inner)
    ).one()
    return int(count), int(asked)


def of_round_states(round: Round) -> dict[State, int]:
    """How many applications of the round stand in each state, in the order of life. One statement."""
    rows = db.session.execute(
        select(Application.state, func.count())
        .where(Application.round_id == round.id)
        .group_by(Application.state)
    )
    counted = {state: number for state, number in rows}
    return {state: counted[state] for state in State if state in counted}


# --- eligibility ---


@dataclass(frozen=True)
class Desked:
    """One row of the eligibility desk: findings of the rules, their verdict, and whether one's own."""

    application: Application
    findings: list[Finding]
    verdict: Result
    own: bool
    version: int

    @property
    def open_findings(self) -> list[Finding]:
        """What a person has to look at: what failed, is unclear, or was ticked by somebody."""
        return [
            found for found in self.findings if found.result is not Result.PASS or "ticked" in found.facts
        ]


def desk(round: Round, person: Person, at: datetime) -> list[Desked]:
    """All applications of the round that were sent, by number, with findings. Constant statements."""
    rows = db.session.scalars(
        _sent(round, person).options(*_whole()).order_by(Application.number, Application.id)
    ).all()
    day = clock.beijing_day(min(at, round.closes_at))
    rules = rules_of(round)
    titles = _titles(rows)
    desked = []
    for row in rows:
        others = [title for id, title in titles.get(row.organization_id, []) if id != row.id]
        found = eligibility.findings(rules, facts_of(row, others), day)
        number = row.versions[-1].number if row.versions else 0
        own = access.is_own(person, row.organization)
        desked.append(Desked(row, found, eligibility.verdict(found), own, number))
    return desked


def findings_of(application: Application, at: datetime) -> list[Finding]:
    """The round's rules held against one application."""
    others = [
        title
        for id, title in _titles(
            db.session.scalars(
                select(Application).where(
                    Application.round_id == application.round_id,
                    Application.organization_id == application.organization_id,
                )
            ).all()
        ).get(application.organization_id, [])
        if id != application.id
    ]
    day = clock.beijing_day(min(at, application.round.closes_at))
    return eligibility.findings(rules_of(application.round), facts_of(application, others), day)


def rules_of(round: Round) -> list[Rule]:
    """The round's rules of eligibility, as eligibility knows them."""
    return [Rule(rule.code, rule.parameter) for rule in round.rules]


def _titles(rows: Sequence[Application]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        if row.submitted_at is not None and row.state is not State.WITHDRAWN:
            found.setdefault(row.organization_id, []).append((row.id, row.title))
    return found


def facts_of(application: Application, others: Sequence[str]) -> Facts:
    """What is known of the body that would be paid, for the rules."""
    body = application.organization
    stays: dict[ListKind, list[Stay]] = {kind: [] for kind in ListKind}
    for listing in body.listings:
        stays[listing.kind].append(Stay(listing.from_on, listing.to_on))
    return Facts(
        kind=body.kind,  # type: ignore[arg-type]  # the model promises a Word, which credit_code makes a Kind
        round_year=application.round.year,
        title=application.title,
        registered_on=body.registered_on,
        reports={report.year: report.result.value for report in body.reports},
        rating=body.rating,
        rated_in=body.rated_in,
        abnormal=stays[ListKind.ABNORMAL],
        dishonest=stays[ListKind.DISHONEST],
        lists_checked_on=body.lists_checked_on,
        offences=[stay.first for stay in stays[ListKind.OFFENCE]],
        bans=[Stay(ban.from_on, ban.to_on) for ban in body.bans],
        past=[
            PastProject(record.year, record.title, record.closed)
            for record in body.records
            if record.year < application.round.year
        ],
        others=list(others),
        ticks={
            check.rule: check.result is Result.PASS
            for check in application.checks
            if check.result is not Result.UNCLEAR
        },
    )


def days_left(application: Application, at: datetime) -> int | None:
    """Whole days until nothing is taken any more; None when it is over or nothing waits for the applicant."""
    waits = application.state in (State.DRAFT, State.RETURNED)
    left = limit_of(application) - at
    return left.days if waits and left.total_seconds() > 0 else None


def last_day(start: date, days: int) -> date:
    """The last day of a term of working days that begins after `start`."""
    return clock.add_working_days(start, days, first_counts=False, calendar=workdays.calendar())
