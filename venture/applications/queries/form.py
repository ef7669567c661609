"""The form of one application as it stands: as text, its obstacles, the task list, for reading."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from venture import clock, workdays
from venture.applications import access, parts
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, FundKind, LatePaper, Version
from venture.applications.parts import CostTable, Field, Kind, Part, Raw, Terms
from venture.applications.queries.single import group_slots, slots
from venture.db import db
from venture.files import File, Scan
from venture.refusal import Blocker
from venture.rounds import questions
from venture.rounds.models import Due, Need, PaperKind, Round, RoundState, ServiceField, Theme
from venture.rounds.questions import Question
from venture.words import N_


def own_questions(round: Round) -> list[Question]:
    """The round's own questions, in order."""
    return [row.definition for row in round.questions]


def fields(application: Application) -> dict[str, Field]:
    """Every field that the form may have, by key: the fixed ones and the round's own."""
    own = parts.own(own_questions(application.round))
    return {**parts.FIELDS, **{field.key: field for field in own}}


def offered(application: Application, form: Mapping[str, Raw]) -> tuple[Part, ...]:
    """The parts of the form as it stands, with every own question that some answer would lead to."""
    theme = theme_of(application, form)
    possible = questions.possible(own_questions(application.round), theme.code if theme else "")
    return parts.form(theme.consultation if theme else False, parts.own(possible))


def asked(application: Application, form: Mapping[str, Raw]) -> list[Question]:
    """The round's own questions that are asked, given theme and answers."""
    return questions.asked(own_questions(application.round), str(form["theme"]), form)


def sheet(application: Application, *, pending: bool = True) -> dict[str, Raw]:
    """The form as it stands, every field as text; with `pending`, also what was typed since it was sent."""
    answers, known = application.answers, fields(application)
    files = live_files(application) if pending else sent_files(application)
    found: dict[str, Raw] = {}
    for key, field in known.items():
        given = _COLUMNS[key](application) if key in _COLUMNS else answers.get(key)
        if field.kind is Kind.FILE:
            given = [each.file.name for each in files if each.question and each.question.code == key]
        found[key] = parts.normal(field, _shown(field, given))
    found |= {key: raw for key, raw in answers.get("_typed", {}).items() if key in known}
    if pending:
        found |= {key: raw for key, raw in answers.get("_pending", {}).items() if key in known}
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
    "topic": lambda application: str(application.topic.number) if application.topic else "",
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


@dataclass(frozen=True)
class Misfit:
    """One answer of another application that this one cannot hold: not `offered` in its round, or a day `over`."""

    field: Field
    text: str
    why: str


def fitting(application: Application, source: Application) -> dict[str, Raw]:
    """The answers of another application that this one can hold; pledge and own questions are each round's own."""
    return _fitted(application, source)[0]


def misfits(application: Application, source: Application) -> list[Misfit]:
    """The answers of another application that this one cannot hold."""
    return _fitted(application, source)[1]


def _fitted(application: Application, source: Application) -> tuple[dict[str, Raw], list[Misfit]]:
    answers = {
        key: raw
        for key, raw in sheet(source).items()
        if raw and key in parts.FIELDS and parts.FIELDS[key].kind is not Kind.TICK
    }
    if source.round_id != application.round_id:
        answers.pop("topic", None)
    lost: list[Misfit] = []
    round, opens = application.round, clock.beijing_day(application.round.opens_at)
    for key, have, were in (
        ("theme", round.themes, source.round.themes),
        ("field", round.fields, source.round.fields),
    ):
        if key in answers and answers[key] not in {each.code for each in have}:
            text = next((each.name for each in were if each.code == answers[key]), str(answers[key]))
            lost.append(Misfit(parts.FIELDS[key], text, "offered"))
    for key in ("starts_on", "ends_on"):
        day = parts.value(answers, key)
        if day is not None and day < opens:
            lost.append(Misfit(parts.FIELDS[key], day.isoformat(), "over"))
    gone = {each.field.key for each in lost}
    return {
        key: parts.normal(parts.FIELDS[key], raw) for key, raw in answers.items() if key not in gone
    }, lost


def touched_since(application: Application, revision: int) -> dict[str, tuple[str, datetime]]:
    """The fields that somebody has changed after this revision, with who did it last and when."""
    touched = application.answers.get("_touched", {})
    return {
        key: (who, datetime.fromisoformat(at))
        for key, (number, who, at) in touched.items()
        if number > revision
    }


def theme_of(application: Application, form: Mapping[str, Raw]) -> Theme | None:
    """The theme that the form names now (not yet the row's, when the change has not been sent)."""
    own = application.theme
    if own is not None and own.code == form["theme"]:
        return own
    return next((theme for theme in application.round.themes if theme.code == form["theme"]), None)


def field_of(application: Application, code: str) -> ServiceField | None:
    """The service field of the round that has this code."""
    own = application.field
    if own is not None and own.code == code:
        return own
    return next((field for field in application.round.fields if field.code == code), None)


def topic_name(topic: Need) -> str:
    """A topic as the form names it: its number, community and problem."""
    return f"{topic.number}. {topic.community.name}：{topic.problem}"


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


def with_form(attachment: Attachment) -> bool:
    """Whether the file belongs to what a version freezes; a paper that is due later proves one instead."""
    return attachment.kind is None or attachment.kind.due is Due.SUBMIT


def replaced_files(application: Application) -> list[Attachment]:
    """The files that were taken out or replaced, by kind in the round's order, then by question, the last one first."""
    gone = [each for each in application.attachments if each.removed_at is not None]
    if not gone:
        return []
    kinds = [kind.id for kind in application.round.papers]

    def place(each: Attachment) -> tuple[int, int, int]:
        known = kinds.index(each.kind_id) if each.kind_id else len(kinds)
        return known, each.question_id or 0, -each.id

    return sorted(gone, key=place)


def waits_for_scan(application: Application) -> bool:
    """Whether it was sent and its round waits for a scan that some of its files have not had."""
    unscanned = any(each.file.scan is Scan.NOT_SCANNED for each in live_files(application))
    return application.round.wait_for_scan and application.submitted_at is not None and unscanned


def sent_files(application: Application) -> list[Attachment]:
    """The files last sent, late ones and those due later; before the first version, those carried now."""
    if not application.versions:
        return live_files(application)
    named = {entry["attachment"] for entry in content(application.versions[-1]).get("files", [])}
    late = {each.id for each in live_files(application) if each.late_id is not None or not with_form(each)}
    return [each for each in application.attachments if each.id in named | late]


def waiting_for_scan(rows: Iterable[Application]) -> set[int]:
    """Which of these applications of one round wait so, by id. One statement."""
    sent = [row.id for row in rows if row.submitted_at is not None]
    return set(
        db.session.scalars(
            select(Attachment.application_id)
            .join(Attachment.file)
            .where(
                Attachment.application_id.in_(sent),
                Attachment.removed_at.is_(None),
                File.scan == Scan.NOT_SCANNED,
            )
        )
    )


def content(version: Version) -> dict[str, Any]:
    """What was frozen, as data."""
    return dict(json.loads(version.content))


def asked_then(frozen: Mapping[str, Any]) -> list[Question]:
    """The own questions that a frozen content was asked, as they read then."""
    return [questions.of_data(each) for each in frozen.get("questions", []) if each["asked"]]


def terms(application: Application, form: Mapping[str, Raw]) -> Terms:
    """What the round asks of this form."""
    round, theme = application.round, theme_of(application, form)
    field = field_of(application, str(form["field"]))
    have = {each.kind_id for each in live_files(application)}
    return Terms(
        theme=theme.name if theme else "",
        ceiling=theme.ceiling if theme else None,
        consultation=theme.consultation if theme else False,
        management_cap=round.management_cap,
        staff_cap=round.staff_cap,
        grant_share=round.grant_share,
        themes=[theme.code] if theme else [],
        fields=[field.code] if field else [],
        topics=[str(topic.number) for topic in round.topics] if form["topic"] else [],
        topic_required=round.topic_required,
        papers=[
            (kind.code, kind.name, kind.id in have)
            for kind in round.papers
            if kind.required and kind.due is Due.SUBMIT
        ],
        profile=[(key, label) for key, label in _PROFILE if not getattr(application.organization, key)],
        own=parts.own(asked(application, form)),
    )


def obstacles(application: Application, at: datetime) -> list[Blocker]:
    """All that stands in the way of submitting at this moment: the very list the verb refuses with."""
    form = sheet(application)
    found = parts.blockers(form, terms(application, form))
    return _of_window(application, at) + _of_slot(application) + _of_group(application, form) + found


def limit_of(application: Application) -> datetime:
    """The moment from which nothing is taken: the closing, or the end of the term of correction."""
    if application.state is State.RETURNED and application.correct_by_on is not None:
        return clock.end_of_day(application.correct_by_on)
    return closing_of(application)


def closing_of(application: Application) -> datetime:
    """When the round closes for this application's organization: for all, or later if it was given more time."""
    return max([application.round.closes_at, *(each.until_at for each in application.admissions)])


def _of_window(application: Application, at: datetime) -> list[Blocker]:
    round, limit = application.round, limit_of(application)
    if application.state is State.RETURNED:
        late = {"by": application.correct_by_on, "at": at}
        return [Blocker("applications.correction_over", "", late)] if at >= limit else []
    if round.state is RoundState.PLANNED or at < round.opens_at:
        return [Blocker("applications.not_open_yet", "", {"opens_at": round.opens_at, "at": at})]
    if not takes(round, limit, at):
        return [Blocker("applications.closed", "", {"closes_at": limit, "at": at})]
    return []


def papers_open(application: Application, at: datetime) -> bool:
    """Whether its own people may attach any paper at this moment: in their hands, and not closed yet."""
    return application.state in access.EDITABLE and at < limit_of(application)


def late_paper(application: Application, kind: PaperKind, at: datetime) -> LatePaper | None:
    """The admission under which a paper of this kind may come at this moment, the one that lasts longest."""
    open_ = [each for each in application.late_papers if each.kind_id == kind.id and at < each.until_at]
    return max(open_, key=lambda each: each.until_at, default=None)


def takes(round: Round, closing: datetime, at: datetime) -> bool:
    """Whether the round takes applications of a body for which it closes at `closing`.

    More time outlasts the officer's closing of the round for the others, not the round.
    """
    late = closing > round.closes_at and round.state is RoundState.CLOSED
    return at < closing and (round.state is RoundState.OPEN or late)


def _of_slot(application: Application) -> list[Blocker]:
    taken = [slot.application_id for slot in slots(application)]
    if application.id in taken or len(taken) < application.round.applications_each:
        return []
    other = db.session.get_one(Application, taken[0])
    facts = {"each": application.round.applications_each, "number": other.number, "title": other.title}
    return [Blocker("applications.slot_taken", "", facts)]


def _of_group(application: Application, form: Mapping[str, Raw]) -> list[Blocker]:
    name = str(form["group_name"])
    taken = [slot.application_id for slot in group_slots(application, name)]
    if application.id in taken or len(taken) < application.round.applications_each:
        return []
    facts = {"part": "organization", "name": name, "each": application.round.applications_each}
    return [Blocker("applications.group_taken", "group_name", facts)]


@dataclass(frozen=True)
class Task:
    """One part of the form on the task list: how far it is and what it still lacks."""

    part: Part
    progress: parts.Progress
    blockers: list[Blocker]


def tasks(application: Application, found: Sequence[Blocker]) -> list[Task]:
    """The task list, given the obstacles."""
    form = sheet(application)
    have = bool(live_files(application))
    return [
        Task(
            part,
            parts.progress(part, form, found, papers=have),
            [blocker for blocker in found if blocker.facts.get("part") == part.code],
        )
        for part in offered(application, form)
    ]


@dataclass(frozen=True)
class Answer:
    """One field for reading: text, list of texts, or rows of texts under the field's columns."""

    field: Field
    raw: Raw


def document(
    application: Application,
    frozen: Mapping[str, Any] | None = None,
    *,
    form: Mapping[str, Raw] | None = None,
    contacts: bool,
) -> list[tuple[Part, list[Answer]]]:
    """The whole form for reading, by part; `contacts`: with how to reach people.

    Of a `frozen` content with the own questions that it was asked, or of a `form` with those it is asked now; by
    default as last sent, or of a draft that was never sent as it stands.
    """
    if form is None and frozen is None and application.versions:
        frozen, form = content(application.versions[-1]), sheet(application, pending=False)
    if form is None:
        form = frozen.get("form", {}) if frozen is not None else sheet(application)
    form = {"theme": "", **form}
    theme = theme_of(application, form)
    own = asked(application, form) if frozen is None else asked_then(frozen)
    topics = {}
    if application.round.collects_needs or form.get("topic"):
        topics = {str(topic.number): topic_name(topic) for topic in application.round.topics}
    shown: list[tuple[Part, list[Answer]]] = []
    for part in parts.form(theme.consultation if theme else False, parts.own(own)):
        answers = []
        for field in part.fields:
            raw = form.get(field.key, parts.empty(field))
            if (field.contact and not contacts) or (field.key == "topic" and not (topics or raw)):
                continue
            if field.key == "theme":
                raw = theme.name if theme else str(raw)
            elif field.key == "field":
                served = field_of(application, str(raw))
                raw = served.name if served else str(raw)
            elif field.key == "topic":
                raw = topics.get(str(raw), str(raw))
            answers.append(Answer(field, parts.filled(raw) if field.kind is Kind.TABLE else raw))
        if answers:
            shown.append((part, answers))
    return shown


def days_left(application: Application, at: datetime) -> int | None:
    """Whole days until nothing is taken any more; None when it is over or nothing waits for the applicant."""
    waits = application.state in (State.DRAFT, State.RETURNED)
    left = limit_of(application) - at
    return left.days if waits and left.total_seconds() > 0 else None


@dataclass(frozen=True)
class Correction:
    """The term of what was sent back. `provisional` (暂按): it reaches into a year whose holidays are not known yet, so
    that `last` may shift; `known` is the day that it has become since, where that is another one.
    """

    last: date | None = None
    provisional: bool = False
    known: date | None = None


def correction_of(application: Application, calendar: clock.Calendar | None = None) -> Correction:
    """The term as it stands; lists give the `calendar`. A last day that a person set is never provisional."""
    last, start, days = application.correct_by_on, application.returned_on, application.correct_days
    if last is None or start is None or days is None:
        return Correction(last)
    calendar = calendar or workdays.calendar()
    now = clock.add_working_days(start, days, first_counts=False, calendar=calendar)
    return Correction(last, calendar.provisional(start, max(last, now)), now if now != last else None)


def last_day(start: date, days: int) -> date:
    """The last day of a term of working days that begins after `start`."""
    return term(start, days)[0]


def term(start: date, days: int) -> tuple[date, bool]:
    """The same, and whether it is provisional: it reaches into a year whose holidays are not known yet."""
    calendar = workdays.calendar()
    last = clock.add_working_days(start, days, first_counts=False, calendar=calendar)
    return last, calendar.provisional(start, last)
